//! Connections to a server that asks for TLS and passwords, and what a live source does when things go wrong.

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use decant::interrupt::Interrupt;
use decant::ir::QualName;
use decant::pg::conn::{ConnectOptions, Environment, LiveSource, connect};
use decant::pg::copy::{Cell, CopyFormat};
use decant::pg::source::{Source, Written};
use decant::pg::{Error, is_connection};
use support::{Database, Server};

fn certificate(name: &str) -> PathBuf {
    support::project("fixtures/tls").join(name)
}

/// A server with TLS, where the role `secret` needs TLS and a password.
fn guarded() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            support::pg_binary("initdb")?;
            let server = support::start_with("-c ssl=on -c password_encryption=scram-sha-256", |data| {
                for name in ["server.crt", "server.key"] {
                    let to = data.join(name);
                    std::fs::copy(certificate(name), &to).map_err(|e| e.to_string())?;
                    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
                    std::fs::set_permissions(&to, mode).map_err(|e| e.to_string())?;
                }
                let rules = "hostssl all secret all scram-sha-256\nhostnossl all secret all reject\n\
                             local all secret scram-sha-256\nlocal all all trust\nhost all all all trust\n";
                std::fs::write(data.join("pg_hba.conf"), rules).map_err(|e| e.to_string())
            })
            .unwrap_or_else(|e| panic!("{e}"));
            support::connect(&server.url("postgres"))
                .batch_execute("CREATE ROLE secret LOGIN PASSWORD 'p@ss:w\\ord'")
                .unwrap();
            Some(server)
        })
        .as_ref()
}

/// Connects with only what the string says, and tells whether TLS is on.
fn attempt(spec: &str) -> Result<bool, Error> {
    let environment = Environment {
        user: Some("nobody".to_owned()),
        ..Environment::default()
    };
    let mut client = connect(&ConnectOptions::resolve(spec, &environment)?)?;
    let row = client
        .query_one(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
            &[],
        )
        .unwrap();
    Ok(row.get(0))
}

