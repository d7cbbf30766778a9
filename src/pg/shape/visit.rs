//! Whose columns the names of a query mean, one after the other, and the stars written out.

use super::{Meaning, Names, Relations, result_name, starred};
use crate::ir::QualName;
use crate::pg::sql::ast::{Call, FromItem, Node, OrderItem, Query, Select};

/// Whose column a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A relation of the schema.
    Relation(&'a QualName),
    /// A subquery, a common table expression, or a function.
    Derived,
    /// The query does not tell.
    Unclear,
}

/// What is done at each column name: whose it is, and the path itself, which may be changed.
type Visit<'v> = dyn FnMut(Owner<'_>, &mut Vec<String>) + 'v;

fn owner(table: Option<&QualName>) -> Owner<'_> {
    table.map_or(Owner::Derived, Owner::Relation)
}

/// Visits every column name of a query with the relation that it means. A result column without an alias keeps its name
/// when its path changes.
///
/// # Errors
/// The text of what the tree has no shape for.
pub fn visit_columns(
    relations: &Relations<'_>,
    query: &mut Query,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    walk_query(relations, query, &Names::default(), visit)
}

fn walk_query(
    relations: &Relations<'_>,
    query: &mut Query,
    outer: &Names,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let names = relations.with(query, outer);
    let own = query.with.len();
    for (at, (_, _, inner)) in query.with.iter_mut().enumerate() {
        // An item sees those before it, a recursive one itself, too.
        let mut seen = names.clone();
        if !query.recursive {
            seen.ctes.truncate(names.ctes.len() - own + at);
        }
        walk_query(relations, inner, &seen, visit)?;
    }
    let aliases: Vec<String> = query
        .select
        .items
        .iter()
        .map(|(node, alias)| alias.clone().unwrap_or_else(|| result_name(node)))
        .collect();
    let within = relations.within(&query.select, &names);
    if query.compound.is_empty() {
        for item in &mut query.order_by {
            // A bare name is a result column first.
            let result = matches!(&item.expr, Node::Column(path)
                if path.len() == 1 && path.first().is_some_and(|n| aliases.contains(n)));
            if !result {
                walk(relations, &mut item.expr, &within, visit)?;
            }
        }
    }
    walk_select(relations, &mut query.select, &names, visit)?;
    for (_, select) in &mut query.compound {
        walk_select(relations, select, &names, visit)?;
    }
    Ok(())
}

fn walk_select(
    relations: &Relations<'_>,
    select: &mut Select,
    outer: &Names,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let names = relations.within(select, outer);
    for row in &mut select.values {
        for node in row {
            walk(relations, node, &names, visit)?;
        }
    }
    for (node, alias) in &mut select.items {
        let before = result_name(node);
        let own = matches!(node, Node::Column(_));
        walk(relations, node, &names, visit)?;
        if alias.is_none() && own && result_name(node) != before {
            *alias = Some(before);
        }
    }
    let lists = [&mut select.distinct_on, &mut select.group_by];
    for list in lists {
        for node in list {
            walk(relations, node, &names, visit)?;
        }
    }
    for node in [&mut select.filter, &mut select.having]
        .into_iter()
        .flatten()
    {
        walk(relations, node, &names, visit)?;
    }
    for item in &mut select.from {
        walk_from(relations, item, &names, outer, visit)?;
    }
    Ok(())
}

fn walk_from(
    relations: &Relations<'_>,
    item: &mut FromItem,
    names: &Names,
    outer: &Names,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    match item {
        FromItem::Table(..) => Ok(()),
        FromItem::Query { query, lateral, .. } => walk_query(
            relations,
            query,
            if *lateral { names } else { outer },
            visit,
        ),
        FromItem::Function { call, .. } => walk(relations, call, names, visit),
        FromItem::Join {
            left,
            kind,
            right,
            on,
            using,
        } => {
            let merged: Vec<String> = if kind.starts_with("NATURAL") {
                let mut sources = Vec::new();
                relations.sources(right, names, &mut sources);
                sources
                    .iter()
                    .flat_map(|s| s.columns.iter().flatten().map(|c| c.name.clone()))
                    .collect()
            } else {
                using.clone()
            };
            for column in merged {
                // A merged column is one of both sides: it cannot change its name on one.
                for side in [&*left, &*right] {
                    let mut sources = Vec::new();
                    relations.sources(side, names, &mut sources);
                    for source in sources {
                        if source.columns.iter().flatten().any(|c| c.name == column) {
                            let mut path = vec![column.clone()];
                            visit(owner(source.table.as_ref()), &mut path);
                            if path.last() != Some(&column) {
                                return Err(format!("{kind} over {column}"));
                            }
                        }
                    }
                }
            }
            walk_from(relations, left, names, outer, visit)?;
            walk_from(relations, right, names, outer, visit)?;
            match on {
                Some(on) => walk(relations, on, names, visit),
                None => Ok(()),
            }
        }
    }
}

