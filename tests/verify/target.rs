//! The target itself: its schema, its checks, and files that are no sound database.

use decant::verify::{self, Level, Options, Silent};

use crate::world::World;

#[test]
fn checks_of_the_target_find_its_own_faults() {
    let mut world = World::new();
    let orphan = world.target("UPDATE links SET item_id = 99 WHERE id LIKE '%0042'");
    let result = world.run(&orphan, Level::Counts, &Options::default());
    assert_eq!(result.foreign_keys.len(), 1);
    assert_eq!(
        (
            result.foreign_keys[0].rows,
            result.foreign_keys[0].columns.as_slice()
        ),
        (1, ["item_id".to_owned()].as_slice())
    );
    for (fault, ok) in [
        ("UPDATE sqlite_sequence SET seq = 1", false),
        ("UPDATE sqlite_sequence SET seq = 70", false),
        ("DELETE FROM sqlite_sequence", false),
        ("", true),
    ] {
        let target = world.target(fault);
        let result = world.run(&target, Level::Counts, &Options::default());
        assert_eq!(result.sequences.len(), 1);
        assert_eq!(
            result.sequences[0].ok, ok,
            "{fault}: {}",
            result.sequences[0].note
        );
    }
    let null = world.target(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT NOT NULL', 'name TEXT')",
    );
    let connection = rusqlite::Connection::open(&null).unwrap();
    connection
        .execute_batch("UPDATE items SET name = NULL WHERE id = 1")
        .unwrap();
    connection
        .execute_batch("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT', 'name TEXT NOT NULL')")
        .unwrap();
    drop(connection);
    let result = world.run(&null, Level::Counts, &Options::default());
    assert!(
        result.integrity.iter().any(|l| l.contains("NULL")),
        "{:?}",
        result.integrity
    );
}

#[test]
fn a_missing_table_or_column_is_a_finding_and_not_a_fault() {
    let mut world = World::new();
    let target = world.target("DROP TABLE log");
    let result = world.run(&target, Level::Digest, &Options::default());
    let table = result.tables.iter().find(|t| t.table == "log").unwrap();
    assert_eq!((table.rows_source, table.rows_target), (Some(501), None));
    assert!(!result.ok());
    let target = world.target("ALTER TABLE items DROP COLUMN note");
    let result = world.run(&target, Level::Digest, &Options::default());
    assert!(
        result.not_checked.iter().any(|s| s.contains("items.note")),
        "{:?}",
        result.not_checked
    );
}

