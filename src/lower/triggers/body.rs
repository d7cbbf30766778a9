//! What a trigger function does, found by running its body over expressions instead of values: every variable and column
//! of the new row holds the expression that it would have, every statement stands under the conditions of its path.
//! PL/pgSQL: PostgreSQL documentation, chapter 43; trigger functions: section 43.10.

use indexmap::IndexMap;

use super::facts::Facts;
use super::fold::{case, fold, not_true};
use super::look::{has_query, is_random, tables_of};
use super::path::{State, before, merge};
use super::scope::{READ_AGAIN, Scope};
use crate::ir::QualName;
use crate::lower::expr::Note;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Change, Node, Query};
use crate::pg::sql::rewrite::{rewrite, rewrite_change, rewrite_query};
use crate::pg::sql::{
    DoStatement, parse_body, parse_change, parse_expr, parse_query, print_expr, tables_in,
};
use crate::pg::types::BaseType;

/// The longest expression that a trigger may grow into, in characters: beyond it nobody could review it.
const LONGEST: usize = 20_000;

/// The moment for which a body is run.
#[derive(Debug, Clone)]
pub(super) struct Moment<'a> {
    /// Trigger.
    pub name: &'a str,
    /// Its table.
    pub table: &'a QualName,
    /// The table's columns, in order.
    pub columns: &'a [String],
    /// Their types, and what else is known of the schema.
    pub facts: &'a Facts<'a>,
    /// How many triggers are at work: what `pg_trigger_depth()` says inside its function.
    pub depth: u8,
    /// `BEFORE` or `AFTER`.
    pub before: bool,
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: &'a str,
    /// `FOR EACH ROW`.
    pub each_row: bool,
    /// `TG_ARGV`.
    pub arguments: &'a [String],
    /// What triggers before this one made of the new row.
    pub entry: &'a Entry,
}

/// The new row as the triggers before one leave it.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// Columns that they set, over the row as it was written.
    pub new: IndexMap<String, Node>,
    /// Columns that a trigger sets for some statements alone (`UPDATE OF`): that trigger, and the value.
    pub unsure: IndexMap<String, (String, Node)>,
}

/// What a body does at a moment.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    /// Columns that it sets in the new row.
    pub columns: Vec<(String, Node)>,
    /// What it does besides, in order.
    pub effects: Vec<Effect>,
    /// It tells listeners something.
    pub notifies: bool,
    /// What there is to say about it.
    pub notes: Vec<Note>,
    /// It asks for `pg_trigger_depth()`.
    pub asks_depth: bool,
}

/// Something done under a condition over the row as it was written.
#[derive(Debug, PartialEq)]
pub(super) struct Effect {
    /// The condition; `None` is always.
    pub guard: Option<Node>,
    /// What is done.
    pub kind: EffectKind,
    /// Tables that it or its condition reads.
    pub reads: Vec<QualName>,
}

#[derive(Debug, PartialEq)]
pub(super) enum EffectKind {
    /// The statement fails with a message.
    Raise(String),
    /// The row is passed over.
    Skip,
    /// Rows are changed.
    Change(Box<Change>),
}

/// Runs a body.
///
/// # Errors
/// Why it has no equal, as a part of a sentence.
pub(super) fn run(body: &str, moment: &Moment<'_>) -> Result<Outcome, String> {
    let statements = parse_body(body).ok_or("its function could not be read")?;
    let mut run = Run::new(moment);
    let mut state = State {
        new: moment.entry.new.clone(),
        ..State::default()
    };
    if run.block(&statements, &mut state)? {
        return Err("its function ends without RETURN".to_owned());
    }
    run.finish()
}

/// The condition of a trigger's `WHEN`, over the row as it was written.
///
/// # Errors
/// Why it has no equal, as a part of a sentence.
pub(super) fn condition(text: &str, moment: &Moment<'_>) -> Result<Node, String> {
    let state = State {
        new: moment.entry.new.clone(),
        ..State::default()
    };
    let outside = Moment {
        depth: moment.depth.saturating_sub(1),
        ..moment.clone()
    };
    Run::new(&outside).value(text, &state)
}

struct Run<'a> {
    moment: &'a Moment<'a>,
    out: Outcome,
    /// Ways to return the new row: the condition, and the columns set.
    returns: Vec<(Option<Node>, IndexMap<String, Node>)>,
    /// Expressions that must not be computed twice, and were once.
    once: Vec<Node>,
    /// A statement has changed rows: what was read before it cannot be read again.
    changed: bool,
}

