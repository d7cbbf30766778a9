//! Migration files: what they hold, how each runner's format writes and reads them, and the runner of our own.
//!
//! One format is one implementation of [`Format`]. [`statements`] splits SQL as SQLite reads it; [`original`] tells what
//! the custom tool would make of the same text; [`ledger`] compares what was applied with what is on disk, and
//! [`runner`] applies and reverts. What the statements should be is decided elsewhere.

mod dotenv;
mod error;
mod formats;
mod guard;
pub mod ledger;
pub mod original;
pub mod runner;
pub mod statements;
pub mod updown;
pub mod url;

use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

pub use dotenv::read_dotenv;
pub use error::{Cause, Error};
pub use formats::{FORMATS, format, format_names};
pub use statements::Statement;

/// One migration, whatever file format it comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MigrationFile {
    /// `YYYYMMDDHHMMSS`; orders the migrations.
    pub version: String,
    /// What it does, as part of a file name: letters, digits and `_`.
    pub name: String,
    /// The file's name, which the ledger records. Formats of two files or a folder have the up file's path here.
    pub file_name: String,
    /// Lines for the file's head: said to the reader, executed by nobody.
    pub notes: Vec<String>,
    /// The Alembic revisions that a baseline replaces.
    pub replaces: Vec<String>,
    /// What applies it, in order.
    pub up: Vec<Statement>,
    /// What reverts it, in order; empty when it cannot be reverted.
    pub down: Vec<Statement>,
    /// SHA-256 of the file's text with LF line ends; empty for a migration that was not read from disk.
    pub checksum: String,
}

impl MigrationFile {
    /// A migration to be written in the custom format's naming; formats rename it as they need.
    pub fn new(version: &str, name: &str, up: Vec<String>, down: Vec<String>) -> Self {
        let statements = |list: Vec<String>| list.into_iter().map(Statement::from).collect();
        Self {
            version: version.to_owned(),
            name: name.to_owned(),
            file_name: format!("{version}_{name}.sql"),
            up: statements(up),
            down: statements(down),
            ..Self::default()
        }
    }
}

/// A file to be written, or one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Path below the migrations folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// How one runner keeps migrations in files.
pub trait Format: Sync {
    /// The name that `--format` takes.
    fn name(&self) -> &'static str;

    /// Whether files have a section that reverts.
    fn has_down(&self) -> bool {
        true
    }

    /// Whether triggers may stand among other statements; else they get a file of their own, which the team's original tool is
    /// not given.
    fn takes_triggers(&self) -> bool {
        false
    }

