//! The reading side: rows of every table, converted into batches; what has no form is counted.

use std::time::Instant;

use super::batch::Batch;
use super::convert::{Failure, Value};
use super::issues::Issues;
use super::plan::TablePlan;
use super::progress::Progress;
use super::summary::TableSummary;
use super::{Converter, Error};
use crate::pg::copy::{Cell, CopyFormat};
use crate::pg::source::Source;

/// What the reader hands on.
#[derive(Debug)]
pub enum Message {
    /// Rows of this table (its place in the plan) begin.
    Begin(usize, Instant),
    /// Rows.
    Rows(Batch),
    /// Rows of the table have ended.
    End,
}

/// Why reading ended early.
pub enum Stop {
    /// Whoever takes the rows is gone, and knows why.
    TakerGone,
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
}

impl<'p> Reader<'p> {
    /// A reader that has not begun.
    pub fn new(plans: &'p [TablePlan], progress: &'p dyn Progress) -> Self {
        Self {
            plans,
            progress,
            issues: Issues::default(),
            tables: Vec::with_capacity(plans.len()),
        }
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
            self.read_table(place, plan, source, outlet)?;
            if outlet.wants_rows() && !outlet.send(Message::End) {
                return Err(Stop::TakerGone);
            }
        }
        Ok(())
    }

    fn read_table(
        &mut self,
        place: usize,
        plan: &TablePlan,
        source: &mut dyn Source,
        outlet: &mut dyn Outlet,
    ) -> Result<(), Stop> {
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
        };
        table.batch = table.outlet.empty();
        table.batch.reset(plan.converters.len(), 1);
        let mut stop = None;
        let read = source.read(
            &plan.map.pg,
            &plan.source_columns,
            CopyFormat::Binary,
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
        let summary = TableSummary {
            table: plan.map.pg.to_string(),
            sqlite: plan.map.sqlite.clone(),
            rows_read: table.rows,
            bytes: table.bytes,
            ..TableSummary::default()
        };
        self.tables.push(summary);
        Ok(())
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
        if !self.undecided.is_empty() {
            let (batch, key) = (&self.batch, &plan.key);
            for (column, issue, choices) in self.undecided.drain(..) {
                let name_row = || batch.key(batch.rows(), key);
                self.issues
                    .undecided(self.place, column, issue, choices, name_row);
            }
        }
        if self.issues.is_open() || !self.outlet.wants_rows() {
            self.batch.drop_row();
            if self.rows.is_multiple_of(STRIDE) {
                self.tell()?;
            }
            return Ok(());
        }
        self.batch.end_row(row_bytes);
        if self.batch.is_full() {
            self.flush()?;
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
        if self.batch.rows() > 0 && !self.issues.is_open() {
            let next = self.outlet.empty();
            let full = std::mem::replace(&mut self.batch, next);
            if !self.outlet.send(Message::Rows(full)) {
                return Err(Stop::TakerGone);
            }
        }
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
