//! Trees back into PostgreSQL's text, with the parentheses that precedence asks for and no more.

use super::ast::{Call, FromItem, Node, OrderItem, Query, Select};
use super::expr::{binary_level, level};
use crate::pg::names::{quote_ident, quote_literal, quote_qualified};
use crate::pg::types::{BaseType, PgType};

/// An expression as PostgreSQL text.
pub fn print_expr(node: &Node) -> String {
    match node {
        Node::Null => "NULL".to_owned(),
        Node::Bool(value) => value.to_string(),
        Node::Number(text) => text.clone(),
        Node::String(text) => quote_literal(text),
        Node::Column(parts) => dotted(parts),
        Node::Star(None) => "*".to_owned(),
        Node::Star(Some(table)) => format!("{}.*", quote_ident(table)),
        Node::Unary(op, operand) if op == "NOT" => format!("NOT {}", wrap(operand, level::NOT)),
        Node::Unary(op, operand) => {
            // `- -1` must not become a comment.
            let inner = wrap(operand, level::SIGN + 1);
            format!("{op}{inner}")
        }
        Node::Binary(left, op, right) => {
            let own = binary_level(op);
            // AND and OR are associative; other chains group to the left, comparisons do not chain at all.
            let (left_level, right_level) = match own {
                level::OR | level::AND => (own, own),
                level::IS | level::COMPARE | level::LIKE => (own + 1, own + 1),
                _ => (own, own + 1),
            };
            format!(
                "{} {op} {}",
                wrap(left, left_level),
                wrap(right, right_level)
            )
        }
        Node::Escape(matched, escape) => {
            format!(
                "{} ESCAPE {}",
                print_expr(matched),
                wrap(escape, level::OTHER)
            )
        }
        Node::IsNull { operand, negated } => {
            let not = if *negated { "NOT " } else { "" };
            format!("{} IS {not}NULL", wrap(operand, level::COMPARE))
        }
        Node::IsBool {
            operand,
            value,
            negated,
        } => {
            let not = if *negated { "NOT " } else { "" };
            let value = match value {
                Some(true) => "TRUE",
                Some(false) => "FALSE",
                None => "UNKNOWN",
            };
            format!("{} IS {not}{value}", wrap(operand, level::COMPARE))
        }
        Node::Between {
            operand,
            low,
            high,
            negated,
        } => format!(
            "{} {}BETWEEN {} AND {}",
            wrap(operand, level::OTHER),
            if *negated { "NOT " } else { "" },
            wrap(low, level::OTHER),
            wrap(high, level::OTHER)
        ),
        Node::In {
            operand,
            items,
            negated,
        } => format!(
            "{} {}IN ({})",
            wrap(operand, level::OTHER),
            if *negated { "NOT " } else { "" },
            list(items)
        ),
        Node::InQuery {
            operand,
            query,
            negated,
        } => format!(
            "{} {}IN ({})",
            wrap(operand, level::OTHER),
            if *negated { "NOT " } else { "" },
            print_query(query)
        ),
        Node::Quantified {
            left,
            op,
            all,
            array,
        } => {
            let inside = match array.as_ref() {
                Node::Subquery(query) => print_query(query),
                other => print_expr(other),
            };
            let word = if *all { "ALL" } else { "ANY" };
            format!("{} {op} {word} ({inside})", wrap(left, level::OTHER))
        }
        Node::Array(items) => format!("ARRAY[{}]", list(items)),
        Node::Row(items) => format!("ROW({})", list(items)),
        Node::Cast(operand, type_) => {
            format!("{}::{}", wrap(operand, level::PRIMARY), print_type(type_))
        }
        Node::Collate(operand, name) => {
            format!(
                "{} COLLATE {}",
                wrap(operand, level::SIGN),
                quote_ident(name)
            )
        }
        Node::Call(call) => print_call(call),
        Node::Case {
            operand,
            whens,
            otherwise,
        } => print_case(operand.as_deref(), whens, otherwise.as_deref()),
        Node::Subscript(operand, index) => {
            format!("{}[{}]", wrap(operand, level::PRIMARY), print_expr(index))
        }
        Node::Field(operand, name) => {
            format!("({}).{}", print_expr(operand), quote_ident(name))
        }
        Node::Subquery(query) => format!("({})", print_query(query)),
        Node::Exists(query) => format!("EXISTS ({})", print_query(query)),
        Node::Other(text) => text.clone(),
    }
}

/// A type for SQL; names of types that are key words are quoted.
pub fn print_type(type_: &PgType) -> String {
    match &type_.base {
        BaseType::Named { schema, name } => {
            let mut text = match schema {
                Some(schema) => format!("{}.{}", quote_ident(schema), quote_ident(name)),
                None => quote_ident(name),
            };
            if !type_.modifiers.is_empty() {
                text.push_str(&format!("({})", type_.modifiers.join(",")));
            }
            if type_.array {
                text.push_str("[]");
            }
            text
        }
        _ => type_.to_string(),
    }
}

