//! Types of expressions (parse_expr.c, parse_coerce.c, pg_proc.dat), as far as result columns need them.

use super::{Meaning, Names, Relations};
use crate::pg::sql::ast::{Call, Node};
use crate::pg::types::{BaseType as B, PgType};

/// The type of a literal in quotes and of NULL before anybody asks for one.
pub(super) fn is_unknown(type_: &PgType) -> bool {
    matches!(&type_.base, B::Named { schema: None, name } if name == "unknown")
}

fn plain(base: B) -> Option<PgType> {
    Some(PgType::new(base))
}

fn unknown() -> Option<PgType> {
    Some(PgType::named(None, "unknown"))
}

/// Place of a number type among those that it becomes without being asked.
fn rank(base: &B) -> Option<usize> {
    [
        B::SmallInt,
        B::Integer,
        B::BigInt,
        B::Numeric,
        B::Real,
        B::Double,
    ]
    .iter()
    .position(|b| b == base)
}

fn is_string(base: &B) -> bool {
    matches!(base, B::Text | B::Varchar | B::Char | B::Name)
}

/// The type that several values have in common (`select_common_type`); `None` when one is not known.
pub(super) fn common(types: &[Option<PgType>]) -> Option<PgType> {
    let mut chosen: Option<PgType> = None;
    for type_ in types {
        let type_ = type_.clone()?;
        chosen =
            Some(match chosen {
                None => type_,
                Some(held) if held == type_ => held,
                Some(held) if is_unknown(&held) => without_modifiers(type_),
                Some(held) if is_unknown(&type_) => without_modifiers(held),
                Some(held) => match (rank(&held.base), rank(&type_.base)) {
                    (Some(a), Some(b)) if held.array == type_.array => {
                        without_modifiers(if a >= b { held } else { type_ })
                    }
                    _ if held.base == type_.base && held.array == type_.array => {
                        without_modifiers(held)
                    }
                    _ if is_string(&held.base) && is_string(&type_.base) => without_modifiers(held),
                    _ => match (&held.base, &type_.base) {
                        (B::Date, B::Timestamp | B::TimestampTz)
                        | (B::Timestamp, B::TimestampTz) => type_,
                        (B::Timestamp | B::TimestampTz, B::Date)
                        | (B::TimestampTz, B::Timestamp) => held,
                        _ => return None,
                    },
                },
            });
    }
    chosen
}

fn without_modifiers(type_: PgType) -> PgType {
    PgType {
        modifiers: Vec::new(),
        ..type_
    }
}

