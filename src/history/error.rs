//! Faults of reading a history from disk. Each sentence holds its cause, so none is a `source()` beside.

use std::path::PathBuf;

use crate::diag::Place;

use thiserror::Error as ThisError;

/// Why a history could not be read at all. What is wrong inside its scripts is a diagnostic instead.
#[derive(Debug, ThisError)]
pub enum Error {
    /// No `--scripts` was given.
    #[error(
        "no scripts were named: give --scripts a versions folder, the folder above it, or an alembic.ini"
    )]
    NoScripts,
    /// The argument does not exist.
    #[error("{path} does not exist: --scripts takes a versions folder, the folder above it, or an alembic.ini", path = path.display())]
    NotFound {
        /// As the user gave it.
        path: PathBuf,
    },
    /// The folder has neither a `versions` folder nor scripts.
    #[error(
        "{path} holds no revision scripts and no `versions` folder: name the folder that holds the .py files",
        path = path.display()
    )]
    NoRevisions {
        /// As the user gave it.
        path: PathBuf,
    },
    /// `sourceless = true`, and scripts without their source.
    #[error(
        "{path}: this script is compiled and its source is not there{more}, and {option} (`sourceless`) says that it counts; decant reads source \
         only: restore the .py file from version control, or remove what is left over",
        path = path.display(),
        more = more(*count)
    )]
    Sourceless {
        /// The first such file.
        path: PathBuf,
        /// How many there are.
        count: usize,
        /// Where the settings say so.
        option: Place,
    },
    /// The folder has scripts that are compiled, and no others.
    #[error(
        "{path}: this script is compiled and its source is not there{more}; decant reads source only: name the folder that holds the .py files",
        path = path.display(),
        more = more(*count)
    )]
    CompiledOnly {
        /// The first such file.
        path: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// A file or folder could not be read.
    #[error("cannot read {path}: {cause}", path = path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A script is not text in the encoding that it declares (UTF-8 unless a PEP 263 comment says otherwise).
    #[error("{path}:{line}: the bytes are not {encoding} text; save the file as UTF-8 or declare its encoding in line 1", path = path.display())]
    Encoding {
        /// Which file.
        path: PathBuf,
        /// Line, from 1, of the first bad byte.
        line: usize,
        /// The encoding that was expected.
        encoding: String,
    },
    /// An alembic.ini or pyproject.toml could not be understood.
    #[error("{path}:{line}: {message}", path = path.display())]
    Settings {
        /// Which file.
        path: PathBuf,
        /// Line, from 1; 0 when the file as a whole is meant.
        line: usize,
        /// What is wrong and what to do.
        message: String,
    },
    /// A file or folder could not be written.
    #[error("cannot write {path}: {cause}", path = path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The copy does not read back as the original; nothing was left at the destination.
    #[error("{file} did not read back as it was written; is the disk sound?")]
    CopyDiffers {
        /// Path inside the backup.
        file: String,
    },
    /// A line of a manifest is not as `sha256sum` writes it.
    #[error("{path}:{line}: not a line of `sha256sum`; the manifest is damaged", path = path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// A decision of the user is needed; nothing was changed.
    #[error("{0}")]
    Refused(String),
}

/// ` (nor that of 3 more)`.
fn more(count: usize) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        more => format!(" (nor that of {more} more)"),
    }
}

impl Error {
    /// Whether it needs a decision (exit status 3) rather than being a fault.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::Sourceless { .. } | Self::CompiledOnly { .. }
        )
    }
}