#[test]
fn files_that_are_no_sound_database_say_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let sound = std::fs::read(world.target("")).unwrap();
    let mut damaged = sound.clone();
    for byte in damaged.iter_mut().skip(100).take(400) {
        *byte = 0xff;
    }
    let with = |at: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[at] = byte;
        bytes
    };
    for (name, bytes, said) in [
        ("newer.db", with(19, 3), "newer format (read version 3)"),
        ("format.db", with(47, 5), "newer format (schema format 5)"),
        ("empty.db", Vec::new(), "is empty"),
        (
            "dump.sql",
            b"--\n-- PostgreSQL database dump\n--\n".to_vec(),
            "plain PostgreSQL dump",
        ),
        ("dump.bin", b"PGDMP\x01\x0e".to_vec(), "custom format"),
        ("notes.txt", b"hello".to_vec(), "it is text"),
        ("packed.gz", vec![0x1f, 0x8b, 8, 0], "gzip"),
        ("damaged.db", damaged, "damaged"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = verify::open_target(&path)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default();
        assert!(error.contains(said), "{name}: {error}");
    }
    let refused = |path: &std::path::Path, said: &str| {
        let error = verify::open_target(path).err().map(|e| e.to_string());
        let error = error.unwrap_or_default();
        assert!(error.contains(said), "{}: {error}", path.display());
    };
    refused(folder.path(), "it is a folder");
    refused(std::path::Path::new("/dev/null"), "a pipe or a device");
    // A change that was cut off: SQLite spilled pages into the file and left the journal.
    let (cut, whole) = (folder.path().join("cut.db"), folder.path().join("whole.db"));
    std::fs::write(&whole, &sound).unwrap();
    let writer = rusqlite::Connection::open(&whole).unwrap();
    writer
        .execute_batch(
            "PRAGMA cache_size = 1; BEGIN; CREATE TABLE spilled AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9999) \
             SELECT i, hex(randomblob(40)) FROM n",
        )
        .unwrap();
    for beside in ["", "-journal"] {
        let copy = |path: &std::path::Path| format!("{}{beside}", path.display());
        std::fs::copy(copy(&whole), copy(&cut)).unwrap();
    }
    refused(&cut, "in the middle of a change");
    drop(writer);
    // In WAL mode with a committed change that is in the log alone: read with it, and told where it cannot be.
    let writer = rusqlite::Connection::open(&whole).unwrap();
    writer
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE late (a)")
        .unwrap();
    let log = folder.path().join("log.db");
    for beside in ["", "-wal"] {
        let copy = |path: &std::path::Path| format!("{}{beside}", path.display());
        std::fs::copy(copy(&whole), copy(&log)).unwrap();
    }
    let late = "SELECT count(*) FROM sqlite_schema WHERE name = 'late'";
    let reader = verify::open_target(&log).unwrap();
    assert_eq!(
        reader.query_row(late, [], |r| r.get::<_, i64>(0)).unwrap(),
        1
    );
    drop(reader);
    // The log is beside the file, and not beside a link to it.
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&log, &link).unwrap();
    let reader = verify::open_target(&link).unwrap();
    assert_eq!(
        reader.query_row(late, [], |r| r.get::<_, i64>(0)).unwrap(),
        1
    );
    drop(reader);
    let shm = folder.path().join("log.db-shm");
    let _ = std::fs::remove_file(&shm);
    std::os::unix::fs::symlink("none/none", &shm).unwrap();
    refused(&log, "is in WAL mode");
    // In WAL mode and closed: it is read, and nothing is left beside it.
    let quiet = tempfile::tempdir().unwrap();
    let closed = quiet.path().join("a %20b?c#d.db");
    std::fs::write(&closed, &sound).unwrap();
    let writer = rusqlite::Connection::open(&closed).unwrap();
    writer
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE late (a)")
        .unwrap();
    drop(writer);
    let before = std::fs::read(&closed).unwrap();
    let reader = verify::open_target(&closed).unwrap();
    assert_eq!(
        reader.query_row(late, [], |r| r.get::<_, i64>(0)).unwrap(),
        1
    );
    let (level, options) = (Level::Full, Options::default());
    let twins = verify::compare_files(&closed, &closed, level, &options, &Silent).unwrap();
    assert!(twins.findings.is_empty() && twins.tables.iter().all(|t| t.ok()));
    let beside = std::fs::read_dir(quiet.path()).unwrap().count();
    drop(reader);
    assert_eq!(
        (beside, std::fs::read(&closed).unwrap() == before),
        (1, true)
    );
    assert_eq!(std::fs::read_dir(quiet.path()).unwrap().count(), 1);
    let missing = verify::open_target(&folder.path().join("none.db"))
        .err()
        .unwrap()
        .to_string();
    assert!(missing.contains("no such file"), "{missing}");
    let target = world.target("");
    let writer = rusqlite::Connection::open(&target).unwrap();
    writer
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    let locked = verify::open_target(&target).err().unwrap().to_string();
    assert!(locked.contains("locked"), "{locked}");
}

#[test]
fn a_damaged_source_names_table_row_and_column() {
    let mut world = World::new();
    let target = world.target("");
    world.source.tables.get_mut("log").unwrap().1[3][1] = Some("three".to_owned());
    let error = verify::run(
        &mut world.source,
        &world.lowering,
        &target,
        Level::Digest,
        &Options::default(),
        &Silent,
    );
    let said = error.err().unwrap().to_string();
    assert!(said.contains("table log, row 4, column level"), "{said}");
    assert!(!said.contains("three"), "{said}");
}

#[test]
fn the_targets_schema_is_compared_as_sqlite_tells_it() {
    let mut world = World::new();
    for (fault, object, aspect) in [
        ("CREATE TABLE spare (x)", "spare", None),
        ("DROP INDEX ix_links_item", "ix_links_item", None),
        (
            "DROP INDEX ix_links_item; CREATE INDEX ix_links_item ON links (id) WHERE item_id > 0",
            "ix_links_item",
            Some("columns"),
        ),
        (
            "DROP INDEX ix_links_item; CREATE INDEX ix_links_item ON links (item_id)",
            "ix_links_item",
            Some("predicate"),
        ),
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'ON DELETE CASCADE', '') WHERE name = 'links'",
            "links.fk_links_item",
            Some("ON DELETE"),
        ),
        (
            "CREATE TRIGGER spy AFTER DELETE ON items BEGIN SELECT 1; END",
            "spy",
            None,
        ),
        ("CREATE VIEW extra AS SELECT 1", "extra", None),
    ] {
        let target = world.target(fault);
        let result = world.run(&target, Level::Counts, &Options::default());
        let found = &result.schema_sqlite;
        assert_eq!(found.len(), 1, "{fault}: {found:#?}");
        assert_eq!(
            (found[0].object.as_str(), found[0].aspect.as_deref()),
            (object, aspect),
            "{fault}"
        );
        assert!(!result.ok());
    }
    let ledger = world.target("CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE)");
    let result = world.run(&ledger, Level::Counts, &Options::default());
    assert_eq!(result.schema_sqlite, []);
}
