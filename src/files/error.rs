//! Faults of migration files and of the runner. Each sentence holds its cause, so none is a `source()` beside.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error as ThisError;

use crate::sqlite::remote;

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
    #[error("{doing} failed: {cause}")]
    Database {
        /// What was being done, and to what.
        doing: String,
        /// What SQLite or the server says.
        cause: Box<Cause>,
    },
    /// A statement of a migration failed; nothing of the migration was kept.
    #[error(
        "{file}:{line}: {} of {count} failed: {cause}; nothing of this file was kept",
        span(*number, *last)
    )]
    Statement {
        /// The file's name.
        file: String,
        /// Line of the statement.
        line: u32,
        /// Which statement, from 1.
        number: usize,
        /// The last that it may be: a server that gave no answer has not said at which of several it was.
        last: usize,
        /// How many there are.
        count: usize,
        /// What SQLite or the server says.
        cause: Box<Cause>,
    },
    /// The server's answer to the commit did not come, and it cannot be asked.
    #[error(
        "whether {file} was {done} is not known: {cause}, while it was being committed, and the server does not answer now; \
         all of it was kept or nothing, `decant migrate status` tells which"
    )]
    Unknown {
        /// The file's name.
        file: String,
        /// `applied` or `reverted`.
        done: &'static str,
        /// What happened to the commit.
        cause: Box<Cause>,
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

    pub(crate) fn database<E: Into<Cause>>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |cause| Self::Database {
            doing,
            cause: Box::new(cause.into()),
        }
    }
}

/// What a database says of itself.
#[derive(Debug, ThisError)]
pub enum Cause {
    /// SQLite, in this process.
    #[error("{}", brief(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// A server, or the way to it.
    #[error("{0}")]
    Server(#[from] remote::Error),
    /// The pragma was given and has no effect, as inside a transaction.
    #[error(
        "foreign keys cannot be switched {}; is a transaction open on this connection?",
        if *wanted { "ON" } else { "OFF" }
    )]
    ForeignKeysStay {
        /// What was wanted.
        wanted: bool,
    },
    /// Something else went wrong on the way.
    #[error("{0}")]
    Other(String),
}

impl Cause {
    /// Whether another connection holds the database.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Sqlite(cause) => cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy),
            Self::Server(cause) => matches!(
                cause.code(),
                Some("SQLITE_BUSY" | "SQLITE_LOCKED" | "TRANSACTION_BUSY")
            ),
            Self::ForeignKeysStay { .. } | Self::Other(_) => false,
        }
    }

    /// Whether a signal ended it.
    pub fn is_interruption(&self) -> bool {
        match self {
            Self::Sqlite(cause) => {
                cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
            }
            Self::Server(cause) => matches!(cause, remote::Error::Interrupted { .. }),
            Self::ForeignKeysStay { .. } | Self::Other(_) => false,
        }
    }

    /// Whether what was asked for may have been done all the same.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Server(cause) if cause.is_uncertain())
    }

    /// Whether the session with a server is gone.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Server(cause) => {
                cause.is_uncertain()
                    || matches!(
                        cause,
                        remote::Error::StreamEnded(_) | remote::Error::Unreachable { .. }
                    )
            }
            Self::Sqlite(_) | Self::ForeignKeysStay { .. } | Self::Other(_) => false,
        }
    }
}

fn span(first: usize, last: usize) -> String {
    if first == last {
        format!("statement {first}")
    } else {
        format!("one of the statements {first} to {last}")
    }
}

/// SQLite's sentence without the statement's text, which may hold row values.
fn brief(cause: &rusqlite::Error) -> String {
    match cause {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => crate::sqlite::plan::sentence(message),
        other => other.to_string(),
    }
}
