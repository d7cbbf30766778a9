//! What triggers, rules and views do: the same statements on a real PostgreSQL and on the lowered schema leave the same rows.

mod support;

use std::path::{Path, PathBuf};

use decant::diag::Origin;
use decant::lower::expr::{Context, translate_change};
use decant::lower::{Lowering, Options, lower};
use decant::pg::names::quote_ident;
use decant::pg::replay::Replay;
use decant::pg::sql::parse_change;
use decant::sqlite::emit::emit_schema;
use decant::sqlite::schema::quote;
use rusqlite::types::Value;
use support::values::{shown, stored};

struct Fixture {
    name: String,
    postgresql: String,
    options: Options,
    /// Statement, its spelling for SQLite, and whether it is refused.
    statements: Vec<(String, String, bool)>,
    moments: Vec<String>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/behaviour");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("fixtures/behaviour")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "sql"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Fixture {
    let text = std::fs::read_to_string(path).expect("a fixture");
    let name = path.file_stem().expect("a name").to_string_lossy();
    fixture(&name, &text)
}

fn fixture(name: &str, text: &str) -> Fixture {
    let section = |name: &str| -> Option<String> {
        let (_, rest) = text.split_once(&format!("-- {name}\n"))?;
        rest.split("\n-- ").next().map(|s| format!("{s}\n"))
    };
    let mut statements: Vec<(String, String, bool)> = Vec::new();
    let lines = section("statements").unwrap_or_default();
    for line in lines.lines().filter(|l| !l.trim().is_empty()) {
        if let Some(other) = line.strip_prefix("    ") {
            statements.last_mut().expect("a statement").1 = other.to_owned();
            continue;
        }
        let refused = line.starts_with('!');
        let sql = line.trim_start_matches(['!', '~']).trim().to_owned();
        let spelling = if line.starts_with('~') {
            TRANSLATED.to_owned()
        } else {
            sql.clone()
        };
        statements.push((sql, spelling, refused));
    }
    Fixture {
        name: name.to_owned(),
        postgresql: section("postgresql").expect("a schema"),
        options: section("options")
            .map_or_else(Options::default, |t| toml::from_str(&t).expect("options")),
        statements,
        moments: section("moments")
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    }
}

/// Stands for the translation of a statement.
const TRANSLATED: &str = "~";

