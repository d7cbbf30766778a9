//! Keys of an index as bytes that sort as SQLite sorts the entries under the collation BINARY, and back into records.
//!
//! Each column is a tag and its content; a descending column has every bit turned. NULL < numbers < text < blobs, as in SQLite
//! (sqlite.org/datatype3.html, "Sort Order").

use rusqlite::types::ValueRef;

const NULL: u8 = 0x01;
/// Whole numbers: this plus the number of bytes; below it for negative ones.
const INTEGER: u8 = 0x20;
const REAL: u8 = 0x40;
/// A number of a column that mixes both kinds: its double, and whether it is a whole number.
const NUMBER: u8 = 0x50;
const TEXT: u8 = 0x60;
const BLOB: u8 = 0x70;

/// Which numbers a column can hold, by its affinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Whole ones: affinity INTEGER, TEXT or BLOB.
    Whole,
    /// Doubles: REAL.
    Doubles,
    /// Either, and none as a double that could be whole: NUMERIC.
    Both,
}

/// Whole numbers up to this are doubles, too.
const EXACT: i64 = 1 << 53;

/// Appends a column's value; `None` when the order of its numbers cannot be told from these bytes alone.
pub(super) fn push(
    value: ValueRef<'_>,
    numbers: Numbers,
    descending: bool,
    out: &mut Vec<u8>,
) -> Option<()> {
    let start = out.len();
    match (value, numbers) {
        (ValueRef::Null, _) => out.push(NULL),
        (ValueRef::Integer(n), Numbers::Whole) => push_integer(n, out),
        (ValueRef::Integer(n), Numbers::Both) if (-EXACT..=EXACT).contains(&n) => {
            out.push(NUMBER);
            #[expect(clippy::cast_precision_loss, reason = "it is within 2^53")]
            push_double(n as f64, out);
            out.push(1);
        }
        (ValueRef::Real(r), Numbers::Doubles) => {
            out.push(REAL);
            push_double(r, out);
        }
        (ValueRef::Real(r), Numbers::Both) => {
            out.push(NUMBER);
            push_double(r, out);
            out.push(0);
        }
        (ValueRef::Integer(_) | ValueRef::Real(_), _) => return None,
        (ValueRef::Text(bytes), _) => push_bytes(TEXT, bytes, out),
        (ValueRef::Blob(bytes), _) => push_bytes(BLOB, bytes, out),
    }
    if descending {
        out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
    }
    Some(())
}

/// A double as bytes in its order.
fn push_double(r: f64, out: &mut Vec<u8>) {
    // -0.0 equals 0.0 in SQLite.
    let bits = if r == 0.0 { 0 } else { r.to_bits() };
    let ordered = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    out.extend_from_slice(&ordered.to_be_bytes());
}

fn double(content: &[u8]) -> Option<f64> {
    let ordered = u64::from_be_bytes(*content.first_chunk()?);
    Some(f64::from_bits(if ordered >> 63 == 1 {
        ordered & !(1 << 63)
    } else {
        !ordered
    }))
}

/// A whole number in as few bytes as it needs.
pub(super) fn push_integer(n: i64, out: &mut Vec<u8>) {
    let negative = n < 0;
    let size = if negative { !n } else { n };
    let bytes = size.to_be_bytes();
    let zeros = size.leading_zeros() / 8;
    let used = 8 - u8::try_from(zeros).unwrap_or(8);
    out.push(if negative {
        INTEGER - 1 - used
    } else {
        INTEGER + used
    });
    let used = bytes.iter().skip(8 - usize::from(used));
    out.extend(used.map(|b| if negative { !*b } else { *b }));
}

/// Bytes up to a mark that sorts below any byte; a zero byte in them is marked as one.
fn push_bytes(tag: u8, mut bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    while let Some(zero) = memchr::memchr(0, bytes) {
        let (before, rest) = bytes.split_at(zero);
        out.extend_from_slice(before);
        out.extend_from_slice(&[0, 0xFF]);
        bytes = rest.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(bytes);
    out.extend_from_slice(&[0, 1]);
}

/// What was read of an entry.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// SQLite's record: the columns, then the rowid.
    pub record: Vec<u8>,
    /// How many bytes the columns take in the sorted form.
    pub columns: usize,
    /// One of the columns is NULL.
    pub has_null: bool,
    types: Vec<u64>,
    body: Vec<u8>,
    turned: Vec<u8>,
}

impl Entry {
    /// Makes the record of a sorted key whose columns go this way. `None`: it is no such key.
    pub fn read(&mut self, key: &[u8], descending: &[bool]) -> Option<()> {
        self.types.clear();
        self.body.clear();
        self.has_null = false;
        let mut rest = key;
        for down in descending {
            rest = if *down {
                let mut turned = std::mem::take(&mut self.turned);
                turned.clear();
                turned.extend(rest.iter().map(|b| !b));
                let used = self.column(&turned);
                self.turned = turned;
                rest.get(used?..)?
            } else {
                let used = self.column(rest)?;
                rest.get(used..)?
            };
        }
        self.columns = key.len() - rest.len();
        self.column(rest)?;
        self.record.clear();
        // A header of 127 bytes and more has two bytes for its own length.
        let types: usize = self.types.iter().map(|t| varint_length(*t)).sum();
        let length = types + if types < 127 { 1 } else { 2 };
        push_varint(u64::try_from(length).ok()?, &mut self.record);
        for kind in &self.types {
            push_varint(*kind, &mut self.record);
        }
        self.record.extend_from_slice(&self.body);
        Some(())
    }

