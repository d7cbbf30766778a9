//! PostgreSQL's SQL text into ops and expression trees; the only place that names the SQL parser crate.
//!
//! [`parse_script`] reads statements into [`ir`](crate::ir) ops, [`parse_expr`] and [`parse_query`] read into the trees
//! of [`ast`], [`print_expr`] and [`print_query`] write them again. What a statement does to a schema is decided in
//! `pg::replay`, not here.

pub mod ast;
mod columns;
mod constraint;
mod data;
mod depth;
mod do_block;
mod exclude;
mod expr;
mod foreign;
mod into;
mod object;
mod other;
mod print;
mod qualify;
mod query;
mod retarget;
pub mod rewrite;
mod routine;
mod script;
mod table;
mod tree;

use squawk_syntax::{SourceFile, SyntaxKind};

pub use columns::{
    aliases_in, columns_in, columns_in_query, ctes_in, figure_name, referenced_columns,
    rename_column_in_expr, rename_column_in_query, rename_column_in_trigger, rename_table_in_query,
    rename_table_in_statement, rename_type_in_expr, rename_type_in_query, tables_in,
    type_internal_name,
};
pub(crate) use constraint::creation_order;
pub use data::{parse_change, returning};
pub use do_block::{DoStatement, parse_body, parse_do};
pub use foreign::{Foreign, foreign, foreign_tables, reserved_name};
pub use print::{print_expr, print_query, print_type};
pub use qualify::{NameKind, qualify};
pub use retarget::{
    calls_function, in_schema, names_type, names_word, policy_parts, rename_column_in_policy,
    rename_created, rename_function_in_expr, rename_function_in_statement, rename_schema_in_expr,
    rename_schema_in_statement, with_function_options,
};
pub use script::{DOES_NOT_PARSE, parse_script};

use tree::{NodeExt, is_query};

/// Parses one expression: `a > 0 AND b IS NULL`, `'x'::text`, `now()`.
///
/// # Errors
/// A sentence when the text is not exactly one expression.
pub fn parse_expr(text: &str) -> Result<ast::Node, String> {
    depth::guarded(text, || parse_expr_here(text))
        .unwrap_or_else(|| Err(depth::TOO_DEEP.to_owned()))
}

fn parse_expr_here(text: &str) -> Result<ast::Node, String> {
    let parse = SourceFile::parse(&format!("SELECT {text}\n"));
    let broken = |why: &str| Err(format!("`{text}` is not an SQL expression: {why}"));
    if let Some(error) = parse.errors().first() {
        return broken(error.message());
    }
    let root = parse.syntax_node();
    let statements: Vec<_> = root.children().collect();
    let [select] = statements.as_slice() else {
        return broken("it holds several statements");
    };
    let clauses: Vec<_> = select.children().collect();
    let [clause] = clauses.as_slice() else {
        return broken("it holds more than one expression");
    };
    let Some(list) = clause.child(SyntaxKind::TARGET_LIST) else {
        return broken("it is empty");
    };
    match query::targets(&list).as_mut_slice() {
        [(node, None)] if clause.children().count() == 1 => {
            Ok(std::mem::replace(node, ast::Node::Null))
        }
        _ => broken("it holds more than one expression"),
    }
}

/// Parses one query: `SELECT`, `VALUES`, `TABLE`, `WITH`, `UNION`.
///
/// # Errors
/// A sentence when the text is not exactly one query, or has a clause that the tree has no shape for (named windows,
/// `TABLESAMPLE`, column aliases of a plain table).
pub fn parse_query(text: &str) -> Result<ast::Query, String> {
    depth::guarded(text, || parse_query_here(text))
        .unwrap_or_else(|| Err(depth::TOO_DEEP.to_owned()))
}

fn parse_query_here(text: &str) -> Result<ast::Query, String> {
    let parse = SourceFile::parse(text);
    if let Some(error) = parse.errors().first() {
        return Err(format!("the query does not parse: {}", error.message()));
    }
    let root = parse.syntax_node();
    let statements: Vec<_> = root
        .children()
        .filter(|c| c.kind() != SyntaxKind::EMPTY_STMT)
        .collect();
    match statements.as_slice() {
        [one] if is_query(one.kind()) => query::convert(one),
        [_] => Err("the statement is not a query".to_owned()),
        _ => Err("the text is not one query".to_owned()),
    }
}

#[cfg(test)]
mod tests;
