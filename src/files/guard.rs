//! One run at a time: a locked file beside the database, which also tells where a killed run was.
//!
//! The statement that a run is at cannot be kept in the database itself, for it would be rolled back with the rest.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Error;

/// Where a run is, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Progress {
    /// Process that runs.
    pub process: u32,
    /// Name of the migration's file; empty before the first.
    pub version: String,
    /// `up` or `down`.
    pub direction: String,
    /// Statement that is being executed, from 1; 0 before the first.
    pub statement: usize,
    /// How many statements the section has.
    pub count: usize,
    /// Line of the statement in the file.
    pub line: u32,
}

impl Progress {
    /// What a run that was killed there left behind.
    pub fn as_interruption(&self) -> Option<String> {
        (!self.version.is_empty()).then(|| {
            let place = match self.statement {
                // A server's row does not follow the statements of a transaction.
                0 => format!("at one of its {} statements", self.count),
                at => format!("at statement {at} of {} (line {})", self.count, self.line),
            };
            format!(
                "the run before this one (process {}) was interrupted in {} of {}, {place}; the database has taken it back, and \
                 nothing of that file was kept",
                self.process, self.direction, self.version
            )
        })
    }
}

/// Holds the lock; the file goes when it is dropped.
pub(super) struct Guard {
    file: File,
    path: PathBuf,
    progress: Progress,
}

/// The file beside a database.
pub(super) fn path_for(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-decant-run");
    PathBuf::from(name)
}

/// What a killed run left, without taking the lock; none while a run is going on or when there is nothing.
pub(super) fn left_behind(database: &Path) -> Option<Progress> {
    let mut file = File::open(path_for(database)).ok()?;
    // While a run holds it, it is no interruption.
    file.try_lock_shared().ok()?;
    read_progress(&mut file)
}

impl Guard {
    /// Takes the lock, waiting at most `wait` for another run; also gives what a killed run left behind.
    pub(super) fn take(database: &Path, wait: Duration) -> Result<(Self, Option<Progress>), Error> {
        let path = path_for(database);
        let fault = |cause| Error::Io {
            doing: "lock",
            path: path.clone(),
            cause,
        };
        let started = Instant::now();
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(fault)?;
            match file.try_lock() {
                // The run that held it may have removed the file between our opening and locking it.
                Ok(()) if !is_still(&file, &path) => {}
                Ok(()) => {
                    let left = read_progress(&mut file);
                    let mut guard = Self {
                        file,
                        path,
                        progress: Progress {
                            process: std::process::id(),
                            ..Progress::default()
                        },
                    };
                    guard.write()?;
                    return Ok((guard, left));
                }
                Err(TryLockError::Error(cause)) => return Err(fault(cause)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= wait => {
                    let holder = read_progress(&mut file).map_or_else(String::new, |p| {
                        match p.version.as_str() {
                            "" => format!(" (process {})", p.process),
                            version => {
                                format!(" (process {}, {} of {version})", p.process, p.direction)
                            }
                        }
                    });
                    return Err(Error::Locked {
                        path: database.to_owned(),
                        holder,
                    });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Says where the run is.
    pub(super) fn at(&mut self, progress: Progress) -> Result<(), Error> {
        self.progress = Progress {
            process: self.progress.process,
            ..progress
        };
        self.write()
    }

    fn write(&mut self) -> Result<(), Error> {
        let text = serde_json::to_string(&self.progress).unwrap_or_default();
        let mut put = || -> std::io::Result<()> {
            self.file.rewind()?;
            self.file.write_all(text.as_bytes())?;
            self.file
                .set_len(u64::try_from(text.len()).unwrap_or(u64::MAX))
        };
        put().map_err(|cause| Error::Io {
            doing: "write",
            path: self.path.clone(),
            cause,
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A file that stays behind is read as an interruption, so it is emptied first; then nothing more can be done.
        let _ = self.file.set_len(0);
        let _ = std::fs::remove_file(&self.path);
    }
}

fn read_progress(file: &mut File) -> Option<Progress> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still(_file: &File, path: &Path) -> bool {
    path.exists()
}
