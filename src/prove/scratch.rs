//! A database in memory that migrations run on as `decant migrate` runs them.

use rusqlite::Connection;

use super::{Outcome, rows};
use crate::convert::Conversion;
use crate::sqlite::emit::emit_schema;
use crate::sqlite::plan::{NO_WAY_BACK, OTHER_ROWS, foreign_keys_are_off, sentence};
use crate::sqlite::schema::{Schema, Trigger, quote};

/// Why a section did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Rows that are there are refused: by a guard of ours, or by a constraint that is new.
    #[error("{message}")]
    OverRows {
        /// SQLite's words.
        message: String,
        /// The statement.
        statement: String,
    },
    /// Anything else.
    #[error("{message}, at: {statement}")]
    Fault {
        /// SQLite's words.
        message: String,
        /// Beginning of the statement.
        statement: String,
    },
}

impl Stopped {
    /// Whether a statement of ours says that there is no way back.
    pub fn says_no_way_back(&self) -> bool {
        matches!(self, Self::OverRows { message, .. } if message.starts_with(NO_WAY_BACK))
    }

    /// Whether a statement of ours says that a script's own code works on rows which are others here.
    pub fn says_other_rows(&self) -> bool {
        matches!(self, Self::OverRows { message, .. } if message.starts_with(OTHER_ROWS))
    }
}

/// The database.
pub struct Scratch {
    /// Its connection.
    pub db: Connection,
}

impl Scratch {
    /// One with a schema.
    pub fn open(schema: &Schema) -> Result<Self, rusqlite::Error> {
        let db = Connection::open_in_memory()?;
        let script = emit_schema(schema);
        for statement in script.up.iter().chain(&script.triggers_up) {
            db.execute_batch(statement)?;
        }
        db.pragma_update(None, "foreign_keys", true)?;
        Ok(Self { db })
    }

    /// Applies a revision.
    pub fn up(&self, conversion: &Conversion) -> Result<(), Stopped> {
        self.section(&conversion.up, &conversion.up_triggers, &[])
    }

    /// Reverts a revision.
    pub fn down(&self, conversion: &Conversion) -> Result<(), Stopped> {
        let triggers = &conversion.down_triggers;
        self.section(&conversion.down, triggers, &conversion.up_triggers)
    }

