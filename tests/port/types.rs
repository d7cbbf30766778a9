//! Every type of `fixtures/types`: from a real PostgreSQL in binary and in text, through SQLAlchemy, and with arbitrary bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use decant::ir::QualName;
use decant::lower::{Encoding, Rule, TableMap};
use decant::pg::copy::{Cell, CopyFormat};
use decant::port::{self, Converter, Options, Quiet, Thorough};
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Deserialize;

use crate::sources::{SETTINGS, Server, column, lowering, pg_schema, table, target};
use crate::support;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    r#type: Vec<Case>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub pg: String,
    /// Base type, where `pg` is a domain.
    pub base: Option<String>,
    pub declared: String,
    pub encoding: Encoding,
    /// SQLAlchemy type that reads both sides, for the oracle.
    pub model: Option<String>,
    /// Whether `WHERE column = :value` finds the row through that type.
    pub found_by_value: Option<bool>,
    #[serde(default)]
    pub keeps: Vec<(String, String, String)>,
    #[serde(default)]
    pub refuses: Vec<(String, String, String, String, String)>,
}

pub fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(support::project("fixtures/types"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let fixture: Fixture =
            toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        all.extend(fixture.r#type);
    }
    all
}

/// One table of the test: its values, and what they become.
pub struct Filled {
    pub map: TableMap,
    pub declared_pg: String,
    /// Literal, `typeof`, value.
    pub values: Vec<(String, String, String)>,
}

fn fill(
    name: &str,
    case: &Case,
    accepted: Vec<Rule>,
    values: Vec<(String, String, String)>,
) -> Filled {
    let pg_type = case.base.as_deref().unwrap_or(&case.pg);
    let mut v = column("v", pg_type, &case.declared, case.encoding.clone());
    v.accepted = accepted;
    Filled {
        map: table(
            name,
            vec![column("id", "integer", "INTEGER", Encoding::Integer), v],
        ),
        declared_pg: case.pg.clone(),
        values,
    }
}

/// Tables of values that keep, and for each rule tables of values that it changes.
pub fn filled() -> Vec<Filled> {
    let mut tables = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        tables.push(fill(
            &format!("t{number}"),
            case,
            Vec::new(),
            case.keeps.clone(),
        ));
        let mut by_rule: BTreeMap<&str, Vec<(String, String, String)>> = BTreeMap::new();
        for (literal, _, rule, kind, value) in &case.refuses {
            by_rule
                .entry(rule)
                .or_default()
                .push((literal.clone(), kind.clone(), value.clone()));
        }
        for (rule, values) in by_rule {
            let accepted = vec![Rule::parse(rule).unwrap()];
            let name = format!("t{number}_{}", rule.replace('-', "_"));
            tables.push(fill(&name, case, accepted, values));
        }
    }
    tables
}

pub const TYPES: &str =
    "CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS citext;
    CREATE EXTENSION IF NOT EXISTS ltree; CREATE TYPE mood AS ENUM ('happy', 'so-so');
    CREATE DOMAIN posint AS integer CHECK (VALUE > 0);";

pub fn create(client: &mut postgres::Client, tables: &[Filled]) {
    client.batch_execute(SETTINGS).unwrap();
    for table in tables {
        let name = &table.map.sqlite;
        let mut sql = format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY, v {});\n",
            table.declared_pg
        );
        for (id, (literal, _, _)) in table.values.iter().enumerate() {
            sql.push_str(&format!("INSERT INTO {name} VALUES ({id}, {literal});\n"));
        }
        client
            .batch_execute(&sql)
            .unwrap_or_else(|e| panic!("{}: {e:?}", table.declared_pg));
    }
}

fn declared_types(tables: &[Filled]) -> BTreeMap<String, String> {
    tables
        .iter()
        .map(|t| (t.map.pg.name.clone(), t.declared_pg.clone()))
        .collect()
}

/// `typeof` and value as the fixtures spell them.
pub fn stored(value: ValueRef<'_>) -> (String, String) {
    match value {
        ValueRef::Null => ("null".into(), String::new()),
        ValueRef::Integer(n) => ("integer".into(), n.to_string()),
        ValueRef::Real(r) => ("real".into(), format!("{r:?}")),
        ValueRef::Text(t) => ("text".into(), String::from_utf8(t.to_vec()).unwrap()),
        ValueRef::Blob(b) => (
            "blob".into(),
            b.iter().map(|x| format!("{x:02x}")).collect(),
        ),
    }
}

pub fn same(kind: &str, expected: &str, actual: &(String, String)) -> bool {
    let equal = if kind == "real" {
        let (a, b): (f64, f64) = (
            expected.parse().unwrap(),
            actual.1.parse().unwrap_or(f64::NAN),
        );
        a == b
    } else {
        expected == actual.1
    };
    kind == actual.0 && equal
}

