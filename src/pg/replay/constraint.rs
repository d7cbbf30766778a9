//! Constraints: their names, and what PostgreSQL adds when it creates them.

use super::base::Object;
use super::column_use::element_expr;
use super::lookup::{has_index, is_indexed};
use super::{Failure, Outcome, Replay, catalog_name, ident, idents};
use crate::diag::Code;
use crate::ir::{
    AddConstraint, AlterConstraint, Constraint, ConstraintKind, DropConstraint, Expr, ForeignKey,
    IndexKey, QualName, RenameConstraint,
};
use crate::pg::names;
use crate::pg::schema::{Table, TableConstraint, TableKind};
use crate::pg::sql::{columns_in, figure_name};

/// Leaves out unique constraints over the very columns of an earlier key of the same statement, as PostgreSQL does; a key
/// without a name takes the name of the one left out (`transformIndexConstraints`).
pub(super) fn without_redundant_indexes(constraints: &[Constraint]) -> Vec<Constraint> {
    let mut ordered: Vec<Constraint> = Vec::new();
    let is_primary = |c: &Constraint| matches!(c.kind, ConstraintKind::PrimaryKey { .. });
    let mut keys: Vec<Constraint> = Vec::new();
    let (primary, others): (Vec<&Constraint>, Vec<&Constraint>) =
        constraints.iter().partition(|c| is_primary(c));
    keys.extend(primary.into_iter().cloned());
    for constraint in others {
        let ConstraintKind::Unique {
            columns,
            include,
            nulls_not_distinct,
            using_index: None,
        } = &constraint.kind
        else {
            ordered.push(constraint.clone());
            continue;
        };
        let prior = keys.iter_mut().find(|k| {
            k.deferrable == constraint.deferrable
                && k.initially_deferred == constraint.initially_deferred
                && match &k.kind {
                    ConstraintKind::PrimaryKey {
                        columns: c,
                        include: i,
                        using_index: None,
                    } => c == columns && i == include && !nulls_not_distinct,
                    ConstraintKind::Unique {
                        columns: c,
                        include: i,
                        nulls_not_distinct: n,
                        using_index: None,
                    } => c == columns && i == include && n == nulls_not_distinct,
                    _ => false,
                }
        });
        match prior {
            Some(prior) => {
                if prior.name.is_none() {
                    prior.name.clone_from(&constraint.name);
                }
            }
            None => keys.push(constraint.clone()),
        }
    }
    keys.append(&mut ordered);
    keys
}

impl Replay {
    pub(super) fn add_constraint_op(&mut self, op: &AddConstraint) -> Outcome {
        let table = catalog_name(&op.table);
        if self.temporary.contains(&table) || Self::is_version_table(&table) {
            return Ok(());
        }
        self.add_constraint(&table, &op.constraint)
    }

    /// Adds a constraint to a table, with its name invented where none is given.
    pub(super) fn add_constraint(&mut self, name: &QualName, constraint: &Constraint) -> Outcome {
        self.table_mut(name)?;
        let mut new = constraint.clone();
        new.name = constraint.name.as_deref().map(ident);
        if let Err(failure) = self.resolve_kind(name, &mut new) {
            if failure.code == Code::MissingBase {
                let owed = match &new.name {
                    Some(given) => given.clone(),
                    None => self.invent_constraint_name(name, &new.kind),
                };
                self.base.owe(Object::Constraint(name.clone(), owed));
            }
            return Err(failure);
        }
        let given = new.name.clone();
        let chosen = match &given {
            Some(given) => {
                self.check_constraint_name(name, given, &new)?;
                given.clone()
            }
            None => self.invent_constraint_name(name, &new.kind),
        };
        new.name = Some(chosen);
        if let Some(chosen) = &new.name {
            self.base
                .know(Object::Constraint(name.clone(), chosen.clone()));
            if is_indexed(&new.kind) {
                let index = QualName::qualified(name.schema.as_deref(), chosen.clone());
                self.base.know(Object::Index(index));
            }
        }
        let origin = Some(self.origin.clone());
        let table = self.table_mut(name)?;
        let partitioned = table.kind == TableKind::Partitioned;
        if let ConstraintKind::PrimaryKey { columns, .. } = &new.kind {
            for column in &mut table.columns {
                if columns.contains(&column.name) {
                    column.nullable = false;
                }
            }
        }
        table.constraints.push(TableConstraint {
            constraint: new.clone(),
            origin,
        });
        for child in self.children_of(name) {
            let inherited = match &new.kind {
                ConstraintKind::Check {
                    no_inherit: false, ..
                } => new.clone(),
                ConstraintKind::ForeignKey(_) if partitioned => new.clone(),
                _ if partitioned => Constraint {
                    name: None,
                    ..new.clone()
                },
                _ => continue,
            };
            let there = self
                .table_mut(&child)?
                .constraints
                .iter()
                .any(|c| is_copy_of(&c.constraint, &new));
            if !there {
                self.add_constraint(&child, &inherited)?;
            }
        }
        Ok(())
    }

