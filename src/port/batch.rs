//! Converted rows on their way from the reader to the writer, in one piece of memory that is used again.

use xxhash_rust::xxh3::Xxh3;

use super::convert::Value;

/// A value's place in the batch.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Null,
    Integer(i64),
    Real(f64),
    Text { start: usize, end: usize },
    Blob { start: usize, end: usize },
    Large(usize),
}

/// A value that has its memory for itself.
#[derive(Debug)]
enum Large {
    Text(String),
    Blob(Vec<u8>),
    /// It was taken away: the writer has it elsewhere.
    Taken,
}

impl Large {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Blob(bytes) => Value::Blob(bytes),
            Self::Taken => Value::Null,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
            Self::Taken => 0,
        }
    }
}

/// Rows of one table.
#[derive(Debug, Default)]
pub struct Batch {
    columns: usize,
    rows: usize,
    first_row: u64,
    source_bytes: u64,
    digest: u128,
    /// Whole rows of which a value waits for a decision.
    open: Vec<usize>,
    slots: Vec<Slot>,
    text: String,
    blobs: Vec<u8>,
    large: Vec<Large>,
    /// Bytes of text and of blobs, and large values, that belong to whole rows.
    whole: (usize, usize, usize),
}

/// A batch is handed on when its values take this much, or it has this many rows.
const FULL_BYTES: usize = 256 * 1024;
const FULL_ROWS: usize = 4096;

/// Values of this many bytes have their memory for themselves, which is given back as soon as they are written.
const LARGE_BYTES: usize = 8 << 20;

impl Batch {
    /// Gives back memory that one huge value took.
    pub fn shrink(&mut self) {
        self.text.shrink_to(4 * FULL_BYTES);
        self.blobs.shrink_to(4 * FULL_BYTES);
    }

    /// Empties the batch for rows of `columns` values, of which the first is the source's row number `first_row`.
    pub fn reset(&mut self, columns: usize, first_row: u64) {
        self.columns = columns;
        self.rows = 0;
        self.first_row = first_row;
        self.source_bytes = 0;
        self.digest = 0;
        self.open.clear();
        self.whole = (0, 0, 0);
        self.slots.clear();
        self.large.clear();
        // One huge value must not be carried on for ever.
        self.text.clear();
        self.blobs.clear();
        self.shrink();
    }

    /// Adds a value to the row that is being built.
    #[inline]
    pub fn push(&mut self, value: Value<'_>) {
        let slot = match value {
            Value::Null => Slot::Null,
            Value::Integer(n) => Slot::Integer(n),
            Value::Real(r) => Slot::Real(r),
            Value::Text(text) if text.len() >= LARGE_BYTES => {
                self.large.push(Large::Text(text.to_owned()));
                Slot::Large(self.large.len() - 1)
            }
            Value::Blob(bytes) if bytes.len() >= LARGE_BYTES => {
                self.large.push(Large::Blob(bytes.to_owned()));
                Slot::Large(self.large.len() - 1)
            }
            Value::Text(text) => {
                let start = self.text.len();
                self.text.push_str(text);
                Slot::Text {
                    start,
                    end: self.text.len(),
                }
            }
            Value::Blob(bytes) => {
                let start = self.blobs.len();
                self.blobs.extend_from_slice(bytes);
                Slot::Blob {
                    start,
                    end: self.blobs.len(),
                }
            }
        };
        self.slots.push(slot);
    }

    /// Ends the row, which took so many bytes in the source.
    pub fn end_row(&mut self, source_bytes: u64) {
        self.rows += 1;
        self.source_bytes += source_bytes;
        self.whole = (self.text.len(), self.blobs.len(), self.large.len());
    }

    /// A value of the row that is being built waits for a decision.
    pub fn note_open(&mut self) {
        self.open.push(self.rows);
    }

    /// Whether a value of a row waits for a decision.
    pub fn is_open(&self, row: usize) -> bool {
        self.open.binary_search(&row).is_ok()
    }

    /// Its rows come after so many others of the table.
    pub fn come_after(&mut self, rows: u64) {
        self.first_row += rows;
    }

