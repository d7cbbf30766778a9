//! A replayed history to one migration per revision.

use serde::Serialize;

use super::baseline::next_second;
use super::history::start;
use super::{Error, Replayed};
use crate::convert::{self, Conversion, Revision};
use crate::files::updown::UpDown;
use crate::files::{Format as _, MigrationFile, TextFile, slug};
use crate::lower::{self, Lowering};
use crate::sqlite::emit::emit_schema;
use crate::sqlite::schema::{Trigger, quote};

/// One revision and its files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConvertedRevision {
    /// What it does.
    #[serde(flatten)]
    pub conversion: Conversion,
    /// Names of its files in the order of versions; none for a revision that changes nothing in SQLite, which is folded.
    pub files: Vec<String>,
}

/// A history as migrations.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The schema that the last migration leaves, and what SQLite cannot keep of it.
    pub lowering: Lowering,
    /// Every revision, in the order of replay.
    pub revisions: Vec<ConvertedRevision>,
    /// The migrations, in the order of versions.
    pub files: Vec<MigrationFile>,
    /// Names and texts of the files in the custom format.
    pub texts: Vec<TextFile>,
}

/// Converts every revision of a replayed history. Versions are Create Dates, moved on by seconds where those collide or run
/// backwards; a history that starts from a base file begins with a migration that makes it.
///
/// # Errors
/// The base file cannot be read, or a revision has no Create Date and neither has any before it. Losses and what was not
/// converted are in the result; whether they refuse the run is for the caller to say.
pub fn convert(replayed: &Replayed, storage: &lower::Options) -> Result<Converted, Error> {
    let base = start(&replayed.read.options)?.schema;
    let inputs: Vec<Revision<'_>> = replayed
        .revisions
        .iter()
        .map(|r| Revision {
            id: &r.revision,
            ops: &r.ops,
        })
        .collect();
    let conversions = convert::convert(base.clone(), &inputs, storage);
    let mut clock = Clock::new(replayed)?;
    let mut files = Vec::new();
    if replayed.read.options.base.is_some() {
        files.extend(base_files(&lower::lower(&base, storage), &mut clock)?);
    }
    let mut revisions = Vec::with_capacity(conversions.len());
    let mut folded = Vec::new();
    for (conversion, source) in conversions.into_iter().zip(&replayed.revisions) {
        if conversion.is_empty() {
            folded.push(conversion.revision.clone());
            revisions.push(ConvertedRevision {
                conversion,
                files: Vec::new(),
            });
            continue;
        }
        let revision = replayed.read.history.get(&conversion.revision);
        clock.at_least(revision.and_then(crate::history::Revision::timestamp));
        let own = files_of(&conversion, &source.message, &mut folded, &mut clock)?;
        revisions.push(ConvertedRevision {
            conversion,
            files: own.iter().map(|f| f.file_name.clone()).collect(),
        });
        files.extend(own);
    }
    let mut texts = Vec::new();
    for file in &files {
        texts.extend(UpDown.write(file)?);
    }
    Ok(Converted {
        lowering: lower::lower(&replayed.schema, storage),
        revisions,
        files: UpDown.read(&texts)?,
        texts,
    })
}

impl Converted {
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

/// Gives versions that only go up.
struct Clock {
    /// The next version.
    next: String,
}

impl Clock {
    /// Begins a second before the first Create Date, so that a base has room.
    fn new(replayed: &Replayed) -> Result<Self, Error> {
        let dates = replayed.revisions.iter();
        let mut dates = dates.filter_map(|r| replayed.read.history.get(&r.revision)?.timestamp());
        match dates.next() {
            Some(first) => Ok(Self { next: first }),
            None => Err(Error::NoTimestamp),
        }
    }

    fn at_least(&mut self, timestamp: Option<String>) {
        if let Some(timestamp) = timestamp.filter(|t| *t > self.next) {
            self.next = timestamp;
        }
    }

    fn take(&mut self) -> Result<String, Error> {
        let following = next_second(&self.next)?;
        Ok(std::mem::replace(&mut self.next, following))
    }
}

/// The schema that the first revision meets.
fn base_files(base: &Lowering, clock: &mut Clock) -> Result<Vec<MigrationFile>, Error> {
    let script = emit_schema(&base.sqlite);
    let mut out = vec![MigrationFile::new(
        &clock.take()?,
        "base",
        script.up,
        script.down,
    )];
    if !script.triggers_up.is_empty() {
        out.push(MigrationFile::new(
            &clock.take()?,
            "base_triggers",
            script.triggers_up,
            script.triggers_down,
        ));
    }
    Ok(out)
}

/// The files of one revision: what it does, and around it the triggers, whose bodies the team's original tool would split.
fn files_of(
    conversion: &Conversion,
    message: &str,
    folded: &mut Vec<String>,
    clock: &mut Clock,
) -> Result<Vec<MigrationFile>, Error> {
    let name = match slug(message) {
        name if name.is_empty() => slug(&conversion.revision),
        name => name,
    };
    let mut out = Vec::new();
    if !conversion.down_triggers.is_empty() {
        out.push(MigrationFile::new(
            &clock.take()?,
            &format!("{name}_triggers_before"),
            vec!["SELECT 'on the way down, the triggers of before are made again here'".to_owned()],
            sqls(&conversion.down_triggers),
        ));
    }
    let mut main = MigrationFile::new(
        &clock.take()?,
        &name,
        conversion.up.clone(),
        conversion.down.clone(),
    );
    if main.up.is_empty() {
        main.up = vec!["SELECT 'only triggers change'".into()];
        main.down = vec!["SELECT 'only triggers change'".into()];
    }
    main.replaces = std::mem::take(folded);
    main.replaces.push(conversion.revision.clone());
    main.notes = notes(conversion);
    out.push(main);
    if !conversion.up_triggers.is_empty() {
        out.push(MigrationFile::new(
            &clock.take()?,
            &format!("{name}_triggers"),
            sqls(&conversion.up_triggers),
            conversion.up_triggers.iter().map(drop_trigger).collect(),
        ));
    }
    Ok(out)
}

fn sqls(triggers: &[Trigger]) -> Vec<String> {
    triggers.iter().map(|t| t.sql.clone()).collect()
}

fn drop_trigger(trigger: &Trigger) -> String {
    format!("DROP TRIGGER {}", quote(&trigger.name))
}

/// What the file's head says.
fn notes(conversion: &Conversion) -> Vec<String> {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = Vec::new();
    if !conversion.rebuilt.is_empty() {
        out.push(format!("Rebuilds: {}", conversion.rebuilt.join(", ")));
    }
    if !conversion.discarded.is_empty() {
        out.push(format!(
            "Discards the values of: {}",
            conversion.discarded.join(", ")
        ));
    }
    for note in &conversion.notes {
        out.push(format!("Note: {}", line(note)));
    }
    for item in &conversion.unconverted {
        out.push(format!(
            "NOT CONVERTED: {}: {}",
            line(&item.what),
            line(&item.why)
        ));
    }
    out
}
