//! Rows that the target would reject, found before anything is written: texts longer than declared, NULL where none may be, orphans,
//! keys that become equal, broken checks.
//!
//! What one row tells is counted as it goes by. For the rest the columns in question are kept in a temporary SQLite database, with the
//! declared types and collations that the target gives them, and asked at the end: its memory is bounded by SQLite's cache.
//! A valid constraint of the source need not be asked again: its server enforces it. That is so for what the server does not
//! enforce (`NOT VALID`), for keys that SQLite compares otherwise, and for sources that prove nothing ([`Thorough`]).

mod question;
mod scratch;

use super::Error;
use super::batch::Batch;
use super::plan::TablePlan;
use super::progress::Progress;
use super::summary::{Breach, BreachKind};
use crate::lower::Lowering;
use crate::lower::encoding::Encoding;
use crate::pg::source::Source;
use crate::pg::types::BaseType;
use question::Question;
use scratch::Scratch;

/// How many keys are given as examples.
const EXAMPLES: usize = 5;

/// Whether the constraints that the source's server enforces are asked, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thorough {
    /// They are not, where rows come from a whole database or a dump of one.
    #[default]
    No,
    /// They are: a dump may have been changed by hand.
    Yes,
}

/// What every row of a column must be.
struct Limit {
    /// Place among the columns that are read.
    place: usize,
    /// Characters at most.
    length: Option<usize>,
    not_null: bool,
    /// Rows that break the first and the second, with keys of the first of them.
    found: [(u64, Vec<String>); 2],
}

/// A pass of looking.
pub struct Probe<'p> {
    plans: &'p [TablePlan],
    /// Whether the target keeps lengths by a CHECK.
    lengths_are_kept: bool,
    limits: Vec<Vec<Limit>>,
    scratch: Scratch<'p>,
    questions: Vec<Question>,
    /// What could not be looked at, one sentence each.
    pub not_checked: Vec<String>,
}

impl<'p> Probe<'p> {
    /// Decides what is asked of the source's rows.
    ///
    /// # Errors
    /// No temporary database can be made.
    pub fn new(
        source: &dyn Source,
        lowering: &Lowering,
        plans: &'p [TablePlan],
        thorough: Thorough,
    ) -> Result<Self, Error> {
        let mut not_checked = Vec::new();
        let questions = question::all(source, lowering, plans, thorough, &mut not_checked);
        let scratch = Scratch::new(lowering, plans, &questions)?;
        let lengths_are_kept = lowering.sqlite.tables.iter().any(|t| {
            let mut names = t.checks.iter().filter_map(|c| c.name.as_deref());
            names.any(|name| name.starts_with("ck_") && name.ends_with("_length"))
        });
        Ok(Self {
            plans,
            lengths_are_kept,
            limits: plans.iter().map(limits).collect(),
            scratch,
            questions,
            not_checked,
        })
    }

    /// Looks at a row of a batch, be it the unfinished one. `whole`: none of its values waits for a decision.
    ///
    /// # Errors
    /// The temporary database cannot be written.
    pub fn row(
        &mut self,
        table: usize,
        batch: &Batch,
        row: usize,
        whole: bool,
    ) -> Result<(), Error> {
        let Some((plan, limits)) = self.plans.get(table).zip(self.limits.get_mut(table)) else {
            return Ok(());
        };
        if !limits.is_empty() {
            let mut limits = limits.iter_mut().peekable();
            for (place, value) in batch.values(row).enumerate() {
                let Some(limit) = limits.next_if(|l| l.place == place) else {
                    continue;
                };
                let broken = match value {
                    super::Value::Null => (whole && limit.not_null).then_some(1),
                    super::Value::Text(text) => limit
                        .length
                        .is_some_and(|n| text.len() > n && text.chars().count() > n)
                        .then_some(0),
                    _ => None,
                };
                if let Some(found) = broken.and_then(|at| limit.found.get_mut(at)) {
                    found.0 += 1;
                    if found.1.len() < EXAMPLES {
                        found.1.push(batch.key(row, &plan.key));
                    }
                }
            }
        }
        self.scratch.keep(table, batch, row)
    }

    /// Asks what is asked at the end, and tells all that was found, in the order of the tables.
    ///
    /// # Errors
    /// The temporary database cannot be read, or the user ended it.
    pub fn finish(mut self, progress: &dyn Progress) -> Result<(Vec<Breach>, Vec<String>), Error> {
        let mut found: Vec<(usize, Breach)> = Vec::new();
        for (place, (plan, limits)) in self.plans.iter().zip(&mut self.limits).enumerate() {
            for limit in limits {
                let [long, null] = std::mem::take(&mut limit.found);
                let breach =
                    |kind, (count, examples): (u64, Vec<String>), rejected, cause: &str| {
                        let column = plan.source_columns.get(limit.place);
                        (count > 0).then(|| Breach {
                            table: plan.map.pg.to_string(),
                            constraint: column.cloned().unwrap_or_default(),
                            kind,
                            count,
                            examples,
                            rejected,
                            cause: cause.to_owned(),
                        })
                    };
                let (kept, cause) = match self.lengths_are_kept {
                    true => (
                        true,
                        "longer than declared, and check-lengths keeps lengths",
                    ),
                    false => (false, "longer than declared; SQLite takes them"),
                };
                let null_cause = "the source's column lets them stand, the target's is NOT NULL";
                let both = [
                    breach(BreachKind::OverLong, long, kept, cause),
                    breach(BreachKind::NotNull, null, true, null_cause),
                ];
                found.extend(both.into_iter().flatten().map(|b| (place, b)));
            }
        }
        self.scratch.prepare(&self.questions)?;
        for question in &self.questions {
            if progress.interrupted() {
                return Err(Error::Interrupted);
            }
            match self.scratch.ask(question) {
                Ok(Some(breach)) => found.push((question.table, breach)),
                Ok(None) => {}
                Err(cause) => self.not_checked.push(format!(
                    "{} {}: {cause}",
                    question.kind.name(),
                    question.name
                )),
            }
        }
        found.sort_by_key(|(place, _)| *place);
        let breaches = found.into_iter().map(|(_, breach)| breach).collect();
        Ok((breaches, self.not_checked))
    }
}

/// What each row of a table is looked at for.
fn limits(plan: &TablePlan) -> Vec<Limit> {
    let written = plan.map.columns.iter().filter(|c| !c.generated);
    let limits = written.enumerate().map(|(place, column)| Limit {
        place,
        length: match column.pg_type.base {
            BaseType::Varchar if !column.pg_type.array && column.encoding == Encoding::Text => {
                column
                    .pg_type
                    .length()
                    .and_then(|n| usize::try_from(n).ok())
            }
            _ => None,
        },
        not_null: !column.nullable,
        found: Default::default(),
    });
    limits
        .filter(|l| l.not_null || l.length.is_some())
        .collect()
}
