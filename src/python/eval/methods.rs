//! Methods of built-in values.

use std::rc::Rc;
use std::sync::Arc;

use super::interp::{Interp, MAX_ITEMS, R};
use super::value::{Args, Builtin, Key, Value};
use crate::python::syntax::BinOp;

const TEXT: &[&str] = &[
    "upper",
    "lower",
    "strip",
    "lstrip",
    "rstrip",
    "split",
    "rsplit",
    "splitlines",
    "join",
    "replace",
    "format",
    "format_map",
    "startswith",
    "endswith",
    "title",
    "capitalize",
    "find",
    "rfind",
    "index",
    "count",
    "encode",
    "isdigit",
    "isalpha",
    "isalnum",
    "isupper",
    "islower",
    "isspace",
    "isidentifier",
    "zfill",
    "ljust",
    "rjust",
    "center",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
    "casefold",
    "swapcase",
    "translate",
    "expandtabs",
    "isnumeric",
    "isdecimal",
    "maketrans",
];
const LIST: &[&str] = &[
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "index",
    "count",
    "sort",
    "reverse",
    "copy",
    "clear",
    "__init__",
    "__contains__",
    "__len__",
    "__getitem__",
    "__iter__",
];
const TUPLE: &[&str] = &["index", "count"];
const DICT: &[&str] = &[
    "get",
    "keys",
    "values",
    "items",
    "update",
    "pop",
    "popitem",
    "setdefault",
    "copy",
    "clear",
    "fromkeys",
    "__init__",
    "__getitem__",
    "__setitem__",
    "__contains__",
    "__len__",
    "__iter__",
    "move_to_end",
];
const SET: &[&str] = &[
    "add",
    "discard",
    "remove",
    "update",
    "union",
    "intersection",
    "difference",
    "symmetric_difference",
    "issubset",
    "issuperset",
    "isdisjoint",
    "copy",
    "clear",
    "pop",
    "difference_update",
    "intersection_update",
    "__init__",
];
const BYTES: &[&str] = &["decode", "hex", "startswith", "endswith", "strip"];
const NUMBER: &[&str] = &["bit_length", "is_integer", "to_bytes", "hex"];

/// Whether a built-in value has a method.
pub fn has_method(value: &Value, name: &str) -> bool {
    let list = match value.plain() {
        Value::Str(_) => TEXT,
        Value::List(_) => LIST,
        Value::Tuple(_) => TUPLE,
        Value::Dict(_) => DICT,
        Value::Set(_) => SET,
        Value::Bytes(_) => BYTES,
        Value::Int(_) | Value::Bool(_) | Value::Big(_) | Value::Float(_) => NUMBER,
        Value::Iter(_) => &["close", "__next__", "send"],
        Value::Class(c) => return c.payload().is_some_and(|b| has_method_of(b, name)),
        _ => return false,
    };
    list.contains(&name)
}

/// Whether values of a built-in type have a method.
pub fn has_method_of(builtin: Builtin, name: &str) -> bool {
    let list = match builtin {
        Builtin::Str => TEXT,
        Builtin::List => LIST,
        Builtin::Tuple => TUPLE,
        Builtin::Dict => DICT,
        Builtin::Set | Builtin::FrozenSet => SET,
        Builtin::Bytes => BYTES,
        Builtin::Int | Builtin::Float | Builtin::Bool => &["from_bytes", "fromhex"],
        _ => &[],
    };
    list.contains(&name)
}

