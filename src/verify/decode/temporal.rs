//! Dates, times and intervals: PostgreSQL's ISO text and the fixed-width stored text, both to microseconds.

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// 0001-01-01, in days since 1970-01-01: the first day that Python's `datetime` has.
pub(super) const FIRST_DAY: i64 = -719_162;
/// 9999-12-31, the last one.
pub(super) const LAST_DAY: i64 = 2_932_896;

/// A point in time as PostgreSQL prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before all others.
    NegativeInfinity,
    /// After all others.
    Infinity,
    /// Days (dates) or microseconds (timestamps) since 1970-01-01.
    At(i64),
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar; year 0 is 1 BC.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // The year begins in March, so that the leap day is its last; 400 years have 146,097 days.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Reads digits from the front of text.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// A number of at least `least` and at most `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self
            .0
            .iter()
            .take(most)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// That byte, if it comes next.
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// `.f` to `.ffffff` in microseconds; 0 where there is none.
    fn fraction(&mut self) -> Option<i64> {
        if self.eat(b'.').is_none() {
            return Some(0);
        }
        let before = self.0.len();
        let value = self.number(1, 6)?;
        let digits = u32::try_from(before - self.0.len()).ok()?;
        Some(value * 10_i64.pow(6 - digits))
    }

    /// `HH:MM:SS` with its fraction; hours may have more digits in intervals.
    fn clock(&mut self, hour_digits: usize) -> Option<(i64, i64, i64, i64)> {
        let hour = self.number(2, hour_digits)?;
        self.eat(b':')?;
        let minute = self.number(2, 2)?;
        self.eat(b':')?;
        let second = self.number(2, 2)?;
        Some((hour, minute, second, self.fraction()?))
    }

    /// `+HH[:MM[:SS]]` in seconds east of Greenwich.
    fn offset(&mut self) -> Option<i64> {
        let sign = if self.eat(b'-').is_some() {
            -1
        } else {
            self.eat(b'+')?;
            1
        };
        let mut seconds = self.number(2, 2)? * 3600;
        if self.eat(b':').is_some() {
            seconds += self.number(2, 2)? * 60;
            if self.eat(b':').is_some() {
                seconds += self.number(2, 2)?;
            }
        }
        Some(sign * seconds)
    }

    /// Nothing is left.
    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Splits ` BC` off; the year of the rest counts backwards then.
