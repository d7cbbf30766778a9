//! `decant verify --query`: an application's queries on a real PostgreSQL and the file that was ported from it.

mod e2e;
mod support;

use support::{Database, project};

/// `fixtures/models` in a database, and ported.
fn ported(name: &str) -> Option<(tempfile::TempDir, Database)> {
    let sql = std::fs::read_to_string(project("fixtures/models/schema.sql")).expect("the schema");
    let database = Database::with(name, &sql)?;
    let folder = support::tempdir();
    e2e::copy_folder(&project("fixtures/models"), folder.path());
    let port = ["port", "--source", &database.url(), "--target", "t.db"];
    e2e::decant_in(folder.path(), &port).ended(0);
    Some((folder, database))
}

fn ask(folder: &std::path::Path, url: &str, more: &[&str]) -> e2e::Run {
    let arguments = ["verify", "--source", url, "--target", "t.db", "--query"];
    e2e::decant_in(folder, &[&arguments[..], more].concat())
}

#[test]
fn queries_give_the_same_on_both_sides_or_are_told_to_differ() {
    let Some((folder, database)) = ported("queries") else {
        return;
    };
    let url = database.url();
    let run = ask(folder.path(), &url, &["queries.sql"]);
    run.ended(0);
    assert!(
        run.stdout
            .starts_with("All 7 queries give the same on both sides.\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("equal  visits per place: 7 rows, in order\n"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("equal but for the last digits of a double"),
        "{}",
        run.stdout
    );

    let run = ask(folder.path(), &url, &["queries_that_differ.sql"]);
    run.ended(4);
    for expected in [
        "0 of 8 queries give the same on both sides; different: 5, failed: 3.",
        "DIFFERENT  text where a number was: 1 row, in any order, queries_that_differ.sql:3",
        "row 1, number: another bigint: text on SQLite",
        "the same rows in another order: PostgreSQL sorts NULL last",
        "771 rows on PostgreSQL, 772 on SQLite",
        "a row: only on SQLite",
        "row 1, born: another timestamp with time zone: text on SQLite",
        "queries_that_differ.sql:24:25: SQLite: near \"ILIKE\": syntax error",
        "queries_that_differ.sql:28:6: PostgreSQL: relation \"visit\" does not exist (42P01)",
        "SQLite: no such table: visit",
        "2 columns on PostgreSQL, 1 on SQLite",
    ] {
        assert!(
            run.stdout.contains(expected),
            "no `{expected}` in {}",
            run.stdout
        );
    }
    assert!(
        !run.stdout.contains("1999-12-31"),
        "values are shown only when asked: {}",
        run.stdout
    );
    let rows: i64 = database
        .client()
        .query_one("SELECT count(*) FROM visits", &[])
        .expect("a count")
        .get(0);
    assert_eq!(rows, 900, "nothing is written");

    let run = ask(
        folder.path(),
        &url,
        &[
            "queries_that_differ.sql",
            "--show-values",
            "--report",
            "out",
        ],
    );
    run.ended(4);
    assert!(
        run.stdout
            .contains("(source 1999-12-31 23:59:59.999999+00, target '2000-01-01 00:59:59')"),
        "{}",
        run.stdout
    );
    let json = std::fs::read_to_string(folder.path().join("out/report.json")).expect("the report");
    let report: decant::report::Report = serde_json::from_str(&json).expect("it reads back");
    assert_eq!(report.queries.len(), 8);
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).expect("the page");
    assert!(
        page.contains("Queries of the application"),
        "the page tells them"
    );
    let junit =
        std::fs::read_to_string(folder.path().join("out/report.junit.xml")).expect("the checks");
    assert!(junit.contains("NULL sorts otherwise"), "{junit}");
}

#[test]
fn what_cannot_be_asked_is_said_before_anything_is() {
    let folder = support::tempdir();
    std::fs::write(
        folder.path().join("q.sql"),
        "-- query: a\nSELECT 1;\nSELECT 2;\n",
    )
    .expect("a file");
    std::fs::write(folder.path().join("t.db"), "").expect("a file");
    let run = ask(
        folder.path(),
        "postgresql://nobody@127.0.0.1:1/none",
        &["q.sql"],
    );
    run.ended(2);
    assert!(
        run.stderr.contains("q.sql:2: more than one statement"),
        "{}",
        run.stderr
    );
    std::fs::write(folder.path().join("q.sql"), "-- query: a\nSELECT 1\n").expect("a file");
    std::fs::write(folder.path().join("dump.sql"), "").expect("a file");
    let run = ask(folder.path(), "dump.sql", &["q.sql"]);
    run.ended(2);
    assert!(
        run.stderr.contains("`dump.sql` is no server"),
        "{}",
        run.stderr
    );
}
