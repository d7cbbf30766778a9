//! A target is built beside its final name and takes that name only when it is whole and verified.
//!
//! [`Staging`] holds the unpublished file `TARGET.partial` and a lock against a second run; dropped without
//! [`Staging::publish`], it leaves nothing behind. A killed run leaves `TARGET.partial`, never `TARGET`; the next run
//! goes on with it or removes it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Whether a file that has the target's name already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// Refuse.
    No,
    /// Replace it after verification, keeping it as a numbered backup.
    Yes,
    /// Nothing will be published (a rehearsal): whatever has the name does not matter.
    Never,
}

/// Why a target cannot be built or published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of that name is there and replacing was not asked for.
    #[error(
        "{0} exists; it was left alone. Give --replace to put the new file in its place once it is verified (the old one is kept as a numbered backup), or name another target"
    )]
    Exists(String),
    /// The name is a folder or a special file.
    #[error("{0} is not a regular file; name another target")]
    NotAFile(String),
    /// The old file is not a SQLite database.
    #[error(
        "{0} is not a SQLite database, so it is not replaced; move it away or name another target"
    )]
    NotADatabase(String),
    /// The old file has a journal beside it whose content belongs to it.
    #[error(
        "{path} has a {sidecar} with content: renaming over it would show old data as new. Close the application and run `PRAGMA wal_checkpoint(TRUNCATE)` (or open and close the file once with sqlite3), then run again"
    )]
    Sidecar {
        /// Target.
        path: String,
        /// File name of the journal.
        sidecar: String,
    },
    /// Somebody has the old file open.
    #[error("{path} is open elsewhere ({who}); stop the application first, then run again")]
    Open {
        /// Target.
        path: String,
        /// Who, as far as it can be told.
        who: String,
    },
    /// Another run builds the same target.
    #[error("another run is building {0}; wait for it to end")]
    Locked(String),
    /// A file cannot be created, read, renamed or synced.
    #[error("{doing} {path}: {cause}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// File or folder.
        path: String,
        /// Cause.
        cause: io::Error,
    },
    /// The published file is not the one that was verified.
    #[error(
        "{0} does not read back as the file that was verified; the storage is not to be trusted"
    )]
    ReadBack(String),
}

fn fault(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    move |cause| Error::Io { doing, path, cause }
}

/// An unpublished target.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    partial: PathBuf,
    lock_path: PathBuf,
    _lock: File,
    replace: Replace,
    found: bool,
    keep: bool,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Final name.
    pub target: PathBuf,
    /// Where the file that had the name before is now.
    pub backup: Option<PathBuf>,
    /// SHA-256 of the published file, read back by its final name.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    target.with_file_name(name)
}

impl Staging {
    /// Checks that the target may be built and takes the lock. What a killed run left is [`Staging::found`], and in the way until
    /// it is removed by [`Staging::clear`].
    ///
    /// # Errors
    /// The target exists and may not be replaced, is open elsewhere, another run builds it, or its folder is not writable.
    pub fn begin(target: &Path, replace: Replace) -> Result<Self, Error> {
        check_target(target, replace)?;
        let lock_path = beside(target, ".lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(fault("cannot write in the target's folder:", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Error::Locked(target.display().to_string()));
            }
            Err(std::fs::TryLockError::Error(cause)) => {
                return Err(fault("cannot lock", &lock_path)(cause));
            }
        }
        // A run that ended just now may have removed the file between our opening and our locking of it.
        if !is_same_file(&lock, &lock_path) {
            return Err(Error::Locked(target.display().to_string()));
        }
        let partial = beside(target, ".partial");
        Ok(Self {
            target: target.to_path_buf(),
            found: partial.exists(),
            partial,
            lock_path,
            _lock: lock,
            replace,
            keep: false,
        })
    }

    /// Whether a run that was killed has left something.
    pub fn found(&self) -> bool {
        self.found
    }

    /// Removes what a killed run left, or what was built.
    pub fn clear(&mut self) {
        self.found = false;
        self.remove_partial();
    }

    /// Where it is written down how far the building has come.
    pub fn journal(&self) -> PathBuf {
        beside(&self.partial, "-progress")
    }

    /// Keeps what was built, if it is not published, for a later run to go on with.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// The file to build.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// The final name.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the finished file its final name: syncs it, keeps a file that had the name, renames, syncs the folder, and reads
    /// the file back by its final name. No connection may be open on the file.
    ///
    /// # Errors
    /// The target appeared or was opened meanwhile, or the file system failed. Unless the rename itself was done, the
    /// target is as it was before.
    pub fn publish(mut self) -> Result<Published, Error> {
        self.keep = false;
        // A rehearsal that came here all the same may take a free name, never one that is in use.
        let replace = if self.replace == Replace::Never {
            Replace::No
        } else {
            self.replace
        };
        check_target(&self.target, replace)?;
        let before = sha256_file(&self.partial)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&self.partial)
            .map_err(fault("cannot open", &self.partial))?;
        file.sync_all()
            .map_err(fault("cannot sync", &self.partial))?;
        drop(file);
        if let Some(sidecar) = sidecar_with_content(&self.partial) {
            return Err(Error::Sidecar {
                path: self.partial.display().to_string(),
                sidecar,
            });
        }
        for sidecar in ["-wal", "-shm", "-journal"] {
            remove(&beside(&self.partial, sidecar));
        }
        let backup = if self.target.exists() {
            keep_owner_and_mode(&self.target, &self.partial)?;
            let backup = keep_old(&self.target)?;
            // Checked to be without content: an empty one left behind must not meet the new file.
            for sidecar in ["-wal", "-shm", "-journal"] {
                remove(&beside(&self.target, sidecar));
            }
            std::fs::rename(&self.partial, &self.target)
                .map_err(fault("cannot publish", &self.target))?;
            Some(backup)
        } else {
            // A hard link fails when the name was taken meanwhile; a rename would replace it.
            match std::fs::hard_link(&self.partial, &self.target) {
                Ok(()) => remove(&self.partial),
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(Error::Exists(self.target.display().to_string()));
                }
                Err(_) => std::fs::rename(&self.partial, &self.target)
                    .map_err(fault("cannot publish", &self.target))?,
            }
            None
        };
        let folder = match self.target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|f| f.sync_all())
            .map_err(fault("cannot sync the folder", folder))?;
        let (sha256, bytes) = sha256_file(&self.target)?;
        if (sha256.as_str(), bytes) != (before.0.as_str(), before.1) {
            return Err(Error::ReadBack(self.target.display().to_string()));
        }
        Ok(Published {
            target: self.target.clone(),
            backup,
            sha256,
            bytes,
        })
    }

    fn remove_partial(&self) {
        for suffix in [
            "",
            "-wal",
            "-shm",
            "-journal",
            "-pages",
            "-decant-run",
            "-progress",
        ] {
            remove(&beside(&self.partial, suffix));
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.keep {
            self.remove_partial();
        }
        remove(&self.lock_path);
    }
}

