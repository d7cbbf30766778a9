//! The text of `decant inspect`: the history revision by revision, then what is open, and last, where the eye of somebody at a
//! terminal ends up, what was assumed and how much was understood.

use std::fmt::{Error, Write as _};

use indexmap::IndexMap;

use crate::diag::{Diagnostic, Origin, Severity, render_text};
use crate::pipeline::{Inspection, RevisionReport, Understood};
use crate::python::Assumption;

/// Places of an assumption that are listed.
const PLACES: usize = 3;

/// The whole text; `notes` adds what went as hoped: answered guards, data statements, statements without effect.
pub fn text(inspection: &Inspection, notes: bool) -> Result<String, Error> {
    let mut out = String::new();
    beginning(&mut out, inspection)?;
    for revision in &inspection.revisions {
        one(&mut out, revision, notes)?;
    }
    out.push('\n');
    let shown = |d: &&Diagnostic| notes || d.severity > Severity::Note;
    for diagnostic in inspection.diagnostics.iter().filter(shown) {
        out.push_str(&render_text(diagnostic));
        out.push('\n');
    }
    assumed(&mut out, inspection)?;
    end(&mut out, inspection, notes)?;
    Ok(out)
}

fn beginning(out: &mut String, inspection: &Inspection) -> Result<(), Error> {
    let history = &inspection.history;
    writeln!(
        out,
        "history: {}, {}, {} ({}); {}, {}",
        count(history.revisions.len(), "revision"),
        count(history.bases.len(), "base"),
        count(history.heads.len(), "head"),
        history.heads.join(", "),
        count(history.merges.len(), "merge"),
        count(history.branch_points.len(), "branch point"),
    )?;
    writeln!(out, "library: {}", inspection.sqlalchemy)?;
    if let Some(engines) = &inspection.engines {
        writeln!(
            out,
            "engine:  {} of {} ({})",
            engines.shown(),
            engines.list(),
            engines.said_by
        )?;
    }
    if !inspection.naming_convention.is_empty() {
        let kinds: Vec<&str> = inspection
            .naming_convention
            .keys()
            .map(String::as_str)
            .collect();
        writeln!(out, "names:   by a convention for {}", kinds.join(", "))?;
    }
    let objects: Vec<String> = inspection
        .schema
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(kind, n)| count(*n, kind.trim_end_matches('s')))
        .collect();
    writeln!(
        out,
        "schema:  {} at {}\n",
        if objects.is_empty() {
            "nothing".to_owned()
        } else {
            objects.join(", ")
        },
        inspection.at
    )
}

fn one(out: &mut String, revision: &RevisionReport, notes: bool) -> Result<(), Error> {
    let mark = match revision.understood {
        Understood::Whole => ' ',
        Understood::DataUnknown => '~',
        Understood::AtOdds | Understood::SchemaUnknown => '!',
    };
    writeln!(out, "{mark} {}  {}", revision.revision, revision.message)?;
    let what = if revision.operations.is_empty() {
        "nothing".to_owned()
    } else {
        list(&revision.operations)
    };
    writeln!(out, "      {what}")?;
    if !revision.data_uses.is_empty() {
        writeln!(out, "      rows: {}", list(&revision.data_uses))?;
    }
    if notes {
        for decision in &revision.decisions {
            let from: Vec<&str> = decision.from.iter().map(|e| e.words()).collect();
            let times = match decision.times {
                1 => String::new(),
                n => format!(", {n} times"),
            };
            writeln!(
                out,
                "      {}: `{}` is {}{times}: {}",
                place(revision, &decision.origin),
                decision.condition,
                decision.answer,
                from.join(" and ")
            )?;
        }
        for data in &revision.data {
            let table = data
                .table
                .as_ref()
                .map_or_else(String::new, |t| format!(" {t}"));
            let kind = format!("{:?}", data.kind).to_lowercase();
            let open = if data.unknown { ", partly unknown" } else { "" };
            let class = data
                .used_for
                .map_or_else(String::new, |class| format!(", {}", class.name()));
            let place = place(revision, &data.origin);
            writeln!(out, "      {place}: {kind}{table}{class}{open}")?;
        }
    }
    for op in revision.ops.iter().flatten() {
        let arguments = serde_json::to_string(&op.kind).map_err(|_| Error)?;
        writeln!(out, "      {}: {arguments}", op.origin.place)?;
    }
    Ok(())
}

