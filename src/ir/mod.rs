//! The operations that revisions perform on a PostgreSQL schema, as plain data with Alembic's names.
//!
//! One [`Op`] is at most one PostgreSQL statement: what Alembic renders as several statements (`create_table` with enum
//! types, indexes and comments) arrives as several ops of the same [`Origin`]. Names that the script or a naming
//! convention gave are filled in; names that PostgreSQL would invent are `None` and are invented by `pg::replay`.

mod alter;
mod column;
mod constraint;
mod data;
mod index;
mod object;
mod table;
mod view;

use serde::{Deserialize, Serialize};

pub use crate::diag::{Direction, Origin, Place};
pub use alter::*;
pub use column::*;
pub use constraint::*;
pub use data::*;
pub use index::*;
pub use object::*;
pub use table::*;
pub use view::*;

/// A possibly schema-qualified name, spelled as the catalog has it: never quoted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct QualName {
    /// Schema, where one was given; `None` means the default schema (`public`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The bare name.
    pub name: String,
}

impl QualName {
    /// A name in the default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// A name in a schema; `public` counts as the default one and becomes `None`.
    pub fn qualified(schema: Option<&str>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.filter(|s| *s != "public").map(str::to_owned),
            name: name.into(),
        }
    }

    /// The schema, with the default one filled in.
    pub fn schema_or_default(&self) -> &str {
        self.schema.as_deref().unwrap_or("public")
    }
}

impl std::fmt::Display for QualName {
    /// `schema.name`, or `name` alone in the default schema; for messages, not for SQL.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// An SQL expression as PostgreSQL accepts it, without surrounding keywords: `'x'::text`, `now()`, `a > 0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Expr(pub String);

impl Expr {
    /// An expression from its text.
    pub fn new(sql: impl Into<String>) -> Self {
        Self(sql.into())
    }

    /// A string literal with its quotes doubled: `it's` becomes `'it''s'`.
    pub fn string_literal(value: &str) -> Self {
        Self(format!("'{}'", value.replace('\'', "''")))
    }

    /// The text.
    pub fn sql(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A change of an optional property: leave it, remove it, or set it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Change<T> {
    /// Not mentioned.
    #[default]
    Keep,
    /// Removed (`DROP DEFAULT`, `COMMENT .. IS NULL`).
    Unset,
    /// Given a new value.
    Set(T),
}

impl<T> Change<T> {
    /// Whether nothing changes.
    pub fn is_keep(&self) -> bool {
        matches!(self, Change::Keep)
    }
}

/// One operation and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// What is done.
    #[serde(flatten)]
    pub kind: OpKind,
    /// The revision and line that do it.
    pub origin: Origin,
}

/// Everything that a revision can do to a schema or its data.
///
/// A `match` over it is written without `_`, so that the compiler names each place that a new operation touches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum OpKind {
    /// `CREATE TABLE`.
    CreateTable(CreateTable),
    /// `DROP TABLE`.
    DropTable(DropTable),
    /// `ALTER TABLE .. RENAME TO`.
    RenameTable(RenameTable),
    /// `ALTER TABLE .. SET SCHEMA`.
    SetTableSchema(SetTableSchema),
    /// `ALTER TABLE .. ATTACH/DETACH PARTITION`, `INHERIT`, row security, storage options.
    AlterTable(AlterTable),
    /// `COMMENT ON TABLE`.
    SetTableComment(SetTableComment),
    /// `ALTER TABLE .. ADD COLUMN`.
    AddColumn(AddColumn),
    /// `ALTER TABLE .. DROP COLUMN`.
    DropColumn(DropColumn),
    /// `ALTER TABLE .. ALTER COLUMN` and `RENAME COLUMN`.
    AlterColumn(Box<AlterColumn>),
    /// `ALTER TABLE .. ADD CONSTRAINT`.
    AddConstraint(AddConstraint),
    /// `ALTER TABLE .. DROP CONSTRAINT`.
    DropConstraint(DropConstraint),
    /// `ALTER TABLE .. RENAME CONSTRAINT`.
    RenameConstraint(RenameConstraint),
    /// `ALTER TABLE .. VALIDATE CONSTRAINT` and `ALTER CONSTRAINT .. DEFERRABLE`.
    AlterConstraint(AlterConstraint),
    /// `CREATE INDEX`.
    CreateIndex(CreateIndex),
    /// `DROP INDEX`.
    DropIndex(DropIndex),
    /// `ALTER INDEX .. RENAME TO`.
    RenameIndex(RenameIndex),
    /// `CREATE TYPE .. AS ENUM`.
    CreateEnum(CreateEnum),
    /// `ALTER TYPE .. ADD VALUE`, `RENAME VALUE`.
    AlterEnum(AlterEnum),
    /// `DROP TYPE`, `DROP DOMAIN`.
    DropType(DropType),
    /// `ALTER TYPE .. RENAME TO`, `ALTER DOMAIN .. RENAME TO`.
    RenameType(RenameType),
    /// `CREATE TYPE .. AS (..)`: a composite type, kept as its definition.
    CreateComposite(CreateComposite),
    /// `CREATE DOMAIN`.
    CreateDomain(CreateDomain),
    /// `ALTER DOMAIN`.
    AlterDomain(AlterDomain),
    /// `CREATE SCHEMA`.
    CreateSchema(CreateSchema),
    /// `DROP SCHEMA`.
    DropSchema(DropSchema),
    /// `CREATE EXTENSION`.
    CreateExtension(CreateExtension),
    /// `DROP EXTENSION`.
    DropExtension(DropExtension),
    /// `CREATE SEQUENCE`.
    CreateSequence(CreateSequence),
    /// `ALTER SEQUENCE`.
    AlterSequence(AlterSequence),
    /// `DROP SEQUENCE`.
    DropSequence(DropSequence),
    /// `CREATE [MATERIALIZED] VIEW`.
    CreateView(CreateView),
    /// `DROP [MATERIALIZED] VIEW`.
    DropView(DropView),
    /// `CREATE FUNCTION` or `PROCEDURE`.
    CreateFunction(CreateFunction),
    /// `DROP FUNCTION` or `PROCEDURE`.
    DropFunction(DropFunction),
    /// `CREATE TRIGGER`.
    CreateTrigger(CreateTrigger),
    /// `DROP TRIGGER`.
    DropTrigger(DropTrigger),
    /// `COMMENT ON` anything but tables and columns.
    SetComment(SetComment),
    /// `CREATE/DROP POLICY`, kept as text.
    Policy(Policy),
    /// `ALTER POLICY`.
    AlterPolicy(AlterPolicy),
    /// `ALTER TYPE` of a composite type.
    AlterComposite(AlterComposite),
    /// `ALTER SCHEMA .. RENAME TO`.
    RenameSchema(RenameSchema),
    /// `ALTER FUNCTION`, `ALTER PROCEDURE`.
    AlterFunction(AlterFunction),
    /// `ALTER TRIGGER .. RENAME TO`.
    RenameTrigger(RenameTrigger),
    /// What is kept as its statement: rules, aggregates, range types and the like.
    OtherObject(OtherObject),
    /// `op.bulk_insert`.
    BulkInsert(BulkInsert),
    /// Raw SQL, one or more statements, as the script executes it.
    ExecuteSql(ExecuteSql),
    /// One data statement (`INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, `SELECT`).
    Data(DataStatement),
    /// A statement that does nothing to the schema (`SET`, `ANALYZE`, `GRANT`, ..).
    NoEffect(NoEffect),
    /// What could not be evaluated or understood: kept, shown, never lost.
    Opaque(Opaque),
}
