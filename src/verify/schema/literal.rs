//! Literals of temporal types: PostgreSQL evaluates them when a definition is stored, and displays its own spelling.

use crate::pg::types::{BaseType, PgType};

/// The literal in a spelling that does not depend on how it was written; as it is where it is not understood.
pub(super) fn temporal(text: &str, type_: &PgType) -> String {
    let text = text.trim();
    if type_.array {
        return text.to_owned();
    }
    match type_.base {
        BaseType::Interval => interval(text).unwrap_or_else(|| text.to_owned()),
        BaseType::Date | BaseType::Timestamp | BaseType::TimestampTz => moment(text),
        _ => text.to_owned(),
    }
}

/// A date or timestamp without what stands for nothing: the zone UTC, midnight, zeros of a fraction.
fn moment(text: &str) -> String {
    let text = text.replace('T', " ");
    let text = text
        .strip_suffix("+00:00")
        .or(text.strip_suffix("+00"))
        .unwrap_or(&text);
    let text = match text.split_once('.') {
        Some((head, fraction)) if fraction.chars().all(|c| c == '0') => head,
        _ => text,
    };
    text.strip_suffix(" 00:00:00").unwrap_or(text).to_owned()
}

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// An interval as its months, days and microseconds (manual, section 8.5.4, "Interval Input").
fn interval(text: &str) -> Option<String> {
    let (mut months, mut days, mut micros) = (0_i64, 0_i64, 0_i64);
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if word.contains(':') {
            micros = micros.checked_add(clock(word)?)?;
            continue;
        }
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let glued = word.get(digits.len()..).filter(|unit| !unit.is_empty());
        let unit = match glued {
            Some(unit) => unit,
            // A bare number is seconds.
            None => words.next().unwrap_or("second"),
        };
        let unit = unit.to_ascii_lowercase();
        let unit = unit
            .strip_suffix('s')
            .filter(|u| u.len() > 1)
            .unwrap_or(&unit);
        if matches!(unit, "sec" | "second") {
            micros = micros.checked_add(seconds(digits)?)?;
            continue;
        }
        let count: i64 = digits.parse().ok()?;
        match unit {
            "year" | "yr" | "y" => months = months.checked_add(count.checked_mul(12)?)?,
            "mon" | "month" => months = months.checked_add(count)?,
            "week" | "w" => days = days.checked_add(count.checked_mul(7)?)?,
            "day" | "d" => days = days.checked_add(count)?,
            "hour" | "hr" | "h" => {
                micros = micros.checked_add(count.checked_mul(3600 * SECOND)?)?
            }
            "minute" | "min" | "m" => {
                micros = micros.checked_add(count.checked_mul(60 * SECOND)?)?
            }
            _ => return None,
        }
    }
    (!text.is_empty()).then(|| format!("{months} mon {days} day {micros} us"))
}

/// `[-]HH:MM[:SS[.f]]` in microseconds.
fn clock(word: &str) -> Option<i64> {
    let (sign, rest) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let mut parts = rest.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let rest = parts.next().map_or(Some(0), seconds)?;
    hours
        .checked_mul(60)?
        .checked_add(minutes)?
        .checked_mul(60 * SECOND)?
        .checked_add(rest)?
        .checked_mul(sign)
}

/// Decimal seconds in microseconds.
fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 6 {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    let whole_micros = whole.parse::<i64>().ok()?.checked_mul(SECOND)?;
    if whole.starts_with('-') {
        whole_micros.checked_sub(micros)
    } else {
        whole_micros.checked_add(micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_literal_are_one() {
        let same = |type_: &str, a: &str, b: &str| {
            let type_ = PgType::parse(type_).unwrap();
            assert_eq!(temporal(a, &type_), temporal(b, &type_), "{a} {b}");
        };
        same("interval", "1 hour", "01:00:00");
        same("interval", "0", "00:00:00");
        same("interval", "90 minutes", "01:30:00");
        same("interval", "1 year 2 weeks", "1 year 14 days");
        same("interval", "1.5 seconds", "00:00:01.5");
        same("interval", "30d", "30 days");
        same("timestamptz", "2000-01-01", "2000-01-01 00:00:00+00");
        same("timestamp", "2000-01-01T10:00:00", "2000-01-01 10:00:00");
        let interval = PgType::parse("interval").unwrap();
        assert_ne!(
            temporal("1 day", &interval),
            temporal("24 hours", &interval)
        );
        assert_eq!(temporal("soon", &interval), "soon");
    }
}
