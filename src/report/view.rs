//! What the forms for people share: numbers as text, and lists put in the order in which they are read.

use crate::diag::{Diagnostic, Severity};
use crate::lower::{Grade, Loss, Rule};
use crate::verify::query::{QueryResult, QueryVerdict};
use crate::verify::{CellDifference, Finding, TableResult, Verdict};

use super::{PortTable, Report};

/// Digits in groups of three.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of bytes in the unit that gives at most four digits.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut divisor = 1_u64;
    let mut unit = 0;
    while unit + 1 < UNITS.len() && number / divisor >= 1024 {
        divisor *= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 {
        return format!("{number} {name}");
    }
    let tenths = number / (divisor / 10).max(1);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// Milliseconds as people say them.
pub(super) fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1000 / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `1 row`, `2 rows`.
pub(super) fn plural(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// How many rows a query gave, in which order they were compared, and what was rounded.
pub(super) fn query_facts(query: &QueryResult) -> String {
    if query.verdict == QueryVerdict::Failed {
        return format!("one side refused it ({})", query.place);
    }
    let mut parts = vec![if query.rows_source == query.rows_target {
        plural(query.rows_source, "row", "rows")
    } else {
        format!(
            "{} on PostgreSQL, {} on SQLite",
            plural(query.rows_source, "row", "rows"),
            count(query.rows_target)
        )
    }];
    parts.push(
        if query.ordered {
            "in order"
        } else {
            "in any order"
        }
        .to_owned(),
    );
    if query.rounded > 0 {
        let numbers = plural(query.rounded, "number", "numbers");
        parts.push(format!(
            "{numbers} equal but for the last digits of a double"
        ));
    }
    if query.verdict == QueryVerdict::Different {
        parts.push(query.place.clone());
    }
    parts.join(", ")
}

/// What is to be told below a query: notes, then the first differences.
pub(super) fn query_lines(query: &QueryResult) -> Vec<String> {
    let mut lines = query.notes.clone();
    for difference in &query.differences {
        let row = difference.row.map(|n| format!("row {n}"));
        let place = match (row, &difference.column) {
            (Some(row), Some(column)) => format!("{row}, {column}: "),
            (Some(row), None) => format!("{row}: "),
            (None, _) => "a row: ".to_owned(),
        };
        let values = match (&difference.source, &difference.target) {
            (Some(source), Some(target)) => format!(" (source {source}, target {target})"),
            _ => String::new(),
        };
        lines.push(format!("{place}{}{values}", difference.what));
    }
    let listed = u64::try_from(query.differences.len()).unwrap_or(u64::MAX);
    if query.differing > listed {
        lines.push(format!("({} more)", count(query.differing - listed)));
    }
    lines
}

/// A line of the table of tables.
pub(super) struct TableLine<'r> {
    pub table: &'r str,
    pub port: Option<&'r PortTable>,
    pub verified: Option<&'r TableResult>,
}

impl TableLine<'_> {
    /// Cells that rules changed, by rule.
    pub fn by_rule(&self) -> Vec<(String, Rule, u64)> {
        if let Some(table) = self.verified {
            let cells = table.columns.iter().flat_map(|c| {
                c.by_rule
                    .iter()
                    .map(|r| (c.column.clone(), r.rule, r.cells))
            });
            return cells.collect();
        }
        let port = self.port.iter().flat_map(|p| &p.by_rule);
        port.map(|r| (r.column.clone(), r.rule, r.cells)).collect()
    }

    /// Whether something is wrong with the table.
    pub fn bad(&self) -> bool {
        self.verified.is_some_and(|t| !t.ok()) || self.port.is_some_and(|p| p.rejected > 0)
    }

    /// What the verification says of it.
    pub fn state(&self) -> String {
        match self.verified {
            Some(table) => table.difference(),
            None => "not verified".to_owned(),
        }
    }
}

/// Tables that were ported or verified, in the order of the port.
pub(super) fn tables(report: &Report) -> Vec<TableLine<'_>> {
    let verified = report.verification.iter().flat_map(|v| &v.tables);
    let ported = report.port.iter().flat_map(|p| &p.tables);
    let mut out: Vec<TableLine<'_>> = ported
        .map(|p| TableLine {
            table: &p.table,
            port: Some(p),
            verified: None,
        })
        .collect();
    for table in verified {
        match out.iter_mut().find(|l| l.table == table.table) {
            Some(line) => line.verified = Some(table),
            None => {
                out.push(TableLine {
                    table: &table.table,
                    port: None,
                    verified: Some(table),
                });
            }
        }
    }
    out
}

/// Whether one of the sides is a SQLite database, of which its own checks were asked.
pub(super) fn asked_sqlite(report: &Report) -> bool {
    report
        .verification
        .as_ref()
        .is_some_and(|v| v.sides.is_empty() || v.sides.iter().any(|side| side.role == "sqlite"))
}

/// Every table that was compared, those of further pairs of sides included.
pub(super) fn compared(report: &Report) -> Vec<&TableResult> {
    let Some(verification) = &report.verification else {
        return Vec::new();
    };
    let more = verification.more.iter().flat_map(|c| &c.tables);
    verification.tables.iter().chain(more).collect()
}

