//! Reads every row of a table from one side and hands it on hashed.

use rusqlite::Connection;

use super::plan::{Hashed, Hasher, Plan, SourceCells, TargetCells};
use super::rejected;
use crate::pg::copy::{Cell, CopyFormat};
use crate::pg::source::Source;
use crate::verify::target::{classify, quote};
use crate::verify::{Error, Progress};

/// How many rows pass between two reports of progress.
const STRIDE: u64 = 4096;

/// Receives a hashed row and its cells.
pub(in crate::verify) type SourceVisit<'v> = dyn FnMut(&Hashed, &[Option<&[u8]>]) + 'v;
/// The same for the target; the statement's last column is the row's id where the table has one.
pub(super) type TargetVisit<'v> = dyn FnMut(&Hashed, &TargetCells<'_, '_>) + 'v;

/// Ends a reading from inside.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
struct Stopped;

/// Reads all rows of the source; gives how many there are. Rows whose key `wanted` refuses are counted only.
pub(in crate::verify) fn source(
    source: &mut dyn Source,
    hasher: &mut Hasher<'_>,
    plan: &Plan,
    progress: &dyn Progress,
    wanted: &dyn Fn(u128) -> bool,
    visit: &mut SourceVisit<'_>,
) -> Result<u64, Error> {
    let mut failure = None;
    let mut row = 0_u64;
    // The slices borrow from the reader's buffer, which lives for one call.
    let read = source.read(
        &plan.map.pg,
        &plan.source_columns(),
        CopyFormat::Text,
        &mut |cells| {
            row += 1;
            if row.is_multiple_of(STRIDE) {
                progress.rows(STRIDE);
                if progress.interrupted() {
                    failure = Some(Error::Interrupted);
                    return Err(Box::new(Stopped));
                }
            }
            let mut texts = Vec::with_capacity(cells.len());
            for cell in cells {
                texts.push(match cell {
                    Cell::Null => None,
                    Cell::Text(text) | Cell::Binary(text) => Some(*text),
                });
            }
            match hasher.hash(&SourceCells(&texts), wanted) {
                Ok(true) => visit(&hasher.hashed, &texts),
                Ok(false) => {}
                Err((place, damage)) => {
                    let column = plan.map.columns.get(place);
                    failure = Some(Error::SourceValue {
                        table: plan.map.pg.to_string(),
                        row,
                        column: column.map(|c| c.pg.clone()).unwrap_or_default(),
                        type_: column.map(|c| c.pg_type.to_string()).unwrap_or_default(),
                        cause: damage.to_string(),
                    });
                    return Err(Box::new(Stopped));
                }
            }
            Ok(())
        },
    );
    progress.rows(row % STRIDE);
    match (failure, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(_)) => Ok(row),
    }
}

/// A name of the row's id that no column of the table has; `None` when the table has no row ids.
pub(super) fn row_id(connection: &Connection, table: &str) -> Option<&'static str> {
    let sql = "SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main'";
    let without: i64 = connection.query_row(sql, [table], |row| row.get(0)).ok()?;
    if without != 0 {
        return None;
    }
    let columns = connection
        .prepare(&format!("SELECT * FROM {} LIMIT 0", quote(table)))
        .ok()?;
    let names: Vec<&str> = columns.column_names().collect();
    ["_rowid_", "rowid", "oid"]
        .into_iter()
        .find(|id| !names.iter().any(|n| n.eq_ignore_ascii_case(id)))
}

/// The statement that reads a plan's columns, and the row's id behind them.
pub(super) fn select(plan: &Plan, row_id: Option<&str>) -> String {
    select_from(plan, row_id, &quote(&plan.map.sqlite))
}

fn select_from(plan: &Plan, row_id: Option<&str>, table: &str) -> String {
    let columns = plan.map.columns.iter().map(|c| quote(&c.sqlite));
    let id = row_id
        .map(str::to_owned)
        .unwrap_or_else(|| "NULL".to_owned());
    let list: Vec<String> = columns.chain([id]).collect();
    format!("SELECT {} FROM {table}", list.join(", "))
}

/// Reads all rows of the target, and those that it is known to have rejected; gives how many of the first there are.
pub(super) fn target(
    connection: &Connection,
    path: &str,
    hasher: &mut Hasher<'_>,
    plan: &Plan,
    stop: &dyn Fn() -> bool,
    wanted: &dyn Fn(u128) -> bool,
    visit: &mut TargetVisit<'_>,
) -> Result<u64, Error> {
    let doing = format!("reading table {}", plan.map.sqlite);
    let fail = |e: rusqlite::Error| classify(path, &doing, &e);
    let id = row_id(connection, &plan.map.sqlite);
    let mut queries = vec![select(plan, id)];
    if rejected::is_there(connection, &plan.map.sqlite).map_err(fail)? {
        queries.push(select_from(plan, None, &rejected::name(&plan.map.sqlite)));
    }
    let mut counts = Vec::new();
    for query in queries {
        let mut statement = connection.prepare(&query).map_err(fail)?;
        let mut rows = statement.query([]).map_err(fail)?;
        let mut count = 0_u64;
        while let Some(row) = rows.next().map_err(fail)? {
            count += 1;
            if count.is_multiple_of(STRIDE) && stop() {
                return Err(Error::Interrupted);
            }
            let cells = TargetCells(row);
            // Stored values are never damaged: what is not in its form is a finding.
            if let Ok(true) = hasher.hash(&cells, wanted) {
                visit(&hasher.hashed, &cells);
            }
        }
        counts.push(count);
    }
    Ok(counts.first().copied().unwrap_or_default())
}
