//! `INSERT`, `UPDATE`, `DELETE` and `TRUNCATE` of the parser's tree into [`ast::Change`](super::ast::Change).

use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::ast::{Change, Delete, Insert, Node, OnConflict, Query, Update};
use super::expr::convert as convert_expr;
use super::tree::{NodeExt, is_query};
use super::{depth, query};
use crate::ir::QualName;

/// What the keyword `DEFAULT` is as a value.
pub(super) fn default_value() -> Node {
    Node::Other("DEFAULT".to_owned())
}

/// Parses one statement that changes rows.
///
/// # Errors
/// A sentence when the text is not exactly one such statement, or has a clause that the tree has no shape for.
pub fn parse_change(text: &str) -> Result<Change, String> {
    depth::guarded(text, || parse_change_here(text))
        .unwrap_or_else(|| Err(depth::TOO_DEEP.to_owned()))
}

fn parse_change_here(text: &str) -> Result<Change, String> {
    let parse = SourceFile::parse(text);
    if let Some(error) = parse.errors().first() {
        return Err(format!("the statement does not parse: {}", error.message()));
    }
    let root = parse.syntax_node();
    let statements: Vec<_> = root
        .children()
        .filter(|c| c.kind() != SyntaxKind::EMPTY_STMT)
        .collect();
    let [statement] = statements.as_slice() else {
        return Err("the text is not one statement".to_owned());
    };
    match statement.kind() {
        SyntaxKind::INSERT => insert(statement).map(|i| Change::Insert(Box::new(i))),
        SyntaxKind::UPDATE => update(statement).map(Change::Update),
        SyntaxKind::DELETE => delete(statement).map(Change::Delete),
        SyntaxKind::TRUNCATE => Ok(Change::Truncate(truncated(statement))),
        _ => Err("the statement changes no rows by INSERT, UPDATE, DELETE or TRUNCATE".to_owned()),
    }
}

/// What a statement that changes rows returns: the expressions of its `RETURNING`, and their aliases. `None` when it has none.
pub fn returning(text: &str) -> Option<Vec<(Node, Option<String>)>> {
    if !text.to_ascii_lowercase().contains("returning") {
        return None;
    }
    depth::guarded(text, || {
        let root = SourceFile::parse(text).syntax_node();
        let statement = root
            .children()
            .find(|c| c.kind() != SyntaxKind::EMPTY_STMT)?;
        let clause = statement.child(SyntaxKind::RETURNING_CLAUSE)?;
        let list = clause.child(SyntaxKind::TARGET_LIST)?;
        Some(query::targets(&list))
    })?
}

fn unsupported(node: &SyntaxNode) -> String {
    format!("`{}` has no shape in the tree", node.sql())
}

fn with(node: &SyntaxNode) -> Result<Vec<(String, Vec<String>, Query)>, String> {
    let mut query = Query::default();
    query::with(node, &mut query)?;
    if query.recursive {
        return Err(unsupported(node));
    }
    Ok(query.with)
}

fn table(node: &SyntaxNode) -> Result<QualName, String> {
    node.children()
        .find(|c| {
            matches!(
                c.kind(),
                SyntaxKind::RELATION_NAME | SyntaxKind::RELATION_NAME_REF
            )
        })
        .and_then(|n| n.qual_name())
        .ok_or_else(|| unsupported(node))
}

fn alias(node: &SyntaxNode) -> Option<String> {
    node.children()
        .find(|c| {
            matches!(
                c.kind(),
                SyntaxKind::OPTIONAL_AS_ALIAS | SyntaxKind::REQUIRED_AS_ALIAS
            )
        })
        .and_then(|a| a.child(SyntaxKind::TABLE_ALIAS))
        .and_then(|a| a.name())
}

/// Names of a `(a, b)` list of columns; an element or field of one is no column.
fn column_targets(list: &SyntaxNode) -> Result<Vec<String>, String> {
    list.all(SyntaxKind::COLUMN_TARGET)
        .iter()
        .map(column_target)
        .collect()
}

fn column_target(target: &SyntaxNode) -> Result<String, String> {
    match (target.children().count(), target.name()) {
        (1, Some(name)) => Ok(name),
        _ => Err(unsupported(target)),
    }
}

