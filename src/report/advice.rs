//! What to do next: steps that follow from what a report says, in the order in which they are taken.

use super::{Report, view};
use crate::verify::query::QueryVerdict;
use crate::verify::{CellDifference, DifferenceKind, ObjectKind, Since, TableResult, Verification};

/// Names of tables that a step lists.
const NAMED: usize = 5;

/// The steps; commands stand in backquotes.
pub(super) fn steps(report: &Report) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(verification) = &report.verification {
        damage(verification, &mut out);
        schema(verification, &mut out);
        rows(report, verification, &mut out);
        // What a port made and did not publish is gone.
        if report.command.starts_with("verify") {
            sequences(verification, &mut out);
        }
    }
    let undecided = report.losses.iter().filter(|l| view::undecided(l)).count();
    if undecided > 0 {
        out.push(
            "Decide what SQLite cannot keep: an entry `accept = [\"OBJECT: RULE\"]` in decant.toml for each, or another way to store it."
                .to_owned(),
        );
    }
    if report
        .queries
        .iter()
        .any(|q| q.verdict != QueryVerdict::Equal)
    {
        out.push(
            "Give a query that means something else on SQLite a text of its own below `-- sqlite:` (docs/queries.md), and change the application likewise."
                .to_owned(),
        );
    }
    if out.is_empty() && report.verdict.safe {
        out.extend(go_on(report));
    }
    out
}

fn go_on(report: &Report) -> Option<String> {
    let target = report.target.as_deref().unwrap_or("the file");
    match report.command.split(' ').next().unwrap_or_default() {
        "cutover" if report.command.contains("--rehearse") => Some(
            "Stop the application, run `decant cutover`, and start it on the new file.".to_owned(),
        ),
        "cutover" => Some(format!(
            "Start the application on `{target}`. Leave PostgreSQL as it is until you are sure."
        )),
        _ => None,
    }
}

/// A file that SQLite itself finds fault with.
fn damage(verification: &Verification, out: &mut Vec<String>) {
    if !verification.integrity.is_empty() {
        out.push(
            "Do not use the file: SQLite finds it damaged. Port again, onto another disk if it happens twice."
                .to_owned(),
        );
    }
    if let Some(breach) = verification.foreign_keys.first() {
        out.push(format!(
            "Look in the source for rows of {} whose {} is in no row of {}. Where it has them too, mend them there; then port again.",
            breach.table,
            breach.columns.join(", "),
            breach.parent
        ));
    }
    if !verification.constraints.is_empty() {
        out.push(
            "Rows break a constraint: look for them in the source, where a constraint may be NOT VALID, mend them there, and port again."
                .to_owned(),
        );
    }
}

fn schema(verification: &Verification, out: &mut Vec<String>) {
    let source: Vec<_> = verification
        .schema_pg
        .iter()
        .filter(|f| f.verdict.is_difference())
        .collect();
    let place = source.iter().find(|f| f.kind == ObjectKind::Revision);
    if let Some(note) = place.and_then(|f| f.note.as_deref()) {
        out.push(format!(
            "Bring the source to the revision that the scripts end at (`alembic upgrade head`), or compare with the one it is at (`history@REV`): {note}."
        ));
    }
    if source.len() > usize::from(place.is_some()) && verification.objects.is_empty() {
        out.push(
            "What was changed by hand in the source: undo it, or write the revision that does it. Then verify again."
                .to_owned(),
        );
    } else if source.len() > usize::from(place.is_some()) {
        out.push(
            "The source is not as the scripts make it: undo what was changed by hand, or write the revision that does it, before you port."
                .to_owned(),
        );
    }
    let target = verification.schema_sqlite.iter().filter(|f| f.matters());
    let (mut revision, mut other) = (false, false);
    for finding in target {
        match finding.kind {
            ObjectKind::Revision => revision = true,
            _ => other = true,
        }
    }
    if other {
        out.push(
            "The file was changed after it was made, or made by other scripts or decisions: port again, or name those with --scripts and --config."
                .to_owned(),
        );
    }
    if revision {
        out.push("The file's alembic_version is not at the heads of these scripts.".to_owned());
    }
}

/// Names, the first ones.
fn named(tables: &[&TableResult]) -> String {
    let mut names: Vec<&str> = tables.iter().map(|t| t.table.as_str()).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn rows(report: &Report, verification: &Verification, out: &mut Vec<String>) {
    let wrong: Vec<&TableResult> = verification.tables.iter().filter(|t| !t.ok()).collect();
    if wrong.is_empty() {
        return;
    }
    let since = |which: Since| -> Vec<&TableResult> {
        let list = wrong.iter().filter(|t| t.since == Some(which));
        list.copied().collect()
    };
    let source = since(Since::Source);
    if !source.is_empty() {
        out.push(format!(
            "The source was written to after the port (tables {}), which is no fault of the port: stop what writes, then port again with --replace.",
            named(&source)
        ));
    }
    let target = since(Since::Target);
    if !target.is_empty() {
        out.push(format!(
            "The file was written to after the port (tables {}): find out who did; if it was not to be, port again with --replace.",
            named(&target)
        ));
    }
    let both = since(Since::Both);
    if !both.is_empty() {
        out.push(format!(
            "Both sides were written to after the port (tables {}): decide which rows count before anything is replaced.",
            named(&both)
        ));
    }
    let form = wrong.iter().flat_map(|t| &t.columns);
    if form.clone().any(|c| c.no_form > 0) {
        out.push(
            "Values without a form in SQLite need a decision: `decant port --check` lists them with the rules to choose from."
                .to_owned(),
        );
    }
    let of_port: Vec<&TableResult> = wrong
        .iter()
        .filter(|t| !matches!(t.since, Some(Since::Source | Since::Target | Since::Both)))
        .filter(|t| t.columns.iter().all(|c| c.no_form == 0))
        .copied()
        .collect();
    if of_port.is_empty() {
        return;
    }
    let databases = verification.sides.iter().all(|s| s.role == "postgresql");
    if databases && !verification.sides.is_empty() {
        out.push("Decide which of the two databases has the right rows.".to_owned());
        return;
    }
    let ported = report.command.starts_with("port") || report.command.starts_with("cutover");
    out.push(if ported {
        "Do not use this file. Run it again; if the same cells differ again, it is a fault of decant: report it with the evidence (`decant cutover --bundle`), which holds no rows."
            .to_owned()
    } else if of_port.iter().any(|t| t.differing.iter().any(hidden)) {
        "See the values with `--show-values`. Either side may have been written to since the port: stop what writes, port again with --replace, and verify again."
            .to_owned()
    } else {
        "Either side may have been written to since the port: stop what writes, port again with --replace, and verify again."
            .to_owned()
    });
}

/// Whether the values of a cell that differs were not asked for.
fn hidden(difference: &CellDifference) -> bool {
    let shown = difference.source.is_some() || difference.target.is_some();
    difference.kind == DifferenceKind::Value && !shown
}

fn sequences(verification: &Verification, out: &mut Vec<String>) {
    for sequence in verification.sequences.iter().filter(|s| !s.ok).take(NAMED) {
        let table = sequence.table.replace('\'', "''");
        out.push(match sequence.actual {
            Some(_) => format!(
                "Set the counter in the file: `UPDATE sqlite_sequence SET seq = {} WHERE name = '{table}'`",
                sequence.expected
            ),
            None => format!(
                "Set the counter in the file: `INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {})`",
                sequence.expected
            ),
        });
    }
}
