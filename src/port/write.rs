//! The writing side: batches into the sink, what it refuses into the rejects, and how far it has come into the journal.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::Error;
use super::batch::Batch;
use super::budget::Budget;
use super::finish;
use super::journal::{Journal, KeptReject, Mark};
use super::plan::TablePlan;
use super::progress::Progress;
use super::read::Message;
use super::references::References;
use super::reject::{Rejects, Row};
use super::run::Options;
use super::sink::{RowSink, StatementSink};
use super::summary::{Reject, TableSummary};
use crate::failpoint;
use crate::sqlite::db::Loader;

/// What an earlier run has done.
#[derive(Debug, Default)]
pub struct Done {
    /// Of each table, by its place in the plan.
    pub marks: BTreeMap<usize, Mark>,
    /// Rows that were rejected.
    pub rejects: Vec<KeptReject>,
}

/// What was done with one table.
#[derive(Debug, Default)]
pub struct TableWritten {
    /// Rows and bytes.
    pub mark: Mark,
    /// From its first row to its last.
    pub time: Duration,
}

/// The table whose rows come.
struct Current<'p> {
    place: usize,
    plan: &'p TablePlan,
    started: Instant,
}

/// Takes what the reader hands on.
pub struct Writer<'p> {
    plans: &'p [TablePlan],
    rejects_path: Option<&'p Path>,
    progress: &'p dyn Progress,
    done: Done,
    /// The journal of the load.
    pub journal: Option<Journal>,
    /// What was done, in the order of the tables.
    pub written: Vec<TableWritten>,
    /// Rows that the target refused.
    pub rejects: Rejects,
    /// What their keys told of the foreign keys.
    pub references: References,
    /// Rows that an earlier run had done and that are still the source's.
    pub kept: u64,
    /// Tables that an earlier run had begun and that were begun again.
    pub again: Vec<String>,
}

impl<'p> Writer<'p> {
    /// A writer that goes on from what is done.
    pub fn new(
        plans: &'p [TablePlan],
        options: &'p Options,
        progress: &'p dyn Progress,
        done: Done,
        journal: Option<Journal>,
        references: References,
    ) -> Self {
        Self {
            plans,
            rejects_path: options.rejects_path.as_deref(),
            progress,
            done,
            journal,
            written: Vec::with_capacity(plans.len()),
            rejects: Rejects::new(options.max_rejects),
            references,
            kept: 0,
            again: Vec::new(),
        }
    }

    /// Takes messages until the reader is done.
    ///
    /// # Errors
    /// The target, its journal or the reject file cannot be written.
    pub fn write_all(
        &mut self,
        loader: &Loader,
        messages: &Receiver<Message>,
        give_back: &Sender<Batch>,
        budget: &Budget,
    ) -> Result<(), Error> {
        let mut sink = StatementSink::new(loader);
        let mut current: Option<Current<'p>> = None;
        for message in messages {
            if let Message::Begin(place, started) = message {
                if let Some(plan) = self.plans.get(place) {
                    sink.begin(plan)?;
                    self.written.push(TableWritten::default());
                    current = Some(Current {
                        place,
                        plan,
                        started,
                    });
                }
                continue;
            }
            let Some(table) = &current else {
                continue;
            };
            match message {
                Message::Begin(..) => {}
                Message::Proven => self.proven(table)?,
                Message::Again => self.again(table, &mut sink)?,
                Message::Rows(mut batch) => {
                    let weight = batch.weight();
                    self.rows(table, &mut batch, &mut sink)?;
                    budget.give(weight);
                    // When the reader has enough of them the batch is dropped.
                    let _ = give_back.try_send(batch);
                }
                Message::End(digest) => self.end(table, digest, &mut sink)?,
            }
        }
        Ok(())
    }

    /// Takes a row that was found to break a key once all rows were there. The transaction is the caller's.
    ///
    /// # Errors
    /// The reject file cannot be written.
    pub fn reject(&mut self, table: usize, reject: Reject, row: Row) -> Result<(), Error> {
        self.references.doubt();
        let Some(plan) = self.plans.get(table) else {
            return Ok(());
        };
        self.rejects
            .push(self.rejects_path, plan, reject.clone(), row.clone())?;
        if let Some(journal) = &mut self.journal {
            journal.reject(KeptReject { table, reject, row });
        }
        Ok(())
    }

