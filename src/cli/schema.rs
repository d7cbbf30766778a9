//! `decant schema`: the PostgreSQL schema that a history builds.

use std::path::PathBuf;

use clap::ValueEnum;

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::pg::emit::emit_schema;
use crate::pipeline::{Life, Replayed, What, read_history, why};

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
    /// Tell which revisions and lines made an object what it is, instead of printing the schema: TABLE, TABLE.COLUMN, or the name of a
    /// constraint, index, type, view, sequence, function or trigger; also one that is gone
    #[arg(long, value_name = "NAME")]
    why: Option<String>,
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
    if let Some(name) = &args.why {
        return tell_why(args, context, &replayed, name);
    }
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

/// Prints the lives of the objects of that name; status 2 when there never was one.
fn tell_why(
    args: &SchemaArgs,
    context: &Context,
    replayed: &Replayed,
    name: &str,
) -> anyhow::Result<Status> {
    let lives = why(replayed, name)?;
    let json = args.format == SchemaFormat::Json || context.out.json;
    let text = if json {
        format!("{}\n", serde_json::to_string_pretty(&lives)?)
    } else {
        lives.iter().map(life).collect::<Vec<_>>().join("\n")
    };
    if lives.is_empty() {
        context.out.warn(&format!(
            "decant: up to {} no revision ever made a table, column, constraint, index, type or other object called {name}",
            args.at
        ));
        return Ok(Status::Usage);
    }
    super::output::write(&context.out, args.output.as_deref(), &text)?;
    Ok(Status::Done)
}

/// A life as text: each event with its revision, place and line.
fn life(life: &Life) -> String {
    let name = life.names.last().map_or("", String::as_str);
    let mut text = format!(
        "{} {name}{}\n",
        life.kind,
        if life.exists { "" } else { " (is gone)" }
    );
    let own = format!("{} ", life.kind);
    for event in &life.events {
        let what = match event.what {
            What::Created => "created",
            What::Altered => "altered",
            What::Renamed => "renamed",
            What::Dropped => "dropped",
        };
        let revision = match event.origin.revision.as_str() {
            "" => "the base",
            id => id,
        };
        let details = match event.details.join("; ") {
            details if details.is_empty() => details,
            details => format!(": {details}"),
        };
        // What happened to the object itself goes without its name.
        let subject = if event.object.starts_with(&own) {
            String::new()
        } else {
            format!("{} ", event.object)
        };
        text.push_str(&format!(
            "  {revision}  {subject}{what}{details}\n      {}",
            event.origin.place
        ));
        match event.origin.place.text.trim() {
            "" => text.push('\n'),
            line => text.push_str(&format!("  {line}\n")),
        }
    }
    text
}
