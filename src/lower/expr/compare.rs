//! Comparisons: both sides take one form before they are compared.

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::literal::parse_interval;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Node, Query};

/// How much a node says about the type of what it is compared with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// Nothing: a string or NULL.
    None,
    /// A number, or a literal with a type.
    Soft,
    /// A column or what is computed from one.
    Hard,
}

fn weight(node: &Node) -> Weight {
    match node {
        Node::Null | Node::String(_) => Weight::None,
        Node::Number(_) | Node::Bool(_) | Node::Array(_) => Weight::Soft,
        Node::Unary(op, inner) if op == "-" => weight(inner),
        Node::Cast(inner, _) if weight(inner) < Weight::Hard => Weight::Soft,
        _ => Weight::Hard,
    }
}

/// Whether `->>` gives this text for no other JSON value than the string.
fn is_plain_word(node: &Node) -> bool {
    match node {
        Node::String(text) => {
            text.starts_with(|c: char| c.is_alphabetic()) && text != "true" && text != "false"
        }
        Node::Cast(inner, _) => is_plain_word(inner),
        _ => false,
    }
}

impl Translator<'_> {
    /// Expressions in one form, and the type of that form.
    pub(super) fn common(&mut self, nodes: &[&Node]) -> Result<(Vec<Sql>, Option<Ty>)> {
        let mut target: Option<Ty> = None;
        let mut done: Vec<Option<Sql>> = vec![None; nodes.len()];
        for wanted in [Weight::Hard, Weight::Soft] {
            if wanted == Weight::Soft && target.is_some() {
                break;
            }
            for (node, slot) in nodes.iter().zip(&mut done) {
                if weight(node) != wanted || matches!(node, Node::Array(_)) {
                    continue;
                }
                let raw = self.raw(node)?;
                let others_plain = nodes
                    .iter()
                    .filter(|n| !std::ptr::eq(**n, *node))
                    .all(|n| is_plain_word(n));
                let sql = if raw.json_text && others_plain {
                    Sql {
                        json_text: false,
                        ..raw
                    }
                } else {
                    self.settle(raw)
                };
                target = wider(target, sql.ty.clone());
                *slot = Some(sql);
            }
        }
        let mut out = Vec::with_capacity(nodes.len());
        for (node, slot) in nodes.iter().zip(done) {
            out.push(match (slot, &target) {
                (Some(sql), Some(want)) if weight(node) == Weight::Hard => {
                    self.convert(sql, want)?
                }
                (_, Some(want)) => self.expr_as(node, want)?,
                (Some(sql), None) => sql,
                (None, None) => self.expr(node)?,
            });
        }
        let target = target.or_else(|| out.iter().find_map(|s| s.ty.clone()));
        Ok((out, target))
    }

    pub(super) fn comparison(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        let written = match op {
            "IS DISTINCT FROM" => "IS NOT",
            "IS NOT DISTINCT FROM" => "IS",
            other => other,
        };
        if let (Node::Star(a), Node::Star(b)) = (left, right) {
            return self.compare_rows(a.as_deref(), written, b.as_deref());
        }
        if let Some(sql) = self.compare_duration(left, written, right)? {
            return Ok(sql);
        }
        let (mut sides, ty) = self.comparable(&[left, right], written)?;
        let (Some(right), Some(left)) = (sides.pop(), sides.pop()) else {
            return Err("a comparison has two sides".to_owned());
        };
        self.orderable(ty.as_ref(), written)?;
        let own = match written {
            "=" | "<>" | "IS" | "IS NOT" => level::EQUAL,
            _ => level::COMPARE,
        };
        Ok(Sql::new(
            format!("{} {written} {}", left.at(own + 1), right.at(own + 1)),
            own,
            Ty::boolean(),
        ))
    }

    /// Expressions in a form in which the operator says the same as in PostgreSQL. Exact decimals in text are equal when their texts
    /// are, as long as they have the same places; for everything else they are read as doubles.
    fn comparable(&mut self, nodes: &[&Node], op: &str) -> Result<(Vec<Sql>, Option<Ty>)> {
        let (sides, ty) = self.common(nodes)?;
        let Some(decimal) = ty.as_ref().filter(|t| t.is_decimal_text()) else {
            return Ok((sides, ty));
        };
        let equality = matches!(op, "=" | "<>" | "IS" | "IS NOT");
        let same_places = sides.iter().filter_map(|s| s.ty.as_ref()).all(|t| {
            t.pg.precision_scale()
                .is_some_and(|p| Some(p.1) == decimal.pg.precision_scale().map(|d| d.1))
        });
        if equality && same_places {
            return Ok((sides, ty));
        }
        let number = Ty::numeric(None);
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            out.push(self.expr_as(node, &number)?);
        }
        Ok((out, Some(number)))
    }

    /// Refuses orders that the stored form does not have.
    fn orderable(&mut self, ty: Option<&Ty>, op: &str) -> Result<()> {
        let equality = matches!(op, "=" | "<>" | "IS" | "IS NOT");
        let Some(ty) = ty.filter(|_| !equality) else {
            return Ok(());
        };
        match ty.encoding {
            Encoding::Json | Encoding::ArrayJson | Encoding::HstoreJson => {
                Err(format!("{} has no order in its stored form", ty.pg))
            }
            Encoding::PgText => Err(format!("{} has another order in its stored form", ty.pg)),
            Encoding::Text if self.is_enum(ty) => {
                Err("enums are ordered by their labels' text".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_enum(&self, ty: &Ty) -> bool {
        ty.pg
            .user_defined()
            .is_some_and(|n| self.catalog.pg.enums.contains_key(&n))
    }

    /// `OLD.* IS DISTINCT FROM NEW.*`: column by column.
    fn compare_rows(&mut self, a: Option<&str>, op: &str, b: Option<&str>) -> Result<Sql> {
        let join = match op {
            "IS NOT" => " OR ",
            "IS" => " AND ",
            _ => return Err("whole rows compare with IS DISTINCT FROM alone".to_owned()),
        };
        let (Some(a), Some(b), Some(scope)) = (a, b, self.scopes.last()) else {
            return Err("a row without its name".to_owned());
        };
        let side = |name: &str| {
            scope
                .columns
                .iter()
                .filter(|c| c.qualifier.eq_ignore_ascii_case(name))
                .map(|c| c.sql.clone())
                .collect::<Vec<_>>()
        };
        let tests: Vec<String> = side(a)
            .iter()
            .zip(side(b))
            .map(|(a, b)| format!("{a} {op} {b}"))
            .collect();
        if tests.is_empty() {
            return Err("no such row".to_owned());
        }
        let own = if op == "IS" { level::AND } else { level::OR };
        Ok(Sql::new(tests.join(join), own, Ty::boolean()))
    }

    /// `a - b < interval '2 hours'` of timestamps, in whole microseconds.
    fn compare_duration(&mut self, left: &Node, op: &str, right: &Node) -> Result<Option<Sql>> {
        let (Node::Binary(end, minus, start), Some(text)) = (left, interval_text(right)) else {
            return Ok(None);
        };
        if minus != "-" {
            return Ok(None);
        }
        let (Ok(end), Ok(start)) = (self.expr(end), self.expr(start)) else {
            return Ok(None);
        };
        let stamp = |s: &Sql| {
            matches!(
                s.encoding(),
                Some(Encoding::Timestamp | Encoding::TimestampUtc)
            )
        };
        if !stamp(&end) || !stamp(&start) {
            return Ok(None);
        }
        let interval = parse_interval(text).ok_or("the interval is not understood")?;
        // PostgreSQL compares months as 30 days.
        let total = interval
            .months
            .checked_mul(30)
            .and_then(|d| d.checked_add(interval.days))
            .and_then(|d| d.checked_mul(86_400_000_000))
            .and_then(|m| m.checked_add(interval.microseconds))
            .ok_or("the interval is too long")?;
        let (a, b) = (&end.text, &start.text);
        let micros = format!(
            "(strftime('%s', {a}) - strftime('%s', {b})) * 1000000 + (substr({a}, 21) - substr({b}, 21))"
        );
        Ok(Some(Sql::new(
            format!("{micros} {op} {total}"),
            level::EQUAL,
            Ty::boolean(),
        )))
    }

    pub(super) fn is_bool(
        &mut self,
        operand: &Node,
        value: Option<bool>,
        negated: bool,
    ) -> Result<Sql> {
        let operand = self.condition(operand)?;
        let is = if negated { "IS NOT" } else { "IS" };
        let value = match value {
            Some(true) => "TRUE",
            Some(false) => "FALSE",
            None => "NULL",
        };
        Ok(Sql::new(
            format!("{} {is} {value}", operand.at(level::COMPARE)),
            level::EQUAL,
            Ty::boolean(),
        ))
    }

    pub(super) fn between(
        &mut self,
        operand: &Node,
        low: &Node,
        high: &Node,
        negated: bool,
    ) -> Result<Sql> {
        let (sides, ty) = self.comparable(&[operand, low, high], "<")?;
        self.orderable(ty.as_ref(), "<")?;
        let not = if negated { "NOT " } else { "" };
        let [operand, low, high] = sides.as_slice() else {
            return Err("BETWEEN has three sides".to_owned());
        };
        Ok(Sql::new(
            format!(
                "{} {not}BETWEEN {} AND {}",
                operand.at(level::COMPARE),
                low.at(level::COMPARE),
                high.at(level::COMPARE)
            ),
            level::EQUAL,
            Ty::boolean(),
        ))
    }

    pub(super) fn contained(
        &mut self,
        operand: &Node,
        items: &[Node],
        negated: bool,
    ) -> Result<Sql> {
        let nodes: Vec<&Node> = std::iter::once(operand).chain(items).collect();
        let (sides, _) = self.common(&nodes)?;
        let Some((operand, items)) = sides.split_first() else {
            return Err("IN has a left side".to_owned());
        };
        let items: Vec<&str> = items.iter().map(|s| s.text.as_str()).collect();
        let not = if negated { "NOT " } else { "" };
        Ok(Sql::new(
            format!(
                "{} {not}IN ({})",
                operand.at(level::COMPARE),
                items.join(", ")
            ),
            level::EQUAL,
            Ty::boolean(),
        ))
    }

    pub(super) fn in_query(&mut self, operand: &Node, query: &Query, negated: bool) -> Result<Sql> {
        self.free("a subquery")?;
        let operand = self.expr(operand)?;
        let (text, _) = self.subquery(query)?;
        let not = if negated { "NOT " } else { "" };
        Ok(Sql::new(
            format!("{} {not}IN ({text})", operand.at(level::COMPARE)),
            level::EQUAL,
            Ty::boolean(),
        ))
    }

    /// `x = ANY (ARRAY[..])` and its kin.
    pub(super) fn quantified(
        &mut self,
        left: &Node,
        op: &str,
        all: bool,
        array: &Node,
    ) -> Result<Sql> {
        if let Node::Subquery(query) = array {
            return match (op, all) {
                ("=", false) => self.in_query(left, query, false),
                ("<>", true) => self.in_query(left, query, true),
                _ => Err(format!("`{op} ANY` over a query has no equal")),
            };
        }
        let Some(items) = array_items(array) else {
            return self.in_stored_array(left, op, all, array);
        };
        match (op, all) {
            ("=", false) => self.contained(left, &items, false),
            ("<>", true) => self.contained(left, &items, true),
            _ => {
                let mut tests = Vec::with_capacity(items.len());
                for item in &items {
                    let test = self.binary(left, op, item)?;
                    let own = if all { level::AND } else { level::OR };
                    tests.push(test.at(own + 1));
                }
                let (join, own) = if all {
                    (" AND ", level::AND)
                } else {
                    (" OR ", level::OR)
                };
                if tests.is_empty() {
                    return Ok(Sql::atom(u8::from(all).to_string(), Ty::boolean()));
                }
                Ok(Sql::new(tests.join(join), own, Ty::boolean()))
            }
        }
    }

    /// `x = ANY (column)`, where subqueries may stand.
    fn in_stored_array(&mut self, left: &Node, op: &str, all: bool, array: &Node) -> Result<Sql> {
        let array = self.stored_array(array)?;
        let element = array.ty.as_ref().map(|t| self.ty_of(&t.pg.element()));
        let left = match &element {
            Some(element) => self.expr_as(left, element)?,
            None => self.expr(left)?,
        };
        let not = match (op, all) {
            ("=", false) => "",
            ("<>", true) => "NOT ",
            _ => return Err(format!("`{op} ANY` over a column has no equal")),
        };
        let plain = matches!(left.encoding(), Some(Encoding::Text | Encoding::Integer));
        if !plain {
            return Err("items of this type stand otherwise inside an array".to_owned());
        }
        // IN over nothing is false, where PostgreSQL's ANY over NULL is NULL.
        Ok(Sql::atom(
            format!(
                "CASE WHEN {1} IS NOT NULL THEN {0} {not}IN (SELECT value FROM json_each({1})) END",
                left.at(level::COMPARE),
                array.text
            ),
            Ty::boolean(),
        ))
    }

    /// An array that is stored as JSON, where subqueries may stand.
    pub(super) fn stored_array(&mut self, array: &Node) -> Result<Sql> {
        let array = self.expr(array)?;
        if array.encoding() != Some(&Encoding::ArrayJson) {
            return Err("an operator of arrays over something that is no array".to_owned());
        }
        self.free("a look into an array")?;
        Ok(array)
    }

    /// `column @> ARRAY['a', 'b']` of arrays, where subqueries may stand.
    pub(super) fn contains(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        let (outer, inner) = if op == "@>" {
            (left, right)
        } else {
            (right, left)
        };
        let Some(items) = array_items(inner) else {
            return Err("`@>` has an equal for a list of values alone".to_owned());
        };
        let mut tests = Vec::new();
        for item in &items {
            tests.push(self.in_stored_array(item, "=", false, outer)?.text);
        }
        if tests.is_empty() {
            return Err("`@>` with an empty array".to_owned());
        }
        self.note(Grade::Exact, "`@>` looks into the array item by item.");
        Ok(Sql::new(tests.join(" AND "), level::AND, Ty::boolean()))
    }
}

/// Items of `ARRAY[..]` or `'{..}'`, through casts.
pub(super) fn array_items(node: &Node) -> Option<Vec<Node>> {
    match node {
        Node::Array(items) => Some(items.clone()),
        Node::Cast(inner, to) if to.array => match &**inner {
            Node::String(text) => simple_items(text),
            other => array_items(other),
        },
        Node::Row(items) => Some(items.clone()),
        _ => None,
    }
}

/// Items of an array literal without quotes and nesting.
fn simple_items(text: &str) -> Option<Vec<Node>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.contains(['"', '{', '\\']) {
        return None;
    }
    Some(
        inner
            .split(',')
            .map(str::trim)
            .filter(|i| !i.is_empty())
            .map(|i| {
                if i.eq_ignore_ascii_case("null") {
                    Node::Null
                } else {
                    Node::String(i.to_owned())
                }
            })
            .collect(),
    )
}

/// The text of `interval '..'`.
pub(super) fn interval_text(node: &Node) -> Option<&str> {
    match node {
        Node::Cast(inner, to) if to.base == crate::pg::types::BaseType::Interval => {
            match &**inner {
                Node::String(text) => Some(text),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The type that both can be brought to.
fn wider(a: Option<Ty>, b: Option<Ty>) -> Option<Ty> {
    let (Some(a), Some(b)) = (a.clone(), b.clone()) else {
        return a.or(b);
    };
    let date = |t: &Ty| t.encoding == Encoding::Date;
    Some(match () {
        () if date(&a) && b.is_moment() => b,
        () if a.is_decimal_text() && b.encoding.is_number() => b,
        () if a.encoding == Encoding::Integer && b.is_numeric() => b,
        () if matches!(a.encoding, Encoding::NumericReal { .. })
            && matches!(b.encoding, Encoding::Real { .. }) =>
        {
            b
        }
        () if a.places() < b.places() && a.places().is_some() => b,
        () => a,
    })
}
