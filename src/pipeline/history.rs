//! Scripts to a replayed PostgreSQL schema.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Serialize;

use super::{Error, assume, downgrade, engine};
use crate::diag::{Diagnostics, Direction, Origin, Place, Severity};
use crate::history::{History, Library, Release, ScriptSet, Target, scan};
use crate::ir::{Op, OpKind};
use crate::pg::replay::{DataRecord, DataUse, Replay};
use crate::pg::schema::Schema;
use crate::python::{
    Assumption, Config, Decision, DiskFiles, Engines, Evaluator, NamingConvention, Trees,
    with_deep_stack,
};

/// Which history, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryOptions {
    /// Folders with revision scripts, or `alembic.ini`/`pyproject.toml` files.
    pub scripts: Vec<PathBuf>,
    /// Where project imports resolve; by default what the settings and the folder above say.
    pub roots: Vec<PathBuf>,
    /// SQLAlchemy version that ran the history; by default what lock and requirement files near it say, else 2.0.
    pub sqlalchemy_version: Option<String>,
    /// SQL of what was there before the first revision.
    pub base: Option<PathBuf>,
    /// Values of environment variables, x-arguments and options.
    pub assume: IndexMap<String, String>,
    /// Which of several databases that the history is run on is replayed.
    pub engine: Option<String>,
}

/// Whether each `downgrade()` is evaluated, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Downgrades {
    /// No: the schema does not depend on them.
    #[default]
    Skip,
    /// Yes, and what does not restore the schema is a diagnostic.
    Check,
    /// Yes, and what they do is kept, for the way back of converted revisions.
    Keep,
}

/// Scripts that were read and put in order, not evaluated yet.
#[derive(Debug, Clone)]
pub struct ReadHistory {
    /// How they are read.
    pub options: HistoryOptions,
    /// The files.
    pub set: ScriptSet,
    /// The graph.
    pub history: History,
    /// The release of SQLAlchemy that it is read for.
    pub sqlalchemy: Release,
    /// The release of Alembic, which scripts may ask for.
    pub alembic: Release,
    /// What headers and graph left to say; without errors.
    pub diagnostics: Diagnostics,
    /// Syntax trees of the scripts.
    trees: Trees,
}

/// The operations of one revision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevisionOps {
    /// Revision.
    pub revision: String,
    /// Its message.
    pub message: String,
    /// Its file.
    pub file: String,
    /// Operations of `upgrade()`, in order, raw SQL with its statements as understood.
    pub ops: Vec<Op>,
    /// Operations of `downgrade()` on the schema behind it, with [`Downgrades::Keep`].
    #[serde(skip)]
    pub down: Vec<Op>,
}

/// A history replayed up to some point.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// What was read.
    pub read: ReadHistory,
    /// Up to where.
    pub target: Target,
    /// The PostgreSQL schema there.
    pub schema: Schema,
    /// What each revision did, in the order of replay.
    pub revisions: Vec<RevisionOps>,
    /// Data statements on known tables, and what each is for, in order.
    pub data: Vec<(DataRecord, DataUse)>,
    /// Files of the project that the scripts import or read, sorted.
    pub imported: Vec<PathBuf>,
    /// Everything to say about it.
    pub diagnostics: Diagnostics,
    /// What was assumed about the world outside.
    pub assumptions: Vec<Assumption>,
    /// How conditions were answered, in the order of evaluation.
    pub decisions: Vec<Decision>,
    /// Naming convention of the application's metadata.
    pub naming_convention: NamingConvention,
    /// The databases that the history is run on, and the one that was replayed.
    pub engines: Engines,
}

/// Reads the scripts and their graph.
///
/// # Errors
/// Files cannot be read, or the revisions cannot be put in order (all faults of the graph at once).
pub fn read_history(options: &HistoryOptions) -> Result<ReadHistory, Error> {
    if options.scripts.is_empty() {
        return Err(Error::NoScripts);
    }
    let options = &HistoryOptions {
        assume: assume::normal(&options.assume)?,
        ..options.clone()
    };
    let set = scan(&options.scripts)?;
    let mut diagnostics = set.diagnostics.clone();
    let mut headers = Vec::with_capacity(set.files.len());
    let roots = roots(options, &set);
    let files = DiskFiles::new(roots.clone());
    let mut evaluator = Evaluator::new(
        Config {
            roots,
            assume: options.assume.clone(),
            ..Config::default()
        },
        &files,
    );
    with_deep_stack(|| {
        for file in &set.files {
            let (header, found) = evaluator.read_header(file);
            diagnostics.extend(found);
            headers.push((file.clone(), header));
        }
    });
    let trees = evaluator.take_trees();
    let (history, found) = History::build(headers);
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return Err(Error::Graph(diagnostics));
    }
    let release = |library: Library, given: Option<&String>| match (given, options.scripts.first())
    {
        (Some(version), _) => Ok(Release::given(library, version.clone())),
        (None, Some(scripts)) => {
            let root = options.roots.first().map(PathBuf::as_path);
            Ok(Release::find(library, scripts, root, &set.root))
        }
        (None, None) => Err(Error::NoScripts),
    };
    let sqlalchemy = release(Library::SqlAlchemy, options.sqlalchemy_version.as_ref())?;
    let alembic = release(Library::Alembic, None)?;
    Ok(ReadHistory {
        options: options.clone(),
        sqlalchemy,
        alembic,
        set,
        history,
        diagnostics,
        trees,
    })
}

