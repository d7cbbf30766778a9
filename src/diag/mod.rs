//! What the user reads when something is not as hoped: diagnostics, their codes and their places.
//!
//! A diagnostic is about the user's script, schema or data. It is collected in [`Diagnostics`], never printed on the
//! way, and never stops a stage; `cli` and `report` print it at the end. Faults (I/O, connections) are the `Error` types
//! of each module instead, and what SQLite cannot keep is a [`Loss`](crate::lower::loss::Loss).

mod code;
mod render;
mod sarif;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

pub use code::Code;
pub use render::render_text;
pub use sarif::to_sarif;

/// Which of a revision's two functions something comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// `upgrade()`.
    #[default]
    Upgrade,
    /// `downgrade()`.
    Downgrade,
}

/// A place in a source file, as an editor counts: lines and columns from 1, columns in characters.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default, schemars::JsonSchema,
)]
pub struct Place {
    /// Path as the user gave it (relative where the user's was), with `/` between folders.
    pub file: String,
    /// Line, from 1; 0 means the whole file.
    pub line: u32,
    /// Column in characters, from 1; 0 means the whole line.
    pub column: u32,
    /// Text of that line, without its line end; empty when it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// How many characters from `column` are meant; 0 or 1 is a caret.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub length: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Place {
    /// The place that means a file as a whole.
    pub fn file(path: impl Into<String>) -> Self {
        Self {
            file: path.into(),
            ..Self::default()
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

/// Where an operation or a schema object comes from: the revision and the Python line that made it.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default, schemars::JsonSchema,
)]
pub struct Origin {
    /// Revision identifier; empty when the object comes from a database, a dump or a `--base` file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// `upgrade()` or `downgrade()`.
    pub direction: Direction,
    /// Where exactly.
    pub place: Place,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.revision.is_empty() {
            write!(f, "{}", self.place)
        } else {
            write!(f, "revision {} ({})", self.revision, self.place)
        }
    }
}

/// How much a diagnostic matters.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Said for the record: a decision, an assumption, a statement without effect on the schema.
    Note,
    /// Worth a look; the result stands.
    Warning,
    /// The schema that was replayed may differ from the real one: the run is refused (exit status 3).
    Error,
}

/// One thing to tell the user about a script, a schema or data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Diagnostic {
    /// Stable code, for instance `unknown-value`.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence: what is so, and why it matters.
    pub message: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with the severity that its code has by default.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            origin: None,
            help: None,
        }
    }

    /// Sets where it is.
    #[must_use]
    pub fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Overrides the severity of the code.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// Diagnostics in the order in which they were found.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// Hashes of those in the list: a long history says much, and nothing twice.
    #[serde(skip)]
    hashes: HashSet<u64>,
}

impl PartialEq for Diagnostics {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Diagnostics {}

impl Diagnostics {
    /// Nothing to say yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, unless the very same was said before.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.hashes.is_empty() {
            self.hashes = self.list.iter().map(hash).collect();
        }
        if self.hashes.insert(hash(&diagnostic)) || !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, other: Diagnostics) {
        for diagnostic in other.list {
            self.push(diagnostic);
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether one of them says that the replayed schema may be wrong.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// How many have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|d| d.severity == severity).count()
    }
}

fn hash(diagnostic: &Diagnostic) -> u64 {
    let mut hasher = DefaultHasher::new();
    diagnostic.hash(&mut hasher);
    hasher.finish()
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}
