//! The reading side: rows of every table, converted into batches; what has no form is counted.

use std::collections::BTreeMap;
use std::time::Instant;

use super::batch::{Batch, Prefix};
use super::convert::{Failure, Value};
use super::issues::{Issues, Named};
use super::jobs::Outcome;
use super::journal::Mark;
use super::plan::TablePlan;
use super::progress::Progress;
use super::summary::TableSummary;
use super::{Converter, Error};
use crate::pg::copy::{Cell, CopyFormat};
use crate::pg::source::{Part, Source};

/// What the reader hands on.
#[derive(Debug)]
pub enum Message {
    /// Rows of this table (its place in the plan) begin.
    Begin(usize, Instant),
    /// Rows.
    Rows(Batch),
    /// The first rows of the table are those that an earlier run has brought.
    Proven,
    /// They are not: what is there of the table is to be taken away, and all of its rows come.
    Again,
    /// Rows of the table have ended; the digest of all of them, where one was asked for.
    End(u128),
}

impl Message {
    /// Bytes of rows that it holds.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Rows(batch) => batch.weight(),
            Self::Begin(..) | Self::Proven | Self::Again | Self::End(_) => 0,
        }
    }
}

/// Why reading ended early.
pub enum Stop {
    /// Whoever takes the rows is gone, and knows why.
    TakerGone,
    /// The first rows of the table are not those that are done.
    Moved,
    /// A fault.
    Fault(Error),
}

/// Where batches go, and where empty ones come from.
pub trait Outlet {
    /// Takes a message; `false` when nobody takes them any more.
    fn send(&mut self, message: Message) -> bool;
    /// A batch to fill.
    fn empty(&mut self) -> Batch;
    /// Whether rows are wanted at all, or only looked at.
    fn wants_rows(&self) -> bool;
    /// Whether rows are wanted even when a decision is missing; their batch then tells which of them wait for one.
    fn wants_every_row(&self) -> bool {
        false
    }

    /// Takes a message of several readers' rows, already in order.
    ///
    /// # Errors
    /// What is noted of rows cannot be written down.
    fn send_on(&mut self, _table: usize, message: Message) -> Result<bool, Stop> {
        Ok(self.send(message))
    }

    /// Looks at the unfinished row of a batch, where rows are not wanted. `whole`: none of its values waits for a decision.
    ///
    /// # Errors
    /// What is noted of rows cannot be written down.
    fn look(&mut self, _table: usize, _batch: &Batch, _whole: bool) -> Result<(), Error> {
        Ok(())
    }
}

/// Takes no rows: there must be none but those that are done.
struct Unwanted;

impl Outlet for Unwanted {
    fn send(&mut self, message: Message) -> bool {
        !matches!(message, Message::Rows(_))
    }

    fn empty(&mut self) -> Batch {
        Batch::default()
    }

    fn wants_rows(&self) -> bool {
        true
    }
}

/// Rows between two looks at the clock or the user when they are not handed on.
const STRIDE: u64 = 4096;

/// Scratch space that is kept from batch to batch, in bytes.
const SCRATCH: usize = 64 * 1024;

/// One pass over the tables.
pub struct Reader<'p> {
    plans: &'p [TablePlan],
    progress: &'p dyn Progress,
    /// What was found about values.
    pub issues: Issues,
    /// Rows and bytes read, per table.
    pub tables: Vec<TableSummary>,
    /// What is done already, by the table's place.
    done: BTreeMap<usize, Mark>,
    digests: Digests,
}

/// Whether batches are sealed with the digest of their table up to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// They are: the load keeps a journal.
    Made,
    /// They are not.
    None,
}

impl<'p> Reader<'p> {
    /// A reader that has not begun.
    pub fn new(plans: &'p [TablePlan], progress: &'p dyn Progress) -> Self {
        Self {
            plans,
            progress,
            issues: Issues::default(),
            tables: Vec::with_capacity(plans.len()),
            done: BTreeMap::new(),
            digests: Digests::None,
        }
    }

    /// Makes digests, and proves by them that the rows which are done are still the source's first ones, instead of handing them on.
    pub fn continues(mut self, done: BTreeMap<usize, Mark>) -> Self {
        self.done = done;
        self.digests = Digests::Made;
        self
    }

    /// Reads all tables. Once a value needs a decision nothing more is handed on, but all are read, so that every decision is
    /// asked for at once.
    ///
    /// # Errors
    /// The source cannot be read, a value is damaged, the user ended it, or the outlet is gone.
    pub fn read_all(
        &mut self,
        source: &mut dyn Source,
        outlet: &mut dyn Outlet,
    ) -> Result<(), Stop> {
        for (place, plan) in self.plans.iter().enumerate() {
            let size = source.table_size(&plan.map.pg).unwrap_or_default();
            self.progress.table_started(&plan.map.pg.to_string(), size);
            if outlet.wants_rows() && !outlet.send(Message::Begin(place, Instant::now())) {
                return Err(Stop::TakerGone);
            }
            let digest = self.read_one(place, None, source, outlet)?;
            if outlet.wants_rows() && !outlet.send(Message::End(digest)) {
                return Err(Stop::TakerGone);
            }
        }
        Ok(())
    }

