//! A source of which only some rows are asked for, some of their values made unreadable: for rehearsals, and for parts of a
//! database. Whoever reads it, port or verification, gets the same rows.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::Error;
use super::copy::{Cell, CopyFormat};
use super::schema::Schema;
use super::source::{Part, RowFn, SequenceState, Session, Source, TableSize, WriteCounters};
use super::types::{BaseType, PgType};
use crate::ir::QualName;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Patterns of the tables whose rows are wanted; none is all of them. `*` stands for any characters, `?` for one, and a
    /// pattern without schema is about tables of every schema.
    pub tables: Vec<String>,
    /// Patterns of the tables whose rows are not wanted.
    pub exclude: Vec<String>,
    /// `TABLE=SQL`: the condition that a table's rows must meet, evaluated by the server.
    pub conditions: Vec<String>,
    /// `TABLE.COLUMN=RULE` with the rules of [`Redaction`].
    pub redactions: Vec<String>,
}

impl Selection {
    /// Whether everything is asked for, as it is.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }
}

/// What takes the place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redaction {
    /// NULL.
    Null,
    /// The first hexadecimal digits of the SHA-256 of the value: equal values stay equal.
    Hash,
    /// Letters become `x`, digits `0`; length, blanks and punctuation stay.
    Mask,
    /// A text.
    Fixed(String),
}

impl Redaction {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "null" => Self::Null,
            "hash" => Self::Hash,
            "mask" => Self::Mask,
            _ => Self::Fixed(text.strip_prefix("fixed:")?.to_owned()),
        })
    }
}

/// A redaction of a column, with the column's length.
#[derive(Debug, Clone)]
struct Redacted {
    table: QualName,
    column: String,
    how: Redaction,
    length: Option<u32>,
}

/// A source seen through a [`Selection`].
struct Selected {
    inner: Box<dyn Source>,
    /// Tables whose rows are not wanted.
    left_out: Vec<QualName>,
    redacted: Vec<Redacted>,
    /// For people.
    described: String,
}

/// The source as far as it is asked for.
///
/// # Errors
/// A pattern matches no table, a condition or a redaction names nothing or does not fit, or the source cannot evaluate conditions.
pub fn select(mut inner: Box<dyn Source>, selection: &Selection) -> Result<Box<dyn Source>, Error> {
    if selection.is_whole() {
        return Ok(inner);
    }
    let names: Vec<QualName> = inner.schema().tables.keys().cloned().collect();
    let wanted = matching(&names, &selection.tables, "--table")?;
    let excluded = matching(&names, &selection.exclude, "--exclude")?;
    let left_out: Vec<QualName> = names
        .iter()
        .filter(|n| {
            let asked = selection.tables.is_empty() || wanted.contains(n);
            !asked || excluded.contains(n)
        })
        .cloned()
        .collect();
    for given in &selection.conditions {
        let (table, condition) = given
            .split_once('=')
            .ok_or_else(|| Error::Config(format!("--where {given}: it must be TABLE=CONDITION")))?;
        let table = one_table(&names, table.trim(), "--where")?;
        inner.restrict(&table, condition.trim())?;
    }
    let mut redacted = Vec::new();
    for given in &selection.redactions {
        redacted.push(redaction(inner.schema(), &names, given)?);
    }
    let mut described = inner.describe();
    let _ = write!(
        described,
        " ({} of {} tables",
        names.len() - left_out.len(),
        names.len()
    );
    if !selection.conditions.is_empty() {
        let _ = write!(described, ", {} conditions", selection.conditions.len());
    }
    if !redacted.is_empty() {
        let _ = write!(described, ", {} columns redacted", redacted.len());
    }
    described.push(')');
    Ok(Box::new(Selected {
        inner,
        left_out,
        redacted,
        described,
    }))
}

fn matching<'n>(
    names: &'n [QualName],
    patterns: &[String],
    flag: &str,
) -> Result<Vec<&'n QualName>, Error> {
    let mut out = Vec::new();
    for pattern in patterns {
        let before = out.len();
        out.extend(names.iter().filter(|n| matches(pattern, n)));
        if out.len() == before {
            return Err(Error::Missing(format!(
                "{flag} {pattern} matches no table of the source"
            )));
        }
    }
    Ok(out)
}

