//! A folder of CSV files as `COPY .. TO .. WITH (FORMAT csv, HEADER)` leaves them, as a source.

mod support;

use std::path::Path;
use std::process::Output;

use support::{Database, decant, tempdir};

const SCRIPT: &str = "
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = 'a1'
down_revision = None


def upgrade():
    op.create_table(
        'notes',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('body', sa.Text),
        sa.Column('data', sa.LargeBinary),
        sa.Column('tags', pg.ARRAY(sa.Text)),
        sa.Column('at', sa.DateTime(timezone=True)),
        sa.Column('doc', pg.JSONB),
        sa.Column('doubled', sa.Integer, sa.Computed('id * 2', persisted=True)),
    )
    op.create_table('Odd, \"name\"', sa.Column('a,b', sa.Integer, primary_key=True), sa.Column('c', sa.Numeric(10, 2)))


def downgrade():
    op.drop_table('notes')
    op.drop_table('Odd, \"name\"')
";

const SCHEMA: &str = r#"
    CREATE TABLE notes (id serial PRIMARY KEY, body text, data bytea, tags text[], at timestamptz, doc jsonb,
        doubled integer GENERATED ALWAYS AS (id * 2) STORED);
    CREATE TABLE "Odd, ""name""" ("a,b" serial PRIMARY KEY, c numeric(10,2));
    INSERT INTO notes (body, data, tags, at, doc) VALUES
        ('plain', '\x00ff22', '{a,"b,c",NULL}', '2024-02-29 23:59:59.123456+00', '{"a": "b,\"c"}'),
        ('', '', '{}', NULL, '[]'), (NULL, NULL, NULL, NULL, 'null'),
        (E'a "quoted", text\r\nover\nlines \\. ', NULL, NULL, NULL, NULL), ('\.', NULL, NULL, NULL, NULL);
    INSERT INTO "Odd, ""name""" (c) VALUES (1.10), (NULL);
    CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
    INSERT INTO alembic_version VALUES ('a1');
"#;

/// Tables and the names of their files.
const FILES: &[(&str, &str)] = &[
    ("notes", "public.notes.csv"),
    ("\"Odd, \"\"name\"\"\"", "Odd, \"name\".csv"),
    ("alembic_version", "alembic_version.csv"),
];

fn project(folder: &Path) {
    let versions = folder.join("alembic/versions");
    std::fs::create_dir_all(&versions).expect("a folder");
    std::fs::write(versions.join("a1_first.py"), SCRIPT).expect("a script");
    std::fs::create_dir(folder.join("rows")).expect("a folder");
}

fn export(database: &Database, folder: &Path) {
    let mut client = database.client();
    client
        .batch_execute("SET TimeZone = 'Asia/Tokyo'")
        .expect("a zone");
    for (table, file) in FILES {
        use std::io::Read as _;
        let sql = format!("COPY {table} TO STDOUT WITH (FORMAT csv, HEADER)");
        let mut text = Vec::new();
        client
            .copy_out(sql.as_str())
            .expect("a copy")
            .read_to_end(&mut text)
            .expect("rows");
        std::fs::write(folder.join("rows").join(file), text).expect("a file");
    }
}

fn run(folder: &Path, command: &str, source: &str, flags: &[&str]) -> Output {
    let mut decant = decant();
    decant
        .current_dir(folder)
        .args([
            command,
            "--source",
            source,
            "--target",
            "app.db",
            "--scripts",
            "alembic",
        ])
        .args(flags);
    decant.output().expect("decant runs")
}

#[test]
fn a_folder_of_csv_gives_the_rows_of_the_server() {
    let Some(database) = Database::with("csv_folder", SCHEMA) else {
        return;
    };
    let folder = tempdir();
    project(folder.path());
    export(&database, folder.path());
    let output = run(folder.path(), "port", "rows", &[]);
    assert!(output.status.success(), "{output:?}");
    assert!(run(folder.path(), "verify", "rows", &[]).status.success());
    // The same file is right by the server, too.
    let output = run(
        folder.path(),
        "verify",
        &database.url(),
        &["--level", "full"],
    );
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn damaged_and_missing_files_are_told_with_their_place() {
    let Some(database) = Database::with("csv_damaged", SCHEMA) else {
        return;
    };
    type Spoil = fn(&Path);
    let cases: [(&str, Spoil, &str); 8] = [
        (
            "no file",
            |f| std::fs::remove_file(f.join("public.notes.csv")).expect("a file"),
            "has no file notes.csv",
        ),
        (
            "a strange file",
            |f| std::fs::write(f.join("who.csv"), "a\n").expect("a file"),
            "no table of the schema for who",
        ),
        (
            "two files",
            |f| {
                std::fs::copy(f.join("public.notes.csv"), f.join("notes.csv")).expect("a file");
            },
            "both are of table notes",
        ),
        (
            "no header",
            |f| std::fs::write(f.join("public.notes.csv"), "1,a,,,,\n").expect("a file"),
            "public.notes.csv:1: its header has no column id",
        ),
        (
            "an empty file",
            |f| std::fs::write(f.join("public.notes.csv"), "").expect("a file"),
            "public.notes.csv:1: it is empty",
        ),
        (
            "cut in a quote",
            |f| cut(f, "quoted"),
            "a quote that opens in this record is never closed",
        ),
        (
            "cut in a line",
            |f| cut(f, "plain"),
            "the last record has no end of line",
        ),
        (
            "a field too many",
            |f| add(f, "9,x,,,,,18\n"),
            "a record of 7 fields where the header has 6",
        ),
    ];
    for (name, spoil, expected) in cases {
        let folder = tempdir();
        project(folder.path());
        export(&database, folder.path());
        spoil(&folder.path().join("rows"));
        let output = run(folder.path(), "port", "rows", &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{name}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(!folder.path().join("app.db").exists(), "{name}");
    }
    let folder = tempdir();
    project(folder.path());
    export(&database, folder.path());
    let mut alone = decant();
    alone
        .current_dir(folder.path())
        .args(["port", "--source", "rows", "--target", "app.db"]);
    let output = alone.output().expect("decant runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("CSV files, which tell no types"));
}

fn cut(folder: &Path, at: &str) {
    let path = folder.join("public.notes.csv");
    let text = std::fs::read_to_string(&path).expect("a file");
    let place = text.find(at).expect("a place");
    std::fs::write(path, &text[..place + 2]).expect("a file");
}

fn add(folder: &Path, line: &str) {
    let path = folder.join("public.notes.csv");
    let text = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(path, text + line).expect("a file");
}
