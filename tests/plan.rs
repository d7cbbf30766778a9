//! Plans from one SQLite schema to the next, on databases with rows: `fixtures/plan/*.sql`, one case a file.
//!
//! Sections `-- before`, `-- rows`, `-- after`, `-- carried` (`table.column = column before : expression`), `-- expect` (a query of one text,
//! then `=>` and the text) and `-- fails` (words of the error). Each case runs forward and back; both ends must be the very schema.

use std::collections::BTreeMap;
use std::path::Path;

use decant::sqlite::plan::{
    Carried, CarriedColumn, CarriedTable, Plan, foreign_keys_are_off, plan,
};
use decant::sqlite::{inspect, schema::Schema};
use decant::verify::compare_sqlite;
use rusqlite::Connection;

#[test]
fn every_case_keeps_its_rows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plan");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|e| e.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    assert!(files.len() > 15, "cases are missing");
    let faults: Vec<String> = files
        .iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).expect("a readable case");
            let fault = case(&sections(&text)).err()?;
            Some(format!("{}: {fault}", path.display()))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

fn sections(text: &str) -> BTreeMap<String, String> {
    let names = ["before", "rows", "after", "carried", "expect", "fails"];
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        match line.strip_prefix("-- ").filter(|n| names.contains(n)) {
            Some(name) => current = name.to_owned(),
            None => *out.entry(current.clone()).or_default() += &format!("{line}\n"),
        }
    }
    out
}

fn open(sql: &str) -> Result<Connection, String> {
    let db = Connection::open_in_memory().map_err(|e| e.to_string())?;
    db.execute_batch(sql).map_err(|e| format!("{e} in {sql}"))?;
    Ok(db)
}

fn schema_of(sql: &str) -> Result<Schema, String> {
    inspect::read(&open(sql)?).map_err(|e| e.to_string())
}

fn case(parts: &BTreeMap<String, String>) -> Result<(), String> {
    let part = |name: &str| parts.get(name).map_or("", String::as_str);
    let (before, after) = (schema_of(part("before"))?, schema_of(part("after"))?);
    let carried = carried(&before, &after, part("carried"));
    let there = plan(&before, &after, &carried);
    let db = open(&format!("{}{}", part("before"), part("rows")))?;
    if there.foreign_keys_off {
        refuses_with_foreign_keys_on(&db, &there)?;
    }
    let told = apply(&db, &there);
    if !part("fails").is_empty() {
        let error = told.err().ok_or("it did not fail")?;
        let words = part("fails").trim();
        return if error.contains(words) {
            Ok(())
        } else {
            Err(error)
        };
    }
    told.map_err(|e| format!("{e}\nplan:\n{}", there.statements.join(";\n")))?;
    is_schema(&db, &after)
        .map_err(|e| format!("forward: {e}\n{}", there.statements.join(";\n")))?;
    expect(&db, part("expect"))?;
    let back = plan(&after, &before, &carried.reversed());
    apply(&db, &back).map_err(|e| format!("back: {e}\nplan:\n{}", back.statements.join(";\n")))?;
    is_schema(&db, &before).map_err(|e| format!("back: {e}\n{}", back.statements.join(";\n")))
}

