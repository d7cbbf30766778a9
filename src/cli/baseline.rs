//! `decant baseline`: the one migration that stands for the history.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::lower::{Grade, Loss};
use crate::pipeline::{self, BaselineOptions, read_history};
use crate::sqlite::advice::{Advice, advise};

/// Arguments of `decant baseline`.
#[derive(Debug, clap::Args)]
pub struct BaselineArgs {
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
    /// Folder for the migration files
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of the files
    #[arg(long, value_enum, default_value_t = FormatName::Custom)]
    format: FormatName,
    /// Name part of the file name
    #[arg(long)]
    name: Option<String>,
    /// Time stamp of the file name (by default the newest Create Date of the history)
    #[arg(long, value_name = "YYYYMMDDHHMMSS")]
    timestamp: Option<String>,
    /// Accept every loss in its default form; each is still listed
    #[arg(long)]
    accept_lossy: bool,
}

/// A migration format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// The team's own tool: one file with an UP and a DOWN section.
    Custom,
}

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Written<'a> {
    files: Vec<String>,
    replaced: &'a [String],
    losses: &'a [Loss],
    unused_accepts: &'a [String],
    advice: &'a [Advice],
}

/// Writes the files, unless something is open or would be lost.
pub fn run(args: &BaselineArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let replayed = read_history(&args.history.required(&config)?)?.replay(&args.at)?;
    super::inspect::tell_diagnostics(&context.out, &replayed.diagnostics);
    replayed.complete()?;
    let mut storage = config.storage.clone();
    storage.accept_lossy |= args.accept_lossy;
    let timestamp = pipeline::baseline_timestamp(
        &replayed,
        args.timestamp
            .as_deref()
            .or(config.baseline.timestamp.as_deref()),
    )?;
    let options = BaselineOptions {
        name: args
            .name
            .clone()
            .unwrap_or_else(|| config.baseline.name.clone()),
        timestamp,
        replaced: replayed
            .revisions
            .iter()
            .map(|r| r.revision.clone())
            .collect(),
    };
    let baseline = pipeline::baseline(&replayed.schema, &storage, &options)?;
    baseline.accepted()?;
    let FormatName::Custom = args.format;
    let dir = args
        .out
        .clone()
        .unwrap_or_else(|| config.path(&config.baseline.dir));
    let mut files = Vec::new();
    for file in &baseline.texts {
        let path = dir.join(&file.path);
        pipeline::write_file(&path, file.text.as_bytes())?;
        files.push(path.display().to_string());
    }
    let lowering = &baseline.lowering;
    let advice = advise(&lowering.sqlite);
    if context.out.json {
        context.out.json(&Written {
            files,
            replaced: &options.replaced,
            losses: &lowering.losses,
            unused_accepts: &lowering.unused_accepts,
            advice: &advice,
        })?;
        return Ok(Status::Done);
    }
    for file in &files {
        context.out.result(&format!("{file}\n"));
    }
    let kept = lowering
        .losses
        .iter()
        .filter(|l| l.grade < Grade::Lossy)
        .count();
    context.out.tell(&format!(
        "stands for {} revisions: {} tables, {} indexes, {} views, {} triggers; {} objects are kept in another form or enforced less strictly, {} accepted losses",
        options.replaced.len(),
        lowering.sqlite.tables.len(),
        lowering.sqlite.indexes.len(),
        lowering.sqlite.views.len(),
        lowering.sqlite.triggers.len(),
        kept,
        lowering.losses.len() - kept,
    ));
    for entry in &lowering.unused_accepts {
        context
            .out
            .warn(&format!("decant.toml accepts {entry}, which is not needed"));
    }
    tell_advice(&advice, context);
    Ok(Status::Done)
}

/// Notes about the schema, none of which was acted upon.
fn tell_advice(advice: &[Advice], context: &Context) {
    if advice.is_empty() {
        return;
    }
    context
        .out
        .tell(&format!("advice, not acted upon ({}):", advice.len()));
    for item in advice {
        context
            .out
            .tell(&format!("  {}: {}", item.object, item.note));
        if let Some(sql) = &item.sql {
            context.out.tell(&format!("    {sql};"));
        }
    }
}
