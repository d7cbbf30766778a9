//! Evaluation of a history: modules of revisions, `upgrade()` and `downgrade()`, and `env.py` for its conventions.

use std::rc::Rc;
use std::sync::Arc;

use super::alembic::MISSING_TABLES;
use super::decision::{Decision, EvidenceSet};
use super::eval::builtins;
use super::eval::env::{Env, Scope};
use super::eval::interp::{Flow, Interp, R, State};
use super::eval::value::Value;
use super::header::{Simple, read_header_with, syntax_diagnostic};
use super::parse::parse;
use super::syntax::{Module, Source};
use super::trees::Trees;
use super::{Assumption, Config, Files, NamingConvention};
use crate::diag::{Code, Diagnostic, Diagnostics, Direction, Origin, Place};
use crate::history::{Revision, RevisionHeader, ScriptFile};
use crate::ir::{
    Caught, ColumnInfo, ConstraintInfo, EnumInfo, Index, Op, OpKind, OpSink, Opaque, QualName,
    QueryAnswer, SchemaView,
};

/// Evaluates the revisions of one history, in the order of its replay.
///
/// Modules are read once and kept; what Alembic's implementation object remembers for one `alembic upgrade` run
/// (which enum types it has created) is remembered for the life of this value, but for downgrades, which are runs of
/// their own.
pub struct Evaluator<'f> {
    pub(super) config: Config,
    files: &'f dyn Files,
    pub(super) state: State,
    prepared: bool,
}

impl<'f> Evaluator<'f> {
    /// Prepares to evaluate a history.
    pub fn new(config: Config, files: &'f dyn Files) -> Self {
        let mut state = State::default();
        builtins::install(&mut state);
        Self {
            config,
            files,
            state,
            prepared: false,
        }
    }

    /// Uses the trees that were kept when the headers were read.
    pub fn with_trees(mut self, trees: Trees) -> Self {
        self.state.trees = trees;
        self
    }

    /// Evaluates `upgrade()` or `downgrade()` of a revision; its operations go to the sink as they come, and what
    /// could not be known goes to the sink's diagnostics.
    pub fn run(&mut self, revision: &Revision, direction: Direction, sink: &mut dyn OpSink) {
        self.prepare();
        for diagnostic in std::mem::take(&mut self.state.pending) {
            sink.diagnostics().push(diagnostic);
        }
        self.state
            .scripts
            .insert(revision.id.clone(), revision.file.clone());
        let memo = match direction {
            Direction::Upgrade => None,
            Direction::Downgrade => Some((
                std::mem::take(&mut self.state.created_types),
                self.state.decisions.len(),
                self.state.assumptions.clone(),
            )),
        };
        self.with(&revision.id, direction, sink, |interp| {
            interp.revision(&revision.file, direction);
        });
        if let Some((types, decisions, assumptions)) = memo {
            self.state.created_types = types;
            self.state.decisions.truncate(decisions);
            self.state.assumptions = assumptions;
        }
    }

    /// Reads a script's identifiers as [`read_header`](super::read_header) does, and evaluates its module level for those
    /// that come from elsewhere: an import, a function, a file's name.
    pub fn read_header(&mut self, script: &ScriptFile) -> (RevisionHeader, Diagnostics) {
        let mut module = None;
        let mut trees = std::mem::take(&mut self.state.trees);
        let read = read_header_with(script, &mut trees, |name| {
            let scope = module.get_or_insert_with(|| self.module_scope(script));
            let value = scope.vars.borrow().get(name).cloned()?;
            simple(&value, 0)
        });
        self.state.trees = trees;
        read
    }

    /// The trees of the scripts whose headers were read, for [`Self::with_trees`] of the one that evaluates them.
    pub fn take_trees(&mut self) -> Trees {
        std::mem::take(&mut self.state.trees)
    }

    /// The variables of a script's module level.
    fn module_scope(&mut self, script: &ScriptFile) -> Rc<Env> {
        let mut sink = NoSchema::default();
        let mut scope = None;
        self.with("", Direction::Upgrade, &mut sink, |interp| {
            interp.load_builtins();
            let env = interp.script_scope(script, "header");
            let source = Rc::new(Source::new(script.path.clone(), Arc::clone(&script.text)));
            if let Ok(tree) = parse(&source.text) {
                interp.importing += 1;
                let _ = interp.confined(&Arc::new(tree), &source, &env);
                interp.force_all(&env);
            }
            scope = Some(env);
        });
        scope.unwrap_or_else(|| Env::new(Scope::Module, None))
    }

