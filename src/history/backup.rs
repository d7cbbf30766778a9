//! The backup of a history: a copy of its scripts and settings with names and times kept, and a manifest of SHA-256
//! checksums. The copy appears at its destination whole and verified, or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::script::{sha256_hex, slashed};
use super::{Error, ScriptSet, scan};

/// Name of the file of checksums inside a backup, in the format of `sha256sum`.
pub const MANIFEST: &str = "MANIFEST.sha256";
/// Name of the file that tells what the backup is.
pub const README: &str = "README.md";

/// What to copy, and to where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupOptions {
    /// A folder with `versions/`, a versions folder, an alembic.ini or a pyproject.toml.
    pub from: PathBuf,
    /// The folder to make.
    pub to: PathBuf,
    /// Files and folders of the project that the scripts import, kept at their place below the project's root.
    pub include: Vec<PathBuf>,
    /// Whether the versions folders are emptied (but for `__init__.py`) once the copy is verified.
    pub clean: bool,
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupSummary {
    /// The folder that was made.
    pub to: String,
    /// Files in it, the manifest not counted.
    pub files: usize,
    /// Revision scripts among them.
    pub scripts: usize,
    /// Bytes in them.
    pub bytes: u64,
    /// Files that were removed from the active folders.
    pub removed: Vec<String>,
}

/// How a backup compares with its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BackupCheck {
    /// Whether there is a manifest; without one nothing can be checked.
    pub manifest: bool,
    /// Files that are as the manifest says.
    pub intact: usize,
    /// Files that the manifest names and that are not there.
    pub missing: Vec<String>,
    /// Files whose content changed.
    pub changed: Vec<String>,
    /// Files that the manifest does not name.
    pub added: Vec<String>,
}

impl BackupCheck {
    /// Whether everything is as it was when the backup was made.
    pub fn is_intact(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.added.is_empty()
    }
}

/// A file to be copied.
struct Item {
    source: PathBuf,
    sha256: String,
    bytes: u64,
}

/// Copies a history and verifies the copy; with `clean`, then empties the active versions folders.
///
/// # Errors
/// [`Error::Refused`] when the destination has something in it; otherwise what could not be read, written or verified.
/// In either case nothing is left at the destination and nothing was removed.
pub fn backup(options: &BackupOptions) -> Result<BackupSummary, Error> {
    refuse_taken(&options.to)?;
    let set = scan(std::slice::from_ref(&options.from))?;
    refuse_inside(&options.to, &set)?;
    let items = collect(&set, options)?;
    let scripts = set.files.len();
    let above = match options.to.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&above).map_err(write_fault(&above))?;
    let temporary = tempfile::Builder::new()
        .prefix(".decant-backup-")
        .tempdir_in(&above)
        .map_err(write_fault(&above))?;
    let inside = temporary.path().join("backup");
    fs::create_dir(&inside).map_err(write_fault(&inside))?;
    write_copy(&inside, &items, scripts)?;
    let check = verify_backup(&inside)?;
    if let Some(file) = check
        .missing
        .iter()
        .chain(&check.changed)
        .chain(&check.added)
        .next()
    {
        return Err(Error::CopyDiffers { file: file.clone() });
    }
    if options.to.is_dir() {
        fs::remove_dir(&options.to).map_err(write_fault(&options.to))?;
    }
    fs::rename(&inside, &options.to).map_err(write_fault(&options.to))?;
    let removed = if options.clean {
        clean(&set, &items)?
    } else {
        Vec::new()
    };
    Ok(BackupSummary {
        to: slashed(&options.to),
        // The README is written here, beside the files that were copied.
        files: items.len() + 1,
        scripts,
        bytes: items.values().map(|item| item.bytes).sum(),
        removed,
    })
}

/// Compares a backup with its manifest. Without a manifest the check says so and names nothing.
///
/// # Errors
/// When the folder or the manifest cannot be read.
pub fn verify_backup(folder: &Path) -> Result<BackupCheck, Error> {
    let path = folder.join(MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {
            return Ok(BackupCheck::default());
        }
        Err(cause) => return Err(Error::Read { path, cause }),
    };
    let mut check = BackupCheck {
        manifest: true,
        ..BackupCheck::default()
    };
    let mut named = BTreeMap::new();
    for (index, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let (sum, name) = manifest_line(line).ok_or_else(|| Error::Manifest {
            path: path.clone(),
            line: index + 1,
        })?;
        named.insert(name, sum);
    }
    let mut there = BTreeMap::new();
    walk(folder, "", &mut there)?;
    for (name, sum) in &named {
        match there.get(name) {
            None => check.missing.push(name.clone()),
            Some(file) if sha256_hex(&read(file)?) == *sum => check.intact += 1,
            Some(_) => check.changed.push(name.clone()),
        }
    }
    check.added = there
        .into_keys()
        .filter(|name| name != MANIFEST && !named.contains_key(name))
        .collect();
    Ok(check)
}

