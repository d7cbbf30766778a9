//! `for` and `while`: rounds that are known, and what a loop whose rounds are not known leaves in doubt.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::env::Env;
use super::imports::bound_names;
use super::interp::{Completion, Doubt, Interp, R};
use super::value::{Unknown, Value};
use crate::diag::Code;
use crate::python::decision::EvidenceSet;
use crate::python::syntax::{Expr, For, Stmt};

impl Interp<'_> {
    pub(super) fn for_stmt(&mut self, f: &Arc<For>, env: &Rc<Env>) -> R<Completion> {
        let before = std::mem::take(&mut self.consulted);
        let iterable = self.expr(&f.iter, env)?;
        let guarded = std::mem::replace(&mut self.consulted, before);
        if let Value::Iter(iter) = &iterable
            && iter.generator.borrow().is_some()
        {
            return self.for_generator(f, &iterable, env);
        }
        let items = match self.iterate(&iterable)? {
            Ok(items) => items,
            Err(unknown) => {
                self.at(&f.iter);
                return self.unknown_loop(f, &unknown, env);
            }
        };
        for item in items {
            self.step()?;
            self.assign(&f.target, item, env, guarded)?;
            match self.block(&f.body, env)? {
                Completion::Break => return Ok(Completion::Normal),
                Completion::Return(value) => return Ok(Completion::Return(value)),
                Completion::Normal | Completion::Continue => {}
            }
        }
        self.block(&f.orelse, env)
    }

    /// A loop over a generator function: its body runs at each `yield`.
    pub(super) fn for_generator(
        &mut self,
        f: &Arc<For>,
        iterable: &Value,
        env: &Rc<Env>,
    ) -> R<Completion> {
        let end: Rc<RefCell<Option<Completion>>> = Rc::default();
        let (stored, body, inner) = (Rc::clone(&end), Arc::clone(f), Rc::clone(env));
        let depth = self.frames.len();
        self.run_generator(
            iterable,
            Rc::new(move |interp, value| {
                if stored.borrow().is_some() {
                    return Ok(Value::None);
                }
                let completion = interp.as_caller(depth, |i| {
                    i.assign(&body.target, value, &inner, EvidenceSet::NONE)?;
                    i.block(&body.body, &inner)
                })?;
                match completion {
                    Completion::Normal | Completion::Continue => Ok(Value::None),
                    other => {
                        *stored.borrow_mut() = Some(other);
                        Err(interp.raise("GeneratorExit", ""))
                    }
                }
            }),
        )?;
        let completion = end.borrow_mut().take();
        match completion {
            None => self.block(&f.orelse, env),
            Some(Completion::Return(value)) => Ok(Completion::Return(value)),
            Some(_) => Ok(Completion::Normal),
        }
    }

    /// Runs code of an outer function while a generator that it drives is on the stack above it.
    pub(super) fn as_caller<T>(&mut self, depth: usize, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        let above = self.frames.split_off(depth.min(self.frames.len()));
        let result = f(self);
        self.frames.truncate(depth);
        self.frames.extend(above);
        result
    }

    pub(super) fn unknown_loop(
        &mut self,
        f: &Arc<For>,
        unknown: &Rc<Unknown>,
        env: &Rc<Env>,
    ) -> R<Completion> {
        self.assign(
            &f.target,
            Value::Unknown(Rc::clone(unknown)),
            env,
            EvidenceSet::NONE,
        )?;
        let span = self.frames.last().map(|frame| frame.span);
        let (trial, end) = self.attempt(unknown, &f.body, env)?;
        if let (Some(frame), Some(span)) = (self.frames.last_mut(), span) {
            frame.span = span;
        }
        if trial.schema || trial.data {
            let message = format!(
                "what this loop goes over is not known, and its body does something to the schema: {}",
                unknown.reason
            );
            self.opaque(Code::UnknownIterable, message, unknown, trial.schema)?;
        }
        match end {
            Ok(Completion::Return(_)) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.doubt = Some(Doubt {
                        cause: Rc::clone(unknown),
                        help: format!("it is not known since {}", unknown.place),
                    });
                }
                Ok(Completion::Normal)
            }
            _ => Ok(Completion::Normal),
        }
    }

    pub(super) fn while_stmt(
        &mut self,
        test: &Expr,
        body: &[Stmt],
        orelse: &[Stmt],
        env: &Rc<Env>,
    ) -> R<Completion> {
        loop {
            self.step()?;
            let value = self.expr(test, env)?;
            match self.truth(&value)? {
                Ok(true) => {}
                Ok(false) => return self.block(orelse, env),
                Err(unknown) => {
                    self.at(test);
                    return self.undecided(&unknown, body, &[], env);
                }
            }
            match self.block(body, env)? {
                Completion::Break => return Ok(Completion::Normal),
                Completion::Return(value) => return Ok(Completion::Return(value)),
                Completion::Normal | Completion::Continue => {}
            }
            let left = self.frames.last().and_then(|f| f.may_leave.clone());
            if let Some(left) = left {
                // How often it goes round is not known; what it did once is what it would do again.
                for name in body.iter().flat_map(bound_names) {
                    env.set(
                        &name,
                        Value::Unknown(Rc::clone(&left.cause)),
                        EvidenceSet::NONE,
                    );
                }
                return Ok(Completion::Normal);
            }
        }
    }

    /// Runs a loop. What may have left the loop, and only that, has no meaning for what follows it.
    pub(super) fn in_loop(&mut self, f: impl FnOnce(&mut Self) -> R<Completion>) -> R<Completion> {
        let (outer, certain) = match self.frames.last_mut() {
            Some(frame) => (frame.may_leave.take(), frame.doubt.is_none()),
            None => (None, false),
        };
        let end = f(self);
        if let Some(frame) = self.frames.last_mut()
            && !frame.may_leave.as_ref().is_some_and(|left| left.returns)
        {
            if frame.may_leave.is_some() && certain {
                frame.doubt = None;
            }
            frame.may_leave = outer;
        }
        end
    }
}
