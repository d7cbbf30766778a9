//! Expressions of the parser's tree into [`ast::Node`], grouped anew by PostgreSQL's own precedence.
//!
//! The parser crate accepts PostgreSQL's grammar but groups chains of operators loosely (`a -> 'b' ->> 'c'` to the
//! right), so operators are laid out flat and grouped by the table of the manual, section 4.1.6.

use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::ast::{Call, Node, OrderItem, Window};
use super::query;
use super::tree::{NodeExt, is_expr, is_query};
use crate::pg::types::PgType;

/// How tightly operators bind, from `OR` to `AT TIME ZONE` (the order of gram.y).
pub(super) mod level {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const IS: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const LIKE: u8 = 6;
    pub const OTHER: u8 = 7;
    pub const ADD: u8 = 8;
    pub const MULTIPLY: u8 = 9;
    pub const POWER: u8 = 10;
    pub const AT: u8 = 11;
    pub const SIGN: u8 = 13;
    pub const PRIMARY: u8 = 20;
}

/// Level of an infix operator as [`Node::Binary`] names it.
pub(super) fn binary_level(op: &str) -> u8 {
    match op {
        "OR" => level::OR,
        "AND" => level::AND,
        "IS DISTINCT FROM" | "IS NOT DISTINCT FROM" => level::IS,
        "<" | ">" | "=" | "<=" | ">=" | "<>" => level::COMPARE,
        "LIKE" | "NOT LIKE" | "ILIKE" | "NOT ILIKE" | "SIMILAR TO" | "NOT SIMILAR TO" => {
            level::LIKE
        }
        "+" | "-" => level::ADD,
        "*" | "/" | "%" => level::MULTIPLY,
        "^" => level::POWER,
        "AT TIME ZONE" | "AT LOCAL" => level::AT,
        _ => level::OTHER,
    }
}

enum Item {
    Leaf(SyntaxNode),
    Op(String),
    Prefix(String),
}

/// An expression node into a tree.
pub(super) fn convert(node: &SyntaxNode) -> Node {
    match node.kind() {
        SyntaxKind::BIN_EXPR
        | SyntaxKind::PREFIX_EXPR
        | SyntaxKind::POSTFIX_EXPR
        | SyntaxKind::BETWEEN_EXPR => {
            let mut items = Vec::new();
            flatten(node, &mut items);
            let mut climber = Climber {
                items: items.into_iter().peekable(),
                failed: false,
            };
            let tree = climber.parse(0);
            if climber.failed || climber.items.peek().is_some() {
                return Node::Other(node.sql());
            }
            tree
        }
        _ => leaf(node),
    }
}

fn flatten(node: &SyntaxNode, out: &mut Vec<Item>) {
    match node.kind() {
        SyntaxKind::PREFIX_EXPR => {
            for child in node.children_with_tokens() {
                match child {
                    SyntaxElement::Node(n) if is_expr(n.kind()) => flatten(&n, out),
                    other if is_trivia(&other) => {}
                    other => out.push(Item::Prefix(operator(&other))),
                }
            }
        }
        SyntaxKind::BETWEEN_EXPR => {
            let negated = node.has(SyntaxKind::NOT_KW);
            for child in node.children_with_tokens() {
                match child {
                    SyntaxElement::Node(n) if is_expr(n.kind()) => flatten(&n, out),
                    SyntaxElement::Node(n) => out.push(Item::Op(n.sql().to_uppercase())),
                    SyntaxElement::Token(t) => match t.kind() {
                        SyntaxKind::BETWEEN_KW if negated => {
                            out.push(Item::Op("NOT BETWEEN".into()));
                        }
                        SyntaxKind::BETWEEN_KW => out.push(Item::Op("BETWEEN".into())),
                        SyntaxKind::AND_KW => out.push(Item::Op("BETWEEN AND".into())),
                        _ => {}
                    },
                }
            }
        }
        SyntaxKind::BIN_EXPR | SyntaxKind::POSTFIX_EXPR => {
            for child in node.children_with_tokens() {
                match child {
                    SyntaxElement::Node(n) if is_expr(n.kind()) => flatten(&n, out),
                    other if is_trivia(&other) => {}
                    other => out.push(Item::Op(operator(&other))),
                }
            }
        }
        _ => out.push(Item::Leaf(node.clone())),
    }
}

fn is_trivia(element: &SyntaxElement) -> bool {
    element.as_token().is_some_and(|t| t.kind().is_trivia())
}

