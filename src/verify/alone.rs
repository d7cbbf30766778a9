//! The target against the history alone, without any source of rows.

use std::path::Path;
use std::time::Instant;

use super::constraints::{self, Classes};
use super::result::{Level, Options, Verification};
use super::schema::{compare_target, judge_target, object_verdicts};
use super::{Error, open_target, sequence, target};
use crate::lower::Lowering;

/// Compares a target's schema with the expected one and runs SQLite's own checks; rows have nothing to be compared with.
///
/// # Errors
/// The target is no SQLite database that can be read.
pub fn run_schema(
    lowering: &Lowering,
    target: &Path,
    options: &Options,
) -> Result<Verification, Error> {
    let shown = target.display().to_string();
    let connection = open_target(target)?;
    let fail = |doing: &'static str| {
        let shown = shown.clone();
        move |e: rusqlite::Error| target::classify(&shown, doing, &e)
    };
    let mut out = Verification {
        level: Level::Counts,
        ..Verification::default()
    };
    let began = Instant::now();
    out.schema_sqlite = compare_target(&lowering.sqlite, &connection, &options.ledger_tables)
        .map_err(fail("reading its schema"))?;
    out.objects = object_verdicts(lowering);
    judge_target(&mut out.objects, &out.schema_sqlite, lowering);
    out.times.schema = began.elapsed();
    let began = Instant::now();
    out.constraints =
        constraints::check(lowering, &connection, Classes::Check, &mut out.not_checked);
    out.times.constraints = began.elapsed();
    out.sequences =
        sequence::check_alone(lowering, &connection).map_err(fail("reading its sequences"))?;
    let began = Instant::now();
    out.integrity = target::integrity(&connection).map_err(fail("checking its integrity"))?;
    out.times.integrity_check = began.elapsed();
    let began = Instant::now();
    out.foreign_keys =
        target::foreign_keys(&connection).map_err(fail("checking its foreign keys"))?;
    out.times.foreign_key_check = began.elapsed();
    out.not_checked
        .push("rows: a history has none to compare with".to_owned());
    Ok(out)
}
