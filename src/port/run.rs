//! The port as a whole: a reader that converts, one writer, then indexes, foreign keys, triggers, sequences.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Error;
use super::batch::Batch;
use super::finish;
use super::plan::{TablePlan, plan};
use super::progress::{Progress, Stage};
use super::read::{Message, Outlet, Reader, Stop};
use super::reject::Rejects;
use super::sink::{RowSink, StatementSink};
use super::summary::{CheckReport, Reject, Summary, TableSummary, Timings};
use crate::failpoint;
use crate::lower::Lowering;
use crate::pg::source::Source;
use crate::sqlite::db::{LoadOptions, Loader};

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

/// Ports all rows of the source into a file that holds the lowered schema and no rows.
///
/// # Errors
/// See [`Error`]. After any error the file is unfit for use; the caller removes it.
pub fn run(
    source: &mut dyn Source,
    lowering: &Lowering,
    target: &Path,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    let plans = plan(source, lowering)?;
    let loader = Loader::open(target, options.load)?;
    let tables = || plans.iter().map(|p| p.map.sqlite.as_str());
    if options.existing == Existing::Refuse
        && let Some(table) = loader.first_with_rows(tables())?
    {
        return Err(Error::NotEmpty {
            path: loader.path().to_owned(),
            table: table.to_owned(),
        });
    }
    let stripped = loader.strip()?;
    if options.existing == Existing::Clear {
        loader.clear(tables())?;
    }
    progress.stage(Stage::Rows);
    failpoint::hit("port:begin");
    let started = Instant::now();
    let (mut summary, mut rejects, loader) = move_rows(source, &plans, loader, options, progress)?;
    summary.timings.rows = started.elapsed();

    interruptible(&loader, progress, || {
        finish::indexes(&loader, &stripped, progress, &mut summary.timings)?;
        finish::foreign_keys(
            &loader,
            lowering,
            &plans,
            options.rejects_path.as_deref(),
            &mut rejects,
            progress,
            &mut summary,
        )
    })?;
    summary.rejects = rejects.finish()?;
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
    loader.finish()?;
    summary.timings.finish = started.elapsed();
    Ok(summary)
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

/// The same pass over the source without writing: what rules would change, and what needs a decision.
///
/// # Errors
/// The source cannot be read, or does not have the expected schema. Undecided values are no error here.
pub fn check(
    source: &mut dyn Source,
    lowering: &Lowering,
    progress: &dyn Progress,
) -> Result<CheckReport, Error> {
    let plans = plan(source, lowering)?;
    progress.stage(Stage::Rows);
    let mut reader = Reader::new(&plans, progress);
    reader
        .read_all(source, &mut Nowhere)
        .map_err(|stop| match stop {
            Stop::Fault(error) => error,
            Stop::TakerGone => Error::Interrupted,
        })?;
    let changes = reader.issues.changes(&plans);
    Ok(CheckReport {
        tables: reader.tables,
        changes,
        undecided: reader.issues.into_undecided(&plans),
    })
}

/// Rows are looked at and forgotten.
struct Nowhere;

impl Outlet for Nowhere {
    fn send(&mut self, _message: Message) -> bool {
        true
    }

    fn empty(&mut self) -> Batch {
        Batch::default()
    }

    fn wants_rows(&self) -> bool {
        false
    }
}

/// Rows go to the writer's thread; its empty batches come back.
struct Pipe {
    out: Sender<Message>,
    back: Receiver<Batch>,
}

impl Outlet for Pipe {
    fn send(&mut self, message: Message) -> bool {
        self.out.send(message).is_ok()
    }

    fn empty(&mut self) -> Batch {
        self.back.try_recv().unwrap_or_default()
    }

    fn wants_rows(&self) -> bool {
        true
    }
}

fn move_rows(
    source: &mut dyn Source,
    plans: &[TablePlan],
    loader: Loader,
    options: &Options,
    progress: &dyn Progress,
) -> Result<(Summary, Rejects, Loader), Error> {
    let (out, messages) = bounded(QUEUE);
    let (give_back, back) = bounded(QUEUE * 2);
    let mut reader = Reader::new(plans, progress);
    let (read, written) = std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let mut written = Written::new(plans);
            let result = write_all(
                &loader,
                &messages,
                &give_back,
                options,
                progress,
                &mut written,
            );
            result.map(|()| (written, loader))
        });
        let mut pipe = Pipe { out, back };
        let read = reader.read_all(source, &mut pipe);
        drop(pipe);
        let written = match writer.join() {
            Ok(written) => written,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        (read, written)
    });
    match read {
        Err(Stop::Fault(error)) => return Err(error),
        // The writer's own error tells why it went.
        Ok(()) | Err(Stop::TakerGone) => {}
    }
    let (written, loader) = written?;
    if reader.issues.is_open() {
        return Err(Error::Refused {
            undecided: reader.issues.into_undecided(plans),
        });
    }
    let mut summary = Summary {
        changes: reader.issues.changes(plans),
        tables: reader.tables,
        ..Summary::default()
    };
    for (table, written) in summary.tables.iter_mut().zip(&written.tables) {
        table.rows_written = written.rows;
        table.rows_rejected = written.rejected;
    }
    summary.timings = Timings {
        tables: plans
            .iter()
            .zip(&written.tables)
            .map(|(plan, written)| (plan.map.pg.to_string(), written.time))
            .collect(),
        ..Timings::default()
    };
    Ok((summary, written.rejects, loader))
}

