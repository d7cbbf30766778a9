//! Indexes, views and triggers of two SQLite schemas.

use super::matching::match_up;
use super::sqlite::lost_and_extra;
use super::{Finding, ObjectKind, Verdict};
use crate::sqlite::normal::normal;
use crate::sqlite::schema::{Index, IndexKey, Trigger, View};

fn index_parts(index: &Index) -> String {
    let parts: Vec<String> = index
        .parts
        .iter()
        .map(|part| {
            let key = match &part.key {
                IndexKey::Column(name) => name.to_lowercase(),
                IndexKey::Expr(sql) => normal(sql),
            };
            let collate = match part.collate.as_deref() {
                Some(name) if !name.eq_ignore_ascii_case("BINARY") => {
                    format!(" COLLATE {}", name.to_ascii_uppercase())
                }
                _ => String::new(),
            };
            let order = if part.descending { " DESC" } else { "" };
            format!("{key}{collate}{order}")
        })
        .collect();
    parts.join(", ")
}

pub(super) fn compare_indexes(expected: &[Index], actual: &[Index], out: &mut Vec<Finding>) {
    let predicate = |i: &Index| i.predicate.as_deref().map(normal).unwrap_or_default();
    let matched = match_up(
        expected,
        actual,
        |a, b| a.name.eq_ignore_ascii_case(&b.name),
        |a, b| {
            a.table.eq_ignore_ascii_case(&b.table)
                && index_parts(a) == index_parts(b)
                && a.unique == b.unique
                && predicate(a) == predicate(b)
        },
    );
    let kind = ObjectKind::Index;
    for (a, b) in matched.pairs {
        let mut differs = |aspect: &str, wanted: String, found: String, verdict: Verdict| {
            if wanted != found {
                let finding = Finding::differs(kind, &a.name, aspect, wanted, found);
                out.push(finding.judged(verdict).with_origin(a.origin.as_ref()));
            }
        };
        let lower = |text: &str| text.to_lowercase();
        differs("name", lower(&a.name), lower(&b.name), Verdict::Differs);
        differs("table", lower(&a.table), lower(&b.table), Verdict::Differs);
        differs("columns", index_parts(a), index_parts(b), Verdict::Differs);
        differs("predicate", predicate(a), predicate(b), Verdict::Differs);
        let unique = |i: &Index| if i.unique { "UNIQUE" } else { "not unique" }.to_owned();
        let weaker = if a.unique {
            Verdict::Weaker
        } else {
            Verdict::Differs
        };
        differs("uniqueness", unique(a), unique(b), weaker);
    }
    let show = |i: &Index| format!("{}({})", i.table, index_parts(i));
    let name = |i: &Index| i.name.clone();
    lost_and_extra(
        kind,
        &matched.lost,
        &matched.extra,
        name,
        |i| i.origin.as_ref(),
        show,
        out,
    );
}

pub(super) fn compare_views(expected: &[View], actual: &[View], out: &mut Vec<Finding>) {
    let same = |a: &View, b: &View| a.name.eq_ignore_ascii_case(&b.name);
    let matched = match_up(expected, actual, same, |_, _| false);
    let kind = ObjectKind::View;
    for (a, b) in matched.pairs {
        let show =
            |v: &View| format!("({}) {}", v.columns.join(", "), normal(&v.query)).to_lowercase();
        if show(a) != show(b) {
            out.push(
                Finding::differs(kind, &a.name, "query", a.query.clone(), b.query.clone())
                    .with_origin(a.origin.as_ref()),
            );
        }
    }
    let name = |v: &View| v.name.clone();
    let show = |v: &View| v.query.clone();
    lost_and_extra(
        kind,
        &matched.lost,
        &matched.extra,
        name,
        |v| v.origin.as_ref(),
        show,
        out,
    );
}

pub(super) fn compare_triggers(expected: &[Trigger], actual: &[Trigger], out: &mut Vec<Finding>) {
    let same = |a: &Trigger, b: &Trigger| a.name.eq_ignore_ascii_case(&b.name);
    let matched = match_up(expected, actual, same, |_, _| false);
    let kind = ObjectKind::Trigger;
    for (a, b) in matched.pairs {
        if normal(&a.sql) != normal(&b.sql) {
            out.push(
                Finding::differs(kind, &a.name, "definition", a.sql.clone(), b.sql.clone())
                    .with_origin(a.origin.as_ref()),
            );
        }
    }
    let name = |t: &Trigger| t.name.clone();
    let show = |t: &Trigger| t.sql.clone();
    lost_and_extra(
        kind,
        &matched.lost,
        &matched.extra,
        name,
        |t| t.origin.as_ref(),
        show,
        out,
    );
}
