//! Class statements: inheritance, enumerations, hooks of the library models.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::python::map::Map;

use super::env::{Env, Scope};
use super::interp::{Interp, R};
use super::object::Parts;
use super::value::{Args, Builtin, Class, Descriptor, Instance, Value};
use crate::python::decision::EvidenceSet;
use crate::python::syntax::{self, Arg, Name};

impl Interp<'_> {
    /// Evaluates a class statement.
    ///
    /// # Errors
    /// As evaluation.
    pub fn class(&mut self, class: &Arc<syntax::Class>, env: &Rc<Env>) -> R<Value> {
        let mut bases = Vec::new();
        let mut unknown = None;
        let mut keywords = Map::default();
        let mut meta = None;
        for arg in &class.bases {
            match arg {
                Arg::Pos(expr) => match self.expr(expr, env)? {
                    Value::Class(base) => bases.push(base),
                    Value::Unknown(u) => unknown = Some(u),
                    Value::Instance(i) => {
                        // `declarative_base()` style objects and typing constructs that carry a class.
                        if let Some(Value::Class(base)) = i.get("__class_of__") {
                            bases.push(base);
                        }
                    }
                    _ => {}
                },
                Arg::Keyword(name, expr) => {
                    let value = self.expr(expr, env)?;
                    match (&**name, value) {
                        // What is not a class is called as one would be; no such thing is followed.
                        ("metaclass", Value::Class(class)) => {
                            meta = class.builtin.is_none().then_some(class);
                        }
                        ("metaclass", Value::Unknown(u)) => unknown = Some(u),
                        ("metaclass", _) => {
                            unknown = self
                                .unknown_code("a metaclass that is not a class is not followed")
                                .unknown()
                                .cloned();
                        }
                        (_, value) => {
                            keywords.insert(Arc::clone(name), value);
                        }
                    }
                }
                Arg::Star(_) | Arg::DoubleStar(_) => {}
            }
        }
        let inner = Env::new(Scope::Class, Some(Rc::clone(env)));
        let module = env
            .module()
            .vars
            .borrow()
            .get("__name__")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name = Value::Str(Arc::clone(&class.name));
        inner.set(&Arc::from("__qualname__"), name, EvidenceSet::NONE);
        if let Some(text) = syntax::docstring(&class.body) {
            inner.set(&Arc::from("__doc__"), Value::str(text), EvidenceSet::NONE);
        }
        self.block(&class.body, &inner)?;
        let ns = inner.vars.borrow().clone();
        let parts = Parts {
            name: Arc::clone(&class.name),
            module,
            bases,
            ns,
            unknown,
        };
        let made = self.class_by(meta, parts, keywords)?;
        self.decorate_class(&class.decorators, made, env)
    }

    /// Makes a class out of its parts.
    ///
    /// # Errors
    /// As evaluation.
    pub fn make_class(&mut self, parts: Parts, meta: Option<Rc<Class>>) -> R<Rc<Class>> {
        let Parts {
            name,
            module,
            mut bases,
            ns,
            unknown,
        } = parts;
        if bases.is_empty()
            && let Some(Value::Class(object)) = self.state.builtins.get("object")
        {
            bases.push(Rc::clone(object));
        }
        let unknown_base = unknown.or_else(|| bases.iter().find_map(|b| b.unknown_base.clone()));
        let mro = linearize(&bases);
        let made = Rc::new(Class {
            name,
            module,
            bases,
            mro,
            ns: RefCell::new(ns),
            builtin: None,
            members: RefCell::default(),
            meta,
            unknown_base,
        });
        let values: Vec<Value> = made.ns.borrow().values().cloned().collect();
        for value in values {
            let function = match &value {
                Value::Descriptor(d) => d.function.clone(),
                other => other.clone(),
            };
            if let Value::Function(f) = function {
                let mut owner = f.owner.borrow_mut();
                if owner.is_none() {
                    *owner = Some(Rc::downgrade(&made));
                }
            }
        }
        Ok(made)
    }

    /// What happens after a class was made: enumerations collect their members, models get to see it.
    ///
    /// # Errors
    /// As evaluation.
    pub fn class_hooks(&mut self, class: &Rc<Class>, keywords: Map<Name, Value>) -> R<()> {
        let is_enum = class
            .mro
            .iter()
            .any(|c| &*c.name == "Enum" && c.ns.borrow().contains_key("__decant__"));
        if is_enum {
            self.collect_members(class)?;
        }
        let hook = class
            .mro
            .iter()
            .find_map(|c| c.ns.borrow().get("__init_subclass__").cloned());
        if let Some(hook) = hook {
            let function = match hook {
                Value::Descriptor(d) => d.function.clone(),
                other => other,
            };
            self.call(
                &function,
                Args {
                    pos: vec![Value::Class(Rc::clone(class))],
                    named: keywords,
                },
            )?;
        }
        Ok(())
    }

    fn collect_members(&mut self, class: &Rc<Class>) -> R<()> {
        let entries: Vec<(Name, Value)> = class
            .ns
            .borrow()
            .iter()
            .map(|(k, v)| (Arc::clone(k), v.clone()))
            .collect();
        let mut members: Map<Name, Value> = Map::default();
        let mut last = 0i64;
        for (name, value) in entries {
            // `_3D` is a member; `_name_`, `__name__` and `__name` are not.
            let skip = name.starts_with("__")
                || (name.starts_with('_') && name.ends_with('_'))
                || matches!(
                    value,
                    Value::Function(_) | Value::Descriptor(_) | Value::Class(_) | Value::Native(_)
                );
            if skip {
                continue;
            }
            let mut value = value;
            if value.as_model("auto").is_some() {
                value = match class.lookup("_generate_next_value_") {
                    Some((function, owner))
                        if !owner.ns.borrow().contains_key("__decant__")
                            || &*owner.name == "StrEnum" =>
                    {
                        let function = match &function {
                            Value::Descriptor(d) => d.function.clone(),
                            other => other.clone(),
                        };
                        let given = vec![
                            Value::Str(Arc::clone(&name)),
                            Value::Int(1),
                            Value::Int(i64::try_from(members.len()).unwrap_or(0)),
                            Value::list(
                                members
                                    .values()
                                    .filter_map(|m| self.getattr(m, "value").ok())
                                    .collect(),
                            ),
                        ];
                        self.call(&function, Args::new(given))?
                    }
                    _ => Value::Int(last + 1),
                };
            }
            if let Some(i) = value.as_int() {
                last = i;
            }
            let alias = {
                let mut found = None;
                for member in members.values() {
                    if let Value::Instance(m) = member
                        && let Some(v) = m.get("_value_")
                        && self.equal(&v, &value)? == Some(true)
                    {
                        found = Some(member.clone());
                        break;
                    }
                }
                found
            };
            let member = match alias {
                Some(member) => member,
                None => self.new_member(class, &name, value)?,
            };
            class
                .ns
                .borrow_mut()
                .insert(Arc::clone(&name), member.clone());
            members.insert(name, member);
        }
        if !members.is_empty() {
            *class.members.borrow_mut() = Some(members);
        }
        Ok(())
    }

    fn new_member(&mut self, class: &Rc<Class>, name: &Name, value: Value) -> R<Value> {
        let args = match &value {
            Value::Tuple(t) => t.items.borrow().clone(),
            other => vec![other.clone()],
        };
        let payload = match class.payload() {
            Some(builtin) => Some(self.construct(builtin, &Args::new(args.clone()))?.plain()),
            None => None,
        };
        let instance = Rc::new(Instance {
            class: Rc::clone(class),
            attrs: RefCell::default(),
            payload: RefCell::new(payload.clone()),
        });
        instance.set("_name_", Value::Str(Arc::clone(name)));
        instance.set("name", Value::Str(Arc::clone(name)));
        let stored = match (&payload, &value) {
            (Some(p), Value::Tuple(_)) => p.clone(),
            _ => value,
        };
        instance.set("_value_", stored.clone());
        instance.set("value", stored);
        let member = Value::Instance(instance);
        if let Some((init, owner)) = class.lookup("__init__")
            && !owner.ns.borrow().contains_key("__decant__")
            && owner.builtin.is_none()
        {
            let mut all = vec![member.clone()];
            all.extend(args);
            self.call(&init, Args::new(all))?;
        }
        Ok(member)
    }

    /// `Color("red")`.
    ///
    /// # Errors
    /// `ValueError` when there is no such member.
    pub fn enum_member(&mut self, class: &Rc<Class>, value: &Value) -> R<Value> {
        if let Value::Unknown(_) = value {
            return Ok(value.clone());
        }
        let members: Vec<Value> = class
            .members
            .borrow()
            .as_ref()
            .map(|m| m.values().cloned().collect())
            .unwrap_or_default();
        for member in &members {
            if member.is(value) {
                return Ok(member.clone());
            }
            if let Value::Instance(m) = member
                && let Some(v) = m.get("_value_")
                && self.equal(&v, value)? == Some(true)
            {
                return Ok(member.clone());
            }
        }
        let text = self.repr(value)?.as_str().unwrap_or_default();
        Err(self.raise(
            "ValueError",
            format!("{text} is not a valid {}", class.name),
        ))
    }

    /// Makes a `property`, `staticmethod` or `classmethod`.
    pub fn descriptor(kind: super::value::DescriptorKind, function: Value) -> Value {
        Value::Descriptor(Rc::new(Descriptor { kind, function }))
    }

    /// The class of a value.
    pub fn class_of(&self, value: &Value) -> Option<Rc<Class>> {
        let name = match value {
            Value::Instance(i) => return Some(Rc::clone(&i.class)),
            Value::Class(c) if c.meta.is_some() => return c.meta.clone(),
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Big(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::Set(s) if s.frozen => "frozenset",
            Value::Set(_) => "set",
            Value::Range(_) => "range",
            Value::Slice(_) => "slice",
            Value::Function(_) | Value::Bound(_) | Value::Native(_) | Value::Method(_) => {
                "function"
            }
            Value::Class(_) => "type",
            Value::Module(_) => "module",
            Value::Iter(_) => "iterator",
            Value::Descriptor(_) => "property",
            Value::Super(_) => "super",
            Value::Ellipsis | Value::NotImplemented => "object",
            Value::Unknown(_) | Value::Lazy(_) => return None,
        };
        match self.state.builtins.get(name) {
            Some(Value::Class(class)) => Some(Rc::clone(class)),
            _ => None,
        }
    }

    /// The name of a value's class.
    pub fn type_name(&self, value: &Value) -> String {
        self.class_of(value)
            .map_or_else(|| "unknown".to_owned(), |c| c.name.to_string())
    }

    /// `isinstance(value, class)`; `None` when that is not known.
    pub fn is_instance(&self, value: &Value, class: &Value) -> Option<bool> {
        if value.unknown().is_some() {
            return None;
        }
        match class {
            Value::Class(c) => {
                let own = self.class_of(value)?;
                if own.is_subclass(c)
                    || (c.builtin == Some(Builtin::Int) && matches!(value, Value::Bool(_)))
                {
                    return Some(true);
                }
                if own.unknown_base.is_some() {
                    return None;
                }
                Some(false)
            }
            Value::None => Some(matches!(value, Value::None)),
            Value::Tuple(_) | Value::Instance(_) => {
                let mut known = Some(false);
                for class in &alternatives(class)? {
                    match self.is_instance(value, class) {
                        Some(true) => return Some(true),
                        None => known = None,
                        Some(false) => {}
                    }
                }
                known
            }
            _ => None,
        }
    }
}

