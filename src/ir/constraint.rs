//! Constraints and the operations on them.

use serde::{Deserialize, Serialize};

use super::{Expr, QualName};

/// What a foreign key does when its referent changes (PostgreSQL manual, section 5.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// `NO ACTION`, the default.
    #[default]
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

impl ReferentialAction {
    /// The SQL keywords.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }

    /// Reads the SQL keywords, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let words = text
            .split_whitespace()
            .map(str::to_ascii_lowercase)
            .collect::<Vec<_>>()
            .join(" ");
        Some(match words.as_str() {
            "no action" => Self::NoAction,
            "restrict" => Self::Restrict,
            "cascade" => Self::Cascade,
            "set null" => Self::SetNull,
            "set default" => Self::SetDefault,
            _ => return None,
        })
    }
}

/// One constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Name; `None` where PostgreSQL invents one. In the replayed schema it is always there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it demands.
    #[serde(flatten)]
    pub kind: ConstraintKind,
    /// `DEFERRABLE`.
    #[serde(default)]
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    #[serde(default)]
    pub initially_deferred: bool,
    /// `NOT VALID`.
    #[serde(default)]
    pub not_valid: bool,
    /// `COMMENT ON CONSTRAINT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Constraint {
    /// A constraint without options.
    pub fn new(name: Option<String>, kind: ConstraintKind) -> Self {
        Self {
            name,
            kind,
            deferrable: false,
            initially_deferred: false,
            not_valid: false,
            comment: None,
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `PRIMARY KEY (..)`.
    PrimaryKey {
        /// Key columns in key order.
        columns: Vec<String>,
        /// `INCLUDE (..)`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        include: Vec<String>,
        /// `USING INDEX name`: the index becomes the constraint's (raw SQL only).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        using_index: Option<String>,
    },
    /// `UNIQUE (..)`.
    Unique {
        /// Columns in key order.
        columns: Vec<String>,
        /// `INCLUDE (..)`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        include: Vec<String>,
        /// `NULLS NOT DISTINCT` (PostgreSQL 15).
        #[serde(default)]
        nulls_not_distinct: bool,
        /// `USING INDEX name`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        using_index: Option<String>,
    },
    /// `FOREIGN KEY (..) REFERENCES ..`.
    ForeignKey(ForeignKey),
    /// `CHECK (..)`.
    Check {
        /// The condition, without `CHECK ( )`.
        expr: Expr,
        /// `NO INHERIT`.
        #[serde(default)]
        no_inherit: bool,
    },
    /// `EXCLUDE USING .. (..)`.
    Exclude {
        /// Index method; PostgreSQL's default is `gist` through SQLAlchemy, `btree` in raw SQL.
        method: String,
        /// Elements (expression or column text with its options) and the operator of each.
        elements: Vec<(String, String)>,
        /// `WHERE (..)`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        predicate: Option<Expr>,
    },
}

/// A reference to another table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Referring columns.
    pub columns: Vec<String>,
    /// Table referred to.
    pub ref_table: QualName,
    /// Columns referred to; empty means that table's primary key (filled in by replay).
    pub ref_columns: Vec<String>,
    /// `ON DELETE`.
    #[serde(default)]
    pub on_delete: ReferentialAction,
    /// `ON UPDATE`.
    #[serde(default)]
    pub on_update: ReferentialAction,
    /// `SET NULL (col, ..)`, `SET DEFAULT (col, ..)` of `ON DELETE` (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_delete_columns: Vec<String>,
    /// `MATCH FULL`.
    #[serde(default)]
    pub match_full: bool,
}

/// `ALTER TABLE .. ADD CONSTRAINT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddConstraint {
    /// Table.
    pub table: QualName,
    /// The constraint.
    pub constraint: Constraint,
}

/// `ALTER TABLE .. DROP CONSTRAINT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropConstraint {
    /// Table.
    pub table: QualName,
    /// Name (PostgreSQL compares its first 63 bytes).
    pub name: String,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
}

/// `ALTER TABLE .. RENAME CONSTRAINT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameConstraint {
    /// Table.
    pub table: QualName,
    /// Name before.
    pub name: String,
    /// Name after.
    pub new_name: String,
}

/// `VALIDATE CONSTRAINT` and `ALTER CONSTRAINT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterConstraint {
    /// Table.
    pub table: QualName,
    /// Constraint.
    pub name: String,
    /// It is validated.
    pub validate: bool,
    /// New `DEFERRABLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<bool>,
    /// New `INITIALLY DEFERRED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initially_deferred: Option<bool>,
}
