//! The standard report in its four forms. `SNAPSHOTS=overwrite cargo test --test report` writes them anew.

mod support;

use decant::diag::{Code, Diagnostic, Diagnostics, Origin, Place};
use decant::lower::{Grade, Loss, Rule};
use decant::report::{self, Report, StageTime, Times};
use decant::verify::{
    CellDifference, ColumnResult, Comparison, ConstraintBreach, ConstraintKind, DifferenceKind,
    Finding, ForeignKeyBreach, Level, ObjectKind, RuleCount, SequenceResult, TableResult, Verdict,
    Verification,
};
use snapbox::Data;

fn origin(revision: &str, line: u32, text: &str) -> Origin {
    Origin {
        revision: revision.to_owned(),
        place: Place {
            file: format!("alembic_backup/versions/{revision}_orders.py"),
            line,
            column: 5,
            text: text.to_owned(),
            length: 0,
        },
        ..Origin::default()
    }
}

fn text(items: &[&str]) -> Vec<String> {
    items.iter().map(|i| (*i).to_owned()).collect()
}

fn revision(id: &str, parents: &[&str], message: &str, ops: u64) -> report::RevisionRow {
    report::RevisionRow {
        id: id.to_owned(),
        parents: text(parents),
        message: message.to_owned(),
        file: format!("{id}_{}.py", message.replace(' ', "_")),
        ops,
        ..report::RevisionRow::default()
    }
}

fn loss(rule: Rule, grade: Grade, object: &str, note: &str, accepted: bool) -> Loss {
    Loss {
        rule,
        grade,
        object: object.to_owned(),
        note: note.to_owned(),
        remedy: Some("Use `PortableDecimal` in the model.".to_owned()),
        origin: Some(origin(
            "b2",
            14,
            "    sa.Column(\"total\", sa.Numeric(20, 4)),",
        )),
        accepted,
    }
}

fn finding(verdict: Verdict, kind: ObjectKind, object: &str, note: &str) -> Finding {
    let mut out = Finding::new(verdict, kind, object);
    out.note = Some(note.to_owned()).filter(|n| !n.is_empty());
    out.origin = Some(origin("a1", 9, ""));
    out
}

fn table(name: &str, rows: u64) -> TableResult {
    TableResult {
        table: name.to_owned(),
        target: name.to_owned(),
        rows_source: Some(rows),
        rows_target: Some(rows),
        rows_compared: rows,
        digest_source: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        digest_target: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(),
        columns: vec![ColumnResult {
            column: "id".to_owned(),
            equal: true,
            ..ColumnResult::default()
        }],
        narrowed: true,
        ..TableResult::default()
    }
}

fn port(name: &str, rows: u64) -> report::PortTable {
    report::PortTable {
        table: name.to_owned(),
        read: rows,
        written: rows,
        bytes: rows * 190,
        ..report::PortTable::default()
    }
}

fn history() -> report::HistorySummary {
    report::HistorySummary {
        revisions: vec![
            revision("a1", &[], "users", 4),
            revision("b2", &["a1"], "orders", 7),
            revision("c3", &["a1"], "audit <log> | trail", 3),
            revision("d4", &["b2", "c3"], "merge", 0),
        ],
        heads: text(&["d4"]),
        bases: text(&["a1"]),
        merges: text(&["d4"]),
        ops: [
            ("create_table".to_owned(), 3),
            ("create_index".to_owned(), 6),
        ]
        .into_iter()
        .collect(),
        coverage: report::Coverage {
            operations: 14,
            opaque: 1,
        },
    }
}

