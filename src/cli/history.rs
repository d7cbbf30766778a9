//! The flags that name a history, shared by all commands that read one.

use std::path::PathBuf;

use crate::config::{Config, History};
use crate::pipeline::HistoryOptions;

/// Which history, and how it is read.
#[derive(Debug, clap::Args, Default)]
pub struct HistoryArgs {
    /// A folder with versions/, a versions folder, an alembic.ini or a pyproject.toml (repeatable)
    #[arg(long, value_name = "DIR")]
    pub scripts: Vec<PathBuf>,
    /// Where imports of the project and of its packages resolve (by default the folder above the scripts; repeatable)
    #[arg(long, value_name = "DIR")]
    pub root: Vec<PathBuf>,
    /// SQLAlchemy version that ran the history
    #[arg(long, value_name = "V")]
    pub sqlalchemy_version: Option<String>,
    /// SQL of what was there before the first revision (a pg_dump -s or other DDL)
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// What a script reads from outside: NAME=VALUE for an environment variable, x:NAME=VALUE for an x-argument,
    /// config:NAME=VALUE for an option of alembic.ini, upgrade:NAME=VALUE for an argument that env.py passes to upgrade();
    /// if:REVISION:LINE=true or if:CONDITION=false for a condition that could not be decided (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub assume: Vec<String>,
    /// Which database of a history that makes several (Alembic's multidb template)
    #[arg(long, value_name = "NAME")]
    pub engine: Option<String>,
}

impl HistoryArgs {
    /// Flags over configuration; `--scripts` takes the place of everything under `[history]`. `None` when neither names scripts.
    pub fn options(&self, config: &Config) -> anyhow::Result<Option<HistoryOptions>> {
        let configured = if self.scripts.is_empty() {
            config.history.clone()
        } else {
            History::default()
        };
        let mut scripts = self.scripts.clone();
        scripts.extend(configured.scripts.iter().map(|p| config.path(p)));
        if scripts.is_empty() {
            return Ok(None);
        }
        let path = |flag: &Option<PathBuf>, key: &Option<PathBuf>| {
            flag.clone()
                .or_else(|| key.as_deref().map(|p| config.path(p)))
        };
        let mut assume = configured.assume;
        for pair in &self.assume {
            // A condition has `=` of its own, and is true or false.
            let parts = if pair.starts_with("if:") {
                pair.rsplit_once('=')
            } else {
                pair.split_once('=')
            };
            let (name, value) =
                parts.ok_or_else(|| anyhow::anyhow!("--assume {pair}: give NAME=VALUE"))?;
            assume.insert(name.to_owned(), value.to_owned());
        }
        Ok(Some(HistoryOptions {
            scripts,
            roots: if self.root.is_empty() {
                configured.root.iter().map(|p| config.path(p)).collect()
            } else {
                self.root.clone()
            },
            sqlalchemy_version: self
                .sqlalchemy_version
                .clone()
                .or(configured.sqlalchemy_version),
            base: path(&self.base, &configured.base),
            assume,
            engine: self.engine.clone().or(configured.engine),
        }))
    }

    /// The flags as they were given, for whoever repeats the command.
    pub fn words(&self) -> Vec<String> {
        let paths = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|p| p.display().to_string()).collect()
        };
        let flags = [
            ("--scripts", paths(&self.scripts)),
            ("--root", paths(&self.root)),
            (
                "--sqlalchemy-version",
                self.sqlalchemy_version.iter().cloned().collect(),
            ),
            ("--base", paths(self.base.as_slice())),
            ("--assume", self.assume.clone()),
            ("--engine", self.engine.iter().cloned().collect()),
        ];
        flags
            .into_iter()
            .flat_map(|(flag, values)| values.into_iter().flat_map(|v| [flag.to_owned(), v]))
            .collect()
    }

    /// As [`HistoryArgs::options`], for commands that cannot do without a history.
    pub fn required(&self, config: &Config) -> anyhow::Result<HistoryOptions> {
        let default = PathBuf::from("alembic_backup");
        match self.options(config)? {
            Some(options) => Ok(options),
            None if default.is_dir() => Ok(HistoryOptions {
                scripts: vec![default],
                ..HistoryOptions::default()
            }),
            None => Err(crate::pipeline::Error::NoScripts.into()),
        }
    }
}
