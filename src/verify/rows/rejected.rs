//! Rows that the target is known to have rejected, in temporary tables beside it: with them it must have just the source's rows.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::lower::{Lowering, TableMap};
use crate::verify::target::quote;

/// A row that the target has rejected.
#[derive(Debug, Clone, PartialEq)]
pub struct RejectedRow {
    /// Table in SQLite.
    pub table: String,
    /// Values of the columns that SQLite does not compute, in table order, as they would have been stored.
    pub values: Vec<Value>,
}

/// The temporary table of a table's rejected rows.
pub(super) fn name(table: &str) -> String {
    format!("temp.{}", quote(&format!("_decant_rejected_{table}")))
}

/// Whether a table has such rows.
pub(super) fn is_there(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM temp.sqlite_schema WHERE name = ?1";
    let named = format!("_decant_rejected_{table}");
    let found: i64 = connection.query_row(sql, [named], |row| row.get(0))?;
    Ok(found > 0)
}

/// Makes the tables. Columns have types, collations and formulas of the schema, and no constraint.
pub(super) fn load(
    connection: &Connection,
    lowering: &Lowering,
    rows: &[RejectedRow],
) -> rusqlite::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    connection.execute_batch("PRAGMA query_only = OFF; BEGIN")?;
    for map in &lowering.tables {
        let of_table: Vec<&RejectedRow> = rows.iter().filter(|r| r.table == map.sqlite).collect();
        if !of_table.is_empty() {
            fill(connection, lowering, map, &of_table)?;
        }
    }
    connection.execute_batch("COMMIT; PRAGMA query_only = ON")
}

fn fill(
    connection: &Connection,
    lowering: &Lowering,
    map: &TableMap,
    rows: &[&RejectedRow],
) -> rusqlite::Result<()> {
    let table = lowering.sqlite.table(&map.sqlite);
    let columns = map.columns.iter().map(|column| {
        let shape = table.and_then(|t| t.column(&column.sqlite));
        let collate = shape.and_then(|c| c.collate.as_deref());
        let formula = shape.and_then(|c| c.generated.as_ref());
        format!(
            "{} {}{}{}",
            quote(&column.sqlite),
            shape.map_or("", |c| c.declared_type.as_str()),
            collate.map(|c| format!(" COLLATE {c}")).unwrap_or_default(),
            formula
                .map(|g| format!(" GENERATED ALWAYS AS ({}) VIRTUAL", g.expr))
                .unwrap_or_default(),
        )
    });
    let name = name(&map.sqlite);
    let columns: Vec<String> = columns.collect();
    connection.execute_batch(&format!("CREATE TABLE {name} ({})", columns.join(", ")))?;
    let written: Vec<String> = map
        .columns
        .iter()
        .filter(|c| !c.generated)
        .map(|c| quote(&c.sqlite))
        .collect();
    let marks = vec!["?"; written.len()].join(", ");
    let sql = match written.is_empty() {
        true => format!("INSERT INTO {name} DEFAULT VALUES"),
        false => format!(
            "INSERT INTO {name} ({}) VALUES ({marks})",
            written.join(", ")
        ),
    };
    let mut insert = connection.prepare(&sql)?;
    for row in rows {
        insert.execute(params_from_iter(&row.values))?;
    }
    Ok(())
}
