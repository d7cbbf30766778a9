//! Archives of `pg_dump` without a server: versions and compressions that no `pg_dump` at hand writes, and what is said of
//! archives that are cut or damaged. tests/pgio.rs reads those of a real `pg_dump`.

#[path = "archives/writer.rs"]
mod writer;

use std::path::{Path, PathBuf};

use decant::interrupt::Interrupt;
use decant::ir::QualName;
use decant::pg::Error;
use decant::pg::copy::{Cell, CopyFormat};
use decant::pg::dump::DumpSource;
use decant::pg::source::{SequenceState, Source};
use proptest::prelude::*;
use writer::{Archive, Codec, Entry};

/// Rows of the large table.
const MANY: usize = 5_000;

fn open(path: &Path) -> Result<DumpSource, Error> {
    DumpSource::open(path, &Interrupt::new())
}

fn read(source: &mut DumpSource, table: &str, columns: &[&str]) -> Result<Vec<String>, Error> {
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
    let name = QualName::new(table);
    source.read(&name, &columns, CopyFormat::Text, &mut take)?;
    Ok(out)
}

const NOTES: &str = "1\tone\n2\t\\N\n3\ttab\\there \\\\. ü\n\\.\n\n\n";
const INSERTS: &str = "INSERT INTO public.note (id, body) VALUES (1, 'one');\nINSERT INTO public.note (id, body) VALUES (2, NULL);\n\
                       INSERT INTO public.note (id, body) VALUES (3, 'tab\there \\. ü');\n\n\n";

