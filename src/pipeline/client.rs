//! The emitted statements run by the library that the team's original tool uses, where python3 has it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::files::MigrationFile;
use crate::prove::{Outcome, Proof};
use crate::sqlite::plan::is_irreversible;

/// Names the Python that is asked, instead of `python3`.
const PYTHON: &str = "DECANT_PYTHON";

/// Reads chains of files from its input, runs each on a database of its own, up and down, and prints what failed.
const SCRIPT: &str = r#"
import json, os, sys, tempfile
import libsql_client

def run(client, name, statements, failed):
    try:
        client.batch(statements)
        return True
    except Exception as error:
        failed.append({"name": name, "why": str(error)})
        return False

out = []
for chain in json.load(sys.stdin):
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        client = libsql_client.create_client_sync("file:" + os.path.join(folder, "proof.db"))
        done = []
        for item in chain:
            if not run(client, item["name"], item["up"], failed):
                break
            done.append(item)
        for item in reversed(done):
            if not run(client, item["name"], item["down"], failed):
                break
        client.close()
    out.append(failed)
json.dump(out, sys.stdout)
"#;

/// One file as the script reads it.
#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    up: Vec<&'a str>,
    down: Vec<&'a str>,
}

/// A section that the library refused.
#[derive(Deserialize)]
struct Failure {
    name: String,
    why: String,
}

/// Runs chains of migrations, each on a database of its own; says so where no library is at hand.
pub(super) fn prove(chains: &[(&str, &[MigrationFile])], proof: &mut Proof) {
    const KIND: &str = "libsql-client";
    let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python)
        .args(["-c", "import libsql_client"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !has_it.is_ok_and(|status| status.success()) {
        let note = format!(
            "not run: {python} has no libsql-client; `pip install libsql-client`, or name another Python by {PYTHON}"
        );
        proof.push(KIND, "all", Outcome::Noted(note));
        return;
    }
    let items: Vec<Vec<Item<'_>>> = chains.iter().map(|(_, files)| items(files)).collect();
    match run(&python, &items) {
        Ok(results) => {
            for ((name, _), failures) in chains.iter().zip(results) {
                // The history's own rows may be in the way, as on PostgreSQL: the checks on scratch databases tell that.
                let over_rows = |why: &str| why.contains("CONSTRAINT") || why.contains("JSON path");
                let text = |f: &Failure| format!("{}: {}", f.name, f.why);
                match failures.first() {
                    Some(first) if over_rows(&first.why) => {
                        let note = format!("stopped over rows: {}", text(first));
                        proof.push(KIND, name, Outcome::Noted(note));
                    }
                    _ => proof.add(KIND, name, failures.iter().map(text).collect()),
                }
            }
        }
        Err(why) => proof.push(KIND, "all", Outcome::Noted(format!("not run: {why}"))),
    }
}

fn items(files: &[MigrationFile]) -> Vec<Item<'_>> {
    files
        .iter()
        .map(|file| {
            let down = file.down.iter().map(|s| s.sql.as_str());
            Item {
                name: &file.file_name,
                up: file.up.iter().map(|s| s.sql.as_str()).collect(),
                down: down.filter(|sql| !is_irreversible(sql)).collect(),
            }
        })
        .collect()
}

fn run(python: &str, items: &[Vec<Item<'_>>]) -> Result<Vec<Vec<Failure>>, String> {
    let text = serde_json::to_vec(items).map_err(|e| e.to_string())?;
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        // A script that ended early says why on its own.
        let _ = input.write_all(&text);
    }
    let done = child.wait_with_output().map_err(|e| e.to_string())?;
    serde_json::from_slice(&done.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&done.stderr);
        let last = said.lines().last().unwrap_or("it said nothing");
        format!("{python}: {last}")
    })
}
