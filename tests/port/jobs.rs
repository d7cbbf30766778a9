//! `--jobs`: several connections on one snapshot give just what one gives.

use std::path::Path;
use std::process::Command;

use crate::support::{self, Database};

/// Tables that are read in parts of 64 kB (`DECANT_TASK_BYTES`): with holes, without key, with values outside the row, in one index
/// as a whole, by inheritance and by partitions.
const SQL: &str = "
CREATE TABLE big (id int PRIMARY KEY, body text, n numeric(12,2), at timestamptz);
INSERT INTO big SELECT i, repeat(md5(i::text), 1 + i % 7), i / 7.0, '2024-01-01Z'::timestamptz + i * interval '1 minute'
    FROM generate_series(1, 6000) i;
DELETE FROM big WHERE id BETWEEN 2000 AND 4000 AND id % 3 = 0;
UPDATE big SET n = n + 1 WHERE id % 11 = 0;
CREATE TABLE keyless (a int, v float8);
INSERT INTO keyless SELECT i % 100, i FROM generate_series(1, 9000) i;
CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
INSERT INTO pairs SELECT 5000 - i, i FROM generate_series(1, 5000) i;
CREATE TABLE wide (id int PRIMARY KEY, doc text);
ALTER TABLE wide ALTER doc SET STORAGE EXTERNAL;
INSERT INTO wide SELECT i, repeat(md5(i::text), 9000) FROM generate_series(1, 20) i;
CREATE TABLE parent (id int PRIMARY KEY, big_id int REFERENCES big);
INSERT INTO parent SELECT i, 1 FROM generate_series(1, 3000) i;
CREATE TABLE child (extra text) INHERITS (parent);
INSERT INTO child SELECT i, 1, 'x' FROM generate_series(3001, 6000) i;
CREATE TABLE sliced (id int, at date) PARTITION BY RANGE (id);
CREATE TABLE sliced_b PARTITION OF sliced FOR VALUES FROM (3000) TO (6000);
CREATE TABLE sliced_a PARTITION OF sliced FOR VALUES FROM (0) TO (3000);
INSERT INTO sliced SELECT i, '2024-01-01'::date + i FROM generate_series(0, 5999) i;
CREATE TABLE empty (id int PRIMARY KEY);
CREATE INDEX ix_big_at ON big (at);
VACUUM ANALYZE;
";

fn command(database: &Database, folder: &Path, jobs: &str, more: &[&str]) -> Command {
    let mut command = support::decant();
    command
        .current_dir(folder)
        .env("DECANT_TASK_BYTES", "65536")
        .args([
            "port",
            "--accept-lossy",
            "--source",
            &database.url(),
            "--jobs",
            jobs,
        ])
        .args(more);
    command
}

