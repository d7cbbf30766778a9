//! Ranges, which are stored as PostgreSQL's text: whether they overlap, and whether a value is in one
//! (PostgreSQL documentation, sections 8.17 and 9.20).

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::Node;
use crate::pg::types::{BaseType, PgType};

/// A range in parts, each an SQL expression that binds tightly.
struct Range {
    /// It holds nothing.
    empty: String,
    lower: String,
    upper: String,
    /// Whether the bound belongs to the range: a constant, or an expression.
    lower_in: String,
    upper_in: String,
    /// The element type.
    element: BaseType,
}

/// The element type of a range type, and of its constructor, which has the type's name.
fn element_of(name: &str) -> Option<BaseType> {
    Some(match name {
        "int4range" => BaseType::Integer,
        "int8range" => BaseType::BigInt,
        "numrange" => BaseType::Numeric,
        "tsrange" => BaseType::Timestamp,
        "tstzrange" => BaseType::TimestampTz,
        "daterange" => BaseType::Date,
        _ => return None,
    })
}

fn range_element(ty: &PgType) -> Option<BaseType> {
    if ty.array {
        return None;
    }
    element_of(&ty.to_string())
}

impl Translator<'_> {
    /// `a && b` and `a @> b` where one side is a range; `None` when neither is.
    pub(super) fn range_operator(
        &mut self,
        left: &Node,
        op: &str,
        right: &Node,
    ) -> Result<Option<Sql>> {
        let (outer, inner) = if op == "<@" {
            (right, left)
        } else {
            (left, right)
        };
        let Some(a) = self.range(outer)? else {
            return Ok(None);
        };
        let text = match (op, self.range(inner)?) {
            ("&&", Some(b)) => overlap(&a, &b)?,
            ("&&", None) => return Err("`&&` between a range and something else".to_owned()),
            (_, Some(_)) => return Err("a range within a range has no equal".to_owned()),
            (_, None) => {
                let wanted = self.ty_of(&PgType::new(a.element.clone()));
                let value = self.expr_as(inner, &wanted)?.at(level::ATOM);
                self.stored_bound(&a)?;
                format!(
                    "NOT {} AND {} AND {}",
                    a.empty,
                    below(&a.lower, &a.lower_in, &value),
                    above(&a.upper, &a.upper_in, &value)
                )
            }
        };
        Ok(Some(Sql::new(text, level::AND, Ty::boolean())))
    }

    /// Bounds out of a stored text are spelled as PostgreSQL prints them, not as columns store them.
    fn stored_bound(&self, range: &Range) -> Result<()> {
        let stored = range.lower.contains("substr(");
        let differs = matches!(range.element, BaseType::Timestamp | BaseType::TimestampTz);
        if stored && differs {
            Err(
                "moments inside a stored range are spelled otherwise than those of columns"
                    .to_owned(),
            )
        } else {
            Ok(())
        }
    }

    fn range(&mut self, node: &Node) -> Result<Option<Range>> {
        match node {
            Node::Call(call) => match (element_of(&call.name), call.args.as_slice()) {
                (Some(element), [lower, upper]) => {
                    self.constructed(element, lower, upper, "[)").map(Some)
                }
                (Some(element), [lower, upper, Node::String(bounds)]) => {
                    self.constructed(element, lower, upper, bounds).map(Some)
                }
                (Some(_), _) => Err("a range whose bounds are computed".to_owned()),
                (None, _) => Ok(None),
            },
            Node::Column(_) => {
                let sql = self.expr(node)?;
                let element = sql.ty.as_ref().and_then(|t| range_element(&t.pg));
                Ok(element.map(|element| Self::stored(&sql, element)))
            }
            _ => Ok(None),
        }
    }

    fn constructed(
        &mut self,
        element: BaseType,
        lower: &Node,
        upper: &Node,
        bounds: &str,
    ) -> Result<Range> {
        let wanted = self.ty_of(&PgType::new(element.clone()));
        let lower = self.expr_as(lower, &wanted)?.at(level::ATOM);
        let upper = self.expr_as(upper, &wanted)?.at(level::ATOM);
        let (lower_in, upper_in) = match bounds {
            "[)" => ("1", "0"),
            "[]" => ("1", "1"),
            "(]" | "()"
                if matches!(
                    element,
                    BaseType::Integer | BaseType::BigInt | BaseType::Date
                ) =>
            {
                return Err("an open lower bound of a range of whole steps".to_owned());
            }
            "(]" => ("0", "1"),
            "()" => ("0", "0"),
            other => return Err(format!("`{other}` is no pair of bounds")),
        };
        let empty = if bounds == "[]" {
            "0".to_owned()
        } else {
            format!("({lower} IS {upper} AND {lower} IS NOT NULL)")
        };
        Ok(Range {
            empty,
            lower,
            upper,
            lower_in: lower_in.to_owned(),
            upper_in: upper_in.to_owned(),
            element,
        })
    }

    /// The parts of a stored text: `["2020-01-01 00:00:00",)`, `[1,5)`, `empty`.
    fn stored(sql: &Sql, element: BaseType) -> Range {
        let text = sql.at(level::ATOM);
        let part = |from: &str, length: &str| {
            let bare = format!("nullif(trim(substr({text}, {from}, {length}), '\"'), '')");
            match element {
                BaseType::Integer | BaseType::BigInt => format!("CAST({bare} AS INTEGER)"),
                BaseType::Numeric => format!("CAST({bare} AS REAL)"),
                _ => bare,
            }
        };
        Range {
            empty: format!("({text} = 'empty')"),
            lower: part("2", &format!("instr({text}, ',') - 2")),
            upper: part(
                &format!("instr({text}, ',') + 1"),
                &format!("length({text}) - instr({text}, ',') - 1"),
            ),
            lower_in: format!("(substr({text}, 1, 1) = '[')"),
            upper_in: format!("(substr({text}, -1) = ']')"),
            element,
        }
    }

    /// `a && b` of arrays, `a <@ list`: whether any item, or each, is in the other.
    pub(super) fn array_operator(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        let (column, list) = match (op, super::compare::array_items(right)) {
            (_, Some(items)) => (left, items),
            ("&&", None) => match super::compare::array_items(left) {
                Some(items) => (right, items),
                None => return Err("`&&` has an equal for a list of values alone".to_owned()),
            },
            _ => return Err(format!("`{op}` has an equal for a list of values alone")),
        };
        let array = self.stored_array(column)?;
        let element = array.ty.as_ref().map(|t| self.ty_of(&t.pg.element()));
        let element = element.ok_or("an array of an unknown type")?;
        if !matches!(element.encoding, Encoding::Text | Encoding::Integer) {
            return Err("items of this type stand otherwise inside an array".to_owned());
        }
        let mut items = Vec::with_capacity(list.len());
        for item in &list {
            items.push(self.expr_as(item, &element)?.text);
        }
        let (exists, not) = if op == "&&" {
            ("EXISTS", "")
        } else {
            ("NOT EXISTS", "NOT ")
        };
        self.note(Grade::Exact, "The array is looked into item by item.");
        Ok(Sql::atom(
            format!(
                "CASE WHEN {0} IS NOT NULL THEN {exists} (SELECT 1 FROM json_each({1}) WHERE value {not}IN ({2})) END",
                array.at(level::COMPARE),
                array.text,
                items.join(", ")
            ),
            Ty::boolean(),
        ))
    }
}