fn translated(lowering: &Lowering, options: &Options, sql: &str) -> String {
    let change = parse_change(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let context = Context {
        pg: &lowering.pg,
        tables: &lowering.tables,
        options,
    };
    let (statements, _) =
        translate_change(context, sql, &change).unwrap_or_else(|e| panic!("{sql}: {e}"));
    statements.join(";\n")
}

fn lowered(fixture: &Fixture) -> Lowering {
    let mut replay = Replay::new();
    replay.execute_script(&fixture.postgresql, &Origin::default());
    assert!(
        replay.diagnostics.is_empty(),
        "{}: {:?}",
        fixture.name,
        replay.diagnostics
    );
    lower(&replay.schema, &fixture.options)
}

/// Relations with the names of their columns on both sides.
type Relations = Vec<(String, String, Vec<(String, String)>)>;

fn relations(lowering: &Lowering) -> Relations {
    let tables = lowering.tables.iter().map(|t| {
        let columns = t
            .columns
            .iter()
            .map(|c| (c.pg.clone(), c.sqlite.clone()))
            .collect();
        (t.pg.to_string(), t.sqlite.clone(), columns)
    });
    let views = lowering
        .sqlite
        .views
        .iter()
        .map(|v| (v.name.clone(), v.name.clone(), Vec::new()));
    tables.chain(views).collect()
}

type Rows = Vec<Vec<Option<String>>>;

fn pg_rows(
    pg: &mut postgres::Client,
    relation: &str,
    columns: &[(String, String)],
    moments: &[String],
) -> (Rows, Vec<String>) {
    // Arrays are stored as JSON.
    let items: Vec<String> = columns
        .iter()
        .map(|(name, _)| {
            let name = quote_ident(name);
            format!(
                "CASE WHEN pg_typeof({name})::text LIKE '%[]' THEN to_jsonb({name})::text ELSE {name}::text END, \
                 CASE WHEN pg_typeof({name})::text LIKE '%[]' THEN 'jsonb' ELSE pg_typeof({name})::text END"
            )
        })
        .collect();
    let query = format!("SELECT {} FROM {relation}", items.join(", "));
    let mut types = vec![String::new(); columns.len()];
    let mut rows: Rows = Vec::new();
    for row in pg
        .query(&query, &[])
        .unwrap_or_else(|e| panic!("{query}: {e:?}"))
    {
        let mut out = Vec::new();
        for (at, (name, _)) in columns.iter().enumerate() {
            let text: Option<String> = row.get(2 * at);
            let pg_type: String = row.get(2 * at + 1);
            out.push(text.map(|t| {
                if moments.contains(name) {
                    "a moment".to_owned()
                } else {
                    stored(&t, &pg_type)
                }
            }));
            if let Some(slot) = types.get_mut(at) {
                *slot = pg_type;
            }
        }
        rows.push(out);
    }
    rows.sort();
    (rows, types)
}

fn sqlite_rows(
    sqlite: &rusqlite::Connection,
    relation: &str,
    columns: &[(String, String)],
    types: &[String],
    moments: &[String],
) -> Result<Rows, rusqlite::Error> {
    let names: Vec<String> = columns.iter().map(|c| quote(&c.1)).collect();
    let query = format!("SELECT {} FROM {}", names.join(", "), quote(relation));
    let mut statement = sqlite.prepare(&query)?;
    let mut rows: Rows = statement
        .query_map([], |row| {
            let mut out = Vec::new();
            for (at, (name, _)) in columns.iter().enumerate() {
                let value: Value = row.get(at)?;
                let pg_type = types.get(at).map_or("", String::as_str);
                out.push(shown(value, pg_type).map(|text| {
                    if moments.contains(name) {
                        "a moment".to_owned()
                    } else {
                        text
                    }
                }));
            }
            Ok(out)
        })?
        .collect::<Result<_, _>>()?;
    rows.sort();
    Ok(rows)
}

fn columns_of_view(pg: &mut postgres::Client, view: &str) -> Vec<(String, String)> {
    let statement = pg
        .prepare(&format!("SELECT * FROM {view}"))
        .expect("a view");
    statement
        .columns()
        .iter()
        .map(|c| (c.name().to_owned(), c.name().to_owned()))
        .collect()
}

/// What the two databases do differently with a fixture.
fn differences(fixture: &Fixture, pg: &mut postgres::Client) -> Vec<String> {
    let lowering = lowered(fixture);
    let mut wrong = Vec::new();
    pg.batch_execute(&format!("SET TimeZone = 'UTC'; {}", fixture.postgresql))
        .unwrap_or_else(|e| panic!("{}: {e:?}", fixture.name));
    let sqlite = rusqlite::Connection::open_in_memory().expect("memory");
    sqlite
        .execute_batch("PRAGMA foreign_keys = ON")
        .expect("a pragma");
    let script = emit_schema(&lowering.sqlite);
    for statement in script.up.iter().chain(&script.triggers_up) {
        sqlite
            .execute_batch(statement)
            .unwrap_or_else(|e| panic!("{}: {e}\n{statement}", fixture.name));
    }
    let mut relations = relations(&lowering);
    for (name, _, columns) in &mut relations {
        if columns.is_empty() {
            *columns = columns_of_view(pg, name);
        }
    }
    for (statement, spelling, refused) in &fixture.statements {
        // What follows a difference only repeats it.
        if !wrong.is_empty() {
            break;
        }
        let place = format!("{}: {statement}", fixture.name);
        let there = pg.batch_execute(statement);
        let here = if spelling == TRANSLATED {
            sqlite.execute_batch(&translated(&lowering, &fixture.options, statement))
        } else {
            sqlite.execute_batch(spelling)
        };
        if there.is_err() != *refused {
            wrong.push(format!("{place}\n  PostgreSQL: {there:?}"));
        }
        if here.is_err() != *refused {
            wrong.push(format!("{place}\n  SQLite: {here:?}"));
        }
        for (pg_name, sqlite_name, columns) in &relations {
            let (expected, types) = pg_rows(pg, pg_name, columns, &fixture.moments);
            match sqlite_rows(&sqlite, sqlite_name, columns, &types, &fixture.moments) {
                Ok(actual) if actual == expected => {}
                Ok(actual) => wrong.push(format!(
                    "{place}\n  {pg_name}\n  PostgreSQL {expected:?}\n  SQLite     {actual:?}"
                )),
                Err(error) => wrong.push(format!("{place}\n  {sqlite_name}: {error}")),
            }
        }
    }
    wrong
}

/// What is lost, as sentences.
fn losses(fixture: &Fixture) -> Vec<String> {
    let losses = lowered(fixture).losses.into_iter();
    losses
        .filter(decant::lower::Loss::refuses)
        .map(|loss| format!("{}: {} {}", fixture.name, loss.object, loss.note))
        .collect()
}

#[test]
fn both_databases_do_the_same() {
    if support::pg().is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let database = support::Database::new("behaviour").expect("a database");
        wrong.extend(differences(&fixture, &mut database.client()));
        wrong.extend(losses(&fixture));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Small schemas in one file, each behind `-- case NAME`; a name behind `told:` is of one that has no equal.
#[test]
fn odd_triggers_do_the_same_or_are_told() {
    let path = support::project("fixtures/behaviour/odd/triggers.sql");
    let text = std::fs::read_to_string(path).expect("a file");
    let database = support::Database::new("odd");
    let mut wrong = Vec::new();
    for case in text.split("-- case ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a name");
        let fixture = fixture(name, &format!("-- postgresql\n{rest}"));
        let lost = losses(&fixture);
        if name.starts_with("told: ") {
            if lost.is_empty() {
                wrong.push(format!("{name}: nothing is told"));
            }
            continue;
        }
        wrong.extend(lost.iter().cloned());
        let Some(database) = &database else { continue };
        if lost.is_empty() {
            let mut pg = database.client();
            pg.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                .expect("an empty schema");
            wrong.extend(differences(&fixture, &mut pg));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