fn walk_order(
    relations: &Relations<'_>,
    items: &mut [OrderItem],
    names: &Names,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    for item in items {
        walk(relations, &mut item.expr, names, visit)?;
    }
    Ok(())
}

fn walk_call(
    relations: &Relations<'_>,
    call: &mut Call,
    names: &Names,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    for arg in &mut call.args {
        walk(relations, arg, names, visit)?;
    }
    walk_order(relations, &mut call.order_by, names, visit)?;
    if let Some(filter) = &mut call.filter {
        walk(relations, filter, names, visit)?;
    }
    if let Some(over) = &mut call.over {
        for node in &mut over.partition_by {
            walk(relations, node, names, visit)?;
        }
        walk_order(relations, &mut over.order_by, names, visit)?;
    }
    Ok(())
}

fn walk(
    relations: &Relations<'_>,
    node: &mut Node,
    names: &Names,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let mut each = |node: &mut Node| walk(relations, node, names, visit);
    match node {
        Node::Column(path) => {
            match names.find(path) {
                Meaning::Column(source, _) => visit(owner(source.table.as_ref()), path),
                Meaning::Unclear => visit(Owner::Unclear, path),
            }
            Ok(())
        }
        Node::Unary(_, a) | Node::Cast(a, _) | Node::Collate(a, _) | Node::Field(a, _) => each(a),
        Node::Binary(a, _, b) | Node::Escape(a, b) | Node::Subscript(a, b) => {
            each(a)?;
            each(b)
        }
        Node::IsNull { operand, .. } | Node::IsBool { operand, .. } => each(operand),
        Node::Between {
            operand, low, high, ..
        } => {
            each(operand)?;
            each(low)?;
            each(high)
        }
        Node::In { operand, items, .. } => {
            each(operand)?;
            items.iter_mut().try_for_each(each)
        }
        Node::InQuery { operand, query, .. } => {
            each(operand)?;
            walk_query(relations, query, names, visit)
        }
        Node::Quantified { left, array, .. } => {
            each(left)?;
            each(array)
        }
        Node::Array(items) | Node::Row(items) => items.iter_mut().try_for_each(each),
        Node::Call(call) => walk_call(relations, call, names, visit),
        Node::Case {
            operand,
            whens,
            otherwise,
        } => {
            if let Some(operand) = operand {
                each(operand)?;
            }
            for (condition, result) in whens {
                each(condition)?;
                each(result)?;
            }
            match otherwise {
                Some(otherwise) => each(otherwise),
                None => Ok(()),
            }
        }
        Node::Subquery(query) | Node::Exists(query) => walk_query(relations, query, names, visit),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::String(_) | Node::Star(_) => Ok(()),
        Node::Other(text) => Err(text.clone()),
    }
}

/// Writes out the stars of a query: a column that is added later is not in it. Says whether anything changed; stars over
/// relations that are not known stay.
pub fn expand_stars(relations: &Relations<'_>, query: &mut Query) -> bool {
    expand_query(relations, query, &Names::default())
}

fn expand_query(relations: &Relations<'_>, query: &mut Query, outer: &Names) -> bool {
    let names = relations.with(query, outer);
    let mut changed = false;
    for (_, _, inner) in &mut query.with {
        changed |= expand_query(relations, inner, &names);
    }
    changed |= expand_select(relations, &mut query.select, &names);
    for (_, select) in &mut query.compound {
        changed |= expand_select(relations, select, &names);
    }
    changed
}

fn expand_select(relations: &Relations<'_>, select: &mut Select, outer: &Names) -> bool {
    let names = relations.within(select, outer);
    let mut changed = false;
    for item in &mut select.from {
        changed |= expand_from(relations, item, &names, outer);
    }
    let Some(level) = names.levels.last() else {
        return changed;
    };
    let single = level.len() == 1;
    let mut items = Vec::new();
    for (node, alias) in std::mem::take(&mut select.items) {
        let Node::Star(qualifier) = &node else {
            items.push((node, alias));
            continue;
        };
        let Some(columns) = starred(level, qualifier.as_deref()) else {
            items.push((node, alias));
            continue;
        };
        changed = true;
        for (source, column) in columns {
            let path = if single || source.is_empty() {
                vec![column.name]
            } else {
                vec![source, column.name]
            };
            items.push((Node::Column(path), None));
        }
    }
    select.items = items;
    changed
}

fn expand_from(
    relations: &Relations<'_>,
    item: &mut FromItem,
    names: &Names,
    outer: &Names,
) -> bool {
    match item {
        FromItem::Query { query, lateral, .. } => {
            expand_query(relations, query, if *lateral { names } else { outer })
        }
        FromItem::Join { left, right, .. } => {
            let changed = expand_from(relations, left, names, outer);
            expand_from(relations, right, names, outer) | changed
        }
        FromItem::Table(..) | FromItem::Function { .. } => false,
    }
}
