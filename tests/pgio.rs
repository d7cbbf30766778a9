//! PostgreSQL's side against real servers and real dumps: connections, catalogs, COPY streams, dump files.

mod support;

use std::path::{Path, PathBuf};

use decant::interrupt::Interrupt;
use decant::ir::QualName;
use decant::pg::conn::{ConnectOptions, LiveSource};
use decant::pg::copy::{Cell, CopyFormat};
use decant::pg::dump::DumpSource;
use decant::pg::schema::Schema;
use decant::pg::source::Source;
use decant::pg::{Error, emit, inspect};
use support::{Database, Server};

/// The server of most tests, and a newer one.
fn servers() -> Vec<&'static Server> {
    support::pg().into_iter().chain(support::newer()).collect()
}

fn fixture(name: &str) -> String {
    let path = support::project("fixtures/dumps").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn live(database: &Database) -> LiveSource {
    let options = ConnectOptions::parse(&database.url()).unwrap();
    LiveSource::open(&options, &Interrupt::new()).unwrap_or_else(|e| panic!("{e}"))
}

fn dump(path: &Path) -> Result<DumpSource, Error> {
    DumpSource::open(path, &Interrupt::new())
}

/// Writes a dump of a database, by a pipe, or where `--file` is among the arguments by `pg_dump` itself, which a folder needs;
/// `None` without `pg_dump`.
fn dump_file(
    database: &Database,
    folder: &Path,
    name: &str,
    arguments: &[&str],
) -> Option<PathBuf> {
    let path = folder.join(name);
    match arguments.split_last() {
        Some((&"--file", arguments)) => {
            let file = format!("--file={}", path.display());
            database.dump(&[arguments, &[&file]].concat())?;
        }
        _ => std::fs::write(&path, database.dump(arguments)?).unwrap(),
    }
    Some(path)
}

/// Rows of a table as `column=text` lines; NULL is `~`.
fn rows(source: &mut dyn Source, table: &QualName, format: CopyFormat) -> Vec<String> {
    let columns = stored_columns(source.schema(), table);
    let mut out = Vec::new();
    let mut take = |cells: &[Cell<'_>]| {
        let cells = cells.iter().map(|c| match c {
            Cell::Null => "~".to_owned(),
            Cell::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
            Cell::Binary(bytes) => format!("{bytes:02x?}"),
        });
        let shown: Vec<String> = columns
            .iter()
            .zip(cells)
            .map(|(n, c)| format!("{n}={c}"))
            .collect();
        out.push(shown.join("\n"));
        Ok(())
    };
    let count = source
        .read(table, &columns, format, &mut take)
        .unwrap_or_else(|e| panic!("{table}: {e}"));
    assert_eq!(usize::try_from(count).unwrap(), out.len());
    out
}

fn stored_columns(schema: &Schema, table: &QualName) -> Vec<String> {
    let columns = &schema
        .table(table)
        .unwrap_or_else(|| panic!("no table {table}"))
        .columns;
    let stored = columns.iter().filter(|c| c.generated.is_none());
    stored.map(|c| c.name.clone()).collect()
}

/// Makes the database's own settings such that texts would differ, were the session's not pinned.
fn make_hostile(database: &Database, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        database.execute(&format!(
            "ALTER DATABASE \"{}\" SET {name} = {value}",
            database.name
        ));
    }
}

/// Settings that `pg_dump` pins, too.
const HOSTILE: &[(&str, &str)] = &[
    ("DateStyle", "'SQL, DMY'"),
    ("IntervalStyle", "'iso_8601'"),
    ("extra_float_digits", "0"),
    ("search_path", "odd, public"),
    ("statement_timeout", "60000"),
    ("default_transaction_isolation", "'serializable'"),
];

/// Settings that it does not pin.
const HOSTILE_TO_DUMPS: &[(&str, &str)] = &[
    ("TimeZone", "'America/St_Johns'"),
    ("bytea_output", "'escape'"),
    ("quote_all_identifiers", "on"),
];

#[test]
fn every_kind_of_object_is_inspected() {
    let Some(database) = Database::with("objects", &fixture("objects.sql")) else {
        return;
    };
    let schema = inspect::read(&mut database.client()).unwrap();
    insta::assert_snapshot!("objects", serde_json::to_string_pretty(&schema).unwrap());
}

