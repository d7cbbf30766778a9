//! Two sides of PostgreSQL, servers or dumps: their rows by digest, narrowed down to the cells that differ, and their sequences.
//!
//! Both are read as text under the same settings. Only what the settings of a dump may spell otherwise is compared by value:
//! instants (the server's time zone), doubles, and bytes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Error;
use super::digest::{Sums, bucket};
use super::result::{
    CellDifference, ColumnResult, DifferenceKind, Level, Options, Progress, Reading, TableResult,
};
use super::rows::{Hashed, Hasher, Plan, half, natural, read_source, show_source};
use super::schema::{Finding, ObjectKind};
use crate::ir::QualName;
use crate::lower::{ColumnMap, Encoding, TableMap};
use crate::pg::copy::CopyFormat;
use crate::pg::schema::{Column, Table, TableKind};
use crate::pg::source::{SequenceState, Source};
use crate::pg::types::{BaseType, PgType};

/// Alembic's own table, which is compared elsewhere.
const VERSION_TABLE: &str = "alembic_version";

/// Compares the rows of the tables that both sides have, by the columns that both have, as far as `level` says. In the results the
/// first side is called the source, the second the target.
///
/// # Errors
/// One of the sides cannot be read, or the run was interrupted.
pub fn compare_rows(
    one: &mut dyn Source,
    other: &mut dyn Source,
    level: Level,
    options: &Options,
    progress: &dyn Progress,
    not_checked: &mut Vec<String>,
) -> Result<Vec<TableResult>, Error> {
    let mut out = Vec::new();
    let tables: Vec<(QualName, Table)> = one
        .schema()
        .tables
        .iter()
        .filter(|(name, table)| name.name != VERSION_TABLE && table.kind != TableKind::Foreign)
        .map(|(name, table)| (name.clone(), table.clone()))
        .collect();
    for (name, table) in tables {
        let Some(twin) = other.schema().tables.get(&name).cloned() else {
            continue;
        };
        // A partitioned table gives the rows of its partitions, which are tables too.
        if table.partition_of.is_some() || options.ignore_tables.contains(&name.to_string()) {
            continue;
        }
        if progress.interrupted() {
            return Err(Error::Interrupted);
        }
        progress.table(&name.to_string(), one.table_size(&name).map(|s| s.rows));
        let map = table_map(&name, &table, &twin);
        if map.columns.is_empty() {
            continue;
        }
        let mut pair = Pair {
            one: &mut *one,
            other: &mut *other,
            options,
            progress,
        };
        out.push(pair.compare(&map, level, not_checked)?);
    }
    Ok(out)
}

/// Sequences that would give another number next.
pub fn compare_sequences(one: &dyn Source, other: &dyn Source) -> Vec<Finding> {
    let mut out = Vec::new();
    for (name, sequence) in &one.schema().sequences {
        let step = sequence.options.increment.unwrap_or(1);
        let next = |state: SequenceState| match state.is_called {
            true => state.last_value.saturating_add(step),
            false => state.last_value,
        };
        let (Some(a), Some(b)) = (one.sequence_state(name), other.sequence_state(name)) else {
            continue;
        };
        if next(a) != next(b) {
            out.push(
                Finding::differs(
                    ObjectKind::Sequence,
                    name.to_string(),
                    "next value",
                    next(a).to_string(),
                    next(b).to_string(),
                )
                .with_origin(sequence.origin.as_ref()),
            );
        }
    }
    out
}

fn table_map(name: &QualName, table: &Table, twin: &Table) -> TableMap {
    let both = table.columns.iter().filter_map(|c| {
        let other = twin.column(&c.name)?;
        Some(column_map(c, other))
    });
    let columns: Vec<ColumnMap> = both.collect();
    let key = table.primary_key();
    let has = |name: &String| columns.iter().any(|c| c.pg == *name);
    TableMap {
        pg: name.clone(),
        sqlite: name.to_string(),
        key: if key == twin.primary_key() && key.iter().all(has) {
            key.to_vec()
        } else {
            Vec::new()
        },
        columns,
        sequence: None,
    }
}

