//! The statements of a dump that concern rows rather than shape: `COPY .. FROM stdin`, `INSERT`, `setval`, and the settings that
//! decide how the file is read. Everything else is left to `pg::replay`.

use crate::ir::QualName;

/// What a statement of a dump is to its reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `COPY table (columns) FROM stdin`; without a list the table's own columns.
    Copy(QualName, Option<Vec<String>>),
    /// `INSERT INTO ..`.
    Insert,
    /// `SELECT pg_catalog.setval(sequence, value, is_called)`.
    SetVal(QualName, i64, bool),
    /// `SET client_encoding = ..`.
    Encoding(String),
    /// `SET standard_conforming_strings = ..`: whether it is on.
    ConformingStrings(bool),
    /// Another setting of the session, or a statement about the database as a whole.
    Ignored,
    /// It opens a large object to write its data.
    LargeObject,
    /// A statement about the schema.
    Schema,
}

/// Tells what a statement is.
///
/// # Errors
/// A sentence: a COPY, setval or SET that is not as `pg_dump` writes it.
pub(super) fn classify(text: &str) -> Result<Kind, String> {
    let mut words = Tokens::new(text);
    let first = words.keyword().unwrap_or_default();
    match first.as_str() {
        "copy" => copy(&mut words),
        "insert" => Ok(Kind::Insert),
        "select" => Ok(select(&mut words)),
        "set" => Ok(set(&mut words)),
        "create" | "drop" | "alter" => Ok(match words.keyword().as_deref() {
            Some("database" | "role" | "tablespace" | "publication" | "subscription") => {
                Kind::Ignored
            }
            _ => Kind::Schema,
        }),
        _ => Ok(Kind::Schema),
    }
}

fn copy(words: &mut Tokens<'_>) -> Result<Kind, String> {
    let fault = || {
        "this COPY is not one that pg_dump writes; only `COPY table (columns) FROM stdin` is read"
            .to_owned()
    };
    let table = words.qualified().ok_or_else(fault)?;
    let mut columns = None;
    if words.eat('(') {
        let mut list = Vec::new();
        if !words.eat(')') {
            loop {
                list.push(words.name().ok_or_else(fault)?);
                if words.eat(')') {
                    break;
                }
                if !words.eat(',') {
                    return Err(fault());
                }
            }
        }
        columns = Some(list);
    }
    let tail = (words.keyword(), words.keyword());
    let ended = words.at_end();
    match tail {
        (Some(from), Some(stdin)) if from == "from" && stdin == "stdin" && ended => {
            Ok(Kind::Copy(table, columns))
        }
        _ => Err(fault()),
    }
}

fn select(words: &mut Tokens<'_>) -> Kind {
    let Some(function) = words.qualified() else {
        return Kind::Schema;
    };
    match function.name.as_str() {
        "setval" => set_value(words).unwrap_or(Kind::Schema),
        "lo_open" => Kind::LargeObject,
        "set_config" | "lo_create" | "lowrite" | "lo_close" | "lo_unlink" => Kind::Ignored,
        _ => Kind::Schema,
    }
}

fn set_value(words: &mut Tokens<'_>) -> Option<Kind> {
    words.eat('(').then_some(())?;
    let name = words.string()?;
    let sequence = Tokens::new(&name).qualified()?;
    words.eat(',').then_some(())?;
    let value: i64 = words.number()?.parse().ok()?;
    words.eat(',').then_some(())?;
    let called = words.keyword()? == "true";
    Some(Kind::SetVal(sequence, value, called))
}

fn set(words: &mut Tokens<'_>) -> Kind {
    let name = words.keyword().unwrap_or_default();
    let _ = words.eat('=');
    let value = words
        .string()
        .or_else(|| words.keyword())
        .unwrap_or_default();
    match name.as_str() {
        "client_encoding" => Kind::Encoding(value),
        "standard_conforming_strings" => Kind::ConformingStrings(value == "on"),
        _ => Kind::Ignored,
    }
}

