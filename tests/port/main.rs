//! The port: values, whole runs, and what ends them.

mod formulas;
mod jobs;
mod large;
mod live;
mod runs;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod types;
