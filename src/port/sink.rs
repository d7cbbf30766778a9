//! Where converted rows go.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ErrorCode, Statement};

use super::Error;
use super::batch::Batch;
use super::convert::Value;
use super::journal::Journal;
use super::large::{LargeRows, stored};
use super::plan::TablePlan;
use crate::failpoint;
use crate::sqlite::db::{Loader, quote};

/// What a sink calls for a row that it refuses: its batch, its place there, and why.
pub type RejectFn<'a> = dyn FnMut(&Batch, usize, String) -> Result<(), Error> + 'a;

/// Takes rows in order, table by table.
pub trait RowSink {
    /// Rows of a table begin.
    ///
    /// # Errors
    /// The target does not have the table as planned.
    fn begin(&mut self, table: &TablePlan) -> Result<(), Error>;

    /// Writes the rows of a batch and says how many it took; the others went to `reject`. Memory of large values that were written is
    /// given back at once: they read as NULL afterwards.
    ///
    /// # Errors
    /// The target cannot be written, or `reject` failed.
    fn write(&mut self, batch: &mut Batch, reject: &mut RejectFn<'_>) -> Result<u64, Error>;

    /// Takes away all rows of a table, which then begins again. They are gone when the next commit is.
    ///
    /// # Errors
    /// The target cannot be written.
    fn clear(&mut self, table: &TablePlan) -> Result<(), Error>;

    /// Whether so much was written since the last commit that another is due.
    fn wants_commit(&self) -> bool;

    /// Commits what was written, if anything was. With a journal it is the journal that commits, its own line with it.
    ///
    /// # Errors
    /// The target or its journal cannot be written.
    fn commit(&mut self, journal: Option<&mut Journal>) -> Result<(), Error>;

    /// Rows of the table have ended.
    ///
    /// # Errors
    /// The target cannot be written.
    fn end(&mut self) -> Result<(), Error>;
}

/// A transaction is ended after this many bytes of values: so much is done twice at most after a kill.
const COMMIT_BYTES: u64 = 64 * 1024 * 1024;

/// Writes by one prepared statement per table.
pub struct StatementSink<'c> {
    loader: &'c Loader,
    statement: Option<Statement<'c>>,
    table: String,
    large: LargeRows,
    open_bytes: Option<u64>,
    commit_bytes: u64,
}

impl<'c> StatementSink<'c> {
    /// A sink into a file that is being loaded.
    pub fn new(loader: &'c Loader) -> Self {
        Self {
            loader,
            statement: None,
            table: String::new(),
            large: LargeRows::default(),
            open_bytes: None,
            commit_bytes: failpoint::number("DECANT_COMMIT_BYTES").unwrap_or(COMMIT_BYTES),
        }
    }

    fn connection(&self) -> &'c Connection {
        self.loader.connection()
    }

    fn open(&mut self) -> Result<(), Error> {
        if self.open_bytes.is_none() {
            self.loader.batch("beginning a batch of rows", "BEGIN")?;
            self.open_bytes = Some(0);
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
        self.large.begin(table);
        Ok(())
    }

    fn write(&mut self, batch: &mut Batch, reject: &mut RejectFn<'_>) -> Result<u64, Error> {
        self.open()?;
        let Some(statement) = &mut self.statement else {
            return Ok(0);
        };
        let mut written = 0;
        for row in 0..batch.rows() {
            failpoint::bytes(batch.source_bytes() / batch.rows() as u64);
            let large = batch.large(row);
            let inserted = if large.is_empty() {
                insert(statement, batch.values(row))
            } else {
                self.large.insert(self.loader, batch, row, &large)
            };
            match inserted {
                Ok(_) => written += 1,
                Err(error) => match refusal(&error) {
                    Some(reason) => reject(batch, row, reason)?,
                    None => {
                        let doing = format!("writing table {}", self.table);
                        return Err(self.loader.error(doing, &error).into());
                    }
                },
            }
        }
        let open = self.open_bytes.unwrap_or(0) + batch.source_bytes();
        self.open_bytes = Some(open);
        Ok(written)
    }

    fn clear(&mut self, table: &TablePlan) -> Result<(), Error> {
        self.open()?;
        let name = &table.map.sqlite;
        let sql = format!("DELETE FROM {}", quote(name));
        Ok(self.loader.batch(&format!("emptying table {name}"), &sql)?)
    }

    fn wants_commit(&self) -> bool {
        self.open_bytes
            .is_some_and(|open| open >= self.commit_bytes)
    }

    fn commit(&mut self, journal: Option<&mut Journal>) -> Result<(), Error> {
        match journal {
            // It has something to note even where nothing was written: that an empty table is done.
            Some(journal) => {
                self.open()?;
                journal.commit(self.loader)?;
            }
            None if self.open_bytes.is_some() => {
                self.loader.batch("ending a batch of rows", "COMMIT")?;
            }
            None => return Ok(()),
        }
        self.open_bytes = None;
        failpoint::hit("port:after-batch");
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        self.statement = None;
        Ok(())
    }
}

fn insert<'v>(
    statement: &mut Statement<'_>,
    values: impl Iterator<Item = Value<'v>>,
) -> rusqlite::Result<usize> {
    for (place, value) in values.enumerate() {
        statement.raw_bind_parameter(place + 1, ToSqlOutput::Borrowed(stored(value)))?;
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
