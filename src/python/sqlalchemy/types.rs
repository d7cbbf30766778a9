//! Types: the text that SQLAlchemy's PostgreSQL compiler renders, and the declaration that lowering asks.

use std::rc::Rc;

use indexmap::IndexMap;

use super::{Built, Fail};
use crate::ir::{ColumnType, DeclaredType};
use crate::python::eval::interp::{Interp, R};
use crate::python::eval::text::repr_simple;
use crate::python::eval::value::{Args, Class, Native, Value};

/// Words that SQLAlchemy's PostgreSQL dialect quotes when they are names.
const RESERVED: &str = " \
    all analyse analyze and any array as asc asymmetric authorization between binary both case cast \
    check collate column constraint create cross current_catalog current_date current_role \
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else \
    end except false fetch for foreign freeze from full grant group having ilike in initially inner \
    intersect into is isnull join leading left like limit localtime localtimestamp natural new not \
    notnull null of off offset old on only or order outer over overlaps placing primary references \
    returning right select session_user similar some symmetric table then to trailing true union unique \
    user using variadic verbose when where window with \
    ";

/// A name as the dialect writes it: quoted when it is reserved, has capitals, or is no plain identifier.
pub fn quote(name: &str) -> String {
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$');
    if plain && !RESERVED.contains(&format!(" {name} ")) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A name with its schema, each quoted where needed.
pub fn quote_qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote(schema), quote(name)),
        None => quote(name),
    }
}

/// The natives of this module.
pub static NATIVES: &[Native] = &[
    Native {
        name: "render_type",
        call: |i, a| match i.render_type(&a.at(0)) {
            Ok(text) => Ok(Value::str(text)),
            Err(Fail::Unknown(u)) => Ok(Value::Unknown(u)),
            Err(Fail::Flow(flow)) => Err(flow),
        },
    },
    Native {
        name: "quote",
        call: |_, a| {
            Ok(a.at(0)
                .as_str()
                .map_or(Value::None, |n| Value::str(quote(&n))))
        },
    },
    Native {
        name: "enum_constraint_default",
        call: |i, _| Ok(Value::Bool(i.sqlalchemy_version() < (1, 4))),
    },
    Native {
        name: "enum_create_type_honoured",
        call: |i, _| Ok(Value::Bool(i.sqlalchemy_version() >= (2, 1))),
    },
    Native {
        name: "sqlalchemy_version",
        call: |i, _| {
            let text = match i.config.sqlalchemy_version.as_str() {
                "" | "2.0" => "2.0.36",
                "1.3" => "1.3.24",
                "1.4" => "1.4.54",
                "2.1" => "2.1.9",
                v => v,
            };
            Ok(Value::str(text))
        },
    },
    Native {
        name: "is_known",
        call: |_, a| Ok(Value::Bool(!matches!(a.at(0), Value::Unknown(_)))),
    },
    Native {
        name: "is_type_like",
        call: |_, a| {
            Ok(Value::Bool(match a.at(0) {
                Value::Unknown(_) => true,
                Value::Class(c) => c.lookup("__visit_name__").is_some(),
                Value::Instance(i) => i.class.lookup("__visit_name__").is_some(),
                _ => false,
            }))
        },
    },
    Native {
        name: "register_compiler",
        call: |i, a| {
            if let Value::Class(class) = a.at(0) {
                i.state.compilers.push((class, a.at(1)));
            }
            Ok(Value::None)
        },
    },
];

