//! The shape of `report.json`: the committed schema is the one of this version, and real reports keep to it.
//! `SNAPSHOTS=overwrite cargo test --test report_schema` writes it anew.

mod support;

use boon::{Compiler, Schemas};
use decant::report::json;
use serde_json::Value;

/// A schema that also refuses fields that it does not know.
fn strict(text: &str) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(map) => {
                if map.get("properties").is_some_and(Value::is_object) {
                    map.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
                map.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut schema: Value = serde_json::from_str(text).expect("JSON");
    close(&mut schema);
    schema
}

/// What of a document is not as the schema says; nothing for a good one.
fn wrong(schema: &str, document: &Value) -> Option<String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource("report.json", strict(schema))
        .expect("a resource");
    let index = compiler
        .compile("report.json", &mut schemas)
        .expect("a schema");
    let found = schemas.validate(document, index);
    found.err().map(|error| format!("{error:#}"))
}

fn read(path: &std::path::Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_committed_schemas_are_those_of_this_version() {
    for (name, text) in [
        ("report.schema.json", json::schema().unwrap()),
        ("times.schema.json", json::times_schema().unwrap()),
    ] {
        let path = support::project("docs").join(name);
        let committed =
            snapbox::Data::read_from(&path, Some(snapbox::data::DataFormat::Text)).raw();
        snapbox::Assert::new()
            .action_env("SNAPSHOTS")
            .eq(text, committed);
    }
}

#[test]
fn committed_reports_keep_to_the_schema() {
    let schema = json::schema().unwrap();
    for name in [
        "out/report.json",
        "fixtures/report/safe.json",
        "fixtures/report/unsafe.json",
    ] {
        let found = wrong(&schema, &read(&support::project(name)));
        assert_eq!(found, None, "{name}");
    }
}

#[test]
fn other_documents_do_not() {
    let schema = json::schema().unwrap();
    let good = read(&support::project("fixtures/report/unsafe.json"));
    for (pointer, value) in [
        ("/format", Value::from("decant-report/0")),
        ("/verdict/safe", Value::from("yes")),
        ("/verification/tables/0/rows_source", Value::from(-1)),
        ("/verification/objects/0/verdict", Value::from("fine")),
        ("/losses/0/rule", Value::from("no-such-rule")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("a place") = value;
        assert!(wrong(&schema, &bad).is_some(), "{pointer}");
    }
    let mut more = good.clone();
    more["surprise"] = Value::Bool(true);
    assert!(wrong(&schema, &more).is_some(), "a field that nobody knows");
    let mut less = good;
    less.as_object_mut().expect("a report").remove("verdict");
    assert!(wrong(&schema, &less).is_some(), "a field that is not there");
}

/// A port, and verifications of it before and after something was changed, with and without values.
#[test]
fn reports_of_real_runs_keep_to_the_schema() {
    let folder = support::tempdir();
    let dump = support::project("fixtures/dumps/small.dump.sql");
    let run = |arguments: &[&str]| -> Value {
        let mut decant = support::decant();
        decant
            .current_dir(folder.path())
            .args(arguments)
            .args(["--json", "--accept-lossy"]);
        if !arguments.contains(&"app.db") || arguments[0] == "port" {
            decant
                .arg("--source")
                .arg(&dump)
                .args(["--target", "app.db"]);
        }
        let out = decant.output().expect("decant runs");
        serde_json::from_slice(&out.stdout).unwrap_or_else(|e| {
            panic!(
                "{arguments:?}: {e}: {}",
                String::from_utf8_lossy(&out.stderr)
            )
        })
    };
    let schema = json::schema().unwrap();
    let mut reports = vec![run(&["port"]), run(&["verify", "--level", "full"])];
    std::fs::copy(folder.path().join("app.db"), folder.path().join("other.db")).expect("a copy");
    let database = rusqlite::Connection::open(folder.path().join("app.db")).expect("a database");
    let table: String = database
        .query_row(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1",
            [],
            |row| row.get(0),
        )
        .expect("a table");
    database
        .execute_batch(&format!(
            "DELETE FROM \"{table}\" WHERE rowid = (SELECT min(rowid) FROM \"{table}\"); CREATE TABLE added (a)"
        ))
        .expect("changes");
    drop(database);
    for level in ["counts", "sample", "digest"] {
        reports.push(run(&["verify", "--level", level, "--show-values"]));
    }
    reports.push(run(&["verify", "other.db", "app.db"]));
    for report in &reports {
        let found = wrong(&schema, report);
        assert_eq!(found, None, "{}", report["command"]);
    }
    let different = reports.iter().filter(|r| r["verdict"]["safe"] == false);
    assert_eq!(different.count(), 4);
}
