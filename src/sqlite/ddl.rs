//! The text of `CREATE` statements, as `sqlite_master` keeps it, into the schema model: what pragmas do not tell (checks, names of
//! constraints, AUTOINCREMENT, expressions, comments) stands there alone. Grammar: sqlite.org/lang_createtable.html.

use super::schema::{
    Check, Column, Default_, ForeignKey, Generated, Index, IndexKey, IndexPart, PrimaryKey, Table,
    Unique, View,
};
use super::text::{Kind, Token, tokens};

/// Tokens of a text with a place to read at.
struct Reader<'a> {
    sql: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Without comments.
    fn new(sql: &'a str) -> Self {
        let tokens = tokens(sql)
            .into_iter()
            .filter(|t| t.kind != Kind::Comment)
            .collect();
        Self { sql, tokens, at: 0 }
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.is_word(word))
    }

    fn is_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.is_word(w))
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    /// Words in a row, or none of them.
    fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(n, w)| self.tokens.get(self.at + n).is_some_and(|t| t.is_word(w)));
        if found {
            self.at += words.len();
        }
        found
    }

    fn eat(&mut self, punct: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is(punct));
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        self.next()?.name()
    }

    /// `schema.name` or `name`; the last part.
    fn qualified(&mut self) -> Option<String> {
        let mut name = self.name()?;
        while self.eat(".") {
            name = self.name()?;
        }
        Some(name)
    }

    /// The tokens up to the `)` that closes the `(` which was just read; the `)` is read too.
    fn inside(&mut self) -> (usize, usize) {
        let from = self.at;
        let mut depth = 1;
        while let Some(token) = self.next() {
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                depth -= 1;
                if depth == 0 {
                    return (from, self.at - 1);
                }
            }
        }
        (from, self.at)
    }

    /// The text of a range of tokens, as written.
    fn text(&self, (from, to): (usize, usize)) -> String {
        let range = self.tokens.get(from..to).unwrap_or_default();
        match (range.first(), range.last()) {
            (Some(first), Some(last)) => self
                .sql
                .get(first.start..last.end())
                .unwrap_or_default()
                .to_owned(),
            _ => String::new(),
        }
    }

    /// `( .. )` as text.
    fn parenthesised(&mut self) -> Option<String> {
        if !self.eat("(") {
            return None;
        }
        let range = self.inside();
        Some(self.text(range))
    }

    /// `(a, b)` as names; `COLLATE`, `ASC` and `DESC` behind a name are passed over.
    fn names(&mut self) -> Option<Vec<String>> {
        if !self.eat("(") {
            return None;
        }
        let range = self.inside();
        let parts = split(self.tokens.get(range.0..range.1).unwrap_or_default());
        parts.iter().map(|p| p.first()?.name()).collect()
    }

    fn conflict_clause(&mut self) {
        if self.eat_words(&["ON", "CONFLICT"]) {
            self.at += 1;
        }
    }
}

/// Tokens between commas outside parentheses.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut out = Vec::new();
    let mut depth = 0usize;
    let mut from = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if token.is(",") && depth == 0 {
            out.push(tokens.get(from..at).unwrap_or_default());
            from = at + 1;
        }
    }
    out.push(tokens.get(from..).unwrap_or_default());
    out
}

