//! One migration, one transaction.

use std::collections::BTreeSet;
use std::time::Instant;

use rusqlite::{Connection, ErrorCode};
use serde::Serialize;

use super::{Event, OWN_TABLE, Progress, Runner, tables};
use crate::failpoint;
use crate::files::{Error, MigrationFile, Statement};

/// Which section of a migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// It is applied.
    Up,
    /// It is reverted.
    Down,
}

impl Direction {
    /// As the command is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    fn section(self, file: &MigrationFile) -> &[Statement] {
        match self {
            Self::Up => &file.up,
            Self::Down => &file.down,
        }
    }
}

/// Rows that refer to nothing: table, rowid, parent, which key.
pub(super) type Violations = BTreeSet<(String, Option<i64>, String, i64)>;

/// Refuses what could not run as one transaction, and what would collide with the ledger.
pub(super) fn check_section(
    file: &MigrationFile,
    direction: Direction,
    ledger: &str,
) -> Result<(), Error> {
    let fault = |line, message: String| Error::Malformed {
        file: file.file_name.clone(),
        line,
        message,
    };
    let section = direction.section(file);
    if section.is_empty() {
        return Err(fault(
            1,
            format!("the {} section has no statements", direction.word()),
        ));
    }
    for statement in section {
        let made = statement.created_table().unwrap_or_default();
        if made.eq_ignore_ascii_case(ledger) || made.eq_ignore_ascii_case(OWN_TABLE) {
            return Err(Error::Refused(format!(
                "{}:{}: the application's table {made} has the name of the runner's own; name another ledger with --ledger, \
                 for instance --ledger decant_ledger",
                file.file_name, statement.line
            )));
        }
        let words = statement.words(2);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if matches!(
            words.as_slice(),
            ["BEGIN" | "COMMIT" | "END", ..] | ["ROLLBACK"] | ["ROLLBACK", "TRANSACTION"]
        ) {
            return Err(fault(
                statement.line,
                format!(
                    "`{}` is not for a migration: every file runs in one transaction of its own; remove the line",
                    words.join(" ")
                ),
            ));
        }
    }
    Ok(())
}

/// Whether rows of other tables would be deleted or checked on the way although they are there again at the end.
fn needs_foreign_keys_off(section: &[Statement]) -> bool {
    section.iter().any(|statement| {
        let words = statement.words(12);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["DROP", "TABLE", ..] => true,
            // Only this form renames a table; a quoted name ends the words that can be seen, so ask the text, too.
            ["ALTER", "TABLE", ..] => statement.sql.to_ascii_uppercase().contains("RENAME TO"),
            // The author's own wish; inside the transaction the statement does nothing.
            ["PRAGMA", "FOREIGN_KEYS", ..] => {
                let text = statement.sql.to_ascii_uppercase();
                text.ends_with("OFF") || text.ends_with('0') || text.ends_with("FALSE")
            }
            _ => false,
        }
    })
}

