//! What there is to tell about a history that was replayed: per revision what it does, what was decided and assumed, what was not
//! understood; and how much of the whole was. `docs/inspect.md` documents the JSON.

use std::collections::{HashMap, VecDeque};

use indexmap::IndexMap;
use serde::Serialize;

use super::{Replayed, kind_name};
use crate::diag::{Diagnostic, Diagnostics, Direction, Origin, Severity};
use crate::history::{HistorySummary, Release};
use crate::ir::{DataKind, DataValue, Op, OpKind, QualName};
use crate::pg::replay::{DataUse, catalog_name};
use crate::python::{Assumption, Decision, Engines, NamingConvention};

/// Name and version of the JSON's form. It changes when a key changes its meaning or goes.
pub const FORMAT: &str = "decant-inspect/1";

/// Everything to tell about a history.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Always `decant-inspect/1`.
    pub format: &'static str,
    /// Up to where it was replayed.
    pub at: String,
    /// The graph.
    pub history: HistorySummary,
    /// The release of SQLAlchemy that it is read for, and who says so.
    pub sqlalchemy: Release,
    /// Naming convention of the application's metadata.
    pub naming_convention: NamingConvention,
    /// The databases that the history is run on and the one that was replayed, where they have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engines: Option<Engines>,
    /// How many objects of each kind the schema has there.
    pub schema: IndexMap<&'static str, usize>,
    /// How much was understood.
    pub coverage: Coverage,
    /// What was assumed about the world outside, and where it was asked for.
    pub assumptions: Vec<Assumption>,
    /// Each revision, in the order of replay.
    pub revisions: Vec<RevisionReport>,
    /// Everything that was said, in the order in which it was found.
    pub diagnostics: Diagnostics,
}

/// How much was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Revisions that were replayed.
    pub revisions: usize,
    /// Revisions about which no error was told.
    pub revisions_understood: usize,
    /// Revisions of which everything was known.
    pub whole: usize,
    /// Revisions with an unknown that touches the schema.
    pub schema_unknown: usize,
    /// Revisions with unknowns that touch only data.
    pub data_unknown: usize,
    /// Revisions that were understood, but are at odds with the schema: a missing base, a missing object.
    pub at_odds: usize,
    /// Revisions that change the schema.
    pub with_schema: usize,
    /// Revisions that change data only.
    pub data_only: usize,
    /// Revisions that do nothing.
    pub without_effect: usize,
    /// Operations, raw SQL counted by its statements.
    pub ops: usize,
    /// Operations by kind, the most frequent first.
    pub ops_by_kind: IndexMap<String, usize>,
    /// Data statements by kind (`docs/inspect.md`).
    pub data: IndexMap<String, usize>,
    /// Data statements by what they are for.
    pub data_uses: IndexMap<&'static str, usize>,
    /// Operations that were not understood.
    pub opaque: usize,
}

/// What a revision does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It changes the schema.
    Schema,
    /// It changes data only.
    Data,
    /// Neither.
    Nothing,
}

/// How much of a revision was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Understood {
    /// All of it.
    Whole,
    /// All that touches the schema.
    DataUnknown,
    /// Not all that touches the schema.
    SchemaUnknown,
    /// All of it, but the schema is not as it needs it.
    AtOdds,
}

/// One data statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataReport {
    /// `insert`, `update`, `delete`, `select`.
    pub kind: DataKind,
    /// Table that it changes, where that is plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<QualName>,
    /// What it is for, told from what is left of its table at the end; a statement that reads, or whose table is not known, has none.
    #[serde(skip_serializing_if = "Option::is_none", rename = "use")]
    pub used_for: Option<DataUse>,
    /// Whether parts of it are not known.
    pub unknown: bool,
    /// Where.
    pub origin: Origin,
}

