//! `decant migrate`: the runner of migration files.

mod ledger;
mod log;
mod status;
mod steps;

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Output, Status, status_of};
use crate::files::runner::{self, Options, Server, Target};
use crate::files::url::DatabaseUrl;
use crate::files::{self, Error, MigrationFile, updown};
use crate::interrupt::Interrupt;
use crate::sqlite::remote::{self, RemoteUrl};
use log::{Log, LogArgs};

/// Applies and reverts migration files on a SQLite file or a libSQL server, with the custom tool's own ledger.
#[derive(Debug, Clone, Args)]
pub struct MigrateArgs {
    /// The folder of the migration files
    #[arg(long, value_name = "DIR", default_value = "migrations", global = true)]
    pub dir: PathBuf,
    /// The database: sqlite:///relative.db, sqlite:////absolute.db, file:…, a path, libsql://host, http(s)://host or
    /// sqlite+libsql://host (token: DATABASE_AUTH_TOKEN) [default: DATABASE_URL, or that of .env]
    #[arg(long, visible_alias = "db-url", value_name = "URL", global = true)]
    pub database: Option<String>,
    /// Name of the ledger table, where the application has a table `migrations` of its own
    #[arg(long, value_name = "NAME", default_value = runner::LEDGER, global = true)]
    pub ledger: String,
    /// How long to wait for another run or writer
    #[arg(long, value_name = "SECONDS", default_value_t = 5, global = true)]
    pub wait: u64,
    /// Do not ask, neither before reverting everything nor in production (DECANT_ENV=production)
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Lines on stderr
    #[command(flatten)]
    pub log: LogArgs,
    /// What to do
    #[command(subcommand)]
    pub action: MigrateAction,
}

/// What `decant migrate` does.
#[derive(Debug, Clone, Subcommand)]
pub enum MigrateAction {
    /// Where each migration stands: applied, pending, missing, out of order, changed
    Status {
        /// End with status 3 unless everything is applied and as it was
        #[arg(long)]
        check: bool,
    },
    /// Apply what is pending
    Up(UpArgs),
    /// Revert the migrations applied last
    Down(DownArgs),
    /// Revert the migration applied last, and apply it again
    Redo,
    /// Write a new, empty migration
    Create {
        /// What it will do; becomes part of the file's name
        name: String,
    },
    /// Record migrations as applied without running them, for a database that has what they make
    Mark(MarkArgs),
    /// Compare the ledger with the files, and check the database's integrity and foreign keys
    Verify,
    /// Take changed files for what was applied, after you have looked at the change
    Repair {
        /// Instead, end the hold of another run on a server, when you know that it is no more
        #[arg(long)]
        unlock: bool,
    },
}

/// How far `up` goes.
#[derive(Debug, Clone, Args)]
pub struct UpArgs {
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub step: Option<u32>,
    /// Up to and with this one: a file name, a version, or the beginning of one
    #[arg(long, value_name = "VERSION", conflicts_with = "step")]
    pub to: Option<String>,
    /// Run on a copy of the database, and tell what would happen
    #[arg(long)]
    pub dry_run: bool,
}

/// How far `down` goes.
#[derive(Debug, Clone, Args)]
pub struct DownArgs {
    /// So many
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["all", "to"], value_parser = clap::value_parser!(u32).range(1..))]
    pub step: u32,
    /// Every one
    #[arg(long)]
    pub all: bool,
    /// All that were applied after this one, which stays: a file name, a version, or the beginning of one
    #[arg(long, value_name = "VERSION", conflicts_with = "all")]
    pub to: Option<String>,
    /// Run on a copy of the database, and tell what would happen
    #[arg(long)]
    pub dry_run: bool,
}

/// What `mark` records.
#[derive(Debug, Clone, Args)]
pub struct MarkArgs {
    /// File names, versions, or the beginnings of them
    #[arg(value_name = "VERSION", required_unless_present = "all")]
    pub versions: Vec<String>,
    /// All that are pending
    #[arg(long, conflicts_with_all = ["versions", "undo"])]
    pub all: bool,
    /// Take them out of the ledger instead, without reverting them
    #[arg(long)]
    pub undo: bool,
}

/// Runs the command.
///
/// # Errors
/// What could not be read, opened or applied. What needs a decision is told, and ends as [`Status::Refused`].
pub fn run(args: &MigrateArgs, out: &Output, interrupt: &Interrupt) -> anyhow::Result<Status> {
    let out = &Log::new(*out, args.log);
    let done = match &args.action {
        MigrateAction::Status { check } => status::status(args, *check, out),
        MigrateAction::Up(up) => steps::up(args, up, out, interrupt),
        MigrateAction::Down(down) => steps::down(args, down, out, interrupt),
        MigrateAction::Redo => steps::redo(args, out, interrupt),
        MigrateAction::Create { name } => create(args, name, out),
        MigrateAction::Mark(mark) => ledger::mark(args, mark, out),
        MigrateAction::Verify => status::verify(args, out),
        MigrateAction::Repair { unlock: false } => ledger::repair(args, out),
        MigrateAction::Repair { unlock: true } => ledger::unlock(args, out),
    };
    let error = match done {
        Ok(status) => return Ok(status),
        Err(error) => error,
    };
    // A run has put its fault beside what it did.
    let error = match error.downcast::<steps::Reported>() {
        Ok(steps::Reported(fault)) => fault,
        Err(error) => {
            if out.json {
                out.json(&serde_json::json!({ "error": format!("{error:#}") }))?;
            }
            error
        }
    };
    match error.downcast_ref::<Error>() {
        Some(fault) if fault.is_refusal() => {
            out.error(&format!("refused: {fault}"));
            Ok(Status::Refused)
        }
        _ if out.is_json() => {
            out.error(&format!("{error:#}"));
            Ok(status_of(&error))
        }
        _ => Err(error),
    }
}

