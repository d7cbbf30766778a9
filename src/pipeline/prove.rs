//! A replayed history to a proof of its migrations.

use super::history::start;
use super::{Error, Replayed};
use crate::convert::Revision;
use crate::lower;
use crate::prove::{self, Proof};

/// Proves baseline and converted revisions of a replayed history on scratch databases.
///
/// # Errors
/// The base file cannot be read, or SQLite opens no database in memory. What does not hold is in the result.
pub fn prove(replayed: &Replayed, storage: &lower::Options) -> Result<Proof, Error> {
    let base = start(&replayed.read.options)?.schema;
    let revisions: Vec<Revision<'_>> = replayed
        .revisions
        .iter()
        .map(|r| Revision {
            id: &r.revision,
            ops: &r.ops,
        })
        .collect();
    prove::prove(&base, &revisions, storage).map_err(|cause| Error::Sqlite {
        doing: "proving on a database in memory".to_owned(),
        cause,
    })
}
