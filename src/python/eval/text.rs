//! `str`, `repr`, `%` and `format`.

use std::fmt::Write as _;
use std::rc::Rc;

use super::interp::{Interp, MAX_TEXT, R};
use super::value::{HOLE, Unknown, Value};
use crate::python::syntax::Name;

impl Interp<'_> {
    /// `str(value)`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn str(&mut self, value: &Value) -> R<Value> {
        if matches!(value, Value::Instance(_)) {
            if let Some(text) = self.try_method(value, "__str__", Vec::new())? {
                return Ok(text);
            }
            if let Value::Str(text) = value.plain() {
                return Ok(Value::Str(text));
            }
        }
        match value {
            Value::Str(_) | Value::Unknown(_) => Ok(value.clone()),
            _ => self.repr(value),
        }
    }

    /// `repr(value)`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn repr(&mut self, value: &Value) -> R<Value> {
        if let Value::Unknown(_) = value {
            return Ok(value.clone());
        }
        if let Some(text) = self.try_method(value, "__repr__", Vec::new())? {
            return Ok(text);
        }
        let plain = value.plain();
        let identity = match &plain {
            Value::List(_) | Value::Tuple(_) | Value::Dict(_) => plain.identity(),
            _ => 0,
        };
        if identity != 0 && self.printing.contains(&identity) {
            // A container inside itself.
            return Ok(Value::str(match plain {
                Value::Dict(_) => "{...}",
                Value::List(_) => "[...]",
                _ => "(...)",
            }));
        }
        self.printing.push(identity);
        let text = self.repr_plain(&plain);
        self.printing.pop();
        let text = text?;
        self.grow(text.len())?;
        self.work(text.len())?;
        Ok(Value::str(text))
    }

    fn repr_plain(&mut self, plain: &Value) -> R<String> {
        Ok(match plain {
            Value::List(s) => {
                let items = s.items.borrow().clone();
                format!("[{}]", self.reprs(&items)?.join(", "))
            }
            Value::Tuple(s) => {
                let items = s.items.borrow().clone();
                let parts = self.reprs(&items)?;
                match parts.as_slice() {
                    [one] => format!("({one},)"),
                    _ => format!("({})", parts.join(", ")),
                }
            }
            Value::Set(s) => {
                let items: Vec<Value> = s.items.borrow().values().cloned().collect();
                let inside = self.reprs(&items)?.join(", ");
                match (items.is_empty(), s.frozen) {
                    (true, true) => "frozenset()".to_owned(),
                    (true, false) => "set()".to_owned(),
                    (false, true) => format!("frozenset({{{inside}}})"),
                    (false, false) => format!("{{{inside}}}"),
                }
            }
            Value::Dict(d) => {
                let items: Vec<(Value, Value)> = d.items.borrow().values().cloned().collect();
                let mut parts = Vec::with_capacity(items.len());
                for (key, value) in items {
                    let pair = self.reprs(&[key, value])?;
                    parts.push(pair.join(": "));
                }
                format!("{{{}}}", parts.join(", "))
            }
            other => repr_simple(other),
        })
    }

    fn reprs(&mut self, items: &[Value]) -> R<Vec<String>> {
        let mut out: Vec<String> = Vec::with_capacity(items.len());
        let mut total = 0;
        for item in items {
            self.step()?;
            let text = self.deeper(|i| i.repr(item))?;
            out.push(match text {
                Value::Unknown(_) => HOLE.to_string(),
                other => other.as_str().unwrap_or_default().to_string(),
            });
            total += out.last().map_or(0, String::len);
            if total > MAX_TEXT {
                return self.stop("a string grows beyond 64 MB");
            }
        }
        Ok(out)
    }

    /// `format(value, spec)`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn format_value(&mut self, value: &Value, spec: &str) -> R<Result<Name, Rc<Unknown>>> {
        if let Some(formatted) = self.try_method(value, "__format__", vec![Value::str(spec)])? {
            return Ok(text_or_unknown(&formatted));
        }
        if spec.is_empty() {
            let text = self.str(value)?;
            return Ok(text_or_unknown(&text));
        }
        let plain = value.plain();
        let body = match &plain {
            Value::Int(_) | Value::Float(_) | Value::Big(_) | Value::Bool(_) => plain.clone(),
            _ => self.str(value)?,
        };
        match &body {
            Value::Unknown(u) => Ok(Err(Rc::clone(u))),
            body => match apply_spec(body, spec) {
                Some(text) => Ok(Ok(text.into())),
                None => Err(self.raise("ValueError", "Invalid format specifier")),
            },
        }
    }

    /// `text % value`.
    ///
    /// # Errors
    /// `TypeError`.
    pub fn percent(&mut self, format: &str, value: &Value) -> R<Value> {
        let mut args: std::collections::VecDeque<Value> = match value {
            Value::Tuple(t) => t.items.borrow().iter().cloned().collect(),
            other => std::iter::once(other.clone()).collect(),
        };
        let mut out = String::new();
        let mut unknown: Option<Rc<Unknown>> = None;
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut key = None;
            if chars.peek() == Some(&'(') {
                chars.next();
                let mut name = String::new();
                for c in chars.by_ref() {
                    if c == ')' {
                        break;
                    }
                    name.push(c);
                }
                key = Some(name);
            }
            let mut spec = String::new();
            while let Some(&c) = chars.peek() {
                if c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | '#' | ' ') {
                    spec.push(c);
                    chars.next();
                } else {
                    break;
                }
            }
            let Some(kind) = chars.next() else {
                return Err(self.raise("ValueError", "incomplete format"));
            };
            if kind == '%' {
                out.push('%');
                continue;
            }
            let item = match &key {
                Some(key) => self.subscript(value, &Value::str(key.as_str()))?,
                None => match args.pop_front() {
                    Some(item) => item,
                    None => {
                        return Err(
                            self.raise("TypeError", "not enough arguments for format string")
                        );
                    }
                },
            };
            let text = match kind {
                'r' | 'a' => {
                    let text = self.repr(&item)?;
                    text_or_unknown(&text)
                }
                's' => {
                    let text = self.str(&item)?;
                    text_or_unknown(&text)
                }
                _ => match item.plain() {
                    Value::Unknown(u) => Err(u),
                    number => {
                        let kind = if kind == 'i' || kind == 'u' {
                            'd'
                        } else {
                            kind
                        };
                        let number = match (kind, &number) {
                            ('d', Value::Float(f)) => super::builtins::int_of_float(*f),
                            _ => number,
                        };
                        let spec_text = format!("{}{kind}", spec.replace('-', "<"));
                        match apply_spec(&number, &spec_text) {
                            Some(text) => Ok(text.into()),
                            None => return Err(self.raise("TypeError", "a number is required")),
                        }
                    }
                },
            };
            match text {
                Ok(text) if matches!(kind, 's' | 'r') && !spec.is_empty() => {
                    let (left, spec) = match spec.strip_prefix('-') {
                        Some(rest) => ("<", rest),
                        None => (">", spec.as_str()),
                    };
                    let padded = apply_spec(&Value::Str(text), &format!("{left}{spec}"));
                    out.push_str(&padded.unwrap_or_default());
                }
                Ok(text) => out.push_str(&text),
                Err(u) => {
                    match &u.text {
                        Some(text) => out.push_str(text),
                        None => out.push(HOLE),
                    }
                    unknown = unknown.or(Some(u));
                }
            }
            if out.len() > MAX_TEXT {
                return self.stop("a string grows beyond 64 MB");
            }
        }
        let mapping = matches!(value.plain(), Value::Dict(_) | Value::Unknown(_));
        if !args.is_empty() && !mapping && matches!(value, Value::Tuple(_)) {
            return Err(self.raise(
                "TypeError",
                "not all arguments converted during string formatting",
            ));
        }
        self.grow(out.len())?;
        Ok(match unknown {
            Some(u) => self.unknown_text(&u, out),
            None => Value::str(out),
        })
    }

    /// `text.format(..)`.
    ///
    /// # Errors
    /// `KeyError`, `IndexError`, `ValueError`.
    pub fn format_method(&mut self, format: &str, args: &super::value::Args) -> R<Value> {
        let mut out = String::new();
        let mut unknown: Option<Rc<Unknown>> = None;
        let mut next = 0usize;
        let chars: Vec<char> = format.chars().collect();
        let mut i = 0;
        while let Some(&c) = chars.get(i) {
            i += 1;
            let doubled = chars.get(i) == Some(&c);
            if (c == '{' || c == '}') && doubled {
                out.push(c);
                i += 1;
                continue;
            }
            if c == '}' {
                return Err(self.raise("ValueError", "Single '}' encountered in format string"));
            }
            if c != '{' {
                out.push(c);
                continue;
            }
            let mut field = String::new();
            let mut depth = 1;
            while let Some(&c) = chars.get(i) {
                i += 1;
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                field.push(c);
            }
            if depth != 0 {
                return Err(self.raise("ValueError", "expected '}' before end of string"));
            }
            let (name, spec) = match field.split_once(':') {
                Some((n, s)) => (n.to_owned(), s.to_owned()),
                None => (field, String::new()),
            };
            let spec = if spec.contains('{') {
                let nested = self.format_method(&spec, args)?;
                nested.as_str().unwrap_or_default().to_string()
            } else {
                spec
            };
            let (name, conversion) = match name.split_once('!') {
                Some((n, c)) => (n.to_owned(), Some(c.to_owned())),
                None => (name, None),
            };
            let value = self.format_field(&name, args, &mut next)?;
            let value = match conversion.as_deref() {
                Some("r" | "a") => self.repr(&value)?,
                Some(_) => self.str(&value)?,
                None => value,
            };
            let text = match &value {
                Value::Unknown(u) => Err(Rc::clone(u)),
                _ => self.format_value(&value, &spec)?,
            };
            match text {
                Ok(text) => out.push_str(&text),
                Err(u) => {
                    match &u.text {
                        Some(text) => out.push_str(text),
                        None => out.push(HOLE),
                    }
                    unknown = unknown.or(Some(u));
                }
            }
            if out.len() > MAX_TEXT {
                return self.stop("a string grows beyond 64 MB");
            }
        }
        self.grow(out.len())?;
        Ok(match unknown {
            Some(u) => self.unknown_text(&u, out),
            None => Value::str(out),
        })
    }

    fn format_field(
        &mut self,
        name: &str,
        args: &super::value::Args,
        next: &mut usize,
    ) -> R<Value> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut rest) = name.split_at(end);
        let mut value = if first.is_empty() {
            *next += 1;
            args.pos.get(*next - 1).cloned()
        } else if let Ok(index) = first.parse::<usize>() {
            args.pos.get(index).cloned()
        } else {
            args.named.get(first).cloned()
        };
        if value.is_none() {
            let class = if first.is_empty() {
                "IndexError"
            } else {
                "KeyError"
            };
            return Err(self.raise(class, format!("'{first}'")));
        }
        while !rest.is_empty() {
            let current = value.take().unwrap_or(Value::None);
            if let Some(tail) = rest.strip_prefix('.') {
                let end = tail.find(['.', '[']).unwrap_or(tail.len());
                let (attr, after) = tail.split_at(end);
                value = Some(self.getattr(&current, attr)?);
                rest = after;
            } else if let Some((index, after)) =
                rest.strip_prefix('[').and_then(|t| t.split_once(']'))
            {
                let key = match index.parse::<i64>() {
                    Ok(i) => Value::Int(i),
                    Err(_) => Value::str(index),
                };
                value = Some(self.subscript(&current, &key)?);
                rest = after;
            } else {
                value = Some(current);
                break;
            }
        }
        Ok(value.unwrap_or(Value::None))
    }
}

