//! `decant migrate` and `decant backup` through the binary: what is printed where, exit statuses, kills and signals.

mod support;

use std::path::Path;
use std::process::Command;

use support::migrations::{Project, said};

fn tables(database: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(database).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND length(name) = 1 ORDER BY 1",
        )
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

#[test]
fn the_developers_day() {
    let project = Project::new("SELECT 1;");
    let (status, out, _) = project.run("migrate status");
    assert_eq!(status, 0);
    assert!(
        out.starts_with("database app.db, ledger migrations\n\nstate         migration"),
        "{out}"
    );
    assert!(out.ends_with("0 applied, 3 pending\n"), "{out}");
    assert!(!project.path("app.db").exists(), "status makes nothing");

    assert_eq!(project.run("migrate status --check").0, 3);
    let (status, out, telling) = project.run("migrate up --step 2");
    assert_eq!(
        (status, out.as_str()),
        (
            0,
            "applied 20240101000000_a.sql\napplied 20240102000000_b.sql\n"
        )
    );
    assert!(telling.contains("2 statements in "), "{telling}");
    assert_eq!(
        project.run("migrate up").1,
        "applied 20240103000000_c.sql\n"
    );
    assert_eq!(project.run("migrate up").1, "nothing to do\n");
    assert_eq!(project.run("migrate status --check").0, 0);
    assert_eq!(tables(&project.path("app.db")), ["a", "b", "c"]);

    assert_eq!(
        project.run("migrate down").1,
        "reverted 20240103000000_c.sql\n"
    );
    let (status, _, telling) = project.run("migrate down --step 2");
    assert_eq!(status, 3);
    assert!(telling.contains("say --all"), "{telling}");
    assert_eq!(project.run("migrate down --all").0, 0);
    assert!(tables(&project.path("app.db")).is_empty());

    let (status, out, _) = project.run("migrate create Add-things");
    assert_eq!(status, 0);
    let created = out.trim_end();
    assert!(created.ends_with("_add_things.sql"), "{out}");
    assert!(project.path(created).is_file());
    assert_eq!(project.run("migrate up").0, 0, "the template passes");
}

#[test]
fn to_a_version_and_back() {
    let project = Project::new("SELECT 1;");
    let lines = |arguments: &str| {
        let (status, out, telling) = project.run(arguments);
        assert_eq!(status, 0, "{arguments}: {telling}");
        out.lines().count()
    };
    assert_eq!(lines("migrate up --to 20240102"), 2);
    assert_eq!(
        lines("migrate up --to 20240102000000_b.sql"),
        1,
        "nothing to do"
    );
    assert_eq!(lines("migrate up"), 1);
    assert_eq!(lines("migrate down --to 20240101000000"), 2);
    assert_eq!(tables(&project.path("app.db")), ["a"]);
    assert_eq!(lines("migrate redo"), 2);
    let (status, _, telling) = project.run("migrate up --to 2024");
    assert_eq!(status, 3);
    assert!(telling.contains("is the beginning of several"), "{telling}");
    assert_eq!(project.run("migrate down --to 2025").0, 3);
}

#[test]
fn a_dry_run_runs_on_a_copy() {
    let project = Project::new("INSERT INTO c VALUES (1), (2);");
    let (status, out, telling) = project.run("migrate up --dry-run");
    assert_eq!((status, out.lines().count()), (0, 3), "{telling}");
    assert!(
        out.starts_with("would apply 20240101000000_a.sql\n"),
        "{out}"
    );
    assert!(telling.contains("2 rows written"), "{telling}");
    assert!(!project.path("app.db").exists());
    project.run("migrate up");
    let (_, out, _) = project.run("migrate down --all --dry-run");
    assert!(
        out.starts_with("would revert 20240103000000_c.sql\n"),
        "{out}"
    );
    assert_eq!(tables(&project.path("app.db")), ["a", "b", "c"]);
    let mut left: Vec<_> = std::fs::read_dir(project.folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, [".env", "app.db", "migrations"]);
}

#[test]
fn marked_verified_and_repaired() {
    let project = Project::new("SELECT 1;");
    assert_eq!(
        project.run("migrate mark --all").0,
        3,
        "a mistyped name makes no database"
    );
    project.run("migrate up --step 1");
    let (status, out, _) = project.run("migrate mark 20240102");
    assert_eq!(
        (status, out.as_str()),
        (0, "20240102000000_b.sql: marked as applied\n")
    );
    assert_eq!(tables(&project.path("app.db")), ["a"]);
    assert_eq!(project.run("migrate mark --undo 20240102").0, 0);
    assert_eq!(project.run("migrate up").0, 0);
    assert_eq!(project.run("migrate verify").0, 0);

    let file = "migrations/20240101000000_a.sql";
    let text = std::fs::read_to_string(project.path(file)).unwrap();
    project.write(file, &format!("-- a comment\n{text}"));
    let (status, out, _) = project.run("migrate verify");
    assert_eq!(
        (status, out.as_str()),
        (4, "20240101000000_a.sql is changed\n")
    );
    assert_eq!(project.run("migrate up").0, 3);
    assert_eq!(
        project.run("migrate repair").1,
        "20240101000000_a.sql: accepted as it is on disk\n"
    );
    assert_eq!(project.run("migrate verify").0, 0);

    let connection = rusqlite::Connection::open(project.path("app.db")).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; CREATE TABLE d (a REFERENCES a (x)); INSERT INTO d VALUES (7)")
        .unwrap();
    let (status, out, _) = project.run("migrate verify");
    assert_eq!(
        (status, out.as_str()),
        (4, "1 row(s) of d refer to rows of a that do not exist\n")
    );
}