/// An operator as [`Node::Binary`] names it.
fn operator(element: &SyntaxElement) -> String {
    let text = match element {
        SyntaxElement::Token(t) => t.text().to_owned(),
        SyntaxElement::Node(n) => n.sql(),
    };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let symbolic = !words.starts_with(|c: char| c.is_alphabetic());
    let words = if symbolic {
        words.replace(' ', "")
    } else {
        words.to_uppercase()
    };
    let bare = words
        .strip_prefix("OPERATOR")
        .map(|w| w.replace(['(', ')', ' '], ""))
        .and_then(|w| w.strip_prefix("PG_CATALOG.").map(str::to_owned));
    match bare.as_deref().unwrap_or(&words) {
        "!=" => "<>".to_owned(),
        "~~" => "LIKE".to_owned(),
        "!~~" => "NOT LIKE".to_owned(),
        "~~*" => "ILIKE".to_owned(),
        "!~~*" => "NOT ILIKE".to_owned(),
        _ if text.starts_with("OPERATOR") || text.starts_with("operator") => {
            bare.unwrap_or_else(|| {
                let inside = text.split_once('(').map_or("", |(_, t)| t);
                format!("OPERATOR({}", inside.trim())
            })
        }
        other => other.to_owned(),
    }
}

struct Climber {
    items: std::iter::Peekable<std::vec::IntoIter<Item>>,
    failed: bool,
}

impl Climber {
    fn fail(&mut self) -> Node {
        self.failed = true;
        Node::Null
    }

    fn parse(&mut self, minimum: u8) -> Node {
        let mut left = match self.items.next() {
            Some(Item::Leaf(node)) => leaf(&node),
            Some(Item::Prefix(op)) => {
                let inner = match op.as_str() {
                    "NOT" => level::NOT,
                    "-" | "+" => level::SIGN,
                    _ => level::OTHER + 1,
                };
                let operand = self.parse(inner);
                Node::Unary(op, Box::new(operand))
            }
            _ => return self.fail(),
        };
        while let Some(Item::Op(op)) = self.items.peek() {
            let op = op.clone();
            let own = match op.as_str() {
                "IS" | "IS NOT" | "ISNULL" | "NOTNULL" => level::IS,
                "IN" | "NOT IN" | "BETWEEN" | "NOT BETWEEN" => level::LIKE,
                "ESCAPE" => level::LIKE,
                "BETWEEN AND" => break,
                other if other.starts_with("IS ") && !other.ends_with("DISTINCT FROM") => level::IS,
                other => binary_level(other),
            };
            if own < minimum || (own == level::NOT) {
                break;
            }
            self.items.next();
            left = self.infix(left, op, own);
            if self.failed {
                break;
            }
        }
        left
    }

    fn infix(&mut self, left: Node, op: String, own: u8) -> Node {
        let operand = Box::new(left);
        match op.as_str() {
            "ISNULL" | "NOTNULL" => Node::IsNull {
                operand,
                negated: op == "NOTNULL",
            },
            "IS" | "IS NOT" => self.is(operand, op == "IS NOT"),
            "IN" | "NOT IN" => self.contained(operand, op == "NOT IN"),
            "BETWEEN" | "NOT BETWEEN" => {
                let low = Box::new(self.parse(level::OTHER));
                if !matches!(self.items.next(), Some(Item::Op(and)) if and == "BETWEEN AND") {
                    return self.fail();
                }
                let high = Box::new(self.parse(level::OTHER));
                Node::Between {
                    operand,
                    low,
                    high,
                    negated: op == "NOT BETWEEN",
                }
            }
            "ESCAPE" => {
                let escape = self.parse(level::OTHER);
                Node::Escape(operand, Box::new(escape))
            }
            _ => {
                if let Some(quantified) = self.quantified(&operand, &op) {
                    return quantified;
                }
                // `IS NORMALIZED`, `IS JSON` and `AT LOCAL` have nothing after them.
                if op == "AT LOCAL" || (op.starts_with("IS ") && !op.ends_with("DISTINCT FROM")) {
                    return self.fail();
                }
                let right = self.parse(own + 1);
                Node::Binary(operand, op, Box::new(right))
            }
        }
    }

    fn is(&mut self, operand: Box<Node>, negated: bool) -> Node {
        let Some(Item::Leaf(word)) = self.items.next() else {
            return self.fail();
        };
        match word.sql().to_ascii_lowercase().as_str() {
            "null" => Node::IsNull { operand, negated },
            "true" => Node::IsBool {
                operand,
                value: Some(true),
                negated,
            },
            "false" => Node::IsBool {
                operand,
                value: Some(false),
                negated,
            },
            "unknown" => Node::IsBool {
                operand,
                value: None,
                negated,
            },
            _ => self.fail(),
        }
    }

