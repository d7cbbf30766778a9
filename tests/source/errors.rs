//! How a port ends when the server does not let it go on, through the compiled binary: what is told, and that nothing is left.

use std::path::Path;
use std::process::Command;

use crate::e2e::{self, Run};
use crate::support::{self, Database};

fn port(folder: &Path, url: &str, more: &[&str]) -> Run {
    let mut command: Command = support::decant();
    command
        .current_dir(folder)
        .args(["port", "--source", url, "--target", "t.db"])
        .args(more);
    e2e::run(&mut command)
}

#[track_caller]
fn refused(run: &Run, folder: &Path, status: i32, told: &[&str]) {
    run.ended(status);
    for words in told {
        assert!(run.stderr.contains(words), "{words:?}: {}", run.all());
    }
    assert_eq!(
        support::files(folder),
        Vec::<String>::new(),
        "{}",
        run.all()
    );
}

/// The URL of a database for another user.
fn url_of(database: &Database, user: &str) -> String {
    database.url().replace("postgres@", &format!("{user}@"))
}

#[test]
fn a_missing_privilege_is_told_with_its_table() {
    let Some(database) = Database::with(
        "privilege",
        "CREATE TABLE open (id int PRIMARY KEY); CREATE TABLE secret (id int PRIMARY KEY);
         INSERT INTO open VALUES (1); INSERT INTO secret VALUES (1);",
    ) else {
        return;
    };
    let role = format!("reader_{}", database.name);
    database.execute(&format!(
        "CREATE ROLE \"{role}\" LOGIN; GRANT SELECT ON open TO \"{role}\""
    ));
    let folder = support::tempdir();
    let run = port(folder.path(), &url_of(&database, &role), &[]);
    refused(&run, folder.path(), 1, &["secret", "permission denied"]);
    let run = port(
        folder.path(),
        &url_of(&database, &role),
        &["--exclude", "secret"],
    );
    run.ended(0);
    database.execute(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\""));
}

#[test]
fn rows_that_a_policy_hides_end_the_port() {
    let Some(database) = Database::with(
        "policy",
        "CREATE TABLE notes (id int PRIMARY KEY, owner text); INSERT INTO notes VALUES (1, 'a'), (2, 'b');
         ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON notes USING (owner = 'a');",
    ) else {
        return;
    };
    let role = format!("tenant_{}", database.name);
    database.execute(&format!(
        "CREATE ROLE \"{role}\" LOGIN; GRANT SELECT ON notes TO \"{role}\""
    ));
    let folder = support::tempdir();
    let accept = ["--accept-lossy"];
    let run = port(folder.path(), &url_of(&database, &role), &accept);
    assert_ne!(run.status, 0, "{}", run.all());
    assert!(!folder.path().join("t.db").exists());
    assert!(run.stderr.contains("notes"), "{}", run.all());
    database.execute(&format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\""));
}

#[test]
fn drift_between_history_and_source_is_told_column_by_column() {
    let Some(database) = Database::with(
        "drift",
        "CREATE TABLE users (id int PRIMARY KEY, name varchar(50), age bigint, extra text);
         CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('r1');",
    ) else {
        return;
    };
    let folder = support::tempdir();
    let scripts = support::tempdir();
    let body = "op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(20)),\
                sa.Column('age', sa.Integer), sa.Column('mail', sa.Text))
                op.create_table('orders', sa.Column('id', sa.Integer, primary_key=True))";
    support::history(scripts.path(), &[("r1", "2024-01-01 00:00:00", body)]);
    let scripts = scripts.path().display().to_string();
    for arguments in [
        &["--scripts", &scripts][..],
        &["--scripts", &scripts, "--resume"],
    ] {
        let run = port(folder.path(), &database.url(), arguments);
        let told = [
            "users.name",
            "users.age",
            "name is extra, expected mail",
            "users.mail",
            "orders",
        ];
        refused(&run, folder.path(), 3, &told);
    }
}

/// The backend that sends the rows is ended by another session, as an administrator or a crash would.
#[test]
fn a_backend_that_is_ended_while_it_sends_rows_is_told() {
    let Some(database) = Database::with(
        "ended",
        "CREATE TABLE big (id int PRIMARY KEY, t text);
         INSERT INTO big SELECT i, repeat('x', 500) FROM generate_series(1, 60000) i;",
    ) else {
        return;
    };
    let folder = support::tempdir();
    let child = e2e::start(support::decant().current_dir(folder.path()).args([
        "port",
        "--source",
        &database.url(),
        "--target",
        "t.db",
    ]));
    let mut client = database.client();
    let begun = std::time::Instant::now();
    let ended = loop {
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '^COPY' AND query ~ 'big'";
        let ended: i64 = client.query_one(sql, &[]).expect("an answer").get(0);
        if ended > 0 || begun.elapsed().as_secs() > 60 {
            break ended;
        }
    };
    let run = e2e::finish(child);
    if ended > 0 && run.status != 0 {
        refused(&run, folder.path(), 1, &["big"]);
    }
}
