//! The evaluator's state: bounds, call stack, diagnostics, and the way of operations to the sink.

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};

use super::env::Env;
use super::value::{Class, Instance, ModuleObj, Unknown, Value};
use crate::diag::{Code, Diagnostic, Direction, Origin, Place};
use crate::ir::{Caught, Op, OpKind, OpSink, Opaque};
use crate::python::decision::{Decision, EvidenceSet};
use crate::python::syntax::{Function, Name, Source, Span};
use crate::python::{Assumption, Config, Files};

/// Steps (calls and statements) that one revision, or one module, may take.
pub const MAX_STEPS: u64 = 5_000_000;
/// Depth of calls. Python's own limit is 1000; migration scripts stay below 50.
pub const MAX_CALLS: usize = 300;
/// Items of one list, dictionary or set.
pub const MAX_ITEMS: usize = 1_000_000;
/// Length of one string in bytes.
pub const MAX_TEXT: usize = 64 << 20;
/// Bytes of all strings and items that one revision may make.
pub const MAX_MEMORY: usize = 512 << 20;

/// What applying an operation costs, in bytes of work: 100 steps.
const STEPS_OF_OPERATION: usize = 100 * super::bound::BYTES_PER_STEP;

/// How evaluation leaves the ordinary path.
pub enum Flow {
    /// A Python exception.
    Raise(Box<Raised>),
    /// A bound was reached; the diagnostic has been given.
    Stop,
}

/// A raised exception.
pub struct Raised {
    /// The exception's instance.
    pub exception: Value,
    /// Where it was raised.
    pub place: Place,
}

/// Result of evaluation.
pub type R<T> = Result<T, Flow>;

/// How a block ended.
pub enum Completion {
    /// At its end.
    Normal,
    /// With `break`.
    Break,
    /// With `continue`.
    Continue,
    /// With `return`.
    Return(Value),
}

/// What a `yield` of a running generator does with the value.
pub type Yielder = Rc<dyn Fn(&mut Interp<'_>, Value) -> R<Value>>;

/// One level of the call stack.
pub struct Frame {
    /// Text that is evaluated.
    pub source: Rc<Source>,
    /// What of it is evaluated now.
    pub span: Span,
    /// Variables.
    pub env: Rc<Env>,
    /// What `yield` does.
    pub yielder: Option<Yielder>,
    /// Class in whose body the function stands, and its first argument, for `super()`.
    pub owner: Option<(Rc<Class>, Value)>,
    /// Set after an early return whose condition was not known: what follows may not happen.
    pub doubt: Option<Doubt>,
    /// Set after a `break` or `return` whose condition was not known: the loop around it may be over.
    pub may_leave: Option<Leaving>,
    /// The function's code, by identity; null outside functions and for those of the library models.
    pub code: *const Function,
}

/// A `break` or `return` of which nobody knows whether it was reached.
#[derive(Clone)]
pub struct Leaving {
    /// Why.
    pub cause: Rc<Unknown>,
    /// Whether it leaves all loops of the function.
    pub returns: bool,
}

/// A condition that was not known, after which the function may have returned.
#[derive(Clone)]
pub struct Doubt {
    /// Why it is not known.
    pub cause: Rc<Unknown>,
    /// What to do about it.
    pub help: String,
}

/// What two branches that could not be decided would do.
#[derive(Default)]
pub struct Trial {
    /// An operation on the schema.
    pub schema: bool,
    /// An operation on data only.
    pub data: bool,
}

/// What lives as long as the history's evaluation.
#[derive(Default)]
pub struct State {
    /// Modules that were imported, by dotted name.
    pub modules: HashMap<Name, Value>,
    /// Built-in names.
    pub builtins: HashMap<Name, Value>,
    /// Files that were asked for and their modules, by path.
    pub naming: Option<Value>,
    /// Enum types and domains that this run of Alembic has created: schema and name.
    pub created_types: IndexSet<(Option<String>, String)>,
    /// Assumptions, by name.
    pub assumptions: IndexMap<String, Assumption>,
    /// Counts constructions, since SQLAlchemy renders constraints in that order.
    pub creation: i64,
    /// Names that could not be imported: said once.
    pub unresolved: IndexSet<String>,
    /// Diagnostics found while no sink was there (reading `env.py`).
    pub pending: Vec<Diagnostic>,
    /// Scripts of the revisions evaluated so far, by id.
    pub scripts: HashMap<String, crate::history::ScriptFile>,
    /// Imports that were put off.
    pub lazy: Vec<Rc<super::value::Lazy>>,
    /// Syntax trees of the revisions' scripts, as far as they were kept.
    pub trees: crate::python::Trees,
    /// Regular expressions with their flags, compiled; none for one that is not understood.
    pub regexes: HashMap<(String, i64), Option<regex::Regex>>,
    /// Conditions that were answered from outside the scripts, since they were last taken.
    pub decisions: Vec<Decision>,
    /// Names given with `--assume` that something asked for.
    pub used: IndexSet<String>,
    /// What env.py passes to `upgrade()`, once for each run that it makes.
    pub runs: Vec<crate::python::engines::Run>,
    /// Naming convention of the metadata that was configured last.
    pub configured: Option<Value>,
    /// Arguments of the last `context.configure()` of env.py.
    pub configured_with: Option<Value>,
    /// Options that env.py set.
    pub set_options: HashMap<Name, Value>,
    /// The databases that the history is run on, and the one that is replayed.
    pub engines: crate::python::Engines,
    /// Compilers registered with `@compiles`, by class identity.
    pub compilers: Vec<(Rc<Class>, Value)>,
}

/// One evaluation.
pub struct Interp<'a> {
    /// What stays.
    pub state: &'a mut State,
    /// Project files.
    pub files: &'a dyn Files,
    /// Configuration.
    pub config: &'a Config,
    /// Where operations go and guards are answered.
    pub sink: &'a mut dyn OpSink,
    /// Revision that is evaluated.
    pub revision: String,
    /// Direction that is evaluated.
    pub direction: Direction,
    /// Call stack.
    pub frames: Vec<Frame>,
    /// Steps taken.
    pub steps: u64,
    /// Bytes and items made.
    pub memory: usize,
    /// Depth of values inside values that are compared or printed.
    pub depth: usize,
    /// Containers that are printed, by identity.
    pub printing: Vec<usize>,
    /// Enclosing `try` statements that would catch a database error.
    pub trying: usize,
    /// Set while an undecided branch is tried.
    pub trial: Option<Trial>,
    /// Why the trial's branch is undecided.
    pub trial_cause: Option<Rc<Unknown>>,
    /// Depth of the call stack at which evaluation of something began that may not happen at all.
    pub undecided: Option<usize>,
    /// Values that are not known of the statement that is rendered; each is a parameter `$n` in its text. `None` where no statement is.
    pub holes: Option<Vec<Rc<Unknown>>>,
    /// The statements around the SELECT that is rendered.
    pub selecting: Selecting,
    /// What the `__getattr__` of a class raised for an attribute that is being looked up.
    pub denied: Option<Flow>,
    /// What the evaluation has asked outside the scripts.
    pub consulted: EvidenceSet,
    /// Depth of module imports: what goes wrong there is no fault of the revision.
    pub importing: usize,
    /// The exception that is handled, for a bare `raise`.
    pub handling: Vec<Value>,
}

