//! Revision graphs: the order of replay against what real Alembic recorded (`fixtures/histories/graphs/`), and all that
//! can be wrong with a graph, found in one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use decant::diag::{Code, Diagnostics, Place, Severity};
use decant::history::{History, RevisionHeader, ScriptFile, ScriptSet, scan};
use decant::python;
use serde::Deserialize;

#[derive(Deserialize)]
struct Recorded {
    name: String,
    revisions: Vec<Node>,
    heads: Vec<String>,
    effective_heads: Vec<String>,
    bases: Vec<String>,
    /// What `upgrade EXPRESSION` runs on an empty database; none where Alembic gives an error.
    orders: BTreeMap<String, Option<Vec<String>>>,
}

#[derive(Deserialize, Clone, Default)]
struct Node {
    id: String,
    #[serde(default)]
    down: Vec<String>,
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
}

fn script(node: &Node, line: u32) -> (ScriptFile, RevisionHeader) {
    let path = format!("versions/{}_{line}.py", node.id);
    let place = |line| Place {
        line,
        ..Place::file(path.clone())
    };
    let header = RevisionHeader {
        is_revision: true,
        revision: Some(node.id.clone()),
        down_revisions: node.down.clone(),
        branch_labels: node.labels.clone(),
        depends_on: node.depends.clone(),
        revision_place: place(1),
        down_revision_place: place(2),
        depends_on_place: place(3),
        ..RevisionHeader::for_file(&path)
    };
    let file = ScriptFile {
        path,
        ..ScriptFile::default()
    };
    (file, header)
}

fn build(nodes: &[Node]) -> (History, Vec<(Code, String, String)>) {
    let scripts = (1..).zip(nodes).map(|(line, n)| script(n, line)).collect();
    let (history, diagnostics) = History::build(scripts);
    let said = diagnostics
        .iter()
        .map(|d| {
            let place = d.origin.as_ref().map(|o| o.place.to_string());
            (d.code, place.unwrap_or_default(), d.message.clone())
        })
        .collect();
    (history, said)
}

