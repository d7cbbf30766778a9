//! Types inside expressions, and conversions between their stored forms.

use super::{Reason, Result, Sql, Translator, is_padded, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::Node;
use crate::pg::types::{BaseType, PgType};
use crate::sqlite::schema::quote;

/// A type of PostgreSQL and the form in which SQLite holds its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Ty {
    /// PostgreSQL's type.
    pub pg: PgType,
    /// The form.
    pub encoding: Encoding,
}

impl Ty {
    fn of(base: BaseType, encoding: Encoding) -> Self {
        Self {
            pg: PgType::new(base),
            encoding,
        }
    }

    /// `text`.
    pub fn text() -> Self {
        Self::of(BaseType::Text, Encoding::Text)
    }

    /// `integer`.
    pub fn integer() -> Self {
        Self::of(BaseType::Integer, Encoding::Integer)
    }

    /// `boolean`.
    pub fn boolean() -> Self {
        Self::of(BaseType::Boolean, Encoding::Bool)
    }

    /// `double precision`.
    pub fn real() -> Self {
        Self::of(BaseType::Double, Encoding::Real { single: false })
    }

    /// `date`.
    pub fn date() -> Self {
        Self::of(BaseType::Date, Encoding::Date)
    }

    /// `timestamp without time zone`.
    pub fn timestamp() -> Self {
        Self::of(BaseType::Timestamp, Encoding::Timestamp)
    }

    /// `timestamp with time zone`.
    pub fn timestamp_utc() -> Self {
        Self::of(BaseType::TimestampTz, Encoding::TimestampUtc)
    }

    /// `interval`.
    pub fn interval() -> Self {
        Self::of(BaseType::Interval, Encoding::IntervalEpoch)
    }

    /// `jsonb`.
    pub fn json() -> Self {
        Self::of(BaseType::Jsonb, Encoding::Json)
    }

    /// `numeric` with so many places; without a number, as many as there are.
    pub fn numeric(places: Option<u8>) -> Self {
        let mut pg = PgType::new(BaseType::Numeric);
        if let Some(places) = places {
            pg.modifiers = vec!["15".to_owned(), places.to_string()];
        }
        Self {
            pg,
            encoding: Encoding::NumericReal {
                scale: places.unwrap_or(10),
            },
        }
    }

    /// Whether it is a number, in whatever form.
    pub fn is_numeric(&self) -> bool {
        matches!(
            self.encoding,
            Encoding::Integer
                | Encoding::Real { .. }
                | Encoding::NumericReal { .. }
                | Encoding::DecimalText
        )
    }

    /// Whether it is a number in text.
    pub fn is_decimal_text(&self) -> bool {
        self.encoding == Encoding::DecimalText
    }

    /// Whether it is a date or timestamp.
    pub fn is_moment(&self) -> bool {
        matches!(
            self.encoding,
            Encoding::Date | Encoding::Timestamp | Encoding::TimestampUtc
        )
    }

    /// Places behind the point that are known.
    pub fn places(&self) -> Option<u8> {
        match self.encoding {
            Encoding::Integer => Some(0),
            Encoding::NumericReal { scale } if self.pg.precision_scale().is_some() => Some(scale),
            _ => None,
        }
    }

    /// Whether a literal of this type means the same when it is read as the other: `'x'::varchar` as text, `'2024-01-01'::date`
    /// as a timestamp.
    pub fn reads_like(&self, other: &Ty) -> bool {
        if self.pg.array != other.pg.array {
            return false;
        }
        if self.pg.array {
            return true;
        }
        let same = self.pg.base == other.pg.base
            || std::mem::discriminant(&self.encoding) == std::mem::discriminant(&other.encoding);
        let numbers = self.is_numeric() && other.is_numeric();
        let moments = self.is_moment()
            && other.is_moment()
            && !(self.encoding != Encoding::Date && other.encoding == Encoding::Date);
        let uuids = self.encoding.is_uuid() && other.encoding.is_uuid();
        // `'x'::character varying` beside an enum or a JSON column is how the catalog prints what was plain text.
        let text = matches!(
            self.pg.base,
            BaseType::Text | BaseType::Varchar | BaseType::Char
        );
        same || numbers || moments || uuids || text
    }
}

fn class(ty: &Ty) -> String {
    ty.pg.to_string()
}

