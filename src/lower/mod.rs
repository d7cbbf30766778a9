//! From a PostgreSQL schema to a SQLite schema: a list of passes over one [`Lowering`]. The only place that knows both.

pub mod encoding;
pub mod loss;
pub mod options;

use serde::{Deserialize, Serialize};

pub use encoding::{ColumnMap, Encoding, Profile, TableMap};
pub use loss::{Grade, Loss, Rule};
pub use options::Options;

/// A PostgreSQL schema, the SQLite schema that keeps it, how each column's values are stored, and what is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Lowering {
    /// What was lowered.
    pub pg: crate::pg::schema::Schema,
    /// What it became.
    pub sqlite: crate::sqlite::schema::Schema,
    /// Tables that hold rows, in the order of the PostgreSQL schema, with their columns.
    pub tables: Vec<TableMap>,
    /// What SQLite cannot keep.
    pub losses: Vec<Loss>,
}
