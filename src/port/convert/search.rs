//! tsvector and tsquery as PostgreSQL prints them.

use std::io::Write as _;

use super::wire::Reader;
use super::{Decoded, damaged};

/// Operators nest no deeper than this: far beyond any query, and within the stack.
const DEPTH: usize = 500;

/// Writes a tsvector: `'cat':3A 'sit':2,7B`.
pub(super) fn write_vector(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(3)?;
    for place in 0..count {
        if place > 0 {
            out.push(b' ');
        }
        write_lexeme(reader.cstring()?, out);
        for position in 0..reader.u16()? {
            out.push(if position == 0 { b':' } else { b',' });
            let entry = reader.u16()?;
            let _ = write!(out, "{}", entry & 0x3FFF);
            match entry >> 14 {
                3 => out.push(b'A'),
                2 => out.push(b'B'),
                1 => out.push(b'C'),
                _ => {}
            }
        }
    }
    reader.end()
}

fn write_lexeme(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    for byte in text {
        if matches!(byte, b'\'' | b'\\') {
            out.push(*byte);
        }
        out.push(*byte);
    }
    out.push(b'\'');
}

const NOT: u8 = 1;
const AND: u8 = 2;
const OR: u8 = 3;
const PHRASE: u8 = 4;

fn priority(operator: u8) -> u8 {
    match operator {
        OR => 1,
        AND => 2,
        PHRASE => 3,
        _ => 4,
    }
}

/// Writes a tsquery: `'fat' & ( 'cat' | 'rat':*A ) & !'dog'`.
pub(super) fn write_query(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(3)?;
    if count > 0 {
        node(&mut reader, 0, false, 0, out)?;
    }
    reader.end()
}

/// Writes one node; in the stream an operator comes before its right side, which comes before its left side.
fn node(
    reader: &mut Reader<'_>,
    outer: u8,
    right_of_phrase: bool,
    depth: usize,
    out: &mut Vec<u8>,
) -> Decoded<()> {
    if depth > DEPTH {
        return damaged("it is nested too deeply");
    }
    if reader.u8()? == 1 {
        let weight = reader.u8()?;
        let prefix = reader.u8()? != 0;
        write_lexeme(reader.cstring()?, out);
        if weight != 0 || prefix {
            out.push(b':');
            if prefix {
                out.push(b'*');
            }
            for (bit, letter) in [(8, b'A'), (4, b'B'), (2, b'C'), (1, b'D')] {
                if weight & bit != 0 {
                    out.push(letter);
                }
            }
        }
        return Ok(());
    }
    let operator = reader.u8()?;
    let own = priority(operator);
    let parentheses = own < outer || operator == PHRASE && right_of_phrase;
    if parentheses {
        out.extend_from_slice(b"( ");
    }
    match operator {
        NOT => {
            out.push(b'!');
            node(reader, own, false, depth + 1, out)?;
        }
        AND | OR | PHRASE => {
            let distance = if operator == PHRASE { reader.i16()? } else { 0 };
            let mut right = Vec::new();
            node(reader, own, operator == PHRASE, depth + 1, &mut right)?;
            node(reader, own, false, depth + 1, out)?;
            match operator {
                AND => out.extend_from_slice(b" & "),
                OR => out.extend_from_slice(b" | "),
                _ if distance == 1 => out.extend_from_slice(b" <-> "),
                _ => {
                    let _ = write!(out, " <{distance}> ");
                }
            }
            out.extend_from_slice(&right);
        }
        _ => return damaged("an operator of it is unknown"),
    }
    if parentheses {
        out.extend_from_slice(b" )");
    }
    Ok(())
}
