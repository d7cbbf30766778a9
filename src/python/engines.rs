//! What env.py passes to `upgrade()` and `downgrade()`.
//!
//! `context.run_migrations(**kw)` hands its arguments to the function of every revision. Alembic's multidb template runs the
//! history once for each of several databases ("engines") and passes the engine's name, and `upgrade(engine_name)` calls the
//! one of `upgrade_NAME()` that is for it. Each run makes a database of its own, so one of them is replayed.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use crate::python::map::Map;
use indexmap::IndexSet;
use serde::Serialize;

use super::eval::interp::{Interp, R};
use super::eval::text::repr_simple;
use super::eval::value::{Args, Func, Value};
use super::syntax::{Function, Module, Name, StmtKind};
use super::{Assumption, Evaluator};
use crate::diag::{Code, Diagnostic, Origin};
use crate::history::Revision;

/// Prefix of the names under which `--assume` takes what env.py passes.
pub(super) const PREFIX: &str = "upgrade:";

/// The databases that a history is run on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Engines {
    /// Their names, in the order of the runs; empty where there is one database, and no name for it.
    pub names: Vec<String>,
    /// Argument of `upgrade()` that the name is passed in.
    pub argument: String,
    /// What says so.
    pub said_by: EnginesSaidBy,
    /// The one that is replayed.
    pub chosen: Option<String>,
    /// Whether the user chose it; else it is the only one.
    pub given: bool,
}

/// Where the names of engines were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnginesSaidBy {
    /// env.py runs the history with each of them.
    #[default]
    Env,
    /// The option `databases` of alembic.ini.
    Databases,
    /// The scripts have a function for each of them.
    Functions,
}

impl std::fmt::Display for EnginesSaidBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Env => "by env.py",
            Self::Databases => "by `databases` in alembic.ini",
            Self::Functions => "by the names of the scripts' functions",
        })
    }
}

/// One call of `context.run_migrations()` in env.py.
pub(super) struct Run {
    /// What is passed.
    arguments: Map<Name, Value>,
    /// Naming convention of the metadata that was configured for it.
    naming: Option<Value>,
}

impl Engines {
    /// The names for people: `books, loans`; the one without letters, which Flask-Migrate gives to the main database, as `''`.
    pub fn list(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(|name| shown(name)).collect();
        names.join(", ")
    }

    /// The chosen one for people.
    pub fn shown(&self) -> &str {
        self.chosen.as_deref().map_or("none", shown)
    }
}

fn shown(name: &str) -> &str {
    if name.is_empty() { "''" } else { name }
}

impl Run {
    fn is_like(&self, other: &Self) -> bool {
        let same = |a: &Value, b: &Value| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a == b,
            (None, None) => true,
            _ => false,
        };
        self.arguments.len() == other.arguments.len()
            && self.arguments.iter().all(|(name, value)| {
                let theirs = other.arguments.get(name);
                theirs.is_some_and(|theirs| same(value, theirs))
            })
    }
}

/// What a script's functions are called and take.
struct Functions {
    upgrade: Option<Arc<Function>>,
    /// `NAME` of each `upgrade_NAME()` that takes nothing.
    parts: Vec<String>,
}

impl Functions {
    fn of(tree: &Module) -> Self {
        let mut found = Self {
            upgrade: None,
            parts: Vec::new(),
        };
        for stmt in &tree.body {
            let StmtKind::Def(function) = &stmt.kind else {
                continue;
            };
            if &*function.name == "upgrade" {
                found.upgrade = Some(Arc::clone(function));
            } else if let Some(part) = function.name.strip_prefix("upgrade_")
                && function
                    .params
                    .positional
                    .iter()
                    .all(|p| p.default.is_some())
            {
                found.parts.push(part.to_owned());
            }
        }
        found
    }

    /// Whether `upgrade()` takes an argument of this name.
    fn takes(&self, argument: &str) -> bool {
        self.upgrade.as_ref().is_some_and(|f| {
            let named = f.params.positional.iter().chain(&f.params.keyword);
            f.params.double_star.is_some() || named.into_iter().any(|p| &*p.name == argument)
        })
    }

