//! What SQLite cannot keep: a value for the report, graded, with what to do about it.

use serde::{Deserialize, Serialize};

use crate::diag::Origin;

/// How grave a loss is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Kept in another spelling; nothing is lost (for the record).
    Exact,
    /// SQLite accepts more than PostgreSQL did, or does less work for the same result.
    Widened,
    /// Something that the application may rely on is different.
    Lossy,
    /// It is gone.
    Dropped,
}

/// The rule by which something is lost or changed. The names stand in `decant.toml`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    // Values: choices for what the column's encoding cannot keep.
    /// Store this column's numerics as exact text.
    DecimalText,
    /// Store the nearest double.
    Nearest,
    /// Store NULL for values without a form (NaN, BC, years over 9999).
    Null,
    /// Store the nearest value that has a form (infinity becomes 9999-12-31 or 0001-01-01, 24:00 becomes 23:59:59.999999).
    Clamp,
    /// Store PostgreSQL's text.
    Text,
    // Schema: what an object becomes.
    /// The default expression has no equal.
    DefaultDropped,
    /// The check has no equal.
    CheckDropped,
    /// The index method has no equal; a plain index or none takes its place.
    IndexMethod,
    /// The index is left out.
    IndexDropped,
    /// The expression or predicate of an index has no equal.
    IndexExpression,
    /// The unique rule is enforced otherwise or not at all.
    UniqueWeakened,
    /// A constraint is checked at another time.
    Deferral,
    /// An exclusion constraint has no equal.
    ExclusionDropped,
    /// A foreign key's option has no equal.
    ForeignKeyOption,
    /// A collation has no equal.
    Collation,
    /// A type is stored in another form that needs a decorator in the model.
    TypeForm,
    /// A length or precision is not enforced.
    LengthUnenforced,
    /// A generated column's expression has no equal.
    GeneratedDropped,
    /// A sequence has no equal.
    SequenceDropped,
    /// An identity or serial column that is not the whole key.
    SerialDropped,
    /// A view could not be translated.
    ViewDropped,
    /// A materialized view becomes a view.
    MaterializedView,
    /// A trigger could not be translated.
    TriggerDropped,
    /// A function has no equal.
    FunctionDropped,
    /// Row security has no equal.
    RowSecurity,
    /// Partitions are one table.
    PartitionsMerged,
    /// Inheritance is undone.
    InheritanceDropped,
    /// An extension has no equal.
    ExtensionDropped,
    /// A domain becomes its base type and checks.
    DomainInlined,
    /// An enum becomes text and a check; its order is that of the text.
    EnumOrder,
    /// Names were changed.
    Renamed,
    /// A comment is kept in the text of the statement alone.
    CommentInText,
    /// Time zones are gone; values are UTC.
    TimeZone,
    /// A storage option has no equal.
    StorageOption,
    /// A trigger is rewritten: it does the same at another moment.
    TriggerRewritten,
    /// A table, or a kind of table, that SQLite does not have.
    TableDropped,
}

impl Rule {
    /// The name in `decant.toml`, for instance `decimal-text`.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => format!("{self:?}"),
        }
    }

    /// The rule of that name.
    pub fn parse(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }
}

/// Something that SQLite does not keep, or keeps otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Loss {
    /// By which rule.
    pub rule: Rule,
    /// How grave.
    pub grade: Grade,
    /// The object: `table`, `table.column`, `table.constraint`, `index`, `view`, in PostgreSQL's names.
    pub object: String,
    /// What is so, in a sentence.
    pub note: String,
    /// What to do about it, where something can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Where the object comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Whether `decant.toml` accepts it. Only grades `Lossy` and `Dropped` need that.
    #[serde(default)]
    pub accepted: bool,
}

impl Loss {
    /// A loss without remedy and origin.
    pub fn new(
        rule: Rule,
        grade: Grade,
        object: impl Into<String>,
        note: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            grade,
            object: object.into(),
            note: note.into(),
            remedy: None,
            origin: None,
            accepted: false,
        }
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Sets where the object comes from.
    #[must_use]
    pub fn at(mut self, origin: Option<&Origin>) -> Self {
        self.origin = origin.cloned();
        self
    }

    /// Whether the run is refused for it: its grade needs acceptance, and nobody accepted it.
    pub fn refuses(&self) -> bool {
        self.grade >= Grade::Lossy && !self.accepted
    }

    /// The entry of `accept` in `decant.toml` that accepts it.
    pub fn accept_entry(&self) -> String {
        format!("{}: {}", self.object, self.rule.name())
    }
}
