//! Which of several databases that one history is run on is replayed.

use super::{Error, HistoryOptions};
use crate::history::Revision;
use crate::python::{Engines, Evaluator};

/// Finds the databases that these revisions are run on and chooses the one that the user names, or the only one.
///
/// # Errors
/// There are several and none was named, or the name is none of them.
pub(super) fn choose(
    evaluator: &mut Evaluator<'_>,
    revisions: &[&Revision],
    options: &HistoryOptions,
) -> Result<Engines, Error> {
    let mut engines = evaluator.engines(revisions);
    let assumed = || {
        let given = options.assume.get(&format!("upgrade:{}", engines.argument));
        given.cloned()
    };
    let wanted = options.engine.clone().or_else(assumed);
    engines.given = wanted.is_some();
    engines.chosen = match wanted {
        Some(name) if engines.names.contains(&name) => Some(name),
        Some(name) => {
            return Err(Error::NoSuchEngine {
                name,
                engines: Box::new(engines),
            });
        }
        None if engines.names.len() > 1 => return Err(Error::SeveralEngines(Box::new(engines))),
        None => engines.names.first().cloned(),
    };
    evaluator.choose_engine(&engines);
    Ok(engines)
}
