//! Calls: binding of arguments, functions, generators, construction of instances.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::python::map::Map;

use super::env::{Env, Scope};
use super::interp::{Completion, Flow, Frame, Interp, MAX_CALLS, MAX_ITEMS, R, Yielder};
use super::value::{Args, Builtin, Class, Func, Instance, Iter, Pending, Value};
use crate::python::syntax::{Function, Name, Span};

/// How often a function may stand in the calls that may not happen at all.
const MAX_DOUBTFUL: usize = 2;

/// Attribute of an object whose `init_app` was called.
const INITIALISED: &str = "__initialised__";

impl Interp<'_> {
    /// Calls a value.
    ///
    /// # Errors
    /// A Python exception, or a bound.
    pub fn call(&mut self, function: &Value, args: Args) -> R<Value> {
        match function {
            Value::Function(f) => self.call_function(f, args, None),
            Value::Bound(b) => {
                let mut all = Args {
                    pos: Vec::with_capacity(args.pos.len() + 1),
                    named: args.named,
                };
                all.pos.push(b.receiver.clone());
                all.pos.extend(args.pos);
                match &b.function {
                    Value::Function(f) => {
                        let receiver = b.receiver.clone();
                        let again = self.awaits_application(f, &receiver).then(|| all.clone());
                        match (self.call_function(f, all, Some(receiver.clone())), again) {
                            (Err(Flow::Raise(_)), Some(again))
                                if self.init_application(&receiver)? =>
                            {
                                self.call_function(f, again, Some(receiver))
                            }
                            (result, _) => result,
                        }
                    }
                    other => self.call(other, all),
                }
            }
            Value::Native(native) => {
                // These look at what holds the items, not at the items.
                if !matches!(
                    native.name,
                    "len" | "isinstance" | "hasattr" | "getattr" | "id"
                ) {
                    self.charge(None, &args)?;
                }
                let value = (native.call)(self, args)?;
                self.made(value)
            }
            Value::Method(method) => {
                self.charge_method(&method.0, &method.1, &args)?;
                let value = self.call_method(&method.0, &method.1, args)?;
                self.made(value)
            }
            Value::Class(class) => {
                self.charge(None, &args)?;
                let value = self.call_class(class, args)?;
                self.made(value)
            }
            Value::Descriptor(d) => self.call(&d.function, args),
            Value::Unknown(unknown) => self.call_unknown(unknown, &args, false),
            Value::Instance(_) => match self.class_attribute(function, "__call__")? {
                Some(method) => self.call(&method, args),
                None => {
                    let name = self.type_name(function);
                    Err(self.raise("TypeError", format!("'{name}' object is not callable")))
                }
            },
            other => {
                let name = self.type_name(other);
                Err(self.raise("TypeError", format!("'{name}' object is not callable")))
            }
        }
    }

    /// Whether an object of the project is one that an application initialises (`init_app(app)`), and none did yet.
    fn awaits_application(&self, f: &Func, receiver: &Value) -> bool {
        !f.source.model
            && &*f.code.name != "init_app"
            && matches!(receiver, Value::Instance(i)
                if i.class.lookup("init_app").is_some() && i.get(INITIALISED).is_none())
    }

    /// Does what the application does with its extensions when it starts, as far as that can be followed.
    fn init_application(&mut self, receiver: &Value) -> R<bool> {
        self.setattr(receiver, &Arc::from(INITIALISED), Value::Bool(true))?;
        let app = match self.import("flask")? {
            Value::Module(m) => self.module_get(&m, "current_app"),
            _ => None,
        };
        let Some(app) = app else { return Ok(false) };
        let method = self.getattr(receiver, "init_app")?;
        match self.call(&method, Args::new(vec![app])) {
            Ok(_) | Err(Flow::Raise(_)) => Ok(true),
            Err(flow) => Err(flow),
        }
    }

    /// Calls a function of a script or a model. `receiver` is its first argument when it is a method.
    fn call_function(&mut self, f: &Rc<Func>, args: Args, receiver: Option<Value>) -> R<Value> {
        if self.frames.len() >= MAX_CALLS {
            return Err(self.raise("RecursionError", "maximum recursion depth exceeded"));
        }
        self.step()?;
        if self.recurs_in_doubt(f) {
            let reason = format!("{}() calls itself, and how deep is not known", f.code.name);
            return Ok(self.unknown(reason));
        }
        let receiver = receiver.or_else(|| args.pos.first().cloned());
        let env = Env::new(Scope::Function, Some(Rc::clone(&f.env)));
        self.bind(f, args, &env)?;
        for name in &f.code.globals {
            env.elsewhere.borrow_mut().insert(Arc::clone(name), true);
        }
        for name in &f.code.nonlocals {
            env.elsewhere.borrow_mut().insert(Arc::clone(name), false);
        }
        if f.code.generator {
            return Ok(Value::Iter(Rc::new(Iter {
                items: RefCell::default(),
                generator: RefCell::new(Some(Pending {
                    function: Rc::clone(f),
                    env,
                })),
            })));
        }
        self.enter(f, &env, receiver, None)
    }

    /// Whether a function of the project calls itself again where nobody knows whether it is called at all: each
    /// branch that is only tried would try all of its own, and none of them ends. What the function may do was seen.
    fn recurs_in_doubt(&self, f: &Rc<Func>) -> bool {
        let Some(depth) = self.undecided else {
            return false;
        };
        let code = identity(f);
        !code.is_null()
            && self
                .frames
                .iter()
                .skip(depth)
                .filter(|frame| std::ptr::eq(frame.code, code))
                .count()
                >= MAX_DOUBTFUL
    }

    fn enter(
        &mut self,
        f: &Rc<Func>,
        env: &Rc<Env>,
        receiver: Option<Value>,
        yielder: Option<Yielder>,
    ) -> R<Value> {
        let owner = f.owner.borrow().as_ref().and_then(std::rc::Weak::upgrade);
        let depth = self.frames.len();
        self.frames.push(Frame {
            source: Rc::clone(&f.source),
            span: f.code.span,
            env: Rc::clone(env),
            yielder,
            owner: owner.zip(receiver),
            doubt: None,
            may_leave: None,
            code: identity(f),
        });
        let result = match &f.code.expr {
            Some(expr) => self.expr(expr, env),
            None => self
                .block(&f.code.body, env)
                .map(|completion| match completion {
                    Completion::Return(value) => {
                        match env.vars.borrow().get("__maybe_returned__") {
                            Some(maybe) => maybe.clone(),
                            None => value,
                        }
                    }
                    _ => env
                        .vars
                        .borrow()
                        .get("__maybe_returned__")
                        .cloned()
                        .unwrap_or(Value::None),
                }),
        };
        self.frames.truncate(depth);
        result
    }

    /// Runs a generator; each value that it yields goes to the yielder.
    ///
    /// # Errors
    /// As evaluation.
    pub fn run_generator(&mut self, generator: &Value, yielder: Yielder) -> R<()> {
        let Value::Iter(iter) = generator else {
            return Ok(());
        };
        let pending = iter.generator.borrow_mut().take();
        let Some(Pending { function, env }) = pending else {
            return Ok(());
        };
        let receiver = None;
        match self.enter(&function, &env, receiver, Some(yielder)) {
            Err(flow) if self.is_exception(&flow, "GeneratorExit") => Ok(()),
            other => other.map(|_| ()),
        }
    }

    /// All values of a generator that has not run yet.
    ///
    /// # Errors
    /// As evaluation.
    pub fn drain_generator(&mut self, iter: &Rc<Iter>) -> R<()> {
        if iter.generator.borrow().is_none() {
            return Ok(());
        }
        let target = Rc::clone(iter);
        self.run_generator(
            &Value::Iter(Rc::clone(iter)),
            Rc::new(move |interp, value| {
                interp.step()?;
                let mut items = target.items.borrow_mut();
                if items.len() >= MAX_ITEMS {
                    drop(items);
                    return interp.stop("a generator yields more than a million items");
                }
                items.push_back(value);
                Ok(Value::None)
            }),
        )
    }

    fn bind(&mut self, f: &Rc<Func>, args: Args, env: &Rc<Env>) -> R<()> {
        let params = &f.code.params;
        let mut vars: Map<Name, Value> = Map::with_capacity_and_hasher(8, Default::default());
        let mut pos = args.pos.into_iter();
        let mut named = args.named;
        for (i, param) in params.positional.iter().enumerate() {
            let value = match pos.next() {
                Some(value) => {
                    if i >= params.positional_only
                        && params.double_star.is_none()
                        && named.contains_key(&param.name)
                    {
                        let m = format!(
                            "{}() got multiple values for argument '{}'",
                            f.code.name, param.name
                        );
                        return Err(self.raise("TypeError", m));
                    }
                    Some(value)
                }
                None => named
                    .shift_remove(&param.name)
                    .or_else(|| f.defaults.borrow().get(&param.name).cloned()),
            };
            match value {
                Some(value) => {
                    vars.insert(Arc::clone(&param.name), value);
                }
                None => {
                    let m = format!(
                        "{}() missing 1 required positional argument: '{}'",
                        f.code.name, param.name
                    );
                    return Err(self.raise("TypeError", m));
                }
            }
        }
        let rest: Vec<Value> = pos.collect();
        match &params.star {
            Some(star) => {
                vars.insert(Arc::clone(star), Value::tuple(rest));
            }
            None if !rest.is_empty() => {
                let m = format!(
                    "{}() takes {} positional arguments but {} were given",
                    f.code.name,
                    params.positional.len(),
                    params.positional.len() + rest.len()
                );
                return Err(self.raise("TypeError", m));
            }
            None => {}
        }
        for param in &params.keyword {
            let value = named
                .shift_remove(&param.name)
                .or_else(|| f.defaults.borrow().get(&param.name).cloned());
            match value {
                Some(value) => {
                    vars.insert(Arc::clone(&param.name), value);
                }
                None => {
                    let m = format!(
                        "{}() missing 1 required keyword-only argument: '{}'",
                        f.code.name, param.name
                    );
                    return Err(self.raise("TypeError", m));
                }
            }
        }
        match &params.double_star {
            Some(name) => {
                vars.insert(Arc::clone(name), Value::dict(named));
            }
            None => {
                if let Some((name, _)) = named.first() {
                    let m = format!(
                        "{}() got an unexpected keyword argument '{name}'",
                        f.code.name
                    );
                    return Err(self.raise("TypeError", m));
                }
            }
        }
        *env.vars.borrow_mut() = vars;
        Ok(())
    }

    /// Makes an instance.
    ///
    /// # Errors
    /// As evaluation.
    pub fn instantiate(&mut self, class: &Rc<Class>, args: Args) -> R<Value> {
        if class.members.borrow().is_some() {
            return self.enum_member(class, &args.at(0));
        }
        if let Some(builtin) = class.builtin {
            return self.construct(builtin, &args);
        }
        if let Some(unknown) = &class.unknown_base
            && class.lookup("__init__").is_none()
            && class.payload().is_none()
            && !class
                .lineage()
                .any(|c| c.ns.borrow().contains_key("__decant__"))
        {
            // What its constructor makes of the arguments is not known; its own attributes are.
            let instance = self.bare(class, None);
            instance.set("__unknown__", Value::Unknown(Rc::clone(unknown)));
            return Ok(Value::Instance(instance));
        }
        if let Some((new, owner)) = class.lookup("__new__")
            && owner.builtin.is_none()
        {
            let mut all = Args::new(vec![Value::Class(Rc::clone(class))]);
            all.pos.extend(args.pos.iter().cloned());
            all.named.clone_from(&args.named);
            let new = match &new {
                Value::Descriptor(d) => d.function.clone(),
                other => other.clone(),
            };
            let made = self.call(&new, all)?;
            let same = matches!(&made, Value::Instance(i) if i.class.is_subclass(class));
            if !same {
                return Ok(made);
            }
            self.initialize(&made, class, args)?;
            return Ok(made);
        }
        let payload = match class.payload() {
            Some(builtin @ (Builtin::Dict | Builtin::List | Builtin::Set)) => {
                Some(self.construct(builtin, &Args::default())?)
            }
            Some(builtin) => {
                // The value comes from the first argument, as `str.__new__` takes it.
                let first = Args::new(args.pos.iter().take(1).cloned().collect());
                Some(self.construct(builtin, &first)?.plain())
            }
            None => None,
        };
        let fills = matches!(
            class.payload(),
            Some(Builtin::Dict | Builtin::List | Builtin::Set)
        );
        let instance = self.bare(class, payload);
        if class.lookup("__decant__").is_some() {
            instance.set("__args__", Value::tuple(args.pos.clone()));
            instance.set("__kwargs__", Value::dict(args.named.clone()));
        }
        let value = Value::Instance(instance);
        if fills && class.lookup("__init__").is_none() {
            self.refill(&value, &args)?;
            return Ok(value);
        }
        self.initialize(&value, class, args)?;
        Ok(value)
    }

    /// An instance without attributes.
    pub fn bare(&mut self, class: &Rc<Class>, payload: Option<Value>) -> Rc<Instance> {
        Rc::new(Instance {
            class: Rc::clone(class),
            attrs: RefCell::default(),
            payload: RefCell::new(payload),
        })
    }

    /// `dict.__init__`, `list.__init__`, `set.__init__` of a subclass's instance.
    ///
    /// # Errors
    /// As evaluation.
    pub fn refill(&mut self, value: &Value, args: &Args) -> R<()> {
        if let Value::Instance(instance) = value
            && let Some(builtin) = instance.class.payload()
        {
            let filled = self.construct(builtin, args)?;
            *instance.payload.borrow_mut() = Some(filled);
        }
        Ok(())
    }

    fn initialize(&mut self, value: &Value, class: &Rc<Class>, args: Args) -> R<()> {
        let Some((init, _)) = class.lookup("__init__") else {
            if class.payload().is_none()
                && class.unknown_base.is_none()
                && (!args.pos.is_empty() || !args.named.is_empty())
                && class.lookup("__new__").is_none()
            {
                let m = format!("{}() takes no arguments", class.name);
                return Err(self.raise("TypeError", m));
            }
            return Ok(());
        };
        let mut all = Args {
            pos: vec![value.clone()],
            named: args.named,
        };
        all.pos.extend(args.pos);
        self.call(&init, all)?;
        Ok(())
    }

    /// Evaluates a text of a library model or a module's body in its own scope.
    ///
    /// # Errors
    /// As evaluation.
    pub fn run_module_body(
        &mut self,
        module: &Arc<crate::python::syntax::Module>,
        source: &Rc<crate::python::syntax::Source>,
        env: &Rc<Env>,
    ) -> R<()> {
        if self.frames.len() >= MAX_CALLS {
            return Err(self.raise("RecursionError", "maximum recursion depth exceeded"));
        }
        let depth = self.frames.len();
        self.frames.push(Frame {
            source: Rc::clone(source),
            span: Span::default(),
            env: Rc::clone(env),
            yielder: None,
            owner: None,
            doubt: None,
            may_leave: None,
            code: std::ptr::null(),
        });
        let result = stacker::maybe_grow(256 << 10, 4 << 20, || self.block(&module.body, env));
        self.frames.truncate(depth);
        match result {
            Ok(_) => Ok(()),
            Err(flow) => Err(flow),
        }
    }

    /// The text of an uncaught exception: `ValueError: message`.
    pub fn describe(&mut self, flow: &Flow) -> String {
        let Flow::Raise(raised) = flow else {
            return "the evaluation was stopped".to_owned();
        };
        match &raised.exception {
            Value::Instance(i) => {
                let text = match i.get("args") {
                    Some(Value::Tuple(args)) => args
                        .items
                        .borrow()
                        .iter()
                        .map(super::text::str_simple)
                        .collect::<Vec<_>>()
                        .join(", "),
                    _ => String::new(),
                };
                if text.is_empty() {
                    i.class.name.to_string()
                } else {
                    format!("{}: {text}", i.class.name)
                }
            }
            Value::Unknown(u) => u.reason.clone(),
            _ => "an exception".to_owned(),
        }
    }
}

/// What tells a function of the project from others on the call stack.
fn identity(f: &Rc<Func>) -> *const Function {
    if f.source.model {
        std::ptr::null()
    } else {
        Arc::as_ptr(&f.code)
    }
}
