//! The target file: opening it for reading only, and SQLite's own checks.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Error;
use super::result::ForeignKeyBreach;

/// First bytes of every SQLite file (SQLite, "Database File Format", section 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How long a lock of another process is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Page cache in KiB: SQLite's checks look rows up in no order.
const CACHE_KIB: i64 = 32 * 1024;

/// Opens a SQLite file for reading only, and says what it is when it is no sound SQLite database.
///
/// # Errors
/// The variants `Target..` of [`Error`].
pub fn open_target(path: &Path) -> Result<Connection, Error> {
    let shown = path.display().to_string();
    look_at(path, &shown)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(read_only_uri(path), flags)
        .map_err(|e| classify(&shown, "opening", &e))?;
    let read = connection
        .busy_timeout(PATIENCE)
        .and_then(|()| connection.pragma_update(None, "query_only", true))
        .and_then(|()| connection.pragma_update(None, "cache_size", -CACHE_KIB))
        .and_then(|()| connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
    read.map_err(|e| classify(&shown, "reading its schema", &e))?;
    Ok(connection)
}

/// The URI by which SQLite reads a file and leaves nothing beside it (SQLite, "Uniform Resource Identifiers", section 3.2).
///
/// A reader of a file in WAL mode makes `-wal` and `-shm` anew, and one that may not write cannot remove them. Where there is no log,
/// nobody has a change in the file that is open, so that it is read as one that does not change.
pub(super) fn read_only_uri(path: &Path) -> String {
    // SQLite follows links before it looks for the log.
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut log = real.into_os_string();
    log.push("-wal");
    let log = Path::new(&log).exists();
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(20).read_to_end(&mut head));
    let wal = read.is_ok() && head.get(18..20).is_some_and(|v| v.contains(&2));
    let mut uri = if path.is_absolute() {
        "file://"
    } else {
        "file:"
    }
    .to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?mode=ro");
    if wal && !log {
        uri.push_str("&immutable=1");
    }
    uri
}

/// Looks at the first bytes, before SQLite does: it takes an empty file for an empty database.
fn look_at(path: &Path, shown: &str) -> Result<(), Error> {
    let open = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => Error::TargetMissing {
            path: shown.to_owned(),
        },
        _ => Error::TargetOpen {
            path: shown.to_owned(),
            cause: e.to_string(),
        },
    };
    // A pipe would be waited for, for ever.
    let kind = std::fs::metadata(path).map_err(open)?;
    if !kind.is_file() {
        let what = if kind.is_dir() {
            "it is a folder"
        } else {
            "it is a pipe or a device"
        };
        return Err(Error::TargetForeign {
            path: shown.to_owned(),
            what: what.to_owned(),
        });
    }
    let mut head = Vec::new();
    std::fs::File::open(path)
        .map_err(open)?
        .take(64)
        .read_to_end(&mut head)
        .map_err(open)?;
    if head.is_empty() {
        return Err(Error::TargetEmpty {
            path: shown.to_owned(),
        });
    }
    if head.starts_with(MAGIC) {
        return match newer(&head) {
            Some(what) => Err(Error::TargetNewer {
                path: shown.to_owned(),
                what,
            }),
            None => Ok(()),
        };
    }
    let what = if head.starts_with(b"PGDMP") {
        "it is a PostgreSQL dump in custom format"
    } else if head.starts_with(b"--\n-- PostgreSQL") {
        "it is a plain PostgreSQL dump"
    } else if head.starts_with(&[0x1f, 0x8b]) {
        "it is compressed with gzip"
    } else if head
        .iter()
        .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
    {
        "it is text"
    } else {
        "it begins with other bytes, or it is encrypted"
    };
    Err(Error::TargetForeign {
        path: shown.to_owned(),
        what: what.to_owned(),
    })
}

/// What of a header no SQLite of this version reads (SQLite, "Database File Format", section 1.3: read version at 19, schema
/// format at 44).
fn newer(head: &[u8]) -> Option<String> {
    let read_version = head.get(19).filter(|v| **v > 2);
    let format: Option<[u8; 4]> = head.get(44..48).and_then(|b| b.try_into().ok());
    let format = format.map(u32::from_be_bytes).filter(|f| *f > 4);
    match (read_version, format) {
        (Some(version), _) => Some(format!("read version {version}")),
        (None, Some(format)) => Some(format!("schema format {format}")),
        (None, None) => None,
    }
}

/// Whether a file's header says WAL mode (SQLite, "Database File Format", section 1.3: read version at 19).
fn wal(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.starts_with(MAGIC) && head.last() == Some(&2)
}

/// The error that a failure of SQLite stands for.
pub(super) fn classify(path: &str, doing: &str, error: &rusqlite::Error) -> Error {
    let (path, cause) = (path.to_owned(), error.to_string());
    if let Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) = error.sqlite_error_code()
        && wal(Path::new(&path))
    {
        return Error::TargetWal { path, cause };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::TargetLocked { path, cause }
        }
        Some(ErrorCode::DatabaseCorrupt) => Error::TargetDamaged { path, cause },
        Some(ErrorCode::NotADatabase) => Error::TargetForeign {
            path,
            what: "SQLite cannot read its header; it may be encrypted".to_owned(),
        },
        // Only a journal that must be played back makes reading write (SQLite, "Atomic Commit", section 4).
        Some(ErrorCode::ReadOnly) if Path::new(&format!("{path}-journal")).exists() => {
            Error::TargetUnfinished { path }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Error::TargetOpen { path, cause }
        }
        _ => Error::Target {
            path,
            doing: doing.to_owned(),
            cause,
        },
    }
}

/// A name as SQL.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `PRAGMA integrity_check`: its lines, none when it says `ok`. It checks NOT NULL and CHECK constraints and that UNIQUE
/// indexes are so, too.
pub(super) fn integrity(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// `PRAGMA foreign_key_check`, counted by foreign key.
pub(super) fn foreign_keys(
    connection: &Connection,
) -> Result<Vec<ForeignKeyBreach>, rusqlite::Error> {
    let mut counts: BTreeMap<(String, String, i64), u64> = BTreeMap::new();
    {
        let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *counts
                .entry((row.get(0)?, row.get(2)?, row.get(3)?))
                .or_default() += 1;
        }
    }
    let mut out = Vec::new();
    for ((table, parent, id), rows) in counts {
        let mut statement = connection.prepare(
            "SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq",
        )?;
        let columns = statement.query_map((&table, id), |row| row.get(0))?;
        let columns = columns.collect::<Result<_, _>>()?;
        out.push(ForeignKeyBreach {
            table,
            parent,
            columns,
            rows,
        });
    }
    Ok(out)
}