/// A schema as JSON lines that do not depend on the order of creation.
fn comparable(schema: &Schema) -> Vec<String> {
    let mut schema = schema.clone();
    for table in schema.tables.values_mut() {
        table.constraints.sort_by(|a, b| a.name().cmp(b.name()));
        table.indexes.sort_by(|a, b| a.name().cmp(b.name()));
    }
    let mut lines = Vec::new();
    for function in &mut schema.functions {
        // pg_get_functiondef() and pg_dump lay a function out differently.
        function.sql.clear();
    }
    for trigger in &mut schema.triggers {
        trigger.definition.sql.clear();
    }
    let mut value = serde_json::to_value(&schema).unwrap();
    forget_origins(&mut value);
    let serde_json::Value::Object(kinds) = value else {
        panic!()
    };
    for (kind, objects) in kinds {
        match objects {
            serde_json::Value::Object(map) => {
                lines.extend(map.iter().map(|(k, v)| format!("{kind} {k} {v}")));
            }
            serde_json::Value::Array(list) if kind == "tables" => {
                for table in list {
                    let name = format!("{}.{}", table["schema"], table["name"]);
                    let serde_json::Value::Object(map) = table else {
                        panic!()
                    };
                    for (key, value) in map {
                        match value {
                            serde_json::Value::Array(items) if !items.is_empty() => {
                                let items = items.iter().enumerate();
                                lines.extend(items.map(|(i, v)| format!("{name} {key} {i} {v}")));
                            }
                            value => lines.push(format!("{name} {key} {value}")),
                        }
                    }
                }
            }
            serde_json::Value::Array(list) => {
                lines.extend(list.iter().map(|v| format!("{kind} {v}")));
            }
            _ => {}
        }
    }
    lines.sort();
    lines
}

fn forget_origins(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.retain(|key, _| key != "origin");
            map.values_mut().for_each(forget_origins);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(forget_origins),
        _ => {}
    }
}

#[track_caller]
fn assert_same(left: &Schema, right: &Schema) {
    let (left, right) = (comparable(left), comparable(right));
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|l| !b.contains(l)).cloned().collect()
    };
    let (minus, plus) = (only(&left, &right), only(&right, &left));
    assert!(
        minus.is_empty() && plus.is_empty(),
        "only left:\n{}\nonly right:\n{}",
        minus.join("\n"),
        plus.join("\n")
    );
}

#[test]
fn what_is_emitted_of_a_catalog_makes_the_same_catalog() {
    for server in servers() {
        what_is_emitted_of_a_catalog_makes_the_same_catalog_of(server);
    }
}

fn what_is_emitted_of_a_catalog_makes_the_same_catalog_of(server: &'static Server) {
    let database = Database::on(server, "emit");
    database.execute(&fixture("objects.sql"));
    let schema = inspect::read(&mut database.client()).unwrap();
    let sql = emit::emit_schema(&schema);
    let copy = Database::on(server, "emitted");
    if let Err(error) = copy.client().batch_execute(&sql) {
        panic!("{error:?}\n{sql}");
    }
    assert_same(&schema, &inspect::read(&mut copy.client()).unwrap());
}

#[test]
fn a_dump_has_the_schema_of_the_live_catalog() {
    for server in servers() {
        a_dump_has_the_schema_of_the_live_catalog_of(server);
    }
}

fn a_dump_has_the_schema_of_the_live_catalog_of(server: &'static Server) {
    let database = Database::on(server, "schema");
    database.execute(&fixture("objects.sql"));
    let folder = support::tempdir();
    let schema = inspect::read(&mut database.client()).unwrap();
    for arguments in [
        &[][..],
        &["-Fc"],
        &["-Fc", "--create", "--clean"],
        &["-Fd", "--file"],
        &["-Ft"],
        &["-Fc", "--schema-only"],
    ] {
        let name = format!("objects {arguments:?}");
        let Some(path) = dump_file(&database, folder.path(), &name, arguments) else {
            return;
        };
        let dump = dump(&path).unwrap_or_else(|e| panic!("{e}"));
        let said: Vec<String> = dump
            .diagnostics()
            .iter()
            .map(|d| format!("{:?} {}", d.origin, d.message))
            .collect();
        assert_eq!(said, Vec::<String>::new(), "{name}");
        assert_eq!(dump.alembic_versions(), Some(Vec::new()), "{name}");
        assert_same(&schema, dump.schema());
    }
}

#[test]
fn the_live_source_and_every_dump_give_equal_text() {
    for server in servers() {
        the_live_source_and_every_dump_give_equal_text_of(server);
    }
}