    /// Bytes that it takes in memory.
    pub fn weight(&self) -> usize {
        self.value_bytes() + self.slots.len() * size_of::<Slot>()
    }

    fn value_bytes(&self) -> usize {
        let large: usize = self.large.iter().map(Large::len).sum();
        self.text.len() + self.blobs.len() + large
    }

    /// Takes back the row that is being built.
    pub fn drop_row(&mut self) {
        self.slots.truncate(self.rows * self.columns);
        self.text.truncate(self.whole.0);
        self.blobs.truncate(self.whole.1);
        self.large.truncate(self.whole.2);
    }

    /// Whether it should be handed on.
    pub fn is_full(&self) -> bool {
        self.rows >= FULL_ROWS || self.value_bytes() >= FULL_BYTES
    }

    /// Whole rows in it.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The source's number of a row, from 1.
    pub fn row_number(&self, row: usize) -> u64 {
        self.first_row + u64::try_from(row).unwrap_or(0)
    }

    /// Bytes that its rows took in the source.
    pub fn source_bytes(&self) -> u64 {
        self.source_bytes
    }

    /// The source's number of its last row.
    pub fn last_row(&self) -> u64 {
        self.row_number(self.rows).saturating_sub(1)
    }

    /// Digest of all rows of the table up to its last one; 0 where none was asked for.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// Values of a row (of the unfinished one too).
    pub fn values(&self, row: usize) -> impl Iterator<Item = Value<'_>> {
        let start = row * self.columns;
        self.slots
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take(self.columns)
            .map(|slot| self.value(slot))
    }

    /// Values of a column in all whole rows.
    pub fn column(&self, place: usize) -> impl Iterator<Item = Value<'_>> {
        let all = self.slots.get(place..).unwrap_or_default().iter();
        all.step_by(self.columns.max(1))
            .take(self.rows)
            .map(|slot| self.value(slot))
    }

    #[inline]
    fn value(&self, slot: &Slot) -> Value<'_> {
        match *slot {
            Slot::Null => Value::Null,
            Slot::Integer(n) => Value::Integer(n),
            Slot::Real(r) => Value::Real(r),
            Slot::Text { start, end } => Value::Text(self.text.get(start..end).unwrap_or("")),
            Slot::Blob { start, end } => {
                Value::Blob(self.blobs.get(start..end).unwrap_or_default())
            }
            Slot::Large(place) => self.large.get(place).map_or(Value::Null, Large::value),
        }
    }

    /// Columns of a row whose values have their memory for themselves.
    pub fn large(&self, row: usize) -> Vec<usize> {
        if self.large.is_empty() {
            return Vec::new();
        }
        let slots = self.slots.get(row * self.columns..).unwrap_or_default();
        let slots = slots.iter().take(self.columns).enumerate();
        slots
            .filter(|(_, slot)| matches!(slot, Slot::Large(_)))
            .map(|(column, _)| column)
            .collect()
    }

    fn large_slot(&mut self, row: usize, column: usize) -> Option<&mut Large> {
        match self.slots.get(row * self.columns + column) {
            Some(Slot::Large(place)) => self.large.get_mut(*place),
            _ => None,
        }
    }

    /// Gives a large value's memory back; the value reads as NULL until it is put back.
    pub fn release(&mut self, row: usize, column: usize) {
        if let Some(large) = self.large_slot(row, column) {
            *large = Large::Taken;
        }
    }

    /// Puts a large value back.
    pub fn put_back(&mut self, row: usize, column: usize, value: Value<'_>) {
        let value = match value {
            Value::Text(text) => Large::Text(text.to_owned()),
            Value::Blob(bytes) => Large::Blob(bytes.to_owned()),
            Value::Null | Value::Integer(_) | Value::Real(_) => return,
        };
        if let Some(large) = self.large_slot(row, column) {
            *large = value;
        }
    }

    /// The key of a row as people read it: its values with commas between, or `row 17` where there is no key.
    pub fn key(&self, row: usize, key: &[usize]) -> String {
        if key.is_empty() {
            return format!("row {}", self.row_number(row));
        }
        let values: Vec<String> = key
            .iter()
            .map(|place| self.values(row).nth(*place).map_or_else(String::new, show))
            .collect();
        values.join(", ")
    }
}

