//! `decant verify`: two or three sides compared, by default a source and a SQLite file.

use std::path::PathBuf;

use clap::ValueEnum as _;

use super::history::HistoryArgs;
use super::progress::Progress;
use super::{Context, Status};
use crate::config::Config;
use crate::pipeline::{self, Hashes, PortOptions, Side, VerifyOptions};
use crate::report::Report;
use crate::report::text;
use crate::sqlite::remote;
use crate::verify::query::Values;
use crate::verify::{Level, Verification};

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
    /// Compare so many tables at the same time: connections on one snapshot of a live PostgreSQL, and to the SQLite file. The report is
    /// the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: u32,
    /// Folder for report.md, report.html and report.json
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write the evidence too (report, scripts, settings, hashes, and how to repeat the run; no rows): a folder, or a file whose name
    /// ends with .tar
    #[arg(long, value_name = "DIR|FILE.tar", conflicts_with_all = ["models", "query"])]
    bundle: Option<PathBuf>,
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
    if let Some(bundle) = args.bundle.as_deref().filter(|b| b.exists()) {
        return Err(pipeline::Error::BundleExists(bundle.to_owned()).into());
    }
    let how = VerifyOptions {
        show_values: args.show_values,
        jobs: args.jobs,
        hashes: match args.bundle {
            Some(_) => Hashes::All,
            None => Hashes::Scripts,
        },
        remote: remote::Options {
            token: super::migrate::auth_token()?,
            ..remote::Options::default()
        },
    };
    let progress = Progress::new(context.out, None)?;
    let report = pipeline::verify(&options, &sides, &how, &progress, &context.interrupt)?;
    if let Some(verification) = &report.verification {
        tell_times(verification, context);
    }
    if let Some(to) = &args.bundle {
        let named = named(args, &options.config)?;
        pipeline::bundle_verification(to, &options.config, &named, &flags(args), &report)?;
        context.out.tell(&format!("wrote {}", to.display()));
    }
    finish(args, &report, context)
}

/// Says how long the comparison took, and SQLite's own checks apart from it.
fn tell_times(verification: &Verification, context: &Context) {
    let times = pipeline::verify_times(verification);
    let parts: Vec<String> = times
        .stages
        .iter()
        .filter(|stage| stage.millis > 0)
        .map(|stage| {
            let took = std::time::Duration::from_millis(stage.millis);
            format!("{} {:.1} s", stage.name, took.as_secs_f64())
        })
        .collect();
    if !parts.is_empty() {
        context.out.tell(&format!("took: {}", parts.join(", ")));
    }
}

/// The sides as the command line or the configuration names them.
fn named(args: &VerifyArgs, config: &Config) -> anyhow::Result<Vec<String>> {
    if !args.sides.is_empty() {
        return Ok(args.sides.clone());
    }
    let target = match (&args.target, &config.target.file) {
        (Some(flag), _) => flag.clone(),
        (None, Some(key)) => config.path(key),
        (None, None) => return Err(pipeline::Error::NoTarget.into()),
    };
    let source = super::port::source(args.source.as_deref(), config)?;
    Ok(vec![source, target.display().to_string()])
}

/// The flags that decide about the result, as they were given.
fn flags(args: &VerifyArgs) -> Vec<String> {
    let mut out = args.history.words();
    if let Some(level) = args.level {
        out.extend(["--level".to_owned(), level.name().to_owned()]);
    }
    for (flag, set) in [
        ("--accept-lossy", args.accept_lossy),
        ("--show-values", args.show_values),
    ] {
        out.extend(set.then(|| flag.to_owned()));
    }
    out.extend(args.select.words());
    out
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
            .result(&text::render(report, None, context.out.screen()));
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
