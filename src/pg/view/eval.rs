//! Queries evaluated over the catalog relations: joins, conditions, grouping, subqueries. Bounded, and honest: what it
//! does not know stops it with the reason.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Variables;
use super::catalog::Catalog;
use super::function;
use super::value::Value;
use crate::ir::{Datum, QualName};
use crate::pg::rows::{AppRows, Row};
use crate::pg::schema::Schema;
use crate::pg::sql::ast::{Call, Node, OrderItem, Query, Select};
use crate::pg::sql::{figure_name, print_expr};
use crate::pg::types::PgType;

/// Name of the database; catalogs repeat it, `current_database()` tells it.
pub(super) const DATABASE: &str = "postgres";

/// Rows that a join may look at before the evaluation gives up.
pub(super) const BOUND: usize = 2_000_000;

/// What happens at a table of the application.
#[derive(Debug, Clone, Copy)]
pub(super) enum Application<'a> {
    /// It has the rows that the history wrote.
    Rows(&'a AppRows),
    /// The evaluation stops.
    Stop,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    /// It reads a table of the application.
    Application,
    /// It reads a relation that does not exist.
    Missing(QualName),
    /// It is not understood.
    Unknown(String),
}

impl Stop {
    pub(super) fn reason(self) -> String {
        match self {
            Stop::Application => "it reads tables of the application".to_owned(),
            Stop::Missing(name) => format!("relation \"{name}\" does not exist"),
            Stop::Unknown(why) => why,
        }
    }

    pub(super) fn unknown<T>(why: impl Into<String>) -> Result<T, Stop> {
        Err(Stop::Unknown(why.into()))
    }
}

/// Rows whose columns know the table that they come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) columns: Vec<(String, String)>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// Where names are looked up: the row at hand, then those around it, then variables.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) columns: &'s [(String, String)],
    pub(super) row: &'s [Value],
    /// Rows of the group, when aggregates are computed.
    pub(super) group: Option<&'s [Vec<Value>]>,
    pub(super) parent: Option<&'s Scope<'s>>,
}

/// The evaluator of one query and its subqueries.
pub(super) struct Evaluator<'a> {
    pub(super) catalog: Catalog<'a>,
    variables: &'a Variables,
    pub(super) application: Application<'a>,
}

pub(super) type Result2<T> = Result<T, Stop>;

/// Evaluates a query; gives the names of its columns and its rows.
pub(super) fn run(
    schema: &Schema,
    query: &Query,
    variables: &Variables,
    application: Application<'_>,
) -> Result<(Vec<String>, Vec<Vec<Datum>>), Stop> {
    let evaluator = Evaluator {
        catalog: Catalog::new(schema),
        variables,
        application,
    };
    let (columns, rows) = evaluator.query(query, None, &BTreeMap::new())?;
    let rows = rows
        .into_iter()
        .map(|row| row.into_iter().map(Datum::from).collect())
        .collect();
    Ok((columns, rows))
}

/// Value of an expression over one row.
pub(super) fn in_row(node: &Node, alias: &str, row: &Row) -> Datum {
    in_row_among(&Schema::default(), &AppRows::default(), node, alias, row)
}

/// Value of an expression over one row; what it asks of other tables is looked up in `rows`.
pub(super) fn in_row_among(
    schema: &Schema,
    rows: &AppRows,
    node: &Node,
    alias: &str,
    row: &Row,
) -> Datum {
    let variables = Variables::new();
    let evaluator = Evaluator {
        catalog: Catalog::new(schema),
        variables: &variables,
        application: Application::Rows(rows),
    };
    let columns: Vec<(String, String)> =
        row.keys().map(|c| (alias.to_owned(), c.clone())).collect();
    let values: Vec<Value> = row.values().map(Value::from).collect();
    let scope = Scope {
        columns: &columns,
        row: &values,
        group: None,
        parent: None,
    };
    match evaluator.eval(node, Some(&scope), &BTreeMap::new()) {
        Ok(value) => Datum::from(value),
        Err(stop) => Datum::Unknown(stop.reason()),
    }
}

