//! A cell of a source becomes the value that SQLite stores: one [`Converter`] per column, chosen once by its [`Encoding`].
//!
//! Both of PostgreSQL's formats are read: output text under pinned settings, and the binary send format. What a value's
//! stored form cannot keep is never changed in silence: it is [`Failure::Refused`] with the rules that may be accepted, or, once
//! a rule is accepted for the column, changed and reported as [`Converted::changed`].
//!
//! Not here: reading rows (`pg`), deciding encodings (`lower`), collecting issues over a pass (`port::issues`).

mod array;
mod civil;
mod geometry;
mod json;
mod network;
mod number;
mod numeric;
mod range;
mod scan;
mod search;
mod temporal;
mod text;
mod vector;
mod wire;

use serde::{Deserialize, Serialize};

use crate::lower::encoding::{ColumnMap, Encoding, Rule};
use crate::pg::copy::Cell;
use wire::Wire;

/// A value as SQLite is given it. Borrowed from the cell or from the caller's scratch space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// REAL; never NaN, which SQLite would make NULL.
    Real(f64),
    /// TEXT.
    Text(&'a str),
    /// BLOB.
    Blob(&'a [u8]),
}

/// Why a value has no exact stored form. The names stand in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueIssue {
    /// A numeric that the nearest double does not give back at the column's scale.
    NumericInexact,
    /// A numeric NaN.
    NumericNan,
    /// A float NaN, which SQLite stores as NULL.
    FloatNan,
    /// `infinity` or `-infinity` in a date or timestamp.
    Infinity,
    /// A date before the year 1.
    BeforeChrist,
    /// A date after the year 9999.
    #[serde(rename = "year-over-9999")]
    YearOver9999,
    /// The time 24:00:00.
    #[serde(rename = "time-24")]
    Time24,
    /// An interval that, counted from 1970-01-01, leaves the years 1 to 9999.
    IntervalRange,
    /// A whole number beyond 64 bits with sign.
    IntegerRange,
    /// Bytes that are not UTF-8 (from a SQL_ASCII database).
    #[serde(rename = "invalid-utf8")]
    InvalidUtf8,
    /// A NUL character in text, which SQLite's functions cut at.
    NulInText,
}

impl ValueIssue {
    /// The name in reports, for instance `numeric-inexact`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NumericInexact => "numeric-inexact",
            Self::NumericNan => "numeric-nan",
            Self::FloatNan => "float-nan",
            Self::Infinity => "infinity",
            Self::BeforeChrist => "before-christ",
            Self::YearOver9999 => "year-over-9999",
            Self::Time24 => "time-24",
            Self::IntervalRange => "interval-range",
            Self::IntegerRange => "integer-range",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::NulInText => "nul-in-text",
        }
    }

    /// The rules that may be accepted for it, the form that is taken first when several are accepted coming first.
    /// A column without NULL is not offered [`Rule::Null`]; `DecimalText` changes the column's encoding and is decided by lowering.
    pub fn choices(self, nullable: bool) -> &'static [Rule] {
        match (self, nullable) {
            (Self::NumericInexact, _) => &[Rule::Nearest, Rule::DecimalText],
            (Self::NumericNan, true) => &[Rule::Null, Rule::DecimalText],
            (Self::NumericNan, false) => &[Rule::DecimalText],
            (Self::FloatNan, true) => &[Rule::Null, Rule::Text],
            (Self::FloatNan | Self::IntegerRange, false) => &[Rule::Text],
            (Self::Infinity, true) => &[Rule::Clamp, Rule::Null, Rule::Text],
            (Self::Infinity | Self::Time24, false) => &[Rule::Clamp, Rule::Text],
            (Self::BeforeChrist | Self::YearOver9999, true) => {
                &[Rule::Null, Rule::Clamp, Rule::Text]
            }
            (Self::BeforeChrist | Self::YearOver9999, false) => &[Rule::Clamp, Rule::Text],
            (Self::Time24, true) => &[Rule::Clamp, Rule::Null, Rule::Text],
            (Self::IntervalRange | Self::IntegerRange, true) => &[Rule::Text, Rule::Null],
            (Self::IntervalRange, false) => &[Rule::Text],
            (Self::InvalidUtf8, true) => &[Rule::Nearest, Rule::Null],
            (Self::InvalidUtf8, false) => &[Rule::Nearest],
            (Self::NulInText, true) => &[Rule::Text, Rule::Null],
            (Self::NulInText, false) => &[Rule::Text],
        }
    }
}

