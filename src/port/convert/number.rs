//! Whole numbers, booleans and floats, and PostgreSQL's output text of floats.

use super::wire::{Wire, fixed};
use super::{Decoded, Side, Trouble, ValueIssue, damaged, issue};
use crate::pg::copy::Cell;

/// A whole number (booleans count as 0 and 1).
#[inline]
pub(super) fn integer(wire: Wire, cell: Cell<'_>) -> Decoded<i64> {
    match cell {
        Cell::Binary(bytes) => match wire {
            Wire::Int2 => fixed(bytes).map(|b| i64::from(i16::from_be_bytes(b))),
            Wire::Int4 => fixed(bytes).map(|b| i64::from(i32::from_be_bytes(b))),
            Wire::Int8 => fixed(bytes).map(i64::from_be_bytes),
            Wire::UInt4 => fixed(bytes).map(|b| i64::from(u32::from_be_bytes(b))),
            Wire::UInt8 => {
                let n = u64::from_be_bytes(fixed(bytes)?);
                i64::try_from(n).map_err(|_| Trouble::Issue(ValueIssue::IntegerRange, Side::Above))
            }
            Wire::Bool => boolean(wire, cell),
            Wire::Numeric => {
                let mut text = Vec::new();
                super::numeric::write_binary(bytes, &mut text)?;
                parse_integer(&text)
            }
            _ => parse_integer(bytes),
        },
        Cell::Text(text) if wire == Wire::Bool => boolean(wire, Cell::Text(text)),
        Cell::Text(text) => parse_integer(text),
        Cell::Null => damaged("it is NULL"),
    }
}

/// Decimal digits with an optional sign; a fraction of zeros is a whole number's (`numeric(10,2)` as INTEGER).
pub(super) fn parse_integer(text: &[u8]) -> Decoded<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let digits = match digits.iter().position(|b| *b == b'.') {
        Some(dot) => {
            let (whole, fraction) = digits.split_at(dot);
            if fraction.iter().skip(1).any(|b| *b != b'0') {
                return issue(ValueIssue::IntegerRange);
            }
            whole
        }
        None => digits,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return damaged("it is not a whole number");
    }
    let mut value: i64 = 0;
    for digit in digits {
        // Counted downwards, so that the least number has a place.
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_sub(i64::from(digit - b'0')))
            .ok_or(Trouble::Issue(ValueIssue::IntegerRange, Side::Above))?;
    }
    if negative {
        Ok(value)
    } else {
        value
            .checked_neg()
            .ok_or(Trouble::Issue(ValueIssue::IntegerRange, Side::Above))
    }
}

/// 0 or 1.
#[inline]
pub(super) fn boolean(wire: Wire, cell: Cell<'_>) -> Decoded<i64> {
    match (wire, cell) {
        (Wire::Bool, Cell::Binary([0])) => Ok(0),
        (Wire::Bool, Cell::Binary([1])) => Ok(1),
        (Wire::Bool, Cell::Text(b"f" | b"false")) => Ok(0),
        (Wire::Bool, Cell::Text(b"t" | b"true")) => Ok(1),
        (Wire::Bool, _) => damaged("it is neither true nor false"),
        _ => match integer(wire, cell)? {
            n @ (0 | 1) => Ok(n),
            _ => issue(ValueIssue::IntegerRange),
        },
    }
}

/// A double: float4 by its shortest text, which is what drivers of the text protocol give (storage rule for float4).
#[inline]
pub(super) fn real(wire: Wire, cell: Cell<'_>) -> Decoded<f64> {
    let value = match (wire, cell) {
        (Wire::Float8, Cell::Binary(bytes)) => f64::from_be_bytes(fixed(bytes)?),
        (Wire::Float4, Cell::Binary(bytes)) => widen(f32::from_be_bytes(fixed(bytes)?)),
        (Wire::Float4 | Wire::Float8, Cell::Text(text)) => parse_real(text)?,
        (Wire::Numeric, _) => return super::numeric::nearest_inexact(wire, cell, &mut Vec::new()),
        _ => integer_to_real(integer(wire, cell)?),
    };
    if value.is_nan() {
        return issue(ValueIssue::FloatNan);
    }
    Ok(value)
}

/// The nearest double of a whole number.
#[expect(
    clippy::cast_precision_loss,
    reason = "the nearest double is what is asked for"
)]
pub(super) fn integer_to_real(value: i64) -> f64 {
    value as f64
}

