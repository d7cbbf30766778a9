//! The database that is ported: keys of every kind, an index and a trigger's worth of work after the rows, rows that the target
//! rejects; and the comparison of two files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::e2e::{self, Run};
use crate::support;

/// Rows of the largest table.
const EVENTS: usize = 9_000;

/// Whether the target takes all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    Good,
    /// It rejects three.
    Bad,
}

/// A plain dump of about a megabyte.
fn dump(bad: Rows) -> String {
    let mut out = String::from(
        "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n\n\
         SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\
         SELECT pg_catalog.set_config('search_path', '', false);\n\n\
         CREATE TABLE public.people (id integer NOT NULL, email text NOT NULL, born date);\n\
         CREATE SEQUENCE public.people_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;\n\
         ALTER SEQUENCE public.people_id_seq OWNED BY public.people.id;\n\
         ALTER TABLE ONLY public.people ALTER COLUMN id SET DEFAULT nextval('public.people_id_seq'::regclass);\n\
         CREATE TABLE public.empty (id integer NOT NULL, note text);\n\
         CREATE TABLE public.events (at timestamp without time zone NOT NULL, person integer NOT NULL, amount numeric(10,2), body text, raw bytea);\n\
         CREATE TABLE public.log (line text);\n\n",
    );
    let email = |i: usize| format!("{:08x}@example.org", (i as u32).wrapping_mul(0x9e37_79b9));
    out.push_str("COPY public.people (id, email, born) FROM stdin;\n");
    for i in 1..=3_000 {
        let _ = writeln!(out, "{i}\t{}\t19{:02}-02-03", email(i), i % 90 + 10);
    }
    out.push_str("\\.\n\nCOPY public.empty (id, note) FROM stdin;\n\\.\n\nCOPY public.events (at, person, amount, body, raw) FROM stdin;\n");
    for i in 0..EVENTS {
        // Two orphans, and one row that breaks a check.
        let person = if bad == Rows::Bad && (i == 40 || i == 8_000) {
            4_000_000
        } else {
            i % 3_000 + 1
        };
        let amount = if bad == Rows::Bad && i == 5_000 {
            "-1.00".to_owned()
        } else {
            format!("{}.{:02}", i % 1_000, i % 100)
        };
        let _ = writeln!(
            out,
            "2024-01-{:02} {:02}:{:02}:{:02}.{:06}\t{person}\t{amount}\tevent {i} of {}\t\\\\x{i:08x}",
            i % 28 + 1,
            i % 24,
            i % 60,
            i / 60 % 60,
            i,
            "x".repeat(i % 60)
        );
    }
    out.push_str("\\.\n\nCOPY public.log (line) FROM stdin;\n");
    for i in 0..2_000 {
        let _ = writeln!(out, "the same line, {} times", i % 3);
    }
    out.push_str(
        "\\.\n\nSELECT pg_catalog.setval('public.people_id_seq', 3000, true);\n\
         ALTER TABLE ONLY public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id);\n\
         ALTER TABLE ONLY public.people ADD CONSTRAINT people_email_key UNIQUE (email);\n\
         ALTER TABLE ONLY public.empty ADD CONSTRAINT empty_pkey PRIMARY KEY (id);\n\
         ALTER TABLE ONLY public.events ADD CONSTRAINT events_pkey PRIMARY KEY (at, person);\n\
         CREATE INDEX ix_events_body ON public.events USING btree (body);\n\
         ALTER TABLE public.events ADD CONSTRAINT ck_amount CHECK (amount >= (0)::numeric) NOT VALID;\n\
         ALTER TABLE ONLY public.events ADD CONSTRAINT fk_person FOREIGN KEY (person) REFERENCES public.people(id) NOT VALID;\n\n\
         --\n-- PostgreSQL database dump complete\n--\n\n",
    );
    out
}

/// A place in which a source is ported again and again.
pub struct Place {
    pub folder: tempfile::TempDir,
    source: String,
}

impl Place {
    pub fn of_dump(rows: Rows) -> Self {
        let folder = support::tempdir();
        let path = folder.path().join("source.sql");
        std::fs::write(&path, dump(rows)).expect("a dump");
        let source = path.display().to_string();
        Self { folder, source }
    }

