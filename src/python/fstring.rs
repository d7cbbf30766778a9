//! F-strings as Python 3.12 allows them (PEP 701): with their own quotes, backslashes, comments and line ends inside of
//! `{..}`, which the parser crate does not read.
//!
//! [`lift`] puts a short f-string of the same length in the place of each such one, so that all spans stay, and tells what
//! the parser would have found there.

/// A part of an f-string that was lifted out of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text between the fields: a string literal that means it.
    Literal(String),
    /// `{expression!conversion:spec}`.
    Field {
        /// Where the expression begins and ends, in bytes of the text.
        expr: (usize, usize),
        /// `!r`, `!s`, `!a`.
        conversion: Option<char>,
        /// The format specification.
        spec: Vec<Part>,
    },
}

/// What was lifted: the name that stands in its place, and its parts.
pub type Lifted = (String, Vec<Part>);

/// Deepest nesting of f-strings and brackets that is followed.
const MAX_DEPTH: usize = 60;
/// Begins the names that stand in for f-strings; a text that has it is left alone.
const MARK: char = '\u{298}';

/// The text with a stand-in for each f-string that needs one; `None` when there is none. Names are counted from `first`.
pub fn lift(text: &str, first: usize) -> Option<(String, Vec<Lifted>)> {
    if text.contains(MARK) && first == 0 {
        return None;
    }
    let mut scanner = Scanner {
        text: text.as_bytes(),
        at: 0,
    };
    let mut out = String::with_capacity(text.len());
    let mut lifted = Vec::new();
    let mut copied = 0;
    while let Some(start) = scanner.next_fstring() {
        let (prefix, quote) = scanner.opening(start)?;
        let mut hard = false;
        let parts = scanner.body(&prefix, quote, &mut hard, 0)?;
        if !hard {
            continue;
        }
        let name = format!("{MARK}{}", base36(first + lifted.len()));
        let length = scanner.at - start;
        let fixed = prefix.len() + 2 * quote.len() + 2;
        let room = length.checked_sub(fixed + name.len())?;
        out.push_str(text.get(copied..start)?);
        out.push_str(&prefix);
        out.push_str(quote);
        out.push('{');
        out.push_str(&name);
        out.extend(std::iter::repeat_n(' ', room));
        out.push('}');
        out.push_str(quote);
        copied = scanner.at;
        lifted.push((name, parts));
    }
    if lifted.is_empty() {
        return None;
    }
    out.push_str(text.get(copied..)?);
    Some((out, lifted))
}

