//! The model of a PostgreSQL database's user schema: what replay builds, what a live catalog or a dump is read into.
//!
//! Plain data. Objects are kept in the order of their creation; names are spelled as the catalog has them.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::named::{Mention, Named};
use super::types::PgType;
use crate::diag::Origin;
use crate::ir::{
    ColumnRef, Constraint, ConstraintKind, DeclaredType, Expr, Generated, Index, QualName,
    SequenceOptions,
};

/// All objects of a database that belong to the application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Schema {
    /// Schemas besides `public`.
    pub schemas: IndexMap<String, Namespace>,
    /// Extensions, without plpgsql.
    pub extensions: IndexMap<String, Extension>,
    /// Enum types.
    #[serde(with = "as_list")]
    pub enums: IndexMap<QualName, EnumType>,
    /// Domains.
    #[serde(with = "as_list")]
    pub domains: IndexMap<QualName, Domain>,
    /// Composite types.
    #[serde(with = "as_list")]
    pub composites: IndexMap<QualName, Composite>,
    /// Sequences, those of serial and identity columns too.
    pub sequences: Named<Sequence>,
    /// Tables.
    pub tables: Named<Table>,
    /// Views and materialized views.
    #[serde(with = "as_list")]
    pub views: IndexMap<QualName, View>,
    /// Functions and procedures in order of creation.
    pub functions: Vec<Function>,
    /// Triggers in order of creation.
    pub triggers: Vec<Trigger>,
    /// Row security policies in order of creation.
    pub policies: Vec<Policy>,
    /// Rules, range types, aggregates and the like in order of creation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
}

impl Schema {
    /// The table of that name.
    pub fn table(&self, name: &QualName) -> Option<&Table> {
        self.tables.get(name)
    }

    /// The sequence that a column owns, if it is a serial or identity column.
    pub fn owned_sequence(&self, table: &QualName, column: &str) -> Option<(&QualName, &Sequence)> {
        self.owned_sequences(table)
            .into_iter()
            .filter_map(|name| self.sequences.get_key_value(&name))
            .find(|(_, s)| s.owned_by.as_ref().is_some_and(|o| o.column == column))
    }

    /// Names of the sequences that columns of a table own, in the order of their creation.
    pub fn owned_sequences(&self, table: &QualName) -> Vec<QualName> {
        let mut names = self.sequences.mentioning(Mention::OwnedBy, &table.name);
        names.retain(|name| {
            let owner = self.sequences.get(name).and_then(|s| s.owned_by.as_ref());
            owner.is_some_and(|o| o.table == *table)
        });
        names
    }

    /// Tables that mention a name in some way, after a test of each; in the order of their creation.
    pub fn tables_mentioning(
        &self,
        mention: Mention,
        name: &str,
        test: impl Fn(&Table) -> bool,
    ) -> Vec<QualName> {
        let mut names = self.tables.mentioning(mention, name);
        names.retain(|name| self.tables.get(name).is_some_and(&test));
        names
    }
}

/// Maps keyed by [`QualName`] as JSON lists of `{schema, name, ..}`, since JSON keys are strings.
pub(super) mod as_list {
    use indexmap::IndexMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

    use crate::ir::QualName;

