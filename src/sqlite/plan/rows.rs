//! Rows that belong to a table itself: what is written before tables that refer to it change, and what goes behind them.

use crate::sqlite::emit;
use crate::sqlite::schema::Table;
use crate::sqlite::text::{quote, seed_safe};

/// Statements that write and change rows, and those that delete rows.
pub(super) fn change(before: &Table, after: &Table) -> (Vec<String>, Vec<String>) {
    let (Some(key), name) = (after.columns.first(), quote(&after.name)) else {
        return Default::default();
    };
    let same_key = |a: &[String], b: &[String]| a.first() == b.first();
    let find = |rows: &[Vec<String>], row: &[String]| -> Option<Vec<String>> {
        rows.iter().find(|r| same_key(r, row)).cloned()
    };
    let is = |row: &[String]| {
        let value = row.first().map_or_else(String::new, |v| seed_safe(v));
        format!("{} = {value}", quote(&key.name))
    };
    let new: Vec<Vec<String>> = after
        .rows
        .iter()
        .filter(|row| find(&before.rows, row).is_none())
        .cloned()
        .collect();
    let mut first: Vec<String> = emit::insert_rows(after, &new).into_iter().collect();
    for row in &after.rows {
        let Some(old) = find(&before.rows, row).filter(|old| old != row) else {
            continue;
        };
        let cells = after.columns.iter().zip(row).zip(&old);
        let set: Vec<String> = cells
            .filter(|((_, new), old)| new != old)
            .map(|((column, new), _)| format!("{} = {}", quote(&column.name), seed_safe(new)))
            .collect();
        first.push(format!(
            "UPDATE {name} SET {} WHERE {}",
            set.join(", "),
            is(row)
        ));
    }
    let gone = before.rows.iter();
    let gone = gone.filter(|row| find(&after.rows, row).is_none());
    let last = gone.map(|row| format!("DELETE FROM {name} WHERE {}", is(row)));
    (first, last.collect())
}