fn read_fault(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Read { path, cause }
}

fn write_fault(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Write { path, cause }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(read_fault(path))
}

fn refuse_taken(to: &Path) -> Result<(), Error> {
    let taken = match fs::read_dir(to) {
        Ok(mut entries) => entries.next().is_some(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => true,
        Err(cause) => return Err(read_fault(to)(cause)),
    };
    if taken {
        return Err(Error::Refused(format!(
            "{} exists and is not empty; a backup is never written over another: choose a new folder with --to",
            to.display()
        )));
    }
    Ok(())
}

fn refuse_inside(to: &Path, set: &ScriptSet) -> Result<(), Error> {
    // The destination may not exist yet; its nearest folder that does tells where it is.
    let real = to
        .ancestors()
        .find_map(|dir| match dir.as_os_str().is_empty() {
            true => Path::new(".").canonicalize().ok(),
            false => dir.canonicalize().ok(),
        });
    for location in &set.locations {
        let folder = location
            .folder
            .canonicalize()
            .map_err(read_fault(&location.folder))?;
        if real.as_ref().is_some_and(|real| real.starts_with(&folder)) {
            return Err(Error::Refused(format!(
                "{} is inside the versions folder {}; choose a folder outside with --to",
                to.display(),
                location.folder.display()
            )));
        }
    }
    Ok(())
}

/// The files to copy, by their path inside the backup.
fn collect(set: &ScriptSet, options: &BackupOptions) -> Result<BTreeMap<String, Item>, Error> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (index, location) in set.locations.iter().enumerate() {
        let name = match index {
            0 => "versions/".to_owned(),
            n => format!("versions_{}/", n + 1),
        };
        walk(&location.folder, &name, &mut found)?;
    }
    if let Some(settings) = &set.ini {
        // Whatever it is called, an ini file is found again as alembic.ini.
        let is_toml = settings.file.extension().is_some_and(|e| e == "toml");
        let name = if is_toml {
            "pyproject.toml"
        } else {
            "alembic.ini"
        };
        found.insert(name.to_owned(), settings.file.clone());
    }
    if let Some(folder) = &set.script_location {
        for name in ["env.py", "script.py.mako"] {
            let path = folder.join(name);
            if path.is_file() {
                found.insert(name.to_owned(), path);
            }
        }
    }
    for path in &options.include {
        include(path, set, &mut found)?;
    }
    found
        .into_iter()
        .map(|(name, source)| {
            let bytes = read(&source)?;
            let item = Item {
                sha256: sha256_hex(&bytes),
                bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
                source,
            };
            Ok((name, item))
        })
        .collect()
}

fn include(
    path: &Path,
    set: &ScriptSet,
    found: &mut BTreeMap<String, PathBuf>,
) -> Result<(), Error> {
    let real = path.canonicalize().map_err(read_fault(path))?;
    let root = set.root.canonicalize().map_err(read_fault(&set.root))?;
    let name = match real.strip_prefix(&root) {
        Ok(below) => slashed(below),
        Err(_) => real
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default(),
    };
    let mut further = BTreeMap::new();
    if real.is_dir() {
        walk(path, &format!("{name}/"), &mut further)?;
    } else {
        further.insert(name, path.to_owned());
    }
    for (name, source) in further {
        let other = found.get(&name).filter(|other| **other != source);
        if other.is_some() || name == README || name == MANIFEST {
            return Err(Error::Refused(format!(
                "--include {} would be kept as {name}, which the backup uses itself",
                path.display()
            )));
        }
        found.insert(name, source);
    }
    Ok(())
}

