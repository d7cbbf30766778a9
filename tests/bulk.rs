//! Indexes that are built from sorted keys against those that SQLite makes.

use std::os::unix::fs::FileExt as _;

use decant::sqlite::bulk::{self, Built};
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value as Sql;

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

/// A table as decant writes it, with keys and indexes of every kind.
#[derive(Debug, Clone)]
struct Made {
    ddl: String,
    /// Columns that take values.
    columns: usize,
    /// How many of the keys and indexes are unique.
    uniques: usize,
}

const TYPES: [&str; 9] = [
    "INTEGER",
    "BIGINT",
    "TEXT",
    "VARCHAR(10)",
    "NUMERIC(10, 2)",
    "REAL",
    "BLOB",
    "DATETIME",
    "",
];

fn schemas() -> impl Strategy<Value = Made> {
    let column = (0..TYPES.len(), proptest::bool::weighted(0.2));
    let part = (0..5usize, any::<bool>(), 0..8u8);
    let index = (
        proptest::collection::vec(part, 1..4),
        proptest::bool::weighted(0.2),
        0..8u8,
    );
    (
        proptest::collection::vec(column, 1..5),
        0..4u8,
        proptest::option::weighted(0.3, 0..5usize),
        any::<bool>(),
        proptest::collection::vec(index, 0..5),
    )
        .prop_map(|(columns, key, unique, generated, indexes)| {
            let name = |place: usize| format!("c{}", place % columns.len());
            let mut lines = Vec::new();
            match key {
                0 => lines.push("id INTEGER PRIMARY KEY".to_owned()),
                1 => lines.push("id INTEGER PRIMARY KEY AUTOINCREMENT".to_owned()),
                _ => {}
            }
            for (place, (kind, folded)) in columns.iter().enumerate() {
                let kind = TYPES[*kind];
                let space = if kind.is_empty() { "" } else { " " };
                let folded = if *folded { " COLLATE \"NOCASE\"" } else { "" };
                lines.push(format!("c{place}{space}{kind}{folded}"));
            }
            let mut uniques = 0;
            if generated {
                lines.push(
                    "made TEXT GENERATED ALWAYS AS (typeof(c0) || length(c0)) VIRTUAL".to_owned(),
                );
            }
            // That would be the rowid.
            if key == 2 && TYPES[columns[0].0] != "INTEGER" {
                lines.push("PRIMARY KEY (c0)".to_owned());
                uniques += 1;
            }
            if let Some(unique) = unique {
                lines.push(format!("UNIQUE ({})", name(unique)));
                uniques += 1;
            }
            let mut ddl = format!("CREATE TABLE t (\n    {}\n);\n", lines.join(",\n    "));
            for (place, (parts, unique, kind)) in indexes.iter().enumerate() {
                let mut list: Vec<String> = Vec::new();
                for (column, descending, form) in parts {
                    let column = match form {
                        0 => format!("lower({})", name(*column)),
                        1 => format!("{} COLLATE BINARY", name(*column)),
                        2 if generated => "made".to_owned(),
                        _ => name(*column),
                    };
                    list.push(column + if *descending { " DESC" } else { "" });
                }
                let partial = if *kind == 0 { " WHERE c0 > 1" } else { "" };
                uniques += usize::from(*unique);
                let unique = if *unique { "UNIQUE " } else { "" };
                let list = list.join(", ");
                ddl.push_str(&format!(
                    "CREATE {unique}INDEX i{place} ON t ({list}){partial};\n"
                ));
            }
            Made {
                ddl,
                columns: columns.len(),
                uniques,
            }
        })
}

fn values() -> impl Strategy<Value = Sql> {
    const EDGE: i64 = 1 << 53;
    prop_oneof![
        1 => Just(Sql::Null),
        4 => (-3i64..200).prop_map(Sql::Integer),
        1 => prop_oneof![
            Just(127), Just(128), Just(-128), Just(-129), Just(32767), Just(32768), Just(-32769),
            Just(8_388_607), Just(8_388_608), Just(2_147_483_648), Just(-2_147_483_649),
            Just(140_737_488_355_327), Just(140_737_488_355_328), Just(EDGE - 1), Just(-EDGE),
        ].prop_map(Sql::Integer),
        1 => prop_oneof![Just(EDGE + 1), Just(i64::MIN), Just(i64::MAX)].prop_map(Sql::Integer),
        2 => (-40i64..40).prop_map(|n| Sql::Real(n as f64 / 4.0)),
        1 => prop_oneof![
            Just(-0.0), Just(1e300), Just(-1e300), Just(f64::INFINITY), Just(f64::MIN_POSITIVE),
            Just(EDGE as f64), Just(1e18), Just(9.3e18),
        ].prop_map(Sql::Real),
        3 => "[\\x00aA-c0-3.é]{0,6}".prop_map(Sql::Text),
        1 => (0..400usize).prop_map(|n| Sql::Text("long ".repeat(n / 5))),
        1 => proptest::collection::vec(any::<u8>(), 0..6).prop_map(Sql::Blob),
    ]
}

