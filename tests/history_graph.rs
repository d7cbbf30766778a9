//! Revision graphs: the order of replay against what real Alembic recorded (`fixtures/histories/graphs/`), and all that
//! can be wrong with a graph, found in one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use decant::diag::{Code, Place};
use decant::history::{History, RevisionHeader, ScriptFile};
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
        let (history, said) = build(&graph.revisions);
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
    assert!(fault("head").contains("bbbb1, bbbb2"));
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
