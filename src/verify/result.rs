//! What a verification is asked and what it found: plain values for reports.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::{Finding, Verdict};
use crate::diag::Origin;
use crate::lower::Rule;

/// How much of the data is compared. Schema and target checks are made at every level.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Default,
    clap::ValueEnum,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Row counts.
    Counts,
    /// Row counts, and every cell of the rows that a fixed rule picks by their key.
    Sample,
    /// Digests of every cell; where they differ, the rows and cells that do.
    #[default]
    Digest,
    /// As `Digest`, and every row is looked up by its key whether or not digests differ.
    Full,
}

impl Level {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Level::Counts => "counts",
            Level::Sample => "sample",
            Level::Digest => "digest",
            Level::Full => "full",
        }
    }
}

/// Decisions about one verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Values of differing cells are put into the result. Off: keys and column names alone.
    pub show_values: bool,
    /// `Level::Sample` compares one row in this many (at least 1).
    pub sample_every: u32,
    /// Differences listed per table; all are counted.
    pub listed_per_table: usize,
    /// Rows held in memory at most while a difference is narrowed down, by each of the jobs.
    pub rows_in_memory: u64,
    /// Tables compared at the same time, where the source gives further readers of its snapshot (a live server does, a dump does
    /// not); 0 counts as 1.
    pub jobs: u32,
    /// Tables of the target that belong to the migration runner and not to the schema; those that begin with `_decant` always do.
    pub ledger_tables: Vec<String>,
    /// Tables of the source that are not compared (Alembic's version tables are always left out).
    pub ignore_tables: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            show_values: false,
            sample_every: 100,
            listed_per_table: 50,
            rows_in_memory: 200_000,
            jobs: 1,
            ledger_tables: vec!["migrations".to_owned(), "decant_migrations".to_owned()],
            ignore_tables: Vec::new(),
        }
    }
}

/// Hears how far a verification is, and may stop it.
pub trait Progress: Sync {
    /// A table begins; `rows` is how many are expected, when known.
    fn table(&self, _name: &str, _rows: Option<u64>) {}
    /// So many more rows were read, of either side.
    fn rows(&self, _count: u64) {}
    /// Whether the user wants it to end.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Everything that a verification found. No clock readings: those are in [`Times`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct Verification {
    /// How much of the data was compared.
    pub level: Level,
    /// What was compared, in the order in which it was named; empty for the one pair of a port.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<SideInfo>,
    /// The schema that was expected (of the history, or else the source's own) against the source's catalog.
    pub schema_pg: Vec<Finding>,
    /// The schema that was expected in SQLite against the target's.
    pub schema_sqlite: Vec<Finding>,
    /// One verdict for every object of the PostgreSQL schema: how much of it SQLite keeps.
    pub objects: Vec<Finding>,
    /// Schemas of further pairs of sides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<Comparison>,
    /// Rows, per table.
    pub tables: Vec<TableResult>,
    /// Lines of `PRAGMA integrity_check`; empty when it said `ok`.
    pub integrity: Vec<String>,
    /// Rows of `PRAGMA foreign_key_check`, counted by foreign key.
    pub foreign_keys: Vec<ForeignKeyBreach>,
    /// Constraints of the lowered schema that rows of the target break.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<ConstraintBreach>,
    /// Sequences of both sides.
    pub sequences: Vec<SequenceResult>,
    /// What was not checked, one sentence each.
    pub not_checked: Vec<String>,
    /// Clock readings.
    #[serde(skip)]
    pub times: Times,
}

impl Verification {
    /// Whether nothing differs: every table equal, the target's checks clean, no schema finding of either side.
    pub fn ok(&self) -> bool {
        self.integrity.is_empty()
            && self.foreign_keys.is_empty()
            && self.constraints.is_empty()
            && self.tables.iter().all(TableResult::ok)
            && self.sequences.iter().all(|s| s.ok)
            && !self.schema_pg.iter().any(Finding::matters)
            && !self.schema_sqlite.iter().any(Finding::matters)
            && self.more.iter().all(Comparison::ok)
    }

