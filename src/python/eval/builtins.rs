//! Built-in functions and types.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::python::map::Map;
use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use super::interp::{Interp, MAX_ITEMS, R, State};
use super::value::{Args, Builtin, Class, DescriptorKind, Native, Value};
use crate::python::syntax::{BinOp, CmpOp};

const TYPES: &[(&str, Builtin)] = &[
    ("object", Builtin::Object),
    ("type", Builtin::Type),
    ("NoneType", Builtin::NoneType),
    ("int", Builtin::Int),
    ("bool", Builtin::Bool),
    ("float", Builtin::Float),
    ("str", Builtin::Str),
    ("bytes", Builtin::Bytes),
    ("list", Builtin::List),
    ("tuple", Builtin::Tuple),
    ("dict", Builtin::Dict),
    ("set", Builtin::Set),
    ("frozenset", Builtin::FrozenSet),
    ("range", Builtin::Range),
    ("slice", Builtin::Slice),
    ("function", Builtin::Function),
    ("module", Builtin::Module),
    ("property", Builtin::Property),
    ("staticmethod", Builtin::StaticMethod),
    ("classmethod", Builtin::ClassMethod),
    ("iterator", Builtin::Iterator),
    ("super", Builtin::Super),
];

macro_rules! natives {
    ($($name:literal => $function:expr;)*) => {
        /// The built-in functions.
        pub static FUNCTIONS: &[Native] = &[$(Native { name: $name, call: $function },)*];
    };
}

