//! The file of queries: SQL with headers in comments (docs/queries.md).

use crate::sqlite::text::{Kind, tokens};

/// A query for both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Its name.
    pub name: String,
    /// What PostgreSQL is asked.
    pub postgresql: Text,
    /// What SQLite is asked: the same where nothing else is said.
    pub sqlite: Text,
    /// Rows are compared in their order: the PostgreSQL text orders its result.
    pub ordered: bool,
}

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The file, as it was named.
    pub file: String,
    /// Line of the file on which `sql` begins, from 1.
    pub line: usize,
    /// One statement, without a semicolon at its end.
    pub sql: String,
}

impl Text {
    /// `file:line`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// The place of a character of the text, counted from 1, or of its beginning.
    pub fn at(&self, position: Option<u32>) -> String {
        let Some(position) = position.and_then(|p| usize::try_from(p).ok()) else {
            return self.place();
        };
        let before: String = self.sql.chars().take(position.saturating_sub(1)).collect();
        let line = self.line + before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        format!("{}:{line}:{column}", self.file)
    }
}

/// Why a file of queries cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {why}")]
pub struct Error {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to write.
    pub why: String,
}

/// A header line: `-- query: NAME`, `-- postgresql:`, `-- sqlite:`.
enum Header<'a> {
    Query(&'a str),
    Postgresql,
    Sqlite,
}

fn header(line: &str) -> Option<Header<'_>> {
    let rest = line.strip_prefix("--")?.trim();
    if let Some(name) = rest.strip_prefix("query:") {
        return Some(Header::Query(name.trim()));
    }
    match rest {
        "postgresql:" | "postgres:" => Some(Header::Postgresql),
        "sqlite:" => Some(Header::Sqlite),
        _ => None,
    }
}

/// What is known of a query while its lines are read.
struct Open {
    name: String,
    line: usize,
    /// For both, for PostgreSQL, for SQLite: first line and text.
    texts: [Option<(usize, String)>; 3],
    current: usize,
}

/// Reads a file of queries.
///
/// # Errors
/// It has no query, SQL stands before the first header, a query has no text for a side or two of a name are there, or a text is more
/// than one statement.
pub fn parse(file: &str, content: &str) -> Result<Vec<Query>, Error> {
    let fail = |line: usize, why: String| Error {
        file: file.to_owned(),
        line,
        why,
    };
    let mut queries: Vec<Query> = Vec::new();
    let mut open: Option<Open> = None;
    for (at, line) in content.lines().enumerate() {
        let number = at + 1;
        match (header(line.trim_end()), &mut open) {
            (Some(Header::Query("")), _) => {
                return Err(fail(
                    number,
                    "a query needs a name: `-- query: NAME`".to_owned(),
                ));
            }
            (Some(Header::Query(name)), _) => {
                if let Some(done) = open.take() {
                    queries.push(finish(file, done)?);
                }
                if queries.iter().any(|q| q.name == name) {
                    return Err(fail(number, format!("a second query is named `{name}`")));
                }
                open = Some(Open {
                    name: name.to_owned(),
                    line: number,
                    texts: [None, None, None],
                    current: 0,
                });
            }
            (Some(side), Some(query)) => {
                query.current = if matches!(side, Header::Postgresql) {
                    1
                } else {
                    2
                };
                if query.texts.get(query.current).is_some_and(Option::is_some) {
                    return Err(fail(number, "a second text for the same side".to_owned()));
                }
            }
            (None, Some(query)) => {
                let current = query.current;
                if let Some(text) = query.texts.get_mut(current) {
                    match text {
                        Some((_, text)) => {
                            text.push('\n');
                            text.push_str(line);
                        }
                        None if line.trim().is_empty() => {}
                        None => *text = Some((number, line.to_owned())),
                    }
                }
            }
            (None, None) if line.trim().is_empty() || line.trim_start().starts_with("--") => {}
            (_, None) => {
                let why = "a text before the first `-- query: NAME`";
                return Err(fail(number, why.to_owned()));
            }
        }
    }
    if let Some(done) = open {
        queries.push(finish(file, done)?);
    }
    if queries.is_empty() {
        let why = "no query: each begins with a line `-- query: NAME`";
        return Err(fail(1, why.to_owned()));
    }
    Ok(queries)
}

