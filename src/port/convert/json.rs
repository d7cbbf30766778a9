//! JSON text as Python's `json.dumps` writes it by default (`, ` and `: `, ASCII only), and hstore as such an object: so that text
//! that the application writes later through a JSON type is the same for the same value.

use std::io::Write as _;

use super::wire::Reader;
use super::{Decoded, Made, damaged, text};
use crate::pg::copy::Cell;

/// Writes a JSON string.
pub(super) fn push_string(value: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in value.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            ' '..='~' => {
                let [byte, ..] = u32::from(c).to_le_bytes();
                out.push(byte);
            }
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing into a Vec cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push(b'"');
}

/// Writes hstore as a JSON object of strings and nulls, in PostgreSQL's order of keys.
pub(super) fn hstore<'a>(cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    out.push(b'{');
    let mut first = true;
    let mut pair = |key: &str, value: Option<&str>| {
        if !first {
            out.extend_from_slice(b", ");
        }
        first = false;
        push_string(key, out);
        out.extend_from_slice(b": ");
        match value {
            Some(value) => push_string(value, out),
            None => out.extend_from_slice(b"null"),
        }
    };
    match cell {
        Cell::Binary(bytes) => binary_pairs(bytes, &mut pair)?,
        Cell::Text(bytes) => text_pairs(text::utf8(bytes)?, &mut pair)?,
        Cell::Null => return damaged("it is NULL"),
    }
    out.push(b'}');
    Ok(Made::ScratchText)
}

/// Writes a binary hstore as PostgreSQL prints it: `"a"=>"1", "b"=>NULL`.
pub(super) fn write_hstore_text(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut first = true;
    binary_pairs(bytes, &mut |key, value| {
        if !first {
            out.extend_from_slice(b", ");
        }
        first = false;
        push_quoted(key, out);
        out.extend_from_slice(b"=>");
        match value {
            Some(value) => push_quoted(value, out),
            None => out.extend_from_slice(b"NULL"),
        }
    })
}

fn push_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

type PairFn<'a> = dyn FnMut(&str, Option<&str>) + 'a;

fn binary_pairs(bytes: &[u8], pair: &mut PairFn<'_>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    for _ in 0..reader.count(8)? {
        let Some(key) = reader.sized()? else {
            return damaged("a key of it is NULL");
        };
        let value = reader.sized()?.map(text::utf8).transpose()?;
        pair(text::utf8(key)?, value);
    }
    reader.end()
}

fn text_pairs(text: &str, pair: &mut PairFn<'_>) -> Decoded<()> {
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        let Some(after) = after.strip_prefix("=>") else {
            return damaged("`=>` is missing in it");
        };
        if let Some(after) = after.strip_prefix("NULL") {
            pair(&key, None);
            rest = after;
        } else {
            let (value, after) = quoted(after)?;
            pair(&key, Some(&value));
            rest = after;
        }
        rest = match rest.strip_prefix(", ") {
            Some(next) if !next.is_empty() => next,
            _ if rest.is_empty() => rest,
            _ => return damaged("a comma is missing in it"),
        };
    }
    Ok(())
}

/// A quoted text with backslash escapes, and what stands behind it.
fn quoted(text: &str) -> Decoded<(String, &str)> {
    let Some(inside) = text.strip_prefix('"') else {
        return damaged("a quote is missing in it");
    };
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Ok((value, inside.get(place + 1..).unwrap_or_default())),
            '\\' => match chars.next() {
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            _ => value.push(c),
        }
    }
    damaged("a quoted text of it has no end")
}
