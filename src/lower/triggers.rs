//! Triggers: functions that do nothing but set columns of the new row become AFTER triggers that update it, and those that
//! refuse rows become triggers with RAISE.

use super::expr::{Place, Translator, Ty, trigger_scope};
use super::loss::{Grade, Loss, Rule};
use super::plpgsql::{self, Action, ActionKind};
use super::work::{Work, column_map};
use crate::ir::QualName;
use crate::pg::schema::{Function, Trigger};
use crate::sqlite::schema::{self as sqlite, quote, quote_list};

/// Translates the triggers that have an equal.
pub(super) fn lower_triggers(work: &mut Work<'_>) {
    for trigger in &work.pg.triggers {
        work.used_functions
            .insert(trigger.definition.function.clone());
        lower_trigger(work, trigger);
    }
}

fn lower_trigger(work: &mut Work<'_>, trigger: &Trigger) {
    let given = &trigger.definition;
    let object = format!("{}.{}", given.table, given.name);
    let origin = trigger.origin.as_ref();
    if trigger.state == 'D' {
        let loss = Loss::new(
            Rule::TriggerDropped,
            Grade::Exact,
            object,
            "The trigger is disabled and left out.",
        );
        work.lose(loss.at(origin));
        return;
    }
    match translate(work, trigger) {
        Ok(made) => {
            let loss = if made.rewritten {
                Loss::new(
                    Rule::TriggerRewritten,
                    Grade::Widened,
                    object.clone(),
                    "Becomes a trigger that updates the row after it is written; a value that the statement itself gives the column stays.",
                )
                .remedy("Read the row again after writing it (`server_onupdate=FetchedValue()` in the model).")
            } else {
                Loss::new(
                    Rule::TriggerRewritten,
                    Grade::Exact,
                    object.clone(),
                    "Becomes a trigger that refuses the same rows.",
                )
            };
            work.lose(loss.at(origin));
            for note in made.notes {
                let loss = Loss::new(
                    Rule::TriggerRewritten,
                    note.grade,
                    object.clone(),
                    note.text,
                );
                work.lose(loss.at(origin));
            }
            work.out.sqlite.triggers.extend(made.triggers);
        }
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
        }
    }
}

/// What a trigger became.
#[derive(Default)]
struct Made {
    triggers: Vec<sqlite::Trigger>,
    notes: Vec<super::expr::Note>,
    /// It sets columns, at another moment than in PostgreSQL.
    rewritten: bool,
}

type Translated = Result<Made, String>;

fn translate(work: &mut Work<'_>, trigger: &Trigger) -> Translated {
    let given = &trigger.definition;
    let function = function_of(work, &given.function)?;
    if function.language != "plpgsql" {
        return Err(format!("its language is {}", function.language));
    }
    if !given.each_row {
        return Err("it runs once for each statement".to_owned());
    }
    if !given.arguments.is_empty() {
        return Err("its function takes arguments".to_owned());
    }
    let actions = plpgsql::parse(&function.body)?;
    let map = work
        .map(&given.table)
        .ok_or("its table is not lowered")?
        .clone();
    let base = trigger_name(work, trigger);
    let mut made = Made::default();
    for event in &given.events {
        let word = event
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let mut wanted = base.clone();
        if given.events.len() > 1 {
            wanted = format!("{wanted}_{}", word.to_ascii_lowercase());
        }
        for (at, action) in actions.iter().enumerate() {
            let body = Body {
                work,
                map: &map,
                trigger,
                action,
                event: &word,
            };
            let (timing, when, statement, notes) = match &action.kind {
                ActionKind::Assign { column, value } => {
                    made.rewritten = true;
                    body.assignment(column, value)?
                }
                ActionKind::Raise(message) => body.refusal(message)?,
            };
            made.notes.extend(notes);
            let place = if at > 0 {
                format!("_{}", at + 1)
            } else {
                String::new()
            };
            let name = work.names.take_trigger(&format!("{wanted}{place}"));
            let of = columns_of(event, &map);
            let when = if when.is_empty() {
                String::new()
            } else {
                format!("\nWHEN {when}")
            };
            let sql = format!(
                "CREATE TRIGGER {} {timing} {word}{of} ON {} FOR EACH ROW{when}\nBEGIN\n    {statement};\nEND",
                quote(&name),
                quote(&map.sqlite),
            );
            made.triggers.push(sqlite::Trigger {
                name,
                table: map.sqlite.clone(),
                sql,
                origin: trigger.origin.clone(),
            });
        }
    }
    Ok(made)
}

struct Body<'b, 'a> {
    work: &'b Work<'a>,
    map: &'b super::TableMap,
    trigger: &'b Trigger,
    action: &'b Action,
    event: &'b str,
}