    /// Why it is not ok, one sentence per kind of difference; empty when it is.
    pub fn reasons(&self) -> Vec<String> {
        let mut out = Vec::new();
        out.extend(differing_tables(&self.tables));
        let findings = |out: &mut Vec<String>, list: &[Finding], what: &str| {
            let wrong: Vec<&Finding> = list.iter().filter(|f| f.matters()).collect();
            if let Some(first) = wrong.first() {
                let more = if wrong.len() > 1 {
                    format!(" (and {} more)", wrong.len() - 1)
                } else {
                    String::new()
                };
                out.push(format!("{what}: {}{more}", first.sentence()));
            }
        };
        findings(
            &mut out,
            &self.schema_pg,
            "the source's schema is not the expected one",
        );
        findings(
            &mut out,
            &self.schema_sqlite,
            "the target's schema is not the expected one",
        );
        for comparison in &self.more {
            let what = format!("{} is not as {}", comparison.actual, comparison.expected);
            findings(&mut out, &comparison.findings, &what);
            let tables = differing_tables(&comparison.tables);
            out.extend(tables.map(|sentence| format!("{what}: {sentence}")));
        }
        if !self.integrity.is_empty() {
            out.push(format!(
                "integrity_check reports {} fault(s) in the target",
                self.integrity.len()
            ));
        }
        if !self.foreign_keys.is_empty() {
            let rows: u64 = self.foreign_keys.iter().map(|b| b.rows).sum();
            out.push(format!(
                "{rows} row(s) of the target refer to rows that are not there"
            ));
        }
        if let Some(first) = self.constraints.first() {
            let more = match self.constraints.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            out.push(format!("{}{more}", first.sentence()));
        }
        for sequence in self.sequences.iter().filter(|s| !s.ok) {
            out.push(sequence.note.clone());
        }
        out
    }

    /// How many cells were explained by an accepted rule.
    pub fn by_rule(&self) -> u64 {
        self.tables
            .iter()
            .flat_map(|t| &t.columns)
            .flat_map(|c| &c.by_rule)
            .map(|r| r.cells)
            .sum()
    }

    /// Rows that the target is known to have rejected.
    pub fn rejected(&self) -> u64 {
        self.tables.iter().map(|t| t.rows_rejected).sum()
    }

    /// How many objects have this verdict.
    pub fn objects_with(&self, verdict: Verdict) -> usize {
        self.objects.iter().filter(|o| o.verdict == verdict).count()
    }
}

/// A sentence on the tables that differ, if any does.
fn differing_tables(tables: &[TableResult]) -> Option<String> {
    let failing: Vec<&TableResult> = tables.iter().filter(|t| !t.ok()).collect();
    match failing.as_slice() {
        [] => None,
        [one] => Some(format!("table {} differs: {}", one.table, one.sentence())),
        [first, ..] => Some(format!(
            "{} tables differ; the first is {}: {}",
            failing.len(),
            first.table,
            first.sentence()
        )),
    }
}

impl Comparison {
    /// Whether nothing differs on which something depends.
    pub fn ok(&self) -> bool {
        !self.findings.iter().any(Finding::matters) && self.tables.iter().all(TableResult::ok)
    }
}

/// One of the sides of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct SideInfo {
    /// `history`, `postgresql` or `sqlite`.
    pub role: String,
    /// What it is, without a password.
    pub name: String,
    /// Revisions that it is at, where it tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
}

/// The schemas of two sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct Comparison {
    /// The side that counts.
    pub expected: String,
    /// The side that is judged by it.
    pub actual: String,
    /// What differs in their schemas.
    pub findings: Vec<Finding>,
    /// Rows, per table, where they were compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableResult>,
}