impl std::fmt::Display for ValueIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A converted cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Converted<'a> {
    /// What is stored.
    pub value: Value<'a>,
    /// The value was changed by a rule that was accepted for the column.
    pub changed: Option<(ValueIssue, Rule)>,
}

/// Why a cell was not converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The stored form cannot keep the value, and no rule for that is accepted.
    #[error("{issue}: needs one of {}", rules(choices))]
    Refused {
        /// Why.
        issue: ValueIssue,
        /// Rules of which one may be accepted for the column.
        choices: &'static [Rule],
    },
    /// The bytes are not a value of the column's type.
    #[error("not a value of type {pg_type}: {cause}")]
    Damaged {
        /// Type that was expected.
        pg_type: String,
        /// What is wrong.
        cause: &'static str,
    },
}

fn rules(choices: &[Rule]) -> String {
    choices
        .iter()
        .map(|r| r.name())
        .collect::<Vec<_>>()
        .join(", ")
}

/// An encoding that cannot store a column's type at all (an override in the configuration, for instance).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: values of type {pg_type} have no form in encoding {encoding}")]
pub struct Unsuitable {
    /// Column in PostgreSQL.
    pub column: String,
    /// Its type.
    pub pg_type: String,
    /// The encoding's name.
    pub encoding: String,
}

/// What decoders find wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// No exact form; the side on which it lies, for clamping.
    Issue(ValueIssue, Side),
    /// Not a value of the type.
    Damaged(&'static str),
}

/// On which side of the range a value without form lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

type Decoded<T> = Result<T, Trouble>;

fn damaged<T>(cause: &'static str) -> Decoded<T> {
    Err(Trouble::Damaged(cause))
}

fn issue<T>(issue: ValueIssue) -> Decoded<T> {
    Err(Trouble::Issue(issue, Side::Above))
}

/// Where a converted value lies: in itself, in the cell, or in the scratch space.
enum Made<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
    ScratchText,
    ScratchBlob,
}

/// Converts the cells of one column.
#[derive(Debug, Clone)]
pub struct Converter {
    wire: Wire,
    element: bool,
    type_name: String,
    encoding: Encoding,
    nullable: bool,
    accepted: Vec<Rule>,
}

impl Converter {
    /// The converter of a column.
    ///
    /// # Errors
    /// The encoding has no form for the column's type.
    pub fn new(column: &ColumnMap) -> Result<Self, Unsuitable> {
        let wire = Wire::of(&column.pg_type.base);
        let converter = Self {
            wire,
            element: column.pg_type.array,
            type_name: column.pg_type.to_string(),
            encoding: column.encoding.clone(),
            nullable: column.nullable,
            accepted: column.accepted.clone(),
        };
        if converter.suits() {
            return Ok(converter);
        }
        Err(Unsuitable {
            column: column.pg.clone(),
            pg_type: converter.type_name,
            encoding: format!("{:?}", column.encoding),
        })
    }

