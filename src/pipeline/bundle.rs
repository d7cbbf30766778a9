//! The evidence bundle: what a second person needs to judge a cutover and to repeat it. Two runs on the same inputs give the same
//! bytes but for `times.json`. Rows are never in it.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde_json::json;

use super::{Error, sha256, write_file};
use crate::config::Config;
use crate::pg::conn::ConnectOptions;
use crate::report::{Input, Report, Times};

/// Name and version of the bundle's manifest.
pub const FORMAT: &str = "decant-bundle/1";

/// The files of a bundle by their names in it, sorted.
#[derive(Debug, Default)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// The bundle of a finished cutover: inputs as they were read, settings, what was written, the report, the clock readings.
    pub fn of(
        config: &Config,
        source: &str,
        report: &Report,
        times: &Times,
        artefacts: Vec<(String, Vec<u8>)>,
    ) -> Self {
        let shown = shown_source(source);
        let repeat = repeat(report, source, &shown);
        Self::with(config, report, times, artefacts, &[shown], repeat)
    }

    /// The bundle of a verification of some sides, as the command line named them.
    pub fn of_verification(
        config: &Config,
        sides: &[String],
        more: &[String],
        report: &Report,
        times: &Times,
        artefacts: Vec<(String, Vec<u8>)>,
    ) -> Self {
        let shown: Vec<String> = sides.iter().map(|side| shown_source(side)).collect();
        let repeat = repeat_verification(report, sides, more);
        Self::with(config, report, times, artefacts, &shown, repeat)
    }

    fn with(
        config: &Config,
        report: &Report,
        times: &Times,
        artefacts: Vec<(String, Vec<u8>)>,
        sources: &[String],
        repeat: String,
    ) -> Self {
        let mut bundle = Self::default();
        let mut redacted = Vec::new();
        let left_out: Vec<String> = report
            .inputs
            .iter()
            .filter_map(|input| bundle.input(input))
            .collect();
        let settings = config.folder.join("decant.toml");
        if let Ok(text) = std::fs::read_to_string(&settings) {
            let (text, changed) = without_secret(&text);
            if changed {
                redacted.push("inputs/decant.toml: source.url".to_owned());
            }
            bundle.add("inputs/decant.toml".to_owned(), text.into_bytes());
        }
        for (name, bytes) in artefacts {
            bundle.add(name, bytes);
        }
        bundle.add("times.json".to_owned(), pretty(times));
        bundle.add("REPEAT.md".to_owned(), repeat.into_bytes());
        let listed: BTreeMap<&String, serde_json::Value> = bundle
            .files
            .iter()
            .filter(|(name, _)| *name != "times.json")
            .map(|(name, bytes)| {
                (
                    name,
                    json!({ "bytes": bytes.len(), "sha256": sha256(bytes) }),
                )
            })
            .collect();
        let manifest = json!({
            "format": FORMAT,
            "tool": report.tool,
            "command": report.command,
            "verdict": report.verdict,
            "source": report.source,
            "sources_named": sources,
            "target": report.target,
            "settings": settings_without_secret(config),
            "inputs": report.inputs,
            "left_out": left_out,
            "redacted": redacted,
            "files": listed,
        });
        bundle.add("MANIFEST.json".to_owned(), pretty(&manifest));
        bundle
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.files.insert(name, bytes);
    }

    /// Copies a file that was read; why not, where that is so. A dump holds rows: its hash alone is in the bundle.
    fn input(&mut self, input: &Input) -> Option<String> {
        if matches!(input.role.as_str(), "dump" | "database") {
            return Some(format!("{}: a {} holds rows", input.name, input.role));
        }
        if input.role == "settings" {
            return Some(format!(
                "{}: it may hold a password; take it from version control where its options count",
                input.name
            ));
        }
        let bytes = match std::fs::read(&input.name) {
            Ok(bytes) => bytes,
            Err(why) => return Some(format!("{}: {why}", input.name)),
        };
        if input.sha256.as_ref().is_some_and(|s| *s != sha256(&bytes)) {
            return Some(format!("{}: it changed during the run", input.name));
        }
        self.add(format!("inputs/{}", inside(&input.name)), bytes);
        None
    }

    /// Writes it into a folder, or as one tar file where the name ends with `.tar`. An existing target is refused.
    ///
    /// # Errors
    /// It exists, or cannot be written.
    pub fn write(&self, to: &Path) -> Result<(), Error> {
        let fault = |why: String| Error::Bundle(format!("{}: {why}", to.display()));
        if to.exists() {
            return Err(Error::BundleExists(to.to_owned()));
        }
        if to.extension().is_some_and(|e| e == "tar") {
            let bytes = self.tar().map_err(|e| fault(e.to_string()))?;
            return write_file(to, &bytes);
        }
        for (name, bytes) in &self.files {
            write_file(&to.join(name), bytes)?;
        }
        Ok(())
    }

    /// As a tar file: sorted, no owner, no clock.
    fn tar(&self) -> std::io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, bytes) in &self.files {
            let mut header = tar::Header::new_gnu();
            header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            header.set_mode(0o644);
            header.set_mtime(0);
            archive.append_data(&mut header, name, bytes.as_slice())?;
        }
        archive.into_inner()
    }
}

fn pretty<T: serde::Serialize>(value: &T) -> Vec<u8> {
    // Values with string keys only: that cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

/// A path as it may stand inside the bundle: relative, without steps upwards.
fn inside(name: &str) -> String {
    let parts: Vec<String> = Path::new(name)
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            Component::ParentDir => Some("_up".to_owned()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        })
        .collect();
    parts.join("/")
}

