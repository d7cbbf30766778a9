//! `decant inspect`: what a history is and does, and what could not be understood.

use std::fmt::Write as _;

use serde::Serialize;

use super::history::HistoryArgs;
use super::{Context, Output, Status};
use crate::diag::{Diagnostic, Diagnostics, Severity, render_text};
use crate::history::HistorySummary;
use crate::ir::OpKind;
use crate::pipeline::{Error, Replayed, kind_name, read_history};
use crate::python::{Assumption, NamingConvention};

/// Arguments of `decant inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// Up to this revision, in Alembic's syntax
    #[arg(
        long,
        value_name = "REV",
        default_value = "heads",
        allow_hyphen_values = true
    )]
    at: String,
    /// Print every operation of every revision
    #[arg(long)]
    ops: bool,
    /// Print notes too: answered guards, data statements, statements without effect
    #[arg(long)]
    notes: bool,
}

/// The result as JSON.
#[derive(Debug, Serialize)]
struct Inspection<'a> {
    history: HistorySummary,
    naming_convention: &'a NamingConvention,
    coverage: Coverage,
    assumptions: &'a [Assumption],
    diagnostics: &'a Diagnostics,
    #[serde(skip_serializing_if = "Option::is_none")]
    revisions: Option<&'a [crate::pipeline::RevisionOps]>,
}

/// How much was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Coverage {
    revisions: usize,
    /// Revisions of which nothing that touches the schema stayed open.
    revisions_understood: usize,
    ops: usize,
    opaque: usize,
}

/// Prints what was found; status 3 when something that the schema depends on stayed open.
pub fn run(args: &InspectArgs, context: &Context) -> anyhow::Result<Status> {
    let config = context.config()?;
    let read = match read_history(&args.history.required(&config)?) {
        Err(Error::Graph(diagnostics)) => {
            if context.out.json {
                context
                    .out
                    .json(&serde_json::json!({ "diagnostics": diagnostics }))?;
            }
            return Err(Error::Graph(diagnostics).into());
        }
        other => other?,
    };
    let replayed = read.replay(&args.at)?;
    let coverage = coverage(&replayed);
    if context.out.json {
        context.out.json(&Inspection {
            history: replayed.read.history.summary(),
            naming_convention: &replayed.naming_convention,
            coverage,
            assumptions: &replayed.assumptions,
            diagnostics: &replayed.diagnostics,
            revisions: args.ops.then_some(replayed.revisions.as_slice()),
        })?;
    } else {
        context.out.result(&text(&replayed, coverage, args)?);
    }
    Ok(if replayed.diagnostics.has_errors() {
        Status::Refused
    } else {
        Status::Done
    })
}

fn coverage(replayed: &Replayed) -> Coverage {
    let blamed: std::collections::HashSet<&str> = replayed
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .filter_map(|d| d.origin.as_ref().map(|o| o.revision.as_str()))
        .collect();
    let ops = || replayed.revisions.iter().flat_map(|r| &r.ops);
    Coverage {
        revisions: replayed.revisions.len(),
        revisions_understood: replayed
            .revisions
            .iter()
            .filter(|r| !blamed.contains(r.revision.as_str()))
            .count(),
        ops: ops().count(),
        opaque: ops()
            .filter(|o| matches!(o.kind, OpKind::Opaque(_)))
            .count(),
    }
}

fn text(replayed: &Replayed, coverage: Coverage, args: &InspectArgs) -> anyhow::Result<String> {
    let history = &replayed.read.history;
    let mut out = String::new();
    writeln!(
        out,
        "{} revisions, {} base(s), {} head(s): {}; {} merge(s), {} branch point(s)",
        history.revisions.len(),
        history.bases.len(),
        history.heads.len(),
        history.heads.join(", "),
        history.merges().len(),
        history.branch_points().len(),
    )?;
    if !replayed.naming_convention.is_empty() {
        let kinds: Vec<&str> = replayed
            .naming_convention
            .keys()
            .map(String::as_str)
            .collect();
        writeln!(out, "naming convention for {}", kinds.join(", "))?;
    }
    let schema = &replayed.schema;
    writeln!(
        out,
        "the schema at {}: {} tables, {} enums, {} sequences, {} views, {} triggers, {} functions",
        args.at,
        schema.tables.len(),
        schema.enums.len(),
        schema.sequences.len(),
        schema.views.len(),
        schema.triggers.len(),
        schema.functions.len(),
    )?;
    out.push('\n');
    for revision in &replayed.revisions {
        let mut kinds: indexmap::IndexMap<String, usize> = indexmap::IndexMap::new();
        for op in &revision.ops {
            *kinds.entry(kind_name(&op.kind)).or_default() += 1;
        }
        let what = if kinds.is_empty() {
            "nothing".to_owned()
        } else {
            kinds
                .iter()
                .map(|(k, n)| {
                    if *n == 1 {
                        k.clone()
                    } else {
                        format!("{n} {k}")
                    }
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        writeln!(out, "{}  {}", revision.revision, revision.message)?;
        writeln!(out, "    {what}")?;
        if args.ops {
            for op in &revision.ops {
                writeln!(
                    out,
                    "    {}: {}",
                    op.origin.place,
                    serde_json::to_string(&op.kind)?
                )?;
            }
        }
    }
    out.push('\n');
    for assumption in &replayed.assumptions {
        let how = if assumption.given { "given" } else { "assumed" };
        writeln!(out, "{how}: {} = {}", assumption.name, assumption.value)?;
    }
    let shown = |d: &&Diagnostic| args.notes || d.severity > Severity::Note;
    for diagnostic in replayed.diagnostics.iter().filter(shown) {
        out.push_str(&render_text(diagnostic));
    }
    let notes = replayed.diagnostics.count(Severity::Note);
    writeln!(
        out,
        "{} of {} revisions understood; {} operations, {} opaque; {} error(s), {} warning(s), {notes} note(s){}",
        coverage.revisions_understood,
        coverage.revisions,
        coverage.ops,
        coverage.opaque,
        replayed.diagnostics.count(Severity::Error),
        replayed.diagnostics.count(Severity::Warning),
        if notes > 0 && !args.notes {
            " (--notes prints them)"
        } else {
            ""
        },
    )?;
    Ok(out)
}

/// Tells errors and warnings on stderr.
pub fn tell_diagnostics(out: &Output, diagnostics: &Diagnostics) {
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => out.warn(render_text(diagnostic).trim_end()),
            Severity::Warning => out.tell(render_text(diagnostic).trim_end()),
            Severity::Note => {}
        }
    }
}
