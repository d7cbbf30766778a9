//! A report's checks as a build server counts them, and its findings as a spreadsheet takes them.

use super::junit::{Case, Outcome, render as render_junit};
use super::{Report, view};
use crate::diag::Origin;
use crate::verify::TableResult;
use crate::verify::query::QueryVerdict;
use crate::verify::schema::{Finding, Verdict};

/// The checks as JUnit XML.
pub fn junit(report: &Report) -> String {
    let mut cases = Vec::new();
    if let Some(verification) = &report.verification {
        findings(&verification.schema_pg, "schema of the source", &mut cases);
        findings(
            &verification.schema_sqlite,
            "schema of the target",
            &mut cases,
        );
        for finding in &verification.objects {
            cases.push(object(finding));
        }
        for table in &verification.tables {
            cases.push(rows(table));
        }
        for sequence in &verification.sequences {
            let outcome = if sequence.ok {
                Outcome::Passed
            } else {
                Outcome::Failed(sequence.note.clone())
            };
            cases.push(case("sequence", &sequence.sequence, outcome));
        }
        for pair in &verification.more {
            findings(&pair.findings, &pair.actual, &mut cases);
            pair.tables.iter().for_each(|t| cases.push(rows(t)));
        }
        if view::asked_sqlite(report) {
            target(report, &mut cases);
        }
    }
    for query in &report.queries {
        let outcome = if query.verdict == QueryVerdict::Equal {
            Outcome::Passed
        } else {
            let mut lines = vec![view::query_facts(query)];
            lines.extend(view::query_lines(query));
            Outcome::Failed(lines.join("\n"))
        };
        cases.push(case("query", &query.name, outcome));
    }
    for sentence in report.all_not_checked() {
        cases.push(case(
            "not checked",
            sentence,
            Outcome::Skipped(sentence.to_owned()),
        ));
    }
    let outcome = if report.verdict.safe {
        Outcome::Passed
    } else {
        let mut why = vec![report.verdict.sentence.clone()];
        why.extend(report.verdict.reasons.iter().cloned());
        Outcome::Failed(why.join("\n"))
    };
    cases.push(case("verdict", &report.command, outcome));
    render_junit("decant", &cases)
}

fn case(class: &str, name: &str, outcome: Outcome) -> Case {
    Case {
        class: class.to_owned(),
        name: name.to_owned(),
        outcome,
    }
}

fn place(origin: Option<&Origin>) -> String {
    origin.map(ToString::to_string).unwrap_or_default()
}

/// What is so of a finding, without the object and its place.
fn what(finding: &Finding) -> String {
    let mut parts = Vec::new();
    parts.extend(finding.aspect.clone());
    parts.extend(finding.note.clone());
    parts.extend(finding.expected.as_ref().map(|e| format!("expected {e}")));
    parts.extend(finding.actual.as_ref().map(|a| format!("is {a}")));
    parts.join("; ")
}

/// A schema against the expected one: one check when nothing differs, else one for each difference.
fn findings(list: &[Finding], class: &str, cases: &mut Vec<Case>) {
    let before = cases.len();
    for finding in list.iter().filter(|f| f.verdict.is_difference()) {
        cases.push(case(
            class,
            &finding.object,
            Outcome::Failed(finding.sentence()),
        ));
    }
    if cases.len() == before {
        cases.push(case(class, "as expected", Outcome::Passed));
    }
}

fn object(finding: &Finding) -> Case {
    let outcome = match finding.verdict {
        Verdict::Equal => Outcome::Passed,
        Verdict::EqualByRule
        | Verdict::Weaker
        | Verdict::Lost
        | Verdict::Extra
        | Verdict::Differs => Outcome::Noted(finding.sentence()),
    };
    case("object", &finding.object, outcome)
}

fn rows(table: &TableResult) -> Case {
    let outcome = if table.ok() {
        Outcome::Passed
    } else {
        let mut lines = vec![table.sentence()];
        for difference in &table.differing {
            let column = difference.column.as_deref().unwrap_or("row");
            lines.push(format!(
                "{column} at {}: {}",
                difference.key, difference.explanation
            ));
        }
        Outcome::Failed(lines.join("\n"))
    };
    case("rows", &table.table, outcome)
}

/// SQLite's own checks and the constraints: one check each.
fn target(report: &Report, cases: &mut Vec<Case>) {
    let failed = view::failed_checks(report);
    for name in ["integrity_check", "foreign_key_check", "constraints"] {
        let lines: Vec<&str> = failed
            .iter()
            .filter(|one| one.check == name)
            .map(|one| one.said.as_str())
            .collect();
        let outcome = if lines.is_empty() {
            Outcome::Passed
        } else {
            Outcome::Failed(lines.join("\n"))
        };
        cases.push(case("target", name, outcome));
    }
}

/// Everything that is not simply equal, as CSV with a header: `kind,object,verdict,what,origin`.
///
/// # Errors
/// None that can happen in memory; a fault of the writer would be one.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["kind", "object", "verdict", "what", "origin"])?;
    if let Some(verification) = &report.verification {
        let mut lists = vec![
            ("schema of the source", &verification.schema_pg),
            ("schema of the target", &verification.schema_sqlite),
            ("object", &verification.objects),
        ];
        let more = verification.more.iter();
        lists.extend(more.map(|pair| (pair.actual.as_str(), &pair.findings)));
        for (kind, list) in lists {
            for finding in list.iter().filter(|f| f.verdict != Verdict::Equal) {
                // Of an object as a whole both definitions are known; what is so is in its note.
                let said = match (kind, &finding.aspect) {
                    ("object", None) => finding.note.clone().unwrap_or_default(),
                    _ => what(finding),
                };
                writer.write_record([
                    kind,
                    &finding.object,
                    finding.verdict.name(),
                    &said,
                    &place(finding.origin.as_ref()),
                ])?;
            }
        }
        for table in view::compared(report).into_iter().filter(|t| !t.ok()) {
            writer.write_record(["rows", &table.table, "differs", &table.sentence(), ""])?;
            for difference in &table.differing {
                let cell = match &difference.column {
                    Some(column) => format!("{}.{column} at {}", table.table, difference.key),
                    None => format!("{} at {}", table.table, difference.key),
                };
                writer.write_record(["cell", &cell, "differs", &difference.explanation, ""])?;
            }
        }
        for failed in view::failed_checks(report) {
            let kind = match failed.check {
                "sequences" => "sequence",
                other => other,
            };
            writer.write_record([kind, &failed.object, "differs", &failed.said, ""])?;
        }
    }
    for query in report
        .queries
        .iter()
        .filter(|q| q.verdict != QueryVerdict::Equal)
    {
        let mut lines = vec![view::query_facts(query)];
        lines.extend(view::query_lines(query));
        writer.write_record([
            "query",
            &query.name,
            query.verdict.name(),
            &lines.join("; "),
            &query.place,
        ])?;
    }
    for loss in &report.losses {
        let grade = format!("{:?}", loss.grade).to_lowercase();
        let what = match &loss.remedy {
            Some(remedy) => format!("{} {remedy}", loss.note),
            None => loss.note.clone(),
        };
        writer.write_record([
            "loss",
            &loss.object,
            &format!("{grade}, {}", loss.rule.name()),
            &what,
            &place(loss.origin.as_ref()),
        ])?;
    }
    for sentence in report.all_not_checked() {
        writer.write_record(["not checked", "", "", sentence, ""])?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| csv::Error::from(e.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
