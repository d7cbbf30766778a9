//! `migrate up`, `down` and `redo`: what runs migrations.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::log::Level;
use super::{
    DownArgs, Log, MigrateArgs, Status, UpArgs, confirm, database, migrations, open, options,
};
use crate::files::runner::{self, Amount, Direction, Event, Rehearsal, Runner, Target};
use crate::files::url::DatabaseUrl;
use crate::files::{Error, MigrationFile};
use crate::interrupt::Interrupt;

pub(super) fn up(
    args: &MigrateArgs,
    up: &UpArgs,
    out: &Log,
    interrupt: &Interrupt,
) -> anyhow::Result<Status> {
    let limit = up.step.map(usize::try_from).transpose()?;
    if !up.dry_run {
        confirm(args, "apply the pending migrations", false)?;
    }
    work(args, up.dry_run, out, interrupt, |runner, list, tell| {
        let limit = match &up.to {
            None => limit,
            Some(to) => {
                let last = runner::find(list.iter().map(|f| f.file_name.as_str()), to)?;
                let applied = runner.applied()?;
                let pending = list.iter().filter(|file| {
                    file.file_name.as_str() <= last
                        && !applied.iter().any(|row| row.version == file.file_name)
                });
                Some(pending.count())
            }
        };
        runner.up(list, limit, tell)
    })
}

pub(super) fn down(
    args: &MigrateArgs,
    down: &DownArgs,
    out: &Log,
    interrupt: &Interrupt,
) -> anyhow::Result<Status> {
    let steps = usize::try_from(down.step)?;
    if !down.dry_run {
        let what = match (&down.to, down.all) {
            (_, true) => "revert every applied migration".to_owned(),
            (Some(to), _) => format!("revert all migrations after {to}"),
            (None, false) => format!("revert the last {steps} migration(s)"),
        };
        confirm(args, &what, down.all)?;
    }
    work(args, down.dry_run, out, interrupt, |runner, list, tell| {
        let amount = match &down.to {
            None if down.all => Amount::All,
            None => Amount::Steps(steps),
            Some(to) => {
                let applied = runner.applied()?;
                let stays = runner::find(applied.iter().map(|row| row.version.as_str()), to)?;
                let after = applied.iter().rev().take_while(|row| row.version != stays);
                Amount::Steps(after.count())
            }
        };
        runner.down(list, amount, tell)
    })
}

pub(super) fn redo(args: &MigrateArgs, out: &Log, interrupt: &Interrupt) -> anyhow::Result<Status> {
    confirm(args, "revert the last migration and apply it again", false)?;
    work(args, false, out, interrupt, |runner, list, tell| {
        let Some(last) = runner.applied()?.pop() else {
            return Ok(Vec::new());
        };
        // The only one that is applied may be redone, too.
        let amount = if runner.applied()?.len() == 1 {
            Amount::All
        } else {
            Amount::Steps(1)
        };
        runner.down(list, amount, tell)?;
        runner.up_one(list, &last.version, tell)
    })
}

type Tell<'t> = &'t mut dyn FnMut(Event);

/// Runs on the database, or for a dry run on a copy of it.
fn work(
    args: &MigrateArgs,
    dry_run: bool,
    out: &Log,
    interrupt: &Interrupt,
    run: impl FnOnce(&mut Runner<'_>, &[MigrationFile], Tell<'_>) -> Result<Vec<String>, Error>,
) -> anyhow::Result<Status> {
    #[derive(Serialize)]
    struct Report {
        database: String,
        dry_run: bool,
        events: Vec<Event>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    }
    let url = database(args)?;
    let list = migrations(args, out)?;
    let options = options(args);
    let mut events = Vec::new();
    let go = |target: &mut dyn Target| {
        let mut runner = Runner::on(target, options.clone())?;
        runner.stop_on(interrupt)?;
        run(&mut runner, &list, &mut |event| {
            tell(&event, dry_run, out);
            if !matches!(event, Event::Begins { .. } | Event::Statement { .. }) {
                events.push(event);
            }
        })
    };
    let result = if dry_run {
        let mut copy = rehearsal(&url, &options, out, interrupt)?;
        go(&mut copy.connection)
    } else {
        go(open(&url, &options, out)?.as_mut())
    };
    if out.json {
        out.json(&Report {
            database: url.to_string(),
            dry_run,
            events,
            error: result.as_ref().err().map(ToString::to_string),
        })?;
    }
    match result {
        Ok(done) if done.is_empty() && !out.json => out.result("nothing to do\n"),
        Ok(_) => {}
        Err(fault) if out.json => return Err(anyhow::Error::new(Reported(fault.into()))),
        Err(fault) => return Err(fault.into()),
    }
    Ok(Status::Done)
}

/// A fault that stands in the JSON result already.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub(super) struct Reported(pub(super) anyhow::Error);

/// A copy of the database: of a file beside it, where there is room for it; of a server in the folder for temporary files.
fn rehearsal(
    url: &DatabaseUrl,
    options: &runner::Options,
    out: &Log,
    interrupt: &Interrupt,
) -> anyhow::Result<Rehearsal> {
    Ok(match url {
        DatabaseUrl::File(file) => {
            let source = runner::open_to_read(file, options.wait)?;
            runner::rehearsal(source.as_ref(), &folder_of(&file.file()))?
        }
        DatabaseUrl::Server(server) => {
            let how = super::server_options(server, out)?;
            let (copy, rows) = runner::rehearsal_of_server(server, &how, interrupt)?;
            out.info(&format!("copied {rows} rows of {server} to rehearse on"));
            copy
        }
    })
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn tell(event: &Event, dry_run: bool, out: &Log) {
    let fields = match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    match event {
        Event::Begins {
            version,
            direction,
            statements,
        } => {
            let message = format!("{version}: {}, {statements} statements", direction.word());
            out.line(Level::Debug, &message, fields);
        }
        Event::Statement {
            statement,
            count,
            line,
            sql,
            ..
        } => {
            let message = format!("  statement {statement} of {count} (line {line}): {sql}");
            out.line(Level::Debug, &message, fields);
        }
        Event::Done {
            version,
            direction,
            statements,
            rows,
            took,
        } => {
            let word = match (direction, dry_run) {
                (Direction::Up, false) => "applied",
                (Direction::Down, false) => "reverted",
                (Direction::Up, true) => "would apply",
                (Direction::Down, true) => "would revert",
            };
            if !out.json {
                out.result(&format!("{word} {version}\n"));
            }
            let milliseconds = took.as_secs_f64() * 1000.0;
            let what =
                format!("{statements} statements in {milliseconds:.1} ms, {rows} rows written");
            let message = match out.is_json() {
                true => format!("{word} {version}: {what}"),
                false => format!("  {what}"),
            };
            out.line(Level::Info, &message, fields);
        }
        Event::DoneElsewhere { version } => {
            let message = format!("{version}: another run was faster; nothing was done");
            out.line(Level::Info, &message, fields);
        }
        Event::Note { text } => out.line(Level::Warn, &format!("note: {text}"), fields),
    }
}
