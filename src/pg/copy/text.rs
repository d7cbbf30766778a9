//! The text format: a line per row, tabs between fields, `\N` for NULL, backslash escapes.

use memchr::{memchr, memchr2};

use super::{Cell, recycle};
use crate::pg::Error;
use crate::pg::source::RowFn;

/// Room for the beginning of a row that is kept from row to row, in bytes.
const KEPT: usize = 1 << 20;

/// Where a field's bytes are.
#[derive(Debug, Clone, Copy)]
enum Field {
    Null,
    /// Range of the line: nothing had to be undone.
    Line(usize, usize),
    /// Range of the scratch space.
    Scratch(usize, usize),
}

/// Reads rows in text format.
#[derive(Debug)]
pub struct TextDecoder {
    table: String,
    columns: usize,
    /// Places in the stream's rows of the wanted cells, in the wanted order; `None` is all of them.
    wanted: Option<Vec<usize>>,
    pending: Vec<u8>,
    rows: u64,
    fields: Vec<Field>,
    scratch: Vec<u8>,
    cells: Vec<Cell<'static>>,
}

impl TextDecoder {
    /// A decoder of rows with `columns` fields. The table's name is for messages.
    pub fn new(table: impl Into<String>, columns: usize) -> Self {
        Self {
            table: table.into(),
            columns,
            wanted: None,
            pending: Vec::new(),
            rows: 0,
            fields: Vec::new(),
            scratch: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Hands on just these fields (places from 0), in this order. A place that no row has is NULL.
    #[must_use]
    pub fn select(mut self, places: Vec<usize>) -> Self {
        self.wanted = Some(places);
        self
    }

    /// Rows handed on so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes the next piece of the stream; see [`super::Decoder::feed`].
    ///
    /// # Errors
    /// A row has another number of fields, or `row` failed.
    pub fn feed(&mut self, mut piece: &[u8], row: &mut RowFn<'_>) -> Result<(), Error> {
        while let Some(end) = memchr(b'\n', piece) {
            let (line, rest) = piece.split_at(end);
            piece = rest.get(1..).unwrap_or_default();
            if self.pending.is_empty() {
                self.line(line, row)?;
            } else {
                let mut whole = std::mem::take(&mut self.pending);
                whole.extend_from_slice(line);
                let result = self.own_line(&mut whole, row);
                whole.clear();
                whole.shrink_to(KEPT);
                self.pending = whole;
                result?;
            }
        }
        self.pending.extend_from_slice(piece);
        Ok(())
    }

    /// Says that the stream has ended.
    ///
    /// # Errors
    /// It ended inside a row.
    pub fn finish(self) -> Result<u64, Error> {
        if self.pending.is_empty() {
            Ok(self.rows)
        } else {
            Err(self.fault("the stream ends inside it".to_owned()))
        }
    }

    fn fault(&self, cause: String) -> Error {
        Error::Copy {
            table: self.table.clone(),
            row: self.rows + 1,
            cause,
        }
    }

    /// Reads one line, without its line end, and hands the row on.
    ///
    /// # Errors
    /// It has another number of fields, or `row` failed.
    pub fn line(&mut self, line: &[u8], row: &mut RowFn<'_>) -> Result<(), Error> {
        self.split(line);
        self.hand_on(line, row)
    }

    /// [`TextDecoder::line`] of a line that nobody else needs: escapes are undone where they stand, so that a line of any length is in
    /// memory once.
    ///
    /// # Errors
    /// As there.
    pub fn own_line(&mut self, line: &mut [u8], row: &mut RowFn<'_>) -> Result<(), Error> {
        self.split_own(line);
        self.hand_on(line, row)
    }

    fn hand_on(&mut self, line: &[u8], row: &mut RowFn<'_>) -> Result<(), Error> {
        if self.fields.len() != self.columns {
            return Err(self.fault(count_fault(self.fields.len(), self.columns)));
        }
        let mut cells = recycle(std::mem::take(&mut self.cells));
        let cell = |field: Option<&Field>| match field {
            None | Some(Field::Null) => Cell::Null,
            Some(Field::Line(start, end)) => Cell::Text(line.get(*start..*end).unwrap_or_default()),
            Some(Field::Scratch(start, end)) => {
                Cell::Text(self.scratch.get(*start..*end).unwrap_or_default())
            }
        };
        match &self.wanted {
            None => cells.extend(self.fields.iter().map(|f| cell(Some(f)))),
            Some(places) => cells.extend(places.iter().map(|p| cell(self.fields.get(*p)))),
        }
        let result = row(&cells);
        self.cells = recycle(cells);
        self.rows += 1;
        result.map_err(Error::Consumer)
    }

    /// Finds the fields of a line and undoes their escapes.
    fn split(&mut self, line: &[u8]) {
        self.fields.clear();
        self.scratch.clear();
        // PostgreSQL writes a row of no columns as an empty line.
        if line.is_empty() && self.columns == 0 {
            return;
        }
        let mut start = 0;
        // One field too many is fault enough: a damaged line must not fill the memory.
        while self.fields.len() <= self.columns {
            let rest = line.get(start..).unwrap_or_default();
            let plain = memchr2(b'\t', b'\\', rest).unwrap_or(rest.len());
            if rest.get(plain) != Some(&b'\\') {
                self.fields.push(Field::Line(start, start + plain));
                if plain == rest.len() {
                    return;
                }
                start += plain + 1;
                continue;
            }
            let length = self.escaped(rest, plain);
            if length >= rest.len() {
                return;
            }
            start += length + 1;
        }
    }

    /// [`TextDecoder::split`], with the fields left in the line.
    fn split_own(&mut self, line: &mut [u8]) {
        self.fields.clear();
        self.scratch.clear();
        if line.is_empty() && self.columns == 0 {
            return;
        }
        let mut start = 0;
        while self.fields.len() <= self.columns {
            let rest = line.get(start..).unwrap_or_default();
            let next = if rest.starts_with(b"\\N") && matches!(rest.get(2), None | Some(b'\t')) {
                self.fields.push(Field::Null);
                start + 2
            } else {
                let (end, next) = undo_in_place(line, start);
                self.fields.push(Field::Line(start, end));
                next
            };
            if next >= line.len() {
                return;
            }
            start = next + 1;
        }
    }

    /// Reads a field with a backslash at `plain`; returns its length in the line.
    fn escaped(&mut self, rest: &[u8], plain: usize) -> usize {
        if plain == 0 && rest.starts_with(b"\\N") && matches!(rest.get(2), None | Some(b'\t')) {
            self.fields.push(Field::Null);
            return 2;
        }
        let begin = self.scratch.len();
        self.scratch
            .extend_from_slice(rest.get(..plain).unwrap_or_default());
        let mut at = plain;
        while let Some(byte) = rest.get(at) {
            match byte {
                b'\t' => break,
                b'\\' => at += self.escape(rest.get(at + 1..).unwrap_or_default()),
                _ => {
                    let tail = rest.get(at..).unwrap_or_default();
                    let run = memchr2(b'\t', b'\\', tail).unwrap_or(tail.len());
                    self.scratch
                        .extend_from_slice(tail.get(..run).unwrap_or_default());
                    at += run;
                }
            }
        }
        self.fields.push(Field::Scratch(begin, self.scratch.len()));
        at
    }

    /// Undoes one escape, given what follows its backslash; returns its whole length.
    fn escape(&mut self, after: &[u8]) -> usize {
        let (byte, length) = escape(after);
        self.scratch.push(byte);
        length
    }
}

/// Undoes the escapes of the field that begins at `start`; returns where it ends then, and where it ended before.
fn undo_in_place(line: &mut [u8], start: usize) -> (usize, usize) {
    let (mut read, mut write) = (start, start);
    loop {
        let tail = line.get(read..).unwrap_or_default();
        let run = memchr2(b'\t', b'\\', tail).unwrap_or(tail.len());
        let next = tail.get(run).copied();
        let escaped = escape(tail.get(run + 1..).unwrap_or_default());
        if read != write {
            line.copy_within(read..read + run, write);
        }
        read += run;
        write += run;
        if next != Some(b'\\') {
            return (write, read);
        }
        let (byte, length) = escaped;
        if let Some(place) = line.get_mut(write) {
            *place = byte;
        }
        read += length;
        write += 1;
    }
}

/// The byte that an escape stands for, given what follows its backslash, and its whole length. The rules are those of
/// `CopyReadAttributesText` in PostgreSQL's `copyfromparse.c`.
fn escape(after: &[u8]) -> (u8, usize) {
    match after {
        [] => (b'\\', 1),
        [b'b', ..] => (0x08, 2),
        [b'f', ..] => (0x0c, 2),
        [b'n', ..] => (b'\n', 2),
        [b'r', ..] => (b'\r', 2),
        [b't', ..] => (b'\t', 2),
        [b'v', ..] => (0x0b, 2),
        [b'0'..=b'7', ..] => digits(after, 3, 8, 1),
        [b'x', hex, ..] if hex.is_ascii_hexdigit() => {
            digits(after.get(1..).unwrap_or_default(), 2, 16, 2)
        }
        [other, ..] => (*other, 2),
    }
}

/// The byte that up to `most` digits name (its low 8 bits, as PostgreSQL takes them), and their number plus `before`.
fn digits(text: &[u8], most: usize, radix: u32, before: usize) -> (u8, usize) {
    let mut value = 0u32;
    let mut length = 0;
    for byte in text.iter().take(most) {
        let Some(digit) = char::from(*byte).to_digit(radix) else {
            break;
        };
        value = value * radix + digit;
        length += 1;
    }
    let byte = u8::try_from(value & 0xff).unwrap_or_default();
    (byte, length + before)
}

/// Says that a row has too few or too many fields.
pub(super) fn count_fault(found: usize, columns: usize) -> String {
    if found > columns {
        return format!("it has more fields than columns were named ({columns})");
    }
    let fields = if found == 1 { "field" } else { "fields" };
    format!("it has {found} {fields}, but {columns} columns were named")
}
