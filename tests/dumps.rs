//! Dump files, whole and damaged, without a server: what is read of them, and what is said of those that cannot be.

use std::path::{Path, PathBuf};

use decant::interrupt::Interrupt;
use decant::ir::QualName;
use decant::pg::copy::{Cell, CopyFormat};
use decant::pg::dump::DumpSource;
use decant::pg::source::{SequenceState, Source};
use decant::pg::{Error, open_source};

fn small() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dumps/small.dump.sql");
    std::fs::read_to_string(path).unwrap()
}

fn write(folder: &Path, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join("app.sql");
    std::fs::write(&path, content).unwrap();
    path
}

fn open(path: &Path) -> Result<DumpSource, Error> {
    DumpSource::open(path, &Interrupt::new())
}

fn read(source: &mut DumpSource, columns: &[&str]) -> Result<Vec<String>, Error> {
    let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let mut out = Vec::new();
    let mut take = |cells: &[Cell<'_>]| {
        let cells = cells.iter().map(|c| match c {
            Cell::Null => "~".to_owned(),
            Cell::Text(t) | Cell::Binary(t) => String::from_utf8_lossy(t).into_owned(),
        });
        out.push(cells.collect::<Vec<_>>().join("|"));
        Ok(())
    };
    source.read(
        &QualName::new("note"),
        &columns,
        CopyFormat::Text,
        &mut take,
    )?;
    Ok(out)
}

/// What opening or reading says of a dump, its path shortened to its name.
fn said(content: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), content);
    let error = match open(&path) {
        Err(error) => error,
        Ok(mut source) => match read(&mut source, &["id"]) {
            Err(error) => error,
            Ok(rows) => panic!("it was read: {rows:?}"),
        },
    };
    error
        .to_string()
        .replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_whole_dump_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for content in [
        small(),
        small().replace('\n', "\r\n"),
        format!("\u{feff}{}", small()),
    ] {
        let path = write(folder.path(), content);
        let mut source = open(&path).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(source.server_version().as_deref(), Some("16.3"));
        assert_eq!(source.alembic_versions(), None);
        assert_eq!(
            read(&mut source, &["body", "id"]).unwrap(),
            ["one|1", "~|2", "tab\there \\. ü|3"]
        );
        assert_eq!(read(&mut source, &[]).unwrap(), ["", "", ""]);
        let size = source.table_size(&QualName::new("note")).unwrap();
        assert_eq!((size.rows, size.exact), (3, true));
        let state = SequenceState {
            last_value: 3,
            is_called: true,
        };
        assert_eq!(
            source.sequence_state(&QualName::new("note_id_seq")),
            Some(state)
        );
        let table = source.schema().table(&QualName::new("note")).unwrap();
        assert_eq!(table.primary_key(), ["id"]);
        assert_eq!(source.diagnostics().len(), 0);
        let missing = read(&mut source, &["nothing"]).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "column nothing of table note is not in the dump; compare its schema with the history's"
        );
    }
}

/// pg_dump names no columns where all are computed; COPY leaves those out, INSERT says DEFAULT for them.
#[test]
fn rows_that_name_no_columns_are_those_of_the_columns_that_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let computed = small().replace(
        "    id integer NOT NULL,\n",
        "    id integer NOT NULL,\n    twice integer GENERATED ALWAYS AS (id * 2) STORED,\n",
    );
    let copied = computed.replace("COPY public.note (id, body) FROM", "COPY public.note  FROM");
    let mut source = open(&write(folder.path(), &copied)).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        read(&mut source, &["body", "id"]).unwrap(),
        ["one|1", "~|2", "tab\there \\. ü|3"]
    );
    let (before, rest) = computed.split_once("COPY public.note").unwrap();
    let (_, after) = rest.split_once("\\.\n").unwrap();
    let inserted = format!(
        "{before}INSERT INTO public.note VALUES (1, DEFAULT, 'one');\nINSERT INTO public.note VALUES (2, DEFAULT, NULL);\n{after}"
    );
    let mut source = open(&write(folder.path(), &inserted)).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        read(&mut source, &["body", "id"]).unwrap(),
        ["one|1", "~|2"]
    );
}

#[test]
fn a_dump_cut_anywhere_is_refused() {
    let whole = small();
    // Past the trailer nothing is missing.
    let last = whole.find("-- PostgreSQL database dump complete").unwrap() + 35;
    for cut in 0..=last {
        if !whole.is_char_boundary(cut) {
            continue;
        }
        let said = said(&whole[..cut]);
        assert!(
            said.contains("truncated")
                || said.contains("no dump of pg_dump")
                || said.contains("empty"),
            "{cut}: {said}"
        );
    }
}

