//! The model of a SQLite database's schema: what lowering builds and what a file is read into.
//!
//! Plain data in creation order; expressions are SQLite's SQL text; names are unquoted.

use serde::{Deserialize, Serialize};

use super::text;
use crate::diag::Origin;

pub use super::order::table_order;
pub use super::text::{comment_text, quote, quote_list, seed_safe, string_literal};

/// All objects of a SQLite database, without SQLite's own tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Schema {
    /// Tables in an order in which each comes after the tables that it refers to, where cycles allow.
    pub tables: Vec<Table>,
    /// Indexes that no constraint makes.
    pub indexes: Vec<Index>,
    /// Views in order of dependence.
    pub views: Vec<View>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
}

impl Schema {
    /// The table of that name, as SQLite compares names (ASCII case ignored).
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables
            .iter()
            .find(|t| t.name.eq_ignore_ascii_case(name))
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Columns in table order.
    pub columns: Vec<Column>,
    /// Primary key.
    pub primary_key: Option<PrimaryKey>,
    /// UNIQUE constraints.
    pub uniques: Vec<Unique>,
    /// CHECK constraints.
    pub checks: Vec<Check>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// `WITHOUT ROWID`.
    pub without_rowid: bool,
    /// `STRICT`.
    pub strict: bool,
    /// Rows that belong to the table itself, as SQL: a table of an enum's labels. The key is the first column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<String>>,
    /// Comment, written inside the statement's text.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

impl Table {
    /// The column of that name, as SQLite compares names.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(name))
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Declared type, which decides the affinity; empty is BLOB affinity.
    pub declared_type: String,
    /// `NOT NULL`.
    pub not_null: bool,
    /// `DEFAULT`: a literal, or an expression that the emitter puts in parentheses.
    pub default: Option<Default_>,
    /// `GENERATED ALWAYS AS (..)`.
    pub generated: Option<Generated>,
    /// `COLLATE`.
    pub collate: Option<String>,
    /// Comment, written behind the column.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A default value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Default_ {
    /// A literal as SQL: `0`, `'x'`, `NULL`, `x'00'`.
    Literal(String),
    /// An expression, without its parentheses.
    Expr(String),
}

impl Default_ {
    /// The default that a text stands for: a literal where SQLite takes it without parentheses, else an expression.
    pub fn from_sql(sql: &str) -> Self {
        let tokens = text::tokens(sql);
        let literal = match tokens.as_slice() {
            [one] => match one.kind {
                text::Kind::String | text::Kind::Blob | text::Kind::Number => true,
                text::Kind::Word => [
                    "NULL",
                    "TRUE",
                    "FALSE",
                    "CURRENT_DATE",
                    "CURRENT_TIME",
                    "CURRENT_TIMESTAMP",
                ]
                .iter()
                .any(|w| one.is_word(w)),
                _ => false,
            },
            [sign, number] => (sign.is("-") || sign.is("+")) && number.kind == text::Kind::Number,
            _ => false,
        };
        if literal {
            Self::Literal(sql.to_owned())
        } else {
            Self::Expr(sql.to_owned())
        }
    }
}

/// A generated column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression.
    pub expr: String,
    /// `STORED` rather than `VIRTUAL`.
    pub stored: bool,
}

/// A primary key. With one column of declared type exactly `INTEGER` it is the rowid and is written inline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// Constraint name.
    pub name: Option<String>,
    /// Columns in key order.
    pub columns: Vec<String>,
    /// `AUTOINCREMENT`.
    pub autoincrement: bool,
}

/// A UNIQUE constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    /// Constraint name.
    pub name: Option<String>,
    /// Columns in key order.
    pub columns: Vec<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Constraint name.
    pub name: Option<String>,
    /// Condition.
    pub expr: String,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: Option<String>,
    /// Referring columns.
    pub columns: Vec<String>,
    /// Table referred to.
    pub ref_table: String,
    /// Columns referred to.
    pub ref_columns: Vec<String>,
    /// `ON DELETE`, when not `NO ACTION`.
    pub on_delete: Option<String>,
    /// `ON UPDATE`, when not `NO ACTION`.
    pub on_update: Option<String>,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    pub deferred: bool,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Name.
    pub name: String,
    /// Table.
    pub table: String,
    /// Key parts as SQL: quoted column or expression, with `COLLATE` and `DESC`.
    pub parts: Vec<IndexPart>,
    /// `UNIQUE`.
    pub unique: bool,
    /// `WHERE`.
    pub predicate: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// One key part of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPart {
    /// Column, or expression text.
    pub key: IndexKey,
    /// `COLLATE`.
    pub collate: Option<String>,
    /// `DESC`.
    pub descending: bool,
}

impl IndexPart {
    /// A key part from its text, `COLLATE` told apart from the expression; `None` for an empty text.
    pub fn from_sql(sql: &str) -> Option<Self> {
        super::ddl::parse_index_part(sql)
    }
}

/// What a key part is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An expression.
    Expr(String),
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Name.
    pub name: String,
    /// Names of its columns, where given.
    pub columns: Vec<String>,
    /// Query.
    pub query: String,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A trigger, kept as its whole statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// Name.
    pub name: String,
    /// Table or view.
    pub table: String,
    /// Whole `CREATE TRIGGER` statement, without its last terminator.
    pub sql: String,
    /// Where it comes from.
    pub origin: Option<Origin>,
}
