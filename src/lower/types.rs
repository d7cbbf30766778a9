//! How each type is stored: the declared SQLAlchemy type is asked first, the PostgreSQL type second.
//!
//! Declared types decide SQLite's affinity (sqlite.org/datatype3.html, section 3.1), so text that can look like a number never
//! gets a name of NUMERIC affinity: a UUID is `CHAR(32)`, JSON is `TEXT`.

use super::encoding::{Encoding, Profile};
use super::loss::{Grade, Rule};
use crate::ir::DeclaredType;
use crate::pg::types::{BaseType, PgType};

/// What is said about a type, without the object it is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Remark {
    pub rule: Rule,
    pub grade: Grade,
    pub note: String,
    pub remedy: Option<String>,
}

impl Remark {
    fn new(rule: Rule, grade: Grade, note: impl Into<String>) -> Self {
        Self {
            rule,
            grade,
            note: note.into(),
            remedy: None,
        }
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// How a type is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    /// Declared type in SQLite.
    pub declared: String,
    /// Form of the values.
    pub encoding: Encoding,
    /// Collation of the column.
    pub collate: Option<&'static str>,
    /// What is to be said.
    pub remarks: Vec<Remark>,
}

impl Stored {
    fn new(declared: impl Into<String>, encoding: Encoding) -> Self {
        Self {
            declared: declared.into(),
            encoding,
            collate: None,
            remarks: Vec::new(),
        }
    }

    fn remark(mut self, remark: Remark) -> Self {
        self.remarks.push(remark);
        self
    }

    fn collate(mut self, collation: &'static str) -> Self {
        self.collate = Some(collation);
        self
    }
}

/// What is known about a column's type.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeSource<'a> {
    /// PostgreSQL's type, domains resolved.
    pub pg: &'a PgType,
    /// The declaration.
    pub declared: Option<&'a DeclaredType>,
    /// Labels, when it is an enum.
    pub labels: Option<&'a [String]>,
    /// Vectors become libSQL's.
    pub libsql: bool,
}

/// How a column of that type is stored under a profile.
pub(super) fn store(source: TypeSource<'_>, profile: Profile) -> Stored {
    if let Some(stored) = source
        .declared
        .and_then(|d| by_declaration(d, source, profile))
    {
        return stored;
    }
    if source.pg.array {
        return array(source.pg, profile);
    }
    if source.libsql && is_vector(&source.pg.base) {
        return libsql_vector(source.pg);
    }
    if let Some(labels) = source.labels {
        let longest = labels.iter().map(|l| l.chars().count()).max().unwrap_or(1);
        return Stored::new(format!("VARCHAR({})", longest.max(1)), Encoding::Text);
    }
    by_pg_type(source.pg, profile)
}

/// The same for an encoding that the team chose: the declared type that suits it.
pub(super) fn declared_for(encoding: &Encoding, pg: &PgType) -> String {
    match encoding {
        Encoding::Integer => "INTEGER".to_owned(),
        Encoding::Bool => "BOOLEAN".to_owned(),
        Encoding::Real { .. } => "REAL".to_owned(),
        Encoding::NumericReal { .. } => numeric_name(pg),
        Encoding::Blob | Encoding::VectorF32 => "BLOB".to_owned(),
        Encoding::UuidBlob => "BLOB".to_owned(),
        Encoding::Date => "DATE".to_owned(),
        Encoding::Time | Encoding::TimeTz => "TIME".to_owned(),
        Encoding::Timestamp | Encoding::TimestampUtc | Encoding::IntervalEpoch => {
            "DATETIME".to_owned()
        }
        Encoding::UuidHex => "CHAR(32)".to_owned(),
        Encoding::UuidText => "CHAR(36)".to_owned(),
        Encoding::DecimalText
        | Encoding::Text
        | Encoding::Json
        | Encoding::ArrayJson
        | Encoding::HstoreJson
        | Encoding::PgText => "TEXT".to_owned(),
    }
}

