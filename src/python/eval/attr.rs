//! Attributes and items.

use std::rc::Rc;
use std::sync::Arc;

use super::interp::{Flow, Interp, MAX_ITEMS, R};
use super::object;
use super::value::{Args, Bound, Class, DescriptorKind, Value};
use crate::python::syntax::Name;

impl Interp<'_> {
    /// `value.name`.
    ///
    /// # Errors
    /// `AttributeError`.
    pub fn getattr(&mut self, value: &Value, name: &str) -> R<Value> {
        self.denied = None;
        let found = self.find_attribute(value, name)?;
        let denied = self.denied.take();
        match (found, denied) {
            (Some(found), _) => Ok(found),
            (None, Some(flow)) => Err(flow),
            (None, None) => Err(self.no_attribute(value, name)),
        }
    }

    /// The exception for an attribute that a value does not have.
    pub(super) fn no_attribute(&mut self, value: &Value, name: &str) -> Flow {
        let message = match value {
            Value::Class(class) => {
                format!("type object '{}' has no attribute '{name}'", class.name)
            }
            other => {
                let class = self.type_name(other);
                format!("'{class}' object has no attribute '{name}'")
            }
        };
        self.raise("AttributeError", message)
    }

    /// The attribute, if the value has it. Attributes of library models that are not modelled are unknown values.
    ///
    /// # Errors
    /// As evaluation, of properties.
    pub fn find_attribute(&mut self, value: &Value, name: &str) -> R<Option<Value>> {
        match self.intercepted(value, name) {
            Ok(None) => self.plain_attribute(value, name),
            Ok(found) => Ok(found),
            Err(flow) if self.is_exception(&flow, "AttributeError") => {
                let found = self.fallback(value, name)?;
                if found.is_none() && self.denied.is_none() {
                    self.denied = Some(flow);
                }
                Ok(found)
            }
            Err(flow) => Err(flow),
        }
    }

    /// What the `__getattr__` of a value's class says of an attribute that was not found otherwise.
    ///
    /// # Errors
    /// As evaluation.
    fn fallback(&mut self, value: &Value, name: &str) -> R<Option<Value>> {
        if let Value::Instance(instance) = value
            && let Some((hook, owner)) = instance.class.lookup("__getattr__")
            && owner.builtin.is_none()
        {
            let args = Args::new(vec![value.clone(), Value::str(name)]);
            return match self.call(&hook, args) {
                Ok(found) => Ok(Some(found)),
                Err(flow) if self.is_exception(&flow, "AttributeError") => {
                    self.denied = Some(flow);
                    Ok(None)
                }
                Err(flow) => Err(flow),
            };
        }
        Ok(None)
    }

    /// As [`find_attribute`](Self::find_attribute), without the class's own `__getattribute__`.
    ///
    /// # Errors
    /// As evaluation, of properties.
    pub(super) fn plain_attribute(&mut self, value: &Value, name: &str) -> R<Option<Value>> {
        match value {
            Value::Instance(instance) => {
                if let Some(found) = instance.get(name) {
                    // A property of the class wins, but none of the models has both.
                    return Ok(Some(found));
                }
                if let Some(found) = self.class_attribute(value, name)? {
                    return Ok(Some(found));
                }
                match name {
                    "__class__" => return Ok(Some(Value::Class(Rc::clone(&instance.class)))),
                    "__dict__" => {
                        return Ok(Some(Value::dict(instance.attrs.borrow().clone())));
                    }
                    _ => {}
                }
                if let Some(payload) = &*instance.payload.borrow()
                    && super::methods::has_method(payload, name)
                {
                    return Ok(Some(Value::Method(Rc::new((
                        value.clone(),
                        Arc::from(name),
                    )))));
                }
                if instance.class.lookup("__getattr__").is_some() {
                    let found = self.fallback(value, name)?;
                    if found.is_some() || self.denied.is_some() {
                        return Ok(found);
                    }
                }
                if let Some(unknown) = instance.get("__unknown__") {
                    return Ok(Some(unknown));
                }
                if let Some(unknown) = &instance.class.unknown_base {
                    return Ok(Some(Value::Unknown(Rc::clone(unknown))));
                }
                if instance.class.lookup("__decant__").is_some() && !name.starts_with("__") {
                    let reason = format!("{}.{name} is not modelled", instance.class.name);
                    return Ok(Some(self.unknown_code(reason)));
                }
                Ok(object::member(name).map(|m| self.bound(value, m)))
            }
            Value::Class(class) => self.attribute_of_class(class, name),
            Value::Module(module) => {
                let found = module.env.vars.borrow().get(name).cloned();
                if let Some(found) = found {
                    return self.force(found).map(Some);
                }
                match name {
                    "__dict__" => return Ok(Some(Value::dict(module.env.vars.borrow().clone()))),
                    "__name__" => return Ok(Some(Value::Str(Arc::clone(&module.name)))),
                    _ => {}
                }
                self.module_attribute(module, name)
            }
            Value::Super(s) => self.super_attribute(&s.0, &s.1, name),
            Value::Unknown(unknown) => Ok(Some(Value::Unknown(Rc::clone(unknown)))),
            Value::Function(f) => {
                if let Some(found) = f.attrs.borrow().get(name) {
                    return Ok(Some(found.clone()));
                }
                Ok(match name {
                    "__name__" | "__qualname__" => Some(Value::Str(Arc::clone(&f.code.name))),
                    "__doc__" => Some(Value::opt_str(crate::python::syntax::docstring(
                        &f.code.body,
                    ))),
                    "__module__" => f.env.module().vars.borrow().get("__name__").cloned(),
                    // As classes have them: texts.
                    "__annotations__" => {
                        let returns = f.code.returns.map(|at| Value::str(f.source.slice(at)));
                        let named = returns.map(|text| (Arc::from("return"), text));
                        Some(Value::dict(
                            named.into_iter().collect::<Vec<(Name, Value)>>(),
                        ))
                    }
                    _ => None,
                })
            }
            Value::Bound(b) => match name {
                "__self__" => Ok(Some(b.receiver.clone())),
                "__func__" => Ok(Some(b.function.clone())),
                _ => self.find_attribute(&b.function.clone(), name),
            },
            Value::Descriptor(d) => match name {
                // Setters and deleters of properties do not matter to schemas: the property stays as it is.
                "setter" | "deleter" | "expression" | "comparator" => {
                    Ok(Some(self.native("_keep_property", value)))
                }
                "__func__" | "fget" => Ok(Some(d.function.clone())),
                _ => Ok(None),
            },
            Value::Int(_) | Value::Bool(_) if name == "real" || name == "numerator" => {
                Ok(Some(value.clone()))
            }
            Value::Slice(parts) => Ok(match name {
                "start" => Some(parts[0].clone()),
                "stop" => Some(parts[1].clone()),
                "step" => Some(parts[2].clone()),
                _ => None,
            }),
            Value::Native(n) if name == "__name__" => Ok(Some(Value::str(n.name))),
            other if name == "__class__" => Ok(self.class_of(other).map(Value::Class)),
            other => Ok(super::methods::has_method(other, name)
                .then(|| Value::Method(Rc::new((other.clone(), Arc::from(name)))))),
        }
    }

    /// A native that gives the first bound value back; for decorators that change nothing.
    fn native(&self, name: &str, receiver: &Value) -> Value {
        match self.state.builtins.get(name) {
            Some(function) => Value::Bound(Rc::new(Bound {
                receiver: receiver.clone(),
                function: function.clone(),
            })),
            None => Value::None,
        }
    }

    /// What the class of an instance says about a name, bound to the instance.
    ///
    /// # Errors
    /// As evaluation, of properties.
    pub fn class_attribute(&mut self, value: &Value, name: &str) -> R<Option<Value>> {
        let Value::Instance(instance) = value else {
            return Ok(None);
        };
        match instance.class.lookup(name) {
            Some((found, _)) => self.bind_to(&found, value, &instance.class).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn bind_to(&mut self, found: &Value, value: &Value, class: &Rc<Class>) -> R<Value> {
        Ok(match found {
            Value::Function(_) | Value::Native(_) => Value::Bound(Rc::new(Bound {
                receiver: value.clone(),
                function: found.clone(),
            })),
            Value::Descriptor(d) => match d.kind {
                DescriptorKind::Property => {
                    return self.call(&d.function, Args::new(vec![value.clone()]));
                }
                DescriptorKind::Static => d.function.clone(),
                DescriptorKind::Class => Value::Bound(Rc::new(Bound {
                    receiver: Value::Class(Rc::clone(class)),
                    function: d.function.clone(),
                })),
            },
            other => other.clone(),
        })
    }

    fn attribute_of_class(&mut self, class: &Rc<Class>, name: &str) -> R<Option<Value>> {
        match name {
            "__name__" | "__qualname__" => return Ok(Some(Value::Str(Arc::clone(&class.name)))),
            "__module__" => return Ok(Some(Value::Str(Arc::clone(&class.module)))),
            "__mro__" => {
                let all = class
                    .lineage()
                    .map(|c| Value::Class(Rc::clone(c)))
                    .collect();
                return Ok(Some(Value::tuple(all)));
            }
            "__bases__" => {
                let all = class
                    .bases
                    .iter()
                    .map(|c| Value::Class(Rc::clone(c)))
                    .collect();
                return Ok(Some(Value::tuple(all)));
            }
            "__dict__" => return Ok(Some(Value::dict(class.ns.borrow().clone()))),
            "__members__" => {
                if let Some(members) = &*class.members.borrow() {
                    return Ok(Some(Value::dict(members.clone())));
                }
            }
            _ => {}
        }
        if let Some((found, _)) = class.lookup(name) {
            return Ok(Some(match &found {
                Value::Descriptor(d) => match d.kind {
                    DescriptorKind::Class => Value::Bound(Rc::new(Bound {
                        receiver: Value::Class(Rc::clone(class)),
                        function: d.function.clone(),
                    })),
                    DescriptorKind::Static => d.function.clone(),
                    DescriptorKind::Property => found,
                },
                _ => found,
            }));
        }
        if let Some(builtin) = class.payload()
            && super::methods::has_method_of(builtin, name)
        {
            return Ok(Some(Value::Method(Rc::new((
                Value::Class(Rc::clone(class)),
                Arc::from(name),
            )))));
        }
        if let Some(unknown) = &class.unknown_base {
            return Ok(Some(Value::Unknown(Rc::clone(unknown))));
        }
        if let Some(found) = self.attribute_of_metaclass(class, name)? {
            return Ok(Some(found));
        }
        // What every class has from `object`.
        if name == "__init__" {
            return Ok(self.state.builtins.get("_object_init").cloned());
        }
        if let Some(found) = object::member(name) {
            return Ok(Some(found));
        }
        if class.lookup("__decant__").is_some() && !name.starts_with("__") {
            let reason = format!("{}.{name} is not modelled", class.name);
            return Ok(Some(self.unknown_code(reason)));
        }
        Ok(None)
    }

    fn super_attribute(
        &mut self,
        start: &Rc<Class>,
        value: &Value,
        name: &str,
    ) -> R<Option<Value>> {
        let class = match value {
            Value::Instance(i) => Rc::clone(&i.class),
            Value::Class(c) => {
                if c.meta.as_ref().is_some_and(|m| m.is_subclass(start)) {
                    return self.super_of_metaclass(start, c, name);
                }
                Rc::clone(c)
            }
            _ => return Ok(None),
        };
        let after: Vec<Rc<Class>> = class
            .lineage()
            .skip_while(|c| !Rc::ptr_eq(c, start))
            .skip(1)
            .cloned()
            .collect();
        for candidate in &after {
            let found = candidate.ns.borrow().get(name).cloned();
            if let Some(found) = found {
                return match value {
                    Value::Class(_) => Ok(Some(match &found {
                        Value::Descriptor(d) if d.kind == DescriptorKind::Class => {
                            Value::Bound(Rc::new(Bound {
                                receiver: value.clone(),
                                function: d.function.clone(),
                            }))
                        }
                        Value::Descriptor(d) => d.function.clone(),
                        // Class methods without their decorator.
                        Value::Function(_)
                            if matches!(name, "__init_subclass__" | "__class_getitem__") =>
                        {
                            Value::Bound(Rc::new(Bound {
                                receiver: value.clone(),
                                function: found,
                            }))
                        }
                        _ => found,
                    })),
                    _ => self.bind_to(&found, value, &class).map(Some),
                };
            }
        }
        let base = match name {
            "__init__" => "_object_init",
            "__new__" => "_object_new",
            "__init_subclass__" | "__post_init__" => "_nothing",
            _ => "",
        };
        if !base.is_empty() {
            let function = self
                .state
                .builtins
                .get(base)
                .cloned()
                .unwrap_or(Value::None);
            return Ok(Some(if base == "_object_new" {
                function
            } else {
                Value::Bound(Rc::new(Bound {
                    receiver: value.clone(),
                    function,
                }))
            }));
        }
        if let Value::Instance(i) = value
            && let Some(payload) = &*i.payload.borrow()
            && super::methods::has_method(payload, name)
        {
            return Ok(Some(Value::Method(Rc::new((
                payload.clone(),
                Arc::from(name),
            )))));
        }
        if let Some(unknown) = &class.unknown_base {
            return Ok(Some(Value::Unknown(Rc::clone(unknown))));
        }
        Ok(object::member(name).map(|m| self.bound(value, m)))
    }

    fn bound(&self, receiver: &Value, function: Value) -> Value {
        Value::Bound(Rc::new(Bound {
            receiver: receiver.clone(),
            function,
        }))
    }

    /// `value.name = new`.
    ///
    /// # Errors
    /// `AttributeError`.
    pub fn setattr(&mut self, value: &Value, name: &Name, new: Value) -> R<()> {
        match value {
            Value::Instance(instance) => {
                if let Some((hook, owner)) = instance.class.lookup("__setattr__")
                    && owner.builtin.is_none()
                    && matches!(hook, Value::Function(_))
                {
                    let args = vec![value.clone(), Value::Str(Arc::clone(name)), new];
                    self.call(&hook, Args::new(args))?;
                    return Ok(());
                }
                self.store(value, name, new);
            }
            Value::Class(class) => {
                let hook = class.meta.as_ref().and_then(|m| m.lookup("__setattr__"));
                if let Some((hook @ Value::Function(_), _)) = hook {
                    let args = vec![value.clone(), Value::Str(Arc::clone(name)), new];
                    self.call(&hook, Args::new(args))?;
                    return Ok(());
                }
                self.store(value, name, new);
            }
            _ => self.store(value, name, new),
        }
        Ok(())
    }

    /// Sets an attribute, without asking the class.
    pub(super) fn store(&mut self, value: &Value, name: &Name, new: Value) {
        match value {
            Value::Instance(instance) => {
                let stored = if self.trial.is_some() {
                    match &self.trial_cause {
                        Some(cause) if instance.attrs.borrow().contains_key(name) => {
                            Value::Unknown(Rc::clone(cause))
                        }
                        _ => new,
                    }
                } else {
                    new
                };
                instance.attrs.borrow_mut().insert(Arc::clone(name), stored);
            }
            Value::Class(class) => {
                class.ns.borrow_mut().insert(Arc::clone(name), new);
            }
            Value::Module(module) => {
                module.env.vars.borrow_mut().insert(Arc::clone(name), new);
            }
            Value::Function(f) => {
                f.attrs.borrow_mut().insert(Arc::clone(name), new);
            }
            _ => {}
        }
    }

    /// `value[index]`.
    ///
    /// # Errors
    /// `KeyError`, `IndexError`, `TypeError`.
    pub fn subscript(&mut self, value: &Value, index: &Value) -> R<Value> {
        if let Some(doubt) = self.doubt_of(value) {
            return Ok(Value::Unknown(doubt));
        }
        self.work(super::bound::extent(index))?;
        if matches!(index, Value::Slice(_)) || matches!(value, Value::Str(_)) {
            // A text is taken apart into its characters.
            self.work(super::bound::extent(value).saturating_mul(8))?;
        }
        if let Value::Instance(_) | Value::Class(_) = value
            && let Some(found) = self.try_method(value, "__getitem__", vec![index.clone()])?
        {
            return Ok(found);
        }
        if let Value::Unknown(u) = index
            && !matches!(value, Value::Class(_))
        {
            return Ok(Value::Unknown(Rc::clone(u)));
        }
        match value.plain() {
            Value::Unknown(u) => Ok(Value::Unknown(u)),
            Value::Dict(dict) => {
                let found = dict
                    .items
                    .borrow()
                    .get(&index.key())
                    .map(|(_, v)| v.clone());
                match found {
                    Some(found) => Ok(found),
                    None => {
                        if let Some(made) =
                            self.try_method(value, "__missing__", vec![index.clone()])?
                        {
                            return Ok(made);
                        }
                        let key = self.repr(index)?.as_str().unwrap_or_default();
                        Err(self.raise("KeyError", key.to_string()))
                    }
                }
            }
            Value::List(s) => self.sequence_item(&s.items.borrow(), index, false),
            Value::Tuple(s) => self.sequence_item(&s.items.borrow(), index, true),
            Value::Range(r) => {
                let items = range_items(*r);
                self.sequence_item(&items, index, false)
            }
            Value::Str(text) => self.text_item(&text, index),
            Value::Bytes(bytes) => {
                let items: Vec<Value> = bytes.iter().map(|b| Value::Int(i64::from(*b))).collect();
                match self.sequence_item(&items, index, false)? {
                    Value::List(s) => {
                        let bytes: Vec<u8> = s
                            .items
                            .borrow()
                            .iter()
                            .filter_map(|v| u8::try_from(v.as_int()?).ok())
                            .collect();
                        Ok(Value::Bytes(bytes.into()))
                    }
                    other => Ok(other),
                }
            }
            Value::Class(class) => {
                let member = class
                    .members
                    .borrow()
                    .as_ref()
                    .and_then(|m| m.get(&*index.as_str()?).cloned());
                if let Some(member) = member {
                    return Ok(member);
                }
                if class.members.borrow().is_some() {
                    let key = self.repr(index)?.as_str().unwrap_or_default();
                    return Err(self.raise("KeyError", key.to_string()));
                }
                if let Some((hook, owner)) = class.lookup("__class_getitem__")
                    && owner.builtin.is_none()
                {
                    let function = match &hook {
                        Value::Descriptor(d) => d.function.clone(),
                        other => other.clone(),
                    };
                    let args = vec![Value::Class(class), index.clone()];
                    return self.call(&function, Args::new(args));
                }
                if matches!(
                    &*class.name,
                    "dict" | "frozenset" | "list" | "set" | "tuple" | "type"
                ) && class.builtin.is_some()
                {
                    return self.annotated("_generic", vec![Value::Class(class), index.clone()]);
                }
                // `Generic[T]`: the parameters do not matter.
                Ok(Value::Class(class))
            }
            _ => {
                let name = self.type_name(value);
                Err(self.raise("TypeError", format!("'{name}' object is not subscriptable")))
            }
        }
    }

    fn text_item(&mut self, text: &str, index: &Value) -> R<Value> {
        let chars: Vec<char> = text.chars().collect();
        if let Value::Slice(parts) = index {
            let picked: String = slice_indices(parts, chars.len())
                .into_iter()
                .filter_map(|i| chars.get(i))
                .collect();
            self.grow(picked.len())?;
            return Ok(Value::str(picked));
        }
        let Some(i) = index.as_int() else {
            return Err(self.raise("TypeError", "string indices must be integers"));
        };
        match position(i, chars.len()).and_then(|i| chars.get(i)) {
            Some(c) => Ok(Value::str(c.to_string())),
            None => Err(self.raise("IndexError", "string index out of range")),
        }
    }

    fn sequence_item(&mut self, items: &[Value], index: &Value, tuple: bool) -> R<Value> {
        if let Value::Slice(parts) = index {
            let picked: Vec<Value> = slice_indices(parts, items.len())
                .into_iter()
                .filter_map(|i| items.get(i).cloned())
                .collect();
            self.grow(picked.len() * 32)?;
            return Ok(if tuple {
                Value::tuple(picked)
            } else {
                Value::list(picked)
            });
        }
        let Some(i) = index.as_int() else {
            return Err(self.raise("TypeError", "indices must be integers or slices"));
        };
        match position(i, items.len()).and_then(|i| items.get(i)) {
            Some(item) => Ok(item.clone()),
            None => Err(self.raise("IndexError", "index out of range")),
        }
    }

    /// `value[index] = new`.
    ///
    /// # Errors
    /// `IndexError`, `TypeError`.
    pub fn set_item(&mut self, value: &Value, index: &Value, new: Value) -> R<()> {
        if let Value::Instance(_) = value
            && self
                .try_method(value, "__setitem__", vec![index.clone(), new.clone()])?
                .is_some()
        {
            return Ok(());
        }
        self.grow(32)?;
        match value.plain() {
            Value::Dict(dict) => {
                self.touch(&dict.doubt);
                if dict.items.borrow().len() >= MAX_ITEMS {
                    return self.stop("a dictionary has more than a million items");
                }
                dict.items
                    .borrow_mut()
                    .insert(index.key(), (index.clone(), new));
            }
            Value::List(list) => {
                self.touch(&list.doubt);
                let length = list.items.borrow().len();
                if let Value::Slice(parts) = index {
                    let at = slice_indices(parts, length);
                    let new = self.iterate_or_raise(&new)?;
                    let mut items = list.items.borrow_mut();
                    let start = at.first().copied().unwrap_or_else(|| {
                        parts[0]
                            .as_int()
                            .and_then(|i| position(i, length))
                            .unwrap_or(length)
                    });
                    let start = start.min(length);
                    let end = (start + at.len()).min(length);
                    items.splice(start..end, new);
                    return Ok(());
                }
                match index.as_int().and_then(|i| position(i, length)) {
                    Some(i) => {
                        if let Some(slot) = list.items.borrow_mut().get_mut(i) {
                            *slot = new;
                        }
                    }
                    None => {
                        return Err(self.raise("IndexError", "list assignment index out of range"));
                    }
                }
            }
            Value::Unknown(_) => {}
            _ => {
                let name = self.type_name(value);
                let m = format!("'{name}' object does not support item assignment");
                return Err(self.raise("TypeError", m));
            }
        }
        Ok(())
    }

    /// `del value[index]`.
    ///
    /// # Errors
    /// `KeyError`, `IndexError`.
    pub fn delete_item(&mut self, value: &Value, index: &Value) -> R<()> {
        if let Value::Instance(_) = value
            && self
                .try_method(value, "__delitem__", vec![index.clone()])?
                .is_some()
        {
            return Ok(());
        }
        match value.plain() {
            Value::Dict(dict) => {
                self.touch(&dict.doubt);
                if dict.items.borrow_mut().shift_remove(&index.key()).is_none() {
                    let key = self.repr(index)?.as_str().unwrap_or_default();
                    return Err(self.raise("KeyError", key.to_string()));
                }
            }
            Value::List(list) => {
                self.touch(&list.doubt);
                let length = list.items.borrow().len();
                let mut at = match index {
                    Value::Slice(parts) => slice_indices(parts, length),
                    other => other
                        .as_int()
                        .and_then(|i| position(i, length))
                        .into_iter()
                        .collect(),
                };
                at.sort_unstable();
                let mut items = list.items.borrow_mut();
                for i in at.into_iter().rev() {
                    if i < items.len() {
                        items.remove(i);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The index that Python means, when there is such an item.
pub fn position(index: i64, length: usize) -> Option<usize> {
    let length_signed = i64::try_from(length).ok()?;
    let at = if index < 0 {
        index.checked_add(length_signed)?
    } else {
        index
    };
    usize::try_from(at).ok().filter(|&i| i < length)
}

/// The indices that a slice picks, in its order.
pub fn slice_indices(parts: &[Value; 3], length: usize) -> Vec<usize> {
    let n = i64::try_from(length).unwrap_or(i64::MAX);
    let step = parts[2].as_int().unwrap_or(1);
    if step == 0 {
        return Vec::new();
    }
    let clamp = |value: &Value, default: i64, low: i64, high: i64| match value.as_int() {
        None => default,
        Some(i) => {
            let i = if i < 0 { i.saturating_add(n) } else { i };
            i.clamp(low, high)
        }
    };
    let mut out = Vec::new();
    if step > 0 {
        let start = clamp(&parts[0], 0, 0, n);
        let stop = clamp(&parts[1], n, 0, n);
        let mut i = start;
        while i < stop {
            out.extend(usize::try_from(i));
            i = i.saturating_add(step);
        }
    } else {
        let start = clamp(&parts[0], n - 1, -1, n - 1);
        let stop = clamp(&parts[1], -1, -1, n - 1);
        let mut i = start;
        while i > stop {
            out.extend(usize::try_from(i));
            i = i.saturating_add(step);
        }
    }
    out
}

/// The items of a range, as far as the bound on items goes.
pub fn range_items([start, stop, step]: [i64; 3]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut i = start;
    while step != 0 && out.len() < MAX_ITEMS && ((step > 0 && i < stop) || (step < 0 && i > stop)) {
        out.push(Value::Int(i));
        match i.checked_add(step) {
            Some(next) => i = next,
            None => break,
        }
    }
    out
}
