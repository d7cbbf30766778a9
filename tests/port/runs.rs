//! Whole ports from a source in memory: rejects, decisions, damage, sequences, interruption.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use decant::ir::QualName;
use decant::lower::{Encoding, TableMap};
use decant::pg::source::SequenceState;
use decant::pg::types::PgType;
use decant::port::{self, Existing, Options, Progress, Quiet, ValueIssue};
use rusqlite::Connection;

use crate::sources::{Memory, column, lowering, pg_schema, table, target};
use crate::support;

fn parent_and_child() -> (Vec<TableMap>, &'static str) {
    let parent = table(
        "parent",
        vec![
            column("id", "integer", "INTEGER", Encoding::Integer),
            column("email", "text", "TEXT", Encoding::Text),
        ],
    );
    let child = table(
        "child",
        vec![
            column("id", "integer", "INTEGER", Encoding::Integer),
            column("parent_id", "integer", "INTEGER", Encoding::Integer),
            column(
                "amount",
                "numeric",
                "NUMERIC",
                Encoding::NumericReal { scale: 10 },
            ),
        ],
    );
    let sql = "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT COLLATE NOCASE NOT NULL UNIQUE);
        CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id), amount NUMERIC CHECK (amount > 0));
        CREATE INDEX ix_child_parent ON child (parent_id);
        CREATE TRIGGER tr AFTER INSERT ON child BEGIN DELETE FROM parent; END;";
    (vec![parent, child], sql)
}