/// One revision.
#[derive(Debug, Clone, Serialize)]
pub struct RevisionReport {
    /// Full id.
    pub revision: String,
    /// Its author's words.
    pub message: String,
    /// Its file.
    pub file: String,
    /// What it does.
    pub effect: Effect,
    /// How much of it was understood.
    pub understood: Understood,
    /// Operations by kind, in the order of their first, raw SQL by its statements.
    pub operations: IndexMap<String, usize>,
    /// How its conditions were answered, and from what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Names of the assumptions that it asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assumptions: Vec<String>,
    /// Its data statements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DataReport>,
    /// How many of those there are by what they are for.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub data_uses: IndexMap<&'static str, usize>,
    /// Errors and unknowns of its `upgrade()`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_understood: Vec<Diagnostic>,
    /// Every operation with all its arguments, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops: Option<Vec<Op>>,
}

/// Looks at a replayed history; `at` is how its end was named.
pub fn inspect(replayed: &Replayed, at: &str) -> Inspection {
    let mut said: HashMap<&str, Vec<&Diagnostic>> = HashMap::new();
    for diagnostic in &replayed.diagnostics {
        if let Some(origin) = &diagnostic.origin
            && origin.direction == Direction::Upgrade
        {
            said.entry(&origin.revision).or_default().push(diagnostic);
        }
    }
    let mut decisions: HashMap<&str, Vec<Decision>> = HashMap::new();
    for decision in &replayed.decisions {
        if decision.origin.direction == Direction::Upgrade {
            let list = decisions.entry(&decision.origin.revision).or_default();
            list.push(decision.clone());
        }
    }
    let mut uses = Uses::of(replayed);
    let mut coverage = Coverage::default();
    let mut revisions = Vec::with_capacity(replayed.revisions.len());
    for revision in &replayed.revisions {
        let id = revision.revision.as_str();
        let mut report = RevisionReport {
            revision: revision.revision.clone(),
            message: revision.message.clone(),
            file: revision.file.clone(),
            effect: Effect::Nothing,
            understood: Understood::Whole,
            operations: IndexMap::new(),
            decisions: decisions.remove(id).unwrap_or_default(),
            assumptions: replayed
                .assumptions
                .iter()
                .filter(|a| a.read_at.iter().any(|place| place.revision == id))
                .map(|a| a.name.clone())
                .collect(),
            data: Vec::new(),
            data_uses: IndexMap::new(),
            not_understood: Vec::new(),
            ops: Some(revision.ops.clone()),
        };
        for op in &revision.ops {
            report.count(&op.kind, &op.origin, &mut coverage);
        }
        report.use_data(&mut uses);
        report.judge(said.get(id).map_or(&[], Vec::as_slice));
        coverage.add(&report);
        revisions.push(report);
    }
    coverage
        .ops_by_kind
        .sort_by(|a, n, b, m| m.cmp(n).then_with(|| a.cmp(b)));
    let schema = &replayed.schema;
    Inspection {
        format: FORMAT,
        at: at.to_owned(),
        history: replayed.read.history.summary(),
        sqlalchemy: replayed.read.sqlalchemy.clone(),
        naming_convention: replayed.naming_convention.clone(),
        engines: Some(replayed.engines.clone()).filter(|e| !e.names.is_empty()),
        schema: IndexMap::from([
            ("tables", schema.tables.len()),
            ("enums", schema.enums.len()),
            ("sequences", schema.sequences.len()),
            ("views", schema.views.len()),
            ("triggers", schema.triggers.len()),
            ("functions", schema.functions.len()),
        ]),
        coverage,
        assumptions: replayed.assumptions.clone(),
        revisions,
        diagnostics: replayed.diagnostics.clone(),
    }
}

/// What the replay's data statements are for, by place, kind and table.
struct Uses(HashMap<(Origin, DataKind, QualName), VecDeque<DataUse>>);

impl Uses {
    fn of(replayed: &Replayed) -> Self {
        let mut uses: HashMap<_, VecDeque<DataUse>> = HashMap::new();
        for (record, class) in &replayed.data {
            let key = (record.origin.clone(), record.kind, record.table.clone());
            uses.entry(key).or_default().push_back(*class);
        }
        Self(uses)
    }
}

