//! Names of revisions as Alembic's command line takes them: `heads`, `head`, `base`, ids and their beginnings, labels,
//! `branch@head`, `REV+2`, `REV-1`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use thiserror::Error as ThisError;

use super::History;

/// A point of a history: everything up to these revisions. No revision at all is `base`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Target {
    /// Full ids.
    pub heads: Vec<String>,
}

impl Target {
    /// Whether nothing has run there yet.
    pub fn is_base(&self) -> bool {
        self.heads.is_empty()
    }
}

/// Why an expression does not name a point of the history.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum ResolveError {
    /// `head` where there are several.
    #[error(
        "{expression} is not one revision, for the history has {} heads: {}; say `heads` for all of them, or name one",
        heads.len(),
        heads.join(", ")
    )]
    SeveralHeads {
        /// As the user wrote it.
        expression: String,
        /// The heads there are, each with the place of its `revision`.
        heads: Vec<String>,
    },
    /// No such id, beginning of an id, or label.
    #[error("no revision or branch label is or begins with `{name}`{hint}")]
    Unknown {
        /// The part that could not be resolved.
        name: String,
        /// What to do, when that is known.
        hint: &'static str,
    },
    /// Several ids begin so.
    #[error("`{name}` is the beginning of several revisions: {}; write more of it", matches.join(", "))]
    Ambiguous {
        /// As the user wrote it.
        name: String,
        /// What begins so.
        matches: Vec<String>,
    },
    /// `branch@REV` where the revision is on another branch.
    #[error("revision {revision} is not on branch `{branch}`")]
    NotOnBranch {
        /// Full id.
        revision: String,
        /// As the user wrote it.
        branch: String,
    },
    /// A walk up meets several revisions that follow.
    #[error("{expression} cannot be walked: after {after} come {}; name a branch as in `BRANCH@{expression}`", choices.join(" and "))]
    AmbiguousWalk {
        /// As the user wrote it.
        expression: String,
        /// Where the ways part: an id, or `base`.
        after: String,
        /// The revisions to choose from.
        choices: Vec<String>,
    },
    /// A walk goes past a head or past the base.
    #[error("{expression} goes past the end of the history")]
    TooFar {
        /// As the user wrote it.
        expression: String,
    },
}

static RELATIVE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?:(.+?)@)?(\w+)?([+-]\d{1,9})$").ok());

impl History {
    /// What an expression in Alembic's syntax means. `+N` counts from the base and `-N` from the head, for there is no
    /// database whose current revision they could start from.
    ///
    /// # Errors
    /// When it names nothing, or not one thing.
    pub fn resolve(&self, expression: &str) -> Result<Target, ResolveError> {
        let expression = expression.trim();
        if let Some(parts) = RELATIVE.as_ref().and_then(|r| r.captures(expression))
            && let Ok(steps) = parts.get(3).map_or("0", |m| m.as_str()).parse::<i64>()
            // An id that happens to look like this is still an id.
            && !self.revisions.contains_key(expression)
        {
            let branch = parts.get(1).map(|m| m.as_str());
            let symbol = parts.get(2).map(|m| m.as_str());
            return self.walk(expression, branch, symbol, steps);
        }
        let (branch, name) = match expression.split_once('@') {
            Some((branch, name)) => (Some(branch), name),
            None => (None, expression),
        };
        let heads = match name {
            "heads" => match branch {
                None => self.effective_heads.clone(),
                Some(label) => self.on_branch(&self.heads, self.branch(label)?),
            },
            "head" => self.head(expression, branch)?.into_iter().collect(),
            "base" => Vec::new(),
            id => vec![self.id_of(self.ident(id, branch)?)],
        };
        Ok(Target { heads })
    }