pub(super) type Named = BTreeMap<String, (Vec<String>, Vec<Vec<Value>>)>;
impl Evaluator<'_> {
    /// A query with its common table expressions, compounds, order and limits.
    pub(super) fn query(
        &self,
        query: &Query,
        parent: Option<&Scope<'_>>,
        outer: &Named,
    ) -> Result2<(Vec<String>, Vec<Vec<Value>>)> {
        let mut named = outer.clone();
        if query.recursive && !query.with.is_empty() {
            return Stop::unknown("it has a recursive common table expression");
        }
        for (name, columns, inner) in &query.with {
            let (own, rows) = self.query(inner, parent, &named)?;
            let names = if columns.is_empty() {
                own
            } else {
                columns.clone()
            };
            named.insert(name.clone(), (names, rows));
        }
        let order = if query.compound.is_empty() {
            query.order_by.as_slice()
        } else {
            &[]
        };
        let (columns, mut rows) = self.select(&query.select, order, parent, &named)?;
        for (op, select) in &query.compound {
            let (_, more) = self.select(select, &[], parent, &named)?;
            if op != "UNION ALL" {
                decided(rows.iter().chain(&more).flatten())?;
            }
            match op.as_str() {
                "UNION ALL" => rows.extend(more),
                "UNION" => {
                    rows.extend(more);
                    rows = distinct(rows);
                }
                "EXCEPT" => {
                    rows.retain(|r| !more.contains(r));
                    rows = distinct(rows);
                }
                "INTERSECT" => {
                    rows.retain(|r| more.contains(r));
                    rows = distinct(rows);
                }
                other => return Stop::unknown(format!("it has {other}")),
            }
        }
        if !query.compound.is_empty() && !query.order_by.is_empty() {
            rows = sorted_by_output(&columns, rows, &query.order_by)?;
        }
        let count = |node: &Option<Node>| -> Result2<Option<usize>> {
            match node {
                None | Some(Node::Null) => Ok(None),
                Some(node) => match self.eval(node, None, &named)? {
                    Value::Int(n) => Ok(usize::try_from(n).ok()),
                    _ => Stop::unknown("its LIMIT is not a number"),
                },
            }
        };
        if let Some(offset) = count(&query.offset)? {
            rows.drain(..offset.min(rows.len()));
        }
        if let Some(limit) = count(&query.limit)? {
            rows.truncate(limit);
        }
        Ok((columns, rows))
    }

    fn select(
        &self,
        select: &Select,
        order: &[OrderItem],
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<(Vec<String>, Vec<Vec<Value>>)> {
        if !select.values.is_empty() {
            let width = select.values.first().map_or(0, Vec::len);
            let columns = (1..=width).map(|n| format!("column{n}")).collect();
            let rows = select
                .values
                .iter()
                .map(|row| row.iter().map(|n| self.eval(n, parent, named)).collect())
                .collect::<Result2<_>>()?;
            return Ok((columns, rows));
        }
        let source = self.source(select, parent, named)?;
        let groups = self.groups(select, &source, parent, named)?;
        let mut out: Vec<Output> = Vec::new();
        let on: Vec<OrderItem> = select
            .distinct_on
            .iter()
            .map(|expr| OrderItem {
                expr: expr.clone(),
                descending: false,
                nulls_first: None,
            })
            .collect();
        let names = output_names(select, &source);
        let empty: Vec<Value> = vec![Value::Null; source.columns.len()];
        for group in &groups {
            let (row, rows) = match group {
                Group::Row(at) => (source.rows.get(*at).unwrap_or(&empty), None),
                Group::Rows(rows) => (rows.first().unwrap_or(&empty), Some(rows.as_slice())),
            };
            let scope = Scope {
                columns: &source.columns,
                row,
                group: rows,
                parent,
            };
            if let Some(having) = &select.having
                && !self.holds(having, &scope, named)?
            {
                continue;
            }
            for values in self.items(select, &scope, named)? {
                let keys = self.order_keys(order, &names, &values, &scope, named)?;
                let apart = self.order_keys(&on, &names, &values, &scope, named)?;
                out.push(Output {
                    keys,
                    apart,
                    values,
                });
            }
        }
        if !order.is_empty() {
            decided(out.iter().flat_map(|o| &o.keys))?;
            out.sort_by(|a, b| compare_keys(&a.keys, &b.keys, order));
        }
        if !on.is_empty() {
            decided(out.iter().flat_map(|o| &o.apart))?;
            let mut seen: Vec<Vec<Value>> = Vec::new();
            out.retain(|o| {
                let new = !seen.contains(&o.apart);
                if new {
                    seen.push(o.apart.clone());
                }
                new
            });
        }
        let mut rows: Vec<Vec<Value>> = out.into_iter().map(|o| o.values).collect();
        if select.distinct && on.is_empty() {
            decided(rows.iter().flatten())?;
            rows = distinct(rows);
        }
        Ok((names, rows))
    }

    fn order_keys(
        &self,
        order: &[OrderItem],
        names: &[String],
        values: &[Value],
        scope: &Scope<'_>,
        named: &Named,
    ) -> Result2<Vec<Value>> {
        order
            .iter()
            .map(|item| match &item.expr {
                Node::Number(n) => Ok(n
                    .parse::<usize>()
                    .ok()
                    .and_then(|n| values.get(n.checked_sub(1)?))
                    .cloned()
                    .unwrap_or(Value::Null)),
                Node::Column(path) if path.len() == 1 => {
                    let at = names.iter().position(|n| path.first() == Some(n));
                    match at.and_then(|at| values.get(at)) {
                        Some(value) => Ok(value.clone()),
                        None => self.eval(&item.expr, Some(scope), named),
                    }
                }
                other => self.eval(other, Some(scope), named),
            })
            .collect()
    }

    /// Result rows of one source row: one, or several where a column is `unnest(..)`.
    fn items(&self, select: &Select, scope: &Scope<'_>, named: &Named) -> Result2<Vec<Vec<Value>>> {
        let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
        for (item, _) in &select.items {
            match item {
                Node::Star(qualifier) => {
                    let values: Vec<Value> = scope
                        .columns
                        .iter()
                        .zip(scope.row)
                        .filter(|((table, _), _)| qualifier.as_ref().is_none_or(|q| q == table))
                        .map(|(_, v)| v.clone())
                        .collect();
                    for row in &mut rows {
                        row.extend(values.iter().cloned());
                    }
                }
                _ if unnested(item).is_some() => {
                    let (list, casts) = unnested(item).unwrap_or((item, Vec::new()));
                    let Value::List(mut values) = self.eval(list, Some(scope), named)? else {
                        return Ok(Vec::new());
                    };
                    for type_ in casts {
                        values = values
                            .into_iter()
                            .map(|v| function::cast(&self.catalog, v, type_))
                            .collect::<Result2<_>>()?;
                    }
                    rows = rows
                        .into_iter()
                        .flat_map(|row| {
                            values.iter().map(move |v| {
                                let mut row = row.clone();
                                row.push(v.clone());
                                row
                            })
                        })
                        .collect();
                }
                other => {
                    let value = self.eval(other, Some(scope), named)?;
                    for row in &mut rows {
                        row.push(value.clone());
                    }
                }
            }
        }
        Ok(rows)
    }

    /// Groups of a select's rows: each row for itself without aggregates.
    fn groups(
        &self,
        select: &Select,
        source: &Rows,
        parent: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Vec<Group>> {
        let aggregated = select.items.iter().any(|(n, _)| has_aggregate(n))
            || select.having.as_ref().is_some_and(has_aggregate);
        if select.group_by.is_empty() {
            return Ok(if aggregated {
                vec![Group::Rows(source.rows.clone())]
            } else {
                (0..source.rows.len()).map(Group::Row).collect()
            });
        }
        let mut groups: Vec<(Vec<Value>, Vec<Vec<Value>>)> = Vec::new();
        for row in &source.rows {
            let scope = Scope {
                columns: &source.columns,
                row,
                group: None,
                parent,
            };
            let key = select
                .group_by
                .iter()
                .map(|node| match node {
                    Node::Number(n) => {
                        let item = n
                            .parse::<usize>()
                            .ok()
                            .and_then(|n| select.items.get(n.checked_sub(1)?));
                        match item {
                            Some((node, _)) => self.eval(node, Some(&scope), named),
                            None => Stop::unknown("its GROUP BY names no column"),
                        }
                    }
                    other => self.eval(other, Some(&scope), named),
                })
                .collect::<Result2<Vec<Value>>>()?;
            match groups.iter_mut().find(|(k, _)| *k == key) {
                Some((_, rows)) => rows.push(row.clone()),
                None => groups.push((key, vec![row.clone()])),
            }
        }
        Ok(groups
            .into_iter()
            .map(|(_, rows)| Group::Rows(rows))
            .collect())
    }

    /// Value of an expression in a scope.
    pub(super) fn eval(
        &self,
        node: &Node,
        scope: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Value> {
        let eval = |node: &Node| self.eval(node, scope, named);
        Ok(match node {
            Node::Null => Value::Null,
            Node::Bool(b) => Value::Bool(*b),
            Node::Number(text) => match text.parse() {
                Ok(n) => Value::Int(n),
                Err(_) => Value::Text(text.clone()),
            },
            Node::String(text) => Value::Text(text.clone()),
            Node::Column(path) => self.column(path, scope)?,
            Node::Unary(op, operand) => match (op.as_str(), eval(operand)?) {
                (_, Value::Null) => Value::Null,
                (_, hole @ Value::Hole(_)) => hole,
                ("NOT", value) => Value::Bool(value != Value::Bool(true)),
                ("-", Value::Int(n)) => Value::Int(-n),
                ("+", value) => value,
                (op, _) => return Stop::unknown(format!("operator {op}")),
            },
            Node::Binary(left, op, right) => self.binary(left, op, right, scope, named)?,
            Node::Escape(matched, _) => eval(matched)?,
            Node::IsNull { operand, negated } => match eval(operand)? {
                hole @ Value::Hole(_) => hole,
                value => Value::Bool((value == Value::Null) != *negated),
            },
            Node::IsBool {
                operand,
                value,
                negated,
            } => {
                let actual = match eval(operand)? {
                    hole @ Value::Hole(_) => return Ok(hole),
                    Value::Bool(b) => Some(b),
                    _ => None,
                };
                Value::Bool((actual == *value) != *negated)
            }
            Node::Between {
                operand,
                low,
                high,
                negated,
            } => {
                let value = eval(operand)?;
                let (low, high) = (eval(low)?, eval(high)?);
                if let Some(why) = [&value, &low, &high].into_iter().find_map(Value::hole) {
                    return Ok(Value::Hole(why.to_owned()));
                }
                match (value.compare(&low), value.compare(&high)) {
                    (Some(a), Some(b)) => {
                        Value::Bool((a != Ordering::Less && b != Ordering::Greater) != *negated)
                    }
                    _ => Value::Null,
                }
            }
            Node::In {
                operand,
                items,
                negated,
            } => {
                let items = items.iter().map(eval).collect::<Result2<Vec<_>>>()?;
                contained(&eval(operand)?, &items, *negated)
            }
            Node::InQuery {
                operand,
                query,
                negated,
            } => {
                let (_, rows) = self.query(query, scope, named)?;
                let items: Vec<Value> = rows
                    .into_iter()
                    .filter_map(|r| r.into_iter().next())
                    .collect();
                contained(&eval(operand)?, &items, *negated)
            }
            Node::Quantified {
                left,
                op,
                all,
                array,
            } => {
                let items = match array.as_ref() {
                    Node::Subquery(query) => {
                        let (_, rows) = self.query(query, scope, named)?;
                        rows.into_iter()
                            .filter_map(|r| r.into_iter().next())
                            .collect()
                    }
                    other => match eval(other)? {
                        Value::List(items) => items,
                        Value::Text(text) => function::array_literal(&text),
                        Value::Null => return Ok(Value::Null),
                        hole @ Value::Hole(_) => return Ok(hole),
                        other => return Stop::unknown(format!("{} is not an array", other.text())),
                    },
                };
                let left = eval(left)?;
                let mut results = Vec::new();
                for item in items {
                    results.push(function::operator(op, &left, &item)?);
                }
                let decides = Value::Bool(!*all);
                match results.iter().find_map(Value::hole) {
                    _ if results.contains(&decides) => decides,
                    Some(why) => Value::Hole(why.to_owned()),
                    None if *all => Value::Bool(results.iter().all(|r| *r == Value::Bool(true))),
                    None => Value::Bool(false),
                }
            }
            Node::Array(items) | Node::Row(items) => {
                Value::List(items.iter().map(eval).collect::<Result2<_>>()?)
            }
            Node::Cast(operand, type_) => {
                // `NULL::mood` in enum_range() is all about its type.
                function::cast(&self.catalog, eval(operand)?, type_)?
            }
            Node::Collate(operand, _) => eval(operand)?,
            Node::Call(call) => self.call(call, scope, named)?,
            Node::Case {
                operand,
                whens,
                otherwise,
            } => {
                let subject = match operand {
                    Some(operand) => Some(eval(operand)?),
                    None => None,
                };
                for (condition, result) in whens {
                    let value = eval(condition)?;
                    let doubt = subject
                        .as_ref()
                        .and_then(Value::hole)
                        .or_else(|| value.hole())
                        .map(str::to_owned);
                    if let Some(why) = doubt {
                        return Ok(Value::Hole(why));
                    }
                    let holds = match &subject {
                        Some(subject) => subject.compare(&value) == Some(Ordering::Equal),
                        None => value == Value::Bool(true),
                    };
                    if holds {
                        return eval(result);
                    }
                }
                match otherwise {
                    Some(otherwise) => eval(otherwise)?,
                    None => Value::Null,
                }
            }
            Node::Subscript(operand, index) => match (eval(operand)?, eval(index)?) {
                (hole @ Value::Hole(_), _) | (_, hole @ Value::Hole(_)) => hole,
                (Value::List(items), Value::Int(n)) => usize::try_from(n - 1)
                    .ok()
                    .and_then(|n| items.into_iter().nth(n))
                    .unwrap_or(Value::Null),
                _ => Value::Null,
            },
            Node::Subquery(query) => {
                let (_, rows) = self.query(query, scope, named)?;
                rows.into_iter()
                    .next()
                    .and_then(|r| r.into_iter().next())
                    .unwrap_or(Value::Null)
            }
            Node::Exists(query) => {
                let (_, rows) = self.query(query, scope, named)?;
                Value::Bool(!rows.is_empty())
            }
            Node::Star(_) | Node::Field(..) | Node::Other(_) => {
                return Stop::unknown(format!("`{}` is not modelled", print_expr(node)));
            }
        })
    }

    /// Whether a condition holds; one that is not known stops the evaluation.
    pub(super) fn holds(&self, node: &Node, scope: &Scope<'_>, named: &Named) -> Result2<bool> {
        match self.eval(node, Some(scope), named)? {
            Value::Bool(true) => Ok(true),
            Value::Hole(why) => Stop::unknown(why),
            _ => Ok(false),
        }
    }

    fn column(&self, path: &[String], scope: Option<&Scope<'_>>) -> Result2<Value> {
        let mut at = scope;
        while let Some(scope) = at {
            if let Some(value) =
                super::source::position(scope.columns, path).and_then(|p| scope.row.get(p))
            {
                return Ok(value.clone());
            }
            at = scope.parent;
        }
        match self.variables.get(&path.join(".")) {
            Some(value) => Ok(Value::from(value)),
            None => Stop::unknown(format!("column {} is not known", path.join("."))),
        }
    }

    fn binary(
        &self,
        left: &Node,
        op: &str,
        right: &Node,
        scope: Option<&Scope<'_>>,
        named: &Named,
    ) -> Result2<Value> {
        if op == "AND" || op == "OR" {
            let stops = Value::Bool(op == "OR");
            let first = self.eval(left, scope, named)?;
            if first == stops {
                return Ok(stops);
            }
            let second = self.eval(right, scope, named)?;
            return Ok(if second == stops {
                stops
            } else if let Some(why) = first.hole().or_else(|| second.hole()) {
                Value::Hole(why.to_owned())
            } else if first == Value::Null || second == Value::Null {
                Value::Null
            } else {
                Value::Bool(op == "AND")
            });
        }
        let left = self.eval(left, scope, named)?;
        let right = self.eval(right, scope, named)?;
        function::operator(op, &left, &right)
    }

    fn call(&self, call: &Call, scope: Option<&Scope<'_>>, named: &Named) -> Result2<Value> {
        if function::is_aggregate(&call.name) {
            return self.aggregate(call, scope, named);
        }
        if call.name == "enum_range" || call.name == "enum_first" || call.name == "enum_last" {
            return function::enum_labels(&self.catalog, call);
        }
        let args = call
            .args
            .iter()
            .map(|a| self.eval(a, scope, named))
            .collect::<Result2<Vec<_>>>()?;
        function::call(&self.catalog, &call.name, &args)
    }

    fn aggregate(&self, call: &Call, scope: Option<&Scope<'_>>, named: &Named) -> Result2<Value> {
        let Some(scope) = scope else {
            return Stop::unknown(format!("{}() without rows", call.name));
        };
        let Some(group) = scope.group else {
            return Stop::unknown(format!("{}() outside a group", call.name));
        };
        let mut values: Vec<(Vec<Value>, Value)> = Vec::new();
        let mut separator = Value::Text(String::new());
        for row in group {
            let inner = Scope {
                columns: scope.columns,
                row,
                group: None,
                parent: scope.parent,
            };
            if let Some(filter) = &call.filter
                && !self.holds(filter, &inner, named)?
            {
                continue;
            }
            let value = match call.args.first() {
                None | Some(Node::Star(_)) => Value::Int(1),
                Some(arg) => self.eval(arg, Some(&inner), named)?,
            };
            if let Some(second) = call.args.get(1) {
                separator = self.eval(second, Some(&inner), named)?;
            }
            let keys = call
                .order_by
                .iter()
                .map(|o| self.eval(&o.expr, Some(&inner), named))
                .collect::<Result2<Vec<_>>>()?;
            values.push((keys, value));
        }
        decided(values.iter().flat_map(|(keys, _)| keys))?;
        if !matches!(call.name.as_str(), "array_agg" | "json_agg" | "jsonb_agg")
            && let Some(why) = values.iter().find_map(|(_, v)| v.hole())
        {
            return Ok(Value::Hole(why.to_owned()));
        }
        values.sort_by(|(a, _), (b, _)| compare_keys(a, b, &call.order_by));
        let mut values: Vec<Value> = values.into_iter().map(|(_, v)| v).collect();
        if call.distinct {
            values = distinct(values.into_iter().map(|v| vec![v]).collect())
                .into_iter()
                .flatten()
                .collect();
        }
        function::aggregate(&call.name, values, &separator.text())
    }
}

/// Stops at a value that is not known, where rows are compared.
pub(super) fn decided<'v>(values: impl Iterator<Item = &'v Value>) -> Result2<()> {
    for value in values {
        if let Some(why) = value.hole() {
            return Stop::unknown(why);
        }
    }
    Ok(())
}

/// A row of the result before it is put in its place.
struct Output {
    /// Its keys of `ORDER BY`.
    keys: Vec<Value>,
    /// Its keys of `DISTINCT ON`.
    apart: Vec<Value>,
    values: Vec<Value>,
}

enum Group {
    Row(usize),
    Rows(Vec<Vec<Value>>),
}

/// The list in `unnest(list)`, and the casts around that call, innermost first.
fn unnested(item: &Node) -> Option<(&Node, Vec<&PgType>)> {
    match item {
        Node::Call(call) if call.name == "unnest" => Some((call.args.first()?, Vec::new())),
        Node::Cast(inner, type_) => {
            let (list, mut casts) = unnested(inner)?;
            casts.push(type_);
            Some((list, casts))
        }
        _ => None,
    }
}

fn contained(value: &Value, items: &[Value], negated: bool) -> Value {
    if *value == Value::Null {
        return Value::Null;
    }
    if let Some(why) = value.hole() {
        return Value::Hole(why.to_owned());
    }
    let found = items
        .iter()
        .any(|i| value.compare(i) == Some(Ordering::Equal));
    match items.iter().find_map(Value::hole) {
        Some(why) if !found => Value::Hole(why.to_owned()),
        _ if !found && items.contains(&Value::Null) => Value::Null,
        _ => Value::Bool(found != negated),
    }
}

/// Rows of a UNION and the like in the order of their own columns.
fn sorted_by_output(
    names: &[String],
    rows: Vec<Vec<Value>>,
    order: &[OrderItem],
) -> Result2<Vec<Vec<Value>>> {
    let mut places = Vec::new();
    for item in order {
        let place = match &item.expr {
            Node::Number(n) => n.parse::<usize>().ok().and_then(|n| n.checked_sub(1)),
            Node::Column(path) if path.len() == 1 => {
                names.iter().position(|n| path.first() == Some(n))
            }
            _ => None,
        };
        match place {
            Some(place) => places.push(place),
            None => return Stop::unknown("the order of its rows is not one of its columns"),
        }
    }
    let key = |row: &Vec<Value>| -> Vec<Value> {
        let cells = places.iter().map(|p| row.get(*p).cloned());
        cells.map(|c| c.unwrap_or(Value::Null)).collect()
    };
    let mut keyed: Vec<(Vec<Value>, Vec<Value>)> = rows.into_iter().map(|r| (key(&r), r)).collect();
    decided(keyed.iter().flat_map(|(keys, _)| keys))?;
    keyed.sort_by(|(a, _), (b, _)| compare_keys(a, b, order));
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

fn distinct(rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut out: Vec<Vec<Value>> = Vec::new();
    for row in rows {
        if !out.contains(&row) {
            out.push(row);
        }
    }
    out
}

fn compare_keys(a: &[Value], b: &[Value], order: &[OrderItem]) -> Ordering {
    for ((x, y), item) in a.iter().zip(b).zip(order) {
        let ordering = match (x, y) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Greater,
            (_, Value::Null) => Ordering::Less,
            (x, y) => x.compare(y).unwrap_or(Ordering::Equal),
        };
        let ordering = if item.descending {
            ordering.reverse()
        } else {
            ordering
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}

fn has_aggregate(node: &Node) -> bool {
    match node {
        Node::Call(call) => {
            function::is_aggregate(&call.name) || call.args.iter().any(has_aggregate)
        }
        Node::Unary(_, a) | Node::Cast(a, _) | Node::Collate(a, _) => has_aggregate(a),
        Node::Binary(a, _, b) | Node::Subscript(a, b) => has_aggregate(a) || has_aggregate(b),
        Node::IsNull { operand, .. } | Node::IsBool { operand, .. } => has_aggregate(operand),
        Node::In { operand, items, .. } => {
            has_aggregate(operand) || items.iter().any(has_aggregate)
        }
        Node::Case {
            whens, otherwise, ..
        } => {
            whens
                .iter()
                .any(|(c, r)| has_aggregate(c) || has_aggregate(r))
                || otherwise.as_deref().is_some_and(has_aggregate)
        }
        _ => false,
    }
}

fn output_names(select: &Select, source: &Rows) -> Vec<String> {
    let mut names = Vec::new();
    for (node, alias) in &select.items {
        match (alias, node) {
            (Some(alias), _) => names.push(alias.clone()),
            (None, Node::Star(qualifier)) => names.extend(
                source
                    .columns
                    .iter()
                    .filter(|(table, _)| qualifier.as_ref().is_none_or(|q| q == table))
                    .map(|(_, n)| n.clone()),
            ),
            (None, node) => names.push(match figure_name(&print_expr(node)).as_str() {
                "expr" => "?column?".to_owned(),
                other => other.to_owned(),
            }),
        }
    }
    names
}