/// A table on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct TableResult {
    /// Name in PostgreSQL.
    pub table: String,
    /// Name in SQLite.
    pub target: String,
    /// Rows of the source; `None` when it has no such table.
    pub rows_source: Option<u64>,
    /// Rows of the target; `None` when it has no such table.
    pub rows_target: Option<u64>,
    /// Rows that the target is known to have rejected: each is looked for among the source's, value by value.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_rejected: u64,
    /// Rows whose cells were compared, on the source's side.
    pub rows_compared: u64,
    /// Digest of the compared rows of the source: 32 hex digits, whatever the order of the rows; empty at level `counts`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest_source: String,
    /// The same of the target.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest_target: String,
    /// Columns that were compared, in table order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnResult>,
    /// Differences that were narrowed down, in the order of their keys; at most `Options::listed_per_table`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<CellDifference>,
    /// How many differences there are in the rows that were narrowed down.
    pub differing_total: u64,
    /// `differing_total` counts them all; otherwise there are more.
    pub narrowed: bool,
    /// Which side was written to since the port, where the table differs and the port left a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// What was read of both sides, where differences were narrowed down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Which side of a table has other rows than a port recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Since {
    /// None: both are as they were.
    Neither,
    /// The source was written to; the file is as it was ported.
    Source,
    /// The file was written to; the source is as it was ported.
    Target,
    /// Both were, or the file was made by another port.
    Both,
}

impl Since {
    /// The words for people, behind what differs.
    pub fn sentence(self) -> &'static str {
        match self {
            Since::Neither => "neither side was written to since the port",
            Since::Source => "the source was written to since the port, the file was not",
            Since::Target => "the file was written to since the port, the source was not",
            Since::Both => "both sides were written to since the port",
        }
    }
}

/// How much was read of both sides of a table: first for its digests, then to find what differs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema,
)]
pub struct Reading {
    /// Rows for the digests.
    pub digest_rows: u64,
    /// Bytes of their values.
    pub digest_bytes: u64,
    /// Rows to find what differs; of tables with a key only the key and the columns that differ.
    pub narrow_rows: u64,
    /// Bytes of their values.
    pub narrow_bytes: u64,
}

impl TableResult {
    /// Whether both sides are equal, values by accepted rules included.
    pub fn ok(&self) -> bool {
        self.rows_source.is_some()
            && self.rows_source == self.rows_found()
            && self.digest_source == self.digest_target
            && self.differing_total == 0
            && self
                .columns
                .iter()
                .all(|c| c.wrong_form == 0 && c.no_form == 0)
    }

    /// Names of the columns whose values differ.
    pub fn differing_columns(&self) -> Vec<&str> {
        self.columns
            .iter()
            .filter(|c| !c.equal || c.wrong_form > 0 || c.no_form > 0)
            .map(|c| c.column.as_str())
            .collect()
    }

    /// Rows of the target and those that are known to be rejected.
    fn rows_found(&self) -> Option<u64> {
        Some(self.rows_target? + self.rows_rejected)
    }

    /// What is so, in a few words.
    pub fn sentence(&self) -> String {
        match self.since {
            Some(since) => format!("{}; {}", self.difference(), since.sentence()),
            None => self.difference(),
        }
    }

    /// What differs, without which side was written to since a port.
    pub fn difference(&self) -> String {
        match (self.rows_source, self.rows_target) {
            (None, _) => return "the source has no such table".to_owned(),
            (_, None) => return "the target has no such table".to_owned(),
            (Some(a), Some(b)) if a != b + self.rows_rejected => {
                let rejected = match self.rows_rejected {
                    0 => String::new(),
                    n => format!(", {n} known to be rejected"),
                };
                return format!("{a} rows in the source, {b} in the target{rejected}");
            }
            _ => {}
        }
        if self.ok() {
            return match self.rows_rejected {
                0 => "equal".to_owned(),
                n => format!("equal but for {n} known to be rejected"),
            };
        }
        let columns = self.differing_columns();
        let more = if self.narrowed { "" } else { "at least " };
        if columns.is_empty() {
            format!("{more}{} differing rows", self.differing_total)
        } else {
            format!(
                "{more}{} differences in {}",
                self.differing_total,
                columns.join(", ")
            )
        }
    }
}