#[test]
fn tls_is_as_sslmode_says() {
    let Some(server) = guarded() else {
        return;
    };
    let port = server.port.unwrap();
    let socket = server.socket_dir.as_ref().unwrap().display();
    let (ca, other) = (certificate("ca.crt"), certificate("other.crt"));
    let (ca, other) = (ca.display(), other.display());
    let ip = format!("host=127.0.0.1 port={port} dbname=postgres");
    let name = format!("host=localhost hostaddr=127.0.0.1 port={port} dbname=postgres");
    for (spec, expected) in [
        (format!("{ip} user=postgres"), Ok(true)),
        (format!("{ip} user=postgres sslmode=prefer"), Ok(true)),
        (format!("{ip} user=postgres sslmode=disable"), Ok(false)),
        (format!("{ip} user=postgres sslmode=allow"), Ok(false)),
        (format!("{ip} user=postgres sslmode=require"), Ok(true)),
        (
            format!("{name} user=postgres sslmode=verify-full sslrootcert={ca}"),
            Ok(true),
        ),
        (
            format!("{ip} user=postgres sslmode=verify-ca sslrootcert={ca}"),
            Ok(true),
        ),
        (
            format!("{ip} user=postgres sslmode=verify-full sslrootcert={ca}"),
            Err("certificate not valid for name"),
        ),
        (
            format!("{name} user=postgres sslmode=verify-ca sslrootcert={other}"),
            Err("invalid peer certificate"),
        ),
        (
            format!("{name} user=postgres sslmode=require sslrootcert={other}"),
            Err("invalid peer certificate"),
        ),
        (
            format!("{name} user=postgres sslmode=verify-full sslrootcert=system"),
            Err("invalid peer certificate"),
        ),
        (
            format!("{name} user=postgres sslmode=verify-full"),
            Err("need a root certificate"),
        ),
        (
            format!("{name} user=postgres sslmode=verify-ca sslrootcert=/none"),
            Err("certificate file /none"),
        ),
        (
            format!("host={socket} port={port} user=postgres dbname=postgres sslmode=require"),
            Ok(false),
        ),
        // The rule for `secret` refuses it without TLS; `allow` and `prefer` try both.
        (
            format!("{ip} user=secret password='p@ss:w\\\\ord' sslmode=allow"),
            Ok(true),
        ),
        (
            format!("{ip} user=secret password='p@ss:w\\\\ord' channel_binding=require"),
            Ok(true),
        ),
        (
            format!("{ip} user=secret password='p@ss:w\\\\ord' channel_binding=disable"),
            Ok(true),
        ),
        // A server that asks for no password binds nothing.
        (
            format!("{ip} user=postgres channel_binding=require"),
            Err("channel binding"),
        ),
        (
            format!("{ip} user=postgres channel_binding=maybe"),
            Err("none of disable, prefer, require"),
        ),
        (
            format!("{ip} user=secret password='p@ss:w\\\\ord' sslmode=disable"),
            Err("pg_hba.conf"),
        ),
        (
            format!("postgresql+psycopg2://secret:p%40ss%3Aw%5Cord@127.0.0.1:{port}/postgres"),
            Ok(true),
        ),
        (
            format!("postgresql://secret:wrong@127.0.0.1:{port}/postgres"),
            Err("password authentication failed"),
        ),
        (format!("{ip} user=secret"), Err("password missing")),
        (
            format!("{ip} user=postgres dbname=nowhere"),
            Err("database \"nowhere\" does not exist"),
        ),
        (
            "host=127.0.0.1 port=1 user=u dbname=d".to_owned(),
            Err("Connection refused"),
        ),
        (
            format!("host=127.0.0.1,127.0.0.1 port=1,{port} user=postgres dbname=postgres"),
            Ok(true),
        ),
        (
            "host=/nowhere user=u dbname=d".to_owned(),
            Err("No such file or directory"),
        ),
    ] {
        match (attempt(&spec), expected) {
            (Ok(tls), Ok(expected)) => assert_eq!(tls, expected, "{spec}"),
            (Err(error), Err(expected)) => {
                let said = error.to_string();
                assert!(said.contains(expected), "{spec}\n{said}");
                assert!(
                    !said.contains("w\\ord") && !said.contains("wrong"),
                    "{said}"
                );
            }
            (found, expected) => panic!("{spec}\nfound {found:?}\nexpected {expected:?}"),
        }
    }
}

#[test]
fn passwords_come_from_the_password_file_and_a_bad_mode_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let Some(server) = guarded() else {
        return;
    };
    let port = server.port.unwrap();
    let folder = support::tempdir();
    let file = folder.path().join(".pgpass");
    std::fs::write(
        &file,
        format!("127.0.0.1:{port}:*:secret:p@ss\\:w\\\\ord\n"),
    )
    .unwrap();
    let environment = Environment {
        home: Some(folder.path().to_owned()),
        user: Some("secret".to_owned()),
        ..Environment::default()
    };
    let spec = format!("postgresql://127.0.0.1:{port}/postgres");
    for (mode, works) in [(0o600, true), (0o644, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let options = ConnectOptions::resolve(&spec, &environment).unwrap();
        match connect(&options) {
            Ok(_) => assert!(works),
            Err(error) => {
                assert!(!works, "{error}");
                assert!(
                    error.to_string().contains("set its mode to 0600"),
                    "{error}"
                );
            }
        }
    }
}

fn live(url: &str, interrupt: &Interrupt) -> LiveSource {
    let options = ConnectOptions::parse(url).unwrap();
    LiveSource::open(&options, interrupt).unwrap_or_else(|e| panic!("{e}"))
}