/// Digest of the rows of a table from the first one on. It does not depend on how they are divided into batches.
#[derive(Default)]
pub struct Prefix {
    slots: Xxh3,
    text: Xxh3,
    blobs: Xxh3,
    large: Xxh3,
    scratch: Vec<u8>,
}

impl Prefix {
    /// Adds a batch, which must have whole rows only, and seals it with the digest up to its last row.
    pub fn add(&mut self, batch: &mut Batch) {
        self.scratch.clear();
        for slot in &batch.slots {
            let (kind, value) = match *slot {
                Slot::Null => (0, 0),
                Slot::Integer(n) => (1, n.cast_unsigned()),
                Slot::Real(r) => (2, r.to_bits()),
                Slot::Text { start, end } => (3, (end - start) as u64),
                Slot::Blob { start, end } => (4, (end - start) as u64),
                Slot::Large(place) => match batch.large.get(place) {
                    Some(Large::Text(text)) => (5, text.len() as u64),
                    Some(Large::Blob(bytes)) => (6, bytes.len() as u64),
                    Some(Large::Taken) | None => (0, 0),
                },
            };
            self.scratch.push(kind);
            if kind != 0 {
                self.scratch.extend_from_slice(&value.to_le_bytes());
            }
        }
        self.slots.update(&self.scratch);
        self.text.update(batch.text.as_bytes());
        self.blobs.update(&batch.blobs);
        for large in &batch.large {
            match large {
                Large::Text(text) => self.large.update(text.as_bytes()),
                Large::Blob(bytes) => self.large.update(bytes),
                Large::Taken => {}
            }
        }
        batch.digest = self.digest();
    }

    /// Digest of what was added.
    pub fn digest(&self) -> u128 {
        let mut all = Xxh3::new();
        for part in [&self.slots, &self.text, &self.blobs, &self.large] {
            all.update(&part.digest128().to_le_bytes());
        }
        all.digest128()
    }
}

/// A value as people read it.
pub fn show(value: Value<'_>) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Text(text) => text.to_owned(),
        Value::Blob(bytes) => {
            let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_taken_back_leave_nothing() {
        let mut batch = Batch::default();
        batch.reset(2, 1);
        batch.push(Value::Text("kept"));
        batch.push(Value::Blob(b"kept"));
        batch.end_row(8);
        for _ in 0..1000 {
            batch.push(Value::Text("taken back"));
            batch.push(Value::Blob(b"taken back"));
            batch.drop_row();
        }
        assert_eq!((batch.text.len(), batch.blobs.len()), (4, 4));
        let values: Vec<Value<'_>> = batch.values(0).collect();
        assert_eq!(values, [Value::Text("kept"), Value::Blob(b"kept")]);
        batch.reset(1, 2);
        batch.push(Value::Text("gone"));
        batch.drop_row();
        assert_eq!((batch.rows(), batch.text.len()), (0, 0));
    }

    #[test]
    fn a_large_value_has_its_memory_for_itself() {
        let huge = "x".repeat(LARGE_BYTES);
        let mut batch = Batch::default();
        batch.reset(2, 1);
        for _ in 0..2 {
            batch.push(Value::Text(&huge));
            batch.push(Value::Integer(1));
            batch.drop_row();
        }
        batch.push(Value::Integer(1));
        batch.push(Value::Blob(huge.as_bytes()));
        batch.end_row(1);
        assert_eq!((batch.text.len(), batch.large.len()), (0, 1));
        assert!(batch.is_full() && batch.weight() >= LARGE_BYTES);
        assert_eq!(batch.large(0), [1]);
        let mut before = Prefix::default();
        before.add(&mut batch);
        batch.release(0, 1);
        assert!(batch.weight() < LARGE_BYTES);
        batch.put_back(0, 1, Value::Blob(huge.as_bytes()));
        let mut after = Prefix::default();
        after.add(&mut batch);
        assert_eq!(before.digest(), after.digest());
        let values: Vec<Value<'_>> = batch.values(0).collect();
        assert_eq!(values, [Value::Integer(1), Value::Blob(huge.as_bytes())]);
    }
}
