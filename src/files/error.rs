//! Faults of migration files and of the runner. Each sentence holds its cause, so none is a `source()` beside.

use std::path::PathBuf;

use thiserror::Error as ThisError;

/// Why migration files could not be read, written, applied or reverted.
#[derive(Debug, ThisError)]
pub enum Error {
    /// Something could not be read or written.
    #[error("cannot {doing} {path}: {cause}", path = path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A migration file is not as its format wants it.
    #[error("{file}:{line}: {message}")]
    Malformed {
        /// The file's name.
        file: String,
        /// Line, from 1.
        line: u32,
        /// What is wrong and what to do.
        message: String,
    },
    /// The database URL cannot be used.
    #[error("{0}")]
    Url(String),
    /// The database could not be opened or asked.
    #[error("{doing} failed: {}", brief(cause))]
    Database {
        /// What was being done, and to what.
        doing: String,
        /// What SQLite says.
        cause: rusqlite::Error,
    },
    /// A statement of a migration failed; nothing of the migration was kept.
    #[error(
        "{file}:{line}: statement {number} of {count} failed: {}; nothing of this file was kept",
        brief(cause)
    )]
    Statement {
        /// The file's name.
        file: String,
        /// Line of the statement.
        line: u32,
        /// Which statement, from 1.
        number: usize,
        /// How many there are.
        count: usize,
        /// What SQLite says.
        cause: rusqlite::Error,
    },
    /// A signal ended the run; nothing of the migration that was running was kept.
    #[error("interrupted; {kept}")]
    Interrupted {
        /// What is so now.
        kept: String,
    },
    /// A migration would leave rows that refer to nothing; nothing of it was kept.
    #[error(
        "{file}: {violations} row(s) would refer to rows that do not exist, first in table {table} (to {parent}); nothing of this file was kept"
    )]
    ForeignKeys {
        /// The file's name.
        file: String,
        /// How many rows.
        violations: usize,
        /// Table of the first of them.
        table: String,
        /// The table that it refers to.
        parent: String,
    },
    /// Another process holds the database.
    #[error("{path} is in use by another run{holder}; wait for it to end, then try again", path = path.display())]
    Locked {
        /// The database.
        path: PathBuf,
        /// What the other run says of itself, in parentheses; may be empty.
        holder: String,
    },
    /// The application has a table of the ledger's name.
    #[error(
        "table {table} is not a ledger of migrations (it has no columns id, version, applied_at): it belongs to the application; \
         name another one with --ledger, for instance --ledger decant_ledger"
    )]
    NotALedger {
        /// The table's name.
        table: String,
    },
    /// A decision of the user is needed; nothing was changed.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// Whether it needs a decision (exit status 3) rather than being a fault.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::NotALedger { .. } | Self::Refused(_))
    }

    pub(crate) fn database(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::Database { doing, cause }
    }
}

/// SQLite's sentence without the statement's text, which may hold row values.
fn brief(cause: &rusqlite::Error) -> String {
    match cause {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}
