//! Whole tables: create, drop, rename, move, and the changes that are neither columns nor constraints.

use super::base::Object;
use super::constraint::{is_copy_of, without_redundant_indexes};
use super::{Failure, Outcome, Replay, catalog_name, ident};
use crate::diag::Code;
use crate::ir::{
    AlterTable, ConstraintKind, CreateTable, DropTable, QualName, RenameTable, SetTableComment,
    SetTableSchema, TableAction, TableQuery,
};
use crate::pg::schema::{Column, Table, TableConstraint, TableKind};
use crate::pg::shape::Output;
use crate::pg::sql::{creation_order, rename_table_in_query, rename_table_in_statement};
use crate::pg::types::{BaseType, PgType};

/// Whether an object is in the schema of a session, and so gone with it.
pub(super) fn in_temporary_schema(name: &QualName) -> bool {
    name.schema
        .as_deref()
        .is_some_and(|s| s.starts_with("pg_temp"))
}

impl Replay {
    pub(super) fn create_table(&mut self, op: &CreateTable) -> Outcome {
        let name = catalog_name(&op.name);
        if op.temporary || in_temporary_schema(&name) {
            return self.create_temporary(op);
        }
        if Self::is_version_table(&name) {
            return Ok(());
        }
        if self.relation_exists(&name) {
            if op.if_not_exists {
                return Ok(());
            }
            return Err(Failure::duplicate(format!(
                "relation \"{}\" already exists",
                name.name
            )));
        }
        self.need_schema(&name)?;
        let mut table = Table {
            comment: op.comment.clone().filter(|c| !c.is_empty()),
            unlogged: op.unlogged,
            partition_by: op.partition_by.clone(),
            sqlite_options: op.sqlite_options.clone(),
            with: op.with.clone(),
            placement: op.placement.clone(),
            origin: Some(self.origin.clone()),
            kind: if op.partition_by.is_some() {
                TableKind::Partitioned
            } else {
                TableKind::Table
            },
            ..Table::default()
        };
        let mut inherited = Vec::new();
        if let Some((parent, bound)) = &op.partition_of {
            let parent = catalog_name(parent);
            inherited.extend(self.inherit_from(&parent, &mut table)?);
            table.partition_of = Some((parent, bound.clone()));
        }
        for parent in &op.inherits {
            let parent = catalog_name(parent);
            inherited.extend(self.inherit_from(&parent, &mut table)?);
            table.inherits.push(parent);
        }
        if let Some(query) = &op.query {
            self.columns_of_query(query, &mut table)?;
        }
        for at in 0..=op.columns.len() {
            for like in op.like.iter().filter(|l| l.position == at) {
                self.like(
                    &catalog_name(&like.source),
                    &like.including,
                    &name,
                    &mut table,
                )?;
            }
            if let Some(column) = op.columns.get(at) {
                self.merge_column(&name, &mut table, column)?;
            }
        }
        self.base.know(Object::Relation(name.clone()));
        self.schema.tables.insert(name.clone(), table);
        for constraint in inherited {
            self.add_constraint(&name, &constraint)
                .or_else(|f| self.tolerate(f))?;
        }
        let mut constraints = without_redundant_indexes(&op.constraints);
        creation_order(&mut constraints);
        for constraint in &mut constraints {
            // A new table has no rows: NOT VALID means nothing here (transformCheckConstraints, transformFKConstraints).
            constraint.not_valid = false;
            if let Err(failure) = self.add_constraint(&name, constraint) {
                if self.lenient {
                    self.remove_table(&name);
                    return Err(failure);
                }
                self.report(&failure);
            }
        }
        if let Some((parent, _)) = &op.partition_of {
            let indexes: Vec<crate::ir::Index> = self
                .schema
                .tables
                .get(&catalog_name(parent))
                .map(|t| t.indexes.iter().map(|i| i.index.clone()).collect())
                .unwrap_or_default();
            for index in indexes {
                self.add_index(&crate::ir::Index {
                    name: None,
                    table: name.clone(),
                    comment: None,
                    ..index
                })?;
            }
        }
        for like in &op.like {
            self.like_constraints(&catalog_name(&like.source), &like.including, &name)?;
        }
        if let Some(query) = op.query.as_ref().filter(|q| !q.no_data) {
            self.record_query(&name, &query.sql);
        }
        Ok(())
    }