/// Every listed difference with its table.
pub(super) fn differences(report: &Report) -> Vec<(&TableResult, &CellDifference)> {
    compared(report)
        .into_iter()
        .flat_map(|t| t.differing.iter().map(move |d| (t, d)))
        .collect()
}

/// Differences that were counted and are not listed.
pub(super) fn unlisted(report: &Report) -> u64 {
    compared(report)
        .into_iter()
        .map(|t| {
            t.differing_total
                .saturating_sub(u64::try_from(t.differing.len()).unwrap_or(u64::MAX))
        })
        .sum()
}

/// The schema findings of every pair of sides that are differences, with the words for the side that is judged.
pub(super) fn schema_findings(report: &Report) -> Vec<(&str, &Finding)> {
    let Some(verification) = &report.verification else {
        return Vec::new();
    };
    let source = verification.schema_pg.iter().map(|f| ("source", f));
    let target = verification.schema_sqlite.iter().map(|f| ("target", f));
    let more = verification
        .more
        .iter()
        .flat_map(|c| c.findings.iter().map(|f| (c.actual.as_str(), f)));
    source
        .chain(target)
        .chain(more)
        .filter(|(_, f)| f.verdict.is_difference())
        .collect()
}

/// A check of the target that failed.
pub(super) struct FailedCheck {
    /// `integrity_check`, `foreign_key_check`, `constraints` or `sequences`.
    pub check: &'static str,
    /// The table, where it is about one.
    pub object: String,
    /// What is so, in a sentence.
    pub said: String,
}

/// What SQLite's own checks, the constraints that were asked again and the sequences of a target say against it.
pub(super) fn failed_checks(report: &Report) -> Vec<FailedCheck> {
    let Some(verification) = &report.verification else {
        return Vec::new();
    };
    let of = |check, object: &str, said: String| FailedCheck {
        check,
        object: object.to_owned(),
        said,
    };
    let mut out = Vec::new();
    let lines = verification.integrity.iter();
    out.extend(lines.map(|line| of("integrity_check", "", line.clone())));
    out.extend(verification.foreign_keys.iter().map(|b| {
        let rows = plural(b.rows, "row refers", "rows refer");
        let columns = b.columns.join(", ");
        let said = format!("{}({columns}): {rows} to no row of {}", b.table, b.parent);
        of("foreign_key_check", &b.table, said)
    }));
    let breaches = verification.constraints.iter();
    out.extend(breaches.map(|b| of("constraints", &b.table, b.sentence())));
    let behind = verification.sequences.iter().filter(|s| !s.ok);
    out.extend(behind.map(|s| of("sequences", &s.sequence, s.note.clone())));
    out
}

/// Losses of one grade.
pub(super) fn losses(report: &Report, grade: Grade) -> Vec<&Loss> {
    report.losses.iter().filter(|l| l.grade == grade).collect()
}

/// Whether a loss refuses the run.
pub(super) fn undecided(loss: &Loss) -> bool {
    loss.grade >= Grade::Lossy && !loss.accepted
}

/// The grades, gravest first.
pub(super) const GRADES: [Grade; 4] = [Grade::Dropped, Grade::Lossy, Grade::Widened, Grade::Exact];

/// The grade in a word.
pub(super) fn grade_name(grade: Grade) -> &'static str {
    match grade {
        Grade::Exact => "exact",
        Grade::Widened => "widened",
        Grade::Lossy => "lossy",
        Grade::Dropped => "dropped",
    }
}

/// What a grade means.
pub(super) fn grade_meaning(grade: Grade) -> &'static str {
    match grade {
        Grade::Exact => "kept in another spelling; for the record",
        Grade::Widened => "SQLite accepts more, or does less work for the same result",
        Grade::Lossy => "something that the application may rely on is different",
        Grade::Dropped => "it is gone",
    }
}

/// The severity in a word.
pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Diagnostics, gravest first, notes left out.
pub(super) fn diagnostics(report: &Report) -> Vec<&Diagnostic> {
    let mut out: Vec<&Diagnostic> = report
        .diagnostics
        .iter()
        .filter(|d| d.severity > Severity::Note)
        .collect();
    out.sort_by_key(|d| std::cmp::Reverse(d.severity));
    out
}

/// How many objects have each verdict, in the order in which they are read.
pub(super) fn verdicts(report: &Report) -> Vec<(Verdict, usize)> {
    const ORDER: [Verdict; 6] = [
        Verdict::Equal,
        Verdict::EqualByRule,
        Verdict::Weaker,
        Verdict::Lost,
        Verdict::Extra,
        Verdict::Differs,
    ];
    let Some(verification) = &report.verification else {
        return Vec::new();
    };
    ORDER
        .into_iter()
        .map(|verdict| (verdict, verification.objects_with(verdict)))
        .filter(|(_, number)| *number > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(5 * 1024 * 1024), "5.0 MiB");
        assert_eq!(duration(950), "950 ms");
        assert_eq!(duration(61_000), "1 min 01 s");
    }
}
