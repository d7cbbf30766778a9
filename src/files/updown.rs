//! The custom tool's format: one file with an up and a down section between marker lines.

use super::statements::{self, Statement};
use super::{Error, Format, MigrationFile, TextFile, checksum, version_and_name};

/// `YYYYMMDDHHMMSS_name.sql` with `-- UP script` and `-- DOWN script`.
pub struct UpDown;

/// Which section a marker line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Up,
    Down,
}

impl Marker {
    /// A marker is a whole line; both spellings and any case count. (The original tool's own documentation shows the
    /// second spelling, which the tool does not accept.)
    fn of(line: &str) -> Option<Self> {
        let words: Vec<String> = line
            .trim()
            .strip_prefix("--")?
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["up", "script" | "migration"] => Some(Self::Up),
            ["down", "script" | "migration"] => Some(Self::Down),
            _ => None,
        }
    }
}

/// How many revision ids stand on one `-- REPLACES:` line.
const REPLACES_PER_LINE: usize = 6;

impl Format for UpDown {
    fn name(&self) -> &'static str {
        "custom"
    }

    fn write(&self, migration: &MigrationFile) -> Result<Vec<TextFile>, Error> {
        let path = format!("{}_{}.sql", migration.version, migration.name);
        let mut text = header(migration, &path);
        text.push_str("\n-- UP script\n");
        text.push_str(&section(&path, &migration.up)?);
        text.push_str("\n-- DOWN script\n");
        text.push_str(&section(&path, &migration.down)?);
        Ok(vec![TextFile { path, text }])
    }

    fn read(&self, files: &[TextFile]) -> Result<Vec<MigrationFile>, Error> {
        files
            .iter()
            .filter(|file| is_migration_name(&file.path))
            .map(|file| parse(&file.path, &file.text))
            .collect()
    }
}

/// Whether a file of this name is a migration: digits, `_`, a name, `.sql`, and not in a folder of its own.
pub fn is_migration_name(path: &str) -> bool {
    !path.contains('/')
        && path
            .strip_suffix(".sql")
            .and_then(version_and_name)
            .is_some()
}

