//! Rows that a fresh installation needs: what the history's own statements leave in an empty database.
//!
//! The converted revisions run on an empty scratch database, and the rows that are there at the end are written out: a row that a
//! later revision changed or deleted is as it left it. The clock stands still meanwhile, so that a moment can be told from a value
//! and the bytes are the same on every day.

use indexmap::IndexMap;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use serde::Serialize;

use super::{Error, RevisionOps};
use crate::config::SeedDecision;
use crate::convert::{self, Revision, Unconverted};
use crate::diag::Origin;
use crate::ir::{Caught, DataKind, Op, OpKind, OpSink as _};
use crate::lower::{self, Encoding, Lowering, TableMap, expr};
use crate::pg::replay::{DataUse, Replay};
use crate::pg::schema::Schema;
use crate::prove::scratch::Scratch;
use crate::sqlite::plan::is_against_other_rows;
use crate::sqlite::schema::{Table, quote, quote_list, table_order};
use crate::sqlite::text::seed_safe;

/// A statement that writes rows, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeedStatement {
    /// `revision:line`, by which `decant.toml` decides.
    pub key: String,
    /// Where it stands.
    pub origin: Origin,
    /// Its table, by its name of that moment.
    pub table: String,
    /// What it does.
    pub kind: DataKind,
    /// `seed`, `backfill` or `obsolete`.
    pub class: &'static str,
    /// What becomes of it.
    pub outcome: SeedOutcome,
}

/// What becomes of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedOutcome {
    /// What it leaves is in the baseline.
    Kept,
    /// Nothing of it is left, or an empty database gives it nothing to do.
    Nothing,
    /// `decant.toml` leaves it out.
    Dropped,
    /// It has no equal, and nobody decided about it.
    Open(String),
}

/// The rows, and the statements that were looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seeds {
    pub statements: Vec<SeedStatement>,
    /// How many rows each table gets.
    pub rows: IndexMap<String, usize>,
    pub up: Vec<String>,
    pub down: Vec<String>,
}

/// The moment at which the clock stands.
const MOMENT: &str = "1987-06-05 04:03:02.123";

/// Finds the rows that revisions leave in an empty database.
pub(super) fn seeds(
    start: &Schema,
    revisions: &[RevisionOps],
    storage: &lower::Options,
    decisions: &IndexMap<String, SeedDecision>,
) -> Result<Seeds, Error> {
    let dropped = |origin: &Origin| decisions.contains_key(&key(origin));
    let kept: Vec<(&str, Vec<Op>)> = revisions
        .iter()
        .map(|r| {
            let ops = r
                .ops
                .iter()
                .filter(|op| !dropped(&op.origin) || !writes(op));
            (r.revision.as_str(), ops.cloned().collect())
        })
        .collect();
    let inputs = kept.iter().map(|(id, ops)| Revision { id, ops, down: &[] });
    let inputs: Vec<Revision<'_>> = inputs.collect();
    let base = lower::lower(start, storage);
    let scratch = Scratch::open(&base.sqlite).map_err(Error::sqlite("no scratch database"))?;
    stand_still(&scratch.db).map_err(Error::sqlite("the scratch database's clock"))?;
    let mut open: Vec<Unconverted> = Vec::new();
    for mut conversion in convert::convert(start.clone(), &inputs, storage) {
        // The rows are those that the scripts were followed for, but for statements that the team leaves out.
        conversion.up.retain(|s| !is_against_other_rows(s));
        scratch
            .up(&conversion)
            .map_err(|stopped| Error::SeedsFail {
                revision: conversion.revision.clone(),
                why: stopped.to_string(),
            })?;
        open.extend(conversion.unconverted);
    }
    let mut replay = Replay::with_base(start.clone());
    for op in revisions.iter().flat_map(|r| &r.ops) {
        // Failures were told when the history was replayed.
        let _ = replay.apply(op.clone(), Caught::No);
    }
    let mut out = Seeds::default();
    write_rows(&scratch, &lower::lower(&replay.schema, storage), &mut out)?;
    for (record, class) in replay.data_uses() {
        if record.kind == DataKind::Select {
            continue;
        }
        let why = open
            .iter()
            .find(|u| u.origin.as_ref() == Some(&record.origin));
        let outcome = match (class, why) {
            (DataUse::Obsolete, _) => SeedOutcome::Nothing,
            _ if dropped(&record.origin) => SeedOutcome::Dropped,
            (DataUse::Seed, Some(why)) => SeedOutcome::Open(why.why.clone()),
            (DataUse::Backfill, Some(why)) if !out.rows.is_empty() => {
                SeedOutcome::Open(why.why.clone())
            }
            (DataUse::Seed, None) => SeedOutcome::Kept,
            (DataUse::Backfill, _) if out.rows.contains_key(&record.table.name) => {
                SeedOutcome::Kept
            }
            (DataUse::Backfill, _) => SeedOutcome::Nothing,
        };
        out.statements.push(SeedStatement {
            key: key(&record.origin),
            origin: record.origin.clone(),
            table: record.table.to_string(),
            kind: record.kind,
            class: match class {
                DataUse::Seed => "seed",
                DataUse::Backfill => "backfill",
                DataUse::Obsolete => "obsolete",
            },
            outcome,
        });
    }
    Ok(out)
}

fn key(origin: &Origin) -> String {
    format!("{}:{}", origin.revision, origin.place.line)
}

