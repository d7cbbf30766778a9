//! A whole application, ported once: every line of the tables in `fixtures/verify/seeded` plants one difference, which must be
//! found at its place, with its verdict and nowhere else.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use decant::config::Config;
use decant::interrupt::Interrupt;
use decant::lower::{self, Lowering};
use decant::pg::emit::emit_schema;
use decant::pg::select::Selection;
use decant::pipeline::{self, HistoryOptions, PortOptions, Side, VerifyOptions, events};
use decant::sqlite::publish::Replace;
use decant::verify::{self, Finding, Level, Options, Verification};

use crate::support::{self, Database};

/// A line of `target.csv` or `source.csv`.
#[derive(Debug, serde::Deserialize)]
struct Case {
    /// What was done.
    name: String,
    /// SQL that does it.
    sql: String,
    /// Where it is told: `rows`, `schema`, `sequences`, `foreign_keys`, `constraints`, `integrity`, or `drift`.
    section: String,
    /// Table, object, sequence or text.
    place: String,
    /// Column of a row, aspect of an object; empty for a whole row or object.
    part: String,
    /// Kind of the difference, or verdict.
    verdict: String,
    /// Objects of which something must be told besides, by blanks.
    beside: String,
}

fn cases(name: &str) -> Vec<Case> {
    let path = support::project("fixtures/verify/seeded").join(name);
    let rows = csv::Reader::from_path(path).unwrap().into_deserialize();
    rows.map(|row| row.unwrap()).collect()
}

fn options() -> PortOptions {
    let mut config = Config::default();
    config.storage.accept = vec!["invoice_numbers: sequence-dropped".to_owned()];
    PortOptions {
        config,
        history: Some(HistoryOptions {
            scripts: vec![support::project("fixtures/verify/seeded")],
            ..HistoryOptions::default()
        }),
        source: String::new(),
        max_rejects: 0,
        level: Level::Digest,
        selection: Selection::default(),
        resume: pipeline::Resume::No,
    }
}

/// The application's database and its port.
pub struct World {
    pub database: Database,
    pub options: PortOptions,
    lowering: Lowering,
    pub folder: tempfile::TempDir,
}

impl World {
    pub fn new(name: &str) -> Option<Self> {
        let mut options = options();
        let history = options.history.as_ref().unwrap();
        let replayed = pipeline::read_history(history)
            .unwrap()
            .replay("heads")
            .unwrap();
        let rows =
            std::fs::read_to_string(support::project("fixtures/verify/seeded/rows.sql")).unwrap();
        let database =
            Database::with(name, &format!("{};\n{rows}", emit_schema(&replayed.schema)))?;
        options.source = database.url();
        let lowering = lower::lower(&replayed.schema, &options.config.storage);
        Some(Self {
            database,
            options,
            lowering,
            folder: support::tempdir(),
        })
    }

    pub fn port(&self) -> PathBuf {
        let target = self.folder.path().join("app.db");
        let done = pipeline::port(
            &self.options,
            &target,
            Replace::No,
            &events::Silent,
            &Interrupt::new(),
        )
        .unwrap();
        assert!(done.report.verdict.safe, "{:#?}", done.report.verdict);
        target
    }

    pub fn verify(&self, sides: &[Side]) -> Verification {
        let how = VerifyOptions::default();
        let report = pipeline::verify(
            &self.options,
            sides,
            &how,
            &events::Silent,
            &Interrupt::new(),
        )
        .unwrap();
        report.verification.unwrap()
    }
}

/// A serialized name: `row_missing`, `weaker`.
fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

/// Every difference that a verification tells: section, place, part, verdict.
pub fn told(found: &Verification) -> Vec<(String, String, String, String)> {
    let mut out = Vec::new();
    let mut push = |section: &str, place: &str, part: &str, verdict: String| {
        out.push((
            section.to_owned(),
            place.to_owned(),
            part.to_owned(),
            verdict,
        ));
    };
    for table in found.tables.iter().filter(|t| !t.ok()) {
        for difference in &table.differing {
            push(
                "rows",
                &table.table,
                difference.column.as_deref().unwrap_or_default(),
                name(difference.kind),
            );
        }
        if table.differing.is_empty() {
            push("rows", &table.table, "", "counts".to_owned());
        }
    }
    let mut findings = |section: &str, list: &[Finding]| {
        for finding in list.iter().filter(|f| f.verdict.is_difference()) {
            push(
                section,
                &finding.object,
                finding.aspect.as_deref().unwrap_or_default(),
                name(finding.verdict),
            );
        }
    };
    findings("drift", &found.schema_pg);
    findings("schema", &found.schema_sqlite);
    for breach in &found.constraints {
        push(
            "constraints",
            &format!("{}.{}", breach.table, breach.constraint),
            &breach.rows.to_string(),
            name(breach.kind),
        );
    }
    for breach in &found.foreign_keys {
        push(
            "foreign_keys",
            &breach.table,
            &breach.columns.join(", "),
            breach.rows.to_string(),
        );
    }
    for sequence in found.sequences.iter().filter(|s| !s.ok) {
        push("sequences", &sequence.table, "", String::new());
    }
    out
}

