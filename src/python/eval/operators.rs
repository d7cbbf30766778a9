//! Operators, comparisons, truth, iteration.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use super::interp::{Interp, MAX_ITEMS, MAX_TEXT, R, derived};
use super::value::{Args, HOLE, Unknown, Value};
use crate::python::syntax::{BinOp, CmpOp};

/// Largest result of `**` and `<<`, in bits.
const MAX_BITS: i64 = 4096;

impl Interp<'_> {
    /// A binary operator.
    ///
    /// # Errors
    /// `TypeError`, `ZeroDivisionError`.
    pub fn binary(&mut self, op: BinOp, left: &Value, right: &Value) -> R<Value> {
        if let Some(result) = self.overloaded(op, left, right)? {
            return Ok(result);
        }
        let (a, b) = (left.plain(), right.plain());
        if let (BinOp::Mod, Value::Str(format)) = (op, &a) {
            return self.percent(format, right);
        }
        if let Some(unknown) = a.unknown().or(b.unknown()) {
            let unknown = Rc::clone(unknown);
            return Ok(self.partly(op, &a, &b, &unknown));
        }
        if let Some(doubt) = self.doubt_of(&a).or_else(|| self.doubt_of(&b)) {
            return Ok(Value::Unknown(doubt));
        }
        if let (Value::Set(_) | Value::Dict(_), Value::Set(_) | Value::Dict(_)) = (&a, &b) {
            let bytes = super::bound::extent(&a).saturating_add(super::bound::extent(&b));
            self.grow(bytes)?;
            self.work(bytes.saturating_mul(4))?;
        }
        match (op, &a, &b) {
            (
                _,
                Value::Int(_) | Value::Bool(_) | Value::Big(_),
                Value::Int(_) | Value::Bool(_) | Value::Big(_),
            ) => self.integers(op, &a, &b),
            (
                _,
                Value::Float(_) | Value::Int(_) | Value::Bool(_) | Value::Big(_),
                Value::Float(_) | Value::Int(_) | Value::Bool(_) | Value::Big(_),
            ) => self.floats(op, float(&a), float(&b)),
            (BinOp::Add, Value::Str(x), Value::Str(y)) => {
                self.grow(x.len() + y.len())?;
                if x.len() + y.len() > MAX_TEXT {
                    return self.stop("a string grows beyond 64 MB");
                }
                Ok(Value::str(format!("{x}{y}")))
            }
            (BinOp::Add, Value::Bytes(x), Value::Bytes(y)) => {
                self.grow(x.len() + y.len())?;
                Ok(Value::Bytes([&**x, &**y].concat().into()))
            }
            (BinOp::Add, Value::List(x), Value::List(y)) => {
                let mut items = x.items.borrow().clone();
                items.extend(y.items.borrow().iter().cloned());
                self.grow(items.len() * 16)?;
                Ok(Value::list(items))
            }
            (BinOp::Add, Value::Tuple(x), Value::Tuple(y)) => {
                let mut items = x.items.borrow().clone();
                items.extend(y.items.borrow().iter().cloned());
                self.grow(items.len() * 16)?;
                Ok(Value::tuple(items))
            }
            (BinOp::Mul, Value::Str(_) | Value::List(_) | Value::Tuple(_), Value::Int(n)) => {
                self.repeat(&a, *n)
            }
            (BinOp::Mul, Value::Int(n), Value::Str(_) | Value::List(_) | Value::Tuple(_)) => {
                self.repeat(&b, *n)
            }
            (BinOp::Or, Value::Dict(x), Value::Dict(y)) => {
                let mut items = x.items.borrow().clone();
                items.extend(y.items.borrow().iter().map(|(k, v)| (k.clone(), v.clone())));
                Ok(Value::from_map(items))
            }
            (_, Value::Set(x), Value::Set(y)) => {
                let (x, y) = (x.items.borrow(), y.items.borrow());
                let items: Vec<Value> = match op {
                    BinOp::Or => x.values().chain(y.values()).cloned().collect(),
                    BinOp::And => x
                        .iter()
                        .filter(|(k, _)| y.contains_key(*k))
                        .map(|(_, v)| v.clone())
                        .collect(),
                    BinOp::Sub => x
                        .iter()
                        .filter(|(k, _)| !y.contains_key(*k))
                        .map(|(_, v)| v.clone())
                        .collect(),
                    BinOp::Xor => x
                        .iter()
                        .filter(|(k, _)| !y.contains_key(*k))
                        .chain(y.iter().filter(|(k, _)| !x.contains_key(*k)))
                        .map(|(_, v)| v.clone())
                        .collect(),
                    _ => return Err(self.unsupported(op, left, right)),
                };
                Ok(Value::set(items, false))
            }
            // Classes joined by `|` are a type annotation.
            (BinOp::Or, Value::Class(_) | Value::None, _) | (BinOp::Or, _, Value::Class(_)) => {
                self.annotated("_union", vec![a, b])
            }
            _ => Err(self.unsupported(op, left, right)),
        }
    }

    fn unsupported(&mut self, op: BinOp, left: &Value, right: &Value) -> super::interp::Flow {
        let (a, b) = (self.type_name(left), self.type_name(right));
        self.raise(
            "TypeError",
            format!(
                "unsupported operand type(s) for {}: '{a}' and '{b}'",
                op.method()
            ),
        )
    }

    /// A text of which a part is not known stays partly known.
    fn partly(&self, op: BinOp, a: &Value, b: &Value, unknown: &Rc<Unknown>) -> Value {
        let part = |v: &Value| match v {
            Value::Str(s) => Some(s.to_string()),
            Value::Unknown(u) => Some(match &u.text {
                Some(text) => text.to_string(),
                None => HOLE.to_string(),
            }),
            _ => None,
        };
        let texts = matches!(a, Value::Str(_))
            || matches!(b, Value::Str(_))
            || a.unknown().is_some_and(|u| u.text.is_some());
        match (op, part(a), part(b)) {
            (BinOp::Add, Some(x), Some(y)) if texts => self.unknown_text(unknown, x + &y),
            _ => Value::Unknown(Rc::clone(unknown)),
        }
    }

    fn overloaded(&mut self, op: BinOp, left: &Value, right: &Value) -> R<Option<Value>> {
        if !matches!(left, Value::Instance(_)) && !matches!(right, Value::Instance(_)) {
            return Ok(None);
        }
        let name = format!("__{}__", op.method());
        if let Some(result) = self.try_method(left, &name, vec![right.clone()])?
            && !matches!(result, Value::NotImplemented)
        {
            return Ok(Some(result));
        }
        let name = format!("__r{}__", op.method());
        if let Some(result) = self.try_method(right, &name, vec![left.clone()])?
            && !matches!(result, Value::NotImplemented)
        {
            return Ok(Some(result));
        }
        Ok(None)
    }

    /// `left op= right`: lists, sets and dictionaries change in place.
    ///
    /// # Errors
    /// As [`Self::binary`].
    pub fn binary_in_place(&mut self, op: BinOp, left: &Value, right: &Value) -> R<Value> {
        match (op, left) {
            (BinOp::Add, Value::List(_)) => {
                self.call_method(left, "extend", Args::new(vec![right.clone()]))?;
                Ok(left.clone())
            }
            (BinOp::Or, Value::Dict(_) | Value::Set(_)) => {
                self.call_method(left, "update", Args::new(vec![right.clone()]))?;
                Ok(left.clone())
            }
            _ => self.binary(op, left, right),
        }
    }

    fn repeat(&mut self, value: &Value, times: i64) -> R<Value> {
        let times = usize::try_from(times).unwrap_or(0);
        match value {
            Value::Str(s) => {
                let size = s.len().saturating_mul(times);
                if size > MAX_TEXT {
                    return self.stop("a string grows beyond 64 MB");
                }
                self.grow(size)?;
                Ok(Value::str(s.repeat(times)))
            }
            Value::List(s) | Value::Tuple(s) => {
                let items = s.items.borrow();
                if items.len().saturating_mul(times) > MAX_ITEMS {
                    drop(items);
                    return self.stop("a list has more than a million items");
                }
                let all: Vec<Value> = (0..times).flat_map(|_| items.iter().cloned()).collect();
                drop(items);
                self.grow(all.len() * 16)?;
                Ok(if matches!(value, Value::List(_)) {
                    Value::list(all)
                } else {
                    Value::tuple(all)
                })
            }
            _ => Ok(Value::None),
        }
    }

    fn integers(&mut self, op: BinOp, left: &Value, right: &Value) -> R<Value> {
        if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
            let small = match op {
                BinOp::Add => a.checked_add(b),
                BinOp::Sub => a.checked_sub(b),
                BinOp::Mul => a.checked_mul(b),
                BinOp::Or if matches!((left, right), (Value::Bool(_), Value::Bool(_))) => {
                    return Ok(Value::Bool(a | b != 0));
                }
                BinOp::And if matches!((left, right), (Value::Bool(_), Value::Bool(_))) => {
                    return Ok(Value::Bool(a & b != 0));
                }
                BinOp::Or => Some(a | b),
                BinOp::And => Some(a & b),
                BinOp::Xor => Some(a ^ b),
                _ => None,
            };
            if let Some(small) = small {
                return Ok(Value::Int(small));
            }
        }
        let (Some(a), Some(b)) = (big(left), big(right)) else {
            return Err(self.unsupported(op, left, right));
        };
        let shift = || b.to_i64().filter(|n| (0..=MAX_BITS).contains(n));
        let result = match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mul => a * b,
            BinOp::Div if !b.is_zero() => {
                return Ok(Value::Float(
                    a.to_f64().unwrap_or(f64::NAN) / b.to_f64().unwrap_or(f64::NAN),
                ));
            }
            BinOp::FloorDiv | BinOp::Mod if !b.is_zero() => {
                let mut quotient = &a / &b;
                let mut rest = &a % &b;
                if !rest.is_zero() && (rest.is_negative() != b.is_negative()) {
                    quotient -= 1;
                    rest += &b;
                }
                if op == BinOp::Mod { rest } else { quotient }
            }
            BinOp::Div | BinOp::FloorDiv | BinOp::Mod => {
                return Err(self.raise("ZeroDivisionError", "division by zero"));
            }
            BinOp::Pow => match b.to_i64() {
                Some(n) if n < 0 => {
                    return self.floats(op, float(left), float(right));
                }
                Some(n)
                    if i64::try_from(a.bits())
                        .unwrap_or(MAX_BITS)
                        .saturating_mul(n)
                        <= MAX_BITS * 16 =>
                {
                    a.pow(u32::try_from(n).unwrap_or(0))
                }
                _ => return self.stop("a number grows beyond 65536 bits"),
            },
            BinOp::Shl => match shift() {
                Some(n) => a << n,
                None => return self.stop("a number is shifted by more than 4096 bits"),
            },
            BinOp::Shr => match shift() {
                Some(n) => a >> n,
                None => return self.stop("a number is shifted by more than 4096 bits"),
            },
            BinOp::Or => a | b,
            BinOp::And => a & b,
            BinOp::Xor => a ^ b,
            BinOp::MatMul => return Err(self.unsupported(op, left, right)),
        };
        self.grow(usize::try_from(result.bits() / 8).unwrap_or(0))?;
        if result.bits() > 1 << 20 {
            return self.stop("a number grows beyond a million bits");
        }
        Ok(match result.to_i64() {
            Some(small) => Value::Int(small),
            None => Value::Big(Rc::new(result)),
        })
    }

    fn floats(&mut self, op: BinOp, a: f64, b: f64) -> R<Value> {
        let zero = b == 0.0 && matches!(op, BinOp::Div | BinOp::FloorDiv | BinOp::Mod);
        if zero {
            return Err(self.raise("ZeroDivisionError", "division by zero"));
        }
        Ok(Value::Float(match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mul => a * b,
            BinOp::Div => a / b,
            BinOp::FloorDiv => (a / b).floor(),
            BinOp::Mod => a - b * (a / b).floor(),
            BinOp::Pow => a.powf(b),
            _ => return Err(self.raise("TypeError", "unsupported operand type(s) for floats")),
        }))
    }

    /// A comparison.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn compare(&mut self, op: CmpOp, left: &Value, right: &Value) -> R<Value> {
        match op {
            CmpOp::Is | CmpOp::IsNot => {
                // An unknown value is no constant that a script could test for, but nobody knows.
                if let Some(u) = left.unknown().or(right.unknown()) {
                    return Ok(Value::Unknown(Rc::clone(u)));
                }
                return Ok(Value::Bool(left.is(right) == (op == CmpOp::Is)));
            }
            CmpOp::In | CmpOp::NotIn => {
                return Ok(match self.contains(right, left)? {
                    Ok(found) => Value::Bool(found == (op == CmpOp::In)),
                    Err(unknown) => Value::Unknown(unknown),
                });
            }
            _ => {}
        }
        let (method, swapped) = match op {
            CmpOp::Eq => ("__eq__", "__eq__"),
            CmpOp::Ne => ("__ne__", "__ne__"),
            CmpOp::Lt => ("__lt__", "__gt__"),
            CmpOp::Le => ("__le__", "__ge__"),
            CmpOp::Gt => ("__gt__", "__lt__"),
            _ => ("__ge__", "__le__"),
        };
        if let Some(result) = self.try_method(left, method, vec![right.clone()])?
            && !matches!(result, Value::NotImplemented)
        {
            return Ok(result);
        }
        if let Some(result) = self.try_method(right, swapped, vec![left.clone()])?
            && !matches!(result, Value::NotImplemented)
        {
            return Ok(result);
        }
        if op == CmpOp::Ne
            && let Some(result) = self.try_method(left, "__eq__", vec![right.clone()])?
        {
            return Ok(match self.truth(&result)? {
                Ok(truth) => Value::Bool(!truth),
                Err(u) => Value::Unknown(u),
            });
        }
        if let Some(u) = left.unknown().or(right.unknown()) {
            return Ok(Value::Unknown(Rc::clone(u)));
        }
        if let Some(doubt) = self.doubt_of(left).or_else(|| self.doubt_of(right)) {
            return Ok(Value::Unknown(doubt));
        }
        match op {
            CmpOp::Eq | CmpOp::Ne => Ok(match self.equal(left, right)? {
                Some(same) => Value::Bool(same == (op == CmpOp::Eq)),
                None => self.unknown("it depends on a value that is not known"),
            }),
            _ => match self.order(left, right)? {
                Some(order) => Ok(Value::Bool(match op {
                    CmpOp::Lt => order == Ordering::Less,
                    CmpOp::Le => order != Ordering::Greater,
                    CmpOp::Gt => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                })),
                None => {
                    let (a, b) = (self.type_name(left), self.type_name(right));
                    let m = format!("'<' not supported between instances of '{a}' and '{b}'");
                    Err(self.raise("TypeError", m))
                }
            },
        }
    }

    /// Whether two values are equal; `None` when that is not known.
    ///
    /// # Errors
    /// As evaluation.
    pub fn equal(&mut self, left: &Value, right: &Value) -> R<Option<bool>> {
        self.step()?;
        if left.unknown().is_some() || right.unknown().is_some() {
            return Ok(None);
        }
        if let (Value::Instance(_), _) = (left, right)
            && let Some(result) = self.try_method(left, "__eq__", vec![right.clone()])?
            && !matches!(result, Value::NotImplemented)
        {
            return Ok(self.truth(&result)?.ok());
        }
        let (a, b) = (left.plain(), right.plain());
        let (long, other) = (super::bound::extent(&a), super::bound::extent(&b));
        self.work(long.min(other))?;
        Ok(Some(match (&a, &b) {
            (Value::List(x), Value::List(y)) | (Value::Tuple(x), Value::Tuple(y)) => {
                let (x, y) = (x.items.borrow().clone(), y.items.borrow().clone());
                if x.len() != y.len() {
                    return Ok(Some(false));
                }
                self.work(x.len() * 32)?;
                return self.deeper(|i| i.all_equal(&x, &y));
            }
            (Value::Dict(x), Value::Dict(y)) => {
                let (x, y) = (x.items.borrow().clone(), y.items.borrow().clone());
                if x.len() != y.len() {
                    return Ok(Some(false));
                }
                let mut xs = Vec::new();
                let mut ys = Vec::new();
                for (key, (_, value)) in &x {
                    match y.get(key) {
                        Some((_, other)) => {
                            xs.push(value.clone());
                            ys.push(other.clone());
                        }
                        None => return Ok(Some(false)),
                    }
                }
                self.work(xs.len() * 64)?;
                return self.deeper(|i| i.all_equal(&xs, &ys));
            }
            (Value::Set(x), Value::Set(y)) => {
                let (x, y) = (x.items.borrow(), y.items.borrow());
                x.len() == y.len() && x.keys().all(|k| y.contains_key(k))
            }
            (Value::Range(x), Value::Range(y)) => x == y,
            (Value::Float(x), Value::Float(y)) => x == y,
            (Value::Instance(_), _) | (_, Value::Instance(_)) => a.is(&b),
            _ => {
                a.key() == b.key()
                    && (a.identity() == 0
                        || a.is(&b)
                        || !matches!(a.key(), super::value::Key::Identity(_)))
            }
        }))
    }

    fn all_equal(&mut self, x: &[Value], y: &[Value]) -> R<Option<bool>> {
        let mut known = Some(true);
        for (a, b) in x.iter().zip(y) {
            match self.equal(a, b)? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => known = None,
            }
        }
        Ok(known)
    }

    /// How two values are ordered; `None` when they are not.
    ///
    /// # Errors
    /// As evaluation.
    pub fn order(&mut self, left: &Value, right: &Value) -> R<Option<Ordering>> {
        self.step()?;
        if matches!(left, Value::Instance(_))
            && let Some(less) = self.try_method(left, "__lt__", vec![right.clone()])?
        {
            if matches!(self.truth(&less)?, Ok(true)) {
                return Ok(Some(Ordering::Less));
            }
            return Ok(Some(if self.equal(left, right)? == Some(true) {
                Ordering::Equal
            } else {
                Ordering::Greater
            }));
        }
        let (a, b) = (left.plain(), right.plain());
        self.work(super::bound::extent(&a).min(super::bound::extent(&b)))?;
        Ok(match (&a, &b) {
            (Value::Str(x), Value::Str(y)) => Some(x.cmp(y)),
            (Value::Bytes(x), Value::Bytes(y)) => Some(x.cmp(y)),
            (Value::List(x), Value::List(y)) | (Value::Tuple(x), Value::Tuple(y)) => {
                let (x, y) = (x.items.borrow().clone(), y.items.borrow().clone());
                for (a, b) in x.iter().zip(&y) {
                    match self.deeper(|i| i.order(a, b))? {
                        Some(Ordering::Equal) => {}
                        other => return Ok(other),
                    }
                }
                Some(x.len().cmp(&y.len()))
            }
            (Value::Set(x), Value::Set(y)) => {
                let (x, y) = (x.items.borrow(), y.items.borrow());
                let inside = x.keys().all(|k| y.contains_key(k));
                Some(match (inside, x.len().cmp(&y.len())) {
                    (true, order) => order,
                    _ => Ordering::Greater,
                })
            }
            _ => match (big(&a), big(&b)) {
                (Some(x), Some(y)) => Some(x.cmp(&y)),
                _ => match (number(&a), number(&b)) {
                    (Some(x), Some(y)) => x.partial_cmp(&y),
                    _ => None,
                },
            },
        })
    }

    /// Whether a container has a value.
    ///
    /// # Errors
    /// As evaluation.
    pub fn contains(&mut self, container: &Value, value: &Value) -> R<Result<bool, Rc<Unknown>>> {
        if let Some(doubt) = self.doubt_of(container) {
            return Ok(Err(doubt));
        }
        if let Some(result) = self.try_method(container, "__contains__", vec![value.clone()])? {
            return self.truth(&result);
        }
        if let (Value::Str(text), Some(part)) = (container.plain(), value.as_str()) {
            self.work(text.len())?;
            return Ok(Ok(text.contains(&*part)));
        }
        if let Value::Unknown(u) = container {
            if let (Some(text), Some(part)) = (&u.text, value.as_str())
                && text.contains(&*part)
            {
                return Ok(Ok(true));
            }
            return Ok(Err(Rc::clone(u)));
        }
        if let Value::Unknown(u) = value {
            // Nothing is in an empty container, known or not.
            let empty = matches!(self.truth(container)?, Ok(false));
            return Ok(if empty { Ok(false) } else { Err(Rc::clone(u)) });
        }
        match container.plain() {
            Value::Dict(d) => Ok(Ok(d.items.borrow().contains_key(&value.key()))),
            Value::Set(s) if !s.items.borrow().values().any(|v| v.unknown().is_some()) => {
                Ok(Ok(s.items.borrow().contains_key(&value.key())))
            }
            _ => {
                let items = match self.iterate(container)? {
                    Ok(items) => items,
                    Err(u) => return Ok(Err(u)),
                };
                let mut unknown = None;
                for item in &items {
                    match self.equal(item, value)? {
                        Some(true) => return Ok(Ok(true)),
                        Some(false) => {}
                        None => unknown = item.unknown().cloned().or(unknown),
                    }
                }
                Ok(match unknown {
                    Some(u) => Err(u),
                    None => Ok(false),
                })
            }
        }
    }

    /// Whether a value counts as true.
    ///
    /// # Errors
    /// As evaluation.
    pub fn truth(&mut self, value: &Value) -> R<Result<bool, Rc<Unknown>>> {
        if let Some(doubt) = self.doubt_of(value) {
            return Ok(Err(doubt));
        }
        if matches!(value, Value::Instance(_)) {
            if let Some(result) = self.try_method(value, "__bool__", Vec::new())? {
                return Ok(match result {
                    Value::Unknown(u) => Err(u),
                    other => Ok(other.is_true()),
                });
            }
            if let Some(result) = self.try_method(value, "__len__", Vec::new())? {
                return Ok(match result {
                    Value::Unknown(u) => Err(u),
                    other => Ok(other.as_int() != Some(0)),
                });
            }
        }
        Ok(Ok(match value.plain() {
            Value::Unknown(u) => {
                let known = u
                    .text
                    .as_ref()
                    .is_some_and(|t| t.chars().any(|c| c != HOLE));
                return Ok(if known { Ok(true) } else { Err(derived(u)) });
            }
            Value::None => false,
            Value::Bool(b) => b,
            Value::Int(i) => i != 0,
            Value::Float(f) => f != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::Bytes(b) => !b.is_empty(),
            Value::List(s) | Value::Tuple(s) => !s.items.borrow().is_empty(),
            Value::Dict(d) => !d.items.borrow().is_empty(),
            Value::Set(s) => !s.items.borrow().is_empty(),
            Value::Range(r) => (r[2] > 0 && r[0] < r[1]) || (r[2] < 0 && r[0] > r[1]),
            _ => true,
        }))
    }

    /// The items of an iterable, or why they are not known.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn iterate(&mut self, value: &Value) -> R<Result<Vec<Value>, Rc<Unknown>>> {
        if let Some(doubt) = self.doubt_of(value) {
            return Ok(Err(doubt));
        }
        if matches!(value, Value::Instance(_) | Value::Class(_))
            && let Some(iter) = self.try_method(value, "__iter__", Vec::new())?
        {
            if iter.is(value) {
                return self.exhaust(value);
            }
            return self.iterate(&iter);
        }
        Ok(Ok(match value.plain() {
            Value::Unknown(u) => return Ok(Err(u)),
            Value::List(s) | Value::Tuple(s) => {
                self.work(s.items.borrow().len() * 32)?;
                s.items.borrow().clone()
            }
            Value::Dict(d) => d.items.borrow().values().map(|(k, _)| k.clone()).collect(),
            Value::Set(s) => s.items.borrow().values().cloned().collect(),
            Value::Str(s) => {
                self.work(s.len() * 32)?;
                s.chars().map(|c| Value::str(c.to_string())).collect()
            }
            Value::Bytes(b) => b.iter().map(|b| Value::Int(i64::from(*b))).collect(),
            Value::Range(r) => {
                let items = super::attr::range_items(*r);
                self.grow(items.len() * 16)?;
                items
            }
            Value::Iter(iter) => {
                self.drain_generator(&iter)?;
                let items = std::mem::take(&mut *iter.items.borrow_mut());
                items.into_iter().collect()
            }
            Value::Class(class) => match class.distinct_members() {
                Some(members) => members,
                // An enumeration without members.
                None if class
                    .mro
                    .iter()
                    .any(|c| &*c.name == "Enum" && c.ns.borrow().contains_key("__decant__")) =>
                {
                    Vec::new()
                }
                None => {
                    let m = format!("type '{}' is not iterable", class.name);
                    return Err(self.raise("TypeError", m));
                }
            },
            Value::Instance(_) => {
                // The old protocol: items by number until there is none.
                let mut items = Vec::new();
                loop {
                    let index = Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX));
                    match self.try_method(value, "__getitem__", vec![index]) {
                        // An item that is not known does not tell where they end.
                        Ok(Some(Value::Unknown(u))) => return Ok(Err(u)),
                        Ok(Some(item)) if items.len() < MAX_ITEMS => items.push(item),
                        Ok(Some(_)) => {
                            return self.stop("an iterator gives more than a million items");
                        }
                        Ok(None) => {
                            let name = self.type_name(value);
                            let m = format!("'{name}' object is not iterable");
                            return Err(self.raise("TypeError", m));
                        }
                        Err(flow) if self.is_exception(&flow, "IndexError") => break,
                        Err(flow) => return Err(flow),
                    }
                }
                items
            }
            _ => {
                let name = self.type_name(value);
                return Err(self.raise("TypeError", format!("'{name}' object is not iterable")));
            }
        }))
    }

    fn exhaust(&mut self, value: &Value) -> R<Result<Vec<Value>, Rc<Unknown>>> {
        let mut items = Vec::new();
        loop {
            self.step()?;
            match self.try_method(value, "__next__", Vec::new()) {
                Ok(Some(item)) if items.len() < MAX_ITEMS => items.push(item),
                Ok(_) => return self.stop("an iterator gives more than a million items"),
                Err(flow) if self.is_exception(&flow, "StopIteration") => return Ok(Ok(items)),
                Err(flow) => return Err(flow),
            }
        }
    }

    /// The items of an iterable; those of an unknown one are itself, once.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn iterate_or_raise(&mut self, value: &Value) -> R<Vec<Value>> {
        Ok(match self.iterate(value)? {
            Ok(items) => items,
            Err(unknown) => vec![Value::Unknown(unknown)],
        })
    }
}

/// An integer of any size.
pub fn big(value: &Value) -> Option<BigInt> {
    match value {
        Value::Int(i) => Some(BigInt::from(*i)),
        Value::Bool(b) => Some(BigInt::from(i64::from(*b))),
        Value::Big(b) => Some((**b).clone()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(f) => Some(*f),
        other => big(other).and_then(|b| b.to_f64()),
    }
}

fn float(value: &Value) -> f64 {
    number(value).unwrap_or(f64::NAN)
}
