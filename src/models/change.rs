//! Which columns need another model type on SQLite, and what happens where they keep theirs.

use serde::Serialize;

use super::item;
use crate::diag::Origin;
use crate::ir::{DeclaredType, QualName};
use crate::lower::{ColumnMap, Encoding, Lowering, TableMap};
use crate::pg::schema::{Column, Schema};
use crate::pg::types::{BaseType, PgType};
use crate::sqlite::schema::Default_;

/// The line of SQLAlchemy that the models are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Library {
    /// 1.4 and before.
    #[serde(rename = "1")]
    V1,
    /// 2.0 and 2.1.
    #[default]
    #[serde(rename = "2")]
    V2,
}

impl Library {
    /// The line of a version: `1.4.54`, `2.0`.
    pub fn of(version: &str) -> Self {
        if version.starts_with("1.") {
            Self::V1
        } else {
            Self::V2
        }
    }
}

/// What happens with a model that is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Another Python value is read, or reading raises.
    ReadsOtherwise,
    /// Writing or comparing raises.
    WriteFails,
    /// `WHERE column = :value` does not find the rows that it found.
    LookupsMiss,
    /// The rows that are there read and are found as before; a table that the models themselves create (tests, `create_all`) fails
    /// or has another column than the migrated file.
    CreateAll,
    /// A type of the project's own, or of another library: whether it reads and finds the same only a try tells.
    LookAt,
}

impl Effect {
    /// As a person says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::ReadsOtherwise => "reads otherwise",
            Self::WriteFails => "writing or comparing fails",
            Self::LookupsMiss => "look-ups miss",
            Self::CreateAll => "create_all() differs",
            Self::LookAt => "to be looked at",
        }
    }
}

/// A column whose model must change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Table in PostgreSQL.
    pub table: QualName,
    /// Column in PostgreSQL.
    pub column: String,
    /// Type in PostgreSQL.
    #[serde(rename = "type")]
    pub type_: String,
    /// Type as the migration declared it; `None` for raw SQL and where no history was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Declared type in the SQLite file.
    pub sqlite_type: String,
    /// How values are stored there.
    pub encoding: Encoding,
    /// What to write in the model, with `import sqlalchemy as sa`; names without a prefix are of `portable_types.py`.
    #[serde(rename = "use")]
    pub instead: String,
    /// What happens otherwise.
    pub effects: Vec<Effect>,
    /// Why, one sentence.
    pub why: String,
    /// The server default in PostgreSQL and in the file, where the model must spell another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<(String, String)>,
    /// Where the column comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// What is to be said about a type.
struct Verdict {
    instead: String,
    effects: Vec<Effect>,
    why: &'static str,
}

fn verdict(instead: impl Into<String>, effects: &[Effect], why: &'static str) -> Option<Verdict> {
    Some(Verdict {
        instead: instead.into(),
        effects: effects.to_vec(),
        why,
    })
}

/// The columns of a lowered schema whose model must change, in the order of the schema.
pub fn changes(lowering: &Lowering, library: Library) -> Vec<Change> {
    let mut out = Vec::new();
    for table in &lowering.tables {
        for map in &table.columns {
            let column = lowering.pg.table(&table.pg).and_then(|t| t.column(&map.pg));
            out.extend(change(lowering, library, table, map, column));
        }
    }
    out
}

fn change(
    lowering: &Lowering,
    library: Library,
    table: &TableMap,
    map: &ColumnMap,
    column: Option<&Column>,
) -> Option<Change> {
    let declared = column.and_then(|c| c.declared.as_ref());
    let class = Class::of(declared);
    let of_type = match (of_encoding(&lowering.pg, library, map, class), declared) {
        (Some(_), Some(declared)) if class == Class::Own => own(declared),
        (found, _) => found,
    };
    let found = of_type.or_else(|| key(lowering, table, map));
    let default = column.and_then(|c| default(lowering, table, map, c));
    if found.is_none() && default.is_none() {
        return None;
    }
    let (instead, effects, why) = match found {
        Some(v) => (v.instead, v.effects, v.why),
        None => (
            "the type as it is, with the default of the file".to_owned(),
            vec![Effect::CreateAll],
            "The server default is spelled otherwise on SQLite; the file has it, tables that the models create need it.",
        ),
    };
    Some(Change {
        table: table.pg.clone(),
        column: map.pg.clone(),
        type_: column.map_or_else(|| map.pg_type.to_string(), |c| c.type_.to_string()),
        declared: declared.map(spelled),
        sqlite_type: map.declared_type.clone(),
        encoding: map.encoding.clone(),
        instead,
        effects,
        why: why.to_owned(),
        default,
        origin: column.and_then(|c| c.origin.clone()),
    })
}

