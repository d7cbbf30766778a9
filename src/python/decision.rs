//! How conditions were answered: what a reader of the report has to know to judge whether the evaluation went the way of the real run.

use serde::{Deserialize, Serialize};

use crate::diag::Origin;

/// What an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The dialect: postgresql.
    Dialect,
    /// The run has a connection: it is not `--sql`.
    Offline,
    /// An inspector, or a `checkfirst`: the schema as replayed so far.
    Inspector,
    /// A query of the catalog or of `information_schema`: the schema as replayed so far.
    Catalog,
    /// A query of application data: an empty database, and what the history itself inserted.
    ApplicationData,
    /// An environment variable.
    Environment,
    /// An x-argument.
    XArgument,
    /// An option of the configuration.
    Option,
    /// The release of a library.
    Release,
    /// The user, with `--assume 'if:..=true'`.
    Given,
}

impl Evidence {
    /// Every kind, in the order of reports.
    pub const ALL: [Evidence; 10] = [
        Evidence::Dialect,
        Evidence::Offline,
        Evidence::Inspector,
        Evidence::Catalog,
        Evidence::ApplicationData,
        Evidence::Environment,
        Evidence::XArgument,
        Evidence::Option,
        Evidence::Release,
        Evidence::Given,
    ];

    /// In words, after "answered from".
    pub fn words(self) -> &'static str {
        match self {
            Evidence::Dialect => "the dialect, postgresql",
            Evidence::Offline => "the run being online",
            Evidence::Inspector => "the schema as replayed so far",
            Evidence::Catalog => "the catalog of the schema as replayed so far",
            Evidence::ApplicationData => {
                "application data: an empty database and what the history inserted"
            }
            Evidence::Environment => "an environment variable",
            Evidence::XArgument => "an x-argument",
            Evidence::Option => "a configuration option",
            Evidence::Release => "the release of a library",
            Evidence::Given => "what --assume says",
        }
    }

    /// The kind of an assumption's name: `x:NAME`, `config:NAME`, `if:TEXT`, `LIBRARY.__version__`, else an
    /// environment variable.
    pub(super) fn of_assumption(name: &str) -> Self {
        match name.split_once(':') {
            Some(("x", _)) => Evidence::XArgument,
            Some(("config", _)) => Evidence::Option,
            Some(("if", _)) => Evidence::Given,
            _ if name.ends_with(".__version__") => Evidence::Release,
            _ => Evidence::Environment,
        }
    }
}

/// Several kinds of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct EvidenceSet(u16);

impl EvidenceSet {
    /// None: a value that does not depend on anything outside the scripts.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub fn add(&mut self, evidence: Evidence) {
        self.0 |= 1 << (evidence as u16);
    }

    /// Adds all of another set.
    pub fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether there is any.
    pub fn any(self) -> bool {
        self.0 != 0
    }

    /// The kinds, in the order of reports.
    pub fn list(self) -> Vec<Evidence> {
        let mut list = Evidence::ALL.to_vec();
        list.retain(|e| self.0 & (1 << (*e as u16)) != 0);
        list
    }
}

/// A condition that was answered from something outside the scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The revision, and the place of the condition, which may be in a helper's file.
    pub origin: Origin,
    /// The condition as written, on one line.
    pub condition: String,
    /// The answer.
    pub answer: bool,
    /// What it was answered from.
    pub from: Vec<Evidence>,
    /// How often the same place gave the same answer in this revision.
    pub times: usize,
}
