//! Proof that a squashed baseline and a chain of converted revisions say the same, on scratch databases full of made-up rows.
//!
//! Three databases in memory: the baseline; the chain, up, down to each revision and up again; and the chain once more over
//! rows, which every step has to keep. Reports no more than it ran.

mod rows;
pub mod scratch;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::convert::{Around, Conversion, Revision, convert_each};
use crate::lower::{self, Lowering};
use crate::pg::schema::Schema as PgSchema;
use crate::sqlite::emit::emit_schema;
use crate::sqlite::inspect;
use crate::sqlite::plan::{Carried, is_against_other_rows, is_irreversible};
use crate::sqlite::schema::{Schema, Table, quote};
use crate::verify::compare_sqlite;

use scratch::{Scratch, Stopped};

/// How many rows each table gets, unless it is said otherwise.
pub const ROWS: usize = 12;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// As it should be, under a condition that a reviewer should know.
    Noted(String),
    /// Not as it should be.
    Failed(String),
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked: `baseline`, `up`, `down`, `up again`, `rows`, `down over rows`, `row`, `file`, `libsql-client`, `catalog`.
    pub kind: &'static str,
    /// On what: a revision or a table.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// All checks, in the order in which they ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Proof {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Proof {
    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::Failed(_)))
    }

    /// Adds a check that passed unless there are faults.
    pub fn add(&mut self, kind: &'static str, subject: &str, faults: Vec<String>) {
        let outcome = if faults.is_empty() {
            Outcome::Passed
        } else {
            Outcome::Failed(faults.join("; "))
        };
        self.push(kind, subject, outcome);
    }

    /// Adds a check.
    pub fn push(&mut self, kind: &'static str, subject: &str, outcome: Outcome) {
        self.checks.push(Check {
            kind,
            subject: subject.to_owned(),
            outcome,
        });
    }
}

/// One revision and what has to hold around it.
struct Step {
    conversion: Conversion,
    after: Schema,
    /// Columns, as `table.column`, that forbid NULL and get no value by themselves on PostgreSQL either, before and after.
    required: BTreeSet<String>,
}

/// Columns to which PostgreSQL gives no value by itself either.
fn required(lowering: &Lowering) -> impl Iterator<Item = String> {
    let tables = lowering.tables.iter();
    tables.flat_map(|map| {
        let pg = lowering.pg.tables.get(&map.pg);
        let columns = pg.into_iter().flat_map(|t| &t.columns);
        let bare = columns.filter(|c| {
            !c.nullable
                && c.default.is_none()
                && c.identity_always.is_none()
                && c.generated.is_none()
        });
        bare.filter_map(|c| {
            let column = map.columns.iter().find(|m| m.pg == c.name)?;
            Some(format!("{}.{}", map.sqlite, column.sqlite))
        })
    })
}

/// Proves revisions from the schema that is there before the first, on tables of so many made-up rows.
///
/// # Errors
/// SQLite cannot open a database in memory.
pub fn prove(
    start: &PgSchema,
    revisions: &[Revision<'_>],
    options: &lower::Options,
    rows: usize,
) -> Result<Proof, rusqlite::Error> {
    let mut proof = Proof::default();
    let base = lower::lower(start, options);
    let mut populated = Scratch::open(&base.sqlite)?;
    rows::fill(&populated.db, &base, rows);
    let mut steps: Vec<Step> = Vec::with_capacity(revisions.len());
    let mut last = base.clone();
    convert_each(start.clone(), revisions, options, |conversion, around| {
        // Lowered as a whole, where the conversion lowers what changed.
        let after = lower::lower(around.after, options);
        if keep_rows(&populated, &conversion, around, (&last, &after), &mut proof) == Kept::No
            && let Ok(fresh) = Scratch::open(&after.sqlite)
        {
            populated = fresh;
        }
        rows::fill(&populated.db, &after, rows);
        steps.push(Step {
            conversion,
            after: after.sqlite.clone(),
            required: required(&last).chain(required(&after)).collect(),
        });
        last = after;
    });
    up_and_down(&base.sqlite, &steps, &mut proof)?;
    down_over_rows(populated, &base.sqlite, &steps, &mut proof);
    baseline(&last, rows, &mut proof)?;
    Ok(proof)
}

fn compare(db: &rusqlite::Connection, wanted: &Schema) -> Vec<String> {
    let mut faults = own_rows(db, wanted);
    faults.extend(compare_objects(db, wanted));
    faults
}

/// Tables whose own rows are not those of the model.
fn own_rows(db: &rusqlite::Connection, wanted: &Schema) -> Vec<String> {
    let tables = wanted.tables.iter().filter(|t| !t.rows.is_empty());
    let differs = |table: &&Table| {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|c| format!("quote({})", quote(&c.name)))
            .collect();
        let sql = format!(
            "SELECT json_array({}) FROM {}",
            columns.join(", "),
            quote(&table.name)
        );
        let rows = db.prepare(&sql).and_then(|mut statement| {
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.collect::<Result<Vec<_>, _>>()
        });
        let mut rows: Vec<Vec<String>> = rows
            .unwrap_or_default()
            .iter()
            .filter_map(|row| serde_json::from_str(row).ok())
            .collect();
        let mut own = table.rows.clone();
        rows.sort();
        own.sort();
        rows != own
    };
    let tables = tables.filter(differs);
    tables
        .map(|t| format!("the rows of {} differ", t.name))
        .collect()
}

