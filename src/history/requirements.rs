//! Which SQLAlchemy and which Alembic ran a history: what the project's lock and requirement files say.
//!
//! The nearest folder above the scripts counts, and in a folder a lock file before a range. A range gives the newest
//! release line that was usual for it: of SQLAlchemy `>=1.4` is 2.0, `>=1.3,<2` is 1.4.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::script::slashed;

/// A library whose release matters to a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// Types, names and defaults differ between its releases.
    SqlAlchemy,
    /// Scripts ask for its version.
    Alembic,
}

impl Library {
    /// Its name for people.
    fn name(self) -> &'static str {
        match self {
            Self::SqlAlchemy => "SQLAlchemy",
            Self::Alembic => "Alembic",
        }
    }

    /// Its name in the package index.
    fn package(self) -> &'static str {
        match self {
            Self::SqlAlchemy => "sqlalchemy",
            Self::Alembic => "alembic",
        }
    }

    /// Release lines, in the order in which they are preferred where a range allows several. The first is taken where nothing says
    /// another one.
    fn lines(self) -> &'static [(u32, u32)] {
        match self {
            Self::SqlAlchemy => &[(2, 0), (1, 4), (2, 1), (1, 3), (1, 2)],
            Self::Alembic => &[
                (1, 13),
                (1, 12),
                (1, 11),
                (1, 10),
                (1, 9),
                (1, 8),
                (1, 7),
                (1, 6),
                (1, 5),
                (1, 4),
                (1, 3),
                (1, 2),
                (1, 1),
                (1, 0),
                (0, 9),
                (0, 8),
                (1, 14),
                (1, 15),
                (1, 16),
                (1, 17),
                (1, 18),
            ],
        }
    }

    /// The release that is taken where nothing says another one.
    fn usual(self) -> &'static str {
        match self {
            Self::SqlAlchemy => "2.0",
            Self::Alembic => "1.13",
        }
    }

    fn patterns(self) -> Option<&'static Patterns> {
        static SQLALCHEMY: LazyLock<Option<Patterns>> =
            LazyLock::new(|| Patterns::of("sqlalchemy"));
        static ALEMBIC: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::of("alembic"));
        match self {
            Self::SqlAlchemy => SQLALCHEMY.as_ref(),
            Self::Alembic => ALEMBIC.as_ref(),
        }
    }
}

/// No requirement file is larger.
const LARGEST: u64 = 16 << 20;

/// The release of a library that a history is read for, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Of which library.
    #[serde(skip)]
    pub library: Library,
    /// `2.0.36`, or `1.4` where only the line is known.
    pub version: String,
    /// Who says so.
    pub said_by: SaidBy,
}

/// See [`Release`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaidBy {
    /// The user.
    User,
    /// A lock or requirements file.
    File {
        /// Path as it was found.
        path: String,
        /// Line, counted from one.
        line: usize,
    },
    /// Nobody.
    Nobody,
}

impl Release {
    /// What the user said.
    pub fn given(library: Library, version: impl Into<String>) -> Self {
        Self {
            library,
            version: version.into(),
            said_by: SaidBy::User,
        }
    }

