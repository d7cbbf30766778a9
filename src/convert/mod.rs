//! Revisions one by one: from what each did to PostgreSQL's schema to SQL that does the same to a SQLite database full of rows.
//!
//! A revision is cut at its statements that change rows. Between two of them the lowered schema before and after is planned
//! ([`sqlite::plan`](crate::sqlite::plan)), so that a backfill meets the schema that its author wrote it for. The way down is
//! planned from the schema after to the one before. How files are named and written is decided elsewhere.

mod carry;
mod cascade;
mod model;
mod rows;
mod track;

use serde::Serialize;

use crate::diag::Origin;
use crate::ir::{DataKind, ExecuteSql, Op, OpKind, OpSink as _, SqlStatement};
use crate::lower;
use crate::pg::replay::Replay;
use crate::pg::schema::Schema;
use crate::sqlite::plan::{Carried, foreign_keys_are_off, plan};
use crate::sqlite::schema::Trigger;

use model::Model;
use track::Track;

/// One revision and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'a> {
    /// Its id.
    pub id: &'a str,
    /// Operations of its `upgrade()`, raw SQL with its statements as understood.
    pub ops: &'a [Op],
}

/// Something that a revision does and that its conversion does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unconverted {
    /// What: a statement, or `table.column` whose values change form.
    pub what: String,
    /// Why it has no equal, as a sentence.
    pub why: String,
    /// The line that does it.
    pub origin: Option<Origin>,
}

/// A revision as SQL for SQLite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Conversion {
    /// The revision's id.
    pub revision: String,
    /// Statements that apply it, none of which holds a `;`; the first fails where foreign keys have to be off and are on.
    pub up: Vec<String>,
    /// Triggers that are made behind them.
    pub up_triggers: Vec<Trigger>,
    /// Statements that revert it.
    pub down: Vec<String>,
    /// Triggers that are made behind those.
    pub down_triggers: Vec<Trigger>,
    /// Tables that are rebuilt on the way up.
    pub rebuilt: Vec<String>,
    /// Tables and columns whose values are gone after the way up.
    pub discarded: Vec<String>,
    /// What is not the same, or not done.
    pub unconverted: Vec<Unconverted>,
    /// What a reviewer should know of translated statements.
    pub notes: Vec<String>,
    /// Whether statements among them change rows.
    pub changes_rows: bool,
}

impl Conversion {
    /// Whether the revision changes nothing in SQLite.
    pub fn is_empty(&self) -> bool {
        self.up.is_empty() && self.up_triggers.is_empty()
    }
}

/// Converts revisions in the order of replay, from the schema that is there before the first.
pub fn convert(
    start: Schema,
    revisions: &[Revision<'_>],
    options: &lower::Options,
) -> Vec<Conversion> {
    let mut out = Vec::with_capacity(revisions.len());
    convert_each(start, revisions, options, |conversion, _| {
        out.push(conversion);
    });
    out
}

/// What stands behind a converted revision.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// PostgreSQL's schema after it.
    pub after: &'a Schema,
    /// The tables and columns that continue others.
    pub carried: &'a Carried,
}

