//! Expressions.

use std::rc::Rc;
use std::sync::Arc;

use crate::python::map::Map;

use super::env::{Env, Scope};
use super::interp::{Flow, Interp, MAX_ITEMS, R, derived_value};
use super::value::{Args, Func, HOLE, Key, Value};
use crate::diag::Code;
use crate::python::decision::EvidenceSet;
use crate::python::syntax::{
    Arg, BinOp, Clause, CmpOp, CompKind, Comprehension, Const, Expr, ExprKind, FPart, Function,
    Name, UnaryOp,
};

/// Stack that must be left before an expression is evaluated, in bytes; a new piece is taken when it is not.
pub const RED_ZONE: usize = 256 << 10;
/// Size of a new piece of stack, in bytes.
pub const STACK_PIECE: usize = 4 << 20;

/// Whether a function is of this crate, so that what it returns is no longer the value it was given or came upon; one that is written
/// in Python says itself what it does.
fn may_compute(func: &Value) -> bool {
    match func {
        Value::Native(native) => native.name != "moment",
        Value::Bound(bound) => may_compute(&bound.function),
        Value::Function(_) | Value::Class(_) | Value::Instance(_) => false,
        _ => true,
    }
}

impl Interp<'_> {
    /// Evaluates an expression.
    ///
    /// # Errors
    /// A Python exception, or a bound.
    pub fn expr(&mut self, expr: &Expr, env: &Rc<Env>) -> R<Value> {
        match &expr.kind {
            ExprKind::Const(c) => Ok(constant(c)),
            ExprKind::Name(name) => self.name(name, expr, env),
            _ => stacker::maybe_grow(RED_ZONE, STACK_PIECE, || self.compound(expr, env)),
        }
    }

    fn compound(&mut self, expr: &Expr, env: &Rc<Env>) -> R<Value> {
        match &expr.kind {
            ExprKind::Const(c) => Ok(constant(c)),
            ExprKind::Name(name) => self.name(name, expr, env),
            ExprKind::Attr(value, name) => {
                let value = derived_value(self.expr(value, env)?);
                self.at(expr);
                self.getattr(&value, name)
            }
            ExprKind::Subscript(value, index) => {
                let value = derived_value(self.expr(value, env)?);
                let index = derived_value(self.expr(index, env)?);
                self.at(expr);
                self.subscript(&value, &index)
            }
            ExprKind::Slice(a, b, c) => {
                let mut part = |e: &Option<Box<Expr>>| match e {
                    Some(e) => self.expr(e, env),
                    None => Ok(Value::None),
                };
                let parts = [part(a)?, part(b)?, part(c)?];
                Ok(Value::Slice(Rc::new(parts)))
            }
            ExprKind::Call(func, args) => self.call_expr(expr, func, args, env),
            ExprKind::Binary(first, rest) => {
                let mut value = self.expr(first, env)?;
                for (op, right) in rest {
                    let right = self.expr(right, env)?;
                    self.at(expr);
                    value = derived_value(self.binary(*op, &value, &right)?);
                }
                Ok(value)
            }
            ExprKind::Unary(op, operand) => {
                let value = derived_value(self.expr(operand, env)?);
                self.at(expr);
                self.unary(*op, &value)
            }
            ExprKind::And(values) => self.and_or(values, env, false).map(derived_value),
            ExprKind::Or(values) => self.and_or(values, env, true).map(derived_value),
            ExprKind::Compare(left, rest) => {
                self.compare_chain(left, rest, expr, env).map(derived_value)
            }
            ExprKind::Conditional(test, yes, no) => self.conditional(test, yes, no, env),
            ExprKind::Lambda(function) => self.function(function, env),
            ExprKind::List(items) => Ok(Value::list(self.items(items, env)?)),
            ExprKind::Tuple(items) => Ok(Value::tuple(self.items(items, env)?)),
            ExprKind::Set(items) => Ok(Value::set(self.items(items, env)?, false)),
            ExprKind::Dict(items) => self.dict(items, env),
            ExprKind::Comprehension(c) => self.comprehension(c, env),
            ExprKind::FString(parts) => self.fstring(parts, env),
            ExprKind::Star(value) | ExprKind::Await(value) => self.expr(value, env),
            ExprKind::Walrus(name, value) => {
                let value = self.expr(value, env)?;
                let mut target = env;
                while target.scope == Scope::Comprehension {
                    match &target.parent {
                        Some(parent) => target = parent,
                        None => break,
                    }
                }
                let guarded = self.consulted;
                target.set(name, value.clone(), guarded);
                Ok(value)
            }
            ExprKind::Yield(value) => {
                let value = match value {
                    Some(value) => self.expr(value, env)?,
                    None => Value::None,
                };
                self.yield_value(value)
            }
            ExprKind::YieldFrom(value) => {
                let value = self.expr(value, env)?;
                for item in self.iterate_or_raise(&value)? {
                    self.yield_value(item)?;
                }
                Ok(Value::None)
            }
        }
    }

    /// Marks what is evaluated now.
    pub fn at(&mut self, expr: &Expr) {
        if let Some(frame) = self.frames.last_mut() {
            frame.span = expr.span;
        }
    }

    fn name(&mut self, name: &Name, expr: &Expr, env: &Rc<Env>) -> R<Value> {
        if let Some((value, guarded)) = env.get(name) {
            self.consulted.join(guarded);
            return self.force(value);
        }
        if let Some(value) = self.state.builtins.get(&**name) {
            return Ok(value.clone());
        }
        if let Some(value) = env.module().vars.borrow().get("__star_unknown__") {
            return Ok(value.clone());
        }
        self.at(expr);
        Err(self.raise("NameError", format!("name '{name}' is not defined")))
    }

    fn and_or(&mut self, values: &[Expr], env: &Rc<Env>, or: bool) -> R<Value> {
        let mut last = Value::None;
        let mut unknown: Option<Value> = None;
        for (i, expr) in values.iter().enumerate() {
            let value = match unknown {
                Some(_) => self.in_doubt(|i| i.expr(expr, env))?,
                None => self.expr(expr, env)?,
            };
            if i + 1 == values.len() {
                last = value;
                break;
            }
            match self.truth(&value)? {
                Ok(truth) if truth == or => {
                    // A value that decides: what came before, known or not, cannot change the truth.
                    return Ok(match unknown {
                        Some(_) => Value::Bool(or),
                        None => value,
                    });
                }
                Ok(_) => {}
                Err(_) => unknown = unknown.or(Some(value)),
            }
        }
        match unknown {
            None => Ok(last),
            Some(unknown) => match self.truth(&last)? {
                Ok(truth) if truth == or => Ok(Value::Bool(or)),
                _ => Ok(unknown),
            },
        }
    }

    fn compare_chain(
        &mut self,
        left: &Expr,
        rest: &[(CmpOp, Expr)],
        expr: &Expr,
        env: &Rc<Env>,
    ) -> R<Value> {
        let dialect = names_dialect(left);
        let mut left = self.expr(left, env)?;
        let mut result = Value::Bool(true);
        for (i, (op, right)) in rest.iter().enumerate() {
            let right = self.expr(right, env)?;
            self.at(expr);
            result = match (&left, right.as_str()) {
                // Whatever it is asked of, the dialect is PostgreSQL's.
                (Value::Unknown(_), Some(name)) if dialect && is_dialect(&name) => {
                    self.compare(*op, &Value::str("postgresql"), &right)?
                }
                _ => self.compare(*op, &left, &right)?,
            };
            if i + 1 < rest.len() && matches!(self.truth(&result)?, Ok(false)) {
                break;
            }
            left = right;
        }
        Ok(result)
    }

    fn conditional(&mut self, test: &Expr, yes: &Expr, no: &Expr, env: &Rc<Env>) -> R<Value> {
        let before = std::mem::take(&mut self.consulted);
        let condition = self.expr(test, env)?;
        let truth = self.truth(&condition)?;
        let from = self.consulted;
        self.consulted.join(before);
        match truth {
            Ok(truth) => {
                self.decided(test, truth, from);
                self.expr(if truth { yes } else { no }, env)
            }
            Err(unknown) => {
                self.at(test);
                if let Some(truth) = self.assumed_condition() {
                    return self.expr(if truth { yes } else { no }, env);
                }
                let (a, b) = self.in_doubt(|i| Ok((i.expr(yes, env)?, i.expr(no, env)?)))?;
                if a.is(&b) || matches!(self.equal(&a, &b)?, Some(true)) {
                    return Ok(a);
                }
                Ok(Value::Unknown(unknown))
            }
        }
    }

    /// Evaluates items, splicing starred ones.
    fn items(&mut self, items: &[Expr], env: &Rc<Env>) -> R<Vec<Value>> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            if let ExprKind::Star(inner) = &item.kind {
                let value = self.expr(inner, env)?;
                match self.iterate(&value)? {
                    Ok(values) => out.extend(values),
                    Err(unknown) => out.push(Value::Unknown(unknown)),
                }
            } else {
                out.push(self.expr(item, env)?);
            }
        }
        self.grow(out.len() * 16)?;
        Ok(out)
    }

    fn dict(&mut self, items: &[(Option<Expr>, Expr)], env: &Rc<Env>) -> R<Value> {
        let mut map: Map<Key, (Value, Value)> =
            Map::with_capacity_and_hasher(items.len(), Default::default());
        for (key, value) in items {
            match key {
                Some(key) => {
                    let key = self.expr(key, env)?;
                    let value = self.expr(value, env)?;
                    map.insert(key.key(), (key, value));
                }
                None => {
                    let value = self.expr(value, env)?;
                    match self.pairs(&value)? {
                        Some(pairs) => {
                            map.extend(pairs.into_iter().map(|(k, v)| (k.key(), (k, v))))
                        }
                        None => {
                            let u = self.unknown("a mapping that is spread into it is not known");
                            map.insert(u.key(), (u.clone(), u));
                        }
                    }
                }
            }
        }
        self.grow(map.len() * 32)?;
        Ok(Value::from_map(map))
    }

    /// Keys and values of a dictionary-like value.
    ///
    /// # Errors
    /// As evaluation.
    pub fn pairs(&mut self, value: &Value) -> R<Option<Vec<(Value, Value)>>> {
        if self.doubt_of(value).is_some() {
            return Ok(None);
        }
        match value.plain() {
            Value::Dict(dict) => Ok(Some(dict.items.borrow().values().cloned().collect())),
            Value::Unknown(_) => Ok(None),
            Value::Instance(_) => {
                let Some(keys) = self.try_method(value, "keys", Vec::new())? else {
                    return Ok(None);
                };
                let keys = self.iterate_or_raise(&keys)?;
                let mut out = Vec::with_capacity(keys.len());
                for key in keys {
                    let item = self.subscript(value, &key)?;
                    out.push((key, item));
                }
                Ok(Some(out))
            }
            _ => Err(self.raise("TypeError", "argument must be a mapping")),
        }
    }

    fn call_expr(&mut self, expr: &Expr, func: &Expr, args: &[Arg], env: &Rc<Env>) -> R<Value> {
        self.step()?;
        let func = self.expr(func, env)?;
        let args = self.arguments(args, env)?;
        self.at(expr);
        if let Value::Unknown(unknown) = &func {
            return self.call_unknown(&Rc::clone(unknown), &args, false);
        }
        let given: Vec<Value> = args
            .pos
            .iter()
            .chain(args.named.values())
            .filter(|v| matches!(v, Value::Unknown(u) if u.moment))
            .cloned()
            .collect();
        let result = self.call(&func, args);
        self.at(expr);
        Ok(match result? {
            value if may_compute(&func) || given.iter().any(|g| g.is(&value)) => {
                derived_value(value)
            }
            value => value,
        })
    }

    /// Evaluates the arguments of a call.
    ///
    /// # Errors
    /// As evaluation.
    pub fn arguments(&mut self, args: &[Arg], env: &Rc<Env>) -> R<Args> {
        let mut out = Args::default();
        out.pos.reserve(args.len());
        for arg in args {
            match arg {
                Arg::Pos(value) => out.pos.push(self.expr(value, env)?),
                Arg::Keyword(name, value) => {
                    let value = self.expr(value, env)?;
                    out.named.insert(Arc::clone(name), value);
                }
                Arg::Star(value) => {
                    let value = self.expr(value, env)?;
                    match self.iterate(&value)? {
                        Ok(values) => out.pos.extend(values),
                        Err(unknown) => out.pos.push(Value::Unknown(unknown)),
                    }
                }
                Arg::DoubleStar(value) => {
                    let value = self.expr(value, env)?;
                    for (key, value) in self.pairs(&value)?.unwrap_or_default() {
                        if let Some(key) = key.as_str() {
                            out.named.insert(key, value);
                        }
                    }
                }
            }
        }
        Ok(out)
    }

    /// Makes a function value.
    ///
    /// # Errors
    /// As evaluation, of the defaults.
    pub fn function(&mut self, function: &Arc<Function>, env: &Rc<Env>) -> R<Value> {
        let mut defaults = Map::default();
        for param in function
            .params
            .positional
            .iter()
            .chain(&function.params.keyword)
        {
            if let Some(default) = &param.default {
                let value = self.expr(default, env)?;
                defaults.insert(Arc::clone(&param.name), value);
            }
        }
        let Some(frame) = self.frames.last() else {
            return Ok(Value::None);
        };
        Ok(Value::Function(Rc::new(Func {
            code: Arc::clone(function),
            source: Rc::clone(&frame.source),
            env: env.closure(),
            defaults: defaults.into(),
            owner: std::cell::RefCell::default(),
            attrs: std::cell::RefCell::default(),
        })))
    }

    fn comprehension(&mut self, c: &Comprehension, env: &Rc<Env>) -> R<Value> {
        let inner = Env::new(Scope::Comprehension, Some(Rc::clone(env)));
        let mut made = Vec::new();
        let mut unknown = None;
        self.clauses(c, &c.clauses, &inner, &mut made, &mut unknown)?;
        if let Some(unknown) = unknown {
            return Ok(Value::Unknown(unknown));
        }
        self.grow(made.len() * 16)?;
        Ok(match c.kind {
            CompKind::List => Value::list(made.into_iter().map(|(v, _)| v).collect()),
            CompKind::Set => Value::set(made.into_iter().map(|(v, _)| v), false),
            CompKind::Generator => Value::iter(made.into_iter().map(|(v, _)| v)),
            CompKind::Dict => Value::from_map(
                made.into_iter()
                    .map(|(k, v)| (k.key(), (k, v.unwrap_or(Value::None))))
                    .collect(),
            ),
        })
    }

    fn clauses(
        &mut self,
        c: &Comprehension,
        clauses: &[Clause],
        env: &Rc<Env>,
        made: &mut Vec<(Value, Option<Value>)>,
        unknown: &mut Option<Rc<super::value::Unknown>>,
    ) -> R<()> {
        let Some((clause, rest)) = clauses.split_first() else {
            let item = self.expr(&c.item, env)?;
            let value = match &c.value {
                Some(value) => Some(self.expr(value, env)?),
                None => None,
            };
            if made.len() >= MAX_ITEMS {
                return self.stop("a comprehension makes more than a million items");
            }
            made.push((item, value));
            return Ok(());
        };
        let iterable = self.expr(&clause.iter, env)?;
        let items = match self.iterate(&iterable)? {
            Ok(items) => items,
            Err(cause) => {
                *unknown = Some(cause);
                return Ok(());
            }
        };
        'items: for item in items {
            self.step()?;
            self.assign(&clause.target, item, env, EvidenceSet::NONE)?;
            for condition in &clause.conditions {
                let value = self.expr(condition, env)?;
                match self.truth(&value)? {
                    Ok(true) => {}
                    Ok(false) => continue 'items,
                    Err(cause) => {
                        *unknown = Some(cause);
                        continue 'items;
                    }
                }
            }
            self.clauses(c, rest, env, made, unknown)?;
        }
        Ok(())
    }

    fn fstring(&mut self, parts: &[FPart], env: &Rc<Env>) -> R<Value> {
        let mut out = String::new();
        let mut unknown = None;
        for part in parts {
            match part {
                FPart::Text(text) => out.push_str(text),
                FPart::Value {
                    value,
                    conversion,
                    spec,
                } => {
                    let value = self.expr(value, env)?;
                    let spec = if spec.is_empty() {
                        Some(Name::from(""))
                    } else {
                        self.fstring(spec, env)?.as_str()
                    };
                    let text = match (&value, spec) {
                        (Value::Unknown(u), _) => Err(Rc::clone(u)),
                        (_, None) => match self.unknown("its format is not known") {
                            Value::Unknown(u) => Err(u),
                            _ => Ok(Name::from("")),
                        },
                        (_, Some(spec)) => {
                            let value = match conversion {
                                Some('r' | 'a') => self.repr(&value)?,
                                Some(_) => self.str(&value)?,
                                None => value,
                            };
                            self.format_value(&value, &spec)?
                        }
                    };
                    match text {
                        Ok(text) => out.push_str(&text),
                        Err(u) => {
                            match &u.text {
                                Some(text) => out.push_str(text),
                                None => out.push(HOLE),
                            }
                            unknown = unknown.or(Some(u));
                        }
                    }
                }
            }
        }
        self.grow(out.len())?;
        Ok(match unknown {
            None => Value::str(out),
            Some(u) => self.unknown_text(&u, out),
        })
    }

    fn yield_value(&mut self, value: Value) -> R<Value> {
        let yielder = self.frames.last().and_then(|f| f.yielder.clone());
        match yielder {
            Some(yielder) => yielder(self, value),
            None => Ok(Value::None),
        }
    }

    /// Calls something that is not known. With `statement`, its result is thrown away.
    ///
    /// # Errors
    /// As evaluation.
    pub fn call_unknown(
        &mut self,
        unknown: &Rc<super::value::Unknown>,
        args: &Args,
        statement: bool,
    ) -> R<Value> {
        if unknown.code && self.importing == 0 {
            let handed = args
                .pos
                .iter()
                .chain(args.named.values())
                .any(|v| self.is_handle(v));
            if handed || statement {
                let message = format!(
                    "this call may change the schema, but it could not be followed: {}",
                    unknown.reason
                );
                self.opaque(Code::UnknownCall, message, unknown, true)?;
            }
        }
        Ok(Value::Unknown(Rc::clone(unknown)))
    }

    /// Whether a value gives access to the database: `op`, a connection, an inspector, a session.
    fn is_handle(&self, value: &Value) -> bool {
        [
            "Operations",
            "Connection",
            "Inspector",
            "Session",
            "MigrationContext",
            "MetaData",
        ]
        .iter()
        .any(|class| value.as_model(class).is_some())
    }

    fn unary(&mut self, op: UnaryOp, value: &Value) -> R<Value> {
        if op == UnaryOp::Not {
            return Ok(match self.truth(value)? {
                Ok(truth) => Value::Bool(!truth),
                Err(unknown) => Value::Unknown(unknown),
            });
        }
        let method = match op {
            UnaryOp::Neg => "__neg__",
            UnaryOp::Pos => "__pos__",
            UnaryOp::Invert | UnaryOp::Not => "__invert__",
        };
        match (op, value.plain()) {
            (_, Value::Unknown(u)) => Ok(Value::Unknown(u)),
            (UnaryOp::Neg, Value::Int(i)) => match i.checked_neg() {
                Some(n) => Ok(Value::Int(n)),
                None => self.binary(BinOp::Sub, &Value::Int(0), value),
            },
            (UnaryOp::Neg, Value::Bool(b)) => Ok(Value::Int(-i64::from(b))),
            (UnaryOp::Neg, Value::Float(f)) => Ok(Value::Float(-f)),
            (UnaryOp::Neg, Value::Big(_)) => self.binary(BinOp::Sub, &Value::Int(0), value),
            (UnaryOp::Pos, Value::Int(_) | Value::Float(_) | Value::Big(_)) => Ok(value.plain()),
            (UnaryOp::Invert, Value::Int(i)) => Ok(Value::Int(!i)),
            _ => match self.try_method(value, method, Vec::new())? {
                Some(result) => Ok(result),
                None => {
                    let name = self.type_name(value);
                    Err(self.raise(
                        "TypeError",
                        format!("bad operand type for unary operator: '{name}'"),
                    ))
                }
            },
        }
    }

    /// Calls a method when the value has it.
    ///
    /// # Errors
    /// As evaluation.
    pub fn try_method(&mut self, value: &Value, name: &str, args: Vec<Value>) -> R<Option<Value>> {
        let found = match value {
            Value::Instance(instance) => instance.class.lookup(name),
            Value::Class(class) => class
                .meta
                .as_ref()
                .and_then(|m| m.lookup(name))
                .filter(|(_, of)| of.builtin.is_none()),
            _ => None,
        };
        let Some((found, _)) = found else {
            return Ok(None);
        };
        if found.is_none() {
            return Ok(None);
        }
        let mut all = Args::new(vec![value.clone()]);
        all.pos.extend(args);
        self.call(&found, all).map(Some)
    }

    /// Turns an exception's class name into whether a raised value is one of them; used by natives that catch.
    pub fn is_exception(&self, flow: &Flow, class: &str) -> bool {
        match flow {
            Flow::Raise(raised) => match (&raised.exception, self.state.builtins.get(class)) {
                (Value::Instance(i), Some(Value::Class(c))) => i.class.is_subclass(c),
                _ => false,
            },
            Flow::Stop => false,
        }
    }
}

fn constant(c: &Const) -> Value {
    match c {
        Const::None => Value::None,
        Const::Bool(b) => Value::Bool(*b),
        Const::Int(i) => Value::Int(*i),
        Const::Big(b) => Value::Big(Rc::new(b.clone())),
        Const::Float(f) => Value::Float(*f),
        Const::Str(s) => Value::Str(Arc::clone(s)),
        Const::Bytes(b) => Value::Bytes(Arc::clone(b)),
        Const::Ellipsis => Value::Ellipsis,
    }
}

/// Whether an expression reads the name of a dialect, as far as its text tells: `x.dialect.name`, `engine.name`.
fn names_dialect(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Attr(_, name) => matches!(&**name, "name" | "drivername" | "dialect_name"),
        ExprKind::Name(name) => name.contains("dialect"),
        _ => false,
    }
}

fn is_dialect(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "postgresql",
        "sqlite",
        "mysql",
        "mariadb",
        "mssql",
        "oracle",
        "cockroachdb",
    ];
    NAMES.contains(&name)
}
