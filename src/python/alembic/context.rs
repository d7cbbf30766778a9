//! The migration context: the target metadata, options, arguments.

use std::sync::Arc;

use crate::python::decision::Evidence;
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, Native, Value};

/// The natives of this module.
pub static NATIVES: &[Native] = &[
    Native {
        name: "target_metadata",
        call: |i, _| {
            let class = match i.import("sqlalchemy.sql.schema")? {
                Value::Module(m) => i.module_get(&m, "MetaData"),
                _ => None,
            };
            let Some(class) = class else {
                return Ok(Value::None);
            };
            let mut args = Args::default();
            if let Some(convention) = i.state.naming.clone() {
                args.named
                    .insert(Arc::from("naming_convention"), convention);
            }
            i.call(&class, args)
        },
    },
    Native {
        name: "configured",
        call: |i, a| {
            i.configured(&a.at(0))?;
            if i.revision.is_empty() {
                i.state.configured_with = Some(a.at(1));
            }
            Ok(Value::None)
        },
    },
    Native {
        name: "configured_with",
        call: |i, _| Ok(i.state.configured_with.clone().unwrap_or(Value::None)),
    },
    Native {
        // What scripts ask it for are faults of older releases; it is told like what comes from outside.
        name: "alembic_version",
        call: |i, _| {
            let version = match i.config.alembic_version.as_str() {
                "" => "1.13",
                given => given,
            };
            // A release line alone stands for its first release.
            let whole = match version.matches('.').count() {
                0 | 1 => format!("{version}.0"),
                _ => version.to_owned(),
            };
            Ok(i.assume("alembic.__version__", Value::str(whole)))
        },
    },
    Native {
        name: "config_option",
        call: |i, a| {
            let name = a.at(0).as_str().unwrap_or_default();
            if let Some(set) = i.state.set_options.get(&*name) {
                return Ok(set.clone());
            }
            let configured = i.config.options.get(&*name).map(|v| Value::str(v.as_str()));
            Ok(i.assume(
                &format!("config:{name}"),
                configured.unwrap_or_else(|| a.at(1)),
            ))
        },
    },
    Native {
        name: "set_option",
        call: |i, a| {
            if let Some(name) = a.at(0).as_str() {
                i.state.set_options.insert(name, a.at(1));
            }
            Ok(Value::None)
        },
    },
    Native {
        name: "migrations_run",
        call: |i, a| {
            i.note_run(a.named);
            Ok(Value::None)
        },
    },
    Native {
        // A constant of the model that scripts ask in guards: the report tells what it was that answered them.
        name: "answered",
        call: |i, a| {
            i.consulted.add(match a.at(0).as_str().as_deref() {
                Some("offline") => Evidence::Offline,
                _ => Evidence::Dialect,
            });
            Ok(a.at(1))
        },
    },
    Native {
        // `config.attributes`: env.py is not wrong about what it finds there, scripts take its absence.
        name: "config_attribute",
        call: |i, a| {
            if i.revision.is_empty() && a.at(1).is_none() {
                return Ok(i.unknown(
                    "the program that runs Alembic may set attributes of its configuration",
                ));
            }
            let name = a.at(0).as_str().unwrap_or_default();
            Ok(i.assume(&format!("config:{name}"), a.at(1)))
        },
    },
    Native {
        // `get_context().opts[name]`: env.py may hand options of its own to `context.configure()`.
        name: "context_option",
        call: |i, a| {
            let name = a.at(0).as_str().unwrap_or_default();
            let asked = format!("option:{name}");
            if i.config.assume.contains_key(&asked) {
                return Ok(i.assume(&asked, Value::None));
            }
            Ok(i.unknown(format!(
                "env.py hands the option {name} to context.configure(); --assume '{asked}=..' says what it is"
            )))
        },
    },
    Native {
        name: "app_config",
        call: app_config,
    },
    Native {
        name: "config_file",
        call: |_, _| Ok(Value::None),
    },
    Native {
        name: "x_arguments",
        call: x_arguments,
    },
    Native {
        name: "current_revision",
        call: |i, _| Ok(i.unknown("the revision of the database")),
    },
    Native {
        name: "revision_script",
        call: revision_script,
    },
];

