//! PostgreSQL types by the names that `format_type()` prints (manual, chapter 8, "Data Types").

use serde::{Deserialize, Serialize};

/// A type with its modifiers: `numeric(10,2)`, `timestamp(3) with time zone`, `character varying(50)[]`, `mood`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PgType {
    /// Which type, without modifiers and array brackets.
    pub base: BaseType,
    /// What stands in parentheses: precision and scale, length, or a geometry's kind and SRID.
    pub modifiers: Vec<String>,
    /// An array of it. PostgreSQL does not keep the number of dimensions.
    pub array: bool,
}

macro_rules! base_types {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal $(| $alias:literal)*;)+) => {
        /// A built-in type, or the name of a user-defined one.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum BaseType {
            $($(#[doc = $doc])+ $variant,)+
            /// An enum, domain, composite or extension type, by its catalog name.
            Named {
                /// Schema; `None` is `public` (or `pg_catalog` for rare built-in types).
                schema: Option<String>,
                /// Name.
                name: String,
            },
        }

        impl BaseType {
            /// The built-in type of that name or alias, in lower case with single blanks.
            fn builtin(name: &str) -> Option<Self> {
                Some(match name { $($name $(| $alias)* => Self::$variant,)+ _ => return None })
            }

            /// Name as `format_type()` prints it, with the modifiers where they belong.
            fn write(&self, modifiers: &str) -> String {
                match self {
                    $(Self::$variant => match $name.split_once(" with") {
                        Some((head, tail)) => format!("{head}{modifiers} with{tail}"),
                        None => format!("{}{modifiers}", $name),
                    },)+
                    Self::Named { schema: Some(schema), name } => format!("{}.{}{modifiers}", quote(schema), quote(name)),
                    Self::Named { schema: None, name } => format!("{}{modifiers}", quote(name)),
                }
            }
        }
    };
}

