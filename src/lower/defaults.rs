//! Defaults in the storage form of their column: what SQLite fills in must be what the ORM would have written.

use super::encoding::Encoding;
use super::expr::{Note, Place, Scope, Translator, Ty};
use super::keys::sequence_of;
use super::loss::{Grade, Loss, Rule};
use super::work::{Work, column_map, column_object};
use crate::ir::QualName;
use crate::pg::schema::Column;
use crate::pg::sql::ast::Node;
use crate::sqlite::schema::Default_;

/// Gives every column its default.
pub(super) fn lower_defaults(work: &mut Work<'_>) {
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for column in &table.columns {
            if column.generated.is_none() {
                lower_default(work, &name, column);
            }
        }
    }
}

fn lower_default(work: &mut Work<'_>, table: &QualName, column: &Column) {
    // Columns that number themselves: keys and losses say what becomes of the number.
    if sequence_of(work, table, column).is_some() {
        return;
    }
    let inherited = || {
        // An array of a domain is none itself: it has not its default.
        let (_, domain) = work.domain(&column.type_).filter(|_| !column.type_.array)?;
        domain.default.clone()
    };
    let Some(default) = column.default.clone().or_else(inherited) else {
        return;
    };
    let Some(map) = work.map(table).and_then(|t| column_map(t, &column.name)) else {
        return;
    };
    let want = Ty {
        pg: map.pg_type.clone(),
        encoding: map.encoding.clone(),
    };
    let sqlite_name = map.sqlite.clone();
    let object = column_object(table, &column.name);
    let translated =
        crate::pg::sql::parse_expr(default.sql()).and_then(|node| default_text(work, &node, &want));
    match translated {
        Ok(None) => {}
        Ok(Some((sql, notes))) => {
            for note in notes {
                let loss = Loss::new(Rule::DefaultDropped, note.grade, object.clone(), note.text);
                work.lose(loss.at(column.origin.as_ref()));
            }
            if let Some(table) = work.sqlite_table(table)
                && let Some(column) = table.columns.iter_mut().find(|c| c.name == sqlite_name)
            {
                column.default = Some(Default_::from_sql(&sql));
            }
        }
        Err(reason) => {
            let loss = Loss::new(
                Rule::DefaultDropped,
                Grade::Lossy,
                object,
                format!("DEFAULT {default} has no equal ({reason}): the column has no default."),
            )
            .remedy("Set the value in the application (`default=` instead of `server_default=` in the model).");
            work.lose(loss.at(column.origin.as_ref()));
        }
    }
}

type Written = Option<(String, Vec<Note>)>;

/// A default as SQL, `None` for NULL.
fn default_text(work: &Work<'_>, node: &Node, want: &Ty) -> Result<Written, String> {
    if is_null(node) {
        return Ok(None);
    }
    if let Some(found) = frozen_moment(node, want) {
        return Ok(Some(found));
    }
    if want.encoding == Encoding::UuidText && is_new_uuid(node) {
        return Ok(Some((super::expr::UUID4_TEXT.to_owned(), Vec::new())));
    }
    let catalog = work.catalog();
    let translator = Translator::new(catalog, Place::Default, Scope::default());
    let done = translator.value_for(node, want)?;
    let mut notes = done.notes;
    if let Some(note) = clamped(node, want) {
        notes.push(note);
    }
    if want.encoding == Encoding::Timestamp && done.sql.contains("'now'") && !names_utc(node) {
        notes.push(Note {
            grade: Grade::Widened,
            text:
                "The present is that of UTC; in PostgreSQL it was that of the session's time zone."
                    .to_owned(),
        });
    }
    Ok(Some((done.sql, notes)))
}

fn is_null(node: &Node) -> bool {
    match node {
        Node::Null => true,
        Node::Cast(inner, _) => is_null(inner),
        _ => false,
    }
}

fn literal_text(node: &Node) -> Option<&str> {
    match node {
        Node::String(text) => Some(text),
        Node::Cast(inner, _) => literal_text(inner),
        _ => None,
    }
}

/// Whether the time is taken in UTC by the expression itself.
fn names_utc(node: &Node) -> bool {
    match node {
        Node::Binary(_, op, _) if op == "AT TIME ZONE" => true,
        Node::Binary(left, _, right) => names_utc(left) || names_utc(right),
        Node::Cast(inner, _) => names_utc(inner),
        Node::Call(call) => call.name == "timezone",
        _ => false,
    }
}

fn is_new_uuid(node: &Node) -> bool {
    match node {
        Node::Call(call) => matches!(
            call.name.as_str(),
            "gen_random_uuid" | "uuid_generate_v4" | "uuidv4"
        ),
        Node::Cast(inner, _) => is_new_uuid(inner),
        _ => false,
    }
}

/// `DEFAULT 'now'` and `DEFAULT 'now()'` (a Python string given as server_default) were read once, when the table was made.
fn frozen_moment(node: &Node, want: &Ty) -> Option<(String, Vec<Note>)> {
    let text = literal_text(node)?.trim().to_ascii_lowercase();
    if !matches!(
        text.as_str(),
        "now" | "now()" | "today" | "tomorrow" | "yesterday" | "current_timestamp" | "current_date"
    ) {
        return None;
    }
    let sql = match want.encoding {
        Encoding::Date => "date('now')".to_owned(),
        Encoding::Timestamp | Encoding::TimestampUtc => super::expr::NOW.to_owned(),
        _ => return None,
    };
    let note = Note {
        grade: Grade::Lossy,
        text: format!(
            "PostgreSQL read the default '{text}' once, when the column was made, and kept that moment; here it is the moment of the insert."
        ),
    };
    Some((sql, vec![note]))
}

/// Infinity is stored as the last moment that Python has.
fn clamped(node: &Node, want: &Ty) -> Option<Note> {
    let text = literal_text(node)?.trim().to_ascii_lowercase();
    (want.is_moment() && matches!(text.as_str(), "infinity" | "-infinity")).then(|| Note {
        grade: Grade::Widened,
        text: format!(
            "The default '{text}' is stored as the {} day that Python has, as the drivers read it.",
            if text.starts_with('-') {
                "first"
            } else {
                "last"
            }
        ),
    })
}
