//! Arithmetic of the proleptic Gregorian calendar, in whole days and microseconds, and fixed-width digits.
//!
//! Days count from 1970-01-01; years are astronomical (0 is 1 BC). The algorithm counts in eras of 400 years that begin in March,
//! so that the leap day is the last of its year.

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;
/// 2000-01-01, PostgreSQL's epoch, in days from 1970-01-01.
pub(super) const PG_EPOCH: i64 = 10_957;
/// 0001-01-01 in days from 1970-01-01.
pub(super) const FIRST_DAY: i64 = -719_162;
/// 9999-12-31 in days from 1970-01-01.
pub(super) const LAST_DAY: i64 = 2_932_896;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// Astronomical year.
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
}

impl Date {
    /// The date of a day.
    pub(super) fn of_days(days: i64) -> Self {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day }
    }

    /// The day of the date, when there is such a date.
    pub(super) fn days(self) -> Option<i64> {
        let Self { year, month, day } = self;
        if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
            return None;
        }
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let march_month = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * march_month + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        Some(era * 146_097 + of_era - 719_468)
    }
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The last decimal digit of a number that is not negative.
#[inline]
fn digit(n: i64) -> u8 {
    let [low, ..] = (n % 10).to_le_bytes();
    b'0' + low
}

/// Writes two digits.
#[inline]
pub(super) fn push2(n: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&[digit(n / 10), digit(n)]);
}

/// Writes `YYYY-MM-DD`; the year has four digits.
#[inline]
pub(super) fn push_date(date: Date, out: &mut Vec<u8>) {
    let Date { year, month, day } = date;
    out.extend_from_slice(&[
        digit(year / 1000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        b'-',
        digit(month / 10),
        digit(month),
        b'-',
        digit(day / 10),
        digit(day),
    ]);
}

/// Writes `HH:MM:SS.ffffff` of microseconds since midnight.
#[inline]
pub(super) fn push_time(micros: i64, out: &mut Vec<u8>) {
    let seconds = micros / 1_000_000;
    let fraction = micros % 1_000_000;
    let minutes = seconds / 60;
    let (second, minute, hour) = (seconds % 60, minutes % 60, minutes / 60);
    out.extend_from_slice(&[
        digit(hour / 10),
        digit(hour),
        b':',
        digit(minute / 10),
        digit(minute),
        b':',
        digit(second / 10),
        digit(second),
        b'.',
        digit(fraction / 100_000),
        digit(fraction / 10_000),
        digit(fraction / 1000),
        digit(fraction / 100),
        digit(fraction / 10),
        digit(fraction),
    ]);
}

/// Writes `HH:MM:SS[.f]` as PostgreSQL does: the fraction without zeros at its end.
pub(super) fn push_time_short(micros: i64, out: &mut Vec<u8>) {
    push_time(micros, out);
    while out.last() == Some(&b'0') && micros % 1_000_000 != 0 {
        out.pop();
    }
    if micros % 1_000_000 == 0 {
        out.truncate(out.len().saturating_sub(7));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree_over_all_years_that_have_a_form() {
        let mut expected = Date {
            year: 1,
            month: 1,
            day: 1,
        };
        for days in FIRST_DAY..=LAST_DAY {
            assert_eq!(Date::of_days(days), expected);
            assert_eq!(expected.days(), Some(days));
            expected.day += 1;
            if expected.day > month_length(expected.year, expected.month) {
                expected.day = 1;
                expected.month += 1;
            }
            if expected.month > 12 {
                expected.month = 1;
                expected.year += 1;
            }
        }
        assert_eq!(expected.year, 10_000);
    }

    #[test]
    fn dates_that_do_not_exist_have_no_day() {
        for (year, month, day) in [
            (2023, 2, 29),
            (1900, 2, 29),
            (2024, 13, 1),
            (2024, 4, 31),
            (2024, 0, 1),
            (2024, 1, 0),
        ] {
            assert_eq!(Date { year, month, day }.days(), None);
        }
        let leap = Date {
            year: 2000,
            month: 2,
            day: 29,
        };
        assert_eq!(leap.days(), Some(11_016));
    }
}
