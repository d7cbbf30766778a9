//! Operations on everything that is not a table: types, schemas, extensions, sequences, views, functions, triggers.

use serde::{Deserialize, Serialize};

use super::{Change, Constraint, Expr, QualName, SequenceOptions};

/// `CREATE TYPE .. AS ENUM`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateEnum {
    /// Name.
    pub name: QualName,
    /// Labels in order.
    pub labels: Vec<String>,
    /// Skipped when it exists (`checkfirst=True`, or implied by a `create_table` of the same run).
    pub if_not_exists: bool,
}

/// `ALTER TYPE ..` of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterEnum {
    /// Name.
    pub name: QualName,
    /// What changes.
    pub action: EnumAction,
}

/// See [`AlterEnum`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnumAction {
    /// `ADD VALUE`.
    AddValue {
        /// New label.
        label: String,
        /// Where it goes.
        position: EnumPosition,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `RENAME VALUE .. TO ..`.
    RenameValue {
        /// Label before.
        from: String,
        /// Label after.
        to: String,
    },
    /// `SET SCHEMA`.
    SetSchema(String),
}

/// Where a new enum label goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnumPosition {
    /// After all others.
    Last,
    /// `BEFORE` a label.
    Before(String),
    /// `AFTER` a label.
    After(String),
}

/// `DROP TYPE`, `DROP DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropType {
    /// Name.
    pub name: QualName,
    /// `IF EXISTS`, or `checkfirst=True`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `ALTER TYPE .. RENAME TO`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameType {
    /// Name before.
    pub name: QualName,
    /// Name after.
    pub new_name: String,
}

/// `CREATE TYPE .. AS (..)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateComposite {
    /// Name.
    pub name: QualName,
    /// Attributes and their types.
    pub attributes: Vec<(String, String)>,
}

/// `CREATE DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDomain {
    /// Name.
    pub name: QualName,
    /// Base type as SQL.
    pub base: String,
    /// `NOT NULL`.
    pub not_null: bool,
    /// `DEFAULT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// `COLLATE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// CHECK constraints over `VALUE`.
    pub checks: Vec<Constraint>,
    /// Skipped when it exists (`checkfirst`).
    pub if_not_exists: bool,
}

/// `ALTER DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterDomain {
    /// Name.
    pub name: QualName,
    /// What changes.
    pub action: DomainAction,
}

/// See [`AlterDomain`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainAction {
    /// `SET`/`DROP NOT NULL`.
    NotNull(bool),
    /// `SET`/`DROP DEFAULT`.
    Default(Change<Expr>),
    /// `ADD CONSTRAINT`.
    AddConstraint(Constraint),
    /// `DROP CONSTRAINT`: name, and whether `IF EXISTS` stands there.
    DropConstraint(String, bool),
    /// `RENAME CONSTRAINT`.
    RenameConstraint(String, String),
    /// `VALIDATE CONSTRAINT`.
    Validate(String),
}

/// `CREATE SCHEMA`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSchema {
    /// Name.
    pub name: String,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// `DROP SCHEMA`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropSchema {
    /// Name.
    pub name: String,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `CREATE EXTENSION`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateExtension {
    /// Name.
    pub name: String,
    /// `SCHEMA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// `DROP EXTENSION`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropExtension {
    /// Name.
    pub name: String,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// The column that a sequence is owned by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ColumnRef {
    /// Table.
    pub table: QualName,
    /// Column.
    pub column: String,
}

/// `CREATE SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSequence {
    /// Name.
    pub name: QualName,
    /// Options.
    pub options: SequenceOptions,
    /// `OWNED BY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<ColumnRef>,
    /// `IF NOT EXISTS`, or `checkfirst`.
    pub if_not_exists: bool,
}

/// `ALTER SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterSequence {
    /// Name.
    pub name: QualName,
    /// Options that change.
    pub options: SequenceOptions,
    /// `OWNED BY ..` or `OWNED BY NONE`.
    pub owned_by: Change<ColumnRef>,
    /// `RESTART [WITH n]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// `RENAME TO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    /// `SET SCHEMA`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_schema: Option<String>,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// Where a sequence begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// At its start value.
    Start,
    /// At this value.
    With(i64),
}

/// `DROP SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropSequence {
    /// Name.
    pub name: QualName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateView {
    /// Name.
    pub name: QualName,
    /// Column names given in parentheses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The query, as written.
    pub query: String,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `IF NOT EXISTS` (materialized views).
    pub if_not_exists: bool,
    /// `WITH NO DATA` was said.
    #[serde(default)]
    pub no_data: bool,
    /// `WITH (..)` and `WITH CHECK OPTION`, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
}

/// `DROP [MATERIALIZED] VIEW`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropView {
    /// Name.
    pub name: QualName,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`; the statement itself is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateFunction {
    /// Name.
    pub name: QualName,
    /// Types of the input arguments as written, separated by `, `.
    pub args: String,
    /// `RETURNS ..` as written; `trigger` for trigger functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<String>,
    /// `LANGUAGE`.
    pub language: String,
    /// Body, without its quotes.
    pub body: String,
    /// Whole statement, as it was executed, without its terminator.
    pub sql: String,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// A procedure rather than a function.
    pub procedure: bool,
}

/// `DROP FUNCTION` or `PROCEDURE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropFunction {
    /// Name.
    pub name: QualName,
    /// Argument types, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `CREATE TRIGGER`; the statement itself is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTrigger {
    /// Name.
    pub name: String,
    /// Table or view.
    pub table: QualName,
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub timing: String,
    /// `INSERT`, `UPDATE`, `UPDATE OF a, b`, `DELETE`, `TRUNCATE`.
    pub events: Vec<String>,
    /// `FOR EACH ROW` rather than statement.
    pub each_row: bool,
    /// `WHEN (..)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Expr>,
    /// Function that is called.
    pub function: QualName,
    /// Its arguments, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// Whole statement, without its terminator.
    pub sql: String,
    /// `OR REPLACE`.
    pub or_replace: bool,
}

/// `DROP TRIGGER`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropTrigger {
    /// Name.
    pub name: String,
    /// Table.
    pub table: QualName,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// `COMMENT ON` a type, schema, index, constraint, sequence, view, function or trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetComment {
    /// Kind in upper case, as written: `TYPE`, `INDEX`, `CONSTRAINT`, `EXTENSION` ...
    pub object_kind: String,
    /// Object.
    pub name: QualName,
    /// Table, for constraints and triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<QualName>,
    /// Comment; `None` removes it.
    pub comment: Option<String>,
}

/// A row security policy, kept as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// Table.
    pub table: QualName,
    /// Statement of a `CREATE POLICY`; `None` for `DROP POLICY`.
    pub sql: Option<String>,
    /// `IF EXISTS` of a drop.
    pub if_exists: bool,
}
