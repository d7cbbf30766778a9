"""Do the app's models read the same from SQLite as they read from PostgreSQL?

    check_models.py --postgres URL --sqlite FILE --models MODULE[:NAME] [--sqlite-models MODULE[:NAME]]

Written by `decant verify --models`; needs Python 3.7 and SQLAlchemy 1.4, 2.0 or 2.1, nothing of decant.
Run it where the app runs. MODULE is imported as the app imports it (the current folder is on the path); NAME is a
declarative base, a registry or a MetaData in it, found by itself where there is but one. Where the app has other
models for SQLite, --sqlite-models names them; else the same models read both sides.

Every row of every table is read through the models on both sides and compared as Python values, types included.
Each row of PostgreSQL is looked for on SQLite by its primary key. Then, per column, rows are looked up by value: the
same `WHERE column = :value` has to find the same rows. For all other values the check compares what the app would
send to look for them with what the file holds.

Both sides are only read: PostgreSQL in one REPEATABLE READ, READ ONLY transaction, the file with mode=ro.
Values are shown only with --show-values; keys of rows always.

Ends with status 0 when all that was checked is equal, 1 when something differs, 2 when it could not run.
Not looked up, because PostgreSQL itself does not find such a row by the value that it gave (real, infinity, json,
intervals of months), or because equality means something else there (documents with fractions: 1.1 is 1.10).
"""
import argparse
import collections
import datetime as dt
import decimal
import enum
import importlib
import json
import os
import sys
import warnings
from pathlib import Path

import sqlalchemy as sa

#: What the file has, as decant made it: tables, columns, how their values are stored, what was decided about them.
EXPECTED = json.loads(r'''@EXPECTED@''')

VARIABLES_OF_A_STATEMENT = 900  # SQLite before 3.32 takes 999
SHOWN_PER_COLUMN = 3
ENGINE_OPTIONS = {"future": True} if sa.__version__.startswith("1.") else {}


class CannotRun(Exception):
    """Why the check cannot run."""


# ---------------------------------------------------------------------------------------------------- models


def metadata_of(spec):
    """The MetaData that `MODULE[:NAME]` names."""
    module_name, _, name = spec.partition(":")
    try:
        found = importlib.import_module(module_name)
    except Exception as error:  # whatever the app's module raises
        raise CannotRun("cannot import %s: %s: %s" % (module_name, type(error).__name__, error))
    if name:
        for part in name.split("."):
            if not hasattr(found, part):
                raise CannotRun("%s has no %s" % (module_name, name))
            found = getattr(found, part)
        metadata = as_metadata(found)
        if metadata is None:
            raise CannotRun("%s is no declarative base, no registry and no MetaData" % spec)
        return metadata
    every = {}
    for value in vars(found).values():
        metadata = as_metadata(value)
        if metadata is not None and metadata.tables:
            every[id(metadata)] = metadata
    if len(every) != 1:
        raise CannotRun("%s has %d MetaData with tables: name one as MODULE:NAME" % (module_name, len(every)))
    return next(iter(every.values()))


def as_metadata(value):
    if isinstance(value, sa.MetaData):
        return value
    metadata = getattr(value, "metadata", None)
    return metadata if isinstance(metadata, sa.MetaData) else None


def find_table(metadata, names):
    for name in names:
        if name in metadata.tables:
            return metadata.tables[name]
    return None


def table_at(table, name, schema):
    """`table` under the name that it has on that side."""
    if (table.name, table.schema) == (name, schema):
        return table
    if hasattr(table, "to_metadata"):
        return table.to_metadata(sa.MetaData(), name=name, schema=schema)
    return table.tometadata(sa.MetaData(), name=name, schema=schema)


# ---------------------------------------------------------------------------------------------------- engines


def postgres_engine(url):
    url = sa.engine.make_url(url.replace("postgres://", "postgresql://", 1))
    driver = url.drivername.partition("+")[2]
    if driver in ("", "asyncpg", "aiopg"):
        for module in ("psycopg2", "psycopg"):
            try:
                importlib.import_module(module)
            except ImportError:
                continue
            url = url.set(drivername="postgresql+" + module)
            break
        else:
            raise CannotRun("no driver for PostgreSQL: install psycopg2-binary or psycopg")
    return sa.create_engine(url, **ENGINE_OPTIONS)


