//! How the values of a type travel: its binary send format, and a reader of such bytes that cannot leave them.

use super::{Decoded, damaged};
use crate::pg::types::BaseType;

/// The families of binary send formats (the `*send` functions of PostgreSQL's `src/backend/utils/adt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Int2,
    Int4,
    Int8,
    /// oid, xid, cid: 32 bits without sign.
    UInt4,
    /// xid8: 64 bits without sign.
    UInt8,
    /// reg*: an OID in binary, a name in text.
    Reg,
    Bool,
    Float4,
    Float8,
    Numeric,
    Money,
    /// The text itself: text, varchar, char, name, xml.
    Text,
    /// A user-defined type: an enum, or an extension's type whose binary form is its text.
    Named,
    /// citext is text; ltree, lquery and jsonpath have a version byte first.
    Versioned,
    InternalChar,
    Bytea,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Uuid,
    /// json: its text, which inside an array is a value and no string.
    Json,
    /// jsonb: a version byte and its text.
    Jsonb,
    Bits,
    Inet,
    Cidr,
    MacAddr,
    Point,
    Line,
    Lseg,
    Box,
    Path,
    Polygon,
    Circle,
    TsVector,
    TsQuery,
    Range(Bound),
    Multirange(Bound),
    Tid,
    PgLsn,
    Snapshot,
    /// int2vector.
    Vector2,
    /// oidvector.
    VectorOid,
    Hstore,
}

/// What a range is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Int4,
    Int8,
    Numeric,
    Timestamp,
    TimestampTz,
    Date,
}

impl Bound {
    /// The format of a bound.
    pub(super) fn wire(self) -> Wire {
        match self {
            Self::Int4 => Wire::Int4,
            Self::Int8 => Wire::Int8,
            Self::Numeric => Wire::Numeric,
            Self::Timestamp => Wire::Timestamp,
            Self::TimestampTz => Wire::TimestampTz,
            Self::Date => Wire::Date,
        }
    }
}

impl Wire {
    /// The format of a type's values.
    pub(super) fn of(base: &BaseType) -> Self {
        match base {
            BaseType::SmallInt => Self::Int2,
            BaseType::Integer => Self::Int4,
            BaseType::BigInt => Self::Int8,
            BaseType::Numeric => Self::Numeric,
            BaseType::Real => Self::Float4,
            BaseType::Double => Self::Float8,
            BaseType::Money => Self::Money,
            BaseType::Boolean => Self::Bool,
            BaseType::Text
            | BaseType::Varchar
            | BaseType::Char
            | BaseType::Name
            | BaseType::Xml => Self::Text,
            BaseType::InternalChar => Self::InternalChar,
            BaseType::Bytea => Self::Bytea,
            BaseType::Date => Self::Date,
            BaseType::Time => Self::Time,
            BaseType::TimeTz => Self::TimeTz,
            BaseType::Timestamp => Self::Timestamp,
            BaseType::TimestampTz => Self::TimestampTz,
            BaseType::Interval => Self::Interval,
            BaseType::Uuid => Self::Uuid,
            BaseType::Json => Self::Json,
            BaseType::Jsonb => Self::Jsonb,
            BaseType::JsonPath => Self::Versioned,
            BaseType::Bit | BaseType::VarBit => Self::Bits,
            BaseType::Inet => Self::Inet,
            BaseType::Cidr => Self::Cidr,
            BaseType::MacAddr | BaseType::MacAddr8 => Self::MacAddr,
            BaseType::Point => Self::Point,
            BaseType::Line => Self::Line,
            BaseType::Lseg => Self::Lseg,
            BaseType::Box => Self::Box,
            BaseType::Path => Self::Path,
            BaseType::Polygon => Self::Polygon,
            BaseType::Circle => Self::Circle,
            BaseType::TsVector => Self::TsVector,
            BaseType::TsQuery => Self::TsQuery,
            BaseType::Int4Range => Self::Range(Bound::Int4),
            BaseType::Int8Range => Self::Range(Bound::Int8),
            BaseType::NumRange => Self::Range(Bound::Numeric),
            BaseType::TsRange => Self::Range(Bound::Timestamp),
            BaseType::TstzRange => Self::Range(Bound::TimestampTz),
            BaseType::DateRange => Self::Range(Bound::Date),
            BaseType::Int4Multirange => Self::Multirange(Bound::Int4),
            BaseType::Int8Multirange => Self::Multirange(Bound::Int8),
            BaseType::NumMultirange => Self::Multirange(Bound::Numeric),
            BaseType::TsMultirange => Self::Multirange(Bound::Timestamp),
            BaseType::TstzMultirange => Self::Multirange(Bound::TimestampTz),
            BaseType::DateMultirange => Self::Multirange(Bound::Date),
            BaseType::Oid | BaseType::Xid | BaseType::Cid => Self::UInt4,
            BaseType::Xid8 => Self::UInt8,
            BaseType::Tid => Self::Tid,
            BaseType::PgLsn => Self::PgLsn,
            BaseType::PgSnapshot | BaseType::TxidSnapshot => Self::Snapshot,
            BaseType::Regclass
            | BaseType::Regtype
            | BaseType::Regproc
            | BaseType::Regprocedure
            | BaseType::Regrole
            | BaseType::Regnamespace
            | BaseType::Regoper
            | BaseType::Regoperator
            | BaseType::Regconfig
            | BaseType::Regdictionary
            | BaseType::Regcollation => Self::Reg,
            BaseType::Int2Vector => Self::Vector2,
            BaseType::OidVector => Self::VectorOid,
            BaseType::Named { name, .. } => match name.as_str() {
                "hstore" => Self::Hstore,
                "ltree" | "lquery" | "ltxtquery" => Self::Versioned,
                _ => Self::Named,
            },
        }
    }

