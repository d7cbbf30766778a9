//! One value of each side: equal, equal but for a double's last digits, or different.

use rusqlite::types::{Value, ValueRef};

use crate::lower::{ColumnMap, Encoding};
use crate::pg::types::{BaseType, PgType};
use crate::verify::decode::{Decoder, SourceValue};

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    Equal,
    /// Numbers that differ by less than one part in 10^9: sums of doubles where PostgreSQL adds decimals.
    Rounded,
    Different,
}

/// Compares the values of one column of a result.
pub(super) struct Reader {
    pg_type: PgType,
    decoders: Vec<Decoder>,
}

impl Reader {
    pub(super) fn new(pg_type: &PgType) -> Self {
        let decoders = encodings(pg_type)
            .into_iter()
            .map(|encoding| {
                Decoder::new(&ColumnMap {
                    pg: String::new(),
                    sqlite: String::new(),
                    pg_type: pg_type.clone(),
                    // Without a declared type a column keeps what it is given.
                    declared_type: String::new(),
                    encoding,
                    nullable: true,
                    generated: false,
                    accepted: Vec::new(),
                })
            })
            .collect();
        Self {
            pg_type: pg_type.clone(),
            decoders,
        }
    }

    pub(super) fn same(&self, source: Option<&str>, target: &Value) -> Same {
        let (source, target) = match (source, target) {
            (None, Value::Null) => return Same::Equal,
            (None, _) | (_, Value::Null) => return Same::Different,
            (Some(source), target) => (source, target),
        };
        let equal = |yes: bool| if yes { Same::Equal } else { Same::Different };
        if self.pg_type.array {
            return equal(self.decoded(source, target));
        }
        match &self.pg_type.base {
            BaseType::SmallInt
            | BaseType::Integer
            | BaseType::BigInt
            | BaseType::Oid
            | BaseType::Numeric
            | BaseType::Real
            | BaseType::Double => number(source, target),
            BaseType::Char => match target {
                Value::Text(text) => {
                    equal(text.trim_end_matches(' ') == source.trim_end_matches(' '))
                }
                _ => Same::Different,
            },
            BaseType::Json | BaseType::Jsonb => equal(same_json(source, target)),
            _ => equal(self.decoded(source, target)),
        }
    }

    /// Whether any form in which the type is stored reads the same from both.
    fn decoded(&self, source: &str, target: &Value) -> bool {
        let target = ValueRef::from(target);
        self.decoders.iter().any(|decoder| {
            let (mut left, mut right, mut loose) = (Vec::new(), Vec::new(), Vec::new());
            let read = decoder.source(Some(source.as_bytes()), &mut left);
            if !matches!(read, Ok(SourceValue::Exact)) {
                return false;
            }
            decoder.stored(target, &mut right);
            if left == right {
                return true;
            }
            decoder.loose(target, &mut loose) && left == loose
        })
    }

    /// A text by which rows are put in an order that is the same for both sides.
    pub(super) fn sort_key(&self, value: &Cell<'_>) -> String {
        let text = match value {
            Cell::Source(None) | Cell::Target(Value::Null) => return String::new(),
            Cell::Source(Some(text)) => (*text).to_owned(),
            Cell::Target(Value::Integer(n)) => n.to_string(),
            Cell::Target(Value::Real(r)) => r.to_string(),
            Cell::Target(Value::Text(text)) => text.clone(),
            Cell::Target(Value::Blob(bytes)) => hex(bytes),
        };
        if self.is_number() {
            // Fewer digits than a double has, so that both sides give one text.
            return text
                .parse::<f64>()
                .map_or(text, |n| format!("1{:.8e}", if n == 0.0 { 0.0 } else { n }));
        }
        let plain: String = match &self.pg_type.base {
            BaseType::Boolean => match text.as_str() {
                "t" | "true" => "1".to_owned(),
                "f" | "false" => "0".to_owned(),
                _ => text,
            },
            BaseType::Uuid => text.replace('-', "").to_lowercase(),
            BaseType::Bytea => text.trim_start_matches("\\x").to_owned(),
            BaseType::Char => text.trim_end_matches(' ').to_owned(),
            BaseType::Timestamp | BaseType::TimestampTz | BaseType::Time => {
                let text = text.replace('T', " ");
                let text = text.trim_end_matches("+00").trim_end_matches('Z');
                match text.split_once('.') {
                    Some((whole, fraction)) => {
                        let fraction = fraction.trim_end_matches('0');
                        format!("{whole}.{fraction}")
                            .trim_end_matches('.')
                            .to_owned()
                    }
                    None => text.to_owned(),
                }
            }
            _ => text,
        };
        format!("1{plain}")
    }

