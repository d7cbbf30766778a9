//! `decant port`: the rows of a PostgreSQL database or dump into a new, verified SQLite file.

use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::history::HistoryArgs;
use super::progress::Progress;
use super::{Context, Status};
use crate::config::{Config, Importer};
use crate::files;
use crate::pg::select::Selection;
use crate::pipeline::{self, PortOptions, Resume};
use crate::report::{Report, text};
use crate::sqlite::publish::Replace;
use crate::sqlite::remote::{self, MARKER, RemoteUrl, Stream, UploadError};
use crate::sqlite::tenants::{self, Shared, Unrouted};
use crate::verify::Level;

/// Which rows of the source are asked for.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SelectArgs {
    /// Only the rows of these tables: a name or pattern with * and ?, with or without its schema (repeatable)
    #[arg(long = "table", value_name = "PATTERN")]
    tables: Vec<String>,
    /// No rows of these tables (repeatable)
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Only rows that meet a condition, evaluated by the live source: TABLE=SQL (repeatable)
    #[arg(long = "where", value_name = "TABLE=SQL")]
    conditions: Vec<String>,
    /// For rehearsals: TABLE.COLUMN=null, hash, mask or fixed:TEXT in the place of every value (repeatable)
    #[arg(long = "redact", value_name = "TABLE.COLUMN=RULE")]
    redactions: Vec<String>,
}

impl SelectArgs {
    /// The flags as they were given.
    pub fn words(&self) -> Vec<String> {
        let flags = [
            ("--table", &self.tables),
            ("--exclude", &self.exclude),
            ("--where", &self.conditions),
            ("--redact", &self.redactions),
        ];
        flags
            .into_iter()
            .flat_map(|(flag, values)| {
                values
                    .iter()
                    .flat_map(move |v| [flag.to_owned(), v.clone()])
            })
            .collect()
    }

    /// The same for a source.
    pub fn selection(&self) -> Selection {
        Selection {
            tables: self.tables.clone(),
            exclude: self.exclude.clone(),
            conditions: self.conditions.clone(),
            redactions: self.redactions.clone(),
        }
    }
}

/// One file per tenant.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TenantArgs {
    /// One file per value of a column: the target is a folder of files, rows go where their foreign keys lead
    #[arg(long, value_name = "TABLE.COLUMN", conflicts_with_all = ["check", "resume", "replace"])]
    database_per: Option<String>,
    /// Where the tables of no tenant go: a copy into each file, or all into one file of their own
    #[arg(long, value_enum)]
    shared: Option<Shared>,
    /// What becomes of rows whose foreign keys lead to no tenant
    #[arg(long, value_enum)]
    unrouted: Option<Unrouted>,
    /// The column of the foreign key that counts where several lead to different tenants: TABLE=COLUMN (repeatable)
    #[arg(long, value_name = "TABLE=COLUMN")]
    via: Vec<String>,
}

impl TenantArgs {
    /// What flags and configuration ask for; `None` when it is one file.
    fn options(&self, config: &Config) -> anyhow::Result<Option<tenants::Options>> {
        let Some(per) = self
            .database_per
            .clone()
            .or(config.port.database_per.clone())
        else {
            return Ok(None);
        };
        let mut via = config.port.via.clone();
        for given in &self.via {
            let (table, column) = given.split_once('=').ok_or_else(|| {
                crate::pg::Error::Config(format!("--via {given}: it must be TABLE=COLUMN"))
            })?;
            via.insert(table.to_owned(), column.to_owned());
        }
        Ok(Some(tenants::Options {
            per,
            shared: self.shared.unwrap_or(config.port.shared),
            unrouted: self.unrouted.unwrap_or(config.port.unrouted),
            via,
        }))
    }
}

