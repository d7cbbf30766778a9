//! Lowering as data: each schema of `fixtures/lower` is replayed, lowered, emitted, executed on SQLite, read back and rolled back.

use std::path::{Path, PathBuf};

use decant::diag::Origin;
use decant::lower::{Grade, Loss, Lowering, Options, lower};
use decant::pg::replay::Replay;
use decant::sqlite::emit::{Script, emit_schema};
use decant::sqlite::schema::Schema;
use decant::sqlite::{inspect, schema};

fn fixtures() -> Vec<PathBuf> {
    // Another folder of schemas, to look at what becomes of them.
    let folder = match std::env::var_os("DECANT_LOWER_FIXTURES") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lower"),
    };
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("fixtures/lower")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.to_string_lossy().ends_with(".pg.sql"))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn lowered(pg_sql: &str, options: &Options) -> Lowering {
    let mut replay = Replay::new();
    replay.execute_script(pg_sql, &Origin::default());
    assert!(
        replay.diagnostics.is_empty(),
        "{:?}",
        replay
            .diagnostics
            .iter()
            .map(|d| &d.message)
            .collect::<Vec<_>>()
    );
    lower(&replay.schema, options)
}

fn script_text(script: &Script) -> String {
    let part = |title: &str, statements: &[String]| {
        let mut out = format!("-- {title}\n");
        for statement in statements {
            out.push_str(statement);
            out.push_str(";\n");
        }
        out
    };
    [
        part("up", &script.up),
        part("triggers", &script.triggers_up),
        part("triggers down", &script.triggers_down),
        part("down", &script.down),
    ]
    .join("\n")
}

/// What only libSQL can run.
fn vector_indexes(lowering: &Lowering) -> String {
    if lowering.vector_indexes.is_empty() {
        return String::new();
    }
    let statements = lowering
        .vector_indexes
        .iter()
        .map(|(_, sql)| format!("{sql};\n"));
    format!("\n-- on libSQL\n{}", statements.collect::<String>())
}

fn losses_text(losses: &[Loss], unused: &[String]) -> String {
    let mut out = String::new();
    for loss in losses {
        let accepted = if loss.accepted { " (accepted)" } else { "" };
        out.push_str(&format!(
            "{:?} {} {}{accepted}\n  {}\n",
            loss.grade,
            loss.rule.name(),
            loss.object,
            loss.note
        ));
        if let Some(remedy) = &loss.remedy {
            out.push_str(&format!("  -> {remedy}\n"));
        }
    }
    for entry in unused {
        out.push_str(&format!("unused: {entry}\n"));
    }
    out
}

/// The schema without origins, which a file does not hold.
fn bare(mut schema: Schema) -> Schema {
    for table in &mut schema.tables {
        table.origin = None;
        table.rows.clear();
        table.columns.iter_mut().for_each(|c| c.origin = None);
        table.uniques.iter_mut().for_each(|u| u.origin = None);
        table.checks.iter_mut().for_each(|c| c.origin = None);
        table.foreign_keys.iter_mut().for_each(|f| f.origin = None);
    }
    schema.indexes.iter_mut().for_each(|i| i.origin = None);
    schema.views.iter_mut().for_each(|v| v.origin = None);
    schema.triggers.iter_mut().for_each(|t| t.origin = None);
    schema
}

fn execute(connection: &rusqlite::Connection, statements: &[String]) {
    for statement in statements {
        connection
            .execute_batch(statement)
            .unwrap_or_else(|e| panic!("{e}\n{statement}"));
    }
}

/// Applies, reads back, writes and reads what can be, and rolls back to nothing.
fn proves(lowering: &Lowering, name: &str) {
    let script = emit_schema(&lowering.sqlite);
    let connection = rusqlite::Connection::open_in_memory().expect("memory");
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .expect("a pragma");
    execute(&connection, &script.up);
    execute(&connection, &script.triggers_up);
    let read = inspect::read(&connection).expect("a schema");
    let expected = bare(lowering.sqlite.clone());
    for (a, b) in read.tables.iter().zip(&expected.tables) {
        assert_eq!(a, b, "{name}: table {}", b.name);
    }
    assert_eq!(read, expected, "{name}: read back");
    for table in &read.tables {
        let sql = format!("SELECT * FROM {}", schema::quote(&table.name));
        connection
            .prepare(&sql)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        // Checks and partial indexes are compiled with the first write.
        let insert = format!(
            "EXPLAIN INSERT INTO {} DEFAULT VALUES",
            schema::quote(&table.name)
        );
        connection
            .prepare(&insert)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    for view in &read.views {
        let sql = format!("SELECT * FROM {}", schema::quote(&view.name));
        let mut statement = connection
            .prepare(&sql)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut rows = statement.query([]).expect("a query");
        while rows
            .next()
            .unwrap_or_else(|e| panic!("{name}: {e}"))
            .is_some()
        {}
    }
    // A remedy that is a statement can be followed.
    for remedy in lowering.losses.iter().filter_map(|l| l.remedy.as_ref()) {
        if let Some(at) = remedy.find("CREATE VIRTUAL TABLE") {
            let sql = remedy[at..].replacen("_fts", &format!("_fts{}", at + remedy.len()), 1);
            let drop = format!(
                "DROP TABLE {}",
                sql.split_whitespace().nth(3).expect("a name")
            );
            execute(&connection, &[sql, drop]);
        }
    }
    execute(&connection, &script.triggers_down);
    execute(&connection, &script.down);
    let rest = inspect::read(&connection).expect("a schema");
    assert_eq!(rest, Schema::default(), "{name}: rolled back");
    // What the team's original tool would do to the file.
    for statement in script.up.iter().chain(&script.down) {
        assert!(!statement.contains(';'), "{name}: {statement}");
        assert!(
            !statement.trim_start().starts_with("--"),
            "{name}: {statement}"
        );
    }
}

#[test]
fn schemas_become_what_the_fixtures_say() {
    let accept = std::env::var_os("DECANT_ACCEPT").is_some();
    let mut wrong = Vec::new();
    for path in fixtures() {
        let text = std::fs::read_to_string(&path).expect("a fixture");
        let base = path.to_string_lossy().replace(".pg.sql", "");
        let options = match std::fs::read_to_string(format!("{base}.toml")) {
            Ok(text) => toml::from_str(&text).expect("options"),
            Err(_) => Options::default(),
        };
        let lowering = lowered(&text, &options);
        proves(&lowering, &base);
        let results = [
            (
                format!("{base}.sqlite.sql"),
                script_text(&emit_schema(&lowering.sqlite)) + &vector_indexes(&lowering),
            ),
            (
                format!("{base}.losses.txt"),
                losses_text(&lowering.losses, &lowering.unused_accepts),
            ),
        ];
        for (file, actual) in results {
            if accept {
                std::fs::write(&file, &actual).expect("a file");
            }
            let expected = std::fs::read_to_string(&file).unwrap_or_default();
            if expected != actual {
                wrong.push(format!("{file}\n{actual}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn an_entry_that_matches_nothing_is_told() {
    let options = Options {
        accept: vec![
            "t.a: decimal-text".to_owned(),
            "t.b: nearest".to_owned(),
            "nonsense".to_owned(),
            "t.b: check-dropped".to_owned(),
        ],
        ..Options::default()
    };
    let lowering = lowered("CREATE TABLE t (a text, b numeric(20, 4))", &options);
    assert_eq!(
        lowering.unused_accepts.len(),
        3,
        "{:?}",
        lowering.unused_accepts
    );
    assert!(lowering.losses.iter().all(|l| l.grade < Grade::Lossy));
}