/// The classes of a tuple, or of a union (`int | str`) or parameterised type as `typing` has it in its model.
pub(super) fn alternatives(classes: &Value) -> Option<Vec<Value>> {
    match classes {
        Value::Tuple(classes) => Some(classes.items.borrow().clone()),
        Value::Instance(alias) => match (alias.get("__class_of__"), alias.get("__args__")) {
            (Some(class), _) => Some(vec![class]),
            (None, Some(Value::Tuple(parts))) => Some(parts.items.borrow().clone()),
            _ => None,
        },
        other => Some(vec![other.clone()]),
    }
}

/// The order of inheritance (C3), or bases depth first where that order does not exist.
fn linearize(bases: &[Rc<Class>]) -> Vec<Rc<Class>> {
    let mut lists: Vec<Vec<Rc<Class>>> = bases
        .iter()
        .map(|b| b.lineage().cloned().collect())
        .collect();
    lists.push(bases.to_vec());
    let mut out: Vec<Rc<Class>> = Vec::new();
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return out;
        }
        let good = lists
            .iter()
            .filter_map(|l| l.first())
            .find(|head| {
                !lists
                    .iter()
                    .any(|l| l.iter().skip(1).any(|c| Rc::ptr_eq(c, head)))
            })
            .or_else(|| lists.first().and_then(|l| l.first()))
            .cloned();
        let Some(next) = good else {
            return out;
        };
        for list in &mut lists {
            list.retain(|c| !Rc::ptr_eq(c, &next));
        }
        out.push(next);
    }
}