fn the_live_source_and_every_dump_give_equal_text_of(server: &'static Server) {
    let database = Database::on(server, "values");
    let mut sql = fixture("values.sql");
    if !database.has_xml() {
        sql = sql.replace("xm xml,", "xm text,");
    }
    database.execute(&sql);
    make_hostile(&database, HOSTILE);
    let folder = support::tempdir();
    let mut dumps = Vec::new();
    for (name, arguments) in [
        ("plain.sql", &[][..]),
        (
            "create.sql",
            &["--create", "--clean", "--if-exists", "--no-owner"],
        ),
        ("inserts.sql", &["--inserts"]),
        (
            "columns.sql",
            &["--column-inserts", "--on-conflict-do-nothing"],
        ),
        ("many.sql", &["--rows-per-insert=3"]),
        ("plain.sql.gz", &["--compress=6"]),
        ("inserts.gz", &["--compress=1", "--inserts"]),
        ("default.dump", &["-Fc", "--file"]),
        ("piped.dump", &["-Fc"]),
        ("0.dump", &["-Fc", "-Z0", "--file"]),
        ("1.dump", &["-Fc", "-Z1"]),
        ("9.dump", &["-Fc", "-Z9", "--file"]),
        ("inserts.dump", &["-Fc", "--column-inserts"]),
        (
            "many.dump",
            &["-Fc", "-Z0", "--rows-per-insert=3", "--file"],
        ),
        ("folder", &["-Fd", "--file"]),
        ("folder of 0", &["-Fd", "-Z0", "--jobs=2", "--file"]),
        ("folder of inserts", &["-Fd", "--inserts", "--file"]),
        ("tar", &["-Ft", "--file"]),
        ("piped.tar", &["-Ft", "--create"]),
    ] {
        let Some(path) = dump_file(&database, folder.path(), name, arguments) else {
            return;
        };
        dumps.push((name, path));
    }
    make_hostile(&database, HOSTILE_TO_DUMPS);
    let mut live = live(&database);
    assert_eq!(
        live.alembic_versions(),
        Some(vec!["abc123".to_owned(), "def456".to_owned()])
    );
    for (name, path) in dumps {
        let mut dump = dump(&path).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(dump.alembic_versions(), live.alembic_versions());
        assert_eq!(dump.server_version(), live.server_version());
        for sequence in live.schema().sequences.keys() {
            assert_eq!(
                dump.sequence_state(sequence),
                live.sequence_state(sequence),
                "{sequence}"
            );
        }
        let tables: Vec<QualName> = live.schema().tables.keys().cloned().collect();
        assert_eq!(tables.len(), 9);
        for table in &tables {
            let expected = rows(&mut live, table, CopyFormat::Text);
            let found = rows(&mut dump, table, CopyFormat::Binary);
            assert_eq!(found.len(), expected.len(), "{name} {table}");
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "{name} {table}");
            }
            let size = dump.table_size(table).unwrap();
            assert_eq!(usize::try_from(size.rows).unwrap(), expected.len());
            assert!(size.exact);
        }
    }
}

#[test]
fn a_binary_read_gives_the_same_text_where_it_gives_text() {
    let Some(database) = Database::with("binary", &fixture("values.sql")) else {
        return;
    };
    make_hostile(&database, HOSTILE);
    make_hostile(&database, HOSTILE_TO_DUMPS);
    let mut live = live(&database);
    let table = QualName::qualified(Some("odd"), "Values");
    let text = rows(&mut live, &table, CopyFormat::Text);
    let binary = rows(&mut live, &table, CopyFormat::Binary);
    assert_eq!(text.len(), binary.len());
    let mut texts = 0;
    for (text, binary) in text.iter().zip(&binary) {
        for (text, binary) in text.lines().zip(binary.lines()) {
            if !binary.contains("=[") {
                assert_eq!(text, binary);
                texts += 1;
            }
        }
    }
    assert!(texts > 60, "{texts}");
}

#[test]
fn the_example_dump_and_the_database_it_restores_are_the_same_source() {
    let path = support::project("fixtures/production.sql");
    let mut dump = dump(&path).unwrap_or_else(|e| panic!("{e}"));
    let said: Vec<String> = dump
        .diagnostics()
        .iter()
        .map(|d| d.message.clone())
        .collect();
    assert_eq!(said, Vec::<String>::new());
    let Some(database) = Database::new("example") else {
        return;
    };
    if database.load_dump(&path).is_none() {
        return;
    }
    let mut live = live(&database);
    // The example's was made in another time zone, and PostgreSQL prints some casts otherwise once it has read them back: a
    // second dump is compared in full, the first by its counts.
    let folder = support::tempdir();
    let Some(path) = dump_file(&database, folder.path(), "again.sql", &[]) else {
        return;
    };
    let mut again = DumpSource::open(&path, &Interrupt::new()).unwrap_or_else(|e| panic!("{e}"));
    assert_same(live.schema(), again.schema());
    assert_eq!(live.alembic_versions(), dump.alembic_versions());
    let tables: Vec<QualName> = live.schema().tables.keys().cloned().collect();
    let mut count = 0;
    for table in &tables {
        let expected = rows(&mut live, table, CopyFormat::Text);
        assert_eq!(
            rows(&mut again, table, CopyFormat::Text),
            expected,
            "{table}"
        );
        assert_eq!(
            rows(&mut dump, table, CopyFormat::Text).len(),
            expected.len()
        );
        count += expected.len();
    }
    assert!(count > 20_000, "{count}");
}
