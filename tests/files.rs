//! Migration files: every format written, read back, applied and reverted; the runner on real SQLite files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use decant::files::ledger::State;
use decant::files::runner::{self, Amount, Event, Options, Runner};
use decant::files::url::{DatabaseUrl, FileUrl};
use decant::files::{self, Error, FORMATS, Format as _, MigrationFile, TextFile, original, updown};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use rusqlite::Connection;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/files")
}

/// A migration with what formats may stumble over: several lines, a comment inside and at the end, a trigger.
fn standard(with_trigger: bool) -> MigrationFile {
    let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let mut up = owned(&[
        "CREATE TABLE author (\n    id INTEGER PRIMARY KEY,\n    -- as on the cover\n    name TEXT NOT NULL\n)",
        "CREATE UNIQUE INDEX ix_author_name ON author (name)",
        "CREATE TABLE book (\n    id INTEGER PRIMARY KEY,\n    author_id INTEGER NOT NULL REFERENCES author (id) -- no cascade\n)",
        "INSERT INTO author (id, name) VALUES (1, 'O''Brien') -- a seed row",
    ]);
    let mut down = owned(&["DROP TABLE book", "DROP TABLE author"]);
    if with_trigger {
        up.push(
            "CREATE TRIGGER author_name AFTER UPDATE OF name ON author BEGIN\n    SELECT CASE WHEN NEW.name = '' THEN RAISE(ABORT, 'empty; no name') END;\nEND"
                .to_owned(),
        );
        down.insert(0, "DROP TRIGGER author_name".to_owned());
    }
    MigrationFile {
        notes: vec!["The first two tables.".to_owned()],
        replaces: vec!["1a2b".to_owned(), "3c4d".to_owned()],
        ..MigrationFile::new("20240102030405", "baseline", up, down)
    }
}

fn sql(list: &[files::Statement]) -> Vec<&str> {
    list.iter().map(|s| s.sql.as_str()).collect()
}

fn options() -> Options {
    Options {
        wait: Duration::ZERO,
        ..Options::default()
    }
}

fn objects(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '%migrations' ORDER BY name")
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

fn migration(version: &str, up: &str, down: &str) -> MigrationFile {
    let text = format!("-- UP script\n{up}\n-- DOWN script\n{down}\n");
    updown::parse(&format!("{version}_x.sql"), &text).unwrap()
}

fn up(connection: &mut Connection, list: &[MigrationFile]) -> Result<Vec<String>, Error> {
    Runner::new(connection, options())?.up(list, None, &mut |_| {})
}

fn down(
    connection: &mut Connection,
    list: &[MigrationFile],
    amount: Amount,
) -> Result<Vec<String>, Error> {
    Runner::new(connection, options())?.down(list, amount, &mut |_| {})
}

fn states(connection: &Connection, list: &[MigrationFile]) -> Vec<State> {
    let entries = runner::status(Some(connection), &options(), list).unwrap();
    entries.iter().map(|e| e.state).collect()
}

struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    fn open(&self) -> Connection {
        runner::open(&FileUrl::Path(self.path()), Duration::ZERO).unwrap()
    }
}

#[test]
fn every_format_is_written_read_back_applied_and_reverted() {
    for format in FORMATS {
        let folder = fixtures().join(format.name());
        let migration = standard(format.name() != "custom");
        let written = format.write(&migration).unwrap();
        if std::env::var_os("DECANT_BLESS").is_some() {
            files::write_folder(&folder, &written).unwrap();
        }
        let on_disk = files::read_folder(&folder).unwrap();
        let mut expected = written.clone();
        expected.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(on_disk, expected, "{}", format.name());

        let read = format.read(&on_disk).unwrap();
        assert_eq!(read.len(), 1, "{}", format.name());
        assert_eq!(read[0].version, migration.version, "{}", format.name());
        assert_eq!(read[0].name, migration.name, "{}", format.name());
        assert_eq!(sql(&read[0].up), sql(&migration.up), "{}", format.name());

        let scratch = Scratch::new();
        let mut connection = scratch.open();
        up(&mut connection, &read).unwrap();
        let mut made = vec!["author", "book", "ix_author_name"];
        if migration.up.len() > 4 {
            made.insert(1, "author_name");
        }
        assert_eq!(objects(&connection), made, "{}", format.name());
        if format.has_down() {
            assert_eq!(
                sql(&read[0].down),
                sql(&migration.down),
                "{}",
                format.name()
            );
            down(&mut connection, &read, Amount::All).unwrap();
            assert!(objects(&connection).is_empty(), "{}", format.name());
        }
    }
}

