//! Verdict, numbers, timeline, tables, migration and inputs.

use maud::{Markup, html};

use super::prose;
use crate::report::{Baseline, Report, StageTime, Times, advice, view};

pub(super) fn banner(report: &Report) -> Markup {
    let class = if report.verdict.safe { "good" } else { "bad" };
    html! {
        header class=(class) {
            h1 { (report.verdict.sentence) }
            @if !report.verdict.reasons.is_empty() {
                ul { @for reason in &report.verdict.reasons { li { (prose(reason)) } } }
            }
            @let steps = advice::steps(report);
            @if !steps.is_empty() {
                h2 { "What to do" }
                ol { @for step in &steps { li { (prose(step)) } } }
            }
        }
    }
}

fn card(value: &str, label: &str) -> Markup {
    html! { div.card { b { (value) } (label) } }
}

pub(super) fn facts(report: &Report) -> Markup {
    let lines = view::tables(report);
    let length = |n: usize| view::count(u64::try_from(n).unwrap_or(u64::MAX));
    let rows: u64 = lines
        .iter()
        .filter_map(|l| {
            l.verified
                .and_then(|v| v.rows_source)
                .or(l.port.map(|p| p.read))
        })
        .sum();
    html! {
        div.cards {
            @if !lines.is_empty() {
                (card(&length(lines.len()), "tables"))
                (card(&view::count(rows), "rows in the source"))
            }
            @if let Some(verification) = &report.verification {
                (card(
                    &length(verification.tables.iter().filter(|t| t.ok()).count()),
                    &format!("tables verified equal (level {})", verification.level.name()),
                ))
                (card(&view::count(verification.by_rule()), "cells changed by accepted rules"))
            }
            @if let Some(history) = &report.history {
                (card(&length(history.revisions.len()), "revisions"))
            }
            @if let Some(baseline) = &report.baseline {
                (card(&view::count(baseline.statements), "statements in the baseline"))
            }
            (card(&length(report.losses.len()), "things SQLite keeps otherwise or not"))
        }
        dl {
            dt { "command" } dd { code { (report.command) } }
            @if let Some(source) = &report.source {
                dt { "source" }
                dd {
                    (source.description)
                    @if let Some(version) = source.version_to_add() { ", PostgreSQL " (version) }
                    @if !source.alembic_versions.is_empty() {
                        ", at revision " code { (source.alembic_versions.join(", ")) }
                    }
                }
            }
            @if let Some(target) = &report.target {
                dt { "target" }
                dd {
                    code { (target) }
                    @if let Some(bytes) = report.port.as_ref().and_then(|p| p.file_bytes) { ", " (view::bytes(bytes)) }
                }
            }
            @if let Some(verification) = &report.verification {
                dt { "integrity_check" } dd { (clean(verification.integrity.is_empty())) }
                dt { "foreign_key_check" } dd { (clean(verification.foreign_keys.is_empty())) }
            }
        }
    }
}

fn clean(clean: bool) -> Markup {
    html! {
        @if clean { span.good { "clean" } } @else { span.bad-text { "faults found" } }
    }
}

pub(super) fn timeline(times: &Times) -> Option<Markup> {
    if times.stages.is_empty() {
        return None;
    }
    let total: u64 = times.stages.iter().map(|s| s.millis).sum();
    Some(html! {
        @if let Some(started) = &times.started {
            p.soft { "Began " (started) @if let Some(finished) = &times.finished { ", ended " (finished) } "." }
        }
        div.scroll {
            table {
                thead { tr { th { "stage" } th.n { "time" } th style="width:50%" {} } }
                tbody {
                    @for stage in &times.stages {
                        tr {
                            td.name { (stage.name) }
                            td.n { (view::duration(stage.millis)) }
                            td { div.bar style={ "width:" (share(stage.millis, total)) "%" } {} }
                        }
                    }
                    tr { td.name { "all" } td.n { (view::duration(total)) } td {} }
                }
            }
        }
    })
}

/// Whole percents of a total.
fn share(part: u64, total: u64) -> u64 {
    part.saturating_mul(100).checked_div(total).unwrap_or(0)
}

fn time_of(times: Option<&Times>, table: &str, which: fn(&Times) -> &[StageTime]) -> String {
    let stages = times.map(which).unwrap_or_default();
    stages
        .iter()
        .find(|s| s.name == table)
        .map(|s| view::duration(s.millis))
        .unwrap_or_default()
}

