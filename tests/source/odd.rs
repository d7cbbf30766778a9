//! Odd tables and odd names, ported and verified live and from dumps: no columns, 1600 columns, names of 63 bytes, quotes, reserved
//! words, names of the rowid, no rows, no key.

use rusqlite::Connection;

use crate::e2e;
use crate::support::{self, Database};

const SQL: &str = r#"
CREATE TABLE none (); INSERT INTO none DEFAULT VALUES; INSERT INTO none DEFAULT VALUES;
CREATE TABLE "sélect ""from"" [x] `y`" ("a b" int, "ORDER" text, "d.e" text, "%s ?1 :x" text, "rowid" int, "_rowid_" text, "oid" text);
INSERT INTO "sélect ""from"" [x] `y`" VALUES (1, 'x', E'tab\there\nnl\r\\N', '\.', 7, 'r', 'o'), (NULL, '', '\N', 'NULL', NULL, NULL, NULL);
CREATE TABLE "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" (
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij1" int PRIMARY KEY,
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij2" text);
INSERT INTO "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" VALUES (-2147483648, 'é'), (2147483647, E'e\u0301');
CREATE TABLE wide (id int);
DO $$ BEGIN FOR i IN 1..1598 LOOP EXECUTE format('ALTER TABLE wide ADD c%s bool', i); END LOOP; END $$;
INSERT INTO wide (id, c1, c1598) VALUES (1, true, false);
CREATE TABLE zero (id bigserial PRIMARY KEY, t text);
CREATE TYPE "Weird ""mood""" AS ENUM ('', 'it''s', 'Ünï', 'a,b', '{x}', 'NULL', '日本');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN ints AS int[] CHECK (array_length(VALUE, 1) < 10);
CREATE DOMAIN more AS ints;
CREATE TABLE odd (m "Weird ""mood""", ms "Weird ""mood"""[], p pair, ps pair[], d more, c "char");
INSERT INTO odd VALUES ('it''s', ARRAY['a,b', '{x}', NULL, 'NULL', '', '日本']::"Weird ""mood"""[], ROW(1, 'q"uo,te'),
    ARRAY[ROW(1, 'a"b'), ROW(NULL, NULL)]::pair[], '{1,NULL,3}', 'é'::"char"), (NULL, '{}', NULL, '{}', NULL, ' ');
"#;

#[test]
fn odd_tables_are_ported_and_verified() {
    let Some(database) = Database::with("odd", SQL) else {
        return;
    };
    let folder = support::tempdir();
    let mut sources = vec![database.url()];
    for (name, arguments) in [
        ("plain.sql", &[][..]),
        ("inserts.sql", &["--inserts"]),
        ("custom.dump", &["-Fc"]),
    ] {
        if let Some(dump) = database.dump(arguments) {
            std::fs::write(folder.path().join(name), dump).expect("a dump");
            sources.push(name.to_owned());
        }
    }
    for source in sources {
        let from = ["--source", &source, "--target", "t.db"];
        let port = e2e::decant_in(
            folder.path(),
            &[&["port", "--accept-lossy"][..], &from].concat(),
        );
        assert_eq!(port.status, 0, "{source}: {}", port.all());
        let verify = e2e::decant_in(
            folder.path(),
            &[&["verify", "--level", "full"][..], &from].concat(),
        );
        assert_eq!(verify.status, 0, "{source}: {}", verify.all());
        let db = Connection::open(folder.path().join("t.db")).expect("a database");
        for (sql, expected) in [
            ("SELECT count(*) FROM none", "2"),
            (
                "SELECT group_concat(\"d.e\" || '|' || \"%s ?1 :x\", '/') FROM \"sélect \"\"from\"\" [x] `y`\"",
                "tab\there\nnl\r\\N|\\./\\N|NULL",
            ),
            (
                "SELECT c1 || '|' || c1598 || '|' || ifnull(c800, '-') FROM wide",
                "1|0|-",
            ),
            (
                "SELECT m || ms || p || ps || d || c FROM odd WHERE m IS NOT NULL",
                "it's[\"a,b\", \"{x}\", null, \"NULL\", \"\", \"\\u65e5\\u672c\"](1,\"q\"\"uo,te\")[\"(1,\\\"a\\\"\\\"b\\\")\", \"(,)\"][1, null, 3]\\303",
            ),
        ] {
            let sql = format!("SELECT CAST(({sql}) AS TEXT)");
            let found: String = db.query_row(&sql, [], |row| row.get(0)).expect("an answer");
            assert_eq!(found, expected, "{source}");
        }
        drop(db);
        std::fs::remove_file(folder.path().join("t.db")).expect("the target");
    }
}
