//! Plain dumps of `pg_dump` as a source, in bounded memory.
//!
//! The file is read once from end to end: its statements become a schema through `pg::replay`, its blocks of rows are noted
//! by their place. Reading a table then goes to its blocks. A dump that is cut off or damaged is refused with the line.

mod kind;
mod rows;
mod scan;
mod settle;
mod statement;

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use indexmap::IndexMap;

use super::Error;
use super::copy::CopyFormat;
use super::replay::Replay;
use super::schema::{Schema, TableKind};
use super::source::{RowFn, SequenceState, Source, TableSize};
use crate::diag::{Diagnostics, Origin, Place};
use crate::interrupt::Interrupt;
use crate::ir::QualName;
use scan::{Item, Scanner, Statement, Watch};
use statement::{Kind, Literal};

/// Where rows of a table stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    form: Form,
    /// Columns as the dump names them; `None` is the table's own, in their order.
    columns: Option<Vec<String>>,
    /// Place of the first byte.
    offset: u64,
    /// Line of the first byte.
    line: u64,
    rows: u64,
    bytes: u64,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// COPY in text format.
    Copy {
        /// Lines end with a carriage return and a line feed.
        carriage_returns: bool,
    },
    /// `INSERT` statements up to this place.
    Inserts {
        end: u64,
        /// Backslashes escape in plain strings.
        escapes: bool,
    },
}

/// What tells that a file is still the one that was read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// A plain dump.
#[derive(Debug)]
pub struct DumpSource {
    path: PathBuf,
    interrupt: Interrupt,
    stamp: Stamp,
    schema: Schema,
    diagnostics: Diagnostics,
    version: Option<String>,
    alembic: Option<Vec<String>>,
    sequences: IndexMap<QualName, SequenceState>,
    blocks: IndexMap<QualName, Vec<Block>>,
}

impl DumpSource {
    /// Reads the whole file once: its statements into a schema, its blocks of rows as places.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Dump`] with the line when it is truncated, damaged, of another kind or no dump at all;
    /// [`Error::Interrupted`].
    pub fn open(path: &Path, interrupt: &Interrupt) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(|cause| io_error(path, cause))?;
        let stamp = Stamp::of(&file.metadata().map_err(|cause| io_error(path, cause))?);
        kind::check(path, &mut file)?;
        let reader = BufReader::with_capacity(1 << 20, Watched { file, interrupt });
        let mut loader = Loader {
            path,
            shown: path.display().to_string(),
            scanner: Scanner::new(reader, 0, 1),
            replay: Replay::new(),
            header: false,
            trailer: false,
            version: None,
            alembic: None,
            sequences: IndexMap::new(),
            blocks: IndexMap::new(),
            attach: Vec::new(),
            inserts: None,
        };
        loader.run().map_err(|error| {
            if interrupt.is_raised() {
                Error::Interrupted
            } else {
                error
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            interrupt: interrupt.clone(),
            stamp,
            schema: loader.replay.schema,
            diagnostics: loader.replay.diagnostics,
            version: loader.version,
            alembic: loader.alembic,
            sequences: loader.sequences,
            blocks: loader.blocks,
        })
    }

    /// What was not understood of its statements.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Blocks that hold a table's rows: its own, and for a partitioned table those of its partitions.
    fn blocks_of(&self, table: &QualName) -> Vec<(&QualName, &Block)> {
        let mut found: Vec<(&QualName, &Block)> = self
            .blocks
            .get_key_value(table)
            .map(|(name, blocks)| blocks.iter().map(move |b| (name, b)).collect())
            .unwrap_or_default();
        let partitioned = |t: &super::schema::Table| t.kind == TableKind::Partitioned;
        if self.schema.table(table).is_some_and(partitioned) {
            for (name, partition) in &self.schema.tables {
                if partition
                    .partition_of
                    .as_ref()
                    .is_some_and(|(p, _)| p == table)
                {
                    found.extend(self.blocks_of(name));
                }
            }
        }
        found
    }
}

fn io_error(path: &Path, cause: io::Error) -> Error {
    Error::Io {
        path: path.display().to_string(),
        cause,
    }
}

/// A file that fails to be read once the interrupt is raised.
struct Watched<'a> {
    file: File,
    interrupt: &'a Interrupt,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupt.is_raised() {
            return Err(io::Error::other("interrupted"));
        }
        self.file.read(buffer)
    }
}

