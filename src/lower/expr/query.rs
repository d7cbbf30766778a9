//! Queries of views, clause by clause, and aggregates.

use std::collections::BTreeMap;

use super::scope::Scope;
use super::{Place, Result, Sql, Translator, Ty};
use crate::ir::QualName;
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, Node, OrderItem, Query, Select};
use crate::pg::types::{BaseType, PgType};
use crate::sqlite::schema::{quote, quote_list};

/// Columns of a query: names and types.
pub(in crate::lower) type Columns = Vec<(String, Option<Ty>)>;

/// Columns of views that are translated.
pub(in crate::lower) type ViewColumns = BTreeMap<QualName, Columns>;

/// Where clauses of a select begin, from its first column.
const BREAK: &str = "\n";

impl Translator<'_> {
    /// A whole query, its columns, and what is not quite the same.
    pub(in crate::lower) fn query(
        mut self,
        query: &Query,
    ) -> Result<(String, Columns, Vec<super::Note>)> {
        let (text, columns) = self.write_query(query, BREAK)?;
        Ok((text, columns, self.notes))
    }

    /// A whole query on one line, and its columns.
    pub(in crate::lower) fn query_on_a_line(mut self, query: &Query) -> Result<(String, Columns)> {
        self.write_query(query, " ")
    }

    /// A query inside an expression, on one line.
    pub(super) fn subquery(&mut self, query: &Query) -> Result<(String, Columns)> {
        self.write_query(query, " ")
    }

    fn write_query(&mut self, query: &Query, sep: &str) -> Result<(String, Columns)> {
        let (depth, known) = (self.scopes.len(), self.ctes.len());
        let result = self.write_with(query, sep);
        self.scopes.truncate(depth);
        self.ctes.truncate(known);
        result
    }

    fn write_with(&mut self, query: &Query, sep: &str) -> Result<(String, Columns)> {
        if query.with.is_empty() {
            return self.write_body(query, sep);
        }
        let with = self.with(&query.with, query.recursive, sep)?;
        let (body, columns) = self.write_body(query, sep)?;
        Ok((format!("{with}{sep}{body}"), columns))
    }

    /// `WITH` and its queries, which are in sight from here on.
    pub(super) fn with(
        &mut self,
        items: &[(String, Vec<String>, Query)],
        recursive: bool,
        sep: &str,
    ) -> Result<String> {
        let mut parts = Vec::with_capacity(items.len());
        for (name, names, part) in items {
            if recursive && !part.compound.is_empty() {
                // The rows of the first part give the names and types that the others see.
                let mut first = part.clone();
                first.compound.clear();
                let (_, columns) = self.write_query(&first, sep)?;
                self.ctes.push((name.clone(), renamed(columns, names)));
                let (text, _) = self.write_query(part, sep)?;
                parts.push(cte(name, names, &text));
            } else {
                let (text, columns) = self.write_query(part, sep)?;
                parts.push(cte(name, names, &text));
                self.ctes.push((name.clone(), renamed(columns, names)));
            }
        }
        let recursive = if recursive { "RECURSIVE " } else { "" };
        Ok(format!(
            "WITH {recursive}{}",
            parts.join(&format!(",{sep}"))
        ))
    }

    fn write_body(&mut self, query: &Query, sep: &str) -> Result<(String, Columns)> {
        if !query.select.distinct_on.is_empty() {
            return self.write_distinct_on(query, sep);
        }
        let (mut text, columns) = self.write_select(&query.select, sep)?;
        for (op, select) in &query.compound {
            self.scopes.pop();
            let (part, _) = self.write_select(select, sep)?;
            text.push_str(&format!("{sep}{op}{sep}{part}"));
        }
        if !query.order_by.is_empty() {
            let order = self.order_by(&query.order_by, &columns)?;
            text.push_str(&format!("{sep}ORDER BY {order}"));
        }
        self.limited(query, &mut text, sep)?;
        Ok((text, columns))
    }

    /// `LIMIT` and `OFFSET`.
    fn limited(&mut self, query: &Query, text: &mut String, sep: &str) -> Result<()> {
        match (&query.limit, &query.offset) {
            (Some(limit), _) => text.push_str(&format!("{sep}LIMIT {}", self.expr(limit)?.text)),
            (None, Some(_)) => text.push_str(&format!("{sep}LIMIT -1")),
            (None, None) => {}
        }
        if let Some(offset) = &query.offset {
            text.push_str(&format!(" OFFSET {}", self.expr(offset)?.text));
        }
        Ok(())
    }

    /// `DISTINCT ON (a)`: the first row of each group in the query's order, by a window (PostgreSQL documentation, SELECT).
    fn write_distinct_on(&mut self, query: &Query, sep: &str) -> Result<(String, Columns)> {
        let select = &query.select;
        if !query.compound.is_empty() || !select.group_by.is_empty() {
            return Err("DISTINCT ON over groups has no equal".to_owned());
        }
        const NUMBER: &str = "decant_row";
        let mut inner = query.clone();
        inner.order_by.clear();
        inner.limit = None;
        inner.offset = None;
        let on = std::mem::take(&mut inner.select.distinct_on);
        inner.select.items.push((
            Node::Call(Box::new(Call {
                name: "row_number".to_owned(),
                over: Some(crate::pg::sql::ast::Window {
                    partition_by: on,
                    order_by: query.order_by.clone(),
                    frame: None,
                }),
                ..Call::default()
            })),
            Some(NUMBER.to_owned()),
        ));
        // What the outer order needs and the result does not hold.
        let mut order = Vec::with_capacity(query.order_by.len());
        for (at, item) in query.order_by.iter().enumerate() {
            let shown = inner.select.items.iter().find_map(|(node, alias)| {
                let name = alias.clone().unwrap_or_else(|| column_name(node));
                let named =
                    matches!(&item.expr, Node::Column(path) if path.as_slice() == [name.clone()]);
                (*node == item.expr || named).then_some(name)
            });
            let name = match shown {
                Some(name) => name,
                None => {
                    let name = format!("decant_order_{}", at + 1);
                    inner
                        .select
                        .items
                        .push((item.expr.clone(), Some(name.clone())));
                    name
                }
            };
            order.push(OrderItem {
                expr: Node::Column(vec![name]),
                ..item.clone()
            });
        }
        let (text, mut columns) = self.write_body(&inner, " ")?;
        columns.retain(|(name, _)| name != NUMBER && !name.starts_with("decant_order_"));
        let names: Vec<&String> = columns.iter().map(|c| &c.0).collect();
        let mut out = format!(
            "SELECT {}{sep}FROM ({text}){sep}WHERE {NUMBER} = 1",
            quote_list(&names)
        );
        if !order.is_empty() {
            let all: Columns = order
                .iter()
                .filter_map(|o| match &o.expr {
                    Node::Column(path) => path.first().map(|n| (n.clone(), None)),
                    _ => None,
                })
                .collect();
            out.push_str(&format!("{sep}ORDER BY {}", self.order_by(&order, &all)?));
        }
        self.limited(query, &mut out, sep)?;
        Ok((out, columns))
    }

    /// One select; its scope stays on the stack for what follows it.
    fn write_select(&mut self, select: &Select, sep: &str) -> Result<(String, Columns)> {
        if !select.distinct_on.is_empty() {
            return Err("DISTINCT ON inside a compound query has no equal".to_owned());
        }
        let mut scope = Scope::default();
        let mut from = Vec::with_capacity(select.from.len());
        for item in &select.from {
            let text = self.source(item, &mut scope, sep)?;
            if !text.is_empty() {
                from.push(text);
            }
        }
        self.scopes.push(scope);
        if !select.values.is_empty() {
            return self.values(&select.values);
        }
        let (items, columns) = self.items(select)?;
        let distinct = if select.distinct { "DISTINCT " } else { "" };
        let comma = if sep == BREAK { ",\n       " } else { ", " };
        let mut text = format!("SELECT {distinct}{}", items.join(comma));
        if !from.is_empty() {
            text.push_str(&format!("{sep}FROM {}", from.join(", ")));
        }
        if let Some(filter) = &select.filter {
            text.push_str(&format!("{sep}WHERE {}", self.condition(filter)?.text));
        }
        if !select.group_by.is_empty() {
            let mut keys = Vec::with_capacity(select.group_by.len());
            for key in &select.group_by {
                keys.push(self.expr(key)?.text);
            }
            text.push_str(&format!("{sep}GROUP BY {}", keys.join(", ")));
        }
        if let Some(having) = &select.having {
            text.push_str(&format!("{sep}HAVING {}", self.condition(having)?.text));
        }
        Ok((text, columns))
    }

    fn items(&mut self, select: &Select) -> Result<(Vec<String>, Columns)> {
        let mut texts = Vec::new();
        let mut columns: Columns = Vec::new();
        for (node, alias) in &select.items {
            if let Node::Star(qualifier) = node {
                let visible: Vec<_> = self
                    .scopes
                    .last()
                    .map(|s| s.columns.clone())
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|c| qualifier.as_ref().is_none_or(|q| c.qualifier == *q))
                    .collect();
                for column in visible {
                    texts.push(if is_called(&column.sql, &column.name) {
                        column.sql
                    } else {
                        format!("{} AS {}", column.sql, quote(&column.name))
                    });
                    columns.push((column.name, column.ty));
                }
                continue;
            }
            let sql = self.expr(node)?;
            let name = alias.clone().unwrap_or_else(|| column_name(node));
            let own = match node {
                Node::Column(_) => is_called(&sql.text, &name),
                _ => false,
            };
            // Only views have columns that somebody asks for by such a name.
            let unnamed = name == "?column?" && self.place != Place::View;
            texts.push(if own || unnamed {
                sql.text
            } else {
                format!("{} AS {}", sql.text, quote(&name))
            });
            columns.push((name, sql.ty));
        }
        Ok((texts, columns))
    }

    fn values(&mut self, rows: &[Vec<Node>]) -> Result<(String, Columns)> {
        let mut texts = Vec::with_capacity(rows.len());
        let mut columns: Columns = Vec::new();
        for row in rows {
            let mut items = Vec::with_capacity(row.len());
            for (at, node) in row.iter().enumerate() {
                let sql = self.expr(node)?;
                items.push(sql.text);
                if columns.len() <= at {
                    columns.push((format!("column{}", at + 1), sql.ty));
                }
            }
            texts.push(format!("({})", items.join(", ")));
        }
        Ok((format!("VALUES {}", texts.join(", ")), columns))
    }

    fn order_by(&mut self, items: &[OrderItem], columns: &Columns) -> Result<String> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let text = match &item.expr {
                // A name of the result goes before a name of the tables.
                Node::Column(path)
                    if path.len() == 1 && columns.iter().any(|c| path.first() == Some(&c.0)) =>
                {
                    let name = path.first().map_or("", String::as_str);
                    let place = columns.iter().position(|c| c.0 == name);
                    let scope = self.scopes.last();
                    let visible = scope.into_iter().flat_map(|s| &s.columns);
                    // SQLite looks for a name among the tables, too, unless the result gives it anew.
                    match place.filter(|_| visible.filter(|c| c.name == name).count() > 1) {
                        Some(place) => (place + 1).to_string(),
                        None => quote(name),
                    }
                }
                other => self.expr(other)?.text,
            };
            // PostgreSQL sorts NULL after everything, SQLite before.
            let nulls_first = item.nulls_first.unwrap_or(item.descending);
            let direction = if item.descending { " DESC" } else { "" };
            let nulls = match (item.descending, nulls_first) {
                (false, false) => " NULLS LAST",
                (true, true) => " NULLS FIRST",
                _ => "",
            };
            out.push(format!("{text}{direction}{nulls}"));
        }
        Ok(out.join(", "))
    }

    /// Aggregates and window functions.
    pub(super) fn aggregate(&mut self, call: &Call) -> Result<Sql> {
        if !self.place.is_free() {
            return Err(format!("{}() stands in queries alone", call.name));
        }
        let distinct = if call.distinct { "DISTINCT " } else { "" };
        let (text, ty) = match (call.name.as_str(), call.args.as_slice()) {
            ("count", [] | [Node::Star(_)]) => ("count(*)".to_owned(), Some(Ty::integer())),
            ("count", [x]) => (
                format!("count({distinct}{})", self.expr(x)?.text),
                Some(Ty::integer()),
            ),
            ("min" | "max", [x]) => {
                let x = self.expr(x)?;
                (format!("{}({})", call.name, x.text), x.ty)
            }
            ("sum", [x]) => return self.sum(x, distinct, call),
            ("avg", [x]) => {
                let x = self.expr(x)?;
                if x.ty
                    .as_ref()
                    .is_none_or(|t| !t.is_numeric() || t.is_decimal_text())
                {
                    return Err("avg() of something that is no number".to_owned());
                }
                self.note(
                    Grade::Widened,
                    "avg() is a double, without PostgreSQL's choice of places.",
                );
                (format!("avg({distinct}{})", x.text), Some(Ty::real()))
            }
            ("bool_and" | "every", [x]) => (
                format!("min({})", self.condition(x)?.text),
                Some(Ty::boolean()),
            ),
            ("bool_or", [x]) => (
                format!("max({})", self.condition(x)?.text),
                Some(Ty::boolean()),
            ),
            ("string_agg", [x, separator]) => {
                let x = self.expr(x)?;
                let x = self.text_form(x)?;
                let separator = self.expr(separator)?;
                if call.distinct {
                    return Err("string_agg(DISTINCT ..) has no equal".to_owned());
                }
                let order = self.ordered(call)?;
                (
                    format!("group_concat({}, {}{order})", x.text, separator.text),
                    Some(Ty::text()),
                )
            }
            ("row_number" | "rank" | "dense_rank", []) => {
                (format!("{}()", call.name), Some(Ty::integer()))
            }
            ("ntile", [n]) => (
                format!("ntile({})", self.expr(n)?.text),
                Some(Ty::integer()),
            ),
            ("lag" | "lead" | "first_value" | "last_value", [x, rest @ ..]) => {
                let x = self.expr(x)?;
                let mut args = vec![x.text];
                for arg in rest {
                    args.push(self.expr(arg)?.text);
                }
                (format!("{}({})", call.name, args.join(", ")), x.ty)
            }
            (other, _) => return Err(format!("the aggregate {other}() has no equal")),
        };
        let text = self.filter_and_window(text, call)?;
        Ok(Sql::atom(text, ty))
    }

    /// A sum; of decimals, rounded to their places, since doubles drift.
    fn sum(&mut self, x: &Node, distinct: &str, call: &Call) -> Result<Sql> {
        let x = self.expr(x)?;
        let ty =
            x.ty.clone()
                .filter(|t| t.is_numeric() && !t.is_decimal_text());
        let ty = ty.ok_or("sum() of something that is no number")?;
        let text = self.filter_and_window(format!("sum({distinct}{})", x.text), call)?;
        let decimal = matches!(ty.encoding, Encoding::NumericReal { .. });
        Ok(match ty.places() {
            Some(places) if decimal => Sql {
                round: Some(places),
                ..Sql::atom(text, Ty::numeric(Some(places)))
            },
            _ => Sql::atom(text, ty),
        })
    }

    fn ordered(&mut self, call: &Call) -> Result<String> {
        if call.order_by.is_empty() {
            return Ok(String::new());
        }
        let order = self.order_by(&call.order_by, &Vec::new())?;
        Ok(format!(" ORDER BY {order}"))
    }

    fn filter_and_window(&mut self, mut text: String, call: &Call) -> Result<String> {
        if let Some(filter) = &call.filter {
            text.push_str(&format!(" FILTER (WHERE {})", self.condition(filter)?.text));
        }
        if let Some(window) = &call.over {
            let mut parts = Vec::new();
            if !window.partition_by.is_empty() {
                let mut keys = Vec::new();
                for key in &window.partition_by {
                    keys.push(self.expr(key)?.text);
                }
                parts.push(format!("PARTITION BY {}", keys.join(", ")));
            }
            if !window.order_by.is_empty() {
                parts.push(format!(
                    "ORDER BY {}",
                    self.order_by(&window.order_by, &Vec::new())?
                ));
            }
            if let Some(frame) = &window.frame {
                parts.push(frame.clone());
            }
            text.push_str(&format!(" OVER ({})", parts.join(" ")));
        }
        Ok(text)
    }
}