impl RevisionReport {
    /// Says what its data statements are for.
    fn use_data(&mut self, uses: &mut Uses) {
        for data in &mut self.data {
            let Some(table) = &data.table else { continue };
            let key = (data.origin.clone(), data.kind, catalog_name(table));
            let found = uses.0.get_mut(&key);
            let Some(class) = found.and_then(VecDeque::pop_front) else {
                continue;
            };
            if data.kind != DataKind::Select {
                data.used_for = Some(class);
                *self.data_uses.entry(class.name()).or_default() += 1;
            }
        }
    }

    /// Counts an operation, raw SQL by its statements.
    fn count(&mut self, kind: &OpKind, origin: &Origin, coverage: &mut Coverage) {
        if let OpKind::ExecuteSql(execute) = kind
            && !execute.statements.is_empty()
        {
            for op in execute.statements.iter().flat_map(|s| &s.ops) {
                self.count(op, origin, coverage);
            }
            return;
        }
        let name = kind_name(kind);
        *self.operations.entry(name.clone()).or_default() += 1;
        *coverage.ops_by_kind.entry(name).or_default() += 1;
        coverage.ops += 1;
        let data = |kind, table: Option<&QualName>, unknown| DataReport {
            kind,
            table: table.cloned(),
            used_for: None,
            unknown,
            origin: origin.clone(),
        };
        match kind {
            OpKind::BulkInsert(op) => {
                let unknown = |v: &DataValue| matches!(v, DataValue::Unknown(_));
                let open = op.rows.iter().flatten().any(|(_, v)| unknown(v));
                self.data
                    .push(data(DataKind::Insert, Some(&op.table), open));
                self.weigh(Effect::Data);
            }
            OpKind::Data(op) => {
                self.data
                    .push(data(op.kind, op.table.as_ref(), !op.unknown.is_empty()));
                if op.kind != DataKind::Select {
                    self.weigh(Effect::Data);
                }
            }
            OpKind::NoEffect(_) => {}
            OpKind::Opaque(op) => {
                coverage.opaque += 1;
                self.weigh(if op.touches_schema {
                    Effect::Schema
                } else {
                    Effect::Data
                });
            }
            _ => self.weigh(Effect::Schema),
        }
    }

    fn weigh(&mut self, effect: Effect) {
        if self.effect != Effect::Schema {
            self.effect = effect;
        }
    }

    /// Takes what was said about it.
    fn judge(&mut self, said: &[&Diagnostic]) {
        let weight = |d: &Diagnostic| match (d.severity, d.code.is_unknown()) {
            (Severity::Error, true) => Understood::SchemaUnknown,
            (Severity::Error, false) => Understood::AtOdds,
            (_, true) if d.code == crate::diag::Code::UnknownData => Understood::DataUnknown,
            _ => Understood::Whole,
        };
        let order = [
            Understood::SchemaUnknown,
            Understood::AtOdds,
            Understood::DataUnknown,
        ];
        self.not_understood = said
            .iter()
            .filter(|d| weight(d) != Understood::Whole)
            .map(|d| (*d).clone())
            .collect();
        self.understood = order
            .into_iter()
            .find(|u| said.iter().any(|d| weight(d) == *u))
            .unwrap_or(Understood::Whole);
    }
}

impl Coverage {
    fn add(&mut self, report: &RevisionReport) {
        self.revisions += 1;
        match report.understood {
            Understood::Whole => self.whole += 1,
            Understood::DataUnknown => self.data_unknown += 1,
            Understood::SchemaUnknown => self.schema_unknown += 1,
            Understood::AtOdds => self.at_odds += 1,
        }
        self.revisions_understood = self.whole + self.data_unknown;
        match report.effect {
            Effect::Schema => self.with_schema += 1,
            Effect::Data => self.data_only += 1,
            Effect::Nothing => self.without_effect += 1,
        }
        for data in &report.data {
            let kind = match data.kind {
                DataKind::Insert => "insert",
                DataKind::Update => "update",
                DataKind::Delete => "delete",
                DataKind::Select => "select",
            };
            *self.data.entry(kind.to_owned()).or_default() += 1;
        }
        for (class, number) in &report.data_uses {
            *self.data_uses.entry(class).or_default() += number;
        }
    }
}
