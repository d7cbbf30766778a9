//! SQLite's SQL as text: names, literals, and a lexer for what is written and read back (sqlite.org/lang_keywords.html,
//! `tokenize.c`). It does not know what statements mean.

/// SQLite's keywords (sqlite.org/lang_keywords.html); names that equal one are quoted.
const KEYWORDS: &[&str] = &[
    "ABORT",
    "ACTION",
    "ADD",
    "AFTER",
    "ALL",
    "ALTER",
    "ALWAYS",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "ATTACH",
    "AUTOINCREMENT",
    "BEFORE",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CASCADE",
    "CASE",
    "CAST",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "COMMIT",
    "CONFLICT",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DATABASE",
    "DEFAULT",
    "DEFERRABLE",
    "DEFERRED",
    "DELETE",
    "DESC",
    "DETACH",
    "DISTINCT",
    "DO",
    "DROP",
    "EACH",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "EXCLUDE",
    "EXCLUSIVE",
    "EXISTS",
    "EXPLAIN",
    "FAIL",
    "FALSE",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "GENERATED",
    "GLOB",
    "GROUP",
    "GROUPS",
    "HAVING",
    "IF",
    "IGNORE",
    "IMMEDIATE",
    "IN",
    "INDEX",
    "INDEXED",
    "INITIALLY",
    "INNER",
    "INSERT",
    "INSTEAD",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "KEY",
    "LAST",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MATCH",
    "MATERIALIZED",
    "NATURAL",
    "NO",
    "NOT",
    "NOTHING",
    "NOTNULL",
    "NULL",
    "NULLS",
    "OF",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OTHERS",
    "OUTER",
    "OVER",
    "PARTITION",
    "PLAN",
    "PRAGMA",
    "PRECEDING",
    "PRIMARY",
    "QUERY",
    "RAISE",
    "RANGE",
    "RECURSIVE",
    "REFERENCES",
    "REGEXP",
    "REINDEX",
    "RELEASE",
    "RENAME",
    "REPLACE",
    "RESTRICT",
    "RETURNING",
    "RIGHT",
    "ROLLBACK",
    "ROW",
    "ROWS",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "TABLE",
    "TEMP",
    "TEMPORARY",
    "THEN",
    "TIES",
    "TO",
    "TRANSACTION",
    "TRIGGER",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VACUUM",
    "VALUES",
    "VIEW",
    "VIRTUAL",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
    "WITHIN",
    "WITHOUT",
];

/// Whether a word is a keyword, in any case.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|k| k.eq_ignore_ascii_case(word))
}

/// A name as SQL: as it is where that is safe, else in double quotes.
pub fn quote(name: &str) -> String {
    let plain = name
        .chars()
        .next()
        .is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        && !is_keyword(name);
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Names as SQL, separated by `, `.
pub fn quote_list<S: AsRef<str>>(names: &[S]) -> String {
    names
        .iter()
        .map(|n| quote(n.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A string literal with its quotes doubled.
pub fn string_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An unquoted name or keyword.
    Word,
    /// A quoted name: `"a"`, `[a]`, `` `a` ``.
    Quoted,
    /// A string: `'a'`.
    String,
    /// A blob: `x'00'`.
    Blob,
    /// A number.
    Number,
    /// One character of punctuation, or a two-character operator.
    Punct,
    /// A comment, `--` to the end of the line or `/* */`.
    Comment,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text as written.
    pub text: &'a str,
    /// Where it starts, in bytes.
    pub start: usize,
}

impl Token<'_> {
    /// Where it ends, in bytes.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is this punctuation.
    pub fn is(&self, punct: &str) -> bool {
        self.kind == Kind::Punct && self.text == punct
    }

    /// The name that it stands for, its quotes undone. SQLite takes a string for a name where only a name can stand.
    pub fn name(&self) -> Option<String> {
        let inner = |close: char| {
            let mut chars = self.text.chars();
            chars.next();
            chars.next_back();
            let inner = chars.as_str();
            inner.replace(&format!("{close}{close}"), &close.to_string())
        };
        match self.kind {
            Kind::Word => Some(self.text.to_owned()),
            Kind::Quoted if self.text.starts_with('[') => {
                Some(self.text.trim_matches(['[', ']']).to_owned())
            }
            Kind::Quoted if self.text.starts_with('`') => Some(inner('`')),
            Kind::Quoted => Some(inner('"')),
            Kind::String => Some(inner('\'')),
            _ => None,
        }
    }
}

/// The tokens of a text, comments too; an unclosed quote or comment runs to the end.
pub fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = sql.get(at..).filter(|r| !r.is_empty()) {
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
            continue;
        }
        let (kind, len) = next_token(rest);
        let text = rest.get(..len).unwrap_or(rest);
        out.push(Token {
            kind,
            text,
            start: at,
        });
        at += text.len();
    }
    out
}

