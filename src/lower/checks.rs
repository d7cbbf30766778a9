//! CHECK constraints: those of tables, those of domains (inlined), and those that keep enums to their labels. Generated columns too,
//! since the same rules hold for their expressions.

use super::encoding::Encoding;
use super::enforce;
use super::expr::{Note, Place, Translator, Ty, table_scope};
use super::indexes::fts5;
use super::loss::{Grade, Loss, Rule};
use super::tables::length_limit;
use super::work::{Work, column_map, column_object};
use crate::diag::Origin;
use crate::ir::{ConstraintKind, Generated, QualName};
use crate::pg::schema::{Column, TableConstraint};
use crate::pg::sql::ast::Node;
use crate::pg::sql::referenced_columns;
use crate::pg::sql::rewrite::rewrite;
use crate::pg::types::BaseType;
use crate::sqlite::schema::{self as sqlite, quote};

/// Lengths of texts as checks, where the team wants them kept.
pub(super) fn lower_lengths(work: &mut Work<'_>) {
    if !work.options.check_lengths {
        return;
    }
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for column in &table.columns {
            let pg_type = work.resolve_domains(&column.type_).0;
            let Some(limit) = length_limit(&pg_type) else {
                continue;
            };
            let Some(map) = work.map(&name).and_then(|t| column_map(t, &column.name)) else {
                continue;
            };
            if map.encoding != Encoding::Text {
                continue;
            }
            let check = sqlite::Check {
                name: Some(format!("ck_{}_{}_length", name.name, column.name)),
                expr: format!("length({}) <= {limit}", quote(&map.sqlite)),
                origin: column.origin.clone(),
            };
            if let Some(table) = work.sqlite_table(&name) {
                table.checks.push(check);
            }
        }
    }
}

/// Checks of domains stand at every column of the domain.
pub(super) fn lower_domains(work: &mut Work<'_>) {
    for (name, domain) in &work.pg.domains {
        let loss = Loss::new(
            Rule::DomainInlined,
            Grade::Exact,
            name.to_string(),
            format!(
                "A domain becomes its base type {} and the checks of it.",
                domain.base
            ),
        );
        work.lose(loss.at(domain.origin.as_ref()));
    }
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for column in &table.columns {
            domain_checks(work, &name, column);
        }
    }
}

fn domain_checks(work: &mut Work<'_>, table: &QualName, column: &Column) {
    let mut current = column.type_.clone();
    for _ in 0..32 {
        let Some((domain_name, domain)) = work.domain(&current) else {
            break;
        };
        if current.array {
            break;
        }
        for check in &domain.checks {
            let ConstraintKind::Check { expr, .. } = &check.kind else {
                continue;
            };
            let object = column_object(table, &column.name);
            let name = format!(
                "ck_{}_{}_{}",
                table.name,
                column.name,
                check.name.as_deref().unwrap_or(&domain_name.name)
            );
            let result = crate::pg::sql::parse_expr(expr.sql())
                .and_then(|node| value_to_column(node, &column.name))
                .and_then(|node| translate_check(work, table, &node));
            add_check(
                work,
                table,
                NewCheck {
                    name,
                    object,
                    text: expr.sql(),
                    result,
                    origin: domain.origin.as_ref(),
                },
            );
        }
        current = domain.base.clone();
    }
}

/// `VALUE` of a domain's check becomes the column.
fn value_to_column(mut node: Node, column: &str) -> Result<Node, String> {
    rewrite(&mut node, &mut |node: &Node| match node {
        Node::Column(path) if matches!(path.as_slice(), [only] if only == "value") => {
            Some(Node::Column(vec![column.to_owned()]))
        }
        _ => None,
    })?;
    Ok(node)
}

/// CHECK constraints of tables.
pub(super) fn lower_checks(work: &mut Work<'_>) {
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for constraint in &table.constraints {
            if let ConstraintKind::Check { expr, .. } = &constraint.constraint.kind {
                lower_check(work, &name, constraint, expr.sql());
            }
        }
    }
}

fn lower_check(work: &mut Work<'_>, table: &QualName, constraint: &TableConstraint, text: &str) {
    let object = format!("{table}.{}", constraint.name());
    let node = crate::pg::sql::parse_expr(text);
    let result = node
        .clone()
        .and_then(|node| translate_check(work, table, &node));
    if constraint.constraint.not_valid {
        let loss = Loss::new(
            Rule::CheckDropped,
            Grade::Widened,
            object.clone(),
            "NOT VALID: old rows may break it, and would be rejected here.",
        )
        .remedy("Mend the rows and VALIDATE the constraint before the move.");
        work.lose(loss.at(constraint.origin.as_ref()));
    }
    if let (Err(_), Ok(node)) = (&result, &node)
        && let Ok(notes) = enforce::check(
            work,
            table,
            constraint.name(),
            node,
            constraint.origin.as_ref(),
        )
    {
        let kept = Note {
            grade: Grade::Exact,
            text: "The check is kept by triggers: SQLite takes it not in a CHECK.".to_owned(),
        };
        for note in std::iter::once(kept).chain(notes) {
            let loss = Loss::new(Rule::CheckDropped, note.grade, object.clone(), note.text);
            work.lose(loss.at(constraint.origin.as_ref()));
        }
        return;
    }
    add_check(
        work,
        table,
        NewCheck {
            name: constraint.name().to_owned(),
            object,
            text,
            result,
            origin: constraint.origin.as_ref(),
        },
    );
}