fn compare_objects(db: &rusqlite::Connection, wanted: &Schema) -> Vec<String> {
    match inspect::read(db) {
        Ok(actual) => compare_sqlite(wanted, &actual)
            .iter()
            // Comments of columns that were added later stand nowhere.
            .filter(|f| f.matters())
            .map(|f| {
                let aspect = f.aspect.as_deref().unwrap_or("");
                format!("{:?} {} {aspect}", f.verdict, f.object)
            })
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// The chain without rows: up, down to each revision, up again.
fn up_and_down(base: &Schema, steps: &[Step], proof: &mut Proof) -> Result<(), rusqlite::Error> {
    let scratch = Scratch::open(base)?;
    for round in ["up", "up again"] {
        let mut before = base;
        let mut some_are_gone = false;
        for step in steps {
            let subject = &step.conversion.revision;
            // Behind a step that works without rows of the history alone, its rows are others.
            let mut conversion = step.conversion.clone();
            if some_are_gone {
                conversion.up.retain(|s| !is_against_other_rows(s));
            }
            match scratch.up_over_rows(before, &conversion) {
                Err(stopped) => proof.add(round, subject, vec![stopped.to_string()]),
                Ok(emptied) => {
                    some_are_gone |= !emptied.is_empty();
                    let faults = compare(&scratch.db, &step.after);
                    if faults.is_empty() && !emptied.is_empty() {
                        let tables = emptied.join(", ");
                        let note = format!(
                            "only without the rows that the history itself left in {tables}, as on PostgreSQL"
                        );
                        proof.push(round, subject, Outcome::Noted(note));
                    } else {
                        proof.add(round, subject, faults);
                    }
                }
            }
            before = &step.after;
        }
        if round == "up again" {
            break;
        }
        for (at, step) in steps.iter().enumerate().rev() {
            let before = match at.checked_sub(1).and_then(|at| steps.get(at)) {
                Some(step) => &step.after,
                None => base,
            };
            let subject = &step.conversion.revision;
            let (found, notes) = down(&scratch, step);
            match found {
                Err(stopped) => proof.add("down", subject, vec![stopped.to_string()]),
                Ok(()) => {
                    let faults = compare(&scratch.db, before);
                    if faults.is_empty() && !notes.is_empty() {
                        proof.push("down", subject, Outcome::Noted(notes.join("; ")));
                    } else {
                        proof.add("down", subject, faults);
                    }
                }
            }
        }
    }
    Ok(())
}

/// One step down over the rows that the history itself left, and what there is to say about it: that its own words refuse it, that
/// rows are in its way, or that PostgreSQL would refuse a statement of it, too.
fn down(scratch: &Scratch, step: &Step) -> (Result<(), Stopped>, Vec<String>) {
    let mut conversion = step.conversion.clone();
    let mut notes = Vec::new();
    loop {
        match scratch.down(&conversion) {
            Ok(()) => return (Ok(()), notes),
            Err(stopped) if stopped.says_no_way_back() => {
                notes.push(format!("{stopped}; what follows restores the schema"));
                conversion = without_stops(&conversion);
            }
            Err(stopped) if stopped.says_other_rows() => {
                notes.push(stopped.to_string());
                conversion.down.retain(|s| !is_against_other_rows(s));
            }
            Err(Stopped::OverRows { message, statement })
                if lacks_a_value(&message, &step.required)
                    && conversion.down.contains(&statement) =>
            {
                notes.push(format!(
                    "downgrade() itself gives no value to a column that needs one: {message}"
                ));
                conversion.down.retain(|s| *s != statement);
            }
            Err(Stopped::OverRows { .. }) => {
                let done = scratch.down_over_rows(&step.after, &conversion);
                return match done {
                    Ok(emptied) => {
                        notes.push(format!(
                            "only without the rows that the history itself left in {}",
                            emptied.join(", ")
                        ));
                        (Ok(()), notes)
                    }
                    Err(stopped) => (Err(stopped), notes),
                };
            }
            Err(stopped) => return (Err(stopped), notes),
        }
    }
}

/// Whether SQLite's words are that a column has no value, one to which PostgreSQL gives none either.
fn lacks_a_value(message: &str, required: &BTreeSet<String>) -> bool {
    let column = message.strip_prefix("NOT NULL constraint failed: ");
    column.is_some_and(|column| required.contains(column))
}

/// The way down over rows: what a step refuses, it refuses before it changes anything, and it works without those rows.
fn down_over_rows(mut scratch: Scratch, base: &Schema, steps: &[Step], proof: &mut Proof) {
    for (at, step) in steps.iter().enumerate().rev() {
        let before = match at.checked_sub(1).and_then(|at| steps.get(at)) {
            Some(step) => &step.after,
            None => base,
        };
        let subject = &step.conversion.revision;
        let conversion = without_stops(&step.conversion);
        match scratch.down_over_rows(&step.after, &conversion) {
            Err(stopped @ Stopped::OverRows { .. }) => {
                proof.push(
                    "down over rows",
                    subject,
                    Outcome::Noted(stopped.to_string()),
                );
                if let Ok(fresh) = Scratch::open(before) {
                    scratch = fresh;
                }
            }
            Err(stopped) => proof.add("down over rows", subject, vec![stopped.to_string()]),
            Ok(emptied) => {
                let faults = compare(&scratch.db, before);
                if faults.is_empty() && !emptied.is_empty() {
                    let note = format!("only without rows of {}", emptied.join(", "));
                    proof.push("down over rows", subject, Outcome::Noted(note));
                } else {
                    proof.add("down over rows", subject, faults);
                }
            }
        }
    }
}

/// A conversion whose way down goes on where it would say that there is none.
fn without_stops(conversion: &Conversion) -> Conversion {
    let mut out = conversion.clone();
    out.down.retain(|statement| !is_irreversible(statement));
    out
}

/// The squashed schema, and a row of each table through its constraints.
fn baseline(last: &Lowering, rows: usize, proof: &mut Proof) -> Result<(), rusqlite::Error> {
    let scratch = Scratch::open(&Schema::default())?;
    let script = emit_schema(&last.sqlite);
    let mut faults = Vec::new();
    for statement in script.up.iter().chain(&script.triggers_up) {
        if let Err(error) = scratch.db.execute_batch(statement) {
            faults.push(error.to_string());
        }
    }
    faults.extend(compare(&scratch.db, &last.sqlite));
    proof.add("baseline", "schema", faults);
    let failed = rows::fill(&scratch.db, last, rows);
    for table in &last.sqlite.tables {
        let outcome = match failed.get(&table.name) {
            Some(why) => Outcome::Noted(format!("no made-up row was accepted: {why}")),
            None => scratch.touch(&table.name),
        };
        proof.push("row", &table.name, outcome);
    }
    let mut faults = Vec::new();
    for statement in script.triggers_down.iter().chain(&script.down) {
        if let Err(error) = scratch.db.execute_batch(statement) {
            faults.push(error.to_string());
        }
    }
    faults.extend(compare(&scratch.db, &Schema::default()));
    proof.add("baseline", "down, over rows", faults);
    Ok(())
}

/// Whether a revision was applied to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It was, or failed.
    Yes,
    /// It refuses them, as it should.
    No,
}

/// A revision over rows: those of tables that continue others are all there afterwards, with the values that it does not change.
fn keep_rows(
    scratch: &Scratch,
    conversion: &Conversion,
    around: Around<'_>,
    (old, new): (&Lowering, &Lowering),
    proof: &mut Proof,
) -> Kept {
    let subject = &conversion.revision;
    let changes_rows = conversion.changes_rows;
    let before = if changes_rows {
        BTreeMap::new()
    } else {
        snapshot(scratch, around.carried, new, true)
    };
    let outcome = match scratch.up_over_rows(&old.sqlite, conversion) {
        // Of no table a row is left, or a script's own code was followed for other rows: with those of the history itself, the
        // way up is looked at for itself.
        Err(stopped @ Stopped::OverRows { .. }) => {
            let note = format!("not over made-up rows: {stopped}");
            proof.push("rows", subject, Outcome::Noted(note));
            return Kept::No;
        }
        Err(stopped) => Outcome::Failed(stopped.to_string()),
        Ok(emptied) if !emptied.is_empty() => {
            let tables = emptied.join(", ");
            Outcome::Noted(format!("only without rows of {tables}, as on PostgreSQL"))
        }
        Ok(_) if changes_rows => Outcome::Passed,
        Ok(_) => {
            let after = snapshot(scratch, around.carried, new, false);
            let lost: Vec<&String> = before
                .iter()
                .filter(|(table, rows)| after.get(*table) != Some(*rows))
                .map(|(table, _)| table)
                .collect();
            if lost.is_empty() {
                Outcome::Passed
            } else {
                Outcome::Failed(format!("rows are not what they were: {lost:?}"))
            }
        }
    };
    proof.push("rows", subject, outcome);
    Kept::Yes
}

/// The rows of the tables that are carried along, by the name after: the columns that keep their values, sorted.
fn snapshot(
    scratch: &Scratch,
    carried: &Carried,
    model: &Lowering,
    before: bool,
) -> BTreeMap<String, Vec<String>> {
    // The rows of other tables are the migration's own.
    let mapped = |name: &str| model.tables.iter().any(|m| m.sqlite == name);
    let tables = carried.tables.iter().filter(|(name, _)| mapped(name));
    let tables = tables.filter_map(|(name, table)| {
        let columns: Vec<&str> = table
            .columns
            .iter()
            .filter(|(_, column)| column.convert.is_none())
            .map(|(after, column)| if before { &column.before } else { after }.as_str())
            .collect();
        let shown = if before { &table.before } else { name };
        Some((name.clone(), scratch.rows(shown, &columns)?))
    });
    tables.collect()
}
