//! Trees with parts replaced: one walk over expressions, queries and statements that change rows.

use super::ast::{Call, Change, FromItem, Node, OnConflict, OrderItem, Query, Select};

/// What a walk replaces. Whatever is returned is not walked again.
pub trait Rewrite {
    /// What stands for a node; `None` keeps it and walks on inside it.
    ///
    /// # Errors
    /// Why the whole tree cannot be rewritten, as a part of a sentence.
    fn node(&mut self, node: &Node) -> Result<Option<Node>, String>;

    /// What stands for `*` or `t.*` in a list of values; `None` keeps it.
    fn star(&mut self, _table: Option<&str>) -> Option<Vec<Node>> {
        None
    }
}

impl<F: FnMut(&Node) -> Option<Node>> Rewrite for F {
    fn node(&mut self, node: &Node) -> Result<Option<Node>, String> {
        Ok(self(node))
    }
}

type Done = Result<(), String>;

/// Rewrites an expression.
///
/// # Errors
/// What [`Rewrite::node`] says.
pub fn rewrite(node: &mut Node, with: &mut dyn Rewrite) -> Done {
    if let Some(other) = with.node(node)? {
        *node = other;
        return Ok(());
    }
    match node {
        Node::Null
        | Node::Bool(_)
        | Node::Number(_)
        | Node::String(_)
        | Node::Column(_)
        | Node::Star(_)
        | Node::Other(_) => Ok(()),
        Node::Unary(_, a) | Node::Cast(a, _) | Node::Collate(a, _) | Node::Field(a, _) => {
            rewrite(a, with)
        }
        Node::Binary(a, _, b) | Node::Escape(a, b) | Node::Subscript(a, b) => {
            rewrite(a, with)?;
            rewrite(b, with)
        }
        Node::IsNull { operand, .. } | Node::IsBool { operand, .. } => rewrite(operand, with),
        Node::Between {
            operand, low, high, ..
        } => {
            rewrite(operand, with)?;
            rewrite(low, with)?;
            rewrite(high, with)
        }
        Node::In { operand, items, .. } => {
            rewrite(operand, with)?;
            all(items, with)
        }
        Node::InQuery { operand, query, .. } => {
            rewrite(operand, with)?;
            rewrite_query(query, with)
        }
        Node::Quantified { left, array, .. } => {
            rewrite(left, with)?;
            rewrite(array, with)
        }
        Node::Array(items) | Node::Row(items) => list(items, with),
        Node::Call(call) => rewrite_call(call, with),
        Node::Case {
            operand,
            whens,
            otherwise,
        } => {
            if let Some(operand) = operand {
                rewrite(operand, with)?;
            }
            for (condition, result) in whens {
                rewrite(condition, with)?;
                rewrite(result, with)?;
            }
            otherwise.as_mut().map_or(Ok(()), |o| rewrite(o, with))
        }
        Node::Subquery(query) | Node::Exists(query) => rewrite_query(query, with),
    }
}

fn all(nodes: &mut [Node], with: &mut dyn Rewrite) -> Done {
    nodes.iter_mut().try_for_each(|n| rewrite(n, with))
}

/// Values in a row, where a `*` may be several.
fn list(nodes: &mut Vec<Node>, with: &mut dyn Rewrite) -> Done {
    let mut out = Vec::with_capacity(nodes.len());
    for mut node in std::mem::take(nodes) {
        if let Node::Star(table) = &node
            && let Some(several) = with.star(table.as_deref())
        {
            out.extend(several);
            continue;
        }
        rewrite(&mut node, with)?;
        out.push(node);
    }
    *nodes = out;
    Ok(())
}

fn ordered(items: &mut [OrderItem], with: &mut dyn Rewrite) -> Done {
    items
        .iter_mut()
        .try_for_each(|i| rewrite(&mut i.expr, with))
}

fn optional(node: &mut Option<Node>, with: &mut dyn Rewrite) -> Done {
    node.as_mut().map_or(Ok(()), |n| rewrite(n, with))
}

