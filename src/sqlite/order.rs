//! The order of tables: each behind those that it refers to.

use std::collections::BTreeSet;

use super::schema::Table;

/// Places of tables in an order in which each comes behind the tables that it refers to, as far as cycles allow, and otherwise in
/// the given order. Of a cycle, the first in the given order goes first; what only refers to a cycle comes behind it.
pub fn table_order(tables: &[Table]) -> Vec<usize> {
    let parents: Vec<BTreeSet<usize>> = tables
        .iter()
        .enumerate()
        .map(|(at, table)| {
            table
                .foreign_keys
                .iter()
                .filter_map(|fk| {
                    tables
                        .iter()
                        .position(|t| t.name.eq_ignore_ascii_case(&fk.ref_table))
                })
                .filter(|parent| *parent != at)
                .collect()
        })
        .collect();
    let mut waiting: Vec<usize> = (0..tables.len()).collect();
    let mut done = BTreeSet::new();
    let mut out = Vec::with_capacity(tables.len());
    while !waiting.is_empty() {
        // A table that waits for nothing, or else one of the cycle that waits for nothing but itself.
        let is_ready = |table: &usize| parents.get(*table).is_none_or(|p| p.is_subset(&done));
        let next = waiting.iter().position(is_ready).unwrap_or_else(|| {
            waiting
                .iter()
                .enumerate()
                .min_by_key(|(_, table)| waits_for(**table, &parents, &done))
                .map_or(0, |(place, _)| place)
        });
        let table = waiting.remove(next);
        done.insert(table);
        out.push(table);
    }
    out
}

/// How many tables that are not done stand behind a table, directly or over others.
fn waits_for(table: usize, parents: &[BTreeSet<usize>], done: &BTreeSet<usize>) -> usize {
    let mut seen = BTreeSet::new();
    let mut open = vec![table];
    while let Some(next) = open.pop() {
        for parent in parents.get(next).into_iter().flatten() {
            if !done.contains(parent) && seen.insert(*parent) {
                open.push(*parent);
            }
        }
    }
    seen.len()
}