    /// Whether its values are whole numbers.
    pub(super) fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Int2 | Self::Int4 | Self::Int8 | Self::UInt4 | Self::UInt8
        )
    }
}

/// Reads big-endian fields off the front of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left: an upper bound for any count of items.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Fails unless everything was read.
    pub(super) fn end(&self) -> Decoded<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            damaged("it is longer than its type")
        }
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(*head)
            }
            None => damaged("it is shorter than its type"),
        }
    }

    pub(super) fn take(&mut self, length: usize) -> Decoded<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => damaged("it is shorter than its type"),
        }
    }

    pub(super) fn u8(&mut self) -> Decoded<u8> {
        self.array::<1>().map(|[b]| b)
    }

    pub(super) fn u16(&mut self) -> Decoded<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Decoded<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Decoded<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Decoded<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Decoded<i64> {
        self.array().map(i64::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Decoded<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn f64(&mut self) -> Decoded<f64> {
        self.array().map(f64::from_be_bytes)
    }

    /// A count of items that each take at least `size` bytes.
    pub(super) fn count(&mut self, size: usize) -> Decoded<usize> {
        let count = usize::try_from(self.i32()?).unwrap_or(usize::MAX);
        if count > self.left() / size.max(1) {
            return damaged("it has fewer items than it says");
        }
        Ok(count)
    }

    /// Text up to a NUL byte, which is read too.
    pub(super) fn cstring(&mut self) -> Decoded<&'a [u8]> {
        match memchr::memchr(0, self.rest) {
            Some(end) => {
                let text = self.take(end)?;
                self.u8()?;
                Ok(text)
            }
            None => damaged("a text in it has no end"),
        }
    }

    /// A value with its length first; `None` is NULL (length -1).
    pub(super) fn sized(&mut self) -> Decoded<Option<&'a [u8]>> {
        let length = self.i32()?;
        match usize::try_from(length) {
            Ok(length) => self.take(length).map(Some),
            Err(_) if length == -1 => Ok(None),
            Err(_) => damaged("a length in it is negative"),
        }
    }
}

/// The whole of a fixed-size value.
#[inline]
pub(super) fn fixed<const N: usize>(bytes: &[u8]) -> Decoded<[u8; N]> {
    match bytes.try_into() {
        Ok(array) => Ok(array),
        Err(_) => damaged("it does not have the length of its type"),
    }
}
