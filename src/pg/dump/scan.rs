//! A dump's text as statements, psql commands and comments, read in a stream. COPY data is stepped over by the caller's word:
//! only the caller knows that a statement was a COPY.
//!
//! The lexical rules are those of psql (PostgreSQL manual, section "Lexical Structure"; `psqlscan.l` for the end of a
//! statement inside `BEGIN ATOMIC` and parentheses).

use std::io::{self, BufRead};

use memchr::memchr;

/// What Windows' editors put before UTF-8 text; psql steps over it, too.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands in a dump outside of COPY data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A statement, without its terminator, comments before it left out.
    Statement(Statement),
    /// A line of psql's own, beginning with a backslash.
    Command {
        /// Line number.
        line: u64,
        /// Text without line end.
        text: String,
    },
    /// A comment line between statements.
    Comment {
        /// Text without line end.
        text: String,
    },
    /// The end of the file. `inside` is the line where a statement began that has no end.
    End {
        /// See above.
        inside: Option<u64>,
    },
}

/// One statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its bytes.
    pub text: Vec<u8>,
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Place of its first byte in the file.
    pub offset: u64,
}

/// Rows of a COPY block that was stepped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Data {
    /// Place of the first row.
    pub offset: u64,
    /// Line of the first row.
    pub line: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes of the rows.
    pub bytes: u64,
    /// The end mark was there.
    pub complete: bool,
}

/// What the text at hand is inside of.
#[derive(Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Nothing,
    /// A string; with backslash escapes or without.
    String { escapes: bool },
    /// A quoted identifier.
    Identifier,
    /// A dollar-quoted string, by its delimiter.
    Dollar(Vec<u8>),
    /// Block comments, by depth.
    Comment(u32),
}

/// State of one statement.
#[derive(Debug, Default)]
struct Lexer {
    inside: Inside,
    parentheses: u32,
    /// First words in lower case: they tell a function definition.
    words: Vec<Vec<u8>>,
    /// Depth of `BEGIN ATOMIC .. END` and `CASE .. END` in a function's body.
    blocks: u32,
}

/// Who is shown the rows of a block.
pub(super) type Watch<'a> = &'a mut dyn FnMut(&[u8]);

/// Reads items off a stream.
#[derive(Debug)]
pub(super) struct Scanner<R> {
    reader: R,
    /// Place of the first byte of `current`.
    current_offset: u64,
    current: Vec<u8>,
    /// How much of the current line was used.
    used: usize,
    /// Number of the current line.
    line: u64,
    /// Backslashes escape in plain strings (`standard_conforming_strings = off`).
    pub plain_escapes: bool,
}

impl<R: BufRead> Scanner<R> {
    /// A scanner whose stream begins at this place and line of the file.
    pub fn new(reader: R, offset: u64, line: u64) -> Self {
        Self {
            reader,
            current_offset: offset,
            current: Vec::new(),
            used: 0,
            line: line.saturating_sub(1),
            plain_escapes: false,
        }
    }

