//! Statements about types, schemas, extensions, sequences and comments into ops.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::constraint;
use super::script::no_effect;
use super::table::collation_name;
use super::tree::{NodeExt, qual_name_of};
use crate::ir::{
    AlterColumn, AlterComposite, AlterDomain, AlterEnum, AlterSequence, AttributeAction, Change,
    ColumnRef, Constraint, CreateComposite, CreateDomain, CreateEnum, CreateExtension,
    CreateSchema, CreateSequence, DomainAction, DropExtension, DropSchema, DropSequence, DropType,
    EnumAction, EnumPosition, Expr, OpKind, QualName, RenameSchema, RenameType, Restart,
    SequenceOptions, SetComment, SetTableComment,
};

/// `CREATE TYPE`.
pub(super) fn create_type(node: &SyntaxNode) -> Option<OpKind> {
    let name = node.child(K::TYPE_NAME)?.qual_name()?;
    if let Some(kind) = node.child(K::ENUM_TYPE) {
        let labels = kind
            .child(K::VARIANT_LIST)?
            .all(K::VARIANT)
            .iter()
            .map(|v| v.string())
            .collect::<Option<Vec<_>>>()?;
        return Some(OpKind::CreateEnum(CreateEnum {
            name,
            labels,
            if_not_exists: false,
        }));
    }
    let Some(composite) = node.child(K::COMPOSITE_TYPE) else {
        return super::other::create_type(node, name);
    };
    let attributes = composite
        .child(K::COMPOSITE_FIELD_LIST)
        .map(|fields| fields.all(K::COMPOSITE_FIELD_DEF))
        .unwrap_or_default()
        .iter()
        .map(|f| Some((f.child(K::COMPOSITE_FIELD)?.name()?, attribute_type(f)?)))
        .collect::<Option<Vec<_>>>()?;
    Some(OpKind::CreateComposite(CreateComposite {
        name,
        attributes,
    }))
}

/// Type of an attribute with its collation.
fn attribute_type(node: &SyntaxNode) -> Option<String> {
    let collate = node.child(K::COLLATE).map(|c| format!(" {}", c.sql()));
    Some(format!(
        "{}{}",
        node.type_node()?.sql(),
        collate.unwrap_or_default()
    ))
}

fn attribute_action(node: &SyntaxNode) -> Option<AttributeAction> {
    let field = |kind| node.child(kind).and_then(|f: SyntaxNode| f.name());
    Some(match node.kind() {
        K::ADD_ATTRIBUTE => AttributeAction::Add(field(K::COMPOSITE_FIELD)?, attribute_type(node)?),
        K::DROP_ATTRIBUTE => {
            AttributeAction::Drop(field(K::COMPOSITE_FIELD_REF)?, node.has(K::IF_EXISTS))
        }
        K::ALTER_ATTRIBUTE => {
            AttributeAction::Type(field(K::COMPOSITE_FIELD_REF)?, attribute_type(node)?)
        }
        K::RENAME_ATTRIBUTE => {
            AttributeAction::Rename(field(K::COMPOSITE_FIELD_REF)?, field(K::COMPOSITE_FIELD)?)
        }
        _ => return None,
    })
}

/// `ALTER TYPE`.
pub(super) fn alter_type(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    let name = node.child(K::TYPE_NAME_REF)?.qual_name()?;
    let action = node.children().find(|c| c.kind() != K::TYPE_NAME_REF)?;
    let of_enum = |action| {
        OpKind::AlterEnum(AlterEnum {
            name: name.clone(),
            action,
        })
    };
    let op = match action.kind() {
        K::ADD_VALUE => {
            let position = if let Some(before) = action.child(K::BEFORE_VALUE) {
                EnumPosition::Before(before.string()?)
            } else if let Some(after) = action.child(K::AFTER_VALUE) {
                EnumPosition::After(after.string()?)
            } else {
                EnumPosition::Last
            };
            of_enum(EnumAction::AddValue {
                label: action.string()?,
                position,
                if_not_exists: action.has(K::IF_NOT_EXISTS),
            })
        }
        K::RENAME_VALUE => {
            let mut values = action.all(K::LITERAL).into_iter();
            of_enum(EnumAction::RenameValue {
                from: values.next()?.string()?,
                to: values.next()?.string()?,
            })
        }
        K::TYPE_RENAME_TO => OpKind::RenameType(RenameType {
            new_name: action.child(K::TYPE_NAME)?.name()?,
            name,
        }),
        K::SET_SCHEMA => of_enum(EnumAction::SetSchema(action.child(K::SCHEMA_REF)?.name()?)),
        K::RENAME_ATTRIBUTE => OpKind::AlterComposite(AlterComposite {
            name,
            actions: vec![attribute_action(&action)?],
        }),
        K::ALTER_TYPE_ATTRIBUTE_ACTION_LIST => OpKind::AlterComposite(AlterComposite {
            name,
            actions: action
                .children()
                .map(|a| attribute_action(&a))
                .collect::<Option<Vec<_>>>()?,
        }),
        K::OWNER_TO => no_effect(sql, "owner of an object"),
        _ => return None,
    };
    Some(vec![op])
}

