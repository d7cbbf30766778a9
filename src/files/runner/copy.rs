//! Copies of databases to rehearse on: the pages of a file, or the rows of a server.

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::files::{Cause, Error};
use crate::interrupt::Interrupt;
use crate::sqlite::db::quote;
use crate::sqlite::remote::{self, RemoteUrl, Stream};

/// A copy of a database to rehearse on, in a file that goes with the value.
pub struct Rehearsal {
    /// The connection to the copy.
    pub connection: Connection,
    _folder: tempfile::TempDir,
}

fn empty(folder: &Path) -> Result<Rehearsal, Error> {
    let temporary = tempfile::Builder::new()
        .prefix(".decant-rehearsal-")
        .tempdir_in(folder)
        .map_err(|cause| Error::Io {
            doing: "make a temporary folder in",
            path: folder.to_owned(),
            cause,
        })?;
    let connection =
        Connection::open(temporary.path().join("copy.db")).map_err(Error::database(COPYING))?;
    Ok(Rehearsal {
        connection,
        _folder: temporary,
    })
}

const COPYING: &str = "copying the database to rehearse on";

/// Copies a database (an empty one for none) into a temporary file in `folder`.
///
/// # Errors
/// When there is no room, or the database cannot be read.
pub fn rehearsal(source: Option<&Connection>, folder: &Path) -> Result<Rehearsal, Error> {
    const PAGES_AT_ONCE: i32 = 4096;
    let mut copy = empty(folder)?;
    if let Some(source) = source {
        Backup::new(source, &mut copy.connection)
            .and_then(|backup| {
                backup.run_to_completion(PAGES_AT_ONCE, std::time::Duration::ZERO, None)
            })
            .map_err(Error::database(COPYING))?;
    }
    Ok(copy)
}

/// Copies a server's database, row by row in one reading transaction, into a temporary file; also gives the number of rows.
///
/// # Errors
/// When there is no room, the server cannot be read, or the database has something that only the server's SQLite knows, such as a
/// vector index: then no rehearsal is possible here.
pub fn rehearsal_of_server(
    url: &RemoteUrl,
    options: &remote::Options,
    interrupt: &Interrupt,
) -> Result<(Rehearsal, u64), Error> {
    let copy = empty(&std::env::temp_dir())?;
    let mut stream = Stream::new(url, options).map_err(Error::database(COPYING))?;
    let raised = interrupt.clone();
    stream.cancel_when(std::sync::Arc::new(move || raised.is_raised()));
    let rows = copy_all(&mut stream, &copy.connection).map_err(|cause| {
        if cause.is_interruption() {
            Error::Interrupted {
                kept: "nothing was changed".to_owned(),
            }
        } else {
            Error::database(COPYING)(cause)
        }
    })?;
    Ok((copy, rows))
}

/// One line of `sqlite_schema`.
struct Entry {
    kind: String,
    name: String,
    sql: String,
}

fn copy_all(stream: &mut Stream, copy: &Connection) -> Result<u64, Cause> {
    copy.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN")?;
    stream.begin_reading()?;
    let entries = entries(stream)?;
    let mut rows = 0;
    let is_own = |name: &str| name.to_ascii_lowercase().starts_with("sqlite_");
    // The tables of a virtual table's module come with it, so its definition is put in as text, like SQLite's own .dump does.
    let virtual_tables: Vec<&Entry> = entries.iter().filter(|e| e.is_virtual()).collect();
    for entry in entries.iter().filter(|e| e.kind == "table") {
        if is_own(&entry.name) || entry.is_virtual() {
            continue;
        }
        make(copy, entry)?;
        rows += copy_table(stream, copy, &entry.name)?;
    }
    for own in ["sqlite_sequence", "sqlite_stat1"] {
        if entries.iter().any(|e| e.name == own) {
            if own == "sqlite_stat1" {
                copy.execute_batch("ANALYZE sqlite_schema")?;
            }
            copy.execute(&format!("DELETE FROM {own}"), [])?;
            copy_table(stream, copy, own)?;
        }
    }
    if !virtual_tables.is_empty() {
        copy.execute_batch("PRAGMA writable_schema = ON")?;
        for entry in virtual_tables {
            copy.execute(
                "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', ?1, ?1, 0, ?2)",
                [&entry.name, &entry.sql],
            )?;
        }
        copy.execute_batch("PRAGMA writable_schema = RESET")?;
    }
    for kind in ["index", "view", "trigger"] {
        for entry in entries
            .iter()
            .filter(|e| e.kind == kind && !is_own(&e.name))
        {
            make(copy, entry)?;
        }
    }
    copy.execute_batch("COMMIT; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL")?;
    stream.rollback();
    Ok(rows)
}

impl Entry {
    fn is_virtual(&self) -> bool {
        let upper: String = self.sql.chars().take(40).collect();
        let upper = upper.to_ascii_uppercase();
        upper.split_whitespace().take(2).eq(["CREATE", "VIRTUAL"])
    }
}

