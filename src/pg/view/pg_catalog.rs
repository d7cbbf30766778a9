//! Relations of `pg_catalog` that guards ask.

use super::catalog::{
    CLASS_BASE, CONSTRAINT_BASE, Catalog, OTHER_BASE, Relation, internal, is_key, key_index,
    number, text,
};
use super::value::Value;
use crate::ir::{ConstraintKind, IndexKey, QualName, ReferentialAction};
use crate::pg::emit::index_definition;
use crate::pg::schema::Table;
use crate::pg::types::{BaseType, PgType};

impl Catalog<'_> {
    /// A relation of `pg_catalog` (or without a schema); `None` when it is not one that is built.
    pub(super) fn pg_catalog(&self, name: &str) -> Option<Relation> {
        let s = self.schema;
        let schema_name = |n: &QualName| text(n.schema_or_default());
        Some(match name {
            "pg_class" => self.pg_class(),
            "pg_namespace" => {
                Relation {
                    columns: vec!["oid", "nspname"],
                    rows: [(2200, "public"), (11, "pg_catalog")]
                        .into_iter()
                        .map(|(oid, n)| vec![Value::Int(oid), text(n)])
                        .chain(s.schemas.keys().enumerate().map(|(at, n)| {
                            vec![Value::Int(OTHER_BASE + number(at)), text(n.clone())]
                        }))
                        .collect(),
                }
            }
            "pg_type" => self.pg_type(),
            "pg_enum" => self.pg_enum(),
            "pg_constraint" => self.pg_constraint(),
            "pg_attribute" => self.pg_attribute(),
            "pg_attrdef" => self.pg_attrdef(),
            "pg_index" => self.pg_index(),
            "pg_indexes" => self.pg_indexes(),
            "pg_tables" => Relation {
                columns: vec!["schemaname", "tablename", "tableowner"],
                rows: s
                    .tables
                    .keys()
                    .map(|n| vec![schema_name(n), text(n.name.clone()), text("postgres")])
                    .collect(),
            },
            "pg_views" | "pg_matviews" => {
                let materialized = name == "pg_matviews";
                Relation {
                    columns: if materialized {
                        vec!["schemaname", "matviewname", "definition"]
                    } else {
                        vec!["schemaname", "viewname", "definition"]
                    },
                    rows: s
                        .views
                        .iter()
                        .filter(|(_, v)| v.materialized == materialized)
                        .map(|(n, v)| {
                            vec![schema_name(n), text(n.name.clone()), text(v.query.clone())]
                        })
                        .collect(),
                }
            }
            "pg_sequences" => Relation {
                columns: vec!["schemaname", "sequencename"],
                rows: s
                    .sequences
                    .keys()
                    .map(|n| vec![schema_name(n), text(n.name.clone())])
                    .collect(),
            },
            "pg_extension" => Relation {
                columns: vec!["oid", "extname", "extnamespace"],
                rows: s
                    .extensions
                    .iter()
                    .enumerate()
                    .map(|(at, (n, e))| {
                        vec![
                            Value::Int(OTHER_BASE + 100_000 + number(at)),
                            text(n.clone()),
                            self.namespace_oid(e.schema.as_deref()),
                        ]
                    })
                    .chain([vec![
                        Value::Int(OTHER_BASE + 99_999),
                        text("plpgsql"),
                        Value::Int(11),
                    ]])
                    .collect(),
            },
            "pg_trigger" => self.pg_trigger(),
            "pg_proc" => Relation {
                columns: vec!["oid", "proname", "pronamespace", "prokind", "prosrc"],
                rows: s
                    .functions
                    .iter()
                    .enumerate()
                    .map(|(at, f)| {
                        vec![
                            Value::Int(OTHER_BASE + 200_000 + number(at)),
                            text(f.name.name.clone()),
                            self.namespace_oid(f.name.schema.as_deref()),
                            text(if f.procedure { "p" } else { "f" }),
                            text(f.body.clone()),
                        ]
                    })
                    .collect(),
            },
            "pg_policies" => Relation {
                columns: vec!["schemaname", "tablename", "policyname"],
                rows: s
                    .policies
                    .iter()
                    .map(|p| {
                        vec![
                            schema_name(&p.table),
                            text(p.table.name.clone()),
                            text(p.name.clone()),
                        ]
                    })
                    .collect(),
            },
            "pg_policy" => Relation {
                columns: vec!["polname", "polrelid"],
                rows: s
                    .policies
                    .iter()
                    .map(|p| vec![text(p.name.clone()), self.oid_value(&p.table)])
                    .collect(),
            },
            "pg_inherits" => Relation {
                columns: vec!["inhrelid", "inhparent"],
                rows: s
                    .tables
                    .iter()
                    .flat_map(|(n, t)| {
                        t.partition_of
                            .iter()
                            .map(|(p, _)| p)
                            .chain(&t.inherits)
                            .map(|p| vec![self.oid_value(n), self.oid_value(p)])
                            .collect::<Vec<_>>()
                    })
                    .collect(),
            },
            _ => return None,
        })
    }

    fn pg_class(&self) -> Relation {
        Relation {
            columns: vec![
                "oid",
                "relname",
                "relnamespace",
                "relkind",
                "relispartition",
                "relrowsecurity",
                "relpersistence",
                "reltuples",
            ],
            rows: self
                .classes
                .iter()
                .enumerate()
                .map(|(at, c)| {
                    let plain = c.table.filter(|_| c.kind != 'i').map(|(_, t)| t);
                    vec![
                        Value::Int(CLASS_BASE + number(at)),
                        text(c.name.name.clone()),
                        self.namespace_oid(c.name.schema.as_deref()),
                        text(c.kind),
                        Value::Bool(plain.is_some_and(|t| t.partition_of.is_some())),
                        Value::Bool(plain.is_some_and(|t| t.row_security)),
                        text(if plain.is_some_and(|t| t.unlogged) {
                            "u"
                        } else {
                            "p"
                        }),
                        Value::Int(0),
                    ]
                })
                .collect(),
        }
    }

    fn pg_type(&self) -> Relation {
        let row = |oid: i64, name: String, schema: Value, kind: char, category: &str| {
            vec![
                Value::Int(oid),
                text(name),
                schema,
                text(kind),
                text(category),
                Value::Int(0),
            ]
        };
        let mut rows: Vec<Vec<Value>> = Vec::new();
        for (name, kind) in &self.types {
            let type_ = PgType::named(name.schema.as_deref(), name.name.clone());
            rows.push(row(
                self.type_oid(&type_),
                name.name.clone(),
                self.namespace_oid(name.schema.as_deref()),
                *kind,
                if *kind == 'e' { "E" } else { "C" },
            ));
        }
        let mut builtin: Vec<PgType> = Vec::new();
        for table in self.schema.tables.values() {
            for column in &table.columns {
                let bare = PgType {
                    modifiers: Vec::new(),
                    ..column.type_.clone()
                };
                let own = bare
                    .user_defined()
                    .is_some_and(|n| self.types.iter().any(|(t, _)| *t == n) && !bare.array);
                if !own && !builtin.contains(&bare) {
                    builtin.push(bare);
                }
            }
        }
        for type_ in &builtin {
            let name = internal(type_);
            rows.push(row(self.type_oid(type_), name, Value::Int(11), 'b', "U"));
        }
        Relation {
            columns: vec![
                "oid",
                "typname",
                "typnamespace",
                "typtype",
                "typcategory",
                "typelem",
            ],
            rows,
        }
    }

    fn pg_enum(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, kind) in &self.schema.enums {
            let type_ = PgType::named(name.schema.as_deref(), name.name.clone());
            for (at, label) in kind.labels.iter().enumerate() {
                rows.push(vec![
                    Value::Int(OTHER_BASE + 300_000 + number(rows.len())),
                    Value::Int(self.type_oid(&type_)),
                    text(label.clone()),
                    Value::Int(number(at) + 1),
                ]);
            }
        }
        Relation {
            columns: vec!["oid", "enumtypid", "enumlabel", "enumsortorder"],
            rows,
        }
    }

    fn pg_constraint(&self) -> Relation {
        let attnums = |table: &Table, columns: &[String]| {
            Value::List(
                columns
                    .iter()
                    .filter_map(|c| table.columns.iter().position(|t| t.name == *c))
                    .map(|at| Value::Int(number(at) + 1))
                    .collect(),
            )
        };
        let mut rows = Vec::new();
        for (at, (name, table, c)) in self.constraints().enumerate() {
            let (kind, key, foreign) = match &c.constraint.kind {
                ConstraintKind::PrimaryKey { columns, .. } => ("p", attnums(table, columns), None),
                ConstraintKind::Unique { columns, .. } => ("u", attnums(table, columns), None),
                ConstraintKind::Check { expr, .. } => (
                    "c",
                    attnums(table, &crate::pg::sql::columns_in(expr.sql())),
                    None,
                ),
                ConstraintKind::Exclude { .. } => ("x", Value::Null, None),
                ConstraintKind::ForeignKey(key) => ("f", attnums(table, &key.columns), Some(key)),
            };
            let schema = name.schema.as_deref();
            let referred = foreign.and_then(|k| self.schema.tables.get(&k.ref_table));
            let rule = |action: Option<ReferentialAction>| match action {
                None => text(" "),
                Some(ReferentialAction::NoAction) => text("a"),
                Some(ReferentialAction::Restrict) => text("r"),
                Some(ReferentialAction::Cascade) => text("c"),
                Some(ReferentialAction::SetNull) => text("n"),
                Some(ReferentialAction::SetDefault) => text("d"),
            };
            rows.push(vec![
                Value::Int(CONSTRAINT_BASE + number(at)),
                text(c.name()),
                self.namespace_oid(schema),
                text(kind),
                self.oid_value(name),
                foreign.map_or(Value::Int(0), |k| self.oid_value(&k.ref_table)),
                key,
                match (foreign, referred) {
                    (Some(k), Some(t)) => attnums(t, &k.ref_columns),
                    _ => Value::Null,
                },
                Value::Int(0),
                Value::Bool(!c.constraint.not_valid),
                Value::Bool(c.constraint.deferrable),
                Value::Bool(c.constraint.initially_deferred),
                rule(foreign.map(|k| k.on_delete)),
                rule(foreign.map(|k| k.on_update)),
                if is_key(c) {
                    self.oid_value(&QualName::qualified(schema, c.name()))
                } else {
                    Value::Int(0)
                },
            ]);
        }
        Relation {
            columns: vec![
                "oid",
                "conname",
                "connamespace",
                "contype",
                "conrelid",
                "confrelid",
                "conkey",
                "confkey",
                "contypid",
                "convalidated",
                "condeferrable",
                "condeferred",
                "confdeltype",
                "confupdtype",
                "conindid",
            ],
            rows,
        }
    }

    fn pg_attribute(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, table) in &self.schema.tables {
            let oid = self.oid_value(name);
            for (at, c) in table.columns.iter().enumerate() {
                rows.push(vec![
                    oid.clone(),
                    text(c.name.clone()),
                    Value::Type(self.type_oid(&c.type_), c.type_.to_string()),
                    Value::Int(-1),
                    Value::Int(number(at) + 1),
                    Value::Bool(!c.nullable),
                    Value::Bool(c.default.is_some() || c.generated.is_some()),
                    Value::Bool(false),
                    text(match c.identity_always {
                        None => "",
                        Some(true) => "a",
                        Some(false) => "d",
                    }),
                    text(if c.generated.is_some() { "s" } else { "" }),
                ]);
            }
        }
        for name in self.schema.views.keys() {
            let columns = super::view_columns(self.schema, name);
            for (at, column) in columns.into_iter().flatten().enumerate() {
                let type_ = column.type_.unwrap_or_else(|| PgType::new(BaseType::Text));
                rows.push(vec![
                    self.oid_value(name),
                    text(column.name),
                    Value::Type(self.type_oid(&type_), type_.to_string()),
                    Value::Int(-1),
                    Value::Int(number(at) + 1),
                    Value::Bool(false),
                    Value::Bool(false),
                    Value::Bool(false),
                    text(""),
                    text(""),
                ]);
            }
        }
        Relation {
            columns: vec![
                "attrelid",
                "attname",
                "atttypid",
                "atttypmod",
                "attnum",
                "attnotnull",
                "atthasdef",
                "attisdropped",
                "attidentity",
                "attgenerated",
            ],
            rows,
        }
    }

    fn pg_attrdef(&self) -> Relation {
        let mut rows = Vec::new();
        for (name, table) in &self.schema.tables {
            for (at, c) in table.columns.iter().enumerate() {
                if let Some(default) = &c.default {
                    rows.push(vec![
                        self.oid_value(name),
                        Value::Int(number(at) + 1),
                        text(default.sql()),
                    ]);
                }
            }
        }
        Relation {
            columns: vec!["adrelid", "adnum", "adbin"],
            rows,
        }
    }

    fn pg_index(&self) -> Relation {
        let mut rows = Vec::new();
        for (at, class) in self.classes.iter().enumerate() {
            let Some((table_name, table)) = class.table.filter(|_| class.kind == 'i') else {
                continue;
            };
            let columns: Vec<String> = match (class.constraint, class.index) {
                (Some(c), _) => match &c.constraint.kind {
                    ConstraintKind::PrimaryKey { columns, .. }
                    | ConstraintKind::Unique { columns, .. } => columns.clone(),
                    _ => Vec::new(),
                },
                (None, Some(i)) => i
                    .index
                    .parts
                    .iter()
                    .map(|p| match &p.key {
                        IndexKey::Column(c) => c.clone(),
                        IndexKey::Expr(_) => String::new(),
                    })
                    .collect(),
                (None, None) => Vec::new(),
            };
            let key = columns
                .iter()
                .map(|c| {
                    let at = table.columns.iter().position(|t| t.name == *c);
                    Value::Int(at.map_or(0, |at| number(at) + 1))
                })
                .collect();
            let primary = class
                .constraint
                .is_some_and(|c| matches!(c.constraint.kind, ConstraintKind::PrimaryKey { .. }));
            let unique = class
                .constraint
                .is_some_and(|c| !matches!(c.constraint.kind, ConstraintKind::Exclude { .. }))
                || class.index.is_some_and(|i| i.index.unique);
            rows.push(vec![
                Value::Int(CLASS_BASE + number(at)),
                self.oid_value(table_name),
                Value::Bool(unique),
                Value::Bool(primary),
                Value::Bool(true),
                Value::List(key),
            ]);
        }
        Relation {
            columns: vec![
                "indexrelid",
                "indrelid",
                "indisunique",
                "indisprimary",
                "indisvalid",
                "indkey",
            ],
            rows,
        }
    }

    fn pg_indexes(&self) -> Relation {
        let rows = self
            .classes
            .iter()
            .filter(|c| c.kind == 'i')
            .map(|c| {
                let table = c
                    .table
                    .map(|(n, _)| n.name.clone())
                    .or_else(|| c.index.map(|i| i.index.table.name.clone()))
                    .unwrap_or_default();
                let definition = match (c.index, c.constraint, c.table) {
                    (Some(index), _, _) => index_definition(&index.index),
                    (None, Some(constraint), Some((name, _))) => key_index(name, constraint),
                    _ => String::new(),
                };
                vec![
                    text(c.name.schema_or_default()),
                    text(table),
                    text(c.name.name.clone()),
                    text(definition),
                ]
            })
            .collect();
        Relation {
            columns: vec!["schemaname", "tablename", "indexname", "indexdef"],
            rows,
        }
    }

    fn pg_trigger(&self) -> Relation {
        Relation {
            columns: vec!["oid", "tgname", "tgrelid", "tgisinternal", "tgenabled"],
            rows: self
                .schema
                .triggers
                .iter()
                .enumerate()
                .map(|(at, t)| {
                    vec![
                        Value::Int(OTHER_BASE + 400_000 + number(at)),
                        text(t.definition.name.clone()),
                        self.oid_value(&t.definition.table),
                        Value::Bool(false),
                        text(t.state),
                    ]
                })
                .collect(),
        }
    }
}
