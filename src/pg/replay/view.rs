//! Views and materialized views.

use super::{Failure, Outcome, Replay, catalog_name, ident, idents};
use crate::ir::{AlterColumn, Change, CreateView, DropView, QualName};
use crate::pg::names::quote_ident;
use crate::pg::schema::View;
use crate::pg::sql::ast::{FromItem, Node, Query, Select};
use crate::pg::sql::{columns_in_query, parse_query, print_query, tables_in};

impl Replay {
    pub(super) fn create_view(&mut self, op: &CreateView) -> Outcome {
        let name = catalog_name(&op.name);
        let existing = self.schema.views.contains_key(&name);
        if op.if_not_exists && self.relation_exists(&name) {
            return Ok(());
        }
        if self.relation_exists(&name) && !(existing && op.or_replace) {
            return Err(Failure::duplicate(format!(
                "relation \"{}\" already exists",
                name.name
            )));
        }
        self.need_schema(&name)?;
        for table in tables_in(&op.query) {
            let table = catalog_name(&table);
            let system = matches!(
                table.schema.as_deref(),
                Some("pg_catalog" | "information_schema")
            ) || table.name.starts_with("pg_");
            let cte = is_cte(&op.query, &table);
            if !system && !cte && !self.relation_exists(&table) {
                let failure = self.missing_relation(&table);
                self.tolerate(failure)?;
            }
        }
        let view = View {
            materialized: op.materialized,
            columns: idents(&op.columns),
            query: self.expand_stars(&op.query),
            options: op.options.clone(),
            indexes: Vec::new(),
            comment: self.schema.views.get(&name).and_then(|v| v.comment.clone()),
            origin: Some(self.origin.clone()),
        };
        self.known.insert(name.clone());
        self.schema.views.insert(name, view);
        Ok(())
    }

    /// `*` means the columns of the moment: a column that is added later is not in the view.
    fn expand_stars(&self, sql: &str) -> String {
        let Ok(mut query) = parse_query(sql) else {
            return sql.to_owned();
        };
        let mut changed = false;
        if !self.expand_query(&mut query, &mut changed) || !changed {
            return sql.to_owned();
        }
        print_query(&query)
    }

    fn expand_query(&self, query: &mut Query, changed: &mut bool) -> bool {
        let names: Vec<String> = query.with.iter().map(|(n, _, _)| n.clone()).collect();
        let mut whole = true;
        for (_, _, inner) in &mut query.with {
            whole &= self.expand_query(inner, changed);
        }
        whole &= self.expand_select(&mut query.select, &names, changed);
        for (_, select) in &mut query.compound {
            whole &= self.expand_select(select, &names, changed);
        }
        whole
    }

    /// Expands the stars of one SELECT; false when one of them cannot be.
    fn expand_select(&self, select: &mut Select, ctes: &[String], changed: &mut bool) -> bool {
        let stars = select
            .items
            .iter()
            .any(|(item, _)| matches!(item, Node::Star(_)));
        if !stars {
            return true;
        }
        let mut sources: Vec<(String, Option<Vec<String>>)> = Vec::new();
        for item in &select.from {
            self.sources(item, ctes, &mut sources);
        }
        let joined = select
            .from
            .iter()
            .any(|f| matches!(f, FromItem::Join { using, kind, .. } if !using.is_empty() || kind.starts_with("NATURAL")));
        let single = sources.len() == 1;
        let mut items = Vec::new();
        for (item, alias) in std::mem::take(&mut select.items) {
            let Node::Star(qualifier) = &item else {
                items.push((item, alias));
                continue;
            };
            let wanted: Vec<&(String, Option<Vec<String>>)> = sources
                .iter()
                .filter(|(name, _)| qualifier.as_ref().is_none_or(|q| q == name))
                .collect();
            let known = !wanted.is_empty() && wanted.iter().all(|(_, columns)| columns.is_some());
            if !known || (joined && qualifier.is_none()) {
                items.push((item, alias));
                continue;
            }
            *changed = true;
            for (name, columns) in wanted {
                for column in columns.iter().flatten() {
                    let path = if single {
                        vec![column.clone()]
                    } else {
                        vec![name.clone(), column.clone()]
                    };
                    items.push((Node::Column(path), None));
                }
            }
        }
        select.items = items;
        true
    }

