//! The columns that an expression sees.

use super::Ty;

/// A column as it is written in SQLite, and its type where it is known.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::lower) struct Visible {
    /// Name of the table or alias in PostgreSQL.
    pub qualifier: String,
    /// Name of the column in PostgreSQL.
    pub name: String,
    /// How it is written.
    pub sql: String,
    /// Its type.
    pub ty: Option<Ty>,
}

/// Columns in the order in which `*` lists them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::lower) struct Scope {
    /// The columns.
    pub columns: Vec<Visible>,
}

impl Scope {
    /// Adds a column.
    pub fn add(&mut self, qualifier: &str, name: &str, sql: String, ty: Option<Ty>) {
        self.columns.push(Visible {
            qualifier: qualifier.to_owned(),
            name: name.to_owned(),
            sql,
            ty,
        });
    }

    /// The column of a path `column`, `table.column` or `schema.table.column`.
    pub fn find(&self, path: &[String]) -> Option<&Visible> {
        match path {
            [name] => self.columns.iter().find(|c| c.name == *name),
            [.., qualifier, name] => self
                .columns
                .iter()
                .find(|c| c.qualifier == *qualifier && c.name == *name),
            [] => None,
        }
    }
}
