//! `with`, `raise`, `try` and `match`: where a script may leave the straight path.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::env::Env;
use super::interp::{Completion, Flow, Interp, R, Raised};
use super::value::{Args, Value};
use crate::python::decision::EvidenceSet;
use crate::python::syntax::{Case, Const, Expr, Handler, Pattern, Try, With};

impl Interp<'_> {
    pub(super) fn with_stmt(
        &mut self,
        with: &Arc<With>,
        index: usize,
        env: &Rc<Env>,
    ) -> R<Completion> {
        let Some((manager, target)) = with.items.get(index) else {
            return self.block(&with.body, env);
        };
        let value = self.expr(manager, env)?;
        self.at(manager);
        if let Some(instance) = value.as_model("_GeneratorContextManager")
            && let Some(generator @ Value::Iter(_)) = instance.get("gen")
        {
            return self.with_generator(with, index, &generator, env);
        }
        let entered = match &value {
            Value::Instance(_) => match self.try_method(&value, "__enter__", Vec::new())? {
                Some(entered) => entered,
                None => match self.try_method(&value, "__aenter__", Vec::new())? {
                    Some(entered) => entered,
                    None => value.clone(),
                },
            },
            other => other.clone(),
        };
        if let Some(target) = target {
            self.assign(target, entered, env, EvidenceSet::NONE)?;
        }
        let end = self.with_stmt(with, index + 1, env);
        match end {
            Ok(completion) => {
                let none = vec![Value::None, Value::None, Value::None];
                self.try_method(&value, "__exit__", none)?;
                Ok(completion)
            }
            Err(Flow::Raise(raised)) => {
                let class = match &raised.exception {
                    Value::Instance(i) => Value::Class(Rc::clone(&i.class)),
                    _ => Value::None,
                };
                let args = vec![class, raised.exception.clone(), Value::None];
                let swallowed = self.try_method(&value, "__exit__", args)?;
                match swallowed {
                    Some(v) if matches!(self.truth(&v)?, Ok(true)) => Ok(Completion::Normal),
                    _ => Err(Flow::Raise(raised)),
                }
            }
            Err(Flow::Stop) => Err(Flow::Stop),
        }
    }

    /// `with` over a function of `contextlib.contextmanager`: the body runs at its `yield`.
    pub(super) fn with_generator(
        &mut self,
        with: &Arc<With>,
        index: usize,
        generator: &Value,
        env: &Rc<Env>,
    ) -> R<Completion> {
        let end: Rc<RefCell<Option<Completion>>> = Rc::default();
        let (stored, body, inner) = (Rc::clone(&end), Arc::clone(with), Rc::clone(env));
        let depth = self.frames.len();
        self.run_generator(
            generator,
            Rc::new(move |interp, value| {
                if stored.borrow().is_some() {
                    return Ok(Value::None);
                }
                let completion = interp.as_caller(depth, |i| {
                    if let Some((_, Some(target))) = body.items.get(index) {
                        i.assign(target, value, &inner, EvidenceSet::NONE)?;
                    }
                    i.with_stmt(&body, index + 1, &inner)
                })?;
                *stored.borrow_mut() = Some(completion);
                Ok(Value::None)
            }),
        )?;
        Ok(end.borrow_mut().take().unwrap_or(Completion::Normal))
    }

    pub(super) fn raise_stmt(&mut self, value: Option<&Expr>, env: &Rc<Env>) -> R<Flow> {
        let exception = match value {
            Some(value) => self.expr(value, env)?,
            None => self.handling.last().cloned().unwrap_or(Value::None),
        };
        let exception = match exception {
            Value::Class(_) => self.call(&exception, Args::default())?,
            other => other,
        };
        if let (Value::Instance(raised), Some(context)) = (&exception, self.handling.last())
            && !exception.is(context)
        {
            raised.set("__context__", context.clone());
        }
        Ok(Flow::Raise(Box::new(Raised {
            exception,
            place: self.place(),
        })))
    }

    pub(super) fn try_stmt(&mut self, t: &Try, env: &Rc<Env>) -> R<Completion> {
        let catches = self.catches_database(&t.handlers, env)?;
        if catches {
            self.trying += 1;
        }
        let depth = self.frames.len();
        let mut end = self.block(&t.body, env);
        if catches {
            self.trying = self.trying.saturating_sub(1);
        }
        if let Err(Flow::Raise(raised)) = end {
            self.frames.truncate(depth);
            end = self.handle(*raised, &t.handlers, env);
        } else if matches!(end, Ok(Completion::Normal)) {
            end = self.block(&t.orelse, env);
        }
        if t.finally.is_empty() || matches!(end, Err(Flow::Stop)) {
            return end;
        }
        match self.block(&t.finally, env)? {
            Completion::Normal => end,
            other => Ok(other),
        }
    }

    pub(super) fn handle(
        &mut self,
        raised: Raised,
        handlers: &[Handler],
        env: &Rc<Env>,
    ) -> R<Completion> {
        for handler in handlers {
            let matches = match &handler.class {
                None => true,
                Some(class) => {
                    let class = self.expr(class, env)?;
                    self.matches_class(&raised.exception, &class)
                }
            };
            if !matches {
                continue;
            }
            if let Some(name) = &handler.name {
                env.set(name, raised.exception.clone(), EvidenceSet::NONE);
            }
            self.handling.push(raised.exception);
            let end = self.block(&handler.body, env);
            self.handling.pop();
            return end;
        }
        Err(Flow::Raise(Box::new(raised)))
    }

    pub(super) fn matches_class(&self, exception: &Value, class: &Value) -> bool {
        match (exception, class) {
            (_, Value::Tuple(classes)) => classes
                .items
                .borrow()
                .iter()
                .any(|c| self.matches_class(exception, c)),
            (Value::Instance(i), Value::Class(c)) => i.class.is_subclass(c),
            // An exception class of a library that is not modelled: it may be this one only if neither is known.
            (Value::Instance(_), _) => false,
            _ => true,
        }
    }

    /// Whether one of the handlers would catch what a failing statement raises.
    pub(super) fn catches_database(&mut self, handlers: &[Handler], env: &Rc<Env>) -> R<bool> {
        let mut catches = false;
        for handler in handlers {
            let Some(class) = &handler.class else {
                return Ok(true);
            };
            let class = self.expr(class, env)?;
            let error = match self.raise_model("sqlalchemy.exc", "ProgrammingError", "") {
                Flow::Raise(raised) => raised.exception,
                Flow::Stop => return Err(Flow::Stop),
            };
            catches |= self.matches_class(&error, &class);
        }
        Ok(catches)
    }

    pub(super) fn match_stmt(
        &mut self,
        subject: &Expr,
        cases: &[Case],
        env: &Rc<Env>,
    ) -> R<Completion> {
        let value = self.expr(subject, env)?;
        for case in cases {
            match self.matches_pattern(&case.pattern, &value, env)? {
                Some(false) => continue,
                Some(true) => {}
                None => {
                    let unknown = match &value {
                        Value::Unknown(u) => Rc::clone(u),
                        _ => match self.unknown("a pattern of this match is not modelled") {
                            Value::Unknown(u) => u,
                            _ => continue,
                        },
                    };
                    self.at(subject);
                    return self.undecided(&unknown, &case.body, &[], env);
                }
            }
            if let Some(guard) = &case.guard {
                let value = self.expr(guard, env)?;
                if !matches!(self.truth(&value)?, Ok(true)) {
                    continue;
                }
            }
            return self.block(&case.body, env);
        }
        Ok(Completion::Normal)
    }

    pub(super) fn matches_pattern(
        &mut self,
        p: &Pattern,
        value: &Value,
        env: &Rc<Env>,
    ) -> R<Option<bool>> {
        Ok(match p {
            Pattern::Capture(inner, name) => {
                let matched = match inner {
                    Some(inner) => self.matches_pattern(inner, value, env)?,
                    None => Some(true),
                };
                if matched == Some(true)
                    && let Some(name) = name
                {
                    env.set(name, value.clone(), EvidenceSet::NONE);
                }
                matched
            }
            _ if value.unknown().is_some() => None,
            Pattern::Value(expr) => {
                let other = self.expr(expr, env)?;
                self.equal(value, &other)?
            }
            Pattern::Const(c) => Some(match c {
                Const::None => value.is_none(),
                Const::Bool(b) => matches!(value, Value::Bool(v) if v == b),
                _ => false,
            }),
            Pattern::Or(patterns) => {
                let mut any = Some(false);
                for pattern in patterns {
                    match self.matches_pattern(pattern, value, env)? {
                        Some(true) => return Ok(Some(true)),
                        None => any = None,
                        Some(false) => {}
                    }
                }
                any
            }
            Pattern::Sequence(patterns) => {
                let items = match value.plain() {
                    Value::List(s) | Value::Tuple(s) => s.items.borrow().clone(),
                    _ => return Ok(Some(false)),
                };
                if items.len() != patterns.len() {
                    return Ok(Some(false));
                }
                for (pattern, item) in patterns.iter().zip(&items) {
                    match self.matches_pattern(pattern, item, env)? {
                        Some(true) => {}
                        other => return Ok(other),
                    }
                }
                Some(true)
            }
            Pattern::Class(expr) => {
                let class = self.expr(expr, env)?;
                self.is_instance(value, &class)
            }
            Pattern::Other => None,
        })
    }
}
