//! `decant migrate` on a server, through the binary.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::hrana::{Fault, Hrana};
use crate::support::migrations::{Project, said};

struct World {
    server: Hrana,
    project: Project,
}

impl World {
    fn new(last: &str) -> Self {
        let world = Self {
            server: Hrana::with(Some("secret-token"), false),
            project: Project::new(last),
        };
        let env = format!(
            "DATABASE_URL={}\nDATABASE_AUTH_TOKEN=secret-token\n",
            world.server.url()
        );
        world.project.write(".env", &env);
        world
    }

    fn command(&self, arguments: &str) -> Command {
        self.project.command(arguments)
    }

    fn run(&self, arguments: &str) -> (i32, String, String) {
        let (status, out, telling) = self.project.run(arguments);
        for text in [&out, &telling] {
            assert!(!text.contains("secret-token"), "{arguments}: {text}");
        }
        (status, out, telling)
    }

    fn tables(&self) -> Vec<String> {
        self.column(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND length(name) = 1 ORDER BY 1",
        )
    }

    fn ledger(&self) -> Vec<String> {
        self.column("SELECT version FROM migrations ORDER BY id")
    }

    fn column(&self, sql: &str) -> Vec<String> {
        let database = self.server.database();
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

const A: &str = "20240101000000_a.sql";
const B: &str = "20240102000000_b.sql";
const C: &str = "20240103000000_c.sql";

#[test]
fn the_developers_day_on_a_server() {
    let world = World::new("SELECT 1;");
    let (status, out, telling) = world.run("migrate status");
    assert_eq!(status, 0, "{telling}");
    assert!(
        out.starts_with(&format!(
            "database {}, ledger migrations",
            world.server.url()
        )),
        "{out}"
    );
    assert!(out.ends_with("0 applied, 3 pending\n"), "{out}");
    assert!(world.tables().is_empty(), "status makes nothing");
    assert_eq!(world.run("migrate status --check").0, 3);

    let (status, out, telling) = world.run("migrate up --step 2");
    assert_eq!(
        (status, out.as_str()),
        (0, &*format!("applied {A}\napplied {B}\n")),
        "{telling}"
    );
    assert!(telling.contains("2 statements in "), "{telling}");
    assert!(telling.contains(" 1 rows written"), "{telling}");
    assert_eq!(world.run("migrate up").1, format!("applied {C}\n"));
    assert_eq!(world.run("migrate up").1, "nothing to do\n");
    assert_eq!(world.run("migrate status --check").0, 0);
    assert_eq!(world.tables(), ["a", "b", "c"]);
    assert_eq!(world.ledger(), [A, B, C]);
    assert_eq!(
        world.column("SELECT run FROM decant_runs"),
        Vec::<String>::new()
    );

    assert_eq!(world.run("migrate down").1, format!("reverted {C}\n"));
    assert_eq!(
        world.run("migrate redo").1,
        format!("reverted {B}\napplied {B}\n")
    );
    let (status, _, telling) = world.run("migrate down --step 2");
    assert_eq!(status, 3);
    assert!(telling.contains("say --all"), "{telling}");
    assert_eq!(world.run("migrate up --to 20240103").0, 0);
    assert_eq!(world.run("migrate down --to 20240101").0, 0);
    assert_eq!(world.tables(), ["a"]);
    assert_eq!(world.run("migrate down --all").0, 0);
    assert!(world.tables().is_empty());
    assert_eq!(world.server.streams(), 0, "every stream was closed");
}

#[test]
fn marked_verified_and_repaired_on_a_server() {
    let world = World::new("SELECT 1;");
    assert_eq!(world.run("migrate up --step 1").0, 0);
    assert_eq!(
        world.run("migrate mark 20240102").1,
        format!("{B}: marked as applied\n")
    );
    assert_eq!(world.tables(), ["a"]);
    assert_eq!(world.run("migrate mark --undo 20240102").0, 0);
    assert_eq!(world.run("migrate up").0, 0);
    assert_eq!(world.run("migrate verify").0, 0);

    let file = format!("migrations/{A}");
    let text = std::fs::read_to_string(world.project.path(&file)).unwrap();
    world.project.write(&file, &format!("-- a comment\n{text}"));
    assert_eq!(world.run("migrate verify").1, format!("{A} is changed\n"));
    assert_eq!(world.run("migrate up").0, 3);
    assert_eq!(
        world.run("migrate repair").1,
        format!("{A}: accepted as it is on disk\n")
    );
    world
        .server
        .database()
        .execute_batch("PRAGMA foreign_keys = OFF; CREATE TABLE d (a REFERENCES a (x)); INSERT INTO d VALUES (7), (8)")
        .unwrap();
    let (status, out, _) = world.run("migrate verify");
    assert_eq!(
        (status, out.as_str()),
        (4, "2 row(s) of d refer to rows of a that do not exist\n")
    );
}

#[test]
fn a_dry_run_copies_the_server_and_leaves_it() {
    let world = World::new("UPDATE b SET x = x + 1;");
    world.run("migrate up --step 2");
    let database = world.server.database();
    database
        .execute_batch(
            "CREATE TABLE e (id INTEGER PRIMARY KEY AUTOINCREMENT, r REAL, t TEXT, z BLOB, d AS (t || '!'));
             INSERT INTO e (r, t, z) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
               SELECT CASE i % 4 WHEN 0 THEN 9e999 WHEN 1 THEN -9e999 WHEN 2 THEN NULL ELSE 0.5 END, 'é' || i, randomblob(300) FROM n;
             CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
             INSERT INTO w SELECT t, id FROM e;
             CREATE TABLE s (rowid TEXT, x); INSERT INTO s VALUES ('r', 1);
             CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('some words');
             CREATE INDEX e_t ON e (t); CREATE VIEW v AS SELECT * FROM e;
             CREATE TRIGGER g AFTER INSERT ON e BEGIN INSERT INTO b VALUES (new.id); END;",
        )
        .unwrap();
    // Answers that are too large are asked for again, in smaller pieces.
    world.server.limit_answers(200_000);
    // What the copy holds is asked of the copy itself: the migration fails where it differs.
    world.project.write(
        &format!("migrations/{C}"),
        "-- UP script
         CREATE TABLE c (x CHECK (x));
         UPDATE b SET x = x + 1;
         INSERT INTO c SELECT count(*) = 2500 AND count(r) = 1875 AND sum(r = 9e999) = 625 AND sum(r = -9e999) = 625
           AND max(id) = 2500 AND sum(length(z)) = 750000 AND sum(d = t || '!') = 2500 FROM e;
         INSERT INTO c SELECT count(*) = 2500 FROM w JOIN e ON e.t = w.k AND e.id = w.v;
         INSERT INTO c SELECT count(*) = 1 FROM s WHERE s.\"rowid\" = 'r';
         INSERT INTO c SELECT count(*) = 1 FROM f WHERE f MATCH 'words';
         INSERT INTO c SELECT seq = 2500 FROM sqlite_sequence WHERE name = 'e';
         INSERT INTO e (t) VALUES ('fires');
         INSERT INTO c SELECT count(*) = 2 FROM b;
         -- DOWN script
         DROP TABLE c;",
    );
    let (status, out, telling) = world.run("migrate up --dry-run");
    assert_eq!(
        (status, out.as_str()),
        (0, &*format!("would apply {C}\n")),
        "{telling}"
    );
    assert!(telling.contains(" rows of http://"), "{telling}");
    assert_eq!(world.tables(), ["a", "b", "e", "f", "s", "w"]);
    assert_eq!(world.ledger(), [A, B]);
    let asked = world.server.asked();
    let last = asked
        .iter()
        .rposition(|a| a.body.contains("\"BEGIN\""))
        .unwrap();
    let wrote = asked[last..].iter().any(|a| {
        ["INSERT", "UPDATE ", "CREATE", "DELETE"]
            .iter()
            .any(|word| a.body.contains(word))
            && !a.body.contains("SELECT")
    });
    assert!(!wrote, "the server was only read");
}

#[test]
fn what_only_the_server_knows_makes_a_rehearsal_impossible() {
    let world = World::new("SELECT 1;");
    world
        .server
        .database()
        .execute_batch(
            "CREATE TABLE v (x); CREATE INDEX vi ON v (x); PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET sql = 'CREATE INDEX vi ON v (libsql_vector_idx(x))' WHERE name = 'vi'",
        )
        .unwrap();
    // The stand-in's SQLite does not read such a schema either, so it answers in its place.
    world.server.fail(
        "WHERE sql IS NOT NULL",
        1,
        Fault::Answer(
            r#"{"baton":null,"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{},{},{}],"rows":[
               [{"type":"text","value":"index"},{"type":"text","value":"vi"},{"type":"text","value":"CREATE INDEX vi ON v (libsql_vector_idx(x))"}]]}}}]}"#,
        ),
    );
    let (status, _, telling) = world.run("migrate up --dry-run");
    assert_eq!(status, 1);
    assert!(
        telling.contains("index vi of the server cannot be made in a copy here"),
        "{telling}"
    );
}

