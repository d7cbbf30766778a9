//! Sequences: what PostgreSQL would give next, and what `sqlite_sequence` holds.

use rusqlite::{Connection, OptionalExtension as _};

use super::result::SequenceResult;
use super::target::quote;
use crate::lower::Lowering;
use crate::pg::source::Source;

/// Compares every sequence that seeds an AUTOINCREMENT key. Sentences on what cannot be compared go to `not_checked`.
pub(super) fn check(
    source: &dyn Source,
    lowering: &Lowering,
    connection: &Connection,
    not_checked: &mut Vec<String>,
) -> Result<Vec<SequenceResult>, rusqlite::Error> {
    let mut out = Vec::new();
    for map in &lowering.tables {
        let Some(name) = &map.sequence else { continue };
        let key = lowering
            .sqlite
            .table(&map.sqlite)
            .and_then(|t| t.primary_key.as_ref());
        let Some(column) = key
            .filter(|k| k.autoincrement)
            .and_then(|k| k.columns.first())
        else {
            continue;
        };
        let Some(state) = source.sequence_state(name) else {
            not_checked.push(format!(
                "sequence {name}: the source does not tell its state"
            ));
            continue;
        };
        let greatest = format!("SELECT max({}) FROM {}", quote(column), quote(&map.sqlite));
        let greatest: Option<i64> = match connection.query_row(&greatest, [], |row| row.get(0)) {
            Ok(value) => value,
            // The table's absence is a finding of its own.
            Err(_) => continue,
        };
        let has_ledger = connection
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'",
                [],
                |_| Ok(()),
            )
            .optional()?;
        let actual: Option<i64> = match has_ledger {
            Some(()) => connection
                .query_row(
                    "SELECT seq FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE",
                    [&map.sqlite],
                    |row| row.get(0),
                )
                .optional()?,
            None => None,
        };
        // AUTOINCREMENT gives the stored value plus one, `nextval` the last value itself when it was not given out yet.
        let step = lowering
            .pg
            .sequences
            .get(name)
            .and_then(|s| s.options.increment)
            .unwrap_or(1);
        let next = if state.is_called {
            state.last_value.saturating_add(step)
        } else {
            state.last_value
        };
        let expected = next.saturating_sub(1);
        let greatest = greatest.unwrap_or(0);
        let held = actual.unwrap_or(0);
        let ok = held == expected;
        let note = if ok && greatest > held {
            // The source's own fault, which SQLite does not have: it goes on after the greatest key.
            format!(
                "sequence {name}: behind the greatest key of {} in the source too",
                map.sqlite
            )
        } else if ok {
            format!("sequence {name}: the next key of {} is {next}", map.sqlite)
        } else if held < greatest {
            format!(
                "sequence {name}: {} holds {held}, which is behind its greatest key",
                map.sqlite
            )
        } else {
            let side = if held < expected {
                "behind"
            } else {
                "ahead of"
            };
            format!(
                "sequence {name}: {} holds {held}, which is {side} the source's {expected}",
                map.sqlite
            )
        };
        out.push(SequenceResult {
            sequence: name.to_string(),
            table: map.sqlite.clone(),
            expected,
            actual,
            ok,
            note,
        });
    }
    Ok(out)
}
