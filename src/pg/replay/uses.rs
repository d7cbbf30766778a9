//! What each data statement of a history is for, told at the end of the replay: rows that stay, changes of rows that are
//! there, or work on tables that a later revision drops.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Replay;
use crate::ir::{DataKind, Origin, QualName};

/// What a data statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataUse {
    /// It inserts rows into a table that is there at the end.
    Seed,
    /// It changes or deletes rows of a table that is there at the end.
    Backfill,
    /// Its table is dropped later: nothing of it is left.
    Obsolete,
}

impl DataUse {
    /// Its name, as the JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::Backfill => "backfill",
            Self::Obsolete => "obsolete",
        }
    }
}

/// A data statement as the replay met it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRecord {
    /// Where it stands.
    pub origin: Origin,
    /// Its table, by its name of that moment.
    pub table: QualName,
    /// What it does.
    pub kind: DataKind,
    /// Number of the table, which renames keep.
    identity: usize,
}

impl Replay {
    /// Notes a data statement on a table.
    pub(super) fn note_data(&mut self, table: &QualName, kind: DataKind) {
        let next = self.next_identity;
        let identity = *self.identities.entry(table.clone()).or_insert(next);
        if identity == next {
            self.next_identity += 1;
        }
        self.data.push(DataRecord {
            origin: self.origin.clone(),
            table: table.clone(),
            kind,
            identity,
        });
    }

    /// A table got another name: what was done to it stays done to it.
    pub(super) fn keep_identity(&mut self, from: &QualName, to: &QualName) {
        if let Some(identity) = self.identities.remove(from) {
            self.identities.insert(to.clone(), identity);
        }
    }

    /// Every data statement on a known table with what it is for, in order.
    pub fn data_uses(&self) -> Vec<(&DataRecord, DataUse)> {
        let held: BTreeSet<usize> = self.identities.values().copied().collect();
        self.data
            .iter()
            .map(|record| {
                let class = match record.kind {
                    _ if !held.contains(&record.identity) => DataUse::Obsolete,
                    DataKind::Insert => DataUse::Seed,
                    DataKind::Update | DataKind::Delete | DataKind::Select => DataUse::Backfill,
                };
                (record, class)
            })
            .collect()
    }
}
