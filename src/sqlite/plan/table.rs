//! How one table becomes another: nothing to do, `ALTER TABLE` in place, or a rebuild.
//!
//! What `ALTER TABLE` does on a table full of rows: sqlite.org/lang_altertable.html, "ALTER TABLE ADD COLUMN" and "DROP COLUMN".

use super::guard::{no_nulls, no_rows};
use super::rename::{in_expression_all, mentions};
use super::same::same_table;
use super::{CarriedColumn, CarriedTable};
use crate::sqlite::emit;
use crate::sqlite::schema::{Column, Default_, Table};
use crate::sqlite::text::{quote, quote_list, string_literal};

/// What a table needs. Its name and the names of its carried columns are those of the schema after already.
pub(super) enum Change {
    /// It is as it should be.
    Nothing,
    /// These statements, in order.
    InPlace(Vec<String>),
    /// A new table takes its rows and its name.
    Rebuild {
        /// Statements that fail, before anything is changed, over rows that the new table cannot take.
        guards: Vec<String>,
        /// The rebuild.
        statements: Vec<String>,
    },
}

/// Decides.
pub(super) fn change(before: &Table, after: &Table, carried: &CarriedTable) -> Change {
    // Another value in a column of the same kind (`USING`, another label) is copied, which no trigger sees.
    let converts = carried.columns.values().any(|c| c.convert.is_some());
    if same_table(before, after) && !converts {
        return Change::Nothing;
    }
    match in_place(before, after, carried) {
        Some(statements) if !converts => Change::InPlace(statements),
        _ => Change::Rebuild {
            guards: guards(before, after, carried),
            statements: rebuild(before, after, carried),
        },
    }
}

/// The statements that change the table where it stands, if SQLite has them on a table full of rows.
fn in_place(before: &Table, after: &Table, carried: &CarriedTable) -> Option<Vec<String>> {
    let mut state = before.clone();
    let mut statements = Vec::new();
    let stays = |name: &str| carried.columns.keys().any(|c| c.eq_ignore_ascii_case(name));
    for column in before.columns.iter().filter(|c| !stays(&c.name)) {
        // One that comes again under its name may have kept its indexes, which SQLite does not let stand without it.
        let again = after.column(&column.name).is_some();
        if again || !can_drop(before, column) {
            return None;
        }
        state.columns.retain(|c| c.name != column.name);
        statements.push(format!(
            "ALTER TABLE {} DROP COLUMN {}",
            quote(&after.name),
            quote(&column.name)
        ));
    }
    for column in after.columns.iter().filter(|c| !stays(&c.name)) {
        statements.push(add(&mut state, after, column)?);
    }
    same_table(&state, after).then_some(statements)
}

/// Whether the column takes a name of the row number, which SQLite neither adds nor drops ("cannot add rowid alias").
fn hides_rowid(table: &Table, column: &Column) -> bool {
    let is = |alias: &&str| column.name.eq_ignore_ascii_case(alias);
    !table.without_rowid && ["rowid", "oid", "_rowid_"].iter().any(is)
}

/// Whether nothing else in the table's text names the column.
fn can_drop(table: &Table, column: &Column) -> bool {
    let is = |name: &String| name.eq_ignore_ascii_case(&column.name);
    let key = table.primary_key.as_ref();
    let others = table.columns.iter().filter_map(|c| c.generated.as_ref());
    table.columns.len() > 1
        && !hides_rowid(table, column)
        && !key.is_some_and(|k| k.columns.iter().any(is))
        && !table.uniques.iter().any(|u| u.columns.iter().any(is))
        && !table.foreign_keys.iter().any(|f| f.columns.iter().any(is))
        && !table.checks.iter().any(|c| mentions(&c.expr, &column.name))
        && !others.into_iter().any(|g| mentions(&g.expr, &column.name))
}

/// `ADD COLUMN`, which also goes into the state, if a table full of rows takes it.
fn add(state: &mut Table, after: &Table, column: &Column) -> Option<String> {
    let is = |name: &String| name.eq_ignore_ascii_case(&column.name);
    let key = after.primary_key.as_ref();
    let has_null = match &column.default {
        None => true,
        Some(Default_::Literal(sql)) if sql.to_ascii_uppercase().starts_with("CURRENT_") => {
            return None;
        }
        Some(Default_::Literal(sql)) => sql.eq_ignore_ascii_case("NULL"),
        Some(Default_::Expr(_)) => return None,
    };
    if hides_rowid(after, column)
        || key.is_some_and(|k| k.columns.iter().any(is))
        || after.uniques.iter().any(|u| u.columns.iter().any(is))
        || column.generated.as_ref().is_some_and(|g| g.stored)
        || (column.not_null && has_null && column.generated.is_none())
    {
        return None;
    }
    let mut sql = format!(
        "ALTER TABLE {} ADD COLUMN {}",
        quote(&after.name),
        emit::column(column, None)
    );
    for check in &after.checks {
        let others = after.columns.iter().filter(|c| c.name != column.name);
        if mentions(&check.expr, &column.name)
            && !others.into_iter().any(|c| mentions(&check.expr, &c.name))
        {
            sql.push(' ');
            sql.push_str(&emit::check_clause(check));
            state.checks.push(check.clone());
        }
    }
    for key in &after.foreign_keys {
        if matches!(key.columns.as_slice(), [only] if is(only)) {
            if !has_null {
                return None;
            }
            sql.push(' ');
            sql.push_str(&emit::named(key.name.as_deref(), emit::references(key)));
            state.foreign_keys.push(key.clone());
        }
    }
    state.columns.push(column.clone());
    Some(sql)
}

