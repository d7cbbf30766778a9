//! A PostgreSQL literal in the stored form of a column: `'false'` on a boolean is `0`, `'1 day'` on an interval is
//! `'1970-01-02 00:00:00.000000'`.

mod json;
mod time;

use super::encoding::Encoding;
use crate::pg::types::{BaseType, PgType};
use crate::sqlite::schema::string_literal;

pub(super) use time::parse_interval;

/// The numbers of `[1,2]` as libSQL keeps them.
fn vector(text: &str) -> Option<Vec<u8>> {
    let list = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let numbers = list.split(',').map(|n| n.trim().parse::<f32>().ok());
    let numbers = numbers.collect::<Option<Vec<f32>>>()?;
    Some(numbers.iter().flat_map(|n| n.to_le_bytes()).collect())
}

/// What PostgreSQL would read a text as, written as a SQLite literal in that form.
///
/// # Errors
/// Why there is no such literal, as a part of a sentence.
pub(super) fn literal(text: &str, pg: &PgType, encoding: &Encoding) -> Result<String, String> {
    let bad = |what: &str| format!("`{text}` is not {what}");
    Ok(match encoding {
        Encoding::Integer => {
            let number: i64 = text.trim().parse().map_err(|_| bad("a whole number"))?;
            number.to_string()
        }
        Encoding::Bool => u8::from(boolean(text).ok_or_else(|| bad("a boolean"))?).to_string(),
        Encoding::Real { .. } => real(text).ok_or_else(|| bad("a number that SQLite has"))?,
        Encoding::NumericReal { .. } => {
            let scale = pg.precision_scale().map(|(_, s)| s);
            decimal(text, scale, false).ok_or_else(|| bad("a number that SQLite has"))?
        }
        Encoding::DecimalText => {
            let scale = pg.precision_scale().map(|(_, s)| s);
            match text.trim().to_ascii_lowercase().as_str() {
                "nan" => "'NaN'".to_owned(),
                "infinity" | "inf" => "'Infinity'".to_owned(),
                "-infinity" | "-inf" => "'-Infinity'".to_owned(),
                _ => string_literal(&decimal(text, scale, true).ok_or_else(|| bad("a number"))?),
            }
        }
        Encoding::Text => string_literal(&padded(text, pg)),
        Encoding::Blob => {
            let bytes = bytea(text).ok_or_else(|| bad("a bytea"))?;
            format!("x'{}'", hex(&bytes))
        }
        Encoding::Date => string_literal(&time::date(text).ok_or_else(|| bad("a date"))?),
        Encoding::Time => string_literal(&time::time(text).ok_or_else(|| bad("a time"))?),
        Encoding::TimeTz => {
            string_literal(&time::time_tz(text).ok_or_else(|| bad("a time with its offset"))?)
        }
        Encoding::Timestamp => {
            string_literal(&time::timestamp(text, false).ok_or_else(|| bad("a timestamp"))?)
        }
        Encoding::TimestampUtc => {
            string_literal(&time::timestamp(text, true).ok_or_else(|| bad("a timestamp"))?)
        }
        Encoding::IntervalEpoch => {
            let interval = parse_interval(text).ok_or_else(|| bad("an interval"))?;
            let stored = interval
                .since_epoch()
                .ok_or_else(|| format!("`{text}` is too long for a time since 1970"))?;
            string_literal(&stored)
        }
        Encoding::UuidHex => string_literal(&uuid(text).ok_or_else(|| bad("a UUID"))?),
        Encoding::UuidText => {
            let digits = uuid(text).ok_or_else(|| bad("a UUID"))?;
            string_literal(&hyphenated(&digits))
        }
        Encoding::UuidBlob => format!("x'{}'", uuid(text).ok_or_else(|| bad("a UUID"))?),
        Encoding::Json if pg.base == BaseType::Jsonb => {
            string_literal(&json::normalise(text).ok_or_else(|| bad("JSON"))?)
        }
        Encoding::Json => string_literal(text),
        Encoding::ArrayJson => string_literal(&array(text, pg)?),
        Encoding::VectorF32 => {
            let bytes = vector(text).ok_or_else(|| bad("a vector"))?;
            format!("x'{}'", hex(&bytes))
        }
        Encoding::HstoreJson if text.trim().is_empty() => string_literal("{}"),
        Encoding::HstoreJson => {
            return Err(format!("`{text}` is an hstore that is not empty"));
        }
        Encoding::PgText => string_literal(&pg_text(text, pg)),
    })
}

