//! What triggers do otherwise because of when they run. PostgreSQL runs the AFTER triggers of a statement when all its rows are
//! written, triggers of one moment in the order of their names, and a trigger again for what it has set off itself
//! (PostgreSQL documentation, section 39.1). SQLite runs them row by row, in an order that it does not promise
//! (sqlite.org/lang_createtrigger.html), and none inside itself (`PRAGMA recursive_triggers`).

use super::Occasion;
use super::body::{EffectKind, Outcome};
use super::fold::{and, fold};
use crate::diag::Origin;
use crate::ir::{ConstraintKind, QualName, ReferentialAction};
use crate::lower::loss::{Grade, Loss, Rule};
use crate::lower::work::Work;
use crate::pg::sql::ast::{Change, Node};
use crate::pg::sql::rewrite::rewrite;

/// What a trigger does at one of its events, besides setting columns of its row.
#[derive(Debug)]
pub(super) struct Doing {
    object: String,
    origin: Option<Origin>,
    name: String,
    table: QualName,
    event: String,
    /// Columns after `OF`.
    of: Vec<String>,
    before: bool,
    /// It passes rows over.
    skips: bool,
    changes: Vec<Target>,
    /// Tables that it reads.
    reads: Vec<QualName>,
    /// It asks for `pg_trigger_depth()`.
    pub asks_depth: bool,
    /// It does nothing where another trigger set it off.
    pub idle_deep: bool,
}

/// Rows that a trigger changes.
#[derive(Debug)]
struct Target {
    table: QualName,
    event: &'static str,
    /// Columns that an update sets.
    columns: Vec<String>,
    /// The trigger would do nothing for rows that it has changed like that.
    harmless: bool,
    /// It is the row at hand and no other.
    own_row: bool,
}

impl Doing {
    /// `key` is the primary key of its table.
    pub(super) fn new(
        occasion: &Occasion<'_>,
        outcome: &Outcome,
        when: Option<&Node>,
        key: &[String],
    ) -> Self {
        let given = &occasion.trigger.definition;
        let mut out = Self {
            object: format!("{}.{}", given.table, given.name),
            origin: occasion.trigger.origin.clone(),
            name: given.name.clone(),
            table: given.table.clone(),
            event: occasion.word.clone(),
            of: occasion.of.clone(),
            before: occasion.is_before(),
            skips: false,
            changes: Vec::new(),
            reads: Vec::new(),
            asks_depth: outcome.asks_depth,
            idle_deep: false,
        };
        let guards: Vec<Node> = outcome
            .effects
            .iter()
            .map(|e| {
                let guards = e.guard.iter().chain(when).cloned();
                guards.reduce(and).unwrap_or(Node::Bool(true))
            })
            .collect();
        for effect in &outcome.effects {
            match &effect.kind {
                EffectKind::Skip => out.skips = true,
                EffectKind::Raise(_) => {}
                EffectKind::Change(change) => {
                    out.changes.extend(targets(change, &guards, key));
                }
            }
            let own_row = matches!(&effect.kind, EffectKind::Change(c) if targets(c, &[], key).iter().any(|t| t.own_row));
            let reads = effect.reads.iter();
            // The statement's own table is among those that it reads.
            let reads = reads.filter(|t| !(own_row && same(t, &given.table)));
            out.reads.extend(reads.cloned());
        }
        if let Some(when) = when {
            out.reads.extend(super::look::tables_of(when));
        }
        out
    }

    /// Whether a change sets it off.
    fn is_set_off_by(&self, target: &Target) -> bool {
        let columns = self.of.is_empty()
            || target.event != "UPDATE"
            || self.of.iter().any(|c| target.columns.contains(c));
        self.event == target.event && same(&self.table, &target.table) && columns
    }
}

fn same(a: &QualName, b: &QualName) -> bool {
    a.name == b.name && a.schema_or_default() == b.schema_or_default()
}

