//! A libSQL server, spoken to by Hrana over HTTP (version 3, or 2 where a server has no other), in JSON.
//!
//! A [`Stream`] is one connection of the server's: what one statement sets, a later one finds, and a transaction lives on it. HTTP
//! has no connections, so the server gives a baton with each answer that names the stream in the next request, and forgets the
//! stream soon after the last one (sqld: 10 seconds), taking back what was not committed. Hence the two rules of this module: what is
//! outside a transaction may begin on a new stream, and what is inside one never does, for half of it would then be committed
//! statement by statement.
//!
//! Sources of the rules: the Hrana 3 specification and libsql-server (`hrana/http/stream.rs`: batons and their end;
//! `connection/connection_manager.rs`: a write transaction older than 5 seconds is taken back as soon as another writer waits, and
//! the **one** request after that is answered by `TRANSACTION_TIMEOUT`; `query_analysis.rs`: the statements and pragmas it accepts).

mod error;
mod http;
mod rows;
mod stream;
mod upload;
mod url;
mod wire;

pub use error::{Error, ServerError};
pub use rows::{Asked, Entry, Pages, Shape};
pub use stream::{Options, Step, StepOutcome, Stopped, Stream};
pub use upload::{MARKER, UploadError, upload};
pub use url::{RemoteUrl, Token, percent_decoded};
pub use wire::{Column, Condition, Description, Statement, StatementResult};

/// Bytes of SQL and arguments that one request may carry. libsql-server takes requests of 2 MiB and refuses 8 MiB.
pub const REQUEST_BYTES: usize = 1 << 20;
