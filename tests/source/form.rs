//! What the published file is like besides its content: journal mode, page size, and what Turso's import asks for.

use std::path::Path;

use rusqlite::Connection;

use crate::e2e;
use crate::support;

fn dump(columns: &str) -> String {
    format!(
        "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n\n\
CREATE TABLE public.t (id integer NOT NULL, name text{columns});\n\
COPY public.t (id, name) FROM stdin;\n1\tone\n2\ttwo\n\\.\n\n\
ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n\
CREATE UNIQUE INDEX t_name ON public.t USING btree (name);\n\n\
--\n-- PostgreSQL database dump complete\n--\n"
    )
}

/// Journal mode, page size, auto_vacuum, encoding; and whether the file is sound and stands alone.
fn form(file: &Path) -> String {
    for beside in ["-wal", "-shm"] {
        let beside = format!("{}{beside}", file.display());
        assert!(!Path::new(&beside).exists(), "{beside}");
    }
    let db = Connection::open(file).expect("a database");
    let ask = |pragma: &str| -> String {
        let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
        db.query_row(&sql, [], |row| row.get(0)).expect("an answer")
    };
    assert_eq!(ask("integrity_check"), "ok");
    ["journal_mode", "page_size", "auto_vacuum", "encoding"]
        .map(ask)
        .join(" ")
}

#[test]
fn a_file_has_the_form_that_was_asked_for() {
    for (config, arguments, expected) in [
        ("", &[][..], "delete 4096 0 UTF-8"),
        (
            "[target]\njournal-mode = \"wal\"\npage-size = 8192\n",
            &[],
            "wal 8192 0 UTF-8",
        ),
        ("[target]\npage-size = 512\n", &[], "delete 512 0 UTF-8"),
        ("[target]\npage-size = 65536\n", &[], "delete 65536 0 UTF-8"),
        ("", &["--for", "turso"], "wal 4096 0 UTF-8"),
        ("[target]\nfor = \"turso\"\n", &[], "wal 4096 0 UTF-8"),
    ] {
        let folder = support::tempdir();
        std::fs::write(folder.path().join("source.sql"), dump("")).expect("a dump");
        std::fs::write(folder.path().join("decant.toml"), config).expect("a configuration");
        let mut all = vec!["port", "--source", "source.sql", "--target", "t.db"];
        all.extend(arguments);
        e2e::decant_in(folder.path(), &all).ended(0);
        assert_eq!(form(&folder.path().join("t.db")), expected, "{config}");
        all.extend(["--database-per", "t.id"]);
        let place = all.iter().position(|a| *a == "t.db").expect("the target");
        all[place] = "parts";
        e2e::decant_in(folder.path(), &all).ended(0);
        let part = support::files(&folder.path().join("parts"));
        let part = part.iter().find(|f| f.ends_with(".db")).expect("a file");
        assert_eq!(
            form(&folder.path().join("parts").join(part)),
            expected,
            "{config}"
        );
    }
}

#[test]
fn what_cannot_be_is_told() {
    for (config, columns, status, told) in [
        ("page-size = 1000", "", 2, "power of two"),
        ("for = \"turso\"\npage-size = 8192", "", 2, "4096"),
        (
            "for = \"turso\"",
            ", twice text GENERATED ALWAYS AS ((name || name)) STORED",
            3,
            "t.twice is a generated column",
        ),
    ] {
        let folder = support::tempdir();
        std::fs::write(folder.path().join("source.sql"), dump(columns)).expect("a dump");
        let config = format!("[target]\n{config}\n");
        std::fs::write(folder.path().join("decant.toml"), &config).expect("a configuration");
        let arguments = ["port", "--source", "source.sql", "--target", "t.db"];
        let run = e2e::decant_in(folder.path(), &arguments);
        run.ended(status);
        assert!(run.stderr.contains(told), "{config}: {}", run.all());
        assert!(!folder.path().join("t.db").exists());
    }
}
