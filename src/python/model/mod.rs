//! The library models: Python texts that the evaluator reads in place of the real libraries.
//!
//! Each text holds several modules, each after a line `#: module NAME`. A class with `__decant__` in its body is one that
//! the natives of [`alembic`](super::alembic) and [`sqlalchemy`](super::sqlalchemy) know by name. A module with
//! `__open__` gives unknown values for the names that it does not have, for the reason written there.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Where a library module is modelled.
#[derive(Clone, Copy)]
pub enum Model {
    /// In this text.
    Text(&'static str),
    /// As that other module.
    Alias(&'static str),
    /// By natives of this crate.
    Natives,
}

const TEXTS: &[&str] = &[
    include_str!("stdlib.py"),
    include_str!("stdlib_system.py"),
    include_str!("sqlalchemy_types.py"),
    include_str!("sqlalchemy_expression.py"),
    include_str!("sqlalchemy_schema.py"),
    include_str!("sqlalchemy_engine.py"),
    include_str!("sqlalchemy_orm.py"),
    include_str!("dialects.py"),
    include_str!("alembic.py"),
    include_str!("toolkit.py"),
    include_str!("libraries.py"),
    include_str!("sqlmodel.py"),
    include_str!("alembic_batch.py"),
    include_str!("alembic_extras.py"),
    include_str!("settings.py"),
];

/// Modules that are other modules under an older or inner name.
const ALIASES: &[(&str, &str)] = &[
    ("sqlalchemy.sql.sqltypes", "sqlalchemy.types"),
    ("sqlalchemy.sql.selectable", "sqlalchemy.sql.expression"),
    ("sqlalchemy.sql.operators", "sqlalchemy.sql.expression"),
    ("sqlalchemy.sql.dml", "sqlalchemy.sql.expression"),
    ("sqlalchemy.sql.naming", "sqlalchemy.sql.expression"),
    ("sqlalchemy.inspection", "sqlalchemy"),
    ("sqlalchemy.engine.reflection", "sqlalchemy.engine"),
    ("sqlalchemy.engine.base", "sqlalchemy.engine"),
    ("sqlalchemy.engine.url", "sqlalchemy.engine"),
    ("sqlalchemy.engine.default", "sqlalchemy.engine"),
    ("sqlalchemy.engine.interfaces", "sqlalchemy.engine"),
    ("sqlalchemy.engine.result", "sqlalchemy.engine"),
    ("sqlalchemy.engine.row", "sqlalchemy.engine"),
    ("sqlalchemy.engine.cursor", "sqlalchemy.engine"),
    ("sqlalchemy.orm.session", "sqlalchemy.orm"),
    ("sqlalchemy.orm.decl_api", "sqlalchemy.orm"),
    ("sqlalchemy.orm.attributes", "sqlalchemy.orm"),
    ("sqlalchemy.orm.query", "sqlalchemy.orm"),
    ("sqlalchemy.orm.exc", "sqlalchemy.exc"),
    (
        "sqlalchemy.ext.declarative.api",
        "sqlalchemy.ext.declarative",
    ),
    ("sqlalchemy.ext.asyncio.engine", "sqlalchemy.ext.asyncio"),
    ("sqlalchemy.ext.asyncio.session", "sqlalchemy.ext.asyncio"),
    (
        "sqlalchemy.dialects.postgresql.named_types",
        "sqlalchemy.dialects.postgresql",
    ),
    (
        "sqlalchemy.dialects.postgresql.types",
        "sqlalchemy.dialects.postgresql",
    ),
    (
        "sqlalchemy.dialects.postgresql.hstore",
        "sqlalchemy.dialects.postgresql",
    ),
    (
        "sqlalchemy.dialects.postgresql.asyncpg",
        "sqlalchemy.dialects.postgresql",
    ),
    (
        "sqlalchemy.dialects.postgresql.psycopg2",
        "sqlalchemy.dialects.postgresql",
    ),
    (
        "sqlalchemy.dialects.postgresql.pg_catalog",
        "sqlalchemy.dialects.postgresql",
    ),
    (
        "sqlalchemy.dialects.mysql.types",
        "sqlalchemy.dialects.mysql",
    ),
    (
        "sqlalchemy.dialects.sqlite.json",
        "sqlalchemy.dialects.sqlite",
    ),
    (
        "sqlalchemy.dialects.sqlite.base",
        "sqlalchemy.dialects.sqlite",
    ),
    (
        "sqlalchemy.dialects.mysql.base",
        "sqlalchemy.dialects.mysql",
    ),
    (
        "sqlalchemy.dialects.mssql.base",
        "sqlalchemy.dialects.mssql",
    ),
    (
        "sqlalchemy.dialects.oracle.base",
        "sqlalchemy.dialects.oracle",
    ),
    ("sqlmodel.main", "sqlmodel"),
    ("sqlalchemy_utils.types.color", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.country", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.currency", "sqlalchemy_utils"),
    (
        "sqlalchemy_utils.types.enriched_datetime",
        "sqlalchemy_utils",
    ),
    ("sqlalchemy_utils.types.locale", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.phone_number", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.range", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.scalar_list", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.weekdays", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.password", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.ip_address", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.encrypted", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.ts_vector", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.arrow", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.ltree", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.timezone", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.locale", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.country", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.currency", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.phone_number", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.color", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.scalar_list", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.weekdays", "sqlalchemy_utils"),
    ("sqlalchemy_utils.types.range", "sqlalchemy_utils"),
    (
        "sqlalchemy_utils.types.enriched_datetime",
        "sqlalchemy_utils",
    ),
    ("pgvector.sqlalchemy.vector", "pgvector.sqlalchemy"),
    ("sqlalchemy.testing.schema", "sqlalchemy.sql.schema"),
    ("pydantic.v1", "pydantic"),
    ("alembic.operations.schemaobj", "alembic.operations"),
    ("tqdm.auto", "tqdm"),
    ("simplejson", "json"),
    ("ujson", "json"),
    ("flask.ext.sqlalchemy", "flask_sqlalchemy"),
];

static MODULES: LazyLock<HashMap<&'static str, Model>> = LazyLock::new(|| {
    let mut modules = HashMap::new();
    for text in TEXTS {
        for section in text.split("#: module ").skip(1) {
            let (name, body) = section.split_once('\n').unwrap_or((section, ""));
            modules.insert(name.trim(), Model::Text(body));
        }
    }
    for (alias, target) in ALIASES {
        modules.entry(alias).or_insert(Model::Alias(target));
    }
    modules.insert("_decant", Model::Natives);
    modules
});

