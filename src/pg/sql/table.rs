//! Statements about tables and their indexes into ops.

use indexmap::IndexMap;
use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::constraint::{self, ColumnClauses};
use super::object::{sequence_name, sequence_options};
use super::script::no_effect;
use super::tree::{NodeExt, is_expr, text_from};
use crate::ir::{
    AddColumn, AddConstraint, AlterColumn, AlterConstraint, AlterTable, Change, Column, ColumnType,
    Constraint, CreateIndex, CreateTable, DropColumn, DropConstraint, DropIndex, DropTable, Expr,
    Identity, IdentityChange, Index, IndexKey, IndexPart, LikeTable, OpKind, QualName,
    RenameConstraint, RenameIndex, RenameTable, SetTableSchema, TableAction, TableQuery,
};

/// `CREATE TABLE`.
pub(super) fn create(node: &SyntaxNode) -> Option<CreateTable> {
    let mut table = CreateTable {
        name: node.child(K::TABLE_NAME)?.qual_name()?,
        if_not_exists: node.has(K::IF_NOT_EXISTS),
        unlogged: node.has(K::UNLOGGED),
        temporary: node.has(K::TEMP),
        ..CreateTable::default()
    };
    if node.has(K::OF_TYPE) {
        return None;
    }
    if let Some(list) = node.child(K::TABLE_ARG_LIST) {
        for item in list.children() {
            match item.kind() {
                K::COLUMN => {
                    let (column, constraints) = column(&item)?;
                    table.columns.push(column);
                    table.constraints.extend(constraints);
                }
                K::LIKE_CLAUSE => table.like.push(like(&item, table.columns.len())?),
                _ => table.constraints.push(constraint::convert(&item, None)?),
            }
        }
    }
    constraint::creation_order(&mut table.constraints);
    if let Some(inherits) = node.child(K::INHERITS) {
        table.inherits = inherits
            .all(K::TABLE_NAME_REF)
            .iter()
            .filter_map(|n| n.qual_name())
            .collect();
    }
    if let Some(partition) = node.child(K::PARTITION_BY) {
        let start = partition.child(K::PARTITION_STRATEGY)?;
        table.partition_by = Some(text_from(&partition, &start));
    }
    table.with = storage_parameters(node)?;
    let clauses = [
        K::USING_METHOD,
        K::ON_COMMIT,
        K::TABLESPACE,
        K::TABLESPACE_CLAUSE,
    ];
    let placed = node.children().filter(|c| clauses.contains(&c.kind()));
    table.placement = placed.map(|c| c.sql()).collect();
    if let Some(parent) = node.child(K::PARTITION_OF) {
        let bound = partition_bound(node)?;
        table.partition_of = Some((parent.qual_name()?, bound));
    }
    Some(table)
}

/// `WITH (fillfactor = 70)`; `None` when it is not understood.
fn storage_parameters(node: &SyntaxNode) -> Option<IndexMap<String, String>> {
    let mut out = IndexMap::new();
    let Some(with) = node.child(K::WITH_PARAMS) else {
        return Some(out);
    };
    for option in with.find(K::ATTRIBUTE_LIST)?.all(K::ATTRIBUTE_OPTION) {
        let key = option.child(K::ATTRIBUTE_NAME)?.name()?;
        let value = option
            .child(K::ATTRIBUTE_VALUE)
            .map(|v| v.string().unwrap_or_else(|| v.sql()))
            .unwrap_or_else(|| "true".to_owned());
        out.insert(key, value);
    }
    Some(out)
}

fn partition_bound(node: &SyntaxNode) -> Option<String> {
    node.children()
        .find(|c| {
            matches!(
                c.kind(),
                K::PARTITION_FOR_VALUES_FROM
                    | K::PARTITION_FOR_VALUES_IN
                    | K::PARTITION_FOR_VALUES_WITH
                    | K::PARTITION_DEFAULT
            )
        })
        .map(|c| c.sql())
}