/// Whether a pattern means a table: with a dot its schema too.
fn matches(pattern: &str, name: &QualName) -> bool {
    match pattern.split_once('.') {
        Some((schema, table)) => like(schema, name.schema_or_default()) && like(table, &name.name),
        None => like(pattern, &name.name),
    }
}

/// `*` and `?`, without regard to ASCII case.
fn like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_ascii_lowercase().chars().collect();
    let text: Vec<char> = text.to_ascii_lowercase().chars().collect();
    // Where the last star was, and what it has taken so far.
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(c) if *c == '?' || text.get(place) == Some(c) => {
                at += 1;
                place += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    place = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|c| *c == '*')
}

fn one_table(names: &[QualName], given: &str, flag: &str) -> Result<QualName, Error> {
    let found: Vec<&QualName> = names.iter().filter(|n| matches(given, n)).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Error::Missing(format!(
            "{flag} {given}: the source has no such table"
        ))),
        _ => Err(Error::Config(format!(
            "{flag} {given}: several tables are called so; name the schema too"
        ))),
    }
}

fn redaction(schema: &Schema, names: &[QualName], given: &str) -> Result<Redacted, Error> {
    let bad = |why: String| Error::Config(format!("--redact {given}: {why}"));
    let (column, rule) = given
        .split_once('=')
        .ok_or_else(|| bad("it must be TABLE.COLUMN=RULE".to_owned()))?;
    let how = Redaction::parse(rule.trim())
        .ok_or_else(|| bad("the rules are null, hash, mask and fixed:TEXT".to_owned()))?;
    let (table, column) = column
        .trim()
        .rsplit_once('.')
        .ok_or_else(|| bad("it must name a table and a column".to_owned()))?;
    let table = one_table(names, table, "--redact")?;
    let found = schema.tables.get(&table).and_then(|t| t.column(column));
    let found = found.ok_or_else(|| {
        Error::Missing(format!("--redact {given}: {table} has no column {column}"))
    })?;
    match &how {
        Redaction::Null if !found.nullable => {
            return Err(bad(format!("{table}.{column} is NOT NULL")));
        }
        Redaction::Null => {}
        _ if !is_text(&found.type_) => {
            return Err(bad(format!(
                "{table}.{column} is {}: of what is no text, `null` alone can be kept",
                found.type_
            )));
        }
        Redaction::Fixed(text)
            if found
                .type_
                .length()
                .is_some_and(|n| text.chars().count() > n as usize) =>
        {
            return Err(bad(format!("the text is longer than {}", found.type_)));
        }
        _ => {}
    }
    Ok(Redacted {
        length: found.type_.length(),
        column: column.to_owned(),
        table,
        how,
    })
}

/// Types whose binary form is their text.
fn is_text(pg_type: &PgType) -> bool {
    !pg_type.array && matches!(pg_type.base, BaseType::Text | BaseType::Varchar)
}