    /// So many rows of a table were rejected after they had been written: commits that.
    ///
    /// # Errors
    /// The target or its journal cannot be written.
    pub fn removed(&mut self, table: usize, rows: u64, loader: &Loader) -> Result<(), Error> {
        if let Some(written) = self.written.get_mut(table) {
            let mark = &mut written.mark;
            mark.written = mark.written.saturating_sub(rows);
            mark.rejected += rows;
            if let Some(journal) = &mut self.journal {
                journal.note(table, *mark);
            }
        }
        match &mut self.journal {
            Some(journal) => journal.commit(loader),
            None => Ok(loader.batch("rejecting rows", "COMMIT")?),
        }
    }

    /// The rows that an earlier run has done count, with what it rejected of them.
    fn proven(&mut self, table: &Current<'_>) -> Result<(), Error> {
        self.references.doubt();
        let mark = self.done.marks.get(&table.place).copied();
        if let (Some(written), Some(mark)) = (self.written.last_mut(), mark) {
            written.mark = mark;
            self.kept += mark.rows;
        }
        for kept in self.done.rejects.extract_if(.., |k| k.table == table.place) {
            self.rejects
                .push(self.rejects_path, table.plan, kept.reject, kept.row)?;
        }
        Ok(())
    }

    /// The rows that an earlier run has done are not the source's any more.
    fn again(&mut self, table: &Current<'_>, sink: &mut dyn RowSink) -> Result<(), Error> {
        self.again.push(table.plan.map.pg.to_string());
        self.done.rejects.retain(|k| k.table != table.place);
        sink.clear(table.plan)?;
        if let Some(journal) = &mut self.journal {
            journal.note(table.place, Mark::default());
        }
        sink.commit(self.journal.as_mut())
    }

    fn rows(
        &mut self,
        table: &Current<'_>,
        batch: &mut Batch,
        sink: &mut dyn RowSink,
    ) -> Result<(), Error> {
        let (rejects, path) = (&mut self.rejects, self.rejects_path);
        let journal = &mut self.journal;
        let mut rejected = 0;
        let taken = sink.write(batch, &mut |batch, row, reason| {
            rejected += 1;
            let reject = Reject {
                table: table.plan.map.pg.to_string(),
                key: batch.key(row, &table.plan.key),
                reason: finish::blame(table.plan, reason),
            };
            let row = Row::of(batch.values(row));
            if let Some(journal) = journal.as_mut() {
                journal.reject(KeptReject {
                    table: table.place,
                    reject: reject.clone(),
                    row: row.clone(),
                });
            }
            rejects.push(path, table.plan, reject, row)
        })?;
        match rejected {
            0 => self.references.take(table.place, batch),
            _ => self.references.doubt(),
        }
        if let Some(written) = self.written.last_mut() {
            let mark = &mut written.mark;
            mark.rows = batch.last_row();
            mark.written += taken;
            mark.rejected += rejected;
            mark.bytes += batch.source_bytes();
            mark.digest = batch.digest();
            if let Some(journal) = &mut self.journal {
                journal.note(table.place, *mark);
            }
        }
        if sink.wants_commit() {
            sink.commit(self.journal.as_mut())?;
        }
        Ok(())
    }

    fn end(
        &mut self,
        table: &Current<'_>,
        digest: u128,
        sink: &mut dyn RowSink,
    ) -> Result<(), Error> {
        sink.end()?;
        let Some(written) = self.written.last_mut() else {
            return Ok(());
        };
        written.time = table.started.elapsed();
        let mark = &mut written.mark;
        mark.digest = digest;
        let was_complete = std::mem::replace(&mut mark.complete, true);
        self.progress.table_finished(&TableSummary {
            table: table.plan.map.pg.to_string(),
            sqlite: table.plan.map.sqlite.clone(),
            rows_read: mark.rows,
            rows_written: mark.written,
            rows_rejected: mark.rejected,
            bytes: mark.bytes,
        });
        if !was_complete {
            if let Some(journal) = &mut self.journal {
                journal.note(table.place, *mark);
            }
            sink.commit(self.journal.as_mut())?;
        }
        failpoint::hit("port:after-table");
        Ok(())
    }
}
