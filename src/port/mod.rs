//! Rows from PostgreSQL to SQLite: every value in its stored form, what does not fit told, nothing changed in silence.
//!
//! ```text
//! Source --cells--> Converter --values--> Batch ==bounded channel==> RowSink --> file being loaded
//!                       |                                               |
//!                    Issues (no exact form)                          Rejects (constraints)
//! ```
//!
//! [`run`] ports, [`check`] makes the same pass without writing. The target is a file of the caller's that holds the schema and is
//! not yet published: after an error it is thrown away, or gone on with later by its [`journal`]. Not here: reading (`pg`), the encodings (`lower`), proof (`verify`).

#![deny(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::unwrap_used
)]

mod batch;
mod budget;
pub mod convert;
mod error;
mod finish;
mod issues;
mod jobs;
pub mod journal;
mod large;
mod plan;
mod probe;
mod progress;
mod read;
mod references;
mod reject;
mod run;
mod sink;
mod summary;
mod write;

pub use batch::Batch;
pub use convert::{Converted, Converter, Failure, Value, ValueIssue};
pub use error::Error;
pub use journal::Left;
pub use plan::{TablePlan, plan};
pub use probe::Thorough;
pub use progress::{Progress, Quiet, Stage};
pub use run::{Existing, JournalOptions, Options, Statistics, check, moved, run};
pub use sink::{RejectFn, RowSink, StatementSink};
pub use summary::{
    Breach, BreachKind, Change, CheckReport, Continued, Kept, Reject, RejectedRow, SequenceSeed,
    Summary, TableSummary, Timings, Undecided,
};
