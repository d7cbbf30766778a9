//! Copies of a history under other names: nothing in the program may know the ones that it was tried with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::{Captures, Regex};
use sha2::{Digest as _, Sha256};

/// Other names, each as long as the one that it takes the place of: PostgreSQL cuts long names.
pub struct Renaming {
    /// What is replaced wherever it stands, the longest first, so that no replacement is replaced again.
    names: BTreeMap<String, String>,
    /// Words in lower case that are replaced where they stand as a word or as a part of `snake_case` or `CamelCase`.
    words: BTreeSet<String>,
    pattern: Regex,
}

impl Renaming {
    /// These names and revision ids. A name is replaced inside longer ones, so inside the names of constraints, too.
    pub fn of_names(names: &[(&str, &str)], ids: &[String]) -> Self {
        let names = names
            .iter()
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        Self::new(names.collect(), BTreeSet::new(), ids)
    }

    /// These words, turned by thirteen letters, and revision ids. Names that PostgreSQL and SQLAlchemy put together of others come
    /// out as if they were put together of the replaced ones.
    pub fn of_words(words: impl IntoIterator<Item = String>, ids: &[String]) -> Self {
        Self::new(BTreeMap::new(), words.into_iter().collect(), ids)
    }

    fn new(mut names: BTreeMap<String, String>, words: BTreeSet<String>, ids: &[String]) -> Self {
        for id in ids {
            let digest = Sha256::digest(id.as_bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            names.insert(id.clone(), hex.chars().cycle().take(id.len()).collect());
        }
        let mut parts: Vec<String> = names.keys().map(|name| regex::escape(name)).collect();
        parts.sort_by_key(|name| std::cmp::Reverse(name.len()));
        if !words.is_empty() {
            parts.push("[A-Z]?[a-z]+|[A-Z]+".to_owned());
        }
        let pattern = Regex::new(&parts.join("|")).expect("escaped names");
        Self {
            names,
            words,
            pattern,
        }
    }

    /// A text under the other names.
    pub fn apply(&self, text: &str) -> String {
        let other = |found: &Captures<'_>| {
            let found = &found[0];
            match self.names.get(found) {
                Some(other) => other.clone(),
                None if self.words.contains(&found.to_lowercase()) => turned(found),
                None => found.to_owned(),
            }
        };
        self.pattern.replace_all(text, other).into_owned()
    }

    /// Writes the texts of a folder into another one under the other names. `renamed` says what becomes of a file's name before the
    /// names in it are replaced, and of its text after that; nothing where the file is left out.
    pub fn copy(
        &self,
        from: &Path,
        to: &Path,
        renamed: impl Fn(&str, String) -> Option<(String, String)>,
    ) {
        for name in super::files(from) {
            let Ok(text) = std::fs::read_to_string(from.join(&name)) else {
                continue;
            };
            let Some((name, text)) = renamed(&name, text) else {
                continue;
            };
            let path = to.join(self.apply(&name));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a new file");
        }
    }
}

/// Every letter thirteen further, its case kept.
fn turned(word: &str) -> String {
    let turn = |byte: u8, first: u8| char::from((byte - first + 13) % 26 + first);
    word.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' => turn(byte, b'a'),
            b'A'..=b'Z' => turn(byte, b'A'),
            other => char::from(other),
        })
        .collect()
}

/// The ids of the revisions in a folder that can be told from other texts by their look.
pub fn revision_ids(versions: &Path) -> Vec<String> {
    let pattern =
        Regex::new(r#"(?m)^revision(?:\s*:[^=]*)?\s*=\s*["'](\w+)["']"#).expect("a pattern");
    super::files(versions)
        .iter()
        .filter(|name| name.ends_with(".py"))
        .filter_map(|name| {
            let text = std::fs::read_to_string(versions.join(name)).ok()?;
            Some(pattern.captures(&text)?[1].to_owned())
        })
        .filter(|id| id.len() >= 8 && id.bytes().any(|b| b.is_ascii_digit()))
        .collect()
}

/// `downgrade()` in front of `upgrade()`, where these two end the script.
pub fn functions_swapped(script: &str) -> String {
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
