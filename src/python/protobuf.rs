//! Enum types of Protocol Buffers, out of the serialized descriptor that generated `_pb2.py` modules carry.
//!
//! The wire format and the field numbers are those of `google/protobuf/descriptor.proto`.

use super::eval::value::{Native, Value};

/// Deepest message inside messages that is looked into.
const MAX_DEPTH: usize = 20;

/// The native of this module.
pub static NATIVES: &[Native] = &[Native {
    // The enums and the messages of a serialized `FileDescriptorProto`: lists of
    // `(message or "", name, [(value name, number)])` and of names.
    name: "protobuf_types",
    call: |i, a| {
        let Value::Bytes(bytes) = a.at(0) else {
            return Ok(i.unknown("the descriptor of a protobuf module is not known"));
        };
        i.grow(bytes.len())?;
        let mut found = Found::default();
        if file(&bytes, &mut found).is_none() {
            return Ok(i.unknown("the descriptor of a protobuf module is damaged"));
        }
        let enums = found.enums.into_iter().map(|(owner, name, values)| {
            let values = values
                .into_iter()
                .map(|(name, number)| Value::tuple(vec![Value::str(name), Value::Int(number)]));
            Value::tuple(vec![
                Value::str(owner),
                Value::str(name),
                Value::list(values.collect()),
            ])
        });
        let messages = found.messages.into_iter().map(Value::str);
        Ok(Value::tuple(vec![
            Value::list(enums.collect()),
            Value::list(messages.collect()),
        ]))
    },
}];

type Enum = (String, String, Vec<(String, i64)>);

#[derive(Default)]
struct Found {
    enums: Vec<Enum>,
    messages: Vec<String>,
}

/// A field's content.
enum Field<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

/// The fields of a message with their numbers; `None` when the bytes are none.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let field = match tag & 7 {
            0 => Field::Number(varint(&mut bytes)?),
            1 => Field::Bytes(take(&mut bytes, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Field::Bytes(take(&mut bytes, length)?)
            }
            5 => Field::Bytes(take(&mut bytes, 4)?),
            _ => return None,
        };
        out.push((tag >> 3, field));
    }
    Some(out)
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let [byte] = take(bytes, 1)? else { return None };
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn file(bytes: &[u8], found: &mut Found) -> Option<()> {
    for (number, field) in fields(bytes)? {
        match (number, field) {
            (4, Field::Bytes(inner)) => message(inner, "", found, 0)?,
            (5, Field::Bytes(inner)) => enumeration(inner, "", found)?,
            _ => {}
        }
    }
    Some(())
}

fn message(bytes: &[u8], owner: &str, found: &mut Found, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let fields = fields(bytes)?;
    let own = fields.iter().find_map(|(number, field)| match field {
        Field::Bytes(name) if *number == 1 => Some(text(name)),
        _ => None,
    })?;
    let name = if owner.is_empty() {
        own
    } else {
        format!("{owner}.{own}")
    };
    found.messages.push(name.clone());
    for (number, field) in &fields {
        match (number, field) {
            (3, Field::Bytes(inner)) => message(inner, &name, found, depth + 1)?,
            (4, Field::Bytes(inner)) => enumeration(inner, &name, found)?,
            _ => {}
        }
    }
    Some(())
}

fn enumeration(bytes: &[u8], owner: &str, found: &mut Found) -> Option<()> {
    let mut name = String::new();
    let mut values = Vec::new();
    for (number, field) in fields(bytes)? {
        match (number, field) {
            (1, Field::Bytes(own)) => name = text(own),
            (2, Field::Bytes(inner)) => {
                let mut value = (String::new(), 0);
                for (number, field) in fields(inner)? {
                    match (number, field) {
                        (1, Field::Bytes(own)) => value.0 = text(own),
                        // An `int32`: negative ones are written as 64 bits in two's complement.
                        (2, Field::Number(n)) => value.1 = n.cast_signed(),
                        _ => {}
                    }
                }
                values.push(value);
            }
            _ => {}
        }
    }
    found.enums.push((owner.to_owned(), name, values));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_of_files_and_messages() {
        // enum Colour { RED = 0; BLUE = -1; } message Car { enum Kind { VAN = 2; } }
        let mut colour = b"\x0a\x06Colour\x12\x07\x0a\x03RED\x10\x00".to_vec();
        colour.extend(b"\x12\x11\x0a\x04BLUE\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
        let kind = b"\x0a\x04Kind\x12\x07\x0a\x03VAN\x10\x02";
        let mut car = b"\x0a\x03Car\x22".to_vec();
        car.push(u8::try_from(kind.len()).unwrap_or_default());
        car.extend(kind);
        let mut bytes = vec![0x22, u8::try_from(car.len()).unwrap_or_default()];
        bytes.extend(car);
        bytes.extend([0x2a, u8::try_from(colour.len()).unwrap_or_default()]);
        bytes.extend(colour);
        let mut found = Found::default();
        assert!(file(&bytes, &mut found).is_some());
        assert_eq!(found.messages, ["Car"]);
        assert_eq!(
            found.enums,
            [
                (
                    "Car".to_owned(),
                    "Kind".to_owned(),
                    vec![("VAN".to_owned(), 2)]
                ),
                (
                    String::new(),
                    "Colour".to_owned(),
                    vec![("RED".to_owned(), 0), ("BLUE".to_owned(), -1)]
                ),
            ]
        );
        assert!(file(b"\x22\xff", &mut Found::default()).is_none());
    }
}
