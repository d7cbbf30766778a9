//! Does each `downgrade()` restore the schema that was there before its `upgrade()`?
//!
//! It is evaluated on the schema after the revision, and what it leaves is compared with the schema before. Only the
//! objects that either function touched are looked at, so the cost follows what a revision does.

use std::hash::Hash;

use indexmap::IndexMap;

use crate::diag::{Code, Diagnostic, Direction, Origin, Place, Severity};
use crate::history::{Revision, ScriptFile};
use crate::ir::{Op, OpKind};
use crate::pg::replay::{Aside, Replay};
use crate::pg::schema::Schema;
use crate::python::Evaluator;
use crate::verify::{Finding, Verdict, compare_pg};

/// How many differences a diagnostic names.
const NAMED: usize = 5;

/// What there is to say about the downgrade of the revision that was replayed last; `before` is the schema before it.
pub(super) fn check(
    evaluator: &mut Evaluator<'_>,
    replay: &mut Replay,
    revision: &Revision,
    before: Schema,
) -> Option<Diagnostic> {
    let aside = replay.aside(before, |replay| {
        evaluator.run(revision, Direction::Downgrade, replay);
    });
    let origin = Origin {
        revision: revision.id.clone(),
        direction: Direction::Downgrade,
        place: definition(&revision.file),
    };
    let (code, severity, message) = verdict(&aside)?;
    Some(Diagnostic::new(code, message).severity(severity).at(origin))
}

/// What the downgrade of the revision that was replayed last does; `before` is the schema before it.
pub(super) fn ops(
    evaluator: &mut Evaluator<'_>,
    replay: &mut Replay,
    revision: &Revision,
    before: Schema,
) -> Vec<Op> {
    let aside = replay.aside(before, |replay| {
        evaluator.run(revision, Direction::Downgrade, replay);
    });
    aside.ops
}

fn verdict(aside: &Aside) -> Option<(Code, Severity, String)> {
    let refused = aside.diagnostics.iter().find(|d| {
        d.message
            .starts_with("downgrade() raises NotImplementedError")
    });
    if let Some(refused) = refused {
        return Some((
            Code::IrreversibleDowngrade,
            Severity::Note,
            refused.message.clone(),
        ));
    }
    let acts = |kind: &OpKind| !matches!(kind, OpKind::NoEffect(_) | OpKind::Data(_));
    if !aside.ops.iter().any(|op| acts(&op.kind)) && aside.diagnostics.is_empty() {
        let changed = differences(&aside.before, &aside.after);
        return (!changed.is_empty()).then(|| {
            let message = "downgrade() does nothing, but upgrade() changes the schema";
            (
                Code::IrreversibleDowngrade,
                Severity::Note,
                message.to_owned(),
            )
        });
    }
    let unknown = aside.diagnostics.iter().find(|d| {
        let refusal = matches!(d.code, Code::MissingObject | Code::MissingBase);
        d.severity == Severity::Error && !refusal
    });
    if let Some(unknown) = unknown {
        let message = format!(
            "whether downgrade() restores the schema is not known: {}",
            unknown.message
        );
        return Some((Code::DowngradeDiffers, Severity::Note, message));
    }
    let mut said: Vec<String> = aside
        .diagnostics
        .iter()
        .filter(|d| {
            matches!(
                d.code,
                Code::MissingObject
                    | Code::MissingBase
                    | Code::DuplicateObject
                    | Code::DependentObjects
            )
        })
        .map(|d| format!("PostgreSQL refuses it: {}", d.message))
        .collect();
    said.extend(differences(&aside.before, &aside.left).iter().map(sentence));
    if said.is_empty() {
        return None;
    }
    let more = said.len().saturating_sub(NAMED);
    said.truncate(NAMED);
    if more > 0 {
        said.push(format!("and {more} more"));
    }
    let message = format!(
        "downgrade() does not restore the schema before upgrade(): {}",
        said.join("; ")
    );
    Some((Code::DowngradeDiffers, Severity::Warning, message))
}

fn sentence(finding: &Finding) -> String {
    let object = format!("{} {}", finding.kind.name(), finding.object);
    let text = |value: &Option<String>| match value.as_deref() {
        None | Some("") => "none".to_owned(),
        Some(text) => text.to_owned(),
    };
    match finding.verdict {
        Verdict::Lost => format!("{object} is not there again"),
        Verdict::Extra => format!("{object} stays"),
        Verdict::Equal | Verdict::EqualByRule | Verdict::Weaker | Verdict::Differs => format!(
            "{object}: {} is {} and was {}",
            finding.aspect.as_deref().unwrap_or("definition"),
            text(&finding.actual),
            text(&finding.expected)
        ),
    }
}

/// What differs between two schemas.
fn differences(one: &Schema, other: &Schema) -> Vec<Finding> {
    let (one, other) = touched(one, other);
    let mut findings = compare_pg(&one, &other);
    findings.retain(Finding::matters);
    findings
}

/// Two schemas without what both have alike.
fn touched(one: &Schema, other: &Schema) -> (Schema, Schema) {
    let (mut a, mut b) = (Schema::default(), Schema::default());
    (a.schemas, b.schemas) = apart(&one.schemas, &other.schemas);
    (a.extensions, b.extensions) = apart(&one.extensions, &other.extensions);
    (a.enums, b.enums) = apart(&one.enums, &other.enums);
    (a.domains, b.domains) = apart(&one.domains, &other.domains);
    (a.composites, b.composites) = apart(&one.composites, &other.composites);
    (a.sequences, b.sequences) = (one.sequences.clone(), other.sequences.clone());
    (a.tables, b.tables) = (one.tables.clone(), other.tables.clone());
    (a.views, b.views) = apart(&one.views, &other.views);
    if one.functions != other.functions {
        a.functions.clone_from(&one.functions);
        b.functions.clone_from(&other.functions);
    }
    if one.triggers != other.triggers {
        a.triggers.clone_from(&one.triggers);
        b.triggers.clone_from(&other.triggers);
    }
    if one.others != other.others {
        a.others.clone_from(&one.others);
        b.others.clone_from(&other.others);
    }
    if one.policies != other.policies {
        a.policies.clone_from(&one.policies);
        b.policies.clone_from(&other.policies);
    }
    (a, b)
}

fn apart<K: Clone + Eq + Hash, V: Clone + PartialEq>(
    one: &IndexMap<K, V>,
    other: &IndexMap<K, V>,
) -> (IndexMap<K, V>, IndexMap<K, V>) {
    let pick = |from: &IndexMap<K, V>, not_in: &IndexMap<K, V>| {
        from.iter()
            .filter(|(name, value)| not_in.get(*name) != Some(*value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    (pick(one, other), pick(other, one))
}

/// The line of `def downgrade`; the file, where it has none.
fn definition(file: &ScriptFile) -> Place {
    let mut place = Place::file(file.path.clone());
    let found = file.text.lines().enumerate().find(|(_, line)| {
        let head = line.strip_prefix("async ").unwrap_or(line);
        head.strip_prefix("def downgrade")
            .is_some_and(|rest| rest.trim_start().starts_with('('))
    });
    if let Some((number, line)) = found {
        place.line = u32::try_from(number + 1).unwrap_or_default();
        place.column = 1;
        place.text = line.to_owned();
        place.length = u32::try_from("def downgrade".len()).unwrap_or_default();
    }
    place
}
