//! Tables compared several at a time: each worker has a reader of the source's snapshot and a connection to the target of its own.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::rejected::{self, RejectedRow};
use super::table;
use crate::lower::{Lowering, TableMap};
use crate::pg::source::Source;
use crate::verify::Error;
use crate::verify::result::{Level, Options, Progress, TableResult};
use crate::verify::target::{classify, open_target};

/// What the comparison of every table needs.
pub(super) struct Jobs<'j> {
    pub lowering: &'j Lowering,
    pub target: &'j Path,
    pub rejected: &'j [RejectedRow],
    pub level: Level,
    pub options: &'j Options,
    pub progress: &'j dyn Progress,
}

/// A table that was compared.
pub(super) struct Done {
    pub result: TableResult,
    pub not_checked: Vec<String>,
    pub took: Duration,
}

/// Ends the other workers when one of them has failed.
struct Shared<'s> {
    progress: &'s dyn Progress,
    failed: &'s AtomicBool,
}

impl Progress for Shared<'_> {
    fn table(&self, name: &str, rows: Option<u64>) {
        self.progress.table(name, rows);
    }

    fn rows(&self, count: u64) {
        self.progress.rows(count);
    }

    fn interrupted(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.progress.interrupted()
    }
}

impl Jobs<'_> {
    /// A connection to the target that knows the rejected rows.
    pub fn open(&self) -> Result<Connection, Error> {
        let connection = open_target(self.target)?;
        let shown = self.target.display().to_string();
        rejected::load(&connection, self.lowering, self.rejected)
            .map_err(|e| classify(&shown, "noting rejected rows", &e))?;
        Ok(connection)
    }

    /// Compares the tables; what comes back is in their order, whichever worker was first.
    pub fn run(
        &self,
        source: &mut dyn Source,
        connection: &mut Connection,
        maps: &[&TableMap],
    ) -> Result<Vec<Done>, Error> {
        let mut others = Vec::new();
        let wanted = usize::try_from(self.options.jobs).unwrap_or(usize::MAX);
        while others.len() + 1 < wanted.min(maps.len()) {
            let Some(fork) = source.fork()? else { break };
            others.push((fork, self.open()?));
        }
        let mut order: Vec<usize> = (0..maps.len()).collect();
        if !others.is_empty() {
            // The largest first, so that none of them is left for the end.
            let bytes = |at: &usize| maps.get(*at).and_then(|m| source.table_size(&m.pg));
            order.sort_by_key(|at| std::cmp::Reverse(bytes(at).map_or(0, |size| size.bytes)));
        }
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let shared = Shared {
            progress: self.progress,
            failed: &failed,
        };
        let work = |source: &mut dyn Source, connection: &mut Connection| {
            let mut out = Vec::new();
            while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(map) = maps.get(*at) else { break };
                let done = self.table(source, connection, map, &shared);
                let ended = done.is_err();
                out.push((*at, done));
                if ended {
                    failed.store(true, Ordering::Relaxed);
                    break;
                }
            }
            out
        };
        let mut done = std::thread::scope(|scope| {
            let workers: Vec<_> = others
                .iter_mut()
                .map(|(source, connection)| scope.spawn(|| work(source.as_mut(), connection)))
                .collect();
            let mut done = work(source, connection);
            for worker in workers {
                match worker.join() {
                    Ok(more) => done.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        done.sort_by_key(|(at, _)| *at);
        // A worker that was only stopped says that it was interrupted: the cause is another's.
        let cause = done
            .iter()
            .position(|(_, d)| matches!(d, Err(e) if !matches!(e, Error::Interrupted)));
        if let Some(cause) = cause {
            done.swap(0, cause);
        }
        done.into_iter().map(|(_, done)| done).collect()
    }

    fn table(
        &self,
        source: &mut dyn Source,
        connection: &mut Connection,
        map: &TableMap,
        progress: &dyn Progress,
    ) -> Result<Done, Error> {
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        let began = Instant::now();
        let size = source.table_size(&map.pg);
        progress.table(&map.pg.to_string(), size.map(|s| s.rows));
        let mut not_checked = Vec::new();
        let mut result = if size.is_none() && source.schema().table(&map.pg).is_none() {
            TableResult {
                table: map.pg.to_string(),
                target: map.sqlite.clone(),
                narrowed: true,
                ..TableResult::default()
            }
        } else {
            let mut run = table::Run {
                connection,
                path: &self.target.display().to_string(),
                level: self.level,
                options: self.options,
                progress,
                not_checked: &mut not_checked,
            };
            run.compare(source, map)?
        };
        let rejected = self.rejected.iter().filter(|r| r.table == map.sqlite);
        result.rows_rejected = rejected.count() as u64;
        Ok(Done {
            result,
            not_checked,
            took: began.elapsed(),
        })
    }
}