/// Whether an operation does nothing but change rows.
fn writes(op: &Op) -> bool {
    let changes = |kind: &OpKind| matches!(kind, OpKind::Data(_) | OpKind::BulkInsert(_));
    match &op.kind {
        OpKind::ExecuteSql(sql) => {
            let mut kinds = sql.statements.iter().flat_map(|s| &s.ops);
            !sql.statements.is_empty() && kinds.all(changes)
        }
        kind => changes(kind),
    }
}

/// Replaces what looks at the clock and at chance.
fn stand_still(db: &rusqlite::Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for name in [
        "strftime",
        "datetime",
        "date",
        "time",
        "julianday",
        "unixepoch",
    ] {
        let other = std::sync::Mutex::new(rusqlite::Connection::open_in_memory()?);
        db.create_scalar_function(name, -1, flags, move |context| {
            let moment = |value: Value| match value {
                Value::Text(text) if text.eq_ignore_ascii_case("now") => {
                    Value::Text(MOMENT.to_owned())
                }
                other => other,
            };
            let mut values = (0..context.len())
                .map(|at| context.get::<Value>(at).map(moment))
                .collect::<rusqlite::Result<Vec<Value>>>()?;
            // Without a time, it is the present.
            let least = if name == "strftime" { 2 } else { 1 };
            if values.len() < least {
                values.push(Value::Text(MOMENT.to_owned()));
            }
            let marks = vec!["?"; values.len()].join(", ");
            let sql = format!("SELECT {name}({marks})");
            let other = other
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            other.query_row(&sql, rusqlite::params_from_iter(values), |row| {
                row.get::<_, Value>(0)
            })
        })?;
    }
    let parts = [("current_timestamp", 19), ("current_date", 10)];
    for (name, length) in parts {
        db.create_scalar_function(name, 0, flags, move |_| {
            Ok(MOMENT.get(..length).unwrap_or_default().to_owned())
        })?;
    }
    let mut state = 0_u64;
    let next = move || {
        // splitmix64 (Steele, Lea and Flood, 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let next = std::sync::Arc::new(std::sync::Mutex::new(next));
    let blobs = next.clone();
    db.create_scalar_function(
        "randomblob",
        1,
        FunctionFlags::SQLITE_UTF8,
        move |context| {
            let length = usize::try_from(context.get::<i64>(0)?).unwrap_or(1).max(1);
            let mut next = blobs
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut bytes = Vec::with_capacity(length + 8);
            while bytes.len() < length {
                bytes.extend(next().to_be_bytes());
            }
            bytes.truncate(length);
            Ok(bytes)
        },
    )?;
    db.create_scalar_function("random", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        let mut next = next
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(i64::from_be_bytes(next().to_be_bytes()))
    })
}

/// The rows of all tables as statements, parents first.
fn write_rows(scratch: &Scratch, lowering: &Lowering, out: &mut Seeds) -> Result<(), Error> {
    let tables = &lowering.sqlite.tables;
    for table in table_order(tables)
        .into_iter()
        .filter_map(|at| tables.get(at))
    {
        let Some(map) = lowering.tables.iter().find(|m| m.sqlite == table.name) else {
            continue;
        };
        let written = rows_of(scratch, table, map).map_err(Error::sqlite("rows cannot be read"))?;
        if written.is_empty() {
            continue;
        }
        out.rows.insert(table.name.clone(), written.len());
        let columns: Vec<&String> = written_columns(map).map(|c| &c.sqlite).collect();
        for values in written {
            out.up.push(format!(
                "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
                quote(&table.name),
                quote_list(&columns),
                values.join(", ")
            ));
        }
    }
    if !out.up.is_empty() {
        out.down =
            vec!["SELECT 'the rows stay with their tables: others may refer to them'".to_owned()];
    }
    Ok(())
}

fn written_columns(map: &TableMap) -> impl Iterator<Item = &lower::ColumnMap> {
    map.columns.iter().filter(|c| !c.generated)
}

/// The rows of a table as SQL, in the order in which they were written.
fn rows_of(scratch: &Scratch, table: &Table, map: &TableMap) -> rusqlite::Result<Vec<Vec<String>>> {
    let columns: Vec<&lower::ColumnMap> = written_columns(map).collect();
    let cells: Vec<String> = columns
        .iter()
        .map(|c| format!("quote({})", quote(&c.sqlite)))
        .collect();
    if cells.is_empty() {
        return Ok(Vec::new());
    }
    let order = if table.without_rowid {
        quote_list(&map.key)
    } else {
        "rowid".to_owned()
    };
    let sql = format!(
        "SELECT {} FROM {} ORDER BY {order}",
        cells.join(", "),
        quote(&table.name)
    );
    let mut statement = scratch.db.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        let texts = columns.iter().enumerate();
        texts
            .map(|(at, column)| Ok(literal(column, &row.get::<_, String>(at)?)))
            .collect()
    })?;
    rows.collect()
}

/// A cell as SQL; the moment at which the clock stood is that of the installation.
fn literal(column: &lower::ColumnMap, text: &str) -> String {
    let day = MOMENT.get(..10).unwrap_or_default();
    match column.encoding {
        Encoding::Timestamp | Encoding::TimestampUtc if text == format!("'{MOMENT}000'") => {
            expr::NOW.to_owned()
        }
        Encoding::Date if text == format!("'{day}'") => "date('now')".to_owned(),
        _ => seed_safe(text),
    }
}
