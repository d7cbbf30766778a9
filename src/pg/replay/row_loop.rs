//! Loops of `DO` blocks over rows of the application: where a turn is one plain statement for its row, one statement over the
//! query's rows does the same. What a replay without those rows sees, no turn at all, would lose it.

use super::Replay;
use crate::ir::{ConstraintKind, DataKind, DataStatement, OpKind, QualName};
use crate::pg::names::{quote_ident, quote_list, quote_qualified};
use crate::pg::sql::ast::{Change, FromItem, Insert, Node, Query, Update};
use crate::pg::sql::{DoStatement, parse_change, parse_query, parse_script, print_expr, tables_in};

impl Replay {
    /// Whether a query reads tables of the application and nothing else.
    pub(super) fn reads_application(&self, query: &str) -> bool {
        let reads = tables_in(query);
        let known = |name: &QualName| self.schema.tables.contains_key(&super::catalog_name(name));
        !reads.is_empty() && reads.iter().all(known)
    }

    /// What a loop over rows of the application does, as operations on rows: `None` where its body does more than that. A loop
    /// without a statement that does the same stands as its text, so that whoever translates it says so.
    pub(super) fn loop_over_rows(
        &self,
        names: &[String],
        query: &str,
        body: &[DoStatement],
    ) -> Option<Vec<OpKind>> {
        if !self.reads_application(query) {
            return None;
        }
        let mut changes = Vec::new();
        for statement in body {
            let DoStatement::Sql(statement) = statement else {
                return None;
            };
            match statement.ops.as_slice() {
                [OpKind::Data(data)] if data.kind != DataKind::Select => changes.push(data),
                _ => return None,
            }
        }
        if let ([row], [change]) = (names, changes.as_slice())
            && let Some(sql) = self.at_once(row, query, &change.sql)
        {
            let ops = parse_script(&sql).into_iter().flat_map(|s| s.ops);
            return Some(ops.collect());
        }
        let each = changes.iter().map(|change| {
            OpKind::Data(DataStatement {
                kind: change.kind,
                table: change.table.clone(),
                sql: format!(
                    "FOR {} IN {query} LOOP {}; END LOOP",
                    names.join(", "),
                    change.sql
                ),
                unknown: Vec::new(),
            })
        });
        Some(each.collect())
    }

    /// One statement for all turns.
    fn at_once(&self, row: &str, query: &str, change: &str) -> Option<String> {
        // A subquery in a turn sees what the turns before it did.
        if mentions(change, "select") || mentions(change, "returning") {
            return None;
        }
        let rows = format!("({query}) AS {}", quote_ident(row));
        let filtered = |filter: &Option<Node>| match filter {
            Some(filter) => format!(" WHERE {}", print_expr(filter)),
            None => String::new(),
        };
        let shown = |table: &QualName, alias: &Option<String>| match alias {
            Some(alias) => format!("{} AS {}", quote_qualified(table), quote_ident(alias)),
            None => quote_qualified(table),
        };
        match parse_change(change).ok()? {
            Change::Insert(insert) => inserted(&insert, &rows),
            Change::Delete(delete) if delete.using.is_empty() && delete.with.is_empty() => {
                Some(format!(
                    "DELETE FROM {} USING {rows}{}",
                    shown(&delete.table, &delete.alias),
                    filtered(&delete.filter)
                ))
            }
            Change::Update(update)
                if update.from.is_empty()
                    && update.with.is_empty()
                    && self.meets_once(row, query, &update) =>
            {
                let set = update.set.iter().map(|(column, value)| {
                    format!("{} = {}", quote_ident(column), print_expr(value))
                });
                Some(format!(
                    "UPDATE {} SET {} FROM {rows}{}",
                    shown(&update.table, &update.alias),
                    set.collect::<Vec<_>>().join(", "),
                    filtered(&update.filter)
                ))
            }
            _ => None,
        }
    }

    /// Whether no row is updated by two turns: a column that stays is equal to the key of the loop's only table.
    fn meets_once(&self, row: &str, query: &str, update: &Update) -> bool {
        let Some(key) = parse_query(query).ok().and_then(|q| self.key_of(&q)) else {
            return false;
        };
        let is_key = |node: &Node| matches!(node, Node::Column(path) if matches!(path.as_slice(), [r, c] if r == row && *c == key));
        let stays = |node: &Node| match node {
            Node::Column(path) => {
                path.first()
                    .is_some_and(|first| first != row || path.len() == 1)
                    && path
                        .last()
                        .is_some_and(|name| update.set.iter().all(|(c, _)| c != name))
            }
            _ => false,
        };
        let mut open: Vec<&Node> = update.filter.iter().collect();
        while let Some(node) = open.pop() {
            match node {
                Node::Binary(a, op, b) if op == "AND" => open.extend([&**a, &**b]),
                Node::Binary(a, op, b)
                    if op == "=" && (is_key(a) && stays(b) || is_key(b) && stays(a)) =>
                {
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// The single key column of a query's only table, where the query gives it by its own name.
    fn key_of(&self, query: &Query) -> Option<String> {
        let select = &query.select;
        let plain = query.with.is_empty()
            && query.compound.is_empty()
            && select.group_by.is_empty()
            && select.values.is_empty();
        let [FromItem::Table(table, _)] = select.from.as_slice() else {
            return None;
        };
        let table = self.schema.tables.get(&super::catalog_name(table))?;
        let mut kinds = table.constraints.iter().map(|c| &c.constraint.kind);
        let key = kinds.find_map(|kind| match kind {
            ConstraintKind::PrimaryKey { columns, .. } => Some(columns),
            _ => None,
        })?;
        let [key] = key.as_slice() else {
            return None;
        };
        let gives = |(node, alias): &(Node, Option<String>)| match node {
            Node::Star(_) => true,
            Node::Column(path) => {
                path.last() == Some(key) && alias.as_ref().is_none_or(|a| a == key)
            }
            _ => false,
        };
        (plain && select.items.iter().any(gives)).then(|| key.clone())
    }
}

/// `INSERT .. VALUES` of one row, for each row of a query.
fn inserted(insert: &Insert, rows: &str) -> Option<String> {
    let source = insert.source.as_ref()?;
    let [values] = source.select.values.as_slice() else {
        return None;
    };
    let is_default = |node: &Node| matches!(node, Node::Other(_));
    if !insert.with.is_empty() || values.iter().any(is_default) {
        return None;
    }
    let conflict = match &insert.on_conflict {
        None => "",
        Some(conflict)
            if conflict.update.is_none()
                && conflict.target.is_empty()
                && conflict.constraint.is_none() =>
        {
            " ON CONFLICT DO NOTHING"
        }
        Some(_) => return None,
    };
    let columns = if insert.columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", quote_list(&insert.columns))
    };
    let values: Vec<String> = values.iter().map(print_expr).collect();
    Some(format!(
        "INSERT INTO {}{columns} SELECT {} FROM {rows}{conflict}",
        quote_qualified(&insert.table),
        values.join(", ")
    ))
}

fn mentions(text: &str, word: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|w| w.eq_ignore_ascii_case(word))
}
