//! Nothing in the program knows the bundled example: a copy of its scripts with other table names, helpers, modules, revision
//! ids and file names, its functions in another order, gives the same schema under the other names.

mod e2e;
mod support;

use std::path::Path;

use regex::Regex;
use support::project;
use support::rename::{Renaming, functions_swapped, revision_ids};

/// Other names, each as long as the one that it takes the place of.
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

/// Writes the copy under the other names. Dates leave the file names, so that the folder sorts otherwise.
fn rename_tree(from: &Path, to: &Path, renaming: &Renaming) {
    let dated = Regex::new(r"(versions/)\d{4}_\d\d_\d\d_\d{4}-").expect("a pattern");
    renaming.copy(from, to, |name, text| {
        let mut text = renaming.apply(&text);
        if name.starts_with("versions/") {
            text = functions_swapped(&text);
        }
        let name = dated.replace(name, "$1").replace("db/naming", "db/titles");
        (!name.contains("__pycache__")).then_some((name, text))
    });
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
    let renaming = Renaming::of_names(NAMES, &ids);
    let folder = support::tempdir();
    rename_tree(&scripts, &folder.path().join("history"), &renaming);

    let original = e2e::decant_in(&project(""), &["schema", "--scripts", "alembic_backup"]);
    original.ended(0);
    let renamed = e2e::decant_in(folder.path(), &["schema", "--scripts", "history"]);
    renamed.ended(0);
    assert_ne!(original.stdout, renamed.stdout, "something was renamed");
    assert_same(&renaming.apply(&original.stdout), &renamed.stdout);

    let out = support::tempdir();
    let original = baseline(&scripts, &out.path().join("original"));
    let renamed = baseline(&folder.path().join("history"), &out.path().join("renamed"));
    assert_same(&renaming.apply(&original), &renamed);
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