fn like(node: &SyntaxNode, position: usize) -> Option<LikeTable> {
    let mut options: Vec<String> = Vec::new();
    for property in node.children() {
        let word = property
            .children()
            .next()
            .map(|p| p.sql().to_ascii_lowercase())
            .unwrap_or_default();
        match property.kind() {
            K::INCLUDING_PROPERTY if word == "all" => {
                options = [
                    "comments",
                    "constraints",
                    "defaults",
                    "generated",
                    "identity",
                    "indexes",
                ]
                .map(str::to_owned)
                .to_vec();
            }
            K::INCLUDING_PROPERTY => options.push(word),
            K::EXCLUDING_PROPERTY if word == "all" => options.clear(),
            K::EXCLUDING_PROPERTY => options.retain(|o| *o != word),
            _ => {}
        }
    }
    Some(LikeTable {
        source: node.find(K::RELATION_NAME_REF)?.qual_name()?,
        including: options,
        position,
    })
}

/// `CREATE TABLE .. AS` and `SELECT .. INTO`.
pub(super) fn create_as(node: &SyntaxNode) -> Option<Vec<OpKind>> {
    let into = node.child(K::INTO_CLAUSE);
    let name = match &into {
        Some(into) => into.child(K::TABLE_NAME)?,
        None => node.child(K::TABLE_NAME)?,
    }
    .qual_name()?;
    let head = into.clone().unwrap_or_else(|| node.clone());
    let sql = match &into {
        Some(into) => node.sql().replacen(&into.sql(), "", 1),
        None => node
            .children()
            .find(|c| super::tree::is_query(c.kind()))?
            .sql(),
    };
    let columns = node
        .child(K::TABLE_ARG_LIST)
        .or_else(|| node.child(K::COLUMN_LIST))
        .map(|list| list.children().filter_map(|c| c.name()).collect())
        .unwrap_or_default();
    Some(vec![OpKind::CreateTable(CreateTable {
        name,
        if_not_exists: node.has(K::IF_NOT_EXISTS),
        unlogged: head.has(K::UNLOGGED),
        temporary: head.has(K::TEMP),
        query: Some(TableQuery {
            sql,
            columns,
            no_data: node.has(K::WITH_NO_DATA),
        }),
        ..CreateTable::default()
    })])
}

/// A column of `CREATE TABLE` or `ADD COLUMN` with the constraints that stand in it.
pub(super) fn column(node: &SyntaxNode) -> Option<(Column, Vec<Constraint>)> {
    let name = node.child(K::COLUMN_NAME)?.name()?;
    let type_ = match node.type_node() {
        Some(type_) => type_.sql(),
        // A column of a partition or of a typed table.
        None => String::new(),
    };
    let mut column = Column {
        name,
        type_: ColumnType::sql(type_),
        nullable: true,
        ..Column::default()
    };
    let mut clauses = ColumnClauses::default();
    for clause in node.children() {
        clauses.read(&clause, &mut column)?;
    }
    Some((column, clauses.constraints))
}

