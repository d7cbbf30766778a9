//! Dates, times, timestamps and intervals: in, from binary counts or ISO text; out, in SQLAlchemy's fixed-width texts.

use super::civil::{DAY, Date, FIRST_DAY, LAST_DAY, PG_EPOCH, push_date, push_time, push2};
use super::number::write_integer;
use super::scan::Scan;
use super::wire::{Reader, Wire, fixed};
use super::{Decoded, Made, Side, Trouble, ValueIssue, damaged};
use crate::pg::copy::Cell;

/// A date or timestamp, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instant {
    /// `-infinity`.
    Past,
    /// `infinity`.
    Future,
    /// Days from 1970-01-01 and microseconds of the day; a timestamptz in UTC.
    At { days: i64, micros: i64 },
}

impl Instant {
    fn of_micros(total: i64) -> Self {
        Self::At {
            days: total.div_euclid(DAY),
            micros: total.rem_euclid(DAY),
        }
    }

    /// Decodes a binary date, timestamp or timestamptz.
    pub(super) fn of_binary(wire: Wire, bytes: &[u8]) -> Decoded<Self> {
        if wire == Wire::Date {
            return Ok(match i32::from_be_bytes(fixed(bytes)?) {
                i32::MAX => Self::Future,
                i32::MIN => Self::Past,
                days => Self::At {
                    days: i64::from(days) + PG_EPOCH,
                    micros: 0,
                },
            });
        }
        Ok(match i64::from_be_bytes(fixed(bytes)?) {
            i64::MAX => Self::Future,
            i64::MIN => Self::Past,
            micros => match Self::of_micros(micros) {
                Self::At { days, micros } => Self::At {
                    days: days + PG_EPOCH,
                    micros,
                },
                other => other,
            },
        })
    }

    /// Decodes PostgreSQL's ISO text: `2024-02-29`, `2024-02-29 12:34:56.789+05:30`, `0044-03-15 BC`, `infinity`.
    pub(super) fn of_text(text: &[u8]) -> Decoded<Self> {
        match text {
            b"infinity" => return Ok(Self::Future),
            b"-infinity" => return Ok(Self::Past),
            _ => {}
        }
        let (text, era) = match text.strip_suffix(b" BC") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let mut scan = Scan::new(text);
        let year = scan.number()?;
        scan.expect(b'-')?;
        let month = scan.two()?;
        scan.expect(b'-')?;
        let day = scan.two()?;
        let year = if era { 1 - year } else { year };
        let Some(days) = (Date { year, month, day }).days() else {
            return damaged("there is no such date");
        };
        if scan.is_empty() {
            return Ok(Self::At { days, micros: 0 });
        }
        scan.expect(b' ')?;
        let micros = scan.time()?;
        if micros >= DAY {
            return damaged("there is no such time");
        }
        let offset = scan.offset()?;
        scan.end()?;
        if offset == 0 {
            return Ok(Self::At { days, micros });
        }
        let local = micros - offset * 1_000_000;
        Ok(Self::At {
            days: days + local.div_euclid(DAY),
            micros: local.rem_euclid(DAY),
        })
    }

    fn of(wire: Wire, cell: Cell<'_>) -> Decoded<Self> {
        match cell {
            Cell::Binary(bytes) => Self::of_binary(wire, bytes),
            Cell::Text(text) => Self::of_text(text),
            Cell::Null => damaged("it is NULL"),
        }
    }

    /// Days and microseconds, when the year is one of 1 to 9999.
    fn in_range(self) -> Decoded<(i64, i64)> {
        match self {
            Self::Past => Err(Trouble::Issue(ValueIssue::Infinity, Side::Below)),
            Self::Future => Err(Trouble::Issue(ValueIssue::Infinity, Side::Above)),
            Self::At { days, .. } if days < FIRST_DAY => {
                Err(Trouble::Issue(ValueIssue::BeforeChrist, Side::Below))
            }
            Self::At { days, .. } if days > LAST_DAY => {
                Err(Trouble::Issue(ValueIssue::YearOver9999, Side::Above))
            }
            Self::At { days, micros } => Ok((days, micros)),
        }
    }
}

/// `YYYY-MM-DD`.
#[inline]
pub(super) fn date<'a>(wire: Wire, cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let (days, _) = Instant::of(wire, cell)?.in_range()?;
    push_date(Date::of_days(days), out);
    Ok(Made::ScratchText)
}

/// `YYYY-MM-DD HH:MM:SS.ffffff`; a timestamptz in UTC.
#[inline]
pub(super) fn timestamp<'a>(wire: Wire, cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let (days, micros) = Instant::of(wire, cell)?.in_range()?;
    push_date(Date::of_days(days), out);
    out.push(b' ');
    push_time(micros, out);
    Ok(Made::ScratchText)
}

