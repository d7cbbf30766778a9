//! `decant port --database-per`: one file per tenant, through the binary, from a dump.

mod e2e;
mod support;

use std::path::Path;

use e2e::Run;
use rusqlite::Connection;

const HEAD: &str = "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n\n\
    SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\
    SELECT pg_catalog.set_config('search_path', '', false);\n\n";
const TAIL: &str = "\n--\n-- PostgreSQL database dump complete\n--\n\n";

const TABLES: &str = "\
CREATE TABLE public.countries (code text NOT NULL);
CREATE TABLE public.orgs (id integer NOT NULL, slug text NOT NULL, country text);
CREATE TABLE public.users (id integer NOT NULL, org text, boss integer);
CREATE TABLE public.orders (id integer NOT NULL, user_id integer, org text, total double precision);
CREATE TABLE public.items (order_id integer NOT NULL, line integer NOT NULL, body bytea);
CREATE VIEW public.totals AS SELECT orders.org, sum(orders.total) AS total FROM public.orders GROUP BY orders.org;
";

const KEYS: &str = "
ALTER TABLE ONLY public.countries ADD CONSTRAINT countries_pkey PRIMARY KEY (code);
ALTER TABLE ONLY public.orgs ADD CONSTRAINT orgs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orgs ADD CONSTRAINT orgs_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.items ADD CONSTRAINT items_pkey PRIMARY KEY (order_id, line);
CREATE INDEX ix_orders_user ON public.orders USING btree (user_id);
ALTER TABLE ONLY public.orgs ADD CONSTRAINT fk1 FOREIGN KEY (country) REFERENCES public.countries(code);
ALTER TABLE ONLY public.users ADD CONSTRAINT fk2 FOREIGN KEY (org) REFERENCES public.orgs(slug);
ALTER TABLE ONLY public.users ADD CONSTRAINT fk3 FOREIGN KEY (boss) REFERENCES public.users(id);
ALTER TABLE ONLY public.orders ADD CONSTRAINT fk4 FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.orders ADD CONSTRAINT fk5 FOREIGN KEY (org) REFERENCES public.orgs(slug);
ALTER TABLE ONLY public.items ADD CONSTRAINT fk6 FOREIGN KEY (order_id) REFERENCES public.orders(id);
";

/// Rows of the tables in their order.
fn dump(users: &str, orders: &str) -> String {
    let copy = |table: &str, columns: &str, rows: &str| {
        format!("COPY public.{table} ({columns}) FROM stdin;\n{rows}\\.\n\n")
    };
    [
        HEAD,
        TABLES,
        &copy("countries", "code", "de\nfr\n"),
        &copy(
            "orgs",
            "id, slug, country",
            "7\tAcme/1\tde\n8\tacme\tfr\n9\tempty\t\\N\n",
        ),
        &copy("users", "id, org, boss", users),
        &copy("orders", "id, user_id, org, total", orders),
        &copy(
            "items",
            "order_id, line, body",
            "100\t1\t\\\\x00ff\n100\t2\t\\N\n101\t1\t\\\\x01\n",
        ),
        KEYS,
        TAIL,
    ]
    .concat()
}

const USERS: &str = "1\tAcme/1\t\\N\n2\tAcme/1\t1\n3\tacme\t\\N\n";
// By the user, by the organisation, by both.
const ORDERS: &str = "100\t2\t\\N\t0.1\n101\t\\N\tacme\t1e300\n102\t3\tacme\t3\n";

fn port(folder: &Path, dump: &str, arguments: &[&str]) -> Run {
    std::fs::write(folder.join("app.sql"), dump).expect("a dump");
    let mut all = vec!["port", "--source", "app.sql", "--target", "tenants"];
    all.extend(["--database-per", "orgs.id"]);
    all.extend(arguments);
    e2e::decant_in(folder, &all)
}

fn rows(file: &Path, sql: &str) -> Vec<String> {
    let db = Connection::open(file).expect("a file");
    let mut statement = db
        .prepare(sql)
        .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let width = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..width).map(|at| {
            row.get_ref(at).map(|v| match v.as_str() {
                Ok(text) => text.to_owned(),
                Err(_) => format!("{v:?}"),
            })
        });
        Ok(cells.collect::<Result<Vec<_>, _>>()?.join(" "))
    });
    rows.expect("rows").collect::<Result<_, _>>().expect("rows")
}

