//! Documents that are built, changed and looked through: functions of jsonb (PostgreSQL documentation, section 9.16).

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, Node};
use crate::sqlite::schema::string_literal;

impl Translator<'_> {
    /// A function of documents; `None` for other names.
    pub(super) fn document_call(&mut self, call: &Call) -> Result<Option<Sql>> {
        let args = call.args.as_slice();
        Ok(Some(match (call.name.as_str(), args) {
            ("jsonb_build_object" | "json_build_object", _) => {
                if !args.len().is_multiple_of(2) {
                    return Err(format!("{}() wants a value for each key", call.name));
                }
                let sorted = if call.name.starts_with("jsonb") {
                    jsonb_order(args)
                } else {
                    None
                };
                self.built("json_object", sorted.as_deref().unwrap_or(args))?
            }
            ("jsonb_build_array" | "json_build_array", _) => self.built("json_array", args)?,
            ("to_jsonb" | "to_json", [x]) => {
                let x = self.expr(x)?;
                let known = x.at(level::COMPARE);
                let quoted = match x.encoding() {
                    Some(Encoding::Json | Encoding::ArrayJson) => return Ok(Some(x)),
                    Some(Encoding::Bool) => self.member(x)?,
                    _ => format!("json_quote({})", self.member(x)?),
                };
                Sql::atom(
                    format!("CASE WHEN {known} IS NOT NULL THEN {quoted} END"),
                    Ty::json(),
                )
            }
            ("jsonb_set", [target, path, value] | [target, path, value, Node::Bool(true)]) => {
                self.changed_document(target, path, value)?
            }
            ("jsonb_path_exists", [document, path]) => {
                let mut literal = path;
                while let Node::Cast(inner, _) = literal {
                    literal = inner;
                }
                let Node::String(path) = literal else {
                    return Err("jsonb_path_exists() with a computed path".to_owned());
                };
                self.path_exists(document, path)?
            }
            _ => return Ok(None),
        }))
    }

    fn built(&mut self, function: &str, args: &[Node]) -> Result<Sql> {
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            let sql = self.expr(arg)?;
            parts.push(self.member(sql)?);
        }
        self.note(
            Grade::Widened,
            "SQLite's JSON has no blanks between its parts.",
        );
        Ok(Sql::atom(
            format!("{function}({})", parts.join(", ")),
            Ty::json(),
        ))
    }

    /// A value as it stands in a document: moments in ISO 8601, identifiers with hyphens.
    fn member(&mut self, sql: Sql) -> Result<String> {
        Ok(match sql.encoding() {
            None
            | Some(Encoding::Integer | Encoding::Real { .. } | Encoding::NumericReal { .. }) => {
                sql.text
            }
            Some(Encoding::Json | Encoding::ArrayJson) => format!("json({})", sql.text),
            Some(Encoding::Bool) => format!(
                "json(CASE WHEN {0} THEN 'true' WHEN NOT {1} THEN 'false' END)",
                sql.text,
                sql.at(level::EQUAL)
            ),
            Some(Encoding::Timestamp) => {
                format!("replace({}, ' ', 'T')", self.text_form(sql)?.text)
            }
            Some(Encoding::TimestampUtc) => {
                format!("replace({}, ' ', 'T') || ':00'", self.text_form(sql)?.text)
            }
            Some(Encoding::Text) => sql.text,
            _ => self.text_form(sql)?.text,
        })
    }

    /// `jsonb_set(document, '{a,b}', value)`.
    fn changed_document(&mut self, target: &Node, path: &Node, value: &Node) -> Result<Sql> {
        let mut label = path;
        while let Node::Cast(inner, _) = label {
            label = inner;
        }
        let Node::String(path) = label else {
            return Err("jsonb_set() with a computed path".to_owned());
        };
        let inner = path
            .trim()
            .strip_prefix('{')
            .and_then(|p| p.strip_suffix('}'));
        let labels: Vec<&str> = inner
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .collect();
        // A number may be a key or an index: that depends on the document.
        let plain = labels.iter().all(|l| {
            !l.is_empty() && !l.contains(['"', '\\', '{', '}']) && l.parse::<i64>().is_err()
        });
        if !plain {
            return Err(format!("jsonb_set() at `{path}`"));
        }
        let steps: String = labels.iter().map(|l| format!(".\"{l}\"")).collect();
        let target = self.document(target)?;
        let value = self.expr_as(value, &Ty::json())?;
        self.note(
            Grade::Widened,
            "SQLite's JSON has no blanks between its parts.",
        );
        Ok(Sql::atom(
            format!(
                "CASE WHEN {} IS NOT NULL THEN json_set({}, {}, json({})) END",
                value.at(level::COMPARE),
                target.text,
                string_literal(&format!("${steps}")),
                value.text
            ),
            Ty::json(),
        ))
    }

    /// `jsonb_path_exists` for paths of keys, at most one step over all members, and a test of their type.
    fn path_exists(&mut self, document: &Node, path: &str) -> Result<Sql> {
        self.free("a look through a document")?;
        let unclear = || format!("the path `{path}` has no equal");
        let (steps, filter) = match path.split_once('?') {
            Some((steps, filter)) => (steps.trim(), Some(filter.trim())),
            None => (path.trim(), None),
        };
        let mut rest = steps.strip_prefix('$').ok_or_else(unclear)?;
        let mut keys = String::new();
        let mut every = false;
        while !rest.is_empty() {
            if every {
                return Err(unclear());
            }
            if let Some(tail) = rest.strip_prefix(".*").or_else(|| rest.strip_prefix("[*]")) {
                every = true;
                rest = tail;
                continue;
            }
            let tail = rest.strip_prefix('.').ok_or_else(unclear)?;
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            let (key, tail) = tail.split_at(end);
            let key = key.trim_matches('"');
            let word = !key.is_empty() && key.chars().all(|c| c == '_' || c.is_alphanumeric());
            if !word {
                return Err(unclear());
            }
            keys.push_str(&format!(".\"{key}\""));
            rest = tail;
        }
        let document = self.document(document)?;
        let place = string_literal(&format!("${keys}"));
        let known = document.at(level::COMPARE);
        let test = match filter {
            None => None,
            Some(filter) => Some(type_test(filter).ok_or_else(unclear)?),
        };
        let found = match (every, test) {
            (true, test) => {
                let test = test.map(|t| format!(" WHERE {t}")).unwrap_or_default();
                format!(
                    "EXISTS (SELECT 1 FROM json_each({}, {place}){test})",
                    document.text
                )
            }
            (false, None) => format!("json_type({}, {place}) IS NOT NULL", document.text),
            (false, Some(_)) => return Err(unclear()),
        };
        Ok(Sql::atom(
            format!("CASE WHEN {known} IS NOT NULL THEN {found} END"),
            Ty::boolean(),
        ))
    }
}

