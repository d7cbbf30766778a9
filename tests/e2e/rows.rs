//! Rows: how many a dump holds, and all of those of a SQLite file in a form that can be compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rusqlite::types::ValueRef;

/// Rows per table of a plain dump, by the table's bare name, counted without any reader of the project.
pub fn of_dump(path: &Path) -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut counts = BTreeMap::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix("COPY ") else {
            continue;
        };
        if !line.ends_with(" FROM stdin;") {
            continue;
        }
        let name = rest.split(" (").next().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
        let rows = lines.by_ref().take_while(|row| *row != "\\.").count();
        counts.insert(name.to_owned(), rows as u64);
    }
    counts
}

/// A file, opened for reading only.
pub fn open(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Names of the tables of a file, but SQLite's own.
pub fn tables(db: &rusqlite::Connection) -> Vec<String> {
    strings(
        db,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
}

/// The only column of a query.
pub fn strings(db: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let rows = statement
        .query_map([], |row| row.get::<_, String>(0))
        .expect("a query");
    rows.map(|row| row.expect("a text")).collect()
}

/// The only number of a query.
pub fn number(db: &rusqlite::Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0))
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// All rows of a table with the types of their values, sorted.
pub fn of_table(db: &rusqlite::Connection, table: &str) -> Vec<String> {
    let mut statement = db
        .prepare(&format!("SELECT * FROM \"{table}\""))
        .unwrap_or_else(|e| panic!("{table}: {e}"));
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("a query");
    let mut found = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let mut text = String::new();
        for column in 0..columns {
            let _ = match row.get_ref(column).expect("a value") {
                ValueRef::Null => write!(text, "null|"),
                ValueRef::Integer(n) => write!(text, "i{n}|"),
                ValueRef::Real(n) => write!(text, "r{:016x}|", n.to_bits()),
                ValueRef::Text(t) => write!(text, "t{:?}|", String::from_utf8_lossy(t)),
                ValueRef::Blob(b) => write!(text, "b{b:?}|"),
            };
        }
        found.push(text);
    }
    found.sort();
    found
}

/// The text of every object of a file.
pub fn schema(db: &rusqlite::Connection) -> Vec<String> {
    strings(
        db,
        "SELECT type || ' ' || name || ': ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1",
    )
}

/// Fails the test unless both files hold the same tables and rows. Tables of the migration runner hold times; they are left
/// out.
#[track_caller]
pub fn assert_equal(one: &Path, other: &Path) {
    let (one, other) = (open(one), open(other));
    assert_eq!(schema(&one), schema(&other));
    for table in tables(&one) {
        if table == "migrations" || table.starts_with("decant_") {
            continue;
        }
        let (left, right) = (of_table(&one, &table), of_table(&other, &table));
        assert_eq!(left.len(), right.len(), "rows of {table}");
        for (l, r) in left.iter().zip(&right) {
            assert_eq!(l, r, "table {table}");
        }
    }
}

/// Fails the test unless SQLite finds the file sound.
#[track_caller]
pub fn assert_sound(db: &rusqlite::Connection) {
    assert_eq!(strings(db, "PRAGMA integrity_check"), ["ok"]);
    let mut check = db.prepare("PRAGMA foreign_key_check").expect("a pragma");
    let broken = check
        .query_map([], |row| row.get::<_, String>(0))
        .expect("a pragma")
        .count();
    assert_eq!(broken, 0, "rows that refer to nothing");
}
