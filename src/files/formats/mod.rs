//! The file formats of other runners.

mod marked;
mod paired;
mod single;

use super::{Error, Format, Statement, statements, updown};

/// Every format, the default first.
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

/// The format of a name, as `--format` takes it.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
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