/// A file with pages of a size and with bytes of them kept free.
fn open(path: &std::path::Path, page: u32, reserved: i32, ddl: &str) -> Connection {
    let db = Connection::open(path).unwrap();
    db.execute_batch(&format!(
        "PRAGMA page_size = {page}; PRAGMA synchronous = OFF"
    ))
    .unwrap();
    let mut reserved = reserved;
    // SAFETY: the connection is open, and the number outlives the call.
    let done = unsafe {
        rusqlite::ffi::sqlite3_file_control(
            db.handle(),
            c"main".as_ptr(),
            rusqlite::ffi::SQLITE_FCNTL_RESERVE_BYTES,
            (&raw mut reserved).cast(),
        )
    };
    assert_eq!(done, rusqlite::ffi::SQLITE_OK);
    db.execute_batch(ddl).unwrap();
    db
}

/// Rows of `t` with their ids, in order.
fn rows(db: &Connection, columns: usize) -> Vec<Vec<Sql>> {
    let list: Vec<String> = (0..columns).map(|c| format!("c{c}")).collect();
    let sql = format!(
        "SELECT _rowid_, {} FROM t NOT INDEXED ORDER BY _rowid_",
        list.join(", ")
    );
    let mut statement = db.prepare(&sql).unwrap();
    let found = statement
        .query_map([], |row| (0..=columns).map(|c| row.get(c)).collect())
        .unwrap();
    found.collect::<Result<_, _>>().unwrap()
}

/// What each index gives in its order, as far as it can be asked by name.
fn by_index(db: &Connection, made: &Made) -> Vec<String> {
    let names: Vec<String> = db
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut out = Vec::new();
    for name in names {
        let list: Vec<String> = (0..made.columns).map(|c| format!("c{c}")).collect();
        let partial = if made.ddl.contains(&format!("INDEX {name} ON t ("))
            && made
                .ddl
                .lines()
                .any(|l| l.contains(&format!(" {name} ON")) && l.contains(" WHERE "))
        {
            " WHERE c0 > 1"
        } else {
            ""
        };
        let sql = format!(
            "SELECT _rowid_, {} FROM t INDEXED BY {name}{partial}",
            list.join(", ")
        );
        // An index of a generated column may not serve such a question.
        let Ok(mut statement) = db.prepare(&sql) else {
            continue;
        };
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<String> = (0..=made.columns)
                .map(|c| format!("{:?}", row.get_ref(c).unwrap()))
                .collect();
            out.push(format!("{name}: {}", cells.join(" ")));
        }
    }
    out
}

fn insert(db: &Connection, verb: &str, row: &[Sql], id: Option<i64>) {
    let mut columns: Vec<String> = (0..row.len()).map(|c| format!("c{c}")).collect();
    let mut cells: Vec<Sql> = row.to_vec();
    if let Some(id) = id {
        columns.push("_rowid_".to_owned());
        cells.push(Sql::Integer(id));
    }
    let places = vec!["?"; cells.len()].join(", ");
    db.execute(
        &format!("{verb} INTO t ({}) VALUES ({places})", columns.join(", ")),
        rusqlite::params_from_iter(cells),
    )
    .unwrap();
}

/// Builds, taking rows out that have a key twice.
fn build(db: &Connection, path: &std::path::Path, hidden: &bulk::Hidden) {
    loop {
        match bulk::build(db, path, hidden, &mut |_| true).unwrap() {
            Built::Done => return,
            Built::Stopped => unreachable!(),
            Built::Duplicates(index) => {
                for row in index.duplicates(db).unwrap() {
                    db.execute("DELETE FROM t WHERE _rowid_ = ?1", [row])
                        .unwrap();
                }
            }
        }
    }
}

