//! Regular expressions that a few GLOBs say exactly: a list of words, or a chain of character sets of which at most one
//! has no fixed length.

use super::Result;
use crate::sqlite::schema::string_literal;

/// A condition that is true for the same texts.
pub(super) struct Test {
    /// The condition, without parentheses.
    pub sql: String,
    /// It is a single comparison rather than several joined by AND.
    pub always_one_term: bool,
}

/// A set of characters as the inside of a GLOB class, and how often one of it may come.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    /// `None` is any character.
    set: Option<Set>,
    min: usize,
    max: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
struct Set {
    negated: bool,
    /// Single characters and ranges.
    ranges: Vec<(char, char)>,
}

impl Item {
    fn fixed(&self) -> Option<usize> {
        (self.max == Some(self.min)).then_some(self.min)
    }

    /// One character of it as GLOB.
    fn glob(&self, out: &mut String) {
        match &self.set {
            None => out.push('?'),
            Some(set) => match set.ranges.as_slice() {
                [(a, b)] if a == b && !set.negated => push_glob_char(*a, out),
                _ => push_class(set, set.negated, out),
            },
        }
    }
}

/// A character as itself in a GLOB.
pub(super) fn push_glob_char(c: char, out: &mut String) {
    if matches!(c, '*' | '?' | '[') {
        out.push('[');
        out.push(c);
        out.push(']');
    } else {
        out.push(c);
    }
}

/// A class as GLOB reads it: `]` comes first, `-` last (sqlite3 `patternCompare`).
fn push_class(set: &Set, negated: bool, out: &mut String) {
    out.push('[');
    if negated {
        out.push('^');
    }
    let single = |c: char| set.ranges.contains(&(c, c));
    if single(']') {
        out.push(']');
    }
    let mut caret = false;
    for (a, b) in &set.ranges {
        if a != b {
            out.push(*a);
            out.push('-');
            out.push(*b);
        } else if *a == '^' {
            caret = true;
        } else if !matches!(a, ']' | '-') {
            out.push(*a);
        }
    }
    if caret {
        out.push('^');
    }
    if single('-') {
        out.push('-');
    }
    out.push(']');
}

/// A `SIMILAR TO` pattern as a regular expression over the whole text (manual, section 9.7.2).
pub(super) fn from_similar(pattern: &str) -> Result<String> {
    let mut out = "^(?:".to_owned();
    let mut chars = pattern.chars();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push('\\');
                out.push(chars.next().ok_or("the pattern ends in its escape")?);
            }
            '[' => {
                class = true;
                out.push(c);
            }
            ']' => {
                class = false;
                out.push(c);
            }
            '%' if !class => out.push_str(".*"),
            '_' if !class => out.push('.'),
            '.' | '^' | '$' if !class => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push_str(")$");
    Ok(out)
}

/// The condition for a regular expression on a text: `subject` stands inside calls, `operand` beside operators.
pub(super) fn to_test(pattern: &str, subject: &str, operand: &str) -> Result<Test> {
    let (start, rest) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let ends = rest.ends_with('$') && !rest.ends_with("\\$");
    let body = if ends {
        rest.strip_suffix('$').unwrap_or(rest)
    } else {
        rest
    };
    let body = strip_group(body);
    if let Some(words) = alternatives(body) {
        if !(start && ends) {
            return Err("alternatives that may stand inside a text have no equal".to_owned());
        }
        let words: Vec<_> = words.iter().map(|w| string_literal(w)).collect();
        return Ok(Test {
            sql: format!("{operand} IN ({})", words.join(", ")),
            always_one_term: true,
        });
    }
    let mut items = parse_items(body)?;
    let any = Item {
        set: None,
        min: 0,
        max: None,
    };
    if !start {
        items.insert(0, any.clone());
    }
    if !ends {
        items.push(any);
    }
    chain_test(&items, subject, operand)
}

/// A group around the whole: `(?:abc)` or `(abc)`.
fn strip_group(body: &str) -> &str {
    let inner = body
        .strip_prefix("(?:")
        .or_else(|| body.strip_prefix('('))
        .and_then(|b| b.strip_suffix(')'));
    match inner {
        Some(inner) if !inner.ends_with('\\') && balanced(inner) => strip_group(inner),
        _ => body,
    }
}

fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// `a|b|c` of plain words.
fn alternatives(body: &str) -> Option<Vec<String>> {
    let words: Vec<&str> = body.split('|').collect();
    (words.len() > 1
        && words.iter().all(|w| {
            w.chars()
                .all(|c| c == '_' || c == '-' || c == ' ' || c.is_alphanumeric())
        }))
    .then(|| words.into_iter().map(str::to_owned).collect())
}

fn parse_items(body: &str) -> Result<Vec<Item>> {
    let mut items: Vec<Item> = Vec::new();
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        let one = |set| Item {
            set,
            min: 1,
            max: Some(1),
        };
        let char_set = |c: char| {
            Some(Set {
                negated: false,
                ranges: vec![(c, c)],
            })
        };
        match c {
            '.' => items.push(one(None)),
            '[' => items.push(one(Some(parse_class(&mut chars)?))),
            '\\' => match chars.next() {
                Some('d') => items.push(one(Some(Set {
                    negated: false,
                    ranges: vec![('0', '9')],
                }))),
                Some(c) if !c.is_alphanumeric() => items.push(one(char_set(c))),
                _ => {
                    return Err(
                        "an escape of regular expressions that depends on the locale".to_owned(),
                    );
                }
            },
            '*' | '+' | '?' | '{' => {
                let (min, max) = quantifier(c, &mut chars)?;
                let last = items
                    .last_mut()
                    .ok_or("a quantifier with nothing before it")?;
                if last.fixed() != Some(1) || chars.peek() == Some(&'?') {
                    return Err("quantifiers of quantifiers".to_owned());
                }
                last.min = min;
                last.max = max;
            }
            '(' | ')' | '|' | '^' | '$' => {
                return Err(
                    "a regular expression with groups or alternatives has no equal".to_owned(),
                );
            }
            c => items.push(one(char_set(c))),
        }
    }
    Ok(items)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn quantifier(c: char, chars: &mut Chars<'_>) -> Result<(usize, Option<usize>)> {
    Ok(match c {
        '*' => (0, None),
        '+' => (1, None),
        '?' => (0, Some(1)),
        _ => {
            let mut text = String::new();
            loop {
                match chars.next().ok_or("a quantifier without end")? {
                    '}' => break,
                    c => text.push(c),
                }
            }
            let number = |t: &str| {
                t.parse::<usize>()
                    .map_err(|_| "a quantifier without number")
            };
            match text.split_once(',') {
                None => (number(&text)?, Some(number(&text)?)),
                Some((min, "")) => (number(min)?, None),
                Some((min, max)) => (number(min)?, Some(number(max)?)),
            }
        }
    })
}

fn parse_class(chars: &mut Chars<'_>) -> Result<Set> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let c = chars.next().ok_or("a class without end")?;
        let from = match c {
            ']' if !ranges.is_empty() => break,
            '[' if matches!(chars.peek(), Some(':' | '.' | '=')) => {
                return Err("a named class of characters depends on the locale".to_owned());
            }
            '\\' => match chars.next() {
                Some('d') => {
                    ranges.push(('0', '9'));
                    continue;
                }
                Some(c) if !c.is_alphanumeric() => c,
                _ => return Err("an escape inside a class depends on the locale".to_owned()),
            },
            c => c,
        };
        let mut ahead = chars.clone();
        if ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']') {
            chars.next();
            let to = chars.next().ok_or("a class without end")?;
            if to == '\\' || to == '[' || to < from {
                return Err("a range of characters that is not understood".to_owned());
            }
            ranges.push((from, to));
        } else {
            ranges.push((from, from));
        }
    }
    // `-` or `]` as the end of a range cannot be written in a GLOB class.
    if ranges
        .iter()
        .any(|(a, b)| a != b && (matches!(a, ']' | '-') || matches!(b, ']' | '-')))
    {
        return Err("a range of characters that GLOB cannot write".to_owned());
    }
    Ok(Set { negated, ranges })
}

