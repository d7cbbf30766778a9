//! One migration, one transaction.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use serde::Serialize;

use super::target::{Stop, Target};
use super::{Event, Hold, OWN_TABLE, Progress, RUN_TABLE, Runner, tables};
use crate::failpoint;
use crate::files::{Cause, Error, MigrationFile, Statement};

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
    on_server: bool,
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
        let ours = [ledger, OWN_TABLE, RUN_TABLE];
        if ours.iter().any(|name| made.eq_ignore_ascii_case(name)) {
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
        if on_server && let Some(instead) = impossible_on_server(&words) {
            return Err(fault(
                statement.line,
                format!(
                    "a libSQL server does not run `{}`; {instead}",
                    words.join(" ")
                ),
            ));
        }
    }
    Ok(())
}

/// What to do instead of a statement that libsql-server refuses (its `query_analysis.rs`) or that means nothing to it.
fn impossible_on_server(words: &[&str]) -> Option<&'static str> {
    match words {
        ["ATTACH" | "DETACH", ..] => {
            Some("one migration is about one database; bring the rows over before")
        }
        ["VACUUM", ..] => Some("the server decides itself when it does that; remove the line"),
        ["CREATE", "TEMP" | "TEMPORARY", ..] => {
            Some("make an ordinary table and drop it at the end")
        }
        _ => None,
    }
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
        self.tell_hold(file, direction)?;
        let mut rows = 0;
        let ran = self.in_transaction(section, |runner| {
            runner.body(file, direction, &mut rows, tell)
        });
        let ran = match ran {
            Err(Error::Database { doing, cause })
                if doing == COMMITTING && cause.is_uncertain() =>
            {
                self.resolve(file, direction, cause)
            }
            other => other,
        };
        self.settle_hold(file, direction, &ran)?;
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

    /// Before its transaction: which migration it will be. In a file's lock each statement follows.
    fn tell_hold(&mut self, file: &MigrationFile, direction: Direction) -> Result<(), Error> {
        match &mut self.hold {
            Hold::Lease(lease) => lease.at(self.target, progress(file, direction, 0)),
            Hold::Lock(_) | Hold::Nothing => Ok(()),
        }
    }

    /// After it: nothing runs. What a lost connection left undone stays told.
    fn settle_hold(
        &mut self,
        file: &MigrationFile,
        direction: Direction,
        ran: &Result<bool, Error>,
    ) -> Result<(), Error> {
        match &mut self.hold {
            Hold::Nothing => Ok(()),
            Hold::Lock(guard) => guard.at(Progress::default()),
            Hold::Lease(lease) => match ran {
                // A signal ends waits, and this is to be waited for: the row can be written once the transaction is gone.
                Err(Error::Interrupted { .. }) => {
                    let _ = self.target.stop_on(None);
                    lease.settle(self.target, Progress::default());
                    Ok(())
                }
                Err(Error::Statement { number, cause, .. }) if cause.is_lost() => {
                    lease.lost(self.target, progress(file, direction, *number));
                    Ok(())
                }
                Err(Error::Database { cause, .. }) if cause.is_lost() => {
                    lease.lost(self.target, progress(file, direction, 0));
                    Ok(())
                }
                // The next run has to find it: what it says is true of a commit that never arrived.
                Err(Error::Unknown { .. }) => {
                    lease.lost(self.target, progress(file, direction, 0));
                    Ok(())
                }
                // The fault is what is to be told; a row that stays behind falls silent.
                Err(_) => {
                    let _ = lease.at(self.target, Progress::default());
                    Ok(())
                }
                Ok(_) => lease.at(self.target, Progress::default()),
            },
        }
    }

    /// A commit whose answer did not come: asks the server, after the old transaction cannot be open any more.
    fn resolve(
        &mut self,
        file: &MigrationFile,
        direction: Direction,
        cause: Box<Cause>,
    ) -> Result<bool, Error> {
        const TRIES: u32 = 5;
        let ledger = self.options.ledger.clone();
        for attempt in 0..TRIES {
            std::thread::sleep(Duration::from_millis(200) * attempt);
            // Only one transaction can write: when this one begins, the other was committed or taken back.
            let recorded = self.in_transaction(&[], |runner| {
                if tables::check(runner.target, &ledger)? {
                    tables::has(runner.target, &ledger, &file.file_name)
                } else {
                    Ok(false)
                }
            });
            match recorded {
                Ok(recorded) if recorded == (direction == Direction::Up) => return Ok(true),
                Ok(_) => {
                    return Err(Error::Database {
                        doing: format!("committing {} (nothing of it was kept)", file.file_name),
                        cause,
                    });
                }
                Err(_) => {}
            }
        }
        Err(Error::Unknown {
            file: file.file_name.clone(),
            done: match direction {
                Direction::Up => "applied",
                Direction::Down => "reverted",
            },
            cause,
        })
    }

    /// What happens inside the transaction.
    fn body(
        &mut self,
        file: &MigrationFile,
        direction: Direction,
        rows: &mut u64,
        tell: &mut dyn FnMut(Event),
    ) -> Result<bool, Error> {
        let ledger = self.options.ledger.clone();
        if let Hold::Lease(lease) = &self.hold {
            lease.check(self.target)?;
        }
        tables::make(self.target, &ledger)?;
        // The lock of the database is ours only now: another tool may have been here since the ledger was read.
        if tables::has(self.target, &ledger, &file.file_name)? == (direction == Direction::Up) {
            return Ok(false);
        }
        if self.known_violations.is_none() {
            // A schema whose keys cannot be checked at all is not this migration's fault.
            self.known_violations = match violations(self.target) {
                Err(cause) if cause.is_lost() => {
                    return Err(Error::database("checking the foreign keys")(cause));
                }
                other => other.ok(),
            };
        }
        *rows = self.statements(file, direction, tell)?;
        self.check_foreign_keys(file)?;
        match direction {
            Direction::Up => tables::record(self.target, &ledger, file)?,
            Direction::Down => tables::forget(self.target, &ledger, &file.file_name)?,
        }
        if let Hold::Lease(lease) = &mut self.hold {
            lease.clear(self.target)?;
        }
        failpoint::hit("migrate-commit");
        Ok(true)
    }

    /// Runs the section's statements; gives the rows that they changed.
    fn statements(
        &mut self,
        file: &MigrationFile,
        direction: Direction,
        tell: &mut dyn FnMut(Event),
    ) -> Result<u64, Error> {
        let section = direction.section(file);
        let interrupt = self.interrupt.clone();
        let hold = &mut self.hold;
        let ran = self.target.section(section, &mut |at| {
            if interrupt.is_raised() {
                return Err(Cause::Other("a signal came".to_owned()));
            }
            if let Some(statement) = section.get(at) {
                tell(Event::Statement {
                    version: file.file_name.clone(),
                    direction,
                    statement: at + 1,
                    count: section.len(),
                    line: statement.line,
                    sql: beginning(&statement.sql),
                });
            }
            match hold {
                Hold::Lock(guard) => guard
                    .at(progress(file, direction, at + 1))
                    .map_err(|e| Cause::Other(e.to_string())),
                Hold::Lease(_) | Hold::Nothing => Ok(()),
            }
        });
        // A signal that came during the last statement counts, too.
        if self.interrupt.is_raised() {
            return Err(interrupted(file));
        }
        ran.map_err(|stop| statement_fault(file, section, stop))
    }

    fn check_foreign_keys(&mut self, file: &MigrationFile) -> Result<(), Error> {
        let Some(known) = &self.known_violations else {
            return Ok(());
        };
        let now = violations(self.target).map_err(Error::database(format!(
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
        let before = self
            .target
            .foreign_keys()
            .map_err(Error::database("reading whether foreign keys are on"))?;
        let result = self.transaction(!needs_foreign_keys_off(section), body);
        let restored = before.map_or(Ok(()), |on| self.target.restore_foreign_keys(on));
        let value = result?;
        restored
            .map(|()| value)
            .map_err(Error::database("switching foreign keys back"))
    }

    fn transaction<T>(
        &mut self,
        foreign_keys: bool,
        body: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.target
            .begin(foreign_keys)
            .map_err(|cause| match cause {
                cause if cause.is_busy() => Error::Locked {
                    path: self.target.name().into(),
                    holder: " or program that writes to it".to_owned(),
                },
                cause if cause.is_interruption() => Error::Interrupted {
                    kept: "nothing was begun".to_owned(),
                },
                cause => Error::database("beginning a transaction")(cause),
            })?;
        let result = body(&mut *self).and_then(|value| {
            self.target.commit().map_err(Error::database(COMMITTING))?;
            Ok(value)
        });
        if result.is_err() {
            self.target.rollback();
        }
        result
    }
}

/// What a commit that failed was doing.
const COMMITTING: &str = "committing";

fn progress(file: &MigrationFile, direction: Direction, statement: usize) -> Progress {
    let section = direction.section(file);
    let line = statement.checked_sub(1).and_then(|at| section.get(at));
    Progress {
        process: 0,
        version: file.file_name.clone(),
        direction: direction.word().to_owned(),
        statement,
        count: section.len(),
        line: line.map_or(0, |statement| statement.line),
    }
}

/// The first line of a statement, or of a long one its beginning.
fn beginning(sql: &str) -> String {
    const SHOWN: usize = 100;
    let line = sql.lines().next().unwrap_or_default();
    let mut text: String = line.chars().take(SHOWN).collect();
    if text.len() < sql.len() {
        text.push_str(" ..");
    }
    text
}

fn interrupted(file: &MigrationFile) -> Error {
    Error::Interrupted {
        kept: format!("nothing of {} was kept", file.file_name),
    }
}

fn statement_fault(file: &MigrationFile, section: &[Statement], stop: Stop) -> Error {
    Error::Statement {
        file: file.file_name.clone(),
        line: section.get(stop.first).map_or(0, |s| s.line),
        number: stop.first + 1,
        last: stop.last + 1,
        count: section.len(),
        cause: Box::new(stop.cause),
    }
}

fn violations(target: &dyn Target) -> Result<Violations, Cause> {
    let rows = target.rows("PRAGMA foreign_key_check", Vec::new())?;
    let text = |cell: Option<&Value>| match cell {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let number = |cell: Option<&Value>| match cell {
        Some(Value::Integer(n)) => Some(*n),
        _ => None,
    };
    Ok(rows
        .iter()
        .map(|row| {
            (
                text(row.first()),
                number(row.get(1)),
                text(row.get(2)),
                number(row.get(3)).unwrap_or_default(),
            )
        })
        .collect())
}
