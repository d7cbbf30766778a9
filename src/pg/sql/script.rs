//! Text of one or more statements into [`SqlStatement`]s: splitting, syntax errors, and which reader takes which statement.

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxKind, SyntaxNode};

use super::tree::{NodeExt, is_query};
use super::{depth, object, other, routine, table};
use crate::ir::{DataKind, DataStatement, NoEffect, OpKind, Opaque, QualName, SqlStatement};

/// Parses statements separated by `;` into what they do. Never fails: what cannot be parsed or is not modelled comes
/// back as [`OpKind::Opaque`] with the reason, and the other statements are read all the same.
pub fn parse_script(sql: &str) -> Vec<SqlStatement> {
    if let Some(statements) = depth::guarded(sql, || parse_all(sql)) {
        return statements;
    }
    let each = |piece: &&str| {
        depth::guarded(piece, || parse_all(piece)).unwrap_or_else(|| {
            let sql = piece.trim().to_owned();
            vec![SqlStatement {
                ops: vec![opaque(&sql, depth::TOO_DEEP)],
                sql,
            }]
        })
    };
    depth::statements(sql).iter().flat_map(each).collect()
}

fn parse_all(sql: &str) -> Vec<SqlStatement> {
    let parse = SourceFile::parse(sql);
    let root = parse.syntax_node();
    if problems(&root, &parse.errors()).is_empty() {
        return root.children().filter_map(|n| statement(&n)).collect();
    }
    pieces(&root)
        .iter()
        .flat_map(|piece| parse_piece(piece))
        .collect()
}

/// Errors that matter: not those within the body of a function, which is kept as text.
fn problems(root: &SyntaxNode, errors: &[squawk_syntax::syntax_error::SyntaxError]) -> Vec<String> {
    if errors.is_empty() {
        return Vec::new();
    }
    let bodies: Vec<_> = root
        .descendants()
        .filter(|n| matches!(n.kind(), SyntaxKind::AS_DEFINITION | SyntaxKind::DO))
        .map(|n| n.text_range())
        .collect();
    errors
        .iter()
        .filter(|e| {
            !bodies
                .iter()
                .any(|b| b.start() < e.range().start() && e.range().end() <= b.end())
        })
        .map(|e| e.message().to_owned())
        .collect()
}

/// Texts between the `;` tokens.
fn pieces(root: &SyntaxNode) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut current = String::new();
    for token in root
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
    {
        if token.kind() == SyntaxKind::SEMICOLON {
            pieces.push(std::mem::take(&mut current));
        } else {
            current.push_str(token.text());
        }
    }
    pieces.push(current);
    pieces
}

fn parse_piece(text: &str) -> Vec<SqlStatement> {
    let parse = SourceFile::parse(text);
    let root = parse.syntax_node();
    let errors = problems(&root, &parse.errors());
    if errors.is_empty() {
        return root.children().filter_map(|n| statement(&n)).collect();
    }
    if let Some(marked) = super::exclude::mark_opclasses(text) {
        let parse = SourceFile::parse(&marked);
        let root = parse.syntax_node();
        if problems(&root, &parse.errors()).is_empty() {
            return root.children().filter_map(|n| statement(&n)).collect();
        }
    }
    let sql = root.sql();
    if sql.is_empty() {
        return Vec::new();
    }
    // The parser's first message is the one about the cause; the others follow from it.
    let reason = format!(
        "{DOES_NOT_PARSE}: {}",
        errors.first().map_or("syntax error", String::as_str)
    );
    let statement = OpKind::Opaque(Opaque {
        text: sql.clone(),
        reason,
        touches_schema: !super::foreign::data_only(&sql),
    });
    vec![SqlStatement {
        ops: vec![statement],
        sql,
    }]
}

/// Begins the reason of a statement that the grammar refuses.
pub const DOES_NOT_PARSE: &str = "it does not parse as PostgreSQL";

/// An op for what is not understood and may matter to the schema.
pub(super) fn opaque(sql: &str, reason: impl Into<String>) -> OpKind {
    OpKind::Opaque(Opaque {
        text: sql.to_owned(),
        reason: reason.into(),
        touches_schema: true,
    })
}

pub(super) fn no_effect(sql: &str, reason: &str) -> OpKind {
    OpKind::NoEffect(NoEffect {
        sql: sql.to_owned(),
        reason: reason.to_owned(),
    })
}

