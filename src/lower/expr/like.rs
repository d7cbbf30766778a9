//! Patterns: LIKE distinguishes case in PostgreSQL and not in SQLite, where GLOB does (sqlite.org/lang_expr.html, section 5).

use super::regex;
use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::Node;
use crate::sqlite::schema::string_literal;

/// The text of a literal, through casts to text.
pub(super) fn text_of(node: &Node) -> Option<&str> {
    match node {
        Node::String(text) => Some(text),
        Node::Cast(inner, _) => text_of(inner),
        _ => None,
    }
}

impl Translator<'_> {
    /// `LIKE` and `ILIKE` with the escape character that applies.
    pub(super) fn like(
        &mut self,
        left: &Node,
        op: &str,
        right: &Node,
        escape: char,
    ) -> Result<Sql> {
        let subject = self.subject(left)?;
        let pattern = text_of(right).ok_or_else(|| {
            format!("{op} with a computed pattern: SQLite's LIKE does not tell case apart")
        })?;
        let parts = parse_like(pattern, escape).ok_or("the pattern ends in its escape")?;
        let not = if op.starts_with("NOT") { "NOT " } else { "" };
        let subject = subject.at(level::COMPARE);
        if op.ends_with("ILIKE") {
            if !pattern.is_ascii() {
                self.note(Grade::Widened, "SQLite folds the letters A to Z alone.");
            }
            return Ok(Sql::new(
                format!("{subject} {not}LIKE {}", like_literal(&parts)),
                level::EQUAL,
                Ty::boolean(),
            ));
        }
        Ok(Sql::new(
            format!("{subject} {not}GLOB {}", string_literal(&glob(&parts))),
            level::EQUAL,
            Ty::boolean(),
        ))
    }

    /// `LIKE .. ESCAPE '!'`.
    pub(super) fn escaped(&mut self, inner: &Node, escape: &Node) -> Result<Sql> {
        let Node::Binary(left, op, right) = inner else {
            return Err("ESCAPE without a pattern".to_owned());
        };
        let escape = text_of(escape).ok_or("a computed escape")?;
        let mut chars = escape.chars();
        match (op.as_str(), chars.next(), chars.next()) {
            ("LIKE" | "NOT LIKE" | "ILIKE" | "NOT ILIKE", Some(c), None) => {
                self.like(left, op, right, c)
            }
            // No escape at all: a character that no pattern holds.
            ("LIKE" | "NOT LIKE" | "ILIKE" | "NOT ILIKE", None, None) => {
                self.like(left, op, right, '\u{0}')
            }
            _ => Err("ESCAPE of this pattern has no equal".to_owned()),
        }
    }

    /// Regular expressions and `SIMILAR TO`, where a GLOB or a list says exactly the same.
    pub(super) fn matches(&mut self, left: &Node, op: &str, right: &Node) -> Result<Sql> {
        let subject = self.subject(left)?;
        let pattern = text_of(right).ok_or("a computed pattern")?;
        let (negated, ignore_case, expr) = match op {
            "~" => (false, false, pattern.to_owned()),
            "!~" => (true, false, pattern.to_owned()),
            "~*" => (false, true, pattern.to_owned()),
            "!~*" => (true, true, pattern.to_owned()),
            "SIMILAR TO" => (false, false, regex::from_similar(pattern)?),
            _ => (true, false, regex::from_similar(pattern)?),
        };
        if ignore_case {
            return Err("a regular expression without regard to case has no equal".to_owned());
        }
        let test = regex::to_test(&expr, &subject.text, &subject.at(level::COMPARE))?;
        let (text, own) = match (test.always_one_term, negated) {
            (true, false) => (test.sql, level::EQUAL),
            (false, false) => (test.sql, level::AND),
            (_, true) => (format!("NOT ({})", test.sql), level::NOT),
        };
        Ok(Sql::new(text, own, Ty::boolean()))
    }

    /// What is matched against a pattern: text.
    fn subject(&mut self, node: &Node) -> Result<Sql> {
        let sql = self.expr(node)?;
        match sql.encoding() {
            Some(Encoding::Text) | None => self.text_form(sql),
            _ => Err("a pattern for something that is no text".to_owned()),
        }
    }
}

/// A part of a LIKE pattern.
enum Part {
    Char(char),
    AnyOne,
    AnyMany,
}

fn parse_like(pattern: &str, escape: char) -> Option<Vec<Part>> {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            c if c == escape => Part::Char(chars.next()?),
            '%' => Part::AnyMany,
            '_' => Part::AnyOne,
            c => Part::Char(c),
        });
    }
    Some(out)
}

fn glob(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Char(c) => regex::push_glob_char(*c, &mut out),
            Part::AnyOne => out.push('?'),
            Part::AnyMany => out.push('*'),
        }
    }
    out
}

/// A LIKE pattern with SQLite's explicit escape where it needs one.
fn like_literal(parts: &[Part]) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for part in parts {
        match part {
            Part::Char(c) if matches!(c, '%' | '_' | '\\') => {
                escaped = true;
                out.push('\\');
                out.push(*c);
            }
            Part::Char(c) => out.push(*c),
            Part::AnyOne => out.push('_'),
            Part::AnyMany => out.push('%'),
        }
    }
    let escape = if escaped { " ESCAPE '\\'" } else { "" };
    format!("{}{escape}", string_literal(&out))
}
