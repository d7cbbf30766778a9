//! The squashed history: its rows, the revisions kept behind it, and its formats.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use decant::sqlite::inspect;
use decant::sqlite::schema::Schema;
use decant::verify::{Finding, compare_sqlite};
use rusqlite::Connection;
use serde_json::Value;
use support::{decant, history, project};

fn run(command: &mut Command) -> Output {
    command.output().expect("it runs")
}

#[track_caller]
fn done(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs the files of a folder on a new database.
fn migrated(folder: &Path, files: &Path, name: &str) -> PathBuf {
    let database = folder.join(name);
    let mut command = decant();
    command
        .current_dir(folder)
        .args(["migrate", "up", "--yes", "--dir"]);
    done(&run(command.arg(files).arg("--database").arg(&database)));
    database
}

/// All rows but those of the ledger, as text.
fn rows(database: &Path) -> BTreeMap<String, Vec<String>> {
    let db = Connection::open(database).expect("a database");
    let schema = inspect::read(&db).expect("a schema");
    let tables = schema
        .tables
        .iter()
        .filter(|t| !t.name.contains("migrations"));
    let of = |table: &str, columns: Vec<String>| {
        let cells: Vec<String> = columns.iter().map(|c| format!("quote(\"{c}\")")).collect();
        let sql = format!(
            "SELECT {} FROM \"{table}\" ORDER BY 1",
            cells.join("||','||")
        );
        let mut statement = db.prepare(&sql).expect("a query");
        let found = statement
            .query_map([], |r| r.get::<_, String>(0))
            .expect("rows");
        found.map(|r| r.expect("a row")).collect::<Vec<String>>()
    };
    tables
        .map(|t| {
            let columns = t.columns.iter().map(|c| c.name.clone()).collect();
            (t.name.clone(), of(&t.name, columns))
        })
        .collect()
}

const SEEDED: &[(&str, &str, &str)] = &[
    (
        "a1",
        "2024-01-01 10:00:00",
        "op.create_table('roles', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(20), unique=True),
         sa.Column('made', sa.DateTime, server_default=sa.func.now()), sa.Column('key', sa.Uuid, server_default=sa.text('gen_random_uuid()')))
         op.create_table('old', sa.Column('id', sa.Integer, primary_key=True))
         op.execute(\"INSERT INTO roles (name) VALUES ('a; b'), ('line one' || chr(10) || '-- UP script')\")
         op.execute(\"INSERT INTO old VALUES (1)\")",
    ),
    (
        "b2",
        "2024-01-01 10:00:00",
        "op.execute(\"UPDATE roles SET name = 'first' WHERE name = 'a; b'\")
         op.drop_table('old')
         op.execute(\"INSERT INTO roles (name) VALUES ('extra')\")",
    ),
    (
        "c3",
        "2023-01-01 10:00:00",
        "op.add_column('roles', sa.Column('rank', sa.Integer, server_default='7', nullable=False))",
    ),
    ("d4", "2025-01-01 10:00:00", "pass"),
];

#[test]
fn a_fresh_installation_gets_the_rows_that_the_history_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let scripts = folder.path().join("versions");
    std::fs::create_dir(&scripts).expect("a folder");
    history(&scripts, SEEDED);
    let decant_here = |words: &[&str]| {
        let mut command = decant();
        command.current_dir(folder.path()).args(words);
        run(command.args(["--scripts", "versions"]))
    };
    let told = done(&decant_here(&["baseline", "--json", "--out", "b"]));
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let outcomes: Vec<String> = told["seeds"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|s| {
            format!(
                "{} {} {} {}",
                s["key"], s["class"], s["table"], s["outcome"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            "a1:17 seed roles kept",
            "a1:18 obsolete old nothing",
            "b2:14 backfill roles kept",
            "b2:16 seed roles kept",
        ]
    );
    let again = done(&decant_here(&["baseline", "--json", "--out", "b"]));
    assert_eq!(told, serde_json::from_str::<Value>(&again).expect("JSON"));
    done(&decant_here(&["convert", "--out", "c"]));
    let squashed = rows(&migrated(folder.path(), Path::new("b"), "b.db"));
    let chain = rows(&migrated(folder.path(), Path::new("c"), "c.db"));
    // Moments and random keys are those of the installation or of the squashing.
    let plain = |all: &BTreeMap<String, Vec<String>>| {
        let cells = all["roles"].iter().map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            [cells[0], cells[1], cells[4]].join(" ")
        });
        cells.collect::<Vec<String>>()
    };
    assert_eq!(plain(&squashed), plain(&chain));
    assert_eq!(plain(&squashed).len(), 3);
    assert!(
        !squashed["roles"].iter().any(|row| row.contains("1987")),
        "{squashed:?}"
    );
    // What decant.toml leaves out is not there.
    std::fs::write(
        folder.path().join("decant.toml"),
        "[baseline.seeds]\n\"b2:16\" = \"drop\"\n",
    )
    .expect("a file");
    done(&decant_here(&[
        "baseline",
        "--out",
        "d",
        "--config",
        "decant.toml",
    ]));
    let fewer = rows(&migrated(folder.path(), Path::new("d"), "d.db"));
    assert_eq!(fewer["roles"].len(), 2);
    done(&decant_here(&[
        "baseline",
        "--out",
        "e",
        "--seed-data",
        "drop",
    ]));
    assert_eq!(
        std::fs::read_dir(folder.path().join("e"))
            .expect("a folder")
            .count(),
        1
    );
}

#[test]
fn rows_without_an_equal_are_not_left_out_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    history(
        folder.path(),
        &[(
            "a1",
            "2024-01-01 10:00:00",
            "op.create_table('t', sa.Column('id', sa.Integer))
             op.execute('INSERT INTO t SELECT ascii(quote_nullable(NULL))')",
        )],
    );
    let baseline = |words: &[&str]| {
        let mut command = decant();
        command
            .current_dir(folder.path())
            .args(["baseline", "--out", "b", "--scripts", "."]);
        run(command.args(words))
    };
    let refused = baseline(&[]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("\"a1:15\" = \"drop\""), "{said}");
    done(&baseline(&["--accept-unconverted"]));
}

#[test]
fn versions_go_up_where_create_dates_collide_or_run_backwards_and_empty_revisions_are_folded() {
    let folder = tempfile::tempdir().expect("a folder");
    history(folder.path(), SEEDED);
    let mut command = decant();
    command
        .current_dir(folder.path())
        .args(["convert", "--out", "c", "--scripts", "."]);
    done(&run(&mut command));
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("c"))
        .expect("a folder")
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "20240101100000_a1.sql",
            "20240101100001_b2.sql",
            "20240101100002_c3.sql"
        ]
    );
    let last =
        std::fs::read_to_string(folder.path().join("c/20240101100002_c3.sql")).expect("a file");
    assert!(last.contains("-- REPLACES: c3 d4\n"), "{last}");
    assert!(last.contains("Stands for d4, too"), "{last}");
}

