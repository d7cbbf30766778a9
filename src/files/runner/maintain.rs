//! What keeps the ledger true without running migrations: marking, repairing, checking; and copies to rehearse on.

use rusqlite::Connection;
use rusqlite::backup::Backup;
use serde::Serialize;

use super::{Runner, tables};
use crate::files::ledger::{self, Applied, State};
use crate::files::{Error, MigrationFile};

/// The migration that a user means by a file name, a version or the beginning of either.
///
/// # Errors
/// [`Error::Refused`] when there is none, or several begin so.
pub fn find<'n>(names: impl Iterator<Item = &'n str>, text: &str) -> Result<&'n str, Error> {
    let mut matches: Vec<&str> = Vec::new();
    for name in names {
        if name == text || name.strip_suffix(".sql") == Some(text) {
            return Ok(name);
        }
        if !text.is_empty() && name.starts_with(text) {
            matches.push(name);
        }
    }
    match matches.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::Refused(format!(
            "no migration is called `{text}` or begins so"
        ))),
        several => Err(Error::Refused(format!(
            "`{text}` is the beginning of several migrations: {}",
            several.join(", ")
        ))),
    }
}

/// What is wrong with a database that migrations made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// An applied migration is not as it was, or not on disk.
    Migration {
        /// The file's name.
        version: String,
        /// Where it stands.
        state: State,
    },
    /// `integrity_check` says something.
    Integrity {
        /// What it says.
        text: String,
    },
    /// Rows refer to rows that do not exist.
    ForeignKeys {
        /// Their table.
        table: String,
        /// The table that they refer to.
        parent: String,
        /// How many.
        rows: i64,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Migration { version, state } => write!(f, "{version} is {}", state.word()),
            Self::Integrity { text } => write!(f, "integrity_check: {text}"),
            Self::ForeignKeys {
                table,
                parent,
                rows,
            } => write!(
                f,
                "{rows} row(s) of {table} refer to rows of {parent} that do not exist"
            ),
        }
    }
}

/// Checks the ledger against the files, and the database with SQLite's own checks.
///
/// # Errors
/// When the database cannot be read.
pub fn verify(
    connection: &Connection,
    ledger: &str,
    files: &[MigrationFile],
) -> Result<Vec<Finding>, Error> {
    let applied = tables::applied(connection, ledger)?;
    let mut findings: Vec<Finding> = ledger::compare(&applied, files)
        .into_iter()
        .filter(|entry| matches!(entry.state, State::Changed | State::Missing))
        .map(|entry| Finding::Migration {
            version: entry.version,
            state: entry.state,
        })
        .collect();
    let rows = |sql: &str| -> rusqlite::Result<Vec<Finding>> {
        let mut statement = connection.prepare(sql)?;
        let list = statement.query_map([], |row| {
            Ok(if row.as_ref().column_count() == 1 {
                Finding::Integrity { text: row.get(0)? }
            } else {
                Finding::ForeignKeys {
                    table: row.get(0)?,
                    parent: row.get(1)?,
                    rows: row.get(2)?,
                }
            })
        })?;
        list.collect()
    };
    let sound = Finding::Integrity {
        text: "ok".to_owned(),
    };
    let checked = rows("SELECT integrity_check FROM pragma_integrity_check")
        .map_err(Error::database("checking the integrity"))?;
    findings.extend(checked.into_iter().filter(|finding| *finding != sound));
    findings.extend(
        rows("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2")
            .map_err(Error::database("checking the foreign keys"))?,
    );
    Ok(findings)
}

/// A copy of a database to rehearse on, in a file beside it that goes with the value.
pub struct Rehearsal {
    /// The connection to the copy.
    pub connection: Connection,
    _folder: tempfile::TempDir,
}

/// Copies a database (an empty one for none) into a temporary file in `folder`.
///
/// # Errors
/// When there is no room, or the database cannot be read.
pub fn rehearsal(
    source: Option<&Connection>,
    folder: &std::path::Path,
) -> Result<Rehearsal, Error> {
    const PAGES_AT_ONCE: i32 = 4096;
    let temporary = tempfile::Builder::new()
        .prefix(".decant-rehearsal-")
        .tempdir_in(folder)
        .map_err(|cause| Error::Io {
            doing: "make a temporary folder in",
            path: folder.to_owned(),
            cause,
        })?;
    let doing = "copying the database to rehearse on";
    let mut connection =
        Connection::open(temporary.path().join("copy.db")).map_err(Error::database(doing))?;
    if let Some(source) = source {
        Backup::new(source, &mut connection)
            .and_then(|backup| {
                backup.run_to_completion(PAGES_AT_ONCE, std::time::Duration::ZERO, None)
            })
            .map_err(Error::database(doing))?;
    }
    Ok(Rehearsal {
        connection,
        _folder: temporary,
    })
}

impl Runner<'_> {
    /// Records migrations as applied without running them, all or none. Gives the names of those that were not recorded
    /// before.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn mark(&mut self, files: &[&MigrationFile]) -> Result<Vec<String>, Error> {
        self.in_transaction(&[], |runner| {
            let ledger = &runner.options.ledger;
            tables::make(runner.connection, ledger)?;
            let mut marked = Vec::new();
            for file in files {
                if !tables::has(runner.connection, ledger, &file.file_name)? {
                    tables::record(runner.connection, ledger, file)?;
                    marked.push(file.file_name.clone());
                }
            }
            Ok(marked)
        })
    }

    /// Takes migrations out of the ledger without reverting them, all or none. Gives the names of those that were in it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn unmark(&mut self, versions: &[&str]) -> Result<Vec<String>, Error> {
        self.in_transaction(&[], |runner| {
            let ledger = &runner.options.ledger;
            tables::make(runner.connection, ledger)?;
            let mut taken = Vec::new();
            for version in versions {
                if tables::has(runner.connection, ledger, version)? {
                    tables::forget(runner.connection, ledger, version)?;
                    taken.push((*version).to_owned());
                }
            }
            Ok(taken)
        })
    }

    /// Takes the files on disk for what was applied: the checksums of changed ones are kept anew. Gives their names.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub fn accept_changes(&mut self, files: &[MigrationFile]) -> Result<Vec<String>, Error> {
        let applied: Vec<Applied> = self.applied()?;
        let changed: Vec<&MigrationFile> = files
            .iter()
            .filter(|file| {
                let row = applied.iter().find(|row| row.version == file.file_name);
                row.and_then(|row| row.checksum.as_ref())
                    .is_some_and(|checksum| *checksum != file.checksum)
            })
            .collect();
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        self.in_transaction(&[], |runner| {
            for file in &changed {
                tables::remember(runner.connection, &runner.options.ledger, file)?;
            }
            Ok(changed.iter().map(|file| file.file_name.clone()).collect())
        })
    }
}