type Checked = Result<(String, Vec<Note>), String>;

fn translate_check(work: &Work<'_>, table: &QualName, node: &Node) -> Checked {
    let map = work.map(table).ok_or("the table is not lowered")?;
    let translator = Translator::new(work.catalog(), Place::Check, table_scope(map, None));
    let done = translator.value_for(node, &Ty::boolean())?;
    Ok((done.sql, done.notes))
}

struct NewCheck<'t> {
    name: String,
    object: String,
    text: &'t str,
    result: Checked,
    origin: Option<&'t Origin>,
}

fn add_check(work: &mut Work<'_>, table: &QualName, check: NewCheck<'_>) {
    match check.result {
        Ok((expr, notes)) => {
            for note in notes {
                let loss = Loss::new(
                    Rule::CheckDropped,
                    note.grade,
                    check.object.clone(),
                    note.text,
                );
                work.lose(loss.at(check.origin));
            }
            if let Some(table) = work.sqlite_table(table) {
                table.checks.push(sqlite::Check {
                    name: Some(check.name).filter(|n| !n.is_empty()),
                    expr,
                    origin: check.origin.cloned(),
                });
            }
        }
        Err(reason) => {
            let loss = Loss::new(
                Rule::CheckDropped,
                Grade::Lossy,
                check.object,
                format!("CHECK ({}) has no equal: {reason}.", check.text),
            )
            .remedy("Check it in the application (`@validates` in the model), or in a BEFORE trigger with RAISE.");
            work.lose(loss.at(check.origin));
        }
    }
}

/// Generated columns.
pub(super) fn lower_generated(work: &mut Work<'_>) {
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for column in &table.columns {
            if let Some(generated) = &column.generated {
                lower_generated_column(work, &name, column, generated);
            }
        }
    }
}

fn lower_generated_column(
    work: &mut Work<'_>,
    table: &QualName,
    column: &Column,
    generated: &Generated,
) {
    let object = column_object(table, &column.name);
    let origin = column.origin.as_ref();
    let Some(map) = work.map(table) else { return };
    let Some(own) = column_map(map, &column.name) else {
        return;
    };
    let (want, sqlite_name) = (
        Ty {
            pg: own.pg_type.clone(),
            encoding: own.encoding.clone(),
        },
        own.sqlite.clone(),
    );
    let translator = Translator::new(work.catalog(), Place::Generated, table_scope(map, None));
    let done = crate::pg::sql::parse_expr(generated.expr.sql())
        .and_then(|node| translator.value_for(&node, &want));
    match done {
        Ok(done) => {
            for note in done.notes {
                let loss = Loss::new(
                    Rule::GeneratedDropped,
                    note.grade,
                    object.clone(),
                    note.text,
                );
                work.lose(loss.at(origin));
            }
            if let Some(map) = work.out.tables.iter_mut().find(|t| t.pg == *table)
                && let Some(column) = map.columns.iter_mut().find(|c| c.sqlite == sqlite_name)
            {
                column.generated = true;
            }
            if let Some(table) = work.sqlite_table(table)
                && let Some(column) = table.columns.iter_mut().find(|c| c.name == sqlite_name)
            {
                column.generated = Some(sqlite::Generated {
                    expr: done.sql,
                    stored: generated.stored,
                });
            }
        }
        Err(reason) => {
            let loss = Loss::new(
                Rule::GeneratedDropped,
                Grade::Lossy,
                object,
                format!(
                    "GENERATED AS ({}) has no equal ({reason}): it is an ordinary column with the values that PostgreSQL computed.",
                    generated.expr
                ),
            );
            let searched = column.type_.base == BaseType::TsVector;
            let fts = searched.then(|| {
                let node = crate::pg::sql::parse_expr(generated.expr.sql());
                let read = node.map(|n| referenced_columns(&n)).unwrap_or_default();
                work.map(table)
                    .and_then(|map| fts5(map, &read, "porter unicode61"))
            });
            let loss = loss.remedy(match fts.flatten() {
                Some(sql) => {
                    format!("Search through FTS5 instead, kept up to date by triggers: {sql}")
                }
                None => {
                    "Compute it in the application, or in AFTER INSERT and AFTER UPDATE triggers."
                        .to_owned()
                }
            });
            work.lose(loss.at(origin));
        }
    }
}
