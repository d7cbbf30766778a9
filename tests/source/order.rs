//! Tables of a compressed dump are read in the order in which they stand in it: each step back would unpack it from its beginning.

use std::io::Write as _;

use serde_json::Value;

use crate::e2e;
use crate::support;

/// Tables that each refer to the next, so that the order of keys is the opposite of the dump's.
const TABLES: usize = 40;

fn dump() -> String {
    let mut text = String::from(
        "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n\n",
    );
    for i in 0..TABLES {
        text.push_str(&format!(
            "CREATE TABLE public.t{i:02} (id integer NOT NULL, next integer);\n"
        ));
    }
    for i in 0..TABLES {
        text.push_str(&format!(
            "COPY public.t{i:02} (id, next) FROM stdin;\n1\t1\n2\t\\N\n\\.\n\n"
        ));
    }
    for i in 0..TABLES {
        text.push_str(&format!(
            "ALTER TABLE ONLY public.t{i:02} ADD CONSTRAINT t{i:02}_pkey PRIMARY KEY (id);\n"
        ));
    }
    for i in 1..TABLES {
        let before = i - 1;
        text.push_str(&format!(
            "ALTER TABLE ONLY public.t{before:02} ADD CONSTRAINT fk{i} FOREIGN KEY (next) REFERENCES public.t{i:02}(id);\n"
        ));
    }
    text.push_str("\n--\n-- PostgreSQL database dump complete\n--\n");
    text
}

#[test]
fn a_compressed_dump_is_read_in_its_own_order() {
    let folder = support::tempdir();
    std::fs::write(folder.path().join("plain.sql"), dump()).expect("a dump");
    let file = std::fs::File::create(folder.path().join("packed.gz")).expect("a file");
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(dump().as_bytes()).expect("a dump");
    packed.finish().expect("a dump");
    let names = |list: &Value| -> Vec<String> {
        let items = list.as_array().expect("tables").iter();
        items
            .map(|t| t["table"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let forward: Vec<String> = (0..TABLES).map(|i| format!("t{i:02}")).collect();
    let mut backward = forward.clone();
    backward.reverse();
    for (source, expected) in [("packed.gz", &forward), ("plain.sql", &backward)] {
        let arguments = [
            "port",
            "--source",
            source,
            "--target",
            "t.db",
            "--json",
            "--replace",
        ];
        let run = e2e::decant_in(folder.path(), &arguments);
        run.ended(0);
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(&names(&report["port"]["tables"]), expected, "{source}");
    }
}
