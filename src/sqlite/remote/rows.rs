//! A table's rows in pages, by queries that a server and a local file answer alike.

use rusqlite::types::Value;

use crate::sqlite::db::quote;

/// One line of `sqlite_schema` that has a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `table`, `index`, `view` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub sql: String,
}

impl Entry {
    /// The query that gives them, in the order in which they were made.
    pub const QUERY: &'static str =
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid";

    /// Reads the rows of [`Entry::QUERY`].
    pub fn read(rows: Vec<Vec<Value>>) -> Vec<Self> {
        rows.into_iter()
            .filter_map(|row| match <[Value; 3]>::try_from(row) {
                Ok([Value::Text(kind), Value::Text(name), Value::Text(sql)]) => {
                    Some(Self { kind, name, sql })
                }
                _ => None,
            })
            .collect()
    }

    /// Whether it is a virtual table.
    pub fn is_virtual(&self) -> bool {
        let upper = self.sql.to_ascii_uppercase();
        let words = upper.split_whitespace().take(2);
        self.kind == "table" && words.eq(["CREATE", "VIRTUAL"])
    }

    /// Whether SQLite makes and keeps it itself.
    pub fn is_internal(&self) -> bool {
        self.name.to_ascii_lowercase().starts_with("sqlite_")
    }
}

/// Answers a query with its arguments by rows.
pub type Asked<'a, E> = dyn FnMut(&str, Vec<Value>) -> Result<Vec<Vec<Value>>, E> + 'a;

/// What is to be known of a table before its rows can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    table: String,
    /// Columns that are stored: all but generated ones.
    pub columns: Vec<String>,
    /// By what the rows are ordered: the name of the row's number, or the columns of a table without one.
    key: Key,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Rowid(&'static str),
    Columns(Vec<String>),
}

impl Shape {
    /// Asks `rows` for the shape of a table.
    ///
    /// # Errors
    /// What `rows` gives.
    pub fn of<E>(table: &str, rows: &mut Asked<'_, E>) -> Result<Self, E> {
        let name = || vec![Value::Text(table.to_owned())];
        let listed = rows(
            "SELECT name, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid",
            name(),
        )?;
        let mut columns = Vec::new();
        let mut key = Vec::new();
        for row in listed {
            if let Ok([Value::Text(column), Value::Integer(place)]) = <[Value; 2]>::try_from(row) {
                if place > 0 {
                    key.push((place, column.clone()));
                }
                columns.push(column);
            }
        }
        let without = rows(
            "SELECT wr FROM pragma_table_list(?1) WHERE schema = 'main'",
            name(),
        )?;
        let has_rowid = without.first().and_then(|row| row.first()) != Some(&Value::Integer(1));
        let free = ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|alias| !columns.iter().any(|c| c.eq_ignore_ascii_case(alias)));
        key.sort();
        let key = match free.filter(|_| has_rowid) {
            Some(alias) => Key::Rowid(alias),
            None if key.is_empty() => Key::Columns(columns.clone()),
            None => Key::Columns(key.into_iter().map(|(_, column)| column).collect()),
        };
        Ok(Self {
            table: table.to_owned(),
            columns,
            key,
        })
    }

    /// The columns that an `INSERT` names, quoted: the row's number first where there is one.
    pub fn insert_columns(&self) -> Vec<String> {
        let number = match &self.key {
            Key::Rowid(alias) => Some((*alias).to_owned()),
            Key::Columns(_) => None,
        };
        let columns = self.columns.iter().map(|c| quote(c));
        number.into_iter().chain(columns).collect()
    }

    /// Its pages, from the first.
    pub fn pages(&self) -> Pages<'_> {
        Pages {
            shape: self,
            last: None,
            read: 0,
            at_once: ROWS_AT_ONCE,
        }
    }
}

/// Rows in one answer, at first.
const ROWS_AT_ONCE: i64 = 1000;

/// Where a reader of a table is.
#[derive(Debug)]
pub struct Pages<'s> {
    shape: &'s Shape,
    last: Option<i64>,
    read: i64,
    at_once: i64,
}

impl Pages<'_> {
    /// The query of the next page, with its arguments.
    ///
    /// JSON has no infinity: after the row's number each row has a text with a letter for each column, which tells them from NULL.
    pub fn query(&self) -> (String, Vec<Value>) {
        let names: Vec<String> = self.shape.columns.iter().map(|c| quote(c)).collect();
        let marks: Vec<String> = names
            .iter()
            .map(|name| {
                format!(
                    "CASE WHEN typeof({name}) <> 'real' OR abs({name}) < 9e999 THEN '.' WHEN {name} > 0 THEN '+' ELSE '-' END"
                )
            })
            .collect();
        let finite: Vec<String> = names
            .iter()
            .map(|name| {
                format!("CASE WHEN typeof({name}) <> 'real' OR abs({name}) < 9e999 THEN {name} END")
            })
            .collect();
        let number = match &self.shape.key {
            Key::Rowid(alias) => alias,
            Key::Columns(_) => "NULL",
        };
        let from = quote(&self.shape.table);
        let select = format!(
            "SELECT {number}, {}, {} FROM {from}",
            marks.join(" || "),
            finite.join(", ")
        );
        let limit = Value::Integer(self.at_once);
        match (&self.shape.key, self.last) {
            (Key::Rowid(alias), Some(last)) => (
                format!("{select} WHERE {alias} > ?2 ORDER BY {alias} LIMIT ?1"),
                vec![limit, Value::Integer(last)],
            ),
            (Key::Rowid(alias), None) => {
                (format!("{select} ORDER BY {alias} LIMIT ?1"), vec![limit])
            }
            (Key::Columns(columns), _) => {
                let key: Vec<String> = columns.iter().map(|c| quote(c)).collect();
                (
                    format!("{select} ORDER BY {} LIMIT ?1 OFFSET ?2", key.join(", ")),
                    vec![limit, Value::Integer(self.read)],
                )
            }
        }
    }

    /// The page was too large for an answer; gives whether a smaller one can be asked for.
    pub fn shrink(&mut self) -> bool {
        let could = self.at_once > 1;
        self.at_once = (self.at_once / 8).max(1);
        could
    }

    /// Takes the answer to [`Pages::query`] and gives the values for [`Shape::insert_columns`] of each row, and whether there are
    /// more pages.
    pub fn take(&mut self, page: Vec<Vec<Value>>) -> (Vec<Vec<Value>>, bool) {
        let count = i64::try_from(page.len()).unwrap_or(i64::MAX);
        self.read = self.read.saturating_add(count);
        let rows = page
            .into_iter()
            .map(|row| {
                let mut cells = row.into_iter();
                let number = cells.next().unwrap_or(Value::Null);
                let marks = match cells.next() {
                    Some(Value::Text(marks)) => marks,
                    _ => String::new(),
                };
                if let Value::Integer(number) = number {
                    self.last = Some(number);
                }
                let values = cells.zip(marks.bytes()).map(|(value, mark)| match mark {
                    b'+' => Value::Real(f64::INFINITY),
                    b'-' => Value::Real(f64::NEG_INFINITY),
                    _ => value,
                });
                let number = Some(number).filter(|_| matches!(self.shape.key, Key::Rowid(_)));
                number.into_iter().chain(values).collect()
            })
            .collect();
        (rows, count >= self.at_once)
    }

    /// How many rows were read.
    pub fn read(&self) -> u64 {
        u64::try_from(self.read).unwrap_or_default()
    }
}
