//! Histories that nobody of this project wrote: the replayed schema is what real Alembic left, the baseline applies and rolls back, and
//! a live database that real Alembic built, filled with generated rows, is ported and verified.
//!
//! The scripts are downloaded by package name into `target/tmp`; without a network the tests say so and pass, unless
//! `DECANT_REQUIRE_CORPUS=1`.

mod e2e;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::{catalog, fill, rows};
use serde::Deserialize;
use support::{Database, project};

#[derive(Debug, Deserialize)]
struct Manifest {
    history: Vec<History>,
}

/// A history of `tests/corpus/histories.toml`.
#[derive(Debug, Deserialize)]
struct History {
    /// Its name, and that of its recorded catalog.
    name: String,
    /// Package and version.
    package: String,
    /// Folder of the scripts in the package.
    versions: String,
    /// SQLAlchemy that the catalog was recorded with.
    sqlalchemy: String,
    /// How many scripts there are.
    revisions: usize,
    /// Losses that its port accepts.
    #[serde(default)]
    accept: Vec<String>,
}

fn histories() -> Vec<History> {
    let text = std::fs::read_to_string(project("tests/corpus/histories.toml")).expect("the list");
    toml::from_str::<Manifest>(&text).expect("the list").history
}

const UNPACK: &str = "
import pathlib, sys, tarfile, zipfile
archive, into = pathlib.Path(sys.argv[1]), sys.argv[2]
if archive.suffix in ('.whl', '.zip'):
    zipfile.ZipFile(archive).extractall(into)
else:
    tarfile.open(archive).extractall(into, filter='data')
";

impl History {
    /// The unpacked package; `None` (after a line on stderr) when it cannot be fetched.
    fn fetch(&self) -> Option<PathBuf> {
        match self.try_fetch() {
            Ok(folder) => Some(folder),
            Err(why) => {
                assert!(
                    std::env::var("DECANT_REQUIRE_CORPUS").as_deref() != Ok("1"),
                    "DECANT_REQUIRE_CORPUS=1, but {} cannot be fetched: {why}",
                    self.package
                );
                e2e::skipped(&format!("{} cannot be fetched ({why})", self.package));
                None
            }
        }
    }

