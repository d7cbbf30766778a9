//! The report as Markdown, for a pull request or a wiki.

use std::fmt::Write as _;

use super::{HistorySummary, Report, advice, view};
use crate::lower::Loss;
use crate::verify::Verdict;

/// The report as Markdown (tables and fences as GitHub reads them).
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let mark = if report.verdict.safe {
        "Safe to switch"
    } else {
        "Not safe to switch"
    };
    let _ = writeln!(out, "# {mark}\n\n{}\n", text(&report.verdict.sentence));
    bullets(&report.verdict.reasons, &mut out);
    section("What to do", &advice::steps(report), &mut out);
    facts(report, &mut out);
    tables(report, &mut out);
    differences(report, &mut out);
    queries(report, &mut out);
    objects(report, &mut out);
    losses(report, &mut out);
    diagnostics(report, &mut out);
    decisions(report, &mut out);
    section("Assumptions", &report.assumptions, &mut out);
    let not_checked: Vec<String> = report
        .all_not_checked()
        .into_iter()
        .map(str::to_owned)
        .collect();
    section("What was not checked", &not_checked, &mut out);
    section("How to go back", &report.go_back, &mut out);
    if let Some(history) = &report.history {
        revisions(history, &mut out);
    }
    baseline(report, &mut out);
    inputs(report, &mut out);
    out
}

fn queries(report: &Report, out: &mut String) {
    if report.queries.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Queries of the application\n");
    for query in &report.queries {
        let _ = writeln!(
            out,
            "- {} **{}**: {}",
            query.verdict.name(),
            text(&query.name),
            text(&view::query_facts(query))
        );
        for line in view::query_lines(query) {
            let _ = writeln!(out, "  - {}", text(&line));
        }
    }
    out.push('\n');
}