    /// A temporary table is no part of the schema; its columns matter to what is made of it.
    fn create_temporary(&mut self, op: &CreateTable) -> Outcome {
        let name = catalog_name(&op.name);
        let mut table = Table::default();
        if let Some(query) = &op.query {
            let lenient = std::mem::replace(&mut self.lenient, true);
            // Nobody asks for columns that are not known until they are used.
            let _ = self.columns_of_query(query, &mut table);
            self.lenient = lenient;
        }
        let mut columns: Vec<Output> = table
            .columns
            .iter()
            .map(|c| Output {
                name: c.name.clone(),
                type_: Some(c.type_.clone()),
                collation: c.collation.clone(),
            })
            .collect();
        for like in &op.like {
            columns.extend(
                self.relations()
                    .columns(&catalog_name(&like.source))
                    .unwrap_or_default(),
            );
        }
        columns.extend(op.columns.iter().map(|c| {
            Output {
                name: ident(&c.name),
                type_: super::types::serial_type(&c.type_.sql)
                    .map(PgType::new)
                    .or_else(|| PgType::parse(&c.type_.sql).ok()),
                collation: c.collation.clone(),
            }
        }));
        let name = QualName::new(name.name);
        if !columns.is_empty() {
            self.temporary_columns.insert(name.clone(), columns);
        }
        self.temporary.insert(name);
        Ok(())
    }

    /// Columns of `CREATE TABLE AS`: those of the query, without defaults and constraints.
    fn columns_of_query(&mut self, query: &TableQuery, table: &mut Table) -> Outcome {
        for source in crate::pg::sql::tables_in(&query.sql) {
            let source = catalog_name(&source);
            let system = matches!(
                source.schema.as_deref(),
                Some("pg_catalog" | "information_schema")
            ) || source.name.starts_with("pg_");
            let own = self.temporary.contains(&source)
                || crate::pg::sql::ctes_in(&query.sql).contains(&source.name);
            if !system && !own && !self.relation_exists(&source) {
                return Err(self.missing_relation(&source));
            }
        }
        let parsed = crate::pg::sql::parse_query(&query.sql);
        let columns = parsed.and_then(|parsed| {
            self.relations()
                .result(&parsed)
                .ok_or_else(|| "the columns of what it reads are not known".to_owned())
        });
        let columns = match columns {
            Ok(columns) => columns,
            Err(why) => {
                return Err(Failure {
                    help: Some(
                        "write what it does as a --base file or as plain statements".to_owned(),
                    ),
                    ..Failure::new(
                        Code::SqlNotModelled,
                        format!("the columns of this table's query are not known: {why}"),
                    )
                });
            }
        };
        for (at, column) in columns.into_iter().enumerate() {
            let name = query
                .columns
                .get(at)
                .map_or(column.name, |given| ident(given));
            let type_ = match column.type_ {
                Some(type_) => type_,
                None => {
                    self.tolerate(Failure {
                        help: Some("create the table with its columns, then insert the rows".to_owned()),
                        ..Failure::new(
                            Code::SqlNotModelled,
                            format!("the type of column {name} of this table's query is not known; text is taken"),
                        )
                    })?;
                    PgType::new(BaseType::Text)
                }
            };
            table.columns.push(Column {
                name,
                type_,
                declared: None,
                nullable: true,
                default: None,
                identity_always: None,
                generated: None,
                collation: column.collation,
                comment: None,
                origin: Some(self.origin.clone()),
            });
        }
        Ok(())
    }