/// Arguments of `decant port`.
#[derive(Debug, clap::Args)]
pub struct PortArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// URL of a live PostgreSQL, a dump of pg_dump (a file in any of its formats, or the folder of the directory format), or a
    /// folder of CSV files (COPY .. WITH (FORMAT csv, HEADER))
    #[arg(long, value_name = "URL|DUMP")]
    source: Option<String>,
    /// The SQLite file to make, or the empty database of a libSQL server (libsql://.., https://..; token: DATABASE_AUTH_TOKEN)
    #[arg(long, value_name = "FILE|URL", required_unless_present = "check")]
    target: Option<PathBuf>,
    /// Put the verified file in the place of an existing one, which is kept as a numbered backup; on a server, begin again what an
    /// earlier port left unfinished
    #[arg(long)]
    replace: bool,
    /// Only look: values that would change or be refused, rows that would be rejected, names that clash; nothing is written. With
    /// `--level full` also what the source's server enforces by itself
    #[arg(long, conflicts_with_all = ["target", "replace", "resume"])]
    check: bool,
    /// Go on with what a run that was killed has left, as far as the source still gives the same rows; and if this one ends early,
    /// keep what it has done for the next
    #[arg(long)]
    resume: bool,
    /// Accept every loss in its default form; each is still counted and listed
    #[arg(long)]
    accept_lossy: bool,
    /// Leave a file that this service imports as it is: WAL, pages of 4096 bytes, nothing that it cannot open
    #[arg(long = "for", value_enum, value_name = "SERVICE")]
    importer: Option<Importer>,
    /// How many rows the target may reject
    #[arg(long, value_name = "N")]
    max_rejects: Option<u64>,
    /// Connections that a live source is read over, all on one snapshot; the result does not depend on it
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroU8>,
    /// How thoroughly the file is compared with the source before it takes its name
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Folder for report.md, report.html and report.json
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    report: Option<PathBuf>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    tenants: TenantArgs,
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

/// What a flag says.
pub fn resume(flag: bool) -> Resume {
    if flag { Resume::Yes } else { Resume::No }
}

