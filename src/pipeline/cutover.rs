//! The whole move in order: preflight, backup check, baseline, apply, port, verify, report, publish.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::bundle::Bundle;
use super::events::Events;
use super::transfer::{Heard, Resume, Transfer, Transferred};
use super::{Baseline, BaselineOptions, Error, HistoryOptions, Replayed, artefacts, preflight};
use crate::config::Config;
use crate::interrupt::Interrupt;
use crate::pg::select::Selection;
use crate::report::{Report, StageTime, Times};
use crate::sqlite::publish::{Published, Replace, Staging};
use crate::verify::Level;

/// What a cutover is asked to do.
#[derive(Debug, Clone)]
pub struct CutoverOptions {
    /// Everything that was decided.
    pub config: Config,
    /// Where the history is.
    pub history: HistoryOptions,
    /// URL or dump.
    pub source: String,
    /// SQLite file.
    pub target: PathBuf,
    /// How thoroughly data is compared.
    pub level: Level,
    /// Do all but publish.
    pub rehearse: bool,
    /// Whether a file of the target's name may be replaced.
    pub replace: Replace,
    /// What becomes of a file that an earlier run left unfinished.
    pub resume: Resume,
    /// Command line without secrets, for the report.
    pub command: String,
    /// Whether `report.html` shows the times of the run.
    pub times: ShowTimes,
    /// Where the evidence bundle is written: a folder, or a file whose name ends with `.tar`.
    pub bundle: Option<PathBuf>,
}

/// Whether the page of the report shows clock readings, which differ from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShowTimes {
    /// It shows them.
    #[default]
    Yes,
    /// The same inputs give the same bytes.
    No,
}

/// What came of it.
#[derive(Debug)]
pub struct Cutover {
    /// The report, as it was written.
    pub report: Report,
    /// How long everything took.
    pub times: Times,
    /// The published file; `None` after a rehearsal or when something is red.
    pub published: Option<Published>,
    /// Files that were written, by their names.
    pub written: Vec<PathBuf>,
}

/// Measures stages and tells of them.
struct Clock<'a> {
    events: &'a dyn Events,
    interrupt: &'a Interrupt,
    times: Times,
}

