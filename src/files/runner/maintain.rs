//! What keeps the ledger true without running migrations: marking, repairing, checking.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use serde::Serialize;

use super::target::Target;
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
    target: &dyn Target,
    ledger: &str,
    files: &[MigrationFile],
) -> Result<Vec<Finding>, Error> {
    let applied = tables::applied(target, ledger)?;
    let mut findings: Vec<Finding> = ledger::compare(&applied, files)
        .into_iter()
        .filter(|entry| matches!(entry.state, State::Changed | State::Missing))
        .map(|entry| Finding::Migration {
            version: entry.version,
            state: entry.state,
        })
        .collect();
    let text = |cell: &Value| match cell {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    };
    let checked = target
        .rows("PRAGMA integrity_check", Vec::new())
        .map_err(Error::database("checking the integrity"))?;
    findings.extend(
        checked
            .iter()
            .filter_map(|row| row.first())
            .map(|cell| Finding::Integrity { text: text(cell) })
            .filter(|finding| !matches!(finding, Finding::Integrity { text } if text == "ok")),
    );
    // Grouped here: not every server lets the pragma be a table.
    let mut missing: BTreeMap<(String, String), i64> = BTreeMap::new();
    let checked = target
        .rows("PRAGMA foreign_key_check", Vec::new())
        .map_err(Error::database("checking the foreign keys"))?;
    for row in &checked {
        if let [table, _, parent, ..] = row.as_slice() {
            *missing.entry((text(table), text(parent))).or_default() += 1;
        }
    }
    findings.extend(
        missing
            .into_iter()
            .map(|((table, parent), rows)| Finding::ForeignKeys {
                table,
                parent,
                rows,
            }),
    );
    Ok(findings)
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
            tables::make(runner.target, ledger)?;
            let mut marked = Vec::new();
            for file in files {
                if !tables::has(runner.target, ledger, &file.file_name)? {
                    tables::record(runner.target, ledger, file)?;
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
            tables::make(runner.target, ledger)?;
            let mut taken = Vec::new();
            for version in versions {
                if tables::has(runner.target, ledger, version)? {
                    tables::forget(runner.target, ledger, version)?;
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
                tables::remember(runner.target, &runner.options.ledger, file)?;
            }
            Ok(changed.iter().map(|file| file.file_name.clone()).collect())
        })
    }
}
