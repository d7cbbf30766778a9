//! Scripts of `fixtures/ops` against the operations that they must give.
#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use decant::diag::{Diagnostics, Direction};
use decant::history::{Revision, RevisionHeader, ScriptFile};
use decant::ir::{
    Caught, ColumnInfo, ConstraintInfo, EnumInfo, Index, Op, OpSink, QualName, QueryAnswer,
    SchemaView,
};
use decant::python::{Config, DiskFiles, Evaluator, read_header};

/// Keeps the operations, and sees an empty schema.
#[derive(Default)]
struct Recorder {
    ops: Vec<Op>,
    diagnostics: Diagnostics,
}

impl SchemaView for Recorder {
    fn schema_names(&self) -> Vec<String> {
        Vec::new()
    }
    fn table_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn view_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn materialized_view_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn sequence_names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }
    fn columns(&self, _: &QualName) -> Option<Vec<ColumnInfo>> {
        None
    }
    fn constraints(&self, _: &QualName) -> Vec<ConstraintInfo> {
        Vec::new()
    }
    fn indexes(&self, _: &QualName) -> Vec<Index> {
        Vec::new()
    }
    fn enums(&self, _: Option<&str>) -> Vec<EnumInfo> {
        Vec::new()
    }
    fn table_comment(&self, _: &QualName) -> Option<String> {
        None
    }
    fn query(&self, _: &str) -> QueryAnswer {
        QueryAnswer::ApplicationData
    }
}

impl OpSink for Recorder {
    fn apply(&mut self, op: Op, _: Caught) -> Result<(), String> {
        self.ops.push(op);
        Ok(())
    }
    fn diagnostics(&mut self) -> &mut Diagnostics {
        &mut self.diagnostics
    }
}

fn revision(id: &str, text: &str, path: &Path) -> Revision {
    let file = ScriptFile {
        path: path.file_name().unwrap().to_string_lossy().into_owned(),
        absolute: path.to_path_buf(),
        text: text.into(),
        sha256: String::new(),
    };
    Revision {
        id: id.to_owned(),
        down_revisions: Vec::new(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        message: String::new(),
        create_date: None,
        header: RevisionHeader::for_file(&file.path),
        file,
    }
}

fn evaluate(config: Config, text: &str, path: &Path) -> Recorder {
    let files = DiskFiles::new(Vec::<PathBuf>::new());
    let mut evaluator = Evaluator::new(config, &files);
    let mut sink = Recorder::default();
    evaluator.run(&revision("r", text, path), Direction::Upgrade, &mut sink);
    sink
}

fn render(sink: &Recorder) -> String {
    let mut out = String::new();
    for op in &sink.ops {
        writeln!(out, "{}", serde_json::to_string(&op.kind).unwrap()).unwrap();
    }
    for d in &sink.diagnostics {
        writeln!(out, "# {}: {}", d.code, d.message).unwrap();
    }
    out
}

#[test]
fn scripts_give_their_operations() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ops");
    let mut scripts: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "py"))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty());
    let mut wrong = Vec::new();
    for path in scripts {
        let text = std::fs::read_to_string(&path).unwrap();
        let actual = render(&evaluate(Config::default(), &text, &path));
        let expected = path.with_extension("ops");
        if std::env::var_os("UPDATE_OPS").is_some() {
            std::fs::write(&expected, &actual).unwrap();
        }
        let kept = std::fs::read_to_string(&expected).unwrap_or_default();
        if kept != actual {
            wrong.push(format!("{}:\n{actual}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Any text: an answer, not a panic and not a hang.
#[test]
fn hostile_texts_end_in_a_diagnostic() {
    let deep = format!("x = {}1{}", "[".repeat(3000), "]".repeat(3000));
    let texts = [
        deep,
        "def upgrade():\n    upgrade()\n".to_owned(),
        "def upgrade():\n    while True:\n        pass\n".to_owned(),
        "def upgrade():\n    x = []\n    while True:\n        x = [x]\n".to_owned(),
        "def upgrade():\n    x = 'a'\n    while True:\n        x = x + x\n".to_owned(),
        "def upgrade():\n    return 9 ** 9 ** 9 ** 9\n".to_owned(),
        "class A:\n    def __getattr__(self, n):\n        return getattr(self, n + 'x')\ndef upgrade():\n    A().y\n".to_owned(),
        "\u{0}def upgrade(:".to_owned(),
    ];
    for text in texts {
        let sink = evaluate(Config::default(), &text, Path::new("hostile.py"));
        assert!(
            !sink.diagnostics.is_empty(),
            "{}",
            text.get(..60).unwrap_or(&text)
        );
    }
}

/// Reads and evaluates every script below the folder that `DECANT_HISTORIES` names; for development.
#[test]
#[ignore = "needs downloaded histories, which only a developer has at hand: tests/corpus reads those of the dozen in every run"]
fn real_histories_do_not_panic() {
    let Some(folder) = std::env::var_os("DECANT_HISTORIES") else {
        return;
    };
    let mut folders = vec![PathBuf::from(folder)];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "py") {
                let Ok(text) = std::fs::read_to_string(&path) else {
                    continue;
                };
                let script = revision("r", &text, &path);
                read_header(&script.file);
                evaluate(Config::default(), &text, &path);
                count += 1;
            }
        }
    }
    assert!(count > 0, "no scripts found");
}
