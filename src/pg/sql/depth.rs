//! How deeply a text can nest, told from its tokens before it is parsed: the parser and the readers of its trees recurse, and no script may
//! overflow their stack.

/// Levels that any statement of a migration stays far below.
const MAX_DEPTH: usize = 3000;
/// Levels that need no stack of their own.
const SHALLOW: usize = 60;
/// Stack for the deepest text.
const STACK: usize = 96 << 20;

/// Runs a parser on a stack that is large enough for the text; `None` when the text may nest too deeply.
pub(super) fn guarded<T>(text: &str, parse: impl FnOnce() -> T) -> Option<T> {
    match depth(text) {
        0..=SHALLOW => Some(stacker::maybe_grow(2 << 20, 8 << 20, parse)),
        n if n <= MAX_DEPTH => Some(stacker::maybe_grow(STACK / 2, STACK, parse)),
        _ => None,
    }
}

/// What is said of a text that is not parsed.
pub(super) const TOO_DEEP: &str = "it is nested more deeply than any statement of a migration";

/// The statements of a text: where each begins and ends, its `;` left out.
pub(super) fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut begin = 0;
    let mut lexer = Lexer { text, at: 0 };
    while let Some(token) = lexer.next(Dollars::Skip) {
        if token == ";" {
            found.push(text.get(begin..lexer.at - 1).unwrap_or_default());
            begin = lexer.at;
        }
    }
    found.push(text.get(begin..).unwrap_or_default());
    found
}

/// An upper bound of the depth of any tree of the text: the tokens since the last comma or semicolon, in all open brackets.
/// Bodies of functions count as text.
fn depth(text: &str) -> usize {
    let mut levels = vec![0_usize];
    let (mut total, mut most) = (0_usize, 0_usize);
    let mut lexer = Lexer { text, at: 0 };
    while let Some(token) = lexer.next(Dollars::Enter) {
        match token {
            "(" | "[" => {
                if let Some(level) = levels.last_mut() {
                    *level += 1;
                }
                levels.push(0);
                total += 1;
            }
            ")" | "]" => {
                if levels.len() > 1 {
                    total -= levels.pop().unwrap_or(0);
                }
            }
            "," | ";" => {
                if let Some(level) = levels.last_mut() {
                    total -= std::mem::take(level);
                }
            }
            _ => {
                if let Some(level) = levels.last_mut() {
                    *level += 1;
                }
                total += 1;
            }
        }
        most = most.max(total);
    }
    most
}

/// What is done with `$tag$ .. $tag$`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dollars {
    /// It is one token.
    Skip,
    /// Its inside is text like any other.
    Enter,
}

/// Tokens as far as nesting goes.
struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on behind the next `end`, or to the end of the text.
    fn past(&mut self, from: usize, end: &str) {
        let found = self.text.get(from..).and_then(|rest| rest.find(end));
        self.at = found.map_or(self.text.len(), |at| from + at + end.len());
    }

    fn next(&mut self, dollars: Dollars) -> Option<&'a str> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            let begin = self.at;
            if first.is_whitespace() {
                self.at += first.len_utf8();
                continue;
            }
            if rest.starts_with("--") {
                self.past(begin, "\n");
                continue;
            }
            if rest.starts_with("/*") {
                self.comment();
                continue;
            }
            match first {
                '\'' => self.quoted(begin + 1, '\'', false),
                '"' => self.quoted(begin + 1, '"', false),
                'e' | 'E' if rest.get(1..2) == Some("'") => self.quoted(begin + 2, '\'', true),
                '$' if dollars == Dollars::Skip && tag(rest).is_some() => {
                    let tag = tag(rest).unwrap_or_default();
                    self.past(begin + tag.len(), tag);
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let word = rest
                        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                        .unwrap_or(rest.len());
                    self.at += word;
                }
                c => self.at += c.len_utf8(),
            }
            return self.text.get(begin..self.at);
        }
    }

    fn quoted(&mut self, from: usize, quote: char, escapes: bool) {
        let mut chars = self.text.get(from..).unwrap_or_default().char_indices();
        while let Some((at, c)) = chars.next() {
            if c == '\\' && escapes {
                chars.next();
            } else if c == quote {
                self.at = from + at + 1;
                return;
            }
        }
        self.at = self.text.len();
    }

    /// Comments nest.
    fn comment(&mut self) {
        let mut open = 0_usize;
        while self.at < self.text.len() {
            let rest = self.rest();
            if rest.starts_with("/*") {
                open += 1;
                self.at += 2;
            } else if rest.starts_with("*/") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    return;
                }
            } else {
                self.at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
    }
}

/// `$tag$` at the beginning of a text.
fn tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('$')?;
    let end = inner.find('$')?;
    let name = inner.get(..end)?;
    let fits = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if fits { text.get(..end + 2) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_flat_and_chains_are_deep() {
        let list = vec!["(1, 'a;(''(', -2)"; 1000].join(", ");
        assert!(depth(&format!("INSERT INTO t VALUES {list}")) < 30);
        assert!(depth(&"a AND ".repeat(1000)) > 1999);
        assert!(depth(&"(".repeat(1000)) > 999);
        assert!(depth(&format!("a{}", "[1]".repeat(1000))) > 999);
        assert!(depth(&"DO $$ BEGIN IF x THEN $$ ".repeat(1000)) > 999);
    }

    #[test]
    fn statements_end_outside_of_quotes_and_comments() {
        let text = "SELECT ';' /* ; /* ; */ */; DO $x$ a; b $$ ; $x$; -- ;\n SELECT E'\\';'";
        let found: Vec<&str> = statements(text).into_iter().map(str::trim).collect();
        assert_eq!(
            found,
            [
                "SELECT ';' /* ; /* ; */ */",
                "DO $x$ a; b $$ ; $x$",
                "-- ;\n SELECT E'\\';'"
            ]
        );
    }
}
