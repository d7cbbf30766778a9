//! What foreign keys do by themselves when rows are deleted or keys change, as statements: SQLite does it only while foreign keys
//! are on, and a migration that rebuilds a table has them off.

use super::model::Model;
use crate::sqlite::plan::no_rows_in;
use crate::sqlite::schema::{Default_, ForeignKey, Table, quote};

/// Holds the keys that change: those before as `was_1`, `was_2`, .., those after as `is_1`, ...
const KEYS: &str = "_decant_keys";

/// How many foreign keys in a row are followed.
const DEPTH: usize = 8;

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

/// What a change of keys that others refer to needs around it.
pub(super) struct KeyChange {
    /// Columns of the table, by their SQLite names, whose values before and after are kept, in order.
    pub columns: Vec<String>,
    /// Statements behind the change, over [`KeyChange::keep`]'s table.
    pub after: Vec<String>,
}

impl KeyChange {
    /// The statement in front of the change, from a query that gives each row's values before and after by the names of
    /// [`KeyChange::names`].
    pub fn keep(query: &str) -> String {
        format!("CREATE TABLE {KEYS} AS {query}")
    }

    /// The names of a column's values before and after, by its place.
    pub fn names(at: usize) -> (String, String) {
        (format!("was_{}", at + 1), format!("is_{}", at + 1))
    }
}

/// What has to be done where some columns of a table change, if others refer to them by keys that do something about it.
pub(super) fn after_update(model: &Model, table: &str, set: &[String]) -> Option<KeyChange> {
    let columns = referred(model, table, set);
    if columns.is_empty() {
        return None;
    }
    let mut after = Vec::new();
    follow(model, (table, set, &columns), 0, &mut after);
    after.push(format!("DROP TABLE {KEYS}"));
    Some(KeyChange { columns, after })
}

/// The keys to a table that act when one of these columns changes, with the tables that have them.
fn acting<'m>(
    model: &'m Model,
    table: &'m str,
    set: &'m [String],
) -> impl Iterator<Item = (&'m Table, &'m ForeignKey)> {
    let keys = model
        .tables()
        .flat_map(|child| child.foreign_keys.iter().map(move |key| (child, key)));
    keys.filter(move |(_, key)| {
        key.ref_table.eq_ignore_ascii_case(table)
            && key.on_update.is_some()
            && key.ref_columns.iter().any(|c| set.contains(c))
    })
}

/// All columns that those keys refer to.
fn referred(model: &Model, table: &str, set: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (_, key) in acting(model, table, set) {
        for column in &key.ref_columns {
            if !out.contains(column) {
                out.push(column.clone());
            }
        }
    }
    out
}

/// Brings the rows that refer to changed keys in order, and those that refer to them.
fn follow(
    model: &Model,
    (table, set, columns): (&str, &[String], &[String]),
    depth: usize,
    out: &mut Vec<String>,
) {
    let keys = keys_table(depth);
    for (child, key) in acting(model, table, set) {
        let name = quote(&child.name);
        let pairs: Vec<(usize, &String)> = key
            .ref_columns
            .iter()
            .zip(&key.columns)
            .filter_map(|(to, own)| Some((columns.iter().position(|c| c == to)?, own)))
            .collect();
        let met: Vec<String> = pairs
            .iter()
            .map(|(at, own)| format!("{keys}.{} = {name}.{}", KeyChange::names(*at).0, quote(own)))
            .collect();
        let changed: Vec<String> = pairs
            .iter()
            .map(|(at, _)| {
                let (was, is) = KeyChange::names(*at);
                format!("{keys}.{was} IS NOT {keys}.{is}")
            })
            .collect();
        let hit = format!(
            "EXISTS (SELECT 1 FROM {keys} WHERE {} AND ({}))",
            met.join(" AND "),
            changed.join(" OR ")
        );
        let value = |at: usize, own: &str| match key.on_update.as_deref() {
            Some("SET NULL") => "NULL".to_owned(),
            Some("SET DEFAULT") => default_of(child, own),
            _ => {
                let is = KeyChange::names(at).1;
                format!("(SELECT {is} FROM {keys} WHERE {})", met.join(" AND "))
            }
        };
        if key.on_update.as_deref() == Some("RESTRICT") {
            let begin = format!(
                "keys of {table} change, but {} refers to them by ",
                child.name
            );
            let end = " rows, and its foreign key restricts that";
            out.push(no_rows_in(&begin, end, &format!("{name} WHERE {hit}")));
            continue;
        }
        let deeper = referred(model, &child.name, &key.columns);
        if !deeper.is_empty() && depth + 1 >= DEPTH {
            let begin = format!(
                "keys of {table} change, and what refers to {} by ",
                child.name
            );
            let end =
                " rows is more than eight foreign keys away: change them one table after the other";
            out.push(no_rows_in(&begin, end, &format!("{name} WHERE {hit}")));
            continue;
        }
        if !deeper.is_empty() {
            let items = deeper.iter().enumerate().map(|(place, column)| {
                let (was, is) = KeyChange::names(place);
                let own = format!("{name}.{}", quote(column));
                let new = pairs.iter().find(|(_, c)| *c == column);
                let new = new.map_or_else(|| own.clone(), |(at, c)| value(*at, c));
                format!("{own} AS {was}, {new} AS {is}")
            });
            out.push(format!(
                "CREATE TABLE {} AS SELECT {} FROM {name} WHERE {hit}",
                keys_table(depth + 1),
                items.collect::<Vec<_>>().join(", ")
            ));
        }
        let sets = pairs
            .iter()
            .map(|(at, own)| format!("{} = {}", quote(own), value(*at, own)));
        out.push(format!(
            "UPDATE {name} SET {} WHERE {hit}",
            sets.collect::<Vec<_>>().join(", ")
        ));
        if !deeper.is_empty() {
            follow(model, (&child.name, &key.columns, &deeper), depth + 1, out);
            out.push(format!("DROP TABLE {}", keys_table(depth + 1)));
        }
    }
}

fn keys_table(depth: usize) -> String {
    match depth {
        0 => KEYS.to_owned(),
        n => format!("{KEYS}_{}", n + 1),
    }
}

/// The default of a column as an expression.
fn default_of(table: &Table, column: &str) -> String {
    match table.column(column).and_then(|c| c.default.as_ref()) {
        Some(Default_::Literal(sql)) => sql.clone(),
        Some(Default_::Expr(sql)) => format!("({sql})"),
        None => "NULL".to_owned(),
    }
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
            let values = set(&|column| default_of(child, column));
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
