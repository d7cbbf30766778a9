//! What expressions evaluate to.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use crate::python::map::Map;
use num_bigint::BigInt;

use super::env::Env;
use super::interp::{Interp, R};
use crate::diag::Place;
use crate::python::syntax::{Function, Name, Source};

/// A Python value. Cheap to clone: everything large is shared.
#[derive(Clone)]
pub enum Value {
    /// `None`.
    None,
    /// `NotImplemented`.
    NotImplemented,
    /// `...`.
    Ellipsis,
    /// `bool`.
    Bool(bool),
    /// `int` of 64 bits.
    Int(i64),
    /// A larger `int`.
    Big(Rc<BigInt>),
    /// `float`.
    Float(f64),
    /// `str`.
    Str(Name),
    /// `bytes`.
    Bytes(Arc<[u8]>),
    /// `list`.
    List(Rc<Seq>),
    /// `tuple`.
    Tuple(Rc<Seq>),
    /// `dict`.
    Dict(Rc<Dict>),
    /// `set` and `frozenset`.
    Set(Rc<Set>),
    /// `range`: start, stop, step.
    Range(Rc<[i64; 3]>),
    /// `slice`.
    Slice(Rc<[Value; 3]>),
    /// A function of a script, a project module or a library model.
    Function(Rc<Func>),
    /// A function bound to its first argument.
    Bound(Rc<Bound>),
    /// A function of this crate.
    Native(&'static Native),
    /// A method of a built-in value: the value and the method's name.
    Method(Rc<(Value, Name)>),
    /// `property`, `staticmethod`, `classmethod`.
    Descriptor(Rc<Descriptor>),
    /// A class.
    Class(Rc<Class>),
    /// An instance of a class.
    Instance(Rc<Instance>),
    /// A module.
    Module(Rc<ModuleObj>),
    /// `super()`: where to look from, and the instance or class.
    Super(Rc<(Rc<Class>, Value)>),
    /// An iterator.
    Iter(Rc<Iter>),
    /// What could not be known.
    Unknown(Rc<Unknown>),
    /// A name that a project module imports, until somebody reads it.
    Lazy(Rc<Lazy>),
}

/// An import that is made when its name is read: most modules of a project have nothing to do with its migrations.
pub struct Lazy {
    /// Module that is imported.
    pub module: Name,
    /// Name out of it; the module itself (or its top package) when there is none.
    pub member: Option<Name>,
    /// Whether the name is that of the top package.
    pub top: bool,
    /// What it turned out to be.
    pub found: RefCell<Option<Value>>,
}

/// A value that could not be known without running Python, and why.
#[derive(Debug)]
pub struct Unknown {
    /// Why, as the rest of a sentence that begins with "because".
    pub reason: String,
    /// Where it arose.
    pub place: Place,
    /// Whether calling it might run code that touches the schema: something of a module that could not be read.
    pub code: bool,
    /// Text with [`HOLE`]s, when the known part of a string matters.
    pub text: Option<Name>,
    /// It is the very moment, or the very random value, that the reason tells of, and not something computed from it.
    pub moment: bool,
}

/// Stands in a partly known text for each part that is not known.
pub const HOLE: char = '\u{fffc}';

/// The items of a list or tuple.
#[derive(Default)]
pub struct Seq {
    /// Items.
    pub items: RefCell<Vec<Value>>,
    /// Set when a branch that could not be decided may have changed it.
    pub doubt: RefCell<Option<Rc<Unknown>>>,
}

/// A dictionary.
#[derive(Default)]
pub struct Dict {
    /// Keys as hashed, with the original key and the value.
    pub items: RefCell<Map<Key, (Value, Value)>>,
    /// See [`Seq::doubt`].
    pub doubt: RefCell<Option<Rc<Unknown>>>,
}

/// A set.
#[derive(Default)]
pub struct Set {
    /// Members as hashed, with the original.
    pub items: RefCell<Map<Key, Value>>,
    /// Whether it is a `frozenset`.
    pub frozen: bool,
    /// See [`Seq::doubt`].
    pub doubt: RefCell<Option<Rc<Unknown>>>,
}

/// A function with its closure.
pub struct Func {
    /// Its code.
    pub code: Arc<Function>,
    /// Text that it stands in.
    pub source: Rc<Source>,
    /// Variables around it.
    pub env: Rc<Env>,
    /// Values of the defaults, by parameter name.
    pub defaults: RefCell<Map<Name, Value>>,
    /// Class in whose body it stands, for `super()`.
    pub owner: RefCell<Option<std::rc::Weak<Class>>>,
    /// Attributes set on it.
    pub attrs: RefCell<Map<Name, Value>>,
}

/// A function and its first argument.
pub struct Bound {
    /// The first argument.
    pub receiver: Value,
    /// The function.
    pub function: Value,
}

/// A function of this crate.
pub struct Native {
    /// Name.
    pub name: &'static str,
    /// Code.
    pub call: fn(&mut Interp<'_>, Args) -> R<Value>,
}

/// Arguments of a call.
#[derive(Default, Clone)]
pub struct Args {
    /// By position.
    pub pos: Vec<Value>,
    /// By name.
    pub named: Map<Name, Value>,
}

impl Args {
    /// Arguments by position only.
    pub fn new(pos: Vec<Value>) -> Self {
        Self {
            pos,
            named: Map::default(),
        }
    }

