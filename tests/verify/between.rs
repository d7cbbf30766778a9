//! Two sides of PostgreSQL row by row, and which side was written to since a port.

use decant::interrupt::Interrupt;
use decant::pipeline::{self, Side, VerifyOptions, events};
use decant::report::Report;
use decant::sqlite::publish::Replace;
use decant::verify::{DifferenceKind, Level, Since};

use crate::seeded::World;
use crate::support::{self, Database};

const TABLES: &str = "
    CREATE TABLE t (id int PRIMARY KEY, at timestamptz, ratio float8, list float4[], data bytea, note text, n numeric);
    INSERT INTO t SELECT g, '2024-01-01 00:00:00+00'::timestamptz + g * interval '1 minute', g / 3.0, ARRAY[g / 7.0, NULL],
        decode(lpad(to_hex(g), 8, '0'), 'hex'), 'n' || g, g / 10.0 FROM generate_series(1, 300) g;
    CREATE TABLE bag (a int, b text);
    INSERT INTO bag SELECT g % 5, 'x' FROM generate_series(1, 40) g;
    CREATE SEQUENCE s; SELECT nextval('s');";

fn verify(sides: &[Side], level: Level, show_values: bool) -> Report {
    let options = pipeline::PortOptions {
        config: decant::config::Config::default(),
        history: None,
        source: String::new(),
        max_rejects: 0,
        level,
        selection: decant::pg::select::Selection::default(),
        resume: pipeline::Resume::No,
    };
    let how = VerifyOptions {
        show_values,
        ..VerifyOptions::default()
    };
    pipeline::verify(&options, sides, &how, &events::Silent, &Interrupt::new()).unwrap()
}

#[test]
fn rows_of_two_databases_and_a_dump() {
    let Some(one) = Database::with("between_one", TABLES) else {
        return;
    };
    let folder = support::tempdir();
    let dump = folder.path().join("one.sql");
    // Another time zone spells instants otherwise; they are the same.
    let text = String::from_utf8(one.dump(&[]).expect("a dump")).expect("UTF-8");
    let (utc, local) = ("2024-01-01 00:01:00+00", "2024-01-01 05:46:00+05:45");
    assert!(text.contains(utc), "{text}");
    std::fs::write(&dump, text.replace(utc, local)).expect("a file");
    let live = |database: &Database| Side::Postgres(database.url());
    let file = Side::Postgres(dump.display().to_string());
    for level in [Level::Counts, Level::Sample, Level::Digest, Level::Full] {
        let report = verify(&[live(&one), file.clone()], level, false);
        assert!(report.verdict.safe, "{level:?}: {:#?}", report.verdict);
        let tables = report.verification.unwrap().tables;
        assert_eq!(tables.len(), 2);
        assert!(tables.iter().all(|t| t.rows_source == t.rows_target));
    }
    for (sql, table, key, column, kind) in [
        (
            "UPDATE t SET at = at + interval '1 microsecond' WHERE id = 7",
            "t",
            "id=7",
            Some("at"),
            DifferenceKind::Value,
        ),
        (
            "UPDATE t SET list[1] = 0.5 WHERE id = 8",
            "t",
            "id=8",
            Some("list"),
            DifferenceKind::Value,
        ),
        (
            "UPDATE t SET data = '\\x00' WHERE id = 9",
            "t",
            "id=9",
            Some("data"),
            DifferenceKind::Value,
        ),
        (
            "UPDATE t SET note = NULL WHERE id = 10",
            "t",
            "id=10",
            Some("note"),
            DifferenceKind::Value,
        ),
        (
            "UPDATE t SET n = n + 0.000000000000000000001 WHERE id = 11",
            "t",
            "id=11",
            Some("n"),
            DifferenceKind::Value,
        ),
        (
            "DELETE FROM t WHERE id = 300",
            "t",
            "id=300",
            None,
            DifferenceKind::RowMissing,
        ),
        (
            "INSERT INTO t (id) VALUES (301)",
            "t",
            "id=301",
            None,
            DifferenceKind::RowExtra,
        ),
        (
            "INSERT INTO bag VALUES (1, 'x')",
            "bag",
            "",
            None,
            DifferenceKind::RowExtra,
        ),
    ] {
        let other = one.copy();
        other.execute(sql);
        let report = verify(&[live(&one), live(&other)], Level::Digest, false);
        assert!(!report.verdict.safe, "{sql}");
        let found = report.verification.unwrap();
        for result in found.tables {
            if result.table != table {
                assert!(result.ok(), "{sql}: {result:#?}");
                continue;
            }
            assert_eq!(result.differing_total, 1, "{sql}: {result:#?}");
            let one = &result.differing[0];
            assert_eq!(
                (one.key.as_str(), one.column.as_deref(), one.kind),
                (key, column, kind),
                "{sql}"
            );
            assert!(one.source.is_none() && one.target.is_none(), "{sql}");
        }
    }
    let other = one.copy();
    other.execute("UPDATE t SET note = 'other' WHERE id = 1; SELECT nextval('s')");
    let found = verify(&[file, live(&other)], Level::Digest, true)
        .verification
        .unwrap();
    let cell = &found
        .tables
        .iter()
        .find(|t| t.table == "t")
        .unwrap()
        .differing[0];
    assert_eq!(
        (cell.source.as_deref(), cell.target.as_deref()),
        (Some("n1"), Some("other"))
    );
    let sequence = found.schema_pg.iter().find(|f| f.object == "s").unwrap();
    assert_eq!(
        (sequence.expected.as_deref(), sequence.actual.as_deref()),
        (Some("2"), Some("3"))
    );
}