    fn contained(&mut self, operand: Box<Node>, negated: bool) -> Node {
        let Some(Item::Leaf(list)) = self.items.next() else {
            return self.fail();
        };
        if let Some(inside) = list.children().find(|c| is_query(c.kind())) {
            return match query::convert(&inside) {
                Ok(query) => Node::InQuery {
                    operand,
                    query: Box::new(query),
                    negated,
                },
                Err(_) => self.fail(),
            };
        }
        match list.kind() {
            SyntaxKind::PAREN_EXPR | SyntaxKind::TUPLE_EXPR => Node::In {
                operand,
                items: list.exprs().iter().map(convert).collect(),
                negated,
            },
            _ => self.fail(),
        }
    }

    fn quantified(&mut self, left: &Node, op: &str) -> Option<Node> {
        let Some(Item::Leaf(call)) = self.items.peek() else {
            return None;
        };
        let function = call.children().next()?;
        let all = match function.kind() {
            SyntaxKind::ANY_FN | SyntaxKind::SOME_FN => false,
            SyntaxKind::ALL_FN => true,
            _ => return None,
        };
        let array = match function.expr() {
            Some(expr) => convert(&expr),
            None => {
                let inside = function.children().find(|c| is_query(c.kind()))?;
                Node::Subquery(Box::new(query::convert(&inside).ok()?))
            }
        };
        self.items.next();
        Some(Node::Quantified {
            left: Box::new(left.clone()),
            op: op.to_owned(),
            all,
            array: Box::new(array),
        })
    }
}

/// What is not an operator application.
fn leaf(node: &SyntaxNode) -> Node {
    let other = || Node::Other(node.sql());
    match node.kind() {
        SyntaxKind::LITERAL => literal(node),
        SyntaxKind::NAME_REF => name_ref(node),
        SyntaxKind::FIELD_EXPR => field(node),
        SyntaxKind::PAREN_EXPR => match node.expr() {
            Some(inner) => convert(&inner),
            None => match node.children().find(|c| is_query(c.kind())) {
                Some(inside) => query::convert(&inside)
                    .map_or_else(|_| other(), |q| Node::Subquery(Box::new(q))),
                None => other(),
            },
        },
        SyntaxKind::TUPLE_EXPR => Node::Row(node.exprs().iter().map(convert).collect()),
        SyntaxKind::ARRAY_EXPR if node.children().any(|c| is_query(c.kind())) => other(),
        SyntaxKind::ARRAY_EXPR => Node::Array(node.exprs().iter().map(convert).collect()),
        SyntaxKind::INDEX_EXPR => match node.exprs().as_slice() {
            [base, index] => Node::Subscript(Box::new(convert(base)), Box::new(convert(index))),
            _ => other(),
        },
        SyntaxKind::COLLATE => match (node.expr(), node.child(SyntaxKind::COLLATION_REF)) {
            (Some(inner), Some(collation)) => {
                Node::Collate(Box::new(convert(&inner)), collation.path().join("."))
            }
            _ => other(),
        },
        SyntaxKind::CAST_EXPR => cast(node).unwrap_or_else(other),
        SyntaxKind::CASE_EXPR => case(node).unwrap_or_else(other),
        SyntaxKind::CALL_EXPR => call(node).unwrap_or_else(other),
        _ => other(),
    }
}

fn literal(node: &SyntaxNode) -> Node {
    let Some(token) = node.first_token() else {
        return Node::Other(node.sql());
    };
    match token.kind() {
        SyntaxKind::NULL_KW => Node::Null,
        SyntaxKind::TRUE_KW => Node::Bool(true),
        SyntaxKind::FALSE_KW => Node::Bool(false),
        SyntaxKind::INT_NUMBER | SyntaxKind::NUMERIC_NUMBER => {
            Node::Number(token.text().to_owned())
        }
        SyntaxKind::STRING
        | SyntaxKind::ESC_STRING
        | SyntaxKind::DOLLAR_QUOTED_STRING
        | SyntaxKind::UNICODE_ESC_STRING
        | SyntaxKind::NATIONAL_STRING => match node.string() {
            Some(value) => Node::String(value),
            None => Node::Other(node.sql()),
        },
        _ => Node::Other(node.sql()),
    }
}

/// Functions of the grammar that are called without parentheses.
const WORD_FUNCTIONS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// Whether a bare word is a function of the grammar, such as `CURRENT_DATE`.
pub(super) fn is_word_function(text: &str) -> bool {
    WORD_FUNCTIONS.contains(&text.to_ascii_lowercase().as_str())
}