    #[derive(Serialize)]
    struct Out<'a, T> {
        #[serde(flatten)]
        key: &'a QualName,
        #[serde(flatten)]
        value: &'a T,
    }

    #[derive(Deserialize)]
    struct In<T> {
        #[serde(flatten)]
        key: QualName,
        #[serde(flatten)]
        value: T,
    }

    pub fn serialize<S: Serializer, T: Serialize>(
        map: &IndexMap<QualName, T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter().map(|(key, value)| Out { key, value }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(
        deserializer: D,
    ) -> Result<IndexMap<QualName, T>, D::Error> {
        Ok(Vec::<In<T>>::deserialize(deserializer)?
            .into_iter()
            .map(|i| (i.key, i.value))
            .collect())
    }
}

/// A schema in PostgreSQL's sense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Namespace {
    /// Comment.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Extension {
    /// Schema of its objects, when one was given.
    pub schema: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct EnumType {
    /// Labels in sort order.
    pub labels: Vec<String>,
    /// Comment.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// Base type.
    pub base: PgType,
    /// `NOT NULL`.
    pub not_null: bool,
    /// Default.
    pub default: Option<Expr>,
    /// `COLLATE`, when it is not the type's own.
    pub collation: Option<String>,
    /// CHECK constraints over `VALUE`.
    pub checks: Vec<Constraint>,
    /// Comment.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

impl Domain {
    /// Whether a type that names the domain is an array of arrays: items of an array over a domain that is one itself. Such a type has
    /// no other name than that; its items are read as PostgreSQL's text.
    pub fn hides_array(&self, named: &PgType) -> bool {
        named.array && self.base.array
    }
}

/// A composite type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Composite {
    /// Attributes and their types as SQL.
    pub attributes: Vec<(String, String)>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Sequence {
    /// Options; `None` is the default for its type.
    pub options: SequenceOptions,
    /// Column that owns it.
    pub owned_by: Option<ColumnRef>,
    /// It belongs to an identity column (rather than a serial one).
    pub identity: bool,
    /// Comment.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A table's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum TableKind {
    /// An ordinary table (partitions too).
    #[default]
    Table,
    /// A partitioned table.
    Partitioned,
    /// A foreign table.
    Foreign,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Table {
    /// Kind.
    pub kind: TableKind,
    /// Columns in table order.
    pub columns: Vec<Column>,
    /// Constraints in order of creation; every one has a name.
    pub constraints: Vec<TableConstraint>,
    /// Indexes that do not back a constraint, in order of creation; every one has a name, in the table's schema.
    pub indexes: Vec<TableIndex>,
    /// Comment.
    pub comment: Option<String>,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// `PARTITION BY ..`.
    pub partition_by: Option<String>,
    /// Parent and bound of a partition.
    pub partition_of: Option<(QualName, String)>,
    /// Parents by inheritance.
    pub inherits: Vec<QualName>,
    /// Row security is on.
    pub row_security: bool,
    /// Row security holds for the owner, too (`FORCE ROW LEVEL SECURITY`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub row_security_forced: bool,
    /// Storage parameters that the history gave: `WITH (..)`. They are not read from servers and not compared.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub with: IndexMap<String, String>,
    /// Where and how its rows are kept, as the history says it: `TABLESPACE fast`, `USING heap`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placement: Vec<String>,
    /// `sqlite_*` options that the script gave.
    pub sqlite_options: Vec<(String, String)>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The primary key's columns, in key order; empty when there is none.
    pub fn primary_key(&self) -> &[String] {
        self.constraints
            .iter()
            .find_map(|c| match &c.constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. } => Some(columns.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type; serial types are resolved to their integer type with a `nextval` default.
    #[serde(rename = "type")]
    pub type_: PgType,
    /// Type as the script declared it, where it came from a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<DeclaredType>,
    /// NULL is allowed (false for primary key and identity columns).
    pub nullable: bool,
    /// Default; `nextval('seq'::regclass)` for serial columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// Identity: `Some(true)` is `ALWAYS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_always: Option<bool>,
    /// Generated column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// Collation, when it is not the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A constraint of a table and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableConstraint {
    /// The constraint; its name is always there.
    #[serde(flatten)]
    pub constraint: Constraint,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl TableConstraint {
    /// Its name.
    pub fn name(&self) -> &str {
        self.constraint.name.as_deref().unwrap_or_default()
    }

    /// Table that a foreign key refers to.
    pub fn references(&self) -> Option<&QualName> {
        match &self.constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(&key.ref_table),
            _ => None,
        }
    }
}

/// An index of a table and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableIndex {
    /// The index; its name is always there.
    #[serde(flatten)]
    pub index: Index,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl TableIndex {
    /// Its name.
    pub fn name(&self) -> &str {
        self.index.name.as_deref().unwrap_or_default()
    }
}

/// A view or materialized view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct View {
    /// Materialized.
    pub materialized: bool,
    /// Names given to its columns.
    pub columns: Vec<String>,
    /// Query: as written when replayed, as `pg_get_viewdef` prints it when inspected.
    pub query: String,
    /// Options as text.
    pub options: Option<String>,
    /// Indexes (materialized views).
    pub indexes: Vec<TableIndex>,
    /// Comment.
    pub comment: Option<String>,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A function or procedure, kept as its statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Name.
    pub name: QualName,
    /// Types of its input arguments, normalised, separated by `, `.
    pub args: String,
    /// What it returns, lower case; `trigger` for trigger functions.
    pub returns: Option<String>,
    /// Language, lower case.
    pub language: String,
    /// Body, without its quotes.
    pub body: String,
    /// Whole statement.
    pub sql: String,
    /// A procedure.
    pub procedure: bool,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// The trigger as its statement said.
    #[serde(flatten)]
    pub definition: crate::ir::CreateTrigger,
    /// `O` enabled, `D` disabled, `R` replica only, `A` always.
    pub state: char,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A row security policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Name.
    pub name: String,
    /// Table.
    pub table: QualName,
    /// Statement.
    pub sql: String,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// An object that is kept as its statement alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// Key words of its kind in upper case: `RULE`, `TYPE`, `AGGREGATE`.
    pub kind: String,
    /// Name.
    pub name: QualName,
    /// Types of an aggregate's arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<String>,
    /// Table of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<QualName>,
    /// Statement.
    pub sql: String,
    /// Comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}
