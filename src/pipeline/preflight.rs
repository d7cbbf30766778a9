//! What is looked at before anything is written.

use std::path::Path;

use super::{Error, Replayed};
use crate::config::Importer;
use crate::history::backup;
use crate::ir::QualName;
use crate::lower::Lowering;
use crate::pg::schema::Schema;
use crate::pg::source::{Session, Source};
use crate::pg::types::BaseType;
use crate::verify::{self, ObjectKind};

/// What the checks found that does not stop the run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checks {
    /// Worth a look, one sentence each.
    pub warnings: Vec<String>,
    /// What was checked and is in order, a few words each.
    pub passed: Vec<String>,
    /// What could not be checked, one sentence each.
    pub not_checked: Vec<String>,
}

impl Checks {
    /// All that passed, for one line.
    pub fn note(&self) -> String {
        self.passed.join("; ")
    }
}

/// Checks everything that can be known before anything is written. A rehearsal only warns of open writers, since the
/// application may go on while it runs.
///
/// # Errors
/// The source is at another revision or has another schema, there is no room on the disk, the backup was altered, or
/// somebody writes to the source.
pub fn check(
    replayed: &Replayed,
    source: &mut dyn Source,
    target: &Path,
    rehearse: bool,
) -> Result<Checks, Error> {
    let mut checks = Checks::default();
    let mut wrong = Vec::new();
    check_backup(replayed, &mut checks, &mut wrong);
    check_version(replayed, source, &mut checks)?;
    check_schema(replayed, source, &mut checks)?;
    for sentence in large_objects(source)
        .into_iter()
        .chain(without_rows(source)?)
    {
        checks.warnings.push(sentence.clone());
        checks.not_checked.push(sentence);
    }
    check_owner(target, &mut checks, &mut wrong);
    check_space(source, target, &mut checks, &mut wrong);
    check_writers(source, rehearse, &mut checks, &mut wrong)?;
    if wrong.is_empty() {
        Ok(checks)
    } else {
        Err(Error::Preflight(wrong))
    }
}

fn check_backup(replayed: &Replayed, checks: &mut Checks, wrong: &mut Vec<String>) {
    let mut looked = false;
    for folder in &replayed.read.options.scripts {
        match backup::verify_backup(folder) {
            Ok(check) if check.manifest => {
                looked = true;
                for (list, what) in [
                    (&check.missing, "is missing"),
                    (&check.changed, "was changed"),
                    (&check.added, "was added"),
                ] {
                    let folder = folder.display();
                    wrong.extend(
                        list.iter()
                            .map(|f| format!("the backup {folder}: {f} {what}")),
                    );
                }
            }
            Ok(_) => {}
            Err(error) => wrong.push(format!("the backup: {error}")),
        }
    }
    if looked {
        checks
            .passed
            .push("the backup is as its manifest says".to_owned());
    } else {
        checks.not_checked.push(
            "The scripts have no manifest (`decant backup` makes one), so it was not checked that they are unaltered."
                .to_owned(),
        );
    }
}

fn check_version(
    replayed: &Replayed,
    source: &dyn Source,
    checks: &mut Checks,
) -> Result<(), Error> {
    let mut heads = replayed.target.heads.clone();
    let mut found = source.alembic_versions().unwrap_or_default();
    heads.sort();
    found.sort();
    if heads != found {
        return Err(Error::Versions {
            source_versions: found,
            heads,
        });
    }
    checks
        .passed
        .push(format!("the source is at {}", heads.join(", ")));
    Ok(())
}

/// Tables and columns must be there and have their types; everything else is for the verification to judge.
fn check_schema(
    replayed: &Replayed,
    source: &dyn Source,
    checks: &mut Checks,
) -> Result<(), Error> {
    let wrong = structural(&replayed.schema, source.schema());
    if !wrong.is_empty() {
        return Err(Error::SourceSchema(wrong));
    }
    checks
        .passed
        .push("the source has the history's schema".to_owned());
    Ok(())
}

/// The new file gets owner and mode of the one that it replaces, so that the application can open it; only root can give a
/// file to somebody else.
#[cfg(unix)]
fn check_owner(target: &Path, checks: &mut Checks, wrong: &mut Vec<String>) {
    use std::os::unix::fs::MetadataExt as _;

    let Ok(meta) = std::fs::metadata(target) else {
        return;
    };
    let own = rustix::process::geteuid();
    if own.is_root() || meta.uid() == own.as_raw() {
        checks.passed.push(format!(
            "the new file gets the old one's owner and mode {:o}",
            meta.mode() & 0o7777
        ));
    } else {
        wrong.push(format!(
            "{} belongs to another user (uid {}), and a file put in its place would belong to you; run as that user or as root",
            target.display(),
            meta.uid()
        ));
    }
}

#[cfg(not(unix))]
fn check_owner(_target: &Path, _checks: &mut Checks, _wrong: &mut Vec<String>) {}