fn name_ref(node: &SyntaxNode) -> Node {
    let name = node.name().unwrap_or_default();
    let quoted = node
        .first_token()
        .is_some_and(|t| t.text().starts_with('"'));
    if !quoted && WORD_FUNCTIONS.contains(&name.as_str()) {
        return Node::Call(Box::new(Call {
            name,
            ..Call::default()
        }));
    }
    Node::Column(vec![name])
}

fn field(node: &SyntaxNode) -> Node {
    let star = node.has(SyntaxKind::STAR);
    let path = column_path(node);
    match path {
        Some(mut parts) if star => Node::Star(parts.pop()),
        Some(parts) => Node::Column(parts),
        None => match node.children().collect::<Vec<_>>().as_slice() {
            [base, name] => Node::Field(Box::new(convert(base)), name.name().unwrap_or_default()),
            _ => Node::Other(node.sql()),
        },
    }
}

/// Parts of `a.b.c`; `None` when it starts with anything but a name.
pub(super) fn column_path(node: &SyntaxNode) -> Option<Vec<String>> {
    match node.kind() {
        SyntaxKind::NAME_REF => Some(vec![node.name()?]),
        SyntaxKind::FIELD_EXPR => {
            let mut children = node.children();
            let mut parts = column_path(&children.next()?)?;
            if let Some(last) = children.next() {
                parts.push(last.name()?);
            }
            Some(parts)
        }
        _ => None,
    }
}

fn cast(node: &SyntaxNode) -> Option<Node> {
    let operand = node.expr()?;
    let mut type_text = node.type_node()?.sql();
    if node.has(SyntaxKind::TREAT_KW) {
        return None;
    }
    let qualifier = node.children().find(|c| {
        matches!(
            c.kind(),
            SyntaxKind::INTERVAL_YEAR
                | SyntaxKind::INTERVAL_MONTH
                | SyntaxKind::INTERVAL_DAY
                | SyntaxKind::INTERVAL_HOUR
                | SyntaxKind::INTERVAL_MINUTE
                | SyntaxKind::INTERVAL_SECOND
        )
    });
    if let Some(qualifier) = qualifier {
        type_text = format!("{type_text} {}", qualifier.sql());
    }
    let type_ = PgType::parse(&type_text).ok()?;
    Some(Node::Cast(Box::new(convert(&operand)), type_))
}

