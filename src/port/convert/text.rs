//! Text, bytes and UUIDs; and PostgreSQL's output text of any binary value, under DateStyle ISO, TimeZone UTC,
//! IntervalStyle postgres, extra_float_digits 1, bytea_output hex and lc_monetary C.

use std::io::Write as _;

use super::number::{FloatStyle, integer, write_double, write_integer, write_single};
use super::temporal::{self, OffsetStyle, decode_time, push_offset, write_instant, write_interval};
use super::wire::{Reader, Wire, fixed};
use super::{
    Decoded, Made, ValueIssue, array, damaged, geometry, issue, json, network, numeric, range,
    search,
};
use crate::pg::copy::Cell;

/// PostgreSQL's output text of a value.
pub(super) fn output<'a>(
    wire: Wire,
    is_array: bool,
    cell: Cell<'a>,
    out: &mut Vec<u8>,
) -> Decoded<Made<'a>> {
    match cell {
        Cell::Null => damaged("it is NULL"),
        // Dumps are written in the time zone of their session.
        Cell::Text(text) if wire == Wire::TimestampTz && !is_array => {
            temporal::write_in_utc(text, out)?;
            Ok(Made::ScratchText)
        }
        Cell::Text(text) if zoned_range(wire) || (is_array && wire == Wire::TimestampTz) => {
            range::write_in_utc(text, out)?;
            Ok(Made::ScratchText)
        }
        // Dumps have the database's own bytea_output.
        Cell::Text(text) if wire == Wire::Bytea && !is_array && !text.starts_with(b"\\x") => {
            let mut value = Vec::new();
            unescape_bytea(text, &mut value)?;
            write_binary(wire, &value, out)?;
            Ok(Made::ScratchText)
        }
        Cell::Text(text) => utf8(text).map(Made::Text),
        Cell::Binary(bytes) if is_array => {
            array::write_literal(wire, bytes, out)?;
            Ok(Made::ScratchText)
        }
        Cell::Binary(bytes) => match wire {
            Wire::Text | Wire::Json | Wire::Named => utf8(bytes).map(Made::Text),
            Wire::Jsonb | Wire::Versioned => versioned(bytes).map(Made::Text),
            _ => {
                write_binary(wire, bytes, out)?;
                Ok(Made::ScratchText)
            }
        },
    }
}

fn zoned_range(wire: Wire) -> bool {
    use super::wire::Bound;
    matches!(
        wire,
        Wire::Range(Bound::TimestampTz) | Wire::Multirange(Bound::TimestampTz)
    )
}

/// Text that is UTF-8 without NUL.
#[inline]
pub(super) fn utf8(bytes: &[u8]) -> Decoded<&str> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) if memchr::memchr(0, bytes).is_none() => Ok(text),
        Ok(_) => issue(ValueIssue::NulInText),
        Err(_) => issue(ValueIssue::InvalidUtf8),
    }
}

/// The text behind a version byte of 1 (jsonb, jsonpath, ltree).
pub(super) fn versioned(bytes: &[u8]) -> Decoded<&str> {
    match bytes.split_first() {
        Some((1, text)) => utf8(text),
        _ => damaged("its version is not 1"),
    }
}

/// Text with U+FFFD where it was not UTF-8.
pub(super) fn lossy(cell: Cell<'_>, out: &mut Vec<u8>) {
    let (Cell::Text(bytes) | Cell::Binary(bytes)) = cell else {
        return;
    };
    out.clear();
    out.extend_from_slice(String::from_utf8_lossy(bytes).as_bytes());
}

/// Bytes: of a bytea its content, of anything else the bytes of its text.
pub(super) fn bytes<'a>(
    wire: Wire,
    is_array: bool,
    cell: Cell<'a>,
    out: &mut Vec<u8>,
) -> Decoded<Made<'a>> {
    match (wire, cell) {
        (Wire::Bytea, Cell::Binary(bytes)) if !is_array => Ok(Made::Blob(bytes)),
        (Wire::Bytea, Cell::Text(text)) if !is_array => {
            unescape_bytea(text, out)?;
            Ok(Made::ScratchBlob)
        }
        _ => Ok(match output(wire, is_array, cell, out)? {
            Made::Text(text) => Made::Blob(text.as_bytes()),
            Made::ScratchText => Made::ScratchBlob,
            other => other,
        }),
    }
}

