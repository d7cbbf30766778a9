//! Tables of two PostgreSQL schemas: columns, constraints, indexes.

use super::matching::match_up;
use super::pg::Compare;
use super::renames;
use super::{Finding, ObjectKind, Verdict, expr};
use crate::ir::{ConstraintKind, Expr, ForeignKey, IndexKey};
use crate::pg::schema::{Column, Table, TableConstraint, TableIndex};

/// Compares a table that both schemas have.
pub(super) fn compare_table(compare: &mut Compare, name: &str, one: &Table, other: &Table) {
    let origin = one.origin.as_ref();
    let kind = |t: &Table| format!("{:?}", t.kind).to_lowercase();
    compare.text(
        ObjectKind::Table,
        name,
        "kind",
        (kind(one), kind(other)),
        origin,
    );
    let security = |t: &Table| if t.row_security { "on" } else { "off" }.to_owned();
    compare.text(
        ObjectKind::Table,
        name,
        "row security",
        (security(one), security(other)),
        origin,
    );
    // Columns that have another name in the other table get ours, so that what stands on them is not told as well.
    let renamed = renames::pg_columns(one, other);
    for (old, new) in &renamed {
        let origin = one.column(old).and_then(|c| c.origin.as_ref());
        let names = (old.clone(), new.clone());
        compare.text(
            ObjectKind::Column,
            &format!("{name}.{old}"),
            "name",
            names,
            origin,
        );
    }
    let named;
    let other = match renamed.as_slice() {
        [] => other,
        some => {
            named = renames::with_names(other, some);
            &named
        }
    };
    compare_columns(compare, name, one, other);
    compare_constraints(compare, name, one, other);
    compare_indexes(compare, one, other);
}

fn compare_columns(compare: &mut Compare, name: &str, one: &Table, other: &Table) {
    for column in &one.columns {
        let object = format!("{name}.{}", column.name);
        match other.column(&column.name) {
            Some(found) => compare_column(compare, &object, column, found),
            None => compare.lost(ObjectKind::Column, object, column.origin.as_ref()),
        }
    }
    for column in other
        .columns
        .iter()
        .filter(|c| one.column(&c.name).is_none())
    {
        compare.extra(ObjectKind::Column, format!("{name}.{}", column.name));
    }
    let order = |table: &Table, of: &Table| -> Vec<String> {
        let both = table
            .columns
            .iter()
            .filter(|c| of.column(&c.name).is_some());
        both.map(|c| c.name.clone()).collect()
    };
    let (wanted, found) = (order(one, other), order(other, one));
    if wanted != found {
        let finding = Finding::differs(
            ObjectKind::Table,
            name,
            "order of columns",
            wanted.join(", "),
            found.join(", "),
        );
        // Everything here goes by name; only `INSERT` without a column list would tell.
        let noted = finding
            .judged(Verdict::EqualByRule)
            .noted("columns are matched by name");
        compare.out.push(noted.with_origin(one.origin.as_ref()));
    }
}

fn compare_column(compare: &mut Compare, object: &str, one: &Column, other: &Column) {
    let (kind, origin) = (ObjectKind::Column, one.origin.as_ref());
    compare.text(
        kind,
        object,
        "type",
        (one.type_.to_string(), other.type_.to_string()),
        origin,
    );
    if one.nullable != other.nullable {
        let null = |c: &Column| {
            if c.nullable {
                "NULL allowed"
            } else {
                "NOT NULL"
            }
        };
        let verdict = if one.nullable {
            Verdict::Differs
        } else {
            Verdict::Weaker
        };
        let finding = Finding::differs(kind, object, "nullability", null(one), null(other));
        compare
            .out
            .push(finding.judged(verdict).with_origin(origin));
    }
    compare.default(
        kind,
        object,
        (one.default.as_ref(), other.default.as_ref()),
        &one.type_,
        origin,
    );
    let identity = |c: &Column| match c.identity_always {
        Some(true) => "ALWAYS".to_owned(),
        Some(false) => "BY DEFAULT".to_owned(),
        None => String::new(),
    };
    compare.text(
        kind,
        object,
        "identity",
        (identity(one), identity(other)),
        origin,
    );
    let generated = |c: &Column| {
        c.generated
            .as_ref()
            .map(|g| g.expr.sql().to_owned())
            .unwrap_or_default()
    };
    let texts = (generated(one), generated(other));
    compare.property(
        expr::same(&texts.0, &texts.1),
        kind,
        object,
        "generation",
        texts,
        origin,
    );
    let collation = |c: &Column| {
        let name = c.collation.as_deref().unwrap_or_default();
        name.trim_start_matches("pg_catalog.")
            .trim_matches('"')
            .to_owned()
    };
    compare.text(
        kind,
        object,
        "collation",
        (collation(one), collation(other)),
        origin,
    );
}

