//! `decant migrate`: the runner of migration files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;

use super::{Output, Status};
use crate::files::ledger::{Entry, State};
use crate::files::runner::{self, Amount, Event, Options, Progress, Runner};
use crate::files::url::DatabaseUrl;
use crate::files::{self, Error, MigrationFile, updown};
use crate::interrupt::Interrupt;

/// Applies and reverts migration files on a SQLite database, with the custom tool's own ledger.
#[derive(Debug, Clone, clap::Args)]
pub struct MigrateArgs {
    /// The folder of the migration files
    #[arg(long, value_name = "DIR", default_value = "migrations", global = true)]
    pub dir: PathBuf,
    /// The database: sqlite:///relative.db, sqlite:////absolute.db, file:… or a path [default: DATABASE_URL, or that of .env]
    #[arg(long, visible_alias = "db-url", value_name = "URL", global = true)]
    pub database: Option<String>,
    /// Name of the ledger table, where the application has a table `migrations` of its own
    #[arg(long, value_name = "NAME", default_value = runner::LEDGER, global = true)]
    pub ledger: String,
    /// How long to wait for another run or writer
    #[arg(long, value_name = "SECONDS", default_value_t = 5, global = true)]
    pub wait: u64,
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
    Up {
        /// At most so many
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        step: Option<u32>,
    },
    /// Revert the migrations applied last
    Down {
        /// So many
        #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..))]
        step: u32,
        /// Every one
        #[arg(long)]
        all: bool,
    },
    /// Write a new, empty migration
    Create {
        /// What it will do; becomes part of the file's name
        name: String,
    },
}

/// Runs the command.
///
/// # Errors
/// What could not be read, opened or applied. What needs a decision is told, and ends as [`Status::Refused`].
pub fn run(args: &MigrateArgs, out: &Output, interrupt: &Interrupt) -> anyhow::Result<Status> {
    let done = match &args.action {
        MigrateAction::Status { check } => status(args, *check, out),
        MigrateAction::Up { step } => up(args, *step, out, interrupt),
        MigrateAction::Down { step, all } => down(args, *step, *all, out, interrupt),
        MigrateAction::Create { name } => create(args, name, out),
    };
    done.or_else(|e| match e.downcast_ref::<Error>() {
        Some(fault) if fault.is_refusal() => {
            out.warn(&format!("refused: {fault}"));
            Ok(Status::Refused)
        }
        _ => Err(e),
    })
}

/// The database as the flags, the environment or `.env` name it.
fn database(args: &MigrateArgs) -> anyhow::Result<DatabaseUrl> {
    const VARIABLE: &str = "DATABASE_URL";
    let text = match &args.database {
        Some(url) => Some(url.clone()),
        None => match std::env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => Some(url),
            _ => files::read_dotenv(Path::new(".env"))?.shift_remove(VARIABLE),
        },
    };
    let text = text.ok_or_else(|| {
        Error::Refused(
            "no database is named: give --database, or set DATABASE_URL in the environment or in .env"
                .to_owned(),
        )
    })?;
    Ok(DatabaseUrl::parse(&text)?)
}

fn options(args: &MigrateArgs) -> Options {
    Options {
        ledger: args.ledger.clone(),
        wait: Duration::from_secs(args.wait),
    }
}

/// The migrations of the folder; files whose names are none are told.
fn migrations(args: &MigrateArgs, out: &Output) -> anyhow::Result<Vec<MigrationFile>> {
    if !args.dir.is_dir() {
        return Err(Error::Refused(format!(
            "the folder {} does not exist; name it with --dir, or begin with `decant migrate create NAME`",
            args.dir.display()
        ))
        .into());
    }
    let texts = files::read_folder(&args.dir)?;
    for file in texts.iter().filter(|f| !updown::is_migration_name(&f.path)) {
        out.tell(&format!(
            "{}: passed over, for it is not named YYYYMMDDHHMMSS_name.sql",
            file.path
        ));
    }
    Ok(files::Format::read(&updown::UpDown, &texts)?)
}

#[derive(Serialize)]
struct StatusReport<'a> {
    database: String,
    ledger: &'a str,
    migrations: &'a [Entry],
    applied: usize,
    pending: usize,
    missing: usize,
    changed: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<Progress>,
}