fn targets(change: &Change, guards: &[Node], key: &[String]) -> Vec<Target> {
    let one = |table: &QualName, event: &'static str| Target {
        table: table.clone(),
        event,
        columns: Vec::new(),
        harmless: false,
        own_row: false,
    };
    match change {
        Change::Insert(insert) => {
            let mut out = vec![one(&insert.table, "INSERT")];
            let upsert = insert.on_conflict.as_ref().and_then(|c| c.update.as_ref());
            if let Some((set, _)) = upsert {
                let mut update = one(&insert.table, "UPDATE");
                update.columns = set.iter().map(|(c, _)| c.clone()).collect();
                out.push(update);
            }
            out
        }
        Change::Update(update) => {
            let mut out = one(&update.table, "UPDATE");
            out.columns = update.set.iter().map(|(c, _)| c.clone()).collect();
            out.harmless =
                !guards.is_empty() && guards.iter().all(|g| is_false_after(g, &update.set));
            out.own_row = update.from.is_empty()
                && update.filter.as_ref().is_some_and(|f| is_own_row(f, key))
                && !update.set.iter().any(|(_, v)| super::look::has_query(v));
            vec![out]
        }
        Change::Delete(delete) => vec![one(&delete.table, "DELETE")],
        Change::Truncate(_) => Vec::new(),
    }
}

/// `id = NEW.id`, for the whole key.
fn is_own_row(filter: &Node, key: &[String]) -> bool {
    let mut found: Vec<String> = Vec::new();
    let mut open = vec![filter];
    while let Some(node) = open.pop() {
        let Node::Binary(a, op, b) = node else {
            continue;
        };
        let column = |node: &Node| match node {
            Node::Column(path) => match path.as_slice() {
                [row, column] if row == "new" || row == "old" => Some((true, column.clone())),
                [.., column] => Some((false, column.clone())),
                [] => None,
            },
            _ => None,
        };
        match (op.as_str(), column(a), column(b)) {
            ("AND", ..) => open.extend([a.as_ref(), b.as_ref()]),
            ("=", Some((x, a)), Some((y, b))) if x != y && a == b => found.push(a),
            _ => {}
        }
    }
    !key.is_empty() && key.iter().all(|c| found.contains(c))
}

/// Whether a condition fails for a row whose columns were just set to constants.
fn is_false_after(condition: &Node, set: &[(String, Node)]) -> bool {
    let mut copy = condition.clone();
    let done = rewrite(&mut copy, &mut |node: &Node| match node {
        Node::Column(path) => match path.as_slice() {
            [row, column] if row == "new" => {
                let value = set.iter().find(|(c, _)| c == column).map(|(_, v)| v)?;
                let constant = matches!(
                    value,
                    Node::Bool(_) | Node::Null | Node::String(_) | Node::Number(_)
                );
                constant.then(|| value.clone())
            }
            _ => None,
        },
        _ => None,
    });
    done.is_ok() && matches!(fold(copy), Node::Bool(false) | Node::Null)
}

/// Tells of all that.
pub(super) fn tell(work: &mut Work<'_>, doings: &[Doing]) {
    let cascades = cascades(work);
    for doing in doings {
        rows_at_once(work, doing);
        depth(work, doing, doings, &cascades);
    }
    names(work, doings);
}

fn lose(work: &mut Work<'_>, doing: &Doing, note: String, remedy: &str) {
    let loss = Loss::new(
        Rule::TriggerRewritten,
        Grade::Lossy,
        doing.object.clone(),
        note,
    );
    work.lose(loss.remedy(remedy).at(doing.origin.as_ref()));
}

/// An AFTER trigger that looks at other rows of its table.
fn rows_at_once(work: &mut Work<'_>, doing: &Doing) {
    let own = |table: &QualName| same(table, &doing.table) || work.pg.views.contains_key(table);
    let others = |t: &Target| same(&t.table, &doing.table) && !t.own_row;
    if doing.before || !(doing.reads.iter().any(own) || doing.changes.iter().any(others)) {
        return;
    }
    let note = "It looks at its own table after each row; PostgreSQL runs it when all rows of the statement are written. \
                A statement that writes several rows may do something else.";
    let remedy = "Write such rows one by one, or do its work in the application.";
    lose(work, doing, note.to_owned(), remedy);
}

