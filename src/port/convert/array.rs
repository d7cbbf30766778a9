//! Arrays: from binary or from PostgreSQL's literal, to JSON text or to PostgreSQL's literal.
//!
//! In JSON, items that are numbers, booleans, NULL or JSON stay such; the others are strings: numeric by its exact text, uuid with
//! hyphens, dates and times in SQLAlchemy's fixed-width form (timestamptz in UTC), NaN and infinities by name, and everything else as
//! PostgreSQL prints it. Lower bounds are not kept, as the Python drivers do not keep them.

use super::number::{FloatStyle, integer, parse_real, write_double, write_integer, write_single};
use super::wire::{Reader, Wire, fixed};
use super::{Converter, Decoded, Made, Rule, Trouble, ValueIssue, damaged, json, temporal, text};
use crate::pg::copy::Cell;

/// PostgreSQL's limit of dimensions.
const DIMENSIONS: usize = 6;

/// Head of a binary array: the sizes and lower bounds of its dimensions; the items follow.
struct Head<'a> {
    dimensions: Vec<(usize, i32)>,
    items: Reader<'a>,
}

fn head(bytes: &[u8]) -> Decoded<Head<'_>> {
    let mut items = Reader::new(bytes);
    let count = items.i32()?;
    let _has_null = items.i32()?;
    let _element = items.u32()?;
    let count = match usize::try_from(count) {
        Ok(count) if count <= DIMENSIONS => count,
        _ => return damaged("its number of dimensions is over 6"),
    };
    let mut dimensions = Vec::with_capacity(count);
    let mut total = 1usize;
    for _ in 0..count {
        let size = items.i32()?;
        let lower = items.i32()?;
        let Ok(size) = usize::try_from(size) else {
            return damaged("a dimension of it is negative");
        };
        total = total.saturating_mul(size);
        dimensions.push((size, lower));
    }
    // Each item takes at least its length field.
    if count > 0 && (total == 0 || total != usize::MAX && total > items.left() / 4) {
        return damaged("it has fewer items than it says");
    }
    Ok(Head { dimensions, items })
}

/// What becomes of the parts of an array.
trait Sink {
    fn open(&mut self, out: &mut Vec<u8>);
    fn comma(&mut self, out: &mut Vec<u8>);
    fn close(&mut self, out: &mut Vec<u8>);
    fn item(&mut self, item: Cell<'_>, out: &mut Vec<u8>) -> Decoded<()>;
}

fn walk_binary(
    items: &mut Reader<'_>,
    dimensions: &[(usize, i32)],
    sink: &mut dyn Sink,
    out: &mut Vec<u8>,
) -> Decoded<()> {
    sink.open(out);
    if let Some(((size, _), inner)) = dimensions.split_first() {
        for place in 0..*size {
            if place > 0 {
                sink.comma(out);
            }
            if inner.is_empty() {
                let item = items.sized()?.map_or(Cell::Null, Cell::Binary);
                sink.item(item, out)?;
            } else {
                walk_binary(items, inner, sink, out)?;
            }
        }
    }
    sink.close(out);
    Ok(())
}

fn walk_text(literal: &[u8], delimiter: u8, sink: &mut dyn Sink, out: &mut Vec<u8>) -> Decoded<()> {
    let mut rest = match literal {
        // Lower bounds: `[2:3][1:2]={..}`.
        [b'[', ..] => match memchr::memchr(b'=', literal).and_then(|at| literal.get(at + 1..)) {
            Some(rest) => rest,
            None => return damaged("its bounds have no end"),
        },
        _ => literal,
    };
    let mut depth = 0;
    // Whether an item (rather than a comma or an end) may come.
    let mut expects_item = true;
    let mut buffer = Vec::new();
    while let Some((byte, tail)) = rest.split_first() {
        match *byte {
            b'{' if expects_item && depth < DIMENSIONS => {
                depth += 1;
                sink.open(out);
                rest = tail;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                sink.close(out);
                rest = tail;
                expects_item = false;
                if depth == 0 {
                    break;
                }
            }
            comma if comma == delimiter && depth > 0 && !expects_item => {
                sink.comma(out);
                rest = tail;
                expects_item = true;
            }
            _ if depth > 0 && expects_item => {
                buffer.clear();
                let quoted;
                (rest, quoted) = take_item(rest, delimiter, &mut buffer)?;
                if !quoted && buffer.eq_ignore_ascii_case(b"null") {
                    sink.item(Cell::Null, out)?;
                } else {
                    sink.item(Cell::Text(&buffer), out)?;
                }
                expects_item = false;
            }
            _ => return damaged("it is not written as an array"),
        }
    }
    if depth != 0 || expects_item || !rest.is_empty() {
        return damaged("it is not written as an array");
    }
    Ok(())
}

/// Reads one item into `item`; gives what stands behind it and whether it was quoted.
fn take_item<'a>(text: &'a [u8], delimiter: u8, item: &mut Vec<u8>) -> Decoded<(&'a [u8], bool)> {
    let (quoted, mut rest) = match text {
        [b'"', tail @ ..] => (true, tail),
        _ => (false, text),
    };
    loop {
        rest = match rest {
            [b'\\', byte, tail @ ..] => {
                item.push(*byte);
                tail
            }
            [b'"', tail @ ..] if quoted => return Ok((tail, true)),
            [b'}' | b'{' | b'"', ..] if !quoted => return Ok((rest, false)),
            [byte, ..] if !quoted && *byte == delimiter => return Ok((rest, false)),
            [byte, tail @ ..] => {
                item.push(*byte);
                tail
            }
            [] => return damaged("an item of it has no end"),
        };
    }
}