natives! {
    "len" => len;
    "print" => |_, _| Ok(Value::None);
    "isinstance" => |i, a| match a.at(0) {
        // Its reason is the value's own.
        Value::Unknown(u) => Ok(Value::Unknown(u)),
        value => Ok(truth_value(i, i.is_instance(&value, &a.at(1)))),
    };
    "issubclass" => |i, a| {
        let Value::Class(c) = a.at(0) else { return Ok(i.unknown("the class is not known")) };
        let Some(others) = super::class::alternatives(&a.at(1)) else { return Ok(i.unknown("the class is not known")) };
        Ok(Value::Bool(others.iter().any(|o| matches!(o, Value::Class(o) if c.is_subclass(o)))))
    };
    "hasattr" => |i, a| {
        let name = a.at(1).as_str().unwrap_or_default();
        let value = a.at(0);
        if let Value::Unknown(u) = &value {
            return Ok(Value::Unknown(Rc::clone(u)));
        }
        // What a model does not have, the library may have: for a question the answer is that it has not.
        Ok(Value::Bool(match i.find_attribute(&value, &name)? {
            None => false,
            Some(Value::Unknown(u)) => !u.code,
            Some(_) => true,
        }))
    };
    "getattr" => |i, a| {
        let name = a.at(1).as_str().unwrap_or_default();
        let value = a.at(0);
        match (i.find_attribute(&value, &name)?, a.pos.get(2)) {
            (Some(Value::Unknown(u)), Some(default)) if u.code && value.unknown().is_none() => Ok(default.clone()),
            (Some(found), _) => Ok(found),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => i.getattr(&value, &name),
        }
    };
    "setattr" => |i, a| {
        let name = a.at(1).as_str().unwrap_or_default();
        i.setattr(&a.at(0), &name, a.at(2))?;
        Ok(Value::None)
    };
    "delattr" => |i, a| {
        if let Some(name) = a.at(1).as_str() {
            i.delattr(&a.at(0), &name)?;
        }
        Ok(Value::None)
    };
    "callable" => |_, a| Ok(Value::Bool(matches!(a.at(0), Value::Function(_) | Value::Bound(_) | Value::Native(_) | Value::Method(_) | Value::Class(_))));
    "enumerate" => |i, a| {
        let start = a.get(1, "start").and_then(|v| v.as_int()).unwrap_or(0);
        let items = match i.iterate(&a.at(0))? { Ok(items) => items, Err(u) => return Ok(Value::Unknown(u)) };
        Ok(Value::iter(items.into_iter().zip(start..).map(|(v, n)| Value::tuple(vec![Value::Int(n), v]))))
    };
    "zip" => zip;
    "sorted" => |i, a| {
        let items = match i.iterate(&a.at(0))? { Ok(items) => items, Err(u) => return Ok(Value::Unknown(u)) };
        let reverse = a.named("reverse").is_true();
        Ok(Value::list(i.sorted(items, &a.named("key"), reverse)?))
    };
    "reversed" => |i, a| {
        let mut items = match i.iterate(&a.at(0))? { Ok(items) => items, Err(u) => return Ok(Value::Unknown(u)) };
        items.reverse();
        Ok(Value::iter(items))
    };
    "map" => |i, a| {
        let mut columns = Vec::new();
        for list in a.pos.iter().skip(1) {
            match i.iterate(list)? { Ok(items) => columns.push(items), Err(u) => return Ok(Value::Unknown(u)) }
        }
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let mut out = Vec::with_capacity(rows);
        for row in 0..rows {
            let args = columns.iter().filter_map(|c| c.get(row).cloned()).collect();
            out.push(i.call(&a.at(0), Args::new(args))?);
        }
        Ok(Value::iter(out))
    };
    "filter" => |i, a| {
        let items = match i.iterate(&a.at(1))? { Ok(items) => items, Err(u) => return Ok(Value::Unknown(u)) };
        let mut out = Vec::new();
        for item in items {
            let keep = if a.at(0).is_none() { item.clone() } else { i.call(&a.at(0), Args::new(vec![item.clone()]))? };
            match i.truth(&keep)? {
                Ok(true) => out.push(item),
                Ok(false) => {}
                Err(u) => return Ok(Value::Unknown(u)),
            }
        }
        Ok(Value::iter(out))
    };
    "any" => |i, a| any_all(i, &a.at(0), true);
    "all" => |i, a| any_all(i, &a.at(0), false);
    "min" => |i, a| extreme(i, &a, CmpOp::Lt);
    "max" => |i, a| extreme(i, &a, CmpOp::Gt);
    "sum" => |i, a| {
        let mut total = a.get(1, "start").unwrap_or(Value::Int(0));
        let items = match i.iterate(&a.at(0))? { Ok(items) => items, Err(u) => return Ok(Value::Unknown(u)) };
        for item in items {
            total = i.binary(BinOp::Add, &total, &item)?;
        }
        Ok(total)
    };
    "abs" => |i, a| match a.at(0).plain() {
        Value::Float(f) => Ok(Value::Float(f.abs())),
        Value::Int(n) if n >= 0 => Ok(Value::Int(n)),
        v => i.binary(BinOp::Sub, &Value::Int(0), &v),
    };
    "round" => |_, a| Ok(match (a.at(0).plain(), a.get(1, "ndigits").and_then(|v| v.as_int())) {
        (Value::Float(f), None) => int_of_float(f.round_ties_even()),
        (Value::Float(f), Some(n)) => {
            let scale = 10f64.powi(i32::try_from(n.clamp(-300, 300)).unwrap_or(0));
            Value::Float((f * scale).round_ties_even() / scale)
        }
        (v, _) => v,
    });
    "divmod" => |i, a| {
        let q = i.binary(BinOp::FloorDiv, &a.at(0), &a.at(1))?;
        let r = i.binary(BinOp::Mod, &a.at(0), &a.at(1))?;
        Ok(Value::tuple(vec![q, r]))
    };
    "pow" => |i, a| i.binary(BinOp::Pow, &a.at(0), &a.at(1));
    "repr" => |i, a| i.repr(&a.at(0));
    "ascii" => |i, a| i.repr(&a.at(0));
    "format" => |i, a| {
        let spec = a.at(1).as_str().unwrap_or_default();
        Ok(match i.format_value(&a.at(0), &spec)? { Ok(t) => Value::Str(t), Err(u) => Value::Unknown(u) })
    };
    "iter" => |i, a| {
        let value = a.at(0);
        if let Value::Iter(_) = value { return Ok(value); }
        match i.iterate(&value)? { Ok(items) => Ok(Value::iter(items)), Err(u) => Ok(Value::Unknown(u)) }
    };
    "next" => |i, a| i.next_item(&a.at(0), a.pos.get(1).cloned());
    "vars" => |i, a| match a.pos.first() {
        Some(v) => i.getattr(v, "__dict__"),
        None => Ok(locals(i)),
    };
    "locals" => |i, _| Ok(locals(i));
    "globals" => |i, _| {
        let env = i.frames.last().map(|f| f.env.module());
        Ok(env.map_or(Value::None, |e| Value::dict(e.vars.borrow().clone())))
    };
    "dir" => |i, a| {
        let value = i.getattr(&a.at(0), "__dict__")?;
        let names = i.iterate_or_raise(&value)?;
        Ok(Value::list(i.sorted(names, &Value::None, false)?))
    };
    "id" => |_, a| Ok(Value::Int(i64::try_from(a.at(0).identity()).unwrap_or(0)));
    "hash" => |i, _| Ok(i.unknown("hash() differs from run to run"));
    "ord" => |_, a| Ok(Value::Int(a.at(0).as_str().and_then(|s| s.chars().next()).map_or(0, |c| i64::from(u32::from(c)))));
    "chr" => |i, a| match a.at(0).as_int().and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32) {
        Some(c) => Ok(Value::str(c.to_string())),
        None => Err(i.raise("ValueError", "chr() arg not in range")),
    };
    "hex" => |i, a| i.format_value(&a.at(0), "#x").map(|t| t.map_or_else(Value::Unknown, Value::Str));
    "bin" => |i, a| i.format_value(&a.at(0), "#b").map(|t| t.map_or_else(Value::Unknown, Value::Str));
    "oct" => |i, a| i.format_value(&a.at(0), "#o").map(|t| t.map_or_else(Value::Unknown, Value::Str));
    "input" => |i, _| Ok(i.unknown("it would be asked from the user"));
    "open" => |i, a| super::files::open(i, &a);
    "exit" => |i, _| Err(i.raise("SystemExit", ""));
    "quit" => |i, _| Err(i.raise("SystemExit", ""));
    "eval" => |i, _| Ok(i.unknown_code("eval() is not followed"));
    "exec" => |i, _| Ok(i.unknown_code("exec() is not followed"));
    "compile" => |i, _| Ok(i.unknown_code("compile() is not followed"));
    "__import__" => |i, a| {
        let name = a.at(0).as_str().unwrap_or_default();
        i.import(&name)
    };
    "_keep_property" => |_, a| Ok(a.at(0));
    "_nothing" => |_, _| Ok(Value::None);
    "_object_init" => |i, a| {
        let this = a.at(0);
        if let Value::Instance(o) = &this && o.payload.borrow().is_some() {
            let rest = Args { pos: a.pos.iter().skip(1).cloned().collect(), named: a.named.clone() };
            if matches!(o.class.payload(), Some(Builtin::Dict | Builtin::List | Builtin::Set)) {
                i.refill(&this, &rest)?;
            }
        }
        Ok(Value::None)
    };
    "_object_new" => |i, a| match a.at(0) {
        Value::Class(class) => {
            if let Some(made) = i.new_class(&class, &a)? {
                return Ok(made);
            }
            let payload = match class.payload() {
                Some(b) => Some(i.construct(b, &Args::new(a.pos.iter().skip(1).take(1).cloned().collect()))?.plain()),
                None => None,
            };
            Ok(Value::Instance(i.bare(&class, payload)))
        }
        _ => Ok(Value::None),
    };
}

