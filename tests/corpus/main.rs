//! Histories that nobody of this project wrote: every one is read, the replayed schema is what real Alembic left, and (for some) the
//! baseline applies and rolls back and a live database that real Alembic built, filled with generated rows, is ported and verified.
//!
//! The scripts are downloaded by package name into `target/tmp`; see `manifest.rs` for which, and README.md for how it is run.

mod chain;
#[path = "../e2e/mod.rs"]
mod e2e;
mod live;
mod manifest;
mod rejects;
mod renamed;
#[path = "../support/mod.rs"]
mod support;

use e2e::catalog;
use manifest::{chosen, each};
use serde_json::Value;
use support::Database;

#[test]
fn the_replayed_schema_is_what_real_alembic_left() {
    let recorded = chosen().into_iter().filter(|h| h.sqlalchemy.is_some());
    each(recorded.collect(), |history, root| {
        let mut command = support::decant();
        command.arg("schema").args(history.flags(root));
        if let Some(at) = &history.at {
            command.args(["--at", at]);
        }
        let run = e2e::run(&mut command);
        if ![0, 3].contains(&run.status) {
            return Err(format!("exit status {}: {}", run.status, run.stderr));
        }
        let Some(database) = Database::new("corpus") else {
            return Ok(());
        };
        database
            .client()
            .batch_execute(&run.stdout)
            .map_err(|e| format!("the schema does not load: {e:?}"))?;
        let difference = catalog::difference(&history.recorded(), &catalog::read(&database.url()));
        match difference.len() {
            n if n > history.different => Err(format!(
                "{n} lines differ, {} are known\n{}",
                history.different,
                difference.join("\n")
            )),
            n => {
                lower(&history.name, "different", n, history.different);
                Ok(())
            }
        }
    });
}

#[test]
fn every_script_is_read() {
    each(chosen(), |history, root| {
        let run = e2e::run(
            support::decant()
                .args(["inspect", "--json"])
                .args(history.flags(root)),
        );
        if ![0, 3].contains(&run.status) || run.stderr.contains("panicked") {
            return Err(format!("exit status {}: {}", run.status, run.stderr));
        }
        let told: Value = serde_json::from_str(&run.stdout).map_err(|e| e.to_string())?;
        let number = |pointer: &str| {
            let value = told.pointer(pointer).and_then(Value::as_u64);
            usize::try_from(value.unwrap_or_default()).unwrap_or_default()
        };
        let scripts = history.scripts(root);
        let revisions = number("/coverage/revisions");
        let unknown = if told.get("coverage").is_none() {
            // Its revisions could not be put in order.
            history.revisions
        } else if revisions == history.revisions && revisions <= scripts {
            number("/coverage/schema_unknown")
        } else {
            let expected = history.revisions;
            return Err(format!(
                "{revisions} revisions of {expected} in {scripts} scripts"
            ));
        };
        if unknown > history.unknown {
            let errors = told.pointer("/diagnostics").and_then(Value::as_array);
            let errors: Vec<String> = errors
                .into_iter()
                .flatten()
                .filter(|d| d.get("severity").and_then(Value::as_str) == Some("error"))
                .map(Value::to_string)
                .collect();
            return Err(format!(
                "{unknown} revisions have an unknown that touches the schema, {} are known\n{}",
                history.unknown,
                errors.join("\n")
            ));
        }
        lower(&history.name, "unknown", unknown, history.unknown);
        Ok(())
    });
}

/// Says that a recorded bound is higher than it must be.
fn lower(name: &str, key: &str, now: usize, known: usize) {
    if now < known {
        e2e::skipped(&format!(
            "nothing; {name} is better than histories.toml says: {key} = {now}, not {known}"
        ));
    }
}
