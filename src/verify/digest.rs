//! Digests of rows that do not depend on their order: sums of hashes modulo 2^128, per table, per column and per key range.

use xxhash_rust::xxh3::{Xxh3, xxh3_128, xxh3_128_with_seed};

/// Into how many ranges of key hashes the rows of a table are divided, so that a difference can be narrowed down.
pub(super) const BUCKETS: usize = 4096;

/// The range of a key hash.
pub(super) fn bucket(key: u128) -> usize {
    usize::try_from(key >> (128 - 12)).unwrap_or_default() % BUCKETS
}

/// Hash of a cell's canonical bytes; the column's place keeps equal values of two columns apart.
pub(super) fn cell_hash(place: usize, bytes: &[u8]) -> u128 {
    xxh3_128_with_seed(bytes, u64::try_from(place).unwrap_or(u64::MAX))
}

/// [`cell_hash`] of canonical bytes that come in pieces.
pub(super) struct Pieces(Xxh3);

impl Pieces {
    /// Of a cell of this column.
    pub fn new(place: usize) -> Self {
        Self(Xxh3::with_seed(u64::try_from(place).unwrap_or(u64::MAX)))
    }

    /// The next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all of them.
    pub fn hash(&self) -> u128 {
        self.0.digest128()
    }
}

/// Hash of several hashes.
pub(super) fn combine(hashes: impl Iterator<Item = u128>, scratch: &mut Vec<u8>) -> u128 {
    scratch.clear();
    for hash in hashes {
        scratch.extend_from_slice(&hash.to_le_bytes());
    }
    xxh3_128(scratch)
}

/// The digest of a set of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    /// Rows.
    pub rows: u64,
    /// Sum of the row hashes.
    pub table: u128,
    /// Sums of the cell hashes, each bound to its row's key, per column.
    pub columns: Vec<u128>,
    /// Sum of the row hashes and number of rows, per range of keys.
    pub buckets: Vec<(u128, u64)>,
}

impl Sums {
    /// Of no rows.
    pub fn new(columns: usize) -> Self {
        Self {
            rows: 0,
            table: 0,
            columns: vec![0; columns],
            buckets: vec![(0, 0); BUCKETS],
        }
    }

    /// Adds a row. `key` is the hash of its key, or of the row where the table has none (`keyed` false).
    pub fn add(&mut self, cells: &[u128], key: u128, row: u128, keyed: bool) {
        self.rows += 1;
        self.table = self.table.wrapping_add(row);
        // Odd, so that the product loses no bit of the cell's hash.
        let factor = if keyed { key | 1 } else { 1 };
        for (sum, cell) in self.columns.iter_mut().zip(cells) {
            *sum = sum.wrapping_add(cell.wrapping_mul(factor));
        }
        if let Some((sum, rows)) = self.buckets.get_mut(bucket(key)) {
            *sum = sum.wrapping_add(row);
            *rows += 1;
        }
    }

    /// Key ranges in which two sets differ, with the greater of their numbers of rows.
    pub fn differing(&self, other: &Self) -> Vec<(usize, u64)> {
        let pairs = self.buckets.iter().zip(&other.buckets).enumerate();
        pairs
            .filter(|(_, (a, b))| a != b)
            .map(|(place, (a, b))| (place, a.1.max(b.1)))
            .collect()
    }

    /// The table's digest in hex.
    pub fn hex(&self) -> String {
        format!("{:032x}", self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(rows: &[(&str, &str)]) -> Sums {
        let mut out = Sums::new(2);
        let mut scratch = Vec::new();
        for (key, value) in rows {
            let cells = [cell_hash(0, key.as_bytes()), cell_hash(1, value.as_bytes())];
            let key = combine(cells.iter().copied().take(1), &mut scratch);
            let row = combine(cells.iter().copied(), &mut scratch);
            out.add(&cells, key, row, true);
        }
        out
    }

    #[test]
    fn pieces_hash_as_the_whole() {
        let bytes: Vec<u8> = (0..5000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut pieces = Pieces::new(7);
        for piece in bytes.chunks(333) {
            pieces.add(piece);
        }
        assert_eq!(pieces.hash(), cell_hash(7, &bytes));
    }

    #[test]
    fn order_does_not_count_and_everything_else_does() {
        let base = sums(&[("1", "a"), ("2", "b")]);
        assert_eq!(base, sums(&[("2", "b"), ("1", "a")]));
        let swapped = sums(&[("1", "b"), ("2", "a")]);
        assert_ne!(base.table, swapped.table);
        assert_eq!(base.columns.first(), swapped.columns.first());
        assert_ne!(base.columns.last(), swapped.columns.last());
        assert_eq!(base.differing(&swapped).len(), 2);
        assert_ne!(base, sums(&[("1", "a"), ("2", "b"), ("2", "b")]));
    }
}