/// Rows that compress, but not to nothing.
fn many() -> String {
    let line = |i: usize| format!("{i}\t{:x}\n", i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (0..MANY).map(line).collect::<String>() + "\\.\n\n\n"
}

/// The dump of tests/dumps.rs, with a large table and large objects.
fn archive(minor: u8, codec: Codec, pack: &dyn Fn(&str) -> Vec<u8>) -> Archive {
    let entry = |kind, name, definition: &str| Entry {
        kind,
        name,
        namespace: "public",
        definition: definition.to_owned(),
        ..Entry::default()
    };
    let setting = |kind, definition: &str| Entry {
        namespace: "",
        ..entry(kind, kind, definition)
    };
    let data = |name, copy, data: &str| Entry {
        copy,
        data: Some(pack(data)),
        ..entry("TABLE DATA", name, "")
    };
    Archive {
        minor,
        integer: 4,
        offset: 8,
        offsets: true,
        codec,
        chunk: 4096,
        entries: vec![
            setting("ENCODING", "SET client_encoding = 'UTF8';\n"),
            setting("STDSTRINGS", "SET standard_conforming_strings = 'on';\n"),
            setting(
                "SEARCHPATH",
                "SELECT pg_catalog.set_config('search_path', '', false);\n",
            ),
            setting("DATABASE", "CREATE DATABASE app;\n"),
            entry(
                "ACL",
                "TABLE note",
                "GRANT ALL ON TABLE public.note TO reader;\n",
            ),
            entry(
                "TABLE",
                "note",
                "CREATE TABLE public.note (\n    id integer NOT NULL,\n    body text DEFAULT 'a;b'::text\n);\n",
            ),
            entry(
                "TABLE",
                "many",
                "CREATE TABLE public.many (a bigint, b text);\n",
            ),
            entry(
                "SEQUENCE",
                "note_id_seq",
                "CREATE SEQUENCE public.note_id_seq\n    START WITH 1\n    INCREMENT BY 1\n    NO MINVALUE\n    NO MAXVALUE\n    CACHE 1;\n",
            ),
            Entry {
                data: Some(pack("an object")),
                ..setting("BLOBS", "")
            },
            data("many", "COPY public.many (a, b) FROM stdin;\n", &many()),
            data("note", "COPY public.note (id, body) FROM stdin;\n", NOTES),
            entry(
                "SEQUENCE SET",
                "note_id_seq",
                "SELECT pg_catalog.setval('public.note_id_seq', 3, true);\n",
            ),
            entry(
                "CONSTRAINT",
                "note note_pkey",
                "ALTER TABLE ONLY public.note\n    ADD CONSTRAINT note_pkey PRIMARY KEY (id);\n",
            ),
        ],
    }
}

/// The archive with data of our own encoders.
fn packed(minor: u8, codec: Codec, file: bool) -> Archive {
    archive(minor, codec, &|data| codec.pack(data.as_bytes(), file))
}

/// An archive of a few hundred bytes.
fn small(codec: Codec, file: bool) -> Archive {
    let mut archive = packed(16, codec, file);
    archive.entries.retain(|e| e.name != "many");
    archive
}

fn put(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[track_caller]
fn check(path: &Path, what: &str) {
    let mut source = open(path).unwrap_or_else(|e| panic!("{what}: {e}"));
    assert_eq!(source.server_version().as_deref(), Some("16.3"), "{what}");
    assert_eq!(source.diagnostics().len(), 0, "{what}");
    let state = SequenceState {
        last_value: 3,
        is_called: true,
    };
    let sequence = QualName::new("note_id_seq");
    assert_eq!(source.sequence_state(&sequence), Some(state), "{what}");
    let notes = QualName::new("note");
    let table = source.schema().table(&notes).unwrap();
    assert_eq!(table.primary_key(), ["id"], "{what}");
    let size = source.table_size(&notes).unwrap();
    assert_eq!((size.rows, size.exact), (3, true), "{what}");
    // More than once, and not in the archive's order.
    for _ in 0..2 {
        let found = read(&mut source, "note", &["body", "id"]).unwrap();
        assert_eq!(found, ["one|1", "~|2", "tab\there \\. ü|3"], "{what}");
        let found = read(&mut source, "many", &["b", "a"]).unwrap();
        assert_eq!(found.len(), MANY, "{what}");
        for (i, row) in found.iter().enumerate() {
            assert_eq!(
                *row,
                format!("{:x}|{i}", i.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                "{what}"
            );
        }
    }
}

const CODECS: [Codec; 4] = [Codec::None, Codec::Zlib, Codec::Lz4, Codec::Zstd];

#[test]
fn every_version_and_compression_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for minor in 10..=16 {
        for codec in CODECS {
            if minor < 15 && !matches!(codec, Codec::None | Codec::Zlib) {
                continue;
            }
            let what = format!("1.{minor} {codec:?}");
            let path = put(
                folder.path(),
                "custom",
                &packed(minor, codec, false).custom(),
            );
            check(&path, &what);
            let path = folder.path().join(&what);
            packed(minor, codec, true).directory(&path);
            check(&path, &what);
        }
        let path = put(
            folder.path(),
            "tar",
            &packed(minor, Codec::None, true).tar(),
        );
        check(&path, &format!("1.{minor} tar"));
    }
}

#[test]
fn sizes_of_numbers_and_chunks_may_be_any() {
    let folder = tempfile::tempdir().unwrap();
    for (integer, offset, offsets, chunk) in [
        (4, 8, false, 4096),
        (8, 8, true, 1),
        (4, 4, true, 100_000_000),
        (8, 4, false, 65_537),
    ] {
        for codec in CODECS {
            let archive = Archive {
                integer,
                offset,
                offsets,
                chunk,
                ..packed(16, codec, false)
            };
            let path = put(folder.path(), "app", &archive.custom());
            check(
                &path,
                &format!("{integer} {offset} {offsets} {chunk} {codec:?}"),
            );
        }
    }
}

/// The frames of liblz4 and libzstd, which are what `pg_dump` writes: linked blocks, long windows.
#[test]
fn frames_of_the_libraries_themselves_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for codec in [Codec::Lz4, Codec::Zstd] {
        if codec.pack_with_tool(b"x").is_none() {
            eprintln!("skipped: no command for {codec:?}");
            continue;
        }
        let archive = archive(16, codec, &|d| codec.pack_with_tool(d.as_bytes()).unwrap());
        check(
            &put(folder.path(), "app", &archive.custom()),
            &format!("{codec:?}"),
        );
        let path = folder.path().join(format!("{codec:?}"));
        archive.directory(&path);
        check(&path, &format!("{codec:?} folder"));
    }
}

/// A plain dump as long as the archive.
fn plain() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dumps/small.dump.sql");
    let rows = format!(
        "CREATE TABLE public.many (a bigint, b text);\n\nCOPY public.many (a, b) FROM stdin;\n{}COPY public.note",
        many()
    );
    let text = std::fs::read_to_string(path).unwrap();
    text.replacen("COPY public.note", &rows, 1)
}

#[test]
fn plain_dumps_may_be_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "app.sql", plain().as_bytes());
    check(&path, "plain");
    for codec in [Codec::Zlib, Codec::Lz4, Codec::Zstd] {
        let packed = codec.pack(plain().as_bytes(), true);
        check(
            &put(folder.path(), "app.sql", &packed),
            &format!("{codec:?}"),
        );
        if let Some(packed) = codec.pack_with_tool(plain().as_bytes()) {
            check(
                &put(folder.path(), "app.sql", &packed),
                &format!("{codec:?} by its tool"),
            );
        }
        // Two members or frames, one behind the other, are one text.
        let text = plain();
        let (head, tail) = text.split_at(5000);
        let mut twice = codec.pack(head.as_bytes(), true);
        twice.extend(codec.pack(tail.as_bytes(), true));
        check(
            &put(folder.path(), "app.sql", &twice),
            &format!("{codec:?} twice"),
        );
    }
}

