//! What the models of Alembic call: operations, the context, inspectors.

mod alter;
mod context;
mod execute;
mod inspect;
pub use inspect::MISSING_TABLES;
mod ops;

use super::eval::value::Native;
use crate::ir::{Expr, IndexKey, IndexPart};

/// The natives of this module.
pub fn natives() -> impl Iterator<Item = &'static Native> {
    ops::NATIVES
        .iter()
        .chain(alter::NATIVES)
        .chain(execute::NATIVES)
        .chain(inspect::NATIVES)
        .chain(context::NATIVES)
}

/// Reads one key part that a script wrote as text: `lower(a) DESC NULLS LAST`, `name varchar_pattern_ops`.
pub fn index_text(text: &str) -> IndexPart {
    let mut part = IndexPart::column("");
    let mut rest = text.trim();
    let strip = |text: &str, word: &str| -> Option<usize> {
        let start = text.len().checked_sub(word.len())?;
        let (head, tail) = (text.get(..start)?, text.get(start..)?);
        (tail.eq_ignore_ascii_case(word) && head.ends_with(|c: char| c.is_whitespace() || c == ')'))
            .then(|| head.trim_end().len())
    };
    if let Some(end) = strip(rest, "NULLS FIRST") {
        part.nulls_first = Some(true);
        rest = rest.get(..end).unwrap_or(rest);
    } else if let Some(end) = strip(rest, "NULLS LAST") {
        part.nulls_first = Some(false);
        rest = rest.get(..end).unwrap_or(rest);
    }
    if let Some(end) = strip(rest, "DESC") {
        part.descending = true;
        rest = rest.get(..end).unwrap_or(rest);
    } else if let Some(end) = strip(rest, "ASC") {
        rest = rest.get(..end).unwrap_or(rest);
    }
    // An operator class follows a column or a parenthesis, as one more word.
    if let Some((head, class)) = rest.rsplit_once(char::is_whitespace) {
        let head = head.trim_end();
        let word = |w: &str| {
            !w.is_empty()
                && w.chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        };
        let closed = head.ends_with(')') && balanced(head);
        if word(class) && class.ends_with("_ops") && (word(head) || closed || quoted(head)) {
            part.opclass = Some(class.to_owned());
            rest = head;
        }
    }
    part.key = if quoted(rest) {
        let inner = rest.get(1..rest.len() - 1).unwrap_or_default();
        IndexKey::Column(inner.replace("\"\"", "\""))
    } else if !rest.is_empty()
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !rest.starts_with(|c: char| c.is_ascii_digit())
    {
        IndexKey::Column(rest.to_lowercase())
    } else {
        IndexKey::Expr(Expr(unwrapped(rest).to_owned()))
    };
    part
}

fn quoted(text: &str) -> bool {
    text.len() > 2
        && text.starts_with('"')
        && text.ends_with('"')
        && !text.get(1..text.len() - 1).unwrap_or("\"").contains('"')
}

fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// The text without the parentheses that enclose all of it.
fn unwrapped(text: &str) -> &str {
    match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) if balanced(inner) => unwrapped(inner.trim()),
        _ => text,
    }
}
