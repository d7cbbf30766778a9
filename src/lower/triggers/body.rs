//! What a trigger function does, found by running its body over expressions instead of values: every variable and column
//! of the new row holds the expression that it would have, every statement stands under the conditions of its path.
//! PL/pgSQL: PostgreSQL documentation, chapter 43; trigger functions: section 43.10.

use indexmap::IndexMap;

use super::fold::{and, case, fold, not_true, or};
use crate::ir::QualName;
use crate::pg::sql::ast::{Call, Change, Node, Query};
use crate::pg::sql::rewrite::{Rewrite, rewrite, rewrite_change, rewrite_query};
use crate::pg::sql::{DoStatement, parse_body, parse_change, parse_expr, parse_query, print_expr};

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
}

/// Something done under a condition over the row as it was written.
#[derive(Debug, PartialEq)]
pub(super) struct Effect {
    /// The condition; `None` is always.
    pub guard: Option<Node>,
    /// What is done.
    pub kind: EffectKind,
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
    Run::new(moment).value(text, &state)
}

/// Where a path through the body is.
#[derive(Debug, Clone, Default)]
struct State {
    /// Columns of the new row that were set.
    new: IndexMap<String, Node>,
    /// Variables.
    variables: IndexMap<String, Node>,
    /// What holds on this path.
    guard: Vec<Node>,
}

