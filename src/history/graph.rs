//! The revision graph: what follows what, what is wrong with it, where it begins and ends.

use indexmap::IndexMap;

use super::{RevisionHeader, ScriptFile, header, order};
use crate::diag::{Code, Diagnostic, Diagnostics, Direction, Origin, Place};

/// One revision of a history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Revision {
    /// Its identifier, in full.
    pub id: String,
    /// The revisions that it follows, in full and in the order written; those that no script has are left out.
    pub down_revisions: Vec<String>,
    /// The revisions that must have run before it, resolved to ids; those that no script has are left out.
    pub depends_on: Vec<String>,
    /// The labels that the script gives to its branch.
    pub branch_labels: Vec<String>,
    /// What it does, in its author's words; empty when the docstring does not say.
    pub message: String,
    /// The docstring's `Create Date`, as written.
    pub create_date: Option<String>,
    /// The script.
    pub file: ScriptFile,
    /// What the script says of itself, with the places.
    pub header: RevisionHeader,
}

impl Revision {
    /// Whether it joins branches.
    pub fn is_merge(&self) -> bool {
        self.down_revisions.len() > 1
    }

    /// The Create Date as `YYYYMMDDHHMMSS`, when the docstring has one that can be read.
    pub fn timestamp(&self) -> Option<String> {
        self.create_date.as_deref().and_then(header::timestamp_of)
    }

    /// The origin of something that this script's header says at `place`.
    pub(super) fn origin(&self, place: &Place) -> Origin {
        Origin {
            revision: self.id.clone(),
            direction: Direction::Upgrade,
            place: place.clone(),
        }
    }
}

/// All revisions with the edges between them. The edges have no cycle, whatever the scripts say: one that closes a
/// circle is left out, and a diagnostic names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// By id, in the order of the files.
    pub revisions: IndexMap<String, Revision>,
    /// Revisions that nothing follows by `down_revision`: Alembic's `heads`.
    pub heads: Vec<String>,
    /// Heads that nothing depends on either: what the version table holds after `upgrade heads`.
    pub effective_heads: Vec<String>,
    /// Revisions that follow nothing.
    pub bases: Vec<String>,
    /// Branch labels and the revision that carries each.
    pub labels: IndexMap<String, String>,
    /// Per revision (by index) the indices of those that follow it by `down_revision`.
    pub(super) next: Vec<Vec<usize>>,
    /// Per revision the indices of its parents.
    pub(super) parents: Vec<Vec<usize>>,
    /// Per revision the indices of the dependencies that its ancestors do not have already.
    pub(super) dependencies: Vec<Vec<usize>>,
}

impl History {
    /// Joins the headers into a graph. All that is wrong with the history is found in this one run, each with its place;
    /// the graph that comes back is usable in any case.
    ///
    /// Of two scripts with one id the later counts, at the earlier one's position, as in Alembic (which only warns).
    pub fn build(scripts: Vec<(ScriptFile, RevisionHeader)>) -> (Self, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut history = Self::default();
        for (file, header) in scripts {
            history.add(file, header, &mut diagnostics);
        }
        history.take_labels(&mut diagnostics);
        history.resolve_parents(&mut diagnostics);
        history.break_cycles(&mut diagnostics);
        history.connect();
        // Edges that were left out make ends that nobody wrote.
        if !diagnostics.has_errors() {
            history.check_ends(&mut diagnostics);
        }
        history.check_docstrings(&mut diagnostics);
        (history, diagnostics)
    }

