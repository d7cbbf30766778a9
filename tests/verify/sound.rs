//! Ports without faults: every database and history of the fixtures, with rows in each table that takes some, is ported and then
//! verified from all sides; nothing may be found.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use decant::config::Config;
use decant::interrupt::Interrupt;
use decant::pg::emit::emit_schema;
use decant::pg::select::Selection;
use decant::pipeline::{self, HistoryOptions, PortOptions, Side, VerifyOptions, events};
use decant::sqlite::publish::Replace;
use decant::verify::{Level, Verdict};

use crate::e2e::fill;
use crate::seeded::told;
use crate::support::{self, Database};

/// A database to be: a script, and the history that built it where there is one.
struct Case {
    name: String,
    script: PathBuf,
    history: Option<HistoryOptions>,
}

/// Files of a folder of fixtures whose names end so.
fn scripts(folder: &str, ending: &str) -> Vec<Case> {
    let folder = support::project("fixtures").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.to_string_lossy().ends_with(ending));
    named
        .map(|script| Case {
            name: script.display().to_string(),
            script,
            history: None,
        })
        .collect()
}

/// Histories of `fixtures/whole`, each with what its revisions build; those that are not understood completely have no port.
fn histories(scratch: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(support::project("fixtures/whole")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let history = HistoryOptions {
            scripts: vec![folder.join("versions")],
            roots: vec![folder.clone()],
            ..HistoryOptions::default()
        };
        let replayed = pipeline::read_history(&history).unwrap().replay("heads");
        let Ok(replayed) = replayed else { continue };
        if replayed.complete().is_err() {
            continue;
        }
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let script = scratch.join(format!("{name}.sql"));
        std::fs::write(&script, emit_schema(&replayed.schema)).unwrap();
        cases.push(Case {
            name: folder.display().to_string(),
            script,
            history: Some(history),
        });
    }
    cases
}

/// A table for each type of `fixtures/types` with every value that the fixture keeps.
fn types(scratch: &Path) -> Case {
    #[derive(serde::Deserialize)]
    struct Fixture {
        r#type: Vec<Type>,
    }
    #[derive(serde::Deserialize)]
    struct Type {
        pg: String,
        #[serde(default)]
        keeps: Vec<(String, String, String)>,
    }
    let mut sql = "CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree;
        CREATE TYPE mood AS ENUM ('happy', 'so-so'); CREATE DOMAIN posint AS integer CHECK (VALUE > 0);\n"
        .to_owned();
    let mut number = 0;
    for file in scripts("types", ".toml") {
        let text = std::fs::read_to_string(&file.script).unwrap();
        let fixture: Fixture = toml::from_str(&text).unwrap();
        for case in fixture.r#type {
            number += 1;
            sql.push_str(&format!(
                "CREATE TABLE t{number} (id integer PRIMARY KEY, v {});\n",
                case.pg
            ));
            for (id, (literal, _, _)) in case.keeps.iter().enumerate() {
                sql.push_str(&format!(
                    "INSERT INTO t{number} VALUES ({id}, {literal});\n"
                ));
            }
        }
    }
    let script = scratch.join("types.sql");
    std::fs::write(&script, sql).unwrap();
    Case {
        name: "fixtures/types".to_owned(),
        script,
        history: None,
    }
}

/// What is wrong with a case; nothing when the verification finds nothing. `None` where this server cannot have the database.
fn wrong(case: &Case, scratch: &Path) -> Option<Result<(), String>> {
    let database = Database::new("sound")?;
    let loaded = std::panic::catch_unwind(|| database.load_dump(&case.script));
    loaded.ok().flatten()?;
    let rows: i64 = fill::fill_what_fits(&database.url(), 12).values().sum();
    let mut options = PortOptions {
        config: Config::default(),
        history: case.history.clone(),
        source: database.url(),
        max_rejects: 0,
        level: Level::Counts,
        selection: Selection::default(),
        resume: pipeline::Resume::No,
    };
    options.config.storage.accept_lossy = true;
    let target = scratch.join(format!("{}.db", database.name));
    let (silent, interrupt) = (&events::Silent, Interrupt::new());
    let said = |error: pipeline::Error| format!("{}: {error}", case.name);
    let found = pipeline::port(&options, &target, Replace::No, silent, &interrupt)
        .map_err(said)
        .and_then(|_| {
            options.level = Level::Full;
            let mut sides = vec![Side::Postgres(database.url()), Side::File(target.clone())];
            if case.history.is_some() {
                sides.insert(0, Side::History("heads".to_owned()));
            }
            let how = VerifyOptions::default();
            pipeline::verify(&options, &sides, &how, silent, &interrupt).map_err(said)
        });
    let _ = std::fs::remove_file(&target);
    let report = match found {
        Ok(report) => report,
        Err(error) => return Some(Err(error)),
    };
    let found = report.verification.unwrap();
    let objects = found.objects.iter().filter(|o| {
        let blamed = o.note.as_deref().unwrap_or_default();
        o.verdict == Verdict::Differs || blamed.starts_with("in the target")
    });
    let objects: Vec<_> = objects.map(|o| (&o.object, &o.note)).collect();
    let compared: u64 = found.tables.iter().map(|t| t.rows_compared).sum();
    let all = compared >= u64::try_from(rows).unwrap();
    let sound = report.verdict.safe && told(&found).is_empty() && objects.is_empty() && all;
    Some(match sound {
        true => Ok(()),
        false => Err(format!(
            "{}: {:?}, told {:?}, objects {objects:?}, {compared} rows compared of {rows}",
            case.name,
            report.verdict,
            told(&found)
        )),
    })
}

#[test]
fn a_port_without_faults_gives_no_finding() {
    if support::pg().is_none() || support::pg_binary("psql").is_none() {
        return;
    }
    let scratch = support::tempdir();
    let mut cases = histories(scratch.path());
    cases.push(types(scratch.path()));
    cases.extend(scripts("replay", ".sql"));
    cases.extend(scripts("lower", ".pg.sql"));
    cases.extend(scripts("dumps", "objects.sql"));
    cases.extend(scripts("dumps", "values.sql"));
    let (queue, results) = (Mutex::new(cases), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().unwrap().pop() else {
                        break;
                    };
                    let result = wrong(&case, scratch.path());
                    results.lock().unwrap().extend(result);
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    let wrong: Vec<String> = results.iter().filter_map(|r| r.clone().err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(results.len() >= 35, "{}", results.len());
}
