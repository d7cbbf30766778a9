//! Natives behind the models of the standard library.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use sha2::{Digest as _, Sha256};

use super::interp::{Interp, R};
use super::methods::hex;
use super::text::str_simple;
use super::value::{Args, Instance, Native, Unknown, Value};
use crate::python::decision::EvidenceSet;
use crate::python::files::normalized;
use crate::python::md5::md5_hex;

/// The natives of this module.
pub static NATIVES: &[Native] = &[
    Native {
        name: "copy",
        call: |_, a| Ok(shallow(&a.at(0))),
    },
    Native {
        name: "deepcopy",
        call: |i, a| deep(i, &a.at(0), 0),
    },
    Native {
        name: "force_imports",
        call: |i, _| {
            i.force_imports()?;
            Ok(Value::None)
        },
    },
    Native {
        // A variable of the module that called a library: what a library writes into its `globals()`.
        name: "define",
        call: |i, a| {
            let env = i.frames.iter().rev().find(|f| !f.source.model);
            if let (Some(frame), Some(name)) = (env, a.at(0).as_str()) {
                frame.env.module().set(&name, a.at(1), EvidenceSet::NONE);
            }
            Ok(Value::None)
        },
    },
    Native {
        name: "annotation",
        call: |i, a| {
            let text = a.at(1).as_str().unwrap_or_default();
            i.annotation(&a.at(0), &text)
        },
    },
    Native {
        name: "payload",
        call: |_, a| Ok(a.at(0).plain()),
    },
    Native {
        name: "unknown",
        call: |i, a| {
            let reason = a.at(0).as_str().unwrap_or_default();
            Ok(i.unknown(reason.to_string()))
        },
    },
    Native {
        name: "moment",
        call: |i, a| {
            let reason = a.at(0).as_str().unwrap_or_default();
            Ok(i.unknown_moment(reason.to_string()))
        },
    },
    Native {
        name: "is_unknown",
        call: |_, a| Ok(Value::Bool(matches!(a.at(0), Value::Unknown(_)))),
    },
    Native {
        name: "environ",
        call: |i, a| {
            let Some(name) = a.at(0).as_str() else {
                return Ok(i.unknown("the name of an environment variable is not known"));
            };
            Ok(i.assume(&name, a.at(1)))
        },
    },
    Native {
        name: "normpath",
        call: |_, a| {
            let path = a.at(0).as_str().unwrap_or_default();
            Ok(Value::str(
                normalized(Path::new(&*path)).to_string_lossy().into_owned(),
            ))
        },
    },
    Native {
        name: "path_exists",
        call: |i, a| {
            let Some(path) = a.at(0).as_str() else {
                return Ok(i.unknown("the path of a file is not known"));
            };
            let path = normalized(Path::new(&*path));
            Ok(Value::Bool(
                i.files.is_dir(&path) || i.files.read(&path).is_some(),
            ))
        },
    },
    Native {
        name: "folder_exists",
        call: |i, a| {
            let Some(path) = a.at(0).as_str() else {
                return Ok(i.unknown("the path of a folder is not known"));
            };
            Ok(Value::Bool(i.files.is_dir(&normalized(Path::new(&*path)))))
        },
    },
    Native {
        name: "list_folder",
        call: |i, a| super::files::list(i, &a.at(0)),
    },
    Native {
        name: "read_file",
        call: |i, a| super::files::read(i, &a.at(0)),
    },
    Native {
        name: "json_dumps",
        call: |i, a| {
            let spaced = a.at(4).is_none();
            let mut out = String::new();
            let style = Style {
                ascii: a.at(1).is_true(),
                spaced,
                sorted: a.at(3).is_true(),
            };
            Ok(match write_json(i, &a.at(0), &style, &mut out, 0)? {
                Ok(()) => Value::str(out),
                Err(u) => Value::Unknown(u),
            })
        },
    },
    Native {
        name: "json_loads",
        call: |i, a| {
            let text = match a.at(0).plain() {
                Value::Str(s) => s,
                Value::Bytes(b) => String::from_utf8_lossy(&b).into_owned().into(),
                Value::Unknown(u) => return Ok(Value::Unknown(u)),
                _ => {
                    return Err(i.raise(
                        "TypeError",
                        "the JSON object must be str, bytes or bytearray",
                    ));
                }
            };
            match serde_json::from_str(&text) {
                Ok(value) => Ok(from_json(&value)),
                Err(e) => Err(i.raise("ValueError", e.to_string())),
            }
        },
    },
    Native {
        name: "dedent",
        call: |_, a| {
            Ok(match a.at(0) {
                Value::Str(s) => Value::str(dedent(&s)),
                other => other,
            })
        },
    },
    Native {
        name: "cleandoc",
        call: |_, a| {
            Ok(match a.at(0) {
                Value::Str(s) => {
                    let (first, rest) = s.split_once('\n').unwrap_or((&s, ""));
                    Value::str(
                        format!("{}\n{}", first.trim_start(), dedent(rest))
                            .trim_matches('\n')
                            .to_owned(),
                    )
                }
                other => other,
            })
        },
    },
    Native {
        name: "digest",
        call: |i, a| {
            let data = match a.at(1).plain() {
                Value::Bytes(b) => b,
                Value::Unknown(u) => return Ok(Value::Unknown(u)),
                _ => return Err(i.raise("TypeError", "Strings must be encoded before hashing")),
            };
            Ok(match a.at(0).as_str().as_deref() {
                Some("md5") => Value::str(md5_hex(&data)),
                Some("sha256") => Value::str(hex(&Sha256::digest(&data))),
                _ => i.unknown("this digest is not modelled"),
            })
        },
    },
    Native {
        name: "uuid_hash",
        call: |i, a| {
            if a.at(2).as_int() != Some(3) {
                return Ok(i.unknown("uuid5() is not modelled"));
            }
            let namespace = a.at(0).as_str().unwrap_or_default();
            let mut data: Vec<u8> = (0..namespace.len() / 2)
                .filter_map(|n| u8::from_str_radix(namespace.get(2 * n..2 * n + 2)?, 16).ok())
                .collect();
            data.extend(a.at(1).as_str().unwrap_or_default().as_bytes());
            let digest = md5_hex(&data);
            let variant =
                u8::from_str_radix(digest.get(16..17).unwrap_or("8"), 16).unwrap_or(8) & 3 | 8;
            Ok(Value::str(format!(
                "{}3{}{variant:x}{}",
                digest.get(..12).unwrap_or_default(),
                digest.get(13..16).unwrap_or_default(),
                digest.get(17..).unwrap_or_default()
            )))
        },
    },
    Native {
        name: "regex",
        call: regex_matches,
    },
    Native {
        name: "regex_escape",
        call: |_, a| {
            Ok(Value::str(regex::escape(
                &a.at(0).as_str().unwrap_or_default(),
            )))
        },
    },
    Native {
        name: "import_module",
        call: |i, a| {
            let Some(name) = a.at(0).as_str() else {
                return Ok(i.unknown_code("the name of an imported module is not known"));
            };
            let name = if name.starts_with('.') {
                let package = match a.at(1) {
                    Value::Module(m) => m.name.to_string(),
                    other => other.as_str().unwrap_or_default().to_string(),
                };
                let dots = name.len() - name.trim_start_matches('.').len();
                let mut parts: Vec<&str> = package.split('.').collect();
                for _ in 1..dots {
                    parts.pop();
                }
                parts.push(name.trim_start_matches('.'));
                parts.join(".")
            } else {
                name.to_string()
            };
            i.import(&name)
        },
    },
    Native {
        name: "package_folder",
        call: |i, a| {
            let module = match a.at(0) {
                Value::Str(name) => i.import(&name)?,
                other => other,
            };
            Ok(match &module {
                Value::Module(m) => {
                    let package = m.package.borrow().clone();
                    match package {
                        Some(folder) if !folder.is_empty() => Value::str(folder),
                        _ => i.unknown("the package has no folder below the roots"),
                    }
                }
                _ => i.unknown("the package was not found"),
            })
        },
    },
];