/// Text outside of code: what Markdown or HTML would take for itself is escaped; code in backquotes stays.
fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut code = false;
    for c in raw.chars() {
        match c {
            '`' => {
                code = !code;
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            '|' => out.push_str("\\|"),
            '<' if !code => out.push_str("&lt;"),
            '*' | '_' | '[' | ']' | '#' | '\\' if !code => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text as code in a table cell.
fn code(raw: &str) -> String {
    if raw.is_empty() {
        return String::new();
    }
    let flat: String = raw
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|");
    let fence = if flat.contains('`') { "``" } else { "`" };
    format!("{fence}{flat}{fence}")
}

fn bullets(lines: &[String], out: &mut String) {
    for line in lines {
        let _ = writeln!(out, "- {}", text(line));
    }
    if !lines.is_empty() {
        out.push('\n');
    }
}

fn section(title: &str, lines: &[String], out: &mut String) {
    if !lines.is_empty() {
        let _ = writeln!(out, "## {title}\n");
        bullets(lines, out);
    }
}

fn heading(columns: &[&str], right: &[usize], out: &mut String) {
    let _ = writeln!(out, "| {} |", columns.join(" | "));
    let rules: Vec<&str> = (0..columns.len())
        .map(|c| if right.contains(&c) { "--:" } else { "---" })
        .collect();
    let _ = writeln!(out, "| {} |", rules.join(" | "));
}

fn row(cells: &[String], out: &mut String) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn facts(report: &Report, out: &mut String) {
    let _ = writeln!(
        out,
        "- made by {} {}, command {}",
        report.tool.name,
        report.tool.version,
        code(&report.command)
    );
    if let Some(source) = &report.source {
        let version = source.version_to_add().map(|v| format!(", PostgreSQL {v}"));
        let at = match source.alembic_versions.as_slice() {
            [] => String::new(),
            list => format!(", at revision {}", code(&list.join(", "))),
        };
        let _ = writeln!(
            out,
            "- source: {}{}{at}",
            text(&source.description),
            version.unwrap_or_default()
        );
    }
    if let Some(target) = &report.target {
        let size = report
            .port
            .as_ref()
            .and_then(|p| p.file_bytes)
            .map(|b| format!(", {}", view::bytes(b)));
        let _ = writeln!(
            out,
            "- target: {}{}",
            code(target),
            size.unwrap_or_default()
        );
    }
    if let Some(verification) = &report.verification {
        let checks = if verification.integrity.is_empty() && verification.foreign_keys.is_empty() {
            "integrity_check and foreign_key_check are clean"
        } else {
            "SQLite's own checks found faults"
        };
        let _ = writeln!(
            out,
            "- verification: level {}, {checks}",
            verification.level.name()
        );
    }
    out.push('\n');
}

fn tables(report: &Report, out: &mut String) {
    let lines = view::tables(report);
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Tables\n");
    heading(
        &[
            "table",
            "read",
            "written",
            "rejected",
            "bytes",
            "changed by rule",
            "verified",
            "digest",
        ],
        &[1, 2, 3, 4],
        out,
    );
    for line in &lines {
        let number = |n: Option<u64>| n.map(view::count).unwrap_or_default();
        let rules: Vec<String> = line
            .by_rule()
            .into_iter()
            .map(|(column, rule, cells)| {
                format!("{column}: {} {}", view::count(cells), rule.name())
            })
            .collect();
        let digest = line
            .verified
            .map(|v| v.digest_source.clone())
            .unwrap_or_default();
        row(
            &[
                code(line.table),
                number(
                    line.port
                        .map(|p| p.read)
                        .or(line.verified.and_then(|v| v.rows_source)),
                ),
                number(
                    line.port
                        .map(|p| p.written)
                        .or(line.verified.and_then(|v| v.rows_target)),
                ),
                number(line.port.map(|p| p.rejected)),
                line.port.map(|p| view::bytes(p.bytes)).unwrap_or_default(),
                text(&rules.join(", ")),
                text(&line.state()),
                code(digest.get(..12).unwrap_or_default()),
            ],
            out,
        );
    }
    out.push('\n');
    if let Some(port) = report.port.as_ref().filter(|p| !p.rejected.is_empty()) {
        section("Rejected rows", &port.rejected, out);
    }
}

fn differences(report: &Report, out: &mut String) {
    let findings = view::schema_findings(report);
    if !findings.is_empty() {
        let _ = writeln!(out, "## Schema differences\n");
        heading(
            &[
                "side",
                "verdict",
                "object",
                "expected",
                "found",
                "where from",
            ],
            &[],
            out,
        );
        for (side, finding) in findings {
            row(
                &[
                    side.to_owned(),
                    finding.verdict.name().to_owned(),
                    text(&format!(
                        "{} {}{}",
                        finding.kind.name(),
                        finding.object,
                        finding
                            .aspect
                            .as_deref()
                            .map(|a| format!(", {a}"))
                            .unwrap_or_default()
                    )),
                    code(finding.expected.as_deref().unwrap_or_default()),
                    code(finding.actual.as_deref().unwrap_or_default()),
                    finding
                        .origin
                        .as_ref()
                        .map(|o| text(&o.to_string()))
                        .unwrap_or_default(),
                ],
                out,
            );
        }
        out.push('\n');
    }
    let cells = view::differences(report);
    if !cells.is_empty() {
        let _ = writeln!(out, "## Rows and cells that differ\n");
        heading(
            &["table", "key", "column", "what is so", "source", "target"],
            &[],
            out,
        );
        for (table, difference) in cells {
            row(
                &[
                    code(&table.table),
                    code(&difference.key),
                    code(difference.column.as_deref().unwrap_or_default()),
                    text(&difference.explanation),
                    code(difference.source.as_deref().unwrap_or_default()),
                    code(difference.target.as_deref().unwrap_or_default()),
                ],
                out,
            );
        }
        let more = view::unlisted(report);
        if more > 0 {
            let _ = writeln!(
                out,
                "\n{} more were counted and are not listed.",
                view::count(more)
            );
        }
        out.push('\n');
    }
    let Some(verification) = &report.verification else {
        return;
    };
    let checks: Vec<String> = view::failed_checks(report)
        .into_iter()
        .filter(|failed| failed.check != "sequences")
        .map(|failed| format!("{}: {}", failed.check, failed.said))
        .collect();
    section("Checks of the target that failed", &checks, out);
    if !verification.sequences.is_empty() {
        let notes: Vec<String> = verification
            .sequences
            .iter()
            .map(|s| s.note.clone())
            .collect();
        section("Sequences", &notes, out);
    }
}

fn objects(report: &Report, out: &mut String) {
    let verdicts = view::verdicts(report);
    let Some(verification) = report
        .verification
        .as_ref()
        .filter(|_| !verdicts.is_empty())
    else {
        return;
    };
    let _ = writeln!(out, "## Schema: PostgreSQL and SQLite\n");
    let counts: Vec<String> = verdicts
        .iter()
        .map(|(v, n)| format!("{n} {}", v.name()))
        .collect();
    let _ = writeln!(out, "{}.\n", counts.join(", "));
    let kept = |v: Verdict| matches!(v, Verdict::Equal | Verdict::EqualByRule);
    let rest: Vec<_> = verification
        .objects
        .iter()
        .filter(|o| !kept(o.verdict))
        .collect();
    if rest.is_empty() {
        return;
    }
    heading(
        &["object", "verdict", "what is no longer so", "where from"],
        &[],
        out,
    );
    for finding in rest {
        row(
            &[
                text(&format!("{} {}", finding.kind.name(), finding.object)),
                finding.verdict.name().to_owned(),
                text(finding.note.as_deref().unwrap_or_default()),
                finding
                    .origin
                    .as_ref()
                    .map(|o| text(&o.to_string()))
                    .unwrap_or_default(),
            ],
            out,
        );
    }
    out.push('\n');
}

fn losses(report: &Report, out: &mut String) {
    if report.losses.is_empty() {
        return;
    }
    let _ = writeln!(out, "## What SQLite does not keep\n");
    for grade in view::GRADES {
        let list = view::losses(report, grade);
        if list.is_empty() {
            continue;
        }
        let name = view::grade_name(grade);
        let _ = writeln!(
            out,
            "### {name} ({}): {}\n",
            list.len(),
            view::grade_meaning(grade)
        );
        for loss in list {
            one_loss(loss, out);
        }
        out.push('\n');
    }
}

fn one_loss(loss: &Loss, out: &mut String) {
    let decided = match (loss.accepted, view::undecided(loss)) {
        (true, _) => ", accepted",
        (false, true) => ", **needs a decision**",
        (false, false) => "",
    };
    let _ = writeln!(
        out,
        "- {} ({}{decided}): {}",
        code(&loss.object),
        loss.rule.name(),
        text(&loss.note)
    );
    if let Some(remedy) = &loss.remedy {
        let _ = writeln!(out, "  - {}", text(remedy));
    }
    if let Some(origin) = &loss.origin {
        let _ = writeln!(
            out,
            "  - {}{}",
            text(&origin.to_string()),
            line_of(&origin.place.text)
        );
    }
}

fn line_of(source: &str) -> String {
    if source.is_empty() {
        String::new()
    } else {
        format!(": {}", code(source))
    }
}

fn diagnostics(report: &Report, out: &mut String) {
    let list = view::diagnostics(report);
    if list.is_empty() {
        return;
    }
    let _ = writeln!(out, "## What the history left unclear\n");
    for diagnostic in list {
        let severity = view::severity_name(diagnostic.severity);
        let _ = writeln!(
            out,
            "- {severity} {}: {}",
            code(diagnostic.code.name()),
            text(&diagnostic.message)
        );
        if let Some(origin) = &diagnostic.origin {
            let _ = writeln!(
                out,
                "  - {}{}",
                text(&origin.to_string()),
                line_of(&origin.place.text)
            );
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(out, "  - {}", text(help));
        }
    }
    out.push('\n');
}

fn decisions(report: &Report, out: &mut String) {
    if report.decisions.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Decisions\n");
    heading(&["key", "decision", "needed"], &[], out);
    for decision in &report.decisions {
        let used = if decision.used { "yes" } else { "no" };
        row(
            &[code(&decision.key), code(&decision.text), used.to_owned()],
            out,
        );
    }
    out.push('\n');
}

fn revisions(history: &HistorySummary, out: &mut String) {
    let _ = writeln!(out, "## History\n");
    let list = |ids: &[String]| ids.iter().map(|i| code(i)).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "{}; bases {}; heads {}; {}; {} of {} operations understood.\n",
        view::plural(
            u64::try_from(history.revisions.len()).unwrap_or(0),
            "revision",
            "revisions"
        ),
        list(&history.bases),
        list(&history.heads),
        view::plural(
            u64::try_from(history.merges.len()).unwrap_or(0),
            "merge",
            "merges"
        ),
        view::count(
            history
                .coverage
                .operations
                .saturating_sub(history.coverage.opaque)
        ),
        view::count(history.coverage.operations),
    );
    heading(&["revision", "follows", "message", "operations"], &[3], out);
    for revision in &history.revisions {
        row(
            &[
                code(&revision.id),
                list(&revision.parents),
                text(&revision.message),
                view::count(revision.ops),
            ],
            out,
        );
    }
    out.push('\n');
    if !history.ops.is_empty() {
        let ops: Vec<String> = history
            .ops
            .iter()
            .map(|(kind, n)| format!("{n} {kind}"))
            .collect();
        let _ = writeln!(out, "Operations: {}.\n", text(&ops.join(", ")));
    }
}

fn baseline(report: &Report, out: &mut String) {
    let Some(baseline) = &report.baseline else {
        return;
    };
    let _ = writeln!(
        out,
        "## Migration\n\n{} holds {} and replaces {}. SHA-256 {}.\n",
        code(&baseline.file),
        view::plural(baseline.statements, "statement", "statements"),
        view::plural(
            u64::try_from(baseline.replaced.len()).unwrap_or(0),
            "revision",
            "revisions"
        ),
        code(&baseline.sha256),
    );
    let mut files = vec![(baseline.file.as_str(), baseline.up.as_str())];
    files.extend(
        baseline
            .more
            .iter()
            .map(|(name, sql)| (name.as_str(), sql.as_str())),
    );
    for (name, sql) in files {
        let fence = if sql.contains("```") { "~~~~" } else { "```" };
        let end = if sql.ends_with('\n') { "" } else { "\n" };
        let _ = writeln!(
            out,
            "<details><summary>{}</summary>\n\n{fence}sql\n{sql}{end}{fence}\n\n</details>\n",
            name.replace('<', "&lt;")
        );
    }
}

fn inputs(report: &Report, out: &mut String) {
    if report.inputs.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Inputs\n");
    heading(&["what", "file", "bytes", "SHA-256"], &[2], out);
    for input in &report.inputs {
        row(
            &[
                text(&input.role),
                code(&input.name),
                input.bytes.map(view::count).unwrap_or_default(),
                code(input.sha256.as_deref().unwrap_or_default()),
            ],
            out,
        );
    }
}