    /// What it reads from.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// Reads on to the end of the stream; whether nothing but blanks was left.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn drain(&mut self) -> io::Result<bool> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let length = buffer.len();
            if length == 0 {
                return Ok(true);
            }
            if !buffer.iter().all(u8::is_ascii_whitespace) {
                return Ok(false);
            }
            self.take(length);
        }
    }

    /// Number of the line at hand.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Reads the next line into `current`; false at the end of the file.
    fn next_line(&mut self) -> io::Result<bool> {
        self.current_offset += u64::try_from(self.current.len()).unwrap_or_default();
        self.current.clear();
        self.used = 0;
        let length = self.reader.read_until(b'\n', &mut self.current)?;
        if length > 0 {
            self.line += 1;
        }
        Ok(length > 0)
    }

    /// The next item.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn next(&mut self) -> io::Result<Item> {
        let mut text = Vec::new();
        let mut begin: Option<(u64, u64)> = None;
        let mut lexer = Lexer::default();
        loop {
            if self.used >= self.current.len() && !self.next_line()? {
                return Ok(Item::End {
                    inside: begin.map(|(line, _)| line),
                });
            }
            if self.line == 1 && self.used == 0 && self.current.starts_with(BYTE_ORDER_MARK) {
                self.used = BYTE_ORDER_MARK.len();
            }
            let rest = self.current.get(self.used..).unwrap_or_default();
            if begin.is_none() {
                let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
                self.used += blank;
                let rest = rest.get(blank..).unwrap_or_default();
                match rest {
                    [] => continue,
                    [b'\\', ..] | [b'-', b'-', ..] => return Ok(self.own_line()),
                    _ => {
                        let place = u64::try_from(self.used).unwrap_or_default();
                        begin = Some((self.line, self.current_offset + place));
                    }
                }
                continue;
            }
            match lexer.advance(rest, self.plain_escapes) {
                Some(length) => {
                    text.extend_from_slice(rest.get(..length).unwrap_or_default());
                    self.used += length + 1;
                    if let (Some((line, offset)), false) = (begin, text.trim_ascii().is_empty()) {
                        return Ok(Item::Statement(Statement { text, line, offset }));
                    }
                    text.clear();
                    begin = None;
                    lexer = Lexer::default();
                }
                None => {
                    text.extend_from_slice(rest);
                    self.used = self.current.len();
                }
            }
        }
    }

    /// The rest of the current line as a psql command or comment.
    fn own_line(&mut self) -> Item {
        let rest = self.current.get(self.used..).unwrap_or_default();
        let text = String::from_utf8_lossy(rest.trim_ascii_end()).into_owned();
        self.used = self.current.len();
        let line = self.line;
        if text.starts_with('\\') && !self.current.ends_with(b"\n") {
            // A command ends with its line.
            Item::End { inside: Some(line) }
        } else if text.starts_with('\\') {
            Item::Command { line, text }
        } else {
            Item::Comment { text }
        }
    }

    /// The current line ends as Windows does.
    pub fn line_ends_with_cr(&self) -> bool {
        self.current.ends_with(b"\r\n")
    }

    /// Steps over COPY data, which begins on the next line. `row` is shown each row when it is given.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn skip_data(&mut self, mut row: Option<Watch<'_>>) -> io::Result<Data> {
        let offset = self.current_offset + u64::try_from(self.current.len()).unwrap_or_default();
        let mut data = Data {
            offset,
            line: self.line + 1,
            rows: 0,
            bytes: 0,
            complete: false,
        };
        if let Some(row) = &mut row {
            while self.next_line()? {
                let line = self.current.trim_ascii_end();
                if line == b"\\." {
                    data.complete = true;
                    break;
                }
                row(line);
                data.rows += 1;
            }
            self.used = self.current.len();
            data.bytes = self.current_offset.saturating_sub(offset);
            return Ok(data);
        }
        self.skip_fast(&mut data)?;
        Ok(data)
    }

    /// Looks at nothing but line ends and the end mark.
    fn skip_fast(&mut self, data: &mut Data) -> io::Result<()> {
        // Length and first bytes of a line that began in an earlier buffer.
        let mut length = 0usize;
        let mut head = [0u8; 3];
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let mut at = 0;
            let mut ended = false;
            while let Some(end) = memchr(b'\n', buffer.get(at..).unwrap_or_default()) {
                let line = buffer.get(at..at + end).unwrap_or_default();
                let mark = if length == 0 {
                    is_mark(line)
                } else {
                    remember(&mut head, length, line);
                    let whole = length + line.len();
                    whole <= 3 && is_mark(head.get(..whole).unwrap_or_default())
                };
                at += end + 1;
                length = 0;
                if mark {
                    ended = true;
                    break;
                }
                data.rows += 1;
            }
            if ended {
                self.take(at);
                self.line += data.rows + 1;
                data.complete = true;
                break;
            }
            let tail = buffer.get(at..).unwrap_or_default();
            remember(&mut head, length, tail);
            length += tail.len();
            let all = buffer.len();
            self.take(all);
        }
        // The current line is the end mark, used up; what was read of it stands in the offset.
        self.current_offset += u64::try_from(self.current.len()).unwrap_or_default();
        self.current.clear();
        self.used = 0;
        let end = self.current_offset;
        data.bytes = end
            .saturating_sub(data.offset)
            .saturating_sub(if data.complete { 3 } else { 0 });
        if !data.complete {
            self.line += data.rows;
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) {
        self.reader.consume(bytes);
        self.current_offset += u64::try_from(bytes).unwrap_or_default();
    }
}

