//! The target's side: what SQLite holds, to canonical bytes, strict about the form.

use rusqlite::types::ValueRef;

use super::{Affinity, Decoder, Form, array, number, push_double, tag, temporal, uuid};
use crate::lower::{Encoding, Rule};

impl Decoder {
    /// Appends the canonical bytes of a stored value. A value in a wrong form gets bytes that no value of the source has.
    pub fn stored(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Form {
        if let ValueRef::Null = value {
            out.push(tag::NULL);
            return Form::Right;
        }
        let start = out.len();
        out.push(tag::VALUE);
        let form = self.push_stored(value, out);
        let Form::Wrong(_) = form else { return form };
        out.truncate(start);
        if let (ValueRef::Text(text), true) = (value, self.accepts(Rule::Text)) {
            out.push(tag::RULE_TEXT);
            out.extend_from_slice(text);
            return Form::Right;
        }
        out.push(tag::WRONG_FORM);
        push_raw(value, out);
        form
    }

    /// What the form should be of a text that only an accepted rule lets stand in a value's place.
    pub fn form_of_text(&self, value: ValueRef<'_>) -> Option<&'static str> {
        let mut scratch = Vec::new();
        match (value, self.push_stored(value, &mut scratch)) {
            (ValueRef::Text(_), Form::Wrong(form)) => Some(form),
            _ => None,
        }
    }

    fn push_stored(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> Form {
        if self.is_text() {
            return match value {
                ValueRef::Text(text) => self.push_text(text, out),
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
                    Form::Wrong("TEXT")
                }
            };
        }
        match (&self.encoding, value) {
            (Encoding::Integer, ValueRef::Integer(n)) => {
                out.extend_from_slice(&n.to_le_bytes());
                Form::Right
            }
            (Encoding::Bool, ValueRef::Integer(n @ (0 | 1))) => {
                out.push(u8::from(n == 1));
                Form::Right
            }
            (Encoding::Bool, _) => Form::Wrong("INTEGER 0 or 1"),
            (Encoding::Real { .. }, ValueRef::Real(r)) => {
                push_double(r, out);
                Form::Right
            }
            // Columns that are not REAL keep whole numbers as INTEGER.
            (Encoding::Real { .. }, ValueRef::Integer(n)) if self.affinity != Affinity::Real => {
                push_whole(n, out)
            }
            (Encoding::NumericReal { .. }, ValueRef::Real(r)) => {
                push_double(r, out);
                Form::Right
            }
            (Encoding::NumericReal { .. }, ValueRef::Integer(n)) => push_whole(n, out),
            (Encoding::Blob, ValueRef::Blob(bytes)) => {
                out.extend_from_slice(bytes);
                Form::Right
            }
            (Encoding::VectorF32, ValueRef::Blob(bytes))
                if !bytes.is_empty() && bytes.len().is_multiple_of(4) =>
            {
                out.extend_from_slice(bytes);
                Form::Right
            }
            (Encoding::VectorF32, _) => Form::Wrong("a BLOB of 4 bytes for each number"),
            (Encoding::UuidBlob, ValueRef::Blob(bytes)) if bytes.len() == 16 => {
                out.extend_from_slice(bytes);
                Form::Right
            }
            (Encoding::Integer, _) => Form::Wrong("INTEGER"),
            (Encoding::Real { .. } | Encoding::NumericReal { .. }, _) => Form::Wrong("a number"),
            (Encoding::UuidBlob, _) => Form::Wrong("a BLOB of 16 bytes"),
            _ => Form::Wrong("BLOB"),
        }
    }

    fn push_text(&self, text: &[u8], out: &mut Vec<u8>) -> Form {
        let micros = |value: Option<i64>, form: &'static str, out: &mut Vec<u8>| match value {
            Some(value) => {
                out.extend_from_slice(&value.to_le_bytes());
                Form::Right
            }
            None => Form::Wrong(form),
        };
        let pushed = |pushed: bool, form: &'static str| {
            if pushed {
                Form::Right
            } else {
                Form::Wrong(form)
            }
        };
        match &self.encoding {
            Encoding::Date => micros(temporal::stored_date(text), "`YYYY-MM-DD`", out),
            Encoding::Time => micros(temporal::stored_time(text), "`HH:MM:SS.ffffff`", out),
            Encoding::Timestamp | Encoding::TimestampUtc | Encoding::IntervalEpoch => micros(
                temporal::stored_timestamp(text),
                "`YYYY-MM-DD HH:MM:SS.ffffff`, 26 characters",
                out,
            ),
            Encoding::TimeTz => {
                let value = temporal::stored_timetz(text);
                if let Some((_, offset)) = value {
                    out.extend_from_slice(&offset.to_le_bytes());
                }
                micros(
                    value.map(|(micros, _)| micros),
                    "`HH:MM:SS.ffffff+HH:MM`",
                    out,
                )
            }
            Encoding::UuidHex => pushed(
                uuid::push_plain(text, out),
                "32 lower-case hex digits without hyphens",
            ),
            Encoding::UuidText => pushed(
                uuid::push_hyphenated(text, out),
                "36 characters with hyphens, lower case",
            ),
            Encoding::ArrayJson => array::stored(self, text, out),
            Encoding::HstoreJson => array::stored_hstore(text, out),
            Encoding::DecimalText if number::double(text).is_none() => {
                Form::Wrong("the digits of a decimal")
            }
            Encoding::DecimalText | Encoding::Text | Encoding::Json | Encoding::PgText => {
                out.extend_from_slice(text);
                Form::Right
            }
            Encoding::Integer
            | Encoding::Bool
            | Encoding::Real { .. }
            | Encoding::NumericReal { .. }
            | Encoding::Blob
            | Encoding::VectorF32
            | Encoding::UuidBlob => Form::Wrong("no text"),
        }
    }

