//! What a trigger does, as triggers of SQLite (sqlite.org/lang_createtrigger.html).

use super::body::{Effect, EffectKind, Outcome};
use super::facts::Facts;
use super::look;
use super::{Made, Occasion, set_by_triggers};
use crate::ir::QualName;
use crate::lower::expr::{Note, Place, Translation, Translator, Ty, trigger_scope};
use crate::lower::loss::Grade;
use crate::lower::work::{Work, column_map};
use crate::lower::{ColumnMap, TableMap};
use crate::pg::schema::Trigger;
use crate::pg::sql::ast::{Change, Node};
use crate::pg::sql::{print_expr, tables_in};
use crate::sqlite::schema::{self as sqlite, quote, quote_list};

/// Writes one trigger at one of its events.
pub(super) struct Writer<'b, 'a> {
    pub work: &'b Work<'a>,
    pub map: &'b TableMap,
    pub trigger: &'b Trigger,
    pub event: &'b str,
    pub facts: &'b Facts<'a>,
    /// `WHEN` of the trigger itself.
    pub when: Option<Node>,
}

/// A trigger of SQLite in parts.
pub(super) struct Part {
    timing: &'static str,
    /// Columns after `OF`, in PostgreSQL's names.
    of: Vec<String>,
    when: Vec<String>,
    statements: Vec<String>,
}

impl Part {
    pub(super) fn trigger(
        self,
        name: String,
        event: &str,
        map: &TableMap,
        trigger: &Trigger,
    ) -> sqlite::Trigger {
        let sqlite_name =
            |c: &String| column_map(map, c).map_or_else(|| c.clone(), |m| m.sqlite.clone());
        let of: Vec<String> = self.of.iter().map(sqlite_name).collect();
        let of = if of.is_empty() {
            String::new()
        } else {
            format!(" OF {}", quote_list(&of))
        };
        let when = if self.when.is_empty() {
            String::new()
        } else {
            format!("\nWHEN {}", self.when.join(" AND "))
        };
        let statements: String = self
            .statements
            .iter()
            .map(|s| format!("    {s};\n"))
            .collect();
        let sql = format!(
            "CREATE TRIGGER {} {} {event}{of} ON {} FOR EACH ROW{when}\nBEGIN\n{statements}END",
            quote(&name),
            self.timing,
            quote(&map.sqlite),
        );
        sqlite::Trigger {
            name,
            table: map.sqlite.clone(),
            sql,
            origin: trigger.origin.clone(),
        }
    }
}

impl Writer<'_, '_> {
    /// `NEW.column := value`: an update of the row behind the write.
    pub(super) fn assignments(
        &self,
        columns: &[(String, Node)],
        occasion: &Occasion<'_>,
        made: &mut Made,
    ) -> Result<Part, String> {
        let (guard, columns) = hoisted(columns);
        let mut tests = Vec::new();
        let mut sets = Vec::new();
        for (column, value) in &columns {
            let column = column_map(self.map, column)
                .ok_or_else(|| format!("it sets `{column}`, which is no column"))?;
            if self.event == "INSERT" && !column.nullable && !self.has_default(&column.sqlite) {
                return Err(format!(
                    "it fills `{}`, which SQLite wants filled before",
                    column.pg
                ));
            }
            if self.may_read_own(value) {
                return Err(format!(
                    "it sets `{}` by a query over its own table, which would see the row that is being written",
                    column.pg
                ));
            }
            self.checked_before(column, made);
            let done = self.stored(column, value)?;
            let name = quote(&column.sqlite);
            // Either test fails for the row that the trigger itself has updated.
            tests.push(if self.event == "UPDATE" && done.sql.contains("'now'") {
                format!("NEW.{name} IS OLD.{name}")
            } else {
                format!("NEW.{name} IS NOT ({})", done.sql)
            });
            sets.push(format!("{name} = {}", done.sql));
            made.note(done.notes);
        }
        let first = match tests.as_slice() {
            [one] => one.clone(),
            several => format!("({})", several.join(" OR ")),
        };
        let mut when = vec![first];
        when.extend(self.own_condition(made)?);
        if let Some(guard) = guard {
            when.push(self.condition(&guard, made)?);
        }
        Ok(Part {
            timing: "AFTER",
            of: occasion.of.clone(),
            when,
            statements: vec![format!(
                "UPDATE {} SET {} WHERE {}",
                quote(&self.map.sqlite),
                sets.join(", "),
                row_condition(self.work, &self.trigger.definition.table)
            )],
        })
    }

    /// Whether an expression may read the trigger's own table, through a view too.
    fn may_read_own(&self, node: &Node) -> bool {
        let own = &self.trigger.definition.table;
        look::has_query(node)
            && tables_in(&format!("SELECT {}", print_expr(node)))
                .iter()
                .any(|read| {
                    let same = read.name == own.name
                        && read.schema_or_default() == own.schema_or_default();
                    same || self.work.pg.views.contains_key(read)
                })
    }