/// How a SELECT that is rendered relates to the statements around it.
#[derive(Default)]
pub struct Selecting {
    /// The tables of the statements around, outermost first; those inside joins included.
    pub enclosing: Vec<Vec<Value>>,
    /// The next SELECT stands in FROM: it leaves nothing out by itself.
    pub in_from: bool,
    /// Subqueries and aliases without a name, in the order in which they were met, and the names that they got.
    pub anonymous: Vec<(Value, String)>,
}

impl Interp<'_> {
    /// Ends the evaluation at a bound.
    ///
    /// # Errors
    /// Always.
    pub fn stop<T>(&mut self, why: &str) -> R<T> {
        let diagnostic = Diagnostic::new(
            Code::EvaluationBound,
            format!("the evaluation was stopped here: {why}"),
        );
        self.say(diagnostic);
        Err(Flow::Stop)
    }

    /// The innermost place in the user's own files.
    pub fn place(&self) -> Place {
        self.frames
            .iter()
            .rev()
            .find(|f| !f.source.model)
            .map_or_else(Place::default, |f| f.source.place(f.span))
    }

    /// Text of the innermost call or statement in the user's own files.
    pub fn snippet(&self) -> String {
        self.frames
            .iter()
            .rev()
            .find(|f| !f.source.model)
            .map_or_else(String::new, |f| f.source.slice(f.span).to_owned())
    }

    /// Where the operation that is made now comes from.
    pub fn origin(&self) -> Origin {
        Origin {
            revision: self.revision.clone(),
            direction: self.direction,
            place: self.place(),
        }
    }

    /// Gives a diagnostic at the present place, unless a branch is only tried.
    pub fn say(&mut self, mut diagnostic: Diagnostic) {
        if self.trial.is_some() {
            return;
        }
        if diagnostic.origin.is_none() {
            diagnostic.origin = Some(self.origin());
        }
        self.sink.diagnostics().push(diagnostic);
    }

    /// A value that cannot be known.
    pub fn unknown(&self, reason: impl Into<String>) -> Value {
        Value::Unknown(Rc::new(Unknown {
            reason: reason.into(),
            place: self.place(),
            code: false,
            text: None,
            moment: false,
        }))
    }

    /// Something of a module that could not be read: calling it may do anything.
    pub fn unknown_code(&self, reason: impl Into<String>) -> Value {
        Value::Unknown(Rc::new(Unknown {
            reason: reason.into(),
            place: self.place(),
            code: true,
            text: None,
            moment: false,
        }))
    }

    /// A partly known text.
    pub fn unknown_text(&self, cause: &Unknown, text: String) -> Value {
        Value::Unknown(Rc::new(Unknown {
            reason: computed_from(cause),
            place: cause.place.clone(),
            code: false,
            text: Some(text.into()),
            moment: false,
        }))
    }

    /// A value of the clock, or a random one.
    pub fn unknown_moment(&self, reason: impl Into<String>) -> Value {
        Value::Unknown(Rc::new(Unknown {
            reason: reason.into(),
            place: self.place(),
            code: false,
            text: None,
            moment: true,
        }))
    }

    /// Raises a built-in exception.
    pub fn raise(&mut self, class: &str, message: impl Into<String>) -> Flow {
        let message = Value::str(message.into());
        let class = self
            .state
            .builtins
            .get(class)
            .or_else(|| self.state.builtins.get("Exception"))
            .cloned();
        self.raise_of(class, vec![message])
    }

    /// Raises an exception of a class that a library model defines.
    pub fn raise_model(&mut self, module: &str, class: &str, message: impl Into<String>) -> Flow {
        let message = Value::str(message.into());
        let found = match self.import(module) {
            Ok(Value::Module(m)) => m.env.vars.borrow().get(class).cloned(),
            _ => None,
        };
        match found {
            Some(class) => self.raise_of(Some(class), vec![message]),
            None => self.raise("Exception", class),
        }
    }

    /// What a function of the model of `typing` makes of types.
    ///
    /// # Errors
    /// As evaluation.
    pub fn annotated(&mut self, function: &str, types: Vec<Value>) -> R<Value> {
        let Value::Module(typing) = self.import("typing")? else {
            return Ok(self.unknown("typing is not there"));
        };
        let found = typing.env.vars.borrow().get(function).cloned();
        match found {
            Some(function) => self.call(&function, super::value::Args::new(types)),
            None => Ok(self.unknown("typing is not there")),
        }
    }

    fn raise_of(&mut self, class: Option<Value>, args: Vec<Value>) -> Flow {
        let exception = match class {
            Some(Value::Class(class)) => {
                let instance = Instance {
                    class,
                    attrs: std::cell::RefCell::default(),
                    payload: std::cell::RefCell::default(),
                };
                instance.set("args", Value::tuple(args.clone()));
                instance.set("orig", args.first().cloned().unwrap_or(Value::None));
                Value::Instance(Rc::new(instance))
            }
            _ => Value::None,
        };
        Flow::Raise(Box::new(Raised {
            exception,
            place: self.place(),
        }))
    }

    /// Sends an operation to the sink.
    ///
    /// # Errors
    /// A database error, where the script would catch it.
    pub fn emit(&mut self, kind: OpKind) -> R<()> {
        let schema = touches_schema(&kind);
        if let Some(trial) = &mut self.trial {
            trial.schema |= schema;
            trial.data |= !schema;
            return Ok(());
        }
        if schema && let Some(doubt) = self.take_doubt() {
            let diagnostic = Diagnostic::new(
                Code::UnknownCondition,
                format!(
                    "whether this runs at all depends on a condition that is not known: {}",
                    doubt.cause.reason
                ),
            )
            .help(doubt.help);
            self.say(diagnostic);
        }
        // An operation is applied to the schema: it costs more than a statement of Python.
        self.work(STEPS_OF_OPERATION)?;
        if let OpKind::ExecuteSql(op) = &kind {
            self.work_on_sql(&op.sql)?;
        }
        let origin = self.origin();
        let caught = if self.trying > 0 {
            Caught::Yes
        } else {
            Caught::No
        };
        match self.sink.apply(Op { kind, origin }, caught) {
            Err(message) if self.trying > 0 => Err(self.database_error(&message)),
            _ => Ok(()),
        }
    }

    /// The error that a driver would raise for PostgreSQL's sentence.
    pub fn database_error(&mut self, message: &str) -> Flow {
        let class = if message.contains("violates") {
            "IntegrityError"
        } else if message.contains("depend") {
            "InternalError"
        } else {
            "ProgrammingError"
        };
        self.raise_model("sqlalchemy.exc", class, message)
    }

    fn take_doubt(&mut self) -> Option<Doubt> {
        self.frames.iter_mut().find_map(|f| f.doubt.take())
    }

    /// Keeps what could not be evaluated as an operation, and says why.
    ///
    /// # Errors
    /// As [`Self::emit`].
    pub fn opaque(&mut self, code: Code, message: String, cause: &Unknown, schema: bool) -> R<()> {
        if self.trial.is_none() {
            let mut diagnostic = Diagnostic::new(code, message);
            if !schema {
                diagnostic = Diagnostic::new(Code::UnknownData, diagnostic.message);
            } else if code == Code::UnknownCondition {
                diagnostic = diagnostic.help(self.condition_help());
            } else if cause.place.line > 0 && cause.place != self.place() {
                diagnostic = diagnostic.help(format!("it is not known since {}", cause.place));
            }
            self.say(diagnostic);
        }
        let text = self.snippet();
        self.emit(OpKind::Opaque(Opaque {
            text,
            reason: cause.reason.clone(),
            touches_schema: schema,
        }))
    }

    /// Notes that a container is changed: in a branch that is only tried, nobody knows it afterwards.
    pub fn touch(&self, doubt: &std::cell::RefCell<Option<Rc<Unknown>>>) {
        if self.trial.is_some()
            && let Some(cause) = &self.trial_cause
        {
            *doubt.borrow_mut() = Some(Rc::clone(cause));
        }
    }

    /// Why a container's content is not known, outside the branch that made it so.
    pub fn doubt_of(&self, value: &Value) -> Option<Rc<Unknown>> {
        if self.trial.is_some() {
            return None;
        }
        match value.plain() {
            Value::List(s) | Value::Tuple(s) => s.doubt.borrow().clone(),
            Value::Dict(d) => d.doubt.borrow().clone(),
            Value::Set(s) => s.doubt.borrow().clone(),
            _ => None,
        }
    }

    /// The value of a module's variable.
    pub fn module_get(&self, module: &ModuleObj, name: &str) -> Option<Value> {
        module.env.vars.borrow().get(name).cloned()
    }
}

