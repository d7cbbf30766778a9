//! The arrows of ARCHITECTURE.md: who may know whom. Reads `use crate::` and `crate::` paths of `src/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("interrupt", &[]),
    ("failpoint", &[]),
    ("ir", &["diag"]),
    ("history", &["diag"]),
    ("python", &["diag", "history", "ir"]),
    ("pg", &["diag", "interrupt", "ir"]),
    ("sqlite", &["diag"]),
    ("files", &["diag", "failpoint", "interrupt", "sqlite"]),
    ("lower", &["diag", "ir", "pg", "sqlite"]),
    ("convert", &["diag", "ir", "lower", "pg", "sqlite"]),
    (
        "port",
        &[
            "diag",
            "failpoint",
            "interrupt",
            "ir",
            "lower",
            "pg",
            "sqlite",
        ],
    ),
    (
        "verify",
        &["diag", "interrupt", "ir", "lower", "pg", "sqlite"],
    ),
    ("prove", &["convert", "lower", "pg", "sqlite", "verify"]),
    ("report", &["diag", "ir", "lower", "pg", "sqlite", "verify"]),
    ("models", &["diag", "ir", "lower", "pg", "sqlite"]),
    ("config", &["lower", "sqlite"]),
    (
        "pipeline",
        &[
            "config",
            "convert",
            "diag",
            "failpoint",
            "files",
            "history",
            "interrupt",
            "ir",
            "lower",
            "models",
            "pg",
            "port",
            "prove",
            "python",
            "report",
            "sqlite",
            "verify",
        ],
    ),
];

/// The files of `src/` below a folder, sorted.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("src is readable")
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn word(text: &str) -> String {
    text.trim()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Rooms that a text names as `crate::room`, also in `use crate::{a, b::c}`; comment lines do not count.
fn named_rooms(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rooms = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let Some(group) = part.strip_prefix('{') else {
            rooms.insert(word(part));
            continue;
        };
        let mut depth = 0_i32;
        let mut item = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    rooms.insert(word(&item));
                    item.clear();
                    continue;
                }
                _ => {}
            }
            item.push(c);
        }
        rooms.insert(word(&item));
    }
    rooms.remove("");
    rooms
}

#[test]
fn arrows_point_the_way_of_the_data() {
    let src = src();
    let mut wrong = Vec::new();
    for file in sources(&src) {
        let relative = file.strip_prefix(&src).expect("below src");
        let first = relative
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let room = first.trim_end_matches(".rs").to_owned();
        if matches!(room.as_str(), "main" | "lib" | "cli") {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{room}: a room that ARROWS does not list"));
            continue;
        };
        for named in named_rooms(&std::fs::read_to_string(&file).expect("readable")) {
            if named != room && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{}: names crate::{named}", relative.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that the architecture does not have:\n{}",
        wrong.join("\n")
    );
}

/// Parsers can be swapped while one place each names them.
#[test]
fn parsers_stay_behind_their_doors() {
    let src = src();
    for (krate, door) in [
        ("rustpython_parser", "python/parse"),
        ("squawk_syntax", "pg/sql"),
    ] {
        for file in sources(&src) {
            let relative = file
                .strip_prefix(&src)
                .expect("below src")
                .display()
                .to_string();
            let text = std::fs::read_to_string(&file).expect("readable");
            assert!(
                !text.contains(krate) || relative.starts_with(door),
                "{relative} names {krate}; only {door} may"
            );
        }
    }
}

/// Stored values are decoded by code of verify's own: it names neither an encoder nor what the port or the emitter of SQL writes.
#[test]
fn decoding_never_encodes() {
    let src = src();
    for file in sources(&src.join("verify")) {
        let relative = file
            .strip_prefix(&src)
            .expect("below src")
            .display()
            .to_string();
        let text = std::fs::read_to_string(&file).expect("readable");
        let code: Vec<&str> = text
            .lines()
            .filter(|l| !l.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n");
        let forbidden: &[&str] = match relative.starts_with("verify/decode") {
            true => &[
                "encode(",
                "port::",
                "crate::sqlite",
                "convert::",
                "pg::copy",
            ],
            false => &["port::", "convert::", "encode("],
        };
        for word in forbidden {
            assert!(!code.contains(word), "{relative} names {word}");
        }
    }
}