base_types! {
    /// `smallint`.
    SmallInt = "smallint" | "int2";
    /// `integer`.
    Integer = "integer" | "int" | "int4";
    /// `bigint`.
    BigInt = "bigint" | "int8";
    /// `numeric`.
    Numeric = "numeric" | "decimal" | "dec";
    /// `real`.
    Real = "real" | "float4";
    /// `double precision`.
    Double = "double precision" | "float8" | "float";
    /// `money`.
    Money = "money";
    /// `boolean`.
    Boolean = "boolean" | "bool";
    /// `text`.
    Text = "text";
    /// `character varying`.
    Varchar = "character varying" | "varchar" | "char varying" | "nchar varying" | "national character varying";
    /// `character`, blank-padded.
    Char = "character" | "char" | "bpchar" | "nchar" | "national character";
    /// `"char"`, one byte.
    InternalChar = "\"char\"";
    /// `name`.
    Name = "name";
    /// `bytea`.
    Bytea = "bytea";
    /// `date`.
    Date = "date";
    /// `time without time zone`.
    Time = "time without time zone" | "time";
    /// `time with time zone`.
    TimeTz = "time with time zone" | "timetz";
    /// `timestamp without time zone`.
    Timestamp = "timestamp without time zone" | "timestamp";
    /// `timestamp with time zone`.
    TimestampTz = "timestamp with time zone" | "timestamptz";
    /// `interval`; a field restriction such as `day to second` is kept among the modifiers.
    Interval = "interval";
    /// `uuid`.
    Uuid = "uuid";
    /// `json`.
    Json = "json";
    /// `jsonb`.
    Jsonb = "jsonb";
    /// `jsonpath`.
    JsonPath = "jsonpath";
    /// `xml`.
    Xml = "xml";
    /// `bit`.
    Bit = "bit";
    /// `bit varying`.
    VarBit = "bit varying" | "varbit";
    /// `inet`.
    Inet = "inet";
    /// `cidr`.
    Cidr = "cidr";
    /// `macaddr`.
    MacAddr = "macaddr";
    /// `macaddr8`.
    MacAddr8 = "macaddr8";
    /// `point`.
    Point = "point";
    /// `line`.
    Line = "line";
    /// `lseg`.
    Lseg = "lseg";
    /// `box`.
    Box = "box";
    /// `path`.
    Path = "path";
    /// `polygon`.
    Polygon = "polygon";
    /// `circle`.
    Circle = "circle";
    /// `tsvector`.
    TsVector = "tsvector";
    /// `tsquery`.
    TsQuery = "tsquery";
    /// `int4range`.
    Int4Range = "int4range";
    /// `int8range`.
    Int8Range = "int8range";
    /// `numrange`.
    NumRange = "numrange";
    /// `tsrange`.
    TsRange = "tsrange";
    /// `tstzrange`.
    TstzRange = "tstzrange";
    /// `daterange`.
    DateRange = "daterange";
    /// `int4multirange`.
    Int4Multirange = "int4multirange";
    /// `int8multirange`.
    Int8Multirange = "int8multirange";
    /// `nummultirange`.
    NumMultirange = "nummultirange";
    /// `tsmultirange`.
    TsMultirange = "tsmultirange";
    /// `tstzmultirange`.
    TstzMultirange = "tstzmultirange";
    /// `datemultirange`.
    DateMultirange = "datemultirange";
    /// `oid`.
    Oid = "oid";
    /// `xid`.
    Xid = "xid";
    /// `xid8`.
    Xid8 = "xid8";
    /// `cid`.
    Cid = "cid";
    /// `tid`.
    Tid = "tid";
    /// `pg_lsn`.
    PgLsn = "pg_lsn";
    /// `pg_snapshot`.
    PgSnapshot = "pg_snapshot";
    /// `txid_snapshot`.
    TxidSnapshot = "txid_snapshot";
    /// `regclass`.
    Regclass = "regclass";
    /// `regtype`.
    Regtype = "regtype";
    /// `regproc`.
    Regproc = "regproc";
    /// `regprocedure`.
    Regprocedure = "regprocedure";
    /// `regrole`.
    Regrole = "regrole";
    /// `regnamespace`.
    Regnamespace = "regnamespace";
    /// `regoper`.
    Regoper = "regoper";
    /// `regoperator`.
    Regoperator = "regoperator";
    /// `regconfig`.
    Regconfig = "regconfig";
    /// `regdictionary`.
    Regdictionary = "regdictionary";
    /// `regcollation`.
    Regcollation = "regcollation";
    /// `int2vector`.
    Int2Vector = "int2vector";
    /// `oidvector`.
    OidVector = "oidvector";
}

