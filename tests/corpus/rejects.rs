//! What PostgreSQL takes, SQLite takes, and what the one refuses the other refuses, unless a listed loss says otherwise: the same
//! changes of the same rows on both, made up from the catalog's columns.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::e2e::{self, fill};
use crate::manifest::chosen;
use crate::support::{self, Database, project};

/// How many histories of the corpus are looked at beside the example.
const HISTORIES: usize = 5;

/// Rules by which a constraint may be weaker than it was.
const WEAKER: &[&str] = &[
    "check-dropped",
    "unique-weakened",
    "deferral",
    "exclusion-dropped",
    "index-dropped",
    "index-expression",
    "index-method",
    "foreign-key-option",
    "trigger-dropped",
    "trigger-rewritten",
    "generated-dropped",
    "collation",
];

#[test]
fn both_databases_refuse_the_same_rows() {
    let example = vec![
        "--scripts".to_owned(),
        project("alembic_backup").display().to_string(),
    ];
    let dump = project("fixtures/production.sql").display().to_string();
    let mut compared =
        compare("the example", &example, Some(&dump)).unwrap_or_else(|why| panic!("{why}"));
    let complete = chosen().into_iter().filter(|h| h.unconverted.is_some());
    let mut looked_at = 0;
    for history in complete.filter(|h| h.at.is_none()) {
        let Some(root) = history.fetch() else {
            continue;
        };
        if looked_at == HISTORIES {
            break;
        }
        let found = compare(&history.name, &history.flags(&root), None);
        let found = found.unwrap_or_else(|why| panic!("{why}"));
        looked_at += usize::from(!found.is_empty());
        for (verdict, count) in found {
            *compared.entry(verdict).or_default() += count;
        }
    }
    if compared.is_empty() {
        // Without a server.
        return;
    }
    for kind in ["accepted", "23502", "23503", "23505", "23514"] {
        assert!(
            compared.get(kind).is_some_and(|n| *n > 5),
            "{kind} was hardly seen: {compared:?}"
        );
    }
}

