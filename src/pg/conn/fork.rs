//! More connections on the snapshot of a live source, and the parts of a table that they read.

use std::sync::Arc;

use indexmap::IndexMap;
use postgres::Client;

use super::connect::{Way, query_error};
use super::live::interrupted;
use super::options::ConnectOptions;
use super::statement::copy_statement;
use super::wire::{Cutters, Fault, Wire};
use crate::interrupt::Interrupt;
use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::copy::{CopyFormat, Decoder};
use crate::pg::schema::Schema;
use crate::pg::source::{Part, RowFn, SequenceState, Source, TableSize};

/// Moves the rows that a statement gives through the decoder. The wire comes back where it is still of use.
pub(super) fn stream(
    mut wire: Box<Wire>,
    interrupt: &Interrupt,
    table: &QualName,
    sql: &str,
    mut decoder: Decoder,
    row: &mut RowFn<'_>,
) -> (Option<Box<Wire>>, Result<u64, Error>) {
    let error = match wire.copy_out(sql, &mut decoder, interrupt, row) {
        Ok(()) => return (Some(wire), decoder.finish()),
        Err(Fault::Ours(error)) => error,
        Err(Fault::Server(cause)) => interrupted(interrupt).unwrap_or_else(|| Error::Query {
            doing: format!("reading table {table}, after {} rows", decoder.rows()),
            cause,
        }),
    };
    (None, Err(error))
}

/// Tables that can be read by ranges of their blocks, with the number of these.
pub(super) struct Heaps {
    block_size: u64,
    blocks: IndexMap<QualName, u64>,
}

impl Heaps {
    /// Asks the server. Before PostgreSQL 14 every range would be a pass over the whole table.
    pub fn ask(client: &mut Client, version: i32) -> Result<Self, Error> {
        const RANGES: i32 = 140_000;
        const SQL: &str = "SELECT n.nspname::text, c.relname::text, \
            pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint, \
            pg_catalog.current_setting('block_size')::bigint \
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_am a ON a.oid = c.relam \
            WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND a.amname = 'heap' \
              AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";
        let mut heaps = Self {
            block_size: 8192,
            blocks: IndexMap::new(),
        };
        if version < RANGES {
            return Ok(heaps);
        }
        let rows = client
            .query(SQL, &[])
            .map_err(|e| query_error("asking for the blocks of the tables", &e))?;
        for row in &rows {
            let (schema, name): (String, String) = (row.get(0), row.get(1));
            let (blocks, size): (Option<i64>, i64) = (row.get(2), row.get(3));
            heaps.block_size = u64::try_from(size).unwrap_or(8192).max(1);
            let blocks = u64::try_from(blocks.unwrap_or(0)).unwrap_or(0);
            let name = QualName::qualified(Some(&schema), name);
            heaps.blocks.insert(name, blocks);
        }
        Ok(heaps)
    }

    /// Ranges of about so many bytes. The last one is open: a table may have grown since it was measured.
    pub fn parts(&self, table: &QualName, bytes: u64) -> Vec<Part> {
        let Some(blocks) = self.blocks.get(table).copied() else {
            return Vec::new();
        };
        let step = (bytes / self.block_size).max(1);
        let block = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let count = (blocks / step).max(1);
        (0..count)
            .map(|n| Part {
                from: block(n * step),
                below: (n + 1 < count).then(|| block((n + 1) * step)),
            })
            .collect()
    }
}

/// One more connection on the snapshot of a [`LiveSource`](super::LiveSource), which must be kept while this one is used.
pub(super) struct Fork {
    pub described: String,
    pub options: Arc<ConnectOptions>,
    pub way: Way,
    pub interrupt: Interrupt,
    pub version: String,
    pub version_number: i32,
    pub cutters: Cutters,
    pub snapshot: String,
    pub wire: Option<Box<Wire>>,
    pub schema: Arc<Schema>,
    pub alembic: Option<Vec<String>>,
    pub sequences: IndexMap<QualName, SequenceState>,
    pub sizes: Arc<IndexMap<QualName, TableSize>>,
    pub conditions: IndexMap<QualName, String>,
}

impl Fork {
    /// With its connection.
    pub fn connected(mut self) -> Result<Self, Error> {
        self.wire = Some(self.open()?);
        Ok(self)
    }

    fn open(&self) -> Result<Box<Wire>, Error> {
        let (options, snapshot) = (&self.options, &self.snapshot);
        let version = self.version_number;
        match Wire::open(options, self.way, snapshot, version, &self.cutters) {
            Ok(wire) => Ok(Box::new(wire)),
            Err(Fault::Ours(error)) => Err(error),
            Err(Fault::Server(cause)) => {
                Err(
                    interrupted(&self.interrupt).unwrap_or_else(|| Error::Query {
                        doing: format!("{options}: one more connection on the snapshot"),
                        cause,
                    }),
                )
            }
        }
    }
}

impl Drop for Fork {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            wire.close();
        }
    }
}

impl Source for Fork {
    fn describe(&self) -> String {
        self.described.clone()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn server_version(&self) -> Option<String> {
        Some(self.version.clone())
    }

    fn alembic_versions(&self) -> Option<Vec<String>> {
        self.alembic.clone()
    }

    fn sequence_state(&self, name: &QualName) -> Option<SequenceState> {
        self.sequences.get(name).copied()
    }

    fn table_size(&self, table: &QualName) -> Option<TableSize> {
        self.sizes.get(table).copied()
    }

    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        self.read_part(table, columns, format, None, row)
    }

    fn read_part(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        part: Option<&Part>,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        if let Some(error) = interrupted(&self.interrupt) {
            return Err(error);
        }
        let condition = self.conditions.get(table).map(String::as_str);
        let (sql, decoder) = copy_statement(&self.schema, table, columns, format, condition, part)?;
        let wire = match self.wire.take() {
            Some(wire) => wire,
            None => self.open()?,
        };
        let (wire, read) = stream(wire, &self.interrupt, table, &sql, decoder, row);
        self.wire = wire;
        read
    }

    fn snapshot(&self) -> Option<&str> {
        Some(&self.snapshot)
    }
}
