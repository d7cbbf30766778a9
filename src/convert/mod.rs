//! Revisions one by one: from what each did to PostgreSQL's schema to SQL that does the same to a SQLite database full of rows.
//!
//! A revision is cut at its statements that change rows. Between two of them the lowered schema before and after is planned
//! ([`sqlite::plan`](crate::sqlite::plan)), so that a backfill meets the schema that its author wrote it for. The way down is
//! planned from the schema after to the one before; where a `downgrade()` changes rows, it is followed statement by statement,
//! as the way up is. How files are named and written is decided elsewhere.

mod carry;
mod cascade;
mod down;
mod model;
mod reads;
mod rows;
mod track;

use serde::Serialize;

use crate::diag::Origin;
use crate::ir::{DataKind, ExecuteSql, Op, OpKind, OpSink as _, SqlStatement};
use crate::lower;
use crate::lower::{ColumnMap, expr};
use crate::pg::replay::Replay;
use crate::pg::schema::Schema;
use crate::sqlite::plan::{Carried, foreign_keys_are_off, no_rows_in, plan};
use crate::sqlite::schema::{Trigger, quote, seed_safe};

use cascade::KeyChange;
use model::Model;
use reads::Doubt;
use track::Track;

/// One revision and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'a> {
    /// Its id.
    pub id: &'a str,
    /// Operations of its `upgrade()`, raw SQL with its statements as understood.
    pub ops: &'a [Op],
    /// Those of its `downgrade()`, as it runs on the schema after; none where it was not evaluated.
    pub down: &'a [Op],
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
    let mut doubt = Doubt::default();
    let mut replay = Replay::with_base(start);
    for revision in revisions {
        let triggers = model.triggers().to_vec();
        let mut converter = Converter::new(options, &mut replay, model, triggers, doubt);
        converter.out.revision = revision.id.to_owned();
        converter.run(revision.ops);
        if down::changes_rows(revision.down) {
            converter.down_by_statements(revision.down);
        } else {
            converter.down(revision.down);
        }
        let (begin, end) = (&converter.begin, &converter.model);
        let affected = begin.differing(end);
        let carried = carry::carried(begin, end, &converter.whole, &affected);
        let around = Around {
            after: &converter.replay.schema,
            carried: &carried.tables,
        };
        each(converter.out, around);
        doubt = converter.doubt;
        model = converter.model;
    }
}

/// One revision under way.
struct Converter<'a> {
    options: &'a lower::Options,
    replay: &'a mut Replay,
    /// Tables whose rows are not followed.
    doubt: Doubt,
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
    /// Whether a `downgrade()` is followed, where a statement without an equal stops the migration.
    downwards: bool,
    /// Whether it stops over something that is not understood.
    stopped: bool,
    out: Conversion,
}

impl<'a> Converter<'a> {
    fn new(
        options: &'a lower::Options,
        replay: &'a mut Replay,
        model: Model,
        triggers: Vec<Trigger>,
        doubt: Doubt,
    ) -> Self {
        Self {
            options,
            replay,
            doubt,
            begin: model.clone(),
            whole: Track::default(),
            segment: Track::default(),
            triggers,
            model,
            stale: false,
            foreign_keys_off: false,
            cascades: Vec::new(),
            downwards: false,
            stopped: false,
            out: Conversion::default(),
        }
    }
}