    /// Fills in what the clause leaves to PostgreSQL, and checks the columns.
    fn resolve_kind(&mut self, name: &QualName, constraint: &mut Constraint) -> Outcome {
        let given = constraint.name.clone();
        match &mut constraint.kind {
            ConstraintKind::PrimaryKey {
                columns,
                include,
                using_index,
            } => {
                if let Some(index) = using_index.take() {
                    *columns = self.take_index(name, &ident(&index), given.as_deref())?;
                    constraint.name = given.or_else(|| Some(ident(&index)));
                } else {
                    *columns = idents(columns);
                    *include = idents(include);
                }
                self.need_key_columns(name, columns)?;
                if !self.table_mut(name)?.primary_key().is_empty() {
                    return Err(Failure::duplicate(format!(
                        "multiple primary keys for table \"{}\" are not allowed",
                        name.name
                    )));
                }
            }
            ConstraintKind::Unique {
                columns,
                include,
                using_index,
                ..
            } => {
                if let Some(index) = using_index.take() {
                    *columns = self.take_index(name, &ident(&index), given.as_deref())?;
                    constraint.name = given.or_else(|| Some(ident(&index)));
                } else {
                    *columns = idents(columns);
                    *include = idents(include);
                }
                self.need_key_columns(name, columns)?;
            }
            ConstraintKind::ForeignKey(key) => self.resolve_foreign_key(name, key)?,
            ConstraintKind::Check { expr, .. } => self.need_expr_columns(name, expr)?,
            ConstraintKind::Exclude { .. } => {}
        }
        Ok(())
    }

    fn need_key_columns(&mut self, table: &QualName, columns: &[String]) -> Outcome {
        let target = self.table_mut(table)?;
        match columns.iter().find(|c| target.column(c).is_none()) {
            Some(missing) => Err(Failure::missing(format!(
                "column \"{missing}\" named in key does not exist"
            ))),
            None => Ok(()),
        }
    }

    fn need_expr_columns(&mut self, table: &QualName, expr: &Expr) -> Outcome {
        let target = self.table_mut(table)?;
        let missing = columns_in(expr.sql())
            .into_iter()
            .find(|c| target.column(c).is_none() && !is_system_name(c));
        match missing {
            Some(missing) => self.tolerate(Failure::missing(format!(
                "column \"{missing}\" does not exist"
            ))),
            None => Ok(()),
        }
    }

