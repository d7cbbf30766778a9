//! The stages joined, for library users and `cli` alike: history to schema, schema to baseline, rows to a verified file.
//!
//! ```no_run
//! # fn main() -> Result<(), decant::pipeline::Error> {
//! use decant::pipeline::{HistoryOptions, read_history};
//!
//! let options = HistoryOptions { scripts: vec!["alembic_backup".into()], ..HistoryOptions::default() };
//! let history = read_history(&options)?.replay("heads")?;
//! println!("{}", decant::pg::emit::emit_schema(&history.schema));
//! # Ok(())
//! # }
//! ```

mod artefacts;
mod assume;
mod baseline;
mod bundle;
mod client;
mod convert;
mod cutover;
mod downgrade;
mod drift;
mod engine;
mod error;
pub mod events;
mod history;
mod inspect;
mod models;
mod port;
mod preflight;
mod prove;
mod query;
mod record;
mod seeds;
mod sides;
mod squash;
mod tenants;
mod transfer;
mod why;
mod write;

pub use artefacts::write_report;
pub use baseline::{Baseline, BaselineOptions, baseline, baseline_timestamp};
pub use convert::{Converted, ConvertedRevision, convert};
pub use cutover::{Cutover, CutoverOptions, ShowTimes, cutover, last_run};
pub use error::{Error, Kind};
pub use history::{
    Downgrades, HistoryOptions, ReadHistory, Replayed, RevisionOps, kind_name, read_history,
};
pub use inspect::{Coverage, DataReport, Effect, Inspection, RevisionReport, Understood, inspect};
pub use models::write_models;
pub use port::{PortOptions, Ported, check, port};
pub use prove::{prove, prove_catalog};
pub use query::queries;
pub use seeds::{SeedOutcome, SeedStatement};
pub use sides::{Hashes, Side, VerifyOptions, bundle_verification, verify, verify_times};
pub use squash::{SquashOptions, Squashed, squash};
pub use tenants::{Divided, port_per_tenant};
pub use transfer::Resume;
pub use why::{Event, Life, What, why};
pub use write::{sha256, write_file};
