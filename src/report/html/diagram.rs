//! The tables and their references as a drawing.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::report::{Diagram, DiagramTable, view};

/// Width of a box in pixels.
const WIDTH: usize = 190;
/// Distance between columns of boxes.
const GAP_X: usize = 70;
/// Room on the left for lines that lead around.
const MARGIN: usize = 34;
/// Distance between boxes of a column.
const GAP_Y: usize = 16;
/// Height of a line of text.
const LINE: usize = 16;
/// Above this number of tables, boxes show names alone.
const DETAILED: usize = 40;

struct Placed<'d> {
    table: &'d DiagramTable,
    x: usize,
    y: usize,
    lines: Vec<String>,
}

impl Placed<'_> {
    fn height(&self) -> usize {
        LINE + 6 + self.lines.len() * LINE
    }
}

pub(super) fn section(diagram: &Diagram) -> Option<Markup> {
    if diagram.tables.is_empty() {
        return None;
    }
    let (tied, alone) = tied(diagram);
    let placed = place(&tied);
    let right = placed.iter().map(|p| p.x + WIDTH).max().unwrap_or(0) + 10;
    let bottom = placed.iter().map(|p| p.y + p.height()).max().unwrap_or(0) + 10;
    let boxes: BTreeMap<&str, &Placed<'_>> =
        placed.iter().map(|p| (p.table.name.as_str(), p)).collect();
    Some(html! {
        p.soft {
            @if tied.tables.len() <= DETAILED { "Keys (marked *) and referring columns; arrows" } @else { "Arrows" }
            " lead to the table that is referred to, on the left but in cycles."
        }
        details open[tied.tables.len() <= DETAILED] {
            summary { (diagram.tables.len()) " tables, " (diagram.references.len()) " references" }
            @if !tied.tables.is_empty() { div.scroll {
                svg width=(right) height=(bottom) viewBox={ "0 0 " (right) " " (bottom) } role="img"
                    aria-label="Tables and their foreign keys" {
                    defs {
                        marker #tip viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto" { path.tip d="M0 0L6 3L0 6z" {} }
                    }
                    @for reference in &diagram.references {
                        @if let (Some(from), Some(to)) = (boxes.get(reference.from.as_str()), boxes.get(reference.to.as_str())) {
                            path.edge d=(line(from, to)) marker-end="url(#tip)" {
                                title { (reference.from) "(" (reference.columns.join(", ")) ") refers to " (reference.to) }
                            }
                        }
                    }
                    @for item in &placed {
                        rect.box x=(item.x) y=(item.y) width=(WIDTH) height=(item.height()) rx="3" {}
                        rect.title x=(item.x) y=(item.y) width=(WIDTH) height=(LINE + 4) rx="3" {}
                        text.title-text x=(item.x + 8) y=(item.y + LINE) { (cut(&item.table.name)) }
                        @for (place, text) in item.lines.iter().enumerate() {
                            text.soft x=(item.x + 8) y=(item.y + LINE * (place + 2) + 3) { (cut(text)) }
                        }
                    }
                }
            } }
            @if !alone.is_empty() {
                p.soft { (view::plural(u64::try_from(alone.len()).unwrap_or(0), "table", "tables")) " without a reference to or from another:" }
                p { @for table in &alone { code { (table) } " " } }
            }
        }
    })
}

/// The tables that references tie to each other, and the names of the others.
fn tied(diagram: &Diagram) -> (Diagram, Vec<&str>) {
    let ends = |r: &crate::report::DiagramReference| [r.from.clone(), r.to.clone()];
    let ends: BTreeSet<String> = diagram.references.iter().flat_map(ends).collect();
    let (tied, alone): (Vec<&DiagramTable>, Vec<&DiagramTable>) =
        diagram.tables.iter().partition(|t| ends.contains(&t.name));
    let names = alone.into_iter().map(|t| t.name.as_str()).collect();
    let drawn = Diagram {
        tables: tied.into_iter().cloned().collect(),
        references: diagram.references.clone(),
    };
    (drawn, names)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(24) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// How many references lead from a table down to one that refers to none; a cycle counts once.
fn depths(diagram: &Diagram) -> BTreeMap<&str, usize> {
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for reference in diagram.references.iter().filter(|r| r.from != r.to) {
        targets
            .entry(&reference.from)
            .or_default()
            .insert(&reference.to);
    }
    let mut out: BTreeMap<&str, usize> = diagram
        .tables
        .iter()
        .map(|t| (t.name.as_str(), 0))
        .collect();
    // Longest paths by relaxation; the bound ends cycles.
    for _ in 0..diagram.tables.len().min(12) {
        let mut changed = false;
        for table in &diagram.tables {
            let below = targets.get(table.name.as_str()).into_iter().flatten();
            let deepest = below
                .filter_map(|t| out.get(t))
                .max()
                .map_or(0, |d| d + 1)
                .min(12);
            if let Some(depth) = out.get_mut(table.name.as_str())
                && deepest > *depth
            {
                *depth = deepest;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    out
}

fn place(diagram: &Diagram) -> Vec<Placed<'_>> {
    let depths = depths(diagram);
    // Depths that no table has (a cycle skips some) take no room.
    let used: BTreeSet<usize> = depths.values().copied().collect();
    let column: BTreeMap<usize, usize> =
        used.into_iter().enumerate().map(|(c, d)| (d, c)).collect();
    let detailed = diagram.tables.len() <= DETAILED;
    let mut referring: BTreeSet<(&str, &str)> = BTreeSet::new();
    for reference in &diagram.references {
        referring.extend(
            reference
                .columns
                .iter()
                .map(|c| (reference.from.as_str(), c.as_str())),
        );
    }
    let mut bottoms: BTreeMap<usize, usize> = BTreeMap::new();
    let mut out = Vec::new();
    for table in &diagram.tables {
        let depth = depths.get(table.name.as_str()).copied().unwrap_or(0);
        let lane = column.get(&depth).copied().unwrap_or(0);
        let shown = table.columns.iter().filter(|c| {
            detailed && (c.key || referring.contains(&(table.name.as_str(), c.name.as_str())))
        });
        let lines = shown
            .map(|c| format!("{}{}", if c.key { "*" } else { "\u{a0}" }, c.name))
            .collect();
        let bottom = bottoms.entry(lane).or_insert(10);
        let placed = Placed {
            table,
            x: MARGIN + lane * (WIDTH + GAP_X),
            y: *bottom,
            lines,
        };
        *bottom += placed.height() + GAP_Y;
        out.push(placed);
    }
    out
}

fn line(from: &Placed<'_>, to: &Placed<'_>) -> String {
    let (y1, y2) = (from.y + LINE / 2 + 2, to.y + LINE / 2 + 2);
    if from.x == to.x {
        // Within a column (a cycle, or the table itself): around the left side.
        // The farther, the wider, and a step below the line that leads out, so that lines of a cycle can be told apart.
        let reach = 24 + y1.abs_diff(y2) / 12;
        let (x, out) = (from.x, from.x.saturating_sub(reach.min(MARGIN + 16)));
        let y2 = if y1 == y2 { y2 + 12 } else { y2 + 5 };
        return format!("M{x} {y1}C{out} {y1} {out} {y2} {x} {y2}");
    }
    let (x1, x2) = if from.x > to.x {
        (from.x, to.x + WIDTH)
    } else {
        (from.x + WIDTH, to.x)
    };
    let middle = x1.midpoint(x2);
    format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}")
}
