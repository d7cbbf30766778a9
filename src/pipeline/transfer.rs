//! A verified SQLite file from a source: apply the schema, port the rows, compare both sides. Publishing is the caller's.

use std::path::PathBuf;
use std::time::Instant;

use super::Error;
use super::events::Events;
use crate::config::JournalMode;
use crate::files::MigrationFile;
use crate::files::runner::{self, Runner};
use crate::interrupt::Interrupt;
use crate::lower::Lowering;
use crate::pg::source::{Source, TableSize};
use crate::report::{StageTime, Times};
use crate::sqlite::publish::Staging;
use crate::verify::{self, Level, Verification};
use crate::{failpoint, port};

/// What is brought where.
pub struct Transfer<'a> {
    /// Where the rows come from.
    pub source: &'a mut dyn Source,
    /// Schema and encodings.
    pub lowering: &'a Lowering,
    /// Migrations that build the schema and are recorded in the ledger; none: the schema is built without a ledger.
    pub migrations: &'a [MigrationFile],
    /// The unpublished file.
    pub staging: &'a Staging,
    /// How thoroughly data is compared.
    pub level: Level,
    /// How many rows the target may reject.
    pub max_rejects: u64,
    /// Where rejected rows are written.
    pub rejects: Option<PathBuf>,
    /// Journal mode that the file is left in.
    pub journal_mode: JournalMode,
}

/// What came of it.
#[derive(Debug)]
pub struct Transferred {
    /// Rows.
    pub summary: port::Summary,
    /// Comparison.
    pub verification: Verification,
}

impl Transfer<'_> {
    /// Runs the three stages.
    ///
    /// # Errors
    /// A stage cannot be finished; the staging file is then worth nothing.
    pub fn run(
        mut self,
        events: &dyn Events,
        interrupt: &Interrupt,
        times: &mut Times,
    ) -> Result<Transferred, Error> {
        let total: u64 = self
            .lowering
            .tables
            .iter()
            .filter_map(|t| self.source.table_size(&t.pg))
            .map(|s| s.rows)
            .sum();
        self.stage("apply", events, interrupt, times, |this| {
            let statements = this.apply()?;
            Ok(((), format!("{statements} statements")))
        })?;
        let summary = self.stage("port", events, interrupt, times, |this| {
            events.total(total);
            let options = port::Options {
                max_rejects: this.max_rejects,
                rejects_path: this.rejects.clone(),
                ..port::Options::default()
            };
            let heard = Heard { events, interrupt };
            let summary = port::run(
                this.source,
                this.lowering,
                this.staging.path(),
                &options,
                &heard,
            )?;
            let rows: u64 = summary.tables.iter().map(|t| t.rows_written).sum();
            Ok((summary, format!("{rows} rows")))
        })?;
        let verification = self.stage("verify", events, interrupt, times, |this| {
            events.total(2 * total);
            let heard = Heard { events, interrupt };
            let verification = verify::run(
                this.source,
                this.lowering,
                this.staging.path(),
                this.level,
                &verify::Options::default(),
                &heard,
            )?;
            let note = if verification.ok() {
                "equal"
            } else {
                "DIFFERENT"
            };
            Ok((verification, note.to_owned()))
        })?;
        self.finish()?;
        times.port_tables = summary.timings.tables.iter().map(stage_time).collect();
        times.verify_tables = verification.times.tables.iter().map(stage_time).collect();
        Ok(Transferred {
            summary,
            verification,
        })
    }

    fn stage<T>(
        &mut self,
        name: &str,
        events: &dyn Events,
        interrupt: &Interrupt,
        times: &mut Times,
        work: impl FnOnce(&mut Self) -> Result<(T, String), Error>,
    ) -> Result<T, Error> {
        if interrupt.is_raised() {
            return Err(Error::Interrupted);
        }
        failpoint::hit(&format!("cutover:{name}"));
        events.stage(name);
        let started = Instant::now();
        let (value, note) = work(self)?;
        let took = started.elapsed();
        times.stages.push(stage_time(&(name.to_owned(), took)));
        events.stage_done(name, &note, took);
        Ok(value)
    }

    /// Builds the schema by running its migrations, as `decant migrate up` would; gives the number of statements.
    fn apply(&self) -> Result<usize, Error> {
        if self.migrations.is_empty() {
            return super::port::apply(self.lowering, self.staging.path());
        }
        let path = self.staging.path();
        let doing = || format!("cannot create {}", path.display());
        let mut db = rusqlite::Connection::open(path).map_err(Error::sqlite(doing()))?;
        let options = runner::Options::default();
        Runner::new(&mut db, options)?.up(self.migrations, None, &mut |_| {})?;
        db.close()
            .map_err(|(_, cause)| Error::sqlite(doing())(cause))?;
        Ok(self.migrations.iter().map(|m| m.up.len()).sum())
    }

    /// Leaves the file in the journal mode that was asked for.
    fn finish(&self) -> Result<(), Error> {
        let doing = || {
            format!(
                "cannot set the journal mode of {}",
                self.staging.path().display()
            )
        };
        let db = rusqlite::Connection::open(self.staging.path()).map_err(Error::sqlite(doing()))?;
        let mode = match self.journal_mode {
            JournalMode::Delete => "DELETE",
            JournalMode::Wal => "WAL",
        };
        db.query_row(&format!("PRAGMA journal_mode={mode}"), [], |_| Ok(()))
            .map_err(Error::sqlite(doing()))?;
        db.close()
            .map_err(|(_, cause)| Error::sqlite(doing())(cause))
    }
}

fn stage_time((name, took): &(String, std::time::Duration)) -> StageTime {
    StageTime {
        name: name.clone(),
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}

/// The progress of port and verification, told on.
pub(super) struct Heard<'a> {
    pub(super) events: &'a dyn Events,
    pub(super) interrupt: &'a Interrupt,
}

impl verify::Progress for Heard<'_> {
    fn table(&self, name: &str, rows: Option<u64>) {
        self.events.table(name, rows);
    }

    fn rows(&self, count: u64) {
        self.events.rows(count);
    }

    fn interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }
}

impl port::Progress for Heard<'_> {
    fn table_started(&self, table: &str, size: TableSize) {
        self.events.table(table, Some(size.rows));
    }

    fn advanced(&self, rows: u64, _bytes: u64) {
        self.events.rows(rows);
    }

    fn interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }
}
