//! One run at a time on a server, where no file can be locked: a row that says who runs, what, and when it was last seen.
//!
//! The row names the migration that is about to run, written before its transaction, and is emptied inside that transaction: a row
//! with a migration in it means that the migration was not committed. The row cannot show how far the transaction is (the
//! server's only writer is the transaction itself), so of a killed process it tells the migration, and of a lost connection the
//! statements, which the process that lost it writes there when the server is back.
//!
//! A run that is silent for [`LEASE`] is taken for dead, at once when it was a process of this machine that is no more. Taking over
//! from one that lives all the same does no harm: the server takes the older transaction back, and each transaction first looks
//! whether the row is still its own.

use std::time::{Duration, Instant};

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::tables::{exists, text};
use super::target::Target;
use crate::files::Error;
use crate::files::guard::Progress;

/// The table of the row.
pub const RUN_TABLE: &str = "decant_runs";
/// A run is taken for dead after this silence.
const LEASE: i64 = 60;
const LOOK: Duration = Duration::from_millis(250);

/// What the row says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
struct Row {
    /// Name of this run.
    run: String,
    /// Machine that it runs on.
    machine: String,
    /// Where it is.
    progress: Progress,
    /// Whether it ended without being able to tell how.
    lost: bool,
    /// Seconds since it was last seen, by the server's clock.
    #[serde(skip)]
    silent: i64,
}

/// What a database's row of runs tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "run", rename_all = "lowercase")]
pub enum Activity {
    /// A run is going on, as far as can be told.
    Running {
        /// Where it was at last.
        progress: Progress,
        /// Machine that it runs on.
        machine: String,
        /// Seconds since then.
        silent: i64,
    },
    /// A run ended without an end.
    Interrupted {
        /// Where.
        progress: Progress,
    },
}

/// This run's row.
pub(super) struct Lease {
    ledger: String,
    row: Row,
}

fn read(target: &dyn Target, ledger: &str) -> Result<Option<Row>, Error> {
    let reading = || Error::database(format!("reading {RUN_TABLE}"));
    let sql =
        format!("SELECT told, max(0, unixepoch() - seen_at) FROM {RUN_TABLE} WHERE ledger = ?1");
    let rows = target.rows(&sql, vec![text(ledger)]).map_err(reading())?;
    Ok(match rows.into_iter().next().as_deref() {
        Some([Value::Text(told), Value::Integer(silent)]) => {
            // What another version wrote is of a run that cannot be told, which ends like any other.
            let row: Row = serde_json::from_str(told).unwrap_or_default();
            Some(Row {
                silent: *silent,
                ..row
            })
        }
        _ => None,
    })
}

impl Row {
    fn lives(&self) -> bool {
        !self.lost && self.silent < LEASE && !(self.machine == machine() && self.is_gone())
    }

    /// Whether its process is no more; only asked about processes of this machine.
    #[cfg(unix)]
    fn is_gone(&self) -> bool {
        let id = i32::try_from(self.progress.process).ok();
        id.and_then(rustix::process::Pid::from_raw)
            .is_some_and(|id| {
                rustix::process::test_kill_process(id) == Err(rustix::io::Errno::SRCH)
            })
    }

    #[cfg(not(unix))]
    fn is_gone(&self) -> bool {
        false
    }

    fn holder(&self) -> String {
        let Progress {
            process,
            version,
            direction,
            ..
        } = &self.progress;
        let what = match version.as_str() {
            "" => String::new(),
            version => format!(", {direction} of {version}"),
        };
        format!(
            " (process {process} on {}{what}, last seen {} s ago)",
            self.machine, self.silent
        )
    }
}

/// What the row tells; none without one.
pub(super) fn activity(target: &dyn Target, ledger: &str) -> Result<Option<Activity>, Error> {
    if !exists(target, RUN_TABLE)? {
        return Ok(None);
    }
    Ok(read(target, ledger)?.and_then(|row| {
        if row.lives() {
            Some(Activity::Running {
                progress: row.progress,
                machine: row.machine,
                silent: row.silent,
            })
        } else if row.progress.version.is_empty() {
            None
        } else {
            Some(Activity::Interrupted {
                progress: row.progress,
            })
        }
    }))
}

/// Takes a row away, whoever's it is; gives whether there was one.
pub(super) fn remove(target: &dyn Target, ledger: &str) -> Result<bool, Error> {
    if !exists(target, RUN_TABLE)? || read(target, ledger)?.is_none() {
        return Ok(false);
    }
    let sql = format!("DELETE FROM {RUN_TABLE} WHERE ledger = ?1");
    target
        .script(vec![(sql, vec![text(ledger)])])
        .map(|()| true)
        .map_err(Error::database("ending another run's hold"))
}

impl Lease {
    /// Takes the row, waiting at most `wait` for another run; also gives what an interrupted run left in it.
    pub(super) fn take(
        target: &dyn Target,
        ledger: &str,
        wait: Duration,
    ) -> Result<(Self, Option<Progress>), Error> {
        let started = Instant::now();
        let lease = Self {
            ledger: ledger.to_owned(),
            row: Row {
                run: run_name(),
                machine: machine(),
                progress: Progress {
                    process: std::process::id(),
                    ..Progress::default()
                },
                lost: false,
                silent: 0,
            },
        };
        loop {
            // Looking comes first and writes nothing: beginning to write would end the other's transaction.
            let seen = match exists(target, RUN_TABLE)? {
                true => read(target, ledger)?.filter(Row::lives),
                false => None,
            };
            let other = match seen {
                Some(other) => other,
                None => match lease.try_take(target)? {
                    Ok(left) => return Ok((lease, left)),
                    Err(other) => other,
                },
            };
            if started.elapsed() >= wait {
                return Err(Error::Locked {
                    path: target.name().into(),
                    holder: other.holder(),
                });
            }
            std::thread::sleep(LOOK);
        }
    }

