//! Finds and reads the scripts that `--scripts` names. Alembic's rules decide which files count: the filter of names,
//! the order by name, several and recursive version locations.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::script::slashed;
use super::{Error, ScriptFile, Settings, compiled};
use crate::diag::{Code, Diagnostic, Diagnostics, Origin, Place};
use regex::Regex;

/// A folder that holds revision scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The folder, as the user gave it or as the settings say.
    pub folder: PathBuf,
    /// Whether the folders inside it belong to the history too.
    pub recursive: bool,
}

/// All files of a history, before anything is known of their content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScriptSet {
    /// The scripts, in Alembic's order: by location, then folder by folder by name.
    pub files: Vec<ScriptFile>,
    /// The env.py beside them.
    pub env: Option<ScriptFile>,
    /// The settings that name these scripts, or that were found beside them.
    pub ini: Option<Settings>,
    /// Where project imports resolve unless the user says otherwise: the folder above the scripts.
    pub root: PathBuf,
    /// Further folders where project imports may resolve, in order: `prepend_sys_path`, the first folder above the
    /// scripts that is no Python package, and the folder of env.py (a backup keeps included files there).
    pub search_paths: Vec<PathBuf>,
    /// The version locations.
    pub locations: Vec<Location>,
    /// The folder that holds env.py and script.py.mako, when there is one.
    pub script_location: Option<PathBuf>,
    /// What had to be assumed, and locations that are not there.
    pub diagnostics: Diagnostics,
}

/// Reads the histories that `--scripts` names; several arguments (or locations) make one history.
///
/// # Errors
/// When an argument does not exist, holds no scripts or cannot be read, or a script is not text in its encoding.
pub fn scan(scripts: &[PathBuf]) -> Result<ScriptSet, Error> {
    if scripts.is_empty() {
        return Err(Error::NoScripts);
    }
    let mut set = ScriptSet::default();
    for argument in scripts {
        let found = locate(argument)?;
        compiled::refuse(found.settings.as_ref(), &found.locations)?;
        for location in &found.locations {
            set.read_location(location)?;
        }
        set.join(found)?;
    }
    if set.files.is_empty() {
        compiled::instead_of(&set.locations)?;
    }
    Ok(set)
}

impl ScriptSet {
    fn read_location(&mut self, location: &Location) -> Result<(), Error> {
        let mut seen: HashSet<PathBuf> = self.files.iter().map(|f| f.absolute.clone()).collect();
        let mut direct = Vec::new();
        let mut nested = Vec::new();
        for path in python_files(&location.folder)? {
            let file = ScriptFile::read(&path)?;
            if !seen.insert(file.absolute.clone()) {
                continue;
            }
            if path.parent() == Some(location.folder.as_path()) {
                direct.push(file);
            } else {
                nested.push(file);
            }
        }
        if !location.recursive && !nested.is_empty() {
            let belong = direct.is_empty() || connected(&direct, &nested);
            let what = if belong {
                "the scripts in its folders belong to the history, for they continue it".to_owned()
            } else {
                format!(
                    "{} scripts in its folders do not belong to the history, for neither continues the other; name their folder with a further \
                     --scripts, if they do",
                    nested.len()
                )
            };
            let folder = slashed(&location.folder);
            self.diagnostics.push(
                Diagnostic::new(Code::Assumed, format!("{folder}: {what}")).at(Origin {
                    place: Place::file(folder),
                    ..Origin::default()
                }),
            );
            if !belong {
                nested.clear();
            }
        }
        // python_files walks top-down, so the direct ones come first.
        self.files.append(&mut direct);
        self.files.append(&mut nested);
        Ok(())
    }

    fn join(&mut self, found: Found) -> Result<(), Error> {
        if self.root.as_os_str().is_empty() {
            self.root.clone_from(&found.root);
        }
        for path in found.search_paths.into_iter().chain([found.root]) {
            if path != self.root && !self.search_paths.contains(&path) {
                self.search_paths.push(path);
            }
        }
        for location in found.locations {
            if !self.locations.contains(&location) {
                self.locations.push(location);
            }
        }
        if self.env.is_none()
            && let Some(env) = found.env
        {
            self.env = Some(ScriptFile::read(&env)?);
        }
        self.script_location = self.script_location.take().or(found.script_location);
        if let Some(settings) = &found.settings
            && found.by_settings
        {
            self.diagnostics.extend(missing_locations(settings));
        }
        self.ini = self.ini.take().or(found.settings);
        Ok(())
    }
}

/// Whether Alembic takes a file of this name for a script: `(?!\.\#|__init__)(.*\.py)$`.
pub(crate) fn is_script_name(name: &str) -> bool {
    name.ends_with(".py") && !name.starts_with(".#") && !name.starts_with("__init__")
}

/// The scripts of a folder and of the folders inside it: a folder's own by name first, then its folders by name.
fn python_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let fault = |cause| Error::Read {
        path: folder.to_owned(),
        cause,
    };
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            if name != "__pycache__" && !name.starts_with('.') {
                folders.push(name);
            }
        } else if is_script_name(&name) && entry.path().is_file() {
            files.push(name);
        }
    }
    files.sort();
    folders.sort();
    let mut paths: Vec<PathBuf> = files.iter().map(|name| folder.join(name)).collect();
    for name in folders {
        paths.extend(python_files(&folder.join(name))?);
    }
    Ok(paths)
}

static IDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)^(revision|down_revision)\b[^=\n]*=\s*[\(\[]?((?:\s*["'][^"'\n]+["'],?)+)"#)
        .ok()
});

/// Whether scripts in nested folders continue the ones above them, or the other way round. A squashed base may have the
/// id of the newest script that it replaces, which is kept in a folder: then they do not belong together.
fn connected(direct: &[ScriptFile], nested: &[ScriptFile]) -> bool {
    let ids = |files: &[ScriptFile], variable: &str| -> HashSet<String> {
        let Some(pattern) = IDS.as_ref() else {
            return HashSet::new();
        };
        files
            .iter()
            .flat_map(|file| pattern.captures_iter(&file.text))
            .filter(|m| m.get(1).is_some_and(|v| v.as_str() == variable))
            .filter_map(|m| m.get(2))
            .flat_map(|list| list.as_str().split(','))
            .map(|id| id.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|id| !id.is_empty())
            .collect()
    };
    let (above, below) = (ids(direct, "revision"), ids(nested, "revision"));
    let needs = |files: &[ScriptFile], own: &HashSet<String>, others: &HashSet<String>| {
        let parents = ids(files, "down_revision");
        parents
            .iter()
            .any(|id| !own.contains(id) && others.contains(id))
    };
    above.is_disjoint(&below) && (needs(nested, &below, &above) || needs(direct, &above, &below))
}

/// What one `--scripts` argument means.
struct Found {
    locations: Vec<Location>,
    env: Option<PathBuf>,
    script_location: Option<PathBuf>,
    root: PathBuf,
    search_paths: Vec<PathBuf>,
    settings: Option<Settings>,
    /// Whether the settings say which locations there are.
    by_settings: bool,
}

fn locate(argument: &Path) -> Result<Found, Error> {
    if argument.is_file() {
        return locate_by_settings(Settings::read(argument)?);
    }
    if !argument.is_dir() {
        return Err(Error::NotFound {
            path: argument.to_owned(),
        });
    }
    let versions = argument.join("versions");
    let (script_location, folder) = if versions.is_dir() {
        (Some(argument.to_owned()), versions)
    } else {
        if python_files(argument)?.is_empty() {
            return Err(compiled::no_revisions(argument)?);
        }
        // env.py stands above the versions folder, or above a folder of several engines inside it.
        let above = parents(argument)
            .take(3)
            .find(|d| d.join("env.py").is_file());
        (above, argument.to_owned())
    };
    let settings = script_location.as_deref().and_then(settings_near);
    let recursive = settings.as_ref().and_then(|s| s.recursive).unwrap_or(false);
    let mut locations = vec![Location {
        folder: folder.clone(),
        recursive,
    }];
    let mut by_settings = false;
    if script_location.as_deref() == Some(argument) {
        let configured = settings
            .as_ref()
            .map(configured_locations)
            .unwrap_or_default();
        if configured.iter().any(|l| same_folder(&l.folder, &folder)) {
            locations = configured;
            by_settings = true;
        }
        locations.extend(backup_locations(argument));
    }
    let base = script_location
        .clone()
        .unwrap_or_else(|| argument.to_owned());
    Ok(Found {
        env: Some(base.join("env.py")).filter(|p| p.is_file()),
        root: parent(&base),
        search_paths: search_paths(&base, settings.as_ref()),
        locations,
        script_location,
        settings,
        by_settings,
    })
}

fn locate_by_settings(settings: Settings) -> Result<Found, Error> {
    let here = parent(&settings.file);
    let fault = |message: String| Error::Settings {
        path: settings.file.clone(),
        line: 0,
        message,
    };
    let written = settings.script_location.clone();
    // A backup keeps the settings file beside its scripts, where `script_location` no longer points.
    let base = written
        .as_deref()
        .and_then(|location| resolve_location(location, &here, &settings))
        .or_else(|| here.join("versions").is_dir().then(|| here.clone()))
        .ok_or_else(|| {
            fault(match &written {
                Some(location) => format!(
                    "script_location = {location} is no folder; name the versions folder with --scripts instead"
                ),
                None => "has no script_location; name the versions folder with --scripts instead".to_owned(),
            })
        })?;
    let mut locations = configured_locations(&settings);
    if locations.is_empty() {
        let folder = base.join("versions");
        if !folder.is_dir() {
            return Err(Error::NoRevisions { path: base });
        }
        locations.push(Location {
            folder,
            recursive: settings.recursive.unwrap_or(false),
        });
        locations.extend(backup_locations(&base));
    }
    Ok(Found {
        locations,
        env: Some(base.join("env.py")).filter(|p| p.is_file()),
        search_paths: search_paths(&base, Some(&settings)),
        script_location: Some(base),
        root: here,
        settings: Some(settings),
        by_settings: true,
    })
}