impl Converter<'_> {
    fn run(&mut self, ops: &[Op]) {
        self.follow(ops);
        self.flush();
        self.settle_foreign_keys();
        self.out.up_triggers = self.missing_triggers();
    }

    /// Writes what operations do, but for the changes of the schema behind the last change of rows.
    fn follow(&mut self, ops: &[Op]) {
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
    }

    /// Where foreign keys have to be off, cascades are statements.
    fn settle_foreign_keys(&mut self) {
        if self.foreign_keys_off {
            for (at, statements) in std::mem::take(&mut self.cascades).into_iter().rev() {
                self.out.up.splice(at..at, statements);
            }
            self.out.up.insert(0, foreign_keys_are_off());
        }
    }

    /// Triggers that the schema has and the database does not have yet.
    fn missing_triggers(&self) -> Vec<Trigger> {
        let has = |t: &&Trigger| self.triggers.iter().any(|o| o.name == t.name);
        let wanted = self.model.triggers().iter();
        wanted.filter(|t| !has(t)).cloned().collect()
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
            if !kinds.iter().all(changes_rows) {
                // A block that changes rows and the schema: one after the other.
                for kind in kinds {
                    let part = Op {
                        kind: kind.clone(),
                        origin: op.origin.clone(),
                    };
                    self.step(std::slice::from_ref(kind), part);
                }
                return;
            }
            self.flush();
            for kind in kinds {
                self.rows(kind, &op.origin);
            }
            // The rows are followed, so that queries behind them can be answered.
            let _ = self.replay.apply(op, crate::ir::Caught::No);
            for kind in kinds {
                self.number(kind);
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
            self.doubt.add_all();
            if self.downwards {
                // One says it for all that hang on it.
                if !std::mem::replace(&mut self.stopped, true) {
                    self.out.up.push(down::not_understood(opaque));
                }
                return;
            }
            self.out.unconverted.push(Unconverted {
                what: opaque.text.clone(),
                why: opaque.reason.clone(),
                origin: Some(origin.clone()),
            });
        }
    }

    /// Says so where a row gets another number than the one that the script goes on with.
    fn number(&mut self, kind: &OpKind) {
        let lowered = down::target(kind).and_then(|t| self.model.lowered(t));
        let guard = lowered.and_then(|l| reads::number(&l.map, self.replay, &self.doubt, kind));
        self.out.up.extend(guard);
    }

    /// Statements that change rows, over the schema as it is at that point.
    fn rows(&mut self, kind: &OpKind, origin: &Origin) {
        let context = expr::Context {
            pg: &self.replay.schema,
            tables: self.model.maps(),
            options: self.options,
        };
        if let OpKind::Data(data) = kind
            && let Some(guard) = reads::guard(context, self.replay, &self.doubt, data)
        {
            self.out.up.push(guard);
            return;
        }
        let target = down::target(kind);
        match rows::translate(context, kind) {
            Ok((statements, notes)) => {
                if let OpKind::Data(data) = kind {
                    self.doubt.follow(target, &data.sql);
                }
                let at = self.out.up.len();
                self.out.changes_rows |= !statements.is_empty();
                let safe = statements.iter().map(|s| seed_safe(s));
                self.out.up.extend(safe);
                let notes = notes.into_iter().map(|n| n.text);
                self.out.notes.extend(notes);
                self.keys_change(kind, at);
                self.set_off(kind);
            }
            Err(why) if self.downwards => {
                self.doubt.add(target);
                let table = target.and_then(|t| self.model.lowered(t));
                let stop = down::stop(kind, &why, table.map(|t| t.table.name.as_str()));
                self.out.up.push(stop);
            }
            Err(why) => {
                self.doubt.add(target);
                self.out.unconverted.push(Unconverted {
                    what: rows::text(kind),
                    why,
                    origin: Some(origin.clone()),
                });
            }
        }
    }

    /// What a translated statement, which stands at a place of the way up, does to rows that refer to keys which it changes.
    fn keys_change(&mut self, kind: &OpKind, at: usize) {
        let Some((lowered, sets)) = rows::sets(kind).and_then(|sets| {
            let lowered = down::target(kind).and_then(|t| self.model.lowered(t))?;
            Some((lowered, sets))
        }) else {
            return;
        };
        let columns = match &sets {
            rows::Sets::Update(_, update) => update.set.iter().map(|(c, _)| c).collect(),
            rows::Sets::OnConflict(columns) => columns.iter().collect::<Vec<_>>(),
        };
        let set: Vec<String> = lowered
            .map
            .columns
            .iter()
            .filter(|c| columns.contains(&&c.pg))
            .map(|c| c.sqlite.clone())
            .collect();
        let name = &lowered.table.name;
        let Some(change) = cascade::after_update(&self.model, name, &set) else {
            return;
        };
        let context = expr::Context {
            pg: &self.replay.schema,
            tables: self.model.maps(),
            options: self.options,
        };
        let names = |(at, column): (usize, &String)| (column.clone(), KeyChange::names(at));
        let keys: Vec<_> = change.columns.iter().enumerate().map(names).collect();
        let query = match &sets {
            rows::Sets::Update(sql, update) => expr::translate_keys(context, sql, update, &keys),
            rows::Sets::OnConflict(_) => Err("it stands behind ON CONFLICT".to_owned()),
        };
        match query {
            Ok(query) => {
                self.cascades
                    .push((at, vec![seed_safe(&KeyChange::keep(&query))]));
                self.cascades.push((self.out.up.len(), change.after));
            }
            Err(why) => {
                let begin = format!(
                    "`{}` may change keys that other rows refer to, which cannot be followed while foreign keys are off ({why}), and {name} holds ",
                    rows::text(kind)
                );
                let guard = no_rows_in(&begin, " rows", &quote(name));
                self.cascades.push((at, vec![guard]));
            }
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
        if std::mem::take(&mut self.stale) {
            let after = self.model.next(&self.replay.schema, self.options);
            self.flush_to(after);
        }
    }

    fn flush_to(&mut self, after: Model) {
        let affected = self.model.differing(&after);
        let affected = after.with_other_values(affected, &self.segment);
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
        for part in after.affected(&affected) {
            for column in part.numbered() {
                self.out
                    .up
                    .extend(first_numbers(part, column, &carried.tables));
            }
        }
        self.out.rebuilt.extend(step.rebuilt);
        self.out.discarded.extend(step.discarded);
        self.out.unconverted.extend(carried.unconverted);
        self.out.notes.extend(carried.notes);
        self.foreign_keys_off |= step.foreign_keys_off;
        self.segment = Track::default();
        self.model = after;
    }
}

/// Numbers the rows of a table that was there when the column came.
fn first_numbers(part: &model::Part, column: &ColumnMap, carried: &Carried) -> Option<String> {
    let table = &part.lowered.as_ref()?.table.name;
    let there = carried.tables.get(table)?;
    if there.columns.contains_key(&column.sqlite) {
        return None;
    }
    let (table, column) = (quote(table), quote(&column.sqlite));
    Some(format!(
        "UPDATE {table} SET {column} = _decant_rows.number FROM (SELECT rowid AS place, row_number() OVER (ORDER BY rowid) AS number FROM {table}) AS _decant_rows WHERE {table}.rowid = _decant_rows.place"
    ))
}
