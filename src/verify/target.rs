//! The target file: opening it read-only, and SQLite's own checks.

use std::path::Path;

use rusqlite::Connection;

use super::Error;

/// Opens a SQLite file for reading only, and says what it is when it is no sound SQLite database.
///
/// # Errors
/// The variants `Target..` of [`Error`].
pub fn open_target(path: &Path) -> Result<Connection, Error> {
    let shown = path.display().to_string();
    Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|e| {
        Error::TargetOpen {
            path: shown,
            cause: e.to_string(),
        }
    })
}
