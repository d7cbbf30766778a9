//! Why a run of joined stages ends without its result.

use crate::diag::{Diagnostics, Severity};
use crate::lower::Loss;
use crate::python::Engines;
use crate::{files, history, pg, port, sqlite, verify};

/// How grave: decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files, connections, damaged input.
    Fault,
    /// The command line names something that is not there.
    Usage,
    /// A decision is needed.
    Refused,
    /// Differences were found, or rows rejected.
    Different,
}

/// Why a run ends without its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither flags nor configuration name a history.
    #[error(
        "no revision scripts are named: give --scripts DIR, or name them under [history] in decant.toml"
    )]
    NoScripts,
    /// Neither flags nor configuration name a source.
    #[error(
        "no source is named: give --source with a URL or a dump, name it under [source] in decant.toml, or set DATABASE_URL"
    )]
    NoSource,
    /// Neither flags nor configuration name a target.
    #[error("no target is named: give --target FILE, or name it under [target] in decant.toml")]
    NoTarget,
    /// Too few or too many sides.
    #[error(
        "verify compares two or three sides, and {0} were named; a side is history, history@REVISION, a PostgreSQL URL, a dump, a SQLite file or a libSQL URL"
    )]
    Sides(usize),
    /// A file of queries cannot be read, or is not of its form.
    #[error("{0}")]
    Queries(String),
    /// Queries are asked of a server.
    #[error(
        "--query asks PostgreSQL: `{0}` is no server. Give --source with a URL; a dump can be restored into an empty database"
    )]
    QueriesNeedServer(String),
    /// The evidence bundle's name is taken.
    #[error("the bundle {} exists; it was left alone: give another name to --bundle", .0.display())]
    BundleExists(std::path::PathBuf),
    /// The evidence bundle cannot be made.
    #[error("the bundle cannot be made: {0}")]
    Bundle(String),
    /// Scripts cannot be read.
    #[error(transparent)]
    History(#[from] history::Error),
    /// `--assume` names a kind of thing that there is not.
    #[error(
        "--assume {name}: a name is NAME or env:NAME (an environment variable), x:NAME (an x-argument), config:NAME (an option \
of alembic.ini), upgrade:NAME (an argument that env.py passes to upgrade()) or if:CONDITION (a condition that could not be decided)"
    )]
    Assumption {
        /// The name.
        name: String,
    },
    /// The history is run on several databases.
    #[error("the history makes {} databases, one for each `{}` that upgrade() is given: {} ({}); name the one to move with --engine, or `engine` under [history] in decant.toml", .0.names.len(), .0.argument, .0.list(), .0.said_by)]
    SeveralEngines(Box<Engines>),
    /// The database that was asked for is none of them.
    #[error("there is no engine `{name}`: {}", if engines.names.is_empty() { "the history makes one database, without a name".to_owned() } else { format!("the history has {} ({})", engines.list(), engines.said_by) })]
    NoSuchEngine {
        /// What was asked for.
        name: String,
        /// What there is.
        engines: Box<Engines>,
    },
    /// A revision that was asked for is not there.
    #[error(transparent)]
    Resolve(#[from] history::ResolveError),
    /// The revisions do not form a graph that could be replayed.
    #[error("the revisions cannot be put in order: {}", count(.0.count(Severity::Error), "fault"))]
    Graph(Diagnostics),
    /// Something that the schema depends on could not be known.
    #[error("the history was not understood completely, so its schema may be wrong: {}. `decant inspect` lists them; give what is missing with --assume, --root or --base", count(*errors, "open question"))]
    Unresolved {
        /// How many diagnostics are errors.
        errors: usize,
    },
    /// Losses that nobody accepted.
    #[error("{} would be lost and nobody accepted it yet. Look at each; what may go is accepted in decant.toml:\n\n[storage]\naccept = [\n{}]", count(.0.len(), "thing"), entries(.0))]
    Losses(Vec<Loss>),
    /// Statements of revisions that have no equal.
    #[error("{} of the revisions have no equal in SQLite. Write what they should do into the files by hand, or go on without them by --accept-unconverted: a database that was ported has their effect already", count(*.0, "statement"))]
    Unconverted(usize),
    /// Statements that write rows which a fresh installation needs have no equal.
    #[error("{} rows that a fresh installation may need and have no equal in SQLite:\n{}\nWrite those rows into a migration of your own and decide it in decant.toml, or leave all rows out by --seed-data drop:\n\n[baseline.seeds]\n{}", if .0.len() == 1 { "1 statement writes".to_owned() } else { format!("{} statements write", .0.len()) }, .0.iter().map(|(key, why)| format!("  {key}: {why}\n")).collect::<String>(), .0.iter().map(|(key, _)| format!("\"{key}\" = \"drop\"\n")).collect::<String>())]
    Seeds(Vec<(String, String)>),
    /// The history's own statements cannot run on an empty database.
    #[error(
        "the rows that a fresh installation needs cannot be told, since revision {revision} fails on an empty database: {why}; leave rows out by --seed-data drop"
    )]
    SeedsFail {
        /// The revision.
        revision: String,
        /// What SQLite says.
        why: String,
    },
    /// Nothing is left to be squashed.
    #[error(
        "--keep-last {keep} leaves nothing to squash, since the history has {count} revisions up to there; `decant convert` converts all of them"
    )]
    TooFewRevisions {
        /// How many were asked for.
        keep: usize,
        /// How many there are.
        count: usize,
    },
    /// Values without a form that nobody decided about.
    #[error("{} hold values that SQLite cannot keep as they are, and nobody decided about them yet. Choose one rule per line for decant.toml:\n\n[storage]\naccept = [\n{}]", count(.0.len(), "column"), choices(.0))]
    Values(Vec<port::Undecided>),
    /// No Create Date to name the baseline by.
    #[error(
        "no revision has a Create Date to name the baseline by; give --timestamp YYYYMMDDHHMMSS"
    )]
    NoTimestamp,
    /// A time stamp is not one.
    #[error("{0} is not a time stamp of the form YYYYMMDDHHMMSS")]
    BadTimestamp(String),
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] pg::Error),
    /// There is nothing to port.
    #[error(
        "{0} has no tables, so there is nothing to port; name the database or dump that holds the application's tables (one that was made with --data-only needs the history: --scripts DIR)"
    )]
    NoTables(String),
    /// The dump has the schema alone.
    #[error(
        "{0} has tables and no rows: it was made with `pg_dump --schema-only`, or with the data of all tables left out. Make it again with the data"
    )]
    NoRows(String),
    /// The findings cannot be written as CSV.
    #[error("the findings cannot be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A folder of CSV files without a history.
    #[error(
        "{0} holds CSV files, which tell no types: name the history with --scripts DIR, or [history] in decant.toml"
    )]
    CsvWithoutSchema(String),
    /// The file's schema has what its importer does not open.
    #[error("Turso's import would not open the file: {}. Make those ordinary columns and tables first, or leave `for` out and serve the file by libSQL", .0.join("; "))]
    NotImportable(Vec<String>),
    /// The source has another schema than the history builds.
    #[error("the source does not have the schema that the history builds at its head:\n{}", list(.0))]
    SourceSchema(Vec<String>),
    /// The source is at another revision.
    #[error("the source is at revision {} but the scripts' head is {}; bring both to the same revision first (`alembic upgrade heads`, or give the scripts that production runs)", names(.source_versions), names(.heads))]
    Versions {
        /// Rows of the source's version table.
        source_versions: Vec<String>,
        /// Heads of the scripts.
        heads: Vec<String>,
    },
    /// Migration files or ledger.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// The rows could not be ported.
    #[error(transparent)]
    Port(port::Error),
    /// The verification could not be made.
    #[error(transparent)]
    Verify(#[from] verify::Error),
    /// The target cannot be built or published.
    #[error(transparent)]
    Publish(#[from] sqlite::publish::Error),
    /// The file cannot be divided by tenants.
    #[error(transparent)]
    Tenants(#[from] sqlite::tenants::Error),
    /// SQLite failed.
    #[error("{doing}: {cause}")]
    Sqlite {
        /// What was being done.
        doing: String,
        /// SQLite's error.
        cause: rusqlite::Error,
    },
    /// A file cannot be read or written.
    #[error("{doing} {path}: {cause}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// File or folder.
        path: String,
        /// Cause.
        cause: std::io::Error,
    },
    /// Something stands in the way of the run; a sentence each.
    #[error("{}", .0.join("\n"))]
    Preflight(Vec<String>),
    /// The run was interrupted.
    #[error("interrupted; nothing was published")]
    Interrupted,
}

impl Error {
    /// How grave it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoScripts
            | Self::NoSource
            | Self::NoTarget
            | Self::Sides(_)
            | Self::Queries(_)
            | Self::QueriesNeedServer(_)
            | Self::CsvWithoutSchema(_)
            | Self::BadTimestamp(_) => Kind::Usage,
            Self::Resolve(history::ResolveError::SeveralHeads { .. }) => Kind::Refused,
            Self::Resolve(_)
            | Self::TooFewRevisions { .. }
            | Self::Assumption { .. }
            | Self::NoSuchEngine { .. } => Kind::Usage,
            Self::Graph(_)
            | Self::SeveralEngines(_)
            | Self::Unresolved { .. }
            | Self::Losses(_)
            | Self::NotImportable(_)
            | Self::Unconverted(_)
            | Self::Values(_)
            | Self::NoTimestamp
            | Self::SourceSchema(_)
            | Self::NoTables(_)
            | Self::NoRows(_)
            | Self::Versions { .. }
            | Self::Seeds(_)
            | Self::BundleExists(_)
            | Self::SeedsFail { .. }
            | Self::Preflight(_) => Kind::Refused,
            Self::History(e) if e.is_refusal() => Kind::Refused,
            Self::History(_)
            | Self::Source(_)
            | Self::Verify(_)
            | Self::Sqlite { .. }
            | Self::Io { .. }
            | Self::Csv(_)
            | Self::Bundle(_)
            | Self::Interrupted => Kind::Fault,
            Self::Files(e) if e.is_refusal() => Kind::Refused,
            Self::Files(_) => Kind::Fault,
            Self::Port(port::Error::Drift { .. }) => Kind::Refused,
            Self::Port(port::Error::Rejected { .. }) => Kind::Different,
            Self::Port(_) => Kind::Fault,
            Self::Tenants(sqlite::tenants::Error::Refused(_)) => Kind::Refused,
            Self::Tenants(sqlite::tenants::Error::Different(_)) => Kind::Different,
            Self::Tenants(_) => Kind::Fault,
            Self::Publish(e) => {
                use sqlite::publish::Error as E;
                match e {
                    E::Io { .. } | E::ReadBack(_) => Kind::Fault,
                    E::Exists(_)
                    | E::NotAFile(_)
                    | E::NotADatabase(_)
                    | E::Sidecar { .. }
                    | E::Open { .. }
                    | E::Locked(_) => Kind::Refused,
                }
            }
        }
    }

    /// For `map_err`: a file fault.
    pub fn io(doing: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |cause| Self::Io { doing, path, cause }
    }

    /// For `map_err`: a SQLite fault.
    pub fn sqlite(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Self {
        let doing = doing.into();
        move |cause| Self::Sqlite { doing, cause }
    }
}