/// Whether a column that is written so gives its name to a result.
fn is_called(sql: &str, name: &str) -> bool {
    let quoted = quote(name);
    match sql.strip_suffix(&quoted) {
        Some(before) => before.is_empty() || before.ends_with('.'),
        None => false,
    }
}

/// An item of `WITH`.
fn cte(name: &str, columns: &[String], text: &str) -> String {
    let columns = if columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", quote_list(columns))
    };
    format!("{}{columns} AS ({text})", quote(name))
}

/// Columns under other names, as far as there are any.
pub(super) fn renamed(mut columns: Columns, names: &[String]) -> Columns {
    for (column, name) in columns.iter_mut().zip(names) {
        column.0.clone_from(name);
    }
    columns
}

/// The name that PostgreSQL gives a column without alias.
pub(super) fn column_name(node: &Node) -> String {
    match node {
        Node::Column(path) => path.last().cloned().unwrap_or_default(),
        Node::Call(call) => call.name.clone(),
        Node::Cast(inner, to) => match column_name(inner) {
            name if name == "?column?" => type_name(to),
            name => name,
        },
        Node::Collate(inner, _) => column_name(inner),
        Node::Case { otherwise, .. } => match otherwise.as_deref().map(column_name) {
            Some(name) if name != "?column?" => name,
            _ => "case".to_owned(),
        },
        Node::Exists(_) => "exists".to_owned(),
        Node::Subquery(query) => match query.select.items.as_slice() {
            [(_, Some(alias))] => alias.clone(),
            [(node, None)] => column_name(node),
            _ => "?column?".to_owned(),
        },
        Node::Bool(_) => "bool".to_owned(),
        _ => "?column?".to_owned(),
    }
}

/// A type's internal name, which names a column that is nothing but a cast.
fn type_name(to: &PgType) -> String {
    match to.base {
        BaseType::Integer => "int4".to_owned(),
        BaseType::BigInt => "int8".to_owned(),
        BaseType::SmallInt => "int2".to_owned(),
        BaseType::Boolean => "bool".to_owned(),
        BaseType::Varchar => "varchar".to_owned(),
        BaseType::Timestamp => "timestamp".to_owned(),
        BaseType::TimestampTz => "timestamptz".to_owned(),
        _ => PgType::new(to.base.clone()).to_string(),
    }
}
