//! What a cutover leaves beside the SQLite file: schema, operations, migrations, report, times.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::cutover::CutoverOptions;
use super::preflight::Checks;
use super::{Baseline, Error, HistoryOptions, Replayed, kind_name, write_file};
use crate::config::Config;
use crate::files::Statement;
use crate::history::{Release, SaidBy};
use crate::ir::OpKind;
use crate::lower::{self, Lowering};
use crate::pg::emit::emit_schema;
use crate::pg::source::{Source, Written};
use crate::port;
use crate::report::{self, Decision, Diagram, Input, Report, SourceInfo, Times, Verdict};
use crate::sqlite::publish::sha256_file;
use crate::verify::Verification;

/// Writes the replayed PostgreSQL schema, the operations and the migration files.
pub(super) fn write_schema(
    config: &Config,
    replayed: &Replayed,
    baseline: &Baseline,
) -> Result<Vec<PathBuf>, Error> {
    let dir = config.path(&config.report.dir);
    let mut written = Vec::new();
    let mut write = |path: PathBuf, text: &str| -> Result<(), Error> {
        write_file(&path, text.as_bytes())?;
        written.push(path);
        Ok(())
    };
    write(
        dir.join("schema.postgresql.sql"),
        &emit_schema(&replayed.schema),
    )?;
    write(dir.join("ops.json"), &json(&replayed.revisions))?;
    let migrations = config.path(&config.baseline.dir);
    for file in &baseline.texts {
        write(migrations.join(&file.path), &file.text)?;
    }
    Ok(written)
}