impl Clock<'_> {
    fn stage<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<(T, String), Error>,
    ) -> Result<T, Error> {
        if self.interrupt.is_raised() {
            return Err(Error::Interrupted);
        }
        crate::failpoint::hit(&format!("cutover:{name}"));
        self.events.stage(name);
        let started = Instant::now();
        let (value, note) = work()?;
        let took = started.elapsed();
        self.times.stages.push(StageTime {
            name: name.to_owned(),
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
        self.events.stage_done(name, &note, took);
        Ok(value)
    }
}

/// Runs a cutover. The target's name is taken only by a verified file; when anything is red, the report says what and
/// nothing is published.
///
/// # Errors
/// A stage cannot be finished. Differences that the verification found are no error but the report's verdict.
pub fn cutover(
    options: &CutoverOptions,
    events: &dyn Events,
    interrupt: &Interrupt,
) -> Result<Cutover, Error> {
    if let Some(bundle) = options.bundle.as_deref().filter(|b| b.exists()) {
        return Err(Error::BundleExists(bundle.to_owned()));
    }
    let mut clock = Clock {
        events,
        interrupt,
        times: Times {
            started: Some(now()),
            ..Times::default()
        },
    };
    let mut staging = Staging::begin(&options.target, options.replace)?;
    let replayed = clock.stage("history", || history(options))?;
    let mut source = clock.stage("source", || {
        let source = crate::pg::open_source(&options.source, interrupt)?;
        let note = source.describe();
        Ok((source, note))
    })?;
    let preflight = clock.stage("preflight", || {
        let checks = preflight::check(
            &replayed,
            source.as_mut(),
            &options.target,
            options.rehearse,
        )?;
        for warning in &checks.warnings {
            events.warning(warning);
        }
        let note = checks.note();
        Ok((checks, note))
    })?;
    let baseline = clock.stage("baseline", || {
        let baseline = make_baseline(options, &replayed)?;
        baseline.accepted()?;
        preflight::importable(&baseline.lowering, options.config.target.importer)?;
        for entry in &baseline.lowering.unused_accepts {
            events.warning(&format!(
                "the configuration accepts {entry}, which is not needed"
            ));
        }
        let note = format!(
            "{} tables, {} losses decided or harmless",
            baseline.lowering.sqlite.tables.len(),
            baseline.lowering.losses.len()
        );
        Ok((baseline, note))
    })?;
    let mut written = artefacts::write_schema(&options.config, &replayed, &baseline)?;
    let transferred = Transfer {
        source: source.as_mut(),
        lowering: &baseline.lowering,
        migrations: &baseline.files,
        staging: &mut staging,
        resume: options.resume,
        selected: String::new(),
        level: options.level,
        max_rejects: options.config.port.max_rejects,
        jobs: options.config.port.readers(),
        rejects: Some(
            options
                .config
                .path(&options.config.report.dir)
                .join("rejects.csv"),
        ),
        form: options.config.target.form(),
    };
    let Transferred {
        summary,
        verification,
    } = transferred.run(events, interrupt, &mut clock.times)?;
    let mut report = artefacts::report(
        options,
        &replayed,
        &baseline,
        source.as_ref(),
        &preflight,
        &summary,
        &verification,
    );
    let changed = super::transfer::written(
        source,
        &baseline.lowering,
        &summary.marks,
        options.level,
        &mut || Ok(crate::pg::open_source(&options.source, interrupt)?),
        &Heard { events, interrupt },
    )?;
    artefacts::add_source_writes(&mut report, changed.as_ref());
    let safe = report.verdict.safe;
    clock.stage("report", || {
        let files =
            artefacts::write_report(&options.config.path(&options.config.report.dir), &report)?;
        let note = format!("{} files", files.len());
        written.extend(files);
        Ok(((), note))
    })?;
    let published = if safe && !options.rehearse {
        Some(clock.stage("publish", || {
            let published = staging.publish()?;
            crate::failpoint::hit("cutover:published");
            let note = published.target.display().to_string();
            Ok((published, note))
        })?)
    } else {
        None
    };
    if let (Some(published), Some(verification)) = (&published, &report.verification) {
        super::record::write(
            &published.target,
            report.source.as_ref().map_or("", |s| &s.description),
            &baseline.lowering,
            &Selection::default(),
            verification,
            events,
        );
    }
    clock.times.finished = Some(now());
    if options.times == ShowTimes::Yes {
        let dir = options.config.path(&options.config.report.dir);
        artefacts::write_timed_page(&dir, &report, &clock.times)?;
    }
    written.push(artefacts::write_times(&options.config, &clock.times)?);
    if let Some(to) = &options.bundle {
        let files = artefacts::for_bundle(&replayed, &baseline, &report)?;
        Bundle::of(
            &options.config,
            &options.source,
            &report,
            &clock.times,
            files,
        )
        .write(to)?;
        written.push(to.clone());
    }
    Ok(Cutover {
        report,
        times: clock.times,
        published,
        written,
    })
}

/// The present with its offset, to the second.
fn now() -> String {
    jiff::Zoned::now()
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

fn history(options: &CutoverOptions) -> Result<(Replayed, String), Error> {
    let replayed = super::read_history(&options.history)?.replay("heads")?;
    replayed.complete()?;
    let note = format!(
        "{} revisions, {} tables",
        replayed.revisions.len(),
        replayed.schema.tables.len()
    );
    Ok((replayed, note))
}

fn make_baseline(options: &CutoverOptions, replayed: &Replayed) -> Result<Baseline, Error> {
    let config = &options.config;
    let named = BaselineOptions {
        name: config.baseline.name.clone(),
        timestamp: super::baseline_timestamp(replayed, config.baseline.timestamp.as_deref())?,
        replaced: replayed
            .revisions
            .iter()
            .map(|r| r.revision.clone())
            .collect(),
    };
    super::baseline(&replayed.schema, &config.storage, &named)
}

/// How long the last run took, from its `times.json`, in milliseconds.
pub fn last_run(config: &Config) -> Option<u64> {
    let path: &Path = &config.path(&config.report.dir).join("times.json");
    let times: Times = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(times.stages.iter().map(|s| s.millis).sum())
}
