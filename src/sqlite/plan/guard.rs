//! Statements that change nothing and fail, with a sentence that says why, when what follows them would do harm.
//!
//! SQLite raises an error of one's own only inside triggers, and migrations whose statements the team's original tool splits
//! cannot hold any. `json_extract` fails over a path that does not begin with `$` and quotes it (sqlite.org/json1.html,
//! "PATH Arguments"), whatever the path was computed from.

use crate::sqlite::text::{quote, seed_safe, string_literal};

/// Fails while foreign keys are on: dropping a table deletes its rows first, and with them the rows that refer to it
/// (sqlite.org/foreignkeys.html, section 5).
pub fn foreign_keys_are_off() -> String {
    let words = "this migration rebuilds or drops tables that others refer to and has to run with foreign keys off, or rows \
                 that refer to them would be deleted: run it with decant migrate, or switch the foreign_keys pragma off first";
    format!(
        "SELECT json_extract('{{}}', CASE foreign_keys WHEN 0 THEN '$' ELSE {} END) FROM pragma_foreign_keys",
        string_literal(words)
    )
}

/// Fails over rows whose new value would be NULL in a column that forbids it.
pub(super) fn no_nulls(table: &str, column: &str, expression: &str) -> String {
    fail_over_rows(
        &format!("{table}.{column} becomes NOT NULL, but "),
        " rows hold no value for it: give them one first",
        &format!(
            "{} WHERE {} IS NULL",
            quote(table),
            parenthesised(expression)
        ),
    )
}

/// Fails over any row: a new column forbids NULL and has no default.
pub(super) fn no_rows(table: &str, column: &str) -> String {
    fail_over_rows(
        &format!("{table}.{column} is new, NOT NULL and without a default, but the table holds "),
        " rows that would have no value for it",
        &quote(table),
    )
}

/// Fails over values that the new form of a column cannot take.
pub fn no_values(table: &str, column: &str) -> String {
    fail_over_rows(
        &format!("the values of {table}.{column} have no form in its new type, and "),
        " rows hold one",
        &format!("{} WHERE {} IS NOT NULL", quote(table), quote(column)),
    )
}

/// Fails over any row of a table or of a part of it: the sentence has their number between its two halves.
pub fn no_rows_in(begin: &str, end: &str, from: &str) -> String {
    fail_over_rows(begin, end, from)
}

/// Fails where a query does not give the rows that the script's own code was followed for: their number, and the values that are
/// known of them, by the places of their columns. `read` is the query as its author wrote it.
pub fn other_rows(read: &str, query: &str, width: usize, rows: &KnownRows) -> String {
    let names: Vec<String> = (1..=width).map(|at| format!("c{at}")).collect();
    let mut test = format!("(SELECT count(*) FROM _decant_read) = {}", rows.count);
    if rows.count > 0 && !rows.columns.is_empty() {
        let columns: Vec<String> = rows
            .columns
            .iter()
            .map(|at| format!("c{}", at + 1))
            .collect();
        let values: Vec<String> = rows
            .values
            .iter()
            .map(|row| format!("({})", row.join(", ")))
            .collect();
        test.push_str(&format!(
            " AND NOT EXISTS (SELECT {} FROM _decant_read EXCEPT VALUES {})",
            columns.join(", "),
            values.join(", ")
        ));
    }
    format!(
        "WITH _decant_read ({}) AS ({query}) SELECT json_extract('{{}}', CASE WHEN {test} THEN '$' ELSE {} END)",
        names.join(", "),
        sentence_of_other_rows(read, rows.count)
    )
}

/// Fails where the row that was just written got another number than the one that the script's own code went on with.
pub fn other_number(read: &str, number: i64) -> String {
    let why = format!(
        "{OTHER_ROWS}the script goes on with the number that `{read}` gave its row, {number} in a database with the history's own rows alone, and here it is another one: write this migration's changes of rows by hand"
    );
    format!(
        "SELECT json_extract('{{}}', CASE last_insert_rowid() WHEN {number} THEN '$' ELSE {} END)",
        seed_safe(&string_literal(&why))
    )
}

fn sentence_of_other_rows(read: &str, count: usize) -> String {
    let why = format!(
        "{OTHER_ROWS}the script reads `{read}` and works on the answer in Python, which was followed for the {count} rows that the history itself leaves: write this migration's changes of rows by hand, or take this statement out where none are needed"
    );
    seed_safe(&string_literal(&why))
}

/// Rows as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownRows {
    /// How many.
    pub count: usize,
    /// Places of the columns whose values are known.
    pub columns: Vec<usize>,
    /// Those values as SQL, row by row.
    pub values: Vec<Vec<String>>,
}

/// How the sentences about other rows begin.
pub const OTHER_ROWS: &str = "this migration was written for other rows: ";

/// Whether a statement is a guard against other rows.
pub fn is_against_other_rows(statement: &str) -> bool {
    statement.contains("SELECT json_extract('{}', CASE ") && statement.contains(OTHER_ROWS)
}

/// Fails always: there is no way back.
pub fn irreversible(why: &str) -> String {
    format!(
        "SELECT json_extract('{{}}', {})",
        seed_safe(&string_literal(&format!("{NO_WAY_BACK}{why}")))
    )
}

/// Fails over any row of a table: there is no way back for them.
pub fn irreversible_over_rows(why: &str, table: &str) -> String {
    fail_over_rows(
        &format!("{NO_WAY_BACK}{why}, and {table} holds "),
        " rows",
        &quote(table),
    )
}

/// Whether a statement is one of these two.
pub fn is_irreversible(statement: &str) -> bool {
    statement.starts_with("SELECT json_extract(") && statement.contains(NO_WAY_BACK)
}

/// How their sentence begins.
pub const NO_WAY_BACK: &str = "cannot be reverted: ";

/// The sentence of a guard out of SQLite's message about it; other messages stay as they are.
pub fn sentence(message: &str) -> String {
    let inner = message
        .strip_prefix("bad JSON path: '")
        .and_then(|m| m.strip_suffix('\''));
    inner.map_or_else(|| message.to_owned(), |i| i.replace("''", "'"))
}

fn fail_over_rows(begin: &str, end: &str, from: &str) -> String {
    format!(
        "SELECT json_extract('{{}}', CASE count(*) WHEN 0 THEN '$' ELSE {} || count(*) || {} END) FROM {from}",
        seed_safe(&string_literal(begin)),
        seed_safe(&string_literal(end)),
    )
}

fn parenthesised(expression: &str) -> String {
    let plain = crate::sqlite::text::tokens(expression).len() == 1;
    if plain {
        expression.to_owned()
    } else {
        format!("({})", seed_safe(expression))
    }
}
