//! The source's side: PostgreSQL's output text, under the pinned settings, to canonical bytes.

use super::temporal::{self, DAY, FIRST_DAY, LAST_DAY, Moment};
use super::{
    Damaged, Decoder, Fallback, Reading, SourceValue, array, number, push_double, tag, uuid,
};
use crate::lower::{Encoding, Rule};
use crate::pg::types::BaseType;

/// Which rules may stand for a value without a form, the one that is taken first when several are accepted coming first.
pub(super) mod choices {
    use crate::lower::Rule;

    pub const DIGITS: &[Rule] = &[Rule::Nearest];
    pub const NAN: &[Rule] = &[Rule::Null, Rule::Text];
    pub const INFINITE: &[Rule] = &[Rule::Clamp, Rule::Null, Rule::Text];
    pub const FAR: &[Rule] = &[Rule::Null, Rule::Clamp, Rule::Text];
    pub const LARGE: &[Rule] = &[Rule::Text, Rule::Null];
}

const FIRST: i64 = FIRST_DAY * DAY;
const LAST: i64 = LAST_DAY * DAY + DAY - 1;

impl Decoder {
    /// Appends the canonical bytes of a cell of the source; `None` is NULL.
    ///
    /// # Errors
    /// The text is not what the column's type prints.
    pub fn source(&self, cell: Option<&[u8]>, out: &mut Vec<u8>) -> Result<SourceValue, Damaged> {
        let Some(text) = cell else {
            out.push(tag::NULL);
            return Ok(SourceValue::Exact);
        };
        let in_utc = match self.zoned() {
            true if !text.ends_with(b"+00") => Some(
                temporal::in_utc(text).ok_or(Damaged("text that is no instant with its offset"))?,
            ),
            _ => None,
        };
        let text = in_utc.as_deref().unwrap_or(text);
        let start = out.len();
        out.push(tag::VALUE);
        if self.encoding == Encoding::ArrayJson {
            let value = array::read(self, text, out)?;
            if let SourceValue::NoForm(_) = value {
                out.truncate(start);
                push_tagged(tag::NO_FORM, text, out);
            }
            return Ok(value);
        }
        let (why, choices, fallback) = match self.read_as(&self.encoding, text, out)? {
            Reading::Exact => return Ok(SourceValue::Exact),
            Reading::NoForm(why, choices, fallback) => (why, choices, fallback),
        };
        out.truncate(start);
        let Some(rule) = self.decide(choices, &fallback, self.nullable) else {
            push_tagged(tag::NO_FORM, text, out);
            return Ok(SourceValue::NoForm(why));
        };
        match (rule, &fallback) {
            (Rule::Null, _) => out.push(tag::NULL),
            (Rule::Nearest, Fallback::Nearest(value)) => {
                out.push(tag::VALUE);
                push_double(*value, out);
            }
            (Rule::Clamp, _) => {
                out.push(tag::VALUE);
                self.push_clamped(&fallback, out);
            }
            _ => push_tagged(tag::RULE_TEXT, text, out),
        }
        Ok(SourceValue::ByRule(rule))
    }

    /// Whether its texts hold instants, which dumps print in the time zone of their session. Of a column of instants that is asked only
    /// where a text is stored.
    fn zoned(&self) -> bool {
        let stores_text = matches!(self.encoding, Encoding::PgText | Encoding::Text);
        match self.base {
            BaseType::TstzRange | BaseType::TstzMultirange => true,
            BaseType::TimestampTz => stores_text || self.accepts(Rule::Text),
            _ => false,
        }
    }

    /// The accepted rule for a value without a form.
    pub(super) fn decide(
        &self,
        choices: &[Rule],
        fallback: &Fallback,
        nullable: bool,
    ) -> Option<Rule> {
        let possible = |rule: &Rule| match rule {
            Rule::Null => nullable,
            Rule::Nearest | Rule::Clamp => *fallback != Fallback::None,
            _ => true,
        };
        choices
            .iter()
            .copied()
            .find(|rule| self.accepts(*rule) && possible(rule))
    }

    /// Appends the value that clamping gives.
    pub(super) fn push_clamped(&self, fallback: &Fallback, out: &mut Vec<u8>) {
        match fallback {
            Fallback::Clamp(value) => out.extend_from_slice(&value.to_le_bytes()),
            Fallback::ClampWithOffset(value, offset) => {
                out.extend_from_slice(&offset.to_le_bytes());
                out.extend_from_slice(&value.to_le_bytes());
            }
            Fallback::None | Fallback::Nearest(_) => {}
        }
    }

