//! Operator classes in `EXCLUDE (expression opclass WITH operator)`, which the parser crate does not know: they are
//! handed through it as a collation of a name that nobody gives.

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxToken};

/// Begins the marking name of a collation.
const MARK: &str = "opclass\u{1}";

/// The text with operator classes marked; `None` when it has none.
pub(super) fn mark_opclasses(text: &str) -> Option<String> {
    if !text.to_ascii_uppercase().contains("EXCLUDE") {
        return None;
    }
    let root = SourceFile::parse(text).syntax_node();
    let tokens: Vec<SyntaxToken> = root
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .collect();
    let significant: Vec<usize> = tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| !t.kind().is_trivia())
        .map(|(at, _)| at)
        .collect();
    let mut marked = Vec::new();
    let mut inside = false;
    let mut depth = 0_usize;
    let mut start_of_element = 0_usize;
    for (nth, at) in significant.iter().enumerate() {
        let token = tokens.get(*at)?;
        let word = token.text().to_ascii_uppercase();
        match word.as_str() {
            "EXCLUDE" => {
                inside = true;
                depth = 0;
            }
            "(" if inside => {
                depth += 1;
                if depth == 1 {
                    start_of_element = nth + 1;
                }
            }
            ")" if inside => {
                depth = depth.saturating_sub(1);
                inside = depth > 0;
            }
            "," if inside && depth == 1 => start_of_element = nth + 1,
            // A name right before WITH that is not the element's only word.
            "WITH" if inside && depth == 1 && nth >= start_of_element + 2 => {
                let name = significant
                    .get(nth - 1)
                    .and_then(|i| Some((*i, tokens.get(*i)?)));
                let before = significant
                    .get(nth - 2)
                    .and_then(|i| tokens.get(*i))
                    .map(|t| t.text().to_ascii_uppercase())
                    .unwrap_or_default();
                if let Some((at, name)) = name
                    && name
                        .text()
                        .starts_with(|c: char| c == '_' || c.is_alphabetic())
                    && before != "COLLATE"
                    && before != "."
                {
                    marked.push(at);
                }
            }
            _ => {}
        }
    }
    if marked.is_empty() {
        return None;
    }
    let mut out = String::new();
    for (at, token) in tokens.iter().enumerate() {
        if marked.contains(&at) {
            out.push_str(&format!("COLLATE \"{MARK}{}\"", token.text()));
        } else {
            out.push_str(token.text());
        }
    }
    Some(out)
}

/// An element as it was written before [`mark_opclasses`].
pub(super) fn unmark(element: &str) -> String {
    let needle = format!("COLLATE \"{MARK}");
    match element.split_once(&needle) {
        Some((head, tail)) => format!("{head}{}", tail.trim_end().trim_end_matches('"')),
        None => element.to_owned(),
    }
}
