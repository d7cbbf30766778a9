//! Formats of one file with marker lines: dbmate and goose.

use super::{head, read_statements};
use crate::files::{
    Error, Format, MigrationFile, Statement, TextFile, checksum, updown, version_and_name,
};

/// A format of one file per migration whose sections begin at marker lines.
pub(super) struct Marked {
    name: &'static str,
    up: &'static str,
    down: &'static str,
    /// Lines around a statement that has a `;` inside.
    around: Option<(&'static str, &'static str)>,
}

/// dbmate: options such as `transaction:false` may stand behind a marker.
pub(super) static DBMATE: Marked = Marked {
    name: "dbmate",
    up: "-- migrate:up",
    down: "-- migrate:down",
    around: None,
};

/// goose: it splits at `;`, so trigger bodies are fenced.
pub(super) static GOOSE: Marked = Marked {
    name: "goose",
    up: "-- +goose Up",
    down: "-- +goose Down",
    around: Some(("-- +goose StatementBegin", "-- +goose StatementEnd")),
};

impl Marked {
    fn section(&self, file: &str, list: &[Statement]) -> Result<String, Error> {
        let Some((begin, end)) = self.around else {
            return updown::section(file, list);
        };
        let mut text = String::new();
        for statement in list {
            let one = updown::section(file, std::slice::from_ref(statement))?;
            if statement.sql.contains(';') {
                text.push_str(&format!("{begin}\n{one}{end}\n"));
            } else {
                text.push_str(&one);
            }
        }
        Ok(text)
    }

    fn is_marker(line: &str, marker: &str) -> bool {
        let line = line.trim();
        line.get(..marker.len())
            .is_some_and(|l| l.eq_ignore_ascii_case(marker))
            && line
                .get(marker.len()..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

impl Format for Marked {
    fn name(&self) -> &'static str {
        self.name
    }

    fn write(&self, migration: &MigrationFile) -> Result<Vec<TextFile>, Error> {
        let path = format!("{}_{}.sql", migration.version, migration.name);
        let both = migration.up.iter().chain(&migration.down);
        for line in both.flat_map(|s| s.sql.lines()) {
            let fence = self
                .around
                .is_some_and(|(b, e)| line.trim() == b || line.trim() == e);
            if fence || Self::is_marker(line, self.up) || Self::is_marker(line, self.down) {
                return Err(Error::Malformed {
                    file: path,
                    line: 0,
                    message: format!(
                        "a line of a statement reads `{}`, which is a marker of this format",
                        line.trim()
                    ),
                });
            }
        }
        let text = format!(
            "{}{}\n{}\n{}\n{}",
            head(migration),
            self.up,
            self.section(&path, &migration.up)?,
            self.down,
            self.section(&path, &migration.down)?
        );
        Ok(vec![TextFile { path, text }])
    }

    fn read(&self, files: &[TextFile]) -> Result<Vec<MigrationFile>, Error> {
        let mut migrations = Vec::new();
        for file in files.iter().filter(|f| updown::is_migration_name(&f.path)) {
            let stem = file.path.strip_suffix(".sql").unwrap_or(&file.path);
            let Some((version, name)) = version_and_name(stem) else {
                continue;
            };
            // What belongs to the other section is blanked, so that lines keep their numbers.
            let only = |wanted: &str| {
                let mut current = "";
                let mut text = String::new();
                for line in file.text.lines() {
                    if let Some(marker) = [self.up, self.down]
                        .iter()
                        .find(|m| Self::is_marker(line, m))
                    {
                        current = marker;
                    } else if current == wanted {
                        text.push_str(line);
                    }
                    text.push('\n');
                }
                text
            };
            migrations.push(MigrationFile {
                version: version.to_owned(),
                name: name.to_owned(),
                file_name: file.path.clone(),
                up: read_statements(&file.path, 0, &only(self.up))?,
                down: read_statements(&file.path, 0, &only(self.down))?,
                checksum: checksum(&file.text),
                ..MigrationFile::default()
            });
        }
        Ok(migrations)
    }
}
