//! `decant port`: the rows of a PostgreSQL database or dump into a new, verified SQLite file.

use std::path::PathBuf;

use super::history::HistoryArgs;
use super::progress::Progress;
use super::{Context, Status};
use crate::config::Config;
use crate::pipeline::{self, PortOptions};
use crate::port::CheckReport;
use crate::report::text::{self, Colour};
use crate::sqlite::publish::Replace;
use crate::verify::Level;

/// Arguments of `decant port`.
#[derive(Debug, clap::Args)]
pub struct PortArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// URL of a live PostgreSQL, or a plain pg_dump file
    #[arg(long, value_name = "URL|DUMP")]
    source: Option<String>,
    /// The SQLite file to make
    #[arg(long, value_name = "FILE", required_unless_present = "check")]
    target: Option<PathBuf>,
    /// Put the verified file in the place of an existing one, which is kept as a numbered backup
    #[arg(long)]
    replace: bool,
    /// Only count the values that would change or be refused; nothing is written
    #[arg(long, conflicts_with_all = ["target", "replace"])]
    check: bool,
    /// Accept every loss in its default form; each is still counted and listed
    #[arg(long)]
    accept_lossy: bool,
    /// How many rows the target may reject
    #[arg(long, value_name = "N")]
    max_rejects: Option<u64>,
    /// How thoroughly the file is compared with the source before it takes its name
    #[arg(long, value_enum)]
    level: Option<Level>,
}

/// The source that flags, configuration or the environment name.
pub fn source(flag: Option<&str>, config: &Config) -> anyhow::Result<String> {
    if let Some(source) = flag {
        return Ok(source.to_owned());
    }
    if let Some(dump) = &config.source.dump {
        return Ok(config.path(dump).display().to_string());
    }
    if let Some(url) = &config.source.url {
        return Ok(url.clone());
    }
    match std::env::var("DATABASE_URL") {
        Ok(url) if url.starts_with("postgres") => Ok(url),
        _ => Err(pipeline::Error::NoSource.into()),
    }
}

/// Runs it.
pub fn run(args: &PortArgs, context: &Context) -> anyhow::Result<Status> {
    let mut config = context.config()?;
    config.storage.accept_lossy |= args.accept_lossy;
    let options = PortOptions {
        history: args.history.options(&config)?,
        source: source(args.source.as_deref(), &config)?,
        max_rejects: args.max_rejects.unwrap_or(config.port.max_rejects),
        level: super::verify::level(args.level, &config)?,
        config,
    };
    let progress = Progress::new(context.out, None)?;
    let Some(target) = &args.target else {
        let report = pipeline::check(&options, &progress, &context.interrupt)?;
        if context.out.json {
            context.out.json(&report)?;
        } else {
            context.out.result(&check_text(&report));
        }
        return Ok(if !report.undecided.is_empty() {
            Status::Refused
        } else {
            Status::Done
        });
    };
    let replace = if args.replace {
        Replace::Yes
    } else {
        Replace::No
    };
    let done = pipeline::port(&options, target, replace, &progress, &context.interrupt)?;
    if context.out.json {
        context.out.json(&done.report)?;
    } else {
        context
            .out
            .result(&text::render(&done.report, None, Colour::Plain));
    }
    if let Some(published) = &done.published {
        progress.line(&format!("published {}", published.target.display()));
        if let Some(backup) = &published.backup {
            progress.line(&format!(
                "the file that had the name before is {}",
                backup.display()
            ));
        }
    }
    Ok(if done.report.verdict.safe {
        Status::Done
    } else {
        Status::Different
    })
}

/// The result of `--check` for people.
fn check_text(report: &CheckReport) -> String {
    let rows: u64 = report.tables.iter().map(|t| t.rows_read).sum();
    let mut out = format!(
        "{} tables, {rows} rows read, nothing written\n",
        report.tables.len()
    );
    for change in &report.changes {
        out.push_str(&format!(
            "{}.{}: {} {}: {} by decision\n",
            change.table,
            change.column,
            change.count,
            change.issue,
            change.rule.name()
        ));
    }
    for undecided in &report.undecided {
        out.push_str(&format!("{undecided}\n"));
    }
    out.push_str(match report.undecided.is_empty() {
        true => "every value has a form in SQLite\n",
        false => "decide each in decant.toml under [storage] accept, as \"table.column: rule\"\n",
    });
    out
}
