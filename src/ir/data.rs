//! Operations on data, raw SQL, and what could not be understood.

use serde::{Deserialize, Serialize};

use super::{Expr, OpKind, QualName};

/// A value in a data operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataValue {
    /// SQL NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of any size, as its digits.
    Int(String),
    /// A float or decimal, as Python prints it.
    Number(String),
    /// Text; also dates, times, UUIDs and enum names in the form that PostgreSQL reads.
    Text(String),
    /// Bytes, as hex digits.
    Bytes(String),
    /// A JSON document, serialised as SQLAlchemy would.
    Json(String),
    /// An array.
    Array(Vec<DataValue>),
    /// An SQL expression (`sa.func.now()`).
    Sql(Expr),
    /// Not known without running Python (`uuid4()`, `datetime.utcnow()`, application data), and why.
    Unknown(String),
}

/// `op.bulk_insert(table, rows)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkInsert {
    /// Table.
    pub table: QualName,
    /// Rows; each lists its own columns, since rows may name different ones.
    pub rows: Vec<Vec<(String, DataValue)>>,
}

/// Raw SQL as the script executes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecuteSql {
    /// The text, bind parameters rendered as literals.
    pub sql: String,
    /// Its statements as understood; filled by replay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<SqlStatement>,
}

/// One statement of an [`ExecuteSql`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlStatement {
    /// Text of the statement, without its terminator.
    pub sql: String,
    /// What it does; never `ExecuteSql`. One statement can be several ops (`ALTER TABLE` with several actions).
    pub ops: Vec<OpKind>,
}

/// What a data statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// `INSERT`, `COPY .. FROM`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`, `TRUNCATE`.
    Delete,
    /// `SELECT` and other reads.
    Select,
}

/// One data statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataStatement {
    /// Kind.
    pub kind: DataKind,
    /// Table that it changes, where that is plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<QualName>,
    /// The statement in PostgreSQL's SQL, without its terminator.
    pub sql: String,
    /// Parts that were not known, and why. Where they are values, the text has the parameter `$n` for the n-th of them; where a text was put
    /// together from unknown parts, each is a NULL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
}

/// A statement without effect on the schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoEffect {
    /// The statement.
    pub sql: String,
    /// Why it has none: `setting of the session`, `privileges`, ...
    pub reason: String,
}

/// What could not be evaluated or understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opaque {
    /// The Python or SQL text.
    pub text: String,
    /// Why it is opaque.
    pub reason: String,
    /// Whether the schema may depend on it; else only data does.
    pub touches_schema: bool,
}
