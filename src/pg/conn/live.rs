//! The live source: one read-only snapshot of a server, its schema, and its rows by `COPY`.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use indexmap::IndexMap;
use postgres::Client;

use super::connect::{self, Canceller, Connection, query_error};
use super::fork::{Fork, Heaps, stream};
use super::options::ConnectOptions;
use super::session;
use super::statement::{copy_statement, quote_table};
use super::wire::{Cutters, Wire};
use crate::interrupt::Interrupt;
use crate::ir::QualName;
use crate::pg::copy::{CopyFormat, Decoder};
use crate::pg::schema::Schema;
use crate::pg::source::{Part, RowFn, SequenceState, Session, Source, TableSize, WriteCounters};
use crate::pg::{Error, inspect};

/// A live PostgreSQL server, read in one `REPEATABLE READ, READ ONLY` transaction.
pub struct LiveSource {
    connection: Connection,
    options: Arc<ConnectOptions>,
    interrupt: Interrupt,
    pid: i32,
    version: String,
    /// `server_version_num`.
    version_number: i32,
    reading: Reading,
    cutters: Cutters,
    snapshot: Option<String>,
    schema: Arc<Schema>,
    alembic: Option<Vec<String>>,
    sequences: IndexMap<QualName, SequenceState>,
    sizes: Arc<IndexMap<QualName, TableSize>>,
    /// Which tables can be read in parts; asked for once it is wanted.
    heaps: Option<Heaps>,
    large_objects: u64,
    counters: WriteCounters,
    /// Conditions that rows must meet, by table.
    conditions: IndexMap<QualName, String>,
    /// Ends the thread that watches the interrupt.
    _watch: mpsc::Sender<()>,
}

/// Through what rows come.
enum Reading {
    /// A second connection on the same snapshot is made when the first table is read.
    NotYet,
    /// That connection.
    Wire(Box<Wire>),
    /// The first connection: the server gives no second one, or no snapshot to share.
    First,
}

/// Names the server in a fault that comes before any table is named.
fn at_server(error: Error, options: &ConnectOptions) -> Error {
    match error {
        Error::Query { doing, cause } => Error::Query {
            doing: format!("{options}: {doing}"),
            cause,
        },
        other => other,
    }
}

impl LiveSource {
    /// Connects, begins the snapshot and reads the catalogs. Tables that may be read are locked against DDL and TRUNCATE
    /// (`ACCESS SHARE`, as `pg_dump` does) until the source is dropped; nothing is ever written.
    ///
    /// # Errors
    /// [`Error::Config`], [`Error::Connect`]; [`Error::Query`] when a catalog cannot be read or a table is locked by
    /// another session for 30 seconds; [`Error::Interrupted`].
    pub fn open(options: &ConnectOptions, interrupt: &Interrupt) -> Result<Self, Error> {
        let mut connection = connect::open(options)?;
        let cutters = Cutters::default();
        let watch = watch(
            connection.canceller.clone(),
            cutters.clone(),
            interrupt.clone(),
        );
        let opened = Self::begin(&mut connection.client)
            .map_err(|error| interrupted(interrupt).unwrap_or_else(|| at_server(error, options)))?;
        Ok(Self {
            connection,
            options: Arc::new(options.clone()),
            interrupt: interrupt.clone(),
            reading: Reading::NotYet,
            cutters,
            _watch: watch,
            pid: opened.pid,
            version: opened.version,
            version_number: opened.version_number,
            snapshot: opened.snapshot,
            schema: Arc::new(opened.schema),
            alembic: opened.alembic,
            sequences: opened.sequences,
            sizes: Arc::new(opened.sizes),
            heaps: None,
            large_objects: opened.large_objects,
            counters: opened.counters,
            conditions: IndexMap::new(),
        })
    }

