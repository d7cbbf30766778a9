//! One revision's text to operations, without running Python.
//!
//! [`read_header`] finds a script's identifiers; [`Evaluator`] evaluates `upgrade()` and `downgrade()` as a small, safe
//! and deterministic partial evaluator: a value that cannot be known stays a value ("unknown because") and spreads only
//! as far as it must. Project modules are read below the configured roots and nowhere else; SQLAlchemy, Alembic and the
//! parts of the standard library that scripts use are modelled. Guards are answered by the sink's view of the schema
//! as replayed so far. What the operations do to a schema is not known here: that is `pg::replay`.

pub mod files;
mod header;
mod parse;
mod syntax;

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::diag::Direction;
use crate::history::{Revision, ScriptFile};
use crate::ir::OpSink;
pub use files::{DiskFiles, Files};
pub use header::read_header;

/// What evaluation depends on beside the scripts themselves.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Folders where project imports resolve, in order.
    pub roots: Vec<PathBuf>,
    /// SQLAlchemy's version that ran the history; empty means 2.0.
    pub sqlalchemy_version: String,
    /// Values for environment variables (`NAME`), x-arguments (`x:NAME`) and configuration options (`config:NAME`).
    pub assume: IndexMap<String, String>,
    /// `env.py`, where the naming convention is found.
    pub env: Option<ScriptFile>,
    /// Options of the `[alembic]` section, which scripts can ask for.
    pub options: IndexMap<String, String>,
}

/// What was assumed about the world outside the scripts because a script asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// Name as `--assume` takes it: `NAME` of an environment variable, `x:NAME`, `config:NAME`.
    pub name: String,
    /// The value that was used, as Python prints it.
    pub value: String,
    /// Whether the user gave it; else it is the documented default.
    pub given: bool,
}

/// `MetaData(naming_convention=..)`: the kind (`ix`, `uq`, `ck`, `fk`, `pk`) and the template of its names.
pub type NamingConvention = IndexMap<String, String>;

/// Evaluates the revisions of one history, in the order of its replay.
///
/// Modules are read once and kept; what Alembic's implementation object remembers for one `alembic upgrade` run
/// (which enum types it has created) is remembered for the life of this value.
pub struct Evaluator<'f> {
    config: Config,
    #[expect(dead_code, reason = "the evaluator proper follows")]
    files: &'f dyn Files,
}

impl<'f> Evaluator<'f> {
    /// Prepares to evaluate a history.
    pub fn new(config: Config, files: &'f dyn Files) -> Self {
        Self { config, files }
    }

    /// Evaluates `upgrade()` or `downgrade()` of a revision; its operations go to the sink as they come, and what
    /// could not be known goes to the sink's diagnostics.
    pub fn run(&mut self, revision: &Revision, direction: Direction, sink: &mut dyn OpSink) {
        let _ = (revision, direction, sink);
    }

    /// The naming convention of the history's `target_metadata`; empty when there is none or it could not be found.
    pub fn naming_convention(&mut self) -> NamingConvention {
        NamingConvention::new()
    }

    /// What was assumed so far, sorted by name.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let _ = &self.config;
        Vec::new()
    }
}
