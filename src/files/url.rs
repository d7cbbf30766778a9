//! Database URLs, in SQLAlchemy's spelling and the others that teams have in `DATABASE_URL`.

use std::path::{Path, PathBuf};

use super::Error;
use crate::sqlite::remote::{RemoteUrl, percent_decoded};

/// A database that `migrate` can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file that SQLite opens here.
    File(FileUrl),
    /// The database of a libSQL server.
    Server(RemoteUrl),
}

impl DatabaseUrl {
    /// Reads a URL or a plain path.
    ///
    /// # Errors
    /// When it names neither a file nor a libSQL server: memory, another kind of database. What may hold a password or a token
    /// is never repeated in the sentence.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // `sqlite+libsql:///file.db` is a file, `sqlite+libsql://host` a server.
        if let Some((scheme, rest)) = text.split_once("://")
            && RemoteUrl::is_scheme(&scheme.to_lowercase())
            && !(scheme.contains('+') && (rest.is_empty() || rest.starts_with(['/', '?'])))
        {
            return RemoteUrl::parse(text)
                .map(Self::Server)
                .map_err(|e| Error::Url(e.to_string()));
        }
        FileUrl::parse(text).map(Self::File)
    }

    /// The file it names; none for a server.
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::File(url) => Some(url.file()),
            Self::Server(_) => None,
        }
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(url) => url.fmt(f),
            Self::Server(url) => url.fmt(f),
        }
    }
}

/// A database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileUrl {
    /// A path.
    Path(PathBuf),
    /// A `file:` URI, given to SQLite as it is.
    Uri(String),
}

impl FileUrl {
    /// Reads a URL or a plain path.
    ///
    /// # Errors
    /// When it names no file: memory, a server, another kind of database. What may hold a password or a token is never
    /// repeated in the sentence.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Url("the database URL is empty".to_owned()));
        }
        if text.starts_with("file:") {
            return Self::uri(text);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Self::path(text);
        };
        let scheme = scheme.to_lowercase();
        let (dialect, driver) = scheme.split_once('+').unwrap_or((&scheme, ""));
        match (dialect, driver) {
            ("sqlite" | "sqlite3", _) => Self::sqlite(&scheme, rest),
            ("libsql" | "http" | "https" | "ws" | "wss", _) => Err(remote(&scheme)),
            ("postgresql" | "postgres", _) => Err(Error::Url(format!(
                "a {scheme}:// URL names a PostgreSQL server; `migrate` works on SQLite, for instance sqlite:///app.db or libsql://host"
            ))),
            _ => Err(Error::Url(format!(
                "{scheme}:// is not a kind of URL that `migrate` knows; give sqlite:///relative.db, sqlite:////absolute.db, \
                 file:…, a path, libsql://host or http(s)://host"
            ))),
        }
    }

    fn sqlite(scheme: &str, rest: &str) -> Result<Self, Error> {
        let Some(path) = rest.strip_prefix('/') else {
            if rest.is_empty() || rest.starts_with('?') {
                return Err(memory());
            }
            if scheme.ends_with("+libsql") {
                return Err(remote(scheme));
            }
            return Err(Error::Url(format!(
                "{scheme}:// must be followed by a third `/` before a relative path and by two before an absolute one"
            )));
        };
        if path.starts_with("file:") {
            return Self::uri(path);
        }
        Self::path(path.split_once('?').map_or(path, |(path, _)| path))
    }

    fn path(path: &str) -> Result<Self, Error> {
        if path.is_empty() || path == ":memory:" {
            return Err(memory());
        }
        Ok(Self::Path(PathBuf::from(path)))
    }

    fn uri(text: &str) -> Result<Self, Error> {
        if text.contains(":memory:") || text.contains("mode=memory") {
            return Err(memory());
        }
        // SQLAlchemy wants `uri=true` beside the URI's own parameters; SQLite does not know it.
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let kept: Vec<&str> = query
            .split('&')
            .filter(|p| !p.is_empty() && *p != "uri=true")
            .collect();
        Ok(Self::Uri(if kept.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", kept.join("&"))
        }))
    }

    /// The file it names, as far as can be told without SQLite.
    pub fn file(&self) -> PathBuf {
        match self {
            Self::Path(path) => path.clone(),
            Self::Uri(uri) => {
                let path = uri.strip_prefix("file:").unwrap_or(uri);
                let path = path.split_once(['?', '#']).map_or(path, |(path, _)| path);
                let path = match path.strip_prefix("//") {
                    // `file://localhost/path` and `file:///path`.
                    Some(rest) => rest
                        .find('/')
                        .map_or("", |at| rest.get(at..).unwrap_or_default()),
                    None => path,
                };
                PathBuf::from(String::from_utf8_lossy(&percent_decoded(path)).into_owned())
            }
        }
    }

    /// What SQLite is given to open.
    pub fn for_sqlite(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::Uri(uri) => Path::new(uri),
        }
    }
}

impl std::fmt::Display for FileUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file().display())
    }
}

fn memory() -> Error {
    Error::Url("the URL names a database in memory, where nothing that is applied would be kept; name a file".to_owned())
}

fn remote(scheme: &str) -> Error {
    Error::Url(format!(
        "a {scheme}:// URL names a libSQL server; here a database file is needed, for instance sqlite:///app.db"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        let cases = [
            ("sqlite:///rel.db", "rel.db"),
            ("sqlite:////abs/x.db", "/abs/x.db"),
            ("sqlite+aiosqlite:///dir/rel.db?timeout=5", "dir/rel.db"),
            ("sqlite+pysqlite:////abs.db", "/abs.db"),
            ("sqlite+libsql:///local.db", "local.db"),
            ("file:rel.db", "rel.db"),
            ("file:///abs%20x.db?mode=rw", "/abs x.db"),
            ("sqlite:///file:rel.db?mode=rw&uri=true", "rel.db"),
            ("./plain.db", "./plain.db"),
        ];
        for (url, path) in cases {
            let parsed = match DatabaseUrl::parse(url) {
                Ok(DatabaseUrl::File(parsed)) => parsed.file(),
                _ => PathBuf::new(),
            };
            assert_eq!(parsed, Path::new(path), "{url}");
        }
        assert_eq!(
            FileUrl::parse("sqlite:///file:a.db?mode=rw&uri=true").ok(),
            Some(FileUrl::Uri("file:a.db?mode=rw".to_owned()))
        );
    }

    #[test]
    fn servers() {
        for (url, shown) in [
            ("libsql://db.example?authToken=secret", "https://db.example"),
            ("sqlite+libsql://host:8080", "http://host:8080"),
            ("ws://host", "http://host"),
        ] {
            let parsed = DatabaseUrl::parse(url);
            assert!(matches!(parsed, Ok(DatabaseUrl::Server(_))), "{url}");
            let said = parsed.map(|url| url.to_string()).unwrap_or_default();
            assert_eq!(said, shown);
        }
    }

    #[test]
    fn what_is_no_file_is_refused_without_its_secrets() {
        for url in [
            "",
            "sqlite://",
            "sqlite:///:memory:",
            "file::memory:?cache=shared",
            "libsql://db.example?password=secret",
            "sqlite+libsql://user:secret@host:8080",
            "https://user:secret@host",
            "sqlite+libsql://",
            "postgresql+psycopg2://user:secret@host/db",
            "mysql://user:secret@host/db",
            "sqlite://rel.db",
        ] {
            let said = DatabaseUrl::parse(url)
                .err()
                .map(|e| e.to_string())
                .unwrap_or_default();
            assert!(
                !said.is_empty() && !said.contains("secret"),
                "{url}: {said}"
            );
        }
    }
}
