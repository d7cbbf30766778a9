//! The application's own queries on both sides: [`mod@file`] reads them, [`run`] asks both sides, [`compare`] says what differs.
//!
//! Results are compared by PostgreSQL's types and not by spelling: SQLite tells no types of expressions, so each value is read in
//! every form that decant stores its type in.

pub mod compare;
pub mod file;
mod value;

use std::path::Path;

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use crate::interrupt::Interrupt;
use crate::pg::conn::LiveSource;
use file::Query;

/// Rows of one result that are held in memory.
const LIMIT: usize = 1_000_000;

/// What came of one query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct QueryResult {
    /// Its name in the file.
    pub name: String,
    /// Where it stands: `file:line`.
    pub place: String,
    /// Outcome.
    pub verdict: QueryVerdict,
    /// Rows were compared in their order.
    pub ordered: bool,
    /// Rows on PostgreSQL.
    pub rows_source: u64,
    /// Rows on SQLite.
    pub rows_target: u64,
    /// Numbers that are equal but for the last digits of a double.
    pub rounded: u64,
    /// Sentences: why it failed, or what kind of difference there is.
    pub notes: Vec<String>,
    /// The first cells that differ.
    pub differences: Vec<QueryDifference>,
    /// How many there are in all.
    pub differing: u64,
}

/// Outcome of a query.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum QueryVerdict {
    /// The same result.
    #[default]
    Equal,
    /// Another result.
    Different,
    /// One side refused it.
    Failed,
}

impl QueryVerdict {
    /// As reports say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Different => "different",
            Self::Failed => "failed",
        }
    }
}

/// A cell, or a whole row, that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct QueryDifference {
    /// Row of the result on PostgreSQL, from 1, in its order (or in the order of the sorted rows); `None` where it is only on SQLite.
    pub row: Option<u64>,
    /// Column; `None` for a row that is on one side only.
    pub column: Option<String>,
    /// What it is, without values.
    pub what: String,
    /// PostgreSQL's text, when values are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// SQLite's value, when values are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What a query gave on SQLite.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows in the order in which they came.
    pub rows: Vec<Vec<Value>>,
}

/// Whether values of rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// They are.
    Shown,
    /// Only where they differ, not what they are.
    Hidden,
}

/// Asks every query on both sides and compares. Both are only read.
///
/// # Errors
/// The target cannot be opened, or the run was interrupted. A query that fails is a result.
pub fn run(
    queries: &[Query],
    source: &mut LiveSource,
    target: &Path,
    values: Values,
    interrupt: &Interrupt,
) -> Result<Vec<QueryResult>, super::Error> {
    let mut connection = super::open_target(target)?;
    let raised = interrupt.clone();
    // Refused only by connections that are in use.
    let _ = connection.progress_handler(100_000, Some(move || raised.is_raised()));
    let mut results = Vec::with_capacity(queries.len());
    for query in queries {
        if interrupt.is_raised() {
            return Err(super::Error::Interrupted);
        }
        results.push(one(query, source, &connection, values));
        if interrupt.is_raised() {
            return Err(super::Error::Interrupted);
        }
    }
    Ok(results)
}

fn one(
    query: &Query,
    source: &mut LiveSource,
    connection: &rusqlite::Connection,
    values: Values,
) -> QueryResult {
    let mut result = QueryResult {
        name: query.name.clone(),
        place: query.postgresql.place(),
        ordered: query.ordered,
        ..QueryResult::default()
    };
    let from = source.ask(&query.postgresql.sql, LIMIT);
    let to = ask(connection, &query.sqlite.sql);
    match (from, to) {
        (Ok(from), Ok(to)) => compare::compare(&from, &to, values, &mut result),
        (from, to) => {
            result.verdict = QueryVerdict::Failed;
            if let Err(refused) = from {
                let place = query.postgresql.at(refused.position);
                result
                    .notes
                    .push(format!("{place}: PostgreSQL: {}", refused.why));
            }
            if let Err((why, offset)) = to {
                let place = query.sqlite.at(offset);
                result.notes.push(format!("{place}: SQLite: {why}"));
            }
        }
    }
    result
}

/// Asks SQLite; what fails is told with its place in the text, in characters from 1.
fn ask(connection: &rusqlite::Connection, sql: &str) -> Result<Answer, (String, Option<u32>)> {
    let told = |error: rusqlite::Error| match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            let at = usize::try_from(offset).ok();
            let characters = at.and_then(|at| sql.get(..at)).map(|s| s.chars().count());
            let position = characters.and_then(|n| u32::try_from(n + 1).ok());
            (msg, position)
        }
        rusqlite::Error::MultipleStatement => ("it is more than one statement".to_owned(), None),
        other => (other.to_string(), None),
    };
    let mut statement = connection.prepare(sql).map_err(told)?;
    if statement.parameter_count() > 0 {
        let why = "it has parameters: write values in their place";
        return Err((why.to_owned(), None));
    }
    if statement.column_count() == 0 || !statement.readonly() {
        let why = "it is no query: it gives no columns, or it writes";
        return Err((why.to_owned(), None));
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut out = Answer {
        columns,
        rows: Vec::new(),
    };
    let mut rows = statement.query([]).map_err(told)?;
    while let Some(row) = rows.next().map_err(told)? {
        let cells: Result<Vec<Value>, _> = (0..width).map(|at| row.get(at)).collect();
        out.rows.push(cells.map_err(told)?);
        if out.rows.len() > LIMIT {
            let why =
                format!("it has more than {LIMIT} rows: narrow it, results are compared in memory");
            return Err((why, None));
        }
    }
    Ok(out)
}
