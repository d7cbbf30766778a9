//! From key ranges whose digests differ to the rows and cells that do: a second pass over both sides that keeps only the
//! target's rows of those ranges.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use super::explain::{explain, show_source, show_target};
use super::pairs;
use super::plan::{Hasher, Plan, TargetCells};
use super::read;
use crate::pg::source::Source;
use crate::verify::digest::{BUCKETS, Sums, bucket};
use crate::verify::result::{CellDifference, DifferenceKind, Options, Progress, TableResult};
use crate::verify::{Error, target};

/// What narrowing needs.
pub(super) struct Narrow<'n> {
    pub connection: &'n Connection,
    pub path: &'n str,
    pub options: &'n Options,
    pub progress: &'n dyn Progress,
    pub plan: &'n Plan,
    pub wanted: &'n dyn Fn(u128) -> bool,
    /// Rows and bytes that were read of both sides.
    pub read: std::cell::Cell<(u64, u64)>,
}

/// A row of the target in a range that differs.
pub(super) struct Kept {
    /// Low halves of the cells' hashes.
    pub cells: Box<[u64]>,
    /// Its row id, to read its values again.
    pub row_id: Option<i64>,
    /// How often rows of this key came.
    pub count: u64,
    /// How many rows of the source were matched with it.
    pub matched: u64,
}

/// A row of the source that the target does not have.
pub(super) struct Missing {
    pub cells: Box<[u64]>,
    pub texts: Vec<Option<Vec<u8>>>,
}

/// A cell that differs, before it is explained.
struct Suspect {
    place: usize,
    key: String,
    source: Option<Vec<u8>>,
    row_id: Option<i64>,
}

/// What a pass over a group of ranges found.
#[derive(Default)]
struct Found {
    suspects: Vec<Suspect>,
    missing: Vec<Missing>,
    differences: Vec<CellDifference>,
    total: u64,
}

