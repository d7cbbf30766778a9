//! Names in SQLite: schemas become prefixes, names that SQLite reserves or cannot tell apart are changed.
//!
//! SQLite compares names without ASCII case and keeps tables, indexes and views in one namespace
//! (sqlite.org/lang_createtable.html); triggers have their own.

use std::collections::{BTreeMap, BTreeSet};

use super::loss::{Grade, Loss, Rule};
use super::work::Work;
use crate::diag::Origin;
use crate::ir::QualName;
use crate::pg::schema::{Table, TableKind};

/// What each object is called in SQLite.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    relations: BTreeMap<QualName, String>,
    taken: BTreeSet<String>,
    triggers: BTreeSet<String>,
}

impl Names {
    /// The names of tables that were lowered already.
    pub fn of_tables(tables: &[super::TableMap]) -> Self {
        let relations = tables.iter().map(|t| (t.pg.clone(), t.sqlite.clone()));
        Self {
            relations: relations.collect(),
            ..Self::default()
        }
    }

    /// The name of a table or view.
    pub fn relation(&self, pg: &QualName) -> Option<&str> {
        self.relations.get(pg).map(String::as_str)
    }

    /// Takes a name in the namespace of tables, indexes and views: the wanted one, or the first free one with a number.
    fn take(&mut self, wanted: &str) -> String {
        free(&mut self.taken, wanted)
    }

    /// Takes a name for a table that PostgreSQL does not have.
    pub fn take_table(&mut self, wanted: &QualName) -> String {
        let wanted = match &wanted.schema {
            Some(schema) => format!("{schema}__{}", wanted.name),
            None => wanted.name.clone(),
        };
        let legal = match unreserved(&wanted) {
            name if name.eq_ignore_ascii_case("migrations") => format!("app_{name}"),
            name => name,
        };
        self.take(&legal)
    }

    /// Takes a name for an index: the wanted one, else with its schema in front, else with a number.
    pub fn take_index(&mut self, schema: Option<&str>, wanted: &str) -> String {
        let free_name = |taken: &BTreeSet<String>, name: &str| {
            !taken.contains(&name.to_ascii_lowercase()) && !is_reserved(name)
        };
        let prefixed = schema.map(|s| format!("{s}__{wanted}"));
        match prefixed {
            Some(prefixed) if !free_name(&self.taken, wanted) => self.take(&prefixed),
            _ => self.take(&unreserved(wanted)),
        }
    }

    /// Takes a name for a trigger.
    pub fn take_trigger(&mut self, wanted: &str) -> String {
        free(&mut self.triggers, wanted)
    }
}

fn free(taken: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(name.to_ascii_lowercase()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// Whether SQLite keeps the name for itself.
fn is_reserved(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("sqlite_")
}

fn unreserved(name: &str) -> String {
    if is_reserved(name) {
        format!("_{name}")
    } else {
        name.to_owned()
    }
}

/// Whether the table is Alembic's own bookkeeping, which the new tool replaces.
pub(super) fn is_alembic_version(name: &QualName, table: &Table) -> bool {
    name.name == "alembic_version"
        && matches!(table.columns.as_slice(), [only] if only.name == "version_num")
}

/// Whether a table becomes a table of its own: partitions are folded into their parent, foreign tables have no rows here.
pub(super) fn is_lowered(name: &QualName, table: &Table) -> bool {
    table.partition_of.is_none()
        && table.kind != TableKind::Foreign
        && !is_alembic_version(name, table)
}

/// Gives tables and views their names; other objects take theirs when they are lowered.
pub(super) fn lower_names(work: &mut Work<'_>) {
    let tables = work
        .pg
        .tables
        .iter()
        .filter(|(name, table)| is_lowered(name, table))
        .map(|(name, table)| (name, table.origin.as_ref()));
    let views = work
        .pg
        .views
        .iter()
        .map(|(name, view)| (name, view.origin.as_ref()));
    let mut relations: Vec<(&QualName, Option<&Origin>)> = tables.chain(views).collect();
    // Names of the default schema are given first, so that a prefix never takes one away; then those without capitals. Catalogs,
    // dumps and histories have other orders, which must not decide.
    relations.sort_by_cached_key(|(name, _)| {
        let capitals = name.name.chars().any(char::is_uppercase);
        (name.schema.is_some(), capitals.then(|| name.name.clone()))
    });
    for (pg, origin) in relations {
        let wanted = match &pg.schema {
            Some(schema) => format!("{schema}__{}", pg.name),
            None => pg.name.clone(),
        };
        let legal = match wanted.as_str() {
            name if is_reserved(name) => unreserved(name),
            name if name.eq_ignore_ascii_case("migrations") => format!("app_{name}"),
            name => name.to_owned(),
        };
        let name = work.names.take(&legal);
        if let Some(loss) = renamed(pg, &wanted, &legal, &name) {
            work.lose(loss.at(origin));
        }
        work.names.relations.insert(pg.clone(), name);
    }
}

/// The loss of a relation that is called otherwise.
fn renamed(pg: &QualName, wanted: &str, legal: &str, name: &str) -> Option<Loss> {
    let object = pg.to_string();
    let remedy = format!("Set `__tablename__ = \"{name}\"` (and no schema) in the model.");
    if name != legal {
        let note = format!(
            "SQLite does not tell names apart by case, and `{legal}` is taken: it is called `{name}`."
        );
        return Some(Loss::new(Rule::Renamed, Grade::Lossy, object, note).remedy(remedy));
    }
    if is_reserved(wanted) {
        let note =
            format!("SQLite reserves names that begin with `sqlite_`: it is called `{name}`.");
        return Some(Loss::new(Rule::Renamed, Grade::Lossy, object, note).remedy(remedy));
    }
    if legal != wanted {
        let note = format!(
            "The migration tool keeps its ledger in a table named `migrations`: it is called `{name}`."
        );
        return Some(Loss::new(Rule::Renamed, Grade::Lossy, object, note).remedy(remedy));
    }
    pg.schema.as_ref().map(|schema| {
        let note = format!("SQLite has no schemas: it is called `{name}`.");
        let remedy = format!(
            "Set `__tablename__ = \"{name}\"` and leave out `schema=\"{schema}\"` in the model."
        );
        Loss::new(Rule::Renamed, Grade::Widened, object, note).remedy(remedy)
    })
}
