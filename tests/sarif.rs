//! SARIF of every history of `fixtures/inspect`: what section 3 of the standard (OASIS, SARIF 2.1.0) asks of a log file, and what
//! code hosts ask beside it.

mod e2e;
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;
use support::project;

/// A relative reference or a `file:` URI with nothing in it that RFC 3986 wants escaped.
fn is_uri(uri: &str) -> bool {
    let plain = Regex::new(r"^(file:///)?([A-Za-z0-9._~+@/-]|%[0-9A-F]{2})+$").expect("a pattern");
    plain.is_match(uri)
}

/// The characters of a line of a file.
fn line_of(folder: &Path, uri: &str, line: u64) -> Option<Vec<char>> {
    let text = std::fs::read_to_string(folder.join(uri)).ok()?;
    let line = text
        .lines()
        .nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    Some(line.chars().collect())
}

struct Checked<'a> {
    folder: &'a Path,
    wrong: Vec<String>,
    results: usize,
    regions: usize,
}

impl Checked<'_> {
    fn expect(&mut self, holds: bool, what: &str, of: &Value) {
        if !holds {
            self.wrong
                .push(format!("{}: {what}: {of}", self.folder.display()));
        }
    }

    fn log(&mut self, log: &Value) {
        self.expect(log["version"] == "2.1.0", "version", log);
        let schema = log["$schema"].as_str().unwrap_or_default();
        self.expect(
            schema.starts_with("https://") && schema.contains("2.1.0"),
            "$schema",
            log,
        );
        let runs = log["runs"].as_array().cloned().unwrap_or_default();
        self.expect(runs.len() == 1, "one run", log);
        for run in &runs {
            self.run(run);
        }
    }

    fn run(&mut self, run: &Value) {
        let driver = &run["tool"]["driver"];
        self.expect(driver["name"] == "decant", "the tool's name", driver);
        let version = driver["semanticVersion"].as_str().unwrap_or_default();
        self.expect(version.split('.').count() == 3, "semanticVersion", driver);
        self.expect(run["columnKind"] == "unicodeCodePoints", "columnKind", run);
        let rules = driver["rules"].as_array().cloned().unwrap_or_default();
        let mut ids = BTreeSet::new();
        for rule in &rules {
            let id = rule["id"].as_str().unwrap_or_default();
            self.expect(
                !id.is_empty() && ids.insert(id),
                "a rule's id is its own",
                rule,
            );
            for text in ["shortDescription", "fullDescription", "help"] {
                let text = rule[text]["text"].as_str().unwrap_or_default();
                self.expect(!text.is_empty(), "a rule is described", rule);
            }
            self.level(&rule["defaultConfiguration"]["level"], rule);
        }
        // An empty array says that nothing was found; without one, that nobody looked (3.14.23).
        let Some(results) = run["results"].as_array() else {
            return self.expect(false, "results", run);
        };
        let mut fingerprints = BTreeSet::new();
        for result in results {
            self.results += 1;
            let index = result["ruleIndex"]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok());
            let rule = index.and_then(|index| rules.get(index));
            self.expect(
                rule.is_some_and(|rule| rule["id"] == result["ruleId"]),
                "ruleIndex and ruleId mean one rule",
                result,
            );
            self.level(&result["level"], result);
            let message = result["message"]["text"].as_str().unwrap_or_default();
            self.expect(!message.trim().is_empty(), "a message", result);
            let prints = result["partialFingerprints"].as_object();
            let print = prints
                .and_then(|prints| prints.values().next())
                .and_then(Value::as_str);
            self.expect(
                print.is_some_and(|print| fingerprints.insert(print.to_owned())),
                "a fingerprint of its own",
                result,
            );
            for location in result["locations"].as_array().into_iter().flatten() {
                self.location(location);
            }
        }
    }

    fn level(&mut self, level: &Value, of: &Value) {
        let known = ["none", "note", "warning", "error"];
        self.expect(known.iter().any(|l| level == l), "level", of);
    }

    fn location(&mut self, location: &Value) {
        let physical = &location["physicalLocation"];
        if physical.is_null() {
            return;
        }
        let uri = physical["artifactLocation"]["uri"]
            .as_str()
            .unwrap_or_default();
        self.expect(is_uri(uri), "a URI", location);
        let region = &physical["region"];
        if region.is_null() {
            return;
        }
        self.regions += 1;
        let number = |key: &str| region[key].as_u64();
        let (line, from, to) = (
            number("startLine"),
            number("startColumn"),
            number("endColumn"),
        );
        self.expect(
            line.is_some_and(|n| n > 0),
            "lines are counted from 1",
            location,
        );
        let Some((from, to)) = from.zip(to) else {
            return;
        };
        self.expect(
            from > 0 && to >= from,
            "a region ends where it begins or later",
            location,
        );
        let text = line_of(self.folder, uri, line.unwrap_or_default()).unwrap_or_default();
        // The column behind the last character may be named (3.30.8).
        let last = u64::try_from(text.len()).unwrap_or_default() + 1;
        self.expect(to <= last.max(2), "a region lies in its line", location);
        if let Some(snippet) = region["snippet"]["text"].as_str() {
            let text: String = text.iter().collect();
            self.expect(text == snippet, "the snippet is the line", location);
        }
    }
}

#[test]
fn what_is_written_follows_the_standard() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(project("fixtures/inspect"))
        .expect("the cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let (mut results, mut regions) = (0, 0);
    for folder in &folders {
        let mut checked = Checked {
            folder,
            wrong: Vec::new(),
            results: 0,
            regions: 0,
        };
        let kept = std::fs::read_to_string(folder.join("case.console")).expect("a case");
        for line in kept
            .lines()
            .filter_map(|line| line.strip_prefix("$ decant inspect "))
        {
            let mut arguments = vec!["inspect", "--format", "sarif"];
            arguments.extend(
                line.split_whitespace()
                    .filter(|word| *word != "--notes" && *word != "''"),
            );
            let run = e2e::decant_in(folder, &arguments);
            // A fault that is no diagnostic (two engines, no such folder) leaves nothing.
            if run.stdout.is_empty() {
                assert!([1, 2, 3].contains(&run.status), "{}", run.stderr);
                continue;
            }
            checked.log(&serde_json::from_str(&run.stdout).expect("JSON"));
        }
        assert!(checked.wrong.is_empty(), "{}", checked.wrong.join("\n"));
        results += checked.results;
        regions += checked.regions;
    }
    assert!(
        results > 50 && regions > 40,
        "{results} results, {regions} regions"
    );
}

#[test]
fn a_file_beside_the_result_holds_the_same() {
    let folder = project("fixtures/inspect/graph_faults");
    let out = support::tempdir();
    let file = out.path().join("found.sarif");
    let arguments = [
        "inspect",
        "--scripts",
        "versions",
        "--format",
        "sarif",
        "--sarif",
    ];
    let run = e2e::run(
        support::decant()
            .current_dir(&folder)
            .args(arguments)
            .arg(&file),
    );
    run.ended(3);
    let text = std::fs::read_to_string(&file).expect("the file");
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(parse(&text), parse(&run.stdout));
}