/// How the text of a column is read, so that the same value of both sides gives the same bytes.
fn column_map(one: &Column, other: &Column) -> ColumnMap {
    let same = one.type_.base == other.type_.base && one.type_.array == other.type_.array;
    let by_value = matches!(
        one.type_.base,
        BaseType::TimestampTz | BaseType::Real | BaseType::Double
    );
    let (encoding, type_) = match (&one.type_.base, one.type_.array) {
        (_, true) if same && by_value => (Encoding::ArrayJson, one.type_.clone()),
        (BaseType::TimestampTz, false) if same => (Encoding::TimestampUtc, one.type_.clone()),
        (BaseType::Real | BaseType::Double, false) if same => {
            (Encoding::Real { single: false }, one.type_.clone())
        }
        (BaseType::Bytea, false) if same => (Encoding::Blob, one.type_.clone()),
        _ => (Encoding::PgText, PgType::new(BaseType::Text)),
    };
    ColumnMap {
        pg: one.name.clone(),
        sqlite: one.name.clone(),
        pg_type: type_,
        encoding,
        declared_type: String::new(),
        nullable: true,
        generated: one.generated.is_some(),
        accepted: Vec::new(),
    }
}

/// Ends a reading when the other side's has failed.
struct Stop<'s>(&'s AtomicBool);

impl Progress for Stop<'_> {
    fn interrupted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The rows of one side.
struct Side<'p> {
    rows: u64,
    sums: Sums,
    hasher: Hasher<'p>,
}

/// A row of the second side in a range of keys that differs.
struct Kept {
    cells: Box<[u64]>,
    texts: Vec<Option<Vec<u8>>>,
}

struct Pair<'a> {
    one: &'a mut dyn Source,
    other: &'a mut dyn Source,
    options: &'a Options,
    progress: &'a dyn Progress,
}