/// Whether a name still leads to the file that was opened by it.
#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_file(_file: &File, _path: &Path) -> bool {
    true
}

/// Removes a file that need not be there.
fn remove(path: &Path) {
    // What cannot be removed here is met again, and told, by the next step that needs the name.
    let _ = std::fs::remove_file(path);
}

/// Whether the target's name is free, or is a closed SQLite database that may be replaced.
///
/// # Errors
/// See [`Error`].
pub fn check_target(target: &Path, replace: Replace) -> Result<(), Error> {
    if replace == Replace::Never {
        return Ok(());
    }
    let name = || target.display().to_string();
    let meta = match std::fs::symlink_metadata(target) {
        Ok(meta) => meta,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(fault("cannot look at", target)(cause)),
    };
    if !meta.is_file() {
        return Err(Error::NotAFile(name()));
    }
    if replace == Replace::No {
        return Err(Error::Exists(name()));
    }
    let mut head = [0_u8; 16];
    if meta.len() > 0 {
        let read = File::open(target).and_then(|mut f| f.read_exact(&mut head));
        if read.is_err() || &head != b"SQLite format 3\0" {
            return Err(Error::NotADatabase(name()));
        }
    }
    if let Some(sidecar) = sidecar_with_content(target) {
        return Err(Error::Sidecar {
            path: name(),
            sidecar,
        });
    }
    if let Some(who) = open_by(target) {
        return Err(Error::Open { path: name(), who });
    }
    if meta.len() > 0 && locked_by_sqlite(target) {
        return Err(Error::Open {
            path: name(),
            who: "it is locked".to_owned(),
        });
    }
    Ok(())
}