/// Sessions that write, or are in a transaction, would change the source behind the snapshot.
fn check_writers(
    source: &mut dyn Source,
    rehearse: bool,
    checks: &mut Checks,
    wrong: &mut Vec<String>,
) -> Result<(), Error> {
    let Some(sessions) = source.sessions()? else {
        return Ok(());
    };
    let writers: Vec<String> = sessions
        .iter()
        .filter(|s| s.writing)
        .map(describe)
        .collect();
    if !writers.is_empty() && !rehearse {
        wrong.push(format!(
            "others write to the source: {}; stop the application first, or rehearse with --rehearse",
            writers.join(", ")
        ));
    } else if !writers.is_empty() {
        checks.warnings.push(format!(
            "Others write to the source: {}.",
            writers.join(", ")
        ));
    } else if sessions.is_empty() {
        checks
            .passed
            .push("nobody else is connected to the source".to_owned());
    } else {
        checks.warnings.push(format!(
            "{} other sessions are connected to the source, none of them in a writing transaction now.",
            sessions.len()
        ));
    }
    Ok(())
}

/// A session for people: who it is, and from where.
fn describe(session: &Session) -> String {
    let mut text = format!("process {}", session.pid);
    for part in [session.user.as_str(), session.application.as_str()] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    }
    if let Some(client) = &session.client {
        text.push_str(" from ");
        text.push_str(client);
    }
    text
}

/// The file takes about as much as the source's tables; indexes, the rollback of an interrupted run and the backup of an
/// old file come on top.
fn check_space(source: &dyn Source, target: &Path, checks: &mut Checks, wrong: &mut Vec<String>) {
    let tables: Vec<QualName> = source.schema().tables.keys().cloned().collect();
    let bytes: u64 = tables
        .iter()
        .filter_map(|t| source.table_size(t))
        .map(|s| s.bytes)
        .sum::<u64>();
    let needed = bytes.saturating_mul(2).saturating_add(16 << 20);
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match rustix::fs::statvfs(folder) {
        Ok(fs) => {
            let free = fs.f_bavail.saturating_mul(fs.f_frsize);
            if free < needed {
                wrong.push(format!(
                    "{} has {} MiB free, and about {} MiB are needed; free some or name a target elsewhere",
                    folder.display(),
                    free >> 20,
                    needed >> 20
                ));
            } else {
                checks.passed.push("there is room on the disk".to_owned());
            }
        }
        Err(cause) => checks.not_checked.push(format!(
            "The free space of {} could not be read: {cause}.",
            folder.display()
        )),
    }
}

/// Refuses a schema that whoever imports the file does not open.
///
/// # Errors
/// What stands in the way.
pub(super) fn importable(lowering: &Lowering, importer: Option<Importer>) -> Result<(), Error> {
    let Some(Importer::Turso) = importer else {
        return Ok(());
    };
    let mut wrong = Vec::new();
    for table in &lowering.sqlite.tables {
        let computed = table.columns.iter().filter(|c| c.generated.is_some());
        wrong.extend(computed.map(|c| format!("{}.{} is a generated column", table.name, c.name)));
        if table.without_rowid {
            wrong.push(format!("{} is WITHOUT ROWID", table.name));
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::NotImportable(wrong)),
    }
}

/// What a dump was made without, as a sentence.
///
/// # Errors
/// It has no rows at all.
pub(super) fn without_rows(source: &dyn Source) -> Result<Option<String>, Error> {
    let tables = source.without_rows();
    if tables.is_empty() {
        return Ok(None);
    }
    let mut all = source.schema().tables.keys();
    if all.all(|table| source.table_size(table).is_none_or(|size| size.rows == 0)) {
        return Err(Error::NoRows(source.describe()));
    }
    let tables: Vec<String> = tables.iter().map(ToString::to_string).collect();
    Ok(Some(format!(
        "The dump was made without the rows of {} (pg_dump --exclude-table-data): these tables are empty in the target.",
        tables.join(", ")
    )))
}

/// What a source holds that is not carried over, as a sentence that must be read.
pub(super) fn large_objects(source: &dyn Source) -> Option<String> {
    let count = source.large_objects();
    if count == 0 {
        return None;
    }
    let columns: Vec<String> = source
        .schema()
        .tables
        .iter()
        .flat_map(|(table, shape)| {
            let holds = |c: &&crate::pg::schema::Column| {
                c.type_.base == BaseType::Oid
                    || c.type_.user_defined().is_some_and(|name| name.name == "lo")
            };
            let columns = shape.columns.iter().filter(holds);
            columns.map(move |c| format!("{table}.{}", c.name))
        })
        .collect();
    let numbers = match columns.as_slice() {
        [] => String::new(),
        list => format!(
            "; the columns {} hold numbers that lead nowhere in SQLite",
            list.join(", ")
        ),
    };
    Some(format!(
        "The source holds large objects (pg_largeobject), {count} or more: they are rows of no table and are NOT carried over{numbers}. \
         Bring them into a bytea column first (lo_get), or take care of them apart."
    ))
}

/// Differences of tables and columns between the expected and the actual schema, one sentence each.
pub(super) fn structural(expected: &Schema, actual: &Schema) -> Vec<String> {
    verify::compare_pg(expected, actual)
        .iter()
        .filter(|f| f.matters() && matches!(f.kind, ObjectKind::Table | ObjectKind::Column))
        .map(verify::Finding::sentence)
        .collect()
}