fn node(id: &str, down: &[&str], depends: &[&str]) -> Node {
    let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    Node {
        id: id.to_owned(),
        down: owned(down),
        depends: owned(depends),
        labels: Vec::new(),
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/histories")
}

#[test]
fn order_is_the_one_of_real_alembic() {
    let text = std::fs::read_to_string(fixtures().join("graphs/graphs.json")).unwrap();
    let graphs: Vec<Recorded> = serde_json::from_str(&text).unwrap();
    assert!(graphs.len() > 50);
    let mut wrong = Vec::new();
    for graph in &graphs {
        let (history, mut said) = build(&graph.revisions);
        said.retain(|(code, ..)| !matches!(code, Code::SeveralHeads | Code::SeveralBases));
        assert!(said.is_empty(), "{}: {said:?}", graph.name);
        assert_eq!(
            sorted(&history.heads),
            sorted(&graph.heads),
            "{}",
            graph.name
        );
        assert_eq!(
            sorted(&history.effective_heads),
            sorted(&graph.effective_heads),
            "{}",
            graph.name
        );
        assert_eq!(
            sorted(&history.bases),
            sorted(&graph.bases),
            "{}",
            graph.name
        );
        for (expression, expected) in &graph.orders {
            let target = history.resolve(expression);
            let order: Option<Vec<String>> = target.as_ref().ok().map(|target| {
                let order = history.upgrade_order(target);
                order.iter().map(|r| r.id.clone()).collect()
            });
            let same = match (&order, expected) {
                (Some(a), Some(b)) => a == b,
                (None, None) => true,
                // One step down from a base is the base, which Alembic knows for downgrades only; and of two heads, one
                // may depend on the other, which Alembic refuses to be asked for.
                (Some(a), None) => {
                    a.is_empty() && expression.contains('-') || expression.ends_with("@heads")
                }
                (None, Some(_)) => false,
            };
            if !same {
                wrong.push(format!(
                    "{} {expression}: {order:?}, Alembic {expected:?} {:?}",
                    graph.name,
                    target.err()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn sorted(list: &[String]) -> Vec<&String> {
    let mut list: Vec<&String> = list.iter().collect();
    list.sort();
    list
}

#[test]
fn everything_wrong_is_found_in_one_run() {
    let nodes = [
        node("aaaa", &[], &[]),
        node("bbbb", &["aaaa"], &[]),
        node("bbbb", &["aaaa"], &[]),
        node("cccc", &["gone1"], &["gone2"]),
        node("dddd", &["ffff"], &[]),
        node("eeee", &["dddd"], &[]),
        node("ffff", &["eeee"], &[]),
        node("gggg", &["gggg"], &[]),
    ];
    let (history, said) = build(&nodes);
    let codes: Vec<(Code, &str)> = said.iter().map(|(c, p, _)| (*c, p.as_str())).collect();
    assert_eq!(
        codes,
        [
            (Code::DuplicateRevision, "versions/bbbb_3.py:1"),
            (Code::MissingRevision, "versions/cccc_4.py:2"),
            (Code::MissingRevision, "versions/cccc_4.py:3"),
            (Code::RevisionCycle, "versions/eeee_6.py:2"),
            (Code::RevisionCycle, "versions/gggg_8.py:2"),
        ]
    );
    assert!(said[0].2.contains("versions/bbbb_2.py:1"), "{}", said[0].2);
    assert!(
        said[3].2.contains("dddd -> ffff -> eeee -> dddd"),
        "{}",
        said[3].2
    );
    // The graph can be used in spite of it, and every revision is still in it.
    assert_eq!(history.full_order().len(), 7);
}

#[test]
fn names_that_do_not_resolve_say_what_there_is() {
    let nodes = [
        node("aaaa1", &[], &[]),
        node("bbbb1", &["aaaa1"], &[]),
        node("bbbb2", &["aaaa1"], &[]),
    ];
    let (history, _) = build(&nodes);
    let fault = |e: &str| history.resolve(e).unwrap_err().to_string();
    assert!(fault("head").contains("bbbb1 (versions/bbbb1_2.py:1), bbbb2 (versions/bbbb2_3.py:1)"));
    assert!(fault("bbbb").contains("bbbb1, bbbb2"));
    assert!(fault("zzzz").contains("`zzzz`"));
    assert!(fault("zz").contains("at least four characters"));
    assert!(fault("aaaa1+1").contains("bbbb1 and bbbb2"));
    assert!(fault("bbbb1+1").contains("past the end"));
    assert!(fault("bbbb1@bbbb2").contains("not on branch"));
    assert_eq!(history.resolve("bbbb1@head").unwrap().heads, ["bbbb1"]);
}

#[test]
fn ten_thousand_revisions_take_no_time() {
    let mut nodes = vec![node("r0", &[], &[])];
    for n in 1..10_000 {
        let parents = match n % 10 {
            // A branch of one revision, merged at once.
            8 => vec![format!("r{}", n - 2)],
            9 => vec![format!("r{}", n - 1), format!("r{}", n - 2)],
            _ => vec![format!("r{}", n - 1)],
        };
        let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
        nodes.push(node(&format!("r{n}"), &parents, &[]));
    }
    let started = std::time::Instant::now();
    let (history, said) = build(&nodes);
    assert!(said.is_empty());
    assert_eq!(history.full_order().len(), 10_000);
    assert!(started.elapsed().as_secs() < 10);
}

/// A history of `fixtures/histories`, by the path that `--scripts` would be given.
fn read(path: &str) -> (ScriptSet, History, Diagnostics) {
    let set = scan(&[fixtures().join(path)]).unwrap();
    let mut said = Diagnostics::new();
    let mut scripts = Vec::new();
    for file in &set.files {
        let (header, diagnostics) = python::read_header(file);
        said.extend(diagnostics);
        scripts.push((file.clone(), header));
    }
    let (history, diagnostics) = History::build(scripts);
    said.extend(diagnostics);
    (set, history, said)
}

/// What was said, as `code file:line`.
fn said(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| {
            let place = d
                .origin
                .as_ref()
                .map(|o| o.place.clone())
                .unwrap_or_default();
            let name = place.file.rsplit('/').next().unwrap_or_default();
            format!("{} {name}:{}", d.code, place.line)
        })
        .collect()
}

#[test]
fn broken_histories_say_what_is_broken_and_where() {
    let cases: [(&str, &[&str]); 7] = [
        ("not_python", &["python-syntax bbbb2222_broken.py:4"]),
        (
            "duplicate_ids",
            &["duplicate-revision bbbb2222_two_again.py:11"],
        ),
        ("missing_parent", &["missing-revision bbbb2222_two.py:12"]),
        ("cycle", &["revision-cycle bbbb2222_two.py:12"]),
        (
            "two_heads",
            &[
                "several-heads bbbb2222_left.py:11",
                "several-heads cccc3333_right.py:11",
            ],
        ),
        ("docstring", &["docstring-disagrees bbbb2222_two.py:4"]),
        ("no_revision", &["no-revision-id helpers.py:1"]),
    ];
    for (folder, expected) in cases {
        let (_, _, diagnostics) = read(folder);
        assert_eq!(said(&diagnostics), expected, "{folder}");
    }
    let (_, history, _) = read("two_heads");
    let fault = history.resolve("head").unwrap_err().to_string();
    assert!(fault.contains("2 heads: bbbb2222 ("), "{fault}");
}

#[test]
fn the_same_history_by_each_way_to_name_it() {
    for path in [
        "linear/alembic.ini",
        "linear/migrations",
        "linear/migrations/versions",
    ] {
        let (set, history, diagnostics) = read(path);
        assert!(diagnostics.is_empty(), "{path}");
        assert_eq!(
            history
                .full_order()
                .iter()
                .map(|r| r.id.as_str())
                .collect::<Vec<_>>(),
            ["a1b2c3d4", "b2c3d4e5", "c3d4e5f6"],
            "{path}"
        );
        assert!(set.env.is_some(), "{path}");
        assert!(set.ini.is_some(), "{path}");
        let root = set.root.canonicalize().unwrap();
        assert_eq!(
            root,
            fixtures().join("linear").canonicalize().unwrap(),
            "{path}"
        );
        assert_eq!(
            history.newest_create_date().as_deref(),
            Some("20230607080910")
        );
        assert_eq!(history.revisions["c3d4e5f6"].message, "third in two lines");
    }
}

#[test]
fn a_file_that_two_arguments_name_counts_once() {
    let set = scan(&[
        fixtures().join("linear"),
        fixtures().join("linear/migrations/versions"),
    ]);
    // The folder has no versions folder of its own, so it is read as one, with what is nested in it.
    let ids = set
        .unwrap()
        .files
        .iter()
        .filter(|f| f.path.ends_with("_first.py"))
        .count();
    assert_eq!(ids, 1);
}

#[test]
fn encodings_are_those_that_the_files_declare() {
    let (_, history, diagnostics) = read("encodings");
    assert!(diagnostics.is_empty(), "{:?}", said(&diagnostics));
    assert_eq!(history.revisions["aaaa1111"].message, "caf\u{e9}");
    assert_eq!(history.revisions["bbbb2222"].message, "caf\u{e9}");
    let fault = scan(&[fixtures().join("bad_encoding")])
        .unwrap_err()
        .to_string();
    assert!(
        fault.contains("aaaa1111_latin.py:3: the bytes are not utf-8 text"),
        "{fault}"
    );
}

#[test]
fn several_and_nested_locations() {
    let order = |path: &str| {
        let (set, history, _) = read(path);
        let ids: Vec<String> = history.full_order().iter().map(|r| r.id.clone()).collect();
        (ids, set.diagnostics.count(Severity::Note))
    };
    assert_eq!(
        order("several/pyproject.toml").0,
        ["cccc3333", "aaaa1111", "bbbb2222"]
    );
    assert_eq!(order("several/db/core").0, ["aaaa1111", "bbbb2222"]);
    assert_eq!(
        order("nested"),
        (vec!["aaaa1111".to_owned(), "bbbb2222".to_owned()], 1)
    );
    assert_eq!(order("nested_apart"), (vec!["aaaa1111".to_owned()], 1));
    // The squashed base has the id of the newest script that it replaces.
    let (ids, assumed) = order("nested_squashed");
    assert_eq!(
        (ids, assumed),
        (vec!["b2c3d4e5".to_owned(), "c3d4e5f6".to_owned()], 1)
    );
}

#[test]
fn arguments_that_name_no_history() {
    let fault = |path: PathBuf| scan(&[path]).unwrap_err().to_string();
    assert!(fault(fixtures().join("nowhere")).contains("does not exist"));
    assert!(fault(fixtures().join("graphs/README.md")).contains("README.md"));
    let empty = tempfile::tempdir().unwrap();
    assert!(fault(empty.path().to_owned()).contains("holds no revision scripts"));
    assert!(scan(&[]).unwrap_err().to_string().contains("--scripts"));
}
