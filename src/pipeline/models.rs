//! The files for the team's own check through its models.

use std::path::{Path, PathBuf};

use super::{Error, PortOptions, write_file};
use crate::interrupt::Interrupt;
use crate::models::{self, Changes, Library};

/// Writes `check_models.py`, `portable_types.py` and `MODELS.md` for the history's schema, or else for the source's own. Rows are
/// not read.
///
/// # Errors
/// History or source cannot be read, or the folder cannot be written.
pub fn write_models(
    options: &PortOptions,
    dir: &Path,
    interrupt: &Interrupt,
) -> Result<Vec<PathBuf>, Error> {
    let (lowering, library) = match options.replayed()? {
        Some(replayed) => (
            crate::lower::lower(&replayed.schema, &options.config.storage),
            Library::of(&replayed.read.sqlalchemy.version),
        ),
        None => {
            let source = options.open(&options.source, None, interrupt)?;
            (options.lowering(None, source.as_ref())?, Library::default())
        }
    };
    let changes = Changes::of(&lowering, library);
    let files = [
        ("check_models.py", models::check(&lowering, library)),
        ("portable_types.py", models::PORTABLE_TYPES.to_owned()),
        ("MODELS.md", models::markdown(&changes)),
    ];
    let mut written = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        write_file(&path, text.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}
