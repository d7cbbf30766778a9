//! A history as one migration, with the rows that a fresh installation needs, and the revisions that are kept apart behind it.

use indexmap::IndexMap;

use super::baseline::next_second;
use super::convert::{Clock, ConvertedRevision, chain, read_back, schema_files};
use super::history::start;
use super::seeds::{SeedOutcome, SeedStatement, Seeds, seeds};
use super::{Error, Replayed};
use crate::config::{SeedData, SeedDecision};
use crate::files::{Format, MigrationFile, TextFile};
use crate::ir::{Caught, OpSink as _};
use crate::lower::{self, Lowering};
use crate::pg::schema::Schema;

/// What is squashed, and how it is written.
#[derive(Clone)]
pub struct SquashOptions<'a> {
    /// Name part of the file names.
    pub name: String,
    /// `YYYYMMDDHHMMSS`; by default the newest Create Date of what is squashed.
    pub timestamp: Option<String>,
    /// How many revisions, the last in the order of replay, are converted one by one instead.
    pub keep_last: usize,
    /// Rows.
    pub seed_data: SeedData,
    /// Decisions about statements that write rows, by `revision:line`.
    pub seeds: IndexMap<String, SeedDecision>,
    /// Format of the files.
    pub format: &'a dyn Format,
}

/// A squashed history.
#[derive(Debug, Clone, PartialEq)]
pub struct Squashed {
    /// Schema, encodings and losses at the end.
    pub lowering: Lowering,
    /// Revisions that the baseline replaces, in the order of replay.
    pub replaced: Vec<String>,
    /// Statements of those that write rows.
    pub seeds: Vec<SeedStatement>,
    /// How many rows tables get.
    pub rows: IndexMap<String, usize>,
    /// Revisions that were converted one by one.
    pub kept: Vec<ConvertedRevision>,
    /// The migrations, in the order of versions.
    pub files: Vec<MigrationFile>,
    /// How many of them, the first ones, are the baseline.
    pub baseline_files: usize,
    /// Names and texts of the files.
    pub texts: Vec<TextFile>,
}

impl Squashed {
    /// Refuses when something is lost that nobody accepted, or rows cannot be told.
    ///
    /// # Errors
    /// There are such losses or statements.
    pub fn accepted(&self) -> Result<(), Error> {
        let losses: Vec<_> = self.lowering.refusals().cloned().collect();
        if !losses.is_empty() {
            return Err(Error::Losses(losses));
        }
        Ok(())
    }

    /// Statements whose rows are not in the baseline since they have no equal.
    pub fn open_seeds(&self) -> impl Iterator<Item = &SeedStatement> {
        let open = |s: &&SeedStatement| matches!(s.outcome, SeedOutcome::Open(_));
        self.seeds.iter().filter(open)
    }
}

/// Squashes a replayed history.
///
/// # Errors
/// The base file cannot be read, there is no time stamp or it is not one, nothing is left to be squashed, or the
/// history's own statements fail on an empty database.
pub fn squash(
    replayed: &Replayed,
    storage: &lower::Options,
    options: &SquashOptions<'_>,
) -> Result<Squashed, Error> {
    let count = replayed.revisions.len();
    let rest = count.checked_sub(options.keep_last);
    let Some(at) = rest.filter(|at| *at > 0 || options.keep_last == 0) else {
        return Err(Error::TooFewRevisions {
            keep: options.keep_last,
            count,
        });
    };
    let base = start(&replayed.read.options)?.schema;
    let squashed = replayed.revisions.get(..at).unwrap_or_default();
    let middle = if options.keep_last == 0 {
        replayed.schema.clone()
    } else {
        schema_after(base.clone(), squashed)
    };
    let seeds = match options.seed_data {
        SeedData::Keep => seeds(&base, squashed, storage, &options.seeds)?,
        SeedData::Drop => Seeds::default(),
    };
    let timestamp = timestamp(replayed, squashed, options.timestamp.as_deref())?;
    let mut clock = Clock::at(&timestamp);
    let with_triggers = options.format.takes_triggers();
    let rows = (seeds.up, seeds.down);
    let mut files = schema_files(
        &lower::lower(&middle, storage),
        &options.name,
        rows,
        &mut clock,
        with_triggers,
    )?;
    let replaced: Vec<String> = squashed.iter().map(|r| r.revision.clone()).collect();
    if let Some(first) = files.first_mut() {
        first.replaces.clone_from(&replaced);
    }
    let baseline_files = files.len();
    let chain = chain(replayed, storage, middle, at, &mut clock, with_triggers)?;
    files.extend(chain.files);
    Ok(Squashed {
        lowering: lower::lower(&replayed.schema, storage),
        replaced,
        seeds: seeds.statements,
        rows: seeds.rows,
        kept: chain.revisions,
        texts: options.format.write_all(&files)?,
        files: read_back(&files)?,
        baseline_files,
    })
}

/// PostgreSQL's schema after some revisions.
fn schema_after(base: Schema, revisions: &[super::RevisionOps]) -> Schema {
    let mut replay = crate::pg::replay::Replay::with_base(base);
    for op in revisions.iter().flat_map(|r| &r.ops) {
        // Failures were told when the history was replayed.
        let _ = replay.apply(op.clone(), Caught::No);
    }
    replay.schema
}

/// The given time stamp, or the newest Create Date of what is squashed; never the clock.
fn timestamp(
    replayed: &Replayed,
    squashed: &[super::RevisionOps],
    given: Option<&str>,
) -> Result<String, Error> {
    if squashed.len() == replayed.revisions.len() || given.is_some() {
        return super::baseline_timestamp(replayed, given);
    }
    let history = &replayed.read.history;
    let dates = squashed.iter();
    let dates = dates.filter_map(|r| history.get(&r.revision)?.timestamp());
    let newest = dates.max().ok_or(Error::NoTimestamp)?;
    next_second(&newest).map(|_| newest)
}
