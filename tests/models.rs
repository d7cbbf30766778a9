//! What models must change, and the generated check: run with real SQLAlchemy 1.4, 2.0 and 2.1 against a real PostgreSQL and a ported file.

mod e2e;
mod support;

use std::path::Path;
use std::process::Command;

use snapbox::Data;
use support::{Database, project};

/// The lines of SQLAlchemy that the generated files are written for.
const RELEASES: &[&str] = &[
    "sqlalchemy==1.4.54",
    "sqlalchemy==2.0.36",
    "sqlalchemy==2.1.9",
];
const DRIVER: &str = "psycopg2-binary==2.9.10";

/// A database from `fixtures/models`, ported, with the check beside its models.
struct Case {
    folder: tempfile::TempDir,
    database: Database,
}

impl Case {
    fn new(name: &str) -> Option<Self> {
        let sql =
            std::fs::read_to_string(project("fixtures/models/schema.sql")).expect("the schema");
        let database = Database::with(name, &sql)?;
        let folder = support::tempdir();
        e2e::copy_folder(&project("fixtures/models"), folder.path());
        let url = database.url();
        e2e::decant_in(
            folder.path(),
            &["port", "--source", &url, "--target", "t.db"],
        )
        .ended(0);
        e2e::decant_in(
            folder.path(),
            &["verify", "--models", ".", "--source", &url],
        )
        .ended(0);
        Some(Self { folder, database })
    }

    fn check(&self, python: &Path, file: &str, models: &str) -> (String, i32) {
        let output = Command::new(python)
            .args(["-B", "check_models.py", "--postgres", &self.database.url()])
            .args(["--sqlite", file, "--models", models])
            .current_dir(self.folder.path())
            .output()
            .expect("Python runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (said, output.status.code().unwrap_or(-1))
    }

    /// A copy of the ported file in which statements were run.
    fn damaged<'a>(&self, number: usize, statements: impl Iterator<Item = &'a str>) -> String {
        let name = format!("damaged{number}.db");
        let path = self.folder.path().join(&name);
        std::fs::copy(self.folder.path().join("t.db"), &path).expect("a copy");
        let db = rusqlite::Connection::open(&path).expect("the copy opens");
        db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
            .expect("pragmas");
        for sql in statements {
            let rows = db.execute(sql, []).expect("it runs");
            assert!(rows > 0, "{sql}: changes nothing");
        }
        name
    }
}

#[test]
fn portable_models_read_and_find_the_same_and_unchanged_models_do_not() {
    let Some(case) = Case::new("models") else {
        return;
    };
    for release in RELEASES {
        let Some(python) = support::python(&[release, DRIVER]) else {
            continue;
        };
        let (said, status) = case.check(&python, "t.db", "models_portable:Base");
        assert_eq!(status, 0, "{release}: {said}");
        assert!(
            said.contains("EQUAL: 906 rows, 2781 cells equal, "),
            "{release}: {said}"
        );
        assert!(
            said.contains(" 0 differences, 0 not checked"),
            "{release}: {said}"
        );

        let (said, status) = case.check(&python, "t.db", "models_before:Base");
        assert_eq!(status, 1, "{release}: {said}");
        assert!(
            said.contains("what to do: visits.at: use UtcDateTime()"),
            "{release}: {said}"
        );
        if release.contains("==1.4") {
            assert!(
                said.contains("is not found on SQLite by its primary key"),
                "{said}"
            );
            continue;
        }
        for advice in [
            "people.born: use UtcDateTime()",
            "people.wakes: use TzTime()",
            "people.tags: use PortableArray(sa.Text())",
            "people.numbers: use PortableArray(sa.Numeric(12, 6))",
            "people.friends: use PortableArray(PortableUuid())",
            "people.met: use PortableArray(UtcDateTime())",
            "people.grid: use PortableArray(sa.Integer())",
            "people.notes: use PortableJson()",
            "people.balance: use DecimalText(24, 4)",
            "people.traits: use PortableHstore()",
            "people.span: use PortableRange(\"int4range\")",
            "people.stay: use PortableRange(\"tstzrange\")",
            "people.every: use sa.Interval()",
        ] {
            assert!(
                said.contains(&format!("what to do: {advice}\n")),
                "{release}: no {advice} in {said}"
            );
        }
    }
}