/// The children of a rebuilt parent: with foreign keys on, `DROP TABLE` deletes them.
#[test]
fn a_rebuild_on_a_server_keeps_the_rows_of_children() {
    let world = World::new("SELECT 1;");
    world.project.write(
        "migrations/20240104000000_p.sql",
        "-- UP script
         CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE k (p REFERENCES p (id) ON DELETE CASCADE);
         INSERT INTO p VALUES (1), (2);
         INSERT INTO k VALUES (1), (2);
         -- DOWN script
         DROP TABLE k; DROP TABLE p;",
    );
    world.project.write(
        "migrations/20240105000000_rebuild.sql",
        "-- UP script
         CREATE TABLE new_p (id INTEGER PRIMARY KEY, name TEXT);
         INSERT INTO new_p (id) SELECT id FROM p;
         DROP TABLE p;
         ALTER TABLE new_p RENAME TO p;
         -- DOWN script
         ALTER TABLE p DROP COLUMN name;",
    );
    world.project.write(
        "migrations/20240106000000_orphan.sql",
        "-- UP script
         CREATE TABLE new_p (id INTEGER PRIMARY KEY);
         INSERT INTO new_p SELECT id FROM p WHERE id = 1;
         DROP TABLE p;
         ALTER TABLE new_p RENAME TO p;
         -- DOWN script
         SELECT 1;",
    );
    let (status, out, telling) = world.run("migrate up");
    assert_eq!(status, 1, "{out}{telling}");
    assert!(
        telling.contains("20240106000000_orphan.sql: 1 row(s) would refer to rows that do not exist, first in table k (to p)"),
        "{telling}"
    );
    assert_eq!(
        world.column("SELECT CAST(p AS TEXT) FROM k ORDER BY 1"),
        ["1", "2"]
    );
    assert_eq!(
        world.column("SELECT name FROM pragma_table_info('p')"),
        ["id", "name"]
    );
    assert_eq!(world.ledger().len(), 5);
}

