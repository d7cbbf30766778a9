//! Triggers. A function that sets columns of the new row becomes an AFTER trigger that updates the row; one that refuses
//! rows, passes them over or changes other rows becomes a trigger that does so under the same conditions.

mod body;
mod facts;
mod fold;
mod look;
mod order;
mod path;
mod scope;
mod write;

use super::expr::Note;
use super::loss::{Grade, Loss, Rule};
use super::work::Work;
use crate::ir::QualName;
use crate::pg::schema::Trigger;
use crate::pg::sql::ast::{Call, Node};
use crate::sqlite::schema as sqlite;

use body::{Effect, EffectKind, Entry, Moment, Outcome};
use facts::Facts;
use order::Doing;
use write::Writer;

/// Translates the triggers that have an equal.
pub(super) fn lower_triggers(work: &mut Work<'_>) {
    work.changed_by_triggers = facts::changed_by_triggers(work.pg).into();
    let mut doings = Vec::new();
    for trigger in &work.pg.triggers {
        work.used_functions
            .insert(trigger.definition.function.clone());
        doings.extend(lower_trigger(work, trigger));
    }
    order::tell(work, &doings);
}

/// What keeps a trigger from running, if something does.
fn idle(trigger: &Trigger) -> Option<&'static str> {
    match trigger.state {
        'D' => Some("The trigger is disabled and left out."),
        'R' => Some("The trigger runs on replicas alone and is left out."),
        _ => None,
    }
}

fn lower_trigger(work: &mut Work<'_>, trigger: &Trigger) -> Vec<Doing> {
    let given = &trigger.definition;
    let object = format!("{}.{}", given.table, given.name);
    let origin = trigger.origin.as_ref();
    if let Some(why) = idle(trigger) {
        let loss = Loss::new(Rule::TriggerDropped, Grade::Exact, object, why);
        work.lose(loss.at(origin));
        return Vec::new();
    }
    let made = match translate(work, trigger) {
        Ok(made) => made,
        Err(reason) => {
            let loss = Loss::new(
                Rule::TriggerDropped,
                Grade::Dropped,
                object,
                format!(
                    "The trigger (function `{}`) has no equal: {reason}.",
                    given.function
                ),
            )
            .remedy("Write it by hand as a SQLite trigger in a migration after the baseline, or do its work in the application.");
            work.lose(loss.at(origin));
            return Vec::new();
        }
    };
    let mut losses = Vec::new();
    if made.rewritten {
        losses.push(
            Loss::new(
                Rule::TriggerRewritten,
                Grade::Widened,
                object.clone(),
                "Becomes a trigger that updates the row after it is written; a value that the statement itself gives the column stays, and `excluded` of an upsert is the row as it was given.",
            )
            .remedy("Read the row again after writing it (`server_onupdate=FetchedValue()` in the model)."),
        );
    }
    let exactly = match (made.refuses, made.changes) {
        (false, false) if made.triggers.is_empty() && !made.notifies => {
            Some("It changes nothing that SQLite keeps, and is left out.")
        }
        (false, false) => None,
        (true, false) => Some("Becomes a trigger that refuses the same rows."),
        (false, true) => Some("Becomes a trigger that changes the same rows."),
        (true, true) => Some("Becomes a trigger that refuses and changes the same rows."),
    };
    if let Some(text) = exactly {
        losses.push(Loss::new(
            Rule::TriggerRewritten,
            Grade::Exact,
            object.clone(),
            text,
        ));
    }
    for note in made.notes {
        losses.push(Loss::new(
            Rule::TriggerRewritten,
            note.grade,
            object.clone(),
            note.text,
        ));
    }
    if made.notifies {
        let loss = Loss::new(
            Rule::TriggerDropped,
            Grade::Dropped,
            object,
            "Its NOTIFY has no equal: nobody is told of the change.",
        );
        losses.push(loss.remedy("Tell the listeners from the application, after the commit."));
    }
    for loss in losses {
        work.lose(loss.at(origin));
    }
    work.out.sqlite.triggers.extend(made.triggers);
    made.doings
}

