//! Why a cell differs, in a few words and without its value.

use rusqlite::types::{Value, ValueRef};

use super::plan::type_name;
use crate::lower::Encoding;
use crate::verify::decode::{Decoder, Form, SourceValue};
use crate::verify::result::DifferenceKind;

/// Longest text of a value that is shown.
const SHOWN: usize = 200;

/// What kind of difference it is, and what is so.
pub(super) fn explain(
    decoder: &Decoder,
    source: Option<&[u8]>,
    stored: &Value,
) -> (DifferenceKind, String) {
    let value = ValueRef::from(stored);
    let mut wanted = Vec::new();
    let read = decoder.source(source, &mut wanted);
    let exact = matches!(read, Ok(SourceValue::Exact));
    if let Ok(SourceValue::NoForm(why)) = read {
        return (
            DifferenceKind::NoForm,
            format!(
                "the storage form cannot keep the source's value ({why}), and no accepted rule covers it"
            ),
        );
    }
    if let Some(said) = explain_null(source, value) {
        return (DifferenceKind::Value, said);
    }
    let mut held = Vec::new();
    let wrong = match decoder.stored(value, &mut held) {
        Form::Wrong(form) => Some(form),
        // A rule lets text stand for values without a form; this one has one.
        Form::Right if exact => decoder.form_of_text(value),
        Form::Right => None,
    };
    if let Some(form) = wrong {
        let mut loose = Vec::new();
        let same = decoder.loose(value, &mut loose) && loose == wanted;
        let what = type_name(value);
        return if same {
            let said = format!(
                "the same value in another form: {what} where {form} was expected; look-ups by value miss it"
            );
            (DifferenceKind::StorageForm, said)
        } else {
            (
                DifferenceKind::StorageForm,
                format!("{what} where {form} was expected"),
            )
        };
    }
    let said = match decoder.encoding() {
        Encoding::Date => steps(&wanted, &held, "day"),
        Encoding::Time | Encoding::Timestamp | Encoding::TimestampUtc | Encoding::IntervalEpoch => {
            steps(&wanted, &held, "microsecond")
        }
        Encoding::Real { .. } | Encoding::NumericReal { .. } => rounding(&wanted, &held),
        Encoding::Integer => steps(&wanted, &held, "unit"),
        _ => None,
    };
    let said = said.or_else(|| match (source, value) {
        (Some(text), ValueRef::Text(held)) => compare_text(decoder.encoding(), text, held),
        (_, ValueRef::Blob(_)) => compare_bytes(&wanted, &held),
        _ => None,
    });
    (
        DifferenceKind::Value,
        said.unwrap_or_else(|| "another value".to_owned()),
    )
}

fn explain_null(source: Option<&[u8]>, value: ValueRef<'_>) -> Option<String> {
    let said = match (source, value) {
        (None, ValueRef::Text(b"")) => "an empty text where the source has NULL",
        (None, ValueRef::Blob(b"")) => "an empty BLOB where the source has NULL",
        (None, ValueRef::Null) => return None,
        (None, _) => "a value where the source has NULL",
        (Some(b"" | b"\\x"), ValueRef::Null) => "NULL where the source has an empty value",
        (Some(_), ValueRef::Null) => "NULL where the source has a value",
        (Some(_), _) => return None,
    };
    Some(said.to_owned())
}

/// The number behind the first byte of canonical bytes.
fn number(bytes: &[u8]) -> Option<[u8; 8]> {
    bytes.get(1..)?.try_into().ok()
}

