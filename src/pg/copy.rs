//! Cells of rows as `COPY` delivers them, in text and in binary format (PostgreSQL manual, `COPY`, "File Formats").

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
