//! `decant port --check` of every case in `fixtures/preflight`, from a live server and from its dumps; and the port does as foretold.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::e2e::{self, Run};
use crate::support::{self, Database};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    sql: String,
    #[serde(default)]
    config: String,
    #[serde(default)]
    arguments: Vec<String>,
    /// Pieces of the plain dump that are replaced; it is then the only source.
    #[serde(default)]
    edit: Vec<(String, String)>,
    #[serde(default)]
    finds: Vec<String>,
    #[serde(default)]
    undecided: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    /// Rows that the port rejects, where it is not the sum of what was found.
    rejected: Option<u64>,
    status: i32,
    #[serde(default = "yes")]
    port: bool,
}

fn yes() -> bool {
    true
}

fn run(folder: &Path, case: &Case, source: &str, arguments: &[&str]) -> Run {
    let mut command = support::decant();
    command
        .current_dir(folder)
        .args(["port", "--source", source])
        .args(&case.arguments)
        .args(arguments);
    e2e::run(&mut command)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn at(value: &Value) -> String {
    let keys = value["examples"].as_array().into_iter().flatten();
    keys.map(text).collect::<Vec<_>>().join("; ")
}

/// What a report lists, one line each.
fn lines(report: &Value, list: &str, line: impl Fn(&Value) -> String) -> Vec<String> {
    let items = report[list].as_array().into_iter().flatten();
    items.map(line).collect()
}

fn look(name: &str, case: &Case, source: &str, folder: &Path) {
    let what = format!("{name} from {source}");
    let checked = run(folder, case, source, &["--check", "--json"]);
    assert_eq!(checked.status, case.status, "{what}: {}", checked.all());
    let report: Value = serde_json::from_str(&checked.stdout).expect("JSON");
    let finds = lines(&report, "breaches", |b| {
        let (kind, table, constraint) =
            (text(&b["kind"]), text(&b["table"]), text(&b["constraint"]));
        format!("{kind} {table} {constraint}: {} at {}", b["count"], at(b))
    });
    let (mut found, mut wanted) = (finds.clone(), case.finds.clone());
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted, "{what}");
    let mut undecided = lines(&report, "undecided", |u| {
        let (table, column, issue) = (text(&u["table"]), text(&u["column"]), text(&u["issue"]));
        format!("{table}.{column}: {issue} {} at {}", u["count"], at(u))
    });
    undecided.sort();
    let mut wanted = case.undecided.clone();
    wanted.sort();
    assert_eq!(undecided, wanted, "{what}");
    let mut names = lines(&report, "names", |l| text(&l["object"]));
    names.sort();
    let mut wanted = case.names.clone();
    wanted.sort();
    assert_eq!(names, wanted, "{what}");
    assert_eq!(report["not_checked"], Value::Null, "{what}");
    let shown = run(folder, case, source, &["--check"]);
    for line in report["breaches"].as_array().into_iter().flatten() {
        let constraint = text(&line["constraint"]);
        assert!(
            shown.stdout.contains(&constraint),
            "{what}: {}",
            shown.stdout
        );
    }
    assert!(
        !folder.join("t.db").exists(),
        "{what}: --check writes nothing"
    );
    if !case.port {
        return;
    }
    let foretold: u64 = report["breaches"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|b| b["rejected"] == Value::Bool(true))
        .filter_map(|b| b["count"].as_u64())
        .sum();
    let ported = run(
        folder,
        case,
        source,
        &["--target", "t.db", "--json", "--max-rejects", "100"],
    );
    assert_eq!(ported.status, 0, "{what}: {}", ported.all());
    let report: Value =
        serde_json::from_str(&ported.stdout).unwrap_or_else(|_| panic!("{what}: {}", ported.all()));
    let tables = report["port"]["tables"].as_array().expect("tables");
    let rejected: u64 = tables.iter().filter_map(|t| t["rejected"].as_u64()).sum();
    assert_eq!(
        rejected,
        case.rejected.unwrap_or(foretold),
        "{what}: {}",
        ported.stdout
    );
    let _ = std::fs::remove_file(folder.join("t.db"));
    let _ = std::fs::remove_file(folder.join("t.db.rejects.csv"));
}

#[test]
fn what_a_port_would_do_to_rows_is_foretold() {
    let mut files: Vec<_> = std::fs::read_dir(support::project("fixtures/preflight"))
        .expect("cases")
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    assert!(files.len() > 5);
    let mut wrong = Vec::new();
    for file in files {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&file).expect("a case");
        let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let Some(database) = Database::with(&format!("foretold_{name}"), &case.sql) else {
            return;
        };
        let folder = support::tempdir();
        std::fs::write(folder.path().join("decant.toml"), &case.config).expect("a configuration");
        let mut each = |source: &str| {
            let looked = std::panic::catch_unwind(|| look(&name, &case, source, folder.path()));
            if looked.is_err() {
                wrong.push(format!("{name} from {source}"));
            }
        };
        if case.edit.is_empty() {
            each(&database.url());
        }
        for format in [&["-Fp"][..], &["-Fc"]] {
            let Some(mut dump) = database.dump(format) else {
                continue;
            };
            if !case.edit.is_empty() {
                if format == ["-Fc"] {
                    continue;
                }
                let mut text = String::from_utf8(dump).expect("a plain dump");
                for (from, to) in &case.edit {
                    assert!(text.contains(from), "{name}: {from:?}");
                    text = text.replacen(from, to, 1);
                }
                dump = text.into_bytes();
            }
            std::fs::write(folder.path().join("source.dump"), dump).expect("a dump");
            each("source.dump");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
