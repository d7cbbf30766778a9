//! JSON operators, and looks into arrays, which are stored as JSON too.

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::Node;
use crate::sqlite::schema::string_literal;

impl Translator<'_> {
    pub(super) fn json_operator(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        let mut label = right;
        while let Node::Cast(inner, _) = label {
            label = inner;
        }
        match (op, label) {
            ("->" | "->>", Node::String(_)) => self.json_path(left, &[label.clone()], op == "->>"),
            ("->" | "->>", Node::Number(n)) if n.parse::<u32>().is_ok() => {
                self.json_path(left, &[label.clone()], op == "->>")
            }
            ("#>" | "#>>", Node::String(path)) => {
                let inner = path
                    .trim()
                    .strip_prefix('{')
                    .and_then(|p| p.strip_suffix('}'))
                    .filter(|p| !p.contains(['"', '{', '\\']))
                    .ok_or("a path with quotes")?;
                let labels: Vec<Node> = inner
                    .split(',')
                    .map(|l| Node::String(l.trim().to_owned()))
                    .collect();
                // A number may be a key or an index: that depends on the document.
                if labels
                    .iter()
                    .any(|l| matches!(l, Node::String(s) if s.parse::<i64>().is_ok()))
                {
                    return Err("a path with numbers depends on the document".to_owned());
                }
                self.json_path(left, &labels, op == "#>>")
            }
            ("?", Node::String(key)) => {
                let document = self.document(left)?;
                let path = path_step(key)?;
                self.note(
                    Grade::Widened,
                    "`?` looks for keys of objects alone, not for texts in arrays.",
                );
                let path = string_literal(&format!("${path}"));
                Ok(Sql::atom(
                    format!(
                        "CASE WHEN {} IS NOT NULL THEN json_type({}, {path}) IS NOT NULL END",
                        document.at(level::COMPARE),
                        document.text,
                    ),
                    Ty::boolean(),
                ))
            }
            _ => Err(format!("`{op}` with a computed path has no equal")),
        }
    }

    pub(super) fn document(&mut self, node: &Node) -> Result<Sql> {
        let sql = self.expr(node)?;
        match sql.encoding() {
            Some(Encoding::Json) => Ok(sql),
            Some(Encoding::HstoreJson) => Ok(sql),
            _ => Err("a JSON operator on something that is no JSON".to_owned()),
        }
    }

    /// A part of a document, as JSON or as text.
    pub(super) fn json_path(
        &mut self,
        document: &Node,
        labels: &[Node],
        text: bool,
    ) -> Result<Sql> {
        let hstore = matches!(self.expr(document)?.encoding(), Some(Encoding::HstoreJson));
        let document = self.document(document)?;
        let path = match labels {
            [Node::String(label)] if !label.starts_with('$') => string_literal(label),
            [Node::Number(index)] => index.clone(),
            _ => {
                let mut path = "$".to_owned();
                for label in labels {
                    match label {
                        Node::String(label) => path.push_str(&path_step(label)?),
                        Node::Number(index) => path.push_str(&format!("[{index}]")),
                        _ => return Err("a path that is computed".to_owned()),
                    }
                }
                string_literal(&path)
            }
        };
        let (op, ty) = match (text || hstore, hstore) {
            (true, _) => ("->>", Ty::text()),
            (false, _) => ("->", Ty::json()),
        };
        Ok(Sql {
            json_text: text && !hstore,
            ..Sql::new(
                format!("{} {op} {path}", document.at(level::CONCAT)),
                level::CONCAT,
                ty,
            )
        })
    }

    /// `column[1]` of an array.
    pub(super) fn subscript(&mut self, base: &Node, index: &Node) -> Result<Sql> {
        let array = self.expr(base)?;
        let Node::Number(index) = index else {
            return Err("an index that is computed".to_owned());
        };
        let place = index.parse::<u32>().ok().and_then(|i| i.checked_sub(1));
        let place = place.ok_or("an index under 1")?;
        let element = array.ty.as_ref().map(|t| self.ty_of(&t.pg.element()));
        let plain = matches!(
            element.as_ref().map(|e| &e.encoding),
            Some(Encoding::Text | Encoding::Integer | Encoding::Bool)
        );
        if array.encoding() != Some(&Encoding::ArrayJson) || !plain {
            return Err("items of this type stand otherwise inside an array".to_owned());
        }
        self.note(Grade::Exact, "Arrays count from 0 in SQLite.");
        Ok(Sql::new(
            format!("{} ->> {place}", array.at(level::CONCAT)),
            level::CONCAT,
            element,
        ))
    }
}

/// A step of a JSON path; SQLite has no escape for a quote inside a label.
fn path_step(label: &str) -> Result<String> {
    if label.contains(['"', '\\']) {
        return Err("a key with quotes".to_owned());
    }
    Ok(format!(".\"{label}\""))
}
