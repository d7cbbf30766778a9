//! A verified SQLite file from a source: apply the schema, port the rows, compare both sides. Publishing is the caller's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::events::Events;
use super::{Error, Kind};
use crate::config::{FileForm, JournalMode};
use crate::files::MigrationFile;
use crate::files::runner::{self, Runner};
use crate::interrupt::Interrupt;
use crate::ir::QualName;
use crate::lower::Lowering;
use crate::pg::source::{Source, TableSize, Written};
use crate::port::Left;
use crate::port::journal::{Mark, Unfinished};
use crate::report::{StageTime, Times};
use crate::sqlite::emit::emit_schema;
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
    pub staging: &'a mut Staging,
    /// What becomes of an earlier run's unpublished file.
    pub resume: Resume,
    /// What else than schema and migrations decides about rows, as text: the selection.
    pub selected: String,
    /// How thoroughly data is compared.
    pub level: Level,
    /// How many rows the target may reject.
    pub max_rejects: u64,
    /// Connections that a live source is read over.
    pub jobs: usize,
    /// Where rejected rows are written.
    pub rejects: Option<PathBuf>,
    /// What the file is to be like.
    pub form: FileForm,
}

/// What becomes of a file that an earlier run left, and of this one's if it ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resume {
    /// It is removed, and this run leaves nothing.
    #[default]
    No,
    /// It is gone on with where that can be, and what this run has done is kept for the next where it ends early.
    Yes,
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
        let result = self.stages(events, interrupt, times);
        if let Err(error) = &result
            && self.resume == Resume::Yes
            && error.kind() == Kind::Fault
        {
            self.staging.keep();
            events.warning("what was done is kept; the same command with --resume goes on with it");
        }
        result
    }

    fn stages(
        &mut self,
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
        let summary = match self.port(total, events, interrupt, times) {
            Err(Error::Port(port::Error::SourceMoved { table })) => {
                self.staging.clear();
                events.warning(&format!(
                    "--resume: table {table} of the source is not what it was when it was ported; starting afresh"
                ));
                self.port(total, events, interrupt, times)
            }
            other => other,
        };
        let summary = summary?;
        let verification = self.stage("verify", events, interrupt, times, |this| {
            events.total(total);
            let heard = Heard { events, interrupt };
            let verification = verify::run_without(
                this.source,
                this.lowering,
                this.staging.path(),
                &rejected_rows(&summary),
                this.level,
                &verify::Options::default(),
                &heard,
            )?;
            let note = match (verification.ok(), verification.rejected()) {
                (true, 0) => "equal".to_owned(),
                (true, n) => format!("equal but for {n} rows that are known to be rejected"),
                (false, _) => "DIFFERENT".to_owned(),
            };
            let t = &verification.times;
            let parts = took(&[
                ("tables", t.tables.iter().map(|(_, took)| *took).sum()),
                ("integrity_check", t.integrity_check),
                ("beside it: constraints", t.constraints),
                ("foreign_key_check", t.foreign_key_check),
            ]);
            Ok((verification, format!("{note} ({parts})")))
        })?;
        self.finish()?;
        times.port_tables = summary.timings.tables.iter().map(stage_time).collect();
        times.verify_tables = verification.times.tables.iter().map(stage_time).collect();
        Ok(Transferred {
            summary,
            verification,
        })
    }

    /// Builds the schema and brings the rows, or goes on with what an earlier run left.
    fn port(
        &mut self,
        total: u64,
        events: &dyn Events,
        interrupt: &Interrupt,
        times: &mut Times,
    ) -> Result<port::Summary, Error> {
        let fingerprint = self.fingerprint()?;
        let left = self.left(&fingerprint, events);
        if left.is_none() {
            self.staging.clear();
            self.stage("apply", events, interrupt, times, |this| {
                let statements = this.apply()?;
                Ok(((), format!("{statements} statements")))
            })?;
        }
        self.stage("port", events, interrupt, times, |this| {
            events.total(total);
            let options = port::Options {
                max_rejects: this.max_rejects,
                rejects_path: this.rejects.clone(),
                jobs: this.jobs,
                journal: Some(port::JournalOptions {
                    path: this.staging.journal(),
                    fingerprint,
                }),
                ..port::Options::default()
            };
            let heard = Heard { events, interrupt };
            let summary = port::run(
                this.source,
                this.lowering,
                this.staging.path(),
                &options,
                left,
                &heard,
            )?;
            let rows: u64 = summary.tables.iter().map(|t| t.rows_written).sum();
            let t = &summary.timings;
            let parts = took(&[
                ("rows", t.rows),
                ("indexes", t.indexes),
                ("foreign keys", t.foreign_keys),
                ("finish", t.finish),
            ]);
            let mut note = format!("{rows} rows ({parts})");
            if let Some(continued) = &summary.continued {
                note.push_str(&format!(
                    ", of which {} were done and are what the source still gives",
                    continued.rows
                ));
                if !continued.again.is_empty() {
                    note.push_str(&format!(
                        "; begun again, since the source's rows are other ones now: {}",
                        continued.again.join(", ")
                    ));
                }
            }
            Ok((summary, note))
        })
    }

    /// What an earlier run left, if it is to be gone on with and can be.
    fn left(&self, fingerprint: &str, events: &dyn Events) -> Option<Unfinished> {
        if self.resume == Resume::No {
            if self.staging.found() {
                events.warning(&format!(
                    "an earlier run left {} unfinished; it is removed (--resume would have gone on with it)",
                    self.staging.path().display()
                ));
            }
            return None;
        }
        match Left::find(self.staging.path(), &self.staging.journal(), fingerprint) {
            Left::Nothing => None,
            Left::Useless(why) => {
                events.warning(&format!(
                    "--resume: what the earlier run left cannot be gone on with: {why}; starting afresh"
                ));
                None
            }
            Left::Continues(left) => {
                events.warning(&format!("--resume: {} rows are done", left.rows()));
                Some(*left)
            }
        }
    }

    /// What tells this transfer from others: all that decides how the file is made of the source's rows.
    fn fingerprint(&self) -> Result<String, Error> {
        let files: Vec<(&str, &str)> = self
            .migrations
            .iter()
            .map(|m| (m.name.as_str(), m.checksum.as_str()))
            .collect();
        let lowering = self.lowering;
        // Its SQL, since the schema as a value also tells where in a dump it stands.
        let script = emit_schema(&lowering.sqlite);
        let schema = (&script.up, &script.triggers_up, &lowering.tables);
        let all = (schema, files, &self.selected, self.form.page_size);
        let text = serde_json::to_vec(&all).map_err(|e| Error::Io {
            doing: "cannot describe",
            path: self.staging.path().display().to_string(),
            cause: e.into(),
        })?;
        Ok(super::sha256(&text))
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
            return super::port::apply(self.lowering, self.staging.path(), self.form.page_size);
        }
        let path = self.staging.path();
        let doing = || format!("cannot create {}", path.display());
        let mut db = rusqlite::Connection::open(path).map_err(Error::sqlite(doing()))?;
        set_page_size(&db, self.form.page_size).map_err(Error::sqlite(doing()))?;
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
        let mode = match self.form.journal_mode {
            JournalMode::Delete => "DELETE",
            JournalMode::Wal => "WAL",
        };
        db.query_row(&format!("PRAGMA journal_mode={mode}"), [], |_| Ok(()))
            .map_err(Error::sqlite(doing()))?;
        db.close()
            .map_err(|(_, cause)| Error::sqlite(doing())(cause))
    }
}

