//! PostgreSQL's types as expressions of SQLAlchemy.

use crate::pg::types::{BaseType, PgType};

/// The SQLAlchemy type of an array's elements, as it is written in a model that imports `sqlalchemy as sa`.
pub(super) fn expression(type_: &PgType, is_enum: bool) -> String {
    let named = |name: &str| format!("sa.{name}()");
    match &type_.base {
        _ if is_enum => format!("sa.Enum(.., name={})", python_string(&type_.to_string())),
        BaseType::SmallInt => named("SmallInteger"),
        BaseType::Integer => named("Integer"),
        BaseType::BigInt | BaseType::Oid => named("BigInteger"),
        BaseType::Numeric => format!("sa.Numeric({})", digits(type_)),
        BaseType::Real | BaseType::Double => named("Float"),
        BaseType::Boolean => named("Boolean"),
        BaseType::Varchar => match type_.length() {
            Some(n) => format!("sa.String({n})"),
            None => named("String"),
        },
        BaseType::Char => match type_.length() {
            Some(n) => format!("sa.CHAR({n})"),
            None => named("String"),
        },
        BaseType::Bytea => named("LargeBinary"),
        BaseType::Date => named("Date"),
        BaseType::Time => named("Time"),
        BaseType::TimeTz => "TzTime()".to_owned(),
        BaseType::Timestamp => named("DateTime"),
        BaseType::TimestampTz => "UtcDateTime()".to_owned(),
        BaseType::Uuid => "PortableUuid()".to_owned(),
        _ => named("Text"),
    }
}

/// Precision and scale as arguments; empty where there are none.
pub(super) fn digits(type_: &PgType) -> String {
    match type_.precision_scale() {
        Some((p, s)) => format!("{p}, {s}"),
        None => String::new(),
    }
}

/// A text as Python writes it between double quotes.
pub(super) fn python_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