/// Keys and values in the order in which jsonb keeps them: by the length of the keys, then by their bytes
/// (`src/backend/utils/adt/jsonb_util.c`); of equal keys the last stays. `None` when a key is computed.
fn jsonb_order(args: &[Node]) -> Option<Vec<Node>> {
    let mut pairs = std::collections::BTreeMap::new();
    for pair in args.chunks_exact(2) {
        let [Node::String(key), value] = pair else {
            return None;
        };
        pairs.insert((key.len(), key.clone()), value.clone());
    }
    let flat = pairs
        .into_iter()
        .flat_map(|((_, key), value)| [Node::String(key), value]);
    Some(flat.collect())
}

/// `(@.type() == "string")` over the rows of `json_each`.
fn type_test(filter: &str) -> Option<String> {
    let inner = filter.strip_prefix('(')?.strip_suffix(')')?.trim();
    let rest = inner.strip_prefix("@.type()")?.trim();
    let (not, rest) = match rest.strip_prefix("==") {
        Some(rest) => ("", rest),
        None => (
            "NOT ",
            rest.strip_prefix("<>")
                .or_else(|| rest.strip_prefix("!="))?,
        ),
    };
    let types = match rest.trim().strip_prefix('"')?.strip_suffix('"')? {
        "string" => "'text'",
        "number" => "'integer', 'real'",
        "boolean" => "'true', 'false'",
        "null" => "'null'",
        "object" => "'object'",
        "array" => "'array'",
        _ => return None,
    };
    Some(format!("type {not}IN ({types})"))
}