    /// The argument of that position or name; `None` value when it is not given.
    pub fn get(&self, position: usize, name: &str) -> Option<Value> {
        self.pos
            .get(position)
            .or_else(|| self.named.get(name))
            .cloned()
    }

    /// The argument of that position.
    pub fn at(&self, position: usize) -> Value {
        self.pos.get(position).cloned().unwrap_or(Value::None)
    }

    /// The argument of that name.
    pub fn named(&self, name: &str) -> Value {
        self.named.get(name).cloned().unwrap_or(Value::None)
    }
}

/// Kinds of [`Descriptor`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DescriptorKind {
    /// `@property`.
    Property,
    /// `@staticmethod`.
    Static,
    /// `@classmethod`.
    Class,
}

/// `property`, `staticmethod`, `classmethod`.
pub struct Descriptor {
    /// Which.
    pub kind: DescriptorKind,
    /// The function (the getter).
    pub function: Value,
}

/// Built-in types that values and subclasses can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// `object`.
    Object,
    /// `type`.
    Type,
    /// `NoneType`.
    NoneType,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `float`.
    Float,
    /// `str`.
    Str,
    /// `bytes`.
    Bytes,
    /// `list`.
    List,
    /// `tuple`.
    Tuple,
    /// `dict`.
    Dict,
    /// `set`.
    Set,
    /// `frozenset`.
    FrozenSet,
    /// `range`.
    Range,
    /// `slice`.
    Slice,
    /// Functions and methods.
    Function,
    /// Modules.
    Module,
    /// `property`.
    Property,
    /// `staticmethod`.
    StaticMethod,
    /// `classmethod`.
    ClassMethod,
    /// Iterators.
    Iterator,
    /// `super`.
    Super,
}

/// A class.
pub struct Class {
    /// Name.
    pub name: Name,
    /// Module that defines it.
    pub module: Name,
    /// Direct bases.
    pub bases: Vec<Rc<Class>>,
    /// Method resolution order without the class itself.
    pub mro: Vec<Rc<Class>>,
    /// Its namespace.
    pub ns: RefCell<Map<Name, Value>>,
    /// Which built-in type it is, when it is one.
    pub builtin: Option<Builtin>,
    /// Members, when it is an enumeration.
    pub members: RefCell<Option<Map<Name, Value>>>,
    /// Its metaclass, when that is a class of its own.
    pub meta: Option<Rc<Class>>,
    /// A base class that could not be known.
    pub unknown_base: Option<Rc<Unknown>>,
}

impl Class {
    /// The class and what it inherits from, in order.
    pub fn lineage(self: &Rc<Self>) -> impl Iterator<Item = &Rc<Class>> {
        std::iter::once(self).chain(self.mro.iter())
    }

