//! Alembic revisions for SQLite, for teams that stay on Alembic with a squashed history.
//!
//! A revision keeps the id of the last one that it stands for, so that a database that says it is there is there. Nothing of a file is
//! read back: revision scripts are for Alembic to run.

use crate::files::{Error, Format, MigrationFile, Statement, TextFile, updown};

/// One revision script per migration.
pub(super) struct Alembic;

/// What env.py needs beside the revisions.
const SETTINGS: &str = include_str!("env_sqlite.py");

impl Format for Alembic {
    fn name(&self) -> &'static str {
        "alembic"
    }

    fn takes_triggers(&self) -> bool {
        true
    }

    fn write(&self, migration: &MigrationFile) -> Result<Vec<TextFile>, Error> {
        Ok(vec![script(migration, None)])
    }

    fn write_all(&self, migrations: &[MigrationFile]) -> Result<Vec<TextFile>, Error> {
        let mut out = Vec::with_capacity(migrations.len() + 1);
        let mut before = None;
        for migration in migrations {
            out.push(script(migration, before));
            before = Some(revision(migration));
        }
        out.push(TextFile {
            path: "env_sqlite.py".to_owned(),
            text: SETTINGS.to_owned(),
        });
        Ok(out)
    }

    fn read(&self, _files: &[TextFile]) -> Result<Vec<MigrationFile>, Error> {
        Ok(Vec::new())
    }
}

/// The id: that of the last revision that it stands for.
fn revision(migration: &MigrationFile) -> &str {
    migration.replaces.last().unwrap_or(&migration.version)
}

fn script(migration: &MigrationFile, before: Option<&str>) -> TextFile {
    let MigrationFile { version, name, .. } = migration;
    let id = revision(migration);
    let mut doc = format!(
        "{}\n\nRevision ID: {id}\nRevises: {}\nCreate Date: {}\n",
        name.replace('_', " "),
        before.unwrap_or_default(),
        updown::created_at(version).replace('T', " ")
    );
    let (_, others) = migration.replaces.split_last().unwrap_or((version, &[]));
    if !others.is_empty() || !migration.notes.is_empty() {
        doc.push('\n');
    }
    for ids in others.chunks(6) {
        doc.push_str(&format!("Replaces: {}\n", ids.join(" ")));
    }
    for line in migration.notes.iter().flat_map(|note| note.lines()) {
        doc.push_str(line);
        doc.push('\n');
    }
    let down = before.map_or_else(|| "None".to_owned(), |b| format!("\"{b}\""));
    let text = format!(
        "\"\"\"{}\"\"\"\nfrom alembic import op\n\nrevision = \"{id}\"\ndown_revision = {down}\nbranch_labels = None\n\
depends_on = None\n\n\ndef upgrade() -> None:\n{}\n\ndef downgrade() -> None:\n{}",
        python_text(&doc),
        body(&migration.up),
        body(&migration.down)
    );
    TextFile {
        path: format!("versions/{version}_{name}.py"),
        text,
    }
}

fn body(statements: &[Statement]) -> String {
    if statements.is_empty() {
        return "    pass\n".to_owned();
    }
    let calls = statements.iter().map(|s| {
        let text = python_text(&without_binds(&s.sql));
        format!("    op.execute(\"\"\"{text}\"\"\")\n")
    });
    calls.collect()
}

/// A text as it stands between three quotes.
fn python_text(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    match text.strip_suffix('"') {
        Some(rest) if !rest.ends_with('\\') => format!("{rest}\\\""),
        _ => text,
    }
}

/// `op.execute` reads `:name` as a parameter, inside of quotes too, and takes `\:` for a colon (`SQLAlchemy`'s manual, `text()`).
fn without_binds(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        let word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$');
        if c == ':' && (out.ends_with('\\') || chars.peek().is_some_and(word)) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_quotes_are_escaped() {
        assert_eq!(without_binds("'10:20 :a' \\:b"), "'10\\:20 \\:a' \\\\:b");
        assert_eq!(python_text("a\\ \"\"\" b\""), "a\\\\ \\\"\\\"\\\" b\\\"");
    }
}