    /// Runs statements in one transaction, with foreign keys off where the first asks for it.
    fn section(&self, list: &[String], made: &[Trigger], gone: &[Trigger]) -> Result<(), Stopped> {
        let off = list.first().is_some_and(|s| *s == foreign_keys_are_off());
        self.foreign_keys(!off)?;
        self.run("BEGIN")?;
        let gone = gone
            .iter()
            .map(|t| format!("DROP TRIGGER {}", quote(&t.name)));
        let made = made.iter().map(|t| t.sql.clone());
        let ran = gone
            .chain(list.iter().cloned())
            .chain(made)
            .try_for_each(|statement| self.run(&statement))
            .and_then(|()| self.check_references());
        self.run(if ran.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        self.foreign_keys(true)?;
        ran
    }

    fn foreign_keys(&self, on: bool) -> Result<(), Stopped> {
        self.run(&format!(
            "PRAGMA foreign_keys = {}",
            if on { "ON" } else { "OFF" }
        ))
    }

    fn run(&self, statement: &str) -> Result<(), Stopped> {
        self.db.execute_batch(statement).map_err(|error| {
            let message = error.to_string();
            let constraint =
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
            // The guards speak by way of a path that JSON does not have.
            if constraint || message.contains("JSON path") {
                Stopped::OverRows {
                    message: sentence(&message),
                    statement: statement.to_owned(),
                }
            } else {
                Stopped::Fault {
                    message,
                    statement: statement.chars().take(120).collect(),
                }
            }
        })
    }

    fn check_references(&self) -> Result<(), Stopped> {
        let first = self.db.query_row(
            "SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1",
            [],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        );
        match first {
            Ok((table, parent)) => Err(Stopped::OverRows {
                message: format!("{table} refers to rows of {parent} that are not there"),
                statement: String::new(),
            }),
            Err(_) => Ok(()),
        }
    }

    /// Applies a revision; tables whose rows it refuses are emptied, one after the other, and named. PostgreSQL would refuse the
    /// same rows: the history needs the table to be empty, or filled otherwise.
    pub fn up_over_rows(
        &self,
        before: &Schema,
        conversion: &Conversion,
    ) -> Result<Vec<String>, Stopped> {
        self.over_rows(before, || self.up(conversion))
    }

    /// Reverts a revision likewise.
    pub fn down_over_rows(
        &self,
        before: &Schema,
        conversion: &Conversion,
    ) -> Result<Vec<String>, Stopped> {
        self.over_rows(before, || self.down(conversion))
    }

    fn over_rows(
        &self,
        before: &Schema,
        run: impl Fn() -> Result<(), Stopped>,
    ) -> Result<Vec<String>, Stopped> {
        let mut emptied = Vec::new();
        loop {
            match run() {
                Ok(()) => return Ok(emptied),
                Err(stopped) if stopped.says_other_rows() => return Err(stopped),
                Err(Stopped::OverRows { message, statement }) => {
                    let Some(table) = self.empty_one(before, &message, &emptied) else {
                        return Err(Stopped::OverRows { message, statement });
                    };
                    emptied.push(table);
                }
                Err(stopped) => return Err(stopped),
            }
        }
    }

    /// Empties the table that a refusal names, or else the first with rows; with all rows that refer to it.
    fn empty_one(&self, schema: &Schema, message: &str, emptied: &[String]) -> Option<String> {
        let with_rows: Vec<&String> = schema
            .tables
            .iter()
            .map(|t| &t.name)
            .filter(|name| !emptied.contains(name) && rows::count(&self.db, name) > 0)
            .collect();
        let named = with_rows.iter().filter(|name| {
            crate::sqlite::text::tokens(message).iter().any(|t| {
                t.name()
                    .is_some_and(|n| n.trim_start_matches("_decant_new_") == name.as_str())
            })
        });
        let table = named
            .max_by_key(|name| name.len())
            .or_else(|| with_rows.first())?;
        self.empty(schema, table);
        Some((*table).clone())
    }

    fn empty(&self, schema: &Schema, table: &str) {
        if rows::count(&self.db, table) == 0 {
            return;
        }
        let off = self.foreign_keys(false);
        let _ = self.run(&format!("DELETE FROM {}", quote(table)));
        if off.is_ok() {
            let _ = self.foreign_keys(true);
        }
        for child in &schema.tables {
            if child.name != table
                && child
                    .foreign_keys
                    .iter()
                    .any(|f| f.ref_table.eq_ignore_ascii_case(table))
            {
                self.empty(schema, &child.name);
            }
        }
    }

    /// Rows of a table as text, sorted; none when it cannot be read. Numbers are told by their value: the same number is
    /// `1` in a column of one affinity and `1.0` in one of another.
    pub fn rows(&self, table: &str, columns: &[&str]) -> Option<Vec<String>> {
        let cells: Vec<String> = columns
            .iter()
            .map(|c| {
                let c = quote(c);
                let whole = format!("typeof({c}) = 'real' AND {c} = CAST({c} AS INTEGER)");
                format!("quote(CASE WHEN {whole} THEN CAST({c} AS INTEGER) ELSE {c} END)")
            })
            .collect();
        let shown = if cells.is_empty() {
            "''".to_owned()
        } else {
            cells.join(" || ',' || ")
        };
        let sql = format!("SELECT {shown} FROM {} ORDER BY 1", quote(table));
        let mut statement = self.db.prepare(&sql).ok()?;
        statement
            .query_map([], |row| row.get(0))
            .ok()?
            .collect::<Result<_, _>>()
            .ok()
    }

    /// Reads, updates and deletes a row.
    pub fn touch(&self, table: &str) -> Outcome {
        let name = quote(table);
        let column = self.db.query_row(
            "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid DESC LIMIT 1",
            [table],
            |row| row.get::<_, String>(0),
        );
        let done = column.map_err(|e| e.to_string()).and_then(|column| {
            let column = quote(&column);
            let run = |sql: String| self.db.execute(&sql, []).map_err(|e| e.to_string());
            let changed = run(format!("UPDATE {name} SET {column} = {column}"))?;
            run("SAVEPOINT touch".to_owned())?;
            let gone = run(format!("DELETE FROM {name}"));
            self.db
                .execute_batch("ROLLBACK TO touch; RELEASE touch")
                .map_err(|e| e.to_string())?;
            match gone {
                // What refers to the row may keep it, or need it where it is set to NULL.
                Err(why) if why.contains("FOREIGN KEY") => Ok(None),
                Err(why) if why.contains("constraint failed") => Ok(Some(why)),
                Err(why) => Err(why),
                _ if changed == 0 => Err("no row was changed".to_owned()),
                _ => Ok(None),
            }
        });
        match done {
            Ok(None) => Outcome::Passed,
            Ok(Some(why)) => Outcome::Noted(format!("its rows cannot all be deleted: {why}")),
            Err(why) => Outcome::Failed(why),
        }
    }
}
