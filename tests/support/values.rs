//! Values of both databases in one spelling.

use rusqlite::types::Value;

/// PostgreSQL's text of a value, in the form in which SQLite holds it.
pub fn stored(text: &str, pg_type: &str) -> String {
    let fraction = |text: &str| {
        let (head, digits) = text.split_once('.').unwrap_or((text, ""));
        format!("{head}.{digits:0<6}")
    };
    match pg_type {
        "boolean" => u8::from(text == "true").to_string(),
        "timestamp without time zone" | "time without time zone" => fraction(text),
        "timestamp with time zone" => fraction(text.trim_end_matches("+00")),
        "uuid" => text.replace('-', ""),
        "jsonb" => json(text),
        "numeric" | "double precision" | "real" | "integer" | "bigint" | "smallint" => {
            let number: f64 = text.parse().expect("a number");
            // Quotients have places of their own in PostgreSQL.
            format!("{number:.9}")
        }
        _ => text.to_owned(),
    }
}

/// A document without the blanks that PostgreSQL prints.
fn json(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).expect("a document");
    value.to_string()
}

/// A value of SQLite, written as [`stored`] writes it.
pub fn shown(value: Value, pg_type: &str) -> Option<String> {
    let number = |n: f64| format!("{n:.9}");
    let numeric = matches!(
        pg_type,
        "numeric" | "double precision" | "real" | "integer" | "bigint" | "smallint"
    );
    match value {
        Value::Null => None,
        #[expect(
            clippy::cast_precision_loss,
            reason = "the fixtures hold small numbers"
        )]
        Value::Integer(n) if numeric => Some(number(n as f64)),
        Value::Integer(n) => Some(n.to_string()),
        Value::Real(n) if numeric => Some(number(n)),
        Value::Real(n) => Some(format!("real {n}")),
        Value::Text(text) if pg_type == "jsonb" => Some(json(&text)),
        Value::Text(text) => Some(text),
        Value::Blob(_) => Some("a blob".to_owned()),
    }
}
