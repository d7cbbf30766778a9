//! Every expression, statement and type that the schema keeps as text, for renames that reach all of them.

use crate::ir::{ConstraintKind, Expr, IndexKey};
use crate::pg::schema::{Schema, Table, TableConstraint, TableIndex};
use crate::pg::types::PgType;

fn constraint(constraint: &mut TableConstraint, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut constraint.constraint.kind {
        ConstraintKind::Check { expr, .. } => visit(expr),
        ConstraintKind::Exclude {
            elements,
            predicate,
            ..
        } => {
            for (element, _) in elements {
                let head = super::column_use::element_expr(element).to_owned();
                let tail = element.get(head.len()..).unwrap_or_default().to_owned();
                let mut expr = Expr(head);
                visit(&mut expr);
                *element = format!("{expr}{tail}");
            }
            if let Some(predicate) = predicate {
                visit(predicate);
            }
        }
        ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::ForeignKey(_) => {}
    }
}

fn index(index: &mut TableIndex, visit: &mut dyn FnMut(&mut Expr)) {
    if let Some(predicate) = &mut index.index.predicate {
        visit(predicate);
    }
    for part in &mut index.index.parts {
        if let IndexKey::Expr(expr) = &mut part.key {
            visit(expr);
        }
    }
}

fn table(table: &mut Table, visit: &mut dyn FnMut(&mut Expr)) {
    for column in &mut table.columns {
        if let Some(default) = &mut column.default {
            visit(default);
        }
        if let Some(generated) = &mut column.generated {
            visit(&mut generated.expr);
        }
    }
    for one in &mut table.constraints {
        constraint(one, visit);
    }
    for one in &mut table.indexes {
        index(one, visit);
    }
}

/// Every expression: defaults, generated columns, checks, exclusion elements, indexes, domains, conditions of triggers.
pub(super) fn expressions(schema: &mut Schema, visit: &mut dyn FnMut(&mut Expr)) {
    for one in schema.tables.values_mut() {
        table(one, visit);
    }
    for domain in schema.domains.values_mut() {
        if let Some(default) = &mut domain.default {
            visit(default);
        }
        for check in &mut domain.checks {
            if let ConstraintKind::Check { expr, .. } = &mut check.kind {
                visit(expr);
            }
        }
    }
    for view in schema.views.values_mut() {
        for one in &mut view.indexes {
            index(one, visit);
        }
    }
    for trigger in &mut schema.triggers {
        if let Some(when) = &mut trigger.definition.when {
            visit(when);
        }
    }
}

/// Every statement and query that is kept as text.
pub(super) fn statements(schema: &mut Schema, visit: &mut dyn FnMut(&mut String)) {
    for view in schema.views.values_mut() {
        visit(&mut view.query);
    }
    for function in &mut schema.functions {
        visit(&mut function.sql);
    }
    for trigger in &mut schema.triggers {
        visit(&mut trigger.definition.sql);
    }
    for policy in &mut schema.policies {
        visit(&mut policy.sql);
    }
    for other in &mut schema.others {
        visit(&mut other.sql);
    }
}

/// Every type: of columns, of domains, of attributes, and of functions' arguments.
pub(super) fn types(schema: &mut Schema, visit: &mut dyn FnMut(&mut PgType)) {
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            visit(&mut column.type_);
        }
    }
    for domain in schema.domains.values_mut() {
        visit(&mut domain.base);
    }
    let mut text = |text: &mut String| {
        if let Ok(parsed) = PgType::parse(text) {
            let mut changed = parsed.clone();
            visit(&mut changed);
            if changed != parsed {
                *text = crate::pg::sql::print_type(&changed);
            }
        }
    };
    for composite in schema.composites.values_mut() {
        for (_, type_) in &mut composite.attributes {
            // A collation stands behind the type.
            match type_.split_once(" COLLATE ") {
                Some((head, collation)) => {
                    let mut head = head.to_owned();
                    let tail = format!(" COLLATE {collation}");
                    text(&mut head);
                    *type_ = head + &tail;
                }
                None => text(type_),
            }
        }
    }
    for function in &mut schema.functions {
        let mut parts: Vec<String> = super::routine::split_args(&function.args);
        parts.iter_mut().for_each(&mut text);
        function.args = parts.join(", ");
        if let Some(returns) = &mut function.returns {
            text(returns);
        }
    }
}
