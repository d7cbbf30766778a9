//! What is said about each `downgrade()`: the lines `# says:` of the scripts in `fixtures/downgrades`.

mod support;

use decant::diag::Direction;
use decant::pipeline::{Downgrades, HistoryOptions, read_history};
use support::{project, tempdir};

#[test]
fn each_downgrade_is_judged() {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(project("fixtures/downgrades")).expect("the cases") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "py") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a case");
        let expected: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("# says: "))
            .collect();
        let folder = tempdir();
        let versions = folder.path().join("versions");
        std::fs::create_dir(&versions).expect("a folder");
        std::fs::copy(&path, versions.join(path.file_name().expect("a name"))).expect("a copy");
        let options = HistoryOptions {
            scripts: vec![versions],
            base: Some(project("fixtures/calls/base.sql")),
            ..HistoryOptions::default()
        };
        let history = read_history(&options).expect("a history");
        let replayed = history
            .replay_with("heads", Downgrades::Check)
            .expect("a replay");
        let undone = replayed.diagnostics.iter().filter(|d| {
            let origin = d.origin.as_ref();
            origin.is_some_and(|o| o.direction == Direction::Downgrade)
        });
        let said: Vec<String> = undone
            .map(|d| format!("{}: {}", d.code, d.message))
            .collect();
        if said != expected {
            wrong.push(format!("{}: {said:#?}", path.display()));
        }
        let line = text.lines().position(|l| l.starts_with("def downgrade"));
        for diagnostic in replayed.diagnostics.iter() {
            let origin = diagnostic.origin.as_ref().expect("a place");
            if origin.direction == Direction::Downgrade
                && origin.place.line != line.map_or(0, |l| u32::try_from(l + 1).expect("a line"))
            {
                wrong.push(format!("{}: at {}", path.display(), origin.place));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