/// Writes an array as JSON.
pub(super) fn to_json<'a>(
    converter: &Converter,
    cell: Cell<'a>,
    out: &mut Vec<u8>,
    changed: &mut Option<(ValueIssue, Rule)>,
) -> Decoded<Made<'a>> {
    let wire = match converter.wire {
        // Items of an array of vectors are texts of numbers between blanks.
        wire if converter.element => wire,
        Wire::Vector2 => Wire::Int2,
        Wire::VectorOid => Wire::UInt4,
        wire => wire,
    };
    let mut sink = JsonSink {
        converter,
        wire,
        changed,
        scratch: Vec::new(),
    };
    match cell {
        Cell::Binary(bytes) => {
            let Head {
                dimensions,
                mut items,
            } = head(bytes)?;
            walk_binary(&mut items, &dimensions, &mut sink, out)?;
            items.end()?;
        }
        Cell::Text(vector) if wire != converter.wire => {
            sink.open(out);
            let items = vector.split(|b| *b == b' ').filter(|i| !i.is_empty());
            for (place, item) in items.enumerate() {
                if place > 0 {
                    sink.comma(out);
                }
                sink.item(Cell::Text(item), out)?;
            }
            sink.close(out);
        }
        Cell::Text(literal) => walk_text(literal, delimiter(wire), &mut sink, out)?,
        Cell::Null => return damaged("it is NULL"),
    }
    Ok(Made::ScratchText)
}

/// What separates the items of a literal: box alone has another than the comma.
fn delimiter(wire: Wire) -> u8 {
    if wire == Wire::Box { b';' } else { b',' }
}

struct JsonSink<'c> {
    converter: &'c Converter,
    wire: Wire,
    changed: &'c mut Option<(ValueIssue, Rule)>,
    scratch: Vec<u8>,
}

impl Sink for JsonSink<'_> {
    fn open(&mut self, out: &mut Vec<u8>) {
        out.push(b'[');
    }

    fn comma(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b", ");
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        out.push(b']');
    }

    fn item(&mut self, item: Cell<'_>, out: &mut Vec<u8>) -> Decoded<()> {
        self.scratch.clear();
        match json_item(self.wire, item, &mut self.scratch, out) {
            Err(Trouble::Issue(issue, side)) => {
                // Refused by the column as a whole, which finds the same choices.
                let Ok(rule) = self.converter.decide(issue) else {
                    return Err(Trouble::Issue(issue, side));
                };
                *self.changed = Some((issue, rule));
                self.scratch.clear();
                match rule {
                    Rule::Null => {
                        out.extend_from_slice(b"null");
                        return Ok(());
                    }
                    Rule::Clamp if self.wire == Wire::TimeTz => {
                        temporal::last_time(self.wire, item, &mut self.scratch)?;
                    }
                    Rule::Clamp => temporal::clamp(self.wire, side, &mut self.scratch),
                    Rule::Nearest => text::lossy(item, &mut self.scratch),
                    _ => {
                        let made = text::output(self.wire, false, item, &mut self.scratch)?;
                        return push_made(made, &self.scratch, out);
                    }
                }
                push_made(Made::ScratchText, &self.scratch, out)
            }
            done => done,
        }
    }
}

/// Writes a text as a JSON string.
fn push_made(made: Made<'_>, scratch: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    match made {
        Made::Text(text) => json::push_string(text, out),
        _ => json::push_string(text::utf8(scratch)?, out),
    }
    Ok(())
}