impl Relations<'_> {
    /// Type of an expression; `None` when it is not known.
    pub(super) fn type_of(&self, node: &Node, names: &Names) -> Option<PgType> {
        match node {
            Node::Null | Node::String(_) => unknown(),
            Node::Bool(_)
            | Node::IsNull { .. }
            | Node::IsBool { .. }
            | Node::Between { .. }
            | Node::In { .. }
            | Node::InQuery { .. }
            | Node::Quantified { .. }
            | Node::Escape(..)
            | Node::Exists(_) => plain(B::Boolean),
            Node::Number(text) => {
                if text.parse::<i32>().is_ok() {
                    plain(B::Integer)
                } else if text.parse::<i64>().is_ok() {
                    plain(B::BigInt)
                } else {
                    plain(B::Numeric)
                }
            }
            Node::Column(path) => match names.find(path) {
                Meaning::Column(_, Some(output)) => output.type_.clone(),
                Meaning::Column(_, None) | Meaning::Unclear => None,
            },
            Node::Cast(_, type_) => Some(type_.clone()),
            Node::Collate(inner, _) => self.type_of(inner, names),
            Node::Unary(op, _) if op == "NOT" => plain(B::Boolean),
            Node::Unary(op, inner) if op == "-" || op == "+" => {
                self.type_of(inner, names).map(without_modifiers)
            }
            Node::Unary(..) => None,
            Node::Binary(left, op, right) => self.operation(left, op, right, names),
            Node::Array(items) => {
                let types: Vec<Option<PgType>> =
                    items.iter().map(|i| self.type_of(i, names)).collect();
                let mut element = common(&types)?;
                if is_unknown(&element) {
                    element = PgType::new(B::Text);
                }
                element.array = true;
                Some(element)
            }
            Node::Case {
                whens, otherwise, ..
            } => {
                let mut types: Vec<Option<PgType>> = Vec::new();
                // The ELSE counts first (transformCaseExpr).
                if let Some(otherwise) = otherwise {
                    types.push(self.type_of(otherwise, names));
                }
                types.extend(whens.iter().map(|(_, r)| self.type_of(r, names)));
                let found = common(&types)?;
                Some(if is_unknown(&found) {
                    PgType::new(B::Text)
                } else {
                    found
                })
            }
            Node::Subscript(inner, _) => {
                let type_ = self.type_of(inner, names)?;
                match (&type_.base, type_.array) {
                    (_, true) => Some(type_.element()),
                    (B::Jsonb, _) => plain(B::Jsonb),
                    _ => None,
                }
            }
            Node::Subquery(query) => {
                let columns = self.query(query, names)?;
                columns.into_iter().next()?.type_
            }
            Node::Call(call) => self.call(call, names),
            Node::Star(_) | Node::Row(_) | Node::Field(..) | Node::Other(_) => None,
        }
    }

    fn operation(&self, left: &Node, op: &str, right: &Node, names: &Names) -> Option<PgType> {
        match op {
            "AND"
            | "OR"
            | "="
            | "<>"
            | "<"
            | ">"
            | "<="
            | ">="
            | "LIKE"
            | "NOT LIKE"
            | "ILIKE"
            | "NOT ILIKE"
            | "SIMILAR TO"
            | "NOT SIMILAR TO"
            | "IS DISTINCT FROM"
            | "IS NOT DISTINCT FROM"
            | "~"
            | "~*"
            | "!~"
            | "!~*"
            | "@>"
            | "<@"
            | "&&"
            | "?"
            | "?|"
            | "?&"
            | "@@" => return plain(B::Boolean),
            "->>" | "#>>" => return plain(B::Text),
            _ => {}
        }
        let (a, b) = (self.type_of(left, names)?, self.type_of(right, names)?);
        match op {
            "->" | "#>" => matches!(a.base, B::Json | B::Jsonb).then(|| without_modifiers(a)),
            "||" => match (&a.base, &b.base) {
                _ if a.array => Some(a),
                _ if b.array => Some(b),
                (B::Jsonb, _) | (_, B::Jsonb) => plain(B::Jsonb),
                (B::Bytea, _) | (_, B::Bytea) => plain(B::Bytea),
                _ => plain(B::Text),
            },
            "AT TIME ZONE" => match a.base {
                B::TimestampTz => plain(B::Timestamp),
                B::Timestamp => plain(B::TimestampTz),
                _ => None,
            },
            "+" | "-" | "*" | "/" | "%" | "^" => arithmetic(op, &a, &b),
            _ => None,
        }
    }

    fn call(&self, call: &Call, names: &Names) -> Option<PgType> {
        let arg = |at: usize| call.args.get(at).and_then(|n| self.type_of(n, names));
        let first = || arg(0);
        let name = call.name.as_str();
        if let Some(type_) = fixed(name) {
            return plain(type_);
        }
        match name {
            "coalesce" | "greatest" | "least" => {
                let types: Vec<Option<PgType>> = (0..call.args.len()).map(arg).collect();
                let found = common(&types)?;
                Some(if is_unknown(&found) {
                    PgType::new(B::Text)
                } else {
                    found
                })
            }
            "nullif" | "lag" | "lead" | "first_value" | "last_value" => first(),
            "max" | "min" => first().map(|t| match t.base {
                B::Varchar if !t.array => PgType::new(B::Text),
                _ => without_modifiers(t),
            }),
            "sum" => match first()?.base {
                B::SmallInt | B::Integer => plain(B::BigInt),
                B::BigInt | B::Numeric => plain(B::Numeric),
                other @ (B::Real | B::Double | B::Money | B::Interval) => plain(other),
                _ => None,
            },
            "avg" => match first()?.base {
                B::SmallInt | B::Integer | B::BigInt | B::Numeric => plain(B::Numeric),
                B::Real | B::Double => plain(B::Double),
                B::Interval => plain(B::Interval),
                _ => None,
            },
            "array_agg" => first().filter(|t| !t.array).map(|t| PgType {
                array: true,
                modifiers: Vec::new(),
                ..t
            }),
            "unnest" => first().filter(|t| t.array).map(|t| t.element()),
            "abs" => first().map(without_modifiers),
            "round" | "trunc" | "ceil" | "ceiling" | "floor" => match first()?.base {
                B::Numeric => plain(B::Numeric),
                _ if call.args.len() > 1 => plain(B::Numeric),
                B::SmallInt | B::Integer | B::BigInt | B::Real | B::Double => plain(B::Double),
                _ => None,
            },
            "date_trunc" => match arg(1)?.base {
                B::Timestamp => plain(B::Timestamp),
                B::Date | B::TimestampTz => plain(B::TimestampTz),
                B::Interval => plain(B::Interval),
                _ => None,
            },
            "generate_series" => match first()?.base {
                base @ (B::Integer | B::BigInt | B::Numeric | B::Timestamp | B::TimestampTz) => {
                    plain(base)
                }
                B::Date => plain(B::TimestampTz),
                _ => None,
            },
            _ => self.own_function(name),
        }
    }

    /// What a function of the schema returns, when all of its name return the same.
    fn own_function(&self, name: &str) -> Option<PgType> {
        let mut found: Option<PgType> = None;
        for function in &self.schema.functions {
            let full = function.name.to_string();
            if full != name && function.name.name != name {
                continue;
            }
            let returns = function.returns.as_deref()?.trim();
            let returns = returns.strip_prefix("setof ").unwrap_or(returns);
            let type_ = PgType::parse(returns).ok()?;
            if found.as_ref().is_some_and(|f| *f != type_) {
                return None;
            }
            found = Some(type_);
        }
        found.filter(|t| !matches!(t.base, B::Named { .. }) || self.is_scalar(t))
    }

    fn is_scalar(&self, type_: &PgType) -> bool {
        type_.user_defined().is_some_and(|name| {
            self.schema.enums.contains_key(&name) || self.schema.domains.contains_key(&name)
        })
    }

    /// Collation of an expression: that of its column, or the one that its parts bring along.
    pub(super) fn collation_of(&self, node: &Node, names: &Names) -> Option<String> {
        let of = |n: &Node| self.collation_of(n, names);
        match node {
            Node::Collate(_, name) => Some(name.clone()),
            Node::Column(path) => match names.find(path) {
                Meaning::Column(_, Some(output)) => output.collation.clone(),
                Meaning::Column(_, None) | Meaning::Unclear => None,
            },
            Node::Cast(inner, type_) if is_string(&type_.base) => of(inner),
            Node::Binary(left, op, right) if op == "||" => of(left).or_else(|| of(right)),
            Node::Case {
                whens, otherwise, ..
            } => whens
                .iter()
                .find_map(|(_, r)| of(r))
                .or_else(|| otherwise.as_deref().and_then(of)),
            Node::Call(call) => {
                let type_ = self.type_of(node, names)?;
                is_string(&type_.base)
                    .then(|| call.args.iter().find_map(of))
                    .flatten()
            }
            Node::Subquery(query) => self.query(query, names)?.into_iter().next()?.collation,
            _ => None,
        }
    }
}