fn shallow(value: &Value) -> Value {
    match value {
        Value::List(s) => Value::list(s.items.borrow().clone()),
        Value::Dict(d) => Value::from_map(d.items.borrow().clone()),
        Value::Set(s) => Value::set(s.items.borrow().values().cloned(), s.frozen),
        Value::Instance(i) => Value::Instance(Rc::new(Instance {
            class: Rc::clone(&i.class),
            attrs: i.attrs.borrow().clone().into(),
            payload: i.payload.borrow().as_ref().map(shallow).into(),
        })),
        other => other.clone(),
    }
}

fn deep(i: &mut Interp<'_>, value: &Value, depth: usize) -> R<Value> {
    i.step()?;
    if depth > 100 {
        return Ok(value.clone());
    }
    Ok(match value {
        Value::List(s) => {
            let mut out = Vec::new();
            for item in s.items.borrow().clone() {
                out.push(deep(i, &item, depth + 1)?);
            }
            Value::list(out)
        }
        Value::Dict(d) => {
            let mut out = crate::python::map::Map::default();
            for (key, (k, v)) in d.items.borrow().clone() {
                out.insert(key, (k, deep(i, &v, depth + 1)?));
            }
            Value::from_map(out)
        }
        other => shallow(other),
    })
}

fn dedent(text: &str) -> String {
    let margin = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.len() - l.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut out: Vec<&str> = Vec::new();
    for line in text.split('\n') {
        out.push(if line.trim().is_empty() {
            ""
        } else {
            line.get(margin..).unwrap_or(line)
        });
    }
    out.join("\n")
}