#[test]
fn production_is_not_changed_without_a_yes() {
    let project = Project::new("SELECT 1;");
    let run = |arguments: &str| {
        let mut command = project.command(arguments);
        said(&command.env("DECANT_ENV", "production").output().unwrap())
    };
    let (status, _, telling) = run("migrate up");
    assert_eq!(status, 3);
    assert!(telling.contains("DECANT_ENV is production"), "{telling}");
    assert_eq!(run("migrate status").0, 0);
    assert_eq!(run("migrate up --dry-run").0, 0);
    assert!(!project.path("app.db").exists());
    assert_eq!(run("migrate up --yes").0, 0);
}

#[test]
fn results_as_json() {
    let project = Project::new("SELECT 1;");
    let json = |arguments: &str| -> serde_json::Value {
        let (status, out, _) = project.run(arguments);
        assert_eq!(status, 0, "{arguments}");
        serde_json::from_str(&out).unwrap()
    };
    let up = json("--json migrate up --step 1");
    assert_eq!(up["events"][0]["version"], "20240101000000_a.sql");
    let status = json("migrate status --json");
    assert_eq!(
        (&status["applied"], &status["pending"]),
        (&1.into(), &2.into())
    );
    assert_eq!(status["migrations"][0]["state"], "applied");
}

#[test]
fn a_failing_migration_is_a_fault_and_leaves_the_ones_before_it() {
    let project = Project::new("INSERT INTO nowhere VALUES (1);");
    let (status, out, telling) = project.run("migrate up");
    assert_eq!(status, 1);
    assert_eq!(out.lines().count(), 2);
    assert!(
        telling.contains("20240103000000_c.sql:3: statement 2 of 2 failed: no such table: nowhere; nothing of this file was kept"),
        "{telling}"
    );
    assert_eq!(tables(&project.path("app.db")), ["a", "b"]);
}

#[test]
fn what_is_missing_is_said() {
    let project = Project::new("SELECT 1;");
    let (status, _, telling) = project.run("migrate --dir elsewhere up");
    assert_eq!(status, 3);
    assert!(telling.contains("elsewhere does not exist"), "{telling}");
    std::fs::remove_file(project.path(".env")).unwrap();
    let (status, _, telling) = project.run("migrate status");
    assert_eq!(status, 3);
    assert!(telling.contains("DATABASE_URL"), "{telling}");
    let (_, out, _) = project.run("migrate status --db-url sqlite:///other.db");
    assert!(out.starts_with("database other.db"), "{out}");
    assert_eq!(project.run("migrate").0, 2);
    assert_eq!(
        project.run("migrate down --all --step 2 --database x.db").0,
        2
    );
}

