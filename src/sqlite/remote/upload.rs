//! A finished SQLite file brought to a server: its schema, its rows in batches within the server's limits, and the comparison of
//! every value afterwards.
//!
//! A server has no file that could take a name once it is verified, and its transactions must be short. So the rows are committed
//! as they go, and a table, [`MARKER`], tells until the end that the database is unfinished.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Entry, Error, REQUEST_BYTES, Shape, Statement, Step, StepOutcome, Stopped, Stream};
use crate::sqlite::db::quote;

/// The table that an unfinished database has.
pub const MARKER: &str = "decant_unfinished_upload";
/// Rows in one `INSERT`; more bring no speed.
const ROWS_AT_ONCE: usize = 1000;
/// SQLite's limit of parameters, less some.
const PARAMETERS: usize = 30_000;
/// A row beyond this cannot be sent: libsql-server refuses requests of 8 MiB, and base64 makes a third more of a blob.
const ROW_BYTES: i64 = 5 << 20;

/// Why a file was not brought to a server.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The server fails, refuses, or cannot be asked.
    #[error("{doing}: {cause}")]
    Server {
        /// What was being done.
        doing: String,
        /// Why.
        cause: Error,
    },
    /// The local file cannot be read.
    #[error("reading the file: {0}")]
    Local(#[from] rusqlite::Error),
    /// The server's database or the file is not as it must be; nothing was sent.
    #[error("{0}")]
    Refused(String),
    /// What the server has is not what was sent.
    #[error("the server's database is not equal to the file: {0}")]
    Different(String),
}

fn server(doing: impl Into<String>) -> impl FnOnce(Error) -> UploadError {
    let doing = doing.into();
    move |cause| UploadError::Server { doing, cause }
}

/// Hears of tables (with how many rows they have) and of rows that went by: first those that were sent, then those compared.
pub type Heard<'h> = dyn FnMut(&str, u64) + 'h;

/// Brings a file's schema and rows into the empty database of a server and compares both. What an earlier try left unfinished is
/// taken away first when `again` says so. Gives the number of rows.
///
/// # Errors
/// [`UploadError::Refused`] before anything was sent. After any other the server's database is unfinished and has [`MARKER`], but
/// for [`UploadError::Different`], which leaves it so, too.
pub fn upload(
    file: &Connection,
    stream: &mut Stream,
    again: bool,
    heard: &mut Heard<'_>,
) -> Result<u64, UploadError> {
    let entries = Entry::read(local(file, Entry::QUERY, Vec::new())?);
    if let Some(entry) = entries.iter().find(|e| e.is_virtual()) {
        return Err(UploadError::Refused(format!(
            "the file has the virtual table {}, whose rows cannot be sent as rows; upload the file itself",
            entry.name
        )));
    }
    let tables: Vec<(&Entry, Shape)> = entries
        .iter()
        .filter(|e| e.kind == "table" && !e.is_internal())
        .map(|e| {
            let shape = Shape::of(&e.name, &mut |sql, arguments| local(file, sql, arguments))?;
            Ok::<_, UploadError>((e, shape))
        })
        .collect::<Result<_, _>>()?;
    for (entry, shape) in &tables {
        largest_row(file, &entry.name, shape)?;
    }
    empty(stream, again)?;
    let marked = [format!("CREATE TABLE {MARKER} (began_at)")];
    script(stream, "marking the database as unfinished", &marked)?;
    let texts = |kinds: &[&str]| -> Vec<String> {
        entries
            .iter()
            .filter(|e| kinds.contains(&e.kind.as_str()) && !e.is_internal())
            .map(|e| e.sql.clone())
            .collect()
    };
    script(stream, "making the tables", &texts(&["table"]))?;
    let mut rows = 0;
    for (entry, shape) in &tables {
        heard(&entry.name, count(file, &entry.name)?);
        rows += send(file, stream, &entry.name, shape, heard)?;
    }
    // Triggers must not fire for rows that have been through them already.
    script(
        stream,
        "making indexes, views and triggers",
        &texts(&["index", "view", "trigger"]),
    )?;
    sequences(file, stream, &entries)?;
    let version = local(file, "PRAGMA user_version", Vec::new())?;
    if let Some(Value::Integer(version)) = version.first().and_then(|row| row.first()) {
        let set = [format!("PRAGMA user_version = {version}")];
        script(stream, "setting user_version", &set)?;
    }
    compare(file, stream, &entries, &tables, heard)?;
    let finished = [format!("DROP TABLE {MARKER}")];
    script(stream, "marking the database as finished", &finished)?;
    Ok(rows)
}

