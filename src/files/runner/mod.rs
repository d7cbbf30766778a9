//! Applies and reverts migrations on SQLite. The ledger is the custom tool's own table, so that a team may change tools
//! at any time in either direction; what is needed beyond it lives in [`OWN_TABLE`].
//!
//! Each migration and its ledger row are one transaction. Foreign keys are off while a migration drops or renames tables
//! (inside a transaction SQLite ignores the pragma, and `DROP TABLE` would delete the rows of children), and
//! `foreign_key_check` must find nothing new before the commit.

mod apply;
mod copy;
mod lease;
mod maintain;
mod server;
mod tables;
mod target;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use super::guard::{self, Guard};
use super::ledger::{self, Applied, Entry, State};
use super::url::FileUrl;
use super::{Error, MigrationFile};
use crate::interrupt::Interrupt;

pub use super::guard::Progress;
pub use apply::Direction;
pub use copy::{Rehearsal, likeness_of_server, rehearsal, rehearsal_of_server};
pub use lease::{Activity, RUN_TABLE};
pub use maintain::{Finding, find, verify};
pub use server::Server;
pub use target::{Before, Stop, Target};

/// The custom tool's ledger.
pub const LEDGER: &str = "migrations";
/// Our own table: checksums and the revisions that a baseline replaces.
pub const OWN_TABLE: &str = "decant_migrations";

/// How a runner works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Name of the ledger table.
    pub ledger: String,
    /// How long to wait for another run or writer.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ledger: LEDGER.to_owned(),
            wait: Duration::from_secs(5),
        }
    }
}

/// What a run tells while it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A migration begins.
    Begins {
        /// The file's name.
        version: String,
        /// Applied or reverted.
        direction: Direction,
        /// How many statements it has.
        statements: usize,
    },
    /// A statement is about to run; on a server, the first of those that one request carries.
    Statement {
        /// The file's name.
        version: String,
        /// Applied or reverted.
        direction: Direction,
        /// Which statement, from 1.
        statement: usize,
        /// How many there are.
        count: usize,
        /// Its line in the file.
        line: u32,
        /// The beginning of its text.
        sql: String,
    },
    /// It is done and committed.
    Done {
        /// The file's name.
        version: String,
        /// Applied or reverted.
        direction: Direction,
        /// How many statements it had.
        statements: usize,
        /// Rows that were written, changed or deleted.
        rows: u64,
        /// How long it took.
        #[serde(skip)]
        took: Duration,
    },
    /// Another run did it in the meantime.
    DoneElsewhere {
        /// The file's name.
        version: String,
    },
    /// Something to know.
    Note {
        /// A sentence.
        text: String,
    },
}

/// How many migrations to revert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// So many of the last.
    Steps(usize),
    /// Every one.
    All,
}

/// Opens a database file for migrations; it is made when it does not exist.
///
/// # Errors
/// When it cannot be opened or is no SQLite database.
pub fn open(url: &FileUrl, wait: Duration) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    opened(url, flags, wait)
}

/// Opens it for reading; none when the file does not exist.
///
/// # Errors
/// When it cannot be opened or is no SQLite database.
pub fn open_to_read(url: &FileUrl, wait: Duration) -> Result<Option<Connection>, Error> {
    if !url.file().exists() {
        return Ok(None);
    }
    opened(url, OpenFlags::SQLITE_OPEN_READ_ONLY, wait).map(Some)
}

fn opened(url: &FileUrl, flags: OpenFlags, wait: Duration) -> Result<Connection, Error> {
    let doing = || format!("opening {url}");
    let flags = flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(url.for_sqlite(), flags).map_err(Error::database(doing()))?;
    connection
        .busy_timeout(wait)
        .map_err(Error::database(doing()))?;
    // The first read finds out whether it is a database at all.
    connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
        .map_err(Error::database(doing()))?;
    Ok(connection)
}

/// Where each migration stands.
///
/// # Errors
/// When the database cannot be read, or the ledger's name belongs to a table of the application.
pub fn status(
    target: Option<&dyn Target>,
    options: &Options,
    files: &[MigrationFile],
) -> Result<Vec<Entry>, Error> {
    let applied = match target {
        Some(target) => tables::applied(target, &options.ledger)?,
        None => Vec::new(),
    };
    Ok(ledger::compare(&applied, files))
}

/// What a killed run left to tell about a database file.
pub fn interruption(database: &Path) -> Option<Progress> {
    guard::left_behind(database).filter(|p| !p.version.is_empty())
}

