//! Names: quoting of identifiers, and the names that PostgreSQL invents for constraints, indexes and sequences.
//!
//! The rules are those of PostgreSQL 15's `makeObjectName`, `ChooseRelationName`, `ChooseConstraintName`,
//! `ChooseIndexName` and `ChooseIndexColumnNames` (backend/commands/indexcmds.c and catalog/pg_constraint.c), as
//! measured. Whether a name is taken is asked of the caller; this module knows no schema.

/// Bytes of the longest identifier (`NAMEDATALEN` less its terminator).
pub const MAX_IDENTIFIER: usize = 63;

/// Cuts text at `limit` bytes or before, never inside a character.
fn clip(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while end > 0 && !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// An identifier as PostgreSQL keeps it: its first 63 bytes (manual, section 4.1.1).
pub fn truncate_identifier(name: &str) -> &str {
    clip(name, MAX_IDENTIFIER)
}

/// `name1[_name2][_label]` within 63 bytes: the longer of the two names loses bytes first.
pub fn make_object_name(name1: &str, name2: Option<&str>, label: &str) -> String {
    let mut overhead = 0;
    let mut length1 = name1.len();
    let mut length2 = 0;
    if let Some(name2) = name2 {
        length2 = name2.len();
        overhead += 1;
    }
    if !label.is_empty() {
        overhead += label.len() + 1;
    }
    let available = MAX_IDENTIFIER.saturating_sub(overhead);
    while length1 + length2 > available {
        if length1 > length2 {
            length1 -= 1;
        } else {
            length2 -= 1;
        }
    }
    let mut name = clip(name1, length1).to_owned();
    if let Some(name2) = name2 {
        name.push('_');
        name.push_str(clip(name2, length2));
    }
    if !label.is_empty() {
        name.push('_');
        name.push_str(label);
    }
    name
}

/// The first of `name1_name2_label`, `.._label1`, `.._label2` .. that is not taken.
pub fn choose_name(
    name1: &str,
    name2: Option<&str>,
    label: &str,
    taken: impl Fn(&str) -> bool,
) -> String {
    let mut numbered = label.to_owned();
    let mut pass = 0_u32;
    loop {
        let name = make_object_name(name1, name2, &numbered);
        if !taken(&name) {
            return name;
        }
        pass += 1;
        numbered = format!("{label}{pass}");
    }
}

/// Column names joined with `_` for an index or foreign key name, each cut and the whole left as soon as it is long enough.
pub fn join_columns<S: AsRef<str>>(columns: &[S]) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(truncate_identifier(column.as_ref()));
        if joined.len() > MAX_IDENTIFIER {
            break;
        }
    }
    joined
}

/// Column names of an index, made unique by numbers: `expr`, `expr1`; `keys` are column names, or what
/// [`figure_name`](crate::pg::sql::figure_name) tells of an expression.
pub fn index_column_names<S: AsRef<str>>(keys: &[S]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for key in keys {
        let original = key.as_ref();
        let mut current = original.to_owned();
        let mut pass = 0_u32;
        while names.contains(&current) {
            pass += 1;
            let number = pass.to_string();
            current = format!("{}{number}", clip(original, MAX_IDENTIFIER - number.len()));
        }
        names.push(current);
    }
    names
}

/// Name of a primary key without one: `<table>_pkey`.
pub fn primary_key_name(table: &str, taken: impl Fn(&str) -> bool) -> String {
    choose_name(table, None, "pkey", taken)
}

/// Name of a unique constraint without one: `<table>_<columns>_key`.
pub fn unique_name<S: AsRef<str>>(
    table: &str,
    columns: &[S],
    taken: impl Fn(&str) -> bool,
) -> String {
    choose_name(table, Some(&join_columns(columns)), "key", taken)
}

/// Name of an exclusion constraint without one: `<table>_<columns>_excl`.
pub fn exclude_name<S: AsRef<str>>(
    table: &str,
    columns: &[S],
    taken: impl Fn(&str) -> bool,
) -> String {
    choose_name(table, Some(&join_columns(columns)), "excl", taken)
}

/// Name of a foreign key without one: `<table>_<columns>_fkey` (all columns since PostgreSQL 12).
pub fn foreign_key_name<S: AsRef<str>>(
    table: &str,
    columns: &[S],
    taken: impl Fn(&str) -> bool,
) -> String {
    choose_name(table, Some(&join_columns(columns)), "fkey", taken)
}

