//! Literals in the stored form of what they are compared with or assigned to.

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::literal::{array_item, literal};
use crate::pg::sql::ast::Node;
use crate::sqlite::schema::string_literal;

impl Translator<'_> {
    /// An expression in the form of a type: literals are written in it, other forms are converted.
    pub(super) fn expr_as(&mut self, node: &Node, want: &Ty) -> Result<Sql> {
        if let Some(sql) = self.literal_as(node, want)? {
            return Ok(sql);
        }
        let sql = self.expr(node)?;
        self.convert(sql, want)
    }

    /// A value as an assignment to a column of that type makes it.
    pub(super) fn assigned(&mut self, node: &Node, want: &Ty) -> Result<Sql> {
        if let Some(sql) = self.literal_as(node, want)? {
            return Ok(sql);
        }
        if let Node::Call(call) = node
            && [super::CLOCK, super::RANDOM_UUID].contains(&call.name.as_str())
        {
            // In other columns, the form in which Python wrote it is not known.
            let (fits, name) = if call.name == super::CLOCK {
                (want.is_moment(), "now")
            } else {
                (want.encoding.is_uuid(), "gen_random_uuid")
            };
            if !fits {
                return Err(format!(
                    "a value that differs with each run, for {}",
                    want.pg
                ));
            }
            let mut known = call.clone();
            known.name = name.to_owned();
            return self.assigned(&Node::Call(known), want);
        }
        // The CHECK of an enum's column refuses what is no label, as the cast does.
        if let Node::Cast(inner, to) = node
            && *to == want.pg
            && self.place == super::Place::Data
            && want.encoding == Encoding::Text
            && want.pg.user_defined().is_some()
        {
            return self.assigned(inner, &Ty::text());
        }
        let sql = self.expr(node)?;
        if want.encoding == Encoding::Text && sql.encoding().is_some_and(|e| *e != Encoding::Text) {
            return self.text_form(sql);
        }
        if want.encoding == Encoding::Date
            && matches!(
                sql.encoding(),
                Some(Encoding::Timestamp | Encoding::TimestampUtc)
            )
        {
            return self.cast_to_date(sql);
        }
        self.convert(sql, want)
    }

    /// A literal in the form of a type; `None` when the node is no literal.
    pub(super) fn literal_as(&mut self, node: &Node, want: &Ty) -> Result<Option<Sql>> {
        let text = match node {
            Node::Null => return Ok(Some(Sql::atom("NULL", want.clone()))),
            Node::String(text) => text.clone(),
            Node::Bool(value) if want.encoding == Encoding::Bool => value.to_string(),
            Node::Number(text) if want.is_numeric() => text.clone(),
            // An assignment turns numbers into text.
            Node::Number(text) if want.encoding == Encoding::Text => text.clone(),
            Node::Unary(sign, inner) if sign == "-" => match &**inner {
                Node::Number(text) => format!("-{text}"),
                _ => return Ok(None),
            },
            Node::Cast(inner, to) => {
                let inner_literal = matches!(**inner, Node::String(_) | Node::Null)
                    || matches!(&**inner, Node::Cast(..));
                let source = self.ty_of(to);
                if !inner_literal || !source.reads_like(want) {
                    return Ok(None);
                }
                return self.literal_as(inner, want);
            }
            Node::Array(items) if want.encoding == Encoding::ArrayJson => {
                return self.array_literal(items, want).map(Some);
            }
            _ => return Ok(None),
        };
        let number = matches!(node, Node::Number(_) | Node::Unary(..));
        // A number beside a column of whole numbers may have places: `quantity > 0.5`.
        if number && want.encoding.is_number() {
            return Ok(Some(number_literal(&text)));
        }
        let written = literal(&text, &want.pg, &want.encoding)?;
        let level = if written.starts_with('-') {
            level::UNARY
        } else {
            level::ATOM
        };
        Ok(Some(Sql::new(written, level, want.clone())))
    }

    /// `ARRAY[..]` of literals as the JSON text that is stored.
    fn array_literal(&mut self, items: &[Node], want: &Ty) -> Result<Sql> {
        let element = want.pg.element();
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let mut bare = item;
            while let Node::Cast(inner, _) = bare {
                bare = inner;
            }
            out.push(match bare {
                Node::Null => "null".to_owned(),
                Node::String(text) | Node::Number(text) => array_item(text, &element)?,
                Node::Bool(value) => value.to_string(),
                _ => return Err("an array of expressions has no form".to_owned()),
            });
        }
        let text = string_literal(&format!("[{}]", out.join(", ")));
        Ok(Sql::atom(text, want.clone()))
    }
}

/// A number as written; PostgreSQL's `1_000` and `0x1F` are not kept by its catalog.
pub(super) fn number_literal(text: &str) -> Sql {
    let (level, digits) = match text.strip_prefix('-') {
        Some(rest) => (level::UNARY, rest),
        None => (level::ATOM, text),
    };
    let ty = match digits.split_once('.') {
        Some((_, places)) => Ty::numeric(u8::try_from(places.len()).ok()),
        None if digits.contains(['e', 'E']) => Ty::real(),
        None => Ty::integer(),
    };
    Sql::new(text, level, ty)
}
