//! The members of a tar file as `pg_dump --format=tar` writes it (POSIX ustar, and base-256 sizes for members of 8 GB and more).

use std::io::{self, Read};

use indexmap::IndexMap;

use super::stream::Stream;

/// Bytes of a header, and what contents are padded to.
const BLOCK: u64 = 512;

/// A member's first byte and its length.
pub(super) type Member = (u64, u64);

/// Whether a file that begins so is a tar file: the magic of POSIX headers stands at byte 257.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The members by name. `length` is the file's.
///
/// # Errors
/// The file cannot be read, is cut or damaged.
pub(super) fn members(
    length: u64,
    mut open: impl FnMut(u64) -> io::Result<Stream>,
) -> io::Result<IndexMap<String, Member>> {
    let mut members = IndexMap::new();
    let mut at = 0u64;
    loop {
        let mut stream = open(at)?;
        let mut header = [0u8; 512];
        if let Err(error) = stream.read_exact(&mut header) {
            return Err(match error.kind() {
                io::ErrorKind::UnexpectedEof => stream.damage(
                    "the tar file is truncated: its end mark is missing; make the dump again",
                ),
                _ => error,
            });
        }
        if header.iter().all(|b| *b == 0) {
            return Ok(members);
        }
        let Some((name, size)) = member(&header) else {
            return Err(stream.damage(
                "the tar file is damaged: no header of a member stands here; make the dump again",
            ));
        };
        let begin = at + BLOCK;
        let end = begin.checked_add(size).filter(|end| *end <= length);
        let Some(next) = end.and_then(|end| end.checked_next_multiple_of(BLOCK)) else {
            return Err(stream.damage(format!(
                "the tar file is truncated: it ends inside of {name}; make the dump again"
            )));
        };
        if members.insert(name.clone(), (begin, size)).is_some() {
            return Err(stream.damage(format!(
                "the tar file is damaged: it has {name} twice; make the dump again"
            )));
        }
        at = next;
    }
}

/// Name and size of a member, when the header's checksum is right.
fn member(header: &[u8; 512]) -> Option<(String, u64)> {
    // The checksum counts its own field as blanks.
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(i, b)| u64::from(if (148..156).contains(&i) { b' ' } else { *b }))
        .sum();
    if number(header.get(148..156)?)? != sum || !is_tar(header) {
        return None;
    }
    let name = header.get(..100)?.split(|b| *b == 0).next()?;
    let size = number(header.get(124..136)?)?;
    Some((String::from_utf8(name.to_vec()).ok()?, size))
}

/// A number in octal digits, or in base 256 after a first byte of 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, digits @ ..] = field {
        return digits.iter().try_fold(0u64, |value, digit| {
            value.checked_mul(256)?.checked_add(u64::from(*digit))
        });
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(|c: char| c == '\0' || c == ' ');
    u64::from_str_radix(digits, 8).ok()
}
