//! Arrays and hstore: PostgreSQL's literals and stored JSON, to the same canonical bytes.
//!
//! An array is `[`, its items, `]`; an item is a nested array, `n` for NULL, or a mark, its length and its bytes. An array
//! of JSON documents is its JSON text.

use std::collections::BTreeMap;

use super::json::{self, Json};
use super::{Damaged, Decoder, Form, Reading, SourceValue, number, push_double, temporal, uuid};
use crate::lower::{Encoding, Rule};
use crate::pg::types::BaseType;

/// Appends one item.
fn push_item(mark: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(mark);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// What JSON makes of items of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    /// A JSON number without fraction.
    Integer,
    /// A JSON number, or the name of one that JSON does not have.
    Float,
    /// `true`, `false`.
    Bool,
    /// The document itself.
    Document,
    /// A string in a temporal encoding's form.
    Temporal(Temporal),
    /// A string with PostgreSQL's text.
    Text,
    /// A string with a hyphenated UUID.
    Uuid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temporal {
    Date,
    Time,
    TimeTz,
    Timestamp,
}

impl Temporal {
    fn encoding(self) -> Encoding {
        match self {
            Temporal::Date => Encoding::Date,
            Temporal::Time => Encoding::Time,
            Temporal::TimeTz => Encoding::TimeTz,
            Temporal::Timestamp => Encoding::Timestamp,
        }
    }
}

fn item_kind(base: &BaseType, array: bool) -> Item {
    match base {
        BaseType::SmallInt
        | BaseType::Integer
        | BaseType::BigInt
        | BaseType::Oid
        | BaseType::Xid
        | BaseType::Cid => Item::Integer,
        BaseType::Int2Vector | BaseType::OidVector if !array => Item::Integer,
        BaseType::Real | BaseType::Double => Item::Float,
        BaseType::Boolean => Item::Bool,
        BaseType::Json | BaseType::Jsonb => Item::Document,
        BaseType::Date => Item::Temporal(Temporal::Date),
        BaseType::Time => Item::Temporal(Temporal::Time),
        BaseType::TimeTz => Item::Temporal(Temporal::TimeTz),
        BaseType::Timestamp | BaseType::TimestampTz => Item::Temporal(Temporal::Timestamp),
        BaseType::Uuid => Item::Uuid,
        _ => Item::Text,
    }
}

const DAMAGED: Damaged = Damaged("text that is no array");

/// An array of the source. Items that have no form follow the column's rules, as a value of their own would.
pub(super) fn read(
    decoder: &Decoder,
    text: &[u8],
    out: &mut Vec<u8>,
) -> Result<SourceValue, Damaged> {
    let mut reader = Reader {
        decoder,
        kind: item_kind(&decoder.base, decoder.array),
        result: SourceValue::Exact,
        scratch: Vec::new(),
    };
    if matches!(decoder.base, BaseType::Int2Vector | BaseType::OidVector) && !decoder.array {
        out.push(b'[');
        for item in text.split(|b| *b == b' ').filter(|i| !i.is_empty()) {
            reader.item(item, out)?;
        }
        out.push(b']');
        return Ok(reader.result);
    }
    reader.literal(text, out)?;
    Ok(reader.result)
}

struct Reader<'d> {
    decoder: &'d Decoder,
    kind: Item,
    result: SourceValue,
    scratch: Vec<u8>,
}