/// The half of a hash that is kept per cell.
pub(in crate::verify) fn half(hash: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hash.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Narrow<'_> {
    /// Narrows the differences of a table down and puts them into its result.
    pub fn run(
        &mut self,
        source: &mut dyn Source,
        left: &Sums,
        right: &Sums,
        all_rows: bool,
        result: &mut TableResult,
    ) -> Result<(), Error> {
        let ranges: Vec<(usize, u64)> = if all_rows {
            let pairs = left.buckets.iter().zip(&right.buckets).enumerate();
            pairs
                .map(|(place, (a, b))| (place, a.1.max(b.1)))
                .filter(|(_, rows)| *rows > 0)
                .collect()
        } else {
            left.differing(right)
        };
        let mut rest = ranges.as_slice();
        let mut listed = Vec::new();
        while !rest.is_empty() {
            let group = self.group(&mut rest);
            let found = self.pass(source, &group)?;
            result.differing_total += found.total;
            listed.extend(found.differences);
            // Unless every row is wanted, one pass over the first ranges shows what is wrong.
            if !all_rows {
                break;
            }
        }
        result.narrowed = rest.is_empty();
        listed.sort_by(|a, b| natural(&a.key).cmp(&natural(&b.key)).then_with(|| a.cmp(b)));
        listed.truncate(self.options.listed_per_table);
        result.differing = listed;
        Ok(())
    }

    /// Takes as many ranges as fit into memory, at least one.
    fn group(&self, rest: &mut &[(usize, u64)]) -> Vec<bool> {
        let mut mask = vec![false; BUCKETS];
        let mut rows = 0_u64;
        while let Some(((place, count), tail)) = rest.split_first() {
            if rows > 0 && rows + count > self.options.rows_in_memory {
                break;
            }
            rows += count;
            if let Some(slot) = mask.get_mut(*place) {
                *slot = true;
            }
            *rest = tail;
        }
        mask
    }

    fn pass(&self, source: &mut dyn Source, mask: &[bool]) -> Result<Found, Error> {
        let inside =
            |key: u128| mask.get(bucket(key)).copied().unwrap_or_default() && (self.wanted)(key);
        let mut kept = self.keep_target(&inside)?;
        let mut found = self.match_source(source, &inside, &mut kept)?;
        if self.plan.keyed() {
            self.list_missing(&mut found);
            self.list_left_over(&kept, &mut found)?;
        } else {
            let extra = left_over(&kept);
            found.total += found.missing.iter().map(|_| 1).sum::<u64>();
            found.total += extra.iter().map(|k| k.count - k.matched).sum::<u64>();
            pairs::list(self, &found.missing, &extra, &mut found.differences)?;
        }
        self.explain(&mut found)?;
        Ok(found)
    }

    /// The target's rows of some ranges.
    fn keep_target(&self, inside: &dyn Fn(u128) -> bool) -> Result<HashMap<u128, Kept>, Error> {
        let mut kept: HashMap<u128, Kept> = HashMap::new();
        let columns = self.plan.decoders.len();
        let mut hasher = Hasher::new(self.plan);
        let rows = read::target(
            self.connection,
            self.path,
            &mut hasher,
            self.plan,
            &|| self.progress.interrupted(),
            inside,
            &mut |hashed, row| match kept.get_mut(&hashed.key) {
                Some(entry) => entry.count += 1,
                None => {
                    let entry = Kept {
                        cells: hashed.cells.iter().map(|c| half(*c)).collect(),
                        row_id: row.0.get(columns).ok(),
                        count: 1,
                        matched: 0,
                    };
                    kept.insert(hashed.key, entry);
                }
            },
        )?;
        self.count(rows, hasher.bytes);
        Ok(kept)
    }

    fn count(&self, rows: u64, bytes: u64) {
        let (all_rows, all_bytes) = self.read.get();
        self.read.set((all_rows + rows, all_bytes + bytes));
    }

    fn match_source(
        &self,
        source: &mut dyn Source,
        inside: &dyn Fn(u128) -> bool,
        kept: &mut HashMap<u128, Kept>,
    ) -> Result<Found, Error> {
        let mut found = Found::default();
        let limit = self.options.listed_per_table;
        let mut hasher = Hasher::new(self.plan);
        let mut visit = |hashed: &super::plan::Hashed, texts: &[Option<&[u8]>]| {
            let cells = hashed.cells.iter().map(|c| half(*c));
            match kept.get_mut(&hashed.key) {
                Some(entry) if entry.matched < entry.count => {
                    entry.matched += 1;
                    for (place, (mine, theirs)) in cells.zip(entry.cells.iter()).enumerate() {
                        if mine == *theirs {
                            continue;
                        }
                        found.total += 1;
                        if found.suspects.len() < limit {
                            found.suspects.push(Suspect {
                                place,
                                key: self.source_key(texts),
                                source: texts.get(place).copied().flatten().map(<[u8]>::to_vec),
                                row_id: entry.row_id,
                            });
                        }
                    }
                }
                _ => {
                    if self.plan.keyed() {
                        found.total += 1;
                    }
                    // Rows without a key are all kept: they have to be paired and counted.
                    if !self.plan.keyed() || found.missing.len() < limit {
                        found.missing.push(Missing {
                            cells: cells.collect(),
                            texts: texts.iter().map(|t| t.map(<[u8]>::to_vec)).collect(),
                        });
                    }
                }
            }
        };
        let rows = read::source(
            source,
            &mut hasher,
            self.plan,
            self.progress,
            inside,
            &mut visit,
        )?;
        self.count(rows, hasher.bytes);
        Ok(found)
    }

    fn list_missing(&self, found: &mut Found) {
        for missing in &found.missing {
            let texts: Vec<Option<&[u8]>> = missing.texts.iter().map(Option::as_deref).collect();
            found.differences.push(CellDifference {
                key: self.source_key(&texts),
                column: None,
                kind: DifferenceKind::RowMissing,
                explanation: "the row is in the source and not in the target".to_owned(),
                source: None,
                target: None,
            });
        }
    }

    /// Rows of the target that no row of the source was matched with.
    fn list_left_over(&self, kept: &HashMap<u128, Kept>, found: &mut Found) -> Result<(), Error> {
        for extra in left_over(kept) {
            let more = extra.count - extra.matched;
            found.total += more;
            if found.differences.len() >= self.options.listed_per_table {
                continue;
            }
            let (kind, explanation) = if extra.matched == 0 {
                (
                    DifferenceKind::RowExtra,
                    "the row is in the target and not in the source".to_owned(),
                )
            } else {
                (
                    DifferenceKind::RowRepeated,
                    format!("the target has {more} more row(s) of this key"),
                )
            };
            let key = match self.values(extra.row_id)? {
                Some(values) => self.target_key(&values),
                None => String::new(),
            };
            found.differences.push(CellDifference {
                key,
                column: None,
                kind,
                explanation,
                source: None,
                target: None,
            });
        }
        Ok(())
    }

    fn explain(&self, found: &mut Found) -> Result<(), Error> {
        for suspect in std::mem::take(&mut found.suspects) {
            let Some((column, decoder)) = self.plan.column(suspect.place) else {
                continue;
            };
            let values = self.values(suspect.row_id)?;
            let stored = values.as_ref().and_then(|v| v.get(suspect.place));
            let (kind, explanation) = match stored {
                Some(stored) => explain(decoder, suspect.source.as_deref(), stored),
                None => (DifferenceKind::Value, "the values differ".to_owned()),
            };
            let show = self.options.show_values;
            found.differences.push(CellDifference {
                key: suspect.key,
                column: Some(column.pg.clone()),
                kind,
                explanation,
                source: show.then(|| show_source(suspect.source.as_deref())),
                target: stored.filter(|_| show).map(show_target),
            });
        }
        Ok(())
    }

    /// The stored values of a row.
    pub fn values(&self, row_id: Option<i64>) -> Result<Option<Vec<Value>>, Error> {
        let name = read::row_id(self.connection, &self.plan.map.sqlite);
        let (Some(id), Some(name)) = (row_id, name) else {
            return Ok(None);
        };
        let sql = format!("{} WHERE {name} = ?1", read::select(self.plan, None));
        let fail = |e: rusqlite::Error| {
            target::classify(
                self.path,
                &format!("reading table {}", self.plan.map.sqlite),
                &e,
            )
        };
        let mut statement = self.connection.prepare_cached(&sql).map_err(fail)?;
        let mut rows = statement.query([id]).map_err(fail)?;
        let Some(row) = rows.next().map_err(fail)? else {
            return Ok(None);
        };
        let cells = TargetCells(row);
        Ok(Some(
            (0..self.plan.decoders.len())
                .map(|place| owned(cells.value(place)))
                .collect(),
        ))
    }

    fn source_key(&self, texts: &[Option<&[u8]>]) -> String {
        self.key_text(|place| show_source(texts.get(place).copied().flatten()))
    }

    fn target_key(&self, values: &[Value]) -> String {
        self.key_text(|place| values.get(place).map(show_target).unwrap_or_default())
    }

    fn key_text(&self, value: impl Fn(usize) -> String) -> String {
        let parts: Vec<String> = self
            .plan
            .key
            .iter()
            .filter_map(|place| {
                Some(format!(
                    "{}={}",
                    self.plan.map.columns.get(*place)?.pg,
                    value(*place)
                ))
            })
            .collect();
        parts.join(", ")
    }
}

/// A copy of a stored value; text that is not UTF-8 is kept as bytes.
fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Integer(n),
        ValueRef::Real(r) => Value::Real(r),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(text.to_vec()),
        },
    }
}

/// Entries with rows that the source does not have, in a stable order.
fn left_over(kept: &HashMap<u128, Kept>) -> Vec<&Kept> {
    let mut out: Vec<(&u128, &Kept)> = kept.iter().filter(|(_, k)| k.matched < k.count).collect();
    out.sort_by_key(|(hash, _)| **hash);
    out.into_iter().map(|(_, kept)| kept).collect()
}

/// A sort key that puts `id=2` before `id=10`.
pub(in crate::verify) fn natural(key: &str) -> Vec<(String, u128)> {
    let mut out: Vec<(String, u128)> = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        let text = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (head, tail) = rest.split_at(text);
        let digits = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (number, tail) = tail.split_at(digits);
        out.push((head.to_owned(), number.parse().unwrap_or(u128::MAX)));
        rest = tail;
    }
    out
}
