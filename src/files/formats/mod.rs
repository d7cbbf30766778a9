//! The file formats of other runners.

mod alembic;
mod marked;
mod paired;
mod single;

use super::{Error, Format, Statement, statements, updown};

/// Every format that is read as well as written, the default first.
pub static FORMATS: &[&dyn Format] = &[
    &updown::UpDown,
    &marked::DBMATE,
    &marked::GOOSE,
    &paired::GOLANG_MIGRATE,
    &paired::SQLX,
    &paired::GENI,
    &paired::DIESEL,
    &single::REFINERY,
    &single::PLAIN,
];

/// Alembic revisions, which are written alone.
static ALEMBIC: &dyn Format = &alembic::Alembic;

/// The format of a name, as `--format` takes it.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    let all = FORMATS.iter().copied().chain([ALEMBIC]);
    all.into_iter().find(|format| format.name() == name)
}

/// The names that `--format` takes, the default first.
pub fn format_names() -> Vec<&'static str> {
    let all = FORMATS.iter().chain([&ALEMBIC]);
    all.map(|format| format.name()).collect()
}

/// Statements of a text that begins in line `offset` + 1 of its file.
fn read_statements(file: &str, offset: u32, text: &str) -> Result<Vec<Statement>, Error> {
    let mut list = statements::split(text).map_err(|e| Error::Malformed {
        file: file.to_owned(),
        line: e.line.saturating_add(offset),
        message: format!("the {} that begins here never ends", e.what),
    })?;
    for statement in &mut list {
        statement.line = statement.line.saturating_add(offset);
    }
    Ok(list)
}

/// The lines that say what a baseline replaces, and the notes, as comments.
fn head(migration: &super::MigrationFile) -> String {
    let mut text = String::new();
    for ids in migration.replaces.chunks(6) {
        text.push_str(&format!("-- REPLACES: {}\n", ids.join(" ")));
    }
    for line in migration.notes.iter().flat_map(|note| note.lines()) {
        text.push_str(&format!("-- {line}\n"));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
