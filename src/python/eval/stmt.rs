//! Statements.

use std::rc::Rc;
use std::sync::Arc;

use super::env::{Env, Scope};
use super::expr::{RED_ZONE, STACK_PIECE};
use super::interp::{Completion, Doubt, Flow, Interp, Leaving, R, derived_value};
use super::value::{Args, Unknown, Value};
use crate::diag::Code;
use crate::python::decision::EvidenceSet;
use crate::python::syntax::{Expr, ExprKind, Name, Span, Stmt, StmtKind};

impl Interp<'_> {
    /// Runs statements.
    ///
    /// # Errors
    /// A Python exception, or a bound.
    pub fn block(&mut self, body: &[Stmt], env: &Rc<Env>) -> R<Completion> {
        stacker::maybe_grow(RED_ZONE, STACK_PIECE, || self.statements(body, env))
    }

    pub(super) fn statements(&mut self, body: &[Stmt], env: &Rc<Env>) -> R<Completion> {
        for stmt in body {
            match self.stmt(stmt, env)? {
                Completion::Normal => {}
                other => return Ok(other),
            }
        }
        Ok(Completion::Normal)
    }

    pub(super) fn here(&mut self, stmt: &Stmt) {
        if let Some(frame) = self.frames.last_mut() {
            frame.span = stmt.span;
        }
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt, env: &Rc<Env>) -> R<Completion> {
        self.step()?;
        self.here(stmt);
        match &stmt.kind {
            StmtKind::Expr(expr) => self.expr_stmt(expr, env)?,
            StmtKind::Assign(targets, value) => {
                let before = std::mem::take(&mut self.consulted);
                let value = self.expr(value, env)?;
                let guarded = self.consulted;
                for target in targets {
                    self.assign(target, value.clone(), env, guarded)?;
                }
                self.consulted = before;
            }
            StmtKind::AnnAssign(target, annotation, value) => {
                if env.scope == Scope::Class
                    && let ExprKind::Name(name) = &target.kind
                {
                    self.annotate(name, *annotation, env);
                }
                if let Some(value) = value {
                    let before = std::mem::take(&mut self.consulted);
                    let value = self.expr(value, env)?;
                    let guarded = self.consulted;
                    self.assign(target, value, env, guarded)?;
                    self.consulted = before;
                }
            }
            StmtKind::AugAssign(target, op, value) => {
                let old = self.expr(target, env)?;
                let value = self.expr(value, env)?;
                self.here(stmt);
                let new = derived_value(self.binary_in_place(*op, &old, &value)?);
                self.assign(target, new, env, EvidenceSet::NONE)?;
            }
            StmtKind::Def(function) => {
                let mut value = self.function(function, env)?;
                for decorator in function.decorators.iter().rev() {
                    let decorator = self.expr(decorator, env)?;
                    value = self.decorate(&decorator, value)?;
                }
                env.set(&function.name, value, EvidenceSet::NONE);
            }
            StmtKind::Class(class) => {
                let value = self.class(class, env)?;
                env.set(&class.name, value, EvidenceSet::NONE);
            }
            StmtKind::Return(value) => {
                let value = match value {
                    Some(value) => self.expr(value, env)?,
                    None => Value::None,
                };
                return Ok(Completion::Return(value));
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(target, env)?;
                }
            }
            StmtKind::If(test, yes, no) => return self.if_stmt(test, yes, no, env),
            StmtKind::For(f) => return self.in_loop(|i| i.for_stmt(f, env)),
            StmtKind::While(test, body, orelse) => {
                return self.in_loop(|i| i.while_stmt(test, body, orelse, env));
            }
            StmtKind::With(with) => return self.with_stmt(with, 0, env),
            StmtKind::Match(subject, cases) => return self.match_stmt(subject, cases, env),
            StmtKind::Raise(value) => return Err(self.raise_stmt(value.as_ref(), env)?),
            StmtKind::Try(t) => return self.try_stmt(t, env),
            StmtKind::Assert(test, message) => {
                let value = self.expr(test, env)?;
                // A history that was run passed its assertions: an unknown one holds.
                if matches!(self.truth(&value)?, Ok(false)) {
                    let text = match message {
                        Some(m) => self.expr(m, env)?.as_str().unwrap_or_default(),
                        None => Name::from(""),
                    };
                    return Err(self.raise("AssertionError", text.to_string()));
                }
            }
            StmtKind::Import(names) => {
                for (name, alias) in names {
                    self.import_stmt(name, alias.as_ref(), env)?;
                }
            }
            StmtKind::ImportFrom(import) => self.import_from(import, env)?,
            StmtKind::Pass => {}
            StmtKind::Break => return Ok(Completion::Break),
            StmtKind::Continue => return Ok(Completion::Continue),
        }
        Ok(Completion::Normal)
    }

    pub(super) fn expr_stmt(&mut self, expr: &Expr, env: &Rc<Env>) -> R<()> {
        let (ExprKind::Call(func, args), true) = (strip_await(expr), self.importing == 0) else {
            self.expr(expr, env)?;
            return Ok(());
        };
        // A call whose result nobody wants is made for what it does.
        let function = self.expr(func, env)?;
        if let Value::Unknown(unknown) = &function {
            let unknown = Rc::clone(unknown);
            let args = self.arguments(args, env)?;
            self.at(expr);
            self.call_unknown(&unknown, &args, !writes_log(func))?;
            return Ok(());
        }
        self.step()?;
        let args = self.arguments(args, env)?;
        self.at(expr);
        self.call(&function, args)?;
        Ok(())
    }

    /// Applies a decorator; one that is not known leaves the function as it is.
    pub(super) fn decorate(&mut self, decorator: &Value, value: Value) -> R<Value> {
        if decorator.unknown().is_some() {
            return Ok(value);
        }
        match self.call(decorator, Args::new(vec![value.clone()]))? {
            Value::Unknown(_) => Ok(value),
            decorated => Ok(decorated),
        }
    }

    /// Applies a class's decorators.
    ///
    /// # Errors
    /// As evaluation.
    pub fn decorate_class(
        &mut self,
        decorators: &[Expr],
        mut value: Value,
        env: &Rc<Env>,
    ) -> R<Value> {
        for decorator in decorators.iter().rev() {
            let decorator = self.expr(decorator, env)?;
            value = self.decorate(&decorator, value)?;
        }
        Ok(value)
    }

    pub(super) fn annotate(&mut self, name: &Name, annotation: Span, env: &Rc<Env>) {
        let text = match self.frames.last() {
            Some(frame) => Value::str(frame.source.slice(annotation)),
            None => Value::None,
        };
        let mut vars = env.vars.borrow_mut();
        let entry = vars
            .entry(Arc::from("__annotations__"))
            .or_insert_with(|| Value::dict(Vec::<(Name, Value)>::new()));
        if let Value::Dict(dict) = entry {
            let key = Value::Str(Arc::clone(name));
            dict.items.borrow_mut().insert(key.key(), (key, text));
        }
    }

    /// Assigns to a target.
    ///
    /// # Errors
    /// As evaluation.
    pub fn assign(
        &mut self,
        target: &Expr,
        value: Value,
        env: &Rc<Env>,
        guarded: EvidenceSet,
    ) -> R<()> {
        match &target.kind {
            ExprKind::Name(name) => env.set(name, value, guarded),
            ExprKind::Attr(object, name) => {
                let object = self.expr(object, env)?;
                self.setattr(&object, name, value)?;
            }
            ExprKind::Subscript(object, index) if is_globals(object) => {
                // `globals()` is a copy here: what is put into it becomes a variable at once.
                let index = self.expr(index, env)?;
                if let Some(name) = index.as_str() {
                    env.module().set(&name, value, guarded);
                }
            }
            ExprKind::Subscript(object, index) => {
                let object = self.expr(object, env)?;
                let index = self.expr(index, env)?;
                self.set_item(&object, &index, value)?;
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                self.unpack(targets, &value, env, guarded)?;
            }
            ExprKind::Star(inner) => self.assign(inner, value, env, guarded)?,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn unpack(
        &mut self,
        targets: &[Expr],
        value: &Value,
        env: &Rc<Env>,
        guarded: EvidenceSet,
    ) -> R<()> {
        let items = match self.iterate(value)? {
            Ok(items) => items,
            Err(unknown) => {
                for target in targets {
                    self.assign(target, Value::Unknown(Rc::clone(&unknown)), env, guarded)?;
                }
                return Ok(());
            }
        };
        let star = targets
            .iter()
            .position(|t| matches!(t.kind, ExprKind::Star(_)));
        let fits = match star {
            Some(_) => items.len() + 1 >= targets.len(),
            None => items.len() == targets.len(),
        };
        if !fits {
            let message = format!(
                "{} values to unpack (expected {})",
                items.len(),
                targets.len()
            );
            return Err(self.raise("ValueError", message));
        }
        let extra = items.len() + 1 - targets.len().min(items.len() + 1);
        let mut items = items.into_iter();
        for (i, target) in targets.iter().enumerate() {
            let value = if star == Some(i) {
                Value::list(items.by_ref().take(extra).collect())
            } else {
                items.next().unwrap_or(Value::None)
            };
            self.assign(target, value, env, guarded)?;
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, target: &Expr, env: &Rc<Env>) -> R<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                env.target(name).vars.borrow_mut().shift_remove(name);
            }
            ExprKind::Attr(object, name) => {
                let object = self.expr(object, env)?;
                self.delattr(&object, name)?;
            }
            ExprKind::Subscript(object, index) => {
                let object = self.expr(object, env)?;
                let index = self.expr(index, env)?;
                self.delete_item(&object, &index)?;
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                for target in targets {
                    self.delete(target, env)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn if_stmt(
        &mut self,
        test: &Expr,
        yes: &[Stmt],
        no: &[Stmt],
        env: &Rc<Env>,
    ) -> R<Completion> {
        let before = std::mem::take(&mut self.consulted);
        let value = self.expr(test, env)?;
        let truth = self.truth(&value)?;
        let guarded = std::mem::replace(&mut self.consulted, before);
        match truth {
            Ok(truth) => {
                self.decided(test, truth, guarded);
                self.block(if truth { yes } else { no }, env)
            }
            Err(unknown) => {
                self.at(test);
                if let Some(truth) = self.assumed_condition() {
                    return self.block(if truth { yes } else { no }, env);
                }
                self.undecided(&unknown, yes, no, env)
            }
        }
    }

    /// Runs both branches of a condition that is not known, as far as that can be done without doing anything.
    pub(super) fn undecided(
        &mut self,
        unknown: &Rc<Unknown>,
        yes: &[Stmt],
        no: &[Stmt],
        env: &Rc<Env>,
    ) -> R<Completion> {
        let span = self.frames.last().map(|f| f.span);
        // A history that was run did not raise: the branch that always raises was not taken.
        if raises(yes) {
            return self.block(no, env);
        }
        if raises(no) {
            return self.block(yes, env);
        }
        let (first, left) = self.attempt(unknown, yes, env)?;
        let (second, right) = self.attempt(unknown, no, env)?;
        if let (Some(frame), Some(span)) = (self.frames.last_mut(), span) {
            frame.span = span;
        }
        let schema = first.schema || second.schema;
        if schema || first.data || second.data {
            let message = format!(
                "this condition could not be decided, and its branches differ in what they do: {}",
                unknown.reason
            );
            self.opaque(Code::UnknownCondition, message, unknown, schema)?;
        }
        let outcome = |end: &R<Completion>| match end {
            Ok(Completion::Normal) => 0,
            Ok(_) => 1,
            Err(_) => 2,
        };
        match (outcome(&left), outcome(&right)) {
            (0, 0) => Ok(Completion::Normal),
            (2, 2) => left,
            (2, _) => right,
            (_, 2) => left,
            (1, 1) => match (left?, right?) {
                (Completion::Return(a), Completion::Return(b)) => {
                    let same = a.is(&b) || matches!(self.equal(&a, &b)?, Some(true));
                    Ok(Completion::Return(if same {
                        a
                    } else {
                        Value::Unknown(Rc::clone(unknown))
                    }))
                }
                (a, _) => Ok(a),
            },
            // One of them leaves and the other goes on: what follows may not happen.
            _ => {
                let (left, right) = (left?, right?);
                let returns =
                    matches!(left, Completion::Return(_)) || matches!(right, Completion::Return(_));
                let breaks =
                    matches!(left, Completion::Break) || matches!(right, Completion::Break);
                if (returns || breaks)
                    && let Some(frame) = self.frames.last_mut()
                {
                    let cause = Rc::clone(unknown);
                    frame.may_leave = Some(Leaving { cause, returns });
                }
                let returned = match (left, right) {
                    (Completion::Return(v), _) | (_, Completion::Return(v)) => Some(v),
                    _ => None,
                };
                let doubt = Doubt {
                    cause: Rc::clone(unknown),
                    help: self.condition_help(),
                };
                if self.importing == 0
                    && let Some(frame) = self.frames.last_mut()
                {
                    frame.doubt = Some(doubt);
                }
                if let Some(value) = returned
                    && !value.is_none()
                {
                    env.set(
                        &Name::from("__maybe_returned__"),
                        Value::Unknown(Rc::clone(unknown)),
                        EvidenceSet::NONE,
                    );
                }
                Ok(Completion::Normal)
            }
        }
    }

    /// Evaluates what may not happen at all.
    pub fn in_doubt<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.undecided;
        self.undecided = outer.or(Some(self.frames.len()));
        let result = f(self);
        self.undecided = outer;
        result
    }

    /// Runs a block without its operations, and makes what it assigned unknown.
    pub(super) fn attempt(
        &mut self,
        unknown: &Rc<Unknown>,
        body: &[Stmt],
        env: &Rc<Env>,
    ) -> R<(super::interp::Trial, R<Completion>)> {
        let before = env.vars.borrow().clone();
        let outer = self.trial.replace(super::interp::Trial::default());
        let cause = self.trial_cause.replace(Rc::clone(unknown));
        let end = self.in_doubt(|i| i.block(body, env));
        let trial = self.trial.take().unwrap_or_default();
        self.trial = outer;
        self.trial_cause = cause;
        if let Some(outer) = &mut self.trial {
            outer.schema |= trial.schema;
            outer.data |= trial.data;
        }
        if matches!(end, Err(Flow::Stop)) {
            return Err(Flow::Stop);
        }
        let mut vars = env.vars.borrow_mut();
        for (name, value) in vars.iter_mut() {
            let same = before.get(name).is_some_and(|old| {
                old.is(value) || matches!((old, &*value), (Value::Str(a), Value::Str(b)) if a == b)
            });
            if !same
                && !matches!(
                    value,
                    Value::Module(_) | Value::Function(_) | Value::Class(_)
                )
            {
                *value = Value::Unknown(Rc::clone(unknown));
            }
        }
        drop(vars);
        Ok((trial, end))
    }
}

fn strip_await(expr: &Expr) -> &ExprKind {
    match &expr.kind {
        ExprKind::Await(inner) => &inner.kind,
        kind => kind,
    }
}

fn is_globals(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call(function, args)
        if args.is_empty() && matches!(&function.kind, ExprKind::Name(n) if &**n == "globals"))
}

/// Whether a call is one of a logger's, by the name of its method.
fn writes_log(function: &Expr) -> bool {
    const METHODS: [&str; 8] = [
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
    ];
    matches!(&function.kind, ExprKind::Attr(_, name) if METHODS.contains(&&**name))
}

/// Whether a block surely ends in an exception.
fn raises(body: &[Stmt]) -> bool {
    body.last()
        .is_some_and(|s| matches!(s.kind, StmtKind::Raise(_)))
}