    fn try_take(&self, target: &dyn Target) -> Result<Result<Option<Progress>, Row>, Error> {
        let doing = || format!("taking hold of {}", target.name());
        target.begin(true).map_err(Error::database(doing()))?;
        let taken = self.take_inside(target).and_then(|taken| {
            if taken.is_ok() {
                target.commit().map_err(Error::database(doing()))?;
            }
            Ok(taken)
        });
        target.rollback();
        taken
    }

    /// The part that nobody can come between: the other run that came first, or what an interrupted one left.
    fn take_inside(&self, target: &dyn Target) -> Result<Result<Option<Progress>, Row>, Error> {
        let made = format!(
            "CREATE TABLE IF NOT EXISTS {RUN_TABLE} (ledger TEXT NOT NULL PRIMARY KEY, run TEXT NOT NULL, \
             told TEXT NOT NULL, seen_at INTEGER NOT NULL)"
        );
        target
            .script(vec![(made, Vec::new())])
            .map_err(Error::database(format!("making the table {RUN_TABLE}")))?;
        let other = read(target, &self.ledger)?;
        match other {
            Some(other) if other.lives() => return Ok(Err(other)),
            _ => {}
        }
        let sql = format!(
            "INSERT OR REPLACE INTO {RUN_TABLE} (ledger, run, told, seen_at) VALUES (?1, ?2, ?3, unixepoch())"
        );
        let arguments = [&self.ledger, &self.row.run, &self.told()].map(|value| text(value));
        target
            .script(vec![(sql, arguments.into())])
            .map_err(Error::database(format!("writing {RUN_TABLE}")))?;
        let left = other.map(|row| row.progress);
        Ok(Ok(left.filter(|progress| !progress.version.is_empty())))
    }

    fn told(&self) -> String {
        serde_json::to_string(&self.row).unwrap_or_default()
    }

    fn update(&self) -> (String, Vec<Value>) {
        let sql = format!(
            "UPDATE {RUN_TABLE} SET told = ?3, seen_at = unixepoch() WHERE ledger = ?1 AND run = ?2"
        );
        let arguments = [&self.ledger, &self.row.run, &self.told()].map(|value| text(value));
        (sql, arguments.into())
    }

    /// Says where the run is.
    pub(super) fn at(&mut self, target: &dyn Target, progress: Progress) -> Result<(), Error> {
        self.row.progress = Progress {
            process: self.row.progress.process,
            ..progress
        };
        target
            .script(vec![self.update()])
            .map_err(Error::database(format!("writing {RUN_TABLE}")))
    }

    /// Inside a transaction: the row is still ours.
    pub(super) fn check(&self, target: &dyn Target) -> Result<(), Error> {
        let sql = format!("SELECT run FROM {RUN_TABLE} WHERE ledger = ?1");
        let rows = target
            .rows(&sql, vec![text(&self.ledger)])
            .map_err(Error::database(format!("reading {RUN_TABLE}")))?;
        if rows.first().and_then(|row| row.first()) == Some(&text(&self.row.run)) {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "another run has taken {} over, for this one was silent for more than {LEASE} seconds or was unlocked; nothing of \
             this file was kept",
            target.name()
        )))
    }

    /// What the migration's own transaction does last: with its commit the row names no migration.
    pub(super) fn clear(&mut self, target: &dyn Target) -> Result<(), Error> {
        let progress = std::mem::take(&mut self.row.progress);
        self.row.progress.process = progress.process;
        let done = target.script(vec![self.update()]);
        self.row.progress = progress;
        done.map_err(Error::database(format!("writing {RUN_TABLE}")))
    }

    /// The connection was lost at `progress`, and the server has taken the migration back: told in the row, for `status`.
    pub(super) fn lost(&mut self, target: &dyn Target, progress: Progress) {
        self.row.lost = true;
        self.settle(target, progress);
    }

    /// Says where the run is, after a transaction of which nobody knows whether the server has ended it. Where that does not come
    /// through, the row falls silent, and tells the migration without the statement.
    pub(super) fn settle(&mut self, target: &dyn Target, progress: Progress) {
        // To begin to write is to wait for the end of the other, or to bring it about.
        let begun = target.begin(true);
        let told = self.at(target, progress);
        if begun.is_ok() && told.is_ok() {
            let _ = target.commit();
        }
        target.rollback();
    }

    /// Gives the row up, unless it has something to tell.
    pub(super) fn release(&self, target: &dyn Target) {
        if self.row.lost {
            return;
        }
        let sql = format!("DELETE FROM {RUN_TABLE} WHERE ledger = ?1 AND run = ?2");
        let arguments = vec![text(&self.ledger), text(&self.row.run)];
        // Where it does not come through, the row falls silent.
        let _ = target.script(vec![(sql, arguments)]);
    }
}

/// A name that no other run has.
fn run_name() -> String {
    let moment = jiff::Timestamp::now().as_nanosecond();
    format!("{}-{}-{moment}", machine(), std::process::id())
}

#[cfg(unix)]
fn machine() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[cfg(not(unix))]
fn machine() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
