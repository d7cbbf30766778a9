//! Values while a catalog query is evaluated, and how they compare.

use std::cmp::Ordering;

use crate::ir::Datum;

/// A value while evaluating.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    /// `json` or `jsonb`: its text.
    Json(String),
    List(Vec<Value>),
    /// A value that is not known, and why.
    Hole(String),
    /// `regclass`: number and name.
    Class(i64, String),
    /// `regtype`, or a type's number that knows its name.
    Type(i64, String),
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Datum::Null,
            Value::Bool(b) => Datum::Bool(b),
            Value::Int(n) => Datum::Int(n),
            Value::Text(t) | Value::Class(_, t) | Value::Type(_, t) => Datum::Text(t),
            Value::Json(t) => Datum::Json(t),
            Value::List(items) => Datum::List(items.into_iter().map(Datum::from).collect()),
            Value::Hole(why) => Datum::Unknown(why),
        }
    }
}

impl From<&Datum> for Value {
    fn from(datum: &Datum) -> Self {
        match datum {
            Datum::Null => Value::Null,
            Datum::Bool(b) => Value::Bool(*b),
            Datum::Int(n) => Value::Int(*n),
            Datum::Text(t) => Value::Text(t.clone()),
            Datum::Json(t) => Value::Json(t.clone()),
            Datum::List(items) => Value::List(items.iter().map(Value::from).collect()),
            Datum::Unknown(why) => Value::Hole(why.clone()),
        }
    }
}

impl Value {
    /// As text prints it.
    pub(super) fn text(&self) -> String {
        match self {
            Value::Null | Value::Hole(_) => String::new(),
            Value::Bool(b) => if *b { "true" } else { "false" }.to_owned(),
            Value::Int(n) => n.to_string(),
            Value::Text(t) | Value::Json(t) | Value::Class(_, t) | Value::Type(_, t) => t.clone(),
            Value::List(items) => {
                let inside: Vec<String> = items.iter().map(Value::text).collect();
                format!("{{{}}}", inside.join(","))
            }
        }
    }

    /// Why a value, or one within it, is not known.
    pub(super) fn hole(&self) -> Option<&str> {
        match self {
            Value::Hole(why) => Some(why),
            Value::List(items) => items.iter().find_map(Value::hole),
            _ => None,
        }
    }

    /// How two values compare; `None` when one is NULL.
    pub(super) fn compare(&self, other: &Value) -> Option<Ordering> {
        Some(match (self, other) {
            (Value::Null | Value::Hole(_), _) | (_, Value::Null | Value::Hole(_)) => return None,
            (Value::Int(a) | Value::Class(a, _) | Value::Type(a, _), Value::Int(b))
            | (Value::Int(a), Value::Class(b, _) | Value::Type(b, _))
            | (Value::Class(a, _), Value::Class(b, _))
            | (Value::Type(a, _), Value::Type(b, _)) => a.cmp(b),
            (Value::Int(a), Value::Text(b)) => match b.trim().parse::<i64>() {
                Ok(b) => a.cmp(&b),
                Err(_) => a.to_string().cmp(b),
            },
            (Value::Text(a), Value::Int(b)) => match a.trim().parse::<i64>() {
                Ok(a) => a.cmp(b),
                Err(_) => a.cmp(&b.to_string()),
            },
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Bool(a), Value::Text(b)) => a.cmp(&truth(b)),
            (Value::Text(a), Value::Bool(b)) => truth(a).cmp(b),
            (Value::List(a), Value::List(b)) => {
                for (x, y) in a.iter().zip(b) {
                    match x.compare(y)? {
                        Ordering::Equal => {}
                        other => return Some(other),
                    }
                }
                a.len().cmp(&b.len())
            }
            (a, b) => a.text().cmp(&b.text()),
        })
    }
}

fn truth(text: &str) -> bool {
    matches!(
        text.trim().to_ascii_lowercase().as_str(),
        "t" | "true" | "yes" | "y" | "on" | "1"
    )
}
