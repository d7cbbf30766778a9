//! Statements about views, functions, triggers and policies into ops.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::script::no_effect;
use super::tree::{NodeExt, is_query};
use crate::ir::{
    AlterColumn, AlterFunction, AlterPolicy, CreateFunction, CreateTrigger, CreateView,
    DropFunction, DropTrigger, DropView, Expr, FunctionAction, OpKind, Policy, RenameTable,
    RenameTrigger, SetTableSchema,
};

use crate::pg::names::{quote_ident, quote_list};

/// `CREATE [MATERIALIZED] VIEW`.
pub(super) fn create_view(node: &SyntaxNode) -> Option<OpKind> {
    if node.has(K::TEMP) {
        return Some(no_effect(&node.sql(), "temporary object"));
    }
    let query = node.children().find(|c| is_query(c.kind()))?;
    let options: Vec<String> = node
        .children()
        .filter(|c| matches!(c.kind(), K::WITH_PARAMS | K::WITH_CHECK_OPTION))
        .map(|c| c.sql())
        .collect();
    let name = node.child(K::VIEW)?.qual_name()?;
    let mut columns: Vec<String> = node
        .child(K::COLUMN_LIST)
        .map(|list| list.children().filter_map(|c| c.name()).collect())
        .unwrap_or_default();
    let mut query = query.sql();
    if node.has(K::RECURSIVE_KW) {
        // The manual's own rewriting of CREATE RECURSIVE VIEW.
        let (own, list) = (quote_ident(&name.name), quote_list(&columns));
        query = format!("WITH RECURSIVE {own} ({list}) AS ({query}) SELECT {list} FROM {own}");
        columns.clear();
    }
    Some(OpKind::CreateView(CreateView {
        name,
        columns,
        query,
        materialized: node.kind() == K::CREATE_MATERIALIZED_VIEW,
        or_replace: node.has(K::OR_REPLACE),
        if_not_exists: node.has(K::IF_NOT_EXISTS),
        no_data: node.has(K::WITH_NO_DATA),
        options: (!options.is_empty()).then(|| options.join(" ")),
    }))
}

/// `ALTER VIEW`.
pub(super) fn alter_view(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    let name = node.child(K::VIEW_REF)?.qual_name()?;
    let action = node
        .children()
        .find(|c| !matches!(c.kind(), K::VIEW_REF | K::IF_EXISTS))?;
    let op = match action.kind() {
        K::VIEW_RENAME_TO => OpKind::RenameTable(RenameTable {
            name,
            new_name: action.child(K::VIEW)?.name()?,
            if_exists: node.has(K::IF_EXISTS),
        }),
        K::SET_SCHEMA => OpKind::SetTableSchema(SetTableSchema {
            name,
            new_schema: action.child(K::SCHEMA_REF)?.name()?,
        }),
        K::RENAME_COLUMN => OpKind::AlterColumn(Box::new(AlterColumn {
            table: name,
            column: action.child(K::COLUMN_NAME_REF)?.name()?,
            new_name: Some(action.child(K::COLUMN_NAME)?.name()?),
            ..AlterColumn::default()
        })),
        K::OWNER_TO | K::SET_OPTIONS | K::RESET_OPTIONS => {
            no_effect(sql, "owner or options of a view")
        }
        _ => return None,
    };
    Some(vec![op])
}

