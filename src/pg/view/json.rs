//! Documents in rows that the history wrote: how PostgreSQL keeps and prints them, and its operators that take them apart.

use serde_json::Value as Document;

use super::value::Value;
use crate::ir::Datum;
use crate::pg::types::{BaseType, PgType};

/// What a column of a type keeps of a value: a text in a `json` or `jsonb` column is a document.
pub fn stored(type_: &PgType, value: Datum) -> Datum {
    match value {
        Datum::Text(text) | Datum::Json(text) if !type_.array && is_document(type_) => {
            match serde_json::from_str::<Document>(&text) {
                Ok(document) if type_.base == BaseType::Jsonb => Datum::Json(jsonb_text(&document)),
                Ok(_) => Datum::Json(text),
                Err(_) => Datum::Unknown("a document that PostgreSQL would refuse".to_owned()),
            }
        }
        other => other,
    }
}

fn is_document(type_: &PgType) -> bool {
    matches!(type_.base, BaseType::Json | BaseType::Jsonb)
}

/// Text of a `jsonb` value: keys by length, then by bytes, the last of equal ones kept (jsonb_util.c).
fn jsonb_text(document: &Document) -> String {
    let mut text = String::new();
    write_jsonb(document, &mut text);
    text
}

fn write_jsonb(document: &Document, text: &mut String) {
    match document {
        Document::Object(map) => {
            let mut entries: Vec<(&String, &Document)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            text.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                text.push_str(&Document::from(key.as_str()).to_string());
                text.push_str(": ");
                write_jsonb(value, text);
            }
            text.push('}');
        }
        Document::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                write_jsonb(item, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// An operator on a document; `None` when it is not one that is followed.
pub(super) fn operator(op: &str, left: &str, right: &Value) -> Option<Value> {
    let document: Document = serde_json::from_str(left).ok()?;
    match op {
        "->" | "->>" => {
            let part = step(&document, right)?;
            Some(taken(part, op == "->>"))
        }
        "#>" | "#>>" => {
            let path = match right {
                Value::List(items) => items.clone(),
                Value::Text(text) => super::function::array_literal(text),
                _ => return None,
            };
            let mut part = Some(&document);
            for name in &path {
                part = match part {
                    // In a path a number is text.
                    Some(Document::Array(_)) => {
                        let at = Value::Int(name.text().parse().ok()?);
                        step(part?, &at)?
                    }
                    Some(inside) => step(inside, name)?,
                    None => None,
                };
            }
            Some(taken(part, op == "#>>"))
        }
        "?" => match (&document, right) {
            (Document::Object(map), Value::Text(key)) => Some(Value::Bool(map.contains_key(key))),
            _ => None,
        },
        _ => None,
    }
}

/// One step into a document: `None` is one that is not followed, `Some(None)` one that leads nowhere.
fn step<'a>(document: &'a Document, to: &Value) -> Option<Option<&'a Document>> {
    match (document, to) {
        (Document::Object(map), Value::Text(key)) => Some(map.get(key)),
        (Document::Array(items), Value::Int(at)) => {
            let at = if *at < 0 {
                items
                    .len()
                    .checked_sub(usize::try_from(at.unsigned_abs()).ok()?)
            } else {
                usize::try_from(*at).ok()
            };
            Some(at.and_then(|at| items.get(at)))
        }
        (_, Value::Text(_) | Value::Int(_)) => Some(None),
        _ => None,
    }
}

fn taken(part: Option<&Document>, as_text: bool) -> Value {
    match part {
        None => Value::Null,
        Some(Document::Null) if as_text => Value::Null,
        Some(Document::String(text)) if as_text => Value::Text(text.clone()),
        Some(part) if as_text => Value::Text(jsonb_text(part)),
        Some(part) => Value::Json(jsonb_text(part)),
    }
}