/// A source as it may be shown: a URL without its password.
fn shown_source(source: &str) -> String {
    if !crate::pg::is_connection(source) {
        return source.to_owned();
    }
    match ConnectOptions::parse(source) {
        Ok(options) => options.to_string(),
        Err(_) => "a server".to_owned(),
    }
}

/// `decant.toml` with the source's URL as it may be shown. True where that changed something.
fn without_secret(text: &str) -> (String, bool) {
    let Ok(mut document) = text.parse::<toml_edit::DocumentMut>() else {
        return (String::new(), true);
    };
    let url = document
        .get_mut("source")
        .and_then(|source| source.get_mut("url"))
        .filter(|url| url.is_str());
    let Some(url) = url else {
        return (text.to_owned(), false);
    };
    let shown = shown_source(url.as_str().unwrap_or_default());
    *url = toml_edit::value(shown);
    (document.to_string(), true)
}

fn settings_without_secret(config: &Config) -> serde_json::Value {
    let mut config = config.clone();
    config.source.url = config.source.url.as_deref().map(shown_source);
    serde_json::to_value(&config).unwrap_or_default()
}

/// How to repeat the run.
fn repeat(report: &Report, source: &str, shown: &str) -> String {
    let dump = report.inputs.iter().find(|i| i.role == "dump");
    let (where_from, flag) = match dump {
        Some(dump) => (
            format!(
                "The rows came from the dump `{}`, which is not in the bundle. Take it from the archive and check it:\n\n    \
                 echo \"{}  {}\" | sha256sum --check\n",
                dump.name,
                dump.sha256.as_deref().unwrap_or_default(),
                dump.name
            ),
            format!("--source {}", shell(source)),
        ),
        None => (
            format!(
                "The rows came from a server: {shown}. What was read is one snapshot of it; a database that was restored from a \
                 backup of that hour, and not written to since, has the same rows.\n"
            ),
            "--source \"$DATABASE_URL\"".to_owned(),
        ),
    };
    let rehearsed = "--rehearse --no-times --target repeated.db --bundle ../repeated";
    format!(
        "# How to repeat this run\n\n\
         Made by {} {}, command `{}`. Verdict: {}\n\n\
         1. Install {} {}.\n\
         2. {}\n\
         3. In the folder `inputs`, which has the scripts and `decant.toml` as they were read (a dump lies where `--source` names it):\n\n    \
            cd inputs\n    decant cutover {flag} {rehearsed}\n\n\
         4. Compare. Only clock readings may differ, and what names the command, the target or the place of a file:\n\n    \
            diff -r ../report ../repeated/report\n\n\
         `MANIFEST.json` lists every file of the bundle with its SHA-256, the inputs with theirs, and the settings. The tables of\n\
         `report/report.json` have a digest for each table and column: equal digests are equal rows.\n",
        report.tool.name,
        report.tool.version,
        report.command,
        report.verdict.sentence,
        report.tool.name,
        report.tool.version,
        where_from,
    )
}

/// How to repeat a verification.
fn repeat_verification(report: &Report, sides: &[String], more: &[String]) -> String {
    let mut out = format!(
        "# How to repeat this run\n\nMade by {} {}, command `{}`. Verdict: {}\n\n1. Install {} {}.\n",
        report.tool.name,
        report.tool.version,
        report.command,
        report.verdict.sentence,
        report.tool.name,
        report.tool.version,
    );
    let held: Vec<&Input> = report
        .inputs
        .iter()
        .filter(|i| matches!(i.role.as_str(), "dump" | "database"))
        .collect();
    if !held.is_empty() {
        out.push_str("2. Files that hold rows are not in the bundle. Take them from the archive and check them:\n\n");
        for input in held {
            let sha256 = input.sha256.as_deref().unwrap_or_default();
            out.push_str(&format!(
                "    echo \"{sha256}  {}\" | sha256sum --check\n",
                input.name
            ));
        }
        out.push('\n');
    }
    let mut urls = 0;
    let words: Vec<String> = sides
        .iter()
        .map(|side| {
            if !side.contains("://") && !crate::pg::is_connection(side) {
                return shell(side);
            }
            urls += 1;
            out.push_str(&format!(
                "   URL_{urls} is {}: what was read is one snapshot of it.\n",
                shown_source(side)
            ));
            format!("\"$URL_{urls}\"")
        })
        .chain(more.iter().map(|word| shell(word)))
        .collect();
    out.push_str(&format!(
        "3. In the folder `inputs`, which has the scripts and `decant.toml` as they were read (other files lie where the sides name them):\n\n    \
         cd inputs\n    decant verify {} --bundle ../repeated\n\n\
         4. Compare. Only what names the command or the place of a file may differ:\n\n    \
         diff -r ../report ../repeated/report\n\n\
         `MANIFEST.json` lists every file of the bundle with its SHA-256, the inputs with theirs, and the settings.\n",
        words.join(" ")
    ));
    out
}

/// A word of a shell's command.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_and_urls_lose_their_passwords() {
        assert_eq!(inside("../a/./b.py"), "_up/a/b.py");
        assert_eq!(inside("/srv/a.py"), "srv/a.py");
        let (text, changed) =
            without_secret("[source]\nurl = \"postgresql://u:s3cret@h/d\" # the app's\n");
        assert!(
            changed && !text.contains("s3cret") && text.contains("[source]"),
            "{text}"
        );
        let (_, changed) = without_secret("[source]\ndump = \"a.sql\"\n");
        assert!(!changed);
        assert_eq!(shell("it's"), "'it'\\''s'");
    }
}