    /// Tells of rules of the table that are checked before the trigger sets a column.
    fn checked_before(&self, column: &ColumnMap, made: &mut Made) {
        let Some(table) = self.work.out.sqlite.table(&self.map.sqlite) else {
            return;
        };
        let named = |text: &str| {
            let word = |c: char| c == '_' || c.is_alphanumeric();
            text.split(|c| !word(c)).any(|w| w == column.sqlite)
        };
        let in_check = table.checks.iter().any(|c| named(&c.expr));
        let in_unique = table
            .uniques
            .iter()
            .any(|u| u.columns.contains(&column.sqlite));
        if in_check || in_unique {
            made.note(vec![Note {
                grade: Grade::Lossy,
                text: format!(
                    "CHECK and UNIQUE over `{}` look at the value as it was written, before the trigger sets it.",
                    column.pg
                ),
            }]);
        }
    }

    /// What is done besides: at the trigger's own moment, but behind an insert where the row's number is read.
    pub(super) fn effects(
        &self,
        outcome: &Outcome,
        occasion: &Occasion<'_>,
        made: &mut Made,
    ) -> Result<Vec<Part>, String> {
        let before = occasion.is_before();
        let mut early: Vec<&Effect> = Vec::new();
        let mut late: Vec<&Effect> = Vec::new();
        for effect in &outcome.effects {
            if !before || self.reads_number(effect)? {
                late.push(effect);
            } else {
                early.push(effect);
            }
        }
        let mut parts = Vec::new();
        for (timing, effects) in [("BEFORE", early), ("AFTER", late)] {
            if effects.is_empty() {
                continue;
            }
            let mut when: Vec<String> = self.own_condition(made)?.into_iter().collect();
            when.extend(self.once(&effects, occasion, made)?);
            let mut statements = Vec::new();
            // One condition for all is asked once, before the first of them changes what it asks for.
            let first = effects.first().and_then(|e| e.guard.as_ref());
            let alone = effects.iter().all(|e| e.guard.as_ref() == first);
            if !alone {
                let mut changed = false;
                for effect in &effects {
                    if changed && effect.guard.as_ref().is_some_and(look::has_query) {
                        return Err("it asks for rows again after it changed some".to_owned());
                    }
                    changed |= matches!(effect.kind, EffectKind::Change(_));
                }
            }
            let mut shared = true;
            for effect in effects {
                let inside = match &effect.guard {
                    Some(guard) if alone => {
                        if std::mem::take(&mut shared) {
                            when.push(self.condition(guard, made)?);
                        }
                        None
                    }
                    other => other.as_ref(),
                };
                statements.extend(self.statement(&effect.kind, inside, made)?);
            }
            parts.push(Part {
                timing,
                of: occasion.of.clone(),
                when,
                statements,
            });
        }
        Ok(parts)
    }

    /// Whether an effect of an insert needs the number that SQLite gives the row only while it writes it
    /// (sqlite.org/lang_createtrigger.html, "Cautions on the use of BEFORE triggers").
    fn reads_number(&self, effect: &Effect) -> Result<bool, String> {
        let table = self.work.out.sqlite.table(&self.map.sqlite);
        let key = table.and_then(|t| match t.primary_key.as_ref()?.columns.as_slice() {
            [only] => t.column(only).filter(|c| c.declared_type == "INTEGER"),
            _ => None,
        });
        let key = key.filter(|_| self.event == "INSERT");
        let pg = key.and_then(|k| self.map.columns.iter().find(|c| c.sqlite == k.name));
        let Some(pg) = pg.map(|c| c.pg.as_str()) else {
            return Ok(false);
        };
        let mut reads = effect
            .guard
            .as_ref()
            .is_some_and(|g| look::reads(g, "new", pg));
        if let EffectKind::Change(change) = &effect.kind {
            reads |= look::change_reads(change, "new", pg);
            if reads && changes_table(change, &self.trigger.definition.table) {
                return Err(
                    "it changes its own table by the number of a row that is yet to be written"
                        .to_owned(),
                );
            }
        }
        let asks = effect.guard.as_ref().is_some_and(look::has_query)
            || match &effect.kind {
                EffectKind::Change(change) => look::change_has_query(change),
                EffectKind::Raise(_) | EffectKind::Skip => false,
            };
        if reads && asks {
            return Err(
                "it reads tables and the number of a row that is yet to be written".to_owned(),
            );
        }
        if reads && effect.kind == EffectKind::Skip {
            return Err("it passes rows over by a number that they do not have yet".to_owned());
        }
        Ok(reads)
    }

    fn statement(
        &self,
        kind: &EffectKind,
        guard: Option<&Node>,
        made: &mut Made,
    ) -> Result<Vec<String>, String> {
        let raise = |what: String, made: &mut Made| -> Result<Vec<String>, String> {
            made.refuses = true;
            let filter = match guard {
                Some(guard) => format!(" WHERE {}", self.condition(guard, made)?),
                None => String::new(),
            };
            Ok(vec![format!("SELECT RAISE({what}){filter}")])
        };
        match kind {
            EffectKind::Raise(message) => {
                raise(format!("ABORT, {}", sqlite::string_literal(message)), made)
            }
            EffectKind::Skip => raise("IGNORE".to_owned(), made),
            EffectKind::Change(change) => {
                made.changes = true;
                let (statements, notes) = self.translator().change(change, guard)?;
                made.note(notes);
                Ok(statements)
            }
        }
    }

