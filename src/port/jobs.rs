//! Reading over several connections at once. What is handed on, and in which order, is what one connection would give.
//!
//! The tables are cut into tasks, in the order of the plan: ranges of blocks of large tables, others as a whole. Readers take
//! them one after the other; their batches wait in a queue of the task until all tasks before it are done. A [`Budget`] of bytes bounds
//! what waits, so that memory does not depend on the size of a table or of its values.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Error;
use super::batch::{Batch, Prefix};
use super::budget::Budget;
use super::issues::Issues;
use super::journal::Mark;
use super::plan::TablePlan;
use super::progress::Progress;
use super::read::{Digests, Message, Outlet, Reader, Stop};
use super::summary::TableSummary;
use crate::failpoint;
use crate::pg::source::{Part, Source, TableSize};

/// What a task reads of a large table, in bytes on the source's disk: enough that a statement for each costs nothing, and little
/// enough to wait in memory as a whole.
const TASK: u64 = 4 << 20;

/// Tasks that are begun or waiting, for each reader.
const AHEAD: usize = 2;

/// What a reader does at once.
#[derive(Debug, Clone)]
struct Task {
    place: usize,
    part: Option<Part>,
    /// Rows that an earlier run has done.
    done: Option<Mark>,
    first: bool,
    last: bool,
}

/// What a reader tells of its task.
enum Told {
    Message(Message),
    Ended(Result<Ended, Stop>),
}

/// A task that was read to its end.
struct Ended {
    digest: u128,
    issues: Issues,
    table: Option<TableSummary>,
}

/// What all tasks together gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was found about values.
    pub issues: Issues,
    /// Rows and bytes read, per table.
    pub tables: Vec<TableSummary>,
}

/// A reading that is cut into tasks.
pub struct Jobs<'p> {
    plans: &'p [TablePlan],
    progress: &'p dyn Progress,
    tasks: Vec<Task>,
    sizes: Vec<TableSize>,
    forks: Vec<Box<dyn Source>>,
    digests: Digests,
}

impl<'p> Jobs<'p> {
    /// Cuts a reading into tasks for so many readers; `None` where one reader does as well.
    ///
    /// # Errors
    /// The source cannot be asked.
    pub fn plan(
        source: &mut dyn Source,
        plans: &'p [TablePlan],
        jobs: usize,
        mut done: BTreeMap<usize, Mark>,
        digests: Digests,
        progress: &'p dyn Progress,
    ) -> Result<Option<Self>, Error> {
        if jobs < 2 || source.snapshot().is_none() {
            return Ok(None);
        }
        let bytes = failpoint::number("DECANT_TASK_BYTES").unwrap_or(TASK);
        let mut tasks = Vec::new();
        for (place, plan) in plans.iter().enumerate() {
            let done = done
                .remove(&place)
                .filter(|mark| mark.rows > 0 || mark.complete);
            // Rows that are done are told by the digest of all of them, from the first on.
            let parts = match done {
                Some(_) => Vec::new(),
                None => source.parts(&plan.map.pg, bytes)?,
            };
            let count = parts.len().max(1);
            for n in 0..count {
                tasks.push(Task {
                    place,
                    part: parts.get(n).copied(),
                    done,
                    first: n == 0,
                    last: n + 1 == count,
                });
            }
        }
        let size = |plan: &TablePlan| source.table_size(&plan.map.pg).unwrap_or_default();
        let sizes = plans.iter().map(size).collect();
        let mut forks = Vec::new();
        while forks.len() + 1 < jobs.min(tasks.len()) {
            match source.fork() {
                Ok(Some(fork)) => forks.push(fork),
                Ok(None) => break,
                Err(crate::pg::Error::Interrupted) => return Err(Error::Interrupted),
                Err(error) => {
                    progress.note(&format!(
                        "reading over {} connections instead of {jobs}: {error}",
                        forks.len() + 1
                    ));
                    break;
                }
            }
        }
        Ok((!forks.is_empty()).then_some(Self {
            plans,
            progress,
            tasks,
            sizes,
            forks,
            digests,
        }))
    }

    /// Reads all tables and hands their rows on in order. `back`: where batches come back from, to be filled again.
    ///
    /// # Errors
    /// As [`Reader::read_all`]; of several faults that of the first task.
    pub fn read_all(
        mut self,
        source: &mut dyn Source,
        outlet: &mut dyn Outlet,
        budget: &Budget,
        back: &Receiver<Batch>,
    ) -> Result<Outcome, Stop> {
        let (give, take) = unbounded::<(usize, Task, Sender<Told>)>();
        let mut forks = std::mem::take(&mut self.forks);
        let (plans, progress) = (self.plans, self.progress);
        // Where rows are only looked at, those are looked at, too, that come after one that needs a decision.
        let every = !outlet.wants_rows();
        let readers = forks.len() + 1;
        std::thread::scope(|scope| {
            let sources = forks
                .iter_mut()
                .map(|fork| fork.as_mut() as &mut dyn Source);
            for source in sources.chain([source]) {
                let (take, back) = (take.clone(), back.clone());
                scope.spawn(move || {
                    for (number, task, out) in take {
                        let mut outlet = Waiting {
                            number,
                            out: &out,
                            back: &back,
                            budget,
                            every,
                        };
                        let ended = read(plans, progress, &task, source, &mut outlet);
                        // Whoever is gone does not want to know.
                        let _ = out.send(Told::Ended(ended));
                    }
                });
            }
            drop(take);
            let result = self.hand_on(readers, &give, outlet, budget, every);
            // The readers end with their next batch.
            budget.close();
            drop(give);
            result
        })
    }

