//! The temporary database: the columns that questions are about, and the questions as SQL.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::EXAMPLES;
use super::question::{Form, Question, mentions};
use crate::lower::Lowering;
use crate::port::Error;
use crate::port::batch::{Batch, show};
use crate::port::convert::Value;
use crate::port::plan::TablePlan;
use crate::port::summary::Breach;
use crate::sqlite::schema::quote;

/// What is kept of a table.
struct Kept {
    /// Places among the columns that are read, in order.
    places: Vec<usize>,
    insert: String,
}

/// The database; SQLite removes its file when it is closed.
pub struct Scratch<'p> {
    plans: &'p [TablePlan],
    connection: Connection,
    tables: Vec<Option<Kept>>,
    rows: u64,
}

/// Rows of one transaction.
const ROWS: u64 = 100_000;

impl<'p> Scratch<'p> {
    /// A database with a table for each that a question is about.
    pub fn new(
        lowering: &Lowering,
        plans: &'p [TablePlan],
        questions: &[Question],
    ) -> Result<Self, Error> {
        // An empty name is a temporary file, which is written once the cache is full.
        let connection = Connection::open("").map_err(fault)?;
        let set = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768; \
                   PRAGMA foreign_keys = OFF; PRAGMA temp_store = FILE";
        connection.execute_batch(set).map_err(fault)?;
        let mut scratch = Self {
            plans,
            connection,
            tables: Vec::new(),
            rows: 0,
        };
        for (place, plan) in plans.iter().enumerate() {
            let kept = scratch.table(lowering, place, plan, questions)?;
            scratch.tables.push(kept);
        }
        scratch.connection.execute_batch("BEGIN").map_err(fault)?;
        Ok(scratch)
    }

    fn table(
        &self,
        lowering: &Lowering,
        place: usize,
        plan: &TablePlan,
        questions: &[Question],
    ) -> Result<Option<Kept>, Error> {
        let wanted = |column: &str| {
            let named = |c: &String| c.eq_ignore_ascii_case(column);
            questions.iter().any(|q| match &q.form {
                Form::Unique { parts, condition } => {
                    let mut texts = parts.iter().map(|(_, key)| key).chain(condition);
                    q.table == place && texts.any(|sql| mentions(sql, column))
                }
                Form::Reference {
                    columns,
                    parent,
                    ref_columns,
                } => {
                    (q.table == place && columns.iter().any(named))
                        || (*parent == place && ref_columns.iter().any(named))
                }
                Form::Check { condition } => q.table == place && mentions(condition, column),
            })
        };
        let mut places: Vec<usize> = plan
            .target_columns
            .iter()
            .enumerate()
            .filter(|(_, name)| wanted(name))
            .map(|(at, _)| at)
            .collect();
        let asked = questions.iter().any(|q| q.table == place);
        if places.is_empty() && !asked {
            return Ok(None);
        }
        if asked {
            places.extend(&plan.key);
            places.sort_unstable();
            places.dedup();
        }
        let table = lowering.sqlite.table(&plan.map.sqlite);
        let names = places.iter().filter_map(|at| plan.target_columns.get(*at));
        let columns: Vec<String> = names
            .clone()
            .map(|name| {
                let column = table.and_then(|t| t.column(name));
                let declared = column.map_or("", |c| c.declared_type.as_str());
                let collate = column.and_then(|c| c.collate.as_deref());
                let collate = collate.map(|c| format!(" COLLATE {c}")).unwrap_or_default();
                format!("{} {declared}{collate}", quote(name))
            })
            .collect();
        let name = quote(&plan.map.sqlite);
        let (columns, insert) = if columns.is_empty() {
            (
                "_ BLOB".to_owned(),
                format!("INSERT INTO {name} DEFAULT VALUES"),
            )
        } else {
            let marks = vec!["?"; columns.len()].join(", ");
            (
                columns.join(", "),
                format!("INSERT INTO {name} VALUES ({marks})"),
            )
        };
        self.connection
            .execute_batch(&format!("CREATE TABLE {name} ({columns})"))
            .map_err(fault)?;
        Ok(Some(Kept { places, insert }))
    }

