//! Geometric types as PostgreSQL prints them.

use super::number::{FloatStyle, write_double};
use super::wire::{Reader, Wire};
use super::{Decoded, damaged};

/// Writes a geometric value.
pub(super) fn write(wire: Wire, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let mut reader = Reader::new(bytes);
    match wire {
        Wire::Point => point(&mut reader, out)?,
        Wire::Line => {
            out.push(b'{');
            numbers(&mut reader, 3, out)?;
            out.push(b'}');
        }
        Wire::Lseg => {
            out.push(b'[');
            points(&mut reader, 2, out)?;
            out.push(b']');
        }
        Wire::Box => points(&mut reader, 2, out)?,
        Wire::Path => {
            let closed = reader.u8()? != 0;
            let count = reader.count(16)?;
            out.push(if closed { b'(' } else { b'[' });
            points(&mut reader, count, out)?;
            out.push(if closed { b')' } else { b']' });
        }
        Wire::Polygon => {
            let count = reader.count(16)?;
            out.push(b'(');
            points(&mut reader, count, out)?;
            out.push(b')');
        }
        Wire::Circle => {
            out.push(b'<');
            point(&mut reader, out)?;
            out.push(b',');
            numbers(&mut reader, 1, out)?;
            out.push(b'>');
        }
        _ => return damaged("it is no geometric type"),
    }
    reader.end()
}

fn numbers(reader: &mut Reader<'_>, count: usize, out: &mut Vec<u8>) -> Decoded<()> {
    for place in 0..count {
        if place > 0 {
            out.push(b',');
        }
        write_double(reader.f64()?, FloatStyle::Double, out);
    }
    Ok(())
}

fn point(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Decoded<()> {
    out.push(b'(');
    numbers(reader, 2, out)?;
    out.push(b')');
    Ok(())
}

fn points(reader: &mut Reader<'_>, count: usize, out: &mut Vec<u8>) -> Decoded<()> {
    for place in 0..count {
        if place > 0 {
            out.push(b',');
        }
        point(reader, out)?;
    }
    Ok(())
}
