//! Fields of date, time and interval texts, read off the front.

use super::civil::DAY;
use super::{Decoded, damaged};

/// Reads the fields of a date or time text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn expect(&mut self, byte: u8) -> Decoded<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            damaged("it is not written as PostgreSQL's ISO style is")
        }
    }

    pub(super) fn end(&self) -> Decoded<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            damaged("there is something behind it")
        }
    }

    /// One or more digits, at most ten of them.
    pub(super) fn number(&mut self) -> Decoded<i64> {
        let mut value = 0i64;
        let mut count = 0u8;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            value = value * 10 + i64::from(*digit - b'0');
            count += 1;
            if count > 10 {
                return damaged("a number in it is too long");
            }
            self.rest = rest;
        }
        if count == 0 {
            return damaged("a number is missing in it");
        }
        Ok(value)
    }

    /// Two digits.
    pub(super) fn two(&mut self) -> Decoded<i64> {
        match self.rest {
            [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Ok(i64::from(a - b'0') * 10 + i64::from(b - b'0'))
            }
            _ => damaged("two digits are missing in it"),
        }
    }

    pub(super) fn word(&mut self) -> &'a [u8] {
        let length = self
            .rest
            .iter()
            .take_while(|b| b.is_ascii_lowercase())
            .count();
        let (word, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        word
    }

    /// `HH:MM:SS[.f]`, up to 24:00:00, in microseconds.
    pub(super) fn time(&mut self) -> Decoded<i64> {
        let micros = self.long_time()?;
        if micros > DAY {
            return damaged("there is no such time");
        }
        Ok(micros)
    }

    /// Hours of any number of digits, minutes, seconds.
    pub(super) fn long_time(&mut self) -> Decoded<i64> {
        let hour = self.number()?;
        self.expect(b':')?;
        let minute = self.two()?;
        self.expect(b':')?;
        let second = self.two()?;
        let mut fraction = 0;
        if self.eat(b'.') {
            let mut place = 100_000;
            while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
                fraction += i64::from(*digit - b'0') * place;
                place /= 10;
                self.rest = rest;
            }
        }
        if minute > 59 || second > 59 || hour > 2_562_047_788 {
            return damaged("there is no such time");
        }
        // The least time of an interval is one microsecond beyond what can be counted upwards; it is out of range all the same.
        Ok((hour * 3600 + minute * 60 + second)
            .saturating_mul(1_000_000)
            .saturating_add(fraction))
    }

    /// `+HH[:MM[:SS]]`, seconds east of UTC; nothing is 0.
    pub(super) fn offset(&mut self) -> Decoded<i64> {
        let sign = match self.peek() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Ok(0),
        };
        self.eat(b'+');
        self.eat(b'-');
        let mut seconds = self.two()? * 3600;
        if self.eat(b':') {
            seconds += self.two()? * 60;
            if self.eat(b':') {
                seconds += self.two()?;
            }
        }
        Ok(sign * seconds)
    }
}
