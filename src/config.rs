//! `decant.toml`: everything that a team decides, in one file. Paths in it are relative to its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::lower;
use crate::sqlite::tenants;

/// The whole file. Unknown keys are refused, so that a misspelt decision is never ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Where the history is and how it is read.
    pub history: History,
    /// Where the rows come from.
    pub source: Source,
    /// What is made.
    pub target: Target,
    /// How schema and values are stored: profile, overrides, accepted losses.
    pub storage: lower::Options,
    /// The baseline migration.
    pub baseline: Baseline,
    /// The data port.
    pub port: Port,
    /// Verification and its report.
    pub report: Report,
    /// Folder of the file; paths are relative to it.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `[history]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct History {
    /// Folders with revision scripts, or `alembic.ini`/`pyproject.toml` files.
    pub scripts: Vec<PathBuf>,
    /// Where imports of the project and of its packages resolve, one folder or a list; by default the folder above the versions folder.
    #[serde(deserialize_with = "one_or_many")]
    pub root: Vec<PathBuf>,
    /// SQLAlchemy version that ran the history (`1.4`, `2.0`, `2.1` or with a patch level).
    pub sqlalchemy_version: Option<String>,
    /// DDL of what was there before the first revision.
    pub base: Option<PathBuf>,
    /// Values of environment variables, x-arguments and options that scripts read.
    pub assume: IndexMap<String, String>,
    /// Which database of a history that makes several (Alembic's multidb template).
    pub engine: Option<String>,
}

/// A path, or a list of them.
fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        One(PathBuf),
        Many(Vec<PathBuf>),
    }
    Ok(match Given::deserialize(from)? {
        Given::One(path) => vec![path],
        Given::Many(paths) => paths,
    })
}

/// `[source]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Connection URL of a live server. Better in the environment (`DATABASE_URL`, `PG*`) when it has a password.
    pub url: Option<String>,
    /// A plain `pg_dump` file.
    pub dump: Option<PathBuf>,
}

/// `[target]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Target {
    /// The SQLite file.
    pub file: Option<PathBuf>,
    /// Journal mode that the published file is left in.
    pub journal_mode: JournalMode,
    /// Bytes of a page: a power of two from 512 to 65536; SQLite's own choice (4096) where nothing is said.
    pub page_size: Option<u32>,
    /// Whose import must accept the file.
    #[serde(rename = "for")]
    pub importer: Option<Importer>,
}

/// Who takes the file over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Importer {
    /// `turso db import`: it asks for WAL without anything beside the file, pages of 4096 bytes, no auto_vacuum and UTF-8
    /// (docs.turso.tech, "Migrate to Turso"; tursodatabase/turso-cli, pull request 935), and its engine opens no file with generated
    /// columns, virtual tables or tables without rowid.
    Turso,
}

/// What a file is like besides its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileForm {
    /// Journal mode.
    pub journal_mode: JournalMode,
    /// Bytes of a page; `None` is SQLite's own choice.
    pub page_size: Option<u32>,
}

impl Target {
    /// What the file is to be like.
    pub fn form(&self) -> FileForm {
        match self.importer {
            Some(Importer::Turso) => FileForm {
                journal_mode: JournalMode::Wal,
                page_size: Some(4096),
            },
            None => FileForm {
                journal_mode: self.journal_mode,
                page_size: self.page_size,
            },
        }
    }

    /// Why it cannot be so.
    ///
    /// # Errors
    /// A page size that SQLite does not have, or one that the importer does not take.
    pub fn check(&self) -> Result<(), Error> {
        let Some(size) = self.page_size else {
            return Ok(());
        };
        if !(size.is_power_of_two() && (512..=65536).contains(&size)) {
            return Err(Error::Target(format!(
                "page-size = {size}: SQLite's pages have a power of two from 512 to 65536 bytes"
            )));
        }
        if self.importer == Some(Importer::Turso) && size != 4096 {
            return Err(Error::Target(format!(
                "page-size = {size}: Turso imports files with pages of 4096 bytes alone; leave page-size out"
            )));
        }
        Ok(())
    }
}

/// Journal mode of the published file (SQLite manual, `PRAGMA journal_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum JournalMode {
    /// Rollback journal, SQLite's default: one file, nothing beside it.
    #[default]
    Delete,
    /// Write-ahead log.
    Wal,
}