#[test]
fn a_failing_statement_is_named_and_leaves_the_files_before_it() {
    let world = World::new("INSERT INTO nowhere VALUES (1);");
    let (status, out, telling) = world.run("migrate up");
    assert_eq!((status, out.lines().count()), (1, 2));
    assert!(
        telling.contains(&format!("{C}:3: statement 2 of 2 failed: "))
            && telling.contains("no such table: nowhere"),
        "{telling}"
    );
    assert!(
        telling.contains("nothing of this file was kept"),
        "{telling}"
    );
    assert_eq!(world.tables(), ["a", "b"]);
    assert!(!world.run("migrate status").2.contains("interrupted"));
}

#[test]
fn what_a_server_does_not_run_is_refused_before_anything_ran() {
    for (statement, hint) in [
        ("ATTACH 'x.db' AS x;", "bring the rows over before"),
        ("VACUUM;", "remove the line"),
        ("CREATE TEMP TABLE t (x);", "drop it at the end"),
    ] {
        let world = World::new(statement);
        let (status, out, telling) = world.run("migrate up");
        assert_eq!((status, out.as_str()), (1, ""), "{telling}");
        assert!(
            telling.contains(&format!("{C}:3: a libSQL server does not run ")),
            "{telling}"
        );
        assert!(telling.contains(hint), "{telling}");
        assert!(world.tables().is_empty());
    }
    // What is not known to be refused is refused by the server, and located.
    let world = World::new("SELECT 1;\nPRAGMA journal_mode = DELETE;\nSELECT 2;");
    let (status, _, telling) = world.run("migrate up");
    assert_eq!(status, 1);
    assert!(
        telling.contains(&format!("{C}:4: statement 3 of 4 failed: ")),
        "{telling}"
    );
    assert_eq!(world.tables(), ["a", "b"]);
}