fn base36(mut number: usize) -> String {
    let mut out = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or(0);
        out.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return out.iter().rev().collect();
        }
    }
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn starts(&self, quote: &str) -> bool {
        self.text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(quote.as_bytes()))
    }

    /// Goes to the next f-string outside of comments and other strings: where its prefix begins.
    fn next_fstring(&mut self) -> Option<usize> {
        while self.at < self.text.len() {
            match self.peek(0) {
                b'#' => self.skip_line(),
                b'\'' | b'"' => self.skip_string(false)?,
                c if is_word(c) => {
                    let start = self.at;
                    while is_word(self.peek(0)) {
                        self.at += 1;
                    }
                    if !matches!(self.peek(0), b'\'' | b'"') {
                        continue;
                    }
                    match Kind::of(self.text.get(start..self.at)?) {
                        Some(Kind::Formatted) => {
                            self.at = start;
                            return Some(start);
                        }
                        Some(Kind::Raw) => self.skip_string(true)?,
                        Some(Kind::Plain) | None => self.skip_string(false)?,
                    }
                }
                _ => self.at += 1,
            }
        }
        None
    }

    /// Prefix and quotes of the f-string that begins at `start`.
    fn opening(&mut self, start: usize) -> Option<(String, &'static str)> {
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        let prefix = String::from_utf8(self.text.get(start..self.at)?.to_vec()).ok()?;
        let quote = self.quote();
        self.at += quote.len();
        Some((prefix, quote))
    }

    fn quote(&self) -> &'static str {
        match (self.peek(0), self.starts("'''"), self.starts("\"\"\"")) {
            (_, true, _) => "'''",
            (_, _, true) => "\"\"\"",
            (b'\'', ..) => "'",
            _ => "\"",
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.text.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    /// Past a string that is no f-string.
    fn skip_string(&mut self, _raw: bool) -> Option<()> {
        let quote = self.quote();
        self.at += quote.len();
        while self.at < self.text.len() {
            if self.starts(quote) {
                self.at += quote.len();
                return Some(());
            }
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        None
    }

    /// The parts up to the closing quotes. `hard` is set when only Python 3.12 reads them.
    fn body(
        &mut self,
        prefix: &str,
        quote: &'static str,
        hard: &mut bool,
        depth: usize,
    ) -> Option<Vec<Part>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let raw = prefix.contains(['r', 'R']);
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut from = self.at;
        loop {
            if self.at >= self.text.len() {
                return None;
            }
            if self.starts(quote) {
                self.keep(&mut literal, from)?;
                flush(&mut parts, &mut literal, raw, quote);
                self.at += quote.len();
                return Some(parts);
            }
            match (self.peek(0), self.peek(1)) {
                (b'\n', _) if quote.len() == 1 => return None,
                (b'\\', b'N') if !raw && self.peek(2) == b'{' => {
                    while self.at < self.text.len() && self.peek(0) != b'}' {
                        self.at += 1;
                    }
                    self.at += 1;
                }
                (b'\\', b'{' | b'}') => self.at += 1,
                (b'\\', _) => self.at += 2,
                (b'{', b'{') | (b'}', b'}') => {
                    self.at += 1;
                    self.keep(&mut literal, from)?;
                    self.at += 1;
                    from = self.at;
                }
                (b'{', _) => {
                    self.keep(&mut literal, from)?;
                    flush(&mut parts, &mut literal, raw, quote);
                    self.field(raw, quote, hard, depth, &mut parts)?;
                    from = self.at;
                }
                _ => self.at += 1,
            }
        }
    }

    fn keep(&self, literal: &mut String, from: usize) -> Option<()> {
        literal.push_str(std::str::from_utf8(self.text.get(from..self.at)?).ok()?);
        Some(())
    }

    /// One field, from its brace to behind the closing one.
    fn field(
        &mut self,
        raw: bool,
        quote: &'static str,
        hard: &mut bool,
        depth: usize,
        parts: &mut Vec<Part>,
    ) -> Option<()> {
        self.at += 1;
        let start = self.at;
        self.expression(quote, hard, depth)?;
        let end = self.at;
        let text = std::str::from_utf8(self.text.get(start..end)?).ok()?;
        let shown = text.trim_end();
        let debug =
            shown.ends_with('=') && !shown.ends_with(['!', '<', '>']) && !shown.ends_with("==");
        let stop = if debug { start + shown.len() - 1 } else { end };
        let mut conversion = None;
        if self.peek(0) == b'!' {
            conversion = Some(char::from(self.peek(1)));
            self.at += 2;
        }
        let mut spec = Vec::new();
        if self.peek(0) == b':' {
            self.at += 1;
            spec = self.spec(raw, quote, hard, depth)?;
        } else if debug && conversion.is_none() {
            conversion = Some('r');
        }
        if self.peek(0) != b'}' {
            return None;
        }
        self.at += 1;
        if debug {
            let mut shown = text.to_owned();
            flush(parts, &mut shown, raw, "'''");
        }
        let expr = (start, stop);
        parts.push(Part::Field {
            expr,
            conversion,
            spec,
        });
        Some(())
    }

    /// Past an expression, to the `}`, `!` or `:` that ends it.
    fn expression(&mut self, quote: &'static str, hard: &mut bool, depth: usize) -> Option<()> {
        let mut open: usize = 0;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'}', _) if open == 0 => return Some(()),
                (b':', b'=') if open == 0 => return Some(()),
                (b':', _) if open == 0 => return Some(()),
                (b'!', next) if open == 0 && next != b'=' => return Some(()),
                (b'(' | b'[' | b'{', _) => {
                    open += 1;
                    self.at += 1;
                }
                (b')' | b']' | b'}', _) => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                (b'#', _) => {
                    *hard = true;
                    self.skip_line();
                }
                (b'\\', _) => {
                    *hard = true;
                    self.at += 2;
                }
                (b'\n', _) => {
                    *hard |= quote.len() == 1;
                    self.at += 1;
                }
                (b'!' | b'=' | b'<' | b'>', b'=') => self.at += 2,
                (b'\'' | b'"', _) => self.inner(None, quote, hard, depth)?,
                (c, _) if is_word(c) => {
                    let start = self.at;
                    while is_word(self.peek(0)) {
                        self.at += 1;
                    }
                    if matches!(self.peek(0), b'\'' | b'"') {
                        self.inner(Some(start), quote, hard, depth)?;
                    }
                }
                _ => self.at += 1,
            }
        }
        None
    }

    /// Past a string inside of an expression; its prefix, when it has one, began at `start`.
    fn inner(
        &mut self,
        start: Option<usize>,
        quote: &'static str,
        hard: &mut bool,
        depth: usize,
    ) -> Option<()> {
        let own = self.quote();
        let begin = self.at;
        let word = start.and_then(|s| self.text.get(s..begin)).unwrap_or(b"");
        let kind = if word.is_empty() {
            Some(Kind::Plain)
        } else {
            Kind::of(word)
        };
        match kind {
            Some(Kind::Formatted) => {
                let prefix = String::from_utf8(word.to_vec()).ok()?;
                self.at += own.len();
                self.body(&prefix, own, hard, depth + 1)?;
            }
            Some(kind) => self.skip_string(kind == Kind::Raw)?,
            None => return None,
        }
        let text = self.text.get(begin..self.at)?;
        let outer = quote.as_bytes().first().copied().unwrap_or(b'"');
        let same = if quote.len() == 1 {
            text.contains(&outer)
        } else {
            text.windows(3).any(|w| w == quote.as_bytes())
        };
        *hard |= same || text.contains(&b'\\');
        Some(())
    }

    /// A format specification, to the brace behind it.
    fn spec(
        &mut self,
        raw: bool,
        quote: &'static str,
        hard: &mut bool,
        depth: usize,
    ) -> Option<Vec<Part>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut from = self.at;
        while self.at < self.text.len() && !self.starts(quote) {
            match self.peek(0) {
                b'}' => {
                    self.keep(&mut literal, from)?;
                    flush(&mut parts, &mut literal, raw, quote);
                    return Some(parts);
                }
                b'{' => {
                    self.keep(&mut literal, from)?;
                    flush(&mut parts, &mut literal, raw, quote);
                    self.field(raw, quote, hard, depth + 1, &mut parts)?;
                    from = self.at;
                }
                _ => self.at += 1,
            }
        }
        None
    }
}