#[test]
fn every_type_is_stored_as_its_fixture_says() {
    let Some(database) = support::Database::with("port_types", TYPES) else {
        return;
    };
    let tables = filled();
    create(&mut database.client(), &tables);
    let maps: Vec<TableMap> = tables.iter().map(|t| t.map.clone()).collect();
    let mut schema = pg_schema(&maps, &declared_types(&tables));
    schema.domains.insert(
        QualName::new("posint"),
        serde_json::from_value(serde_json::json!({
            "base": "integer", "not_null": false, "default": null, "collation": null, "checks": [],
            "comment": null, "origin": null
        }))
        .unwrap(),
    );
    let ddl: String = maps
        .iter()
        .map(|m| {
            let declared = &m.columns[1].declared_type;
            format!(
                "CREATE TABLE {} (id INTEGER PRIMARY KEY, v {declared});\n",
                m.sqlite
            )
        })
        .collect();
    let folder = support::tempdir();
    let mut wrong = Vec::new();
    for format in [CopyFormat::Binary, CopyFormat::Text] {
        let path = target(folder.path(), &ddl);
        let mut client = database.client();
        client.batch_execute(SETTINGS).unwrap();
        let mut source = Server {
            client,
            schema: schema.clone(),
            format,
        };
        let lowering = lowering(maps.clone());
        let summary = port::run(
            &mut source,
            &lowering,
            &path,
            &Options::default(),
            None,
            &Quiet,
        )
        .unwrap_or_else(|e| panic!("{format:?}: {e}"));
        let changed: u64 = summary.changes.iter().map(|c| c.count).sum();
        let refused: usize = cases().iter().map(|c| c.refuses.len()).sum();
        assert_eq!(
            changed, refused as u64,
            "{format:?}: {:#?}",
            summary.changes
        );
        let connection = Connection::open(&path).unwrap();
        for table in &tables {
            let sql = format!("SELECT v FROM {} WHERE id = ?1", table.map.sqlite);
            for (id, (literal, kind, expected)) in table.values.iter().enumerate() {
                let actual = connection
                    .query_row(&sql, [id as i64], |row| Ok(stored(row.get_ref(0)?)))
                    .unwrap();
                if !same(kind, expected, &actual) {
                    let pg = &table.declared_pg;
                    wrong.push(format!(
                        "{format:?} {pg} {literal} as {:?}: expected {kind} {expected:?}, got {} {:?}",
                        table.map.columns[1].encoding, actual.0, actual.1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let file = folder.path().join("target.db");
    ask_sqlalchemy(support::ORACLE_PACKAGES, &database.url(), &file);
    ask_sqlalchemy(support::NEXT_ORACLE_PACKAGES, &database.url(), &file);
    ask_libsql(&file);
}

/// libSQL's client must read what sqlite3 reads.
fn ask_libsql(path: &Path) {
    let Some(python) = support::python(support::LIBSQL_PACKAGES) else {
        return;
    };
    let output = support::run(
        std::process::Command::new(python)
            .arg(support::project("fixtures/types/readers.py"))
            .arg(path),
    );
    assert_compared(&output.stdout);
}

/// The same models must read equal values from both sides, and find rows by value.
fn ask_sqlalchemy(packages: &[&str], url: &str, path: &Path) {
    let Some(python) = support::python(packages) else {
        return;
    };
    let tables: Vec<serde_json::Value> = cases()
        .iter()
        .enumerate()
        .filter_map(|(number, case)| {
            let model = case.model.as_ref()?;
            let found = case.found_by_value.unwrap_or(true);
            Some(serde_json::json!([format!("t{number}"), model, found]))
        })
        .collect();
    let output = support::run(
        std::process::Command::new(python)
            .arg(support::project("fixtures/types/oracle.py"))
            .arg(url)
            .arg(path)
            .arg(serde_json::Value::from(tables).to_string()),
    );
    assert_compared(&output.stdout);
}

/// A script said how much it has compared, and nothing else.
fn assert_compared(said: &[u8]) {
    let said = String::from_utf8_lossy(said);
    let compared: u32 = said
        .trim()
        .strip_prefix("compared ")
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("{said}"));
    assert!(compared > 100, "{said}");
}

#[test]
fn what_has_no_form_is_refused_with_its_issue_and_its_choices() {
    let Some(database) = support::Database::with("port_refused", TYPES) else {
        return;
    };
    let mut tables = filled();
    tables.retain(|t| !t.map.columns[1].accepted.is_empty());
    create(&mut database.client(), &tables);
    let mut maps: Vec<TableMap> = tables.iter().map(|t| t.map.clone()).collect();
    for map in &mut maps {
        map.columns[1].accepted.clear();
    }
    for format in [CopyFormat::Binary, CopyFormat::Text] {
        let mut client = database.client();
        client.batch_execute(SETTINGS).unwrap();
        let schema = pg_schema(&maps, &declared_types(&tables));
        let mut source = Server {
            client,
            schema,
            format,
        };
        let report = port::check(
            &mut source,
            &lowering(maps.clone()),
            Thorough::No,
            1,
            &Quiet,
        )
        .unwrap();
        assert!(report.changes.is_empty());
        for (number, case) in cases().iter().enumerate() {
            for (literal, issue, rule, _, _) in &case.refuses {
                let name = format!("t{number}_{}", rule.replace('-', "_"));
                let found = report
                    .undecided
                    .iter()
                    .find(|u| u.table == name && u.issue.name() == issue)
                    .unwrap_or_else(|| panic!("{format:?} {} {literal}: not refused", case.pg));
                let rule = Rule::parse(rule).unwrap();
                assert!(
                    found.choices.contains(&rule),
                    "{} {literal}: {found}",
                    case.pg
                );
            }
        }
        let counted: u64 = report.undecided.iter().map(|u| u.count).sum();
        assert_eq!(
            counted,
            tables.iter().map(|t| t.values.len() as u64).sum::<u64>()
        );
    }
}

/// Text that a dump has, in the time zone of its session.
#[test]
fn text_of_a_session_in_another_zone_is_stored_in_utc() {
    for (pg_type, encoding, text, expected) in [
        (
            "timestamptz",
            Encoding::TimestampUtc,
            "2024-03-31 02:30:00+02",
            "2024-03-31 00:30:00.000000",
        ),
        (
            "timestamptz",
            Encoding::TimestampUtc,
            "1890-01-01 00:53:28.5+00:53:28",
            "1890-01-01 00:00:00.500000",
        ),
        (
            "timestamptz",
            Encoding::PgText,
            "2024-01-01 00:30:00.25-05:30",
            "2024-01-01 06:00:00.25+00",
        ),
        (
            "timestamptz",
            Encoding::PgText,
            "0044-03-15 12:00:00+01 BC",
            "0044-03-15 11:00:00+00 BC",
        ),
        (
            "tstzrange",
            Encoding::PgText,
            "[\"2024-01-01 01:00:00+01\",infinity)",
            "[\"2024-01-01 00:00:00+00\",infinity)",
        ),
        ("tstzmultirange", Encoding::PgText, "{}", "{}"),
        (
            "timestamptz[]",
            Encoding::PgText,
            "[0:1]={\"2024-01-01 01:00:00+01\",infinity}",
            "[0:1]={\"2024-01-01 00:00:00+00\",infinity}",
        ),
        (
            "tstzrange[]",
            Encoding::PgText,
            "{\"[\\\"2024-01-01 01:00:00+01\\\",)\",NULL}",
            "{\"[\\\"2024-01-01 00:00:00+00\\\",)\",NULL}",
        ),
        (
            "timestamptz[]",
            Encoding::ArrayJson,
            "{\"2024-01-01 01:00:00+01\"}",
            "[\"2024-01-01 00:00:00.000000\"]",
        ),
        (
            "tstzrange[]",
            Encoding::ArrayJson,
            "{\"[\\\"2024-01-01 01:00:00+01\\\",)\"}",
            "[\"[\\\"2024-01-01 00:00:00+00\\\",)\"]",
        ),
    ] {
        let converter = Converter::new(&column("v", pg_type, "TEXT", encoding)).unwrap();
        let mut scratch = Vec::new();
        let converted = converter
            .convert(Cell::Text(text.as_bytes()), &mut scratch)
            .unwrap();
        assert_eq!(
            converted.value,
            port::Value::Text(expected),
            "{pg_type} {text}"
        );
    }
}

fn every_pair() -> Vec<Converter> {
    let mut pairs = Vec::new();
    for case in cases() {
        let pg_type = case.base.unwrap_or(case.pg);
        for encoding in [
            case.encoding.clone(),
            Encoding::Text,
            Encoding::Blob,
            Encoding::ArrayJson,
            Encoding::Json,
        ] {
            for accepted in [
                vec![],
                vec![Rule::Nearest, Rule::Null, Rule::Clamp, Rule::Text],
            ] {
                let mut map = column("v", &pg_type, &case.declared, encoding.clone());
                map.accepted = accepted;
                pairs.extend(Converter::new(&map));
            }
        }
    }
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_converter_panic(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0u8), Just(1u8), Just(b'{'), Just(b'"'), Just(b'-'), Just(b'1')], 0..80)) {
        thread_local! {
            static PAIRS: Vec<Converter> = every_pair();
        }
        PAIRS.with(|pairs| {
            let mut scratch = Vec::new();
            for converter in pairs {
                let _ = converter.convert(Cell::Binary(&bytes), &mut scratch);
                let _ = converter.convert(Cell::Text(&bytes), &mut scratch);
            }
        });
    }
}