/// All files below a folder, by `prefix` and their path, without what Python compiles.
fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(read_fault(folder))? {
        let entry = entry.map_err(read_fault(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name == "__pycache__" || name.ends_with(".pyc") || name.ends_with(".pyo") {
            continue;
        }
        if path.is_dir() {
            walk(&path, &format!("{prefix}{name}/"), found)?;
        } else {
            found.insert(format!("{prefix}{name}"), path);
        }
    }
    Ok(())
}

fn write_copy(to: &Path, items: &BTreeMap<String, Item>, scripts: usize) -> Result<(), Error> {
    let mut manifest = BTreeMap::new();
    for (name, item) in items {
        let bytes = read(&item.source)?;
        let modified = fs::metadata(&item.source)
            .and_then(|m| m.modified())
            .map_err(read_fault(&item.source))?;
        write_file(&to.join(name), &bytes, Some(modified))?;
        manifest.insert(name.clone(), item.sha256.clone());
    }
    let readme = readme(scripts, items);
    write_file(&to.join(README), readme.as_bytes(), None)?;
    manifest.insert(README.to_owned(), sha256_hex(readme.as_bytes()));
    let lines: String = manifest
        .iter()
        .map(|(name, sum)| format!("{}\n", to_manifest_line(sum, name)))
        .collect();
    write_file(&to.join(MANIFEST), lines.as_bytes(), None)
}

fn write_file(
    path: &Path,
    bytes: &[u8],
    modified: Option<std::time::SystemTime>,
) -> Result<(), Error> {
    let write = || -> std::io::Result<()> {
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        if let Some(time) = modified {
            file.set_times(FileTimes::new().set_modified(time))?;
        }
        file.sync_all()
    };
    write().map_err(write_fault(path))
}

/// A line as `sha256sum` writes it: a name with a backslash or a line end is escaped, and the line marked.
fn to_manifest_line(sum: &str, name: &str) -> String {
    if name.contains(['\\', '\n', '\r']) {
        let name = name
            .replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('\r', "\\r");
        format!("\\{sum}  {name}")
    } else {
        format!("{sum}  {name}")
    }
}

fn manifest_line(line: &str) -> Option<(String, String)> {
    let (escaped, line) = match line.strip_prefix('\\') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (sum, name) = line.split_once(' ')?;
    let name = name.strip_prefix([' ', '*'])?;
    let is_sum = sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit());
    let name = if escaped {
        unescaped(name)
    } else {
        name.to_owned()
    };
    (is_sum && !name.is_empty()).then(|| (sum.to_lowercase(), name))
}

fn unescaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

fn readme(scripts: usize, items: &BTreeMap<String, Item>) -> String {
    let mut text = format!(
        "# Backup of the Alembic history\n\n\
         Made by `decant backup`: {scripts} revision scripts as they were, names and modification times kept. Nothing here is\n\
         executed; `decant` reads the scripts to rebuild the schema that they make.\n\n\
         Check that nothing changed since, in this folder:\n\n    sha256sum -c {MANIFEST}\n\n\
         To go back to Alembic, copy `versions/` into the folder that `script_location` in the settings names, with the\n\
         other files beside it. Keep this folder in version control, and do not edit it.\n\n\
         | file or folder | files |\n|---|---|\n"
    );
    let mut tops: BTreeMap<String, usize> = BTreeMap::new();
    for name in items.keys() {
        let top = match name.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => name.clone(),
        };
        *tops.entry(top).or_default() += 1;
    }
    for (top, count) in tops {
        text.push_str(&format!("| `{top}` | {count} |\n"));
    }
    text
}

/// Removes from the active versions folders what is in the backup, unless it changed since it was read.
fn clean(set: &ScriptSet, items: &BTreeMap<String, Item>) -> Result<Vec<String>, Error> {
    let mut removed = Vec::new();
    for item in items.values() {
        let in_versions = set
            .locations
            .iter()
            .any(|l| item.source.starts_with(&l.folder));
        let is_init = item.source.file_name().is_some_and(|n| n == "__init__.py");
        if !in_versions || is_init {
            continue;
        }
        if sha256_hex(&read(&item.source)?) != item.sha256 {
            return Err(Error::Refused(format!(
                "{} changed while the backup was made; it and what comes after it was left in place",
                item.source.display()
            )));
        }
        fs::remove_file(&item.source).map_err(write_fault(&item.source))?;
        removed.push(slashed(&item.source));
    }
    for location in &set.locations {
        remove_empty(&location.folder, true)?;
    }
    Ok(removed)
}

/// Removes what Python compiled, and folders that are empty then.
fn remove_empty(folder: &Path, keep: bool) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(read_fault(folder))? {
        let entry = entry.map_err(read_fault(folder))?;
        if !entry.file_type().map_err(read_fault(folder))?.is_dir() {
            continue;
        }
        if entry.file_name() == "__pycache__" {
            fs::remove_dir_all(entry.path()).map_err(write_fault(&entry.path()))?;
        } else {
            remove_empty(&entry.path(), false)?;
        }
    }
    let empty = fs::read_dir(folder)
        .map_err(read_fault(folder))?
        .next()
        .is_none();
    if empty && !keep {
        fs::remove_dir(folder).map_err(write_fault(folder))?;
    }
    Ok(())
}