    /// Keeps a row of a batch.
    pub fn keep(&mut self, table: usize, batch: &Batch, row: usize) -> Result<(), Error> {
        let Some(Some(kept)) = self.tables.get(table) else {
            return Ok(());
        };
        let mut wanted = kept.places.iter().copied().peekable();
        let values = batch
            .values(row)
            .enumerate()
            .filter(|(at, _)| wanted.next_if_eq(at).is_some())
            .map(|(_, value)| {
                ToSqlOutput::Borrowed(match value {
                    Value::Null => ValueRef::Null,
                    Value::Integer(n) => ValueRef::Integer(n),
                    Value::Real(r) => ValueRef::Real(r),
                    Value::Text(text) => ValueRef::Text(text.as_bytes()),
                    Value::Blob(bytes) => ValueRef::Blob(bytes),
                })
            });
        let mut insert = self
            .connection
            .prepare_cached(&kept.insert)
            .map_err(fault)?;
        insert.execute(params_from_iter(values)).map_err(fault)?;
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS) {
            drop(insert);
            self.connection
                .execute_batch("COMMIT; BEGIN")
                .map_err(fault)?;
        }
        Ok(())
    }

    /// Builds the indexes by which rows are looked up.
    pub fn prepare(&self, questions: &[Question]) -> Result<(), Error> {
        self.connection.execute_batch("COMMIT").map_err(fault)?;
        let mut seen = Vec::new();
        for question in questions {
            let Form::Reference {
                parent,
                ref_columns,
                ..
            } = &question.form
            else {
                continue;
            };
            let Some(plan) = self.plans.get(*parent) else {
                continue;
            };
            let columns: Vec<String> = ref_columns.iter().map(|c| quote(c)).collect();
            let on = format!("{} ({})", quote(&plan.map.sqlite), columns.join(", "));
            if seen.contains(&on) {
                continue;
            }
            let sql = format!(
                "CREATE INDEX {} ON {on}",
                quote(&format!("_decant_{}", seen.len()))
            );
            self.connection.execute_batch(&sql).map_err(fault)?;
            seen.push(on);
        }
        Ok(())
    }

    /// Asks a question; `None` when no row breaks it.
    pub fn ask(&self, question: &Question) -> rusqlite::Result<Option<Breach>> {
        let Some(plan) = self.plans.get(question.table) else {
            return Ok(None);
        };
        let table = quote(&plan.map.sqlite);
        let (count, rows) = match &question.form {
            Form::Unique { parts, condition } => {
                let mut conditions: Vec<String> = parts
                    .iter()
                    .map(|(_, key)| format!("{key} IS NOT NULL"))
                    .collect();
                conditions.extend(condition.iter().map(|c| format!("({c})")));
                let by: Vec<&str> = parts.iter().map(|(by, _)| by.as_str()).collect();
                // The first of each group is taken, the others are refused.
                let refused = format!(
                    "SELECT rowid AS r, row_number() OVER (PARTITION BY {} ORDER BY rowid) AS n FROM {table} WHERE {}",
                    by.join(", "),
                    conditions.join(" AND ")
                );
                (
                    format!("SELECT count(*) FROM ({refused}) WHERE n > 1"),
                    format!("SELECT r FROM ({refused}) WHERE n > 1 ORDER BY r"),
                )
            }
            Form::Reference {
                columns,
                parent,
                ref_columns,
            } => {
                let Some(parent) = self.plans.get(*parent) else {
                    return Ok(None);
                };
                let set = columns
                    .iter()
                    .map(|c| format!("c.{} IS NOT NULL", quote(c)));
                let same = columns
                    .iter()
                    .zip(ref_columns)
                    .map(|(c, r)| format!("p.{} = c.{}", quote(r), quote(c)));
                let from = format!(
                    "FROM {table} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
                    set.collect::<Vec<_>>().join(" AND "),
                    quote(&parent.map.sqlite),
                    same.collect::<Vec<_>>().join(" AND ")
                );
                (
                    format!("SELECT count(*) {from}"),
                    format!("SELECT c.rowid {from} ORDER BY c.rowid"),
                )
            }
            Form::Check { condition } => {
                let from = format!("FROM {table} WHERE NOT ({condition})");
                (
                    format!("SELECT count(*) {from}"),
                    format!("SELECT rowid {from} ORDER BY rowid"),
                )
            }
        };
        let count: i64 = self.connection.query_row(&count, [], |row| row.get(0))?;
        if count == 0 {
            return Ok(None);
        }
        Ok(Some(Breach {
            table: plan.map.pg.to_string(),
            constraint: question.name.clone(),
            kind: question.kind,
            count: u64::try_from(count).unwrap_or_default(),
            examples: self.examples(plan, &rows)?,
            rejected: true,
            cause: question.cause.clone(),
        }))
    }

    /// Keys of the first rows that a query gives.
    fn examples(&self, plan: &TablePlan, rows: &str) -> rusqlite::Result<Vec<String>> {
        let rows = format!("{rows} LIMIT {EXAMPLES}");
        let numbers: Vec<i64> = self
            .connection
            .prepare(&rows)?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let names = plan
            .key
            .iter()
            .filter_map(|at| plan.target_columns.get(*at));
        let names: Vec<String> = names.map(|n| quote(n)).collect();
        if names.is_empty() {
            return Ok(numbers.iter().map(|n| format!("row {n}")).collect());
        }
        let sql = format!(
            "SELECT {} FROM {} WHERE rowid = ?1",
            names.join(", "),
            quote(&plan.map.sqlite)
        );
        let mut select = self.connection.prepare(&sql)?;
        let mut out = Vec::new();
        for number in numbers {
            out.push(select.query_row([number], |row| {
                let mut key = Vec::new();
                for at in 0..names.len() {
                    key.push(show(match row.get_ref(at)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(n) => Value::Integer(n),
                        ValueRef::Real(r) => Value::Real(r),
                        ValueRef::Text(t) => str::from_utf8(t).map_or(Value::Blob(t), Value::Text),
                        ValueRef::Blob(b) => Value::Blob(b),
                    }));
                }
                Ok(key.join(", "))
            })?);
        }
        Ok(out)
    }
}

fn fault(cause: rusqlite::Error) -> Error {
    Error::Target(crate::sqlite::db::Error {
        path: "the temporary database".to_owned(),
        doing: "looking for rows that would be rejected".to_owned(),
        cause: cause.to_string(),
    })
}
