//! `decant inspect`: what a history is and does, what was decided and assumed, and what could not be understood.

mod text;

use std::path::PathBuf;

use clap::ValueEnum;

use super::history::HistoryArgs;
use super::{Context, Output, Status};
use crate::config::Config;
use crate::diag::{Diagnostics, Severity, render_text, to_sarif};
use crate::lower::lower;
use crate::models::{self, Changes, Library};
use crate::pipeline::{Downgrades, Error, Inspection, Replayed, inspect, read_history};

/// Arguments of `decant inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
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
    /// Print every operation of every revision
    #[arg(long)]
    ops: bool,
    /// Print notes too: answered guards, data statements, statements without effect
    #[arg(long)]
    notes: bool,
    /// Tell only which columns need another type in the SQLAlchemy models on SQLite, what to write instead, and what happens
    /// otherwise
    #[arg(long, conflicts_with_all = ["ops", "notes", "sarif"])]
    models_changes: bool,
    /// How the result is printed; --json is the same as --format json
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the diagnostics as SARIF 2.1.0 to a file, beside the result
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// One document, as docs/inspect.md says.
    Json,
    /// The diagnostics as SARIF 2.1.0.
    Sarif,
}

/// Prints what was found; status 3 when something that the schema depends on stayed open.
pub fn run(args: &InspectArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let format = if context.out.json {
        Format::Json
    } else {
        args.format
    };
    let read = match read_history(&args.history.required(&config)?) {
        Err(Error::Graph(diagnostics)) => {
            sarif(args, format, &diagnostics, &context.out)?;
            if format == Format::Json {
                context
                    .out
                    .json(&serde_json::json!({ "diagnostics": diagnostics }))?;
            }
            return Err(Error::Graph(diagnostics).into());
        }
        other => other?,
    };
    let replayed = read.replay_with(&args.at, Downgrades::Check)?;
    if args.models_changes {
        return models_changes(&replayed, &config, format, context);
    }
    let mut inspection = inspect(&replayed, &args.at);
    if !args.ops {
        for revision in &mut inspection.revisions {
            revision.ops = None;
        }
    }
    sarif(args, format, &inspection.diagnostics, &context.out)?;
    match format {
        Format::Text => context.out.result(&text::text(&inspection, args.notes)?),
        Format::Json => context.out.json(&inspection)?,
        Format::Sarif => {}
    }
    Ok(status(&inspection))
}

/// Prints what the models must change. What stayed open in the history may hide a column: told, and status 3.
fn models_changes(
    replayed: &Replayed,
    config: &Config,
    format: Format,
    context: &Context,
) -> anyhow::Result<Status> {
    let lowering = lower(&replayed.schema, &config.storage);
    let changes = Changes::of(&lowering, Library::of(&replayed.read.sqlalchemy.version));
    match format {
        Format::Json => context.out.json(&changes)?,
        Format::Text | Format::Sarif => context.out.result(&models::text(&changes)),
    }
    if replayed.diagnostics.has_errors() {
        tell_diagnostics(&context.out, &replayed.diagnostics);
        context.out.warn(
            "decant: parts of the history were not understood; columns that they make may be missing in the list",
        );
        return Ok(Status::Refused);
    }
    Ok(Status::Done)
}

fn status(inspection: &Inspection) -> Status {
    if inspection.diagnostics.has_errors() {
        Status::Refused
    } else {
        Status::Done
    }
}

/// Writes SARIF to where it was asked for. Relative URIs start from the current folder.
fn sarif(
    args: &InspectArgs,
    format: Format,
    diagnostics: &Diagnostics,
    out: &Output,
) -> anyhow::Result<()> {
    if args.sarif.is_none() && format != Format::Sarif {
        return Ok(());
    }
    let base = std::env::current_dir().unwrap_or_default();
    let document = to_sarif(diagnostics, &base);
    if let Some(path) = &args.sarif {
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        super::output::write(out, Some(path), &text)?;
    }
    if format == Format::Sarif {
        out.json(&document)?;
    }
    Ok(())
}

/// Tells errors and warnings on stderr.
pub fn tell_diagnostics(out: &Output, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => out.warn(render_text(diagnostic).trim_end()),
            Severity::Warning => out.tell(render_text(diagnostic).trim_end()),
            Severity::Note => {}
        }
    }
}
