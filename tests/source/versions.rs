//! A newer PostgreSQL through the compiled binary: what is new in its catalogs and archives, live and from its dumps.

use std::path::Path;

use rusqlite::Connection;

use crate::e2e;
use crate::support::{self, Database};

/// What PostgreSQL 15 does not have: virtual generated columns, keys without overlaps, NOT NULL constraints with names that may be NOT
/// VALID, constraints that are not enforced, UUIDs of version 7, identity columns of partitioned tables.
const NEW: &str = "
    CREATE EXTENSION IF NOT EXISTS btree_gist;
    CREATE TABLE person (id uuid PRIMARY KEY DEFAULT uuidv7(), first text CONSTRAINT first_is_there NOT NULL, last text,
        whole text GENERATED ALWAYS AS (first || coalesce(' ' || last, '')) VIRTUAL,
        size int GENERATED ALWAYS AS (length(first)) STORED,
        boss uuid CONSTRAINT boss_is_there REFERENCES person NOT ENFORCED,
        age int CONSTRAINT is_old CHECK (age > 10) NOT ENFORCED);
    INSERT INTO person VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', 'Ann', 'Lee', DEFAULT, DEFAULT, NULL, 40),
        ('01890a5d-ac96-774b-bcce-b302099a8058', 'Bo', NULL, DEFAULT, DEFAULT, '01890a5d-ac96-774b-bcce-b302099a8057', 11);
    CREATE TABLE event (id int GENERATED ALWAYS AS IDENTITY, at date NOT NULL, note varchar(20)) PARTITION BY RANGE (at);
    CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO event (at, note) VALUES ('2024-05-05', 'a'), ('2025-05-05', 'b'), ('2024-06-06', NULL);
    CREATE TABLE stay (room int, during daterange, guest text, PRIMARY KEY (room, during WITHOUT OVERLAPS));
    INSERT INTO stay VALUES (1, '[2024-01-01,2024-01-05)', 'a'), (1, '[2024-01-05,2024-01-07)', 'b');
    CREATE TABLE late (id int PRIMARY KEY, v text);
    INSERT INTO late VALUES (1, 'x');
    ALTER TABLE late ADD CONSTRAINT v_is_there NOT NULL v NOT VALID;";

fn rows(file: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(file).expect("a database");
    let mut statement = connection.prepare(sql).expect("a query");
    let row = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let rows = statement.query_map([], row).expect("rows");
    rows.map(|r| r.expect("a row")).collect()
}

#[test]
fn what_is_new_in_a_newer_postgresql_is_ported_and_verified() {
    let Some(server) = support::newer() else {
        return;
    };
    let database = Database::on(server, "new");
    database.execute(NEW);
    let folder = support::tempdir();
    let config = "[storage]\naccept-lossy = true\naccept = [\"stay.stay_pkey: exclusion-dropped\", \"stay.stay_pkey: unique-weakened\", \"btree_gist: extension-dropped\"]\n";
    std::fs::write(folder.path().join("decant.toml"), config).expect("a configuration");
    let mut sources = vec![database.url()];
    for (name, arguments) in [
        ("plain.sql", &[][..]),
        ("custom.dump", &["-Fc"]),
        ("plain.gz", &["--compress=gzip:9"]),
        ("archive.tar", &["-Ft"]),
    ] {
        let dump = database.dump(arguments).expect("pg_dump is there");
        std::fs::write(folder.path().join(name), dump).expect("a dump");
        sources.push(name.to_owned());
    }
    let file = format!("--file={}", folder.path().join("folder").display());
    database.dump(&["-Fd", &file]).expect("pg_dump is there");
    sources.push("folder".to_owned());
    let target = folder.path().join("t.db");
    for source in sources {
        let ported = e2e::decant_in(
            folder.path(),
            &["port", "--source", &source, "--target", "t.db"],
        );
        assert_eq!(ported.status, 0, "{source}: {}", ported.all());
        let verified = e2e::decant_in(
            folder.path(),
            &[
                "verify", "--source", &source, "--target", "t.db", "--level", "full",
            ],
        );
        assert_eq!(verified.status, 0, "{source}: {}", verified.all());
        let person = "SELECT id || '|' || whole || '|' || size || '|' || ifnull(boss, '-') FROM person ORDER BY id";
        assert_eq!(
            rows(&target, person),
            [
                "01890a5dac96774bbcceb302099a8057|Ann Lee|3|-",
                "01890a5dac96774bbcceb302099a8058|Bo|2|01890a5dac96774bbcceb302099a8057"
            ],
            "{source}"
        );
        assert_eq!(
            rows(
                &target,
                "SELECT id || at || ifnull(note, '-') FROM event ORDER BY id"
            ),
            ["12024-05-05a", "22025-05-05b", "32024-06-06-"],
            "{source}"
        );
        assert_eq!(
            rows(&target, "SELECT during FROM stay ORDER BY 1").len(),
            2,
            "{source}"
        );
        std::fs::remove_file(&target).expect("the target");
    }
}