/// One statement node.
pub(super) fn statement(node: &SyntaxNode) -> Option<SqlStatement> {
    if node.kind() == SyntaxKind::EMPTY_STMT {
        return None;
    }
    let sql = node.sql();
    if sql.is_empty() {
        return None;
    }
    let ops = ops(node, &sql)
        .unwrap_or_else(|| vec![opaque(&sql, "its effect on the schema is not modelled")]);
    Some(SqlStatement { sql, ops })
}

/// What a statement does; `None` when that is not modelled.
pub(super) fn ops(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    use SyntaxKind as K;
    let kind = node.kind();
    if let Some(reason) = reason_without_effect(kind) {
        return Some(vec![no_effect(sql, reason)]);
    }
    match kind {
        K::CREATE_TABLE => table::create(node).map(|t| vec![OpKind::CreateTable(t)]),
        K::CREATE_TABLE_AS | K::SELECT_INTO => table::create_as(node),
        K::ALTER_TABLE => table::alter(node, sql),
        K::DROP_TABLE => Some(table::drop(node)),
        K::CREATE_INDEX => table::create_index(node).map(|i| vec![i]),
        K::ALTER_INDEX => table::alter_index(node, sql),
        K::DROP_INDEX => Some(table::drop_index(node)),
        K::COMMENT_ON => object::comment(node, sql).map(|c| vec![c]),
        K::CREATE_TYPE => object::create_type(node).map(|t| vec![t]),
        K::ALTER_TYPE => object::alter_type(node, sql),
        K::DROP_TYPE | K::DROP_DOMAIN => Some(object::drop_type(node)),
        K::CREATE_DOMAIN => object::create_domain(node).map(|d| vec![d]),
        K::ALTER_DOMAIN => object::alter_domain(node, sql),
        K::CREATE_SCHEMA => object::create_schema(node),
        K::DROP_SCHEMA => Some(object::drop_schema(node)),
        K::CREATE_EXTENSION => object::create_extension(node).map(|e| vec![e]),
        K::DROP_EXTENSION => Some(object::drop_extension(node)),
        K::ALTER_EXTENSION if node.has(K::ALTER_EXTENSION_UPDATE) => {
            Some(vec![no_effect(sql, "version of an extension")])
        }
        K::CREATE_SEQUENCE => object::create_sequence(node).map(|s| vec![s]),
        K::ALTER_SEQUENCE => object::alter_sequence(node).map(|s| vec![s]),
        K::DROP_SEQUENCE => Some(object::drop_sequence(node)),
        K::CREATE_VIEW | K::CREATE_MATERIALIZED_VIEW => routine::create_view(node).map(|v| vec![v]),
        K::ALTER_VIEW | K::ALTER_MATERIALIZED_VIEW => routine::alter_view(node, sql),
        K::DROP_VIEW | K::DROP_MATERIALIZED_VIEW => Some(routine::drop_view(node)),
        K::CREATE_FUNCTION | K::CREATE_PROCEDURE => {
            routine::create_function(node, sql).map(|f| vec![f])
        }
        K::DROP_FUNCTION | K::DROP_PROCEDURE | K::DROP_ROUTINE => {
            Some(routine::drop_function(node))
        }
        K::ALTER_FUNCTION | K::ALTER_PROCEDURE | K::ALTER_ROUTINE => {
            routine::alter_function(node, sql).map(|f| vec![f])
        }
        K::CREATE_TRIGGER => routine::create_trigger(node, sql).map(|t| vec![t]),
        K::DROP_TRIGGER => routine::drop_trigger(node).map(|t| vec![t]),
        K::ALTER_TRIGGER => routine::alter_trigger(node, sql).map(|t| vec![t]),
        K::ALTER_POLICY => routine::alter_policy(node).map(|p| vec![p]),
        K::CREATE_POLICY | K::DROP_POLICY => routine::policy(node, sql).map(|p| vec![p]),
        K::ALTER_SCHEMA => object::alter_schema(node, sql).map(|s| vec![s]),
        K::DO => Some(vec![super::do_block::unfold(node, sql)?]),
        _ => match data(node, sql) {
            Some(data) => Some(vec![data]),
            None => other::statement(node, sql),
        },
    }
}