#[test]
fn a_history_two_databases_and_their_rows() {
    let Some(world) = World::new("between_three") else {
        return;
    };
    let other = world.database.copy();
    other.execute("DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM log)");
    let found = world.verify(&[
        Side::History("heads".to_owned()),
        Side::Postgres(world.database.url()),
        Side::Postgres(other.url()),
    ]);
    assert!(!found.ok());
    let rows: Vec<&str> = found
        .more
        .iter()
        .flat_map(|pair| pair.tables.iter().filter(|t| !t.ok()))
        .map(|t| t.table.as_str())
        .collect();
    assert_eq!(rows, ["log"]);
}

#[test]
fn the_side_that_was_written_to_since_the_port_is_named() {
    let Some(world) = World::new("between_since") else {
        return;
    };
    let sound = world.port();
    let record = world.folder.path().join("app.db.port.json");
    let text = std::fs::read_to_string(&record).expect("a record beside the file");
    assert!(
        text.contains("decant-port/1") && !text.contains("postgres:"),
        "{text}"
    );
    let file =
        "UPDATE authors SET name = 'Somebody Else' WHERE rowid = (SELECT min(rowid) FROM authors)";
    let source =
        "UPDATE authors SET name = 'Nobody Else' WHERE ctid = (SELECT max(ctid) FROM authors)";
    for (in_source, in_file, wanted) in [
        (true, false, Since::Source),
        (false, true, Since::Target),
        (true, true, Since::Both),
    ] {
        let database = world.database.copy();
        let target = world.folder.path().join("copy.db");
        std::fs::copy(&sound, &target).unwrap();
        std::fs::copy(&record, world.folder.path().join("copy.db.port.json")).unwrap();
        if in_source {
            database.execute(source);
        }
        if in_file {
            rusqlite::Connection::open(&target)
                .unwrap()
                .execute_batch(file)
                .unwrap();
        }
        let sides = [Side::Postgres(database.url()), Side::File(target)];
        let found = world.verify(&sides);
        let wrong: Vec<_> = found.tables.iter().filter(|t| !t.ok()).collect();
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        assert_eq!(
            (wrong[0].table.as_str(), wrong[0].since),
            ("authors", Some(wanted))
        );
        assert!(wrong[0].sentence().contains(wanted.sentence()));
        assert!(
            !found
                .not_checked
                .iter()
                .any(|s| s.contains("since the port"))
        );
    }
    // Without a record that is said, and nothing is guessed.
    let target = world.folder.path().join("bare.db");
    std::fs::copy(&sound, &target).unwrap();
    rusqlite::Connection::open(&target)
        .unwrap()
        .execute_batch(file)
        .unwrap();
    let found = world.verify(&[Side::Postgres(world.database.url()), Side::File(target)]);
    assert!(found.tables.iter().all(|t| t.since.is_none()));
    assert!(
        found
            .not_checked
            .iter()
            .any(|s| s.contains("no record of its port")),
        "{:?}",
        found.not_checked
    );
    // Counts alone prove nothing: a record that stayed would be of another file.
    let mut counts = world.options.clone();
    counts.level = Level::Counts;
    pipeline::port(
        &counts,
        &sound,
        Replace::Yes,
        &events::Silent,
        &Interrupt::new(),
    )
    .unwrap();
    assert!(!record.exists());
}