pub(super) fn tables(report: &Report, times: Option<&Times>) -> Option<Markup> {
    let lines = view::tables(report);
    if lines.is_empty() {
        return None;
    }
    let number = |n: Option<u64>| n.map(view::count).unwrap_or_default();
    // Columns that would be empty are left out.
    let ported = lines.iter().any(|l| l.port.is_some());
    let by_rule = lines.iter().any(|l| !l.by_rule().is_empty());
    let timed = times.is_some_and(|t| !t.port_tables.is_empty() || !t.verify_tables.is_empty());
    Some(html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th { "table" } th { "verified" }
                        @if ported {
                            th.n { "read" } th.n { "written" } th.n { "rejected" } th.n { "bytes" }
                        } @else {
                            th.n { "source" } th.n { "target" }
                        }
                        @if timed { th.n { "port" } th.n { "verify" } }
                        @if by_rule { th { "changed by rule" } }
                        th { "digest" }
                    }
                }
                tbody {
                    @for line in &lines {
                        tr class=[line.bad().then_some("wrong")] {
                            td.name { (line.table) }
                            td { (state(line)) }
                            td.n { (number(line.port.map(|p| p.read).or(line.verified.and_then(|v| v.rows_source)))) }
                            td.n { (number(line.port.map(|p| p.written).or(line.verified.and_then(|v| v.rows_target)))) }
                            @if ported {
                                td.n { (number(line.port.map(|p| p.rejected))) }
                                td.n { (line.port.map(|p| view::bytes(p.bytes)).unwrap_or_default()) }
                            }
                            @if timed {
                                td.n { (time_of(times, line.table, |t| &t.port_tables)) }
                                td.n { (time_of(times, line.table, |t| &t.verify_tables)) }
                            }
                            @if by_rule {
                                td {
                                    @for (column, rule, cells) in line.by_rule() {
                                        div { (column) ": " (view::count(cells)) " " (rule.name()) }
                                    }
                                }
                            }
                            td {
                                @if let Some(table) = line.verified {
                                    code title=(table.digest_source) {
                                        (table.digest_source.get(..12).unwrap_or_default())
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if let Some(port) = report.port.as_ref().filter(|p| !p.rejected.is_empty()) {
            h3 { "Rejected rows" }
            ul { @for row in &port.rejected { li { (prose(row)) } } }
        }
    })
}

fn state(line: &view::TableLine<'_>) -> Markup {
    let class = match line.verified {
        None => "soft",
        Some(table) if table.ok() => "good",
        Some(_) => "bad-text",
    };
    html! { span class=(class) { (line.state()) } }
}

pub(super) fn migration(baseline: &Baseline) -> Markup {
    let parts = [("up", &baseline.up), ("down", &baseline.down)];
    html! {
        p {
            code { (baseline.file) } " holds "
            (view::plural(baseline.statements, "statement", "statements")) " and replaces "
            (view::plural(u64::try_from(baseline.replaced.len()).unwrap_or(0), "revision", "revisions")) "."
        }
        dl { dt { "SHA-256" } dd { code { (baseline.sha256) } } }
        @for (name, sql) in parts {
            @if !sql.is_empty() {
                details { summary { (baseline.file) ", " (name) } pre { (sql) } }
            }
        }
        @for (name, sql) in &baseline.more {
            details { summary { (name) } pre { (sql) } }
        }
    }
}

pub(super) fn inputs(report: &Report) -> Option<Markup> {
    if report.inputs.is_empty() {
        return None;
    }
    Some(html! {
        details open[report.inputs.len() <= 12] {
            summary { (view::plural(u64::try_from(report.inputs.len()).unwrap_or(0), "file", "files")) }
            div.scroll {
                table {
                    thead { tr { th { "what" } th { "file" } th.n { "bytes" } th { "SHA-256" } } }
                    tbody {
                        @for input in &report.inputs {
                            tr {
                                td { (input.role) }
                                td { (input.name) }
                                td.n { (input.bytes.map(view::count).unwrap_or_default()) }
                                td { code { (input.sha256.as_deref().unwrap_or_default()) } }
                            }
                        }
                    }
                }
            }
        }
    })
}