/// The same one by one, each with the schemas around it.
pub fn convert_each(
    start: Schema,
    revisions: &[Revision<'_>],
    options: &lower::Options,
    mut each: impl FnMut(Conversion, Around<'_>),
) {
    let mut model = Model::of(&start, options);
    let mut replay = Replay::with_base(start);
    for revision in revisions {
        let mut converter = Converter {
            options,
            replay,
            begin: model.clone(),
            whole: Track::default(),
            segment: Track::default(),
            triggers: model.triggers().to_vec(),
            model,
            stale: false,
            foreign_keys_off: false,
            cascades: Vec::new(),
            out: Conversion {
                revision: revision.id.to_owned(),
                ..Conversion::default()
            },
        };
        converter.run(revision.ops);
        let (begin, end) = (&converter.begin, &converter.model);
        let affected = begin.differing(end);
        let carried = carry::carried(begin, end, &converter.whole, &affected);
        let around = Around {
            after: &converter.replay.schema,
            carried: &carried.tables,
        };
        each(converter.out, around);
        replay = converter.replay;
        model = converter.model;
    }
}

/// One revision under way.
struct Converter<'a> {
    options: &'a lower::Options,
    replay: Replay,
    /// Before the revision.
    begin: Model,
    /// Up to where statements are written.
    model: Model,
    /// What became of tables and columns since the revision began.
    whole: Track,
    /// The same since the last statement that was written.
    segment: Track,
    /// Triggers that the database has at this point.
    triggers: Vec<Trigger>,
    /// Whether the schema may have changed since `model`.
    stale: bool,
    foreign_keys_off: bool,
    /// What deletions set off, by the place behind them in the way up: foreign keys may turn out to be off.
    cascades: Vec<(usize, Vec<String>)>,
    out: Conversion,
}

impl Converter<'_> {
    fn run(&mut self, ops: &[Op]) {
        for op in ops {
            match &op.kind {
                OpKind::ExecuteSql(execute) if !execute.statements.is_empty() => {
                    for statement in &execute.statements {
                        self.sql(statement, &op.origin);
                    }
                }
                kind => self.step(std::slice::from_ref(kind), op.clone()),
            }
        }
        self.flush();
        if self.foreign_keys_off {
            for (at, statements) in std::mem::take(&mut self.cascades).into_iter().rev() {
                self.out.up.splice(at..at, statements);
            }
            self.out.up.insert(0, foreign_keys_are_off());
        }
        let has = |list: &[Trigger], t: &Trigger| list.iter().any(|o| o.name == t.name);
        let wanted = self.model.triggers();
        let missing = wanted.iter().filter(|t| !has(&self.triggers, t));
        self.out.up_triggers = missing.cloned().collect();
        self.down();
    }

    fn sql(&mut self, statement: &SqlStatement, origin: &Origin) {
        let op = Op {
            kind: OpKind::ExecuteSql(ExecuteSql {
                sql: statement.sql.clone(),
                statements: Vec::new(),
            }),
            origin: origin.clone(),
        };
        self.step(&statement.ops, op);
    }

    /// One statement: what it does as parts, and as the op that does it to the schema.
    fn step(&mut self, kinds: &[OpKind], op: Op) {
        let changes_rows = |kind: &OpKind| matches!(kind, OpKind::Data(_) | OpKind::BulkInsert(_));
        if kinds.iter().any(changes_rows) {
            self.flush();
            for kind in kinds.iter().filter(|k| changes_rows(k)) {
                self.rows(kind, &op.origin);
            }
            return;
        }
        if kinds.iter().any(|kind| self.segment.needs_flush(kind)) {
            self.flush();
        }
        for kind in kinds {
            self.tell(kind, &op.origin);
        }
        let origin = op.origin.clone();
        // Failures were told when the history was replayed.
        let _ = self.replay.apply(op, crate::ir::Caught::No);
        for kind in kinds {
            self.segment.observe(kind);
            self.whole.observe(kind);
        }
        self.stale = true;
        for kind in kinds {
            if matches!(kind, OpKind::CreateTable(table) if table.query.is_some()) {
                self.flush();
                self.rows(kind, &origin);
            }
        }
    }

    /// What was not understood is not converted either.
    fn tell(&mut self, kind: &OpKind, origin: &Origin) {
        if let OpKind::Opaque(opaque) = kind {
            self.out.unconverted.push(Unconverted {
                what: opaque.text.clone(),
                why: opaque.reason.clone(),
                origin: Some(origin.clone()),
            });
        }
    }

    /// Statements that change rows, over the schema as it is at that point.
    fn rows(&mut self, kind: &OpKind, origin: &Origin) {
        match rows::translate(&self.replay.schema, self.model.maps(), kind) {
            Ok((statements, notes)) => {
                self.out.changes_rows |= !statements.is_empty();
                self.out.up.extend(statements);
                let notes = notes.into_iter().map(|n| n.text);
                self.out.notes.extend(notes);
                self.set_off(kind);
            }
            Err(why) => self.out.unconverted.push(Unconverted {
                what: rows::text(kind),
                why,
                origin: Some(origin.clone()),
            }),
        }
    }

    /// What a translated statement sets off beside itself: cascades of its foreign keys, and triggers.
    fn set_off(&mut self, kind: &OpKind) {
        let (table, deletes) = match kind {
            OpKind::BulkInsert(insert) => (Some(&insert.table), false),
            OpKind::Data(data) => (data.table.as_ref(), data.kind == DataKind::Delete),
            _ => (None, false),
        };
        let Some(lowered) = table.and_then(|t| self.model.lowered(t)) else {
            return;
        };
        let name = &lowered.table.name;
        if deletes {
            let statements = cascade::after_delete(&self.model, name);
            if !statements.is_empty() {
                self.cascades.push((self.out.up.len(), statements));
            }
        }
        let has = |t: &&Trigger| self.triggers.iter().any(|own| own.name == t.name);
        let late = self.model.triggers().iter();
        let late = late.filter(|t| t.table.eq_ignore_ascii_case(name) && !has(t));
        let late: Vec<&str> = late.map(|t| t.name.as_str()).collect();
        if !late.is_empty() {
            let note = format!(
                "the rows of {name} that `{}` changes are changed before the triggers {} are made, which fired for them in PostgreSQL",
                rows::text(kind),
                late.join(", ")
            );
            self.out.notes.push(note);
        }
    }

    /// Writes the way from the schema as it was written last to the schema as it is now.
    fn flush(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let after = self.model.next(&self.replay.schema, self.options);
        let affected = self.model.differing(&after);
        let carried = carry::carried(&self.model, &after, &self.segment, &affected);
        let mut old = self.model.excerpt(&affected);
        old.triggers.clone_from(&self.triggers);
        let mut new = after.excerpt(&affected);
        // Triggers hold `;`: those that go come back in the file behind, with the new ones.
        new.triggers.retain(|t| self.triggers.contains(t));
        let step = plan(&old, &new, &carried.tables);
        self.triggers = new.triggers;
        self.triggers
            .retain(|t| !step.triggers.iter().any(|s| s.name == t.name));
        self.out.up.extend(carried.guards);
        self.out.up.extend(step.statements);
        self.out.rebuilt.extend(step.rebuilt);
        self.out.discarded.extend(step.discarded);
        self.out.unconverted.extend(carried.unconverted);
        self.out.notes.extend(carried.notes);
        self.foreign_keys_off |= step.foreign_keys_off;
        self.segment = Track::default();
        self.model = after;
    }

    /// The way back, in one step: rows that upgrades changed stay as they are.
    fn down(&mut self) {
        let back = self.whole.reversed();
        let affected = self.model.differing(&self.begin);
        let carried = carry::carried(&self.model, &self.begin, &back, &affected);
        let mut now = self.model.excerpt(&affected);
        // The file behind has dropped its own already.
        now.triggers.clone_from(&self.triggers);
        let step = plan(&now, &self.begin.excerpt(&affected), &carried.tables);
        for item in &carried.unconverted {
            let note = format!("on the way down, {}: {}", item.what, item.why);
            self.out.notes.push(note);
        }
        self.out.down = carried.guards;
        self.out.down.extend(step.statements);
        self.out.down_triggers = step.triggers;
        if step.foreign_keys_off {
            self.out.down.insert(0, foreign_keys_are_off());
        }
        if self.out.down.is_empty() && !self.out.up.is_empty() {
            // A section without statements would leave the runners nothing to run.
            self.out.down = vec!["SELECT 'the rows stay as they are'".to_owned()];
        }
    }
}
