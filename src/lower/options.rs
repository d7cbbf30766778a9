//! What the team decided about lowering: the part of `decant.toml` that [`lower`](super) reads.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::encoding::Profile;

/// Decisions. Unknown keys are refused when the file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Storage convention.
    pub profile: Profile,
    /// Declared type and encoding by PostgreSQL type name (`citext`) or SQLAlchemy dotted name.
    pub types: IndexMap<String, TypeOverride>,
    /// The same by `table.column`.
    pub columns: IndexMap<String, TypeOverride>,
    /// Accepted losses, each `object: rule`, for instance `invoices.total: decimal-text`.
    pub accept: Vec<String>,
    /// Accept every loss in the form that is its default; each is still counted and listed.
    pub accept_lossy: bool,
    /// Tables whose key does without AUTOINCREMENT.
    pub no_autoincrement: Vec<String>,
    /// The target is libSQL: vectors become `F32_BLOB(n)`, and their indexes a migration of their own.
    pub libsql: bool,
    /// Keep the lengths of `varchar(n)` and `char(n)` by a CHECK.
    pub check_lengths: bool,
    /// Enums whose labels become rows of a table that columns refer to, instead of a CHECK; `*` is all of them.
    pub enum_tables: Vec<String>,
    /// Emit STRICT tables.
    pub strict: bool,
}

/// How one type or column is stored instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TypeOverride {
    /// Declared type in SQLite.
    pub declared: Option<String>,
    /// Encoding by its name (`uuid-text`, `decimal-text`).
    pub encoding: Option<String>,
}
