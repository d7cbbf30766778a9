//! `verify` of any two or three sides: histories, PostgreSQL databases and dumps, SQLite files and libSQL servers.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::artefacts;
use super::bundle::Bundle;
use super::drift::{Database, drift};
use super::port::{PortOptions, describe};
use super::transfer::Heard;
use super::{Error, Replayed, events::Events, read_history};
use crate::files::runner::{Rehearsal, likeness_of_server};
use crate::interrupt::Interrupt;
use crate::lower::{self, Lowering};
use crate::pg::schema::Schema;
use crate::pg::source::Source;
use crate::report::{Report, StageTime, Times, Verdict};
use crate::sqlite::remote::{self, RemoteUrl};
use crate::verify::{
    self, Comparison, Finding, SideInfo, Verification, compare_displayed, compare_pg,
};

/// Something that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The history's schema at a point of it (`heads`, an id, `branch@head`).
    History(String),
    /// A live PostgreSQL, a dump, or a folder of CSV files.
    Postgres(String),
    /// A SQLite file.
    File(PathBuf),
    /// A libSQL server.
    Server(RemoteUrl),
}

impl Side {
    /// Reads `history[@REV]`, a URL, or the path of a file, which is told by what is in it.
    ///
    /// # Errors
    /// The URL of a libSQL server cannot be read.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text == "history" {
            return Ok(Self::History("heads".to_owned()));
        }
        if let Some(at) = text.strip_prefix("history@") {
            return Ok(Self::History(at.to_owned()));
        }
        if let Some(url) = Self::server(text)? {
            return Ok(Self::Server(url));
        }
        if crate::pg::is_connection(text) || is_postgres_file(Path::new(text)) {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Ok(Self::File(PathBuf::from(text)))
    }

    /// A target: the URL of a libSQL server, or else a file.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn target(path: &Path) -> Result<Self, Error> {
        let url = path.to_str().map(Self::server).transpose()?.flatten();
        Ok(url.map_or_else(|| Self::File(path.to_owned()), Self::Server))
    }

    fn server(text: &str) -> Result<Option<RemoteUrl>, Error> {
        let scheme = text
            .split_once("://")
            .map(|(scheme, _)| scheme.to_lowercase());
        match scheme.is_some_and(|s| RemoteUrl::is_scheme(&s)) {
            true => RemoteUrl::parse(text)
                .map(Some)
                .map_err(|e| crate::files::Error::Url(e.to_string()).into()),
            false => Ok(None),
        }
    }

    fn is_target(&self) -> bool {
        match self {
            Self::History(_) | Self::Postgres(_) => false,
            Self::File(_) | Self::Server(_) => true,
        }
    }
}

/// Whether a path is one of a dump or of CSV files: by its first bytes, and where they say nothing by its name.
fn is_postgres_file(path: &Path) -> bool {
    if path.is_dir() {
        return true;
    }
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|f| f.take(16).read_to_end(&mut head));
    let name = path.to_string_lossy().to_lowercase();
    let named_so = [
        ".sql", ".dump", ".tar", ".gz", ".zst", ".lz4", ".backup", ".pgdump",
    ];
    match read {
        Ok(_) if head.starts_with(b"SQLite format 3") => false,
        Ok(_) if head.starts_with(b"PGDMP") || head.starts_with(b"--\n-- ") => true,
        _ => named_so.iter().any(|ending| name.ends_with(ending)),
    }
}

/// How sides are compared.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Values of cells that differ are shown.
    pub show_values: bool,
    /// How libSQL servers are spoken to.
    pub remote: remote::Options,
    /// Whether the report has the hashes of dumps and databases, too, which costs a pass over each file.
    pub hashes: Hashes,
    /// Tables compared at the same time, of a live server with a SQLite file ([`verify::Options::jobs`]).
    pub jobs: u32,
}

/// Which inputs of a verification have a hash in its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hashes {
    /// Scripts alone.
    #[default]
    Scripts,
    /// All files.
    All,
}

/// A side of PostgreSQL's kind.
struct PgSide {
    info: SideInfo,
    schema: Schema,
    versions: Option<Vec<String>>,
    replayed: Option<Replayed>,
    source: Option<Box<dyn Source>>,
}

