//! A dump's schema in the form that a live catalog gives: what `pg_dump` spells out although it is the default, and the
//! parentheses that it writes around expressions.

use crate::ir::{Constraint, ConstraintKind, Expr, Index, IndexKey};
use crate::pg::inspect::{bare_expression, without_defaults};
use crate::pg::schema::Schema;

/// Brings expressions, sequences and view options into that form.
pub(super) fn settle(schema: &mut Schema) {
    for sequence in schema.sequences.values_mut() {
        sequence.options = without_defaults(&sequence.options);
    }
    for domain in schema.domains.values_mut() {
        domain.checks.iter_mut().for_each(constraint);
    }
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            if let Some(generated) = &mut column.generated {
                bare(&mut generated.expr);
            }
        }
        for entry in &mut table.constraints {
            constraint(&mut entry.constraint);
        }
        for entry in &mut table.indexes {
            index(&mut entry.index);
        }
    }
    for view in schema.views.values_mut() {
        for entry in &mut view.indexes {
            index(&mut entry.index);
        }
        if let Some(options) = &mut view.options {
            *options = options
                .replace("='", "=")
                .replace("',", ",")
                .replace("')", ")");
        }
    }
    for trigger in &mut schema.triggers {
        if let Some(when) = &mut trigger.definition.when {
            bare(when);
        }
    }
}

fn bare(expr: &mut Expr) {
    *expr = Expr::new(bare_expression(expr.sql()));
}

fn constraint(constraint: &mut Constraint) {
    match &mut constraint.kind {
        ConstraintKind::Check { expr, .. } => bare(expr),
        ConstraintKind::Exclude {
            predicate: Some(predicate),
            ..
        } => bare(predicate),
        ConstraintKind::Exclude {
            predicate: None, ..
        }
        | ConstraintKind::PrimaryKey { .. }
        | ConstraintKind::Unique { .. }
        | ConstraintKind::ForeignKey(_) => {}
    }
}

fn index(index: &mut Index) {
    for part in &mut index.parts {
        if let IndexKey::Expr(expr) = &mut part.key {
            bare(expr);
        }
    }
    if let Some(predicate) = &mut index.predicate {
        bare(predicate);
    }
}