/// Fills in the built-in names.
pub fn install(state: &mut State) {
    for function in FUNCTIONS {
        state
            .builtins
            .insert(Arc::from(function.name), Value::Native(function));
    }
    let mut object: Option<Rc<Class>> = None;
    let mut int: Option<Rc<Class>> = None;
    for (name, builtin) in TYPES {
        let mut bases: Vec<Rc<Class>> = Vec::new();
        if *builtin == Builtin::Bool {
            bases.extend(int.clone());
        } else {
            bases.extend(object.clone());
        }
        let mro = bases.iter().flat_map(|b| b.lineage().cloned()).collect();
        let class = Rc::new(Class {
            name: Arc::from(*name),
            module: Arc::from("builtins"),
            bases,
            mro,
            ns: RefCell::default(),
            builtin: Some(*builtin),
            members: RefCell::default(),
            meta: None,
            unknown_base: None,
        });
        match builtin {
            Builtin::Object => {
                if let Some(new) = state.builtins.get("_object_new") {
                    let new = Interp::descriptor(DescriptorKind::Static, new.clone());
                    class.ns.borrow_mut().insert(Arc::from("__new__"), new);
                }
                object = Some(Rc::clone(&class));
            }
            Builtin::Int => int = Some(Rc::clone(&class)),
            _ => {}
        }
        state.builtins.insert(Arc::from(*name), Value::Class(class));
    }
    state
        .builtins
        .insert(Arc::from("NotImplemented"), Value::NotImplemented);
    state
        .builtins
        .insert(Arc::from("Ellipsis"), Value::Ellipsis);
    state
        .builtins
        .insert(Arc::from("__debug__"), Value::Bool(true));
}

