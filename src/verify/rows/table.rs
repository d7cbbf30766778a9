//! One table: counts, digests, and narrowing where they differ.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use super::narrow;
use super::plan::{Hasher, Plan};
use super::read;
use super::rejected;
use crate::lower::TableMap;
use crate::pg::source::Source;
use crate::verify::Error;
use crate::verify::digest::Sums;
use crate::verify::result::{ColumnResult, Level, Options, Progress, Reading, TableResult};
use crate::verify::target::{classify, quote};

/// What the comparison of every table needs.
pub(super) struct Run<'r> {
    pub connection: &'r mut Connection,
    pub path: &'r str,
    pub level: Level,
    pub options: &'r Options,
    pub progress: &'r dyn Progress,
    pub not_checked: &'r mut Vec<String>,
}

impl Run<'_> {
    /// Compares a table that the source has.
    pub fn compare(
        &mut self,
        source: &mut dyn Source,
        map: &TableMap,
    ) -> Result<TableResult, Error> {
        let mut result = TableResult {
            table: map.pg.to_string(),
            target: map.sqlite.clone(),
            narrowed: true,
            ..TableResult::default()
        };
        if !self.has_table(map)? {
            result.rows_source = Some(self.count_source(source, map)?);
            return Ok(result);
        }
        let keyless_sample = self.level == Level::Sample && map.key.is_empty();
        if keyless_sample {
            self.not_checked.push(format!(
                "values of table {}: it has no key by which rows could be picked, so that they were only counted",
                map.pg
            ));
        }
        if self.level == Level::Counts || keyless_sample {
            result.rows_source = Some(self.count_source(source, map)?);
            result.rows_target = Some(self.count_target(map)?);
            return Ok(result);
        }
        match self.compare_cells(source, &Plan::new(map, true), &mut result) {
            // A dump does not hold what is computed.
            Err(Error::Source(crate::pg::Error::Missing(why)))
                if map.columns.iter().any(|c| c.generated) =>
            {
                self.not_checked
                    .push(format!("generated columns of table {}: {why}", map.pg));
                self.compare_cells(source, &Plan::new(map, false), &mut result)?;
            }
            other => other?,
        }
        Ok(result)
    }

    fn has_table(&self, map: &TableMap) -> Result<bool, Error> {
        let sql =
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
        let count: i64 = self
            .connection
            .query_row(sql, [&map.sqlite], |row| row.get(0))
            .map_err(|e| classify(self.path, "reading its schema", &e))?;
        Ok(count > 0)
    }

    fn count_source(&self, source: &mut dyn Source, map: &TableMap) -> Result<u64, Error> {
        if let Some(size) = source.table_size(&map.pg).filter(|s| s.exact) {
            return Ok(size.rows);
        }
        // The key's first column is short in most tables; rows are only counted.
        let first = map.columns.iter().find(|c| map.key.contains(&c.sqlite));
        let first = first.or_else(|| map.columns.iter().find(|c| !c.generated));
        let columns: Vec<String> = first.map(|c| c.pg.clone()).into_iter().collect();
        let format = crate::pg::copy::CopyFormat::Text;
        Ok(source.read(&map.pg, &columns, format, &mut |_| Ok(()))?)
    }

    fn count_target(&self, map: &TableMap) -> Result<u64, Error> {
        let sql = format!("SELECT count(*) FROM {}", quote(&map.sqlite));
        let count: i64 = self
            .connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(|e| classify(self.path, &format!("counting table {}", map.sqlite), &e))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn compare_cells(
        &mut self,
        source: &mut dyn Source,
        plan: &Plan,
        result: &mut TableResult,
    ) -> Result<(), Error> {
        let missing: Vec<&str> = self.missing_columns(plan)?;
        if !missing.is_empty() {
            // The schema's comparison names them too; without them no row can be read as a whole.
            let mut reduced = Plan::new(&plan.map, true);
            let gone: Vec<String> = missing.into_iter().map(str::to_owned).collect();
            self.not_checked.push(format!(
                "values of {}: the target has no such column",
                gone.iter()
                    .map(|c| format!("{}.{c}", plan.map.sqlite))
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
            reduced.map.columns.retain(|c| !gone.contains(&c.sqlite));
            let map = reduced.map.clone();
            return self.compare_cells(source, &Plan::new(&map, true), result);
        }
        let every = match self.level {
            Level::Sample => u128::from(self.options.sample_every.max(1)),
            Level::Counts | Level::Digest | Level::Full => 1,
        };
        let wanted = move |key: u128| every == 1 || key.is_multiple_of(every);
        let (left, right) = self.digest(source, plan, &wanted)?;
        result.rows_source = Some(left.rows);
        result.rows_target = Some(right.rows);
        result.rows_compared = left.sums.rows;
        result.digest_source = left.sums.hex();
        result.digest_target = right.sums.hex();
        for (place, column) in plan.map.columns.iter().enumerate() {
            let from = left.hasher.stats.get(place).cloned().unwrap_or_default();
            let to = right.hasher.stats.get(place).cloned().unwrap_or_default();
            result.columns.push(ColumnResult {
                column: column.pg.clone(),
                equal: left.sums.columns.get(place) == right.sums.columns.get(place),
                by_rule: from.by_rule,
                wrong_form: to.wrong_form,
                wrong_form_note: to.wrong_form_note,
                no_form: from.no_form,
                no_form_note: from.no_form_note,
            });
        }
        // Among rejected rows keys may come twice, so that a row cannot be looked up by its key; their digests tell.
        let rejected = rejected::is_there(self.connection, &plan.map.sqlite)
            .map_err(|e| classify(self.path, "reading rejected rows", &e))?;
        let look_up = self.level == Level::Full && !rejected;
        if left.sums != right.sums || look_up {
            // Columns that are equal in every row need not be read again; without a key a row is all of its columns.
            let reduced = (plan.keyed() && self.level != Level::Full).then(|| {
                plan.reduced(&|place| left.sums.columns.get(place) != right.sums.columns.get(place))
            });
            let mut narrow = narrow::Narrow {
                connection: &*self.connection,
                path: self.path,
                options: self.options,
                progress: self.progress,
                plan: reduced.as_ref().unwrap_or(plan),
                wanted: &wanted,
                read: std::cell::Cell::default(),
            };
            narrow.run(source, &left.sums, &right.sums, look_up, result)?;
            let (narrow_rows, narrow_bytes) = narrow.read.get();
            result.reading = Some(Reading {
                digest_rows: left.rows + right.rows,
                digest_bytes: left.hasher.bytes + right.hasher.bytes,
                narrow_rows,
                narrow_bytes,
            });
        }
        Ok(())
    }

    /// Columns of the plan that the target's table does not have.
    fn missing_columns<'p>(&self, plan: &'p Plan) -> Result<Vec<&'p str>, Error> {
        let sql = format!("SELECT * FROM {} LIMIT 0", quote(&plan.map.sqlite));
        let statement = self
            .connection
            .prepare(&sql)
            .map_err(|e| classify(self.path, "reading its schema", &e))?;
        let names: Vec<&str> = statement.column_names().collect();
        let has = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
        Ok(plan
            .map
            .columns
            .iter()
            .map(|c| c.sqlite.as_str())
            .filter(|c| !has(c))
            .collect())
    }

    /// Digests of both sides, read at the same time.
    fn digest<'p>(
        &mut self,
        source: &mut dyn Source,
        plan: &'p Plan,
        wanted: &(dyn Fn(u128) -> bool + Sync),
    ) -> Result<(Side<'p>, Side<'p>), Error> {
        let stop = &AtomicBool::new(false);
        let (connection, path) = (&mut *self.connection, self.path);
        let columns = plan.decoders.len();
        let (left, right) = std::thread::scope(|scope| {
            let right = scope.spawn(move || {
                let (mut hasher, mut sums) = (Hasher::new(plan), Sums::new(columns));
                let rows = read::target(
                    connection,
                    path,
                    &mut hasher,
                    plan,
                    &|| stop.load(Ordering::Relaxed),
                    &wanted,
                    &mut |h, _| sums.add(&h.cells, h.key, h.row, plan.keyed()),
                );
                rows.map(|rows| Side { rows, sums, hasher })
            });
            let (mut hasher, mut sums) = (Hasher::new(plan), Sums::new(columns));
            let rows = read::source(
                source,
                &mut hasher,
                plan,
                self.progress,
                &wanted,
                &mut |h, _| {
                    sums.add(&h.cells, h.key, h.row, plan.keyed());
                },
            );
            if rows.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            (rows.map(|rows| Side { rows, sums, hasher }), right.join())
        });
        let left = left?;
        // A panic of the other thread is a fault of this crate: it goes on as it would have here.
        let right = match right {
            Ok(right) => right?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        Ok((left, right))
    }
}

/// What was read of one side.
struct Side<'p> {
    rows: u64,
    sums: Sums,
    hasher: Hasher<'p>,
}