/// `DROP TABLE a, b`.
pub(super) fn drop(node: &SyntaxNode) -> Vec<OpKind> {
    node.all(K::TABLE_NAME_REF)
        .iter()
        .filter_map(|n| n.qual_name())
        .map(|name| {
            OpKind::DropTable(DropTable {
                name,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}

/// Passes of `ALTER TABLE` (tablecmds.c): what is written later may be done earlier.
fn pass(op: &OpKind) -> u8 {
    use crate::ir::ConstraintKind as C;
    match op {
        OpKind::DropColumn(_) | OpKind::DropConstraint(_) => 0,
        OpKind::AlterColumn(a) if a.type_.is_some() => 1,
        // What only takes something away comes first.
        OpKind::AlterColumn(a)
            if a.nullable == Some(true)
                || a.default == Change::Unset
                || a.identity == IdentityChange::Drop
                || a.drop_expression =>
        {
            0
        }
        OpKind::AddColumn(_) => 2,
        OpKind::AddConstraint(c) => match c.constraint.kind {
            C::Check { .. } => 3,
            C::PrimaryKey { .. } | C::Unique { .. } | C::Exclude { .. } => 5,
            C::ForeignKey(_) => 6,
        },
        OpKind::AlterColumn(a) if a.default != Change::Keep => 4,
        OpKind::AlterColumn(_) => 4,
        _ => 7,
    }
}

/// `ALTER TABLE` with its actions in the order in which PostgreSQL does them.
pub(super) fn alter(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    if node.has(K::ALL_IN_TABLESPACE) {
        return Some(vec![no_effect(sql, "storage")]);
    }
    let table = node.child(K::TABLE_RELATION_NAME)?.qual_name()?;
    let if_exists = node.has(K::IF_EXISTS);
    let mut ops = Vec::new();
    for action in node.children() {
        if matches!(action.kind(), K::TABLE_RELATION_NAME | K::IF_EXISTS) {
            continue;
        }
        ops.extend(alter_action(&action, &table, if_exists, sql)?);
    }
    ops.sort_by_key(pass);
    Some(ops)
}

fn alter_action(
    action: &SyntaxNode,
    table: &QualName,
    if_exists: bool,
    sql: &str,
) -> Option<Vec<OpKind>> {
    let table = table.clone();
    let of_table = |action| {
        Some(vec![OpKind::AlterTable(AlterTable {
            table: table.clone(),
            action,
        })])
    };
    match action.kind() {
        K::ADD_COLUMN => {
            let (column, mut constraints) = column(action)?;
            constraint::creation_order(&mut constraints);
            Some(vec![OpKind::AddColumn(AddColumn {
                table,
                column,
                constraints,
                if_not_exists: action.has(K::IF_NOT_EXISTS),
            })])
        }
        K::DROP_COLUMN => Some(vec![OpKind::DropColumn(DropColumn {
            table,
            column: action.child(K::COLUMN_NAME_REF)?.name()?,
            if_exists: action.has(K::IF_EXISTS),
            cascade: action.has(K::CASCADE),
        })]),
        K::ADD_CONSTRAINT => Some(vec![OpKind::AddConstraint(AddConstraint {
            table,
            constraint: constraint::convert(&action.children().next()?, None)?,
        })]),
        K::DROP_CONSTRAINT => Some(vec![OpKind::DropConstraint(DropConstraint {
            table,
            name: action.child(K::CONSTRAINT_NAME_REF)?.name()?,
            if_exists: action.has(K::IF_EXISTS),
            cascade: action.has(K::CASCADE),
        })]),
        K::RENAME_CONSTRAINT => Some(vec![OpKind::RenameConstraint(RenameConstraint {
            table,
            name: action.child(K::CONSTRAINT_NAME_REF)?.name()?,
            new_name: action.child(K::CONSTRAINT_NAME)?.name()?,
        })]),
        K::VALIDATE_CONSTRAINT => Some(vec![OpKind::AlterConstraint(AlterConstraint {
            table,
            name: action.child(K::CONSTRAINT_NAME_REF)?.name()?,
            validate: true,
            deferrable: None,
            initially_deferred: None,
        })]),
        K::ALTER_CONSTRAINT => {
            let deferred = action.has(K::INITIALLY_DEFERRED_CONSTRAINT_OPTION);
            Some(vec![OpKind::AlterConstraint(AlterConstraint {
                table,
                name: action.child(K::CONSTRAINT_NAME_REF)?.name()?,
                validate: false,
                deferrable: Some(action.has(K::DEFERRABLE_CONSTRAINT_OPTION) || deferred),
                initially_deferred: Some(deferred),
            })])
        }
        K::TABLE_RENAME_TO => Some(vec![OpKind::RenameTable(RenameTable {
            name: table,
            new_name: action.child(K::TABLE_NAME)?.name()?,
            if_exists,
        })]),
        K::RENAME_COLUMN => Some(vec![OpKind::AlterColumn(Box::new(AlterColumn {
            table,
            column: action.child(K::COLUMN_NAME_REF)?.name()?,
            new_name: Some(action.child(K::COLUMN_NAME)?.name()?),
            ..AlterColumn::default()
        }))]),
        K::SET_SCHEMA => Some(vec![OpKind::SetTableSchema(SetTableSchema {
            name: table,
            new_schema: action.child(K::SCHEMA_REF)?.name()?,
        })]),
        K::ATTACH_PARTITION => of_table(TableAction::AttachPartition(
            action.child(K::TABLE_NAME_REF)?.qual_name()?,
            partition_bound(action)?,
        )),
        K::DETACH_PARTITION => of_table(TableAction::DetachPartition(
            action.child(K::TABLE_NAME_REF)?.qual_name()?,
        )),
        K::INHERIT_TABLE => of_table(TableAction::Inherit(action.qual_name()?)),
        K::NO_INHERIT_TABLE => of_table(TableAction::NoInherit(action.qual_name()?)),
        K::ENABLE_RLS => of_table(TableAction::RowSecurity(true)),
        K::DISABLE_RLS => of_table(TableAction::RowSecurity(false)),
        K::FORCE_RLS => of_table(TableAction::ForceRowSecurity(true)),
        K::NO_FORCE_RLS => of_table(TableAction::ForceRowSecurity(false)),
        K::SET_LOGGED => of_table(TableAction::Unlogged(false)),
        K::SET_UNLOGGED => of_table(TableAction::Unlogged(true)),
        K::ENABLE_TRIGGER => of_table(TableAction::TriggerState(trigger_name(action), 'O')),
        K::DISABLE_TRIGGER => of_table(TableAction::TriggerState(trigger_name(action), 'D')),
        K::ENABLE_REPLICA_TRIGGER => of_table(TableAction::TriggerState(trigger_name(action), 'R')),
        K::ENABLE_ALWAYS_TRIGGER => of_table(TableAction::TriggerState(trigger_name(action), 'A')),
        K::ALTER_COLUMN => alter_column(action, table, sql),
        K::OWNER_TO => Some(vec![no_effect(sql, "owner of an object")]),
        K::SET_OPTIONS
        | K::RESET_OPTIONS
        | K::SET_TABLESPACE
        | K::REPLICA_IDENTITY
        | K::CLUSTER_ON
        | K::SET_WITHOUT_CLUSTER
        | K::SET_WITHOUT_OIDS
        | K::SET_ACCESS_METHOD => Some(vec![no_effect(sql, "storage")]),
        _ => None,
    }
}

/// Name in `ENABLE TRIGGER name`; `ALL` and `USER` come back as these words.
fn trigger_name(action: &SyntaxNode) -> String {
    match action.find(K::TRIGGER_REF).and_then(|t| t.name()) {
        Some(name) => name,
        None if action.has(K::USER) => "USER".to_owned(),
        None => "ALL".to_owned(),
    }
}

fn alter_column(action: &SyntaxNode, table: QualName, sql: &str) -> Option<Vec<OpKind>> {
    let mut alter = AlterColumn {
        table,
        column: action.child(K::COLUMN_NAME_REF)?.name()?,
        ..AlterColumn::default()
    };
    let option = action.children().find(|c| c.kind() != K::COLUMN_NAME_REF)?;
    match option.kind() {
        K::SET_TYPE => {
            alter.type_ = Some(ColumnType::sql(option.type_node()?.sql()));
            alter.collation = option
                .child(K::COLLATE)
                .and_then(|c| c.child(K::COLLATION_REF))
                .map(|c| collation_name(&c));
            alter.using = option
                .child(K::USING_EXPR)
                .and_then(|u| u.expr())
                .map(|e| Expr(e.sql()));
        }
        K::SET_DEFAULT => alter.default = Change::Set(Expr(option.expr()?.sql())),
        K::DROP_DEFAULT => alter.default = Change::Unset,
        K::SET_NOT_NULL => alter.nullable = Some(false),
        K::DROP_NOT_NULL => alter.nullable = Some(true),
        K::DROP_EXPRESSION => alter.drop_expression = true,
        K::DROP_IDENTITY => alter.identity = IdentityChange::Drop,
        K::ADD_GENERATED => {
            alter.identity = IdentityChange::Add(Identity {
                always: option.has(K::GENERATED_ALWAYS),
                sequence: option
                    .child(K::SEQUENCE_OPTION_LIST)
                    .map(|o| sequence_options(&o))
                    .unwrap_or_default(),
                sequence_name: sequence_name(&option),
            });
        }
        K::SET_GENERATED | K::SET_GENERATED_OPTIONS | K::SET_SEQUENCE_OPTION => {
            alter.identity = IdentityChange::Set {
                always: option.descendants().find_map(|n| match n.kind() {
                    K::GENERATED_ALWAYS => Some(true),
                    K::GENERATED_BY_DEFAULT => Some(false),
                    _ => None,
                }),
                sequence: sequence_options(&option),
            };
        }
        K::RESTART => return Some(vec![no_effect(sql, "value of a sequence")]),
        K::SET_STATISTICS
        | K::SET_OPTIONS
        | K::RESET_OPTIONS
        | K::SET_STORAGE
        | K::SET_COMPRESSION
        | K::SET_OPTIONS_LIST => return Some(vec![no_effect(sql, "storage")]),
        _ => return None,
    }
    Some(vec![OpKind::AlterColumn(Box::new(alter))])
}

/// `CREATE INDEX`.
pub(super) fn create_index(node: &SyntaxNode) -> Option<OpKind> {
    let mut index = Index {
        name: node.child(K::INDEX).and_then(|n| n.name()),
        table: node.child(K::TABLE_RELATION_NAME)?.qual_name()?,
        unique: node.has(K::UNIQUE_KW),
        method: node
            .child(K::USING_METHOD)
            .and_then(|m| m.child(K::ACCESS_METHOD_REF))
            .and_then(|m| m.name())
            .filter(|m| m != "btree"),
        nulls_not_distinct: node.has(K::NULLS_NOT_DISTINCT),
        predicate: node
            .child(K::WHERE_CLAUSE)
            .and_then(|w| w.expr())
            .map(|e| Expr(e.bare_sql())),
        ..Index::default()
    };
    for item in node.child(K::PARTITION_ITEM_LIST)?.all(K::PARTITION_ITEM) {
        index.parts.push(index_part(&item)?);
    }
    if let Some(include) = node.child(K::INDEX_INCLUDE_CLAUSE) {
        index.include = include
            .find(K::PARTITION_ITEM_LIST)?
            .all(K::PARTITION_ITEM)
            .iter()
            .filter_map(|i| i.name())
            .collect();
    }
    index.with = storage_parameters(node)?;
    Some(OpKind::CreateIndex(CreateIndex {
        index,
        if_not_exists: node.has(K::IF_NOT_EXISTS),
    }))
}

fn index_part(item: &SyntaxNode) -> Option<IndexPart> {
    let mut expr = item.children().find(|c| is_expr(c.kind()))?;
    let mut collation = None;
    if expr.kind() == K::COLLATE {
        collation = Some(collation_name(&expr.child(K::COLLATION_REF)?));
        expr = expr.expr()?;
    } else if let Some(collate) = item.all(K::COLLATE).pop() {
        collation = Some(collation_name(&collate.child(K::COLLATION_REF)?));
    }
    let key = if expr.kind() == K::NAME_REF {
        IndexKey::Column(expr.name()?)
    } else {
        let mut inner = expr;
        while inner.kind() == K::PAREN_EXPR {
            inner = inner.expr()?;
        }
        IndexKey::Expr(Expr(inner.sql()))
    };
    // `("a")` is a plain column to PostgreSQL only without parentheses, but its index is the same.
    Some(IndexPart {
        key,
        descending: item.has(K::SORT_DESC),
        nulls_first: if item.has(K::NULLS_FIRST) {
            Some(true)
        } else if item.has(K::NULLS_LAST) {
            Some(false)
        } else {
            None
        },
        opclass: item.child(K::OP_CLASS_REF).map(|o| {
            let options = item.child(K::ATTRIBUTE_LIST).map(|a| a.sql());
            format!("{}{}", o.path().join("."), options.unwrap_or_default())
        }),
        collation,
    })
}

/// Name of a collation, without `pg_catalog`.
pub(super) fn collation_name(node: &SyntaxNode) -> String {
    let mut path = node.path();
    if path.len() > 1 && path.first().is_some_and(|p| p == "pg_catalog") {
        path.remove(0);
    }
    path.join(".")
}

/// `ALTER INDEX`.
pub(super) fn alter_index(node: &SyntaxNode, sql: &str) -> Option<Vec<OpKind>> {
    let Some(rename) = node.child(K::INDEX_RENAME_TO) else {
        return Some(vec![no_effect(sql, "storage")]);
    };
    Some(vec![OpKind::RenameIndex(RenameIndex {
        name: node.child(K::INDEX_REF)?.qual_name()?,
        new_name: rename.child(K::INDEX)?.name()?,
        if_exists: node.has(K::IF_EXISTS),
    })])
}

/// `DROP INDEX a, b`.
pub(super) fn drop_index(node: &SyntaxNode) -> Vec<OpKind> {
    node.all(K::INDEX_REF)
        .iter()
        .filter_map(|n| n.qual_name())
        .map(|name| {
            OpKind::DropIndex(DropIndex {
                name,
                if_exists: node.has(K::IF_EXISTS),
                cascade: node.has(K::CASCADE),
            })
        })
        .collect()
}
