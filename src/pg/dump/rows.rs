//! The second reading: the rows of one block.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};

use memchr::memchr;

use super::scan::{Item, Scanner, is_mark};
use super::statement::{self, Literal};
use super::{Block, DumpSource, Form, Stamp, Watched, io_error};
use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::copy::{Cell, TextDecoder};
use crate::pg::source::RowFn;

/// A block that is read.
pub(super) struct Reading<'a> {
    pub source: &'a DumpSource,
    pub table: &'a QualName,
    pub block: &'a Block,
}

impl Reading<'_> {
    /// Hands the block's rows on and returns their number.
    pub fn run(&self, columns: &[String], row: &mut RowFn<'_>) -> Result<u64, Error> {
        let names = self.names()?;
        let places = self.places(&names, columns)?;
        let interrupt = &self.source.interrupt;
        let path = &self.source.path;
        let mut file = File::open(path).map_err(|e| io_error(path, e))?;
        self.check_unchanged(&file)?;
        file.seek(SeekFrom::Start(self.block.offset))
            .map_err(|e| io_error(path, e))?;
        let mut reader = BufReader::with_capacity(1 << 18, Watched { file, interrupt });
        let result = match self.block.form {
            Form::Copy { carriage_returns } => {
                let decoder = TextDecoder::new(self.table.to_string(), names.len()).select(places);
                self.copy(&mut reader, decoder, carriage_returns, row)
            }
            Form::Inserts { end, escapes } => {
                self.inserts(&mut reader, end, escapes, (names.len(), &places), row)
            }
        };
        let rows = match result {
            Err(Error::Io { .. }) if interrupt.is_raised() => return Err(Error::Interrupted),
            other => other?,
        };
        self.check_unchanged(&reader.get_ref().file)?;
        if rows != self.block.rows {
            return Err(self.changed());
        }
        Ok(rows)
    }

    fn fault(&self, line: u64, cause: impl Into<String>) -> Error {
        Error::Dump {
            path: self.source.path.display().to_string(),
            line,
            cause: cause.into(),
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

    fn check_unchanged(&self, file: &File) -> Result<(), Error> {
        let metadata = file
            .metadata()
            .map_err(|e| io_error(&self.source.path, e))?;
        if Stamp::of(&metadata) == self.source.stamp {
            Ok(())
        } else {
            Err(self.changed())
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
        Ok(table.columns.iter().map(|c| c.name.clone()).collect())
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
        reader: &mut BufReader<Watched<'_>>,
        mut decoder: TextDecoder,
        carriage_returns: bool,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let path = &self.source.path;
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
                    let done = self.line(&begun, &mut decoder, carriage_returns, row)?;
                    begun.clear();
                    done
                };
                if done {
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
        decoder.line(line, row).map_err(|error| match error {
            Error::Copy { table, row, cause } => self.fault(
                self.block.line + row - 1,
                format!("row {row} of table {table}: {cause}"),
            ),
            other => other,
        })?;
        Ok(false)
    }

    fn inserts(
        &self,
        reader: &mut BufReader<Watched<'_>>,
        end: u64,
        escapes: bool,
        (count, places): (usize, &[usize]),
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let mut scanner = Scanner::new(reader, self.block.offset, self.block.line);
        scanner.plain_escapes = escapes;
        let mut rows = 0;
        loop {
            let item = scanner.next().map_err(|e| io_error(&self.source.path, e))?;
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