    fn hand_on(
        &self,
        readers: usize,
        give: &Sender<(usize, Task, Sender<Told>)>,
        outlet: &mut dyn Outlet,
        budget: &Budget,
        every: bool,
    ) -> Result<Outcome, Stop> {
        let mut out = Outcome::default();
        let mut begun: VecDeque<(usize, &Task, Receiver<Told>)> = VecDeque::new();
        let mut tasks = self.tasks.iter().enumerate();
        let mut sum = TableSummary::default();
        let mut prefix: Option<Prefix> = None;
        loop {
            while begun.len() < readers * AHEAD
                && let Some((number, task)) = tasks.next()
            {
                let (told, tells) = unbounded();
                if give.send((number, task.clone(), told)).is_err() {
                    return Err(Stop::TakerGone);
                }
                begun.push_back((number, task, tells));
            }
            let Some((number, task, tells)) = begun.pop_front() else {
                return Ok(out);
            };
            budget.front(number);
            if task.first {
                self.begin(task, outlet)?;
                sum = TableSummary::default();
                prefix = (self.digests == Digests::Made).then(Prefix::default);
            }
            let ended = loop {
                match tells.recv() {
                    // A reader tells of its task's end but when it panicked, which the end of its thread tells.
                    Err(_) => return Err(Stop::TakerGone),
                    Ok(Told::Ended(ended)) => break ended,
                    Ok(Told::Message(message)) => {
                        let bytes = message.bytes();
                        budget.moved(number, bytes);
                        if out.issues.is_open() && !every {
                            budget.give(bytes);
                            continue;
                        }
                        let message = match message {
                            Message::Rows(mut batch) if task.done.is_none() => {
                                batch.come_after(sum.rows_read);
                                if let Some(prefix) = &mut prefix {
                                    prefix.add(&mut batch);
                                }
                                Message::Rows(batch)
                            }
                            other => other,
                        };
                        if !outlet.send_on(task.place, message)? {
                            return Err(Stop::TakerGone);
                        }
                    }
                }
            };
            let ended = ended.map_err(|stop| after(stop, sum.rows_read))?;
            out.issues.add(ended.issues, sum.rows_read);
            if let Some(part) = ended.table {
                sum = TableSummary {
                    rows_read: sum.rows_read + part.rows_read,
                    bytes: sum.bytes + part.bytes,
                    ..part
                };
            }
            if task.last {
                let digest = match task.done {
                    Some(_) => ended.digest,
                    None => prefix.as_ref().map_or(0, Prefix::digest),
                };
                out.tables.push(std::mem::take(&mut sum));
                if outlet.wants_rows() && !outlet.send(Message::End(digest)) {
                    return Err(Stop::TakerGone);
                }
            }
        }
    }

    fn begin(&self, task: &Task, outlet: &mut dyn Outlet) -> Result<(), Stop> {
        let Some((plan, size)) = self.plans.get(task.place).zip(self.sizes.get(task.place)) else {
            return Ok(());
        };
        self.progress.table_started(&plan.map.pg.to_string(), *size);
        let begin = Message::Begin(task.place, Instant::now());
        match outlet.wants_rows() && !outlet.send(begin) {
            true => Err(Stop::TakerGone),
            false => Ok(()),
        }
    }
}

/// Reads a task.
fn read(
    plans: &[TablePlan],
    progress: &dyn Progress,
    task: &Task,
    source: &mut dyn Source,
    outlet: &mut dyn Outlet,
) -> Result<Ended, Stop> {
    let mut reader = Reader::new(plans, progress);
    if let Some(mark) = task.done {
        reader = reader.continues([(task.place, mark)].into());
    }
    let digest = reader.read_one(task.place, task.part.as_ref(), source, outlet)?;
    Ok(Ended {
        digest,
        table: reader.tables.pop(),
        issues: reader.issues,
    })
}

/// A fault with the row's number in its table instead of that in its task.
fn after(stop: Stop, rows: u64) -> Stop {
    match stop {
        Stop::Fault(Error::Damaged {
            table,
            column,
            row,
            cause,
        }) => Stop::Fault(Error::Damaged {
            table,
            column,
            row: row + rows,
            cause,
        }),
        other => other,
    }
}

/// The queue of a task.
struct Waiting<'a> {
    number: usize,
    out: &'a Sender<Told>,
    back: &'a Receiver<Batch>,
    budget: &'a Budget,
    every: bool,
}

impl Outlet for Waiting<'_> {
    fn send(&mut self, message: Message) -> bool {
        self.budget.take(self.number, message.bytes())
            && self.out.send(Told::Message(message)).is_ok()
    }

    fn empty(&mut self) -> Batch {
        self.back.try_recv().unwrap_or_default()
    }

    fn wants_rows(&self) -> bool {
        true
    }

    fn wants_every_row(&self) -> bool {
        self.every
    }
}