fn insert(node: &SyntaxNode) -> Result<Insert, String> {
    let columns = match node.child(SyntaxKind::COLUMN_TARGET_LIST) {
        Some(list) => column_targets(&list)?,
        None => Vec::new(),
    };
    let source = match node.children().find(|c| is_query(c.kind())) {
        Some(source) => {
            let mut query = query::convert(&source)?;
            query.select.values.iter_mut().flatten().for_each(default);
            Some(query)
        }
        None => None,
    };
    if alias(node).is_some() {
        return Err(unsupported(node));
    }
    Ok(Insert {
        with: with(node)?,
        table: table(node)?,
        columns,
        source,
        on_conflict: node
            .child(SyntaxKind::ON_CONFLICT_CLAUSE)
            .map(|clause| on_conflict(&clause))
            .transpose()?,
    })
}

/// The parser reads `DEFAULT` in a row as a name.
fn default(value: &mut Node) {
    let is_keyword = match value {
        Node::Column(path) => matches!(path.as_slice(), [only] if only == "default"),
        Node::Other(text) => text.eq_ignore_ascii_case("default"),
        _ => false,
    };
    if is_keyword {
        *value = default_value();
    }
}

fn on_conflict(clause: &SyntaxNode) -> Result<OnConflict, String> {
    let mut out = OnConflict::default();
    if let Some(target) = clause.child(SyntaxKind::CONFLICT_ON_INDEX) {
        let items = target
            .child(SyntaxKind::CONFLICT_INDEX_ITEM_LIST)
            .ok_or_else(|| unsupported(&target))?;
        for item in items.all(SyntaxKind::CONFLICT_INDEX_ITEM) {
            out.target.push(convert_expr(
                &item.expr().ok_or_else(|| unsupported(&item))?,
            ));
        }
        out.target_filter = condition(&target);
    }
    if let Some(target) = clause.child(SyntaxKind::CONFLICT_ON_CONSTRAINT) {
        out.constraint = target
            .child(SyntaxKind::CONSTRAINT_NAME_REF)
            .and_then(|n| n.name());
    }
    if let Some(action) = clause.child(SyntaxKind::CONFLICT_DO_UPDATE_SET) {
        out.update = Some((set(&action)?, condition(&action)));
    } else if clause.child(SyntaxKind::CONFLICT_DO_NOTHING).is_none() {
        return Err(unsupported(clause));
    }
    Ok(out)
}

fn condition(node: &SyntaxNode) -> Option<Node> {
    let clause = node.child(SyntaxKind::WHERE_CLAUSE)?;
    clause.expr().map(|e| convert_expr(&e))
}

/// `SET a = 1, (b, c) = (2, 3)`.
fn set(node: &SyntaxNode) -> Result<Vec<(String, Node)>, String> {
    let list = node
        .child(SyntaxKind::SET_CLAUSE)
        .and_then(|c| c.child(SyntaxKind::SET_COLUMN_LIST))
        .ok_or_else(|| unsupported(node))?;
    let mut out = Vec::new();
    for item in list.children() {
        match item.kind() {
            SyntaxKind::SET_SINGLE_COLUMN => {
                let target = item
                    .child(SyntaxKind::COLUMN_TARGET)
                    .ok_or_else(|| unsupported(&item))?;
                let value = item
                    .child(SyntaxKind::SET_EXPR)
                    .ok_or_else(|| unsupported(&item))?;
                out.push((column_target(&target)?, set_value(&value)));
            }
            SyntaxKind::SET_MULTIPLE_COLUMNS => {
                let names = item
                    .child(SyntaxKind::COLUMN_TARGET_LIST)
                    .ok_or_else(|| unsupported(&item))?;
                let values = item
                    .child(SyntaxKind::SET_EXPR_LIST)
                    .ok_or_else(|| unsupported(&item))?;
                let (names, values) = (column_targets(&names)?, values.all(SyntaxKind::SET_EXPR));
                if names.len() != values.len() {
                    return Err(unsupported(&item));
                }
                out.extend(names.into_iter().zip(values.iter().map(set_value)));
            }
            _ => return Err(unsupported(&item)),
        }
    }
    Ok(out)
}

