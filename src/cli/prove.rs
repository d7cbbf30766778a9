//! `decant prove`: baseline and converted revisions on scratch databases.

use std::path::PathBuf;

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::pipeline::{self, Downgrades, read_history};
use crate::prove::{Check, Outcome, Proof};
use crate::report::junit;

/// Arguments of `decant prove`.
#[derive(Debug, clap::Args)]
pub struct ProveArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// Up to this revision, in Alembic's syntax
    #[arg(
        long,
        value_name = "REV",
        default_value = "heads",
        allow_hyphen_values = true
    )]
    at: String,
    /// How many made-up rows each table gets
    #[arg(long, value_name = "N", default_value_t = crate::prove::ROWS)]
    rows: usize,
    /// Write the checks as JUnit XML, for a build server
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Compare the replayed schema with a PostgreSQL database or dump that the history was run on
    #[arg(long, value_name = "URL")]
    pg: Option<String>,
}

/// Runs the proof and tells what does not hold.
pub fn run(args: &ProveArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let read = read_history(&args.history.required(&config)?)?;
    let replayed = read.replay_with(&args.at, Downgrades::Keep)?;
    super::inspect::tell_diagnostics(&context.out, &replayed.diagnostics);
    replayed.complete()?;
    // What is lost is lost on both sides alike: losses are for baseline and cutover to refuse.
    let mut storage = config.storage.clone();
    storage.accept_lossy = true;
    let mut proof = pipeline::prove(&replayed, &storage, args.rows)?;
    match &args.pg {
        Some(url) => pipeline::prove_catalog(&replayed, url, &mut proof, &context.interrupt)?,
        None => context
            .out
            .tell("not compared with a PostgreSQL catalog: give one with --pg URL"),
    }
    if let Some(path) = &args.junit {
        let text = junit::render("decant prove", &cases(&proof));
        pipeline::write_file(path, text.as_bytes())?;
    }
    let failed = proof.failures().count();
    let status = if failed == 0 {
        Status::Done
    } else {
        Status::Different
    };
    if context.out.json {
        context.out.json(&proof)?;
        return Ok(status);
    }
    for check in &proof.checks {
        match &check.outcome {
            Outcome::Passed => {}
            Outcome::Noted(note) => context.out.tell(&line("note", check, note)),
            Outcome::Failed(why) => context
                .out
                .result(&format!("{}\n", line("FAILED", check, why))),
        }
    }
    context.out.result(&format!(
        "{}: {} checks, {failed} failed\n",
        if failed == 0 { "PROVEN" } else { "NOT PROVEN" },
        proof.checks.len(),
    ));
    Ok(status)
}

fn line(word: &str, check: &Check, text: &str) -> String {
    format!("{word} {} {}: {text}", check.kind, check.subject)
}

fn cases(proof: &Proof) -> Vec<junit::Case> {
    let checks = proof.checks.iter().map(|check| junit::Case {
        class: check.kind.to_owned(),
        name: check.subject.clone(),
        outcome: match &check.outcome {
            Outcome::Passed => junit::Outcome::Passed,
            Outcome::Noted(note) => junit::Outcome::Noted(note.clone()),
            Outcome::Failed(why) => junit::Outcome::Failed(why.clone()),
        },
    });
    checks.collect()
}
