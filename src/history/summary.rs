//! A history as JSON: its graph and its order, without the scripts' text.

use serde::Serialize;

use super::History;

/// The graph of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistorySummary {
    /// Revisions that nothing follows.
    pub heads: Vec<String>,
    /// Heads that nothing depends on either.
    pub effective_heads: Vec<String>,
    /// Revisions that follow nothing.
    pub bases: Vec<String>,
    /// Revisions that join branches.
    pub merges: Vec<String>,
    /// Revisions that more than one other follows.
    pub branch_points: Vec<String>,
    /// All revisions, in the order of `upgrade heads`.
    pub revisions: Vec<RevisionSummary>,
}

/// One revision of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionSummary {
    /// Full id.
    pub id: String,
    /// What it follows.
    pub down_revisions: Vec<String>,
    /// What must have run before it as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Its branch labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub branch_labels: Vec<String>,
    /// What it does, in its author's words.
    pub message: String,
    /// The docstring's `Create Date`, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    /// Its file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl History {
    /// The graph as plain data, revisions in the order of `upgrade heads`.
    pub fn summary(&self) -> HistorySummary {
        let ids = |list: Vec<&super::Revision>| list.iter().map(|r| r.id.clone()).collect();
        HistorySummary {
            heads: self.heads.clone(),
            effective_heads: self.effective_heads.clone(),
            bases: self.bases.clone(),
            merges: ids(self.merges()),
            branch_points: ids(self.branch_points()),
            revisions: self
                .full_order()
                .into_iter()
                .map(|revision| RevisionSummary {
                    id: revision.id.clone(),
                    down_revisions: revision.down_revisions.clone(),
                    depends_on: revision.depends_on.clone(),
                    branch_labels: revision.branch_labels.clone(),
                    message: revision.message.clone(),
                    create_date: revision.create_date.clone(),
                    file: revision.file.path.clone(),
                    sha256: revision.file.sha256.clone(),
                })
                .collect(),
        }
    }
}
