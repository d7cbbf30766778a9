//! Arithmetic on numbers. Decimals are doubles in SQLite, so results are rounded to the places that PostgreSQL's have.

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::Node;

impl Translator<'_> {
    pub(super) fn arithmetic(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        if matches!(op, "+" | "-")
            && let Some(sql) = self.moment_arithmetic(left, op, right)?
        {
            return Ok(sql);
        }
        let (left, right) = (self.number(left)?, self.number(right)?);
        let whole = |s: &Sql| s.encoding() == Some(&Encoding::Integer);
        let both_whole = whole(&left) && whole(&right);
        let own = match op {
            "+" | "-" => level::ADD,
            "*" | "/" | "%" => level::MULTIPLY,
            _ => level::BIT,
        };
        if own == level::BIT || op == "%" {
            if !both_whole {
                return Err(format!("`{op}` works on whole numbers alone"));
            }
            return Ok(Sql::new(joined(&left, op, &right, own), own, Ty::integer()));
        }
        if both_whole {
            if op == "/" && !is_nonzero(&right) {
                self.note(
                    Grade::Widened,
                    "A division by zero gives NULL instead of an error.",
                );
            }
            return Ok(Sql::new(joined(&left, op, &right, own), own, Ty::integer()));
        }
        let real = |s: &Sql| matches!(s.encoding(), Some(Encoding::Real { .. }));
        if op == "/" {
            self.note(
                Grade::Widened,
                "A quotient is a double, without PostgreSQL's choice of places; a division by zero gives NULL.",
            );
            let text = format!("CAST({} AS REAL) / {}", left.text, right.at(own + 1));
            return Ok(Sql::new(text, own, Ty::real()));
        }
        let text = joined(&left, op, &right, own);
        if real(&left) || real(&right) {
            return Ok(Sql::new(text, own, Ty::real()));
        }
        let places = |s: &Sql| s.ty.as_ref().and_then(Ty::places);
        let places = match (places(&left), places(&right), op) {
            (Some(a), Some(b), "*") => a.checked_add(b),
            (Some(a), Some(b), _) => Some(a.max(b)),
            _ => None,
        };
        if places.is_none_or(|p| p > 15) {
            self.note(
                Grade::Widened,
                "Decimals are computed as doubles, with 15 digits.",
            );
        }
        Ok(Sql {
            round: places.filter(|p| *p <= 15),
            ..Sql::new(text, own, Ty::numeric(places))
        })
    }

    /// An operand of arithmetic, not rounded yet.
    fn number(&mut self, node: &Node) -> Result<Sql> {
        let raw = self.raw(node)?;
        let Some(ty) = raw.ty.clone() else {
            return Ok(raw);
        };
        if ty.is_decimal_text() {
            self.note(
                Grade::Widened,
                "Exact decimals are computed as doubles, with 15 digits.",
            );
            let places = ty
                .pg
                .precision_scale()
                .and_then(|(_, s)| u8::try_from(s).ok());
            return Ok(Sql::atom(
                format!("CAST({} AS REAL)", raw.text),
                Ty::numeric(places),
            ));
        }
        if !ty.is_numeric() {
            return Err(format!("arithmetic on {} has no equal", ty.pg));
        }
        Ok(raw)
    }
}

fn joined(left: &Sql, op: &str, right: &Sql, own: u8) -> String {
    format!("{} {op} {}", left.at(own), right.at(own + 1))
}

fn is_nonzero(sql: &Sql) -> bool {
    sql.text.parse::<i64>().is_ok_and(|n| n != 0)
}
