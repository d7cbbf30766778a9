//! SQLite's expressions and statements by their tokens, so that spelling does not count.

use super::text::{Kind, tokens};

/// An expression by its tokens: no comments, unquoted words and names in lower case, one blank between tokens, no
/// parentheses around the whole.
pub fn normal(sql: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for token in tokens(sql) {
        match token.kind {
            Kind::Comment => {}
            Kind::Word | Kind::Quoted => {
                parts.push(token.name().unwrap_or_default().to_lowercase());
            }
            Kind::Blob | Kind::Number => parts.push(token.text.to_ascii_lowercase()),
            Kind::Punct => parts.push(
                match token.text {
                    "!=" => "<>",
                    "==" => "=",
                    other => other,
                }
                .to_owned(),
            ),
            Kind::String => parts.push(token.text.to_owned()),
        }
    }
    while parts.last().is_some_and(|p| p == ";") {
        parts.pop();
    }
    while wrapped(&parts) {
        parts.remove(0);
        parts.pop();
    }
    parts.join(" ")
}

/// Whether the first parenthesis closes at the very end.
fn wrapped(parts: &[String]) -> bool {
    let mut depth = 0_usize;
    for (place, part) in parts.iter().enumerate() {
        match part.as_str() {
            "(" => depth += 1,
            ")" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return place + 1 == parts.len() && place > 0;
                }
            }
            _ if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        for (a, b) in [
            ("a  != 'X'", "(\"A\" <> 'X')"),
            ("x IN (1,2) -- c", "X in ( 1 , 2 )"),
            ("((a))", "a"),
        ] {
            assert_eq!(normal(a), normal(b), "{a}");
        }
        assert_ne!(normal("a = 'X'"), normal("a = 'x'"));
        assert_ne!(normal("(a) + (b)"), normal("a) + (b"));
    }
}
