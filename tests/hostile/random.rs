//! Random texts: bytes, tokens of Python and SQL, and mutations of the fixtures' scripts, read in this process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use decant::pg::sql;
use decant::pipeline::{HistoryOptions, read_history};
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
