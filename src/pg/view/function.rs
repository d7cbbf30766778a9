//! Operators, casts and functions that catalog queries use.

use std::cmp::Ordering;

use super::catalog::Catalog;
use super::eval::{DATABASE, Stop};
use super::value::Value;
use crate::ir::QualName;
use crate::pg::names::{quote_ident, quote_literal, quote_qualified};
use crate::pg::sql::ast::{Call, Node};
use crate::pg::sql::parse_expr;
use crate::pg::types::{BaseType, PgType};

type Result2<T> = Result<T, Stop>;

/// An infix operator on two values.
pub(super) fn operator(op: &str, left: &Value, right: &Value) -> Result2<Value> {
    if let Some(why) = left.hole().or_else(|| right.hole()) {
        return Ok(Value::Hole(why.to_owned()));
    }
    if let Value::Json(document) = left
        && !matches!(right, Value::Null | Value::Json(_))
        && op.starts_with(['-', '#', '?'])
    {
        return match super::json::operator(op, document, right) {
            Some(value) => Ok(value),
            None => Stop::unknown(format!("operator {op} on a document")),
        };
    }
    let order = || left.compare(right);
    let compared =
        |test: fn(Ordering) -> bool| order().map_or(Value::Null, |o| Value::Bool(test(o)));
    Ok(match op {
        "=" => compared(|o| o == Ordering::Equal),
        "<>" => compared(|o| o != Ordering::Equal),
        "<" => compared(|o| o == Ordering::Less),
        ">" => compared(|o| o == Ordering::Greater),
        "<=" => compared(|o| o != Ordering::Greater),
        ">=" => compared(|o| o != Ordering::Less),
        "IS DISTINCT FROM" | "IS NOT DISTINCT FROM" => {
            let same = match (left, right) {
                (Value::Null, Value::Null) => true,
                _ => order() == Some(Ordering::Equal),
            };
            Value::Bool(same != (op == "IS DISTINCT FROM"))
        }
        _ if *left == Value::Null || *right == Value::Null => Value::Null,
        "LIKE" | "NOT LIKE" => Value::Bool(like(&left.text(), &right.text()) != (op == "NOT LIKE")),
        "ILIKE" | "NOT ILIKE" => Value::Bool(
            like(&left.text().to_lowercase(), &right.text().to_lowercase()) != (op == "NOT ILIKE"),
        ),
        "~" | "~*" | "!~" | "!~*" => {
            let pattern = if op.ends_with('*') {
                format!("(?i){}", right.text())
            } else {
                right.text()
            };
            match regex::Regex::new(&pattern) {
                Ok(regex) => Value::Bool(regex.is_match(&left.text()) != op.starts_with('!')),
                Err(_) => return Stop::unknown(format!("pattern {}", right.text())),
            }
        }
        "||" => match (left, right) {
            (Value::List(a), Value::List(b)) => Value::List(a.iter().chain(b).cloned().collect()),
            (Value::Json(_), _) | (_, Value::Json(_)) => {
                return Stop::unknown("operator || on documents");
            }
            (a, b) => Value::Text(format!("{}{}", a.text(), b.text())),
        },
        "+" | "-" | "*" | "/" | "%" => match (left, right) {
            (Value::Int(a), Value::Int(b)) => {
                let result = match op {
                    "+" => a.checked_add(*b),
                    "-" => a.checked_sub(*b),
                    "*" => a.checked_mul(*b),
                    "/" => a.checked_div(*b),
                    _ => a.checked_rem(*b),
                };
                match result {
                    Some(n) => Value::Int(n),
                    None => return Stop::unknown("a number out of range"),
                }
            }
            _ => return Stop::unknown(format!("operator {op}")),
        },
        "@>" | "&&" => match (left, right) {
            (Value::List(a), Value::List(b)) => Value::Bool(if op == "@>" {
                b.iter().all(|x| a.contains(x))
            } else {
                b.iter().any(|x| a.contains(x))
            }),
            _ => return Stop::unknown(format!("operator {op}")),
        },
        other => return Stop::unknown(format!("operator {other} is not modelled")),
    })
}

