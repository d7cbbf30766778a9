//! Inspectors: questions to the schema as replayed so far.

use crate::ir::{ColumnDefinition, ConstraintKind, IndexKey, QualName, ReferentialAction};
use crate::python::decision::Evidence;
use crate::python::eval::interp::{Flow, Interp, R};
use crate::python::eval::value::{Args, Native, Value};

macro_rules! lists {
    ($($name:literal => $method:ident;)*) => {
        /// The natives of this module.
        pub static NATIVES: &[Native] = &[
            $(Native { name: $name, call: |i, a| {
                i.consulted.add(Evidence::Inspector);
                let schema = schema_of(&a.at(0));
                Ok(strings(i.sink.$method(schema.as_deref())))
            } },)*
            Native { name: "schema_names", call: |i, _| {
                i.consulted.add(Evidence::Inspector);
                let mut names = vec!["information_schema".to_owned(), "public".to_owned()];
                names.extend(i.sink.schema_names().into_iter().filter(|n| n != "public"));
                names.sort();
                Ok(strings(names))
            } },
            Native { name: "has_table", call: has_table },
            Native { name: "columns", call: columns },
            Native { name: "reflect_columns", call: columns },
            Native { name: "definitions", call: definitions },
            Native { name: "index_definitions", call: index_definitions },
            Native { name: "pk_constraint", call: pk_constraint },
            Native { name: "foreign_keys", call: foreign_keys },
            Native { name: "indexes", call: indexes },
            Native { name: "unique_constraints", call: unique_constraints },
            Native { name: "check_constraints", call: check_constraints },
            Native { name: "table_comment", call: table_comment },
            Native { name: "enums", call: enums },
            Native { name: "inspect_other", call: |i, _| Ok(i.unknown("inspecting a mapped class is not modelled")) },
        ];
    };
}

lists! {
    "table_names" => table_names;
    "view_names" => view_names;
    "materialized_view_names" => materialized_view_names;
    "sequence_names" => sequence_names;
}

fn schema_of(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(|s| s.to_string())
        .filter(|s| s != "public")
}

fn strings(names: Vec<String>) -> Value {
    Value::list(names.into_iter().map(Value::str).collect())
}

/// The table that the first two arguments name; `None` when its name is not known.
fn table(i: &mut Interp<'_>, a: &Args) -> Option<QualName> {
    i.consulted.add(Evidence::Inspector);
    let name = a.at(0).as_str()?;
    let schema = schema_of(&a.at(1));
    Some(QualName::qualified(schema.as_deref(), name.to_string()))
}

fn unknown_table(i: &Interp<'_>, a: &Args) -> Value {
    match a.at(0) {
        Value::Unknown(u) => Value::Unknown(u),
        _ => i.unknown("the name of the table is not known"),
    }
}

fn has_table(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    // SQLAlchemy 2.0 counts views, too.
    let views = i.sqlalchemy_version() >= (2, 0)
        && i.sink
            .view_names(name.schema.as_deref())
            .contains(&name.name);
    Ok(Value::Bool(i.sink.has_table(&name) || views))
}

/// Attribute of an exception of SQLAlchemy that was raised for want of tables: pairs of schema and name.
pub const MISSING_TABLES: &str = "_missing_tables";

/// Notes on an exception which relation it was raised for want of.
pub(super) fn for_want_of(name: &QualName, flow: Flow) -> Flow {
    if let Flow::Raise(raised) = &flow
        && let Value::Instance(exception) = &raised.exception
    {
        let schema = name.schema.as_deref().map_or(Value::None, Value::str);
        let missing = Value::tuple(vec![schema, Value::str(name.name.as_str())]);
        exception.set(MISSING_TABLES, Value::list(vec![missing]));
    }
    flow
}

/// Raises `NoSuchTableError` where there is no such table.
fn existing(i: &mut Interp<'_>, name: &QualName) -> R<()> {
    if i.sink.columns(name).is_some() {
        return Ok(());
    }
    let flow = i.raise_model("sqlalchemy.exc", "NoSuchTableError", name.name.clone());
    Err(for_want_of(name, flow))
}