/// Kind and length of the token at the start of a text that starts with no blank.
fn next_token(rest: &str) -> (Kind, usize) {
    let mut chars = rest.chars();
    let first = chars.next().unwrap_or_default();
    let second = chars.next().unwrap_or_default();
    match first {
        '\'' => (Kind::String, closed(rest, '\'')),
        '"' => (Kind::Quoted, closed(rest, '"')),
        '`' => (Kind::Quoted, closed(rest, '`')),
        '[' => (Kind::Quoted, rest.find(']').map_or(rest.len(), |e| e + 1)),
        'x' | 'X' if second == '\'' => (
            Kind::Blob,
            1 + closed(rest.get(1..).unwrap_or_default(), '\''),
        ),
        '-' if second == '-' => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if second == '*' => (Kind::Comment, rest.find("*/").map_or(rest.len(), |e| e + 2)),
        '0'..='9' => (Kind::Number, number(rest)),
        '.' if second.is_ascii_digit() => (Kind::Number, number(rest)),
        c if c == '_' || c.is_alphabetic() || !c.is_ascii() => (
            Kind::Word,
            rest.find(|c: char| !(c == '_' || c == '$' || c.is_alphanumeric() || !c.is_ascii()))
                .unwrap_or(rest.len()),
        ),
        _ => {
            let operators = ["->>", "||", "->", "<=", ">=", "<>", "!=", "==", "<<", ">>"];
            let len = operators
                .iter()
                .find(|o| rest.starts_with(**o))
                .map_or(first.len_utf8(), |o| o.len());
            (Kind::Punct, len)
        }
    }
}

/// Length of a quoted text whose quote is doubled inside.
fn closed(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + 1;
            }
        }
    }
    rest.len()
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut end = 0;
    while let Some(b) = bytes.get(end) {
        let exponent_sign = matches!(b, b'+' | b'-')
            && matches!(bytes.get(end.wrapping_sub(1)), Some(b'e' | b'E'))
            && !rest.starts_with("0x");
        if b.is_ascii_alphanumeric() || *b == b'.' || exponent_sign {
            end += 1;
        } else {
            break;
        }
    }
    end
}

/// An expression in which no string literal holds a `;` or a line that could be read as a marker: such literals become
/// `('a' || char(59) || 'b')`, since the team's original tool splits its files at every `;`.
pub fn seed_safe(sql: &str) -> String {
    let risky = |text: &str| text.contains([';', '\n', '\r']);
    if !risky(sql) {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    for token in tokens(sql) {
        out.push_str(sql.get(at..token.start).unwrap_or_default());
        match token.name() {
            Some(value) if token.kind == Kind::String && risky(&value) => {
                out.push_str(&concatenation(&value));
            }
            _ => out.push_str(token.text),
        }
        at = token.end();
    }
    out
}

/// A comment on one line without `;`, which the team's original tool would split at.
pub fn comment_text(comment: &str) -> String {
    comment
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(';', ",")
}

/// A text as a concatenation without `;` and line ends inside literals.
fn concatenation(value: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut plain = String::new();
    for c in value.chars() {
        if matches!(c, ';' | '\n' | '\r') {
            if !plain.is_empty() {
                parts.push(string_literal(&plain));
                plain.clear();
            }
            parts.push(format!("char({})", u32::from(c)));
        } else {
            plain.push(c);
        }
    }
    if !plain.is_empty() {
        parts.push(string_literal(&plain));
    }
    format!("({})", parts.join(" || "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_only_where_needed() {
        assert_eq!(quote("user_id"), "user_id");
        assert_eq!(quote("order"), "\"order\"");
        assert_eq!(quote("a b\"c"), "\"a b\"\"c\"");
        assert_eq!(quote("2nd"), "\"2nd\"");
    }

    #[test]
    fn tokens_keep_their_text() {
        let sql = "a->>'k''s' || x'00' >= 1.5e-3 -- c\n\"q\"\"r\" [b c]";
        let all: Vec<_> = tokens(sql).iter().map(|t| t.text).collect();
        assert_eq!(
            all,
            [
                "a",
                "->>",
                "'k''s'",
                "||",
                "x'00'",
                ">=",
                "1.5e-3",
                "-- c",
                "\"q\"\"r\"",
                "[b c]"
            ]
        );
        assert_eq!(tokens("\"q\"\"r\"")[0].name().as_deref(), Some("q\"r"));
    }

    #[test]
    fn semicolons_leave_literals() {
        assert_eq!(seed_safe("a <> 'x;y'"), "a <> ('x' || char(59) || 'y')");
        assert_eq!(seed_safe("';'"), "(char(59))");
        assert_eq!(seed_safe("a > 0"), "a > 0");
    }
}
