//! Statements about objects that are kept as their statement alone: rules, range types, aggregates, operators, casts,
//! collations, text search, event triggers.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::script::no_effect;
use super::tree::NodeExt;
use crate::ir::{Existing, OpKind, OtherAction, OtherObject, QualName};

/// A range type or base type; `name` is its name.
pub(super) fn create_type(node: &SyntaxNode, name: QualName) -> Option<OpKind> {
    let empty = node
        .children()
        .all(|c| matches!(c.kind(), K::TYPE_NAME | K::COMPOSITE_TYPE));
    if node.child(K::COMPOSITE_TYPE).is_none() && empty {
        // A shell type.
        return None;
    }
    Some(object("TYPE", name, None, None, create(node)))
}

fn object(
    kind: &str,
    name: QualName,
    args: Option<String>,
    table: Option<QualName>,
    action: OtherAction,
) -> OpKind {
    OpKind::OtherObject(OtherObject {
        kind: kind.to_owned(),
        name,
        args,
        table,
        action,
    })
}

fn create(node: &SyntaxNode) -> OtherAction {
    let existing = if node.has(K::OR_REPLACE) {
        Existing::Replaced
    } else if node.has(K::IF_NOT_EXISTS) {
        Existing::Kept
    } else {
        Existing::Refused
    };
    OtherAction::Create(node.sql(), existing)
}

fn drop(node: &SyntaxNode) -> OtherAction {
    OtherAction::Drop {
        if_exists: node.has(K::IF_EXISTS),
        cascade: node.has(K::CASCADE),
    }
}

/// What stands for the name of an operator or a cast.
fn signature(node: &SyntaxNode) -> QualName {
    let text: String = node.sql().split_whitespace().collect();
    QualName::new(text.to_ascii_lowercase())
}

fn relation(node: &SyntaxNode) -> Option<QualName> {
    node.find(K::RELATION_NAME_REF)?.qual_name()
}

/// Types of an aggregate's arguments.
fn aggregate_args(node: &SyntaxNode) -> Option<String> {
    Some(super::routine::input_types(&node.child(K::PARAM_LIST)?))
}

/// `CREATE`, `DROP` and `ALTER` of these objects; `None` when it is not modelled.
pub(super) fn statement(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    let one = |op| Some(vec![op]);
    match node.kind() {
        K::CREATE_RULE => {
            let table = relation(&node.child(K::RULE_ON)?)?;
            let name = QualName::new(node.child(K::RULE)?.name()?);
            one(object("RULE", name, None, Some(table), create(node)))
        }
        K::DROP_RULE | K::ALTER_RULE => {
            let name = QualName::new(node.child(K::RULE_REF)?.name()?);
            let table = relation(&node.child(K::ON_RELATION)?)?;
            let action = match node.child(K::RULE_RENAME_TO) {
                Some(rename) => OtherAction::Rename(rename.child(K::RULE)?.name()?),
                None => drop(node),
            };
            one(object("RULE", name, None, Some(table), action))
        }
        K::CREATE_AGGREGATE => {
            let name = node.child(K::AGGREGATE_NAME)?.qual_name()?;
            let args = aggregate_args(node);
            one(object("AGGREGATE", name, args, None, create(node)))
        }
        K::DROP_AGGREGATE => node
            .all(K::AGGREGATE)
            .iter()
            .map(|a| {
                let args = aggregate_args(a);
                Some(object("AGGREGATE", a.qual_name()?, args, None, drop(node)))
            })
            .collect(),
        K::ALTER_AGGREGATE => {
            if node.has(K::OWNER_TO) {
                return one(no_effect(sql, "owner of an object"));
            }
            let target = node.child(K::AGGREGATE)?;
            let action = renamed(node, K::AGGREGATE_RENAME_TO)?;
            let args = aggregate_args(&target);
            one(object("AGGREGATE", target.qual_name()?, args, None, action))
        }
        K::CREATE_COLLATION => {
            let name = node.child(K::COLLATION)?.qual_name()?;
            one(object("COLLATION", name, None, None, create(node)))
        }
        K::DROP_COLLATION => node
            .all(K::COLLATION_REF)
            .iter()
            .map(|c| Some(object("COLLATION", c.qual_name()?, None, None, drop(node))))
            .collect(),
        K::ALTER_COLLATION => {
            if node.has(K::OWNER_TO) {
                return one(no_effect(sql, "owner of an object"));
            }
            let name = node.child(K::COLLATION_REF)?.qual_name()?;
            let action = renamed(node, K::COLLATION_RENAME_TO)?;
            one(object("COLLATION", name, None, None, action))
        }
        K::CREATE_OPERATOR => {
            let symbol: String = node.child(K::OP)?.sql().split_whitespace().collect();
            let side = |name: &str| operand(node, name).unwrap_or_else(|| "none".to_owned());
            let name = QualName::new(format!(
                "{symbol}({},{})",
                side("leftarg"),
                side("rightarg")
            ));
            one(object("OPERATOR", name, None, None, create(node)))
        }
        K::DROP_OPERATOR => node
            .child(K::OP_SIG_LIST)?
            .all(K::OP_SIG)
            .iter()
            .map(|s| Some(object("OPERATOR", signature(s), None, None, drop(node))))
            .collect(),
        K::CREATE_CAST => one(object(
            "CAST",
            signature(&node.child(K::CAST_SIG)?),
            None,
            None,
            create(node),
        )),
        K::DROP_CAST => one(object(
            "CAST",
            signature(&node.child(K::CAST_SIG)?),
            None,
            None,
            drop(node),
        )),
        K::CREATE_EVENT_TRIGGER => {
            let name = QualName::new(node.child(K::EVENT_TRIGGER)?.name()?);
            one(object("EVENT TRIGGER", name, None, None, create(node)))
        }
        K::DROP_EVENT_TRIGGER => {
            let name = QualName::new(node.child(K::EVENT_TRIGGER_REF)?.name()?);
            one(object("EVENT TRIGGER", name, None, None, drop(node)))
        }
        K::ALTER_EVENT_TRIGGER => {
            let name = QualName::new(node.child(K::EVENT_TRIGGER_REF)?.name()?);
            match node.child(K::EVENT_TRIGGER_RENAME_TO) {
                Some(rename) => {
                    let action = OtherAction::Rename(rename.child(K::EVENT_TRIGGER)?.name()?);
                    one(object("EVENT TRIGGER", name, None, None, action))
                }
                None => one(no_effect(sql, "state or owner of an event trigger")),
            }
        }
        _ => text_search(node, sql),
    }
}

