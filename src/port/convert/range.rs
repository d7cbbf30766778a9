//! Ranges and multiranges as PostgreSQL prints them.

use super::wire::{Bound, Reader};
use super::{Decoded, damaged, temporal, text};

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// Writes `[1,10)`, `empty`, `["2024-01-01 00:00:00",)`.
pub(super) fn write_range(bound: Bound, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    let flags = reader.u8()?;
    if flags & EMPTY != 0 {
        out.extend_from_slice(b"empty");
        return reader.end();
    }
    out.push(if flags & LOWER_INCLUSIVE != 0 {
        b'['
    } else {
        b'('
    });
    if flags & LOWER_INFINITE == 0 {
        write_bound(bound, &mut reader, out)?;
    }
    out.push(b',');
    if flags & UPPER_INFINITE == 0 {
        write_bound(bound, &mut reader, out)?;
    }
    out.push(if flags & UPPER_INCLUSIVE != 0 {
        b']'
    } else {
        b')'
    });
    reader.end()
}

/// Writes `{[1,3),[5,7)}`.
pub(super) fn write_multirange(bound: Bound, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    out.push(b'{');
    for place in 0..reader.count(5)? {
        if place > 0 {
            out.push(b',');
        }
        match reader.sized()? {
            Some(range) => write_range(bound, range, out)?,
            None => return damaged("a range of it is NULL"),
        }
    }
    out.push(b'}');
    reader.end()
}

/// Writes a bound, in quotes where it holds a blank (only timestamps do; no built-in bound holds quotes or backslashes).
fn write_bound(bound: Bound, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Decoded<()> {
    let Some(bytes) = reader.sized()? else {
        return damaged("a bound of it is NULL");
    };
    let mut value = Vec::new();
    text::write_binary(bound.wire(), bytes, &mut value)?;
    if value.contains(&b' ') {
        out.push(b'"');
        out.extend_from_slice(&value);
        out.push(b'"');
    } else {
        out.extend_from_slice(&value);
    }
    Ok(())
}

/// Writes the text of a range or multirange over timestamptz, or of an array of such or of timestamptz, with its instants in UTC: what
/// has a blank between the marks of those literals.
pub(super) fn write_in_utc(literal: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let is_mark = |b: &u8| b"\"\\{}[](),=".contains(b);
    for part in literal.chunk_by(|a, b| !is_mark(a) && !is_mark(b)) {
        if part.contains(&b' ') {
            temporal::write_in_utc(part, out)?;
        } else {
            out.extend_from_slice(part);
        }
    }
    Ok(())
}