impl Pair<'_> {
    fn compare(
        &mut self,
        map: &TableMap,
        level: Level,
        not_checked: &mut Vec<String>,
    ) -> Result<TableResult, Error> {
        let mut result = TableResult {
            table: map.pg.to_string(),
            target: map.pg.to_string(),
            narrowed: true,
            ..TableResult::default()
        };
        if level == Level::Counts || (level == Level::Sample && map.key.is_empty()) {
            result.rows_source = Some(count(self.one, map)?);
            result.rows_target = Some(count(self.other, map)?);
            return Ok(result);
        }
        match self.cells(&Plan::new(map, true), level, &mut result) {
            // A dump does not hold what is computed.
            Err(Error::Source(crate::pg::Error::Missing(why)))
                if map.columns.iter().any(|c| c.generated) =>
            {
                not_checked.push(format!("generated columns of table {}: {why}", map.pg));
                self.cells(&Plan::new(map, false), level, &mut result)?;
            }
            other => other?,
        }
        Ok(result)
    }

    fn cells(&mut self, plan: &Plan, level: Level, result: &mut TableResult) -> Result<(), Error> {
        let every = match level {
            Level::Sample => u128::from(self.options.sample_every.max(1)),
            Level::Counts | Level::Digest | Level::Full => 1,
        };
        let wanted = move |key: u128| every == 1 || key.is_multiple_of(every);
        let (left, right) = self.digests(plan, &wanted)?;
        result.rows_source = Some(left.rows);
        result.rows_target = Some(right.rows);
        result.rows_compared = left.sums.rows;
        result.digest_source = left.sums.hex();
        result.digest_target = right.sums.hex();
        let columns = left.sums.columns.iter().zip(&right.sums.columns);
        for (column, (a, b)) in plan.map.columns.iter().zip(columns) {
            result.columns.push(ColumnResult {
                column: column.pg.clone(),
                equal: a == b,
                ..ColumnResult::default()
            });
        }
        if left.sums == right.sums {
            return Ok(());
        }
        let reduced = plan.keyed().then(|| {
            plan.reduced(&|place| left.sums.columns.get(place) != right.sums.columns.get(place))
        });
        let (mut mask, mut held) = (vec![false; left.sums.buckets.len()], 0_u64);
        for (place, rows) in left.sums.differing(&right.sums) {
            if held > 0 && held + rows > self.options.rows_in_memory {
                result.narrowed = false;
                break;
            }
            held += rows;
            if let Some(slot) = mask.get_mut(place) {
                *slot = true;
            }
        }
        let inside = |key: u128| mask.get(bucket(key)).copied().unwrap_or_default() && wanted(key);
        let read = self.narrow(reduced.as_ref().unwrap_or(plan), &inside, result)?;
        result.reading = Some(Reading {
            digest_rows: left.rows + right.rows,
            digest_bytes: left.hasher.bytes + right.hasher.bytes,
            narrow_rows: read.0,
            narrow_bytes: read.1,
        });
        Ok(())
    }

    /// Digests of both sides, read at the same time.
    fn digests<'p>(
        &mut self,
        plan: &'p Plan,
        wanted: &(dyn Fn(u128) -> bool + Sync),
    ) -> Result<(Side<'p>, Side<'p>), Error> {
        fn digest<'p>(
            source: &mut dyn Source,
            plan: &'p Plan,
            progress: &dyn Progress,
            wanted: &dyn Fn(u128) -> bool,
        ) -> Result<Side<'p>, Error> {
            let mut hasher = Hasher::new(plan);
            let mut sums = Sums::new(plan.decoders.len());
            let mut visit = |h: &Hashed, _: &[Option<&[u8]>]| {
                sums.add(&h.cells, h.key, h.row, plan.keyed());
            };
            let rows = read_source(source, &mut hasher, plan, progress, wanted, &mut visit)?;
            Ok(Side { rows, sums, hasher })
        }
        let stop = AtomicBool::new(false);
        let (one, other) = (&mut *self.one, &mut *self.other);
        let (left, right) = std::thread::scope(|scope| {
            let right = scope.spawn(|| digest(other, plan, &Stop(&stop), &wanted));
            let left = digest(one, plan, self.progress, &wanted);
            stop.store(left.is_err(), Ordering::Relaxed);
            (left, right.join())
        });
        let left = left?;
        // A panic of the other thread is a fault of this crate: it goes on as it would have here.
        let right = match right {
            Ok(right) => right?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        Ok((left, right))
    }

    /// Lists what differs in some ranges of keys; gives the rows and bytes that were read.
    fn narrow(
        &mut self,
        plan: &Plan,
        inside: &dyn Fn(u128) -> bool,
        result: &mut TableResult,
    ) -> Result<(u64, u64), Error> {
        let mut kept: HashMap<u128, Vec<Kept>> = HashMap::new();
        let mut hasher = Hasher::new(plan);
        let values = self.options.show_values;
        let texts_of = |texts: &[Option<&[u8]>]| -> Vec<Option<Vec<u8>>> {
            let all = texts.iter().enumerate();
            all.map(|(place, text)| {
                // Without values only the key is needed.
                text.filter(|_| values || plan.key.contains(&place))
                    .map(<[u8]>::to_vec)
            })
            .collect()
        };
        let mut visit = |hashed: &Hashed, texts: &[Option<&[u8]>]| {
            kept.entry(hashed.key).or_default().push(Kept {
                cells: hashed.cells.iter().map(|c| half(*c)).collect(),
                texts: texts_of(texts),
            });
        };
        let mut rows = read_source(
            self.other,
            &mut hasher,
            plan,
            self.progress,
            inside,
            &mut visit,
        )?;
        let mut bytes = hasher.bytes;
        let mut list = List {
            plan,
            options: self.options,
            found: Vec::new(),
            total: 0,
        };
        let mut hasher = Hasher::new(plan);
        let mut visit = |hashed: &Hashed, texts: &[Option<&[u8]>]| {
            let twin = kept.get_mut(&hashed.key).and_then(Vec::pop);
            list.row(hashed, texts, twin);
        };
        rows += read_source(
            self.one,
            &mut hasher,
            plan,
            self.progress,
            inside,
            &mut visit,
        )?;
        bytes += hasher.bytes;
        let mut left: Vec<(u128, Vec<Kept>)> = kept.into_iter().collect();
        left.sort_by_key(|(key, _)| *key);
        for row in left.into_iter().flat_map(|(_, rows)| rows) {
            let texts: Vec<Option<&[u8]>> = row.texts.iter().map(Option::as_deref).collect();
            list.whole(&texts, DifferenceKind::RowExtra, "second");
        }
        result.differing_total = list.total;
        let mut found = list.found;
        found.sort_by(|a, b| natural(&a.key).cmp(&natural(&b.key)).then_with(|| a.cmp(b)));
        result.differing = found;
        Ok((rows, bytes))
    }
}