fn renamed(node: &SyntaxNode, kind: K) -> Option<OtherAction> {
    if let Some(set) = node.child(K::SET_SCHEMA) {
        return Some(OtherAction::SetSchema(set.child(K::SCHEMA_REF)?.name()?));
    }
    let name = node.child(kind)?.children().next()?.name()?;
    Some(OtherAction::Rename(name))
}

/// The type that `CREATE OPERATOR` gives for one of its sides.
fn operand(node: &SyntaxNode, wanted: &str) -> Option<String> {
    let list = node.child(K::ATTRIBUTE_LIST)?;
    list.children().find_map(|option| {
        let text = option.sql();
        let (name, value) = text.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| {
            value
                .split_whitespace()
                .collect::<String>()
                .to_ascii_lowercase()
        })
    })
}

fn text_search(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    let parts = [
        (
            "TEXT SEARCH CONFIGURATION",
            K::CREATE_TEXT_SEARCH_CONFIGURATION,
            K::TEXT_SEARCH_CONFIGURATION,
            K::DROP_TEXT_SEARCH_CONFIG,
            K::TEXT_SEARCH_CONFIGURATION_REF,
        ),
        (
            "TEXT SEARCH DICTIONARY",
            K::CREATE_TEXT_SEARCH_DICTIONARY,
            K::TEXT_SEARCH_DICTIONARY,
            K::DROP_TEXT_SEARCH_DICT,
            K::TEXT_SEARCH_DICTIONARY_REF,
        ),
    ];
    for (kind, created, name, dropped, reference) in parts {
        if node.kind() == created {
            let name = node.child(name)?.qual_name()?;
            return Some(vec![object(kind, name, None, None, create(node))]);
        }
        if node.kind() == dropped {
            let name = node.child(reference)?.qual_name()?;
            return Some(vec![object(kind, name, None, None, drop(node))]);
        }
    }
    // Mappings of a configuration are not kept; what uses them is an expression that stays as it is written.
    matches!(
        node.kind(),
        K::ALTER_TEXT_SEARCH_CONFIGURATION | K::ALTER_TEXT_SEARCH_DICTIONARY
    )
    .then(|| vec![no_effect(sql, "configuration of text search")])
}
