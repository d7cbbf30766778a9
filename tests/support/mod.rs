//! What database tests share: a private PostgreSQL cluster per test binary, databases in it, a Python with Alembic, and
//! the `decant` binary with a clean environment.
//!
//! A server is found in this order: `DECANT_TEST_PG` (a URL whose user may create databases), binaries in the folder
//! `DECANT_TEST_PG_BIN`, on `PATH`, or in the usual folders. Without one a test prints `skipped: no PostgreSQL` and
//! passes, unless `DECANT_REQUIRE_PG=1`.
#![allow(
    dead_code,
    unused_imports,
    reason = "every test binary compiles this module and uses its own part of it"
)]

mod cluster;
pub mod hrana;
pub mod migrations;
mod newer;
mod python;
pub mod rename;
pub mod values;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use cluster::{pg_bin_folders, pg_binary, start_from, start_with};
pub use newer::newer;
pub use python::{LIBSQL_PACKAGES, NEXT_ORACLE_PACKAGES, ORACLE_PACKAGES, python};

/// A PostgreSQL server that tests may create databases in.
#[derive(Debug, Clone)]
pub struct Server {
    /// User, password and address: what stands between `postgres://` and the database.
    authority: String,
    /// Database to connect to for creating others.
    maintenance: String,
    /// Query part of the URL, with its `?`.
    query: String,
    /// Folder of its unix socket, where it is our own cluster.
    pub socket_dir: Option<PathBuf>,
    /// Port of the unix socket, where it is our own cluster.
    pub port: Option<u16>,
    /// Folder of its programs, where it is our own cluster.
    programs: Option<PathBuf>,
}

impl Server {
    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}/{database}{}", self.authority, self.query)
    }

    fn from_url(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, format!("?{query}")),
            None => (rest, String::new()),
        };
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        Self {
            authority: authority.to_owned(),
            maintenance: if database.is_empty() {
                "postgres".to_owned()
            } else {
                database.to_owned()
            },
            query,
            socket_dir: None,
            port: None,
            programs: None,
        }
    }

    fn connect(&self) -> postgres::Client {
        connect(&self.url(&self.maintenance))
    }

    /// A program of its version.
    fn program(&self, name: &str) -> Option<PathBuf> {
        let own = self.programs.as_ref().map(|folder| folder.join(name));
        own.filter(|path| path.is_file())
            .or_else(|| pg_binary(name))
    }
}

/// A plain connection, for preparing and looking at databases.
pub fn connect(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap_or_else(|e| panic!("{url}: {e}"))
}

/// The server of this test binary; `None` (after a line on stderr) when there is none and none is required.
pub fn pg() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match std::env::var("DECANT_TEST_PG") {
        Ok(url) if !url.is_empty() => Ok(Server::from_url(&url)),
        _ => cluster::start(),
    });
    match server {
        Ok(server) => Some(server),
        Err(why) => {
            assert!(
                std::env::var("DECANT_REQUIRE_PG").as_deref() != Ok("1"),
                "DECANT_REQUIRE_PG=1, but there is no PostgreSQL: {why}"
            );
            eprintln!("skipped: no PostgreSQL ({why})");
            None
        }
    }
}

/// A database of its own, dropped at the end of the test.
#[derive(Debug)]
pub struct Database {
    server: Server,
    /// Its name: the one asked for, made unique.
    pub name: String,
}

impl Database {
    /// Creates an empty database; `None` when there is no server.
    pub fn new(name: &str) -> Option<Self> {
        Some(Self::on(pg()?, name))
    }

    /// Creates an empty database of a server.
    pub fn on(server: &Server, name: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let server = server.clone();
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("decant_{name}_{}_{number}", std::process::id());
        server
            .connect()
            .batch_execute(&format!(
                "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"
            ))
            .unwrap_or_else(|e| panic!("creating database {name}: {e:?}"));
        Self { server, name }
    }

    /// Creates a database and runs a script in it.
    pub fn with(name: &str, sql: &str) -> Option<Self> {
        let database = Self::new(name)?;
        database.execute(sql);
        Some(database)
    }

