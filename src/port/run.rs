//! The port as a whole: a reader that converts, one writer, then indexes, foreign keys, triggers, sequences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Error;
use super::batch::Batch;
use super::budget::{Budget, Closing};
use super::finish;
use super::jobs::{Jobs, Outcome};
use super::journal::{Journal, Mark, Unfinished};
use super::plan::{TablePlan, plan};
use super::probe::{Probe, Thorough};
use super::progress::{Progress, Stage};
use super::read::{Digests, Message, Outlet, Reader, Stop};
use super::references::References;
use super::summary::{CheckReport, Continued, Summary, Timings};
use super::write::{Done, Writer};
use crate::failpoint;
use crate::lower::{Loss, Lowering, Rule};
use crate::pg::source::Source;
use crate::sqlite::db::{AfterKill, LoadOptions, Loader, Stripped};

/// How rows are ported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// File for rejected rows (CSV, made when there is one).
    pub rejects_path: Option<PathBuf>,
    /// Rows that the target may refuse before the port fails.
    pub max_rejects: u64,
    /// What becomes of rows that the target has already.
    pub existing: Existing,
    /// Whether statistics are collected for SQLite's planner.
    pub statistics: Statistics,
    /// How the file is loaded.
    pub load: LoadOptions,
    /// Connections that a live source is read over; 0 is one, as is 1. What is written does not depend on it.
    pub jobs: usize,
    /// The journal that lets a load which was killed be continued; without one it cannot be.
    pub journal: Option<JournalOptions>,
}

/// Where it is written down how far a load has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalOptions {
    /// The file, beside the target.
    pub path: PathBuf,
    /// What tells this load from others: a digest of schema, decisions and selection. The rows have digests of their own.
    pub fingerprint: String,
}

/// What becomes of rows that are in the target's tables before the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// They end it: the file is not the fresh one that was meant.
    #[default]
    Refuse,
    /// They are deleted: they are seed rows of the migration that made the file, and the source has its own.
    Clear,
}

/// Whether `ANALYZE` runs at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statistics {
    /// It runs: the planner chooses indexes as it should from the first query on.
    #[default]
    Collect,
    /// It does not.
    Skip,
}

/// Batches between reader and writer: enough that neither waits for a hiccup of the other.
const QUEUE: usize = 4;

/// Ports all rows of the source into a file that holds the lowered schema and no rows; or goes on with one that an earlier run has
/// left, as far as the source still gives the rows which that one had done. A table of which it does not is begun again.
///
/// # Errors
/// See [`Error`]. After any error the file is unfit for use; the caller removes it, or keeps it with its journal to go on later.
/// [`Error::SourceMoved`] when `left` cannot be continued: the caller makes a fresh file.
pub fn run(
    source: &mut dyn Source,
    lowering: &Lowering,
    target: &Path,
    options: &Options,
    left: Option<Unfinished>,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    if let Some(left) = &left
        && let Some(summary) = &left.finished
    {
        if let Some(table) = moved(source, lowering, &left.marks, progress)?
            .into_iter()
            .next()
        {
            return Err(Error::SourceMoved { table });
        }
        return Ok(Summary {
            marks: left.marks.clone(),
            ..summary.clone()
        });
    }
    let plans = plan(source, lowering)?;
    let mut load = options.load;
    if options.journal.is_some() {
        load.after_kill = AfterKill::LastCommit;
    }
    let loader = Loader::open(target, load)?;
    let continues = left.is_some();
    let (stripped, journal, done) = match left {
        Some(left) => {
            let journal = Journal::resume(&left)?;
            let stripped = left.stripped().clone();
            loader.settle(&stripped)?;
            let (marks, rejects) = (left.marks, left.rejects);
            (stripped, Some(journal), Done { marks, rejects })
        }
        None => {
            let stripped = prepare(&loader, &plans, options)?;
            let journal = options.journal.as_ref().map(|journal| {
                Journal::begin(&journal.path, &loader, &journal.fingerprint, &stripped)
            });
            (stripped, journal.transpose()?, Done::default())
        }
    };
    progress.stage(Stage::Rows);
    failpoint::hit("port:begin");
    let started = Instant::now();
    let moved = move_rows(source, &plans, (loader, journal), done, options, progress)?;
    let (mut summary, loader, mut writer) = moved;
    summary.timings.rows = started.elapsed();
    summary.continued = continues.then(|| Continued {
        rows: writer.kept,
        again: std::mem::take(&mut writer.again),
    });

    interruptible(&loader, progress, || {
        finish::indexes(
            &loader,
            &stripped,
            &plans,
            &mut writer,
            progress,
            &mut summary,
        )
    })?;
    // All that follows is one transaction: what is left by a kill has either all rows, or all of it.
    loader.batch("ending the load", "BEGIN")?;
    interruptible(&loader, progress, || {
        finish::foreign_keys(
            &loader,
            lowering,
            &plans,
            options.rejects_path.as_deref(),
            &mut writer,
            progress,
            &mut summary,
        )
    })?;
    (summary.rejects, summary.rejected_rows) = writer.rejects.finish()?;
    if summary.rejected() > options.max_rejects {
        return Err(Error::Rejected {
            limit: options.max_rejects,
            summary: Box::new(summary),
        });
    }
    progress.stage(Stage::Finish);
    let started = Instant::now();
    loader.restore_triggers(&stripped)?;
    finish::sequences(&loader, source, lowering, &plans, &mut summary)?;
    if options.statistics == Statistics::Collect {
        loader.analyze()?;
    }
    failpoint::hit("port:before-finish");
    match &mut writer.journal {
        Some(journal) => journal.finish(&loader, &summary)?,
        None => loader.batch("ending the load", "COMMIT")?,
    }
    loader.finish()?;
    summary.timings.finish = started.elapsed();
    Ok(summary)
}

