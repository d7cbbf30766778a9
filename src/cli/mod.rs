//! The terminal: the commands, what they print and their exit status. Nothing here decides anything.

pub mod backup;
pub mod migrate;
pub mod output;

use std::process::ExitCode;

pub use output::{Output, Status};

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
