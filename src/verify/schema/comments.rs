//! Comments of two PostgreSQL schemas. Nothing depends on them, so they are findings of their own aspect, `comment`.

use super::pg::{Compare, VERSION_TABLE};
use super::{COMMENT, ObjectKind};
use crate::diag::Origin;
use crate::pg::schema::{Schema, Table};

/// Compares the comments of all objects that both schemas have under one name.
pub(super) fn compare_comments(compare: &mut Compare, expected: &Schema, actual: &Schema) {
    let mut both = |kind,
                    name: String,
                    one: &Option<String>,
                    other: &Option<String>,
                    origin: Option<&Origin>| {
        // PostgreSQL takes an empty comment for none.
        let text = |comment: &Option<String>| comment.clone().unwrap_or_default();
        compare.text(kind, &name, COMMENT, (text(one), text(other)), origin);
    };
    for (name, one) in &expected.schemas {
        if let Some(other) = actual.schemas.get(name) {
            both(
                ObjectKind::Schema,
                name.clone(),
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for (name, one) in &expected.enums {
        if let Some(other) = actual.enums.get(name) {
            both(
                ObjectKind::Enum,
                name.to_string(),
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for (name, one) in &expected.domains {
        if let Some(other) = actual.domains.get(name) {
            both(
                ObjectKind::Domain,
                name.to_string(),
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for (name, one) in &expected.sequences {
        if let Some(other) = actual.sequences.get(name) {
            both(
                ObjectKind::Sequence,
                name.to_string(),
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for (name, one) in &expected.views {
        if let Some(other) = actual.views.get(name) {
            both(
                ObjectKind::View,
                name.to_string(),
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for one in &expected.functions {
        let same = |f: &&crate::pg::schema::Function| f.name == one.name && f.args == one.args;
        if let Some(other) = actual.functions.iter().find(same) {
            let name = format!("{}({})", one.name, one.args);
            both(
                ObjectKind::Function,
                name,
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for one in &expected.triggers {
        let (name, table) = (&one.definition.name, &one.definition.table);
        let other = actual
            .triggers
            .iter()
            .find(|t| t.definition.name == *name && t.definition.table == *table);
        if let Some(other) = other {
            both(
                ObjectKind::Trigger,
                format!("{table}.{name}"),
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for one in &expected.policies {
        let other = actual
            .policies
            .iter()
            .find(|p| p.name == one.name && p.table == one.table);
        if let Some(other) = other {
            let name = format!("{}.{}", one.table, one.name);
            both(
                ObjectKind::Policy,
                name,
                &one.comment,
                &other.comment,
                one.origin.as_ref(),
            );
        }
    }
    for (name, one) in &expected.tables {
        let Some(other) = actual
            .tables
            .get(name)
            .filter(|_| name.name != VERSION_TABLE)
        else {
            continue;
        };
        table(&name.to_string(), one, other, &mut both);
    }
}

/// Hears of the comments of an object that both sides have.
type Both<'b> =
    dyn FnMut(ObjectKind, String, &Option<String>, &Option<String>, Option<&Origin>) + 'b;

fn table(name: &str, one: &Table, other: &Table, both: &mut Both<'_>) {
    both(
        ObjectKind::Table,
        name.to_owned(),
        &one.comment,
        &other.comment,
        one.origin.as_ref(),
    );
    for column in &one.columns {
        if let Some(found) = other.column(&column.name) {
            let object = format!("{name}.{}", column.name);
            both(
                ObjectKind::Column,
                object,
                &column.comment,
                &found.comment,
                column.origin.as_ref(),
            );
        }
    }
    for constraint in &one.constraints {
        if let Some(found) = other
            .constraints
            .iter()
            .find(|c| c.name() == constraint.name())
        {
            let object = format!("{name}.{}", constraint.name());
            let kind = super::pg_table::constraint_kind(constraint);
            both(
                kind,
                object,
                &constraint.constraint.comment,
                &found.constraint.comment,
                constraint.origin.as_ref(),
            );
        }
    }
    for index in &one.indexes {
        if let Some(found) = other.indexes.iter().find(|i| i.name() == index.name()) {
            let object = index.name().to_owned();
            both(
                ObjectKind::Index,
                object,
                &index.index.comment,
                &found.index.comment,
                index.origin.as_ref(),
            );
        }
    }
}