#[test]
fn the_custom_format_survives_the_original_tool() {
    let migration = standard(false);
    let text = &updown::UpDown.write(&migration).unwrap()[0].text;
    let (_, sections) = text.split_once("-- UP script\n").unwrap();
    let (up, down) = sections.split_once("-- DOWN script\n").unwrap();
    for (section, list) in [(up, &migration.up), (down, &migration.down)] {
        assert_eq!(original::survives_original_tool(section), Ok(()));
        assert_eq!(original::pieces(section).len(), list.len());
    }
    // A trigger does not, and the check says so.
    let trigger = standard(true).up.pop().unwrap();
    assert!(original::survives_original_tool(&format!("{};", trigger.sql)).is_err());
}

#[test]
fn a_line_that_equals_a_marker_is_refused() {
    let statement = "INSERT INTO t VALUES ('\n-- down SCRIPT\n')".to_owned();
    let migration = MigrationFile::new("20240102030405", "x", vec![statement], Vec::new());
    let fault = updown::UpDown.write(&migration).unwrap_err().to_string();
    assert!(fault.contains("which is a marker"), "{fault}");
}

#[test]
fn reading_is_tolerant_where_the_original_is() {
    let forms = [
        "-- UP script\nSELECT 1;\n-- DOWN script\nSELECT 2;\n",
        "-- Up Migration\r\nSELECT 1;\r\n-- Down Migration\r\nSELECT 2;\r\n",
        "\u{feff}-- MIGRATION: x\n\n  --   up   SCRIPT  \n-- a; comment\nSELECT 1\n;\n\n--DOWN script\nSELECT 2",
    ];
    for form in forms {
        let read = updown::parse("20240102030405_x.sql", form).unwrap();
        assert_eq!(
            (sql(&read.up), sql(&read.down)),
            (vec!["SELECT 1"], vec!["SELECT 2"]),
            "{form}"
        );
    }
    let crlf = updown::parse("1_x.sql", &forms[0].replace('\n', "\r\n")).unwrap();
    let lf = updown::parse("1_x.sql", forms[0]).unwrap();
    assert_eq!(crlf.checksum, lf.checksum, "line ends are no change");
}