/// The folders of `version_locations` that exist; Alembic, too, passes over the others.
fn configured_locations(settings: &Settings) -> Vec<Location> {
    let here = parent(&settings.file);
    settings
        .version_locations
        .iter()
        .filter_map(|location| resolve_location(location, &here, settings))
        .map(|folder| Location {
            folder,
            recursive: settings.recursive.unwrap_or(false),
        })
        .collect()
}

/// A warning for each folder of `version_locations` that does not exist.
fn missing_locations(settings: &Settings) -> Diagnostics {
    let here = parent(&settings.file);
    let missing = settings
        .version_locations
        .iter()
        .filter(|location| resolve_location(location, &here, settings).is_none());
    let mut diagnostics = Diagnostics::new();
    for location in missing {
        diagnostics.push(
            Diagnostic::new(
                Code::ConfigUnused,
                format!("version_locations names {location}, which is no folder; Alembic, too, passes over it"),
            )
            .at(Origin {
                place: settings.place_of("version_locations"),
                ..Origin::default()
            })
            .help("restore the folder, if it held revisions, or take it out of the settings"),
        );
    }
    diagnostics
}

/// A backup of several locations keeps the further ones as `versions_2`, `versions_3` and so on.
fn backup_locations(base: &Path) -> Vec<Location> {
    if !base.join(super::backup::MANIFEST).is_file() {
        return Vec::new();
    }
    (2..)
        .map(|n| base.join(format!("versions_{n}")))
        .take_while(|folder| folder.is_dir())
        .map(|folder| Location {
            folder,
            recursive: false,
        })
        .collect()
}

/// A location as Alembic resolves it: a path, or `package:folder` through the import path.
fn resolve_location(location: &str, here: &Path, settings: &Settings) -> Option<PathBuf> {
    let relative = match location.split_once(':') {
        Some((package, rest)) if package.len() > 1 && !location.starts_with('/') => {
            Path::new(&package.replace('.', "/")).join(rest)
        }
        _ => PathBuf::from(location),
    };
    // `%(here)s` has put the settings file's own folder in front already; a bare path is relative to it in practice,
    // because alembic is run there.
    let mut candidates = vec![here.join(&relative), relative.clone()];
    candidates.extend(
        settings
            .prepend_sys_path
            .iter()
            .map(|p| here.join(p).join(&relative)),
    );
    candidates.push(here.join("src").join(&relative));
    candidates
        .into_iter()
        .find(|p| p.is_dir())
        .map(|p| tidy(&p))
}

/// The settings whose `script_location` is this folder: in it (as in a backup), or in one of the folders above.
fn settings_near(folder: &Path) -> Option<Settings> {
    const HIGHEST: usize = 6;
    std::iter::once(folder.to_owned())
        .chain(parents(folder))
        .take(HIGHEST)
        .enumerate()
        .find_map(|(above, dir)| {
            ["alembic.ini", "pyproject.toml"].iter().find_map(|name| {
                let file = dir.join(name);
                // A settings file that cannot be read was not named by the user: it is as if it were not there.
                let settings = file.is_file().then(|| Settings::read(&file).ok())??;
                let meant = settings
                    .script_location
                    .as_deref()
                    .and_then(|location| resolve_location(location, &dir, &settings));
                let is_this = match meant {
                    Some(path) => same_folder(&path, folder),
                    // Beside the scripts it may say nothing (Flask-Migrate), or what was true elsewhere (a backup).
                    None => above == 0,
                };
                is_this.then_some(settings)
            })
        })
}

fn search_paths(base: &Path, settings: Option<&Settings>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    if let Some(settings) = settings {
        let here = parent(&settings.file);
        paths.extend(
            settings
                .prepend_sys_path
                .iter()
                .map(|p| tidy(&here.join(p))),
        );
    }
    paths.extend(
        parents(base)
            .take(8)
            .find(|d| !d.join("__init__.py").is_file()),
    );
    paths.push(base.to_owned());
    let mut unique = Vec::new();
    for path in paths {
        if !unique.contains(&path) {
            unique.push(path);
        }
    }
    unique
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The folder above; `.` for a bare name, `..` steps up from a path that does not say what is above it.
fn parent(path: &Path) -> PathBuf {
    let path = tidy(path);
    match path.file_name() {
        Some(_) => match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
            _ => PathBuf::from("."),
        },
        None if path.has_root() => path,
        None if path == Path::new(".") => PathBuf::from(".."),
        None => path.join(".."),
    }
}

/// The folders above, nearest first; ends at the root of the file system, where the folder above is the folder itself.
fn parents(path: &Path) -> impl Iterator<Item = PathBuf> {
    std::iter::successors(Some(parent(path)), |p| {
        let above = parent(p);
        (above != *p && !same_folder(&above, p)).then_some(above)
    })
}

/// The same path without `.` components.
fn tidy(path: &Path) -> PathBuf {
    let tidied: PathBuf = path
        .components()
        .filter(|c| !matches!(c, std::path::Component::CurDir))
        .collect();
    if tidied.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        tidied
    }
}
