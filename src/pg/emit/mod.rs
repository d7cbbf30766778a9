//! The schema as DDL that PostgreSQL 15 accepts into an empty database and that gives the same catalog.
//!
//! Order: schemas, extensions, types, functions, sequences, tables, keys, indexes, foreign keys, views, triggers,
//! policies, comments. Text is stable: equal schemas give equal text. Serial columns are written as an integer with its
//! sequence, so that names stay even after renames.

mod object;
mod table;

use super::schema::Schema;
pub use table::{column_definition, constraint_definition, index_definition};

/// Statements in order, each without its terminator.
#[derive(Default)]
struct Script {
    statements: Vec<String>,
}

impl Script {
    fn push(&mut self, statement: impl Into<String>) {
        self.statements.push(statement.into());
    }
}

/// The whole schema as SQL for `psql`, one statement after the other, each with its `;`.
pub fn emit_schema(schema: &Schema) -> String {
    let mut script = Script::default();
    object::namespaces(schema, &mut script);
    if !schema.functions.is_empty() {
        // Bodies may name tables that come later.
        script.push("SET check_function_bodies = off");
    }
    let late = object::types_and_functions(schema, &mut script);
    object::sequences(schema, &mut script);
    table::tables(schema, &mut script);
    object::sequence_owners(schema, &mut script);
    table::keys_and_indexes(schema, &mut script);
    table::foreign_keys(schema, &mut script);
    let late = object::functions_before_views(schema, &late, &mut script);
    object::others(schema, &mut script, &["AGGREGATE", "OPERATOR", "CAST"]);
    object::others(
        schema,
        &mut script,
        &["TEXT SEARCH DICTIONARY", "TEXT SEARCH CONFIGURATION"],
    );
    object::views(schema, &mut script);
    object::functions(schema, &late, &mut script);
    object::others(schema, &mut script, &["RULE"]);
    object::triggers(schema, &mut script);
    object::policies(schema, &mut script);
    object::comments(schema, &mut script);
    object::others(schema, &mut script, &["EVENT TRIGGER"]);
    let mut text = String::new();
    for statement in script.statements {
        text.push_str(&statement);
        text.push_str(";\n");
    }
    text
}