fn memory(tables: &[TableMap], rows: &[(&str, Vec<Vec<Option<&'static str>>>)]) -> Memory {
    Memory {
        schema: pg_schema(tables, &BTreeMap::new()),
        rows: rows
            .iter()
            .map(|(t, r)| ((*t).to_owned(), r.clone()))
            .collect(),
        sequences: BTreeMap::new(),
    }
}

#[test]
fn rows_that_break_a_constraint_are_rejected_with_their_reason_and_kept_in_a_file() {
    let (mut tables, sql) = parent_and_child();
    tables[0].sequence = Some(QualName::new("parent_id_seq"));
    let mut source = memory(
        &tables,
        &[
            (
                "parent",
                vec![
                    vec![Some("1"), Some("a@x")],
                    vec![Some("2"), Some("A@X")],
                    vec![Some("3"), None],
                ],
            ),
            (
                "child",
                vec![
                    vec![Some("10"), Some("1"), Some("1.5")],
                    vec![Some("11"), Some("2"), Some("1")],
                    vec![Some("12"), Some("1"), Some("-1")],
                    vec![Some("13"), Some("1"), Some("2")],
                ],
            ),
        ],
    );
    let state = SequenceState {
        last_value: 41,
        is_called: true,
    };
    source.sequences.insert("parent_id_seq".to_owned(), state);
    let folder = support::tempdir();
    let path = target(folder.path(), sql);
    let rejects_path = folder.path().join("rejects.csv");
    let mut options = Options {
        rejects_path: Some(rejects_path.clone()),
        ..Options::default()
    };
    let lowering = lowering(tables);

    let error = port::run(&mut source, &lowering, &path, &options, None, &Quiet).unwrap_err();
    let port::Error::Rejected { limit: 0, summary } = &error else {
        panic!("{error}");
    };
    assert_eq!(summary.rejected(), 4);
    assert!(error.to_string().contains("refused 4 rows"), "{error}");

    let path = target(folder.path(), sql);
    options.max_rejects = 4;
    let summary = port::run(&mut source, &lowering, &path, &options, None, &Quiet).unwrap();
    let counts: Vec<_> = summary
        .tables
        .iter()
        .map(|t| {
            (
                t.table.as_str(),
                t.rows_read,
                t.rows_written,
                t.rows_rejected,
            )
        })
        .collect();
    assert_eq!(counts, [("parent", 3, 1, 2), ("child", 4, 2, 2)]);
    let rejects: Vec<_> = summary
        .rejects
        .iter()
        .map(|r| format!("{} {}: {}", r.table, r.key, r.reason))
        .collect();
    assert!(rejects[0].starts_with("parent 2: UNIQUE constraint failed: parent.email"));
    assert!(rejects[1].starts_with("parent 3: NOT NULL constraint failed: parent.email"));
    assert!(rejects[2].starts_with("child 12: CHECK constraint failed"));
    assert!(
        rejects[3].starts_with("child 11: FOREIGN KEY constraint failed: no such row in parent")
    );
    let file = std::fs::read_to_string(&rejects_path).unwrap();
    assert_eq!(file.lines().count(), 5, "{file}");
    assert!(file.contains("\"2,A@X\""), "{file}");

    let connection = Connection::open(&path).unwrap();
    let objects: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('ix_child_parent', 'tr')",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(objects, 2);
    connection
        .execute("INSERT INTO parent (email) VALUES ('next@x')", [])
        .unwrap();
    assert_eq!(connection.last_insert_rowid(), 42);
    assert_eq!(summary.sequences[0].next, 42);
}

/// No row was rejected before: that all references lead somewhere is told by the keys that pass by, or asked of SQLite.
#[test]
fn rows_that_lead_nowhere_are_found_however_they_refer() {
    let id = || column("id", "integer", "INTEGER", Encoding::Integer);
    let one = |name: &str| column(name, "integer", "INTEGER", Encoding::Integer);
    let tables = vec![
        table("early", vec![id(), one("late_id")]),
        table("late", vec![id(), one("self_id"), one("rowid")]),
        table("other", vec![id(), one("a"), one("b")]),
    ];
    let sql = "CREATE TABLE early (id INTEGER PRIMARY KEY, late_id INTEGER REFERENCES late);
        CREATE TABLE late (id INTEGER PRIMARY KEY, self_id INTEGER REFERENCES late (id), rowid INTEGER, UNIQUE (self_id, rowid));
        CREATE TABLE other (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES late (self_id, rowid));";
    let row = |cells: [Option<&'static str>; 3], width: usize| cells[..width].to_vec();
    let sound = [
        vec![
            row([Some("1"), Some("100000"), None], 2),
            row([Some("2"), None, None], 2),
        ],
        vec![
            row([Some("-7"), Some("100000"), Some("-7")], 3),
            row([Some("100000"), Some("-7"), Some("3")], 3),
            row([Some("100001"), None, None], 3),
        ],
        vec![
            row([Some("1"), Some("-7"), Some("3")], 3),
            row([Some("2"), Some("5"), None], 3),
        ],
    ];
    let nowhere = [
        (0, row([Some("9"), Some("100002"), None], 2), "early 9"),
        (1, row([Some("9"), Some("-8"), Some("-7")], 3), "late 9"),
        (2, row([Some("9"), Some("-7"), Some("4")], 3), "other 9"),
    ];
    for wrong in std::iter::once(None).chain(nowhere.iter().map(Some)) {
        let mut rows = sound.clone();
        if let Some((place, row, _)) = wrong {
            rows[*place].push(row.clone());
        }
        let [early, late, other] = rows;
        let mut source = memory(
            &tables,
            &[("early", early), ("late", late), ("other", other)],
        );
        let folder = support::tempdir();
        let path = target(folder.path(), sql);
        let options = Options {
            max_rejects: 1,
            ..Options::default()
        };
        let tables = tables.clone();
        let summary = port::run(
            &mut source,
            &lowering(tables),
            &path,
            &options,
            None,
            &Quiet,
        );
        let rejects: Vec<String> = summary
            .unwrap()
            .rejects
            .iter()
            .map(|r| format!("{} {}", r.table, r.key))
            .collect();
        let wanted: Vec<&str> = wrong.iter().map(|(_, _, said)| *said).collect();
        assert_eq!(rejects, wanted);
        let db = Connection::open(&path).unwrap();
        let left: i64 = db
            .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |r| {
                r.get(0)
            })
            .unwrap();
        assert_eq!(left, 0);
        let rows: i64 = db
            .query_row(
                "SELECT (SELECT count(*) FROM early) + (SELECT count(*) FROM late) + (SELECT count(*) FROM other)",
                [],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(rows, 7);
    }
}

#[test]
fn undecided_values_are_all_named_with_keys_and_end_the_port() {
    let (tables, sql) = parent_and_child();
    let rows: Vec<_> = ["1e-11", "0.00000000001", "NaN", "5"]
        .iter()
        .zip(["1", "2", "3", "4"])
        .map(|(amount, id)| vec![Some(id), None, Some(*amount)])
        .collect();
    let rows: Vec<Vec<Option<&'static str>>> = rows.into_iter().skip(1).collect();
    let mut source = memory(&tables, &[("child", rows)]);
    let folder = support::tempdir();
    let path = target(folder.path(), sql);
    let error = port::run(
        &mut source,
        &lowering(tables),
        &path,
        &Options::default(),
        None,
        &Quiet,
    )
    .unwrap_err();
    let port::Error::Refused { undecided } = &error else {
        panic!("{error}");
    };
    let found: Vec<_> = undecided
        .iter()
        .map(|u| {
            (
                u.table.as_str(),
                u.column.as_str(),
                u.issue,
                u.count,
                u.examples.clone(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "child",
                "amount",
                ValueIssue::NumericInexact,
                1,
                vec!["2".to_owned()]
            ),
            (
                "child",
                "amount",
                ValueIssue::NumericNan,
                1,
                vec!["3".to_owned()]
            ),
        ]
    );
    assert!(
        error
            .to_string()
            .contains("accept one of nearest, decimal-text"),
        "{error}"
    );
}

#[test]
fn damage_drift_and_a_filled_target_are_told_with_their_place() {
    let (tables, sql) = parent_and_child();
    let folder = support::tempdir();
    let run = |source: &mut Memory, tables: &[TableMap], sql: &str| {
        let path = target(folder.path(), sql);
        port::run(
            source,
            &lowering(tables.to_vec()),
            &path,
            &Options::default(),
            None,
            &Quiet,
        )
        .unwrap_err()
        .to_string()
    };
    let mut source = memory(
        &tables,
        &[(
            "parent",
            vec![vec![Some("1"), Some("a")], vec![Some("x"), Some("b")]],
        )],
    );
    let said = run(&mut source, &tables, sql);
    assert_eq!(
        said,
        "table parent, column id, row 2: not a value of type integer: it is not a whole number"
    );

    let said = run(&mut memory(&tables[..1], &[]), &tables, sql);
    assert!(said.contains("table child is missing"), "{said}");

    let mut other = tables.clone();
    other[0].columns[0].pg_type = PgType::parse("bigint").unwrap();
    let said = run(&mut memory(&tables, &[]), &other, sql);
    assert!(
        said.contains("column parent.id is integer, not bigint"),
        "{said}"
    );

    let said = run(
        &mut memory(&tables, &[]),
        &tables,
        &format!("{sql} INSERT INTO parent VALUES (1, 'x')"),
    );
    assert!(said.contains("table parent has rows already"), "{said}");

    other[0].columns[0].pg_type = PgType::parse("integer").unwrap();
    other[0].columns[1].encoding = Encoding::UuidHex;
    let said = run(&mut memory(&tables, &[]), &other, sql);
    assert!(
        said.contains("values of type text have no form in encoding"),
        "{said}"
    );
}

#[derive(Default)]
struct Stopping {
    rows: AtomicU64,
    after: u64,
}

impl Progress for Stopping {
    fn advanced(&self, rows: u64, _bytes: u64) {
        self.rows.fetch_add(rows, Ordering::SeqCst);
    }
    fn interrupted(&self) -> bool {
        self.rows.load(Ordering::SeqCst) > self.after
    }
}

#[test]
fn progress_hears_every_row_and_may_stop_the_port() {
    let (mut tables, sql) = parent_and_child();
    tables.truncate(1);
    let numbers: Vec<&'static str> = (0..20_000)
        .map(|n| &*Box::leak(n.to_string().into_boxed_str()))
        .collect();
    let rows: Vec<_> = numbers.iter().map(|n| vec![Some(*n), Some(*n)]).collect();
    let mut source = memory(&tables, &[("parent", rows)]);
    let folder = support::tempdir();
    let path = target(folder.path(), sql);
    let all = Stopping {
        after: u64::MAX,
        ..Stopping::default()
    };
    let summary = port::run(
        &mut source,
        &lowering(tables.clone()),
        &path,
        &Options::default(),
        None,
        &all,
    )
    .unwrap();
    assert_eq!(all.rows.load(Ordering::SeqCst), 20_000);
    assert_eq!(summary.tables[0].rows_written, 20_000);
    let path = target(folder.path(), sql);
    let some = Stopping {
        after: 5000,
        ..Stopping::default()
    };
    let error = port::run(
        &mut source,
        &lowering(tables),
        &path,
        &Options::default(),
        None,
        &some,
    )
    .unwrap_err();
    assert!(matches!(error, port::Error::Interrupted), "{error}");
}

#[test]
fn seed_rows_of_the_target_make_way_where_that_is_asked_for() {
    let (tables, sql) = parent_and_child();
    let rows = vec![vec![Some("7"), Some("a@x")]];
    let mut source = memory(&tables, &[("parent", rows)]);
    let folder = support::tempdir();
    let seeds = "INSERT INTO child VALUES (1, NULL, 1); INSERT INTO parent VALUES (1, 'seed');";
    let path = target(folder.path(), &format!("{sql} {seeds}"));
    let options = Options {
        existing: Existing::Clear,
        ..Options::default()
    };
    port::run(
        &mut source,
        &lowering(tables),
        &path,
        &options,
        None,
        &Quiet,
    )
    .unwrap();
    let counts: (i64, i64) = Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT (SELECT sum(id) FROM parent), (SELECT count(*) FROM child)",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    assert_eq!(counts, (7, 0));
}

/// Wants to end as soon as a stage is reached.
struct EndsAt(port::Stage, AtomicU64);

impl Progress for EndsAt {
    fn stage(&self, stage: port::Stage) {
        if stage == self.0 {
            self.1.store(1, Ordering::SeqCst);
        }
    }
    fn interrupted(&self) -> bool {
        self.1.load(Ordering::SeqCst) == 1
    }
}

#[test]
fn an_interrupt_ends_the_stages_after_the_rows_too() {
    let (tables, sql) = parent_and_child();
    let folder = support::tempdir();
    for stage in [port::Stage::Indexes, port::Stage::ForeignKeys] {
        let mut source = memory(&tables, &[("parent", vec![vec![Some("1"), Some("a")]])]);
        let path = target(folder.path(), sql);
        let ends = EndsAt(stage, AtomicU64::new(0));
        let lowering = lowering(tables.clone());
        let options = Options::default();
        let error = port::run(&mut source, &lowering, &path, &options, None, &ends).unwrap_err();
        assert!(matches!(error, port::Error::Interrupted), "{error}");
    }
}