/// Makes sure that a fresh file has no rows, and takes off what slows a load down.
fn prepare(loader: &Loader, plans: &[TablePlan], options: &Options) -> Result<Stripped, Error> {
    let tables = || plans.iter().map(|p| p.map.sqlite.as_str());
    if options.existing == Existing::Refuse
        && let Some(table) = loader.first_with_rows(tables())?
    {
        return Err(Error::NotEmpty {
            path: loader.path().to_owned(),
            table: table.to_owned(),
        });
    }
    let cleared = match options.existing {
        Existing::Clear => plans.len(),
        Existing::Refuse => 0,
    };
    Ok(loader.strip(tables().take(cleared))?)
}

/// Tables of a source, in PostgreSQL's names, that do not have just the rows that were ported: by the digests in a [`Summary`].
///
/// # Errors
/// The source cannot be read, or does not have the schema any more.
pub fn moved(
    source: &mut dyn Source,
    lowering: &Lowering,
    marks: &BTreeMap<usize, Mark>,
    progress: &dyn Progress,
) -> Result<Vec<String>, Error> {
    let plans = plan(source, lowering)?;
    let mut reader = Reader::new(&plans, progress).continues(marks.clone());
    let mut moved = Vec::new();
    for (place, plan) in plans.iter().enumerate() {
        if !reader.proves(place, source)? {
            moved.push(plan.map.pg.to_string());
        }
    }
    Ok(moved)
}

/// Does work that spends long in single statements, and breaks the statement off when the user wants it to end.
fn interruptible<T>(
    loader: &Loader,
    progress: &dyn Progress,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    const LOOK: Duration = Duration::from_millis(100);
    let handle = loader.connection().get_interrupt_handle();
    let (done, ended) = bounded::<()>(0);
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(LOOK) {
                if progress.interrupted() {
                    handle.interrupt();
                }
            }
        });
        let result = work();
        drop(done);
        result
    });
    match result {
        Err(Error::Target(_)) if progress.interrupted() => Err(Error::Interrupted),
        result => result,
    }
}

/// The same pass over the source without writing: what rules would change, what needs a decision, which rows would be rejected.
///
/// # Errors
/// The source cannot be read, or does not have the expected schema. Undecided values are no error here.
pub fn check(
    source: &mut dyn Source,
    lowering: &Lowering,
    thorough: Thorough,
    jobs: usize,
    progress: &dyn Progress,
) -> Result<CheckReport, Error> {
    let plans = plan(source, lowering)?;
    progress.stage(Stage::Rows);
    let (give_back, back) = bounded(QUEUE * 2);
    let budget = Budget::default();
    let mut looked = Looked {
        probe: Probe::new(source, lowering, &plans, thorough)?,
        budget: &budget,
        give_back,
    };
    let none = BTreeMap::new();
    let jobs = Jobs::plan(source, &plans, jobs, none, Digests::None, progress)?;
    let read = match jobs {
        Some(jobs) => jobs.read_all(source, &mut looked, &budget, &back),
        None => {
            let mut reader = Reader::new(&plans, progress);
            let read = reader.read_all(source, &mut looked);
            read.map(|()| reader.outcome())
        }
    };
    let Outcome { issues, tables } = read.map_err(|stop| match stop {
        Stop::Fault(error) => error,
        Stop::TakerGone | Stop::Moved => Error::Interrupted,
    })?;
    let changes = issues.changes(&plans);
    let (breaches, not_checked) = looked.probe.finish(progress)?;
    let renamed = |loss: &&Loss| loss.rule == Rule::Renamed;
    Ok(CheckReport {
        tables,
        changes,
        undecided: issues.into_undecided(&plans),
        breaches,
        names: lowering.losses.iter().filter(renamed).cloned().collect(),
        refused: lowering.refusals().cloned().collect(),
        not_carried: Vec::new(),
        not_checked,
    })
}

