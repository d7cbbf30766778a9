//! Hrana's JSON: what is sent, and what comes back. Nothing here knows of HTTP.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::ServerError;

/// Servers write base64 without padding, and some proxies and other servers with it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A statement with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement<'s> {
    /// One statement of SQL.
    pub sql: std::borrow::Cow<'s, str>,
    /// Values of `?1`, `?2` ..
    pub arguments: Vec<Value>,
    /// Whether its rows are wanted.
    pub rows: bool,
}

impl<'s> Statement<'s> {
    /// A statement whose rows are not wanted.
    pub fn new(sql: impl Into<std::borrow::Cow<'s, str>>, arguments: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            arguments,
            rows: false,
        }
    }

    /// The same, with its rows.
    #[must_use]
    pub fn with_rows(self) -> Self {
        Self { rows: true, ..self }
    }

    /// About how many bytes it takes in a request.
    pub fn bytes(&self) -> usize {
        let argument = |value: &Value| match value {
            Value::Null | Value::Integer(_) | Value::Real(_) => 24,
            Value::Text(text) => text.len() + 32,
            Value::Blob(bytes) => bytes.len() / 3 * 4 + 40,
        };
        self.sql.len() + 64 + self.arguments.iter().map(argument).sum::<usize>()
    }

    /// Place (from 1) and text of the first argument that JSON cannot carry: JSON has no infinity.
    pub(super) fn unsendable(&self) -> Option<(usize, String)> {
        let place = |(at, value): (usize, &Value)| match value {
            Value::Real(real) if !real.is_finite() => Some((at + 1, real.to_string())),
            _ => None,
        };
        self.arguments.iter().enumerate().find_map(place)
    }

    pub(super) fn json(&self) -> Json {
        let mut json = json!({ "sql": self.sql, "want_rows": self.rows });
        if !self.arguments.is_empty() {
            json["args"] = self.arguments.iter().map(encode).collect();
        }
        json
    }
}

/// When a step of a batch runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A step before it, by number from 0, succeeded.
    Ok(usize),
    /// It failed.
    Error(usize),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// All hold.
    And(Vec<Condition>),
    /// One holds.
    Or(Vec<Condition>),
    /// No transaction is open (version 3 only).
    IsAutocommit,
}

impl Condition {
    pub(super) fn json(&self) -> Json {
        let list = |conditions: &[Self]| -> Json { conditions.iter().map(Self::json).collect() };
        match self {
            Self::Ok(step) => json!({ "type": "ok", "step": step }),
            Self::Error(step) => json!({ "type": "error", "step": step }),
            Self::Not(condition) => json!({ "type": "not", "cond": condition.json() }),
            Self::And(conditions) => json!({ "type": "and", "conds": list(conditions) }),
            Self::Or(conditions) => json!({ "type": "or", "conds": list(conditions) }),
            Self::IsAutocommit => json!({ "type": "is_autocommit" }),
        }
    }
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
pub struct Column {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The type that its table declares for it.
    #[serde(default)]
    pub decltype: Option<String>,
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatementResult {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Vec<Value>>,
    /// Rows that it wrote, changed or deleted.
    pub changed: u64,
}

/// What the server says of a statement that was not run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Description {
    /// Its columns.
    #[serde(default)]
    pub cols: Vec<Column>,
    /// Whether it changes nothing.
    #[serde(default)]
    pub is_readonly: bool,
    /// Whether it is an EXPLAIN.
    #[serde(default)]
    pub is_explain: bool,
}

/// The answer to a pipeline.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub baton: Option<String>,
    #[serde(default)]
    pub base_url: Option<String>,
    pub results: Vec<Outcome>,
}

