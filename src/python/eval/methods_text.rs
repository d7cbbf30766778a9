//! Methods of strings.

use std::sync::Arc;

use super::interp::{Interp, MAX_TEXT, R};
use super::value::{Args, Value};
use crate::python::syntax::BinOp;

impl Interp<'_> {
    /// Calls a method of a string.
    ///
    /// # Errors
    /// As evaluation.
    pub fn text_method(&mut self, text: &str, name: &str, args: &Args) -> R<Value> {
        if let Some(unknown) = args.pos.iter().find_map(|a| a.unknown().cloned())
            && name != "format"
            && name != "join"
        {
            return Ok(Value::Unknown(unknown));
        }
        let arg = |i: usize| args.pos.get(i).and_then(Value::as_str);
        let chars = |n: Option<super::super::syntax::Name>| {
            let set: Option<Vec<char>> = n.map(|t| t.chars().collect());
            move |c: char| match &set {
                Some(set) => set.contains(&c),
                None => c.is_whitespace(),
            }
        };
        Ok(match name {
            "upper" => Value::str(text.to_uppercase()),
            "lower" | "casefold" => Value::str(text.to_lowercase()),
            "swapcase" => Value::str(
                text.chars()
                    .map(|c| {
                        if c.is_uppercase() {
                            c.to_lowercase().to_string()
                        } else {
                            c.to_uppercase().to_string()
                        }
                    })
                    .collect::<String>(),
            ),
            "strip" => Value::str(text.trim_matches(chars(arg(0)))),
            "lstrip" => Value::str(text.trim_start_matches(chars(arg(0)))),
            "rstrip" => Value::str(text.trim_end_matches(chars(arg(0)))),
            "split" | "rsplit" => return self.split(text, args, name == "rsplit"),
            "splitlines" => {
                let keep = args.get(0, "keepends").is_some_and(|v| v.is_true());
                if keep {
                    Value::list(text.split_inclusive('\n').map(Value::str).collect())
                } else {
                    Value::list(text.lines().map(Value::str).collect())
                }
            }
            "join" => return self.join(text, &args.at(0)),
            "replace" => {
                let (Some(from), Some(to)) = (arg(0), arg(1)) else {
                    return Err(self.raise("TypeError", "replace() arguments must be str"));
                };
                let most = match args.get(2, "count").and_then(|v| v.as_int()) {
                    Some(n) if n >= 0 => usize::try_from(n).unwrap_or(usize::MAX),
                    _ => usize::MAX,
                };
                let times = text.matches(&*from).count().min(most);
                self.fits(text.len().saturating_add(times.saturating_mul(to.len())))?;
                let made = text.replacen(&*from, &to, most);
                Value::str(made)
            }
            "format" => return self.format_method(text, args),
            "format_map" => {
                let pairs = self.pairs(&args.at(0))?.unwrap_or_default();
                let named = pairs
                    .into_iter()
                    .filter_map(|(k, v)| Some((k.as_str()?, v)))
                    .collect();
                return self.format_method(
                    text,
                    &Args {
                        pos: Vec::new(),
                        named,
                    },
                );
            }
            "startswith" | "endswith" => {
                let options: Vec<Value> = match args.at(0) {
                    Value::Tuple(t) => t.items.borrow().clone(),
                    other => vec![other],
                };
                Value::Bool(options.iter().filter_map(Value::as_str).any(|o| {
                    if name == "startswith" {
                        text.starts_with(&*o)
                    } else {
                        text.ends_with(&*o)
                    }
                }))
            }
            "title" => {
                let mut out = String::new();
                let mut start = true;
                for c in text.chars() {
                    if c.is_alphabetic() {
                        if start {
                            out.extend(c.to_uppercase());
                        } else {
                            out.extend(c.to_lowercase());
                        }
                        start = false;
                    } else {
                        out.push(c);
                        start = true;
                    }
                }
                Value::str(out)
            }
            "capitalize" => {
                let mut chars = text.chars();
                let first: String = chars
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .collect();
                Value::str(first + &chars.as_str().to_lowercase())
            }
            "find" | "index" | "rfind" => {
                let part = arg(0).unwrap_or_default();
                let start = args.pos.get(1).and_then(Value::as_int).unwrap_or(0);
                let start = usize::try_from(start).unwrap_or(0);
                let skipped: usize = text.chars().take(start).map(char::len_utf8).sum();
                let tail = text.get(skipped..).unwrap_or_default();
                let at = if name == "rfind" {
                    tail.rfind(&*part)
                } else {
                    tail.find(&*part)
                };
                match at.and_then(|i| tail.get(..i)) {
                    Some(before) => {
                        let n = start + before.chars().count();
                        Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
                    }
                    None if name == "index" => {
                        return Err(self.raise("ValueError", "substring not found"));
                    }
                    None => Value::Int(-1),
                }
            }
            "count" => {
                let n = arg(0).map_or(0, |part| text.matches(&*part).count());
                Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
            }
            "encode" => Value::Bytes(text.as_bytes().into()),
            "isdigit" | "isnumeric" | "isdecimal" => {
                Value::Bool(!text.is_empty() && text.chars().all(char::is_numeric))
            }
            "isalpha" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
            "isalnum" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)),
            "isspace" => Value::Bool(!text.is_empty() && text.chars().all(char::is_whitespace)),
            "isupper" => Value::Bool(
                text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
            ),
            "islower" => Value::Bool(
                text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
            ),
            "isidentifier" => Value::Bool(
                !text.is_empty()
                    && !text.starts_with(|c: char| c.is_numeric())
                    && text.chars().all(|c| c.is_alphanumeric() || c == '_'),
            ),
            "zfill" | "ljust" | "rjust" | "center" => return self.pad(text, name, args),
            "partition" | "rpartition" => {
                let part = arg(0).unwrap_or_default();
                let found = if name == "partition" {
                    text.split_once(&*part)
                } else {
                    text.rsplit_once(&*part)
                };
                Value::tuple(match found {
                    Some((a, b)) => vec![Value::str(a), Value::Str(part), Value::str(b)],
                    None if name == "partition" => {
                        vec![Value::str(text), Value::str(""), Value::str("")]
                    }
                    None => vec![Value::str(""), Value::str(""), Value::str(text)],
                })
            }
            "removeprefix" => {
                Value::str(arg(0).and_then(|p| text.strip_prefix(&*p)).unwrap_or(text))
            }
            "removesuffix" => {
                Value::str(arg(0).and_then(|p| text.strip_suffix(&*p)).unwrap_or(text))
            }
            "expandtabs" => Value::str(text.replace('\t', "        ")),
            _ => self.unknown(format!("str.{name} is not modelled")),
        })
    }

    fn pad(&mut self, text: &str, name: &str, args: &Args) -> R<Value> {
        let width = args
            .at(0)
            .as_int()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0);
        if width > 1 << 20 {
            return self.stop("a string is padded beyond a megabyte");
        }
        let missing = width.saturating_sub(text.chars().count());
        let fill = args.at(1).as_str().unwrap_or_else(|| Arc::from(" "));
        Ok(Value::str(match name {
            "zfill" => {
                let (sign, digits) = match text.strip_prefix(['-', '+']) {
                    Some(rest) => text.split_at(text.len() - rest.len()),
                    None => ("", text),
                };
                format!("{sign}{}{digits}", "0".repeat(missing))
            }
            "ljust" => format!("{text}{}", fill.repeat(missing)),
            "rjust" => format!("{}{text}", fill.repeat(missing)),
            _ => format!(
                "{}{text}{}",
                fill.repeat(missing / 2),
                fill.repeat(missing - missing / 2)
            ),
        }))
    }

    fn split(&mut self, text: &str, args: &Args, from_right: bool) -> R<Value> {
        let separator = args.get(0, "sep").and_then(|v| v.as_str());
        let limit = args
            .get(1, "maxsplit")
            .and_then(|v| v.as_int())
            .and_then(|n| usize::try_from(n).ok());
        let parts: Vec<&str> = match (&separator, limit) {
            (Some(s), _) if s.is_empty() => return Err(self.raise("ValueError", "empty separator")),
            (Some(s), None) => text.split(&**s).collect(),
            (Some(s), Some(n)) if from_right => {
                let mut parts: Vec<&str> = text.rsplitn(n + 1, &**s).collect();
                parts.reverse();
                parts
            }
            (Some(s), Some(n)) => text.splitn(n + 1, &**s).collect(),
            (None, None) => text.split_whitespace().collect(),
            (None, Some(n)) => {
                let mut parts = Vec::new();
                let mut rest = text.trim_start();
                while parts.len() < n && !rest.is_empty() {
                    match rest.split_once(char::is_whitespace) {
                        Some((head, tail)) => {
                            parts.push(head);
                            rest = tail.trim_start();
                        }
                        None => break,
                    }
                }
                if !rest.is_empty() {
                    parts.push(rest);
                }
                parts
            }
        };
        self.grow(text.len() + parts.len() * 32)?;
        Ok(Value::list(parts.into_iter().map(Value::str).collect()))
    }

    /// Counts a text before it is made.
    fn fits(&mut self, bytes: usize) -> R<()> {
        if bytes > MAX_TEXT {
            return self.stop("a string grows beyond 64 MB");
        }
        self.grow(bytes)?;
        self.work(bytes)
    }

    fn join(&mut self, separator: &str, items: &Value) -> R<Value> {
        let items = match self.iterate(items)? {
            Ok(items) => items,
            Err(u) => return Ok(Value::Unknown(u)),
        };
        let mut result = Value::str("");
        let known: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
        if let Some(parts) = known {
            let between = separator
                .len()
                .saturating_mul(parts.len().saturating_sub(1));
            let inside: usize = parts.iter().map(|part| part.len()).sum();
            self.fits(inside.saturating_add(between))?;
            let text = parts.join(separator);
            return Ok(Value::str(text));
        }
        for (i, item) in items.iter().enumerate() {
            if item.unknown().is_none() && item.as_str().is_none() {
                let name = self.type_name(item);
                let m = format!("sequence item {i}: expected str instance, {name} found");
                return Err(self.raise("TypeError", m));
            }
            if i > 0 {
                result = self.binary(BinOp::Add, &result, &Value::str(separator))?;
            }
            result = self.binary(BinOp::Add, &result, item)?;
        }
        Ok(result)
    }
}
