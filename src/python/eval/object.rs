//! What every object has from `object`, and every class from its metaclass (the Python language reference, "Data
//! model").

use std::rc::Rc;
use std::sync::Arc;

use super::interp::{Flow, Interp, R};
use super::value::{Args, Bound, Builtin, Class, Native, Unknown, Value};
use crate::python::map::Map;
use crate::python::syntax::Name;

static MEMBERS: &[Native] = &[
    Native {
        name: "__setattr__",
        call: |i, a| {
            i.store(&a.at(0), &a.at(1).as_str().unwrap_or_default(), a.at(2));
            Ok(Value::None)
        },
    },
    Native {
        name: "__delattr__",
        call: |i, a| {
            i.discard(&a.at(0), &a.at(1).as_str().unwrap_or_default())?;
            Ok(Value::None)
        },
    },
    Native {
        name: "__getattribute__",
        call: |i, a| {
            let (value, name) = (a.at(0), a.at(1).as_str().unwrap_or_default());
            match i.plain_attribute(&value, &name)? {
                Some(found) => Ok(found),
                None => Err(i.no_attribute(&value, &name)),
            }
        },
    },
    Native {
        name: "__eq__",
        call: |i, a| {
            Ok(match i.same(&a)? {
                Some(true) => Value::Bool(true),
                Some(false) => Value::NotImplemented,
                None => i.unknown("it depends on a value that is not known"),
            })
        },
    },
    Native {
        name: "__ne__",
        call: |i, a| {
            Ok(match i.same(&a)? {
                Some(true) => Value::Bool(false),
                Some(false) => Value::NotImplemented,
                None => i.unknown("it depends on a value that is not known"),
            })
        },
    },
    Native {
        name: "__hash__",
        call: |i, _| Ok(i.unknown("hash() differs from run to run")),
    },
    Native {
        name: "__repr__",
        call: |i, a| match a.at(0).plain() {
            Value::Instance(_) => Ok(i.unknown("the text of an object tells its address")),
            plain => i.repr(&plain),
        },
    },
    Native {
        name: "__str__",
        call: |i, a| match a.at(0).plain() {
            Value::Instance(_) => i.repr(&a.at(0)),
            plain => i.str(&plain),
        },
    },
    Native {
        name: "__format__",
        call: |i, a| {
            let spec = a.at(1).as_str().unwrap_or_default();
            let value = match a.at(0).plain() {
                Value::Instance(_) => i.str(&a.at(0))?,
                plain => plain,
            };
            let text = i.format_value(&value, &spec)?;
            Ok(text.map_or_else(Value::Unknown, Value::Str))
        },
    },
];

/// What `type` does with classes, and `EnumType` with enumerations.
static OF_TYPE: &[Native] = &[
    Native {
        name: "__call__",
        call: |i, a| match a.at(0) {
            Value::Class(class) => {
                let pos = a.pos.iter().skip(1).cloned().collect();
                i.instantiate(
                    &class,
                    Args {
                        pos,
                        named: a.named.clone(),
                    },
                )
            }
            _ => Ok(Value::None),
        },
    },
    Native {
        name: "__init__",
        call: |_, _| Ok(Value::None),
    },
    Native {
        name: "__iter__",
        call: |_, a| Ok(Value::iter(members(&a.at(0)))),
    },
    Native {
        name: "__len__",
        call: |_, a| {
            let count = i64::try_from(members(&a.at(0)).len()).unwrap_or(i64::MAX);
            Ok(Value::Int(count))
        },
    },
    Native {
        name: "__contains__",
        call: |i, a| match (a.at(0), a.at(1)) {
            (_, Value::Unknown(u)) => Ok(Value::Unknown(u)),
            // By value since Python 3.12.
            (Value::Class(class), value) => match i.enum_member(&class, &value) {
                Ok(Value::Unknown(u)) => Ok(Value::Unknown(u)),
                Ok(_) => Ok(Value::Bool(true)),
                Err(Flow::Raise(_)) => Ok(Value::Bool(false)),
                Err(stop) => Err(stop),
            },
            _ => Ok(Value::None),
        },
    },
    Native {
        name: "__getitem__",
        call: |i, a| {
            let found = match a.at(0) {
                Value::Class(class) => a.at(1).as_str().and_then(|name| {
                    let members = class.members.borrow();
                    members.as_ref()?.get(&name).cloned()
                }),
                _ => None,
            };
            match found {
                Some(found) => Ok(found),
                None => {
                    let key = i.repr(&a.at(1))?.as_str().unwrap_or_default();
                    Err(i.raise("KeyError", key.to_string()))
                }
            }
        },
    },
];

