//! What migrations run on: a file that SQLite opens here, or a libSQL server.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::failpoint;
use crate::files::{Cause, Statement};
use crate::interrupt::Interrupt;

/// Where a section stopped.
#[derive(Debug)]
pub struct Stop {
    /// The first statement that may be the one, from 0.
    pub first: usize,
    /// The last that may be; the same as `first` where it is known.
    pub last: usize,
    /// Why.
    pub cause: Cause,
}

/// What is called before statements run: the number of the next, from 0.
pub type Before<'b> = dyn FnMut(usize) -> Result<(), Cause> + 'b;

/// A database that migrations run on. One caller at a time uses it.
pub trait Target {
    /// How sentences name it.
    fn name(&self) -> String;

    /// The file that it is, beside which a lock can be; none for a server and for memory.
    fn file(&self) -> Option<PathBuf>;

    /// Whether it is a server, which other machines write to as well.
    fn is_server(&self) -> bool;

    /// How long to wait for other writers.
    ///
    /// # Errors
    /// SQLite refuses it.
    fn wait_for(&self, wait: Duration) -> Result<(), Cause>;

    /// Lets a signal end what runs; `None` takes that back.
    ///
    /// # Errors
    /// SQLite refuses it.
    fn stop_on(&mut self, interrupt: Option<&Interrupt>) -> Result<(), Cause>;

    /// The rows of a query.
    ///
    /// # Errors
    /// It fails.
    fn rows(&self, sql: &str, arguments: Vec<Value>) -> Result<Vec<Vec<Value>>, Cause>;

    /// Runs statements in order, none after one that failed.
    ///
    /// # Errors
    /// One of them fails.
    fn script(&self, statements: Vec<(String, Vec<Value>)>) -> Result<(), Cause>;

    /// Runs a migration's statements; gives how many rows were written, changed or deleted.
    ///
    /// # Errors
    /// Where and why it stopped.
    fn section(&self, section: &[Statement], before: &mut Before<'_>) -> Result<u64, Stop>;

    /// Whether foreign keys are on, where that must be as before afterwards.
    ///
    /// # Errors
    /// It cannot be read.
    fn foreign_keys(&self) -> Result<Option<bool>, Cause>;

    /// Puts them back.
    ///
    /// # Errors
    /// They cannot be switched.
    fn restore_foreign_keys(&self, on: bool) -> Result<(), Cause>;

    /// Begins a transaction that may write, with foreign keys on or off.
    ///
    /// # Errors
    /// No transaction was begun.
    fn begin(&self, foreign_keys: bool) -> Result<(), Cause>;

    /// Commits it.
    ///
    /// # Errors
    /// It was not kept, or for [`Cause::is_uncertain`] nobody knows.
    fn commit(&self) -> Result<(), Cause>;

    /// Takes it back, if one is open.
    fn rollback(&self);
}

/// How many instructions of SQLite's machine may pass before a signal is noticed.
const INSTRUCTIONS_BETWEEN_LOOKS: i32 = 10_000;

impl Target for Connection {
    fn name(&self) -> String {
        self.path().unwrap_or_default().to_owned()
    }

    fn file(&self) -> Option<PathBuf> {
        self.path().filter(|p| !p.is_empty()).map(PathBuf::from)
    }

    fn is_server(&self) -> bool {
        false
    }

    fn wait_for(&self, wait: Duration) -> Result<(), Cause> {
        Ok(self.busy_timeout(wait)?)
    }

    fn stop_on(&mut self, interrupt: Option<&Interrupt>) -> Result<(), Cause> {
        match interrupt.cloned() {
            Some(raised) => {
                self.progress_handler(INSTRUCTIONS_BETWEEN_LOOKS, Some(move || raised.is_raised()))?
            }
            None => self.progress_handler(0, None::<fn() -> bool>)?,
        }
        Ok(())
    }

    fn rows(&self, sql: &str, arguments: Vec<Value>) -> Result<Vec<Vec<Value>>, Cause> {
        let mut statement = self.prepare(sql)?;
        let width = statement.column_count();
        let rows = statement.query_map(params_from_iter(arguments), |row| {
            (0..width).map(|at| row.get(at)).collect()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn script(&self, statements: Vec<(String, Vec<Value>)>) -> Result<(), Cause> {
        for (sql, arguments) in statements {
            self.execute(&sql, params_from_iter(arguments))?;
        }
        Ok(())
    }

    fn section(&self, section: &[Statement], before: &mut Before<'_>) -> Result<u64, Stop> {
        let changes = self.total_changes();
        for (at, statement) in section.iter().enumerate() {
            let stop = |cause| Stop {
                first: at,
                last: at,
                cause,
            };
            before(at).map_err(stop)?;
            failpoint::hit("migrate-statement");
            execute(self, &statement.sql).map_err(|cause| stop(cause.into()))?;
        }
        Ok(self.total_changes().saturating_sub(changes))
    }

    fn foreign_keys(&self) -> Result<Option<bool>, Cause> {
        Ok(Some(
            self.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?,
        ))
    }

    /// Sets the state and reads it back, for inside a transaction SQLite ignores the pragma without a word.
    fn restore_foreign_keys(&self, on: bool) -> Result<(), Cause> {
        let value = if on { "ON" } else { "OFF" };
        self.execute_batch(&format!("PRAGMA foreign_keys = {value}"))?;
        if self.foreign_keys()? == Some(on) {
            Ok(())
        } else {
            Err(Cause::ForeignKeysStay { wanted: on })
        }
    }

    fn begin(&self, foreign_keys: bool) -> Result<(), Cause> {
        self.restore_foreign_keys(foreign_keys)?;
        Ok(self.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&self) -> Result<(), Cause> {
        Ok(self.execute_batch("COMMIT")?)
    }

    fn rollback(&self) {
        if !self.is_autocommit() {
            // The first fault is the one to tell; SQLite takes everything back when the connection closes, too.
            let _ = self.execute_batch("ROLLBACK");
        }
    }
}

/// Runs a statement to its end; rows that it gives are not looked at.
fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}