fn local(
    file: &Connection,
    sql: &str,
    arguments: Vec<Value>,
) -> Result<Vec<Vec<Value>>, UploadError> {
    let mut statement = file.prepare_cached(sql)?;
    let width = statement.column_count();
    let rows = statement.query_map(params_from_iter(arguments), |row| {
        (0..width).map(|at| row.get(at)).collect()
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn count(file: &Connection, table: &str) -> Result<u64, UploadError> {
    let sql = format!("SELECT count(*) FROM {}", quote(table));
    let count: i64 = file.query_row(&sql, [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Refuses a row that no request could carry, before anything is sent.
fn largest_row(file: &Connection, table: &str, shape: &Shape) -> Result<(), UploadError> {
    let lengths: Vec<String> = shape
        .columns
        .iter()
        .map(|c| format!("ifnull(length(CAST({} AS BLOB)), 0)", quote(c)))
        .collect();
    let sql = format!("SELECT max({}) FROM {}", lengths.join(" + "), quote(table));
    let largest: Option<i64> = file.query_row(&sql, [], |row| row.get(0))?;
    match largest.filter(|bytes| *bytes > ROW_BYTES) {
        None => Ok(()),
        Some(bytes) => Err(UploadError::Refused(format!(
            "table {table} has a row of {bytes} bytes, and a request to a server may have about {ROW_BYTES}; upload the file itself"
        ))),
    }
}

/// Makes sure that the database is empty.
fn empty(stream: &mut Stream, again: bool) -> Result<(), UploadError> {
    let doing = "looking at the server's database";
    let rows = stream
        .rows(Entry::QUERY, Vec::new())
        .map_err(server(doing))?;
    let there: Vec<Entry> = Entry::read(rows)
        .into_iter()
        .filter(|e| !e.is_internal())
        .collect();
    let Some(first) = there.first() else {
        return Ok(());
    };
    let unfinished = there.iter().any(|e| e.name == MARKER);
    if !unfinished || !again {
        let what = if unfinished {
            "is what an earlier try left unfinished; say --replace to begin again".to_owned()
        } else {
            format!(
                "has the {} {} already; rows are brought into an empty one only",
                first.kind, first.name
            )
        };
        return Err(UploadError::Refused(format!(
            "the database {} {what}",
            stream.url()
        )));
    }
    let of = |kind: &'static str| there.iter().filter(move |e| e.kind == kind);
    // The marker goes last: what is left when this is broken off is still unfinished.
    let mut drops: Vec<String> = vec!["PRAGMA foreign_keys = OFF".to_owned()];
    for entry in of("trigger")
        .chain(of("view"))
        .chain(of("table").filter(|e| e.name != MARKER))
    {
        drops.push(format!("DROP {} {}", entry.kind, quote(&entry.name)));
    }
    drops.push(format!("DROP TABLE {MARKER}"));
    script(stream, "taking the unfinished tables away", &drops)
}

fn script(stream: &mut Stream, doing: &str, list: &[String]) -> Result<(), UploadError> {
    let list: Vec<Statement<'_>> = list
        .iter()
        .map(|sql| Statement::new(sql.as_str(), Vec::new()))
        .collect();
    let ran = stream.run(&list, &mut |_| Ok::<(), Error>(()));
    ran.map(|_| ())
        .map_err(|Stopped { cause, .. }| server(doing)(cause))
}

/// Sends a table's rows; gives how many.
fn send(
    file: &Connection,
    stream: &mut Stream,
    table: &str,
    shape: &Shape,
    heard: &mut Heard<'_>,
) -> Result<u64, UploadError> {
    let columns = shape.insert_columns();
    let head = format!(
        "INSERT INTO {} ({}) VALUES ",
        quote(table),
        columns.join(", ")
    );
    let at_once = (PARAMETERS / columns.len().max(1)).clamp(1, ROWS_AT_ONCE);
    let mut pages = shape.pages();
    let mut packet = Packet::new(&head);
    loop {
        let (sql, arguments) = pages.query();
        let (rows, more) = pages.take(local(file, &sql, arguments)?);
        for row in rows {
            packet.push(row);
            if packet.rows == at_once || packet.bytes >= REQUEST_BYTES {
                packet.send(stream, table, heard)?;
                packet = Packet::new(&head);
            }
        }
        if !more {
            packet.send(stream, table, heard)?;
            return Ok(pages.read());
        }
    }
}

/// One `INSERT` of many rows.
struct Packet {
    sql: String,
    arguments: Vec<Value>,
    rows: usize,
    bytes: usize,
}

impl Packet {
    fn new(head: &str) -> Self {
        Self {
            sql: head.to_owned(),
            arguments: Vec::new(),
            rows: 0,
            bytes: head.len(),
        }
    }

    fn push(&mut self, row: Vec<Value>) {
        self.sql.push_str(if self.rows == 0 { "(" } else { ", (" });
        for (at, value) in row.into_iter().enumerate() {
            if at > 0 {
                self.sql.push_str(", ");
            }
            self.bytes += match &value {
                Value::Text(text) => text.len() + 40,
                Value::Blob(bytes) => bytes.len() / 3 * 4 + 40,
                Value::Null | Value::Integer(_) | Value::Real(_) => 40,
            };
            match value {
                // JSON cannot carry it, SQL can.
                Value::Real(real) if real.is_infinite() => {
                    self.sql
                        .push_str(if real > 0.0 { "9e999" } else { "-9e999" });
                }
                value => {
                    self.sql.push('?');
                    self.arguments.push(value);
                }
            }
        }
        self.sql.push(')');
        self.rows += 1;
    }

    /// Rows of children may come before those of their parents, so foreign keys are off; the pragma belongs to the stream, which
    /// may have ended since the last request, so it goes with each.
    fn send(
        self,
        stream: &mut Stream,
        table: &str,
        heard: &mut Heard<'_>,
    ) -> Result<(), UploadError> {
        if self.rows == 0 {
            return Ok(());
        }
        let doing = || format!("sending rows of table {table}");
        let rows = self.rows as u64;
        let outcomes = stream
            .batch(&[
                Step {
                    statement: Statement::new("PRAGMA foreign_keys = OFF", Vec::new()),
                    condition: None,
                },
                Step {
                    statement: Statement::new(self.sql, self.arguments),
                    condition: Some(super::Condition::Ok(0)),
                },
            ])
            .map_err(server(doing()))?;
        for outcome in outcomes {
            match outcome {
                StepOutcome::Done(_) => {}
                StepOutcome::Failed(error) => return Err(server(doing())(Error::Statement(error))),
                StepOutcome::Skipped => {
                    let gone = Error::StreamEnded("the rows were not written".to_owned());
                    return Err(server(doing())(gone));
                }
            }
        }
        heard(table, rows);
        Ok(())
    }
}

/// What `AUTOINCREMENT` counts on from.
fn sequences(file: &Connection, stream: &mut Stream, entries: &[Entry]) -> Result<(), UploadError> {
    const READ: &str = "SELECT name, seq FROM sqlite_sequence ORDER BY name";
    if !entries.iter().any(|e| e.name == "sqlite_sequence") {
        return Ok(());
    }
    let doing = "setting what AUTOINCREMENT counts on from";
    let mut list = vec![Statement::new("DELETE FROM sqlite_sequence", Vec::new())];
    for row in local(file, READ, Vec::new())? {
        list.push(Statement::new(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            row,
        ));
    }
    let ran = stream.run(&list, &mut |_| Ok::<(), Error>(()));
    ran.map(|_| ())
        .map_err(|Stopped { cause, .. }| server(doing)(cause))
}

/// Compares the texts of the schema and every value of every row, with its type and every bit.
fn compare(
    file: &Connection,
    stream: &mut Stream,
    entries: &[Entry],
    tables: &[(&Entry, Shape)],
    heard: &mut Heard<'_>,
) -> Result<(), UploadError> {
    let reading = |table: &str| format!("reading table {table} back");
    let sorted = |list: Vec<Entry>| -> Vec<Entry> {
        let mut list: Vec<Entry> = list
            .into_iter()
            .filter(|e| !e.is_internal() && e.name != MARKER)
            .collect();
        list.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
        list
    };
    let there = stream
        .rows(Entry::QUERY, Vec::new())
        .map_err(server("reading the schema back"))?;
    let (here, there) = (sorted(entries.to_vec()), sorted(Entry::read(there)));
    if let Some(entry) = here
        .iter()
        .find(|e| !there.contains(e))
        .or_else(|| there.iter().find(|e| !here.contains(e)))
    {
        return Err(UploadError::Different(format!(
            "{} {}",
            entry.kind, entry.name
        )));
    }
    for (entry, shape) in tables {
        heard(&entry.name, 0);
        let mut pages = shape.pages();
        loop {
            let (sql, arguments) = pages.query();
            let theirs = match stream.rows(&sql, arguments.clone()) {
                Err(e) if e.code() == Some("RESPONSE_TOO_LARGE") && pages.shrink() => continue,
                other => other.map_err(server(reading(&entry.name)))?,
            };
            let ours = local(file, &sql, arguments)?;
            if let Some(row) = first_difference(&ours, &theirs) {
                let row = pages.read() + row as u64 + 1;
                return Err(UploadError::Different(format!(
                    "table {}, row {row} in the order of its key",
                    entry.name
                )));
            }
            heard(&entry.name, theirs.len() as u64);
            if !pages.take(theirs).1 {
                break;
            }
        }
    }
    let orphans = stream
        .rows("PRAGMA foreign_key_check", Vec::new())
        .map_err(server("checking the foreign keys"))?;
    let known = local(file, "PRAGMA foreign_key_check", Vec::new())?;
    if orphans.len() != known.len() {
        return Err(UploadError::Different(format!(
            "{} rows refer to rows that do not exist, and {} in the file",
            orphans.len(),
            known.len()
        )));
    }
    if entries.iter().any(|e| e.name == "sqlite_sequence") {
        const READ: &str = "SELECT name, seq FROM sqlite_sequence ORDER BY name, seq";
        let theirs = stream
            .rows(READ, Vec::new())
            .map_err(server("reading sqlite_sequence back"))?;
        if theirs != local(file, READ, Vec::new())? {
            return Err(UploadError::Different("sqlite_sequence".to_owned()));
        }
    }
    Ok(())
}

fn first_difference(ours: &[Vec<Value>], theirs: &[Vec<Value>]) -> Option<usize> {
    let same = |a: &Value, b: &Value| match (a, b) {
        (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    };
    let equal = |(a, b): (&Vec<Value>, &Vec<Value>)| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
    };
    let rows = ours.iter().zip(theirs);
    match rows.map(equal).position(|equal| !equal) {
        Some(row) => Some(row),
        None if ours.len() != theirs.len() => Some(ours.len().min(theirs.len())),
        None => None,
    }
}