/// Each way to lose the server, at each point of a migration: its statements and its row are kept together or not at all, and what
/// is told afterwards is so.
#[test]
fn whatever_is_lost_statements_and_ledger_agree() {
    let faults = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Expire,
        Fault::Steal,
        Fault::Status(502, "bad gateway"),
        Fault::Answer("<html>"),
    ];
    let points = [
        ("BEGIN IMMEDIATE", "beginning"),
        (
            "CREATE TABLE IF NOT EXISTS \\\"migrations",
            "making the ledger",
        ),
        ("CREATE TABLE c", "the statements"),
        ("INSERT INTO \\\"migrations", "the ledger's row"),
        ("\"COMMIT\"", "the commit"),
    ];
    // Each has a server of its own, and most of its time is waiting.
    std::thread::scope(|scope| {
        for (text, point) in points {
            let faults = &faults;
            scope.spawn(move || {
                for fault in faults {
                    lose(text, point, fault);
                }
            });
        }
    });
}

fn lose(text: &str, point: &str, fault: &Fault) {
    let world = World::new("INSERT INTO c VALUES (1);");
    assert_eq!(world.run("migrate up --step 2").0, 0);
    // The lock's own transaction comes first.
    let skip = usize::from(text.contains("COMMIT") || text.contains("BEGIN"));
    world.server.fail_after(skip, text, 1, fault.clone());
    let (status, out, telling) = world.run("migrate up");
    let place = format!("{fault:?} at {point}: {status} {out}{telling}");
    let kept = world.tables().contains(&"c".to_owned());
    let recorded = world.ledger().contains(&C.to_owned());
    assert_eq!(kept, recorded, "{place}");
    assert_eq!(out.contains(&format!("applied {C}")), recorded, "{place}");
    assert_eq!(status == 0, recorded, "{place}");
    if !recorded && point == "the statements" && *fault != Fault::Steal {
        let (_, _, telling) = world.run("migrate status");
        let told = format!("was interrupted in up of {C}, at statement 1 of 2 (line 2)");
        assert!(telling.contains(&told), "{place}: {telling}");
    }
    let (status, _, telling) = world.run("migrate up");
    assert_eq!(status, 0, "{place}: the next run: {telling}");
    assert_eq!(
        world.column("SELECT CAST(x AS TEXT) FROM c"),
        ["1"],
        "{place}"
    );
    assert_eq!(world.ledger(), [A, B, C], "{place}");
    assert!(
        !world.run("migrate status").2.contains("interrupted"),
        "{place}"
    );
}

