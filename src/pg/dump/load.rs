//! The first reading of a dump: statements become a schema, rows are noted by their place.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::part::Part;
use super::scan::{Item, Scanner, Statement, Watch};
use super::statement::{self, Kind, Literal};
use super::stream::{Stream, io_error};
use super::{Block, DumpSource, Form, settle};
use crate::diag::{Origin, Place};
use crate::interrupt::Interrupt;
use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::replay::Replay;
use crate::pg::source::SequenceState;

/// Bytes that are read at once.
const CAPACITY: usize = 1 << 20;

/// The first reading.
pub(super) struct Loader<'a> {
    /// The dump as it was named.
    dump: PathBuf,
    interrupt: &'a Interrupt,
    /// File that is read.
    path: PathBuf,
    /// What of an archive is read; `None` for text whose lines are places.
    label: Option<String>,
    scanner: Scanner<Stream>,
    parts: Vec<Part>,
    replay: Replay,
    header: bool,
    trailer: bool,
    version: Option<String>,
    alembic: Option<Vec<String>>,
    sequences: IndexMap<QualName, SequenceState>,
    blocks: IndexMap<QualName, Vec<Block>>,
    large_objects: u64,
    /// `ATTACH PARTITION` statements, run last: before that, keys of parents (`ALTER TABLE ONLY`) do not reach partitions,
    /// which have statements of their own.
    attach: Vec<(String, u64)>,
    /// Table and columns of the INSERT statement before, whose block a like one continues.
    inserts: Option<(QualName, Option<Vec<String>>)>,
}

impl<'a> Loader<'a> {
    /// A reading of the dump of this name.
    pub fn new(dump: &Path, interrupt: &'a Interrupt) -> Self {
        Self {
            dump: dump.to_owned(),
            interrupt,
            path: dump.to_owned(),
            label: None,
            scanner: Scanner::new(Stream::text(Vec::new()), 0, 1),
            parts: Vec::new(),
            replay: Replay::new(),
            header: false,
            trailer: false,
            version: None,
            alembic: None,
            sequences: IndexMap::new(),
            blocks: IndexMap::new(),
            large_objects: 0,
            attach: Vec::new(),
            inserts: None,
        }
    }

