//! Numerics and timestamps at random, against formulas written otherwise: SQLAlchemy's reading of a numeric, jiff's calendar.

use decant::lower::Encoding;
use decant::pg::copy::Cell;
use decant::port::{Converter, Failure, Value, ValueIssue};
use proptest::prelude::*;

use crate::sources::column;
use crate::support;

/// A decimal as `numeric_send` writes it.
fn numeric_binary(text: &str) -> Vec<u8> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let whole = format!("{}{whole}", "0".repeat((4 - whole.len() % 4) % 4));
    let padded = format!("{fraction}{}", "0".repeat((4 - fraction.len() % 4) % 4));
    let mut groups: Vec<u16> = format!("{whole}{padded}")
        .as_bytes()
        .chunks(4)
        .map(|c| std::str::from_utf8(c).unwrap().parse().unwrap())
        .collect();
    let mut weight = i16::try_from(whole.len() / 4).unwrap() - 1;
    while groups.first() == Some(&0) {
        groups.remove(0);
        weight -= 1;
    }
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    let sign: u16 = if negative && !groups.is_empty() {
        0x4000
    } else {
        0
    };
    let mut out = Vec::new();
    out.extend_from_slice(&u16::try_from(groups.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&u16::try_from(fraction.len()).unwrap().to_be_bytes());
    for group in groups {
        out.extend_from_slice(&group.to_be_bytes());
    }
    out
}

/// A decimal without zeros that do not count.
fn normal(text: &str) -> String {
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    };
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

fn convert(converter: &Converter, cell: Cell<'_>) -> Result<f64, ValueIssue> {
    let mut scratch = Vec::new();
    match converter.convert(cell, &mut scratch) {
        Ok(converted) => match converted.value {
            Value::Real(value) => Ok(value),
            other => panic!("{other:?}"),
        },
        Err(Failure::Refused { issue, .. }) => Err(issue),
        Err(damage) => panic!("{damage}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn a_numeric_is_kept_exactly_when_reading_it_back_gives_it_back(
        negative in any::<bool>(),
        whole in prop_oneof![Just(String::from("0")), "[1-9][0-9]{0,20}"],
        fraction in "[0-9]{0,14}",
        scale in 0u8..15,
    ) {
        let sign = if negative && (whole != "0" || fraction.bytes().any(|b| b != b'0')) { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        let text = format!("{sign}{whole}{point}{fraction}");
        let value: f64 = text.parse().unwrap();
        let places = usize::from(scale);
        let kept = normal(&format!("{value:.places$}")) == normal(&text);
        let expected = if kept { Ok(value) } else { Err(ValueIssue::NumericInexact) };
        let converter = Converter::new(&column("v", "numeric", "NUMERIC", Encoding::NumericReal { scale })).unwrap();
        prop_assert_eq!(convert(&converter, Cell::Text(text.as_bytes())), expected, "text {}", text);
        let binary = numeric_binary(&text);
        prop_assert_eq!(convert(&converter, Cell::Binary(&binary)), expected, "binary {}", text);
        let exact = Converter::new(&column("v", "numeric", "TEXT", Encoding::DecimalText)).unwrap();
        let mut scratch = Vec::new();
        let written = exact.convert(Cell::Binary(&binary), &mut scratch).unwrap().value;
        prop_assert_eq!(written, Value::Text(&text));
    }

    #[test]
    fn a_timestamp_is_the_calendar_s(micros in -63_082_281_600_000_000i64..252_455_616_000_000_000) {
        let seconds = micros.div_euclid(1_000_000) + 946_684_800;
        let fraction = i32::try_from(micros.rem_euclid(1_000_000)).unwrap() * 1000;
        let instant = jiff::Timestamp::new(seconds, fraction).unwrap();
        let expected = instant.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string();
        let binary = micros.to_be_bytes();
        for (pg_type, encoding) in [("timestamptz", Encoding::TimestampUtc), ("timestamp", Encoding::Timestamp)] {
            let converter = Converter::new(&column("v", pg_type, "DATETIME", encoding)).unwrap();
            let mut scratch = Vec::new();
            let value = converter.convert(Cell::Binary(&binary), &mut scratch).unwrap().value;
            prop_assert_eq!(value, Value::Text(&expected));
            let text = Cell::Text(expected.as_bytes());
            let mut scratch = Vec::new();
            prop_assert_eq!(converter.convert(text, &mut scratch).unwrap().value, Value::Text(&expected));
        }
    }
}

/// PostgreSQL itself is the formula here: the value of a float4 is that of the text that it prints.
#[test]
fn a_float4_is_the_double_of_the_text_that_postgresql_prints() {
    let Some(database) = support::Database::new("port_float4") else {
        return;
    };
    // Floats at random, and those whose shortest decimal lies halfway to a neighbour: multiples of 16 from 2^25 on.
    let rows = database
        .client()
        .query(
            "SELECT v, v::text FROM (
               SELECT (random() * 2 - 1)::float4 * 10::float8 ^ (random() * 70 - 35) AS w FROM generate_series(1, 20000)
               UNION ALL SELECT 33554432 + 16 * n FROM generate_series(0, 20000) n
               UNION ALL SELECT 2.0::float8 ^ n FROM generate_series(-149, 127) n
               UNION ALL SELECT 0) AS t, LATERAL (SELECT w::float4 AS v) AS u WHERE abs(w) < 3e38 AND (w = 0 OR abs(w) > 2e-45)",
            &[],
        )
        .unwrap();
    assert!(rows.len() > 30_000);
    let real = Encoding::Real { single: true };
    let stored = Converter::new(&column("v", "real", "REAL", real)).unwrap();
    let printed = Converter::new(&column("v", "real", "TEXT", Encoding::PgText)).unwrap();
    for row in rows {
        let (value, text): (f32, String) = (row.get(0), row.get(1));
        let binary = value.to_be_bytes();
        let expected: f64 = text.parse().unwrap();
        assert_eq!(
            convert(&stored, Cell::Binary(&binary)),
            Ok(expected),
            "{text}"
        );
        let mut scratch = Vec::new();
        let converted = printed
            .convert(Cell::Binary(&binary), &mut scratch)
            .unwrap();
        assert_eq!(converted.value, Value::Text(&text));
    }
}