fn output(mut command: Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A port into a file named after the number of connections.
fn port(database: &Database, folder: &Path, jobs: &str, more: &[&str]) -> (Option<i32>, String) {
    let target = format!("{jobs}.db");
    let mut arguments = vec!["--target", &target];
    arguments.extend(more);
    let (status, _, said) = output(command(database, folder, jobs, &arguments));
    (status, said)
}

fn database(name: &str) -> Option<Database> {
    let database = Database::new(name)?;
    let mut client = database.client();
    for statement in SQL.split(";\n").filter(|s| !s.trim().is_empty()) {
        client.batch_execute(statement).unwrap();
    }
    Some(database)
}

#[test]
fn several_connections_write_the_same_bytes_as_one() {
    let Some(database) = database("jobs") else {
        return;
    };
    let folder = support::tempdir();
    let read = |jobs: &str| std::fs::read(folder.path().join(format!("{jobs}.db"))).unwrap();
    for jobs in ["1", "2", "5"] {
        let (status, said) = port(&database, folder.path(), jobs, &[]);
        assert_eq!(status, Some(0), "{said}");
    }
    assert!(read("1") == read("2"), "two connections give another file");
    assert!(read("1") == read("5"), "five connections give another file");

    // Rows that are rejected, a selection, redacted values.
    database.execute(
        "ALTER TABLE keyless ADD CONSTRAINT few CHECK (v < 8990) NOT VALID;
         ALTER TABLE big ADD CONSTRAINT short CHECK (id % 1000 <> 7) NOT VALID",
    );
    for jobs in ["1", "4"] {
        let more = [
            "--replace",
            "--max-rejects",
            "100",
            "--exclude",
            "pairs",
            "--where",
            "parent=id > 10",
            "--redact",
            "big.body=hash",
        ];
        let (status, said) = port(&database, folder.path(), jobs, &more);
        assert_eq!(status, Some(0), "{said}");
    }
    assert!(read("1") == read("4"), "four connections give another file");
    let rejects = |jobs: &str| {
        std::fs::read_to_string(folder.path().join(format!("{jobs}.db.rejects.csv"))).unwrap()
    };
    assert!(rejects("1").lines().count() > 15, "{}", rejects("1"));
    assert_eq!(rejects("1"), rejects("4"));
}

#[test]
fn what_several_connections_find_is_told_as_by_one() {
    let Some(database) = database("jobs_found") else {
        return;
    };
    database.execute(
        "UPDATE keyless SET v = 'NaN' WHERE v IN (3, 4000, 8000, 8999);
         UPDATE big SET at = 'infinity' WHERE id IN (1, 5999);
         ALTER TABLE keyless ADD CONSTRAINT few CHECK (a < 99) NOT VALID",
    );
    let folder = support::tempdir();
    let check = |jobs: &str| {
        output(command(
            &database,
            folder.path(),
            jobs,
            &["--check", "--json"],
        ))
    };
    let one = check("1");
    assert_eq!(one, check("3"));
    assert!(one.1.contains("keyless"), "{}", one.1);

    // A missing decision: the same keys are named.
    let accepted = "[storage]\naccept = [\"child: inheritance-dropped\"]\n";
    std::fs::write(folder.path().join("decant.toml"), accepted).unwrap();
    let refused = |jobs: &str| {
        let mut command = support::decant();
        command
            .current_dir(folder.path())
            .env("DECANT_TASK_BYTES", "65536")
            .args([
                "port",
                "--source",
                &database.url(),
                "--jobs",
                jobs,
                "--target",
                "x.db",
            ]);
        let (status, _, said) = output(command);
        let told = said
            .lines()
            .filter(|l| !l.contains("stage"))
            .collect::<Vec<_>>();
        (status, told.join("\n"))
    };
    let one = refused("1");
    assert_eq!(one.0, Some(3), "{}", one.1);
    assert!(one.1.contains("row 8997; row 8998;"), "{}", one.1);
    assert_eq!(one, refused("3"));
    assert!(!folder.path().join("x.db").exists());
}

#[test]
fn a_port_over_several_connections_that_was_killed_is_resumed() {
    let Some(database) = database("jobs_killed") else {
        return;
    };
    let folder = support::tempdir();
    let (status, said) = port(&database, folder.path(), "1", &[]);
    assert_eq!(status, Some(0), "{said}");
    for point in [
        "port:after-table#2",
        "port:after-table#5",
        "port:before-finish",
    ] {
        let _ = std::fs::remove_file(folder.path().join("3.db"));
        let mut killed = command(&database, folder.path(), "3", &["--target", "3.db"]);
        killed.env("DECANT_FAIL_AT", point);
        assert_eq!(output(killed).0, None, "{point} is not reached");
        let (status, said) = port(&database, folder.path(), "3", &["--resume", "--replace"]);
        assert_eq!(status, Some(0), "{said}");
        let rows = |file: &str, table: &str| {
            let db = rusqlite::Connection::open(folder.path().join(file)).unwrap();
            let sql = format!("SELECT count(*), group_concat(quote(t.rowid)) FROM {table} t");
            let sql = match table {
                "pairs" => "SELECT count(*), group_concat(a || '-' || b) FROM pairs".to_owned(),
                _ => sql,
            };
            db.query_row(&sql, [], |r| {
                Ok((r.get::<_, i64>(0)?, r.get::<_, Option<String>>(1)?))
            })
            .unwrap()
        };
        for table in [
            "big", "keyless", "pairs", "wide", "parent", "child", "sliced",
        ] {
            assert_eq!(rows("1.db", table), rows("3.db", table), "{point} {table}");
        }
    }
}

#[test]
fn a_server_that_gives_few_connections_is_read_over_those() {
    let Some(database) = database("jobs_few") else {
        return;
    };
    let mut client = database.client();
    let role = format!("{}_role", database.name);
    let sql = format!(
        "CREATE ROLE \"{role}\" LOGIN CONNECTION LIMIT 3; GRANT pg_read_all_data TO \"{role}\""
    );
    client.batch_execute(&sql).unwrap();
    let folder = support::tempdir();
    let url = database.url();
    let (_, place) = url.split_once('@').unwrap();
    let url = format!("postgresql://{role}@{place}");
    let mut command = support::decant();
    command
        .current_dir(folder.path())
        .env("DECANT_TASK_BYTES", "65536")
        .args([
            "port",
            "--accept-lossy",
            "--source",
            &url,
            "--jobs",
            "8",
            "--target",
            "8.db",
        ]);
    let (status, _, said) = output(command);
    client
        .batch_execute(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\""))
        .unwrap();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("instead of 8"), "{said}");
}