    /// Whether the encoding has a form for values of the type.
    fn suits(&self) -> bool {
        let wire = self.wire;
        match &self.encoding {
            Encoding::Text | Encoding::PgText => true,
            Encoding::ArrayJson => self.element || wire == Wire::Vector2 || wire == Wire::VectorOid,
            _ if self.element => false,
            Encoding::Integer => {
                wire.is_integer() || matches!(wire, Wire::Bool | Wire::Numeric | Wire::Named)
            }
            Encoding::Bool => wire == Wire::Bool || wire.is_integer(),
            Encoding::Real { .. } => {
                wire.is_integer() || matches!(wire, Wire::Float4 | Wire::Float8 | Wire::Numeric)
            }
            Encoding::NumericReal { .. } => {
                wire.is_integer() || matches!(wire, Wire::Float4 | Wire::Float8 | Wire::Numeric)
            }
            Encoding::DecimalText => {
                wire.is_integer()
                    || matches!(
                        wire,
                        Wire::Float4 | Wire::Float8 | Wire::Numeric | Wire::Money
                    )
            }
            Encoding::Blob => true,
            Encoding::Date => matches!(wire, Wire::Date | Wire::Timestamp | Wire::TimestampTz),
            Encoding::Time => matches!(wire, Wire::Time | Wire::TimeTz),
            Encoding::TimeTz => matches!(wire, Wire::TimeTz | Wire::Time),
            Encoding::Timestamp | Encoding::TimestampUtc => {
                matches!(wire, Wire::Timestamp | Wire::TimestampTz | Wire::Date)
            }
            Encoding::IntervalEpoch => wire == Wire::Interval,
            Encoding::UuidHex | Encoding::UuidText | Encoding::UuidBlob => {
                matches!(wire, Wire::Uuid)
            }
            Encoding::Json => matches!(wire, Wire::Json | Wire::Jsonb | Wire::Text | Wire::Named),
            Encoding::HstoreJson => matches!(wire, Wire::Hstore),
            Encoding::VectorF32 => wire == Wire::Named,
        }
    }

