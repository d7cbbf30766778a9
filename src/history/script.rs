//! One script as it was read: its text, decoded as Python would, and its checksum.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use regex::Regex;
use sha2::{Digest, Sha256};

use super::Error;

/// One file of a history as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScriptFile {
    /// Path as the user gave it, with `/` between folders.
    pub path: String,
    /// The real path, links resolved.
    pub absolute: PathBuf,
    /// The decoded text, without a byte order mark.
    pub text: Arc<str>,
    /// SHA-256 of the bytes, in lower-case hexadecimal.
    pub sha256: String,
}

impl ScriptFile {
    /// Reads one Python file.
    ///
    /// # Errors
    /// When it cannot be read or is not text in the encoding it declares.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let fault = |cause| Error::Read {
            path: path.to_owned(),
            cause,
        };
        let bytes = std::fs::read(path).map_err(fault)?;
        Ok(Self {
            path: slashed(path),
            absolute: path.canonicalize().map_err(fault)?,
            text: decode(path, &bytes)?.into(),
            sha256: sha256_hex(&bytes),
        })
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A path with `/` between folders, without a leading `./`.
pub(crate) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

static COOKIE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[ \t\x0c]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)").ok());

/// Decodes by PEP 263: a comment in line 1 or 2 names the encoding, UTF-8 otherwise.
fn decode(path: &Path, bytes: &[u8]) -> Result<String, Error> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let declared = body.split(|b| *b == b'\n').take(2).find_map(|line| {
        let line = String::from_utf8_lossy(line);
        let name = COOKIE.as_ref()?.captures(&line)?.get(1)?;
        Some(name.as_str().to_lowercase().replace('_', "-"))
    });
    let name = declared.as_deref().unwrap_or("utf-8");
    if matches!(
        name,
        "latin-1" | "latin1" | "l1" | "iso-8859-1" | "iso8859-1" | "cp819" | "iso-latin-1"
    ) {
        return Ok(body.iter().map(|b| char::from(*b)).collect());
    }
    // Any other encoding of ASCII text reads as UTF-8 does; what does not is said with its line.
    std::str::from_utf8(body)
        .map(str::to_owned)
        .map_err(|fault| {
            let before = body.get(..fault.valid_up_to()).unwrap_or_default();
            Error::Encoding {
                path: path.to_owned(),
                line: before.iter().filter(|b| **b == b'\n').count() + 1,
                encoding: name.to_owned(),
            }
        })
}