/// The lower bound is at or below a value.
fn below(bound: &str, included: &str, value: &str) -> String {
    let equal = equality(bound, value, &[included]);
    format!("({bound} IS NULL OR {bound} < {value}{equal})")
}

/// The upper bound is at or above a value.
fn above(bound: &str, included: &str, value: &str) -> String {
    let equal = equality(bound, value, &[included]);
    format!("({bound} IS NULL OR {bound} > {value}{equal})")
}

/// ` OR a = b AND ..`, when bounds that are equal meet.
fn equality(a: &str, b: &str, included: &[&str]) -> String {
    if included.contains(&"0") {
        return String::new();
    }
    let tests: String = included
        .iter()
        .filter(|i| **i != "1")
        .map(|i| format!(" AND {i}"))
        .collect();
    format!(" OR {a} = {b}{tests}")
}

fn overlap(a: &Range, b: &Range) -> Result<String> {
    if a.element != b.element || a.lower.contains("substr(") != b.lower.contains("substr(") {
        return Err("`&&` between ranges of two forms".to_owned());
    }
    let reaches = |low: &Range, high: &Range| {
        let equal = equality(&low.lower, &high.upper, &[&low.lower_in, &high.upper_in]);
        format!(
            "({0} IS NULL OR {1} IS NULL OR {0} < {1}{equal})",
            low.lower, high.upper
        )
    };
    let not_empty: String = [a, b]
        .iter()
        .filter(|r| r.empty != "0")
        .map(|r| format!("NOT {} AND ", r.empty))
        .collect();
    Ok(format!(
        "{not_empty}{} AND {}",
        reaches(a, b),
        reaches(b, a)
    ))
}
