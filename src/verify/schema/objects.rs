//! One verdict for every object that moves from PostgreSQL to SQLite.

use std::collections::BTreeMap;

use super::definition::define;
use super::{Finding, ObjectKind, Verdict};
use crate::diag::Origin;
use crate::ir::ConstraintKind;
use crate::lower::{Encoding, Grade, Loss, Lowering};

/// How much of each object of the PostgreSQL schema the SQLite schema keeps, from the losses that lowering told: an object
/// without a loss is kept.
pub fn object_verdicts(lowering: &Lowering) -> Vec<Finding> {
    let mut judge = Judge {
        losses: BTreeMap::new(),
        out: Vec::new(),
    };
    for loss in &lowering.losses {
        judge
            .losses
            .entry(loss.object.as_str())
            .or_default()
            .push(loss);
    }
    let schema = &lowering.pg;
    for (name, one) in &schema.extensions {
        judge.object(
            ObjectKind::Extension,
            name.clone(),
            one.origin.as_ref(),
            None,
        );
    }
    for (name, one) in &schema.enums {
        let by = Some("labels are text, and a check lists them");
        judge.object(ObjectKind::Enum, name.to_string(), one.origin.as_ref(), by);
    }
    for (name, one) in &schema.domains {
        let by = Some("its base type and its checks stand at each column");
        judge.object(
            ObjectKind::Domain,
            name.to_string(),
            one.origin.as_ref(),
            by,
        );
    }
    for (name, one) in &schema.composites {
        judge.object(
            ObjectKind::Composite,
            name.to_string(),
            one.origin.as_ref(),
            None,
        );
    }
    for (name, one) in &schema.sequences {
        let by = one
            .owned_by
            .as_ref()
            .map(|_| "SQLite numbers the rows of its table");
        judge.object(
            ObjectKind::Sequence,
            name.to_string(),
            one.origin.as_ref(),
            by,
        );
    }
    tables(lowering, &mut judge);
    for (name, one) in &schema.views {
        judge.object(
            ObjectKind::View,
            name.to_string(),
            one.origin.as_ref(),
            None,
        );
        for index in &one.indexes {
            judge.object(ObjectKind::Index, index.name(), index.origin.as_ref(), None);
        }
    }
    for one in &schema.functions {
        judge.object(
            ObjectKind::Function,
            one.name.to_string(),
            one.origin.as_ref(),
            None,
        );
    }
    for one in &schema.triggers {
        let name = format!("{}.{}", one.definition.table, one.definition.name);
        judge.object(ObjectKind::Trigger, name, one.origin.as_ref(), None);
    }
    for one in &schema.policies {
        let name = format!("{}.{}", one.table, one.name);
        judge.object(ObjectKind::Policy, name, one.origin.as_ref(), None);
    }
    define(&mut judge.out, lowering);
    judge.out
}

fn tables(lowering: &Lowering, judge: &mut Judge<'_>) {
    for (name, table) in &lowering.pg.tables {
        judge.object(
            ObjectKind::Table,
            name.to_string(),
            table.origin.as_ref(),
            None,
        );
        let map = lowering.tables.iter().find(|t| t.pg == *name);
        for column in &table.columns {
            let stored = map.and_then(|m| m.columns.iter().find(|c| c.pg == column.name));
            let by = stored.and_then(|c| form(&c.encoding));
            let object = format!("{name}.{}", column.name);
            judge.object(ObjectKind::Column, object, column.origin.as_ref(), by);
        }
        for constraint in &table.constraints {
            let kind = match constraint.constraint.kind {
                ConstraintKind::PrimaryKey { .. } => ObjectKind::PrimaryKey,
                ConstraintKind::Unique { .. } => ObjectKind::Unique,
                ConstraintKind::ForeignKey(_) => ObjectKind::ForeignKey,
                ConstraintKind::Check { .. } => ObjectKind::Check,
                ConstraintKind::Exclude { .. } => ObjectKind::Exclusion,
            };
            let object = format!("{name}.{}", constraint.name());
            judge.object(kind, object, constraint.origin.as_ref(), None);
        }
        for index in &table.indexes {
            judge.object(ObjectKind::Index, index.name(), index.origin.as_ref(), None);
        }
    }
}

/// By which form a column's values are equal; `None` where they are the same kind of value.
fn form(encoding: &Encoding) -> Option<&'static str> {
    match encoding {
        Encoding::Integer | Encoding::Real { .. } | Encoding::Text | Encoding::Blob => None,
        Encoding::Bool => Some("stored as 0 and 1"),
        Encoding::NumericReal { .. } => Some("stored as the nearest double"),
        Encoding::DecimalText => Some("stored as its digits in text"),
        Encoding::Date => Some("stored as `YYYY-MM-DD`"),
        Encoding::Time => Some("stored as `HH:MM:SS.ffffff`"),
        Encoding::TimeTz => Some("stored as `HH:MM:SS.ffffff+HH:MM`"),
        Encoding::Timestamp => Some("stored as `YYYY-MM-DD HH:MM:SS.ffffff`"),
        Encoding::TimestampUtc => Some("stored as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC"),
        Encoding::IntervalEpoch => Some("stored as 1970-01-01 plus the duration"),
        Encoding::UuidHex => Some("stored as 32 hex digits"),
        Encoding::UuidText => Some("stored as 36 characters"),
        Encoding::UuidBlob => Some("stored as 16 bytes"),
        Encoding::Json => Some("stored as PostgreSQL's text of the document"),
        Encoding::ArrayJson => Some("stored as a JSON array"),
        Encoding::HstoreJson => Some("stored as a JSON object"),
        Encoding::VectorF32 => Some("stored as libSQL's vector"),
        Encoding::PgText => Some("stored as PostgreSQL's output text"),
    }
}

