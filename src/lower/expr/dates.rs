//! Moments: the present, parts of dates, and steps between them, on the fixed-width texts that columns hold.

use super::compare::interval_text;
use super::{Place, Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::literal::parse_interval;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::Node;

/// The present in the 26 characters that SQLAlchemy writes; SQLite knows milliseconds.
pub const NOW: &str = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'";

impl Translator<'_> {
    /// Functions of the moment are refused where SQLite wants the same result every time.
    pub(super) fn volatile(&self) -> Result<()> {
        match self.place {
            Place::Check | Place::Index | Place::Generated => Err(format!(
                "SQLite takes no function of the moment in {}",
                self.place.name()
            )),
            Place::Default | Place::View | Place::Trigger | Place::Data => Ok(()),
        }
    }

    /// `now()`, `current_date` and their kin; `None` for other names.
    pub(super) fn present(&mut self, name: &str, args: &[Node]) -> Result<Option<Sql>> {
        let sql = match name {
            "now"
            | "current_timestamp"
            | "transaction_timestamp"
            | "statement_timestamp"
            | "clock_timestamp" => Sql::new(NOW, level::CONCAT, Ty::timestamp_utc()),
            "localtimestamp" => {
                self.note(
                    Grade::Widened,
                    "The present is that of UTC, not of the session's time zone.",
                );
                Sql::new(NOW, level::CONCAT, Ty::timestamp())
            }
            "current_date" => Sql::atom("date('now')", Ty::date()),
            "current_time" | "localtime" => {
                self.note(
                    Grade::Widened,
                    "The present is that of UTC, not of the session's time zone.",
                );
                let mut ty = Ty::timestamp();
                ty.pg = crate::pg::types::PgType::new(crate::pg::types::BaseType::Time);
                ty.encoding = Encoding::Time;
                Sql::new("strftime('%H:%M:%f', 'now') || '000'", level::CONCAT, ty)
            }
            _ => return Ok(None),
        };
        self.volatile()?;
        // `current_timestamp(0)` has fewer digits.
        if let [Node::Number(digits)] = args
            && digits.parse::<u8>().is_ok_and(|d| d < 3)
        {
            return Ok(Some(Sql::atom(
                "strftime('%Y-%m-%d %H:%M:%S.000000', 'now')",
                sql.ty,
            )));
        }
        Ok(Some(sql))
    }

    /// `x AT TIME ZONE 'UTC'`, in either direction the same text here.
    pub(super) fn at_time_zone(&mut self, left: &Node, zone: &Node) -> Result<Sql> {
        let mut zone = zone;
        while let Node::Cast(inner, _) = zone {
            zone = inner;
        }
        let utc = matches!(zone, Node::String(z) if matches!(
            z.to_ascii_lowercase().as_str(),
            "utc" | "gmt" | "z" | "zulu" | "etc/utc" | "+00" | "+00:00"
        ));
        if !utc {
            return Err("SQLite knows no time zone but UTC".to_owned());
        }
        let inner = self.expr(left)?;
        let ty = match inner.encoding() {
            Some(Encoding::TimestampUtc) => Ty::timestamp(),
            Some(Encoding::Timestamp) => Ty::timestamp_utc(),
            _ => return Err("AT TIME ZONE of something that is no timestamp".to_owned()),
        };
        Ok(Sql {
            ty: Some(ty),
            ..inner
        })
    }

    /// Sums and differences of dates, timestamps and intervals; `None` when the left side is none of them.
    pub(super) fn moment_arithmetic(
        &mut self,
        left: &Node,
        op: &str,
        right: &Node,
    ) -> Result<Option<Sql>> {
        if let Some(text) = interval_text(left)
            && op == "+"
        {
            let base = self.expr(right)?;
            return self.step(base, op, text).map(Some);
        }
        let Ok(base) = self.expr(left) else {
            return Ok(None);
        };
        if !base.ty.as_ref().is_some_and(Ty::is_moment) {
            return Ok(None);
        }
        if let Some(text) = interval_text(right) {
            return self.step(base, op, text).map(Some);
        }
        let other = self.expr(right)?;
        match (base.encoding(), other.encoding()) {
            (Some(Encoding::Date), Some(Encoding::Integer)) => {
                let days = match other.text.parse::<i64>() {
                    Ok(n) => format!("'{:+} days'", if op == "-" { -n } else { n }),
                    Err(_) if op == "-" => format!("(-{}) || ' days'", other.at(level::ATOM)),
                    Err(_) => format!("{} || ' days'", other.at(level::CONCAT)),
                };
                Ok(Some(Sql::atom(
                    format!("date({}, {days})", base.text),
                    Ty::date(),
                )))
            }
            (Some(Encoding::Date), Some(Encoding::Date)) if op == "-" => Ok(Some(Sql::atom(
                format!(
                    "CAST(julianday({}) - julianday({}) AS INTEGER)",
                    base.text, other.text
                ),
                Ty::integer(),
            ))),
            _ => Err(
                "the difference of timestamps is an interval, which SQLite does not have"
                    .to_owned(),
            ),
        }
    }

    /// A date or timestamp plus or minus an interval, exact to the microsecond.
    fn step(&mut self, base: Sql, op: &str, text: &str) -> Result<Sql> {
        let interval = parse_interval(text).ok_or_else(|| format!("`{text}` is not understood"))?;
        if interval.months != 0 {
            return Err("SQLite counts months over their end, PostgreSQL stops at it".to_owned());
        }
        let sign = if op == "-" { -1 } else { 1 };
        let seconds = (sign * interval.microseconds) / 1_000_000;
        if interval.microseconds % 1_000_000 != 0 {
            return Err("an interval with parts of a second".to_owned());
        }
        let mut steps = Vec::new();
        if interval.days != 0 {
            steps.push(format!("'{:+} days'", sign * interval.days));
        }
        if seconds != 0 {
            steps.push(format!("'{seconds:+} seconds'"));
        }
        let steps = steps.join(", ");
        if base.text == NOW {
            let text = format!("strftime('%Y-%m-%d %H:%M:%f', 'now', {steps}) || '000'");
            return Ok(Sql::new(text, level::CONCAT, base.ty));
        }
        let ty = match base.encoding() {
            Some(Encoding::Date) => Ty::timestamp(),
            Some(Encoding::Timestamp | Encoding::TimestampUtc) => {
                return Ok(Sql::new(
                    format!("datetime({0}, {steps}) || substr({0}, 20)", base.text),
                    level::CONCAT,
                    base.ty,
                ));
            }
            _ => return Err("an interval beside something that is no date".to_owned()),
        };
        Ok(Sql::new(
            format!("datetime({}, {steps}) || '.000000'", base.text),
            level::CONCAT,
            ty,
        ))
    }

    /// `date_trunc('day', x)`.
    pub(super) fn date_trunc(&mut self, field: &Node, source: &Node) -> Result<Sql> {
        let field = field_name(field)?;
        let x = self.expr(source)?;
        let stamp = match x.encoding() {
            Some(Encoding::Timestamp | Encoding::TimestampUtc) => x.clone(),
            Some(Encoding::Date) => self.convert(x.clone(), &Ty::timestamp())?,
            _ => return Err("date_trunc of something that is no timestamp".to_owned()),
        };
        if stamp.encoding() == Some(&Encoding::TimestampUtc)
            && !matches!(field.as_str(), "second" | "minute" | "hour")
        {
            self.note(
                Grade::Widened,
                "Days begin at midnight of UTC, not of the session's time zone.",
            );
        }
        let ty = stamp.ty.clone();
        let t = stamp.at(level::COLLATE);
        let cut = |length: u8, rest: &str| format!("substr({t}, 1, {length}) || '{rest}'");
        let text = match field.as_str() {
            "second" => cut(19, ".000000"),
            "minute" => cut(16, ":00.000000"),
            "hour" => cut(13, ":00:00.000000"),
            "day" => cut(10, " 00:00:00.000000"),
            "week" => format!("date({t}, 'weekday 0', '-6 days') || ' 00:00:00.000000'"),
            "month" => cut(7, "-01 00:00:00.000000"),
            "quarter" => format!(
                "substr({t}, 1, 5) || printf('%02d', (CAST(substr({t}, 6, 2) AS INTEGER) - 1) / 3 * 3 + 1) || '-01 00:00:00.000000'"
            ),
            "year" => cut(4, "-01-01 00:00:00.000000"),
            other => return Err(format!("date_trunc('{other}') has no equal")),
        };
        Ok(Sql::new(text, level::CONCAT, ty))
    }

    /// `extract(field from x)`.
    pub(super) fn extract(&mut self, field: &Node, source: &Node) -> Result<Sql> {
        let field = field_name(field)?;
        let x = self.expr(source)?;
        let t = x.text.clone();
        let (calendar, clock, epoch) = match x.encoding() {
            Some(Encoding::Date) => (true, false, true),
            Some(Encoding::Timestamp) => (true, true, true),
            Some(Encoding::TimestampUtc) => {
                if field != "epoch" {
                    self.note(
                        Grade::Widened,
                        "Taken of the time in UTC, not in the session's time zone.",
                    );
                }
                (true, true, true)
            }
            Some(Encoding::IntervalEpoch) => (false, false, true),
            Some(Encoding::Time) => (false, false, false),
            _ => return Err(format!("extract({field}) of this type has no equal")),
        };
        let piece =
            |from: u8, length: u8| format!("CAST(substr({t}, {from}, {length}) AS INTEGER)");
        let number = |format: &str| format!("CAST(strftime('{format}', {t}) AS INTEGER)");
        let (text, ty) = match field.as_str() {
            "year" if calendar => (piece(1, 4), Ty::integer()),
            "month" if calendar => (piece(6, 2), Ty::integer()),
            "day" if calendar => (piece(9, 2), Ty::integer()),
            "quarter" if calendar => (format!("({} + 2) / 3", piece(6, 2)), Ty::integer()),
            "hour" if clock => (piece(12, 2), Ty::integer()),
            "minute" if clock => (piece(15, 2), Ty::integer()),
            "second" if clock => (format!("CAST(substr({t}, 18) AS REAL)"), Ty::real()),
            "dow" if calendar => (number("%w"), Ty::integer()),
            "isodow" if calendar => (
                format!("(CAST(strftime('%w', {t}) AS INTEGER) + 6) % 7 + 1"),
                Ty::integer(),
            ),
            "doy" if calendar => (number("%j"), Ty::integer()),
            "epoch" if x.encoding() == Some(&Encoding::Date) => (number("%s"), Ty::integer()),
            "epoch" if epoch => (
                format!(
                    "CAST(strftime('%s', {t}) AS INTEGER) + CAST('0' || substr({t}, 20) AS REAL)"
                ),
                Ty::real(),
            ),
            other => return Err(format!("extract({other}) has no equal")),
        };
        let own = match field.as_str() {
            "quarter" => level::MULTIPLY,
            "isodow" | "epoch" if text.contains(" + ") => level::ADD,
            _ => level::ATOM,
        };
        Ok(Sql::new(text, own, ty))
    }

    /// `to_char(x, 'YYYY-MM')` for formats that cut the stored text.
    pub(super) fn date_text(&mut self, source: &Node, format: &Node) -> Result<Sql> {
        let x = self.expr(source)?;
        let Node::String(format) = format else {
            return Err("to_char with a computed format".to_owned());
        };
        if !x.ty.as_ref().is_some_and(Ty::is_moment) {
            return Err("to_char of numbers has no equal".to_owned());
        }
        if x.encoding() == Some(&Encoding::TimestampUtc) {
            self.note(
                Grade::Widened,
                "Written in UTC, not in the session's time zone.",
            );
        }
        let length = match format.as_str() {
            "YYYY" => 4,
            "YYYY-MM" => 7,
            "YYYY-MM-DD" => 10,
            "YYYY-MM-DD HH24:MI" if x.encoding() != Some(&Encoding::Date) => 16,
            "YYYY-MM-DD HH24:MI:SS" if x.encoding() != Some(&Encoding::Date) => 19,
            other => return Err(format!("to_char with '{other}' has no equal")),
        };
        Ok(Sql::atom(
            format!("substr({}, 1, {length})", x.text),
            Ty::text(),
        ))
    }
}

/// The field of `extract` and `date_trunc`.
fn field_name(node: &Node) -> Result<String> {
    match node {
        Node::String(field) => Ok(field.to_ascii_lowercase().trim_end_matches('s').to_owned()),
        Node::Cast(inner, _) => field_name(inner),
        _ => Err("a field that is computed".to_owned()),
    }
}
