//! Dates, times and intervals as PostgreSQL reads them (manual, section 8.5), in the fixed-width text that SQLAlchemy writes.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span};

/// `YYYY-MM-DD`; infinity is the last or first day that Python has, as the drivers read it.
pub(super) fn date(text: &str) -> Option<String> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "infinity" => Some("9999-12-31".to_owned()),
        "-infinity" => Some("0001-01-01".to_owned()),
        "epoch" => Some("1970-01-01".to_owned()),
        _ => {
            let head = text.split(['T', ' ']).next().unwrap_or_default();
            Some(parse_date(head)?.to_string())
        }
    }
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = match (parts.next()?, parts.next(), parts.next()) {
        (packed, None, None) if packed.len() == 8 => {
            (packed.get(..4)?, packed.get(4..6)?, packed.get(6..)?)
        }
        (year, Some(month), Some(day)) if year.len() >= 4 => (year, month, day),
        _ => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (date.year() >= 1).then_some(date)
}

/// Hour, minute, second and microsecond of `HH:MM[:SS[.ffffff]]`.
fn parse_clock(text: &str) -> Option<(i8, i8, i8, i32)> {
    let mut parts = text.split(':');
    let hour: i8 = digits(parts.next()?)?.parse().ok()?;
    let minute: i8 = digits(parts.next()?)?.parse().ok()?;
    let (second, micro) = match parts.next() {
        Some(second) => {
            let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
            (digits(whole)?.parse().ok()?, microseconds(fraction)?)
        }
        None => (0, 0),
    };
    let valid = parts.next().is_none()
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    valid.then_some((hour, minute, second, micro))
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())).then_some(text)
}

/// A fraction's digits as microseconds.
fn microseconds(fraction: &str) -> Option<i32> {
    let kept: String = digits(fraction)?
        .chars()
        .chain("000000".chars())
        .take(6)
        .collect();
    kept.parse().ok()
}

fn clock_text((hour, minute, second, micro): (i8, i8, i8, i32)) -> String {
    format!("{hour:02}:{minute:02}:{second:02}.{micro:06}")
}

/// `HH:MM:SS.ffffff`.
pub(super) fn time(text: &str) -> Option<String> {
    let text = text.trim();
    match text {
        // Python has no 24:00; this is the last moment that it has.
        "24:00" | "24:00:00" => Some("23:59:59.999999".to_owned()),
        _ => parse_clock(text).map(clock_text),
    }
}

/// `HH:MM:SS.ffffff+HH:MM`; a text without offset has none that could be known.
pub(super) fn time_tz(text: &str) -> Option<String> {
    let (clock, offset) = split_offset(text.trim());
    let seconds = offset?;
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    Some(format!(
        "{}{sign}{:02}:{:02}",
        clock_text(parse_clock(clock)?),
        minutes / 60,
        minutes % 60
    ))
}

/// A clock text and its offset in seconds, where it has one.
fn split_offset(text: &str) -> (&str, Option<i64>) {
    let text = text.trim_end();
    for zulu in ["Z", "z", " UTC", "UTC", " utc"] {
        if let Some(clock) = text.strip_suffix(zulu) {
            return (clock.trim_end(), Some(0));
        }
    }
    let Some(at) = text
        .rfind(['+', '-'])
        .filter(|at| text.get(..*at).is_some_and(|h| h.contains(':')))
    else {
        return (text, None);
    };
    let (clock, offset) = text.split_at(at);
    let negative = offset.starts_with('-');
    let fields = offset.get(1..).unwrap_or_default();
    let numbers: Vec<i64> = if fields.contains(':') {
        fields.split(':').filter_map(|n| n.parse().ok()).collect()
    } else if fields.len() == 4 {
        [fields.get(..2), fields.get(2..)]
            .into_iter()
            .flatten()
            .filter_map(|n| n.parse().ok())
            .collect()
    } else {
        fields.parse().ok().into_iter().collect()
    };
    if numbers.is_empty() {
        return (text, None);
    }
    let seconds: i64 = numbers
        .iter()
        .zip([3600, 60, 1])
        .map(|(n, unit)| n * unit)
        .sum();
    (
        clock.trim_end(),
        Some(if negative { -seconds } else { seconds }),
    )
}

