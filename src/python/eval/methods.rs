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

    fn text_method(&mut self, text: &str, name: &str, args: &Args) -> R<Value> {
        if let Some(unknown) = args.pos.iter().find_map(|a| a.unknown().cloned())
            && name != "format"
            && name != "join"
        {
            return Ok(Value::Unknown(unknown));
        }
        let arg = |i: usize| args.pos.get(i).and_then(Value::as_str);
        let chars = |n: Option<super::super::syntax::Name>| {
            let set: Option<Vec<char>> = n.map(|t| t.chars().collect());
            move |c: char| match &set {
                Some(set) => set.contains(&c),
                None => c.is_whitespace(),
            }
        };
        Ok(match name {
            "upper" => Value::str(text.to_uppercase()),
            "lower" | "casefold" => Value::str(text.to_lowercase()),
            "swapcase" => Value::str(
                text.chars()
                    .map(|c| {
                        if c.is_uppercase() {
                            c.to_lowercase().to_string()
                        } else {
                            c.to_uppercase().to_string()
                        }
                    })
                    .collect::<String>(),
            ),
            "strip" => Value::str(text.trim_matches(chars(arg(0)))),
            "lstrip" => Value::str(text.trim_start_matches(chars(arg(0)))),
            "rstrip" => Value::str(text.trim_end_matches(chars(arg(0)))),
            "split" | "rsplit" => return self.split(text, args, name == "rsplit"),
            "splitlines" => {
                let keep = args.get(0, "keepends").is_some_and(|v| v.is_true());
                if keep {
                    Value::list(text.split_inclusive('\n').map(Value::str).collect())
                } else {
                    Value::list(text.lines().map(Value::str).collect())
                }
            }
            "join" => return self.join(text, &args.at(0)),
            "replace" => {
                let (Some(from), Some(to)) = (arg(0), arg(1)) else {
                    return Err(self.raise("TypeError", "replace() arguments must be str"));
                };
                let made = match args.get(2, "count").and_then(|v| v.as_int()) {
                    Some(n) if n >= 0 => {
                        text.replacen(&*from, &to, usize::try_from(n).unwrap_or(0))
                    }
                    _ => {
                        self.grow(
                            text.len()
                                .saturating_mul(to.len().max(1) / from.len().max(1)),
                        )?;
                        text.replace(&*from, &to)
                    }
                };
                self.grow(made.len())?;
                Value::str(made)
            }
            "format" => return self.format_method(text, args),
            "format_map" => {
                let pairs = self.pairs(&args.at(0))?.unwrap_or_default();
                let named = pairs
                    .into_iter()
                    .filter_map(|(k, v)| Some((k.as_str()?, v)))
                    .collect();
                return self.format_method(
                    text,
                    &Args {
                        pos: Vec::new(),
                        named,
                    },
                );
            }
            "startswith" | "endswith" => {
                let options: Vec<Value> = match args.at(0) {
                    Value::Tuple(t) => t.items.borrow().clone(),
                    other => vec![other],
                };
                Value::Bool(options.iter().filter_map(Value::as_str).any(|o| {
                    if name == "startswith" {
                        text.starts_with(&*o)
                    } else {
                        text.ends_with(&*o)
                    }
                }))
            }
            "title" => {
                let mut out = String::new();
                let mut start = true;
                for c in text.chars() {
                    if c.is_alphabetic() {
                        if start {
                            out.extend(c.to_uppercase());
                        } else {
                            out.extend(c.to_lowercase());
                        }
                        start = false;
                    } else {
                        out.push(c);
                        start = true;
                    }
                }
                Value::str(out)
            }
            "capitalize" => {
                let mut chars = text.chars();
                let first: String = chars
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .collect();
                Value::str(first + &chars.as_str().to_lowercase())
            }
            "find" | "index" | "rfind" => {
                let part = arg(0).unwrap_or_default();
                let start = args.pos.get(1).and_then(Value::as_int).unwrap_or(0);
                let start = usize::try_from(start).unwrap_or(0);
                let skipped: usize = text.chars().take(start).map(char::len_utf8).sum();
                let tail = text.get(skipped..).unwrap_or_default();
                let at = if name == "rfind" {
                    tail.rfind(&*part)
                } else {
                    tail.find(&*part)
                };
                match at.and_then(|i| tail.get(..i)) {
                    Some(before) => {
                        let n = start + before.chars().count();
                        Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
                    }
                    None if name == "index" => {
                        return Err(self.raise("ValueError", "substring not found"));
                    }
                    None => Value::Int(-1),
                }
            }
            "count" => {
                let n = arg(0).map_or(0, |part| text.matches(&*part).count());
                Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
            }
            "encode" => Value::Bytes(text.as_bytes().into()),
            "isdigit" | "isnumeric" | "isdecimal" => {
                Value::Bool(!text.is_empty() && text.chars().all(char::is_numeric))
            }
            "isalpha" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
            "isalnum" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)),
            "isspace" => Value::Bool(!text.is_empty() && text.chars().all(char::is_whitespace)),
            "isupper" => Value::Bool(
                text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
            ),
            "islower" => Value::Bool(
                text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
            ),
            "isidentifier" => Value::Bool(
                !text.is_empty()
                    && !text.starts_with(|c: char| c.is_numeric())
                    && text.chars().all(|c| c.is_alphanumeric() || c == '_'),
            ),
            "zfill" | "ljust" | "rjust" | "center" => return self.pad(text, name, args),
            "partition" | "rpartition" => {
                let part = arg(0).unwrap_or_default();
                let found = if name == "partition" {
                    text.split_once(&*part)
                } else {
                    text.rsplit_once(&*part)
                };
                Value::tuple(match found {
                    Some((a, b)) => vec![Value::str(a), Value::Str(part), Value::str(b)],
                    None if name == "partition" => {
                        vec![Value::str(text), Value::str(""), Value::str("")]
                    }
                    None => vec![Value::str(""), Value::str(""), Value::str(text)],
                })
            }
            "removeprefix" => {
                Value::str(arg(0).and_then(|p| text.strip_prefix(&*p)).unwrap_or(text))
            }
            "removesuffix" => {
                Value::str(arg(0).and_then(|p| text.strip_suffix(&*p)).unwrap_or(text))
            }
            "expandtabs" => Value::str(text.replace('\t', "        ")),
            _ => self.unknown(format!("str.{name} is not modelled")),
        })
    }

    fn pad(&mut self, text: &str, name: &str, args: &Args) -> R<Value> {
        let width = args
            .at(0)
            .as_int()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0);
        if width > 1 << 20 {
            return self.stop("a string is padded beyond a megabyte");
        }
        let missing = width.saturating_sub(text.chars().count());
        let fill = args.at(1).as_str().unwrap_or_else(|| Arc::from(" "));
        Ok(Value::str(match name {
            "zfill" => {
                let (sign, digits) = match text.strip_prefix(['-', '+']) {
                    Some(rest) => text.split_at(text.len() - rest.len()),
                    None => ("", text),
                };
                format!("{sign}{}{digits}", "0".repeat(missing))
            }
            "ljust" => format!("{text}{}", fill.repeat(missing)),
            "rjust" => format!("{}{text}", fill.repeat(missing)),
            _ => format!(
                "{}{text}{}",
                fill.repeat(missing / 2),
                fill.repeat(missing - missing / 2)
            ),
        }))
    }

    fn split(&mut self, text: &str, args: &Args, from_right: bool) -> R<Value> {
        let separator = args.get(0, "sep").and_then(|v| v.as_str());
        let limit = args
            .get(1, "maxsplit")
            .and_then(|v| v.as_int())
            .and_then(|n| usize::try_from(n).ok());
        let parts: Vec<&str> = match (&separator, limit) {
            (Some(s), _) if s.is_empty() => return Err(self.raise("ValueError", "empty separator")),
            (Some(s), None) => text.split(&**s).collect(),
            (Some(s), Some(n)) if from_right => {
                let mut parts: Vec<&str> = text.rsplitn(n + 1, &**s).collect();
                parts.reverse();
                parts
            }
            (Some(s), Some(n)) => text.splitn(n + 1, &**s).collect(),
            (None, None) => text.split_whitespace().collect(),
            (None, Some(n)) => {
                let mut parts = Vec::new();
                let mut rest = text.trim_start();
                while parts.len() < n && !rest.is_empty() {
                    match rest.split_once(char::is_whitespace) {
                        Some((head, tail)) => {
                            parts.push(head);
                            rest = tail.trim_start();
                        }
                        None => break,
                    }
                }
                if !rest.is_empty() {
                    parts.push(rest);
                }
                parts
            }
        };
        self.grow(text.len() + parts.len() * 32)?;
        Ok(Value::list(parts.into_iter().map(Value::str).collect()))
    }

    fn join(&mut self, separator: &str, items: &Value) -> R<Value> {
        let items = match self.iterate(items)? {
            Ok(items) => items,
            Err(u) => return Ok(Value::Unknown(u)),
        };
        let mut result = Value::str("");
        let known: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
        if let Some(parts) = known {
            let text = parts.join(separator);
            self.grow(text.len())?;
            return Ok(Value::str(text));
        }
        for (i, item) in items.iter().enumerate() {
            if item.unknown().is_none() && item.as_str().is_none() {
                let name = self.type_name(item);
                let m = format!("sequence item {i}: expected str instance, {name} found");
                return Err(self.raise("TypeError", m));
            }
            if i > 0 {
                result = self.binary(BinOp::Add, &result, &Value::str(separator))?;
            }
            result = self.binary(BinOp::Add, &result, item)?;
        }
        Ok(result)
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