/// A side of SQLite's kind.
struct Target {
    info: SideInfo,
    path: PathBuf,
    without: Vec<String>,
    /// What was read from a server; the file goes with it.
    copy: Option<Rehearsal>,
}

/// Compares two or three sides.
///
/// # Errors
/// A side cannot be read, or their number is none that can be compared.
pub fn verify(
    options: &PortOptions,
    sides: &[Side],
    how: &VerifyOptions,
    events: &dyn Events,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    if !(2..=3).contains(&sides.len()) {
        return Err(Error::Sides(sides.len()));
    }
    let (targets, databases): (Vec<&Side>, Vec<&Side>) = sides.iter().partition(|s| s.is_target());
    let named = databases.iter().any(|s| matches!(s, Side::History(_)));
    // Between databases alone a history counts that was named; files are decoded by the one that the configuration has.
    let implied = match named || targets.is_empty() {
        true => None,
        false => options.replayed()?,
    };
    let mut pg = Vec::new();
    for side in databases {
        pg.push(open(options, side, implied.as_ref(), interrupt)?);
    }
    // The history is what the others are judged by.
    pg.sort_by_key(|d| d.replayed.is_none());
    let mut files = Vec::new();
    for side in targets {
        files.push(target(side, how, interrupt)?);
    }
    let mut report = Report::new("verify");
    let replayed = pg.iter().find_map(|d| d.replayed.as_ref());
    if let Some(replayed) = replayed.or(implied.as_ref()) {
        let base = options.history.as_ref().and_then(|h| h.base.as_deref());
        report.inputs = artefacts::inputs(replayed, base);
        report.history = Some(artefacts::history(replayed));
    }
    if how.hashes == Hashes::All {
        report
            .inputs
            .extend(sides.iter().filter_map(|side| match side {
                Side::Postgres(spec) => artefacts::input("dump", Path::new(spec)),
                Side::File(path) => artefacts::input("database", path),
                Side::History(_) | Side::Server(_) => None,
            }));
    }
    let heard = Heard { events, interrupt };
    let mut verification = match files.split_first() {
        None => between_databases(&mut pg, options, how, &heard)?,
        Some((first, others)) => with_target(
            options,
            how,
            &mut pg,
            implied,
            first,
            others,
            &heard,
            &mut report,
        )?,
    };
    let infos = pg.iter().map(|d| d.info.clone());
    verification.sides = infos.chain(files.iter().map(|f| f.info.clone())).collect();
    report.verdict = verdict(&verification, files.is_empty(), sides.len());
    report.verification = Some(verification);
    Ok(report)
}

/// How long the parts of a verification took: SQLite's own checks apart from the comparison.
pub fn verify_times(verification: &Verification) -> Times {
    let millis = |took: std::time::Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let times = &verification.times;
    let stage = |name: &str, took| StageTime {
        name: name.to_owned(),
        millis: millis(took),
    };
    let rows = times.tables.iter().map(|(_, took)| *took).sum();
    Times {
        stages: vec![
            stage("schema", times.schema),
            stage("rows", rows),
            stage("constraints", times.constraints),
            stage("integrity_check", times.integrity_check),
            stage("foreign_key_check", times.foreign_key_check),
        ],
        verify_tables: times.tables.iter().map(|(t, d)| stage(t, *d)).collect(),
        ..Times::default()
    }
}

/// Writes the evidence of a verification: its report, the scripts and settings, and how to repeat it. `sides` are those of the
/// command line, `flags` what else it said that decides about the result.
///
/// # Errors
/// The bundle exists, or cannot be written.
pub fn bundle_verification(
    to: &Path,
    config: &crate::config::Config,
    sides: &[String],
    flags: &[String],
    report: &Report,
) -> Result<(), Error> {
    let mut files = Vec::new();
    for (name, text) in artefacts::forms(report)? {
        files.push((format!("report/{name}"), text.into_bytes()));
    }
    let times = report.verification.as_ref().map(verify_times);
    Bundle::of_verification(
        config,
        sides,
        flags,
        report,
        &times.unwrap_or_default(),
        files,
    )
    .write(to)
}