/// The first reading.
struct Loader<'a> {
    path: &'a Path,
    shown: String,
    scanner: Scanner<BufReader<Watched<'a>>>,
    replay: Replay,
    header: bool,
    trailer: bool,
    version: Option<String>,
    alembic: Option<Vec<String>>,
    sequences: IndexMap<QualName, SequenceState>,
    blocks: IndexMap<QualName, Vec<Block>>,
    /// `ATTACH PARTITION` statements, run last: before that, keys of parents (`ALTER TABLE ONLY`) do not reach partitions,
    /// which have statements of their own.
    attach: Vec<(String, u64)>,
    /// Table and columns of the INSERT statement before, whose block a like one continues.
    inserts: Option<(QualName, Option<Vec<String>>)>,
}

impl Loader<'_> {
    fn fault(&self, line: u64, cause: impl Into<String>) -> Error {
        Error::Dump {
            path: self.shown.clone(),
            line,
            cause: cause.into(),
        }
    }

    fn run(&mut self) -> Result<(), Error> {
        loop {
            match self.scanner.next().map_err(|e| io_error(self.path, e))? {
                Item::Comment { text } => self.comment(&text)?,
                Item::Command { line, text } => self.command(line, &text)?,
                Item::Statement(statement) => self.statement(statement)?,
                Item::End { inside } => return self.end(inside),
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
            Kind::Schema if statement::attaches_partition(&text) => self.attach.push((text, line)),
            Kind::Schema => self.schema_statement(&text, line),
        }
        Ok(())
    }

    fn schema_statement(&mut self, text: &str, line: u64) {
        let origin = Origin {
            place: Place {
                file: self.shown.clone(),
                line: u32::try_from(line).unwrap_or(u32::MAX),
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
            .map_err(|e| io_error(self.path, e))?;
        if !data.complete {
            return Err(self.fault(
                data.line + data.rows,
                format!(
                    "the dump is truncated: the rows of table {table}, which begin at line {}, have no end (`\\.`); make the \
                     dump again",
                    line + 1
                ),
            ));
        }
        if version_table {
            self.alembic.get_or_insert_default().extend(versions);
            return Ok(());
        }
        self.blocks.entry(table).or_default().push(Block {
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
        let blocks = self.blocks.entry(key.0.clone()).or_default();
        match blocks.last_mut() {
            Some(block) if self.inserts.as_ref() == Some(&key) => {
                block.form = Form::Inserts { end, escapes };
                block.rows += rows;
                block.bytes += bytes;
            }
            _ => blocks.push(Block {
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
        for (text, line) in std::mem::take(&mut self.attach) {
            self.schema_statement(&text, line);
        }
        self.replay
            .schema
            .tables
            .retain(|name, _| !is_version_table(name));
        settle::settle(&mut self.replay.schema);
        Ok(())
    }
}

/// Alembic's own table, under its default name.
fn is_version_table(name: &QualName) -> bool {
    name.name == "alembic_version"
}

impl Source for DumpSource {
    fn describe(&self) -> String {
        match &self.version {
            Some(version) => format!("dump {} of PostgreSQL {version}", self.path.display()),
            None => format!("dump {}", self.path.display()),
        }
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn server_version(&self) -> Option<String> {
        self.version.clone()
    }

    fn alembic_versions(&self) -> Option<Vec<String>> {
        self.alembic.clone()
    }

    fn sequence_state(&self, name: &QualName) -> Option<SequenceState> {
        self.sequences.get(name).copied()
    }

    fn table_size(&self, table: &QualName) -> Option<TableSize> {
        let blocks = self.blocks_of(table);
        if blocks.is_empty() && self.schema.table(table).is_none() {
            return None;
        }
        Some(TableSize {
            rows: blocks.iter().map(|(_, b)| b.rows).sum(),
            bytes: blocks.iter().map(|(_, b)| b.bytes).sum(),
            exact: true,
        })
    }

    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        _format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let blocks = self.blocks_of(table);
        if blocks.is_empty() && self.schema.table(table).is_none() {
            return Err(Error::Missing(format!(
                "the dump has no table {table}; compare its schema with the history's"
            )));
        }
        let mut rows = 0;
        for (name, block) in blocks {
            rows += rows::Reading {
                source: self,
                table: name,
                block,
            }
            .run(columns, row)?;
        }
        Ok(rows)
    }
}
