//! A replayed history to one migration per revision.

use serde::Serialize;

use super::baseline::next_second;
use super::history::start;
use super::{Error, Replayed};
use crate::convert::{self, Conversion, Revision};
use crate::files::updown::UpDown;
use crate::files::{Format, MigrationFile, TextFile, slug};
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
pub fn convert(
    replayed: &Replayed,
    storage: &lower::Options,
    format: &dyn Format,
) -> Result<Converted, Error> {
    let base = start(&replayed.read.options)?.schema;
    let mut clock = Clock::new(replayed)?;
    let mut files = Vec::new();
    if replayed.read.options.base.is_some() {
        files.extend(schema_files(
            &lower::lower(&base, storage),
            "base",
            Default::default(),
            &mut clock,
            format.takes_triggers(),
        )?);
    }
    let chain = chain(
        replayed,
        storage,
        base,
        0,
        &mut clock,
        format.takes_triggers(),
    )?;
    files.extend(chain.files);
    Ok(Converted {
        lowering: lower::lower(&replayed.schema, storage),
        revisions: chain.revisions,
        texts: format.write_all(&files)?,
        files: read_back(&files)?,
    })
}

/// Migrations as every later run reads them from their own text: checksums and statements are those of the files.
pub(super) fn read_back(files: &[MigrationFile]) -> Result<Vec<MigrationFile>, Error> {
    Ok(UpDown.read(&UpDown.write_all(files)?)?)
}

/// Converted revisions and their migrations.
pub(super) struct Chain {
    pub revisions: Vec<ConvertedRevision>,
    pub files: Vec<MigrationFile>,
}

/// Converts the revisions of a replayed history from a place on, over the schema that is there before it.
pub(super) fn chain(
    replayed: &Replayed,
    storage: &lower::Options,
    start: crate::pg::schema::Schema,
    from: usize,
    clock: &mut Clock,
    with_triggers: bool,
) -> Result<Chain, Error> {
    let sources = replayed.revisions.get(from..).unwrap_or_default();
    let inputs: Vec<Revision<'_>> = sources
        .iter()
        .map(|r| Revision {
            id: &r.revision,
            ops: &r.ops,
            down: &r.down,
        })
        .collect();
    let conversions = convert::convert(start, &inputs, storage);
    let mut files: Vec<MigrationFile> = Vec::new();
    let mut revisions = Vec::with_capacity(conversions.len());
    let mut folded = Vec::new();
    for (conversion, source) in conversions.into_iter().zip(sources) {
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
        let own = files_of(
            &conversion,
            &source.message,
            &mut folded,
            clock,
            with_triggers,
        )?;
        revisions.push(ConvertedRevision {
            conversion,
            files: own.iter().map(|f| f.file_name.clone()).collect(),
        });
        files.extend(own);
    }
    // What is left over belongs to the last migration that replaces something.
    if let Some(last) = files.iter_mut().rev().find(|f| !f.replaces.is_empty()) {
        last.notes.extend(folded_note(&folded));
        last.replaces.append(&mut folded);
    }
    Ok(Chain { revisions, files })
}

/// Says that revisions have no file of their own.
fn folded_note(folded: &[String]) -> Option<String> {
    (!folded.is_empty()).then(|| {
        format!(
            "Stands for {}, too, which change nothing in SQLite",
            folded.join(", ")
        )
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
pub(super) struct Clock {
    /// The next version.
    next: String,
}

impl Clock {
    /// Begins with the first Create Date.
    fn new(replayed: &Replayed) -> Result<Self, Error> {
        let dates = replayed.revisions.iter();
        let mut dates = dates.filter_map(|r| replayed.read.history.get(&r.revision)?.timestamp());
        match dates.next() {
            Some(first) => Ok(Self { next: first }),
            None => Err(Error::NoTimestamp),
        }
    }

    /// Begins at a moment.
    pub fn at(timestamp: &str) -> Self {
        Self {
            next: timestamp.to_owned(),
        }
    }

    fn at_least(&mut self, timestamp: Option<String>) {
        if let Some(timestamp) = timestamp.filter(|t| *t > self.next) {
            self.next = timestamp;
        }
    }

    pub fn take(&mut self) -> Result<String, Error> {
        let following = next_second(&self.next)?;
        Ok(std::mem::replace(&mut self.next, following))
    }
}

/// A schema as a migration, its rows in one behind it, and its triggers behind those, unless all may stand in one.
pub(super) fn schema_files(
    lowering: &Lowering,
    name: &str,
    (mut rows_up, rows_down): (Vec<String>, Vec<String>),
    clock: &mut Clock,
    with_triggers: bool,
) -> Result<Vec<MigrationFile>, Error> {
    let mut script = emit_schema(&lowering.sqlite);
    if with_triggers {
        script.up.append(&mut rows_up);
        script.up.append(&mut script.triggers_up);
        script.triggers_down.append(&mut script.down);
        std::mem::swap(&mut script.down, &mut script.triggers_down);
    }
    let mut out = vec![MigrationFile::new(
        &clock.take()?,
        name,
        script.up,
        script.down,
    )];
    if !rows_up.is_empty() {
        let name = format!("{name}_rows");
        out.push(MigrationFile::new(
            &clock.take()?,
            &name,
            rows_up,
            rows_down,
        ));
    }
    if !script.triggers_up.is_empty() {
        out.push(MigrationFile::new(
            &clock.take()?,
            &format!("{name}_triggers"),
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
    with_triggers: bool,
) -> Result<Vec<MigrationFile>, Error> {
    let name = match slug(message) {
        name if name.is_empty() => slug(&conversion.revision),
        name => name,
    };
    let mut out = Vec::new();
    if with_triggers {
        let mut up = conversion.up.clone();
        up.extend(sqls(&conversion.up_triggers));
        let gone = conversion.up_triggers.iter().map(drop_trigger);
        let mut down: Vec<String> = gone.chain(conversion.down.iter().cloned()).collect();
        down.extend(sqls(&conversion.down_triggers));
        let mut file = MigrationFile::new(&clock.take()?, &name, up, down);
        file.notes = notes(conversion, folded);
        file.replaces = std::mem::take(folded);
        file.replaces.push(conversion.revision.clone());
        return Ok(vec![file]);
    }
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
    main.notes = notes(conversion, folded);
    main.replaces = std::mem::take(folded);
    main.replaces.push(conversion.revision.clone());
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
fn notes(conversion: &Conversion, folded: &[String]) -> Vec<String> {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out: Vec<String> = folded_note(folded).into_iter().collect();
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
