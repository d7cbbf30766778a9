//! Random texts: bytes, tokens of Python and SQL, and mutations of the fixtures' scripts, read in this process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use decant::history::{History, RevisionHeader, ScriptFile};
use decant::pg::sql;
use decant::pipeline::{HistoryOptions, read_history};
use decant::python::with_deep_stack;
use proptest::prelude::*;

use crate::support;

/// Words that scripts are made of.
const WORDS: &[&str] = &[
    "def",
    "upgrade",
    "downgrade",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ".",
    "=",
    "==",
    "\n",
    "\n    ",
    "\n        ",
    "if",
    "else",
    "elif",
    "for",
    "in",
    "while",
    "try",
    "except",
    "finally",
    "with",
    "as",
    "return",
    "yield",
    "lambda",
    "import",
    "from",
    "class",
    "pass",
    "break",
    "continue",
    "not",
    "and",
    "or",
    "is",
    "None",
    "True",
    "x",
    "y",
    "op",
    "sa",
    "create_table",
    "Column",
    "execute",
    "'a'",
    "f'{x}'",
    "\"\"\"",
    "1",
    "0",
    "-1",
    "10**9",
    "*",
    "**",
    "@",
    "%",
    "raise",
    "global",
    "nonlocal",
    "del",
    "assert",
    "async",
    "await",
    "match",
    "case",
    "_",
    "range",
    "str",
    "list",
    "dict",
    "self",
    "super",
    "globals",
    "getattr",
    "isinstance",
    "inspect",
    "bind",
    "text",
    "r'\\d+'",
    "b'a'",
    "#",
];

/// Words of statements.
const SQL: &[&str] = &[
    "CREATE",
    "TABLE",
    "ALTER",
    "DROP",
    "COLUMN",
    "ADD",
    "CONSTRAINT",
    "INDEX",
    "VIEW",
    "TYPE",
    "ENUM",
    "AS",
    "SELECT",
    "FROM",
    "WHERE",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ".",
    "a",
    "b",
    "\"c\"",
    "'d'",
    "E'\\'",
    "$$",
    "$x$",
    "1",
    "+",
    "-",
    "::",
    "int",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "BEGIN",
    "IF",
    "NOT",
    "EXISTS",
    "NULL",
    "DEFAULT",
    "CHECK",
    "FOREIGN",
    "KEY",
    "REFERENCES",
    "ON",
    "CASCADE",
    "DO",
    "LANGUAGE",
    "plpgsql",
    "FUNCTION",
    "TRIGGER",
    "RETURNS",
    "INSERT",
    "INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "--",
    "/*",
    "*/",
    "\n",
    "UNION",
    "WITH",
    "IN",
    "ARRAY",
    "=",
    "RENAME",
    "TO",
    "SCHEMA",
    "SEQUENCE",
    "COMMENT",
];

/// Reads and replays one script beside nothing else; only that it ends without a panic matters.
fn read(script: &[u8]) {
    let folder = support::tempdir();
    let versions = folder.path().join("versions");
    std::fs::create_dir_all(&versions).expect("a folder");
    std::fs::write(versions.join("a.py"), script).expect("a script");
    let options = HistoryOptions {
        scripts: vec![versions],
        ..HistoryOptions::default()
    };
    if let Ok(read) = read_history(&options) {
        let _ = read.replay("heads");
    }
}

/// The scripts of the fixtures.
fn scripts() -> &'static [String] {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|e| e == "py") {
                into.push(path);
            }
        }
    }
    static SCRIPTS: OnceLock<Vec<String>> = OnceLock::new();
    SCRIPTS.get_or_init(|| {
        let mut paths = Vec::new();
        walk(&support::project("fixtures/ops"), &mut paths);
        walk(&support::project("alembic_backup/versions"), &mut paths);
        paths
            .iter()
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .collect()
    })
}

/// Pieces of a text that mutations move: lines, or words and single characters.
fn pieces(text: &str, lines: bool) -> Vec<String> {
    if lines {
        return text.split_inclusive('\n').map(str::to_owned).collect();
    }
    let mut out: Vec<String> = Vec::new();
    for c in text.chars() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        match out.last_mut() {
            Some(last) if word(c) && last.chars().all(word) => last.push(c),
            _ => out.push(c.to_string()),
        }
    }
    out
}

fn mutated(text: &str, changes: &[(u8, usize, usize)], lines: bool) -> String {
    let mut parts = pieces(text, lines);
    for (what, a, b) in changes {
        if parts.is_empty() {
            break;
        }
        let (a, b) = (a % parts.len(), b % parts.len());
        match what % 3 {
            0 => {
                parts.remove(a);
            }
            1 => {
                let copy = parts[a].clone();
                parts.insert(b, copy);
            }
            _ => parts.swap(a, b),
        }
    }
    parts.concat()
}

