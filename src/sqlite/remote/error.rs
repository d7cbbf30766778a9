//! Why a server could not be asked, or what it refused.

use thiserror::Error as ThisError;

/// What a server says of a statement or a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerError {
    /// Its sentence.
    pub message: String,
    /// Its code, such as `SQLITE_CONSTRAINT` or `TRANSACTION_TIMEOUT`; may be empty.
    pub code: String,
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // "SQLite error: no such table: t" says no more than its second half.
        let message = self
            .message
            .strip_prefix("SQLite error: ")
            .or_else(|| self.message.strip_prefix("SQL input error: "))
            .unwrap_or(&self.message);
        match self.code.as_str() {
            "TRANSACTION_TIMEOUT" => f.write_str(
                "another writer waited, and the server took the transaction back, which was older than it allows (5 seconds by \
                 default)",
            ),
            _ => f.write_str(message),
        }
    }
}

/// Why a request to a server gave no result. No sentence holds a token.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// The URL is none of a server.
    #[error("{0}")]
    Url(String),
    /// The server was not reached: nothing was asked.
    #[error("the server {server} cannot be reached: {cause}")]
    Unreachable {
        /// Scheme, host and port.
        server: String,
        /// What the network says.
        cause: String,
    },
    /// The request was sent and no answer came: whether it was carried out is not known.
    #[error("the connection to {server} was lost: {cause}")]
    Lost {
        /// Scheme, host and port.
        server: String,
        /// What the network says.
        cause: String,
    },
    /// The server does not let us in.
    #[error(
        "the server {server} refuses the access (HTTP {status}{}): {hint}",
        said(message)
    )]
    Access {
        /// Scheme, host and port.
        server: String,
        /// 401 or 403.
        status: u16,
        /// What it says.
        message: String,
        /// What to do.
        hint: &'static str,
    },
    /// The server answered by an HTTP status that is no success.
    #[error("the server {server} answered HTTP {status}{}", said(message))]
    Http {
        /// Scheme, host and port.
        server: String,
        /// The status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The server has forgotten the stream; nothing of this request was carried out, and what was not committed is taken back.
    #[error("the server has ended the session ({0})")]
    StreamEnded(String),
    /// The answer is not what the protocol says.
    #[error(
        "the server {server} gave an answer that is not of the Hrana protocol ({what}); is the URL one of a libSQL server?"
    )]
    Protocol {
        /// Scheme, host and port.
        server: String,
        /// What is wrong with it.
        what: String,
    },
    /// The server refuses or fails a statement.
    #[error("{0}")]
    Statement(ServerError),
    /// A value that JSON cannot carry to the server.
    #[error("argument {place} is {value}, which the Hrana protocol cannot carry")]
    Argument {
        /// Place among the arguments, from 1.
        place: usize,
        /// The value.
        value: String,
    },
    /// A signal ended the wait for the answer.
    #[error("interrupted while waiting for {server}")]
    Interrupted {
        /// Scheme, host and port.
        server: String,
    },
}

impl Error {
    /// Whether the request may have been carried out although no proper answer came.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Lost { .. } | Self::Protocol { .. } | Self::Interrupted { .. } => true,
            Self::Http { status, .. } => *status >= 500,
            Self::Url(_)
            | Self::Unreachable { .. }
            | Self::Access { .. }
            | Self::StreamEnded(_)
            | Self::Statement(_)
            | Self::Argument { .. } => false,
        }
    }

    /// The code of a statement's failure, such as `SQLITE_BUSY`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => Some(&error.code),
            _ => None,
        }
    }
}

fn said(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}