/// The type of a STRICT table that keeps an encoding (sqlite.org/stricttables.html).
pub(super) fn strict_name(encoding: &Encoding) -> &'static str {
    match encoding {
        Encoding::Integer | Encoding::Bool => "INTEGER",
        Encoding::Real { .. } | Encoding::NumericReal { .. } => "REAL",
        Encoding::Blob | Encoding::UuidBlob | Encoding::VectorF32 => "BLOB",
        _ => "TEXT",
    }
}

/// Types whose own declaration decides, by package and class; `None` leaves it to PostgreSQL's type.
fn by_declaration(
    declared: &DeclaredType,
    source: TypeSource<'_>,
    profile: Profile,
) -> Option<Stored> {
    if profile != Profile::Sqlalchemy || source.pg.array {
        return None;
    }
    let package = declared.path.split('.').next().unwrap_or_default();
    let class = declared.path.rsplit('.').next().unwrap_or_default();
    let off = |name: &str| declared.kwargs.get(name).is_some_and(|v| v == "False");
    let is_uuid = source.pg.base == BaseType::Uuid;
    Some(match (package, class) {
        ("sqlalchemy", "Float") if source.pg.base == BaseType::Real => {
            Stored::new("FLOAT", Encoding::Real { single: true })
        }
        ("sqlalchemy", "Float" | "FLOAT") if source.pg.base == BaseType::Double => {
            Stored::new("FLOAT", Encoding::Real { single: false })
        }
        ("sqlalchemy_utils", "UUIDType") if is_uuid => {
            let binary = !off("binary") && declared.args.first().is_none_or(|a| a != "False");
            if binary {
                Stored::new("BLOB", Encoding::UuidBlob)
            } else {
                Stored::new("CHAR(32)", Encoding::UuidHex)
            }
        }
        ("fastapi_users_db_sqlalchemy" | "fastapi_users", "GUID") if is_uuid => {
            Stored::new("CHAR(36)", Encoding::UuidText)
        }
        ("advanced_alchemy" | "litestar", "GUID") if is_uuid => {
            Stored::new("BLOB", Encoding::UuidBlob)
        }
        ("advanced_alchemy" | "litestar", "DateTimeUTC")
        | ("fastapi_users_db_sqlalchemy" | "fastapi_users", "TIMESTAMPAware") => {
            Stored::new("DATETIME", Encoding::TimestampUtc).remark(Remark::new(
                Rule::TimeZone,
                Grade::Exact,
                "Stored in UTC; the declared type reads it back with its zone.",
            ))
        }
        ("sqlalchemy" | "sqlmodel" | "sqlalchemy_utils", _) => return None,
        _ if is_uuid => {
            let decorator = declared.inner.is_some();
            let stored = Stored::new("CHAR(32)", Encoding::UuidHex);
            if !decorator {
                return Some(stored);
            }
            stored.remark(
                Remark::new(
                    Rule::TypeForm,
                    Grade::Widened,
                    format!(
                        "`{class}` is the project's own type: its values are stored as 32 hex digits, as `sqlalchemy.Uuid` does."
                    ),
                )
                .remedy(format!(
                    "If `{class}.process_bind_param` writes another form outside PostgreSQL, name it under `[types]`: `\"{}\" = {{ encoding = \"uuid-text\" }}`.",
                    declared.path
                )),
            )
        }
        _ => return None,
    })
}