fn text_or_unknown(value: &Value) -> Result<Name, Rc<Unknown>> {
    match value {
        Value::Unknown(u) => Err(Rc::clone(u)),
        other => Ok(other.as_str().unwrap_or_default()),
    }
}

/// `str()` of a value without methods of its own.
pub fn str_simple(value: &Value) -> String {
    match value.plain() {
        Value::Str(s) => s.to_string(),
        Value::Unknown(u) => u
            .text
            .as_ref()
            .map_or_else(|| HOLE.to_string(), |t| t.to_string()),
        other => repr_simple(&other),
    }
}

/// `repr()` of a value without methods of its own.
pub fn repr_simple(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::NotImplemented => "NotImplemented".to_owned(),
        Value::Ellipsis => "Ellipsis".to_owned(),
        Value::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
        Value::Int(i) => i.to_string(),
        Value::Big(b) => b.to_string(),
        Value::Float(f) => float_text(*f),
        Value::Str(s) => quote(s),
        Value::Bytes(b) => {
            let mut out = String::from("b'");
            for byte in b.iter() {
                match byte {
                    b'\'' | b'\\' => {
                        out.push('\\');
                        out.push(char::from(*byte));
                    }
                    32..=126 => out.push(char::from(*byte)),
                    _ => {
                        let _ = write!(out, "\\x{byte:02x}");
                    }
                }
            }
            out.push('\'');
            out
        }
        Value::Range(r) => match r[2] {
            1 => format!("range({}, {})", r[0], r[1]),
            _ => format!("range({}, {}, {})", r[0], r[1], r[2]),
        },
        Value::List(s) => join(&s.items.borrow(), "[", "]"),
        Value::Tuple(s) => join(&s.items.borrow(), "(", ")"),
        Value::Dict(_) => "{..}".to_owned(),
        Value::Set(_) => "{..}".to_owned(),
        Value::Function(f) => format!("<function {}>", f.code.name),
        Value::Class(c) => format!("<class '{}'>", c.path()),
        Value::Instance(i) => match &*i.payload.borrow() {
            Some(payload) => repr_simple(payload),
            None => format!("<{} object>", i.class.path()),
        },
        Value::Module(m) => format!("<module '{}'>", m.name),
        Value::Unknown(_) => HOLE.to_string(),
        _ => "<object>".to_owned(),
    }
}

