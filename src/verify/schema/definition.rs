//! What an object is in PostgreSQL and what it was lowered to, as SQL: both stand beside each other in a report.

use std::collections::HashMap;

use super::{Finding, ObjectKind};
use crate::ir::{ConstraintKind, QualName};
use crate::lower::{Lowering, TableMap};
use crate::pg::emit::{column_definition, constraint_definition, index_definition};
use crate::pg::schema::{Column, Table, TableConstraint, TableIndex};
use crate::sqlite::emit;
use crate::sqlite::schema as lite;

/// Puts both definitions into the findings about objects of the PostgreSQL schema.
pub(super) fn define(findings: &mut [Finding], lowering: &Lowering) {
    let known = Known::new(lowering);
    for finding in findings {
        let (pg, sqlite) = known.definitions(finding.kind, &finding.object);
        finding.expected = pg.filter(|sql| !sql.is_empty());
        finding.actual = sqlite.filter(|sql| !sql.is_empty());
    }
}

/// Objects by the names that findings have.
struct Known<'l> {
    lowering: &'l Lowering,
    columns: HashMap<String, (&'l QualName, &'l Column)>,
    constraints: HashMap<String, (&'l QualName, &'l TableConstraint)>,
    indexes: HashMap<&'l str, &'l TableIndex>,
    maps: HashMap<&'l QualName, &'l TableMap>,
}

type Both = (Option<String>, Option<String>);

impl<'l> Known<'l> {
    fn new(lowering: &'l Lowering) -> Self {
        let mut out = Self {
            lowering,
            columns: HashMap::new(),
            constraints: HashMap::new(),
            indexes: HashMap::new(),
            maps: lowering.tables.iter().map(|m| (&m.pg, m)).collect(),
        };
        for (name, table) in &lowering.pg.tables {
            out.add(name, table);
        }
        let of_views = lowering.pg.views.values().flat_map(|v| &v.indexes);
        out.indexes.extend(of_views.map(|i| (i.name(), i)));
        out
    }

    fn add(&mut self, name: &'l QualName, table: &'l Table) {
        let columns = table.columns.iter();
        self.columns
            .extend(columns.map(|c| (format!("{name}.{}", c.name), (name, c))));
        let constraints = table.constraints.iter();
        self.constraints
            .extend(constraints.map(|c| (format!("{name}.{}", c.name()), (name, c))));
        self.indexes
            .extend(table.indexes.iter().map(|i| (i.name(), i)));
    }

    fn definitions(&self, kind: ObjectKind, object: &str) -> Both {
        let pg = &self.lowering.pg;
        match kind {
            ObjectKind::Column => self.column(object),
            ObjectKind::PrimaryKey
            | ObjectKind::Unique
            | ObjectKind::ForeignKey
            | ObjectKind::Check
            | ObjectKind::Exclusion => self.constraint(object),
            ObjectKind::Index => {
                let one = self.indexes.get(object);
                let other = self
                    .lowering
                    .sqlite
                    .indexes
                    .iter()
                    .find(|i| i.name.eq_ignore_ascii_case(object));
                (
                    one.map(|i| index_definition(&i.index)),
                    other.map(emit::create_index),
                )
            }
            ObjectKind::Enum => {
                let one = pg.enums.iter().find(|(name, _)| name.to_string() == object);
                (one.map(|(_, e)| format!("({})", e.labels.join(", "))), None)
            }
            ObjectKind::View => {
                let one = pg.views.iter().find(|(name, _)| name.to_string() == object);
                let last = object.rsplit('.').next().unwrap_or(object);
                let other = self
                    .lowering
                    .sqlite
                    .views
                    .iter()
                    .find(|v| v.name.eq_ignore_ascii_case(last));
                (
                    one.map(|(_, v)| v.query.clone()),
                    other.map(|v| v.query.clone()),
                )
            }
            ObjectKind::Trigger => {
                let last = object.rsplit('.').next().unwrap_or(object);
                let other = self
                    .lowering
                    .sqlite
                    .triggers
                    .iter()
                    .find(|t| t.name.eq_ignore_ascii_case(last));
                (None, other.map(|t| t.sql.clone()))
            }
            ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::Domain
            | ObjectKind::Composite
            | ObjectKind::Sequence
            | ObjectKind::Table
            | ObjectKind::Function
            | ObjectKind::Policy
            | ObjectKind::Revision => (None, None),
        }
    }

    fn target(&self, table: &QualName) -> Option<&'l lite::Table> {
        self.lowering.sqlite.table(&self.maps.get(table)?.sqlite)
    }

    fn column(&self, object: &str) -> Both {
        let Some((table, column)) = self.columns.get(object) else {
            return (None, None);
        };
        let map = self.maps.get(*table);
        let stored = map.and_then(|m| m.columns.iter().find(|c| c.pg == column.name));
        let target = self.target(table);
        let other = stored.and_then(|c| target?.column(&c.sqlite));
        (
            Some(column_definition(&self.lowering.pg, table, column)),
            other.map(emit::column_definition),
        )
    }

    fn constraint(&self, object: &str) -> Both {
        let Some((table, constraint)) = self.constraints.get(object) else {
            return (None, None);
        };
        let other = self
            .target(table)
            .and_then(|target| self.lowered(table, target, constraint));
        (Some(constraint_definition(&constraint.constraint)), other)
    }

    /// What a constraint became: the one over the same columns, or of the same name.
    fn lowered(
        &self,
        table: &QualName,
        target: &lite::Table,
        constraint: &TableConstraint,
    ) -> Option<String> {
        let map = self.maps.get(table)?;
        let renamed = |columns: &[String]| -> Vec<String> {
            let new = |name: &String| {
                let stored = map.columns.iter().find(|c| c.pg == *name);
                stored.map_or_else(|| name.clone(), |c| c.sqlite.clone())
            };
            columns.iter().map(new).collect()
        };
        let same = |a: &[String], b: &[String]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
        };
        let named =
            |name: Option<&String>| name.is_some_and(|n| n.eq_ignore_ascii_case(constraint.name()));
        match &constraint.constraint.kind {
            ConstraintKind::PrimaryKey { .. } => {
                target.primary_key.as_ref().map(emit::key_definition)
            }
            ConstraintKind::Unique { columns, .. } => {
                let columns = renamed(columns);
                let unique = target.uniques.iter().find(|u| same(&u.columns, &columns));
                let index = || {
                    let indexes = self.lowering.sqlite.indexes.iter();
                    let mut indexes = indexes.filter(|i| i.unique);
                    indexes.find(|i| i.name.eq_ignore_ascii_case(constraint.name()))
                };
                unique
                    .map(|u| emit::unique_definition(&u.columns))
                    .or_else(|| index().map(emit::create_index))
            }
            ConstraintKind::ForeignKey(key) => {
                let columns = renamed(&key.columns);
                let keys = target.foreign_keys.iter();
                let mut keys = keys.filter(|f| same(&f.columns, &columns));
                keys.next().map(emit::foreign_key_definition)
            }
            ConstraintKind::Check { .. } => {
                let checks = &target.checks;
                let check = checks.iter().find(|c| named(c.name.as_ref())).or_else(|| {
                    let origin = constraint.origin.as_ref()?;
                    let mut same = checks
                        .iter()
                        .filter(|c| c.name.is_none() && c.origin.as_ref() == Some(origin));
                    // Several of one line cannot be told apart.
                    same.next().filter(|_| same.next().is_none())
                })?;
                Some(format!("CHECK ({})", check.expr))
            }
            ConstraintKind::Exclude { .. } => None,
        }
    }
}
