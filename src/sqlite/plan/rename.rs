//! A schema after renames, as `ALTER TABLE .. RENAME` leaves it: every reference follows.

use std::collections::BTreeSet;

use crate::sqlite::schema::{IndexKey, Schema, Table};
use crate::sqlite::text::{Kind, is_keyword, quote, tokens};

/// Renames a table and what refers to it; views and triggers are not looked into.
pub(super) fn rename_table(schema: &mut Schema, from: &str, to: &str) {
    let set = |name: &mut String| {
        if name.eq_ignore_ascii_case(from) {
            to.clone_into(name);
        }
    };
    for table in &mut schema.tables {
        set(&mut table.name);
        for key in &mut table.foreign_keys {
            set(&mut key.ref_table);
        }
    }
    for index in &mut schema.indexes {
        set(&mut index.table);
    }
}

/// Renames a column and what refers to it; views and triggers are not looked into.
pub(super) fn rename_column(schema: &mut Schema, table: &str, from: &str, to: &str) {
    let set = |name: &mut String| {
        if name.eq_ignore_ascii_case(from) {
            to.clone_into(name);
        }
    };
    for other in &mut schema.tables {
        for key in &mut other.foreign_keys {
            if key.ref_table.eq_ignore_ascii_case(table) {
                key.ref_columns.iter_mut().for_each(set);
            }
        }
        if other.name.eq_ignore_ascii_case(table) {
            rename_inside(other, from, to);
        }
    }
    for index in &mut schema.indexes {
        if !index.table.eq_ignore_ascii_case(table) {
            continue;
        }
        for part in &mut index.parts {
            match &mut part.key {
                IndexKey::Column(name) => set(name),
                IndexKey::Expr(expr) => *expr = in_expression(expr, from, to),
            }
        }
        if let Some(predicate) = &mut index.predicate {
            *predicate = in_expression(predicate, from, to);
        }
    }
}

fn rename_inside(table: &mut Table, from: &str, to: &str) {
    let set = |name: &mut String| {
        if name.eq_ignore_ascii_case(from) {
            to.clone_into(name);
        }
    };
    for column in &mut table.columns {
        set(&mut column.name);
        if let Some(generated) = &mut column.generated {
            generated.expr = in_expression(&generated.expr, from, to);
        }
    }
    if let Some(key) = &mut table.primary_key {
        key.columns.iter_mut().for_each(set);
    }
    for unique in &mut table.uniques {
        unique.columns.iter_mut().for_each(set);
    }
    for key in &mut table.foreign_keys {
        key.columns.iter_mut().for_each(set);
    }
    for check in &mut table.checks {
        check.expr = in_expression(&check.expr, from, to);
    }
}

/// An expression with a column renamed.
pub(super) fn in_expression(sql: &str, from: &str, to: &str) -> String {
    in_expression_all(sql, |name| {
        name.eq_ignore_ascii_case(from).then(|| to.to_owned())
    })
}

/// An expression with columns renamed, all at once.
pub(super) fn in_expression_all(sql: &str, new_name: impl Fn(&str) -> Option<String>) -> String {
    let all = tokens(sql);
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    for (place, token) in all.iter().enumerate() {
        out.push_str(sql.get(at..token.start).unwrap_or_default());
        let is_call = all.get(place + 1).is_some_and(|next| next.is("("));
        let is_name = match token.kind {
            Kind::Word => !is_call && !is_keyword(token.text),
            Kind::Quoted => true,
            _ => false,
        };
        let renamed = token.name().filter(|_| is_name).and_then(|n| new_name(&n));
        match renamed {
            Some(name) => out.push_str(&quote(&name)),
            None => out.push_str(token.text),
        }
        at = token.end();
    }
    out.push_str(sql.get(at..).unwrap_or_default());
    out
}

/// Renames in an order in which no new name is taken yet; names that wait for each other go by way of a third.
pub(super) fn ordered(
    mut pairs: Vec<(String, String)>,
    taken: impl IntoIterator<Item = String>,
) -> Vec<(String, String)> {
    let mut taken: BTreeSet<String> = taken.into_iter().map(|n| n.to_lowercase()).collect();
    let mut out = Vec::with_capacity(pairs.len());
    while !pairs.is_empty() {
        let free = pairs
            .iter()
            .position(|(_, to)| !taken.contains(&to.to_lowercase()));
        let (from, to) = match free {
            Some(at) => pairs.remove(at),
            None => {
                let Some(first) = pairs.first_mut() else {
                    break;
                };
                let way = format!("_decant_way_{}", first.1);
                (std::mem::replace(&mut first.0, way.clone()), way)
            }
        };
        taken.remove(&from.to_lowercase());
        taken.insert(to.to_lowercase());
        out.push((from, to));
    }
    out
}

/// Whether a text names something, as a word of its own.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql).iter().any(|token| {
        matches!(token.kind, Kind::Word | Kind::Quoted)
            && token.name().is_some_and(|n| n.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_column_is_renamed() {
        assert_eq!(
            in_expression(
                "lower(Lower) <> 'lower' AND \"lower\" > 0",
                "lower",
                "order"
            ),
            "lower(\"order\") <> 'lower' AND \"order\" > 0"
        );
    }

    #[test]
    fn names_that_are_swapped_go_by_way_of_a_third() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let both = vec![pair("a", "b"), pair("b", "a")];
        assert_eq!(
            ordered(both, ["a".to_owned(), "b".to_owned()]),
            [
                pair("a", "_decant_way_b"),
                pair("b", "a"),
                pair("_decant_way_b", "b")
            ]
        );
    }
}
