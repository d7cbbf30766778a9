//! Compiled scripts without their source: decant does not read them, so it says so where Alembic would load them or where there is
//! nothing else.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Error, Location, Settings};

/// With `sourceless = true` Alembic loads compiled scripts whose source is missing, those of `__pycache__` included.
///
/// # Errors
/// There are such scripts, or a folder cannot be read.
pub(super) fn refuse(settings: Option<&Settings>, locations: &[Location]) -> Result<(), Error> {
    let Some(settings) = settings else {
        return Ok(());
    };
    if settings.options.get("sourceless").map(String::as_str) != Some("true") {
        return Ok(());
    }
    let without = all(locations)?;
    match without.first() {
        None => Ok(()),
        Some(first) => Err(Error::Sourceless {
            path: first.clone(),
            count: without.len(),
            option: settings.place_of("sourceless"),
        }),
    }
}

/// For a history without scripts.
///
/// # Errors
/// It has compiled ones, or a folder cannot be read.
pub(super) fn instead_of(locations: &[Location]) -> Result<(), Error> {
    let without = all(locations)?;
    match without.first() {
        None => Ok(()),
        Some(first) => Err(Error::CompiledOnly {
            path: first.clone(),
            count: without.len(),
        }),
    }
}

fn all(locations: &[Location]) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for location in locations {
        found.extend(compiled_only(&location.folder, location.recursive)?);
    }
    Ok(found)
}

/// Compiled scripts of a folder whose source is not there.
fn compiled_only(folder: &Path, recursive: bool) -> Result<Vec<PathBuf>, Error> {
    let names = |folder: &Path| -> Result<Vec<(String, bool)>, Error> {
        let fault = |cause| Error::Read {
            path: folder.to_owned(),
            cause,
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let is_folder = entry.file_type().map_err(fault)?.is_dir();
            names.push((entry.file_name().to_string_lossy().into_owned(), is_folder));
        }
        names.sort();
        Ok(names)
    };
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let compiled = |name: &str| {
        let source = name.strip_suffix('c').or_else(|| name.strip_suffix('o'));
        (name.ends_with(".pyc") || name.ends_with(".pyo"))
            && source
                .is_some_and(|source| !source.starts_with(".#") && !source.starts_with("__init__"))
    };
    let here = names(folder)?;
    let sources: HashSet<String> = here
        .iter()
        .filter(|(name, is_folder)| !is_folder && name.ends_with(".py"))
        .map(|(name, _)| stem(name))
        .collect();
    let mut found = Vec::new();
    for (name, is_folder) in &here {
        let path = folder.join(name);
        if *is_folder && name == "__pycache__" {
            let cached = names(&path)?.into_iter();
            found.extend(
                cached
                    .filter(|(name, _)| compiled(name) && !sources.contains(&stem(name)))
                    .map(|(name, _)| path.join(name)),
            );
        } else if *is_folder && recursive {
            found.extend(compiled_only(&path, recursive)?);
        } else if !is_folder && compiled(name) && !sources.contains(&stem(name)) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Why a folder without scripts is no history.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn no_revisions(folder: &Path) -> Result<Error, Error> {
    let compiled = compiled_only(folder, false)?;
    Ok(match compiled.first() {
        Some(first) => Error::CompiledOnly {
            path: first.clone(),
            count: compiled.len(),
        },
        None => Error::NoRevisions {
            path: folder.to_owned(),
        },
    })
}
