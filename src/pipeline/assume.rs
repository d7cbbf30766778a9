//! What the user assumes about the world outside the scripts: the names it goes by, and what nobody asked for.

use indexmap::IndexMap;

use super::Error;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::python::Evaluator;

/// The names as the evaluator knows them: an environment variable has no prefix.
///
/// # Errors
/// A prefix means nothing, or a condition is neither true nor false.
pub(super) fn normal(given: &IndexMap<String, String>) -> Result<IndexMap<String, String>, Error> {
    let mut all = IndexMap::new();
    for (name, value) in given {
        let fault = || Error::Assumption { name: name.clone() };
        let name = match name.split_once(':') {
            None => name.clone(),
            Some(("env", rest)) => rest.to_owned(),
            Some(("x" | "config" | "upgrade", _)) => name.clone(),
            Some(("if", _)) => {
                let known = ["true", "false", "1", "0", "yes", "no"];
                if !known.contains(&value.to_ascii_lowercase().as_str()) {
                    return Err(fault());
                }
                name.clone()
            }
            Some(_) => return Err(fault()),
        };
        all.insert(name, value.clone());
    }
    Ok(all)
}

/// A warning for each assumption that no script asked for.
pub(super) fn unused(evaluator: &Evaluator<'_>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for name in evaluator.unused_assumptions() {
        let diagnostic = Diagnostic::new(
            Code::UnusedAssumption,
            format!("no script asked for {name}, which --assume sets"),
        );
        diagnostics.push(if name.starts_with("if:") {
            diagnostic.help(
                "name the condition as its diagnostic does: if:REVISION:LINE, or if: and its text; one that could be decided is not \
                 asked for",
            )
        } else {
            diagnostic.help("environment variables are NAME, x-arguments x:NAME, options config:NAME, arguments of upgrade() upgrade:NAME")
        });
    }
    diagnostics
}