struct Style {
    ascii: bool,
    spaced: bool,
    sorted: bool,
}

/// A value as JSON, as `json.dumps` writes it by default.
///
/// # Errors
/// As evaluation.
pub fn json_dumps(i: &mut Interp<'_>, value: &Value) -> R<Result<String, Rc<Unknown>>> {
    let mut out = String::new();
    let style = Style {
        ascii: true,
        spaced: true,
        sorted: false,
    };
    Ok(write_json(i, value, &style, &mut out, 0)?.map(|()| out))
}

fn write_json(
    i: &mut Interp<'_>,
    value: &Value,
    style: &Style,
    out: &mut String,
    depth: usize,
) -> R<Result<(), Rc<Unknown>>> {
    i.step()?;
    if depth > 200 {
        return Err(i.raise("RecursionError", "the object is nested too deeply"));
    }
    let (comma, colon) = if style.spaced {
        (", ", ": ")
    } else {
        (",", ":")
    };
    match value.plain() {
        Value::None => out.push_str("null"),
        Value::Bool(b) => out.push_str(if b { "true" } else { "false" }),
        Value::Str(s) => json_string(&s, style.ascii, out),
        Value::Int(_) | Value::Big(_) | Value::Float(_) => {
            out.push_str(&str_simple(&value.plain()))
        }
        Value::List(s) | Value::Tuple(s) => {
            out.push('[');
            for (n, item) in s.items.borrow().clone().iter().enumerate() {
                if n > 0 {
                    out.push_str(comma);
                }
                if let Err(u) = write_json(i, item, style, out, depth + 1)? {
                    return Ok(Err(u));
                }
            }
            out.push(']');
        }
        Value::Dict(d) => {
            out.push('{');
            let mut items: Vec<(Value, Value)> = d.items.borrow().values().cloned().collect();
            if style.sorted {
                items.sort_by_key(|(k, _)| str_simple(k));
            }
            for (n, (key, item)) in items.iter().enumerate() {
                if n > 0 {
                    out.push_str(comma);
                }
                let key = match key.plain() {
                    Value::Bool(b) => b.to_string(),
                    Value::None => "null".to_owned(),
                    other => str_simple(&other),
                };
                json_string(&key, style.ascii, out);
                out.push_str(colon);
                if let Err(u) = write_json(i, item, style, out, depth + 1)? {
                    return Ok(Err(u));
                }
            }
            out.push('}');
        }
        Value::Unknown(u) => return Ok(Err(u)),
        other => {
            let name = i.type_name(&other);
            return Err(i.raise(
                "TypeError",
                format!("Object of type {name} is not JSON serializable"),
            ));
        }
    }
    i.grow(8)?;
    Ok(Ok(()))
}

