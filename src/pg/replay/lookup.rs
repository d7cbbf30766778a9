//! What is where in the schema: one namespace of relations per schema, names of constraints and types.

use super::types::nextval_target;
use super::{Failure, Outcome, Replay};
use crate::ir::{ConstraintKind, QualName};
use crate::pg::named::Mention;
use crate::pg::names;
use crate::pg::schema::{Column, Schema, Table, TableConstraint};

/// Whether a constraint is backed by an index of its name.
pub(super) fn has_index(constraint: &TableConstraint) -> bool {
    is_indexed(&constraint.constraint.kind)
}

/// Whether constraints of a kind are backed by an index.
pub(super) fn is_indexed(kind: &ConstraintKind) -> bool {
    matches!(
        kind,
        ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::Exclude { .. }
    )
}

/// Where an index is kept.
pub(super) enum IndexPlace {
    /// An index of a table: the table, and its position.
    Table(QualName, usize),
    /// The index of a constraint: the table, and the constraint's position.
    Constraint(QualName, usize),
    /// An index of a materialized view.
    View(QualName, usize),
}

/// Finds an index by its name and schema.
pub(super) fn find_index(schema: &Schema, name: &QualName) -> Option<IndexPlace> {
    for table_name in schema.tables.mentioning(Mention::Owns, &name.name) {
        let Some(table) = schema.tables.get(&table_name) else {
            continue;
        };
        if table_name.schema != name.schema {
            continue;
        }
        if let Some(at) = table.indexes.iter().position(|i| i.name() == name.name) {
            return Some(IndexPlace::Table(table_name, at));
        }
        if let Some(at) = table
            .constraints
            .iter()
            .position(|c| c.name() == name.name && has_index(c))
        {
            return Some(IndexPlace::Constraint(table_name, at));
        }
    }
    for (view_name, view) in &schema.views {
        if view_name.schema == name.schema
            && let Some(at) = view.indexes.iter().position(|i| i.name() == name.name)
        {
            return Some(IndexPlace::View(view_name.clone(), at));
        }
    }
    None
}

impl Replay {
    /// Whether a table, view, sequence, index or composite type of that name exists.
    pub(super) fn relation_exists(&self, name: &QualName) -> bool {
        self.schema.tables.contains_key(name)
            || self.schema.views.contains_key(name)
            || self.schema.sequences.contains_key(name)
            || self.schema.composites.contains_key(name)
            || find_index(&self.schema, name).is_some()
    }

    /// Whether a type of that name exists: enum, domain, composite, or the row type of a table or view.
    pub(super) fn type_exists(&self, name: &QualName) -> bool {
        self.schema.enums.contains_key(name)
            || self.schema.domains.contains_key(name)
            || self.schema.composites.contains_key(name)
            || self.schema.tables.contains_key(name)
            || self.schema.views.contains_key(name)
            || self
                .schema
                .others
                .iter()
                .any(|o| o.kind == "TYPE" && o.name == *name)
    }

    /// Whether any table of a schema has a constraint of that name.
    pub(super) fn constraint_name_exists(&self, schema: Option<&str>, name: &str) -> bool {
        let named = |t: &Table| t.constraints.iter().any(|c| c.name() == name);
        self.schema
            .tables_mentioning(Mention::Owns, name, named)
            .iter()
            .any(|table| table.schema.as_deref() == schema)
    }

    /// Whether an invented name of an index-backed constraint is taken.
    pub(super) fn index_constraint_taken(&self, schema: Option<&str>, name: &str) -> bool {
        self.relation_exists(&QualName::qualified(schema, name))
            || self.constraint_name_exists(schema, name)
    }

    /// Invents the name of a sequence for a column.
    pub(super) fn new_sequence_name(&self, table: &QualName, column: &str) -> QualName {
        let schema = table.schema.as_deref();
        let name = names::sequence_name(&table.name, column, |n| {
            self.relation_exists(&QualName::qualified(schema, n))
        });
        QualName::qualified(schema, name)
    }

    /// The table of that name, or PostgreSQL's sentence.
    pub(super) fn table_mut(&mut self, name: &QualName) -> Outcome<&mut Table> {
        if !self.schema.tables.contains_key(name) {
            return Err(if self.schema.views.contains_key(name) {
                Failure::bad(format!("\"{}\" is not a table", name.name))
            } else {
                self.missing_relation(name)
            });
        }
        self.schema
            .tables
            .get_mut(name)
            .ok_or_else(|| Failure::missing(format!("relation \"{name}\" does not exist")))
    }

    /// Partitions and inheritance children of a table.
    pub(super) fn children_of(&self, parent: &QualName) -> Vec<QualName> {
        self.schema
            .tables_mentioning(Mention::ChildOf, &parent.name, |t| {
                t.partition_of.as_ref().is_some_and(|(p, _)| p == parent)
                    || t.inherits.contains(parent)
            })
    }

    /// Tables with a foreign key to a table, the table itself too.
    pub(super) fn referring_to(&self, table: &QualName) -> Vec<QualName> {
        self.schema
            .tables_mentioning(Mention::RefersTo, &table.name, |t| {
                t.constraints.iter().any(|c| c.references() == Some(table))
            })
    }

    /// Tables with a default that draws from a sequence.
    pub(super) fn drawing_from(&self, sequence: &QualName) -> Vec<QualName> {
        self.schema
            .tables_mentioning(Mention::DrawsFrom, &sequence.name, |t| {
                t.columns.iter().any(|c| draws_from(c, sequence))
            })
    }

    /// Views that read a relation, directly or through other views, in order of creation.
    pub(super) fn views_on(&self, relation: &QualName) -> Vec<QualName> {
        let mut found: Vec<QualName> = Vec::new();
        let mut targets = vec![relation.clone()];
        while let Some(target) = targets.pop() {
            for (name, view) in &self.schema.views {
                if *name != target
                    && !found.contains(name)
                    && mentions_word(&view.query, &target.name)
                    && crate::pg::sql::tables_in(&view.query).contains(&target)
                {
                    found.push(name.clone());
                    targets.push(name.clone());
                }
            }
        }
        found
    }
}

/// Whether a column's default draws from a sequence.
pub(super) fn draws_from(column: &Column, sequence: &QualName) -> bool {
    let default = column.default.as_ref();
    default.is_some_and(|d| nextval_target(d).as_ref() == Some(sequence))
}

/// Whether a text can mention a name at all; parsing is for those that do.
pub(super) fn mentions_word(text: &str, name: &str) -> bool {
    text.len() >= name.len() && {
        let lower = text.to_ascii_lowercase();
        lower.contains(&name.to_ascii_lowercase())
    }
}
