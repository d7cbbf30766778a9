//! What uses a column, and its new name in what does.

use super::Replay;
use super::lookup::mentions_word;
use crate::ir::{ConstraintKind, Expr, IndexKey, QualName};
use crate::pg::schema::{Policy, Table, TableConstraint, TableIndex, Trigger};
use crate::pg::sql::{columns_in, columns_in_query, rename_column_in_expr};

/// Whether an expression's text mentions a column.
pub(super) fn mentions(expr: &Expr, column: &str) -> bool {
    mentions_word(expr.sql(), column) && columns_in(expr.sql()).iter().any(|c| c == column)
}

/// Whether a trigger watches a column or reads it in its condition.
pub(super) fn trigger_uses(trigger: &Trigger, column: &str) -> bool {
    let watched = trigger.definition.events.iter().any(|e| {
        e.split_once(" OF ").is_some_and(|(_, list)| {
            list.split(',')
                .any(|c| c.trim().trim_matches('"') == column)
        })
    });
    let when = trigger.definition.when.as_ref();
    watched || when.is_some_and(|w| mentions(w, column))
}

/// Whether a policy reads a column.
pub(super) fn policy_uses(policy: &Policy, column: &str) -> bool {
    mentions_word(&policy.sql, column)
        && columns_in_query(&policy.sql)
            .iter()
            .any(|path| path.last().is_some_and(|c| c == column))
}

/// Whether an index is over, includes, or is limited by a column.
pub(super) fn index_uses(index: &TableIndex, column: &str) -> bool {
    let index = &index.index;
    index.include.iter().any(|c| c == column)
        || index
            .predicate
            .as_ref()
            .is_some_and(|p| mentions(p, column))
        || index.parts.iter().any(|part| match &part.key {
            IndexKey::Column(name) => name == column,
            IndexKey::Expr(expr) => mentions(expr, column),
        })
}

/// Whether a constraint goes when a column of its table goes.
pub(super) fn constraint_uses(constraint: &TableConstraint, column: &str) -> bool {
    let has = |columns: &[String]| columns.iter().any(|c| c == column);
    match &constraint.constraint.kind {
        ConstraintKind::PrimaryKey {
            columns, include, ..
        }
        | ConstraintKind::Unique {
            columns, include, ..
        } => has(columns) || has(include),
        ConstraintKind::ForeignKey(key) => has(&key.columns),
        ConstraintKind::Check { expr, .. } => mentions(expr, column),
        ConstraintKind::Exclude {
            elements,
            predicate,
            ..
        } => {
            elements
                .iter()
                .any(|(element, _)| mentions(&Expr(element_expr(element).to_owned()), column))
                || predicate.as_ref().is_some_and(|p| mentions(p, column))
        }
    }
}

/// The expression of an exclusion element, without the operator class and options behind it.
pub(super) fn element_expr(element: &str) -> &str {
    if element.starts_with('(') || element.contains('(') {
        return element;
    }
    element.split_whitespace().next().unwrap_or(element)
}

impl Replay {
    /// What keeps a column's type from being changed: PostgreSQL's words for it, and the object (`ATExecAlterColumnType`).
    pub(super) fn types_held_by(
        &self,
        table: &QualName,
        column: &str,
    ) -> Option<(&'static str, String)> {
        if let Some(view) = self.views_using(table, column).first() {
            return Some(("used by a view or rule", format!("view {view}")));
        }
        let generated = self.schema.tables.get(table).and_then(|t| {
            t.columns.iter().find(|c| {
                let expr = c.generated.as_ref().map(|g| &g.expr);
                expr.is_some_and(|e| mentions(e, column))
            })
        });
        if let Some(generated) = generated {
            let who = format!("generated column \"{}\"", generated.name);
            return Some(("used by a generated column", who));
        }
        let on = |t: &&Trigger| t.definition.table == *table && trigger_uses(t, column);
        if let Some(trigger) = self.schema.triggers.iter().find(on) {
            let who = format!("trigger {}", trigger.definition.name);
            return Some(("used in a trigger definition", who));
        }
        let on = |p: &&Policy| p.table == *table && policy_uses(p, column);
        let policy = self.schema.policies.iter().find(on)?;
        let who = format!("policy {}", policy.name);
        Some(("used in a policy definition", who))
    }
}

/// Whether a foreign key refers to a column of a table.
pub(super) fn refers_to_column(
    constraint: &TableConstraint,
    table: &QualName,
    column: &str,
) -> bool {
    matches!(&constraint.constraint.kind, ConstraintKind::ForeignKey(key)
        if key.ref_table == *table && key.ref_columns.iter().any(|c| c == column))
}

pub(super) fn rename_in_list(columns: &mut [String], from: &str, to: &str) {
    for column in columns {
        if column == from {
            *column = to.to_owned();
        }
    }
}

pub(super) fn rename_in_expr(expr: &mut Expr, from: &str, to: &str) {
    if mentions_word(expr.sql(), from) {
        expr.0 = rename_column_in_expr(&expr.0, from, to);
    }
}

/// A renamed column in an index.
pub(super) fn rename_in_index(index: &mut TableIndex, from: &str, to: &str) {
    let index = &mut index.index;
    rename_in_list(&mut index.include, from, to);
    if let Some(predicate) = &mut index.predicate {
        rename_in_expr(predicate, from, to);
    }
    for part in &mut index.parts {
        match &mut part.key {
            IndexKey::Column(name) if name == from => *name = to.to_owned(),
            IndexKey::Column(_) => {}
            IndexKey::Expr(expr) => rename_in_expr(expr, from, to),
        }
    }
}

pub(super) fn rename_within(table: &mut Table, from: &str, to: &str) {
    for column in &mut table.columns {
        if column.name == from {
            column.name = to.to_owned();
        }
        if let Some(generated) = &mut column.generated {
            rename_in_expr(&mut generated.expr, from, to);
        }
    }
    for constraint in &mut table.constraints {
        match &mut constraint.constraint.kind {
            ConstraintKind::PrimaryKey {
                columns, include, ..
            }
            | ConstraintKind::Unique {
                columns, include, ..
            } => {
                rename_in_list(columns, from, to);
                rename_in_list(include, from, to);
            }
            ConstraintKind::ForeignKey(key) => {
                rename_in_list(&mut key.columns, from, to);
                rename_in_list(&mut key.on_delete_columns, from, to);
            }
            ConstraintKind::Check { expr, .. } => rename_in_expr(expr, from, to),
            ConstraintKind::Exclude {
                elements,
                predicate,
                ..
            } => {
                for (element, _) in elements {
                    let head = element_expr(element).to_owned();
                    let tail = element.get(head.len()..).unwrap_or_default().to_owned();
                    *element = format!("{}{tail}", rename_column_in_expr(&head, from, to));
                }
                if let Some(predicate) = predicate {
                    rename_in_expr(predicate, from, to);
                }
            }
        }
    }
    for index in &mut table.indexes {
        rename_in_index(index, from, to);
    }
    if let Some(partition) = &mut table.partition_by
        && let Some((head, list)) = partition.split_once('(')
        && let Some(list) = list.trim_end().strip_suffix(')')
    {
        let renamed: Vec<String> = list
            .split(',')
            .map(|item| rename_column_in_expr(item.trim(), from, to))
            .collect();
        *partition = format!("{head}({})", renamed.join(", "));
    }
}