/// The database that the first revision meets: empty, or what the base file makes.
pub(super) fn start(options: &HistoryOptions) -> Result<Replay, Error> {
    let mut replay = Replay::new();
    if let Some(base) = &options.base {
        let sql = std::fs::read_to_string(base).map_err(Error::io("cannot read", base))?;
        let origin = Origin {
            place: Place::file(base.display().to_string()),
            ..Origin::default()
        };
        replay.execute_script(&without_psql_commands(&sql), &origin);
    }
    Ok(replay)
}

/// Folders where project imports resolve, in order.
fn roots(options: &HistoryOptions, set: &ScriptSet) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = options.roots.clone();
    if roots.is_empty() {
        roots.push(set.root.clone());
    }
    roots.extend(set.search_paths.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    roots.retain(|root| seen.insert(root.clone()));
    roots
}

impl ReadHistory {
    /// Evaluates and replays everything up to a point in Alembic's syntax (`heads`, an id, `branch@head`, `REV+2`).
    ///
    /// # Errors
    /// The point is not there, the base file cannot be read, or the history is run on several databases and none of them was
    /// chosen. What could not be understood is no error but a diagnostic of the result.
    pub fn replay(self, at: &str) -> Result<Replayed, Error> {
        self.replay_with(at, Downgrades::Skip)
    }

    /// As [`ReadHistory::replay`], and looks at the downgrades if it is asked to.
    ///
    /// # Errors
    /// As [`ReadHistory::replay`].
    pub fn replay_with(self, at: &str, downgrades: Downgrades) -> Result<Replayed, Error> {
        let target = self.history.resolve(at)?;
        with_deep_stack(|| self.replay_here(target, downgrades))
    }

    /// As [`ReadHistory::replay`], up to revisions that a database is at.
    ///
    /// # Errors
    /// As [`ReadHistory::replay`].
    pub fn replay_to(self, target: Target) -> Result<Replayed, Error> {
        with_deep_stack(|| self.replay_here(target, Downgrades::Skip))
    }

    fn replay_here(self, target: Target, downgrades: Downgrades) -> Result<Replayed, Error> {
        let mut replay = start(&self.options)?;
        let roots = roots(&self.options, &self.set);
        let files = DiskFiles::new(roots.clone());
        let config = Config {
            roots,
            sqlalchemy_version: self.sqlalchemy.version.clone(),
            alembic_version: self.alembic.version.clone(),
            assume: self.options.assume.clone(),
            env: self.set.env.clone(),
            options: self
                .set
                .ini
                .as_ref()
                .map(|i| i.options.clone())
                .unwrap_or_default(),
        };
        let mut evaluator = Evaluator::new(config, &files).with_trees(self.trees.clone());
        let order = self.history.upgrade_order(&target);
        let engines = engine::choose(&mut evaluator, &self.history.full_order(), &self.options)?;
        let mut revisions = Vec::new();
        for revision in order {
            let before = replay.ops.len();
            let watched = match downgrades {
                Downgrades::Skip => None,
                Downgrades::Check | Downgrades::Keep => Some(replay.watch()),
            };
            let said = replay.diagnostics.len();
            evaluator.run(revision, Direction::Upgrade, &mut replay);
            revisions.push(RevisionOps {
                revision: revision.id.clone(),
                message: revision.message.clone(),
                file: revision.file.path.clone(),
                ops: replay.ops.split_off(before),
                down: Vec::new(),
            });
            // Where the upgrade itself was not understood there is nothing to compare with.
            let understood = || {
                let mut said = replay.diagnostics.iter().skip(said);
                said.all(|d| d.severity < Severity::Error)
            };
            let Some(before) = watched else { continue };
            if downgrades == Downgrades::Keep {
                let down = downgrade::ops(&mut evaluator, &mut replay, revision, before);
                if let Some(last) = revisions.last_mut() {
                    last.down = down;
                }
            } else if understood() {
                let found = downgrade::check(&mut evaluator, &mut replay, revision, before);
                found.into_iter().for_each(|d| replay.diagnostics.push(d));
            }
        }
        let data = replay
            .data_uses()
            .into_iter()
            .map(|(record, class)| (record.clone(), class))
            .collect();
        let mut diagnostics = self.diagnostics.clone();
        diagnostics.extend(replay.diagnostics);
        diagnostics.extend(assume::unused(&evaluator));
        let assumptions = evaluator.assumptions();
        let decisions = evaluator.take_decisions();
        let naming_convention = evaluator.naming_convention();
        Ok(Replayed {
            imported: files.seen(),
            target,
            schema: replay.schema,
            revisions,
            data,
            diagnostics,
            assumptions,
            decisions,
            naming_convention,
            engines,
            read: self,
        })
    }
}

impl Replayed {
    /// Refuses when the schema may be wrong.
    ///
    /// # Errors
    /// A diagnostic is an error.
    pub fn complete(&self) -> Result<(), Error> {
        match self.diagnostics.count(crate::diag::Severity::Error) {
            0 => Ok(()),
            errors => Err(Error::Unresolved { errors }),
        }
    }
}

/// The name of an operation's kind, as the JSON has it.
pub fn kind_name(kind: &OpKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::Object(map)) => map
            .get("op")
            .and_then(|v| v.as_str())
            .unwrap_or("operation")
            .to_owned(),
        _ => "operation".to_owned(),
    }
}

/// A dump's text without the commands to psql that pg_dump writes; the lines behind them keep their numbers.
fn without_psql_commands(sql: &str) -> String {
    const COMMANDS: [&str; 3] = ["\\restrict ", "\\unrestrict ", "\\connect "];
    sql.split_inclusive('\n')
        .map(|line| {
            if COMMANDS.iter().any(|command| line.starts_with(command)) {
                "\n"
            } else {
                line
            }
        })
        .collect()
}