/// What the letters before a quote say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Raw,
    Formatted,
}

impl Kind {
    fn of(prefix: &[u8]) -> Option<Kind> {
        let lower = prefix.to_ascii_lowercase();
        Some(match lower.as_slice() {
            b"f" | b"rf" | b"fr" => Kind::Formatted,
            b"r" | b"br" | b"rb" => Kind::Raw,
            b"u" | b"b" => Kind::Plain,
            _ => return None,
        })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Ends a piece of text: a literal of the same kind means it.
fn flush(parts: &mut Vec<Part>, literal: &mut String, raw: bool, quote: &str) {
    if !literal.is_empty() {
        let prefix = if raw { "r" } else { "" };
        parts.push(Part::Literal(format!("{prefix}{quote}{literal}{quote}")));
        literal.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::lift;

    #[test]
    fn only_what_needs_it_is_lifted_and_lengths_stay() {
        assert_eq!(lift("x = f'{a[\"b\"]}' # f\"{\"}\n", 0), None);
        let text = "x = f\"{a[\"b\"]:>{n}} {{}}\" 'tail'";
        let (out, lifted) = lift(text, 0).unwrap_or_default();
        assert_eq!(out.len(), text.len());
        assert_eq!(lifted.len(), 1);
        assert!(out.ends_with("'tail'"));
    }

    #[test]
    fn nonsense_is_left_alone() {
        for text in [
            "f\"{",
            "f\"{a[\"}",
            "f'{\"",
            "f\"{a!",
            "f\"\\",
            "f\"{a:{b:{",
            "'",
        ] {
            assert_eq!(lift(text, 0), None, "{text}");
        }
    }
}
