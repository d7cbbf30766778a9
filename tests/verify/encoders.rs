//! One encoder broken at a time: the stored values are altered as that encoder would have written them had it a fault, for every
//! encoding of every type of `fixtures/types`. The comparison must find each, since it never asks an encoder.

use std::path::Path;

use decant::lower::{Encoding, Lowering};
use decant::pg::schema::Schema;
use decant::pg::source::SequenceState;
use decant::sqlite::schema as lite;
use decant::verify::{self, Level, Options, Silent};

use crate::world::{Memory, column, lite_table, map, names};

/// A line of `encoders.csv`.
#[derive(serde::Deserialize)]
struct Case {
    /// Type in PostgreSQL.
    #[serde(rename = "type")]
    pg: String,
    declared: String,
    encoding: String,
    /// As PostgreSQL prints it.
    source: String,
    /// As SQL, right.
    stored: String,
    /// What a broken encoder would write, as SQL; several are separated by ` | `.
    broken: String,
}

fn cases() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/verify/encoders.csv");
    let rows = csv::Reader::from_path(path).unwrap().into_deserialize();
    rows.map(|row| row.unwrap()).collect()
}

/// Whether source and stored value are found equal.
fn equal(case: &Case, stored: &str, path: &Path) -> bool {
    let encoding = Encoding::parse(&case.encoding, Some(2)).unwrap();
    let encoding = match (case.pg.as_str(), encoding) {
        ("real", Encoding::Real { .. }) => Encoding::Real { single: true },
        (_, other) => other,
    };
    let columns = vec![
        column("id", "integer", "INTEGER", Encoding::Integer),
        column("v", &case.pg, &case.declared, encoding),
    ];
    let _ = std::fs::remove_file(path);
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch(&format!(
            "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v {}); INSERT INTO t VALUES (1, {stored})",
            case.declared
        ))
        .unwrap_or_else(|e| panic!("{stored}: {e}"));
    drop(connection);
    let rows = vec![vec![Some("1".to_owned()), Some(case.source.clone())]];
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
    let lowering = Lowering {
        sqlite: lite::Schema {
            tables: vec![lite_table("t", &columns, &["id"])],
            ..lite::Schema::default()
        },
        tables: vec![map("t", columns, &["id"])],
        ..Lowering::default()
    };
    let found = verify::run(
        &mut source,
        &lowering,
        path,
        Level::Digest,
        &Options::default(),
        &Silent,
    )
    .unwrap_or_else(|e| panic!("{} {}: {e}", case.pg, case.source));
    found.tables.iter().all(|t| t.ok())
}

#[test]
fn a_broken_encoder_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.db");
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let what = format!("{} as {}: {}", case.pg, case.encoding, case.source);
        if !equal(case, &case.stored, &path) {
            wrong.push(format!(
                "{what}: {} is right, and was not taken for it",
                case.stored
            ));
        }
        for broken in case.broken.split(" | ") {
            if equal(case, broken, &path) {
                wrong.push(format!("{what}: {broken} is wrong, and was not found"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for name in encodings() {
        assert!(
            Encoding::parse(&name, None).is_some(),
            "decant.toml cannot name {name}"
        );
        assert!(
            cases.iter().any(|c| c.encoding == name),
            "{name} has no case"
        );
    }
}

/// The names of all encodings, as the enum itself tells them: in the sentence that refuses another one.
fn encodings() -> Vec<String> {
    let refusal = serde_json::from_str::<Encoding>("\"none\"").unwrap_err();
    let refusal = refusal.to_string();
    let (_, known) = refusal.split_once("expected one of ").unwrap();
    let names: Vec<String> = known
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|name| name.replace('_', "-"))
        .collect();
    assert!(names.len() > 20, "{refusal}");
    names
}
