//! A copy of a history with other names of tables, columns, helpers, modules and revisions, its functions in another order: it must give
//! what the original gives, under the other names. `renamed/NAME.txt` has the words that are replaced.

use std::path::{Path, PathBuf};

use regex::{Captures, Regex};

use crate::e2e::{self, catalog};
use crate::manifest::{History, chosen, each};
use crate::support::rename::{Renaming, functions_swapped, revision_ids};
use crate::support::{self, Database};

/// Files that a reader may look at.
const KINDS: [&str; 6] = ["py", "sql", "ini", "toml", "mako", "json"];

fn words(history: &History) -> Option<Vec<String>> {
    let path = support::project("tests/corpus/renamed").join(format!("{}.txt", history.name));
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.split_whitespace().map(str::to_owned).collect())
}

/// Copies what the history's packages hold of scripts and modules.
fn copy(history: &History, root: &Path, to: &Path, renaming: &Renaming) {
    renaming.copy(root, to, |name, text| {
        let kind = name.rsplit('.').next().unwrap_or_default();
        if !KINDS.contains(&kind) || name.contains("/tests/") {
            return None;
        }
        let mut text = renaming.apply(&text);
        if history
            .versions
            .iter()
            .any(|folder| name.starts_with(folder))
        {
            text = functions_swapped(&text);
        }
        Some((name.to_owned(), text))
    });
}

#[test]
fn a_renamed_copy_gives_the_renamed_schema() {
    let known = chosen().into_iter().filter(|h| words(h).is_some());
    each(known.collect(), |history, root| {
        let words = words(history).unwrap_or_default();
        let ids: Vec<String> = history
            .versions
            .iter()
            .flat_map(|folder| revision_ids(&root.join(folder)))
            .collect();
        let renaming = Renaming::of_words(words, &ids);
        let folder = support::tempdir();
        copy(history, root, folder.path(), &renaming);
        let renamed = History {
            versions: history.versions.iter().map(|f| renaming.apply(f)).collect(),
            base: false,
            ..history.clone()
        };
        let mut command = support::decant();
        command.arg("schema").args(renamed.flags(folder.path()));
        if let Some(base) = base(history, folder.path(), &renaming) {
            command.arg("--base").arg(base);
        }
        if let Some(at) = &history.at {
            command.args(["--at", at]);
        }
        let run = e2e::run(&mut command);
        if ![0, 3].contains(&run.status) {
            return Err(format!("exit status {}: {}", run.status, run.stderr));
        }
        let Some(database) = Database::new("renamed") else {
            return Ok(());
        };
        database
            .client()
            .batch_execute(&run.stdout)
            .map_err(|e| format!("the renamed schema does not load: {e:?}"))?;
        let recorded = history.recorded();
        let expected: Vec<String> = recorded.iter().map(|l| renaming.apply(l)).collect();
        if expected == recorded {
            return Err("nothing was renamed".to_owned());
        }
        let difference = catalog::difference(
            &without_digests(&expected),
            &without_digests(&catalog::read(&database.url())),
        );
        match difference.len() {
            n if n > history.different => Err(format!(
                "{n} lines differ from the renamed catalog, {} do of the original\n{}{}",
                history.different,
                difference.join("\n"),
                run.stderr
            )),
            _ => Ok(()),
        }
    });
}

/// SQLAlchemy cuts long names and puts four digits of their digest behind them: other names have other digests.
fn without_digests(lines: &[String]) -> Vec<String> {
    const KEPT: usize = 40;
    let cut = Regex::new(r"\b(\w{50,58})_[0-9a-f]{4}\b").expect("a pattern");
    lines
        .iter()
        .map(|line| {
            let short = |found: &Captures<'_>| format!("{}..", &found[1][..KEPT]);
            cut.replace_all(line, short).into_owned()
        })
        .collect()
}

/// The renamed copy of what was there before the first revision.
fn base(history: &History, folder: &Path, renaming: &Renaming) -> Option<PathBuf> {
    let original = support::project("tests/corpus/base").join(format!("{}.sql", history.name));
    if !history.base {
        return None;
    }
    let text = std::fs::read_to_string(original).expect("the base");
    let path = folder.join("base.sql");
    std::fs::write(&path, renaming.apply(&text)).expect("a new file");
    Some(path)
}