/// What a trigger became.
#[derive(Default)]
struct Made {
    triggers: Vec<sqlite::Trigger>,
    notes: Vec<Note>,
    /// It sets columns, at another moment than in PostgreSQL.
    rewritten: bool,
    /// It refuses rows, or passes them over.
    refuses: bool,
    /// It changes rows.
    changes: bool,
    /// It tells listeners.
    notifies: bool,
    /// What it does besides setting columns, at each of its events.
    doings: Vec<Doing>,
}

impl Made {
    fn note(&mut self, notes: Vec<Note>) {
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

/// A trigger as it is at one of its events.
struct Occasion<'t> {
    trigger: &'t Trigger,
    /// `INSERT`, `UPDATE` or `DELETE`.
    word: String,
    /// Columns after `OF`, in PostgreSQL's names.
    of: Vec<String>,
}

impl<'t> Occasion<'t> {
    fn all(trigger: &'t Trigger) -> impl Iterator<Item = Self> {
        trigger.definition.events.iter().map(move |event| {
            let upper = event.to_ascii_uppercase();
            let of = upper.find(" OF ").and_then(|at| event.get(at + 4..));
            Self {
                trigger,
                word: upper
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                of: of
                    .unwrap_or_default()
                    .split(',')
                    .map(|c| unquoted(c.trim()))
                    .filter(|c| !c.is_empty())
                    .collect(),
            }
        })
    }

    fn is_before(&self) -> bool {
        self.trigger
            .definition
            .timing
            .eq_ignore_ascii_case("BEFORE")
    }

    fn moment<'m>(
        &'m self,
        facts: &'m Facts<'m>,
        columns: &'m [String],
        arguments: &'m [String],
        entry: &'m Entry,
    ) -> Moment<'m> {
        let given = &self.trigger.definition;
        Moment {
            name: &given.name,
            table: &given.table,
            columns,
            facts,
            depth: 1,
            before: self.is_before(),
            event: &self.word,
            each_row: given.each_row,
            arguments,
            entry,
        }
    }
}

/// A name as PostgreSQL folds it.
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|n| n.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_ascii_lowercase(),
    }
}

fn arguments_of(trigger: &Trigger) -> Vec<String> {
    let given = trigger.definition.arguments.iter();
    given.map(|a| argument(a)).collect()
}

/// What the BEFORE triggers of a table make of the new row, those up to a name alone: they run in the order of their names
/// (PostgreSQL documentation, section 39.1).
fn entry(work: &Work<'_>, table: &QualName, event: &str, up_to: Option<&str>) -> Entry {
    let columns = column_names(work, table);
    let facts = facts(work, table);
    let mut before: Vec<Occasion<'_>> = work
        .pg
        .triggers
        .iter()
        .filter(|t| t.definition.table == *table && t.definition.each_row && idle(t).is_none())
        .filter(|t| up_to.is_none_or(|name| t.definition.name.as_str() < name))
        .flat_map(Occasion::all)
        .filter(|o| o.word == event && o.is_before())
        .collect();
    before.sort_by(|a, b| a.trigger.definition.name.cmp(&b.trigger.definition.name));
    let mut entry = Entry::default();
    for occasion in before {
        let arguments = arguments_of(occasion.trigger);
        let made = {
            let moment = occasion.moment(&facts, &columns, &arguments, &entry);
            // What has no equal is said with its own trigger.
            let Ok(outcome) = outcome(work, occasion.trigger, &moment) else {
                continue;
            };
            let when = &occasion.trigger.definition.when;
            match when.as_ref().map(|w| body::condition(w.sql(), &moment)) {
                None => outcome.columns,
                Some(Err(_)) => continue,
                Some(Ok(when)) => outcome
                    .columns
                    .into_iter()
                    .map(|(column, value)| {
                        let stays = Node::Column(vec!["new".to_owned(), column.clone()]);
                        (column, fold::case(when.clone(), value, stays))
                    })
                    .collect(),
            }
        };
        for (column, value) in made {
            if occasion.of.is_empty() {
                entry.new.insert(column, value);
            } else {
                let name = occasion.trigger.definition.name.clone();
                entry.unsure.insert(column, (name, value));
            }
        }
    }
    entry
}