impl Interp<'_> {
    /// The type that a TypeDecorator, a variant for PostgreSQL or a class stands for, as an instance.
    pub fn instance_of_type(&mut self, ty: &Value) -> R<Value> {
        match ty {
            Value::Class(class) => self.instantiate(class, Args::default()),
            other => Ok(other.clone()),
        }
    }

    /// A compiler that `@compiles` registered for the class of an instance.
    pub fn compiler_of(&self, value: &Value) -> Option<Value> {
        let Value::Instance(instance) = value else {
            return None;
        };
        instance.class.lineage().find_map(|c| {
            self.state
                .compilers
                .iter()
                .rev()
                .find(|(class, _)| Rc::ptr_eq(class, c))
                .map(|(_, function)| function.clone())
        })
    }

    /// What a column's type is on PostgreSQL, decorators and variants followed.
    ///
    /// # Errors
    /// It is not known.
    pub fn resolve_type(&mut self, ty: &Value) -> Built<Value> {
        let mut ty = self.instance_of_type(ty)?;
        for _ in 0..20 {
            if let Value::Unknown(u) = &ty {
                return Err(Rc::clone(u).into());
            }
            let variants = self.attr(&ty, "_variants")?;
            if let Value::Dict(_) = variants {
                let pairs = self.pairs(&variants)?.unwrap_or_default();
                let own = pairs
                    .into_iter()
                    .find(|(k, _)| k.as_str().is_some_and(|k| &*k == "postgresql"));
                if let Some((_, variant)) = own {
                    ty = variant;
                    continue;
                }
            }
            let visit = self.attr(&ty, "__visit_name__")?.as_str();
            if visit.as_deref() != Some("decorator") {
                return Ok(ty);
            }
            ty = self.decorated(&ty)?;
        }
        match self.unknown("the type is implemented by itself") {
            Value::Unknown(u) => Err(u.into()),
            _ => Ok(ty),
        }
    }

    /// What a TypeDecorator is implemented by on PostgreSQL.
    fn decorated(&mut self, ty: &Value) -> Built<Value> {
        let own = match ty {
            Value::Instance(i) => i.class.lookup("load_dialect_impl"),
            _ => None,
        };
        if let Some((_, owner)) = own
            && !owner.ns.borrow().contains_key("__decant__")
            && &*owner.name != "TypeDecorator"
        {
            let dialect = match self.import("sqlalchemy.engine")? {
                Value::Module(m) => self.module_get(&m, "Dialect"),
                _ => None,
            };
            let dialect = match dialect {
                Some(class) => self.call(&class, Args::default())?,
                None => Value::None,
            };
            if let Some(chosen) = self.try_method(ty, "load_dialect_impl", vec![dialect])?
                && chosen.unknown().is_none()
            {
                return Ok(self.instance_of_type(&chosen)?);
            }
        }
        let inner = self.attr(ty, "impl")?;
        if inner.is_none() {
            return Err(
                match self.unknown("the implementation of a TypeDecorator is not known") {
                    Value::Unknown(u) => u.into(),
                    _ => self.raise("TypeError", "impl").into(),
                },
            );
        }
        Ok(self.instance_of_type(&inner)?)
    }

    /// The type's text.
    ///
    /// # Errors
    /// It is not known.
    pub fn render_type(&mut self, ty: &Value) -> Built<String> {
        if let Value::Str(text) = ty {
            return Ok(text.to_string());
        }
        let ty = self.resolve_type(ty)?;
        if let Some(compiler) = self.compiler_of(&ty) {
            let text = self.call(&compiler, Args::new(vec![ty.clone(), Value::None]))?;
            return self.text(&text, "the compiled type");
        }
        let visit = self.attr(&ty, "__visit_name__")?;
        let Some(visit) = visit.as_str() else {
            let reason = format!("the type {} is not modelled", self.type_name(&ty));
            return Err(self.not_known(reason));
        };
        let length = self.attr(&ty, "length")?;
        let precision = self.attr(&ty, "precision")?;
        let scale = self.attr(&ty, "scale")?;
        for argument in [&length, &precision, &scale] {
            if let Value::Unknown(u) = argument {
                return Err(Rc::clone(u).into());
            }
        }
        let sized = |name: &str, n: &Value| match n.as_int() {
            Some(n) => format!("{name}({n})"),
            None => name.to_owned(),
        };
        Ok(match &*visit {
            "VARCHAR" | "CHAR" | "NVARCHAR" | "NCHAR" => sized(&visit, &length),
            "NUMERIC" | "DECIMAL" => match (precision.as_int(), scale.as_int()) {
                (Some(p), Some(s)) => format!("{visit}({p}, {s})"),
                (Some(p), None) => format!("{visit}({p})"),
                _ => visit.to_string(),
            },
            "FLOAT" => sized("FLOAT", &precision),
            "TIMESTAMP" | "TIME" => {
                let zone = self.attr(&ty, "timezone")?;
                let zone = if self.flag(&zone)? { "WITH" } else { "WITHOUT" };
                format!("{} {zone} TIME ZONE", sized(&visit, &precision))
            }
            "INTERVAL" => {
                let fields = self.attr(&ty, "fields")?;
                let mut text = "INTERVAL".to_owned();
                if let Some(fields) = fields.as_str() {
                    text.push(' ');
                    text.push_str(&fields);
                }
                match precision.as_int() {
                    Some(p) => format!("{text} ({p})"),
                    None => text,
                }
            }
            "BIT" => {
                let varying = self.attr(&ty, "varying")?;
                if varying.is_true() {
                    sized("BIT VARYING", &length)
                } else {
                    sized("BIT", &length)
                }
            }
            "ARRAY" => {
                let item = self.attr(&ty, "item_type")?;
                let dimensions = self
                    .attr(&ty, "dimensions")?
                    .as_int()
                    .unwrap_or(1)
                    .clamp(1, 20);
                let inner = self.render_type(&item)?;
                let brackets = "[]".repeat(usize::try_from(dimensions).unwrap_or(1));
                match inner.split_once(" COLLATE ") {
                    Some((base, collation)) => format!("{base}{brackets} COLLATE {collation}"),
                    None => format!("{inner}{brackets}"),
                }
            }
            "ENUM" => {
                let native = self.attr(&ty, "native_enum")?;
                if self.flag(&native)? {
                    self.type_name_sql(&ty)?
                } else {
                    sized("VARCHAR", &length)
                }
            }
            "DOMAIN" => self.type_name_sql(&ty)?,
            "reflected" => {
                let text = self.attr(&ty, "text")?;
                self.text(&text, "the type")?
            }
            "user_defined" => {
                let text = self.call_method_of(&ty, "get_col_spec")?;
                self.text(&text, "the column specification")?
            }
            "null" => {
                let reason = "the column has no type".to_owned();
                return Err(self.not_known(reason));
            }
            other => other.to_owned(),
        })
    }

    /// A failure for something that is not known.
    pub fn not_known(&mut self, reason: impl Into<String>) -> Fail {
        match self.unknown(reason) {
            Value::Unknown(u) => Fail::Unknown(u),
            _ => Fail::Flow(self.raise("TypeError", "unknown")),
        }
    }

    fn call_method_of(&mut self, value: &Value, name: &str) -> R<Value> {
        let method = self.getattr(value, name)?;
        self.call(&method, Args::default())
    }

    fn type_name_sql(&mut self, ty: &Value) -> Built<String> {
        let name = self.attr(ty, "name")?;
        if name.is_none() {
            return Err(self
                .raise_model(
                    "sqlalchemy.exc",
                    "CompileError",
                    "PostgreSQL ENUM type requires a name.",
                )
                .into());
        }
        let name = self.text(&name, "the name of the type")?;
        let schema = self.attr(ty, "schema")?;
        let schema = self.opt_text(&schema, "the schema")?;
        Ok(quote_qualified(schema.as_deref(), &name))
    }

    /// The type of a column: its text and its declaration.
    ///
    /// # Errors
    /// It is not known.
    pub fn column_type(&mut self, ty: &Value) -> Built<ColumnType> {
        let sql = self.render_type(ty)?;
        let declared = self.declared(ty, 0)?;
        Ok(ColumnType { sql, declared })
    }

    /// The collation that the type names.
    ///
    /// # Errors
    /// As evaluation.
    pub fn type_collation(&mut self, ty: &Value) -> Built<Option<String>> {
        let mut ty = self.resolve_type(ty)?;
        if self.attr(&ty, "__visit_name__")?.as_str().as_deref() == Some("ARRAY") {
            let item = self.attr(&ty, "item_type")?;
            ty = self.resolve_type(&item)?;
        }
        let collation = self.attr(&ty, "collation")?;
        self.opt_text(&collation, "the collation")
    }

    fn declared(&mut self, ty: &Value, depth: usize) -> Built<Option<DeclaredType>> {
        if depth > 10 {
            return Ok(None);
        }
        let mut ty = self.instance_of_type(ty)?;
        // On SQLite the application uses the variant for it, else the type itself: that is what lowering asks for.
        let variants = self.attr(&ty, "_variants")?;
        if let Value::Dict(_) = variants {
            let pairs = self.pairs(&variants)?.unwrap_or_default();
            if let Some((_, variant)) = pairs
                .into_iter()
                .find(|(k, _)| k.as_str().is_some_and(|k| &*k == "sqlite"))
            {
                ty = self.instance_of_type(&variant)?;
            }
        }
        let Value::Instance(instance) = &ty else {
            return Ok(None);
        };
        let instance = Rc::clone(instance);
        if instance.is_a("Reflected") {
            let text = instance.get("_declared").and_then(|d| d.as_str());
            return Ok(text.and_then(|t| serde_json::from_str(&t).ok()));
        }
        let printed = |value: &Value| -> Option<String> {
            Some(match value {
                Value::Class(c) => public_path(c),
                Value::Instance(i) if i.class.lookup("__visit_name__").is_some() => {
                    format!("{}()", public_path(&i.class))
                }
                Value::Function(_) | Value::Bound(_) | Value::Native(_) => return None,
                other => repr_simple(other),
            })
        };
        let args = match instance.get("__args__") {
            Some(Value::Tuple(t)) => t.items.borrow().iter().filter_map(printed).collect(),
            _ => Vec::new(),
        };
        let mut kwargs = IndexMap::new();
        if let Some(given) = instance.get("__kwargs__") {
            for (key, value) in self.pairs(&given)?.unwrap_or_default() {
                if let (Some(key), Some(text)) = (key.as_str(), printed(&value)) {
                    kwargs.insert(key.to_string(), text);
                }
            }
        }
        let visit = self.attr(&ty, "__visit_name__")?.as_str();
        let inner = match visit.as_deref() {
            Some("decorator") => {
                let inner = self.attr(&ty, "impl")?;
                self.declared(&inner, depth + 1)?.map(Box::new)
            }
            Some("ARRAY") => {
                let inner = self.attr(&ty, "item_type")?;
                self.declared(&inner, depth + 1)?.map(Box::new)
            }
            Some("ENUM") => {
                kwargs.shift_remove("values_callable");
                None
            }
            _ => None,
        };
        Ok(Some(DeclaredType {
            path: public_path(&instance.class),
            args,
            kwargs,
            inner,
        }))
    }
}

/// The name under which users import a class.
fn public_path(class: &Rc<Class>) -> String {
    let module = match &*class.module {
        "sqlalchemy.types" => "sqlalchemy",
        other => other,
    };
    if module.is_empty() || module == "builtins" {
        class.name.to_string()
    } else {
        format!("{module}.{}", class.name)
    }
}