    /// Looks a name up along the order of inheritance.
    pub fn lookup(self: &Rc<Self>, name: &str) -> Option<(Value, Rc<Class>)> {
        self.lineage()
            .find_map(|c| c.ns.borrow().get(name).map(|v| (v.clone(), Rc::clone(c))))
    }

    /// Whether it is that class or inherits from it.
    pub fn is_subclass(self: &Rc<Self>, other: &Rc<Class>) -> bool {
        self.lineage().any(|c| Rc::ptr_eq(c, other))
    }

    /// The nearest built-in type that instances carry a value of (`str` for `class Color(str, Enum)`).
    pub fn payload(self: &Rc<Self>) -> Option<Builtin> {
        self.lineage().find_map(|c| match c.builtin {
            None | Some(Builtin::Object | Builtin::Type) => None,
            other => other,
        })
    }

    /// Members of an enumeration in their order, each once though it have several names.
    pub fn distinct_members(&self) -> Option<Vec<Value>> {
        let members = self.members.borrow();
        let mut seen: Vec<Value> = Vec::new();
        for member in members.as_ref()?.values() {
            if !seen.iter().any(|s| s.is(member)) {
                seen.push(member.clone());
            }
        }
        Some(seen)
    }

    /// Dotted name.
    pub fn path(&self) -> String {
        if self.module.is_empty() || &*self.module == "builtins" {
            self.name.to_string()
        } else {
            format!("{}.{}", self.module, self.name)
        }
    }
}

/// An instance of a class.
pub struct Instance {
    /// Its class.
    pub class: Rc<Class>,
    /// Its attributes.
    pub attrs: RefCell<Map<Name, Value>>,
    /// Its value as a `str`, `int`, `dict` .., when the class inherits from one.
    pub payload: RefCell<Option<Value>>,
}

impl Instance {
    /// An attribute of the instance itself, not of its class.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.attrs.borrow().get(name).cloned()
    }

    /// Sets an attribute.
    pub fn set(&self, name: &str, value: Value) {
        self.attrs.borrow_mut().insert(Arc::from(name), value);
    }

    /// Whether its class, or one it inherits from, is that model class (`sqlalchemy.sql.schema.Column`'s name).
    pub fn is_a(&self, name: &str) -> bool {
        self.class
            .lineage()
            .any(|c| &*c.name == name && c.lookup("__decant__").is_some())
    }
}

/// A module.
pub struct ModuleObj {
    /// Dotted name.
    pub name: Name,
    /// Its variables.
    pub env: Rc<Env>,
    /// Whether names that it does not have are unknown rather than errors, and why.
    pub open: RefCell<Option<String>>,
    /// Folder, for packages: `import a.b` and `from a import b` look there.
    pub package: RefCell<Option<String>>,
}

/// An iterator: what is left to give.
pub struct Iter {
    /// Items, already evaluated.
    pub items: RefCell<std::collections::VecDeque<Value>>,
    /// A generator that has not run yet, with its arguments bound.
    pub generator: RefCell<Option<Pending>>,
}

/// A generator function's call that has not run yet.
pub struct Pending {
    /// The function.
    pub function: Rc<Func>,
    /// Its variables.
    pub env: Rc<Env>,
}

/// A value as a key of a dictionary: equal values have equal keys.
#[derive(Clone, Debug)]
pub enum Key {
    /// `None`.
    None,
    /// Integers, and booleans.
    Int(i64),
    /// Large integers.
    Big(Rc<BigInt>),
    /// Floats that are no integer.
    Float(u64),
    /// Text.
    Str(Name),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// Tuples, and frozen sets.
    Tuple(Rc<[Key]>),
    /// Anything else, by identity.
    Identity(usize),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Key::None, Key::None) => true,
            (Key::Int(a), Key::Int(b)) => a == b,
            (Key::Big(a), Key::Big(b)) => a == b,
            (Key::Float(a), Key::Float(b)) => a == b,
            (Key::Str(a), Key::Str(b)) => a == b,
            (Key::Bytes(a), Key::Bytes(b)) => a == b,
            (Key::Tuple(a), Key::Tuple(b)) => a == b,
            (Key::Identity(a), Key::Identity(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Key::None => 0u8.hash(state),
            Key::Int(i) => i.hash(state),
            Key::Big(i) => i.hash(state),
            Key::Float(f) => f.hash(state),
            Key::Str(s) => s.hash(state),
            Key::Bytes(b) => b.hash(state),
            Key::Tuple(t) => t.hash(state),
            Key::Identity(i) => i.hash(state),
        }
    }
}