#[test]
fn data_may_be_statements_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    for codec in CODECS {
        let mut archive = small(codec, false);
        archive
            .entries
            .retain(|e| matches!(e.kind, "ENCODING" | "STDSTRINGS" | "TABLE DATA"));
        for entry in &mut archive.entries {
            if entry.kind == "TABLE DATA" {
                entry.copy = "";
                entry.data = Some(codec.pack(INSERTS.as_bytes(), false));
            }
        }
        let path = put(folder.path(), "app", &archive.custom());
        let mut source = open(&path).unwrap_or_else(|e| panic!("{codec:?}: {e}"));
        assert_eq!(
            read(&mut source, "note", &["body", "id"]).unwrap(),
            ["one|1", "~|2", "tab\there \\. ü|3"]
        );
    }
}

/// What is said of a file, its path shortened.
fn said(folder: &Path, path: &Path) -> String {
    let error = match open(path) {
        Err(error) => error,
        Ok(mut source) => match read(&mut source, "note", &["id"]) {
            Err(error) => error,
            Ok(rows) => panic!("it was read: {rows:?}"),
        },
    };
    error
        .to_string()
        .replace(&format!("{}/", folder.display()), "")
}

/// Places to cut at: ten, or with `DECANT_LONG_TESTS=1` all.
fn cuts(length: usize) -> impl Iterator<Item = usize> {
    let all = std::env::var_os("DECANT_LONG_TESTS").is_some();
    let step = if all { 1 } else { (length / 10).max(1) };
    (0..length).rev().step_by(step)
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dumps/small.custom.dump");
    let mut archives = vec![("real".to_owned(), std::fs::read(fixture).unwrap())];
    for codec in CODECS {
        archives.push((format!("{codec:?}"), small(codec, false).custom()));
    }
    for (what, whole) in archives {
        for cut in cuts(whole.len()) {
            let path = put(folder.path(), "app", &whole[..cut]);
            let said = said(folder.path(), &path);
            assert!(
                said.contains("truncated") || said.contains("no dump") || said.contains("empty"),
                "{what} {cut}: {said}"
            );
        }
    }
    // Tar files end with two empty blocks; one of them is enough.
    let whole = small(Codec::None, true).tar();
    for cut in cuts(whole.len() - 512) {
        let path = put(folder.path(), "app", &whole[..cut]);
        let said = said(folder.path(), &path);
        assert!(
            said.contains("truncated") || said.contains("no dump") || said.contains("empty"),
            "tar {cut}: {said}"
        );
    }
}

#[test]
fn a_compressed_file_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dumps/small.dump.sql");
    let text = std::fs::read(path).unwrap();
    for codec in [Codec::Zlib, Codec::Lz4, Codec::Zstd] {
        let whole = codec.pack(&text, true);
        for cut in cuts(whole.len() - 16) {
            let path = put(folder.path(), "app.sql", &whole[..cut]);
            let _ = said(folder.path(), &path);
        }
        let files = folder.path().join(format!("{codec:?}"));
        small(codec, true).directory(&files);
        for entry in std::fs::read_dir(&files).unwrap() {
            let file = entry.unwrap().path();
            let whole = std::fs::read(&file).unwrap();
            // What ends a frame may be missing once all rows are there: only gzip must have its checksum.
            let last = if codec == Codec::Zlib { 0 } else { 16 };
            let blobs = file
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("8.dat");
            for cut in cuts(whole.len().saturating_sub(last)).filter(|_| !blobs) {
                std::fs::write(&file, &whole[..cut]).unwrap();
                let _ = said(folder.path(), &files);
            }
            std::fs::write(&file, &whole).unwrap();
        }
    }
}

