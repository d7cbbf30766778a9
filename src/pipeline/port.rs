//! Port, check and verification on their own, without the other stages of a cutover.

use std::path::{Path, PathBuf};

use super::artefacts;
use super::events::Events;
use super::transfer::{Heard, Resume, Transfer};
use super::{Error, HistoryOptions, Replayed};
use crate::config::Config;
use crate::interrupt::Interrupt;
use crate::lower::{self, Lowering};
use crate::pg::csv_folder::CsvFolder;
use crate::pg::select::{Selection, select};
use crate::pg::source::Source;
use crate::port::{CheckReport, Thorough};
use crate::report::{Diagram, Report, SourceInfo, Times};
use crate::sqlite::emit::emit_schema;
use crate::sqlite::publish::{Published, Replace, Staging};
use crate::verify::Level;

/// What is ported or compared.
#[derive(Debug, Clone)]
pub struct PortOptions {
    /// Everything that was decided.
    pub config: Config,
    /// The history whose schema the target has; without one the source's own catalog is lowered.
    pub history: Option<HistoryOptions>,
    /// URL, dump, or `history` (verification of the schema alone).
    pub source: String,
    /// How many rows the target may reject.
    pub max_rejects: u64,
    /// How thoroughly data is compared.
    pub level: Level,
    /// Which rows are asked for, and what of them is made unreadable.
    pub selection: Selection,
    /// What becomes of a file that an earlier run left unfinished.
    pub resume: Resume,
}

/// What came of a port.
#[derive(Debug)]
pub struct Ported {
    /// What was done and compared.
    pub report: Report,
    /// The published file; `None` when something is red.
    pub published: Option<Published>,
}

impl PortOptions {
    /// Opens a source; CSV files, which tell no types, with the history's schema.
    pub(super) fn open(
        &self,
        spec: &str,
        replayed: Option<&Replayed>,
        interrupt: &Interrupt,
    ) -> Result<Box<dyn Source>, Error> {
        let path = Path::new(spec);
        let source = if CsvFolder::is_one(path) {
            let schema = replayed.ok_or_else(|| Error::CsvWithoutSchema(spec.to_owned()))?;
            Box::new(CsvFolder::open(path, &schema.schema, interrupt)?)
        } else {
            crate::pg::open_source(spec, interrupt)?
        };
        Ok(select(source, &self.selection)?)
    }

    pub(super) fn replayed(&self) -> Result<Option<Replayed>, Error> {
        let Some(history) = &self.history else {
            return Ok(None);
        };
        let replayed = super::read_history(history)?.replay("heads")?;
        replayed.complete()?;
        Ok(Some(replayed))
    }

    /// The lowering of the history's schema, or else of the source's own, whatever is lost by it.
    fn lowered(&self, replayed: Option<&Replayed>, source: &dyn Source) -> Result<Lowering, Error> {
        let schema = replayed.map_or_else(|| source.schema(), |r| &r.schema);
        let lowering = lower::lower(schema, &self.config.storage);
        if lowering.tables.is_empty() {
            return Err(Error::NoTables(source.describe()));
        }
        Ok(lowering)
    }

    /// The same, if everything that is lost is accepted.
    pub(super) fn lowering(
        &self,
        replayed: Option<&Replayed>,
        source: &dyn Source,
    ) -> Result<Lowering, Error> {
        let lowering = self.lowered(replayed, source)?;
        super::preflight::importable(&lowering, self.config.target.importer)?;
        let losses: Vec<_> = lowering.refusals().cloned().collect();
        if losses.is_empty() {
            Ok(lowering)
        } else {
            Err(Error::Losses(losses))
        }
    }
}

/// Refuses a source that has another schema than the history: rows could not be ported, or would end up elsewhere.
fn same_schema(replayed: Option<&Replayed>, source: &dyn Source) -> Result<(), Error> {
    let Some(replayed) = replayed else {
        return Ok(());
    };
    let wrong = super::preflight::structural(&replayed.schema, source.schema());
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::SourceSchema(wrong))
    }
}

/// Ports all rows into a new file, compares both sides, and publishes the file when nothing differs.
///
/// # Errors
/// A stage cannot be finished; nothing is published then.
pub fn port(
    options: &PortOptions,
    target: &Path,
    replace: Replace,
    events: &dyn Events,
    interrupt: &Interrupt,
) -> Result<Ported, Error> {
    let rejects = beside(target, ".rejects.csv");
    port_to(
        options,
        target,
        replace,
        rejects,
        events,
        interrupt,
        Recorded::Beside,
    )
}

/// Whether a record of the rows is left beside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorded {
    Beside,
    /// The file is not the one that is kept.
    No,
}

