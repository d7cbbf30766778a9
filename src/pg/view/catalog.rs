//! The catalog relations that guards ask, built from the schema model: `pg_catalog` and `information_schema`.
//!
//! Object identifiers are made up, but each relation uses the same ones, so that joins over them work.

use super::value::Value;
use crate::ir::{ConstraintKind, QualName};
use crate::pg::emit::{constraint_definition, index_definition};
use crate::pg::names::quote_qualified;
use crate::pg::schema::{Schema, Table, TableConstraint, TableIndex, TableKind};
use crate::pg::sql::type_internal_name;
use crate::pg::types::PgType;

/// Columns and rows of a relation.
pub(super) struct Relation {
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// Something in pg_class.
pub(super) struct Class<'a> {
    pub(super) name: QualName,
    pub(super) kind: char,
    pub(super) table: Option<(&'a QualName, &'a Table)>,
    pub(super) constraint: Option<&'a TableConstraint>,
    pub(super) index: Option<&'a TableIndex>,
}

/// The schema with numbers for its objects.
pub(super) struct Catalog<'a> {
    pub(super) schema: &'a Schema,
    pub(super) classes: Vec<Class<'a>>,
    pub(super) types: Vec<(QualName, char)>,
}

pub(super) const CLASS_BASE: i64 = 1_000_000;
const TYPE_BASE: i64 = 3_000_000;
pub(super) const CONSTRAINT_BASE: i64 = 5_000_000;
pub(super) const OTHER_BASE: i64 = 7_000_000;

pub(super) fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX / 2)
}

pub(super) fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}
impl<'a> Catalog<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let mut classes = Vec::new();
        let class = |name: &QualName, kind| Class {
            name: name.clone(),
            kind,
            table: None,
            constraint: None,
            index: None,
        };
        for (name, table) in &schema.tables {
            let kind = match table.kind {
                TableKind::Table => 'r',
                TableKind::Partitioned => 'p',
                TableKind::Foreign => 'f',
            };
            classes.push(Class {
                table: Some((name, table)),
                ..class(name, kind)
            });
            let own = |index: &str| QualName::qualified(name.schema.as_deref(), index);
            for constraint in &table.constraints {
                if is_key(constraint) {
                    classes.push(Class {
                        table: Some((name, table)),
                        constraint: Some(constraint),
                        ..class(&own(constraint.name()), 'i')
                    });
                }
            }
            for index in &table.indexes {
                classes.push(Class {
                    table: Some((name, table)),
                    index: Some(index),
                    ..class(&own(index.name()), 'i')
                });
            }
        }
        for (name, view) in &schema.views {
            classes.push(class(name, if view.materialized { 'm' } else { 'v' }));
            for index in &view.indexes {
                let own = QualName::qualified(name.schema.as_deref(), index.name());
                classes.push(Class {
                    index: Some(index),
                    ..class(&own, 'i')
                });
            }
        }
        classes.extend(schema.sequences.keys().map(|n| class(n, 'S')));
        classes.extend(schema.composites.keys().map(|n| class(n, 'c')));
        let mut types: Vec<(QualName, char)> = Vec::new();
        types.extend(schema.enums.keys().map(|n| (n.clone(), 'e')));
        types.extend(schema.domains.keys().map(|n| (n.clone(), 'd')));
        types.extend(schema.composites.keys().map(|n| (n.clone(), 'c')));
        types.extend(schema.tables.keys().map(|n| (n.clone(), 'c')));
        Self {
            schema,
            classes,
            types,
        }
    }

    pub(super) fn schema(&self) -> &'a Schema {
        self.schema
    }

    pub(super) fn class_oid(&self, name: &QualName) -> Option<i64> {
        let at = self.classes.iter().position(|c| c.name == *name)?;
        Some(CLASS_BASE + number(at))
    }

    pub(super) fn class(&self, oid: i64) -> Option<&Class<'a>> {
        self.classes.get(usize::try_from(oid - CLASS_BASE).ok()?)
    }

    /// Name of a relation as `regclass` prints it.
    pub(super) fn class_name(&self, oid: i64) -> String {
        self.class(oid)
            .map_or_else(|| oid.to_string(), |c| quote_qualified(&c.name))
    }

    /// Identifier of a type; built-in ones are numbered by their place among those that columns use.
    pub(super) fn type_oid(&self, type_: &PgType) -> i64 {
        let array = if type_.array { 500_000 } else { 0 };
        if let Some(name) = type_.user_defined()
            && let Some(at) = self.types.iter().position(|(n, _)| *n == name)
        {
            return TYPE_BASE + array + number(at);
        }
        // A stable number from the name is all that a comparison needs.
        let hash = type_internal_name(type_)
            .bytes()
            .fold(7_i64, |h, b| (h * 31 + i64::from(b)) % 90_000);
        TYPE_BASE + 1_000_000 + array + hash
    }

    /// Name of a user-defined type as `regtype` prints it.
    pub(super) fn type_name(&self, oid: i64) -> String {
        usize::try_from(oid - TYPE_BASE)
            .ok()
            .and_then(|at| self.types.get(at))
            .map_or_else(|| oid.to_string(), |(n, _)| quote_qualified(n))
    }

    pub(super) fn namespace_oid(&self, schema: Option<&str>) -> Value {
        Value::Int(match schema {
            None => 2200,
            Some(name) => match self.schema.schemas.get_index_of(name) {
                Some(at) => OTHER_BASE + number(at),
                None => 11,
            },
        })
    }

    /// Definition of a constraint by its identifier.
    pub(super) fn constraint_definition(&self, oid: i64) -> Option<String> {
        let at = usize::try_from(oid - CONSTRAINT_BASE).ok()?;
        self.constraints()
            .nth(at)
            .map(|(_, _, c)| constraint_definition(&c.constraint))
    }

    /// Definition of an index by its identifier.
    pub(super) fn index_definition(&self, oid: i64) -> Option<String> {
        let class = self.class(oid)?;
        if let Some(index) = class.index {
            return Some(index_definition(&index.index));
        }
        let (name, _) = class.table?;
        Some(key_index(name, class.constraint?))
    }

    pub(super) fn constraints(
        &self,
    ) -> impl Iterator<Item = (&'a QualName, &'a Table, &'a TableConstraint)> {
        self.schema
            .tables
            .iter()
            .flat_map(|(name, table)| table.constraints.iter().map(move |c| (name, table, c)))
    }

    pub(super) fn oid_value(&self, name: &QualName) -> Value {
        self.class_oid(name).map_or(Value::Null, Value::Int)
    }
}

pub(super) fn is_key(constraint: &TableConstraint) -> bool {
    matches!(
        constraint.constraint.kind,
        ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::Exclude { .. }
    )
}

/// `CREATE UNIQUE INDEX ..` of the index behind a key.
pub(super) fn key_index(table: &QualName, constraint: &TableConstraint) -> String {
    let columns = match &constraint.constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
            crate::pg::names::quote_list(columns)
        }
        _ => String::new(),
    };
    format!(
        "CREATE UNIQUE INDEX {} ON {}.{} USING btree ({columns})",
        crate::pg::names::quote_ident(constraint.name()),
        crate::pg::names::quote_ident(table.schema_or_default()),
        crate::pg::names::quote_ident(&table.name)
    )
}

/// Name in pg_type: arrays begin with `_`.
pub(super) fn internal(type_: &PgType) -> String {
    let name = type_internal_name(type_);
    if type_.array {
        format!("_{name}")
    } else {
        name
    }
}
