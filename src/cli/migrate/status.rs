//! `migrate status` and `migrate verify`: what is so, changing nothing.

use serde::Serialize;

use super::{Log, MigrateArgs, Status, database, migrations, open_to_read, options};
use crate::files::ledger::{Entry, State};
use crate::files::runner::{self, Activity, Finding, Progress};

#[derive(Serialize)]
struct Report<'a> {
    database: String,
    ledger: &'a str,
    migrations: &'a [Entry],
    applied: usize,
    pending: usize,
    /// Of the pending ones: before a migration that is applied.
    out_of_order: usize,
    missing: usize,
    changed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<Progress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    running: Option<Progress>,
}

pub(super) fn status(args: &MigrateArgs, check: bool, out: &Log) -> anyhow::Result<Status> {
    let url = database(args)?;
    let list = migrations(args, out)?;
    let options = options(args);
    let target = open_to_read(&url, &options, out)?;
    let entries = runner::status(target.as_deref(), &options, &list)?;
    let activity = match target.as_deref() {
        Some(target) => runner::activity(target, &options)?,
        // A run that was killed before it made the file has left its lock.
        None => url
            .file()
            .and_then(|file| runner::interruption(&file))
            .map(|progress| Activity::Interrupted { progress }),
    };
    let (interrupted, running) = match activity {
        Some(Activity::Interrupted { progress }) => (Some(progress), None),
        Some(Activity::Running {
            progress,
            machine,
            silent,
        }) => {
            out.warn(&format!(
                "note: a run is going on (process {} on {machine}, last seen {silent} s ago)",
                progress.process
            ));
            (None, Some(progress))
        }
        None => (None, None),
    };
    let count = |holds: &dyn Fn(State) -> bool| entries.iter().filter(|e| holds(e.state)).count();
    let report = Report {
        database: url.to_string(),
        ledger: &options.ledger,
        migrations: &entries,
        applied: count(&|s| s == State::Applied),
        pending: count(&State::is_pending),
        out_of_order: count(&|s| s == State::OutOfOrder),
        missing: count(&|s| s == State::Missing),
        changed: count(&|s| s == State::Changed),
        interrupted,
        running,
    };
    if let Some(text) = report
        .interrupted
        .as_ref()
        .and_then(Progress::as_interruption)
    {
        out.warn(&format!("note: {text}"));
    }
    if out.json {
        out.json(&report)?;
    } else {
        out.result(&text(&report));
    }
    let settled = report.pending + report.missing + report.changed == 0;
    Ok(if check && !settled {
        Status::Refused
    } else {
        Status::Done
    })
}

fn text(report: &Report<'_>) -> String {
    let width = report
        .migrations
        .iter()
        .map(|e| e.version.chars().count())
        .chain(["migration".len()])
        .max()
        .unwrap_or_default();
    let line = |state: &str, name: &str, at: &str| {
        let line = format!("{state:<12}  {name:<width$}  {at}");
        line.trim_end().to_owned() + "\n"
    };
    let mut text = format!("database {}, ledger {}\n\n", report.database, report.ledger);
    if !report.migrations.is_empty() {
        text.push_str(&line("state", "migration", "applied at (UTC)"));
        for entry in report.migrations {
            let at = entry.applied_at.as_deref().unwrap_or("");
            text.push_str(&line(entry.state.word(), &entry.version, at));
        }
        text.push('\n');
    }
    let mut counts = vec![
        format!("{} applied", report.applied),
        format!("{} pending", report.pending),
    ];
    for (count, word) in [
        (report.out_of_order, "of them out of order"),
        (report.missing, "missing"),
        (report.changed, "changed"),
    ] {
        if count > 0 {
            counts.push(format!("{count} {word}"));
        }
    }
    text + &counts.join(", ") + "\n"
}

pub(super) fn verify(args: &MigrateArgs, out: &Log) -> anyhow::Result<Status> {
    let url = database(args)?;
    let list = migrations(args, out)?;
    let options = options(args);
    let findings: Vec<Finding> = match open_to_read(&url, &options, out)? {
        Some(target) => runner::verify(target.as_ref(), &options.ledger, &list)?,
        None => Vec::new(),
    };
    if out.json {
        out.json(&serde_json::json!({ "database": url.to_string(), "findings": findings }))?;
    } else if findings.is_empty() {
        out.result(
            "the ledger agrees with the files; integrity_check and foreign_key_check are clean\n",
        );
    } else {
        let lines: String = findings.iter().map(|f| format!("{f}\n")).collect();
        out.result(&lines);
    }
    Ok(if findings.is_empty() {
        Status::Done
    } else {
        Status::Different
    })
}
