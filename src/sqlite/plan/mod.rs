//! From one schema to the next on a database full of rows: in place where SQLite has a statement for it, else by rebuilding tables.
//!
//! The plan is text alone; whoever runs it does so in one transaction, with foreign keys off when the plan asks for that, and
//! checks them before the commit. Views and triggers that name a changed table go first and come back at the end, since SQLite
//! reads all of them again with every rename.

mod carry;
mod guard;
mod rename;
mod rows;
mod same;
mod table;

use std::collections::BTreeSet;

pub use carry::{Carried, CarriedColumn, CarriedTable};
pub use guard::{
    KnownRows, NO_WAY_BACK, OTHER_ROWS, foreign_keys_are_off, irreversible, irreversible_over_rows,
    is_against_other_rows, is_irreversible, no_rows_in, no_values, other_number, other_rows,
    sentence,
};

use super::emit;
use super::normal::normal;
use super::order::table_order;
use super::schema::{Index, IndexKey, Schema, Table, Trigger, View};
use super::text::quote;
use rename::{mentions, ordered, rename_column, rename_table};
use same::same_index;
use table::Change;

/// How a schema becomes another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// All that has no trigger body, in order; guards that fail over rows which cannot be taken along come first.
    pub statements: Vec<String>,
    /// Triggers, made last; their bodies hold `;`.
    pub triggers: Vec<Trigger>,
    /// Whether it deletes rows of other tables unless foreign keys are off.
    pub foreign_keys_off: bool,
    /// Tables that are rebuilt.
    pub rebuilt: Vec<String>,
    /// Tables and columns (`table.column`) whose values are gone afterwards.
    pub discarded: Vec<String>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.triggers.is_empty()
    }
}

/// Plans the way from `before` to `after`. Names of constraints and comments do not count: SQLite keeps those that a table
/// was made with.
pub fn plan(before: &Schema, after: &Schema, carried: &Carried) -> Plan {
    let mut planner = Planner::new(before, after, carried);
    planner.rename();
    planner.change_tables();
    planner.arrange()
}

/// A plan under way.
struct Planner<'a> {
    before: &'a Schema,
    after: &'a Schema,
    carried: &'a Carried,
    /// The schema before, with what was planned already.
    state: Schema,
    dropped: Vec<&'a Table>,
    renames: Vec<String>,
    guards: Vec<String>,
    in_place: Vec<String>,
    rebuilds: Vec<String>,
    rebuilt: BTreeSet<String>,
    /// Rows that nothing refers to any more when all is done.
    gone_rows: Vec<String>,
    /// Lower-case names, before and after, of tables that views and triggers must not name meanwhile.
    touched: BTreeSet<String>,
    out: Plan,
}

impl<'a> Planner<'a> {
    fn new(before: &'a Schema, after: &'a Schema, carried: &'a Carried) -> Self {
        let dropped: Vec<&Table> = table_order(&before.tables)
            .into_iter()
            .filter_map(|at| before.tables.get(at))
            .filter(|t| carried.after(&t.name).is_none())
            .collect();
        let mut state = before.clone();
        let gone = |name: &str| dropped.iter().any(|d| d.name.eq_ignore_ascii_case(name));
        state.tables.retain(|t| !gone(&t.name));
        state.indexes.retain(|i| !gone(&i.table));
        Self {
            before,
            after,
            carried,
            state,
            touched: dropped.iter().map(|d| d.name.to_lowercase()).collect(),
            dropped,
            renames: Vec::new(),
            guards: Vec::new(),
            in_place: Vec::new(),
            rebuilds: Vec::new(),
            rebuilt: BTreeSet::new(),
            gone_rows: Vec::new(),
            out: Plan::default(),
        }
    }

    /// Gives tables and columns their names after.
    fn rename(&mut self) {
        let pairs = self
            .carried
            .tables
            .iter()
            .filter(|(after, table)| **after != table.before)
            .map(|(after, table)| (table.before.clone(), after.clone()))
            .collect();
        let taken: Vec<String> = self.state.tables.iter().map(|t| t.name.clone()).collect();
        for (from, to) in ordered(pairs, taken) {
            self.touch(&from);
            self.touch(&to);
            rename_table(&mut self.state, &from, &to);
            self.renames.push(format!(
                "ALTER TABLE {} RENAME TO {}",
                quote(&from),
                quote(&to)
            ));
        }
        for (name, table) in &self.carried.tables {
            self.rename_columns(name, table);
        }
    }