/// Writes one item, or nothing when it has no form.
fn json_item(wire: Wire, item: Cell<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> Decoded<()> {
    let made = match (wire, item) {
        (_, Cell::Null) => {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        (Wire::Int2 | Wire::Int4 | Wire::Int8 | Wire::UInt4, _) => {
            write_integer(integer(wire, item)?, out);
            return Ok(());
        }
        (Wire::Bool, _) => {
            let value = super::number::boolean(wire, item)?;
            out.extend_from_slice(if value == 1 { b"true" } else { b"false" });
            return Ok(());
        }
        (Wire::Float4 | Wire::Float8, _) => {
            write_float(wire, item, out)?;
            return Ok(());
        }
        (Wire::Json | Wire::Jsonb, _) => {
            if let Made::Text(text) = text::output(wire, false, item, scratch)? {
                out.extend_from_slice(text.as_bytes());
            }
            return Ok(());
        }
        (Wire::Date, _) => temporal::date(wire, item, scratch)?,
        (Wire::Timestamp | Wire::TimestampTz, _) => temporal::timestamp(wire, item, scratch)?,
        (Wire::Time, _) => temporal::time(wire, item, scratch)?,
        (Wire::TimeTz, _) => temporal::time_tz(wire, item, scratch)?,
        (Wire::Uuid, _) => text::uuid(item, text::UuidForm::Hyphens, scratch)?,
        _ => text::output(wire, false, item, scratch)?,
    };
    push_made(made, scratch, out)
}

/// Writes a float as Python's `repr` does, by its shortest digits; NaN and infinities as strings.
fn write_float(wire: Wire, item: Cell<'_>, out: &mut Vec<u8>) -> Decoded<()> {
    let start = out.len();
    let finite = match item {
        Cell::Binary(bytes) if wire == Wire::Float4 => {
            let value = f32::from_be_bytes(fixed(bytes)?);
            write_single(value, FloatStyle::Json, out);
            value.is_finite()
        }
        Cell::Binary(bytes) => {
            let value = f64::from_be_bytes(fixed(bytes)?);
            write_double(value, FloatStyle::Json, out);
            value.is_finite()
        }
        Cell::Text(text) => {
            let value = parse_real(text)?;
            write_double(value, FloatStyle::Json, out);
            value.is_finite()
        }
        Cell::Null => return damaged("it is NULL"),
    };
    if !finite {
        out.insert(start, b'"');
        out.push(b'"');
    }
    Ok(())
}

/// Writes a binary array as PostgreSQL's literal, with lower bounds where they are not 1.
pub(super) fn write_literal(wire: Wire, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let Head {
        dimensions,
        mut items,
    } = head(bytes)?;
    if dimensions.iter().any(|(_, lower)| *lower != 1) {
        for (size, lower) in &dimensions {
            let upper = i64::from(*lower) + i64::try_from(*size).unwrap_or(0) - 1;
            out.push(b'[');
            write_integer(i64::from(*lower), out);
            out.push(b':');
            write_integer(upper, out);
            out.push(b']');
        }
        out.push(b'=');
    }
    let mut sink = LiteralSink {
        wire,
        scratch: Vec::new(),
    };
    walk_binary(&mut items, &dimensions, &mut sink, out)?;
    items.end()
}

struct LiteralSink {
    wire: Wire,
    scratch: Vec<u8>,
}

impl Sink for LiteralSink {
    fn open(&mut self, out: &mut Vec<u8>) {
        out.push(b'{');
    }

    fn comma(&mut self, out: &mut Vec<u8>) {
        out.push(delimiter(self.wire));
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        out.push(b'}');
    }

    fn item(&mut self, item: Cell<'_>, out: &mut Vec<u8>) -> Decoded<()> {
        let Cell::Binary(bytes) = item else {
            out.extend_from_slice(b"NULL");
            return Ok(());
        };
        self.scratch.clear();
        text::write_binary(self.wire, bytes, &mut self.scratch)?;
        let delimiter = delimiter(self.wire);
        let plain = !self.scratch.is_empty()
            && !self.scratch.eq_ignore_ascii_case(b"null")
            && !self.scratch.iter().any(|b| {
                matches!(b, b'"' | b'\\' | b'{' | b'}' | b' ' | b'\t'..=b'\r') || *b == delimiter
            });
        if plain {
            out.extend_from_slice(&self.scratch);
            return Ok(());
        }
        out.push(b'"');
        for byte in &self.scratch {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        out.push(b'"');
        Ok(())
    }
}

/// Writes a binary int2vector or oidvector as PostgreSQL prints it: items between blanks.
pub(super) fn write_vector(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let Head { mut items, .. } = head(bytes)?;
    let mut first = true;
    while !items.is_empty() {
        if !first {
            out.push(b' ');
        }
        first = false;
        let value = match items.sized()? {
            Some(&[a, b]) => i64::from(i16::from_be_bytes([a, b])),
            Some(&[a, b, c, d]) => i64::from(u32::from_be_bytes([a, b, c, d])),
            _ => return damaged("an item of it is no number"),
        };
        write_integer(value, out);
    }
    Ok(())
}
