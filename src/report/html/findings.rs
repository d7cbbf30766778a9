//! Differences, losses, verdicts, diagnostics and decisions.

use maud::{Markup, html};

use super::{origin, prose};
use crate::diag::Severity;
use crate::lower::Loss;
use crate::report::{Report, view};
use crate::verify::query::QueryVerdict;
use crate::verify::{Finding, Verdict, Verification};

pub(super) fn differences(report: &Report) -> Option<Markup> {
    let schema = view::schema_findings(report);
    let cells = view::differences(report);
    let verification = report.verification.as_ref();
    let checks = verification.map(checks).unwrap_or_default();
    if schema.is_empty() && cells.is_empty() && checks.is_empty() {
        return None;
    }
    Some(html! {
        @if !schema.is_empty() { (schema_table(&schema)) }
        @if !cells.is_empty() { h3 { "Rows and cells" } (cell_table(report)) }
        @if !checks.is_empty() {
            h3 { "Checks of the target" }
            ul { @for line in &checks { li { (prose(line)) } } }
        }
    })
}

fn checks(verification: &Verification) -> Vec<String> {
    let mut out: Vec<String> = verification
        .integrity
        .iter()
        .map(|l| format!("integrity_check: {l}"))
        .collect();
    out.extend(verification.foreign_keys.iter().map(|b| {
        let rows = view::plural(b.rows, "row refers", "rows refer");
        format!(
            "{}({}): {rows} to no row of {}",
            b.table,
            b.columns.join(", "),
            b.parent
        )
    }));
    out.extend(
        verification
            .sequences
            .iter()
            .filter(|s| !s.ok)
            .map(|s| s.note.clone()),
    );
    out
}

fn schema_table(findings: &[(&'static str, &Finding)]) -> Markup {
    html! {
        h3 { "Schema" }
        div.scroll {
            table {
                thead { tr { th { "side" } th { "verdict" } th { "object" } th { "expected" } th { "found" } th { "where from" } } }
                tbody {
                    @for (side, finding) in findings {
                        tr {
                            td { (side) }
                            td { (verdict(finding.verdict)) }
                            td {
                                (finding.kind.name()) " " b { (finding.object) }
                                @if let Some(aspect) = &finding.aspect { ", " (aspect) }
                                @if let Some(note) = &finding.note { div.soft { (prose(note)) } }
                            }
                            td { (sql(finding.expected.as_deref())) }
                            td { (sql(finding.actual.as_deref())) }
                            td { (origin(finding.origin.as_ref())) }
                        }
                    }
                }
            }
        }
    }
}

fn sql(text: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = text { code { (text) } } @else { span.soft { "none" } }
    }
}

fn verdict(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Equal | Verdict::EqualByRule => "good",
        Verdict::Weaker => "warn",
        Verdict::Lost | Verdict::Extra | Verdict::Differs => "bad-text",
    };
    html! { span class={ "tag " (class) } { (verdict.name()) } }
}

fn cell_table(report: &Report) -> Markup {
    let cells = view::differences(report);
    let values = cells
        .iter()
        .any(|(_, d)| d.source.is_some() || d.target.is_some());
    let more = view::unlisted(report);
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "table" } th { "key" } th { "column" } th { "what is so" }
                        @if values { th { "source" } th { "target" } }
                    }
                }
                tbody {
                    @for (table, difference) in &cells {
                        tr {
                            td.name { (table.table) }
                            td { (difference.key) }
                            td { (difference.column.as_deref().unwrap_or_default()) }
                            td { (prose(&difference.explanation)) }
                            @if values {
                                td { (sql(difference.source.as_deref())) }
                                td { (sql(difference.target.as_deref())) }
                            }
                        }
                    }
                }
            }
        }
        @if more > 0 { p.soft { (view::count(more)) " more were counted and are not listed." } }
    }
}

/// The application's own queries, asked on both sides.
pub(super) fn queries(report: &Report) -> Option<Markup> {
    (!report.queries.is_empty()).then(|| {
        html! {
            @for query in &report.queries {
                div.loss class=(if query.verdict == QueryVerdict::Equal { "" } else { "dropped" }) {
                    b { (query.name) } " "
                    span class={ "tag " (if query.verdict == QueryVerdict::Equal { "good" } else { "bad-text" }) } {
                        (query.verdict.name())
                    }
                    div.soft { (view::query_facts(query)) }
                    @let lines = view::query_lines(query);
                    @if !lines.is_empty() { ul { @for line in lines { li { (prose(&line)) } } } }
                }
            }
        }
    })
}

