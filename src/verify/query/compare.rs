//! Two results compared: in their order where the query says one, else as multisets.

use std::collections::HashMap;

use rusqlite::types::Value;

use super::value::{Cell, Reader, Same, kind, shown};
use super::{Answer, QueryDifference, QueryResult, QueryVerdict, Values};
use crate::pg::conn::Answer as SourceAnswer;

/// Differences of a query that are listed.
const LISTED: usize = 10;

/// A row of each side, by their places.
type Pair = (usize, usize);

struct Comparison<'a> {
    from: &'a SourceAnswer,
    to: &'a Answer,
    readers: Vec<Reader>,
    values: Values,
}

/// Writes into `result` what differs.
pub fn compare(from: &SourceAnswer, to: &Answer, values: Values, result: &mut QueryResult) {
    result.rows_source = from.rows.len() as u64;
    result.rows_target = to.rows.len() as u64;
    if from.columns.len() != to.columns.len() {
        result.verdict = QueryVerdict::Different;
        result.notes.push(format!(
            "{} columns on PostgreSQL, {} on SQLite",
            from.columns.len(),
            to.columns.len()
        ));
        return;
    }
    for ((left, _), right) in from.columns.iter().zip(&to.columns) {
        if left != right {
            result.notes.push(format!(
                "a column is called `{left}` on PostgreSQL and `{right}` on SQLite: give it a name with AS where the app reads it by name"
            ));
        }
    }
    let comparison = Comparison {
        from,
        to,
        readers: from.columns.iter().map(|(_, t)| Reader::new(t)).collect(),
        values,
    };
    if result.ordered {
        comparison.in_order(result);
    } else {
        let (pairs, left, right) = comparison.pairs();
        comparison.list(&pairs, &left, &right, result);
    }
    if result.differing > 0 {
        result.verdict = QueryVerdict::Different;
    }
}

impl Comparison<'_> {
    fn in_order(&self, result: &mut QueryResult) {
        let both = self.from.rows.len().min(self.to.rows.len());
        let pairs: Vec<Pair> = (0..both).map(|at| (at, at)).collect();
        let left: Vec<usize> = (both..self.from.rows.len()).collect();
        let right: Vec<usize> = (both..self.to.rows.len()).collect();
        self.list(&pairs, &left, &right, result);
        if result.differing == 0 {
            return;
        }
        let mut again = QueryResult::default();
        let (pairs, left, right) = self.pairs();
        self.list(&pairs, &left, &right, &mut again);
        if again.differing == 0 {
            result.notes.push(
                "the same rows in another order: PostgreSQL sorts NULL last and by its collation, SQLite NULL first and by bytes (NULLS LAST, COLLATE, or one more key)"
                    .to_owned(),
            );
        }
    }

    /// Rows that belong together whatever their order, and those of each side that have no other.
    fn pairs(&self) -> (Vec<Pair>, Vec<usize>, Vec<usize>) {
        let key_of = |cells: Vec<Cell<'_>>| -> Vec<String> {
            let keys = self.readers.iter().zip(&cells);
            keys.map(|(reader, cell)| reader.sort_key(cell)).collect()
        };
        let mut by_key: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (at, row) in self.to.rows.iter().enumerate().rev() {
            let key = key_of(row.iter().map(Cell::Target).collect());
            by_key.entry(key).or_default().push(at);
        }
        let mut pairs = Vec::new();
        let mut left = Vec::new();
        for (at, row) in self.from.rows.iter().enumerate() {
            let key = key_of(row.iter().map(|c| Cell::Source(c.as_deref())).collect());
            match by_key.get_mut(&key).and_then(Vec::pop) {
                Some(other) => pairs.push((at, other)),
                None => left.push((key, at)),
            }
        }
        let mut right: Vec<(Vec<String>, usize)> = by_key
            .into_iter()
            .flat_map(|(key, rows)| rows.into_iter().map(move |at| (key.clone(), at)))
            .collect();
        // What is spelled otherwise on the two sides meets here, by the columns that are not.
        left.sort();
        right.sort();
        let mut lonely = Vec::new();
        for (_, at) in left {
            let best = right
                .iter()
                .enumerate()
                .take(200)
                .map(|(place, (_, other))| (self.equal_cells(at, *other), place))
                .max_by_key(|(equal, place)| (*equal, usize::MAX - place));
            match best {
                Some((equal, place)) if equal > 0 || self.readers.len() == 1 => {
                    let (_, other) = right.remove(place);
                    pairs.push((at, other));
                }
                _ => lonely.push(at),
            }
        }
        pairs.sort_unstable();
        lonely.sort_unstable();
        let mut right: Vec<usize> = right.into_iter().map(|(_, at)| at).collect();
        right.sort_unstable();
        (pairs, lonely, right)
    }

    fn cells(&self, (left, right): Pair) -> impl Iterator<Item = (&Reader, Option<&str>, &Value)> {
        let left = self.from.rows.get(left).into_iter().flatten();
        let right = self.to.rows.get(right).into_iter().flatten();
        self.readers
            .iter()
            .zip(left.map(Option::as_deref))
            .zip(right)
            .map(|((reader, left), right)| (reader, left, right))
    }

    fn equal_cells(&self, left: usize, right: usize) -> usize {
        self.cells((left, right))
            .filter(|(reader, left, right)| reader.same(*left, right) != Same::Different)
            .count()
    }

    fn list(&self, pairs: &[Pair], left: &[usize], right: &[usize], result: &mut QueryResult) {
        for pair in pairs {
            for (column, (reader, source, target)) in self.cells(*pair).enumerate() {
                match reader.same(source, target) {
                    Same::Equal => {}
                    Same::Rounded => result.rounded += 1,
                    Same::Different => {
                        let name = self.from.columns.get(column).map(|(name, t)| (name, t));
                        let what = match (name, source) {
                            (_, None) => format!("NULL on PostgreSQL, {} on SQLite", kind(target)),
                            (Some((_, type_)), Some(_)) => {
                                format!("another {type_}: {} on SQLite", kind(target))
                            }
                            (None, Some(_)) => kind(target).to_owned(),
                        };
                        self.add(
                            result,
                            Some(pair.0),
                            name.map(|(name, _)| name.clone()),
                            what,
                            Some((source.unwrap_or("NULL").to_owned(), shown(target))),
                        );
                    }
                }
            }
        }
        for row in left {
            self.add(
                result,
                Some(*row),
                None,
                "only on PostgreSQL".to_owned(),
                None,
            );
        }
        for _ in right {
            self.add(result, None, None, "only on SQLite".to_owned(), None);
        }
    }

    fn add(
        &self,
        result: &mut QueryResult,
        row: Option<usize>,
        column: Option<String>,
        what: String,
        cell: Option<(String, String)>,
    ) {
        result.differing += 1;
        if result.differences.len() >= LISTED {
            return;
        }
        let shown = cell.filter(|_| self.values == Values::Shown);
        let (source, target) = shown.unzip();
        result.differences.push(QueryDifference {
            row: row.map(|at| at as u64 + 1),
            column,
            what,
            source,
            target,
        });
    }
}