#[test]
fn what_cannot_be_read_is_located() {
    let cases = [
        ("SELECT 1;", "1_x.sql:1: has no line `-- UP script`"),
        (
            "-- UP script\nSELECT 1;\n-- UP script\n",
            "1_x.sql:3: a second",
        ),
        (
            "-- UP script\nSELECT 1;\nSELECT 'a;\n",
            "1_x.sql:3: the string that begins here never ends",
        ),
    ];
    for (text, expected) in cases {
        let said = updown::parse("1_x.sql", text).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn a_new_migration_passes_up_and_down_in_both_tools() {
    let folder = tempfile::tempdir().unwrap();
    let now = jiff::civil::date(2024, 5, 6).at(7, 8, 9, 120_000_000);
    let first = files::create(folder.path(), "Add users & roles!", now).unwrap();
    let second = files::create(folder.path(), "later", now).unwrap();
    let names = [first, second].map(|p| p.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(
        names,
        [
            "20240506070809_add_users_roles.sql",
            "20240506070810_later.sql"
        ]
    );
    let texts = files::read_folder(folder.path()).unwrap();
    assert!(
        texts[0]
            .text
            .contains("-- CREATED_AT: 2024-05-06T07:08:09.120000\n")
    );
    let sections = texts[0].text.split_once("-- UP script\n").unwrap().1;
    for section in sections.split("-- DOWN script\n") {
        assert_eq!(original::survives_original_tool(section), Ok(()));
    }
    let list = updown::UpDown.read(&texts).unwrap();
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    assert_eq!(up(&mut connection, &list).unwrap().len(), 2);
    assert_eq!(down(&mut connection, &list, Amount::All).unwrap().len(), 2);
    assert!(matches!(
        files::create(folder.path(), "?!", now),
        Err(Error::Refused(_))
    ));
}

#[test]
fn up_status_and_down_step_by_step() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    let list = [
        migration("20240101000000", "CREATE TABLE a (x);", "DROP TABLE a;"),
        migration("20240102000000", "CREATE TABLE b (x);", "DROP TABLE b;"),
        migration("20240103000000", "CREATE TABLE c (x);", "DROP TABLE c;"),
    ];
    assert_eq!(states(&connection, &list), [State::Pending; 3]);
    let mut events = Vec::new();
    let done = Runner::new(&mut connection, options())
        .unwrap()
        .up(&list, Some(2), &mut |e| events.push(e))
        .unwrap();
    assert_eq!(done, ["20240101000000_x.sql", "20240102000000_x.sql"]);
    assert_eq!(
        events
            .iter()
            .filter(|e| matches!(e, Event::Done { .. }))
            .count(),
        2
    );
    assert_eq!(
        states(&connection, &list),
        [State::Applied, State::Applied, State::Pending]
    );
    assert_eq!(
        up(&mut connection, &list).unwrap(),
        ["20240103000000_x.sql"]
    );
    assert!(up(&mut connection, &list).unwrap().is_empty());

    let refused = down(&mut connection, &list, Amount::Steps(3)).unwrap_err();
    assert!(
        refused.is_refusal() && refused.to_string().contains("--all"),
        "{refused}"
    );
    assert_eq!(
        down(&mut connection, &list, Amount::Steps(1)).unwrap(),
        ["20240103000000_x.sql"]
    );
    assert_eq!(
        down(&mut connection, &list, Amount::All).unwrap(),
        ["20240102000000_x.sql", "20240101000000_x.sql"]
    );
    assert!(objects(&connection).is_empty());
    assert!(!scratch.path().with_file_name("app.db-decant-run").exists());
}

#[test]
fn the_ledger_is_the_original_tools_own() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    // The original tool was here first.
    connection
        .execute_batch(
            "CREATE TABLE migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
             CREATE TABLE a (x); INSERT INTO migrations (version) VALUES ('20240101000000_x.sql');",
        )
        .unwrap();
    let mut list = vec![
        migration("20240101000000", "CREATE TABLE a (x);", "DROP TABLE a;"),
        migration("20240102000000", "CREATE TABLE b (x);", "DROP TABLE b;"),
    ];
    assert_eq!(
        up(&mut connection, &list).unwrap(),
        ["20240102000000_x.sql"]
    );
    let versions: Vec<String> = connection
        .prepare("SELECT version FROM migrations ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(versions, ["20240101000000_x.sql", "20240102000000_x.sql"]);

    // What it applied counts from now on as it is on disk; and what it reverted and applied again counts anew.
    list[0].checksum = "changed".to_owned();
    assert_eq!(states(&connection, &list), [State::Changed, State::Applied]);
    connection
        .execute_batch(
            "DELETE FROM migrations WHERE version LIKE '20240101%'; INSERT INTO migrations (version) VALUES ('20240101000000_x.sql');",
        )
        .unwrap();
    assert_eq!(states(&connection, &list), [State::Applied, State::Applied]);
}

#[test]
fn drift_is_refused_and_named() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    let mut list = vec![
        migration("20240101000000", "CREATE TABLE a (x);", "DROP TABLE a;"),
        migration("20240103000000", "CREATE TABLE c (x);", "DROP TABLE c;"),
    ];
    up(&mut connection, &list).unwrap();
    let changed = migration("20240101000000", "CREATE TABLE a (x, y);", "DROP TABLE a;");
    let as_it_was = std::mem::replace(&mut list[0], changed);
    list.push(migration(
        "20240104000000",
        "CREATE TABLE d (x);",
        "DROP TABLE d;",
    ));
    let refused = up(&mut connection, &list).unwrap_err();
    assert!(refused.is_refusal());
    assert!(
        refused
            .to_string()
            .contains("20240101000000_x.sql was changed"),
        "{refused}"
    );
    assert_eq!(objects(&connection), ["a", "c"]);

    // Out of order is applied, and told; missing is told.
    list[0] = migration("20240102000000", "CREATE TABLE b (x);", "DROP TABLE b;");
    assert_eq!(
        states(&connection, &list),
        [
            State::Missing,
            State::OutOfOrder,
            State::Applied,
            State::Pending
        ]
    );
    let mut notes = Vec::new();
    Runner::new(&mut connection, options())
        .unwrap()
        .up(&list, None, &mut |event| {
            if let Event::Note { text } = event {
                notes.push(text);
            }
        })
        .unwrap();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(objects(&connection), ["a", "b", "c", "d"]);

    // All but the missing one can be reverted; reverting is refused before anything was done.
    let refused = down(&mut connection, &list, Amount::All).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("20240101000000_x.sql was applied, but is not"),
        "{refused}"
    );
    assert_eq!(objects(&connection), ["a", "b", "c", "d"]);
    list[0] = as_it_was;
}