    /// Looks from a folder of scripts upward. `root` is the last folder that is looked into; without one, the top of
    /// the repository is, or the scripts' `above` where there is none.
    pub fn find(library: Library, scripts: &Path, root: Option<&Path>, above: &Path) -> Self {
        let start = absolute(scripts);
        let top = root.map_or_else(|| repository(&start), |r| Some(absolute(r)));
        let top = top.unwrap_or_else(|| absolute(above));
        let mut loose = None;
        for folder in start.ancestors() {
            if !folder.starts_with(&top) {
                break;
            }
            match in_folder(library, folder, scripts, &start) {
                Some((release, true)) => return release,
                Some((release, false)) => loose = loose.or(Some(release)),
                None => {}
            }
        }
        loose.unwrap_or_else(|| Self {
            library,
            version: library.usual().to_owned(),
            said_by: SaidBy::Nobody,
        })
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}, ", self.library.name(), self.version)?;
        match &self.said_by {
            SaidBy::User => f.write_str("as given"),
            SaidBy::File { path, line } => write!(f, "by {path}:{line}"),
            SaidBy::Nobody => {
                f.write_str("for no lock or requirements file near the scripts names one")
            }
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The top of the repository that a folder is in.
fn repository(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|f| [".git", ".hg"].iter().any(|name| f.join(name).exists()))
        .map(Path::to_owned)
}

/// What the files of one folder say, and whether a lock (or an exact version) says it.
fn in_folder(
    library: Library,
    folder: &Path,
    scripts: &Path,
    start: &Path,
) -> Option<(Release, bool)> {
    let mut loose = None;
    for file in candidates(folder) {
        let Some(text) = read(&file) else { continue };
        let name = file
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let Some((version, line, exact)) = stated(library, &name, &text) else {
            continue;
        };
        let path = shown(&file, scripts, start);
        let release = Release {
            library,
            version,
            said_by: SaidBy::File { path, line },
        };
        if exact {
            return Some((release, true));
        }
        loose = loose.or(Some(release));
    }
    loose.map(|release| (release, false))
}

/// The file as the user would name it: beside the folder of scripts that he gave.
fn shown(file: &Path, scripts: &Path, start: &Path) -> String {
    let mut up = scripts.to_owned();
    for folder in start.ancestors() {
        if let Ok(rest) = file.strip_prefix(folder) {
            return slashed(&up.join(rest)).trim_start_matches("./").to_owned();
        }
        up = match up.parent() {
            Some(parent) if up.file_name().is_some() => parent.to_owned(),
            _ => up.join(".."),
        };
    }
    slashed(file)
}

/// The files of a folder that may name it, the most exact first.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    const LOCKS: [&str; 5] = [
        "poetry.lock",
        "uv.lock",
        "pdm.lock",
        "Pipfile.lock",
        "pylock.toml",
    ];
    const RANGES: [&str; 4] = ["pyproject.toml", "setup.cfg", "setup.py", "Pipfile"];
    let mut files: Vec<PathBuf> = LOCKS.iter().map(|name| folder.join(name)).collect();
    for inside in [folder.to_owned(), folder.join("requirements")] {
        let nested = inside != *folder;
        let mut lists: Vec<PathBuf> = std::fs::read_dir(&inside)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let list = name.ends_with(".txt") || name.ends_with(".in");
                list && (nested || name.contains("requirements") || name.contains("constraints"))
            })
            .map(|entry| entry.path())
            .collect();
        lists.sort();
        files.extend(lists);
    }
    files.extend(RANGES.iter().map(|name| folder.join(name)));
    files.retain(|file| file.is_file());
    files
}

fn read(file: &Path) -> Option<String> {
    let size = std::fs::metadata(file).ok()?.len();
    if size > LARGEST {
        return None;
    }
    std::fs::read_to_string(file).ok()
}

/// Version, line, and whether it is exact.
fn stated(library: Library, name: &str, text: &str) -> Option<(String, usize, bool)> {
    match name {
        "poetry.lock" | "uv.lock" | "pdm.lock" | "pylock.toml" => locked(library, text),
        "Pipfile.lock" => pipfile_lock(library, text),
        _ => listed(library, text),
    }
}

