//! `INTO variables` in the statements of a PL/pgSQL body, which the parser crate takes for `SELECT INTO table` or refuses:
//! such a statement is handed through it as an `EXECUTE` of a marked text.

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxKind as K};

/// Quotes the query of a lifted statement.
pub(super) const MARK: &str = "$decant_query$";

struct Token {
    text: String,
    trivia: bool,
    upper: String,
}

fn tokens(body: &str) -> Vec<Token> {
    SourceFile::parse(body)
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .map(|t| Token {
            trivia: t.kind().is_trivia() || t.kind() == K::COMMENT,
            upper: t.text().to_ascii_uppercase(),
            text: t.text().to_owned(),
        })
        .collect()
}

/// Whether a statement may begin after this word.
fn begins_statement(word: &str) -> bool {
    matches!(
        word,
        "" | ";" | "BEGIN" | "THEN" | "ELSE" | "LOOP" | ">>" | ">"
    )
}

/// The body of a block with its `SELECT .. INTO x` written as `EXECUTE`.
pub(super) fn lift(body: &str) -> String {
    let tokens = tokens(body);
    let mut out = String::with_capacity(body.len());
    let mut last = String::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let starts = begins_statement(&last)
            && matches!(
                token.upper.as_str(),
                "SELECT" | "WITH" | "INSERT" | "UPDATE" | "DELETE"
            );
        if starts && let Some((end, text)) = lifted(&tokens, at) {
            out.push_str(&text);
            at = end;
            last = ";".to_owned();
            continue;
        }
        out.push_str(&token.text);
        if !token.trivia {
            last.clone_from(&token.upper);
        }
        at += 1;
    }
    out
}

/// The statement that begins at a token, when it has an `INTO` of variables: where it ends, and what stands for it.
fn lifted(tokens: &[Token], start: usize) -> Option<(usize, String)> {
    let changes = matches!(
        tokens.get(start)?.upper.as_str(),
        "INSERT" | "UPDATE" | "DELETE"
    );
    let mut depth = 0_usize;
    let mut into = None;
    let mut returning = !changes;
    let mut before = "";
    let mut end = None;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.upper.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "RETURNING" if depth == 0 => returning = true,
            "INTO" if depth == 0 && returning && into.is_none() && before != "INSERT" => {
                into = Some(at);
            }
            ";" if depth == 0 => {
                end = Some(at);
                break;
            }
            _ => {}
        }
        if !token.trivia {
            before = token.upper.as_str();
        }
    }
    let (into, end) = (into?, end?);
    let (targets, rest) = targets(tokens, into + 1, end)?;
    let text = |from: usize, to: usize| -> String {
        tokens
            .get(from..to)
            .unwrap_or_default()
            .iter()
            .map(|t| t.text.as_str())
            .collect()
    };
    let query = format!("{} {}", text(start, into), text(rest, end));
    if query.contains(MARK) {
        return None;
    }
    Some((
        end + 1,
        format!("EXECUTE {MARK}{query}{MARK} INTO {targets};"),
    ))
}

/// `[STRICT] a, b.c` from a token on: its text, and the token after it.
fn targets(tokens: &[Token], from: usize, end: usize) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut wants_name = true;
    let mut at = from;
    while at < end {
        let token = tokens.get(at)?;
        if token.trivia {
            at += 1;
            continue;
        }
        let name = token
            .text
            .starts_with(|c: char| c == '"' || c == '_' || c.is_alphabetic());
        if wants_name && name {
            out.push_str(&token.text);
            out.push(' ');
            wants_name = token.upper == "STRICT";
        } else if !wants_name && matches!(token.text.as_str(), "," | ".") {
            out = out.trim_end().to_owned();
            out.push_str(&token.text);
            wants_name = true;
        } else {
            break;
        }
        at += 1;
    }
    (!wants_name).then(|| (out.trim_end().to_owned(), at))
}
