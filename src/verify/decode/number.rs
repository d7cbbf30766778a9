//! Numbers: PostgreSQL's text to integers, doubles and decimals in a normal form.

use super::source::choices;
use super::{Damaged, Fallback, Reading, push_double};

/// Reads a whole number.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A whole number of the source.
pub(super) fn read_integer(text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    if let Some(value) = integer(text) {
        out.extend_from_slice(&value.to_le_bytes());
        return Ok(Reading::Exact);
    }
    let unsigned = std::str::from_utf8(text)
        .ok()
        .and_then(|t| t.parse::<u64>().ok());
    match unsigned {
        Some(_) => Ok(Reading::NoForm(
            "it is over SQLite's greatest integer",
            choices::LARGE,
            Fallback::None,
        )),
        None => Err(Damaged("text that is no whole number")),
    }
}

/// A numeric of the source that is stored as a whole number.
pub(super) fn read_whole(text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    let decimal = Decimal::parse(text).ok_or(Damaged("text that is no finite number"))?;
    if !decimal.fraction.is_empty() {
        return Ok(Reading::NoForm(
            "it is no whole number",
            choices::LARGE,
            Fallback::None,
        ));
    }
    let sign: &[u8] = if decimal.negative { b"-" } else { b"" };
    let digits = if decimal.whole.is_empty() {
        b"0"
    } else {
        decimal.whole
    };
    match integer(&[sign, digits].concat()) {
        Some(value) => {
            out.extend_from_slice(&value.to_le_bytes());
            Ok(Reading::Exact)
        }
        None => Ok(Reading::NoForm(
            "it is over SQLite's greatest integer",
            choices::LARGE,
            Fallback::None,
        )),
    }
}

/// A boolean of the source.
pub(super) fn read_bool(text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    out.push(match text {
        b"t" | b"true" => 1,
        b"f" | b"false" => 0,
        // An integer column that is stored as a boolean.
        b"1" => 1,
        b"0" => 0,
        _ => return Err(Damaged("text that is neither `t` nor `f`")),
    });
    Ok(Reading::Exact)
}

/// Reads a double as PostgreSQL prints it; correctly rounded, as `str::parse` is.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    match text {
        b"NaN" => Some(f64::NAN),
        b"Infinity" => Some(f64::INFINITY),
        b"-Infinity" => Some(f64::NEG_INFINITY),
        _ => {
            let plain = text
                .iter()
                .all(|b| b.is_ascii_digit() || b"+-.eE".contains(b));
            if !plain {
                return None;
            }
            std::str::from_utf8(text).ok()?.parse().ok()
        }
    }
}

/// A float of the source. float4 goes by its shortest text, which drivers that read text give the application.
pub(super) fn read_double(text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    let value = double(text).ok_or(Damaged("text that is no number"))?;
    if value.is_nan() {
        return Ok(Reading::NoForm(
            "SQLite stores NaN as NULL",
            choices::NAN,
            Fallback::None,
        ));
    }
    push_double(value, out);
    Ok(Reading::Exact)
}

/// A numeric of the source that is stored as the nearest double and read with `scale` places.
pub(super) fn read_numeric(text: &[u8], scale: u8, out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    let value = double(text).ok_or(Damaged("text that is no number"))?;
    if value.is_nan() {
        return Ok(Reading::NoForm(
            "SQLite stores NaN as NULL",
            choices::NAN,
            Fallback::None,
        ));
    }
    if text.ends_with(b"Infinity") || reads_back(text, value, scale) {
        push_double(value, out);
        return Ok(Reading::Exact);
    }
    Ok(Reading::NoForm(
        "it has more digits than a double keeps",
        choices::DIGITS,
        Fallback::Nearest(value),
    ))
}

/// Whether SQLAlchemy reads the same decimal from the double: it prints it with `scale` places (`'%.{scale}f'`).
fn reads_back(text: &[u8], value: f64, scale: u8) -> bool {
    if value.is_infinite() {
        return false;
    }
    let Some(wanted) = Decimal::parse(text) else {
        return false;
    };
    // 15 significant digits always survive the way through a double (C standard, DBL_DIG).
    if wanted.whole.len() + wanted.fraction.len() <= 15
        && wanted.fraction.len() <= usize::from(scale)
    {
        return true;
    }
    let printed = format!("{value:.*}", usize::from(scale));
    Decimal::parse(printed.as_bytes()) == Some(wanted)
}

/// A decimal without the zeros that do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
}

impl<'a> Decimal<'a> {
    /// Reads plain decimal text; no exponents, which neither PostgreSQL's numeric nor `{:.n}` prints.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (whole, fraction) = match digits.iter().position(|b| *b == b'.') {
            Some(at) => (digits.get(..at)?, digits.get(at + 1..)?),
            None => (digits, b"".as_slice()),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
            return None;
        }
        let start = whole.iter().position(|b| *b != b'0').unwrap_or(whole.len());
        let end = fraction
            .iter()
            .rposition(|b| *b != b'0')
            .map_or(0, |at| at + 1);
        let (whole, fraction) = (whole.get(start..)?, fraction.get(..end)?);
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }
}

/// Appends the numbers of a vector's text, each in the 4 bytes that libSQL keeps; false when it is none.
pub(super) fn push_vector(text: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let Some(list) = text
        .trim()
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
    else {
        return false;
    };
    let numbers: Result<Vec<f32>, _> = list.split(',').map(str::parse).collect();
    match numbers {
        Ok(numbers) => {
            out.extend(numbers.iter().flat_map(|n| n.to_bits().to_le_bytes()));
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_that_reads_back_is_exact() {
        for (text, scale, exact) in [
            ("1.10", 2, true),
            ("0.00", 2, true),
            ("-0.00", 2, true),
            ("1234567890123.45", 2, true),
            ("9999999999999999.99", 2, false),
            ("9007199254740993", 0, false),
            ("9007199254740992", 0, true),
            ("0.12345678901", 10, false),
            ("0.1234567890", 10, true),
            ("Infinity", 10, true),
        ] {
            let reading = read_numeric(text.as_bytes(), scale, &mut Vec::new());
            assert_eq!(matches!(reading, Ok(Reading::Exact)), exact, "{text}");
        }
    }

    #[test]
    fn text_that_is_no_number_is_damage() {
        for text in ["", "abc", "1,5", "inf", "0x10", "--1"] {
            assert!(
                read_numeric(text.as_bytes(), 2, &mut Vec::new()).is_err(),
                "{text}"
            );
        }
    }
}
