//! PostgreSQL expressions in a normal form: what PostgreSQL only displays otherwise becomes the same tree.

use super::literal::temporal;
use crate::pg::sql::ast::{Call, Node, OrderItem};
use crate::pg::sql::parse_expr;
use crate::pg::types::{BaseType, PgType};

/// An expression that was brought to its normal form, or its text with single blanks when it does not parse.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Normal {
    /// Parsed.
    Tree(Node),
    /// Not parsed.
    Text(String),
}

/// The normal form of an expression; `column` is the type of the column that it stands for (a default's column).
pub(super) fn normal(sql: &str, column: Option<&PgType>) -> Normal {
    match parse_expr(sql) {
        Ok(node) => {
            let mut node = simplify(node);
            if let Some(column) = column {
                node = for_column(node, column);
            }
            Normal::Tree(node)
        }
        Err(_) => Normal::Text(sql.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// Whether two expressions are the same.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || normal(a, None) == normal(b, None)
}

/// Whether two defaults of a column are the same; `DEFAULT NULL` is none.
pub(super) fn same_default(a: Option<&str>, b: Option<&str>, column: &PgType) -> bool {
    let form = |sql: Option<&str>| {
        sql.map(|sql| normal(sql, Some(column)))
            .filter(|n| *n != Normal::Tree(Node::Null))
    };
    a == b || form(a) == form(b)
}

fn text_family(type_: &PgType) -> bool {
    match &type_.base {
        BaseType::Text | BaseType::Varchar | BaseType::Char | BaseType::Name => true,
        BaseType::Named { name, .. } => name == "citext",
        _ => false,
    }
}

fn numeric_family(type_: &PgType) -> bool {
    !type_.array
        && matches!(
            type_.base,
            BaseType::SmallInt
                | BaseType::Integer
                | BaseType::BigInt
                | BaseType::Numeric
                | BaseType::Real
                | BaseType::Double
                | BaseType::Oid
        )
}

/// Types whose label changes what the literal means: it stays, unless the column has that type.
fn label_counts(type_: &PgType) -> bool {
    type_.array
        || matches!(
            type_.base,
            BaseType::Interval
                | BaseType::Date
                | BaseType::Time
                | BaseType::TimeTz
                | BaseType::Timestamp
                | BaseType::TimestampTz
        )
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "1" | "y" | "yes" | "on" => Some(true),
        "f" | "false" | "0" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.eE".contains(c))
        && text.parse::<f64>().is_ok()
}

/// A literal of a known type without its label.
fn bare(literal: Node, type_: &PgType) -> Node {
    match literal {
        Node::String(text) if numeric_family(type_) && is_number(&text) => {
            Node::Number(text.trim().to_owned())
        }
        Node::String(text) if !type_.array && type_.base == BaseType::Boolean => {
            boolean(&text).map_or(Node::String(text), Node::Bool)
        }
        Node::String(text) if label_counts(type_) => Node::String(temporal(&text, type_)),
        Node::String(text) if type_.base == BaseType::JsonPath => Node::String(json_path(&text)),
        // `nextval('public.a_id_seq'::regclass)`
        Node::String(text) if type_.base == BaseType::Regclass => {
            let text = text
                .strip_prefix("public.")
                .map(str::to_owned)
                .unwrap_or(text);
            Node::String(text.trim_matches('"').to_owned())
        }
        other => other,
    }
}

/// A path of jsonb without the blanks and quotes that PostgreSQL displays otherwise than they were written
/// (`src/backend/utils/adt/jsonpath.c`).
fn json_path(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c.is_whitespace() || c == '<') {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        if tail.starts_with('"') {
            let end = tail.char_indices().skip(1).find(|(_, c)| *c == '"');
            let end = end.map_or(tail.len(), |(e, _)| e + 1);
            let (quoted, after) = tail.split_at(end);
            let word = quoted.trim_matches('"');
            let plain = !word.is_empty() && word.chars().all(|c| c == '_' || c.is_alphanumeric());
            out.push_str(if out.ends_with('.') && plain {
                word
            } else {
                quoted
            });
            rest = after;
        } else if let Some(after) = tail.strip_prefix("<>") {
            out.push_str("!=");
            rest = after;
        } else {
            let mut chars = tail.chars();
            out.extend(chars.next().filter(|c| !c.is_whitespace()));
            rest = chars.as_str();
        }
    }
    out.push_str(rest);
    out
}

fn for_column(node: Node, column: &PgType) -> Node {
    match node {
        Node::Cast(inner, type_) if same_base(&type_, column) => for_column(*inner, column),
        literal @ (Node::String(_) | Node::Number(_)) => bare(literal, column),
        other => other,
    }
}

/// Whether two types are one but for their modifiers.
fn same_base(a: &PgType, b: &PgType) -> bool {
    a.base == b.base && a.array == b.array
}

/// Items of an array literal of plain words, `{a,b}`.
fn literal_items(text: &str) -> Option<Vec<Node>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if inner.contains(['"', '\\', '{', '}']) {
        return None;
    }
    Some(
        inner
            .split(',')
            .map(|item| Node::String(item.to_owned()))
            .collect(),
    )
}

