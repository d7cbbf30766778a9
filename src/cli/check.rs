//! The result of `port --check` for people: tables of values, rows and names, and what to do next.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};

use crate::lower::Rule;
use crate::port::CheckReport;

/// Lines of at most about 110 characters.
pub fn render(report: &CheckReport, max_rejects: u64) -> String {
    let rows: u64 = report.tables.iter().map(|t| t.rows_read).sum();
    let mut out = format!(
        "{} tables, {rows} rows read, nothing written\n",
        report.tables.len()
    );
    values(report, &mut out);
    breaches(report, &mut out);
    list(
        "Names that change",
        report
            .names
            .iter()
            .map(|l| format!("{}: {}", l.object, l.note)),
        &mut out,
    );
    list(
        "Lost with the schema, not accepted yet",
        report.refused.iter().map(|l| match l.rule {
            Rule::Renamed => l.accept_entry(),
            _ => format!("{} ({})", l.accept_entry(), l.note),
        }),
        &mut out,
    );
    list("Not carried over", report.not_carried.iter(), &mut out);
    list("Not looked at", report.not_checked.iter(), &mut out);
    out.push('\n');
    if report.undecided.is_empty() {
        out.push_str("every value has a form in SQLite\n");
    }
    if report.needs_decisions() {
        out.push_str(
            "decide each in decant.toml under [storage] accept, as \"table.column: rule\"\n",
        );
    }
    let rejected = report.rejected();
    if rejected == 0 {
        out.push_str("no row would be rejected\n");
    } else {
        let _ = writeln!(
            out,
            "at most {rejected} rows would be rejected, and with them those that refer to them; {max_rejects} may be: mend them in the source, or say --max-rejects"
        );
    }
    out
}

fn values(report: &CheckReport, out: &mut String) {
    if report.changes.is_empty() && report.undecided.is_empty() {
        return;
    }
    let mut table = new_table(["column", "values", "issue", "becomes", "for instance at"]);
    for undecided in &report.undecided {
        let choices: Vec<String> = undecided.choices.iter().map(|r| r.name()).collect();
        table.add_row([
            format!("{}.{}", undecided.table, undecided.column),
            undecided.count.to_string(),
            undecided.issue.to_string(),
            format!("undecided: {}", choices.join(", ")),
            undecided.examples.join("; "),
        ]);
    }
    for change in &report.changes {
        table.add_row([
            format!("{}.{}", change.table, change.column),
            change.count.to_string(),
            change.issue.to_string(),
            format!("{} by decision", change.rule.name()),
            String::new(),
        ]);
    }
    push("Values", &table, out);
}

fn breaches(report: &CheckReport, out: &mut String) {
    if report.breaches.is_empty() {
        return;
    }
    let mut table = new_table(["table", "rows", "what", "constraint", "at"]);
    for breach in &report.breaches {
        let what = match breach.rejected {
            true => format!("{}: rejected", breach.kind.name()),
            false => breach.kind.name().to_owned(),
        };
        table.add_row([
            breach.table.clone(),
            breach.count.to_string(),
            what,
            format!("{} ({})", breach.constraint, breach.cause),
            breach.examples.join("; "),
        ]);
    }
    push("Rows", &table, out);
}

fn push(title: &str, table: &Table, out: &mut String) {
    let _ = writeln!(out, "\n{title}");
    for line in table.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn list(title: &str, lines: impl Iterator<Item = impl std::fmt::Display>, out: &mut String) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

fn new_table(header: [&str; 5]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '-')
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(110)
        .set_header(header);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
