//! What a team's SQLAlchemy models must change on SQLite: the list of columns, decorators for them, and a Python check that reads both
//! sides through the models. Only generated here; nothing of Python is run.
//!
//! How SQLAlchemy writes, reads and compares each type on SQLite is told in its sources (`sql/sqltypes.py`,
//! `dialects/sqlite/base.py`, `dialects/postgresql/*.py`).

mod change;
mod item;
mod page;

use serde::Serialize;

use crate::lower::Lowering;

pub use change::{Change, Effect, Library, changes};
pub use page::{markdown, text};

/// Name and version of the list's JSON form.
pub const FORMAT: &str = "decant-models/1";

/// The list of `decant inspect --models-changes`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// Always [`FORMAT`].
    pub format: &'static str,
    /// The line of SQLAlchemy that the models are written for.
    pub sqlalchemy: Library,
    /// Tables that have rows.
    pub tables: usize,
    /// Their columns.
    pub columns: usize,
    /// Columns whose model must change, in the order of the schema.
    pub changes: Vec<Change>,
}

impl Changes {
    /// Those of a lowered schema.
    pub fn of(lowering: &Lowering, library: Library) -> Self {
        Self {
            format: FORMAT,
            sqlalchemy: library,
            tables: lowering.tables.len(),
            columns: lowering.tables.iter().map(|t| t.columns.len()).sum(),
            changes: changes(lowering, library),
        }
    }
}

/// The decorators, as a Python module.
pub const PORTABLE_TYPES: &str = include_str!("portable_types.py");

const CHECK: &str = include_str!("check_models.py");

/// What the check is told of a column.
#[derive(Serialize)]
struct ExpectedColumn<'a> {
    name: &'a str,
    sqlite: &'a str,
    #[serde(rename = "type")]
    type_: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    accepted: &'a [crate::lower::Rule],
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    instead: Option<String>,
}

/// What it is told of a table.
#[derive(Serialize)]
struct ExpectedTable<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    sqlite: &'a str,
    columns: Vec<ExpectedColumn<'a>>,
}

/// The Python check for the tables of a lowered schema: one file that needs nothing but SQLAlchemy and a driver.
pub fn check(lowering: &Lowering, library: Library) -> String {
    let changes = changes(lowering, library);
    let tables: Vec<ExpectedTable<'_>> = lowering
        .tables
        .iter()
        .map(|table| ExpectedTable {
            name: &table.pg.name,
            schema: table.pg.schema.as_deref(),
            sqlite: &table.sqlite,
            columns: table
                .columns
                .iter()
                .map(|column| ExpectedColumn {
                    name: &column.pg,
                    sqlite: &column.sqlite,
                    type_: column.pg_type.to_string(),
                    accepted: &column.accepted,
                    instead: changes
                        .iter()
                        .find(|c| c.table == table.pg && c.column == column.pg)
                        .filter(|c| c.effects.iter().any(|e| *e != Effect::CreateAll))
                        .map(|c| format!("use {}", c.instead)),
                })
                .collect(),
        })
        .collect();
    // Plain data with string keys: that cannot fail. An apostrophe could end the Python string that it stands in.
    let json = serde_json::to_string(&serde_json::json!({ "tables": tables })).unwrap_or_default();
    let json = json.replace('\'', "\\u0027");
    CHECK.replace("@EXPECTED@", &lines(&json))
}

/// A table a line, so that differences between two checks can be read.
fn lines(json: &str) -> String {
    json.replace("{\"name\":", "\n{\"name\":")
}