/// Puts into the verdicts what a target was found to have otherwise than it was lowered: an object that the target is without
/// is lost however well it could be kept, and what only the target has is extra.
pub(in crate::verify) fn judge_target(
    objects: &mut Vec<Finding>,
    found: &[Finding],
    lowering: &Lowering,
) {
    for finding in found.iter().filter(|f| f.matters()) {
        let name = pg_name(finding, lowering);
        let same = |o: &Finding| {
            o.kind == finding.kind
                && (o.object == name
                    || (finding.origin.is_some()
                        && o.origin == finding.origin
                        && o.object.ends_with(last(&name))))
        };
        // A constraint without a name is known by its table, and a primary key always is.
        let by_table = |o: &Finding| {
            o.kind == finding.kind
                && finding.origin.is_some()
                && o.origin == finding.origin
                && o.object.starts_with(&format!(
                    "{}.",
                    name.split([' ', '.']).next().unwrap_or_default()
                ))
        };
        let at = objects
            .iter()
            .position(same)
            .or_else(|| objects.iter().position(by_table));
        let said = format!("in the target: {}", finding.sentence());
        match at
            .filter(|_| finding.verdict != Verdict::Extra)
            .and_then(|at| objects.get_mut(at))
        {
            Some(object) => {
                object.verdict = worse(object.verdict, finding.verdict);
                object.note = Some(match object.note.take() {
                    Some(note) => format!("{said}; {note}"),
                    None => said,
                });
            }
            None => objects.push(finding.clone()),
        }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn worse(a: Verdict, b: Verdict) -> Verdict {
    let rank = |v: Verdict| match v {
        Verdict::Equal => 0,
        Verdict::EqualByRule => 1,
        Verdict::Differs => 2,
        Verdict::Weaker => 3,
        Verdict::Extra => 4,
        Verdict::Lost => 5,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// The name in PostgreSQL of what a finding of the target is about.
fn pg_name(finding: &Finding, lowering: &Lowering) -> String {
    let map = |name: &str| {
        lowering
            .tables
            .iter()
            .find(|t| t.sqlite.eq_ignore_ascii_case(name))
    };
    if finding.kind == ObjectKind::Table {
        return map(&finding.object).map_or_else(|| finding.object.clone(), |t| t.pg.to_string());
    }
    let Some((table, part)) = lowering.tables.iter().find_map(|t| {
        let rest = finding.object.strip_prefix(t.sqlite.as_str())?;
        Some((t, rest.strip_prefix('.')?))
    }) else {
        return finding.object.clone();
    };
    let column = table
        .columns
        .iter()
        .find(|c| c.sqlite.eq_ignore_ascii_case(part));
    let part = match (finding.kind, column) {
        (ObjectKind::Column, Some(column)) => column.pg.as_str(),
        _ => part,
    };
    format!("{}.{part}", table.pg)
}

struct Judge<'l> {
    losses: BTreeMap<&'l str, Vec<&'l Loss>>,
    out: Vec<Finding>,
}

impl Judge<'_> {
    fn object(
        &mut self,
        kind: ObjectKind,
        object: impl Into<String>,
        origin: Option<&Origin>,
        by_rule: Option<&str>,
    ) {
        let object = object.into();
        let losses = self
            .losses
            .get(object.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let gravest = losses.iter().max_by_key(|l| l.grade);
        let verdict = match gravest.map(|l| l.grade) {
            None if by_rule.is_none() => Verdict::Equal,
            None | Some(Grade::Exact) => Verdict::EqualByRule,
            Some(Grade::Widened | Grade::Lossy) => Verdict::Weaker,
            // A column or table stays when something of it is gone.
            Some(Grade::Dropped) if matches!(kind, ObjectKind::Column | ObjectKind::Table) => {
                Verdict::Weaker
            }
            Some(Grade::Dropped) => Verdict::Lost,
        };
        let mut notes: Vec<&str> = losses.iter().map(|l| l.note.as_str()).collect();
        if notes.is_empty() {
            notes.extend(by_rule);
        }
        let mut finding = Finding::new(verdict, kind, object).with_origin(origin);
        finding.note = Some(notes.join("; ")).filter(|n| !n.is_empty());
        self.out.push(finding);
    }
}