/// The main table: PostgreSQL's types. Complete on purpose: a new type does not compile until it has its row.
fn by_pg_type(pg: &PgType, profile: Profile) -> Stored {
    let text = || Stored::new("TEXT", Encoding::Text);
    match &pg.base {
        BaseType::SmallInt => Stored::new("SMALLINT", Encoding::Integer),
        BaseType::Integer => Stored::new("INTEGER", Encoding::Integer),
        BaseType::BigInt | BaseType::Oid => Stored::new("BIGINT", Encoding::Integer),
        BaseType::Numeric => numeric(pg, profile),
        BaseType::Real => Stored::new("REAL", Encoding::Real { single: true }),
        BaseType::Double => Stored::new("DOUBLE", Encoding::Real { single: false }),
        BaseType::Boolean => Stored::new("BOOLEAN", Encoding::Bool),
        BaseType::Text | BaseType::Xml => text(),
        BaseType::Name => Stored::new("VARCHAR(63)", Encoding::Text),
        BaseType::InternalChar => Stored::new("CHAR(1)", Encoding::Text),
        BaseType::Varchar => match pg.length() {
            Some(n) => Stored::new(format!("VARCHAR({n})"), Encoding::Text),
            None => Stored::new("VARCHAR", Encoding::Text),
        },
        // PostgreSQL ignores the padding of character(n) in comparisons, which is what RTRIM does.
        BaseType::Char => match pg.length() {
            Some(n) => Stored::new(format!("CHAR({n})"), Encoding::Text).collate("RTRIM"),
            None => text().collate("RTRIM"),
        },
        BaseType::Bytea => Stored::new("BLOB", Encoding::Blob),
        BaseType::Date => Stored::new("DATE", Encoding::Date),
        BaseType::Time => Stored::new("TIME", Encoding::Time),
        BaseType::TimeTz => Stored::new("TIME", Encoding::TimeTz).remark(
            Remark::new(
                Rule::TypeForm,
                Grade::Widened,
                "Stored with its offset as text; SQLAlchemy's Time writes none, and texts of different offsets do not compare by instant.",
            )
            .remedy("Use a TypeDecorator over String that writes `HH:MM:SS.ffffff+HH:MM`."),
        ),
        BaseType::Timestamp => Stored::new("DATETIME", Encoding::Timestamp),
        BaseType::TimestampTz => Stored::new("DATETIME", Encoding::TimestampUtc).remark(
            Remark::new(
                Rule::TimeZone,
                Grade::Widened,
                "The instant is stored in UTC without zone, and SQLAlchemy reads it naive.",
            )
            .remedy("Use a TypeDecorator over DateTime that converts to UTC on the way in and adds UTC on the way out."),
        ),
        BaseType::Interval => interval(profile),
        BaseType::Uuid => match profile {
            Profile::Sqlalchemy => Stored::new("CHAR(32)", Encoding::UuidHex),
            Profile::Faithful => Stored::new("CHAR(36)", Encoding::UuidText),
            Profile::Native => Stored::new("BLOB", Encoding::UuidBlob),
        },
        BaseType::Json | BaseType::Jsonb => Stored::new("TEXT", Encoding::Json),
        BaseType::Money => pg_text(
            Grade::Lossy,
            "money is stored as PostgreSQL's text: sums and order in SQL are not those of amounts.",
            "Change the column to numeric before the move.",
        ),
        BaseType::TsVector | BaseType::TsQuery => pg_text(
            Grade::Lossy,
            "Full-text search values are stored as text; `@@` has no equal.",
            "Build an FTS5 table over the searched columns and query it with MATCH.",
        ),
        BaseType::Inet | BaseType::Cidr => pg_text(
            Grade::Widened,
            "Addresses are stored as PostgreSQL's text: equal values are equal, but networks cannot be compared in SQL.",
            "Use a TypeDecorator over Text that writes the text that PostgreSQL prints.",
        ),
        BaseType::MacAddr | BaseType::MacAddr8 => pg_text(
            Grade::Widened,
            "Addresses are stored as PostgreSQL's text.",
            "Use Text in the model.",
        ),
        BaseType::Int4Range
        | BaseType::Int8Range
        | BaseType::NumRange
        | BaseType::TsRange
        | BaseType::TstzRange
        | BaseType::DateRange
        | BaseType::Int4Multirange
        | BaseType::Int8Multirange
        | BaseType::NumMultirange
        | BaseType::TsMultirange
        | BaseType::TstzMultirange
        | BaseType::DateMultirange => pg_text(
            Grade::Widened,
            "Ranges are stored as PostgreSQL's text: equal values are equal, but range operators have no equal.",
            "Use a TypeDecorator over Text, or two columns for the bounds where queries look inside.",
        ),
        BaseType::Bit
        | BaseType::VarBit
        | BaseType::JsonPath
        | BaseType::Point
        | BaseType::Line
        | BaseType::Lseg
        | BaseType::Box
        | BaseType::Path
        | BaseType::Polygon
        | BaseType::Circle
        | BaseType::Xid
        | BaseType::Xid8
        | BaseType::Cid
        | BaseType::Tid
        | BaseType::PgLsn
        | BaseType::PgSnapshot
        | BaseType::TxidSnapshot
        | BaseType::Regclass
        | BaseType::Regtype
        | BaseType::Regproc
        | BaseType::Regprocedure
        | BaseType::Regrole
        | BaseType::Regnamespace
        | BaseType::Regoper
        | BaseType::Regoperator
        | BaseType::Regconfig
        | BaseType::Regdictionary
        | BaseType::Regcollation
        | BaseType::Int2Vector
        | BaseType::OidVector => pg_text(
            Grade::Widened,
            "Stored as PostgreSQL's text; its operators have no equal.",
            "Use Text in the model, or a TypeDecorator over it.",
        ),
        BaseType::Named { name, .. } => extension_type(name),
    }
}

