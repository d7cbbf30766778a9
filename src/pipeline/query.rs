//! The application's own queries on a live PostgreSQL and a SQLite file.

use std::path::Path;

use super::Error;
use crate::interrupt::Interrupt;
use crate::pg::conn::{ConnectOptions, LiveSource};
use crate::pg::source::Source as _;
use crate::report::{Input, Report, SourceInfo, Verdict};
use crate::verify::query::{QueryVerdict, Values, file, run};

/// Asks every query of a file on both sides and compares the results. Both sides are only read.
///
/// # Errors
/// The file cannot be read or understood, the source is no server, or a side cannot be opened. A query that fails, or differs, is in
/// the report's verdict.
pub fn queries(
    file: &Path,
    source: &str,
    target: &Path,
    values: Values,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    let shown = file.display().to_string();
    let content = std::fs::read_to_string(file)
        .map_err(|cause| Error::Queries(format!("{shown}: {cause}")))?;
    let queries = file::parse(&shown, &content).map_err(|e| Error::Queries(e.to_string()))?;
    if Path::new(source).exists() || source == "history" {
        return Err(Error::QueriesNeedServer(source.to_owned()));
    }
    let mut live = LiveSource::open(&ConnectOptions::parse(source)?, interrupt)?;
    let mut report = Report::new("verify --query");
    report.inputs = vec![Input {
        role: "queries".to_owned(),
        name: shown,
        sha256: Some(super::sha256(content.as_bytes())),
        bytes: u64::try_from(content.len()).ok(),
    }];
    report.source = Some(SourceInfo {
        description: live.describe(),
        server_version: live.server_version(),
        alembic_versions: Vec::new(),
    });
    report.target = Some(target.display().to_string());
    report.queries = run(&queries, &mut live, target, values, interrupt)?;
    let number = |verdict: QueryVerdict| {
        report
            .queries
            .iter()
            .filter(|q| q.verdict == verdict)
            .count()
    };
    let (all, equal) = (report.queries.len(), number(QueryVerdict::Equal));
    let (different, failed) = (
        number(QueryVerdict::Different),
        number(QueryVerdict::Failed),
    );
    report.verdict = Verdict {
        safe: equal == all,
        sentence: if equal == all {
            format!("All {all} queries give the same on both sides.")
        } else {
            format!(
                "{equal} of {all} queries give the same on both sides; different: {different}, failed: {failed}."
            )
        },
        reasons: Vec::new(),
    };
    report
        .not_checked
        .push("everything else: with --query only the queries were compared".to_owned());
    Ok(report)
}
