//! What `migrate` tells on stderr: lines with levels, as text or as JSON for machines that collect them.

use std::io::Write as _;
use std::ops::Deref;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::Output;

/// How much is told, and how.
#[derive(Debug, Clone, Copy, Args)]
pub struct LogArgs {
    /// What is told on stderr: this level and those before it (--quiet is the same as warn)
    #[arg(
        long,
        value_name = "LEVEL",
        env = "DECANT_LOG",
        default_value = "info",
        global = true
    )]
    pub log_level: Level,
    /// Each line as it is, or as a JSON object with time, level, message and what it is about
    #[arg(
        long,
        value_name = "FORMAT",
        env = "DECANT_LOG_FORMAT",
        default_value = "text",
        global = true
    )]
    pub log_format: Format,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Level {
    /// Why nothing more happens.
    Error,
    /// What should be looked at.
    Warn,
    /// What happens.
    Info,
    /// Each statement.
    Debug,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The message.
    Text,
    /// A JSON object.
    Json,
}

/// Where the words of `migrate` go: results as everywhere, and lines with levels.
pub(super) struct Log {
    out: Output,
    level: Level,
    format: Format,
}

impl Deref for Log {
    type Target = Output;

    fn deref(&self) -> &Output {
        &self.out
    }
}

impl Log {
    pub(super) fn new(out: Output, args: LogArgs) -> Self {
        Self {
            level: if out.quiet {
                args.log_level.min(Level::Warn)
            } else {
                args.log_level
            },
            out,
            format: args.log_format,
        }
    }

    /// Whether lines are for machines.
    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub(super) fn error(&self, message: &str) {
        self.line(Level::Error, message, Map::new());
    }

    pub(super) fn warn(&self, message: &str) {
        self.line(Level::Warn, message, Map::new());
    }

    pub(super) fn info(&self, message: &str) {
        self.line(Level::Info, message, Map::new());
    }

    /// A line with what it is about; the fields are for JSON only.
    pub(super) fn line(&self, level: Level, message: &str, fields: Map<String, Value>) {
        if level > self.level {
            return;
        }
        let mut err = std::io::stderr().lock();
        // Nobody is left to be told when this fails.
        let _ = match self.format {
            Format::Text => writeln!(err, "{message}"),
            Format::Json => {
                let level = match level {
                    Level::Error => "error",
                    Level::Warn => "warn",
                    Level::Info => "info",
                    Level::Debug => "debug",
                };
                let mut line = Map::new();
                let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
                line.insert("time".to_owned(), json!(time.to_string()));
                line.insert("level".to_owned(), json!(level));
                line.insert("message".to_owned(), json!(message.trim()));
                line.extend(fields);
                writeln!(err, "{}", Value::Object(line))
            }
        };
    }
}
