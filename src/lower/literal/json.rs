//! JSON as PostgreSQL prints `jsonb`: keys once, short ones first, `, ` and `: ` between (manual, section 8.14).

use std::collections::BTreeMap;

/// How deep a default may nest.
const DEPTH: usize = 128;

/// A document as jsonb prints it; `None` where it is not JSON, or holds a number with an exponent, which jsonb writes out.
pub(super) fn normalise(text: &str) -> Option<String> {
    // The strict reader decides what is JSON; the lax one below keeps numbers as they are written.
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut reader = Reader { rest: text };
    let mut out = String::new();
    reader.value(&mut out, DEPTH)?;
    Some(out)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        }
        found
    }

    /// The text up to the first character that ends a number or word.
    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || ",]}:".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// A string, its escapes undone.
    fn string(&mut self) -> Option<String> {
        self.peek();
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find_map(|(at, c)| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes.then_some(at + 1)
        })?;
        let (raw, rest) = self.rest.split_at(end);
        self.rest = rest;
        serde_json::from_str(raw).ok()
    }

    fn value(&mut self, out: &mut String, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            '{' => self.object(out, depth),
            '[' => self.array(out, depth),
            '"' => {
                let text = self.string()?;
                out.push_str(&serde_json::to_string(&text).ok()?);
                Some(())
            }
            _ => {
                let word = self.word();
                let exponent = word.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                    && word.contains(['e', 'E']);
                out.push_str(if word == "-0" { "0" } else { word });
                (!exponent).then_some(())
            }
        }
    }

    fn array(&mut self, out: &mut String, depth: usize) -> Option<()> {
        self.eat('[');
        out.push('[');
        let mut first = true;
        while !self.eat(']') {
            if !first {
                self.eat(',');
                out.push_str(", ");
            }
            first = false;
            self.value(out, depth)?;
        }
        out.push(']');
        Some(())
    }

    fn object(&mut self, out: &mut String, depth: usize) -> Option<()> {
        self.eat('{');
        // The last of equal keys wins; keys are ordered by length, then bytes.
        let mut members: BTreeMap<(usize, String), String> = BTreeMap::new();
        let mut first = true;
        while !self.eat('}') {
            if !first {
                self.eat(',');
            }
            first = false;
            let key = self.string()?;
            self.eat(':');
            let mut value = String::new();
            self.value(&mut value, depth)?;
            members.insert((key.len(), key), value);
        }
        out.push('{');
        for (at, ((_, key), value)) in members.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(&serde_json::to_string(key).ok()?);
            out.push_str(": ");
            out.push_str(value);
        }
        out.push('}');
        Some(())
    }
}