fn status(args: &MigrateArgs, check: bool, out: &Output) -> anyhow::Result<Status> {
    let url = database(args)?;
    let list = migrations(args, out)?;
    let options = options(args);
    let connection = runner::open_to_read(&url, options.wait)?;
    let entries = runner::status(connection.as_ref(), &options, &list)?;
    let count = |holds: &dyn Fn(State) -> bool| entries.iter().filter(|e| holds(e.state)).count();
    let report = StatusReport {
        database: url.to_string(),
        ledger: &options.ledger,
        migrations: &entries,
        applied: count(&|s| s == State::Applied),
        pending: count(&State::is_pending),
        missing: count(&|s| s == State::Missing),
        changed: count(&|s| s == State::Changed),
        interrupted: runner::interruption(&url.file()),
    };
    if let Some(text) = report
        .interrupted
        .as_ref()
        .and_then(Progress::as_interruption)
    {
        out.warn(&format!("note: {text}"));
    }
    if out.json {
        out.json(&report)?;
    } else {
        out.result(&status_text(&report));
    }
    let settled = report.pending + report.missing + report.changed == 0;
    Ok(if check && !settled {
        Status::Refused
    } else {
        Status::Done
    })
}

fn status_text(report: &StatusReport<'_>) -> String {
    let name_width = report
        .migrations
        .iter()
        .map(|e| e.version.chars().count())
        .chain(["migration".len()])
        .max()
        .unwrap_or_default();
    let line = |state: &str, name: &str, at: &str| {
        format!("{state:<12}  {name:<name_width$}  {at}")
            .trim_end()
            .to_owned()
            + "\n"
    };
    let mut text = format!("database {}, ledger {}\n\n", report.database, report.ledger);
    if !report.migrations.is_empty() {
        text.push_str(&line("state", "migration", "applied at (UTC)"));
        for entry in report.migrations {
            text.push_str(&line(
                entry.state.word(),
                &entry.version,
                entry.applied_at.as_deref().unwrap_or(""),
            ));
        }
        text.push('\n');
    }
    let mut counts = vec![
        format!("{} applied", report.applied),
        format!("{} pending", report.pending),
    ];
    for (count, word) in [(report.missing, "missing"), (report.changed, "changed")] {
        if count > 0 {
            counts.push(format!("{count} {word}"));
        }
    }
    text + &counts.join(", ") + "\n"
}

fn up(
    args: &MigrateArgs,
    step: Option<u32>,
    out: &Output,
    interrupt: &Interrupt,
) -> anyhow::Result<Status> {
    let limit = step.map(usize::try_from).transpose()?;
    work(args, out, interrupt, |runner, list, tell| {
        runner.up(list, limit, tell)
    })
}

fn down(
    args: &MigrateArgs,
    step: u32,
    all: bool,
    out: &Output,
    interrupt: &Interrupt,
) -> anyhow::Result<Status> {
    let amount = if all {
        Amount::All
    } else {
        Amount::Steps(usize::try_from(step)?)
    };
    work(args, out, interrupt, |runner, list, tell| {
        runner.down(list, amount, tell)
    })
}

type Work<'w> = &'w mut dyn FnMut(Event);

fn work(
    args: &MigrateArgs,
    out: &Output,
    interrupt: &Interrupt,
    run: impl FnOnce(&mut Runner<'_>, &[MigrationFile], Work<'_>) -> Result<Vec<String>, Error>,
) -> anyhow::Result<Status> {
    #[derive(Serialize)]
    struct Report {
        database: String,
        events: Vec<Event>,
    }
    let url = database(args)?;
    let list = migrations(args, out)?;
    let options = options(args);
    let mut connection = runner::open(&url, options.wait)?;
    let mut runner = Runner::new(&mut connection, options)?;
    runner.stop_on(interrupt)?;
    let mut events = Vec::new();
    let result = run(&mut runner, &list, &mut |event| {
        tell(&event, out);
        if !matches!(event, Event::Begins { .. }) {
            events.push(event);
        }
    });
    if out.json {
        out.json(&Report {
            database: url.to_string(),
            events,
        })?;
    }
    if result?.is_empty() && !out.json {
        out.result("nothing to do\n");
    }
    Ok(Status::Done)
}

fn tell(event: &Event, out: &Output) {
    match event {
        Event::Begins { .. } => {}
        Event::Done {
            version,
            direction,
            statements,
            took,
        } => {
            let word = match direction {
                runner::Direction::Up => "applied",
                runner::Direction::Down => "reverted",
            };
            if !out.json {
                out.result(&format!("{word} {version}\n"));
            }
            out.tell(&format!(
                "  {statements} statements in {:.1} ms",
                took.as_secs_f64() * 1000.0
            ));
        }
        Event::DoneElsewhere { version } => {
            out.tell(&format!(
                "{version}: another run was faster; nothing was done"
            ));
        }
        Event::Note { text } => out.tell(&format!("note: {text}")),
    }
}

fn create(args: &MigrateArgs, name: &str, out: &Output) -> anyhow::Result<Status> {
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