    /// The session, for questions inside the snapshot.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.connection.client
    }

    fn begin(client: &mut Client) -> Result<Opened, Error> {
        let (version, version_number) = session::pin(client)?;
        client
            .batch_execute(session::BEGIN)
            .map_err(|e| query_error("beginning the snapshot", &e))?;
        let pid = client
            .query_one("SELECT pg_catalog.pg_backend_pid()", &[])
            .map_err(|e| query_error("beginning the snapshot", &e))?
            .get(0);
        let snapshot = export_snapshot(client)?;
        let counters = session::write_counters(client)?;
        let schema = inspect::read(client)?;
        lock_tables(client)?;
        let facts = inspect::facts(client)?;
        Ok(Opened {
            pid,
            version,
            version_number,
            snapshot,
            schema,
            alembic: facts.alembic_versions,
            sequences: facts.sequences,
            sizes: facts.sizes,
            large_objects: facts.large_objects,
            counters,
        })
    }

    /// Interrupt, or the query error with how far the reading was.
    fn reading_error(&self, table: &QualName, rows: u64, error: &postgres::Error) -> Error {
        if self.interrupt.is_raised() {
            return Error::Interrupted;
        }
        let doing = if self.connection.client.is_closed() {
            format!("reading table {table}: the connection was lost after {rows} rows")
        } else {
            format!("reading table {table}, after {rows} rows")
        };
        query_error(doing, error)
    }

    /// The second connection, where there is one. It is put back by whoever used it without a fault.
    fn wire(&mut self) -> Option<Box<Wire>> {
        match std::mem::replace(&mut self.reading, Reading::NotYet) {
            Reading::Wire(wire) => return Some(wire),
            Reading::First => {}
            Reading::NotYet => {
                let way = self.connection.way;
                let opened = self.snapshot.as_deref().map(|snapshot| {
                    let version = self.version_number;
                    Wire::open(&self.options, way, snapshot, version, &self.cutters)
                });
                // A server that gives no second connection is read through the first.
                if let Some(Ok(wire)) = opened {
                    return Some(Box::new(wire));
                }
            }
        }
        self.reading = Reading::First;
        None
    }

    /// Reads through the first connection.
    fn read_by_driver(
        &mut self,
        table: &QualName,
        sql: &str,
        decoder: Decoder,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        self.connection
            .client
            .batch_execute("SAVEPOINT decant")
            .map_err(|e| self.reading_error(table, 0, &e))?;
        let result = self.stream_by_driver(table, sql, decoder, row);
        match &result {
            Ok(_) => self
                .connection
                .client
                .batch_execute("RELEASE SAVEPOINT decant")
                .map_err(|e| self.reading_error(table, 0, &e))?,
            Err(_) => self.recover(),
        }
        result
    }

    /// Ends a reading that was broken off, and returns to the snapshot as it was before.
    fn recover(&mut self) {
        // Both fail only when the connection is lost, which the next statement says.
        let _ = self
            .connection
            .client
            .batch_execute("ROLLBACK TO SAVEPOINT decant");
    }

    fn stream_by_driver(
        &mut self,
        table: &QualName,
        sql: &str,
        mut decoder: Decoder,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        let canceller = self.connection.canceller.clone();
        let interrupt = self.interrupt.clone();
        let mut rows = 0;
        let mut late = false;
        let end = match self.connection.client.copy_out(sql) {
            Err(error) => Err(Stop::Server(error)),
            Ok(mut reader) => {
                let end = pump(&mut reader, &mut decoder, &interrupt, row);
                rows = decoder.rows();
                if matches!(end, Err(Stop::Ours(_))) {
                    // The rest of the rows is not wanted: the server is asked to stop, and what is on its way is read.
                    canceller.cancel();
                    while let Ok(piece) = reader.fill_buf() {
                        let length = piece.len();
                        if length == 0 {
                            late = true;
                            break;
                        }
                        reader.consume(length);
                    }
                }
                end
            }
        };
        if late {
            // All rows came before the request to stop did: it would end the next statement, so it is given one to end.
            let _ = self
                .connection
                .client
                .batch_execute("SELECT pg_catalog.pg_sleep(5)");
        }
        match end {
            Ok(()) => decoder.finish(),
            Err(Stop::Ours(error)) => Err(error),
            Err(Stop::Server(error)) => Err(self.reading_error(table, rows, &error)),
        }
    }
}

/// Why a reading stopped early.
enum Stop {
    Server(postgres::Error),
    Ours(Error),
}

/// Moves the stream through the decoder.
fn pump(
    reader: &mut postgres::CopyOutReader<'_>,
    decoder: &mut Decoder,
    interrupt: &Interrupt,
    row: &mut RowFn<'_>,
) -> Result<(), Stop> {
    loop {
        if interrupt.is_raised() {
            return Err(Stop::Ours(Error::Interrupted));
        }
        let piece =
            reader
                .fill_buf()
                .map_err(|error| match error.downcast::<postgres::Error>() {
                    Ok(error) => Stop::Server(error),
                    Err(error) => Stop::Ours(Error::Query {
                        doing: "reading a COPY stream".to_owned(),
                        cause: error.to_string(),
                    }),
                })?;
        let length = piece.len();
        if length == 0 {
            return Ok(());
        }
        decoder.feed(piece, row).map_err(Stop::Ours)?;
        reader.consume(length);
    }
}

impl Drop for LiveSource {
    fn drop(&mut self) {
        if let Reading::Wire(wire) = std::mem::replace(&mut self.reading, Reading::First) {
            wire.close();
        }
    }
}

/// What opening found.
struct Opened {
    pid: i32,
    version: String,
    version_number: i32,
    snapshot: Option<String>,
    schema: Schema,
    alembic: Option<Vec<String>>,
    sequences: IndexMap<QualName, SequenceState>,
    sizes: IndexMap<QualName, TableSize>,
    large_objects: u64,
    counters: WriteCounters,
}

pub(super) fn interrupted(interrupt: &Interrupt) -> Option<Error> {
    interrupt.is_raised().then_some(Error::Interrupted)
}

