//! Columns: added, dropped, altered, renamed, with everything that hangs on them.

use super::base::Object;
use super::column_use::{
    constraint_uses, index_uses, mentions, policy_uses, refers_to_column, rename_in_list,
    rename_within, trigger_uses,
};
use super::lookup::{draws_from, mentions_word};
use super::types::{nextval_expr, serial_type};
use super::{Failure, Outcome, Replay, catalog_name, ident};
use crate::diag::Code;
use crate::ir::{
    AddColumn, AlterColumn, Change, ColumnRef, ColumnType, ConstraintKind, DropColumn, Expr,
    IdentityChange, QualName, SequenceOptions,
};
use crate::pg::schema::{Column, Sequence};
use crate::pg::sql::{rename_column_in_policy, rename_column_in_query};
use crate::pg::types::{BaseType, PgType};

/// `DEFAULT NULL` is no default in the catalog.
pub(super) fn real_default(default: Option<&Expr>) -> Option<Expr> {
    let expr = default?;
    let text = expr.sql().trim();
    let head = text.split("::").next().unwrap_or(text).trim();
    if head.eq_ignore_ascii_case("null") {
        return None;
    }
    Some(Expr(text.to_owned()))
}

fn no_column(column: &str, table: &QualName) -> Failure {
    Failure::missing(format!(
        "column \"{column}\" of relation \"{}\" does not exist",
        table.name
    ))
}

impl Replay {
    /// A column of the model from a column of an op, its sequence made on the way.
    pub(super) fn build_column(
        &mut self,
        table: &QualName,
        column: &crate::ir::Column,
    ) -> Outcome<Column> {
        let name = ident(&column.name);
        let mut built = Column {
            name: name.clone(),
            type_: PgType::new(BaseType::Integer),
            declared: column.type_.declared.clone(),
            nullable: column.nullable,
            default: real_default(column.default.as_ref()),
            identity_always: None,
            generated: column.generated.clone(),
            collation: column.collation.clone(),
            comment: column.comment.clone().filter(|c| !c.is_empty()),
            origin: Some(self.origin.clone()),
        };
        if let Some(base) = serial_type(&column.type_.sql) {
            let options = SequenceOptions {
                data_type: sequence_type(&base),
                ..SequenceOptions::default()
            };
            built.type_ = PgType::new(base);
            built.nullable = false;
            let sequence = self.own_sequence(table, &name, None, options, false);
            built.default = Some(nextval_expr(&sequence));
        } else {
            built.type_ = self.resolve_type(&column.type_.sql)?;
        }
        if let Some(identity) = &column.identity {
            let mut options = identity.sequence.clone();
            options.data_type = options
                .data_type
                .or_else(|| sequence_type(&built.type_.base));
            let given = identity.sequence_name.as_ref().map(catalog_name);
            self.own_sequence(table, &name, given, options, true);
            built.identity_always = Some(identity.always);
            built.nullable = false;
        }
        Ok(built)
    }

    /// Makes the sequence of a serial or identity column.
    pub(super) fn own_sequence(
        &mut self,
        table: &QualName,
        column: &str,
        name: Option<QualName>,
        options: SequenceOptions,
        identity: bool,
    ) -> QualName {
        let name = name.unwrap_or_else(|| self.new_sequence_name(table, column));
        self.base.know(Object::Relation(name.clone()));
        self.schema.sequences.insert(
            name.clone(),
            Sequence {
                options: super::object::without_defaults(options),
                owned_by: Some(ColumnRef {
                    table: table.clone(),
                    column: column.to_owned(),
                }),
                identity,
                comment: None,
                origin: Some(self.origin.clone()),
            },
        );
        name
    }

    pub(super) fn add_column(&mut self, op: &AddColumn) -> Outcome {
        let name = catalog_name(&op.table);
        if self.temporary.contains(&name) || Self::is_version_table(&name) {
            // Which columns a temporary table has is not followed through its changes.
            self.temporary_columns.remove(&name);
            return Ok(());
        }
        let column = ident(&op.column.name);
        if self.table_mut(&name)?.column(&column).is_some() {
            if op.if_not_exists {
                return Ok(());
            }
            return Err(Failure::duplicate(format!(
                "column \"{column}\" of relation \"{}\" already exists",
                name.name
            )));
        }
        let built = self.build_column(&name, &op.column)?;
        self.push_column(&name, &built)?;
        self.fill_new_column(&name, &column);
        let mut constraints = super::constraint::without_redundant_indexes(&op.constraints);
        crate::pg::sql::creation_order(&mut constraints);
        for constraint in &constraints {
            self.add_constraint(&name, constraint)
                .or_else(|f| self.tolerate(f))?;
        }
        Ok(())
    }

