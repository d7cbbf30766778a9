//! The report for a terminal: the verdict first, then what differs, what to do, and a table.

use comfy_table::{CellAlignment, ContentArrangement, Table, TableComponent, presets};

use super::{Report, Times, advice, view};
use crate::diag::render_text;
use crate::verify::query::QueryVerdict;

/// Whether escape sequences for colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Plain,
    /// ANSI colours.
    Ansi,
}

impl Colour {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Colour::Plain => text.to_owned(),
            Colour::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }

    fn good(self, text: &str) -> String {
        self.paint("1;32", text)
    }

    fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }
}

/// How wide lines are, and whether they are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Screen {
    /// Columns of the terminal; `None` where the text goes into a file or pipe: sentences stand on one line then, so that they
    /// can be searched for.
    pub width: Option<usize>,
    /// Colours.
    pub colour: Colour,
}

impl Screen {
    /// Room for text. Longer lines than these are hard to read on any screen.
    fn room(self) -> usize {
        self.width.map_or(usize::MAX, |w| w.clamp(40, 110))
    }
}

/// How many findings of one kind are listed; the files of the report have them all.
const LISTED: usize = 20;
/// How many cells of one table are listed, so that one table does not hide the others.
const CELLS: usize = 6;
/// Up to this number, tables without differences are listed too.
const TABLES: usize = 30;

/// The report as text: the verdict, what differs, what to do, and the rest for who wants to know.
pub fn render(report: &Report, times: Option<&Times>, screen: Screen) -> String {
    let mut out = Page {
        screen,
        text: String::new(),
    };
    verdict(report, &mut out);
    findings(report, &mut out);
    queries(report, &mut out);
    undecided(report, &mut out);
    steps(report, &mut out);
    tables(report, times, &mut out);
    rejected(report, &mut out);
    losses(report, &mut out);
    diagnostics(report, &mut out);
    list("Not checked", &report.all_not_checked(), &mut out);
    let back: Vec<&str> = report.go_back.iter().map(String::as_str).collect();
    list("How to go back", &back, &mut out);
    out.text
}

/// The text that grows.
struct Page {
    screen: Screen,
    text: String,
}

impl Page {
    fn colour(&self) -> Colour {
        self.screen.colour
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A title with an empty line above it.
    fn title(&mut self, title: &str) {
        self.text.push('\n');
        self.line(title);
    }

    /// A sentence behind a mark; further lines begin below its text.
    fn item(&mut self, mark: &str, sentence: &str) {
        let indent = " ".repeat(mark.chars().count());
        for (place, line) in wrap(sentence, self.screen.room(), indent.len())
            .iter()
            .enumerate()
        {
            let head = if place == 0 { mark } else { indent.as_str() };
            self.line(&format!("{head}{line}"));
        }
    }
}

/// A sentence in lines that leave so much room on the left; words that are longer than a line are not broken.
fn wrap(sentence: &str, room: usize, indent: usize) -> Vec<String> {
    let room = room.saturating_sub(indent);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in sentence.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
        }
        used += length;
    }
    lines
}

fn verdict(report: &Report, out: &mut Page) {
    let colour = out.colour();
    for line in wrap(&report.verdict.sentence, out.screen.room(), 0) {
        let painted = if report.verdict.safe {
            colour.good(&line)
        } else {
            colour.bad(&line)
        };
        out.line(&painted);
    }
    for reason in &report.verdict.reasons {
        out.item("  - ", reason);
    }
}

fn steps(report: &Report, out: &mut Page) {
    let steps = advice::steps(report);
    if steps.is_empty() {
        return;
    }
    out.title(&out.colour().strong("What to do"));
    match steps.as_slice() {
        [one] => out.item("  ", one),
        many => {
            for (place, step) in many.iter().enumerate() {
                out.item(&format!("  {}. ", place + 1), step);
            }
        }
    }
}

/// Cells of a table that rules changed.
fn ruled(line: &view::TableLine<'_>) -> u64 {
    line.by_rule().iter().map(|(_, _, cells)| cells).sum()
}

/// Which columns the table of tables has besides names, rows and verdict.
#[derive(Clone, Copy)]
struct Columns<'t> {
    /// Rows were read and written, rather than compared alone.
    ported: bool,
    rejected: bool,
    bytes: bool,
    by_rule: bool,
    times: Option<&'t Times>,
}