/// A column on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, schemars::JsonSchema)]
pub struct ColumnResult {
    /// Name in PostgreSQL.
    pub column: String,
    /// The digests of both sides are equal.
    pub equal: bool,
    /// Cells that an accepted rule explains, by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_rule: Vec<RuleCount>,
    /// Cells of the target that are not in the column's storage form: look-ups by value would miss them.
    pub wrong_form: u64,
    /// What the first of those is instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_form_note: Option<String>,
    /// Cells of the source that the storage form cannot keep and no decision covers.
    pub no_form: u64,
    /// Why the first of those has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_form_note: Option<String>,
}

/// How many cells an accepted rule explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RuleCount {
    /// Rule.
    pub rule: Rule,
    /// Cells.
    pub cells: u64,
}

/// How a row or cell differs.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The row is in the source only.
    RowMissing,
    /// The row is in the target only.
    RowExtra,
    /// The row is more often in the target than in the source.
    RowRepeated,
    /// The value is another one.
    Value,
    /// The value is the same in another storage form, which look-ups by value miss.
    StorageForm,
    /// The storage form cannot keep the value, and no decision covers it.
    NoForm,
}

/// One difference that was narrowed down.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct CellDifference {
    /// Key of the row as `column=value, ..`; empty in tables without a key.
    pub key: String,
    /// Column; `None` when the row as a whole is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// How it differs.
    pub kind: DifferenceKind,
    /// What is so, without values.
    pub explanation: String,
    /// The source's value, when values are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The target's value, when values are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// Rows that refer to nothing.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct ForeignKeyBreach {
    /// Referring table.
    pub table: String,
    /// Table referred to.
    pub parent: String,
    /// Referring columns, where they are known.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: u64,
}

/// What kind of constraint rows break.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `CHECK`.
    Check,
    /// `UNIQUE`, a unique index or the primary key.
    Unique,
    /// `NOT NULL`.
    NotNull,
    /// The storage class that the column's encoding has.
    StorageClass,
}

impl ConstraintKind {
    /// The words for people.
    pub fn name(self) -> &'static str {
        match self {
            ConstraintKind::Check => "check constraint",
            ConstraintKind::Unique => "unique constraint",
            ConstraintKind::NotNull => "NOT NULL of column",
            ConstraintKind::StorageClass => "storage class of column",
        }
    }
}

/// Rows of the target that break a constraint of the lowered schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConstraintBreach {
    /// Table.
    pub table: String,
    /// What kind of constraint.
    pub kind: ConstraintKind,
    /// Its name, or its text where it has none; the column's name.
    pub constraint: String,
    /// Rows that break it.
    pub rows: u64,
    /// Keys of some of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// The revision and line that the constraint comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl ConstraintBreach {
    /// What is so, in a sentence.
    pub fn sentence(&self) -> String {
        let keys = match self.keys.as_slice() {
            [] => String::new(),
            keys => format!(" ({})", keys.join("; ")),
        };
        let origin = self
            .origin
            .as_ref()
            .map(|o| format!(" ({o})"))
            .unwrap_or_default();
        format!(
            "{} row(s) of {}{keys} break the {} {}{origin}",
            self.rows,
            self.table,
            self.kind.name(),
            self.constraint
        )
    }
}

/// A sequence and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SequenceResult {
    /// Sequence in PostgreSQL.
    pub sequence: String,
    /// Table in SQLite.
    pub table: String,
    /// What the target must hold, so that the next key is the one that `nextval` would give.
    pub expected: i64,
    /// What `sqlite_sequence` holds; `None` when it has no row.
    pub actual: Option<i64>,
    /// Both are equal.
    pub ok: bool,
    /// What is so, in a sentence.
    pub note: String,
}

/// Clock readings of a verification, kept apart from its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Times {
    /// Reading, hashing and narrowing, per table.
    pub tables: Vec<(String, Duration)>,
    /// `PRAGMA integrity_check`.
    pub integrity_check: Duration,
    /// `PRAGMA foreign_key_check`.
    pub foreign_key_check: Duration,
    /// The constraints of the lowered schema, asked of the target's rows.
    #[serde(default)]
    pub constraints: Duration,
    /// Comparison of schemas.
    pub schema: Duration,
}