/// The line that ends COPY data, also with a Windows line end.
pub(super) fn is_mark(line: &[u8]) -> bool {
    line == b"\\." || line == b"\\.\r"
}

/// Keeps the first bytes of a line that comes in pieces.
fn remember(head: &mut [u8; 3], length: usize, piece: &[u8]) {
    for (slot, byte) in head.iter_mut().skip(length).zip(piece) {
        *slot = *byte;
    }
}

impl Lexer {
    /// Reads on; gives the place of the `;` that ends the statement.
    fn advance(&mut self, text: &[u8], plain_escapes: bool) -> Option<usize> {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let rest = text.get(at..).unwrap_or_default();
            at += match &mut self.inside {
                Inside::Nothing => match byte {
                    b';' if self.parentheses == 0 && self.blocks == 0 => return Some(at),
                    _ => self.token(text, at, plain_escapes),
                },
                Inside::String { escapes: true } if *byte == b'\\' => 2,
                Inside::String { .. } => {
                    if *byte == b'\'' {
                        // A doubled quote closes and opens again at once, which comes to the same.
                        self.inside = Inside::Nothing;
                    }
                    1
                }
                Inside::Identifier => {
                    if *byte == b'"' {
                        self.inside = Inside::Nothing;
                    }
                    1
                }
                Inside::Dollar(delimiter) => {
                    if rest.starts_with(delimiter) {
                        let length = delimiter.len();
                        self.inside = Inside::Nothing;
                        length
                    } else {
                        memchr(b'$', rest.get(1..).unwrap_or_default())
                            .map_or(rest.len(), |next| next + 1)
                    }
                }
                Inside::Comment(depth) => match rest {
                    [b'/', b'*', ..] => {
                        *depth += 1;
                        2
                    }
                    [b'*', b'/', ..] => {
                        *depth -= 1;
                        if *depth == 0 {
                            self.inside = Inside::Nothing;
                        }
                        2
                    }
                    _ => 1,
                },
            };
        }
        None
    }

    /// Reads one token outside of quotes and comments; returns its length.
    fn token(&mut self, text: &[u8], at: usize, plain_escapes: bool) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        match rest {
            [b'-', b'-', ..] => memchr(b'\n', rest).unwrap_or(rest.len()),
            [b'/', b'*', ..] => {
                self.inside = Inside::Comment(1);
                2
            }
            [b'\'', ..] => {
                let escapes = plain_escapes || follows_e(text, at);
                self.inside = Inside::String { escapes };
                1
            }
            [b'"', ..] => {
                self.inside = Inside::Identifier;
                1
            }
            [b'(', ..] => {
                self.parentheses += 1;
                1
            }
            [b')', ..] => {
                self.parentheses = self.parentheses.saturating_sub(1);
                1
            }
            [b'$', ..] => match dollar(rest) {
                Some(delimiter) => {
                    let length = delimiter.len();
                    self.inside = Inside::Dollar(delimiter.to_vec());
                    length
                }
                None => 1,
            },
            [first, ..] if is_word_start(*first) => {
                let length = rest.iter().take_while(|b| is_word(**b)).count();
                self.word(rest.get(..length).unwrap_or_default());
                length
            }
            _ => 1,
        }
    }

    /// Notes a word: `BEGIN`, `CASE` and `END` matter in a function's body.
    fn word(&mut self, word: &[u8]) {
        let word = word.to_ascii_lowercase();
        if self.parentheses == 0 && self.defines_routine() {
            match word.as_slice() {
                b"begin" => self.blocks += 1,
                b"case" if self.blocks > 0 => self.blocks += 1,
                b"end" => self.blocks = self.blocks.saturating_sub(1),
                _ => {}
            }
        }
        if self.words.len() < 4 {
            self.words.push(word);
        }
    }

    fn defines_routine(&self) -> bool {
        let word = |i: usize| self.words.get(i).map(Vec::as_slice).unwrap_or_default();
        let routine = |i: usize| matches!(word(i), b"function" | b"procedure");
        word(0) == b"create"
            && (routine(1) || word(1) == b"or" && word(2) == b"replace" && routine(3))
    }
}

