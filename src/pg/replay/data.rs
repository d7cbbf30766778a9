//! Data statements applied to the rows that the history itself writes ([`AppRows`]).

use super::types::nextval_target;
use super::{Replay, catalog_name, ident};
use crate::ir::{
    BulkInsert, ConstraintKind, DataKind, DataStatement, DataValue, Datum, OpKind, QualName,
    QueryAnswer,
};
use crate::pg::rows::{AppRows, Content, Row};
use crate::pg::schema::Table;
use crate::pg::sql::ast::{Change, Node, Query};
use crate::pg::sql::{figure_name, parse_change, parse_script, print_expr, returning};
use crate::pg::view::{Answer, Variables, row_value, row_value_among, select_query, stored};

/// What `INSERT` does with a row that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// It fails.
    Fail,
    /// `DO NOTHING`.
    Nothing,
    /// `DO UPDATE`.
    Update,
}

fn unknown(why: impl Into<String>) -> Datum {
    Datum::Unknown(why.into())
}

/// A value of a bulk insert.
fn datum(value: &DataValue) -> Datum {
    match value {
        DataValue::Null => Datum::Null,
        DataValue::Bool(b) => Datum::Bool(*b),
        DataValue::Int(digits) => digits
            .parse()
            .map_or_else(|_| Datum::Text(digits.clone()), Datum::Int),
        DataValue::Number(text) | DataValue::Text(text) => Datum::Text(text.clone()),
        DataValue::Json(text) => Datum::Json(text.clone()),
        DataValue::Array(items) => Datum::List(items.iter().map(datum).collect()),
        DataValue::Bytes(_) => unknown("bytes"),
        DataValue::Sql(expr) => match crate::pg::sql::parse_expr(expr.sql()) {
            Ok(node) => row_value(&node, "", &Row::new()),
            Err(why) => unknown(why),
        },
        DataValue::Unknown(why) => unknown(why.clone()),
    }
}

/// Puts the values of a row into the form that the types of their columns keep.
fn as_stored(table: &Table, row: &mut Row) {
    for column in &table.columns {
        if let Some(value) = row.get_mut(&column.name) {
            let given = std::mem::replace(value, Datum::Null);
            *value = stored(&column.type_, given);
        }
    }
}

/// What is compared when rows are looked for that are there already; `None` when a part is not known.
fn key_of(row: &Row, columns: &[String]) -> Option<Vec<Datum>> {
    columns
        .iter()
        .map(|c| match row.get(c) {
            None | Some(Datum::Null) => Some(Datum::Null),
            Some(Datum::Unknown(_)) => None,
            Some(other) => Some(other.clone()),
        })
        .collect()
}

/// The table that a statement changes, read from its text.
pub(super) fn target(op: &DataStatement) -> Option<QualName> {
    if op.kind == DataKind::Select || op.unknown.is_empty() {
        return None;
    }
    parse_script(&op.sql)
        .into_iter()
        .flat_map(|s| s.ops)
        .find_map(|op| match op {
            OpKind::Data(data) => data.table,
            _ => None,
        })
}