    /// Converts a cell. `scratch` is overwritten; the value may borrow from it, so it must be copied before the next call.
    ///
    /// # Errors
    /// The value has no exact form and no accepted rule gives it another; or the bytes are not a value of the type.
    #[inline]
    pub fn convert<'a>(
        &self,
        cell: Cell<'a>,
        scratch: &'a mut Vec<u8>,
    ) -> Result<Converted<'a>, Failure> {
        scratch.clear();
        let mut changed = None;
        let made = match self.make(cell, scratch, &mut changed) {
            Ok(made) => made,
            Err(Trouble::Damaged(cause)) => return Err(self.damage(cause)),
            Err(Trouble::Issue(issue, side)) => {
                let rule = self.decide(issue)?;
                changed = Some((issue, rule));
                scratch.clear();
                self.change(cell, rule, side, scratch)?
            }
        };
        let value = match made {
            Made::Null => Value::Null,
            Made::Integer(n) => Value::Integer(n),
            Made::Real(r) => Value::Real(r),
            Made::Text(t) => Value::Text(t),
            Made::Blob(b) => Value::Blob(b),
            Made::ScratchBlob => Value::Blob(scratch),
            Made::ScratchText => match simdutf8::basic::from_utf8(scratch) {
                Ok(text) => Value::Text(text),
                Err(_) => return Err(self.damage("its text is not UTF-8")),
            },
        };
        Ok(Converted { value, changed })
    }

    fn damage(&self, cause: &'static str) -> Failure {
        Failure::Damaged {
            pg_type: self.type_name.clone(),
            cause,
        }
    }

    /// The accepted rule for an issue of the column's value, or of an item of an array, which may always be NULL.
    fn decide(&self, issue: ValueIssue) -> Result<Rule, Failure> {
        let choices = issue.choices(self.nullable || self.element);
        choices
            .iter()
            .copied()
            // A column that lowering left as a double cannot take decimal text: its affinity would turn it into a double.
            .find(|rule| *rule != Rule::DecimalText && self.accepted.contains(rule))
            .ok_or(Failure::Refused { issue, choices })
    }

    fn make<'a>(
        &self,
        cell: Cell<'a>,
        out: &mut Vec<u8>,
        changed: &mut Option<(ValueIssue, Rule)>,
    ) -> Decoded<Made<'a>> {
        if cell == Cell::Null {
            return Ok(Made::Null);
        }
        match &self.encoding {
            Encoding::Integer => number::integer(self.wire, cell).map(Made::Integer),
            Encoding::Bool => number::boolean(self.wire, cell).map(Made::Integer),
            Encoding::Real { .. } => number::real(self.wire, cell).map(Made::Real),
            Encoding::NumericReal { scale } => {
                numeric::nearest(self.wire, cell, *scale, out).map(Made::Real)
            }
            Encoding::Text | Encoding::PgText | Encoding::Json | Encoding::DecimalText => {
                text::output(self.wire, self.element, cell, out)
            }
            Encoding::Blob => text::bytes(self.wire, self.element, cell, out),
            Encoding::Date => temporal::date(self.wire, cell, out),
            Encoding::Time => temporal::time(self.wire, cell, out),
            Encoding::TimeTz => temporal::time_tz(self.wire, cell, out),
            Encoding::Timestamp | Encoding::TimestampUtc => {
                temporal::timestamp(self.wire, cell, out)
            }
            Encoding::IntervalEpoch => temporal::interval(cell, out),
            Encoding::UuidHex => text::uuid(cell, text::UuidForm::Hex, out),
            Encoding::UuidText => text::uuid(cell, text::UuidForm::Hyphens, out),
            Encoding::UuidBlob => text::uuid(cell, text::UuidForm::Bytes, out),
            Encoding::ArrayJson => array::to_json(self, cell, out, changed),
            Encoding::HstoreJson => json::hstore(cell, out),
            Encoding::VectorF32 => vector::floats(cell, out),
        }
    }

    /// The value that an accepted rule makes of a cell without exact form.
    fn change<'a>(
        &self,
        cell: Cell<'a>,
        rule: Rule,
        side: Side,
        out: &mut Vec<u8>,
    ) -> Result<Made<'a>, Failure> {
        let made = match rule {
            Rule::Null => Ok(Made::Null),
            Rule::Clamp => self.clamp(cell, side, out),
            Rule::Nearest if matches!(self.encoding, Encoding::NumericReal { .. }) => {
                numeric::nearest_inexact(self.wire, cell, out).map(Made::Real)
            }
            Rule::Nearest => {
                text::lossy(cell, out);
                Ok(Made::ScratchText)
            }
            _ => {
                text::output(self.wire, self.element, cell, out).or_else(|trouble| match trouble {
                    // Text with a NUL is kept as it is when that was accepted.
                    Trouble::Issue(ValueIssue::NulInText, _) => {
                        text::lossy(cell, out);
                        Ok(Made::ScratchText)
                    }
                    other => Err(other),
                })
            }
        };
        made.map_err(|trouble| match trouble {
            Trouble::Damaged(cause) => self.damage(cause),
            Trouble::Issue(issue, _) => Failure::Refused {
                issue,
                choices: issue.choices(self.nullable || self.element),
            },
        })
    }

    /// Writes the last value that has a form, on one side.
    fn clamp<'a>(&self, cell: Cell<'a>, side: Side, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
        match self.encoding {
            Encoding::TimeTz => temporal::last_time(self.wire, cell, out)?,
            Encoding::Time => temporal::clamp(Wire::Time, side, out),
            Encoding::Date => temporal::clamp(Wire::Date, side, out),
            _ => temporal::clamp(Wire::Timestamp, side, out),
        }
        Ok(Made::ScratchText)
    }
}

/// Whether values of two types travel in the same form, so that one may be read as the other (`text` and `varchar(5)`).
pub fn same_form(a: &crate::pg::types::PgType, b: &crate::pg::types::PgType) -> bool {
    let text = |wire: Wire| match wire {
        Wire::Named => Wire::Text,
        wire => wire,
    };
    a.array == b.array && text(Wire::of(&a.base)) == text(Wire::of(&b.base))
}
