//! How the values of a column are stored in SQLite: the one [`Encoding`] that DDL, port and verify share.

use serde::{Deserialize, Serialize};

use crate::ir::QualName;
use crate::pg::types::PgType;

/// Which convention decides how values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Exactly what SQLAlchemy's SQLite dialect writes for the same model, so that look-ups by value find the rows.
    #[default]
    Sqlalchemy,
    /// Bit-exact text that can be turned back into PostgreSQL's value.
    Faithful,
    /// What SQLite's own functions handle best.
    Native,
}

/// A table that holds rows on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMap {
    /// Name in PostgreSQL.
    pub pg: QualName,
    /// Name in SQLite.
    pub sqlite: String,
    /// Columns in table order.
    pub columns: Vec<ColumnMap>,
    /// Columns of the primary key (or else of a NOT NULL unique constraint), in key order, by their SQLite names; empty when the
    /// table has no key.
    pub key: Vec<String>,
    /// `AUTOINCREMENT`: the column's sequence (name in PostgreSQL) seeds `sqlite_sequence`.
    pub sequence: Option<QualName>,
}

impl TableMap {
    /// A name of the rowid that no column hides (sqlite.org/lang_createtable.html, section 5); `None` where columns have all three.
    pub fn row_id(&self) -> Option<&'static str> {
        let is_free = |id: &&str| {
            let mut columns = self.columns.iter();
            !columns.any(|c| c.sqlite.eq_ignore_ascii_case(id))
        };
        ["rowid", "_rowid_", "oid"].into_iter().find(is_free)
    }
}

/// A column on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMap {
    /// Name in PostgreSQL.
    pub pg: String,
    /// Name in SQLite.
    pub sqlite: String,
    /// Type in PostgreSQL, domains resolved to their base type.
    pub pg_type: PgType,
    /// Declared type in SQLite.
    pub declared_type: String,
    /// How values are stored.
    pub encoding: Encoding,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// SQLite computes it: it is not written, only compared.
    pub generated: bool,
    /// What was decided for values that the encoding cannot keep; `None` refuses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Rule>,
}

pub use super::loss::Rule;

/// The stored form of a column's values (forms that SQLAlchemy 2.x writes: `lib/sqlalchemy/dialects/sqlite/base.py`, `sql/sqltypes.py`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// INTEGER: smallint, integer, bigint, oid.
    Integer,
    /// INTEGER 0 or 1.
    Bool,
    /// REAL; float4 by its shortest text, float8 as it is.
    Real {
        /// The source is float4.
        single: bool,
    },
    /// The double nearest to a numeric; NUMERIC affinity turns whole numbers into INTEGER.
    NumericReal {
        /// Places that SQLAlchemy's result processor prints (`'%.{n}f'`): the declared scale, or 10.
        scale: u8,
    },
    /// numeric as its exact text in a TEXT column.
    DecimalText,
    /// TEXT as it is (text, varchar, char padded, enum labels, citext, name, xml).
    Text,
    /// BLOB.
    Blob,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM:SS.ffffff`.
    Time,
    /// `HH:MM:SS.ffffff+HH:MM`.
    TimeTz,
    /// `YYYY-MM-DD HH:MM:SS.ffffff` without zone.
    Timestamp,
    /// The UTC instant as `YYYY-MM-DD HH:MM:SS.ffffff`.
    TimestampUtc,
    /// An interval as 1970-01-01 plus the duration, in DateTime's form (months are 30 days, years 365).
    IntervalEpoch,
    /// 32 lower-case hex digits.
    UuidHex,
    /// 36 characters with hyphens.
    UuidText,
    /// 16 bytes.
    UuidBlob,
    /// JSON text as PostgreSQL prints it.
    Json,
    /// An array as JSON text; items in the form that [`Encoding`] gives their element type inside JSON.
    ArrayJson,
    /// hstore as a JSON object of strings and nulls.
    HstoreJson,
    /// A pgvector vector as libSQL keeps it: its float4 numbers, little-endian, in a BLOB.
    VectorF32,
    /// PostgreSQL's output text (inet, ranges, bit, money, geometric, tsvector, ..).
    PgText,
}

impl Encoding {
    /// What `typeof` says in SQLite of the values stored this way, NULL aside.
    pub fn storage_classes(&self) -> &'static [&'static str] {
        match self {
            Self::Integer | Self::Bool => &["integer"],
            Self::Real { .. } | Self::NumericReal { .. } => &["real", "integer"],
            Self::Blob | Self::UuidBlob | Self::VectorF32 => &["blob"],
            Self::DecimalText
            | Self::Text
            | Self::Date
            | Self::Time
            | Self::TimeTz
            | Self::Timestamp
            | Self::TimestampUtc
            | Self::IntervalEpoch
            | Self::UuidHex
            | Self::UuidText
            | Self::Json
            | Self::ArrayJson
            | Self::HstoreJson
            | Self::PgText => &["text"],
        }
    }

    /// The encoding that `decant.toml` calls so: `uuid-text`, `decimal-text`, `integer`; `_` stands for `-` too.
    /// `numeric-real` prints the given scale, or 10 places.
    pub fn parse(name: &str, scale: Option<u8>) -> Option<Self> {
        Some(match name.replace('_', "-").as_str() {
            "integer" => Self::Integer,
            "bool" => Self::Bool,
            "real" => Self::Real { single: false },
            "numeric-real" => Self::NumericReal {
                scale: scale.unwrap_or(10),
            },
            "decimal-text" => Self::DecimalText,
            "text" => Self::Text,
            "blob" => Self::Blob,
            "date" => Self::Date,
            "time" => Self::Time,
            "time-tz" => Self::TimeTz,
            "timestamp" => Self::Timestamp,
            "timestamp-utc" => Self::TimestampUtc,
            "interval-epoch" => Self::IntervalEpoch,
            "uuid-hex" => Self::UuidHex,
            "uuid-text" => Self::UuidText,
            "uuid-blob" => Self::UuidBlob,
            "json" => Self::Json,
            "array-json" => Self::ArrayJson,
            "hstore-json" => Self::HstoreJson,
            "vector-f32" => Self::VectorF32,
            "pg-text" => Self::PgText,
            _ => return None,
        })
    }

    /// Whether it is one of the three forms of a UUID.
    pub fn is_uuid(&self) -> bool {
        matches!(self, Self::UuidHex | Self::UuidText | Self::UuidBlob)
    }

    /// Whether values are numbers in SQLite.
    pub fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Bool | Self::Real { .. } | Self::NumericReal { .. }
        )
    }
}
