//! The report for a terminal: verdict first, then a table, what differs, and what to do.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};

use super::{Report, Times, view};
use crate::diag::render_text;
use crate::verify::DifferenceKind;
use crate::verify::query::QueryVerdict;

/// Whether escape sequences for colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Plain,
    /// ANSI colours.
    Ansi,
}

impl Colour {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Colour::Plain => text.to_owned(),
            Colour::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    fn good(self, text: &str) -> String {
        self.paint("1;32", text)
    }

    fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// How many findings of one kind are listed; the files of the report have them all.
const LISTED: usize = 20;

/// The report as text, lines of at most about 110 characters.
pub fn render(report: &Report, times: Option<&Times>, colour: Colour) -> String {
    let mut out = String::new();
    verdict(report, colour, &mut out);
    tables(report, times, &mut out);
    rejected(report, colour, &mut out);
    findings(report, colour, &mut out);
    queries(report, colour, &mut out);
    losses(report, colour, &mut out);
    diagnostics(report, colour, &mut out);
    section("Not checked", &report.all_not_checked(), colour, &mut out);
    let steps: Vec<&str> = report.go_back.iter().map(String::as_str).collect();
    section("How to go back", &steps, colour, &mut out);
    out
}

fn verdict(report: &Report, colour: Colour, out: &mut String) {
    let sentence = &report.verdict.sentence;
    let painted = if report.verdict.safe {
        colour.good(sentence)
    } else {
        colour.bad(sentence)
    };
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{painted}");
    for reason in &report.verdict.reasons {
        let _ = writeln!(out, "  - {reason}");
    }
}

fn tables(report: &Report, times: Option<&Times>, out: &mut String) {
    let lines = view::tables(report);
    if lines.is_empty() {
        return;
    }
    let timed = times.filter(|t| !t.port_tables.is_empty());
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.remove_style(TableComponent::HorizontalLines);
    table.remove_style(TableComponent::MiddleIntersections);
    table.set_content_arrangement(ContentArrangement::Disabled);
    let mut header = vec![
        "table", "read", "written", "rejected", "bytes", "by rule", "verified",
    ];
    if timed.is_some() {
        header.insert(5, "time");
    }
    let last = header.len() - 1;
    table.set_header(header);
    for line in &lines {
        let port = |value: fn(&super::PortTable) -> u64| line.port.map(value);
        let number = |n: Option<u64>| n.map(view::count).unwrap_or_default();
        let ruled: u64 = line.by_rule().iter().map(|(_, _, cells)| cells).sum();
        let mut row = vec![
            line.table.to_owned(),
            number(port(|p| p.read).or(line.verified.and_then(|v| v.rows_source))),
            number(port(|p| p.written).or(line.verified.and_then(|v| v.rows_target))),
            number(port(|p| p.rejected)),
            port(|p| p.bytes).map(view::bytes).unwrap_or_default(),
            if ruled == 0 {
                String::new()
            } else {
                view::count(ruled)
            },
            line.state(),
        ];
        if let Some(times) = timed {
            let time = times.port_tables.iter().find(|t| t.name == line.table);
            row.insert(
                5,
                time.map(|t| view::duration(t.millis)).unwrap_or_default(),
            );
        }
        table.add_row(row);
    }
    for place in 1..last {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    out.push('\n');
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    total(report, &lines, out);
}

fn total(report: &Report, lines: &[view::TableLine<'_>], out: &mut String) {
    let sum = |value: fn(&super::PortTable) -> u64| -> u64 {
        lines.iter().filter_map(|l| l.port).map(value).sum()
    };
    let mut parts = vec![view::plural(
        u64::try_from(lines.len()).unwrap_or(0),
        "table",
        "tables",
    )];
    if report.port.is_some() {
        parts.push(format!("{} rows read", view::count(sum(|p| p.read))));
        parts.push(format!("{} written", view::count(sum(|p| p.written))));
        parts.push(format!("{} rejected", view::count(sum(|p| p.rejected))));
    }
    if let Some(verification) = &report.verification {
        let equal = verification.tables.iter().filter(|t| t.ok()).count();
        parts.push(format!(
            "{equal} verified equal (level {})",
            verification.level.name()
        ));
        if verification.integrity.is_empty() && verification.foreign_keys.is_empty() {
            parts.push("integrity_check and foreign_key_check clean".to_owned());
        }
    }
    let _ = writeln!(out, "{}", parts.join(", "));
}

/// The first rows that the target refused; the file of rejected rows has them all.
fn rejected(report: &Report, colour: Colour, out: &mut String) {
    let Some(port) = &report.port else {
        return;
    };
    let all: u64 = port.tables.iter().map(|t| t.rejected).sum();
    let shown = port.rejected.iter().take(LISTED).map(String::as_str);
    let mut lines: Vec<&str> = shown.collect();
    let more = all.saturating_sub(lines.len() as u64);
    let rest = format!("and {} more", view::count(more));
    if more > 0 && !lines.is_empty() {
        lines.push(&rest);
    }
    section("Rejected rows", &lines, colour, out);
}

fn findings(report: &Report, colour: Colour, out: &mut String) {
    let mut lines: Vec<String> = Vec::new();
    for (side, finding) in view::schema_findings(report) {
        lines.push(format!("{side}: {}", finding.sentence()));
    }
    for (table, difference) in view::differences(report) {
        let column = difference
            .column
            .as_deref()
            .map(|c| format!(".{c}"))
            .unwrap_or_default();
        let key = if difference.key.is_empty() {
            String::new()
        } else {
            format!(" at {}", difference.key)
        };
        let values = match (&difference.source, &difference.target) {
            (Some(source), Some(target)) => format!(" (source {source:?}, target {target:?})"),
            _ => String::new(),
        };
        lines.push(format!(
            "{}{column}{key}: {}{values}",
            table.table, difference.explanation
        ));
    }
    if let Some(verification) = &report.verification {
        lines.extend(
            verification
                .integrity
                .iter()
                .map(|l| format!("integrity_check: {l}")),
        );
        lines.extend(verification.foreign_keys.iter().map(|b| {
            let columns = b.columns.join(", ");
            let rows = view::plural(b.rows, "row refers", "rows refer");
            format!("{}({columns}): {rows} to no row of {}", b.table, b.parent)
        }));
        lines.extend(
            verification
                .sequences
                .iter()
                .filter(|s| !s.ok)
                .map(|s| s.note.clone()),
        );
    }
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.bad("What differs"));
    let unlisted = view::unlisted(report);
    shorten(&lines, unlisted, out);
    if view::differences(report)
        .iter()
        .any(|(_, d)| d.kind == DifferenceKind::NoForm)
    {
        let _ = writeln!(
            out,
            "  Values without a form need a decision: an `accept` entry in decant.toml."
        );
    }
}

/// The application's queries: one line each, and what differs below it.
fn queries(report: &Report, colour: Colour, out: &mut String) {
    if report.queries.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.strong("Queries of the application"));
    for query in &report.queries {
        let verdict = match query.verdict {
            QueryVerdict::Equal => colour.good("equal"),
            QueryVerdict::Different => colour.bad("DIFFERENT"),
            QueryVerdict::Failed => colour.bad("FAILED"),
        };
        let _ = writeln!(
            out,
            "  {verdict}  {}: {}",
            query.name,
            view::query_facts(query)
        );
        for line in view::query_lines(query) {
            let _ = writeln!(out, "      {line}");
        }
    }
}

/// Lists lines, the first ones only when there are many.
fn shorten(lines: &[String], more: u64, out: &mut String) {
    for line in lines.iter().take(LISTED) {
        let _ = writeln!(out, "  - {line}");
    }
    let hidden = u64::try_from(lines.len().saturating_sub(LISTED)).unwrap_or(0) + more;
    if hidden > 0 {
        let _ = writeln!(
            out,
            "  ({} more; see the report's files)",
            view::count(hidden)
        );
    }
}

fn losses(report: &Report, colour: Colour, out: &mut String) {
    let undecided: Vec<String> = report
        .losses
        .iter()
        .filter(|l| view::undecided(l))
        .map(|l| {
            let origin = l
                .origin
                .as_ref()
                .map(|o| format!(" ({o})"))
                .unwrap_or_default();
            format!("{}: {} [{}]{origin}", l.object, l.note, l.rule.name())
        })
        .collect();
    if !undecided.is_empty() {
        let _ = writeln!(out, "\n{}", colour.bad("Decisions that are needed"));
        shorten(&undecided, 0, out);
        let _ = writeln!(
            out,
            "  Accept each in decant.toml: accept = [\"OBJECT: RULE\"]"
        );
    }
    let counted: Vec<String> = view::GRADES
        .iter()
        .map(|grade| (view::losses(report, *grade).len(), view::grade_name(*grade)))
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    if !counted.is_empty() {
        let label = colour.strong("What SQLite keeps otherwise");
        let _ = writeln!(out, "\n{label}: {}", counted.join(", "));
    }
}

fn diagnostics(report: &Report, colour: Colour, out: &mut String) {
    let list = view::diagnostics(report);
    if list.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.strong("What the history left unclear"));
    for diagnostic in list.iter().take(LISTED) {
        for line in render_text(diagnostic).lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
    if list.len() > LISTED {
        let _ = writeln!(
            out,
            "  ({} more; see the report's files)",
            list.len() - LISTED
        );
    }
}

fn section(title: &str, lines: &[&str], colour: Colour, out: &mut String) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.strong(title));
    for line in lines {
        let _ = writeln!(out, "  - {line}");
    }
}
