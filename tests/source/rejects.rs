//! Rows that the target rejects within the allowance are known to the verification, by their values; any other missing row is not.

use std::path::Path;

use decant::interrupt::Interrupt;
use decant::lower::{self, Lowering};
use decant::pg::dump::DumpSource;
use decant::pg::source::Source as _;
use decant::port::{self, Kept, Quiet};
use decant::sqlite::emit::emit_schema;
use decant::verify::{self, Level, RejectedRow, Silent, Verification};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::e2e;
use crate::support;

/// Two of four children are orphans, one has a generated column, one table no key.
const DUMP: &str = "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n\n\
CREATE TABLE public.parent (id integer NOT NULL, name text NOT NULL);\n\
CREATE TABLE public.child (id bigint NOT NULL, parent integer, price numeric(10,2), raw bytea, at timestamp without time zone, twice numeric GENERATED ALWAYS AS ((price * (2)::numeric)) STORED);\n\
CREATE TABLE public.log (parent integer, line text);\n\
COPY public.child (id, parent, price, raw, at) FROM stdin;\n1\t1\t1.50\t\\\\x00ff\t2024-01-01 00:00:00\n2\t7\t2.00\t\\N\t2024-01-01 00:00:00.5\n3\t8\t\\N\t\\\\x\t\\N\n4\t2\t4.25\t\\N\t\\N\n\\.\n\n\
COPY public.log (parent, line) FROM stdin;\n1\tsame\n9\tsame\n9\tsame\n\\N\tsame\n\\.\n\n\
COPY public.parent (id, name) FROM stdin;\n1\tone\n2\ttwo\n\\.\n\n\
ALTER TABLE ONLY public.parent ADD CONSTRAINT parent_pkey PRIMARY KEY (id);\n\
ALTER TABLE ONLY public.child ADD CONSTRAINT child_pkey PRIMARY KEY (id);\n\
ALTER TABLE public.child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES public.parent(id) NOT VALID;\n\
ALTER TABLE public.log ADD CONSTRAINT log_parent FOREIGN KEY (parent) REFERENCES public.parent(id) NOT VALID;\n\n\
--\n-- PostgreSQL database dump complete\n--\n";

fn known(summary: &port::Summary) -> Vec<RejectedRow> {
    let rows = summary.rejected_rows.iter().flatten();
    rows.map(|row| RejectedRow {
        table: row.table.clone(),
        values: row
            .values
            .iter()
            .map(|value| match value {
                Kept::Null => Value::Null,
                Kept::Integer(n) => Value::Integer(*n),
                Kept::Real(bits) => Value::Real(f64::from_bits(*bits)),
                Kept::Text(text) => Value::Text(text.clone()),
                Kept::Blob(bytes) => Value::Blob(bytes.clone()),
            })
            .collect(),
    })
    .collect()
}

#[test]
fn rejected_rows_are_known_and_others_are_missed() {
    let folder = support::tempdir();
    let dump = folder.path().join("source.sql");
    std::fs::write(&dump, DUMP).expect("a dump");
    let mut source = DumpSource::open(&dump, &Interrupt::new()).unwrap_or_else(|e| panic!("{e}"));
    let lowering: Lowering = lower::lower(source.schema(), &lower::Options::default());
    let target = folder.path().join("t.db");
    let script = emit_schema(&lowering.sqlite);
    let schema = [script.up, script.triggers_up].concat().join(";\n");
    let build = Connection::open(&target).and_then(|db| db.execute_batch(&schema));
    build.expect("the schema");
    let options = port::Options {
        max_rejects: 4,
        ..port::Options::default()
    };
    let summary = port::run(&mut source, &lowering, &target, &options, None, &Quiet);
    let summary = summary.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(summary.rejected(), 4);
    let known = known(&summary);
    let mut verify = |target: &Path, known: &[RejectedRow], level| -> Verification {
        let options = verify::Options::default();
        let found = verify::run_without(
            &mut source,
            &lowering,
            target,
            known,
            level,
            &options,
            &Silent,
        );
        found.unwrap_or_else(|e| panic!("{e}"))
    };
    for level in [Level::Counts, Level::Digest, Level::Full] {
        let found = verify(&target, &known, level);
        assert!(found.ok(), "{level:?}: {:#?}", found.tables);
        assert_eq!(found.rejected(), 4);
        assert!(!verify(&target, &[], level).ok(), "{level:?}");
        assert!(!verify(&target, &known[1..], level).ok(), "{level:?}");
    }
    // What was rejected is not what the source has.
    let mut other = known.clone();
    for row in &mut other {
        if let Some(value @ Value::Real(_) | value @ Value::Integer(2)) = row.values.get_mut(2) {
            *value = Value::Real(2.5);
        }
    }
    assert_ne!(other, known);
    assert!(!verify(&target, &other, Level::Digest).ok());
    for fault in [
        "DELETE FROM child WHERE id = 1",
        "UPDATE child SET raw = x'01' WHERE id = 1",
        "DELETE FROM log WHERE parent IS NULL",
        "INSERT INTO log VALUES (NULL, 'more')",
    ] {
        let path = folder.path().join("fault.db");
        std::fs::copy(&target, &path).expect("a copy");
        let db = Connection::open(&path).expect("a database");
        db.execute_batch(&format!("PRAGMA foreign_keys = OFF; {fault}"))
            .expect("a fault");
        drop(db);
        assert!(!verify(&path, &known, Level::Digest).ok(), "{fault}");
    }
}

#[test]
fn a_port_with_rejects_within_the_allowance_is_published_and_says_so() {
    let folder = support::tempdir();
    std::fs::write(folder.path().join("source.sql"), DUMP).expect("a dump");
    let run = |allowed: &str| {
        e2e::decant_in(
            folder.path(),
            &[
                "port",
                "--source",
                "source.sql",
                "--target",
                "t.db",
                "--max-rejects",
                allowed,
            ],
        )
    };
    let refused = run("3");
    refused.ended(4);
    assert!(!folder.path().join("t.db").exists());
    let done = run("4");
    done.ended(0);
    for told in [
        "Safe to switch but for 4 rejected rows",
        "equal but for 2 known to be rejected",
        "NOT VALID",
    ] {
        assert!(done.stdout.contains(told), "{told}: {}", done.all());
    }
    let rejects = std::fs::read_to_string(folder.path().join("t.db.rejects.csv"));
    assert_eq!(rejects.expect("the rejected rows").lines().count(), 5);
    assert!(folder.path().join("t.db").exists());
}
