//! Rows and cells: each fault of `fixtures/verify` is found in its place.

use std::path::Path;

use decant::lower::{Encoding, Lowering, Rule};
use decant::pg::schema::Schema;
use decant::pg::source::SequenceState;
use decant::sqlite::schema as lite;
use decant::verify::{self, DifferenceKind, Level, Options, Silent};

use crate::world::{Memory, World, column, lite_table, map, names};

#[test]
fn a_port_without_faults_gives_no_findings() {
    let mut world = World::new();
    let target = world.target("");
    for level in [Level::Counts, Level::Sample, Level::Digest, Level::Full] {
        let result = world.run(&target, level, &Options::default());
        assert!(result.ok(), "{level:?}: {:#?}", result.reasons());
        assert_eq!(result.by_rule(), 0);
        assert_eq!(result.tables.len(), 3);
    }
}
/// A line of `faults.csv`.
#[derive(serde::Deserialize)]
struct Fault {
    fault: String,
    table: String,
    column: String,
    kind: DifferenceKind,
    sql: String,
}

/// A line of `rules.csv`.
#[derive(serde::Deserialize)]
struct RuleCase {
    #[serde(rename = "type")]
    pg: String,
    declared: String,
    encoding: String,
    rule: String,
    source: String,
    stored: String,
}

fn fixture<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/verify")
        .join(name);
    csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .map(|row| row.unwrap())
        .collect()
}

#[test]
fn every_planted_fault_is_found_in_its_place() {
    let mut world = World::new();
    let faults: Vec<Fault> = fixture("faults.csv");
    assert!(faults.len() >= 58);
    for Fault {
        fault: name,
        sql: fault,
        table,
        column,
        kind,
    } in &faults
    {
        let target = world.target(fault);
        let result = world.run(&target, Level::Digest, &Options::default());
        assert!(!result.ok(), "{name}: not found");
        for other in result.tables.iter().filter(|t| t.table != *table) {
            assert!(other.ok(), "{name}: blamed {}", other.table);
        }
        let found = result.tables.iter().find(|t| t.table == *table).unwrap();
        let wanted = Some(column.as_str()).filter(|c| !c.is_empty());
        let hit = found
            .differing
            .iter()
            .any(|d| d.column.as_deref() == wanted && d.kind == *kind);
        assert!(hit, "{name}: {found:#?}");
        let others = found
            .differing
            .iter()
            .filter(|d| d.column.as_deref() != wanted);
        assert_eq!(others.count(), 0, "{name}: {found:#?}");
        assert!(
            found
                .differing
                .iter()
                .all(|d| d.source.is_none() && d.target.is_none()),
            "{name}"
        );
    }
}

#[test]
fn explanations_say_what_happened() {
    let mut world = World::new();
    for (fault, said) in [
        (
            "UPDATE items SET seen = '2024-07-01 01:30:00.000000' WHERE id = 2",
            "5:30 hours",
        ),
        (
            "UPDATE items SET seen = '2024-02-29 12:34:56.000002' WHERE id = 1",
            "1 microsecond more",
        ),
        (
            "UPDATE items SET uid = '12345678-1234-5678-1234-567812345678' WHERE id = 1",
            "look-ups by value miss it",
        ),
        (
            "UPDATE items SET code = 'ab' WHERE id = 1",
            "3 trailing blank(s) are gone",
        ),
        (
            "UPDATE items SET doc = '{\"x\": 1.1}' WHERE id = 1",
            "same JSON document",
        ),
        ("UPDATE items SET data = x'00ff11' WHERE id = 1", "byte"),
        (
            "UPDATE items SET ratio = 0.10000000149011612 WHERE id = 1",
            "single-precision",
        ),
        (
            "UPDATE items SET note = '' WHERE id = 1",
            "an empty text where the source has NULL",
        ),
    ] {
        let target = world.target(fault);
        let result = world.run(&target, Level::Digest, &Options::default());
        let all: Vec<String> = result
            .tables
            .iter()
            .flat_map(|t| &t.differing)
            .map(|d| d.explanation.clone())
            .collect();
        assert!(all.iter().any(|e| e.contains(said)), "{fault}: {all:?}");
    }
}