/// A report without differences.
fn safe() -> Report {
    let mut out = Report::new("cutover --config decant.toml");
    out.tool.version = "0.1.0".to_owned();
    out.verdict = report::Verdict {
        safe: true,
        sentence: "Safe to switch: 3 tables, every value equal or changed by an accepted rule."
            .to_owned(),
        reasons: Vec::new(),
    };
    out.inputs = vec![report::Input {
        role: "dump".to_owned(),
        name: "fixtures/production.sql".to_owned(),
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
        bytes: Some(4_194_304),
    }];
    out.source = Some(report::SourceInfo {
        description: "dump fixtures/production.sql".to_owned(),
        server_version: Some("15.18".to_owned()),
        alembic_versions: text(&["d4"]),
    });
    out.target = Some("out/app.db".to_owned());
    out.history = Some(history());
    out.baseline = Some(report::Baseline {
        file: "20250101000000_baseline.sql".to_owned(),
        sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".to_owned(),
        statements: 2,
        replaced: text(&["a1", "b2", "c3", "d4"]),
        up: "CREATE TABLE users (\n    id INTEGER NOT NULL PRIMARY KEY\n);\nCREATE INDEX ix ON users (id);\n".to_owned(),
        down: "DROP TABLE users;\n".to_owned(),
        more: vec![("20250101000001_triggers.sql".to_owned(), "CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; END;\n".to_owned())],
    });
    out.diagram = diagram();
    out.port = Some(report::PortSummary {
        tables: vec![
            port("users", 1200),
            port("orders", 18_400),
            port("audit_log", 1_250_000),
        ],
        rejected: Vec::new(),
        file_bytes: Some(268_435_456),
    });
    let mut orders = table("orders", 18_400);
    orders.columns.push(ColumnResult {
        column: "total".to_owned(),
        equal: true,
        by_rule: vec![RuleCount {
            rule: Rule::Nearest,
            cells: 12,
        }],
        ..ColumnResult::default()
    });
    out.verification = Some(Verification {
        level: Level::Digest,
        objects: vec![
            finding(Verdict::Equal, ObjectKind::Table, "users", ""),
            finding(
                Verdict::EqualByRule,
                ObjectKind::Column,
                "users.id",
                "stored as 32 hex digits",
            ),
            finding(
                Verdict::Weaker,
                ObjectKind::Index,
                "ix_orders_doc",
                "a GIN index has no equal: a plain index takes its place",
            ),
            finding(
                Verdict::Lost,
                ObjectKind::Function,
                "touch",
                "SQLite has no functions",
            ),
        ],
        tables: vec![table("users", 1200), orders, table("audit_log", 1_250_000)],
        sequences: vec![SequenceResult {
            sequence: "users_id_seq".to_owned(),
            table: "users".to_owned(),
            expected: 1200,
            actual: Some(1200),
            ok: true,
            note: "sequence users_id_seq: the next key of users is 1201".to_owned(),
        }],
        not_checked: text(&["what triggers do: they were compared as text and not run"]),
        ..Verification::default()
    });
    out.losses = vec![
        loss(
            Rule::Nearest,
            Grade::Lossy,
            "orders.total",
            "20 digits are more than a double keeps",
            true,
        ),
        loss(
            Rule::LengthUnenforced,
            Grade::Widened,
            "users.email",
            "SQLite does not enforce the length 120",
            false,
        ),
    ];
    out.decisions = vec![report::Decision {
        key: "accept".to_owned(),
        text: "orders.total: nearest".to_owned(),
        used: true,
    }];
    out.assumptions = text(&["`APP_ENV` was read and taken as unset"]);
    out.go_back = text(&[
        "Point the application at PostgreSQL again: nothing was written there.",
        "Restore the old file: `mv out/app.db.1 out/app.db`",
    ]);
    out
}

fn diagram() -> report::Diagram {
    let column = |name: &str, key: bool| report::DiagramColumn {
        name: name.to_owned(),
        declared: "INTEGER".to_owned(),
        key,
        not_null: true,
    };
    let table = |name: &str, columns: Vec<report::DiagramColumn>| report::DiagramTable {
        name: name.to_owned(),
        columns,
    };
    let reference = |from: &str, column: &str, to: &str| report::DiagramReference {
        from: from.to_owned(),
        columns: vec![column.to_owned()],
        to: to.to_owned(),
    };
    report::Diagram {
        tables: vec![
            table(
                "users",
                vec![column("id", true), column("manager_id", false)],
            ),
            table("orders", vec![column("id", true), column("user_id", false)]),
            table("audit_log", vec![column("order_id", false)]),
        ],
        references: vec![
            reference("users", "manager_id", "users"),
            reference("orders", "user_id", "users"),
            reference("audit_log", "order_id", "orders"),
        ],
    }
}

