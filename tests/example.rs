//! The bundled example through the compiled binary: schema against real Alembic and PostgreSQL, the cutover, its artefacts, both
//! kinds of source, the app's models, and what kills and signals leave behind.

mod e2e;
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use e2e::{catalog, decant_in, published, rows};
use support::{Database, project};

fn production() -> PathBuf {
    project("fixtures/production.sql")
}

/// The catalog that `decant schema` gives PostgreSQL; `None` without a server.
fn replayed() -> Option<Vec<String>> {
    let run = decant_in(&project(""), &["schema", "--scripts", "alembic_backup"]);
    run.ended(0);
    let database = Database::with("replayed", &run.stdout)?;
    Some(catalog::read(&database.url()))
}

/// The catalog that `decant schema` gives, dumped and restored once, as that of a dump is: PostgreSQL prints some casts
/// of arrays otherwise when it reads its own text again.
fn replayed_and_restored() -> Option<Vec<String>> {
    let run = decant_in(&project(""), &["schema", "--scripts", "alembic_backup"]);
    run.ended(0);
    let database = Database::with("replayed", &run.stdout)?;
    let folder = support::tempdir();
    let path = folder.path().join("schema.sql");
    std::fs::write(&path, database.dump(&["--schema-only"])?).expect("a new file");
    restored(&path)
}

/// The catalog of a dump, restored; `None` without a server or psql.
fn restored(path: &Path) -> Option<Vec<String>> {
    let database = Database::new("restored")?;
    database.load_dump(path)?;
    Some(catalog::read(&database.url()))
}

#[test]
fn the_replayed_schema_is_the_one_that_real_alembic_recorded() {
    let (Some(ours), Some(oracle)) = (
        replayed_and_restored(),
        restored(&project("fixtures/oracle/example.schema.sql")),
    ) else {
        return;
    };
    catalog::assert_equal(&oracle, &ours, "recorded schema and replayed schema");
}

#[test]
fn the_replayed_schema_is_the_one_that_real_alembic_builds_now() {
    let Some(database) = Database::new("alembic") else {
        return;
    };
    let Some(python) = support::python(support::ORACLE_PACKAGES) else {
        return;
    };
    support::run(
        Command::new(python)
            .args(["-B", "-m", "alembic", "upgrade", "heads"])
            .current_dir(project("alembic_backup"))
            .env("DATABASE_URL", sqlalchemy_url(&database.url())),
    );
    let alembic = catalog::read(&database.url());
    let ours = replayed().expect("there is a server");
    catalog::assert_equal(&alembic, &ours, "real Alembic and replayed schema");
}

#[test]
fn the_dump_matches_the_history() {
    let (Some(ours), Some(dump)) = (replayed_and_restored(), restored(&production())) else {
        return;
    };
    catalog::assert_equal(&dump, &ours, "production dump and replayed schema");
}

#[test]
fn a_dump_of_the_schema_is_taken_as_what_was_there_before_the_first_revision() {
    let folder = support::tempdir();
    let versions = folder.path().join("versions");
    std::fs::create_dir(&versions).expect("a folder");
    std::fs::write(
        versions.join("a.py"),
        "from alembic import op\nrevision = \"a1\"\ndown_revision = None\n\n\ndef upgrade():\n    op.drop_column(\"offices\", \"phone\")\n",
    )
    .expect("a script");
    let base = project("fixtures/oracle/example.schema.sql");
    let base = base.to_str().expect("a path in UTF-8");
    let run = decant_in(
        folder.path(),
        &["schema", "--scripts", "versions", "--base", base],
    );
    run.ended(0);
    assert!(
        run.stdout.contains("CREATE TABLE offices"),
        "{}",
        run.stdout
    );
    assert!(
        !run.stdout
            .contains("phone character varying(32),\n    address")
    );
}

/// SQLAlchemy wants the driver's name in the URL.
fn sqlalchemy_url(url: &str) -> String {
    url.replacen("postgres://", "postgresql+psycopg2://", 1)
}

