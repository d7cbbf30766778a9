//! The second reading: the rows of one block.

use std::io::BufRead;

use memchr::memchr;

use super::codec::Codec;
use super::part::Part;
use super::scan::{Item, Scanner, is_mark};
use super::statement::{self, Literal};
use super::stream::{Stream, io_error};
use super::{Block, DumpSource, Form};
use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::copy::{Cell, TextDecoder};
use crate::pg::source::RowFn;

/// Room for the beginning of a row that is kept from row to row, in bytes.
const KEPT: usize = 1 << 20;

/// A block that is read.
pub(super) struct Reading<'a> {
    pub source: &'a DumpSource,
    pub table: &'a QualName,
    pub block: &'a Block,
}

impl Reading<'_> {
    /// Hands the block's rows on and returns their number. `reading` is the compressed part that was read last.
    pub fn run(
        &self,
        columns: &[String],
        reading: &mut Option<(usize, Stream)>,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let names = self.names()?;
        let places = self.places(&names, columns)?;
        let interrupt = &self.source.interrupt;
        let part = self.part()?;
        self.check_unchanged(part)?;
        let result = self.open(part, reading).and_then(|mut stream| {
            let rows = match self.block.form {
                Form::Copy { carriage_returns } => {
                    let decoder =
                        TextDecoder::new(self.table.to_string(), names.len()).select(places);
                    self.copy(&mut stream, decoder, carriage_returns, row)
                }
                Form::Inserts { end, escapes } => {
                    self.inserts(&mut stream, end, escapes, (names.len(), &places), row)
                }
            };
            if part.codec != Codec::None {
                *reading = Some((self.block.part, stream));
            }
            rows
        });
        let rows = match result {
            Err(Error::Io { .. }) if interrupt.is_raised() => return Err(Error::Interrupted),
            other => other?,
        };
        self.check_unchanged(part)?;
        if rows != self.block.rows {
            return Err(self.changed());
        }
        Ok(rows)
    }

    fn part(&self) -> Result<&Part, Error> {
        let part = self.source.parts.get(self.block.part);
        part.ok_or_else(|| Error::Missing(format!("the dump has no rows of table {}", self.table)))
    }

    /// The part's bytes where the block begins.
    fn open(&self, part: &Part, reading: &mut Option<(usize, Stream)>) -> Result<Stream, Error> {
        if let Some((number, mut stream)) = reading.take()
            && number == self.block.part
            && stream.position() <= self.block.offset
        {
            let there = stream.advance(self.block.offset);
            if there.map_err(|e| io_error(&part.path, e))? {
                return Ok(stream);
            }
        }
        part.open(self.block.offset, 1 << 18, &self.source.interrupt)
    }

    fn fault(&self, line: u64, cause: impl Into<String>) -> Error {
        match self.part() {
            Ok(part) => part.fault(line, cause),
            Err(error) => error,
        }
    }

    fn changed(&self) -> Error {
        self.fault(
            self.block.line,
            format!(
                "the file has changed since it was first read, before the rows of table {} were read; start again",
                self.table
            ),
        )
    }

    fn check_unchanged(&self, part: &Part) -> Result<(), Error> {
        match part.is_unchanged()? {
            true => Ok(()),
            false => Err(self.changed()),
        }
    }

    /// Columns of the block's rows.
    fn names(&self) -> Result<Vec<String>, Error> {
        if let Some(columns) = &self.block.columns {
            return Ok(columns.clone());
        }
        let table = self.source.schema.table(self.table).ok_or_else(|| {
            self.fault(
                self.block.line,
                format!(
                    "the rows of table {} name no columns, and the dump does not create the table; dump with the schema, or \
                     without --inserts",
                    self.table
                ),
            )
        })?;
        // COPY leaves computed columns out; INSERT says DEFAULT for them.
        let copied = matches!(self.block.form, Form::Copy { .. });
        let columns = table
            .columns
            .iter()
            .filter(|c| !copied || c.generated.is_none());
        Ok(columns.map(|c| c.name.clone()).collect())
    }

    /// Places of the wanted columns in the block's rows.
    fn places(&self, names: &[String], wanted: &[String]) -> Result<Vec<usize>, Error> {
        let find = |column: &String| {
            names.iter().position(|n| n == column).ok_or_else(|| {
                let generated = self
                    .source
                    .schema
                    .table(self.table)
                    .and_then(|t| t.column(column))
                    .is_some_and(|c| c.generated.is_some());
                let why = if generated {
                    "is generated, and pg_dump writes no values of generated columns"
                } else {
                    "is not in the dump; compare its schema with the history's"
                };
                Error::Missing(format!("column {column} of table {} {why}", self.table))
            })
        };
        wanted.iter().map(find).collect()
    }

    fn copy(
        &self,
        reader: &mut Stream,
        mut decoder: TextDecoder,
        carriage_returns: bool,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let path = &self.part()?.path;
        // A row that did not end in the buffer where it began.
        let mut begun: Vec<u8> = Vec::new();
        loop {
            let buffer = reader.fill_buf().map_err(|e| io_error(path, e))?;
            let length = buffer.len();
            let mut at = 0;
            while let Some(end) = memchr(b'\n', buffer.get(at..).unwrap_or_default()) {
                let piece = buffer.get(at..at + end).unwrap_or_default();
                at += end + 1;
                let done = if begun.is_empty() {
                    self.line(piece, &mut decoder, carriage_returns, row)?
                } else {
                    begun.extend_from_slice(piece);
                    let done = self.own_line(&mut begun, &mut decoder, carriage_returns, row)?;
                    begun.clear();
                    begun.shrink_to(KEPT);
                    done
                };
                if done {
                    reader.consume(at);
                    return Ok(decoder.rows());
                }
            }
            if length == 0 {
                return Err(self.changed());
            }
            begun.extend_from_slice(buffer.get(at..).unwrap_or_default());
            reader.consume(length);
        }
    }

    /// Reads one line; true at the end mark.
    fn line(
        &self,
        line: &[u8],
        decoder: &mut TextDecoder,
        carriage_returns: bool,
        row: &mut RowFn<'_>,
    ) -> Result<bool, Error> {
        if is_mark(line) {
            return Ok(true);
        }
        let line = match line.strip_suffix(b"\r") {
            Some(line) if carriage_returns => line,
            _ => line,
        };
        decoder.line(line, row).map_err(|e| self.located(e))?;
        Ok(false)
    }

    /// The same of a line that is nobody else's.
    fn own_line(
        &self,
        line: &mut Vec<u8>,
        decoder: &mut TextDecoder,
        carriage_returns: bool,
        row: &mut RowFn<'_>,
    ) -> Result<bool, Error> {
        if is_mark(line) {
            return Ok(true);
        }
        if carriage_returns && line.ends_with(b"\r") {
            line.pop();
        }
        decoder.own_line(line, row).map_err(|e| self.located(e))?;
        Ok(false)
    }

    /// A fault of a row, with its line in the file.
    fn located(&self, error: Error) -> Error {
        match error {
            Error::Copy { table, row, cause } => self.fault(
                self.block.line + row - 1,
                format!("row {row} of table {table}: {cause}"),
            ),
            other => other,
        }
    }

    fn inserts(
        &self,
        reader: &mut Stream,
        end: u64,
        escapes: bool,
        (count, places): (usize, &[usize]),
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let path = &self.part()?.path;
        let mut scanner = Scanner::new(reader, self.block.offset, self.block.line);
        scanner.plain_escapes = escapes;
        let mut rows = 0;
        loop {
            let item = scanner.next().map_err(|e| io_error(path, e))?;
            let statement = match item {
                Item::Statement(statement) => statement,
                Item::Comment { .. } | Item::Command { .. } => continue,
                Item::End { .. } => return Ok(rows),
            };
            if statement.offset >= end {
                return Ok(rows);
            }
            let line = statement.line;
            let text = String::from_utf8(statement.text).map_err(|_| self.changed())?;
            let insert =
                statement::insert(&text, escapes).map_err(|cause| self.fault(line, cause))?;
            for values in &insert.rows {
                if values.len() != count {
                    return Err(self.fault(
                        line,
                        format!(
                            "row {} of table {}: it has {} values for {count} columns",
                            rows + 1,
                            self.table,
                            values.len()
                        ),
                    ));
                }
                row(&self.cells(values, places)?).map_err(Error::Consumer)?;
                rows += 1;
            }
        }
    }

    fn cells<'v>(&self, values: &'v [Literal], places: &[usize]) -> Result<Vec<Cell<'v>>, Error> {
        let cell = |place: &usize| match values.get(*place) {
            Some(Literal::Text(text)) => Ok(Cell::Text(text)),
            None | Some(Literal::Null) => Ok(Cell::Null),
            Some(Literal::Default) => Err(Error::Missing(format!(
                "a column of table {} is generated, and pg_dump writes no values of generated columns",
                self.table
            ))),
        };
        places.iter().map(cell).collect()
    }
}