/// The same with something wrong of every kind.
fn unsafe_one() -> Report {
    let mut out = safe();
    let verification = out.verification.as_mut().unwrap();
    let orders = &mut verification.tables[1];
    orders.digest_target = "ffffffffffffffffffffffffffffffff".to_owned();
    orders.differing_total = 3;
    orders.columns[1].equal = false;
    let difference = |key: &str, column: Option<&str>, kind, explanation: &str| CellDifference {
        key: key.to_owned(),
        column: column.map(str::to_owned),
        kind,
        explanation: explanation.to_owned(),
        source: None,
        target: None,
    };
    orders.differing = vec![
        difference(
            "id=7",
            Some("total"),
            DifferenceKind::NoForm,
            "the storage form cannot keep the source's value",
        ),
        difference(
            "id=42",
            None,
            DifferenceKind::RowMissing,
            "the row is in the source and not in the target",
        ),
    ];
    let mut lost = finding(
        Verdict::Lost,
        ObjectKind::Index,
        "ix_users_email",
        "dropped by hand, or the source is at another revision",
    );
    lost.expected = Some("CREATE INDEX ix_users_email ON users (email)".to_owned());
    verification.schema_pg.push(lost);
    verification.integrity = text(&["NULL value in users.email"]);
    verification.constraints = vec![ConstraintBreach {
        table: "orders".to_owned(),
        kind: ConstraintKind::Check,
        constraint: "ck_orders_total".to_owned(),
        rows: 1,
        keys: text(&["id=9"]),
        origin: Some(origin("a1", 9, "")),
    }];
    verification.sequences[0].ok = false;
    verification.sequences[0].actual = Some(7);
    verification.sequences[0].note =
        "sequence users_id_seq: users holds 7, which is behind its greatest key".to_owned();
    verification.more = vec![Comparison {
        expected: "history alembic at heads".to_owned(),
        actual: "PostgreSQL 15.18 at postgresql://app@staging/app".to_owned(),
        findings: vec![finding(
            Verdict::Extra,
            ObjectKind::Index,
            "ix_orders_hot",
            "in the source, made by no revision",
        )],
        tables: Vec::new(),
    }];
    verification.foreign_keys = vec![ForeignKeyBreach {
        table: "orders".to_owned(),
        parent: "users".to_owned(),
        columns: text(&["user_id"]),
        rows: 2,
    }];
    out.losses.push(loss(
        Rule::TriggerDropped,
        Grade::Dropped,
        "users.touch",
        "the trigger's function is not translated",
        false,
    ));
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(
        Diagnostic::new(Code::UnknownValue, "the table name is not known")
            .at(origin("c3", 12, "    op.drop_table(name)"))
            .help("bind `name` in decant.toml"),
    );
    diagnostics.push(Diagnostic::new(Code::Assumed, "`APP_ENV` was read"));
    out.diagnostics = diagnostics.into_iter().collect();
    let reasons = out.verification.as_ref().unwrap().reasons();
    out.verdict = report::Verdict {
        safe: false,
        sentence: "Not safe to switch: the target differs from the source.".to_owned(),
        reasons,
    };
    out
}

fn times() -> Times {
    let stage = |name: &str, millis: u64| StageTime {
        name: name.to_owned(),
        millis,
    };
    Times {
        started: Some("2025-01-01T02:00:00+00:00".to_owned()),
        finished: Some("2025-01-01T02:01:30+00:00".to_owned()),
        stages: vec![
            stage("preflight", 120),
            stage("port", 61_200),
            stage("verify", 28_800),
        ],
        port_tables: vec![
            stage("users", 80),
            stage("orders", 900),
            stage("audit_log", 60_220),
        ],
        verify_tables: Vec::new(),
    }
}

fn check(name: &str, actual: String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/report")
        .join(name);
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    assert.eq(
        actual,
        Data::read_from(&path, Some(snapbox::data::DataFormat::Text)).raw(),
    );
}

#[test]
fn every_form_of_the_standard_reports() {
    for (name, report, times) in [
        ("safe", safe(), None),
        ("unsafe", unsafe_one(), Some(times())),
    ] {
        let times = times.as_ref();
        for (ending, width) in [("txt", None), ("80.txt", Some(80))] {
            let screen = report::text::Screen {
                width,
                ..report::text::Screen::default()
            };
            let text = report::text::render(&report, times, screen);
            if let Some(width) = width {
                let longest = text.lines().map(|l| l.chars().count()).max();
                assert!(longest.unwrap_or(0) <= width, "{text}");
            }
            check(&format!("{name}.{ending}"), text);
        }
        check(&format!("{name}.md"), report::markdown::render(&report));
        check(
            &format!("{name}.html"),
            report::html::render(&report, times),
        );
        check(
            &format!("{name}.json"),
            report::json::render(&report).unwrap(),
        );
    }
}

