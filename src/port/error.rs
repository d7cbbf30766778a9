//! Faults of a port.

use super::convert::Unsuitable;
use super::summary::{Summary, Undecided};

/// Why a port did not end. What it wrote until then is of no use: the caller throws the target away.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] crate::pg::Error),
    /// The target cannot be written.
    #[error(transparent)]
    Target(#[from] crate::sqlite::db::Error),
    /// A column's encoding has no form for its type.
    #[error("table {table}, {cause}; choose another encoding for it in decant.toml")]
    Unsuitable {
        /// Table in PostgreSQL.
        table: String,
        /// Column and encoding.
        cause: Unsuitable,
    },
    /// The source does not have the schema that was expected of it.
    #[error("{described} does not have the expected schema: {}; bring source and migration scripts to the same revision", differences.join("; "))]
    Drift {
        /// The source.
        described: String,
        /// What is missing or other, one phrase each.
        differences: Vec<String>,
    },
    /// The target has rows already.
    #[error("{path}: table {table} has rows already; port into a file that holds the schema alone")]
    NotEmpty {
        /// File.
        path: String,
        /// First table with rows.
        table: String,
    },
    /// A cell is not a value of its column's type.
    #[error("table {table}, column {column}, row {row}: {cause}")]
    Damaged {
        /// Table in PostgreSQL.
        table: String,
        /// Column in PostgreSQL.
        column: String,
        /// Row in the source's order, from 1.
        row: u64,
        /// What is wrong with it.
        cause: String,
    },
    /// Values have no exact form and nobody decided about them (exit status 3).
    #[error("values of {} columns have no exact form in SQLite and need a decision: {}", undecided.len(), undecided.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "))]
    Refused {
        /// Columns and their values.
        undecided: Vec<Undecided>,
    },
    /// The target refused more rows than is allowed (exit status 4).
    #[error("the target refused {} rows, and {limit} are allowed: {}", summary.rejected(), first_reject(summary))]
    Rejected {
        /// How many are allowed.
        limit: u64,
        /// What was done, with the first rejects.
        summary: Box<Summary>,
    },
    /// The reject file cannot be written.
    #[error("{path}: writing rejected rows: {cause}")]
    RejectFile {
        /// File.
        path: String,
        /// Cause.
        cause: String,
    },
    /// The journal of the load cannot be written.
    #[error("{path}: writing how far the port has come: {cause}")]
    Journal {
        /// File.
        path: String,
        /// Cause.
        cause: String,
    },
    /// Rows that an earlier run had done are not those that the source gives now, so what it left cannot be continued.
    #[error("table {table}: the source does not give the rows any more that were ported already")]
    SourceMoved {
        /// First such table, in PostgreSQL.
        table: String,
    },
    /// The user ended it.
    #[error("interrupted")]
    Interrupted,
}

fn first_reject(summary: &Summary) -> String {
    summary.rejects.first().map_or_else(String::new, |reject| {
        format!(
            "first, table {}, key {}: {}",
            reject.table, reject.key, reject.reason
        )
    })
}