fn manifest(folder: &Path) -> serde_json::Value {
    let bytes = std::fs::read(folder.join("tenants/manifest.json")).expect("a manifest");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn rows_go_where_their_foreign_keys_lead_and_shared_tables_to_each_file() {
    let folder = support::tempdir();
    let run = port(folder.path(), &dump(USERS, ORDERS), &[]);
    run.ended(0);
    let manifest = manifest(folder.path());
    let files: Vec<&str> = (manifest["files"].as_array().expect("files").iter())
        .map(|f| f["file"].as_str().expect("a name"))
        .collect();
    assert_eq!(files, ["tenant-7.db", "tenant-8.db", "tenant-9.db"]);
    assert_eq!(manifest["shared_tables"], serde_json::json!(["countries"]));
    assert_eq!(manifest["files"][0]["tenant"], 7);
    assert_eq!(manifest["files"][0]["tables"]["users"], 2);
    let of = |name: &str| folder.path().join("tenants").join(name);
    for (file, users, orders, items) in [
        ("tenant-7.db", "1 2", "100", "100.1 100.2"),
        ("tenant-8.db", "3", "101 102", "101.1"),
        ("tenant-9.db", "", "", ""),
    ] {
        let list = |sql: &str| rows(&of(file), sql).join(" ");
        assert_eq!(list("SELECT id || '' FROM users ORDER BY id"), users);
        assert_eq!(list("SELECT id || '' FROM orders ORDER BY id"), orders);
        let sql = "SELECT order_id || '.' || line FROM items ORDER BY 1";
        assert_eq!(list(sql), items);
        assert_eq!(list("SELECT code FROM countries ORDER BY 1"), "de fr");
        assert_eq!(list("PRAGMA foreign_key_check"), "");
        assert_eq!(list("PRAGMA integrity_check"), "ok");
        assert_eq!(
            list(
                "SELECT count(*) || '' FROM sqlite_schema WHERE name IN ('totals', 'ix_orders_user')"
            ),
            "2"
        );
    }
    assert_eq!(
        rows(&of("tenant-8.db"), "SELECT * FROM totals"),
        ["acme Real(1e300)"]
    );
    assert_eq!(e2e::files(folder.path()).len(), 5);
    // A folder that is there is never touched.
    let again = port(folder.path(), &dump(USERS, ORDERS), &[]);
    again.ended(3);
    assert_eq!(e2e::files(folder.path()).len(), 5);
}

#[test]
fn shared_tables_may_have_a_file_of_their_own() {
    let folder = support::tempdir();
    std::fs::write(
        folder.path().join("decant.toml"),
        "[port]\nshared = \"one\"\n",
    )
    .expect("a file");
    let run = port(folder.path(), &dump(USERS, ORDERS), &[]);
    run.ended(0);
    let of = |name: &str| folder.path().join("tenants").join(name);
    assert_eq!(
        rows(
            &of("shared.db"),
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ),
        ["countries"]
    );
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1";
    assert_eq!(
        rows(&of("tenant-7.db"), sql),
        ["items", "orders", "orgs", "users"]
    );
    let db = Connection::open(of("tenant-9.db")).expect("a file");
    db.execute_batch("PRAGMA foreign_keys = ON; UPDATE orgs SET country = 'es'")
        .expect("no key leads out");
    assert_eq!(
        manifest(folder.path())["foreign_keys_left_out"],
        serde_json::json!(["orgs (country) to countries"])
    );
}

#[test]
fn rows_without_a_path_or_with_two_are_refused_or_decided() {
    let lost = format!("{USERS}4\t\\N\t\\N\n");
    let torn = format!("{ORDERS}103\t1\tacme\t4\n");
    let across = "1\tAcme/1\t\\N\n2\tAcme/1\t1\n3\tacme\t1\n";
    for (users, orders, arguments, status, told) in [
        (
            &*lost,
            ORDERS,
            &[][..],
            3,
            "table users: 1 rows lead to no tenant",
        ),
        (
            &*lost,
            ORDERS,
            &["--unrouted", "drop"],
            0,
            "published 3 files",
        ),
        (
            &*lost,
            ORDERS,
            &["--unrouted", "each"],
            0,
            "published 3 files",
        ),
        (
            USERS,
            &*torn,
            &[],
            3,
            "table orders: 1 rows lead to two tenants, by org (to orgs) and by user_id (to users)",
        ),
        // Order 100 leads to a tenant by its user alone, which does not count then.
        (
            USERS,
            &*torn,
            &["--via", "orders=org"],
            3,
            "table orders: 1 rows lead to no tenant",
        ),
        (
            across,
            ORDERS,
            &[],
            3,
            "table users refers to a row of table users that is another tenant's",
        ),
        (
            USERS,
            ORDERS,
            &["--via", "orders=total"],
            3,
            "no foreign key on column total that leads",
        ),
        (
            USERS,
            ORDERS,
            &["--via", "countries=code"],
            3,
            "table countries has no way to the tenants",
        ),
    ] {
        let folder = support::tempdir();
        let run = port(folder.path(), &dump(users, orders), arguments);
        run.ended(status);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.all());
        let left = e2e::files(folder.path());
        if status != 0 {
            assert_eq!(left, ["app.sql"], "{arguments:?}");
            continue;
        }
        let file = folder.path().join("tenants/tenant-9.db");
        let users = rows(&file, "SELECT id || '' FROM users");
        let manifest = manifest(folder.path());
        match arguments {
            ["--unrouted", "drop"] => {
                assert!(users.is_empty());
                assert_eq!(manifest["dropped"]["users"], 1);
            }
            _ => assert_eq!(users, ["4"]),
        }
    }
}

#[test]
fn a_folder_is_published_whole_or_not_at_all() {
    for point in ["tenants:part#2", "tenants:publish", "port:before-finish"] {
        let folder = support::tempdir();
        std::fs::write(folder.path().join("app.sql"), dump(USERS, ORDERS)).expect("a dump");
        let killed = e2e::run(
            support::decant()
                .current_dir(folder.path())
                .args(["port", "--source", "app.sql", "--target", "tenants"])
                .args(["--database-per", "public.orgs.slug"])
                .env("DECANT_FAIL_AT", point),
        );
        assert!(killed.status < 0, "{}", killed.all());
        assert!(!folder.path().join("tenants").exists(), "{point}");
        // What was left is no obstacle.
        let run = e2e::decant_in(
            folder.path(),
            &[
                "port",
                "--source",
                "app.sql",
                "--target",
                "tenants",
                "--database-per",
                "orgs.slug",
            ],
        );
        run.ended(0);
        let files = e2e::files(folder.path());
        // Names that no file system takes for one another, or for a path.
        assert_eq!(
            files,
            [
                "app.sql",
                "tenants/manifest.json",
                "tenants/tenant-%41cme%2F1.db",
                "tenants/tenant-acme.db",
                "tenants/tenant-empty.db"
            ]
        );
    }
}
