//! Rows as `COPY` delivers them, in text and in binary format (PostgreSQL manual, `COPY`, "File Formats").
//!
//! Decoders take the stream in pieces of any size and hand on whole rows, one at a time, borrowing from the piece where they
//! can. They hold at most one row, never more than was received, and fail with [`Error::Copy`] on bytes that are no such
//! stream. What the cells mean (types) is not decided here.

mod binary;
mod text;

pub use binary::BinaryDecoder;
pub use text::TextDecoder;

use super::Error;
use super::source::RowFn;

/// One value of a row, borrowed from the reader's buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// SQL NULL.
    Null,
    /// PostgreSQL's output text under the pinned settings (escapes of the COPY format are already undone).
    Text(&'a [u8]),
    /// The type's binary send format.
    Binary(&'a [u8]),
}

/// In which format a source is asked for rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Text.
    Text,
    /// Binary where the source can and the type has a decoder; other columns arrive as text all the same.
    Binary,
}

/// A decoder of either format.
#[derive(Debug)]
pub enum Decoder {
    /// Text.
    Text(TextDecoder),
    /// Binary.
    Binary(BinaryDecoder),
}

impl Decoder {
    /// Takes the next piece of the stream and hands the rows that end in it to `row`.
    ///
    /// # Errors
    /// [`Error::Copy`] when the bytes are not of the format; [`Error::Consumer`] when `row` failed.
    pub fn feed(&mut self, piece: &[u8], row: &mut RowFn<'_>) -> Result<(), Error> {
        match self {
            Self::Text(decoder) => decoder.feed(piece, row),
            Self::Binary(decoder) => decoder.feed(piece, row),
        }
    }

    /// Rows handed on so far.
    pub fn rows(&self) -> u64 {
        match self {
            Self::Text(decoder) => decoder.rows(),
            Self::Binary(decoder) => decoder.rows(),
        }
    }

    /// Says that the stream has ended, and returns the number of rows.
    ///
    /// # Errors
    /// [`Error::Copy`] when it ended inside a row or without its trailer.
    pub fn finish(self) -> Result<u64, Error> {
        match self {
            Self::Text(decoder) => decoder.finish(),
            Self::Binary(decoder) => decoder.finish(),
        }
    }
}