    fn resolve_foreign_key(&mut self, table: &QualName, key: &mut ForeignKey) -> Outcome {
        key.columns = idents(&key.columns);
        key.ref_columns = idents(&key.ref_columns);
        key.ref_table = catalog_name(&key.ref_table);
        let target = self.table_mut(table)?;
        if let Some(missing) = key.columns.iter().find(|c| target.column(c).is_none()) {
            return Err(Failure::missing(format!(
                "column \"{missing}\" referenced in foreign key constraint does not exist"
            )));
        }
        let referred = key.ref_table.clone();
        let target = self.table_mut(&referred)?;
        if key.ref_columns.is_empty() {
            key.ref_columns = target.primary_key().to_vec();
            if key.ref_columns.is_empty() {
                return Err(Failure::missing(format!(
                    "there is no primary key for referenced table \"{}\"",
                    referred.name
                )));
            }
        }
        if let Some(missing) = key.ref_columns.iter().find(|c| target.column(c).is_none()) {
            return Err(Failure::missing(format!(
                "column \"{missing}\" referenced in foreign key constraint does not exist"
            )));
        }
        if key.columns.len() != key.ref_columns.len() {
            return Err(Failure::bad(
                "number of referencing and referenced columns for foreign key disagree",
            ));
        }
        if unique_key_for(target, &key.ref_columns).is_none() {
            let referred = referred.name;
            return self.tolerate(Failure::missing(format!(
                "there is no unique constraint matching given keys for referenced table \"{referred}\""
            )));
        }
        Ok(())
    }

    /// The columns of an index that becomes a constraint; the index is taken off the table's list.
    fn take_index(
        &mut self,
        table: &QualName,
        index: &str,
        name: Option<&str>,
    ) -> Outcome<Vec<String>> {
        let target = self.table_mut(table)?;
        let Some(at) = target.indexes.iter().position(|i| i.name() == index) else {
            return Err(Failure::missing(format!(
                "index \"{index}\" does not exist"
            )));
        };
        let columns: Vec<String> = target
            .indexes
            .get(at)
            .map(|i| {
                i.index
                    .parts
                    .iter()
                    .filter_map(|p| match &p.key {
                        IndexKey::Column(c) => Some(c.clone()),
                        IndexKey::Expr(_) => None,
                    })
                    .collect()
            })
            .unwrap_or_default();
        if let Some(name) = name
            && name != index
        {
            let renamed = QualName::qualified(table.schema.as_deref(), name);
            if self.relation_exists(&renamed) {
                return Err(Failure::duplicate(format!(
                    "relation \"{name}\" already exists"
                )));
            }
        }
        self.table_mut(table)?.indexes.remove(at);
        Ok(columns)
    }

    fn check_constraint_name(
        &mut self,
        table: &QualName,
        given: &str,
        constraint: &Constraint,
    ) -> Outcome {
        let indexed = is_indexed(&constraint.kind);
        let relation = QualName::qualified(table.schema.as_deref(), given);
        if indexed && self.relation_exists(&relation) {
            return Err(Failure::duplicate(format!(
                "relation \"{given}\" already exists"
            )));
        }
        let target = self.table_mut(table)?;
        if target.constraints.iter().any(|c| c.name() == given) {
            return Err(Failure::duplicate(format!(
                "constraint \"{given}\" for relation \"{}\" already exists",
                table.name
            )));
        }
        Ok(())
    }

    fn invent_constraint_name(&self, table: &QualName, kind: &ConstraintKind) -> String {
        let schema = table.schema.as_deref();
        let index_taken = |n: &str| self.index_constraint_taken(schema, n);
        let taken = |n: &str| self.constraint_name_exists(schema, n);
        match kind {
            ConstraintKind::PrimaryKey { .. } => names::primary_key_name(&table.name, index_taken),
            ConstraintKind::Unique {
                columns, include, ..
            } => {
                let all: Vec<&String> = columns.iter().chain(include).collect();
                names::unique_name(&table.name, &names::index_column_names(&all), index_taken)
            }
            ConstraintKind::ForeignKey(key) => {
                names::foreign_key_name(&table.name, &key.columns, taken)
            }
            ConstraintKind::Check { expr, .. } => {
                let own = self.schema.tables.get(table);
                let columns: Vec<String> = columns_in(expr.sql())
                    .into_iter()
                    .filter(|c| own.is_some_and(|t| t.column(c).is_some()))
                    .collect();
                names::check_name(&table.name, &columns, taken)
            }
            ConstraintKind::Exclude { elements, .. } => {
                let keys: Vec<String> = elements
                    .iter()
                    .map(|(element, _)| figure_name(element_expr(element)))
                    .collect();
                names::exclude_name(&table.name, &names::index_column_names(&keys), index_taken)
            }
        }
    }