/// A version as the `CREATED_AT` line has it; a version that is no time stands there as it is.
pub fn created_at(version: &str) -> String {
    let part = |from: usize, to: usize| version.get(from..to).unwrap_or_default();
    if version.len() != 14 || !version.bytes().all(|b| b.is_ascii_digit()) {
        return version.to_owned();
    }
    format!(
        "{}-{}-{}T{}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    )
}

fn header(migration: &MigrationFile, path: &str) -> String {
    let mut text = format!(
        "-- MIGRATION: {path}\n-- CREATED_AT: {}\n",
        created_at(&migration.version)
    );
    for ids in migration.replaces.chunks(REPLACES_PER_LINE) {
        text.push_str(&format!("-- REPLACES: {}\n", ids.join(" ")));
    }
    for line in migration.notes.iter().flat_map(|note| note.lines()) {
        text.push_str(&format!("-- {line}").trim_end().replace('\r', ""));
        text.push('\n');
    }
    text
}

/// The text of a section: each statement with its terminator, a blank line between groups.
///
/// # Errors
/// When a line of a statement equals a marker, which would end the section there.
pub fn section(file: &str, list: &[Statement]) -> Result<String, Error> {
    let mut text = String::new();
    let mut before: Option<&Statement> = None;
    for statement in list {
        if let Some(line) = statement
            .sql
            .lines()
            .find(|line| Marker::of(line).is_some())
        {
            return Err(Error::Malformed {
                file: file.to_owned(),
                line: statement.line,
                message: format!(
                    "a line of a statement reads `{}`, which is a marker of this format",
                    line.trim()
                ),
            });
        }
        if before.is_some_and(|before| starts_group(before, statement)) {
            text.push('\n');
        }
        text.push_str(&statement.sql);
        // A terminator behind a comment would be part of the comment.
        text.push_str(if ends_in_comment(&statement.sql) {
            "\n;\n"
        } else {
            ";\n"
        });
        before = Some(statement);
    }
    Ok(text)
}

/// A blank line stands in front of what spans lines and where the kind of statement changes, so that the indexes of a
/// table stay with it.
fn starts_group(before: &Statement, statement: &Statement) -> bool {
    let first = |s: &Statement| s.words(1);
    statement.sql.contains('\n') || first(before) != first(statement)
}

/// Whether the text ends inside a `--` comment, which would swallow a terminator.
pub(super) fn ends_in_comment(sql: &str) -> bool {
    let count = |text: &str| statements::split(text).map(|list| list.len());
    count(sql) == count(&format!("{sql};SELECT 1"))
}

/// Reads one file.
///
/// # Errors
/// When it has no up section, a section twice, or SQL that never ends.
pub fn parse(file_name: &str, text: &str) -> Result<MigrationFile, Error> {
    let fault = |line: usize, message: String| Error::Malformed {
        file: file_name.to_owned(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        message,
    };
    let stem = file_name.strip_suffix(".sql").unwrap_or(file_name);
    let (version, name) = version_and_name(stem).unwrap_or((stem, ""));
    let mut migration = MigrationFile {
        version: version.to_owned(),
        name: name.to_owned(),
        file_name: file_name.to_owned(),
        checksum: checksum(text),
        ..MigrationFile::default()
    };
    let text = text.trim_start_matches('\u{feff}');
    // Per section: first line of its text, and the text.
    let mut up: Option<(usize, String)> = None;
    let mut down: Option<(usize, String)> = None;
    let mut current = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(marker) = Marker::of(line) {
            let section = if marker == Marker::Up {
                &mut up
            } else {
                &mut down
            };
            if section.is_some() {
                return Err(fault(
                    index + 1,
                    format!("a second `{}` section", line.trim()),
                ));
            }
            *section = Some((index + 1, String::new()));
            current = Some(marker);
            continue;
        }
        match current {
            None => head_line(line, &mut migration),
            Some(marker) => {
                let section = if marker == Marker::Up {
                    &mut up
                } else {
                    &mut down
                };
                if let Some((_, body)) = section {
                    body.push_str(line);
                    body.push('\n');
                }
            }
        }
    }
    let read = |section: Option<(usize, String)>| -> Result<Vec<Statement>, Error> {
        let Some((offset, body)) = section else {
            return Ok(Vec::new());
        };
        let shift = |line: u32| line.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
        let mut list = statements::split(&body).map_err(|e| {
            let line = usize::try_from(e.line).unwrap_or(usize::MAX);
            fault(
                offset.saturating_add(line),
                format!("the {} that begins here never ends", e.what),
            )
        })?;
        for statement in &mut list {
            statement.line = shift(statement.line);
        }
        Ok(list)
    };
    if up.is_none() {
        return Err(fault(
            1,
            "has no line `-- UP script`, so there is nothing to apply".to_owned(),
        ));
    }
    migration.up = read(up)?;
    migration.down = read(down)?;
    Ok(migration)
}

fn head_line(line: &str, migration: &mut MigrationFile) {
    let Some(said) = line.trim().strip_prefix("--").map(str::trim) else {
        return;
    };
    match said.split_once(':') {
        Some(("REPLACES", ids)) => {
            migration
                .replaces
                .extend(ids.split_whitespace().map(str::to_owned));
        }
        Some(("MIGRATION" | "CREATED_AT", _)) => {}
        _ if said.is_empty() => {}
        _ => migration.notes.push(said.to_owned()),
    }
}

/// The text of a new, empty migration: it passes `up` and `down`, here and in the original tool.
pub fn template(version: &str, name: &str, created_at: &str) -> TextFile {
    let path = format!("{version}_{name}.sql");
    let text = format!(
        "-- MIGRATION: {path}\n-- CREATED_AT: {created_at}\n\
         -- Put comments behind a statement's own text, not in front of it: the original tool drops what follows them.\n\
         \n-- UP script\nSELECT 1 /* the change */;\n\n-- DOWN script\nSELECT 1 /* its reverse */;\n"
    );
    TextFile { path, text }
}
