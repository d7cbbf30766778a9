//! Both sides compared: schema findings, row digests and the cells that differ.
//!
//! Nothing here trusts the port: PostgreSQL is read as text where the port reads binary, and stored values are decoded
//! by [`decode`], written apart from the encoder, from the one [`Encoding`](crate::lower::Encoding) that both are told.
//! Both sides are only read. What is found is data ([`Verification`]); only what keeps the comparison itself from being
//! made is an [`Error`].
//!
//! ```text
//! PostgreSQL text --decode::pg-----> canonical bytes --digest--> sums per table, column and key range --+
//!                                                                                                       +--> Verification
//! SQLite value -----decode::stored-> canonical bytes --digest--> sums per table, column and key range --+
//! ```

mod alone;
mod constraints;
mod databases;
pub mod decode;
mod digest;
mod error;
mod files;
pub mod query;
mod result;
mod rows;
pub mod schema;
mod sequence;
mod target;

pub use alone::run_schema;
pub use databases::{compare_rows, compare_sequences};
pub use error::Error;
pub use files::{alembic_rows, compare_files, left_out};
pub use result::{
    CellDifference, ColumnResult, Comparison, ConstraintBreach, ConstraintKind, DifferenceKind,
    ForeignKeyBreach, Level, Options, Progress, Reading, RuleCount, SequenceResult, SideInfo,
    Silent, Since, TableResult, Times, Verification,
};
pub use rows::{RejectedRow, run, run_without};
pub use schema::{
    COMMENT, Finding, ObjectKind, Verdict, compare_displayed, compare_pg, compare_sqlite,
    object_verdicts, views_not_compared,
};
pub use target::open_target;
