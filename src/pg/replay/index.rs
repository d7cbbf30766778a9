//! Indexes.

use super::base::Object;
use super::lookup::{IndexPlace, find_index};
use super::{Failure, Outcome, Replay, catalog_name, ident, idents};
use crate::diag::Code;
use crate::ir::{CreateIndex, DropIndex, Index, IndexKey, QualName, RenameIndex};
use crate::pg::names;
use crate::pg::schema::{TableIndex, TableKind};
use crate::pg::sql::{columns_in, figure_name};

impl Replay {
    pub(super) fn create_index(&mut self, op: &CreateIndex) -> Outcome {
        let table = catalog_name(&op.index.table);
        if self.temporary.contains(&table) || Self::is_version_table(&table) {
            if let Some(name) = &op.index.name {
                self.temporary.insert(QualName::new(ident(name)));
            }
            return Ok(());
        }
        if let Some(name) = &op.index.name {
            let name = QualName::qualified(table.schema.as_deref(), ident(name));
            if self.relation_exists(&name) {
                if op.if_not_exists {
                    return Ok(());
                }
                return Err(Failure::duplicate(format!(
                    "relation \"{}\" already exists",
                    name.name
                )));
            }
        }
        self.add_index(&op.index)
    }

    /// Adds an index, its name invented where none is given.
    pub(super) fn add_index(&mut self, index: &Index) -> Outcome {
        let table = catalog_name(&index.table);
        let mut new = index.clone();
        new.table = table.clone();
        new.include = idents(&index.include);
        new.comment = index.comment.clone().filter(|c| !c.is_empty());
        for part in &mut new.parts {
            if let IndexKey::Column(name) = &mut part.key {
                *name = ident(name);
            }
        }
        let materialized = self.schema.views.contains_key(&table);
        if !materialized {
            self.need_index_columns(&table, &new)?;
        }
        let schema = table.schema.as_deref();
        let name = match &index.name {
            Some(name) => ident(name),
            None => {
                let keys: Vec<String> = new
                    .parts
                    .iter()
                    .map(|p| match &p.key {
                        IndexKey::Column(name) => name.clone(),
                        IndexKey::Expr(expr) => figure_name(expr.sql()),
                    })
                    .chain(new.include.iter().cloned())
                    .collect();
                names::index_name(&table.name, &names::index_column_names(&keys), |n| {
                    self.relation_exists(&QualName::qualified(schema, n))
                })
            }
        };
        self.base
            .know(Object::Index(QualName::qualified(schema, &*name)));
        new.name = Some(name);
        let entry = TableIndex {
            index: new.clone(),
            origin: Some(self.origin.clone()),
        };
        if let Some(view) = self.schema.views.get_mut(&table) {
            view.indexes.push(entry);
            return Ok(());
        }
        let target = self.table_mut(&table)?;
        let partitioned = target.kind == TableKind::Partitioned;
        target.indexes.push(entry);
        if partitioned {
            for child in self.children_of(&table) {
                let there = self
                    .table_mut(&child)?
                    .indexes
                    .iter()
                    .any(|i| i.index.parts == new.parts && i.index.predicate == new.predicate);
                if there {
                    continue;
                }
                self.add_index(&Index {
                    name: None,
                    table: child,
                    ..new.clone()
                })?;
            }
        }
        Ok(())
    }