impl Runner<'_> {
    /// Runs one section; false when another run did it in the meantime.
    pub(super) fn run(
        &mut self,
        file: &MigrationFile,
        direction: Direction,
        tell: &mut dyn FnMut(Event),
    ) -> Result<bool, Error> {
        let started = Instant::now();
        if self.interrupt.is_raised() {
            return Err(Error::Interrupted {
                kept: format!("{} was not begun", file.file_name),
            });
        }
        let section = direction.section(file);
        tell(Event::Begins {
            version: file.file_name.clone(),
            direction,
            statements: section.len(),
        });
        let mut rows = 0;
        let ran = self.in_transaction(section, |runner| runner.body(file, direction, &mut rows));
        if let Some(guard) = &mut self.guard {
            guard.at(Progress::default())?;
        }
        let ran = ran?;
        tell(if ran {
            Event::Done {
                version: file.file_name.clone(),
                direction,
                statements: section.len(),
                rows,
                took: started.elapsed(),
            }
        } else {
            Event::DoneElsewhere {
                version: file.file_name.clone(),
            }
        });
        Ok(ran)
    }

    /// What happens inside the transaction.
    fn body(
        &mut self,
        file: &MigrationFile,
        direction: Direction,
        rows: &mut u64,
    ) -> Result<bool, Error> {
        let ledger = self.options.ledger.clone();
        tables::make(self.connection, &ledger)?;
        // The lock of the database is ours only now: another tool may have been here since the ledger was read.
        if tables::has(self.connection, &ledger, &file.file_name)? == (direction == Direction::Up) {
            return Ok(false);
        }
        if self.known_violations.is_none() {
            // A schema whose keys cannot be checked at all is not this migration's fault.
            self.known_violations = violations(self.connection).ok();
        }
        let section = direction.section(file);
        let before = self.connection.total_changes();
        for (index, statement) in section.iter().enumerate() {
            if let Some(guard) = &mut self.guard {
                guard.at(Progress {
                    process: 0,
                    version: file.file_name.clone(),
                    direction: direction.word().to_owned(),
                    statement: index + 1,
                    count: section.len(),
                    line: statement.line,
                })?;
            }
            failpoint::hit("migrate-statement");
            execute(self.connection, &statement.sql)
                .map_err(|cause| self.statement_fault(file, section, index, cause))?;
            if self.interrupt.is_raised() {
                return Err(self.interrupted(file));
            }
        }
        *rows = self.connection.total_changes().saturating_sub(before);
        self.check_foreign_keys(file)?;
        match direction {
            Direction::Up => tables::record(self.connection, &ledger, file)?,
            Direction::Down => tables::forget(self.connection, &ledger, &file.file_name)?,
        }
        failpoint::hit("migrate-commit");
        Ok(true)
    }

    fn interrupted(&self, file: &MigrationFile) -> Error {
        Error::Interrupted {
            kept: format!("nothing of {} was kept", file.file_name),
        }
    }

    fn statement_fault(
        &self,
        file: &MigrationFile,
        section: &[Statement],
        index: usize,
        cause: rusqlite::Error,
    ) -> Error {
        if self.interrupt.is_raised()
            && cause.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
        {
            return self.interrupted(file);
        }
        Error::Statement {
            file: file.file_name.clone(),
            line: section.get(index).map_or(0, |s| s.line),
            number: index + 1,
            count: section.len(),
            cause,
        }
    }

    fn check_foreign_keys(&mut self, file: &MigrationFile) -> Result<(), Error> {
        let Some(known) = &self.known_violations else {
            return Ok(());
        };
        let now = violations(self.connection).map_err(Error::database(format!(
            "checking the foreign keys after {}",
            file.file_name
        )))?;
        let new: Vec<_> = now.difference(known).collect();
        if let Some((table, _, parent, _)) = new.first() {
            return Err(Error::ForeignKeys {
                file: file.file_name.clone(),
                violations: new.len(),
                table: table.clone(),
                parent: parent.clone(),
            });
        }
        self.known_violations = Some(now);
        Ok(())
    }

    /// Runs `body` in one transaction with foreign keys as `section` needs them; they are as they were afterwards.
    pub(super) fn in_transaction<T>(
        &mut self,
        section: &[Statement],
        body: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let before = foreign_keys(self.connection)?;
        set_foreign_keys(self.connection, !needs_foreign_keys_off(section))?;
        let result = self.transaction(body);
        let restored = set_foreign_keys(self.connection, before);
        let value = result?;
        restored.map(|()| value)
    }

    fn transaction<T>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|cause| {
                if cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) {
                    Error::Locked {
                        path: self.connection.path().unwrap_or_default().into(),
                        holder: " or program that writes to it".to_owned(),
                    }
                } else {
                    Error::Database {
                        doing: "beginning a transaction".to_owned(),
                        cause,
                    }
                }
            })?;
        let result = body(self).and_then(|value| {
            self.connection
                .execute_batch("COMMIT")
                .map_err(Error::database("committing"))?;
            Ok(value)
        });
        if result.is_err() && !self.connection.is_autocommit() {
            // The first fault is the one to tell; SQLite takes everything back when the connection closes, too.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        result
    }
}

/// Runs a statement to its end; rows that it gives are not looked at.
fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn violations(connection: &Connection) -> rusqlite::Result<Violations> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

fn foreign_keys(connection: &Connection) -> Result<bool, Error> {
    connection
        .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
        .map_err(Error::database("reading whether foreign keys are on"))
}

/// Sets the state and reads it back, for inside a transaction SQLite ignores the pragma without a word.
fn set_foreign_keys(connection: &Connection, on: bool) -> Result<(), Error> {
    let value = if on { "ON" } else { "OFF" };
    connection
        .execute_batch(&format!("PRAGMA foreign_keys = {value}"))
        .map_err(Error::database(format!("switching foreign keys {value}")))?;
    if foreign_keys(connection)? == on {
        Ok(())
    } else {
        Err(Error::Refused(format!(
            "foreign keys cannot be switched {value}; is a transaction open on this connection?"
        )))
    }
}
