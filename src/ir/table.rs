//! Operations on whole tables.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Column, Constraint, QualName};

/// `CREATE TABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct CreateTable {
    /// Name.
    pub name: QualName,
    /// Columns in table order.
    pub columns: Vec<Column>,
    /// Constraints in PostgreSQL's order of creation (which numbers the names it invents).
    pub constraints: Vec<Constraint>,
    /// `IF NOT EXISTS`.
    #[serde(default)]
    pub if_not_exists: bool,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// `UNLOGGED`.
    #[serde(default)]
    pub unlogged: bool,
    /// `TEMPORARY`: gone at the end of the session, so never part of the schema.
    #[serde(default)]
    pub temporary: bool,
    /// `PARTITION BY ..` (text after `PARTITION BY`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<String>,
    /// `PARTITION OF parent`, and the bound (`FOR VALUES ..` or `DEFAULT`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<(QualName, String)>,
    /// `INHERITS (..)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<QualName>,
    /// `LIKE source` clauses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub like: Vec<LikeTable>,
    /// `AS query`, or the query of a `SELECT INTO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<TableQuery>,
    /// Storage parameters: `WITH (..)`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub with: IndexMap<String, String>,
    /// Where and how its rows are kept, as clauses: `TABLESPACE fast`, `USING heap`, `ON COMMIT DROP`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placement: Vec<String>,
    /// `sqlite_*` keyword arguments of the table: what the team already wanted on SQLite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sqlite_options: Vec<(String, String)>,
}

/// A `LIKE source` clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikeTable {
    /// Table or view.
    pub source: QualName,
    /// What is included: `defaults`, `constraints`, `indexes`, `comments`, `generated`, `identity`, ..
    pub including: Vec<String>,
    /// How many columns stand before it.
    pub position: usize,
}

/// The query that a table is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableQuery {
    /// Text of the query.
    pub sql: String,
    /// Names given to its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// `WITH NO DATA`.
    pub no_data: bool,
}

/// `DROP TABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropTable {
    /// Name.
    pub name: QualName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `ALTER TABLE .. RENAME TO`; also used by PostgreSQL for views, sequences and indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameTable {
    /// Name before.
    pub name: QualName,
    /// Name after, in the same schema.
    pub new_name: String,
    /// `IF EXISTS`.
    #[serde(default)]
    pub if_exists: bool,
}

/// `ALTER TABLE .. SET SCHEMA`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTableSchema {
    /// Name before.
    pub name: QualName,
    /// Schema after.
    pub new_schema: String,
}

/// Changes of a table that are neither columns nor constraints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterTable {
    /// Table.
    pub table: QualName,
    /// What changes.
    pub action: TableAction,
}

/// See [`AlterTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableAction {
    /// `ATTACH PARTITION name bound`.
    AttachPartition(QualName, String),
    /// `DETACH PARTITION name`.
    DetachPartition(QualName),
    /// `INHERIT parent`.
    Inherit(QualName),
    /// `NO INHERIT parent`.
    NoInherit(QualName),
    /// `ENABLE`/`DISABLE ROW LEVEL SECURITY`.
    RowSecurity(bool),
    /// `[NO] FORCE ROW LEVEL SECURITY`.
    ForceRowSecurity(bool),
    /// `SET LOGGED` (false) / `SET UNLOGGED` (true).
    Unlogged(bool),
    /// `ENABLE`/`DISABLE TRIGGER name`: the new state, `O` enabled, `D` disabled, `R` replica, `A` always.
    TriggerState(String, char),
}

/// `COMMENT ON TABLE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTableComment {
    /// Table.
    pub table: QualName,
    /// Comment; `None` removes it.
    pub comment: Option<String>,
}
