//! Ports that are killed by SIGKILL, at points chosen by bytes written and at every turn, and gone on with by `--resume`: the
//! published file has the content of an unbroken run's, and no trace of the journal.
//!
//! Every twentieth point in CI, all of them with `DECANT_LONG_TESTS=1`.
#![cfg(unix)]

#[path = "../e2e/mod.rs"]
mod e2e;
mod points;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod told;
mod world;
