//! Conditions put together, and those decided that are the same for every row: `TG_OP = 'INSERT'`.

use crate::pg::sql::ast::Node;

/// Both hold.
pub(super) fn and(a: Node, b: Node) -> Node {
    match (a, b) {
        (Node::Bool(true), other) | (other, Node::Bool(true)) => other,
        (a, b) => Node::Binary(Box::new(a), "AND".to_owned(), Box::new(b)),
    }
}

/// Either holds.
pub(super) fn or(a: Node, b: Node) -> Node {
    match (a, b) {
        (Node::Bool(false), other) | (other, Node::Bool(false)) => other,
        (Node::Bool(true), _) | (_, Node::Bool(true)) => Node::Bool(true),
        (a, b) => Node::Binary(Box::new(a), "OR".to_owned(), Box::new(b)),
    }
}

/// What holds where an `IF` is not followed: its condition is false or NULL.
pub(super) fn not_true(condition: Node) -> Node {
    match condition {
        Node::Bool(value) => Node::Bool(!value),
        Node::IsBool {
            operand,
            value: Some(true),
            negated,
        } => Node::IsBool {
            operand,
            value: Some(true),
            negated: !negated,
        },
        Node::IsNull { operand, negated } => Node::IsNull {
            operand,
            negated: !negated,
        },
        Node::Binary(a, op, b) if op == "IS DISTINCT FROM" => {
            Node::Binary(a, "IS NOT DISTINCT FROM".to_owned(), b)
        }
        Node::Binary(a, op, b) if op == "IS NOT DISTINCT FROM" => {
            Node::Binary(a, "IS DISTINCT FROM".to_owned(), b)
        }
        other => Node::IsBool {
            operand: Box::new(other),
            value: Some(true),
            negated: true,
        },
    }
}

/// One value or the other.
pub(super) fn case(condition: Node, then: Node, otherwise: Node) -> Node {
    if then == otherwise {
        return then;
    }
    match (condition, otherwise) {
        (Node::Bool(true), _) => then,
        (Node::Bool(false), otherwise) => otherwise,
        // Chains of ELSIF stay one CASE.
        (
            condition,
            Node::Case {
                operand: None,
                mut whens,
                otherwise,
            },
        ) => {
            whens.insert(0, (condition, then));
            Node::Case {
                operand: None,
                whens,
                otherwise,
            }
        }
        (condition, otherwise) => Node::Case {
            operand: None,
            whens: vec![(condition, then)],
            otherwise: Some(Box::new(otherwise)),
        },
    }
}

/// The same condition with what needs no row decided. Only conditions are looked into, so the depth is that of their
/// `AND`, `OR` and `NOT`, which the parser bounds.
pub(super) fn fold(node: Node) -> Node {
    match node {
        Node::Binary(a, op, b) if op == "AND" => match (fold(*a), fold(*b)) {
            (Node::Bool(false), _) | (_, Node::Bool(false)) => Node::Bool(false),
            (a, b) => and(a, b),
        },
        Node::Binary(a, op, b) if op == "OR" => or(fold(*a), fold(*b)),
        Node::Unary(op, a) if op == "NOT" => match fold(*a) {
            Node::Bool(value) => Node::Bool(!value),
            other => Node::Unary(op, Box::new(other)),
        },
        Node::Binary(a, op, b) => match (a.as_ref(), op.as_str(), b.as_ref()) {
            (Node::String(x), "=" | "IS NOT DISTINCT FROM", Node::String(y)) => Node::Bool(x == y),
            (Node::String(x), "<>" | "IS DISTINCT FROM", Node::String(y)) => Node::Bool(x != y),
            (Node::Number(x), op_text, Node::Number(y)) => match compared(x, op_text, y) {
                Some(value) => Node::Bool(value),
                None => Node::Binary(a, op, b),
            },
            _ => Node::Binary(a, op, b),
        },
        Node::In {
            operand,
            items,
            negated,
        } => {
            let texts: Option<Vec<&String>> = items
                .iter()
                .map(|i| match i {
                    Node::String(text) => Some(text),
                    _ => None,
                })
                .collect();
            match (operand.as_ref(), texts) {
                (Node::String(x), Some(texts)) => Node::Bool(texts.contains(&x) != negated),
                _ => Node::In {
                    operand,
                    items,
                    negated,
                },
            }
        }
        Node::IsNull { operand, negated } => match operand.as_ref() {
            Node::Null => Node::Bool(!negated),
            Node::String(_) | Node::Number(_) | Node::Bool(_) => Node::Bool(negated),
            _ => Node::IsNull { operand, negated },
        },
        Node::IsBool {
            operand,
            value: Some(value),
            negated,
        } => match fold(*operand) {
            Node::Bool(found) => Node::Bool((found == value) != negated),
            Node::Null => Node::Bool(negated),
            other => Node::IsBool {
                operand: Box::new(other),
                value: Some(value),
                negated,
            },
        },
        other => other,
    }
}

/// Two whole numbers compared.
fn compared(x: &str, op: &str, y: &str) -> Option<bool> {
    let (x, y): (i64, i64) = (x.parse().ok()?, y.parse().ok()?);
    Some(match op {
        "=" | "IS NOT DISTINCT FROM" => x == y,
        "<>" | "IS DISTINCT FROM" => x != y,
        "<" => x < y,
        "<=" => x <= y,
        ">" => x > y,
        ">=" => x >= y,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::sql::{parse_expr, print_expr};

    #[test]
    fn what_needs_no_row_is_decided() {
        for (given, expected) in [
            ("'INSERT' = 'INSERT' AND a > 0", "(a > 0)"),
            ("'INSERT' = 'UPDATE' AND a > 0", "false"),
            ("'INSERT' IN ('INSERT', 'UPDATE') OR a > 0", "true"),
            ("NOT 'INSERT' <> 'INSERT'", "true"),
            ("NULL IS NULL AND b", "b"),
            ("1 > 1 OR b", "b"),
            ("1 <= 1", "true"),
            ("a IS NOT TRUE", "a IS NOT TRUE"),
        ] {
            let node = fold(parse_expr(given).expect("an expression"));
            let expected = parse_expr(expected).expect("an expression");
            assert_eq!(print_expr(&node), print_expr(&expected), "{given}");
        }
    }
}
