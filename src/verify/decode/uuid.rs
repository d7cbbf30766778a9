//! UUIDs and bytes in hex.

/// Value of a hex digit.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Appends the bytes of hex text; false when it is not hex.
pub(super) fn push_hex(text: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut pairs = text.chunks_exact(2);
    for pair in pairs.by_ref() {
        let value = match pair {
            [high, low] => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match value {
            Some((high, low)) => out.push(high * 16 + low),
            None => {
                out.truncate(start);
                return false;
            }
        }
    }
    if pairs.remainder().is_empty() {
        return true;
    }
    out.truncate(start);
    false
}

/// Appends the 16 bytes of a UUID in any spelling that PostgreSQL or Python takes.
pub(super) fn push_loose(text: &[u8], out: &mut Vec<u8>) -> bool {
    let text = text.strip_prefix(b"urn:uuid:").unwrap_or(text);
    let digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|b| !b"{}-".contains(b))
        .collect();
    digits.len() == 32 && push_hex(&digits, out)
}

/// Appends the 16 bytes of `8-4-4-4-12` lower-case digits.
pub(super) fn push_hyphenated(text: &[u8], out: &mut Vec<u8>) -> bool {
    let shape = text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
        });
    shape && push_loose(text, out)
}

/// Appends the 16 bytes of 32 lower-case digits.
pub(super) fn push_plain(text: &[u8], out: &mut Vec<u8>) -> bool {
    let shape = text.len() == 32
        && text
            .iter()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b));
    shape && push_hex(text, out)
}

/// Appends the bytes of a bytea as PostgreSQL prints it: `\x..`, or the escape form of old settings.
pub(super) fn push_bytea(text: &[u8], out: &mut Vec<u8>) -> bool {
    if let Some(hex) = text.strip_prefix(b"\\x") {
        return push_hex(hex, out);
    }
    let start = out.len();
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        match rest {
            [b'\\', tail @ ..] => {
                out.push(b'\\');
                rest = tail;
            }
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..] => {
                out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = tail;
            }
            _ => {
                out.truncate(start);
                return false;
            }
        }
    }
    true
}

/// Appends the text that PostgreSQL prints of a bytea under `bytea_output = hex`; dumps have the setting of their database.
pub(super) fn push_bytea_text(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut bytes = Vec::new();
    if !push_bytea(text, &mut bytes) {
        return false;
    }
    out.extend_from_slice(b"\\x");
    for byte in bytes {
        out.extend_from_slice(format!("{byte:02x}").as_bytes());
    }
    true
}

/// The bytes that hex digits name, in pieces; `false` where they are none.
pub(super) fn hex_pieces(hex: &[u8], piece: &mut dyn FnMut(&[u8])) -> bool {
    let mut out = Vec::with_capacity(1 << 15);
    hex.chunks(1 << 16).all(|digits| {
        out.clear();
        let good = push_hex(digits, &mut out);
        piece(&out);
        good
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytea_in_both_forms() {
        let (mut hex, mut escape) = (Vec::new(), Vec::new());
        assert!(push_bytea(b"\\x00ff5c41", &mut hex));
        assert!(push_bytea(b"\\000\\377\\\\A", &mut escape));
        assert_eq!(hex, escape);
        assert!(!push_bytea(b"\\x0", &mut hex));
        assert!(!push_bytea(b"\\9", &mut hex));
    }
}