    fn push_column(&mut self, table: &QualName, column: &Column) -> Outcome {
        let target = self.table_mut(table)?;
        if target.column(&column.name).is_none() {
            target.columns.push(column.clone());
        }
        for child in self.children_of(table) {
            let inherited = Column {
                identity_always: None,
                ..column.clone()
            };
            self.push_column(&child, &inherited)?;
        }
        Ok(())
    }

    pub(super) fn drop_column(&mut self, op: &DropColumn) -> Outcome {
        let name = catalog_name(&op.table);
        if self.temporary.contains(&name) || Self::is_version_table(&name) {
            // Which columns a temporary table has is not followed through its changes.
            self.temporary_columns.remove(&name);
            return Ok(());
        }
        let column = ident(&op.column);
        if self.table_mut(&name)?.column(&column).is_none() {
            if op.if_exists {
                return Ok(());
            }
            return Err(no_column(&column, &name));
        }
        let mut foreign = self.referring_to(&name);
        foreign.retain(|other| {
            let table = self.schema.tables.get(other).filter(|_| *other != name);
            table.is_some_and(|t| {
                t.constraints
                    .iter()
                    .any(|c| refers_to_column(c, &name, &column))
            })
        });
        let views = self.views_using(&name, &column);
        if !op.cascade {
            let triggers = self.schema.triggers.iter();
            let triggers =
                triggers.filter(|t| t.definition.table == name && trigger_uses(t, &column));
            let policies = self.schema.policies.iter();
            let policies = policies.filter(|p| p.table == name && policy_uses(p, &column));
            let dependents: Vec<String> = foreign
                .iter()
                .map(|t| format!("a foreign key of table {t}"))
                .chain(views.iter().map(|v| format!("view {v}")))
                .chain(triggers.map(|t| format!("trigger {}", t.definition.name)))
                .chain(policies.map(|p| format!("policy {}", p.name)))
                .collect();
            if !dependents.is_empty() {
                let what = format!("column {column} of table {name}");
                self.dependents(&what, &dependents)?;
            }
        }
        for view in views {
            for dependent in self.views_on(&view) {
                self.remove_view(&dependent);
            }
            self.remove_view(&view);
        }
        for child in self.descendants_of(&name) {
            self.remove_column(&child, &column);
        }
        self.remove_column(&name, &column);
        Ok(())
    }

    /// Takes a column away: indexes, constraints and sequences go with it, foreign keys of others to it too.
    pub(super) fn remove_column(&mut self, name: &QualName, column: &str) {
        let mut generated = Vec::new();
        if let Some(table) = self.schema.tables.get_mut(name) {
            table.columns.retain(|c| c.name != column);
            self.rows.retain(name, |row| {
                row.remove(column);
                true
            });
            table.indexes.retain(|i| !index_uses(i, column));
            table.constraints.retain(|c| !constraint_uses(c, column));
            generated.extend(
                table
                    .columns
                    .iter()
                    .filter(|c| {
                        c.generated
                            .as_ref()
                            .is_some_and(|g| mentions(&g.expr, column))
                    })
                    .map(|c| c.name.clone()),
            );
        }
        for other in self.referring_to(name) {
            if let Some(table) = self.schema.tables.get_mut(&other) {
                table
                    .constraints
                    .retain(|c| !refers_to_column(c, name, column));
            }
        }
        let mut owned = self.schema.owned_sequences(name);
        owned.retain(|sequence| {
            let found = self.schema.sequences.get(sequence);
            found
                .and_then(|s| s.owned_by.as_ref())
                .is_some_and(|o| o.column == column)
        });
        for sequence in owned {
            self.remove_sequence(&sequence);
        }
        self.schema
            .triggers
            .retain(|t| t.definition.table != *name || !trigger_uses(t, column));
        self.schema
            .policies
            .retain(|p| p.table != *name || !policy_uses(p, column));
        for dependent in generated {
            self.remove_column(name, &dependent);
        }
    }