fn members(class: &Value) -> Vec<Value> {
    match class {
        Value::Class(class) => class.distinct_members().unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn named(natives: &'static [Native], name: &str) -> Option<Value> {
    natives.iter().find(|n| n.name == name).map(Value::Native)
}

/// A method that every object has. Those that make objects (`__init__`, `__new__`) are built-in functions.
pub(super) fn member(name: &str) -> Option<Value> {
    named(MEMBERS, name)
}

fn bound(receiver: Value, function: Value) -> Value {
    Value::Bound(Rc::new(Bound { receiver, function }))
}

impl Interp<'_> {
    /// Whether the first two arguments are one object, or equal values of built-in types.
    fn same(&mut self, args: &Args) -> R<Option<bool>> {
        let (left, right) = (args.at(0), args.at(1));
        match (left.plain(), right.plain()) {
            (a @ Value::Instance(_), b) => Ok(Some(a.is(&b))),
            (a, b) => self.equal(&a, &b),
        }
    }

    /// `del value.name`.
    ///
    /// # Errors
    /// As evaluation, of the class's own `__delattr__`.
    pub fn delattr(&mut self, value: &Value, name: &Name) -> R<()> {
        if let Value::Instance(instance) = value
            && let Some((hook @ Value::Function(_), owner)) = instance.class.lookup("__delattr__")
            && owner.builtin.is_none()
        {
            let args = vec![value.clone(), Value::Str(Arc::clone(name))];
            self.call(&hook, Args::new(args))?;
            return Ok(());
        }
        self.discard(value, name)
    }

    /// Takes an attribute away, without asking the class.
    fn discard(&mut self, value: &Value, name: &Name) -> R<()> {
        let gone = match value {
            Value::Instance(i) => i.attrs.borrow_mut().shift_remove(name).is_some(),
            Value::Class(c) => c.ns.borrow_mut().shift_remove(name).is_some(),
            Value::Module(m) => m.env.vars.borrow_mut().shift_remove(name).is_some(),
            _ => true,
        };
        if gone || self.find_attribute(value, name)?.is_some() {
            // What is found elsewhere is an attribute of a model, a property or an unknown.
            return Ok(());
        }
        Err(self.no_attribute(value, name))
    }

    /// What the class's own `__getattribute__` says of an attribute, when it has one.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn intercepted(&mut self, value: &Value, name: &str) -> R<Option<Value>> {
        let Value::Instance(instance) = value else {
            return Ok(None);
        };
        match instance.class.lookup("__getattribute__") {
            Some((hook @ Value::Function(_), owner)) if owner.builtin.is_none() => {
                let args = Args::new(vec![value.clone(), Value::str(name)]);
                self.call(&hook, args).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Makes a class as its metaclass does, which is called with the class's name, bases and namespace.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn class_by(
        &mut self,
        meta: Option<Rc<Class>>,
        parts: Parts,
        keywords: Map<Name, Value>,
    ) -> R<Value> {
        let meta = meta.or_else(|| parts.bases.iter().find_map(|b| b.meta.clone()));
        let (Some(meta), None) = (&meta, &parts.unknown) else {
            let made = self.make_class(parts, meta)?;
            self.class_hooks(&made, keywords)?;
            return Ok(Value::Class(made));
        };
        let mut ns = parts.ns.clone();
        ns.entry(Arc::from("__module__"))
            .or_insert_with(|| Value::Str(Arc::clone(&parts.module)));
        let bases = parts.bases.iter().cloned().map(Value::Class).collect();
        let given = [
            Value::Str(Arc::clone(&parts.name)),
            Value::tuple(bases),
            Value::dict(ns),
        ];
        let with = |first: Value| {
            let mut pos = vec![first];
            pos.extend(given.iter().cloned());
            Args {
                pos,
                named: keywords.clone(),
            }
        };
        let new = match meta.lookup("__new__") {
            Some((new, owner)) if owner.builtin.is_none() => Some(match new {
                Value::Descriptor(d) => d.function.clone(),
                other => other,
            }),
            _ => None,
        };
        let made = match new {
            Some(new) => self.call(&new, with(Value::Class(Rc::clone(meta))))?,
            None => {
                let made = self.make_class(parts, Some(Rc::clone(meta)))?;
                self.class_hooks(&made, keywords.clone())?;
                Value::Class(made)
            }
        };
        if let Some((init @ Value::Function(_), owner)) = meta.lookup("__init__")
            && owner.builtin.is_none()
        {
            self.call(&init, with(made.clone()))?;
        }
        Ok(made)
    }

    /// `type.__new__(metaclass, name, bases, namespace)`; nothing when these are not its arguments.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn new_class(&mut self, meta: &Rc<Class>, args: &Args) -> R<Option<Value>> {
        if !is_metaclass(meta) || args.pos.len() < 4 {
            return Ok(None);
        }
        let parts = self.parts(&args.at(1), &args.at(2), &args.at(3))?;
        let made = self.make_class(parts, Some(Rc::clone(meta)))?;
        self.class_hooks(&made, args.named.clone())?;
        Ok(Some(Value::Class(made)))
    }

    /// The parts of a class out of the arguments of `type(name, bases, namespace)`.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn parts(&mut self, name: &Value, bases: &Value, ns: &Value) -> R<Parts> {
        let mut unknown = name.unknown().or(ns.unknown()).cloned();
        let mut known = Vec::new();
        for base in self.iterate_or_raise(bases)? {
            match base {
                Value::Class(class) => known.push(class),
                Value::Unknown(u) => unknown = Some(u),
                _ => {}
            }
        }
        let ns: Map<Name, Value> = self
            .pairs(ns)?
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(k, v)| Some((k.as_str()?, v)))
            .collect();
        Ok(Parts {
            name: name.as_str().unwrap_or_default(),
            module: ns
                .get("__module__")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            bases: known,
            ns,
            unknown,
        })
    }

    /// Calls a class: its metaclass's `__call__`, else the class makes an instance.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn call_class(&mut self, class: &Rc<Class>, args: Args) -> R<Value> {
        let hook = class.meta.as_ref().and_then(|m| m.lookup("__call__"));
        match hook {
            Some((hook @ Value::Function(_), _)) => {
                let mut all = Args::new(vec![Value::Class(Rc::clone(class))]);
                all.pos.extend(args.pos);
                all.named = args.named;
                self.call(&hook, all)
            }
            _ if is_metaclass(class) && class.builtin.is_none() && args.pos.len() == 3 => {
                let parts = self.parts(&args.at(0), &args.at(1), &args.at(2))?;
                self.class_by(Some(Rc::clone(class)), parts, args.named)
            }
            _ => self.instantiate(class, args),
        }
    }

    /// What the metaclass says about an attribute that the class and its bases do not have.
    ///
    /// # Errors
    /// As evaluation, of properties and `__getattr__`.
    pub(super) fn attribute_of_metaclass(
        &mut self,
        class: &Rc<Class>,
        name: &str,
    ) -> R<Option<Value>> {
        let Some(meta) = &class.meta else {
            return Ok(None);
        };
        let value = Value::Class(Rc::clone(class));
        if let Some((found, owner)) = meta.lookup(name)
            && owner.builtin.is_none()
        {
            return self.bind_to(&found, &value, meta).map(Some);
        }
        match meta.lookup("__getattr__") {
            Some((hook @ Value::Function(_), _)) => {
                match self.call(&hook, Args::new(vec![value, Value::str(name)])) {
                    Ok(found) => Ok(Some(found)),
                    Err(flow) if self.is_exception(&flow, "AttributeError") => {
                        self.denied = Some(flow);
                        Ok(None)
                    }
                    Err(flow) => Err(flow),
                }
            }
            // What a metaclass that is not known has cannot be known, either.
            _ => Ok(meta
                .unknown_base
                .as_ref()
                .map(|u| Value::Unknown(Rc::clone(u)))),
        }
    }

    /// `super().name` in a method of a metaclass, whose receiver is a class.
    ///
    /// # Errors
    /// As evaluation.
    pub(super) fn super_of_metaclass(
        &mut self,
        start: &Rc<Class>,
        class: &Rc<Class>,
        name: &str,
    ) -> R<Option<Value>> {
        let value = Value::Class(Rc::clone(class));
        let meta = class.meta.as_ref().unwrap_or(start);
        let after: Vec<Rc<Class>> = meta
            .lineage()
            .skip_while(|c| !Rc::ptr_eq(c, start))
            .skip(1)
            .filter(|c| c.builtin.is_none())
            .cloned()
            .collect();
        for candidate in after {
            let found = candidate.ns.borrow().get(name).cloned();
            if let Some(found) = found {
                return self.bind_to(&found, &value, meta).map(Some);
            }
        }
        if let Some(unknown) = &meta.unknown_base {
            return Ok(Some(Value::Unknown(Rc::clone(unknown))));
        }
        Ok(named(OF_TYPE, name)
            .or_else(|| member(name))
            .map(|function| bound(value, function)))
    }
}

/// What a class is made of.
pub struct Parts {
    /// Name.
    pub name: Name,
    /// Module that defines it.
    pub module: Name,
    /// Direct bases that are known.
    pub bases: Vec<Rc<Class>>,
    /// Namespace.
    pub ns: Map<Name, Value>,
    /// A base that is not known.
    pub unknown: Option<Rc<Unknown>>,
}

/// Whether instances of the class are classes.
pub(super) fn is_metaclass(class: &Rc<Class>) -> bool {
    class.lineage().any(|c| c.builtin == Some(Builtin::Type))
}
