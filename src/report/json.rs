//! The report as JSON (`decant-report/1`): the fields of [`Report`], indented, with a last line end.

use super::{Report, Times};

/// The report as JSON.
///
/// # Errors
/// Never for reports that this crate builds: every map has text for keys.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report).map(|text| text + "\n")
}

/// `times.json`.
///
/// # Errors
/// As [`render`].
pub fn render_times(times: &Times) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(times).map(|text| text + "\n")
}