/// What was written to a live source since its snapshot was taken: nothing when no transaction has ended since; else the tables
/// that give other rows now, where the level of comparison is one by digests; else what the counters tell.
pub(super) fn written(
    mut source: Box<dyn Source>,
    lowering: &Lowering,
    marks: &BTreeMap<usize, Mark>,
    level: Level,
    again: &mut dyn FnMut() -> Result<Box<dyn Source>, Error>,
    heard: &Heard<'_>,
) -> Result<Option<Written>, Error> {
    let after = source.write_counters()?;
    let Some((before, after)) = source.snapshot_counters().zip(after) else {
        return Ok(None);
    };
    let told = after.written_since(before);
    if told == Written::Nothing || marks.is_empty() || level < Level::Digest {
        return Ok(Some(told));
    }
    drop(source);
    heard.events.stage("source");
    let moved = port::moved(again()?.as_mut(), lowering, marks, heard)?;
    Ok(Some(match moved.is_empty() {
        true => Written::Nothing,
        false => Written::Tables(moved.into_iter().map(QualName::new).collect()),
    }))
}

/// The parts of a stage and how long each took.
fn took(parts: &[(&str, Duration)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|(name, took)| format!("{name} {:.1}s", took.as_secs_f64()))
        .collect();
    parts.join(", ")
}

/// Says how large the pages of a file are that has none yet.
pub(super) fn set_page_size(db: &rusqlite::Connection, size: Option<u32>) -> rusqlite::Result<()> {
    size.map_or(Ok(()), |size| db.pragma_update(None, "page_size", size))
}

/// Rows that were rejected, for the verification.
fn rejected_rows(summary: &port::Summary) -> Vec<verify::RejectedRow> {
    use rusqlite::types::Value;
    let kept = summary.rejected_rows.iter().flatten();
    kept.map(|row| verify::RejectedRow {
        table: row.table.clone(),
        values: row
            .values
            .iter()
            .map(|value| match value {
                port::Kept::Null => Value::Null,
                port::Kept::Integer(n) => Value::Integer(*n),
                port::Kept::Real(bits) => Value::Real(f64::from_bits(*bits)),
                port::Kept::Text(text) => Value::Text(text.clone()),
                port::Kept::Blob(bytes) => Value::Blob(bytes.clone()),
            })
            .collect(),
    })
    .collect()
}

fn stage_time((name, took): &(String, Duration)) -> StageTime {
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

    fn note(&self, text: &str) {
        self.events.warning(text);
    }

    fn advanced(&self, rows: u64, _bytes: u64) {
        self.events.rows(rows);
    }

    fn interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }
}