/// Of many tables the screen lists those that differ; of the others it says only what is known: that their rows are equal.
#[test]
fn a_screen_has_room_for_the_tables_that_differ() {
    let mut report = safe();
    let found = report.verification.as_mut().unwrap();
    let one = found.tables[0].clone();
    found.tables = (0..45)
        .map(|n| TableResult {
            table: format!("t{n:02}"),
            target: format!("t{n:02}"),
            ..one.clone()
        })
        .collect();
    report.port = None;
    let screen =
        |report: &Report| report::text::render(report, None, report::text::Screen::default());
    let text = screen(&report);
    assert!(
        text.contains("45 tables, whose rows are equal, are in report.md"),
        "{text}"
    );
    let found = report.verification.as_mut().unwrap();
    found.tables[7].rows_target = Some(1_000_000);
    let text = screen(&report);
    assert!(text.contains("t07") && !text.contains("t08"), "{text}");
    assert!(
        text.contains("44 more tables, whose rows are equal, are in report.md"),
        "{text}"
    );
}

#[test]
fn json_comes_back_as_it_was() {
    let report = unsafe_one();
    let back: Report = serde_json::from_str(&report::json::render(&report).unwrap()).unwrap();
    assert_eq!(back, report);
    assert_eq!(back.format, report::FORMAT);
}

#[test]
fn html_needs_no_network_and_escapes_what_it_is_given() {
    let mut report = unsafe_one();
    report.losses[0].note = "<script>alert(1)</script>".to_owned();
    let page = report::html::render(&report, None);
    assert!(!page.contains("<script"), "a script in the page");
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "an address in the page"
    );
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn large_reports_stay_small_files() {
    let mut report = unsafe_one();
    let rows = (0..300).map(|n: u32| {
        let parent = n.checked_sub(1).map(|p| format!("{p:012x}"));
        let parents: Vec<&str> = parent.iter().map(String::as_str).collect();
        revision(
            &format!("{n:012x}"),
            &parents,
            "a message of ordinary length",
            3,
        )
    });
    report.history.as_mut().unwrap().revisions = rows.collect();
    let one = report.verification.as_ref().unwrap().tables[1].differing[0].clone();
    report.verification.as_mut().unwrap().tables[1].differing = vec![one; 200];
    assert!(report::html::render(&report, None).len() < 1_000_000);
}

/// A port whose file was changed afterwards, as build servers and spreadsheets see it.
#[test]
fn findings_are_told_to_build_servers_and_spreadsheets() {
    let folder = support::tempdir();
    let dump = support::project("fixtures/dumps/small.dump.sql");
    let run = |command: &str, more: &[&str]| {
        let mut decant = support::decant();
        decant
            .current_dir(folder.path())
            .arg(command)
            .arg("--source")
            .arg(&dump);
        decant
            .args(["--target", "app.db", "--accept-lossy"])
            .args(more);
        decant.output().expect("decant runs")
    };
    assert!(run("port", &[]).status.success());
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).expect("a file");
    assert!(run("verify", &["--report", "out"]).status.success());
    assert!(read("report.junit.xml").contains("failures=\"0\""));
    let before = read("findings.csv").lines().count();

    let database = rusqlite::Connection::open(folder.path().join("app.db")).expect("a database");
    let table: String = database
        .query_row("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1", [], |r| r.get(0))
        .expect("a table");
    let lost =
        format!("DELETE FROM \"{table}\" WHERE rowid = (SELECT min(rowid) FROM \"{table}\")");
    assert_eq!(database.execute(&lost, []).expect("a row"), 1);
    database
        .execute_batch("CREATE TABLE added (a)")
        .expect("a table");
    drop(database);
    assert!(!run("verify", &["--report", "out"]).status.success());
    let xml = read("report.junit.xml");
    assert!(
        xml.contains(&format!("classname=\"rows\" name=\"{table}\"><failure")),
        "{xml}"
    );
    assert!(
        xml.contains("classname=\"schema of the target\" name=\"added\"><failure"),
        "{xml}"
    );
    assert!(xml.contains("classname=\"verdict\""), "{xml}");
    let text = read("findings.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|r| r.expect("a record").iter().map(str::to_owned).collect())
        .collect();
    assert!(rows.len() > before - 1);
    let has = |kind: &str, object: &str| {
        rows.iter()
            .any(|r| r[0] == kind && r[1].starts_with(object))
    };
    assert!(
        has("rows", &table) && has("cell", &table) && has("schema of the target", "added"),
        "{text}"
    );
}
