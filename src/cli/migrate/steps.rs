//! `migrate up`, `down` and `redo`: what runs migrations.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    DownArgs, MigrateArgs, Output, Status, UpArgs, confirm, database, migrations, open, options,
};
use crate::files::runner::{self, Amount, Direction, Event, Rehearsal, Runner, Target};
use crate::files::url::DatabaseUrl;
use crate::files::{Error, MigrationFile};
use crate::interrupt::Interrupt;

pub(super) fn up(
    args: &MigrateArgs,
    up: &UpArgs,
    out: &Output,
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
    out: &Output,
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

pub(super) fn redo(
    args: &MigrateArgs,
    out: &Output,
    interrupt: &Interrupt,
) -> anyhow::Result<Status> {
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
    out: &Output,
    interrupt: &Interrupt,
    run: impl FnOnce(&mut Runner<'_>, &[MigrationFile], Tell<'_>) -> Result<Vec<String>, Error>,
) -> anyhow::Result<Status> {
    #[derive(Serialize)]
    struct Report {
        database: String,
        dry_run: bool,
        events: Vec<Event>,
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
            if !matches!(event, Event::Begins { .. }) {
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
        })?;
    }
    if result?.is_empty() && !out.json {
        out.result("nothing to do\n");
    }
    Ok(Status::Done)
}

/// A copy of the database: of a file beside it, where there is room for it; of a server in the folder for temporary files.
fn rehearsal(
    url: &DatabaseUrl,
    options: &runner::Options,
    out: &Output,
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
            out.tell(&format!("copied {rows} rows of {server} to rehearse on"));
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

fn tell(event: &Event, dry_run: bool, out: &Output) {
    match event {
        Event::Begins { .. } => {}
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
            out.tell(&format!(
                "  {statements} statements in {milliseconds:.1} ms, {rows} rows written"
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