fn column_names(work: &Work<'_>, table: &QualName) -> Vec<String> {
    work.map(table)
        .map(|m| m.columns.iter().map(|c| c.pg.clone()).collect())
        .unwrap_or_default()
}

fn facts<'w>(work: &Work<'w>, table: &QualName) -> Facts<'w> {
    let columns = work.map(table).map_or(&[][..], |m| m.columns.as_slice());
    let types = columns.iter().map(|c| (c.pg.clone(), c.pg_type.clone()));
    let pg = work.pg.tables.get(table);
    let generated = pg.into_iter().flat_map(|t| &t.columns);
    let generated = generated.filter(|c| c.generated.is_some());
    Facts {
        pg: work.pg,
        types: types.collect(),
        generated: generated.map(|c| c.name.clone()).collect(),
        changed: work.changed_by_triggers.clone(),
    }
}

/// Columns of a table that triggers set, each with a value that it may get, over the row as it was written.
fn set_by_triggers(work: &Work<'_>, table: &QualName) -> Vec<(String, Node)> {
    let mut out = Vec::new();
    for event in ["INSERT", "UPDATE"] {
        let entry = entry(work, table, event, None);
        out.extend(entry.new);
        out.extend(entry.unsure.into_iter().map(|(c, (_, value))| (c, value)));
    }
    out
}

fn translate(work: &mut Work<'_>, trigger: &Trigger) -> Result<Made, String> {
    let given = &trigger.definition;
    let map = work
        .map(&given.table)
        .ok_or("its table is not lowered")?
        .clone();
    let columns = column_names(work, &given.table);
    let facts = facts(work, &given.table);
    let arguments = arguments_of(trigger);
    if !matches!(
        given.timing.to_ascii_uppercase().as_str(),
        "BEFORE" | "AFTER"
    ) {
        return Err(format!("it runs {} the statement", given.timing));
    }
    let key = work
        .pg
        .tables
        .get(&given.table)
        .map_or(&[][..], |t| t.primary_key());
    let mut made = Made::default();
    if is_deferred(&given.sql) {
        made.note(vec![Note {
            grade: Grade::Lossy,
            text: "It ran at the end of the transaction; in SQLite it runs with the statement."
                .to_owned(),
        }]);
    }
    let base = trigger_name(work, trigger);
    for occasion in Occasion::all(trigger) {
        let word = occasion.word.as_str();
        if !matches!(word, "INSERT" | "UPDATE" | "DELETE") {
            return Err(format!("it runs on {word}"));
        }
        let before = occasion.is_before();
        let up_to = before.then_some(given.name.as_str());
        let entry = entry(work, &given.table, word, up_to);
        let moment = occasion.moment(&facts, &columns, &arguments, &entry);
        let outcome = outcome(work, trigger, &moment)?;
        made.notifies |= outcome.notifies;
        made.note(outcome.notes.clone());
        let idle = outcome.columns.is_empty() && outcome.effects.is_empty();
        if !given.each_row && !idle {
            return Err("it runs once for each statement".to_owned());
        }
        let when = given.when.as_ref();
        let when = when
            .map(|w| body::condition(w.sql(), &moment))
            .transpose()?;
        let deep = Moment {
            depth: 2,
            ..moment.clone()
        };
        let mut doing = Doing::new(&occasion, &outcome, when.as_ref(), key);
        if outcome.asks_depth || asks_depth(trigger) {
            doing.asks_depth = true;
            doing.idle_deep = idle_at(work, trigger, &deep);
        }
        made.doings.push(doing);
        let mut wanted = base.clone();
        if given.events.len() > 1 {
            wanted = format!("{wanted}_{}", word.to_ascii_lowercase());
        }
        let writer = Writer {
            work,
            map: &map,
            trigger,
            event: word,
            facts: &facts,
            when,
        };
        let mut parts = Vec::new();
        if before && !outcome.columns.is_empty() {
            made.rewritten = true;
            parts.push(writer.assignments(&outcome.columns, &occasion, &mut made)?);
        }
        parts.extend(writer.effects(&outcome, &occasion, &mut made)?);
        for (at, part) in parts.into_iter().enumerate() {
            let place = if at > 0 {
                format!("_{}", at + 1)
            } else {
                String::new()
            };
            let name = work.names.take_trigger(&format!("{wanted}{place}"));
            made.triggers.push(part.trigger(name, word, &map, trigger));
        }
    }
    Ok(made)
}