impl Translator<'_> {
    /// A value in the form of another type, where that says the same.
    pub(super) fn convert(&mut self, sql: Sql, want: &Ty) -> Result<Sql> {
        let Some(from) = sql.ty.clone() else {
            return Ok(sql);
        };
        let mismatch =
            || -> Reason { format!("{} stands where {} is needed", class(&from), class(want)) };
        if from.encoding == want.encoding {
            return Ok(sql);
        }
        use Encoding as E;
        match (&from.encoding, &want.encoding) {
            (E::Bool, _) | (_, E::Bool) => Err(mismatch()),
            (a, b) if a.is_number() && b.is_number() => Ok(sql),
            (E::DecimalText, b) if b.is_number() => {
                self.note(
                    Grade::Widened,
                    "Exact decimals are compared as doubles, by their first 15 digits.",
                );
                Ok(Sql::atom(
                    format!("CAST({} AS REAL)", sql.text),
                    want.clone(),
                ))
            }
            (E::Timestamp, E::TimestampUtc) | (E::TimestampUtc, E::Timestamp) => Ok(sql),
            (E::Date, E::Timestamp | E::TimestampUtc) => Ok(Sql::new(
                format!("{} || ' 00:00:00.000000'", sql.at(level::CONCAT)),
                level::CONCAT,
                want.clone(),
            )),
            (E::UuidHex, E::UuidText) => Ok(Sql::new(
                hyphenate(&sql.at(level::ATOM)),
                level::CONCAT,
                want.clone(),
            )),
            (E::UuidText, E::UuidHex) => Ok(Sql::atom(
                format!("replace({}, '-', '')", sql.text),
                want.clone(),
            )),
            (E::UuidBlob, E::UuidHex) => {
                Ok(Sql::atom(format!("lower(hex({}))", sql.text), want.clone()))
            }
            (E::UuidHex, E::UuidBlob) => {
                Ok(Sql::atom(format!("unhex({})", sql.text), want.clone()))
            }
            _ => Err(mismatch()),
        }
    }

    /// A value as the text that PostgreSQL prints.
    pub(super) fn text_form(&mut self, sql: Sql) -> Result<Sql> {
        let Some(from) = sql.ty.clone() else {
            return Ok(sql);
        };
        let text = Ty::text();
        use Encoding as E;
        Ok(match &from.encoding {
            E::Text if is_padded(&from.pg) => Sql::atom(format!("rtrim({})", sql.text), text),
            E::Text | E::Date | E::Json | E::DecimalText | E::PgText | E::UuidText => Sql {
                ty: Some(text),
                ..sql
            },
            E::Integer => Sql::atom(format!("CAST({} AS TEXT)", sql.text), text),
            E::Bool => Sql::atom(
                format!(
                    "CASE WHEN {} THEN 'true' WHEN NOT {} THEN 'false' END",
                    sql.text,
                    sql.at(level::EQUAL)
                ),
                text,
            ),
            E::NumericReal { .. } if from.places().is_some() => {
                let places = from.places().unwrap_or_default();
                Sql::atom(
                    format!(
                        "CASE WHEN {0} IS NOT NULL THEN printf('%.{places}f', {0}) END",
                        sql.at(level::COMPARE)
                    ),
                    text,
                )
            }
            E::Timestamp | E::Time => {
                Sql::atom(format!("rtrim(rtrim({}, '0'), '.')", sql.text), text)
            }
            E::TimestampUtc => {
                self.note(Grade::Widened, "The time is written in UTC.");
                Sql::new(
                    format!("rtrim(rtrim({}, '0'), '.') || '+00'", sql.text),
                    level::CONCAT,
                    text,
                )
            }
            E::UuidHex => Sql::new(hyphenate(&sql.at(level::ATOM)), level::CONCAT, text),
            _ => return Err(format!("the text of {} has no equal", class(&from))),
        })
    }

    /// `x::date` of a timestamp.
    pub(super) fn cast_to_date(&mut self, sql: Sql) -> Result<Sql> {
        if sql.encoding() == Some(&Encoding::TimestampUtc) {
            self.note(
                Grade::Widened,
                "The day is that of UTC, not of the session's time zone.",
            );
        }
        Ok(Sql::atom(
            format!("substr({}, 1, 10)", sql.text),
            Ty::date(),
        ))
    }

    pub(super) fn cast(&mut self, operand: &Node, to: &PgType) -> Result<Sql> {
        let want = self.ty_of(to);
        if let Some(sql) = self.literal_as(operand, &want)? {
            return Ok(sql);
        }
        if to.user_defined().is_some_and(|n| n.name == "regclass") || to.base == BaseType::Regclass
        {
            return Err("a name of the catalog has no equal".to_owned());
        }
        let raw = self.raw(operand)?;
        let Some(from) = raw.ty.clone() else {
            return Ok(Sql {
                ty: Some(want),
                ..raw
            });
        };
        if raw.json_text && want.is_numeric() {
            return Ok(self.json_number(raw, &want));
        }
        if raw.json_text && want.encoding == Encoding::Bool {
            let text = format!(
                "CASE {} WHEN 1 THEN 1 WHEN 0 THEN 0 WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
                raw.text
            );
            return Ok(Sql::atom(text, want));
        }
        let sql = self.settle(raw);
        self.cast_value(sql, &from, &want)
    }

    fn json_number(&mut self, raw: Sql, want: &Ty) -> Sql {
        self.note(
            Grade::Widened,
            "Text in JSON that is no number counts as 0 instead of an error.",
        );
        let to = if want.encoding == Encoding::Integer {
            "INTEGER"
        } else {
            "NUMERIC"
        };
        Sql::atom(format!("CAST({} AS {to})", raw.text), want.clone())
    }

    fn cast_value(&mut self, sql: Sql, from: &Ty, want: &Ty) -> Result<Sql> {
        use Encoding as E;
        let retyped = |sql: Sql| Sql {
            ty: Some(want.clone()),
            ..sql
        };
        if want.encoding == E::Text {
            if self.is_enum(want) && from.pg != want.pg {
                return Err(format!(
                    "a cast to {} refuses what is no label, which has no equal",
                    want.pg
                ));
            }
            let collated = want.pg.user_defined().is_some_and(|n| n.name == "citext");
            let text = self.text_form(sql)?;
            if collated {
                return Ok(Sql::new(
                    format!("{} COLLATE NOCASE", text.at(level::COLLATE)),
                    level::COLLATE,
                    want.clone(),
                ));
            }
            let shortens = matches!(want.pg.base, BaseType::Varchar | BaseType::Char)
                && want.pg.length().is_some()
                && !matches!((from.pg.length(), want.pg.length()), (Some(a), Some(b)) if a <= b);
            return Ok(match want.pg.length() {
                Some(n) if shortens => {
                    Sql::atom(format!("substr({}, 1, {n})", text.text), want.clone())
                }
                _ => retyped(text),
            });
        }
        match (&from.encoding, &want.encoding) {
            (E::Timestamp | E::TimestampUtc, E::Date) => self.cast_to_date(sql),
            (E::Integer, E::Bool) => Ok(Sql::new(
                format!("{} <> 0", sql.at(level::COMPARE)),
                level::EQUAL,
                want.clone(),
            )),
            (E::Bool, E::Integer) => Ok(retyped(sql)),
            (E::Real { .. }, E::Integer) => {
                Ok(Sql::new(whole(&sql, true), level::ADD, want.clone()))
            }
            (E::NumericReal { scale }, E::Integer) if *scale > 0 => {
                Ok(Sql::new(whole(&sql, false), level::ADD, want.clone()))
            }
            (E::Integer, E::NumericReal { .. }) => Ok(Sql {
                ty: Some(Ty::numeric(Some(0))),
                ..sql
            }),
            (E::Integer | E::NumericReal { .. }, E::Real { .. }) => Ok(Sql::atom(
                format!("CAST({} AS REAL)", sql.text),
                want.clone(),
            )),
            (E::NumericReal { scale }, E::NumericReal { scale: to })
                if want.pg.precision_scale().is_none()
                    || (from.pg.precision_scale().is_some() && scale <= to) =>
            {
                Ok(sql)
            }
            (E::Timestamp | E::TimestampUtc, E::Time) => {
                Ok(Sql::atom(format!("substr({}, 12)", sql.text), want.clone()))
            }
            (E::Text, E::Json) => Ok(retyped(sql)),
            (E::Text, e) if e.is_uuid() => {
                let hex = Sql::atom(
                    format!("lower(replace({}, '-', ''))", sql.text),
                    Ty {
                        pg: want.pg.clone(),
                        encoding: E::UuidHex,
                    },
                );
                self.convert(hex, want)
            }
            (a, b) if a == b => Ok(retyped(sql)),
            _ => self.convert(sql, want).map(retyped).map_err(|_| {
                format!(
                    "the cast of {} to {} has no equal",
                    class(from),
                    class(want)
                )
            }),
        }
    }
}

/// The nearest whole number. Halves go to the even one for doubles, away from zero for decimals (PostgreSQL's manual, 8.1.2 and
/// 9.3, `round`).
fn whole(sql: &Sql, even: bool) -> String {
    let x = sql.at(level::ATOM);
    let cut = format!("CAST({} AS INTEGER)", sql.text);
    let beyond = |sign: &str, op: &str| {
        if even {
            let odd = format!("{cut} % 2 <> 0");
            format!("({x} - {cut} {op} {sign}0.5 OR {x} - {cut} = {sign}0.5 AND {odd})")
        } else {
            format!("({x} - {cut} {op}= {sign}0.5)")
        }
    };
    format!("{cut} + {} - {}", beyond("", ">"), beyond("-", "<"))
}

/// 32 digits with hyphens, as an expression.
fn hyphenate(x: &str) -> String {
    format!(
        "substr({x}, 1, 8) || '-' || substr({x}, 9, 4) || '-' || substr({x}, 13, 4) || '-' || substr({x}, 17, 4) || '-' || substr({x}, 21)"
    )
}

/// A name that is used as a qualifier.
pub(super) fn qualified(qualifier: &str, column: &str) -> String {
    format!("{}.{}", quote(qualifier), quote(column))
}