    /// The naming convention of the history's `target_metadata`; empty when there is none or it could not be found.
    /// Parts that are functions show as `<function>`.
    pub fn naming_convention(&mut self) -> NamingConvention {
        self.prepare();
        let Some(Value::Dict(dict)) = self.state.naming.as_ref().map(Value::plain) else {
            return NamingConvention::new();
        };
        let pairs = dict.items.borrow();
        pairs
            .values()
            .filter_map(|(k, v)| {
                let text = v
                    .as_str()
                    .map_or_else(|| "<function>".to_owned(), |t| t.to_string());
                Some((k.as_str()?.to_string(), text))
            })
            .collect()
    }

    /// What was assumed so far, sorted by name.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let mut all: Vec<Assumption> = self.state.assumptions.values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// How conditions were answered since this was last asked.
    pub fn take_decisions(&mut self) -> Vec<Decision> {
        std::mem::take(&mut self.state.decisions)
    }

    /// What the user assumed and no script asked for.
    pub fn unused_assumptions(&self) -> Vec<String> {
        let given = self.config.assume.keys();
        given
            .filter(|name| !self.state.used.contains(*name))
            .cloned()
            .collect()
    }

    /// Builds the exceptions and reads `env.py`, once.
    pub(super) fn prepare(&mut self) {
        if std::mem::replace(&mut self.prepared, true) {
            return;
        }
        let env = self.config.env.clone();
        let mut sink = NoSchema::default();
        self.with("", Direction::Upgrade, &mut sink, |interp| {
            interp.load_builtins();
            if let Some(env) = env {
                interp.environment(&env);
            }
        });
        self.state.assumptions.clear();
        self.state.created_types.clear();
        self.state.unresolved.clear();
    }

    fn with(
        &mut self,
        revision: &str,
        direction: Direction,
        sink: &mut dyn OpSink,
        f: impl FnOnce(&mut Interp<'_>),
    ) {
        let mut interp = Interp {
            state: &mut self.state,
            files: self.files,
            config: &self.config,
            sink,
            revision: revision.to_owned(),
            direction,
            frames: Vec::new(),
            steps: 0,
            memory: 0,
            depth: 0,
            printing: Vec::new(),
            trying: 0,
            trial: None,
            trial_cause: None,
            undecided: None,
            holes: None,
            selecting: Default::default(),
            denied: None,
            consulted: EvidenceSet::NONE,
            importing: 0,
            handling: Vec::new(),
        };
        f(&mut interp);
    }
}

impl Interp<'_> {
    /// Takes the exceptions of the model of `builtins` over into the built-in names.
    fn load_builtins(&mut self) {
        if let Ok(Value::Module(module)) = self.import("builtins") {
            let names: Vec<(Arc<str>, Value)> = module
                .env
                .vars
                .borrow()
                .iter()
                .filter(|(k, _)| !k.starts_with('_'))
                .map(|(k, v)| (Arc::clone(k), v.clone()))
                .collect();
            for (name, value) in names {
                if let Value::Class(_) = value {
                    self.state.builtins.insert(name, value);
                }
            }
        }
    }

    /// Makes the imports that a module's variables wait for.
    fn force_all(&mut self, env: &Rc<Env>) {
        let waiting: Vec<(Arc<str>, Value)> = env
            .vars
            .borrow()
            .iter()
            .filter(|(_, v)| matches!(v, Value::Lazy(_)))
            .map(|(k, v)| (Arc::clone(k), v.clone()))
            .collect();
        for (name, value) in waiting {
            if let Ok(value) = self.force(value) {
                env.vars.borrow_mut().insert(name, value);
            }
        }
    }