/// Name of a check without one: `<table>_<column>_check` when it mentions exactly one column, else `<table>_check`.
pub fn check_name<S: AsRef<str>>(
    table: &str,
    columns: &[S],
    taken: impl Fn(&str) -> bool,
) -> String {
    let column = match columns {
        [one] => Some(one.as_ref()),
        _ => None,
    };
    choose_name(table, column, "check", taken)
}

/// Name of an index without one: `<table>_<columns>_idx`.
pub fn index_name<S: AsRef<str>>(
    table: &str,
    columns: &[S],
    taken: impl Fn(&str) -> bool,
) -> String {
    choose_name(table, Some(&join_columns(columns)), "idx", taken)
}

/// Name of the sequence of a serial or identity column: `<table>_<column>_seq`.
pub fn sequence_name(table: &str, column: &str, taken: impl Fn(&str) -> bool) -> String {
    choose_name(table, Some(column), "seq", taken)
}

/// An identifier for SQL: bare where PostgreSQL's `quote_ident()` leaves it bare (lower case, digits, `_`, and no key word
/// that is more than unreserved), else in double quotes.
pub fn quote_ident(name: &str) -> String {
    let plain = name.starts_with(|c: char| c == '_' || c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit());
    if plain && !KEYWORDS.contains(&name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A possibly qualified name for SQL; the default schema is not written.
pub fn quote_qualified(name: &crate::ir::QualName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote_ident(schema), quote_ident(&name.name)),
        None => quote_ident(&name.name),
    }
}

/// A list of identifiers for SQL: `a, "B", c`.
pub fn quote_list<S: AsRef<str>>(names: &[S]) -> String {
    names
        .iter()
        .map(|n| quote_ident(n.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A string for SQL: in single quotes, or as an `E''` string when it has a backslash, as `quote_literal()` does.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// Key words that cannot stand for any identifier: those of `pg_get_keywords()` of PostgreSQL 15 that are not of
/// category `U`, sorted.
const KEYWORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// Those of [`KEYWORDS`] that can stand for a table or column all the same (category `C`), sorted.
const COLUMN_KEYWORDS: &[&str] = &[
    "between",
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "coalesce",
    "dec",
    "decimal",
    "exists",
    "extract",
    "float",
    "greatest",
    "grouping",
    "inout",
    "int",
    "integer",
    "interval",
    "least",
    "national",
    "nchar",
    "none",
    "normalize",
    "nullif",
    "numeric",
    "out",
    "overlay",
    "position",
    "precision",
    "real",
    "row",
    "setof",
    "smallint",
    "substring",
    "time",
    "timestamp",
    "treat",
    "trim",
    "values",
    "varchar",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// Whether a word cannot stand for a table without quotes: key words of the categories `R` and `T` of `pg_get_keywords()`.
pub fn is_reserved(word: &str) -> bool {
    KEYWORDS.contains(&word) && !COLUMN_KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_part_loses_bytes_first() {
        // Measured: op-cases of PostgreSQL 15.18.
        let table = "verylongtablename_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let column = "verylongcolumnname_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
        assert_eq!(
            sequence_name(table, column, |_| false),
            "verylongtablename_aaaaaaaaaaa_verylongcolumnname_bbbbbbbbbb_seq"
        );
        assert_eq!(make_object_name("t", None, "pkey"), "t_pkey");
        assert_eq!(
            make_object_name(&"é".repeat(40), None, "pkey"),
            format!("{}_pkey", "é".repeat(29))
        );
    }

    #[test]
    fn taken_names_are_numbered() {
        let taken = ["t_b_check", "t_b_check1"];
        assert_eq!(
            check_name("t", &["b"], |n| taken.contains(&n)),
            "t_b_check2"
        );
        assert_eq!(check_name("t", &["a", "b"], |_| false), "t_check");
        assert_eq!(
            index_column_names(&["a", "expr", "expr"]),
            ["a", "expr", "expr1"]
        );
    }

    #[test]
    fn identifiers_are_quoted_when_needed() {
        for (name, quoted) in [
            ("users", "users"),
            ("user", "\"user\""),
            ("Name", "\"Name\""),
            ("a\"b", "\"a\"\"b\""),
            ("name", "name"),
            ("left", "\"left\""),
            ("coalesce", "\"coalesce\""),
            ("1a", "\"1a\""),
        ] {
            assert_eq!(quote_ident(name), quoted);
        }
        assert_eq!(quote_literal("it's \\"), "E'it''s \\\\'");
    }
}