    /// The condition for what must not run again when another trigger updates the row behind the write: something else
    /// than what triggers set has changed, or it was set to something else.
    fn once(
        &self,
        effects: &[&Effect],
        occasion: &Occasion<'_>,
        made: &mut Made,
    ) -> Result<Option<String>, String> {
        let harmless = |effect: &&Effect| {
            !matches!(effect.kind, EffectKind::Change(_))
                && !effect.guard.as_ref().is_some_and(look::reads_old)
        };
        if self.event != "UPDATE" || effects.iter().all(harmless) {
            return Ok(None);
        }
        let set = set_by_triggers(self.work, &self.trigger.definition.table);
        let fires =
            |(column, _): &(String, Node)| occasion.of.is_empty() || occasion.of.contains(column);
        if !set.iter().any(fires) {
            return Ok(None);
        }
        let (mut plain, mut tests) = (Vec::new(), Vec::new());
        for column in self.map.columns.iter().filter(|c| !c.generated) {
            let name = quote(&column.sqlite);
            let mut values = set.iter().filter(|(c, _)| *c == column.pg).map(|s| &s.1);
            let mut test = vec![format!("NEW.{name} IS NOT OLD.{name}")];
            let known = values.try_for_each(|value| {
                // What was written is the row before that update; the row before the write is gone.
                if look::reads_old(value) {
                    return Ok(());
                }
                let value = look::of_old(value)?;
                let done = self.stored(column, &value)?;
                test.push(format!("NEW.{name} IS NOT ({})", done.sql));
                Ok::<(), String>(())
            });
            match (set.iter().any(|(c, _)| *c == column.pg), known) {
                (false, _) | (true, Err(_)) => plain.push(name),
                (true, Ok(())) if test.len() > 1 => tests.push(test.join(" AND ")),
                (true, Ok(())) => {}
            }
        }
        let row = |row: &str| -> String {
            let names: Vec<String> = plain.iter().map(|n| format!("{row}.{n}")).collect();
            match names.as_slice() {
                [one] => one.clone(),
                _ => format!("({})", names.join(", ")),
            }
        };
        if !plain.is_empty() {
            tests.insert(0, format!("{} IS NOT {}", row("NEW"), row("OLD")));
        }
        made.note(vec![Note {
            grade: Grade::Widened,
            text: "It does not run for an update that changes nothing.".to_owned(),
        }]);
        Ok(Some(format!("({})", tests.join(" OR "))))
    }

    /// `WHEN` of the trigger itself.
    fn own_condition(&self, made: &mut Made) -> Result<Option<String>, String> {
        let when = self.when.as_ref();
        when.map(|node| self.condition(node, made)).transpose()
    }

    fn condition(&self, node: &Node, made: &mut Made) -> Result<String, String> {
        let done = self.translator().value_for(node, &Ty::boolean())?;
        made.note(done.notes);
        Ok(format!("({})", done.sql))
    }

    /// A value as a column stores it.
    fn stored(&self, column: &ColumnMap, value: &Node) -> Result<Translation, String> {
        let value = self.facts.in_column(&column.pg, value.clone());
        self.translator().value_for(&value, &ty_of(column))
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

fn ty_of(column: &ColumnMap) -> Ty {
    Ty {
        pg: column.pg_type.clone(),
        encoding: column.encoding.clone(),
    }
}

fn changes_table(change: &Change, table: &QualName) -> bool {
    match change {
        Change::Insert(insert) => insert.table == *table,
        Change::Update(update) => update.table == *table,
        Change::Delete(delete) => delete.table == *table,
        Change::Truncate(tables) => tables.contains(table),
    }
}

/// When every column is set under one condition and else stays, the condition and what is set under it.
fn hoisted(columns: &[(String, Node)]) -> (Option<Node>, Vec<(String, Node)>) {
    let mut shared: Option<&Node> = None;
    let mut plain = Vec::with_capacity(columns.len());
    for (column, value) in columns {
        let Node::Case {
            operand: None,
            whens,
            otherwise: Some(otherwise),
        } = value
        else {
            return (None, columns.to_vec());
        };
        let stays = matches!(otherwise.as_ref(), Node::Column(path) if matches!(path.as_slice(), [row, c] if row == "new" && c == column));
        match whens.as_slice() {
            [(condition, then)] if stays && shared.is_none_or(|s| s == condition) => {
                shared = Some(condition);
                plain.push((column.clone(), then.clone()));
            }
            _ => return (None, columns.to_vec()),
        }
    }
    (shared.cloned(), plain)
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
        let id = work.map(table).and_then(crate::lower::TableMap::row_id);
        let id = id.unwrap_or("rowid");
        return format!("{id} = NEW.{id}");
    }
    key.iter()
        .map(|c| format!("{0} = NEW.{0}", quote(c)))
        .collect::<Vec<_>>()
        .join(" AND ")
}