fn rewrite_call(call: &mut Call, with: &mut dyn Rewrite) -> Done {
    all(&mut call.args, with)?;
    ordered(&mut call.order_by, with)?;
    optional(&mut call.filter, with)?;
    if let Some(over) = &mut call.over {
        all(&mut over.partition_by, with)?;
        ordered(&mut over.order_by, with)?;
    }
    Ok(())
}

/// Rewrites every expression of a query, those of its subqueries too.
///
/// # Errors
/// What [`Rewrite::node`] says.
pub fn rewrite_query(query: &mut Query, with: &mut dyn Rewrite) -> Done {
    for (_, _, part) in &mut query.with {
        rewrite_query(part, with)?;
    }
    rewrite_select(&mut query.select, with)?;
    for (_, select) in &mut query.compound {
        rewrite_select(select, with)?;
    }
    ordered(&mut query.order_by, with)?;
    optional(&mut query.limit, with)?;
    optional(&mut query.offset, with)
}

fn rewrite_select(select: &mut Select, with: &mut dyn Rewrite) -> Done {
    all(&mut select.distinct_on, with)?;
    let mut items = Vec::with_capacity(select.items.len());
    for (mut node, alias) in std::mem::take(&mut select.items) {
        if let Node::Star(table) = &node
            && let Some(several) = with.star(table.as_deref())
        {
            items.extend(several.into_iter().map(|n| (n, None)));
            continue;
        }
        rewrite(&mut node, with)?;
        items.push((node, alias));
    }
    select.items = items;
    for item in &mut select.from {
        rewrite_from(item, with)?;
    }
    optional(&mut select.filter, with)?;
    all(&mut select.group_by, with)?;
    optional(&mut select.having, with)?;
    select.values.iter_mut().try_for_each(|row| list(row, with))
}

fn rewrite_from(item: &mut FromItem, with: &mut dyn Rewrite) -> Done {
    match item {
        FromItem::Table(..) => Ok(()),
        FromItem::Query { query, .. } => rewrite_query(query, with),
        FromItem::Function { call, .. } => rewrite(call, with),
        FromItem::Join {
            left, right, on, ..
        } => {
            rewrite_from(left, with)?;
            rewrite_from(right, with)?;
            optional(on, with)
        }
    }
}

/// Rewrites every expression of a statement that changes rows.
///
/// # Errors
/// What [`Rewrite::node`] says.
pub fn rewrite_change(change: &mut Change, with: &mut dyn Rewrite) -> Done {
    match change {
        Change::Insert(insert) => {
            for (_, _, part) in &mut insert.with {
                rewrite_query(part, with)?;
            }
            if let Some(source) = &mut insert.source {
                rewrite_query(source, with)?;
            }
            insert
                .on_conflict
                .as_mut()
                .map_or(Ok(()), |c| rewrite_conflict(c, with))
        }
        Change::Update(update) => {
            for (_, _, part) in &mut update.with {
                rewrite_query(part, with)?;
            }
            for (_, value) in &mut update.set {
                rewrite(value, with)?;
            }
            for item in &mut update.from {
                rewrite_from(item, with)?;
            }
            optional(&mut update.filter, with)
        }
        Change::Delete(delete) => {
            for (_, _, part) in &mut delete.with {
                rewrite_query(part, with)?;
            }
            for item in &mut delete.using {
                rewrite_from(item, with)?;
            }
            optional(&mut delete.filter, with)
        }
        Change::Truncate(_) => Ok(()),
    }
}

fn rewrite_conflict(conflict: &mut OnConflict, with: &mut dyn Rewrite) -> Done {
    all(&mut conflict.target, with)?;
    optional(&mut conflict.target_filter, with)?;
    if let Some((set, filter)) = &mut conflict.update {
        for (_, value) in set {
            rewrite(value, with)?;
        }
        optional(filter, with)?;
    }
    Ok(())
}
