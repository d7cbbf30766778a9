//! Every operation and argument against the SQL that real Alembic sent for it: `fixtures/calls/NAME.py` is evaluated on the
//! objects of `base.sql`, and the schema that comes of it must be the one that the statements of `NAME.sql` leave in a real
//! PostgreSQL. `fixtures/calls/record.py` writes the statements down; this test needs no Python.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use decant::diag::{Code, Severity};
use decant::pg::emit::emit_schema;
use decant::pg::inspect;
use decant::pipeline::{HistoryOptions, Replayed, read_history};
use decant::verify::compare_pg;
use support::{Database, project, tempdir};

/// The convention that `record.py` gives to the cases whose names begin with `naming`.
const CONVENTION: &str = r#"
from alembic import context
from sqlalchemy import MetaData

target_metadata = MetaData(naming_convention={
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
})
context.configure(target_metadata=target_metadata)
"#;

/// What real Alembic did under one release of SQLAlchemy.
struct Recorded {
    statements: Vec<String>,
    raises: Option<String>,
}

/// The sections of a recording: releases, and what they did.
fn recorded(path: &Path) -> Vec<(Vec<String>, Recorded)> {
    let text = std::fs::read_to_string(path).expect("a recording");
    let sections = text.split("-- SQLAlchemy ").skip(1);
    sections
        .map(|section| {
            let (head, body) = section.split_once('\n').expect("a heading");
            let releases = head.split(", ").map(|r| r.trim().to_owned()).collect();
            let raises = body
                .lines()
                .find_map(|l| l.strip_prefix("-- raises: "))
                .map(str::to_owned);
            let statements = body
                .split("\n--\n")
                .map(|s| s.split("-- raises: ").next().unwrap_or_default().trim())
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
                .collect();
            (releases, Recorded { statements, raises })
        })
        .collect()
}

fn replayed(case: &Path, release: &str) -> Replayed {
    let folder = tempdir();
    let versions = folder.path().join("versions");
    std::fs::create_dir(&versions).expect("a folder");
    let name = case.file_name().expect("a name");
    std::fs::copy(case, versions.join(name)).expect("a copy");
    if name.to_string_lossy().starts_with("naming") {
        std::fs::write(folder.path().join("env.py"), CONVENTION).expect("env.py");
    }
    let options = HistoryOptions {
        scripts: vec![versions],
        base: Some(project("fixtures/calls/base.sql")),
        sqlalchemy_version: Some(release.to_owned()),
        ..HistoryOptions::default()
    };
    let history = read_history(&options).expect("a history");
    history.replay("heads").expect("a replay")
}

/// A database after statements, as a schema read from its catalogs.
fn built(name: &str, statements: &[String]) -> Option<decant::pg::schema::Schema> {
    let database = Database::new(name)?;
    let mut client = database.client();
    for statement in statements {
        client
            .batch_execute(statement)
            .unwrap_or_else(|e| panic!("{name}: {statement}: {e:?}"));
    }
    Some(inspect::read(&mut client).expect("a catalog"))
}

/// Lines of a schema's statements, in an order that does not tell when an object was made, without casts between texts
/// and without a default that is NULL: PostgreSQL keeps how a default was said first.
fn lines(schema: &decant::pg::schema::Schema) -> Vec<String> {
    let text = emit_schema(schema);
    let text = text
        .replace("::character varying", "")
        .replace("::text", "");
    let text = text.replace(" DEFAULT NULL", "");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What is wrong with a case under the releases of one section.
fn differences(case: &Path, releases: &[String], real: &Recorded, lenient: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expected = None;
    let base = std::fs::read_to_string(project("fixtures/calls/base.sql")).expect("the base");
    for release in releases {
        let replayed = replayed(case, release);
        let said: Vec<String> = replayed
            .diagnostics
            .iter()
            // What a script tells of the state before a call changes nothing.
            .filter(|d| d.severity > Severity::Note && d.code != Code::ExistingDiffers)
            .map(|d| d.message.clone())
            .collect();
        if let Some(raises) = &real.raises {
            if said.is_empty() && !lenient {
                wrong.push(format!(
                    "{release}: nothing is said, but Alembic raises {raises}"
                ));
            }
            continue;
        }
        if !said.is_empty() {
            wrong.push(format!("{release}: {}", said.join("; ")));
        }
        if expected.is_none() {
            let mut all = vec![base.clone()];
            all.extend(real.statements.iter().cloned());
            expected = built("calls_real", &all);
        }
        let Some(expected) = &expected else { break };
        let Some(actual) = built("calls_model", &[emit_schema(&replayed.schema)]) else {
            break;
        };
        let found = compare_pg(expected, &actual);
        wrong.extend(
            found
                .iter()
                .map(|f| format!("{release}: {}", serde_json::to_string(f).expect("JSON"))),
        );
        if found.is_empty() && lines(expected) != lines(&actual) {
            wrong.push(format!(
                "{release}: PostgreSQL has\n{}\nthe model has\n{}",
                emit_schema(expected),
                emit_schema(&actual)
            ));
        }
    }
    wrong
}

#[test]
fn every_call_does_what_alembic_does() {
    let folder = project("fixtures/calls");
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut cases = 0;
    let only = std::env::var("CALLS").unwrap_or_default();
    for entry in std::fs::read_dir(folder).expect("the cases") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.extension().is_none_or(|e| e != "py") || name == "record" || !name.contains(&only) {
            continue;
        }
        cases += 1;
        let text = std::fs::read_to_string(&path).expect("a case");
        // A script that this release cannot run was written for another one: it is read all the same.
        let lenient = text.lines().any(|l| l.starts_with("# lenient: "));
        for (releases, real) in recorded(&path.with_extension("sql")) {
            let api = ["TypeError", "AttributeError", "ArgumentError"];
            let unknown = |r: &String| api.iter().any(|a| r.starts_with(a));
            let lenient = lenient || real.raises.as_ref().is_some_and(unknown);
            let found = differences(&path, &releases, &real, lenient);
            if !found.is_empty() {
                wrong.entry(name.clone()).or_default().extend(found);
            }
        }
    }
    assert!(cases > 0, "no case has {only} in its name");
    let text: Vec<String> = wrong
        .iter()
        .map(|(name, found)| format!("{name}\n  {}", found.join("\n  ")))
        .collect();
    assert!(text.is_empty(), "{}", text.join("\n"));
}