pub(super) fn losses(report: &Report) -> Option<Markup> {
    if report.losses.is_empty() {
        return None;
    }
    Some(html! {
        @for grade in view::GRADES {
            @let list = view::losses(report, grade);
            @if !list.is_empty() {
                @let quiet = grade < crate::lower::Grade::Lossy;
                details open[!quiet] {
                    summary {
                        b { (list.len()) " " (view::grade_name(grade)) } ": " (view::grade_meaning(grade))
                    }
                    @for loss in list { (one_loss(loss)) }
                }
            }
        }
    })
}

fn one_loss(loss: &Loss) -> Markup {
    html! {
        div class={ "loss " (view::grade_name(loss.grade)) } {
            b { (loss.object) } " "
            span.tag.soft { (loss.rule.name()) } " "
            @if loss.accepted {
                span.tag.good { "accepted" }
            } @else if view::undecided(loss) {
                span.tag.bad-text { "needs a decision" }
            }
            div { (prose(&loss.note)) }
            @if let Some(remedy) = &loss.remedy { div.soft { (prose(remedy)) } }
            (origin(loss.origin.as_ref()))
        }
    }
}

pub(super) fn objects(report: &Report) -> Option<Markup> {
    let verification = report
        .verification
        .as_ref()
        .filter(|v| !v.objects.is_empty())?;
    let counts = view::verdicts(report);
    Some(html! {
        p {
            @for (place, (which, number)) in counts.iter().enumerate() {
                @if place > 0 { " " }
                (number) " " (verdict(*which))
            }
        }
        div.shut {
            div.filters {
                label { input type="radio" name="objects" id="only-changed" checked; " what changes" }
                label { input type="radio" name="objects" id="only-lost"; " what is lost" }
                label { input type="radio" name="objects" id="all-objects"; " everything" }
            }
            div.scroll {
                table {
                    thead { tr { th { "object" } th { "verdict" } th { "how" } th { "where from" } } }
                    tbody { @for object in &verification.objects { (object_row(object)) } }
                }
            }
        }
    })
}

fn object_row(object: &Finding) -> Markup {
    let class = match object.verdict {
        Verdict::Equal | Verdict::EqualByRule => "kept",
        Verdict::Weaker => "weaker",
        Verdict::Lost | Verdict::Extra | Verdict::Differs => "lost",
    };
    html! {
        tr class=(class) {
            td { span.soft { (object.kind.name()) } " " (object.object) }
            td { (verdict(object.verdict)) }
            td { @if let Some(note) = &object.note { (prose(note)) } }
            td { @if let Some(place) = &object.origin { span.origin { (place) } } }
        }
    }
}

pub(super) fn diagnostics(report: &Report) -> Option<Markup> {
    let list = view::diagnostics(report);
    let notes = report
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Note)
        .count();
    if list.is_empty() && notes == 0 {
        return None;
    }
    Some(html! {
        @for diagnostic in list {
            div.loss class=(if diagnostic.severity == Severity::Error { "dropped" } else { "lossy" }) {
                b { (view::severity_name(diagnostic.severity)) } " "
                span.tag.soft { (diagnostic.code.name()) }
                div { (prose(&diagnostic.message)) }
                (origin(diagnostic.origin.as_ref()))
                @if let Some(help) = &diagnostic.help { div.soft { (prose(help)) } }
            }
        }
        @if notes > 0 {
            details {
                summary { (view::plural(u64::try_from(notes).unwrap_or(0), "note", "notes")) }
                ul {
                    @for note in report.diagnostics.iter().filter(|d| d.severity == Severity::Note) {
                        li {
                            (prose(&note.message))
                            @if let Some(place) = &note.origin { " " span.origin { (place) } }
                        }
                    }
                }
            }
        }
    })
}

pub(super) fn decisions(report: &Report) -> Option<Markup> {
    if report.decisions.is_empty() {
        return None;
    }
    Some(html! {
        div.scroll {
            table {
                thead { tr { th { "key" } th { "decision" } th { "needed" } } }
                tbody {
                    @for decision in &report.decisions {
                        tr {
                            td { code { (decision.key) } }
                            td { code { (decision.text) } }
                            td { @if decision.used { "yes" } @else { span.warn { "no" } } }
                        }
                    }
                }
            }
        }
    })
}
