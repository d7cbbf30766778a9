//! What stands in expressions and statements: queries, columns of rows, values that differ each time.

use crate::ir::QualName;
use crate::pg::sql::ast::{Change, Node};
use crate::pg::sql::rewrite::{rewrite, rewrite_change};
use crate::pg::sql::{print_expr, tables_in};

/// Tables that the queries of an expression read.
pub(super) fn tables_of(node: &Node) -> Vec<QualName> {
    if has_query(node) {
        tables_in(&format!("SELECT {}", print_expr(node)))
    } else {
        Vec::new()
    }
}

/// Tables that the queries in the values and conditions of a statement read.
pub(super) fn tables_of_change(change: &Change) -> Vec<QualName> {
    let mut out = Vec::new();
    let mut copy = change.clone();
    // Nothing is replaced, so nothing can fail.
    let _ = rewrite_change(&mut copy, &mut |node: &Node| {
        if is_query(node) {
            out.extend(tables_of(node));
        }
        None
    });
    out
}

/// Whether a query stands in an expression.
pub(super) fn has_query(node: &Node) -> bool {
    let mut found = false;
    let mut copy = node.clone();
    let _ = rewrite(&mut copy, &mut |node: &Node| {
        found |= is_query(node);
        None
    });
    found
}

fn is_query(node: &Node) -> bool {
    matches!(
        node,
        Node::Subquery(_) | Node::Exists(_) | Node::InQuery { .. }
    )
}

/// Whether a statement reads any table.
pub(super) fn change_has_query(change: &Change) -> bool {
    let from = match change {
        Change::Insert(insert) => insert.source.as_ref().is_some_and(|s| {
            let mut parts = std::iter::once(&s.select).chain(s.compound.iter().map(|c| &c.1));
            parts.any(|p| !p.from.is_empty())
        }),
        Change::Update(_) | Change::Delete(_) | Change::Truncate(_) => true,
    };
    let mut found = from;
    let mut copy = change.clone();
    let _ = rewrite_change(&mut copy, &mut |node: &Node| {
        found |= is_query(node);
        None
    });
    found
}

/// Whether a statement reads a column of a row (`new`, `old`).
pub(super) fn change_reads(change: &Change, row: &str, column: &str) -> bool {
    let mut found = false;
    let mut copy = change.clone();
    let _ = rewrite_change(&mut copy, &mut |node: &Node| {
        found |= is_column(node, row, column);
        None
    });
    found
}

fn is_column(node: &Node, row: &str, column: &str) -> bool {
    matches!(node, Node::Column(path) if matches!(path.as_slice(), [r, c] if r == row && c == column))
}

/// An expression over the new row, over the old one instead.
///
/// # Errors
/// None; the walk cannot fail.
pub(super) fn of_old(node: &Node) -> Result<Node, String> {
    let mut out = node.clone();
    rewrite(&mut out, &mut |node: &Node| match node {
        Node::Column(path) => match path.as_slice() {
            [row, column] if row == "new" => {
                Some(Node::Column(vec!["old".to_owned(), column.clone()]))
            }
            _ => None,
        },
        _ => None,
    })?;
    Ok(out)
}

/// Whether an expression reads anything of the row before the write.
pub(super) fn reads_old(node: &Node) -> bool {
    let mut found = false;
    let mut copy = node.clone();
    let _ = rewrite(&mut copy, &mut |node: &Node| {
        found |= match node {
            Node::Column(path) => path.first().is_some_and(|row| row == "old"),
            Node::Star(Some(row)) => row == "old",
            _ => false,
        };
        None
    });
    found
}

/// Whether an expression reads a column of a row (`new`, `old`).
pub(super) fn reads(node: &Node, row: &str, column: &str) -> bool {
    let mut found = false;
    let mut look = |node: &Node| {
        found |= is_column(node, row, column);
        None
    };
    let mut copy = node.clone();
    let _ = rewrite(&mut copy, &mut look);
    found
}

/// Whether each evaluation gives another value.
pub(super) fn is_random(node: &Node) -> bool {
    let mut found = false;
    let mut look = |node: &Node| {
        if let Node::Call(call) = node {
            found |= matches!(
                call.name.as_str(),
                "random"
                    | "gen_random_uuid"
                    | "uuid_generate_v4"
                    | "uuid_generate_v1"
                    | "nextval"
                    | "gen_random_bytes"
            );
        }
        None
    };
    let mut copy = node.clone();
    // Nothing is replaced, so nothing can fail.
    let _ = rewrite(&mut copy, &mut look);
    found
}
