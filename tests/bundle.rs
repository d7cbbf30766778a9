//! `decant cutover --bundle`: the same inputs give the same bytes, and a second person can repeat the run from it.

mod e2e;
mod support;

use std::path::Path;

/// Every file below a folder, with its bytes.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    support::files(folder)
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(folder.join(&name)).expect("a file");
            (name, bytes)
        })
        .collect()
}

fn but_for_times(mut files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    files.retain(|(name, _)| name != "times.json");
    files
}

#[test]
fn two_runs_give_the_same_bytes_but_for_the_times() {
    let folder = e2e::example_copy();
    for bundle in ["one", "two", "three.tar"] {
        e2e::decant_in(
            folder.path(),
            &["cutover", "--rehearse", "--bundle", bundle],
        )
        .ended(0);
    }
    let (one, two) = (
        tree(&folder.path().join("one")),
        tree(&folder.path().join("two")),
    );
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    for expected in [
        "MANIFEST.json",
        "REPEAT.md",
        "inputs/decant.toml",
        "migrations/20250428100816_baseline.sql",
        "ops.json",
        "report/findings.csv",
        "report/report.html",
        "report/report.json",
        "schema.postgresql.sql",
        "times.json",
    ] {
        assert!(names.contains(&expected), "no {expected} in {names:?}");
    }
    assert_eq!(
        names
            .iter()
            .filter(|n| n.starts_with("inputs/alembic_backup/versions/"))
            .count(),
        30
    );
    assert!(
        !names.iter().any(|n| n.contains("production")),
        "rows are not in it: {names:?}"
    );
    assert_eq!(but_for_times(one.clone()), but_for_times(two.clone()));
    let times = |files: &[(String, Vec<u8>)]| {
        files
            .iter()
            .find(|(name, _)| name == "times.json")
            .map(|(_, bytes)| bytes.clone())
    };
    assert_ne!(times(&one), times(&two), "the clock is in times.json alone");

    let archive = std::fs::read(folder.path().join("three.tar")).expect("the archive");
    let mut unpacked = Vec::new();
    for entry in tar::Archive::new(archive.as_slice())
        .entries()
        .expect("an archive")
    {
        let mut entry = entry.expect("an entry");
        assert_eq!(entry.header().mtime().expect("a time"), 0);
        let name = entry.path().expect("a path").display().to_string();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).expect("bytes");
        unpacked.push((name, bytes));
    }
    assert_eq!(but_for_times(unpacked), but_for_times(one));

    // The page of the folder has the times of the run, the one in the bundle has not.
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).expect("the page");
    assert!(page.contains("id=\"timeline\""), "times are shown");
    e2e::decant_in(folder.path(), &["cutover", "--rehearse", "--no-times"]).ended(0);
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).expect("the page");
    assert!(!page.contains("id=\"timeline\""), "times are not shown");

    let run = e2e::decant_in(folder.path(), &["cutover", "--rehearse", "--bundle", "one"]);
    run.ended(3);
    assert!(
        run.stderr
            .contains("the bundle one exists; it was left alone"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_second_person_repeats_the_run_from_the_bundle() {
    let folder = e2e::example_copy();
    e2e::decant_in(
        folder.path(),
        &["cutover", "--rehearse", "--bundle", "evidence"],
    )
    .ended(0);
    let repeat =
        std::fs::read_to_string(folder.path().join("evidence/REPEAT.md")).expect("the way");
    assert!(
        repeat.contains("  fixtures/production.sql\" | sha256sum --check"),
        "{repeat}"
    );
    let command = repeat
        .lines()
        .find_map(|line| line.trim().strip_prefix("decant cutover "))
        .expect("a command");
    // Elsewhere, with nothing but the bundle and the dump.
    let elsewhere = support::tempdir();
    e2e::copy_folder(
        &folder.path().join("evidence"),
        &elsewhere.path().join("evidence"),
    );
    let inputs = elsewhere.path().join("evidence/inputs");
    std::fs::create_dir_all(inputs.join("fixtures")).expect("a folder");
    std::fs::copy(
        support::project("fixtures/production.sql"),
        inputs.join("fixtures/production.sql"),
    )
    .expect("the dump");
    let arguments: Vec<&str> = std::iter::once("cutover")
        .chain(command.split(' '))
        .collect();
    e2e::decant_in(&inputs, &arguments).ended(0);
    let digests = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a report");
        let report: decant::report::Report = serde_json::from_str(&text).expect("JSON");
        let tables = report.verification.expect("it was verified").tables;
        tables
            .into_iter()
            .map(|t| (t.table, t.digest_source, t.digest_target))
            .collect::<Vec<_>>()
    };
    let first = digests(&folder.path().join("evidence/report/report.json"));
    assert_eq!(first.len(), 24);
    assert_eq!(
        first,
        digests(
            &elsewhere
                .path()
                .join("evidence/repeated/report/report.json")
        )
    );
}

/// The same of `verify`: no rows in it, the same bytes twice, and the command that it names gives the same report elsewhere.
#[test]
fn a_verification_can_be_repeated_from_its_bundle() {
    let folder = e2e::example_copy();
    e2e::decant_in(folder.path(), &["cutover"]).ended(0);
    let sides = ["fixtures/production.sql", "out/clinic.db"];
    for bundle in ["one", "two"] {
        let mut arguments = vec!["verify"];
        arguments.extend(sides);
        arguments.extend(["--level", "sample", "--bundle", bundle]);
        e2e::decant_in(folder.path(), &arguments).ended(0);
    }
    let one = tree(&folder.path().join("one"));
    assert_eq!(
        but_for_times(one.clone()),
        but_for_times(tree(&folder.path().join("two")))
    );
    let names: Vec<&str> = one.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        !names
            .iter()
            .any(|n| n.contains("production") || n.ends_with(".db")),
        "rows are not in it: {names:?}"
    );
    let again = e2e::decant_in(
        folder.path(),
        &["verify", "history", sides[0], "--bundle", "one"],
    );
    again.ended(3);

    let elsewhere = support::tempdir();
    e2e::copy_folder(&folder.path().join("one"), &elsewhere.path().join("one"));
    let inputs = elsewhere.path().join("one/inputs");
    for side in sides {
        let to = inputs.join(side);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(folder.path().join(side), to).expect("a side");
    }
    let repeat = std::fs::read_to_string(inputs.join("../REPEAT.md")).expect("the way");
    let command = repeat
        .lines()
        .find_map(|line| line.trim().strip_prefix("decant "))
        .expect("a command");
    assert_eq!(repeat.matches("sha256sum --check").count(), 2, "{repeat}");
    let arguments: Vec<&str> = command.split(' ').collect();
    e2e::decant_in(&inputs, &arguments).ended(0);
    // Settings files may hold passwords and are not in a bundle: those inputs are missing elsewhere.
    let report = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a report");
        let mut report: decant::report::Report = serde_json::from_str(&text).expect("JSON");
        report.inputs.retain(|i| i.role != "settings");
        report
    };
    assert_eq!(
        report(&folder.path().join("one/report/report.json")),
        report(&elsewhere.path().join("one/repeated/report/report.json"))
    );
}