/// `character(n)` is padded with blanks, `character varying(n)` loses blanks beyond `n`.
fn padded(text: &str, pg: &PgType) -> String {
    let Some(length) = pg.length().and_then(|n| usize::try_from(n).ok()) else {
        return text.to_owned();
    };
    let count = text.chars().count();
    match pg.base {
        BaseType::Char if count < length => format!("{text}{}", " ".repeat(length - count)),
        BaseType::Char | BaseType::Varchar if count > length => {
            let (kept, rest): (String, String) = (
                text.chars().take(length).collect(),
                text.chars().skip(length).collect(),
            );
            if rest.trim().is_empty() {
                kept
            } else {
                text.to_owned()
            }
        }
        _ => text.to_owned(),
    }
}

/// PostgreSQL's output of types that are stored as its text.
fn pg_text(text: &str, pg: &PgType) -> String {
    let trimmed = text.trim();
    match pg.base {
        BaseType::Inet => trimmed
            .strip_suffix("/32")
            .filter(|a| a.contains('.'))
            .or_else(|| trimmed.strip_suffix("/128").filter(|a| a.contains(':')))
            .unwrap_or(trimmed)
            .to_owned(),
        _ => text.to_owned(),
    }
}

/// A boolean as PostgreSQL reads it: any beginning of `true`, `false`, `yes`, `no`, and `on`, `off`, `1`, `0`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let word = text.trim().to_ascii_lowercase();
    let begins = |full: &str| !word.is_empty() && full.starts_with(&word);
    if begins("true") || begins("yes") || word == "on" || word == "1" {
        Some(true)
    } else if begins("false") || begins("no") || matches!(word.as_str(), "of" | "off" | "0") {
        Some(false)
    } else {
        None
    }
}

/// A double; infinities are numbers out of range, NaN has no literal.
fn real(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let value: f64 = match trimmed.to_ascii_lowercase().as_str() {
        "infinity" | "inf" | "+infinity" => return Some("9e999".to_owned()),
        "-infinity" | "-inf" => return Some("-9e999".to_owned()),
        "nan" => return None,
        word if !word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            return None;
        }
        _ => trimmed.parse().ok()?,
    };
    let printed = format!("{value:?}");
    Some(
        printed
            .strip_suffix(".0")
            .map_or(printed.clone(), str::to_owned),
    )
}

