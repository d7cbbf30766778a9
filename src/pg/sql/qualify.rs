//! Unqualified names of a statement written out as a `search_path` finds them (manual, section 5.9.3).

use squawk_syntax::{SourceFile, SyntaxKind as K, SyntaxNode};

use super::expr::column_path;
use super::tree::NodeExt;
use crate::ir::QualName;
use crate::pg::names::{quote_ident, quote_literal, quote_qualified};

/// What kind of object a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// Table, view, sequence, index.
    Relation,
    /// Type or domain.
    Type,
    /// Function or procedure.
    Function,
}

/// A statement with its unqualified names qualified: new objects go into `first`, others are looked up by `find`, which
/// gives a schema other than `public`.
pub fn qualify(
    sql: &str,
    first: Option<&str>,
    find: &dyn Fn(NameKind, &str) -> Option<String>,
) -> String {
    let root = SourceFile::parse(sql).syntax_node();
    let ctes = super::ctes_in(sql);
    let mut edits = Vec::new();
    for node in root.descendants() {
        let edit = match created(&node) {
            true => first.and_then(|schema| in_front(&node, schema)),
            false => reference(&node, &ctes, find),
        };
        if let Some(text) = edit {
            let range = node.text_range();
            edits.push((usize::from(range.start())..usize::from(range.end()), text));
        }
    }
    super::columns::apply(sql, edits)
}

/// Whether a node is the name of an object that its statement makes.
fn created(node: &SyntaxNode) -> bool {
    let names = matches!(
        node.kind(),
        K::TABLE_NAME
            | K::VIEW
            | K::SEQUENCE
            | K::TYPE_NAME
            | K::DOMAIN
            | K::FUNCTION_NAME
            | K::PROCEDURE_NAME
            | K::AGGREGATE_NAME
    );
    names
        && node.parent().is_some_and(|p| {
            matches!(
                p.kind(),
                K::CREATE_TABLE
                    | K::CREATE_TABLE_AS
                    | K::INTO_CLAUSE
                    | K::CREATE_VIEW
                    | K::CREATE_MATERIALIZED_VIEW
                    | K::CREATE_SEQUENCE
                    | K::CREATE_TYPE
                    | K::CREATE_DOMAIN
                    | K::CREATE_FUNCTION
                    | K::CREATE_PROCEDURE
                    | K::CREATE_AGGREGATE
            )
        })
        && !node
            .ancestors()
            .any(|a| a.children_with_tokens().any(|c| c.kind() == K::TEMP))
}

fn in_front(node: &SyntaxNode, schema: &str) -> Option<String> {
    let path = node.path();
    let [name] = path.as_slice() else {
        return None;
    };
    Some(format!("{}.{}", quote_ident(schema), quote_ident(name)))
}

fn reference(
    node: &SyntaxNode,
    ctes: &[String],
    find: &dyn Fn(NameKind, &str) -> Option<String>,
) -> Option<String> {
    let kind = match node.kind() {
        K::RELATION_NAME_REF
        | K::TABLE_NAME_REF
        | K::TABLE_RELATION_NAME
        | K::RELATION_NAME
        | K::VIEW_REF
        | K::SEQUENCE_REF
        | K::INDEX_REF => NameKind::Relation,
        K::TYPE_NAME_REF | K::DOMAIN_REF | K::PATH_TYPE => NameKind::Type,
        K::FUNCTION_NAME_REF | K::PROCEDURE_NAME_REF | K::ROUTINE_NAME_REF => NameKind::Function,
        K::QUALIFIED_COLUMN_NAME_REF => {
            let path = node.path();
            let [table, column] = path.as_slice() else {
                return None;
            };
            let schema = find(NameKind::Relation, table)?;
            let table = QualName::qualified(Some(&schema), table);
            return Some(format!(
                "{}.{}",
                quote_qualified(&table),
                quote_ident(column)
            ));
        }
        K::NAME_REF => {
            let parent = node.parent()?;
            let called =
                parent.kind() == K::CALL_EXPR && parent.children().next().as_ref() == Some(node);
            if !called {
                return None;
            }
            let path = column_path(node)?;
            let [name] = path.as_slice() else {
                return None;
            };
            let schema = find(NameKind::Function, name)?;
            return Some(quote_qualified(&QualName::qualified(Some(&schema), name)));
        }
        K::LITERAL => return literal(node, find),
        _ => return None,
    };
    let path = node.path();
    let [name] = path.as_slice() else {
        return None;
    };
    if kind == NameKind::Relation && ctes.contains(name) {
        return None;
    }
    in_front(node, &find(kind, name)?)
}

/// `nextval('s')` and `'s'::regclass`.
fn literal(node: &SyntaxNode, find: &dyn Fn(NameKind, &str) -> Option<String>) -> Option<String> {
    let text = node.string()?;
    let named = node.ancestors().skip(1).take(4).any(|a| match a.kind() {
        K::CAST_EXPR => a
            .type_node()
            .is_some_and(|t| t.sql().eq_ignore_ascii_case("regclass")),
        K::CALL_EXPR => a
            .children()
            .next()
            .and_then(|f| f.name())
            .is_some_and(|f| matches!(f.as_str(), "nextval" | "currval" | "setval")),
        _ => false,
    });
    if !named {
        return None;
    }
    let super::ast::Node::Column(path) = super::parse_expr(&text).ok()? else {
        return None;
    };
    let [name] = path.as_slice() else {
        return None;
    };
    let schema = find(NameKind::Relation, name)?;
    let full = QualName::qualified(Some(&schema), name);
    Some(quote_literal(&quote_qualified(&full)))
}