fn arithmetic(op: &str, a: &PgType, b: &PgType) -> Option<PgType> {
    let known = |t: &PgType, other: &PgType| {
        if is_unknown(t) {
            other.base.clone()
        } else {
            t.base.clone()
        }
    };
    let (x, y) = (known(a, b), known(b, a));
    if let (Some(i), Some(j)) = (rank(&x), rank(&y)) {
        let base = if op == "^" {
            if i.max(j) == 3 { B::Numeric } else { B::Double }
        } else if (i.max(j) == 4) && i != j {
            // real with an integer or a numeric is done in double precision.
            B::Double
        } else if i >= j {
            x
        } else {
            y
        };
        return plain(base);
    }
    match (op, x, y) {
        ("-", B::Date, B::Date) => plain(B::Integer),
        ("+" | "-", B::Date, B::Integer | B::SmallInt) | ("+", B::Integer, B::Date) => {
            plain(B::Date)
        }
        ("+" | "-", B::Date, B::Interval) | ("+", B::Interval, B::Date) => plain(B::Timestamp),
        ("+" | "-", base @ (B::Timestamp | B::TimestampTz | B::Time), B::Interval)
        | ("+", B::Interval, base @ (B::Timestamp | B::TimestampTz)) => plain(base),
        ("-", B::Timestamp, B::Timestamp)
        | ("-", B::TimestampTz, B::TimestampTz)
        | ("+" | "-", B::Interval, B::Interval)
        | ("*" | "/", B::Interval, _)
        | ("*", _, B::Interval) => plain(B::Interval),
        ("-", B::Jsonb, _) => plain(B::Jsonb),
        _ => None,
    }
}

