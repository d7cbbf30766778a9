//! Queries of the parser's tree into [`ast::Query`].

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::ast::{FromItem, Node, Query, Select};
use super::expr::{convert as convert_expr, order_by};
use super::tree::{NodeExt, is_expr, is_query};

/// A query node into a tree.
pub(super) fn convert(node: &SyntaxNode) -> Result<Query, String> {
    let mut query = body(node)?;
    if node.kind() != SyntaxKind::COMPOUND_SELECT {
        tail(node, &mut query);
    }
    Ok(query)
}

fn unsupported(node: &SyntaxNode) -> String {
    format!("`{}` has no shape in the query tree", node.sql())
}

fn body(node: &SyntaxNode) -> Result<Query, String> {
    let mut query = Query::default();
    match node.kind() {
        SyntaxKind::SELECT => {
            with(node, &mut query)?;
            query.select = select(node)?;
        }
        SyntaxKind::VALUES => {
            with(node, &mut query)?;
            query.select.values = node
                .child(SyntaxKind::ROW_LIST)
                .map(|rows| rows.all(SyntaxKind::ROW))
                .unwrap_or_default()
                .iter()
                .map(|row| row.exprs().iter().map(convert_expr).collect())
                .collect();
        }
        SyntaxKind::TABLE => {
            let name = node.qual_name().ok_or_else(|| unsupported(node))?;
            query.select.items.push((Node::Star(None), None));
            query.select.from.push(FromItem::Table(name, None));
        }
        SyntaxKind::PAREN_SELECT | SyntaxKind::PAREN_EXPR => {
            let inner = node
                .children()
                .find(|c| is_query(c.kind()))
                .ok_or_else(|| unsupported(node))?;
            query = convert(&inner)?;
        }
        SyntaxKind::COMPOUND_SELECT => compound(node, &mut query)?,
        _ => return Err(unsupported(node)),
    }
    Ok(query)
}

/// `a UNION b UNION c` in order; ORDER BY and LIMIT, which the parser hangs on the last part, belong to the whole.
fn compound(node: &SyntaxNode, query: &mut Query) -> Result<(), String> {
    let parts: Vec<SyntaxNode> = node
        .children()
        .filter(|c| is_query(c.kind()) || c.kind() == SyntaxKind::PAREN_EXPR)
        .collect();
    let op = node
        .children()
        .find(|c| {
            matches!(
                c.kind(),
                SyntaxKind::UNION | SyntaxKind::INTERSECT | SyntaxKind::EXCEPT
            )
        })
        .map(|c| c.sql().to_uppercase().replace(" DISTINCT", ""))
        .ok_or_else(|| unsupported(node))?;
    let [left, right] = parts.as_slice() else {
        return Err(unsupported(node));
    };
    *query = body(left)?;
    with(node, query)?;
    let parenthesised = matches!(
        right.kind(),
        SyntaxKind::PAREN_SELECT | SyntaxKind::PAREN_EXPR
    );
    let right_query = body(right)?;
    if parenthesised && !right_query.compound.is_empty() {
        return Err(unsupported(right));
    }
    query.compound.push((op, right_query.select));
    query.compound.extend(right_query.compound);
    query.order_by = right_query.order_by;
    query.limit = right_query.limit;
    query.offset = right_query.offset;
    if !parenthesised {
        tail(right, query);
    }
    tail(node, query);
    Ok(())
}

pub(super) fn with(node: &SyntaxNode, query: &mut Query) -> Result<(), String> {
    let Some(clause) = node.child(SyntaxKind::WITH_CLAUSE) else {
        return Ok(());
    };
    query.recursive = clause.has(SyntaxKind::RECURSIVE_KW);
    for table in clause.all(SyntaxKind::WITH_TABLE) {
        let inner = table
            .children()
            .find(|c| is_query(c.kind()))
            .ok_or_else(|| unsupported(&table))?;
        query.with.push((
            table.name().unwrap_or_default(),
            column_names(&table),
            convert(&inner)?,
        ));
    }
    Ok(())
}

/// Names of a column list `(a, b)` among the children.
fn column_names(node: &SyntaxNode) -> Vec<String> {
    node.child(SyntaxKind::COLUMN_LIST)
        .map(|list| {
            list.children()
                .filter_map(|c| c.name())
                .collect::<Vec<String>>()
        })
        .unwrap_or_default()
}

fn select(node: &SyntaxNode) -> Result<Select, String> {
    let clause = node
        .child(SyntaxKind::SELECT_CLAUSE)
        .ok_or_else(|| unsupported(node))?;
    let mut select = Select::default();
    if let Some(distinct) = clause.child(SyntaxKind::DISTINCT_CLAUSE) {
        select.distinct = true;
        if let Some(on) = distinct.child(SyntaxKind::DISTINCT_ON) {
            select.distinct_on = on.exprs().iter().map(convert_expr).collect();
        }
    }
    if let Some(list) = clause.child(SyntaxKind::TARGET_LIST) {
        select.items = targets(&list);
    }
    if let Some(from) = node.child(SyntaxKind::FROM_CLAUSE) {
        select.from = from
            .children()
            .map(|item| from_item(&item))
            .collect::<Result<_, _>>()?;
    }
    if node.has(SyntaxKind::WINDOW_CLAUSE) {
        return Err(unsupported(node));
    }
    let condition = |kind| {
        node.child(kind)
            .and_then(|clause| clause.expr())
            .map(|e| convert_expr(&e))
    };
    select.filter = condition(SyntaxKind::WHERE_CLAUSE);
    select.having = condition(SyntaxKind::HAVING_CLAUSE);
    if let Some(group) = node.child(SyntaxKind::GROUP_BY_CLAUSE) {
        let list = group
            .child(SyntaxKind::GROUP_BY_LIST)
            .ok_or_else(|| unsupported(&group))?;
        for item in list.children() {
            match item.expr() {
                Some(expr) if item.kind() == SyntaxKind::GROUPING_EXPR => {
                    select.group_by.push(convert_expr(&expr));
                }
                _ => select.group_by.push(Node::Other(item.sql())),
            }
        }
    }
    Ok(select)
}