/// `DROP TYPE`, `DROP DOMAIN`.
pub(super) fn drop_type(node: &SyntaxNode) -> Vec<OpKind> {
    node.children()
        .filter(|c| matches!(c.kind(), K::TYPE_NAME_REF | K::DOMAIN_REF))
        .filter_map(|n| n.qual_name())
        .map(|name| {
            OpKind::DropType(DropType {
                name,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}

/// `CREATE DOMAIN`.
pub(super) fn create_domain(node: &SyntaxNode) -> Option<OpKind> {
    let mut domain = CreateDomain {
        name: node.child(K::DOMAIN)?.qual_name()?,
        base: node.type_node()?.sql(),
        not_null: false,
        default: None,
        collation: None,
        checks: Vec::new(),
        if_not_exists: false,
    };
    for clause in node.children() {
        match clause.kind() {
            K::NOT_NULL_CONSTRAINT => domain.not_null = true,
            K::DEFAULT_CONSTRAINT => domain.default = Some(Expr(clause.expr()?.sql())),
            K::COLLATE => domain.collation = Some(collation_name(&clause.child(K::COLLATION_REF)?)),
            K::CHECK_CONSTRAINT => domain.checks.push(constraint::convert(&clause, None)?),
            _ => {}
        }
    }
    Some(OpKind::CreateDomain(domain))
}

/// `ALTER DOMAIN`.
pub(super) fn alter_domain(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    let name = node.child(K::DOMAIN_REF)?.qual_name()?;
    let action = node.children().find(|c| c.kind() != K::DOMAIN_REF)?;
    let change = match action.kind() {
        K::SET_NOT_NULL => DomainAction::NotNull(true),
        K::DROP_NOT_NULL => DomainAction::NotNull(false),
        K::SET_DEFAULT => DomainAction::Default(Change::Set(Expr(action.expr()?.sql()))),
        K::DROP_DEFAULT => DomainAction::Default(Change::Unset),
        K::ADD_CONSTRAINT => {
            let constraint: Constraint = constraint::convert(&action.children().next()?, None)?;
            DomainAction::AddConstraint(constraint)
        }
        K::DROP_CONSTRAINT => {
            let name = action.child(K::CONSTRAINT_NAME_REF)?.name()?;
            DomainAction::DropConstraint(name, action.has(K::IF_EXISTS))
        }
        K::RENAME_CONSTRAINT => DomainAction::RenameConstraint(
            action.child(K::CONSTRAINT_NAME_REF)?.name()?,
            action.child(K::CONSTRAINT_NAME)?.name()?,
        ),
        K::VALIDATE_CONSTRAINT => {
            DomainAction::Validate(action.child(K::CONSTRAINT_NAME_REF)?.name()?)
        }
        K::DOMAIN_RENAME_TO => {
            return Some(vec![OpKind::RenameType(RenameType {
                new_name: action.child(K::DOMAIN)?.name()?,
                name,
            })]);
        }
        K::SET_SCHEMA => {
            return Some(vec![OpKind::AlterEnum(AlterEnum {
                action: EnumAction::SetSchema(action.child(K::SCHEMA_REF)?.name()?),
                name,
            })]);
        }
        K::OWNER_TO => return Some(vec![no_effect(sql, "owner of an object")]),
        _ => return None,
    };
    Some(vec![OpKind::AlterDomain(AlterDomain {
        name,
        action: change,
    })])
}

/// `CREATE SCHEMA` with the objects that stand in it.
pub(super) fn create_schema(node: &SyntaxNode) -> Option<Vec<OpKind>> {
    let name = match node.find(K::NAMED_SCHEMA) {
        Some(named) => named.child(K::SCHEMA)?.name()?,
        None => node.find(K::AUTHORIZATION_SCHEMA)?.child(K::ROLE)?.name()?,
    };
    let mut ops = vec![OpKind::CreateSchema(CreateSchema {
        name: name.clone(),
        if_not_exists: node.has(K::IF_NOT_EXISTS),
    })];
    let mut ended = false;
    for element in node.children() {
        if matches!(
            element.kind(),
            K::NAMED_SCHEMA | K::AUTHORIZATION_SCHEMA | K::IF_NOT_EXISTS
        ) {
            continue;
        }
        let sql = element.sql();
        let made = super::script::ops(&element, &sql);
        if ended {
            // The parser takes statements after the `;` for elements of the schema.
            let lost = || {
                vec![super::script::opaque(
                    &sql,
                    "its effect on the schema is not modelled",
                )]
            };
            ops.extend(made.unwrap_or_else(lost));
            continue;
        }
        ended = element
            .descendants_with_tokens()
            .filter_map(|t| t.into_token())
            .any(|t| t.kind() == K::SEMICOLON);
        let mut created = made?;
        for op in &mut created {
            match op {
                OpKind::CreateTable(t) => within(&mut t.name, &name),
                OpKind::CreateSequence(s) => within(&mut s.name, &name),
                OpKind::CreateView(v) => {
                    within(&mut v.name, &name);
                    v.query = super::in_schema(&v.query, &name);
                }
                OpKind::CreateIndex(i) => within(&mut i.index.table, &name),
                OpKind::CreateTrigger(_) => return None,
                _ => {}
            }
        }
        ops.extend(created);
    }
    Some(ops)
}

/// An unqualified name within `CREATE SCHEMA` is one of that schema.
fn within(name: &mut QualName, schema: &str) {
    if name.schema.is_none() {
        *name = QualName::qualified(Some(schema), std::mem::take(&mut name.name));
    }
}

/// `ALTER SCHEMA`.
pub(super) fn alter_schema(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    if node.has(K::OWNER_TO) {
        return Some(no_effect(sql, "owner of an object"));
    }
    Some(OpKind::RenameSchema(RenameSchema {
        name: node.child(K::SCHEMA_REF)?.name()?,
        new_name: node.child(K::SCHEMA_RENAME_TO)?.child(K::SCHEMA)?.name()?,
    }))
}

/// `DROP SCHEMA a, b`.
pub(super) fn drop_schema(node: &SyntaxNode) -> Vec<OpKind> {
    node.all(K::SCHEMA_REF)
        .iter()
        .filter_map(|n| n.name())
        .map(|name| {
            OpKind::DropSchema(DropSchema {
                name,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}

/// `CREATE EXTENSION`.
pub(super) fn create_extension(node: &SyntaxNode) -> Option<OpKind> {
    Some(OpKind::CreateExtension(CreateExtension {
        name: node.child(K::EXTENSION)?.name()?,
        schema: node
            .child(K::EXTENSION_SCHEMA)
            .and_then(|s| s.child(K::SCHEMA_REF))
            .and_then(|s| s.name())
            .filter(|s| s != "public"),
        if_not_exists: node.has(K::IF_NOT_EXISTS),
    }))
}

/// `DROP EXTENSION a, b`.
pub(super) fn drop_extension(node: &SyntaxNode) -> Vec<OpKind> {
    node.all(K::EXTENSION_REF)
        .iter()
        .filter_map(|n| n.name())
        .map(|name| {
            OpKind::DropExtension(DropExtension {
                name,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}

/// Options of a sequence among the descendants of a node.
pub(super) fn sequence_options(node: &SyntaxNode) -> SequenceOptions {
    let mut options = SequenceOptions::default();
    let number = |n: &SyntaxNode| {
        n.expr()
            .and_then(|e| e.sql().replace([' ', '_'], "").parse::<i64>().ok())
    };
    for option in node.descendants() {
        match option.kind() {
            K::OPTION_AS_TYPE => options.data_type = option.type_node().map(|t| t.sql()),
            K::OPTION_START => options.start = number(&option),
            K::OPTION_INCREMENT => options.increment = number(&option),
            K::OPTION_MIN_VALUE => options.min = number(&option),
            K::OPTION_MAX_VALUE => options.max = number(&option),
            K::OPTION_CACHE => options.cache = number(&option),
            K::OPTION_CYCLE => options.cycle = Some(true),
            K::OPTION_NO_CYCLE => options.cycle = Some(false),
            _ => {}
        }
    }
    options
}

/// `RESTART [WITH n]`, of a sequence or of an identity column.
pub(super) fn restart(node: &SyntaxNode) -> Option<Restart> {
    let restarts = |n: &SyntaxNode| matches!(n.kind(), K::OPTION_RESTART | K::RESTART);
    let option = node.descendants().find(restarts)?;
    let value = option
        .expr()
        .and_then(|e| e.sql().replace([' ', '_'], "").parse::<i64>().ok());
    Some(value.map_or(Restart::Start, Restart::With))
}

/// `SEQUENCE NAME` of an identity clause.
pub(super) fn sequence_name(node: &SyntaxNode) -> Option<QualName> {
    node.find(K::OPTION_SEQUENCE_NAME)?.qual_name()
}

fn owned_by(node: &SyntaxNode) -> Change<ColumnRef> {
    let Some(option) = node.child(K::OPTION_OWNED_BY) else {
        return Change::Keep;
    };
    let Some(target) = option.find(K::QUALIFIED_COLUMN_NAME_REF) else {
        return Change::Unset;
    };
    match column_ref(&target) {
        Some(column) => Change::Set(column),
        None => Change::Unset,
    }
}

fn column_ref(node: &SyntaxNode) -> Option<ColumnRef> {
    let mut path = node.path();
    let column = path.pop()?;
    Some(ColumnRef {
        table: qual_name_of(path)?,
        column,
    })
}

/// `CREATE SEQUENCE`.
pub(super) fn create_sequence(node: &SyntaxNode) -> Option<OpKind> {
    if node.has(K::TEMP) {
        return Some(no_effect(&node.sql(), "temporary object"));
    }
    Some(OpKind::CreateSequence(CreateSequence {
        name: node.child(K::SEQUENCE)?.qual_name()?,
        options: sequence_options(node),
        owned_by: match owned_by(node) {
            Change::Set(column) => Some(column),
            Change::Keep | Change::Unset => None,
        },
        if_not_exists: node.has(K::IF_NOT_EXISTS),
    }))
}

/// `ALTER SEQUENCE`.
pub(super) fn alter_sequence(node: &SyntaxNode) -> Option<OpKind> {
    if node.has(K::OWNER_TO) {
        return Some(no_effect(&node.sql(), "owner of an object"));
    }
    Some(OpKind::AlterSequence(AlterSequence {
        name: node.child(K::SEQUENCE_REF)?.qual_name()?,
        options: sequence_options(node),
        owned_by: owned_by(node),
        restart: restart(node),
        new_name: match node.child(K::SEQUENCE_RENAME_TO) {
            Some(rename) => Some(rename.child(K::SEQUENCE)?.name()?),
            None => None,
        },
        new_schema: match node.child(K::SET_SCHEMA) {
            Some(set) => Some(set.child(K::SCHEMA_REF)?.name()?),
            None => None,
        },
        if_exists: node.has(K::IF_EXISTS),
    }))
}

/// `DROP SEQUENCE a, b`.
pub(super) fn drop_sequence(node: &SyntaxNode) -> Vec<OpKind> {
    node.all(K::SEQUENCE_REF)
        .iter()
        .filter_map(|n| n.qual_name())
        .map(|name| {
            OpKind::DropSequence(DropSequence {
                name,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}

/// `COMMENT ON`.
pub(super) fn comment(node: &SyntaxNode, sql: &str) -> Option<OpKind> {
    let object = node.children().next()?;
    let text = node.string().filter(|t| !t.is_empty());
    match object.kind() {
        K::OBJECT_TABLE => Some(OpKind::SetTableComment(SetTableComment {
            table: object.find(K::TABLE_NAME_REF)?.qual_name()?,
            comment: text,
        })),
        K::OBJECT_COLUMN => {
            let target = column_ref(&object.find(K::QUALIFIED_COLUMN_NAME_REF)?)?;
            Some(OpKind::AlterColumn(Box::new(AlterColumn {
                table: target.table,
                column: target.column,
                comment: match text {
                    Some(text) => Change::Set(text),
                    None => Change::Unset,
                },
                ..AlterColumn::default()
            })))
        }
        K::OBJECT_DATABASE | K::OBJECT_ROLE | K::OBJECT_LANGUAGE | K::OBJECT_TABLESPACE => {
            Some(no_effect(sql, "comment outside the schema"))
        }
        _ => {
            let kind = words_before_name(&object);
            let table = object
                .children()
                .skip(1)
                .find(|c| {
                    matches!(
                        c.kind(),
                        K::TABLE_NAME_REF | K::RELATION_NAME_REF | K::DOMAIN_REF
                    )
                })
                .and_then(|t| t.qual_name());
            let target = object.children().next()?;
            Some(OpKind::SetComment(SetComment {
                object_kind: kind,
                name: target.qual_name()?,
                table,
                comment: text,
            }))
        }
    }
}

/// `MATERIALIZED VIEW` of `MATERIALIZED VIEW v`.
fn words_before_name(object: &SyntaxNode) -> String {
    object
        .children_with_tokens()
        .take_while(|e| e.as_token().is_some())
        .filter_map(|e| e.into_token())
        .filter(|t| !t.kind().is_trivia())
        .map(|t| t.text().to_uppercase())
        .collect::<Vec<_>>()
        .join(" ")
}
