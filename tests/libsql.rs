//! `libsql = true`: vectors in the form that libSQL's functions take, ported from a dump and verified, without a server of either.

mod support;

use std::path::Path;

use support::{decant, run, tempdir};

const DUMP: &str = "--
-- PostgreSQL database dump
--

-- Dumped from database version 15.5
-- Dumped by pg_dump version 15.5

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

CREATE TABLE public.chunks (
    id integer NOT NULL,
    embedding public.vector(3),
    loose public.vector
);

COPY public.chunks (id, embedding, loose) FROM stdin;
1\t[1,0.5,-2]\t[0.1]
2\t[1e-07,3.4028235e+38,0]\t\\N
3\t\\N\t[1,2,3,4]
\\.

ALTER TABLE ONLY public.chunks
    ADD CONSTRAINT chunks_pkey PRIMARY KEY (id);

CREATE INDEX ix_chunks_embedding ON public.chunks USING hnsw (embedding public.vector_cosine_ops);

--
-- PostgreSQL database dump complete
--
";

fn port_into(folder: &Path) {
    std::fs::write(folder.join("app.sql"), DUMP).expect("a dump");
    std::fs::write(folder.join("decant.toml"), "[storage]\nlibsql = true\n").expect("decisions");
    let mut command = decant();
    command
        .current_dir(folder)
        .args(["port", "--source", "app.sql", "--target", "app.db"]);
    let output = run(&mut command);
    assert!(output.status.success(), "{output:?}");
}

fn verify(folder: &Path) -> std::process::Output {
    let mut command = decant();
    command
        .current_dir(folder)
        .args(["verify", "--source", "app.sql", "--target", "app.db"]);
    command.output().expect("decant runs")
}

#[test]
fn vectors_are_ported_and_verified_as_libsql_keeps_them() {
    let folder = tempdir();
    port_into(folder.path());
    let database = rusqlite::Connection::open(folder.path().join("app.db")).expect("a database");
    let rows: Vec<(Option<String>, Option<String>)> = database
        .prepare("SELECT hex(embedding), hex(loose) FROM chunks ORDER BY id")
        .expect("a query")
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows");
    let expected = [
        ("0000803F0000003F000000C0", "CDCCCC3D"),
        ("95BFD633FFFF7F7F00000000", ""),
        ("", "0000803F000000400000404000008040"),
    ];
    assert_eq!(
        rows,
        expected.map(|(a, b)| (Some(a.to_owned()), Some(b.to_owned())))
    );
    let declared: String = database
        .query_row(
            "SELECT type FROM pragma_table_info('chunks') WHERE name = 'embedding'",
            [],
            |r| r.get(0),
        )
        .expect("a type");
    assert_eq!(declared, "F32_BLOB(3)");
    assert!(verify(folder.path()).status.success());
    // One bit of one number.
    database
        .execute(
            "UPDATE chunks SET embedding = x'0100803F0000003F000000C0' WHERE id = 1",
            [],
        )
        .expect("an update");
    drop(database);
    let output = verify(folder.path());
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("embedding"), "{said}");
}