/// What runs on a database, or was interrupted on it.
///
/// # Errors
/// When the database cannot be read.
pub fn activity(target: &dyn Target, options: &Options) -> Result<Option<Activity>, Error> {
    match target.file() {
        Some(file) => Ok(interruption(&file).map(|progress| Activity::Interrupted { progress })),
        None => lease::activity(target, &options.ledger),
    }
}

/// Ends the hold that another run has on a server; gives whether there was one. A file's lock ends with its process.
///
/// # Errors
/// When the database cannot be written.
pub fn unlock(target: &dyn Target, options: &Options) -> Result<bool, Error> {
    match target.is_server() {
        true => lease::remove(target, &options.ledger),
        false => Ok(false),
    }
}

/// How a run keeps others away.
enum Hold {
    /// A locked file beside the database.
    Lock(Guard),
    /// A row in the server's database.
    Lease(lease::Lease),
    /// Nobody else can come: the database is in memory.
    Nothing,
}

/// A run over one database. It holds the lock until it is dropped.
pub struct Runner<'c> {
    target: &'c mut dyn Target,
    options: Options,
    hold: Hold,
    left: Option<Progress>,
    /// Rows that referred to nothing before this run: not its fault. `None` before the first check, or when the check
    /// itself is impossible.
    known_violations: Option<apply::Violations>,
    interrupt: Interrupt,
}

impl<'c> Runner<'c> {
    /// Takes the lock on the connection's database.
    ///
    /// # Errors
    /// When another run holds it, or the ledger's name belongs to a table of the application.
    pub fn new(connection: &'c mut Connection, options: Options) -> Result<Self, Error> {
        Self::on(connection, options)
    }

    /// Takes the lock on any database.
    ///
    /// # Errors
    /// As [`Runner::new`].
    pub fn on(target: &'c mut dyn Target, options: Options) -> Result<Self, Error> {
        target
            .wait_for(options.wait)
            .map_err(Error::database("setting the busy timeout"))?;
        tables::check(target, &options.ledger)?;
        let (hold, left) = match target.file() {
            Some(file) => {
                let (guard, left) = Guard::take(&file, options.wait)?;
                (Hold::Lock(guard), left)
            }
            None if target.is_server() => {
                let (lease, left) = lease::Lease::take(target, &options.ledger, options.wait)?;
                (Hold::Lease(lease), left)
            }
            None => (Hold::Nothing, None),
        };
        Ok(Self {
            target,
            options,
            hold,
            left,
            known_violations: None,
            interrupt: Interrupt::new(),
        })
    }

    /// Lets a signal end the run: what runs is taken back, and nothing further begins.
    ///
    /// # Errors
    /// When SQLite does not take the handler.
    pub fn stop_on(&mut self, interrupt: &Interrupt) -> Result<(), Error> {
        self.interrupt = interrupt.clone();
        self.target
            .stop_on(Some(interrupt))
            .map_err(Error::database("setting up the handling of signals"))
    }

