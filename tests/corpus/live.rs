//! Histories whose databases are ported: the baseline on SQLite, and the rows of a database that real Alembic built.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::e2e::{self, catalog, fill, rows};
use crate::manifest::{History, chosen};
use crate::support::{self, Database};

/// The histories to port, with the losses that each accepts.
fn ported() -> impl Iterator<Item = (History, Vec<String>)> {
    chosen().into_iter().filter_map(|history| {
        let accept = history.port.clone()?;
        Some((history, accept))
    })
}

/// A configuration that accepts what the port needs.
fn config(accept: &[String], folder: &Path) -> PathBuf {
    let accept: Vec<String> = accept.iter().map(|loss| format!("{loss:?}")).collect();
    let path = folder.join("decant.toml");
    std::fs::write(
        &path,
        format!("[storage]\naccept = [{}]\n", accept.join(", ")),
    )
    .expect("a file");
    path
}

#[test]
fn the_baseline_applies_and_rolls_back() {
    for (history, accept) in ported() {
        let Some(root) = history.fetch() else {
            continue;
        };
        let folder = support::tempdir();
        let config = config(&accept, folder.path());
        e2e::run(
            support::decant()
                .current_dir(folder.path())
                .args([
                    "baseline",
                    "--out",
                    "migrations",
                    "--seed-data",
                    "drop",
                    "--config",
                ])
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
    for (history, accept) in ported() {
        let Some(root) = history.fetch() else {
            continue;
        };
        let Some(database) = Database::new("corpus_live") else {
            return;
        };
        let Some(python) = support::python(support::ORACLE_PACKAGES) else {
            return;
        };
        upgrade(&python, &root.join(&history.versions[0]), &database.url());
        let built = catalog::read(&database.url());
        catalog::assert_equal(
            &history.recorded(),
            &built,
            "recorded and built by Alembic now",
        );
        let counts = fill::fill(&database.url(), 200);
        assert!(counts.values().all(|count| *count > 0), "{counts:?}");

        let folder = support::tempdir();
        let config = config(&accept, folder.path());
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
