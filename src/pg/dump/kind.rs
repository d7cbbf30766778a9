//! Which kind of dump was given, told by its content: what is none, or is packed once more, is refused with what to do instead.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use super::codec::Codec;
use super::part::Part;
use super::stream::io_error;
use super::{tar, toc};
use crate::interrupt::Interrupt;
use crate::pg::Error;

/// First bytes of files that are not read.
const SIGNATURES: &[(&[u8], &str, &str)] = &[
    (b"BZh", "a file compressed with bzip2", UNPACK),
    (b"\xfd7zXZ", "a file compressed with xz", UNPACK),
    (b"PK\x03\x04", "a zip file", UNPACK),
    (
        b"SQLite format 3\0",
        "a SQLite database",
        "name a dump of PostgreSQL",
    ),
];

const UNPACK: &str = "unpack it first";

/// Ends of a table of contents' name: `pg_dump` does not compress it, but people do.
pub(super) const ENDINGS: &[(&str, Codec)] = &[
    ("", Codec::None),
    (".gz", Codec::Gzip),
    (".lz4", Codec::Lz4),
    (".zst", Codec::Zstd),
];

/// A kind of dump.
#[derive(Debug)]
pub(super) enum Kind {
    /// Statements, in a file or compressed.
    Plain(Part),
    /// An archive in custom format.
    Custom(Part),
    /// A directory, by its table of contents.
    Directory(Part),
    /// A tar file.
    Tar(Part),
}

/// Tells the kind.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read, [`Error::Dump`] when it is of another kind.
pub(super) fn recognise(path: &Path, interrupt: &Interrupt) -> Result<Kind, Error> {
    let metadata = std::fs::metadata(path).map_err(|e| io_error(path, e))?;
    if metadata.is_dir() {
        return directory(path).map(Kind::Directory);
    }
    let mut part = Part::file(path.to_owned())?;
    let refuse = |cause: String| Err(part.fault(1, cause));
    let head = head(path).map_err(|e| io_error(path, e))?;
    if head.is_empty() {
        return refuse("the file is empty: the dump was not written; make it again".to_owned());
    }
    if head.starts_with(toc::MAGIC) {
        return Ok(Kind::Custom(part));
    }
    if tar::is_tar(&head) {
        return Ok(Kind::Tar(part));
    }
    if let Some((_, what, remedy)) = SIGNATURES.iter().find(|(b, ..)| head.starts_with(b)) {
        return refuse(format!("this is {what}, which is not read; {remedy}"));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return refuse(
            "this is UTF-16 text, as PowerShell's `>` writes it, and its rows may be damaged; make the dump again with \
             `pg_dump --file=dump.sql`"
                .to_owned(),
        );
    }
    part.codec = Codec::of_file(&head);
    if part.codec != Codec::None {
        let mut stream = part.open(0, 1 << 16, interrupt)?;
        let mut inside = Vec::new();
        while inside.len() < 512 {
            let more = stream.fill_buf().map_err(|e| io_error(path, e))?;
            let length = more.len();
            if length == 0 {
                break;
            }
            inside.extend_from_slice(more.get(..length.min(512)).unwrap_or_default());
            stream.consume(length);
        }
        if inside.starts_with(toc::MAGIC) || tar::is_tar(&inside) {
            let message = format!(
                "this is an archive of pg_dump that was compressed once more with {}; unpack it first",
                part.codec
            );
            return Err(part.fault(1, message));
        }
    }
    Ok(Kind::Plain(part))
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(512);
    File::open(path)?.take(512).read_to_end(&mut head)?;
    Ok(head)
}

/// The table of contents of a dump in directory format.
fn directory(path: &Path) -> Result<Part, Error> {
    match beside(path, "toc.dat")? {
        Some(part) => Ok(part),
        None => Err(Error::Dump {
            path: path.display().to_string(),
            line: 1,
            cause: "this is a folder without toc.dat, so it is no dump in pg_dump's directory format, and without .csv files; name a dump".to_owned(),
        }),
    }
}

/// A file of a dump in directory format, compressed or not.
pub(super) fn beside(folder: &Path, name: &str) -> Result<Option<Part>, Error> {
    for (ending, codec) in ENDINGS {
        let path: PathBuf = folder.join(format!("{name}{ending}"));
        if path.is_file() {
            let mut part = Part::file(path)?;
            part.codec = *codec;
            return Ok(Some(part));
        }
    }
    Ok(None)
}
