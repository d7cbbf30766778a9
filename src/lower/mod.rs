//! From a PostgreSQL schema to a SQLite schema: a list of passes over one [`Lowering`]. The only place that knows both.
//!
//! Nothing is dropped in silence: what SQLite keeps otherwise, or not at all, is a [`Loss`] with a grade and a remedy.

mod accept;
mod checks;
mod defaults;
pub mod encoding;
mod enforce;
pub mod expr;
mod foreign;
mod indexes;
mod keys;
mod leftovers;
mod literal;
mod lookups;
pub mod loss;
mod names;
pub mod options;
mod tables;
mod triggers;
mod types;
mod views;
mod work;

use serde::{Deserialize, Serialize};

pub use encoding::{ColumnMap, Encoding, Profile, TableMap};
pub(crate) use keys::numbered_outside_key;
pub use loss::{Grade, Loss, Rule};
pub use options::Options;

use work::Work;

/// A PostgreSQL schema, the SQLite schema that keeps it, how each column's values are stored, and what is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Lowering {
    /// What was lowered.
    pub pg: crate::pg::schema::Schema,
    /// What it became.
    pub sqlite: crate::sqlite::schema::Schema,
    /// Tables that hold rows, in the order of the PostgreSQL schema, with their columns.
    pub tables: Vec<TableMap>,
    /// Vector indexes of libSQL, by name: statements that stock SQLite refuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vector_indexes: Vec<(String, String)>,
    /// What SQLite cannot keep.
    pub losses: Vec<Loss>,
    /// Entries of `decant.toml` that matched nothing, or could not be understood, as they would be quoted in a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_accepts: Vec<String>,
}

impl Lowering {
    /// The losses for which the run is refused.
    pub fn refusals(&self) -> impl Iterator<Item = &Loss> {
        self.losses.iter().filter(|l| l.refuses())
    }

    /// Both sides of a table, by its name in PostgreSQL.
    pub fn table(&self, pg: &crate::ir::QualName) -> Option<&TableMap> {
        self.tables.iter().find(|t| t.pg == *pg)
    }
}

/// One step of lowering: it reads PostgreSQL's schema and what the steps before it made, and adds its part.
type Pass = fn(&mut Work<'_>);

/// All steps, in order.
const PASSES: &[Pass] = &[
    names::lower_names,
    tables::lower_tables,
    keys::lower_keys,
    foreign::adopt_key_forms,
    defaults::lower_defaults,
    foreign::lower_foreign_keys,
    checks::lower_generated,
    lookups::lower_enums,
    checks::lower_lengths,
    checks::lower_domains,
    checks::lower_checks,
    indexes::lower_indexes,
    views::lower_views,
    triggers::lower_triggers,
    leftovers::lower_functions,
    leftovers::lower_sequences,
    leftovers::lower_others,
    leftovers::arrange,
    leftovers::settle_texts,
    accept::apply,
];

/// The names of relations, and the columns of the views that have an equal.
fn names_and_views(
    pg: &crate::pg::schema::Schema,
    options: &Options,
) -> (names::Names, expr::ViewColumns) {
    let mut work = Work::new(pg, options);
    for pass in PASSES {
        pass(&mut work);
    }
    (work.names, work.views)
}

/// Lowers a schema by the team's decisions.
pub fn lower(pg: &crate::pg::schema::Schema, options: &Options) -> Lowering {
    let mut work = Work::new(pg, options);
    for pass in PASSES {
        pass(&mut work);
    }
    work.finish()
}
