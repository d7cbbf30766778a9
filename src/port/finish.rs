//! What follows the rows: indexes, the check of the foreign keys, sequences; and whose fault a rejected row is.

use std::path::Path;
use std::time::Instant;

use super::Error;
use super::batch::show;
use super::convert::Value;
use super::plan::TablePlan;
use super::progress::{Progress, Stage};
use super::reject::Row;
use super::summary::{Reject, SequenceSeed, Summary};
use super::write::Writer;
use crate::failpoint;
use crate::lower::{Lowering, Rule};
use crate::pg::source::Source;
use crate::sqlite::bulk::Built;
use crate::sqlite::db::{Loader, Orphan, Stripped, quote, row_id};

/// Builds the indexes that were taken off for the load. Rows with a key that an earlier row has (by rowid) are taken out again and
/// rejected.
pub fn indexes(
    loader: &Loader,
    stripped: &Stripped,
    plans: &[TablePlan],
    writer: &mut Writer<'_>,
    progress: &dyn Progress,
    summary: &mut Summary,
) -> Result<(), Error> {
    progress.stage(Stage::Indexes);
    failpoint::hit("port:before-indexes");
    let started = Instant::now();
    let (hidden, others) = (stripped.hidden.len(), stripped.indexes.len());
    if hidden > 0 {
        let mut watch = |place| {
            progress.index(place, hidden + others);
            !progress.interrupted()
        };
        hidden_indexes(loader, stripped, plans, writer, &mut watch, summary)?;
    }
    for (place, sql) in stripped.indexes.iter().enumerate() {
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        progress.index(hidden + place + 1, hidden + others);
        // A run that went on with another may find some of them.
        if !loader.has(sql)? {
            loader.restore_index(sql)?;
        }
    }
    summary.timings.indexes = started.elapsed();
    Ok(())
}

/// Builds those that were out of sight, once for each unique one that rows break.
fn hidden_indexes(
    loader: &Loader,
    stripped: &Stripped,
    plans: &[TablePlan],
    writer: &mut Writer<'_>,
    watch: &mut dyn FnMut(usize) -> bool,
    summary: &mut Summary,
) -> Result<(), Error> {
    loop {
        let index = match loader.build_hidden(&stripped.hidden, watch)? {
            Built::Done => return Ok(()),
            Built::Stopped => return Err(Error::Interrupted),
            Built::Duplicates(index) => index,
        };
        let fail = |e: rusqlite::Error| loader.error(format!("table {}", index.table), &e);
        let place = plans
            .iter()
            .position(|p| p.map.sqlite.eq_ignore_ascii_case(&index.table));
        let found = place.and_then(|place| Some((place, plans.get(place)?)));
        let Some((place, plan)) = found else {
            let cause = rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT),
                Some(index.breach()),
            );
            return Err(fail(cause).into());
        };
        let rows = index.duplicates(loader.connection()).map_err(fail)?;
        loader.batch("rejecting rows", "BEGIN")?;
        let mut gone = 0;
        for rowid in rows {
            let reason = blame(plan, index.breach());
            let taken = take_out(loader, plan, &index.table, rowid, reason)?;
            if let Some((reject, row)) = taken {
                writer.reject(place, reject, row)?;
                gone += 1;
            }
        }
        writer.removed(place, gone, loader)?;
        if let Some(table) = summary.tables.get_mut(place) {
            table.rows_written = table.rows_written.saturating_sub(gone);
            table.rows_rejected += gone;
        }
    }
}

/// Orphans that are looked at in one round: more of them are read in the next, once these are gone.
const ROUND: usize = 100_000;

/// Rows whose references lead nowhere are taken out again and rejected; what referred to them follows in the next round.
pub fn foreign_keys(
    loader: &Loader,
    lowering: &Lowering,
    plans: &[TablePlan],
    rejects_path: Option<&Path>,
    writer: &mut Writer<'_>,
    progress: &dyn Progress,
    summary: &mut Summary,
) -> Result<(), Error> {
    progress.stage(Stage::ForeignKeys);
    let started = Instant::now();
    let mut tables = writer.references.unknown();
    let rejects = &mut writer.rejects;
    loop {
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        let orphans = loader.orphans(tables.as_deref(), ROUND)?;
        if orphans.is_empty() {
            break;
        }
        // Whatever leads to them is an orphan next.
        tables = None;
        for orphan in orphans {
            let Some(place) = plans
                .iter()
                .position(|p| p.map.sqlite.eq_ignore_ascii_case(&orphan.table))
            else {
                return Err(stuck(loader, &orphan));
            };
            let (Some(plan), Some(table)) = (plans.get(place), summary.tables.get_mut(place))
            else {
                continue;
            };
            let Some(rowid) = orphan.rowid else {
                return Err(stuck(loader, &orphan));
            };
            let reason = format!(
                "FOREIGN KEY constraint failed: no such row in {} ({})",
                orphan.parent,
                orphan_cause(lowering, plan, &orphan)
            );
            let name = &orphan.table;
            if let Some((reject, row)) = take_out(loader, plan, name, rowid, reason)? {
                rejects.push(rejects_path, plan, reject, row)?;
                table.rows_written = table.rows_written.saturating_sub(1);
                table.rows_rejected += 1;
            }
        }
    }
    summary.timings.foreign_keys = started.elapsed();
    Ok(())
}

fn stuck(loader: &Loader, orphan: &Orphan) -> Error {
    Error::Target(crate::sqlite::db::Error {
        path: loader.path().to_owned(),
        doing: "checking foreign keys".to_owned(),
        cause: format!(
            "rows of table {} refer to rows of {} that do not exist, and cannot be told apart by rowid",
            orphan.table, orphan.parent
        ),
    })
}