/// `[baseline]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Baseline {
    /// Folder of the migration files.
    pub dir: PathBuf,
    /// Name part of the file.
    pub name: String,
    /// `YYYYMMDDHHMMSS`; by default the newest Create Date of the history.
    pub timestamp: Option<String>,
    /// Whether rows that the history itself writes are part of it: `keep` or `drop`.
    pub seed_data: SeedData,
    /// Statements that write rows, by `revision:line`, that are left out: `drop`.
    pub seeds: IndexMap<String, SeedDecision>,
}

/// Whether rows that the history itself writes are part of the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SeedData {
    /// Those that an empty database has at the end of the history.
    #[default]
    Keep,
    /// None: the rows come from elsewhere.
    Drop,
}

/// What becomes of one statement that writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedDecision {
    /// It is left out.
    Drop,
}

impl Default for Baseline {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("out/migrations"),
            name: "baseline".to_owned(),
            timestamp: None,
            seed_data: SeedData::default(),
            seeds: IndexMap::new(),
        }
    }
}

/// Connections that a live source is read over unless it is said.
const DEFAULT_JOBS: usize = 1;

/// `[port]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Port {
    /// How many rows the target may reject before the run counts as failed.
    pub max_rejects: u64,
    /// Connections that a live source is read over; all see one snapshot.
    pub jobs: Option<std::num::NonZeroU8>,
    /// `TABLE.COLUMN` by whose values the rows are divided into files, one per value.
    pub database_per: Option<String>,
    /// Where the tables of no tenant go.
    pub shared: tenants::Shared,
    /// What becomes of rows that have no tenant though their table has.
    pub unrouted: tenants::Unrouted,
    /// By table the column of the foreign key that leads to the tenant, where several do not agree.
    pub via: BTreeMap<String, String>,
}

impl Port {
    /// Connections that a live source is read over.
    pub fn readers(&self) -> usize {
        self.jobs
            .map_or(DEFAULT_JOBS, |jobs| usize::from(jobs.get()))
    }
}

/// `[report]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Report {
    /// Folder of the report and of the other artefacts.
    pub dir: PathBuf,
    /// `counts`, `sample`, `digest` or `full`.
    pub level: String,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("out"),
            level: "digest".to_owned(),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What is said of the target cannot be.
    #[error("[target] {0}")]
    Target(String),
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {cause}")]
    Read {
        /// File.
        path: String,
        /// Cause.
        cause: std::io::Error,
    },
    /// The file is not TOML, or has a key or value that is not known.
    #[error("{path}: {cause}")]
    Parse {
        /// File.
        path: String,
        /// What is wrong, with line and column.
        cause: Box<toml::de::Error>,
    },
    /// An accepted loss is not of the form `object: rule`.
    #[error(
        "{path}: storage.accept: \"{entry}\" is not `object: rule` with a rule that decant knows, for instance `invoices.total: decimal-text`"
    )]
    Decision {
        /// File.
        path: String,
        /// The entry.
        entry: String,
    },
}

impl Config {
    /// Name of the file that is looked for in the current folder when none is named.
    pub const FILE_NAME: &'static str = "decant.toml";

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is not TOML, or has unknown keys.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|cause| Error::Read {
            path: name.clone(),
            cause,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|cause| Error::Parse {
            path: name.clone(),
            cause: Box::new(cause),
        })?;
        let unknown = |entry: &&String| {
            let rule = entry.rsplit_once(':').map(|(_, rule)| rule.trim());
            rule.and_then(lower::Rule::parse).is_none()
        };
        if let Some(entry) = config.storage.accept.iter().find(unknown) {
            return Err(Error::Decision {
                path: name,
                entry: entry.clone(),
            });
        }
        config.folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(config)
    }

    /// The file that was named, or `decant.toml` of the current folder, or the defaults.
    ///
    /// # Errors
    /// A file that is there cannot be used.
    pub fn find(named: Option<&Path>) -> Result<Self, Error> {
        match named {
            Some(path) => Self::read(path),
            None if Path::new(Self::FILE_NAME).is_file() => Self::read(Path::new(Self::FILE_NAME)),
            None => Ok(Self::default()),
        }
    }

    /// A path of the file as seen from the current folder.
    pub fn path(&self, path: &Path) -> PathBuf {
        if self.folder.as_os_str().is_empty() {
            path.to_path_buf()
        } else {
            self.folder.join(path)
        }
    }
}