/// A change of the file, and what the check has to say.
const PLANTED: &[(&str, &str)] = &[
    (
        "UPDATE people SET active = 0 WHERE id LIKE '0000%'",
        "people.active at (UUID('00000000-0000-0000-0000-000000000000'),): reads another bool",
    ),
    (
        "UPDATE people SET born = substr(born, 1, 25) || '2' WHERE id LIKE '0000%'",
        "people.born at (UUID('00000000-",
    ),
    (
        "UPDATE people SET tags = NULL WHERE id LIKE '1234%'",
        "people.tags at (UUID('12345678-1234-4567-8e12-345678901234'),): reads list on PostgreSQL, None on SQLite",
    ),
    (
        "UPDATE people SET tags = '[\"a\",\"b c\",null,\"d\\\"e\"]' WHERE id LIKE '0000%'",
        "people.tags at (UUID('00000000-0000-0000-0000-000000000000'),): would not be found by value",
    ),
    (
        "UPDATE people SET notes = '{\"zz\": 1, \"b\": [1, null, \"ü\"], \"a\": {\"k\": \"v\"}}' WHERE id LIKE '0000%'",
        "people.notes at (UUID('00000000-0000-0000-0000-000000000000'),): would not be found by value",
    ),
    (
        "UPDATE people SET notes = 'null' WHERE id LIKE 'ffff%'",
        "people.notes at (UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'),): is NULL on PostgreSQL, the JSON null on SQLite",
    ),
    (
        "UPDATE people SET balance = '12345678901234567890.12' WHERE id LIKE '0000%'",
        "people.balance at (UUID('00000000-0000-0000-0000-000000000000'),): would not be found by value",
    ),
    (
        "UPDATE people SET wakes = '07:15:00.000000' WHERE id LIKE '0000%'",
        "people.wakes",
    ),
    (
        "UPDATE people SET mood = 'excited' WHERE id LIKE '0000%'",
        "people.mood: the model cannot read what the file holds",
    ),
    (
        "UPDATE people SET picture = x'00ff11' WHERE id LIKE '0000%'",
        "people.picture at (UUID('00000000-0000-0000-0000-000000000000'),): reads another bytes",
    ),
    (
        "UPDATE people SET picture = '' WHERE id LIKE '1234%'",
        "people.picture at (UUID('12345678-1234-4567-8e12-345678901234'),): reads bytes on PostgreSQL, str on SQLite",
    ),
    (
        "UPDATE people SET address = '10.0.0.7/32' WHERE id LIKE '0000%'",
        "people.address at (UUID('00000000-0000-0000-0000-000000000000'),): would not be found by value",
    ),
    (
        "UPDATE visits SET person_id = '12345678-1234-4567-8e12-345678901234' WHERE rowid = 400",
        "visits.*",
    ),
    (
        "UPDATE visits SET place = place || ' ' WHERE rowid = 700",
        "visits.place",
    ),
    (
        "DELETE FROM visits WHERE rowid = 899",
        "visits.* at (UUID('",
    ),
    (
        "INSERT INTO visits VALUES ('ffffffffffffffffffffffffffffffff', '2030-01-01 00:00:00.000000', NULL)",
        "is only on SQLite",
    ),
    (
        "INSERT INTO log_lines VALUES ('one', '2024-01-01 00:00:00.000000')",
        "log_lines.*: 1 rows are only on SQLite (the table has no key)",
    ),
    (
        "DELETE FROM log_lines WHERE line IS NULL",
        "log_lines.*: 1 rows are only on PostgreSQL (the table has no key)",
    ),
];

#[test]
fn planted_differences_are_found_where_they_are() {
    let Some(case) = Case::new("planted") else {
        return;
    };
    let Some(python) = support::python(&["sqlalchemy==2.0.36", DRIVER]) else {
        return;
    };
    // Several to a file, each in a place of its own: Python takes its time to start.
    for (number, group) in PLANTED.chunks(6).enumerate() {
        let file = case.damaged(number, group.iter().map(|(sql, _)| *sql));
        let (said, status) = case.check(&python, &file, "models_portable");
        assert_eq!(status, 1, "{said}");
        for (sql, expected) in group {
            let found = |line: &str| line.starts_with("DIFFERENT ") && line.contains(expected);
            assert!(said.lines().any(found), "{sql}: no `{expected}` in {said}");
        }
        assert!(!said.contains("Traceback"), "{said}");
    }
}