impl State {
    fn condition(&self) -> Option<Node> {
        self.guard.iter().cloned().reduce(and)
    }
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
            DoStatement::If(branches) => return self.branches(branches, state),
            DoStatement::Block(body, handlers) if handlers.is_empty() => {
                return self.block(body, state);
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
            DoStatement::SelectInto(targets, _, query) => {
                self.select_into(targets, query, state)?
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
        let mut change = parse_change(sql)?;
        rewrite_change(&mut change, &mut self.scope(state))?;
        self.keep_once()?;
        state.variables.shift_remove("found");
        self.changed = true;
        self.effect(EffectKind::Change(Box::new(change)), state);
        Ok(())
    }

    fn effect(&mut self, kind: EffectKind, state: &State) {
        self.out.effects.push(Effect {
            guard: state.condition(),
            kind,
        });
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
        rewrite(&mut node, &mut self.scope(state))?;
        self.keep_once()?;
        let node = fold(node);
        bounded(&node)?;
        Ok(node)
    }

    fn query(&mut self, text: &str, state: &State) -> Result<Query, String> {
        let mut query = parse_query(text)?;
        rewrite_query(&mut query, &mut self.scope(state))?;
        self.keep_once()?;
        Ok(query)
    }

    fn scope<'s>(&'s mut self, state: &'s State) -> Scope<'s> {
        Scope {
            moment: self.moment,
            state,
            once: &mut self.once,
            changed: self.changed,
            stale: false,
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

/// A column of the new row before the body sets it.
fn before(moment: &Moment<'_>, column: &str) -> Node {
    let set = moment.entry.new.get(column).cloned();
    set.unwrap_or_else(|| Node::Column(vec!["new".to_owned(), column.to_owned()]))
}

/// What both ways through an `IF` go on with.
fn merge(
    moment: &Moment<'_>,
    from: &State,
    condition: Node,
    then: State,
    other: State,
) -> Result<State, String> {
    let mut out = from.clone();
    let join = |a: &IndexMap<String, Node>,
                b: &IndexMap<String, Node>,
                absent: &dyn Fn(&str) -> Node|
     -> Result<IndexMap<String, Node>, String> {
        let mut joined = IndexMap::new();
        for name in a.keys().chain(b.keys()) {
            if joined.contains_key(name) {
                continue;
            }
            let of = |map: &IndexMap<String, Node>| map.get(name).cloned().unwrap_or(absent(name));
            let value = case(condition.clone(), of(a), of(b));
            bounded(&value)?;
            joined.insert(name.clone(), value);
        }
        Ok(joined)
    };
    out.new = join(&then.new, &other.new, &|name| before(moment, name))?;
    out.variables = join(&then.variables, &other.variables, &|_| Node::Null)?;
    // Conditions beyond that of the branch are there where a part of it has returned.
    let extra = from.guard.len() + 1;
    if then.guard.len() > extra || other.guard.len() > extra {
        let path = |state: State| state.guard.into_iter().skip(extra - 1).reduce(and);
        if let (Some(a), Some(b)) = (path(then), path(other)) {
            out.guard.push(or(a, b));
        }
    }
    Ok(out)
}

fn bounded(node: &Node) -> Result<(), String> {
    if print_expr(node).len() > LONGEST {
        Err("its function grows too long in one expression".to_owned())
    } else {
        Ok(())
    }
}

/// Whether each evaluation gives another value.
fn is_random(node: &Node) -> bool {
    let mut found = false;
    let mut look = |node: &Node| {
        if let Node::Call(call) = node {
            found |= matches!(
                call.name.as_str(),
                "random"
                    | "gen_random_uuid"
                    | "uuid_generate_v4"
                    | "uuid_generate_v1"
                    | "nextval"
                    | "gen_random_bytes"
            );
        }
        None
    };
    let mut copy = node.clone();
    // Nothing is replaced, so nothing can fail.
    let _ = rewrite(&mut copy, &mut look);
    found
}

/// The names that a body sees.
struct Scope<'s> {
    moment: &'s Moment<'s>,
    state: &'s State,
    once: &'s mut Vec<Node>,
    /// Rows were changed since variables were read.
    changed: bool,
    /// One of those variables was used.
    stale: bool,
}

impl Scope<'_> {
    /// The rows that an event does not have are NULL.
    fn has(&self, row: &str) -> bool {
        match row {
            "new" => self.moment.each_row && self.moment.event != "DELETE",
            _ => self.moment.each_row && self.moment.event != "INSERT",
        }
    }

    fn used(&mut self, node: &Node) -> Node {
        if is_random(node) {
            self.once.push(node.clone());
        }
        self.stale |= self.changed && has_query(node);
        node.clone()
    }

    fn column(&mut self, path: &[String]) -> Result<Option<Node>, String> {
        let text = |value: &str| Ok(Some(Node::String(value.to_owned())));
        match path {
            [row, column] if row == "new" || row == "old" => {
                if !self.has(row) {
                    return Ok(Some(Node::Null));
                }
                if !self.moment.columns.iter().any(|c| c == column) {
                    return Err(format!("it reads `{row}.{column}`, which is no column"));
                }
                if row == "new"
                    && !self.state.new.contains_key(column)
                    && let Some((trigger, _)) = self.moment.entry.unsure.get(column)
                {
                    return Err(format!(
                        "it reads `{column}`, which the trigger `{trigger}` sets for some statements alone"
                    ));
                }
                let set = self.state.new.get(column).filter(|_| row == "new").cloned();
                Ok(set.map(|node| self.used(&node)))
            }
            [row] if row == "new" || row == "old" => {
                if !self.has(row) {
                    return Ok(Some(Node::Null));
                }
                self.untouched(row)?;
                Ok(Some(Node::Star(Some(row.clone()))))
            }
            [name] => match name.as_str() {
                "tg_op" => text(self.moment.event),
                "tg_name" => text(self.moment.name),
                "tg_table_name" | "tg_relname" => text(&self.moment.table.name),
                "tg_table_schema" => text(self.moment.table.schema.as_deref().unwrap_or("public")),
                "tg_when" => text(if self.moment.before {
                    "BEFORE"
                } else {
                    "AFTER"
                }),
                "tg_level" => text(if self.moment.each_row {
                    "ROW"
                } else {
                    "STATEMENT"
                }),
                "tg_nargs" => Ok(Some(Node::Number(self.moment.arguments.len().to_string()))),
                _ => Ok(self
                    .state
                    .variables
                    .get(name)
                    .cloned()
                    .map(|node| self.used(&node))),
            },
            _ => Ok(None),
        }
    }

    /// Whole rows are compared and copied as they were written.
    fn untouched(&self, row: &str) -> Result<(), String> {
        if row == "new" && !(self.state.new.is_empty() && self.moment.entry.unsure.is_empty()) {
            Err("its function uses the whole new row after it set a column".to_owned())
        } else {
            Ok(())
        }
    }
}

/// Why a variable that was read before rows were changed has no equal: SQLite would read it after them.
const READ_AGAIN: &str = "its function uses what it read before it changed rows";

impl Rewrite for Scope<'_> {
    fn node(&mut self, node: &Node) -> Result<Option<Node>, String> {
        let found = self.replaced(node)?;
        if self.stale {
            return Err(READ_AGAIN.to_owned());
        }
        Ok(found)
    }

    fn star(&mut self, table: Option<&str>) -> Option<Vec<Node>> {
        self.whole_row(table)
    }
}

impl Scope<'_> {
    fn replaced(&mut self, node: &Node) -> Result<Option<Node>, String> {
        match node {
            Node::Column(path) => self.column(path),
            Node::Star(Some(row)) if row == "new" || row == "old" => {
                self.untouched(row)?;
                Ok(None)
            }
            Node::Subscript(base, index) => {
                let (Node::Column(path), Node::Number(at)) = (base.as_ref(), index.as_ref()) else {
                    return Ok(None);
                };
                if path.as_slice() != ["tg_argv"] {
                    return Ok(None);
                }
                let argument = at
                    .parse()
                    .ok()
                    .and_then(|at: usize| self.moment.arguments.get(at));
                Ok(Some(
                    argument.map_or(Node::Null, |a| Node::String(a.clone())),
                ))
            }
            Node::Call(call) => self.row_as_json(call),
            _ => Ok(None),
        }
    }