/// Timing, condition, statement, and what is not quite the same.
type Parts = Result<(&'static str, String, String, Vec<super::expr::Note>), String>;

impl Body<'_, '_> {
    /// `NEW.column := value`: an update of the row behind the write.
    fn assignment(&self, column: &str, value: &str) -> Parts {
        let timing = &self.trigger.definition.timing;
        if !timing.eq_ignore_ascii_case("BEFORE") || !matches!(self.event, "INSERT" | "UPDATE") {
            return Err(format!("it sets a column {timing} {}", self.event));
        }
        let insert = self.event == "INSERT";
        let column = column_map(self.map, column)
            .ok_or_else(|| format!("it sets `{column}`, which is no column"))?;
        if insert && !column.nullable && !self.has_default(&column.sqlite) {
            return Err(format!(
                "it fills `{}`, which SQLite wants filled before",
                column.pg
            ));
        }
        let want = Ty {
            pg: column.pg_type.clone(),
            encoding: column.encoding.clone(),
        };
        let node = crate::pg::sql::parse_expr(value)?;
        let done = self.translator().value_for(&node, &want)?;
        let name = quote(&column.sqlite);
        // Either test fails for the row that the trigger itself has updated.
        let first = if !insert && done.sql.contains("'now'") {
            format!("NEW.{name} IS OLD.{name}")
        } else {
            format!("NEW.{name} IS NOT ({})", done.sql)
        };
        let (mut tests, mut notes) = self.conditions()?;
        tests.insert(0, first);
        notes.extend(done.notes);
        let statement = format!(
            "UPDATE {} SET {name} = {} WHERE {}",
            quote(&self.map.sqlite),
            done.sql,
            row_condition(self.work, &self.trigger.definition.table)
        );
        Ok(("AFTER", tests.join(" AND "), statement, notes))
    }

    /// `RAISE EXCEPTION`: the statement is taken back.
    fn refusal(&self, message: &str) -> Parts {
        let timing = match self.trigger.definition.timing.to_ascii_uppercase().as_str() {
            "BEFORE" => "BEFORE",
            "AFTER" => "AFTER",
            other => return Err(format!("it runs {other} the statement")),
        };
        if !matches!(self.event, "INSERT" | "UPDATE" | "DELETE") {
            return Err(format!("it runs on {}", self.event));
        }
        let (tests, notes) = self.conditions()?;
        let statement = format!("SELECT RAISE(ABORT, {})", sqlite::string_literal(message));
        Ok((timing, tests.join(" AND "), statement, notes))
    }

    /// `WHEN` of the trigger and `IF` around the action.
    fn conditions(&self) -> Result<(Vec<String>, Vec<super::expr::Note>), String> {
        let mut tests = Vec::new();
        let mut notes = Vec::new();
        let conditions = [
            self.trigger.definition.when.as_ref().map(|w| w.sql()),
            self.action.condition.as_deref(),
        ];
        for condition in conditions.into_iter().flatten() {
            let node = crate::pg::sql::parse_expr(condition)?;
            let done = self.translator().value_for(&node, &Ty::boolean())?;
            notes.extend(done.notes);
            tests.push(format!("({})", done.sql));
        }
        for (row, event) in [("OLD.", "INSERT"), ("NEW.", "DELETE")] {
            if self.event == event && tests.iter().any(|t| t.contains(row)) {
                return Err(format!("it looks at {row}* on {event}"));
            }
        }
        Ok((tests, notes))
    }

    fn translator(&self) -> Translator<'_> {
        Translator::new(self.work.catalog(), Place::Trigger, trigger_scope(self.map))
    }

    fn has_default(&self, column: &str) -> bool {
        self.work
            .out
            .sqlite
            .table(&self.map.sqlite)
            .and_then(|t| t.column(column))
            .is_some_and(|c| c.default.is_some())
    }
}

/// ` OF a, b` of an event.
fn columns_of(event: &str, map: &super::TableMap) -> String {
    let Some(at) = event.to_ascii_uppercase().find(" OF ") else {
        return String::new();
    };
    let columns: Vec<String> = event
        .get(at + 4..)
        .unwrap_or_default()
        .split(',')
        .map(|c| c.trim().trim_matches('"'))
        .map(|c| column_map(map, c).map_or_else(|| c.to_owned(), |m| m.sqlite.clone()))
        .collect();
    format!(" OF {}", quote_list(&columns))
}

/// The row that was written: by its key, or else by its rowid.
fn row_condition(work: &Work<'_>, table: &QualName) -> String {
    let key = work
        .map(table)
        .and_then(|t| work.out.sqlite.table(&t.sqlite))
        .and_then(|t| t.primary_key.as_ref())
        .map(|k| k.columns.clone())
        .unwrap_or_default();
    if key.is_empty() {
        return "rowid = NEW.rowid".to_owned();
    }
    key.iter()
        .map(|c| format!("{0} = NEW.{0}", quote(c)))
        .collect::<Vec<_>>()
        .join(" AND ")
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

fn function_of<'a>(work: &Work<'a>, name: &QualName) -> Result<&'a Function, String> {
    work.pg
        .functions
        .iter()
        .find(|f| f.name == *name)
        .ok_or_else(|| format!("the function `{name}` is not known"))
}