static VERSION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^\s*version\s*=\s*"([^"]+)"\s*$"#).ok());
static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"["']([^"']*)["']"#).ok());

/// How files name a package.
struct Patterns {
    /// In a lock file's table.
    name: Regex,
    /// A requirement: `SQLAlchemy[asyncio]~=2.0.1`.
    requirement: Regex,
    /// A key of a TOML table: `SQLAlchemy = "^2.0"`, `sqlalchemy = {version = "^1.4", extras = ["asyncio"]}`.
    key: Regex,
}

impl Patterns {
    fn of(package: &str) -> Option<Self> {
        let compiled = |pattern: &str| Regex::new(&pattern.replace("PACKAGE", package)).ok();
        Some(Self {
            name: compiled(r#"(?i)^\s*name\s*=\s*"PACKAGE"\s*$"#)?,
            requirement: compiled(r"(?i)^\s*PACKAGE\s*(?:\[[^\]]*\])?\s*([=~!<>(].*)?$")?,
            key: compiled(
                r#"(?i)^\s*["']?PACKAGE["']?\s*=\s*(?:\{.*?version\s*=\s*)?["']([^"']*)["']"#,
            )?,
        })
    }
}

/// `[[package]]` tables.
fn locked(library: Library, text: &str) -> Option<(String, usize, bool)> {
    let (name, version) = (&library.patterns()?.name, VERSION.as_ref()?);
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("[[") {
            inside = false;
        } else if name.is_match(line) {
            inside = true;
        } else if inside && let Some(found) = version.captures(line).and_then(|c| c.get(1)) {
            return Some((found.as_str().to_owned(), number + 1, true));
        }
    }
    None
}

fn pipfile_lock(library: Library, text: &str) -> Option<(String, usize, bool)> {
    let parsed: serde_json::Value = serde_json::from_str(text).ok()?;
    let package = ["default", "develop"]
        .iter()
        .find_map(|group| parsed.get(group)?.get(library.package()))?;
    let version = package.get("version")?.as_str()?.trim_start_matches('=');
    let line = text
        .lines()
        .position(|l| l.contains(&format!("\"{}\"", library.package())))
        .unwrap_or_default();
    Some((version.to_owned(), line + 1, true))
}

/// Requirements, one a line or in a list of strings, or the keys of a table.
fn listed(library: Library, text: &str) -> Option<(String, usize, bool)> {
    text.lines().enumerate().find_map(|(number, line)| {
        let (version, exact) = chosen(library, &range_in(library, line)?)?;
        Some((version, number + 1, exact))
    })
}

/// The range that a line gives.
fn range_in(library: Library, line: &str) -> Option<String> {
    let Patterns {
        requirement, key, ..
    } = library.patterns()?;
    let of = |text: &str| {
        let text = text.split([';', '#']).next().unwrap_or_default();
        let found = requirement.captures(text)?;
        Some(found.get(1).map_or("", |r| r.as_str()).trim().to_owned())
    };
    let key = key.captures(line).and_then(|c| c.get(1));
    if let Some(range) = key {
        return Some(range.as_str().trim().to_owned());
    }
    let mut quoted = QUOTED.as_ref()?.captures_iter(line);
    of(line).or_else(|| quoted.find_map(|c| of(c.get(1)?.as_str())))
}

/// The release that a range means, and whether it is exactly one; `None` when it is no range.
fn chosen(library: Library, range: &str) -> Option<(String, bool)> {
    let range = range.trim_matches(['(', ')', ' ']);
    let exact = range.trim_start_matches('=');
    let plain = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
            && text.contains('.')
    };
    if range.starts_with('=') && plain(exact) || plain(range) {
        return Some((exact.to_owned(), true));
    }
    let parts: Vec<&str> = range.split(',').map(str::trim).collect();
    let line = library
        .lines()
        .iter()
        .find(|line| parts.iter().all(|part| allows(part, **line)))?;
    Some((format!("{}.{}", line.0, line.1), false))
}

