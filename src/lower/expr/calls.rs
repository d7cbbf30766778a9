//! Function calls: rows of the table in `functions`, and the few that need more than a template.

use super::functions::{Arg, FUNCTIONS, Gives, Row};
use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, Node};
use crate::sqlite::schema::string_literal;

impl Translator<'_> {
    pub(super) fn call(&mut self, call: &Call) -> Result<Sql> {
        if call.over.is_some() || call.filter.is_some() || is_aggregate(&call.name) {
            return self.aggregate(call);
        }
        if let Some(sql) = self.present(&call.name, &call.args)? {
            return Ok(sql);
        }
        if let Some(sql) = self.random(call)? {
            return Ok(sql);
        }
        if let Some(sql) = self.special(call)? {
            return Ok(sql);
        }
        if let Some(sql) = self.array_call(call)? {
            return Ok(sql);
        }
        if let Some(sql) = self.next_number(call)? {
            return Ok(sql);
        }
        let rows: Vec<&Row> = FUNCTIONS
            .iter()
            .filter(|r| r.name == call.name && r.args.len() == call.args.len())
            .collect();
        let mut reason = format!("the function {}() has no equal in SQLite", call.name);
        for row in rows {
            match self.row(row, &call.args) {
                Ok(sql) => return Ok(sql),
                Err(why) => reason = why,
            }
        }
        Err(reason)
    }

    fn row(&mut self, row: &Row, args: &[Node]) -> Result<Sql> {
        let mut done = Vec::with_capacity(args.len());
        for (kind, node) in row.args.iter().zip(args) {
            done.push(self.argument(*kind, node)?);
        }
        let mut text = row.sql.to_owned();
        for (at, sql) in done.iter().enumerate() {
            let at = at + 1;
            text = text
                .replace(&format!("${at}"), &sql.text)
                .replace(&format!("#{at}"), &sql.at(level::ATOM));
        }
        if let Some(note) = row.note {
            self.note(Grade::Widened, note);
        }
        let first = done.into_iter().next();
        let ty = match row.gives {
            Gives::Text => Some(Ty::text()),
            Gives::Integer => Some(Ty::integer()),
            Gives::Boolean => Some(Ty::boolean()),
            Gives::Json => Some(Ty::json()),
            Gives::Same => first.and_then(|s| s.ty),
        };
        Ok(Sql::atom(text, ty))
    }

    fn argument(&mut self, kind: Arg, node: &Node) -> Result<Sql> {
        let sql = match kind {
            Arg::Json => self.expr_as(node, &Ty::json())?,
            _ => self.expr(node)?,
        };
        let Some(ty) = sql.ty.clone() else {
            return Ok(sql);
        };
        let fits = match kind {
            Arg::Text if ty.encoding == Encoding::Blob => false,
            Arg::Text => return self.text_form(sql),
            Arg::Integer => ty.encoding == Encoding::Integer,
            Arg::Number => ty.is_numeric() && !ty.is_decimal_text(),
            Arg::Json => ty.encoding == Encoding::Json,
            Arg::Array => ty.encoding == Encoding::ArrayJson,
            Arg::Bytes => ty.encoding == Encoding::Blob,
        };
        if fits {
            Ok(sql)
        } else {
            Err(format!("a function of {} has no equal", ty.pg))
        }
    }

    /// Calls whose arguments need more than their texts; `None` for other names.
    fn special(&mut self, call: &Call) -> Result<Option<Sql>> {
        let args = call.args.as_slice();
        Ok(Some(match (call.name.as_str(), args) {
            ("coalesce", [only]) => self.expr(only)?,
            ("coalesce", _) => {
                let nodes: Vec<&Node> = args.iter().collect();
                let (sides, ty) = self.common(&nodes)?;
                Sql::atom(format!("coalesce({})", texts(&sides)), ty)
            }
            ("nullif", [a, b]) => {
                let (sides, ty) = self.common(&[a, b])?;
                Sql::atom(format!("nullif({})", texts(&sides)), ty)
            }
            ("greatest" | "least", _) => self.extreme(&call.name, args)?,
            ("concat", _) => self.concat(args)?,
            ("concat_ws", [Node::String(separator), rest @ ..]) => {
                self.concat_ws(separator, rest)?
            }
            ("num_nonnulls" | "num_nulls", _) => {
                let test = if call.name == "num_nulls" {
                    "IS NULL"
                } else {
                    "IS NOT NULL"
                };
                let mut tests = Vec::new();
                for arg in args {
                    tests.push(format!("({} {test})", self.expr(arg)?.at(level::COMPARE)));
                }
                Sql::new(tests.join(" + "), level::ADD, Ty::integer())
            }
            ("left", [x, Node::Number(n)]) if is_count(n) => {
                let x = self.argument(Arg::Text, x)?;
                Sql::atom(format!("substr({}, 1, {n})", x.text), Ty::text())
            }
            ("right", [x, Node::Number(n)]) if is_count(n) && n != "0" => {
                let x = self.argument(Arg::Text, x)?;
                Sql::atom(format!("substr({}, -{n})", x.text), Ty::text())
            }
            ("substring" | "substr", [x, Node::Number(from)]) if is_position(from) => {
                let x = self.argument(Arg::Text, x)?;
                Sql::atom(format!("substr({}, {from})", x.text), Ty::text())
            }
            ("substring" | "substr", [x, Node::Number(from), Node::Number(n)])
                if is_position(from) && is_count(n) =>
            {
                let x = self.argument(Arg::Text, x)?;
                Sql::atom(format!("substr({}, {from}, {n})", x.text), Ty::text())
            }
            ("split_part", [x, Node::String(by), Node::Number(n)])
                if n == "1" && !by.is_empty() =>
            {
                let x = self.argument(Arg::Text, x)?;
                let by = string_literal(by);
                Sql::atom(
                    format!(
                        "substr({0}, 1, instr({1} || {by}, {by}) - 1)",
                        x.text,
                        x.at(level::CONCAT)
                    ),
                    Ty::text(),
                )
            }
            ("lpad", [x, Node::Number(n), Node::String(with)])
                if is_count(n) && with.chars().count() == 1 =>
            {
                let x = self.argument(Arg::Text, x)?;
                let count: usize = n.parse().unwrap_or_default();
                let padding = string_literal(&with.repeat(count));
                Sql::atom(
                    format!(
                        "CASE WHEN length({0}) < {n} THEN substr({padding} || {1}, -{n}) ELSE substr({0}, 1, {n}) END",
                        x.text,
                        x.at(level::CONCAT + 1)
                    ),
                    Ty::text(),
                )
            }
            ("ceil" | "ceiling" | "floor" | "trunc", [x]) => self.whole_part(&call.name, x)?,
            ("round", [x]) | ("round", [x, _]) => {
                let x = self.expr(x)?;
                let places = match args.get(1) {
                    Some(Node::Number(n)) => n.parse::<u8>().ok(),
                    None => Some(0),
                    Some(_) => None,
                };
                let have = x.ty.as_ref().and_then(Ty::places);
                match (have, places) {
                    // Already rounded to no more places than asked for.
                    (Some(have), Some(want)) if have <= want => x,
                    _ => return Err("round() of doubles goes the other way at halves".to_owned()),
                }
            }
            ("array_length", [array, Node::Number(one)]) if one == "1" => {
                let array = self.argument(Arg::Array, array)?;
                Sql::atom(
                    format!("nullif(json_array_length({}), 0)", array.text),
                    Ty::integer(),
                )
            }
            ("array_to_string", [array, Node::String(separator)]) if self.place.is_free() => {
                let array = self.argument(Arg::Array, array)?;
                Sql::atom(
                    format!(
                        "coalesce((SELECT group_concat(value, {}) FROM json_each({})), '')",
                        string_literal(separator),
                        array.text
                    ),
                    Ty::text(),
                )
            }
            ("encode", [x, Node::String(form)]) if form == "hex" => {
                let x = self.argument(Arg::Bytes, x)?;
                Sql::atom(format!("lower(hex({}))", x.text), Ty::text())
            }
            ("date_trunc", [field, source]) => self.date_trunc(field, source)?,
            ("extract" | "date_part", [field, source]) => self.extract(field, source)?,
            ("to_char", [source, format]) => self.date_text(source, format)?,
            ("timezone", [zone, source]) => self.at_time_zone(source, zone)?,
            ("date", [source]) => self.cast(source, &Ty::date().pg)?,
            ("jsonb_extract_path_text" | "json_extract_path_text", [x, path @ ..]) => {
                let labels: Option<Vec<Node>> = path
                    .iter()
                    .map(|p| matches!(p, Node::String(_)).then(|| p.clone()))
                    .collect();
                let labels = labels.ok_or("a path that is computed")?;
                self.json_path(x, &labels, true)?
            }
            _ => return self.document_call(call),
        }))
    }

    /// The largest or smallest of values that are not NULL.
    fn extreme(&mut self, name: &str, args: &[Node]) -> Result<Sql> {
        let function = if name == "greatest" { "max" } else { "min" };
        let nodes: Vec<&Node> = args.iter().collect();
        let (sides, ty) = self.common(&nodes)?;
        let mut sides = sides.into_iter();
        let Some(first) = sides.next() else {
            return Err(format!("{name}() of nothing"));
        };
        let text = sides.fold(first.text, |a, b| {
            format!("coalesce({function}({a}, {0}), {a}, {0})", b.text)
        });
        Ok(Sql::atom(text, ty))
    }

    fn concat(&mut self, args: &[Node]) -> Result<Sql> {
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            let sql = self.argument(Arg::Text, arg)?;
            parts.push(match arg {
                Node::String(_) => sql.text,
                _ => format!("coalesce({}, '')", sql.text),
            });
        }
        let own = if parts.len() > 1 {
            level::CONCAT
        } else {
            level::ATOM
        };
        Ok(Sql::new(parts.join(" || "), own, Ty::text()))
    }

    fn concat_ws(&mut self, separator: &str, args: &[Node]) -> Result<Sql> {
        let literal = string_literal(separator);
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            let sql = self.argument(Arg::Text, arg)?;
            parts.push(format!(
                "coalesce({literal} || {}, '')",
                sql.at(level::CONCAT + 1)
            ));
        }
        let start = separator.chars().count() + 1;
        Ok(Sql::atom(
            format!("substr({}, {start})", parts.join(" || ")),
            Ty::text(),
        ))
    }

    /// `floor`, `ceil` and `trunc`, which SQLite has in some builds alone.
    fn whole_part(&mut self, name: &str, x: &Node) -> Result<Sql> {
        let x = self.argument(Arg::Number, x)?;
        let text = &x.text;
        let whole = format!("CAST({text} AS INTEGER)");
        let out = match name {
            "trunc" => return Ok(Sql::atom(whole, x.ty.map(|_| Ty::numeric(Some(0))))),
            "floor" => format!("{whole} - ({} < {whole})", x.at(level::COMPARE + 1)),
            _ => format!("{whole} + ({} > {whole})", x.at(level::COMPARE + 1)),
        };
        Ok(Sql::new(out, level::ADD, Ty::numeric(Some(0))))
    }

    /// New UUIDs and random numbers.
    fn random(&mut self, call: &Call) -> Result<Option<Sql>> {
        let text = match call.name.as_str() {
            "gen_random_uuid" | "uuid_generate_v4" | "uuidv4" => UUID4_HEX,
            "uuidv7" | "uuid_generate_v7" => UUID7_HEX,
            "random" => {
                self.volatile()?;
                return Ok(Some(Sql::new(
                    "(random() & 9007199254740991) / 9007199254740992.0",
                    level::MULTIPLY,
                    Ty::real(),
                )));
            }
            _ => return Ok(None),
        };
        self.volatile()?;
        let mut ty = Ty::text();
        ty.pg = crate::pg::types::PgType::new(crate::pg::types::BaseType::Uuid);
        ty.encoding = Encoding::UuidHex;
        Ok(Some(Sql::atom(text, ty)))
    }
}

/// A random UUID with the bits of version 4 and of the variant of RFC 9562.
pub(in crate::lower) const UUID4_HEX: &str = "lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))";

/// The same with hyphens.
pub(in crate::lower) const UUID4_TEXT: &str = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";

/// A UUID of version 7: milliseconds since 1970, then random bits.
const UUID7_HEX: &str = "lower(printf('%012x', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) || '7' || substr(hex(randomblob(2)), 2) || substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))";

/// Aggregates that have an equal.
pub(super) fn is_aggregate(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "sum"
            | "avg"
            | "min"
            | "max"
            | "string_agg"
            | "array_agg"
            | "json_agg"
            | "jsonb_agg"
            | "bool_and"
            | "bool_or"
            | "every"
            | "row_number"
            | "rank"
            | "dense_rank"
            | "lag"
            | "lead"
            | "first_value"
            | "last_value"
            | "ntile"
    )
}

fn texts(sides: &[Sql]) -> String {
    sides
        .iter()
        .map(|s| s.text.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn is_count(n: &str) -> bool {
    n.parse::<u16>().is_ok()
}

fn is_position(n: &str) -> bool {
    n.parse::<u16>().is_ok_and(|n| n > 0)
}