/// What is wrong with what was told of a case; nothing when it was found at its place and nowhere else.
fn wrong(case: &Case, found: &Verification) -> Option<String> {
    let wanted = (
        case.section.clone(),
        case.place.clone(),
        case.part.clone(),
        case.verdict.clone(),
    );
    let told = told(found);
    let beside = |place: &str| case.beside.split(' ').any(|b| b == place);
    // Faults of rows are told of constraints and references as well, where they break one.
    let allowed = |t: &(String, String, String, String)| match case.section.as_str() {
        "rows" => {
            t.1 == case.place
                || beside(&t.1)
                || (t.0 != "rows" && t.0 != "schema" && t.0 != "drift")
        }
        "schema" | "drift" => {
            t.1 == case.place
                || beside(&t.1)
                || (t.0 != "schema" && t.0 != "drift" && t.0 != "rows")
        }
        _ => beside(&t.1) || (t.0 != "schema" && t.0 != "drift"),
    };
    let hit = match case.section.as_str() {
        "integrity" => found.integrity.iter().any(|l| l.contains(&case.place)),
        _ => told.contains(&wanted),
    };
    let elsewhere: Vec<_> = told.iter().filter(|t| !allowed(t)).collect();
    if !hit {
        return Some(format!(
            "{}: not found as {wanted:?}; told: {told:?}",
            case.name
        ));
    }
    if !elsewhere.is_empty() {
        return Some(format!("{}: also told {elsewhere:?}", case.name));
    }
    if found.ok() && case.part != "comment" {
        return Some(format!("{}: told, and still ok", case.name));
    }
    let object = found.objects.iter().any(|o| {
        o.verdict.is_difference()
            && o.note
                .as_deref()
                .is_some_and(|n| n.starts_with("in the target"))
    }) || found
        .objects
        .iter()
        .any(|o| o.verdict == verify::Verdict::Extra);
    if case.section == "schema" && case.part != "comment" && !object {
        return Some(format!("{}: no object's verdict says so", case.name));
    }
    None
}

/// Runs `one` for each case on some threads; gives what is wrong.
fn each(
    cases: &[Case],
    threads: usize,
    one: &(dyn Fn(usize, &Case) -> Option<String> + Sync),
) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { break };
                    let found = one(at, case);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// A copy of the port with a fault in it.
fn with_fault(sound: &Path, path: &Path, sql: &str) {
    std::fs::copy(sound, path).unwrap();
    let connection = rusqlite::Connection::open(path).unwrap();
    let unsafe_config = rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
    connection.set_db_config(unsafe_config, false).unwrap();
    let triggers = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
    connection.set_db_config(triggers, false).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON;")
        .unwrap();
    connection
        .execute_batch(sql)
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
}