    /// Reads a table or a part of it, and gives the digest of its rows where one is made.
    ///
    /// # Errors
    /// As [`Reader::read_all`].
    pub fn read_one(
        &mut self,
        place: usize,
        part: Option<&Part>,
        source: &mut dyn Source,
        outlet: &mut dyn Outlet,
    ) -> Result<u128, Stop> {
        let Some(plan) = self.plans.get(place) else {
            return Ok(0);
        };
        let done = self
            .done
            .remove(&place)
            .filter(|mark| mark.rows > 0 || mark.complete);
        match self.read_table(place, plan, part, source, outlet, done) {
            Err(Stop::Moved) => {
                self.issues.forget(place);
                if !outlet.send(Message::Again) {
                    return Err(Stop::TakerGone);
                }
                self.read_table(place, plan, part, source, outlet, None)
            }
            other => other,
        }
    }

    /// What was found.
    pub fn outcome(self) -> Outcome {
        Outcome {
            issues: self.issues,
            tables: self.tables,
        }
    }

    /// Whether a table of the source has just the rows that are done.
    ///
    /// # Errors
    /// The source cannot be read, a value is damaged, or the user ended it.
    pub fn proves(&mut self, place: usize, source: &mut dyn Source) -> Result<bool, Error> {
        let Some((plan, mark)) = self.plans.get(place).zip(self.done.remove(&place)) else {
            return Ok(false);
        };
        let done = Some(Mark {
            complete: true,
            ..mark
        });
        match self.read_table(place, plan, None, source, &mut Unwanted, done) {
            Ok(_) => Ok(true),
            Err(Stop::Moved | Stop::TakerGone) => Ok(false),
            Err(Stop::Fault(error)) => Err(error),
        }
    }

    fn read_table(
        &mut self,
        place: usize,
        plan: &TablePlan,
        part: Option<&Part>,
        source: &mut dyn Source,
        outlet: &mut dyn Outlet,
        done: Option<Mark>,
    ) -> Result<u128, Stop> {
        let mut table = TableRows {
            place,
            plan,
            issues: &mut self.issues,
            progress: self.progress,
            outlet,
            batch: Batch::default(),
            scratch: Vec::new(),
            undecided: Vec::new(),
            rows: 0,
            bytes: 0,
            told: (0, 0),
            prefix: (self.digests == Digests::Made).then(Prefix::default),
            done,
        };
        table.batch = table.outlet.empty();
        table.batch.reset(plan.converters.len(), 1);
        let mut stop = None;
        let read = source.read_part(
            &plan.map.pg,
            &plan.source_columns,
            CopyFormat::Binary,
            part,
            &mut |cells| {
                table.row(cells).map_err(|why| {
                    stop = Some(why);
                    "reading was ended".into()
                })
            },
        );
        if let Err(error) = read {
            return Err(match stop {
                Some(why) => why,
                None => Stop::Fault(match error {
                    crate::pg::Error::Interrupted => Error::Interrupted,
                    error => error.into(),
                }),
            });
        }
        table.flush()?;
        table.prove_end()?;
        let digest = table.prefix.as_ref().map_or(0, Prefix::digest);
        let summary = TableSummary {
            table: plan.map.pg.to_string(),
            sqlite: plan.map.sqlite.clone(),
            rows_read: table.rows,
            bytes: table.bytes,
            ..TableSummary::default()
        };
        self.tables.push(summary);
        Ok(digest)
    }
}

/// The rows of one table on their way through the converters.
struct TableRows<'a> {
    place: usize,
    plan: &'a TablePlan,
    issues: &'a mut Issues,
    progress: &'a dyn Progress,
    outlet: &'a mut dyn Outlet,
    batch: Batch,
    scratch: Vec<u8>,
    undecided: Vec<(usize, super::ValueIssue, &'static [crate::lower::Rule])>,
    rows: u64,
    bytes: u64,
    /// Rows and bytes that progress was told of.
    told: (u64, u64),
    /// Digest of the rows so far.
    prefix: Option<Prefix>,
    /// Rows that an earlier run has done.
    done: Option<Mark>,
}

