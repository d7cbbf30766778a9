//! Whole histories from the command line: every folder of `fixtures/inspect` has the commands and what they print.

mod e2e;
mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The words of a command; single quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Runs every command of a case; the case as it is now.
fn transcript(folder: &Path, kept: &str) -> String {
    let mut out = String::new();
    for line in kept
        .lines()
        .filter_map(|line| line.strip_prefix("$ decant "))
    {
        let arguments = words(line);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = e2e::decant_in(folder, &arguments);
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = write!(out, "$ decant {line}\n{}{}", run.stdout, run.stderr);
        if run.status != 0 {
            let _ = writeln!(out, "[exit status {}]", run.status);
        }
    }
    out
}

#[test]
fn histories_are_read_as_their_cases_say() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(support::project("fixtures/inspect"))
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() > 10, "{folders:?}");
    let mut wrong = Vec::new();
    for folder in folders {
        let file = folder.join("case.console");
        let kept =
            std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let now = transcript(&folder, &kept);
        assert!(!now.is_empty(), "{} has no command", file.display());
        if std::env::var_os("UPDATE_INSPECT").is_some() {
            std::fs::write(&file, &now).expect("a case can be written");
        } else if now != kept {
            wrong.push(format!("{}:\n{now}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