pub(super) fn constraint_kind(constraint: &TableConstraint) -> ObjectKind {
    match constraint.constraint.kind {
        ConstraintKind::PrimaryKey { .. } => ObjectKind::PrimaryKey,
        ConstraintKind::Unique { .. } => ObjectKind::Unique,
        ConstraintKind::ForeignKey(_) => ObjectKind::ForeignKey,
        ConstraintKind::Check { .. } => ObjectKind::Check,
        ConstraintKind::Exclude { .. } => ObjectKind::Exclusion,
    }
}

fn optional(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => expr::same(a.sql(), b.sql()),
        (None, None) => true,
        _ => false,
    }
}

fn key(columns: &[String], include: &[String]) -> String {
    let include = match include {
        [] => String::new(),
        list => format!(" INCLUDE ({})", list.join(", ")),
    };
    format!("({}){include}", columns.join(", "))
}

fn reference(key: &ForeignKey) -> String {
    format!(
        "({}) REFERENCES {}({})",
        key.columns.join(", "),
        key.ref_table,
        key.ref_columns.join(", ")
    )
}

/// Properties of a constraint that is the same kind on both sides: aspect, texts, whether they are the same.
fn properties(
    one: &TableConstraint,
    other: &TableConstraint,
) -> Vec<(&'static str, (String, String), bool)> {
    let mut out = Vec::new();
    let mut text = |aspect: &'static str, a: String, b: String| {
        let same = a == b;
        out.push((aspect, (a, b), same));
    };
    match (&one.constraint.kind, &other.constraint.kind) {
        (
            ConstraintKind::PrimaryKey {
                columns: a,
                include: ai,
                ..
            },
            ConstraintKind::PrimaryKey {
                columns: b,
                include: bi,
                ..
            },
        ) => text("columns", key(a, ai), key(b, bi)),
        (
            ConstraintKind::Unique {
                columns: a,
                include: ai,
                nulls_not_distinct: an,
                ..
            },
            ConstraintKind::Unique {
                columns: b,
                include: bi,
                nulls_not_distinct: bn,
                ..
            },
        ) => {
            text("columns", key(a, ai), key(b, bi));
            let nulls = |not: bool| if not { "not distinct" } else { "distinct" }.to_owned();
            text("nulls", nulls(*an), nulls(*bn));
        }
        (ConstraintKind::ForeignKey(a), ConstraintKind::ForeignKey(b)) => {
            text("columns", reference(a), reference(b));
            text(
                "ON DELETE",
                a.on_delete.sql().to_owned(),
                b.on_delete.sql().to_owned(),
            );
            text(
                "ON UPDATE",
                a.on_update.sql().to_owned(),
                b.on_update.sql().to_owned(),
            );
            let full = |f: bool| if f { "FULL" } else { "SIMPLE" }.to_owned();
            text("MATCH", full(a.match_full), full(b.match_full));
        }
        (ConstraintKind::Check { expr: a, .. }, ConstraintKind::Check { expr: b, .. }) => {
            let same = expr::same(a.sql(), b.sql());
            out.push(("condition", (a.sql().to_owned(), b.sql().to_owned()), same));
        }
        (
            ConstraintKind::Exclude {
                method: am,
                elements: ae,
                predicate: ap,
            },
            ConstraintKind::Exclude {
                method: bm,
                elements: be,
                predicate: bp,
            },
        ) => {
            text("method", am.to_lowercase(), bm.to_lowercase());
            let same = ae.len() == be.len()
                && ae
                    .iter()
                    .zip(be)
                    .all(|(a, b)| a.1 == b.1 && expr::same(&a.0, &b.0));
            let show = |e: &[(String, String)]| {
                e.iter()
                    .map(|(x, op)| format!("{x} WITH {op}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            out.push(("elements", (show(ae), show(be)), same));
            let sql = |e: &Option<Expr>| e.as_ref().map(|e| e.sql().to_owned()).unwrap_or_default();
            out.push((
                "predicate",
                (sql(ap), sql(bp)),
                optional(ap.as_ref(), bp.as_ref()),
            ));
        }
        _ => {
            let kind = |c| constraint_kind(c).name().to_owned();
            text("kind", kind(one), kind(other));
        }
    }
    let state = |c: &TableConstraint| {
        let c = &c.constraint;
        let mut words = Vec::new();
        words.extend(c.deferrable.then_some("DEFERRABLE"));
        words.extend(c.initially_deferred.then_some("INITIALLY DEFERRED"));
        words.extend(c.not_valid.then_some("NOT VALID"));
        words.join(" ")
    };
    let (a, b) = (state(one), state(other));
    let same = a == b;
    out.push(("state", (a, b), same));
    out
}

fn compare_constraints(compare: &mut Compare, table: &str, one: &Table, other: &Table) {
    let matched = match_up(
        &one.constraints,
        &other.constraints,
        |a, b| a.name() == b.name(),
        |a, b| constraint_kind(a) == constraint_kind(b) && properties(a, b).iter().all(|p| p.2),
    );
    for (a, b) in matched.pairs {
        let (kind, origin) = (constraint_kind(a), a.origin.as_ref());
        let object = format!("{table}.{}", a.name());
        compare.text(
            kind,
            &object,
            "name",
            (a.name().to_owned(), b.name().to_owned()),
            origin,
        );
        for (aspect, texts, same) in properties(a, b) {
            compare.property(same, kind, &object, aspect, texts, origin);
        }
    }
    for lost in matched.lost {
        let object = format!("{table}.{}", lost.name());
        compare.lost(constraint_kind(lost), object, lost.origin.as_ref());
    }
    for extra in matched.extra {
        compare.extra(constraint_kind(extra), format!("{table}.{}", extra.name()));
    }
}

/// Properties of an index: aspect, texts, whether they are the same.
fn index_properties(
    one: &TableIndex,
    other: &TableIndex,
) -> Vec<(&'static str, (String, String), bool)> {
    let (a, b) = (&one.index, &other.index);
    let mut out = Vec::new();
    let same_parts = a.parts.len() == b.parts.len()
        && a.parts.iter().zip(&b.parts).all(|(x, y)| {
            let sql = |key: &IndexKey| match key {
                // A column as an expression; quoted, since it may be spelled like anything.
                IndexKey::Column(name) => format!("\"{}\"", name.replace('"', "\"\"")),
                IndexKey::Expr(expr) => expr.sql().to_owned(),
            };
            // NULLS LAST after ASC and NULLS FIRST after DESC are the defaults.
            let nulls = |p: &crate::ir::IndexPart| p.nulls_first.unwrap_or(p.descending);
            let collation = |p: &crate::ir::IndexPart| {
                p.collation
                    .as_deref()
                    .unwrap_or_default()
                    .trim_matches('"')
                    .to_owned()
            };
            x.descending == y.descending
                && nulls(x) == nulls(y)
                && x.opclass == y.opclass
                && collation(x) == collation(y)
                && (x.key == y.key || expr::same(&sql(&x.key), &sql(&y.key)))
        });
    out.push(("columns", (parts(one), parts(other)), same_parts));
    let sql = |e: Option<&Expr>| e.map(|e| e.sql().to_owned()).unwrap_or_default();
    let predicates = (sql(a.predicate.as_ref()), sql(b.predicate.as_ref()));
    out.push((
        "predicate",
        predicates,
        optional(a.predicate.as_ref(), b.predicate.as_ref()),
    ));
    let mut text = |aspect: &'static str, a: String, b: String| {
        let same = a == b;
        out.push((aspect, (a, b), same));
    };
    let unique = |u: bool| if u { "UNIQUE" } else { "not unique" }.to_owned();
    text("uniqueness", unique(a.unique), unique(b.unique));
    let method = |m: &Option<String>| m.as_deref().unwrap_or("btree").to_lowercase();
    text("method", method(&a.method), method(&b.method));
    text(
        "included columns",
        a.include.join(", "),
        b.include.join(", "),
    );
    let nulls = |not: bool| if not { "not distinct" } else { "distinct" }.to_owned();
    text(
        "nulls",
        nulls(a.nulls_not_distinct),
        nulls(b.nulls_not_distinct),
    );
    out
}

fn parts(index: &TableIndex) -> String {
    let parts = index.index.parts.iter().map(|part| {
        let mut text = match &part.key {
            IndexKey::Column(name) => name.clone(),
            IndexKey::Expr(expr) => format!("({expr})"),
        };
        if let Some(collation) = &part.collation {
            text.push_str(&format!(" COLLATE {collation}"));
        }
        if let Some(class) = &part.opclass {
            text.push_str(&format!(" {class}"));
        }
        if part.descending {
            text.push_str(" DESC");
        }
        match part.nulls_first {
            Some(true) => text.push_str(" NULLS FIRST"),
            Some(false) => text.push_str(" NULLS LAST"),
            None => {}
        }
        text
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn compare_indexes(compare: &mut Compare, one: &Table, other: &Table) {
    let matched = match_up(
        &one.indexes,
        &other.indexes,
        |a, b| a.name() == b.name(),
        |a, b| index_properties(a, b).iter().all(|p| p.2),
    );
    let kind = ObjectKind::Index;
    for (a, b) in matched.pairs {
        let origin = a.origin.as_ref();
        compare.text(
            kind,
            a.name(),
            "name",
            (a.name().to_owned(), b.name().to_owned()),
            origin,
        );
        for (aspect, texts, same) in index_properties(a, b) {
            compare.property(same, kind, a.name(), aspect, texts, origin);
        }
    }
    for lost in matched.lost {
        compare.lost(kind, lost.name(), lost.origin.as_ref());
    }
    for extra in matched.extra {
        compare.extra(kind, extra.name());
    }
}