    fn rename_columns(&mut self, name: &str, table: &CarriedTable) {
        let Some(state) = self.state.table(name) else {
            return;
        };
        let columns: Vec<String> = state.columns.iter().map(|c| c.name.clone()).collect();
        let mut pairs: Vec<(String, String)> = table
            .columns
            .iter()
            .filter(|(after, column)| **after != column.before)
            .map(|(after, column)| (column.before.clone(), after.clone()))
            .collect();
        // A column that goes while another takes its name.
        for column in columns.iter().filter(|c| table.after(c).is_none()) {
            self.out.discarded.push(format!("{name}.{column}"));
            if pairs.iter().any(|(_, to)| to.eq_ignore_ascii_case(column)) {
                pairs.push((column.clone(), format!("_decant_old_{column}")));
            }
        }
        for (from, to) in ordered(pairs, columns) {
            self.touch(name);
            rename_column(&mut self.state, name, &from, &to);
            self.renames.push(format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {}",
                quote(name),
                quote(&from),
                quote(&to)
            ));
        }
    }

    /// Changes the tables that stay, and makes the new ones, each behind those that it refers to.
    fn change_tables(&mut self) {
        for at in table_order(&self.after.tables) {
            let Some(after) = self.after.tables.get(at) else {
                continue;
            };
            let carried = self.carried.tables.get(&after.name);
            let (Some(before), Some(carried)) = (self.state.table(&after.name), carried) else {
                self.touch(&after.name);
                self.rebuilds.push(emit::create_table(after));
                self.rebuilds.extend(emit::insert_rows(after, &after.rows));
                continue;
            };
            let (first, last) = rows::change(before, after);
            self.in_place.extend(first);
            self.gone_rows.extend(last);
            match table::change(before, after, carried) {
                Change::Nothing => {}
                Change::InPlace(statements) => {
                    self.touch(&after.name);
                    self.in_place.extend(statements);
                }
                Change::Rebuild { guards, statements } => {
                    self.touch(&after.name);
                    self.guards.extend(guards);
                    self.rebuilds.extend(statements);
                    self.rebuilt.insert(after.name.to_lowercase());
                    self.out.rebuilt.push(after.name.clone());
                }
            }
        }
    }

    fn touch(&mut self, table: &str) {
        self.touched.insert(table.to_lowercase());
    }

    /// Whether a table that is rebuilt or dropped has rows that refer to it, or rows are written before what they refer to
    /// is a key again.
    fn needs_foreign_keys_off(&self) -> bool {
        let refers = |table: &Table, to: &str| {
            table
                .foreign_keys
                .iter()
                .any(|f| f.ref_table.eq_ignore_ascii_case(to))
        };
        let dropped = |name: &str| {
            self.dropped
                .iter()
                .any(|d| d.name.eq_ignore_ascii_case(name))
        };
        let kept_refers_to_dropped = self
            .before
            .tables
            .iter()
            .filter(|t| !dropped(&t.name))
            .any(|t| self.dropped.iter().any(|d| refers(t, &d.name)));
        let refers_to_rebuilt = self
            .state
            .tables
            .iter()
            .any(|t| self.rebuilt.iter().any(|r| refers(t, r)));
        let refers_to_itself = self
            .after
            .tables
            .iter()
            .any(|t| self.rebuilt.contains(&t.name.to_lowercase()) && refers(t, &t.name));
        kept_refers_to_dropped || refers_to_rebuilt || refers_to_itself || self.writes_before_keys()
    }

    /// Whether rows are copied or inserted whose foreign key needs a unique index that is made when all tables are done.
    fn writes_before_keys(&self) -> bool {
        let (_, late) = self.indexes();
        let written = self.after.tables.iter().filter(|t| {
            let made = !self.carried.tables.contains_key(&t.name) && !t.rows.is_empty();
            made || self.rebuilt.contains(&t.name.to_lowercase())
        });
        written.flat_map(|t| &t.foreign_keys).any(|key| {
            late.iter().any(|i| {
                i.unique
                    && i.table.eq_ignore_ascii_case(&key.ref_table)
                    && i.parts.len() == key.ref_columns.len()
                    && i.parts.iter().all(|part| {
                        let column = match &part.key {
                            IndexKey::Column(name) => Some(name),
                            IndexKey::Expr(_) => None,
                        };
                        key.ref_columns
                            .iter()
                            .any(|c| column.is_some_and(|p| p.eq_ignore_ascii_case(c)))
                    })
            })
        })
    }

    /// Everything in the order in which it works.
    fn arrange(mut self) -> Plan {
        self.out.foreign_keys_off = self.needs_foreign_keys_off();
        let views = self.views_to_drop();
        let triggers = self.triggers_to_drop(&views);
        let mut statements = std::mem::take(&mut self.guards);
        let drop = |kind: &str, name: &str| format!("DROP {kind} {}", quote(name));
        statements.extend(triggers.iter().map(|t| drop("TRIGGER", &t.name)));
        statements.extend(views.iter().rev().map(|v| drop("VIEW", &v.name)));
        let (old, new) = self.indexes();
        statements.extend(old.iter().map(|name| drop("INDEX", name)));
        if !self.out.foreign_keys_off {
            statements.extend(emit::untie(&self.dropped));
        }
        statements.extend(self.dropped.iter().rev().map(|t| drop("TABLE", &t.name)));
        statements.append(&mut self.renames);
        statements.append(&mut self.in_place);
        statements.append(&mut self.rebuilds);
        statements.append(&mut self.gone_rows);
        statements.extend(new.into_iter().map(emit::create_index));
        for view in &self.after.views {
            let had = self.before.views.iter().any(|v| v.name == view.name);
            if !had || views.iter().any(|v| v.name == view.name) {
                statements.push(emit::create_view(view));
            }
        }
        for trigger in &self.after.triggers {
            let had = self.before.triggers.iter().any(|t| t.name == trigger.name);
            if !had || triggers.iter().any(|t| t.name == trigger.name) {
                self.out.triggers.push(trigger.clone());
            }
        }
        let tables = self.dropped.iter().map(|t| t.name.clone());
        self.out.discarded.extend(tables);
        self.out.statements = statements;
        self.out
    }

    /// Names of indexes that go by a statement of their own, and those that are made.
    fn indexes(&self) -> (Vec<String>, Vec<&'a Index>) {
        let is_rebuilt = |i: &Index| self.rebuilt.contains(&i.table.to_lowercase());
        let stays =
            |i: &Index| !is_rebuilt(i) && self.after.indexes.iter().any(|a| same_index(a, i));
        let old = self.state.indexes.iter();
        let old = old.filter(|i| !is_rebuilt(i) && !stays(i));
        let new = self.after.indexes.iter().filter(|a| {
            let there = |i: &Index| same_index(a, i) && !is_rebuilt(i);
            !self.state.indexes.iter().any(there)
        });
        (old.map(|i| i.name.clone()).collect(), new.collect())
    }

    fn names_touched(&self, sql: &str) -> bool {
        self.touched.iter().any(|name| mentions(sql, name))
    }

    /// Views that are not wanted any more, are wanted otherwise, or name what changes; with those that name them.
    fn views_to_drop(&self) -> Vec<&'a View> {
        let same = |a: &View, b: &View| {
            a.name == b.name && a.columns == b.columns && normal(&a.query) == normal(&b.query)
        };
        let mut gone: Vec<bool> = self
            .before
            .views
            .iter()
            .map(|v| self.names_touched(&v.query) || !self.after.views.iter().any(|a| same(a, v)))
            .collect();
        // A view can only name views that stand before it.
        for at in 0..gone.len() {
            let names_gone = self.before.views.get(at).is_some_and(|view| {
                let earlier = self.before.views.iter().zip(&gone).take(at);
                earlier
                    .filter(|(_, gone)| **gone)
                    .any(|(other, _)| mentions(&view.query, &other.name))
            });
            if let Some(place) = gone.get_mut(at) {
                *place |= names_gone;
            }
        }
        let views = self.before.views.iter().zip(gone);
        views.filter(|(_, gone)| *gone).map(|(v, _)| v).collect()
    }

    /// Triggers likewise.
    fn triggers_to_drop(&self, views: &[&View]) -> Vec<&'a Trigger> {
        let same = |a: &Trigger, b: &Trigger| {
            a.name == b.name && a.table == b.table && normal(&a.sql) == normal(&b.sql)
        };
        let names_view = |t: &Trigger| views.iter().any(|v| mentions(&t.sql, &v.name));
        self.before
            .triggers
            .iter()
            .filter(|t| {
                self.names_touched(&t.sql)
                    || names_view(t)
                    || !self.after.triggers.iter().any(|a| same(a, t))
            })
            .collect()
    }
}
