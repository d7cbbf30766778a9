//! `decant verify`: two or three sides compared, by default a source and a SQLite file.

use std::path::PathBuf;

use clap::ValueEnum as _;

use super::history::HistoryArgs;
use super::progress::Progress;
use super::{Context, Status};
use crate::config::Config;
use crate::pipeline::{self, PortOptions, Side, VerifyOptions};
use crate::report::Report;
use crate::report::text::{self, Colour};
use crate::sqlite::remote;
use crate::verify::Level;
use crate::verify::query::Values;

/// Arguments of `decant verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Two or three of: history, history@REVISION, the URL of a live PostgreSQL, a dump, a SQLite file, the URL of a libSQL server
    #[arg(value_name = "SIDE", num_args = 0..=3, conflicts_with_all = ["source", "target"])]
    sides: Vec<String>,
    #[command(flatten)]
    history: HistoryArgs,
    /// URL of a live PostgreSQL, a dump of pg_dump (a file in any of its formats, or the folder of the directory format), or `history` (schema alone)
    #[arg(long, value_name = "URL|DUMP|history")]
    source: Option<String>,
    /// The SQLite file, or the URL of a libSQL server (token: DATABASE_AUTH_TOKEN)
    #[arg(long, value_name = "FILE|URL")]
    target: Option<PathBuf>,
    /// How thoroughly data is compared
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Accept every loss in its default form, as the port was told to
    #[arg(long)]
    accept_lossy: bool,
    /// Show the values of cells that differ
    #[arg(long)]
    show_values: bool,
    /// Folder for report.md, report.html and report.json
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Compare nothing: write a Python check of your own SQLAlchemy models (check_models.py), column types for them (portable_types.py)
    /// and the list of what must change (MODELS.md) into a folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["sides", "level", "report"])]
    models: Option<PathBuf>,
    /// Compare the results of the queries in this file and nothing else (docs/queries.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sides", "level", "models"])]
    query: Option<PathBuf>,
    #[command(flatten)]
    select: super::port::SelectArgs,
}

/// The level that flag or configuration name.
pub fn level(flag: Option<Level>, config: &Config) -> anyhow::Result<Level> {
    match flag {
        Some(level) => Ok(level),
        None => Level::from_str(&config.report.level, true).map_err(|_| {
            anyhow::anyhow!(
                "decant.toml: report.level: `{}` is not counts, sample, digest or full",
                config.report.level
            )
        }),
    }
}

/// The sides that were named, or else the source and the target of flags and configuration.
fn sides(args: &VerifyArgs, config: &Config) -> anyhow::Result<Vec<Side>> {
    if !args.sides.is_empty() {
        let sides = args.sides.iter().map(|s| Side::parse(s));
        return Ok(sides.collect::<Result<_, _>>()?);
    }
    let target = match (&args.target, &config.target.file) {
        (Some(flag), _) => flag.clone(),
        (None, Some(key)) => config.path(key),
        (None, None) => return Err(pipeline::Error::NoTarget.into()),
    };
    let source = super::port::source(args.source.as_deref(), config)?;
    let source = match source.strip_prefix("history") {
        Some("") => Side::History("heads".to_owned()),
        Some(at) if at.starts_with('@') => Side::parse(&source)?,
        _ => Side::Postgres(source),
    };
    Ok(vec![source, Side::target(&target)?])
}

/// Runs it.
pub fn run(args: &VerifyArgs, context: &Context) -> anyhow::Result<Status> {
    let mut config = context.config()?;
    config.storage.accept_lossy |= args.accept_lossy;
    if let Some(dir) = &args.models {
        return models(args, config, dir, context);
    }
    if let Some(file) = &args.query {
        let target = match (&args.target, &config.target.file) {
            (Some(flag), _) => flag.clone(),
            (None, Some(key)) => config.path(key),
            (None, None) => return Err(pipeline::Error::NoTarget.into()),
        };
        let source = super::port::source(args.source.as_deref(), &config)?;
        let values = if args.show_values {
            Values::Shown
        } else {
            Values::Hidden
        };
        let report = pipeline::queries(file, &source, &target, values, &context.interrupt)?;
        return finish(args, &report, context);
    }
    let sides = sides(args, &config)?;
    let history = match args.history.options(&config)? {
        None if sides.iter().any(|s| matches!(s, Side::History(_))) => {
            Some(args.history.required(&config)?)
        }
        other => other,
    };
    let options = PortOptions {
        history,
        source: String::new(),
        max_rejects: 0,
        level: level(args.level, &config)?,
        selection: args.select.selection(),
        resume: pipeline::Resume::No,
        config,
    };
    let how = VerifyOptions {
        show_values: args.show_values,
        remote: remote::Options {
            token: super::migrate::auth_token()?,
            ..remote::Options::default()
        },
    };
    let progress = Progress::new(context.out, None)?;
    let report = pipeline::verify(&options, &sides, &how, &progress, &context.interrupt)?;
    finish(args, &report, context)
}

/// Writes and prints a report; status 4 when it is not green.
fn finish(args: &VerifyArgs, report: &Report, context: &Context) -> anyhow::Result<Status> {
    if let Some(dir) = &args.report {
        for file in pipeline::write_report(dir, report)? {
            context.out.tell(&format!("wrote {}", file.display()));
        }
    }
    if context.out.json {
        context.out.json(report)?;
    } else {
        context
            .out
            .result(&text::render(report, None, Colour::Plain));
    }
    Ok(if report.verdict.safe {
        Status::Done
    } else {
        Status::Different
    })
}

/// `--models`: needs a history, or a source for its schema; no SQLite file.
fn models(
    args: &VerifyArgs,
    config: Config,
    dir: &std::path::Path,
    context: &Context,
) -> anyhow::Result<Status> {
    let history = args.history.options(&config)?;
    let source = match (&history, &args.source) {
        (Some(_), None) => String::new(),
        (None, Some(source)) if source == "history" => {
            return Err(pipeline::Error::NoScripts.into());
        }
        (_, source) => super::port::source(source.as_deref(), &config)?,
    };
    let options = PortOptions {
        history,
        source,
        max_rejects: 0,
        level: Level::Digest,
        selection: args.select.selection(),
        resume: pipeline::Resume::No,
        config,
    };
    let written = pipeline::write_models(&options, dir, &context.interrupt)?;
    if context.out.json {
        let names: Vec<_> = written.iter().map(|p| p.display().to_string()).collect();
        context.out.json(&serde_json::json!({ "written": names }))?;
    } else {
        for file in &written {
            context.out.result(&format!("wrote {}\n", file.display()));
        }
    }
    context.out.tell(&format!(
        "run: python {}/check_models.py --postgres URL --sqlite FILE --models your_app.models",
        dir.display()
    ));
    Ok(Status::Done)
}