/// Takes one row out; `None` when it is gone already (it broke two keys).
fn take_out(
    loader: &Loader,
    plan: &TablePlan,
    table: &str,
    rowid: i64,
    reason: String,
) -> Result<Option<(Reject, Row)>, Error> {
    let fail = |e: rusqlite::Error| loader.error(format!("table {table}"), &e);
    let columns: Vec<String> = plan.target_columns.iter().map(|c| quote(c)).collect();
    let Some(id) = row_id(loader.connection(), table).map_err(fail)? else {
        let cause = "columns have all names of the rowid, so that a row cannot be taken out again";
        return Err(Error::Target(crate::sqlite::db::Error {
            path: loader.path().to_owned(),
            doing: format!("table {table}: {reason}"),
            cause: cause.to_owned(),
        }));
    };
    let table = quote(table);
    let sql = format!("SELECT {} FROM {table} WHERE {id} = ?1", columns.join(", "));
    let mut select = loader.connection().prepare_cached(&sql).map_err(fail)?;
    let mut rows = select.query([rowid]).map_err(fail)?;
    let Some(row) = rows.next().map_err(fail)? else {
        return Ok(None);
    };
    let mut values = Vec::with_capacity(columns.len());
    for place in 0..columns.len() {
        values.push(value_of(row.get_ref(place).map_err(fail)?));
    }
    let key: Vec<String> = plan
        .key
        .iter()
        .filter_map(|place| values.get(*place).copied().map(show))
        .collect();
    let reject = Reject {
        table: plan.map.pg.to_string(),
        key: if key.is_empty() {
            format!("row {rowid}")
        } else {
            key.join(", ")
        },
        reason,
    };
    let kept = Row::of(values.iter().copied());
    drop(rows);
    loader
        .connection()
        .prepare_cached(&format!("DELETE FROM {table} WHERE {id} = ?1"))
        .and_then(|mut delete| delete.execute([rowid]))
        .map_err(fail)?;
    Ok(Some((reject, kept)))
}

fn value_of(value: rusqlite::types::ValueRef<'_>) -> Value<'_> {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Integer(n),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Text(bytes) => str::from_utf8(bytes).map_or(Value::Blob(bytes), Value::Text),
        ValueRef::Blob(bytes) => Value::Blob(bytes),
    }
}

/// Whose orphan it is.
fn orphan_cause(lowering: &Lowering, plan: &TablePlan, orphan: &Orphan) -> &'static str {
    let not_valid = lowering.pg.table(&plan.map.pg).is_some_and(|table| {
        table.constraints.iter().any(|c| {
            (c.constraint.not_valid || plan.not_valid.iter().any(|name| name == c.name()))
                && c.references()
                    .is_some_and(|parent| parent.name.eq_ignore_ascii_case(&orphan.parent))
        })
    });
    if not_valid {
        "the source's constraint is NOT VALID and lets it stand"
    } else {
        "the row that it refers to was rejected, or the source breaks its own constraint"
    }
}

/// SQLite's words about a row that it refused, with whose constraint it is where that can be told.
pub fn blame(plan: &TablePlan, reason: String) -> String {
    let Some((kind, place)) = reason.split_once(" constraint failed: ") else {
        return reason;
    };
    let cause = match kind {
        "NOT NULL" => {
            let column = place.rsplit('.').next().unwrap_or(place);
            let column = plan
                .map
                .columns
                .iter()
                .find(|c| c.sqlite.eq_ignore_ascii_case(column));
            if column.is_some_and(|c| c.accepted.contains(&Rule::Null)) {
                "an accepted rule made the value NULL"
            } else {
                "the source has NULL there"
            }
        }
        "UNIQUE" => {
            "the source has both rows: equal only as SQLite compares (letter case, doubles), or its index is damaged"
        }
        "CHECK" if plan.not_valid.iter().any(|name| place == name) => {
            "the source's constraint is NOT VALID and lets it stand"
        }
        "CHECK" => "the source has the row: its constraint is weaker than the target's, or broken",
        _ => return reason,
    };
    format!("{reason} ({cause})")
}

/// Sets `sqlite_sequence` so that the next key is the one that `nextval` would have given.
pub fn sequences(
    loader: &Loader,
    source: &dyn Source,
    lowering: &Lowering,
    plans: &[TablePlan],
    summary: &mut Summary,
) -> Result<(), Error> {
    for plan in plans {
        let Some(name) = &plan.map.sequence else {
            continue;
        };
        let table = lowering.sqlite.table(&plan.map.sqlite);
        let counts = |t: &crate::sqlite::schema::Table| {
            t.primary_key.as_ref().is_some_and(|key| key.autoincrement)
        };
        if table.is_some_and(|t| !counts(t)) {
            // Without AUTOINCREMENT the next key follows from the largest one.
            continue;
        }
        let Some(state) = source.sequence_state(name) else {
            continue;
        };
        let step = lowering
            .pg
            .sequences
            .get(name)
            .and_then(|s| s.options.increment)
            .unwrap_or(1);
        let next = if state.is_called {
            state.last_value.saturating_add(step)
        } else {
            state.last_value
        };
        loader.seed_sequence(&plan.map.sqlite, next.saturating_sub(1))?;
        summary.sequences.push(SequenceSeed {
            table: plan.map.sqlite.clone(),
            sequence: name.to_string(),
            next,
        });
    }
    Ok(())
}
