//! The report as Markdown.

use super::Report;

/// The report as Markdown.
pub fn render(report: &Report) -> String {
    report.verdict.sentence.clone()
}