    fn whole_row(&mut self, table: Option<&str>) -> Option<Vec<Node>> {
        let row = table.filter(|t| *t == "new" || *t == "old")?;
        let columns = self.moment.columns.iter();
        Some(
            columns
                .map(|c| match self.state.new.get(c).filter(|_| row == "new") {
                    Some(set) => set.clone(),
                    None if self.has(row) => Node::Column(vec![row.to_owned(), c.clone()]),
                    None => Node::Null,
                })
                .collect(),
        )
    }
}

impl Scope<'_> {
    /// `to_jsonb(NEW)` and `row_to_json(NEW)`: an object of the row's columns.
    fn row_as_json(&mut self, call: &Call) -> Result<Option<Node>, String> {
        let row = match (call.name.as_str(), call.args.as_slice()) {
            ("to_jsonb" | "to_json" | "row_to_json", [Node::Column(path)]) => match path.as_slice()
            {
                [row] if row == "new" || row == "old" => row.clone(),
                _ => return Ok(None),
            },
            ("to_jsonb" | "to_json" | "row_to_json", [Node::Star(Some(row))])
                if row == "new" || row == "old" =>
            {
                row.clone()
            }
            _ => return Ok(None),
        };
        if !self.has(&row) {
            return Ok(Some(Node::Null));
        }
        let values = self.whole_row(Some(&row)).unwrap_or_default();
        let args = self
            .moment
            .columns
            .iter()
            .zip(values)
            .flat_map(|(name, value)| [Node::String(name.clone()), value])
            .collect();
        let name = if call.name == "to_jsonb" {
            "jsonb_build_object"
        } else {
            "json_build_object"
        };
        Ok(Some(Node::Call(Box::new(Call {
            name: name.to_owned(),
            args,
            ..Call::default()
        }))))
    }
}

/// Whether a query stands in an expression.
pub(super) fn has_query(node: &Node) -> bool {
    let mut found = false;
    let mut copy = node.clone();
    let _ = rewrite(&mut copy, &mut |node: &Node| {
        found |= is_query(node);
        None
    });
    found
}

fn is_query(node: &Node) -> bool {
    matches!(
        node,
        Node::Subquery(_) | Node::Exists(_) | Node::InQuery { .. }
    )
}

/// Whether a statement reads any table.
pub(super) fn change_has_query(change: &Change) -> bool {
    let from = match change {
        Change::Insert(insert) => insert.source.as_ref().is_some_and(|s| {
            let mut parts = std::iter::once(&s.select).chain(s.compound.iter().map(|c| &c.1));
            parts.any(|p| !p.from.is_empty())
        }),
        Change::Update(_) | Change::Delete(_) | Change::Truncate(_) => true,
    };
    let mut found = from;
    let mut copy = change.clone();
    let _ = rewrite_change(&mut copy, &mut |node: &Node| {
        found |= is_query(node);
        None
    });
    found
}

/// Whether a statement reads a column of a row (`new`, `old`).
pub(super) fn change_reads(change: &Change, row: &str, column: &str) -> bool {
    let mut found = false;
    let mut copy = change.clone();
    let _ = rewrite_change(&mut copy, &mut |node: &Node| {
        found |= is_column(node, row, column);
        None
    });
    found
}

fn is_column(node: &Node, row: &str, column: &str) -> bool {
    matches!(node, Node::Column(path) if matches!(path.as_slice(), [r, c] if r == row && c == column))
}

/// An expression over the new row, over the old one instead.
///
/// # Errors
/// None; the walk cannot fail.
pub(super) fn of_old(node: &Node) -> Result<Node, String> {
    let mut out = node.clone();
    rewrite(&mut out, &mut |node: &Node| match node {
        Node::Column(path) => match path.as_slice() {
            [row, column] if row == "new" => {
                Some(Node::Column(vec!["old".to_owned(), column.clone()]))
            }
            _ => None,
        },
        _ => None,
    })?;
    Ok(out)
}

/// Whether an expression reads anything of the row before the write.
pub(super) fn reads_old(node: &Node) -> bool {
    let mut found = false;
    let mut copy = node.clone();
    let _ = rewrite(&mut copy, &mut |node: &Node| {
        found |= match node {
            Node::Column(path) => path.first().is_some_and(|row| row == "old"),
            Node::Star(Some(row)) => row == "old",
            _ => false,
        };
        None
    });
    found
}

/// Whether an expression reads a column of a row (`new`, `old`).
pub(super) fn reads(node: &Node, row: &str, column: &str) -> bool {
    let mut found = false;
    let mut look = |node: &Node| {
        found |= is_column(node, row, column);
        None
    };
    let mut copy = node.clone();
    let _ = rewrite(&mut copy, &mut look);
    found
}