/// The line alone where it is in the revision's own file.
fn place(revision: &RevisionReport, origin: &Origin) -> String {
    if origin.place.file == revision.file {
        format!("line {}", origin.place.line)
    } else {
        origin.place.to_string()
    }
}

fn assumed(out: &mut String, inspection: &Inspection) -> Result<(), Error> {
    if inspection.assumptions.is_empty() {
        return Ok(());
    }
    writeln!(out, "assumed of the world outside (--assume NAME=VALUE):")?;
    for assumption in &inspection.assumptions {
        let how = match assumption.given {
            _ if assumption.value == Assumption::NOT_KNOWN => "nobody gave it",
            true => "given",
            false => "default",
        };
        let name = match assumption.name.as_str() {
            "x:" => "x-arguments",
            name => name,
        };
        writeln!(out, "  {name} = {} ({how})", assumption.value)?;
        for place in assumption.read_at.iter().take(PLACES) {
            writeln!(
                out,
                "      {}:{} (revision {})",
                place.file, place.line, place.revision
            )?;
        }
        let more = assumption.read_at.len().saturating_sub(PLACES);
        if more > 0 {
            writeln!(out, "      and {more} more")?;
        }
    }
    out.push('\n');
    Ok(())
}

fn end(out: &mut String, inspection: &Inspection, notes: bool) -> Result<(), Error> {
    let coverage = &inspection.coverage;
    writeln!(
        out,
        "effect:     {} change the schema, {} only data, {} nothing",
        coverage.with_schema, coverage.data_only, coverage.without_effect
    )?;
    if coverage.ops > 0 {
        writeln!(
            out,
            "operations: {}: {}",
            coverage.ops,
            list(&coverage.ops_by_kind)
        )?;
    }
    if !coverage.data.is_empty() {
        let uses = match coverage.data_uses.is_empty() {
            true => String::new(),
            false => format!("; of these {}", list(&coverage.data_uses)),
        };
        writeln!(out, "data:       {}{uses}", list(&coverage.data))?;
    }
    writeln!(
        out,
        "understood: {} of {}: {} whole, {} with unknown data (~)",
        coverage.revisions_understood,
        count(coverage.revisions, "revision"),
        coverage.whole,
        coverage.data_unknown
    )?;
    if coverage.schema_unknown + coverage.at_odds > 0 {
        writeln!(
            out,
            "open (!):   {} with an unknown that touches the schema, {} at odds with the schema",
            coverage.schema_unknown, coverage.at_odds
        )?;
    }
    let diagnostics = &inspection.diagnostics;
    let told = diagnostics.count(Severity::Note);
    writeln!(
        out,
        "told:       {}, {}, {}{}",
        count(diagnostics.count(Severity::Error), "error"),
        count(diagnostics.count(Severity::Warning), "warning"),
        count(told, "note"),
        if told > 0 && !notes {
            " (--notes prints them)"
        } else {
            ""
        }
    )
}

/// `3 create_index, add_column`.
fn list(kinds: &IndexMap<impl AsRef<str>, usize>) -> String {
    let words: Vec<String> = kinds
        .iter()
        .map(|(kind, n)| match n {
            1 => kind.as_ref().to_owned(),
            n => format!("{n} {}", kind.as_ref()),
        })
        .collect();
    words.join(", ")
}

/// `1 head`, `2 heads`, `2 branches`.
fn count(n: usize, noun: &str) -> String {
    let ending = match noun {
        _ if n == 1 => "",
        noun if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{n} {noun}{ending}")
}
