//! One revision's text to operations, without running Python.
//!
//! [`read_header`] finds a script's identifiers; [`Evaluator`] evaluates `upgrade()` and `downgrade()` as a small, safe
//! and deterministic partial evaluator: a value that cannot be known stays a value ("unknown because") and spreads only
//! as far as it must. Project modules are read below the configured roots and nowhere else; SQLAlchemy, Alembic and the
//! parts of the standard library that scripts use are modelled. Guards are answered by the sink's view of the schema
//! as replayed so far. What the operations do to a schema is not known here: that is `pg::replay`.

mod alembic;
mod decision;
mod engines;
mod eval;
pub mod files;
mod fstring;
mod header;
mod map;
mod md5;
mod model;
mod parse;
mod protobuf;
mod run;
mod sqlalchemy;
mod syntax;
mod trees;

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::history::ScriptFile;
pub use decision::{Decision, Evidence};
pub use engines::{Engines, EnginesSaidBy};
pub use files::{DiskFiles, Files};
pub use header::read_header;
pub use parse::with_deep_stack;
pub use run::Evaluator;
pub use trees::Trees;

/// What evaluation depends on beside the scripts themselves.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Folders where project imports resolve, in order.
    pub roots: Vec<PathBuf>,
    /// SQLAlchemy's version that ran the history; empty means 2.0.
    pub sqlalchemy_version: String,
    /// Alembic's version that ran the history, for scripts that ask for it; empty means 1.13.
    pub alembic_version: String,
    /// Values for environment variables (`NAME`), x-arguments (`x:NAME`), configuration options (`config:NAME`) and arguments
    /// that env.py passes to `upgrade()` (`upgrade:NAME`).
    pub assume: IndexMap<String, String>,
    /// `env.py`, where the naming convention is found.
    pub env: Option<ScriptFile>,
    /// Options of the `[alembic]` section, which scripts can ask for.
    pub options: IndexMap<String, String>,
}

/// What was assumed about the world outside the scripts because a script asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// Name as `--assume` takes it: `NAME` of an environment variable, `x:NAME`, `config:NAME`, `upgrade:NAME`.
    pub name: String,
    /// The value that was used, as Python prints it.
    pub value: String,
    /// Whether the user gave it; else it is the documented default.
    pub given: bool,
    /// The revisions and places that asked for it, sorted.
    #[serde(default)]
    pub read_at: std::collections::BTreeSet<ReadAt>,
}

impl Assumption {
    /// Stands for the value of what nobody gave and what has no default.
    pub const NOT_KNOWN: &str = "not known";
}

/// Where something outside the scripts was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReadAt {
    /// File, as the user gave it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Revision that was evaluated.
    pub revision: String,
}

impl From<crate::diag::Origin> for ReadAt {
    fn from(origin: crate::diag::Origin) -> Self {
        Self {
            file: origin.place.file,
            line: origin.place.line,
            revision: origin.revision,
        }
    }
}

/// `MetaData(naming_convention=..)`: the kind (`ix`, `uq`, `ck`, `fk`, `pk`) and the template of its names.
pub type NamingConvention = IndexMap<String, String>;

/// Everything that the library models can call.
fn natives() -> impl Iterator<Item = &'static eval::value::Native> {
    eval::NATIVES
        .iter()
        .chain(sqlalchemy::natives())
        .chain(alembic::natives())
        .chain(protobuf::NATIVES)
}