fn columns(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let key = primary_columns(i, &name);
    let mut out = Vec::new();
    for column in i.sink.columns(&name).unwrap_or_default() {
        let ty = type_value(i, &column.type_, name.schema.as_deref())?;
        out.push(Value::dict([
            ("name", Value::str(column.name.as_str())),
            ("type", ty),
            ("nullable", Value::Bool(column.nullable)),
            (
                "default",
                Value::opt_str(column.default.as_ref().map(|d| d.sql())),
            ),
            (
                "autoincrement",
                Value::Bool(
                    matches!(&*column.type_, "integer" | "bigint" | "smallint")
                        && column
                            .default
                            .as_ref()
                            .is_some_and(|d| d.sql().contains("nextval('")),
                ),
            ),
            ("comment", Value::opt_str(column.comment.as_deref())),
            ("primary_key", Value::Bool(key.contains(&column.name))),
        ]));
    }
    Ok(Value::list(out))
}

/// What a table that is made again (`batch_alter_table(recreate="always")`) says of each column.
fn definitions(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let key = primary_columns(i, &name);
    let mut out = Vec::new();
    for ColumnDefinition { column, serial } in i.sink.definitions(&name) {
        let visit = match column.type_.sql.as_str() {
            "integer" => Value::str("INTEGER"),
            "bigint" => Value::str("BIGINT"),
            "smallint" => Value::str("SMALLINT"),
            _ => Value::None,
        };
        let declared = column.type_.declared.as_ref();
        let declared = declared.and_then(|d| serde_json::to_string(d).ok());
        let number = |n: Option<i64>| n.map_or(Value::None, Value::Int);
        let identity = column.identity.as_ref().map_or(Value::None, |identity| {
            let options = &identity.sequence;
            Value::dict([
                ("always", Value::Bool(identity.always)),
                ("start", number(options.start)),
                ("increment", number(options.increment)),
                ("minvalue", number(options.min)),
                ("maxvalue", number(options.max)),
                ("cycle", options.cycle.map_or(Value::None, Value::Bool)),
                ("cache", number(options.cache)),
            ])
        });
        let default = column.default.as_ref().map(|d| d.sql());
        let next = default.is_some_and(|d| d.starts_with("nextval("));
        let generated = column.generated.as_ref().map(|g| g.expr.sql());
        out.push(Value::dict([
            ("name", Value::str(column.name.as_str())),
            ("sql", Value::str(column.type_.sql.as_str())),
            ("visit", visit),
            ("declared", Value::opt_str(declared.as_deref())),
            ("collation", Value::opt_str(column.collation.as_deref())),
            ("nullable", Value::Bool(column.nullable)),
            ("default", Value::opt_str(default)),
            ("serial", Value::Bool(serial)),
            (
                "autoincrement",
                Value::Bool(next || column.identity.is_some()),
            ),
            ("identity", identity),
            ("computed", Value::opt_str(generated)),
            ("comment", Value::opt_str(column.comment.as_deref())),
            ("primary_key", Value::Bool(key.contains(&column.name))),
        ]));
    }
    Ok(Value::list(out))
}

/// The indexes of a table by name, as `index_again` takes them. SQLAlchemy 1.4 does not reflect those with expressions.
fn index_definitions(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let expressions = i.sqlalchemy_version() >= (2, 0);
    let plain = |index: &crate::ir::Index| {
        let column = |p: &crate::ir::IndexPart| matches!(p.key, IndexKey::Column(_));
        index.parts.iter().all(column)
    };
    let found = i.sink.indexes(&name).into_iter();
    let found = found.filter(|index| expressions || plain(index));
    let pairs = found.filter_map(|index| {
        let own = Value::str(index.name.as_deref()?);
        let text = Value::str(serde_json::to_string(&index).ok()?);
        Some((own.key(), (own, text)))
    });
    Ok(Value::from_map(pairs.collect()))
}

fn primary_columns(i: &Interp<'_>, name: &QualName) -> Vec<String> {
    i.sink
        .constraints(name)
        .into_iter()
        .find_map(|c| match c.kind {
            ConstraintKind::PrimaryKey { columns, .. } => Some(columns),
            _ => None,
        })
        .unwrap_or_default()
}

