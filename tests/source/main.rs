//! What sources hold and how servers fail, through the compiled binary: what is foretold of rows, rows that the target rejects,
//! versions of PostgreSQL.
#![cfg(unix)]

#[path = "../e2e/mod.rs"]
mod e2e;
mod errors;
mod form;
mod odd;
mod order;
mod preflight;
mod rejects;
#[path = "../support/mod.rs"]
mod support;
mod versions;
mod without;