#[test]
fn a_cutover_in_a_clone_makes_a_verified_file() {
    let published = published();
    published.run.ended(0);
    let db = rows::open(&published.target());
    rows::assert_sound(&db);

    let mut expected = rows::of_dump(&production());
    assert!(expected.values().sum::<u64>() >= 20_000);
    assert_eq!(expected.remove("alembic_version"), Some(1));
    let tables = rows::tables(&db);
    assert!(
        !tables.contains(&"alembic_version".to_owned()),
        "alembic_version is not ported"
    );
    for (table, count) in &expected {
        let rows = rows::number(&db, &format!("SELECT count(*) FROM \"{table}\""));
        assert_eq!(rows, i64::try_from(*count).unwrap_or(-1), "rows of {table}");
    }

    let out = published.folder.path().join("out");
    let report = std::fs::read_to_string(out.join("report.md")).expect("a report");
    assert!(report.contains("afe to switch"), "{report}");
    assert!(!report.contains("ot safe to switch"), "{report}");
    for (table, count) in &expected {
        assert!(
            report
                .lines()
                .any(|line| line.contains(table.as_str())
                    && digits(line).contains(&count.to_string())),
            "the report tells the {count} rows of {table}"
        );
    }
    assert!(
        published.run.all().contains("afe to switch"),
        "the command ends with its verdict: {}",
        published.run.all()
    );
    assert_eq!(
        e2e::leftovers(&published.target()),
        Vec::<String>::new(),
        "nothing unpublished is left"
    );
}

/// A line without the separators that stand inside numbers.
fn digits(line: &str) -> String {
    line.replace([',', '_'], "")
}

/// Whether an artefact is committed: texts that say the same at every run. Databases, times and logs are not.
fn is_committed(name: &str) -> bool {
    let volatile = name == "times.json" || name.ends_with(".log") || name.ends_with(".port.json");
    let text = [".sql", ".json", ".md", ".html", ".txt", ".py"]
        .iter()
        .any(|end| name.ends_with(end));
    text && !volatile
}

fn artefacts(folder: &Path) -> Vec<(String, Vec<u8>)> {
    e2e::files(folder)
        .into_iter()
        .filter(|name| is_committed(name))
        .map(|name| {
            let bytes = std::fs::read(folder.join(&name)).expect("a file of the folder");
            (name, bytes)
        })
        .collect()
}

#[track_caller]
fn assert_same_artefacts(expected: &Path, actual: &Path) {
    let (expected, actual) = (artefacts(expected), artefacts(actual));
    let names = |list: &[(String, Vec<u8>)]| -> Vec<String> {
        list.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&expected), names(&actual));
    for ((name, expected), (_, actual)) in expected.iter().zip(&actual) {
        if expected != actual {
            let at = expected
                .iter()
                .zip(actual)
                .take_while(|(e, a)| e == a)
                .count();
            let around = |bytes: &[u8]| {
                let window = bytes.get(at.saturating_sub(80)..).unwrap_or_default();
                String::from_utf8_lossy(&window[..window.len().min(240)]).into_owned()
            };
            panic!(
                "{name} differs from byte {at}:\n- {}\n+ {}",
                around(expected),
                around(actual)
            );
        }
    }
}

#[test]
fn the_committed_artefacts_are_regenerated_byte_for_byte() {
    let committed = project("out");
    assert!(
        artefacts(&committed).len() >= 5,
        "out/ holds baseline, schema, operations and reports: {:?}",
        e2e::files(&committed)
    );
    published().run.ended(0);
    assert_same_artefacts(&committed, &published().folder.path().join("out"));
}

