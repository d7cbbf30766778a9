//! What continues what from one schema to the next: names alone do not tell a renamed table from a new one.

use indexmap::IndexMap;

use crate::sqlite::schema::{Schema, Table};

/// The tables of the schema after that continue tables of the schema before, by their name after. A table that is not here
/// is new; a table of the schema before that none of these continues is dropped with its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    /// By the name after.
    pub tables: IndexMap<String, CarriedTable>,
}

/// One table that continues another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CarriedTable {
    /// The table's name before.
    pub before: String,
    /// Its columns that continue columns, by their name after. A column that is not here is new and takes its default.
    pub columns: IndexMap<String, CarriedColumn>,
}

/// One column that continues another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedColumn {
    /// The column's name before.
    pub before: String,
    /// The value that each row gets, over the columns by their names before (`CASE .. END`); none for the value as it is.
    pub convert: Option<String>,
}

impl CarriedColumn {
    /// A column whose values stay as they are.
    pub fn unchanged(before: impl Into<String>) -> Self {
        Self {
            before: before.into(),
            convert: None,
        }
    }
}

impl Carried {
    /// Tables and columns of equal names continue each other.
    pub fn by_name(before: &Schema, after: &Schema) -> Self {
        let pairs = after
            .tables
            .iter()
            .filter_map(|t| Some((before.table(&t.name)?, t)));
        Self {
            tables: pairs
                .map(|(old, new)| (new.name.clone(), CarriedTable::by_name(old, new)))
                .collect(),
        }
    }

    /// The way back, with the values as they are.
    pub fn reversed(&self) -> Self {
        let tables = self.tables.iter().map(|(after, table)| {
            let columns = table
                .columns
                .iter()
                .map(|(name, column)| {
                    (
                        column.before.clone(),
                        CarriedColumn::unchanged(name.clone()),
                    )
                })
                .collect();
            (
                table.before.clone(),
                CarriedTable {
                    before: after.clone(),
                    columns,
                },
            )
        });
        Self {
            tables: tables.collect(),
        }
    }

    /// The name after of a table that has this name before.
    pub fn after(&self, before: &str) -> Option<&str> {
        self.tables
            .iter()
            .find(|(_, t)| t.before.eq_ignore_ascii_case(before))
            .map(|(name, _)| name.as_str())
    }
}

impl CarriedTable {
    /// Columns of equal names continue each other.
    pub fn by_name(before: &Table, after: &Table) -> Self {
        let names = after
            .columns
            .iter()
            .filter_map(|c| Some((c.name.clone(), before.column(&c.name)?.name.clone())));
        Self {
            before: before.name.clone(),
            columns: names
                .map(|(after, before)| (after, CarriedColumn::unchanged(before)))
                .collect(),
        }
    }

    /// The name after of a column that has this name before.
    pub fn after(&self, before: &str) -> Option<&str> {
        self.columns
            .iter()
            .find(|(_, c)| c.before.eq_ignore_ascii_case(before))
            .map(|(name, _)| name.as_str())
    }
}