impl Reader<'_> {
    /// `{..}`, perhaps with bounds before it, which drivers drop.
    fn literal(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
        let body = match text {
            [b'[', ..] => {
                let at = text.iter().position(|b| *b == b'=').ok_or(DAMAGED)?;
                text.get(at + 1..).ok_or(DAMAGED)?
            }
            _ => text,
        };
        let comma = if self.decoder.base == BaseType::Box {
            b';'
        } else {
            b','
        };
        let mut rest = body;
        let mut depth = 0_usize;
        loop {
            match rest {
                [b'{', tail @ ..] => {
                    out.push(b'[');
                    depth += 1;
                    rest = tail;
                    if let [b'}', ..] = rest {
                        rest = close(rest, &mut depth, out)?;
                    } else {
                        continue;
                    }
                }
                [] => return Err(DAMAGED),
                _ if depth > 0 => rest = self.take(rest, comma, out)?,
                _ => return Err(DAMAGED),
            }
            while let [b'}', ..] = rest {
                rest = close(rest, &mut depth, out)?;
            }
            match rest {
                [] if depth == 0 => return Ok(()),
                [byte, tail @ ..] if depth > 0 && *byte == comma => {
                    if self.kind == Item::Document {
                        out.extend_from_slice(b", ");
                    }
                    rest = tail;
                }
                _ => return Err(DAMAGED),
            }
        }
    }

    /// One item; gives what follows it.
    fn take<'a>(
        &mut self,
        text: &'a [u8],
        comma: u8,
        out: &mut Vec<u8>,
    ) -> Result<&'a [u8], Damaged> {
        let mut item = Vec::new();
        if let [b'"', tail @ ..] = text {
            let mut rest = tail;
            loop {
                match rest {
                    [b'"', tail @ ..] => {
                        self.item(&item, out)?;
                        return Ok(tail);
                    }
                    [b'\\', byte, tail @ ..] | [byte, tail @ ..] => {
                        item.push(*byte);
                        rest = tail;
                    }
                    [] => return Err(DAMAGED),
                }
            }
        }
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            if *byte == comma || *byte == b'}' {
                break;
            }
            match rest {
                [b'\\', byte, tail @ ..] => {
                    item.push(*byte);
                    rest = tail;
                }
                _ => {
                    item.push(*byte);
                    rest = tail;
                }
            }
        }
        if !item.eq_ignore_ascii_case(b"null") {
            self.item(&item, out)?;
        } else if self.kind == Item::Document {
            out.extend_from_slice(b"null");
        } else {
            out.push(b'n');
        }
        Ok(rest)
    }

    fn item(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), Damaged> {
        if self.kind == Item::Document {
            out.extend_from_slice(text);
            return Ok(());
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let reading = match self.kind {
            Item::Integer => number::read_integer(text, &mut scratch)?,
            Item::Float => {
                // NaN has a form here: its name.
                push_double(number::double(text).ok_or(DAMAGED)?, &mut scratch);
                Reading::Exact
            }
            Item::Bool => number::read_bool(text, &mut scratch)?,
            Item::Text if self.decoder.base == BaseType::Bytea => {
                if !uuid::push_bytea_text(text, &mut scratch) {
                    return Err(DAMAGED);
                }
                Reading::Exact
            }
            Item::Text | Item::Document => {
                scratch.extend_from_slice(text);
                Reading::Exact
            }
            Item::Temporal(kind) => self.decoder.read_as(&kind.encoding(), text, &mut scratch)?,
            Item::Uuid => {
                if !uuid::push_loose(text, &mut scratch) {
                    return Err(DAMAGED);
                }
                Reading::Exact
            }
        };
        match reading {
            Reading::Exact => push_item(b'v', &scratch, out),
            Reading::NoForm(why, choices, fallback) => {
                let decided = self.decoder.decide(choices, &fallback, true);
                match decided {
                    Some(Rule::Null) => out.push(b'n'),
                    Some(Rule::Clamp) => {
                        scratch.clear();
                        self.decoder.push_clamped(&fallback, &mut scratch);
                        push_item(b'v', &scratch, out);
                    }
                    _ => push_item(b't', text, out),
                }
                self.result = decided.map_or(SourceValue::NoForm(why), SourceValue::ByRule);
            }
        }
        self.scratch = scratch;
        Ok(())
    }
}

fn close<'a>(text: &'a [u8], depth: &mut usize, out: &mut Vec<u8>) -> Result<&'a [u8], Damaged> {
    *depth = depth.checked_sub(1).ok_or(DAMAGED)?;
    out.push(b']');
    text.get(1..).ok_or(DAMAGED)
}

const ARRAY: &str = "a JSON array of its items as Python's json.dumps writes it";

/// A stored array.
pub(super) fn stored(decoder: &Decoder, text: &[u8], out: &mut Vec<u8>) -> Form {
    let Some(document) = json::parse(text) else {
        return Form::Wrong(ARRAY);
    };
    let kind = item_kind(&decoder.base, decoder.array);
    let Json::Array(items) = &document.value else {
        return Form::Wrong(ARRAY);
    };
    if kind == Item::Document {
        // Documents keep PostgreSQL's spelling, so the canonical form is the text itself.
        out.extend_from_slice(text);
        return Form::Right;
    }
    if push_stored(decoder, kind, items, out) && document.as_python {
        return Form::Right;
    }
    Form::Wrong(ARRAY)
}