/// `DROP [MATERIALIZED] VIEW a, b`.
pub(super) fn drop_view(node: &SyntaxNode) -> Vec<OpKind> {
    node.all(K::VIEW_REF)
        .iter()
        .filter_map(|n| n.qual_name())
        .map(|name| {
            OpKind::DropView(DropView {
                name,
                materialized: node.kind() == K::DROP_MATERIALIZED_VIEW,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}

/// Types of the input parameters, separated by `, `.
pub(super) fn input_types(list: &SyntaxNode) -> String {
    list.all(K::PARAM)
        .iter()
        .filter(|p| !p.has(K::PARAM_OUT))
        .filter_map(|p| p.type_node())
        .map(|t| t.sql())
        .collect::<Vec<_>>()
        .join(", ")
}

/// `CREATE FUNCTION` and `CREATE PROCEDURE`.
pub(super) fn create_function(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    let name = node
        .children()
        .find(|c| matches!(c.kind(), K::FUNCTION_NAME | K::PROCEDURE_NAME))?
        .qual_name()?;
    let options = node.child(K::FUNC_OPTION_LIST);
    let language = options
        .as_ref()
        .and_then(|o| o.child(K::LANGUAGE_FUNC_OPTION))
        .and_then(|l| {
            l.child(K::LANGUAGE_REF)
                .and_then(|r| r.name())
                .or_else(|| l.string())
        });
    let body = options
        .as_ref()
        .and_then(|o| o.find(K::AS_DEFINITION))
        .and_then(|d| d.string())
        .or_else(|| {
            node.children()
                .find(|c| matches!(c.kind(), K::ATOMIC_BODY | K::RETURN_STMT))
                .map(|b| b.sql())
        })?;
    let returns = node.child(K::RET_TYPE).map(|r| r.sql()).map(|r| {
        r.split_once(char::is_whitespace)
            .map_or(String::new(), |(_, t)| t.trim().to_owned())
    });
    Some(OpKind::CreateFunction(CreateFunction {
        name,
        args: node
            .child(K::PARAM_LIST)
            .map(|l| input_types(&l))
            .unwrap_or_default(),
        returns,
        language: language.unwrap_or_else(|| "sql".to_owned()).to_lowercase(),
        body,
        sql: sql.to_owned(),
        or_replace: node.has(K::OR_REPLACE),
        procedure: node.kind() == K::CREATE_PROCEDURE,
    }))
}

/// `DROP FUNCTION f(int), g`.
pub(super) fn drop_function(node: &SyntaxNode) -> Vec<OpKind> {
    node.descendants()
        .filter(|c| {
            matches!(
                c.kind(),
                K::FUNCTION_SIG | K::PROCEDURE_SIG | K::ROUTINE_SIG
            )
        })
        .filter_map(|signature| {
            Some(OpKind::DropFunction(DropFunction {
                name: signature.children().next()?.qual_name()?,
                args: signature.child(K::PARAM_LIST).map(|l| input_types(&l)),
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            }))
        })
        .collect()
}

/// `ALTER FUNCTION`, `ALTER PROCEDURE`, `ALTER ROUTINE`.
pub(super) fn alter_function(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    let signature = node.children().find(|c| {
        matches!(
            c.kind(),
            K::FUNCTION_SIG | K::PROCEDURE_SIG | K::ROUTINE_SIG
        )
    })?;
    let action = node.children().find(|c| *c != signature)?;
    let action = match action.kind() {
        K::FUNCTION_RENAME_TO | K::PROCEDURE_RENAME_TO | K::ROUTINE_RENAME_TO => {
            FunctionAction::Rename(action.children().next()?.name()?)
        }
        K::SET_SCHEMA => FunctionAction::SetSchema(action.child(K::SCHEMA_REF)?.name()?),
        K::FUNC_OPTION_LIST => {
            FunctionAction::Options(action.children().map(|o| o.sql()).collect())
        }
        K::OWNER_TO => return Some(no_effect(sql, "owner of an object")),
        _ => return None,
    };
    Some(OpKind::AlterFunction(AlterFunction {
        name: signature.children().next()?.qual_name()?,
        args: signature.child(K::PARAM_LIST).map(|l| input_types(&l)),
        action,
    }))
}

/// `ALTER TRIGGER .. RENAME TO`.
pub(super) fn alter_trigger(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    let Some(rename) = node.child(K::TRIGGER_RENAME_TO) else {
        return Some(no_effect(sql, "dependency on an extension"));
    };
    Some(OpKind::RenameTrigger(RenameTrigger {
        name: node.child(K::TRIGGER_REF)?.name()?,
        table: node
            .child(K::ON_RELATION)?
            .find(K::RELATION_NAME_REF)?
            .qual_name()?,
        new_name: rename.child(K::TRIGGER)?.name()?,
    }))
}

/// `ALTER POLICY`.
pub(super) fn alter_policy(node: &SyntaxNode) -> Option<OpKind> {
    let mut op = AlterPolicy {
        name: node.child(K::POLICY_REF)?.name()?,
        table: node
            .child(K::ON_TABLE)?
            .find(K::TABLE_NAME_REF)?
            .qual_name()?,
        ..AlterPolicy::default()
    };
    if let Some(rename) = node.child(K::POLICY_RENAME_TO) {
        op.new_name = Some(rename.child(K::POLICY)?.name()?);
    }
    let text = |kind| node.find(kind).map(|n| n.sql());
    op.roles = text(K::POLICY_ROLES);
    op.using = text(K::USING_EXPR_CLAUSE);
    op.check = text(K::WITH_CHECK_EXPR_CLAUSE);
    Some(OpKind::AlterPolicy(op))
}

/// `CREATE TRIGGER`.
pub(super) fn create_trigger(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    let timing = node.children().find(|c| {
        matches!(
            c.kind(),
            K::TIMING_BEFORE | K::TIMING_AFTER | K::TIMING_INSTEAD_OF
        )
    })?;
    let call = node.child(K::CALL_EXPR)?;
    let function = call.children().next()?;
    let mut path = super::expr::column_path(&function)?;
    let name = path.pop()?;
    let events = node
        .child(K::TRIGGER_EVENT_LIST)?
        .children()
        .map(|e| {
            let text = e.sql();
            match text.split_once(char::is_whitespace) {
                Some((verb, rest)) => {
                    let rest = rest.trim();
                    let columns = rest.get(2..).unwrap_or_default().trim();
                    format!("{} OF {columns}", verb.to_uppercase())
                }
                None => text.to_uppercase(),
            }
        })
        .collect();
    Some(OpKind::CreateTrigger(CreateTrigger {
        name: node.child(K::TRIGGER)?.name()?,
        table: node
            .child(K::ON_RELATION)?
            .find(K::RELATION_NAME_REF)?
            .qual_name()?,
        timing: timing.sql().to_uppercase(),
        events,
        each_row: node.has(K::FOR_EACH_ROW),
        when: node
            .child(K::WHEN_CONDITION)
            .and_then(|w| w.expr())
            .map(|e| Expr(e.sql())),
        function: crate::ir::QualName::qualified(path.pop().as_deref(), name),
        arguments: call
            .child(K::ARG_LIST)
            .map(|l| l.all(K::ARG).iter().map(|a| a.sql()).collect())
            .unwrap_or_default(),
        sql: sql.to_owned(),
        or_replace: node.has(K::OR_REPLACE),
    }))
}

/// `DROP TRIGGER`.
pub(super) fn drop_trigger(node: &SyntaxNode) -> Option<OpKind> {
    Some(OpKind::DropTrigger(DropTrigger {
        name: node.child(K::TRIGGER_REF)?.name()?,
        table: node
            .child(K::ON_RELATION)?
            .find(K::RELATION_NAME_REF)?
            .qual_name()?,
        if_exists: node.has(K::IF_EXISTS),
    }))
}

/// `CREATE POLICY` and `DROP POLICY`.
pub(super) fn policy(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    let create = node.kind() == K::CREATE_POLICY;
    let name = node.child(if create { K::POLICY } else { K::POLICY_REF })?;
    Some(OpKind::Policy(Policy {
        name: name.name()?,
        table: node
            .child(K::ON_TABLE)?
            .find(K::TABLE_NAME_REF)?
            .qual_name()?,
        sql: create.then(|| sql.to_owned()),
        if_exists: node.has(K::IF_EXISTS),
    }))
}
