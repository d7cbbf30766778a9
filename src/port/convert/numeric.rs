//! numeric: exact text from base-10000 digits, the nearest double, and the check whether that double gives the value back.
//!
//! The check is SQLAlchemy's own reading: `Decimal('%.{scale}f' % value)` must equal PostgreSQL's value.

use super::number::{integer, integer_to_real, parse_real, widen, write_integer};
use super::wire::{Reader, Wire, fixed};
use super::{Decoded, Trouble, ValueIssue, damaged, issue};
use crate::pg::copy::Cell;

/// A numeric as it travels (`numeric_send`): groups of four digits.
enum Binary<'a> {
    NaN,
    Infinity { negative: bool },
    Finite(Digits<'a>),
}

struct Digits<'a> {
    negative: bool,
    /// Power of 10000 of the first group.
    weight: i16,
    /// Digits behind the point that are shown.
    scale: u16,
    groups: Reader<'a>,
}

fn parse(bytes: &[u8]) -> Decoded<Binary<'_>> {
    let mut reader = Reader::new(bytes);
    let count = usize::from(reader.u16()?);
    let weight = reader.i16()?;
    let sign = reader.u16()?;
    let scale = reader.u16()?;
    match sign {
        0xC000 => return Ok(Binary::NaN),
        0xD000 | 0xF000 => {
            return Ok(Binary::Infinity {
                negative: sign == 0xF000,
            });
        }
        0 | 0x4000 => {}
        _ => return damaged("its sign is unknown"),
    }
    if reader.left() != count * 2 || scale > 0x3FFF {
        return damaged("it does not have the length that it says");
    }
    Ok(Binary::Finite(Digits {
        negative: sign == 0x4000,
        weight,
        scale,
        groups: reader,
    }))
}

/// Writes PostgreSQL's text of a binary numeric.
pub(super) fn write_binary(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    match parse(bytes)? {
        Binary::NaN => out.extend_from_slice(b"NaN"),
        Binary::Infinity { negative: false } => out.extend_from_slice(b"Infinity"),
        Binary::Infinity { negative: true } => out.extend_from_slice(b"-Infinity"),
        Binary::Finite(digits) => return write_finite(digits, out),
    }
    Ok(())
}

fn write_finite(mut digits: Digits<'_>, out: &mut Vec<u8>) -> Decoded<()> {
    if digits.negative {
        out.push(b'-');
    }
    let next = |digits: &mut Digits<'_>| -> Decoded<u16> {
        if digits.groups.is_empty() {
            return Ok(0);
        }
        match digits.groups.u16()? {
            group @ 0..=9999 => Ok(group),
            _ => damaged("a digit of it is over 9999"),
        }
    };
    if digits.weight < 0 {
        out.push(b'0');
    } else {
        write_integer(i64::from(next(&mut digits)?), out);
        for _ in 0..digits.weight {
            push_group(next(&mut digits)?, 4, out);
        }
    }
    let mut left = usize::from(digits.scale);
    if left == 0 {
        return Ok(());
    }
    out.push(b'.');
    let mut skipped = -1i32 - i32::from(digits.weight);
    while left > 0 {
        let group = if skipped > 0 {
            skipped -= 1;
            0
        } else {
            next(&mut digits)?
        };
        push_group(group, left.min(4), out);
        left = left.saturating_sub(4);
    }
    Ok(())
}

/// The first `count` of a group's four digits.
fn push_group(group: u16, count: usize, out: &mut Vec<u8>) {
    let digits = [group / 1000, group / 100 % 10, group / 10 % 10, group % 10];
    out.extend(digits.iter().take(count).map(|d| b'0' + d.to_le_bytes()[0]));
}

/// What decides at once whether a value survives as a double.
struct Shape {
    /// All digits as one whole number, when below 2^53.
    mantissa: u64,
    /// Power of ten that it is multiplied with.
    exponent: i32,
    /// Digits before the point.
    whole_digits: i32,
    /// Digits behind the point that are shown.
    fraction_digits: i32,
}

const EXACT: u64 = 1 << 53;
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

impl Shape {
    /// The nearest double, where two exact doubles and one rounding give it.
    #[expect(clippy::cast_precision_loss, reason = "the mantissa is below 2^53")]
    fn value(&self) -> Option<f64> {
        if self.mantissa > EXACT {
            return None;
        }
        let power = POWERS.get(usize::try_from(self.exponent.unsigned_abs()).ok()?)?;
        let mantissa = self.mantissa as f64;
        Some(if self.exponent < 0 {
            mantissa / power
        } else {
            mantissa * power
        })
    }

    /// Fifteen digits always survive, counted with the places that are read back.
    fn survives(&self, scale: u8) -> bool {
        let scale = i32::from(scale);
        self.fraction_digits <= scale && self.whole_digits + scale <= 15
            || self.fraction_digits == 0 && self.whole_digits <= 15
    }

    fn of_binary(digits: &Digits<'_>) -> Decoded<Self> {
        let mut groups = digits.groups;
        let count = i32::try_from(groups.left() / 2).unwrap_or(i32::MAX);
        let weight = i32::from(digits.weight);
        let mut shape = Self {
            mantissa: 0,
            exponent: 4 * (weight - count + 1),
            whole_digits: 0,
            fraction_digits: i32::from(digits.scale),
        };
        if count <= weight + 1 {
            // All digits stand before the point, whatever the scale shows.
            shape.fraction_digits = 0;
        }
        let mut first = true;
        while !groups.is_empty() {
            let group = groups.u16()?;
            if group > 9999 {
                return damaged("a digit of it is over 9999");
            }
            if first {
                first = false;
                let digits = match group {
                    1000.. => 4,
                    100.. => 3,
                    10.. => 2,
                    _ => 1,
                };
                shape.whole_digits = (weight * 4 + digits).max(0);
            }
            if shape.mantissa > EXACT {
                break;
            }
            // What does not fit is beyond what is exact, too.
            shape.mantissa = shape
                .mantissa
                .saturating_mul(10_000)
                .saturating_add(u64::from(group));
        }
        Ok(shape)
    }