    /// Reads `env.py` for the metadata that it configures.
    fn environment(&mut self, env: &ScriptFile) {
        let source = Rc::new(Source::new(env.path.clone(), Arc::clone(&env.text)));
        let outcome = match parse(&source.text) {
            Ok(tree) => {
                let scope = self.script_scope(env, "env");
                self.importing += 1;
                let ran = self.confined(&Arc::new(tree), &source, &scope);
                self.importing = self.importing.saturating_sub(1);
                self.frames.clear();
                self.trial = None;
                match ran {
                    Ok(()) if self.state.naming.is_none() => {
                        let metadata = scope.vars.borrow().get("target_metadata").cloned();
                        match metadata {
                            Some(Value::Unknown(u)) => Err(u.reason.clone()),
                            Some(metadata) => {
                                let _ = self.take_metadata(&metadata);
                                Ok(())
                            }
                            None => Ok(()),
                        }
                    }
                    Ok(()) => Ok(()),
                    Err(flow) => Err(self.describe(&flow)),
                }
            }
            Err(e) => Err(e.message),
        };
        if let Err(reason) = outcome {
            let diagnostic = Diagnostic::new(
                Code::UnknownValue,
                format!("target_metadata of env.py could not be followed, so no naming convention is applied: {reason}"),
            )
            .severity(crate::diag::Severity::Note)
            .at(Origin {
                place: Place::file(env.path.clone()),
                ..Origin::default()
            })
            .help("if the metadata has a naming_convention, name the folder of the project's modules with --root");
            self.state.pending.push(diagnostic);
        }
    }

    fn script_scope(&self, file: &ScriptFile, name: &str) -> Rc<Env> {
        let scope = Env::new(Scope::Module, None);
        let mut vars = scope.vars.borrow_mut();
        vars.insert(Arc::from("__name__"), Value::str(name));
        let path = file.absolute.to_string_lossy().into_owned();
        let path = if path.is_empty() {
            file.path.clone()
        } else {
            path
        };
        vars.insert(Arc::from("__file__"), Value::str(path));
        vars.insert(Arc::from("__package__"), Value::str(""));
        drop(vars);
        scope
    }

    /// Another revision's module, evaluated for its names.
    ///
    /// # Errors
    /// A bound.
    pub fn revision_module(&mut self, id: &str) -> R<Value> {
        let Some(file) = self.state.scripts.get(id).cloned() else {
            return Ok(self.unknown_code(format!("revision {id} was not evaluated before")));
        };
        let source = Rc::new(Source::new(file.path.clone(), Arc::clone(&file.text)));
        let Ok(tree) = self.state.trees.tree(&file) else {
            return Ok(self.unknown_code(format!("the script of revision {id} is not Python")));
        };
        let scope = self.script_scope(&file, id);
        self.importing += 1;
        let ran = self.confined(&tree, &source, &scope);
        self.importing = self.importing.saturating_sub(1);
        ran?;
        Ok(Value::Module(Rc::new(super::eval::value::ModuleObj {
            name: Arc::from(id),
            env: scope,
            open: std::cell::RefCell::default(),
            package: std::cell::RefCell::default(),
        })))
    }

    /// The variables of a module by its name: one that was imported, or the script that is being evaluated.
    fn module_of(&self, name: &str) -> Option<Rc<Env>> {
        if let Some(Value::Module(module)) = self.state.modules.get(name) {
            return Some(Rc::clone(&module.env));
        }
        self.frames
            .iter()
            .rev()
            .map(|frame| frame.env.module())
            .find(|env| {
                let own = env.vars.borrow().get("__name__").and_then(Value::as_str);
                own.is_some_and(|own| &*own == name)
            })
    }

    /// What an annotation in a class stands for, by the names of the module that the class is in.
    ///
    /// # Errors
    /// A bound.
    pub fn annotation(&mut self, class: &Value, text: &str) -> R<Value> {
        let module = match class {
            Value::Class(class) => self.module_of(&class.module),
            _ => None,
        };
        let text = format!("found = {text}");
        let (Some(module), Ok(tree)) = (module, parse(&text)) else {
            return Ok(self.unknown("an annotation could not be followed"));
        };
        let env = Env::new(Scope::Function, Some(module));
        let source = Rc::new(Source::new("annotation".to_owned(), Arc::from(text)));
        let importing = self.importing;
        self.importing += 1;
        let ran = self.confined(&Arc::new(tree), &source, &env);
        self.importing = importing;
        ran?;
        let found = env.vars.borrow().get("found").cloned();
        match found {
            Some(value) => self.force(value),
            None => Ok(self.unknown("an annotation could not be followed")),
        }
    }

