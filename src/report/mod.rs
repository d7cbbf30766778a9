//! The report of a run: plain data that the pipeline fills, and its four forms.
//!
//! A report holds no clock reading and no secret, so that two runs on the same inputs give the same bytes; timings are
//! [`Times`], a file of their own, which the forms for people may be given. Nothing here opens a file or a connection.

mod advice;
pub mod checks;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod model;
pub mod text;
mod view;

pub use model::{
    Baseline, Coverage, Decision, Diagram, DiagramColumn, DiagramReference, DiagramTable, FORMAT,
    HistorySummary, Input, PortSummary, PortTable, Report, RevisionRow, RuleRows, SourceInfo,
    StageTime, Times, Tool, Verdict,
};
