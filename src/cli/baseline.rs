//! `decant baseline`: the one migration that stands for the history.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Serialize;

use super::history::HistoryArgs;
use super::{Context, Status};
use crate::config::SeedData;
use crate::lower::{Grade, Loss};
use crate::pipeline::{
    self, ConvertedRevision, Downgrades, SeedOutcome, SeedStatement, SquashOptions, Squashed,
    read_history,
};
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
    #[arg(long, value_name = "NAME", default_value = "custom", value_parser = super::format_names())]
    format: String,
    /// Convert the last N revisions, in the order of replay, one by one
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep_last: usize,
    /// Rows that the history itself writes (by default as decant.toml says, else keep)
    #[arg(long, value_enum, value_name = "CHOICE")]
    seed_data: Option<SeedData>,
    /// Name part of the file name
    #[arg(long)]
    name: Option<String>,
    /// Time stamp of the file name (by default the newest Create Date of the history)
    #[arg(long, value_name = "YYYYMMDDHHMMSS")]
    timestamp: Option<String>,
    /// Accept every loss in its default form; each is still listed
    #[arg(long)]
    accept_lossy: bool,
    /// Write the files although some statements have no equal; each is listed
    #[arg(long)]
    accept_unconverted: bool,
}

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Written<'a> {
    files: Vec<String>,
    replaced: &'a [String],
    /// Baseline files, to be marked in databases that are there already.
    mark: Vec<&'a str>,
    /// Statements of those revisions that write rows.
    seeds: &'a [SeedStatement],
    /// Rows that tables get.
    rows: &'a IndexMap<String, usize>,
    /// Revisions that were converted one by one.
    kept: &'a [ConvertedRevision],
    losses: &'a [Loss],
    unused_accepts: &'a [String],
    advice: &'a [Advice],
}

/// Writes the files, unless something is open or would be lost.
pub fn run(args: &BaselineArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let read = read_history(&args.history.required(&config)?)?;
    let downgrades = match args.keep_last {
        0 => Downgrades::Skip,
        _ => Downgrades::Keep,
    };
    let replayed = read.replay_with(&args.at, downgrades)?;
    super::inspect::tell_diagnostics(&context.out, &replayed.diagnostics);
    replayed.complete()?;
    let mut storage = config.storage.clone();
    storage.accept_lossy |= args.accept_lossy;
    let format = super::format(&args.format)?;
    let options = SquashOptions {
        name: args
            .name
            .clone()
            .unwrap_or_else(|| config.baseline.name.clone()),
        timestamp: args
            .timestamp
            .clone()
            .or_else(|| config.baseline.timestamp.clone()),
        keep_last: args.keep_last,
        seed_data: args.seed_data.unwrap_or(config.baseline.seed_data),
        seeds: config.baseline.seeds.clone(),
        format,
    };
    let squashed = pipeline::squash(&replayed, &storage, &options)?;
    squashed.accepted()?;
    let open = super::convert::tell_unconverted(&squashed.kept, context);
    if !args.accept_unconverted {
        if open > 0 {
            anyhow::bail!(pipeline::Error::Unconverted(open));
        }
        let open = squashed.open_seeds().map(|s| match &s.outcome {
            SeedOutcome::Open(why) => (s.key.clone(), why.clone()),
            _ => (s.key.clone(), String::new()),
        });
        let open: Vec<(String, String)> = open.collect();
        if !open.is_empty() {
            anyhow::bail!(pipeline::Error::Seeds(open));
        }
    }
    let dir = args
        .out
        .clone()
        .unwrap_or_else(|| config.path(&config.baseline.dir));
    let mut files = Vec::new();
    for file in &squashed.texts {
        let path = dir.join(&file.path);
        pipeline::write_file(&path, file.text.as_bytes())?;
        files.push(path.display().to_string());
    }
    let lowering = &squashed.lowering;
    let own = squashed.files.iter().take(squashed.baseline_files);
    let mark: Vec<&str> = own.map(|f| f.file_name.as_str()).collect();
    let advice = advise(&lowering.sqlite);
    if context.out.json {
        context.out.json(&Written {
            files,
            replaced: &squashed.replaced,
            mark,
            seeds: &squashed.seeds,
            rows: &squashed.rows,
            kept: &squashed.kept,
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
        squashed.replaced.len(),
        lowering.sqlite.tables.len(),
        lowering.sqlite.indexes.len(),
        lowering.sqlite.views.len(),
        lowering.sqlite.triggers.len(),
        kept,
        lowering.losses.len() - kept,
    ));
    tell_seeds(&squashed, context);
    if !squashed.kept.is_empty() {
        context.out.tell(&format!(
            "{} revisions behind it are converted one by one",
            squashed.kept.len()
        ));
    }
    context.out.tell(&match format.name() {
        "alembic" => format!(
            "a database that was ported is at the same revision already: alembic stamp {}",
            squashed.replaced.last().map_or("head", String::as_str)
        ),
        _ => format!(
            "a database that has these tables already is told so, and nothing is run: decant migrate mark {}",
            mark.join(" ")
        ),
    });
    if !format.has_down() {
        context
            .out
            .tell(&format!("files of {} have no way back", format.name()));
    }
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

/// Lists the statements of the history that write rows, and what becomes of each.
fn tell_seeds(squashed: &Squashed, context: &Context) {
    for statement in &squashed.seeds {
        let what = match &statement.outcome {
            SeedOutcome::Kept => "kept".to_owned(),
            SeedOutcome::Nothing => "leaves nothing in an empty database".to_owned(),
            SeedOutcome::Dropped => "left out, as decant.toml says".to_owned(),
            SeedOutcome::Open(why) => format!("NOT in the baseline: {why}"),
        };
        context.out.tell(&format!(
            "{} {} {} ({}): {what}",
            statement.key, statement.class, statement.table, statement.origin.place
        ));
    }
    if !squashed.rows.is_empty() {
        let rows = squashed.rows.iter();
        let rows: Vec<String> = rows.map(|(table, n)| format!("{table} {n}")).collect();
        context.out.tell(&format!("rows: {}", rows.join(", ")));
    }
}