fn steps(wanted: &[u8], held: &[u8], unit: &str) -> Option<String> {
    let wanted = i64::from_le_bytes(number(wanted)?);
    let held = i64::from_le_bytes(number(held)?);
    let by = i128::from(held) - i128::from(wanted);
    let count = by.unsigned_abs();
    let direction = if by > 0 { "more" } else { "less" };
    const QUARTER: u128 = 15 * 60 * 1_000_000;
    if unit == "microsecond" && count.is_multiple_of(QUARTER) && count <= 56 * QUARTER {
        let minutes = count / (QUARTER / 15);
        return Some(format!(
            "{}:{:02} hours {direction}: as if a zone's offset had been dropped or applied twice",
            minutes / 60,
            minutes % 60
        ));
    }
    if unit == "microsecond" && count >= 1_000_000 {
        return Some(format!("{} {direction} than in the source", span(count)));
    }
    let plural = if count == 1 { "" } else { "s" };
    Some(format!(
        "{count} {unit}{plural} {direction} than in the source"
    ))
}

/// A number of microseconds as days and a time.
fn span(micros: u128) -> String {
    const DAY: u128 = 86_400_000_000;
    let (days, rest) = (micros / DAY, micros % DAY);
    let seconds = rest / 1_000_000;
    let fraction = match rest % 1_000_000 {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    let time = format!(
        "{}:{:02}:{:02}{fraction}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    match (days, rest) {
        (0, _) => format!("{time} hours"),
        (1, 0) => "1 day".to_owned(),
        (1, _) => format!("1 day {time}"),
        (_, 0) => format!("{days} days"),
        _ => format!("{days} days {time}"),
    }
}

fn rounding(wanted: &[u8], held: &[u8]) -> Option<String> {
    let wanted = f64::from_bits(u64::from_le_bytes(number(wanted)?));
    let held = f64::from_bits(u64::from_le_bytes(number(held)?));
    let relative = ((held - wanted) / wanted).abs();
    let said = if relative < 1e-14 {
        "another double in the last places: it was not rounded to the nearest"
    } else if relative < 1e-6 {
        "rounded: it keeps only about seven digits, as a single-precision float does"
    } else {
        "another number"
    };
    Some(said.to_owned())
}

fn compare_text(encoding: &Encoding, source: &[u8], held: &[u8]) -> Option<String> {
    let said = if held == source.trim_ascii_end() {
        format!("{} trailing blank(s) are gone", source.len() - held.len())
    } else if source == held.trim_ascii_end() {
        format!("{} trailing blank(s) were added", held.len() - source.len())
    } else if held.eq_ignore_ascii_case(source) {
        "upper and lower case differ".to_owned()
    } else if *encoding == Encoding::Json && same_document(source, held) {
        "the same JSON document in another spelling (digits, blanks or order of keys)".to_owned()
    } else if source.starts_with(held) {
        format!("cut off after {} of {} bytes", held.len(), source.len())
    } else {
        return compare_bytes(source, held);
    };
    Some(said)
}

fn same_document(a: &[u8], b: &[u8]) -> bool {
    let parse = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
    matches!((parse(a), parse(b)), (Some(a), Some(b)) if a == b)
}

fn compare_bytes(wanted: &[u8], held: &[u8]) -> Option<String> {
    let at = wanted.iter().zip(held).position(|(a, b)| a != b);
    Some(match at {
        Some(at) if wanted.len() == held.len() => format!("byte {at} is another one"),
        Some(at) => format!(
            "{} bytes instead of {}, from byte {at} on others",
            held.len(),
            wanted.len()
        ),
        None => format!("{} bytes instead of {}", held.len(), wanted.len()),
    })
}

/// A value of the source as text for people.
pub(in crate::verify) fn show_source(text: Option<&[u8]>) -> String {
    text.map_or_else(
        || "NULL".to_owned(),
        |text| cut(&String::from_utf8_lossy(text)),
    )
}

/// A stored value as text for people.
pub(in crate::verify) fn show_target(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(r) => r.to_string(),
        Value::Text(text) => cut(text),
        Value::Blob(bytes) => {
            let hex: String = bytes
                .iter()
                .take(SHOWN / 2)
                .map(|b| format!("{b:02x}"))
                .collect();
            cut(&format!("x'{hex}'"))
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
