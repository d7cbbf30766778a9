//! The application's own queries, asked in the snapshot of a live source.

use postgres::SimpleQueryMessage;
use postgres::types::Kind;

use super::live::LiveSource;
use crate::pg::types::PgType;

/// What a query gave: names and types of its columns, and its rows as the text that PostgreSQL prints.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Columns in order.
    pub columns: Vec<(String, PgType)>,
    /// Rows in the order in which they came; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Why a query has no answer: PostgreSQL's own words, or ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The sentence.
    pub why: String,
    /// Where in the text, in characters from 1, where PostgreSQL says it.
    pub position: Option<u32>,
}

impl Refused {
    fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            position: None,
        }
    }

    fn by(error: &postgres::Error) -> Self {
        let Some(db) = error.as_db_error() else {
            return Self::new(error.to_string());
        };
        let position = match db.position() {
            Some(postgres::error::ErrorPosition::Original(at)) => Some(*at),
            _ => None,
        };
        Self {
            why: format!("{} ({})", db.message(), db.code().code()),
            position,
        }
    }
}

impl LiveSource {
    /// Asks a query in the snapshot, with the search path that the role has of itself. Nothing can be written: the transaction is
    /// READ ONLY and the query is run by a cursor. `limit` bounds the rows that are held in memory.
    ///
    /// # Errors
    /// The text is no single query with columns and without parameters, it fails, or it has more rows than the limit.
    pub fn ask(&mut self, sql: &str, limit: usize) -> Result<Answer, Refused> {
        let client = self.client();
        client
            .batch_execute("SAVEPOINT decant_query; SET LOCAL search_path TO DEFAULT")
            .map_err(|e| Refused::by(&e))?;
        let answer = ask(client, sql, limit);
        // Fails only when the connection is lost, which the next statement says.
        let _ = client.batch_execute(
            "ROLLBACK TO SAVEPOINT decant_query; RELEASE SAVEPOINT decant_query; SET LOCAL search_path = ''",
        );
        answer
    }
}

fn ask(client: &mut postgres::Client, sql: &str, limit: usize) -> Result<Answer, Refused> {
    let statement = client.prepare(sql).map_err(|e| Refused::by(&e))?;
    if !statement.params().is_empty() {
        return Err(Refused::new(
            "it has parameters: write values in their place",
        ));
    }
    if statement.columns().is_empty() {
        return Err(Refused::new("it is no query: it gives no columns"));
    }
    let columns = statement
        .columns()
        .iter()
        .map(|c| (c.name().to_owned(), pg_type(c.type_())))
        .collect();
    const BEFORE: &str = "DECLARE decant_query NO SCROLL CURSOR FOR ";
    client
        .batch_execute(&format!("{BEFORE}{sql}\n"))
        .map_err(|e| {
            let mut refused = Refused::by(&e);
            let before = u32::try_from(BEFORE.len()).unwrap_or_default();
            refused.position = refused.position.and_then(|at| at.checked_sub(before));
            refused
        })?;
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    loop {
        let before = rows.len();
        let fetched = client
            .simple_query("FETCH FORWARD 1000 FROM decant_query")
            .map_err(|e| Refused::by(&e))?;
        for message in &fetched {
            if let SimpleQueryMessage::Row(row) = message {
                let cell = |at| row.get(at).map(str::to_owned);
                rows.push((0..row.len()).map(cell).collect());
            }
        }
        if rows.len() > limit {
            return Err(Refused::new(format!(
                "it has more than {limit} rows: narrow it, results are compared in memory"
            )));
        }
        if rows.len() == before {
            return Ok(Answer { columns, rows });
        }
    }
}

/// The type of a column of a result; domains by what they are made of.
fn pg_type(type_: &postgres::types::Type) -> PgType {
    match type_.kind() {
        Kind::Domain(inner) => pg_type(inner),
        Kind::Array(inner) => PgType {
            array: true,
            ..pg_type(inner)
        },
        _ => PgType::parse(type_.name())
            .unwrap_or_else(|_| PgType::named(Some(type_.schema()), type_.name())),
    }
}