    pub(super) fn alter_column(&mut self, op: &AlterColumn) -> Outcome {
        let name = catalog_name(&op.table);
        if self.temporary.contains(&name) || Self::is_version_table(&name) {
            // Which columns a temporary table has is not followed through its changes.
            self.temporary_columns.remove(&name);
            return Ok(());
        }
        let column = ident(&op.column);
        if self.schema.views.contains_key(&name) {
            return self.alter_view_column(&name, &column, op);
        }
        let comments = AlterColumn {
            table: op.table.clone(),
            column: op.column.clone(),
            comment: op.comment.clone(),
            ..AlterColumn::default()
        };
        if self.schema.composites.contains_key(&name) && *op == comments {
            // Comments on attributes are not part of the model.
            return Ok(());
        }
        if self.table_mut(&name)?.column(&column).is_none() {
            let renames = AlterColumn {
                table: op.table.clone(),
                column: op.column.clone(),
                new_name: op.new_name.clone(),
                existing: op.existing.clone(),
                ..AlterColumn::default()
            };
            // RENAME COLUMN words it without the table.
            return Err(if op.new_name.is_some() && *op == renames {
                Failure::missing(format!("column \"{column}\" does not exist"))
            } else {
                no_column(&column, &name)
            });
        }
        self.compare_existing(&name, &column, &op.existing);
        let mut tables = vec![name.clone()];
        tables.extend(self.descendants_of(&name));
        if let Some(type_) = &op.type_ {
            for table in &tables {
                self.set_type(
                    table,
                    &column,
                    type_,
                    op.collation.as_deref(),
                    op.using.is_some(),
                )?;
            }
        }
        if let Some(nullable) = op.nullable {
            self.set_nullable(&name, &column, nullable)?;
        }
        self.set_default(&name, &column, &op.default)?;
        self.set_identity(&name, &column, &op.identity)?;
        if op.drop_expression {
            self.column_mut(&name, &column)?.generated = None;
        }
        match &op.comment {
            Change::Keep => {}
            Change::Unset => self.column_mut(&name, &column)?.comment = None,
            Change::Set(text) => {
                self.column_mut(&name, &column)?.comment =
                    Some(text.clone()).filter(|t| !t.is_empty());
            }
        }
        if let Some(new) = &op.new_name {
            let new = ident(new);
            if new != column {
                if self.table_mut(&name)?.column(&new).is_some() {
                    return Err(Failure::duplicate(format!(
                        "column \"{new}\" of relation \"{}\" already exists",
                        name.name
                    )));
                }
                for table in &tables {
                    self.rename_column(table, &column, &new);
                }
            }
        }
        Ok(())
    }

    pub(super) fn column_mut(&mut self, table: &QualName, column: &str) -> Outcome<&mut Column> {
        let missing = no_column(column, table);
        self.table_mut(table)?
            .columns
            .iter_mut()
            .find(|c| c.name == column)
            .ok_or(missing)
    }

