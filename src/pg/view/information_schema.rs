//! Relations of `information_schema` that guards ask.

use super::catalog::{Catalog, Relation, internal, number, text};
use super::eval::DATABASE;
use super::value::Value;
use crate::ir::{ConstraintKind, Expr, QualName};
use crate::pg::types::PgType;

fn yes_no(value: bool) -> Value {
    text(if value { "YES" } else { "NO" })
}

fn optional(value: Option<&Expr>) -> Value {
    value.map_or(Value::Null, |e| text(e.sql()))
}

impl Catalog<'_> {
    /// A relation of `information_schema`.
    pub(super) fn information_schema(&self, name: &str) -> Option<Relation> {
        let s = self.schema;
        let at = |n: &QualName| {
            [
                text(DATABASE),
                text(n.schema_or_default()),
                text(n.name.clone()),
            ]
        };
        Some(match name {
            "tables" => Relation {
                columns: vec!["table_catalog", "table_schema", "table_name", "table_type"],
                rows: s
                    .tables
                    .keys()
                    .map(|n| (n, "BASE TABLE"))
                    .chain(
                        s.views
                            .iter()
                            .filter(|(_, v)| !v.materialized)
                            .map(|(n, _)| (n, "VIEW")),
                    )
                    .map(|(n, kind)| {
                        let mut row = at(n).to_vec();
                        row.push(text(kind));
                        row
                    })
                    .collect(),
            },
            "columns" => self.columns(),
            "views" => Relation {
                columns: vec![
                    "table_catalog",
                    "table_schema",
                    "table_name",
                    "view_definition",
                ],
                rows: s
                    .views
                    .iter()
                    .filter(|(_, v)| !v.materialized)
                    .map(|(n, v)| {
                        let mut row = at(n).to_vec();
                        row.push(text(v.query.clone()));
                        row
                    })
                    .collect(),
            },
            "schemata" => Relation {
                columns: vec!["catalog_name", "schema_name"],
                rows: ["public", "pg_catalog", "information_schema"]
                    .into_iter()
                    .map(str::to_owned)
                    .chain(s.schemas.keys().cloned())
                    .map(|n| vec![text(DATABASE), text(n)])
                    .collect(),
            },
            "sequences" => Relation {
                columns: vec!["sequence_catalog", "sequence_schema", "sequence_name"],
                rows: s.sequences.keys().map(|n| at(n).to_vec()).collect(),
            },
            "domains" => Relation {
                columns: vec!["domain_catalog", "domain_schema", "domain_name"],
                rows: s.domains.keys().map(|n| at(n).to_vec()).collect(),
            },
            "triggers" => Relation {
                columns: vec![
                    "trigger_schema",
                    "trigger_name",
                    "event_object_schema",
                    "event_object_table",
                ],
                rows: s
                    .triggers
                    .iter()
                    .map(|t| {
                        let table = &t.definition.table;
                        vec![
                            text(table.schema_or_default()),
                            text(t.definition.name.clone()),
                            text(table.schema_or_default()),
                            text(table.name.clone()),
                        ]
                    })
                    .collect(),
            },
            "routines" => Relation {
                columns: vec![
                    "routine_catalog",
                    "routine_schema",
                    "routine_name",
                    "routine_type",
                ],
                rows: s
                    .functions
                    .iter()
                    .map(|f| {
                        let mut row = at(&f.name).to_vec();
                        row.push(text(if f.procedure { "PROCEDURE" } else { "FUNCTION" }));
                        row
                    })
                    .collect(),
            },
            "table_constraints" => self.table_constraints(),
            "check_constraints" => Relation {
                columns: vec!["constraint_schema", "constraint_name", "check_clause"],
                rows: self
                    .constraints()
                    .filter_map(|(n, _, c)| match &c.constraint.kind {
                        ConstraintKind::Check { expr, .. } => Some(vec![
                            text(n.schema_or_default()),
                            text(c.name()),
                            text(expr.sql()),
                        ]),
                        _ => None,
                    })
                    .collect(),
            },
            "key_column_usage" => self.key_column_usage(),
            "constraint_column_usage" => self.constraint_column_usage(),
            "referential_constraints" => self.referential_constraints(),
            _ => return None,
        })
    }

    fn columns(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, table) in &self.schema.tables {
            for (at, c) in table.columns.iter().enumerate() {
                let bare = PgType {
                    modifiers: Vec::new(),
                    ..c.type_.clone()
                };
                let data_type = if c.type_.array {
                    "ARRAY".to_owned()
                } else if c.type_.user_defined().is_some() {
                    "USER-DEFINED".to_owned()
                } else {
                    bare.to_string().trim_end_matches("(1)").to_owned()
                };
                let length = c
                    .type_
                    .length()
                    .map_or(Value::Null, |n| Value::Int(i64::from(n)));
                let (precision, scale) = c
                    .type_
                    .precision_scale()
                    .map_or((Value::Null, Value::Null), |(p, s)| {
                        (Value::Int(i64::from(p)), Value::Int(i64::from(s)))
                    });
                let own = c.type_.user_defined();
                rows.push(vec![
                    text(DATABASE),
                    text(name.schema_or_default()),
                    text(name.name.clone()),
                    text(c.name.clone()),
                    Value::Int(number(at) + 1),
                    optional(c.default.as_ref()),
                    yes_no(c.nullable),
                    text(data_type),
                    length,
                    precision,
                    scale,
                    text(own.map_or("pg_catalog".to_owned(), |n| {
                        n.schema_or_default().to_owned()
                    })),
                    text(internal(&c.type_)),
                    yes_no(c.identity_always.is_some()),
                    text(if c.generated.is_some() {
                        "ALWAYS"
                    } else {
                        "NEVER"
                    }),
                ]);
            }
        }
        for name in self.schema.views.keys() {
            let columns = super::view_columns(self.schema, name);
            for (at, column) in columns.into_iter().flatten().enumerate() {
                let mut row = vec![
                    text(DATABASE),
                    text(name.schema_or_default()),
                    text(name.name.clone()),
                    text(column.name),
                    Value::Int(number(at) + 1),
                    Value::Null,
                    yes_no(true),
                ];
                row.resize(15, Value::Null);
                rows.push(row);
            }
        }
        Relation {
            columns: vec![
                "table_catalog",
                "table_schema",
                "table_name",
                "column_name",
                "ordinal_position",
                "column_default",
                "is_nullable",
                "data_type",
                "character_maximum_length",
                "numeric_precision",
                "numeric_scale",
                "udt_schema",
                "udt_name",
                "is_identity",
                "is_generated",
            ],
            rows,
        }
    }

    fn table_constraints(&self) -> Relation {
        let rows = self
            .constraints()
            .filter_map(|(name, _, c)| {
                let kind = match c.constraint.kind {
                    ConstraintKind::PrimaryKey { .. } => "PRIMARY KEY",
                    ConstraintKind::Unique { .. } => "UNIQUE",
                    ConstraintKind::ForeignKey(_) => "FOREIGN KEY",
                    ConstraintKind::Check { .. } => "CHECK",
                    ConstraintKind::Exclude { .. } => return None,
                };
                let schema = name.schema_or_default();
                Some(vec![
                    text(DATABASE),
                    text(schema),
                    text(c.name()),
                    text(DATABASE),
                    text(schema),
                    text(name.name.clone()),
                    text(kind),
                    yes_no(c.constraint.deferrable),
                    yes_no(c.constraint.initially_deferred),
                ])
            })
            .collect();
        Relation {
            columns: vec![
                "constraint_catalog",
                "constraint_schema",
                "constraint_name",
                "table_catalog",
                "table_schema",
                "table_name",
                "constraint_type",
                "is_deferrable",
                "initially_deferred",
            ],
            rows,
        }
    }

    fn key_column_usage(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, _, c) in self.constraints() {
            let columns = match &c.constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. }
                | ConstraintKind::Unique { columns, .. } => columns,
                ConstraintKind::ForeignKey(key) => &key.columns,
                ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } => continue,
            };
            for (at, column) in columns.iter().enumerate() {
                let schema = name.schema_or_default();
                rows.push(vec![
                    text(DATABASE),
                    text(schema),
                    text(c.name()),
                    text(schema),
                    text(name.name.clone()),
                    text(column.clone()),
                    Value::Int(number(at) + 1),
                ]);
            }
        }
        Relation {
            columns: vec![
                "constraint_catalog",
                "constraint_schema",
                "constraint_name",
                "table_schema",
                "table_name",
                "column_name",
                "ordinal_position",
            ],
            rows,
        }
    }

    fn constraint_column_usage(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, _, c) in self.constraints() {
            let (table, columns) = match &c.constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. }
                | ConstraintKind::Unique { columns, .. } => (name, columns.clone()),
                ConstraintKind::ForeignKey(key) => (&key.ref_table, key.ref_columns.clone()),
                ConstraintKind::Check { expr, .. } => {
                    (name, crate::pg::sql::columns_in(expr.sql()))
                }
                ConstraintKind::Exclude { .. } => continue,
            };
            for column in columns {
                rows.push(vec![
                    text(table.schema_or_default()),
                    text(table.name.clone()),
                    text(column),
                    text(name.schema_or_default()),
                    text(c.name()),
                ]);
            }
        }
        Relation {
            columns: vec![
                "table_schema",
                "table_name",
                "column_name",
                "constraint_schema",
                "constraint_name",
            ],
            rows,
        }
    }

    fn referential_constraints(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, _, c) in self.constraints() {
            let ConstraintKind::ForeignKey(key) = &c.constraint.kind else {
                continue;
            };
            let unique = self.schema.tables.get(&key.ref_table).and_then(|t| {
                t.constraints.iter().find(|u| match &u.constraint.kind {
                    ConstraintKind::PrimaryKey { columns, .. }
                    | ConstraintKind::Unique { columns, .. } => *columns == key.ref_columns,
                    _ => false,
                })
            });
            rows.push(vec![
                text(name.schema_or_default()),
                text(c.name()),
                text(key.ref_table.schema_or_default()),
                unique.map_or(Value::Null, |u| text(u.name())),
                text(key.on_update.sql()),
                text(key.on_delete.sql()),
            ]);
        }
        Relation {
            columns: vec![
                "constraint_schema",
                "constraint_name",
                "unique_constraint_schema",
                "unique_constraint_name",
                "update_rule",
                "delete_rule",
            ],
            rows,
        }
    }
}