    /// Appends a value in the canonical form of an encoding.
    pub(super) fn read_as(
        &self,
        encoding: &Encoding,
        text: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Reading, Damaged> {
        match encoding {
            Encoding::Integer if self.base == BaseType::Boolean => {
                let start = out.len();
                let reading = number::read_bool(text, out)?;
                let value = i64::from(out.pop().unwrap_or_default());
                out.truncate(start);
                out.extend_from_slice(&value.to_le_bytes());
                Ok(reading)
            }
            Encoding::Integer if self.base == BaseType::Numeric => number::read_whole(text, out),
            Encoding::Integer => number::read_integer(text, out),
            Encoding::Bool => number::read_bool(text, out),
            Encoding::Real { .. } => number::read_double(text, out),
            Encoding::NumericReal { scale } => number::read_numeric(text, *scale, out),
            Encoding::Text | Encoding::PgText if self.base == BaseType::Bytea && !self.array => {
                exact(uuid::push_bytea_text(text, out), "text that is no bytea")
            }
            Encoding::DecimalText | Encoding::Text | Encoding::PgText | Encoding::Json => {
                out.extend_from_slice(text);
                Ok(Reading::Exact)
            }
            Encoding::Blob if self.base == BaseType::Bytea => {
                exact(uuid::push_bytea(text, out), "text that is no bytea")
            }
            Encoding::Blob => {
                out.extend_from_slice(text);
                Ok(Reading::Exact)
            }
            Encoding::Date => self.read_date(text, out),
            Encoding::Timestamp | Encoding::TimestampUtc => self.read_timestamp(text, out),
            Encoding::Time => self.read_time(text, out),
            Encoding::TimeTz => self.read_timetz(text, out),
            Encoding::IntervalEpoch => read_interval(text, out),
            Encoding::UuidHex | Encoding::UuidText | Encoding::UuidBlob => {
                exact(uuid::push_loose(text, out), "text that is no uuid")
            }
            Encoding::HstoreJson => array::read_hstore(text, out),
            Encoding::VectorF32 => exact(number::push_vector(text, out), "text that is no vector"),
            Encoding::ArrayJson => Err(Damaged("an array inside an array")),
        }
    }

    /// A date; of timestamps their day.
    fn read_date(&self, text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
        let moment = match self.base {
            BaseType::Timestamp | BaseType::TimestampTz => self.moment(text).map(|m| match m {
                Moment::At(micros) => Moment::At(micros.div_euclid(DAY)),
                infinite => infinite,
            }),
            _ => temporal::pg_date(text),
        };
        let moment = moment.ok_or(Damaged("text that is no ISO date"))?;
        Ok(in_range(moment, FIRST_DAY, LAST_DAY, out))
    }

    fn read_timestamp(&self, text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
        let moment = self
            .moment(text)
            .ok_or(Damaged("text that is no ISO timestamp"))?;
        Ok(in_range(moment, FIRST, LAST, out))
    }

    /// The microseconds of a timestamp or of a date's midnight.
    fn moment(&self, text: &[u8]) -> Option<Moment> {
        match self.base {
            BaseType::TimestampTz => temporal::pg_timestamp(text, true),
            BaseType::Date => temporal::pg_date(text).map(|m| match m {
                Moment::At(day) => Moment::At(day.saturating_mul(DAY)),
                infinite => infinite,
            }),
            _ => temporal::pg_timestamp(text, false),
        }
    }

    fn read_time(&self, text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
        let micros = match self.base {
            BaseType::TimeTz => temporal::pg_timetz(text).map(|(micros, _)| micros),
            _ => temporal::pg_time(text),
        };
        let micros = micros.ok_or(Damaged("text that is no time"))?;
        if micros >= DAY {
            return Ok(Reading::NoForm(
                "Python has no time 24:00",
                choices::INFINITE,
                Fallback::Clamp(DAY - 1),
            ));
        }
        out.extend_from_slice(&micros.to_le_bytes());
        Ok(Reading::Exact)
    }

    fn read_timetz(&self, text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
        let value = match self.base {
            BaseType::Time => temporal::pg_time(text).map(|micros| (micros, 0)),
            _ => temporal::pg_timetz(text),
        };
        let (micros, offset) = value.ok_or(Damaged("text that is no time with offset"))?;
        if micros >= DAY {
            return Ok(Reading::NoForm(
                "Python has no time 24:00",
                choices::INFINITE,
                Fallback::ClampWithOffset(DAY - 1, offset),
            ));
        }
        out.extend_from_slice(&offset.to_le_bytes());
        out.extend_from_slice(&micros.to_le_bytes());
        Ok(Reading::Exact)
    }
}

fn push_tagged(tag: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(text);
}

fn exact(read: bool, otherwise: &'static str) -> Result<Reading, Damaged> {
    if read {
        Ok(Reading::Exact)
    } else {
        Err(Damaged(otherwise))
    }
}

/// Appends a moment that lies in the years 1 to 9999.
fn in_range(moment: Moment, first: i64, last: i64, out: &mut Vec<u8>) -> Reading {
    const FAR: &str = "Python has only the years 1 to 9999";
    match moment {
        Moment::At(value) if value < first => {
            Reading::NoForm(FAR, choices::FAR, Fallback::Clamp(first))
        }
        Moment::At(value) if value > last => {
            Reading::NoForm(FAR, choices::FAR, Fallback::Clamp(last))
        }
        Moment::At(value) => {
            out.extend_from_slice(&value.to_le_bytes());
            Reading::Exact
        }
        Moment::Infinity => Reading::NoForm(
            "infinity has no form",
            choices::INFINITE,
            Fallback::Clamp(last),
        ),
        Moment::NegativeInfinity => Reading::NoForm(
            "-infinity has no form",
            choices::INFINITE,
            Fallback::Clamp(first),
        ),
    }
}

fn read_interval(text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    const FAR: &str = "counted from 1970 it leaves the years 1 to 9999";
    if matches!(text, b"infinity" | b"-infinity") {
        return Ok(Reading::NoForm(FAR, choices::LARGE, Fallback::None));
    }
    let micros = temporal::pg_interval(text)
        .ok_or(Damaged("text that is no interval of style `postgres`"))?;
    match i64::try_from(micros) {
        Ok(micros) if (FIRST..=LAST).contains(&micros) => {
            out.extend_from_slice(&micros.to_le_bytes());
            Ok(Reading::Exact)
        }
        _ => Ok(Reading::NoForm(FAR, choices::LARGE, Fallback::None)),
    }
}