    fn set_type(
        &mut self,
        table: &QualName,
        column: &str,
        type_: &ColumnType,
        collation: Option<&str>,
        using: bool,
    ) -> Outcome {
        if serial_type(&type_.sql).is_some() {
            return Err(Failure::missing(format!(
                "type \"{}\" does not exist",
                type_.sql.to_ascii_lowercase()
            )));
        }
        let new = self.resolve_type(&type_.sql)?;
        let declared = type_.declared.clone();
        self.need_cast(table, column, &new, using)?;
        if let Some((what, who)) = self.types_held_by(table, column) {
            self.tolerate(Failure {
                help: Some(format!(
                    "{who} depends on it; its type was changed all the same"
                )),
                ..Failure::new(
                    Code::DependentObjects,
                    format!("cannot alter type of a column {what}"),
                )
            })?;
        }
        let target = self.column_mut(table, column)?;
        if let Some(default) = &target.default
            && target.type_.base != new.base
            && is_bare_string(default)
        {
            // The catalog keeps the constant with the type that it was stored as.
            let old = PgType {
                modifiers: Vec::new(),
                ..target.type_.clone()
            };
            target.default = Some(Expr(format!(
                "{}::{}",
                default.sql(),
                crate::pg::sql::print_type(&old).replace("(1)", "")
            )));
        }
        let identity = target.identity_always.is_some();
        let (before, after) = (target.type_.base.clone(), new.base.clone());
        // ALTER TABLE .. TYPE without COLLATE gives the new type's own collation, even where the type stays.
        target.collation = collation.map(str::to_owned);
        target.type_ = new.clone();
        target.declared = declared;
        if before != after && !(is_text(&before) && is_text(&after)) {
            self.doubt_column(table, column);
        }
        if identity {
            let owned = self
                .schema
                .owned_sequence(table, column)
                .map(|(n, _)| n.clone());
            if let Some(sequence) = owned.and_then(|n| self.schema.sequences.get_mut(&n)) {
                sequence.options.data_type = sequence_type(&new.base);
            }
        }
        Ok(())
    }

    fn set_nullable(&mut self, table: &QualName, column: &str, nullable: bool) -> Outcome {
        if nullable {
            let target = self.table_mut(table)?;
            if target.primary_key().iter().any(|c| c == column) {
                return Err(Failure::bad(format!(
                    "column \"{column}\" is in a primary key"
                )));
            }
            if target
                .column(column)
                .is_some_and(|c| c.identity_always.is_some())
            {
                return Err(Failure::bad(format!(
                    "column \"{column}\" of relation \"{}\" is an identity column",
                    table.name
                )));
            }
        }
        self.column_mut(table, column)?.nullable = nullable;
        for child in self.descendants_of(table) {
            self.column_mut(&child, column)?.nullable = nullable;
        }
        Ok(())
    }

    fn set_default(&mut self, table: &QualName, column: &str, change: &Change<Expr>) -> Outcome {
        let new = match change {
            Change::Keep => return Ok(()),
            Change::Unset => None,
            Change::Set(expr) => real_default(Some(expr)),
        };
        let mut tables = vec![table.clone()];
        tables.extend(self.descendants_of(table));
        for table in tables {
            let target = self.column_mut(&table, column)?;
            if target.identity_always.is_some() {
                return Err(Failure::bad(format!(
                    "column \"{column}\" of relation \"{}\" is an identity column",
                    table.name
                )));
            }
            target.default = new.clone();
        }
        Ok(())
    }

    fn set_identity(&mut self, table: &QualName, column: &str, change: &IdentityChange) -> Outcome {
        match change {
            IdentityChange::Keep => {}
            IdentityChange::Add(identity) => {
                let target = self.column_mut(table, column)?;
                if target.identity_always.is_some() {
                    return Err(Failure::bad(format!(
                        "column \"{column}\" of relation \"{}\" is already an identity column",
                        table.name
                    )));
                }
                target.identity_always = Some(identity.always);
                target.nullable = false;
                let mut options = identity.sequence.clone();
                options.data_type = options
                    .data_type
                    .or_else(|| sequence_type(&target.type_.base));
                let given = identity.sequence_name.as_ref().map(catalog_name);
                self.own_sequence(table, column, given, options, true);
            }
            IdentityChange::Set { always, sequence } => {
                let target = self.column_mut(table, column)?;
                if target.identity_always.is_none() {
                    return Err(Failure::bad(format!(
                        "column \"{column}\" of relation \"{}\" is not an identity column",
                        table.name
                    )));
                }
                if always.is_some() {
                    target.identity_always = *always;
                }
                let owned = self
                    .schema
                    .owned_sequence(table, column)
                    .map(|(n, _)| n.clone());
                if let Some(existing) = owned.and_then(|n| self.schema.sequences.get_mut(&n)) {
                    super::object::merge_options(&mut existing.options, sequence);
                }
            }
            IdentityChange::Drop => {
                self.column_mut(table, column)?.identity_always = None;
                let owned = self.schema.owned_sequences(table).into_iter().find(|name| {
                    let found = self.schema.sequences.get(name).filter(|s| s.identity);
                    found
                        .and_then(|s| s.owned_by.as_ref())
                        .is_some_and(|o| o.column == column)
                });
                if let Some(sequence) = owned {
                    self.schema.sequences.shift_remove(&sequence);
                }
            }
        }
        Ok(())
    }

