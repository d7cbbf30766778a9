//! The report as JSON (`decant-report/1`): the fields of [`Report`], indented, with a last line end.

use schemars::generate::SchemaSettings;

use super::{FORMAT, Report, Times};

/// Where a shape has its name.
const SHAPES: &str = "urn:decant";

/// The shape of `report.json` as a JSON Schema (draft 2020-12), made from the types that are written, their documentation
/// included.
///
/// # Errors
/// As [`render`].
pub fn schema() -> Result<String, serde_json::Error> {
    schema_of::<Report>(FORMAT, "A decant report")
}

/// The shape of `times.json`.
///
/// # Errors
/// As [`render`].
pub fn times_schema() -> Result<String, serde_json::Error> {
    schema_of::<Times>("decant-times/1", "Clock readings of a decant run")
}

fn schema_of<T: schemars::JsonSchema>(
    format: &str,
    title: &str,
) -> Result<String, serde_json::Error> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    let id = format!("{SHAPES}:{}", format.replace('/', ":"));
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), title.into());
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}

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
