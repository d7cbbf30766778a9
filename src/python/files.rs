//! Files that imports and scripts may read: those under the given roots, and no others.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 8 << 20;
/// Most names of a folder that are listed.
const MAX_NAMES: usize = 100_000;

/// Reads project files. Paths are absolute or relative to the working folder, as the roots are.
pub trait Files {
    /// The folders that may be read, in the order in which imports look into them.
    fn roots(&self) -> &[PathBuf];

    /// The text of a file; `None` when there is none, it is no UTF-8 text, or it lies outside the roots.
    fn read(&self, path: &Path) -> Option<String>;

    /// Whether there is such a folder inside the roots.
    fn is_dir(&self, path: &Path) -> bool;

    /// The names in a folder inside the roots, sorted, so that every machine gives the same; `None` when there is none.
    fn list(&self, path: &Path) -> Option<Vec<String>>;
}

/// The files of the disk.
#[derive(Debug, Clone, Default)]
pub struct DiskFiles {
    roots: Vec<PathBuf>,
    real: Vec<PathBuf>,
    read: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl DiskFiles {
    /// The files that were read so far, by the paths by which they were asked for, sorted.
    pub fn seen(&self) -> Vec<PathBuf> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().cloned().collect()
    }

    /// Allows reading below these folders. A folder that does not exist allows nothing.
    pub fn new(roots: impl IntoIterator<Item = PathBuf>) -> Self {
        let roots: Vec<PathBuf> = roots.into_iter().collect();
        let real = roots.iter().filter_map(|r| r.canonicalize().ok()).collect();
        Self {
            roots,
            real,
            read: Arc::default(),
        }
    }

    /// The real path, when it lies inside the roots after all links are followed.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        // What is left of `.` is empty.
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let real = path.canonicalize().ok()?;
        self.real
            .iter()
            .any(|root| real.starts_with(root))
            .then_some(real)
    }
}

impl Files for DiskFiles {
    fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    fn read(&self, path: &Path) -> Option<String> {
        let real = self.inside(path)?;
        let meta = real.metadata().ok()?;
        if !meta.is_file() || meta.len() > MAX_FILE {
            return None;
        }
        let text = std::fs::read_to_string(real).ok()?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(normalized(path));
        Some(text)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.inside(path).is_some_and(|real| real.is_dir())
    }

    fn list(&self, path: &Path) -> Option<Vec<String>> {
        let entries = std::fs::read_dir(self.inside(path)?).ok()?;
        let mut names: Vec<String> = entries
            .take(MAX_NAMES)
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        Some(names)
    }
}

/// A path without `.` and `..` parts, by its text alone.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