    /// The argument, where `upgrade()` takes one only and there are functions that it may choose from.
    fn only_argument(&self) -> Option<Name> {
        let params = &self.upgrade.as_ref()?.params;
        let mut named = params.positional.iter().chain(&params.keyword);
        match (named.next(), named.next()) {
            (Some(one), None) if !self.parts.is_empty() => Some(Arc::clone(&one.name)),
            _ => None,
        }
    }
}

impl Evaluator<'_> {
    /// The databases that env.py runs these revisions on; without names where it is one.
    pub fn engines(&mut self, revisions: &[&Revision]) -> Engines {
        self.prepare();
        let scripts: Vec<Functions> = revisions
            .iter()
            .filter_map(|revision| self.state.trees.tree(&revision.file).ok())
            .map(|tree| Functions::of(&tree))
            .collect();
        let parts = |argument: &str| -> IndexSet<String> {
            let those = scripts.iter().filter(|s| s.takes(argument));
            those.flat_map(|s| s.parts.iter().cloned()).collect()
        };
        // A name that no script has a function for is what an env.py says that did not find its settings.
        let known = |names: &[String], argument: &str| {
            let parts = parts(argument);
            parts.is_empty() || names.iter().any(|name| parts.contains(name))
        };
        if let Some((argument, names)) = self.named_runs()
            && scripts.iter().any(|s| s.takes(&argument))
            && known(&names, &argument)
        {
            return Engines {
                names,
                argument,
                ..Engines::default()
            };
        }
        let Some(argument) = scripts.iter().find_map(Functions::only_argument) else {
            return Engines::default();
        };
        let databases = self
            .config
            .assume
            .get("config:databases")
            .or_else(|| self.config.options.get("databases"));
        let names: Vec<String> = databases
            .map(|text| text.split(',').map(|n| n.trim().to_owned()).collect())
            .unwrap_or_default();
        let (names, said_by) = if !names.is_empty() && known(&names, &argument) {
            (names, EnginesSaidBy::Databases)
        } else {
            let parts = parts(&argument);
            (parts.into_iter().collect(), EnginesSaidBy::Functions)
        };
        Engines {
            names,
            argument: argument.to_string(),
            said_by,
            ..Engines::default()
        }
    }

    /// Replays what is for one engine from now on.
    pub fn choose_engine(&mut self, engines: &Engines) {
        let run = engines.chosen.as_deref().and_then(|chosen| {
            let named = |run: &&Run| {
                let name = run.arguments.get(engines.argument.as_str());
                name.and_then(Value::as_str).as_deref() == Some(chosen)
            };
            self.state.runs.iter().find(named)
        });
        if let Some(naming) = run.and_then(|run| run.naming.clone()) {
            self.state.naming = Some(naming);
        }
        self.state.engines = engines.clone();
    }

    /// The argument that tells env.py's runs apart, and its value in each.
    fn named_runs(&self) -> Option<(String, Vec<String>)> {
        let runs = &self.state.runs;
        let first = runs.first()?;
        first.arguments.keys().find_map(|name| {
            let values: Option<IndexSet<String>> = runs
                .iter()
                .map(|run| Some(run.arguments.get(name)?.as_str()?.to_string()))
                .collect();
            let values = values.filter(|v| v.len() > 1 && v.len() == runs.len())?;
            Some((name.to_string(), values.into_iter().collect()))
        })
    }
}