/// The model of a library module.
pub fn find(name: &str) -> Option<Model> {
    MODULES.get(name).copied()
}

/// Names of all modules that are modelled by a text.
#[cfg(test)]
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = MODULES
        .iter()
        .filter(|(_, model)| matches!(model, Model::Text(_)))
        .map(|(name, _)| *name)
        .collect();
    names.sort_unstable();
    names
}

/// Modules of the standard library that are not modelled: what they give is unknown, and they do not touch schemas.
pub fn is_standard(name: &str) -> bool {
    const NAMES: &str = " argparse array ast atexit base64 binascii bisect bz2 calendar cmath concurrent \
        configparser contextvars csv ctypes difflib dis email errno fcntl filecmp fileinput fnmatch fractions ftplib gc \
        getpass gettext glob gzip heapq hmac html http imaplib ipaddress itertools keyword linecache locale lzma \
        mimetypes multiprocessing netrc numbers optparse pickle pkgutil platform plistlib pprint profile pwd queue \
        runpy sched select selectors shelve shlex shutil signal smtplib socket sqlite3 ssl stat statistics \
        struct subprocess symtable sysconfig tarfile tempfile threading timeit token tokenize tomllib trace tracemalloc \
        unicodedata unittest urllib weakref webbrowser wsgiref xml xmlrpc zipfile zlib ";
    NAMES.contains(&format!(" {name} "))
}

/// Widely used libraries that have nothing to do with schemas, and why they are unknown.
pub fn library(name: &str) -> Option<&'static str> {
    const NAMES: &str = " numpy pandas requests httpx aiohttp click typer rich yaml tenacity boto3 botocore cryptography \
        passlib bcrypt werkzeug fastapi starlette pydantic pydantic_settings pydantic_core attr attrs jinja2 \
        celery redis environ decouple dotenv slugify tabulate colorama toml tomli tomlkit jwt openai anyio trio \
        asyncpg psycopg pymysql sentry_sdk prometheus_client opentelemetry marshmallow arrow pendulum humanize \
        xxhash orjson msgpack nanoid ulid shortuuid bleach markdown lxml bs4 PIL dateparser croniter faker unidecode \
        text_unidecode inflection tiktoken google azure shapely oslo_policy oslo_messaging oslo_concurrency oslo_context \
        oslo_service oslo_middleware keystoneauth1 stevedore pbr ";
    NAMES
        .contains(&format!(" {name} "))
        .then_some("the library is not modelled, and it does not touch schemas")
}
