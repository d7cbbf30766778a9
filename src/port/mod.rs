//! Rows from PostgreSQL to SQLite: every value in its stored form, what does not fit told, nothing changed in silence.

#![deny(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::unwrap_used
)]

pub mod convert;

pub use convert::{Converted, Converter, Failure, Value, ValueIssue};