    fn need_index_columns(&mut self, table: &QualName, index: &Index) -> Outcome {
        let target = self.table_mut(table)?;
        let mut wanted: Vec<String> = index.include.clone();
        for part in &index.parts {
            match &part.key {
                IndexKey::Column(name) => wanted.push(name.clone()),
                IndexKey::Expr(expr) => wanted.extend(columns_in(expr.sql())),
            }
        }
        if let Some(predicate) = &index.predicate {
            wanted.extend(columns_in(predicate.sql()));
        }
        let missing = wanted.into_iter().find(|c| target.column(c).is_none());
        match missing {
            Some(missing) => Err(Failure::missing(format!(
                "column \"{missing}\" does not exist"
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn drop_index(&mut self, op: &DropIndex) -> Outcome {
        let name = catalog_name(&op.name);
        if self.temporary.remove(&name) {
            return Ok(());
        }
        if let Some(IndexPlace::Table(table, at)) = find_index(&self.schema, &name) {
            self.drop_keys_on_index(&table, at, op.cascade)?;
        }
        match find_index(&self.schema, &name) {
            Some(IndexPlace::Table(table, at)) => {
                let children = self.descendants_of(&table);
                let target = self.table_mut(&table)?;
                let partitioned = target.kind == TableKind::Partitioned;
                let removed = target.indexes.remove(at);
                if partitioned {
                    for child in children {
                        self.table_mut(&child)?.indexes.retain(|i| {
                            i.index.parts != removed.index.parts
                                || i.index.predicate != removed.index.predicate
                                || i.index.unique != removed.index.unique
                        });
                    }
                }
                Ok(())
            }
            Some(IndexPlace::View(view, at)) => {
                if let Some(view) = self.schema.views.get_mut(&view) {
                    view.indexes.remove(at);
                }
                Ok(())
            }
            Some(IndexPlace::Constraint(table, _)) => Err(Failure::new(
                Code::DependentObjects,
                format!(
                    "cannot drop index {name} because constraint {} on table {table} requires it",
                    name.name
                ),
            )),
            None if op.if_exists => Ok(()),
            None => {
                let sentence = format!("index \"{}\" does not exist", name.name);
                Err(self.missing(Object::Index(name), sentence))
            }
        }
    }

    /// Foreign keys that no key but this index serves go with it.
    fn drop_keys_on_index(&mut self, table: &QualName, at: usize, cascade: bool) -> Outcome {
        let Some(name) = self
            .schema
            .tables
            .get(table)
            .and_then(|t| t.indexes.get(at))
            .filter(|i| i.index.unique)
            .map(|i| i.name().to_owned())
        else {
            return Ok(());
        };
        let dependents = self.keys_relying_on(table, &name);
        if dependents.is_empty() {
            return Ok(());
        }
        if !cascade {
            let list: Vec<String> = dependents
                .iter()
                .map(|(t, c)| format!("constraint {c} on table {t}"))
                .collect();
            let name = QualName::qualified(table.schema.as_deref(), name);
            self.dependents(&format!("index {name}"), &list)?;
        }
        for (other, constraint) in dependents {
            self.table_mut(&other)?
                .constraints
                .retain(|c| c.name() != constraint);
        }
        Ok(())
    }

    pub(super) fn rename_index(&mut self, op: &RenameIndex) -> Outcome {
        let name = catalog_name(&op.name);
        let new = ident(&op.new_name);
        if find_index(&self.schema, &name).is_none() {
            if op.if_exists {
                return Ok(());
            }
            // ALTER INDEX renames any relation.
            if self.schema.tables.contains_key(&name) || self.schema.views.contains_key(&name) {
                let to = QualName::qualified(name.schema.as_deref(), new);
                self.move_relation(&name, &to);
                return Ok(());
            }
            let sentence = format!("relation \"{name}\" does not exist");
            return Err(self.missing(Object::Index(name), sentence));
        }
        let target = QualName::qualified(name.schema.as_deref(), new.clone());
        if self.relation_exists(&target) {
            return Err(Failure::duplicate(format!(
                "relation \"{new}\" already exists"
            )));
        }
        self.rename_index_to(&name, &new)
    }

    /// Renames an index, and the constraint that it backs.
    pub(super) fn rename_index_to(&mut self, name: &QualName, new: &str) -> Outcome {
        let to = QualName::qualified(name.schema.as_deref(), new);
        self.base.know(Object::Index(to));
        let new = Some(new.to_owned());
        match find_index(&self.schema, name) {
            Some(IndexPlace::Table(table, at)) => {
                if let Some(index) = self.table_mut(&table)?.indexes.get_mut(at) {
                    index.index.name = new;
                }
            }
            Some(IndexPlace::Constraint(table, at)) => {
                if let Some(constraint) = self.table_mut(&table)?.constraints.get_mut(at) {
                    constraint.constraint.name = new;
                }
            }
            Some(IndexPlace::View(view, at)) => {
                if let Some(index) = self
                    .schema
                    .views
                    .get_mut(&view)
                    .and_then(|v| v.indexes.get_mut(at))
                {
                    index.index.name = new;
                }
            }
            None => {
                return Err(Failure::missing(format!(
                    "relation \"{name}\" does not exist"
                )));
            }
        }
        Ok(())
    }
}