    fn sources(
        &self,
        item: &FromItem,
        ctes: &[String],
        out: &mut Vec<(String, Option<Vec<String>>)>,
    ) {
        match item {
            FromItem::Table(name, alias) => {
                let shown = alias.clone().unwrap_or_else(|| name.name.clone());
                let name = catalog_name(name);
                let columns = if name.schema.is_none() && ctes.contains(&name.name) {
                    None
                } else {
                    self.relation_columns(&name)
                };
                out.push((shown, columns));
            }
            FromItem::Query { alias, .. } | FromItem::Function { alias, .. } => {
                out.push((alias.clone().unwrap_or_default(), None));
            }
            FromItem::Join { left, right, .. } => {
                self.sources(left, ctes, out);
                self.sources(right, ctes, out);
            }
        }
    }

    /// Names of the columns of a table or view, where they are known.
    pub(super) fn relation_columns(&self, name: &QualName) -> Option<Vec<String>> {
        if let Some(table) = self.schema.tables.get(name) {
            return Some(table.columns.iter().map(|c| c.name.clone()).collect());
        }
        let view = self.schema.views.get(name)?;
        crate::pg::view::view_columns(view)
    }

    pub(super) fn drop_view(&mut self, op: &DropView) -> Outcome {
        let name = catalog_name(&op.name);
        if !self.schema.views.contains_key(&name) {
            if op.if_exists {
                return Ok(());
            }
            let mut failure = self.missing_relation(&name);
            let kind = if op.materialized {
                "materialized view"
            } else {
                "view"
            };
            failure.message = format!("{kind} \"{}\" does not exist", name.name);
            return Err(failure);
        }
        let views = self.views_on(&name);
        if !op.cascade && !views.is_empty() {
            let list: Vec<String> = views.iter().map(|v| format!("view {v}")).collect();
            self.dependents("view", &name, &list)?;
        }
        for view in views {
            self.remove_view(&view);
        }
        self.remove_view(&name);
        Ok(())
    }

    pub(super) fn remove_view(&mut self, name: &QualName) {
        self.schema.views.shift_remove(name);
        self.schema.triggers.retain(|t| t.definition.table != *name);
    }

    /// Gives a view another name; those that read it follow in `move_relation`.
    pub(super) fn move_view(&mut self, from: &QualName, to: &QualName) {
        if let Some((at, _, mut view)) = self.schema.views.shift_remove_full(from) {
            for index in &mut view.indexes {
                index.index.table = to.clone();
            }
            self.schema.views.shift_insert(at, to.clone(), view);
        }
    }

    /// Views that read a column of a table.
    pub(super) fn views_using(&self, table: &QualName, column: &str) -> Vec<QualName> {
        self.schema
            .views
            .iter()
            .filter(|(_, view)| {
                super::lookup::mentions_word(&view.query, &table.name)
                    && super::lookup::mentions_word(&view.query, column)
                    && tables_in(&view.query).contains(table)
                    && columns_in_query(&view.query).iter().any(|path| {
                        path.last().is_some_and(|c| c == column)
                            && self.may_mean(path, &view.query, table, column)
                    })
            })
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether a column of a view's query may be the one of this table: its qualifier does not say otherwise, and an
    /// unqualified name is this table's when no other table of the query has such a column.
    fn may_mean(&self, path: &[String], query: &str, table: &QualName, column: &str) -> bool {
        match path {
            [_] => !tables_in(query).iter().any(|other| {
                other != table
                    && self
                        .schema
                        .tables
                        .get(other)
                        .is_some_and(|t| t.column(column).is_some())
            }),
            [.., qualifier, _] => crate::pg::sql::aliases_in(query)
                .iter()
                .any(|(name, alias)| name == table && alias == qualifier),
            [] => false,
        }
    }

    /// `ALTER VIEW .. RENAME COLUMN` and comments on a view's column.
    pub(super) fn alter_view_column(
        &mut self,
        name: &QualName,
        column: &str,
        op: &AlterColumn,
    ) -> Outcome {
        let Some(new) = &op.new_name else {
            if op.comment != Change::Keep {
                return Ok(());
            }
            return Err(Failure::bad(format!("\"{}\" is not a table", name.name)));
        };
        let missing = || {
            Failure::missing(format!(
                "column \"{}\" of relation \"{}\" does not exist",
                quote_ident(column),
                name.name
            ))
        };
        let mut columns = self.relation_columns(name).ok_or_else(missing)?;
        let at = columns
            .iter()
            .position(|c| c == column)
            .ok_or_else(missing)?;
        if let Some(slot) = columns.get_mut(at) {
            *slot = ident(new);
        }
        if let Some(view) = self.schema.views.get_mut(name) {
            view.columns = columns;
        }
        Ok(())
    }
}

fn is_cte(query: &str, table: &QualName) -> bool {
    table.schema.is_none() && crate::pg::sql::ctes_in(query).contains(&table.name)
}