/// What stands for a text, written into `out`; `None` is NULL.
fn redact<'a>(
    how: &Redaction,
    length: Option<u32>,
    text: &[u8],
    out: &'a mut Vec<u8>,
) -> Option<&'a [u8]> {
    out.clear();
    match how {
        Redaction::Null => return None,
        Redaction::Fixed(text) => out.extend_from_slice(text.as_bytes()),
        Redaction::Hash => {
            let digest = Sha256::digest(text);
            let room = length.map_or(32, |n| n.min(32) as usize);
            let hex = digest.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            out.extend(hex.bytes().take(room));
        }
        Redaction::Mask => {
            for c in String::from_utf8_lossy(text).chars() {
                let masked = match c {
                    c if c.is_alphabetic() => 'x',
                    c if c.is_numeric() => '0',
                    c => c,
                };
                let mut buffer = [0; 4];
                out.extend_from_slice(masked.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    Some(out)
}

impl Source for Selected {
    fn describe(&self) -> String {
        self.described.clone()
    }

    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    fn server_version(&self) -> Option<String> {
        self.inner.server_version()
    }

    fn alembic_versions(&self) -> Option<Vec<String>> {
        self.inner.alembic_versions()
    }

    fn sequence_state(&self, name: &QualName) -> Option<SequenceState> {
        self.inner.sequence_state(name)
    }

    fn snapshot_counters(&self) -> Option<&WriteCounters> {
        self.inner.snapshot_counters()
    }

    fn large_objects(&self) -> u64 {
        self.inner.large_objects()
    }

    fn without_rows(&self) -> Vec<QualName> {
        let mut tables = self.inner.without_rows();
        tables.retain(|table| !self.left_out.contains(table));
        tables
    }

    fn place(&self, table: &QualName) -> Option<u64> {
        self.inner.place(table)
    }

    fn loose(&self) -> Option<&'static str> {
        Some("only a part of the rows is asked for, or their values are redacted")
    }

    fn table_size(&self, table: &QualName) -> Option<TableSize> {
        if self.left_out.contains(table) {
            return Some(TableSize {
                exact: true,
                ..TableSize::default()
            });
        }
        self.inner.table_size(table)
    }

    fn read(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        self.read_part(table, columns, format, None, row)
    }

    fn parts(&mut self, table: &QualName, bytes: u64) -> Result<Vec<Part>, Error> {
        match self.left_out.contains(table) {
            true => Ok(Vec::new()),
            false => self.inner.parts(table, bytes),
        }
    }

    fn fork(&mut self) -> Result<Option<Box<dyn Source>>, Error> {
        let inner = self.inner.fork()?;
        Ok(inner.map(|inner| -> Box<dyn Source> {
            Box::new(Selected {
                inner,
                left_out: self.left_out.clone(),
                redacted: self.redacted.clone(),
                described: self.described.clone(),
            })
        }))
    }

    fn read_part(
        &mut self,
        table: &QualName,
        columns: &[String],
        format: CopyFormat,
        part: Option<&Part>,
        row: &mut RowFn<'_>,
    ) -> Result<u64, Error> {
        if self.left_out.contains(table) {
            return Ok(0);
        }
        let places: Vec<(usize, &Redacted)> = self
            .redacted
            .iter()
            .filter(|r| r.table == *table)
            .filter_map(|r| {
                columns
                    .iter()
                    .position(|c| *c == r.column)
                    .map(|at| (at, r))
            })
            .collect();
        if places.is_empty() {
            return self.inner.read_part(table, columns, format, part, row);
        }
        let mut buffers: Vec<Vec<u8>> = vec![Vec::new(); places.len()];
        let mut changed = |cells: &[Cell<'_>]| {
            let mut out: Vec<Cell<'_>> = cells.to_vec();
            for ((at, redacted), buffer) in places.iter().zip(&mut buffers) {
                let Some(cell) = out.get_mut(*at) else {
                    continue;
                };
                *cell = match *cell {
                    Cell::Null => Cell::Null,
                    Cell::Text(text) => redact(&redacted.how, redacted.length, text, buffer)
                        .map_or(Cell::Null, Cell::Text),
                    Cell::Binary(text) => redact(&redacted.how, redacted.length, text, buffer)
                        .map_or(Cell::Null, Cell::Binary),
                };
            }
            row(&out)
        };
        self.inner
            .read_part(table, columns, format, part, &mut changed)
    }

    fn snapshot(&self) -> Option<&str> {
        self.inner.snapshot()
    }

    fn sessions(&mut self) -> Result<Option<Vec<Session>>, Error> {
        self.inner.sessions()
    }

    fn write_counters(&mut self) -> Result<Option<WriteCounters>, Error> {
        self.inner.write_counters()
    }

    fn restrict(&mut self, table: &QualName, condition: &str) -> Result<(), Error> {
        self.inner.restrict(table, condition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_pg_dump() {
        let users = QualName::new("Users");
        let other = QualName::qualified(Some("shop"), "orders".to_owned());
        for (pattern, name, expected) in [
            ("users", &users, true),
            ("u*s", &users, true),
            ("u?ers", &users, true),
            ("*", &users, true),
            ("user", &users, false),
            ("public.users", &users, true),
            ("shop.*", &users, false),
            ("shop.*", &other, true),
            ("ord*", &other, true),
            ("*a*a*", &other, false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