/// `t`, `t = u`, `t.c = d`, `t.c : expr`, `t.c = d : expr`, `- t`, `- t.c`; the rest by name.
fn carried(before: &Schema, after: &Schema, text: &str) -> Carried {
    let mut out = Carried::by_name(before, after);
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        if let Some(gone) = line.strip_prefix("- ") {
            match gone.split_once('.') {
                Some((table, column)) => {
                    out.tables[table].columns.shift_remove(column);
                }
                None => {
                    out.tables.shift_remove(gone);
                }
            }
            continue;
        }
        let (names, convert) = match line.split_once(" : ") {
            Some((names, expression)) => (names, Some(expression.trim().to_owned())),
            None => (line, None),
        };
        let (name, was) = names.split_once(" = ").unwrap_or((names, names));
        match name.trim().split_once('.') {
            Some((table, column)) => {
                let was = was.trim().rsplit('.').next().expect("a column").to_owned();
                let entry = out.tables.get_mut(table).expect("a carried table");
                entry.columns.insert(
                    column.to_owned(),
                    CarriedColumn {
                        before: was,
                        convert,
                    },
                );
            }
            None => {
                let old = before.table(was.trim()).expect("a table before");
                let new = after.table(name.trim()).expect("a table after");
                let columns = new
                    .columns
                    .iter()
                    .filter(|c| old.column(&c.name).is_some())
                    .map(|c| (c.name.clone(), CarriedColumn::unchanged(c.name.clone())))
                    .collect();
                let table = CarriedTable {
                    before: old.name.clone(),
                    columns,
                };
                out.tables.insert(new.name.clone(), table);
            }
        }
    }
    out
}

/// In one transaction, as `decant migrate` does it.
fn apply(db: &Connection, plan: &Plan) -> Result<(), String> {
    let run = |sql: &str| db.execute_batch(sql).map_err(|e| format!("{e} in {sql}"));
    run(if plan.foreign_keys_off {
        "PRAGMA foreign_keys=OFF"
    } else {
        "PRAGMA foreign_keys=ON"
    })?;
    run("BEGIN")?;
    for statement in plan
        .statements
        .iter()
        .chain(plan.triggers.iter().map(|t| &t.sql))
    {
        if let Err(error) = run(statement) {
            run("ROLLBACK")?;
            return Err(error);
        }
    }
    let orphans: i64 = db
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |r| {
            r.get(0)
        })
        .map_err(|e| e.to_string())?;
    run("COMMIT")?;
    if orphans == 0 {
        Ok(())
    } else {
        Err(format!("{orphans} rows refer to nothing"))
    }
}

/// The statement in front of such a migration, in a tool that leaves foreign keys on.
fn refuses_with_foreign_keys_on(db: &Connection, plan: &Plan) -> Result<(), String> {
    db.execute_batch("PRAGMA foreign_keys=ON")
        .map_err(|e| e.to_string())?;
    let guard = foreign_keys_are_off();
    let error = db
        .query_row(&guard, [], |_| Ok(()))
        .err()
        .ok_or("it ran with foreign keys on")?;
    if !error.to_string().contains("foreign keys off") {
        return Err(format!("the guard says {error}"));
    }
    db.execute_batch("PRAGMA foreign_keys=OFF")
        .map_err(|e| e.to_string())?;
    db.query_row(&guard, [], |_| Ok(()))
        .map_err(|e| e.to_string())?;
    assert!(plan.statements.iter().all(|s| !s.trim_end().ends_with(';')));
    Ok(())
}

fn is_schema(db: &Connection, wanted: &Schema) -> Result<(), String> {
    let actual = inspect::read(db).map_err(|e| e.to_string())?;
    let findings = compare_sqlite(wanted, &actual);
    let left = actual.tables.iter().any(|t| t.name.starts_with("_decant"));
    if findings.is_empty() && !left {
        Ok(())
    } else {
        Err(format!("{findings:#?}"))
    }
}

/// Each query gives one text.
fn expect(db: &Connection, text: &str) -> Result<(), String> {
    let mut query = String::new();
    for line in text.lines() {
        let Some(wanted) = line.strip_prefix("=>") else {
            query += line;
            continue;
        };
        let got: Option<String> = db
            .query_row(&query, [], |row| row.get(0))
            .map_err(|e| format!("{e} in {query}"))?;
        let got = got.unwrap_or_default();
        if got != wanted.trim() {
            return Err(format!(
                "{query}\n  wanted {}\n  got    {got}",
                wanted.trim()
            ));
        }
        query.clear();
    }
    Ok(())
}
