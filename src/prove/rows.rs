//! Rows that a schema accepts, made up from its types and constraints: the same for the same schema.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::lower::{ColumnMap, Encoding, Lowering, TableMap};
use crate::sqlite::schema::{ForeignKey, Table, quote, quote_list, table_order};
use crate::sqlite::text::{Kind, tokens};

/// How many tries a row gets.
const TRIES: usize = 80;

/// Fills every table up to so many rows, parents first. Gives the tables that took none, and why.
pub(super) fn fill(db: &Connection, lowering: &Lowering, rows: usize) -> BTreeMap<String, String> {
    let mut failed = BTreeMap::new();
    for at in table_order(&lowering.sqlite.tables) {
        let Some(table) = lowering.sqlite.tables.get(at) else {
            continue;
        };
        let Some(map) = lowering.tables.iter().find(|t| t.sqlite == table.name) else {
            continue;
        };
        let have = count(db, &table.name);
        for row in have..rows {
            if let Err(why) = (Maker { db, table, map }).row(row) {
                if count(db, &table.name) == 0 {
                    failed.insert(table.name.clone(), why);
                }
                break;
            }
        }
    }
    failed
}

/// How many rows a table has; none when it cannot be read.
pub(super) fn count(db: &Connection, table: &str) -> usize {
    let sql = format!("SELECT count(*) FROM {}", quote(table));
    let rows: Result<i64, _> = db.query_row(&sql, [], |row| row.get(0));
    rows.ok().and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
}

/// Makes rows of one table.
struct Maker<'a> {
    db: &'a Connection,
    table: &'a Table,
    map: &'a TableMap,
}

impl Maker<'_> {
    /// Inserts one row, in the first of several forms that the constraints accept.
    fn row(&self, number: usize) -> Result<(), String> {
        let columns: Vec<&ColumnMap> = self.map.columns.iter().filter(|c| !c.generated).collect();
        let names: Vec<&String> = columns.iter().map(|c| &c.sqlite).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({marks})",
            quote(&self.table.name),
            quote_list(&names)
        );
        let mut why = String::new();
        for attempt in 0..TRIES {
            let parents = self.parents(number + attempt)?;
            let values = columns.iter().enumerate().map(|(place, column)| {
                let given = parents.get(&column.sqlite);
                given
                    .cloned()
                    .unwrap_or_else(|| self.value(column, place, number, attempt))
            });
            match self.db.execute(&sql, params_from_iter(values)) {
                Ok(_) => return Ok(()),
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }

    /// The values of columns that refer to other rows.
    fn parents(&self, number: usize) -> Result<BTreeMap<String, Value>, String> {
        let mut out = BTreeMap::new();
        for key in &self.table.foreign_keys {
            let optional = key
                .columns
                .iter()
                .any(|c| self.table.column(c).is_some_and(|column| !column.not_null));
            match self.parent(key, number) {
                Some(values) => {
                    for (column, value) in key.columns.iter().zip(values) {
                        out.entry(column.clone()).or_insert(value);
                    }
                }
                None if optional => {
                    for column in &key.columns {
                        if self.table.column(column).is_some_and(|c| !c.not_null) {
                            out.entry(column.clone()).or_insert(Value::Null);
                        }
                    }
                }
                None if key.ref_table.eq_ignore_ascii_case(&self.table.name) => {}
                None => return Err(format!("{} has no row to refer to", key.ref_table)),
            }
        }
        Ok(out)
    }

    fn parent(&self, key: &ForeignKey, number: usize) -> Option<Vec<Value>> {
        let rows = count(self.db, &key.ref_table);
        let row = number.checked_rem(rows)?;
        let columns = if key.ref_columns.is_empty() {
            return None;
        } else {
            quote_list(&key.ref_columns)
        };
        let sql = format!(
            "SELECT {columns} FROM {} LIMIT 1 OFFSET {row}",
            quote(&key.ref_table)
        );
        let width = key.ref_columns.len();
        self.db
            .query_row(&sql, [], |row| (0..width).map(|at| row.get(at)).collect())
            .ok()
    }

    fn value(&self, column: &ColumnMap, place: usize, number: usize, attempt: usize) -> Value {
        let declared = self.table.column(&column.sqlite);
        let optional = declared.is_some_and(|c| !c.not_null);
        // One row of four shows what a row of NULLs does, one has them here and there.
        let null = match (number + attempt) % 4 {
            1 => true,
            3 => (place + number / 4).is_multiple_of(2),
            _ => false,
        };
        if optional && null {
            return Value::Null;
        }
        let mut allowed = self.literals(&column.sqlite);
        allowed.retain(|value| fits(value, &column.encoding));
        if let Some(literal) = pick(&allowed, number + attempt) {
            return literal.clone();
        }
        if attempt == 0
            && let Some(value) = unusual(column, number)
        {
            return value;
        }
        // Later columns get greater values: what ends comes behind what begins.
        plain(column, number * TRIES + attempt + place, attempt)
    }

    /// Literals that CHECKs compare the column with.
    fn literals(&self, column: &str) -> Vec<Value> {
        let mut out = Vec::new();
        for check in &self.table.checks {
            let all = tokens(&check.expr);
            let names = |t: &crate::sqlite::text::Token<'_>| {
                matches!(t.kind, Kind::Word | Kind::Quoted)
                    && t.name().is_some_and(|n| n.eq_ignore_ascii_case(column))
            };
            if !all.iter().any(names) {
                continue;
            }
            for token in &all {
                match token.kind {
                    Kind::String => out.extend(token.name().map(Value::Text)),
                    Kind::Number => out.extend(token.text.parse().ok().map(Value::Integer)),
                    _ => {}
                }
            }
        }
        out
    }
}

