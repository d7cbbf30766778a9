//! Every type from a live server and from its dump, lowered, ported and verified as the commands do it.

use std::path::{Path, PathBuf};

use decant::interrupt::Interrupt;
use decant::lower::{self, Lowering, TableMap};
use decant::pg;
use decant::port::{self, Options, Quiet};
use decant::sqlite::emit::emit_schema;
use decant::verify::{self, Level, Silent};
use rusqlite::Connection;

use crate::sources::target;
use crate::support;
use crate::types::{Filled, TYPES, create, filled, same, stored};

/// Tables of values that the default form keeps.
fn kept() -> Vec<Filled> {
    let mut tables = filled();
    tables.retain(|t| t.map.columns[1].accepted.is_empty() && !t.values.is_empty());
    tables
}

/// The schema lowered so that every column has its fixture's encoding, by an override where that is not the default one.
fn lowered(source: &dyn pg::source::Source, tables: &[Filled]) -> Lowering {
    let mut options = lower::Options::default();
    let default = lower::lower(source.schema(), &options);
    let fixture = |map: &TableMap| {
        let table = tables.iter().find(|t| t.map.pg == map.pg).unwrap();
        table.map.columns[1].clone()
    };
    for map in &default.tables {
        let wanted = fixture(map);
        if map.columns[1].encoding != wanted.encoding {
            let name = serde_json::to_value(&wanted.encoding).unwrap();
            let name = name.as_str().unwrap_or_else(|| panic!("{map:?}"));
            options.columns.insert(
                format!("{}.v", map.pg),
                lower::options::TypeOverride {
                    declared: Some(wanted.declared_type),
                    encoding: Some(name.replace('_', "-")),
                },
            );
        }
    }
    assert!(options.columns.len() * 5 < tables.len(), "{options:#?}");
    let lowering = lower::lower(source.schema(), &options);
    for map in &lowering.tables {
        assert_eq!(map.columns[1].encoding, fixture(map).encoding, "{map:#?}");
    }
    lowering
}

/// Stored values that are not as the fixtures say.
fn differences(tables: &[Filled], lowering: &Lowering, path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut wrong = Vec::new();
    for table in tables {
        let mut maps = lowering.tables.iter();
        let Some(map) = maps.find(|m| m.pg == table.map.pg) else {
            wrong.push(format!("no table for {}", table.declared_pg));
            continue;
        };
        let sql = format!("SELECT v FROM {} WHERE id = ?1", map.sqlite);
        for (id, (literal, kind, value)) in table.values.iter().enumerate() {
            let actual = connection
                .query_row(&sql, [id as i64], |row| Ok(stored(row.get_ref(0)?)))
                .unwrap();
            if !same(kind, value, &actual) {
                let pg = &table.declared_pg;
                wrong.push(format!("{pg} {literal}: {value:?}, but {actual:?}"));
            }
        }
    }
    wrong
}

/// Ports and verifies with this schema; gives what was changed.
fn port_and_verify(
    source: &mut dyn pg::source::Source,
    lowering: &Lowering,
    path: &Path,
) -> Vec<port::Change> {
    let said = source.describe();
    let summary = port::run(source, lowering, path, &Options::default(), None, &Quiet)
        .unwrap_or_else(|e| panic!("{said}: {e}"));
    assert_eq!(summary.rejected(), 0);
    let verification = verify::run(
        source,
        lowering,
        path,
        Level::Full,
        &verify::Options::default(),
        &Silent,
    )
    .unwrap();
    let bad: Vec<_> = verification
        .tables
        .iter()
        .filter(|t| !t.ok())
        .map(|t| format!("{t:#?}"))
        .collect();
    assert!(bad.is_empty(), "{said}:\n{}", bad.join("\n"));
    summary.changes
}

fn applied(lowering: &Lowering, folder: &Path) -> PathBuf {
    let script = emit_schema(&lowering.sqlite);
    target(
        folder,
        &[script.up, script.triggers_up].concat().join(";\n"),
    )
}

fn as_fixtures_say(spec: &str, tables: &[Filled]) {
    let folder = support::tempdir();
    let mut source = pg::open_source(spec, &Interrupt::new()).unwrap();
    let lowering = lowered(source.as_ref(), tables);
    let path = applied(&lowering, folder.path());
    let changes = port_and_verify(source.as_mut(), &lowering, &path);
    assert!(changes.is_empty(), "{changes:#?}");
    let wrong = differences(tables, &lowering, &path);
    assert!(wrong.is_empty(), "{spec}:\n{}", wrong.join("\n"));
}

fn live_and_from_dumps(database: &support::Database, dumps: &[&[&str]]) {
    database.execute(TYPES);
    let mut tables = kept();
    if !database.has_xml() {
        tables.retain(|t| !t.declared_pg.contains("xml"));
    }
    create(&mut database.client(), &tables);
    as_fixtures_say(&database.url(), &tables);
    database.execute(&format!(
        "ALTER DATABASE \"{}\" SET timezone = 'Asia/Kolkata'",
        database.name
    ));
    for arguments in dumps {
        let Some(dump) = database.dump(arguments) else {
            return;
        };
        let folder = support::tempdir();
        let path = folder.path().join("types.dump");
        std::fs::write(&path, dump).unwrap();
        as_fixtures_say(&path.display().to_string(), &tables);
    }
}

#[test]
fn every_type_is_ported_and_verified_live_and_from_a_dump_of_another_time_zone() {
    if let Some(database) = support::Database::new("port_live") {
        live_and_from_dumps(&database, &[&[]]);
    }
}

/// As its `pg_dump` writes and compresses archives, too.
#[test]
fn every_type_is_ported_and_verified_of_a_newer_server() {
    if let Some(server) = support::newer() {
        let database = support::Database::on(server, "port_newer");
        live_and_from_dumps(&database, &[&["-Fc"], &["--compress=gzip"]]);
    }
}

#[test]
fn accepting_every_loss_takes_for_each_value_the_first_form_that_it_may_have() {
    let Some(database) = support::Database::with("port_lossy", TYPES) else {
        return;
    };
    let mut tables = filled();
    tables.retain(|t| !t.map.columns[1].accepted.is_empty());
    create(&mut database.client(), &tables);
    let mut source = pg::open_source(&database.url(), &Interrupt::new()).unwrap();
    let options = lower::Options {
        accept_lossy: true,
        ..lower::Options::default()
    };
    let lowering = lower::lower(source.schema(), &options);
    let folder = support::tempdir();
    let path = applied(&lowering, folder.path());
    let changes = port_and_verify(source.as_mut(), &lowering, &path);
    let changed: u64 = changes.iter().map(|c| c.count).sum();
    let values: usize = tables.iter().map(|t| t.values.len()).sum();
    assert_eq!(changed, values as u64);
    for change in changes {
        assert_eq!(change.rule, change.issue.choices(true)[0], "{change:?}");
    }
}
