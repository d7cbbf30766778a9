//! One migration per revision: the chain leaves the very schema that the squashed baseline does, and takes it back again.

mod support;

use std::path::Path;

use decant::lower;
use decant::pipeline::{HistoryOptions, convert, read_history};
use decant::sqlite::inspect;
use decant::verify::compare_sqlite;
use support::decant;

fn custom() -> &'static dyn decant::files::Format {
    decant::files::format("custom").expect("the default")
}

fn example() -> decant::pipeline::Replayed {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("alembic_backup");
    let options = HistoryOptions {
        scripts: vec![scripts],
        ..HistoryOptions::default()
    };
    let history = read_history(&options).expect("the example is read");
    history.replay("heads").expect("the example is replayed")
}

#[test]
fn the_chain_of_the_example_is_its_baseline_up_down_and_up_again() {
    let storage = lower::Options {
        accept_lossy: true,
        ..lower::Options::default()
    };
    let converted = convert(&example(), &storage, custom()).expect("the example is converted");
    let open: Vec<_> = converted
        .revisions
        .iter()
        .flat_map(|r| &r.conversion.unconverted)
        .collect();
    assert!(open.is_empty(), "{open:#?}");
    let db = rusqlite::Connection::open_in_memory().expect("a database");
    db.pragma_update(None, "foreign_keys", "OFF").expect("off");
    let run = |statements: &[decant::files::Statement], file: &str| {
        db.execute_batch("BEGIN").expect("a transaction");
        for statement in statements {
            let done = db.execute_batch(&statement.sql);
            done.unwrap_or_else(|e| panic!("{file}: {e}\n{}", statement.sql));
        }
        db.execute_batch("COMMIT").expect("a commit");
    };
    for round in ["first", "second"] {
        for file in &converted.files {
            run(&file.up, &file.file_name);
        }
        let actual = inspect::read(&db).expect("a schema");
        let findings = compare_sqlite(&converted.lowering.sqlite, &actual);
        assert!(findings.is_empty(), "{round} time: {findings:#?}");
        for file in converted.files.iter().rev() {
            run(&file.down, &file.file_name);
        }
        let left = inspect::read(&db).expect("a schema");
        assert_eq!(
            left,
            decant::sqlite::schema::Schema::default(),
            "{round} time"
        );
    }
}

#[test]
fn the_files_run_with_the_runner_and_keep_foreign_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = folder.path().join("migrations");
    let written = decant()
        .current_dir(root)
        .args(["convert", "--out"])
        .arg(&files)
        .output()
        .expect("it runs");
    assert!(
        written.status.success(),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    let count = std::fs::read_dir(&files).expect("the folder").count();
    assert!(count >= 30, "{count} files");
    let database = folder.path().join("app.db");
    for command in ["up", "down", "up"] {
        let mut run = decant();
        run.current_dir(root)
            .args(["migrate", command, "--yes", "--dir"])
            .arg(&files);
        run.arg("--database").arg(&database);
        if command == "down" {
            run.arg("--all");
        }
        let run = run.output().expect("it runs");
        assert!(
            run.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

#[test]
fn the_example_is_proven_over_rows() {
    let storage = lower::Options {
        accept_lossy: true,
        ..lower::Options::default()
    };
    let proof = decant::pipeline::prove(&example(), &storage).expect("it runs");
    let failed: Vec<_> = proof.failures().collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(proof.checks.len() > 120, "{} checks", proof.checks.len());
    let without_row = proof
        .checks
        .iter()
        .filter(|c| c.kind == "row" && c.outcome != decant::prove::Outcome::Passed);
    assert_eq!(without_row.count(), 0, "{proof:#?}");
}

#[test]
fn rows_of_create_table_as_are_taken_along_and_what_is_not_understood_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "\"\"\"copy\n\nRevision ID: a1\nCreate Date: 2024-01-02 03:04:05\n\"\"\"\nfrom alembic import op\n\nrevision = \"a1\"\n\
down_revision = None\n\n\ndef upgrade():\n    op.execute(\"CREATE TABLE a (id integer, b text)\")\n    \
op.execute(\"INSERT INTO a VALUES (1, 'x')\")\n    op.execute(\"CREATE TABLE c AS SELECT id, b FROM a\")\n    \
op.execute(\"UPDATE a SET b = quote_nullable(b)\")\n\n\ndef downgrade():\n    pass\n";
    std::fs::write(folder.path().join("a1.py"), script).expect("a script");
    let options = HistoryOptions {
        scripts: vec![folder.path().to_owned()],
        ..HistoryOptions::default()
    };
    let history = read_history(&options).expect("it is read");
    let replayed = history.replay("heads").expect("it is replayed");
    let converted =
        convert(&replayed, &lower::Options::default(), custom()).expect("it is converted");
    let conversion = &converted.revisions.first().expect("a revision").conversion;
    let copies = conversion
        .up
        .iter()
        .any(|sql| sql.starts_with("INSERT INTO c "));
    assert!(copies, "{:#?}", conversion.up);
    let open: Vec<_> = conversion
        .unconverted
        .iter()
        .map(|u| u.what.as_str())
        .collect();
    assert_eq!(open, ["UPDATE a SET b = quote_nullable(b)"]);
}
