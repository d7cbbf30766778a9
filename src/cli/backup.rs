//! `decant backup`: keeps the history's scripts before anything else is done.

use std::path::PathBuf;

use super::{Output, Status};
use crate::history::backup::{BackupOptions, backup};

/// Copies the revision scripts, alembic.ini, env.py and script.py.mako to a folder of their own, with names and times kept,
/// a SHA-256 manifest and a README, and verifies the copy.
#[derive(Debug, Clone, clap::Args)]
pub struct BackupArgs {
    /// The active history: a folder with versions/, the versions folder, an alembic.ini or a pyproject.toml
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The folder to make; it must not exist, or be empty
    #[arg(long, value_name = "DIR", default_value = "alembic_backup")]
    pub to: PathBuf,
    /// Keep this file or folder of the project, too, because scripts import it (repeatable)
    #[arg(long, value_name = "PATH")]
    pub include: Vec<PathBuf>,
    /// Then empty the active versions folder but for __init__.py
    #[arg(long)]
    pub clean: bool,
}

/// Runs the command.
///
/// # Errors
/// What could not be read, written or verified; nothing is left at the destination then.
pub fn run(args: &BackupArgs, out: &Output) -> anyhow::Result<Status> {
    let options = BackupOptions {
        from: args.from.clone(),
        to: args.to.clone(),
        include: args.include.clone(),
        clean: args.clean,
    };
    let summary = match backup(&options) {
        Ok(summary) => summary,
        Err(e) if e.is_refusal() => {
            out.warn(&format!("refused: {e}"));
            return Ok(Status::Refused);
        }
        Err(e) => return Err(e.into()),
    };
    if out.json {
        out.json(&summary)?;
        return Ok(Status::Done);
    }
    out.result(&format!(
        "{}: {} files, {} of them revision scripts, {} bytes; every file read back and compared\n",
        summary.to, summary.files, summary.scripts, summary.bytes
    ));
    if args.clean {
        out.result(&format!(
            "{} files removed from the active history\n",
            summary.removed.len()
        ));
    }
    Ok(Status::Done)
}
