//! What foreign keys do by themselves when rows are deleted, as statements: SQLite does it only while foreign keys are on, and a
//! migration that rebuilds a table has them off.

use super::model::Model;
use crate::sqlite::schema::{ForeignKey, Table, quote};

/// Statements that bring rows which refer to deleted rows of a table in order, by the actions of their foreign keys.
pub(super) fn after_delete(model: &Model, table: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen = vec![table.to_lowercase()];
    let mut open = vec![table.to_owned()];
    while let Some(parent) = open.pop() {
        for child in model.tables() {
            let keys = child.foreign_keys.iter();
            for key in keys.filter(|k| k.ref_table.eq_ignore_ascii_case(&parent)) {
                let Some(statement) = repair(child, key) else {
                    continue;
                };
                out.push(statement);
                let deletes = key.on_delete.as_deref() == Some("CASCADE");
                if deletes && !seen.contains(&child.name.to_lowercase()) {
                    seen.push(child.name.to_lowercase());
                    open.push(child.name.clone());
                }
            }
        }
    }
    out
}

/// Does to the rows of a child whose parent is gone what its key says; nothing where the key says that this must not happen.
fn repair(child: &Table, key: &ForeignKey) -> Option<String> {
    let name = quote(&child.name);
    let set = |value: &dyn Fn(&str) -> String| {
        let columns = key.columns.iter();
        let columns: Vec<String> = columns
            .map(|c| format!("{} = {}", quote(c), value(c)))
            .collect();
        columns.join(", ")
    };
    let own = key.ref_table.eq_ignore_ascii_case(&child.name);
    match key.on_delete.as_deref()? {
        // Rows that hang from each other: those that are reached from a row without a parent.
        "CASCADE" if own => Some(format!(
            "WITH RECURSIVE _gone AS (SELECT {name}.rowid AS _row FROM {name} WHERE {orphan} UNION SELECT _below.rowid FROM {name} AS _below, \
             {name} AS _above, _gone WHERE _above.rowid = _gone._row AND {below}) DELETE FROM {name} WHERE rowid IN (SELECT _row FROM _gone)",
            orphan = orphan(child, key),
            below = pairs(key, "_above", "_below"),
        )).filter(|_| !child.without_rowid),
        "CASCADE" => Some(format!("DELETE FROM {name} WHERE {}", orphan(child, key))),
        "SET NULL" => {
            let values = set(&|_| "NULL".to_owned());
            Some(format!("UPDATE {name} SET {values} WHERE {}", orphan(child, key)))
        }
        "SET DEFAULT" => {
            let values = set(&|column| {
                use crate::sqlite::schema::Default_;
                match child.column(column).and_then(|c| c.default.as_ref()) {
                    Some(Default_::Literal(sql)) => sql.clone(),
                    Some(Default_::Expr(sql)) => format!("({sql})"),
                    None => "NULL".to_owned(),
                }
            });
            Some(format!("UPDATE {name} SET {values} WHERE {}", orphan(child, key)))
        }
        _ => None,
    }
}

/// Whether a row refers to one that is not there.
fn orphan(child: &Table, key: &ForeignKey) -> String {
    let name = quote(&child.name);
    let given: Vec<String> = key
        .columns
        .iter()
        .map(|c| format!("{name}.{} IS NOT NULL", quote(c)))
        .collect();
    format!(
        "{} AND NOT EXISTS (SELECT 1 FROM {} AS _parent WHERE {})",
        given.join(" AND "),
        quote(&key.ref_table),
        pairs(key, "_parent", &name),
    )
}

fn pairs(key: &ForeignKey, parent: &str, child: &str) -> String {
    let pairs = key.ref_columns.iter().zip(&key.columns);
    let pairs: Vec<String> = pairs
        .map(|(p, c)| format!("{parent}.{} = {child}.{}", quote(p), quote(c)))
        .collect();
    pairs.join(" AND ")
}
