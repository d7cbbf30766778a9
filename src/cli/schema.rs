//! `decant schema`: the PostgreSQL schema that a history builds.

use std::path::PathBuf;

use clap::ValueEnum;

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::pg::emit::emit_schema;
use crate::pipeline::read_history;

/// Arguments of `decant schema`.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// Up to this revision, in Alembic's syntax: heads, head, an id or its beginning, branch@head, REV+2
    #[arg(
        long,
        value_name = "REV",
        default_value = "heads",
        allow_hyphen_values = true
    )]
    at: String,
    /// SQL that PostgreSQL accepts, or JSON
    #[arg(long, value_enum, default_value_t = SchemaFormat::Sql)]
    format: SchemaFormat,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a schema is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SchemaFormat {
    /// DDL.
    Sql,
    /// The model.
    Json,
}

/// Prints the schema, also when something stayed unresolved; then the status is 3.
pub fn run(args: &SchemaArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let replayed = read_history(&args.history.required(&config)?)?.replay(&args.at)?;
    let text = if args.format == SchemaFormat::Json || context.out.json {
        let mut text = serde_json::to_string_pretty(&replayed.schema)?;
        text.push('\n');
        text
    } else {
        emit_schema(&replayed.schema)
    };
    super::output::write(&context.out, args.output.as_deref(), &text)?;
    super::inspect::tell_diagnostics(&context.out, &replayed.diagnostics);
    match replayed.complete() {
        Ok(()) => Ok(Status::Done),
        Err(error) => {
            context.out.warn(&format!("decant: {error}"));
            Ok(Status::Refused)
        }
    }
}