/// Result columns and their aliases.
pub(super) fn targets(list: &SyntaxNode) -> Vec<(Node, Option<String>)> {
    list.all(SyntaxKind::TARGET)
        .iter()
        .map(|target| {
            let alias = target
                .child(SyntaxKind::AS_NAME)
                .and_then(|a| a.children().find_map(|c| c.name()));
            let value = match target.expr() {
                Some(expr) => convert_expr(&expr),
                None if target.has(SyntaxKind::STAR) => Node::Star(None),
                None => Node::Other(target.sql()),
            };
            (value, alias)
        })
        .collect()
}

fn alias(node: &SyntaxNode) -> Option<String> {
    node.child(SyntaxKind::FROM_ALIAS)
        .and_then(|a| a.child(SyntaxKind::TABLE_ALIAS))
        .and_then(|a| a.name())
}

pub(super) fn from_item(node: &SyntaxNode) -> Result<FromItem, String> {
    let columns = node
        .child(SyntaxKind::FROM_ALIAS)
        .map(|a| column_names(&a))
        .unwrap_or_default();
    match node.kind() {
        SyntaxKind::RELATION_FROM_ITEM if columns.is_empty() => {
            let name = node
                .find(SyntaxKind::RELATION_NAME_REF)
                .and_then(|n| n.qual_name())
                .ok_or_else(|| unsupported(node))?;
            Ok(FromItem::Table(name, alias(node)))
        }
        SyntaxKind::FUNCTION_FROM_ITEM => {
            let call = node
                .children()
                .find(|c| is_expr(c.kind()))
                .ok_or_else(|| unsupported(node))?;
            Ok(FromItem::Function {
                call: convert_expr(&call),
                alias: alias(node),
                columns,
            })
        }
        SyntaxKind::PAREN_FROM_ITEM => {
            let inner = node
                .descendants()
                .skip(1)
                .find(|c| is_query(c.kind()) || c.kind() == SyntaxKind::JOIN_EXPR)
                .ok_or_else(|| unsupported(node))?;
            if inner.kind() == SyntaxKind::JOIN_EXPR {
                return from_item(&inner);
            }
            Ok(FromItem::Query {
                query: Box::new(convert(&inner)?),
                alias: alias(node),
                columns,
                lateral: node.has(SyntaxKind::LATERAL_KW),
            })
        }
        SyntaxKind::JOIN_EXPR => join(node),
        _ => Err(unsupported(node)),
    }
}

fn join(node: &SyntaxNode) -> Result<FromItem, String> {
    let left = node.children().next().ok_or_else(|| unsupported(node))?;
    let part = node
        .child(SyntaxKind::JOIN)
        .ok_or_else(|| unsupported(node))?;
    let mut kind = String::new();
    let mut right = None;
    for child in part.children() {
        match child.kind() {
            SyntaxKind::JOIN_INNER => kind.push_str("JOIN"),
            SyntaxKind::JOIN_LEFT => kind.push_str("LEFT JOIN"),
            SyntaxKind::JOIN_RIGHT => kind.push_str("RIGHT JOIN"),
            SyntaxKind::JOIN_FULL => kind.push_str("FULL JOIN"),
            SyntaxKind::JOIN_CROSS => kind.push_str("CROSS JOIN"),
            SyntaxKind::ON_CLAUSE | SyntaxKind::JOIN_USING_CLAUSE => {}
            _ => right = Some(child),
        }
    }
    if part.has(SyntaxKind::NATURAL_KW) {
        kind = format!("NATURAL {kind}");
    }
    let right = right.ok_or_else(|| unsupported(node))?;
    Ok(FromItem::Join {
        left: Box::new(from_item(&left)?),
        kind,
        right: Box::new(from_item(&right)?),
        on: part
            .child(SyntaxKind::ON_CLAUSE)
            .and_then(|c| c.expr())
            .map(|e| convert_expr(&e)),
        using: part
            .find(SyntaxKind::JOIN_USING_CLAUSE)
            .and_then(|c| c.child(SyntaxKind::COLUMN_REF_LIST))
            .map(|list| list.children().filter_map(|c| c.name()).collect())
            .unwrap_or_default(),
    })
}

fn tail(node: &SyntaxNode, query: &mut Query) {
    if let Some(order) = node.child(SyntaxKind::ORDER_BY_CLAUSE) {
        query.order_by = order_by(&order);
    }
    if let Some(limit) = node.child(SyntaxKind::LIMIT_CLAUSE) {
        query.limit = limit.expr().map(|e| convert_expr(&e));
    }
    if let Some(fetch) = node.child(SyntaxKind::FETCH_CLAUSE) {
        query.limit = Some(
            fetch
                .expr()
                .map_or_else(|| Node::Number("1".to_owned()), |e| convert_expr(&e)),
        );
    }
    if let Some(offset) = node.child(SyntaxKind::OFFSET_CLAUSE) {
        query.offset = offset.expr().map(|e| convert_expr(&e));
    }
}