/// Cancels the connections' statements soon after the interrupt is raised, however long the server would take.
fn watch(canceller: Canceller, cutters: Cutters, interrupt: Interrupt) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let mut pause = Duration::from_millis(50);
        while let Err(RecvTimeoutError::Timeout) = receiver.recv_timeout(pause) {
            if interrupt.is_raised() {
                canceller.cancel();
                cutters.cancel();
                pause = Duration::from_millis(500);
            }
        }
    });
    sender
}

/// The snapshot's identifier; `None` where the server cannot export one.
fn export_snapshot(client: &mut Client) -> Result<Option<String>, Error> {
    let doing = "exporting the snapshot";
    let run = |client: &mut Client, sql: &str| {
        client
            .batch_execute(sql)
            .map_err(|e| query_error(doing, &e))
    };
    match client.query_one("SELECT pg_catalog.pg_export_snapshot()", &[]) {
        Ok(row) => Ok(Some(row.get(0))),
        Err(error) if client.is_closed() => Err(query_error(doing, &error)),
        Err(_) => {
            run(client, "ROLLBACK")?;
            run(client, session::BEGIN)?;
            Ok(None)
        }
    }
}

/// Locks the tables that may be read, so that they stay as the snapshot sees them: TRUNCATE and rewriting ALTER TABLE do not
/// respect snapshots (PostgreSQL manual, "Caveats" of chapter "Concurrency Control").
fn lock_tables(client: &mut Client) -> Result<(), Error> {
    const SQL: &str = "SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ' \
        ORDER BY n.nspname, c.relname) \
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%' \
          AND n.nspname <> 'information_schema' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
          AND pg_catalog.has_table_privilege(c.oid, 'SELECT')";
    let doing = "locking the tables against changes of their shape";
    let names: Option<String> = client
        .query_one(SQL, &[])
        .map_err(|e| query_error(doing, &e))?
        .get(0);
    if let Some(names) = names {
        client
            .batch_execute(&format!("LOCK TABLE {names} IN ACCESS SHARE MODE"))
            .map_err(|e| query_error(doing, &e))?;
    }
    Ok(())
}

impl Source for LiveSource {
    fn describe(&self) -> String {
        format!("PostgreSQL {} at {}", self.version, self.options)
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
        match self.wire() {
            Some(wire) => {
                let (wire, read) = stream(wire, &self.interrupt, table, &sql, decoder, row);
                if let Some(wire) = wire {
                    self.reading = Reading::Wire(wire);
                }
                read
            }
            None => self.read_by_driver(table, &sql, decoder, row),
        }
    }

    fn parts(&mut self, table: &QualName, bytes: u64) -> Result<Vec<Part>, Error> {
        if self.conditions.contains_key(table) {
            return Ok(Vec::new());
        }
        if self.heaps.is_none() {
            self.heaps = Some(Heaps::ask(
                &mut self.connection.client,
                self.version_number,
            )?);
        }
        let heaps = self.heaps.as_ref();
        Ok(heaps.map_or_else(Vec::new, |heaps| heaps.parts(table, bytes)))
    }

    fn fork(&mut self) -> Result<Option<Box<dyn Source>>, Error> {
        let Some(snapshot) = self.snapshot.clone() else {
            return Ok(None);
        };
        let fork = Fork {
            described: self.describe(),
            options: self.options.clone(),
            way: self.connection.way,
            interrupt: self.interrupt.clone(),
            version: self.version.clone(),
            version_number: self.version_number,
            cutters: self.cutters.clone(),
            snapshot,
            wire: None,
            schema: self.schema.clone(),
            alembic: self.alembic.clone(),
            sequences: self.sequences.clone(),
            sizes: self.sizes.clone(),
            conditions: self.conditions.clone(),
        };
        Ok(Some(Box::new(fork.connected()?)))
    }

    fn restrict(&mut self, table: &QualName, condition: &str) -> Result<(), Error> {
        // The server says at once what is wrong with it.
        let from = quote_table(table);
        let sql = format!("SELECT FROM {from} WHERE ({condition}\n) LIMIT 0");
        self.connection
            .client
            .query(&sql, &[])
            .map_err(|cause| Error::Query {
                doing: format!("the condition of --where {table}"),
                cause: cause
                    .as_db_error()
                    .map_or_else(|| cause.to_string(), |e| e.message().to_owned()),
            })?;
        self.conditions.insert(table.clone(), condition.to_owned());
        Ok(())
    }

    fn large_objects(&self) -> u64 {
        self.large_objects
    }

    fn snapshot(&self) -> Option<&str> {
        self.snapshot.as_deref()
    }

    fn sessions(&mut self) -> Result<Option<Vec<Session>>, Error> {
        let mut other = connect::open(&self.options)?;
        let mut own = vec![self.pid];
        if let Reading::Wire(wire) = &self.reading {
            own.push(wire.pid);
        }
        session::sessions(&mut other.client, &own).map(Some)
    }

    fn snapshot_counters(&self) -> Option<&WriteCounters> {
        Some(&self.counters)
    }

    fn write_counters(&mut self) -> Result<Option<WriteCounters>, Error> {
        let mut other = connect::open(&self.options)?;
        session::write_counters(&mut other.client).map(Some)
    }
}
