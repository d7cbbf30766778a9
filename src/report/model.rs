//! What a report holds (`decant-report/1`).

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::diag::Diagnostic;
use crate::lower::{Loss, Rule};
use crate::verify::Verification;
use crate::verify::query::QueryResult;

/// Name and version of the report's shape. Fields may be added under this name; a changed meaning changes the number.
pub const FORMAT: &str = "decant-report/1";

/// A report: everything that a reviewer needs to judge a run, in the order in which it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct Report {
    /// Always [`FORMAT`].
    #[schemars(extend("const" = FORMAT))]
    pub format: String,
    /// What made it.
    pub tool: Tool,
    /// Command that was run, without secrets: `cutover --rehearse`.
    pub command: String,
    /// Safe to switch, or not and why.
    pub verdict: Verdict,
    /// Files that were read, with their hashes.
    pub inputs: Vec<Input>,
    /// The database or dump that rows came from.
    pub source: Option<SourceInfo>,
    /// The SQLite file, as the user named it.
    pub target: Option<String>,
    /// The revisions.
    pub history: Option<HistorySummary>,
    /// The migration that stands for them.
    pub baseline: Option<Baseline>,
    /// Tables and their references, for the drawing.
    pub diagram: Diagram,
    /// What was ported.
    pub port: Option<PortSummary>,
    /// What was compared.
    pub verification: Option<Verification>,
    /// The application's own queries, asked on both sides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<QueryResult>,
    /// What SQLite cannot keep.
    pub losses: Vec<Loss>,
    /// What the history left unclear.
    pub diagnostics: Vec<Diagnostic>,
    /// What `decant.toml` decided.
    pub decisions: Vec<Decision>,
    /// What was taken for granted, one sentence each.
    pub assumptions: Vec<String>,
    /// What was not checked, one sentence each (those of the verification need not be repeated here).
    pub not_checked: Vec<String>,
    /// How to go back, one step each; commands stand in backquotes.
    pub go_back: Vec<String>,
}

impl Report {
    /// An empty report of this version of the tool.
    pub fn new(command: impl Into<String>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            tool: Tool::default(),
            command: command.into(),
            ..Self::default()
        }
    }

    /// Everything that was not checked: the report's own list, then the verification's.
    pub fn all_not_checked(&self) -> Vec<&str> {
        let verification = self.verification.iter().flat_map(|v| &v.not_checked);
        let mut out: Vec<&str> = Vec::new();
        for sentence in self.not_checked.iter().chain(verification) {
            if !out.contains(&sentence.as_str()) {
                out.push(sentence);
            }
        }
        out
    }
}

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Tool {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

impl Default for Tool {
    fn default() -> Self {
        Self {
            name: "decant".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The sentence that the report is read for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct Verdict {
    /// Safe to switch.
    pub safe: bool,
    /// One sentence: safe to switch, or not.
    pub sentence: String,
    /// Why not, or what stands behind it; one sentence each.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct Input {
    /// What it is: `script`, `dump`, `configuration`, `base`.
    pub role: String,
    /// Path as the user gave it.
    pub name: String,
    /// SHA-256 in hex, for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Size in bytes, for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Where the rows came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct SourceInfo {
    /// What it is, without a password.
    pub description: String,
    /// PostgreSQL's version, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// Rows of Alembic's version table.
    #[serde(default)]
    pub alembic_versions: Vec<String>,
}

impl SourceInfo {
    /// PostgreSQL's version, unless the description tells it already.
    pub(super) fn version_to_add(&self) -> Option<&str> {
        self.server_version
            .as_deref()
            .filter(|version| !self.description.contains(*version))
    }
}

/// The revisions in a few numbers, and each of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct HistorySummary {
    /// Every revision in the order of its replay.
    pub revisions: Vec<RevisionRow>,
    /// Heads.
    pub heads: Vec<String>,
    /// Bases.
    pub bases: Vec<String>,
    /// Merge revisions.
    pub merges: Vec<String>,
    /// How many operations of each kind, by the name of the kind.
    pub ops: IndexMap<String, u64>,
    /// How much of the history was understood.
    pub coverage: Coverage,
}

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct RevisionRow {
    /// Identifier.
    pub id: String,
    /// `down_revision`.
    pub parents: Vec<String>,
    /// `depends_on`.
    pub depends_on: Vec<String>,
    /// Message.
    pub message: String,
    /// File name.
    pub file: String,
    /// `Create Date`, as the script has it.
    pub create_date: Option<String>,
    /// Branch labels.
    pub branch_labels: Vec<String>,
    /// Operations of its upgrade.
    pub ops: u64,
}

/// How much of a history was understood.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema,
)]
pub struct Coverage {
    /// Operations of all upgrades.
    pub operations: u64,
    /// Those that could not be evaluated.
    pub opaque: u64,
}

/// The baseline migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct Baseline {
    /// File name.
    pub file: String,
    /// SHA-256 of the file in hex.
    pub sha256: String,
    /// Statements of the way up.
    pub statements: u64,
    /// Revisions that it replaces.
    pub replaced: Vec<String>,
    /// SQL of the way up.
    pub up: String,
    /// SQL of the way down.
    pub down: String,
    /// Further files that go with it (triggers), name and text.
    pub more: Vec<(String, String)>,
}

