//! The list of diagnostic codes: each has a stable name, a default severity and a sentence on what it means.

use serde::{Deserialize, Serialize};

use super::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $severity:ident;)+) => {
        /// Why a diagnostic was given. Names are stable: reports and scripts may rely on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Code {
            /// Every code, in the order of the list.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The stable name, for instance `unknown-value`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)+ }
            }

            /// How much it matters unless its place knows better.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }

            /// What it means and what to do.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc, "\n"),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// The script is not Python that can be parsed.
    PythonSyntax = "python-syntax", Error;
    /// The file in the versions folder has no `revision` variable; Alembic would fail on it.
    NoRevisionId = "no-revision-id", Error;
    /// The revision identifiers of a script are computed in a way that could not be followed.
    RevisionIdUnknown = "revision-id-unknown", Error;
    /// Two scripts have the same revision identifier.
    DuplicateRevision = "duplicate-revision", Error;
    /// `down_revision` or `depends_on` names a revision that no script has.
    MissingRevision = "missing-revision", Error;
    /// Revisions follow each other in a circle.
    RevisionCycle = "revision-cycle", Error;
    /// The script has a `revision` and no `down_revision`; Alembic would fail on it.
    NoDownRevision = "no-down-revision", Error;
    /// Nothing follows several revisions that come from the same base, and no branch label says that this is meant.
    /// `alembic upgrade head` would refuse; decant reads `heads` unless another point is named.
    SeveralHeads = "several-heads", Warning;
    /// Several revisions follow nothing. Alembic takes each for the beginning of a history of its own.
    SeveralBases = "several-bases", Note;
    /// The docstring's `Revises:` or `Revision ID:` names another revision than the code; the code counts.
    DocstringDisagrees = "docstring-disagrees", Warning;
    /// A value that the schema depends on could not be known without running Python.
    UnknownValue = "unknown-value", Error;
    /// A value could not be known, but only data depends on it.
    UnknownData = "unknown-data", Note;
    /// A condition could not be decided, and its branches differ in what they do to the schema.
    UnknownCondition = "unknown-condition", Error;
    /// A loop over something that could not be known does something to the schema.
    UnknownIterable = "unknown-iterable", Error;
    /// A function or method that is not modelled was called where the schema depends on it.
    UnknownCall = "unknown-call", Error;
    /// A project import could not be resolved under `--root`.
    UnresolvedImport = "unresolved-import", Warning;
    /// The script raised an exception when evaluated.
    PythonException = "python-exception", Error;
    /// Evaluation was stopped at its bound of steps, memory or depth.
    EvaluationBound = "evaluation-bound", Error;
    /// An operation has arguments that Alembic would reject.
    BadOperation = "bad-operation", Error;
    /// Raw SQL could not be parsed as PostgreSQL.
    SqlSyntax = "sql-syntax", Error;
    /// Raw SQL is another database's (MySQL, SQLite, ..): PostgreSQL's grammar refuses it, so a revision that executes it never ran on
    /// PostgreSQL.
    SqlOfAnotherDatabase = "sql-of-another-database", Error;
    /// PostgreSQL refuses the statement whatever the schema holds: a reserved word stands for a name, or a type is changed into one that its
    /// values are not turned into without USING. A revision that executes it never ran on PostgreSQL.
    SqlRefused = "sql-refused", Error;
    /// Raw SQL was parsed, but its effect on the schema is not modelled.
    SqlNotModelled = "sql-not-modelled", Error;
    /// A statement has no effect on the schema.
    SqlNoEffect = "sql-no-effect", Note;
    /// A statement changes data only.
    SqlData = "sql-data", Note;
    /// An operation names a table, column, constraint, index or type that the schema does not have at that point.
    MissingObject = "missing-object", Error;
    /// A table that no revision creates is needed: the history does not begin at nothing.
    MissingBase = "missing-base", Error;
    /// An operation creates something that is there already; it was skipped, as a run that passed must have found it absent.
    DuplicateObject = "duplicate-object", Warning;
    /// A constraint is named as PostgreSQL named it automatically before version 12; the one that has another name since was taken.
    OldName = "old-name", Warning;
    /// PostgreSQL would refuse to drop this because other objects depend on it.
    DependentObjects = "dependent-objects", Warning;
    /// An environment variable, x-argument or option was read; its documented default was assumed.
    Assumed = "assumed", Note;
    /// `--assume` names something that no script asked for.
    /// The name may be misspelt, or what would have asked was not evaluated.
    UnusedAssumption = "unused-assumption", Warning;
    /// A guard was answered from the replayed schema.
    GuardAnswered = "guard-answered", Note;
    /// A `downgrade()` does not restore the schema before its `upgrade()`.
    DowngradeDiffers = "downgrade-differs", Warning;
    /// A `downgrade()` raises NotImplementedError, or does nothing although its `upgrade()` changes the schema.
    IrreversibleDowngrade = "irreversible-downgrade", Note;
    /// What a call says about the state before it (`existing_type` and the like) is not what the history made.
    ExistingDiffers = "existing-differs", Warning;
    /// An expression could not be parsed or translated.
    ExpressionNotTranslated = "expression-not-translated", Warning;
    /// The configuration names an object that does not exist.
    ConfigUnused = "config-unused", Warning;
}

impl Code {
    /// Whether it says that something could not be evaluated or read, as opposed to what is at odds with the schema.
    pub fn is_unknown(self) -> bool {
        matches!(
            self,
            Code::PythonSyntax
                | Code::UnknownValue
                | Code::UnknownData
                | Code::UnknownCondition
                | Code::UnknownIterable
                | Code::UnknownCall
                | Code::UnresolvedImport
                | Code::PythonException
                | Code::EvaluationBound
                | Code::BadOperation
                | Code::SqlSyntax
                | Code::SqlNotModelled
        )
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
