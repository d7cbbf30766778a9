//! A small JSON reader that keeps the text of numbers and of embedded documents, which a general one would change.

/// A JSON value. Numbers keep their text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(&'a [u8]),
    String(String),
    Array(Vec<Json<'a>>),
    Object(Vec<(String, Json<'a>)>),
}

/// A parsed document, and whether its top two levels are spelled as Python's `json.dumps` does (`, `, `: `, ASCII).
pub(super) struct Document<'a> {
    pub value: Json<'a>,
    pub as_python: bool,
}

/// Nesting that is followed; PostgreSQL's own arrays have at most six dimensions, documents inside them may be deep.
const DEPTH: usize = 512;

/// Reads a whole text.
pub(super) fn parse(text: &[u8]) -> Option<Document<'_>> {
    let mut parser = Parser {
        text,
        at: 0,
        as_python: true,
    };
    parser.spaced(0);
    let value = parser.value(0)?;
    parser.spaced(0);
    (parser.at == text.len()).then_some(Document {
        value,
        as_python: parser.as_python,
    })
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    as_python: bool,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn blank(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.at - start
    }

    /// White space of which Python writes exactly `wanted` blanks.
    fn spaced(&mut self, wanted: usize) {
        let blank = self.text.get(self.at).copied();
        if self.blank() != wanted || (wanted == 1 && blank != Some(b' ')) {
            self.as_python = false;
        }
    }

    fn word(&mut self, word: &[u8], value: Json<'a>) -> Option<Json<'a>> {
        if self.text.get(self.at..)?.starts_with(word) {
            self.at += word.len();
            return Some(value);
        }
        None
    }

    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        if depth > DEPTH {
            return None;
        }
        match self.peek()? {
            b'n' => self.word(b"null", Json::Null),
            b't' => self.word(b"true", Json::Bool(true)),
            b'f' => self.word(b"false", Json::Bool(false)),
            b'"' => self.string().map(Json::String),
            b'[' => self.array(depth),
            b'{' => self.object(depth),
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
        ) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at)?;
        text.iter()
            .any(u8::is_ascii_digit)
            .then_some(Json::Number(text))
    }

    fn array(&mut self, depth: usize) -> Option<Json<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        self.spaced(0);
        if self.eat(b']') {
            return Some(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.spaced(0);
            if self.eat(b']') {
                return Some(Json::Array(items));
            }
            if !self.eat(b',') {
                return None;
            }
            self.spaced(1);
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json<'a>> {
        self.at += 1;
        let mut pairs = Vec::new();
        self.spaced(0);
        if self.eat(b'}') {
            return Some(Json::Object(pairs));
        }
        loop {
            let key = self.string()?;
            self.spaced(0);
            if !self.eat(b':') {
                return None;
            }
            self.spaced(1);
            let value = self.value(depth + 1)?;
            pairs.push((key, value));
            self.spaced(0);
            if self.eat(b'}') {
                return Some(Json::Object(pairs));
            }
            if !self.eat(b',') {
                return None;
            }
            self.spaced(1);
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.eat(b'"') {
            return None;
        }
        let mut bytes = Vec::new();
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(bytes).ok(),
                b'\\' => {
                    let c = self.escape()?;
                    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=31 => return None,
                _ => {
                    self.as_python &= byte < 127;
                    bytes.push(byte);
                }
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => {
                self.as_python = false;
                '/'
            }
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                if let Some(c) = char::from_u32(first) {
                    return Some(c);
                }
                let after = self.at;
                if first < 0xdc00
                    && self.eat(b'\\')
                    && self.eat(b'u')
                    && let Some(second @ 0xdc00..=0xdfff) = self.hex()
                {
                    return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                }
                // Half of a pair is legal in PostgreSQL's json, and no text of it.
                self.at = after;
                self.as_python = false;
                char::REPLACEMENT_CHARACTER
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        self.as_python &= !digits.iter().any(u8::is_ascii_uppercase);
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_spelling_is_told_from_others() {
        for (text, as_python) in [
            (r#"["a", null, 1]"#, true),
            (r#"["a",null]"#, false),
            (r#"{"a": "\u00e9", "b": null}"#, true),
            (r#"{"a": "é"}"#, false),
            (r#"{"a":1}"#, false),
            ("[ 1]", false),
            ("[1] ", false),
            (" [1]", false),
            ("[]", true),
            (r#""\ud83d\ude00""#, true),
            (r#"["\ud800", "\udc00", "\ud800\n"]"#, false),
        ] {
            assert_eq!(
                parse(text.as_bytes()).map(|d| d.as_python),
                Some(as_python),
                "{text}"
            );
        }
        for text in ["", "[1", "[1,]", "{a: 1}", "\"\\ud80\"", "[1] x", "nul"] {
            assert!(parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
