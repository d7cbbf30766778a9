//! `decant cutover`: the whole move in order, from one configuration.

use std::path::PathBuf;

use super::history::HistoryArgs;
use super::progress::Progress;
use super::{Context, Status};
use crate::config::Importer;
use crate::pipeline::{self, CutoverOptions, ShowTimes};
use crate::report::text;
use crate::sqlite::publish::Replace;

/// Arguments of `decant cutover`.
#[derive(Debug, clap::Args)]
pub struct CutoverArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// URL of a live PostgreSQL, or a dump of pg_dump: a file in any of its formats, or the folder of the directory format (by default what decant.toml or DATABASE_URL name)
    #[arg(long, value_name = "URL|DUMP")]
    source: Option<String>,
    /// The SQLite file to make
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
    /// Do everything but publish, and keep the timings for the estimate of the next run
    #[arg(long)]
    rehearse: bool,
    /// Put the verified file in the place of an existing one, which is kept as a numbered backup
    #[arg(long)]
    replace: bool,
    /// Go on with what a run that was killed has left, as far as the source still gives the same rows; and if this one ends early,
    /// keep what it has done for the next
    #[arg(long)]
    resume: bool,
    /// Leave clock readings out of report.html: the same inputs give the same bytes
    #[arg(long)]
    no_times: bool,
    /// Write the evidence too (inputs but for rows, hashes, settings, migrations, report, and how to repeat the run): a folder, or a
    /// file whose name ends with .tar
    #[arg(long, value_name = "DIR|FILE.tar")]
    bundle: Option<PathBuf>,
    /// Accept every loss in its default form; each is still counted and listed
    #[arg(long)]
    accept_lossy: bool,
    /// Leave a file that this service imports as it is: WAL, pages of 4096 bytes, nothing that it cannot open
    #[arg(long = "for", value_enum, value_name = "SERVICE")]
    importer: Option<Importer>,
}

/// Runs it and prints the report.
pub fn run(args: &CutoverArgs, context: &Context) -> anyhow::Result<Status> {
    let mut config = context.config()?;
    config.storage.accept_lossy |= args.accept_lossy;
    config.target.importer = args.importer.or(config.target.importer);
    config.target.check()?;
    let history = args.history.required(&config)?;
    let source = super::port::source(args.source.as_deref(), &config)?;
    let target = match (&args.target, &config.target.file) {
        (Some(flag), _) => flag.clone(),
        (None, Some(key)) => config.path(key),
        (None, None) => return Err(pipeline::Error::NoTarget.into()),
    };
    let level = super::verify::level(None, &config)?;
    let log = config.path(&config.report.dir).join("cutover.log");
    let progress = Progress::new(context.out, Some(&log))?;
    if let Some(millis) = pipeline::last_run(&config) {
        progress.line(&format!(
            "the last run took {:.1} s",
            std::time::Duration::from_millis(millis).as_secs_f64()
        ));
    }
    let options = CutoverOptions {
        history,
        source,
        target,
        level,
        rehearse: args.rehearse,
        replace: match (args.rehearse, args.replace) {
            (true, _) => Replace::Never,
            (false, true) => Replace::Yes,
            (false, false) => Replace::No,
        },
        resume: super::port::resume(args.resume),
        command: if args.rehearse {
            "cutover --rehearse"
        } else {
            "cutover"
        }
        .to_owned(),
        times: if args.no_times {
            ShowTimes::No
        } else {
            ShowTimes::Yes
        },
        bundle: args.bundle.clone(),
        config,
    };
    let done = match pipeline::cutover(&options, &progress, &context.interrupt) {
        Ok(done) => done,
        Err(error) => {
            progress.log(&format!("ended: {error}"));
            return Err(error.into());
        }
    };
    if context.out.json {
        context.out.json(&done.report)?;
    } else {
        context.out.result(&text::render(
            &done.report,
            Some(&done.times),
            context.out.screen(),
        ));
    }
    match &done.published {
        Some(published) => {
            progress.line(&format!(
                "published {} ({} bytes, sha256 {})",
                published.target.display(),
                published.bytes,
                published.sha256
            ));
            if let Some(backup) = &published.backup {
                progress.line(&format!(
                    "the file that had the name before is {}",
                    backup.display()
                ));
            }
        }
        None if args.rehearse => progress.line("rehearsal: nothing was published"),
        None => progress.line("nothing was published"),
    }
    for file in &done.written {
        progress.log(&format!("wrote {}", file.display()));
    }
    Ok(if done.report.verdict.safe {
        Status::Done
    } else {
        Status::Different
    })
}