#[test]
fn a_failure_keeps_nothing_of_its_file() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    let list = [
        migration(
            "20240101000000",
            "CREATE TABLE a (x UNIQUE);",
            "DROP TABLE a;",
        ),
        migration(
            "20240102000000",
            "CREATE TABLE b (x);\nINSERT INTO a VALUES ('secret');\n\nINSERT INTO a VALUES ('secret');",
            "DROP TABLE b;",
        ),
    ];
    let said = up(&mut connection, &list).unwrap_err().to_string();
    assert_eq!(
        said,
        "20240102000000_x.sql:5: statement 3 of 3 failed: UNIQUE constraint failed: a.x; nothing of this file was kept"
    );
    assert_eq!(
        objects(&connection),
        ["a", "sqlite_autoindex_a_1"].map(str::to_owned)[..1]
    );
    assert_eq!(states(&connection, &list), [State::Applied, State::Pending]);
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM a", [], |r| r.get(0))
        .unwrap();
    assert_eq!(rows, 0);

    let syntax = [migration(
        "20240103000000",
        "INSERT INTO a VALUES ('secret') oops;",
        "SELECT 1;",
    )];
    let fault = up(&mut connection, &syntax).unwrap_err();
    let chain = format!("{:#}", anyhow::Error::from(fault));
    assert!(
        chain.contains("syntax error") && !chain.contains("secret"),
        "{chain}"
    );
}

#[test]
fn a_rebuild_of_a_parent_keeps_its_children() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    connection
        .execute_batch("PRAGMA foreign_keys = ON")
        .unwrap();
    let list = [
        migration(
            "20240101000000",
            "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE);\n\
             INSERT INTO p VALUES (1), (2);\nINSERT INTO c VALUES (1), (2);",
            "DROP TABLE c;\nDROP TABLE p;",
        ),
        migration(
            "20240102000000",
            "CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT);\nINSERT INTO p_new (id) SELECT id FROM p;\nDROP TABLE p;\n\
             ALTER TABLE p_new RENAME TO p;",
            "ALTER TABLE p DROP COLUMN note;",
        ),
    ];
    up(&mut connection, &list).unwrap();
    let children: i64 = connection
        .query_row("SELECT count(*) FROM c", [], |r| r.get(0))
        .unwrap();
    assert_eq!(children, 2);
    let on: bool = connection
        .query_row("PRAGMA foreign_keys", [], |r| r.get(0))
        .unwrap();
    assert!(on, "the state is as it was");

    // A rebuild that loses a parent is refused as a whole.
    let bad = [migration(
        "20240103000000",
        "CREATE TABLE p_new (id INTEGER PRIMARY KEY);\nINSERT INTO p_new (id) SELECT id FROM p WHERE id = 1;\nDROP TABLE p;\n\
         ALTER TABLE p_new RENAME TO p;",
        "SELECT 1;",
    )];
    let said = up(&mut connection, &bad).unwrap_err().to_string();
    assert!(
        said.contains("1 row(s) would refer to rows that do not exist, first in table c (to p)"),
        "{said}"
    );
    let parents: i64 = connection
        .query_row("SELECT count(*) FROM p", [], |r| r.get(0))
        .unwrap();
    assert_eq!(parents, 2);

    // A row that referred to nothing before is not held against a migration.
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (77); PRAGMA foreign_keys = ON",
        )
        .unwrap();
    let harmless = [migration(
        "20240104000000",
        "CREATE TABLE d (x);",
        "DROP TABLE d;",
    )];
    up(&mut connection, &harmless).unwrap();
}