/// The table that a `CREATE TABLE` makes.
pub(super) fn created_table(text: &str) -> Option<QualName> {
    let mut words = Tokens::new(text);
    let create = words.keyword()? == "create" && words.keyword()? == "table";
    create.then(|| words.qualified()).flatten()
}

/// Whether it is `ALTER TABLE ONLY parent ATTACH PARTITION ..`.
pub(super) fn attaches_partition(text: &str) -> bool {
    let mut words = Tokens::new(text);
    let begins = ["alter", "table", "only"]
        .iter()
        .all(|w| words.keyword().as_deref() == Some(w));
    begins && words.qualified().is_some() && words.keyword().as_deref() == Some("attach")
}

/// A value of an `INSERT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// `NULL`.
    Null,
    /// `DEFAULT`: a generated column.
    Default,
    /// PostgreSQL's output text of the value.
    Text(Vec<u8>),
}

/// An `INSERT` as `pg_dump --inserts` writes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Insert {
    /// Table.
    pub table: QualName,
    /// Columns, where they are named (`--column-inserts`).
    pub columns: Option<Vec<String>>,
    /// Rows.
    pub rows: Vec<Vec<Literal>>,
}

/// Reads an `INSERT`. `escapes` says that backslashes escape in plain strings.
///
/// # Errors
/// A sentence when it is not one that `pg_dump` writes.
pub(super) fn insert(text: &str, escapes: bool) -> Result<Insert, String> {
    let mut words = Tokens::new(text);
    words.escapes = escapes;
    parse_insert(&mut words).ok_or_else(|| {
        "this INSERT is not one that pg_dump writes; dump again without --inserts".to_owned()
    })
}

fn parse_insert(words: &mut Tokens<'_>) -> Option<Insert> {
    for expected in ["insert", "into"] {
        (words.keyword()? == expected).then_some(())?;
    }
    let table = words.qualified()?;
    let mut columns = None;
    if words.eat('(') {
        let mut list = vec![words.name()?];
        while words.eat(',') {
            list.push(words.name()?);
        }
        words.eat(')').then_some(())?;
        columns = Some(list);
    }
    let mut word = words.keyword()?;
    if word == "overriding" {
        for expected in ["system", "value"] {
            (words.keyword()? == expected).then_some(())?;
        }
        word = words.keyword()?;
    }
    if word == "default" {
        // A table without columns.
        (words.keyword()? == "values").then_some(())?;
        return Some(Insert {
            table,
            columns: Some(Vec::new()),
            rows: vec![Vec::new()],
        });
    }
    (word == "values").then_some(())?;
    let mut rows = Vec::new();
    loop {
        words.eat('(').then_some(())?;
        let mut row = vec![words.literal()?];
        while words.eat(',') {
            row.push(words.literal()?);
        }
        words.eat(')').then_some(())?;
        rows.push(row);
        if !words.eat(',') {
            break;
        }
    }
    if !words.at_end() {
        for expected in ["on", "conflict", "do", "nothing"] {
            (words.keyword()? == expected).then_some(())?;
        }
    }
    words.at_end().then_some(Insert {
        table,
        columns,
        rows,
    })
}

/// Reads tokens off a statement.
struct Tokens<'a> {
    rest: &'a str,
    escapes: bool,
}