fn push_stored(decoder: &Decoder, kind: Item, items: &[Json<'_>], out: &mut Vec<u8>) -> bool {
    out.push(b'[');
    for item in items {
        let mut bytes = Vec::new();
        let fits = match (kind, item) {
            (_, Json::Null) => {
                out.push(b'n');
                continue;
            }
            (_, Json::Array(inner)) => {
                if push_stored(decoder, kind, inner, out) {
                    continue;
                }
                false
            }
            (Item::Integer, Json::Number(text)) => match number::integer(text) {
                Some(value) => {
                    bytes.extend_from_slice(&value.to_le_bytes());
                    true
                }
                None => false,
            },
            (Item::Float, Json::Number(text)) => push_float(text, &mut bytes),
            (Item::Float, Json::String(text)) => {
                matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity")
                    && push_float(text.as_bytes(), &mut bytes)
            }
            (Item::Bool, Json::Bool(value)) => {
                bytes.push(u8::from(*value));
                true
            }
            (Item::Temporal(kind), Json::String(text)) => {
                if push_temporal(kind, text.as_bytes(), &mut bytes) {
                    true
                } else if decoder.accepts(Rule::Text) {
                    push_item(b't', text.as_bytes(), out);
                    continue;
                } else {
                    false
                }
            }
            (Item::Uuid, Json::String(text)) => uuid::push_hyphenated(text.as_bytes(), &mut bytes),
            (Item::Text, Json::String(text)) => {
                bytes.extend_from_slice(text.as_bytes());
                true
            }
            _ => false,
        };
        if !fits {
            return false;
        }
        push_item(b'v', &bytes, out);
    }
    out.push(b']');
    true
}

fn push_float(text: &[u8], out: &mut Vec<u8>) -> bool {
    let value = number::double(text);
    if let Some(value) = value {
        push_double(value, out);
    }
    value.is_some()
}

fn push_temporal(kind: Temporal, text: &[u8], out: &mut Vec<u8>) -> bool {
    let value = match kind {
        Temporal::Date => temporal::stored_date(text),
        Temporal::Time => temporal::stored_time(text),
        Temporal::Timestamp => temporal::stored_timestamp(text),
        Temporal::TimeTz => temporal::stored_timetz(text).map(|(micros, offset)| {
            out.extend_from_slice(&offset.to_le_bytes());
            micros
        }),
    };
    if let Some(value) = value {
        out.extend_from_slice(&value.to_le_bytes());
    }
    value.is_some()
}

/// An hstore of the source: `"a"=>"1", "b"=>NULL`.
pub(super) fn read_hstore(text: &[u8], out: &mut Vec<u8>) -> Result<Reading, Damaged> {
    const DAMAGED: Damaged = Damaged("text that is no hstore");
    let mut pairs = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (key, after) = quoted(rest).ok_or(DAMAGED)?;
        let after = after.strip_prefix(b"=>").ok_or(DAMAGED)?;
        let (value, after) = match after.strip_prefix(b"NULL") {
            Some(after) => (None, after),
            None => quoted(after)
                .map(|(value, after)| (Some(value), after))
                .ok_or(DAMAGED)?,
        };
        pairs.insert(key, value);
        rest = match after {
            [b',', b' ', tail @ ..] => tail,
            [] => after,
            _ => return Err(DAMAGED),
        };
    }
    push_pairs(&pairs, out);
    Ok(Reading::Exact)
}

fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut out = Vec::new();
    loop {
        match rest {
            [b'"', tail @ ..] => return Some((out, tail)),
            [b'\\', byte, tail @ ..] | [byte, tail @ ..] => {
                out.push(*byte);
                rest = tail;
            }
            [] => return None,
        }
    }
}

fn push_pairs(pairs: &BTreeMap<Vec<u8>, Option<Vec<u8>>>, out: &mut Vec<u8>) {
    for (key, value) in pairs {
        push_item(b'k', key, out);
        match value {
            Some(value) => push_item(b'v', value, out),
            None => out.push(b'n'),
        }
    }
}

/// A stored hstore.
pub(super) fn stored_hstore(text: &[u8], out: &mut Vec<u8>) -> Form {
    const OBJECT: &str = "a JSON object of strings and nulls as Python's json.dumps writes it";
    let Some(document) = json::parse(text) else {
        return Form::Wrong(OBJECT);
    };
    let Json::Object(list) = document.value else {
        return Form::Wrong(OBJECT);
    };
    let mut pairs = BTreeMap::new();
    for (key, value) in list {
        let value = match value {
            Json::Null => None,
            Json::String(text) => Some(text.into_bytes()),
            _ => return Form::Wrong(OBJECT),
        };
        pairs.insert(key.into_bytes(), value);
    }
    push_pairs(&pairs, out);
    if document.as_python {
        Form::Right
    } else {
        Form::Wrong(OBJECT)
    }
}