/// Whether a literal of a CHECK, which may belong to another column, has the form of a column's values.
fn fits(value: &Value, encoding: &Encoding) -> bool {
    let text = match value {
        Value::Text(text) => text,
        Value::Integer(_) => return encoding.is_number() || *encoding == Encoding::DecimalText,
        _ => return true,
    };
    let digits = |shape: &str| {
        let same = |(a, b): (char, char)| if b == '0' { a.is_ascii_digit() } else { a == b };
        text.len() == shape.len() && text.chars().zip(shape.chars()).all(same)
    };
    match encoding {
        Encoding::Json | Encoding::HstoreJson | Encoding::ArrayJson => {
            serde_json::from_str::<serde_json::Value>(text).is_ok()
        }
        Encoding::Date => digits("0000-00-00"),
        Encoding::Timestamp | Encoding::TimestampUtc | Encoding::IntervalEpoch => {
            digits("0000-00-00 00:00:00.000000")
        }
        Encoding::Time => digits("00:00:00.000000"),
        Encoding::UuidHex => text.len() == 32,
        Encoding::UuidText => text.len() == 36,
        Encoding::DecimalText => text.parse::<f64>().is_ok(),
        encoding => !encoding.is_number(),
    }
}

fn pick(list: &[Value], number: usize) -> Option<&Value> {
    // Now and then, what the type gives is tried: a literal may be what the value must not be.
    let place = number % (list.len() * 4).max(1);
    if place >= list.len() * 3 {
        return None;
    }
    list.get(place % list.len())
}