fn open(
    options: &PortOptions,
    side: &Side,
    implied: Option<&Replayed>,
    interrupt: &Interrupt,
) -> Result<PgSide, Error> {
    match side {
        Side::History(at) => {
            let history = options.history.as_ref().ok_or(Error::NoScripts)?;
            let replayed = read_history(history)?.replay(at)?;
            replayed.complete()?;
            let scripts: Vec<String> = history
                .scripts
                .iter()
                .map(|p| p.display().to_string())
                .collect();
            Ok(PgSide {
                info: SideInfo {
                    role: "history".to_owned(),
                    name: format!("history {} at {at}", scripts.join(", ")),
                    revisions: replayed.target.heads.clone(),
                },
                schema: replayed.schema.clone(),
                versions: None,
                replayed: Some(replayed),
                source: None,
            })
        }
        Side::Postgres(spec) => {
            let source = options.open(spec, implied, interrupt)?;
            let versions = source.alembic_versions();
            Ok(PgSide {
                info: SideInfo {
                    role: "postgresql".to_owned(),
                    name: source.describe(),
                    revisions: versions.clone().unwrap_or_default(),
                },
                schema: source.schema().clone(),
                versions,
                replayed: None,
                source: Some(source),
            })
        }
        Side::File(_) | Side::Server(_) => Err(Error::Sides(0)),
    }
}

fn target(side: &Side, how: &VerifyOptions, interrupt: &Interrupt) -> Result<Target, Error> {
    let info = |name: String| SideInfo {
        role: "sqlite".to_owned(),
        name,
        revisions: Vec::new(),
    };
    match side {
        Side::File(path) => Ok(Target {
            info: info(path.display().to_string()),
            path: path.clone(),
            without: Vec::new(),
            copy: None,
        }),
        Side::Server(url) => {
            let (copy, without) = likeness_of_server(url, &how.remote, interrupt)?;
            Ok(Target {
                info: info(url.to_string()),
                path: copy.path(),
                without,
                copy: Some(copy),
            })
        }
        Side::History(_) | Side::Postgres(_) => Err(Error::Sides(0)),
    }
}

impl PgSide {
    /// What differs in another database from this side.
    fn judge(&self, other: &PgSide) -> Result<Vec<Finding>, Error> {
        match &self.replayed {
            Some(replayed) if other.replayed.is_none() => {
                let database = Database {
                    schema: &other.schema,
                    versions: other.versions.clone(),
                };
                drift(replayed, &database)
            }
            _ => {
                let mut findings = compare_pg(&self.schema, &other.schema);
                if self.replayed.is_none() && other.replayed.is_none() {
                    findings.extend(compare_displayed(&self.schema, &other.schema));
                }
                findings.splice(0..0, versions(&self.info, &other.info));
                Ok(findings)
            }
        }
    }
}

/// Version tables of two databases that no history is compared with.
fn versions(one: &SideInfo, other: &SideInfo) -> Option<Finding> {
    (one.revisions != other.revisions && one.role == other.role && one.role != "history").then(
        || Finding {
            aspect: Some("rows".to_owned()),
            expected: Some(one.revisions.join(", ")).filter(|t| !t.is_empty()),
            actual: Some(other.revisions.join(", ")).filter(|t| !t.is_empty()),
            ..Finding::new(
                verify::Verdict::Differs,
                verify::ObjectKind::Revision,
                "alembic_version",
            )
        },
    )
}

fn between_databases(
    pg: &mut [PgSide],
    options: &PortOptions,
    how: &VerifyOptions,
    heard: &Heard<'_>,
) -> Result<Verification, Error> {
    let mut out = Verification {
        level: verify::Level::Counts,
        ..Verification::default()
    };
    let Some((first, others)) = pg.split_first() else {
        return Err(Error::Sides(0));
    };
    for (place, other) in others.iter().enumerate() {
        let findings = first.judge(other)?;
        if place == 0 {
            out.schema_pg = findings;
        } else {
            out.more
                .push(comparison(&first.info, &other.info, findings));
        }
        say_what_catalogs_do_not_tell(first, other, &mut out.not_checked);
    }
    let rows = rows_between(pg, options, how, heard, &mut out.not_checked)?;
    if rows.is_empty() {
        out.not_checked
            .push("rows: a history has none to compare with".to_owned());
        return Ok(out);
    }
    out.level = options.level;
    say_level(options.level, &mut out.not_checked);
    for (expected, actual, pair) in rows {
        match (expected, actual) {
            (0, 1) => {
                out.tables = pair.tables;
                out.schema_pg.extend(pair.findings);
            }
            _ => out.more.push(pair),
        }
    }
    Ok(out)
}