/// `LIKE` with `%`, `_` and the backslash.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    // reach[i]: the pattern so far matches the first i characters.
    let mut reach = vec![false; text.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    let mut at = 0;
    while let Some(mut c) = pattern.get(at).copied() {
        at += 1;
        let mut next = vec![false; text.len() + 1];
        if c == '%' {
            let mut seen = false;
            for (slot, was) in next.iter_mut().zip(&reach) {
                seen |= *was;
                *slot = seen;
            }
        } else {
            let any = c == '_';
            if c == '\\'
                && let Some(escaped) = pattern.get(at)
            {
                c = *escaped;
                at += 1;
            }
            for (i, t) in text.iter().enumerate() {
                if reach.get(i) == Some(&true)
                    && (any || *t == c)
                    && let Some(slot) = next.get_mut(i + 1)
                {
                    *slot = true;
                }
            }
        }
        reach = next;
    }
    reach.last() == Some(&true)
}

/// Items of `{a,b}`.
pub(super) fn array_literal(text: &str) -> Vec<Value> {
    let inside = text.trim().trim_start_matches('{').trim_end_matches('}');
    if inside.is_empty() {
        return Vec::new();
    }
    inside
        .split(',')
        .map(|item| Value::Text(item.trim().trim_matches('"').to_owned()))
        .collect()
}

/// A relation's or type's name in a string: folded, quotes undone.
fn object_name(text: &str) -> Option<QualName> {
    match parse_expr(text).ok()? {
        Node::Column(mut parts) => {
            let name = parts.pop()?;
            Some(QualName::qualified(parts.pop().as_deref(), name))
        }
        _ => None,
    }
}

/// A cast.
pub(super) fn cast(catalog: &Catalog<'_>, value: Value, type_: &PgType) -> Result2<Value> {
    if matches!(value, Value::Null | Value::Hole(_)) {
        return Ok(value);
    }
    if type_.array {
        return Ok(match value {
            Value::Text(text) => Value::List(array_literal(&text)),
            other => other,
        });
    }
    Ok(match (&type_.base, value) {
        (BaseType::Regclass, Value::Text(text)) => match regclass(catalog, &text) {
            Some(found) => found,
            None => return Stop::unknown(format!("relation \"{text}\" does not exist")),
        },
        (BaseType::Regclass, Value::Int(oid)) => Value::Class(oid, catalog.class_name(oid)),
        (BaseType::Regtype, Value::Text(text)) => match PgType::parse(&text) {
            Ok(parsed) => Value::Type(catalog.type_oid(&parsed), parsed.to_string()),
            Err(why) => return Stop::unknown(why),
        },
        (BaseType::Regtype, Value::Int(oid)) => Value::Type(oid, catalog.type_name(oid)),
        (BaseType::Regnamespace, Value::Text(name)) => {
            let found = catalog.pg_catalog("pg_namespace").and_then(|r| {
                r.rows
                    .into_iter()
                    .find(|row| row.get(1) == Some(&Value::Text(name.clone())))
                    .and_then(|row| row.into_iter().next())
            });
            match found {
                Some(Value::Int(oid)) => Value::Type(oid, name),
                _ => return Stop::unknown(format!("schema \"{name}\" does not exist")),
            }
        }
        (BaseType::Oid, Value::Class(oid, _) | Value::Type(oid, _)) => Value::Int(oid),
        (
            BaseType::Integer | BaseType::BigInt | BaseType::SmallInt | BaseType::Oid,
            Value::Text(text),
        ) => match text.trim().parse() {
            Ok(n) => Value::Int(n),
            Err(_) => return Stop::unknown(format!("'{text}' is not a number")),
        },
        (BaseType::Json | BaseType::Jsonb, value @ (Value::Text(_) | Value::Json(_))) => {
            Value::from(&super::stored(type_, value.into()))
        }
        (BaseType::Boolean, Value::Text(text)) => Value::Bool(matches!(
            text.to_ascii_lowercase().as_str(),
            "t" | "true" | "yes" | "on" | "1"
        )),
        (BaseType::Text | BaseType::Varchar | BaseType::Name | BaseType::Char, value) => {
            match value {
                Value::List(_) => value,
                other => Value::Text(other.text()),
            }
        }
        (_, value) => value,
    })
}

fn regclass(catalog: &Catalog<'_>, text: &str) -> Option<Value> {
    let name = object_name(text)?;
    let oid = catalog.class_oid(&name)?;
    Some(Value::Class(oid, quote_qualified(&name)))
}

/// Whether a function makes one value of many rows.
pub(super) fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "max"
            | "min"
            | "sum"
            | "array_agg"
            | "string_agg"
            | "json_agg"
            | "jsonb_agg"
            | "bool_or"
            | "bool_and"
            | "every"
    )
}