/// A few cases by default: each reads the models of the libraries anew, which takes a debug build its time.
fn config() -> ProptestConfig {
    let long = std::env::var("DECANT_LONG_TESTS").as_deref() == Ok("1");
    ProptestConfig {
        cases: if long { 4000 } else { 12 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

const HEAD: &str =
    "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\n";

/// How long the header of a short script may take to read, in a debug build on a busy machine.
const HEADER: std::time::Duration = std::time::Duration::from_secs(10);

/// Reads a script's identifiers, and builds a graph of it and another revision.
fn read_header(script: &str) -> RevisionHeader {
    let file = |path: &str, text: &str| ScriptFile {
        path: path.to_owned(),
        text: text.into(),
        ..ScriptFile::default()
    };
    let begun = std::time::Instant::now();
    let one = file("versions/a.py", script);
    let other = file("versions/b.py", "revision = 'b'\ndown_revision = None\n");
    let (header, said) = with_deep_stack(|| decant::python::read_header(&one));
    let (known, _) = decant::python::read_header(&other);
    let (history, told) = History::build(vec![(one, header.clone()), (other, known)]);
    assert!(begun.elapsed() < HEADER, "{:?}: {script}", begun.elapsed());
    // A file is a revision, or something is said about it.
    let found = history.revisions.len() == 2 || header.revision.as_deref() == Some("b");
    assert!(found || !said.is_empty() || told.has_errors(), "{script}");
    for diagnostic in said.iter().chain(&told) {
        assert!(diagnostic.origin.is_some(), "{}", diagnostic.message);
    }
    header
}

/// Values that identifiers are given, also ones that are none.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-f0-9]{0,12}".prop_map(|id| format!("'{id}'")),
        Just("None".to_owned()),
        Just("revision".to_owned()),
        Just("__file__".to_owned()),
        Just("1".to_owned()),
        ".{0,12}".prop_map(|text| format!("{text:?}")),
        Just("other.name()".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3)
                .prop_map(|v| format!("({},)", v.join(", "))),
            proptest::collection::vec(inner.clone(), 0..3)
                .prop_map(|v| format!("[{}]", v.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} + {b}")),
            inner
                .clone()
                .prop_map(|v| format!("f'{{{}}}'", v.replace(['\'', '\\', '"'], ""))),
            inner.prop_map(|v| format!("({v})")),
        ]
    })
}

proptest! {
    // Headers are read without the models of the libraries.
    #![proptest_config(ProptestConfig { cases: config().cases * 40, ..config() })]

    #[test]
    fn any_text_is_a_header_or_a_diagnostic(text in "(?s).{0,300}", docstring in "(?s)[^\"\\\\]{0,200}") {
        read_header(&text);
        read_header(&format!("\"\"\"{docstring}\"\"\"\nrevision = 'a'\ndown_revision = None\n"));
    }

    #[test]
    fn any_words_are_a_header_or_a_diagnostic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..120)) {
        read_header(&words.join(" "));
        read_header(&format!("{HEAD}{}", words.join(" ")));
    }

    #[test]
    fn any_identifiers(
        names in proptest::collection::vec(
            proptest::sample::select(&["revision", "down_revision", "branch_labels", "depends_on", "other"][..]),
            1..6,
        ),
        values in proptest::collection::vec(value(), 6),
        annotated in any::<bool>(),
    ) {
        let lines = names.iter().zip(&values).map(|(name, value)| {
            let annotation = if annotated { ": str" } else { "" };
            format!("{name}{annotation} = {value}\n")
        });
        read_header(&lines.collect::<String>());
    }

    #[test]
    fn docstrings_are_read_as_they_are_written(id in "[a-f0-9]{4,12}", parents in proptest::collection::vec("[a-f0-9]{4,12}", 0..4)) {
        let text = format!("\"\"\"m\n\nRevision ID: {id}\nRevises: {}\n\"\"\"\nrevision = '{id}'\ndown_revision = {parents:?}\n", parents.join(", "));
        let header = read_header(&text);
        prop_assert_eq!(header.docstring_revision, Some(id.clone()));
        prop_assert_eq!(header.revision, Some(id));
        prop_assert_eq!(&header.docstring_revises, &parents);
        prop_assert_eq!(&header.down_revisions, &parents);
        prop_assert_eq!(header.docstring_revises_place.map(|place| place.line), Some(4));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn any_words(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..120)) {
        read(format!("{HEAD}{}", words.join(" ")).as_bytes());
        let body = words.join(" ").replace('\n', "\n    ");
        read(format!("{HEAD}def upgrade():\n    {body}\n").as_bytes());
    }

    #[test]
    fn mutations_of_scripts(
        which in any::<proptest::sample::Index>(),
        lines in any::<bool>(),
        changes in proptest::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..6),
    ) {
        let script: &String = which.get(scripts());
        read(mutated(script, &changes, lines).as_bytes());
    }

    #[test]
    fn any_sql(words in proptest::collection::vec(proptest::sample::select(SQL), 0..80), text in ".{0,60}") {
        for sql in [words.join(" "), format!("{} {text}", words.join(" ")), text] {
            let _ = sql::parse_script(&sql);
            let _ = sql::parse_expr(&sql);
            let _ = sql::parse_query(&sql);
            let _ = sql::parse_change(&sql);
            let _ = sql::parse_do(&sql);
            let mut replay = decant::pg::replay::Replay::new();
            replay.execute_script(&sql, &decant::ir::Origin::default());
        }
    }
}