/// Microseconds of the day (24:00 is a whole day) and seconds east of UTC.
pub(super) fn decode_time(wire: Wire, cell: Cell<'_>) -> Decoded<(i64, i64)> {
    let (micros, offset) = match cell {
        Cell::Binary(bytes) if wire == Wire::TimeTz => {
            let mut reader = Reader::new(bytes);
            let micros = reader.i64()?;
            let west = i64::from(reader.i32()?);
            reader.end()?;
            (micros, -west)
        }
        Cell::Binary(bytes) => (i64::from_be_bytes(fixed(bytes)?), 0),
        Cell::Text(text) => {
            let mut scan = Scan::new(text);
            let micros = scan.time()?;
            let offset = scan.offset()?;
            scan.end()?;
            (micros, offset)
        }
        Cell::Null => return damaged("it is NULL"),
    };
    if !(0..=DAY).contains(&micros) || offset.abs() >= 86_400 {
        return damaged("there is no such time");
    }
    Ok((micros, offset))
}

/// `HH:MM:SS.ffffff`.
pub(super) fn time<'a>(wire: Wire, cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let (micros, _) = decode_time(wire, cell)?;
    if micros == DAY {
        return Err(Trouble::Issue(ValueIssue::Time24, Side::Above));
    }
    push_time(micros, out);
    Ok(Made::ScratchText)
}

/// `HH:MM:SS.ffffff+HH:MM`.
pub(super) fn time_tz<'a>(wire: Wire, cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let (micros, offset) = decode_time(wire, cell)?;
    if micros == DAY {
        return Err(Trouble::Issue(ValueIssue::Time24, Side::Above));
    }
    push_time(micros, out);
    push_offset(offset, OffsetStyle::Minutes, out);
    Ok(Made::ScratchText)
}

/// The last time of the day, in place of 24:00, with the value's own offset.
pub(super) fn last_time(wire: Wire, cell: Cell<'_>, out: &mut Vec<u8>) -> Decoded<()> {
    let (_, offset) = decode_time(wire, cell)?;
    push_time(DAY - 1, out);
    push_offset(offset, OffsetStyle::Minutes, out);
    Ok(())
}

/// Writes the first or last value of a type that SQLAlchemy can read.
pub(super) fn clamp(wire: Wire, side: Side, out: &mut Vec<u8>) {
    let text: &[u8] = match (wire, side) {
        (Wire::Date, Side::Below) => b"0001-01-01",
        (Wire::Date, Side::Above) => b"9999-12-31",
        (Wire::Time, _) => b"23:59:59.999999",
        (_, Side::Below) => b"0001-01-01 00:00:00.000000",
        (_, Side::Above) => b"9999-12-31 23:59:59.999999",
    };
    out.extend_from_slice(text);
}

/// How much of an offset is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OffsetStyle {
    /// `+05:00`, and seconds where there are any (Python's `isoformat`).
    Minutes,
    /// `+05`, and the rest where there is any (PostgreSQL's output).
    Short,
}

/// Writes an offset in seconds east of UTC.
pub(super) fn push_offset(offset: i64, style: OffsetStyle, out: &mut Vec<u8>) {
    out.push(if offset < 0 { b'-' } else { b'+' });
    let seconds = offset.abs();
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    push2(hour, out);
    if style == OffsetStyle::Minutes || minute != 0 || second != 0 {
        out.push(b':');
        push2(minute, out);
    }
    if second != 0 {
        out.push(b':');
        push2(second, out);
    }
}

/// An interval's three counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) micros: i64,
}

impl Interval {
    pub(super) fn of_binary(bytes: &[u8]) -> Decoded<Self> {
        let mut reader = Reader::new(bytes);
        let micros = reader.i64()?;
        let days = i64::from(reader.i32()?);
        let months = i64::from(reader.i32()?);
        reader.end()?;
        Ok(Self {
            months,
            days,
            micros,
        })
    }

    /// `infinity` or `-infinity`, which PostgreSQL has since version 17.
    pub(super) fn infinite(self) -> Option<Side> {
        match self {
            Self {
                months: 0x7FFF_FFFF,
                days: 0x7FFF_FFFF,
                micros: i64::MAX,
            } => Some(Side::Above),
            Self {
                months: -0x8000_0000,
                days: -0x8000_0000,
                micros: i64::MIN,
            } => Some(Side::Below),
            _ => None,
        }
    }

    /// `1 year 2 mons -3 days +04:05:06.789` (IntervalStyle postgres).
    fn of_text(text: &[u8]) -> Decoded<Self> {
        let mut interval = Self {
            months: 0,
            days: 0,
            micros: 0,
        };
        match text {
            b"infinity" => return Err(Trouble::Issue(ValueIssue::IntervalRange, Side::Above)),
            b"-infinity" => return Err(Trouble::Issue(ValueIssue::IntervalRange, Side::Below)),
            b"" => return damaged("it is empty"),
            _ => {}
        }
        let mut scan = Scan::new(text);
        loop {
            let negative = scan.eat(b'-');
            if !negative {
                scan.eat(b'+');
            }
            let before = scan;
            let count = scan.number()?;
            if scan.peek() == Some(b':') {
                scan = before;
                let micros = scan.long_time()?;
                interval.micros = if negative { -micros } else { micros };
                return scan.end().map(|()| interval);
            }
            scan.expect(b' ')?;
            let count = if negative { -count } else { count };
            match scan.word() {
                b"year" | b"years" => interval.months += count * 12,
                b"mon" | b"mons" => interval.months += count,
                b"day" | b"days" => interval.days += count,
                _ => return damaged("a unit of it is unknown"),
            }
            if scan.is_empty() {
                return Ok(interval);
            }
            scan.expect(b' ')?;
        }
    }
}