/// Whether an operation can change the schema.
pub fn touches_schema(kind: &OpKind) -> bool {
    match kind {
        OpKind::BulkInsert(_) | OpKind::Data(_) | OpKind::NoEffect(_) => false,
        OpKind::Opaque(opaque) => opaque.touches_schema,
        OpKind::ExecuteSql(sql) => {
            !is_data_sql(&sql.sql) && !sql.sql.split(';').all(is_about_roles)
        }
        _ => true,
    }
}

/// Whether a statement is empty or begins as one about roles and privileges, which are no part of the schema.
fn is_about_roles(statement: &str) -> bool {
    let mut words = statement.split_whitespace().map(str::to_ascii_lowercase);
    match words.next().as_deref() {
        None | Some("grant" | "revoke" | "reassign") => true,
        Some("create" | "alter") => {
            matches!(words.next().as_deref(), Some("role" | "user" | "default"))
                && words.next().as_deref() != Some("mapping")
        }
        Some("drop") => {
            matches!(words.next().as_deref(), Some("role" | "user" | "owned"))
                && words.next().as_deref() != Some("mapping")
        }
        _ => false,
    }
}

fn computed_from(cause: &Unknown) -> String {
    match cause.moment {
        true => format!("{}, and this is computed from it", cause.reason),
        false => cause.reason.clone(),
    }
}

