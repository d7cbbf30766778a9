//! What becomes of tables and columns while operations run: which is the same under another name, and how its values change.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::ir::{EnumAction, IdentityChange, OpKind, QualName};

/// What tables continue. A table of which nothing was observed continues the one of its name.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    /// Tables that something was observed of, by their names now.
    tables: IndexMap<QualName, Tracked>,
    /// Names that were left: a table of such a name, if there is one, is another.
    left: BTreeSet<QualName>,
    /// Columns that were added to tables which were there: their rows have the default of that moment.
    added: BTreeSet<(QualName, String)>,
    /// Tables that were made.
    made: BTreeSet<QualName>,
    /// Labels of enums that are called otherwise: type, before, after, in order.
    labels: Vec<(QualName, String, String)>,
}

/// One table. A column of which nothing was observed continues the one of its name.
#[derive(Debug, Clone)]
struct Tracked {
    /// Name before.
    was: QualName,
    /// Columns by their names now.
    columns: IndexMap<String, TrackedColumn>,
    /// Names that were left.
    left: BTreeSet<String>,
}

/// One column.
#[derive(Debug, Clone, Default)]
pub(super) struct TrackedColumn {
    /// Name before.
    pub was: String,
    /// `USING` of its change of type, over the names before.
    pub using: Option<String>,
    /// Whether its type was changed.
    retyped: bool,
}

impl Tracked {
    fn new(was: QualName) -> Self {
        Self {
            was,
            columns: IndexMap::new(),
            left: BTreeSet::new(),
        }
    }

    fn column(&self, name: &str) -> Option<TrackedColumn> {
        match self.columns.get(name) {
            Some(column) => Some(column.clone()),
            None if self.left.contains(name) => None,
            None => Some(TrackedColumn {
                was: name.to_owned(),
                ..TrackedColumn::default()
            }),
        }
    }
}

impl Track {
    /// The name before of a table, if it continues one.
    pub fn was<'a>(&'a self, table: &'a QualName) -> Option<&'a QualName> {
        match self.tables.get(table) {
            Some(tracked) => Some(&tracked.was),
            None => Some(table).filter(|name| !self.left.contains(*name)),
        }
    }

    /// What a column of a table continues.
    pub fn column(&self, table: &QualName, column: &str) -> Option<TrackedColumn> {
        match self.tables.get(table) {
            Some(tracked) => tracked.column(column),
            None if self.left.contains(table) => None,
            None => Tracked::new(table.clone()).column(column),
        }
    }