/// Verdicts of PostgreSQL and how often each was given; an error where SQLite's is another.
fn compare(
    name: &str,
    flags: &[String],
    dump: Option<&str>,
) -> Result<BTreeMap<String, usize>, String> {
    let Some(database) = Database::new("rejects") else {
        return Ok(BTreeMap::new());
    };
    let decant = |words: &[&str]| e2e::run(support::decant().args(words).args(flags));
    let mut client = database.client();
    match dump.zip(support::pg_binary("psql")) {
        Some((dump, psql)) => {
            let mut load = std::process::Command::new(psql);
            load.args([
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                &database.url(),
                "-f",
                dump,
            ]);
            e2e::run(&mut load).ended(0);
        }
        None => {
            let schema = decant(&["schema"]);
            client
                .batch_execute(&schema.stdout)
                .map_err(|e| format!("the schema does not load: {e:?}"))?;
            fill::fill_what_fits(&database.url(), 12);
        }
    }
    let folder = support::tempdir();
    let path = |file: &str| folder.path().join(file).display().to_string();
    std::fs::write(path("decant.toml"), "[storage]\naccept-lossy = true\n").expect("a file");
    let (config, target) = (path("decant.toml"), path("ported.db"));
    let ported = decant(&[
        "port",
        "--config",
        &config,
        "--source",
        &database.url(),
        "--target",
        &target,
    ]);
    ported.ended(0);
    let out = path("files");
    let baseline = decant(&[
        "baseline",
        "--json",
        "--accept-lossy",
        "--seed-data",
        "drop",
        "--timestamp",
        "20260101000000",
        "--out",
        &out,
    ]);
    baseline.ended(0);
    let told: Value = serde_json::from_str(&baseline.stdout).map_err(|e| e.to_string())?;
    let losses: Vec<(String, String)> = told["losses"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|l| (text(&l["object"]), text(&l["rule"])))
        .collect();
    let lite = rusqlite::Connection::open(&target).expect("a database");
    lite.pragma_update(None, "foreign_keys", true)
        .expect("foreign keys");

    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for change in changes(&mut client, &lite) {
        let pg = on_postgresql(&mut client, &change.pg);
        let refused = on_sqlite(&lite, &change.lite).err();
        let kind = pg.as_ref().err().map_or("accepted", |e| &e.0).to_owned();
        *verdicts.entry(kind).or_default() += 1;
        let said = match (&pg, &refused) {
            (Ok(()), None) | (Err(_), Some(_)) => continue,
            (Ok(()), Some(why)) => {
                // What a trigger set before the row was checked, it sets behind that.
                let late = losses.iter().any(|(object, rule)| {
                    rule == "trigger-rewritten" && object.starts_with(&format!("{}.", change.table))
                });
                if late && why.starts_with("NOT NULL") {
                    continue;
                }
                format!("refused by SQLite alone: {}: {why}", change.lite)
            }
            (Err((code, constraint)), None) => {
                let explained = losses.iter().any(|(object, rule)| {
                    let of_table = object == &change.table
                        || object.starts_with(&format!("{}.", change.table));
                    let named = !constraint.is_empty() && object.ends_with(constraint.as_str());
                    WEAKER.contains(&rule.as_str()) && (of_table || named)
                });
                // Lengths and ranges are those of types, which SQLite does not have.
                let explained = explained || ["22001", "22003"].contains(&code.as_str());
                if explained {
                    continue;
                }
                format!(
                    "refused by PostgreSQL alone ({code} {constraint}): {}",
                    change.pg
                )
            }
        };
        wrong.push(said);
    }
    if wrong.is_empty() {
        Ok(verdicts)
    } else {
        Err(format!(
            "{name}: {} of {verdicts:?}\n{}",
            wrong.len(),
            wrong.join("\n")
        ))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// One change in the words of both.
struct Change {
    table: String,
    pg: String,
    lite: String,
}

/// Every table copied onto itself, and every column set to values that some constraint may not like.
fn changes(client: &mut postgres::Client, lite: &rusqlite::Connection) -> Vec<Change> {
    let columns = client
        .query(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL), t.typtype::text, a.attgenerated::text, a.attidentity::text
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
              WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
              ORDER BY 1, a.attnum",
            &[],
        )
        .expect("the columns");
    let mut out = Vec::new();
    let mut whole: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &columns {
        let cell = |at: usize| row.get::<_, String>(at);
        let (table, column, type_) = (cell(0), cell(1), cell(2));
        let declared: Option<String> = lite
            .query_row(
                "SELECT type FROM pragma_table_xinfo(?1) WHERE name = ?2",
                [&table, &column],
                |r| r.get(0),
            )
            .ok();
        let Some(declared) = declared else { continue };
        let rows = format!("SELECT count(*) FROM \"{table}\"");
        let rows: i64 = lite.query_row(&rows, [], |r| r.get(0)).expect("a count");
        if rows == 0 || !cell(4).is_empty() || cell(5) == "a" {
            continue;
        }
        whole
            .entry(table.clone())
            .or_default()
            .push(format!("\"{column}\""));
        for (pg, sqlite) in values(&type_, &cell(3), &declared) {
            let set = |value: &str| format!("UPDATE \"{table}\" SET \"{column}\" = {value}");
            out.push(Change {
                pg: set(pg),
                lite: set(sqlite),
                table: table.clone(),
            });
        }
    }
    for (table, columns) in whole {
        let list = columns.join(", ");
        let sql = format!("INSERT INTO \"{table}\" ({list}) SELECT {list} FROM \"{table}\"");
        out.push(Change {
            pg: sql.clone(),
            lite: sql,
            table,
        });
    }
    out
}

/// Values of a type, in both spellings.
fn values(type_: &str, kind: &str, declared: &str) -> Vec<(&'static str, &'static str)> {
    let same = |list: &[&'static str]| list.iter().map(|v| (*v, *v)).collect::<Vec<_>>();
    let mut out = same(&["NULL"]);
    out.extend(match type_ {
        _ if kind == "e" => same(&["'no such label'"]),
        "smallint" | "integer" | "bigint" => same(&["-1", "0", "30000"]),
        "numeric" | "double precision" | "real" => same(&["-1", "0", "30000"]),
        "text" | "character varying" => same(&["''", "'nope'"]),
        "boolean" => vec![("false", "0"), ("true", "1")],
        "date" => same(&["'2001-02-03'"]),
        "timestamp without time zone" => {
            vec![("'2001-02-03 04:05:06'", "'2001-02-03 04:05:06.000000'")]
        }
        "uuid" if declared == "CHAR(32)" => vec![(
            "'ffffffff-ffff-4fff-8fff-ffffffffffff'",
            "'ffffffffffff4fff8fffffffffffffff'",
        )],
        _ => Vec::new(),
    });
    out
}

/// Makes a change and takes it back; the code of the refusal and the constraint's name.
fn on_postgresql(client: &mut postgres::Client, sql: &str) -> Result<(), (String, String)> {
    let mut transaction = client.transaction().expect("a transaction");
    let done = transaction.batch_execute(&format!("{sql}; SET CONSTRAINTS ALL IMMEDIATE"));
    done.map_err(|error| {
        let error = error.as_db_error().expect("the server's own error");
        let constraint = error.constraint().unwrap_or_default().to_owned();
        (error.code().code().to_owned(), constraint)
    })
}

/// The same; rows that refer to nothing are a refusal, too.
fn on_sqlite(db: &rusqlite::Connection, sql: &str) -> Result<(), String> {
    db.execute_batch("BEGIN").expect("a transaction");
    let done = db
        .execute_batch(sql)
        .map_err(|e| e.to_string())
        .and_then(|()| {
            let orphans = db.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |r| {
                r.get::<_, i64>(0)
            });
            match orphans {
                Ok(0) => Ok(()),
                Ok(n) => Err(format!("{n} rows refer to nothing")),
                Err(e) => Err(e.to_string()),
            }
        });
    db.execute_batch("ROLLBACK").expect("a rollback");
    done
}