def sqlite_engine(path, json_serializer):
    path = Path(path)
    if not path.is_file():
        raise CannotRun("%s is no file" % path)
    quoted = path.resolve().as_uri()[len("file://"):]
    engine_options = dict(ENGINE_OPTIONS)
    if json_serializer:
        module, _, name = json_serializer.partition(":")
        try:
            engine_options["json_serializer"] = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise CannotRun("--json-serializer %s: %s" % (json_serializer, error))
    return sa.create_engine("sqlite:///file:%s?mode=ro&uri=true" % quoted, **engine_options)


# ---------------------------------------------------------------------------------------------------- values


def equal(left, right):
    """Equal and of the same type, all the way down."""
    if isinstance(left, enum.Enum) and isinstance(right, enum.Enum):
        # Two sets of models may have two classes for one enumeration.
        return (type(left).__name__, left.name) == (type(right).__name__, right.name)
    if type(left) is not type(right):
        return type(left).__qualname__ == type(right).__qualname__ and (left == right or repr(left) == repr(right))
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, (dt.datetime, dt.time)) and (left.tzinfo is None) != (right.tzinfo is None):
        return False
    if isinstance(left, float) and left != left:
        return right != right
    if isinstance(left, decimal.Decimal) and left.is_nan():
        return right.is_nan()
    return left == right


def decided(left, right, rules):
    """Whether an accepted rule explains that the right value is another one."""
    if "null" in rules and right is None:
        return True
    if "nearest" in rules:
        if isinstance(left, str):
            return isinstance(right, str)
        try:
            return abs(float(left) - float(right)) <= abs(float(left)) * 1e-9 + 1e-10
        except (TypeError, ValueError):
            pass
    if "clamp" in rules and isinstance(right, (dt.datetime, dt.date)):
        return right.year in (1, 9999)
    return ("clamp" in rules or "text" in rules) and type(left) is not type(right)


def has_fraction(value):
    if isinstance(value, float):
        return True
    if isinstance(value, (list, tuple)):
        return any(map(has_fraction, value))
    if isinstance(value, dict):
        return any(map(has_fraction, value.values()))
    return False


def kind(value):
    if isinstance(value, (dt.datetime, dt.time)):
        return "%s %s" % ("naive" if value.tzinfo is None else "aware", type(value).__name__)
    return "None" if value is None else type(value).__name__


def sender(connection, column):
    """What the driver is given when the app compares the column with a value."""
    implementation = column.type.dialect_impl(connection.dialect)
    convert = implementation.bind_processor(connection.dialect)
    return convert if convert else (lambda value: value)


# ---------------------------------------------------------------------------------------------------- the check


class Column:
    """A column on both sides and what is known about it."""

    def __init__(self, expected, pg, lite):
        self.name = expected["name"]
        self.pg = pg
        self.lite = lite
        self.pg_type = expected["type"]
        self.rules = expected.get("accepted", [])
        self.use = expected.get("use")
        self.broken = None  # why the SQLite model cannot read it
        self.unsendable = False