    fn is_number(&self) -> bool {
        !self.pg_type.array
            && matches!(
                self.pg_type.base,
                BaseType::SmallInt
                    | BaseType::Integer
                    | BaseType::BigInt
                    | BaseType::Oid
                    | BaseType::Numeric
                    | BaseType::Real
                    | BaseType::Double
            )
    }
}

/// A value of one of the sides.
pub(super) enum Cell<'a> {
    Source(Option<&'a str>),
    Target(&'a Value),
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// The forms in which decant stores a type.
fn encodings(pg_type: &PgType) -> Vec<Encoding> {
    if pg_type.array {
        return vec![Encoding::ArrayJson, Encoding::PgText];
    }
    match &pg_type.base {
        BaseType::Boolean => vec![Encoding::Bool],
        BaseType::Bytea => vec![Encoding::Blob],
        BaseType::Date => vec![Encoding::Date],
        BaseType::Time => vec![Encoding::Time],
        BaseType::TimeTz => vec![Encoding::TimeTz],
        BaseType::Timestamp => vec![Encoding::Timestamp],
        BaseType::TimestampTz => vec![Encoding::TimestampUtc],
        BaseType::Interval => vec![Encoding::IntervalEpoch, Encoding::PgText],
        BaseType::Uuid => vec![Encoding::UuidHex, Encoding::UuidText, Encoding::UuidBlob],
        BaseType::Named { name, .. } if name == "hstore" => {
            vec![Encoding::HstoreJson, Encoding::PgText]
        }
        _ => vec![Encoding::Text],
    }
}

fn number(source: &str, target: &Value) -> Same {
    let text = match target {
        Value::Integer(n) => n.to_string(),
        Value::Real(r) => r.to_string(),
        // A numeric that is kept as text has all its digits.
        Value::Text(text) => text.clone(),
        Value::Null | Value::Blob(_) => return Same::Different,
    };
    if plain_number(source) == plain_number(&text) {
        return Same::Equal;
    }
    let infinite = |text: &str| text.to_ascii_lowercase().replace("infinity", "inf");
    let (Ok(left), Ok(right)) = (
        infinite(source).parse::<f64>(),
        infinite(&text).parse::<f64>(),
    ) else {
        return Same::Different;
    };
    let digits = source.chars().filter(char::is_ascii_digit).count();
    if left.to_bits() == right.to_bits() || left == right {
        // The same double; of a longer decimal it is only the nearest.
        return if matches!(target, Value::Real(_)) && digits > 15 {
            Same::Rounded
        } else if matches!(target, Value::Real(_)) || digits <= 15 {
            Same::Equal
        } else {
            Same::Different
        };
    }
    let close = (left - right).abs() <= left.abs().max(right.abs()) * 1e-9;
    if close && matches!(target, Value::Real(_)) {
        Same::Rounded
    } else {
        Same::Different
    }
}

/// A decimal without leading and trailing zeros.
fn plain_number(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    if digits.contains(['e', 'E']) {
        return text.to_owned();
    }
    let digits = digits.trim_start_matches('0');
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    if digits.is_empty() {
        return "0".to_owned();
    }
    format!("{sign}{digits}")
}

/// JSON by its meaning: order of keys and spelling of numbers do not count.
fn same_json(source: &str, target: &Value) -> bool {
    let right = match target {
        Value::Text(text) => text.clone(),
        Value::Integer(n) => n.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Null | Value::Blob(_) => return false,
    };
    if source == right {
        return true;
    }
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text);
    match (read(source), read(&right)) {
        (Ok(left), Ok(right)) => same_value(&left, &right),
        // `->` on SQLite gives text without quotes where PostgreSQL's gives JSON.
        (Ok(serde_json::Value::String(left)), Err(_)) => left == right,
        _ => false,
    }
}

fn same_value(left: &serde_json::Value, right: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (left, right) {
        (Number(l), Number(r)) => l == r || l.as_f64() == r.as_f64(),
        (Array(l), Array(r)) => {
            l.len() == r.len() && l.iter().zip(r).all(|(l, r)| same_value(l, r))
        }
        (Object(l), Object(r)) => {
            l.len() == r.len()
                && l.iter()
                    .all(|(key, l)| r.get(key).is_some_and(|r| same_value(l, r)))
        }
        (l, r) => l == r,
    }
}

/// A value for a report.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(bytes) => format!("x'{}'", hex(bytes)),
    }
}

/// The kind of a value, for those who must not see it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Integer(_) => "an integer",
        Value::Real(_) => "a real",
        Value::Text(_) => "text",
        Value::Blob(_) => "a blob",
    }
}