fn dotted(parts: &[String]) -> String {
    match parts {
        [first, rest @ ..] if !rest.is_empty() => {
            format!("{}.{}", quote_ident(first), quoted_all(rest))
        }
        parts => quoted_all(parts),
    }
}

fn quoted_all(parts: &[String]) -> String {
    parts
        .iter()
        .map(|p| quote_ident(p))
        .collect::<Vec<_>>()
        .join(".")
}

fn node_level(node: &Node) -> u8 {
    match node {
        Node::Unary(op, _) if op == "NOT" => level::NOT,
        Node::Unary(op, _) if op == "-" || op == "+" => level::SIGN,
        Node::Unary(..) => level::OTHER,
        Node::Binary(_, op, _) => binary_level(op),
        Node::Escape(..) | Node::Between { .. } | Node::In { .. } | Node::InQuery { .. } => {
            level::LIKE
        }
        Node::Quantified { op, .. } => binary_level(op),
        Node::IsNull { .. } | Node::IsBool { .. } => level::IS,
        Node::Collate(..) => level::SIGN - 1,
        Node::Other(_) => 0,
        // A negative number followed by a cast would bind the other way round.
        Node::Number(text) if text.starts_with('-') => level::SIGN,
        _ => level::PRIMARY,
    }
}

fn wrap(node: &Node, at_least: u8) -> String {
    let text = print_expr(node);
    if node_level(node) >= at_least {
        text
    } else {
        format!("({text})")
    }
}

fn list(items: &[Node]) -> String {
    items.iter().map(print_expr).collect::<Vec<_>>().join(", ")
}

/// Functions that the grammar knows by key word and that are written bare.
const KEYWORD_FUNCTIONS: &[&str] = &["coalesce", "nullif", "greatest", "least", "grouping"];

fn print_call(call: &Call) -> String {
    let words = call.name.starts_with("current_")
        || [
            "localtime",
            "localtimestamp",
            "session_user",
            "user",
            "system_user",
        ]
        .contains(&call.name.as_str());
    if words && call.args.is_empty() {
        return call.name.to_uppercase();
    }
    match (call.name.as_str(), call.args.as_slice()) {
        ("extract", [Node::String(field), source]) => {
            return format!("EXTRACT({} FROM {})", field, print_expr(source));
        }
        ("position", [needle, text]) => {
            return format!(
                "POSITION({} IN {})",
                wrap(needle, level::OTHER),
                wrap(text, level::OTHER)
            );
        }
        ("trim", [text]) => return format!("TRIM(BOTH FROM {})", print_expr(text)),
        ("trim", [text, characters]) => {
            return format!(
                "TRIM(BOTH {} FROM {})",
                print_expr(characters),
                print_expr(text)
            );
        }
        ("overlay", [text, by, from, rest @ ..]) => {
            let length = rest
                .first()
                .map(|n| format!(" FOR {}", print_expr(n)))
                .unwrap_or_default();
            return format!(
                "OVERLAY({} PLACING {} FROM {}{length})",
                print_expr(text),
                print_expr(by),
                print_expr(from)
            );
        }
        _ => {}
    }
    let name = if KEYWORD_FUNCTIONS.contains(&call.name.as_str()) {
        call.name.to_uppercase()
    } else if call.name == "substring" || words {
        call.name.clone()
    } else {
        let parts: Vec<String> = call.name.split('.').map(str::to_owned).collect();
        quoted_all(&parts)
    };
    let mut text = format!(
        "{name}({}{}",
        if call.distinct { "DISTINCT " } else { "" },
        list(&call.args)
    );
    if !call.order_by.is_empty() {
        text.push_str(&format!(" ORDER BY {}", order_items(&call.order_by)));
    }
    text.push(')');
    if let Some(filter) = &call.filter {
        text.push_str(&format!(" FILTER (WHERE {})", print_expr(filter)));
    }
    if let Some(over) = &call.over {
        let mut parts = Vec::new();
        if !over.partition_by.is_empty() {
            parts.push(format!("PARTITION BY {}", list(&over.partition_by)));
        }
        if !over.order_by.is_empty() {
            parts.push(format!("ORDER BY {}", order_items(&over.order_by)));
        }
        parts.extend(over.frame.clone());
        text.push_str(&format!(" OVER ({})", parts.join(" ")));
    }
    text
}

