//! The list of public histories, and how one is fetched.
//!
//! `DECANT_CORPUS=all` chooses all of them, `DECANT_CORPUS=name,name` these; without it, a dozen that differ in kind and are small
//! to download. What cannot be fetched is said on stderr and passed over, unless `DECANT_REQUIRE_CORPUS=1`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::support::project;

#[derive(Debug, Deserialize)]
struct Manifest {
    history: Vec<History>,
}

/// A history of `histories.toml`, where the keys are explained.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Its name, and that of its recorded catalog.
    pub name: String,
    /// Packages with versions.
    pub packages: Vec<String>,
    /// Folders of the scripts in the packages.
    pub versions: Vec<String>,
    /// Whether the folders inside those belong to it.
    #[serde(default)]
    pub recursive: bool,
    /// How many revisions there are.
    pub revisions: usize,
    /// `SQLAlchemy` that the catalog was recorded with; without it there is no catalog.
    pub sqlalchemy: Option<String>,
    /// Up to where it was replayed, where that is not `heads`.
    pub at: Option<String>,
    /// Whether `base/NAME.sql` was there before the first revision.
    #[serde(default)]
    pub base: bool,
    /// Whether it is one of the dozen.
    #[serde(default)]
    pub default: bool,
    /// Upper bound of the revisions with an unknown that touches the schema.
    pub unknown: usize,
    /// Upper bound of the catalog's lines that differ.
    #[serde(default)]
    pub different: usize,
    /// Upper bound of the statements that have no equal in SQLite; without it, the history does not replay completely.
    pub unconverted: Option<usize>,
    /// Whether a live database of it is ported and verified, and which losses that accepts.
    pub port: Option<Vec<String>>,
}

/// The histories that this run looks at.
pub fn chosen() -> Vec<History> {
    let text = std::fs::read_to_string(project("tests/corpus/histories.toml")).expect("the list");
    let mut all = toml::from_str::<Manifest>(&text).expect("the list").history;
    match std::env::var("DECANT_CORPUS").as_deref() {
        Ok("all") => {}
        Ok(names) if !names.is_empty() => {
            let names: Vec<&str> = names.split(',').map(str::trim).collect();
            for name in &names {
                assert!(all.iter().any(|h| h.name == *name), "no history {name}");
            }
            all.retain(|history| names.contains(&history.name.as_str()));
        }
        _ => all.retain(|history| history.default),
    }
    all
}

/// Does something with each history on as many threads as there are processors, and fails the test with everything that was
/// found wrong.
pub fn each(histories: Vec<History>, look: impl Fn(&History, &Path) -> Result<(), String> + Sync) {
    let queue = std::sync::Mutex::new(histories.into_iter());
    let wrong = std::sync::Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(8) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no panic holds it").next();
                    let Some(history) = next else { break };
                    if let Some(root) = history.fetch()
                        && let Err(why) = look(&history, &root)
                    {
                        let mut wrong = wrong.lock().expect("no panic holds it");
                        wrong.push(format!("{}: {why}", history.name));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic held it");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const UNPACK: &str = "
import pathlib, shutil, sys, tarfile, tempfile, zipfile
into = pathlib.Path(sys.argv[1])
for archive in map(pathlib.Path, sys.argv[2:]):
    if archive.suffix in ('.whl', '.zip'):
        zipfile.ZipFile(archive).extractall(into)
        continue
    top = pathlib.Path(tempfile.mkdtemp(dir=into))
    tarfile.open(archive).extractall(top, filter='data')
    for entry in next(top.iterdir()).iterdir():
        shutil.move(str(entry), into / entry.name)
    shutil.rmtree(top)
";

impl History {
    /// The folder of the unpacked packages; `None` (after a line on stderr) when they cannot be fetched.
    pub fn fetch(&self) -> Option<PathBuf> {
        match self.try_fetch() {
            Ok(folder) => Some(folder),
            Err(why) => {
                assert!(
                    std::env::var("DECANT_REQUIRE_CORPUS").as_deref() != Ok("1"),
                    "DECANT_REQUIRE_CORPUS=1, but {} cannot be fetched: {why}",
                    self.name
                );
                crate::e2e::skipped(&format!("history {} cannot be fetched ({why})", self.name));
                None
            }
        }
    }

    fn try_fetch(&self) -> Result<PathBuf, String> {
        let corpus = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
        std::fs::create_dir_all(&corpus).map_err(|e| e.to_string())?;
        // Histories of the same package share it.
        let name = self.packages.join("+");
        let lock = std::fs::File::create(corpus.join(format!("{name}.lock")))
            .map_err(|e| e.to_string())?;
        lock.lock().map_err(|e| e.to_string())?;
        let folder = corpus.join(&name);
        let done = folder.join(".unpacked");
        if done.exists() {
            return Ok(folder);
        }
        let _ = std::fs::remove_dir_all(&folder);
        let mut archives = Vec::new();
        for package in &self.packages {
            let archive = folder.join(".archive").join(package);
            std::fs::create_dir_all(&archive).map_err(|e| e.to_string())?;
            tell(
                Command::new("python3")
                    .args(["-m", "pip", "download", "--quiet", "--no-deps"])
                    .args(["--disable-pip-version-check", "--no-build-isolation"])
                    .args(["--retries", "1", "--timeout", "20", "--dest"])
                    .arg(&archive)
                    .arg(package),
            )?;
            let found = std::fs::read_dir(&archive)
                .map_err(|e| e.to_string())?
                .flatten()
                .next();
            archives.push(found.ok_or("pip left no file")?.path());
        }
        tell(
            Command::new("python3")
                .args(["-c", UNPACK])
                .arg(&folder)
                .args(&archives),
        )?;
        let _ = std::fs::remove_dir_all(folder.join(".archive"));
        std::fs::write(done, name).map_err(|e| e.to_string())?;
        Ok(folder)
    }

    /// The flags that name the history.
    pub fn flags(&self, root: &Path) -> Vec<String> {
        let text = |path: PathBuf| path.display().to_string();
        let mut flags = vec!["--root".to_owned(), text(root.to_owned())];
        for versions in &self.versions {
            flags.extend(["--scripts".to_owned(), text(root.join(versions))]);
        }
        if let Some(version) = &self.sqlalchemy {
            flags.extend(["--sqlalchemy-version".to_owned(), version.clone()]);
        }
        if self.base {
            let base = project("tests/corpus/base").join(format!("{}.sql", self.name));
            flags.extend(["--base".to_owned(), text(base)]);
        }
        flags
    }

    /// The catalog that real Alembic left, as lines.
    pub fn recorded(&self) -> Vec<String> {
        let path = project("tests/corpus/truth").join(format!("{}.catalog.gz", self.name));
        let file = std::fs::File::open(path).expect("the recorded catalog");
        let mut text = String::new();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .expect("the recorded catalog");
        text.lines().map(str::to_owned).collect()
    }

    /// How many scripts its folders hold, by Alembic's rule of names.
    pub fn scripts(&self, root: &Path) -> usize {
        self.versions
            .iter()
            .flat_map(|versions| crate::e2e::files(&root.join(versions)))
            .filter(|name| self.recursive || !name.contains('/'))
            .filter(|name| {
                let file = name.rsplit('/').next().unwrap_or(name);
                file.ends_with(".py") && !file.starts_with(".#") && !file.starts_with("__init__")
            })
            .count()
    }
}

fn tell(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().last().unwrap_or("it failed").to_owned())
    }
}
