//! Constraint clauses of tables and columns.

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::object::{sequence_name, sequence_options};
use super::table::collation_name;
use super::tree::NodeExt;
use crate::ir::{
    Column, Constraint, ConstraintKind, Expr, ForeignKey, Generated, Identity, ReferentialAction,
};

/// Puts the constraints of one statement into the order in which PostgreSQL creates (and so names and numbers) them:
/// checks with the table itself, then the primary key, the other indexes, the foreign keys (parse_utilcmd.c).
pub(crate) fn creation_order(constraints: &mut [Constraint]) {
    constraints.sort_by_key(|c| match c.kind {
        ConstraintKind::Check { .. } => 0,
        ConstraintKind::PrimaryKey { .. } => 1,
        ConstraintKind::Unique { .. } | ConstraintKind::Exclude { .. } => 2,
        ConstraintKind::ForeignKey(_) => 3,
    });
}

/// What a column clause says besides name and type.
#[derive(Default)]
pub(super) struct ColumnClauses {
    /// Constraints in the order of writing.
    pub(super) constraints: Vec<Constraint>,
}

impl ColumnClauses {
    /// Reads one clause; `None` when it is not modelled.
    pub(super) fn read(&mut self, clause: &SyntaxNode, column: &mut Column) -> Option<()> {
        match clause.kind() {
            K::NOT_NULL_CONSTRAINT => column.nullable = false,
            K::DEFAULT_CONSTRAINT => {
                // NULL is kept: it takes the default of a parent away. Elsewhere it is none.
                column.default = Some(Expr(clause.expr()?.sql()));
            }
            K::COLLATE => column.collation = Some(collation_name(&clause.child(K::COLLATION_REF)?)),
            K::GENERATED_CONSTRAINT => self.generated(clause, column)?,
            K::PRIMARY_KEY_CONSTRAINT
            | K::UNIQUE_CONSTRAINT
            | K::CHECK_CONSTRAINT
            | K::REFERENCES_CONSTRAINT
            | K::EXCLUDE_CONSTRAINT => {
                self.constraints.push(convert(clause, Some(&column.name))?);
            }
            _ => {}
        }
        Some(())
    }

    fn generated(&mut self, clause: &SyntaxNode, column: &mut Column) -> Option<()> {
        if let Some(identity) = clause.child(K::GENERATED_IDENTITY) {
            column.identity = Some(Identity {
                always: identity.has(K::GENERATED_ALWAYS),
                sequence: identity
                    .child(K::SEQUENCE_OPTION_LIST)
                    .map(|o| sequence_options(&o))
                    .unwrap_or_default(),
                sequence_name: sequence_name(&identity),
            });
            column.nullable = false;
        } else {
            let stored = clause.child(K::GENERATED_STORED)?;
            column.generated = Some(Generated {
                expr: Expr(stored.expr()?.bare_sql()),
                stored: stored.has(K::STORED),
            });
        }
        Some(())
    }
}

fn columns_of(node: Option<SyntaxNode>) -> Vec<String> {
    node.map(|n| {
        n.all(K::COLUMN_NAME_REF)
            .iter()
            .filter_map(|c| c.name())
            .collect()
    })
    .unwrap_or_default()
}

