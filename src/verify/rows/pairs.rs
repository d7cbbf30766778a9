//! Tables without a key: rows that only one side has are paired by what they share, so that the column that differs is named.

use super::explain::{explain, show_source, show_target};
use super::narrow::{Kept, Missing, Narrow};
use crate::verify::Error;
use crate::verify::result::{CellDifference, DifferenceKind};

/// More rows than this are not paired but only counted: pairing compares each with each.
const PAIRED: usize = 500;

/// Lists what differs between rows of the source alone and rows of the target alone.
pub(super) fn list(
    narrow: &Narrow<'_>,
    missing: &[Missing],
    extra: &[&Kept],
    out: &mut Vec<CellDifference>,
) -> Result<(), Error> {
    let mut free: Vec<u64> = extra.iter().map(|k| k.count - k.matched).collect();
    let mut alone = 0_u64;
    for row in missing.iter().take(PAIRED) {
        match best(row, extra, &free) {
            Some(place) => {
                if let Some(count) = free.get_mut(place) {
                    *count -= 1;
                }
                if let Some(kept) = extra.get(place) {
                    pair(narrow, row, kept, out)?;
                }
            }
            None => alone += 1,
        }
    }
    alone += u64::try_from(missing.len().saturating_sub(PAIRED)).unwrap_or(u64::MAX);
    let rows = |count: u64| {
        if count == 1 {
            "1 row".to_owned()
        } else {
            format!("{count} rows")
        }
    };
    if alone > 0 {
        out.push(whole(
            DifferenceKind::RowMissing,
            format!(
                "{} of the source (which has no key) not in the target",
                rows(alone)
            ),
        ));
    }
    let repeated: u64 = sum(extra, &free, |k| k.matched > 0);
    if repeated > 0 {
        out.push(whole(
            DifferenceKind::RowRepeated,
            format!(
                "{} more often in the target than in the source",
                rows(repeated)
            ),
        ));
    }
    let left: u64 = sum(extra, &free, |k| k.matched == 0);
    if left > 0 {
        out.push(whole(
            DifferenceKind::RowExtra,
            format!("{} of the target not in the source", rows(left)),
        ));
    }
    Ok(())
}

fn sum(extra: &[&Kept], free: &[u64], which: impl Fn(&Kept) -> bool) -> u64 {
    extra
        .iter()
        .zip(free)
        .filter(|(kept, _)| which(kept))
        .map(|(_, count)| *count)
        .sum()
}

fn whole(kind: DifferenceKind, explanation: String) -> CellDifference {
    CellDifference {
        key: String::new(),
        column: None,
        kind,
        explanation,
        source: None,
        target: None,
    }
}

/// The row of the target that shares the most cells, at least half of them.
fn best(row: &Missing, extra: &[&Kept], free: &[u64]) -> Option<usize> {
    let shared = |kept: &Kept| {
        row.cells
            .iter()
            .zip(kept.cells.iter())
            .filter(|(a, b)| a == b)
            .count()
    };
    let candidates = extra.iter().zip(free).enumerate().take(PAIRED);
    let best = candidates
        .filter(|(_, (kept, count))| **count > 0 && kept.matched == 0)
        .map(|(place, (kept, _))| (shared(kept), place))
        .max_by_key(|(shared, place)| (*shared, std::cmp::Reverse(*place)))?;
    (best.0 > 0 && best.0 * 2 >= row.cells.len()).then_some(best.1)
}

fn pair(
    narrow: &Narrow<'_>,
    row: &Missing,
    kept: &Kept,
    out: &mut Vec<CellDifference>,
) -> Result<(), Error> {
    let values = narrow.values(kept.row_id)?;
    let show = narrow.options.show_values;
    for (place, (mine, theirs)) in row.cells.iter().zip(kept.cells.iter()).enumerate() {
        let Some((column, decoder)) = narrow.plan.column(place).filter(|_| mine != theirs) else {
            continue;
        };
        let source = row.texts.get(place).and_then(Option::as_deref);
        let stored = values.as_ref().and_then(|v| v.get(place));
        let (kind, explanation) = match stored {
            Some(stored) => explain(decoder, source, stored),
            None => (DifferenceKind::Value, "the values differ".to_owned()),
        };
        out.push(CellDifference {
            key: String::new(),
            column: Some(column.pg.clone()),
            kind,
            explanation: format!("{explanation} (in a pair of rows that are otherwise alike)"),
            source: show.then(|| show_source(source)),
            target: stored.filter(|_| show).map(show_target),
        });
    }
    Ok(())
}
