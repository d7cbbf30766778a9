//! `migrate mark` and `migrate repair`: what changes the ledger only.

use super::{
    Log, MarkArgs, MigrateArgs, Status, confirm, database, migrations, open, open_to_read, options,
};
use crate::files::runner::{self, Runner};
use crate::files::{Error, MigrationFile};

pub(super) fn mark(args: &MigrateArgs, mark: &MarkArgs, out: &Log) -> anyhow::Result<Status> {
    let what = match mark.undo {
        true => "take migrations out of the ledger without reverting them",
        false => "record migrations as applied without running them",
    };
    change(args, what, out, |runner, list| {
        if mark.undo {
            let applied = runner.applied()?;
            let names = || applied.iter().map(|row| row.version.as_str());
            let versions: Vec<&str> = mark
                .versions
                .iter()
                .map(|text| runner::find(names(), text))
                .collect::<Result<_, _>>()?;
            return Ok(("taken out of the ledger", runner.unmark(&versions)?));
        }
        let names = || list.iter().map(|file| file.file_name.as_str());
        let chosen: Vec<&MigrationFile> = if mark.all {
            list.iter().collect()
        } else {
            let wanted: Vec<&str> = mark
                .versions
                .iter()
                .map(|text| runner::find(names(), text))
                .collect::<Result<_, _>>()?;
            list.iter()
                .filter(|file| wanted.contains(&file.file_name.as_str()))
                .collect()
        };
        Ok(("marked as applied", runner.mark(&chosen)?))
    })
}

pub(super) fn repair(args: &MigrateArgs, out: &Log) -> anyhow::Result<Status> {
    change(
        args,
        "take changed files for what was applied",
        out,
        |runner, list| Ok(("accepted as it is on disk", runner.accept_changes(list)?)),
    )
}

pub(super) fn unlock(args: &MigrateArgs, out: &Log) -> anyhow::Result<Status> {
    let url = database(args)?;
    let options = options(args);
    confirm(args, "end the hold of another run", false)?;
    let ended = match open_to_read(&url, &options, out)? {
        Some(target) => runner::unlock(target.as_ref(), &options)?,
        None => false,
    };
    if out.json {
        out.json(&serde_json::json!({ "database": url.to_string(), "unlocked": ended }))?;
    } else {
        out.result(match ended {
            true => "the other run's hold is ended\n",
            false => "no run holds the database\n",
        });
    }
    Ok(Status::Done)
}

fn change(
    args: &MigrateArgs,
    what: &str,
    out: &Log,
    run: impl FnOnce(&mut Runner<'_>, &[MigrationFile]) -> Result<(&'static str, Vec<String>), Error>,
) -> anyhow::Result<Status> {
    let url = database(args)?;
    let list = migrations(args, out)?;
    let options = options(args);
    // Without a database there is no ledger to change, and a mistyped name must not make one.
    if open_to_read(&url, &options, out)?.is_none() {
        return Err(Error::Refused(format!("the database {url} does not exist")).into());
    }
    confirm(args, what, false)?;
    let mut target = open(&url, &options, out)?;
    let mut runner = Runner::on(target.as_mut(), options)?;
    let (word, versions) = run(&mut runner, &list)?;
    if out.json {
        out.json(&serde_json::json!({ "database": url.to_string(), "versions": versions }))?;
    } else if versions.is_empty() {
        out.result("nothing to do\n");
    } else {
        let lines: String = versions.iter().map(|v| format!("{v}: {word}\n")).collect();
        out.result(&lines);
    }
    Ok(Status::Done)
}