fn cases() -> u32 {
    match std::env::var_os("DECANT_LONG_TESTS") {
        Some(_) => 4000,
        None => 150,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// The writer by statements decides what is in the file, and SQLite whether it is sound.
    #[test]
    fn any_table_is_built_as_statements_build_it(
        made in schemas(),
        page in prop_oneof![4 => Just(512u32), 1 => Just(1024), 2 => Just(4096), 1 => Just(65536)],
        reserved in prop_oneof![3 => Just(0), 1 => Just(8), 1 => Just(32)],
        source in proptest::collection::vec(proptest::collection::vec(values(), 5), 0..60),
        times in 1..12i64,
        gaps in 1..1000i64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let wanted = open(&folder.path().join("wanted.db"), page, reserved, &made.ddl);
        let path = folder.path().join("built.db");
        let built = open(&path, page, reserved, &made.ddl);
        let before = schema(&built);
        built.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE").unwrap();
        let hidden = bulk::hide(&built).unwrap();
        wanted.execute_batch("BEGIN").unwrap();
        built.execute_batch("BEGIN").unwrap();
        let mut id = 0;
        for row in (0..times).flat_map(|_| &source) {
            id += gaps;
            insert(&wanted, "INSERT OR IGNORE", &row[..made.columns], Some(id));
            // With several unique keys it depends on their order which rows go.
            if made.uniques <= 1 {
                insert(&built, "INSERT OR IGNORE", &row[..made.columns], Some(id));
            }
        }
        wanted.execute_batch("COMMIT").unwrap();
        if made.uniques > 1 {
            for row in rows(&wanted, made.columns) {
                let Sql::Integer(id) = row[0] else { unreachable!() };
                insert(&built, "INSERT", &row[1..], Some(id));
            }
        }
        built.execute_batch("COMMIT").unwrap();
        build(&built, &path, &hidden);
        prop_assert_eq!(schema(&built), before);
        sound(&built);
        prop_assert_eq!(rows(&built, made.columns), rows(&wanted, made.columns));
        prop_assert_eq!(by_index(&built, &made), by_index(&wanted, &made));
        // SQLite goes on with the pages as with its own.
        built.execute_batch("UPDATE OR IGNORE t SET c0 = _rowid_ % 7 WHERE _rowid_ % 3 = 0; DELETE FROM t WHERE _rowid_ % 2 = 0").unwrap();
        for row in &source {
            insert(&built, "INSERT OR IGNORE", &row[..made.columns], None);
        }
        sound(&built);
    }
}

/// A file whose pages reach over the byte that systems lock: it has a hole before it.
#[test]
fn the_page_of_the_lock_byte_is_left_out() {
    for page in [1024_u32, 4096] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let db = open(
            &path,
            page,
            0,
            "CREATE TABLE t (c0 TEXT);\nCREATE INDEX i ON t (c0)",
        );
        let hidden = bulk::hide(&db).unwrap();
        db.execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000)
             INSERT INTO t SELECT printf('%032d', i * 7919 % 104729) FROM n",
        )
        .unwrap();
        drop(db);
        let lock = (1_u32 << 30) / page + 1;
        let pages = lock - 9;
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(u64::from(pages) * u64::from(page)).unwrap();
        file.write_all_at(&pages.to_be_bytes(), 28).unwrap();
        drop(file);
        let db = Connection::open(&path).unwrap();
        build(&db, &path, &hidden);
        let count: u32 = db
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        assert!(count > lock, "{count}");
        // Of the table alone: nobody uses the pages of the hole.
        let said: String = db
            .query_row("PRAGMA integrity_check(t)", [], |row| row.get(0))
            .unwrap();
        assert_eq!(said, "ok");
        let mut at = vec![0; 8];
        let file = std::fs::File::open(&path).unwrap();
        file.read_exact_at(&mut at, u64::from(lock - 1) * u64::from(page))
            .unwrap();
        assert_eq!(at, [0; 8]);
    }
}

/// Roots that a killed run has written lead to pages that the next run does not have.
#[test]
fn roots_of_a_run_that_was_broken_off_are_made_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let ddl = "CREATE TABLE t (c0 TEXT);\nCREATE INDEX i ON t (c0)";
    let db = open(&path, 4096, 0, ddl);
    let hidden = bulk::hide(&db).unwrap();
    let root = 3;
    drop(db);
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let mut page = [0_u8; 4096];
    page[..12].copy_from_slice(&[2, 0, 0, 0, 0, 16, 0, 0, 0, 0, 9, 9]);
    file.write_all_at(&page, (root - 1) * 4096).unwrap();
    drop(file);
    // No rows; then one that is too long for a page of its own making.
    let db = Connection::open(&path).unwrap();
    build(&db, &path, &hidden);
    sound(&db);
    let hidden = {
        drop(db);
        std::fs::remove_file(&path).unwrap();
        let db = open(&path, 4096, 0, ddl);
        let hidden = bulk::hide(&db).unwrap();
        db.execute_batch("INSERT INTO t VALUES (printf('%.*c', 3000, 'x'))")
            .unwrap();
        hidden
    };
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&page, (root - 1) * 4096).unwrap();
    drop(file);
    let db = Connection::open(&path).unwrap();
    build(&db, &path, &hidden);
    sound(&db);
}

/// Columns may have all names of the rowid; a column may fold letters where its key does not.
#[test]
fn odd_columns_keep_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let db = open(
        &path,
        4096,
        0,
        "CREATE TABLE t (\n    rowid INTEGER,\n    oid INTEGER,\n    _rowid_ INTEGER\n);\nCREATE INDEX i ON t (oid);
         CREATE TABLE u (c0 TEXT COLLATE NOCASE);\nCREATE UNIQUE INDEX j ON u (c0 COLLATE BINARY);",
    );
    let hidden = bulk::hide(&db).unwrap();
    assert_eq!(hidden.len(), 1);
    db.execute_batch(
        "INSERT INTO t VALUES (5, 1, 7), (6, 0, 7);
         INSERT INTO u VALUES ('a'), ('A'), ('b'), ('a')",
    )
    .unwrap();
    let Built::Duplicates(index) = bulk::build(&db, &path, &hidden, &mut |_| true).unwrap() else {
        panic!("no duplicates");
    };
    assert_eq!(index.duplicates(&db).unwrap(), [4]);
    db.execute_batch("DELETE FROM u WHERE _rowid_ = 4").unwrap();
    build(&db, &path, &hidden);
    sound(&db);
}
