//! The table of bad input: one way in which it is bad each, and what has to be told.

use std::fs;

use super::Shop;

const ORDERS: &str = "alembic_backup/versions/b2_orders.py";
const TOTALS: &str = "alembic_backup/versions/c3_totals.py";

/// One way in which input is bad.
pub struct Case {
    /// What is bad, in words.
    pub name: &'static str,
    /// Makes the input bad.
    pub spoil: fn(&Shop),
    /// The command.
    pub arguments: &'static [&'static str],
    /// How it has to end.
    pub status: i32,
    /// Words of the sentence: the place and what is wrong there.
    pub told: &'static [&'static str],
}

/// All of them.
pub const CASES: &[Case] = &[
    Case {
        name: "a script that is not Python",
        spoil: |shop| shop.change(ORDERS, "def upgrade():", "<<<<<<< HEAD\ndef upgrade(:"),
        arguments: &["cutover"],
        status: 3,
        told: &["b2_orders.py:17:1"],
    },
    Case {
        name: "a script that is not Python, asked for the schema",
        spoil: |shop| shop.change(ORDERS, "def upgrade():", "<<<<<<< HEAD\ndef upgrade(:"),
        arguments: &["schema"],
        status: 3,
        told: &["b2_orders.py:17:1"],
    },
    Case {
        name: "two revisions with one id",
        spoil: |shop| {
            shop.write("alembic_backup/versions/b3_copy.py", &shop.read(ORDERS));
        },
        arguments: &["cutover"],
        status: 3,
        told: &["b2c0ffee0002", "b2_orders.py", "b3_copy.py"],
    },
    Case {
        name: "a missing parent",
        spoil: |shop| fs::remove_file(shop.path(ORDERS)).expect("a script"),
        arguments: &["cutover"],
        status: 3,
        told: &["c3_totals.py", "b2c0ffee0002"],
    },
    Case {
        name: "a cycle",
        spoil: |shop| {
            shop.change(
                "alembic_backup/versions/a1_customers.py",
                "down_revision = None",
                "down_revision = \"c3c0ffee0003\"",
            );
        },
        arguments: &["cutover"],
        status: 3,
        told: &["cycle", "a1c0ffee0001"],
    },
    Case {
        name: "two heads where one is needed",
        spoil: |shop| {
            shop.change(
                TOTALS,
                "down_revision = \"b2c0ffee0002\"",
                "down_revision = \"a1c0ffee0001\"",
            );
        },
        arguments: &["schema", "--at", "head"],
        status: 3,
        told: &["b2c0ffee0002", "c3c0ffee0003"],
    },
    Case {
        name: "a revision that is not there",
        spoil: |_| {},
        arguments: &["schema", "--at", "fedcba"],
        status: 2,
        told: &["fedcba"],
    },
    Case {
        name: "no scripts where they are said to be",
        spoil: |shop| fs::remove_dir_all(shop.path("alembic_backup")).expect("a folder"),
        arguments: &["cutover"],
        status: 1,
        told: &["alembic_backup"],
    },
    Case {
        name: "a dump that ends in a statement",
        spoil: |shop| shop.cut_behind("CREATE TABLE public.orders ("),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends in a row",
        spoil: |shop| shop.cut_behind("customer23@exam"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends between rows",
        spoil: |shop| shop.cut_behind("customer23@example.org\tCustomer 23\n"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends between tables",
        spoil: |shop| shop.cut_behind("Customer 40\n\\.\n"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "a dump that ends before its constraints",
        spoil: |shop| shop.cut_behind("ADD CONSTRAINT customers_pkey PRIMARY KEY (id);\n"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql:", "truncated"],
    },
    Case {
        name: "an empty dump",
        spoil: |shop| shop.write("shop.sql", ""),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql"],
    },
    Case {
        name: "a row with a field too few",
        spoil: |shop| {
            shop.change(
                "shop.sql",
                "customer23@example.org\tCustomer 23\n",
                "customer23@example.org\n",
            )
        },
        arguments: &["cutover"],
        status: 1,
        told: &["customers"],
    },
    Case {
        name: "a value that is none of its type",
        spoil: |shop| shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t2\tone and a quarter\t"),
        arguments: &["cutover"],
        status: 1,
        told: &["orders", "total"],
    },
    Case {
        name: "a dump of another schema: a column more",
        spoil: |shop| {
            shop.change(
                "shop.sql",
                "    note text,\n",
                "    note text,\n    paid boolean,\n",
            );
        },
        arguments: &["cutover"],
        status: 3,
        told: &["orders", "paid"],
    },
    Case {
        name: "a dump of another schema: a constraint less",
        spoil: |shop| {
            let text = shop.read("shop.sql");
            let at = text
                .find("ALTER TABLE ONLY public.customers\n    ADD CONSTRAINT customers_email_key")
                .expect("a constraint");
            let end = at + text[at..].find(";\n").expect("an end") + 2;
            shop.write("shop.sql", &format!("{}{}", &text[..at], &text[end..]));
        },
        arguments: &["cutover"],
        status: 4,
        told: &["customers_email_key"],
    },
    Case {
        name: "a dump of another revision",
        spoil: |shop| shop.change("shop.sql", "\nc3c0ffee0003\n", "\nb2c0ffee0002\n"),
        arguments: &["cutover"],
        status: 3,
        told: &["at revision", "b2c0ffee0002", "c3c0ffee0003"],
    },
    Case {
        name: "a row that breaks a check",
        spoil: |shop| shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t2\t-1.25\t"),
        arguments: &["cutover"],
        status: 4,
        told: &["orders", "ck_orders_total"],
    },
    Case {
        name: "a row that refers to nothing",
        spoil: |shop| shop.change("shop.sql", "\n1\t2\t1.25\t", "\n1\t4242\t1.25\t"),
        arguments: &["cutover"],
        status: 4,
        told: &["orders", "customers"],
    },
    Case {
        name: "a row twice",
        spoil: |shop| {
            let row = "23\tcustomer23@example.org\tCustomer 23\n";
            shop.change("shop.sql", row, &format!("{row}{row}"));
        },
        arguments: &["cutover"],
        status: 4,
        told: &["customers"],
    },
    Case {
        name: "NULL where none may be",
        spoil: |shop| {
            shop.change(
                "shop.sql",
                "customer23@example.org\tCustomer 23\n",
                "customer23@example.org\t\\N\n",
            )
        },
        arguments: &["cutover"],
        status: 4,
        told: &["customers", "name"],
    },
    Case {
        name: "a source that is not there",
        spoil: |shop| fs::remove_file(shop.path("shop.sql")).expect("the dump"),
        arguments: &["cutover"],
        status: 1,
        told: &["shop.sql"],
    },
    Case {
        name: "a server that is not there",
        spoil: |shop| {
            shop.with_source("postgresql://anna:secret-word@127.0.0.1:1/shop?connect_timeout=5")
        },
        arguments: &["cutover"],
        status: 1,
        told: &["127.0.0.1"],
    },
    Case {
        name: "a misspelt key of the configuration",
        spoil: |shop| {
            shop.change(
                "decant.toml",
                "[target]",
                "[storage]\nacept = []\n\n[target]",
            )
        },
        arguments: &["cutover"],
        status: 2,
        told: &["decant.toml", "acept"],
    },
    Case {
        name: "a decision without a rule of that name",
        spoil: |shop| {
            shop.change(
                "decant.toml",
                "[target]",
                "[storage]\naccept = [\"orders.total: roughly\"]\n\n[target]",
            );
        },
        arguments: &["cutover"],
        status: 2,
        told: &["roughly"],
    },
    Case {
        name: "a folder of the target that is a file",
        spoil: |shop| {
            shop.write("place", "a file");
            shop.change(
                "decant.toml",
                "file = \"shop.db\"",
                "file = \"place/shop.db\"",
            );
        },
        arguments: &["cutover"],
        status: 1,
        told: &["place"],
    },
    Case {
        name: "a flag that does not exist",
        spoil: |_| {},
        arguments: &["cutover", "--hurry"],
        status: 2,
        told: &["--hurry"],
    },
    Case {
        name: "a server that is not there",
        spoil: |shop| fs::create_dir(shop.path("migrations")).expect("a folder"),
        arguments: &["migrate", "--database", "http://127.0.0.1:1", "status"],
        status: 1,
        told: &["http://127.0.0.1:1", "cannot be reached"],
    },
];
