//! Histories that replay completely: the baseline applies and rolls back to nothing, one migration per revision applies, and the
//! proof of both holds.

use serde_json::Value;

use crate::e2e::{self, Run};
use crate::manifest::{History, chosen, each};
use crate::support;

fn json(run: &Run) -> Result<Value, String> {
    serde_json::from_str(&run.stdout).map_err(|e| format!("{e} in {}{}", run.stdout, run.stderr))
}

fn ended(run: &Run, what: &str) -> Result<(), String> {
    if run.status == 0 {
        Ok(())
    } else {
        Err(format!(
            "{what}: exit status {}: {}{}",
            run.status, run.stdout, run.stderr
        ))
    }
}

/// The flags of commands that go up to a point.
fn flags(history: &History, root: &std::path::Path) -> Vec<String> {
    let mut flags = history.flags(root);
    flags.extend(
        history
            .at
            .iter()
            .flat_map(|at| ["--at".to_owned(), at.clone()]),
    );
    flags
}

/// Runs a command over a whole history.
fn whole(history: &History, root: &std::path::Path, arguments: &[&str]) -> Run {
    e2e::run(support::decant().args(arguments).args(flags(history, root)))
}

/// The tables that are left in a database beside the ledger's.
fn left(database: &std::path::Path) -> Vec<String> {
    let db = rusqlite::Connection::open(database).expect("a database");
    let mut statement = db
        .prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'")
        .expect("a query");
    let names = statement.query_map([], |row| row.get::<_, String>(0));
    let names = names.expect("rows").map(|name| name.expect("a name"));
    names.filter(|n| !n.contains("migrations")).collect()
}

#[test]
fn baseline_and_chain_are_proven() {
    each(chosen(), |history, root| {
        let folder = support::tempdir();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (baseline, chain) = (path("baseline"), path("chain"));
        let made = whole(
            history,
            root,
            &[
                "baseline",
                "--accept-lossy",
                "--accept-unconverted",
                "--timestamp",
                "20260101000000",
                "--out",
                &baseline,
            ],
        );
        let Some(known) = history.unconverted else {
            if made.status == 0 {
                e2e::skipped(&format!(
                    "the chain of {}, which replays now: say its unconverted statements in histories.toml",
                    history.name
                ));
            }
            return match made.status {
                // Where the replay is not complete, nothing is written.
                0 | 1 | 3 => Ok(()),
                status => Err(format!("exit status {status}: {}", made.stderr)),
            };
        };
        ended(&made, "baseline")?;
        let migrate = |files: &str, database: &str, words: &[&str]| {
            let url = format!("sqlite:///{}", path(database));
            let mut command = support::decant();
            command.args(["migrate", "--yes", "--dir", files, "--database", &url]);
            ended(
                &e2e::run(command.args(words)),
                &format!("migrate {words:?}"),
            )
        };
        migrate(&baseline, "baseline.db", &["up"])?;
        migrate(&baseline, "baseline.db", &["down", "--all"])?;
        let rest = left(&folder.path().join("baseline.db"));
        if !rest.is_empty() {
            return Err(format!("the baseline leaves {rest:?}"));
        }
        let converted = whole(
            history,
            root,
            &[
                "convert",
                "--json",
                "--accept-lossy",
                "--accept-unconverted",
                "--out",
                &chain,
            ],
        );
        ended(&converted, "convert")?;
        let told = json(&converted)?;
        let revisions = told.pointer("/revisions").and_then(Value::as_array);
        let open = revisions.into_iter().flatten().flat_map(|r| {
            let list = r.pointer("/unconverted").and_then(Value::as_array);
            list.into_iter().flatten()
        });
        let open: Vec<String> = open.map(Value::to_string).collect();
        if open.len() > known {
            return Err(format!(
                "{} statements have no equal, {known} are known\n{}",
                open.len(),
                open.join("\n")
            ));
        }
        crate::lower(&history.name, "unconverted", open.len(), known);
        migrate(&chain, "chain.db", &["up"])?;
        let proof = whole(history, root, &["prove", "--json"]);
        match proof.status {
            0 => Ok(()),
            4 => {
                let told = json(&proof)?;
                let checks = told.pointer("/checks").and_then(Value::as_array);
                let failed = checks.into_iter().flatten();
                let failed = failed.filter(|c| c.pointer("/outcome/failed").is_some());
                let failed: Vec<String> = failed.map(Value::to_string).collect();
                Err(failed.join("\n"))
            }
            status => Err(format!("prove: exit status {status}: {}", proof.stderr)),
        }
    });
}