#[test]
fn what_cannot_run_as_one_transaction_is_refused_before_anything_ran() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    for (sections, expected) in [
        (
            "CREATE TABLE a (x);\nBEGIN;",
            "20240101000000_x.sql:3: `BEGIN`",
        ),
        (
            "CREATE TABLE a (x);\ncommit transaction;",
            "20240101000000_x.sql:3: `COMMIT TRANSACTION`",
        ),
        (
            "-- nothing",
            "20240101000000_x.sql:1: the up section has no statements",
        ),
    ] {
        let said = up(
            &mut connection,
            &[migration("20240101000000", sections, "")],
        )
        .unwrap_err()
        .to_string();
        assert!(said.starts_with(expected), "{said}");
    }
    assert!(objects(&connection).is_empty());
    // Without a down section there is nothing to revert with.
    let one_way = [migration("20240101000000", "CREATE TABLE a (x);", "")];
    up(&mut connection, &one_way).unwrap();
    let refused = down(&mut connection, &one_way, Amount::Steps(1)).unwrap_err();
    assert!(refused.is_refusal() && refused.to_string().contains("cannot be reverted"));
}

#[test]
fn a_second_run_is_told_who_is_there() {
    let scratch = Scratch::new();
    let (mut one, mut two) = (scratch.open(), scratch.open());
    let runner = Runner::new(&mut one, options()).unwrap();
    let said = Runner::new(&mut two, options()).err().unwrap().to_string();
    let me = std::process::id();
    assert!(
        said.contains(&format!("in use by another run (process {me})")),
        "{said}"
    );
    drop(runner);
    assert!(Runner::new(&mut two, options()).is_ok());

    // Some other program in the middle of writing.
    one.execute_batch("BEGIN IMMEDIATE").unwrap();
    let list = [migration(
        "20240101000000",
        "CREATE TABLE a (x);",
        "DROP TABLE a;",
    )];
    let said = up(&mut two, &list).unwrap_err().to_string();
    assert!(said.contains("in use by another run or program"), "{said}");
}

#[test]
fn two_runs_at_once_apply_each_migration_once() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let list: Vec<MigrationFile> = (10..30)
        .map(|n| {
            migration(
                &format!("202401010000{n}"),
                &format!("CREATE TABLE t{n} (x);"),
                "SELECT 1;",
            )
        })
        .collect();
    let wait = Options {
        wait: Duration::from_secs(20),
        ..Options::default()
    };
    let done: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let url = FileUrl::Path(scratch.path());
                    let mut connection = runner::open(&url, wait.wait).unwrap();
                    let mut runner = Runner::new(&mut connection, wait.clone()).unwrap();
                    runner.up(&list, None, &mut |_| {}).unwrap().len()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(done.iter().sum::<usize>(), 20, "{done:?}");
}

#[test]
fn a_killed_run_is_told_to_the_statement() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    let left = r#"{"process":7,"version":"20240101000000_x.sql","direction":"up","statement":2,"count":3,"line":9}"#;
    let beside = scratch.path().with_file_name("app.db-decant-run");
    std::fs::write(&beside, left).unwrap();
    let progress = runner::interruption(&scratch.path()).unwrap();
    assert_eq!((progress.statement, progress.count), (2, 3));
    let mut notes = Vec::new();
    Runner::new(&mut connection, options())
        .unwrap()
        .up(&[], None, &mut |event| notes.push(event))
        .unwrap();
    assert!(
        matches!(notes.as_slice(), [Event::Note { text }] if text.contains("at statement 2 of 3 (line 9)")),
        "{notes:?}"
    );
    assert!(!beside.exists());
}

