//! Values of both sides decoded to the same canonical bytes: [`Decoder::source`] reads PostgreSQL's output text,
//! [`Decoder::stored`] what SQLite holds. Two values are equal exactly when their canonical bytes are.
//!
//! The stored side is strict about form: a value that reads back equal but is not spelled as the column's
//! [`Encoding`] says is reported, because a look-up by value compares the stored text. Nothing here encodes.

mod array;
mod json;
mod number;
mod source;
mod stored;
mod temporal;
mod uuid;

pub(super) use stored::push_raw;

use rusqlite::types::ValueRef;

use crate::lower::{ColumnMap, Encoding, Rule};
use crate::pg::types::BaseType;

/// First byte of canonical bytes: what kind of value follows.
mod tag {
    /// NULL; nothing follows.
    pub const NULL: u8 = 0;
    /// A value of the encoding.
    pub const VALUE: u8 = 1;
    /// PostgreSQL's text in place of a value, by an accepted rule.
    pub const RULE_TEXT: u8 = 2;
    /// A stored value that is not in its form: never equal to a value of the source.
    pub const WRONG_FORM: u8 = 3;
    /// A value of the source that has no form: never equal to a stored value.
    pub const NO_FORM: u8 = 4;
}

/// What a value of the source is in the storage form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceValue {
    /// Kept as it is.
    Exact,
    /// Changed by an accepted rule.
    ByRule(Rule),
    /// The form cannot keep it and no decision covers it: why.
    NoForm(&'static str),
}

/// Whether a stored value has the form of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It has.
    Right,
    /// It has not: what it should be.
    Wrong(&'static str),
}

/// A value of the source that is not what its type prints: what it is instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damaged(pub &'static str);

/// The affinity of a column (SQLite, "Datatypes In SQLite", section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    fn of(declared: &str) -> Self {
        let upper = declared.to_ascii_uppercase();
        let has = |part: &str| upper.contains(part);
        if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || upper.trim().is_empty() {
            Self::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

/// Decodes the values of one column.
#[derive(Debug, Clone)]
pub struct Decoder {
    encoding: Encoding,
    base: BaseType,
    array: bool,
    accepted: Vec<Rule>,
    nullable: bool,
    affinity: Affinity,
}

impl Decoder {
    /// The decoder of a column.
    pub fn new(column: &ColumnMap) -> Self {
        Self {
            encoding: column.encoding.clone(),
            base: column.pg_type.base.clone(),
            array: column.pg_type.array,
            accepted: column.accepted.clone(),
            nullable: column.nullable,
            affinity: Affinity::of(&column.declared_type),
        }
    }

    /// How the column's values are stored.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Whether the storage form of this encoding is text in SQLite.
    fn is_text(&self) -> bool {
        self.encoding.storage_classes() == ["text"]
    }

    /// Whether the canonical bytes of a value are its own, in PostgreSQL's text and as it is stored.
    fn is_verbatim(&self) -> bool {
        // The others' texts are not the same in every session.
        let texts = matches!(
            self.base,
            BaseType::Text
                | BaseType::Varchar
                | BaseType::Char
                | BaseType::Json
                | BaseType::Jsonb
                | BaseType::Xml
        );
        let stored = matches!(
            self.encoding,
            Encoding::Text | Encoding::PgText | Encoding::Json
        );
        texts && stored && !self.array
    }

    /// Whether it reads hex digits of bytes.
    fn is_bytes(&self) -> bool {
        self.encoding == Encoding::Blob && self.base == BaseType::Bytea && !self.array
    }

    /// Hands the canonical bytes of a large cell of the source on in pieces, without a copy of them; `false` when only
    /// [`Decoder::source`] can read it, and nothing that was handed on counts.
    pub fn source_pieces(&self, text: &[u8], piece: &mut dyn FnMut(&[u8])) -> bool {
        piece(&[tag::VALUE]);
        if self.is_verbatim() {
            piece(text);
            return true;
        }
        match text.strip_prefix(b"\\x") {
            Some(hex) if self.is_bytes() => uuid::hex_pieces(hex, piece),
            _ => false,
        }
    }

    /// The same for a stored value.
    pub fn stored_pieces(&self, value: ValueRef<'_>, piece: &mut dyn FnMut(&[u8])) -> bool {
        let bytes = match value {
            ValueRef::Text(text) if self.is_text() && self.is_verbatim() => text,
            ValueRef::Blob(bytes) if self.encoding == Encoding::Blob => bytes,
            _ => return false,
        };
        piece(&[tag::VALUE]);
        piece(bytes);
        true
    }

    /// Whether a rule was accepted for this column.
    fn accepts(&self, rule: Rule) -> bool {
        self.accepted.contains(&rule)
    }
}

/// What stands in the place of a value that the form cannot keep, as far as it has one.
#[derive(Debug, Clone, PartialEq)]
enum Fallback {
    /// Nothing: NULL or text remain.
    None,
    /// The nearest double.
    Nearest(f64),
    /// The nearest value with a form, in the encoding's canonical unit.
    Clamp(i64),
    /// The same for a time with its offset.
    ClampWithOffset(i64, i64),
}

/// A decoded value of the source.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// The canonical bytes of the value were written.
    Exact,
    /// Nothing was written: why the form cannot keep the value, the rules that may stand for it, and what they store.
    NoForm(&'static str, &'static [Rule], Fallback),
}

/// Appends the canonical form of a double: `-0.0` is `0.0`, since SQLite's columns do not keep its sign.
fn push_double(value: f64, out: &mut Vec<u8>) {
    let value = if value == 0.0 { 0.0 } else { value };
    out.extend_from_slice(&value.to_bits().to_le_bytes());
}