/// Undoes bytea's output, hex (`\x00ff`) or escape (`\000a\\`).
fn unescape_bytea(text: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    if let Some(hex) = text.strip_prefix(b"\\x") {
        let (pairs, rest) = hex.as_chunks::<2>();
        if !rest.is_empty() {
            return damaged("its hex digits are odd in number");
        }
        out.reserve(pairs.len());
        for [high, low] in pairs {
            match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => out.push(high << 4 | low),
                _ => return damaged("a hex digit of it is none"),
            }
        }
        return Ok(());
    }
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return Ok(()),
            [b'\\', b'\\', tail @ ..] => {
                out.push(b'\\');
                tail
            }
            [
                b'\\',
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                tail @ ..,
            ] => {
                out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                tail
            }
            [b'\\', ..] => return damaged("an escape of it is unknown"),
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
        };
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// How a UUID is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UuidForm {
    /// 32 lower-case digits.
    Hex,
    /// 36 characters with hyphens.
    Hyphens,
    /// 16 bytes.
    Bytes,
}

/// A UUID in its stored form.
#[inline]
pub(super) fn uuid<'a>(cell: Cell<'a>, form: UuidForm, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let bytes: [u8; 16] = match cell {
        Cell::Binary(bytes) => fixed(bytes)?,
        Cell::Text(text) => parse_uuid(text)?,
        Cell::Null => return damaged("it is NULL"),
    };
    match form {
        UuidForm::Hex => push_hex(&bytes, out),
        UuidForm::Hyphens => push_uuid(&bytes, out),
        UuidForm::Bytes => {
            out.extend_from_slice(&bytes);
            return Ok(Made::ScratchBlob);
        }
    }
    Ok(Made::ScratchText)
}

fn parse_uuid(text: &[u8]) -> Decoded<[u8; 16]> {
    let mut value = 0u128;
    let mut count = 0;
    for byte in text {
        if *byte == b'-' {
            continue;
        }
        let Some(digit) = nibble(*byte) else {
            return damaged("a digit of it is none");
        };
        value = value << 4 | u128::from(digit);
        count += 1;
    }
    if count == 32 {
        Ok(value.to_be_bytes())
    } else {
        damaged("it does not have 32 digits")
    }
}

/// Writes lower-case hex digits.
#[inline]
pub(super) fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    fn digit(n: u8) -> u8 {
        if n < 10 { b'0' + n } else { b'a' + n - 10 }
    }
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
}

fn push_uuid(bytes: &[u8; 16], out: &mut Vec<u8>) {
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        push_hex(&[*byte], out);
    }
}