/// A chain of items of which at most one has no fixed length.
fn chain_test(items: &[Item], subject: &str, operand: &str) -> Result<Test> {
    // Items of any character and any number are a `*` wherever they stand; all others must be fixed then.
    let open = |i: &Item| i.set.is_none() && i.max.is_none();
    let simple = items.iter().all(|i| i.fixed().is_some() || open(i));
    if simple {
        let mut glob = String::new();
        for item in items {
            for _ in 0..item.min {
                item.glob(&mut glob);
            }
            if open(item) {
                glob.push('*');
            }
        }
        return Ok(Test {
            sql: format!("{operand} GLOB {}", string_literal(&glob)),
            always_one_term: true,
        });
    }
    let variable: Vec<usize> = items
        .iter()
        .enumerate()
        .filter(|(_, i)| i.fixed().is_none())
        .map(|(at, _)| at)
        .collect();
    let [at] = variable.as_slice() else {
        return Err("a regular expression with two parts of any length has no equal".to_owned());
    };
    let (head, rest) = items.split_at(*at);
    let Some((middle, tail)) = rest.split_first() else {
        return Err("an empty pattern".to_owned());
    };
    let count = |part: &[Item]| part.iter().map(|i| i.min).sum::<usize>();
    let (before, after) = (count(head), count(tail));
    let mut tests = Vec::new();
    let fixed_glob = |part: &[Item]| {
        let mut glob = String::new();
        for item in part {
            for _ in 0..item.min {
                item.glob(&mut glob);
            }
        }
        glob
    };
    if before + after > 0 {
        let glob = format!("{}*{}", fixed_glob(head), fixed_glob(tail));
        tests.push(format!("{operand} GLOB {}", string_literal(&glob)));
    }
    let least = before + after + middle.min;
    match middle.max.map(|m| before + after + m) {
        Some(most) => tests.push(format!("length({subject}) BETWEEN {least} AND {most}")),
        // The GLOB before says as much.
        None if middle.min == 0 => {}
        None if least == 1 => tests.push(format!("{operand} <> ''")),
        None => tests.push(format!("length({subject}) >= {least}")),
    }
    if let Some(set) = &middle.set {
        let part = match (before, after) {
            (0, 0) => operand.to_owned(),
            (b, 0) => format!("substr({subject}, {})", b + 1),
            (b, a) => format!(
                "substr({subject}, {}, length({subject}) - {})",
                b + 1,
                a + b
            ),
        };
        let mut outside = "*".to_owned();
        push_class(set, !set.negated, &mut outside);
        outside.push('*');
        tests.push(format!("{part} NOT GLOB {}", string_literal(&outside)));
    }
    Ok(Test {
        always_one_term: tests.len() == 1 && !tests.iter().any(|t| t.contains(" BETWEEN ")),
        sql: tests.join(" AND "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_become_globs() {
        for (pattern, expected) in [
            ("^[A-Z]{2}$", "x GLOB '[A-Z][A-Z]'"),
            ("^abc", "x GLOB 'abc*'"),
            ("a.c", "x GLOB '*a?c*'"),
            ("^(a|b|c-d)$", "x IN ('a', 'b', 'c-d')"),
            ("^[a-z0-9_]+$", "x <> '' AND x NOT GLOB '*[^a-z0-9_]*'"),
            (
                "^[a-z][a-z0-9-]*$",
                "x GLOB '[a-z]*' AND substr(x, 2) NOT GLOB '*[^a-z0-9-]*'",
            ),
            (
                "^\\d{3,5}$",
                "length(x) BETWEEN 3 AND 5 AND x NOT GLOB '*[^0-9]*'",
            ),
            ("^#[0-9a-f]{3}$", "x GLOB '#[0-9a-f][0-9a-f][0-9a-f]'"),
        ] {
            assert_eq!(
                to_test(pattern, "x", "x").map(|t| t.sql).as_deref(),
                Ok(expected),
                "{pattern}"
            );
        }
        for pattern in ["^\\w+$", "^[^@]+@[^@]+$", "^(ab)+$", "[[:alpha:]]"] {
            assert!(to_test(pattern, "x", "x").is_err(), "{pattern}");
        }
    }
}
