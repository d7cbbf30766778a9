//! The terminal: the commands, what they print and their exit status. Nothing here decides anything about schemas or data.

pub mod backup;
mod baseline;
mod check;
mod convert;
mod cutover;
mod explain;
mod history;
mod inspect;
pub mod migrate;
pub mod output;
mod port;
mod progress;
mod prove;
mod schema;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use output::{Output, Status};

use crate::config::Config;
use crate::interrupt::Interrupt;
use crate::pipeline;

/// Moves a PostgreSQL application with SQLAlchemy and Alembic to SQLite, and proves it.
#[derive(Debug, Parser)]
#[command(name = "decant", version, about, max_term_width = 120)]
#[command(
    after_help = "Exit status: 0 done; 1 a fault (files, connections, damaged input); 2 wrong usage; 3 refused, \
a decision is needed; 4 differences found or rows rejected; 129, 130, 143 ended by a signal."
)]
struct Cli {
    /// Configuration (by default decant.toml of the current folder; --scripts takes the place of its [history])
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Tell only results and faults
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

/// One variant per command; each has a file of its own.
#[derive(Debug, Subcommand)]
enum Command {
    /// Copy the Alembic scripts aside, with checksums
    Backup(backup::BackupArgs),
    /// Tell what a history is and does, and what could not be understood
    Inspect(inspect::InspectArgs),
    /// Say what a diagnostic's code means
    Explain(explain::ExplainArgs),
    /// Print the PostgreSQL schema that a history builds
    Schema(schema::SchemaArgs),
    /// Write the one migration that stands for the whole history on SQLite
    Baseline(baseline::BaselineArgs),
    /// Write one migration per revision, safe on databases full of rows
    Convert(convert::ConvertArgs),
    /// Prove on scratch databases that baseline and converted revisions say the same and keep rows
    Prove(prove::ProveArgs),
    /// Run SQL migrations on a SQLite file: status, up, down, create
    Migrate(migrate::MigrateArgs),
    /// Bring the rows of a PostgreSQL database or dump into a new SQLite file
    Port(port::PortArgs),
    /// Compare a source with a SQLite file: schema and data
    Verify(verify::VerifyArgs),
    /// The whole move in order, from one configuration; publishes only what was verified
    Cutover(cutover::CutoverArgs),
}

/// What every command is given.
struct Context {
    /// Where words go.
    out: Output,
    /// `--config`.
    config: Option<PathBuf>,
    /// Raised by signals.
    interrupt: Interrupt,
}

/// The values of `--format`.
fn format_names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(crate::files::format_names())
}

/// The format of a name.
fn format(name: &str) -> anyhow::Result<&'static dyn crate::files::Format> {
    crate::files::format(name).ok_or_else(|| anyhow::anyhow!("there is no format `{name}`"))
}

impl Context {
    /// The configuration: the file that was named, or `decant.toml` of the current folder, or the defaults.
    fn config(&self) -> Result<Config, crate::config::Error> {
        Config::find(self.config.as_deref())
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let status = if error.use_stderr() {
                Status::Usage
            } else {
                Status::Done
            };
            let _ = error.print();
            return status.into();
        }
    };
    let out = Output {
        json: cli.json,
        quiet: cli.quiet,
    };
    let interrupt = match Interrupt::on_signals() {
        Ok(interrupt) => interrupt,
        Err(cause) => {
            out.warn(&format!("decant: cannot install signal handlers: {cause}"));
            return Status::Fault.into();
        }
    };
    let context = Context {
        out,
        config: cli.config,
        interrupt,
    };
    // Deeply nested input must not end in a stack overflow: parsers and evaluator bound their depth for this stack.
    let worker = std::thread::Builder::new()
        .name("decant".to_owned())
        .stack_size(64 << 20);
    let status = std::thread::scope(|scope| {
        match worker.spawn_scoped(scope, || dispatch(&context, &cli.command)) {
            Ok(handle) => handle.join().unwrap_or(Status::Fault),
            Err(cause) => {
                out.warn(&format!("decant: cannot start a thread: {cause}"));
                Status::Fault
            }
        }
    });
    status.into()
}

fn dispatch(context: &Context, command: &Command) -> Status {
    let result = match command {
        Command::Backup(args) => backup::run(args, &context.out),
        Command::Inspect(args) => inspect::run(args, context),
        Command::Explain(args) => explain::run(args, context),
        Command::Schema(args) => schema::run(args, context),
        Command::Baseline(args) => baseline::run(args, context),
        Command::Convert(args) => convert::run(args, context),
        Command::Prove(args) => prove::run(args, context),
        Command::Migrate(args) => migrate::run(args, &context.out, &context.interrupt),
        Command::Port(args) => port::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Cutover(args) => cutover::run(args, context),
    };
    let status = match result {
        Ok(status) => status,
        Err(error) => {
            // Inspect with --json has put them into its result; the sentence alone names no file and no line.
            if let Some(pipeline::Error::Graph(diagnostics)) = error.downcast_ref() {
                inspect::tell_diagnostics(&context.out, diagnostics);
            }
            context.out.warn(&format!("decant: {error:#}"));
            status_of(&error)
        }
    };
    match context.interrupt.signal() {
        Some(signal) if status != Status::Done => match signal {
            1 => Status::Hangup,
            15 => Status::Terminated,
            _ => Status::Interrupted,
        },
        _ => status,
    }
}

/// The exit status that a fault ends with.
fn status_of(error: &anyhow::Error) -> Status {
    use crate::{config, files};

    for cause in error.chain() {
        if let Some(e) = cause.downcast_ref::<pipeline::Error>() {
            return match e.kind() {
                pipeline::Kind::Fault => Status::Fault,
                pipeline::Kind::Usage => Status::Usage,
                pipeline::Kind::Refused => Status::Refused,
                pipeline::Kind::Different => Status::Different,
            };
        }
        if cause.is::<config::Error>() {
            return Status::Usage;
        }
        if let Some(e) = cause.downcast_ref::<files::Error>() {
            return match e {
                files::Error::Url(_) => Status::Usage,
                e if e.is_refusal() => Status::Refused,
                _ => Status::Fault,
            };
        }
    }
    Status::Fault
}
