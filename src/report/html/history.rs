//! The revisions: their numbers and a drawing of the graph.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::report::{HistorySummary, RevisionRow, view};

/// Height of a revision's line in pixels.
const ROW: usize = 22;
/// Distance of two lanes in pixels.
const LANE: usize = 16;
/// Distance of the drawing from its border.
const EDGE: usize = 12;
/// Histories up to this length are drawn open.
const OPEN: usize = 40;

pub(super) fn section(history: &HistorySummary) -> Markup {
    let coverage = history.coverage;
    let understood = coverage.operations.saturating_sub(coverage.opaque);
    let ids = |ids: &[String]| html! { @for id in ids { code { (id) } " " } };
    html! {
        dl {
            dt { "bases" } dd { (ids(&history.bases)) }
            dt { "heads" } dd { (ids(&history.heads)) }
            @if !history.merges.is_empty() { dt { "merges" } dd { (ids(&history.merges)) } }
            dt { "operations" }
            dd {
                (view::count(understood)) " of " (view::count(coverage.operations)) " understood"
                @if !history.ops.is_empty() {
                    ": "
                    @for (place, (kind, number)) in history.ops.iter().enumerate() {
                        @if place > 0 { ", " }
                        (number) " " (kind)
                    }
                }
            }
        }
        details open[history.revisions.len() <= OPEN] {
            summary { "The graph, first revision first" }
            div.scroll { (graph(history)) }
        }
    }
}

/// Which lane each revision stands in: the first child goes on in its parent's lane, others open the next free one.
fn lanes(revisions: &[RevisionRow]) -> Vec<usize> {
    let places: BTreeMap<&str, usize> = revisions
        .iter()
        .enumerate()
        .map(|(place, r)| (r.id.as_str(), place))
        .collect();
    // The last line on which a child of each revision stands: its lane is taken until then.
    let mut last_child: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, revision) in revisions.iter().enumerate() {
        for parent in revision
            .parents
            .iter()
            .filter_map(|p| places.get(p.as_str()))
        {
            last_child.insert(*parent, place);
        }
    }
    let mut out: Vec<usize> = Vec::new();
    let mut continued: BTreeSet<usize> = BTreeSet::new();
    for (place, revision) in revisions.iter().enumerate() {
        let mut parents = revision
            .parents
            .iter()
            .filter_map(|p| places.get(p.as_str()).copied());
        let heir = parents.find(|p| *p < place && !continued.contains(p));
        let lane = match heir {
            Some(parent) => {
                continued.insert(parent);
                out.get(parent).copied().unwrap_or(0)
            }
            None => {
                // Taken by a revision above whose first child is still to come, or whose edge passes here.
                let taken: BTreeSet<usize> = out
                    .iter()
                    .enumerate()
                    .filter(|(above, _)| last_child.get(above).is_some_and(|last| *last >= place))
                    .map(|(_, lane)| *lane)
                    .collect();
                (0..).find(|lane| !taken.contains(lane)).unwrap_or(0)
            }
        };
        out.push(lane);
    }
    out
}

fn graph(history: &HistorySummary) -> Markup {
    let revisions = &history.revisions;
    let lanes = lanes(revisions);
    let widest = lanes.iter().copied().max().unwrap_or(0);
    let text = EDGE * 2 + widest * LANE + 8;
    let height = revisions.len() * ROW + EDGE;
    let places: BTreeMap<&str, usize> = revisions
        .iter()
        .enumerate()
        .map(|(place, r)| (r.id.as_str(), place))
        .collect();
    let x = |place: usize| EDGE + lanes.get(place).copied().unwrap_or(0) * LANE;
    let y = |place: usize| EDGE + place * ROW;
    let longest = revisions
        .iter()
        .map(|r| r.id.chars().count() + r.message.chars().count() + 12)
        .max();
    let width = text + longest.unwrap_or(0).min(110) * 8;
    html! {
        svg width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img"
            aria-label="Graph of the revisions" {
            @for (place, revision) in revisions.iter().enumerate() {
                @for parent in revision.parents.iter().filter_map(|p| places.get(p.as_str()).copied()) {
                    path.edge d=(edge((x(parent), y(parent)), (x(place), y(place)), revision.parents.len())) {}
                }
            }
            @for (place, revision) in revisions.iter().enumerate() {
                circle class=(kind(history, revision)) cx=(x(place)) cy=(y(place)) r="4.5" {
                    title { (revision.file) }
                }
                text x=(text) y=(y(place) + 4) {
                    (revision.id)
                    tspan.soft {
                        " " (shorten(&revision.message)) " (" (revision.ops) ")"
                        @if !revision.branch_labels.is_empty() { " [" (revision.branch_labels.join(", ")) "]" }
                    }
                }
            }
        }
    }
}

fn kind(history: &HistorySummary, revision: &RevisionRow) -> &'static str {
    if history.heads.contains(&revision.id) {
        "head"
    } else if history.bases.contains(&revision.id) {
        "base"
    } else {
        "dot"
    }
}

/// The line from a revision to a later one, which has so many parents.
fn edge((x1, y1): (usize, usize), (x2, y2): (usize, usize), parents: usize) -> String {
    if x1 == x2 {
        return format!("M{x1} {y1}V{y2}");
    }
    // The lane changes just above the later revision, or below the earlier one when it opens a lane: a merge opens none, and a line
    // into its lane further up would pass through revisions that are no children.
    if x2 > x1 && parents < 2 {
        format!(
            "M{x1} {y1}C{x1} {} {x2} {y1} {x2} {}V{y2}",
            y1 + ROW / 2,
            y1 + ROW
        )
    } else {
        let bend = y2.saturating_sub(ROW);
        format!(
            "M{x1} {y1}V{bend}C{x1} {y2} {x2} {} {x2} {y2}",
            bend + ROW / 2
        )
    }
}

fn shorten(message: &str) -> String {
    match message.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", message.get(..at).unwrap_or_default()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, parents: &[&str]) -> RevisionRow {
        RevisionRow {
            id: id.to_owned(),
            parents: parents.iter().map(|p| (*p).to_owned()).collect(),
            ..RevisionRow::default()
        }
    }

    #[test]
    fn branches_get_lanes_and_merges_give_them_back() {
        let rows = [
            row("a", &[]),
            row("b", &["a"]),
            row("c", &["a"]),
            row("d", &["b", "c"]),
            row("e", &["d"]),
            row("f", &["e"]),
            row("g", &["e"]),
        ];
        assert_eq!(lanes(&rows), [0, 0, 1, 0, 0, 0, 1]);
    }
}
