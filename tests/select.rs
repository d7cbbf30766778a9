//! `--table`, `--exclude`, `--where` and `--redact`: the port and the verification see the same part of a source.

mod support;

use std::path::Path;
use std::process::Output;

use support::{Database, decant, tempdir};

const SCHEMA: &str = "
    CREATE TABLE people (id integer PRIMARY KEY, email varchar(40) NOT NULL UNIQUE, name text, born date);
    CREATE TABLE pets (id integer PRIMARY KEY, owner integer REFERENCES people, name text);
    CREATE TABLE log_2023 (id integer PRIMARY KEY, what text);
    CREATE TABLE log_2024 (id integer PRIMARY KEY, what text);
    INSERT INTO people VALUES (1, 'ann@example.org', 'Ann Ö. 12', '2000-01-01'), (2, 'bob@example.org', NULL, NULL),
        (3, 'cyd@example.org', 'Cyd', NULL);
    INSERT INTO pets VALUES (1, 1, 'rex'), (2, 3, 'tom');
    INSERT INTO log_2023 VALUES (1, 'old');
    INSERT INTO log_2024 VALUES (1, 'new');
";

fn run(folder: &Path, command: &str, source: &str, flags: &[&str]) -> Output {
    let mut decant = decant();
    decant
        .current_dir(folder)
        .args([command, "--source", source, "--target", "app.db"])
        .args(flags);
    decant.output().expect("decant runs")
}

fn rows(folder: &Path, query: &str) -> Vec<String> {
    let database = rusqlite::Connection::open(folder.join("app.db")).expect("a database");
    let mut statement = database.prepare(query).expect("a query");
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0));
    rows.expect("rows")
        .map(|r| r.expect("a row").unwrap_or_else(|| "NULL".to_owned()))
        .collect()
}

const COUNTS: &str =
    "SELECT (SELECT count(*) FROM people) || ' ' || (SELECT count(*) FROM pets) || ' ' ||
    (SELECT count(*) FROM log_2023) || ' ' || (SELECT count(*) FROM log_2024)";

/// Flags, the rows that they leave in the four tables.
const CASES: &[(&[&str], &str)] = &[
    (&[], "3 2 1 1"),
    (&["--table", "people"], "3 0 0 0"),
    (&["--exclude", "log_*"], "3 2 0 0"),
    (
        &["--table", "public.LOG_*", "--exclude", "log_?023"],
        "0 0 0 1",
    ),
];

#[test]
fn tables_are_chosen_from_servers_and_dumps() {
    let Some(database) = Database::with("select_tables", SCHEMA) else {
        return;
    };
    let dump = database.dump(&[]).expect("a dump");
    for (flags, expected) in CASES {
        for live in [true, false] {
            let folder = tempdir();
            std::fs::write(folder.path().join("app.sql"), &dump).expect("a dump");
            let source = if live {
                database.url()
            } else {
                "app.sql".to_owned()
            };
            let output = run(folder.path(), "port", &source, flags);
            assert!(output.status.success(), "{flags:?}: {output:?}");
            assert_eq!(rows(folder.path(), COUNTS), [*expected], "{flags:?}");
            assert!(
                run(folder.path(), "verify", &source, flags)
                    .status
                    .success()
            );
            let whole = run(folder.path(), "verify", &source, &[]).status.success();
            assert_eq!(whole, flags.is_empty(), "{flags:?}");
        }
    }
}

#[test]
fn rows_are_chosen_by_the_server_and_values_made_unreadable() {
    let Some(database) = Database::with("select_rows", SCHEMA) else {
        return;
    };
    let folder = tempdir();
    let flags = [
        "--where",
        "people=id <> 2 -- not bob",
        "--redact",
        "people.email=hash",
        "--redact",
        "people.name=mask",
        "--redact",
        "people.born=null",
        "--redact",
        "pets.name=fixed:pet",
    ];
    let output = run(folder.path(), "port", &database.url(), &flags);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        rows(
            folder.path(),
            "SELECT id || ' ' || email || ' ' || name || ' ' || coalesce(born, 'NULL') FROM people ORDER BY id"
        ),
        [
            "1 HASH xxx x. 00 NULL".replace("HASH", &hash("ann@example.org")),
            "3 HASH xxx NULL".replace("HASH", &hash("cyd@example.org")),
        ]
    );
    assert_eq!(
        rows(folder.path(), "SELECT name FROM pets ORDER BY id"),
        ["pet", "pet"]
    );
    assert!(
        run(folder.path(), "verify", &database.url(), &flags)
            .status
            .success()
    );
    assert!(
        !run(folder.path(), "verify", &database.url(), &[])
            .status
            .success()
    );
}

fn hash(text: &str) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(text.as_bytes());
    digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

#[test]
fn what_cannot_be_asked_for_is_told() {
    let Some(database) = Database::with("select_refused", SCHEMA) else {
        return;
    };
    let dump = database.dump(&[]).expect("a dump");
    let folder = tempdir();
    std::fs::write(folder.path().join("app.sql"), &dump).expect("a dump");
    for (flags, expected) in [
        (["--table", "peeple"], "--table peeple matches no table"),
        (["--exclude", "x*"], "--exclude x* matches no table"),
        (["--where", "people"], "it must be TABLE=CONDITION"),
        (
            ["--where", "people=nothing > 1"],
            "column \"nothing\" does not exist",
        ),
        (
            ["--where", "people=true); DROP TABLE pets; --"],
            "the condition of --where people",
        ),
        (["--redact", "people.mail=hash"], "has no column mail"),
        (["--redact", "people.born=hash"], "of what is no text"),
        (["--redact", "people.email=null"], "is NOT NULL"),
        (
            ["--redact", "people.email=blur"],
            "the rules are null, hash, mask and fixed:TEXT",
        ),
    ] {
        let output = run(folder.path(), "port", &database.url(), &flags);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{flags:?}");
        assert!(said.contains(expected), "{flags:?}: {said}");
        assert!(!folder.path().join("app.db").exists());
    }
    let output = run(
        folder.path(),
        "port",
        "app.sql",
        &["--where", "people=id = 1"],
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("a dump cannot evaluate conditions"), "{said}");
    // Rows whose parents are left out are not brought over in silence.
    let output = run(folder.path(), "port", "app.sql", &["--table", "pets"]);
    assert!(!output.status.success());
    assert!(!folder.path().join("app.db").exists());
}