/// A type's text as an instance of the model's class, so that `isinstance` and `str` work.
fn type_value(i: &mut Interp<'_>, text: &str, schema: Option<&str>) -> R<Value> {
    let (base, array) = match text.strip_suffix("[]") {
        Some(base) => (base, true),
        None => (text, false),
    };
    let (word, inside) = match base.split_once('(') {
        Some((word, rest)) => (word.trim(), rest.split(')').next().unwrap_or("")),
        None => (base, ""),
    };
    let numbers: Vec<Value> = inside
        .split(',')
        .filter_map(|n| n.trim().parse().ok().map(Value::Int))
        .collect();
    let zoned = base.ends_with("with time zone") && !base.contains("without");
    let mut args = Args::new(numbers);
    let (module, class) = match word {
        "integer" => ("sqlalchemy.types", "INTEGER"),
        "bigint" => ("sqlalchemy.types", "BIGINT"),
        "smallint" => ("sqlalchemy.types", "SMALLINT"),
        "character varying" => ("sqlalchemy.types", "VARCHAR"),
        "character" => ("sqlalchemy.types", "CHAR"),
        "text" => ("sqlalchemy.types", "TEXT"),
        "boolean" => ("sqlalchemy.types", "BOOLEAN"),
        "numeric" => ("sqlalchemy.types", "NUMERIC"),
        "real" => ("sqlalchemy.types", "REAL"),
        "double precision" => ("sqlalchemy.types", "DOUBLE_PRECISION"),
        "date" => ("sqlalchemy.types", "DATE"),
        "uuid" => ("sqlalchemy.dialects.postgresql", "UUID"),
        "json" => ("sqlalchemy.dialects.postgresql", "JSON"),
        "jsonb" => ("sqlalchemy.dialects.postgresql", "JSONB"),
        "bytea" => ("sqlalchemy.dialects.postgresql", "BYTEA"),
        "interval" => ("sqlalchemy.dialects.postgresql", "INTERVAL"),
        "inet" => ("sqlalchemy.dialects.postgresql", "INET"),
        "tsvector" => ("sqlalchemy.dialects.postgresql", "TSVECTOR"),
        "hstore" => ("sqlalchemy.dialects.postgresql", "HSTORE"),
        "citext" => ("sqlalchemy.dialects.postgresql", "CITEXT"),
        w if w.starts_with("timestamp") => {
            args = Args::new(vec![Value::Bool(zoned)]);
            ("sqlalchemy.dialects.postgresql", "TIMESTAMP")
        }
        w if w.starts_with("time") => {
            args = Args::new(vec![Value::Bool(zoned)]);
            ("sqlalchemy.dialects.postgresql", "TIME")
        }
        other => {
            let name = other
                .trim_matches('"')
                .rsplit('.')
                .next()
                .unwrap_or(other)
                .to_owned();
            let labels = i
                .sink
                .enums(Some("*"))
                .into_iter()
                .find(|e| {
                    e.name.name == name
                        && (e.name.schema.as_deref() == schema || e.name.schema.is_none())
                })
                .map(|e| e.labels);
            match labels {
                Some(labels) => {
                    args = Args::new(labels.into_iter().map(Value::str).collect());
                    args.named.insert("name".into(), Value::str(name));
                    ("sqlalchemy.dialects.postgresql", "ENUM")
                }
                None => ("sqlalchemy.types", "NullType"),
            }
        }
    };
    let class = match i.import(module)? {
        Value::Module(m) => i.module_get(&m, class),
        _ => None,
    };
    let Some(class) = class else {
        return Ok(Value::str(text));
    };
    if matches!(&class, Value::Class(c) if &*c.name == "NullType") {
        args = Args::default();
    }
    let ty = i.call(&class, args)?;
    if !array {
        return Ok(ty);
    }
    match i.import("sqlalchemy.types")? {
        Value::Module(m) => match i.module_get(&m, "ARRAY") {
            Some(class) => i.call(&class, Args::new(vec![ty])),
            None => Ok(ty),
        },
        _ => Ok(ty),
    }
}

fn pk_constraint(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let found = i
        .sink
        .constraints(&name)
        .into_iter()
        .find_map(|c| match c.kind {
            ConstraintKind::PrimaryKey { columns, .. } => Some((c.name, columns)),
            _ => None,
        });
    let (own, columns) = match found {
        Some((own, columns)) => (Value::str(own), columns),
        None => (Value::None, Vec::new()),
    };
    Ok(Value::dict([
        ("constrained_columns", strings(columns)),
        ("name", own),
        ("comment", Value::None),
    ]))
}

