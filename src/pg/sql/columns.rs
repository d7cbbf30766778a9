//! Which columns an expression mentions, and names changed inside SQL text without touching anything else of it.

use std::ops::Range;

use squawk_syntax::{SourceFile, SyntaxKind as K, SyntaxNode};

use super::ast::{Call, Node, OrderItem};
use super::expr::column_path;
use super::tree::NodeExt;
use crate::ir::QualName;
use crate::pg::names::quote_ident;

/// Columns that a tree mentions, each once, in order of first mention: the last part of each name. Columns inside
/// subqueries and inside [`Node::Other`] do not count.
pub fn referenced_columns(node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    walk(node, &mut found);
    found
}

fn walk(node: &Node, found: &mut Vec<String>) {
    let mut each = |nodes: &[&Node]| nodes.iter().for_each(|n| walk(n, found));
    match node {
        Node::Column(parts) => {
            if let Some(name) = parts.last()
                && !found.contains(name)
            {
                found.push(name.clone());
            }
        }
        Node::Unary(_, a) | Node::Cast(a, _) | Node::Collate(a, _) | Node::Field(a, _) => {
            each(&[a])
        }
        Node::Binary(a, _, b) | Node::Escape(a, b) | Node::Subscript(a, b) => each(&[a, b]),
        Node::IsNull { operand, .. }
        | Node::IsBool { operand, .. }
        | Node::InQuery { operand, .. } => each(&[operand]),
        Node::Between {
            operand, low, high, ..
        } => each(&[operand, low, high]),
        Node::In { operand, items, .. } => {
            each(&[operand]);
            items.iter().for_each(|n| walk(n, found));
        }
        Node::Quantified { left, array, .. } => each(&[left, array]),
        Node::Array(items) | Node::Row(items) => items.iter().for_each(|n| walk(n, found)),
        Node::Call(call) => walk_call(call, found),
        Node::Case {
            operand,
            whens,
            otherwise,
        } => {
            if let Some(operand) = operand {
                walk(operand, found);
            }
            for (condition, result) in whens {
                walk(condition, found);
                walk(result, found);
            }
            if let Some(otherwise) = otherwise {
                walk(otherwise, found);
            }
        }
        Node::Null
        | Node::Bool(_)
        | Node::Number(_)
        | Node::String(_)
        | Node::Star(_)
        | Node::Subquery(_)
        | Node::Exists(_)
        | Node::Other(_) => {}
    }
}

fn walk_call(call: &Call, found: &mut Vec<String>) {
    let ordered = |items: &[OrderItem], found: &mut Vec<String>| {
        items.iter().for_each(|i| walk(&i.expr, found));
    };
    call.args.iter().for_each(|n| walk(n, found));
    ordered(&call.order_by, found);
    if let Some(filter) = &call.filter {
        walk(filter, found);
    }
    if let Some(over) = &call.over {
        over.partition_by.iter().for_each(|n| walk(n, found));
        ordered(&over.order_by, found);
    }
}

/// A column mentioned in a text: where, and the parts of its name.
pub(super) struct Mention {
    pub(super) range: Range<usize>,
    pub(super) path: Vec<String>,
}

const PREFIX: &str = "SELECT ";

fn range(node: &SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    usize::from(range.start())..usize::from(range.end())
}

/// Column mentions of an expression's text; nothing when it does not parse.
pub(super) fn mentions(root: &SyntaxNode) -> Vec<Mention> {
    let mut found = Vec::new();
    for node in root.descendants() {
        if !matches!(node.kind(), K::NAME_REF | K::FIELD_EXPR) {
            continue;
        }
        let Some(parent) = node.parent() else {
            continue;
        };
        let inside_path = parent.kind() == K::FIELD_EXPR && column_path(&parent).is_some();
        let field_name =
            parent.kind() == K::FIELD_EXPR && parent.children().next().as_ref() != Some(&node);
        let function = parent.kind() == K::CALL_EXPR;
        if inside_path || field_name || function {
            continue;
        }
        if let Some(path) = column_path(&node) {
            // A bare key word such as CURRENT_DATE is a function.
            let keyword = node.kind() == K::NAME_REF
                && node.first_token().is_some_and(|t| {
                    t.kind() != K::IDENT && super::expr::is_word_function(t.text())
                });
            if !keyword {
                found.push(Mention {
                    range: range(&node),
                    path,
                });
            }
        }
    }
    found
}