fn finish(file: &str, open: Open) -> Result<Query, Error> {
    let fail = |line: usize, why: &str| Error {
        file: file.to_owned(),
        line,
        why: why.to_owned(),
    };
    let [both, postgresql, sqlite] = open.texts;
    let mut texts = [postgresql, sqlite].into_iter().map(|own| {
        let (line, sql) = own.or_else(|| both.clone()).ok_or_else(|| {
            fail(
                open.line,
                "the query has no text for one side: one text alone is for both, else `-- postgresql:` and `-- sqlite:` each have one",
            )
        })?;
        let sql = single(&sql).map_err(|why| fail(line, why))?;
        Ok(Text {
            file: file.to_owned(),
            line,
            sql,
        })
    });
    let (Some(postgresql), Some(sqlite)) = (texts.next(), texts.next()) else {
        return Err(fail(open.line, "the query has no text"));
    };
    let (postgresql, sqlite) = (postgresql?, sqlite?);
    Ok(Query {
        name: open.name,
        ordered: ordered(&postgresql.sql),
        postgresql,
        sqlite,
    })
}

/// One statement without its semicolon.
fn single(sql: &str) -> Result<String, &'static str> {
    let mut end = None;
    let mut any = false;
    for token in tokens(sql) {
        if token.kind == Kind::Comment {
            continue;
        }
        match end {
            Some(_) => return Err("more than one statement: a query is one"),
            None if token.is(";") => end = Some(token.start),
            None => any = true,
        }
    }
    if !any {
        return Err("the query has no text");
    }
    Ok(sql
        .get(..end.unwrap_or(sql.len()))
        .unwrap_or(sql)
        .to_owned())
}

/// Whether the outermost query says an order.
fn ordered(sql: &str) -> bool {
    let mut depth = 0_i32;
    let mut last_was_order = false;
    for token in tokens(sql) {
        if token.kind == Kind::Comment {
            continue;
        }
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
        } else if depth == 0 && last_was_order && token.is_word("BY") {
            return true;
        }
        last_was_order = token.is_word("ORDER");
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_places_and_orders() {
        let found = parse(
            "q.sql",
            "-- the app's\n\n-- query: one\nSELECT 1;\n-- query: two\n-- postgresql:\n\nSELECT a::text\nFROM t ORDER BY a\n-- sqlite:\nSELECT a FROM t ORDER BY a;\n-- query: three\nSELECT x, row_number() OVER (ORDER BY x) FROM t -- ORDER BY x",
        )
        .unwrap();
        let short: Vec<_> = found
            .iter()
            .map(|q| (q.name.as_str(), q.postgresql.line, q.sqlite.line, q.ordered))
            .collect();
        assert_eq!(
            short,
            [
                ("one", 4, 4, false),
                ("two", 8, 11, true),
                ("three", 13, 13, false)
            ]
        );
        assert_eq!(found[1].sqlite.sql, "SELECT a FROM t ORDER BY a");
        assert_eq!(found[1].postgresql.at(Some(18)), "q.sql:9:3");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (content, expected) in [
            ("", "q.sql:1: no query"),
            ("SELECT 1", "q.sql:1: a text before the first"),
            ("-- query:\nSELECT 1", "q.sql:1: a query needs a name"),
            (
                "-- query: a\n\n-- query: b\nSELECT 1",
                "q.sql:1: the query has no text",
            ),
            (
                "-- query: a\nSELECT 1; SELECT 2",
                "q.sql:2: more than one statement",
            ),
            (
                "-- query: a\nSELECT 1\n-- query: a\nSELECT 2",
                "q.sql:3: a second query is named `a`",
            ),
            (
                "-- query: a\n-- sqlite:\nSELECT 1",
                "q.sql:1: the query has no text for one side",
            ),
            (
                "-- query: a\n-- sqlite:\nSELECT 1\n-- sqlite:\nSELECT 1",
                "q.sql:4: a second text",
            ),
        ] {
            let told = parse("q.sql", content).unwrap_err().to_string();
            assert!(told.starts_with(expected), "{told}");
        }
    }
}
