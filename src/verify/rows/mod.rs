//! The rows of both sides: counts and digests per table, and the differences narrowed down to rows and cells.

mod explain;
mod jobs;
mod narrow;
mod pairs;
mod plan;
mod read;
mod rejected;
mod table;

pub(super) use explain::{show_source, show_target as show};
pub(super) use narrow::{half, natural};
pub(super) use plan::{Hashed, Hasher, Plan};
pub(super) use read::source as read_source;
pub use rejected::RejectedRow;

use std::path::Path;
use std::time::Instant;

use super::constraints::{self, Classes};
use super::result::{Level, Options, Progress, Verification};
use super::schema::{compare_pg, compare_target, judge_target, object_verdicts};
use super::{Error, open_target, sequence, target};
use crate::lower::{Lowering, TableMap};
use crate::pg::source::Source;

/// Compares a source with a target: schemas, rows as far as `level` says, sequences, and SQLite's own checks. Both sides are
/// only read.
///
/// # Errors
/// The target is no SQLite database that can be read, the source cannot be read, or the run was interrupted. Differences
/// are never errors.
pub fn run(
    source: &mut dyn Source,
    lowering: &Lowering,
    target: &Path,
    level: Level,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Verification, Error> {
    run_without(source, lowering, target, &[], level, options, progress)
}

/// The same with a target that is known to have rejected some of the source's rows: those, by their values, and no others may be
/// missing.
///
/// # Errors
/// As [`run`].
pub fn run_without(
    source: &mut dyn Source,
    lowering: &Lowering,
    target: &Path,
    rejected: &[RejectedRow],
    level: Level,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Verification, Error> {
    let shown = target.display().to_string();
    let jobs = jobs::Jobs {
        lowering,
        target,
        rejected,
        level,
        options,
        progress,
    };
    let mut connection = jobs.open()?;
    let mut out = Verification {
        level,
        ..Verification::default()
    };
    let fail = |doing: &'static str| {
        let shown = shown.clone();
        move |e: rusqlite::Error| target::classify(&shown, doing, &e)
    };

    let began = Instant::now();
    out.schema_pg = compare_pg(&lowering.pg, source.schema());
    out.schema_pg
        .retain(|f| !options.ignore_tables.contains(&f.object));
    out.schema_sqlite = compare_target(&lowering.sqlite, &connection, &options.ledger_tables)
        .map_err(fail("reading its schema"))?;
    out.objects = object_verdicts(lowering);
    judge_target(&mut out.objects, &out.schema_sqlite, lowering);
    out.times.schema = began.elapsed();

    let mut maps: Vec<&TableMap> = lowering.tables.iter().collect();
    maps.sort_by_key(|map| source.place(&map.pg));
    maps.retain(|map| {
        let ignored = options.ignore_tables.contains(&map.pg.to_string());
        if ignored {
            out.not_checked
                .push(format!("table {}: left out by the configuration", map.pg));
        }
        !ignored
    });
    for done in jobs.run(source, &mut connection, &maps)? {
        out.times
            .tables
            .push((done.result.table.clone(), done.took));
        out.tables.push(done.result);
        out.not_checked.extend(done.not_checked);
    }

    let place = |name: &str| {
        lowering
            .tables
            .iter()
            .position(|m| m.pg.to_string() == name)
    };
    out.tables.sort_by_key(|result| place(&result.table));
    out.sequences = sequence::check(source, lowering, &connection, &mut out.not_checked)
        .map_err(fail("reading its sequences"))?;
    let classes = match level {
        Level::Digest | Level::Full => Classes::Compared,
        Level::Counts | Level::Sample => Classes::Check,
    };
    // It takes as long as all the others, so they are done at the same time.
    let integrity = std::thread::scope(|scope| {
        let integrity = scope.spawn(|| {
            let began = Instant::now();
            let said =
                target::integrity(&open_target(target)?).map_err(fail("checking its integrity"))?;
            Ok::<_, Error>((said, began.elapsed()))
        });
        let began = Instant::now();
        out.constraints = constraints::check(lowering, &connection, classes, &mut out.not_checked);
        out.times.constraints = began.elapsed();
        let began = Instant::now();
        let references = target::foreign_keys(&connection);
        out.times.foreign_key_check = began.elapsed();
        let said = integrity.join();
        out.foreign_keys = references.map_err(fail("checking its foreign keys"))?;
        Ok::<_, Error>(said)
    })?;
    (out.integrity, out.times.integrity_check) = match integrity {
        Ok(said) => said?,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    say_what_was_left_out(&mut out, lowering, options);
    Ok(out)
}

/// The sentences that hold for every verification at a level.
fn say_what_was_left_out(out: &mut Verification, lowering: &Lowering, options: &Options) {
    let sentence = match out.level {
        Level::Counts => Some("values: level `counts` compares numbers of rows alone".to_owned()),
        Level::Sample => Some(format!(
            "most rows: level `sample` compares one row in {}, picked by its key",
            options.sample_every.max(1)
        )),
        Level::Digest | Level::Full => None,
    };
    out.not_checked.extend(sentence);
    if !lowering.sqlite.triggers.is_empty() {
        out.not_checked
            .push("what triggers do: they were compared as text and not run".to_owned());
    }
    if !lowering.sqlite.views.is_empty() {
        out.not_checked
            .push("rows of views: their definitions were compared".to_owned());
    }
}