    /// Evaluates a revision's script and one of its functions.
    fn revision(&mut self, file: &ScriptFile, direction: Direction) {
        let source = Rc::new(Source::new(file.path.clone(), Arc::clone(&file.text)));
        let tree = match self.state.trees.tree(file) {
            Ok(tree) => tree,
            Err(e) => {
                let revision = self.revision.clone();
                self.sink
                    .diagnostics()
                    .push(syntax_diagnostic(&e, &source, &revision));
                return;
            }
        };
        let stem = file
            .absolute
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .unwrap_or_default();
        let scope = self.script_scope(file, &stem);
        let result = self.module_and_function(&tree, &source, &scope, direction);
        if let Err(Flow::Raise(raised)) = result {
            self.frames.clear();
            self.trial = None;
            let place = raised.place.clone();
            let refusals = self.refusals(&raised.exception);
            let what = self.describe(&Flow::Raise(raised));
            self.uncaught(what, refusals, place, direction);
        } else if result.is_err() {
            self.opaque_rest(direction, "the evaluation was stopped at its bound");
        }
        // Functions refer to the module's variables and the variables to them: the circle would never be freed.
        let keeps = ["register_operation", "implementation_for", "compiles"];
        if !keeps.iter().any(|word| file.text.contains(word)) {
            scope.vars.borrow_mut().clear();
        }
    }

    /// What the database says of an exception that came from it: PostgreSQL's sentence, or the tables that SQLAlchemy did not find.
    fn refusals(&mut self, exception: &Value) -> Vec<Diagnostic> {
        self.refusals_within(exception, 0)
    }

    fn refusals_within(&mut self, exception: &Value, depth: usize) -> Vec<Diagnostic> {
        let Value::Instance(exception) = exception else {
            return Vec::new();
        };
        if depth > 8 {
            return Vec::new();
        }
        if let Some(Value::List(missing)) = exception.get(MISSING_TABLES) {
            let missing = missing.items.borrow();
            let names = missing.iter().filter_map(|pair| {
                let Value::Tuple(pair) = pair else {
                    return None;
                };
                let pair = pair.items.borrow();
                let schema = pair.first()?.as_str();
                let name = pair.get(1)?.as_str()?.to_string();
                let column = pair.get(2).and_then(Value::as_str);
                Some((QualName::qualified(schema.as_deref(), name), column))
            });
            let told = names.map(|(name, column)| match column {
                Some(column) => Diagnostic::new(
                    Code::MissingObject,
                    format!("column \"{column}\" of relation \"{name}\" does not exist"),
                ),
                None => self.sink.absence(&name),
            });
            return told.collect();
        }
        for wrapped in [
            exception.get("__context__"),
            match exception.get("args") {
                Some(Value::Tuple(args)) => args.items.borrow().first().cloned(),
                _ => None,
            },
        ]
        .into_iter()
        .flatten()
        {
            // `raise RuntimeError(e)`, also while `e` is handled, says what the database said.
            if matches!(&wrapped, Value::Instance(inner) if !Rc::ptr_eq(inner, exception)) {
                let told = self.refusals_within(&wrapped, depth + 1);
                if !told.is_empty() {
                    return told;
                }
            }
        }
        let sentence = match exception.get("args") {
            Some(Value::Tuple(args)) => args.items.borrow().first().and_then(Value::as_str),
            _ => None,
        };
        let told = sentence.and_then(|s| self.sink.refusal(&s));
        told.into_iter().collect()
    }