/// Rows are looked at and forgotten.
struct Looked<'p> {
    probe: Probe<'p>,
    budget: &'p Budget,
    give_back: Sender<Batch>,
}

impl Outlet for Looked<'_> {
    fn send(&mut self, _message: Message) -> bool {
        true
    }

    fn empty(&mut self) -> Batch {
        Batch::default()
    }

    fn wants_rows(&self) -> bool {
        false
    }

    fn look(&mut self, table: usize, batch: &Batch, whole: bool) -> Result<(), Error> {
        self.probe.row(table, batch, batch.rows(), whole)
    }

    fn send_on(&mut self, table: usize, message: Message) -> Result<bool, Stop> {
        if let Message::Rows(batch) = message {
            for row in 0..batch.rows() {
                let looked = self.probe.row(table, &batch, row, !batch.is_open(row));
                looked.map_err(Stop::Fault)?;
            }
            self.budget.give(batch.weight());
            // When there are enough of them it is dropped.
            let _ = self.give_back.try_send(batch);
        }
        Ok(true)
    }
}

/// Rows go to the writer's thread; its empty batches come back.
struct Pipe<'b> {
    out: Sender<Message>,
    back: Receiver<Batch>,
    budget: &'b Budget,
}

impl Outlet for Pipe<'_> {
    fn send(&mut self, message: Message) -> bool {
        let bytes = message.bytes();
        if !self.budget.take(0, bytes) {
            return false;
        }
        self.budget.moved(0, bytes);
        self.out.send(message).is_ok()
    }

    // The budget has been asked when the rows were read.
    fn send_on(&mut self, _table: usize, message: Message) -> Result<bool, Stop> {
        Ok(self.out.send(message).is_ok())
    }

    fn empty(&mut self) -> Batch {
        self.back.try_recv().unwrap_or_default()
    }

    fn wants_rows(&self) -> bool {
        true
    }
}

fn move_rows<'p>(
    source: &mut dyn Source,
    plans: &'p [TablePlan],
    (loader, journal): (Loader, Option<Journal>),
    done: Done,
    options: &'p Options,
    progress: &'p dyn Progress,
) -> Result<(Summary, Loader, Writer<'p>), Error> {
    let references = References::new(plans, loader.foreign_keys()?);
    let (out, messages) = bounded(QUEUE);
    let (give_back, back) = bounded(QUEUE * 2);
    let (marks, digests) = match journal {
        Some(_) => (done.marks.clone(), Digests::Made),
        None => (BTreeMap::new(), Digests::None),
    };
    let jobs = options.jobs;
    let jobs = Jobs::plan(source, plans, jobs, marks.clone(), digests, progress)?;
    let budget = &Budget::default();
    let (read, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut writer = Writer::new(plans, options, progress, done, journal, references);
            // Whoever waits for it is to know when it ends, however it does.
            let _closing = Closing(budget);
            let result = writer.write_all(&loader, &messages, &give_back, budget);
            result.map(|()| (loader, writer))
        });
        let mut pipe = Pipe { out, back, budget };
        let read = match jobs {
            Some(jobs) => {
                let back = pipe.back.clone();
                jobs.read_all(source, &mut pipe, budget, &back)
            }
            None => {
                let mut reader = Reader::new(plans, progress);
                if digests == Digests::Made {
                    reader = reader.continues(marks);
                }
                let read = reader.read_all(source, &mut pipe);
                read.map(|()| reader.outcome())
            }
        };
        drop(pipe);
        let written = match writer.join() {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        (read, written)
    });
    let outcome = match read {
        Err(Stop::Fault(error)) => return Err(error),
        // The writer's own error tells why it went.
        Err(Stop::TakerGone | Stop::Moved) => Outcome::default(),
        Ok(outcome) => outcome,
    };
    let (loader, writer) = written?;
    if outcome.issues.is_open() {
        return Err(Error::Refused {
            undecided: outcome.issues.into_undecided(plans),
        });
    }
    let mut summary = Summary {
        changes: outcome.issues.changes(plans),
        tables: outcome.tables,
        ..Summary::default()
    };
    if writer.journal.is_some() {
        let marks = writer.written.iter().map(|written| written.mark);
        summary.marks = marks.enumerate().collect();
    }
    for (table, written) in summary.tables.iter_mut().zip(&writer.written) {
        table.rows_written = written.mark.written;
        table.rows_rejected = written.mark.rejected;
    }
    summary.timings = Timings {
        tables: plans
            .iter()
            .zip(&writer.written)
            .map(|(plan, written)| (plan.map.pg.to_string(), written.time))
            .collect(),
        ..Timings::default()
    };
    Ok((summary, loader, writer))
}
