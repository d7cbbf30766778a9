//! `DO` blocks: a PL/pgSQL body into the few statements that migrations use.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxKind as K, SyntaxNode};

use super::depth;
use super::into;
use super::script::{opaque, statement};
use super::tree::{NodeExt, is_query};
use crate::ir::{OpKind, SqlStatement};

/// One statement of a `DO` block. Expressions and queries stay text; whoever runs the block evaluates them against
/// the schema of that moment.
#[derive(Debug, Clone, PartialEq)]
pub enum DoStatement {
    /// An SQL statement.
    Sql(SqlStatement),
    /// `EXECUTE expression`: the expression, the variables of its `INTO`, the expressions of its `USING`.
    Execute {
        /// Text of the statement.
        text: String,
        /// `INTO`.
        into: Vec<String>,
        /// `USING`.
        using: Vec<String>,
    },
    /// `IF`: conditions and what follows, in order; a branch without condition is the `ELSE`.
    If(Vec<(Option<String>, Vec<DoStatement>)>),
    /// A block with the handlers of its `EXCEPTION` part: conditions in lower case, and what they do.
    Block(Vec<DoStatement>, Vec<(Vec<String>, Vec<DoStatement>)>),
    /// `FOR row IN query LOOP`.
    ForQuery {
        /// Loop variables.
        variables: Vec<String>,
        /// Query, or the expression of a `FOR row IN EXECUTE`.
        query: String,
        /// The query is the value of an expression.
        dynamic: bool,
        /// Body.
        body: Vec<DoStatement>,
    },
    /// `FOR i IN a..b LOOP`.
    ForRange {
        /// Loop variable.
        variable: String,
        /// First number.
        from: String,
        /// Last number.
        to: String,
        /// `BY`.
        step: Option<String>,
        /// `REVERSE`.
        reverse: bool,
        /// Body.
        body: Vec<DoStatement>,
    },
    /// `FOREACH item IN ARRAY list LOOP`.
    ForEach {
        /// Loop variable.
        variable: String,
        /// The array.
        list: String,
        /// Body.
        body: Vec<DoStatement>,
    },
    /// `WHILE condition LOOP`; `LOOP` has none.
    While(Option<String>, Vec<DoStatement>),
    /// `EXIT`, or `CONTINUE` (false), with its `WHEN`.
    Leave(bool, Option<String>),
    /// `variable := expression`.
    Assign(String, String),
    /// A variable that a block declares: its name, its type as written, and its initial value.
    Declare(String, String, Option<String>),
    /// `ASSERT condition`, and its message where one is given, as an expression.
    Assert(String, Option<String>),
    /// `SELECT expressions INTO variables ..`: variables, whether `STRICT` stands there, and the query without its `INTO`.
    SelectInto(Vec<String>, bool, String),
    /// `PERFORM`, as a query.
    Perform(String),
    /// `RAISE EXCEPTION`, and its message where it is a literal.
    Raise(Option<String>),
    /// `RETURN`, and its expression.
    Return(Option<String>),
    /// What does nothing: `NULL`, `RAISE NOTICE`.
    Nothing,
    /// What is not understood.
    Unknown(String),
}

/// Reads the body of a `DO` statement; `None` when it is not PL/pgSQL that parses.
pub fn parse_do(sql: &str) -> Option<Vec<DoStatement>> {
    depth::guarded(sql, || parse_do_here(sql)).flatten()
}

fn parse_do_here(sql: &str) -> Option<Vec<DoStatement>> {
    let root = SourceFile::parse(sql).syntax_node();
    let node = root.children().find(|c| c.kind() == K::DO)?;
    let whole = ast::Do::cast(node)?;
    let text = whole.body()?.syntax().string()?;
    let lifted = into::lift(&text);
    let again = format!("DO $decant_do${lifted}$decant_do$");
    let body = if lifted.contains("$decant_do$") {
        whole.plpgsql()?
    } else {
        // The language that it says decides whether it is read at all.
        whole.plpgsql()?;
        let root = SourceFile::parse(&again).syntax_node();
        let node = root.children().find(|c| c.kind() == K::DO)?;
        ast::Do::cast(node)?.plpgsql()?
    };
    if !body.errors().is_empty() {
        return None;
    }
    let block = body.syntax().child(K::PLPGSQL_BLOCK)?;
    Some(vec![read_block(&block)])
}

