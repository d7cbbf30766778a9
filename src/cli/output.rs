//! What commands print where, and how they end.

use std::io::{IsTerminal as _, Write as _};

use crate::report::text::{Colour, Screen};

/// How a command ended. The numbers are stable and documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Done.
    Done = 0,
    /// A fault: files, connections, damaged input.
    Fault = 1,
    /// Wrong usage.
    Usage = 2,
    /// Refused: a decision is needed.
    Refused = 3,
    /// Differences found, or rows rejected beyond the limit.
    Different = 4,
    /// Ended by SIGHUP, after cleaning up.
    Hangup = 129,
    /// Ended by SIGINT, after cleaning up.
    Interrupted = 130,
    /// Ended by SIGTERM, after cleaning up.
    Terminated = 143,
}

impl From<Status> for std::process::ExitCode {
    fn from(status: Status) -> Self {
        // The enum is `repr(u8)`.
        Self::from(status as u8)
    }
}

/// Where a command's words go: the result to stdout, the telling to stderr.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output {
    /// `--json`: the result is one JSON document.
    pub json: bool,
    /// `--quiet`: only results and faults.
    pub quiet: bool,
}

impl Output {
    /// Prints a piece of the result to stdout, as it is. A closed pipe is no fault: whoever reads has enough.
    pub fn result(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// How a report is laid out on stdout: for the terminal's width and with colours where it is one.
    pub fn screen(&self) -> Screen {
        if !std::io::stdout().is_terminal() {
            return Screen::default();
        }
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        // https://no-color.org
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Screen {
            width: Some(width),
            colour: match set("NO_COLOR") || dumb {
                true => Colour::Plain,
                false => Colour::Ansi,
            },
        }
    }

    /// Prints a value as the JSON result.
    ///
    /// # Errors
    /// The value cannot be serialised.
    pub fn json<T: serde::Serialize>(&self, value: &T) -> anyhow::Result<()> {
        let mut text = serde_json::to_string_pretty(value)?;
        text.push('\n');
        self.result(&text);
        Ok(())
    }

    /// Tells a line on stderr.
    pub fn tell(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    /// Tells a warning or fault on stderr, even when quiet.
    pub fn warn(&self, line: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

/// Writes a text to a file, whole or not at all, or to stdout when no file is named.
///
/// # Errors
/// The file cannot be written.
pub fn write(out: &Output, file: Option<&std::path::Path>, text: &str) -> anyhow::Result<()> {
    match file {
        None => out.result(text),
        Some(path) => crate::pipeline::write_file(path, text.as_bytes())?,
    }
    Ok(())
}