#[test]
fn a_commit_whose_answer_is_lost_is_asked_about() {
    // It was committed.
    let world = World::new("SELECT 1;");
    world.run("migrate up --step 2");
    world
        .server
        .fail_after(1, "\"COMMIT\"", 1, Fault::DropAfter);
    let (status, out, telling) = world.run("migrate up");
    assert_eq!((status, out), (0, format!("applied {C}\n")), "{telling}");

    // It was not.
    let world = World::new("SELECT 1;");
    world.run("migrate up --step 2");
    world
        .server
        .fail_after(1, "\"COMMIT\"", 1, Fault::DropBefore);
    let (status, _, telling) = world.run("migrate up");
    assert_eq!(status, 1);
    assert!(
        telling.contains(&format!("committing {C} (nothing of it was kept) failed")),
        "{telling}"
    );

    // Nobody can say.
    let world = World::new("SELECT 1;");
    world.run("migrate up --step 2");
    world
        .server
        .fail_after(1, "\"COMMIT\"", 99, Fault::DropAfter);
    let (status, _, telling) = world.run("migrate up");
    world.server.heal();
    assert_eq!(status, 1);
    assert!(
        telling.contains(&format!("whether {C} was applied is not known")),
        "{telling}"
    );
    assert!(
        telling.contains("`decant migrate status` tells which"),
        "{telling}"
    );
    let (_, out, _) = world.run("migrate status");
    assert!(out.contains("3 applied, 0 pending"), "{out}");
    assert_eq!(world.run("migrate up").0, 0);
}

#[test]
fn a_killed_run_on_a_server_is_told_and_taken_over() {
    for point in ["migrate-statement#2", "migrate-commit#2"] {
        let world = World::new("SELECT 1;");
        let killed = world
            .command("migrate up")
            .env("DECANT_FAIL_AT", point)
            .output()
            .unwrap();
        assert!(!killed.status.success(), "{point}");
        assert_eq!(world.ledger(), [A], "{point}");
        let (_, out, telling) = world.run("migrate status --json");
        assert!(
            telling.contains(&format!(
                "was interrupted in up of {B}, at one of its 2 statements"
            )),
            "{point}: {telling}"
        );
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["interrupted"]["version"], B);
        let (status, out, telling) = world.run("migrate up --step 1");
        assert_eq!((status, out), (0, format!("applied {B}\n")), "{telling}");
        assert!(telling.contains("was interrupted"), "{telling}");
        assert!(!world.run("migrate status").2.contains("interrupted"));
    }
}

/// A row of a run on another machine, `silent` seconds ago.
fn other_run(world: &World, silent: u32) {
    let told = serde_json::json!({
        "run": "other", "machine": "elsewhere", "lost": false,
        "progress": { "process": 7, "version": B, "direction": "up", "statement": 0, "count": 2, "line": 0 }
    });
    world
        .server
        .database()
        .execute(
            "INSERT OR REPLACE INTO decant_runs VALUES ('migrations', 'other', ?1, unixepoch() - ?2)",
            (told.to_string(), silent),
        )
        .unwrap();
}

#[test]
fn a_second_run_waits_or_refuses_and_a_silent_one_is_taken_over() {
    let world = World::new("SELECT 1;");
    assert_eq!(world.run("migrate up --step 1").0, 0);
    other_run(&world, 2);
    let (status, out, telling) = world.run("migrate up --wait 0");
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        telling.contains(&format!(
            "is in use by another run (process 7 on elsewhere, up of {B}, last seen "
        )),
        "{telling}"
    );
    let (_, out, telling) = world.run("migrate status --json");
    assert!(
        telling.contains("a run is going on (process 7 on elsewhere"),
        "{telling}"
    );
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["running"]["version"], B);

    assert_eq!(
        world.run("migrate repair --unlock").1,
        "the other run's hold is ended\n"
    );
    assert_eq!(
        world.run("migrate repair --unlock").1,
        "no run holds the database\n"
    );
    assert_eq!(world.run("migrate up --step 1 --wait 0").0, 0);

    other_run(&world, 61);
    let (status, _, telling) = world.run("migrate up --wait 0");
    assert_eq!(status, 0, "{telling}");
    assert!(
        telling.contains(&format!("was interrupted in up of {B}")),
        "{telling}"
    );
}

