//! A live file -> [`Schema`]: the list of its objects, and the text of their statements for what pragmas do not say.

use rusqlite::Connection;

use super::ddl;
use super::schema::{Column, Default_, PrimaryKey, Schema, Table, Trigger};

/// Reads the schema of a database, without SQLite's own tables, virtual tables and the tables behind them.
///
/// # Errors
/// What SQLite says when its schema cannot be read.
pub fn read(connection: &Connection) -> Result<Schema, rusqlite::Error> {
    read_without(connection, &[])
}

/// The same without some tables (a migration tool's ledger) and what belongs to them. Names compare without ASCII case.
///
/// # Errors
/// What SQLite says when its schema cannot be read.
pub fn read_without(connection: &Connection, ignored: &[&str]) -> Result<Schema, rusqlite::Error> {
    let mut schema = Schema::default();
    let virtual_tables = virtual_tables(connection)?;
    let skipped = |table: &str| {
        table.to_ascii_lowercase().starts_with("sqlite_")
            || ignored.iter().any(|i| i.eq_ignore_ascii_case(table))
            || virtual_tables.iter().any(|v| v == table)
    };
    let mut statement = connection.prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let objects = statement.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
        ))
    })?;
    for object in objects {
        let (kind, name, table, sql) = object?;
        if skipped(&name) || skipped(&table) {
            continue;
        }
        match kind.as_str() {
            "table" => schema.tables.push(match ddl::parse_table(&sql) {
                Some(table) => Table { name, ..table },
                None => from_pragma(connection, &name)?,
            }),
            "index" => schema.indexes.extend(ddl::parse_index(&sql)),
            "view" => schema.views.extend(ddl::parse_view(&sql)),
            _ => schema.triggers.push(Trigger {
                name,
                table,
                sql,
                origin: None,
            }),
        }
    }
    Ok(schema)
}

/// Virtual tables and their shadows.
fn virtual_tables(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection
        .prepare("SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// A table whose statement is not understood (`CREATE TABLE .. AS`): its columns and key alone.
fn from_pragma(connection: &Connection, name: &str) -> Result<Table, rusqlite::Error> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?1) ORDER BY cid",
    )?;
    let mut table = Table {
        name: name.to_owned(),
        ..Table::default()
    };
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut rows = statement.query([name])?;
    while let Some(row) = rows.next()? {
        let column: String = row.get(0)?;
        let place: i64 = row.get(4)?;
        if place > 0 {
            key.push((place, column.clone()));
        }
        table.columns.push(Column {
            name: column,
            declared_type: row.get(1)?,
            not_null: row.get(2)?,
            default: row
                .get::<_, Option<String>>(3)?
                .map(|text| Default_::from_sql(&text)),
            ..Column::default()
        });
    }
    if !key.is_empty() {
        key.sort_unstable();
        table.primary_key = Some(PrimaryKey {
            name: None,
            columns: key.into_iter().map(|(_, column)| column).collect(),
            autoincrement: false,
        });
    }
    Ok(table)
}