/// Quotes an identifier for a type name when PostgreSQL would (key words are left to `pg::emit`).
fn quote(name: &str) -> String {
    let plain = name
        .chars()
        .next()
        .is_some_and(|c| c == '_' || c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c == '_' || c == '$' || c.is_ascii_lowercase() || c.is_ascii_digit());
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

impl PgType {
    /// A type without modifiers.
    pub fn new(base: BaseType) -> Self {
        Self {
            base,
            modifiers: Vec::new(),
            array: false,
        }
    }

    /// A user-defined type.
    pub fn named(schema: Option<&str>, name: impl Into<String>) -> Self {
        let schema = schema.filter(|s| *s != "public").map(str::to_owned);
        Self::new(BaseType::Named {
            schema,
            name: name.into(),
        })
    }

    /// Reads a type as PostgreSQL would: aliases, quoted names, modifiers, `[]` and `ARRAY`, `WITH TIME ZONE`.
    /// Serial types are not types: the caller resolves them. `float(n)` becomes `real` or `double precision`.
    ///
    /// # Errors
    /// A sentence when the text is not a type name.
    pub fn parse(text: &str) -> Result<Self, String> {
        Parser { rest: text }
            .parse()
            .ok_or_else(|| format!("`{text}` is not a type name"))
    }

    /// Item type of an array.
    #[must_use]
    pub fn element(&self) -> Self {
        Self {
            array: false,
            ..self.clone()
        }
    }

    /// Length of `character(n)`, `character varying(n)`, `bit(n)`.
    pub fn length(&self) -> Option<u32> {
        match (&self.base, self.modifiers.as_slice()) {
            (BaseType::Bit, []) => Some(1),
            (BaseType::Char | BaseType::Varchar | BaseType::Bit | BaseType::VarBit, [n]) => {
                n.parse().ok()
            }
            _ => None,
        }
    }

    /// Precision and scale of a constrained `numeric`; a missing scale is 0.
    pub fn precision_scale(&self) -> Option<(i32, i32)> {
        match (&self.base, self.modifiers.as_slice()) {
            (BaseType::Numeric, [p]) => Some((p.parse().ok()?, 0)),
            (BaseType::Numeric, [p, s]) => Some((p.parse().ok()?, s.parse().ok()?)),
            _ => None,
        }
    }

    /// Whether it is a whole number type.
    pub fn is_integer(&self) -> bool {
        !self.array
            && matches!(
                self.base,
                BaseType::SmallInt | BaseType::Integer | BaseType::BigInt
            )
    }

    /// Name of a user-defined type.
    pub fn user_defined(&self) -> Option<crate::ir::QualName> {
        match &self.base {
            BaseType::Named { schema, name } => {
                Some(crate::ir::QualName::qualified(schema.as_deref(), name))
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for PgType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut modifiers = String::new();
        if let (BaseType::Interval, [fields, ..]) = (&self.base, self.modifiers.as_slice())
            && !fields.starts_with(|c: char| c.is_ascii_digit())
        {
            let precision = self
                .modifiers
                .get(1)
                .map(|p| format!("({p})"))
                .unwrap_or_default();
            modifiers = format!(" {fields}{precision}");
        } else if !self.modifiers.is_empty() {
            modifiers = format!("({})", self.modifiers.join(","));
        } else if self.base == BaseType::Bit {
            modifiers = "(1)".to_owned();
        }
        if self.base == BaseType::Char && self.modifiers.is_empty() {
            // Without a length it has no other name; `character` is `character(1)`.
            f.write_str("bpchar")?;
        } else {
            f.write_str(&self.base.write(&modifiers))?;
        }
        if self.array {
            f.write_str("[]")
        } else {
            Ok(())
        }
    }
}

impl From<PgType> for String {
    fn from(value: PgType) -> Self {
        value.to_string()
    }
}

impl TryFrom<String> for PgType {
    type Error = String;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn parse(mut self) -> Option<PgType> {
        let mut names = vec![self.name()?];
        while self.eat('.') {
            names.push(self.name()?);
        }
        let quoted = names.iter().any(|n| n.1);
        let mut words: Vec<String> = Vec::new();
        if names.len() == 1 && !quoted {
            words.push(names.remove(0).0);
            while let Some(word) = self.word() {
                words.push(word);
            }
        }
        let mut modifiers = self.modifiers()?;
        if !words.is_empty() {
            while let Some(word) = self.word() {
                words.push(word);
            }
            if modifiers.is_empty() {
                modifiers = self.modifiers()?;
            } else if words.first().is_some_and(|w| w == "interval") {
                modifiers.extend(self.modifiers()?);
            }
        }
        let mut array = false;
        if words.last().is_some_and(|w| w == "array") && words.len() > 1 {
            words.pop();
            array = true;
        }
        self.rest = self.rest.trim_start();
        while let Some(tail) = self.rest.strip_prefix('[') {
            let (size, tail) = tail.split_once(']')?;
            if !size.trim().chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            array = true;
            self.rest = tail.trim_start();
        }
        if !self.rest.is_empty() {
            return None;
        }
        if words.is_empty() {
            return Some(Self::from_names(names, modifiers, array));
        }
        if words[0] == "interval" && words.len() > 1 {
            modifiers.insert(0, words[1..].join(" "));
            return Some(PgType {
                base: BaseType::Interval,
                modifiers,
                array,
            });
        }
        let name = words.join(" ");
        if name == "float" && modifiers.len() == 1 {
            let bits: u32 = modifiers[0].parse().ok()?;
            let base = if bits <= 24 {
                BaseType::Real
            } else {
                BaseType::Double
            };
            return Some(PgType {
                base,
                modifiers: Vec::new(),
                array,
            });
        }
        match BaseType::builtin(&name) {
            Some(base @ (BaseType::Char | BaseType::Bit))
                if modifiers.is_empty() && name != "bpchar" =>
            {
                Some(PgType {
                    base,
                    modifiers: vec!["1".to_owned()],
                    array,
                })
            }
            Some(BaseType::Numeric) if modifiers.len() == 1 => {
                let modifiers = vec![modifiers.remove(0), "0".to_owned()];
                Some(PgType {
                    base: BaseType::Numeric,
                    modifiers,
                    array,
                })
            }
            Some(base) => Some(PgType {
                base,
                modifiers,
                array,
            }),
            None if words.len() == 1 => {
                Some(Self::from_names(vec![(name, false)], modifiers, array))
            }
            None => None,
        }
    }

    fn from_names(mut names: Vec<(String, bool)>, modifiers: Vec<String>, array: bool) -> PgType {
        let (name, quoted) = names.pop().unwrap_or_default();
        let schema = names.pop().map(|n| n.0);
        let builtin = match schema.as_deref() {
            Some("pg_catalog") => {
                BaseType::builtin(if name == "char" { "\"char\"" } else { &name })
            }
            None if quoted && name == "char" => Some(BaseType::InternalChar),
            None if quoted && name == "bpchar" => Some(BaseType::Char),
            None if quoted => BaseType::builtin(&name).filter(|b| b.write("") == name),
            _ => None,
        };
        let base = builtin.unwrap_or(BaseType::Named {
            schema: schema.filter(|s| s != "public" && s != "pg_catalog"),
            name,
        });
        PgType {
            base,
            modifiers,
            array,
        }
    }

    /// An identifier and whether it was quoted.
    fn name(&mut self) -> Option<(String, bool)> {
        self.rest = self.rest.trim_start();
        if let Some(mut tail) = self.rest.strip_prefix('"') {
            let mut name = String::new();
            loop {
                let (head, after) = tail.split_once('"')?;
                name.push_str(head);
                match after.strip_prefix('"') {
                    Some(more) => {
                        name.push('"');
                        tail = more;
                    }
                    None => {
                        self.rest = after;
                        return Some((name, true));
                    }
                }
            }
        }
        self.word().map(|w| (w, false))
    }

    /// An unquoted word, folded to lower case as PostgreSQL does.
    fn word(&mut self) -> Option<String> {
        let trimmed = self.rest.trim_start();
        if !trimmed.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
            return None;
        }
        let end = trimmed
            .find(|c: char| !(c == '_' || c == '$' || c.is_alphanumeric()))
            .unwrap_or(trimmed.len());
        let (word, rest) = trimmed.split_at(end);
        self.rest = rest;
        Some(word.to_ascii_lowercase())
    }

    fn eat(&mut self, c: char) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn modifiers(&mut self) -> Option<Vec<String>> {
        if !self.eat('(') {
            return Some(Vec::new());
        }
        let (inside, rest) = self.rest.split_once(')')?;
        self.rest = rest;
        Some(inside.split(',').map(|m| m.trim().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_format_type() {
        for (text, expected) in [
            ("VARCHAR(50)", "character varying(50)"),
            ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            (
                "TIMESTAMP(3) WITHOUT TIME ZONE",
                "timestamp(3) without time zone",
            ),
            ("NUMERIC(10, 2)", "numeric(10,2)"),
            ("numeric(10)", "numeric(10,0)"),
            ("FLOAT(24)", "real"),
            ("FLOAT(53)", "double precision"),
            ("double precision", "double precision"),
            ("CHAR(3)[]", "character(3)[]"),
            ("char", "character(1)"),
            ("\"char\"", "\"char\""),
            ("\"bpchar\"", "bpchar"),
            ("bpchar", "bpchar"),
            ("INTEGER ARRAY", "integer[]"),
            ("text[3][4]", "text[]"),
            ("public.mood", "mood"),
            ("events.\"Mood\"", "events.\"Mood\""),
            ("geometry(POINT,4326)", "geometry(POINT,4326)"),
            ("interval day to second(3)", "interval day to second(3)"),
            ("INTERVAL(6)", "interval(6)"),
            ("pg_catalog.int4", "integer"),
            ("bit varying(5)", "bit varying(5)"),
        ] {
            assert_eq!(
                PgType::parse(text).map(|t| t.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
        assert!(PgType::parse("not a type(").is_err());
    }
}