fn entries(stream: &mut Stream) -> Result<Vec<Entry>, Cause> {
    let rows = stream.rows(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid",
        Vec::new(),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match <[Value; 3]>::try_from(row) {
            Ok([Value::Text(kind), Value::Text(name), Value::Text(sql)]) => {
                Some(Entry { kind, name, sql })
            }
            _ => None,
        })
        .collect())
}

fn make(copy: &Connection, entry: &Entry) -> Result<(), Cause> {
    copy.execute_batch(&entry.sql).map_err(|cause| {
        Cause::Other(format!(
            "the {} {} of the server cannot be made in a copy here ({}); without it a rehearsal would say nothing",
            entry.kind,
            entry.name,
            Cause::from(cause)
        ))
    })
}

/// Rows in one answer. A server ends answers at 10 MB; pages of wide rows are asked for again, smaller.
const ROWS_AT_ONCE: i64 = 1000;

fn copy_table(stream: &mut Stream, copy: &Connection, table: &str) -> Result<u64, Cause> {
    let columns = stored_columns(stream, table)?;
    let names: Vec<String> = columns.iter().map(|c| quote(c)).collect();
    let from = quote(table);
    let by_rowid = has_rowid(stream, table, &columns)?;
    let key = if by_rowid { "rowid" } else { "NULL" };
    let list = names.join(", ");
    // JSON has no infinity: a letter for each column tells them from NULL.
    let marks: Vec<String> = names
        .iter()
        .map(|name| {
            format!(
                "CASE WHEN typeof({name}) <> 'real' OR abs({name}) < 9e999 THEN '.' WHEN {name} > 0 THEN '+' ELSE '-' END"
            )
        })
        .collect();
    let finite: Vec<String> = names
        .iter()
        .map(|name| {
            format!("CASE WHEN typeof({name}) <> 'real' OR abs({name}) < 9e999 THEN {name} END")
        })
        .collect();
    let select = format!(
        "SELECT {key}, {}, {} FROM {from}",
        marks.join(" || "),
        finite.join(", ")
    );
    let places = vec!["?"; names.len() + usize::from(by_rowid)].join(", ");
    let rowid = if by_rowid { "rowid, " } else { "" };
    let mut insert = copy.prepare(&format!(
        "INSERT INTO {from} ({rowid}{list}) VALUES ({places})"
    ))?;
    let (mut copied, mut last, mut at_once) = (0_i64, None::<i64>, ROWS_AT_ONCE);
    loop {
        let sql = match (by_rowid, last) {
            (true, Some(_)) => format!("{select} WHERE rowid > ?2 ORDER BY rowid LIMIT ?1"),
            (true, None) => format!("{select} ORDER BY rowid LIMIT ?1"),
            // Inside one reading transaction the order of a table without rowids stays.
            (false, _) => format!("{select} LIMIT ?1 OFFSET ?2"),
        };
        let second = if by_rowid { last } else { Some(copied) };
        let arguments = [Some(at_once), second].into_iter().flatten();
        let page = match stream.rows(&sql, arguments.map(Value::Integer).collect()) {
            Err(e) if e.code() == Some("RESPONSE_TOO_LARGE") && at_once > 1 => {
                at_once = (at_once / 8).max(1);
                continue;
            }
            other => other?,
        };
        let count = i64::try_from(page.len()).unwrap_or(i64::MAX);
        for row in page {
            let mut cells = row.into_iter();
            let key = cells.next().unwrap_or(Value::Null);
            let marks = match cells.next() {
                Some(Value::Text(marks)) => marks,
                _ => String::new(),
            };
            let values = cells.zip(marks.bytes()).map(|(value, mark)| match mark {
                b'+' => Value::Real(f64::INFINITY),
                b'-' => Value::Real(f64::NEG_INFINITY),
                _ => value,
            });
            if let Value::Integer(id) = key {
                last = Some(id);
            }
            insert.execute(params_from_iter(
                Some(key).filter(|_| by_rowid).into_iter().chain(values),
            ))?;
        }
        copied = copied.saturating_add(count);
        if count < at_once {
            return Ok(u64::try_from(copied).unwrap_or_default());
        }
    }
}

/// The columns that an `INSERT` may name: all but generated ones.
fn stored_columns(stream: &mut Stream, table: &str) -> Result<Vec<String>, Cause> {
    let rows = stream.rows(
        "SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid",
        vec![Value::Text(table.to_owned())],
    )?;
    Ok(rows
        .into_iter()
        .flatten()
        .filter_map(|cell| match cell {
            Value::Text(name) => Some(name),
            _ => None,
        })
        .collect())
}

/// Whether `rowid` names the row's number: not in a table without one, and not where a column is called so.
fn has_rowid(stream: &mut Stream, table: &str, columns: &[String]) -> Result<bool, Cause> {
    if columns.iter().any(|c| c.eq_ignore_ascii_case("rowid")) {
        return Ok(false);
    }
    let rows = stream.rows(
        "SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main'",
        vec![Value::Text(table.to_owned())],
    )?;
    Ok(rows.first().and_then(|row| row.first()) != Some(&Value::Integer(1)))
}
