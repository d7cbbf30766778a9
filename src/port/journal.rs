//! How far a load has come, so that one that was killed can be continued.
//!
//! Every transaction of the load writes its number into the file's header (`user_version`), so the number is committed with the
//! rows or not at all. What the number stands for is a line of the journal, a file beside the unpublished target, written before
//! the commit: of each table that the transaction touched how many rows of the source are done, and their digest. Lines beyond the
//! number in the header were never committed and are cut off. The last transaction gives the header its own values back: the
//! published file has nothing of the journal, not even free pages.
//!
//! A load is not synced to disk while it lasts. A killed process loses nothing by that, a computer that stops does: the journal
//! names the boot of the system that it was written in, and is good in that one alone.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::Error;
use super::reject::Row;
use super::summary::{Reject, Summary};
use crate::sqlite::db::{Loader, Stripped};

/// Changes when lines mean something else.
const FORMAT: u32 = 2;

/// What of a table's rows is done. Rows are counted in the source's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// Rows of the source that were taken, written or rejected.
    pub rows: u64,
    /// Those that are in the target.
    pub written: u64,
    /// Those that the target refused.
    pub rejected: u64,
    /// Bytes that they took in the source.
    pub bytes: u64,
    /// Digest of them as converted (`port::batch::Prefix`).
    pub digest: u128,
    /// The source had no more.
    pub complete: bool,
}

/// A rejected row as it is kept, with its line of the reject file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptReject {
    /// Its table's place in the plan.
    pub table: usize,
    /// The row.
    pub reject: Reject,
    /// Its values.
    pub row: Row,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    format: u32,
    /// Version of decant.
    version: String,
    /// What the load depends on: schema, decisions, selection.
    fingerprint: String,
    /// Boot of the system.
    boot: Option<String>,
    /// Stands in the file's header as `application_id` while the load lasts, so that file and journal are known to belong together.
    run: i32,
    /// `user_version` and `application_id` that the file shall have.
    own: (i32, i32),
    /// What was taken off the schema.
    stripped: Stripped,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Line {
    Begin(Header),
    Commit {
        number: i32,
        tables: BTreeMap<usize, Mark>,
        rejects: Vec<KeptReject>,
    },
    /// All is done but the verification; the header has its own values again.
    Finished(Box<Summary>),
}

/// What an earlier load left.
#[derive(Debug)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Something that cannot be continued, and why not.
    Useless(String),
    /// A load that can be continued.
    Continues(Box<Unfinished>),
}

/// A load that was broken off.
#[derive(Debug)]
pub struct Unfinished {
    header: Header,
    path: PathBuf,
    /// Length of the lines that count.
    length: u64,
    number: i32,
    /// Marks by the table's place in the plan.
    pub marks: BTreeMap<usize, Mark>,
    /// Rows that were rejected.
    pub rejects: Vec<KeptReject>,
    /// What was done, when all was.
    pub finished: Option<Summary>,
}

impl Unfinished {
    /// Rows that are done.
    pub fn rows(&self) -> u64 {
        self.marks.values().map(|mark| mark.rows).sum()
    }

    /// What was taken off the schema when the load began.
    pub fn stripped(&self) -> &Stripped {
        &self.header.stripped
    }
}

impl Left {
    /// Looks at what is there. An unfinished transaction of the file is taken back.
    pub fn find(partial: &Path, journal: &Path, fingerprint: &str) -> Self {
        match (partial.exists(), journal.exists()) {
            (false, _) => return Self::Nothing,
            (true, false) => {
                return Self::Useless("it was broken off before its first row".to_owned());
            }
            (true, true) => {}
        }
        match read(partial, journal, fingerprint) {
            Ok(unfinished) => Self::Continues(Box::new(unfinished)),
            Err(why) => Self::Useless(why),
        }
    }
}

/// Reads journal and header of the file; the reason when they cannot be continued.
fn read(partial: &Path, journal: &Path, fingerprint: &str) -> Result<Unfinished, String> {
    let text = std::fs::read(journal).map_err(|e| format!("{}: {e}", journal.display()))?;
    let mut lines = text.split_inclusive(|b| *b == b'\n');
    let first = lines.next().filter(|line| line.ends_with(b"\n"));
    let Some(Line::Begin(header)) = first.and_then(|line| serde_json::from_slice(line).ok()) else {
        return Err("it was broken off before its first row".to_owned());
    };
    if header.format != FORMAT || header.version != env!("CARGO_PKG_VERSION") {
        return Err(format!("it is of decant {}", header.version));
    }
    match (&header.boot, boot()) {
        (Some(then), Some(now)) if *then == now => {}
        (Some(_), Some(_)) => {
            return Err(
                "the computer was started again since, and what was not on its disk by then may be lost"
                    .to_owned(),
            );
        }
        _ => {
            return Err(
                "this system does not tell whether it was started again since, and then rows may be lost"
                    .to_owned(),
            );
        }
    }
    if header.fingerprint != fingerprint {
        return Err("its schema, decisions or selection of rows were other ones".to_owned());
    }
    let (version, application) = numbers(partial)
        .map_err(|e| format!("its file {} cannot be read: {e}", partial.display()))?;
    let mut found = Unfinished {
        path: journal.to_owned(),
        length: u64::try_from(first.map_or(0, <[u8]>::len)).unwrap_or_default(),
        number: 0,
        marks: BTreeMap::new(),
        rejects: Vec::new(),
        finished: None,
        header,
    };
    let own = (version, application) == found.header.own;
    let committed = version.wrapping_sub(found.header.own.0);
    if !own && application != found.header.run {
        return Err("file and journal do not belong together".to_owned());
    }
    for line in lines {
        let length = u64::try_from(line.len()).unwrap_or_default();
        let Ok(line) = serde_json::from_slice(line) else {
            break;
        };
        match line {
            Line::Commit {
                number,
                tables,
                rejects,
            } if own || number <= committed => {
                found.number = number;
                // A table that was begun again has none of its earlier rejects.
                found.rejects.retain(|kept| {
                    tables
                        .get(&kept.table)
                        .is_none_or(|mark| *mark != Mark::default())
                });
                found.marks.extend(tables);
                found.rejects.extend(rejects);
            }
            Line::Finished(summary) if own => found.finished = Some(*summary),
            Line::Begin(_) | Line::Commit { .. } | Line::Finished(_) => break,
        }
        found.length += length;
    }
    if own != found.finished.is_some() || (!own && found.number != committed) {
        return Err("file and journal do not belong together".to_owned());
    }
    Ok(found)
}