fn json_string(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 32 || (ascii && !c.is_ascii()) => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A JSON text as `json.loads` gives it; `None` when it is no JSON.
pub fn json_value(text: &str) -> Option<Value> {
    let parsed = serde_json::from_str(text).ok()?;
    Some(from_json(&parsed))
}

fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::None,
        serde_json::Value::Bool(b) => Value::Bool(*b),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(i) => Value::Int(i),
            None => Value::Float(n.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(s) => Value::str(s.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => Value::dict(
            map.iter()
                .map(|(k, v)| (Arc::from(k.as_str()), from_json(v))),
        ),
    }
}

/// `_d.regex(pattern, flags, text, how)`: for each match its spans, groups, names and the text.
fn regex_matches(i: &mut Interp<'_>, a: Args) -> R<Value> {
    let (Some(pattern), Some(text)) = (a.at(0).as_str(), a.at(2).as_str()) else {
        return Ok(i.unknown("the pattern or the text of a regular expression is not known"));
    };
    let flags = a.at(1).as_int().unwrap_or(0);
    let how = a.at(3).as_str().unwrap_or_default();
    let byte = |chars: i64| {
        let chars = usize::try_from(chars).unwrap_or(0);
        text.char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| at)
    };
    let begin = byte(a.at(4).as_int().unwrap_or(0));
    let end = a.at(5).as_int().map_or(text.len(), byte).max(begin);
    let text = text.get(..end).unwrap_or_default();
    let anchored = matches!(&*how, "match" | "full");
    let pattern = match &*how {
        "match" if begin == 0 => format!(r"\A(?:{pattern})"),
        "full" if begin == 0 => format!(r"\A(?:{pattern})\z"),
        "full" => format!(r"(?:{pattern})\z"),
        _ => pattern.to_string(),
    };
    let Some(regex) = compiled(i, pattern.replace(r"\Z", r"\z"), flags) else {
        return Ok(i.unknown("this regular expression is not modelled"));
    };
    let limit = if &*how == "all" { usize::MAX } else { 1 };
    let names: Vec<(Arc<str>, Value)> = regex
        .capture_names()
        .enumerate()
        .filter_map(|(n, name)| Some((Arc::from(name?), Value::Int(i64::try_from(n).ok()?))))
        .collect();
    // Characters before a byte, counted on from the last match: a search goes forward.
    let mut last = (0, 0);
    let mut out = Vec::new();
    let mut at = begin;
    while at <= text.len() && out.len() < limit {
        let Some(found) = regex.captures_at(text, at) else {
            break;
        };
        let whole = found.get(0).map_or(at..at, |m| m.range());
        if anchored && whole.start != begin {
            break;
        }
        // After an empty match the search goes on one character later.
        at = match whole.is_empty() {
            false => whole.end,
            true => text
                .get(whole.end..)
                .and_then(|t| t.chars().next())
                .map_or(usize::MAX, |c| whole.end + c.len_utf8()),
        };
        i.step()?;
        i.grow(256 + 128 * found.len())?;
        last = (whole.start, last.1 + characters(text, last.0..whole.start));
        let count = |byte: usize| {
            let n = match byte.checked_sub(last.0) {
                Some(_) => last.1 + characters(text, last.0..byte),
                None => characters(text, 0..byte),
            };
            Value::Int(i64::try_from(n).unwrap_or(0))
        };
        let mut spans = Vec::new();
        let mut groups = Vec::new();
        for group in found.iter() {
            match group {
                Some(m) => {
                    spans.push(Value::tuple(vec![count(m.start()), count(m.end())]));
                    groups.push(Value::str(m.as_str()));
                }
                None => {
                    spans.push(Value::tuple(vec![Value::Int(-1), Value::Int(-1)]));
                    groups.push(Value::None);
                }
            }
        }
        out.push(Value::tuple(vec![
            Value::list(spans),
            Value::list(groups),
            Value::dict(names.clone()),
            a.at(2),
        ]));
    }
    Ok(Value::list(out))
}

fn characters(text: &str, bytes: std::ops::Range<usize>) -> usize {
    text.get(bytes).map_or(0, |t| t.chars().count())
}

/// A regular expression, compiled once.
fn compiled(i: &mut Interp<'_>, pattern: String, flags: i64) -> Option<Regex> {
    let key = (pattern, flags);
    if let Some(known) = i.state.regexes.get(&key) {
        return known.clone();
    }
    let built = RegexBuilder::new(&key.0)
        .case_insensitive(flags & 2 != 0)
        .multi_line(flags & 8 != 0)
        .dot_matches_new_line(flags & 16 != 0)
        .ignore_whitespace(flags & 64 != 0)
        .size_limit(1 << 20)
        .build()
        .ok();
    // A history has few of them; a script that makes up thousands shall not fill the memory.
    if i.state.regexes.len() >= 256 {
        i.state.regexes.clear();
    }
    i.state.regexes.insert(key, built.clone());
    built
}
