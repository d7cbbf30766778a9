//! The catalog relations that guards ask, built from the schema model: `pg_catalog` and `information_schema`.
//!
//! Object identifiers are made up, but each relation uses the same ones, so that joins over them work.

use super::eval::Value;
use crate::ir::{ConstraintKind, Expr, IndexKey, QualName, ReferentialAction};
use crate::pg::emit::{constraint_definition, index_definition};
use crate::pg::names::quote_qualified;
use crate::pg::schema::{Schema, Table, TableConstraint, TableIndex, TableKind};
use crate::pg::sql::type_internal_name;
use crate::pg::types::{BaseType, PgType};

/// Columns and rows of a relation.
pub(super) struct Relation {
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// Something in pg_class.
pub(super) struct Class<'a> {
    pub(super) name: QualName,
    kind: char,
    table: Option<(&'a QualName, &'a Table)>,
    constraint: Option<&'a TableConstraint>,
    index: Option<&'a TableIndex>,
}

/// The schema with numbers for its objects.
pub(super) struct Catalog<'a> {
    schema: &'a Schema,
    classes: Vec<Class<'a>>,
    types: Vec<(QualName, char)>,
}

const CLASS_BASE: i64 = 1_000_000;
const TYPE_BASE: i64 = 3_000_000;
const CONSTRAINT_BASE: i64 = 5_000_000;
const OTHER_BASE: i64 = 7_000_000;

fn number(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX / 2)
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

fn yes_no(value: bool) -> Value {
    text(if value { "YES" } else { "NO" })
}

fn optional(value: Option<&Expr>) -> Value {
    value.map_or(Value::Null, |e| text(e.sql()))
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

    fn namespace_oid(&self, schema: Option<&str>) -> Value {
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

    fn constraints(&self) -> impl Iterator<Item = (&'a QualName, &'a Table, &'a TableConstraint)> {
        self.schema
            .tables
            .iter()
            .flat_map(|(name, table)| table.constraints.iter().map(move |c| (name, table, c)))
    }

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

    fn oid_value(&self, name: &QualName) -> Value {
        self.class_oid(name).map_or(Value::Null, Value::Int)
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
        for (name, view) in &self.schema.views {
            for (at, column) in super::view_columns(view).into_iter().flatten().enumerate() {
                let type_ = PgType::new(BaseType::Text);
                rows.push(vec![
                    self.oid_value(name),
                    text(column),
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

    /// A relation of `information_schema`.
    pub(super) fn information_schema(&self, name: &str) -> Option<Relation> {
        let s = self.schema;
        let at = |n: &QualName| {
            [
                text(super::eval::DATABASE),
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
                    .map(|n| vec![text(super::eval::DATABASE), text(n)])
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
                    text(super::eval::DATABASE),
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
        for (name, view) in &self.schema.views {
            for (at, column) in super::view_columns(view).into_iter().flatten().enumerate() {
                let mut row = vec![
                    text(super::eval::DATABASE),
                    text(name.schema_or_default()),
                    text(name.name.clone()),
                    text(column),
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
                    text(super::eval::DATABASE),
                    text(schema),
                    text(c.name()),
                    text(super::eval::DATABASE),
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
                    text(super::eval::DATABASE),
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

fn is_key(constraint: &TableConstraint) -> bool {
    matches!(
        constraint.constraint.kind,
        ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::Exclude { .. }
    )
}

/// `CREATE UNIQUE INDEX ..` of the index behind a key.
fn key_index(table: &QualName, constraint: &TableConstraint) -> String {
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
fn internal(type_: &PgType) -> String {
    let name = type_internal_name(type_);
    if type_.array {
        format!("_{name}")
    } else {
        name
    }
}