#[test]
fn damage_is_said_with_its_line() {
    let small = small();
    for (content, expected) in [
        (
            small.replace("2\t\\N\n", "2\n"),
            "app.sql:43: row 2 of table note: it has 1 field, but 2 columns were named",
        ),
        (
            small.replace("2\t\\N\n", "2\t\\N\t3\n"),
            "app.sql:43: row 2 of table note: it has more fields than columns were named (2)",
        ),
        (
            small.replace("\\.\n", ""),
            "app.sql:58: the dump is truncated: the rows of table note, which begin at line 42, have no end (`\\.`); make \
             the dump again",
        ),
        (
            small.replace("'UTF8'", "'LATIN1'"),
            "app.sql:11: the dump is in the encoding LATIN1; make it again with `pg_dump --encoding=UTF8`",
        ),
        (
            small.replace(
                "-- PostgreSQL database dump\n",
                "-- PostgreSQL database cluster dump\n",
            ),
            "app.sql:2: this is a dump of a whole server by pg_dumpall; make a dump of the one database with pg_dump",
        ),
        (
            small.replace("FROM stdin", "FROM '/tmp/x'"),
            "app.sql:41: this COPY is not one that pg_dump writes; only `COPY table (columns) FROM stdin` is read",
        ),
        (
            small.replace("\\restrict", "\\i"),
            "app.sql:5: `\\i` is a command of psql that pg_dump does not write; only dumps of pg_dump are read",
        ),
        (
            "CREATE TABLE note (id int);\n".to_owned(),
            "app.sql:1: this is no dump of pg_dump: the line `-- PostgreSQL database dump` does not come first",
        ),
        (
            "\n\n".to_owned(),
            "app.sql:1: this is no dump of pg_dump: the line `-- PostgreSQL database dump` is missing",
        ),
    ] {
        assert_eq!(said(&content), expected);
    }
}

#[test]
fn other_kinds_of_files_are_named() {
    let mut tar = vec![0u8; 512];
    tar[257..262].copy_from_slice(b"ustar");
    for (content, expected) in [
        (
            b"PGDMP\x01\x0e".to_vec(),
            "app.sql, byte 7: the archive is truncated: it ends inside of its table of contents; make the dump again".to_owned(),
        ),
        (
            b"\x1f\x8b\x08".to_vec(),
            "app.sql, byte 3: the data compressed with gzip ends too early; make the dump again".to_owned(),
        ),
        (
            tar,
            "app.sql, byte 512: the tar file is damaged: no header of a member stands here; make the dump again".to_owned(),
        ),
        (b"BZh9".to_vec(), "app.sql:1: this is a file compressed with bzip2, which is not read; unpack it first".to_owned()),
        (b"\xff\xfe-\0-\0".to_vec(), "app.sql:1: this is UTF-16 text, as PowerShell's `>` writes it, and its rows may be damaged; make the dump again with `pg_dump --file=dump.sql`".to_owned()),
        (Vec::new(), "app.sql:1: the file is empty: the dump was not written; make it again".to_owned()),
    ] {
        assert_eq!(said(&content), expected);
    }
    let folder = tempfile::tempdir().unwrap();
    let of_folder = open(folder.path()).unwrap_err().to_string();
    assert!(
        of_folder.ends_with(
            ":1: this is a folder without toc.dat, so it is no dump in pg_dump's directory format, and without .csv files; name a dump"
        ),
        "{of_folder}"
    );
    let missing = open_source("no such file.sql", &Interrupt::new())
        .err()
        .unwrap();
    assert_eq!(
        missing.to_string(),
        "no such file.sql: No such file or directory (os error 2)"
    );
}

#[test]
fn a_file_that_changes_meanwhile_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), small());
    let mut source = open(&path).unwrap();
    std::fs::write(&path, small().replace("1\tone", "1\tother")).unwrap();
    let error = read(&mut source, &["id"]).unwrap_err().to_string();
    assert!(
        error.contains("the file has changed since it was first read"),
        "{error}"
    );
}

#[test]
fn an_interrupt_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), small());
    let interrupt = Interrupt::new();
    let mut source = DumpSource::open(&path, &interrupt).unwrap();
    interrupt.raise();
    assert!(matches!(
        read(&mut source, &["id"]),
        Err(Error::Interrupted)
    ));
    assert!(matches!(
        DumpSource::open(&path, &interrupt),
        Err(Error::Interrupted)
    ));
}

#[test]
fn what_the_consumer_says_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = open(&write(folder.path(), small())).unwrap();
    let mut refuse = |_: &[Cell<'_>]| Err("no room".into());
    let error = source
        .read(
            &QualName::new("note"),
            &["id".to_owned()],
            CopyFormat::Text,
            &mut refuse,
        )
        .unwrap_err();
    assert!(matches!(&error, Error::Consumer(_)));
    assert_eq!(error.to_string(), "no room");
}