    /// Reads one column; how many bytes it takes.
    fn column(&mut self, key: &[u8]) -> Option<usize> {
        let (tag, content) = key.split_first()?;
        match *tag {
            NULL => {
                self.has_null = true;
                self.types.push(0);
                Some(1)
            }
            REAL => {
                self.types.push(7);
                self.body.extend_from_slice(&double(content)?.to_be_bytes());
                Some(9)
            }
            NUMBER => {
                let value = double(content)?;
                if *content.get(8)? == 1 {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "it was made of a whole number"
                    )]
                    self.integer(value as i64);
                } else {
                    self.types.push(7);
                    self.body.extend_from_slice(&value.to_be_bytes());
                }
                Some(10)
            }
            TEXT | BLOB => {
                let start = self.body.len();
                let mut at = 0;
                loop {
                    let rest = content.get(at..)?;
                    let zero = memchr::memchr(0, rest)?;
                    self.body.extend_from_slice(rest.get(..zero)?);
                    at += zero + 2;
                    if *rest.get(zero + 1)? == 1 {
                        break;
                    }
                    self.body.push(0);
                }
                let length = u64::try_from(self.body.len() - start).ok()?;
                let base = if *tag == TEXT { 13 } else { 12 };
                self.types.push(base + 2 * length);
                Some(at + 1)
            }
            tag => {
                let negative = tag < INTEGER;
                let used = if negative {
                    INTEGER - 1 - tag
                } else {
                    tag - INTEGER
                };
                let digits = content.get(..usize::from(used))?;
                if used > 8 {
                    return None;
                }
                let size = digits.iter().fold(0_u64, |n, b| {
                    n << 8 | u64::from(if negative { !*b } else { *b })
                });
                let n = i64::try_from(size).ok()?;
                self.integer(if negative { !n } else { n });
                Some(1 + usize::from(used))
            }
        }
    }

    fn integer(&mut self, n: i64) {
        // sqlite.org/fileformat2.html, "Record Format".
        let magnitude = if n < 0 { !n } else { n };
        let (kind, used) = match magnitude {
            _ if n == 0 => (8, 0),
            _ if n == 1 => (9, 0),
            0..=0x7F => (1, 1),
            0x80..=0x7FFF => (2, 2),
            0x8000..=0x7F_FFFF => (3, 3),
            0x80_0000..=0x7FFF_FFFF => (4, 4),
            0x8000_0000..=0x7FFF_FFFF_FFFF => (5, 6),
            _ => (6, 8),
        };
        self.types.push(kind);
        self.body.extend(n.to_be_bytes().iter().skip(8 - used));
    }
}

/// Bytes that a number takes as SQLite's varint.
pub(super) fn varint_length(n: u64) -> usize {
    match n {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        0x20_0000..=0xFFF_FFFF => 4,
        _ => 5,
    }
}

/// Appends a number below 2^35 as SQLite's varint.
pub(super) fn push_varint(n: u64, out: &mut Vec<u8>) {
    let length = varint_length(n);
    for place in (0..length).rev() {
        let [low, ..] = (n >> (7 * place)).to_le_bytes();
        out.push(low & 0x7F | if place > 0 { 0x80 } else { 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusqlite::types::Value;

    fn value(real: bool) -> impl Strategy<Value = Value> {
        let real = if real { -2.5..2.5f64 } else { 0.5..0.6f64 };
        prop_oneof![
            Just(Value::Null),
            (-EXACT..EXACT).prop_map(Value::Integer),
            (-300i64..300).prop_map(Value::Integer),
            real.prop_map(Value::Real),
            "[\\x00a-c]{0,4}".prop_map(Value::Text),
            proptest::collection::vec(0u8..3, 0..4).prop_map(Value::Blob),
        ]
    }

    proptest! {
        // SQLite's own order decides.
        #[test]
        fn keys_sort_as_sqlite_sorts_and_come_back(
            rows in proptest::collection::vec((value(true), value(false)), 0..30),
            down in any::<(bool, bool)>(),
        ) {
            let db = rusqlite::Connection::open_in_memory().unwrap();
            db.execute_batch("CREATE TABLE t (a NUMERIC, b NUMERIC)").unwrap();
            for (a, b) in &rows {
                db.execute("INSERT INTO t VALUES (?1, ?2)", (a, b)).unwrap();
            }
            let way = |d: bool| if d { "DESC" } else { "ASC" };
            let sql = format!("SELECT a, b, rowid FROM t ORDER BY a {}, b {}, rowid", way(down.0), way(down.1));
            let mut statement = db.prepare(&sql).unwrap();
            let mut found = statement.query([]).unwrap();
            let mut last: Vec<u8> = Vec::new();
            let mut entry = Entry::default();
            while let Some(row) = found.next().unwrap() {
                let mut key = Vec::new();
                for (place, down) in [down.0, down.1].into_iter().enumerate() {
                    push(row.get_ref(place).unwrap(), Numbers::Both, down, &mut key).unwrap();
                }
                push_integer(row.get(2).unwrap(), &mut key);
                prop_assert!(last < key);
                prop_assert!(entry.read(&key, &[down.0, down.1]).is_some());
                last = key;
            }
        }
    }
}
