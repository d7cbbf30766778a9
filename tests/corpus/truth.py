"""Turns a recorded catalog into the lines that the tests compare: `KIND NAME {facts}`.

    truth.py CATALOG.json[.gz] truth/NAME.catalog.gz

The input is what pg_catalog held after real Alembic's `upgrade heads`, as JSON: lists of tables (with columns, constraints
and indexes), enums, sequences, views, functions, triggers. The lines are those of `tests/e2e/catalog.rs`.
"""
import gzip
import json
import sys


def line(kind, name, /, **facts):
    kept = {key: value for key, value in facts.items() if value not in (None, False, [])}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{kind} {name} {text}"


def lines(catalog):
    for o in catalog.get("schemas") or []:
        if o["name"] != "public":
            yield line("schema", o["name"], comment=o["comment"])
    for o in catalog.get("extensions") or []:
        yield line("extension", o["name"], schema=o["schema"])
    for o in catalog.get("enums") or []:
        yield line("enum", named(o), labels=o["labels"], comment=o.get("comment"))
    for o in catalog.get("domains") or []:
        facts = {key: o.get(key) for key in ("type", "not_null", "default", "constraints")}
        yield line("domain", named(o), **facts)
    for o in catalog.get("sequences") or []:
        facts = {key: o.get(key) for key in ("type", "start", "increment", "cycle")}
        yield line("sequence", named(o), owned_by=owner(o.get("owned_by")), **facts)
    for table in catalog["tables"]:
        name = named(table)
        keys = ("kind", "unlogged", "parents", "partition_bound", "partition_key", "row_security", "comment")
        yield line("table", name, **{key: table.get(key) for key in keys})
        for o in table["columns"]:
            keys = ("ordinal", "type", "not_null", "default", "identity", "generated", "collation", "comment")
            yield line("column", f"{name}.{o['name']}", **{key: o.get(key) for key in keys})
        for o in table["constraints"]:
            yield line("constraint", f"{name}.{o['name']}", **{"def": o["def"], "comment": o.get("comment")})
        yield from indexes(name, table)
    for o in catalog.get("views") or []:
        yield line(o.get("kind") or "view", named(o), **{"def": o["def"], "comment": o.get("comment")})
        yield from indexes(named(o), o)
    for o in catalog.get("functions") or []:
        yield line("function", f"{named(o)}({o['args']})", **{"def": o["def"]})
    for o in catalog.get("triggers") or []:
        name = f"{o['schema']}.{o['table']}.{o['name']}"
        yield line("trigger", name, **{"def": o["def"], "disabled": o["state"] == "disabled"})


def indexes(name, relation):
    for o in relation.get("indexes") or []:
        if not o["constraint"]:
            facts = {"def": o["def"], "invalid": not o["valid"], "comment": o.get("comment")}
            yield line("index", f"{name}.{o['name']}", **facts)


def named(o):
    return f"{o['schema']}.{o['name']}"


def owner(o):
    if o is None:
        return None
    return f"{o['table']}.{o['column']}" + (" (identity)" if o["identity"] else "")


def main():
    path, target = sys.argv[1:]
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        catalog = json.load(file)
    text = "".join(f"{text}\n" for text in sorted(lines(catalog.get("head_catalog", catalog))))
    # Without name and time: the same catalog gives the same bytes.
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write(text.encode())


if __name__ == "__main__":
    main()