#[test]
fn what_cannot_run_is_said_in_a_sentence() {
    let Some(case) = Case::new("cannot") else {
        return;
    };
    let Some(python) = support::python(&["sqlalchemy==2.0.36", DRIVER]) else {
        return;
    };
    let (said, status) = case.check(&python, "t.db", "no_such_module");
    assert_eq!(
        (status, said.contains("cannot import no_such_module: ")),
        (2, true),
        "{said}"
    );
    let (said, status) = case.check(&python, "t.db", "models_portable:Nobody");
    assert_eq!(
        (status, said.contains("models_portable has no Nobody")),
        (2, true),
        "{said}"
    );
    let (said, status) = case.check(&python, "none.db", "models_portable");
    assert_eq!(
        (status, said.contains("none.db is no file")),
        (2, true),
        "{said}"
    );
    let (said, status) = case.check(&python, "t.db", "models_portable:Person");
    assert_eq!((status, said.contains("EQUAL")), (0, true), "{said}");
}

/// `SNAPSHOTS=overwrite cargo test --test models` writes it anew.
#[test]
fn the_list_of_the_bundled_example_needs_no_database() {
    let folder = e2e::example_copy();
    let run = e2e::decant_in(folder.path(), &["inspect", "--models-changes"]);
    run.ended(0);
    let path = project("tests/snapshots/models_changes.txt");
    snapbox::Assert::new().action_env("SNAPSHOTS").eq(
        run.stdout.clone(),
        Data::read_from(&path, Some(snapbox::data::DataFormat::Text)).raw(),
    );
    let run = e2e::decant_in(folder.path(), &["inspect", "--models-changes", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.ended(0).stdout).expect("JSON");
    assert_eq!(json["format"], "decant-models/1");
    let changes = json["changes"].as_array().expect("a list");
    let total = changes
        .iter()
        .find(|c| c["table"]["name"] == "invoices" && c["column"] == "total")
        .expect("the column is there");
    assert_eq!(total["use"], "DecimalText(18, 2)");
    assert_eq!(
        total["effects"],
        serde_json::json!(["reads-otherwise", "lookups-miss"])
    );
    assert_eq!(total["default"], serde_json::json!(["0", "'0.00'"]));
    assert!(
        total["origin"]["place"]["line"].as_u64() > Some(0),
        "{total}"
    );
}

#[test]
fn every_column_that_the_apps_models_changed_is_in_the_list() {
    let folder = e2e::example_copy();
    let run = e2e::decant_in(folder.path(), &["inspect", "--models-changes", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.ended(0).stdout).expect("JSON");
    let listed: Vec<String> = json["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| {
            format!(
                "{}.{}",
                c["table"]["name"].as_str().unwrap_or("?"),
                c["column"].as_str().unwrap_or("?")
            )
        })
        .collect();
    let changes =
        std::fs::read_to_string(project("fixtures/app/CHANGES.md")).expect("the list by hand");
    let mut counted = 0;
    for row in changes.lines().filter_map(|line| line.strip_prefix("| ")) {
        let (column, why) = (row.split(" | ").next().unwrap_or_default(), row);
        // A key that is an integer already only loses its identity; a reference of 64 bits may stay one.
        if !column.contains('.')
            || why.contains("default identity") && why.contains("`INTEGER`, ")
            || why.contains("of the type of the key")
        {
            continue;
        }
        assert!(
            listed.contains(&column.to_owned()),
            "{column} is not in the list: {row}"
        );
        counted += 1;
    }
    assert!(
        counted > 50,
        "{counted} columns were found in the list by hand"
    );
}

#[test]
fn the_written_files_are_the_same_every_time() {
    let folder = e2e::example_copy();
    for out in ["one", "two"] {
        e2e::decant_in(folder.path(), &["verify", "--models", out]).ended(0);
    }
    for file in ["check_models.py", "portable_types.py", "MODELS.md"] {
        let read = |out: &str| {
            std::fs::read_to_string(folder.path().join(out).join(file)).expect("a file")
        };
        assert_eq!(read("one"), read("two"), "{file}");
        assert!(!read("one").contains("@EXPECTED@"), "{file}");
    }
}
