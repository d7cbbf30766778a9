//! Enums: a CHECK over the labels, or, where the team wants it, a table of them that columns refer to.

use std::collections::BTreeMap;

use super::loss::{Grade, Loss, Rule};
use super::work::{Work, column_map};
use crate::ir::QualName;
use crate::sqlite::schema::{self as sqlite, quote, string_literal};

/// The key of a table of labels.
const LABEL: &str = "label";

/// Makes the tables of labels; gives their names by the enum's.
fn tables(work: &mut Work<'_>) -> BTreeMap<QualName, String> {
    let wanted = &work.options.enum_tables;
    let all = wanted.iter().any(|name| name == "*");
    for entry in wanted.iter().filter(|name| *name != "*") {
        if !work.pg.enums.keys().any(|name| name.to_string() == *entry) {
            work.out
                .unused_accepts
                .push(format!("enum-tables \"{entry}\": no such enum"));
        }
    }
    let mut out = BTreeMap::new();
    for (name, found) in &work.pg.enums {
        if !all && !wanted.contains(&name.to_string()) {
            continue;
        }
        let sqlite_name = work.names.take_table(name);
        let column = |name: &str, declared: &str| sqlite::Column {
            name: name.to_owned(),
            declared_type: declared.to_owned(),
            not_null: true,
            ..sqlite::Column::default()
        };
        let labels = found.labels.iter().enumerate();
        let rows = labels.map(|(at, label)| vec![string_literal(label), (at + 1).to_string()]);
        work.out.sqlite.tables.push(sqlite::Table {
            name: sqlite_name.clone(),
            columns: vec![column(LABEL, "TEXT"), column("position", "INTEGER")],
            primary_key: Some(sqlite::PrimaryKey {
                name: None,
                columns: vec![LABEL.to_owned()],
                autoincrement: false,
            }),
            strict: work.options.strict,
            rows: rows.collect(),
            comment: Some(format!("The labels of the enum {name}, in their order.")),
            origin: found.origin.clone(),
            ..sqlite::Table::default()
        });
        out.insert(name.clone(), sqlite_name);
    }
    out
}

/// Enums become text that must be one of the labels.
pub(super) fn lower_enums(work: &mut Work<'_>) {
    let lookups = tables(work);
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for column in &table.columns {
            let (resolved, _) = work.resolve_domains(&column.type_);
            let Some((enum_name, found)) = work.enum_type(&resolved).filter(|_| !resolved.array)
            else {
                continue;
            };
            let Some(map) = work.map(&name).and_then(|t| column_map(t, &column.name)) else {
                continue;
            };
            let sqlite_name = map.sqlite.clone();
            if let Some(lookup) = lookups.get(&enum_name) {
                let key = sqlite::ForeignKey {
                    name: Some(format!("fk_{}_{}_enum", name.name, column.name)),
                    columns: vec![sqlite_name],
                    ref_table: lookup.clone(),
                    ref_columns: vec![LABEL.to_owned()],
                    origin: found.origin.clone().or_else(|| column.origin.clone()),
                    on_delete: None,
                    on_update: None,
                    deferred: false,
                };
                if let Some(table) = work.sqlite_table(&name) {
                    table.foreign_keys.push(key);
                }
                continue;
            }
            let labels: Vec<_> = found.labels.iter().map(|l| string_literal(l)).collect();
            if labels.is_empty() {
                continue;
            }
            let check = sqlite::Check {
                name: Some(format!("ck_{}_{}_enum", name.name, column.name)),
                expr: format!("{} IN ({})", quote(&map.sqlite), labels.join(", ")),
                origin: found.origin.clone().or_else(|| column.origin.clone()),
            };
            if let Some(table) = work.sqlite_table(&name) {
                table.checks.push(check);
            }
        }
    }
    for (name, found) in &work.pg.enums {
        let mut sorted = found.labels.clone();
        sorted.sort();
        let (grade, note) = if sorted == found.labels {
            (
                Grade::Exact,
                "An enum becomes text with a CHECK; its order is that of the text.",
            )
        } else {
            (
                Grade::Widened,
                "An enum becomes text with a CHECK: it sorts by the text of its labels, not in the order of their declaration.",
            )
        };
        let table = lookups.get(name);
        let note = match table {
            Some(table) => format!(
                "An enum becomes text that refers to the table `{table}` of its labels; `position` is their order."
            ),
            None => note.to_owned(),
        };
        let mut loss = Loss::new(Rule::EnumOrder, grade, name.to_string(), note);
        if let (Some(table), Grade::Widened) = (table, grade) {
            loss = loss.remedy(format!(
                "Where a query orders by it, join `{table}` and order by `position`."
            ));
        } else if grade == Grade::Widened {
            loss = loss.remedy(
                "Where a query orders by it, order by CASE with the labels in their order.",
            );
        }
        work.lose(loss.at(found.origin.as_ref()));
    }
}
