//! The way back of a revision: planned in one step from the schemas, or, where its `downgrade()` changes rows, followed statement by
//! statement.

use super::track::Track;
use super::{Conversion, Converter, carry, rows};
use crate::ir::{DataKind, Op, OpKind, Opaque, QualName};
use crate::sqlite::plan::{foreign_keys_are_off, irreversible, irreversible_over_rows, plan};

/// Whether a `downgrade()` changes rows, or may: then its statements are followed.
pub(super) fn changes_rows(ops: &[Op]) -> bool {
    fn changes(kind: &OpKind) -> bool {
        match kind {
            OpKind::Data(data) => data.kind != DataKind::Select,
            OpKind::BulkInsert(_) => true,
            OpKind::CreateTable(table) => table.query.is_some(),
            OpKind::Opaque(_) => true,
            OpKind::ExecuteSql(sql) => sql.statements.iter().flat_map(|s| &s.ops).any(changes),
            _ => false,
        }
    }
    // An exception takes back what was done before it.
    raised(ops).is_none() && (ops.iter().any(|op| changes(&op.kind)) || fills(ops))
}

/// Whether a column is added with a default that it loses again: rows keep it.
fn fills(ops: &[Op]) -> bool {
    let mut track = Track::default();
    let parts = ops.iter().flat_map(|op| match &op.kind {
        OpKind::ExecuteSql(sql) if !sql.statements.is_empty() => {
            let parts = sql.statements.iter().flat_map(|s| &s.ops);
            parts.collect::<Vec<_>>()
        }
        kind => vec![kind],
    });
    for kind in parts {
        if track.needs_flush(kind) {
            return true;
        }
        track.observe(kind);
    }
    false
}

/// The exception that ends a `downgrade()`: often its author's words that there is no way back.
fn raised(ops: &[Op]) -> Option<&str> {
    ops.iter().find_map(|op| match &op.kind {
        OpKind::Opaque(opaque) if opaque.text.is_empty() => Some(opaque.reason.as_str()),
        _ => None,
    })
}

/// The table whose rows a statement changes.
pub(super) fn target(kind: &OpKind) -> Option<&QualName> {
    match kind {
        OpKind::BulkInsert(insert) => Some(&insert.table),
        OpKind::Data(data) => data.table.as_ref(),
        _ => None,
    }
}

/// Fails in place of a statement that has no equal; one that changes rows that are there does nothing to an empty table.
pub(super) fn stop(kind: &OpKind, why: &str, table: Option<&str>) -> String {
    let changes = |data: DataKind| matches!(data, DataKind::Update | DataKind::Delete);
    let why = format!("`{}` has no equal: {why}", rows::text(kind));
    match (kind, table) {
        (OpKind::Data(data), Some(table)) if changes(data.kind) => {
            irreversible_over_rows(&why, table)
        }
        _ => irreversible(&why),
    }
}

/// Fails in place of something that was not understood.
pub(super) fn not_understood(opaque: &Opaque) -> String {
    let text = opaque.text.split_whitespace().collect::<Vec<_>>().join(" ");
    irreversible(&format!("`{text}` is not understood: {}", opaque.reason))
}

impl Converter<'_> {
    /// The way back, in one step: rows that upgrades changed stay as they are.
    pub(super) fn down(&mut self, ops: &[Op]) {
        let back = self.whole.reversed();
        let affected = self.model.differing(&self.begin);
        let affected = self.begin.with_other_values(affected, &back);
        let carried = carry::carried(&self.model, &self.begin, &back, &affected);
        let mut now = self.model.excerpt(&affected);
        // The file behind has dropped its own already.
        now.triggers.clone_from(&self.triggers);
        let step = plan(&now, &self.begin.excerpt(&affected), &carried.tables);
        for item in &carried.unconverted {
            let note = format!("on the way down, {}: {}", item.what, item.why);
            self.out.notes.push(note);
        }
        if let Some(exception) = raised(ops) {
            let note = format!(
                "downgrade() ends with {exception}: this way down restores the schema and leaves rows as they are"
            );
            self.out.notes.push(note);
        }
        self.out.down = carried.guards;
        self.out.down.extend(step.statements);
        self.out.down_triggers = step.triggers;
        if step.foreign_keys_off {
            self.out.down.insert(0, foreign_keys_are_off());
        }
        self.fill_down();
    }

    /// The way back as `downgrade()` goes it, with its changes of rows in their places; what it does not restore of the schema
    /// is planned behind them.
    pub(super) fn down_by_statements(&mut self, ops: &[Op]) {
        let (model, begin) = (self.model.clone(), self.begin.clone());
        let (triggers, options) = (self.triggers.clone(), self.options);
        let doubt = self.doubt.clone();
        let mut found = Conversion::default();
        let before = self.replay.watch();
        self.replay.aside(before, |replay| {
            let mut way = Converter::new(options, replay, model, triggers, doubt);
            way.downwards = true;
            way.follow(ops);
            way.flush_to(begin);
            way.settle_foreign_keys();
            way.out.up_triggers = way.missing_triggers();
            found = way.out;
        });
        let told = found.unconverted.iter();
        let told = told.map(|item| format!("{}: {}", item.what, item.why));
        let notes = told.chain(found.notes.iter().cloned());
        let notes = notes.map(|note| format!("on the way down, {note}"));
        self.out.notes.extend(notes);
        self.out.down = found.up;
        self.out.down_triggers = found.up_triggers;
        self.fill_down();
    }

    /// A section without statements would leave the runners nothing to run.
    fn fill_down(&mut self) {
        if self.out.down.is_empty() && !self.out.up.is_empty() {
            self.out.down = vec!["SELECT 'the rows stay as they are'".to_owned()];
        }
    }
}