/// Writes PostgreSQL's output text of a binary value that is no array.
pub(super) fn write_binary(wire: Wire, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    match wire {
        Wire::Int2 | Wire::Int4 | Wire::Int8 | Wire::UInt4 => {
            write_integer(integer(wire, Cell::Binary(bytes))?, out);
        }
        Wire::UInt8 => {
            let n = u64::from_be_bytes(fixed(bytes)?);
            out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
        }
        Wire::Reg => {
            return damaged("a reg* type's binary form has no name; it must be read as text");
        }
        Wire::Bool => match bytes {
            [0] => out.push(b'f'),
            [1] => out.push(b't'),
            _ => return damaged("it is neither true nor false"),
        },
        Wire::Float4 => {
            write_single(f32::from_be_bytes(fixed(bytes)?), FloatStyle::Single, out);
        }
        Wire::Float8 => {
            write_double(f64::from_be_bytes(fixed(bytes)?), FloatStyle::Double, out);
        }
        Wire::Numeric => return numeric::write_binary(bytes, out),
        Wire::Money => write_money(i64::from_be_bytes(fixed(bytes)?), out),
        Wire::Text | Wire::Json | Wire::Named => out.extend_from_slice(utf8(bytes)?.as_bytes()),
        Wire::Versioned | Wire::Jsonb => out.extend_from_slice(versioned(bytes)?.as_bytes()),
        Wire::InternalChar => match bytes {
            [0] | [] => {}
            [byte] if byte.is_ascii() => out.push(*byte),
            [byte] => {
                let _ = write!(out, "\\{byte:03o}");
            }
            _ => return damaged("it is longer than one byte"),
        },
        Wire::Bytea => {
            out.extend_from_slice(b"\\x");
            push_hex(bytes, out);
        }
        Wire::Date | Wire::Timestamp | Wire::TimestampTz => {
            return write_instant(wire, bytes, out);
        }
        Wire::Time | Wire::TimeTz => {
            let (micros, offset) = decode_time(wire, Cell::Binary(bytes))?;
            super::civil::push_time_short(micros, out);
            if wire == Wire::TimeTz {
                push_offset(offset, OffsetStyle::Short, out);
            }
        }
        Wire::Interval => return write_interval(bytes, out),
        Wire::Uuid => push_uuid(&fixed(bytes)?, out),
        Wire::Bits => return write_bits(bytes, out),
        Wire::Inet | Wire::Cidr => return network::write_inet(bytes, out),
        Wire::MacAddr => network::write_mac(bytes, out),
        Wire::Point
        | Wire::Line
        | Wire::Lseg
        | Wire::Box
        | Wire::Path
        | Wire::Polygon
        | Wire::Circle => return geometry::write(wire, bytes, out),
        Wire::TsVector => return search::write_vector(bytes, out),
        Wire::TsQuery => return search::write_query(bytes, out),
        Wire::Range(bound) => return range::write_range(bound, bytes, out),
        Wire::Multirange(bound) => return range::write_multirange(bound, bytes, out),
        Wire::Tid | Wire::PgLsn | Wire::Snapshot => return write_system(wire, bytes, out),
        Wire::Vector2 | Wire::VectorOid => return array::write_vector(bytes, out),
        Wire::Hstore => return json::write_hstore_text(bytes, out),
    }
    Ok(())
}

/// Cents as money's text under lc_monetary C: `$1,234.50`, `-$0.05`.
fn write_money(cents: i64, out: &mut Vec<u8>) {
    if cents < 0 {
        out.push(b'-');
    }
    out.push(b'$');
    let cents = cents.unsigned_abs();
    let mut buffer = itoa::Buffer::new();
    let whole = buffer.format(cents / 100).as_bytes();
    for (place, digit) in whole.iter().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(b',');
        }
        out.push(*digit);
    }
    let _ = write!(out, ".{:02}", cents % 100);
}

fn write_bits(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    let length = usize::try_from(reader.i32()?).unwrap_or(usize::MAX);
    if length.div_ceil(8) != reader.left() {
        return damaged("it does not have the length that it says");
    }
    let bits = reader
        .rest()
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| b'0' + (byte >> bit & 1)));
    out.extend(bits.take(length));
    Ok(())
}

/// tid, pg_lsn, pg_snapshot.
fn write_system(wire: Wire, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    // Writing into a Vec cannot fail.
    match wire {
        Wire::Tid => {
            let _ = write!(out, "({},{})", reader.u32()?, reader.u16()?);
        }
        Wire::PgLsn => {
            let _ = write!(out, "{:X}/{:X}", reader.u32()?, reader.u32()?);
        }
        _ => {
            let count = reader.count(0)?;
            let (low, high) = (reader.u64()?, reader.u64()?);
            if count != reader.left() / 8 {
                return damaged("it has fewer items than it says");
            }
            let _ = write!(out, "{low}:{high}:");
            for place in 0..count {
                let comma = if place > 0 { "," } else { "" };
                let _ = write!(out, "{comma}{}", reader.u64()?);
            }
        }
    }
    reader.end()
}
