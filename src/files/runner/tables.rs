//! The ledger and our own table: made, read and written here only.

use rusqlite::types::Value;

use super::OWN_TABLE;
use super::target::Target;
use crate::files::ledger::Applied;
use crate::files::{Error, MigrationFile};

/// A text as an argument.
pub(super) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// A name as SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn exists(target: &dyn Target, table: &str) -> Result<bool, Error> {
    let sql =
        "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    target
        .rows(sql, vec![text(table)])
        .map(|rows| !rows.is_empty())
        .map_err(Error::database("reading the list of tables"))
}

/// Whether the ledger is there; refuses a table of that name that is none.
pub(super) fn check(target: &dyn Target, ledger: &str) -> Result<bool, Error> {
    if !exists(target, ledger)? {
        return Ok(false);
    }
    let columns = target
        .rows(
            "SELECT lower(name) FROM pragma_table_info(?1)",
            vec![text(ledger)],
        )
        .map_err(Error::database(format!("reading the columns of {ledger}")))?;
    let has = |name: &str| columns.iter().flatten().any(|have| *have == text(name));
    if ["id", "version", "applied_at"].into_iter().all(has) {
        Ok(true)
    } else {
        Err(Error::NotALedger {
            table: ledger.to_owned(),
        })
    }
}

/// Makes both tables where they are not there.
pub(super) fn make(target: &dyn Target, ledger: &str) -> Result<(), Error> {
    let made = [
        format!(
            "CREATE TABLE IF NOT EXISTS {} (id INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE, \
             applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
            quoted(ledger)
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {OWN_TABLE} (ledger TEXT NOT NULL, row INTEGER NOT NULL, version TEXT NOT NULL, \
             checksum TEXT NOT NULL, replaces TEXT NOT NULL DEFAULT '', PRIMARY KEY (ledger, row))"
        ),
    ];
    target
        .script(made.map(|sql| (sql, Vec::new())).into())
        .map_err(Error::database(format!(
            "making the tables {ledger} and {OWN_TABLE}"
        )))
}

/// The ledger's rows in the order in which they were written. A checksum counts only for the row that it was kept for:
/// the original tool may have reverted and applied the file again since.
pub(super) fn applied(target: &dyn Target, ledger: &str) -> Result<Vec<Applied>, Error> {
    if !check(target, ledger)? {
        return Ok(Vec::new());
    }
    let own = if exists(target, OWN_TABLE)? {
        format!(
            "(SELECT o.checksum FROM {OWN_TABLE} o WHERE o.ledger = ?1 AND o.row = l.id AND o.version = l.version)"
        )
    } else {
        "nullif(?1, ?1)".to_owned()
    };
    let sql = format!(
        "SELECT CAST(l.version AS TEXT), CAST(l.applied_at AS TEXT), {own} FROM {} l ORDER BY l.id",
        quoted(ledger)
    );
    let rows = target
        .rows(&sql, vec![text(ledger)])
        .map_err(Error::database(format!("reading the ledger {ledger}")))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut cells = row.into_iter().map(|cell| match cell {
                Value::Text(text) => Some(text),
                _ => None,
            });
            let mut next = || cells.next().flatten();
            Applied {
                version: next().unwrap_or_default(),
                applied_at: next().unwrap_or_default(),
                checksum: next(),
            }
        })
        .collect())
}

/// Whether the ledger has this version.
pub(super) fn has(target: &dyn Target, ledger: &str, version: &str) -> Result<bool, Error> {
    let sql = format!("SELECT 1 FROM {} WHERE version = ?1", quoted(ledger));
    target
        .rows(&sql, vec![text(version)])
        .map(|rows| !rows.is_empty())
        .map_err(Error::database(format!("reading the ledger {ledger}")))
}

/// Writes the ledger's row and what we keep beside it.
pub(super) fn record(target: &dyn Target, ledger: &str, file: &MigrationFile) -> Result<(), Error> {
    let row = (
        format!("INSERT INTO {} (version) VALUES (?1)", quoted(ledger)),
        vec![text(&file.file_name)],
    );
    target
        .script(vec![row, own_row(ledger, file)])
        .map_err(Error::database(format!("recording {}", file.file_name)))
}

/// Keeps the checksum of a file whose row is in the ledger.
pub(super) fn remember(
    target: &dyn Target,
    ledger: &str,
    file: &MigrationFile,
) -> Result<(), Error> {
    target
        .script(vec![own_row(ledger, file)])
        .map_err(Error::database(format!(
            "keeping the checksum of {}",
            file.file_name
        )))
}

fn own_row(ledger: &str, file: &MigrationFile) -> (String, Vec<Value>) {
    let sql = format!(
        "INSERT OR REPLACE INTO {OWN_TABLE} (ledger, row, version, checksum, replaces) \
         SELECT ?1, id, version, ?3, ?4 FROM {} WHERE version = ?2",
        quoted(ledger)
    );
    let arguments = [
        ledger,
        &file.file_name,
        &file.checksum,
        &file.replaces.join(" "),
    ];
    (sql, arguments.map(text).into())
}

/// Takes the ledger's row out, and what we keep beside it.
pub(super) fn forget(target: &dyn Target, ledger: &str, version: &str) -> Result<(), Error> {
    target
        .script(vec![
            (
                format!("DELETE FROM {OWN_TABLE} WHERE ledger = ?1 AND version = ?2"),
                vec![text(ledger), text(version)],
            ),
            (
                format!("DELETE FROM {} WHERE version = ?1", quoted(ledger)),
                vec![text(version)],
            ),
        ])
        .map_err(Error::database(format!(
            "taking {version} out of the ledger {ledger}"
        )))
}
