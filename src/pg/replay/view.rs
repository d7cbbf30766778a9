//! Views and materialized views.

use super::base::Object;
use super::{Failure, Outcome, Replay, catalog_name, ident, idents};
use crate::ir::{AlterColumn, Change, CreateView, DropView, QualName};
use crate::pg::names::quote_ident;
use crate::pg::schema::View;
use crate::pg::shape::{Owner, Relations, expand_stars, visit_columns};
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
        self.base.know(Object::Relation(name.clone()));
        self.schema.views.insert(name, view);
        Ok(())
    }

    /// The relations that queries are read against.
    pub(super) fn relations(&self) -> Relations<'_> {
        Relations {
            schema: &self.schema,
            temporary: &self.temporary_columns,
        }
    }

    /// `*` means the columns of the moment: a column that is added later is not in the view.
    fn expand_stars(&self, sql: &str) -> String {
        let Ok(mut query) = parse_query(sql) else {
            return sql.to_owned();
        };
        if !expand_stars(&self.relations(), &mut query) {
            return sql.to_owned();
        }
        print_query(&query)
    }

    /// Names of the columns of a table or view, where they are known.
    pub(super) fn relation_columns(&self, name: &QualName) -> Option<Vec<String>> {
        let columns = self.relations().columns(name)?;
        Some(columns.into_iter().map(|c| c.name).collect())
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
        let views: Vec<QualName> = self
            .views_on(&name)
            .into_iter()
            .filter(|v| !self.dropping.contains(v))
            .collect();
        if !op.cascade && !views.is_empty() {
            let list: Vec<String> = views.iter().map(|v| format!("view {v}")).collect();
            self.dependents(&format!("view {name}"), &list)?;
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
                    && self.query_uses(&view.query, table, column)
            })
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn query_uses(&self, sql: &str, table: &QualName, column: &str) -> bool {
        let mut found = false;
        let read = parse_query(sql).and_then(|mut query| {
            visit_columns(&self.relations(), &mut query, &mut |owner, path| {
                if path.last().is_some_and(|c| c == column) {
                    found |= match owner {
                        Owner::Relation(name) => name == table,
                        Owner::Derived => false,
                        Owner::Unclear => true,
                    };
                }
            })
        });
        match read {
            Ok(()) => found,
            Err(_) => {
                tables_in(sql).contains(table)
                    && columns_in_query(sql).iter().any(|path| {
                        path.last().is_some_and(|c| c == column)
                            && self.may_mean(path, sql, table, column)
                    })
            }
        }
    }

    /// A view's query after a column was renamed; `None` when it does not tell whose column is meant.
    pub(super) fn query_with_renamed(
        &self,
        sql: &str,
        table: &QualName,
        from: &str,
        to: &str,
    ) -> Option<String> {
        let mut query = parse_query(sql).ok()?;
        let (mut changed, mut unclear) = (false, false);
        visit_columns(&self.relations(), &mut query, &mut |owner, path| {
            let Some(last) = path.last_mut() else {
                return;
            };
            if last != from {
                return;
            }
            match owner {
                Owner::Relation(name) if name == table => {
                    to.clone_into(last);
                    changed = true;
                }
                Owner::Unclear => unclear = true,
                Owner::Relation(_) | Owner::Derived => {}
            }
        })
        .ok()?;
        match (unclear, changed) {
            (true, _) => None,
            (false, true) => Some(print_query(&query)),
            (false, false) => Some(sql.to_owned()),
        }
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
            for index in &mut view.indexes {
                super::column_use::rename_in_index(index, column, &ident(new));
            }
        }
        Ok(())
    }
}

fn is_cte(query: &str, table: &QualName) -> bool {
    table.schema.is_none() && crate::pg::sql::ctes_in(query).contains(&table.name)
}
