//! Dumps of `pg_dump` as a source, in bounded memory: plain ones, archives in custom, directory and tar format, and what
//! `pg_dump` compresses them with.
//!
//! A dump is read once from end to end: its statements become a schema through `pg::replay`, its blocks of rows are noted
//! by their place. Reading a table then goes to its blocks. A dump that is cut off or damaged is refused with the place.

mod archive;
mod codec;
mod kind;
mod load;
mod part;
mod rows;
mod scan;
mod settle;
mod statement;
mod stream;
mod tar;
mod toc;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::Error;
use super::copy::CopyFormat;
use super::schema::{Schema, TableKind};
use super::source::{RowFn, SequenceState, Source, TableSize};
use crate::diag::Diagnostics;
use crate::interrupt::Interrupt;
use crate::ir::QualName;
use kind::Kind;
use load::Loader;
use part::Part;
use stream::Stream;

/// Where rows of a table stand.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    /// Number of the part.
    part: usize,
    form: Form,
    /// Columns as the dump names them; `None` is the table's own, in their order.
    columns: Option<Vec<String>>,
    /// Place of the first byte in the part.
    offset: u64,
    /// Line of the first byte in the part.
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

/// A dump.
#[derive(Debug)]
pub struct DumpSource {
    path: PathBuf,
    interrupt: Interrupt,
    parts: Vec<Part>,
    /// The compressed part that was read last, where reading has come to in it: the next block often follows.
    reading: Option<(usize, Stream)>,
    schema: Schema,
    diagnostics: Diagnostics,
    version: Option<String>,
    alembic: Option<Vec<String>>,
    sequences: IndexMap<QualName, SequenceState>,
    blocks: IndexMap<QualName, Vec<Block>>,
    large_objects: u64,
}

impl DumpSource {
    /// Reads the whole dump once: its statements into a schema, its blocks of rows as places. It may be a plain dump, also
    /// compressed, an archive in custom or tar format, or the folder of one in directory format; its content tells.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Dump`] with the line, or [`Error::Archive`] with the place, when it is truncated, damaged, of
    /// another kind or no dump at all; [`Error::Interrupted`].
    pub fn open(path: &Path, interrupt: &Interrupt) -> Result<Self, Error> {
        let loaded = Self::load(path, interrupt);
        loaded.map_err(|error| match interrupt.is_raised() {
            true => Error::Interrupted,
            false => error,
        })
    }

    fn load(path: &Path, interrupt: &Interrupt) -> Result<Self, Error> {
        let mut loader = Loader::new(path, interrupt);
        match kind::recognise(path, interrupt)? {
            Kind::Plain(part) => loader.plain(part)?,
            Kind::Custom(part) => archive::custom(&mut loader, &part)?,
            Kind::Directory(part) => archive::directory(&mut loader, path, &part)?,
            Kind::Tar(part) => archive::tar(&mut loader, &part)?,
        }
        Ok(loader.finish())
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

    fn large_objects(&self) -> u64 {
        self.large_objects
    }

    fn without_rows(&self) -> Vec<QualName> {
        let mut blocks = self.blocks.values().flatten();
        // COPY has a block for an empty table, too; INSERT has none.
        let told = |block: &Block| matches!(block.form, Form::Copy { .. });
        if !self.blocks.is_empty() && !blocks.any(told) {
            return Vec::new();
        }
        let has_partitions = |of: &QualName| {
            let mut tables = self.schema.tables.values();
            tables.any(|t| t.partition_of.as_ref().is_some_and(|(p, _)| p == of))
        };
        let tables = self.schema.tables.iter().filter(|(name, table)| {
            let holds = match table.kind {
                TableKind::Table => true,
                TableKind::Partitioned => has_partitions(name),
                TableKind::Foreign => false,
            };
            // The rows of a partition may stand with its parent.
            holds && table.partition_of.is_none() && self.blocks_of(name).is_empty()
        });
        tables.map(|(name, _)| name.clone()).collect()
    }

    fn place(&self, table: &QualName) -> Option<u64> {
        let blocks = self.blocks_of(table);
        let packed = |block: &Block| {
            let part = self.parts.get(block.part);
            part.is_some_and(|part| part.label.is_none() && part.codec != codec::Codec::None)
        };
        let packed = blocks.iter().filter(|(_, block)| packed(block));
        packed.map(|(_, block)| block.offset).min()
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
        let mut reading = self.reading.take();
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
            .run(columns, &mut reading, row)?;
        }
        self.reading = reading;
        Ok(rows)
    }
}