    pub fn live(database: &support::Database) -> Option<Self> {
        let place = Self::of_dump(Rows::Good);
        database.load_dump(Path::new(&place.source))?;
        Some(Self {
            folder: place.folder,
            source: database.url(),
        })
    }

    /// The source, to be changed.
    pub fn source(&self) -> PathBuf {
        PathBuf::from(&self.source)
    }

    pub fn target(&self) -> PathBuf {
        self.folder.path().join("t.db")
    }

    /// The command without `--resume`.
    pub fn command(&self) -> Command {
        let mut command = support::decant();
        command
            .current_dir(self.folder.path())
            .args(["port", "--source", &self.source, "--target", "t.db"])
            .args(["--max-rejects", "3"])
            .env("DECANT_COMMIT_BYTES", "1");
        command
    }

    pub fn resumed(&self) -> Run {
        e2e::run(self.command().arg("--resume"))
    }

    /// What a run made, which is then removed.
    pub fn take(&self) -> Content {
        let rejects = self.folder.path().join("t.db.rejects.csv");
        let content = Content {
            database: match self.target().exists() {
                true => content(&self.target()),
                false => Vec::new(),
            },
            rejects: std::fs::read_to_string(&rejects).unwrap_or_default(),
        };
        assert_eq!(e2e::leftovers(&self.target()), Vec::<String>::new());
        let _ = std::fs::remove_file(self.target());
        let _ = std::fs::remove_file(rejects);
        content
    }

    /// What an unbroken run makes, and how it ends.
    pub fn unbroken(&self) -> (Run, Content) {
        let run = e2e::run(&mut self.command());
        (run, self.take())
    }
}

/// What a run made.
#[derive(Debug, PartialEq, Eq)]
pub struct Content {
    pub database: Vec<String>,
    pub rejects: String,
}

/// Schema, header and rows, in the order of the table's key.
fn content(path: &Path) -> Vec<String> {
    let db = Connection::open(path).expect("the target opens");
    let mut out = Vec::new();
    for pragma in [
        "user_version",
        "application_id",
        "freelist_count",
        "page_count",
        "integrity_check",
        "journal_mode",
    ] {
        let value: String = db
            .query_row(&format!("PRAGMA {pragma}"), [], |row| {
                Ok(format!("{:?}", row.get_ref(0)?))
            })
            .expect("a pragma");
        // Where a page lies may be another place; how many there are may not.
        out.push(format!("{pragma} {value}"));
    }
    let mut tables = Vec::new();
    let mut statement = db
        .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
        .expect("a schema");
    let mut rows = statement.query([]).expect("a schema");
    while let Some(row) = rows.next().expect("a row") {
        let (kind, name): (String, String) =
            (row.get(0).expect("a kind"), row.get(1).expect("a name"));
        let sql: Option<String> = row.get(2).expect("a text");
        if kind == "table" {
            tables.push(name.clone());
        }
        out.push(format!("{kind} {name} {sql:?}"));
    }
    for table in tables {
        let mut statement = db
            .prepare(&format!("SELECT * FROM \"{table}\""))
            .expect("a table");
        let width = statement.column_count();
        let mut lines = Vec::new();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let mut line = format!("{table}:");
            for at in 0..width {
                match row.get_ref(at).expect("a value") {
                    ValueRef::Text(text) => {
                        let _ = write!(line, " {}", String::from_utf8_lossy(text));
                    }
                    other => {
                        let _ = write!(line, " {other:?}");
                    }
                }
            }
            lines.push(line);
        }
        out.extend(lines);
    }
    out
}

/// The first lines that differ, for people.
pub fn difference(wanted: &Content, found: &Content) -> Option<String> {
    if wanted == found {
        return None;
    }
    let mut out = String::new();
    if wanted.rejects != found.rejects {
        let _ = writeln!(out, "rejects: {}\nnot {}", found.rejects, wanted.rejects);
    }
    let pairs = wanted.database.iter().zip(&found.database);
    for (wanted, found) in pairs.filter(|(a, b)| a != b).take(3) {
        let _ = writeln!(out, "{found}\nnot {wanted}");
    }
    let _ = writeln!(
        out,
        "{} lines, not {}",
        found.database.len(),
        wanted.database.len()
    );
    Some(out)
}