impl Columns<'_> {
    fn table(&self, shown: &[&view::TableLine<'_>]) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        table.remove_style(TableComponent::HorizontalLines);
        table.remove_style(TableComponent::MiddleIntersections);
        table.set_content_arrangement(ContentArrangement::Disabled);
        let mut header = match self.ported {
            true => vec!["table", "read", "written"],
            false => vec!["table", "source", "target"],
        };
        header.extend(self.rejected.then_some("rejected"));
        header.extend(self.bytes.then_some("bytes"));
        header.extend(self.times.map(|_| "time"));
        header.extend(self.by_rule.then_some("by rule"));
        header.push("verified");
        let last = header.len() - 1;
        table.set_header(header);
        for line in shown {
            table.add_row(self.row(line));
        }
        for place in 1..last {
            if let Some(column) = table.column_mut(place) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    fn row(&self, line: &view::TableLine<'_>) -> Vec<String> {
        let port = |value: fn(&super::PortTable) -> u64| line.port.map(value);
        let number = |n: Option<u64>| n.map(view::count).unwrap_or_default();
        let mut row = vec![
            line.table.to_owned(),
            number(port(|p| p.read).or(line.verified.and_then(|v| v.rows_source))),
            number(port(|p| p.written).or(line.verified.and_then(|v| v.rows_target))),
        ];
        row.extend(self.rejected.then(|| number(port(|p| p.rejected))));
        let bytes = || port(|p| p.bytes).map(view::bytes).unwrap_or_default();
        row.extend(self.bytes.then(bytes));
        row.extend(self.times.map(|times| {
            let time = times.port_tables.iter().find(|t| t.name == line.table);
            time.map(|t| view::duration(t.millis)).unwrap_or_default()
        }));
        row.extend(self.by_rule.then(|| match ruled(line) {
            0 => String::new(),
            cells => view::count(cells),
        }));
        row.push(line.state());
        row
    }
}

fn tables(report: &Report, times: Option<&Times>, out: &mut Page) {
    let lines = view::tables(report);
    if lines.is_empty() {
        return;
    }
    let mut shown: Vec<&view::TableLine<'_>> = lines.iter().collect();
    if lines.len() > TABLES {
        shown.retain(|l| l.bad());
        shown.truncate(TABLES);
    }
    let all = Columns {
        ported: report.port.is_some(),
        rejected: lines.iter().filter_map(|l| l.port).any(|p| p.rejected > 0),
        bytes: report.port.is_some(),
        by_rule: lines.iter().any(|l| ruled(l) > 0),
        times: times.filter(|t| !t.port_tables.is_empty()),
    };
    // What matters least gives way first where the screen is narrow.
    let narrower = [
        all,
        Columns {
            bytes: false,
            ..all
        },
        Columns {
            bytes: false,
            times: None,
            ..all
        },
    ];
    let fits = |table: &Table| {
        let longest = table.lines().map(|l| l.trim_end().chars().count()).max();
        longest.unwrap_or(0) <= out.screen.room()
    };
    let mut table = narrower
        .into_iter()
        .map(|columns| columns.table(&shown))
        .find(fits);
    let table = table.get_or_insert_with(|| {
        let mut table = narrower.last().unwrap_or(&all).table(&shown);
        let width = u16::try_from(out.screen.room()).unwrap_or(u16::MAX);
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        table
    });
    out.text.push('\n');
    if !shown.is_empty() {
        for line in table.lines() {
            out.line(&line);
        }
    }
    if shown.len() < lines.len() {
        let more = lines.len() - shown.len();
        let bad = lines.iter().filter(|l| l.bad()).count();
        let how = match bad > shown.len() {
            true => "",
            false => ", whose rows are equal,",
        };
        let word = if shown.is_empty() { "" } else { " more" };
        let said = format!(
            "{more}{word} tables{how} are in report.md, in the folder that --report (or `dir` of [report] in decant.toml) names."
        );
        out.item("", &said);
    }
    total(report, &lines, out);
}

fn total(report: &Report, lines: &[view::TableLine<'_>], out: &mut Page) {
    let sum = |value: fn(&super::PortTable) -> u64| -> u64 {
        lines.iter().filter_map(|l| l.port).map(value).sum()
    };
    let mut parts = vec![view::plural(
        u64::try_from(lines.len()).unwrap_or(0),
        "table",
        "tables",
    )];
    if report.port.is_some() {
        parts.push(format!("{} rows read", view::count(sum(|p| p.read))));
        parts.push(format!("{} written", view::count(sum(|p| p.written))));
        parts.push(format!("{} rejected", view::count(sum(|p| p.rejected))));
    }
    if let Some(verification) = &report.verification {
        let equal = verification.tables.iter().filter(|t| t.ok()).count();
        parts.push(format!(
            "{equal} verified equal (level {})",
            verification.level.name()
        ));
        if view::asked_sqlite(report)
            && verification.integrity.is_empty()
            && verification.foreign_keys.is_empty()
        {
            parts.push("integrity_check and foreign_key_check clean".to_owned());
        }
    }
    out.item("", &parts.join(", "));
}

fn findings(report: &Report, out: &mut Page) {
    let mut lines: Vec<String> = Vec::new();
    let mut hidden = view::unlisted(report);
    for (side, finding) in view::schema_findings(report) {
        lines.push(format!("{side}: {}", finding.sentence()));
    }
    for table in view::compared(report) {
        let name = &table.table;
        for difference in table.differing.iter().take(CELLS) {
            let column = difference
                .column
                .as_deref()
                .map(|c| format!(".{c}"))
                .unwrap_or_default();
            let key = if difference.key.is_empty() {
                String::new()
            } else {
                format!(" at {}", difference.key)
            };
            let values = match (&difference.source, &difference.target) {
                (Some(source), Some(target)) => format!(" (source {source:?}, target {target:?})"),
                _ => String::new(),
            };
            lines.push(format!(
                "{name}{column}{key}: {}{values}",
                difference.explanation
            ));
        }
        let more = table.differing.len().saturating_sub(CELLS);
        hidden += u64::try_from(more).unwrap_or(u64::MAX);
    }
    let checks = view::failed_checks(report).into_iter();
    lines.extend(checks.map(|failed| match failed.check {
        "integrity_check" => format!("integrity_check: {}", failed.said),
        _ => failed.said,
    }));
    if lines.is_empty() {
        return;
    }
    out.title(&out.colour().bad("What differs"));
    shorten(&lines, hidden, everything(report), out);
}

/// The application's queries: one line each, and what differs below it.
fn queries(report: &Report, out: &mut Page) {
    if report.queries.is_empty() {
        return;
    }
    let colour = out.colour();
    out.title(&colour.strong("Queries of the application"));
    for query in &report.queries {
        // The word is painted when the line has its length.
        let word = match query.verdict {
            QueryVerdict::Equal => "equal",
            QueryVerdict::Different => "DIFFERENT",
            QueryVerdict::Failed => "FAILED",
        };
        let painted = match query.verdict {
            QueryVerdict::Equal => colour.good(word),
            QueryVerdict::Different | QueryVerdict::Failed => colour.bad(word),
        };
        let facts = view::query_facts(query);
        let sentence = format!("{word}  {}: {facts}", query.name);
        let lines = wrap(&sentence, out.screen.room(), 6);
        for (place, line) in lines.iter().enumerate() {
            match (place, line.strip_prefix(word)) {
                (0, Some(rest)) => out.line(&format!("  {painted} {rest}")),
                _ => out.line(&format!("      {line}")),
            }
        }
        for line in view::query_lines(query) {
            out.item("      ", &line);
        }
    }
}

/// Where everything is that a screen has no room for.
fn everything(report: &Report) -> &'static str {
    match report.command.starts_with("cutover") {
        true => "see the report's files",
        false => "`--report DIR` writes them all",
    }
}

/// Lists lines, the first ones only when there are many.
fn shorten(lines: &[String], more: u64, elsewhere: &str, out: &mut Page) {
    for line in lines.iter().take(LISTED) {
        out.item("  - ", line);
    }
    let hidden = u64::try_from(lines.len().saturating_sub(LISTED)).unwrap_or(0) + more;
    if hidden > 0 {
        let said = format!("({} more; {elsewhere})", view::count(hidden));
        out.item("  ", &said);
    }
}

/// Losses that nobody decided.
fn undecided(report: &Report, out: &mut Page) {
    let undecided: Vec<String> = report
        .losses
        .iter()
        .filter(|l| view::undecided(l))
        .map(|l| {
            let origin = l
                .origin
                .as_ref()
                .map(|o| format!(" ({o})"))
                .unwrap_or_default();
            format!("{}: {} [{}]{origin}", l.object, l.note, l.rule.name())
        })
        .collect();
    if undecided.is_empty() {
        return;
    }
    out.title(&out.colour().bad("Decisions that are needed"));
    shorten(&undecided, 0, everything(report), out);
}

/// Rows that the target refused within the allowance.
fn rejected(report: &Report, out: &mut Page) {
    let Some(port) = &report.port else {
        return;
    };
    let all: u64 = port.tables.iter().map(|t| t.rejected).sum();
    let shown = port.rejected.iter().take(LISTED).map(String::as_str);
    let mut lines: Vec<&str> = shown.collect();
    let more = all.saturating_sub(u64::try_from(lines.len()).unwrap_or(u64::MAX));
    let rest = format!("and {} more", view::count(more));
    if more > 0 && !lines.is_empty() {
        lines.push(&rest);
    }
    list("Rejected rows", &lines, out);
}

fn losses(report: &Report, out: &mut Page) {
    let counted: Vec<String> = view::GRADES
        .iter()
        .map(|grade| (view::losses(report, *grade).len(), view::grade_name(*grade)))
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    if !counted.is_empty() {
        let label = out.colour().strong("What SQLite keeps otherwise");
        out.title(&format!("{label}: {}", counted.join(", ")));
    }
}

fn diagnostics(report: &Report, out: &mut Page) {
    let list = view::diagnostics(report);
    if list.is_empty() {
        return;
    }
    out.title(&out.colour().strong("What the history left unclear"));
    for diagnostic in list.iter().take(LISTED) {
        for line in render_text(diagnostic).lines() {
            out.line(&format!("  {line}"));
        }
    }
    if list.len() > LISTED {
        let said = format!("({} more; {})", list.len() - LISTED, everything(report));
        out.item("  ", &said);
    }
}

fn list(title: &str, lines: &[&str], out: &mut Page) {
    if lines.is_empty() {
        return;
    }
    out.title(&out.colour().strong(title));
    for line in lines {
        out.item("  - ", line);
    }
}