#[test]
fn a_table_of_the_application_is_no_ledger() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    connection
        .execute_batch("CREATE TABLE Migrations (id INTEGER PRIMARY KEY, bird TEXT)")
        .unwrap();
    let list = [migration(
        "20240101000000",
        "CREATE TABLE a (x);",
        "DROP TABLE a;",
    )];
    let refused = up(&mut connection, &list).unwrap_err();
    assert!(
        refused.is_refusal() && refused.to_string().contains("--ledger"),
        "{refused}"
    );
    let other = Options {
        ledger: "own \"ledger\"".to_owned(),
        ..options()
    };
    Runner::new(&mut connection, other)
        .unwrap()
        .up(&list, None, &mut |_| {})
        .unwrap();
}

#[test]
fn a_migration_that_makes_a_table_of_the_ledgers_name_is_refused() {
    let scratch = Scratch::new();
    let mut connection = scratch.open();
    let list = [migration(
        "20240101000000",
        "CREATE TABLE a (x);\nCREATE TABLE \"Migrations\" (bird);",
        "SELECT 1;",
    )];
    let refused = up(&mut connection, &list).unwrap_err();
    assert!(refused.is_refusal(), "{refused}");
    assert!(
        refused.to_string().starts_with("20240101000000_x.sql:3: "),
        "{refused}"
    );
    assert!(objects(&connection).is_empty());
}

#[test]
fn what_is_no_database_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "not a database, but long enough to be read as the head of one ........................................").unwrap();
    let said = runner::open(&FileUrl::Path(path), Duration::ZERO)
        .unwrap_err()
        .to_string();
    assert!(said.contains("file is not a database"), "{said}");
}

#[test]
fn files_with_other_names_are_passed_over() {
    let text = "-- UP script\nSELECT 1;\n".to_owned();
    let named = |path: &str| TextFile {
        path: path.to_owned(),
        text: text.clone(),
    };
    let read = updown::UpDown
        .read(&[
            named("20240101000000_a.sql"),
            named("notes.sql"),
            named("old/20240101000000_a.sql"),
        ])
        .unwrap();
    assert_eq!(read.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("DECANT_LONG_TESTS").is_some() { 20_000 } else { 300 }))]

    /// No text makes the readers panic or hang.
    #[test]
    fn any_text_is_read_or_refused(text in "(?s)([;'\"`\\[\\]\n -]|--|/\\*|\\*/|BEGIN|END|CREATE TRIGGER|-- UP script\n|-- DOWN script\n|\\PC){0,60}") {
        let _ = files::statements::split(&text);
        let _ = original::survives_original_tool(&text);
        let _ = updown::parse("1_x.sql", &text);
        let _ = DatabaseUrl::parse(&text).map(|url| url.file());
        for format in FORMATS {
            let _ = format.read(&[TextFile { path: "1_x.sql".to_owned(), text: text.clone() }]);
        }
    }

    /// What is written is read back, whatever strings the statements hold.
    #[test]
    fn statements_survive_being_written(values in proptest::collection::vec(any::<String>(), 1..4)) {
        let up: Vec<String> = values
            .iter()
            .map(|v| format!("INSERT INTO t VALUES ('{}')", v.replace('\'', "''").replace(['\r', '\0'], " ")))
            .collect();
        let migration = MigrationFile::new("20240101000000", "x", up.clone(), vec!["SELECT 1".to_owned()]);
        // A string may hold a line that equals a marker, which is refused.
        if let Ok(written) = updown::UpDown.write(&migration) {
            let read = updown::parse(&written[0].path, &written[0].text).unwrap();
            prop_assert_eq!(sql(&read.up), up.iter().map(String::as_str).collect::<Vec<_>>());
            let section = updown::section("x", &migration.up).unwrap();
            if original::survives_original_tool(&section).is_ok() {
                prop_assert_eq!(original::pieces(&section).len(), up.len());
            }
        }
    }
}