impl Interp<'_> {
    /// Calls a method of a built-in value.
    ///
    /// # Errors
    /// As evaluation.
    pub fn call_method(&mut self, receiver: &Value, name: &str, mut args: Args) -> R<Value> {
        if let Value::Class(class) = receiver {
            if name == "fromkeys" {
                let items = self.iterate_or_raise(&args.at(0))?;
                let value = args.at(1);
                let map = items
                    .into_iter()
                    .map(|k| (k.key(), (k, value.clone())))
                    .collect();
                return Ok(Value::from_map(map));
            }
            if name == "maketrans" {
                return Ok(args.at(0));
            }
            // `str.upper(text)`: the first argument is the receiver.
            let _ = class;
            if args.pos.is_empty() {
                return Err(self.raise("TypeError", "an unbound method needs an argument"));
            }
            let first = args.pos.remove(0);
            return self.call_method(&first, name, args);
        }
        if name == "__init__" {
            self.refill(receiver, &args)?;
            return Ok(Value::None);
        }
        match name {
            "__getitem__" => {
                let plain = receiver.plain();
                return self.subscript(&plain, &args.at(0));
            }
            "__setitem__" => {
                let plain = receiver.plain();
                self.set_item(&plain, &args.at(0), args.at(1))?;
                return Ok(Value::None);
            }
            "__contains__" => {
                let plain = receiver.plain();
                return Ok(match self.contains(&plain, &args.at(0))? {
                    Ok(found) => Value::Bool(found),
                    Err(u) => Value::Unknown(u),
                });
            }
            "__iter__" => {
                let items = self.iterate_or_raise(&receiver.plain())?;
                return Ok(Value::iter(items));
            }
            _ => {}
        }
        if let Some(doubt) = self.doubt_of(receiver)
            && !matches!(name, "append" | "extend" | "add" | "update")
        {
            return Ok(Value::Unknown(doubt));
        }
        self.grow(16)?;
        match receiver.plain() {
            Value::Str(text) => self.text_method(&text, name, &args),
            Value::List(_) => self.list_method(&receiver.plain(), name, &args),
            Value::Tuple(_) => self.list_method(&receiver.plain(), name, &args),
            Value::Dict(_) => self.dict_method(receiver, name, &args),
            Value::Set(_) => self.set_method(&receiver.plain(), name, &args),
            Value::Bytes(bytes) => Ok(match name {
                "decode" => match std::str::from_utf8(&bytes) {
                    Ok(text) => Value::str(text),
                    Err(_) => return Err(self.raise("UnicodeDecodeError", "invalid utf-8")),
                },
                "hex" => Value::str(hex(&bytes)),
                "strip" => Value::Bytes(bytes.trim_ascii().into()),
                _ => match args.at(0) {
                    Value::Bytes(other) if name == "startswith" => {
                        Value::Bool(bytes.starts_with(&other))
                    }
                    Value::Bytes(other) => Value::Bool(bytes.ends_with(&other)),
                    _ => Value::Bool(false),
                },
            }),
            Value::Iter(_) if name == "__next__" => self.next_item(receiver, None),
            Value::Float(f) if name == "is_integer" => Ok(Value::Bool(f.fract() == 0.0)),
            Value::Int(i) if name == "bit_length" => {
                Ok(Value::Int(i64::from(64 - i.unsigned_abs().leading_zeros())))
            }
            _ => Ok(self.unknown(format!("the method {name} is not modelled"))),
        }
    }

    /// `next(iterator)`.
    ///
    /// # Errors
    /// `StopIteration`.
    pub fn next_item(&mut self, iterator: &Value, default: Option<Value>) -> R<Value> {
        if let Value::Iter(iter) = iterator {
            self.drain_generator(iter)?;
            let next = iter.items.borrow_mut().pop_front();
            return match (next, default) {
                (Some(item), _) | (None, Some(item)) => Ok(item),
                (None, None) => Err(self.raise("StopIteration", "")),
            };
        }
        if let Value::Unknown(u) = iterator {
            return Ok(Value::Unknown(Rc::clone(u)));
        }
        match self.try_method(iterator, "__next__", Vec::new()) {
            Ok(Some(item)) => Ok(item),
            Ok(None) => {
                let name = self.type_name(iterator);
                Err(self.raise("TypeError", format!("'{name}' object is not an iterator")))
            }
            Err(flow) => match default {
                Some(default) if self.is_exception(&flow, "StopIteration") => Ok(default),
                _ => Err(flow),
            },
        }
    }

    fn list_method(&mut self, receiver: &Value, name: &str, args: &Args) -> R<Value> {
        let (Value::List(list) | Value::Tuple(list)) = receiver else {
            return Ok(Value::None);
        };
        if matches!(
            name,
            "append" | "extend" | "insert" | "pop" | "remove" | "sort" | "reverse" | "clear"
        ) {
            self.touch(&list.doubt);
        }
        match name {
            "append" => {
                if list.items.borrow().len() >= MAX_ITEMS {
                    return self.stop("a list has more than a million items");
                }
                list.items.borrow_mut().push(args.at(0));
            }
            "extend" => {
                let new = match self.iterate(&args.at(0))? {
                    Ok(new) => new,
                    Err(u) => {
                        *list.doubt.borrow_mut() = Some(u);
                        return Ok(Value::None);
                    }
                };
                self.grow(new.len() * 16)?;
                if list.items.borrow().len() + new.len() > MAX_ITEMS {
                    return self.stop("a list has more than a million items");
                }
                list.items.borrow_mut().extend(new);
            }
            "insert" => {
                let length = list.items.borrow().len();
                let i = args.at(0).as_int().unwrap_or(0);
                let at = if i < 0 {
                    super::attr::position(i, length).unwrap_or(0)
                } else {
                    usize::try_from(i).unwrap_or(length).min(length)
                };
                list.items.borrow_mut().insert(at, args.at(1));
            }
            "pop" => {
                let length = list.items.borrow().len();
                let index = args.pos.first().and_then(Value::as_int).unwrap_or(-1);
                return match super::attr::position(index, length) {
                    Some(i) => Ok(list.items.borrow_mut().remove(i)),
                    None => {
                        Err(self.raise("IndexError", "pop from empty list or index out of range"))
                    }
                };
            }
            "remove" | "index" => {
                let items = list.items.borrow().clone();
                for (i, item) in items.iter().enumerate() {
                    if self.equal(item, &args.at(0))? == Some(true) {
                        if name == "index" {
                            return Ok(Value::Int(i64::try_from(i).unwrap_or(i64::MAX)));
                        }
                        list.items.borrow_mut().remove(i);
                        return Ok(Value::None);
                    }
                }
                return Err(self.raise("ValueError", "value is not in the list"));
            }
            "count" => {
                let items = list.items.borrow().clone();
                let mut n = 0;
                for item in &items {
                    if self.equal(item, &args.at(0))? == Some(true) {
                        n += 1;
                    }
                }
                return Ok(Value::Int(n));
            }
            "sort" => {
                let items = list.items.borrow().clone();
                let reverse = args.named("reverse").is_true();
                let sorted = self.sorted(items, &args.named("key"), reverse)?;
                *list.items.borrow_mut() = sorted;
            }
            "reverse" => list.items.borrow_mut().reverse(),
            "copy" => return Ok(Value::list(list.items.borrow().clone())),
            "clear" => list.items.borrow_mut().clear(),
            "__len__" => {
                return Ok(Value::Int(
                    i64::try_from(list.items.borrow().len()).unwrap_or(i64::MAX),
                ));
            }
            _ => return Ok(self.unknown(format!("list.{name} is not modelled"))),
        }
        Ok(Value::None)
    }

    /// Sorts stably, as Python does.
    ///
    /// # Errors
    /// `TypeError` when two items have no order.
    pub fn sorted(&mut self, items: Vec<Value>, key: &Value, reverse: bool) -> R<Vec<Value>> {
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let k = if key.is_none() {
                item.clone()
            } else {
                self.call(key, Args::new(vec![item.clone()]))?
            };
            keyed.push((k, item));
        }
        let mut fault = None;
        keyed.sort_by(|(a, _), (b, _)| {
            if fault.is_some() {
                return std::cmp::Ordering::Equal;
            }
            match self.order(a, b) {
                Ok(Some(order)) if reverse => order.reverse(),
                Ok(Some(order)) => order,
                Ok(None) => {
                    if a.unknown().is_none() && b.unknown().is_none() {
                        fault = Some(
                            self.raise("TypeError", "'<' not supported between these instances"),
                        );
                    }
                    std::cmp::Ordering::Equal
                }
                Err(flow) => {
                    fault = Some(flow);
                    std::cmp::Ordering::Equal
                }
            }
        });
        match fault {
            Some(flow) => Err(flow),
            None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
        }
    }

    fn dict_method(&mut self, receiver: &Value, name: &str, args: &Args) -> R<Value> {
        let Value::Dict(dict) = receiver.plain() else {
            return Ok(Value::None);
        };
        if matches!(
            name,
            "update" | "pop" | "popitem" | "setdefault" | "clear" | "move_to_end"
        ) {
            self.touch(&dict.doubt);
        }
        let key: Key = args.at(0).key();
        match name {
            "get" => {
                if let Value::Unknown(u) = args.at(0) {
                    return Ok(Value::Unknown(u));
                }
                let found = dict.items.borrow().get(&key).map(|(_, v)| v.clone());
                Ok(found.unwrap_or_else(|| args.get(1, "default").unwrap_or(Value::None)))
            }
            "keys" => Ok(Value::list(
                dict.items
                    .borrow()
                    .values()
                    .map(|(k, _)| k.clone())
                    .collect(),
            )),
            "values" => Ok(Value::list(
                dict.items
                    .borrow()
                    .values()
                    .map(|(_, v)| v.clone())
                    .collect(),
            )),
            "items" => Ok(Value::list(
                dict.items
                    .borrow()
                    .values()
                    .map(|(k, v)| Value::tuple(vec![k.clone(), v.clone()]))
                    .collect(),
            )),
            "update" => {
                if let Some(other) = args.pos.first() {
                    let new = self.mapping(other)?;
                    match new {
                        Some(pairs) => {
                            self.grow(pairs.len() * 32)?;
                            let mut items = dict.items.borrow_mut();
                            items.extend(pairs.into_iter().map(|(k, v)| (k.key(), (k, v))));
                        }
                        None => {
                            if let Value::Unknown(u) =
                                self.unknown("it was updated with something that is not known")
                            {
                                *dict.doubt.borrow_mut() = Some(u);
                            }
                        }
                    }
                }
                let mut items = dict.items.borrow_mut();
                for (name, value) in &args.named {
                    let key = Value::Str(Arc::clone(name));
                    items.insert(key.key(), (key, value.clone()));
                }
                Ok(Value::None)
            }
            "pop" => {
                let found = dict.items.borrow_mut().shift_remove(&key);
                match (found, args.get(1, "default")) {
                    (Some((_, value)), _) | (None, Some(value)) => Ok(value),
                    (None, None) => {
                        let key = self.repr(&args.at(0))?.as_str().unwrap_or_default();
                        Err(self.raise("KeyError", key.to_string()))
                    }
                }
            }
            "popitem" => {
                let last = dict.items.borrow_mut().pop();
                match last {
                    Some((_, (k, v))) => Ok(Value::tuple(vec![k, v])),
                    None => Err(self.raise("KeyError", "popitem(): dictionary is empty")),
                }
            }
            "setdefault" => {
                let mut items = dict.items.borrow_mut();
                let entry = items.entry(key).or_insert_with(|| (args.at(0), args.at(1)));
                Ok(entry.1.clone())
            }
            "copy" => Ok(Value::from_map(dict.items.borrow().clone())),
            "clear" => {
                dict.items.borrow_mut().clear();
                Ok(Value::None)
            }
            "__len__" => Ok(Value::Int(
                i64::try_from(dict.items.borrow().len()).unwrap_or(i64::MAX),
            )),
            "move_to_end" => {
                let mut items = dict.items.borrow_mut();
                if let Some(value) = items.shift_remove(&key) {
                    items.insert(key, value);
                }
                Ok(Value::None)
            }
            _ => Ok(self.unknown(format!("dict.{name} is not modelled"))),
        }
    }

    /// Keys and values of a mapping or of a sequence of pairs.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn mapping(&mut self, value: &Value) -> R<Option<Vec<(Value, Value)>>> {
        if matches!(value.plain(), Value::Dict(_))
            || (matches!(value, Value::Instance(_))
                && self.class_attribute(value, "keys")?.is_some())
        {
            return self.pairs(value);
        }
        let items = match self.iterate(value)? {
            Ok(items) => items,
            Err(_) => return Ok(None),
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let pair = self.iterate_or_raise(&item)?;
            match pair.as_slice() {
                [k, v] => out.push((k.clone(), v.clone())),
                [Value::Unknown(_)] => return Ok(None),
                _ => {
                    return Err(self.raise(
                        "ValueError",
                        "dictionary update sequence element has the wrong length",
                    ));
                }
            }
        }
        Ok(Some(out))
    }

    fn set_method(&mut self, receiver: &Value, name: &str, args: &Args) -> R<Value> {
        let Value::Set(set) = receiver else {
            return Ok(Value::None);
        };
        if !matches!(
            name,
            "copy"
                | "union"
                | "intersection"
                | "difference"
                | "issubset"
                | "issuperset"
                | "isdisjoint"
                | "symmetric_difference"
        ) {
            self.touch(&set.doubt);
        }
        let key = args.at(0).key();
        match name {
            "add" => {
                if set.items.borrow().len() >= MAX_ITEMS {
                    return self.stop("a set has more than a million members");
                }
                set.items.borrow_mut().insert(key, args.at(0));
                Ok(Value::None)
            }
            "discard" | "remove" => {
                let found = set.items.borrow_mut().shift_remove(&key).is_some();
                if !found && name == "remove" {
                    return Err(self.raise("KeyError", "no such member"));
                }
                Ok(Value::None)
            }
            "copy" => Ok(Value::set(set.items.borrow().values().cloned(), false)),
            "clear" => {
                set.items.borrow_mut().clear();
                Ok(Value::None)
            }
            "pop" => {
                let first = set.items.borrow_mut().shift_remove_index(0);
                match first {
                    Some((_, value)) => Ok(value),
                    None => Err(self.raise("KeyError", "pop from an empty set")),
                }
            }
            _ => {
                let mut current = receiver.clone();
                for other in &args.pos {
                    let other = match self.iterate(other)? {
                        Ok(items) => Value::set(items, false),
                        Err(u) => return Ok(Value::Unknown(u)),
                    };
                    let (op, compare) = match name {
                        "union" | "update" => (BinOp::Or, None),
                        "intersection" | "intersection_update" => (BinOp::And, None),
                        "difference" | "difference_update" => (BinOp::Sub, None),
                        "symmetric_difference" => (BinOp::Xor, None),
                        _ => (BinOp::And, Some(other.clone())),
                    };
                    if let Some(Value::Set(other)) = compare {
                        let (a, b) = (set.items.borrow(), other.items.borrow());
                        return Ok(Value::Bool(match name {
                            "issubset" => a.keys().all(|k| b.contains_key(k)),
                            "issuperset" => b.keys().all(|k| a.contains_key(k)),
                            _ => !a.keys().any(|k| b.contains_key(k)),
                        }));
                    }
                    current = self.binary(op, &current, &other)?;
                }
                if name.ends_with("update") {
                    if let Value::Set(made) = &current
                        && !Rc::ptr_eq(made, set)
                    {
                        let items = made.items.borrow().clone();
                        *set.items.borrow_mut() = items;
                    }
                    return Ok(Value::None);
                }
                Ok(current)
            }
        }
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
