//! What keeps a comparison from being made.

/// Why both sides could not be compared. Differences are never errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no target file.
    #[error("{path}: there is no such file; port the data first, or name the file with --target")]
    TargetMissing {
        /// File.
        path: String,
    },
    /// The target has no bytes.
    #[error("{path} is empty (0 bytes): nothing was ported into it, or its port was cut short")]
    TargetEmpty {
        /// File.
        path: String,
    },
    /// The target is something else than a SQLite database.
    #[error("{path} is not a SQLite database: {what}")]
    TargetForeign {
        /// File.
        path: String,
        /// What it looks like.
        what: String,
    },
    /// The target is of a SQLite that is newer than this one.
    #[error(
        "{path} is a SQLite database in a newer format ({what}); read it with the SQLite that wrote it, or with a newer decant"
    )]
    TargetNewer {
        /// File.
        path: String,
        /// Which number of its header says so.
        what: String,
    },
    /// The target is a SQLite database that cannot be read to the end.
    #[error("{path} is damaged: {cause}; do not use it, port again")]
    TargetDamaged {
        /// File.
        path: String,
        /// SQLite's words.
        cause: String,
    },
    /// Another process holds the target.
    #[error(
        "{path} is locked by another process ({cause}); stop what writes to it and verify again"
    )]
    TargetLocked {
        /// File.
        path: String,
        /// SQLite's words.
        cause: String,
    },
    /// A change of the target was cut off, and its rollback journal is still to be played back, which is writing.
    #[error(
        "{path} was left in the middle of a change: {path}-journal holds what undoes it, which only writing can do; open the file once with \
         its application or with sqlite3 (never delete the journal), or port again, and verify then"
    )]
    TargetUnfinished {
        /// File.
        path: String,
    },
    /// The target is in WAL mode, and SQLite cannot make or open the files beside it that reading needs.
    #[error(
        "{path} is in WAL mode, where reading too needs {path}-wal and {path}-shm, and these cannot be made or opened ({cause}); make its folder \
         writable, or copy the file together with its -wal and verify the copy"
    )]
    TargetWal {
        /// File.
        path: String,
        /// SQLite's words.
        cause: String,
    },
    /// The target cannot be opened.
    #[error("{path} cannot be opened: {cause}")]
    TargetOpen {
        /// File.
        path: String,
        /// Cause.
        cause: String,
    },
    /// A query on the target failed.
    #[error("{path}: {doing}: {cause}")]
    Target {
        /// File.
        path: String,
        /// What was being done.
        doing: String,
        /// SQLite's words.
        cause: String,
    },
    /// The source could not be read.
    #[error("reading the source: {0}")]
    Source(#[from] crate::pg::Error),
    /// A value of the source is not what its type prints under the pinned settings.
    #[error(
        "table {table}, row {row}, column {column}: the source gave {cause}; expected text of type {type_}"
    )]
    SourceValue {
        /// Table.
        table: String,
        /// Row in the source's order, from 1.
        row: u64,
        /// Column.
        column: String,
        /// Type.
        type_: String,
        /// What came instead, without the value.
        cause: String,
    },
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
}