    fn no_constraint(&self, name: &str, table: &QualName) -> Failure {
        let sentence = format!(
            "constraint \"{name}\" of relation \"{}\" does not exist",
            table.name
        );
        self.missing(Object::Constraint(table.clone(), name.to_owned()), sentence)
    }

    /// The one foreign key of a table whose automatic name is another since PostgreSQL 12, when this is its name before
    /// (PostgreSQL 12's release notes, E.2: names of foreign keys of several columns).
    fn renamed_by_release(&self, table: &QualName, name: &str) -> Option<String> {
        let own = self.schema.tables.get(table)?;
        if own.constraints.iter().any(|c| c.name() == name) {
            return None;
        }
        let mut found = own.constraints.iter().filter_map(|c| {
            let ConstraintKind::ForeignKey(key) = &c.constraint.kind else {
                return None;
            };
            let (first, many) = (key.columns.first()?, key.columns.len() > 1);
            let automatic = names::foreign_key_name(&table.name, &key.columns, |_| false);
            let before = names::foreign_key_name(&table.name, &[first], |_| false);
            (many && c.name() == automatic && before == name).then_some(automatic)
        });
        let one = found.next()?;
        found.next().is_none().then_some(one)
    }

    pub(super) fn drop_constraint(&mut self, op: &DropConstraint) -> Outcome {
        let table = catalog_name(&op.table);
        if self.temporary.contains(&table) || Self::is_version_table(&table) {
            return Ok(());
        }
        let mut name = ident(&op.name);
        if let Some(now) = self.renamed_by_release(&table, &name)
            && !op.if_exists
        {
            self.tolerate(Failure {
                help: Some(format!(
                    "PostgreSQL names a foreign key of several columns by all of them since version 12, before by the first: \
                     here it is \"{now}\". It was taken to be meant, as a run that passed must have found it"
                )),
                ..Failure::new(
                    Code::OldName,
                    format!("constraint \"{name}\" has the name that PostgreSQL gave before version 12"),
                )
            })?;
            name = now;
        }
        let target = self.table_mut(&table)?;
        let Some(at) = target.constraints.iter().position(|c| c.name() == name) else {
            if op.if_exists {
                return Ok(());
            }
            return Err(self.no_constraint(&name, &table));
        };
        let dependents = self.keys_relying_on(&table, &name);
        if !op.cascade && !dependents.is_empty() {
            let list: Vec<String> = dependents
                .iter()
                .map(|(t, c)| format!("constraint {c} on table {t}"))
                .collect();
            self.tolerate(Failure {
                help: Some(format!(
                    "PostgreSQL would ask for CASCADE because of {}; they were dropped with it",
                    list.join(", ")
                )),
                ..Failure::new(
                    Code::DependentObjects,
                    format!(
                        "cannot drop constraint {name} on table {table} because other objects depend on it"
                    ),
                )
            })?;
        }
        for (other, constraint) in dependents {
            self.table_mut(&other)?
                .constraints
                .retain(|c| c.name() != constraint);
        }
        let children = self.descendants_of(&table);
        let removed = self.table_mut(&table)?.constraints.remove(at);
        for child in children {
            self.drop_inherited(&child, &removed.constraint)?;
        }
        Ok(())
    }

    fn drop_inherited(&mut self, child: &QualName, parent: &Constraint) -> Outcome {
        let target = self.table_mut(child)?;
        target
            .constraints
            .retain(|c| !is_copy_of(&c.constraint, parent));
        Ok(())
    }

    /// Foreign keys that rely on the index of a key: they are checked by the first unique key over their columns.
    pub(super) fn keys_relying_on(
        &self,
        table: &QualName,
        constraint: &str,
    ) -> Vec<(QualName, String)> {
        let Some(target) = self.schema.tables.get(table) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for other in self.referring_to(table) {
            let Some(t) = self.schema.tables.get(&other) else {
                continue;
            };
            for candidate in &t.constraints {
                if let ConstraintKind::ForeignKey(key) = &candidate.constraint.kind
                    && key.ref_table == *table
                    && unique_key_for(target, &key.ref_columns) == Some(constraint)
                {
                    found.push((other.clone(), candidate.name().to_owned()));
                }
            }
        }
        found
    }

