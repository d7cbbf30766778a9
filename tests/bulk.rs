//! Indexes that are built from sorted keys against those that SQLite makes.

use decant::sqlite::bulk::{self, Built};
use rusqlite::Connection;

/// Whatever an application's schema has: keys inline and as indexes, of every affinity, descending, of many columns, long.
const SCHEMA: &str = r#"
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(80) NOT NULL,
    score NUMERIC,
    ratio REAL,
    data BLOB,
    "odd ""name" TEXT,
    UNIQUE (email),
    CONSTRAINT uq_two UNIQUE (score, email)
);
CREATE INDEX ix_score ON users (score DESC, ratio);
CREATE INDEX ix_data ON users (data);
CREATE UNIQUE INDEX ux_odd ON users ("odd ""name");
CREATE INDEX ix_folded ON users (email COLLATE NOCASE);
CREATE INDEX ix_some ON users (ratio) WHERE ratio > 1;
CREATE INDEX ix_expr ON users (lower(email));
CREATE TABLE events (
    id TEXT NOT NULL,
    rowid INTEGER,
    body TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX ix_body ON events (body);
CREATE INDEX ix_number ON events (rowid);
CREATE TABLE none (
    a INTEGER,
    UNIQUE (a)
);
CREATE TABLE by_key (
    a TEXT,
    b TEXT,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE TABLE  "other style"(a INTEGER UNIQUE);
"#;

fn fill(db: &Connection, rows: i64) {
    db.execute_batch(&format!(
        r#"BEGIN;
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} LIMIT {rows})
        INSERT INTO users SELECT i, 'u' || (i * 7919 % 104729) || '@example.org',
            CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN i WHEN 2 THEN -i / 4.0 WHEN 3 THEN i * 1000000007 ELSE i % 17 END,
            CASE i % 4 WHEN 0 THEN NULL ELSE (i * 31 % 1000) / 8.0 - 20 END,
            CASE i % 3 WHEN 0 THEN NULL ELSE CAST(substr('a' || char(0) || 'bc', 1, i % 5) AS BLOB) END,
            CASE i % 2 WHEN 0 THEN NULL ELSE 'o' || i END FROM n;
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} LIMIT {rows})
        INSERT INTO events (id, rowid, body) SELECT printf('%08x', i * 2654435761 % 4294967296), i * i - 1000,
            CASE WHEN i % 500 = 0 THEN printf('%.*c', i % 1100, 'x') ELSE 'b' || (i % 100) END FROM n;
        INSERT INTO by_key VALUES ('a', 'b');
        INSERT INTO "other style" VALUES (1), (NULL), (2);
        COMMIT;"#
    ))
    .unwrap();
}

/// Everything that an index gives: its entries in order.
fn entries(db: &Connection) -> Vec<String> {
    let mut out = Vec::new();
    for (sql, table, index) in [
        ("email, id", "users", "sqlite_autoindex_users_1"),
        ("score, email, id", "users", "sqlite_autoindex_users_2"),
        ("score, ratio, id", "users", "ix_score"),
        ("data, id", "users", "ix_data"),
        ("\"odd \"\"name\", id", "users", "ux_odd"),
        ("email, id", "users", "ix_folded"),
        ("id, _rowid_", "events", "sqlite_autoindex_events_1"),
        ("body, _rowid_", "events", "ix_body"),
        ("rowid, _rowid_", "events", "ix_number"),
        (
            "a, _rowid_",
            "other style",
            "sqlite_autoindex_other style_1",
        ),
    ] {
        let order = if index == "ix_score" {
            " ORDER BY score DESC, ratio"
        } else {
            ""
        };
        let sql = if index.starts_with("sqlite_") {
            // SQLite takes no automatic index by name.
            format!("SELECT {sql} FROM \"{table}\" ORDER BY {sql}")
        } else {
            format!("SELECT {sql} FROM \"{table}\" INDEXED BY \"{index}\" WHERE 1{order}")
        };
        let mut statement = db.prepare(&sql).unwrap_or_else(|e| panic!("{index}: {e}"));
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..columns)
                .map(|c| format!("{:?}", row.get_ref(c).unwrap()))
                .collect();
            out.push(format!("{index}: {}", cells.join(" ")));
        }
    }
    out
}

fn schema(db: &Connection) -> Vec<(i64, String, String, String, i64, Option<String>)> {
    db.prepare(
        "SELECT rowid, type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid",
    )
    .unwrap()
    .query_map([], |r| {
        Ok((
            r.get(0)?,
            r.get(1)?,
            r.get(2)?,
            r.get(3)?,
            r.get(4)?,
            r.get(5)?,
        ))
    })
    .unwrap()
    .collect::<Result<_, _>>()
    .unwrap()
}

fn sound(db: &Connection) {
    let said: String = db
        .query_row("PRAGMA integrity_check", [], |r| r.get(0))
        .unwrap();
    assert_eq!(said, "ok");
}