/// A `CREATE TABLE` statement; `None` for `CREATE TABLE .. AS`, virtual tables, and what is no such statement.
pub fn parse_table(sql: &str) -> Option<Table> {
    let mut reader = Reader::new(sql);
    if !reader.eat_word("CREATE") {
        return None;
    }
    let _ = reader.eat_word("TEMP") || reader.eat_word("TEMPORARY");
    if !reader.eat_word("TABLE") {
        return None;
    }
    reader.eat_words(&["IF", "NOT", "EXISTS"]);
    let mut table = Table {
        name: reader.qualified()?,
        ..Table::default()
    };
    if !reader.eat("(") {
        return None;
    }
    let mut in_columns = true;
    loop {
        let constraint =
            reader.is_any_word(&["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]);
        if in_columns && !constraint {
            column(&mut reader, &mut table)?;
        } else {
            in_columns = false;
            table_constraint(&mut reader, &mut table)?;
        }
        if reader.eat(",") {
            continue;
        }
        if reader.eat(")") {
            break;
        }
        // Commas between table constraints may be left out.
        if in_columns {
            return None;
        }
    }
    while let Some(token) = reader.next() {
        table.strict |= token.is_word("STRICT");
        table.without_rowid |= token.is_word("WITHOUT");
    }
    comments(sql, &mut table);
    Some(table)
}

/// Words that end a column's type.
const AFTER_TYPE: &[&str] = &[
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
];

fn column(reader: &mut Reader<'_>, table: &mut Table) -> Option<()> {
    let mut column = Column {
        name: reader.name()?,
        ..Column::default()
    };
    let from = reader.at;
    while let Some(token) = reader.peek() {
        let in_type = matches!(token.kind, Kind::Word | Kind::Quoted | Kind::String)
            && !reader.is_any_word(AFTER_TYPE);
        if in_type {
            reader.at += 1;
        } else if token.is("(") && reader.at > from {
            reader.at += 1;
            reader.inside();
        } else {
            break;
        }
    }
    column.declared_type = reader.text((from, reader.at));
    let mut name = None;
    while !reader.peek().is_none_or(|t| t.is(",") || t.is(")")) {
        if reader.eat_word("CONSTRAINT") {
            name = reader.name();
            continue;
        }
        column_constraint(reader, table, &mut column, name.take())?;
    }
    table.columns.push(column);
    Some(())
}

fn column_constraint(
    reader: &mut Reader<'_>,
    table: &mut Table,
    column: &mut Column,
    name: Option<String>,
) -> Option<()> {
    if reader.eat_words(&["NOT", "NULL"]) {
        column.not_null = true;
        reader.conflict_clause();
    } else if reader.eat_word("NULL") {
        reader.conflict_clause();
    } else if reader.eat_words(&["PRIMARY", "KEY"]) {
        let _ = reader.eat_word("ASC") || reader.eat_word("DESC");
        reader.conflict_clause();
        table.primary_key = Some(PrimaryKey {
            name,
            columns: vec![column.name.clone()],
            autoincrement: reader.eat_word("AUTOINCREMENT"),
        });
    } else if reader.eat_word("UNIQUE") {
        reader.conflict_clause();
        table.uniques.push(Unique {
            name,
            columns: vec![column.name.clone()],
            origin: None,
        });
    } else if reader.eat_word("CHECK") {
        let expr = reader.parenthesised()?;
        table.checks.push(Check {
            name,
            expr,
            origin: None,
        });
    } else if reader.eat_word("DEFAULT") {
        column.default = Some(default(reader)?);
    } else if reader.eat_word("COLLATE") {
        column.collate = Some(reader.name()?);
    } else if reader.eat_word("REFERENCES") {
        let key = references(reader, vec![column.name.clone()], name)?;
        table.foreign_keys.push(key);
    } else if reader.eat_words(&["GENERATED", "ALWAYS", "AS"]) || reader.eat_word("AS") {
        let expr = reader.parenthesised()?;
        let stored = reader.eat_word("STORED");
        reader.eat_word("VIRTUAL");
        column.generated = Some(Generated { expr, stored });
    } else {
        return None;
    }
    Some(())
}

fn default(reader: &mut Reader<'_>) -> Option<Default_> {
    if let Some(expr) = reader.parenthesised() {
        return Some(Default_::Expr(expr));
    }
    let from = reader.at;
    if reader.eat("-") || reader.eat("+") {
        reader.at += 1;
    } else {
        reader.next()?;
    }
    Some(Default_::Literal(reader.text((from, reader.at))))
}

fn table_constraint(reader: &mut Reader<'_>, table: &mut Table) -> Option<()> {
    let name = if reader.eat_word("CONSTRAINT") {
        Some(reader.name()?)
    } else {
        None
    };
    if reader.eat_words(&["PRIMARY", "KEY"]) {
        let columns = reader.names()?;
        reader.conflict_clause();
        table.primary_key = Some(PrimaryKey {
            name,
            columns,
            autoincrement: false,
        });
    } else if reader.eat_word("UNIQUE") {
        let columns = reader.names()?;
        reader.conflict_clause();
        table.uniques.push(Unique {
            name,
            columns,
            origin: None,
        });
    } else if reader.eat_word("CHECK") {
        let expr = reader.parenthesised()?;
        reader.conflict_clause();
        table.checks.push(Check {
            name,
            expr,
            origin: None,
        });
    } else if reader.eat_words(&["FOREIGN", "KEY"]) {
        let columns = reader.names()?;
        if !reader.eat_word("REFERENCES") {
            return None;
        }
        let key = references(reader, columns, name)?;
        table.foreign_keys.push(key);
    } else {
        return None;
    }
    Some(())
}

/// What follows `REFERENCES`.
fn references(
    reader: &mut Reader<'_>,
    columns: Vec<String>,
    name: Option<String>,
) -> Option<ForeignKey> {
    let ref_table = reader.name()?;
    let mut key = ForeignKey {
        name,
        columns,
        ref_table,
        ref_columns: reader.names().unwrap_or_default(),
        on_delete: None,
        on_update: None,
        deferred: false,
        origin: None,
    };
    loop {
        if reader.eat_words(&["ON", "DELETE"]) {
            key.on_delete = action(reader)?;
        } else if reader.eat_words(&["ON", "UPDATE"]) {
            key.on_update = action(reader)?;
        } else if reader.eat_word("MATCH") {
            reader.at += 1;
        } else if reader.eat_words(&["NOT", "DEFERRABLE"]) {
            let _ = reader.eat_words(&["INITIALLY", "DEFERRED"])
                || reader.eat_words(&["INITIALLY", "IMMEDIATE"]);
        } else if reader.eat_word("DEFERRABLE") {
            key.deferred = reader.eat_words(&["INITIALLY", "DEFERRED"]);
            reader.eat_words(&["INITIALLY", "IMMEDIATE"]);
        } else {
            return Some(key);
        }
    }
}

/// A referential action; `Some(None)` for `NO ACTION`.
fn action(reader: &mut Reader<'_>) -> Option<Option<String>> {
    let known: [(&[&str], Option<&str>); 5] = [
        (&["NO", "ACTION"], None),
        (&["SET", "NULL"], Some("SET NULL")),
        (&["SET", "DEFAULT"], Some("SET DEFAULT")),
        (&["CASCADE"], Some("CASCADE")),
        (&["RESTRICT"], Some("RESTRICT")),
    ];
    known
        .into_iter()
        .find(|(words, _)| reader.eat_words(words))
        .map(|(_, action)| action.map(str::to_owned))
}

/// Comments as [`emit`](super::emit) writes them: the table's behind the first `(`, a column's behind its definition.
fn comments(sql: &str, table: &mut Table) {
    let all = tokens(sql);
    let mut depth = 0usize;
    let mut column = 0usize;
    let mut begun = false;
    let text = |t: &Token<'_>| t.text.trim_start_matches("--").trim().to_owned();
    for (at, token) in all.iter().enumerate() {
        let line_goes_on = |from: usize| {
            sql.get(from..token.start)
                .is_some_and(|between| !between.contains('\n'))
        };
        let before = at.checked_sub(1).and_then(|p| all.get(p));
        match token {
            t if t.kind == Kind::Comment && t.text.starts_with("--") && depth == 1 => {
                let Some(before) = before.filter(|b| line_goes_on(b.end())) else {
                    continue;
                };
                if !begun {
                    table.comment = Some(text(t));
                } else {
                    // Behind a comma the definition before it is meant.
                    let index = if before.is(",") {
                        column.checked_sub(1)
                    } else {
                        Some(column)
                    };
                    if let Some(found) = index.and_then(|i| table.columns.get_mut(i)) {
                        found.comment = Some(text(t));
                    }
                }
            }
            t if t.kind == Kind::Comment => {}
            t if t.is("(") => {
                begun |= depth > 0;
                depth += 1;
            }
            t if t.is(")") => depth = depth.saturating_sub(1),
            t if t.is(",") && depth == 1 => column += 1,
            _ => begun |= depth > 0,
        }
    }
}

/// A `CREATE INDEX` statement.
pub fn parse_index(sql: &str) -> Option<Index> {
    let mut reader = Reader::new(sql);
    if !reader.eat_word("CREATE") {
        return None;
    }
    let unique = reader.eat_word("UNIQUE");
    if !reader.eat_word("INDEX") {
        return None;
    }
    reader.eat_words(&["IF", "NOT", "EXISTS"]);
    let name = reader.qualified()?;
    if !reader.eat_word("ON") {
        return None;
    }
    let table = reader.name()?;
    if !reader.eat("(") {
        return None;
    }
    let (from, to) = reader.inside();
    let parts = split(reader.tokens.get(from..to).unwrap_or_default())
        .into_iter()
        .map(|part| index_part(sql, part))
        .collect::<Option<Vec<_>>>()?;
    let predicate = if reader.eat_word("WHERE") {
        Some(reader.text((reader.at, reader.tokens.len())))
    } else {
        None
    };
    Some(Index {
        name,
        table,
        parts,
        unique,
        predicate,
        origin: None,
    })
}

/// A key part from its text, without `ASC` and `DESC`.
pub fn parse_index_part(sql: &str) -> Option<IndexPart> {
    index_part(sql, &tokens(sql))
}

fn index_part(sql: &str, part: &[Token<'_>]) -> Option<IndexPart> {
    let mut part = part;
    let mut descending = false;
    if let [rest @ .., last] = part
        && !rest.is_empty()
        && (last.is_word("ASC") || last.is_word("DESC"))
    {
        descending = last.is_word("DESC");
        part = rest;
    }
    let mut collate = None;
    if let [rest @ .., word, name] = part
        && !rest.is_empty()
        && word.is_word("COLLATE")
    {
        collate = Some(name.name()?);
        part = rest;
    }
    let key = match part {
        [only] if matches!(only.kind, Kind::Word | Kind::Quoted) => IndexKey::Column(only.name()?),
        [first, .., last] => {
            let text = sql.get(first.start..last.end())?;
            IndexKey::Expr(unwrapped(text, part).to_owned())
        }
        [only] => IndexKey::Expr(only.text.to_owned()),
        [] => return None,
    };
    Some(IndexPart {
        key,
        collate,
        descending,
    })
}

/// A text without parentheses around the whole of it.
fn unwrapped<'a>(text: &'a str, part: &[Token<'_>]) -> &'a str {
    let mut depth = 0usize;
    for (at, token) in part.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let whole = at + 1 == part.len() && part.first().is_some_and(|t| t.is("("));
                return if whole {
                    text.get(1..text.len() - 1).unwrap_or(text).trim()
                } else {
                    text
                };
            }
        } else if depth == 0 {
            return text;
        }
    }
    text
}

/// A `CREATE VIEW` statement.
pub fn parse_view(sql: &str) -> Option<View> {
    let mut reader = Reader::new(sql);
    if !reader.eat_word("CREATE") {
        return None;
    }
    let _ = reader.eat_word("TEMP") || reader.eat_word("TEMPORARY");
    if !reader.eat_word("VIEW") {
        return None;
    }
    reader.eat_words(&["IF", "NOT", "EXISTS"]);
    let name = reader.qualified()?;
    let columns = reader.names().unwrap_or_default();
    if !reader.eat_word("AS") {
        return None;
    }
    Some(View {
        name,
        columns,
        query: reader.text((reader.at, reader.tokens.len())),
        origin: None,
    })
}