    pub(super) fn rename_constraint(&mut self, op: &RenameConstraint) -> Outcome {
        let table = catalog_name(&op.table);
        let (name, new) = (ident(&op.name), ident(&op.new_name));
        let target = self.table_mut(&table)?;
        let Some(at) = target.constraints.iter().position(|c| c.name() == name) else {
            let sentence = format!(
                "constraint \"{name}\" for table \"{}\" does not exist",
                table.name
            );
            return Err(self.missing(Object::Constraint(table, name), sentence));
        };
        if target.constraints.iter().any(|c| c.name() == new) {
            return Err(Failure::duplicate(format!(
                "constraint \"{new}\" for relation \"{}\" already exists",
                table.name
            )));
        }
        let indexed = target.constraints.get(at).is_some_and(has_index);
        let relation = QualName::qualified(table.schema.as_deref(), new.clone());
        if indexed && self.relation_exists(&relation) {
            return Err(Failure::duplicate(format!(
                "relation \"{new}\" already exists"
            )));
        }
        let children = self.descendants_of(&table);
        let target = self.table_mut(&table)?;
        let mut check = false;
        if let Some(constraint) = target.constraints.get_mut(at) {
            constraint.constraint.name = Some(new.clone());
            check = matches!(constraint.constraint.kind, ConstraintKind::Check { .. });
        }
        if check {
            for child in children {
                for constraint in &mut self.table_mut(&child)?.constraints {
                    if constraint.name() == name {
                        constraint.constraint.name = Some(new.clone());
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn alter_constraint(&mut self, op: &AlterConstraint) -> Outcome {
        let table = catalog_name(&op.table);
        let name = ident(&op.name);
        let missing = self.no_constraint(&name, &table);
        let target = self.table_mut(&table)?;
        let constraint = target
            .constraints
            .iter_mut()
            .find(|c| c.name() == name)
            .ok_or(missing)?;
        if op.validate {
            constraint.constraint.not_valid = false;
        }
        if let Some(deferrable) = op.deferrable {
            constraint.constraint.deferrable = deferrable;
        }
        if let Some(deferred) = op.initially_deferred {
            constraint.constraint.initially_deferred = deferred;
        }
        Ok(())
    }
}

/// Names that are no columns of the table but stand where columns stand.
fn is_system_name(name: &str) -> bool {
    matches!(
        name,
        "ctid" | "tableoid" | "xmin" | "xmax" | "cmin" | "cmax" | "value"
    )
}

/// Whether a partition's constraint came with its parent's.
pub(super) fn is_copy_of(child: &Constraint, parent: &Constraint) -> bool {
    match (&child.kind, &parent.kind) {
        (
            ConstraintKind::PrimaryKey { columns: a, .. },
            ConstraintKind::PrimaryKey { columns: b, .. },
        )
        | (ConstraintKind::Unique { columns: a, .. }, ConstraintKind::Unique { columns: b, .. }) => {
            a == b
        }
        (a, b) => child.name == parent.name && a == b,
    }
}

/// Name of the first key, or unique index without a predicate, over exactly these columns in any order.
fn unique_key_for<'a>(table: &'a Table, columns: &[String]) -> Option<&'a str> {
    let same =
        |own: &[String]| own.len() == columns.len() && own.iter().all(|c| columns.contains(c));
    let constraint = table.constraints.iter().find(|c| match &c.constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
            same(columns) && !c.constraint.deferrable
        }
        _ => false,
    });
    if let Some(constraint) = constraint {
        return Some(constraint.name());
    }
    table
        .indexes
        .iter()
        .find(|i| {
            let own: Option<Vec<String>> = i
                .index
                .parts
                .iter()
                .map(|p| match &p.key {
                    IndexKey::Column(c) => Some(c.clone()),
                    IndexKey::Expr(_) => None,
                })
                .collect();
            i.index.unique && i.index.predicate.is_none() && own.is_some_and(|own| same(&own))
        })
        .map(|i| i.name())
}
