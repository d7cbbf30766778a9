//! `decant convert`: one migration per revision.

use std::path::PathBuf;

use serde::Serialize;

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::lower::Loss;
use crate::pipeline::{self, ConvertedRevision, Downgrades, read_history};

/// Arguments of `decant convert`.
#[derive(Debug, clap::Args)]
pub struct ConvertArgs {
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
    out: PathBuf,
    /// Format of the files
    #[arg(long, value_name = "NAME", default_value = "custom", value_parser = super::format_names())]
    format: String,
    /// Accept every loss in its default form; each is still listed
    #[arg(long)]
    accept_lossy: bool,
    /// Write the files although some statements have no equal; each is named in the head of its file
    #[arg(long)]
    accept_unconverted: bool,
}

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Written<'a> {
    files: Vec<String>,
    revisions: &'a [ConvertedRevision],
    losses: &'a [Loss],
}

/// Writes the files, unless something is open, would be lost or has no equal.
pub fn run(args: &ConvertArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let read = read_history(&args.history.required(&config)?)?;
    let replayed = read.replay_with(&args.at, Downgrades::Keep)?;
    super::inspect::tell_diagnostics(&context.out, &replayed.diagnostics);
    replayed.complete()?;
    let mut storage = config.storage.clone();
    storage.accept_lossy |= args.accept_lossy;
    let converted = pipeline::convert(&replayed, &storage, super::format(&args.format)?)?;
    let open = tell_unconverted(&converted.revisions, context);
    converted.accepted()?;
    if open > 0 && !args.accept_unconverted {
        anyhow::bail!(pipeline::Error::Unconverted(open));
    }
    let mut files = Vec::with_capacity(converted.texts.len());
    for file in &converted.texts {
        let path = args.out.join(&file.path);
        pipeline::write_file(&path, file.text.as_bytes())?;
        files.push(path.display().to_string());
    }
    if context.out.json {
        context.out.json(&Written {
            files,
            revisions: &converted.revisions,
            losses: &converted.lowering.losses,
        })?;
        return Ok(Status::Done);
    }
    for file in &files {
        context.out.result(&format!("{file}\n"));
    }
    let count = |test: fn(&ConvertedRevision) -> bool| {
        converted.revisions.iter().filter(|r| test(r)).count()
    };
    context.out.tell(&format!(
        "{} revisions as {} files: {} folded since they change nothing in SQLite, {} rebuild tables, {} statements without an equal",
        converted.revisions.len(),
        files.len(),
        count(|r| r.files.is_empty()),
        count(|r| !r.conversion.rebuilt.is_empty()),
        open,
    ));
    Ok(Status::Done)
}

/// Tells what has no equal, and how much that is.
pub(super) fn tell_unconverted(revisions: &[ConvertedRevision], context: &Context) -> usize {
    let mut open = 0;
    for revision in revisions {
        for item in &revision.conversion.unconverted {
            open += 1;
            let place = item.origin.as_ref().map(|o| format!(" ({})", o.place));
            context.out.warn(&format!(
                "revision {}{}: {}\n  no equal: {}",
                revision.conversion.revision,
                place.unwrap_or_default(),
                item.what,
                item.why
            ));
        }
    }
    open
}