/// Whether the quote at this place follows a lone `E`.
fn follows_e(text: &[u8], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|i| text.get(i));
    matches!(before(1), Some(b'e' | b'E')) && !before(2).is_some_and(|b| is_word(*b))
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

/// The delimiter `$tag$` that a text begins with.
fn dollar(text: &[u8]) -> Option<&[u8]> {
    let tag = text.get(1..)?;
    let length = tag
        .iter()
        .take_while(|b| is_word(**b) && **b != b'$')
        .count();
    let ends = tag.get(length) == Some(&b'$');
    let begins = tag.first().is_some_and(|b| !b.is_ascii_digit());
    (ends && begins).then(|| text.get(..length + 2)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<String> {
        let mut scanner = Scanner::new(text.as_bytes(), 0, 1);
        let mut out = Vec::new();
        loop {
            match scanner.next().unwrap() {
                Item::Statement(s) => {
                    out.push(format!("{}:{}", s.line, String::from_utf8(s.text).unwrap()))
                }
                Item::Command { line, text } => out.push(format!("{line}!{text}")),
                Item::Comment { text } => out.push(text),
                Item::End { inside: None } => return out,
                Item::End { inside: Some(line) } => {
                    out.push(format!("open since {line}"));
                    return out;
                }
            }
        }
    }

    #[test]
    fn statements_end_where_psql_ends_them() {
        for (text, expected) in [
            ("a; b;\n\nc;", &["1:a", "1:b", "3:c"][..]),
            (
                "-- one;\n\\restrict x;y\nSELECT ';', \";\", E'\\';', $$;$$, $q$;$$;$q$ /* ; /* ; */ ; */;",
                &[
                    "-- one;",
                    "2!\\restrict x;y",
                    "3:SELECT ';', \";\", E'\\';', $$;$$, $q$;$$;$q$ /* ; /* ; */ ; */",
                ],
            ),
            (
                "SELECT 'it''s;', '\\';\nx;",
                &["1:SELECT 'it''s;', '\\'", "2:x"],
            ),
            (
                "CREATE RULE r AS ON INSERT TO t DO (a; b);c;",
                &["1:CREATE RULE r AS ON INSERT TO t DO (a; b)", "1:c"],
            ),
            (
                "CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n SELECT CASE WHEN a THEN 1 END;\n SELECT 2;\nEND;\nx;",
                &[
                    "1:CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n SELECT CASE WHEN a THEN 1 END;\n SELECT 2;\nEND",
                    "6:x",
                ],
            ),
            ("a\n'b\n;", &["open since 1"]),
            (";;\n;", &[]),
            ("SELECT a$1$;", &["1:SELECT a$1$"]),
            ("SELECT 1 -- it's; so\n;", &["1:SELECT 1 -- it's; so\n"]),
        ] {
            assert_eq!(statements(text), expected, "{text}");
        }
    }

    #[test]
    fn data_is_stepped_over_whatever_the_buffers() {
        let text = "COPY t FROM stdin;\n1\tx\n\\\\.\n\n\\.\nSELECT 1;\n";
        for capacity in 1..40 {
            let reader = io::BufReader::with_capacity(capacity, text.as_bytes());
            let mut scanner = Scanner::new(reader, 0, 1);
            assert!(matches!(scanner.next().unwrap(), Item::Statement(_)));
            let data = scanner.skip_data(None).unwrap();
            let expected = Data {
                offset: 19,
                line: 2,
                rows: 3,
                bytes: 9,
                complete: true,
            };
            assert_eq!(data, expected, "{capacity}");
            let Item::Statement(next) = scanner.next().unwrap() else {
                panic!()
            };
            assert_eq!((next.line, next.offset), (6, 31));
        }
        let mut scanner = Scanner::new(&b"COPY t FROM stdin;\n1\n2"[..], 0, 1);
        scanner.next().unwrap();
        assert!(!scanner.skip_data(None).unwrap().complete);
    }
}