/// Whether some release of a line is allowed by one clause of a range.
fn allows(clause: &str, line: (u32, u32)) -> bool {
    let digits = clause.find(|c: char| c.is_ascii_digit());
    let Some(at) = digits else {
        return true;
    };
    let (operator, version) = clause.split_at(at);
    let mut numbers = version.split('.').map(|n| {
        let digits: String = n.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    let major = numbers.next().flatten().unwrap_or_default();
    let minor = numbers.next().flatten();
    let patch = numbers.next().flatten().unwrap_or_default();
    let bound = (major, minor.unwrap_or_default());
    match operator.trim() {
        "^" => line.0 == major && line >= bound,
        "~" | "~=" if minor.is_none() => line.0 == major,
        "~" => line == bound,
        "~=" if version.matches('.').count() >= 2 => line == bound,
        "~=" => line.0 == major && line >= bound,
        "==" | "===" | "=" | "" => match minor {
            Some(_) => line == bound,
            None => line.0 == major,
        },
        "<" => line < bound || (line == bound && patch > 0),
        "<=" => line <= bound,
        ">=" | ">" => line >= bound,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_give_the_usual_release_line() {
        for (range, line) in [
            ("==1.4.46", Some("1.4.46")),
            ("", Some("2.0")),
            (">=1.4", Some("2.0")),
            (">=1.3,<2", Some("1.4")),
            (">=1.3,<2.0.0", Some("1.4")),
            ("<1.4", Some("1.3")),
            ("<1.4.5", Some("1.4")),
            ("^1.4.0", Some("1.4")),
            ("^2.0.3", Some("2.0")),
            ("~=1.4.0", Some("1.4")),
            ("~=2.0", Some("2.0")),
            (">=2.1", Some("2.1")),
            ("==1.4.*", Some("1.4")),
            (">=2.0,!=2.0.5", Some("2.0")),
            ("2.0.25", Some("2.0.25")),
        ] {
            assert_eq!(
                chosen(Library::SqlAlchemy, range).map(|c| c.0).as_deref(),
                line,
                "{range}"
            );
        }
    }

    #[test]
    fn alembic_beside_it() {
        let text = "sqlalchemy==1.4.46\nalembic>=1.4,<1.7  # frozen\nflask-alembic==2\n";
        let found = stated(Library::Alembic, "requirements.txt", text);
        assert_eq!(found, Some(("1.6".to_owned(), 2, false)));
        for (range, line) in [
            ("", "1.13"),
            (">=1.16", "1.16"),
            ("^1.9.4", "1.13"),
            ("~=1.9.4", "1.9"),
        ] {
            assert_eq!(
                chosen(Library::Alembic, range).map(|c| c.0).as_deref(),
                Some(line),
                "{range}"
            );
        }
    }

    #[test]
    fn files_of_every_tool() {
        for (name, text, expected) in [
            (
                "poetry.lock",
                "[[package]]\nname = \"sqlalchemy-utils\"\nversion = \"0.41\"\n\n[[package]]\nname = \"SQLAlchemy\"\nversion = \"1.4.46\"\n",
                Some(("1.4.46", 7)),
            ),
            (
                "Pipfile.lock",
                "{\"default\": {\n\"sqlalchemy\": {\"version\": \"==1.3.24\"}}}",
                Some(("1.3.24", 2)),
            ),
            (
                "requirements.txt",
                "# comment\nsqlalchemy-utils==0.3\nSQLAlchemy[asyncio]==2.0.25 ; python_version > '3'\n",
                Some(("2.0.25", 3)),
            ),
            (
                "pyproject.toml",
                "dependencies = [\n    \"alembic>=1.7\",\n    \"sqlalchemy[asyncio]>=1.4,<2\",\n]\n",
                Some(("1.4", 3)),
            ),
            (
                "pyproject.toml",
                "[tool.poetry.dependencies]\nsqlalchemy = {version = \"^1.4.2\", extras = [\"asyncio\"]}\n",
                Some(("1.4", 2)),
            ),
            (
                "pyproject.toml",
                "[tool.poetry.dependencies]\nSQLAlchemy = \"^2.0\"\n",
                Some(("2.0", 2)),
            ),
            (
                "setup.cfg",
                "install_requires =\n    alembic\n    sqlalchemy~=1.4.0\n",
                Some(("1.4", 3)),
            ),
            (
                "setup.py",
                "    install_requires=['SQLAlchemy>=1.3, <1.4'],\n",
                Some(("1.3", 1)),
            ),
            ("requirements.txt", "flask-sqlalchemy==3.0\n", None),
        ] {
            let found =
                stated(Library::SqlAlchemy, name, text).map(|(version, line, _)| (version, line));
            let found = found
                .as_ref()
                .map(|(version, line)| (version.as_str(), *line));
            assert_eq!(found, expected, "{name}: {text}");
        }
    }
}