fn none(wrong: &[String], of: usize) {
    assert!(
        wrong.is_empty(),
        "{} of {of}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_difference_in_the_target_is_found_in_its_place() {
    let Some(world) = World::new("seeded_target") else {
        return;
    };
    let sound = world.port();
    let postgres = Side::Postgres(world.database.url());
    let clean = world.verify(&[
        Side::History("heads".to_owned()),
        postgres.clone(),
        Side::File(sound.clone()),
    ]);
    assert!(clean.ok(), "{:#?}", clean.reasons());
    assert_eq!(told(&clean), []);
    assert_eq!(clean.sides.len(), 3);
    // What a runner keeps in the file is no difference, and is named.
    let kept = world.folder.path().join("kept.db");
    with_fault(&sound, &kept, "CREATE TABLE migrations (version TEXT)");
    let found = world.verify(&[postgres, Side::File(kept)]);
    assert!(found.ok(), "{:#?}", found.reasons());
    let said = "tables of decant and its runner in the target: migrations";
    assert!(found.not_checked.iter().any(|s| s == said));
    assert!(!clean.not_checked.iter().any(|s| s.contains("its runner")));
    let cases = cases("target.csv");
    assert!(cases.len() >= 180, "{}", cases.len());
    let wrong = each(&cases, 2, &|at, case| {
        let path = world.folder.path().join(format!("case-{at}.db"));
        with_fault(&sound, &path, &case.sql);
        let mut source = decant::pg::open_source(&world.database.url(), &Interrupt::new()).unwrap();
        let found = verify::run(
            source.as_mut(),
            &world.lowering,
            &path,
            Level::Digest,
            &Options::default(),
            &verify::Silent,
        );
        let _ = std::fs::remove_file(&path);
        match found {
            Ok(found) => wrong(case, &found),
            Err(error) => Some(format!("{}: {error}", case.name)),
        }
    });
    none(&wrong, cases.len());
}

#[test]
fn every_drift_of_the_source_is_found_and_attributed() {
    let Some(world) = World::new("seeded_source") else {
        return;
    };
    let history = || Side::History("heads".to_owned());
    let clean = world.verify(&[history(), Side::Postgres(world.database.url())]);
    assert_eq!(told(&clean), []);
    let cases = cases("source.csv");
    assert!(cases.len() >= 30, "{}", cases.len());
    let template = &world.database;
    let wrong = each(&cases, 2, &|_, case| {
        let copy = template.copy();
        copy.execute(&case.sql);
        let found = world.verify(&[history(), Side::Postgres(copy.url())]);
        wrong(case, &found).or_else(|| {
            let noted = found
                .schema_pg
                .iter()
                .filter(|f| f.verdict.is_difference())
                .all(|f| f.note.is_some());
            (!noted).then(|| format!("{}: not attributed: {:#?}", case.name, found.schema_pg))
        })
    });
    none(&wrong, cases.len());
}

#[test]
fn drift_says_whose_doing_it_is() {
    let Some(world) = World::new("seeded_why") else {
        return;
    };
    let said = |sql: &str, at: &str| -> Vec<String> {
        let copy = world.database.copy();
        copy.execute(sql);
        let found = world.verify(&[Side::History(at.to_owned()), Side::Postgres(copy.url())]);
        found.schema_pg.iter().map(Finding::sentence).collect()
    };
    for (sql, at, sentence) in [
        (
            "CREATE INDEX ix_users_email ON authors (name)",
            "heads",
            "index ix_users_email is there and was not expected: in the source, made by no revision",
        ),
        (
            "ALTER TABLE authors DROP COLUMN born",
            "heads",
            "column authors.born is not there: dropped by hand: revision 0001lib made it, and no later one drops it (revision 0001lib",
        ),
        (
            "ALTER TABLE authors ADD COLUMN legacy text",
            "heads",
            "column authors.legacy is there and was not expected: in the source, though revision 0003tidy took it away",
        ),
        (
            "ALTER TABLE authors ALTER COLUMN name DROP NOT NULL",
            "heads",
            "changed by hand: revision 0001lib made it otherwise",
        ),
        (
            "UPDATE alembic_version SET version_num = '0002loans'; DROP INDEX ix_log_at; ALTER TABLE authors ADD COLUMN legacy text; CREATE INDEX ix_authors_legacy ON authors (legacy)",
            "heads",
            "at revision 0002loans, not at head: 1 revision(s) were not run",
        ),
        (
            "UPDATE alembic_version SET version_num = '0002loans'; DROP INDEX ix_log_at",
            "heads",
            "index ix_log_at is not there: the source is at 0002loans: revision 0003tidy was not run there",
        ),
        (
            "SELECT 1",
            "0002loans",
            "column authors.legacy is not there: the source is at 0003tidy: revision 0003tidy was run there",
        ),
        (
            "UPDATE alembic_version SET version_num = 'f00'",
            "heads",
            "no script has the revision f00",
        ),
        (
            "DELETE FROM alembic_version",
            "heads",
            "the table has no row",
        ),
    ] {
        let all = said(sql, at);
        assert!(all.iter().any(|s| s.contains(sentence)), "{sql}: {all:#?}");
    }
}