impl Replay {
    pub(super) fn record_bulk_insert(&mut self, op: &BulkInsert) {
        let table = catalog_name(&op.table);
        let rows = op
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|(column, value)| (ident(column), datum(value)))
                    .collect()
            })
            .collect();
        self.insert_rows(&table, rows, Conflict::Fail);
    }

    pub(super) fn record_data(&mut self, op: &DataStatement) {
        self.touched.clear();
        self.touched_unknown = None;
        self.returned = None;
        self.apply_data(op);
        if let Some(items) = returning(&op.sql) {
            self.returned = Some(self.returned_rows(op, &items));
        }
        self.touched.clear();
    }

    /// The rows of `RETURNING`: of those that the statement touched, as far as they are followed.
    fn returned_rows(&self, op: &DataStatement, items: &[(Node, Option<String>)]) -> QueryAnswer {
        let (table, alias) = match parse_change(&op.sql) {
            Ok(Change::Insert(insert)) => (insert.table, None),
            Ok(Change::Update(update)) => (update.table, update.alias),
            Ok(Change::Delete(delete)) => (delete.table, delete.alias),
            Ok(Change::Truncate(_)) => return QueryAnswer::Unknown("TRUNCATE".to_owned()),
            Err(why) => return QueryAnswer::Unknown(why),
        };
        let table = catalog_name(&table);
        if let Some(Content::Unknown(why)) = self.rows.content(&table) {
            return QueryAnswer::Unknown(format!("the rows of {table} are not known: {why}"));
        }
        if let Some(why) = &self.touched_unknown {
            return QueryAnswer::Unknown(format!("which rows it touched is not known: {why}"));
        }
        let alias = alias.unwrap_or_else(|| table.name.clone());
        let all: Vec<String> = self
            .schema
            .tables
            .get(&table)
            .map(|t| t.columns.iter().map(|c| c.name.clone()).collect())
            .unwrap_or_default();
        let mut columns = Vec::new();
        for (node, name) in items {
            match (node, name) {
                (_, Some(name)) => columns.push(name.clone()),
                (Node::Star(_), None) => columns.extend(all.iter().cloned()),
                (node, None) => columns.push(figure_name(&print_expr(node))),
            }
        }
        let rows = self.touched.iter().map(|row| {
            let mut cells = Vec::with_capacity(columns.len());
            for (node, _) in items {
                if matches!(node, Node::Star(_)) {
                    cells.extend(
                        all.iter()
                            .map(|c| row.get(c).cloned().unwrap_or(Datum::Null)),
                    );
                } else {
                    cells.push(row_value(node, &alias, row));
                }
            }
            cells
        });
        QueryAnswer::Rows {
            rows: rows.collect(),
            columns: columns.clone(),
        }
    }

    fn apply_data(&mut self, op: &DataStatement) {
        if op.kind == DataKind::Select {
            if super::lookup::mentions_word(&op.sql, "setval") {
                self.doubt_sequences_named(&op.sql);
            }
            return;
        }
        // Unknown values are parameters; of other gaps it is not told where they are.
        let parameters = op
            .unknown
            .iter()
            .enumerate()
            .all(|(n, _)| op.sql.contains(&format!("${}", n + 1)));
        let holes = op.unknown.first().filter(|_| !parameters).cloned();
        let change = match parse_change(&op.sql) {
            Ok(change) => change,
            Err(why) => {
                if let (Some(table), DataKind::Insert) = (&op.table, op.kind) {
                    self.rows.forget(&catalog_name(table), why);
                } else if let Some(table) = &op.table {
                    let table = catalog_name(table);
                    if self.rows.may_have_rows(&table) {
                        self.rows.forget(&table, why);
                    }
                }
                return;
            }
        };
        match change {
            Change::Truncate(tables) => {
                let restarts = super::lookup::mentions_word(&op.sql, "restart");
                for table in tables {
                    let table = catalog_name(&table);
                    self.rows.clear(&table);
                    let owned = self.schema.sequences.iter().filter(|(_, s)| {
                        restarts && s.owned_by.as_ref().is_some_and(|o| o.table == table)
                    });
                    for sequence in owned.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
                        self.rows.restart_sequence(&sequence);
                    }
                }
            }
            Change::Insert(insert) => {
                let table = catalog_name(&insert.table);
                let conflict = match &insert.on_conflict {
                    None => Conflict::Fail,
                    Some(clause) if clause.update.is_none() => Conflict::Nothing,
                    Some(_) => Conflict::Update,
                };
                match holes {
                    // Which values are missing is not known: the rows are there, their values are not.
                    Some(why) => self.rows.forget(&table, why),
                    None if !insert.with.is_empty() => {
                        self.rows
                            .forget(&table, "common table expressions of an INSERT");
                    }
                    None => {
                        let source = insert.source.as_ref();
                        self.insert(&table, &insert.columns, source, conflict, &op.unknown);
                    }
                }
            }
            Change::Update(update) => {
                let table = catalog_name(&update.table);
                let joined = holes.is_some() || !update.with.is_empty() || !update.from.is_empty();
                let alias = update.alias.clone().unwrap_or_else(|| table.name.clone());
                self.update(&table, &alias, &update.set, joined, update.filter.as_ref());
            }
            Change::Delete(delete) => {
                let table = catalog_name(&delete.table);
                let joined = holes.is_some() || !delete.with.is_empty() || !delete.using.is_empty();
                let alias = delete.alias.clone().unwrap_or_else(|| table.name.clone());
                self.delete(&table, &alias, joined, delete.filter.as_ref());
            }
        }
    }

    /// The rows of `CREATE TABLE AS`.
    pub(super) fn record_query(&mut self, table: &QualName, sql: &str) {
        let columns: Vec<String> = self
            .schema
            .tables
            .get(table)
            .map(|t| t.columns.iter().map(|c| c.name.clone()).collect())
            .unwrap_or_default();
        match crate::pg::sql::parse_query(sql) {
            Ok(query) => self.insert(table, &columns, Some(&query), Conflict::Fail, &[]),
            Err(why) => self.rows.forget(table, why),
        }
    }

    fn insert(
        &mut self,
        table: &QualName,
        columns: &[String],
        source: Option<&Query>,
        conflict: Conflict,
        parameters: &[String],
    ) {
        let names: Vec<String> = if columns.is_empty() {
            self.schema
                .tables
                .get(table)
                .map(|t| t.columns.iter().map(|c| c.name.clone()).collect())
                .unwrap_or_default()
        } else {
            columns.iter().map(|c| ident(c)).collect()
        };
        let rows = match source {
            None => vec![Vec::new()],
            Some(query) if !query.select.values.is_empty() && query.compound.is_empty() => query
                .select
                .values
                .iter()
                .map(|row| {
                    row.iter()
                        .map(|node| match node {
                            Node::Other(word) if word == "DEFAULT" => None,
                            Node::Other(word) if word.starts_with('$') => {
                                let nth = word.get(1..).and_then(|n| n.parse::<usize>().ok());
                                let why = nth.and_then(|n| parameters.get(n.checked_sub(1)?));
                                Some(unknown(why.map_or("a parameter", String::as_str)))
                            }
                            node => Some(self.inserted_value(node)),
                        })
                        .collect::<Vec<_>>()
                })
                .collect(),
            Some(query) => match select_query(&self.schema, &self.rows, query, &Variables::new()) {
                Answer::Known((_, rows)) => rows
                    .into_iter()
                    .map(|row| row.into_iter().map(Some).collect())
                    .collect(),
                Answer::Unknown(why) => {
                    self.rows.forget(table, why);
                    return;
                }
            },
        };
        if rows.iter().any(|r| r.len() > names.len()) {
            self.rows
                .forget(table, "rows with more values than it has columns");
            return;
        }
        let rows = rows
            .into_iter()
            .map(|row| {
                names
                    .iter()
                    .cloned()
                    .zip(row)
                    .filter_map(|(name, value)| Some((name, value?)))
                    .collect()
            })
            .collect();
        self.insert_rows(table, rows, conflict);
    }

    /// A value of a `VALUES` list: an expression, which may ask for rows by a subquery.
    fn inserted_value(&self, node: &Node) -> Datum {
        if let Node::Subquery(query) = node {
            return match select_query(&self.schema, &self.rows, query, &Variables::new()) {
                Answer::Known((_, rows)) => rows
                    .into_iter()
                    .next()
                    .and_then(|r| r.into_iter().next())
                    .unwrap_or(Datum::Null),
                Answer::Unknown(why) => unknown(why),
            };
        }
        row_value(node, "", &Row::new())
    }

    /// Rows with their defaults; those that are there already are left out where the statement says so.
    fn insert_rows(&mut self, table: &QualName, mut rows: Vec<Row>, conflict: Conflict) {
        let Some(definition) = self.schema.tables.get(table).cloned() else {
            return;
        };
        for row in &mut rows {
            self.fill_defaults(table, &definition, row);
            as_stored(&definition, row);
        }
        if conflict != Conflict::Fail {
            let Some(fresh) = self.without_conflicts(table, &definition, rows) else {
                self.rows
                    .forget(table, "whether its rows were there already is not known");
                return;
            };
            let (fresh, clashes) = fresh;
            if clashes && conflict == Conflict::Update {
                self.rows
                    .forget(table, "rows that were there already are changed");
                return;
            }
            rows = fresh;
        }
        self.touched.extend(rows.iter().cloned());
        self.rows.insert(table, rows);
    }

    fn fill_defaults(&mut self, table: &QualName, definition: &Table, row: &mut Row) {
        for column in &definition.columns {
            if row.contains_key(&column.name) {
                continue;
            }
            let value = if column.generated.is_some() {
                unknown("a generated value")
            } else if column.identity_always.is_some() {
                self.next_of_column(table, &column.name)
            } else if let Some(default) = &column.default {
                match nextval_target(default) {
                    Some(sequence) => self.next_of(&sequence),
                    None => match crate::pg::sql::parse_expr(default.sql()) {
                        Ok(node) => row_value(&node, "", &Row::new()),
                        Err(why) => unknown(why),
                    },
                }
            } else {
                Datum::Null
            };
            row.insert(column.name.clone(), value);
        }
    }

    fn next_of_column(&mut self, table: &QualName, column: &str) -> Datum {
        match self.schema.owned_sequence(table, column) {
            Some((name, _)) => {
                let name = name.clone();
                self.next_of(&name)
            }
            None => unknown("an identity without a sequence"),
        }
    }

    fn next_of(&mut self, sequence: &QualName) -> Datum {
        let Some(options) = self.schema.sequences.get(sequence).map(|s| &s.options) else {
            return unknown("a sequence that is not there");
        };
        let step = options.increment.unwrap_or(1);
        let start = options
            .start
            .or(if step > 0 { options.min } else { options.max })
            .unwrap_or(if step > 0 { 1 } else { -1 });
        self.rows.next_value(sequence, start, step)
    }

    /// Rows that no key of the table has yet, and whether some were there; `None` when that is not known.
    fn without_conflicts(
        &self,
        table: &QualName,
        definition: &Table,
        rows: Vec<Row>,
    ) -> Option<(Vec<Row>, bool)> {
        let mut keys: Vec<Vec<String>> = definition
            .constraints
            .iter()
            .filter_map(|c| match &c.constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. }
                | ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
                _ => None,
            })
            .collect();
        for index in definition.indexes.iter().filter(|i| i.index.unique) {
            let columns: Option<Vec<String>> = index
                .index
                .parts
                .iter()
                .map(|p| match &p.key {
                    crate::ir::IndexKey::Column(name) => Some(name.clone()),
                    crate::ir::IndexKey::Expr(_) => None,
                })
                .collect();
            keys.push(columns?);
        }
        let mut held: Vec<Row> = match self.rows.content(table) {
            None => Vec::new(),
            Some(Content::Rows(rows)) => rows.clone(),
            Some(Content::Unknown(_)) => return None,
        };
        let before = held.len();
        let mut clashes = false;
        for row in rows {
            let mut clash = false;
            for key in &keys {
                // A key drawn from a sequence, or not known, is its own.
                let Some(own) = key_of(&row, key) else {
                    continue;
                };
                if own.contains(&Datum::Null) {
                    continue;
                }
                for other in &held {
                    match key_of(other, key) {
                        Some(theirs) => clash |= theirs == own,
                        None if key.len() == 1 => {}
                        None => return None,
                    }
                }
            }
            if clash {
                clashes = true;
            } else {
                held.push(row);
            }
        }
        Some((held.split_off(before), clashes))
    }

    /// The rows before a statement, when one of its expressions asks for rows.
    fn rows_around<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Option<AppRows> {
        nodes
            .into_iter()
            .any(|node| print_expr(node).contains("SELECT"))
            .then(|| self.rows.clone())
    }

    fn update(
        &mut self,
        table: &QualName,
        alias: &str,
        sets: &[(String, Node)],
        joined: bool,
        filter: Option<&Node>,
    ) {
        let asked = filter
            .into_iter()
            .chain(sets.iter().map(|(_, value)| value));
        let around = self.rows_around(asked);
        let schema = &self.schema;
        let value_of = |node: &Node, row: &Row| match &around {
            Some(rows) => row_value_among(schema, rows, node, alias, row),
            None => row_value(node, alias, row),
        };
        let condition = |row: &Row| match filter {
            _ if joined => unknown("a condition over other tables"),
            None => Datum::Bool(true),
            Some(node) => value_of(node, row),
        };
        let definition = schema.tables.get(table);
        let touched = &mut self.touched;
        let mut doubt = None;
        self.rows.retain(table, |row| {
            match condition(row) {
                Datum::Bool(true) => {
                    let values: Vec<(String, Datum)> = sets
                        .iter()
                        .map(|(column, value)| (ident(column), value_of(value, row)))
                        .collect();
                    row.extend(values);
                    if let Some(definition) = definition {
                        as_stored(definition, row);
                    }
                    touched.push(row.clone());
                }
                Datum::Unknown(why) => {
                    doubt.get_or_insert_with(|| why.clone());
                    for (column, _) in sets {
                        row.insert(ident(column), unknown(why.clone()));
                    }
                }
                Datum::Null
                | Datum::Bool(false)
                | Datum::Int(_)
                | Datum::Text(_)
                | Datum::Json(_)
                | Datum::List(_) => {}
            }
            true
        });
        self.touched_unknown = doubt;
    }

    fn delete(&mut self, table: &QualName, alias: &str, joined: bool, filter: Option<&Node>) {
        if !joined && filter.is_none() {
            if let Some(Content::Rows(rows)) = self.rows.content(table) {
                self.touched.extend(rows.iter().cloned());
            }
            self.rows.clear(table);
            return;
        }
        let around = self.rows_around(filter);
        let schema = &self.schema;
        let mut doubt = None;
        let touched = &mut self.touched;
        self.rows.retain(table, |row| {
            let holds = match filter {
                _ if joined => unknown("a condition over other tables"),
                None => Datum::Bool(true),
                Some(node) => match &around {
                    Some(rows) => row_value_among(schema, rows, node, alias, row),
                    None => row_value(node, alias, row),
                },
            };
            match holds {
                Datum::Bool(true) => {
                    touched.push(row.clone());
                    false
                }
                Datum::Unknown(why) => {
                    doubt.get_or_insert(why);
                    true
                }
                Datum::Null
                | Datum::Bool(false)
                | Datum::Int(_)
                | Datum::Text(_)
                | Datum::Json(_)
                | Datum::List(_) => true,
            }
        });
        if let Some(why) = doubt {
            self.rows.forget(
                table,
                format!("which of its rows were deleted is not known: {why}"),
            );
        }
    }

    /// `setval`: where the sequences that it names go on is not followed.
    pub(super) fn doubt_sequences_named(&mut self, sql: &str) {
        let named: Vec<QualName> = self
            .schema
            .sequences
            .iter()
            .filter(|(name, s)| {
                super::lookup::mentions_word(sql, &name.name)
                    || s.owned_by
                        .as_ref()
                        .is_some_and(|o| super::lookup::mentions_word(sql, &o.table.name))
            })
            .map(|(name, _)| name.clone())
            .collect();
        for sequence in named {
            self.rows.forget_sequence(&sequence);
        }
    }

    /// Rows written in a way that is told in words only: tables that the text names may have any.
    pub(super) fn doubt_tables_named(&mut self, text: &str, why: &str) {
        let words: std::collections::BTreeSet<&str> = text
            .split(|c: char| !(c == '_' || c.is_alphanumeric()))
            .collect();
        let named: Vec<QualName> = self
            .schema
            .tables
            .keys()
            .filter(|t| words.contains(t.name.as_str()))
            .cloned()
            .collect();
        for table in named {
            self.rows.forget(&table, why);
        }
    }

    /// A column of a table got another type: what it holds is not known where the form may change.
    pub(super) fn doubt_column(&mut self, table: &QualName, column: &str) {
        self.rows.retain(table, |row| {
            if let Some(value) = row.get_mut(column)
                && !matches!(value, Datum::Null)
            {
                *value = unknown("a value whose type changed");
            }
            true
        });
    }

    /// A new column's value in the rows that are there.
    pub(super) fn fill_new_column(&mut self, table: &QualName, column: &str) {
        let Some(definition) = self.schema.tables.get(table) else {
            return;
        };
        let Some(column) = definition.columns.iter().find(|c| c.name == column) else {
            return;
        };
        let value = match (&column.default, &column.generated, column.identity_always) {
            (None, None, None) => return,
            (Some(default), None, None) => match crate::pg::sql::parse_expr(default.sql()) {
                Ok(node) => row_value(&node, "", &Row::new()),
                Err(why) => unknown(why),
            },
            _ => unknown("a value that the database computes"),
        };
        let value = stored(&column.type_, value);
        let name = column.name.clone();
        self.rows.retain(table, |row| {
            row.insert(name.clone(), value.clone());
            true
        });
    }
}
