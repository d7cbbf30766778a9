//! Expressions on both databases: the translation is the fixture's, and its results are PostgreSQL's.

mod support;

use std::path::{Path, PathBuf};

use decant::diag::Origin;
use decant::ir::QualName;
use decant::lower::expr::{Place, translate};
use decant::lower::{Lowering, Options, lower};
use decant::pg::replay::Replay;
use decant::sqlite::emit::emit_schema;
use rusqlite::types::Value;
use support::values::{shown, stored};

struct Fixture {
    path: PathBuf,
    postgresql: String,
    sqlite: String,
    /// Expressions with their translations, `! reason` for none.
    pairs: Vec<(String, String)>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/expr");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("fixtures/expr")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "sql"))
        .collect();
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Fixture {
    let text = std::fs::read_to_string(&path).expect("a fixture");
    let section = |name: &str| {
        let (_, rest) = text.split_once(&format!("-- {name}\n")).expect("a section");
        rest.split("\n-- ").next().unwrap_or_default().to_owned()
    };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for line in section("pairs").lines().filter(|l| !l.trim().is_empty()) {
        match line.strip_prefix("    ") {
            Some(translation) => {
                if let Some(last) = pairs.last_mut() {
                    last.1 = translation.to_owned();
                }
            }
            None => pairs.push((line.to_owned(), String::new())),
        }
    }
    Fixture {
        postgresql: section("postgresql"),
        sqlite: section("sqlite"),
        path,
        pairs,
    }
}

fn lowered(fixture: &Fixture) -> Lowering {
    let ddl = fixture
        .postgresql
        .split("INSERT")
        .next()
        .unwrap_or_default();
    let mut replay = Replay::new();
    replay.execute_script(ddl, &Origin::default());
    lower(&replay.schema, &Options::default())
}

fn translated(lowering: &Lowering, expr: &str) -> String {
    match translate(lowering, &QualName::new("t"), Place::View, expr) {
        Ok(done) => done.sql,
        Err(reason) => format!("! {reason}"),
    }
}

#[test]
fn translations_are_those_of_the_fixtures() {
    let accept = std::env::var_os("DECANT_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let lowering = lowered(&fixture);
        let mut pairs = String::new();
        for (expr, expected) in &fixture.pairs {
            let actual = translated(&lowering, expr);
            pairs.push_str(&format!("{expr}\n    {actual}\n"));
            if actual != *expected {
                wrong.push(format!(
                    "{expr}\n  expected {expected}\n  actual   {actual}"
                ));
            }
        }
        if accept {
            let text = std::fs::read_to_string(&fixture.path).expect("a fixture");
            let (head, _) = text.split_once("-- pairs\n").expect("pairs");
            std::fs::write(&fixture.path, format!("{head}-- pairs\n{pairs}")).expect("a file");
        }
    }
    assert!(accept || wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn results_are_those_of_postgresql() {
    if support::pg().is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let lowering = lowered(&fixture);
        let sqlite = rusqlite::Connection::open_in_memory().expect("memory");
        for statement in emit_schema(&lowering.sqlite).up {
            sqlite.execute_batch(&statement).expect("a table");
        }
        sqlite.execute_batch(&fixture.sqlite).expect("rows");
        let database = support::Database::new("lower_expr").expect("a database");
        let mut pg = database.client();
        pg.batch_execute(&format!("SET TimeZone = 'UTC'; {}", fixture.postgresql))
            .expect("rows");
        for (expr, _) in &fixture.pairs {
            let sql = translated(&lowering, expr);
            if sql.starts_with('!') {
                continue;
            }
            let query =
                format!("SELECT ({expr})::text, pg_typeof({expr})::text FROM t ORDER BY id");
            let expected: Vec<(Option<String>, String)> = match pg.query(&query, &[]) {
                Ok(rows) => rows
                    .iter()
                    .map(|row| {
                        let pg_type: String = row.get(1);
                        let text: Option<String> = row.get(0);
                        (text.map(|t| stored(&t, &pg_type)), pg_type)
                    })
                    .collect(),
                Err(error) => {
                    wrong.push(format!("{expr}: PostgreSQL says {error:?}"));
                    continue;
                }
            };
            let query = format!("SELECT {sql} FROM t ORDER BY id");
            let actual: Result<Vec<Value>, _> = sqlite.prepare(&query).and_then(|mut statement| {
                let rows = statement.query_map([], |row| row.get(0))?;
                rows.collect()
            });
            let actual = match actual {
                Ok(actual) => actual,
                Err(error) => {
                    wrong.push(format!("{expr}: {sql}: SQLite says {error}"));
                    continue;
                }
            };
            for (at, ((expected, pg_type), actual)) in expected.into_iter().zip(actual).enumerate()
            {
                let actual = shown(actual, &pg_type);
                if expected != actual {
                    wrong.push(format!(
                        "{expr}, row {}: PostgreSQL {expected:?}, SQLite {actual:?} ({sql})",
                        at + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
