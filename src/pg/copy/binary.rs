//! The binary format: a header, tuples of sized fields, a trailer of -1.

use super::text::count_fault;
use super::{Cell, recycle};
use crate::pg::Error;
use crate::pg::source::RowFn;

/// Room for the beginning of a row that is kept from row to row, in bytes.
const KEPT: usize = 1 << 20;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Where in the stream the decoder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    Rows,
    Ended,
}

/// What stands at the front of the bytes at hand.
enum Step {
    /// More bytes are needed: at least this many in all.
    More(usize),
    /// The header, of this length.
    Header(usize),
    /// A row, of this length; its cells are collected.
    Row(usize),
    /// The trailer.
    Trailer,
}

/// Reads rows in binary format.
#[derive(Debug)]
pub struct BinaryDecoder {
    table: String,
    /// For each column whether its field is in the type's binary format; else it is text.
    binary: Vec<bool>,
    state: State,
    pending: Vec<u8>,
    /// How many bytes must be at hand before it is worth trying again.
    needed: usize,
    rows: u64,
    cells: Vec<Cell<'static>>,
}

impl BinaryDecoder {
    /// A decoder of rows with one field per item of `binary`: `true` gives [`Cell::Binary`], `false` (an expression that
    /// yields text) [`Cell::Text`]. The table's name is for messages.
    pub fn new(table: impl Into<String>, binary: Vec<bool>) -> Self {
        Self {
            table: table.into(),
            binary,
            state: State::Header,
            pending: Vec::new(),
            needed: 0,
            rows: 0,
            cells: Vec::new(),
        }
    }

    /// Rows handed on so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the next piece of the stream; see [`super::Decoder::feed`].
    ///
    /// # Errors
    /// The bytes are not of the format, or `row` failed.
    pub fn feed(&mut self, piece: &[u8], row: &mut RowFn<'_>) -> Result<(), Error> {
        if self.pending.is_empty() {
            let used = self.decode(piece, row)?;
            self.pending
                .extend_from_slice(piece.get(used..).unwrap_or_default());
            return Ok(());
        }
        let mut whole = std::mem::take(&mut self.pending);
        whole.extend_from_slice(piece);
        if whole.len() >= self.needed {
            let used = self.decode(&whole, row)?;
            whole.drain(..used);
            whole.shrink_to(KEPT);
        }
        self.pending = whole;
        Ok(())
    }

    /// Says that the stream has ended.
    ///
    /// # Errors
    /// It ended inside a row or without its trailer.
    pub fn finish(self) -> Result<u64, Error> {
        if self.state == State::Ended && self.pending.is_empty() {
            Ok(self.rows)
        } else {
            Err(self.fault("the stream ends before its trailer"))
        }
    }

    fn fault(&self, cause: impl Into<String>) -> Error {
        Error::Copy {
            table: self.table.clone(),
            row: self.rows + 1,
            cause: cause.into(),
        }
    }

    /// Reads as many rows as are whole; returns how many bytes they took.
    fn decode(&mut self, bytes: &[u8], row: &mut RowFn<'_>) -> Result<usize, Error> {
        let mut used = 0;
        let mut cells = recycle(std::mem::take(&mut self.cells));
        let result = loop {
            let rest = bytes.get(used..).unwrap_or_default();
            if rest.is_empty() {
                break Ok(used);
            }
            match self.step(rest, &mut cells) {
                Err(cause) => break Err(self.fault(cause)),
                Ok(Step::More(needed)) => {
                    self.needed = needed;
                    break Ok(used);
                }
                Ok(Step::Header(length)) => {
                    self.state = State::Rows;
                    used += length;
                }
                Ok(Step::Trailer) => {
                    self.state = State::Ended;
                    used += 2;
                }
                Ok(Step::Row(length)) => {
                    if let Err(error) = row(&cells) {
                        break Err(Error::Consumer(error));
                    }
                    self.rows += 1;
                    used += length;
                }
            }
        };
        self.cells = recycle(cells);
        result
    }

    fn step<'a>(&self, rest: &'a [u8], cells: &mut Vec<Cell<'a>>) -> Result<Step, String> {
        match self.state {
            State::Ended => Err("bytes follow the stream's trailer".to_owned()),
            State::Header => header(rest),
            State::Rows => self.tuple(rest, cells),
        }
    }

    fn tuple<'a>(&self, rest: &'a [u8], cells: &mut Vec<Cell<'a>>) -> Result<Step, String> {
        let Some((count, mut fields)) = rest.split_first_chunk::<2>() else {
            return Ok(Step::More(2));
        };
        let count = i16::from_be_bytes(*count);
        if count == -1 {
            return Ok(Step::Trailer);
        }
        let found = usize::try_from(count).map_err(|_| "its number of fields is negative")?;
        if found != self.binary.len() {
            return Err(count_fault(found, self.binary.len()));
        }
        cells.clear();
        for binary in &self.binary {
            let Some((length, after)) = fields.split_first_chunk::<4>() else {
                return Ok(Step::More(rest.len() + 4 - fields.len()));
            };
            let length = i32::from_be_bytes(*length);
            if length == -1 {
                cells.push(Cell::Null);
                fields = after;
                continue;
            }
            let length =
                usize::try_from(length).map_err(|_| "the length of a field is negative")?;
            let Some((field, after)) = after.split_at_checked(length) else {
                return Ok(Step::More(
                    (rest.len() - after.len()).saturating_add(length),
                ));
            };
            cells.push(if *binary {
                Cell::Binary(field)
            } else {
                Cell::Text(field)
            });
            fields = after;
        }
        Ok(Step::Row(rest.len() - fields.len()))
    }
}

/// Signature, flags, and an extension whose length is told.
fn header(rest: &[u8]) -> Result<Step, String> {
    let seen = rest.len().min(SIGNATURE.len());
    if rest.get(..seen) != SIGNATURE.get(..seen) {
        return Err("the stream does not begin with the signature of binary COPY".to_owned());
    }
    let after = rest.get(SIGNATURE.len()..).unwrap_or_default();
    let Some((flags, after)) = after.split_first_chunk::<4>() else {
        return Ok(Step::More(SIGNATURE.len() + 8));
    };
    // Bits 16 to 31 are critical (16 was OIDs, gone since PostgreSQL 12).
    if u32::from_be_bytes(*flags) >> 16 != 0 {
        return Err("the stream has flags of a format that is not known".to_owned());
    }
    let Some((extension, after)) = after.split_first_chunk::<4>() else {
        return Ok(Step::More(SIGNATURE.len() + 8));
    };
    let extension = usize::try_from(u32::from_be_bytes(*extension)).unwrap_or(usize::MAX);
    let length = SIGNATURE.len() + 8;
    if after.len() < extension {
        return Ok(Step::More(length.saturating_add(extension)));
    }
    Ok(Step::Header(length + extension))
}