fn set_value(node: &SyntaxNode) -> Node {
    match node.expr() {
        Some(expr) => convert_expr(&expr),
        None => default_value(),
    }
}

fn update(node: &SyntaxNode) -> Result<Update, String> {
    refuse(node)?;
    Ok(Update {
        with: with(node)?,
        table: table(node)?,
        alias: alias(node),
        set: set(node)?,
        from: sources(node, SyntaxKind::FROM_CLAUSE)?,
        filter: condition(node),
    })
}

fn delete(node: &SyntaxNode) -> Result<Delete, String> {
    refuse(node)?;
    Ok(Delete {
        with: with(node)?,
        table: table(node)?,
        alias: alias(node),
        using: sources(node, SyntaxKind::USING_CLAUSE)?,
        filter: condition(node),
    })
}

fn refuse(node: &SyntaxNode) -> Result<(), String> {
    if node.has(SyntaxKind::WHERE_CURRENT_OF) || node.has(SyntaxKind::FOR_PORTION_OF) {
        return Err(unsupported(node));
    }
    Ok(())
}

fn sources(node: &SyntaxNode, clause: SyntaxKind) -> Result<Vec<super::ast::FromItem>, String> {
    let Some(clause) = node.child(clause) else {
        return Ok(Vec::new());
    };
    clause
        .children()
        .map(|item| query::from_item(&item))
        .collect()
}

fn truncated(node: &SyntaxNode) -> Vec<QualName> {
    let list = node.child(SyntaxKind::TABLE_LIST);
    let names = list.iter().flat_map(|l| l.children());
    names.filter_map(|n| n.qual_name()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_change_rows() {
        for (sql, wanted) in [
            (
                "INSERT INTO s.t (a, \"B\") VALUES (1, DEFAULT), ('x', NULL) ON CONFLICT (a) WHERE b > 0 DO UPDATE SET a = excluded.a WHERE t.a < 3",
                r#"Insert(Insert { with: [], table: QualName { schema: Some("s"), name: "t" }, columns: ["a", "B"], source: Some(Query { with: [], recursive: false, select: Select { distinct: false, distinct_on: [], items: [], from: [], filter: None, group_by: [], having: None, values: [[Number("1"), Other("DEFAULT")], [String("x"), Null]] }, compound: [], order_by: [], limit: None, offset: None }), on_conflict: Some(OnConflict { target: [Column(["a"])], target_filter: Some(Binary(Column(["b"]), ">", Number("0"))), constraint: None, update: Some(([("a", Column(["excluded", "a"]))], Some(Binary(Column(["t", "a"]), "<", Number("3"))))) }) })"#,
            ),
            (
                "insert into t default values on conflict on constraint k do nothing",
                r#"Insert(Insert { with: [], table: QualName { schema: None, name: "t" }, columns: [], source: None, on_conflict: Some(OnConflict { target: [], target_filter: None, constraint: Some("k"), update: None }) })"#,
            ),
            (
                "UPDATE ONLY t AS x SET a = 1, (b, c) = (2, DEFAULT) FROM u WHERE u.id = x.id",
                r#"Update(Update { with: [], table: QualName { schema: None, name: "t" }, alias: Some("x"), set: [("a", Number("1")), ("b", Number("2")), ("c", Other("DEFAULT"))], from: [Table(QualName { schema: None, name: "u" }, None)], filter: Some(Binary(Column(["u", "id"]), "=", Column(["x", "id"]))) })"#,
            ),
            (
                "DELETE FROM t x USING u, v AS w WHERE x.a IS NULL",
                r#"Delete(Delete { with: [], table: QualName { schema: None, name: "t" }, alias: Some("x"), using: [Table(QualName { schema: None, name: "u" }, None), Table(QualName { schema: None, name: "v" }, Some("w"))], filter: Some(IsNull { operand: Column(["x", "a"]), negated: false }) })"#,
            ),
            (
                "TRUNCATE a, s.b CASCADE",
                r#"Truncate([QualName { schema: None, name: "a" }, QualName { schema: Some("s"), name: "b" }])"#,
            ),
        ] {
            let got = parse_change(sql).map(|c| format!("{c:?}"));
            assert_eq!(got.as_deref(), Ok(wanted), "{sql}");
        }
    }
}