#[test]
fn damage_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let edit = |change: &dyn Fn(&mut Archive)| {
        let mut archive = small(Codec::None, false);
        change(&mut archive);
        let path = put(folder.path(), "app", &archive.custom());
        said(folder.path(), &path)
    };
    let rows = |text: &'static str| {
        move |archive: &mut Archive| {
            for entry in archive
                .entries
                .iter_mut()
                .filter(|e| e.kind == "TABLE DATA")
            {
                entry.data = Some(text.as_bytes().to_vec());
            }
        }
    };
    assert_eq!(
        edit(&rows("1\tone\n2\n\\.\n")),
        "app, table data public.note: row 2 of table note: it has 1 field, but 2 columns were named"
    );
    assert_eq!(
        edit(&rows("1\tone\n")),
        "app, table data public.note: the dump is truncated: the rows of table note have no end (`\\.`); make the dump again"
    );
    assert_eq!(
        edit(&rows("1\tone\n\\.\n2\ttwo\n")),
        "app, table data public.note: the archive is damaged: something follows the end of the rows; make the dump again"
    );
    assert_eq!(
        edit(&|a| a.minor = 17),
        "app, byte 8: the archive has format version 1.17, which is newer than decant reads (1.16); make a plain dump of it \
         with `pg_restore --file=dump.sql`"
    );
    assert_eq!(
        edit(&|a| a.entries[0].definition = "SET client_encoding = 'LATIN1';\n".to_owned()),
        "app, encoding ENCODING: the dump is in the encoding LATIN1; make it again with `pg_dump --encoding=UTF8`"
    );
    assert_eq!(
        edit(&|a| {
            a.minor = 12;
            a.entries.retain(|e| e.kind != "SEARCHPATH");
            a.entries[3].namespace = "odd";
        }),
        "app, acl odd.TABLE note: this archive is of a pg_dump before 2018, which writes names without their schemas; restore \
         it and make the dump again with a newer pg_dump"
    );
    let files = folder.path().join("files");
    small(Codec::None, true).directory(&files);
    assert_eq!(
        said(folder.path(), &files.join("toc.dat")),
        "files/toc.dat:1: this is the table of contents of a dump in pg_dump's directory format; name the folder that it is in"
    );
    std::fs::remove_file(files.join("9.dat")).unwrap();
    assert_eq!(
        said(folder.path(), &files),
        "files/toc.dat, table data public.note: the archive is truncated: this data is missing; make the dump again"
    );
    let again = Codec::Zlib.pack(&small(Codec::None, false).custom(), true);
    assert_eq!(
        said(folder.path(), &put(folder.path(), "app", &again)),
        "app:1: this is an archive of pg_dump that was compressed once more with gzip; unpack it first"
    );
    let mut flipped = small(Codec::Zlib, false).custom();
    let last = flipped.len() - 7;
    flipped[last] ^= 1;
    let text = said(folder.path(), &put(folder.path(), "app", &flipped));
    assert!(
        text.starts_with("app, byte ") && text.contains("the data compressed with zlib is damaged"),
        "{text}"
    );
}

#[test]
fn files_outside_of_the_folder_are_never_read() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    let archive = small(Codec::None, true);
    archive.directory(&files);
    put(folder.path(), "9.dat", NOTES.as_bytes());
    let toc = std::fs::read(files.join("toc.dat")).unwrap();
    let at = toc.windows(5).position(|w| w == b"9.dat").unwrap();
    let mut outside = toc[..at - 4].to_vec();
    outside.extend_from_slice(&8u32.to_le_bytes());
    outside.extend_from_slice(b"../9.dat");
    outside.extend_from_slice(&toc[at + 5..]);
    std::fs::write(files.join("toc.dat"), outside).unwrap();
    assert_eq!(
        said(folder.path(), &files),
        "files/toc.dat, table data public.note: the archive is damaged: its data is in no file of the dump (\"../9.dat\"); \
         make the dump again"
    );
}

#[test]
fn an_interrupt_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = put(
        folder.path(),
        "app",
        &packed(16, Codec::Zstd, false).custom(),
    );
    let interrupt = Interrupt::new();
    let mut source = DumpSource::open(&path, &interrupt).unwrap();
    interrupt.raise();
    assert!(matches!(
        read(&mut source, "many", &["a"]),
        Err(Error::Interrupted)
    ));
    assert!(matches!(
        DumpSource::open(&path, &interrupt),
        Err(Error::Interrupted)
    ));
}

/// Opens and reads, whatever comes of it.
fn try_all(content: &[u8]) -> Result<Vec<String>, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "app", content);
    read(&mut open(&path)?, "note", &["id", "body"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Damage never ends in a panic, and in compressed data never in other rows.
    #[test]
    fn damage_anywhere_is_survived(
        which in 0usize..6,
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dumps/small.custom.dump");
        let mut content = match which {
            0 => std::fs::read(fixture).unwrap(),
            1..=4 => small(CODECS[which - 1], false).custom(),
            _ => small(Codec::None, true).tar(),
        };
        let begin = at.index(content.len());
        let before = content.clone();
        for (slot, byte) in content.iter_mut().skip(begin).zip(&bytes) {
            *slot = *byte;
        }
        let found = try_all(&content);
        // The real one's data is the last 50 bytes, under a checksum; a few bits of them mean nothing.
        if which == 0 && begin >= before.len() - 50 && let Ok(rows) = found {
            prop_assert_eq!(rows, try_all(&before).unwrap());
        }
    }

    /// No text behind the magic makes it panic.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for head in [&b"PGDMP\x01\x0e\x00\x04\x08\x01"[..], b"\x1f\x8b\x08\0\0\0\0\0", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd"] {
            let content = [head, &bytes].concat();
            prop_assert!(try_all(&content).is_err());
        }
    }
}
