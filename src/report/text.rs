//! The report for a terminal: verdict first, what differs, what to do.

use super::{Report, Times};

/// Whether escape sequences for colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Plain text.
    #[default]
    Plain,
    /// ANSI colours.
    Ansi,
}

/// The report as text.
pub fn render(report: &Report, times: Option<&Times>, colour: Colour) -> String {
    let _ = (times, colour);
    report.verdict.sentence.clone()
}