fn simplify_cast(inner: Node, type_: PgType) -> Node {
    let literal = matches!(
        inner,
        Node::String(_) | Node::Number(_) | Node::Null | Node::Bool(_)
    );
    if literal && !label_counts(&type_) {
        return bare(inner, &type_);
    }
    if literal && matches!(inner, Node::Null) {
        return inner;
    }
    // What a moment is compared with is a moment, whether or not that is said; an interval's label counts.
    if literal
        && !type_.array
        && matches!(
            type_.base,
            BaseType::Date | BaseType::Timestamp | BaseType::TimestampTz
        )
    {
        return bare(inner, &type_);
    }
    let inner = if literal { bare(inner, &type_) } else { inner };
    if text_family(&type_) && (!type_.array || matches!(inner, Node::Array(_))) {
        return inner;
    }
    // An array of literals takes its items' type from the label.
    if let (Node::Array(items), true) = (&inner, type_.array)
        && !items.is_empty()
        && items
            .iter()
            .all(|i| matches!(i, Node::String(_) | Node::Number(_)))
    {
        return Node::Array(
            items
                .iter()
                .cloned()
                .map(|i| bare(i, &type_.element()))
                .collect(),
        );
    }
    Node::Cast(Box::new(inner), type_)
}

fn quantified(left: Node, op: String, all: bool, array: Node) -> Node {
    let items = match &array {
        Node::Array(items) => Some(items.clone()),
        Node::Cast(inner, type_) if type_.array => match &**inner {
            Node::String(text) => literal_items(text),
            _ => None,
        },
        _ => None,
    };
    match (items, op.as_str(), all) {
        (Some(items), "=", false) => in_list(left, items, false),
        (Some(items), "<>", true) => in_list(left, items, true),
        _ => Node::Quantified {
            left: Box::new(left),
            op,
            all,
            array: Box::new(array),
        },
    }
}

/// `x IN (a)` is displayed as `x = a`.
fn in_list(operand: Node, mut items: Vec<Node>, negated: bool) -> Node {
    if items.len() == 1
        && let Some(item) = items.pop()
    {
        let op = if negated { "<>" } else { "=" };
        return Node::Binary(Box::new(operand), op.to_owned(), Box::new(item));
    }
    Node::In {
        operand: Box::new(operand),
        items,
        negated,
    }
}

fn binary(left: Node, op: &str, right: Node) -> Node {
    let op = match op {
        "!=" => "<>",
        "~~" => "LIKE",
        "!~~" => "NOT LIKE",
        "~~*" => "ILIKE",
        "!~~*" => "NOT ILIKE",
        other => other,
    };
    if op == "AT TIME ZONE" {
        return Node::Call(Box::new(Call {
            name: "timezone".to_owned(),
            args: vec![right, left],
            ..Call::default()
        }));
    }
    if matches!(op, "AND" | "OR") {
        // A chain is one list: rebuilt from the left, however it was nested.
        let mut items = Vec::new();
        flatten(left, op, &mut items);
        flatten(right, op, &mut items);
        let mut items = items.into_iter();
        let first = items.next().unwrap_or(Node::Null);
        return items.fold(first, |chain, item| {
            Node::Binary(Box::new(chain), op.to_owned(), Box::new(item))
        });
    }
    Node::Binary(Box::new(left), op.to_owned(), Box::new(right))
}