    /// The ledger's rows, in the order in which they were applied.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn applied(&self) -> Result<Vec<Applied>, Error> {
        tables::applied(self.target, &self.options.ledger)
    }

    /// Applies what is pending, in the order of the file names, at most `limit` of it. Gives the names of what was applied.
    ///
    /// # Errors
    /// [`Error::Refused`] when an applied file was changed; otherwise the first migration that failed: those before it
    /// stay applied, and of it nothing was kept.
    pub fn up(
        &mut self,
        files: &[MigrationFile],
        limit: Option<usize>,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, Error> {
        self.tell_interruption(tell);
        let applied = self.applied()?;
        let entries = ledger::compare(&applied, files);
        self.refuse_changed(&entries)?;
        let pending: Vec<(&MigrationFile, State)> = files
            .iter()
            .filter_map(|file| {
                let entry = entries.iter().find(|e| e.version == file.file_name)?;
                entry.state.is_pending().then_some((file, entry.state))
            })
            .take(limit.unwrap_or(usize::MAX))
            .collect();
        for (file, _) in &pending {
            self.check_section(file, Direction::Up)?;
        }
        if !pending.is_empty() {
            for entry in entries.iter().filter(|e| e.state == State::Missing) {
                tell(Event::Note {
                    text: format!("{} was applied, but is no longer on disk", entry.version),
                });
            }
        }
        self.adopt_checksums(&applied, files)?;
        let mut done = Vec::new();
        for (file, state) in pending {
            if state == State::OutOfOrder {
                tell(Event::Note {
                    text: format!(
                        "{} comes before migrations that are applied already",
                        file.file_name
                    ),
                });
            }
            if self.run(file, Direction::Up, tell)? {
                done.push(file.file_name.clone());
            }
        }
        Ok(done)
    }

    /// Applies one pending migration, wherever it stands in the order.
    ///
    /// # Errors
    /// As [`Runner::up`].
    pub fn up_one(
        &mut self,
        files: &[MigrationFile],
        version: &str,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, Error> {
        let Some(file) = files.iter().find(|f| f.file_name == version) else {
            return Err(Error::Refused(format!(
                "{version} is not in the migrations folder"
            )));
        };
        self.check_section(file, Direction::Up)?;
        let ran = self.run(file, Direction::Up, tell)?;
        Ok(ran.then(|| version.to_owned()).into_iter().collect())
    }

    /// Reverts the migrations that were applied last. Gives the names of what was reverted.
    ///
    /// # Errors
    /// [`Error::Refused`] when `Steps` would revert all of several, or when one of them is missing, changed or has no down
    /// section: then nothing was reverted. Otherwise the first that failed; those before it stay reverted.
    pub fn down(
        &mut self,
        files: &[MigrationFile],
        amount: Amount,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Vec<String>, Error> {
        self.tell_interruption(tell);
        let applied = self.applied()?;
        let count = match amount {
            Amount::Steps(steps) if steps >= applied.len() && applied.len() > 1 => {
                return Err(Error::Refused(format!(
                    "--step {steps} would revert every one of the {} applied migrations; say --all if that is meant",
                    applied.len()
                )));
            }
            Amount::Steps(steps) => steps,
            Amount::All => applied.len(),
        };
        let mut targets = Vec::new();
        for row in applied.iter().rev().take(count) {
            let Some(file) = files.iter().find(|f| f.file_name == row.version) else {
                return Err(Error::Refused(format!(
                    "{} was applied, but is not in the migrations folder, so it cannot be reverted; restore the file",
                    row.version
                )));
            };
            if row.checksum.as_ref().is_some_and(|c| *c != file.checksum) {
                return Err(changed(&file.file_name));
            }
            if file.down.is_empty() {
                return Err(Error::Refused(format!(
                    "{} has no statements in its down section: it cannot be reverted",
                    file.file_name
                )));
            }
            self.check_section(file, Direction::Down)?;
            targets.push(file);
        }
        let mut done = Vec::new();
        for file in targets {
            if self.run(file, Direction::Down, tell)? {
                done.push(file.file_name.clone());
            }
        }
        Ok(done)
    }

    fn check_section(&self, file: &MigrationFile, direction: Direction) -> Result<(), Error> {
        let on_server = self.target.is_server();
        apply::check_section(file, direction, &self.options.ledger, on_server)
    }

    fn tell_interruption(&mut self, tell: &mut dyn FnMut(Event)) {
        if let Some(text) = self.left.take().and_then(|p| p.as_interruption()) {
            tell(Event::Note { text });
        }
    }

    fn refuse_changed(&self, entries: &[Entry]) -> Result<(), Error> {
        match entries.iter().find(|e| e.state == State::Changed) {
            Some(entry) => Err(changed(&entry.version)),
            None => Ok(()),
        }
    }

    /// What the original tool applied has no checksum yet: from now on the file on disk counts.
    fn adopt_checksums(
        &mut self,
        applied: &[Applied],
        files: &[MigrationFile],
    ) -> Result<(), Error> {
        let unknown: Vec<&MigrationFile> = applied
            .iter()
            .filter(|row| row.checksum.is_none())
            .filter_map(|row| files.iter().find(|f| f.file_name == row.version))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        self.in_transaction(&[], |runner| {
            tables::make(runner.target, &runner.options.ledger)?;
            for file in &unknown {
                tables::remember(runner.target, &runner.options.ledger, file)?;
            }
            Ok(())
        })
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        // The connection lives on; a handler that stays would end its later statements.
        let _ = self.target.stop_on(None);
        if let Hold::Lease(lease) = &self.hold {
            lease.release(self.target);
        }
    }
}

fn changed(version: &str) -> Error {
    Error::Refused(format!(
        "{version} was changed after it was applied; restore it as it was, and put the change into a new migration"
    ))
}