fn join(items: &[Value], open: &str, close: &str) -> String {
    let parts: Vec<String> = items
        .iter()
        .map(|i| match i {
            // One level is enough for arguments of types; deeper ones could be of any depth.
            Value::List(_) | Value::Tuple(_) => "..".to_owned(),
            other => repr_simple(other),
        })
        .collect();
    format!("{open}{}{close}", parts.join(", "))
}

/// A string as Python prints it.
pub fn quote(text: &str) -> String {
    let delimiter = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(delimiter);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == delimiter => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() && u32::from(c) < 256 => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(delimiter);
    out
}

/// A float as Python prints it.
pub fn float_text(f: f64) -> String {
    if f.is_nan() {
        return "nan".to_owned();
    }
    if f.is_infinite() {
        return if f > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let size = f.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{f:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let number: i32 = exponent.parse().unwrap_or(0);
        let sign = if number < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", number.abs());
    }
    let text = format!("{f}");
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// Applies a format specification; `None` when it is not one.
fn apply_spec(value: &Value, spec: &str) -> Option<String> {
    let chars: Vec<char> = spec.chars().collect();
    let mut i = 0;
    let (mut fill, mut align) = (' ', None);
    if let (Some(&f), Some(&a)) = (chars.first(), chars.get(1))
        && matches!(a, '<' | '>' | '^' | '=')
    {
        fill = f;
        align = Some(a);
        i = 2;
    } else if let Some(&a) = chars.first()
        && matches!(a, '<' | '>' | '^' | '=')
    {
        align = Some(a);
        i = 1;
    }
    let mut sign = '-';
    if let Some(&s) = chars.get(i)
        && matches!(s, '+' | '-' | ' ')
    {
        sign = s;
        i += 1;
    }
    let mut alternate = false;
    if chars.get(i) == Some(&'#') {
        alternate = true;
        i += 1;
    }
    if chars.get(i) == Some(&'0') {
        fill = '0';
        align = align.or(Some('='));
        i += 1;
    }
    let number = |i: &mut usize| {
        let mut digits = String::new();
        while let Some(c) = chars.get(*i).filter(|c| c.is_ascii_digit()) {
            digits.push(*c);
            *i += 1;
        }
        digits.parse::<usize>().ok().map(|n| n.min(100_000))
    };
    let width = number(&mut i).unwrap_or(0);
    let mut group = None;
    if let Some(&c) = chars.get(i)
        && matches!(c, ',' | '_')
    {
        group = Some(c);
        i += 1;
    }
    let mut precision = None;
    if chars.get(i) == Some(&'.') {
        i += 1;
        precision = Some(number(&mut i)?.min(1000));
    }
    let kind = chars.get(i).copied();
    let is_number = !matches!(value, Value::Str(_));
    let mut body = match (value, kind) {
        (Value::Str(s), None | Some('s')) => match precision {
            Some(p) => s.chars().take(p).collect(),
            None => s.to_string(),
        },
        (Value::Str(_), _) => return None,
        (Value::Float(f), None) => match precision {
            Some(p) => format!("{f:.p$}"),
            None => float_text(*f),
        },
        (v, Some('f' | 'F')) => format!("{:.*}", precision.unwrap_or(6), to_float(v)?),
        (v, Some('%')) => format!("{:.*}%", precision.unwrap_or(6), to_float(v)? * 100.0),
        (v, Some('e')) => format!("{:.*e}", precision.unwrap_or(6), to_float(v)?),
        (v, Some('g')) => float_text(to_float(v)?).trim_end_matches(".0").to_owned(),
        (v, None | Some('d' | 'n')) => super::operators::big(v)?.to_string(),
        (v, Some('x')) => format!(
            "{}{:x}",
            if alternate { "0x" } else { "" },
            super::operators::big(v)?
        ),
        (v, Some('X')) => format!(
            "{}{:X}",
            if alternate { "0X" } else { "" },
            super::operators::big(v)?
        ),
        (v, Some('o')) => format!(
            "{}{:o}",
            if alternate { "0o" } else { "" },
            super::operators::big(v)?
        ),
        (v, Some('b')) => format!(
            "{}{:b}",
            if alternate { "0b" } else { "" },
            super::operators::big(v)?
        ),
        (v, Some('c')) => char::from_u32(u32::try_from(v.as_int()?).ok()?)?.to_string(),
        _ => return None,
    };
    if let Some(separator) = group {
        body = grouped(&body, separator);
    }
    if is_number && sign != '-' && !body.starts_with('-') {
        body.insert(0, sign);
    }
    let missing = width.saturating_sub(body.chars().count());
    let pad = |n: usize| fill.to_string().repeat(n);
    Some(match align.unwrap_or(if is_number { '>' } else { '<' }) {
        '<' => format!("{body}{}", pad(missing)),
        '^' => format!("{}{body}{}", pad(missing / 2), pad(missing - missing / 2)),
        '=' => {
            let split = usize::from(body.starts_with(['-', '+']));
            let (head, tail) = body.split_at(split);
            format!("{head}{}{tail}", pad(missing))
        }
        _ => format!("{}{body}", pad(missing)),
    })
}

fn to_float(value: &Value) -> Option<f64> {
    use num_traits::ToPrimitive as _;
    match value {
        Value::Float(f) => Some(*f),
        other => super::operators::big(other)?.to_f64(),
    }
}

fn grouped(text: &str, separator: char) -> String {
    let (whole, rest) = match text.split_once('.') {
        Some((w, r)) => (w, Some(r)),
        None => (text, None),
    };
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(d) => ("-", d),
        None => ("", whole),
    };
    let count = digits.chars().count();
    let mut out = String::from(sign);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (count - i) % 3 == 0 {
            out.push(separator);
        }
        out.push(c);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}
