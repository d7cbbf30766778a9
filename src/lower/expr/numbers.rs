//! The next number of a column that numbers itself in PostgreSQL: SQLite does it for a whole key alone, elsewhere it is the highest that
//! is there, and one.

use super::{Place, Result, Sql, Translator, Ty};
use crate::ir::QualName;
use crate::lower::encoding::{ColumnMap, TableMap};
use crate::lower::keys::{nextval, numbered_outside_key};
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, Node};
use crate::pg::sql::print_expr;
use crate::sqlite::schema::quote;

impl Translator<'_> {
    /// Columns of a table that take their numbers from a sequence, but not from SQLite.
    pub(super) fn numbered<'t>(&self, table: &'t TableMap) -> Vec<&'t ColumnMap> {
        let pg = self.catalog.pg.tables.get(&table.pg);
        pg.map(|pg| numbered_outside_key(pg, table))
            .unwrap_or_default()
    }

    /// The highest number of a column.
    pub(super) fn highest(table: &TableMap, column: &ColumnMap) -> String {
        format!(
            "(SELECT coalesce(max({}), 0) FROM {})",
            quote(&column.sqlite),
            quote(&table.sqlite)
        )
    }

    /// Whether a value is the next number of a column's own sequence, which is its default.
    pub(super) fn is_own_number(&self, node: &Node, table: &TableMap, column: &ColumnMap) -> bool {
        let owner = self
            .drawn(node)
            .map(|(name, column)| (name, column.to_owned()));
        owner.is_some_and(|(name, own)| name == table.pg && own == column.pg)
    }

    /// The table and column whose sequence a `nextval('..')` asks.
    fn drawn(&self, node: &Node) -> Option<(QualName, String)> {
        let mut node = node;
        while let Node::Cast(inner, _) = node {
            node = inner;
        }
        let sequence = nextval(&print_expr(node))?;
        let pg = self.catalog.pg;
        let owner = pg.sequences.get(&sequence)?.owned_by.as_ref();
        if let Some(owner) = owner {
            return Some((owner.table.clone(), owner.column.clone()));
        }
        pg.tables.iter().find_map(|(name, table)| {
            let draws = |c: &&crate::pg::schema::Column| {
                let drawn = c.default.as_ref().and_then(|d| nextval(d.sql()));
                drawn.as_ref() == Some(&sequence)
            };
            let column = table.columns.iter().find(draws)?;
            Some((name.clone(), column.name.clone()))
        })
    }

    /// `nextval('..')` in a statement that changes rows: each row of a query gets its own number.
    pub(super) fn next_number(&mut self, call: &Call) -> Result<Option<Sql>> {
        if call.name != "nextval" || self.place != Place::Data {
            return Ok(None);
        }
        let node = Node::Call(Box::new(call.clone()));
        let (table, column) = self
            .drawn(&node)
            .ok_or("the sequence of nextval() belongs to no column")?;
        let tables = self.catalog.tables;
        let map = tables.iter().find(|t| t.pg == table);
        let map = map.ok_or("the sequence of nextval() belongs to no table of the new database")?;
        let column = map.columns.iter().find(|c| c.pg == column);
        let column = column.ok_or("the sequence of nextval() belongs to no column")?;
        self.note(
            Grade::Widened,
            format!(
                "Numbers go on from the highest in {}.{}.",
                map.sqlite, column.sqlite
            ),
        );
        Ok(Some(Sql::new(
            format!("{} + row_number() OVER ()", Self::highest(map, column)),
            super::level::ADD,
            Ty::integer(),
        )))
    }
}
