//! Queries whose answers a script works on in Python: it was followed for the rows that the history itself leaves, so that what it does
//! then is right for those alone. A guard says so where a database holds others.

use std::collections::HashSet;

use crate::ir::{DataKind, DataStatement, Datum, OpKind, QualName, QueryAnswer, SchemaView as _};
use crate::lower::{Encoding, TableMap, expr};
use crate::pg::replay::Replay;
use crate::pg::sql::ast::{Change, Node};
use crate::pg::sql::{parse_change, returning, tables_in};
use crate::sqlite::plan::{KnownRows, other_number, other_rows};
use crate::sqlite::schema::string_literal;

/// How many rows are compared by their values.
const COMPARED: usize = 50;

/// Tables whose rows in SQLite may not be those that the replay follows, since a statement that changes them has no equal.
#[derive(Debug, Clone, Default)]
pub(super) struct Doubt {
    tables: HashSet<QualName>,
    all: bool,
}

impl Doubt {
    /// Something changes rows of tables that it does not say.
    pub fn add_all(&mut self) {
        self.all = true;
    }

    /// A statement that has no equal changes a table.
    pub fn add(&mut self, table: Option<&QualName>) {
        match table {
            Some(table) => {
                self.tables.insert(table.clone());
            }
            None => self.all = true,
        }
    }

    /// A statement that has an equal changes a table; what it reads may be in doubt.
    pub fn follow(&mut self, table: Option<&QualName>, sql: &str) {
        if !self.tables.is_empty() && tables_in(sql).iter().any(|t| self.tables.contains(t)) {
            self.add(table);
        }
    }

    fn is_in(&self, tables: &[QualName]) -> bool {
        self.all || tables.iter().any(|t| self.tables.contains(t))
    }
}

/// The guard in place of a query over tables of the application; none where its answer does not hang on rows, or was not
/// known and is told as that.
pub(super) fn guard(
    context: expr::Context<'_>,
    replay: &Replay,
    doubt: &Doubt,
    data: &DataStatement,
) -> Option<String> {
    if data.kind != DataKind::Select || !data.unknown.is_empty() {
        return None;
    }
    let reads = tables_in(&data.sql);
    let is_known = |name: &QualName| {
        context.tables.iter().any(|t| t.pg == *name) || context.pg.views.contains_key(name)
    };
    if reads.is_empty() || !reads.iter().all(is_known) || doubt.is_in(&reads) {
        return None;
    }
    let (query, types) = expr::translate_query(context, &data.sql).ok()?;
    let rows = match replay.query(&data.sql) {
        QueryAnswer::Rows { rows, .. } => known(&rows, &types),
        // Nobody wrote these tables; what an aggregate gives of no rows is no row of them.
        QueryAnswer::ApplicationData if !query.contains('(') => KnownRows::default(),
        _ => return None,
    };
    let read = data.sql.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(other_rows(&read, &query, types.len(), &rows))
}

/// What is known of rows in a form that both databases share.
fn known(rows: &[Vec<Datum>], types: &[Option<expr::Ty>]) -> KnownRows {
    let mut out = KnownRows {
        count: rows.len(),
        ..KnownRows::default()
    };
    if rows.len() > COMPARED {
        return out;
    }
    let shown = |at: usize, datum: &Datum| -> Option<String> {
        let encoding = &types.get(at)?.as_ref()?.encoding;
        match (datum, encoding) {
            (Datum::Null, _) => Some("NULL".to_owned()),
            (Datum::Int(n), Encoding::Integer) => Some(n.to_string()),
            (Datum::Text(text), Encoding::Text) => Some(string_literal(text)),
            _ => None,
        }
    };
    let is_known = |at: &usize| {
        rows.iter()
            .all(|row| row.get(*at).is_some_and(|d| shown(*at, d).is_some()))
    };
    out.columns = (0..types.len()).filter(is_known).collect();
    let values = rows.iter().map(|row| {
        let cells = out.columns.iter();
        cells
            .filter_map(|at| shown(*at, row.get(*at)?))
            .collect::<Vec<_>>()
    });
    out.values = values.collect();
    out
}

/// The guard behind a row whose number the script asks for; `replay` has just run the statement.
pub(super) fn number(
    table: &TableMap,
    replay: &Replay,
    doubt: &Doubt,
    kind: &OpKind,
) -> Option<String> {
    let OpKind::Data(data) = kind else {
        return None;
    };
    if doubt.is_in(std::slice::from_ref(&table.pg)) {
        return None;
    }
    let items = returning(&data.sql)?;
    let Ok(Change::Insert(_)) = parse_change(&data.sql) else {
        return None;
    };
    let [key] = table.key.as_slice() else {
        return None;
    };
    let key = table.columns.iter().find(|c| c.sqlite == *key)?;
    let at = items
        .iter()
        .position(|(node, _)| matches!(node, Node::Column(path) if path.last() == Some(&key.pg)))?;
    if key.encoding != Encoding::Integer {
        return None;
    }
    match crate::ir::OpSink::returned(replay) {
        QueryAnswer::Rows { rows, .. } => match rows.last()?.get(at)? {
            Datum::Int(number) => {
                let read = data.sql.split_whitespace().collect::<Vec<_>>().join(" ");
                Some(other_number(&read, *number))
            }
            _ => None,
        },
        _ => None,
    }
}