#[test]
fn a_killed_run_leaves_nothing_and_is_told() {
    for (point, left, statement) in [
        (
            "migrate-statement#3",
            vec!["a"],
            "statement 2 of 2 (line 3)",
        ),
        // Its last statement is done, the commit is not.
        ("migrate-commit#2", vec!["a"], "statement 2 of 2 (line 3)"),
    ] {
        let project = Project::new("SELECT 1;");
        let killed = project
            .command("migrate up")
            .env("DECANT_FAIL_AT", point)
            .output()
            .unwrap();
        assert!(!killed.status.success(), "{point}");
        assert_eq!(tables(&project.path("app.db")), left, "{point}");
        let (_, _, telling) = project.run("migrate status");
        assert!(
            telling.contains("was interrupted in up of 2024"),
            "{telling}"
        );
        assert!(telling.contains(statement), "{point}: {telling}");
        let (status, out, telling) = project.run("migrate up --step 1");
        assert_eq!((status, out.lines().count()), (0, 1), "{telling}");
        assert!(telling.contains("was interrupted"), "{telling}");
        assert!(!project.run("migrate status").2.contains("interrupted"));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_takes_the_migration_back() {
    let endless = "INSERT INTO c WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;";
    let project = Project::new(endless);
    for (signal, expected) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let mut run = project.command("migrate up");
        let child = run
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let beside = project.path("app.db-decant-run");
        let begun = || {
            std::fs::read_to_string(&beside)
                .is_ok_and(|text| text.contains("_c.sql\",\"direction\":\"up\",\"statement\":2"))
        };
        let started = std::time::Instant::now();
        while !begun() {
            assert!(
                started.elapsed().as_secs() < 30,
                "it never came to the statement"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status()
            .unwrap();
        let (status, _, telling) = said(&child.wait_with_output().unwrap());
        assert_eq!(status, expected, "{telling}");
        assert!(
            telling.contains("nothing of 20240103000000_c.sql was kept"),
            "{telling}"
        );
        assert_eq!(tables(&project.path("app.db")), ["a", "b"]);
        assert!(!beside.exists(), "it ended in order");
    }
}

#[test]
fn a_backup_by_the_command() {
    let project = Project::new("SELECT 1;");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/histories/linear/alembic.ini");
    let arguments = format!("backup --from {}", from.display());
    let (status, out, telling) = project.run(&arguments);
    assert_eq!(status, 0, "{telling}");
    assert!(out.contains("3 of them revision scripts"), "{out}");
    assert!(project.path("alembic_backup/MANIFEST.sha256").is_file());
    let (status, _, telling) = project.run(&arguments);
    assert_eq!(status, 3);
    assert!(telling.contains("is not empty"), "{telling}");
    assert_eq!(project.run("backup --from nowhere --to other").0, 1);
}

#[test]
fn lines_have_levels_and_can_be_for_machines() {
    let project = Project::new("INSERT INTO c VALUES (1);");
    let (status, _, telling) = project.run("migrate up --step 1 --log-level debug");
    assert_eq!(status, 0);
    assert!(
        telling.starts_with(
            "20240101000000_a.sql: up, 1 statements\n  statement 1 of 1 (line 2): CREATE TABLE a (x UNIQUE)\n"
        ),
        "{telling}"
    );
    let (_, out, telling) = project.run("migrate up --step 1 --log-level warn");
    assert_eq!(
        (out.as_str(), telling.as_str()),
        ("applied 20240102000000_b.sql\n", "")
    );

    project.write(
        "migrations/20240104000000_d.sql",
        "-- UP script\nINSERT INTO nowhere VALUES (1);\n-- DOWN script\nSELECT 1;\n",
    );
    let (status, out, telling) = project.run("migrate up --log-format json --json");
    assert_eq!(status, 1);
    let lines: Vec<serde_json::Value> = telling
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
        .collect();
    assert_eq!(lines.len(), 2, "{telling}");
    assert_eq!(
        (&lines[0]["level"], &lines[0]["event"]),
        (&"info".into(), &"done".into())
    );
    assert_eq!(lines[0]["version"], "20240103000000_c.sql");
    assert_eq!(lines[0]["rows"], 1);
    assert_eq!(lines[1]["level"], "error");
    assert!(lines[0]["time"].as_str().unwrap().ends_with('Z'));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["events"][0]["version"], "20240103000000_c.sql");
    let said = "20240104000000_d.sql:2: statement 1 of 1 failed: no such table: nowhere; nothing of this file was kept";
    assert_eq!(report["error"], said);
    assert_eq!(lines[1]["message"], said);
}

#[test]
fn every_refusal_and_fault_is_json_when_asked_for() {
    let project = Project::new("SELECT 1;");
    for (arguments, status, said) in [
        (
            "--dir nowhere status",
            3,
            "the folder nowhere does not exist",
        ),
        ("--database sqlite:// status", 2, "memory"),
        ("mark --all", 3, "does not exist"),
        ("up --to 2030", 3, "no migration is called"),
        ("create ///", 3, "no letter or digit"),
    ] {
        let (ended, out, _) = project.run(&format!("--json migrate {arguments}"));
        let json: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments}: {out}: {e}"));
        assert_eq!(ended, status, "{arguments}: {json}");
        let error = json["error"].as_str().unwrap_or_default();
        assert!(error.contains(said), "{arguments}: {json}");
    }
}

#[test]
fn the_counts_of_status_tell_every_state() {
    let project = Project::new("SELECT 1;");
    assert_eq!(project.run("migrate up --to 20240102").0, 0);
    project.write(
        "migrations/20240101120000_late.sql",
        "-- UP script\nSELECT 1;\n-- DOWN script\nSELECT 1;\n",
    );
    project.write(
        "migrations/20240102000000_b.sql",
        "-- UP script\nSELECT 2;\n-- DOWN script\nSELECT 1;\n",
    );
    std::fs::remove_file(project.path("migrations/20240101000000_a.sql")).unwrap();
    let (_, out, _) = project.run("migrate status");
    assert!(
        out.ends_with("0 applied, 2 pending, 1 of them out of order, 1 missing, 1 changed\n"),
        "{out}"
    );
    let (_, out, _) = project.run("migrate status --json");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let counts = ["pending", "out_of_order", "missing", "changed"].map(|name| json[name].as_u64());
    assert_eq!(counts, [2, 1, 1, 1].map(Some), "{out}");
}
