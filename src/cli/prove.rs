//! `decant prove`: baseline and converted revisions on scratch databases.

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::pipeline::{self, read_history};
use crate::prove::{Check, Outcome};

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
}

/// Runs the proof and tells what does not hold.
pub fn run(args: &ProveArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let replayed = read_history(&args.history.required(&config)?)?.replay(&args.at)?;
    super::inspect::tell_diagnostics(&context.out, &replayed.diagnostics);
    replayed.complete()?;
    // What is lost is lost on both sides alike: losses are for baseline and cutover to refuse.
    let mut storage = config.storage.clone();
    storage.accept_lossy = true;
    let proof = pipeline::prove(&replayed, &storage)?;
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