/// What a script says of views and policies, and what PostgreSQL displays of them.
#[test]
fn views_and_policies_of_a_script_and_of_a_database() {
    let folder = support::tempdir();
    let up = r#"
    op.execute("CREATE TABLE t (id int PRIMARY KEY, owner text, state varchar(9))")
    op.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own ON t FOR SELECT USING (owner = current_user AND state IN ('a', 'b'))")
    op.execute("CREATE POLICY put ON t WITH CHECK (id > 0)")
    op.execute("CREATE VIEW open AS SELECT id, lower(owner) FROM t WHERE state NOT IN ('a', 'b') ORDER BY 1")
    op.execute("CREATE VIEW every AS SELECT * FROM t")
"#;
    support::history(folder.path(), &[("a1", "None", up)]);
    let history = pipeline::HistoryOptions {
        scripts: vec![folder.path().to_owned()],
        ..pipeline::HistoryOptions::default()
    };
    let replayed = pipeline::read_history(&history)
        .unwrap()
        .replay("heads")
        .unwrap();
    let schema = decant::pg::emit::emit_schema(&replayed.schema);
    let Some(database) = Database::with("between_views", &schema) else {
        return;
    };
    let verify = |database: &Database| {
        let options = pipeline::PortOptions {
            history: Some(history.clone()),
            config: decant::config::Config::default(),
            source: String::new(),
            max_rejects: 0,
            level: Level::Digest,
            selection: decant::pg::select::Selection::default(),
            resume: pipeline::Resume::No,
        };
        let sides = [
            Side::History("heads".to_owned()),
            Side::Postgres(database.url()),
        ];
        let how = VerifyOptions::default();
        let silent = &events::Silent;
        let report = pipeline::verify(&options, &sides, &how, silent, &Interrupt::new()).unwrap();
        report.verification.unwrap()
    };
    let views = |found: &decant::verify::Verification| -> Option<String> {
        let mut said = found.not_checked.iter();
        said.find(|s| s.contains("queries of views")).cloned()
    };
    let found = verify(&database);
    assert!(found.ok(), "{:#?}", found.schema_pg);
    assert_eq!(views(&found), None);
    for (sql, aspect) in [
        (
            "ALTER POLICY own ON t USING (owner = current_user AND state IN ('a', 'c'))",
            "USING",
        ),
        ("ALTER POLICY put ON t WITH CHECK (id > 1)", "WITH CHECK"),
        ("ALTER POLICY put ON t TO pg_monitor", "roles"),
        (
            "DROP POLICY own ON t; CREATE POLICY own ON t FOR UPDATE USING (owner = current_user AND state IN ('a', 'b'))",
            "command",
        ),
    ] {
        let copy = database.copy();
        copy.execute(sql);
        let found = verify(&copy);
        let aspects: Vec<_> = found
            .schema_pg
            .iter()
            .filter_map(|f| f.aspect.as_deref())
            .collect();
        assert_eq!(aspects, [aspect], "{sql}: {:#?}", found.schema_pg);
    }
    let copy = database.copy();
    copy.execute("CREATE OR REPLACE VIEW open AS SELECT id, lower(owner) FROM t WHERE state = 'a' ORDER BY 1");
    assert!(views(&verify(&copy)).is_some_and(|s| s.contains("(open)")));
    // Another word, or one column more: that is proof, and needs no common form of everything.
    for sql in [
        "CREATE OR REPLACE VIEW open AS SELECT id, lower(owner) FROM t WHERE state NOT IN ('a', 'c') ORDER BY 1",
        "CREATE OR REPLACE VIEW open AS SELECT id, lower(owner), state FROM t WHERE state NOT IN ('a', 'b') ORDER BY 1",
    ] {
        let copy = database.copy();
        copy.execute(sql);
        let found = verify(&copy);
        assert_eq!(views(&found), None);
        let told: Vec<_> = found
            .schema_pg
            .iter()
            .map(|f| (f.object.as_str(), f.aspect.as_deref()))
            .collect();
        assert_eq!(told, [("open", Some("query"))], "{sql}");
    }
}