/// Types of extensions, and composite types, by name.
fn extension_type(name: &str) -> Stored {
    match name {
        "citext" => Stored::new("TEXT", Encoding::Text)
            .collate("NOCASE")
            .remark(
                Remark::new(
                    Rule::Collation,
                    Grade::Widened,
                    "citext becomes NOCASE, which folds the letters A to Z alone.",
                )
                .remedy("Store letters beyond ASCII in one case where they must compare equal."),
            ),
        "hstore" => Stored::new("TEXT", Encoding::HstoreJson).remark(
            Remark::new(
                Rule::TypeForm,
                Grade::Widened,
                "hstore is stored as a JSON object of strings and nulls.",
            )
            .remedy("Use JSON in the model."),
        ),
        "ltree" | "lquery" | "ltxtquery" | "isbn" | "isbn13" | "issn" | "issn13" | "ean13"
        | "upc" | "semver" => pg_text(
            Grade::Widened,
            "Stored as PostgreSQL's text; its operators have no equal.",
            "Use Text in the model.",
        ),
        "vector" | "halfvec" | "sparsevec" => pg_text(
            Grade::Widened,
            "Vectors are stored as PostgreSQL's text, which pgvector's SQLAlchemy type reads; distances are not computed in SQL.",
            "On libSQL use F32_BLOB and vector_distance_cos.",
        ),
        "geometry" | "geography" | "raster" => pg_text(
            Grade::Lossy,
            "Geometry is stored as the hexadecimal text that PostGIS prints; spatial functions have no equal.",
            "Use SpatiaLite, or compute in the application.",
        ),
        _ => pg_text(
            Grade::Widened,
            "A type that SQLite does not know is stored as PostgreSQL's text.",
            "Use Text in the model, or a TypeDecorator over it.",
        ),
    }
}

/// pgvector's `vector`.
pub(super) fn is_vector(base: &BaseType) -> bool {
    matches!(base, BaseType::Named { name, .. } if name == "vector")
}

/// A vector as libSQL's vector functions take it (docs.turso.tech, "AI & Embeddings").
fn libsql_vector(pg: &PgType) -> Stored {
    let declared = match pg.modifiers.as_slice() {
        [dimensions] => format!("F32_BLOB({dimensions})"),
        _ => "BLOB".to_owned(),
    };
    Stored::new(declared, Encoding::VectorF32).remark(
        Remark::new(
            Rule::TypeForm,
            Grade::Widened,
            "A vector becomes libSQL's: its numbers as 4 bytes each; distances are vector_distance_cos() and vector_distance_l2().",
        )
        .remedy("Read and write it in the model through a TypeDecorator over LargeBinary, or through vector32() and vector_extract() in SQL."),
    )
}