/// Tables and their references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct Diagram {
    /// Tables.
    pub tables: Vec<DiagramTable>,
    /// Foreign keys.
    pub references: Vec<DiagramReference>,
}

impl Diagram {
    /// The drawing of a SQLite schema.
    pub fn of(schema: &crate::sqlite::schema::Schema) -> Self {
        let mut out = Self::default();
        for table in &schema.tables {
            let key = table
                .primary_key
                .as_ref()
                .map(|k| k.columns.as_slice())
                .unwrap_or_default();
            out.tables.push(DiagramTable {
                name: table.name.clone(),
                columns: table
                    .columns
                    .iter()
                    .map(|c| DiagramColumn {
                        name: c.name.clone(),
                        declared: c.declared_type.clone(),
                        key: key.contains(&c.name),
                        not_null: c.not_null,
                    })
                    .collect(),
            });
            out.references
                .extend(table.foreign_keys.iter().map(|f| DiagramReference {
                    from: table.name.clone(),
                    columns: f.columns.clone(),
                    to: f.ref_table.clone(),
                }));
        }
        out
    }
}

/// A table of the drawing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct DiagramTable {
    /// Name.
    pub name: String,
    /// Columns.
    pub columns: Vec<DiagramColumn>,
}

/// A column of the drawing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct DiagramColumn {
    /// Name.
    pub name: String,
    /// Declared type.
    pub declared: String,
    /// Part of the primary key.
    pub key: bool,
    /// NOT NULL.
    pub not_null: bool,
}

/// A foreign key of the drawing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct DiagramReference {
    /// Referring table.
    pub from: String,
    /// Referring columns.
    pub columns: Vec<String>,
    /// Table referred to.
    pub to: String,
}

/// What was ported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct PortSummary {
    /// One row per table, in the order of the schema.
    pub tables: Vec<PortTable>,
    /// Rows that were refused, one sentence each (table, key, why), without values.
    pub rejected: Vec<String>,
    /// Size of the finished file in bytes.
    pub file_bytes: Option<u64>,
}

/// A table that was ported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct PortTable {
    /// Name in PostgreSQL.
    pub table: String,
    /// Rows read.
    pub read: u64,
    /// Rows written.
    pub written: u64,
    /// Rows refused.
    pub rejected: u64,
    /// Bytes of values read.
    pub bytes: u64,
    /// Cells changed, by rule.
    pub by_rule: Vec<RuleRows>,
}

/// Cells of a column that a rule changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RuleRows {
    /// Column.
    pub column: String,
    /// Rule.
    pub rule: Rule,
    /// Cells.
    pub cells: u64,
}

/// A decision that somebody took in `decant.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct Decision {
    /// Which key: `accept`, `types`, `columns`, `assume`, ..
    pub key: String,
    /// What it says: `invoices.total: decimal-text`.
    pub text: String,
    /// It was needed in this run.
    pub used: bool,
}

/// Clock readings of a run: `times.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
#[serde(default)]
pub struct Times {
    /// When it began, as text with offset.
    pub started: Option<String>,
    /// When it ended.
    pub finished: Option<String>,
    /// Stages in order.
    pub stages: Vec<StageTime>,
    /// Port, per table.
    pub port_tables: Vec<StageTime>,
    /// Verification, per table.
    pub verify_tables: Vec<StageTime>,
}

/// How long something took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct StageTime {
    /// Stage or table.
    pub name: String,
    /// Milliseconds.
    pub millis: u64,
}
