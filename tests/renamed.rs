//! Nothing in the program knows the bundled example: a copy of its scripts with other table names, helpers, modules, revision
//! ids and file names, its functions in another order, gives the same schema under the other names.

mod e2e;
mod support;

use std::collections::BTreeMap;
use std::path::Path;

use regex::{Captures, Regex};
use sha2::{Digest as _, Sha256};
use support::project;

/// Other names, each as long as the one that it takes the place of: PostgreSQL cuts long names. They are replaced wherever they
/// occur, so inside the names of constraints, too.
const NAMES: &[(&str, &str)] = &[
    // tables
    ("companies", "factories"),
    ("offices", "bureaus"),
    ("users", "folks"),
    ("roles", "parts"),
    ("clients", "visitor"),
    ("patients", "sufferer"),
    ("care_plans", "cure_plots"),
    ("exercises", "movements"),
    ("assignments", "allocations"),
    ("progress_entries", "headway_journals"),
    ("invoices", "billings"),
    ("payments", "receipts"),
    ("audit_log", "proof_log"),
    ("messages", "missives"),
    ("documents", "parchment"),
    ("feature_flags", "quality_marks"),
    ("subscriptions", "enrolmentlist"),
    ("device_readings", "sensor_measures"),
    ("appointments", "consultation"),
    // columns and types
    ("company", "factory"),
    ("office", "bureau"),
    ("full_name", "long_name"),
    ("opening_hours", "working_hours"),
    ("email", "inbox"),
    ("invoice_status", "billing_status"),
    // helpers, classes, modules, constants
    ("timestamps", "clock_cols"),
    ("slugify", "sluggit"),
    ("shrink_enum", "narrow_enum"),
    ("set_updated_at", "touch_modified"),
    ("GUID", "OUID"),
    ("Money", "Coins"),
    ("PhoneNumber", "PhoneDigits"),
    ("NAMING_CONVENTION", "HOUSE_RULES_NAMES"),
    ("db.naming", "db.titles"),
    ("clinic", "medics"),
];

/// One pass over a text, the longest name first, so that no replacement is replaced again.
struct Mapping {
    names: BTreeMap<String, String>,
    pattern: Regex,
}

impl Mapping {
    fn new(ids: &[String]) -> Self {
        let mut names: BTreeMap<String, String> = NAMES
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        for id in ids {
            let digest = Sha256::digest(id.as_bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            names.insert(id.clone(), hex.chars().take(id.len()).collect());
        }
        let mut longest: Vec<String> = names.keys().map(|name| regex::escape(name)).collect();
        longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let pattern = Regex::new(&longest.join("|")).expect("escaped names");
        Self { names, pattern }
    }

    fn apply(&self, text: &str) -> String {
        self.pattern
            .replace_all(text, |found: &Captures<'_>| self.names[&found[0]].clone())
            .into_owned()
    }
}

fn revision_ids(versions: &Path) -> Vec<String> {
    let pattern =
        Regex::new(r#"(?m)^revision(?:\s*:[^=]*)?\s*=\s*["'](\w+)["']"#).expect("a pattern");
    e2e::files(versions)
        .iter()
        .filter(|name| name.ends_with(".py"))
        .filter_map(|name| {
            let text = std::fs::read_to_string(versions.join(name)).expect("a script");
            Some(pattern.captures(&text)?[1].to_owned())
        })
        .collect()
}

/// `downgrade()` in front of `upgrade()`, where these two end the script.
fn functions_swapped(script: &str) -> String {
    let (Some(up), Some(down)) = (
        script.find("\ndef upgrade("),
        script.find("\ndef downgrade("),
    ) else {
        return script.to_owned();
    };
    let rest = &script[down + 1..];
    if up > down || rest.contains("\ndef ") {
        return script.to_owned();
    }
    format!(
        "{}{}\n{}",
        &script[..up],
        script[down..].trim_end_matches('\n'),
        &script[up..down]
    )
}

/// Writes the copy under the other names. Dates leave the file names, so that the folder sorts otherwise.
fn rename_tree(from: &Path, to: &Path, mapping: &Mapping) {
    let dated = Regex::new(r"(versions/)\d{4}_\d\d_\d\d_\d{4}-").expect("a pattern");
    for name in e2e::files(from) {
        if name.contains("__pycache__") {
            continue;
        }
        let text = std::fs::read_to_string(from.join(&name)).expect("a text file");
        let mut text = mapping.apply(&text);
        if name.starts_with("versions/") {
            text = functions_swapped(&text);
        }
        let name = mapping.apply(&dated.replace(&name, "$1").replace("db/naming", "db/titles"));
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a new file");
    }
}

/// Statements in an order that does not depend on names.
fn statements(sql: &str) -> Vec<String> {
    let mut found: Vec<String> = sql
        .split(";\n")
        .map(|piece| {
            piece
                .lines()
                .filter(|line| !line.starts_with("--") && !line.trim().is_empty())
                .collect::<Vec<_>>()
                .join("\n")
        })
        .filter(|piece| !piece.is_empty())
        .collect();
    found.sort();
    found
}

fn assert_same(expected: &str, actual: &str) {
    let (expected, actual) = (statements(expected), statements(actual));
    let missing: Vec<&String> = expected.iter().filter(|s| !actual.contains(s)).collect();
    let extra: Vec<&String> = actual.iter().filter(|s| !expected.contains(s)).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "expected, but not there: {missing:#?}\nthere, but not expected: {extra:#?}"
    );
    assert!(expected.len() > 50, "the example has more statements");
}

#[test]
fn a_renamed_and_reordered_copy_gives_the_renamed_schema_and_baseline() {
    let scripts = project("alembic_backup");
    let ids = revision_ids(&scripts.join("versions"));
    assert!(ids.len() >= 24, "{ids:?}");
    let mapping = Mapping::new(&ids);
    let folder = support::tempdir();
    rename_tree(&scripts, &folder.path().join("history"), &mapping);

    let original = e2e::decant_in(&project(""), &["schema", "--scripts", "alembic_backup"]);
    original.ended(0);
    let renamed = e2e::decant_in(folder.path(), &["schema", "--scripts", "history"]);
    renamed.ended(0);
    assert_ne!(original.stdout, renamed.stdout, "something was renamed");
    assert_same(&mapping.apply(&original.stdout), &renamed.stdout);

    let out = support::tempdir();
    let original = baseline(&scripts, &out.path().join("original"));
    let renamed = baseline(&folder.path().join("history"), &out.path().join("renamed"));
    assert_same(&mapping.apply(&original), &renamed);
}

/// The text of all files of a baseline.
fn baseline(scripts: &Path, out: &Path) -> String {
    let run = e2e::run(
        support::decant()
            .current_dir(out.parent().expect("a folder"))
            .arg("baseline")
            .arg("--scripts")
            .arg(scripts)
            .arg("--out")
            .arg(out),
    );
    // Losses that nobody accepted are told, and the files are written.
    assert!([0, 3].contains(&run.status), "{}", run.stderr);
    let files = e2e::files(out);
    assert!(!files.is_empty(), "{}", run.stderr);
    files
        .iter()
        .map(|name| std::fs::read_to_string(out.join(name)).expect("a migration"))
        .collect::<Vec<_>>()
        .join("\n")
}
