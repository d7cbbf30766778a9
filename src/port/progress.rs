//! What a port tells while it runs, and how it is told to stop.

use super::summary::TableSummary;
use crate::pg::source::TableSize;

/// Parts of a port after the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rows are read and written.
    Rows,
    /// Indexes are built.
    Indexes,
    /// Foreign keys are checked.
    ForeignKeys,
    /// Statistics are collected and the file is brought to disk.
    Finish,
}

/// Hears how far a port is, from both of its threads, and may stop it.
pub trait Progress: Sync {
    /// A part begins.
    fn stage(&self, _stage: Stage) {}
    /// Reading of a table begins; its size is an estimate unless it says that it is exact.
    fn table_started(&self, _table: &str, _size: TableSize) {}
    /// So many more rows and bytes of the current table were read and handed on.
    fn advanced(&self, _rows: u64, _bytes: u64) {}
    /// A table is written to its end.
    fn table_finished(&self, _table: &TableSummary) {}
    /// An index is built: the how-manieth of how many, from 1.
    fn index(&self, _place: usize, _count: usize) {}
    /// Something that the user should read, but that does not stop the port.
    fn note(&self, _text: &str) {}
    /// Whether the user wants it to end.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {}