/// An aggregate over the values of a group, in order.
pub(super) fn aggregate(name: &str, values: Vec<Value>, separator: &str) -> Result2<Value> {
    let known: Vec<Value> = values
        .iter()
        .filter(|v| **v != Value::Null)
        .cloned()
        .collect();
    let best = |wanted: Ordering| {
        known
            .iter()
            .cloned()
            .reduce(|a, b| if b.compare(&a) == Some(wanted) { b } else { a })
            .unwrap_or(Value::Null)
    };
    Ok(match name {
        "count" => Value::Int(i64::try_from(known.len()).unwrap_or(i64::MAX)),
        "max" => best(Ordering::Greater),
        "min" => best(Ordering::Less),
        "sum" if known.is_empty() => Value::Null,
        "sum" => {
            let mut total = 0_i64;
            for value in &known {
                let Value::Int(n) = value else {
                    return Stop::unknown("sum() of what is no number");
                };
                total = total.saturating_add(*n);
            }
            Value::Int(total)
        }
        "array_agg" | "json_agg" | "jsonb_agg" if values.is_empty() => Value::Null,
        "array_agg" | "json_agg" | "jsonb_agg" => Value::List(values),
        "string_agg" if known.is_empty() => Value::Null,
        "string_agg" => {
            let texts: Vec<String> = known.iter().map(Value::text).collect();
            Value::Text(texts.join(separator))
        }
        "bool_or" => Value::Bool(known.contains(&Value::Bool(true))),
        _ => Value::Bool(!known.contains(&Value::Bool(false))),
    })
}

/// `enum_range(NULL::mood)` and its kin.
pub(super) fn enum_labels(catalog: &Catalog<'_>, call: &Call) -> Result2<Value> {
    let Some(Node::Cast(_, type_)) = call.args.first() else {
        return Stop::unknown(format!("{}() without a type", call.name));
    };
    let labels = type_
        .user_defined()
        .and_then(|name| catalog.schema().enums.get(&name))
        .map(|e| e.labels.clone());
    let Some(labels) = labels else {
        return Stop::unknown(format!("type \"{type_}\" does not exist"));
    };
    let value = |label: Option<&String>| label.map_or(Value::Null, |l| Value::Text(l.clone()));
    Ok(match call.name.as_str() {
        "enum_first" => value(labels.first()),
        "enum_last" => value(labels.last()),
        _ => Value::List(labels.into_iter().map(Value::Text).collect()),
    })
}