/// A variable of the environment, or of `.env`.
fn variable(name: &str) -> anyhow::Result<Option<String>> {
    Ok(match std::env::var(name) {
        Ok(value) if !value.is_empty() => Some(value),
        _ => files::read_dotenv(Path::new(".env"))?.shift_remove(name),
    })
}

/// The database as the flags, the environment or `.env` name it.
fn database(args: &MigrateArgs) -> anyhow::Result<DatabaseUrl> {
    let text = match &args.database {
        Some(url) => Some(url.clone()),
        None => variable("DATABASE_URL")?,
    };
    let text = text.ok_or_else(|| {
        Error::Refused(
            "no database is named: give --database, or set DATABASE_URL in the environment or in .env"
                .to_owned(),
        )
    })?;
    Ok(DatabaseUrl::parse(&text)?)
}

/// The token for servers, of the environment or of `.env`.
pub(super) fn auth_token() -> anyhow::Result<Option<remote::Token>> {
    let token = variable("DATABASE_AUTH_TOKEN")?.unwrap_or_default();
    Ok(remote::Token::new(&token).map_err(|e| Error::Url(e.to_string()))?)
}

/// How a server is spoken to: the token of the environment or of `.env`, where the URL has none.
fn server_options(url: &RemoteUrl, out: &Log) -> anyhow::Result<remote::Options> {
    let token = auth_token()?;
    if url.is_exposed() && (token.is_some() || url.token.is_some()) {
        out.warn(&format!(
            "warning: the token travels unencrypted to {url}; use https:// or libsql://"
        ));
    }
    Ok(remote::Options {
        token,
        ..remote::Options::default()
    })
}

/// Opens the database; a file is made when it does not exist.
fn open(url: &DatabaseUrl, options: &Options, out: &Log) -> anyhow::Result<Box<dyn Target>> {
    Ok(match url {
        DatabaseUrl::File(file) => Box::new(runner::open(file, options.wait)?),
        DatabaseUrl::Server(server) => {
            let how = server_options(server, out)?;
            Box::new(Server::open(server, &how, options.wait)?)
        }
    })
}

/// Opens it for reading; none for a file that does not exist.
fn open_to_read(
    url: &DatabaseUrl,
    options: &Options,
    out: &Log,
) -> anyhow::Result<Option<Box<dyn Target>>> {
    Ok(match url {
        DatabaseUrl::File(file) => match runner::open_to_read(file, options.wait)? {
            Some(connection) => Some(Box::new(connection)),
            None => None,
        },
        DatabaseUrl::Server(_) => Some(open(url, options, out)?),
    })
}

fn options(args: &MigrateArgs) -> Options {
    Options {
        ledger: args.ledger.clone(),
        wait: Duration::from_secs(args.wait),
    }
}

/// The migrations of the folder; files whose names are none are told.
fn migrations(args: &MigrateArgs, out: &Log) -> anyhow::Result<Vec<MigrationFile>> {
    if !args.dir.is_dir() {
        return Err(Error::Refused(format!(
            "the folder {} does not exist; name it with --dir, or begin with `decant migrate create NAME`",
            args.dir.display()
        ))
        .into());
    }
    let texts = files::read_folder(&args.dir)?;
    for file in texts.iter().filter(|f| !updown::is_migration_name(&f.path)) {
        out.info(&format!(
            "{}: passed over, for it is not named YYYYMMDDHHMMSS_name.sql",
            file.path
        ));
    }
    Ok(files::Format::read(&updown::UpDown, &texts)?)
}

/// Asks before what is hard to undo: in production before any change, elsewhere when `grave`. Without a terminal nobody
/// can be asked: production then refuses, and elsewhere the flag that was given counts as the answer.
fn confirm(args: &MigrateArgs, what: &str, grave: bool) -> anyhow::Result<()> {
    let production = variable("DECANT_ENV")?.is_some_and(|v| v.eq_ignore_ascii_case("production"));
    if args.yes || !(production || grave) {
        return Ok(());
    }
    let place = if production { " in production" } else { "" };
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        if !production {
            return Ok(());
        }
        return Err(Error::Refused(format!(
            "DECANT_ENV is production, and nobody can be asked whether to {what}; say --yes if that is meant"
        ))
        .into());
    }
    eprint!("{what}{place}? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::Refused("nothing was done".to_owned()).into())
}

fn create(args: &MigrateArgs, name: &str, out: &Log) -> anyhow::Result<Status> {
    let now = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .datetime();
    let path = files::create(&args.dir, name, now)?;
    if out.json {
        out.json(&serde_json::json!({ "created": path.to_string_lossy() }))?;
    } else {
        out.result(&format!("{}\n", path.display()));
    }
    Ok(Status::Done)
}