impl Value {
    /// A string.
    pub fn str(text: impl Into<Name>) -> Self {
        Value::Str(text.into())
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Value::List(Rc::new(Seq {
            items: RefCell::new(items),
            doubt: RefCell::default(),
        }))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Self {
        Value::Tuple(Rc::new(Seq {
            items: RefCell::new(items),
            doubt: RefCell::default(),
        }))
    }

    /// A dictionary with text keys.
    pub fn dict<K: Into<Name>>(items: impl IntoIterator<Item = (K, Value)>) -> Self {
        let map = items
            .into_iter()
            .map(|(k, v)| {
                let k: Name = k.into();
                (Key::Str(Arc::clone(&k)), (Value::Str(k), v))
            })
            .collect();
        Self::from_map(map)
    }

    /// A dictionary.
    pub fn from_map(map: Map<Key, (Value, Value)>) -> Self {
        Value::Dict(Rc::new(Dict {
            items: RefCell::new(map),
            doubt: RefCell::default(),
        }))
    }

    /// A set.
    pub fn set(items: impl IntoIterator<Item = Value>, frozen: bool) -> Self {
        Value::Set(Rc::new(Set {
            items: RefCell::new(items.into_iter().map(|v| (v.key(), v)).collect()),
            frozen,
            doubt: RefCell::default(),
        }))
    }

    /// An iterator over items.
    pub fn iter(items: impl IntoIterator<Item = Value>) -> Self {
        Value::Iter(Rc::new(Iter {
            items: RefCell::new(items.into_iter().collect()),
            generator: RefCell::default(),
        }))
    }

    /// Text, or `None`.
    pub fn opt_str(text: Option<&str>) -> Self {
        text.map_or(Value::None, Value::str)
    }

    /// The value that an instance of a `str`, `int`, `dict` .. subclass carries; else the value itself.
    pub fn plain(&self) -> Value {
        if let Value::Instance(instance) = self
            && let Some(payload) = &*instance.payload.borrow()
        {
            return payload.clone();
        }
        self.clone()
    }

    /// Text of a `str` or a subclass of it.
    pub fn as_str(&self) -> Option<Name> {
        match self.plain() {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// An integer of 64 bits (booleans count).
    pub fn as_int(&self) -> Option<i64> {
        match self.plain() {
            Value::Int(i) => Some(i),
            Value::Bool(b) => Some(i64::from(b)),
            _ => None,
        }
    }

    /// The instance.
    pub fn as_instance(&self) -> Option<&Rc<Instance>> {
        match self {
            Value::Instance(instance) => Some(instance),
            _ => None,
        }
    }

    /// The instance, when it is of that model class.
    pub fn as_model(&self, class: &str) -> Option<&Rc<Instance>> {
        self.as_instance().filter(|i| i.is_a(class))
    }

    /// Whether it is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }

    /// Whether it is `True`.
    pub fn is_true(&self) -> bool {
        matches!(self, Value::Bool(true))
    }

    /// The unknown, when it is one.
    pub fn unknown(&self) -> Option<&Rc<Unknown>> {
        match self {
            Value::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Itself as a key of dictionaries and sets.
    pub fn key(&self) -> Key {
        self.key_within(&mut 10_000, 0)
    }

    /// As [`Self::key`]. A value of more parts, or nested more deeply, than anything that a script hashes counts by its identity:
    /// tuples that hold the same tuple twice, again and again, would take forever.
    fn key_within(&self, parts: &mut usize, depth: usize) -> Key {
        if *parts == 0 || depth > 50 {
            return Key::Identity(self.identity());
        }
        *parts -= 1;
        match self.plain() {
            Value::None => Key::None,
            Value::Bool(b) => Key::Int(i64::from(b)),
            Value::Int(i) => Key::Int(i),
            Value::Big(i) => Key::Big(i),
            Value::Float(f) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "compared back with the float right here"
                )]
                let whole = f as i64;
                #[expect(clippy::cast_precision_loss, reason = "a float that is whole is exact")]
                if whole as f64 == f {
                    Key::Int(whole)
                } else {
                    Key::Float(f.to_bits())
                }
            }
            Value::Str(s) => Key::Str(s),
            Value::Bytes(b) => Key::Bytes(b),
            Value::Tuple(t) => Key::Tuple({
                let items = t.items.borrow();
                items
                    .iter()
                    .map(|v| v.key_within(parts, depth + 1))
                    .collect()
            }),
            Value::Set(s) if s.frozen => {
                Key::Tuple(s.items.borrow().keys().cloned().collect::<Vec<_>>().into())
            }
            other => Key::Identity(other.identity()),
        }
    }

    /// A number that differs between different objects, as `id()`; 0 for values without identity.
    pub fn identity(&self) -> usize {
        fn at<T: ?Sized>(rc: &Rc<T>) -> usize {
            Rc::as_ptr(rc).cast::<()>() as usize
        }
        match self {
            Value::List(x) | Value::Tuple(x) => at(x),
            Value::Dict(x) => at(x),
            Value::Set(x) => at(x),
            Value::Function(x) => at(x),
            Value::Bound(x) => at(x),
            Value::Native(x) => std::ptr::from_ref(*x) as usize,
            Value::Method(x) => at(x),
            Value::Descriptor(x) => at(x),
            Value::Class(x) => at(x),
            Value::Instance(x) => at(x),
            Value::Module(x) => at(x),
            Value::Super(x) => at(x),
            Value::Iter(x) => at(x),
            Value::Unknown(x) => at(x),
            Value::Slice(x) => at(x),
            Value::Range(x) => at(x),
            _ => 0,
        }
    }

    /// Whether `a is b`.
    pub fn is(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None)
            | (Value::Ellipsis, Value::Ellipsis)
            | (Value::NotImplemented, Value::NotImplemented) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            _ => self.identity() != 0 && self.identity() == other.identity(),
        }
    }
}