impl<'a> Tokens<'a> {
    fn new(rest: &'a str) -> Self {
        Self {
            rest,
            escapes: false,
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn at_end(&mut self) -> bool {
        self.skip();
        self.rest.is_empty()
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// An unquoted word in lower case.
    fn keyword(&mut self) -> Option<String> {
        self.skip();
        if !self
            .rest
            .starts_with(|c: char| c == '_' || c.is_alphabetic())
        {
            return None;
        }
        let end = self
            .rest
            .find(|c: char| !(c == '_' || c == '$' || c.is_alphanumeric()))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(word.to_ascii_lowercase())
    }

    /// An identifier, quoted or not.
    fn name(&mut self) -> Option<String> {
        self.skip();
        let Some(mut tail) = self.rest.strip_prefix('"') else {
            return self.keyword();
        };
        let mut name = String::new();
        loop {
            let (head, after) = tail.split_once('"')?;
            name.push_str(head);
            match after.strip_prefix('"') {
                Some(more) => {
                    name.push('"');
                    tail = more;
                }
                None => {
                    self.rest = after;
                    return Some(name);
                }
            }
        }
    }

    fn qualified(&mut self) -> Option<QualName> {
        let first = self.name()?;
        if self.eat('.') {
            let name = self.name()?;
            return Some(QualName::qualified(Some(&first), name));
        }
        Some(QualName::new(first))
    }

    /// A number, signed or not.
    fn number(&mut self) -> Option<&'a str> {
        self.skip();
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        number
            .contains(|c: char| c.is_ascii_digit())
            .then_some(())?;
        self.rest = rest;
        Some(number)
    }

    /// A string literal.
    fn string(&mut self) -> Option<String> {
        self.skip();
        let (body, escapes) = match self.rest.strip_prefix(['E', 'e']) {
            Some(tail) if tail.starts_with('\'') => (tail.strip_prefix('\'')?, true),
            _ => (self.rest.strip_prefix('\'')?, self.escapes),
        };
        let mut text = String::new();
        let mut chars = body.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    let after = body.get(at + 1..)?;
                    if !after.starts_with('\'') {
                        self.rest = after;
                        return Some(text);
                    }
                    chars.next();
                    text.push('\'');
                }
                // pg_dump escapes nothing but backslashes and quotes.
                '\\' if escapes => text.push(chars.next()?.1),
                c => text.push(c),
            }
        }
        None
    }

    fn literal(&mut self) -> Option<Literal> {
        self.skip();
        let bits = self.rest.starts_with("B'") || self.rest.starts_with("b'");
        if bits {
            self.rest = self.rest.get(1..)?;
        }
        if let Some(text) = self.string() {
            return Some(Literal::Text(text.into_bytes()));
        }
        if self
            .rest
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        {
            return self.number().map(|n| Literal::Text(n.as_bytes().to_vec()));
        }
        match self.keyword()?.as_str() {
            "null" => Some(Literal::Null),
            "default" => Some(Literal::Default),
            "true" => Some(Literal::Text(b"t".to_vec())),
            "false" => Some(Literal::Text(b"f".to_vec())),
            _ => None,
        }
    }
}

/// A schema statement with `public.` taken off the names that have it: `pg_dump` writes every name with its schema, while the
/// model, and a live catalog read with `search_path = public`, have names of `public` bare. Strings are left alone but for those
/// that name an object (`'public.a_id_seq'::regclass`); so are dollar-quoted bodies.
pub(super) fn bare_public(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = ' ';
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' => {
                let end = quoted_end(rest, '\'');
                let (literal, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
                match literal.strip_prefix("'public.") {
                    Some(name) if tail.starts_with("::reg") => {
                        out.push('\'');
                        out.push_str(name);
                    }
                    _ => out.push_str(literal),
                }
                rest = tail;
                previous = '\'';
                continue;
            }
            '"' => quoted_end(rest, '"'),
            '$' if !previous.is_alphanumeric() => dollar_end(rest),
            'p' if rest.starts_with("public.") && !is_inside_name(previous) => {
                rest = rest.get("public.".len()..).unwrap_or_default();
                previous = '.';
                continue;
            }
            c => c.len_utf8(),
        };
        let (head, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        out.push_str(head);
        previous = head.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    out
}

fn is_inside_name(previous: char) -> bool {
    previous.is_alphanumeric() || matches!(previous, '_' | '$' | '.' | '"')
}

/// Length of the quoted text that a text begins with; a doubled quote is read as two texts.
fn quoted_end(text: &str, quote: char) -> usize {
    text.get(1..)
        .and_then(|t| t.find(quote))
        .map_or(text.len(), |end| end + 2)
}

