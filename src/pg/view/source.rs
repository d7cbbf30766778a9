//! FROM and WHERE of a catalog query: relations, joins, and conditions applied as soon as their columns are there.

use std::collections::BTreeMap;

use super::eval::{Application, BOUND, Evaluator, Named, Result2, Rows, Scope, Stop, decided};
use super::value::Value;
use crate::ir::QualName;
use crate::pg::rows::Content;
use crate::pg::sql::ast::{FromItem, Node, Select};

impl Evaluator<'_> {
    /// Rows of FROM that WHERE keeps. Conditions are applied as soon as their columns are there.
    pub(super) fn source(
        &self,
        select: &Select,
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Rows> {
        let mut pending = Vec::new();
        if let Some(filter) = &select.filter {
            conjuncts(filter, &mut pending);
        }
        let outer = select.from.iter().any(has_outer_join);
        let mut later = Vec::new();
        if outer {
            std::mem::swap(&mut pending, &mut later);
        }
        let mut source = Rows {
            columns: Vec::new(),
            rows: vec![Vec::new()],
        };
        for item in &select.from {
            let next = self.read_from(item, &mut pending, parent, named)?;
            source = self.cross(source, next, &mut pending, parent, named)?;
        }
        pending.append(&mut later);
        match self
            .filter(&mut source, &pending, parent, named)?
            .into_iter()
            .next()
        {
            Some((_, stop)) => Err(stop),
            None => Ok(source),
        }
    }

    /// Keeps the rows for which no condition is false, and gives the conditions that could not be decided for one of
    /// these: what else is asked of a row may still drop it.
    fn filter<'n>(
        &self,
        source: &mut Rows,
        conditions: &[&'n Node],
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Vec<(&'n Node, Stop)>> {
        let mut open: Vec<Option<Stop>> = conditions.iter().map(|_| None).collect();
        let mut kept = Vec::new();
        'rows: for row in std::mem::take(&mut source.rows) {
            let scope = Scope {
                columns: &source.columns,
                row: &row,
                group: None,
                parent,
            };
            let mut stops = Vec::new();
            for (n, condition) in conditions.iter().enumerate() {
                match self.holds(condition, &scope, named) {
                    Ok(true) => {}
                    Ok(false) => continue 'rows,
                    Err(stop @ Stop::Unknown(_)) => stops.push((n, stop)),
                    Err(stop) => return Err(stop),
                }
            }
            for (n, stop) in stops {
                if let Some(slot) = open.get_mut(n) {
                    slot.get_or_insert(stop);
                }
            }
            kept.push(row);
        }
        source.rows = kept;
        Ok(std::iter::zip(conditions.iter().copied(), open)
            .filter_map(|(condition, stop)| Some((condition, stop?)))
            .collect())
    }

    /// Takes the conditions out of `pending` that these columns answer, and applies them.
    fn settle(
        &self,
        mut source: Rows,
        pending: &mut Vec<&Node>,
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Rows> {
        let (now, later): (Vec<&Node>, Vec<&Node>) = std::mem::take(pending)
            .into_iter()
            .partition(|condition| answers(&source.columns, condition));
        *pending = later;
        for (condition, _) in self.filter(&mut source, &now, parent, named)? {
            pending.push(condition);
        }
        Ok(source)
    }

    fn cross(
        &self,
        left: Rows,
        right: Rows,
        pending: &mut Vec<&Node>,
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Rows> {
        if left.columns.is_empty() && left.rows.len() == 1 {
            return self.settle(right, pending, parent, named);
        }
        let mut columns = left.columns.clone();
        columns.extend(right.columns.clone());
        // An equality between the sides selects partners without looking at every pair.
        let mut pairs: Option<(usize, usize)> = None;
        for condition in pending.iter() {
            if let Node::Binary(a, op, b) = condition
                && op == "="
                && let (Node::Column(a), Node::Column(b)) = (a.as_ref(), b.as_ref())
            {
                let find = |path: &[String], side: &Rows| position(&side.columns, path);
                pairs = match (find(a, &left), find(b, &right)) {
                    (Some(l), Some(r)) => Some((l, r)),
                    _ => match (find(b, &left), find(a, &right)) {
                        (Some(l), Some(r)) => Some((l, r)),
                        _ => None,
                    },
                };
                if pairs.is_some() {
                    break;
                }
            }
        }
        let mut rows = Vec::new();
        if let Some((l, r)) = pairs {
            let mut partners: BTreeMap<String, Vec<&Vec<Value>>> = BTreeMap::new();
            decided(left.rows.iter().filter_map(|row| row.get(l)))?;
            decided(right.rows.iter().filter_map(|row| row.get(r)))?;
            for row in &right.rows {
                partners.entry(join_key(row.get(r))).or_default().push(row);
            }
            for row in &left.rows {
                for partner in partners.get(&join_key(row.get(l))).into_iter().flatten() {
                    rows.push(row.iter().chain(partner.iter()).cloned().collect());
                }
            }
        } else {
            if left.rows.len().saturating_mul(right.rows.len()) > BOUND {
                return Stop::unknown("its join is too large");
            }
            for row in &left.rows {
                for partner in &right.rows {
                    rows.push(row.iter().chain(partner.iter()).cloned().collect());
                }
            }
        }
        self.settle(Rows { columns, rows }, pending, parent, named)
    }

    fn read_from<'n>(
        &self,
        item: &'n FromItem,
        pending: &mut Vec<&'n Node>,
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Rows> {
        match item {
            FromItem::Table(name, alias) => {
                let shown = alias.clone().unwrap_or_else(|| name.name.clone());
                let rows = self.relation(name, &shown, named)?;
                self.settle(rows, pending, parent, named)
            }
            FromItem::Query {
                query,
                alias,
                columns,
                ..
            } => {
                let (mut names, rows) = self.query(query, parent, named)?;
                for (slot, given) in names.iter_mut().zip(columns) {
                    slot.clone_from(given);
                }
                let shown = alias.clone().unwrap_or_default();
                let rows = Rows {
                    columns: names.into_iter().map(|n| (shown.clone(), n)).collect(),
                    rows,
                };
                self.settle(rows, pending, parent, named)
            }
            FromItem::Function {
                call,
                alias,
                columns,
            } => {
                let Node::Call(function) = call else {
                    return Stop::unknown("a function in FROM is not modelled");
                };
                let shown = alias.clone().unwrap_or_else(|| function.name.clone());
                let column = columns.first().cloned().unwrap_or_else(|| shown.clone());
                let values = match (function.name.as_str(), function.args.as_slice()) {
                    ("unnest", [list]) => self.eval(list, parent, named)?,
                    _ => return Stop::unknown(format!("{}() in FROM", function.name)),
                };
                let rows = match values {
                    Value::List(values) => values.into_iter().map(|v| vec![v]).collect(),
                    _ => Vec::new(),
                };
                Ok(Rows {
                    columns: vec![(shown, column)],
                    rows,
                })
            }
            FromItem::Join {
                left,
                kind,
                right,
                on,
                using,
            } => {
                if kind == "JOIN" || kind == "CROSS JOIN" {
                    if let Some(on) = on {
                        conjuncts(on, pending);
                    }
                    let left = self.read_from(left, pending, parent, named)?;
                    let right = self.read_from(right, pending, parent, named)?;
                    if using.is_empty() {
                        return self.cross(left, right, pending, parent, named);
                    }
                    return join_using(left, right, using);
                }
                if kind != "LEFT JOIN" || !using.is_empty() {
                    return Stop::unknown(format!("it has a {kind}"));
                }
                let mut none = Vec::new();
                let left = self.read_from(left, &mut none, parent, named)?;
                let mut none = Vec::new();
                let right = self.read_from(right, &mut none, parent, named)?;
                self.left_join(left, &right, on.as_ref(), parent, named)
            }
        }
    }

    fn left_join(
        &self,
        left: Rows,
        right: &Rows,
        on: Option<&Node>,
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Rows> {
        if left.rows.len().saturating_mul(right.rows.len()) > BOUND {
            return Stop::unknown("its join is too large");
        }
        let mut columns = left.columns.clone();
        columns.extend(right.columns.clone());
        let mut rows = Vec::new();
        for row in &left.rows {
            let before = rows.len();
            for partner in &right.rows {
                let joined: Vec<Value> = row.iter().chain(partner.iter()).cloned().collect();
                let scope = Scope {
                    columns: &columns,
                    row: &joined,
                    group: None,
                    parent,
                };
                let holds = match on {
                    Some(on) => self.holds(on, &scope, named)?,
                    None => true,
                };
                if holds {
                    rows.push(joined);
                }
            }
            if rows.len() == before {
                let mut joined = row.clone();
                joined.resize(columns.len(), Value::Null);
                rows.push(joined);
            }
        }
        Ok(Rows { columns, rows })
    }

    fn relation(&self, name: &QualName, shown: &str, named: &Named) -> Result2<Rows> {
        let with = |columns: Vec<String>, rows: Vec<Vec<Value>>| {
            Ok(Rows {
                columns: columns.into_iter().map(|c| (shown.to_owned(), c)).collect(),
                rows,
            })
        };
        if name.schema.is_none()
            && let Some((columns, rows)) = named.get(&name.name)
        {
            return with(columns.clone(), rows.clone());
        }
        let schema = self.catalog.schema();
        let found = match name.schema.as_deref() {
            Some("information_schema") => self.catalog.information_schema(&name.name),
            Some("pg_catalog") => self.catalog.pg_catalog(&name.name),
            None if !schema.tables.contains_key(name) => self.catalog.pg_catalog(&name.name),
            _ => None,
        };
        if let Some(relation) = found {
            let columns = relation.columns.iter().map(|c| (*c).to_owned()).collect();
            return with(columns, relation.rows);
        }
        let system = name.name.starts_with("pg_")
            || matches!(
                name.schema.as_deref(),
                Some("information_schema" | "pg_catalog")
            );
        if system {
            return Stop::unknown(format!("the catalog {name} is not modelled"));
        }
        let version = name.name == "alembic_version";
        let application = match self.application {
            Application::Stop
                if version
                    || schema.tables.contains_key(name)
                    || schema.views.contains_key(name) =>
            {
                return Err(Stop::Application);
            }
            Application::Stop => return Err(Stop::Missing(name.clone())),
            Application::Rows(rows) => rows,
        };
        match (schema.tables.get(name), schema.views.get(name)) {
            (Some(table), _) => {
                let columns: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
                let rows = match application.content(name) {
                    None => Vec::new(),
                    Some(Content::Unknown(why)) => {
                        return Stop::unknown(format!("the rows of {name} are not known: {why}"));
                    }
                    Some(Content::Rows(rows)) => rows
                        .iter()
                        .map(|row| {
                            columns
                                .iter()
                                .map(|c| row.get(c).map_or(Value::Null, Value::from))
                                .collect()
                        })
                        .collect(),
                };
                with(columns, rows)
            }
            (None, Some(view)) => {
                let query = match crate::pg::sql::parse_query(&view.query) {
                    Ok(query) => query,
                    Err(why) => return Stop::unknown(why),
                };
                let (mut names, rows) = self.query(&query, None, &Named::new())?;
                for (slot, given) in names.iter_mut().zip(&view.columns) {
                    slot.clone_from(given);
                }
                with(names, rows)
            }
            (None, None) if version => with(vec!["version_num".to_owned()], Vec::new()),
            (None, None) => Err(Stop::Missing(name.clone())),
        }
    }
}

fn join_key(value: Option<&Value>) -> String {
    match value {
        // NULL joins nothing; a key that no text has keeps it alone.
        None | Some(Value::Null) => "\u{0}".to_owned(),
        Some(Value::Class(n, _) | Value::Type(n, _)) => n.to_string(),
        Some(other) => other.text(),
    }
}

pub(super) fn position(columns: &[(String, String)], path: &[String]) -> Option<usize> {
    let (name, qualifier) = path.split_last()?;
    columns
        .iter()
        .position(|(table, column)| column == name && qualifier.last().is_none_or(|q| q == table))
}

fn conjuncts<'n>(node: &'n Node, out: &mut Vec<&'n Node>) {
    match node {
        Node::Binary(left, op, right) if op == "AND" => {
            conjuncts(left, out);
            conjuncts(right, out);
        }
        other => out.push(other),
    }
}

fn has_outer_join(item: &FromItem) -> bool {
    match item {
        FromItem::Join {
            left, kind, right, ..
        } => {
            !(kind == "JOIN" || kind == "CROSS JOIN")
                || has_outer_join(left)
                || has_outer_join(right)
        }
        FromItem::Table(..) | FromItem::Query { .. } | FromItem::Function { .. } => false,
    }
}

/// Whether a condition needs no more than these columns.
fn answers(columns: &[(String, String)], condition: &Node) -> bool {
    match condition {
        Node::Column(path) => position(columns, path).is_some(),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::String(_) => true,
        Node::Unary(_, a) | Node::Cast(a, _) | Node::Collate(a, _) => answers(columns, a),
        Node::Binary(a, _, b) | Node::Escape(a, b) => answers(columns, a) && answers(columns, b),
        Node::IsNull { operand, .. } | Node::IsBool { operand, .. } => answers(columns, operand),
        Node::In { operand, items, .. } => {
            answers(columns, operand) && items.iter().all(|i| answers(columns, i))
        }
        Node::Quantified { left, array, .. } => answers(columns, left) && answers(columns, array),
        Node::Array(items) | Node::Row(items) => items.iter().all(|i| answers(columns, i)),
        Node::Call(call) => call.args.iter().all(|a| answers(columns, a)),
        _ => false,
    }
}

fn join_using(left: Rows, right: Rows, using: &[String]) -> Result2<Rows> {
    let keys = |rows: &Rows| -> Option<Vec<usize>> {
        using
            .iter()
            .map(|name| position(&rows.columns, std::slice::from_ref(name)))
            .collect()
    };
    let (Some(l), Some(r)) = (keys(&left), keys(&right)) else {
        return Stop::unknown("its USING names columns that are not known");
    };
    let key = |row: &[Value], at: &[usize]| -> Vec<String> {
        at.iter().map(|at| join_key(row.get(*at))).collect()
    };
    let mut columns = left.columns.clone();
    columns.extend(right.columns.clone());
    decided(
        left.rows
            .iter()
            .flat_map(|row| l.iter().filter_map(|at| row.get(*at))),
    )?;
    decided(
        right
            .rows
            .iter()
            .flat_map(|row| r.iter().filter_map(|at| row.get(*at))),
    )?;
    let mut rows = Vec::new();
    for row in &left.rows {
        for partner in &right.rows {
            if key(row, &l) == key(partner, &r) {
                rows.push(row.iter().chain(partner.iter()).cloned().collect());
            }
        }
    }
    Ok(Rows { columns, rows })
}
