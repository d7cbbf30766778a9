//! Which kind of file was given: plain dumps are read, other kinds are refused with what to do instead.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::pg::Error;

const PLAIN: &str = "make a plain dump with `pg_dump --format=plain`, or of this file with `pg_restore --file=dump.sql`";

/// First bytes of files that are not text.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PGDMP", "a dump in pg_dump's custom format"),
    (b"\x1f\x8b", "a file compressed with gzip"),
    (b"\x28\xb5\x2f\xfd", "a file compressed with zstd"),
    (b"\x04\x22\x4d\x18", "a file compressed with lz4"),
    (b"BZh", "a file compressed with bzip2"),
    (b"\xfd7zXZ", "a file compressed with xz"),
    (b"PK\x03\x04", "a zip file"),
    (b"SQLite format 3\0", "a SQLite database"),
];

/// Refuses what is no text that `pg_dump` could have written.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read, [`Error::Dump`] when it is of another kind.
pub(super) fn check(path: &Path, file: &mut File) -> Result<(), Error> {
    let io_error = |cause: io::Error| Error::Io {
        path: path.display().to_string(),
        cause,
    };
    let refuse = |cause: String| Error::Dump {
        path: path.display().to_string(),
        line: 1,
        cause,
    };
    if file.metadata().map_err(io_error)?.is_dir() {
        let what = if path.join("toc.dat").is_file() {
            "a dump in pg_dump's directory format, which is not read yet"
        } else {
            "a folder"
        };
        return Err(refuse(format!("this is {what}; {PLAIN}")));
    }
    let mut head = Vec::with_capacity(512);
    file.take(512).read_to_end(&mut head).map_err(io_error)?;
    file.seek(SeekFrom::Start(0)).map_err(io_error)?;
    if head.is_empty() {
        return Err(refuse(
            "the file is empty: the dump was not written; make it again".to_owned(),
        ));
    }
    if let Some((_, what)) = SIGNATURES.iter().find(|(bytes, _)| head.starts_with(bytes)) {
        let remedy = if what.contains("compressed") || what.starts_with("a zip") {
            "unpack it first"
        } else {
            PLAIN
        };
        return Err(refuse(format!(
            "this is {what}, which is not read yet; {remedy}"
        )));
    }
    // The magic of a POSIX tar header stands at byte 257.
    if head.get(257..262) == Some(b"ustar") {
        return Err(refuse(format!(
            "this is a tar file, probably a dump in pg_dump's tar format, which is not read yet; {PLAIN}"
        )));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(refuse(
            "this is UTF-16 text, as PowerShell's `>` writes it, and its rows may be damaged; make the dump again with \
             `pg_dump --file=dump.sql`"
                .to_owned(),
        ));
    }
    Ok(())
}