/// The double nearest to a float4's shortest text: `1.1`, not `1.100000023841858`.
#[inline]
pub(super) fn widen(value: f32) -> f64 {
    let plain = f64::from(value);
    // Whole numbers of up to 24 bits are their own shortest text.
    if !plain.is_finite() || (plain.abs() <= 16_777_216.0 && plain.fract() == 0.0) {
        return plain;
    }
    let mut buffer = ryu::Buffer::new();
    let shortest = buffer.format_finite(value);
    let nearest = shortest.parse().unwrap_or(plain);
    if is_boundary(value, nearest) {
        return inner_digits(value).parse().unwrap_or(nearest);
    }
    nearest
}

/// The numbers halfway to a float's neighbours, smaller magnitude first; doubles hold them exactly.
fn halfway(value: f32) -> (f64, f64) {
    let bits = value.to_bits();
    let neighbour = |bits: u32| f64::midpoint(f64::from(value), f64::from(f32::from_bits(bits)));
    (neighbour(bits.wrapping_sub(1)), neighbour(bits + 1))
}

/// Whether a decimal lies exactly halfway to the next float. It reads back as this one (the even one), and `ryu` takes it
/// when it is the shortest; PostgreSQL does not (`STRICTLY_SHORTEST` in its `ryu_common.h`) and prints a digit more.
#[expect(clippy::float_cmp, reason = "equality is meant")]
fn is_boundary(value: f32, decimal: f64) -> bool {
    let (inner, outer) = halfway(value);
    decimal == inner || decimal == outer
}

/// The fewest digits that are nearer to a float than to any other, for the rare float whose shortest decimal is a boundary.
fn inner_digits(value: f32) -> String {
    let (inner, outer) = halfway(value);
    let (low, high) = (inner.min(outer), inner.max(outer));
    let inside = |text: &String| {
        text.parse::<f64>()
            .is_ok_and(|decimal| low < decimal && decimal < high)
    };
    // Nine digits tell all floats apart.
    (0..9)
        .map(|places| format!("{value:.places$e}"))
        .find(inside)
        .unwrap_or_else(|| format!("{value:e}"))
}

/// A float's text: `1.5`, `1e+20`, `NaN`, `-Infinity`.
pub(super) fn parse_real(text: &[u8]) -> Decoded<f64> {
    str::from_utf8(text)
        .ok()
        .and_then(|t| t.trim().parse().ok())
        .map_or_else(|| damaged("it is not a number"), Ok)
}

/// Where a number's text turns to an exponent, and what whole numbers look like.
#[derive(Debug, Clone, Copy)]
pub(super) enum FloatStyle {
    /// PostgreSQL's output of float8: exponents from 15 digits.
    Double,
    /// PostgreSQL's output of float4: exponents from 6 digits.
    Single,
    /// JSON as Python writes it: exponents from 16 digits, `1.0`.
    Json,
}

/// Writes a finite float by its shortest digits (from `ryu`), in one of the styles; NaN and infinities as PostgreSQL names them.
pub(super) fn write_double(value: f64, style: FloatStyle, out: &mut Vec<u8>) {
    if value.is_finite() {
        let mut buffer = ryu::Buffer::new();
        let shortest = buffer.format_finite(value);
        // Python's repr takes the boundary, as ryu does.
        match style {
            FloatStyle::Double if is_boundary_double(value, shortest) => {
                write_digits(&inner_digits_double(value), style, out);
            }
            _ => write_digits(shortest, style, out),
        }
    } else {
        write_special(value, out);
    }
}