    /// A column of `CREATE TABLE`: new, or merged into one that a parent gave.
    fn merge_column(
        &mut self,
        name: &QualName,
        table: &mut Table,
        column: &crate::ir::Column,
    ) -> Outcome {
        let own = ident(&column.name);
        if let Some(existing) = table.columns.iter_mut().find(|c| c.name == own) {
            if op_is_child(table.partition_of.as_ref(), &table.inherits) {
                existing.nullable &= column.nullable;
                if column.default.is_some() {
                    existing.default = super::column::real_default(column.default.as_ref());
                }
                return Ok(());
            }
            return Err(Failure::duplicate(format!(
                "column \"{own}\" specified more than once"
            )));
        }
        let built = self.build_column(name, column)?;
        table.columns.push(built);
        Ok(())
    }

    /// Copies a parent's columns; returns the constraints that come with them.
    fn inherit_from(
        &mut self,
        parent: &QualName,
        table: &mut Table,
    ) -> Outcome<Vec<crate::ir::Constraint>> {
        let source = self.table_mut(parent)?.clone();
        for column in &source.columns {
            if !table.columns.iter().any(|c| c.name == column.name) {
                table.columns.push(Column {
                    identity_always: None,
                    ..column.clone()
                });
            }
        }
        let partition = source.kind == TableKind::Partitioned;
        let mut constraints: Vec<crate::ir::Constraint> = source
            .constraints
            .iter()
            .filter_map(|c| match &c.constraint.kind {
                ConstraintKind::Check { no_inherit, .. } if !no_inherit => {
                    Some(c.constraint.clone())
                }
                ConstraintKind::ForeignKey(_) if partition => Some(c.constraint.clone()),
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } if partition => {
                    Some(crate::ir::Constraint {
                        name: None,
                        ..c.constraint.clone()
                    })
                }
                _ => None,
            })
            .collect();
        creation_order(&mut constraints);
        Ok(constraints)
    }

    /// `LIKE source`: columns with their NOT NULL, and what `INCLUDING` names.
    fn like(
        &mut self,
        source: &QualName,
        options: &[String],
        name: &QualName,
        table: &mut Table,
    ) -> Outcome {
        if self.schema.views.contains_key(source) {
            let copy = TableQuery {
                sql: format!("TABLE {}", crate::pg::names::quote_qualified(source)),
                columns: Vec::new(),
                no_data: true,
            };
            return self.columns_of_query(&copy, table);
        }
        let columns = self.table_mut(source)?.columns.clone();
        let including = |what: &str| options.iter().any(|o| o == what);
        for column in columns {
            let mut copy = Column {
                origin: Some(self.origin.clone()),
                ..column.clone()
            };
            if !including("comments") {
                copy.comment = None;
            }
            if copy.generated.is_some() && !including("generated") {
                copy.generated = None;
            }
            if !including("defaults") {
                copy.default = None;
            }
            if copy.identity_always.is_some() {
                if including("identity") {
                    let options = self
                        .schema
                        .owned_sequence(source, &column.name)
                        .map(|(_, s)| s.options.clone())
                        .unwrap_or_default();
                    self.own_sequence(name, &column.name, None, options, true);
                } else {
                    copy.identity_always = None;
                }
            }
            table.columns.push(copy);
        }
        Ok(())
    }

    fn like_constraints(
        &mut self,
        source: &QualName,
        options: &[String],
        name: &QualName,
    ) -> Outcome {
        let including = |what: &str| options.iter().any(|o| o == what);
        if self.schema.views.contains_key(source) {
            return Ok(());
        }
        let source = self.table_mut(source)?.clone();
        for TableConstraint { constraint, .. } in &source.constraints {
            let mut copy = constraint.clone();
            match copy.kind {
                ConstraintKind::Check { .. } if including("constraints") => {}
                ConstraintKind::PrimaryKey { .. }
                | ConstraintKind::Unique { .. }
                | ConstraintKind::Exclude { .. }
                    if including("indexes") =>
                {
                    copy.name = None;
                }
                _ => continue,
            }
            // The comment of a key is not copied: PostgreSQL copies that of its index, which the model does not keep.
            if !including("comments") || !matches!(copy.kind, ConstraintKind::Check { .. }) {
                copy.comment = None;
            }
            self.add_constraint(name, &copy)?;
        }
        if including("indexes") {
            for index in &source.indexes {
                let mut copy = index.index.clone();
                copy.name = None;
                copy.table = name.clone();
                self.add_index(&copy)?;
            }
        }
        Ok(())
    }

    pub(super) fn drop_table(&mut self, op: &DropTable) -> Outcome {
        let name = catalog_name(&op.name);
        if self.temporary.remove(&name) || Self::is_version_table(&name) {
            self.temporary_columns.remove(&name);
            return Ok(());
        }
        if !self.schema.tables.contains_key(&name) {
            if op.if_exists {
                return Ok(());
            }
            let mut failure = self.missing_relation(&name);
            failure.message = format!("table \"{}\" does not exist", name.name);
            return Err(failure);
        }
        let mut referring = self.referring_to(&name);
        referring.retain(|other| *other != name && !self.dropping.contains(other));
        let children = self.descendants_of(&name);
        let inheriting = children.iter().any(|c| {
            !self.dropping.contains(c)
                && self
                    .schema
                    .tables
                    .get(c)
                    .is_some_and(|t| t.partition_of.is_none())
        });
        let views: Vec<QualName> = self
            .views_on(&name)
            .into_iter()
            .filter(|v| !self.dropping.contains(v))
            .collect();
        if !op.cascade && (!referring.is_empty() || !views.is_empty() || inheriting) {
            let mut dependents: Vec<String> = referring
                .iter()
                .map(|t| format!("a foreign key of table {t}"))
                .chain(views.iter().map(|v| format!("view {v}")))
                .collect();
            if inheriting {
                dependents.extend(children.iter().map(|c| format!("table {c}")));
            }
            self.dependents(&format!("table {name}"), &dependents)?;
        }
        for view in views {
            self.remove_view(&view);
        }
        for child in children {
            self.remove_table(&child);
        }
        self.remove_table(&name);
        Ok(())
    }

    /// Objects that would have to be dropped too.
    pub(super) fn dependents(&mut self, what: &str, dependents: &[String]) -> Outcome {
        self.tolerate(Failure {
            help: Some(format!(
                "PostgreSQL would ask for CASCADE because of {}; they were dropped with it",
                dependents.join(", ")
            )),
            ..Failure::new(
                Code::DependentObjects,
                format!("cannot drop {what} because other objects depend on it"),
            )
        })
    }

    /// Partitions and inheritance children of a table, theirs, and so on.
    pub(super) fn descendants_of(&self, parent: &QualName) -> Vec<QualName> {
        let mut found = self.children_of(parent);
        let mut at = 0;
        while let Some(child) = found.get(at).cloned() {
            for grandchild in self.children_of(&child) {
                if !found.contains(&grandchild) {
                    found.push(grandchild);
                }
            }
            at += 1;
        }
        found
    }

    /// Takes a table away with all that hangs on it, and the foreign keys of others to it.
    pub(super) fn remove_table(&mut self, name: &QualName) {
        let referring = self.referring_to(name);
        let children = self.children_of(name);
        let owned = self.schema.owned_sequences(name);
        if self.schema.tables.shift_remove(name).is_none() {
            return;
        }
        self.rows.clear(name);
        self.identities.remove(name);
        for other in referring {
            if let Some(table) = self.schema.tables.get_mut(&other) {
                table.constraints.retain(|c| !refers(c, name));
            }
        }
        for child in children {
            if let Some(table) = self.schema.tables.get_mut(&child) {
                table.inherits.retain(|p| p != name);
            }
        }
        for sequence in owned {
            self.remove_sequence(&sequence);
        }
        self.schema.triggers.retain(|t| t.definition.table != *name);
        self.schema.policies.retain(|p| p.table != *name);
        self.schema.others.retain(|o| {
            o.table.as_ref() != Some(name)
                && !(o.kind == "RULE"
                    && super::lookup::mentions_word(&o.sql, &name.name)
                    && crate::pg::sql::tables_in(&o.sql).contains(name))
        });
    }

    pub(super) fn rename_table(&mut self, op: &RenameTable) -> Outcome {
        let name = catalog_name(&op.name);
        let new = QualName::qualified(name.schema.as_deref(), ident(&op.new_name));
        if self.temporary.remove(&name) {
            if let Some(columns) = self.temporary_columns.remove(&name) {
                self.temporary_columns.insert(new.clone(), columns);
            }
            self.temporary.insert(new);
            return Ok(());
        }
        if !self.relation_exists(&name) {
            if op.if_exists {
                return Ok(());
            }
            return Err(self.missing_relation(&name));
        }
        if self.relation_exists(&new) {
            return Err(Failure::duplicate(format!(
                "relation \"{}\" already exists",
                new.name
            )));
        }
        self.move_relation(&name, &new);
        Ok(())
    }

    pub(super) fn set_table_schema(&mut self, op: &SetTableSchema) -> Outcome {
        let name = catalog_name(&op.name);
        let new = QualName::qualified(Some(&ident(&op.new_schema)), name.name.clone());
        if !self.schema.tables.contains_key(&name) && !self.schema.views.contains_key(&name) {
            return Err(self.missing_relation(&name));
        }
        if new == name {
            return Ok(());
        }
        self.need_schema(&new)?;
        if self.relation_exists(&new) {
            return Err(Failure::duplicate(format!(
                "relation \"{}\" already exists in schema \"{}\"",
                new.name,
                new.schema_or_default()
            )));
        }
        let owned = self.schema.owned_sequences(&name);
        self.move_relation(&name, &new);
        for sequence in owned {
            let moved = QualName::qualified(new.schema.as_deref(), sequence.name.clone());
            self.move_sequence(&sequence, &moved);
        }
        Ok(())
    }

    /// Gives a relation another name or schema; whatever points at it follows.
    pub(super) fn move_relation(&mut self, from: &QualName, to: &QualName) {
        self.base.know(Object::Relation(to.clone()));
        self.base.moved(from, to);
        if self.schema.sequences.contains_key(from) {
            self.move_sequence(from, to);
            return;
        }
        if self.schema.views.contains_key(from) {
            self.move_view(from, to);
        } else if let Some((at, _, mut table)) = self.schema.tables.shift_remove_full(from) {
            for index in &mut table.indexes {
                index.index.table = to.clone();
            }
            self.schema.tables.shift_insert(at, to.clone(), table);
            self.rows.rename(from, to);
            self.keep_identity(from, to);
            self.retarget(from, to);
        } else {
            // An index.
            let _ = self.rename_index_to(from, &to.name);
            return;
        }
        for view in self.schema.views.values_mut() {
            if super::lookup::mentions_word(&view.query, &from.name) {
                view.query = rename_table_in_query(&view.query, from, to);
            }
        }
        for trigger in &mut self.schema.triggers {
            if trigger.definition.table == *from {
                trigger.definition.table = to.clone();
                trigger.definition.sql =
                    rename_table_in_statement(&trigger.definition.sql, from, to);
            }
        }
    }

    /// Foreign keys, sequences, children and policies follow a table.
    fn retarget(&mut self, from: &QualName, to: &QualName) {
        for table in self.referring_to(from) {
            let Some(table) = self.schema.tables.get_mut(&table) else {
                continue;
            };
            for constraint in &mut table.constraints {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.constraint.kind
                    && key.ref_table == *from
                {
                    key.ref_table = to.clone();
                }
            }
        }
        for child in self.children_of(from) {
            let Some(table) = self.schema.tables.get_mut(&child) else {
                continue;
            };
            if let Some((parent, _)) = &mut table.partition_of
                && parent == from
            {
                *parent = to.clone();
            }
            for parent in &mut table.inherits {
                if parent == from {
                    *parent = to.clone();
                }
            }
        }
        for sequence in self.schema.owned_sequences(from) {
            if let Some(sequence) = self.schema.sequences.get_mut(&sequence)
                && let Some(owner) = &mut sequence.owned_by
            {
                owner.table = to.clone();
            }
        }
        for policy in &mut self.schema.policies {
            if policy.table == *from {
                policy.table = to.clone();
                policy.sql = rename_table_in_statement(&policy.sql, from, to);
            }
        }
        for other in &mut self.schema.others {
            if other.table.as_ref() == Some(from) {
                other.table = Some(to.clone());
            }
            if other.kind == "RULE" && super::lookup::mentions_word(&other.sql, &from.name) {
                other.sql = rename_table_in_statement(&other.sql, from, to);
            }
        }
    }

    pub(super) fn alter_table(&mut self, op: &AlterTable) -> Outcome {
        let name = catalog_name(&op.table);
        if self.temporary.contains(&name) {
            return Ok(());
        }
        match &op.action {
            TableAction::AttachPartition(child, bound) => {
                self.attach_partition(&name, &catalog_name(child), bound)?;
            }
            TableAction::DetachPartition(child) => {
                self.table_mut(&catalog_name(child))?.partition_of = None;
            }
            TableAction::Inherit(parent) => {
                let parent = catalog_name(parent);
                self.table_mut(&parent)?;
                self.table_mut(&name)?.inherits.push(parent);
            }
            TableAction::NoInherit(parent) => {
                let parent = catalog_name(parent);
                self.table_mut(&name)?.inherits.retain(|p| *p != parent);
            }
            TableAction::RowSecurity(on) => self.table_mut(&name)?.row_security = *on,
            TableAction::ForceRowSecurity(on) => {
                self.table_mut(&name)?.row_security_forced = *on;
            }
            TableAction::Unlogged(on) => self.table_mut(&name)?.unlogged = *on,
            TableAction::TriggerState(trigger, state) => {
                self.table_mut(&name)?;
                let all = trigger == "ALL" || trigger == "USER";
                let mut found = all;
                for t in &mut self.schema.triggers {
                    if t.definition.table == name && (all || t.definition.name == *trigger) {
                        t.state = *state;
                        found = true;
                    }
                }
                if !found {
                    return Err(Failure::missing(format!(
                        "trigger \"{trigger}\" for table \"{}\" does not exist",
                        name.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// A table becomes a partition: keys, foreign keys and indexes of the parent that it does not have yet are made.
    fn attach_partition(&mut self, parent: &QualName, child: &QualName, bound: &str) -> Outcome {
        let source = self.table_mut(parent)?.clone();
        let target = self.table_mut(child)?;
        target.partition_of = Some((parent.clone(), bound.to_owned()));
        let own = target.clone();
        for TableConstraint { constraint, .. } in &source.constraints {
            let copy = match &constraint.kind {
                ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => continue,
                ConstraintKind::ForeignKey(_) => constraint.clone(),
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } => {
                    crate::ir::Constraint {
                        name: None,
                        ..constraint.clone()
                    }
                }
            };
            let there = own
                .constraints
                .iter()
                .any(|c| is_copy_of(&c.constraint, constraint) || c.constraint.kind == copy.kind);
            if !there {
                self.add_constraint(child, &copy)?;
            }
        }
        for index in &source.indexes {
            let there = own.indexes.iter().any(|i| {
                i.index.parts == index.index.parts && i.index.predicate == index.index.predicate
            });
            if !there {
                self.add_index(&crate::ir::Index {
                    name: None,
                    table: child.clone(),
                    ..index.index.clone()
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn set_table_comment(&mut self, op: &SetTableComment) -> Outcome {
        let name = catalog_name(&op.table);
        if self.temporary.contains(&name) || Self::is_version_table(&name) {
            return Ok(());
        }
        let comment = op.comment.clone().filter(|c| !c.is_empty());
        self.table_mut(&name)?.comment = comment;
        Ok(())
    }
}

fn op_is_child(partition_of: Option<&(QualName, String)>, inherits: &[QualName]) -> bool {
    partition_of.is_some() || !inherits.is_empty()
}

/// Whether a constraint is a foreign key to a table.
pub(super) fn refers(constraint: &TableConstraint, table: &QualName) -> bool {
    matches!(&constraint.constraint.kind, ConstraintKind::ForeignKey(key) if key.ref_table == *table)
}
