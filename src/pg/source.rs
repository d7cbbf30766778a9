//! What the port and the verification read from: a live snapshot or a dump, behind one trait.

use indexmap::IndexMap;

use super::Error;
use super::copy::{Cell, CopyFormat};
use super::schema::Schema;
use crate::ir::QualName;

/// What receives rows. An error ends the reading and comes back as [`Error::Consumer`].
pub type RowFn<'a> =
    dyn FnMut(&[Cell<'_>]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 'a;

/// State of a sequence: what `nextval` would give next follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceState {
    /// `last_value`.
    pub last_value: i64,
    /// `is_called`: `last_value` was given out already.
    pub is_called: bool,
}

/// How much a table holds, for progress and disk space; exact only where `exact` says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableSize {
    /// Rows.
    pub rows: u64,
    /// Bytes on the source's disk (heap and TOAST, or text of the dump).
    pub bytes: u64,
    /// `rows` was counted rather than estimated.
    pub exact: bool,
}

/// Another session of the source's database (`pg_stat_activity`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Process id of its backend.
    pub pid: i32,
    /// User; empty when it may not be seen.
    pub user: String,
    /// `application_name`.
    pub application: String,
    /// Address of the client; `None` for a unix socket or when it may not be seen.
    pub client: Option<String>,
    /// `active`, `idle`, `idle in transaction` ..; `None` when it may not be seen (it needs the role `pg_read_all_stats`).
    pub state: Option<String>,
    /// It has a transaction that has written.
    pub writing: bool,
}

/// What tells whether tables were written to between two moments: compare two of them with
/// [`WriteCounters::written_since`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteCounters {
    /// Which transactions of the whole server have ended (`txid_current_snapshot()`). When it is the same, nothing was written at all.
    pub transactions: String,
    /// Rows inserted, updated and deleted since the statistics began, by table. Backends report them late (up to 10
    /// seconds after), and TRUNCATE does not count.
    pub tables: IndexMap<QualName, u64>,
}

/// What two [`WriteCounters`] prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Nothing was written: no transaction that could have written has ended, or the rows are the same by their digests.
    Nothing,
    /// These tables were written to.
    Tables(Vec<QualName>),
    /// Other transactions ran on the server; no counter of a table has moved, which proves nothing.
    Unproven,
}

impl WriteCounters {
    /// What was written since an earlier moment, as far as the counters tell.
    pub fn written_since(&self, earlier: &WriteCounters) -> Written {
        if self.transactions == earlier.transactions {
            return Written::Nothing;
        }
        let moved: Vec<QualName> = self
            .tables
            .iter()
            .filter(|(name, count)| earlier.tables.get(*name) != Some(*count))
            .map(|(name, _)| name.clone())
            .collect();
        if moved.is_empty() {
            Written::Unproven
        } else {
            Written::Tables(moved)
        }
    }
}

/// A part of a table: a range of its blocks on the source's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its first block.
    pub from: u32,
    /// The block after its last one; `None` when it goes to the end of the table.
    pub below: Option<u32>,
}

/// A database that rows are read from, all from one snapshot.
pub trait Source: Send {
    /// What it is, for people: never with a password.
    fn describe(&self) -> String;
    /// Its schema.
    fn schema(&self) -> &Schema;
    /// PostgreSQL's version as it tells it (`15.18`), where it is known.
    fn server_version(&self) -> Option<String>;
    /// Rows of Alembic's version table; `None` when there is no such table.
    fn alembic_versions(&self) -> Option<Vec<String>>;
    /// State of a sequence.
    fn sequence_state(&self, name: &QualName) -> Option<SequenceState>;
    /// Size of a table; `None` when the source does not have the table.
    fn table_size(&self, table: &QualName) -> Option<TableSize>;
    /// Hands the rows of a table to `row`, with just these columns in this order, and returns how many there were.
    /// Rows come in the source's own order.
    ///
    /// # Errors
    /// The source cannot be read to the end, is damaged, or `row` failed.
    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error>;
    /// One more reader of the same rows, with a connection of its own on the same snapshot, as the source is now; `None` where it
    /// has only one. It is of use for [`Source::read`] and [`Source::read_part`], and only as long as this one lives.
    ///
    /// # Errors
    /// The server gives no further connection.
    fn fork(&mut self) -> Result<Option<Box<dyn Source>>, Error> {
        Ok(None)
    }

    /// Parts of a table of about so many bytes, which give, one after the other, just the rows that [`Source::read`] gives and in the
    /// same order; none where it can only be read as a whole.
    ///
    /// # Errors
    /// The server cannot be asked.
    fn parts(&mut self, _table: &QualName, _bytes: u64) -> Result<Vec<Part>, Error> {
        Ok(Vec::new())
    }

    /// As [`Source::read`], of a part of the table.
    ///
    /// # Errors
    /// As [`Source::read`]; the source has no parts.
    fn read_part(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        part: Option<&Part>,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        match part {
            None => self.read(table, columns, format, row),
            Some(_) => Err(Error::Config(format!(
                "table {table} of this source cannot be read in parts"
            ))),
        }
    }

    /// Gives from now on only those rows of a table that meet a condition in SQL.
    ///
    /// # Errors
    /// The source has nobody to evaluate it, or the server refuses it.
    fn restrict(&mut self, table: &QualName, condition: &str) -> Result<(), Error> {
        let _ = condition;
        Err(Error::Config(format!(
            "--where {table}: a dump cannot evaluate conditions; take a live source, or load the dump into a server"
        )))
    }

    /// How many large objects (`pg_largeobject`) the source holds; 1 where it holds some and does not tell how many. They are rows of
    /// no table and are not carried over.
    fn large_objects(&self) -> u64 {
        0
    }

    /// Tables whose rows it was made without: a dump can hold the schema alone, or leave out the data of tables
    /// (`pg_dump --schema-only`, `--exclude-table-data`).
    fn without_rows(&self) -> Vec<QualName> {
        Vec::new()
    }

    /// Where a table's rows begin, if tables that are read in this order are read in one pass: a compressed dump has to be unpacked
    /// from its beginning for every step back.
    fn place(&self, _table: &QualName) -> Option<u64> {
        None
    }

    /// Why its rows may break constraints that the schema calls valid; `None` where a server enforced them on just these rows.
    fn loose(&self) -> Option<&'static str> {
        None
    }

    /// Identifier of the snapshot that all rows come from, where other sessions can share it
    /// (`SET TRANSACTION SNAPSHOT`).
    fn snapshot(&self) -> Option<&str> {
        None
    }

    /// Other sessions connected to the database now; `None` when the source is no server.
    ///
    /// # Errors
    /// The server does not answer.
    fn sessions(&mut self) -> Result<Option<Vec<Session>>, Error> {
        Ok(None)
    }

    /// Counters of writes when the snapshot was taken; `None` when the source is no server.
    fn snapshot_counters(&self) -> Option<&WriteCounters> {
        None
    }

    /// Counters of writes, as they are now rather than in the snapshot; `None` when the source is no server.
    ///
    /// # Errors
    /// The server does not answer.
    fn write_counters(&mut self) -> Result<Option<WriteCounters>, Error> {
        Ok(None)
    }
}
