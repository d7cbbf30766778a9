//! Copies of databases to rehearse on: the pages of a file, or the rows of a server.

use std::path::Path;

use rusqlite::backup::Backup;
use rusqlite::{Connection, params_from_iter};

use crate::files::{Cause, Error};
use crate::interrupt::Interrupt;
use crate::sqlite::db::quote;
use crate::sqlite::remote::{self, Entry, RemoteUrl, Shape, Stream};

/// A copy of a database to rehearse on, in a file that goes with the value.
pub struct Rehearsal {
    /// The connection to the copy.
    pub connection: Connection,
    folder: tempfile::TempDir,
}

impl Rehearsal {
    /// The copy's file.
    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join(FILE)
    }
}

const FILE: &str = "copy.db";

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
        Connection::open(temporary.path().join(FILE)).map_err(Error::database(COPYING))?;
    Ok(Rehearsal {
        connection,
        folder: temporary,
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
    let (copy, rows, _) = copy_server(url, options, interrupt, Unknown::Refuse, COPYING)?;
    Ok((copy, rows))
}

/// The same to compare with: also gives what only the server's SQLite knows and the copy is without.
///
/// # Errors
/// When there is no room, or the server cannot be read.
pub fn likeness_of_server(
    url: &RemoteUrl,
    options: &remote::Options,
    interrupt: &Interrupt,
) -> Result<(Rehearsal, Vec<String>), Error> {
    const READING: &str = "reading the server's database";
    let (copy, _, without) = copy_server(url, options, interrupt, Unknown::LeaveOut, READING)?;
    Ok((copy, without))
}

/// What is done with objects that this program's SQLite does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Refuse,
    LeaveOut,
}

fn copy_server(
    url: &RemoteUrl,
    options: &remote::Options,
    interrupt: &Interrupt,
    unknown: Unknown,
    doing: &'static str,
) -> Result<(Rehearsal, u64, Vec<String>), Error> {
    let copy = empty(&std::env::temp_dir())?;
    let mut stream = Stream::new(url, options).map_err(Error::database(doing))?;
    let raised = interrupt.clone();
    stream.cancel_when(std::sync::Arc::new(move || raised.is_raised()));
    let mut without = Vec::new();
    let rows = copy_all(&mut stream, &copy.connection, unknown, &mut without).map_err(|cause| {
        if cause.is_interruption() {
            Error::Interrupted {
                kept: "nothing was changed".to_owned(),
            }
        } else {
            Error::database(doing)(cause)
        }
    })?;
    Ok((copy, rows, without))
}

fn copy_all(
    stream: &mut Stream,
    copy: &Connection,
    unknown: Unknown,
    without: &mut Vec<String>,
) -> Result<u64, Cause> {
    // A row that the server has comes along, whether or not its table would take it now.
    copy.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF; BEGIN",
    )?;
    stream.begin_reading()?;
    let entries = Entry::read(stream.rows(Entry::QUERY, Vec::new())?);
    let mut rows = 0;
    // The tables of a virtual table's module come with it, so its definition is put in as text, like SQLite's own .dump does.
    let virtual_tables: Vec<&Entry> = entries.iter().filter(|e| e.is_virtual()).collect();
    for entry in entries.iter().filter(|e| e.kind == "table") {
        if entry.is_internal() || entry.is_virtual() {
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
            .filter(|e| e.kind == kind && !e.is_internal())
        {
            match make(copy, entry) {
                Err(_) if unknown == Unknown::LeaveOut => {
                    without.push(format!("{} {}", entry.kind, entry.name));
                }
                other => other?,
            }
        }
    }
    copy.execute_batch(
        "COMMIT; PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF; PRAGMA synchronous = FULL",
    )?;
    stream.rollback();
    Ok(rows)
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

fn copy_table(stream: &mut Stream, copy: &Connection, table: &str) -> Result<u64, Cause> {
    let shape = Shape::of(table, &mut |sql, arguments| stream.rows(sql, arguments))?;
    let columns = shape.insert_columns();
    let mut insert = copy.prepare(&format!(
        "INSERT INTO {} ({}) VALUES ({})",
        quote(table),
        columns.join(", "),
        vec!["?"; columns.len()].join(", ")
    ))?;
    let mut pages = shape.pages();
    loop {
        let (sql, arguments) = pages.query();
        let page = match stream.rows(&sql, arguments) {
            Err(e) if e.code() == Some("RESPONSE_TOO_LARGE") && pages.shrink() => continue,
            other => other?,
        };
        let (rows, more) = pages.take(page);
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        if !more {
            return Ok(pages.read());
        }
    }
}