/// What a level leaves out between two databases.
fn say_level(level: verify::Level, not_checked: &mut Vec<String>) {
    match level {
        verify::Level::Counts => {
            not_checked.push("values: level `counts` compares numbers of rows alone".to_owned())
        }
        verify::Level::Sample => not_checked.push(
            "most rows: level `sample` compares some rows of each table that has a key".to_owned(),
        ),
        verify::Level::Digest | verify::Level::Full => {}
    }
}

/// Rows and sequences of every database against the first that has some; with the places of both among the sides.
fn rows_between(
    pg: &mut [PgSide],
    options: &PortOptions,
    how: &VerifyOptions,
    heard: &Heard<'_>,
    not_checked: &mut Vec<String>,
) -> Result<Vec<(usize, usize, Comparison)>, Error> {
    let chosen = verify::Options {
        show_values: how.show_values,
        ..verify::Options::default()
    };
    let mut with_rows = pg
        .iter_mut()
        .enumerate()
        .filter_map(|(at, side)| Some((at, &side.info, side.source.as_mut()?)));
    let Some((expected, info, one)) = with_rows.next() else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for (actual, other_info, other) in with_rows {
        let mut pair = comparison(info, other_info, Vec::new());
        pair.tables = verify::compare_rows(
            one.as_mut(),
            other.as_mut(),
            options.level,
            &chosen,
            heard,
            not_checked,
        )?;
        pair.findings = verify::compare_sequences(one.as_ref(), other.as_ref());
        out.push((expected, actual, pair));
    }
    Ok(out)
}

fn comparison(expected: &SideInfo, actual: &SideInfo, findings: Vec<Finding>) -> Comparison {
    Comparison {
        expected: expected.name.clone(),
        actual: actual.name.clone(),
        findings,
        tables: Vec::new(),
    }
}