/// Reads the body of a PL/pgSQL function; `None` when it does not parse.
pub fn parse_body(body: &str) -> Option<Vec<DoStatement>> {
    let tag = "$decant_body$";
    if body.contains(tag) {
        return None;
    }
    parse_do(&format!("DO {tag}{body}{tag}"))
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
                .map(|e| e.sql());
            let mut parts = variable.children().skip(1);
            let type_ = parts.next().map_or_else(String::new, |t| t.sql());
            if let Some(name) = name {
                statements.push(DoStatement::Declare(name, type_, value));
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

/// A name, or the names of a record and its field with a dot between them; `None` for elements of arrays.
fn dotted(text: &str) -> Option<String> {
    let parts: Vec<_> = text
        .split('.')
        .map(|p| super::tree::identifier(p.trim()))
        .collect();
    let plain = !text.contains(['[', '(']) && parts.iter().all(|p| !p.is_empty());
    plain.then(|| parts.join("."))
}

/// Names of the variables of a loop or of an `INTO`.
fn names(node: &SyntaxNode, kind: K) -> Vec<String> {
    node.all(kind)
        .iter()
        .map(|v| dotted(&v.sql()).unwrap_or_default())
        .collect()
}

fn read(node: &SyntaxNode) -> DoStatement {
    let unknown = || DoStatement::Unknown(node.sql());
    match node.kind() {
        K::PLPGSQL_BLOCK => read_block(node),
        K::PLPGSQL_NULL_STMT => DoStatement::Nothing,
        K::PLPGSQL_ASSERT_STMT => {
            let mut parts = node.all(K::PLPGSQL_EXPR).into_iter().map(|e| e.sql());
            match parts.next() {
                Some(condition) => DoStatement::Assert(condition, parts.next()),
                None => unknown(),
            }
        }
        K::PLPGSQL_RETURN_STMT => DoStatement::Return(node.child(K::PLPGSQL_EXPR).map(|e| e.sql())),
        // Counts of rows are not followed: the variable is not known from here on.
        K::PLPGSQL_GET_DIAG_STMT => {
            match node.find(K::PLPGSQL_DIAG_TARGET).and_then(|t| t.name()) {
                Some(name) => DoStatement::Assign(name, "row_count".to_owned()),
                None => unknown(),
            }
        }
        K::PLPGSQL_PERFORM_STMT => {
            let text = node.sql();
            let rest = text.get("PERFORM".len()..).unwrap_or_default().trim();
            DoStatement::Perform(format!("SELECT {rest}"))
        }
        K::PLPGSQL_RAISE_STMT => {
            let level = node
                .child(K::PLPGSQL_RAISE_LEVEL)
                .map_or_else(String::new, |l| l.sql().to_ascii_lowercase());
            if level.is_empty() || level == "exception" {
                DoStatement::Raise(
                    node.child(K::PLPGSQL_RAISE_MESSAGE)
                        .and_then(|m| m.string()),
                )
            } else {
                DoStatement::Nothing
            }
        }
        K::PLPGSQL_IF_STMT => read_if(node).unwrap_or_else(unknown),
        K::PLPGSQL_CASE_STMT => read_case(node).unwrap_or_else(unknown),
        K::PLPGSQL_EXEC_SQL_STMT => node
            .children()
            .next()
            .and_then(|inner| statement(&inner))
            .map_or_else(unknown, DoStatement::Sql),
        K::PLPGSQL_DYN_EXECUTE_STMT => read_execute(node).unwrap_or_else(unknown),
        K::PLPGSQL_ASSIGN_STMT => {
            let target = node
                .child(K::PLPGSQL_ASSIGN_TARGET)
                .and_then(|t| dotted(&t.sql()));
            let value = node.child(K::PLPGSQL_EXPR).map(|e| e.sql());
            match (target, value) {
                (Some(target), Some(value)) => DoStatement::Assign(target, value),
                _ => unknown(),
            }
        }
        K::PLPGSQL_EXIT_STMT | K::PLPGSQL_CONTINUE_STMT if !node.has(K::PLPGSQL_LABEL_NAME_REF) => {
            let when = node
                .child(K::PLPGSQL_EXIT_WHEN)
                .and_then(|w| w.child(K::PLPGSQL_EXPR))
                .map(|e| e.sql());
            DoStatement::Leave(node.kind() == K::PLPGSQL_EXIT_STMT, when)
        }
        _ => read_loop(node).unwrap_or_else(unknown),
    }
}

fn read_loop(node: &SyntaxNode) -> Option<DoStatement> {
    let variables = names(node, K::PLPGSQL_FOR_VARIABLE);
    let body = body_of(node);
    let expression = || node.child(K::PLPGSQL_EXPR).map(|e| e.sql());
    Some(match node.kind() {
        K::PLPGSQL_FOR_QUERY_STMT => DoStatement::ForQuery {
            variables,
            query: node.children().find(|c| is_query(c.kind()))?.sql(),
            dynamic: false,
            body,
        },
        K::PLPGSQL_FOR_DYN_STMT if !node.has(K::PLPGSQL_USING_CLAUSE) => DoStatement::ForQuery {
            variables,
            query: expression()?,
            dynamic: true,
            body,
        },
        K::PLPGSQL_FOR_I_STMT => {
            let range = node.child(K::PLPGSQL_FOR_RANGE)?;
            let mut ends = range.all(K::PLPGSQL_EXPR).into_iter().map(|e| e.sql());
            DoStatement::ForRange {
                variable: variables.into_iter().next()?,
                from: ends.next()?,
                to: ends.next()?,
                step: ends.next(),
                reverse: node.has(K::REVERSE_KW),
                body,
            }
        }
        K::PLPGSQL_FOR_EACH_STMT if !node.has(K::PLPGSQL_FOR_EACH_SLICE) => DoStatement::ForEach {
            variable: variables.into_iter().next()?,
            list: expression()?,
            body,
        },
        K::PLPGSQL_WHILE_STMT => DoStatement::While(Some(expression()?), body),
        K::PLPGSQL_LOOP_STMT => DoStatement::While(None, body),
        _ => return None,
    })
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

fn read_case(node: &SyntaxNode) -> Option<DoStatement> {
    let subject = node.child(K::PLPGSQL_EXPR).map(|e| e.sql());
    let mut branches = Vec::new();
    for part in node.children() {
        match part.kind() {
            K::PLPGSQL_CASE_WHEN => {
                let condition = part.child(K::PLPGSQL_EXPR)?.sql();
                let condition = match &subject {
                    Some(subject) => format!("({subject}) IN ({condition})"),
                    None => condition,
                };
                branches.push((Some(condition), body_of(&part)));
            }
            K::PLPGSQL_ELSE_CLAUSE => branches.push((None, body_of(&part))),
            _ => {}
        }
    }
    // Without a way for the value it is an error (PostgreSQL documentation, section 43.6.5).
    if branches.iter().all(|(condition, _)| condition.is_some()) {
        let error = DoStatement::Raise(Some("case not found".to_owned()));
        branches.push((None, vec![error]));
    }
    Some(DoStatement::If(branches))
}

fn read_execute(node: &SyntaxNode) -> Option<DoStatement> {
    let text = node.child(K::PLPGSQL_EXPR)?.sql();
    let clause = node.child(K::PLPGSQL_INTO_CLAUSE);
    let into = clause
        .as_ref()
        .and_then(|i| i.child(K::PLPGSQL_INTO_TARGET_LIST))
        .map(|list| names(&list, K::PLPGSQL_INTO_TARGET))
        .unwrap_or_default();
    if let Some(query) = text
        .strip_prefix(into::MARK)
        .and_then(|t| t.strip_suffix(into::MARK))
    {
        let strict = clause.is_some_and(|c| c.has(K::STRICT_KW));
        return Some(DoStatement::SelectInto(
            into,
            strict,
            query.trim().to_owned(),
        ));
    }
    let using = node
        .child(K::PLPGSQL_USING_CLAUSE)
        .map(|u| u.all(K::PLPGSQL_EXPR).iter().map(|e| e.sql()).collect())
        .unwrap_or_default();
    Some(DoStatement::Execute { text, into, using })
}
