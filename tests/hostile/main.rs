//! No text makes the reader panic, hang or use more than its bounds: bombs that a script can hold, files that it must not read, and
//! random texts, tokens and mutations of the fixtures' scripts.

mod bombs;
#[path = "../e2e/mod.rs"]
mod e2e;
mod random;
#[path = "../support/mod.rs"]
mod support;
