//! Changes of objects that are not tables: composite types, schemas, functions, triggers, policies; and the objects that
//! are kept as their statements alone.

use serde::{Deserialize, Serialize};

use super::QualName;

/// `ALTER TYPE` of a composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterComposite {
    /// Type.
    pub name: QualName,
    /// Changes in the order of writing.
    pub actions: Vec<AttributeAction>,
}

/// See [`AlterComposite`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeAction {
    /// `ADD ATTRIBUTE`: name, and type as SQL with its collation.
    Add(String, String),
    /// `DROP ATTRIBUTE`: name, and whether `IF EXISTS` stands there.
    Drop(String, bool),
    /// `ALTER ATTRIBUTE .. TYPE`.
    Type(String, String),
    /// `RENAME ATTRIBUTE`.
    Rename(String, String),
}

/// `ALTER SCHEMA .. RENAME TO`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameSchema {
    /// Schema.
    pub name: String,
    /// Its new name.
    pub new_name: String,
}

/// `ALTER FUNCTION`, `ALTER PROCEDURE`, `ALTER ROUTINE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlterFunction {
    /// Function.
    pub name: QualName,
    /// Types of its input arguments, where they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// What changes.
    pub action: FunctionAction,
}

/// See [`AlterFunction`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionAction {
    /// `RENAME TO`.
    Rename(String),
    /// `SET SCHEMA`.
    SetSchema(String),
    /// Options as text: `STABLE`, `COST 5`, `SET search_path = public`, `RESET ALL`.
    Options(Vec<String>),
}

/// `ALTER TRIGGER .. RENAME TO`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameTrigger {
    /// Trigger.
    pub name: String,
    /// Table.
    pub table: QualName,
    /// Its new name.
    pub new_name: String,
}

/// `ALTER POLICY`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct AlterPolicy {
    /// Policy.
    pub name: String,
    /// Table.
    pub table: QualName,
    /// `RENAME TO`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    /// `TO roles` as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<String>,
    /// `USING (..)` as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// `WITH CHECK (..)` as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// An object that the schema keeps as its statement alone: a rule, a range type, an aggregate, an operator, a cast, a
/// collation, an object of text search, an event trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherObject {
    /// Key words of its kind in upper case: `RULE`, `TYPE`, `AGGREGATE`.
    pub kind: String,
    /// Name; for operators and casts what stands between the key words and the definition, without blanks.
    pub name: QualName,
    /// Types of an aggregate's arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// Table of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<QualName>,
    /// What happens to it.
    pub action: OtherAction,
}

/// See [`OtherObject`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherAction {
    /// `CREATE`: the statement, and whether one of that name may be there (`OR REPLACE`, `IF NOT EXISTS`).
    Create(String, Existing),
    /// `DROP`: whether `IF EXISTS` and `CASCADE` stand there.
    Drop {
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME TO`.
    Rename(String),
    /// `SET SCHEMA`.
    SetSchema(String),
}

/// What a `CREATE` does when the object is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// It fails.
    Refused,
    /// It takes the object's place.
    Replaced,
    /// It leaves the object.
    Kept,
}