    fn try_fetch(&self) -> Result<PathBuf, String> {
        let corpus = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
        std::fs::create_dir_all(&corpus).map_err(|e| e.to_string())?;
        let lock = std::fs::File::create(corpus.join(format!("{}.lock", self.name)))
            .map_err(|e| e.to_string())?;
        lock.lock().map_err(|e| e.to_string())?;
        let folder = corpus.join(&self.package);
        let done = folder.join(".unpacked");
        if done.exists() {
            return Ok(folder);
        }
        let _ = std::fs::remove_dir_all(&folder);
        let archives = folder.join(".archive");
        std::fs::create_dir_all(&archives).map_err(|e| e.to_string())?;
        tell(
            Command::new("python3")
                .args([
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .args([
                    "--no-deps",
                    "--no-build-isolation",
                    "--retries",
                    "1",
                    "--timeout",
                    "20",
                    "--dest",
                ])
                .arg(&archives)
                .arg(&self.package),
        )?;
        let archive = std::fs::read_dir(&archives)
            .map_err(|e| e.to_string())?
            .flatten()
            .next()
            .ok_or("pip left no file")?;
        tell(
            Command::new("python3")
                .args(["-c", UNPACK])
                .arg(archive.path())
                .arg(&folder),
        )?;
        std::fs::write(done, &self.package).map_err(|e| e.to_string())?;
        Ok(folder)
    }

    /// The flags that name the history.
    fn flags(&self, root: &Path) -> Vec<String> {
        vec![
            "--scripts".to_owned(),
            root.join(&self.versions).display().to_string(),
            "--root".to_owned(),
            root.display().to_string(),
            "--sqlalchemy-version".to_owned(),
            self.sqlalchemy.clone(),
        ]
    }

    /// The catalog that real Alembic left, as lines.
    fn recorded(&self) -> Vec<String> {
        let path = project("tests/corpus").join(format!("{}.catalog", self.name));
        let text = std::fs::read_to_string(path).expect("the recorded catalog");
        text.lines().map(str::to_owned).collect()
    }

    /// A configuration that accepts what its port needs.
    fn config(&self, folder: &Path) -> PathBuf {
        let accept: Vec<String> = self.accept.iter().map(|loss| format!("{loss:?}")).collect();
        let path = folder.join("decant.toml");
        std::fs::write(
            &path,
            format!("[storage]\naccept = [{}]\n", accept.join(", ")),
        )
        .expect("a file");
        path
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

#[test]
fn the_replayed_schema_is_what_real_alembic_left() {
    for history in histories() {
        let Some(root) = history.fetch() else {
            continue;
        };
        let run = e2e::run(support::decant().arg("schema").args(history.flags(&root)));
        run.ended(0);
        let Some(database) = Database::with("corpus", &run.stdout) else {
            return;
        };
        let recorded = history.recorded();
        catalog::assert_equal(&recorded, &catalog::read(&database.url()), &history.name);
    }
}

#[test]
fn every_script_is_read() {
    for history in histories() {
        let Some(root) = history.fetch() else {
            continue;
        };
        let run = e2e::run(
            support::decant()
                .args(["inspect", "--json"])
                .args(history.flags(&root)),
        );
        run.ended(0);
        let scripts = e2e::files(&root.join(&history.versions))
            .iter()
            .filter(|name| name.ends_with(".py") && !name.contains("__"))
            .count();
        assert_eq!(scripts, history.revisions);
        let told: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        let revisions = told
            .pointer("/coverage/revisions_understood")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or_default();
        assert_eq!(
            usize::try_from(revisions).ok(),
            Some(history.revisions),
            "{}",
            history.name
        );
    }
}

#[test]
fn the_baseline_applies_and_rolls_back() {
    for history in histories() {
        let Some(root) = history.fetch() else {
            continue;
        };
        let folder = support::tempdir();
        let config = history.config(folder.path());
        e2e::run(
            support::decant()
                .current_dir(folder.path())
                .args(["baseline", "--out", "migrations", "--config"])
                .arg(&config)
                .args(history.flags(&root)),
        )
        .ended(0);
        let migrate = |arguments: &[&str]| {
            let mut all = vec![
                "migrate",
                "--dir",
                "migrations",
                "--database",
                "sqlite:///new.db",
            ];
            all.extend(arguments);
            e2e::decant_in(folder.path(), &all)
        };
        migrate(&["up"]).ended(0);
        let db = folder.path().join("new.db");
        let tables = rows::tables(&rows::open(&db));
        assert!(tables.len() > 10, "{tables:?}");
        rows::assert_sound(&rows::open(&db));
        migrate(&["down", "--all"]).ended(0);
        let left: Vec<String> = rows::schema(&rows::open(&db))
            .into_iter()
            // The runner's ledgers, and SQLite's counter for them.
            .filter(|object| {
                !["migrations:", "decant_", "sqlite_sequence:"]
                    .iter()
                    .any(|own| object.contains(&format!(" {own}")))
            })
            .collect();
        assert_eq!(
            left,
            Vec::<String>::new(),
            "down leaves nothing but ledgers"
        );
        migrate(&["up"]).ended(0);
        assert_eq!(rows::tables(&rows::open(&db)), tables);
    }
}

const ENV: &str = "
import os
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(os.environ['CORPUS_URL'])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
";

/// Runs real Alembic over the scripts, with an environment that needs nothing of the application.
fn upgrade(python: &Path, versions: &Path, url: &str) {
    let folder = support::tempdir();
    let env = folder.path().join("env");
    e2e::copy_folder(versions, &env.join("versions"));
    std::fs::write(env.join("env.py"), ENV).expect("a file");
    std::fs::write(
        folder.path().join("alembic.ini"),
        "[alembic]\nscript_location = env\n",
    )
    .expect("a file");
    support::run(
        Command::new(python)
            .args(["-B", "-m", "alembic", "upgrade", "heads"])
            .current_dir(folder.path())
            .env(
                "CORPUS_URL",
                url.replacen("postgres://", "postgresql+psycopg2://", 1),
            ),
    );
}

#[test]
fn a_live_database_that_real_alembic_built_is_ported_and_verified() {
    for history in histories() {
        let Some(root) = history.fetch() else {
            continue;
        };
        let Some(database) = Database::new("corpus_live") else {
            return;
        };
        let Some(python) = support::python(support::ORACLE_PACKAGES) else {
            return;
        };
        upgrade(&python, &root.join(&history.versions), &database.url());
        let built = catalog::read(&database.url());
        catalog::assert_equal(
            &history.recorded(),
            &built,
            "recorded and built by Alembic now",
        );
        let counts = fill::fill(&database.url(), 200);
        assert!(counts.values().all(|count| *count > 0), "{counts:?}");

        let folder = support::tempdir();
        let config = history.config(folder.path());
        let target = folder.path().join("ported.db");
        e2e::run(
            support::decant()
                .current_dir(folder.path())
                .args([
                    "port",
                    "--source",
                    &database.url(),
                    "--target",
                    "ported.db",
                    "--config",
                ])
                .arg(&config)
                .args(history.flags(&root)),
        )
        .ended(0);
        let db = rows::open(&target);
        rows::assert_sound(&db);
        for (table, count) in &counts {
            let table = table.trim_matches('"');
            assert_eq!(
                rows::number(&db, &format!("SELECT count(*) FROM \"{table}\"")),
                *count,
                "{table}"
            );
        }
        drop(db);
        e2e::run(
            support::decant()
                .current_dir(folder.path())
                .args([
                    "verify",
                    "--source",
                    &database.url(),
                    "--target",
                    "ported.db",
                ])
                .args(["--level", "full", "--config"])
                .arg(&config)
                .args(history.flags(&root)),
        )
        .ended(0);

        // A comparison that cannot fail proves nothing.
        let victim = counts
            .keys()
            .next()
            .expect("a table")
            .trim_matches('"')
            .to_owned();
        rusqlite::Connection::open(&target)
            .and_then(|db| {
                db.execute(
                    &format!("DELETE FROM \"{victim}\" WHERE rowid = (SELECT max(rowid) FROM \"{victim}\")"),
                    [],
                )
            })
            .expect("a row can be deleted");
        let found = e2e::run(
            support::decant()
                .current_dir(folder.path())
                .args([
                    "verify",
                    "--source",
                    &database.url(),
                    "--target",
                    "ported.db",
                    "--config",
                ])
                .arg(&config)
                .args(history.flags(&root)),
        );
        found.ended(4);
        assert!(found.all().contains(&victim), "{}", found.all());
    }
}
