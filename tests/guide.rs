//! Runs the commands of MIGRATION_GUIDE.md in a copy of the bundled example, in the order of the text.
//!
//! A fenced `console` block behind `<!-- run -->` is executed. In it a line `$ COMMAND` is a command of the shell; the lines behind
//! it, up to the next command, must be found in its output in this order, where `...` stands for any text, on several lines
//! if need be. `[exit status N]` says how it ends; without it, with 0. A fenced block behind `<!-- file: PATH -->` is written to that file.

mod e2e;
mod support;

use std::path::{Component, Path};
use std::process::Command;

use support::project;

/// One thing that the guide does.
#[derive(Debug)]
enum Step {
    /// Writes a file.
    File { path: String, text: String },
    /// Runs a command.
    Run {
        line: usize,
        command: String,
        expected: Vec<String>,
        status: i32,
    },
}

/// The fenced block that begins behind a line: its language and its lines.
fn block<'a>(lines: &[&'a str], after: usize) -> (&'a str, Vec<&'a str>, usize) {
    let open = after + 1;
    let language = lines
        .get(open)
        .and_then(|line| line.strip_prefix("```"))
        .unwrap_or_else(|| panic!("line {}: no block behind the mark", open + 1));
    let body: Vec<&str> = lines
        .iter()
        .skip(open + 1)
        .take_while(|line| **line != "```")
        .copied()
        .collect();
    (language, body, open + 2)
}

fn steps(text: &str) -> Vec<Step> {
    let lines: Vec<&str> = text.lines().collect();
    let mut steps = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if let Some(rest) = line.strip_prefix("<!-- file: ") {
            let path = rest.trim_end_matches(" -->").to_owned();
            let (_, body, _) = block(&lines, number);
            steps.push(Step::File {
                path,
                text: body.join("\n") + "\n",
            });
        } else if *line == "<!-- run -->" {
            let (language, body, first) = block(&lines, number);
            assert_eq!(language, "console", "line {}", number + 2);
            steps.extend(commands(&body, first));
        }
    }
    steps
}

fn commands(body: &[&str], first: usize) -> Vec<Step> {
    let mut found: Vec<Step> = Vec::new();
    for (offset, text) in body.iter().enumerate() {
        if let Some(command) = text.strip_prefix("$ ") {
            found.push(Step::Run {
                line: first + offset,
                command: command.to_owned(),
                expected: Vec::new(),
                status: 0,
            });
            continue;
        }
        let Some(Step::Run {
            expected, status, ..
        }) = found.last_mut()
        else {
            panic!("line {}: output without a command", first + offset);
        };
        match text
            .strip_prefix("[exit status ")
            .and_then(|rest| rest.strip_suffix(']'))
        {
            Some(number) => *status = number.parse().expect("a number"),
            None => expected.push((*text).to_owned()),
        }
    }
    found
}

/// Whether the pieces between the `...` are found in this order.
fn matches(expected: &[String], output: &str) -> bool {
    let mut rest = output;
    for piece in expected.iter().flat_map(|line| line.split("...")) {
        if piece.is_empty() {
            continue;
        }
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

/// `PATH` with the built binary in front.
fn path_with_decant() -> std::ffi::OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_decant"));
    let mut folders = vec![binary.parent().expect("a folder").to_path_buf()];
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    std::env::join_paths(folders).expect("no colon in the paths")
}

fn shell(folder: &Path, command: &str) -> e2e::Run {
    let mut shell = Command::new("/bin/sh");
    // The clean environment of the other tests.
    for (name, value) in support::decant().get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    e2e::run(
        shell
            .arg("-c")
            .arg(command)
            .current_dir(folder)
            .env("PATH", path_with_decant()),
    )
}

#[test]
fn the_guides_commands_do_what_it_says() {
    let guide = std::fs::read_to_string(project("MIGRATION_GUIDE.md")).expect("the guide");
    let steps = steps(&guide);
    let runs = steps
        .iter()
        .filter(|step| matches!(step, Step::Run { .. }))
        .count();
    assert!(runs >= 15, "the guide shows {runs} commands that are run");
    let folder = e2e::example_copy();
    for step in &steps {
        match step {
            Step::File { path, text } => {
                let relative = Path::new(path);
                assert!(
                    relative
                        .components()
                        .all(|part| matches!(part, Component::Normal(_))),
                    "{path} stays in the folder"
                );
                let path = folder.path().join(relative);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(path, text).expect("a new file");
            }
            Step::Run {
                line,
                command,
                expected,
                status,
            } => {
                let run = shell(folder.path(), command);
                assert_eq!(
                    run.status,
                    *status,
                    "MIGRATION_GUIDE.md:{line}: {command}\n{}",
                    run.all()
                );
                assert!(
                    matches(expected, &run.all()),
                    "MIGRATION_GUIDE.md:{line}: {command}\nexpected: {expected:#?}\ngot: {}",
                    run.all()
                );
            }
        }
    }
}

#[test]
fn the_guide_names_every_column_whose_model_changes() {
    let guide = std::fs::read_to_string(project("MIGRATION_GUIDE.md")).expect("the guide");
    let changes = std::fs::read_to_string(project("fixtures/app/CHANGES.md")).expect("the list");
    // In the guide's table: `table: column, column; table: ..`, in the last cell of a row.
    let mut named = std::collections::BTreeSet::new();
    for row in guide.lines().filter(|line| line.starts_with('|')) {
        let Some(cell) = row.trim_end_matches(" |").rsplit(" | ").next() else {
            continue;
        };
        for group in cell.split("; ") {
            if let Some((table, columns)) = group.split_once(": ") {
                named.extend(
                    columns
                        .split(", ")
                        .map(|column| format!("{table}.{column}")),
                );
            }
        }
    }
    let mut counted = 0;
    for row in changes.lines() {
        let Some(column) = row
            .strip_prefix("| ")
            .and_then(|rest| rest.split(" | ").next())
            .filter(|name| name.contains('.'))
        else {
            continue;
        };
        assert!(named.contains(column), "the guide does not name {column}");
        counted += 1;
    }
    assert!(counted > 50, "{counted} columns were found in the list");
}

#[test]
fn the_documents_link_to_files_that_are_there() {
    for document in ["README.md", "MIGRATION_GUIDE.md"] {
        let text = std::fs::read_to_string(project(document)).expect("a document");
        for piece in text.split("](").skip(1) {
            let target = piece.split([')', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(
                    project(target).exists(),
                    "{document} links to {target}, which is not there"
                );
            }
        }
        for anchor in text.split("](#").skip(1) {
            let anchor = anchor.split(')').next().unwrap_or_default();
            assert!(
                text.lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| slug(line) == anchor),
                "{document} links to #{anchor}, which is not there"
            );
        }
    }
}

/// The anchor of a heading.
fn slug(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}
