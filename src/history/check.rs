//! What is no fault of a graph, but is told: several ends, and docstrings that say something else than the code.

use super::{History, Revision};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};

impl History {
    /// Several heads or bases. Heads are more than a note where nothing says that they are meant: one base, and no label.
    pub(super) fn check_ends(&self, diagnostics: &mut Diagnostics) {
        let meant = !self.labels.is_empty() || self.heads.len() <= self.bases.len();
        if self.heads.len() > 1 {
            for revision in self.heads.iter().filter_map(|id| self.get(id)) {
                let mut diagnostic = Diagnostic::new(
                    Code::SeveralHeads,
                    format!(
                        "revision {} is one of {} heads: {}",
                        revision.id,
                        self.heads.len(),
                        self.heads.join(", ")
                    ),
                )
                .at(revision.origin(&revision.header.revision_place))
                .help(
                    "all of them are read; `alembic merge heads` joins them, if that was forgotten",
                );
                if meant {
                    diagnostic = diagnostic.severity(Severity::Note);
                }
                diagnostics.push(diagnostic);
            }
        }
        if self.bases.len() > 1 {
            for revision in self.bases.iter().filter_map(|id| self.get(id)) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::SeveralBases,
                        format!(
                            "revision {} is one of {} bases: {}",
                            revision.id,
                            self.bases.len(),
                            self.bases.join(", ")
                        ),
                    )
                    .at(revision.origin(&revision.header.down_revision_place)),
                );
            }
        }
    }

    /// `Revises:` and `Revision ID:` of the docstrings, which Alembic does not read.
    pub(super) fn check_docstrings(&self, diagnostics: &mut Diagnostics) {
        for revision in self.revisions.values() {
            revision.check_revises(diagnostics);
            revision.check_id(diagnostics);
        }
    }
}

/// Whether two texts mean one id; docstrings shorten them.
fn same(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

impl Revision {
    fn check_revises(&self, diagnostics: &mut Diagnostics) {
        let header = &self.header;
        let (said, meant) = (&header.docstring_revises, &header.down_revisions);
        let agree = said.iter().all(|s| meant.iter().any(|m| same(s, m)))
            && meant.iter().all(|m| said.iter().any(|s| same(s, m)));
        if said.is_empty() || agree || header.no_down_revision {
            return;
        }
        let meant = match meant.as_slice() {
            [] => "nothing".to_owned(),
            some => some.join(", "),
        };
        let code = &header.down_revision_place;
        let place = header.docstring_revises_place.as_ref().unwrap_or(code);
        diagnostics.push(
            Diagnostic::new(
                Code::DocstringDisagrees,
                format!(
                    "the docstring of revision {} says it revises {}, but down_revision (line {}) is {meant}; down_revision counts",
                    self.id,
                    said.join(", "),
                    code.line
                ),
            )
            .at(self.origin(place)),
        );
    }

    fn check_id(&self, diagnostics: &mut Diagnostics) {
        let header = &self.header;
        let (Some(said), Some(id)) = (&header.docstring_revision, &header.revision) else {
            return;
        };
        if same(said, id) {
            return;
        }
        let code = &header.revision_place;
        let place = header.docstring_revision_place.as_ref().unwrap_or(code);
        diagnostics.push(
            Diagnostic::new(
                Code::DocstringDisagrees,
                format!(
                    "the docstring says this is revision {said}, but `revision` (line {}) is {id}; `revision` counts",
                    code.line
                ),
            )
            .at(self.origin(place)),
        );
    }
}
