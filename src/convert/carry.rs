//! What was followed in PostgreSQL's schema, as what SQLite's tables carry along.

use super::Unconverted;
use super::model::{Affected, Lowered, Model};
use super::track::{Track, TrackedColumn};
use crate::ir::QualName;
use crate::lower::{ColumnMap, expr};
use crate::pg::names::quote_ident;
use crate::sqlite::plan::{Carried, CarriedColumn, CarriedTable, no_values};
use crate::sqlite::schema::{quote, seed_safe, string_literal};

/// What continues what, and what there is to say about it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub tables: Carried,
    /// Statements that fail over values which cannot be converted.
    pub guards: Vec<String>,
    pub unconverted: Vec<Unconverted>,
    pub notes: Vec<String>,
}

/// Finds the tables and columns of `after` that continue those of `before`, of the tables that are affected.
pub(super) fn carried(before: &Model, after: &Model, track: &Track, affected: &Affected) -> Found {
    let mut found = Found::default();
    for table in after.lookups() {
        let old = before.lookups().iter().find(|t| t.name == table.name);
        if let Some(old) = old {
            let carried = CarriedTable::by_name(old, table);
            found.tables.tables.insert(table.name.clone(), carried);
        }
    }
    for part in after.affected(affected) {
        let old = track.was(&part.name).and_then(|was| before.lowered(was));
        let (Some(old), Some(new)) = (old, &part.lowered) else {
            continue;
        };
        let new = &new.map;
        let mut table = CarriedTable {
            before: old.map.sqlite.clone(),
            ..CarriedTable::default()
        };
        for column in &new.columns {
            let Some(was) = track.column(&part.name, &column.pg) else {
                continue;
            };
            let Some(from) = old.map.columns.iter().find(|c| c.pg == was.was) else {
                continue;
            };
            let step = Step {
                before,
                after,
                track,
                table: old,
                from,
                to: column,
            };
            let convert = step.convert(&was, &mut found);
            table.columns.insert(
                column.sqlite.clone(),
                CarriedColumn {
                    before: from.sqlite.clone(),
                    convert,
                },
            );
        }
        found.tables.tables.insert(new.sqlite.clone(), table);
    }
    found
}

/// One column on its way.
struct Step<'a> {
    before: &'a Model,
    after: &'a Model,
    track: &'a Track,
    /// The table before.
    table: &'a Lowered,
    from: &'a ColumnMap,
    to: &'a ColumnMap,
}

impl Step<'_> {
    /// The expression over the columns before that gives the value after; none where values stay as they are.
    fn convert(&self, was: &TrackedColumn, found: &mut Found) -> Option<String> {
        if self.to.generated {
            return None;
        }
        let own = quote(&self.from.sqlite);
        let value = if self.from.encoding == self.to.encoding && was.using.is_none() {
            None
        } else {
            let own_pg = quote_ident(&self.from.pg);
            let sql = was.using.as_deref().unwrap_or(&own_pg);
            match expr::translate_value(self.before.types(), &self.table.map, sql, self.to) {
                Ok(translated) => {
                    let notes = translated.notes.into_iter().map(|n| n.text);
                    found.notes.extend(notes);
                    Some(translated.sql).filter(|sql| *sql != own)
                }
                Err(why) => {
                    self.refuse(why, found);
                    Some("NULL".to_owned())
                }
            }
        };
        let value = match self.relabelled(value.as_deref().unwrap_or(&own), found) {
            Some(text) => Some(text),
            None => value,
        };
        value.map(|text| seed_safe(&text))
    }

    /// Values of an enum whose labels are called otherwise.
    fn relabelled(&self, value: &str, found: &mut Found) -> Option<String> {
        let name: QualName = self.to.pg_type.user_defined()?;
        self.after.types().enums.get(&name)?;
        if self.to.pg_type.array && self.track.labels(&name).next().is_some() {
            self.refuse(
                "labels inside arrays are called otherwise".to_owned(),
                found,
            );
            return Some("NULL".to_owned());
        }
        let mut out = None;
        for (before, after) in self.track.labels(&name) {
            let inner = out.as_deref().unwrap_or(value);
            out = Some(format!(
                "CASE {inner} WHEN {} THEN {} ELSE {inner} END",
                string_literal(before),
                string_literal(after)
            ));
        }
        out
    }

    /// No value may be there that cannot be converted.
    fn refuse(&self, why: String, found: &mut Found) {
        let table = &self.table.map;
        found
            .guards
            .push(no_values(&table.sqlite, &self.from.sqlite));
        found.unconverted.push(Unconverted {
            what: format!("{}.{}", table.pg, self.from.pg),
            why: format!(
                "the values cannot be converted from {} to {}: {why}",
                self.from.pg_type, self.to.pg_type
            ),
            origin: None,
        });
    }
}