/// Rows whose values are larger than any buffer, and none, as both formats give them.
fn lengths(source: &mut LiveSource, format: CopyFormat) -> Vec<Option<usize>> {
    let mut lengths = Vec::new();
    let table = QualName::qualified(Some("public"), "large");
    source
        .read(&table, &["v".to_owned()], format, &mut |cells| {
            lengths.push(match cells {
                [Cell::Text(bytes) | Cell::Binary(bytes)] => {
                    assert!(bytes.iter().all(|b| *b == b'x'));
                    Some(bytes.len())
                }
                _ => None,
            });
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    lengths
}

#[test]
fn rows_come_over_tls_over_a_socket_and_where_one_connection_is_all_there_is() {
    let Some(server) = guarded() else {
        return;
    };
    let port = server.port.unwrap();
    let socket = server.socket_dir.as_ref().unwrap().display();
    let wanted = [
        Some(1),
        None,
        Some(300_000),
        Some(7),
        Some(3_000_000),
        Some(262_144),
    ];
    support::connect(&server.url("postgres"))
        .batch_execute(
            "CREATE TABLE large AS SELECT repeat('x', n) AS v
             FROM unnest('{1,NULL,300000,7,3000000,262144}'::int[]) n;
             CREATE ROLE single LOGIN CONNECTION LIMIT 1;
             GRANT SELECT ON large TO secret, single",
        )
        .unwrap();
    for (user, spec) in [
        (
            "postgres",
            format!("host=127.0.0.1 port={port} sslmode=disable"),
        ),
        ("postgres", format!("host={socket} port={port}")),
        (
            "secret",
            format!("host=127.0.0.1 port={port} password='p@ss:w\\\\ord'"),
        ),
        ("single", format!("host=127.0.0.1 port={port}")),
    ] {
        let spec = format!("{spec} user={user} dbname=postgres");
        let mut source = live(&spec, &Interrupt::new());
        for format in [CopyFormat::Binary, CopyFormat::Text] {
            assert_eq!(lengths(&mut source, format), wanted, "{spec}");
        }
        // Whoever takes the rows may have enough; the next reading is whole again.
        let table = QualName::qualified(Some("public"), "large");
        let refused = source.read(&table, &["v".to_owned()], CopyFormat::Binary, &mut |_| {
            Err("enough".into())
        });
        assert!(matches!(refused, Err(Error::Consumer(_))), "{spec}");
        assert_eq!(lengths(&mut source, CopyFormat::Binary), wanted, "{spec}");
    }
}

fn count(source: &mut LiveSource, table: &str, column: &str) -> Result<u64, Error> {
    let columns = [column.to_owned()];
    source.read(
        &QualName::new(table),
        &columns,
        CopyFormat::Binary,
        &mut |_: &[Cell<'_>]| Ok(()),
    )
}

const MANY: &str =
    "CREATE TABLE many AS SELECT g AS a, repeat('x', 200) AS b FROM generate_series(1, 50000) g;
    CREATE TABLE few (a int PRIMARY KEY); INSERT INTO few VALUES (1), (2); ANALYZE";

#[test]
fn all_rows_come_from_one_snapshot_and_writes_are_noticed() {
    let Some(database) = Database::with("snapshot", MANY) else {
        return;
    };
    let mut source = live(&database.url(), &Interrupt::new());
    assert!(source.snapshot().is_some());
    let before = source.write_counters().unwrap().unwrap();
    let same = source.write_counters().unwrap().unwrap();
    if before.transactions == same.transactions {
        assert_eq!(same.written_since(&before), Written::Nothing);
    }
    database.execute("INSERT INTO few VALUES (3)");
    assert_eq!(count(&mut source, "few", "a").unwrap(), 2);
    assert_eq!(count(&mut source, "many", "b").unwrap(), 50_000);
    let size = source.table_size(&QualName::new("many")).unwrap();
    assert_eq!((size.rows, size.exact), (50_000, false));
    let after = source.write_counters().unwrap().unwrap();
    assert_ne!(after.written_since(&before), Written::Nothing);
    // DDL and TRUNCATE, which no snapshot keeps out, wait for the source.
    let mut other = database.client();
    other.batch_execute("SET lock_timeout = '100ms'").unwrap();
    assert!(other.batch_execute("TRUNCATE few").is_err());
    drop(source);
    other
        .batch_execute("SET lock_timeout = '10s'; TRUNCATE few")
        .unwrap();
}

#[test]
fn other_sessions_are_seen() {
    let Some(database) = Database::with("sessions", MANY) else {
        return;
    };
    let mut source = live(&database.url(), &Interrupt::new());
    assert_eq!(source.sessions().unwrap(), Some(Vec::new()));
    // Its own second connection is no other session.
    count(&mut source, "few", "a").unwrap();
    assert_eq!(source.sessions().unwrap(), Some(Vec::new()));
    let mut other = database.client();
    other
        .batch_execute("SET application_name = 'app'; BEGIN; INSERT INTO few VALUES (9)")
        .unwrap();
    let sessions = source.sessions().unwrap().unwrap();
    assert_eq!(sessions.len(), 1);
    let session = sessions.first().unwrap();
    assert_eq!(session.application, "app");
    assert_eq!(session.state.as_deref(), Some("idle in transaction"));
    assert!(session.writing);
}

#[test]
fn a_consumer_that_fails_leaves_the_snapshot_usable() {
    let Some(database) = Database::with("consumer", MANY) else {
        return;
    };
    let mut source = live(&database.url(), &Interrupt::new());
    let mut seen = 0;
    let mut refuse = |_: &[Cell<'_>]| {
        seen += 1;
        if seen > 10 {
            Err("enough".into())
        } else {
            Ok(())
        }
    };
    let columns = ["b".to_owned()];
    let error = source
        .read(
            &QualName::new("many"),
            &columns,
            CopyFormat::Text,
            &mut refuse,
        )
        .unwrap_err();
    assert_eq!(error.to_string(), "enough");
    assert_eq!(count(&mut source, "few", "a").unwrap(), 2);
    let missing = count(&mut source, "few", "b").unwrap_err();
    assert!(matches!(&missing, Error::Missing(_)), "{missing}");
    assert_eq!(count(&mut source, "many", "a").unwrap(), 50_000);
}

#[test]
fn a_lost_connection_is_said_with_the_place() {
    let Some(database) = Database::with("lost", MANY) else {
        return;
    };
    let mut source = live(&database.url(), &Interrupt::new());
    let mut other = database.client();
    let mut seen = 0u64;
    let mut kill = |_: &[Cell<'_>]| {
        seen += 1;
        if seen == 100 {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            other.query(sql, &[])?;
        }
        Ok(())
    };
    let columns = ["b".to_owned()];
    let error = source
        .read(
            &QualName::new("many"),
            &columns,
            CopyFormat::Binary,
            &mut kill,
        )
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("reading table many"), "{error}");
    assert!(error.contains(" rows"), "{error}");
    assert!(count(&mut source, "few", "a").is_err());
}

#[test]
fn an_interrupt_cancels_what_the_server_does() {
    let Some(database) = Database::with(
        "interrupt",
        "CREATE TABLE slow (a int); INSERT INTO slow SELECT generate_series(1, 100);
         CREATE FUNCTION lazy(a int) RETURNS int LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(1); RETURN a; END$$;
         CREATE VIEW lazily AS SELECT lazy(a) AS a FROM slow",
    ) else {
        return;
    };
    let interrupt = Interrupt::new();
    let mut source = live(&database.url(), &interrupt);
    let raise = interrupt.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        raise.raise();
    });
    let begin = Instant::now();
    let error = count(&mut source, "lazily", "a").unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn rows_that_a_policy_would_hide_are_an_error() {
    let Some(database) = Database::with(
        "policy",
        "CREATE TABLE hidden (a int); INSERT INTO hidden VALUES (1); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
         CREATE TABLE closed (a int);
         DO $$BEGIN CREATE ROLE decant_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$;
         GRANT SELECT ON hidden TO decant_reader",
    ) else {
        return;
    };
    if database.server().socket_dir.is_none() {
        return;
    }
    let url = database.url().replace("postgres@", "decant_reader@");
    let mut source = live(&url, &Interrupt::new());
    let error = count(&mut source, "hidden", "a").unwrap_err().to_string();
    assert!(error.contains("row-level security"), "{error}");
    let error = count(&mut source, "closed", "a").unwrap_err().to_string();
    assert!(
        error.contains("permission denied for table closed"),
        "{error}"
    );
    database.execute("DROP OWNED BY decant_reader");
}

#[test]
fn connections_are_told_from_paths() {
    for (spec, expected) in [
        ("postgresql+psycopg2://h/d", true),
        ("host=/tmp dbname=x", true),
        ("dump.sql", false),
        ("./a=b.sql", false),
        ("/data/x=1.sql", false),
    ] {
        assert_eq!(is_connection(spec), expected, "{spec}");
    }
}
