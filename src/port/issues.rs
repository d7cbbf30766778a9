//! Values without exact form, counted over a pass: those that accepted rules changed, and those that nobody decided about.

use std::collections::BTreeMap;

use super::convert::ValueIssue;
use super::plan::TablePlan;
use super::summary::{Change, Undecided};
use crate::lower::Rule;

/// How many keys are given as examples.
const EXAMPLES: usize = 5;

/// Which row it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By its key.
    Key(String),
    /// By its number in what was read: its table has no key.
    Row(u64),
}

#[derive(Debug, Default)]
struct Open {
    count: u64,
    examples: Vec<Named>,
    choices: &'static [Rule],
}

impl Named {
    fn told(self) -> String {
        match self {
            Self::Key(key) => key,
            Self::Row(row) => format!("row {row}"),
        }
    }
}

/// Counts by table, column, and issue, in the order of tables and columns.
#[derive(Debug, Default)]
pub struct Issues {
    changed: BTreeMap<(usize, usize, ValueIssue, Rule), u64>,
    open: BTreeMap<(usize, usize, ValueIssue), Open>,
}

impl Issues {
    /// Counts a cell that a rule changed.
    pub fn changed(&mut self, table: usize, column: usize, (issue, rule): (ValueIssue, Rule)) {
        *self
            .changed
            .entry((table, column, issue, rule))
            .or_default() += 1;
    }

    /// Counts a cell that nobody decided about; `key` is asked for the first few.
    pub fn undecided(
        &mut self,
        table: usize,
        column: usize,
        issue: ValueIssue,
        choices: &'static [Rule],
        key: impl FnOnce() -> Named,
    ) {
        let open = self.open.entry((table, column, issue)).or_default();
        open.count += 1;
        open.choices = choices;
        if open.examples.len() < EXAMPLES {
            open.examples.push(key());
        }
    }

    /// Forgets what was counted of a table, which is read once more.
    pub fn forget(&mut self, table: usize) {
        self.changed.retain(|(place, ..), _| *place != table);
        self.open.retain(|(place, ..), _| *place != table);
    }

    /// Adds what was counted of a part of a table that comes after so many of its rows.
    pub fn add(&mut self, part: Issues, rows: u64) {
        for (at, count) in part.changed {
            *self.changed.entry(at).or_default() += count;
        }
        for (at, more) in part.open {
            let open = self.open.entry(at).or_default();
            open.count += more.count;
            open.choices = more.choices;
            let examples = more.examples.into_iter().map(|named| match named {
                Named::Row(row) => Named::Row(row + rows),
                key => key,
            });
            open.examples.extend(examples);
            open.examples.truncate(EXAMPLES);
        }
    }

    /// Whether a decision is missing.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// What rules changed.
    pub fn changes(&self, plans: &[TablePlan]) -> Vec<Change> {
        self.changed
            .iter()
            .map(|((table, column, issue, rule), count)| {
                let (table, column) = names(plans, *table, *column);
                Change {
                    table,
                    column,
                    issue: *issue,
                    rule: *rule,
                    count: *count,
                }
            })
            .collect()
    }

    /// What needs a decision.
    pub fn into_undecided(self, plans: &[TablePlan]) -> Vec<Undecided> {
        self.open
            .into_iter()
            .map(|((table, column, issue), open)| {
                let (table, column) = names(plans, table, column);
                Undecided {
                    table,
                    column,
                    issue,
                    count: open.count,
                    examples: open.examples.into_iter().map(Named::told).collect(),
                    choices: open.choices.to_vec(),
                }
            })
            .collect()
    }
}

fn names(plans: &[TablePlan], table: usize, column: usize) -> (String, String) {
    let Some(plan) = plans.get(table) else {
        return Default::default();
    };
    let column = plan.source_columns.get(column).cloned();
    (plan.map.pg.to_string(), column.unwrap_or_default())
}