#[test]
fn a_second_run_replaces_the_file_by_an_equal_one() {
    let folder = support::tempdir();
    published().run.ended(0);
    e2e::copy_folder(published().folder.path(), folder.path());
    let target = folder.path().join(e2e::example_target());
    let before = std::fs::read(&target).expect("the first file");

    let refused = decant_in(folder.path(), &["cutover"]);
    refused.ended(3);
    assert!(refused.stderr.contains("--replace"), "{}", refused.stderr);
    assert_eq!(std::fs::read(&target).expect("the first file"), before);

    decant_in(folder.path(), &["cutover", "--replace", "--no-times"]).ended(0);
    assert_same_artefacts(
        &published().folder.path().join("out"),
        &folder.path().join("out"),
    );
    rows::assert_equal(&published().target(), &target);
    let backup = PathBuf::from(format!("{}.backup-1", target.display()));
    assert_eq!(std::fs::read(backup).expect("the old file is kept"), before);
}

#[test]
fn a_rehearsal_does_all_but_publish() {
    let folder = e2e::example_copy();
    decant_in(folder.path(), &["cutover", "--rehearse"]).ended(0);
    let target = folder.path().join(e2e::example_target());
    assert!(!target.exists(), "a rehearsal publishes nothing");
    assert_eq!(e2e::leftovers(&target), Vec::<String>::new());
    let out = e2e::files(&folder.path().join("out"));
    assert!(out.contains(&"report.md".to_owned()), "{out:?}");
    assert!(
        out.iter().any(|name| name == "times.json"),
        "the timings are kept for the next run: {out:?}"
    );
}

/// Writes a `decant.toml` whose source is a server instead of the dump.
fn with_live_source(folder: &Path, url: &str) {
    let path = folder.join("decant.toml");
    let text = std::fs::read_to_string(&path).expect("decant.toml");
    let mut document: toml_edit::DocumentMut = text.parse().expect("TOML");
    let source = document["source"].as_table_mut().expect("[source]");
    source.remove("dump");
    source.insert("url", toml_edit::value(url));
    std::fs::write(path, document.to_string()).expect("decant.toml");
}

#[test]
fn live_source_and_dump_give_files_that_are_equal_row_for_row() {
    let Some(database) = Database::new("live") else {
        return;
    };
    if database.load_dump(&production()).is_none() {
        return;
    }
    published().run.ended(0);
    let folder = e2e::example_copy();
    with_live_source(folder.path(), &database.url());
    std::fs::remove_file(folder.path().join("fixtures/production.sql")).expect("the dump");
    decant_in(folder.path(), &["cutover"]).ended(0);
    rows::assert_equal(
        &published().target(),
        &folder.path().join(e2e::example_target()),
    );
}

#[test]
fn every_kind_of_dump_gives_a_file_that_is_equal_row_for_row() {
    let Some(database) = Database::new("kinds") else {
        return;
    };
    if database.load_dump(&production()).is_none() {
        return;
    }
    published().run.ended(0);
    for arguments in [
        &["-Fc"][..],
        &["-Fc", "-Z0"],
        &["-Fd"],
        &["-Ft"],
        &["-Fp", "-Z9"],
    ] {
        let folder = e2e::example_copy();
        // The name stays: the content tells.
        let dump = folder.path().join("fixtures/production.sql");
        std::fs::remove_file(&dump).expect("the dump");
        let file = format!("--file={}", dump.display());
        if database.dump(&[arguments, &[&file]].concat()).is_none() {
            return;
        }
        decant_in(folder.path(), &["cutover"]).ended(0);
        rows::assert_equal(
            &published().target(),
            &folder.path().join(e2e::example_target()),
        );
    }
}

#[test]
fn the_apps_models_read_the_same_on_both_sides() {
    let Some(database) = Database::new("models") else {
        return;
    };
    let Some(python) = support::python(support::ORACLE_PACKAGES) else {
        return;
    };
    if database.load_dump(&production()).is_none() {
        return;
    }
    published().run.ended(0);
    let compared = support::run(
        Command::new(python)
            .arg("-B")
            .arg(project("fixtures/app/compare.py"))
            .arg(sqlalchemy_url(&database.url()))
            .arg(published().target()),
    );
    let said = String::from_utf8_lossy(&compared.stdout).into_owned();
    assert!(
        said.contains("cells equal") && said.contains("lookups equal"),
        "{said}"
    );
}