/// `YYYY-MM-DD HH:MM:SS.ffffff`, converted to UTC when `utc` is asked for; a text without offset is taken as UTC, which is the
/// time zone of every session of this tool.
pub(super) fn timestamp(text: &str, utc: bool) -> Option<String> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "infinity" => return Some("9999-12-31 23:59:59.999999".to_owned()),
        "-infinity" => return Some("0001-01-01 00:00:00.000000".to_owned()),
        "epoch" => return Some("1970-01-01 00:00:00.000000".to_owned()),
        _ => {}
    }
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let (clock, offset) = split_offset(clock.trim());
    let (hour, minute, second, micro) = parse_clock(clock)?;
    let day = parse_date(day)?;
    let at = day.at(hour, minute, second, micro.checked_mul(1000)?);
    let shift = if utc { offset.unwrap_or(0) } else { 0 };
    let at = at.checked_sub(SignedDuration::from_secs(shift)).ok()?;
    (at.year() >= 1).then(|| datetime_text(at))
}

fn datetime_text(at: DateTime) -> String {
    format!(
        "{} {:02}:{:02}:{:02}.{:06}",
        at.date(),
        at.hour(),
        at.minute(),
        at.second(),
        at.subsec_nanosecond() / 1000
    )
}

/// An interval as PostgreSQL keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::lower) struct Interval {
    pub months: i64,
    pub days: i64,
    pub microseconds: i64,
}

impl Interval {
    /// 1970-01-01 plus the interval, where a year has 365 and a month 30 days: what the Python drivers make of it and what
    /// `sqlalchemy.Interval` stores.
    pub(super) fn since_epoch(self) -> Option<String> {
        let days = (self.months / 12)
            .checked_mul(365)?
            .checked_add((self.months % 12).checked_mul(30)?)?
            .checked_add(self.days)?;
        let span = Span::new()
            .try_days(days)
            .ok()?
            .try_microseconds(self.microseconds)
            .ok()?;
        let at = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(span)
            .ok()?;
        (at.year() >= 1).then(|| datetime_text(at))
    }
}

/// Reads an interval: `1 year 2 mons 3 days 04:05:06`, `14 days`, `-00:10:00`, `P1DT2H`, `@ 1 hour ago`.
pub(in crate::lower) fn parse_interval(text: &str) -> Option<Interval> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(iso) = text.strip_prefix('p') {
        return parse_iso_interval(iso);
    }
    let (body, ago) = match text.strip_suffix("ago") {
        Some(body) => (body.trim_end(), true),
        None => (text.as_str(), false),
    };
    let mut out = Interval::default();
    let mut words = split_words(body.trim_start_matches('@'))
        .into_iter()
        .peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        if word.contains(':') {
            out.microseconds = out.microseconds.checked_add(clock_microseconds(&word)?)?;
            continue;
        }
        let unit = words.next().unwrap_or_else(|| "seconds".to_owned());
        add_unit(&mut out, &word, &unit)?;
    }
    if ago {
        out = Interval {
            months: -out.months,
            days: -out.days,
            microseconds: -out.microseconds,
        };
    }
    Some(out)
}