    /// Labels of a type that are called otherwise: before, after.
    pub fn labels<'a>(&'a self, of: &'a QualName) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = self.labels.iter().filter(move |(ty, _, _)| ty == of);
        own.map(|(_, before, after)| (before.as_str(), after.as_str()))
    }

    /// Whether what was observed has to be written before this can be: a second change of a column's type counts from the
    /// values that the first one made, and so does any change of names that an expression would have to follow; and rows keep
    /// the default that a column was added with, whatever it has behind that.
    pub fn needs_flush(&self, kind: &OpKind) -> bool {
        let OpKind::AlterColumn(op) = kind else {
            return false;
        };
        let filled = !op.default.is_keep() || op.identity != IdentityChange::default();
        if filled && self.added.contains(&(op.table.clone(), op.column.clone())) {
            return true;
        }
        if op.type_.is_none() {
            return false;
        }
        let Some(table) = self.tables.get(&op.table) else {
            return false;
        };
        let moved = table.was != op.table || table.columns.iter().any(|(now, c)| *now != c.was);
        let again = table.columns.get(&op.column).is_some_and(|c| c.retyped);
        again || (moved && op.using.is_some())
    }

    /// Follows one operation.
    pub fn observe(&mut self, kind: &OpKind) {
        match kind {
            OpKind::RenameTable(op) => {
                let to = QualName::qualified(op.name.schema.as_deref(), op.new_name.clone());
                self.rename(&op.name, to);
            }
            OpKind::SetTableSchema(op) => {
                let to = QualName::qualified(Some(&op.new_schema), op.name.name.clone());
                self.rename(&op.name, to);
            }
            OpKind::DropTable(op) => {
                self.tables.shift_remove(&op.name);
                self.left.insert(op.name.clone());
            }
            OpKind::DropColumn(op) => {
                if let Some(table) = self.table(&op.table) {
                    table.columns.shift_remove(&op.column);
                    table.left.insert(op.column.clone());
                }
            }
            OpKind::CreateTable(op) => {
                self.made.insert(op.name.clone());
            }
            OpKind::AddColumn(op) if !self.made.contains(&op.table) => {
                let added = (op.table.clone(), op.column.name.clone());
                self.added.insert(added);
            }
            OpKind::AlterColumn(op) if op.type_.is_some() || op.new_name.is_some() => {
                if let Some(new) = &op.new_name
                    && self.added.remove(&(op.table.clone(), op.column.clone()))
                {
                    self.added.insert((op.table.clone(), new.clone()));
                }
                let Some(table) = self.table(&op.table) else {
                    return;
                };
                let Some(mut column) = table.column(&op.column) else {
                    return;
                };
                if op.type_.is_some() {
                    column.using = op.using.as_ref().map(|e| e.sql().to_owned());
                    column.retyped = true;
                }
                let now = op.new_name.as_ref().unwrap_or(&op.column);
                if *now != op.column {
                    table.columns.shift_remove(&op.column);
                    table.left.insert(op.column.clone());
                }
                table.columns.insert(now.clone(), column);
            }
            OpKind::AlterEnum(op) => {
                if let EnumAction::RenameValue { from, to } = &op.action {
                    self.labels
                        .push((op.name.clone(), from.clone(), to.clone()));
                }
            }
            OpKind::RenameType(op) => {
                let to = QualName::qualified(op.name.schema.as_deref(), op.new_name.clone());
                for label in &mut self.labels {
                    if label.0 == op.name {
                        label.0.clone_from(&to);
                    }
                }
            }
            // Everything else makes what was not there, or what goes with something: who asks looks at both schemas.
            _ => {}
        }
    }

    /// A table that continues one, to be changed.
    fn table(&mut self, name: &QualName) -> Option<&mut Tracked> {
        if !self.tables.contains_key(name) && self.left.contains(name) {
            return None;
        }
        let entry = self.tables.entry(name.clone());
        Some(entry.or_insert_with(|| Tracked::new(name.clone())))
    }

    fn rename(&mut self, from: &QualName, to: QualName) {
        if self.table(from).is_some()
            && let Some(table) = self.tables.shift_remove(from)
        {
            self.left.insert(from.clone());
            let added = std::mem::take(&mut self.added);
            let moved = added.into_iter().map(|(name, column)| {
                let name = if name == *from { to.clone() } else { name };
                (name, column)
            });
            self.added = moved.collect();
            if self.made.remove(from) {
                self.made.insert(to.clone());
            }
            self.tables.insert(to, table);
        }
    }

    /// The way back; expressions and labels go by the types alone.
    pub fn reversed(&self) -> Self {
        let tables = self.tables.iter().map(|(now, table)| {
            let columns = table.columns.iter().map(|(name, column)| {
                let back = TrackedColumn {
                    was: name.clone(),
                    using: None,
                    retyped: column.retyped,
                };
                (column.was.clone(), back)
            });
            let left = table.left.iter().chain(table.columns.keys());
            let back = Tracked {
                was: now.clone(),
                columns: columns.collect(),
                left: left.cloned().collect(),
            };
            (table.was.clone(), back)
        });
        let left = self.left.iter().chain(self.tables.keys());
        let labels = self.labels.iter().rev();
        Self {
            tables: tables.collect(),
            left: left.cloned().collect(),
            added: BTreeSet::new(),
            made: BTreeSet::new(),
            labels: labels
                .map(|(ty, before, after)| (ty.clone(), after.clone(), before.clone()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{DropTable, RenameTable};

    fn name(text: &str) -> QualName {
        QualName::qualified(None, text)
    }

    #[test]
    fn a_name_that_was_left_is_another_table() {
        let mut track = Track::default();
        let rename = |from: &str, to: &str| {
            OpKind::RenameTable(RenameTable {
                name: name(from),
                new_name: to.to_owned(),
                if_exists: false,
            })
        };
        track.observe(&rename("a", "b"));
        track.observe(&OpKind::DropTable(DropTable {
            name: name("c"),
            if_exists: false,
            cascade: false,
        }));
        assert_eq!(track.was(&name("b")), Some(&name("a")));
        assert_eq!(track.was(&name("a")), None);
        assert_eq!(track.was(&name("c")), None);
        assert_eq!(track.was(&name("d")), Some(&name("d")));
        let back = track.reversed();
        assert_eq!(back.was(&name("a")), Some(&name("b")));
        assert_eq!(back.was(&name("b")), None);
        track.observe(&rename("b", "a"));
        assert_eq!(track.was(&name("a")), Some(&name("a")));
    }
}
