//! Differences, losses, verdicts, diagnostics and decisions.

use maud::{Markup, html};

use super::{origin, prose};
use crate::diag::Severity;
use crate::lower::Loss;
use crate::report::{Report, view};
use crate::verify::query::QueryVerdict;
use crate::verify::{Finding, TableResult, Verdict};

pub(super) fn differences(report: &Report) -> Option<Markup> {
    let schema = view::schema_findings(report);
    let cells = view::differences(report);
    let checks = view::failed_checks(report);
    if schema.is_empty() && cells.is_empty() && checks.is_empty() {
        return None;
    }
    Some(html! {
        @if !schema.is_empty() { (schema_table(&schema)) }
        @if !cells.is_empty() { h3 { "Rows and cells" } (cell_tables(report)) }
        @if !checks.is_empty() {
            h3 { "Checks of the target" }
            ul { @for failed in &checks { li { b { (failed.check) } ": " (prose(&failed.said)) } } }
        }
    })
}

/// Whether there is something to say on both sides of a finding: a whole object may have no SQL.
fn told(finding: &Finding) -> bool {
    finding.aspect.is_some() || finding.expected.is_some() || finding.actual.is_some()
}

fn schema_table(findings: &[(&str, &Finding)]) -> Markup {
    html! {
        h3 { "Schema" }
        div.scroll.cells.schema {
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
                            td.expected { @if told(finding) { (sql_or_none(finding.expected.as_deref())) } }
                            td.found { @if told(finding) { (sql_or_none(finding.actual.as_deref())) } }
                            td { (origin(finding.origin.as_ref())) }
                        }
                    }
                }
            }
        }
    }
}

fn sql_or_none(text: Option<&str>) -> Markup {
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

/// Up to this number of differences in all, every table's are shown open.
const OPEN: usize = 60;

/// The cells that differ, table by table.
fn cell_tables(report: &Report) -> Markup {
    let all = view::differences(report).len();
    let tables = view::compared(report);
    let tables = tables.iter().filter(|t| !t.differing.is_empty());
    html! {
        @for (place, table) in tables.enumerate() {
            details open[place == 0 || all <= OPEN] {
                summary { b { (table.table) } ": " (prose(&table.sentence())) }
                (cells_of(table))
            }
        }
    }
}

fn cells_of(table: &TableResult) -> Markup {
    let cells = &table.differing;
    let values = cells
        .iter()
        .any(|d| d.source.is_some() || d.target.is_some());
    let listed = u64::try_from(cells.len()).unwrap_or(u64::MAX);
    let more = table.differing_total.saturating_sub(listed);
    html! {
        div.scroll.cells {
            table {
                thead {
                    tr {
                        th { "key" } th { "column" } th { "what is so" }
                        @if values { th { "source" } th { "target" } }
                    }
                }
                tbody {
                    @for difference in cells {
                        tr {
                            td { (difference.key) }
                            td { @if let Some(column) = &difference.column { b { (column) } } }
                            td { (prose(&difference.explanation)) }
                            @if values {
                                td.source { @if let Some(value) = &difference.source { code { (value) } } }
                                td.target { @if let Some(value) = &difference.target { code { (value) } } }
                            }
                        }
                    }
                }
            }
        }
        @if more > 0 || !table.narrowed {
            p.soft {
                @if !table.narrowed { "At least " }
                (view::count(more)) " more were counted and are not listed."
            }
        }
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

/// What the filters of the schema show: identifier, class of the rows that stay, words.
const FILTERS: [(&str, &[Verdict]); 6] = [
    ("equal", &[Verdict::Equal]),
    ("by-rule", &[Verdict::EqualByRule]),
    ("weaker", &[Verdict::Weaker]),
    ("lost", &[Verdict::Lost]),
    ("extra", &[Verdict::Extra]),
    ("differs", &[Verdict::Differs]),
];

fn class_of(verdict: Verdict) -> &'static str {
    let of = FILTERS.iter().find(|(_, list)| list.contains(&verdict));
    of.map_or("", |(class, _)| class)
}

/// Every object with both definitions; filters by verdict work without a script.
pub(super) fn objects(report: &Report) -> Option<Markup> {
    let verification = report
        .verification
        .as_ref()
        .filter(|v| !v.objects.is_empty())?;
    let counts = view::verdicts(report);
    let all = verification.objects.len();
    let changed = all
        - verification.objects_with(Verdict::Equal)
        - verification.objects_with(Verdict::EqualByRule);
    // Where nothing changes, everything is shown first.
    let first = if changed == 0 { "all" } else { "changed" };
    let filter = |id: &str, words: &str, number: usize| {
        html! {
            label {
                input type="radio" name="objects" id={ "objects-" (id) } checked[id == first];
                " " (words) " (" (number) ")"
            }
        }
    };
    Some(html! {
        div.shut {
            div.filters {
                (filter("changed", "what changes", changed))
                (filter("all", "everything", all))
                @for (which, number) in &counts {
                    (filter(class_of(*which), which.name(), *number))
                }
            }
            div.scroll {
                table {
                    thead { tr { th { "object" } th { "verdict" } th { "PostgreSQL" } th { "SQLite" } th { "what is so" } } }
                    tbody { @for object in &verification.objects { (object_row(object)) } }
                }
            }
        }
    })
}

/// Revision and line; the file is shown when one points at it.
fn short_origin(origin: &crate::diag::Origin) -> Markup {
    html! {
        span.origin title=(origin.place) {
            @if origin.revision.is_empty() {
                (origin.place)
            } @else {
                "revision " (origin.revision) ", line " (origin.place.line)
            }
        }
    }
}

fn object_row(object: &Finding) -> Markup {
    let gone = matches!(object.verdict, Verdict::Lost) && object.expected.is_some();
    let defined = object.expected.is_some() || object.actual.is_some();
    let definition = |sql: Option<&str>| {
        html! { @if gone || sql.is_some() { (sql_or_none(sql)) } }
    };
    html! {
        tr class=(class_of(object.verdict)) {
            td { span.soft { (object.kind.name()) } " " (object.object) }
            td { (verdict(object.verdict)) }
            // What has no definitions to show, a table, gives their room to its sentence.
            @if defined {
                td.pg { (definition(object.expected.as_deref())) }
                td.lite { (definition(object.actual.as_deref())) }
            }
            td colspan=[(!defined).then_some(3)] {
                @if let Some(note) = &object.note { (prose(note)) " " }
                @if let Some(origin) = &object.origin { (short_origin(origin)) }
            }
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