impl Interp<'_> {
    /// env.py runs the migrations.
    pub(super) fn note_run(&mut self, arguments: Map<Name, Value>) {
        // Scripts that call it do something else.
        if !self.revision.is_empty() {
            return;
        }
        let naming = self.state.configured.clone();
        let run = Run { arguments, naming };
        if !self.state.runs.iter().any(|other| other.is_like(&run)) {
            self.state.runs.push(run);
        }
    }

    /// Calls `upgrade()` or `downgrade()` with what env.py passes.
    pub(super) fn call_with_arguments(&mut self, function: &Value) -> R<()> {
        let mut args = Args::default();
        if let Value::Function(function) = function {
            let params = &function.code.params;
            for (index, param) in params.positional.iter().enumerate() {
                let Some(value) = self.passed(function, &param.name, param.default.is_none())
                else {
                    continue;
                };
                if index < params.positional_only {
                    args.pos.push(value);
                } else {
                    args.named.insert(Arc::clone(&param.name), value);
                }
            }
            for param in &params.keyword {
                if let Some(value) = self.passed(function, &param.name, param.default.is_none()) {
                    args.named.insert(Arc::clone(&param.name), value);
                }
            }
            if params.double_star.is_some() {
                let names: Vec<Name> = self
                    .run()
                    .map(|run| run.arguments.keys().cloned().collect())
                    .unwrap_or_default();
                for name in names {
                    if !args.named.contains_key(&name)
                        && let Some(value) = self.passed(function, &name, false)
                    {
                        args.named.insert(name, value);
                    }
                }
            }
        }
        self.call(function, args)?;
        Ok(())
    }

    /// The run of env.py that is replayed.
    fn run(&self) -> Option<&Run> {
        let engines = &self.state.engines;
        let runs = &self.state.runs;
        match &engines.chosen {
            None => runs.last(),
            Some(chosen) => runs.iter().find(|run| {
                let name = run.arguments.get(engines.argument.as_str());
                name.is_none_or(|name| name.as_str().is_none_or(|name| *name == **chosen))
            }),
        }
    }

    /// What is passed for an argument; `None` where nothing is and it has a default.
    fn passed(&mut self, function: &Rc<Func>, name: &Name, required: bool) -> Option<Value> {
        let key = format!("{PREFIX}{name}");
        let engines = &self.state.engines;
        let chosen = engines.chosen.clone();
        let is_engine = chosen.is_some() && engines.argument == **name;
        let (value, how) = if let Some(text) = self.config.assume.get(&key) {
            (literal(text), "as given with --assume")
        } else if let (true, Some(chosen)) = (is_engine, chosen) {
            (Value::str(chosen), "the engine that is replayed")
        } else {
            match self.run().and_then(|run| run.arguments.get(name)).cloned() {
                Some(value) if value.unknown().is_none() => (value, "as env.py passes it"),
                _ if !required => return None,
                _ => {
                    let reason = format!(
                        "the argument {name} is passed by env.py, which does not say it plainly; give it with --assume \
                         '{key}=VALUE'"
                    );
                    (self.unknown(reason), Assumption::NOT_KNOWN)
                }
            }
        };
        let printed = match value {
            Value::Unknown(_) => Assumption::NOT_KNOWN.to_owned(),
            // Objects are what they are in env.py: there is nothing to assume.
            ref v if !is_plain(v) => return Some(value),
            ref v => repr_simple(v),
        };
        let origin = Origin {
            place: function.source.place(function.code.span),
            ..self.origin()
        };
        let given =
            self.config.assume.contains_key(&key) || (is_engine && self.state.engines.given);
        let told = match how {
            Assumption::NOT_KNOWN => {
                format!("{name} is an argument that env.py passes; it is not known")
            }
            how => format!("{name} is an argument that env.py passes; {printed} is used, {how}"),
        };
        self.say(Diagnostic::new(Code::Assumed, told).at(origin.clone()));
        self.note_assumption(&key, &printed, given, origin);
        Some(value)
    }

    /// Notes an assumption and where it mattered.
    pub(super) fn note_assumption(&mut self, name: &str, value: &str, given: bool, at: Origin) {
        if given {
            self.state.used.insert(name.to_owned());
        }
        let entry = self
            .state
            .assumptions
            .entry(name.to_owned())
            .or_insert_with(|| Assumption {
                name: name.to_owned(),
                value: value.to_owned(),
                given,
                read_at: BTreeSet::new(),
            });
        value.clone_into(&mut entry.value);
        if !self.revision.is_empty() {
            entry.read_at.insert(at.into());
        }
    }
}

fn is_plain(value: &Value) -> bool {
    matches!(
        value,
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_)
    )
}

/// What the user writes for an argument: `None`, `True`, `False`, an integer, else a text.
fn literal(text: &str) -> Value {
    match text {
        "None" => Value::None,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        text => match text.parse::<i64>() {
            Ok(number) => Value::Int(number),
            Err(_) => Value::str(text),
        },
    }
}
