//! Whether every foreign key leads to a row, told by the keys that pass by while rows are written: `PRAGMA foreign_key_check`
//! looks each of them up in the file, which takes longer than all the rest of a load.
//!
//! Told so are foreign keys of one column that lead to a rowid. Others, and whatever is doubtful (rejected rows, rows of an earlier
//! run, keys too far apart for the memory that is given to them), are left to SQLite.

use rustc_hash::FxHashMap;

use super::batch::Batch;
use super::convert::Value;
use super::plan::TablePlan;
use crate::sqlite::db::ForeignKey;

/// Pages of [`PAGE`] bits that all sets together may have: 16 MiB.
const ROOM: usize = 4096;

/// Bits of a page.
const PAGE: i64 = 1 << 15;

/// A set of whole numbers that mostly follow each other.
#[derive(Debug, Default)]
struct Ids {
    places: FxHashMap<i64, usize>,
    pages: Vec<Box<[u64; 512]>>,
    /// The page that was looked for last.
    last: Option<(i64, usize)>,
}

impl Ids {
    /// Adds a number; false when that takes a page and there is no room for one.
    fn insert(&mut self, id: i64, room: &mut usize) -> bool {
        let (page, bit) = (id.div_euclid(PAGE), id.rem_euclid(PAGE));
        let place = match self.last {
            Some((last, place)) if last == page => place,
            _ => {
                let next = self.pages.len();
                let place = *self.places.entry(page).or_insert(next);
                if place == next {
                    if *room == 0 {
                        return false;
                    }
                    *room -= 1;
                    self.pages.push(Box::new([0; 512]));
                }
                self.last = Some((page, place));
                place
            }
        };
        let word = usize::try_from(bit / 64).unwrap_or_default();
        if let Some(word) = self.pages.get_mut(place).and_then(|p| p.get_mut(word)) {
            *word |= 1 << (bit % 64);
        }
        true
    }

    /// Whether all of its numbers are in the other.
    fn within(&self, other: &Self) -> bool {
        let bits = |set: &Self, page: i64| {
            let place = set.places.get(&page).copied();
            place.and_then(|place| set.pages.get(place).map(|p| **p))
        };
        self.places.keys().all(|page| {
            let (mine, theirs) = (bits(self, *page), bits(other, *page));
            let theirs = theirs.unwrap_or([0; 512]);
            mine.is_none_or(|mine| mine.iter().zip(&theirs).all(|(m, t)| m & !t == 0))
        })
    }
}

/// What NULL stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Null {
    /// In a foreign key: no reference.
    LeadsNowhere,
    /// In a rowid: a number that SQLite chooses.
    Number,
}

/// Numbers of a column that is watched.
#[derive(Debug)]
struct Watched {
    /// Its table's place in the plan.
    table: usize,
    /// Its place in the table.
    column: usize,
    ids: Ids,
    doubtful: bool,
}

impl Watched {
    fn new(table: usize, column: usize) -> Self {
        Self {
            table,
            column,
            ids: Ids::default(),
            doubtful: false,
        }
    }

    fn take(&mut self, batch: &Batch, null: Null, room: &mut usize) {
        for value in batch.column(self.column) {
            let fine = match value {
                Value::Integer(id) => self.ids.insert(id, room),
                Value::Null => null == Null::LeadsNowhere,
                Value::Real(_) | Value::Text(_) | Value::Blob(_) => false,
            };
            if !fine {
                self.doubtful = true;
                *room += self.ids.pages.len();
                self.ids = Ids::default();
                return;
            }
        }
    }
}

/// A foreign key: the places of its column and of the key that it leads to, among what is watched.
#[derive(Debug)]
struct Reference {
    table: String,
    from: usize,
    to: usize,
}

/// What is known of the foreign keys of a load.
#[derive(Debug, Default)]
pub struct References {
    keys: Vec<Watched>,
    columns: Vec<Watched>,
    references: Vec<Reference>,
    /// Tables with foreign keys that cannot be told so.
    others: Vec<String>,
    room: usize,
    doubtful: bool,
}

