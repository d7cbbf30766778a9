//! The report as one HTML file: no network, no script, light and dark by the reader's setting, made for a screen, a phone and
//! paper alike.

mod diagram;
mod findings;
mod history;
mod style;
mod summary;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Report, Times};

/// The report as one HTML file. Times are shown when given; everything else is the same bytes for the same report.
pub fn render(report: &Report, times: Option<&Times>) -> String {
    let title = if report.verdict.safe {
        "Safe to switch"
    } else {
        "Not safe to switch"
    };
    let sections = sections(report, times);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " - decant report" }
                style { (PreEscaped(style::CSS)) }
            }
            body {
                (summary::banner(report))
                nav {
                    @for section in &sections {
                        a href={ "#" (section.id) } { (section.title) }
                    }
                }
                main {
                    @for section in &sections {
                        section id=(section.id) {
                            h2 { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer {
                    (report.tool.name) " " (report.tool.version) ", " (report.format)
                }
            }
        }
    };
    break_lines(&page.into_string()) + "\n"
}

/// Breaks the page into lines, so that two versions of a committed report can be compared. Only in front of elements around
/// which white space does not count; text that is shown as it is cannot hold them, since its `<` is escaped.
fn break_lines(page: &str) -> String {
    const BLOCKS: [&str; 14] = [
        "<body", "<main", "<section", "<h3", "<table", "<tr", "<ul", "<li", "<dl", "<dt",
        "<details", "<path", "<circle", "<text",
    ];
    let mut out = String::with_capacity(page.len() + page.len() / 16);
    let mut rest = page;
    while let Some(at) = rest
        .get(1..)
        .and_then(|tail| tail.find('<'))
        .map(|at| at + 1)
    {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        if BLOCKS.iter().any(|block| tail.starts_with(block)) {
            out.push('\n');
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A part of the page.
struct Section {
    id: &'static str,
    title: &'static str,
    body: Markup,
}

fn sections(report: &Report, times: Option<&Times>) -> Vec<Section> {
    let all = [
        ("summary", "Summary", Some(summary::facts(report))),
        ("timeline", "Timeline", times.and_then(summary::timeline)),
        ("differences", "What differs", findings::differences(report)),
        (
            "queries",
            "Queries of the application",
            findings::queries(report),
        ),
        ("tables", "Tables", summary::tables(report, times)),
        (
            "losses",
            "What SQLite does not keep",
            findings::losses(report),
        ),
        ("schema", "Schema side by side", findings::objects(report)),
        (
            "history-notes",
            "What the history left unclear",
            findings::diagnostics(report),
        ),
        ("decisions", "Decisions", findings::decisions(report)),
        (
            "assumptions",
            "Assumptions",
            list(report.assumptions.iter().map(String::as_str)),
        ),
        (
            "not-checked",
            "What was not checked",
            list(report.all_not_checked().into_iter()),
        ),
        (
            "back",
            "How to go back",
            list(report.go_back.iter().map(String::as_str)),
        ),
        (
            "revisions",
            "History",
            report.history.as_ref().map(history::section),
        ),
        (
            "diagram",
            "Tables and references",
            diagram::section(&report.diagram),
        ),
        (
            "migration",
            "Migration",
            report.baseline.as_ref().map(summary::migration),
        ),
        ("inputs", "Inputs", summary::inputs(report)),
    ];
    let kept = all.into_iter().filter_map(|(id, title, body)| {
        Some(Section {
            id,
            title,
            body: body?,
        })
    });
    kept.collect()
}

/// A list of sentences in which backquotes mark code; nothing when there are none.
fn list<'s>(lines: impl Iterator<Item = &'s str>) -> Option<Markup> {
    let lines: Vec<&str> = lines.collect();
    (!lines.is_empty()).then(|| {
        html! { ul { @for line in lines { li { (prose(line)) } } } }
    })
}

/// A sentence in which backquotes mark code.
fn prose(text: &str) -> Markup {
    let mut code = false;
    html! {
        @for part in text.split('`') {
            @if code { code { (part) } } @else { (part) }
            ({ code = !code; PreEscaped("") })
        }
    }
}

/// Where something comes from, with its line of Python.
fn origin(origin: Option<&crate::diag::Origin>) -> Markup {
    html! {
        @if let Some(origin) = origin {
            span.origin { (origin) }
            @if !origin.place.text.is_empty() {
                pre.line { span.number { (origin.place.line) } " " (origin.place.text.trim_end()) }
            }
        }
    }
}
