//! Where a path through a body is: what variables and columns hold there, and what holds on it.

use indexmap::IndexMap;

use super::body::{Moment, bounded};
use super::fold::{and, case, or};
use crate::pg::sql::ast::Node;
use crate::pg::types::PgType;

/// Where a path through the body is.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Columns of the new row that were set.
    pub new: IndexMap<String, Node>,
    /// Variables.
    pub variables: IndexMap<String, Node>,
    /// Types of the variables that have one.
    pub types: IndexMap<String, PgType>,
    /// What holds on this path.
    pub guard: Vec<Node>,
}

impl State {
    pub fn condition(&self) -> Option<Node> {
        self.guard.iter().cloned().reduce(and)
    }
}

/// A column of the new row before the body sets it.
pub(super) fn before(moment: &Moment<'_>, column: &str) -> Node {
    let set = moment.entry.new.get(column).cloned();
    set.unwrap_or_else(|| Node::Column(vec!["new".to_owned(), column.to_owned()]))
}

/// What both ways through an `IF` go on with.
pub(super) fn merge(
    moment: &Moment<'_>,
    from: &State,
    condition: Node,
    then: State,
    other: State,
) -> Result<State, String> {
    let mut out = from.clone();
    let join = |a: &IndexMap<String, Node>,
                b: &IndexMap<String, Node>,
                absent: &dyn Fn(&str) -> Node|
     -> Result<IndexMap<String, Node>, String> {
        let mut joined = IndexMap::new();
        for name in a.keys().chain(b.keys()) {
            if joined.contains_key(name) {
                continue;
            }
            let of = |map: &IndexMap<String, Node>| map.get(name).cloned().unwrap_or(absent(name));
            let value = case(condition.clone(), of(a), of(b));
            bounded(&value)?;
            joined.insert(name.clone(), value);
        }
        Ok(joined)
    };
    out.new = join(&then.new, &other.new, &|name| before(moment, name))?;
    out.variables = join(&then.variables, &other.variables, &|_| Node::Null)?;
    // Conditions beyond that of the branch are there where a part of it has returned.
    let extra = from.guard.len() + 1;
    if then.guard.len() > extra || other.guard.len() > extra {
        let path = |state: State| state.guard.into_iter().skip(extra - 1).reduce(and);
        if let (Some(a), Some(b)) = (path(then), path(other)) {
            out.guard.push(or(a, b));
        }
    }
    Ok(out)
}