#[test]
fn values_are_shown_only_when_asked_for() {
    let mut world = World::new();
    let target = world.target("UPDATE items SET name = 'Ada' WHERE id = 1");
    let options = Options {
        show_values: true,
        ..Options::default()
    };
    let result = world.run(&target, Level::Digest, &options);
    let difference = &result.tables[0].differing[0];
    assert_eq!(difference.key, "id=1");
    assert_eq!(difference.source.as_deref(), Some("Zoë"));
    assert_eq!(difference.target.as_deref(), Some("Ada"));
}
#[test]
fn accepted_rules_explain_and_others_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<RuleCase> = fixture("rules.csv");
    assert!(cases.len() >= 14);
    for case in &cases {
        let RuleCase {
            pg,
            declared,
            source: text,
            stored,
            ..
        } = case;
        let encoding = Encoding::parse(&case.encoding, None).unwrap();
        let path = folder.path().join("rule.db");
        let _ = std::fs::remove_file(&path);
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!(
                "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v {declared}); INSERT INTO t VALUES (1, {stored})"
            ))
            .unwrap();
        drop(connection);
        for accepted in [true, false] {
            let mut columns = vec![
                column("id", "integer", "INTEGER", Encoding::Integer),
                column("v", pg, declared, encoding.clone()),
            ];
            if accepted {
                columns[1].accepted.push(Rule::parse(&case.rule).unwrap());
            }
            let rows = vec![vec![Some("1".to_owned()), Some(text.clone())]];
            let mut source = Memory {
                log: std::sync::Arc::default(),
                reader: 0,
                forks: 0,
                schema: Schema::default(),
                tables: [("t".to_owned(), (names(&columns), rows))].into(),
                sequence: SequenceState {
                    last_value: 1,
                    is_called: false,
                },
            };
            let sqlite = lite::Schema {
                tables: vec![lite_table("t", &columns, &["id"])],
                ..lite::Schema::default()
            };
            let lowering = Lowering {
                sqlite,
                tables: vec![map("t", columns, &["id"])],
                ..Lowering::default()
            };
            let result = verify::run(
                &mut source,
                &lowering,
                &path,
                Level::Digest,
                &Options::default(),
                &Silent,
            )
            .unwrap();
            if accepted {
                assert!(result.ok(), "{pg} {text}: {:#?}", result.tables);
                assert_eq!(result.by_rule(), 1, "{pg} {text}");
            } else {
                let found = &result.tables[0];
                assert_eq!(found.columns[1].no_form, 1, "{pg} {text}: {found:#?}");
                assert_eq!(
                    found.differing[0].kind,
                    DifferenceKind::NoForm,
                    "{pg} {text}"
                );
            }
        }
    }
}

#[test]
fn many_differences_stay_within_bounds() {
    let mut world = World::new();
    let target = world.target("UPDATE links SET item_id = item_id + 1");
    let options = Options {
        listed_per_table: 10,
        rows_in_memory: 50,
        ..Options::default()
    };
    let result = world.run(&target, Level::Digest, &options);
    let table = result.tables.iter().find(|t| t.table == "links").unwrap();
    assert_eq!(table.differing.len(), 10);
    assert!(!table.narrowed && table.differing_total >= 10, "{table:#?}");
    assert_eq!(table.differing_columns(), ["item_id"]);
    let full = world.run(&target, Level::Full, &options);
    let table = full.tables.iter().find(|t| t.table == "links").unwrap();
    assert_eq!((table.narrowed, table.differing_total), (true, 300));
}

/// One wrong cell: the second pass reads the key and one column, so that both passes together read less than twice the first.
#[test]
fn finding_one_cell_reads_less_than_the_digests_did() {
    let mut world = World::new();
    let target = world.target("UPDATE items SET name = 'Ada' WHERE id = 1");
    let result = world.run(&target, Level::Digest, &Options::default());
    let reading = result.tables[0].reading.unwrap();
    assert_eq!(result.tables[0].differing[0].key, "id=1");
    assert_eq!((reading.digest_rows, reading.narrow_rows), (4, 4));
    assert!(
        reading.narrow_bytes * 10 < reading.digest_bytes,
        "{reading:?}"
    );
    assert!(result.tables.iter().skip(1).all(|t| t.reading.is_none()));
    let full = world.run(&target, Level::Full, &Options::default());
    let reading = full.tables[0].reading.unwrap();
    assert_eq!(reading.narrow_bytes, reading.digest_bytes);
}

/// Several jobs read with readers of their own, once each table, and find the same in the same order; a damaged value ends them all.
#[test]
fn jobs_find_the_same() {
    let mut world = World::new();
    let target = world.target(
        "UPDATE items SET name = 'Ada' WHERE id = 1; DELETE FROM log WHERE rowid = 1; UPDATE links SET item_id = 7 WHERE rowid = 3",
    );
    let jobs = |jobs: u32| Options {
        jobs,
        ..Options::default()
    };
    let told = |found: &decant::verify::Verification| {
        let mut value = serde_json::to_value(found).unwrap();
        value.as_object_mut().unwrap().remove("times");
        value.to_string()
    };
    let one = world.run(&target, Level::Full, &jobs(1));
    assert_eq!((world.source.forks, one.tables.len()), (0, 3));
    for more in [2, 3, 64] {
        world.source.log.lock().unwrap().clear();
        world.source.forks = 0;
        let found = world.run(&target, Level::Full, &jobs(more));
        assert_eq!(told(&found), told(&one));
        let forks = usize::try_from(more.min(3)).unwrap() - 1;
        assert_eq!(world.source.forks, forks);
        let log = world.source.log.lock().unwrap().clone();
        for table in ["items", "links", "log"] {
            // Digests and narrowing, both with one reader.
            let readers: Vec<usize> = log
                .iter()
                .filter(|(_, t)| t == table)
                .map(|(r, _)| *r)
                .collect();
            assert_eq!(readers.len(), 2, "{log:?}");
            assert_eq!(readers[0], readers[1], "{log:?}");
        }
    }
    world.source.tables.get_mut("log").unwrap().1[3][1] = Some("three".to_owned());
    let error = decant::verify::run(
        &mut world.source,
        &world.lowering,
        &target,
        Level::Digest,
        &jobs(3),
        &decant::verify::Silent,
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("table log, row 4, column level"), "{error}");
}