/// Length of the dollar-quoted text that a text begins with; 1 when it is none.
fn dollar_end(text: &str) -> usize {
    let Some(tag) = text
        .get(1..)
        .and_then(|t| t.find('$'))
        .and_then(|end| text.get(..end + 2))
    else {
        return 1;
    };
    let inner = tag.trim_matches('$');
    if !inner.chars().all(|c| c == '_' || c.is_alphanumeric()) {
        return 1;
    }
    text.get(tag.len()..)
        .and_then(|t| t.find(tag))
        .map_or(text.len(), |end| tag.len() + end + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_about_rows_are_known() {
        for (text, expected) in [
            (
                "COPY public.users (id, \"order\", \"a\"\"b\") FROM stdin",
                Kind::Copy(
                    QualName::new("users"),
                    Some(vec!["id".into(), "order".into(), "a\"b".into()]),
                ),
            ),
            (
                "COPY events.\"T x\"  FROM stdin",
                Kind::Copy(QualName::qualified(Some("events"), "T x"), None),
            ),
            (
                "COPY t () FROM stdin",
                Kind::Copy(QualName::new("t"), Some(vec![])),
            ),
            (
                "SELECT pg_catalog.setval('public.\"Mixed_seq\"', -42, true)",
                Kind::SetVal(QualName::new("Mixed_seq"), -42, true),
            ),
            (
                "SELECT pg_catalog.setval('a_seq', 1, false)",
                Kind::SetVal(QualName::new("a_seq"), 1, false),
            ),
            (
                "SET client_encoding = 'UTF8'",
                Kind::Encoding("UTF8".into()),
            ),
            (
                "SET standard_conforming_strings = on",
                Kind::ConformingStrings(true),
            ),
            (
                "SELECT pg_catalog.set_config('search_path', '', false)",
                Kind::Ignored,
            ),
            ("CREATE DATABASE x", Kind::Ignored),
            ("CREATE TABLE x ()", Kind::Schema),
        ] {
            assert_eq!(classify(text), Ok(expected), "{text}");
        }
        assert!(classify("COPY t FROM '/tmp/x'").is_err());
    }

    #[test]
    fn inserts_give_output_text() {
        let text = |t: &str| Literal::Text(t.as_bytes().to_vec());
        let read = insert(
            "INSERT INTO public.t (a, \"b c\") OVERRIDING SYSTEM VALUE VALUES\n\t(1, 'it''s\n\\x'),\n\t(-1.5e+10, NULL), (true, B'01') ON CONFLICT DO NOTHING",
            false,
        )
        .unwrap();
        assert_eq!(read.columns, Some(vec!["a".into(), "b c".into()]));
        assert_eq!(
            read.rows,
            vec![
                vec![text("1"), text("it's\n\\x")],
                vec![text("-1.5e+10"), Literal::Null],
                vec![text("t"), text("01")]
            ]
        );
        let read = insert("INSERT INTO s.t VALUES (E'a\\\\b', DEFAULT, 'NaN')", false).unwrap();
        assert_eq!(
            read.rows,
            vec![vec![text("a\\b"), Literal::Default, text("NaN")]]
        );
        assert!(insert("INSERT INTO t SELECT 1", false).is_err());
    }

    #[test]
    fn names_of_public_become_bare() {
        for (text, expected) in [
            (
                "ALTER TABLE ONLY public.a ALTER COLUMN id SET DEFAULT nextval('public.a_id_seq'::regclass)",
                "ALTER TABLE ONLY a ALTER COLUMN id SET DEFAULT nextval('a_id_seq'::regclass)",
            ),
            (
                "CREATE TABLE public.\"A\" (x text DEFAULT 'public.x'::text, m public.mood DEFAULT 'it''s public.x'::public.mood)",
                "CREATE TABLE \"A\" (x text DEFAULT 'public.x'::text, m mood DEFAULT 'it''s public.x'::mood)",
            ),
            (
                "SELECT a.public.b, \"public\".c, republic.d, $$public.x$$",
                "SELECT a.public.b, \"public\".c, republic.d, $$public.x$$",
            ),
        ] {
            assert_eq!(bare_public(text), expected);
        }
    }
}