impl TableRows<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), Stop> {
        self.rows += 1;
        let plan = self.plan;
        if cells.len() != plan.converters.len() {
            return Err(self.damaged(0, "it does not have the columns that were asked for".into()));
        }
        let mut row_bytes = 0;
        for (column, (converter, cell)) in plan.converters.iter().zip(cells).enumerate() {
            if let Cell::Text(bytes) | Cell::Binary(bytes) = cell {
                row_bytes += u64::try_from(bytes.len()).unwrap_or(0);
            }
            self.cell(column, converter, *cell)?;
        }
        self.bytes += row_bytes;
        let whole = self.undecided.is_empty();
        if !whole {
            let (batch, key) = (&self.batch, &plan.key);
            for (column, issue, choices) in self.undecided.drain(..) {
                let name_row = || match key.is_empty() {
                    true => Named::Row(batch.row_number(batch.rows())),
                    false => Named::Key(batch.key(batch.rows(), key)),
                };
                self.issues
                    .undecided(self.place, column, issue, choices, name_row);
            }
        }
        let wanted = self.outlet.wants_rows();
        let every = self.outlet.wants_every_row();
        if !every && (self.issues.is_open() || !wanted) {
            if !wanted {
                let looked = self.outlet.look(self.place, &self.batch, whole);
                looked.map_err(Stop::Fault)?;
            }
            self.batch.drop_row();
            // It counts all the same: rows without a key are told by their number.
            self.batch.come_after(1);
            if self.rows.is_multiple_of(STRIDE) {
                self.batch.shrink();
                self.scratch.shrink_to(SCRATCH);
                self.tell()?;
            }
            return Ok(());
        }
        if !whole {
            self.batch.note_open();
        }
        self.batch.end_row(row_bytes);
        let proven = self.done.is_some_and(|done| done.rows == self.rows);
        if proven || self.batch.is_full() {
            self.flush()?;
        }
        Ok(())
    }

    /// Compares the rows that are done with those that the source gave.
    fn prove(&mut self, done: Mark) -> Result<(), Stop> {
        if self.prefix.as_ref().map(Prefix::digest) != Some(done.digest) {
            return Err(Stop::Moved);
        }
        // That it has no more rows than those is known at the end alone.
        if !done.complete && !self.outlet.send(Message::Proven) {
            return Err(Stop::TakerGone);
        }
        Ok(())
    }

    /// The source has as many rows as are done, or more where more were to come.
    fn prove_end(&mut self) -> Result<(), Stop> {
        // Once a decision is missing nothing is written any more, so nothing needs to be proven.
        let Some(done) = self.done.filter(|_| !self.issues.is_open()) else {
            return Ok(());
        };
        if self.rows < done.rows || (done.complete && self.rows > done.rows) {
            return Err(Stop::Moved);
        }
        if done.complete && !self.outlet.send(Message::Proven) {
            return Err(Stop::TakerGone);
        }
        Ok(())
    }

    #[inline]
    fn cell(&mut self, column: usize, converter: &Converter, cell: Cell<'_>) -> Result<(), Stop> {
        match converter.convert(cell, &mut self.scratch) {
            Ok(converted) => {
                if let Some(change) = converted.changed {
                    self.issues.changed(self.place, column, change);
                }
                self.batch.push(converted.value);
                Ok(())
            }
            Err(Failure::Refused { issue, choices }) => {
                self.undecided.push((column, issue, choices));
                self.batch.push(Value::Null);
                Ok(())
            }
            Err(damage @ Failure::Damaged { .. }) => Err(self.damaged(column, damage.to_string())),
        }
    }

    fn damaged(&self, column: usize, cause: String) -> Stop {
        Stop::Fault(Error::Damaged {
            table: self.plan.map.pg.to_string(),
            column: self
                .plan
                .source_columns
                .get(column)
                .cloned()
                .unwrap_or_default(),
            row: self.rows,
            cause,
        })
    }

    /// Hands the batch on and begins another.
    fn flush(&mut self) -> Result<(), Stop> {
        let every = self.outlet.wants_every_row();
        if self.batch.rows() > 0 && (every || !self.issues.is_open()) {
            if let Some(prefix) = &mut self.prefix {
                prefix.add(&mut self.batch);
            }
            match self.done {
                Some(done) if self.rows < done.rows => return self.fresh(),
                Some(done) if self.rows == done.rows => {
                    self.prove(done)?;
                    return self.fresh();
                }
                Some(done) if done.complete => return Err(Stop::Moved),
                _ => {}
            }
            let next = self.outlet.empty();
            let full = std::mem::replace(&mut self.batch, next);
            if !self.outlet.send(Message::Rows(full)) {
                return Err(Stop::TakerGone);
            }
        }
        self.fresh()
    }

    /// Begins another batch.
    fn fresh(&mut self) -> Result<(), Stop> {
        self.batch.reset(self.plan.converters.len(), self.rows + 1);
        // One huge value must not be paid for until the end.
        self.scratch.shrink_to(SCRATCH);
        self.tell()
    }

    fn tell(&mut self) -> Result<(), Stop> {
        let (rows, bytes) = std::mem::replace(&mut self.told, (self.rows, self.bytes));
        self.progress.advanced(self.rows - rows, self.bytes - bytes);
        if self.progress.interrupted() {
            return Err(Stop::Fault(Error::Interrupted));
        }
        Ok(())
    }
}