/// A constraint clause; `column` is the column that it stands in.
pub(super) fn convert(node: &SyntaxNode, column: Option<&str>) -> Option<Constraint> {
    let own = |columns: Vec<String>| match column {
        Some(column) if columns.is_empty() => vec![column.to_owned()],
        _ => columns,
    };
    let parameters = node.child(K::INDEX_PARAMETERS);
    let keys = || {
        columns_of(
            parameters
                .as_ref()
                .and_then(|p| p.child(K::CONSTRAINT_COLUMN_REF_LIST)),
        )
    };
    let include = || {
        columns_of(
            parameters
                .as_ref()
                .and_then(|p| p.child(K::CONSTRAINT_INCLUDE_CLAUSE))
                .and_then(|i| i.child(K::COLUMN_REF_LIST)),
        )
    };
    let using_index = node
        .child(K::USING_INDEX_NAME)
        .and_then(|u| u.child(K::INDEX_REF))
        .and_then(|i| i.path().pop());
    let kind = match node.kind() {
        K::PRIMARY_KEY_CONSTRAINT => ConstraintKind::PrimaryKey {
            columns: own(keys()),
            include: include(),
            using_index,
        },
        K::UNIQUE_CONSTRAINT => ConstraintKind::Unique {
            columns: own(keys()),
            include: include(),
            nulls_not_distinct: node.find(K::NULLS_NOT_DISTINCT).is_some(),
            using_index,
        },
        K::CHECK_CONSTRAINT => ConstraintKind::Check {
            expr: Expr(node.expr()?.bare_sql()),
            no_inherit: node.has(K::NO_INHERIT),
        },
        K::FOREIGN_KEY_CONSTRAINT | K::REFERENCES_CONSTRAINT => {
            ConstraintKind::ForeignKey(foreign_key(node, column)?)
        }
        K::EXCLUDE_CONSTRAINT => exclude(node)?,
        _ => return None,
    };
    let name = node
        .child(K::CONSTRAINT_NAME_CLAUSE)
        .and_then(|c| c.child(K::CONSTRAINT_NAME))
        .and_then(|c| c.name());
    let initially_deferred = node.has(K::INITIALLY_DEFERRED_CONSTRAINT_OPTION);
    Some(Constraint {
        deferrable: initially_deferred || node.has(K::DEFERRABLE_CONSTRAINT_OPTION),
        initially_deferred,
        not_valid: node.has(K::NOT_VALID),
        ..Constraint::new(name, kind)
    })
}

fn foreign_key(node: &SyntaxNode, column: Option<&str>) -> Option<ForeignKey> {
    let lists = node.all(K::FOREIGN_KEY_COLUMN_LIST);
    let (columns, ref_columns) = match column {
        Some(column) => (vec![column.to_owned()], columns_of(Some(node.clone()))),
        None => {
            let mut lists = lists.into_iter();
            (columns_of(lists.next()), columns_of(lists.next()))
        }
    };
    let mut key = ForeignKey {
        columns,
        ref_table: node.child(K::TABLE_NAME_REF)?.qual_name()?,
        ref_columns,
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        on_delete_columns: Vec::new(),
        match_full: node.has(K::MATCH_FULL),
    };
    for clause in node.children() {
        match clause.kind() {
            K::ON_DELETE_ACTION => {
                let (action, columns) = action(&clause)?;
                key.on_delete = action;
                key.on_delete_columns = columns;
            }
            K::ON_UPDATE_ACTION => key.on_update = action(&clause)?.0,
            _ => {}
        }
    }
    Some(key)
}

fn action(clause: &SyntaxNode) -> Option<(ReferentialAction, Vec<String>)> {
    let text = clause.sql();
    let words = text
        .split_whitespace()
        .skip(2)
        .collect::<Vec<_>>()
        .join(" ");
    let verb = words.split('(').next().unwrap_or_default();
    let columns = columns_of(clause.find(K::COLUMN_REF_LIST));
    Some((ReferentialAction::parse(verb)?, columns))
}

fn exclude(node: &SyntaxNode) -> Option<ConstraintKind> {
    let elements = node
        .child(K::CONSTRAINT_EXCLUSION_LIST)?
        .all(K::CONSTRAINT_EXCLUSION)
        .iter()
        .map(|e| {
            let op = e.child(K::OP)?;
            let end = op.text_range().start();
            let element: String = e
                .descendants_with_tokens()
                .filter_map(|t| t.into_token())
                .filter(|t| t.text_range().start() < end && t.kind() != K::WITH_KW)
                .map(|t| t.text().to_owned())
                .collect();
            Some((super::exclude::unmark(element.trim()), op.sql()))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(ConstraintKind::Exclude {
        method: node
            .child(K::CONSTRAINT_INDEX_METHOD)
            .and_then(|m| m.child(K::ACCESS_METHOD_REF))
            .and_then(|m| m.name())
            .unwrap_or_else(|| "btree".to_owned()),
        elements,
        predicate: node
            .child(K::WHERE_CONDITION_CLAUSE)
            .and_then(|w| w.expr())
            .map(|e| Expr(e.bare_sql())),
    })
}
