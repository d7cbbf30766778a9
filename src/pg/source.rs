//! What the port and the verification read from: a live snapshot or a dump, behind one trait.

use super::Error;
use super::copy::{Cell, CopyFormat};
use super::schema::Schema;
use crate::ir::QualName;

/// What receives rows. An error ends the reading and comes back as [`Error::Consumer`].
pub type RowFn<'a> =
    dyn FnMut(&[Cell<'_>]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 'a;

/// State of a sequence: what `nextval` would give next follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceState {
    /// `last_value`.
    pub last_value: i64,
    /// `is_called`: `last_value` was given out already.
    pub is_called: bool,
}

/// How much a table holds, for progress and disk space; exact only where `exact` says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableSize {
    /// Rows.
    pub rows: u64,
    /// Bytes on the source's disk (heap and TOAST, or text of the dump).
    pub bytes: u64,
    /// `rows` was counted rather than estimated.
    pub exact: bool,
}

/// A database that rows are read from, all from one snapshot.
pub trait Source: Send {
    /// What it is, for people: never with a password.
    fn describe(&self) -> String;
    /// Its schema.
    fn schema(&self) -> &Schema;
    /// PostgreSQL's version as it tells it (`15.18`), where it is known.
    fn server_version(&self) -> Option<String>;
    /// Rows of Alembic's version table; `None` when there is no such table.
    fn alembic_versions(&self) -> Option<Vec<String>>;
    /// State of a sequence.
    fn sequence_state(&self, name: &QualName) -> Option<SequenceState>;
    /// Size of a table; `None` when the source does not have the table.
    fn table_size(&self, table: &QualName) -> Option<TableSize>;
    /// Hands the rows of a table to `row`, with just these columns in this order, and returns how many there were.
    /// Rows come in the source's own order.
    ///
    /// # Errors
    /// The source cannot be read to the end, is damaged, or `row` failed.
    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error>;
}