fn case(node: &SyntaxNode) -> Option<Node> {
    let whens = node
        .child(SyntaxKind::WHEN_CLAUSE_LIST)?
        .all(SyntaxKind::WHEN_CLAUSE)
        .iter()
        .map(|when| match when.exprs().as_slice() {
            [condition, result] => Some((convert(condition), convert(result))),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Node::Case {
        operand: node.expr().map(|e| Box::new(convert(&e))),
        whens,
        otherwise: node
            .child(SyntaxKind::ELSE_CLAUSE)
            .and_then(|e| e.expr())
            .map(|e| Box::new(convert(&e))),
    })
}

fn call(node: &SyntaxNode) -> Option<Node> {
    let function = node.children().next()?;
    if !matches!(
        function.kind(),
        SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR
    ) {
        return special_call(&function);
    }
    if node.has(SyntaxKind::WITHIN_CLAUSE) {
        return None;
    }
    let mut name = column_path(&function)?;
    if name.len() > 1 && name.first().is_some_and(|s| s == "pg_catalog") {
        name.remove(0);
    }
    let list = node.child(SyntaxKind::ARG_LIST)?;
    let mut result = Call {
        name: name.join("."),
        distinct: list.has(SyntaxKind::DISTINCT),
        ..Call::default()
    };
    if list.has(SyntaxKind::STAR) {
        result.args.push(Node::Star(None));
    }
    for arg in list.all(SyntaxKind::ARG) {
        match arg.expr() {
            Some(value) if !arg.has(SyntaxKind::VARIADIC_KW) => result.args.push(convert(&value)),
            _ => result.args.push(Node::Other(arg.sql())),
        }
        if let Some(order) = arg.child(SyntaxKind::ORDER_BY_CLAUSE) {
            result.order_by = order_by(&order);
        }
    }
    if let Some(filter) = node.child(SyntaxKind::FILTER_CLAUSE) {
        result.filter = Some(convert(&filter.expr()?));
    }
    if let Some(over) = node.child(SyntaxKind::OVER_CLAUSE) {
        result.over = Some(window(&over)?);
    }
    Some(Node::Call(Box::new(result)))
}

/// `ORDER BY ..` into items.
pub(super) fn order_by(clause: &SyntaxNode) -> Vec<OrderItem> {
    clause
        .descendants()
        .find(|n| n.kind() == SyntaxKind::SORT_BY_LIST)
        .map(|list| list.all(SyntaxKind::SORT_BY))
        .unwrap_or_default()
        .iter()
        .filter_map(|item| {
            Some(OrderItem {
                expr: convert(&item.expr()?),
                descending: item.has(SyntaxKind::SORT_DESC),
                nulls_first: if item.has(SyntaxKind::NULLS_FIRST) {
                    Some(true)
                } else if item.has(SyntaxKind::NULLS_LAST) {
                    Some(false)
                } else {
                    None
                },
            })
        })
        .collect()
}

fn window(over: &SyntaxNode) -> Option<Window> {
    let spec = over.find(SyntaxKind::WINDOW_SPEC)?;
    if spec.has(SyntaxKind::WINDOW_REF) {
        return None;
    }
    Some(Window {
        partition_by: spec
            .child(SyntaxKind::PARTITION_BY_CLAUSE)
            .map(|p| p.exprs().iter().map(convert).collect())
            .unwrap_or_default(),
        order_by: spec
            .child(SyntaxKind::ORDER_BY_CLAUSE)
            .map(|o| order_by(&o))
            .unwrap_or_default(),
        frame: spec.child(SyntaxKind::FRAME_CLAUSE).map(|f| f.sql()),
    })
}

/// Functions with a grammar of their own, in the order of the plain form's arguments.
fn special_call(function: &SyntaxNode) -> Option<Node> {
    let built = |name: &str, args: Vec<Node>| {
        Some(Node::Call(Box::new(Call {
            name: name.to_owned(),
            args,
            ..Call::default()
        })))
    };
    let list = |node: &SyntaxNode| node.exprs().iter().map(convert).collect::<Vec<_>>();
    match function.kind() {
        SyntaxKind::EXISTS_FN => {
            let inside = function.children().find(|c| is_query(c.kind()))?;
            Some(Node::Exists(Box::new(query::convert(&inside).ok()?)))
        }
        SyntaxKind::EXTRACT_FN => {
            let field = function
                .child(SyntaxKind::EXTRACT_FIELD_NAME)
                .and_then(|f| f.name())
                .or_else(|| function.find(SyntaxKind::LITERAL)?.string())?;
            let source = function.exprs().pop()?;
            built("extract", vec![Node::String(field), convert(&source)])
        }
        SyntaxKind::SUBSTRING_FN => {
            let args = function.children().next()?;
            let values = list(&args);
            match args.kind() {
                SyntaxKind::SUBSTRING_EXPRS | SyntaxKind::SUBSTRING_FROM_FOR => {
                    built("substring", values)
                }
                SyntaxKind::SUBSTRING_FOR_FROM => match values.as_slice() {
                    [text, count] => built(
                        "substring",
                        vec![text.clone(), Node::Number("1".into()), count.clone()],
                    ),
                    [text, count, start] => built(
                        "substring",
                        vec![text.clone(), start.clone(), count.clone()],
                    ),
                    _ => None,
                },
                _ => None,
            }
        }
        // `position(a IN b)` is `position(b, a)` in the catalog; the order of writing is kept here.
        SyntaxKind::POSITION_FN => built("position", list(function)),
        SyntaxKind::OVERLAY_FN => built("overlay", list(&function.children().next()?)),
        SyntaxKind::TRIM_FN => trim(function),
        _ => None,
    }
}

/// `trim` by side: `btrim` is written `trim`, the others by their function names.
fn trim(function: &SyntaxNode) -> Option<Node> {
    let name = if function.has(SyntaxKind::TRIM_LEADING) {
        "ltrim"
    } else if function.has(SyntaxKind::TRIM_TRAILING) {
        "rtrim"
    } else {
        "trim"
    };
    let args = function.children().find(|c| {
        matches!(
            c.kind(),
            SyntaxKind::TRIM_FROM | SyntaxKind::TRIM_EXPR_FROM | SyntaxKind::TRIM_EXPRS
        )
    })?;
    let mut values: Vec<Node> = args.exprs().iter().map(convert).collect();
    if args.kind() == SyntaxKind::TRIM_EXPR_FROM {
        // The characters come first in writing and second in the function.
        values.reverse();
    }
    Some(Node::Call(Box::new(Call {
        name: name.to_owned(),
        args: values,
        ..Call::default()
    })))
}
