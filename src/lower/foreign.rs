//! Foreign keys, and the one form that both sides of a reference must have.

use super::accept::adopt_form;
use super::enforce;
use super::keys::sqlite_columns;
use super::loss::{Grade, Loss, Rule};
use super::names::is_lowered;
use super::work::{Work, column_object};
use crate::ir::{ConstraintKind, ForeignKey, QualName, ReferentialAction};
use crate::pg::schema::TableConstraint;
use crate::sqlite::schema as sqlite;

/// Foreign keys, after every table, key and default is there.
pub(super) fn lower_foreign_keys(work: &mut Work<'_>) {
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(fk) = &constraint.constraint.kind {
                foreign_key(work, &name, constraint, fk);
            }
        }
    }
}

/// Columns take the form of the columns that they refer to, over chains of references too.
pub(super) fn adopt_key_forms(work: &mut Work<'_>) {
    // Each round mends one link of a chain; no chain is longer than there are tables.
    for _ in 0..work.out.tables.len() {
        let mut changed = false;
        for name in work.table_names() {
            let Some(table) = work.pg.tables.get(&name) else {
                continue;
            };
            for constraint in &table.constraints {
                let ConstraintKind::ForeignKey(fk) = &constraint.constraint.kind else {
                    continue;
                };
                let parent = parent_table(work, &fk.ref_table);
                for (child, referred) in fk.columns.iter().zip(&fk.ref_columns) {
                    if adopt_form(work, (&name, child), (&parent, referred)) {
                        changed = true;
                        let loss = Loss::new(
                            Rule::TypeForm,
                            Grade::Widened,
                            column_object(&name, child),
                            format!(
                                "Stored in the form of `{parent}.{referred}`, which it refers to."
                            ),
                        )
                        .remedy("Declare both columns with one type in the model.");
                        work.lose(loss.at(constraint.origin.as_ref()));
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
}

/// The table that rows of a referred table are in: partitions are folded into their parent.
fn parent_table(work: &Work<'_>, name: &QualName) -> QualName {
    let mut found = name.clone();
    for _ in 0..32 {
        match work
            .pg
            .tables
            .get(&found)
            .and_then(|t| t.partition_of.as_ref())
        {
            Some((parent, _)) => found = parent.clone(),
            None => break,
        }
    }
    found
}

fn foreign_key(
    work: &mut Work<'_>,
    name: &QualName,
    constraint: &TableConstraint,
    fk: &ForeignKey,
) {
    let object = format!("{name}.{}", constraint.name());
    let origin = constraint.origin.as_ref();
    let parent = parent_table(work, &fk.ref_table);
    let lowered = work
        .pg
        .tables
        .get(&parent)
        .is_some_and(|t| is_lowered(&parent, t));
    let Some(ref_table) = work
        .names
        .relation(&parent)
        .filter(|_| lowered)
        .map(str::to_owned)
    else {
        let loss = Loss::new(
            Rule::ForeignKeyOption,
            Grade::Dropped,
            object,
            format!("It refers to `{parent}`, which is not a table of the new database."),
        );
        work.lose(loss.at(origin));
        return;
    };
    let columns = sqlite_columns(work, name, &fk.columns);
    let referred = match fk.ref_columns.as_slice() {
        [] => work
            .pg
            .tables
            .get(&parent)
            .map(|t| t.primary_key().to_vec())
            .unwrap_or_default(),
        given => given.to_vec(),
    };
    let ref_columns = sqlite_columns(work, &parent, &referred);
    let set_some = if fk.on_delete_columns.is_empty() {
        Ok(Vec::new())
    } else {
        enforce::set_some(work, name, &parent, constraint, fk, &referred)
    };
    foreign_key_remarks(work, &object, constraint, fk, set_some.err());
    let action =
        |a: ReferentialAction| (a != ReferentialAction::NoAction).then(|| a.sql().to_owned());
    let match_full = fk.match_full && columns.len() > 1;
    let on_delete = if fk.on_delete_columns.is_empty() {
        action(fk.on_delete)
    } else {
        None
    };
    let lowered = sqlite::ForeignKey {
        name: Some(constraint.name().to_owned()).filter(|n| !n.is_empty()),
        columns: columns.clone(),
        ref_table,
        ref_columns,
        on_delete,
        on_update: action(fk.on_update),
        deferred: constraint.constraint.deferrable,
        origin: constraint.origin.clone(),
    };
    let Some(table) = work.sqlite_table(name) else {
        return;
    };
    table.foreign_keys.push(lowered);
    if match_full {
        let quoted: Vec<_> = columns.iter().map(|c| sqlite::quote(c)).collect();
        let all = |test: &str| {
            let tests: Vec<_> = quoted.iter().map(|c| format!("{c} {test}")).collect();
            tests.join(" AND ")
        };
        table.checks.push(sqlite::Check {
            name: Some(format!("{}_full", constraint.name())),
            expr: format!("({}) OR ({})", all("IS NULL"), all("IS NOT NULL")),
            origin: constraint.origin.clone(),
        });
    }
}

fn foreign_key_remarks(
    work: &mut Work<'_>,
    object: &str,
    constraint: &TableConstraint,
    fk: &ForeignKey,
    not_set: Option<String>,
) {
    let origin = constraint.origin.as_ref();
    let given = &constraint.constraint;
    if given.deferrable && !given.initially_deferred {
        let loss = Loss::new(
            Rule::Deferral,
            Grade::Widened,
            object,
            "Deferrable but initially immediate: SQLite has no SET CONSTRAINTS, so it is checked at the end of every transaction.",
        );
        work.lose(loss.at(origin));
    }
    if given.not_valid {
        let loss = Loss::new(
            Rule::ForeignKeyOption,
            Grade::Widened,
            object,
            "NOT VALID: old rows may break it, and SQLite's foreign_key_check finds them.",
        )
        .remedy("Mend the rows and VALIDATE the constraint before the move.");
        work.lose(loss.at(origin));
    }
    if fk.match_full && fk.columns.len() > 1 {
        let loss = Loss::new(
            Rule::ForeignKeyOption,
            Grade::Exact,
            object,
            "MATCH FULL becomes a CHECK that all of its columns are NULL or none.",
        );
        work.lose(loss.at(origin));
    }
    if fk.on_delete_columns.is_empty() {
        return;
    }
    let what = fk.on_delete.sql();
    let loss = match not_set {
        None => Loss::new(
            Rule::ForeignKeyOption,
            Grade::Exact,
            object,
            format!("ON DELETE {what} of some columns becomes a trigger of `{}`.", fk.ref_table),
        ),
        Some(reason) => Loss::new(
            Rule::ForeignKeyOption,
            Grade::Lossy,
            object,
            format!("ON DELETE {what} of some columns has no equal ({reason}): the delete is refused instead."),
        )
        .remedy(format!(
            "Set {} in a BEFORE DELETE trigger of `{}`, or in the application.",
            fk.on_delete_columns.join(", "),
            fk.ref_table
        )),
    };
    work.lose(loss.at(origin));
}