/// A value at the edge of what a column holds, for some rows.
fn unusual(column: &ColumnMap, number: usize) -> Option<Value> {
    let n = i64::try_from(number).unwrap_or(0);
    let free = column.pg_type.modifiers.is_empty();
    let text = |text: String| Some(Value::Text(text));
    match (&column.encoding, number % 6) {
        (Encoding::Integer, 2) => Some(Value::Integer(-n - 1)),
        (Encoding::Integer, 4) => Some(Value::Integer(i64::from(i16::MAX) - n)),
        (Encoding::Integer, 5) => Some(Value::Integer(0)),
        (Encoding::Real { .. }, 2) => Some(Value::Real(-0.125)),
        (Encoding::Real { .. }, 4) => Some(Value::Real(1.5e30)),
        (Encoding::NumericReal { .. } | Encoding::Real { .. }, 5) => Some(Value::Real(0.0)),
        (Encoding::DecimalText, 2) if free => text(format!("-{number}.000000000000000000001")),
        (Encoding::DecimalText, 4) if free => text(format!("{number}99999999999999999999.5")),
        (Encoding::Text, 2) if free => text(format!("It's \u{e4}\u{1f600} \"{number}\"")),
        (Encoding::Text, 4) if free => text(format!("two; -- lines\r\n\t{number}\n")),
        (Encoding::Text, 5) => text(String::new()),
        (Encoding::Blob, 2) => Some(Value::Blob(Vec::new())),
        (Encoding::Blob, 4) => Some(Value::Blob(vec![
            0,
            255,
            b';',
            b'\'',
            u8::try_from(number % 256).unwrap_or(0),
        ])),
        (Encoding::Date, 2) => text("0001-01-01".to_owned()),
        (Encoding::Date, 4) => text("9999-12-31".to_owned()),
        (Encoding::Timestamp | Encoding::TimestampUtc, 2) => {
            text("0001-01-01 00:00:00.000000".to_owned())
        }
        (Encoding::Timestamp | Encoding::TimestampUtc, 4) => {
            text("9999-12-31 23:59:59.999999".to_owned())
        }
        (Encoding::Time, 2) => text("00:00:00.000000".to_owned()),
        (Encoding::Time, 4) => text("23:59:59.999999".to_owned()),
        (Encoding::Json, 2) => text("[null, 1, -2.5e3, true, {}]".to_owned()),
        (Encoding::Json, 4) => text(format!("{{\"k\": {{\"\u{e9}\": [\"a;b\", {number}]}}}}")),
        (Encoding::Json, 5) => text("null".to_owned()),
        _ => None,
    }
}

/// A value in the form of a column, another one for each number.
fn plain(column: &ColumnMap, number: usize, attempt: usize) -> Value {
    let n = i64::try_from(number).unwrap_or(0);
    let day = number % 28 + 1;
    let month = number / 28 % 12 + 1;
    let year = 2001 + number / 336 % 1000;
    let date = format!("{year:04}-{month:02}-{day:02}");
    let uuid = format!("{number:032x}");
    let text = |text: &str| Value::Text(text.to_owned());
    match &column.encoding {
        // Small and large, since a CHECK may want either.
        Encoding::Integer => Value::Integer(if attempt % 3 == 2 { n % 7 } else { n + 1 }),
        Encoding::Bool => Value::Integer(n % 2),
        Encoding::Real { .. } | Encoding::NumericReal { .. } => {
            Value::Real(f64::from(u16::try_from(number % 90).unwrap_or(0)) + 0.5)
        }
        Encoding::DecimalText => Value::Text(format!("{}.25", number % 90)),
        Encoding::Text => {
            let long = format!("text-{number}");
            let room = column
                .pg_type
                .length()
                .and_then(|n| usize::try_from(n).ok());
            match room {
                Some(room) if room < long.len() => Value::Text(short(number, room)),
                _ => Value::Text(long),
            }
        }
        Encoding::Blob => Value::Blob(n.to_be_bytes().to_vec()),
        Encoding::Date => Value::Text(date),
        Encoding::Time => text("10:20:30.000000"),
        Encoding::TimeTz => text("10:20:30.000000+00:00"),
        Encoding::Timestamp | Encoding::TimestampUtc => {
            Value::Text(format!("{date} 10:20:30.000000"))
        }
        Encoding::IntervalEpoch => text("1970-01-02 00:00:00.000000"),
        Encoding::UuidHex => Value::Text(uuid),
        Encoding::UuidText => Value::Text(format!(
            "{}-{}-{}-{}-{}",
            part(&uuid, 0, 8),
            part(&uuid, 8, 12),
            part(&uuid, 12, 16),
            part(&uuid, 16, 20),
            part(&uuid, 20, 32)
        )),
        Encoding::UuidBlob => Value::Blob((number as u128).to_be_bytes().to_vec()),
        Encoding::Json | Encoding::HstoreJson => Value::Text(format!("{{\"a\": \"{number}\"}}")),
        Encoding::ArrayJson => text("[]"),
        Encoding::VectorF32 => Value::Blob((number as u32).to_le_bytes().to_vec()),
        Encoding::PgText => Value::Text(number.to_string()),
    }
}

/// A number in few characters.
fn short(number: usize, room: usize) -> String {
    const DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let mut left = number;
    let mut out = String::new();
    for _ in 0..room.min(12) {
        let digit = DIGITS.get(left % DIGITS.len()).copied().unwrap_or(b'a');
        out.push(char::from(digit));
        left /= DIGITS.len();
    }
    out
}

fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}
