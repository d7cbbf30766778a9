//! What the process's surroundings say about connections: variables, the user's name and home folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Variables and user of a process, as a value, so that the rules over it can be tested.
#[derive(Clone, Default)]
pub struct Environment {
    /// `PG*` variables.
    pub variables: BTreeMap<String, String>,
    /// Home folder, where `.pgpass`, `.pg_service.conf` and `.postgresql/` are.
    pub home: Option<PathBuf>,
    /// The operating system's name of the user: PostgreSQL's default user.
    pub user: Option<String>,
}

impl std::fmt::Debug for Environment {
    /// Without values: `PGPASSWORD` is among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("home", &self.home)
            .field("user", &self.user)
            .finish()
    }
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("PG"))
            .collect();
        let entry = passwd_entry();
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let user = entry
            .as_ref()
            .map(|(name, _)| name.clone())
            .or_else(|| variable("USER"))
            .or_else(|| variable("LOGNAME"));
        // libpq asks HOME first since PostgreSQL 16.
        let home = variable("HOME")
            .or(entry.map(|(_, home)| home))
            .map(PathBuf::from);
        Self {
            variables,
            home,
            user,
        }
    }

    /// A variable that is set and not empty: libpq treats an empty one as not set for files and services.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
    }

    /// A file below the home folder.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }
}

/// Name and home folder of the user that this process runs as, by `/etc/passwd`.
#[cfg(unix)]
fn passwd_entry() -> Option<(String, String)> {
    use std::os::unix::fs::MetadataExt;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let entry = fields.nth(1)?;
        let home = fields.nth(2)?;
        (entry == uid).then(|| (name.to_owned(), home.to_owned()))
    })
}

#[cfg(not(unix))]
fn passwd_entry() -> Option<(String, String)> {
    None
}
