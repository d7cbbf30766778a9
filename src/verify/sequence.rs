//! Sequences: what PostgreSQL would give next, and what `sqlite_sequence` holds.

use rusqlite::{Connection, OptionalExtension as _};

use super::result::SequenceResult;
use super::target::quote;
use crate::lower::{Lowering, TableMap};
use crate::pg::source::Source;

/// The column of a table's AUTOINCREMENT key.
fn counted<'l>(lowering: &'l Lowering, map: &TableMap) -> Option<&'l str> {
    let key = lowering.sqlite.table(&map.sqlite)?.primary_key.as_ref();
    let key = key.filter(|k| k.autoincrement)?;
    key.columns.first().map(String::as_str)
}

/// The greatest key of a table.
fn greatest(
    connection: &Connection,
    map: &TableMap,
    column: &str,
) -> Result<Option<i64>, rusqlite::Error> {
    let sql = format!("SELECT max({}) FROM {}", quote(column), quote(&map.sqlite));
    connection.query_row(&sql, [], |row| row.get(0))
}

/// What `sqlite_sequence` holds for a table: the counter that SQLite takes, which is the first, and how many there are.
fn held(connection: &Connection, map: &TableMap) -> Result<(Option<i64>, i64), rusqlite::Error> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if connection
        .query_row(sql, [], |_| Ok(()))
        .optional()?
        .is_none()
    {
        return Ok((None, 0));
    }
    let sql = "SELECT seq, (SELECT count(*) FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE) FROM sqlite_sequence \
               WHERE name = ?1 COLLATE NOCASE ORDER BY rowid LIMIT 1";
    let found = connection
        .query_row(sql, [&map.sqlite], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or((None, 0)))
}

/// What is wrong with a table that is counted more than once: SQLite takes the first counter, other programs any.
fn counted_twice(map: &TableMap, counters: i64) -> Option<String> {
    (counters > 1).then(|| {
        format!(
            "sqlite_sequence has {counters} rows for {}, where there may be one",
            map.sqlite
        )
    })
}

/// Without a source: no counter may be behind the greatest key of its table.
pub(super) fn check_alone(
    lowering: &Lowering,
    connection: &Connection,
) -> Result<Vec<SequenceResult>, rusqlite::Error> {
    let mut out = Vec::new();
    for map in &lowering.tables {
        let (Some(name), Some(column)) = (&map.sequence, counted(lowering, map)) else {
            continue;
        };
        let Ok(greatest) = greatest(connection, map, column) else {
            continue;
        };
        let ((actual, counters), greatest) = (held(connection, map)?, greatest.unwrap_or(0));
        let twice = counted_twice(map, counters);
        let held = actual.unwrap_or(0);
        let (ok, said) = match held >= greatest {
            true => (true, "not behind"),
            false => (false, "behind"),
        };
        out.push(SequenceResult {
            sequence: name.to_string(),
            table: map.sqlite.clone(),
            expected: greatest,
            actual,
            ok: ok && twice.is_none(),
            note: twice.unwrap_or_else(|| {
                format!(
                    "sequence {name}: {} holds {held}, which is {said} its greatest key {greatest}",
                    map.sqlite
                )
            }),
        });
    }
    Ok(out)
}

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
        let Some(column) = counted(lowering, map) else {
            continue;
        };
        let Some(state) = source.sequence_state(name) else {
            not_checked.push(format!(
                "sequence {name}: the source does not tell its state"
            ));
            continue;
        };
        // The table's absence is a finding of its own.
        let Ok(greatest) = greatest(connection, map, column) else {
            continue;
        };
        let (actual, counters) = held(connection, map)?;
        let twice = counted_twice(map, counters);
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
        let note = if let Some(twice) = &twice {
            twice.clone()
        } else if ok && greatest > held {
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
            ok: ok && twice.is_none(),
            note,
        });
    }
    Ok(out)
}