thread_local! {
    /// Values whose owners are gone; see [`later`].
    static DROPPED: RefCell<(bool, Vec<Value>)> = const { RefCell::new((false, Vec::new())) };
}

/// Drops values one after the other instead of one inside the other: a script may nest lists deeper than any stack.
fn later(values: impl IntoIterator<Item = Value>) {
    // After the thread's end there is nothing to put them into; they are dropped directly.
    let _ = DROPPED.try_with(|cell| {
        let draining = match cell.try_borrow_mut() {
            Ok(mut dropped) => {
                dropped.1.extend(values);
                std::mem::replace(&mut dropped.0, true)
            }
            Err(_) => return,
        };
        if draining {
            return;
        }
        loop {
            let next = cell.try_borrow_mut().ok().and_then(|mut d| d.1.pop());
            match next {
                Some(value) => drop(value),
                None => break,
            }
        }
        if let Ok(mut dropped) = cell.try_borrow_mut() {
            dropped.0 = false;
        }
    });
}

impl Drop for Seq {
    fn drop(&mut self) {
        if !self.items.get_mut().is_empty() {
            later(std::mem::take(self.items.get_mut()));
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        if !self.items.get_mut().is_empty() {
            later(
                std::mem::take(self.items.get_mut())
                    .into_values()
                    .flat_map(|(k, v)| [k, v]),
            );
        }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        later(std::mem::take(self.items.get_mut()).into_values());
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        later(
            std::mem::take(self.attrs.get_mut())
                .into_values()
                .chain(self.payload.get_mut().take()),
        );
    }
}

impl Drop for Func {
    fn drop(&mut self) {
        later(std::mem::take(self.defaults.get_mut()).into_values());
    }
}