/// `app.config[key]`: what the defaults say that the project keeps in a module of its own, as applications of Flask do.
fn app_config(i: &mut Interp<'_>, a: Args) -> crate::python::eval::interp::R<Value> {
    const MODULES: [&str; 4] = ["config", "settings", "default_settings", "default_config"];
    let key = a.at(0).as_str().unwrap_or_default();
    let package = i.frames.iter().rev().find_map(|frame| {
        let package = frame
            .env
            .module()
            .vars
            .borrow()
            .get("__package__")?
            .as_str()?;
        let top = package.split('.').next().unwrap_or_default();
        (!frame.source.model && !top.is_empty()).then(|| top.to_owned())
    });
    for module in MODULES {
        let name = match &package {
            Some(package) => format!("{package}.{module}"),
            None => module.to_owned(),
        };
        i.importing += 1;
        let found = i.import(&name);
        i.importing = i.importing.saturating_sub(1);
        let Value::Module(found) = found? else {
            continue;
        };
        if let Some(value) = i.module_get(&found, &key) {
            let value = i.force(value)?;
            let secret = ["SECRET", "PASSWORD", "TOKEN", "KEY", "SALT", "URI", "URL"]
                .iter()
                .any(|word| key.contains(word));
            let plain = matches!(
                value,
                Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_)
            );
            return Ok(if plain && !secret {
                i.assume(&format!("config:{key}"), value)
            } else {
                value
            });
        }
    }
    match a.pos.get(1) {
        Some(default) => Ok(i.assume(&format!("config:{key}"), default.clone())),
        None => Ok(i.unknown(format!(
            "the application's configuration {key} is not known"
        ))),
    }
}

/// `context.get_x_argument(as_dictionary=..)`: the x-arguments that the user assumed, else none.
fn x_arguments(i: &mut Interp<'_>, a: Args) -> crate::python::eval::interp::R<Value> {
    let given: Vec<(String, String)> = i
        .config
        .assume
        .iter()
        .filter_map(|(k, v)| Some((k.strip_prefix("x:")?.to_owned(), v.clone())))
        .collect();
    if given.is_empty() {
        i.assume("x:", Value::str(""));
    } else {
        for (name, _) in &given {
            i.assume(&format!("x:{name}"), Value::None);
        }
    }
    Ok(if a.at(0).is_true() {
        Value::dict(given.into_iter().map(|(k, v)| (k, Value::str(v))))
    } else {
        Value::list(
            given
                .into_iter()
                .map(|(k, v)| Value::str(format!("{k}={v}")))
                .collect(),
        )
    })
}

/// `script.get_revision(id)`: another revision's script, with its module.
fn revision_script(i: &mut Interp<'_>, a: Args) -> crate::python::eval::interp::R<Value> {
    let id = a.at(0).as_str().unwrap_or_default();
    let module = i.revision_module(&id)?;
    let class = match i.import("types")? {
        Value::Module(m) => i.module_get(&m, "SimpleNamespace"),
        _ => None,
    };
    let Some(class) = class else {
        return Ok(module);
    };
    let mut args = Args::default();
    args.named.insert(Arc::from("module"), module);
    args.named.insert(Arc::from("revision"), a.at(0));
    i.call(&class, args)
}

impl Interp<'_> {
    /// Takes the naming convention from the metadata that `env.py` configures.
    fn configured(&mut self, metadata: &Value) -> crate::python::eval::interp::R<()> {
        let metadata = match metadata {
            Value::List(items) | Value::Tuple(items) => {
                items.items.borrow().first().cloned().unwrap_or(Value::None)
            }
            other => other.clone(),
        };
        self.state.configured = None;
        if metadata.is_none() || metadata.unknown().is_some() {
            return Ok(());
        }
        let convention = self.attr(&metadata, "naming_convention")?;
        if matches!(convention.plain(), Value::Dict(_)) {
            self.state.naming = Some(convention.clone());
            self.state.configured = Some(convention);
        }
        Ok(())
    }

    /// As [`Self::configured`], for the module variable of `env.py`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn take_metadata(&mut self, metadata: &Value) -> crate::python::eval::interp::R<()> {
        self.configured(metadata)
    }
}