    /// The revision of this full id.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.revisions.get(id)
    }

    /// Revisions that join branches, in the order of the files.
    pub fn merges(&self) -> Vec<&Revision> {
        self.revisions.values().filter(|r| r.is_merge()).collect()
    }

    /// Revisions that more than one other follows, in the order of the files.
    pub fn branch_points(&self) -> Vec<&Revision> {
        self.revisions
            .values()
            .zip(&self.next)
            .filter(|(_, next)| next.len() > 1)
            .map(|(revision, _)| revision)
            .collect()
    }

    /// The newest readable Create Date as `YYYYMMDDHHMMSS`: what a baseline's version defaults to.
    pub fn newest_create_date(&self) -> Option<String> {
        self.revisions
            .values()
            .filter_map(Revision::timestamp)
            .max()
    }

    pub(super) fn at(&self, index: usize) -> Option<&Revision> {
        self.revisions
            .get_index(index)
            .map(|(_, revision)| revision)
    }

    fn add(&mut self, file: ScriptFile, header: RevisionHeader, diagnostics: &mut Diagnostics) {
        let legacy = || legacy_id(&file.path).filter(|_| !header.is_revision);
        let Some(id) = header.revision.clone().or_else(legacy) else {
            if !header.is_revision {
                let place = header.revision_place.clone();
                diagnostics.push(
                    Diagnostic::new(
                        Code::NoRevisionId,
                        format!(
                            "{} defines no `revision`, and Alembic fails on such a file",
                            file.path
                        ),
                    )
                    .at(Origin {
                        place,
                        ..Origin::default()
                    })
                    .help("move helpers out of the versions folder, or give the file a `revision`"),
                );
            }
            return;
        };
        if header.no_down_revision {
            let place = header.revision_place.clone();
            diagnostics.push(
                Diagnostic::new(
                    Code::NoDownRevision,
                    format!("revision {id} defines no `down_revision`, and Alembic fails on such a file"),
                )
                .at(Origin {
                    revision: id.clone(),
                    place,
                    ..Origin::default()
                })
                .help("name the revision that it follows, or write `down_revision = None` where it is a base"),
            );
        }
        let revision = Revision {
            id: id.clone(),
            down_revisions: header.down_revisions.clone(),
            depends_on: header.depends_on.clone(),
            branch_labels: header.branch_labels.clone(),
            message: header.message.clone(),
            create_date: header.create_date.clone(),
            file,
            header,
        };
        if let Some(first) = self.revisions.get(&id) {
            diagnostics.push(
                Diagnostic::new(
                    Code::DuplicateRevision,
                    format!(
                        "revision {id} is defined by {} and again by {}; only one of them can be meant",
                        first.header.revision_place, revision.header.revision_place
                    ),
                )
                .at(revision.origin(&revision.header.revision_place))
                .help("remove one of the files, or give it an id of its own and mend the `down_revision` of what follows"),
            );
        }
        self.revisions.insert(id, revision);
    }

    fn take_labels(&mut self, diagnostics: &mut Diagnostics) {
        for revision in self.revisions.values() {
            for label in &revision.branch_labels {
                let holder = self.labels.get(label).or_else(|| {
                    self.revisions
                        .get_key_value(label)
                        .map(|(id, _)| id)
                        .filter(|id| **id != revision.id)
                });
                if let Some(other) = holder.filter(|other| **other != revision.id) {
                    diagnostics.push(
                        Diagnostic::new(
                            Code::DuplicateRevision,
                            format!("branch label {label} of revision {} is used by revision {other} already", revision.id),
                        )
                        .at(revision.origin(&revision.header.branch_labels_place))
                        .help("give each branch a label of its own"),
                    );
                } else {
                    self.labels.insert(label.clone(), revision.id.clone());
                }
            }
        }
    }

    /// Replaces what `down_revision` and `depends_on` say by full ids, and takes out what no script has.
    fn resolve_parents(&mut self, diagnostics: &mut Diagnostics) {
        let mut resolved = Vec::with_capacity(self.revisions.len());
        for revision in self.revisions.values() {
            let mut list = |names: &[String], variable: &str, place: &Place| {
                let mut ids: Vec<String> = Vec::with_capacity(names.len());
                // Alembic takes an empty name for none.
                for name in names.iter().filter(|name| !name.is_empty()) {
                    match self.full_id(name) {
                        Ok(id) if !ids.contains(&id) => ids.push(id),
                        Ok(_) => {}
                        Err(several) if several.is_empty() => diagnostics.push(
                            Diagnostic::new(
                                Code::MissingRevision,
                                format!(
                                    "{variable} of revision {} names {name}, which no script defines",
                                    revision.id
                                ),
                            )
                            .at(revision.origin(place))
                            .help("restore the missing script from version control, or name its folder with a further --scripts"),
                        ),
                        Err(several) => diagnostics.push(
                            Diagnostic::new(
                                Code::MissingRevision,
                                format!(
                                    "{variable} of revision {} names {name}, with which several begin: {}",
                                    revision.id,
                                    several.join(", ")
                                ),
                            )
                            .at(revision.origin(place))
                            .help("write the whole identifier"),
                        ),
                    }
                }
                ids
            };
            let header = &revision.header;
            let down = list(
                &revision.down_revisions,
                "down_revision",
                &header.down_revision_place,
            );
            let depends = list(&revision.depends_on, "depends_on", &header.depends_on_place);
            resolved.push((down, depends));
        }
        for (revision, (down, depends)) in self.revisions.values_mut().zip(resolved) {
            revision.down_revisions = down;
            revision.depends_on = depends;
        }
    }

    /// The revision that a header's reference means: an id, a branch label, or the beginning of one id only. Alembic itself takes no
    /// beginnings here.
    ///
    /// # Errors
    /// The ids that begin so, where they are several; none where nothing is meant.
    fn full_id(&self, name: &str) -> Result<String, Vec<String>> {
        if let Some((id, _)) = self.revisions.get_key_value(name) {
            return Ok(id.clone());
        }
        if let Some(id) = self.labels.get(name) {
            return Ok(id.clone());
        }
        // On the command line Alembic takes no shorter beginning than four characters.
        let starting = self
            .revisions
            .keys()
            .filter(|id| name.len() > 3 && id.starts_with(name));
        match starting.cloned().collect::<Vec<_>>() {
            one if one.len() == 1 => one.into_iter().next().ok_or_else(Vec::new),
            several => Err(several),
        }
    }

    /// Takes out each edge that closes a circle, naming the circle.
    fn break_cycles(&mut self, diagnostics: &mut Diagnostics) {
        let edges: Vec<Vec<usize>> = self
            .revisions
            .values()
            .map(|r| {
                let both = r.down_revisions.iter().chain(&r.depends_on);
                both.filter_map(|id| self.revisions.get_index_of(id))
                    .collect()
            })
            .collect();
        for circle in order::circles(&edges) {
            let ids: Vec<&str> = circle
                .iter()
                .filter_map(|i| self.at(*i))
                .map(|r| r.id.as_str())
                .collect();
            // The circle is listed child before parent; its last edge is the one that closes it.
            let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
                continue;
            };
            let (parent, child) = ((*first).to_owned(), (*last).to_owned());
            let path = format!("{} -> {parent}", ids.join(" -> "));
            if let Some(revision) = self.revisions.get_mut(&child) {
                let by_down = revision.down_revisions.contains(&parent);
                let place = if by_down {
                    revision.header.down_revision_place.clone()
                } else {
                    revision.header.depends_on_place.clone()
                };
                diagnostics.push(
                    Diagnostic::new(
                        Code::RevisionCycle,
                        if parent == child {
                            format!(
                                "revision {child} names itself as what it {}",
                                if by_down { "follows" } else { "depends on" }
                            )
                        } else {
                            format!("revisions follow each other in a circle: {path}")
                        },
                    )
                    .at(revision.origin(&place))
                    .help("one of these names the wrong parent; compare with version control"),
                );
                revision.down_revisions.retain(|id| *id != parent);
                revision.depends_on.retain(|id| *id != parent);
            }
        }
    }

    fn connect(&mut self) {
        let indices = |ids: &[String]| -> Vec<usize> {
            ids.iter()
                .filter_map(|id| self.revisions.get_index_of(id))
                .collect()
        };
        let parents: Vec<Vec<usize>> = self
            .revisions
            .values()
            .map(|r| indices(&r.down_revisions))
            .collect();
        let depends: Vec<Vec<usize>> = self
            .revisions
            .values()
            .map(|r| indices(&r.depends_on))
            .collect();
        let mut next = vec![Vec::new(); parents.len()];
        let mut needed = vec![false; parents.len()];
        for (child, above) in parents.iter().enumerate() {
            for parent in above {
                if let Some(children) = next.get_mut(*parent) {
                    children.push(child);
                }
            }
        }
        for dependency in depends.iter().flatten() {
            if let Some(flag) = needed.get_mut(*dependency) {
                *flag = true;
            }
        }
        let ids_where = |holds: &dyn Fn(usize) -> bool| -> Vec<String> {
            let all = self.revisions.keys().enumerate();
            all.filter(|(i, _)| holds(*i))
                .map(|(_, id)| id.clone())
                .collect()
        };
        let last = |i: usize| next.get(i).is_some_and(Vec::is_empty);
        let heads = ids_where(&last);
        let effective = ids_where(&|i| last(i) && !needed.get(i).copied().unwrap_or(false));
        let bases = ids_where(&|i| parents.get(i).is_some_and(Vec::is_empty));
        self.heads = heads;
        self.effective_heads = effective;
        self.bases = bases;
        self.dependencies = order::normalized_dependencies(&parents, &depends);
        self.parents = parents;
        self.next = next;
    }
}

/// Alembic before 0.2 had the id only in the file's name; a name of hexadecimal digits still counts as one.
fn legacy_id(path: &str) -> Option<String> {
    let stem = path.rsplit('/').next()?.strip_suffix(".py")?;
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    (!stem.is_empty() && stem.chars().all(hex)).then(|| stem.to_owned())
}
