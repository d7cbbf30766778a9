//! Columns and their types, and the operations on one column.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Change, Expr, QualName};

/// A SQLAlchemy type as the script declared it. Lowering asks it before PostgreSQL's type: `sqlalchemy_utils.UUIDType`
/// and `sqlalchemy.Uuid` are both `uuid` in PostgreSQL and are stored differently on SQLite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct DeclaredType {
    /// Dotted name of the class where it is defined publicly: `sqlalchemy.Integer`, `sqlalchemy.dialects.postgresql.JSONB`,
    /// `clinic.db.types.EncryptedText`.
    pub path: String,
    /// Positional arguments as Python prints them (`50`, `'a'`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Keyword arguments as Python prints them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub kwargs: IndexMap<String, String>,
    /// For a `TypeDecorator` subclass or another wrapper: the type that it is implemented by; for `ARRAY`: the item type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<DeclaredType>>,
}

/// The type of a column: the PostgreSQL text, and what the script said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ColumnType {
    /// Type text as SQLAlchemy's PostgreSQL compiler renders it, or as raw SQL has it: `VARCHAR(50)`, `SERIAL`, `mood`,
    /// `TIMESTAMP WITH TIME ZONE`, `TEXT[]`. Names of enums and domains are quoted when they need it.
    pub sql: String,
    /// The declaration; `None` for raw SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<DeclaredType>,
}

impl ColumnType {
    /// A type known by its PostgreSQL text alone.
    pub fn sql(text: impl Into<String>) -> Self {
        Self {
            sql: text.into(),
            declared: None,
        }
    }
}

/// `GENERATED .. AS IDENTITY`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Identity {
    /// `ALWAYS` rather than `BY DEFAULT`.
    pub always: bool,
    /// Options of its sequence.
    #[serde(default)]
    pub sequence: SequenceOptions,
    /// `SEQUENCE NAME`, as `pg_dump` writes it; `None` where PostgreSQL invents the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_name: Option<QualName>,
}

/// Options of a sequence; `None` is PostgreSQL's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct SequenceOptions {
    /// `AS type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<String>,
    /// `START WITH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// `INCREMENT BY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// `MINVALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// `MAXVALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// `CACHE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// `CYCLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<bool>,
}

/// `GENERATED ALWAYS AS (..)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression.
    pub expr: Expr,
    /// `STORED` (PostgreSQL before 18 knows no other).
    pub stored: bool,
}

/// A column as `CREATE TABLE` or `ADD COLUMN` gives it. Key, unique, check and reference clauses stand as
/// [`Constraint`](super::Constraint)s of the operation, in PostgreSQL's order of creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub type_: ColumnType,
    /// Whether NULL is allowed as far as the column clause says; a primary key makes it false in replay.
    pub nullable: bool,
    /// Server default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// Identity clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Generated clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// `COLLATE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// `ALTER TABLE .. ADD COLUMN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddColumn {
    /// Table.
    pub table: QualName,
    /// The column.
    pub column: Column,
    /// Constraints that stand in the same statement (Alembic renders inline CHECKs so; raw SQL any).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<super::Constraint>,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

/// `ALTER TABLE .. DROP COLUMN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropColumn {
    /// Table.
    pub table: QualName,
    /// Column.
    pub column: String,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// What happens to a column's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum IdentityChange {
    /// Nothing.
    #[default]
    Keep,
    /// `ADD GENERATED .. AS IDENTITY`.
    Add(Identity),
    /// `SET GENERATED ..`, `SET START ..`; only what is given changes.
    Set {
        /// New `ALWAYS`/`BY DEFAULT`.
        always: Option<bool>,
        /// Options that change.
        sequence: SequenceOptions,
    },
    /// `DROP IDENTITY`.
    Drop,
}

/// What a call says about a column before it (`existing_type`, `existing_nullable`): no part of the statement, but
/// evidence of what the history's authors had before them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriorColumn {
    /// Type as SQL.
    pub type_: Option<String>,
    /// Whether NULL was allowed.
    pub nullable: Option<bool>,
    /// Server default; `Unset` says that there was none.
    pub default: Change<Expr>,
    /// Comment; `Unset` says that there was none.
    pub comment: Change<String>,
}

/// `ALTER TABLE .. ALTER COLUMN`, in Alembic's statement order: type, nullability, default, comment, rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct AlterColumn {
    /// Table.
    pub table: QualName,
    /// Column, by its name before.
    pub column: String,
    /// New type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<ColumnType>,
    /// `COLLATE` of the type change; without it the column takes the new type's own collation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// `USING` of the type change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<Expr>,
    /// `SET`/`DROP NOT NULL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
    /// `SET`/`DROP DEFAULT`.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub default: Change<Expr>,
    /// Identity.
    #[serde(default)]
    pub identity: IdentityChange,
    /// `DROP EXPRESSION`.
    #[serde(default)]
    pub drop_expression: bool,
    /// `COMMENT ON COLUMN`.
    #[serde(default, skip_serializing_if = "Change::is_keep")]
    pub comment: Change<String>,
    /// `RENAME COLUMN .. TO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    /// What the call says about the column before it.
    #[serde(skip)]
    pub existing: PriorColumn,
}
