//! Whether two objects are the same to SQLite: spelling, comments and the names of constraints do not count.

use std::collections::BTreeSet;

use crate::sqlite::normal::normal;
use crate::sqlite::schema::{Column, Default_, ForeignKey, Index, IndexKey, Table};

/// Whether a table needs no change to become the other.
pub(super) fn same_table(a: &Table, b: &Table) -> bool {
    a.columns.len() == b.columns.len()
        && a.columns
            .iter()
            .zip(&b.columns)
            .all(|(a, b)| same_column(a, b))
        && same_frame(a, b)
}

/// The same but for the columns themselves.
pub(super) fn same_frame(a: &Table, b: &Table) -> bool {
    a.without_rowid == b.without_rowid
        && a.strict == b.strict
        && key(a) == key(b)
        && uniques(a) == uniques(b)
        && checks(a) == checks(b)
        && foreign_keys(a) == foreign_keys(b)
}

/// Whether two columns are declared alike.
pub(super) fn same_column(a: &Column, b: &Column) -> bool {
    let declared = |c: &Column| normal(&c.declared_type).replace(' ', "");
    let generated = |c: &Column| c.generated.as_ref().map(|g| (normal(&g.expr), g.stored));
    let collate = |c: &Column| c.collate.as_ref().map(|c| c.to_ascii_uppercase());
    a.name.eq_ignore_ascii_case(&b.name)
        && declared(a) == declared(b)
        && a.not_null == b.not_null
        && default(a) == default(b)
        && generated(a) == generated(b)
        && collate(a) == collate(b)
}

/// Whether two indexes are made alike.
pub(super) fn same_index(a: &Index, b: &Index) -> bool {
    let parts = |index: &Index| -> Vec<_> {
        let part = |p: &crate::sqlite::schema::IndexPart| {
            let text = match &p.key {
                IndexKey::Column(name) => name.to_lowercase(),
                IndexKey::Expr(expr) => normal(expr),
            };
            (
                text,
                p.collate.as_ref().map(|c| c.to_ascii_uppercase()),
                p.descending,
            )
        };
        index.parts.iter().map(part).collect()
    };
    a.name.eq_ignore_ascii_case(&b.name)
        && a.table.eq_ignore_ascii_case(&b.table)
        && a.unique == b.unique
        && parts(a) == parts(b)
        && a.predicate.as_deref().map(normal) == b.predicate.as_deref().map(normal)
}

fn default(column: &Column) -> Option<String> {
    column.default.as_ref().map(|d| match d {
        Default_::Literal(sql) | Default_::Expr(sql) => normal(sql),
    })
}

fn lower(names: &[String]) -> Vec<String> {
    names.iter().map(|n| n.to_lowercase()).collect()
}

fn key(table: &Table) -> Option<(Vec<String>, bool)> {
    let key = table.primary_key.as_ref()?;
    Some((lower(&key.columns), key.autoincrement))
}

fn uniques(table: &Table) -> BTreeSet<Vec<String>> {
    table.uniques.iter().map(|u| lower(&u.columns)).collect()
}

fn checks(table: &Table) -> BTreeSet<String> {
    table.checks.iter().map(|c| normal(&c.expr)).collect()
}

type Reference = (Vec<String>, String, Vec<String>, String, String, bool);

fn foreign_keys(table: &Table) -> BTreeSet<Reference> {
    table.foreign_keys.iter().map(reference).collect()
}

/// A foreign key by what it does.
pub(super) fn reference(key: &ForeignKey) -> Reference {
    let action = |a: &Option<String>| a.clone().unwrap_or_default().to_ascii_uppercase();
    (
        lower(&key.columns),
        key.ref_table.to_lowercase(),
        lower(&key.ref_columns),
        action(&key.on_delete),
        action(&key.on_update),
        key.deferred,
    )
}
