//! Where converted rows go.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, Statement};

use super::Error;
use super::batch::Batch;
use super::convert::Value;
use super::plan::TablePlan;
use crate::failpoint;
use crate::sqlite::db::{Loader, quote};

/// What a sink calls for a row that it refuses: its place in the batch, and why.
pub type RejectFn<'a> = dyn FnMut(usize, String) -> Result<(), Error> + 'a;

/// Takes rows in order, table by table.
pub trait RowSink {
    /// Rows of a table begin.
    ///
    /// # Errors
    /// The target does not have the table as planned.
    fn begin(&mut self, table: &TablePlan) -> Result<(), Error>;

    /// Writes the rows of a batch and says how many it took; the others went to `reject`.
    ///
    /// # Errors
    /// The target cannot be written, or `reject` failed.
    fn write(&mut self, batch: &Batch, reject: &mut RejectFn<'_>) -> Result<u64, Error>;

    /// Rows of the table have ended.
    ///
    /// # Errors
    /// The target cannot be written.
    fn end(&mut self) -> Result<(), Error>;
}

/// A transaction is ended after this many bytes of values. With the journal off it only decides how often pages go to the file.
const COMMIT_BYTES: u64 = 64 * 1024 * 1024;

/// Writes by one prepared statement per table.
pub struct StatementSink<'c> {
    loader: &'c Loader,
    statement: Option<Statement<'c>>,
    table: String,
    open_bytes: Option<u64>,
}

impl<'c> StatementSink<'c> {
    /// A sink into a file that is being loaded.
    pub fn new(loader: &'c Loader) -> Self {
        Self {
            loader,
            statement: None,
            table: String::new(),
            open_bytes: None,
        }
    }

    fn connection(&self) -> &'c Connection {
        self.loader.connection()
    }

    fn commit(&mut self) -> Result<(), Error> {
        if self.open_bytes.take().is_some() {
            self.loader.batch("ending a batch of rows", "COMMIT")?;
            failpoint::hit("port:after-batch");
        }
        Ok(())
    }
}

impl RowSink for StatementSink<'_> {
    fn begin(&mut self, table: &TablePlan) -> Result<(), Error> {
        let name = &table.map.sqlite;
        let columns: Vec<String> = table.target_columns.iter().map(|c| quote(c)).collect();
        let sql = if columns.is_empty() {
            format!("INSERT INTO {} DEFAULT VALUES", quote(name))
        } else {
            let places = vec!["?"; columns.len()].join(", ");
            let columns = columns.join(", ");
            format!("INSERT INTO {} ({columns}) VALUES ({places})", quote(name))
        };
        let statement = self.connection().prepare(&sql);
        self.statement =
            Some(statement.map_err(|e| self.loader.error(format!("writing table {name}"), &e))?);
        self.table.clone_from(name);
        Ok(())
    }

    fn write(&mut self, batch: &Batch, reject: &mut RejectFn<'_>) -> Result<u64, Error> {
        if self.open_bytes.is_none() {
            self.loader.batch("beginning a batch of rows", "BEGIN")?;
        }
        let Some(statement) = &mut self.statement else {
            return Ok(0);
        };
        let mut written = 0;
        for row in 0..batch.rows() {
            match insert(statement, batch.values(row)) {
                Ok(_) => written += 1,
                Err(error) => match refusal(&error) {
                    Some(reason) => reject(row, reason)?,
                    None => {
                        let doing = format!("writing table {}", self.table);
                        return Err(self.loader.error(doing, &error).into());
                    }
                },
            }
        }
        let open = self.open_bytes.unwrap_or(0) + batch.source_bytes();
        self.open_bytes = Some(open);
        if open >= COMMIT_BYTES {
            self.commit()?;
        }
        Ok(written)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.statement = None;
        self.commit()
    }
}

fn insert<'v>(
    statement: &mut Statement<'_>,
    values: impl Iterator<Item = Value<'v>>,
) -> rusqlite::Result<usize> {
    for (place, value) in values.enumerate() {
        let value = match value {
            Value::Null => ValueRef::Null,
            Value::Integer(n) => ValueRef::Integer(n),
            Value::Real(r) => ValueRef::Real(r),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        };
        statement.raw_bind_parameter(place + 1, ToSqlOutput::Borrowed(value))?;
    }
    statement.raw_execute()
}

/// SQLite's words, when it refused this row and can go on with the next.
fn refusal(error: &rusqlite::Error) -> Option<String> {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return None;
    };
    match code.code {
        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig => {
            Some(message.clone().unwrap_or_else(|| code.to_string()))
        }
        _ => None,
    }
}
