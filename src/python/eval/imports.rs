//! Imports: library models, and project modules below the roots.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::env::{Env, Scope};
use super::interp::{Flow, Interp, R};
use super::value::{Lazy, ModuleObj, Unknown, Value};
use crate::diag::{Code, Diagnostic};
use crate::python::decision::EvidenceSet;
use crate::python::files::normalized;
use crate::python::model::{self, Model};
use crate::python::parse::parse;
use crate::python::syntax::{Expr, ExprKind, ImportFrom, Module, Name, Source, Stmt, StmtKind};

/// Deepest chain of modules that import each other.
const MAX_IMPORTS: usize = 60;

/// A file of the project that an import found.
enum Found {
    File(PathBuf, String),
    Package(PathBuf, String),
    Namespace(PathBuf),
}

/// What an import interrupts: a module is evaluated for itself.
struct Interrupted {
    steps: u64,
    trying: usize,
    trial: Option<super::interp::Trial>,
    undecided: Option<usize>,
}

impl Interp<'_> {
    /// Imports a module by its dotted name, with the packages above it.
    ///
    /// # Errors
    /// A bound; a module that cannot be found is an unknown value.
    pub fn import(&mut self, name: &str) -> R<Value> {
        if let Some(module) = self.state.modules.get(name) {
            return Ok(module.clone());
        }
        let parent = match name.rsplit_once('.') {
            Some((parent, _)) if !parent.is_empty() => Some(self.import(parent)?),
            _ => None,
        };
        if let Some(module) = self.state.modules.get(name) {
            return Ok(module.clone());
        }
        let module = self.load(name, parent.as_ref())?;
        self.state.modules.insert(Arc::from(name), module.clone());
        // As Python does, over what a star brought; a name that waits for its own import stays.
        if let (Some(Value::Module(parent)), Some((_, last))) = (&parent, name.rsplit_once('.')) {
            let mut vars = parent.env.vars.borrow_mut();
            if !matches!(vars.get(last), Some(Value::Lazy(_))) {
                vars.insert(Arc::from(last), module.clone());
            }
        }
        Ok(module)
    }

    fn load(&mut self, name: &str, parent: Option<&Value>) -> R<Value> {
        match model::find(name) {
            Some(Model::Alias(other)) => return self.import(other),
            Some(Model::Text(text)) => return self.load_model(name, text),
            Some(Model::Natives) => return Ok(self.natives()),
            None => {}
        }
        if let Some(found) = self.find_project(name, parent) {
            return self.load_project(name, found);
        }
        if let Some(Value::Unknown(u)) = parent {
            return Ok(Value::Unknown(Rc::clone(u)));
        }
        if let Some(Value::Module(p)) = parent
            && let Some((_, last)) = name.rsplit_once('.')
        {
            // An attribute of the package that is a module in the library, too.
            let found = p.env.vars.borrow().get(last).cloned();
            if let Some(found) = found {
                return Ok(found);
            }
        }
        let top = name.split('.').next().unwrap_or(name);
        if model::is_standard(top) {
            return Ok(self.open_module(
                name,
                &format!("{name} of the standard library is not modelled"),
            ));
        }
        if let Some(reason) = model::library(top) {
            return Ok(self.open_module(name, reason));
        }
        Ok(self.unresolved(name))
    }

    fn unresolved(&mut self, name: &str) -> Value {
        if self.importing == 0 && self.state.unresolved.insert(name.to_owned()) {
            let diagnostic = Diagnostic::new(
                Code::UnresolvedImport,
                format!("the module {name} is neither modelled nor found below the roots"),
            )
            .help("name the folder that holds it with --root, if the schema depends on it");
            self.say(diagnostic);
        }
        self.unknown_code(format!("the module {name} was not found below the roots"))
    }

    fn new_module(&mut self, name: &str, package: Option<String>) -> Rc<ModuleObj> {
        let env = Env::new(Scope::Module, None);
        env.vars
            .borrow_mut()
            .insert(Arc::from("__name__"), Value::str(name));
        Rc::new(ModuleObj {
            name: Arc::from(name),
            env,
            open: RefCell::default(),
            package: RefCell::new(package),
        })
    }

    fn open_module(&mut self, name: &str, reason: &str) -> Value {
        let module = self.new_module(name, Some(String::new()));
        *module.open.borrow_mut() = Some(reason.to_owned());
        Value::Module(module)
    }

    fn natives(&mut self) -> Value {
        let module = self.new_module("_decant", None);
        for native in crate::python::natives() {
            module
                .env
                .vars
                .borrow_mut()
                .insert(Arc::from(native.name), Value::Native(native));
        }
        Value::Module(module)
    }

    /// Evaluates the model of a library module.
    fn load_model(&mut self, name: &str, text: &'static str) -> R<Value> {
        let module = self.new_module(name, Some(String::new()));
        let value = Value::Module(Rc::clone(&module));
        self.state.modules.insert(Arc::from(name), value.clone());
        let source = Rc::new(Source::model(format!("model of {name}"), text));
        let Ok(tree) = parse(text) else {
            return Ok(self.unknown(format!("the model of {name} is damaged")));
        };
        let saved = self.enter_import();
        let result = self.run_module_body(&Arc::new(tree), &source, &module.env);
        self.leave_import(saved);
        if let Err(flow) = result {
            let what = self.describe(&flow);
            return Ok(self.unknown(format!("the model of {name} failed: {what}")));
        }
        if let Some(Value::Str(reason)) = self.module_get(&module, "__open__") {
            *module.open.borrow_mut() = Some(reason.to_string());
        }
        Ok(value)
    }

    fn enter_import(&mut self) -> Interrupted {
        self.importing += 1;
        let saved = Interrupted {
            steps: self.steps,
            trying: self.trying,
            trial: self.trial.take(),
            undecided: self.undecided.take(),
        };
        self.steps = 0;
        self.trying = 0;
        saved
    }

    fn leave_import(&mut self, saved: Interrupted) {
        self.importing = self.importing.saturating_sub(1);
        self.steps = saved.steps;
        self.trying = saved.trying;
        self.trial = saved.trial;
        self.undecided = saved.undecided;
    }

    fn find_project(&self, name: &str, parent: Option<&Value>) -> Option<Found> {
        let mut candidates: Vec<PathBuf> = Vec::new();
        match (parent, name.rsplit_once('.')) {
            (Some(Value::Module(p)), Some((_, last))) => {
                if let Some(folder) = p.package.borrow().as_deref().filter(|f| !f.is_empty()) {
                    candidates.push(Path::new(folder).join(last));
                }
                // Namespace packages, and project folders that share a library's name.
                let relative: PathBuf = name.split('.').collect();
                candidates.extend(self.files.roots().iter().map(|r| r.join(&relative)));
            }
            (Some(_), _) => return None,
            _ => candidates.extend(self.files.roots().iter().map(|r| r.join(name))),
        }
        for base in &candidates {
            let init = base.join("__init__.py");
            if let Some(text) = self.files.read(&init) {
                return Some(Found::Package(base.clone(), text));
            }
            let mut file = base.clone().into_os_string();
            file.push(".py");
            let file = PathBuf::from(file);
            if let Some(text) = self.files.read(&file) {
                return Some(Found::File(file, text));
            }
        }
        candidates
            .into_iter()
            .find(|base| self.files.is_dir(base))
            .map(Found::Namespace)
    }

    fn load_project(&mut self, name: &str, found: Found) -> R<Value> {
        let (path, text, package) = match found {
            Found::Namespace(folder) => {
                let module = self.new_module(name, Some(folder.to_string_lossy().into_owned()));
                return Ok(Value::Module(module));
            }
            Found::Package(folder, text) => {
                let package = folder.to_string_lossy().into_owned();
                (folder.join("__init__.py"), text, Some(package))
            }
            Found::File(file, text) => (file, text, None),
        };
        if self.importing >= MAX_IMPORTS {
            return Ok(self.unknown_code("too many modules import each other"));
        }
        let shown = path.to_string_lossy().replace('\\', "/");
        let module = self.new_module(name, package);
        let value = Value::Module(Rc::clone(&module));
        self.state.modules.insert(Arc::from(name), value.clone());
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        let source = Rc::new(Source::new(shown.clone(), text));
        let tree = match parse(&source.text) {
            Ok(tree) => Arc::new(tree),
            Err(e) => {
                let reason = format!("{shown} could not be parsed: {}", e.message);
                return Ok(self.unknown_code(reason));
            }
        };
        {
            let mut vars = module.env.vars.borrow_mut();
            vars.insert(Arc::from("__file__"), Value::str(shown));
            let package = match name.rsplit_once('.') {
                Some((parent, _)) if module.package.borrow().is_none() => parent,
                None if module.package.borrow().is_none() => "",
                _ => name,
            };
            vars.insert(Arc::from("__package__"), Value::str(package));
        }
        let saved = self.enter_import();
        let result = self.confined(&tree, &source, &module.env);
        self.leave_import(saved);
        result?;
        Ok(value)
    }

    /// Evaluates a module statement by statement: what fails makes its own names unknown and nothing else.
    ///
    /// # Errors
    /// None that a caller must handle.
    pub fn confined(&mut self, tree: &Arc<Module>, source: &Rc<Source>, env: &Rc<Env>) -> R<()> {
        let depth = self.frames.len();
        for stmt in &tree.body {
            // One statement at a time, so that a failure costs no more than that statement.
            let result = self.one(stmt, source, env);
            self.frames.truncate(depth);
            if let Err(flow) = result {
                let what = self.describe(&flow);
                self.importing = self.importing.max(1);
                let place = source.place(stmt.span);
                let unknown = Rc::new(Unknown {
                    reason: format!("evaluating it at {place} failed: {what}"),
                    place,
                    code: true,
                    text: None,
                    moment: false,
                });
                for name in bound_names(stmt) {
                    env.set(
                        &name,
                        Value::Unknown(Rc::clone(&unknown)),
                        EvidenceSet::NONE,
                    );
                }
                if matches!(flow, Flow::Stop) {
                    self.steps = 0;
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, stmt: &Stmt, source: &Rc<Source>, env: &Rc<Env>) -> R<()> {
        if self.frames.len() >= super::interp::MAX_CALLS {
            return Err(self.raise("RecursionError", "maximum recursion depth exceeded"));
        }
        self.frames.push(super::interp::Frame {
            source: Rc::clone(source),
            span: stmt.span,
            env: Rc::clone(env),
            yielder: None,
            owner: None,
            doubt: None,
            may_leave: None,
            code: std::ptr::null(),
        });
        stacker::maybe_grow(256 << 10, 4 << 20, || {
            self.block(std::slice::from_ref(stmt), env)
        })?;
        Ok(())
    }

    /// `import a.b as c`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn import_stmt(&mut self, name: &Name, alias: Option<&Name>, env: &Rc<Env>) -> R<()> {
        if self.puts_off(name) {
            let lazy = self.lazy(name, None, alias.is_none());
            let bound = match alias {
                Some(alias) => Arc::clone(alias),
                None => Arc::from(name.split('.').next().unwrap_or(name)),
            };
            env.set(&bound, lazy, EvidenceSet::NONE);
            return Ok(());
        }
        let module = self.import(name)?;
        match alias {
            Some(alias) => env.set(alias, module, EvidenceSet::NONE),
            None => {
                let top = name.split('.').next().unwrap_or(name);
                let value = self.import(top)?;
                env.set(&Arc::from(top), value, EvidenceSet::NONE);
            }
        }
        Ok(())
    }

    /// `from a import b`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn import_from(&mut self, import: &ImportFrom, env: &Rc<Env>) -> R<()> {
        let name = if import.level == 0 {
            import.module.to_string()
        } else {
            let package = env
                .module()
                .vars
                .borrow()
                .get("__package__")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let mut parts: Vec<&str> = package.split('.').filter(|p| !p.is_empty()).collect();
            for _ in 1..import.level {
                parts.pop();
            }
            if !import.module.is_empty() {
                parts.push(&import.module);
            }
            parts.join(".")
        };
        if &*name == "__future__" {
            return Ok(());
        }
        if name.is_empty() {
            // A relative import of a script that belongs to no package: its neighbours.
            for (what, alias) in &import.names {
                let value = self.import_sibling(what, env)?;
                env.set(alias.as_ref().unwrap_or(what), value, EvidenceSet::NONE);
            }
            return Ok(());
        }
        let all = import.names.iter().any(|(what, _)| &**what == "*");
        if !all && self.puts_off(&name) {
            for (what, alias) in &import.names {
                let lazy = self.lazy(&name, Some(what), false);
                env.set(alias.as_ref().unwrap_or(what), lazy, EvidenceSet::NONE);
            }
            return Ok(());
        }
        let module = self.import(&name)?;
        for (what, alias) in &import.names {
            if &**what == "*" {
                self.import_star(&module, env)?;
                continue;
            }
            let value = self.member(&module, &name, what)?;
            env.set(alias.as_ref().unwrap_or(what), value, EvidenceSet::NONE);
        }
        Ok(())
    }

    fn member(&mut self, module: &Value, name: &str, what: &str) -> R<Value> {
        let value = match module {
            Value::Unknown(u) => Value::Unknown(Rc::clone(u)),
            other => match self.own_attribute(other, what)? {
                Some(value) => value,
                None => self.import_member(other, name, what)?,
            },
        };
        self.force(value)
    }

    /// Whether an import can wait until its name is read: in modules of the project, of modules of the project.
    fn puts_off(&self, name: &str) -> bool {
        self.importing > 0
            && self.frames.last().is_some_and(|f| !f.source.model)
            && model::find(name).is_none()
            && !self.state.modules.contains_key(name)
    }

    fn lazy(&mut self, module: &str, member: Option<&Name>, top: bool) -> Value {
        let lazy = Rc::new(Lazy {
            module: Arc::from(module),
            member: member.cloned(),
            top,
            found: RefCell::default(),
        });
        self.state.lazy.push(Rc::clone(&lazy));
        Value::Lazy(lazy)
    }

    /// The value of a name: an import that was put off is made now.
    ///
    /// # Errors
    /// As evaluation.
    pub fn force(&mut self, value: Value) -> R<Value> {
        let Value::Lazy(lazy) = &value else {
            return Ok(value);
        };
        let found = lazy.found.borrow().clone();
        if let Some(found) = found {
            return Ok(found);
        }
        // Until it is known: a circle of imports finds this.
        *lazy.found.borrow_mut() =
            Some(self.unknown_code(format!("{} is imported in a circle", lazy.module)));
        self.importing += 1;
        let made = stacker::maybe_grow(256 << 10, 4 << 20, || self.force_now(lazy));
        self.importing = self.importing.saturating_sub(1);
        let made = made?;
        *lazy.found.borrow_mut() = Some(made.clone());
        Ok(made)
    }

    fn force_now(&mut self, lazy: &Rc<Lazy>) -> R<Value> {
        let module = self.import(&lazy.module)?;
        match &lazy.member {
            Some(member) => self.member(&module, &lazy.module, member),
            None if lazy.top => {
                let top = lazy.module.split('.').next().unwrap_or(&lazy.module);
                self.import(top)
            }
            None => Ok(module),
        }
    }

    /// Makes all imports that were put off: tables register themselves when their modules are read.
    ///
    /// # Errors
    /// As evaluation.
    pub fn force_imports(&mut self) -> R<()> {
        while let Some(lazy) = self.state.lazy.pop() {
            self.step()?;
            self.force(Value::Lazy(lazy))?;
        }
        Ok(())
    }

    fn own_attribute(&mut self, module: &Value, name: &str) -> R<Option<Value>> {
        match module {
            Value::Module(m) => Ok(self.module_get(m, name)),
            other => self.find_attribute(other, name),
        }
    }

    fn import_member(&mut self, module: &Value, name: &str, what: &str) -> R<Value> {
        let full = format!("{name}.{what}");
        if model::find(&full).is_some() || self.find_project(&full, Some(module)).is_some() {
            return self.import(&full);
        }
        if let Value::Module(m) = module
            && let Some(found) = self.module_attribute(m, what)?
        {
            return Ok(found);
        }
        if self.importing > 0 {
            return Ok(self.unknown_code(format!("{name} has no {what}")));
        }
        Err(self.raise(
            "ImportError",
            format!("cannot import name '{what}' from '{name}'"),
        ))
    }

    fn import_sibling(&mut self, what: &Name, env: &Rc<Env>) -> R<Value> {
        let file = env
            .module()
            .vars
            .borrow()
            .get("__file__")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let folder = Path::new(&*file)
            .parent()
            .map(normalized)
            .unwrap_or_default();
        let path = folder.join(format!("{what}.py"));
        let key = path.to_string_lossy().into_owned();
        if let Some(module) = self.state.modules.get(&*key) {
            return Ok(module.clone());
        }
        match self.files.read(&path) {
            Some(text) => {
                let module = self.load_project(what, Found::File(path, text))?;
                self.state.modules.insert(Arc::from(key), module.clone());
                Ok(module)
            }
            None => Ok(self.unresolved(what)),
        }
    }

    fn import_star(&mut self, module: &Value, env: &Rc<Env>) -> R<()> {
        match module {
            Value::Module(m) => {
                let all = self.module_get(m, "__all__");
                let names: Option<Vec<Name>> = match &all {
                    Some(list) => Some(
                        self.iterate_or_raise(list)?
                            .iter()
                            .filter_map(Value::as_str)
                            .collect(),
                    ),
                    None => None,
                };
                let vars: Vec<(Name, Value)> = m
                    .env
                    .vars
                    .borrow()
                    .iter()
                    .filter(|(k, _)| match &names {
                        Some(names) => names.contains(k),
                        None => !k.starts_with('_'),
                    })
                    .map(|(k, v)| (Arc::clone(k), v.clone()))
                    .collect();
                for (name, value) in vars {
                    env.set(&name, value, EvidenceSet::NONE);
                }
            }
            Value::Unknown(u) => {
                env.set(
                    &Arc::from("__star_unknown__"),
                    Value::Unknown(Rc::clone(u)),
                    EvidenceSet::NONE,
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// A name that a module does not define itself: a submodule, its `__getattr__`, or an unknown of an open model.
    ///
    /// # Errors
    /// As evaluation.
    pub fn module_attribute(&mut self, module: &Rc<ModuleObj>, name: &str) -> R<Option<Value>> {
        if let Some(hook) = self.module_get(module, "__getattr__") {
            let args = super::value::Args::new(vec![Value::str(name)]);
            return self.call(&hook, args).map(Some);
        }
        let full = format!("{}.{name}", module.name);
        if model::find(&full).is_some() {
            return self.import(&full).map(Some);
        }
        if let Some(value) = self.state.modules.get(&*full) {
            return Ok(Some(value.clone()));
        }
        // In the program that runs the history, other modules have imported it by now.
        if module
            .package
            .borrow()
            .as_deref()
            .is_some_and(|p| !p.is_empty())
        {
            let parent = Value::Module(Rc::clone(module));
            if self.find_project(&full, Some(&parent)).is_some() {
                return self.import(&full).map(Some);
            }
        }
        let open = module.open.borrow().clone();
        if let Some(reason) = open {
            return Ok(Some(self.unknown(reason)));
        }
        if let Some(star) = self.module_get(module, "__star_unknown__") {
            return Ok(Some(star));
        }
        if model::find(&module.name).is_some() {
            return Ok(Some(self.unknown_code(format!("{full} is not modelled"))));
        }
        Ok(None)
    }
}

/// The names that a statement would bind.
pub fn bound_names(stmt: &Stmt) -> Vec<Name> {
    fn targets(expr: &Expr, out: &mut Vec<Name>) {
        match &expr.kind {
            ExprKind::Name(name) => out.push(Arc::clone(name)),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|i| targets(i, out));
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    match &stmt.kind {
        StmtKind::Assign(list, _) => list.iter().for_each(|t| targets(t, &mut out)),
        StmtKind::AnnAssign(target, _, _) => targets(target, &mut out),
        StmtKind::Def(f) => out.push(Arc::clone(&f.name)),
        StmtKind::Class(c) => out.push(Arc::clone(&c.name)),
        StmtKind::Import(names) => out.extend(names.iter().map(|(n, a)| {
            a.clone()
                .unwrap_or_else(|| Arc::from(n.split('.').next().unwrap_or(n)))
        })),
        StmtKind::ImportFrom(i) => {
            out.extend(
                i.names
                    .iter()
                    .map(|(n, a)| a.clone().unwrap_or_else(|| Arc::clone(n))),
            );
        }
        StmtKind::If(_, yes, no) => {
            out.extend(yes.iter().chain(no).flat_map(bound_names));
        }
        StmtKind::Try(t) => {
            let all = t
                .body
                .iter()
                .chain(&t.orelse)
                .chain(t.handlers.iter().flat_map(|h| &h.body));
            out.extend(all.flat_map(bound_names));
        }
        StmtKind::With(w) => {
            let items = w.items.iter().filter_map(|(_, target)| target.as_ref());
            items.for_each(|t| targets(t, &mut out));
            out.extend(w.body.iter().flat_map(bound_names));
        }
        StmtKind::AugAssign(target, _, _) => targets(target, &mut out),
        StmtKind::For(f) => {
            targets(&f.target, &mut out);
            out.extend(f.body.iter().chain(&f.orelse).flat_map(bound_names));
        }
        StmtKind::While(_, body, orelse) => {
            out.extend(body.iter().chain(orelse).flat_map(bound_names));
        }
        _ => {}
    }
    out
}