/// What two schemas of PostgreSQL have and the comparison leaves out.
fn say_what_catalogs_do_not_tell(one: &PgSide, other: &PgSide, not_checked: &mut Vec<String>) {
    if let Some(version) = &one.replayed
        && other.replayed.is_none()
        && other.versions.is_none()
    {
        not_checked.push(format!(
            "{}: it has no alembic_version, so that it is taken to be at {}",
            other.info.name,
            version.target.heads.join(", ")
        ));
    }
    // Two servers display alike, and what they display was compared.
    if one.replayed.is_some() {
        let views = verify::views_not_compared(&one.schema, &other.schema);
        if !views.is_empty() {
            not_checked.push(format!(
                "queries of views ({}): the script's text and the one that PostgreSQL displays have no common form",
                views.join(", ")
            ));
        }
    }
    if !one.schema.others.is_empty() {
        not_checked.push(format!(
            "{} object(s) that are kept as their statement alone (rules, range types, aggregates)",
            one.schema.others.len()
        ));
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one verification")]
fn with_target(
    options: &PortOptions,
    how: &VerifyOptions,
    pg: &mut [PgSide],
    implied: Option<Replayed>,
    first: &Target,
    others: &[Target],
    heard: &Heard<'_>,
    report: &mut Report,
) -> Result<Verification, Error> {
    let chosen = verify::Options {
        show_values: how.show_values,
        jobs: how.jobs,
        ..verify::Options::default()
    };
    let named = pg.iter().find_map(|d| d.replayed.clone());
    let is_named = named.is_some();
    let replayed = named.or(implied);
    let place = pg.iter().position(|d| d.source.is_some());
    let mut source = place
        .and_then(|at| pg.get_mut(at))
        .and_then(|d| d.source.take());
    let mut out = match (source.as_mut(), &replayed) {
        (Some(source), _) => {
            let lowering = options.lowering(replayed.as_ref(), source.as_ref())?;
            let large = super::preflight::large_objects(source.as_ref());
            super::port::tell(large.as_deref(), heard.events);
            report.not_checked.extend(large);
            let mut out = verify::run(
                source.as_mut(),
                &lowering,
                &first.path,
                options.level,
                &chosen,
                heard,
            )?;
            if let Some(replayed) = &replayed {
                let database = Database {
                    schema: source.schema(),
                    versions: source.alembic_versions(),
                };
                let findings = std::mem::take(&mut out.schema_pg);
                out.schema_pg = super::drift::attribute(findings, replayed, &database)?;
            }
            super::record::judge(&first.path, &lowering, &options.selection, &mut out);
            describe(
                report,
                options,
                &lowering,
                Some(source.as_ref()),
                Path::new(&first.info.name),
            );
            out
        }
        (None, Some(replayed)) if is_named => {
            let lowering: Lowering = lower::lower(&replayed.schema, &options.config.storage);
            let out = verify::run_schema(&lowering, &first.path, &chosen)?;
            describe(
                report,
                options,
                &lowering,
                None,
                Path::new(&first.info.name),
            );
            out
        }
        (None, _) => {
            report.target = Some(first.info.name.clone());
            Verification {
                level: options.level,
                ..Verification::default()
            }
        }
    };
    if let Some(replayed) = &replayed {
        out.schema_sqlite.splice(
            0..0,
            verify::alembic_rows(&first.path, &replayed.target.heads)?,
        );
    }
    let own = verify::left_out(&first.path, &chosen, &out.tables)?;
    if !own.is_empty() {
        let said = format!(
            "tables of decant and its runner in the target: {}",
            own.join(", ")
        );
        out.not_checked.push(said);
    }
    for (at, other) in pg.iter().enumerate() {
        let Some(judge) = pg
            .first()
            .filter(|_| at > 0 && place.is_some_and(|p| p != at))
        else {
            continue;
        };
        let findings = judge.judge(other)?;
        out.more
            .push(comparison(&judge.info, &other.info, findings));
        say_what_catalogs_do_not_tell(judge, other, &mut out.not_checked);
    }
    if let (Some(at), Some(source)) = (place, source) {
        if let Some(side) = pg.get_mut(at) {
            side.source = Some(source);
        }
        for (_, _, pair) in rows_between(pg, options, how, heard, &mut out.not_checked)? {
            let mut known = out.more.iter_mut();
            match known.find(|c| c.expected == pair.expected && c.actual == pair.actual) {
                Some(comparison) => {
                    comparison.tables = pair.tables;
                    comparison.findings.extend(pair.findings);
                }
                None => out.more.push(pair),
            }
        }
    }
    for other in others {
        let mut found =
            verify::compare_files(&first.path, &other.path, options.level, &chosen, heard)?;
        found.expected.clone_from(&first.info.name);
        found.actual.clone_from(&other.info.name);
        out.more.push(found);
    }
    for target in [first].into_iter().chain(others) {
        if target.copy.is_some() {
            out.not_checked.push(format!(
                "the file that {} keeps: integrity_check and the other checks ran on a copy of its schema and rows",
                target.info.name
            ));
        }
        for object in &target.without {
            out.not_checked.push(format!(
                "{object} of {}: only the server's SQLite knows it",
                target.info.name
            ));
        }
    }
    Ok(out)
}

fn verdict(verification: &Verification, databases_alone: bool, sides: usize) -> Verdict {
    // Where nothing is moved, a comment that differs is drift like any other.
    let all = [&verification.schema_pg]
        .into_iter()
        .chain(verification.more.iter().map(|c| &c.findings));
    let comments = databases_alone && all.flatten().any(|f| f.verdict.is_difference());
    let safe = verification.ok() && !comments;
    let word = match sides {
        2 => ("Both sides are equal.", "The two sides differ."),
        _ => ("All three sides are equal.", "The three sides differ."),
    };
    let mut reasons = verification.reasons();
    if comments && reasons.is_empty() {
        reasons.push("comments differ, on which nothing depends".to_owned());
    }
    Verdict {
        safe,
        sentence: if safe { word.0 } else { word.1 }.to_owned(),
        reasons,
    }
}