/// A trigger that sets itself off, or that asks whether another one did.
fn depth(work: &mut Work<'_>, doing: &Doing, all: &[Doing], cascades: &[(QualName, Target)]) {
    if doing.asks_depth {
        let other = all
            .iter()
            .filter(|d| d.name != doing.name || !same(&d.table, &doing.table))
            .find(|d| d.changes.iter().any(|t| doing.is_set_off_by(t)));
        let cascade = cascades.iter().find(|(_, t)| doing.is_set_off_by(t));
        let by = other.map(|d| format!("the trigger `{}`", d.name));
        let by = by.or_else(|| cascade.map(|(table, _)| format!("a foreign key to `{table}`")));
        if let Some(by) = by {
            let note = format!(
                "pg_trigger_depth() counts as if the application's own statement had set it off; {by} may do so, too."
            );
            let remedy =
                "Give it a condition that tells such changes, in a migration after the baseline.";
            lose(work, doing, note, remedy);
        }
        if doing.idle_deep {
            return;
        }
    }
    let mut seen: Vec<(QualName, String)> = Vec::new();
    let mut open: Vec<&Target> = doing
        .changes
        .iter()
        .filter(|t| !(t.harmless && doing.is_set_off_by(t)))
        .collect();
    while let Some(target) = open.pop() {
        if doing.is_set_off_by(target) {
            let note =
                "PostgreSQL runs it again for the rows that it changes itself; SQLite does not.";
            let remedy = "Say `PRAGMA recursive_triggers = ON` on every connection.";
            lose(work, doing, note.to_owned(), remedy);
            return;
        }
        let key = (
            target.table.clone(),
            format!("{}{:?}", target.event, target.columns),
        );
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let next = all
            .iter()
            .filter(|d| d.is_set_off_by(target) && !(d.asks_depth && d.idle_deep));
        open.extend(next.flat_map(|d| &d.changes));
        let parent = |(table, _): &&(QualName, Target)| {
            target.event == "DELETE" && same(table, &target.table)
        };
        open.extend(cascades.iter().filter(parent).map(|(_, t)| t));
    }
}

/// What foreign keys do when rows are deleted: the table, and the rows of another.
fn cascades(work: &Work<'_>) -> Vec<(QualName, Target)> {
    let mut out = Vec::new();
    for (name, table) in work.pg.tables.iter() {
        for constraint in &table.constraints {
            let ConstraintKind::ForeignKey(key) = &constraint.constraint.kind else {
                continue;
            };
            let event = match key.on_delete {
                ReferentialAction::Cascade => "DELETE",
                ReferentialAction::SetNull | ReferentialAction::SetDefault => "UPDATE",
                ReferentialAction::NoAction | ReferentialAction::Restrict => continue,
            };
            let target = Target {
                table: name.clone(),
                event,
                columns: key.columns.clone(),
                harmless: false,
                own_row: false,
            };
            out.push((key.ref_table.clone(), target));
        }
    }
    out
}

/// Triggers of one moment whose order matters.
fn names(work: &mut Work<'_>, doings: &[Doing]) {
    for (at, one) in doings.iter().enumerate() {
        for other in doings.iter().skip(at + 1) {
            let together = same(&one.table, &other.table)
                && one.event == other.event
                && one.before == other.before
                && one.name != other.name;
            if !together {
                continue;
            }
            let reads = |a: &Doing, b: &Doing| {
                b.changes
                    .iter()
                    .any(|t| a.reads.iter().any(|r| same(r, &t.table)))
            };
            let skips = |a: &Doing, b: &Doing| a.skips && !b.changes.is_empty();
            let matters = reads(one, other) && !one.changes.is_empty()
                || reads(other, one) && !other.changes.is_empty()
                || skips(one, other)
                || skips(other, one);
            if matters {
                let (first, second) = if one.name < other.name {
                    (one, other)
                } else {
                    (other, one)
                };
                let note = format!(
                    "PostgreSQL runs it after the trigger `{}`, whose work it meets; SQLite promises no order.",
                    first.name
                );
                lose(
                    work,
                    second,
                    note,
                    "Write the two as one trigger, in a migration after the baseline.",
                );
            }
        }
    }
}