    /// Renames a column and every mention of it.
    fn rename_column(&mut self, table: &QualName, from: &str, to: &str) {
        self.rename_column_in_views(table, from, to);
        if let Some(target) = self.schema.tables.get_mut(table) {
            rename_within(target, from, to);
        }
        self.rows.retain(table, |row| {
            if let Some(value) = row.remove(from) {
                row.insert(to.to_owned(), value);
            }
            true
        });
        for other in self.referring_to(table) {
            let Some(other) = self.schema.tables.get_mut(&other) else {
                continue;
            };
            for constraint in &mut other.constraints {
                if let ConstraintKind::ForeignKey(key) = &mut constraint.constraint.kind
                    && key.ref_table == *table
                {
                    rename_in_list(&mut key.ref_columns, from, to);
                }
            }
        }
        for sequence in self.schema.owned_sequences(table) {
            if let Some(sequence) = self.schema.sequences.get_mut(&sequence)
                && let Some(owner) = &mut sequence.owned_by
                && owner.column == from
            {
                owner.column = to.to_owned();
            }
        }
        for trigger in &mut self.schema.triggers {
            if trigger.definition.table == *table {
                super::routine::rename_column_in_trigger(trigger, from, to);
            }
        }
        for policy in &mut self.schema.policies {
            if policy.table == *table && mentions_word(&policy.sql, from) {
                policy.sql = rename_column_in_policy(&policy.sql, &table.name, from, to);
            }
        }
        for rule in &mut self.schema.others {
            if rule.table.as_ref() == Some(table) && mentions_word(&rule.sql, from) {
                rule.sql = rename_column_in_policy(&rule.sql, &table.name, from, to);
            }
        }
    }

    fn rename_column_in_views(&mut self, table: &QualName, from: &str, to: &str) {
        let mut changed = Vec::new();
        for (name, view) in &self.schema.views {
            if !mentions_word(&view.query, from) || !mentions_word(&view.query, &table.name) {
                continue;
            }
            let others = |other: &QualName| {
                self.schema
                    .tables
                    .get(other)
                    .is_none_or(|t| t.column(from).is_some())
            };
            let renamed = self
                .query_with_renamed(&view.query, table, from, to)
                .or_else(|| rename_column_in_query(&view.query, table, from, to, others));
            match renamed {
                Some(query) => changed.push((name.clone(), query)),
                None => self.diagnostics.push(
                    crate::diag::Diagnostic::new(
                        crate::diag::Code::ExpressionNotTranslated,
                        format!(
                            "view {name} reads column {from} of {table}, which is renamed to {to}, but its query does not tell whose column it means"
                        ),
                    )
                    .at(self.origin.clone()),
                ),
            }
        }
        for (name, query) in changed {
            if let Some(view) = self.schema.views.get_mut(&name) {
                view.query = query;
            }
        }
    }

    /// Names of sequences that defaults refer to follow a renamed sequence.
    pub(super) fn retarget_defaults(&mut self, from: &QualName, to: &QualName) {
        for table in self.drawing_from(from) {
            let Some(table) = self.schema.tables.get_mut(&table) else {
                continue;
            };
            for column in &mut table.columns {
                if draws_from(column, from) {
                    column.default = Some(nextval_expr(to));
                }
            }
        }
    }
}

/// Type of the sequence of a serial or identity column; `None` is bigint.
fn sequence_type(base: &BaseType) -> Option<String> {
    match base {
        BaseType::SmallInt => Some("smallint".to_owned()),
        BaseType::Integer => Some("integer".to_owned()),
        _ => None,
    }
}

fn is_text(base: &BaseType) -> bool {
    matches!(base, BaseType::Text | BaseType::Varchar)
}

/// Whether a default is a single string literal without a cast.
fn is_bare_string(expr: &Expr) -> bool {
    let text = expr.sql().trim();
    text.strip_prefix('\'')
        .and_then(|t| t.strip_suffix('\''))
        .is_some_and(|inside| !inside.replace("''", "").contains('\''))
}