fn locals(i: &mut Interp<'_>) -> Value {
    let env = i.frames.last().map(|f| Rc::clone(&f.env));
    env.map_or(Value::None, |e| Value::dict(e.vars.borrow().clone()))
}

fn truth_value(i: &Interp<'_>, known: Option<bool>) -> Value {
    match known {
        Some(b) => Value::Bool(b),
        None => i.unknown("the type of the value is not known"),
    }
}

fn len(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let value = a.at(0);
    if let Some(doubt) = i.doubt_of(&value) {
        return Ok(Value::Unknown(doubt));
    }
    if let Some(n) = i.try_method(&value, "__len__", Vec::new())? {
        return Ok(n);
    }
    let n = match value.plain() {
        Value::Unknown(u) => return Ok(Value::Unknown(u)),
        Value::Str(s) => s.chars().count(),
        Value::Bytes(b) => b.len(),
        Value::List(s) | Value::Tuple(s) => s.items.borrow().len(),
        Value::Dict(d) => d.items.borrow().len(),
        Value::Set(s) => s.items.borrow().len(),
        Value::Range(_) | Value::Class(_) => i.iterate_or_raise(&value)?.len(),
        _ => {
            let name = i.type_name(&value);
            return Err(i.raise("TypeError", format!("object of type '{name}' has no len()")));
        }
    };
    Ok(Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
}

fn zip(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let mut columns = Vec::with_capacity(a.pos.len());
    for list in &a.pos {
        match i.iterate(list)? {
            Ok(items) => columns.push(items),
            Err(u) => return Ok(Value::Unknown(u)),
        }
    }
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    Ok(Value::iter((0..rows).map(|row| {
        Value::tuple(columns.iter().filter_map(|c| c.get(row).cloned()).collect())
    })))
}

fn any_all(i: &mut Interp<'_>, items: &Value, any: bool) -> R<Value> {
    let items = match i.iterate(items)? {
        Ok(items) => items,
        Err(u) => return Ok(Value::Unknown(u)),
    };
    let mut unknown = None;
    for item in items {
        match i.truth(&item)? {
            Ok(truth) if truth == any => return Ok(Value::Bool(any)),
            Ok(_) => {}
            Err(u) => unknown = Some(u),
        }
    }
    Ok(match unknown {
        Some(u) => Value::Unknown(u),
        None => Value::Bool(!any),
    })
}

fn extreme(i: &mut Interp<'_>, a: &Args, op: CmpOp) -> R<Value> {
    let items = if a.pos.len() == 1 {
        match i.iterate(&a.at(0))? {
            Ok(items) => items,
            Err(u) => return Ok(Value::Unknown(u)),
        }
    } else {
        a.pos.clone()
    };
    let key = a.named("key");
    let mut best: Option<(Value, Value)> = None;
    for item in items {
        let k = if key.is_none() {
            item.clone()
        } else {
            i.call(&key, Args::new(vec![item.clone()]))?
        };
        best = match best {
            None => Some((k, item)),
            Some((bk, bi)) => {
                let better = i.compare(op, &k, &bk)?;
                match i.truth(&better)? {
                    Ok(true) => Some((k, item)),
                    Ok(false) => Some((bk, bi)),
                    Err(u) => return Ok(Value::Unknown(u)),
                }
            }
        };
    }
    match (best, a.named.get("default")) {
        (Some((_, item)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(i.raise("ValueError", "the sequence is empty")),
    }
}

/// `int(float)`.
pub fn int_of_float(f: f64) -> Value {
    match BigInt::from_f64(f.trunc()) {
        Some(b) => match b.to_i64() {
            Some(small) => Value::Int(small),
            None => Value::Big(Rc::new(b)),
        },
        None => Value::Int(0),
    }
}

impl Interp<'_> {
    /// Calls a built-in type.
    ///
    /// # Errors
    /// `TypeError`, `ValueError`.
    pub fn construct(&mut self, builtin: Builtin, args: &Args) -> R<Value> {
        let first = args.pos.first().cloned();
        if let Some(Value::Unknown(u)) = &first
            && !matches!(
                builtin,
                Builtin::Type | Builtin::Property | Builtin::StaticMethod | Builtin::ClassMethod
            )
        {
            return Ok(Value::Unknown(Rc::clone(u)));
        }
        if let Some(value) = &first
            && let Some(doubt) = self.doubt_of(value)
            && matches!(
                builtin,
                Builtin::List | Builtin::Tuple | Builtin::Set | Builtin::Dict | Builtin::FrozenSet
            )
        {
            return Ok(Value::Unknown(doubt));
        }
        match builtin {
            Builtin::Object => Ok(match self.state.builtins.get("object") {
                Some(Value::Class(c)) => {
                    let c = Rc::clone(c);
                    Value::Instance(self.bare(&c, None))
                }
                _ => Value::None,
            }),
            Builtin::Type => self.type_call(args),
            Builtin::NoneType => Ok(Value::None),
            Builtin::Bool => match first {
                None => Ok(Value::Bool(false)),
                Some(v) => Ok(match self.truth(&v)? {
                    Ok(b) => Value::Bool(b),
                    Err(u) => Value::Unknown(u),
                }),
            },
            Builtin::Int => self.int(&args.at(0), args.get(1, "base")),
            Builtin::Float => match args.at(0).plain() {
                Value::None => Ok(Value::Float(0.0)),
                Value::Float(f) => Ok(Value::Float(f)),
                Value::Str(s) => match s.trim().parse() {
                    Ok(f) => Ok(Value::Float(f)),
                    Err(_) => Err(self.raise(
                        "ValueError",
                        format!("could not convert string to float: {s}"),
                    )),
                },
                other => Ok(Value::Float(
                    super::operators::big(&other)
                        .and_then(|b| b.to_f64())
                        .unwrap_or(0.0),
                )),
            },
            Builtin::Str => match first {
                None => Ok(Value::str("")),
                Some(Value::Bytes(b)) if args.pos.len() > 1 => {
                    Ok(Value::str(String::from_utf8_lossy(&b).into_owned()))
                }
                Some(v) => self.str(&v),
            },
            Builtin::Bytes => Ok(Value::Bytes(match args.at(0).plain() {
                Value::Bytes(b) => b,
                Value::Str(s) => s.as_bytes().into(),
                _ => Arc::from(&[][..]),
            })),
            Builtin::List | Builtin::Tuple | Builtin::Set | Builtin::FrozenSet => {
                let items = match &first {
                    None => Vec::new(),
                    Some(v) => match self.iterate(v)? {
                        Ok(items) => items,
                        Err(u) => return Ok(Value::Unknown(u)),
                    },
                };
                if items.len() > MAX_ITEMS {
                    return self.stop("a list has more than a million items");
                }
                self.grow(items.len() * 16)?;
                Ok(match builtin {
                    Builtin::List => Value::list(items),
                    Builtin::Tuple => Value::tuple(items),
                    Builtin::Set => Value::set(items, false),
                    _ => Value::set(items, true),
                })
            }
            Builtin::Dict => {
                let mut map = Map::default();
                if let Some(v) = &first {
                    match self.mapping(v)? {
                        Some(pairs) => {
                            map.extend(pairs.into_iter().map(|(k, v)| (k.key(), (k, v))))
                        }
                        None => return Ok(self.unknown("the mapping is not known")),
                    }
                }
                for (name, value) in &args.named {
                    let key = Value::Str(Arc::clone(name));
                    map.insert(key.key(), (key, value.clone()));
                }
                Ok(Value::from_map(map))
            }
            Builtin::Range => {
                let n: Vec<i64> = args.pos.iter().filter_map(Value::as_int).collect();
                Ok(Value::Range(Rc::new(match n.as_slice() {
                    [stop] => [0, *stop, 1],
                    [start, stop] => [*start, *stop, 1],
                    [start, stop, step, ..] => [*start, *stop, *step],
                    [] => return Ok(self.unknown("the bounds of a range are not known")),
                })))
            }
            Builtin::Slice => Ok(Value::Slice(Rc::new([args.at(0), args.at(1), args.at(2)]))),
            Builtin::Property => Ok(Self::descriptor(DescriptorKind::Property, args.at(0))),
            Builtin::StaticMethod => Ok(Self::descriptor(DescriptorKind::Static, args.at(0))),
            Builtin::ClassMethod => Ok(Self::descriptor(DescriptorKind::Class, args.at(0))),
            Builtin::Super => self.super_call(args),
            Builtin::Function | Builtin::Module | Builtin::Iterator => Ok(Value::None),
        }
    }

    fn super_call(&mut self, args: &Args) -> R<Value> {
        let found = match (args.pos.first(), args.pos.get(1)) {
            (Some(Value::Class(class)), Some(value)) => Some((Rc::clone(class), value.clone())),
            _ => self.frames.iter().rev().find_map(|f| f.owner.clone()),
        };
        match found {
            Some(pair) => Ok(Value::Super(Rc::new(pair))),
            None => Err(self.raise("RuntimeError", "super(): no arguments")),
        }
    }

    fn type_call(&mut self, args: &Args) -> R<Value> {
        if args.pos.len() < 3 {
            return Ok(match self.class_of(&args.at(0)) {
                Some(class) => Value::Class(class),
                None => self.unknown("the type of an unknown value"),
            });
        }
        let parts = self.parts(&args.at(0), &args.at(1), &args.at(2))?;
        self.class_by(None, parts, args.named.clone())
    }

    fn int(&mut self, value: &Value, base: Option<Value>) -> R<Value> {
        match value.plain() {
            Value::None => Ok(Value::Int(0)),
            Value::Bool(b) => Ok(Value::Int(i64::from(b))),
            v @ (Value::Int(_) | Value::Big(_)) => Ok(v),
            Value::Float(f) => Ok(int_of_float(f)),
            Value::Str(s) => {
                let radix = base.and_then(|b| b.as_int()).unwrap_or(10);
                let digits: String = s.trim().replace('_', "").to_lowercase();
                let digits = match radix {
                    16 => digits.trim_start_matches("0x"),
                    2 => digits.trim_start_matches("0b"),
                    _ => &digits,
                };
                let radix = u32::try_from(radix).unwrap_or(10).clamp(2, 36);
                match (digits.len() < 10_000)
                    .then(|| BigInt::parse_bytes(digits.as_bytes(), radix))
                    .flatten()
                {
                    Some(b) => Ok(match b.to_i64() {
                        Some(small) => Value::Int(small),
                        None => Value::Big(Rc::new(b)),
                    }),
                    None => {
                        let m = format!("invalid literal for int() with base {radix}: '{s}'");
                        Err(self.raise("ValueError", m))
                    }
                }
            }
            _ => {
                if let Some(n) = self.try_method(value, "__int__", Vec::new())? {
                    return Ok(n);
                }
                Err(self.raise("TypeError", "int() argument must be a string or a number"))
            }
        }
    }
}