/// Differences but for comments: they stand in the text of the statement that made the table, and none is rebuilt for one.
fn differences(wanted: &Schema, made: &Schema) -> Vec<Finding> {
    let mut findings = compare_sqlite(wanted, made);
    findings.retain(|f| f.aspect.as_deref() != Some("comment"));
    findings
}

#[test]
fn revisions_kept_behind_the_baseline_lead_to_the_same_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut schemas = Vec::new();
    for keep in [0, 1, 7, 29] {
        let files = folder.path().join(format!("keep{keep}"));
        let mut command = decant();
        command.current_dir(project("")).args([
            "baseline",
            "--keep-last",
            &keep.to_string(),
            "--out",
        ]);
        done(&run(command.arg(&files)));
        let database = migrated(folder.path(), &files, &format!("keep{keep}.db"));
        let mut schema =
            inspect::read(&Connection::open(&database).expect("a database")).expect("a schema");
        schema.tables.retain(|t| !t.name.contains("migrations"));
        schemas.push((keep, schema, rows(&database)));
    }
    let (_, wanted, rows_wanted) = schemas.remove(0);
    for (keep, schema, rows) in schemas {
        let findings = differences(&wanted, &schema);
        assert!(findings.is_empty(), "--keep-last {keep}: {findings:#?}");
        let names = |rows: &BTreeMap<String, Vec<String>>| -> BTreeMap<String, usize> {
            rows.iter()
                .map(|(name, list)| (name.clone(), list.len()))
                .collect()
        };
        assert_eq!(names(&rows), names(&rows_wanted), "--keep-last {keep}");
    }
}