class Check:
    def __init__(self, pg, lite, options):
        self.pg = pg
        self.lite = lite
        self.options = options
        self.totals = collections.Counter()
        self.differences = []
        self.per_column = collections.Counter()
        self.advice = {}
        self.not_checked = []
        self.tables = []

    def differs(self, table, column, key, what, left=None, right=None):
        """Notes a difference; the first few of a column are kept, all are counted."""
        self.totals["differences"] += 1
        place = (table["name"], column.name if column else "*")
        self.per_column[place] += 1
        if self.per_column[place] > SHOWN_PER_COLUMN:
            return
        if self.options.show_values and (left is not None or right is not None):
            what += ": %r, %r" % (left, right)
        self.differences.append({"table": place[0], "column": place[1], "key": None if key is None else repr(key), "what": what})
        if column and column.use:
            self.advice[place] = column.use

    def table(self, expected, pg_metadata, lite_metadata):
        schema = expected.get("schema")
        full = "%s.%s" % (schema, expected["name"]) if schema else expected["name"]
        names = [full, expected["name"], "public." + expected["name"]]
        pg_model = find_table(pg_metadata, names[:1] if schema else [expected["name"], "public." + expected["name"]])
        lite_model = find_table(lite_metadata, [expected["sqlite"]] + names)
        if pg_model is None or lite_model is None:
            self.not_checked.append("%s: the models have no such table" % full)
            return
        pg_table = table_at(pg_model, expected["name"], pg_model.schema)
        lite_table = table_at(lite_model, expected["sqlite"], None)
        columns = []
        for column in expected["columns"]:
            left, right = pg_table.c.get(column["name"]), lite_table.c.get(column["sqlite"])
            if left is None or right is None:
                self.not_checked.append("%s.%s: the models have no such column" % (full, column["name"]))
            else:
                columns.append(Column(column, left, right))
        known = {column["name"] for column in expected["columns"]}
        for column in pg_table.c:
            if column.name not in known:
                self.not_checked.append("%s.%s: the model has it, the database that was moved does not" % (full, column.name))
        before = collections.Counter(self.totals)
        key = [column for column in columns if column.pg.primary_key]
        wanted = len(list(pg_table.primary_key.columns))
        if key and len(key) == wanted:
            self.keyed(expected, pg_table, lite_table, columns, key)
        else:
            self.keyless(expected, columns)
        counts = self.totals - before
        self.tables.append({
            "table": full, "rows": counts["rows"], "columns": len(columns), "cells": counts["cells"],
            "lookups": counts["lookups"], "by_rule": counts["by_rule"], "differences": counts["differences"],
        })
        if not self.options.json:
            rule = ", %d changed as decided" % counts["by_rule"] if counts["by_rule"] else ""
            print("%-32s %9d rows %11d cells equal %6d look-ups equal%s%s" % (
                full, counts["rows"], counts["cells"], counts["lookups"], rule,
                "   %d DIFFERENCES" % counts["differences"] if counts["differences"] else "",
            ))

    # -- tables with a key

    def keyed(self, table, pg_table, lite_table, columns, key):
        positions = [columns.index(column) for column in key]
        samples = [[] for _ in columns]
        seen, matched = 0, 0
        step = max(1, VARIABLES_OF_A_STATEMENT // len(key) // 4)
        # JSON's null and SQL's NULL read the same; they must not become each other.
        documents = [column for column in columns if column.pg_type in ("json", "jsonb")]
        nulls = [column.pg.is_(sa.null()).label("null_%d" % at) for at, column in enumerate(documents)]
        statement = sa.select(*([column.pg for column in columns] + nulls))
        result = self.pg.execute(statement.execution_options(stream_results=True))
        while True:
            fetched = [tuple(row) for row in result.fetchmany(step)]
            if not fetched:
                break
            rows = [row[:len(columns)] for row in fetched]
            found = self.by_key(table, columns, key, rows, positions)
            for row, whole in zip(rows, fetched):
                identity = tuple(row[position] for position in positions)
                self.totals["rows"] += 1
                pair = found.get(freeze(identity))
                if pair is None:
                    self.differs(table, None, identity, "is not found on SQLite by its primary key")
                    continue
                matched += 1
                self.cells(table, columns, identity, row, pair)
                for column, null in zip(documents, whole[len(columns):]):
                    stored = pair[1][columns.index(column)]
                    if column.broken is None and null != (stored is None) and not column.rules:
                        self.differs(table, column, identity, "is %s on PostgreSQL, %s on SQLite" % (
                            ("NULL", "the JSON null") if null else ("the JSON null", "NULL")))
            self.sample(samples, columns, rows, positions, found, seen // step, len(rows) < step)
            seen += len(rows)
        on_sqlite = self.lite.execute(sa.select(sa.func.count()).select_from(lite_table)).scalar()
        if seen and not matched:
            self.advice.update({(table["name"], column.name): column.use for column in key if column.use})
        if on_sqlite > matched:
            self.extra(table, key, on_sqlite - matched)
        if on_sqlite != seen:
            self.differs(table, None, None, "%d rows on PostgreSQL, %d on SQLite" % (seen, on_sqlite))
        for column, values in zip(columns, samples):
            self.look_up(table, column, key, values)

    def by_key(self, table, columns, key, rows, positions):
        """The rows of SQLite with these keys: what the models read, and what is stored."""
        if len(key) == 1:
            condition = key[0].lite.in_([row[positions[0]] for row in rows])
        else:
            condition = sa.tuple_(*[column.lite for column in key]).in_(
                [tuple(row[position] for position in positions) for row in rows]
            )
        return {freeze(tuple(read[position] for position in positions)): (read, stored)
                for read, stored in self.read_lite(table, columns, condition)}

    def read_lite(self, table, columns, condition):
        """Rows of SQLite, each once through the models and once as stored; a column that cannot be read is told."""
        usable = [column for column in columns if column.broken is None]
        try:
            return self.rows_of(columns, usable, condition)
        except Exception:
            for column in usable:
                try:
                    self.lite.execute(sa.select(column.lite).where(condition)).fetchall()
                except Exception as error:
                    column.broken = first_line(error, self.options.show_values)
                    self.differs(table, column, None, "the model cannot read what the file holds (%s)" % column.broken)
            usable = [column for column in columns if column.broken is None]
            try:
                return self.rows_of(columns, usable, condition)
            except Exception as error:
                raise CannotRun("%s cannot be read from the file: %s" % (
                    table["sqlite"], first_line(error, True)))

    def rows_of(self, columns, usable, condition):
        raw = [sa.type_coerce(column.lite, sa.types.NullType()).label("stored_%d" % at) for at, column in enumerate(usable)]
        statement = sa.select(*([column.lite for column in usable] + raw))
        if condition is not None:
            statement = statement.where(condition)
        places = {id(column): at for at, column in enumerate(usable)}
        rows = []
        for row in self.lite.execute(statement):
            row = tuple(row)
            read = tuple(row[places[id(c)]] if id(c) in places else None for c in columns)
            stored = tuple(row[len(usable) + places[id(c)]] if id(c) in places else None for c in columns)
            rows.append((read, stored))
        return rows

    def cells(self, table, columns, key, row, pair):
        read, stored = pair
        for position, column in enumerate(columns):
            if column.broken is not None:
                continue
            left, right = row[position], read[position]
            if equal(left, right):
                self.totals["cells"] += 1
                self.storage(table, column, key, left, stored[position])
            elif decided(left, right, column.rules):
                self.totals["by_rule"] += 1
            elif kind(left) != kind(right):
                self.differs(table, column, key, "reads %s on PostgreSQL, %s on SQLite" % (kind(left), kind(right)), left, right)
            else:
                self.differs(table, column, key, "reads another %s" % kind(left), left, right)

    def storage(self, table, column, key, value, stored):
        """Whether the file holds what the app would send to look for the value."""
        if value is None or column.unsendable or column.pg_type in ("json", "real"):
            return
        if column.pg_type == "jsonb" and has_fraction(value):
            return
        try:
            sent = sender(self.lite, column.lite)(value)
        except Exception as error:
            column.unsendable = True
            self.differs(table, column, key, "the model cannot write it to SQLite (%s)" % type(error).__name__)
            return
        if isinstance(sent, (memoryview, bytearray)):
            sent = bytes(sent)
        if isinstance(sent, decimal.Decimal):
            sent = float(sent)
        if not isinstance(sent, (int, float, str, bytes)):
            column.unsendable = True
            self.differs(table, column, key, "SQLite takes no %s: WHERE column = :value fails" % type(sent).__name__)
            return
        if sent == stored and isinstance(sent, str) == isinstance(stored, str):
            return
        if isinstance(sent, str) and isinstance(stored, str) and sent.rstrip() == stored.rstrip() \
                and column.pg_type.startswith("character("):
            return  # COLLATE RTRIM, as PostgreSQL compares them
        self.differs(table, column, key, "would not be found by value: another form is stored than the model sends", sent, stored)

    def extra(self, table, key, how_many):
        """Names rows that are only on SQLite."""
        named = 0
        rows = self.lite.execute(sa.select(*[column.lite for column in key]))
        while named < SHOWN_PER_COLUMN:
            batch = [tuple(row) for row in rows.fetchmany(200)]
            if not batch:
                break
            condition = sa.or_(*[sa.and_(*[c.pg == part for c, part in zip(key, row)]) for row in batch])
            known = {freeze(tuple(row)) for row in self.pg.execute(sa.select(*[c.pg for c in key]).where(condition))}
            for row in batch:
                if freeze(row) not in known and named < SHOWN_PER_COLUMN:
                    named += 1
                    self.differs(table, None, row, "is only on SQLite")
        if how_many > named:
            self.differs(table, None, None, "%d rows are only on SQLite" % how_many)

    # -- look-ups

    def sample(self, samples, columns, rows, positions, found, batch, last):
        """Values to look up: from the first rows half of them, the others from batches ever further apart."""
        if batch & (batch - 1):
            return
        limit = self.options.lookups
        take = limit if batch == 0 and last else max(1, limit // 2) if batch == 0 else 1
        for position, column in enumerate(columns):
            values = samples[position]
            room = min(take, limit - len(values))
            filled = [row for row in rows if row[position] is not None] if room > 0 else []
            for row in filled[::max(1, len(filled) // room)][:room] if filled else []:
                identity = tuple(row[at] for at in positions)
                pair = found.get(freeze(identity))
                # What differs is told already.
                if pair is not None and equal(row[position], pair[0][position]):
                    values.append((identity, row[position]))

    def look_up(self, table, column, key, samples):
        if column.broken is not None:
            return
        keys_pg, keys_lite = [c.pg for c in key], [c.lite for c in key]
        for identity, value in samples:
            if column.pg_type == "jsonb" and has_fraction(value):
                continue
            on_pg = self.find_pg(keys_pg, column, value)
            if on_pg is None or freeze(identity) not in on_pg:
                self.totals["not_found_by_postgresql"] += 1
                continue
            try:
                on_lite = keys_found(self.lite, keys_lite, column.lite, value)
            except Exception as error:
                self.differs(table, column, identity, "WHERE column = :value fails on SQLite (%s)" % type(error).__name__)
                return
            # A decision may have given other rows the same value (`infinity` that became the last day), as drivers do with
            # months, which they read as 30 days.
            merged = column.rules or column.pg_type.startswith("interval")
            if on_pg == on_lite or (merged and on_pg <= on_lite):
                self.totals["lookups"] += 1
            else:
                self.differs(table, column, identity, "WHERE column = :value finds %d rows on PostgreSQL, %d on SQLite" % (
                    len(on_pg), len(on_lite)))

    def find_pg(self, keys, column, value):
        savepoint = self.pg.begin_nested()
        try:
            return keys_found(self.pg, keys, column.pg, value)
        except Exception:
            return None
        finally:
            savepoint.rollback()

    # -- tables without a key

    def keyless(self, table, columns):
        lite = collections.Counter(freeze(read) for read, _ in self.read_lite(table, columns, None))
        usable = [position for position, column in enumerate(columns) if column.broken is None]
        if len(usable) < len(columns):
            self.not_checked.append("%s: has no key, and not all of its columns can be read" % table["name"])
            return
        pg = collections.Counter()
        for row in self.pg.execute(sa.select(*[column.pg for column in columns])):
            pg[freeze(tuple(row))] += 1
            self.totals["rows"] += 1
        both = sum((pg & lite).values())
        self.totals["cells"] += both * len(columns)
        for side, more in (("PostgreSQL", pg - lite), ("SQLite", lite - pg)):
            if more:
                self.differs(table, None, None, "%d rows are only on %s (the table has no key)" % (sum(more.values()), side))


def keys_found(connection, keys, column, value):
    bound = sa.literal(value, column.type)
    if connection.dialect.name == "postgresql" and isinstance(value, (list, tuple)):
        bound = sa.cast(bound, column.type)  # an empty ARRAY[] has no type of its own
    rows = connection.execute(sa.select(*keys).where(column == bound))
    return {freeze(tuple(row)) for row in rows}


def freeze(value):
    """A value that can be the key of a dictionary."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, dict):
        return tuple(sorted(((str(k), freeze(v)) for k, v in value.items()), key=repr))
    if isinstance(value, enum.Enum):
        return (type(value).__name__, value.name)
    if isinstance(value, (dt.datetime, dt.time)) and value.tzinfo is None:
        return ("naive", value)
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def first_line(error, show):
    """An error without the values that SQLAlchemy and Python put into it."""
    if not show:
        return type(getattr(error, "orig", None) or error).__name__
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return "%s: %s" % (type(error).__name__, lines[0] if lines else "")


# ---------------------------------------------------------------------------------------------------- command line


def arguments(given):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--postgres", metavar="URL", default=os.environ.get("DECANT_POSTGRES"),
                        help="SQLAlchemy's URL of the database (or DECANT_POSTGRES)")
    parser.add_argument("--sqlite", metavar="FILE", default=os.environ.get("DECANT_SQLITE"),
                        help="the file (or DECANT_SQLITE)")
    parser.add_argument("--models", metavar="MODULE[:NAME]", default=os.environ.get("DECANT_MODELS"),
                        help="the models (or DECANT_MODELS)")
    parser.add_argument("--sqlite-models", metavar="MODULE[:NAME]", default=os.environ.get("DECANT_SQLITE_MODELS"),
                        help="the models for SQLite, where they are others (or DECANT_SQLITE_MODELS)")
    parser.add_argument("--json-serializer", metavar="MODULE:NAME",
                        help="what the app's engine for SQLite is made with, where it is made with one")
    parser.add_argument("--table", metavar="NAME", action="append", help="only this table (repeatable)")
    parser.add_argument("--lookups", metavar="N", type=int, default=8, help="values per column that are looked up (8)")
    parser.add_argument("--show-values", action="store_true", help="show the values that differ")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(given)
    for name in ("postgres", "sqlite", "models"):
        if not getattr(options, name):
            parser.error("--%s is needed (or DECANT_%s in the environment)" % (name, name.upper()))
    return options


def run(options):
    sys.path.insert(0, os.getcwd())
    # That SQLite has no decimals is what the check is about.
    warnings.simplefilter("ignore", sa.exc.SAWarning)
    pg_metadata = metadata_of(options.models)
    lite_metadata = metadata_of(options.sqlite_models) if options.sqlite_models else pg_metadata
    tables = [t for t in EXPECTED["tables"] if not options.table or t["name"] in options.table]
    unknown = set(options.table or ()) - {t["name"] for t in tables}
    if unknown:
        raise CannotRun("no such table: " + ", ".join(sorted(unknown)))
    pg_engine, lite_engine = postgres_engine(options.postgres), sqlite_engine(options.sqlite, options.json_serializer)
    try:
        pg = pg_engine.connect()
    except sa.exc.SQLAlchemyError as error:
        raise CannotRun("cannot connect to PostgreSQL: %s" % first_line(error, False))
    pg = pg.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with pg, lite_engine.connect() as lite:
        check = Check(pg, lite, options)
        for table in tables:
            check.table(table, pg_metadata, lite_metadata)
        pg.rollback() if hasattr(pg, "rollback") else None
    return check


def tell(check):
    totals = check.totals
    if check.options.json:
        print(json.dumps({
            "format": "decant-models-check/1", "equal": not totals["differences"], "totals": dict(sorted(totals.items())),
            "tables": check.tables, "differences": check.differences, "not_checked": check.not_checked,
        }, indent=2))
        return
    for line in check.not_checked:
        print("not checked: " + line)
    for difference in check.differences:
        at = " at %s" % difference["key"] if difference["key"] else ""
        print("DIFFERENT %s.%s%s: %s" % (difference["table"], difference["column"], at, difference["what"]))
    for (table, column), use in check.advice.items():
        print("what to do: %s.%s: %s" % (table, column, use))
    for (table, column), count in check.per_column.items():
        if count > SHOWN_PER_COLUMN:
            print("in all: %s.%s: %d differences" % (table, column, count))
    print("%s: %d rows, %d cells equal, %d look-ups equal, %d changed as decided, %d differences, %d not checked" % (
        "DIFFERENT" if totals["differences"] else "EQUAL", totals["rows"], totals["cells"], totals["lookups"],
        totals["by_rule"], totals["differences"], len(check.not_checked)))


def main(given=None):
    options = arguments(given)
    try:
        check = run(options)
    except CannotRun as error:
        print("check_models: %s" % error, file=sys.stderr)
        return 2
    tell(check)
    return 1 if check.totals["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
