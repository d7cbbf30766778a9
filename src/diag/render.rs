//! Diagnostics as text for a terminal or a log.

use std::fmt::Write as _;

use super::{Diagnostic, Severity};

/// One diagnostic as rustc-style text: the sentence, the place, the source line with what is meant underlined, the help.
///
/// ```text
/// error[unknown-value]: the table name is not known
///   --> versions/1a2b_users.py:14:5 (revision 1a2b)
///    |
/// 14 |     op.drop_table(name)
///    |                   ^^^^
///    = help: ...
/// ```
pub fn render_text(diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let mut out = format!("{severity}[{}]: {}\n", diagnostic.code, diagnostic.message);
    let width = diagnostic
        .origin
        .as_ref()
        .map_or(1, |o| o.place.line.max(1).to_string().len());
    if let Some(origin) = &diagnostic.origin {
        let revision = match origin.revision.as_str() {
            "" => String::new(),
            id => format!(" (revision {id})"),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{:width$}--> {}{revision}", "", origin.place);
        if !origin.place.text.is_empty() && origin.place.line > 0 {
            let text = origin.place.text.replace('\t', " ");
            let _ = writeln!(out, "{:width$} |", "");
            let _ = writeln!(out, "{:>width$} | {text}", origin.place.line);
            if origin.place.column > 0 {
                let column = usize::try_from(origin.place.column).unwrap_or(1);
                let room = text.chars().count().saturating_sub(column - 1).max(1);
                let length = usize::try_from(origin.place.length)
                    .unwrap_or(1)
                    .clamp(1, room);
                let _ = writeln!(
                    out,
                    "{:width$} | {:pad$}{}",
                    "",
                    "",
                    "^".repeat(length),
                    pad = column - 1
                );
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{:width$} = help: {help}", "");
    }
    out
}
