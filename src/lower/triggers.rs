//! Triggers: functions that do nothing but set columns of the new row become AFTER triggers that update it.

use super::expr::{Place, Translator, Ty, trigger_scope};
use super::loss::{Grade, Loss, Rule};
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
        Ok((triggers, notes)) => {
            let loss = Loss::new(
                Rule::TriggerRewritten,
                Grade::Widened,
                object.clone(),
                "Becomes a trigger that updates the row after it is written; a value that the statement itself gives the column stays.",
            )
            .remedy("Read the row again after writing it (`server_onupdate=FetchedValue()` in the model).");
            work.lose(loss.at(origin));
            for note in notes {
                let loss = Loss::new(
                    Rule::TriggerRewritten,
                    note.grade,
                    object.clone(),
                    note.text,
                );
                work.lose(loss.at(origin));
            }
            work.out.sqlite.triggers.extend(triggers);
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

/// What a trigger function does to the new row.
#[derive(Debug, PartialEq)]
struct Assignment {
    /// `IF .. THEN` around it.
    condition: Option<String>,
    column: String,
    value: String,
}

type Translated = Result<(Vec<sqlite::Trigger>, Vec<super::expr::Note>), String>;

fn translate(work: &mut Work<'_>, trigger: &Trigger) -> Translated {
    let given = &trigger.definition;
    let function = function_of(work, &given.function)?;
    if function.language != "plpgsql" {
        return Err(format!("its language is {}", function.language));
    }
    if !given.each_row || !given.timing.eq_ignore_ascii_case("BEFORE") {
        return Err("it is no BEFORE trigger for each row".to_owned());
    }
    if !given.arguments.is_empty() {
        return Err("its function takes arguments".to_owned());
    }
    let assignments = assignments(&function.body)?;
    let map = work
        .map(&given.table)
        .ok_or("its table is not lowered")?
        .clone();
    let table = map.sqlite.clone();
    let row = row_condition(work, &given.table);
    let base = trigger_name(work, trigger);
    let mut triggers = Vec::new();
    let mut notes = Vec::new();
    for event in &given.events {
        let word = event
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        if !matches!(word.as_str(), "INSERT" | "UPDATE") {
            return Err(format!("it runs on {event}"));
        }
        for (at, assignment) in assignments.iter().enumerate() {
            let body = Body {
                work,
                map: &map,
                trigger,
                assignment,
                insert: word == "INSERT",
            };
            let (when, value, column, found) = body.parts()?;
            notes.extend(found);
            let mut wanted = base.clone();
            if given.events.len() > 1 {
                wanted = format!("{wanted}_{}", word.to_ascii_lowercase());
            }
            if at > 0 {
                wanted = format!("{wanted}_{column}");
            }
            let name = work.names.take_trigger(&wanted);
            let of = columns_of(event, &map);
            let sql = format!(
                "CREATE TRIGGER {} AFTER {word}{of} ON {} FOR EACH ROW\nWHEN {when}\nBEGIN\n    UPDATE {} SET {} = {value} WHERE {row};\nEND",
                quote(&name),
                quote(&table),
                quote(&table),
                quote(&column),
            );
            triggers.push(sqlite::Trigger {
                name,
                table: table.clone(),
                sql,
                origin: trigger.origin.clone(),
            });
        }
    }
    Ok((triggers, notes))
}

struct Body<'b, 'a> {
    work: &'b Work<'a>,
    map: &'b super::TableMap,
    trigger: &'b Trigger,
    assignment: &'b Assignment,
    insert: bool,
}

impl Body<'_, '_> {
    /// When it runs, the value, the column's name in SQLite, and what is not quite the same.
    fn parts(&self) -> Result<(String, String, String, Vec<super::expr::Note>), String> {
        let column = column_map(self.map, &self.assignment.column)
            .ok_or_else(|| format!("it sets `{}`, which is no column", self.assignment.column))?;
        if self.insert && !column.nullable && !self.has_default(&column.sqlite) {
            return Err(format!(
                "it fills `{}`, which SQLite wants filled before",
                column.pg
            ));
        }
        let want = Ty {
            pg: column.pg_type.clone(),
            encoding: column.encoding.clone(),
        };
        let node = crate::pg::sql::parse_expr(&self.assignment.value)?;
        let done = self.translator().value_for(&node, &want)?;
        let mut notes = done.notes;
        let name = quote(&column.sqlite);
        let mut tests = Vec::new();
        if !self.insert && done.sql.contains("'now'") {
            // Its own update changes the column, so it never runs for it a second time.
            tests.push(format!("NEW.{name} IS OLD.{name}"));
        } else {
            tests.push(format!("NEW.{name} IS NOT ({})", done.sql));
        }
        let conditions = [
            self.trigger.definition.when.as_ref().map(|w| w.sql()),
            self.assignment.condition.as_deref(),
        ];
        for condition in conditions.into_iter().flatten() {
            let node = crate::pg::sql::parse_expr(condition)?;
            let done = self.translator().value_for(&node, &Ty::boolean())?;
            notes.extend(done.notes);
            tests.push(format!("({})", done.sql));
        }
        Ok((tests.join(" AND "), done.sql, column.sqlite.clone(), notes))
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

/// The assignments of a function body that does nothing else: `BEGIN NEW.a = ..; RETURN NEW; END`.
fn assignments(body: &str) -> Result<Vec<Assignment>, String> {
    let text = without_comments(body);
    let text = text.trim().trim_end_matches(';').trim();
    let strip = |text: &str, word: &str, end: bool| -> Option<String> {
        let upper = text.to_ascii_uppercase();
        let found = if end {
            upper.ends_with(word)
        } else {
            upper.starts_with(word)
        };
        found.then(|| {
            let range = if end {
                0..text.len() - word.len()
            } else {
                word.len()..text.len()
            };
            text.get(range).unwrap_or_default().trim().to_owned()
        })
    };
    let inner = strip(text, "BEGIN", false)
        .and_then(|t| strip(&t, "END", true))
        .ok_or("its function does more than set columns")?;
    let mut out = Vec::new();
    let mut condition: Option<String> = None;
    for statement in split_statements(&inner) {
        let mut statement = statement.trim().to_owned();
        if let Some(rest) = strip(&statement, "IF ", false)
            .or_else(|| strip(&statement, "IF(", false).map(|r| format!("({r}")))
        {
            let upper = rest.to_ascii_uppercase();
            let at = upper.find("THEN").filter(|_| condition.is_none());
            let at = at.ok_or("its function has conditions within conditions")?;
            condition = rest.get(..at).map(|c| c.trim().to_owned());
            statement = rest.get(at + 4..).unwrap_or_default().trim().to_owned();
        }
        let upper = statement.to_ascii_uppercase();
        match upper
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .as_str()
        {
            "" => continue,
            "END IF" => condition = None,
            "RETURN NEW" if condition.is_none() => break,
            _ => {
                let (target, value) =
                    assignment(&statement).ok_or("its function does more than set columns")?;
                out.push(Assignment {
                    condition: condition.clone(),
                    column: target,
                    value,
                });
            }
        }
    }
    if out.is_empty() {
        return Err("its function sets no column".to_owned());
    }
    Ok(out)
}

/// `NEW.column := value` or with `=`.
fn assignment(statement: &str) -> Option<(String, String)> {
    let (target, value) = match statement.split_once(":=") {
        Some(parts) => parts,
        None => statement.split_once('=')?,
    };
    let target = target.trim();
    let (row, column) = target.split_once('.')?;
    if !row.trim().eq_ignore_ascii_case("new") {
        return None;
    }
    let column = column.trim();
    let column = match column.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
        Some(quoted) => quoted.to_owned(),
        None => column.to_ascii_lowercase(),
    };
    let plain = column
        .chars()
        .all(|c| c == '_' || c == '$' || c.is_alphanumeric());
    plain.then(|| (column, value.trim().to_owned()))
}

/// Statements between `;`, which strings may hold.
fn split_statements(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '\'';
        if c == ';' && !quoted {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['-', '/', '\'']) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let taken = if tail.starts_with("--") {
            out.push(' ');
            tail.find('\n').unwrap_or(tail.len())
        } else if tail.starts_with("/*") {
            out.push(' ');
            tail.find("*/").map_or(tail.len(), |e| e + 2)
        } else if tail.starts_with('\'') {
            let end = tail
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '\'')
                .map_or(tail.len(), |(e, _)| e + 1);
            out.push_str(tail.get(..end).unwrap_or_default());
            end
        } else {
            out.push_str(tail.get(..1).unwrap_or_default());
            1
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_set_columns_are_understood() {
        let body = "\nBEGIN\n  -- stamp\n  IF OLD.* IS DISTINCT FROM NEW.* THEN\n    NEW.updated_at := now();\n  END IF;\n  RETURN NEW;\nEND;\n";
        assert_eq!(
            assignments(body),
            Ok(vec![Assignment {
                condition: Some("OLD.* IS DISTINCT FROM NEW.*".to_owned()),
                column: "updated_at".to_owned(),
                value: "now()".to_owned(),
            }])
        );
        assert!(assignments("BEGIN PERFORM pg_notify('a', 'b'); RETURN NEW; END").is_err());
    }
}