fn print_case(operand: Option<&Node>, whens: &[(Node, Node)], otherwise: Option<&Node>) -> String {
    let mut text = "CASE".to_owned();
    if let Some(operand) = operand {
        text.push(' ');
        text.push_str(&print_expr(operand));
    }
    for (condition, result) in whens {
        text.push_str(&format!(
            " WHEN {} THEN {}",
            print_expr(condition),
            print_expr(result)
        ));
    }
    if let Some(otherwise) = otherwise {
        text.push_str(&format!(" ELSE {}", print_expr(otherwise)));
    }
    text.push_str(" END");
    text
}

fn order_items(items: &[OrderItem]) -> String {
    items
        .iter()
        .map(|item| {
            let mut text = print_expr(&item.expr);
            if item.descending {
                text.push_str(" DESC");
            }
            match item.nulls_first {
                Some(true) => text.push_str(" NULLS FIRST"),
                Some(false) => text.push_str(" NULLS LAST"),
                None => {}
            }
            text
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// A query as PostgreSQL text, on one line.
pub fn print_query(query: &Query) -> String {
    let mut text = String::new();
    if !query.with.is_empty() {
        let items: Vec<String> = query
            .with
            .iter()
            .map(|(name, columns, inner)| {
                format!(
                    "{}{} AS ({})",
                    quote_ident(name),
                    column_list(columns),
                    print_query(inner)
                )
            })
            .collect();
        let recursive = if query.recursive { "RECURSIVE " } else { "" };
        text.push_str(&format!("WITH {recursive}{} ", items.join(", ")));
    }
    text.push_str(&print_select(&query.select));
    for (op, select) in &query.compound {
        text.push_str(&format!(" {op} {}", print_select(select)));
    }
    if !query.order_by.is_empty() {
        text.push_str(&format!(" ORDER BY {}", order_items(&query.order_by)));
    }
    if let Some(limit) = &query.limit {
        text.push_str(&format!(" LIMIT {}", print_expr(limit)));
    }
    if let Some(offset) = &query.offset {
        text.push_str(&format!(" OFFSET {}", print_expr(offset)));
    }
    text
}

fn column_list(columns: &[String]) -> String {
    if columns.is_empty() {
        String::new()
    } else {
        format!("({})", crate::pg::names::quote_list(columns))
    }
}

fn print_select(select: &Select) -> String {
    if !select.values.is_empty() {
        let rows: Vec<String> = select
            .values
            .iter()
            .map(|row| format!("({})", list(row)))
            .collect();
        return format!("VALUES {}", rows.join(", "));
    }
    let mut text = "SELECT ".to_owned();
    if !select.distinct_on.is_empty() {
        text.push_str(&format!("DISTINCT ON ({}) ", list(&select.distinct_on)));
    } else if select.distinct {
        text.push_str("DISTINCT ");
    }
    let items: Vec<String> = select
        .items
        .iter()
        .map(|(value, alias)| match alias {
            Some(alias) => format!("{} AS {}", print_expr(value), quote_ident(alias)),
            None => print_expr(value),
        })
        .collect();
    text.push_str(&items.join(", "));
    if !select.from.is_empty() {
        let from: Vec<String> = select.from.iter().map(print_from).collect();
        text.push_str(&format!(" FROM {}", from.join(", ")));
    }
    if let Some(filter) = &select.filter {
        text.push_str(&format!(" WHERE {}", print_expr(filter)));
    }
    if !select.group_by.is_empty() {
        text.push_str(&format!(" GROUP BY {}", list(&select.group_by)));
    }
    if let Some(having) = &select.having {
        text.push_str(&format!(" HAVING {}", print_expr(having)));
    }
    text
}

fn print_alias(alias: Option<&String>, columns: &[String]) -> String {
    match alias {
        Some(alias) => format!(" AS {}{}", quote_ident(alias), column_list(columns)),
        None => String::new(),
    }
}

fn print_from(item: &FromItem) -> String {
    match item {
        FromItem::Table(name, alias) => {
            format!(
                "{}{}",
                quote_qualified(name),
                print_alias(alias.as_ref(), &[])
            )
        }
        FromItem::Query {
            query,
            alias,
            columns,
            lateral,
        } => format!(
            "{}({}){}",
            if *lateral { "LATERAL " } else { "" },
            print_query(query),
            print_alias(alias.as_ref(), columns)
        ),
        FromItem::Function {
            call,
            alias,
            columns,
        } => format!(
            "{}{}",
            print_expr(call),
            print_alias(alias.as_ref(), columns)
        ),
        FromItem::Join {
            left,
            kind,
            right,
            on,
            using,
        } => {
            let right_text = match right.as_ref() {
                nested @ FromItem::Join { .. } => format!("({})", print_from(nested)),
                other => print_from(other),
            };
            let mut text = format!("{} {kind} {right_text}", print_from(left));
            if let Some(on) = on {
                text.push_str(&format!(" ON {}", print_expr(on)));
            }
            if !using.is_empty() {
                text.push_str(&format!(" USING {}", column_list(using)));
            }
            text
        }
    }
}
