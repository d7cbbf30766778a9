//! The statements that read tables.

use crate::ir::QualName;
use crate::pg::Error;
use crate::pg::copy::{BinaryDecoder, CopyFormat, Decoder, TextDecoder};
use crate::pg::schema::{Schema, TableKind};
use crate::pg::source::Part;
use crate::pg::types::{BaseType, PgType};

/// Whether values of a type are asked for in their binary format. The others are asked for as PostgreSQL's output text:
/// user-defined types, and built-in ones whose text is what is stored anyway or depends on the server (`money`, `reg*`).
pub fn binary_supported(pg_type: &PgType) -> bool {
    matches!(
        pg_type.base,
        BaseType::SmallInt
            | BaseType::Integer
            | BaseType::BigInt
            | BaseType::Numeric
            | BaseType::Real
            | BaseType::Double
            | BaseType::Boolean
            | BaseType::Text
            | BaseType::Varchar
            | BaseType::Char
            | BaseType::Name
            | BaseType::Bytea
            | BaseType::Date
            | BaseType::Time
            | BaseType::TimeTz
            | BaseType::Timestamp
            | BaseType::TimestampTz
            | BaseType::Interval
            | BaseType::Uuid
            | BaseType::Json
            | BaseType::Jsonb
            | BaseType::Oid
    )
}

/// An identifier in double quotes.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn quote_table(name: &QualName) -> String {
    format!("{}.{}", quote(name.schema_or_default()), quote(&name.name))
}

/// How a column is asked for inside a binary COPY.
enum Asked {
    /// As it is; its binary format is read.
    Binary,
    /// As it is; its binary format is its text (enum labels, citext).
    TextAsItIs,
    /// Through its output function.
    Output,
}

fn asked(schema: &Schema, pg_type: &PgType) -> Asked {
    if binary_supported(pg_type) {
        return Asked::Binary;
    }
    match pg_type.user_defined() {
        Some(name)
            if !pg_type.array && (schema.enums.contains_key(&name) || name.name == "citext") =>
        {
            Asked::TextAsItIs
        }
        _ => Asked::Output,
    }
}

/// The statement that reads a table, and the decoder of its stream.
pub(super) fn copy_statement(
    schema: &Schema,
    table: &QualName,
    columns: &[String],
    format: CopyFormat,
    condition: Option<&str>,
    part: Option<&Part>,
) -> Result<(String, Decoder), Error> {
    let from = quote_table(table);
    let Some(known) = schema.tables.get(table) else {
        if schema.views.contains_key(table) {
            let list = columns
                .iter()
                .map(|c| quote(c))
                .collect::<Vec<_>>()
                .join(", ");
            let sql = format!("COPY (SELECT {list} FROM {from}) TO STDOUT");
            return Ok((
                sql,
                Decoder::Text(TextDecoder::new(table.to_string(), columns.len())),
            ));
        }
        return Err(Error::Missing(format!(
            "the source has no table {table}; compare its schema with the history's"
        )));
    };
    let mut list = Vec::with_capacity(columns.len());
    let mut binary = Vec::with_capacity(columns.len());
    for name in columns {
        let column = known.column(name).ok_or_else(|| {
            Error::Missing(format!(
                "the source's table {table} has no column {name}; compare its schema with the history's"
            ))
        })?;
        let quoted = quote(name);
        match (format, asked(schema, &column.type_)) {
            (CopyFormat::Text, _) | (_, Asked::TextAsItIs) => {
                binary.push(false);
                list.push(quoted);
            }
            (_, Asked::Binary) => {
                binary.push(true);
                list.push(quoted);
            }
            // format() calls the output function; a cast to text is another function for some types (inet, char).
            // num_nulls() asks the value itself, while IS NULL holds for a row of NULLs, too.
            (_, Asked::Output) => {
                binary.push(false);
                list.push(format!(
                    "CASE WHEN pg_catalog.num_nulls({quoted}) = 0 THEN pg_catalog.format('%s', {quoted}) END"
                ));
            }
        }
    }
    // A partitioned table gives its partitions' rows; a parent by inheritance only its own, since children are tables too.
    let only = if known.kind == TableKind::Partitioned {
        ""
    } else {
        "ONLY "
    };
    // The newline ends a comment that a condition may end with.
    let filter = match (condition, part) {
        (Some(condition), _) => format!(" WHERE ({condition}\n)"),
        (None, Some(part)) => {
            let below = part.below.map_or_else(String::new, |block| {
                format!(" AND ctid OPERATOR(pg_catalog.<) '({block},0)'")
            });
            let from = part.from;
            format!(" WHERE ctid OPERATOR(pg_catalog.>=) '({from},0)'{below}")
        }
        (None, None) => String::new(),
    };
    let mut sql = format!(
        "COPY (SELECT {} FROM {only}{from}{filter}) TO STDOUT",
        list.join(", ")
    );
    let decoder = match format {
        CopyFormat::Text => Decoder::Text(TextDecoder::new(table.to_string(), columns.len())),
        CopyFormat::Binary => {
            sql.push_str(" (FORMAT binary)");
            Decoder::Binary(BinaryDecoder::new(table.to_string(), binary))
        }
    };
    Ok((sql, decoder))
}