    fn of_text(text: &[u8]) -> Option<Self> {
        let mut shape = Self {
            mantissa: 0,
            exponent: 0,
            whole_digits: 0,
            fraction_digits: 0,
        };
        let (whole, fraction) = match text.iter().position(|b| *b == b'.') {
            Some(dot) => (text.get(..dot)?, text.get(dot + 1..)?),
            None => (text, &b""[..]),
        };
        if whole.is_empty() || whole.len() + fraction.len() > 17 {
            return None;
        }
        for digit in whole.iter().chain(fraction) {
            if !digit.is_ascii_digit() {
                return None;
            }
            shape.mantissa = shape.mantissa * 10 + u64::from(digit - b'0');
        }
        shape.whole_digits = if whole == b"0" {
            0
        } else {
            i32::try_from(whole.len()).ok()?
        };
        shape.exponent = -i32::try_from(fraction.len()).ok()?;
        if fraction.iter().any(|d| *d != b'0') {
            shape.fraction_digits = -shape.exponent;
        }
        Some(shape)
    }
}

/// The nearest double of a numeric, an integer or a float, when reading it back at `scale` places gives the same value.
pub(super) fn nearest(wire: Wire, cell: Cell<'_>, scale: u8, out: &mut Vec<u8>) -> Decoded<f64> {
    match (wire, cell) {
        (Wire::Numeric, Cell::Binary(bytes)) => match parse(bytes)? {
            Binary::NaN => issue(ValueIssue::NumericNan),
            Binary::Infinity { negative } => Ok(infinity(negative)),
            Binary::Finite(digits) => {
                let shape = Shape::of_binary(&digits)?;
                if shape.survives(scale)
                    && let Some(value) = shape.value()
                {
                    return Ok(if digits.negative && value != 0.0 {
                        -value
                    } else {
                        value
                    });
                }
                write_finite(digits, out)?;
                checked(out, scale)
            }
        },
        (Wire::Numeric, Cell::Text(text)) => {
            let (negative, unsigned) = match text.split_first() {
                Some((b'-', rest)) => (true, rest),
                _ => (false, text),
            };
            match unsigned {
                b"NaN" => return issue(ValueIssue::NumericNan),
                b"Infinity" => return Ok(infinity(negative)),
                _ => {}
            }
            if let Some(shape) = Shape::of_text(unsigned)
                && shape.survives(scale)
                && let Some(value) = shape.value()
            {
                return Ok(if negative && value != 0.0 {
                    -value
                } else {
                    value
                });
            }
            checked(text, scale)
        }
        (Wire::Float4, Cell::Binary(bytes)) => not_nan(widen(f32::from_be_bytes(fixed(bytes)?))),
        (Wire::Float8, Cell::Binary(bytes)) => not_nan(f64::from_be_bytes(fixed(bytes)?)),
        (Wire::Float4 | Wire::Float8, Cell::Text(text)) => not_nan(parse_real(text)?),
        _ => {
            let value = integer(wire, cell)?;
            let double = integer_to_real(value);
            if value.unsigned_abs() > EXACT {
                write_integer(value, out);
                return checked(out, scale);
            }
            Ok(double)
        }
    }
}

fn not_nan(value: f64) -> Decoded<f64> {
    if value.is_nan() {
        return issue(ValueIssue::FloatNan);
    }
    Ok(value)
}

fn infinity(negative: bool) -> f64 {
    if negative {
        f64::NEG_INFINITY
    } else {
        f64::INFINITY
    }
}

/// The nearest double, whatever it loses.
pub(super) fn nearest_inexact(wire: Wire, cell: Cell<'_>, out: &mut Vec<u8>) -> Decoded<f64> {
    let value = match (wire, cell) {
        (Wire::Numeric, Cell::Binary(bytes)) => {
            out.clear();
            write_binary(bytes, out)?;
            parse_real(out)?
        }
        (Wire::Numeric, Cell::Text(text)) => parse_real(text)?,
        _ => integer_to_real(integer(wire, cell)?),
    };
    if value.is_nan() {
        return issue(ValueIssue::NumericNan);
    }
    Ok(value)
}

/// The nearest double of decimal text, checked by printing it with `scale` places.
fn checked(text: &[u8], scale: u8) -> Decoded<f64> {
    let Ok(text) = str::from_utf8(text) else {
        return damaged("it is not a number");
    };
    let plain = text.strip_prefix('-').unwrap_or(text);
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return damaged("it is not a number");
    }
    let Ok(value) = text.parse::<f64>() else {
        return damaged("it is not a number");
    };
    let places = usize::from(scale);
    if same_decimal(&format!("{value:.places$}"), text) {
        Ok(value)
    } else {
        Err(Trouble::Issue(
            ValueIssue::NumericInexact,
            super::Side::Above,
        ))
    }
}

/// Whether two decimal texts are the same number: zeros at the end of a fraction do not count, as in Python's `Decimal ==`.
fn same_decimal(a: &str, b: &str) -> bool {
    fn normal(text: &str) -> &str {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text
        }
    }
    normal(a) == normal(b)
}