/// Points at which the run is killed: before each stage, inside the port, behind publishing.
const FAIL_POINTS: &[&str] = &[
    "cutover:history",
    "cutover:source",
    "cutover:preflight",
    "cutover:baseline",
    "cutover:apply",
    "migrate-statement#20",
    "migrate-commit",
    "cutover:port",
    "port:begin",
    "port:after-batch#3",
    "port:after-table#5",
    "port:before-finish",
    "port:before-indexes",
    "cutover:verify",
    "cutover:report",
    "cutover:publish",
    "cutover:published",
];

#[test]
fn a_kill_at_any_stage_leaves_no_unverified_file_and_the_next_run_works() {
    let folder = e2e::example_copy();
    let target = folder.path().join(e2e::example_target());
    for point in FAIL_POINTS {
        // Each run begins where the one before was killed.
        let killed = e2e::run(
            support::decant()
                .current_dir(folder.path())
                .arg("cutover")
                .env("DECANT_FAIL_AT", point),
        );
        assert_eq!(killed.status, -libc::SIGABRT, "{point}: {}", killed.all());
        if *point == "cutover:published" {
            rows::assert_equal(&published().target(), &target);
            std::fs::remove_file(&target).expect("a file");
        }
        assert!(!target.exists(), "{point}: nothing is published");
    }
    decant_in(folder.path(), &["cutover"]).ended(0);
    rows::assert_equal(&published().target(), &target);
    assert_eq!(e2e::leftovers(&target), Vec::<String>::new());
}

#[test]
fn a_signal_cleans_up_and_gives_its_exit_status() {
    for (signal, status) in [
        (libc::SIGINT, 130),
        (libc::SIGTERM, 143),
        (libc::SIGHUP, 129),
    ] {
        let folder = e2e::example_copy();
        let target = folder.path().join(e2e::example_target());
        let partial = PathBuf::from(format!("{}.partial", target.display()));
        let mut child = e2e::start(support::decant().current_dir(folder.path()).arg("cutover"));
        let begun = Instant::now();
        while !partial.exists() && begun.elapsed() < Duration::from_secs(60) {
            if child.try_wait().expect("a child").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let pid = libc::pid_t::try_from(child.id()).expect("a process id");
        // SAFETY: kill() has no memory effects, and the process is our own child that was not waited for.
        unsafe {
            libc::kill(pid, signal);
        }
        let run = e2e::finish(child);
        run.ended(status);
        assert!(!target.exists(), "signal {signal}: nothing is published");
        assert_eq!(e2e::leftovers(&target), Vec::<String>::new());
    }
}

#[test]
fn a_signal_ends_a_run_that_waits_for_the_server() {
    let Some(database) = Database::new("waiting") else {
        return;
    };
    if database.load_dump(&production()).is_none() {
        return;
    }
    let mut holder = database.client();
    let mut lock = holder.transaction().expect("a transaction");
    lock.batch_execute("LOCK TABLE public.messages IN ACCESS EXCLUSIVE MODE")
        .expect("a lock");
    let folder = e2e::example_copy();
    with_live_source(folder.path(), &database.url());
    let target = folder.path().join(e2e::example_target());
    let mut child = e2e::start(support::decant().current_dir(folder.path()).arg("cutover"));
    let mut watch = database.client();
    let begun = Instant::now();
    loop {
        let waiting: i64 = watch
            .query_one(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                &[],
            )
            .expect("a query")
            .get(0);
        if waiting > 0 || child.try_wait().expect("a child").is_some() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "it never waits");
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = libc::pid_t::try_from(child.id()).expect("a process id");
    let sent = Instant::now();
    // SAFETY: as above.
    unsafe {
        libc::kill(pid, libc::SIGTERM);
    }
    let run = e2e::finish(child);
    run.ended(143);
    assert!(
        sent.elapsed() < Duration::from_secs(20),
        "it ended after {:?}",
        sent.elapsed()
    );
    assert!(!target.exists());
    assert_eq!(e2e::leftovers(&target), Vec::<String>::new());
    drop(lock);
}
