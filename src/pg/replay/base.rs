//! What a history expects to be there before its first revision: objects that no revision makes, each told once at the line
//! that first needs it, and what could not be made for want of them.

use std::collections::BTreeSet;

use super::{Failure, Replay, catalog_name, ident};
use crate::diag::Code;
use crate::ir::{OpKind, QualName};
use crate::pg::names::{quote_ident, quote_qualified};
use crate::pg::schema::Schema;

/// Something that an operation can need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    /// A table, view or sequence.
    Relation(QualName),
    /// An index.
    Index(QualName),
    /// A type that is no table's row.
    Type(QualName),
    /// A schema.
    Schema(String),
    /// A constraint of a table.
    Constraint(QualName, String),
}

/// What is known of the objects that are not there.
#[derive(Debug, Clone, Default)]
pub(super) struct Base {
    /// Objects that were there at some time: a missing one that never was belongs to an unknown base.
    known: BTreeSet<Object>,
    /// Objects of the base that were told already.
    told: BTreeSet<Object>,
    /// Objects that an operation would have made, had the base been there: they are missing for a reason that was told.
    owed: BTreeSet<Object>,
}

impl Base {
    /// What is there in a schema.
    pub(super) fn of(schema: &Schema) -> Self {
        let relations = schema
            .tables
            .keys()
            .chain(schema.views.keys())
            .chain(schema.sequences.keys());
        let types = schema
            .enums
            .keys()
            .chain(schema.domains.keys())
            .chain(schema.composites.keys())
            .chain(
                schema
                    .others
                    .iter()
                    .filter(|o| o.kind == "TYPE")
                    .map(|o| &o.name),
            );
        let indexes = schema.tables.iter().flat_map(|(name, table)| {
            let named = move |index: &str| QualName::qualified(name.schema.as_deref(), index);
            let constraints = table
                .constraints
                .iter()
                .filter(|c| super::lookup::has_index(c));
            let own = table.indexes.iter().map(move |i| named(i.name()));
            own.chain(constraints.map(move |c| named(c.name())))
        });
        Self {
            known: relations
                .cloned()
                .map(Object::Relation)
                .chain(indexes.map(Object::Index))
                .chain(types.cloned().map(Object::Type))
                .chain(schema.schemas.keys().cloned().map(Object::Schema))
                .collect(),
            ..Self::default()
        }
    }

    /// An object is there now.
    pub(super) fn know(&mut self, object: Object) {
        self.owed.remove(&object);
        self.known.insert(object);
    }

    /// An object is not there because something of the base is not.
    pub(super) fn owe(&mut self, object: Object) {
        self.owed.insert(object);
    }

    /// Whether an object is missing for a reason that was told.
    pub(super) fn is_owed(&self, object: &Object) -> bool {
        self.owed.contains(object)
    }

    /// Whether an object is to be told: not if it was, or if its cause was.
    pub(super) fn tell(&mut self, object: &Object) -> bool {
        !self.owed.contains(object) && self.told.insert(object.clone())
    }

    /// Whether the base has to bring an object.
    fn brings(&self, object: &Object) -> bool {
        match object {
            // A table that is there was made by a revision, with the constraints that it has: only what was owed is missing.
            Object::Constraint(..) => self.owed.contains(object),
            // An index belongs to a table: where no table of the base was needed, no index of it is either.
            Object::Index(_) => {
                let tables = self.told.iter().any(|o| matches!(o, Object::Relation(_)));
                self.owed.contains(object) || (tables && !self.known.contains(object))
            }
            Object::Relation(_) | Object::Type(_) | Object::Schema(_) => {
                self.owed.contains(object) || !self.known.contains(object)
            }
        }
    }

    /// A table got another name.
    pub(super) fn moved(&mut self, from: &QualName, to: &QualName) {
        let of_table = |o: &Object| matches!(o, Object::Constraint(table, _) if table == from);
        let constraints: Vec<Object> = self.owed.iter().filter(|o| of_table(o)).cloned().collect();
        for object in constraints {
            self.owed.remove(&object);
            if let Object::Constraint(_, name) = object {
                self.owed.insert(Object::Constraint(to.clone(), name));
            }
        }
    }

    /// A schema got another name: what was in it is known there.
    pub(super) fn schema_moved(&mut self, moved: &dyn Fn(&QualName) -> Option<QualName>) {
        let there = self.known.iter().filter_map(|object| match object {
            Object::Relation(name) => moved(name).map(Object::Relation),
            Object::Index(name) => moved(name).map(Object::Index),
            Object::Type(name) => moved(name).map(Object::Type),
            Object::Schema(_) | Object::Constraint(..) => None,
        });
        let there: Vec<Object> = there.collect();
        self.known.extend(there);
    }
}

impl Replay {
    /// An object is missing: of an unknown base where no revision made it.
    pub(super) fn missing(&self, object: Object, sentence: impl Into<String>) -> Failure {
        let base = self.base.brings(&object);
        let what = match &object {
            Object::Index(name) => format!("index {}", quote_qualified(name)),
            Object::Relation(name) => format!("table {}", quote_qualified(name)),
            Object::Type(name) => format!("type {}", quote_qualified(name)),
            Object::Schema(name) => format!("schema {}", quote_ident(name)),
            Object::Constraint(table, name) => format!(
                "constraint {} of table {}",
                quote_ident(name),
                quote_qualified(table)
            ),
        };
        Failure {
            code: if base {
                Code::MissingBase
            } else {
                Code::MissingObject
            },
            message: sentence.into(),
            help: base.then(|| {
                format!("give the schema that the history starts from, with {what}, by --base FILE")
            }),
            missing: Some(Box::new(object)),
        }
    }

    /// Notes what an operation that failed for want of a base object would have made.
    pub(super) fn owe_what_it_makes(&mut self, kind: &OpKind) {
        let sibling = |name: &QualName, new: &str| {
            QualName::qualified(catalog_name(name).schema.as_deref(), ident(new))
        };
        let object = match kind {
            OpKind::CreateTable(op) => Object::Relation(catalog_name(&op.name)),
            OpKind::RenameTable(op) => Object::Relation(sibling(&op.name, &op.new_name)),
            OpKind::SetTableSchema(op) => Object::Relation(QualName::qualified(
                Some(&ident(&op.new_schema)),
                catalog_name(&op.name).name,
            )),
            OpKind::CreateView(op) => Object::Relation(catalog_name(&op.name)),
            OpKind::CreateSequence(op) => Object::Relation(catalog_name(&op.name)),
            OpKind::AlterSequence(op) => match &op.new_name {
                Some(new) => Object::Relation(sibling(&op.name, new)),
                None => return,
            },
            OpKind::CreateIndex(op) => match &op.index.name {
                Some(name) => Object::Index(sibling(&op.index.table, name)),
                None => return,
            },
            OpKind::RenameIndex(op) => Object::Index(sibling(&op.name, &op.new_name)),
            OpKind::RenameType(op) => Object::Type(sibling(&op.name, &op.new_name)),
            OpKind::CreateDomain(op) => Object::Type(catalog_name(&op.name)),
            OpKind::CreateComposite(op) => Object::Type(catalog_name(&op.name)),
            OpKind::RenameSchema(op) => Object::Schema(ident(&op.new_name)),
            OpKind::RenameConstraint(op) => {
                Object::Constraint(catalog_name(&op.table), ident(&op.new_name))
            }
            _ => return,
        };
        self.base.owe(object);
    }
}
