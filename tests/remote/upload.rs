//! A file brought to a server, and `decant port` to one.

use decant::sqlite::remote::{MARKER, Options, RemoteUrl, Stream, UploadError, upload};
use rusqlite::Connection;

use crate::support::hrana::{Fault, Hrana};
use crate::support::{decant, tempdir};

const FILE: &str = "
    CREATE TABLE c (p INTEGER REFERENCES p (id), v);
    CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, r REAL, t TEXT, z BLOB, d AS (t || '!'));
    CREATE TABLE w (k TEXT, l, v, PRIMARY KEY (l, k)) WITHOUT ROWID;
    CREATE TABLE s (rowid TEXT, \"odd \"\"name\");
    CREATE TABLE e (x);
    INSERT INTO p (id, r, t, z) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
      SELECT i, CASE i % 4 WHEN 0 THEN 9e999 WHEN 1 THEN -9e999 WHEN 2 THEN NULL ELSE 0.1 END, 'é' || i, randomblob(500) FROM n;
    INSERT INTO c SELECT id, 9007199254740993 + id FROM p;
    INSERT INTO w SELECT t, id % 7, z FROM p;
    INSERT INTO s VALUES ('r', 1), (NULL, '1'), ('x', 1.0), ('y', x'31');
    DELETE FROM p WHERE id > 2400 AND id NOT IN (SELECT p FROM c); UPDATE sqlite_sequence SET seq = 9999;
    CREATE UNIQUE INDEX p_t ON p (t) WHERE t IS NOT NULL;
    CREATE VIEW v AS SELECT * FROM p;
    CREATE TRIGGER g AFTER INSERT ON p BEGIN DELETE FROM c; END;
    PRAGMA user_version = 7;";

fn file(sql: &str) -> Connection {
    let file = Connection::open_in_memory().unwrap();
    file.execute_batch(sql).unwrap();
    file
}

fn stream(server: &Hrana) -> Stream {
    Stream::new(
        &RemoteUrl::parse(&server.url()).unwrap(),
        &Options::default(),
    )
    .unwrap()
}

fn one(server: &Hrana, sql: &str) -> i64 {
    server
        .database()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

fn tables(server: &Hrana) -> i64 {
    one(
        server,
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )
}

#[test]
fn a_file_arrives_whole() {
    let server = Hrana::new();
    server.limit_answers(300_000);
    let rows = upload(&file(FILE), &mut stream(&server), false, &mut |_, _| {}).unwrap();
    assert_eq!(rows, 7504);
    let said = "SELECT count(*) = 2500 AND sum(r = 9e999) = 625 AND sum(r = -9e999) = 625 AND sum(r IS NULL) = 625
                AND sum(length(z)) = 1250000 AND sum(d = t || '!') = 2500 FROM p";
    assert_eq!(one(&server, said), 1);
    assert_eq!(
        one(
            &server,
            "SELECT count(*) FROM c WHERE v = 9007199254740993 + p"
        ),
        2500,
        "no trigger fired"
    );
    assert_eq!(one(&server, "SELECT seq FROM sqlite_sequence"), 9999);
    assert_eq!(one(&server, "PRAGMA user_version"), 7);
    assert_eq!(
        one(
            &server,
            "SELECT count(DISTINCT typeof(\"odd \"\"name\")) FROM s"
        ),
        4
    );
    assert_eq!(
        one(
            &server,
            "SELECT count(*) FROM sqlite_master WHERE name IN ('p_t', 'v', 'g')"
        ),
        3
    );
    assert_eq!(tables(&server), 5, "the marker is gone");
    let sizes = server.asked().iter().map(|a| a.body.len()).max();
    assert!(sizes.unwrap() < 3 << 20, "{sizes:?}");
}

#[test]
fn what_is_not_empty_or_cannot_be_sent_is_refused() {
    let server = Hrana::new();
    let refused = |sql: &str, again| {
        let error = upload(&file(sql), &mut stream(&server), again, &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, UploadError::Refused(_)), "{error}");
        error.to_string()
    };
    let said = refused("CREATE VIRTUAL TABLE f USING fts5(x)", false);
    assert!(said.contains("virtual table f"), "{said}");
    let said = refused(
        "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(6000000))",
        false,
    );
    assert!(said.contains("a row of 6000000 bytes"), "{said}");
    assert_eq!(tables(&server), 0, "nothing was sent");
    server
        .database()
        .execute_batch("CREATE TABLE theirs (x)")
        .unwrap();
    for again in [false, true] {
        let said = refused("CREATE TABLE t (x)", again);
        assert!(said.contains("has the table theirs already"), "{said}");
    }
}

#[test]
fn what_was_broken_off_is_marked_and_begun_again() {
    for (text, fault) in [
        ("INSERT INTO \\\"c", Fault::DropAfter),
        ("CREATE VIEW", Fault::Status(500, "")),
        ("CASE WHEN typeof", Fault::DropBefore),
    ] {
        let server = Hrana::new();
        server.fail(text, 1, fault.clone());
        let error = upload(&file(FILE), &mut stream(&server), false, &mut |_, _| {}).unwrap_err();
        assert!(
            matches!(error, UploadError::Server { .. }),
            "{fault:?}: {error}"
        );
        let marked = format!("SELECT count(*) FROM sqlite_master WHERE name = '{MARKER}'");
        assert_eq!(one(&server, &marked), 1, "{fault:?}");
        let error = upload(&file(FILE), &mut stream(&server), false, &mut |_, _| {}).unwrap_err();
        assert!(
            error.to_string().contains("left unfinished; say --replace"),
            "{error}"
        );
        upload(&file(FILE), &mut stream(&server), true, &mut |_, _| {}).unwrap();
        assert_eq!(
            (one(&server, &marked), tables(&server)),
            (0, 5),
            "{fault:?}"
        );
    }
}

#[test]
fn a_value_that_arrived_otherwise_is_found() {
    let server = Hrana::new();
    let mut changed = false;
    let error = upload(&file(FILE), &mut stream(&server), false, &mut |table, _| {
        // The first that is compared comes after all were sent.
        if table == "e" && !changed {
            changed = true;
            server
                .database()
                .execute_batch("UPDATE s SET \"odd \"\"name\" = 1 WHERE rowid = 'x'")
                .unwrap();
        }
    });
    let said = error.unwrap_err().to_string();
    assert_eq!(
        said,
        "the server's database is not equal to the file: table s, row 3 in the order of its key"
    );
}

#[test]
fn a_port_goes_to_a_server() {
    let server = Hrana::with(Some("secret-token"), false);
    let folder = tempdir();
    let dump = folder.path().join("dump.sql");
    std::fs::write(
        &dump,
        "--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.t (\n    id integer NOT NULL,\n    name text\n);\n\n\
         COPY public.t (id, name) FROM stdin;\n1\tone\n2\t\\N\n\\.\n\n\
         ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n\n--\n-- PostgreSQL database dump complete\n--\n",
    )
    .unwrap();
    let mut command = decant();
    command
        .current_dir(folder.path())
        .env("DATABASE_AUTH_TOKEN", "secret-token")
        .args(["port", "--source", "dump.sql", "--target", &server.url()]);
    let (status, out, telling) = crate::support::migrations::said(&command.output().unwrap());
    assert_eq!(status, 0, "{out}{telling}");
    assert!(
        telling.contains("2 rows sent to http://") && telling.contains("found equal"),
        "{telling}"
    );
    assert_eq!(
        one(
            &server,
            "SELECT count(*) FROM t WHERE id = 2 AND name IS NULL OR name = 'one'"
        ),
        2
    );
    let (status, _, telling) = crate::support::migrations::said(&command.output().unwrap());
    assert_eq!(status, 3, "{telling}");
    assert!(telling.contains("has the table t already"), "{telling}");

    let verify = |sides: &[&str], token: &str| {
        let mut command = decant();
        command
            .current_dir(folder.path())
            .env("DATABASE_AUTH_TOKEN", token)
            .arg("verify")
            .args(sides);
        crate::support::migrations::said(&command.output().unwrap())
    };
    let url = server.url();
    let local = decant()
        .current_dir(folder.path())
        .args(["port", "--source", "dump.sql", "--target", "local.db"])
        .output()
        .unwrap();
    assert!(local.status.success());
    for sides in [
        &["dump.sql", &url][..],
        &["--source", "dump.sql", "--target", &url],
        &["dump.sql", "local.db", &url],
        &["local.db", &url],
    ] {
        let (status, out, telling) = verify(sides, "secret-token");
        assert_eq!(status, 0, "{sides:?}: {out}{telling}");
        assert!(out.contains("sides are equal"), "{out}");
        let unwrapped = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains("ran on a copy of its schema"), "{out}");
    }
    server
        .database()
        .execute_batch("UPDATE t SET name = 'two' WHERE id = 1")
        .unwrap();
    for sides in [
        &["dump.sql", &url][..],
        &["dump.sql", "local.db", &url],
        &["local.db", &url],
    ] {
        let (status, out, telling) = verify(sides, "secret-token");
        assert_eq!(status, 4, "{sides:?}: {out}{telling}");
        assert!(out.contains("1 differences in name"), "{sides:?}: {out}");
    }
    let (status, _, telling) = verify(&["dump.sql", &url], "another-token");
    assert_eq!(status, 1, "{telling}");
    assert!(!telling.contains("another-token"), "{telling}");
    for (sides, status, said) in [
        (&["dump.sql"][..], 2, "two or three sides, and 1"),
        (&["dump.sql", "none.db"], 1, "no such file"),
        (&["none.sql", "local.db"], 1, "none.sql"),
        (&["history", "local.db"], 2, "no revision scripts are named"),
    ] {
        let (ended, out, telling) = verify(sides, "");
        assert_eq!(ended, status, "{sides:?}: {out}{telling}");
        assert!(telling.contains(said), "{sides:?}: {telling}");
    }
}