fn foreign_keys(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let mut out = Vec::new();
    for (own, fk) in i.sink.foreign_keys(&name) {
        let mut options = Vec::new();
        for (word, action) in [("ondelete", fk.on_delete), ("onupdate", fk.on_update)] {
            if action != ReferentialAction::NoAction {
                options.push((word, Value::str(action.sql())));
            }
        }
        if fk.match_full {
            options.push(("match", Value::str("FULL")));
        }
        out.push(Value::dict([
            ("name", Value::str(own)),
            ("constrained_columns", strings(fk.columns)),
            (
                "referred_schema",
                Value::opt_str(fk.ref_table.schema.as_deref()),
            ),
            ("referred_table", Value::str(fk.ref_table.name)),
            ("referred_columns", strings(fk.ref_columns)),
            ("options", Value::dict(options)),
            ("comment", Value::None),
        ]));
    }
    Ok(Value::list(out))
}

fn indexes(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let mut out = Vec::new();
    let entry = |own: &str, unique: bool, columns: Vec<Value>| {
        Value::dict([
            ("name", Value::str(own)),
            ("unique", Value::Bool(unique)),
            ("column_names", Value::list(columns)),
            ("include_columns", Value::list(Vec::new())),
            ("dialect_options", Value::dict(Vec::<(&str, Value)>::new())),
        ])
    };
    for index in i.sink.indexes(&name) {
        let columns = index
            .parts
            .iter()
            .map(|p| match &p.key {
                IndexKey::Column(c) => Value::str(c.as_str()),
                IndexKey::Expr(_) => Value::None,
            })
            .collect();
        out.push(entry(
            index.name.as_deref().unwrap_or_default(),
            index.unique,
            columns,
        ));
    }
    // The index behind a UNIQUE constraint is listed, too.
    for constraint in i.sink.constraints(&name) {
        if let ConstraintKind::Unique { columns, .. } = &constraint.kind {
            let columns = columns.iter().map(|c| Value::str(c.as_str())).collect();
            let made = entry(&constraint.name, true, columns);
            if let Value::Dict(d) = &made {
                let key = Value::str("duplicates_constraint");
                d.items
                    .borrow_mut()
                    .insert(key.key(), (key, Value::str(constraint.name.as_str())));
            }
            out.push(made);
        }
    }
    Ok(Value::list(out))
}

fn unique_constraints(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let out = i
        .sink
        .constraints(&name)
        .into_iter()
        .filter_map(|c| match c.kind {
            ConstraintKind::Unique {
                columns,
                nulls_not_distinct,
                ..
            } => {
                let key = "postgresql_nulls_not_distinct";
                let options = nulls_not_distinct.then(|| (key, Value::Bool(true)));
                Some(Value::dict([
                    ("name", Value::str(c.name)),
                    ("column_names", strings(columns)),
                    ("comment", Value::None),
                    ("dialect_options", Value::dict(options)),
                ]))
            }
            _ => None,
        })
        .collect();
    Ok(Value::list(out))
}

fn check_constraints(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    existing(i, &name)?;
    let out = i
        .sink
        .constraints(&name)
        .into_iter()
        .filter_map(|c| match c.kind {
            ConstraintKind::Check { expr, .. } => Some(Value::dict([
                ("name", Value::str(c.name)),
                ("sqltext", Value::str(expr.0)),
                ("comment", Value::None),
            ])),
            _ => None,
        })
        .collect();
    Ok(Value::list(out))
}

fn table_comment(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let Some(name) = table(i, &a) else {
        return Ok(unknown_table(i, &a));
    };
    Ok(Value::opt_str(i.sink.table_comment(&name).as_deref()))
}

fn enums(i: &mut Interp<'_>, a: Args) -> R<Value> {
    i.consulted.add(Evidence::Inspector);
    let schema = schema_of(&a.at(0));
    let out = i
        .sink
        .enums(schema.as_deref())
        .into_iter()
        .map(|e| {
            Value::dict([
                ("name", Value::str(e.name.name.as_str())),
                ("schema", Value::str(e.name.schema_or_default())),
                ("visible", Value::Bool(e.name.schema.is_none())),
                ("labels", strings(e.labels)),
            ])
        })
        .collect();
    Ok(Value::list(out))
}