/// The outcome of one request of a pipeline.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Outcome {
    Ok { response: Response },
    Error { error: ErrorJson },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Response {
    Execute { result: ResultJson },
    Batch { result: BatchJson },
    Describe { result: Description },
    GetAutocommit { is_autocommit: bool },
    Sequence,
    Close,
    StoreSql,
    CloseSql,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ErrorJson {
    #[serde(default)]
    message: String,
    #[serde(default)]
    code: Option<String>,
}

impl From<ErrorJson> for ServerError {
    fn from(json: ErrorJson) -> Self {
        Self {
            message: json.message,
            code: json.code.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ResultJson {
    #[serde(default)]
    cols: Vec<Column>,
    #[serde(default)]
    rows: Vec<Vec<Json>>,
    #[serde(default)]
    affected_row_count: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct BatchJson {
    pub step_results: Vec<Option<ResultJson>>,
    pub step_errors: Vec<Option<ErrorJson>>,
}

impl ResultJson {
    /// The result with its values; says what is wrong with one that is none.
    pub(super) fn read(self) -> Result<StatementResult, String> {
        let width = self.cols.len();
        let row = |cells: Vec<Json>| {
            if cells.len() != width {
                return Err(format!(
                    "a row of {} values under {width} columns",
                    cells.len()
                ));
            }
            cells.into_iter().map(decode).collect()
        };
        Ok(StatementResult {
            rows: self.rows.into_iter().map(row).collect::<Result<_, _>>()?,
            columns: self.cols,
            changed: self.affected_row_count,
        })
    }
}

/// A value as Hrana writes it. Integers travel as text, for a JSON number keeps 53 bits only.
fn encode(value: &Value) -> Json {
    match value {
        Value::Null => json!({ "type": "null" }),
        Value::Integer(n) => json!({ "type": "integer", "value": n.to_string() }),
        Value::Real(r) => json!({ "type": "float", "value": r }),
        Value::Text(text) => json!({ "type": "text", "value": text }),
        Value::Blob(bytes) => json!({ "type": "blob", "base64": BASE64.encode(bytes) }),
    }
}

fn decode(json: Json) -> Result<Value, String> {
    let Json::Object(mut object) = json else {
        return Err("a value that is no object".to_owned());
    };
    let kind = object.get("type").and_then(Json::as_str).unwrap_or("");
    let kind = kind.to_owned();
    let field = if kind == "blob" { "base64" } else { "value" };
    let value = object.remove(field).unwrap_or(Json::Null);
    match (kind.as_str(), value) {
        ("null", _) => Ok(Value::Null),
        ("integer", Json::String(text)) => text
            .parse()
            .map(Value::Integer)
            .map_err(|_| format!("an integer `{text}`")),
        ("integer", Json::Number(n)) => n
            .as_i64()
            .map(Value::Integer)
            .ok_or_else(|| format!("an integer {n}")),
        ("float", Json::Number(n)) => n
            .as_f64()
            .map(Value::Real)
            .ok_or_else(|| format!("a float {n}")),
        // JSON has no infinity; servers write null for it, and nobody can tell which of the two it was.
        ("float", Json::Null) => Err("a float without a value: an infinity".to_owned()),
        ("text", Json::String(text)) => Ok(Value::Text(text)),
        ("blob", Json::String(text)) => BASE64
            .decode(&text)
            .map(Value::Blob)
            .map_err(|e| format!("a blob that is no base64: {e}")),
        (kind, _) => Err(format!("a value of the type `{kind}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_and_come_back() {
        let cases = [
            (Value::Null, r#"{"type":"null"}"#),
            (
                Value::Integer(i64::MIN),
                r#"{"type":"integer","value":"-9223372036854775808"}"#,
            ),
            (
                Value::Integer(9_007_199_254_740_993),
                r#"{"type":"integer","value":"9007199254740993"}"#,
            ),
            (Value::Real(0.1), r#"{"type":"float","value":0.1}"#),
            (
                Value::Text("a\"\0é".to_owned()),
                "{\"type\":\"text\",\"value\":\"a\\\"\\u0000é\"}",
            ),
            (
                Value::Blob(vec![255, 0, 1, 2]),
                r#"{"type":"blob","base64":"/wABAg"}"#,
            ),
            (Value::Blob(vec![]), r#"{"type":"blob","base64":""}"#),
        ];
        for (value, text) in cases {
            assert_eq!(encode(&value).to_string(), text);
            let back = serde_json::from_str(text).map_err(|e| e.to_string());
            assert_eq!(back.and_then(decode), Ok(value), "{text}");
        }
        for (text, value) in [
            (
                r#"{"type":"blob","base64":"/wABAg=="}"#,
                Value::Blob(vec![255, 0, 1, 2]),
            ),
            (r#"{"type":"integer","value":7}"#, Value::Integer(7)),
            (r#"{"type":"float","value":2}"#, Value::Real(2.0)),
        ] {
            let back = serde_json::from_str(text).map_err(|e| e.to_string());
            assert_eq!(back.and_then(decode), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for text in [
            "7",
            "{}",
            r#"{"type":"integer","value":"9223372036854775808"}"#,
            r#"{"type":"integer","value":1.5}"#,
            r#"{"type":"float","value":null}"#,
            r#"{"type":"blob","base64":"*"}"#,
            r#"{"type":"date","value":"x"}"#,
        ] {
            assert!(
                serde_json::from_str(text).is_ok_and(|json| decode(json).is_err()),
                "{text}"
            );
        }
    }

    #[test]
    fn infinities_are_found_before_they_are_lost() {
        let statement = Statement::new("x", vec![Value::Real(1.0), Value::Real(f64::INFINITY)]);
        assert_eq!(statement.unsendable(), Some((2, "inf".to_owned())));
    }
}