/// `user_version` and `application_id` of a file; what was not committed is taken back by that.
fn numbers(partial: &Path) -> rusqlite::Result<(i32, i32)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let db = Connection::open_with_flags(partial, flags)?;
    let number = |pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0));
    let numbers = (number("user_version")?, number("application_id")?);
    db.close().map_err(|(_, e)| e)?;
    Ok(numbers)
}

/// What names this boot of the system; `None` where nothing does.
fn boot() -> Option<String> {
    #[cfg(debug_assertions)]
    if let Ok(boot) = std::env::var("DECANT_TEST_BOOT") {
        return Some(boot).filter(|b| !b.is_empty());
    }
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

/// The journal of a load that goes on.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    number: i32,
    own: (i32, i32),
    /// Since the last commit.
    tables: BTreeMap<usize, Mark>,
    rejects: Vec<KeptReject>,
}

impl Journal {
    /// Begins the journal of a file whose schema is there and stripped.
    ///
    /// # Errors
    /// Journal or file cannot be written.
    pub fn begin(
        path: &Path,
        loader: &Loader,
        fingerprint: &str,
        stripped: &Stripped,
    ) -> Result<Self, Error> {
        let own = (
            loader.number("user_version")?,
            loader.number("application_id")?,
        );
        let run = run_number(own.1);
        let header = Header {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            fingerprint: fingerprint.to_owned(),
            boot: boot(),
            run,
            own,
            stripped: stripped.clone(),
        };
        let file = create(path).map_err(|e| fault(path, e))?;
        let mut journal = Self {
            file,
            path: path.to_owned(),
            number: 0,
            own,
            tables: BTreeMap::new(),
            rejects: Vec::new(),
        };
        journal.line(&Line::Begin(header))?;
        loader.batch("beginning the load", "BEGIN")?;
        loader.batch(
            "beginning the load",
            &format!("PRAGMA application_id = {run}"),
        )?;
        journal.commit(loader)?;
        Ok(journal)
    }

    /// Goes on with a journal; what it holds beyond the last commit is cut off.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn resume(left: &Unfinished) -> Result<Self, Error> {
        let open = || -> std::io::Result<File> {
            let mut file = OpenOptions::new().write(true).open(&left.path)?;
            file.set_len(left.length)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        Ok(Self {
            file: open().map_err(|e| fault(&left.path, e))?,
            path: left.path.clone(),
            number: left.number,
            own: left.header.own,
            tables: BTreeMap::new(),
            rejects: Vec::new(),
        })
    }

    /// Notes what the open transaction has done for a table so far.
    pub fn note(&mut self, table: usize, mark: Mark) {
        self.tables.insert(table, mark);
    }

    /// Notes a row that the open transaction has rejected.
    pub fn reject(&mut self, kept: KeptReject) {
        self.rejects.push(kept);
    }

    /// Commits the open transaction with what was noted.
    ///
    /// # Errors
    /// Journal or file cannot be written.
    pub fn commit(&mut self, loader: &Loader) -> Result<(), Error> {
        self.number = self.number.wrapping_add(1);
        let line = Line::Commit {
            number: self.number,
            tables: std::mem::take(&mut self.tables),
            rejects: std::mem::take(&mut self.rejects),
        };
        self.line(&line)?;
        let version = self.own.0.wrapping_add(self.number);
        loader.batch(
            "ending a batch of rows",
            &format!("PRAGMA user_version = {version}; COMMIT"),
        )?;
        Ok(())
    }

    /// Commits the last transaction, which gives the file its own header back.
    ///
    /// # Errors
    /// Journal or file cannot be written.
    pub fn finish(&mut self, loader: &Loader, summary: &Summary) -> Result<(), Error> {
        self.line(&Line::Finished(Box::new(summary.clone())))?;
        let (version, application) = self.own;
        loader.batch(
            "ending the load",
            &format!(
                "PRAGMA user_version = {version}; PRAGMA application_id = {application}; COMMIT"
            ),
        )?;
        Ok(())
    }

    fn line(&mut self, line: &Line) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).map_err(|e| fault(&self.path, e.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(|e| fault(&self.path, e))
    }
}

fn fault(path: &Path, cause: std::io::Error) -> Error {
    Error::Journal {
        path: path.display().to_string(),
        cause: cause.to_string(),
    }
}

/// A number for this run that is not the one which the file shall have.
fn run_number(own: i32) -> i32 {
    let mut bytes = [0_u8; 4];
    let random = File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut bytes));
    if random.is_err() {
        bytes = std::process::id().to_le_bytes();
    }
    match i32::from_le_bytes(bytes) {
        run if run == own || run == 0 => own.wrapping_add(1).max(1),
        run => run,
    }
}

/// Only its owner may read it: it holds values of rejected rows.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