/// 1970-01-01 plus the interval: a year is 365 days and a month 30, as the Python drivers count.
pub(super) fn interval<'a>(cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let interval = match cell {
        Cell::Binary(bytes) => Interval::of_binary(bytes)?,
        Cell::Text(text) => Interval::of_text(text)?,
        Cell::Null => return damaged("it is NULL"),
    };
    if let Some(side) = interval.infinite() {
        return Err(Trouble::Issue(ValueIssue::IntervalRange, side));
    }
    let days = interval.months / 12 * 365
        + interval.months % 12 * 30
        + interval.days
        + interval.micros.div_euclid(DAY);
    let micros = interval.micros.rem_euclid(DAY);
    if days < FIRST_DAY {
        return Err(Trouble::Issue(ValueIssue::IntervalRange, Side::Below));
    }
    if days > LAST_DAY {
        return Err(Trouble::Issue(ValueIssue::IntervalRange, Side::Above));
    }
    push_date(Date::of_days(days), out);
    out.push(b' ');
    push_time(micros, out);
    Ok(Made::ScratchText)
}

/// Writes a binary date or timestamp as PostgreSQL prints it.
pub(super) fn write_instant(wire: Wire, bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    push_instant(wire, Instant::of_binary(wire, bytes)?, out);
    Ok(())
}

/// Writes a timestamptz of a dump, whose session may have had any time zone, as PostgreSQL prints it in UTC.
pub(super) fn write_in_utc(text: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    push_instant(Wire::TimestampTz, Instant::of_text(text)?, out);
    Ok(())
}

/// Any year, `BC`, `infinity`.
fn push_instant(wire: Wire, instant: Instant, out: &mut Vec<u8>) {
    let (days, micros) = match instant {
        Instant::Past => {
            out.extend_from_slice(b"-infinity");
            return;
        }
        Instant::Future => {
            out.extend_from_slice(b"infinity");
            return;
        }
        Instant::At { days, micros } => (days, micros),
    };
    let date = Date::of_days(days);
    let year = if date.year < 1 {
        1 - date.year
    } else {
        date.year
    };
    if year > 9999 {
        write_integer(year / 10_000, out);
    }
    push_date(Date { year, ..date }, out);
    if wire != Wire::Date {
        out.push(b' ');
        super::civil::push_time_short(micros, out);
    }
    if wire == Wire::TimestampTz {
        out.extend_from_slice(b"+00");
    }
    if date.year < 1 {
        out.extend_from_slice(b" BC");
    }
}

/// Writes an interval in IntervalStyle postgres: `1 year 2 mons -3 days +04:05:06.789`.
pub(super) fn write_interval(bytes: &[u8], out: &mut Vec<u8>) -> Decoded<()> {
    let interval = Interval::of_binary(bytes)?;
    match interval.infinite() {
        Some(Side::Above) => {
            out.extend_from_slice(b"infinity");
            return Ok(());
        }
        Some(Side::Below) => {
            out.extend_from_slice(b"-infinity");
            return Ok(());
        }
        None => {}
    }
    let start = out.len();
    let mut after_negative = false;
    for (count, unit) in [
        (interval.months / 12, "year"),
        (interval.months % 12, "mon"),
        (interval.days, "day"),
    ] {
        if count == 0 {
            continue;
        }
        if out.len() > start {
            out.push(b' ');
        }
        if after_negative && count > 0 {
            out.push(b'+');
        }
        write_integer(count, out);
        out.push(b' ');
        out.extend_from_slice(unit.as_bytes());
        if count != 1 {
            out.push(b's');
        }
        after_negative = count < 0;
    }
    if interval.micros != 0 || out.len() == start {
        if out.len() > start {
            out.push(b' ');
        }
        if interval.micros < 0 {
            out.push(b'-');
        } else if after_negative {
            out.push(b'+');
        }
        write_clock(interval.micros.unsigned_abs(), out);
    }
    Ok(())
}

/// Hours of any size, minutes, seconds, and the fraction without zeros at its end.
fn write_clock(micros: u64, out: &mut Vec<u8>) {
    let hours = micros / 3_600_000_000;
    let rest = i64::try_from(micros % 3_600_000_000).unwrap_or(0);
    if hours < 10 {
        out.push(b'0');
    }
    out.extend_from_slice(itoa::Buffer::new().format(hours).as_bytes());
    let mut clock = Vec::with_capacity(15);
    super::civil::push_time_short(rest, &mut clock);
    out.extend(clock.iter().skip(2));
}