/// What the writer did with one table.
#[derive(Debug, Default)]
struct TableWritten {
    rows: u64,
    rejected: u64,
    bytes: u64,
    time: Duration,
}

/// What the writer did.
struct Written<'p> {
    plans: &'p [TablePlan],
    tables: Vec<TableWritten>,
    rejects: Rejects,
}

impl<'p> Written<'p> {
    fn new(plans: &'p [TablePlan]) -> Self {
        Self {
            plans,
            tables: Vec::with_capacity(plans.len()),
            rejects: Rejects::new(),
        }
    }
}

/// Takes messages until the reader is done.
fn write_all(
    loader: &Loader,
    messages: &Receiver<Message>,
    give_back: &Sender<Batch>,
    options: &Options,
    progress: &dyn Progress,
    written: &mut Written<'_>,
) -> Result<(), Error> {
    let mut sink = StatementSink::new(loader);
    let mut current: Option<(&TablePlan, Instant)> = None;
    for message in messages {
        match message {
            Message::Begin(place, started) => {
                let Some(plan) = written.plans.get(place) else {
                    continue;
                };
                sink.begin(plan)?;
                current = Some((plan, started));
                written.tables.push(TableWritten::default());
            }
            Message::Rows(batch) => {
                if let (Some((plan, _)), Some(counts)) = (current, written.tables.last_mut()) {
                    let rejects = &mut written.rejects;
                    let path = options.rejects_path.as_deref();
                    let mut rejected = 0;
                    counts.rows += sink.write(&batch, &mut |row, reason| {
                        rejected += 1;
                        let reject = Reject {
                            table: plan.map.pg.to_string(),
                            key: batch.key(row, &plan.key),
                            reason: finish::blame(plan, reason),
                        };
                        rejects.push(path, reject, batch.values(row))
                    })?;
                    counts.rejected += rejected;
                    counts.bytes += batch.source_bytes();
                }
                // When the reader has enough of them the batch is dropped.
                let _ = give_back.try_send(batch);
            }
            Message::End => {
                sink.end()?;
                if let (Some((plan, started)), Some(counts)) = (current, written.tables.last_mut())
                {
                    counts.time = started.elapsed();
                    progress.table_finished(&TableSummary {
                        table: plan.map.pg.to_string(),
                        sqlite: plan.map.sqlite.clone(),
                        rows_read: counts.rows + counts.rejected,
                        rows_written: counts.rows,
                        rows_rejected: counts.rejected,
                        bytes: counts.bytes,
                    });
                }
                failpoint::hit("port:after-table");
            }
        }
    }
    Ok(())
}
