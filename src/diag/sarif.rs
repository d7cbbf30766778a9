//! Diagnostics as SARIF 2.1.0 (OASIS standard), which code hosts and editors read.
//!
//! Lines and columns are from 1, columns count Unicode code points (`columnKind`). Paths below the base folder become relative URIs.
//! Fingerprints are made of the code, the file, the revision, the source line and the sentence, not of line numbers, so that
//! a diagnostic keeps its own when something is written above it.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Code, Diagnostic, Diagnostics, Place, Severity};

/// Where the standard's schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One run with all diagnostics; `base` is the folder that relative URIs start from.
pub fn to_sarif(diagnostics: &Diagnostics, base: &Path) -> Value {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| result(diagnostic, base, &mut seen))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "decant",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn rule(code: Code) -> Value {
    let lines: Vec<&str> = code.explanation().lines().map(str::trim).collect();
    let short = lines.first().copied().unwrap_or_default();
    let explanation = lines.join("\n");
    json!({
        "id": code.name(),
        "shortDescription": { "text": short },
        "fullDescription": { "text": explanation },
        "help": { "text": format!("{explanation}\n\n`decant explain {code}` prints this.") },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(diagnostic: &Diagnostic, base: &Path, seen: &mut HashMap<String, u32>) -> Value {
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("\nHelp: ");
        message.push_str(help);
    }
    let mut result = Map::new();
    result.insert("ruleId".into(), json!(diagnostic.code.name()));
    let index = Code::ALL.iter().position(|code| *code == diagnostic.code);
    result.insert("ruleIndex".into(), json!(index));
    result.insert("level".into(), json!(level(diagnostic.severity)));
    result.insert("message".into(), json!({ "text": message }));
    let mut told = format!("{}\0{}", diagnostic.code, diagnostic.message);
    if let Some(origin) = &diagnostic.origin {
        let uri = uri(&origin.place.file, base);
        told = format!("{told}\0{uri}\0{}\0{}", origin.revision, origin.place.text);
        let mut location = Map::new();
        if !uri.is_empty() {
            let mut physical = json!({ "artifactLocation": { "uri": uri } });
            if let (Some(region), Some(map)) = (region(&origin.place), physical.as_object_mut()) {
                map.insert("region".into(), region);
            }
            location.insert("physicalLocation".into(), physical);
        }
        if !origin.revision.is_empty() {
            location.insert(
                "logicalLocations".into(),
                json!([{ "name": origin.revision, "kind": "module" }]),
            );
        }
        if !location.is_empty() {
            result.insert("locations".into(), json!([location]));
        }
    }
    // The same thing said of two equal lines.
    let times = seen.entry(told.clone()).or_default();
    *times += 1;
    let digest = Sha256::digest(format!("{told}\0{times}"));
    let print: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
    result.insert("partialFingerprints".into(), json!({ "decant/v1": print }));
    Value::Object(result)
}

fn region(place: &Place) -> Option<Value> {
    if place.line == 0 {
        return None;
    }
    let mut region = Map::new();
    region.insert("startLine".into(), json!(place.line));
    if place.column > 0 {
        let width = u32::try_from(place.text.chars().count()).unwrap_or(u32::MAX);
        let room = width.saturating_sub(place.column - 1).max(1);
        let length = place.length.clamp(1, room);
        region.insert("startColumn".into(), json!(place.column));
        region.insert("endColumn".into(), json!(place.column + length));
    }
    if !place.text.is_empty() {
        region.insert("snippet".into(), json!({ "text": place.text }));
    }
    Some(Value::Object(region))
}

/// A path as a URI: relative where it is below the base folder, else `file:`.
fn uri(file: &str, base: &Path) -> String {
    let path = Path::new(file);
    let relative = path.strip_prefix(base).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for part in relative.to_string_lossy().replace('\\', "/").split('/') {
        match part {
            "." => {}
            _ => parts.push(encode(part)),
        }
    }
    let joined = parts.join("/");
    if joined.starts_with('/') {
        format!("file://{joined}")
    } else {
        joined
    }
}

/// A segment of a path with everything escaped that RFC 3986 does not allow in a relative reference's segment.
fn encode(segment: &str) -> String {
    segment
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'@' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Origin;

    fn at(line: u32, text: &str) -> Diagnostic {
        Diagnostic::new(Code::UnknownValue, "the name is not known").at(Origin {
            revision: "1a2b".into(),
            place: Place {
                file: "/work/app/my versions/ü.py".into(),
                line,
                column: 5,
                text: text.into(),
                length: 40,
            },
            ..Origin::default()
        })
    }

    #[test]
    fn places_are_relative_and_fingerprints_stay_when_lines_move() {
        let print = |diagnostics: &[Diagnostic]| {
            let mut all = Diagnostics::new();
            diagnostics.iter().for_each(|d| all.push(d.clone()));
            to_sarif(&all, Path::new("/work/app"))
        };
        let one = print(&[
            at(3, "    op.drop_table(näme)"),
            at(9, "    op.drop_table(näme)"),
        ]);
        let moved = print(&[at(7, "    op.drop_table(näme)")]);
        let get =
            |v: &Value, i: usize, p: &str| v.pointer(&format!("/runs/0/results/{i}{p}")).cloned();
        let physical = "/locations/0/physicalLocation";
        assert_eq!(
            get(&one, 0, &format!("{physical}/artifactLocation/uri")),
            Some(json!("my%20versions/%C3%BC.py"))
        );
        // 23 characters in the line: the end stays inside it.
        assert_eq!(
            get(&one, 0, &format!("{physical}/region/endColumn")),
            Some(json!(24))
        );
        assert_eq!(
            get(&one, 0, "/partialFingerprints"),
            get(&moved, 0, "/partialFingerprints")
        );
        assert_ne!(
            get(&one, 0, "/partialFingerprints"),
            get(&one, 1, "/partialFingerprints")
        );
        assert_eq!(get(&one, 0, "/level"), Some(json!("error")));
    }
}