impl From<port::Error> for Error {
    fn from(error: port::Error) -> Self {
        match error {
            port::Error::Refused { undecided } => Self::Values(undecided),
            port::Error::Interrupted => Self::Interrupted,
            other => Self::Port(other),
        }
    }
}

/// The lines of `decant.toml` that would decide about these values, each with its choices.
fn choices(undecided: &[port::Undecided]) -> String {
    undecided
        .iter()
        .map(|u| {
            let rules: Vec<String> = u.choices.iter().map(|r| r.name()).collect();
            format!(
                "  # {} x {} (at {}); one of: {}\n  \"{}.{}: {}\",\n",
                u.count,
                u.issue,
                u.examples.join("; ").escape_debug(),
                rules.join(", "),
                u.table,
                u.column,
                rules.first().map_or("", String::as_str),
            )
        })
        .collect()
}

/// `1 thing`, `2 things`.
fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

fn names(list: &[String]) -> String {
    if list.is_empty() {
        "(none)".to_owned()
    } else {
        list.join(", ")
    }
}

fn list(lines: &[String]) -> String {
    let shown = lines
        .iter()
        .take(20)
        .map(|l| format!("  - {l}"))
        .collect::<Vec<_>>()
        .join("\n");
    match lines.len().saturating_sub(20) {
        0 => shown,
        more => format!("{shown}\n  and {more} more"),
    }
}

/// The lines of `decant.toml` that would accept these losses.
fn entries(losses: &[Loss]) -> String {
    losses
        .iter()
        .map(|l| {
            let remedy = l
                .remedy
                .as_deref()
                .map(|r| format!(" Remedy: {r}"))
                .unwrap_or_default();
            format!(
                "  # {}{remedy}\n  \"{}: {}\",\n",
                l.note.replace('\n', " "),
                l.object,
                l.rule.name()
            )
        })
        .collect()
}