    /// Appends the canonical bytes of a stored value whatever its spelling, if another spelling of the same kind of value is
    /// recognised: for matching keys, and for telling a spelling from a value. False when it is not.
    pub fn loose(&self, value: ValueRef<'_>, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        out.push(tag::VALUE);
        let text = match value {
            ValueRef::Text(text) => text.to_vec(),
            ValueRef::Integer(n) => n.to_string().into_bytes(),
            ValueRef::Real(r) => r.to_string().into_bytes(),
            ValueRef::Blob(bytes) => bytes.to_vec(),
            ValueRef::Null => return false,
        };
        let read = match &self.encoding {
            Encoding::UuidHex | Encoding::UuidText | Encoding::UuidBlob => {
                if matches!(value, ValueRef::Blob(_)) && text.len() == 16 {
                    out.extend_from_slice(&text);
                    true
                } else {
                    uuid::push_loose(&text, out)
                }
            }
            Encoding::Timestamp | Encoding::TimestampUtc | Encoding::IntervalEpoch => {
                temporal::loose_timestamp(&text)
                    .map(|v| out.extend_from_slice(&v.to_le_bytes()))
                    .is_some()
            }
            Encoding::Date => temporal::loose_timestamp(&text)
                .map(|v| out.extend_from_slice(&v.div_euclid(temporal::DAY).to_le_bytes()))
                .is_some(),
            Encoding::Time => temporal::pg_time(&text)
                .map(|v| out.extend_from_slice(&v.to_le_bytes()))
                .is_some(),
            Encoding::Integer => number::double(&text)
                .filter(|v| v.fract() == 0.0)
                .and_then(|v| number::integer(format!("{v:.0}").as_bytes()))
                .map(|v| out.extend_from_slice(&v.to_le_bytes()))
                .is_some(),
            Encoding::Bool => match text.to_ascii_lowercase().as_slice() {
                b"t" | b"true" | b"1" | b"yes" => {
                    out.push(1);
                    true
                }
                b"f" | b"false" | b"0" | b"no" => {
                    out.push(0);
                    true
                }
                _ => false,
            },
            Encoding::Real { .. } | Encoding::NumericReal { .. } => match number::double(&text) {
                Some(value) if !value.is_nan() => {
                    push_double(value, out);
                    true
                }
                _ => false,
            },
            Encoding::Text
            | Encoding::PgText
            | Encoding::Json
            | Encoding::DecimalText
            | Encoding::Blob => {
                out.extend_from_slice(&text);
                true
            }
            Encoding::ArrayJson => {
                array::stored(self, &text, out);
                out.last() == Some(&b']')
            }
            Encoding::TimeTz | Encoding::HstoreJson | Encoding::VectorF32 => false,
        };
        if !read {
            out.truncate(start);
        }
        read
    }
}

/// A whole number in a column of doubles: only those that a double has are in its form.
fn push_whole(n: i64, out: &mut Vec<u8>) -> Form {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the loss is what the next line looks for"
    )]
    let double = n as f64;
    // Below 2^53 a double has every whole number.
    if n.unsigned_abs() > 1 << 53 && format!("{double:.0}") != n.to_string() {
        return Form::Wrong("a number that a double keeps");
    }
    push_double(double, out);
    Form::Right
}

/// A stored value's bytes with its storage class.
pub fn push_raw(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => out.push(0),
        ValueRef::Integer(n) => {
            out.push(1);
            out.extend_from_slice(&n.to_le_bytes());
        }
        ValueRef::Real(r) => {
            out.push(2);
            out.extend_from_slice(&r.to_bits().to_le_bytes());
        }
        ValueRef::Text(text) => {
            out.push(3);
            out.extend_from_slice(text);
        }
        ValueRef::Blob(bytes) => {
            out.push(4);
            out.extend_from_slice(bytes);
        }
    }
}