/// A journal beside a database whose content belongs to it.
fn sidecar_with_content(database: &Path) -> Option<String> {
    ["-wal", "-journal"]
        .into_iter()
        .map(|suffix| beside(database, suffix))
        .find(|path| std::fs::metadata(path).is_ok_and(|m| m.len() > 0))
        .map(|path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
}

/// Whether a connection of another process holds a lock: one in WAL mode always does, one in rollback mode while it works.
fn locked_by_sqlite(target: &Path) -> bool {
    let attempt = || -> rusqlite::Result<()> {
        let db = rusqlite::Connection::open_with_flags(
            target,
            rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE,
        )?;
        db.busy_timeout(std::time::Duration::ZERO)?;
        db.query_row("PRAGMA locking_mode=EXCLUSIVE", [], |_| Ok(()))?;
        db.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")
    };
    match attempt() {
        Ok(()) => false,
        Err(rusqlite::Error::SqliteFailure(e, _)) => {
            matches!(
                e.code,
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked
            )
        }
        Err(_) => false,
    }
}

/// Another process that has the file open, as far as this system lets us see.
#[cfg(target_os = "linux")]
fn open_by(target: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let wanted = std::fs::metadata(target).ok().map(|m| (m.dev(), m.ino()))?;
    let own = std::process::id().to_string();
    let mut found: Vec<String> = Vec::new();
    for process in std::fs::read_dir("/proc").ok()?.flatten() {
        let pid = process.file_name().to_string_lossy().into_owned();
        if pid == own || !pid.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else {
            continue;
        };
        let open = files
            .flatten()
            .any(|fd| std::fs::metadata(fd.path()).is_ok_and(|m| (m.dev(), m.ino()) == wanted));
        if open {
            let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            found.push(
                format!("process {pid} {}", name.trim())
                    .trim_end()
                    .to_owned(),
            );
        }
    }
    found.sort();
    if found.is_empty() {
        None
    } else {
        Some(found.join(", "))
    }
}

/// Other systems do not tell.
#[cfg(not(target_os = "linux"))]
fn open_by(_target: &Path) -> Option<String> {
    None
}

/// Keeps the old file under the next free `NAME.backup-N`, without a moment in which the target's name is missing.
fn keep_old(target: &Path) -> Result<PathBuf, Error> {
    for number in 1..10_000_u32 {
        let backup = beside(target, &format!(".backup-{number}"));
        match std::fs::hard_link(target, &backup) {
            Ok(()) => return Ok(backup),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => {
                // A file system without hard links: a copy takes longer and is as good.
                std::fs::copy(target, &backup)
                    .map_err(fault("cannot keep the old file as", &backup))?;
                return Ok(backup);
            }
        }
    }
    let cause = io::Error::other("10,000 backups are there already");
    Err(fault("cannot keep the old file beside", target)(cause))
}

/// The application must be able to open the new file as it could the old one.
#[cfg(unix)]
fn keep_owner_and_mode(old: &Path, new: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;

    let meta = std::fs::metadata(old).map_err(fault("cannot look at", old))?;
    std::fs::set_permissions(new, meta.permissions())
        .map_err(fault("cannot set the mode of", new))?;
    let current = std::fs::metadata(new).map_err(fault("cannot look at", new))?;
    if (current.uid(), current.gid()) != (meta.uid(), meta.gid()) {
        std::os::unix::fs::chown(new, Some(meta.uid()), Some(meta.gid()))
            .map_err(fault("cannot give the old file's owner to", new))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_old: &Path, _new: &Path) -> Result<(), Error> {
    Ok(())
}

/// SHA-256 of a file as hex digits, and its size in bytes.
///
/// # Errors
/// The file cannot be read.
pub fn sha256_file(path: &Path) -> Result<(String, u64), Error> {
    let mut file = File::open(path).map_err(fault("cannot read", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut bytes = 0_u64;
    loop {
        let n = file.read(&mut buffer).map_err(fault("cannot read", path))?;
        let Some(chunk) = buffer.get(..n).filter(|c| !c.is_empty()) else {
            break;
        };
        hash.update(chunk);
        bytes += u64::try_from(n).unwrap_or_default();
    }
    Ok((
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect(),
        bytes,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(path: &Path, value: i64) {
        let db = rusqlite::Connection::open(path).expect("a new database opens");
        db.execute_batch(&format!(
            "CREATE TABLE t(x); INSERT INTO t VALUES ({value})"
        ))
        .expect("a new database takes a table");
    }

    fn value(path: &Path) -> i64 {
        rusqlite::Connection::open(path)
            .and_then(|db| db.query_row("SELECT x FROM t", [], |r| r.get(0)))
            .expect("the table is there")
    }

    #[test]
    fn an_unpublished_target_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("app.db");
        let staging = Staging::begin(&target, Replace::No).expect("nothing is in the way");
        database(staging.path(), 1);
        drop(staging);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("readable").count(),
            0
        );
    }

    #[test]
    fn an_existing_target_is_refused_and_replaced_only_when_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("app.db");
        database(&target, 1);
        assert!(matches!(
            Staging::begin(&target, Replace::No),
            Err(Error::Exists(_))
        ));
        let staging = Staging::begin(&target, Replace::Yes).expect("it may be replaced");
        assert!(matches!(
            Staging::begin(&target, Replace::Yes),
            Err(Error::Locked(_))
        ));
        database(staging.path(), 2);
        assert_eq!(value(&target), 1);
        let published = staging.publish().expect("it is published");
        assert_eq!(value(&target), 2);
        assert_eq!(value(&published.backup.expect("the old one is kept")), 1);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("readable").count(),
            2
        );
    }

    #[test]
    fn a_rehearsal_goes_on_beside_an_existing_target() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("app.db");
        database(&target, 1);
        let staging = Staging::begin(&target, Replace::Never).expect("nothing is replaced");
        database(staging.path(), 2);
        assert!(matches!(staging.publish(), Err(Error::Exists(_))));
        assert_eq!(value(&target), 1);
    }

    #[test]
    fn a_journal_with_content_refuses_the_replacement() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("app.db");
        database(&target, 1);
        std::fs::write(folder.path().join("app.db-wal"), b"content").expect("writable");
        assert!(matches!(
            Staging::begin(&target, Replace::Yes),
            Err(Error::Sidecar { .. })
        ));
    }

    #[test]
    fn a_file_that_is_no_database_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("notes.txt");
        std::fs::write(&target, b"do not lose these notes").expect("writable");
        assert!(matches!(
            Staging::begin(&target, Replace::Yes),
            Err(Error::NotADatabase(_))
        ));
    }
}
