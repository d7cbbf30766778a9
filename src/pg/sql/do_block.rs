//! `DO` blocks: a PL/pgSQL body into the few statements that migrations use.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxKind as K, SyntaxNode};

use super::script::{opaque, statement};
use super::tree::{NodeExt, is_query};
use crate::ir::{OpKind, SqlStatement};

/// One statement of a `DO` block. Expressions and queries stay text; whoever runs the block evaluates them against
/// the schema of that moment.
#[derive(Debug, Clone, PartialEq)]
pub enum DoStatement {
    /// An SQL statement.
    Sql(SqlStatement),
    /// `EXECUTE expression`.
    Execute(String),
    /// `IF`: conditions and what follows, in order; a branch without condition is the `ELSE`.
    If(Vec<(Option<String>, Vec<DoStatement>)>),
    /// A block with the handlers of its `EXCEPTION` part: conditions in lower case, and what they do.
    Block(Vec<DoStatement>, Vec<(Vec<String>, Vec<DoStatement>)>),
    /// `FOR row IN query LOOP`.
    ForQuery {
        /// Loop variables.
        variables: Vec<String>,
        /// Query.
        query: String,
        /// Body.
        body: Vec<DoStatement>,
    },
    /// `variable := expression` and initial values of declarations.
    Assign(String, String),
    /// `SELECT expressions INTO variables ..`: variables and the query without its `INTO`.
    SelectInto(Vec<String>, String),
    /// `RAISE EXCEPTION`.
    Raise,
    /// What does nothing: `NULL`, `RAISE NOTICE`, `PERFORM`, `RETURN`.
    Nothing,
    /// What is not understood.
    Unknown(String),
}

/// Reads the body of a `DO` statement; `None` when it is not PL/pgSQL that parses.
pub fn parse_do(sql: &str) -> Option<Vec<DoStatement>> {
    let root = SourceFile::parse(sql).syntax_node();
    let node = root.children().find(|c| c.kind() == K::DO)?;
    let body = ast::Do::cast(node)?.plpgsql()?;
    if !body.errors().is_empty() {
        return None;
    }
    let block = body.syntax().child(K::PLPGSQL_BLOCK)?;
    Some(vec![read_block(&block)])
}

/// The op of a `DO` statement when its parent only parses: opaque until somebody runs it.
pub(super) fn unfold(_node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    Some(opaque(
        sql,
        "a DO block is run against the schema of its moment",
    ))
}

fn read_block(block: &SyntaxNode) -> DoStatement {
    let mut statements = Vec::new();
    if let Some(declare) = block.child(K::PLPGSQL_DECLARE_SECTION) {
        for variable in declare.all(K::PLPGSQL_VAR_DECL) {
            let name = variable.child(K::PLPGSQL_VAR_NAME).and_then(|n| n.name());
            let value = variable
                .child(K::PLPGSQL_VAR_INIT)
                .and_then(|i| i.child(K::PLPGSQL_EXPR))
                .map_or_else(|| "NULL".to_owned(), |e| e.sql());
            if let Some(name) = name {
                statements.push(DoStatement::Assign(name, value));
            }
        }
    }
    statements.extend(body_of(block));
    let handlers = block
        .child(K::PLPGSQL_EXCEPTION_SECTION)
        .map(|section| section.all(K::PLPGSQL_EXCEPTION_HANDLER))
        .unwrap_or_default()
        .iter()
        .map(|handler| {
            let conditions = handler
                .all(K::PLPGSQL_CONDITION)
                .iter()
                .map(|c| c.sql().to_ascii_lowercase())
                .collect();
            (conditions, body_of(handler))
        })
        .collect();
    DoStatement::Block(statements, handlers)
}

fn body_of(node: &SyntaxNode) -> Vec<DoStatement> {
    node.child(K::PLPGSQL_BODY)
        .map(|body| body.children().map(|s| read(&s)).collect())
        .unwrap_or_default()
}

fn read(node: &SyntaxNode) -> DoStatement {
    let unknown = || DoStatement::Unknown(node.sql());
    let expression = || node.child(K::PLPGSQL_EXPR).map(|e| e.sql());
    match node.kind() {
        K::PLPGSQL_BLOCK => read_block(node),
        K::PLPGSQL_NULL_STMT | K::PLPGSQL_PERFORM_STMT | K::PLPGSQL_RETURN_STMT => {
            DoStatement::Nothing
        }
        K::PLPGSQL_RAISE_STMT => {
            let level = node
                .child(K::PLPGSQL_RAISE_LEVEL)
                .map_or_else(String::new, |l| l.sql().to_ascii_lowercase());
            if level.is_empty() || level == "exception" {
                DoStatement::Raise
            } else {
                DoStatement::Nothing
            }
        }
        K::PLPGSQL_IF_STMT => read_if(node).unwrap_or_else(unknown),
        K::PLPGSQL_EXEC_SQL_STMT => read_sql(node).unwrap_or_else(unknown),
        K::PLPGSQL_DYN_EXECUTE_STMT
            if !node.has(K::PLPGSQL_INTO_CLAUSE) && !node.has(K::PLPGSQL_USING_CLAUSE) =>
        {
            expression().map_or_else(unknown, DoStatement::Execute)
        }
        K::PLPGSQL_ASSIGN_STMT => {
            let target = node.child(K::PLPGSQL_ASSIGN_TARGET).and_then(|t| t.name());
            match (target, expression()) {
                (Some(target), Some(value)) => DoStatement::Assign(target, value),
                _ => unknown(),
            }
        }
        K::PLPGSQL_FOR_QUERY_STMT => {
            let query = node.children().find(|c| is_query(c.kind()));
            match query {
                Some(query) => DoStatement::ForQuery {
                    variables: node
                        .all(K::PLPGSQL_FOR_VARIABLE)
                        .iter()
                        .filter_map(|v| v.name())
                        .collect(),
                    query: query.sql(),
                    body: body_of(node),
                },
                None => unknown(),
            }
        }
        _ => unknown(),
    }
}

fn read_if(node: &SyntaxNode) -> Option<DoStatement> {
    let condition = |n: &SyntaxNode| n.child(K::PLPGSQL_EXPR).map(|e| e.sql());
    let mut branches = vec![(Some(condition(node)?), body_of(node))];
    for part in node.children() {
        match part.kind() {
            K::PLPGSQL_ELSIF_CLAUSE => branches.push((Some(condition(&part)?), body_of(&part))),
            K::PLPGSQL_ELSE_CLAUSE => branches.push((None, body_of(&part))),
            _ => {}
        }
    }
    Some(DoStatement::If(branches))
}

fn read_sql(node: &SyntaxNode) -> Option<DoStatement> {
    let inner = node.children().next()?;
    if inner.kind() == K::SELECT_INTO {
        let into = inner.child(K::INTO_CLAUSE)?;
        let text = inner.sql();
        let clause = into.sql();
        let variables = clause.split_once(char::is_whitespace).map(|(_, names)| {
            names
                .trim()
                .trim_start_matches("STRICT ")
                .trim_start_matches("strict ")
                .split(',')
                .map(|n| super::tree::identifier(n.trim()))
                .collect::<Vec<_>>()
        })?;
        return Some(DoStatement::SelectInto(
            variables,
            text.replacen(&clause, "", 1),
        ));
    }
    statement(&inner).map(DoStatement::Sql)
}