    /// A database with the same content; nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        static COPY: AtomicU32 = AtomicU32::new(0);
        // The server copies one template at a time.
        static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let turn = TURN.lock();
        let name = format!("{}_copy{}", self.name, COPY.fetch_add(1, Ordering::Relaxed));
        let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{}\"", self.name);
        self.server
            .connect()
            .batch_execute(&sql)
            .unwrap_or_else(|e| panic!("copying database {}: {e:?}", self.name));
        drop(turn);
        Self {
            server: self.server.clone(),
            name,
        }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// The server that it is in.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A plain connection to it.
    pub fn client(&self) -> postgres::Client {
        connect(&self.url())
    }

    /// Whether its server was built with libxml.
    pub fn has_xml(&self) -> bool {
        self.client().batch_execute("SELECT xml '<a/>'").is_ok()
    }

    /// Runs a script of statements.
    pub fn execute(&self, sql: &str) {
        self.client()
            .batch_execute(sql)
            .unwrap_or_else(|e| panic!("in {}: {e:?}", self.name));
    }

    /// Loads a plain dump with `psql`, since a dump holds COPY blocks; `None` without `psql`.
    pub fn load_dump(&self, path: &Path) -> Option<()> {
        let output = Command::new(self.server.program("psql")?)
            .args([
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-o",
                "/dev/null",
                "-d",
                &self.url(),
                "-f",
            ])
            .arg(path)
            .output()
            .expect("psql starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(())
    }

    /// What `pg_dump` with these arguments writes of it, in UTC; `None` without `pg_dump`.
    pub fn dump(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let output = Command::new(self.server.program("pg_dump")?)
            .args(arguments)
            .arg(self.url())
            .env("PGTZ", "UTC")
            .output()
            .expect("pg_dump starts");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(output.stdout)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut client) =
            postgres::Client::connect(&self.server.url(&self.server.maintenance), postgres::NoTls)
        {
            let dropped = client.batch_execute(&format!(
                "DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)",
                self.name
            ));
            if let Err(error) = dropped {
                eprintln!("dropping {}: {error}", self.name);
            }
        }
    }
}

/// The `decant` binary with an environment that names no database.
pub fn decant() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_decant"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let ours = name.starts_with("DECANT_") && !name.starts_with("DECANT_TEST_");
        if (name.starts_with("PG") && name != "PGTZ") || ours || name.starts_with("DATABASE_") {
            command.env_remove(&name);
        }
    }
    command
}

/// A folder that is removed at the end of the test.
pub fn tempdir() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("decant-test-")
        .tempdir()
        .expect("a temporary folder")
}

/// A path inside the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a command and fails the test with its output unless it succeeds.
pub fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Files under a folder, by their path in it.
pub fn files(folder: &Path) -> Vec<String> {
    fn walk(top: &Path, folder: &Path, into: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.path().is_dir() {
                walk(top, &entry.path(), into);
            } else if let Ok(path) = entry.path().strip_prefix(top) {
                into.push(path.to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

/// Writes revisions, each on the one before: id, Create Date, body of `upgrade()`.
pub fn history(folder: &Path, revisions: &[(&str, &str, &str)]) {
    let mut before = "None".to_owned();
    for (id, date, body) in revisions {
        let (body, back) = body.split_once("downgrade:").unwrap_or((body, "pass"));
        let indented = |text: &str| -> String {
            let lines = text.lines().map(|l| format!("    {}\n", l.trim_start()));
            lines.collect()
        };
        let (body, back) = (indented(body), indented(back));
        let text = format!(
            "\"\"\"{id}\n\nRevision ID: {id}\nCreate Date: {date}\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
             revision = '{id}'\ndown_revision = {before}\n\n\ndef upgrade():\n{body}\n\ndef downgrade():\n{back}"
        );
        std::fs::write(folder.join(format!("{id}.py")), text).expect("a script");
        before = format!("'{id}'");
    }
}