fn expression_root(text: &str) -> SyntaxNode {
    SourceFile::parse(&format!("{PREFIX}{text}\n")).syntax_node()
}

/// Columns that an expression's text mentions, each once, subqueries included; `None` stands for no such name.
pub fn columns_in(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for mention in mentions(&expression_root(text)) {
        if let Some(name) = mention.path.last()
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

/// An expression's text with one column of its table renamed; everything else keeps its spelling.
pub fn rename_column_in_expr(text: &str, from: &str, to: &str) -> String {
    let edits = mentions(&expression_root(text))
        .into_iter()
        .filter(|m| m.path.last().is_some_and(|n| n == from))
        .filter_map(|m| {
            let (_, qualifier) = m.path.split_last()?;
            let mut parts: Vec<String> = qualifier.iter().map(|p| quote_ident(p)).collect();
            parts.push(quote_ident(to));
            Some((shift(&m.range)?, parts.join(".")))
        })
        .collect();
    apply(text, edits)
}

fn shift(range: &Range<usize>) -> Option<Range<usize>> {
    Some(range.start.checked_sub(PREFIX.len())?..range.end.checked_sub(PREFIX.len())?)
}

pub(super) fn apply(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        if range.start < at {
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&replacement);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

fn relation_nodes(root: &SyntaxNode) -> Vec<SyntaxNode> {
    root.descendants()
        .filter(|n| n.kind() == K::RELATION_NAME_REF)
        .collect()
}

/// Tables and views that a query's text reads.
pub fn tables_in(query: &str) -> Vec<QualName> {
    let root = SourceFile::parse(query).syntax_node();
    let mut names = Vec::new();
    for node in relation_nodes(&root) {
        if let Some(name) = node.qual_name()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// A query's text after a table that it reads was renamed (PostgreSQL keeps views by identity, not by name). Qualifiers
/// `old.column` follow where the table has no alias.
pub fn rename_table_in_query(query: &str, from: &QualName, to: &QualName) -> String {
    let root = SourceFile::parse(query).syntax_node();
    let mut edits = Vec::new();
    let mut bare = false;
    let taken = root
        .descendants()
        .filter(|n| n.kind() == K::TABLE_ALIAS)
        .any(|n| n.name().as_deref() == Some(from.name.as_str()));
    for node in relation_nodes(&root) {
        if node.qual_name().as_ref() == Some(from) {
            let mut text = crate::pg::names::quote_qualified(to);
            let plain = node
                .ancestors()
                .find(|a| a.kind() == K::RELATION_FROM_ITEM)
                .is_some_and(|item| !item.has(K::FROM_ALIAS));
            if taken && plain && from.name != to.name {
                // Another source has the old name as its alias: qualifiers are told apart by keeping it here.
                text.push_str(&format!(" AS {}", quote_ident(&from.name)));
            }
            edits.push((range(&node), text));
            let aliased = node
                .ancestors()
                .find(|a| a.kind() == K::RELATION_FROM_ITEM)
                .is_some_and(|item| item.has(K::FROM_ALIAS));
            bare |= !aliased;
        }
    }
    if bare && !taken {
        for mention in mentions(&root) {
            if let [.., qualifier, column] = mention.path.as_slice()
                && *qualifier == from.name
            {
                edits.push((
                    mention.range.clone(),
                    format!("{}.{}", quote_ident(&to.name), quote_ident(column)),
                ));
            }
        }
    }
    apply(query, edits)
}

/// A query's text after a column of a table that it reads was renamed; its result columns keep their names. `None` when
/// the text does not tell whose column is meant: an unqualified name while `other_owner` says that another table of the
/// query has such a column.
pub fn rename_column_in_query(
    query: &str,
    table: &QualName,
    from: &str,
    to: &str,
    other_owner: impl Fn(&QualName) -> bool,
) -> Option<String> {
    let root = SourceFile::parse(query).syntax_node();
    let mut aliases = Vec::new();
    let mut ambiguous = false;
    for node in relation_nodes(&root) {
        let Some(name) = node.qual_name() else {
            continue;
        };
        if name == *table {
            let alias = node
                .ancestors()
                .find(|a| a.kind() == K::RELATION_FROM_ITEM)
                .and_then(|item| item.child(K::FROM_ALIAS))
                .and_then(|a| a.child(K::TABLE_ALIAS))
                .and_then(|a| a.name());
            aliases.push(alias.unwrap_or_else(|| name.name.clone()));
        } else {
            ambiguous |= other_owner(&name);
        }
    }
    if aliases.is_empty() {
        return Some(query.to_owned());
    }
    let mut edits = Vec::new();
    for mention in mentions(&root) {
        let renamed = match mention.path.as_slice() {
            [column] if column == from => {
                if ambiguous {
                    return None;
                }
                quote_ident(to)
            }
            [.., qualifier, column] if column == from && aliases.contains(qualifier) => {
                format!("{}.{}", quote_ident(qualifier), quote_ident(to))
            }
            _ => continue,
        };
        let target = root
            .descendants()
            .any(|n| n.kind() == K::TARGET && range(&n) == mention.range && !n.has(K::AS_NAME));
        let text = if target {
            format!("{renamed} AS {}", quote_ident(from))
        } else {
            renamed
        };
        edits.push((mention.range, text));
    }
    Some(apply(query, edits))
}

/// The name that PostgreSQL gives the column of an unnamed index on an expression (`FigureIndexColname`): the function's
/// name, the type's name of a cast, `case`, `coalesce` .., else `expr`.
pub fn figure_name(text: &str) -> String {
    match super::parse_expr(text) {
        Ok(node) => figure(&node).map_or_else(|| "expr".to_owned(), |(name, _)| name),
        Err(_) => "expr".to_owned(),
    }
}

fn figure(node: &Node) -> Option<(String, u8)> {
    let strong = |name: &str| Some((name.to_owned(), 2));
    match node {
        Node::Column(parts) => strong(parts.last()?),
        Node::Field(_, name) => strong(name),
        Node::Subscript(inner, _) | Node::Collate(inner, _) => figure(inner),
        Node::Call(call) => match call.name.as_str() {
            "trim" => strong("btrim"),
            name => strong(name.rsplit('.').next().unwrap_or(name)),
        },
        Node::Cast(inner, type_) => match figure(inner) {
            Some((name, strength)) if strength > 1 => Some((name, strength)),
            _ => Some((type_internal_name(type_), 1)),
        },
        Node::Case { otherwise, .. } => match otherwise.as_deref().and_then(figure) {
            Some((name, strength)) if strength > 1 => Some((name, strength)),
            _ => Some(("case".to_owned(), 1)),
        },
        Node::Array(_) => strong("array"),
        Node::Row(_) => strong("row"),
        Node::Exists(_) => strong("exists"),
        _ => None,
    }
}

/// The name of a type in pg_type, which the grammar puts for its own spellings.
pub fn type_internal_name(type_: &crate::pg::types::PgType) -> String {
    use crate::pg::types::BaseType as B;
    match &type_.base {
        B::SmallInt => "int2".to_owned(),
        B::Integer => "int4".to_owned(),
        B::BigInt => "int8".to_owned(),
        B::Real => "float4".to_owned(),
        B::Double => "float8".to_owned(),
        B::Boolean => "bool".to_owned(),
        B::Varchar => "varchar".to_owned(),
        B::Char => "bpchar".to_owned(),
        B::Time => "time".to_owned(),
        B::TimeTz => "timetz".to_owned(),
        B::Timestamp => "timestamp".to_owned(),
        B::TimestampTz => "timestamptz".to_owned(),
        B::VarBit => "varbit".to_owned(),
        B::Named { name, .. } => name.clone(),
        other => crate::pg::types::PgType::new(other.clone())
            .to_string()
            .trim_end_matches("(1)")
            .to_owned(),
    }
}

/// Column names that a query mentions, qualifiers included, in order.
pub fn columns_in_query(query: &str) -> Vec<Vec<String>> {
    let root = SourceFile::parse(query).syntax_node();
    mentions(&root).into_iter().map(|m| m.path).collect()
}

/// Names of a query's common table expressions.
pub fn ctes_in(query: &str) -> Vec<String> {
    let root = SourceFile::parse(query).syntax_node();
    root.descendants()
        .filter(|n| n.kind() == K::CTE_NAME)
        .filter_map(|n| n.name())
        .collect()
}

/// Relations that a query reads, with the names that their columns are qualified by.
pub fn aliases_in(query: &str) -> Vec<(QualName, String)> {
    let root = SourceFile::parse(query).syntax_node();
    relation_nodes(&root)
        .iter()
        .filter_map(|node| {
            let name = node.qual_name()?;
            let alias = node
                .ancestors()
                .find(|a| a.kind() == K::RELATION_FROM_ITEM)
                .and_then(|item| item.child(K::FROM_ALIAS))
                .and_then(|a| a.child(K::TABLE_ALIAS))
                .and_then(|a| a.name())
                .unwrap_or_else(|| name.name.clone());
            Some((name, alias))
        })
        .collect()
}

fn type_edits(root: &SyntaxNode, from: &QualName, to: &QualName) -> Vec<(Range<usize>, String)> {
    root.descendants()
        .filter(|n| n.kind() == K::PATH_TYPE)
        .filter_map(|n| n.child(K::PATH_REF))
        .filter(|path| path.qual_name().as_ref() == Some(from))
        .map(|path| (range(&path), crate::pg::names::quote_qualified(to)))
        .collect()
}

/// An expression's text after a type that it casts to was renamed.
pub fn rename_type_in_expr(text: &str, from: &QualName, to: &QualName) -> String {
    let edits = type_edits(&expression_root(text), from, to)
        .into_iter()
        .filter_map(|(range, new)| Some((shift(&range)?, new)))
        .collect();
    apply(text, edits)
}

/// A query's text after a type that it casts to was renamed.
pub fn rename_type_in_query(query: &str, from: &QualName, to: &QualName) -> String {
    let root = SourceFile::parse(query).syntax_node();
    apply(query, type_edits(&root, from, to))
}

/// The statement of a trigger or policy after its table was renamed.
pub fn rename_table_in_statement(sql: &str, from: &QualName, to: &QualName) -> String {
    let root = SourceFile::parse(sql).syntax_node();
    let edits = root
        .descendants()
        .filter(|n| matches!(n.kind(), K::RELATION_NAME_REF | K::TABLE_NAME_REF))
        .filter(|n| n.qual_name().as_ref() == Some(from))
        .map(|n| (range(&n), crate::pg::names::quote_qualified(to)))
        .collect();
    apply(sql, edits)
}

/// The statement of a trigger after a column of its table was renamed: `UPDATE OF` and `NEW`, `OLD` in `WHEN`.
pub fn rename_column_in_trigger(sql: &str, from: &str, to: &str) -> String {
    let root = SourceFile::parse(sql).syntax_node();
    let mut edits: Vec<(Range<usize>, String)> = root
        .descendants()
        .filter(|n| n.kind() == K::COLUMN_NAME_REF && n.name().as_deref() == Some(from))
        .map(|n| (range(&n), quote_ident(to)))
        .collect();
    for mention in mentions(&root) {
        if let [row, column] = mention.path.as_slice()
            && column == from
            && (row == "new" || row == "old")
        {
            edits.push((mention.range.clone(), format!("{row}.{}", quote_ident(to))));
        }
    }
    apply(sql, edits)
}