/// The same with another name for the file of rejected rows.
pub(super) fn port_to(
    options: &PortOptions,
    target: &Path,
    replace: Replace,
    rejects: PathBuf,
    events: &dyn Events,
    interrupt: &Interrupt,
    recorded: Recorded,
) -> Result<Ported, Error> {
    let mut staging = Staging::begin(target, replace)?;
    let replayed = options.replayed()?;
    let mut source = options.open(&options.source, replayed.as_ref(), interrupt)?;
    same_schema(replayed.as_ref(), source.as_ref())?;
    let lowering = options.lowering(replayed.as_ref(), source.as_ref())?;
    let large = super::preflight::large_objects(source.as_ref());
    tell(large.as_deref(), events);
    let without = super::preflight::without_rows(source.as_ref())?;
    tell(without.as_deref(), events);
    let transferred = Transfer {
        source: source.as_mut(),
        lowering: &lowering,
        migrations: &[],
        staging: &mut staging,
        resume: options.resume,
        selected: format!("{:?}", options.selection),
        level: options.level,
        max_rejects: options.max_rejects,
        jobs: options.config.port.readers(),
        rejects: Some(rejects),
        form: options.config.target.form(),
    }
    .run(events, interrupt, &mut Times::default())?;
    let mut report = Report::new("port");
    report.verdict = artefacts::verdict(&transferred.summary, &transferred.verification);
    report.port = Some(artefacts::ported(&transferred.summary));
    describe(
        &mut report,
        options,
        &lowering,
        Some(source.as_ref()),
        target,
    );
    if let Some(replayed) = &replayed {
        let base = options.history.as_ref().and_then(|h| h.base.as_deref());
        report.inputs = artefacts::inputs(replayed, base);
        report.history = Some(artefacts::history(replayed));
    }
    report.verification = Some(transferred.verification);
    report.not_checked.extend(large);
    report.not_checked.extend(without);
    let written = super::transfer::written(
        source,
        &lowering,
        &transferred.summary.marks,
        options.level,
        &mut || options.open(&options.source, replayed.as_ref(), interrupt),
        &Heard { events, interrupt },
    )?;
    if let Some(sentence) = artefacts::source_writes(written.as_ref()) {
        tell(Some(&sentence), events);
        report.not_checked.push(sentence);
    }
    let published = if report.verdict.safe {
        Some(staging.publish()?)
    } else {
        None
    };
    if let (Some(published), Some(verification), Recorded::Beside) =
        (&published, &report.verification, recorded)
    {
        let source = report.source.as_ref().map(|s| s.description.as_str());
        super::record::write(
            &published.target,
            source.unwrap_or_default(),
            &lowering,
            &options.selection,
            verification,
            events,
        );
    }
    Ok(Ported { report, published })
}

pub(super) fn tell(sentence: Option<&str>, events: &dyn Events) {
    if let Some(sentence) = sentence {
        events.warning(sentence);
    }
}

pub(super) fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    target.with_file_name(name)
}

/// Counts the values that would change or be refused and the rows that would be rejected, without writing anything.
///
/// # Errors
/// History or source cannot be read.
pub fn check(
    options: &PortOptions,
    events: &dyn Events,
    interrupt: &Interrupt,
) -> Result<CheckReport, Error> {
    let replayed = options.replayed()?;
    let mut source = options.open(&options.source, replayed.as_ref(), interrupt)?;
    same_schema(replayed.as_ref(), source.as_ref())?;
    let lowering = options.lowered(replayed.as_ref(), source.as_ref())?;
    let heard = Heard { events, interrupt };
    let large = super::preflight::large_objects(source.as_ref());
    tell(large.as_deref(), events);
    let without = super::preflight::without_rows(source.as_ref())?;
    tell(without.as_deref(), events);
    let thorough = match options.level {
        Level::Full => Thorough::Yes,
        Level::Counts | Level::Sample | Level::Digest => Thorough::No,
    };
    let mut report = crate::port::check(
        source.as_mut(),
        &lowering,
        thorough,
        options.config.port.readers(),
        &heard,
    )?;
    report.not_carried.extend(large);
    report.not_carried.extend(without);
    Ok(report)
}

/// Puts what a report says of both sides into it.
pub(super) fn describe(
    report: &mut Report,
    options: &PortOptions,
    lowering: &Lowering,
    source: Option<&dyn Source>,
    target: &Path,
) {
    report.source = source.map(|source| SourceInfo {
        description: source.describe(),
        server_version: source.server_version(),
        alembic_versions: source.alembic_versions().unwrap_or_default(),
    });
    report.target = Some(target.display().to_string());
    report.diagram = Diagram::of(&lowering.sqlite);
    report.losses.clone_from(&lowering.losses);
    report.decisions =
        artefacts::decisions(&options.config.storage, options.history.as_ref(), lowering);
    report
        .decisions
        .extend(artefacts::selection(&options.selection));
}

/// Builds a lowering's schema in a new file, without a ledger; gives the number of statements.
pub(super) fn apply(
    lowering: &Lowering,
    file: &Path,
    page_size: Option<u32>,
) -> Result<usize, Error> {
    let script = emit_schema(&lowering.sqlite);
    let db = rusqlite::Connection::open(file)
        .map_err(Error::sqlite(format!("cannot create {}", file.display())))?;
    let build = || -> rusqlite::Result<()> {
        super::transfer::set_page_size(&db, page_size)?;
        db.execute_batch("PRAGMA foreign_keys=OFF; BEGIN")?;
        for statement in script.up.iter().chain(&script.triggers_up) {
            db.execute_batch(statement)?;
        }
        db.execute_batch("COMMIT")
    };
    build().map_err(Error::sqlite("the lowered schema cannot be built"))?;
    db.close()
        .map_err(|(_, cause)| Error::sqlite("the lowered schema cannot be built")(cause))?;
    Ok(script.up.len() + script.triggers_up.len())
}