/// Every format holds the same statements.
#[test]
fn every_format_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |format: &str| {
        let files = folder.path().join(format);
        let mut command = decant();
        command
            .current_dir(project(""))
            .args(["convert", "--format", format, "--out"]);
        done(&run(command.arg(&files)));
        decant::files::read_folder(&files).expect("files")
    };
    let custom = decant::files::format("custom").expect("the default");
    let wanted = custom.read(&written("custom")).expect("migrations");
    for format in decant::files::FORMATS {
        let found = format.read(&written(format.name())).expect("migrations");
        assert_eq!(found.len(), wanted.len(), "{}", format.name());
        for (a, b) in found.iter().zip(&wanted) {
            let sql = |list: &[decant::files::Statement]| -> Vec<String> {
                list.iter().map(|s| s.sql.clone()).collect()
            };
            assert_eq!(sql(&a.up), sql(&b.up), "{}: {}", format.name(), a.file_name);
            if format.has_down() {
                assert_eq!(
                    sql(&a.down),
                    sql(&b.down),
                    "{}: {}",
                    format.name(),
                    a.file_name
                );
            }
        }
    }
}

const ENV: &str = "import sys, os
sys.path.insert(0, os.path.dirname(__file__))
from alembic import context
from env_sqlite import run

run(context, context.config.get_main_option('sqlalchemy.url'))
";

/// Real Alembic runs the revisions up, down and up again, and leaves the very schema.
#[test]
fn alembic_runs_what_is_written_for_it() {
    let Some(python) = support::python(&["alembic==1.13.3", "sqlalchemy==2.0.36"]) else {
        return;
    };
    for command in ["baseline", "convert"] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut write = decant();
        write
            .current_dir(project(""))
            .args([command, "--format", "alembic", "--out"]);
        done(&run(write.arg(folder.path())));
        std::fs::write(folder.path().join("env.py"), ENV).expect("a file");
        std::fs::write(
            folder.path().join("alembic.ini"),
            "[alembic]\nscript_location = .\nsqlalchemy.url = sqlite:///app.db\n",
        )
        .expect("a file");
        let alembic = |words: &[&str]| {
            let mut alembic = Command::new(&python);
            alembic
                .current_dir(folder.path())
                .args(["-m", "alembic"])
                .args(words);
            done(&run(&mut alembic));
        };
        let schema = || {
            let db = Connection::open(folder.path().join("app.db")).expect("a database");
            let mut schema = inspect::read(&db).expect("a schema");
            schema.tables.retain(|t| t.name != "alembic_version");
            schema
        };
        alembic(&["upgrade", "heads"]);
        let made = schema();
        let mut other = decant();
        other
            .current_dir(project(""))
            .args(["baseline", "--seed-data", "drop", "--out"]);
        let files = folder.path().join("sql");
        done(&run(other.arg(&files)));
        let database = migrated(folder.path(), &files, "wanted.db");
        let mut wanted =
            inspect::read(&Connection::open(database).expect("a database")).expect("a schema");
        wanted.tables.retain(|t| !t.name.contains("migrations"));
        let findings = differences(&wanted, &made);
        assert!(findings.is_empty(), "{command}: {findings:#?}");
        alembic(&["downgrade", "base"]);
        assert!(
            schema().tables.is_empty(),
            "{command}: {:?}",
            schema().tables
        );
        alembic(&["upgrade", "heads"]);
        assert!(
            differences(&wanted, &schema()).is_empty(),
            "{command}, again"
        );
    }
}