/// What is computed from a value: if that is not known, neither is it, and it is not the moment itself.
pub fn derived(unknown: Rc<Unknown>) -> Rc<Unknown> {
    if !unknown.moment {
        return unknown;
    }
    Rc::new(Unknown {
        reason: computed_from(&unknown),
        place: unknown.place.clone(),
        code: unknown.code,
        text: unknown.text.clone(),
        moment: false,
    })
}

/// As [`derived`], of a value.
pub fn derived_value(value: Value) -> Value {
    match value {
        Value::Unknown(unknown) => Value::Unknown(derived(unknown)),
        other => other,
    }
}

/// Whether every statement of a text begins as one that changes or reads data only; a guess by its first words.
pub fn is_data_sql(sql: &str) -> bool {
    let mut any = false;
    for statement in sql.split(';') {
        let mut text = statement.trim_start();
        while let Some(rest) = text.strip_prefix("--") {
            text = rest.split_once('\n').map_or("", |(_, r)| r).trim_start();
        }
        if text.is_empty() {
            continue;
        }
        any = true;
        let word: String = text
            .chars()
            .take_while(|c| c.is_ascii_alphabetic())
            .collect::<String>()
            .to_ascii_lowercase();
        if !matches!(
            word.as_str(),
            "insert"
                | "update"
                | "delete"
                | "select"
                | "with"
                | "truncate"
                | "set"
                | "analyze"
                | "copy"
        ) {
            return false;
        }
        if word == "select" && text.to_ascii_lowercase().contains(" into ") {
            return false;
        }
    }
    any
}