fn era(text: &[u8]) -> (&[u8], bool) {
    match text.strip_suffix(b" BC") {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

fn infinite(text: &[u8]) -> Option<Moment> {
    match text {
        b"infinity" => Some(Moment::Infinity),
        b"-infinity" => Some(Moment::NegativeInfinity),
        _ => None,
    }
}

fn date_part(cursor: &mut Cursor<'_>, before_christ: bool) -> Option<i64> {
    let year = cursor.number(4, 7)?;
    cursor.eat(b'-')?;
    let month = cursor.number(2, 2)?;
    cursor.eat(b'-')?;
    let day = cursor.number(2, 2)?;
    days(if before_christ { 1 - year } else { year }, month, day)
}

fn clock_micros((hour, minute, second, micro): (i64, i64, i64, i64)) -> i64 {
    ((hour * 60 + minute) * 60 + second) * SECOND + micro
}

/// A date as PostgreSQL prints it under `DateStyle = ISO`, in days.
pub(super) fn pg_date(text: &[u8]) -> Option<Moment> {
    if let Some(moment) = infinite(text) {
        return Some(moment);
    }
    let (text, before_christ) = era(text);
    let mut cursor = Cursor(text);
    let day = date_part(&mut cursor, before_christ)?;
    cursor.end()?;
    Some(Moment::At(day))
}

/// A timestamp as PostgreSQL prints it, in microseconds; with an offset the instant in UTC.
pub(super) fn pg_timestamp(text: &[u8], zoned: bool) -> Option<Moment> {
    if let Some(moment) = infinite(text) {
        return Some(moment);
    }
    let (text, before_christ) = era(text);
    let mut cursor = Cursor(text);
    let day = date_part(&mut cursor, before_christ)?;
    cursor.eat(b' ')?;
    let micros = clock_micros(cursor.clock(2)?);
    let offset = if zoned { cursor.offset()? } else { 0 };
    cursor.end()?;
    // The last years of PostgreSQL lie beyond 64 bits of microseconds from 1970: they are out of range all the same.
    Some(Moment::At(
        day.saturating_mul(DAY)
            .saturating_add(micros - offset * SECOND),
    ))
}

/// The text that PostgreSQL prints of instants, alone or inside ranges and arrays, as it prints it in UTC: a dump has the time zone of
/// its session.
pub(super) fn in_utc(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest
            .iter()
            .position(|b| b"{}[](),=\"\\".contains(b))
            .unwrap_or(rest.len());
        let (instant, tail) = rest.split_at_checked(length)?;
        if instant.contains(&b' ') {
            push_in_utc(instant, &mut out)?;
        } else {
            out.extend_from_slice(instant);
        }
        let (mark, tail) = tail.split_at_checked(1).unwrap_or((tail, tail));
        out.extend_from_slice(mark);
        rest = tail;
    }
    Some(out)
}

fn push_in_utc(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    use std::io::Write as _;
    let (text, before_christ) = era(text);
    let mut cursor = Cursor(text);
    let day = date_part(&mut cursor, before_christ)?;
    cursor.eat(b' ')?;
    let local = clock_micros(cursor.clock(2)?);
    let micros = local - cursor.offset()? * SECOND;
    cursor.end()?;
    let (day, micros) = (day + micros.div_euclid(DAY), micros.rem_euclid(DAY));
    // The inverse of `days`.
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let of_era_year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + of_era_year + i64::from(month <= 2);
    let (year, bc) = if year < 1 {
        (1 - year, " BC")
    } else {
        (year, "")
    };
    let seconds = micros / SECOND;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = match micros % SECOND {
        0 => String::new(),
        part => format!(".{part:06}").trim_end_matches('0').to_owned(),
    };
    // Writing into a Vec cannot fail.
    let _ = write!(
        out,
        "{year:04}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02}{fraction}+00{bc}"
    );
    Some(())
}

/// A time as PostgreSQL prints it, in microseconds of the day (`24:00:00` is a whole day).
pub(super) fn pg_time(text: &[u8]) -> Option<i64> {
    let mut cursor = Cursor(text);
    let micros = clock_micros(cursor.clock(2)?);
    cursor.end()?;
    Some(micros)
}

/// A time with offset: microseconds of the day, seconds east.
pub(super) fn pg_timetz(text: &[u8]) -> Option<(i64, i64)> {
    let mut cursor = Cursor(text);
    let micros = clock_micros(cursor.clock(2)?);
    let offset = cursor.offset()?;
    cursor.end()?;
    Some((micros, offset))
}

/// An interval as PostgreSQL prints it under `IntervalStyle = postgres`, as the duration that Python's drivers make of it:
/// years of 365 and months of 30 days.
pub(super) fn pg_interval(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let mut micros: i128 = 0;
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if word.contains(':') {
            let (negative, digits) = match word.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, word.strip_prefix('+').unwrap_or(word)),
            };
            let mut cursor = Cursor(digits.as_bytes());
            let clock = i128::from(clock_micros(cursor.clock(12)?));
            cursor.end()?;
            micros += if negative { -clock } else { clock };
            continue;
        }
        let count: i128 = word.parse().ok()?;
        let length = match words.next()? {
            "year" | "years" => 365,
            "mon" | "mons" => 30,
            "day" | "days" => 1,
            _ => return None,
        };
        micros += count * length * i128::from(DAY);
    }
    (!text.is_empty()).then_some(micros)
}

/// `YYYY-MM-DD` and nothing else, in days.
pub(super) fn stored_date(text: &[u8]) -> Option<i64> {
    if text.len() != 10 {
        return None;
    }
    let mut cursor = Cursor(text);
    let day = date_part(&mut cursor, false)?;
    cursor.end()?;
    (FIRST_DAY..=LAST_DAY).contains(&day).then_some(day)
}

/// `HH:MM:SS.ffffff` and nothing else, in microseconds of the day.
pub(super) fn stored_time(text: &[u8]) -> Option<i64> {
    if text.len() != 15 {
        return None;
    }
    let mut cursor = Cursor(text);
    let (hour, minute, second, micro) = cursor.clock(2)?;
    cursor.end()?;
    (hour < 24 && minute < 60 && second < 60).then(|| clock_micros((hour, minute, second, micro)))
}

/// `HH:MM:SS.ffffff+HH:MM` (with `:SS` for offsets that have seconds), as microseconds of the day and seconds east.
pub(super) fn stored_timetz(text: &[u8]) -> Option<(i64, i64)> {
    let (time, offset) = text.split_at_checked(15)?;
    let micros = stored_time(time)?;
    let mut cursor = Cursor(offset);
    let seconds = cursor.offset()?;
    cursor.end()?;
    let length = if seconds % 60 == 0 { 6 } else { 9 };
    // Python prints the offset zero as `+00:00`.
    (offset.len() == length && !(seconds == 0 && offset.starts_with(b"-")))
        .then_some((micros, seconds))
}