    /// The files of migrations that follow each other, and what the runner needs beside them.
    ///
    /// # Errors
    /// As [`Format::write`].
    fn write_all(&self, migrations: &[MigrationFile]) -> Result<Vec<TextFile>, Error> {
        let files = migrations.iter().map(|m| self.write(m));
        Ok(files.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The files of one migration; the bytes depend on nothing else.
    ///
    /// # Errors
    /// When the migration cannot be expressed, for instance because a line of a string equals a marker.
    fn write(&self, migration: &MigrationFile) -> Result<Vec<TextFile>, Error>;

    /// The migrations in a folder's files, in the order in which the runner applies them. Files that the format does not
    /// know are passed over.
    ///
    /// # Errors
    /// When a file of the format cannot be understood.
    fn read(&self, files: &[TextFile]) -> Result<Vec<MigrationFile>, Error>;
}

/// SHA-256 of a text with LF line ends, in lower-case hexadecimal: a checkout that rewrites line ends is no change.
pub fn checksum(text: &str) -> String {
    Sha256::digest(text.replace("\r\n", "\n").as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Reads all files below a folder, by path. A folder that does not exist has none.
///
/// # Errors
/// When something cannot be read, or is not UTF-8.
pub fn read_folder(folder: &Path) -> Result<Vec<TextFile>, Error> {
    let mut files = Vec::new();
    if folder.is_dir() {
        read_into(folder, "", &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn read_into(folder: &Path, below: &str, files: &mut Vec<TextFile>) -> Result<(), Error> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        |cause| Error::Io {
            doing: "read",
            path,
            cause,
        }
    };
    for entry in std::fs::read_dir(folder).map_err(fault(folder))? {
        let entry = entry.map_err(fault(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() {
            read_into(&path, &format!("{below}{name}/"), files)?;
        } else if name.ends_with(".sql") {
            files.push(TextFile {
                path: format!("{below}{name}"),
                text: std::fs::read_to_string(&path).map_err(fault(&path))?,
            });
        }
    }
    Ok(())
}

/// Writes files below a folder, which is made if need be. Each file appears whole or not at all.
///
/// # Errors
/// When something cannot be written.
pub fn write_folder(folder: &Path, files: &[TextFile]) -> Result<(), Error> {
    use std::io::Write as _;
    for file in files {
        let path = folder.join(&file.path);
        let above = path.parent().unwrap_or(folder);
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(above)?;
            let mut temporary = tempfile::Builder::new();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                temporary.permissions(std::fs::Permissions::from_mode(0o644));
            }
            let mut temporary = temporary.prefix(".decant-").tempfile_in(above)?;
            temporary.write_all(file.text.as_bytes())?;
            temporary.as_file().sync_all()?;
            temporary.persist(&path)?;
            Ok(())
        };
        write().map_err(|cause| Error::Io {
            doing: "write",
            path: path.clone(),
            cause,
        })?;
    }
    Ok(())
}

/// A free text as part of a file name: lower-case letters, digits and single `_`.
pub fn slug(text: &str) -> String {
    let words = text.to_lowercase();
    let words = words.split(|c: char| !c.is_alphanumeric());
    let mut out = String::new();
    for word in words.filter(|w| !w.is_empty()) {
        let room = LONGEST_SLUG.saturating_sub(out.len() + 1);
        if word.len() > room && !out.is_empty() {
            break;
        }
        if !out.is_empty() {
            out.push('_');
        }
        let fits = word
            .char_indices()
            .take_while(|(at, c)| at + c.len_utf8() <= room);
        out.extend(fits.map(|(_, c)| c));
    }
    out
}

/// How many bytes of a message go into a file's name: file systems take 255 with version, suffix and what a part of a revision adds.
const LONGEST_SLUG: usize = 160;

/// Splits a `<digits>_<name>` stem.
pub(crate) fn version_and_name(stem: &str) -> Option<(&str, &str)> {
    let (version, name) = stem.split_once('_')?;
    (!version.is_empty() && version.bytes().all(|b| b.is_ascii_digit())).then_some((version, name))
}

/// Writes a new, empty migration of the custom format into `folder` and gives its path. Its version is `now` (UTC), or one
/// second after the newest that is there when that is not earlier.
///
/// # Errors
/// When the name has no letter or digit, or the file cannot be written.
pub fn create(
    folder: &Path,
    name: &str,
    now: jiff::civil::DateTime,
) -> Result<std::path::PathBuf, Error> {
    let slug = slug(name);
    if slug.is_empty() {
        return Err(Error::Refused(format!(
            "`{name}` has no letter or digit to make a file name of"
        )));
    }
    let newest = read_folder(folder)?
        .iter()
        .filter_map(|f| version_and_name(f.path.strip_suffix(".sql")?))
        .filter_map(|(version, _)| jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", version).ok())
        .max();
    let later = newest.and_then(|newest| newest.checked_add(jiff::Span::new().seconds(1)).ok());
    let moment = later.filter(|later| *later > now).unwrap_or(now);
    let version = moment.strftime("%Y%m%d%H%M%S").to_string();
    let created_at = moment.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let file = updown::template(&version, &slug, &created_at);
    write_folder(folder, std::slice::from_ref(&file))?;
    Ok(folder.join(file.path))
}