/// Whether the trigger's own condition asks how deep it is.
fn asks_depth(trigger: &Trigger) -> bool {
    let when = trigger.definition.when.as_ref();
    when.is_some_and(|w| w.sql().to_ascii_lowercase().contains("pg_trigger_depth"))
}

/// Whether a trigger does nothing at a moment.
fn idle_at(work: &Work<'_>, trigger: &Trigger, moment: &Moment<'_>) -> bool {
    let when = trigger.definition.when.as_ref();
    let when = when.map(|w| body::condition(w.sql(), moment));
    if matches!(when, Some(Ok(Node::Bool(false) | Node::Null))) {
        return true;
    }
    outcome(work, trigger, moment).is_ok_and(|o| o.columns.is_empty() && o.effects.is_empty())
}

/// What the trigger's function does: that of its body, or what functions of extensions are known to do.
fn outcome(work: &Work<'_>, trigger: &Trigger, moment: &Moment<'_>) -> Result<Outcome, String> {
    let name = &trigger.definition.function;
    if let Some(function) = work.pg.functions.iter().find(|f| f.name == *name) {
        return match function.language.as_str() {
            "plpgsql" => body::run(&function.body, moment),
            other => Err(format!("its language is {other}")),
        };
    }
    match (name.name.as_str(), moment.arguments) {
        // PostgreSQL documentation, appendix F.40.4 (spi: moddatetime).
        ("moddatetime", [column]) => Ok(Outcome {
            columns: vec![(
                column.clone(),
                Node::Call(Box::new(Call {
                    name: "now".to_owned(),
                    ..Call::default()
                })),
            )],
            ..Outcome::default()
        }),
        // PostgreSQL documentation, section 9.28 (trigger functions).
        ("suppress_redundant_updates_trigger", []) => {
            let row = |name: &str| Box::new(Node::Star(Some(name.to_owned())));
            let same = Node::Binary(row("old"), "IS NOT DISTINCT FROM".to_owned(), row("new"));
            Ok(Outcome {
                effects: vec![Effect {
                    guard: Some(same),
                    kind: EffectKind::Skip,
                    reads: Vec::new(),
                }],
                ..Outcome::default()
            })
        }
        ("tsvector_update_trigger" | "tsvector_update_trigger_column", _) => {
            Err("it keeps a full-text column up to date, for which SQLite has FTS5".to_owned())
        }
        _ => Err(format!("the function `{name}` is not known")),
    }
}

/// An argument of `CREATE TRIGGER`, which is a string however it is written.
fn argument(text: &str) -> String {
    match crate::pg::sql::parse_expr(text) {
        Ok(Node::String(value)) => value,
        _ => text.to_owned(),
    }
}

/// `CREATE CONSTRAINT TRIGGER .. INITIALLY DEFERRED`.
fn is_deferred(sql: &str) -> bool {
    let words: Vec<String> = sql
        .split_whitespace()
        .map(str::to_ascii_uppercase)
        .collect();
    words
        .windows(2)
        .any(|w| matches!(w, [a, b] if a == "INITIALLY" && b == "DEFERRED"))
}

/// PostgreSQL's triggers are named within their table, SQLite's within the database.
fn trigger_name(work: &Work<'_>, trigger: &Trigger) -> String {
    let name = &trigger.definition.name;
    let shared = work
        .pg
        .triggers
        .iter()
        .filter(|t| t.definition.name.eq_ignore_ascii_case(name))
        .count()
        > 1;
    let table = work.names.relation(&trigger.definition.table);
    match table.filter(|_| shared) {
        Some(table) => format!("{table}_{name}"),
        None => name.clone(),
    }
}
