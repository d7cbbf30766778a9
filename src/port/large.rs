//! Rows with a value of many megabytes. Given to a statement as a parameter such a value is in memory three times over: the row's, the
//! driver's copy of it, and the record that SQLite makes. So it goes piece by piece into a temporary table, its memory is given back,
//! and SQLite takes it from there.

use std::io::Write as _;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, TEMP_DB};

use super::batch::Batch;
use super::convert::Value;
use super::plan::TablePlan;
use crate::sqlite::db::{Loader, quote};

/// The temporary table. It is emptied after each row.
const TABLE: &str = "decant_large";

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Writes such rows of one table.
#[derive(Debug, Default)]
pub(super) struct LargeRows {
    table: String,
    columns: Vec<String>,
    made: bool,
}

impl LargeRows {
    /// Rows of this table follow.
    pub fn begin(&mut self, table: &TablePlan) {
        self.table = quote(&table.map.sqlite);
        self.columns = table.target_columns.iter().map(|c| quote(c)).collect();
    }

    /// Inserts a row of which these columns have large values, and gives their memory back. A row that is refused has them still.
    ///
    /// # Errors
    /// SQLite's, as of any insert.
    pub fn insert(
        &mut self,
        loader: &Loader,
        batch: &mut Batch,
        row: usize,
        large: &[usize],
    ) -> rusqlite::Result<usize> {
        let connection = loader.connection();
        if !self.made {
            // The rows' own column comes last, so that a blob of zeros takes no memory.
            connection.execute_batch(&format!(
                "CREATE TEMP TABLE IF NOT EXISTS {TABLE} (place INTEGER PRIMARY KEY, value BLOB)"
            ))?;
            self.made = true;
        }
        let mut texts = Vec::new();
        for place in large {
            let value = batch.values(row).nth(*place).unwrap_or(Value::Null);
            let bytes = match value {
                Value::Text(text) => text.as_bytes(),
                Value::Blob(bytes) => bytes,
                Value::Null | Value::Integer(_) | Value::Real(_) => continue,
            };
            if matches!(value, Value::Text(_)) {
                texts.push(*place);
            }
            let id = i64::try_from(*place).unwrap_or_default();
            let sql = format!("INSERT INTO temp.{TABLE} VALUES (?1, zeroblob(?2))");
            let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            connection.execute(&sql, (id, length))?;
            let mut blob = connection.blob_open(TEMP_DB, TABLE, "value", id, false)?;
            for piece in bytes.chunks(PIECE) {
                blob.write_all(piece).map_err(|_| broken())?;
            }
            blob.close()?;
        }
        for place in large {
            batch.release(row, *place);
        }
        let sql = self.statement(large, &texts);
        let result = connection.prepare(&sql).and_then(|mut statement| {
            bind(&mut statement, batch, row, large)?;
            statement.raw_execute()
        });
        if result.is_err() {
            for place in large {
                let sql = format!("SELECT value FROM temp.{TABLE} WHERE place = ?1");
                let id = i64::try_from(*place).unwrap_or_default();
                connection.query_row(&sql, [id], |found| {
                    let bytes = found.get_ref(0)?.as_blob()?;
                    // It was text before.
                    match std::str::from_utf8(bytes) {
                        Ok(text) if texts.contains(place) => {
                            batch.put_back(row, *place, Value::Text(text));
                        }
                        _ => batch.put_back(row, *place, Value::Blob(bytes)),
                    }
                    Ok(())
                })?;
            }
        }
        connection.execute_batch(&format!("DELETE FROM temp.{TABLE}"))?;
        result
    }

    /// One row, the large values by their columns' places.
    fn statement(&self, large: &[usize], texts: &[usize]) -> String {
        let mut parameter = 0;
        let values: Vec<String> = (0..self.columns.len())
            .map(
                |place| match (large.contains(&place), texts.contains(&place)) {
                    (true, true) => format!("CAST(l{place}.value AS TEXT)"),
                    (true, false) => format!("l{place}.value"),
                    (false, _) => {
                        parameter += 1;
                        format!("?{parameter}")
                    }
                },
            )
            .collect();
        let from: Vec<String> = large
            .iter()
            .map(|place| format!("temp.{TABLE} l{place}"))
            .collect();
        let each: Vec<String> = large
            .iter()
            .map(|place| format!("l{place}.place = {place}"))
            .collect();
        format!(
            "INSERT INTO main.{} ({}) SELECT {} FROM {} WHERE {}",
            self.table,
            self.columns.join(", "),
            values.join(", "),
            from.join(", "),
            each.join(" AND "),
        )
    }
}

/// Binds the values that are not large.
fn bind(
    statement: &mut Statement<'_>,
    batch: &Batch,
    row: usize,
    large: &[usize],
) -> rusqlite::Result<()> {
    let others = batch.values(row).enumerate();
    let others = others.filter(|(place, _)| !large.contains(place));
    for (parameter, (_, value)) in others.enumerate() {
        statement.raw_bind_parameter(parameter + 1, ToSqlOutput::Borrowed(stored(value)))?;
    }
    Ok(())
}

/// A value as SQLite is given it.
pub(super) fn stored(value: Value<'_>) -> ValueRef<'_> {
    match value {
        Value::Null => ValueRef::Null,
        Value::Integer(n) => ValueRef::Integer(n),
        Value::Real(r) => ValueRef::Real(r),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    }
}

/// A piece could not be written, which the next statement would say as well.
fn broken() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_WRITE),
        Some("a large value could not be written to SQLite's temporary file".to_owned()),
    )
}