/// How a column is carried along.
fn source<'a>(carried: &'a CarriedTable, column: &Column) -> Option<&'a CarriedColumn> {
    let mut columns = carried.columns.iter();
    let found = columns.find(|(name, _)| name.eq_ignore_ascii_case(&column.name));
    found.map(|(_, source)| source)
}

/// The value of a carried column, over the names before.
fn value_before(carried: &CarriedTable, column: &Column) -> Option<String> {
    let source = source(carried, column)?;
    Some(
        source
            .convert
            .clone()
            .unwrap_or_else(|| quote(&source.before)),
    )
}

/// The value of a carried column, over the names after, which the table has when it is rebuilt.
fn value_after(carried: &CarriedTable, column: &Column) -> Option<String> {
    let source = source(carried, column)?;
    let Some(expression) = &source.convert else {
        return Some(quote(&column.name));
    };
    Some(in_expression_all(expression, |name| {
        carried.after(name).map(str::to_owned)
    }))
}

/// Whether SQLite numbers the rows of the column itself.
fn is_rowid(table: &Table, column: &Column) -> bool {
    let key = table.primary_key.as_ref();
    column.declared_type.eq_ignore_ascii_case("INTEGER")
        && !table.without_rowid
        && key.is_some_and(
            |k| matches!(k.columns.as_slice(), [only] if only.eq_ignore_ascii_case(&column.name)),
        )
}

fn guards(before: &Table, after: &Table, carried: &CarriedTable) -> Vec<String> {
    let required = |c: &&Column| c.not_null && c.generated.is_none() && !is_rowid(after, c);
    let mut out = Vec::new();
    for column in after.columns.iter().filter(required) {
        match value_before(carried, column) {
            Some(expression) => {
                let was = before.column(&column.name);
                let unchanged = source(carried, column).is_some_and(|s| s.convert.is_none());
                if !(unchanged && was.is_some_and(|c| c.not_null)) {
                    out.push(no_nulls(&carried.before, &column.name, &expression));
                }
            }
            None => {
                let no_value = match &column.default {
                    None => true,
                    Some(Default_::Literal(sql)) => sql.eq_ignore_ascii_case("NULL"),
                    Some(Default_::Expr(_)) => false,
                };
                if no_value {
                    out.push(no_rows(&carried.before, &column.name));
                }
            }
        }
    }
    out
}

/// The recipe of sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes", steps 4 to 7.
fn rebuild(before: &Table, after: &Table, carried: &CarriedTable) -> Vec<String> {
    let new = Table {
        name: temporary_name(&after.name),
        ..after.clone()
    };
    let written: Vec<(&Column, String)> = after
        .columns
        .iter()
        .filter(|c| c.generated.is_none())
        .filter_map(|c| Some((c, value_after(carried, c)?)))
        .collect();
    let names: Vec<&String> = written.iter().map(|(c, _)| &c.name).collect();
    let values: Vec<&str> = written.iter().map(|(_, v)| v.as_str()).collect();
    let mut out = vec![emit::create_table(&new)];
    if !written.is_empty() {
        out.push(format!(
            "INSERT INTO {} ({})\nSELECT {}\nFROM {}",
            quote(&new.name),
            quote_list(&names),
            values.join(", "),
            quote(&after.name)
        ));
    }
    let autoincrement = |table: &Table| table.primary_key.as_ref().is_some_and(|k| k.autoincrement);
    if autoincrement(before) && autoincrement(after) {
        // The highest number ever given out, which may be above those of the rows that are left.
        let (new, old) = (string_literal(&new.name), string_literal(&after.name));
        out.push(format!("DELETE FROM sqlite_sequence WHERE name = {new}"));
        out.push(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
        ));
    }
    out.push(format!("DROP TABLE {}", quote(&after.name)));
    out.push(format!(
        "ALTER TABLE {} RENAME TO {}",
        quote(&new.name),
        quote(&after.name)
    ));
    out
}

/// The name of the new table while the old one is still there.
fn temporary_name(table: &str) -> String {
    format!("_decant_new_{table}")
}