/// Whether digits lie exactly halfway from a double to a neighbour, as [`is_boundary`] of a float4: 1e23 does.
///
/// Halfway is an odd number of 54 bits times a power of two. A decimal of at most 17 digits is that only as a whole number, so digits
/// with places behind the point never are.
fn is_boundary_double(value: f64, digits: &str) -> bool {
    let (number, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let number = number.trim_start_matches('-');
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    let places = places.trim_end_matches('0');
    let tens = exponent.parse::<i64>().unwrap_or_default()
        - i64::try_from(places.len()).unwrap_or(i64::MAX);
    let (Ok(tens), Ok(digits)) = (
        u32::try_from(tens),
        format!("{whole}{places}").parse::<u128>(),
    ) else {
        return false;
    };
    // Beyond this power of five no number of 54 bits is a multiple.
    let Some(product) = 5u128
        .checked_pow(tens)
        .filter(|_| tens <= 27)
        .and_then(|p| p.checked_mul(digits))
    else {
        return false;
    };
    if product == 0 {
        return false;
    }
    let twos = product.trailing_zeros();
    let halfway = (product >> twos, i64::from(twos) + i64::from(tens));
    let bits = value.to_bits();
    let biased = bits >> 52 & 0x7ff;
    let fraction = u128::from(bits & ((1 << 52) - 1));
    if biased == 0 {
        return false;
    }
    let mantissa = fraction | 1 << 52;
    let power = i64::try_from(biased).unwrap_or_default() - 1075;
    let below = if fraction == 0 {
        (4 * mantissa - 1, power - 2)
    } else {
        (2 * mantissa - 1, power - 1)
    };
    halfway == (2 * mantissa + 1, power - 1) || halfway == below
}

/// The fewest digits nearer to a double than to any other.
fn inner_digits_double(value: f64) -> String {
    // Seventeen digits tell all doubles apart.
    (0..17)
        .map(|places| format!("{value:.places$e}"))
        .find(|text| {
            text.parse::<f64>()
                .is_ok_and(|read| read.to_bits() == value.to_bits())
                && !is_boundary_double(value, text)
        })
        .unwrap_or_else(|| format!("{value:e}"))
}

/// The same for a float4.
pub(super) fn write_single(value: f32, style: FloatStyle, out: &mut Vec<u8>) {
    if !value.is_finite() {
        write_special(f64::from(value), out);
        return;
    }
    let mut buffer = ryu::Buffer::new();
    let shortest = buffer.format_finite(value);
    let decimal = shortest.parse().unwrap_or_default();
    if value != 0.0 && is_boundary(value, decimal) {
        write_digits(&inner_digits(value), style, out);
    } else {
        write_digits(shortest, style, out);
    }
}

fn write_special(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(if value.is_nan() {
        b"NaN"
    } else if value > 0.0 {
        b"Infinity"
    } else {
        b"-Infinity"
    });
}

/// Rewrites shortest digits such as `1.25e-7` or `1200000.0`.
fn write_digits(shortest: &str, style: FloatStyle, out: &mut Vec<u8>) {
    let unsigned = match shortest.strip_prefix('-') {
        Some(rest) => {
            out.push(b'-');
            rest
        }
        None => shortest,
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // The value is 0.DIGITS times ten to the power of `point`.
    let mut point = exponent.parse::<i32>().unwrap_or(0) + i32::try_from(whole.len()).unwrap_or(0);
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let leading = digits.iter().take_while(|d| **d == b'0').count();
    digits.drain(..leading);
    point -= i32::try_from(leading).unwrap_or(0);
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let Some((first, tail)) = digits.split_first() else {
        out.extend_from_slice(if matches!(style, FloatStyle::Json) {
            b"0.0"
        } else {
            b"0"
        });
        return;
    };
    let limit = match style {
        FloatStyle::Double => 15,
        FloatStyle::Single => 6,
        FloatStyle::Json => 16,
    };
    let exponent = point - 1;
    if exponent < -4 || exponent >= limit {
        out.push(*first);
        if !tail.is_empty() {
            out.push(b'.');
            out.extend_from_slice(tail);
        }
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        if exponent.abs() < 10 {
            out.push(b'0');
        }
        out.extend_from_slice(itoa::Buffer::new().format(exponent.abs()).as_bytes());
        return;
    }
    match usize::try_from(point) {
        Ok(point) if point > 0 => {
            let (head, rest) = digits.split_at(point.min(digits.len()));
            out.extend_from_slice(head);
            out.resize(out.len() + point.saturating_sub(head.len()), b'0');
            if !rest.is_empty() {
                out.push(b'.');
                out.extend_from_slice(rest);
            } else if matches!(style, FloatStyle::Json) {
                out.extend_from_slice(b".0");
            }
        }
        _ => {
            out.extend_from_slice(b"0.");
            out.resize(
                out.len() + usize::try_from(point.unsigned_abs()).unwrap_or(0),
                b'0',
            );
            out.extend_from_slice(&digits);
        }
    }
}

/// Writes a whole number.
#[inline]
pub(super) fn write_integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}