/// Words, with numbers split from the units that follow them without blank (`14days`).
fn split_words(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in text.split_whitespace() {
        let letters = word.find(|c: char| c.is_ascii_alphabetic());
        match letters {
            Some(at) if at > 0 => {
                let (number, unit) = word.split_at(at);
                out.push(number.to_owned());
                out.push(unit.to_owned());
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// `[-]HH:MM[:SS[.f]]`; hours may be any number.
fn clock_microseconds(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut parts = text.trim_start_matches(['-', '+']).split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().map_or(Some(0), |s| scaled(s, 1_000_000))?;
    let total = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_mul(1_000_000)?
        .checked_add(seconds)?;
    Some(if negative { -total } else { total })
}

/// A decimal number times a whole unit, where the result is whole.
fn scaled(text: &str, unit: i64) -> Option<i64> {
    let negative = text.starts_with('-');
    let (whole, fraction) = {
        let plain = text.trim_start_matches(['-', '+']);
        plain.split_once('.').unwrap_or((plain, ""))
    };
    let whole: i64 = if whole.is_empty() {
        0
    } else {
        digits(whole)?.parse().ok()?
    };
    let mut total = whole.checked_mul(unit)?;
    if !fraction.is_empty() {
        let places = u32::try_from(digits(fraction)?.len()).ok()?;
        let part = fraction.parse::<i64>().ok()?.checked_mul(unit)?;
        let divisor = 10i64.checked_pow(places)?;
        if part % divisor != 0 {
            return None;
        }
        total = total.checked_add(part / divisor)?;
    }
    Some(if negative { -total } else { total })
}

const SECOND: i64 = 1_000_000;

fn add_unit(out: &mut Interval, number: &str, unit: &str) -> Option<()> {
    enum Field {
        Months(i64),
        Days(i64),
        Microseconds(i64),
    }
    let field = match unit.trim_end_matches(',') {
        "y" | "yr" | "yrs" | "year" | "years" => Field::Months(12),
        "mon" | "mons" | "month" | "months" => Field::Months(1),
        "decade" | "decades" => Field::Months(120),
        "w" | "week" | "weeks" => Field::Days(7),
        "d" | "day" | "days" => Field::Days(1),
        "h" | "hr" | "hrs" | "hour" | "hours" => Field::Microseconds(3600 * SECOND),
        "m" | "min" | "mins" | "minute" | "minutes" => Field::Microseconds(60 * SECOND),
        "s" | "sec" | "secs" | "second" | "seconds" => Field::Microseconds(SECOND),
        "ms" | "msec" | "millisecond" | "milliseconds" => Field::Microseconds(1000),
        "us" | "usec" | "microsecond" | "microseconds" => Field::Microseconds(1),
        _ => return None,
    };
    match field {
        Field::Months(n) => out.months = out.months.checked_add(scaled(number, n)?)?,
        Field::Days(n) => match scaled(number, n) {
            Some(days) => out.days = out.days.checked_add(days)?,
            // Parts of a day are hours (PostgreSQL spills them down).
            None => {
                let parts = scaled(number, n.checked_mul(86_400 * SECOND)?)?;
                out.microseconds = out.microseconds.checked_add(parts)?;
            }
        },
        Field::Microseconds(n) => {
            out.microseconds = out.microseconds.checked_add(scaled(number, n)?)?;
        }
    }
    Some(())
}

/// ISO 8601 with designators, without its `P`: `1y2m3dt4h5m6s`.
fn parse_iso_interval(text: &str) -> Option<Interval> {
    let mut out = Interval::default();
    let (days, clock) = text.split_once('t').unwrap_or((text, ""));
    for (part, is_clock) in [(days, false), (clock, true)] {
        let mut number = String::new();
        for c in part.chars() {
            if c.is_ascii_alphabetic() {
                let unit = match (c, is_clock) {
                    ('m', false) => "months",
                    ('y', false) => "years",
                    ('w', false) => "weeks",
                    ('d', false) => "days",
                    ('h', true) => "hours",
                    ('m', true) => "minutes",
                    ('s', true) => "seconds",
                    _ => return None,
                };
                add_unit(&mut out, &number, unit)?;
                number.clear();
            } else {
                number.push(c);
            }
        }
        if !number.is_empty() {
            return None;
        }
    }
    (!text.is_empty()).then_some(out)
}