/// `YYYY-MM-DD HH:MM:SS.ffffff` and nothing else, in microseconds.
pub(super) fn stored_timestamp(text: &[u8]) -> Option<i64> {
    if text.len() != 26 {
        return None;
    }
    let (date, rest) = text.split_at_checked(10)?;
    let time = rest.strip_prefix(b" ")?;
    Some(stored_date(date)? * DAY + stored_time(time)?)
}

/// A timestamp in one of the other spellings that applications and tools write: `T`, no or fewer fractional digits, an
/// offset. For telling "the same instant in another spelling" from "another instant".
pub(super) fn loose_timestamp(text: &[u8]) -> Option<i64> {
    let mut text = text.to_vec();
    if let Some(byte) = text.get_mut(10).filter(|b| **b == b'T') {
        *byte = b' ';
    }
    if text.ends_with(b"Z") {
        text.pop();
    }
    if text.len() == 10 {
        text.extend_from_slice(b" 00:00:00");
    }
    let moment = pg_timestamp(&text, false).or_else(|| pg_timestamp(&text, true))?;
    match moment {
        Moment::At(micros) => Some(micros),
        Moment::Infinity | Moment::NegativeInfinity => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_known_ones() {
        for (text, day) in [
            ("1970-01-01", 0),
            ("0001-01-01", FIRST_DAY),
            ("9999-12-31", LAST_DAY),
            ("2000-02-29", 11_016),
            ("1600-02-29", -135_081),
            ("0001-12-31 BC", FIRST_DAY - 1),
            ("0044-03-15 BC", -735_160),
        ] {
            assert_eq!(pg_date(text.as_bytes()), Some(Moment::At(day)), "{text}");
        }
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "20240101",
            "2024-01-01 ",
            "",
        ] {
            assert_eq!(pg_date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_instant_is_the_same_in_every_zone() {
        let utc = pg_timestamp(b"2024-02-29 12:34:56.7+00", true);
        assert_eq!(utc, pg_timestamp(b"2024-02-29 18:04:56.7+05:30", true));
        assert_eq!(
            utc,
            stored_timestamp(b"2024-02-29 12:34:56.700000").map(Moment::At)
        );
        assert_eq!(
            utc,
            loose_timestamp(b"2024-02-29T12:34:56.7Z").map(Moment::At)
        );
    }

    #[test]
    fn instants_inside_other_values_are_told_in_utc() {
        for (text, expected) in [
            (
                r#"{"[\"4714-12-31 20:29:08-03:30:52 BC\",infinity)","(,\"2024-03-30 22:30:00.25-02:30\"]",empty,NULL}"#,
                r#"{"[\"4713-01-01 00:00:00+00 BC\",infinity)","(,\"2024-03-31 01:00:00.25+00\"]",empty,NULL}"#,
            ),
            (
                r#"[0:1]={"294276-12-31 23:59:59.999999+00","0001-01-01 00:00:00+05"}"#,
                r#"[0:1]={"294276-12-31 23:59:59.999999+00","0001-12-31 19:00:00+00 BC"}"#,
            ),
            ("2024-02-29 23:30:00-00:30", "2024-03-01 00:00:00+00"),
        ] {
            let told = in_utc(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(told).unwrap(), expected);
        }
    }

    #[test]
    fn stored_forms_are_strict() {
        for text in [
            "2024-02-29 12:34:56",
            "2024-02-29T12:34:56.000000",
            "2024-02-29 24:00:00.000000",
        ] {
            assert_eq!(stored_timestamp(text.as_bytes()), None, "{text}");
        }
        assert_eq!(stored_time(b"24:00:00.000000"), None);
        assert_eq!(
            stored_timetz(b"01:02:03.000000+05:30"),
            Some((3_723_000_000, 19_800))
        );
        assert_eq!(stored_timetz(b"01:02:03.000000+05"), None);
    }

    #[test]
    fn intervals_are_durations() {
        let day = i128::from(DAY);
        for (text, micros) in [
            ("00:00:00", 0),
            ("1 day", day),
            (
                "1 year 2 mons 3 days 04:05:06.7",
                428 * day + 14_706_700_000,
            ),
            (
                "-1 years -2 mons +3 days -04:05:06",
                -422 * day - 14_706_000_000,
            ),
            ("-00:00:01", -1_000_000),
            ("300:00:00", 1_080_000_000_000),
        ] {
            assert_eq!(pg_interval(text.as_bytes()), Some(micros), "{text}");
        }
        for text in ["", "P1D", "@ 1 day", "1", "infinity"] {
            assert_eq!(pg_interval(text.as_bytes()), None, "{text}");
        }
    }
}
