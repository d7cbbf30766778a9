//! How far a run is: what a terminal or a log listens to.

use std::time::Duration;

/// Hears of stages, tables and rows. All methods have a silent default.
pub trait Events: Sync {
    /// A stage begins.
    fn stage(&self, _name: &str) {}
    /// The stage that began last is done; `note` says what came of it.
    fn stage_done(&self, _name: &str, _note: &str, _took: Duration) {}
    /// A table begins, with the number of its rows where that is known.
    fn table(&self, _name: &str, _rows: Option<u64>) {}
    /// So many more rows went by.
    fn rows(&self, _count: u64) {}
    /// How many rows all tables of the stage have together, where that is known.
    fn total(&self, _rows: u64) {}
    /// Something that the user should read, but that does not stop the run.
    fn warning(&self, _text: &str) {}
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Events for Silent {}
