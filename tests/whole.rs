//! Whole histories of `fixtures/whole` against the schema that `decant schema --format sql` must print.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::path::Path;
use std::process::Command;

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
        assert!(done.status.success(), "{name}: {said}");
        let expected = folder.join("expected.sql");
        let printed = String::from_utf8(done.stdout).unwrap();
        if std::env::var_os("UPDATE_WHOLE").is_some() {
            std::fs::write(&expected, &printed).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != printed {
            wrong.push(format!("{name}: got\n{printed}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