/// An empty vector for cells of another lifetime that keeps the allocation (the standard library collects such a
/// conversion in place).
fn recycle<'b>(mut cells: Vec<Cell<'_>>) -> Vec<Cell<'b>> {
    cells.clear();
    cells.into_iter().map(|_| Cell::Null).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owned(cells: &[Cell<'_>]) -> Vec<Option<Vec<u8>>> {
        cells
            .iter()
            .map(|c| match c {
                Cell::Null => None,
                Cell::Text(b) | Cell::Binary(b) => Some(b.to_vec()),
            })
            .collect()
    }

    type Rows = Vec<Vec<Option<Vec<u8>>>>;

    fn decode(mut decoder: Decoder, stream: &[u8], piece: usize) -> (Rows, Result<u64, Error>) {
        let mut rows = Vec::new();
        let mut take = |cells: &[Cell<'_>]| {
            rows.push(owned(cells));
            Ok(())
        };
        for piece in stream.chunks(piece.max(1)) {
            if let Err(error) = decoder.feed(piece, &mut take) {
                return (rows, Err(error));
            }
        }
        let end = decoder.finish();
        (rows, end)
    }

    /// A text stream as PostgreSQL would write these rows.
    fn write_text(rows: &Rows) -> Vec<u8> {
        let mut out = Vec::new();
        for row in rows {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    out.push(b'\t');
                }
                let Some(cell) = cell else {
                    out.extend_from_slice(b"\\N");
                    continue;
                };
                for byte in cell {
                    match byte {
                        b'\\' => out.extend_from_slice(b"\\\\"),
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\r' => out.extend_from_slice(b"\\r"),
                        b'\t' => out.extend_from_slice(b"\\t"),
                        0x08 => out.extend_from_slice(b"\\b"),
                        0x0b => out.extend_from_slice(b"\\v"),
                        0x0c => out.extend_from_slice(b"\\f"),
                        other => out.push(*other),
                    }
                }
            }
            out.push(b'\n');
        }
        out
    }

    fn write_binary(rows: &Rows) -> Vec<u8> {
        let mut out = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
        for row in rows {
            out.extend_from_slice(&i16::try_from(row.len()).unwrap().to_be_bytes());
            for cell in row {
                match cell {
                    None => out.extend_from_slice(&(-1i32).to_be_bytes()),
                    Some(cell) => {
                        out.extend_from_slice(&i32::try_from(cell.len()).unwrap().to_be_bytes());
                        out.extend_from_slice(cell);
                    }
                }
            }
        }
        out.extend_from_slice(&(-1i16).to_be_bytes());
        out
    }

    fn text(columns: usize) -> Decoder {
        Decoder::Text(TextDecoder::new("t", columns))
    }

    fn binary(columns: usize) -> Decoder {
        Decoder::Binary(BinaryDecoder::new("t", vec![true; columns]))
    }

    proptest! {
        #[test]
        fn any_rows_come_back_whatever_the_pieces(
            columns in 1usize..5,
            values in proptest::collection::vec(proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)), 0..40),
            piece in 1usize..50,
        ) {
            let rows: Rows = values.chunks_exact(columns).map(<[_]>::to_vec).collect();
            let count = u64::try_from(rows.len()).unwrap();
            let (got, end) = decode(text(columns), &write_text(&rows), piece);
            prop_assert_eq!(end.unwrap(), count);
            prop_assert_eq!(&got, &rows);
            let (got, end) = decode(binary(columns), &write_binary(&rows), piece);
            prop_assert_eq!(end.unwrap(), count);
            prop_assert_eq!(&got, &rows);
        }

        #[test]
        fn no_bytes_make_a_decoder_panic(
            columns in 0usize..5,
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            piece in 1usize..50,
            header in any::<bool>(),
        ) {
            let _ = decode(text(columns), &bytes, piece);
            if header {
                let mut whole = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
                whole.append(&mut bytes);
                bytes = whole;
            }
            let _ = decode(binary(columns), &bytes, piece);
        }

        #[test]
        fn a_cut_binary_stream_is_never_whole(cut in 0usize..41) {
            let stream = write_binary(&vec![vec![Some(b"ab".to_vec()), None]]);
            prop_assume!(cut < stream.len());
            let (_, end) = decode(binary(2), &stream[..cut], 7);
            prop_assert!(end.is_err());
        }
    }

    #[test]
    fn text_escapes_are_undone() {
        let (rows, end) = decode(
            text(3),
            b"a\\tb\\\\c\t\\N\t\\x41\\101\\.\\q\n\t\\\\N\t\\x4\\1\n",
            1000,
        );
        assert_eq!(end.unwrap(), 2);
        assert_eq!(
            rows,
            vec![
                vec![Some(b"a\tb\\c".to_vec()), None, Some(b"AA.q".to_vec())],
                vec![
                    Some(Vec::new()),
                    Some(b"\\N".to_vec()),
                    Some(b"\x04\x01".to_vec())
                ],
            ]
        );
    }

    #[test]
    fn damage_is_told_with_its_row() {
        for (columns, stream, said) in [
            (
                2,
                &b"1\t2\n3\n"[..],
                "table t, row 2: it has 1 field, but 2 columns were named",
            ),
            (1, b"1\n2", "table t, row 2: the stream ends inside it"),
            (
                1,
                b"1\t2\n",
                "table t, row 1: it has more fields than columns were named (1)",
            ),
        ] {
            let (_, end) = decode(text(columns), stream, 3);
            assert_eq!(end.unwrap_err().to_string(), said);
        }
        let (_, end) = decode(binary(1), b"not a copy stream at all", 5);
        assert_eq!(
            end.unwrap_err().to_string(),
            "table t, row 1: the stream does not begin with the signature of binary COPY"
        );
    }
}
