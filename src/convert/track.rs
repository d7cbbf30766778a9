//! What becomes of tables and columns while operations run: which is the same under another name, and how its values change.

use indexmap::IndexMap;

use crate::ir::{EnumAction, OpKind, QualName};
use crate::pg::schema::Schema;

/// Tables that are still there, by their names now.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    tables: IndexMap<QualName, Tracked>,
    /// Labels of enums that are called otherwise: type, before, after, in order.
    labels: Vec<(QualName, String, String)>,
}

/// One table.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    /// Name before.
    pub was: QualName,
    /// Columns by their names now.
    pub columns: IndexMap<String, TrackedColumn>,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct TrackedColumn {
    /// Name before.
    pub was: String,
    /// `USING` of its change of type, over the names before.
    pub using: Option<String>,
    /// Whether its type was changed.
    pub retyped: bool,
}

impl Track {
    /// Everything is as it was.
    pub fn start(schema: &Schema) -> Self {
        let tables = schema.tables.iter().map(|(name, table)| {
            let columns = table.columns.iter().map(|c| {
                let column = TrackedColumn {
                    was: c.name.clone(),
                    using: None,
                    retyped: false,
                };
                (c.name.clone(), column)
            });
            let tracked = Tracked {
                was: name.clone(),
                columns: columns.collect(),
            };
            (name.clone(), tracked)
        });
        Self {
            tables: tables.collect(),
            labels: Vec::new(),
        }
    }

    /// The tables.
    pub fn tables(&self) -> impl Iterator<Item = (&QualName, &Tracked)> {
        self.tables.iter()
    }

    /// Labels of a type that are called otherwise: before, after.
    pub fn labels<'a>(&'a self, of: &'a QualName) -> impl Iterator<Item = (&'a str, &'a str)> {
        let own = self.labels.iter().filter(move |(ty, _, _)| ty == of);
        own.map(|(_, before, after)| (before.as_str(), after.as_str()))
    }

    /// Whether what was observed has to be written before this can be: a second change of a column's type counts from the
    /// values that the first one made, and so does any change of names that an expression would have to follow.
    pub fn needs_flush(&self, kind: &OpKind) -> bool {
        let OpKind::AlterColumn(op) = kind else {
            return false;
        };
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
            }
            OpKind::DropColumn(op) => {
                if let Some(table) = self.tables.get_mut(&op.table) {
                    table.columns.shift_remove(&op.column);
                }
            }
            OpKind::AlterColumn(op) => {
                let Some(table) = self.tables.get_mut(&op.table) else {
                    return;
                };
                if let Some(column) = table.columns.get_mut(&op.column)
                    && op.type_.is_some()
                {
                    column.using = op.using.as_ref().map(|e| e.sql().to_owned());
                    column.retyped = true;
                }
                if let Some(to) = &op.new_name
                    && let Some(column) = table.columns.shift_remove(&op.column)
                {
                    table.columns.insert(to.clone(), column);
                }
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
            // Everything else makes what was not there, or what goes with something: `prune` sees to that.
            _ => {}
        }
    }

    fn rename(&mut self, from: &QualName, to: QualName) {
        if let Some(table) = self.tables.shift_remove(from) {
            self.tables.insert(to, table);
        }
    }

    /// Forgets what is not in the schema any more.
    pub fn prune(&mut self, schema: &Schema) {
        self.tables.retain(|name, table| {
            let Some(there) = schema.tables.get(name) else {
                return false;
            };
            table
                .columns
                .retain(|column, _| there.columns.iter().any(|c| c.name == *column));
            true
        });
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
            let back = Tracked {
                was: now.clone(),
                columns: columns.collect(),
            };
            (table.was.clone(), back)
        });
        let labels = self.labels.iter().rev();
        Self {
            tables: tables.collect(),
            labels: labels
                .map(|(ty, before, after)| (ty.clone(), after.clone(), before.clone()))
                .collect(),
        }
    }
}