    fn head(&self, expression: &str, branch: Option<&str>) -> Result<Option<String>, ResolveError> {
        let heads = match branch {
            None => self.heads.clone(),
            Some(label) => self.on_branch(&self.heads, self.branch(label)?),
        };
        match heads.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            several => Err(ResolveError::SeveralHeads {
                expression: expression.to_owned(),
                heads: self.located(several),
            }),
        }
    }

    /// Revisions with the places where they are defined: `1a2b (versions/1a2b_users.py:9)`.
    fn located(&self, ids: &[String]) -> Vec<String> {
        ids.iter()
            .map(|id| match self.get(id) {
                Some(revision) => format!("{id} ({})", revision.header.revision_place),
                None => id.clone(),
            })
            .collect()
    }

    /// The revision of an id, the beginning of one, or a label; on a branch when one is given.
    fn ident(&self, name: &str, branch: Option<&str>) -> Result<usize, ResolveError> {
        let on = branch.map(|label| self.branch(label)).transpose()?;
        let exact = self
            .revisions
            .get_index_of(name)
            .or_else(|| self.revisions.get_index_of(self.labels.get(name)?));
        if let Some(index) = exact {
            return match (on, branch) {
                (Some(on), Some(branch)) if !self.shares_lineage(index, on) => {
                    Err(ResolveError::NotOnBranch {
                        revision: self.id_of(index),
                        branch: branch.to_owned(),
                    })
                }
                _ => Ok(index),
            };
        }
        let matches: BTreeSet<usize> = self
            .revisions
            .keys()
            .map(|id| (id, id))
            .chain(&self.labels)
            .filter(|(key, _)| !name.is_empty() && key.len() > 3 && key.starts_with(name))
            .filter_map(|(_, id)| self.revisions.get_index_of(id))
            .filter(|index| on.is_none_or(|on| self.shares_lineage(*index, on)))
            .collect();
        let mut found = matches.iter();
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(*index),
            (None, _) => Err(ResolveError::Unknown {
                name: name.to_owned(),
                hint: if name.len() < 4 {
                    "; give at least four characters of the id"
                } else {
                    "; `decant inspect` lists them"
                },
            }),
            _ => Err(ResolveError::Ambiguous {
                name: name.to_owned(),
                matches: matches.iter().map(|i| self.id_of(*i)).collect(),
            }),
        }
    }

    fn branch(&self, label: &str) -> Result<usize, ResolveError> {
        self.ident(label, None)
    }

    fn id_of(&self, index: usize) -> String {
        self.at(index).map(|r| r.id.clone()).unwrap_or_default()
    }

    fn on_branch(&self, ids: &[String], branch: usize) -> Vec<String> {
        ids.iter()
            .filter(|id| {
                let index = self.revisions.get_index_of(*id);
                index.is_some_and(|index| self.shares_lineage(index, branch))
            })
            .cloned()
            .collect()
    }

    /// Whether one of the two descends from the other by `down_revision`.
    fn shares_lineage(&self, a: usize, b: usize) -> bool {
        let reaches = |edges: &[Vec<usize>]| {
            let mut seen = BTreeSet::new();
            let mut stack = vec![a];
            while let Some(index) = stack.pop() {
                if index == b {
                    return true;
                }
                if seen.insert(index) {
                    stack.extend(edges.get(index).into_iter().flatten());
                }
            }
            false
        };
        reaches(&self.parents) || reaches(&self.next)
    }

    fn walk(
        &self,
        expression: &str,
        branch: Option<&str>,
        symbol: Option<&str>,
        steps: i64,
    ) -> Result<Target, ResolveError> {
        let on = branch.map(|label| self.branch(label)).transpose()?;
        // Where the walk stands: `None` is the base.
        let mut place = match symbol {
            None if steps >= 0 => None,
            None | Some("head") => self.index_of(self.head(expression, branch)?),
            Some("heads") => match self.effective_heads.as_slice() {
                [one] => self.revisions.get_index_of(one),
                several => {
                    return Err(ResolveError::SeveralHeads {
                        expression: expression.to_owned(),
                        heads: self.located(several),
                    });
                }
            },
            Some("base") => None,
            Some(id) => Some(self.ident(id, branch.filter(|_| steps < 0))?),
        };
        for _ in 0..steps.unsigned_abs() {
            place = if steps > 0 {
                Some(self.step_up(expression, place, on)?)
            } else {
                self.step_down(expression, place)?
            };
        }
        Ok(Target {
            heads: place.map(|i| self.id_of(i)).into_iter().collect(),
        })
    }

    fn index_of(&self, id: Option<String>) -> Option<usize> {
        id.and_then(|id| self.revisions.get_index_of(&id))
    }

    fn step_up(
        &self,
        expression: &str,
        from: Option<usize>,
        on: Option<usize>,
    ) -> Result<usize, ResolveError> {
        let next = match from {
            Some(index) => self.next.get(index).cloned().unwrap_or_default(),
            None => {
                let bases = self.bases.iter();
                bases
                    .filter_map(|id| self.revisions.get_index_of(id))
                    .collect()
            }
        };
        let next: Vec<usize> = next
            .into_iter()
            .filter(|index| on.is_none_or(|on| self.shares_lineage(*index, on)))
            .collect();
        self.only(expression, from, &next)?
            .ok_or_else(|| ResolveError::TooFar {
                expression: expression.to_owned(),
            })
    }

    fn step_down(
        &self,
        expression: &str,
        from: Option<usize>,
    ) -> Result<Option<usize>, ResolveError> {
        let Some(index) = from else {
            return Err(ResolveError::TooFar {
                expression: expression.to_owned(),
            });
        };
        let parents = self.parents.get(index).cloned().unwrap_or_default();
        self.only(expression, from, &parents)
    }

    fn only(
        &self,
        expression: &str,
        from: Option<usize>,
        choices: &[usize],
    ) -> Result<Option<usize>, ResolveError> {
        match choices {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            several => Err(ResolveError::AmbiguousWalk {
                expression: expression.to_owned(),
                after: from.map_or_else(|| "base".to_owned(), |i| self.id_of(i)),
                choices: several.iter().map(|i| self.id_of(*i)).collect(),
            }),
        }
    }
}