/// Whose type a column is declared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class<'a> {
    /// SQLAlchemy's, by its class: `Uuid`.
    Generic(&'a str),
    /// SQLAlchemy's for PostgreSQL alone: `JSONB`.
    Postgresql(&'a str),
    /// The project's or another library's own, which has its own way with other databases.
    Own,
    /// Raw SQL, or no history.
    Unknown,
}

impl<'a> Class<'a> {
    fn of(declared: Option<&'a DeclaredType>) -> Self {
        let Some(declared) = declared else {
            return Self::Unknown;
        };
        let class = declared.path.rsplit('.').next().unwrap_or_default();
        if declared.path.starts_with("sqlalchemy.dialects.postgresql.") {
            Self::Postgresql(class)
        } else if ["sqlalchemy.", "sqlmodel."]
            .iter()
            .any(|p| declared.path.starts_with(p))
        {
            Self::Generic(class)
        } else {
            Self::Own
        }
    }

    fn is_generic(self, classes: &[&str]) -> bool {
        matches!(self, Self::Generic(class) if classes.contains(&class))
    }
}

/// A type of the project's own over a type that SQLite keeps otherwise.
fn own(declared: &DeclaredType) -> Option<Verdict> {
    let class = declared.path.rsplit('.').next().unwrap_or_default();
    verdict(
        format!("{class} as it is, when check_models.py finds it equal"),
        &[Effect::LookAt],
        "A type of the project or of a library: how it writes and reads on SQLite is its own affair.",
    )
}

fn of_encoding(
    pg: &Schema,
    library: Library,
    map: &ColumnMap,
    class: Class<'_>,
) -> Option<Verdict> {
    use Effect::{CreateAll, LookupsMiss, ReadsOtherwise, WriteFails};
    let type_ = &map.pg_type;
    match &map.encoding {
        Encoding::TimestampUtc => verdict(
            "UtcDateTime()",
            &[ReadsOtherwise, LookupsMiss],
            "SQLite has no time zones: DateTime reads the instant naive, and drops the offset of what it writes or looks for.",
        ),
        Encoding::TimeTz => verdict(
            "TzTime()",
            &[ReadsOtherwise, LookupsMiss],
            "Time drops the offset of what it writes or looks for.",
        ),
        Encoding::ArrayJson => verdict(
            format!(
                "PortableArray({})",
                item::expression(&type_.element(), is_enum(pg, type_))
            ),
            &[ReadsOtherwise, WriteFails],
            "SQLite has no arrays: the file has JSON text, which ARRAY neither reads nor writes.",
        ),
        Encoding::HstoreJson => verdict(
            "PortableHstore()",
            &[ReadsOtherwise, WriteFails],
            "SQLite has no hstore: the file has a JSON object.",
        ),
        Encoding::DecimalText => verdict(
            format!("DecimalText({})", item::digits(type_)),
            &[ReadsOtherwise, LookupsMiss],
            "More digits than a double keeps: the file has text, on which Numeric raises.",
        ),
        Encoding::Json => json(type_, class),
        Encoding::UuidHex | Encoding::UuidText | Encoding::UuidBlob => {
            uuid(&map.encoding, library, class)
        }
        Encoding::IntervalEpoch if class.is_generic(&["Interval"]) => None,
        Encoding::IntervalEpoch => verdict(
            "sa.Interval()",
            &[ReadsOtherwise, WriteFails],
            "postgresql.INTERVAL does not know SQLite; sa.Interval stores 1970-01-01 plus the duration, as the file has it.",
        ),
        Encoding::PgText => pg_text(type_),
        Encoding::VectorF32 => verdict(
            "a TypeDecorator over sa.LargeBinary",
            &[ReadsOtherwise, WriteFails],
            "The file has libSQL's vector: its numbers as 4 bytes each, little-endian.",
        ),
        Encoding::Text => text(pg, map, class),
        Encoding::Blob => match class {
            Class::Postgresql(_) => verdict(
                "sa.LargeBinary()",
                &[CreateAll],
                "postgresql.BYTEA does not compile on SQLite; what it reads and writes is the same.",
            ),
            _ => None,
        },
        Encoding::Integer if type_.base == BaseType::Oid => verdict(
            "sa.BigInteger()",
            &[CreateAll],
            "postgresql.OID does not compile on SQLite.",
        ),
        Encoding::Integer
        | Encoding::Bool
        | Encoding::Real { .. }
        | Encoding::NumericReal { .. }
        | Encoding::Date
        | Encoding::Time
        | Encoding::Timestamp => None,
    }
}

fn json(type_: &PgType, class: Class<'_>) -> Option<Verdict> {
    use Effect::{CreateAll, LookupsMiss};
    if type_.base == BaseType::Json {
        return verdict(
            "PortableJson(binary=False)",
            &[CreateAll],
            "A table that the model creates would declare the column JSON, whose numeric affinity rounds documents that are numbers.",
        );
    }
    match class {
        Class::Generic(_) => verdict(
            "PortableJson()",
            &[LookupsMiss, CreateAll],
            "JSON writes keys in the order of Python and escapes letters; the file has the text that PostgreSQL prints.",
        ),
        _ => verdict(
            "PortableJson()",
            &[LookupsMiss, CreateAll],
            "JSONB does not compile on SQLite (2.1 declares JSONB, of numeric affinity), and writes another text than the file has.",
        ),
    }
}

fn uuid(encoding: &Encoding, library: Library, class: Class<'_>) -> Option<Verdict> {
    use Effect::{CreateAll, LookupsMiss, ReadsOtherwise};
    match encoding {
        Encoding::UuidText => verdict(
            "PortableUuid(stored=\"text\")",
            &[LookupsMiss],
            "The file has the UUID with hyphens, Uuid looks for 32 digits without them.",
        ),
        Encoding::UuidBlob => verdict(
            "PortableUuid(stored=\"blob\")",
            &[ReadsOtherwise, LookupsMiss],
            "The file has the 16 bytes of the UUID.",
        ),
        _ if class.is_generic(&["Uuid"]) => None,
        _ if library == Library::V1 => verdict(
            "PortableUuid()",
            &[LookupsMiss, CreateAll],
            "SQLAlchemy 1.4 writes and looks for the form with hyphens, the file has 32 digits without them.",
        ),
        _ => verdict(
            "sa.Uuid()",
            &[CreateAll],
            "A table that the model creates would declare the column UUID, whose numeric affinity turns digits into numbers.",
        ),
    }
}

fn text(pg: &Schema, map: &ColumnMap, class: Class<'_>) -> Option<Verdict> {
    use Effect::CreateAll;
    if is_enum(pg, &map.pg_type) {
        return match class {
            Class::Postgresql(_) => verdict(
                "sa.Enum(..)",
                &[CreateAll],
                "postgresql.ENUM does not compile on SQLite; sa.Enum makes the same type on PostgreSQL.",
            ),
            _ => None,
        };
    }
    match &map.pg_type.base {
        BaseType::Named { name, .. } if name == "citext" => verdict(
            "sa.Text(collation=\"NOCASE\") on SQLite",
            &[CreateAll],
            "CITEXT does not compile on SQLite; the file's column has NOCASE, which folds A to Z alone.",
        ),
        _ => None,
    }
}

fn pg_text(type_: &PgType) -> Option<Verdict> {
    use Effect::{CreateAll, ReadsOtherwise, WriteFails};
    let name = type_.to_string();
    if type_.array {
        return verdict(
            format!("PgText({})", item::python_string(&name)),
            &[ReadsOtherwise, WriteFails],
            "The file has the array as the text that PostgreSQL prints.",
        );
    }
    match &type_.base {
        BaseType::Inet | BaseType::Cidr => verdict(
            "PortableInet()",
            &[CreateAll, ReadsOtherwise],
            "SQLite has no addresses: the file has the text that PostgreSQL prints, where psycopg and asyncpg give objects of ipaddress.",
        ),
        BaseType::Int4Range
        | BaseType::Int8Range
        | BaseType::NumRange
        | BaseType::TsRange
        | BaseType::TstzRange
        | BaseType::DateRange => verdict(
            format!("PortableRange({})", item::python_string(&name)),
            &[ReadsOtherwise, WriteFails],
            "SQLite has no ranges: the file has the text that PostgreSQL prints.",
        ),
        BaseType::Named { name, .. }
            if ["vector", "halfvec", "sparsevec"].contains(&name.as_str()) =>
        {
            None
        }
        _ => verdict(
            format!("PgText({})", item::python_string(&name)),
            &[CreateAll],
            "SQLite does not know the type: the file has the text that PostgreSQL prints. Where your driver gives objects instead of text, they read otherwise.",
        ),
    }
}

/// Whether it, or its element, is an enum type.
fn is_enum(pg: &Schema, type_: &PgType) -> bool {
    type_
        .user_defined()
        .is_some_and(|name| pg.enums.contains_key(&name))
}

/// A key that counts by itself, or refers to one: only `INTEGER PRIMARY KEY` is the rowid (sqlite.org/rowidtable.html).
fn key(lowering: &Lowering, table: &TableMap, map: &ColumnMap) -> Option<Verdict> {
    let wide = !matches!(map.pg_type.base, BaseType::Integer);
    if map.encoding != Encoding::Integer || !wide || map.declared_type != "INTEGER" {
        return None;
    }
    let is_key = table.key.as_slice() == [map.sqlite.clone()] && table.sequence.is_some();
    let class = match map.pg_type.base {
        BaseType::SmallInt => "SmallInteger",
        _ => "BigInteger",
    };
    let refers = lowering.sqlite.table(&table.sqlite).is_some_and(|t| {
        t.foreign_keys
            .iter()
            .any(|f| f.columns.contains(&map.sqlite))
    });
    let why = if is_key {
        "Only INTEGER PRIMARY KEY counts by itself on SQLite; it holds 64 bits."
    } else if refers {
        "Of the type of the key that it refers to."
    } else {
        return None;
    };
    verdict(
        format!("sa.{class}().with_variant(sa.Integer(), \"sqlite\")"),
        &[Effect::CreateAll],
        why,
    )
}

/// Both spellings of a default that is no plain literal on both sides.
fn default(
    lowering: &Lowering,
    table: &TableMap,
    map: &ColumnMap,
    column: &Column,
) -> Option<(String, String)> {
    let pg = column.default.as_ref()?.sql().to_owned();
    if pg.starts_with("nextval(") {
        return None;
    }
    let lite = lowering
        .sqlite
        .table(&table.sqlite)?
        .column(&map.sqlite)?
        .default
        .as_ref();
    let lite = match lite {
        Some(Default_::Literal(sql)) => sql.clone(),
        Some(Default_::Expr(sql)) => format!("({sql})"),
        None => "none".to_owned(),
    };
    // `'x'::text` and `'x'`, `true` and `1` are one value, and either spelling works.
    let plain = |sql: &str| {
        let sql = sql.split("::").next().unwrap_or(sql);
        let sql = sql.trim_matches(['(', ')', '\'']);
        match (sql.to_ascii_lowercase().as_str(), &map.encoding) {
            ("true" | "t", Encoding::Bool) => "1".to_owned(),
            ("false" | "f", Encoding::Bool) => "0".to_owned(),
            (other, _) => other.to_owned(),
        }
    };
    (plain(&pg) != plain(&lite)).then_some((pg, lite))
}

/// A declared type as the model spells it.
fn spelled(declared: &DeclaredType) -> String {
    let path = declared
        .path
        .strip_prefix("sqlalchemy.dialects.")
        .or_else(|| declared.path.strip_prefix("sqlalchemy."))
        .unwrap_or(&declared.path);
    let mut arguments: Vec<String> = declared.args.clone();
    if arguments.is_empty()
        && let Some(inner) = &declared.inner
        && path.ends_with("ARRAY")
    {
        arguments.push(spelled(inner));
    }
    arguments.extend(declared.kwargs.iter().map(|(k, v)| format!("{k}={v}")));
    format!("{path}({})", arguments.join(", "))
}
