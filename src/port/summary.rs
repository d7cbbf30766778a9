//! What a port found and did, as values for reports. Clock readings stand apart, so that reports can be equal.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::convert::{Value, ValueIssue};
use super::journal::Mark;
use crate::lower::{Loss, Rule};

/// A table that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct TableSummary {
    /// Name in PostgreSQL.
    pub table: String,
    /// Name in SQLite.
    pub sqlite: String,
    /// Rows that the source gave.
    pub rows_read: u64,
    /// Rows that are in the target.
    pub rows_written: u64,
    /// Rows that the target refused.
    pub rows_rejected: u64,
    /// Bytes of the values as the source sent them.
    pub bytes: u64,
}

/// Cells of a column that an accepted rule changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Table in PostgreSQL.
    pub table: String,
    /// Column in PostgreSQL.
    pub column: String,
    /// Why they had no exact form.
    pub issue: ValueIssue,
    /// What was done.
    pub rule: Rule,
    /// How many.
    pub count: u64,
}

/// Cells of a column that have no exact form, for which nothing is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// Table in PostgreSQL.
    pub table: String,
    /// Column in PostgreSQL.
    pub column: String,
    /// Why.
    pub issue: ValueIssue,
    /// How many.
    pub count: u64,
    /// Keys of the first few rows (`row 17` where the table has no key), never other values.
    pub examples: Vec<String>,
    /// Rules of which one has to be accepted for the column.
    pub choices: Vec<Rule>,
}

impl std::fmt::Display for Undecided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let choices: Vec<String> = self.choices.iter().map(|r| r.name()).collect();
        write!(
            f,
            "{}.{}: {} {} (at {}); accept one of {}",
            self.table,
            self.column,
            self.count,
            self.issue,
            self.examples.join("; "),
            choices.join(", ")
        )
    }
}

/// A row that the target refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Table in PostgreSQL.
    pub table: String,
    /// Key of the row, or `row 17`.
    pub key: String,
    /// SQLite's words, and whose constraint it is where that is known.
    pub reason: String,
}

/// A value of a rejected row, as SQLite would have been given it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// REAL, by its bits.
    Real(u64),
    /// TEXT.
    Text(String),
    /// BLOB.
    Blob(Vec<u8>),
}

impl Kept {
    /// The value, kept.
    pub fn of(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(n) => Self::Integer(n),
            Value::Real(r) => Self::Real(r.to_bits()),
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Blob(bytes) => Self::Blob(bytes.to_owned()),
        }
    }
}

/// A row that the target refused, with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Table in SQLite.
    pub table: String,
    /// Values of the columns that SQLite does not compute, in table order.
    pub values: Vec<Kept>,
}

/// A sequence that was carried over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceSeed {
    /// Table in SQLite.
    pub table: String,
    /// Sequence in PostgreSQL.
    pub sequence: String,
    /// What `nextval` would have given, and what SQLite gives next (unless larger keys exist).
    pub next: i64,
}

/// How long parts of a port took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timings {
    /// Per table, in order: from its first row to its last written one.
    pub tables: Vec<(String, Duration)>,
    /// All rows.
    pub rows: Duration,
    /// Indexes.
    pub indexes: Duration,
    /// Check of the foreign keys.
    pub foreign_keys: Duration,
    /// Statistics, and bringing the file to disk.
    pub finish: Duration,
}

/// What an earlier run that was broken off had done already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continued {
    /// Rows that it had done.
    pub rows: u64,
    /// Tables whose rows the source does not give any more as they were, and that were begun again.
    pub again: Vec<String>,
}

/// What a port did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Summary {
    /// Tables in the order in which they were ported.
    pub tables: Vec<TableSummary>,
    /// Cells that accepted rules changed.
    pub changes: Vec<Change>,
    /// The first rows that the target refused; [`TableSummary::rows_rejected`] counts all of them.
    pub rejects: Vec<Reject>,
    /// All of them with their values, for the verification; `None` where there were more than are held.
    #[serde(default)]
    pub rejected_rows: Option<Vec<RejectedRow>>,
    /// Sequences.
    pub sequences: Vec<SequenceSeed>,
    /// What it went on from; `None` where it began at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continued: Option<Continued>,
    /// Rows and digests of the tables by their place; empty where the load kept no journal.
    #[serde(skip)]
    pub marks: BTreeMap<usize, Mark>,
    /// Clock readings.
    #[serde(skip)]
    pub timings: Timings,
}

impl Summary {
    /// Rows that the target refused, of all tables.
    pub fn rejected(&self) -> u64 {
        self.tables.iter().map(|t| t.rows_rejected).sum()
    }
}

/// What rows break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreachKind {
    /// A foreign key: the row that it refers to is not there.
    Orphan,
    /// A primary key, UNIQUE or a unique index: another row has the key, as SQLite compares it.
    DuplicateKey,
    /// A CHECK.
    Check,
    /// The declared length of a text.
    OverLong,
    /// NOT NULL.
    NotNull,
}

impl BreachKind {
    /// The name in reports, for instance `duplicate-key`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orphan => "orphan",
            Self::DuplicateKey => "duplicate-key",
            Self::Check => "check",
            Self::OverLong => "over-long",
            Self::NotNull => "not-null",
        }
    }
}

/// Rows that break a constraint of the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Table in PostgreSQL.
    pub table: String,
    /// Name of the constraint, or the column where it has none.
    pub constraint: String,
    /// What they break.
    pub kind: BreachKind,
    /// How many rows. Rows that refer to rejected ones are rejected with them and are not among these.
    pub count: u64,
    /// Keys of the first few (`row 17` where the table has no key), never other values.
    pub examples: Vec<String>,
    /// The target would reject them.
    pub rejected: bool,
    /// Whose doing it is.
    pub cause: String,
}

/// What a port would do to the values, and to rows and names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct CheckReport {
    /// Tables with the rows that were read; nothing was written.
    pub tables: Vec<TableSummary>,
    /// Cells that accepted rules would change.
    pub changes: Vec<Change>,
    /// Cells for which something has to be decided.
    pub undecided: Vec<Undecided>,
    /// Rows that break a constraint of the target.
    #[serde(default)]
    pub breaches: Vec<Breach>,
    /// Tables, columns and indexes that are called otherwise, since SQLite does not tell names apart by case, has no schemas or
    /// keeps the name for itself.
    #[serde(default)]
    pub names: Vec<Loss>,
    /// What of the schema would be lost and nobody accepted: a port is refused for it.
    #[serde(default)]
    pub refused: Vec<Loss>,
    /// What of the source would not be carried over, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_carried: Vec<String>,
    /// What was not looked at, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_checked: Vec<String>,
}

impl CheckReport {
    /// Rows that the target would reject.
    pub fn rejected(&self) -> u64 {
        self.breaches
            .iter()
            .filter(|b| b.rejected)
            .map(|b| b.count)
            .sum()
    }

    /// Whether a port would be refused until something is decided.
    pub fn needs_decisions(&self) -> bool {
        !self.undecided.is_empty() || !self.refused.is_empty()
    }
}
