//! Whole histories of `fixtures/whole` against the schema that `decant schema --format sql` must print, and what `decant inspect`
//! must tell of them.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn whole_histories_give_their_schema() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/whole");
    let mut names: Vec<String> = std::fs::read_dir(&fixtures)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut wrong = Vec::new();
    let mut compare = |expected: &Path, printed: &str, said: &str| {
        if std::env::var_os("UPDATE_WHOLE").is_some() {
            std::fs::write(expected, printed).unwrap();
        } else if std::fs::read_to_string(expected).unwrap_or_default() != printed {
            wrong.push(format!("{}: got\n{printed}\n{said}", expected.display()));
        }
    };
    for name in &names {
        let folder = fixtures.join(name);
        let done = Command::new(env!("CARGO_BIN_EXE_decant"))
            .args(["schema", "--format", "sql", "--quiet", "--scripts"])
            .arg(folder.join("versions"))
            .arg("--root")
            .arg(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            done.status.success() || done.status.code() == Some(3),
            "{name}: {said}"
        );
        let printed = String::from_utf8(done.stdout).unwrap();
        compare(&folder.join("expected.sql"), &printed, &said);
        let told = told(&folder);
        let expected = folder.join("expected.txt");
        if !told.is_empty() || expected.exists() {
            compare(&expected, &told, &said);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `decant inspect` tells of the history that is an error, or an unknown: how much of each revision was understood, and why no more;
/// then what its scripts tell of the state before a call that is not so.
fn told(folder: &Path) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_decant"))
        .args(["inspect", "--json", "--quiet", "--scripts"])
        .arg(folder.join("versions"))
        .arg("--root")
        .arg(folder)
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let mut text = String::new();
    for revision in told["revisions"].as_array().unwrap() {
        let reasons = revision["not_understood"].as_array();
        let reasons = reasons.map(Vec::as_slice).unwrap_or_default();
        if reasons.is_empty() {
            continue;
        }
        let field = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (id, how) = (field(&revision["revision"]), field(&revision["understood"]));
        writeln!(text, "{id}: {how}").unwrap();
        for reason in reasons {
            let line = &reason["origin"]["place"]["line"];
            let (severity, code) = (field(&reason["severity"]), field(&reason["code"]));
            let message = field(&reason["message"]);
            writeln!(text, "  line {line}: {severity}[{code}] {message}").unwrap();
        }
    }
    for drift in told["diagnostics"].as_array().unwrap() {
        if drift["code"] == "existing-differs" {
            let origin = &drift["origin"];
            let (line, message) = (&origin["place"]["line"], drift["message"].as_str().unwrap());
            let revision = origin["revision"].as_str().unwrap();
            writeln!(text, "{revision}, line {line}: {message}").unwrap();
        }
    }
    text
}