/// Functions whose result has one type whatever they are given.
fn fixed(name: &str) -> Option<B> {
    Some(match name {
        "count" | "row_number" | "rank" | "dense_rank" | "nextval" | "currval" | "setval" => {
            B::BigInt
        }
        "ntile" | "length" | "char_length" | "character_length" | "octet_length" | "bit_length"
        | "position" | "strpos" | "array_length" | "array_upper" | "array_lower"
        | "cardinality" | "array_position" | "ascii" | "json_array_length"
        | "jsonb_array_length" | "array_ndims" => B::Integer,
        "lower"
        | "upper"
        | "initcap"
        | "trim"
        | "btrim"
        | "ltrim"
        | "rtrim"
        | "substring"
        | "substr"
        | "overlay"
        | "replace"
        | "translate"
        | "concat"
        | "concat_ws"
        | "to_char"
        | "left"
        | "right"
        | "lpad"
        | "rpad"
        | "repeat"
        | "reverse"
        | "split_part"
        | "md5"
        | "format"
        | "quote_ident"
        | "quote_literal"
        | "quote_nullable"
        | "regexp_replace"
        | "string_agg"
        | "array_to_string"
        | "encode"
        | "chr"
        | "jsonb_typeof"
        | "json_typeof"
        | "jsonb_extract_path_text"
        | "json_extract_path_text"
        | "version"
        | "jsonb_pretty" => B::Text,
        "current_user" | "session_user" | "user" | "current_role" | "current_schema"
        | "current_database" | "current_catalog" => B::Name,
        "now"
        | "current_timestamp"
        | "clock_timestamp"
        | "statement_timestamp"
        | "transaction_timestamp"
        | "to_timestamp"
        | "make_timestamptz" => B::TimestampTz,
        "localtimestamp" | "make_timestamp" => B::Timestamp,
        "current_date" | "to_date" | "make_date" => B::Date,
        "extract" | "to_number" => B::Numeric,
        "date_part" | "random" | "sqrt" | "power" | "pow" | "exp" | "percent_rank"
        | "cume_dist" | "ts_rank" | "similarity" => B::Double,
        "age" | "make_interval" | "justify_days" => B::Interval,
        "gen_random_uuid" | "uuid_generate_v4" | "uuid_generate_v1" => B::Uuid,
        "jsonb_build_object" | "jsonb_build_array" | "to_jsonb" | "jsonb_agg"
        | "jsonb_object_agg" | "jsonb_set" | "jsonb_strip_nulls" | "jsonb_extract_path"
        | "jsonb_insert" => B::Jsonb,
        "json_build_object" | "json_build_array" | "to_json" | "json_agg" | "json_object_agg"
        | "row_to_json" | "array_to_json" | "json_extract_path" => B::Json,
        "bool_and" | "bool_or" | "every" | "exists" | "starts_with" | "jsonb_exists" => B::Boolean,
        "decode" | "digest" | "sha256" | "convert_to" => B::Bytea,
        "to_tsvector" | "setweight" => B::TsVector,
        _ => return None,
    })
}