/// Why a kind of statement does nothing to the schema.
fn reason_without_effect(kind: SyntaxKind) -> Option<&'static str> {
    use SyntaxKind as K;
    Some(match kind {
        K::SET
        | K::RESET
        | K::SET_CONSTRAINTS
        | K::SET_ROLE
        | K::SET_SESSION_AUTH
        | K::RESET_ROLE
        | K::RESET_SESSION_AUTH
        | K::SET_TRANSACTION
        | K::DISCARD
        | K::SHOW => "setting of the session",
        K::GRANT
        | K::REVOKE
        | K::ALTER_DEFAULT_PRIVILEGES
        | K::CREATE_ROLE
        | K::ALTER_ROLE
        | K::DROP_ROLE
        | K::CREATE_USER
        | K::ALTER_USER
        | K::DROP_USER
        | K::CREATE_GROUP
        | K::ALTER_GROUP
        | K::DROP_GROUP
        | K::REASSIGN
        | K::SECURITY_LABEL => "roles and privileges",
        K::ANALYZE
        | K::VACUUM
        | K::REINDEX
        | K::CLUSTER
        | K::CHECKPOINT
        | K::CREATE_STATISTICS
        | K::ALTER_STATISTICS
        | K::DROP_STATISTICS
        | K::REPACK => "maintenance and statistics",
        K::LOCK => "lock",
        K::BEGIN
        | K::COMMIT_TRANSACTION
        | K::COMMIT_PREPARED
        | K::ROLLBACK_TRANSACTION
        | K::ROLLBACK_PREPARED
        | K::ROLLBACK_TO_SAVEPOINT
        | K::SAVEPOINT_CREATE
        | K::RELEASE_SAVEPOINT
        | K::PREPARE_TRANSACTION => "transaction control",
        K::LISTEN | K::UNLISTEN | K::NOTIFY => "notification",
        K::REFRESH => "content of a materialized view",
        K::ALTER_DATABASE
        | K::CREATE_DATABASE
        | K::DROP_DATABASE
        | K::ALTER_SYSTEM
        | K::LOAD
        | K::CREATE_TABLESPACE
        | K::ALTER_TABLESPACE
        | K::DROP_TABLESPACE => "configuration of the server",
        K::CREATE_FOREIGN_DATA_WRAPPER
        | K::ALTER_FOREIGN_DATA_WRAPPER
        | K::DROP_FOREIGN_DATA_WRAPPER
        | K::CREATE_SERVER
        | K::ALTER_SERVER
        | K::DROP_SERVER
        | K::CREATE_USER_MAPPING
        | K::ALTER_USER_MAPPING
        | K::DROP_USER_MAPPING => "access to foreign data",
        K::CREATE_LANGUAGE | K::ALTER_LANGUAGE | K::DROP_LANGUAGE => "language of functions",
        K::DROP_OWNED => "roles and privileges",
        K::CREATE_PUBLICATION
        | K::ALTER_PUBLICATION
        | K::DROP_PUBLICATION
        | K::CREATE_SUBSCRIPTION
        | K::ALTER_SUBSCRIPTION
        | K::DROP_SUBSCRIPTION => "replication",
        K::EXPLAIN | K::PREPARE | K::DEALLOCATE | K::DECLARE | K::CLOSE | K::FETCH | K::MOVE => {
            "query of the session"
        }
        _ => return None,
    })
}

fn data(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    use SyntaxKind as K;
    let kind = match node.kind() {
        K::INSERT | K::MERGE => DataKind::Insert,
        K::COPY => DataKind::Insert,
        K::UPDATE => DataKind::Update,
        K::DELETE | K::TRUNCATE => DataKind::Delete,
        K::CALL => DataKind::Select,
        other if is_query(other) => DataKind::Select,
        _ => return None,
    };
    let table = if kind == DataKind::Select {
        None
    } else {
        target(node)
    };
    Some(OpKind::Data(DataStatement {
        kind,
        table,
        sql: sql.to_owned(),
        unknown: Vec::new(),
    }))
}

/// The table that a data statement changes; `None` for several.
pub(super) fn target(node: &SyntaxNode) -> Option<QualName> {
    let names: Vec<SyntaxNode> = node
        .children()
        .filter(|c| {
            matches!(
                c.kind(),
                SyntaxKind::RELATION_NAME
                    | SyntaxKind::RELATION_NAME_REF
                    | SyntaxKind::TABLE_RELATION_NAME
                    | SyntaxKind::TABLE_NAME_REF
                    | SyntaxKind::TABLE_LIST
                    | SyntaxKind::COPY_TABLE
            )
        })
        .flat_map(|c| {
            if c.kind() == SyntaxKind::TABLE_LIST {
                c.children().collect()
            } else {
                vec![c]
            }
        })
        .collect();
    match names.as_slice() {
        [one] => one.qual_name(),
        _ => None,
    }
}
