//! The ledger and our own table: made, read and written here only.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::OWN_TABLE;
use crate::files::ledger::Applied;
use crate::files::{Error, MigrationFile};

/// A name as SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn exists(connection: &Connection, table: &str) -> Result<bool, Error> {
    connection
        .query_row(
            "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE",
            [table],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
        .map_err(Error::database("reading the list of tables"))
}

/// Whether the ledger is there; refuses a table of that name that is none.
pub(super) fn check(connection: &Connection, ledger: &str) -> Result<bool, Error> {
    if !exists(connection, ledger)? {
        return Ok(false);
    }
    let reading = || format!("reading the columns of {ledger}");
    let mut statement = connection
        .prepare("SELECT lower(name) FROM pragma_table_info(?1)")
        .map_err(Error::database(reading()))?;
    let columns: Vec<String> = statement
        .query_map([ledger], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(Error::database(reading()))?;
    if ["id", "version", "applied_at"]
        .iter()
        .all(|c| columns.iter().any(|have| have == c))
    {
        Ok(true)
    } else {
        Err(Error::NotALedger {
            table: ledger.to_owned(),
        })
    }
}

/// Makes both tables where they are not there.
pub(super) fn make(connection: &Connection, ledger: &str) -> Result<(), Error> {
    connection
        .execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {ledger} (id INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE, \
             applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
             CREATE TABLE IF NOT EXISTS {OWN_TABLE} (ledger TEXT NOT NULL, row INTEGER NOT NULL, version TEXT NOT NULL, \
             checksum TEXT NOT NULL, replaces TEXT NOT NULL DEFAULT '', PRIMARY KEY (ledger, row))",
            ledger = quoted(ledger)
        ))
        .map_err(Error::database(format!("making the tables {ledger} and {OWN_TABLE}")))
}

/// The ledger's rows in the order in which they were written. A checksum counts only for the row that it was kept for:
/// the original tool may have reverted and applied the file again since.
pub(super) fn applied(connection: &Connection, ledger: &str) -> Result<Vec<Applied>, Error> {
    if !check(connection, ledger)? {
        return Ok(Vec::new());
    }
    let own = if exists(connection, OWN_TABLE)? {
        format!(
            "(SELECT o.checksum FROM {OWN_TABLE} o WHERE o.ledger = ?1 AND o.row = l.id AND o.version = l.version)"
        )
    } else {
        "nullif(?1, ?1)".to_owned()
    };
    let reading = || format!("reading the ledger {ledger}");
    let mut statement = connection
        .prepare(&format!(
            "SELECT l.version, CAST(l.applied_at AS TEXT), {own} FROM {} l ORDER BY l.id",
            quoted(ledger)
        ))
        .map_err(Error::database(reading()))?;
    statement
        .query_map([ledger], |row| {
            Ok(Applied {
                version: row.get(0)?,
                applied_at: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                checksum: row.get(2)?,
            })
        })
        .and_then(Iterator::collect)
        .map_err(Error::database(reading()))
}

/// Whether the ledger has this version.
pub(super) fn has(connection: &Connection, ledger: &str, version: &str) -> Result<bool, Error> {
    connection
        .query_row(
            &format!("SELECT 1 FROM {} WHERE version = ?1", quoted(ledger)),
            [version],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
        .map_err(Error::database(format!("reading the ledger {ledger}")))
}

/// Writes the ledger's row and what we keep beside it.
pub(super) fn record(
    connection: &Connection,
    ledger: &str,
    file: &MigrationFile,
) -> Result<(), Error> {
    connection
        .execute(
            &format!("INSERT INTO {} (version) VALUES (?1)", quoted(ledger)),
            [&file.file_name],
        )
        .map_err(Error::database(format!("recording {}", file.file_name)))?;
    remember(connection, ledger, file)
}

/// Keeps the checksum of a file whose row is in the ledger.
pub(super) fn remember(
    connection: &Connection,
    ledger: &str,
    file: &MigrationFile,
) -> Result<(), Error> {
    connection
        .execute(
            &format!(
                "INSERT OR REPLACE INTO {OWN_TABLE} (ledger, row, version, checksum, replaces) \
                 SELECT ?1, id, version, ?3, ?4 FROM {} WHERE version = ?2",
                quoted(ledger)
            ),
            params![
                ledger,
                file.file_name,
                file.checksum,
                file.replaces.join(" ")
            ],
        )
        .map(|_| ())
        .map_err(Error::database(format!(
            "keeping the checksum of {}",
            file.file_name
        )))
}

/// Takes the ledger's row out, and what we keep beside it.
pub(super) fn forget(connection: &Connection, ledger: &str, version: &str) -> Result<(), Error> {
    let doing = || format!("taking {version} out of the ledger {ledger}");
    connection
        .execute(
            &format!("DELETE FROM {OWN_TABLE} WHERE ledger = ?1 AND version = ?2"),
            [ledger, version],
        )
        .map_err(Error::database(doing()))?;
    connection
        .execute(
            &format!("DELETE FROM {} WHERE version = ?1", quoted(ledger)),
            [version],
        )
        .map(|_| ())
        .map_err(Error::database(doing()))
}
