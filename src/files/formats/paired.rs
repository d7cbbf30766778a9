//! Formats of two files per migration: golang-migrate, sqlx, geni and diesel.

use super::{head, read_statements};
use crate::files::{Error, Format, MigrationFile, TextFile, checksum, updown, version_and_name};

/// A format of an up and a down file.
pub(super) struct Paired {
    name: &'static str,
    /// What follows `<version>_<name>` in the two paths.
    up: &'static str,
    down: &'static str,
}

/// golang-migrate.
pub(super) static GOLANG_MIGRATE: Paired = Paired {
    name: "golang-migrate",
    up: ".up.sql",
    down: ".down.sql",
};

/// sqlx: it keeps checksums of the bytes.
pub(super) static SQLX: Paired = Paired {
    name: "sqlx",
    up: ".up.sql",
    down: ".down.sql",
};

/// geni, for libSQL and Turso.
pub(super) static GENI: Paired = Paired {
    name: "geni",
    up: ".up.sql",
    down: ".down.sql",
};

/// diesel: a folder per migration.
pub(super) static DIESEL: Paired = Paired {
    name: "diesel",
    up: "/up.sql",
    down: "/down.sql",
};

impl Format for Paired {
    fn name(&self) -> &'static str {
        self.name
    }

    fn write(&self, migration: &MigrationFile) -> Result<Vec<TextFile>, Error> {
        let stem = format!("{}_{}", migration.version, migration.name);
        let up = format!("{stem}{}", self.up);
        let down = format!("{stem}{}", self.down);
        Ok(vec![
            TextFile {
                text: head(migration) + &updown::section(&up, &migration.up)?,
                path: up,
            },
            TextFile {
                text: updown::section(&down, &migration.down)?,
                path: down,
            },
        ])
    }

    fn read(&self, files: &[TextFile]) -> Result<Vec<MigrationFile>, Error> {
        let mut migrations = Vec::new();
        for file in files {
            let Some(stem) = file.path.strip_suffix(self.up) else {
                continue;
            };
            let Some((version, name)) = version_and_name(stem) else {
                continue;
            };
            let down_path = format!("{stem}{}", self.down);
            let down = files.iter().find(|f| f.path == down_path);
            migrations.push(MigrationFile {
                version: version.to_owned(),
                name: name.to_owned(),
                file_name: file.path.clone(),
                up: read_statements(&file.path, 0, &file.text)?,
                down: down.map_or(Ok(Vec::new()), |d| read_statements(&d.path, 0, &d.text))?,
                checksum: checksum(&file.text),
                ..MigrationFile::default()
            });
        }
        Ok(migrations)
    }
}