/// Differences as they are found; the first ones are listed, all are counted.
struct List<'l> {
    plan: &'l Plan,
    options: &'l Options,
    found: Vec<CellDifference>,
    total: u64,
}

impl List<'_> {
    fn row(&mut self, hashed: &Hashed, texts: &[Option<&[u8]>], twin: Option<Kept>) {
        let Some(twin) = twin else {
            self.whole(texts, DifferenceKind::RowMissing, "first");
            return;
        };
        for (place, hash) in hashed.cells.iter().enumerate() {
            if twin.cells.get(place) == Some(&half(*hash)) {
                continue;
            }
            let mine = texts.get(place).copied().flatten();
            let theirs = twin.texts.get(place).and_then(Option::as_deref);
            let show = self.options.show_values;
            let column = self.plan.map.columns.get(place);
            self.push(CellDifference {
                key: self.key(texts),
                column: column.map(|c| c.pg.clone()),
                kind: DifferenceKind::Value,
                explanation: "another value".to_owned(),
                source: show.then(|| show_source(mine)),
                target: show.then(|| show_source(theirs)),
            });
        }
    }

    /// A row that one side has alone.
    fn whole(&mut self, texts: &[Option<&[u8]>], kind: DifferenceKind, side: &str) {
        let explanation = match self.plan.keyed() {
            true => format!("the row is in the {side} database alone"),
            false => format!(
                "a row of this table, which has no key, is in the {side} database alone or more often"
            ),
        };
        self.push(CellDifference {
            key: self.key(texts),
            column: None,
            kind,
            explanation,
            source: None,
            target: None,
        });
    }

    fn push(&mut self, difference: CellDifference) {
        self.total += 1;
        if self.found.len() < self.options.listed_per_table {
            self.found.push(difference);
        }
    }

    fn key(&self, texts: &[Option<&[u8]>]) -> String {
        let parts = self.plan.key.iter().filter_map(|place| {
            let name = &self.plan.map.columns.get(*place)?.pg;
            Some(format!(
                "{name}={}",
                show_source(texts.get(*place).copied().flatten())
            ))
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn count(source: &mut dyn Source, map: &TableMap) -> Result<u64, Error> {
    if let Some(size) = source.table_size(&map.pg).filter(|s| s.exact) {
        return Ok(size.rows);
    }
    let first = map.columns.iter().find(|c| map.key.contains(&c.sqlite));
    let first = first.or_else(|| map.columns.iter().find(|c| !c.generated));
    let columns: Vec<String> = first.map(|c| c.pg.clone()).into_iter().collect();
    Ok(source.read(&map.pg, &columns, CopyFormat::Text, &mut |_| Ok(()))?)
}
