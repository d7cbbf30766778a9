//! Variables and where they are looked up.

use std::cell::RefCell;
use std::rc::Rc;

use crate::python::map::Map;

use super::value::Value;
use crate::python::decision::EvidenceSet;
use crate::python::syntax::Name;

/// Kinds of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A module's variables.
    Module,
    /// A call's variables.
    Function,
    /// A class body's variables: not seen by the functions inside it.
    Class,
    /// A comprehension's variables.
    Comprehension,
}

/// The variables of one scope, and the scope around it.
pub struct Env {
    /// Kind.
    pub scope: Scope,
    /// Variables.
    pub vars: RefCell<Map<Name, Value>>,
    /// Variables whose value depends on something outside the scripts, and on what.
    pub guarded: RefCell<Map<Name, EvidenceSet>>,
    /// The scope around it.
    pub parent: Option<Rc<Env>>,
    /// Names declared `global` or `nonlocal`, and which.
    pub elsewhere: RefCell<Map<Name, bool>>,
}

impl Env {
    /// A scope without variables.
    pub fn new(scope: Scope, parent: Option<Rc<Env>>) -> Rc<Self> {
        Rc::new(Self {
            scope,
            vars: RefCell::default(),
            guarded: RefCell::default(),
            parent,
            elsewhere: RefCell::default(),
        })
    }

    /// The module's variables that this scope sees.
    pub fn module(self: &Rc<Self>) -> Rc<Env> {
        let mut env = self;
        while let Some(parent) = &env.parent {
            env = parent;
        }
        Rc::clone(env)
    }

    /// The scope that functions defined here close over: class bodies are left out.
    pub fn closure(self: &Rc<Self>) -> Rc<Env> {
        let mut env = self;
        while env.scope == Scope::Class {
            match &env.parent {
                Some(parent) => env = parent,
                None => break,
            }
        }
        Rc::clone(env)
    }

    /// Looks a variable up, from the inside out; tells what its value depends on.
    pub fn get(self: &Rc<Self>, name: &str) -> Option<(Value, EvidenceSet)> {
        let mut env = Some(self);
        while let Some(e) = env {
            if let Some(value) = e.vars.borrow().get(name) {
                let guarded = e.guarded.borrow().get(name).copied();
                return Some((value.clone(), guarded.unwrap_or_default()));
            }
            env = e.parent.as_ref();
        }
        None
    }

    /// The scope in which an assignment to the name takes effect.
    pub fn target(self: &Rc<Self>, name: &str) -> Rc<Env> {
        match self.elsewhere.borrow().get(name) {
            Some(true) => self.module(),
            Some(false) => {
                let mut env = self.parent.as_ref();
                while let Some(e) = env {
                    if e.scope == Scope::Function && e.vars.borrow().contains_key(name) {
                        return Rc::clone(e);
                    }
                    env = e.parent.as_ref();
                }
                Rc::clone(self)
            }
            None => Rc::clone(self),
        }
    }

    /// Assigns a variable.
    pub fn set(self: &Rc<Self>, name: &Name, value: Value, guarded: EvidenceSet) {
        let env = self.target(name);
        env.vars.borrow_mut().insert(Name::clone(name), value);
        let mut set = env.guarded.borrow_mut();
        if guarded.any() {
            set.insert(Name::clone(name), guarded);
        } else if !set.is_empty() {
            set.swap_remove(name);
        }
    }
}
