//! A replayed schema to the one migration that stands for the history.

use crate::files::updown::UpDown;
use crate::files::{Format as _, MigrationFile, TextFile};
use crate::lower::{self, Lowering};
use crate::pg;
use crate::sqlite::emit::emit_schema;

use super::Error;

/// How the baseline is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineOptions {
    /// Name part of the file name.
    pub name: String,
    /// `YYYYMMDDHHMMSS`.
    pub timestamp: String,
    /// Revisions that it replaces, in the order of replay.
    pub replaced: Vec<String>,
}

/// The squashed migration.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Schema, encodings and losses.
    pub lowering: Lowering,
    /// The migration, and behind it, one second later, the triggers where there are any.
    pub files: Vec<MigrationFile>,
    /// Names and texts of the files in the custom format.
    pub texts: Vec<TextFile>,
}

/// Lowers a PostgreSQL schema and writes the migration that builds it.
///
/// # Errors
/// The time stamp is not one. Losses are in the result; whether they refuse the run is for the caller to say.
pub fn baseline(
    schema: &pg::schema::Schema,
    storage: &lower::Options,
    options: &BaselineOptions,
) -> Result<Baseline, Error> {
    let lowering = lower::lower(schema, storage);
    let script = emit_schema(&lowering.sqlite);
    let mut first = MigrationFile::new(&options.timestamp, &options.name, script.up, script.down);
    first.replaces.clone_from(&options.replaced);
    let mut files = vec![first];
    if !script.triggers_up.is_empty() {
        files.push(MigrationFile::new(
            &next_second(&options.timestamp)?,
            &format!("{}_triggers", options.name),
            script.triggers_up,
            script.triggers_down,
        ));
    }
    // Read back from their own text, as every later run will read them: checksums and statements are those of the files.
    let mut texts = Vec::new();
    for file in &files {
        texts.extend(UpDown.write(file)?);
    }
    let read = UpDown.read(&texts)?;
    if !lowering.vector_indexes.is_empty() {
        let file = vector_indexes(&lowering, options)?;
        for mut text in UpDown.write(&file)? {
            text.path = format!("{LIBSQL}/{}", text.path);
            texts.push(text);
        }
    }
    Ok(Baseline {
        lowering,
        files: read,
        texts,
    })
}

/// The folder of what only libSQL can run: no run on a file finds it there.
const LIBSQL: &str = "libsql";

/// The last migration for a libSQL server: its vector indexes.
fn vector_indexes(
    lowering: &lower::Lowering,
    options: &BaselineOptions,
) -> Result<MigrationFile, Error> {
    let timestamp = next_second(&next_second(&options.timestamp)?)?;
    let up = lowering.vector_indexes.iter().map(|(_, sql)| sql.clone());
    let down = lowering.vector_indexes.iter().rev();
    let down = down.map(|(name, _)| format!("DROP INDEX {}", crate::sqlite::schema::quote(name)));
    Ok(MigrationFile::new(
        &timestamp,
        &format!("{}_vector_indexes", options.name),
        up.collect(),
        down.collect(),
    ))
}

/// The time stamp one second later.
pub(super) fn next_second(timestamp: &str) -> Result<String, Error> {
    let bad = || Error::BadTimestamp(timestamp.to_owned());
    let format = "%Y%m%d%H%M%S";
    let time = jiff::civil::DateTime::strptime(format, timestamp).map_err(|_| bad())?;
    let next = time
        .checked_add(jiff::Span::new().seconds(1))
        .map_err(|_| bad())?;
    Ok(next.strftime(format).to_string())
}

impl Baseline {
    /// Refuses when something is lost that nobody accepted.
    ///
    /// # Errors
    /// There are such losses.
    pub fn accepted(&self) -> Result<(), Error> {
        let losses: Vec<_> = self.lowering.refusals().cloned().collect();
        if losses.is_empty() {
            Ok(())
        } else {
            Err(Error::Losses(losses))
        }
    }
}

/// The time stamp of the baseline: the given one, or the newest Create Date of the history; never the clock.
///
/// # Errors
/// There is none, or the given one is not one.
pub fn baseline_timestamp(
    replayed: &super::Replayed,
    given: Option<&str>,
) -> Result<String, Error> {
    match given {
        Some(text) if text.len() == 14 && next_second(text).is_ok() => Ok(text.to_owned()),
        Some(text) => Err(Error::BadTimestamp(text.to_owned())),
        None => replayed
            .read
            .history
            .newest_create_date()
            .ok_or(Error::NoTimestamp),
    }
}