#[test]
fn what_is_built_is_what_sqlite_builds() {
    for (page, rows) in [
        (4096, 0),
        (512, 3),
        (512, 4_000),
        (4096, 6_000),
        (65536, 3_000),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| {
            let db = Connection::open(folder.path().join(name)).unwrap();
            db.execute_batch(&format!(
                "PRAGMA page_size = {page}; PRAGMA synchronous = OFF; {SCHEMA}"
            ))
            .unwrap();
            db
        };
        let wanted = open("wanted.db");
        fill(&wanted, rows);
        let built = open("built.db");
        let before = schema(&built);
        built
            .execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF")
            .unwrap();
        let hidden = bulk::hide(&built).unwrap();
        assert_eq!(hidden.len(), 9);
        fill(&built, rows);
        let path = folder.path().join("built.db");
        let done = bulk::build(&built, &path, &hidden, &mut |_| true).unwrap();
        assert_eq!(done, Built::Done);
        assert_eq!(schema(&built), before);
        sound(&built);
        assert_eq!(entries(&built), entries(&wanted));
        // It stays a file like any other.
        built
            .execute_batch("DELETE FROM users WHERE id % 3 = 0; UPDATE events SET body = id")
            .unwrap();
        assert!(rows == 0 || built.execute("INSERT INTO users (email, score) SELECT email, score FROM users WHERE score IS NOT NULL LIMIT 1", []).is_err());
        sound(&built);
        drop(built);
        let again = Connection::open(&path).unwrap();
        sound(&again);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn a_key_that_comes_twice_is_found_and_building_goes_on_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(SCHEMA).unwrap();
    let hidden = bulk::hide(&db).unwrap();
    fill(&db, 1000);
    db.execute_batch(
        "INSERT INTO events (id) SELECT id FROM events WHERE _rowid_ IN (10, 20);
         INSERT INTO users (email, \"odd \"\"name\") VALUES ('new', 'o1'), ('new', 'o3'), ('other', NULL)",
    )
    .unwrap();
    let mut found = Vec::new();
    loop {
        match bulk::build(&db, &path, &hidden, &mut |_| true).unwrap() {
            Built::Done => break,
            Built::Stopped => unreachable!(),
            Built::Duplicates(index) => {
                for row in index.duplicates(&db).unwrap() {
                    found.push((index.breach(), row));
                    db.execute(
                        &format!("DELETE FROM {} WHERE _rowid_ = {row}", index.table),
                        [],
                    )
                    .unwrap();
                }
            }
        }
    }
    assert_eq!(
        found,
        [
            ("UNIQUE constraint failed: users.email".to_owned(), 1002),
            (
                "UNIQUE constraint failed: users.odd \"name".to_owned(),
                1001
            ),
            ("UNIQUE constraint failed: events.id".to_owned(), 1001),
            ("UNIQUE constraint failed: events.id".to_owned(), 1002),
        ]
    );
    sound(&db);
}

#[test]
fn building_that_was_broken_off_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let note = folder.path().join("t.db-pages");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(SCHEMA).unwrap();
    let before = schema(&db);
    let hidden = bulk::hide(&db).unwrap();
    fill(&db, 3000);
    assert_eq!(
        bulk::build(&db, &path, &hidden, &mut |place| place < 3).unwrap(),
        Built::Stopped
    );
    drop(db);
    // Killed after the header was written: pages that nothing leads to. More rows come then.
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = u32::from_be_bytes(bytes[28..32].try_into().unwrap());
    bytes.resize(4096 * usize::try_from(pages + 7).unwrap(), 1);
    bytes[28..32].copy_from_slice(&(pages + 7).to_be_bytes());
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(&note, pages.to_string()).unwrap();
    let db = Connection::open(&path).unwrap();
    bulk::settle(&db, &path, &hidden).unwrap();
    assert!(!note.exists());
    db.execute_batch("INSERT INTO events (id) VALUES ('last')")
        .unwrap();
    assert_eq!(
        bulk::build(&db, &path, &hidden, &mut |_| true).unwrap(),
        Built::Done
    );
    assert_eq!(schema(&db), before);
    sound(&db);
    // Killed after the schema was whole, before SQLite had made the index of long texts.
    let root = before
        .iter()
        .find(|r| r.2 == "ix_body")
        .map(|r| r.4)
        .unwrap();
    drop(db);
    let mut bytes = std::fs::read(&path).unwrap();
    let start = 4096 * (usize::try_from(root).unwrap() - 1);
    bytes[start..start + 8].copy_from_slice(&[10, 0, 0, 0, 0, 16, 0, 0]);
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(&note, pages.to_string()).unwrap();
    let db = Connection::open(&path).unwrap();
    bulk::settle(&db, &path, &hidden).unwrap();
    let said: String = db
        .query_row("PRAGMA integrity_check", [], |r| r.get(0))
        .unwrap();
    assert!(!said.contains("ix_body"), "{said}");
    assert_eq!(
        bulk::build(&db, &path, &hidden, &mut |_| true).unwrap(),
        Built::Done
    );
    assert!(!note.exists());
}
