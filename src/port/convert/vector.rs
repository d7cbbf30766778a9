//! pgvector's vectors as libSQL keeps them.

use super::{Cell, Decoded, Made, damaged};

/// Writes the numbers of `[1,2.5,-3e-07]`, each as a little-endian float4.
pub(super) fn floats<'a>(cell: Cell<'a>, out: &mut Vec<u8>) -> Decoded<Made<'a>> {
    let (Cell::Text(text) | Cell::Binary(text)) = cell else {
        return Ok(Made::Null);
    };
    let inner = text
        .strip_prefix(b"[")
        .and_then(|t| t.strip_suffix(b"]"))
        .and_then(|t| std::str::from_utf8(t).ok());
    let Some(inner) = inner else {
        return damaged("its text is no vector");
    };
    for number in inner.split(',') {
        match number.trim().parse::<f32>() {
            Ok(value) if value.is_finite() => out.extend_from_slice(&value.to_le_bytes()),
            _ => return damaged("a number of its vector is none"),
        }
    }
    Ok(Made::ScratchBlob)
}
