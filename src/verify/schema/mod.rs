//! Schemas compared by normal forms, never by spellings: PostgreSQL with PostgreSQL, SQLite with SQLite, and the verdict
//! over each object that moves from one to the other.

mod comments;
mod definition;
mod expr;
mod literal;
mod matching;
mod objects;
mod pg;
mod pg_table;
mod query;
mod renames;
mod sqlite;
mod sqlite_objects;

use serde::{Deserialize, Serialize};

use crate::diag::Origin;

pub(super) use objects::judge_target;
pub use objects::object_verdicts;
pub use pg::{compare_displayed, compare_pg, views_not_compared};
pub use sqlite::compare_sqlite;
pub(super) use sqlite::compare_target;

/// The aspect of findings about comments, on which nothing depends.
pub const COMMENT: &str = "comment";

/// What a comparison says about one object.
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
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same.
    Equal,
    /// The same in another form, by a rule that is named.
    EqualByRule,
    /// Less is enforced than was.
    Weaker,
    /// It is not there.
    Lost,
    /// It is there and was not expected.
    Extra,
    /// It is another one.
    Differs,
}

impl Verdict {
    /// The words for people.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::EqualByRule => "equal by rule",
            Verdict::Weaker => "weaker",
            Verdict::Lost => "lost",
            Verdict::Extra => "extra",
            Verdict::Differs => "differs",
        }
    }

    /// Whether two schemas that should be the same are not.
    pub fn is_difference(self) -> bool {
        match self {
            Verdict::Equal | Verdict::EqualByRule => false,
            Verdict::Weaker | Verdict::Lost | Verdict::Extra | Verdict::Differs => true,
        }
    }
}

/// What kind of object a finding is about.
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
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// Schema in PostgreSQL's sense.
    Schema,
    /// Extension.
    Extension,
    /// Enum type.
    Enum,
    /// Domain.
    Domain,
    /// Composite type.
    Composite,
    /// Sequence.
    Sequence,
    /// Table.
    Table,
    /// Column.
    Column,
    /// Primary key.
    PrimaryKey,
    /// Unique constraint.
    Unique,
    /// Foreign key.
    ForeignKey,
    /// Check constraint.
    Check,
    /// Exclusion constraint.
    Exclusion,
    /// Index.
    Index,
    /// View.
    View,
    /// Function or procedure.
    Function,
    /// Trigger.
    Trigger,
    /// Row security policy.
    Policy,
    /// Alembic's version rows.
    Revision,
}

impl ObjectKind {
    /// The words for people.
    pub fn name(self) -> &'static str {
        match self {
            ObjectKind::Schema => "schema",
            ObjectKind::Extension => "extension",
            ObjectKind::Enum => "enum",
            ObjectKind::Domain => "domain",
            ObjectKind::Composite => "composite type",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Table => "table",
            ObjectKind::Column => "column",
            ObjectKind::PrimaryKey => "primary key",
            ObjectKind::Unique => "unique constraint",
            ObjectKind::ForeignKey => "foreign key",
            ObjectKind::Check => "check constraint",
            ObjectKind::Exclusion => "exclusion constraint",
            ObjectKind::Index => "index",
            ObjectKind::View => "view",
            ObjectKind::Function => "function",
            ObjectKind::Trigger => "trigger",
            ObjectKind::Policy => "policy",
            ObjectKind::Revision => "revision",
        }
    }
}

/// What is so with one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// Verdict.
    pub verdict: Verdict,
    /// Kind of the object.
    pub kind: ObjectKind,
    /// The object: `users`, `users.email`, `users.uq_users_email`, `ix_users_email`.
    pub object: String,
    /// Which property (`default`, `type`, `columns`, `predicate`, ..); `None` when the object as a whole is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<String>,
    /// What was expected, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is there, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// What is no longer so, or by which rule it is equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The revision and line that the object comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Finding {
    /// A finding about an object as a whole.
    pub fn new(verdict: Verdict, kind: ObjectKind, object: impl Into<String>) -> Self {
        Self {
            verdict,
            kind,
            object: object.into(),
            aspect: None,
            expected: None,
            actual: None,
            note: None,
            origin: None,
        }
    }

    /// A property that differs; empty text stands for "none".
    pub(crate) fn differs(
        kind: ObjectKind,
        object: impl Into<String>,
        aspect: &str,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        let some = |text: String| Some(text).filter(|t| !t.is_empty());
        Self {
            aspect: Some(aspect.to_owned()),
            expected: some(expected.into()),
            actual: some(actual.into()),
            ..Self::new(Verdict::Differs, kind, object)
        }
    }

    /// Whether two schemas differ in it in a way on which something depends.
    pub fn matters(&self) -> bool {
        self.verdict.is_difference() && self.aspect.as_deref() != Some(COMMENT)
    }

    /// Sets where the object comes from.
    #[must_use]
    pub(crate) fn with_origin(mut self, origin: Option<&Origin>) -> Self {
        self.origin = origin.cloned();
        self
    }

    /// Sets the note.
    #[must_use]
    pub(crate) fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Sets the verdict.
    #[must_use]
    pub(crate) fn judged(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// The finding in a line of text.
    pub fn sentence(&self) -> String {
        let mut out = format!("{} {}", self.kind.name(), self.object);
        let none = "none";
        match (self.verdict, &self.aspect) {
            (Verdict::Lost, None) => out.push_str(" is not there"),
            (Verdict::Extra, None) => out.push_str(" is there and was not expected"),
            (verdict, None) => {
                out.push_str(": ");
                out.push_str(verdict.name());
            }
            (_, Some(aspect)) => {
                let expected = short(self.expected.as_deref().unwrap_or(none));
                let actual = short(self.actual.as_deref().unwrap_or(none));
                out.push_str(&format!(": {aspect} is {actual}, expected {expected}"));
            }
        }
        if let Some(note) = &self.note {
            out.push_str(": ");
            out.push_str(note);
        }
        if let Some(origin) = &self.origin {
            out.push_str(&format!(" ({origin})"));
        }
        out
    }
}

/// SQL as it fits into a sentence: on one line, and not longer than a few of them.
fn short(sql: &str) -> String {
    const LONGEST: usize = 240;
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}