    /// What ends the reading when it is interrupted.
    pub fn interrupt(&self) -> &'a Interrupt {
        self.interrupt
    }

    /// Reads a plain dump.
    pub fn plain(&mut self, part: Part) -> Result<(), Error> {
        self.enter(part)?;
        let inside = self.run()?;
        self.end(inside)
    }

    /// Says that an archive is read, of a server of this version.
    pub fn archive(&mut self, server: &str) {
        self.header = true;
        let version = server.split(' ').next().unwrap_or_default();
        self.version = (!version.is_empty()).then(|| version.to_owned());
    }

    /// Says how many large objects the archive has.
    pub fn large_objects(&mut self, count: u64) {
        self.large_objects = count;
    }

    /// Reads the statements of an archive's entry.
    pub fn definition(&mut self, label: String, text: &[u8]) -> Result<(), Error> {
        self.path = self.dump.clone();
        self.label = Some(label);
        self.begin(Stream::text(text.to_vec()));
        match self.run()? {
            None => Ok(()),
            Some(_) => Err(self.fault(
                1,
                "the archive is damaged: a statement has no end; make the dump again",
            )),
        }
    }

    /// Reads the data of an archive's entry; `copy` is its COPY statement, empty where the data is statements. Returns the
    /// byte behind it.
    pub fn data(&mut self, part: Part, copy: &[u8]) -> Result<u64, Error> {
        self.enter(part)?;
        self.inserts = None;
        let statement = String::from_utf8_lossy(copy);
        let statement = statement.trim();
        if statement.is_empty() {
            if self.run()?.is_some() {
                return Err(self.fault(
                    1,
                    "the data is truncated: a statement has no end; make the dump again",
                ));
            }
        } else {
            let statement = statement.strip_suffix(';').unwrap_or(statement);
            match statement::classify(statement).map_err(|cause| self.fault(1, cause))? {
                Kind::Copy(table, columns) => self.copy(table, columns, 0)?,
                _ => {
                    return Err(self.fault(
                        1,
                        "the archive is damaged: its data has no COPY statement; make the dump again",
                    ));
                }
            }
            let blank = self.scanner.drain().map_err(|e| io_error(&self.path, e))?;
            if !blank {
                return Err(self.fault(
                    1,
                    "the archive is damaged: something follows the end of the rows; make the dump again",
                ));
            }
        }
        Ok(self.scanner.reader().byte())
    }

    /// Begins to read a part.
    fn enter(&mut self, part: Part) -> Result<(), Error> {
        self.path.clone_from(&part.path);
        self.label.clone_from(&part.label);
        let stream = part.open(0, CAPACITY, self.interrupt)?;
        self.begin(stream);
        self.parts.push(part);
        Ok(())
    }

    fn begin(&mut self, stream: Stream) {
        let escapes = self.scanner.plain_escapes;
        self.scanner = Scanner::new(stream, 0, 1);
        self.scanner.plain_escapes = escapes;
    }

    fn fault(&self, line: u64, cause: impl Into<String>) -> Error {
        let path = self.path.display().to_string();
        let cause = cause.into();
        match &self.label {
            None => Error::Dump { path, line, cause },
            Some(place) => Error::Archive {
                path,
                place: place.clone(),
                cause,
            },
        }
    }

    /// Number of the part that is read.
    fn part(&self) -> usize {
        self.parts.len().saturating_sub(1)
    }

    /// Reads to the end of the text. Gives the line of a statement that has no end.
    fn run(&mut self) -> Result<Option<u64>, Error> {
        loop {
            match self.scanner.next().map_err(|e| io_error(&self.path, e))? {
                Item::Comment { text } => self.comment(&text)?,
                Item::Command { line, text } => self.command(line, &text)?,
                Item::Statement(statement) => self.statement(statement)?,
                Item::End { inside } => return Ok(inside),
            }
        }
    }

    /// Comments tell where a dump begins and ends, and which version it is of.
    fn comment(&mut self, text: &str) -> Result<(), Error> {
        if text == "-- PostgreSQL database cluster dump" {
            return Err(self.fault(
                self.scanner.line(),
                "this is a dump of a whole server by pg_dumpall; make a dump of the one database with pg_dump",
            ));
        }
        if text == "-- PostgreSQL database dump" {
            self.header = true;
            self.trailer = false;
        } else if text == "-- PostgreSQL database dump complete" {
            self.trailer = true;
        } else if let Some(version) = text.strip_prefix("-- Dumped from database version ") {
            self.version = version.split(' ').next().map(str::to_owned);
        }
        Ok(())
    }

    /// Commands of psql that `pg_dump` writes.
    fn command(&self, line: u64, text: &str) -> Result<(), Error> {
        let word = text.split_whitespace().next().unwrap_or_default();
        match word {
            "\\restrict" | "\\unrestrict" | "\\connect" | "\\c" => Ok(()),
            "\\." => Err(self.fault(line, "the end of COPY data stands here without a COPY before it")),
            _ => Err(self.fault(
                line,
                format!("`{word}` is a command of psql that pg_dump does not write; only dumps of pg_dump are read"),
            )),
        }
    }

    fn statement(&mut self, statement: Statement) -> Result<(), Error> {
        let Statement { text, line, offset } = statement;
        if !self.header {
            return Err(self.fault(
                line,
                "this is no dump of pg_dump: the line `-- PostgreSQL database dump` does not come first",
            ));
        }
        let text = String::from_utf8(text).map_err(|_| {
            self.fault(
                line,
                "a statement is not UTF-8; make the dump again with `pg_dump --encoding=UTF8`",
            )
        })?;
        let kind = statement::classify(&text).map_err(|cause| self.fault(line, cause))?;
        if kind != Kind::Insert {
            self.inserts = None;
        }
        match kind {
            Kind::Copy(table, columns) => self.copy(table, columns, line)?,
            Kind::Insert => self.insert(&text, line, offset)?,
            Kind::SetVal(name, last_value, is_called) => {
                let state = SequenceState {
                    last_value,
                    is_called,
                };
                self.sequences.insert(name, state);
            }
            Kind::Encoding(name) => {
                if !matches!(
                    name.to_ascii_uppercase().replace('-', "").as_str(),
                    "UTF8" | "UNICODE"
                ) {
                    return Err(self.fault(
                        line,
                        format!("the dump is in the encoding {name}; make it again with `pg_dump --encoding=UTF8`"),
                    ));
                }
            }
            Kind::ConformingStrings(on) => self.scanner.plain_escapes = !on,
            Kind::Ignored => {}
            Kind::LargeObject => self.large_objects += 1,
            Kind::Schema if statement::attaches_partition(&text) => self.attach.push((text, line)),
            Kind::Schema => self.schema_statement(&text, line),
        }
        Ok(())
    }

    fn schema_statement(&mut self, text: &str, line: u64) {
        let origin = Origin {
            place: Place {
                file: self.dump.display().to_string(),
                // An archive has no lines.
                line: match self.label {
                    None => u32::try_from(line).unwrap_or(u32::MAX),
                    Some(_) => 0,
                },
                ..Place::default()
            },
            ..Origin::default()
        };
        let mut words = text.split_whitespace().map(str::to_ascii_lowercase);
        let creates = words.next().is_some_and(|w| w == "create");
        if statement::created_table(text).is_some_and(|name| is_version_table(&name)) {
            self.alembic.get_or_insert_default();
        }
        // A function keeps its text: pg_get_functiondef() names it with its schema, too.
        let routine = creates
            && words
                .next()
                .is_some_and(|w| w == "function" || w == "procedure");
        if routine {
            self.replay.execute_script(text, &origin);
        } else {
            self.replay
                .execute_script(&statement::bare_public(text), &origin);
        }
    }

    fn copy(
        &mut self,
        table: QualName,
        columns: Option<Vec<String>>,
        line: u64,
    ) -> Result<(), Error> {
        let carriage_returns = self.scanner.line_ends_with_cr();
        let mut versions = Vec::new();
        let mut note = |row: &[u8]| versions.push(String::from_utf8_lossy(row).into_owned());
        let version_table = is_version_table(&table);
        let watch: Option<Watch<'_>> = if version_table { Some(&mut note) } else { None };
        let data = self
            .scanner
            .skip_data(watch)
            .map_err(|e| io_error(&self.path, e))?;
        if !data.complete {
            let begin = match self.label {
                None => format!(", which begin at line {},", line + 1),
                Some(_) => String::new(),
            };
            return Err(self.fault(
                data.line + data.rows,
                format!(
                    "the dump is truncated: the rows of table {table}{begin} have no end (`\\.`); make the dump again"
                ),
            ));
        }
        if version_table {
            self.alembic.get_or_insert_default().extend(versions);
            return Ok(());
        }
        let part = self.part();
        self.blocks.entry(table).or_default().push(Block {
            part,
            form: Form::Copy { carriage_returns },
            columns,
            offset: data.offset,
            line: data.line,
            rows: data.rows,
            bytes: data.bytes,
        });
        Ok(())
    }

    fn insert(&mut self, text: &str, line: u64, offset: u64) -> Result<(), Error> {
        let escapes = self.scanner.plain_escapes;
        let insert = statement::insert(text, escapes).map_err(|cause| self.fault(line, cause))?;
        if is_version_table(&insert.table) {
            let versions = insert
                .rows
                .iter()
                .flatten()
                .filter_map(|value| match value {
                    Literal::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
                    Literal::Null | Literal::Default => None,
                });
            self.alembic.get_or_insert_default().extend(versions);
            return Ok(());
        }
        let bytes = u64::try_from(text.len()).unwrap_or_default();
        let rows = u64::try_from(insert.rows.len()).unwrap_or_default();
        let end = offset + bytes + 1;
        let key = (insert.table, insert.columns);
        let part = self.part();
        let blocks = self.blocks.entry(key.0.clone()).or_default();
        match blocks.last_mut() {
            Some(block) if self.inserts.as_ref() == Some(&key) => {
                block.form = Form::Inserts { end, escapes };
                block.rows += rows;
                block.bytes += bytes;
            }
            _ => blocks.push(Block {
                part,
                form: Form::Inserts { end, escapes },
                columns: key.1.clone(),
                offset,
                line,
                rows,
                bytes,
            }),
        }
        self.inserts = Some(key);
        Ok(())
    }

    fn end(&mut self, inside: Option<u64>) -> Result<(), Error> {
        let line = self.scanner.line();
        if !self.header {
            return Err(self.fault(
                1,
                "this is no dump of pg_dump: the line `-- PostgreSQL database dump` is missing",
            ));
        }
        if let Some(begin) = inside {
            return Err(self.fault(
                begin,
                "the dump is truncated: the statement that begins here has no end; make the dump again",
            ));
        }
        if !self.trailer {
            return Err(self.fault(
                line,
                "the dump is truncated: its last line, `-- PostgreSQL database dump complete`, is missing; make the dump again",
            ));
        }
        Ok(())
    }

    /// The source, once everything was read.
    pub fn finish(mut self) -> DumpSource {
        self.label = None;
        for (text, line) in std::mem::take(&mut self.attach) {
            self.schema_statement(&text, line);
        }
        self.replay
            .schema
            .tables
            .retain(|name, _| !is_version_table(name));
        settle::settle(&mut self.replay.schema);
        DumpSource {
            path: self.dump,
            interrupt: self.interrupt.clone(),
            parts: self.parts,
            reading: None,
            schema: self.replay.schema,
            diagnostics: self.replay.diagnostics,
            version: self.version,
            alembic: self.alembic,
            sequences: self.sequences,
            blocks: self.blocks,
            large_objects: self.large_objects,
        }
    }
}

/// Alembic's own table, under its default name.
fn is_version_table(name: &QualName) -> bool {
    name.name == "alembic_version"
}