fn pg_text(grade: Grade, note: &str, remedy: &str) -> Stored {
    Stored::new("TEXT", Encoding::PgText)
        .remark(Remark::new(Rule::TypeForm, grade, note).remedy(remedy))
}

fn interval(profile: Profile) -> Stored {
    match profile {
        Profile::Faithful => pg_text(
            Grade::Widened,
            "Intervals are stored as PostgreSQL's text.",
            "Use a TypeDecorator over Text.",
        ),
        Profile::Sqlalchemy | Profile::Native => {
            Stored::new("DATETIME", Encoding::IntervalEpoch).remark(
                Remark::new(
                    Rule::TypeForm,
                    Grade::Widened,
                    "An interval is stored as 1970-01-01 plus its length, as `sqlalchemy.Interval` does: months count 30 days, years 365.",
                )
                .remedy("Use `sqlalchemy.Interval` (not `postgresql.INTERVAL`) in the model."),
            )
        }
    }
}

fn array(pg: &PgType, profile: Profile) -> Stored {
    let kind = pg.element();
    match profile {
        Profile::Faithful => pg_text(
            Grade::Widened,
            "Arrays are stored as PostgreSQL's text.",
            "Use a TypeDecorator over Text.",
        ),
        Profile::Sqlalchemy | Profile::Native => Stored::new("TEXT", Encoding::ArrayJson).remark(
            Remark::new(
                Rule::TypeForm,
                Grade::Widened,
                format!("`{kind}[]` is stored as a JSON array; ARRAY does not compile on SQLite."),
            )
            .remedy("Use a TypeDecorator over Text that writes and reads JSON."),
        ),
    }
}

/// `NUMERIC(p, s)` as SQLAlchemy spells it.
fn numeric_name(pg: &PgType) -> String {
    match pg.precision_scale() {
        Some((p, s)) => format!("NUMERIC({p}, {s})"),
        None => "NUMERIC".to_owned(),
    }
}

/// Places that SQLAlchemy prints of a numeric: its scale, or 10 (`Numeric._default_decimal_return_scale`).
pub(super) fn numeric_scale(pg: &PgType) -> u8 {
    match pg.precision_scale() {
        Some((_, s)) => u8::try_from(s.max(0)).unwrap_or(u8::MAX),
        None => 10,
    }
}

fn numeric(pg: &PgType, profile: Profile) -> Stored {
    let real = || {
        let scale = numeric_scale(pg);
        Stored::new(numeric_name(pg), Encoding::NumericReal { scale })
    };
    let by_value = |note: String| {
        Remark::new(Rule::Nearest, Grade::Widened, note).remedy(
            "Where such values occur the port refuses them: accept `decimal-text` (exact text) or `nearest` for the column.",
        )
    };
    match (profile, pg.precision_scale()) {
        (Profile::Faithful, _) => Stored::new("TEXT", Encoding::DecimalText).remark(
            Remark::new(
                Rule::DecimalText,
                Grade::Widened,
                "Stored as exact text: equality is exact, order and sums in SQL are not those of numbers.",
            )
            .remedy("Use a TypeDecorator over Text that reads Decimal."),
        ),
        (Profile::Native, Some((p, s))) if s == 0 && p <= 18 => {
            Stored::new("INTEGER", Encoding::Integer)
        }
        (_, Some((p, _))) if p <= 15 => real(),
        (_, Some((p, _))) => real().remark(by_value(format!(
            "A double keeps 15 digits, the column allows {p}: longer values would be changed."
        ))),
        (_, None) => real().remark(by_value(
            "numeric without precision: values of more than 15 digits or 10 places would be changed."
                .to_owned(),
        )),
    }
}
