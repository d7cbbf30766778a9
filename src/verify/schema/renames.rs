//! Tables and columns that are the same under another name. Only what has exactly one counterpart on the other side is taken
//! for renamed.

use crate::ir::{ConstraintKind, IndexKey, QualName};
use crate::pg::schema::{Column, Schema, Table};
use crate::sqlite::normal::normal;
use crate::sqlite::schema as lite;

/// Pairs of which each is the only counterpart of the other.
fn pairs<'a, T>(
    lost: &[&'a T],
    extra: &[&'a T],
    same: impl Fn(&T, &T) -> bool,
) -> Vec<(&'a T, &'a T)> {
    let only = |list: &[&'a T], one: &T, turned: bool| {
        let mut found = list
            .iter()
            .copied()
            .filter(|o| if turned { same(o, one) } else { same(one, o) });
        found.next().filter(|_| found.next().is_none())
    };
    lost.iter()
        .filter_map(|one| {
            let other = only(extra, one, false)?;
            only(lost, other, true).map(|_| (*one, other))
        })
        .collect()
}

/// Tables of two PostgreSQL schemas: name in the first, name in the second.
pub(super) fn pg_tables<'a>(
    expected: &'a Schema,
    actual: &'a Schema,
) -> Vec<(&'a QualName, &'a QualName)> {
    let alone = |one: &'a Schema, other: &'a Schema| -> Vec<&'a QualName> {
        one.tables
            .keys()
            .filter(|name| !other.tables.contains_key(*name))
            .collect()
    };
    let same = |a: &QualName, b: &QualName| match (expected.tables.get(a), actual.tables.get(b)) {
        (Some(a), Some(b)) => {
            !a.columns.is_empty()
                && a.columns.len() == b.columns.len()
                && a.columns
                    .iter()
                    .all(|c| b.column(&c.name).is_some_and(|o| same_column(c, o)))
        }
        _ => false,
    };
    pairs(&alone(expected, actual), &alone(actual, expected), same)
}

fn same_column(a: &Column, b: &Column) -> bool {
    a.type_ == b.type_ && a.nullable == b.nullable
}

/// Columns of two tables of PostgreSQL that stand at the same place with the same type.
pub(super) fn pg_columns(one: &Table, other: &Table) -> Vec<(String, String)> {
    let alone = |a: &Table, b: &Table| -> Vec<(usize, Column)> {
        let named = a.columns.iter().enumerate();
        named
            .filter(|(_, c)| b.column(&c.name).is_none())
            .map(|(at, c)| (at, c.clone()))
            .collect()
    };
    let (lost, extra) = (alone(one, other), alone(other, one));
    let (lost, extra): (Vec<_>, Vec<_>) = (lost.iter().collect(), extra.iter().collect());
    let same = |a: &(usize, Column), b: &(usize, Column)| a.0 == b.0 && same_column(&a.1, &b.1);
    let found = pairs(&lost, &extra, same);
    found
        .into_iter()
        .map(|(a, b)| (a.1.name.clone(), b.1.name.clone()))
        .collect()
}

/// A table with the first names of some columns in the place of the second ones, where they stand as names.
pub(super) fn with_names(table: &Table, names: &[(String, String)]) -> Table {
    let rename = |name: &mut String| {
        if let Some((ours, _)) = names.iter().find(|(_, theirs)| theirs == name) {
            name.clone_from(ours);
        }
    };
    let mut out = table.clone();
    out.columns.iter_mut().for_each(|c| rename(&mut c.name));
    for constraint in &mut out.constraints {
        match &mut constraint.constraint.kind {
            ConstraintKind::PrimaryKey {
                columns, include, ..
            }
            | ConstraintKind::Unique {
                columns, include, ..
            } => {
                columns.iter_mut().chain(include).for_each(rename);
            }
            ConstraintKind::ForeignKey(key) => key.columns.iter_mut().for_each(rename),
            ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => {}
        }
    }
    for index in &mut out.indexes {
        index.index.include.iter_mut().for_each(rename);
        for part in &mut index.index.parts {
            if let IndexKey::Column(name) = &mut part.key {
                rename(name);
            }
        }
    }
    out
}

/// Tables of two SQLite schemas: name in the first, name in the second.
pub(super) fn sqlite_tables<'a>(
    expected: &'a lite::Schema,
    actual: &'a lite::Schema,
) -> Vec<(&'a str, &'a str)> {
    let alone = |one: &'a lite::Schema, other: &lite::Schema| -> Vec<&'a lite::Table> {
        one.tables
            .iter()
            .filter(|t| other.table(&t.name).is_none())
            .collect()
    };
    let same = |a: &lite::Table, b: &lite::Table| {
        !a.columns.is_empty()
            && a.columns.len() == b.columns.len()
            && a.columns
                .iter()
                .all(|c| b.column(&c.name).is_some_and(|o| same_lite(c, o)))
    };
    let found = pairs(&alone(expected, actual), &alone(actual, expected), same);
    found
        .into_iter()
        .map(|(a, b)| (a.name.as_str(), b.name.as_str()))
        .collect()
}

fn same_lite(a: &lite::Column, b: &lite::Column) -> bool {
    normal(&a.declared_type).eq_ignore_ascii_case(&normal(&b.declared_type))
        && a.not_null == b.not_null
}

/// Columns of two tables of SQLite that stand at the same place with the same declared type.
pub(super) fn sqlite_columns(one: &lite::Table, other: &lite::Table) -> Vec<(String, String)> {
    let alone = |a: &lite::Table, b: &lite::Table| -> Vec<(usize, lite::Column)> {
        let named = a.columns.iter().enumerate();
        named
            .filter(|(_, c)| b.column(&c.name).is_none())
            .map(|(at, c)| (at, c.clone()))
            .collect()
    };
    let (lost, extra) = (alone(one, other), alone(other, one));
    let (lost, extra): (Vec<_>, Vec<_>) = (lost.iter().collect(), extra.iter().collect());
    let same =
        |a: &(usize, lite::Column), b: &(usize, lite::Column)| a.0 == b.0 && same_lite(&a.1, &b.1);
    let found = pairs(&lost, &extra, same);
    found
        .into_iter()
        .map(|(a, b)| (a.1.name.clone(), b.1.name.clone()))
        .collect()
}
