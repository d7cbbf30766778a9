//! What the passes of lowering share while they run.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::expr::{Catalog, ViewColumns};
use super::names::Names;
use super::{ColumnMap, Loss, Lowering, Options, TableMap};
use crate::ir::QualName;
use crate::pg::schema::{Domain, EnumType, Schema};
use crate::pg::types::PgType;
use crate::sqlite::schema::Table;

/// A lowering under way.
pub(super) struct Work<'a> {
    /// What is lowered.
    pub pg: &'a Schema,
    /// What the team decided.
    pub options: &'a Options,
    /// Names in SQLite.
    pub names: Names,
    /// What is made.
    pub out: Lowering,
    /// Keys of `options.types` and `options.columns` that were used.
    pub used_overrides: BTreeSet<String>,
    /// Functions that triggers call, by name: what becomes of them is said with the triggers.
    pub used_functions: BTreeSet<QualName>,
    /// Tables with triggers, and tables whose rows those change.
    pub changed_by_triggers: Arc<[(QualName, QualName)]>,
    /// Columns of the views that are translated.
    pub views: ViewColumns,
}

impl<'a> Work<'a> {
    pub fn new(pg: &'a Schema, options: &'a Options) -> Self {
        Self {
            pg,
            options,
            names: Names::default(),
            out: Lowering::default(),
            used_overrides: BTreeSet::new(),
            used_functions: BTreeSet::new(),
            changed_by_triggers: Arc::default(),
            views: ViewColumns::new(),
        }
    }

    /// What translated expressions may refer to.
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog {
            pg: self.pg,
            tables: &self.out.tables,
            views: &self.views,
            names: &self.names,
        }
    }

    /// The result, with what was lowered beside it.
    pub fn finish(mut self) -> Lowering {
        self.out.pg = self.pg.clone();
        self.out
    }

    /// Records a loss, unless the very same is there.
    pub fn lose(&mut self, loss: Loss) {
        if !self.out.losses.contains(&loss) {
            self.out.losses.push(loss);
        }
    }

    /// Both sides of a table.
    pub fn map(&self, pg: &QualName) -> Option<&TableMap> {
        self.out.table(pg)
    }

    /// The SQLite table that a PostgreSQL table became.
    pub fn sqlite_table(&mut self, pg: &QualName) -> Option<&mut Table> {
        let name = self.out.table(pg)?.sqlite.clone();
        self.out.sqlite.tables.iter_mut().find(|t| t.name == name)
    }

    /// Tables that are lowered, in order, as names in PostgreSQL.
    pub fn table_names(&self) -> Vec<QualName> {
        self.out.tables.iter().map(|t| t.pg.clone()).collect()
    }

    /// The enum that a type names.
    pub fn enum_type(&self, pg_type: &PgType) -> Option<(QualName, &'a EnumType)> {
        let name = pg_type.user_defined()?;
        let found = self.pg.enums.get(&name)?;
        Some((name, found))
    }

    /// The domain that a type names.
    pub fn domain(&self, pg_type: &PgType) -> Option<(QualName, &'a Domain)> {
        let name = pg_type.user_defined()?;
        let found = self.pg.domains.get(&name)?;
        Some((name, found))
    }

    /// A type with its domains resolved, and whether one of them forbids NULL.
    pub fn resolve_domains(&self, pg_type: &PgType) -> (PgType, bool) {
        let mut resolved = pg_type.clone();
        let mut not_null = false;
        // Domains over domains are legal; a cycle is not, but a broken file could hold one.
        for _ in 0..32 {
            let Some((_, domain)) = self.domain(&resolved) else {
                break;
            };
            if domain.hides_array(&resolved) {
                break;
            }
            not_null |= domain.not_null && !resolved.array;
            resolved = PgType {
                array: resolved.array || domain.base.array,
                ..domain.base.clone()
            };
        }
        (resolved, not_null)
    }
}

/// `table.column` as losses and `decant.toml` name it.
pub(super) fn column_object(table: &QualName, column: &str) -> String {
    format!("{table}.{column}")
}

/// A column's map by its name in PostgreSQL.
pub(super) fn column_map<'t>(table: &'t TableMap, pg: &str) -> Option<&'t ColumnMap> {
    table.columns.iter().find(|c| c.pg == pg)
}
