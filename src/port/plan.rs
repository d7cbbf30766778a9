//! What is read and written, table by table: the order, the columns, their converters, and whether the source has them.

use super::Error;
use super::convert::{Converter, same_form};
use crate::lower::Lowering;
use crate::lower::encoding::TableMap;
use crate::pg::schema::{Schema, Table};
use crate::pg::source::Source;
use crate::pg::types::PgType;

/// One table of a port.
#[derive(Debug, Clone)]
pub struct TablePlan {
    /// The table on both sides.
    pub map: TableMap,
    /// Names in PostgreSQL of the columns that are read, in table order: those that SQLite does not compute.
    pub source_columns: Vec<String>,
    /// Names in SQLite of the same columns.
    pub target_columns: Vec<String>,
    /// A converter for each of them.
    pub converters: Vec<Converter>,
    /// Constraints that the source, or the schema that was lowered, has as NOT VALID or not enforced.
    pub not_valid: Vec<String>,
    /// Places of the key's columns among them; empty when the table has no key or SQLite computes a part of it.
    pub key: Vec<usize>,
}

/// The tables of a port in the order in which the source gives them best, else of the SQLite schema: each after those that it refers
/// to where cycles allow.
/// Alembic's own version table is left out.
///
/// # Errors
/// [`Error::Unsuitable`] when an encoding does not fit its column; [`Error::Drift`] when the source does not have a table, a
/// column, or has it with another type.
pub fn plan(source: &dyn Source, lowering: &Lowering) -> Result<Vec<TablePlan>, Error> {
    let place = |map: &TableMap| {
        let tables = &lowering.sqlite.tables;
        tables
            .iter()
            .position(|t| t.name.eq_ignore_ascii_case(&map.sqlite))
            .unwrap_or(tables.len())
    };
    let mut maps: Vec<&TableMap> = lowering
        .tables
        .iter()
        .filter(|map| map.pg.name != "alembic_version")
        .collect();
    // Foreign keys are asked once all rows are there, so the order is the source's where that spares it work.
    maps.sort_by_key(|map| (source.place(&map.pg), place(map)));
    let mut drift = Vec::new();
    let mut plans = Vec::with_capacity(maps.len());
    for map in maps {
        compare(source, map, &mut drift);
        let mut plan = plan_table(map)?;
        plan.not_valid = not_valid(&[source.schema(), &lowering.pg], map);
        plans.push(plan);
    }
    if drift.is_empty() {
        Ok(plans)
    } else {
        Err(Error::Drift {
            described: source.describe(),
            differences: drift,
        })
    }
}

fn plan_table(map: &TableMap) -> Result<TablePlan, Error> {
    let columns: Vec<_> = map.columns.iter().filter(|c| !c.generated).collect();
    let converters = columns
        .iter()
        .map(|column| {
            Converter::new(column).map_err(|cause| Error::Unsuitable {
                table: map.pg.to_string(),
                cause,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let key: Option<Vec<usize>> = map
        .key
        .iter()
        .map(|name| columns.iter().position(|c| c.sqlite == *name))
        .collect();
    Ok(TablePlan {
        map: map.clone(),
        source_columns: columns.iter().map(|c| c.pg.clone()).collect(),
        target_columns: columns.iter().map(|c| c.sqlite.clone()).collect(),
        converters,
        not_valid: Vec::new(),
        key: key.unwrap_or_default(),
    })
}

fn not_valid(schemas: &[&Schema], map: &TableMap) -> Vec<String> {
    let tables = schemas.iter().filter_map(|schema| schema.table(&map.pg));
    let constraints = tables.flat_map(|table| &table.constraints);
    let loose = constraints.filter(|c| c.constraint.not_valid);
    loose.map(|c| c.name().to_owned()).collect()
}

/// Notes what of a table the source does not have as it was expected. Read as another type, bytes would be other values.
fn compare(source: &dyn Source, map: &TableMap, drift: &mut Vec<String>) {
    let schema = source.schema();
    let Some(table) = schema.table(&map.pg) else {
        if schema.views.contains_key(&map.pg) {
            // A materialized view that became a table; sources give its rows as text, whatever their types.
            return;
        }
        drift.push(format!("table {} is missing", map.pg));
        return;
    };
    for column in map.columns.iter().filter(|c| !c.generated) {
        match actual_type(schema, table, &column.pg) {
            None => drift.push(format!("column {}.{} is missing", map.pg, column.pg)),
            Some(actual) if !same_form(&actual, &column.pg_type) => drift.push(format!(
                "column {}.{} is {actual}, not {}",
                map.pg, column.pg, column.pg_type
            )),
            Some(_) => {}
        }
    }
}

/// A column's type with domains resolved.
fn actual_type(schema: &Schema, table: &Table, column: &str) -> Option<PgType> {
    let mut actual = table.column(column)?.type_.clone();
    // Domains over domains are finite; a damaged schema is not followed for ever.
    for _ in 0..32 {
        let Some(domain) = actual.user_defined().and_then(|n| schema.domains.get(&n)) else {
            break;
        };
        if domain.hides_array(&actual) {
            break;
        }
        let array = actual.array;
        actual = domain.base.clone();
        actual.array |= array;
    }
    Some(actual)
}
