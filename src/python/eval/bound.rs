//! Bounds: what a script may cost in steps, memory and depth, whatever it says.
//!
//! A step is a statement, a call or an item; work on long texts and lists costs further steps by their length, so that the time of an
//! evaluation is bounded by its steps. Values that a script makes are counted in bytes when they are made.

use std::rc::Rc;

use super::interp::{Interp, MAX_MEMORY, MAX_STEPS, R};
use super::value::{Args, Value};

/// Bytes that can be looked at or copied for the price of a step.
pub const BYTES_PER_STEP: usize = 64;
/// Steps that a statement of SQL costs, besides one for each byte.
const STEPS_OF_SQL: usize = 200;
/// Bytes that an item of a container counts as.
const ITEM: usize = 32;
/// Depth of values inside values that comparing and printing follow. Python's own limit is of the same size.
const MAX_DEPTH: usize = 400;

impl Interp<'_> {
    /// Counts a step.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn step(&mut self) -> R<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.stop("it takes more steps than any migration needs (5 million)");
        }
        Ok(())
    }

    /// Counts work on so many bytes.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn work(&mut self, bytes: usize) -> R<()> {
        let steps = u64::try_from(bytes / BYTES_PER_STEP).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            return self.stop("it takes more steps than any migration needs (5 million)");
        }
        Ok(())
    }

    /// Counts the parsing of SQL, which costs more than looking at its bytes.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn work_on_sql(&mut self, sql: &str) -> R<()> {
        self.work(STEPS_OF_SQL.saturating_add(sql.len()) * BYTES_PER_STEP)
    }

    /// Counts memory: bytes of text, or items.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn grow(&mut self, bytes: usize) -> R<()> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > MAX_MEMORY {
            return self.stop("it needs more memory than any migration needs (512 MB)");
        }
        Ok(())
    }

    /// Counts what a call of a built-in looks at.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn charge(&mut self, receiver: Option<&Value>, args: &Args) -> R<()> {
        let named = args.named.values();
        let all = receiver.into_iter().chain(&args.pos).chain(named);
        let bytes = all.map(extent).fold(0, usize::saturating_add);
        self.work(bytes)
    }

    /// Counts what a method looks at; those that look at one item cost no more for a long list.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn charge_method(&mut self, receiver: &Value, name: &str, args: &Args) -> R<()> {
        let one = match receiver {
            Value::Dict(_) => matches!(
                name,
                "get" | "setdefault" | "pop" | "__contains__" | "__getitem__" | "__setitem__"
            ),
            Value::Set(_) => matches!(name, "add" | "discard" | "remove" | "__contains__"),
            Value::List(_) => matches!(name, "append" | "__getitem__" | "__setitem__"),
            _ => false,
        };
        self.charge((!one).then_some(receiver), args)
    }

    /// Counts a value that a built-in has made; one that was there before has other owners.
    ///
    /// # Errors
    /// The bound is reached.
    pub fn made(&mut self, value: Value) -> R<Value> {
        let fresh = match &value {
            Value::Str(x) => std::sync::Arc::strong_count(x) == 1,
            Value::Bytes(_) => true,
            Value::List(x) | Value::Tuple(x) => Rc::strong_count(x) == 1,
            Value::Dict(x) => Rc::strong_count(x) == 1,
            Value::Set(x) => Rc::strong_count(x) == 1,
            Value::Iter(x) => Rc::strong_count(x) == 1,
            _ => false,
        };
        if fresh {
            let bytes = extent(&value);
            self.grow(bytes)?;
            self.work(bytes)?;
        }
        Ok(value)
    }

    /// Goes into a value inside a value.
    ///
    /// # Errors
    /// `RecursionError`, as Python.
    pub fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.raise("RecursionError", "maximum recursion depth exceeded"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(256 << 10, 4 << 20, || f(self));
        self.depth -= 1;
        result
    }
}

/// Bytes that a value takes itself, without what its items take.
pub fn extent(value: &Value) -> usize {
    let items = |n: usize| n.saturating_mul(ITEM);
    match value {
        Value::Str(x) => x.len(),
        Value::Bytes(x) => x.len(),
        Value::List(x) | Value::Tuple(x) => items(x.items.borrow().len()),
        Value::Dict(x) => items(x.items.borrow().len()),
        Value::Set(x) => items(x.items.borrow().len()),
        Value::Iter(x) => items(x.items.borrow().len()),
        Value::Big(x) => usize::try_from(x.bits() / 8).unwrap_or(usize::MAX),
        _ => 0,
    }
}
