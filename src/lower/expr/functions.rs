//! Functions that are another spelling away: a row each. What needs more than a template is in `calls`.

/// What an argument must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arg {
    /// Converted to the text that PostgreSQL prints.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// JSON.
    Json,
    /// An array.
    Array,
    /// bytea.
    Bytes,
}

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Text,
    Integer,
    Boolean,
    Json,
    /// The type of the first argument.
    Same,
}

/// A function of PostgreSQL and its equal. In the template `$1` is the first argument, `#1` the same in parentheses where it
/// needs them; a template whose last operator is not a call stands in parentheses.
pub(super) struct Row {
    pub name: &'static str,
    pub args: &'static [Arg],
    pub sql: &'static str,
    pub gives: Gives,
    pub note: Option<&'static str>,
}

const fn row(name: &'static str, args: &'static [Arg], sql: &'static str, gives: Gives) -> Row {
    Row {
        name,
        args,
        sql,
        gives,
        note: None,
    }
}

const fn noted(row: Row, note: &'static str) -> Row {
    Row {
        note: Some(note),
        ..row
    }
}

const ASCII: &str = "SQLite folds the letters A to Z alone.";
const OTHER_JSON: &str = "SQLite's JSON has no blanks between its parts.";

use Arg::{Array, Bytes, Integer, Json, Number, Text};

/// All of them, by name and number of arguments.
pub(super) const FUNCTIONS: &[Row] = &[
    row("length", &[Text], "length($1)", Gives::Integer),
    row("length", &[Bytes], "length($1)", Gives::Integer),
    row("char_length", &[Text], "length($1)", Gives::Integer),
    row("character_length", &[Text], "length($1)", Gives::Integer),
    row("octet_length", &[Bytes], "length($1)", Gives::Integer),
    row(
        "octet_length",
        &[Text],
        "length(CAST($1 AS BLOB))",
        Gives::Integer,
    ),
    noted(row("lower", &[Text], "lower($1)", Gives::Text), ASCII),
    noted(row("upper", &[Text], "upper($1)", Gives::Text), ASCII),
    row("trim", &[Text], "trim($1)", Gives::Text),
    row("trim", &[Text, Text], "trim($1, $2)", Gives::Text),
    row("btrim", &[Text], "trim($1)", Gives::Text),
    row("btrim", &[Text, Text], "trim($1, $2)", Gives::Text),
    row("ltrim", &[Text], "ltrim($1)", Gives::Text),
    row("ltrim", &[Text, Text], "ltrim($1, $2)", Gives::Text),
    row("rtrim", &[Text], "rtrim($1)", Gives::Text),
    row("rtrim", &[Text, Text], "rtrim($1, $2)", Gives::Text),
    row(
        "replace",
        &[Text, Text, Text],
        "replace($1, $2, $3)",
        Gives::Text,
    ),
    row("strpos", &[Text, Text], "instr($1, $2)", Gives::Integer),
    row("position", &[Text, Text], "instr($2, $1)", Gives::Integer),
    row(
        "starts_with",
        &[Text, Text],
        "(substr($1, 1, length($2)) = #2)",
        Gives::Boolean,
    ),
    row(
        "repeat",
        &[Text, Integer],
        "replace(hex(zeroblob($2)), '00', $1)",
        Gives::Text,
    ),
    row(
        "ascii",
        &[Text],
        "coalesce(unicode($1), iif($1 = '', 0, NULL))",
        Gives::Integer,
    ),
    row("chr", &[Integer], "char($1)", Gives::Text),
    row("abs", &[Number], "abs($1)", Gives::Same),
    row("mod", &[Integer, Integer], "(#1 % #2)", Gives::Integer),
    row("sign", &[Number], "((#1 > 0) - (#1 < 0))", Gives::Integer),
    row(
        "jsonb_array_length",
        &[Json],
        "json_array_length($1)",
        Gives::Integer,
    ),
    row(
        "json_array_length",
        &[Json],
        "json_array_length($1)",
        Gives::Integer,
    ),
    row("jsonb_typeof", &[Json], JSON_TYPE, Gives::Text),
    row("json_typeof", &[Json], JSON_TYPE, Gives::Text),
    noted(
        row(
            "jsonb_strip_nulls",
            &[Json],
            "json_patch('{}', $1)",
            Gives::Json,
        ),
        OTHER_JSON,
    ),
    row(
        "cardinality",
        &[Array],
        "json_array_length($1)",
        Gives::Integer,
    ),
];

const JSON_TYPE: &str = "CASE json_type($1) WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' WHEN 'text' THEN 'string' ELSE json_type($1) END";
