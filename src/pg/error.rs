//! Faults on PostgreSQL's side.

/// Why a connection, a dump or a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection URL or an environment variable cannot be used.
    #[error("{0}")]
    Config(String),
    /// The server could not be reached or refused.
    #[error("cannot connect to {target}: {cause}")]
    Connect {
        /// Where to, without password.
        target: String,
        /// Why, in the server's or system's words.
        cause: String,
    },
    /// A statement failed or the connection broke.
    #[error("{doing}: {cause}")]
    Query {
        /// What was being done, for instance `reading table users`.
        doing: String,
        /// PostgreSQL's message with its code.
        cause: String,
    },
    /// A file could not be read.
    #[error("{path}: {cause}")]
    Io {
        /// File.
        path: String,
        /// Cause.
        cause: std::io::Error,
    },
    /// A dump is truncated, damaged, or not what it should be.
    #[error("{path}:{line}: {cause}")]
    Dump {
        /// File.
        path: String,
        /// Line in it, from 1.
        line: u64,
        /// What is wrong and what to do.
        cause: String,
    },
    /// An archive of `pg_dump` is truncated, damaged, or not what it should be.
    #[error("{path}, {place}: {cause}")]
    Archive {
        /// File.
        path: String,
        /// Where in it: a byte, or which object's data.
        place: String,
        /// What is wrong and what to do.
        cause: String,
    },
    /// Rows of a COPY stream do not have their format.
    #[error("table {table}, row {row}: {cause}")]
    Copy {
        /// Table.
        table: String,
        /// Row in the stream, from 1.
        row: u64,
        /// What is wrong.
        cause: String,
    },
    /// The source has no such table or column.
    #[error("{0}")]
    Missing(String),
    /// Whoever received the rows failed.
    #[error("{0}")]
    Consumer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
}