/// Pretty JSON with a newline at its end. The values here have string keys only, so that cannot fail.
fn json<T: serde::Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Writes a report in its formats.
///
/// # Errors
/// The folder cannot be written.
pub fn write_report(dir: &Path, report: &Report) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    for (name, text) in forms(report)? {
        let path = dir.join(name);
        write_file(&path, text.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

/// A report in its formats, by file name; none holds a clock reading.
pub(super) fn forms(report: &Report) -> Result<[(&'static str, String); 5], Error> {
    Ok([
        ("report.md", report::markdown::render(report)),
        ("report.html", report::html::render(report, None)),
        ("report.json", json(report)),
        ("report.junit.xml", report::checks::junit(report)),
        ("findings.csv", report::checks::csv(report)?),
    ])
}

/// Writes the page once more, with the times of the run.
pub(super) fn write_timed_page(dir: &Path, report: &Report, times: &Times) -> Result<(), Error> {
    let page = report::html::render(report, Some(times));
    write_file(&dir.join("report.html"), page.as_bytes())
}

/// What a cutover wrote besides the file, for its bundle: names in the bundle and bytes.
pub(super) fn for_bundle(
    replayed: &Replayed,
    baseline: &Baseline,
    report: &Report,
) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut out = vec![
        (
            "schema.postgresql.sql".to_owned(),
            emit_schema(&replayed.schema).into_bytes(),
        ),
        (
            "ops.json".to_owned(),
            json(&replayed.revisions).into_bytes(),
        ),
    ];
    for file in &baseline.texts {
        let name = format!("migrations/{}", file.path);
        out.push((name, file.text.clone().into_bytes()));
    }
    for (name, text) in forms(report)? {
        out.push((format!("report/{name}"), text.into_bytes()));
    }
    Ok(out)
}

/// Writes the clock readings, which alone differ from run to run.
pub(super) fn write_times(config: &Config, times: &Times) -> Result<PathBuf, Error> {
    let path = config.path(&config.report.dir).join("times.json");
    write_file(&path, json(times).as_bytes())?;
    Ok(path)
}

/// The report of a cutover.
pub(super) fn report(
    options: &CutoverOptions,
    replayed: &Replayed,
    baseline: &Baseline,
    source: &dyn Source,
    checks: &Checks,
    summary: &port::Summary,
    verification: &Verification,
) -> Report {
    let mut report = Report::new(options.command.clone());
    report.verdict = verdict(summary, verification);
    report.inputs = inputs(replayed, options.history.base.as_deref());
    // A URL is no file; it is described, without secrets, as the source.
    report
        .inputs
        .extend(input("dump", Path::new(&options.source)));
    report.source = Some(SourceInfo {
        description: source.describe(),
        server_version: source.server_version(),
        alembic_versions: source.alembic_versions().unwrap_or_default(),
    });
    report.target = Some(options.target.display().to_string());
    report.history = Some(history(replayed));
    report.baseline = Some(migration(baseline, replayed));
    report.diagram = Diagram::of(&baseline.lowering.sqlite);
    report.port = Some(ported(summary));
    report.verification = Some(verification.clone());
    report.losses.clone_from(&baseline.lowering.losses);
    report.diagnostics = replayed
        .diagnostics
        .iter()
        .filter(|d| d.severity > crate::diag::Severity::Note)
        .cloned()
        .collect();
    report.decisions = decisions(
        &options.config.storage,
        Some(&options.history),
        &baseline.lowering,
    );
    report.assumptions = replayed
        .assumptions
        .iter()
        .map(|a| {
            let how = if a.given {
                "was given as"
            } else {
                "was assumed to be"
            };
            format!("{} {how} {}", a.name, a.value)
        })
        .chain(
            replayed
                .read
                .set
                .diagnostics
                .iter()
                .map(|d| d.message.clone()),
        )
        .chain(release(&replayed.read.sqlalchemy))
        .collect();
    report
        .not_checked
        .extend(checks.not_checked.iter().cloned());
    report.not_checked.extend(checks.warnings.iter().cloned());
    report.go_back = go_back(options);
    report
}

/// For which SQLAlchemy the history was read, where the user did not say it.
fn release(release: &Release) -> Option<String> {
    (release.said_by != SaidBy::User).then(|| format!("the history was read for {release}"))
}

pub(super) fn verdict(summary: &port::Summary, verification: &Verification) -> Verdict {
    let mut reasons = verification.reasons();
    let rejected = summary.rejected();
    if rejected > 0 && summary.rejected_rows.is_none() {
        reasons.insert(
            0,
            format!("{rejected} rows were rejected by the target, more than can be held to verify the rest"),
        );
    }
    let safe = reasons.is_empty() && verification.ok();
    let rows: u64 = summary.tables.iter().map(|t| t.rows_written).sum();
    let sentence = if safe && rejected > 0 {
        format!(
            "Safe to switch but for {rejected} rejected rows, as many as were allowed or fewer: they are NOT in the file. The other {rows} rows in {} tables are equal on both sides, and the file is sound.",
            summary.tables.len()
        )
    } else if safe && rows == 0 {
        format!(
            "Safe to switch: the {} tables have no rows on either side, and the file is sound.",
            summary.tables.len()
        )
    } else if safe {
        format!(
            "Safe to switch: {rows} rows in {} tables are equal on both sides, and the file is sound.",
            summary.tables.len()
        )
    } else {
        "Not safe to switch: the two sides differ. Nothing was published.".to_owned()
    };
    Verdict {
        safe,
        sentence,
        reasons,
    }
}

/// A file with its hash; `None` for what is no file.
pub(super) fn input(role: &str, path: &Path) -> Option<Input> {
    let (sha256, bytes) = sha256_file(path).ok()?;
    Some(Input {
        role: role.to_owned(),
        name: path.display().to_string(),
        sha256: Some(sha256),
        bytes: Some(bytes),
    })
}

/// The files that a history was read from.
pub(super) fn inputs(replayed: &Replayed, base: Option<&Path>) -> Vec<Input> {
    let mut inputs: Vec<Input> = replayed
        .read
        .set
        .files
        .iter()
        .chain(&replayed.read.set.env)
        .map(|f| Input {
            role: "script".to_owned(),
            name: f.path.clone(),
            sha256: Some(f.sha256.clone()),
            bytes: None,
        })
        .collect();
    let known: std::collections::HashSet<String> = inputs.iter().map(|i| i.name.clone()).collect();
    if let Some(ini) = &replayed.read.set.ini {
        inputs.extend(input("settings", &ini.file));
    }
    for path in &replayed.imported {
        let shown = path.display().to_string();
        if !known.contains(&shown) {
            inputs.extend(input("import", path));
        }
    }
    inputs.extend(base.and_then(|base| input("base", base)));
    inputs
}

pub(super) fn history(replayed: &Replayed) -> report::HistorySummary {
    let history = &replayed.read.history;
    let mut ops: IndexMap<String, u64> = IndexMap::new();
    let mut coverage = report::Coverage::default();
    for op in replayed.revisions.iter().flat_map(|r| &r.ops) {
        *ops.entry(kind_name(&op.kind)).or_default() += 1;
        coverage.operations += 1;
        if matches!(op.kind, OpKind::Opaque(_)) {
            coverage.opaque += 1;
        }
    }
    ops.sort_keys();
    report::HistorySummary {
        revisions: replayed
            .revisions
            .iter()
            .filter_map(|r| history.get(&r.revision).map(|revision| (r, revision)))
            .map(|(r, revision)| report::RevisionRow {
                id: revision.id.clone(),
                parents: revision.down_revisions.clone(),
                depends_on: revision.depends_on.clone(),
                message: revision.message.clone(),
                file: revision.file.path.clone(),
                create_date: revision.create_date.clone(),
                branch_labels: revision.branch_labels.clone(),
                ops: u64::try_from(r.ops.len()).unwrap_or(u64::MAX),
            })
            .collect(),
        heads: history.heads.clone(),
        bases: history.bases.clone(),
        merges: history.merges().iter().map(|r| r.id.clone()).collect(),
        ops,
        coverage,
    }
}

fn migration(baseline: &Baseline, replayed: &Replayed) -> report::Baseline {
    let mut texts = baseline.texts.iter();
    let section = |statements: &[Statement]| {
        statements
            .iter()
            .map(|s| format!("{};\n", s.sql))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let first = baseline.files.first();
    let text = texts.next();
    report::Baseline {
        file: text.map(|t| t.path.clone()).unwrap_or_default(),
        sha256: text
            .map(|t| super::sha256(t.text.as_bytes()))
            .unwrap_or_default(),
        statements: first.map_or(0, |f| u64::try_from(f.up.len()).unwrap_or(u64::MAX)),
        replaced: replayed
            .revisions
            .iter()
            .map(|r| r.revision.clone())
            .collect(),
        up: first.map(|f| section(&f.up)).unwrap_or_default(),
        down: first.map(|f| section(&f.down)).unwrap_or_default(),
        more: texts.map(|t| (t.path.clone(), t.text.clone())).collect(),
    }
}

pub(super) fn ported(summary: &port::Summary) -> report::PortSummary {
    report::PortSummary {
        tables: summary
            .tables
            .iter()
            .map(|t| report::PortTable {
                table: t.table.clone(),
                read: t.rows_read,
                written: t.rows_written,
                rejected: t.rows_rejected,
                bytes: t.bytes,
                by_rule: summary
                    .changes
                    .iter()
                    .filter(|c| c.table == t.table)
                    .map(|c| report::RuleRows {
                        column: c.column.clone(),
                        rule: c.rule,
                        cells: c.count,
                    })
                    .collect(),
            })
            .collect(),
        rejected: summary
            .rejects
            .iter()
            .map(|r| format!("{} {}: {}", r.table, r.key, r.reason))
            .collect(),
        file_bytes: None,
    }
}

pub(super) fn decisions(
    storage: &lower::Options,
    history: Option<&HistoryOptions>,
    lowering: &Lowering,
) -> Vec<Decision> {
    let unused = &lowering.unused_accepts;
    let mut decisions: Vec<Decision> = storage
        .accept
        .iter()
        .map(|entry| Decision {
            key: "accept".to_owned(),
            text: entry.clone(),
            used: !unused.iter().any(|u| u.contains(entry.as_str())),
        })
        .collect();
    for (key, map) in [("types", &storage.types), ("columns", &storage.columns)] {
        for (name, over) in map {
            let parts: Vec<String> = [("declared", &over.declared), ("encoding", &over.encoding)]
                .into_iter()
                .filter_map(|(k, v)| v.as_ref().map(|v| format!("{k} {v}")))
                .collect();
            decisions.push(Decision {
                key: key.to_owned(),
                text: format!("{name}: {}", parts.join(", ")),
                used: true,
            });
        }
    }
    for (key, said, text) in [
        (
            "check-lengths",
            storage.check_lengths,
            "lengths of texts are kept by CHECK",
        ),
        ("strict", storage.strict, "tables are STRICT"),
        (
            "libsql",
            storage.libsql,
            "vectors are libSQL's, their indexes a migration for the server",
        ),
    ] {
        if said {
            decisions.push(Decision {
                key: key.to_owned(),
                text: text.to_owned(),
                used: true,
            });
        }
    }
    for table in &storage.no_autoincrement {
        decisions.push(Decision {
            key: "no-autoincrement".to_owned(),
            text: table.clone(),
            used: true,
        });
    }
    for (name, value) in history.iter().flat_map(|h| &h.assume) {
        decisions.push(Decision {
            key: "assume".to_owned(),
            text: format!("{name} = {value}"),
            used: true,
        });
    }
    decisions
}

fn go_back(options: &CutoverOptions) -> Vec<String> {
    let target = options.target.display();
    vec![
        "PostgreSQL was only read: point the application's database URL back at it and start the release that ran before."
            .to_owned(),
        format!(
            "A file that had the name before, if there was one, is beside it as `{target}.backup-N`: stop the application and rename it back."
        ),
        format!(
            "Rows written to `{target}` after the switch are not in PostgreSQL: keep the file until they are brought over or given up."
        ),
    ]
}

/// What was asked for of the source, as decisions: a part of a database, or values made unreadable, is no cutover.
pub(super) fn selection(selection: &crate::pg::select::Selection) -> Vec<Decision> {
    let lists = [
        ("--table", &selection.tables),
        ("--exclude", &selection.exclude),
        ("--where", &selection.conditions),
        ("--redact", &selection.redactions),
    ];
    let of = |(key, items): (&str, &Vec<String>)| {
        let key = key.to_owned();
        let decision = move |text: &String| Decision {
            key: key.clone(),
            text: text.clone(),
            used: true,
        };
        items.iter().map(decision).collect::<Vec<_>>()
    };
    lists.into_iter().flat_map(of).collect()
}

/// Puts into the report what was written to the source behind the snapshot: those rows are not in the file.
pub(super) fn add_source_writes(report: &mut Report, written: Option<&Written>) {
    match written {
        None | Some(Written::Nothing) => {}
        Some(Written::Tables(tables)) => {
            let names = tables
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            report.verdict = Verdict {
                safe: false,
                sentence: "Not safe to switch: the source was written to during the run. Nothing was published."
                    .to_owned(),
                reasons: std::iter::once(format!(
                    "tables that changed in the source after the snapshot: {names}; stop the application and run again"
                ))
                .chain(report.verdict.reasons.drain(..))
                .collect(),
            };
        }
        Some(Written::Unproven) => report.not_checked.extend(source_writes(written)),
    }
}

/// What was written to the source during a run, as a sentence.
pub(super) fn source_writes(written: Option<&Written>) -> Option<String> {
    match written {
        None | Some(Written::Nothing) => None,
        Some(Written::Tables(tables)) => Some(format!(
            "The source was written to during the run: {}. The file has the rows of the snapshot at its beginning, and what was written since is not in it.",
            tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        )),
        Some(Written::Unproven) => Some(
            "Other transactions ended on the server during the run. No counter of a table of this database moved, which does not prove that nothing was written (the level digest would)."
                .to_owned(),
        ),
    }
}