/// A function that is no aggregate.
pub(super) fn call(catalog: &Catalog<'_>, name: &str, args: &[Value]) -> Result2<Value> {
    let text = |value: String| Ok(Value::Text(value));
    if name != "coalesce"
        && let Some(why) = args.iter().find_map(Value::hole)
    {
        return Ok(Value::Hole(why.to_owned()));
    }
    match (name, args) {
        ("coalesce", args) => {
            return Ok(args
                .iter()
                .find(|a| **a != Value::Null)
                .cloned()
                .unwrap_or(Value::Null));
        }
        ("concat", args) => return text(args.iter().map(Value::text).collect()),
        ("format", [Value::Text(pattern), rest @ ..]) => return format_text(pattern, rest),
        ("current_schema", _) => return text("public".to_owned()),
        ("current_schemas", [implicit]) => {
            let mut names = vec![Value::Text("public".to_owned())];
            if *implicit == Value::Bool(true) {
                names.insert(0, Value::Text("pg_catalog".to_owned()));
            }
            return Ok(Value::List(names));
        }
        ("current_database" | "current_catalog", _) => return text(DATABASE.to_owned()),
        ("current_user" | "session_user" | "user" | "current_role", _) => {
            return text("postgres".to_owned());
        }
        ("version", []) => return text("PostgreSQL 15".to_owned()),
        ("nullif", [a, b]) => {
            return Ok(if a.compare(b) == Some(Ordering::Equal) {
                Value::Null
            } else {
                a.clone()
            });
        }
        _ => {}
    }
    if args.contains(&Value::Null) {
        return Ok(Value::Null);
    }
    match (name, args) {
        ("lower", [value]) => text(value.text().to_lowercase()),
        ("upper", [value]) => text(value.text().to_uppercase()),
        ("length" | "char_length", [value]) => Ok(Value::Int(
            i64::try_from(value.text().chars().count()).unwrap_or(i64::MAX),
        )),
        ("array_length" | "cardinality", [Value::List(items), ..]) if items.is_empty() => {
            Ok(if name == "cardinality" {
                Value::Int(0)
            } else {
                Value::Null
            })
        }
        ("array_length" | "cardinality", [Value::List(items), ..]) => {
            Ok(Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)))
        }
        ("array_to_string", [Value::List(items), separator]) => {
            let texts: Vec<String> = items.iter().map(Value::text).collect();
            text(texts.join(&separator.text()))
        }
        ("replace", [value, from, to]) => text(value.text().replace(&from.text(), &to.text())),
        ("quote_ident", [value]) => text(quote_ident(&value.text())),
        ("quote_literal", [value]) => text(quote_literal(&value.text())),
        ("starts_with", [value, prefix]) => {
            Ok(Value::Bool(value.text().starts_with(&prefix.text())))
        }
        ("strpos", [value, part]) => {
            let value = value.text();
            let at = value.find(&part.text()).map_or(0, |at| {
                value.get(..at).map_or(0, |head| head.chars().count()) + 1
            });
            Ok(Value::Int(i64::try_from(at).unwrap_or(i64::MAX)))
        }
        ("position", [part, value]) => call(catalog, "strpos", &[value.clone(), part.clone()]),
        ("to_regclass", [Value::Text(name)]) => Ok(regclass(catalog, name).unwrap_or(Value::Null)),
        ("to_regtype", [Value::Text(name)]) => Ok(regtype(catalog, name)),
        (
            "pg_table_is_visible"
            | "pg_type_is_visible"
            | "has_table_privilege"
            | "has_schema_privilege"
            | "pg_function_is_visible",
            _,
        ) => Ok(Value::Bool(true)),
        ("format_type", [Value::Type(_, name), ..]) => text(name.clone()),
        ("format_type", [Value::Int(oid), ..]) => text(catalog.type_name(*oid)),
        ("pg_get_expr", [value, ..]) => Ok(value.clone()),
        ("pg_get_constraintdef", [Value::Int(oid), ..]) => Ok(catalog
            .constraint_definition(*oid)
            .map_or(Value::Null, Value::Text)),
        ("pg_get_indexdef", [Value::Int(oid) | Value::Class(oid, _), ..]) => Ok(catalog
            .index_definition(*oid)
            .map_or(Value::Null, Value::Text)),
        ("pg_get_serial_sequence", [table, column]) => Ok(object_name(&table.text())
            .and_then(|table| {
                let (name, _) = catalog.schema().owned_sequence(&table, &column.text())?;
                Some(Value::Text(format!(
                    "{}.{}",
                    quote_ident(name.schema_or_default()),
                    quote_ident(&name.name)
                )))
            })
            .unwrap_or(Value::Null)),
        ("obj_description" | "col_description" | "shobj_description", _) => Ok(Value::Null),
        ("current_setting", [Value::Text(name), ..]) => match setting(name) {
            Some(value) => text(value.to_owned()),
            None => Stop::unknown(format!("setting {name}")),
        },
        (other, _) => Stop::unknown(format!("{other}() is not modelled")),
    }
}

/// A setting that nobody changed, as `SHOW` tells it.
pub(super) fn setting(name: &str) -> Option<&'static str> {
    Some(match name {
        "server_version_num" => "150000",
        "server_version" => "15.0",
        "search_path" => "\"$user\", public",
        "server_encoding" | "client_encoding" => "UTF8",
        "standard_conforming_strings" => "on",
        _ => return None,
    })
}

fn regtype(catalog: &Catalog<'_>, text: &str) -> Value {
    let Ok(parsed) = PgType::parse(text) else {
        return Value::Null;
    };
    let exists = match parsed.user_defined() {
        None => true,
        Some(name) => {
            let schema = catalog.schema();
            schema.enums.contains_key(&name)
                || schema.domains.contains_key(&name)
                || schema.composites.contains_key(&name)
                || schema.tables.contains_key(&name)
        }
    };
    if exists {
        Value::Type(catalog.type_oid(&parsed), parsed.to_string())
    } else {
        Value::Null
    }
}

/// `format()` with `%s`, `%I`, `%L` and `%%`.
fn format_text(pattern: &str, args: &[Value]) -> Result2<Value> {
    let mut out = String::new();
    let mut args = args.iter();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some(kind @ ('s' | 'I' | 'L')) => {
                let Some(value) = args.next() else {
                    return Stop::unknown("format() has too few arguments");
                };
                match kind {
                    's' => out.push_str(&value.text()),
                    'I' => out.push_str(&quote_ident(&value.text())),
                    _ if *value == Value::Null => out.push_str("NULL"),
                    _ => out.push_str(&quote_literal(&value.text())),
                }
            }
            _ => return Stop::unknown(format!("format pattern {pattern}")),
        }
    }
    Ok(Value::Text(out))
}