fn flatten(node: Node, op: &str, items: &mut Vec<Node>) {
    match node {
        Node::Binary(left, inner, right) if inner == op => {
            flatten(*left, op, items);
            flatten(*right, op, items);
        }
        other => items.push(other),
    }
}

fn boxed(node: Node) -> Box<Node> {
    Box::new(simplify(node))
}

fn list(nodes: Vec<Node>) -> Vec<Node> {
    nodes.into_iter().map(simplify).collect()
}

fn order(items: Vec<OrderItem>) -> Vec<OrderItem> {
    items
        .into_iter()
        .map(|i| OrderItem {
            expr: simplify(i.expr),
            ..i
        })
        .collect()
}

fn call(mut call: Call) -> Node {
    call.args = list(call.args);
    call.order_by = order(call.order_by);
    call.filter = call.filter.map(simplify);
    if matches!(
        call.name.as_str(),
        "current_timestamp" | "transaction_timestamp"
    ) && call.args.is_empty()
    {
        call.name = "now".to_owned();
    }
    if call.name.starts_with("jsonb_path_")
        && let Some(Node::String(path)) = call.args.get_mut(1)
    {
        *path = json_path(path);
    }
    Node::Call(Box::new(call))
}

/// The normal form of a tree. Queries inside keep theirs.
/// An expression in its normal form.
pub(super) fn simplify(node: Node) -> Node {
    match node {
        Node::Unary(op, operand) => match (op.as_str(), simplify(*operand)) {
            ("-", Node::Number(digits)) => Node::Number(format!("-{digits}")),
            ("+", Node::Number(digits)) => Node::Number(digits),
            (_, operand) => Node::Unary(op, Box::new(operand)),
        },
        Node::Binary(left, op, right) => binary(simplify(*left), &op, simplify(*right)),
        Node::Escape(inner, escape) => Node::Escape(boxed(*inner), boxed(*escape)),
        Node::IsNull { operand, negated } => Node::IsNull {
            operand: boxed(*operand),
            negated,
        },
        Node::IsBool {
            operand,
            value,
            negated,
        } => Node::IsBool {
            operand: boxed(*operand),
            value,
            negated,
        },
        Node::Between {
            operand,
            low,
            high,
            negated,
        } => {
            let operand = simplify(*operand);
            let (first, last, join) = if negated {
                ("<", ">", "OR")
            } else {
                (">=", "<=", "AND")
            };
            binary(
                binary(operand.clone(), first, simplify(*low)),
                join,
                binary(operand, last, simplify(*high)),
            )
        }
        Node::In {
            operand,
            items,
            negated,
        } => in_list(simplify(*operand), list(items), negated),
        Node::InQuery {
            operand,
            query,
            negated,
        } => Node::InQuery {
            operand: boxed(*operand),
            query,
            negated,
        },
        Node::Quantified {
            left,
            op,
            all,
            array,
        } => quantified(simplify(*left), op, all, simplify(*array)),
        Node::Array(items) => Node::Array(list(items)),
        Node::Row(items) => Node::Row(list(items)),
        Node::Cast(inner, type_) => simplify_cast(simplify(*inner), type_),
        Node::Collate(inner, name) => Node::Collate(boxed(*inner), name),
        Node::Call(inner) => call(*inner),
        Node::Case {
            operand,
            whens,
            otherwise,
        } => Node::Case {
            operand: operand.map(|o| boxed(*o)),
            whens: whens
                .into_iter()
                .map(|(w, t)| (simplify(w), simplify(t)))
                .collect(),
            // `ELSE NULL` is what a missing ELSE means, and PostgreSQL displays it.
            otherwise: otherwise.map(|o| boxed(*o)).filter(|o| **o != Node::Null),
        },
        Node::Subscript(inner, index) => Node::Subscript(boxed(*inner), boxed(*index)),
        Node::Field(inner, name) => Node::Field(boxed(*inner), name),
        Node::Column(path) => Node::Column(path.last().cloned().into_iter().collect()),
        leaf @ (Node::Null
        | Node::Bool(_)
        | Node::Number(_)
        | Node::String(_)
        | Node::Star(_)
        | Node::Subquery(_)
        | Node::Exists(_)
        | Node::Other(_)) => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_displays_otherwise_is_the_same() {
        for (written, displayed) in [
            (
                r#"not jsonb_path_exists(a, '$.* ? (@.type() <> "string")')"#,
                r#"(NOT jsonb_path_exists(a, '$.*?(@.type() != "string")'::jsonpath))"#,
            ),
            (
                "jsonb_path_exists(a, '$.b.c')",
                r#"jsonb_path_exists(a, '$."b"."c"'::jsonpath)"#,
            ),
            (
                "status IN ('a', 'b')",
                "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            ),
            (
                "status NOT IN ('a','b')",
                "(status <> ALL (ARRAY['a'::text, 'b'::text]))",
            ),
            ("kind IN ('a')", "((kind)::text = 'a'::text)"),
            ("a != 1", "(a <> 1)"),
            ("price > 0", "(price > (0)::numeric)"),
            (
                "price >= 0.0 AND price <= 1 AND a",
                "((price >= 0.0) AND ((price <= (1)::numeric) AND a))",
            ),
            ("x BETWEEN 1 AND 5", "((x >= 1) AND (x <= 5))"),
            ("length(name) > 0", "(length((name)::text) > 0)"),
            ("now() AT TIME ZONE 'utc'", "timezone('utc'::text, now())"),
            ("CURRENT_TIMESTAMP", "now()"),
            ("email LIKE '%@%'", "((email)::text ~~ '%@%'::text)"),
            (
                "nextval('public.a_id_seq'::regclass)",
                "nextval('a_id_seq'::regclass)",
            ),
            ("balance > -1", "(balance > '-1'::integer)"),
            (
                "CASE WHEN a THEN 1 END",
                "CASE WHEN a THEN 1 ELSE NULL::integer END",
            ),
            ("deleted_at IS NULL", "(deleted_at IS NULL)"),
        ] {
            assert_eq!(normal(written, None), normal(displayed, None), "{written}");
        }
        for (a, b) in [
            ("a > 1", "a > 2"),
            ("a IN ('x','y')", "a IN ('x')"),
            ("a AND b", "a OR b"),
            ("s = 'A'", "s = 'a'"),
        ] {
            assert_ne!(normal(a, None), normal(b, None), "{a}");
        }
    }

    #[test]
    fn defaults_know_their_column() {
        let type_ = |text: &str| PgType::parse(text).unwrap();
        for (a, b, column) in [
            ("'draft'", "'draft'::character varying", "varchar(20)"),
            ("'t'", "true", "boolean"),
            ("'1'", "true", "boolean"),
            ("'0'", "0", "integer"),
            ("'0'", "'0'::numeric", "numeric(10,2)"),
            ("'{}'", "'{}'::jsonb", "jsonb"),
            ("'{}'", "'{}'::text[]", "text[]"),
            ("'1 day'", "'1 day'::interval", "interval"),
            ("'2020-01-01'", "'2020-01-01'::date", "date"),
            ("now()", "CURRENT_TIMESTAMP", "timestamptz"),
        ] {
            assert!(same_default(Some(a), Some(b), &type_(column)), "{a} {b}");
        }
        assert!(same_default(
            None,
            Some("NULL::character varying"),
            &type_("varchar")
        ));
        assert!(!same_default(None, Some("''"), &type_("varchar")));
        assert!(!same_default(Some("'0'"), Some("false"), &type_("varchar")));
    }
}