/// One wrong cell among many rows of a live server: the search reads the key and one column of that table, so that it costs less than
/// the digests did (twice at most would do). A table without a key is read whole once more. One connection and four tell the same.
#[test]
fn one_wrong_cell_among_many_costs_less_than_the_digests() {
    let rows = match std::env::var_os("DECANT_LONG_TESTS") {
        Some(_) => 200_000,
        None => 20_000,
    };
    let Some(database) = Database::with(
        "between_many",
        &format!(
            "CREATE TABLE keyed (id bigint PRIMARY KEY, name text, at timestamptz, amount numeric(12,2), doc jsonb, data bytea, n int);
             INSERT INTO keyed SELECT g, 'name ' || g, '2024-01-01'::timestamptz + g * interval '1 minute', g * 1.01,
                 jsonb_build_object('a', g), decode(md5(g::text), 'hex'), g % 7 FROM generate_series(1, {rows}) g;
             CREATE TABLE bag AS SELECT id, name, amount, n FROM keyed;
             CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);"
        ),
    ) else {
        return;
    };
    let mut options = pipeline::PortOptions {
        config: decant::config::Config::default(),
        history: None,
        source: database.url(),
        max_rejects: 0,
        level: Level::Counts,
        selection: decant::pg::select::Selection::default(),
        resume: pipeline::Resume::No,
    };
    options.config.storage.accept_lossy = true;
    let folder = support::tempdir();
    let target = folder.path().join("app.db");
    let silent = &events::Silent;
    pipeline::port(&options, &target, Replace::No, silent, &Interrupt::new()).unwrap();
    rusqlite::Connection::open(&target)
        .unwrap()
        .execute_batch(
            "UPDATE keyed SET n = 99 WHERE id = 12345; UPDATE bag SET n = 99 WHERE id = 12345",
        )
        .unwrap();
    options.level = Level::Digest;
    let verify = |jobs: u32| {
        let sides = [Side::Postgres(database.url()), Side::File(target.clone())];
        let how = VerifyOptions {
            jobs,
            ..VerifyOptions::default()
        };
        let report = pipeline::verify(&options, &sides, &how, silent, &Interrupt::new());
        report.unwrap()
    };
    let report = verify(1);
    let found = report.verification.as_ref().unwrap();
    let table = |name: &str| found.tables.iter().find(|t| t.table == name).unwrap();
    let cell = &table("keyed").differing[0];
    assert_eq!(
        (cell.key.as_str(), cell.column.as_deref()),
        ("id=12345", Some("n"))
    );
    let reading = table("keyed").reading.unwrap();
    assert_eq!(
        (reading.digest_rows, reading.narrow_rows),
        (2 * rows, 2 * rows)
    );
    assert!(
        reading.narrow_bytes * 4 < reading.digest_bytes,
        "{reading:?}"
    );
    let reading = table("bag").reading.unwrap();
    assert_eq!(reading.narrow_bytes, reading.digest_bytes);
    assert_eq!(table("bag").differing[0].column.as_deref(), Some("n"));
    assert!(table("small").ok() && table("small").reading.is_none());
    let several = verify(4);
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    assert_eq!(json(&several), json(&report));
}