/// A decimal number rounded to a scale as PostgreSQL does, half away from zero; with all places of the scale when `exact`.
fn decimal(text: &str, scale: Option<i32>, exact: bool) -> Option<String> {
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = format!("{whole}{fraction}");
    if all.is_empty() || !all.chars().all(|c| c.is_ascii_digit()) || exponent.abs() > 400 {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let places = i32::try_from(all.len()).ok()?.checked_sub(point)?;
    let scale = scale.map_or(places.max(0), |s| s.max(0));
    let (mut whole, mut fraction) = split_at_point(&all, point);
    let wanted = usize::try_from(scale).ok()?;
    if fraction.len() > wanted {
        let up = fraction.as_bytes().get(wanted).is_some_and(|d| *d >= b'5');
        fraction.truncate(wanted);
        if up {
            (whole, fraction) = increment(&whole, &fraction);
        }
    }
    while exact && fraction.len() < wanted {
        fraction.push('0');
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let zero = whole == "0" && fraction.chars().all(|c| c == '0');
    let sign = if negative && !zero { "-" } else { "" };
    Some(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    })
}

/// Digits before and behind the point, which stands `point` digits from the left.
fn split_at_point(digits: &str, point: i32) -> (String, String) {
    match usize::try_from(point) {
        Ok(point) if point >= digits.len() => (
            format!("{digits}{}", "0".repeat(point - digits.len())),
            String::new(),
        ),
        Ok(point) => {
            let (whole, fraction) = digits.split_at(point);
            (whole.to_owned(), fraction.to_owned())
        }
        Err(_) => {
            let zeros = usize::try_from(point.unsigned_abs()).unwrap_or_default();
            (String::new(), format!("{}{digits}", "0".repeat(zeros)))
        }
    }
}

/// The next number in the last place.
fn increment(whole: &str, fraction: &str) -> (String, String) {
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let mut carry = true;
    for digit in digits.iter_mut().rev() {
        if !carry {
            break;
        }
        carry = *digit == b'9';
        *digit = if carry { b'0' } else { *digit + 1 };
    }
    if carry {
        digits.insert(0, b'1');
    }
    let text: String = digits.into_iter().map(char::from).collect();
    let (whole, fraction) = text.split_at(text.len() - fraction.len());
    (whole.to_owned(), fraction.to_owned())
}

/// The bytes of a bytea literal in hex or escape form (PostgreSQL manual, section 8.4).
fn bytea(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let digits: Vec<char> = digits.chars().filter(|c| !c.is_whitespace()).collect();
        return digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok())
            .collect::<Option<Vec<u8>>>()
            .filter(|_| digits.len().is_multiple_of(2));
    }
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => {
                out.push(b'\\');
                tail
            }
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                tail
            }
            (b'\\', _) => return None,
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    Some(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The 32 lower-case digits of a UUID, which PostgreSQL reads with or without hyphens and braces.
fn uuid(text: &str) -> Option<String> {
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
    let digits: String = inner.chars().filter(|c| *c != '-').collect();
    (digits.len() == 32 && digits.chars().all(|c| c.is_ascii_hexdigit()))
        .then(|| digits.to_ascii_lowercase())
}

/// 32 digits with hyphens.
fn hyphenated(digits: &str) -> String {
    [0..8, 8..12, 12..16, 16..20, 20..32]
        .into_iter()
        .filter_map(|part| digits.get(part))
        .collect::<Vec<_>>()
        .join("-")
}

/// An array literal as JSON text, with `, ` between items as Python's `json.dumps` writes it. Numbers and booleans are
/// JSON's, everything else stands as a string (the same rule by which the port stores arrays).
fn array(text: &str, pg: &PgType) -> Result<String, String> {
    let bad = || format!("`{text}` is not an array");
    let element = pg.element();
    let body = match text.trim() {
        bounded if bounded.starts_with('[') => bounded.split_once('=').ok_or_else(bad)?.1,
        plain => plain,
    };
    let mut out = String::new();
    let mut chars = body.chars().peekable();
    let mut depth = 0usize;
    while let Some(c) = chars.next() {
        match c {
            '{' => {
                depth += 1;
                out.push('[');
            }
            '}' => {
                depth = depth.checked_sub(1).ok_or_else(bad)?;
                out.push(']');
            }
            ',' => out.push_str(", "),
            c if c.is_whitespace() => {}
            _ if depth == 0 => return Err(bad()),
            '"' => {
                let mut item = String::new();
                loop {
                    match chars.next().ok_or_else(bad)? {
                        '"' => break,
                        '\\' => item.push(chars.next().ok_or_else(bad)?),
                        c => item.push(c),
                    }
                }
                out.push_str(&array_item(&item, &element)?);
            }
            first => {
                let mut item = first.to_string();
                while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '}' | '{')) {
                    item.push(c);
                }
                let item = item.trim_end();
                if item.eq_ignore_ascii_case("null") {
                    out.push_str("null");
                } else {
                    out.push_str(&array_item(item, &element)?);
                }
            }
        }
    }
    if depth != 0 || !out.starts_with('[') {
        return Err(bad());
    }
    Ok(out)
}

