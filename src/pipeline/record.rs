//! What a port leaves beside its file: a digest of each table's rows at the snapshot. By it a later verification tells which side
//! was written to since, from a fault of the port. It holds no value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::events::Events;
use super::{sha256, write_file};
use crate::lower::{Lowering, TableMap};
use crate::pg::select::Selection;
use crate::report::Tool;
use crate::verify::{Level, Since, TableResult, Verification};

/// Name and version of the record.
const FORMAT: &str = "decant-port/1";

/// The record of a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format: String,
    tool: Tool,
    /// Where the rows came from, without secrets.
    source: String,
    tables: BTreeMap<String, TableRecord>,
}

/// The rows of a table at the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TableRecord {
    rows: u64,
    digest: String,
    /// Columns that the digest is of.
    columns: Vec<String>,
    /// What decides about digests besides the rows: encodings, decisions, selection, as a hash.
    form: String,
}

/// Where the record of a file is.
fn place(target: &Path) -> PathBuf {
    super::port::beside(target, ".port.json")
}

fn form(map: &TableMap, selection: &Selection) -> String {
    // Values with string keys only: that cannot fail.
    let map = serde_json::to_string(map).unwrap_or_default();
    sha256(format!("{map}{selection:?}").as_bytes())
}

fn columns(table: &TableResult) -> Vec<String> {
    table.columns.iter().map(|c| c.column.clone()).collect()
}

impl Record {
    fn of(
        source: &str,
        lowering: &Lowering,
        selection: &Selection,
        verification: &Verification,
    ) -> Self {
        let found = |map: &&TableMap| {
            let name = map.pg.to_string();
            verification
                .tables
                .iter()
                .find(|t| t.table == name && !t.digest_source.is_empty())
                // Of rows that were rejected the file has none: there is no digest that both sides had.
                .filter(|t| t.digest_source == t.digest_target && t.rows_rejected == 0)
        };
        let maps = lowering
            .tables
            .iter()
            .filter_map(|map| Some((map, found(&map)?)));
        Self {
            format: FORMAT.to_owned(),
            tool: Tool::default(),
            source: source.to_owned(),
            tables: maps
                .map(|(map, table)| {
                    let record = TableRecord {
                        rows: table.rows_compared,
                        digest: table.digest_source.clone(),
                        columns: columns(table),
                        form: form(map, selection),
                    };
                    (table.table.clone(), record)
                })
                .collect(),
        }
    }

    fn read(target: &Path) -> Option<Self> {
        let text = std::fs::read(place(target)).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        (record.format == FORMAT && record.tool == Tool::default()).then_some(record)
    }
}

/// Writes the record of a published file, and removes the one of an earlier file where there is nothing to record. The file is
/// published by then: what goes wrong is told and no fault.
pub(super) fn write(
    target: &Path,
    source: &str,
    lowering: &Lowering,
    selection: &Selection,
    verification: &Verification,
    events: &dyn Events,
) {
    let path = place(target);
    if verification.level < Level::Digest {
        let _ = std::fs::remove_file(&path);
        return;
    }
    let record = Record::of(source, lowering, selection, verification);
    let mut text = serde_json::to_string_pretty(&record).unwrap_or_default();
    text.push('\n');
    if let Err(error) = write_file(&path, text.as_bytes()) {
        // A record of another file would mislead.
        let _ = std::fs::remove_file(&path);
        events.warning(&format!(
            "{error}; without this record a later verification cannot tell which side was written to"
        ));
    }
}

/// Says of each table that differs which side was written to since the port.
pub(super) fn judge(
    target: &Path,
    lowering: &Lowering,
    selection: &Selection,
    verification: &mut Verification,
) {
    if verification.tables.iter().all(TableResult::ok) || verification.level < Level::Digest {
        return;
    }
    let record = Record::read(target);
    let mut unknown = Vec::new();
    for table in verification.tables.iter_mut().filter(|t| !t.ok()) {
        let map = lowering
            .tables
            .iter()
            .find(|m| m.pg.to_string() == table.table);
        table.since = map.and_then(|map| since(record.as_ref()?, map, selection, table));
        if table.since.is_none() {
            unknown.push(table.table.clone());
        }
    }
    if !unknown.is_empty() {
        let why = match record {
            None => format!(
                "there is no record of its port ({}) of this version",
                place(target).display()
            ),
            Some(_) => "its port was made with other columns or decisions".to_owned(),
        };
        verification.not_checked.push(format!(
            "whether the source was written to since the port, for tables that differ ({}): {why}",
            unknown.join(", ")
        ));
    }
}

fn since(
    record: &Record,
    map: &TableMap,
    selection: &Selection,
    table: &TableResult,
) -> Option<Since> {
    let then = record.tables.get(&table.table)?;
    if then.form != form(map, selection)
        || then.columns != columns(table)
        || table.digest_target.is_empty()
    {
        return None;
    }
    Some(
        match (
            then.digest == table.digest_source,
            then.digest == table.digest_target,
        ) {
            (true, true) => Since::Neither,
            (false, true) => Since::Source,
            (true, false) => Since::Target,
            (false, false) => Since::Both,
        },
    )
}