    fn uncaught(
        &mut self,
        what: String,
        refusals: Vec<Diagnostic>,
        place: Place,
        direction: Direction,
    ) {
        let name = match direction {
            Direction::Upgrade => "upgrade()",
            Direction::Downgrade => "downgrade()",
        };
        let origin = Origin {
            revision: self.revision.clone(),
            direction,
            place,
        };
        if !refusals.is_empty() {
            // Nothing is unknown here: a run on this schema ends with the same exception.
            let class = what.split(':').next().unwrap_or_default();
            for mut told in refusals {
                told.message = format!(
                    "{name} ends here with {class}: {}; what follows in it was not evaluated",
                    told.message
                );
                told.severity = crate::diag::Severity::Error;
                self.sink.diagnostics().push(told.at(origin.clone()));
            }
            self.opaque_rest(direction, &what);
            return;
        }
        let mut diagnostic = Diagnostic::new(
            Code::PythonException,
            format!("{name} raises {what}; what follows in it was not evaluated"),
        )
        .at(origin);
        if what.starts_with("NotImplementedError") {
            // Many scripts say so that they cannot be undone; nothing is missing then.
            diagnostic = diagnostic.severity(crate::diag::Severity::Warning);
        }
        self.sink.diagnostics().push(diagnostic);
        self.opaque_rest(direction, &what);
    }

    fn opaque_rest(&mut self, direction: Direction, reason: &str) {
        self.trying = 0;
        self.trial = None;
        let origin = Origin {
            revision: self.revision.clone(),
            direction,
            place: Place::default(),
        };
        let kind = OpKind::Opaque(Opaque {
            text: String::new(),
            reason: reason.to_owned(),
            touches_schema: true,
        });
        let _ = self.sink.apply(Op { kind, origin }, Caught::No);
    }

    fn module_and_function(
        &mut self,
        tree: &Arc<Module>,
        source: &Rc<Source>,
        scope: &Rc<Env>,
        direction: Direction,
    ) -> R<()> {
        self.run_module_body(tree, source, scope)?;
        let name = match direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        };
        let Some(function) = scope.vars.borrow().get(name).cloned() else {
            return Ok(());
        };
        self.call_with_arguments(&function)
    }
}

/// An identifier's value as the header has it.
fn simple(value: &Value, depth: usize) -> Option<Simple> {
    if depth > 50 {
        return None;
    }
    match value.plain() {
        Value::None => Some(Simple::None),
        Value::Str(text) => Some(Simple::Text(text.to_string())),
        Value::List(items) | Value::Tuple(items) => {
            let items = items.items.borrow();
            let list = items.iter().map(|item| simple(item, depth + 1));
            Some(Simple::List(list.collect::<Option<_>>()?))
        }
        Value::Set(items) => {
            let items = items.items.borrow();
            let list = items.values().map(|item| simple(item, depth + 1));
            Some(Simple::List(list.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// A sink for evaluation that belongs to no revision: it sees an empty schema and keeps nothing.
#[derive(Default)]
struct NoSchema {
    diagnostics: Diagnostics,
}

impl SchemaView for NoSchema {
    fn schema_names(&self) -> Vec<String> {
        Vec::new()
    }
    fn table_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn view_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn materialized_view_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn sequence_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn columns(&self, _: &QualName) -> Option<Vec<ColumnInfo>> {
        None
    }
    fn constraints(&self, _: &QualName) -> Vec<ConstraintInfo> {
        Vec::new()
    }
    fn indexes(&self, _: &QualName) -> Vec<Index> {
        Vec::new()
    }
    fn enums(&self, _: Option<&str>) -> Vec<EnumInfo> {
        Vec::new()
    }
    fn table_comment(&self, _: &QualName) -> Option<String> {
        None
    }
    fn query(&self, _: &str) -> QueryAnswer {
        QueryAnswer::ApplicationData
    }
}

impl OpSink for NoSchema {
    fn apply(&mut self, _: Op, _: Caught) -> Result<(), String> {
        Ok(())
    }
    fn diagnostics(&mut self) -> &mut Diagnostics {
        &mut self.diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DiskFiles, model};
    use super::*;

    #[test]
    fn every_model_can_be_read() {
        let files = DiskFiles::default();
        let mut evaluator = Evaluator::new(Config::default(), &files);
        evaluator.prepare();
        let mut sink = NoSchema::default();
        evaluator.with("", Direction::Upgrade, &mut sink, |interp| {
            for name in model::names() {
                let module = interp.import(name);
                assert!(
                    matches!(module, Ok(Value::Module(_))),
                    "the model of {name} fails: {}",
                    match module {
                        Ok(Value::Unknown(u)) => u.reason.clone(),
                        _ => String::new(),
                    }
                );
            }
        });
    }
}
