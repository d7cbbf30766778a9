//! Rows of the application's tables as far as a history itself writes them: what guards that query data see.
//!
//! A database that a history is run on begins empty, so a table holds what `INSERT`s of earlier revisions put there. A
//! value that is not known ([`Datum::Unknown`]) stays one; a table whose rows cannot be followed says so with a reason,
//! and is never taken for empty. Bounded: a table with more than [`TABLE_BOUND`] rows, or rows beyond [`BOUND`] in all, are
//! not followed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ir::{Datum, QualName};

/// Rows of one table that are kept.
pub const TABLE_BOUND: usize = 1_000;

/// Rows that are kept in all.
pub const BOUND: usize = 20_000;

/// A row: values by column; a column without one is NULL.
pub type Row = BTreeMap<String, Datum>;

/// What a table holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// These rows.
    Rows(Vec<Row>),
    /// Rows that cannot be followed, and why.
    Unknown(String),
}

/// The rows of all tables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AppRows {
    tables: BTreeMap<QualName, Arc<Content>>,
    /// Next values of sequences; `None` is not known.
    sequences: BTreeMap<QualName, Option<i64>>,
    total: usize,
}

impl AppRows {
    /// What a table holds; nothing when it was never written.
    pub fn content(&self, table: &QualName) -> Option<&Content> {
        self.tables.get(table).map(AsRef::as_ref)
    }

    /// Whether a table may have rows.
    pub fn may_have_rows(&self, table: &QualName) -> bool {
        match self.content(table) {
            None => false,
            Some(Content::Rows(rows)) => !rows.is_empty(),
            Some(Content::Unknown(_)) => true,
        }
    }

    /// Whether no table was written at all.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Takes the rows of a table for unknown.
    pub fn forget(&mut self, table: &QualName, why: impl Into<String>) {
        self.release(table);
        let why = Content::Unknown(why.into());
        self.tables.insert(table.clone(), Arc::new(why));
    }

    fn release(&mut self, table: &QualName) {
        if let Some(content) = self.tables.remove(table)
            && let Content::Rows(rows) = content.as_ref()
        {
            self.total = self.total.saturating_sub(rows.len());
        }
    }

    /// Empties a table: dropped, or truncated.
    pub fn clear(&mut self, table: &QualName) {
        self.release(table);
    }

    /// Gives a table's rows another name.
    pub fn rename(&mut self, from: &QualName, to: &QualName) {
        if let Some(content) = self.tables.remove(from) {
            self.tables.insert(to.clone(), content);
        }
    }

    /// Adds rows; a table that grows beyond the bounds is not followed any more.
    pub fn insert(&mut self, table: &QualName, rows: Vec<Row>) {
        if rows.is_empty() || matches!(self.content(table), Some(Content::Unknown(_))) {
            return;
        }
        let held = match self.content(table) {
            Some(Content::Rows(held)) => held.len(),
            _ => 0,
        };
        if held + rows.len() > TABLE_BOUND || self.total + rows.len() > BOUND {
            self.forget(table, "it has more rows than are kept");
            return;
        }
        self.total += rows.len();
        let content = self
            .tables
            .entry(table.clone())
            .or_insert_with(|| Arc::new(Content::Rows(Vec::new())));
        if let Content::Rows(held) = Arc::make_mut(content) {
            held.extend(rows);
        }
    }

    /// Changes the rows of a table in place; a closure that says `false` takes the row away.
    pub fn retain(&mut self, table: &QualName, mut keep: impl FnMut(&mut Row) -> bool) {
        let Some(content) = self.tables.get_mut(table) else {
            return;
        };
        if let Content::Rows(rows) = Arc::make_mut(content) {
            let before = rows.len();
            rows.retain_mut(|row| keep(row));
            self.total = self.total.saturating_sub(before - rows.len());
        }
    }

    /// The next value of a sequence that begins at `start` and grows by `step`.
    pub fn next_value(&mut self, sequence: &QualName, start: i64, step: i64) -> Datum {
        let slot = self
            .sequences
            .entry(sequence.clone())
            .or_insert(Some(start));
        match slot {
            Some(value) => {
                let now = *value;
                *slot = now.checked_add(step);
                Datum::Int(now)
            }
            None => Datum::Unknown("the next value of a sequence".to_owned()),
        }
    }

    /// A sequence whose value is not known from here on.
    pub fn forget_sequence(&mut self, sequence: &QualName) {
        self.sequences.insert(sequence.clone(), None);
    }

    /// A sequence whose next value is this.
    pub fn set_sequence(&mut self, sequence: &QualName, next: i64) {
        self.sequences.insert(sequence.clone(), Some(next));
    }

    /// A sequence that is gone or begins again.
    pub fn restart_sequence(&mut self, sequence: &QualName) {
        self.sequences.remove(sequence);
    }

    /// Gives a sequence another name.
    pub fn rename_sequence(&mut self, from: &QualName, to: &QualName) {
        if let Some(value) = self.sequences.remove(from) {
            self.sequences.insert(to.clone(), value);
        }
    }
}