/// One item of an array as JSON.
pub(super) fn array_item(item: &str, element: &PgType) -> Result<String, String> {
    let bad = || format!("`{item}` is not of type {element}");
    let string = |s: &str| serde_json::to_string(s).map_err(|e| e.to_string());
    match element.base {
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt => {
            let number: i64 = item.trim().parse().map_err(|_| bad())?;
            Ok(number.to_string())
        }
        BaseType::Real | BaseType::Double => match real(item) {
            Some(text) if text.contains("9e999") => string(item),
            Some(text) => Ok(text),
            None => string("NaN"),
        },
        BaseType::Boolean => Ok(boolean(item).ok_or_else(bad)?.to_string()),
        BaseType::Numeric => {
            let scale = element.precision_scale().map(|(_, s)| s);
            string(&decimal(item, scale, true).ok_or_else(bad)?)
        }
        BaseType::Uuid => string(&hyphenated(&uuid(item).ok_or_else(bad)?)),
        BaseType::Date => string(&time::date(item).ok_or_else(bad)?),
        BaseType::Timestamp => string(&time::timestamp(item, false).ok_or_else(bad)?),
        BaseType::TimestampTz => string(&time::timestamp(item, true).ok_or_else(bad)?),
        BaseType::Time => string(&time::time(item).ok_or_else(bad)?),
        BaseType::Json => Ok(item.to_owned()),
        BaseType::Jsonb => json::normalise(item).ok_or_else(bad),
        BaseType::Char => string(&padded(item, element)),
        _ => string(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_take_the_stored_form() {
        for (text, pg_type, name, expected) in [
            ("false", "boolean", "bool", "0"),
            ("t", "boolean", "bool", "1"),
            (" 5 ", "integer", "integer", "5"),
            ("0.00", "numeric(10,2)", "numeric-real", "0.00"),
            ("1.005", "numeric(10,2)", "numeric-real", "1.01"),
            ("9.999", "numeric(10,2)", "numeric-real", "10.00"),
            ("1", "numeric(12,4)", "decimal-text", "'1.0000'"),
            ("1e2", "numeric", "decimal-text", "'100'"),
            ("-.5", "numeric", "decimal-text", "'-0.5'"),
            ("1.50", "double precision", "real", "1.5"),
            ("US", "character(3)", "text", "'US '"),
            ("\\x00ff", "bytea", "blob", "x'00ff'"),
            ("a\\000", "bytea", "blob", "x'6100'"),
            ("infinity", "date", "date", "'9999-12-31'"),
            (
                "08:00",
                "time without time zone",
                "time",
                "'08:00:00.000000'",
            ),
            (
                "2024-01-02",
                "timestamp without time zone",
                "timestamp",
                "'2024-01-02 00:00:00.000000'",
            ),
            (
                "2024-01-02 03:04:05.6+02",
                "timestamp with time zone",
                "timestamp-utc",
                "'2024-01-02 01:04:05.600000'",
            ),
            (
                "14 days",
                "interval",
                "interval-epoch",
                "'1970-01-15 00:00:00.000000'",
            ),
            (
                "00:10:00",
                "interval",
                "interval-epoch",
                "'1970-01-01 00:10:00.000000'",
            ),
            (
                "1 year 2 mons",
                "interval",
                "interval-epoch",
                "'1971-03-02 00:00:00.000000'",
            ),
            (
                "-1 day",
                "interval",
                "interval-epoch",
                "'1969-12-31 00:00:00.000000'",
            ),
            (
                "P1DT2H",
                "interval",
                "interval-epoch",
                "'1970-01-02 02:00:00.000000'",
            ),
            (
                "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
                "uuid",
                "uuid-hex",
                "'a0eebc999c0b4ef8bb6d6bb9bd380a11'",
            ),
            (
                "{\"bb\":1,\"a\":[1,2]}",
                "jsonb",
                "json",
                "'{\"a\": [1, 2], \"bb\": 1}'",
            ),
            ("{\"a\":1}", "json", "json", "'{\"a\":1}'"),
            ("{}", "text[]", "array-json", "'[]'"),
            ("{1,2,NULL}", "smallint[]", "array-json", "'[1, 2, null]'"),
            (
                "{a,\"b \\\"c\"}",
                "text[]",
                "array-json",
                "'[\"a\", \"b \\\"c\"]'",
            ),
            ("10.0.0.1/32", "inet", "pg-text", "'10.0.0.1'"),
        ] {
            let pg_type = PgType::parse(pg_type).expect("a type");
            let encoding = Encoding::parse(name, None).expect("an encoding");
            assert_eq!(
                literal(text, &pg_type, &encoding).as_deref(),
                Ok(expected),
                "{text} as {pg_type}"
            );
        }
    }
}