#[test]
fn two_runs_on_a_server_apply_each_file_once() {
    let world = World::new("SELECT 1;");
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let mut command = world.command("migrate up --wait 30");
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut applied = 0;
    for run in runs {
        let (status, out, telling) = said(&run.wait_with_output().unwrap());
        assert_eq!(status, 0, "{telling}");
        applied += out
            .lines()
            .filter(|line| line.starts_with("applied "))
            .count();
    }
    assert_eq!(applied, 3);
    assert_eq!(world.ledger(), [A, B, C]);
}

#[test]
fn a_run_that_was_taken_over_keeps_nothing() {
    // The row of another run appears while this one is at its statements.
    let world = World::new("SELECT 1;");
    world.run("migrate up --step 1");
    world.project.write(
        &format!("migrations/{B}"),
        "-- UP script\nCREATE TABLE b (x);\nDELETE FROM decant_runs;\n-- DOWN script\nDROP TABLE b;\n",
    );
    // The file takes the row away itself: with the next one the run finds out.
    let (status, out, telling) = world.run("migrate up");
    assert_eq!(status, 3, "{out}{telling}");
    assert!(telling.contains("another run has taken"), "{telling}");
    assert_eq!(world.tables(), ["a", "b"]);
}

#[cfg(unix)]
#[test]
fn a_signal_takes_a_migration_on_a_server_back() {
    let endless = "INSERT INTO c WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;";
    let world = World::new(endless);
    let child = world
        .command("migrate up")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !world
        .server
        .asked()
        .iter()
        .any(|a| a.body.contains("RECURSIVE"))
    {
        assert!(
            started.elapsed().as_secs() < 30,
            "it never came to the statement"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status()
        .unwrap();
    let (status, _, telling) = said(&child.wait_with_output().unwrap());
    assert_eq!(status, 130, "{telling}");
    assert!(
        telling.contains(&format!("nothing of {C} was kept")),
        "{telling}"
    );
    assert_eq!(world.tables(), ["a", "b"]);
    assert!(
        !world.run("migrate status").2.contains("a run is going on"),
        "nobody holds it"
    );
}

#[test]
fn access_and_addresses() {
    let world = World::new("SELECT 1;");
    let (status, _, telling) = said(
        &world
            .command("migrate status")
            .env("DATABASE_AUTH_TOKEN", "wrong-token")
            .output()
            .unwrap(),
    );
    assert_eq!(status, 1);
    assert!(
        telling.contains("refuses the access (HTTP 401"),
        "{telling}"
    );
    assert!(!telling.contains("wrong-token"), "{telling}");
    let with_query = format!(
        "migrate status --database sqlite+libsql://{}/?authToken=secret-token",
        world.server.address
    );
    assert_eq!(world.run(&with_query).0, 0);
    let (status, _, telling) =
        world.run("migrate status --database libsql://h?password=secret-token");
    assert_eq!(status, 2, "{telling}");
    assert!(telling.contains("the parameter `password`"), "{telling}");
    let (status, _, telling) = world.run("migrate status --database http://host.invalid");
    assert_eq!(status, 1);
    assert!(telling.contains("cannot be reached"), "{telling}");
    assert!(
        telling.contains("the token travels unencrypted to http://host.invalid"),
        "{telling}"
    );
}

#[test]
fn production_on_a_server_is_not_changed_without_a_yes() {
    let world = World::new("SELECT 1;");
    let run = |arguments: &str| {
        let mut command = world.command(arguments);
        said(&command.env("DECANT_ENV", "production").output().unwrap())
    };
    assert_eq!(run("migrate up").0, 3);
    assert_eq!(run("migrate up --dry-run").0, 0);
    assert!(world.tables().is_empty());
    assert_eq!(run("migrate up --yes").0, 0);
}
