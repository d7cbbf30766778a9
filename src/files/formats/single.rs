//! Formats that only go up: refinery and plain SQL files.

use super::{head, read_statements};
use crate::files::{Error, Format, MigrationFile, TextFile, checksum, updown, version_and_name};

/// A format of one file without sections.
pub(super) struct Single {
    name: &'static str,
    prefix: &'static str,
    between: &'static str,
}

/// refinery: `V<n>__<name>.sql`. A timestamp needs its 64-bit versions (feature `int8-versions`).
pub(super) static REFINERY: Single = Single {
    name: "refinery",
    prefix: "V",
    between: "__",
};

/// Plain files.
pub(super) static PLAIN: Single = Single {
    name: "plain",
    prefix: "",
    between: "_",
};

impl Format for Single {
    fn name(&self) -> &'static str {
        self.name
    }

    fn has_down(&self) -> bool {
        false
    }

    fn write(&self, migration: &MigrationFile) -> Result<Vec<TextFile>, Error> {
        let MigrationFile { version, name, .. } = migration;
        let path = format!("{}{version}{}{name}.sql", self.prefix, self.between);
        let text = head(migration) + &updown::section(&path, &migration.up)?;
        Ok(vec![TextFile { path, text }])
    }

    fn read(&self, files: &[TextFile]) -> Result<Vec<MigrationFile>, Error> {
        let mut migrations = Vec::new();
        for file in files.iter().filter(|f| !f.path.contains('/')) {
            let stem = file
                .path
                .strip_suffix(".sql")
                .and_then(|s| s.strip_prefix(self.prefix));
            let Some((version, name)) = stem.and_then(version_and_name) else {
                continue;
            };
            let name = name.strip_prefix(self.between.get(1..).unwrap_or_default());
            migrations.push(MigrationFile {
                version: version.to_owned(),
                name: name.unwrap_or_default().to_owned(),
                file_name: file.path.clone(),
                up: read_statements(&file.path, 0, &file.text)?,
                checksum: checksum(&file.text),
                ..MigrationFile::default()
            });
        }
        Ok(migrations)
    }
}
