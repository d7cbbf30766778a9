//! Which types turn into which without being asked: the assignment casts of PostgreSQL 15, which `ALTER COLUMN .. TYPE` without `USING`
//! takes (`pg_cast` with contexts `a` and `i`; conversions to strings by I/O, parse_coerce.c).

use super::schema::Schema;
use super::types::{BaseType, PgType};

/// Numbers turn into one another.
const NUMBERS: &[BaseType] = &[
    BaseType::SmallInt,
    BaseType::Integer,
    BaseType::BigInt,
    BaseType::Numeric,
    BaseType::Real,
    BaseType::Double,
];

/// Types that any type is written into, and that turn into no other.
const STRINGS: &[BaseType] = &[
    BaseType::Text,
    BaseType::Varchar,
    BaseType::Char,
    BaseType::Name,
];

/// The rest of `pg_cast`: from the first type to each of the others.
const OTHERS: &[(BaseType, &[BaseType])] = &[
    (BaseType::Bit, &[BaseType::VarBit]),
    (BaseType::VarBit, &[BaseType::Bit]),
    (BaseType::Cidr, &[BaseType::Inet]),
    (BaseType::Inet, &[BaseType::Cidr]),
    (BaseType::Json, &[BaseType::Jsonb]),
    (BaseType::Jsonb, &[BaseType::Json]),
    (BaseType::MacAddr, &[BaseType::MacAddr8]),
    (BaseType::MacAddr8, &[BaseType::MacAddr]),
    (BaseType::Integer, &[BaseType::Money]),
    (BaseType::BigInt, &[BaseType::Money]),
    (BaseType::Numeric, &[BaseType::Money]),
    (BaseType::Money, &[BaseType::Numeric]),
    (BaseType::Box, &[BaseType::Polygon]),
    (BaseType::Path, &[BaseType::Polygon]),
    (BaseType::Polygon, &[BaseType::Path]),
    (BaseType::Point, &[BaseType::Box]),
    (
        BaseType::Date,
        &[BaseType::Timestamp, BaseType::TimestampTz],
    ),
    (
        BaseType::Timestamp,
        &[BaseType::Date, BaseType::Time, BaseType::TimestampTz],
    ),
    (
        BaseType::TimestampTz,
        &[
            BaseType::Date,
            BaseType::Time,
            BaseType::TimeTz,
            BaseType::Timestamp,
        ],
    ),
    (BaseType::Time, &[BaseType::Interval, BaseType::TimeTz]),
    (BaseType::TimeTz, &[BaseType::Time]),
    (BaseType::Interval, &[BaseType::Time]),
];

/// Whether other types are in the tables above, with all their casts.
fn is_listed(base: &BaseType) -> bool {
    let other = |(from, to): &(BaseType, &[BaseType])| from == base || to.contains(base);
    NUMBERS.contains(base)
        || STRINGS.contains(base)
        || matches!(base, BaseType::Boolean | BaseType::Uuid | BaseType::Bytea)
        || OTHERS.iter().any(other)
}

/// Whether PostgreSQL turns values of a type into another without being asked; `None` where it is not known: types of extensions, casts that a
/// history makes, types that are seldom a column's.
pub fn assignable(schema: &Schema, from: &PgType, to: &PgType) -> Option<bool> {
    if schema.others.iter().any(|o| o.kind == "CAST") {
        return None;
    }
    let (from, to) = (beneath(schema, from), beneath(schema, to));
    if !to.array && STRINGS.contains(&to.base) {
        return Some(true);
    }
    if from.array != to.array {
        let known = |t: &PgType| is_listed(&t.base) || is_enum(schema, t);
        return (known(&from) && known(&to)).then_some(false);
    }
    if from.base == to.base {
        return Some(true);
    }
    let (a, b) = (&from.base, &to.base);
    let enums = (is_enum(schema, &from), is_enum(schema, &to));
    if enums != (false, false) {
        let known = (enums.0 || is_listed(a)) && (enums.1 || is_listed(b));
        return known.then_some(STRINGS.contains(b));
    }
    if !is_listed(a) || !is_listed(b) {
        return None;
    }
    Some(
        STRINGS.contains(b)
            || (NUMBERS.contains(a) && NUMBERS.contains(b))
            || OTHERS.iter().any(|(from, to)| from == a && to.contains(b)),
    )
}

fn is_enum(schema: &Schema, type_: &PgType) -> bool {
    type_
        .user_defined()
        .is_some_and(|name| schema.enums.contains_key(&name))
}

/// The type that a domain is over.
fn beneath(schema: &Schema, type_: &PgType) -> PgType {
    let mut type_ = type_.clone();
    // Domains over domains end somewhere: each was there before the next.
    for _ in 0..=schema.domains.len() {
        let Some(domain) = type_.user_defined().and_then(|n| schema.domains.get(&n)) else {
            break;
        };
        if domain.hides_array(&type_) {
            break;
        }
        let array = type_.array || domain.base.array;
        type_ = PgType {
            array,
            ..domain.base.clone()
        };
    }
    type_
}