type Alive = Result<bool, String>;

impl<'a> Run<'a> {
    fn new(moment: &'a Moment<'a>) -> Self {
        Self {
            moment,
            out: Outcome::default(),
            returns: Vec::new(),
            once: Vec::new(),
            changed: false,
        }
    }
}

impl Run<'_> {
    /// Runs statements; false when every path through them has returned.
    fn block(&mut self, statements: &[DoStatement], state: &mut State) -> Alive {
        for statement in statements {
            if !self.statement(statement, state)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn statement(&mut self, statement: &DoStatement, state: &mut State) -> Alive {
        match statement {
            DoStatement::Nothing => {}
            DoStatement::Assign(target, value) => {
                let value = self.value(value, state)?;
                self.assign(target, value, state)?;
            }
            DoStatement::Declare(name, type_, value) => {
                self.declare(name, type_, value.as_deref(), state)?;
            }
            DoStatement::Assert(condition, message) => {
                return self.assertion(condition, message.as_deref(), state);
            }
            DoStatement::If(branches) => return self.branches(branches, state),
            DoStatement::Block(body, handlers) if handlers.is_empty() => {
                return self.inner(body, state);
            }
            DoStatement::Block(..) => return Err("its function handles exceptions".to_owned()),
            DoStatement::Return(value) => {
                self.returned(value.as_deref(), state)?;
                return Ok(false);
            }
            DoStatement::Raise(message) => {
                let message = message
                    .clone()
                    .unwrap_or_else(|| format!("refused by {}", self.moment.name));
                self.effect(EffectKind::Raise(message), state);
                return Ok(false);
            }
            DoStatement::SelectInto(_, true, _) => {
                return Err(
                    "its function wants exactly one row of a query (`INTO STRICT`)".to_owned(),
                );
            }
            DoStatement::SelectInto(targets, false, query) => {
                self.select_into(targets, query, state)?;
            }
            DoStatement::Perform(query) => self.perform(query, state)?,
            DoStatement::Sql(statement) => self.sql(&statement.sql, state)?,
            DoStatement::Execute { .. } => {
                return Err("its function runs SQL that it builds".to_owned());
            }
            DoStatement::ForQuery { .. }
            | DoStatement::ForRange { .. }
            | DoStatement::ForEach { .. }
            | DoStatement::While(..)
            | DoStatement::Leave(..) => return Err("its function has a loop".to_owned()),
            DoStatement::Unknown(text) => {
                return Err(format!("`{text}` of its function is not understood"));
            }
        }
        Ok(true)
    }

    /// A block inside another: the variables that it declares hide those of the same names until its end.
    fn inner(&mut self, body: &[DoStatement], state: &mut State) -> Alive {
        let mut hidden = Vec::new();
        for statement in body {
            if let DoStatement::Declare(name, ..) = statement {
                let (value, type_) = (state.variables.get(name), state.types.get(name));
                hidden.push((name.clone(), value.cloned(), type_.cloned()));
                state.types.shift_remove(name);
            }
        }
        let lives = self.block(body, state)?;
        for (name, value, type_) in hidden {
            state.variables.shift_remove(&name);
            state.types.shift_remove(&name);
            state.variables.extend(value.map(|v| (name.clone(), v)));
            state.types.extend(type_.map(|t| (name, t)));
        }
        Ok(lives)
    }

    fn declare(
        &mut self,
        name: &str,
        type_: &str,
        value: Option<&str>,
        state: &mut State,
    ) -> Result<(), String> {
        let value = match value {
            Some(text) => self.value(text, state)?,
            None => Node::Null,
        };
        if let Some(mut type_) = self.moment.facts.type_named(type_) {
            if matches!(type_.base, BaseType::Varchar | BaseType::Char)
                && !type_.modifiers.is_empty()
            {
                if type_.base == BaseType::Char {
                    return Err(format!("its variable `{name}` is padded with blanks"));
                }
                self.out.notes.push(Note {
                    grade: Grade::Widened,
                    text: format!("A text that is too long for its variable `{name}` is kept."),
                });
                type_.modifiers.clear();
            }
            state.types.insert(name.to_owned(), type_);
        }
        self.assign(name, value, state)
    }

    /// `ASSERT`: the statement fails unless the condition is true.
    fn assertion(&mut self, condition: &str, message: Option<&str>, state: &mut State) -> Alive {
        let message = message.and_then(|text| match parse_expr(text) {
            Ok(Node::String(text)) => Some(text),
            _ => None,
        });
        let fails = DoStatement::Raise(Some(
            message.unwrap_or_else(|| "assertion failed".to_owned()),
        ));
        let branches = [
            (Some(condition.to_owned()), Vec::new()),
            (None, vec![fails]),
        ];
        self.branches(&branches, state)
    }

    /// `IF`: each way is run for itself; where several go on, what they set becomes a `CASE`.
    fn branches(
        &mut self,
        branches: &[(Option<String>, Vec<DoStatement>)],
        state: &mut State,
    ) -> Alive {
        let Some(((condition, body), rest)) = branches.split_first() else {
            return Ok(true);
        };
        let condition = match condition {
            None => Node::Bool(true),
            Some(text) => self.value(text, state)?,
        };
        match condition {
            Node::Bool(true) => return self.block(body, state),
            Node::Bool(false) | Node::Null => return self.branches(rest, state),
            _ => {}
        }
        let mut then = state.clone();
        then.guard.push(condition.clone());
        let then_lives = self.block(body, &mut then)?;
        let mut other = state.clone();
        other.guard.push(not_true(condition.clone()));
        let other_lives = self.branches(rest, &mut other)?;
        match (then_lives, other_lives) {
            (false, false) => return Ok(false),
            (true, false) => *state = then,
            (false, true) => *state = other,
            (true, true) => *state = merge(self.moment, state, condition, then, other)?,
        }
        Ok(true)
    }

    fn assign(&mut self, target: &str, value: Node, state: &mut State) -> Result<(), String> {
        match target.split_once('.') {
            None if target == "new" => Err("its function sets the whole row".to_owned()),
            None => {
                let value = match state.types.get(target) {
                    Some(type_) => self.moment.facts.typed(value, type_),
                    None => value,
                };
                state.variables.insert(target.to_owned(), value);
                Ok(())
            }
            Some(("new", column)) => {
                if !self.moment.columns.iter().any(|c| c == column) {
                    return Err(format!("it sets `{column}`, which is no column"));
                }
                state.new.insert(column.to_owned(), value);
                Ok(())
            }
            Some(_) => Err(format!("its function sets `{target}`")),
        }
    }

    /// `SELECT .. INTO`: each variable is a query of its own.
    fn select_into(
        &mut self,
        targets: &[String],
        query: &str,
        state: &mut State,
    ) -> Result<(), String> {
        let query = self.query(query, state)?;
        if query.select.items.len() != targets.len() || !query.compound.is_empty() {
            return Err("its function reads whole rows into variables".to_owned());
        }
        for (at, target) in targets.iter().enumerate() {
            let mut one = query.clone();
            one.select.items = one.select.items.get(at).cloned().into_iter().collect();
            one.limit = Some(Node::Number("1".to_owned()));
            self.assign(target, Node::Subquery(Box::new(one)), state)?;
        }
        state
            .variables
            .insert("found".to_owned(), Node::Exists(Box::new(query)));
        Ok(())
    }

    /// `PERFORM`: the query's rows are thrown away, only whether there were any can matter.
    fn perform(&mut self, query: &str, state: &mut State) -> Result<(), String> {
        let query = self.query(query, state)?;
        if let ([(Node::Call(call), _)], true) =
            (query.select.items.as_slice(), query.select.from.is_empty())
        {
            if call.name == "pg_notify" {
                self.out.notifies = true;
                return Ok(());
            }
            return Err(format!("its function calls {}()", call.name));
        }
        state
            .variables
            .insert("found".to_owned(), Node::Exists(Box::new(query)));
        Ok(())
    }

    fn sql(&mut self, sql: &str, state: &mut State) -> Result<(), String> {
        let mut words = sql.split_whitespace().map(str::to_ascii_uppercase);
        match words.next().as_deref() {
            Some("NOTIFY") => {
                self.out.notifies = true;
                return Ok(());
            }
            // Materialized views become views, which are never stale.
            Some("REFRESH") => return Ok(()),
            _ => {}
        }
        if crate::pg::sql::returning(sql).is_some() {
            return Err("its function uses what a change returns".to_owned());
        }
        let mut change = parse_change(sql)?;
        let mut scope = self.scope(state);
        rewrite_change(&mut change, &mut scope)?;
        scope.fault()?;
        self.keep_once()?;
        state.variables.shift_remove("found");
        self.changed = true;
        self.effect(EffectKind::Change(Box::new(change)), state);
        if let Some(effect) = self.out.effects.last_mut() {
            effect.reads.extend(tables_in(sql));
        }
        Ok(())
    }

    fn effect(&mut self, kind: EffectKind, state: &State) {
        let guard = state.condition();
        let mut reads = guard.as_ref().map(tables_of).unwrap_or_default();
        if let EffectKind::Change(change) = &kind {
            reads.extend(super::look::tables_of_change(change));
        }
        self.out.effects.push(Effect { guard, kind, reads });
    }

    /// `RETURN` of a trigger function: the row that goes on, or NULL, which passes the row over before it is written.
    fn returned(&mut self, value: Option<&str>, state: &State) -> Result<(), String> {
        if !self.moment.before || !self.moment.each_row {
            return Ok(());
        }
        let what = value.unwrap_or_default().trim().to_ascii_lowercase();
        match (what.as_str(), self.moment.event) {
            ("new", "INSERT" | "UPDATE") => {
                self.returns.push((state.condition(), state.new.clone()));
            }
            ("old", "DELETE") => {}
            // A row that the event does not have is NULL.
            ("null", _) | ("new", "DELETE") | ("old", "INSERT") => {
                self.effect(EffectKind::Skip, state);
            }
            // `COALESCE(NEW, OLD)` is a common spelling of the row at hand.
            (text, _) if text.replace(' ', "") == "coalesce(new,old)" => {
                if self.moment.event != "DELETE" {
                    self.returns.push((state.condition(), state.new.clone()));
                }
            }
            _ => {
                return Err(format!(
                    "its function returns `{}`",
                    value.unwrap_or_default()
                ));
            }
        }
        Ok(())
    }

    /// What the new row's columns are in the end, over all ways to return.
    fn finish(mut self) -> Result<Outcome, String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.returns.iter().flat_map(|(_, new)| new.keys()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        for name in names {
            let old = before(self.moment, &name);
            let mut ways = self.returns.iter().rev();
            let of = |new: &IndexMap<String, Node>| new.get(&name).cloned().unwrap_or(old.clone());
            let Some((_, last)) = ways.next() else {
                continue;
            };
            let mut value = of(last);
            for (guard, new) in ways {
                value = case(guard.clone().unwrap_or(Node::Bool(true)), of(new), value);
            }
            bounded(&value)?;
            if self.changed && has_query(&value) {
                return Err(READ_AGAIN.to_owned());
            }
            if is_random(&value) {
                self.once.push(value.clone());
                self.keep_once()?;
            }
            if value == old {
                continue;
            }
            if self.moment.entry.new.contains_key(&name)
                || self.moment.entry.unsure.contains_key(&name)
            {
                return Err(format!("another trigger sets `{name}` too"));
            }
            self.out.columns.push((name, value));
        }
        Ok(self.out)
    }

    fn value(&mut self, text: &str, state: &State) -> Result<Node, String> {
        let mut node = parse_expr(text)?;
        let mut scope = self.scope(state);
        rewrite(&mut node, &mut scope)?;
        scope.fault()?;
        self.keep_once()?;
        let node = fold(node);
        bounded(&node)?;
        Ok(node)
    }

    fn query(&mut self, text: &str, state: &State) -> Result<Query, String> {
        let mut query = parse_query(text)?;
        let mut scope = self.scope(state);
        rewrite_query(&mut query, &mut scope)?;
        scope.fault()?;
        self.keep_once()?;
        Ok(query)
    }

    fn scope<'s>(&'s mut self, state: &'s State) -> Scope<'s> {
        Scope {
            moment: self.moment,
            state,
            once: &mut self.once,
            asks_depth: &mut self.out.asks_depth,
            changed: self.changed,
            stale: false,
            fault: None,
        }
    }

    /// Refuses a second use of an expression whose value differs each time.
    fn keep_once(&self) -> Result<(), String> {
        let twice = self
            .once
            .iter()
            .enumerate()
            .any(|(at, node)| self.once.iter().skip(at + 1).any(|other| other == node));
        if twice {
            Err("its function uses a random value several times".to_owned())
        } else {
            Ok(())
        }
    }
}

pub(super) fn bounded(node: &Node) -> Result<(), String> {
    if print_expr(node).len() > LONGEST {
        Err("its function grows too long in one expression".to_owned())
    } else {
        Ok(())
    }
}
