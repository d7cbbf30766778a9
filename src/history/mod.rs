//! Files to revisions: which scripts a history has, how they follow each other, and in which order they are replayed.
//!
//! [`scan`] reads the scripts from disk; reading a script's header is [`python`](crate::python)'s work, which hands a
//! [`RevisionHeader`] back; [`History::build`] joins the headers into a graph and says all that is wrong with it in one
//! run. [`backup`] makes and checks the copy of a history that a team keeps. Only `scan` and `backup` touch the disk.

pub mod backup;
mod check;
mod compiled;
mod error;
mod graph;
mod header;
mod order;
mod requirements;
mod resolve;
mod scan;
mod script;
mod settings;
mod summary;

pub use error::Error;
pub use graph::{History, Revision};
pub(crate) use header::field;
pub use header::{RevisionHeader, timestamp_of};
pub use requirements::{Library, Release, SaidBy};
pub use resolve::{ResolveError, Target};
pub use scan::{Location, ScriptSet, scan};
pub use script::ScriptFile;
pub use settings::Settings;
pub use summary::{HistorySummary, RevisionSummary};