/// Runs it.
pub fn run(args: &PortArgs, context: &Context) -> anyhow::Result<Status> {
    let mut config = context.config()?;
    config.storage.accept_lossy |= args.accept_lossy;
    config.target.importer = args.importer.or(config.target.importer);
    config.target.check()?;
    config.port.jobs = args.jobs.or(config.port.jobs);
    let options = PortOptions {
        history: args.history.options(&config)?,
        source: source(args.source.as_deref(), &config)?,
        max_rejects: args.max_rejects.unwrap_or(config.port.max_rejects),
        level: super::verify::level(args.level, &config)?,
        selection: args.select.selection(),
        resume: resume(args.resume),
        config,
    };
    let progress = Progress::new(context.out, None)?;
    let Some(target) = &args.target else {
        let report = pipeline::check(&options, &progress, &context.interrupt)?;
        if context.out.json {
            context.out.json(&report)?;
        } else {
            context
                .out
                .result(&super::check::render(&report, options.max_rejects));
        }
        return Ok(if report.needs_decisions() {
            Status::Refused
        } else if report.rejected() > options.max_rejects {
            Status::Different
        } else {
            Status::Done
        });
    };
    if let Some(per) = args.tenants.options(&options.config)? {
        return per_tenant(args, &options, &per, target, &progress, context);
    }
    if let Some(server) = server_of(target)? {
        return to_server(args, &options, &server, &progress, context);
    }
    let replace = if args.replace {
        Replace::Yes
    } else {
        Replace::No
    };
    let done = pipeline::port(&options, target, replace, &progress, &context.interrupt)?;
    files_of_report(args, &done.report, context)?;
    if context.out.json {
        context.out.json(&done.report)?;
    } else {
        context
            .out
            .result(&text::render(&done.report, None, context.out.screen()));
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

/// Ports into a folder of files.
fn per_tenant(
    args: &PortArgs,
    options: &PortOptions,
    per: &tenants::Options,
    target: &Path,
    progress: &Progress,
    context: &Context,
) -> anyhow::Result<Status> {
    if server_of(target)?.is_some() {
        let why = "--database-per makes a folder of files; upload each to a database of its own";
        return Err(crate::pg::Error::Config(why.to_owned()).into());
    }
    let interrupt = &context.interrupt;
    let done = pipeline::port_per_tenant(options, per, target, progress, interrupt)?;
    files_of_report(args, &done.report, context)?;
    if context.out.json {
        let both = serde_json::json!({ "report": done.report, "manifest": done.manifest });
        context.out.json(&both)?;
    } else {
        let report = text::render(&done.report, None, context.out.screen());
        context.out.result(&report);
    }
    if let Some(manifest) = &done.manifest {
        progress.line(&format!(
            "published {} files in {}; {}",
            manifest.files.len(),
            target.display(),
            target.join("manifest.json").display()
        ));
    }
    Ok(match done.manifest {
        Some(_) => Status::Done,
        None => Status::Different,
    })
}

/// The server that a target names; none for a file.
fn server_of(target: &Path) -> anyhow::Result<Option<RemoteUrl>> {
    match target.to_str() {
        Some(text)
            if text
                .split_once("://")
                .is_some_and(|(scheme, _)| RemoteUrl::is_scheme(&scheme.to_lowercase())) =>
        {
            Ok(Some(
                RemoteUrl::parse(text).map_err(|e| files::Error::Url(e.to_string()))?,
            ))
        }
        _ => Ok(None),
    }
}

/// Ports into a file for the time being, verifies it against the source, brings it to the server and compares both.
fn to_server(
    args: &PortArgs,
    options: &PortOptions,
    url: &RemoteUrl,
    progress: &Progress,
    context: &Context,
) -> anyhow::Result<Status> {
    let folder = tempfile::Builder::new().prefix("decant-port-").tempdir()?;
    let file = folder.path().join("port.db");
    let interrupt = &context.interrupt;
    let mut done = pipeline::port(options, &file, Replace::No, progress, interrupt)?;
    done.report.target = Some(url.to_string());
    if done.published.is_some() {
        let how = remote::Options {
            token: super::migrate::auth_token()?,
            ..remote::Options::default()
        };
        let mut stream = Stream::new(url, &how)?;
        let raised = interrupt.clone();
        stream.cancel_when(Arc::new(move || raised.is_raised()));
        let database = rusqlite::Connection::open(&file)?;
        let sent = remote::upload(&database, &mut stream, args.replace, &mut |_, _| {});
        match sent {
            Ok(rows) => progress.line(&format!(
                "{rows} rows sent to {url}, read back and found equal"
            )),
            Err(refused @ UploadError::Refused(_)) => {
                context.out.warn(&format!("refused: {refused}"));
                return Ok(Status::Refused);
            }
            Err(fault) => {
                let left = format!(
                    "the database {url} is unfinished (its table {MARKER} says so); begin again with --replace"
                );
                let different = matches!(fault, UploadError::Different(_));
                let fault = anyhow::Error::from(fault).context(left);
                if different {
                    context.out.warn(&format!("decant: {fault:#}"));
                    return Ok(Status::Different);
                }
                return Err(fault);
            }
        }
    }
    files_of_report(args, &done.report, context)?;
    if context.out.json {
        context.out.json(&done.report)?;
    } else {
        context
            .out
            .result(&text::render(&done.report, None, context.out.screen()));
    }
    Ok(if done.report.verdict.safe {
        Status::Done
    } else {
        Status::Different
    })
}

/// Writes the report in its forms where a folder was named.
fn files_of_report(args: &PortArgs, report: &Report, context: &Context) -> anyhow::Result<()> {
    let written = args
        .report
        .as_ref()
        .map(|dir| pipeline::write_report(dir, report));
    for file in written.transpose()?.into_iter().flatten() {
        context.out.tell(&format!("wrote {}", file.display()));
    }
    Ok(())
}
