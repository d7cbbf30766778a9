//! Splits SQLite's SQL into statements: strings, quoted names, comments and trigger bodies are read as SQLite reads them.

use serde::Serialize;
use thiserror::Error as ThisError;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Its text from its first word up to the terminator, without comments in front.
    pub sql: String,
    /// Line of its first word, from 1, in the text that was split; 0 for a statement that comes from no text.
    pub line: u32,
}

impl From<String> for Statement {
    fn from(sql: String) -> Self {
        Self { sql, line: 0 }
    }
}

impl From<&str> for Statement {
    fn from(sql: &str) -> Self {
        sql.to_owned().into()
    }
}

impl Statement {
    /// The unquoted words that it begins with, in upper case, at most `count`.
    pub fn words(&self, count: usize) -> Vec<String> {
        let tokens = Tokens::new(&self.sql);
        tokens
            .map_while(|token| match token {
                Ok(Token {
                    kind: Kind::Word,
                    text,
                    ..
                }) => Some(text.to_ascii_uppercase()),
                _ => None,
            })
            .take(count)
            .collect()
    }
}

impl Statement {
    /// The table that a `CREATE TABLE` makes, as SQLite would name it.
    pub fn created_table(&self) -> Option<String> {
        let tokens: Vec<Token<'_>> = Tokens::new(&self.sql)
            .map_while(Result::ok)
            .take(10)
            .collect();
        let is = |at: usize, word: &str| {
            tokens
                .get(at)
                .is_some_and(|t: &Token<'_>| t.text.eq_ignore_ascii_case(word))
        };
        if !is(0, "CREATE") {
            return None;
        }
        let mut at = 1 + usize::from(is(1, "TEMP") || is(1, "TEMPORARY"));
        if !is(at, "TABLE") {
            return None;
        }
        at += if is(at + 1, "IF") { 4 } else { 1 };
        if is(at + 1, ".") {
            at += 2;
        }
        tokens.get(at).map(|token| unquoted(token.text))
    }
}

/// A name without its quotes.
fn unquoted(name: &str) -> String {
    let inner = name
        .get(1..name.len().saturating_sub(1))
        .unwrap_or_default();
    match name.chars().next() {
        Some(quote @ ('"' | '`' | '\'')) => {
            inner.replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        Some('[') => inner.to_owned(),
        _ => name.to_owned(),
    }
}

/// Something that begins and never ends.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("the {what} that begins in line {line} never ends")]
pub struct Unterminated {
    /// What it is: a string, a quoted name.
    pub what: &'static str,
    /// Line of its first character, from 1.
    pub line: u32,
}

/// A statement with the place of its text.
pub(super) struct Piece {
    /// First byte of its first word.
    pub start: usize,
    /// Just behind its last token, or its last comment in front of the terminator.
    pub end: usize,
    /// Just behind its terminator; the end of the text for a last statement without one.
    pub behind: usize,
    pub line: u32,
}

/// The statements of `text`, in order; what is only comments is none.
///
/// # Errors
/// When a string, a quoted name or a trigger body never ends.
pub fn split(text: &str) -> Result<Vec<Statement>, Unterminated> {
    let pieces = split_pieces(text)?;
    Ok(pieces
        .into_iter()
        .map(|piece| Statement {
            sql: text
                .get(piece.start..piece.end)
                .unwrap_or_default()
                .to_owned(),
            line: piece.line,
        })
        .collect())
}

/// The same with byte ranges.
///
/// In a trigger a `;` ends the statement only behind an `END` that itself follows a `;`, as in `sqlite3_complete()`:
/// every statement of a body ends in one, and the `END` of a CASE never follows one.
pub(super) fn split_pieces(text: &str) -> Result<Vec<Piece>, Unterminated> {
    let mut pieces = Vec::new();
    let mut current: Option<Open> = None;
    for token in Tokens::new(text) {
        let token = token?;
        let Some(open) = &mut current else {
            if token.kind != Kind::Semicolon {
                current = Some(Open::new(&token));
            }
            continue;
        };
        if token.kind == Kind::Semicolon && open.ends_here() {
            // A comment in front of the terminator belongs to the statement.
            let own = text.get(open.piece.start..token.start).unwrap_or_default();
            open.piece.end = open.piece.start + own.trim_end().len();
            let behind = token.start + token.text.len();
            pieces.extend(current.take().map(|open| open.piece(behind)));
        } else {
            open.take(&token);
        }
    }
    if let Some(open) = current {
        if open.in_body() && !open.ends_here() {
            return Err(Unterminated {
                what: "trigger body",
                line: open.piece.line,
            });
        }
        pieces.push(open.piece(text.len()));
    }
    Ok(pieces)
}

/// A statement that has begun.
struct Open {
    piece: Piece,
    /// Its first words, to see whether it makes a trigger.
    words: Vec<String>,
    trigger: bool,
    /// Whether the trigger's BEGIN was passed.
    body: bool,
    /// The last two tokens were `;` and `END`.
    last_was_semicolon: bool,
    last_was_end: bool,
}

impl Open {
    fn new(token: &Token<'_>) -> Self {
        let mut open = Self {
            piece: Piece {
                start: token.start,
                end: token.start,
                behind: token.start,
                line: token.line,
            },
            words: Vec::new(),
            trigger: false,
            body: false,
            last_was_semicolon: false,
            last_was_end: false,
        };
        open.take(token);
        open
    }

    fn take(&mut self, token: &Token<'_>) {
        // CREATE [TEMP | TEMPORARY] TRIGGER, perhaps behind EXPLAIN [QUERY PLAN].
        const WORDS_TO_SEE: usize = 6;
        let word = (token.kind == Kind::Word).then(|| token.text.to_ascii_uppercase());
        self.last_was_end = self.body && self.last_was_semicolon && word.as_deref() == Some("END");
        self.last_was_semicolon = token.kind == Kind::Semicolon;
        if let Some(word) = word {
            if self.trigger && word == "BEGIN" {
                self.body = true;
            }
            if self.words.len() < WORDS_TO_SEE {
                self.words.push(word);
                let words: Vec<&str> = self
                    .words
                    .iter()
                    .map(String::as_str)
                    .skip_while(|w| matches!(*w, "EXPLAIN" | "QUERY" | "PLAN"))
                    .collect();
                self.trigger = matches!(
                    words.as_slice(),
                    ["CREATE", "TRIGGER", ..] | ["CREATE", "TEMP" | "TEMPORARY", "TRIGGER", ..]
                );
            }
        }
        self.piece.end = token.start + token.text.len();
    }

    fn in_body(&self) -> bool {
        self.trigger && self.body
    }

    fn ends_here(&self) -> bool {
        !self.in_body() || self.last_was_end
    }

    fn piece(self, behind: usize) -> Piece {
        Piece {
            behind,
            ..self.piece
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Unquoted letters, digits and `_`; a keyword or a name.
    Word,
    Semicolon,
    /// Any other character, a string or a quoted name.
    Other,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    pub start: usize,
    pub line: u32,
}

/// The tokens of a text, comments and blanks left out.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn pass(&mut self, bytes: usize) -> &'t str {
        let passed = self.rest().get(..bytes).unwrap_or_else(|| self.rest());
        let lines = memchr::memchr_iter(b'\n', passed.as_bytes()).count();
        self.line = self
            .line
            .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.at += passed.len();
        passed
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            let rest = self.rest();
            let length = if rest.starts_with("--") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(inside) = rest.strip_prefix("/*") {
                // An unfinished block comment reaches to the end, in SQLite as here.
                inside.find("*/").map_or(rest.len(), |i| i + 4)
            } else {
                rest.len()
                    - rest
                        .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
                        .len()
            };
            if length == 0 {
                return;
            }
            self.pass(length);
        }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Result<Token<'t>, Unterminated>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_blanks_and_comments();
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (start, line) = (self.at, self.line);
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = match first {
            ';' => Some(1),
            '\'' | '"' | '`' => quoted(rest, first),
            '[' => rest.find(']').map(|i| i + 1),
            c if is_word(c) => Some(rest.find(|c| !is_word(c)).unwrap_or(rest.len())),
            c => Some(c.len_utf8()),
        };
        let Some(length) = length else {
            // What never ends is the last token.
            self.at = self.text.len();
            let what = if first == '\'' {
                "string"
            } else {
                "quoted name"
            };
            return Some(Err(Unterminated { what, line }));
        };
        let kind = match first {
            ';' => Kind::Semicolon,
            c if is_word(c) => Kind::Word,
            _ => Kind::Other,
        };
        let text = self.pass(length);
        Some(Ok(Token {
            kind,
            text,
            start,
            line,
        }))
    }
}

/// Length of a quoted token; a doubled quote stands for itself.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut from = quote.len_utf8();
    loop {
        let end = from + rest.get(from..)?.find(quote)? + quote.len_utf8();
        if !rest.get(end..)?.starts_with(quote) {
            return Some(end);
        }
        from = end + quote.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<String> {
        split(sql)
            .map(|list| list.into_iter().map(|s| s.sql).collect())
            .unwrap_or_default()
    }

    #[test]
    fn semicolons_that_end_nothing() {
        let cases = [
            "INSERT INTO t VALUES ('a;b', 'it''s;')",
            "CREATE TABLE \"a;b\" (c)",
            "CREATE TABLE [a;b] (`c;``d`)",
            "SELECT 1 -- a; b\n, 2",
            "SELECT 1 /* a; b */, 2",
            "CREATE TRIGGER a AFTER UPDATE ON t BEGIN UPDATE t SET x = CASE WHEN y THEN 1 ELSE 2 END; \
             SELECT CASE 1 WHEN 2 THEN 3 END FROM t; END",
            "create temp trigger a after update of end on t when new.end is null begin delete from u; end",
        ];
        for case in cases {
            assert_eq!(texts(&format!("{case};\nSELECT 2;")), [case, "SELECT 2"]);
            assert_eq!(texts(case), [case]);
        }
    }

    #[test]
    fn comments_alone_are_no_statement() {
        assert_eq!(texts("-- a;\n ;; /* b; */ SELECT 1; -- c"), ["SELECT 1"]);
        assert_eq!(texts("/* unfinished ;"), Vec::<String>::new());
    }

    #[test]
    fn lines_are_of_the_first_word() {
        let lines: Vec<u32> = split("-- a\nSELECT\n1;\n\n/* b\n */ SELECT 2")
            .map(|list| list.iter().map(|s| s.line).collect())
            .unwrap_or_default();
        assert_eq!(lines, [2, 6]);
    }

    #[test]
    fn tables_that_are_made() {
        let cases = [
            ("CREATE TABLE a (b)", Some("a")),
            (
                "create temp table if not exists main.\"a\"\"b\" (c)",
                Some("a\"b"),
            ),
            ("CREATE TABLE [a b] AS SELECT 1", Some("a b")),
            ("CREATE INDEX a ON b (c)", None),
            ("DROP TABLE a", None),
        ];
        for (sql, table) in cases {
            assert_eq!(
                Statement::from(sql).created_table().as_deref(),
                table,
                "{sql}"
            );
        }
    }

    #[test]
    fn what_never_ends_is_located() {
        for (sql, what, line) in [
            ("SELECT 1;\nSELECT 'a;", "string", 2),
            ("\n\nSELECT \"a", "quoted name", 3),
            (
                "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1;",
                "trigger body",
                1,
            ),
        ] {
            assert_eq!(split(sql), Err(Unterminated { what, line }), "{sql}");
        }
    }
}
