//! A live database's catalogs into the schema model: everything that belongs to the application, without what extensions
//! own and without Alembic's version table.
//!
//! Text of types and expressions is PostgreSQL's own, printed with `search_path = public`: names of `public` are bare, others
//! qualified. Objects come in the order of their OIDs, which is that of their creation.

mod constraint;
mod facts;
mod index;
mod object;
mod routine;
mod table;

use postgres::{Client, Row};

use super::Error;
use super::conn::query_error;
use super::schema::Schema;
use super::types::PgType;
use crate::ir::QualName;

pub use facts::{Facts, facts};
pub(super) use object::without_defaults;

/// Reads the schema of the database that a client is connected to. The session's `search_path` is `public` meanwhile.
///
/// # Errors
/// [`Error::Query`]: a catalog cannot be read.
pub fn read(client: &mut Client) -> Result<Schema, Error> {
    let row = Catalog { client }.rows("search_path", "SELECT current_setting('search_path')")?;
    let before: String = row.first().map(|r| r.get(0)).unwrap_or_default();
    set_search_path(client, "public")?;
    let schema = read_all(&mut Catalog { client })?;
    set_search_path(client, &before)?;
    Ok(schema)
}

fn set_search_path(client: &mut Client, path: &str) -> Result<(), Error> {
    client
        .execute("SELECT set_config('search_path', $1, false)", &[&path])
        .map(|_| ())
        .map_err(|e| query_error("setting the search path", &e))
}

fn read_all(catalog: &mut Catalog<'_>) -> Result<Schema, Error> {
    let mut schema = Schema::default();
    object::schemas(catalog, &mut schema)?;
    object::extensions(catalog, &mut schema)?;
    object::enums(catalog, &mut schema)?;
    object::domains(catalog, &mut schema)?;
    object::composites(catalog, &mut schema)?;
    object::sequences(catalog, &mut schema)?;
    table::tables(catalog, &mut schema)?;
    table::columns(catalog, &mut schema)?;
    table::views(catalog, &mut schema)?;
    constraint::constraints(catalog, &mut schema)?;
    index::indexes(catalog, &mut schema)?;
    routine::functions(catalog, &mut schema)?;
    routine::triggers(catalog, &mut schema)?;
    routine::policies(catalog, &mut schema)?;
    object::others(catalog, &mut schema)?;
    schema.tables.retain(|name, _| !is_version_table(name));
    Ok(schema)
}

/// Alembic's own table, under its default name.
pub(super) fn is_version_table(name: &QualName) -> bool {
    name.name == "alembic_version"
}

/// The catalogs through a client.
struct Catalog<'c> {
    client: &'c mut Client,
}

impl Catalog<'_> {
    /// Rows of a query over the catalog that `what` names for messages. In `sql`, `{user}` is the condition that namespace
    /// `n` is one of the application's, and `{own CLASS OID}` that an object is not an extension's.
    fn rows(&mut self, what: &str, sql: &str) -> Result<Vec<Row>, Error> {
        self.rows_as_is(what, &expand(sql))
    }

    /// Rows of a query with names of the user's in it.
    fn rows_as_is(&mut self, what: &str, sql: &str) -> Result<Vec<Row>, Error> {
        self.client
            .query(sql, &[])
            .map_err(|e| query_error(format!("reading the catalog of {what}"), &e))
    }
}

/// Fills in the conditions of [`Catalog::rows`].
fn expand(sql: &str) -> String {
    const USER: &str = r"n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'";
    let mut out = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        match name.split_once(' ').and_then(|(_, n)| n.split_once(' ')) {
            Some((class, oid)) => out.push_str(&format!(
                "NOT EXISTS (SELECT FROM pg_depend xd WHERE xd.classid = '{class}'::regclass AND xd.objid = {oid} \
                 AND xd.deptype = 'e')"
            )),
            None => out.push_str(USER),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A type by the text of `format_type()`.
fn pg_type(text: &str) -> PgType {
    PgType::parse(text).unwrap_or_else(|_| PgType::named(None, text))
}

/// The name in two columns of a row, schema first.
fn name(row: &Row, at: usize) -> QualName {
    let (schema, name): (String, String) = (row.get(at), row.get(at + 1));
    QualName::qualified(Some(&schema), name)
}

/// An expression without the pairs of parentheses that PostgreSQL prints around the whole of it.
pub(super) fn bare_expression(text: &str) -> &str {
    let mut text = text;
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        if !balanced(inner) {
            break;
        }
        text = inner;
    }
    text
}

/// Whether each parenthesis in an expression has its other one in it.
fn balanced(expression: &str) -> bool {
    let mut depth = 0i32;
    let mut quote = None;
    for c in expression.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// An identifier as PostgreSQL's `quote_ident` would write it, but for key words.
fn quote(name: &str) -> String {
    let plain = name.starts_with(|c: char| c == '_' || c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c == '_' || c == '$' || c.is_ascii_lowercase() || c.is_ascii_digit());
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parentheses_around_the_whole_go() {
        for (text, expected) in [
            ("(a > 0)", "a > 0"),
            ("((a + b))", "a + b"),
            ("((a > 0) OR (b > 0))", "(a > 0) OR (b > 0)"),
            ("(a > 0) OR (b > 0)", "(a > 0) OR (b > 0)"),
            ("((a)::text = ')'::text)", "(a)::text = ')'::text"),
            ("lower(a)", "lower(a)"),
        ] {
            assert_eq!(bare_expression(text), expected);
        }
    }
}