impl References {
    /// Nothing has passed by yet; `keys` are all foreign keys of the file.
    pub fn new(plans: &[TablePlan], keys: Vec<ForeignKey>) -> Self {
        let mut found = Self {
            room: ROOM,
            ..Self::default()
        };
        let place = |table: &str, column: &str| {
            let table = plans
                .iter()
                .position(|p| p.map.sqlite.eq_ignore_ascii_case(table))?;
            let mut columns = plans.get(table)?.target_columns.iter();
            let column = columns.position(|c| c.eq_ignore_ascii_case(column))?;
            Some((table, column))
        };
        for key in keys {
            let ends = match (key.columns.as_slice(), &key.parent_rowid) {
                ([(from, to)], Some(id)) if to.as_ref().is_none_or(|to| to == id) => {
                    place(&key.table, from).zip(place(&key.parent, id))
                }
                _ => None,
            };
            let Some((from, to)) = ends else {
                found.others.push(key.table);
                continue;
            };
            found.references.push(Reference {
                table: key.table,
                from: watch(&mut found.columns, from),
                to: watch(&mut found.keys, to),
            });
        }
        found
    }

    /// Rows of a table were written, all of them.
    pub fn take(&mut self, table: usize, batch: &Batch) {
        if self.doubtful {
            return;
        }
        for key in self.keys.iter_mut().filter(|w| w.table == table) {
            if !key.doubtful {
                key.take(batch, Null::Number, &mut self.room);
            }
        }
        for column in self.columns.iter_mut().filter(|w| w.table == table) {
            if !column.doubtful {
                column.take(batch, Null::LeadsNowhere, &mut self.room);
            }
        }
    }

    /// Not all rows that are in the file pass by, or not all that do are in the file.
    pub fn doubt(&mut self) {
        self.doubtful = true;
        self.keys.clear();
        self.columns.clear();
    }

    /// Tables whose foreign keys SQLite has to check; `None` for all.
    pub fn unknown(&self) -> Option<Vec<String>> {
        if self.doubtful {
            return None;
        }
        let open = self.references.iter().filter(|reference| {
            let (from, to) = (
                self.columns.get(reference.from),
                self.keys.get(reference.to),
            );
            let leads = from.zip(to).is_some_and(|(from, to)| {
                !from.doubtful && !to.doubtful && from.ids.within(&to.ids)
            });
            !leads
        });
        let mut unknown: Vec<String> = open
            .map(|reference| &reference.table)
            .chain(&self.others)
            .cloned()
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        Some(unknown)
    }
}

fn watch(watched: &mut Vec<Watched>, (table, column): (usize, usize)) -> usize {
    let known = |w: &Watched| w.table == table && w.column == column;
    watched.iter().position(known).unwrap_or_else(|| {
        watched.push(Watched::new(table, column));
        watched.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn set(numbers: &BTreeSet<i64>) -> Ids {
        let (mut ids, mut room) = (Ids::default(), ROOM);
        assert!(numbers.iter().all(|n| ids.insert(*n, &mut room)));
        ids
    }

    proptest! {
        #[test]
        fn a_set_is_within_another_as_sets_are(
            mut all in proptest::collection::btree_set(prop_oneof![-70_000..70_000i64, any::<i64>()], 0..60),
            some in any::<proptest::sample::Index>(),
            more in proptest::option::of(-70_000..70_000i64),
        ) {
            let part: BTreeSet<i64> = all.iter().copied().take(some.index(all.len() + 1)).chain(more).collect();
            prop_assert_eq!(set(&part).within(&set(&all)), part.is_subset(&all));
            all.extend(more);
            prop_assert!(set(&part).within(&set(&all)));
        }
    }

    #[test]
    fn numbers_far_apart_find_no_room() {
        let (mut ids, mut room) = (Ids::default(), 2);
        assert!(ids.insert(0, &mut room) && ids.insert(PAGE, &mut room));
        assert!(!ids.insert(-1, &mut room));
    }
}
