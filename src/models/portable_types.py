"""Column types that read and find the same on PostgreSQL and on the SQLite file that decant made.

Written by `decant verify --models`; yours to copy and change. SQLAlchemy 1.4, 2.0 and 2.1.
On PostgreSQL each type is the plain type that it replaces, so that one set of models serves both sides.
On SQLite each writes exactly one text for a value, since ``WHERE column = :value`` compares texts there.

=================== ========================= ==========================================
type                Python value              what the SQLite file holds
=================== ========================= ==========================================
UtcDateTime()       aware ``datetime``        ``2024-02-29 12:34:56.789012``, in UTC
TzTime()            aware ``time``            ``12:34:56.789012+02:00``
PortableUuid()      ``uuid.UUID``             32 hex digits (``stored="text"``, ``"blob"``)
PortableJson()      what ``json.loads`` gives JSON as PostgreSQL prints ``jsonb``
PortableArray(T)    ``list``                  ``["a", null, "b"]``
PortableHstore()    ``dict``                  ``{"key": "value"}``
PortableRange("..") ``Range``                 ``[1,10)``, ``empty``
PortableInet()      ``str``                   ``10.0.0.7``, ``10.0.0.0/8``
PgText("macaddr")   ``str``                   the text that PostgreSQL prints
DecimalText(p, s)   ``Decimal``               ``12345678901234567890.1000000000``
=================== ========================= ==========================================

Enumerations need none of these: ``sqlalchemy.Enum`` reads the same on both (``postgresql.ENUM`` does not compile
on SQLite), as do ``sqlalchemy.Interval`` and, from 2.0 on, ``sqlalchemy.Uuid``.
"""
import datetime as dt
import decimal
import ipaddress
import json
import re
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, UserDefinedType, to_instance

#: ``now()`` for a server default on SQLite, in the 26 characters that DateTime writes.
UTC_NOW = sa.text("(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')")

#: The epoch from which ``sa.Interval`` counts on databases without intervals.
EPOCH = dt.datetime(1970, 1, 1)


def interval_default(delta):
    """A server default for an ``sa.Interval`` column on SQLite."""
    return (EPOCH + delta).isoformat(sep=" ", timespec="microseconds")


def _is_postgresql(dialect):
    return dialect is not None and dialect.name == "postgresql"


class _Portable(TypeDecorator):
    """On PostgreSQL the type of `_on_postgresql`, untouched; elsewhere `impl` and the two conversions."""

    impl = sa.Text
    cache_ok = True

    def _on_postgresql(self):
        raise NotImplementedError

    def _elsewhere(self):
        return self.impl

    def _write(self, value):
        raise NotImplementedError

    def _read(self, value):
        raise NotImplementedError

    def load_dialect_impl(self, dialect):
        own = self._on_postgresql() if _is_postgresql(dialect) else self._elsewhere()
        return dialect.type_descriptor(own)

    def process_bind_param(self, value, dialect):
        if value is None or _is_postgresql(dialect):
            return value
        return self._write(value)

    def process_result_value(self, value, dialect):
        if value is None or _is_postgresql(dialect):
            return value
        return self._read(value)


class UtcDateTime(_Portable):
    """``timestamp with time zone``: the instant, stored in UTC, read back aware.

    SQLAlchemy's own DateTime drops the offset on SQLite without converting, so that 03:00-08:00 would become three
    o'clock UTC. A naive value is refused there: on PostgreSQL it meant the session's time zone, which SQLite does
    not have.
    """

    impl = sa.DateTime
    cache_ok = True

    def _on_postgresql(self):
        return sa.DateTime(timezone=True)

    def _elsewhere(self):
        return sa.DateTime()

    def _write(self, value):
        if value.tzinfo is None:
            raise ValueError("a naive datetime for a column of instants: %r" % (value,))
        return value.astimezone(dt.timezone.utc).replace(tzinfo=None)

    def _read(self, value):
        return value.replace(tzinfo=dt.timezone.utc)


class TzTime(_Portable):
    """``time with time zone``: the time with its offset."""

    cache_ok = True

    def _on_postgresql(self):
        return sa.Time(timezone=True)

    def _write(self, value):
        return value.isoformat(timespec="microseconds")

    def _read(self, value):
        return dt.time.fromisoformat(value)


class PortableUuid(_Portable):
    """``uuid``. `stored` is the form that the file has: ``hex`` (decant's default), ``text`` or ``blob``."""

    cache_ok = True

    def __init__(self, as_uuid=True, stored="hex"):
        super().__init__()
        self.as_uuid = as_uuid
        self.stored = stored

    def _on_postgresql(self):
        return postgresql.UUID(as_uuid=self.as_uuid)

    def _elsewhere(self):
        if self.stored == "blob":
            return sa.LargeBinary(16)
        return sa.CHAR(36 if self.stored == "text" else 32)

    def _write(self, value):
        value = value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
        return {"hex": value.hex, "text": str(value), "blob": value.bytes}[self.stored]

    def _read(self, value):
        value = uuid.UUID(bytes=bytes(value)) if self.stored == "blob" else uuid.UUID(value)
        return value if self.as_uuid else str(value)


class DecimalText(_Portable):
    """``numeric(p, s)`` with more digits than a double holds, as text.

    Equality and reading are exact. Order, sums and arithmetic in SQL are not: ``'9' > '10'`` for texts; do them in
    Python or ``CAST`` and accept rounding.
    """

    cache_ok = True

    def __init__(self, precision=None, scale=None):
        super().__init__()
        self.precision = precision
        self.scale = scale

    def _on_postgresql(self):
        return sa.Numeric(self.precision, self.scale)

    def _write(self, value):
        return decimal_text(value, self.scale, self.precision)

    def _read(self, value):
        return decimal.Decimal(value)


def decimal_text(value, scale=None, precision=None):
    """`value` as PostgreSQL prints it: with exactly `scale` digits behind the point, where there is a scale."""
    value = decimal.Decimal(value)
    if not value.is_finite():
        return "NaN" if value.is_nan() else ("Infinity" if value > 0 else "-Infinity")
    if scale is not None:
        digits = max(precision or 1000, scale + 1)
        context = decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_UP)
        value = value.quantize(decimal.Decimal(1).scaleb(-scale), context=context)
    return format(abs(value) if value.is_zero() else value, "f")


class PgText(_Portable):
    """Any type of PostgreSQL whose values the app handles as the text that PostgreSQL prints: ``PgText("macaddr")``."""

    cache_ok = True

    def __init__(self, pg_type):
        super().__init__()
        self.pg_type = pg_type

    def _on_postgresql(self):
        return _Named(self.pg_type)

    def _write(self, value):
        return str(value)

    def _read(self, value):
        return value


class _Named(UserDefinedType):
    """A type of PostgreSQL by its name, sent and read as text."""

    cache_ok = True

    def __init__(self, name):
        self.name = name

    def get_col_spec(self, **kw):
        return self.name

    def bind_expression(self, bindvalue):
        return sa.cast(sa.cast(bindvalue, sa.Text), self)

    def column_expression(self, column):
        return sa.cast(column, sa.Text)


class PortableInet(_Portable):
    """``inet``: the text that PostgreSQL prints, without the mask of a single host."""

    cache_ok = True

    def _on_postgresql(self):
        return postgresql.INET()

    def process_result_value(self, value, dialect):
        # psycopg2 reads text; psycopg and asyncpg read objects of `ipaddress`.
        return None if value is None else inet_text(value)

    def _write(self, value):
        return inet_text(value)


def inet_text(value):
    """An address as PostgreSQL prints it."""
    interface = ipaddress.ip_interface(str(value))
    address = interface.ip
    text = str(address)
    if address.version == 6 and address.ipv4_mapped is not None:
        text = "::ffff:%s" % address.ipv4_mapped
    if interface.network.prefixlen == address.max_prefixlen:
        return text
    return "%s/%d" % (text, interface.network.prefixlen)


class PortableArray(_Portable):
    """``T[]`` as a JSON array in a column of text; arrays of arrays nest.

    `items` is the type of the elements. What JSON has no form for stands as a string: UUIDs with hyphens, instants
    in UTC with six digits, numerics with all their digits.
    """

    cache_ok = True

    def __init__(self, items):
        super().__init__()
        self.items = to_instance(items)

    def _on_postgresql(self):
        return postgresql.ARRAY(self.items)

    def _write(self, value):
        # As `sa.JSON` writes it: Python's own spacing, nothing but ASCII.
        return json.dumps(_walk(value, self._to_json))

    def _read(self, value):
        return _walk(json.loads(value), self._to_python)

    def _to_json(self, item):
        if isinstance(self.items, UtcDateTime):
            item = self.items._write(item)
        if isinstance(item, dt.datetime):
            return item.isoformat(sep=" ", timespec="microseconds")
        if isinstance(item, dt.time):
            return item.isoformat(timespec="microseconds")
        if isinstance(item, dt.date):
            return item.isoformat()
        if isinstance(item, uuid.UUID):
            return str(item)
        if isinstance(item, (bytes, memoryview)):
            return "\\x" + bytes(item).hex()
        if isinstance(self.items, sa.Enum):
            return self.items._db_value_for_lookup(item)
        if _is_numeric(self.items):
            return decimal_text(item, self.items.scale, self.items.precision)
        if isinstance(item, float) and (item != item or item in (float("inf"), float("-inf"))):
            return "NaN" if item != item else ("Infinity" if item > 0 else "-Infinity")
        return item

    def _to_python(self, item):
        items = self.items
        if isinstance(items, UtcDateTime):
            return items._read(dt.datetime.fromisoformat(item))
        if isinstance(items, sa.DateTime):
            return dt.datetime.fromisoformat(item)
        if isinstance(items, sa.Date):
            return dt.date.fromisoformat(item)
        if isinstance(items, (sa.Time, TzTime)):
            return dt.time.fromisoformat(item)
        if _is_uuid(items):
            return uuid.UUID(item) if getattr(items, "as_uuid", True) else item
        if isinstance(items, sa.LargeBinary):
            return bytes.fromhex(item[2:])
        if isinstance(items, sa.Enum):
            return items._object_value_for_elem(item)
        if isinstance(items, sa.Float):
            return float(item)
        if _is_numeric(items):
            return decimal.Decimal(item)
        return item


def _walk(value, convert):
    if isinstance(value, (list, tuple)):
        return [_walk(item, convert) for item in value]
    return None if value is None else convert(value)


def _is_uuid(type_):
    kinds = (PortableUuid, postgresql.UUID) + ((sa.Uuid,) if hasattr(sa, "Uuid") else ())
    return isinstance(type_, kinds)


def _is_numeric(type_):
    return isinstance(type_, sa.Numeric) and not isinstance(type_, sa.Float)


class PortableHstore(_Portable):
    """``hstore`` as a JSON object of strings and nulls."""

    cache_ok = True

    def _on_postgresql(self):
        return postgresql.HSTORE()

    def _write(self, value):
        return json_dumps(value)

    def _read(self, value):
        return json.loads(value)


class PortableRange(_Portable):
    """A range (``PortableRange("int4range")``): SQLAlchemy 2's ``Range``; before 2.0 the text that PostgreSQL prints."""

    cache_ok = True

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def _on_postgresql(self):
        if not hasattr(postgresql, "Range"):
            return _Named(self.kind)
        return getattr(postgresql, self.kind.upper())()

    def _write(self, value):
        if isinstance(value, str):
            return value
        if value.isempty:
            return "empty"
        lower = "" if value.lower is None else self._bound_text(value.lower)
        upper = "" if value.upper is None else self._bound_text(value.upper)
        return "%s%s,%s%s" % (value.bounds[0], lower, upper, value.bounds[1])

    def _read(self, value):
        if not hasattr(postgresql, "Range"):
            return value
        if value == "empty":
            return postgresql.Range(empty=True)
        lower, upper = value[1:-1].split(",")
        return postgresql.Range(self._bound(lower), self._bound(upper), bounds=value[0] + value[-1])

    def _bound_text(self, bound):
        if self.kind == "tstzrange":
            bound = bound.astimezone(dt.timezone.utc)
        if isinstance(bound, dt.datetime):
            text = bound.replace(tzinfo=None).isoformat(sep=" ")
            text = text.rstrip("0") if "." in text else text
            return '"%s%s"' % (text, "+00" if self.kind == "tstzrange" else "")
        return format(bound, "f") if isinstance(bound, decimal.Decimal) else str(bound)

    def _bound(self, text):
        text = text.strip('"')
        if not text:
            return None
        if self.kind in ("int4range", "int8range"):
            return int(text)
        if self.kind == "numrange":
            return decimal.Decimal(text)
        if self.kind == "daterange":
            return dt.date.fromisoformat(text)
        moment, point, fraction = re.sub(r"\+00$", "", text).partition(".")
        moment = dt.datetime.fromisoformat(moment).replace(microsecond=int((fraction + "000000")[:6]))
        return moment.replace(tzinfo=dt.timezone.utc) if self.kind == "tstzrange" else moment


class PortableJson(TypeDecorator):
    """``jsonb`` (``json`` with ``binary=False``). Operators (``column["key"]``) work as with ``sa.JSON``."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, none_as_null=False, binary=True):
        super().__init__(none_as_null=none_as_null)
        self.binary = binary
        self.none_as_null = none_as_null

    def coerce_compared_value(self, op, value):
        # Keys and indexes are compared as what they are, not as documents (SQLAlchemy's manual, TypeDecorator over JSON).
        return self.impl.coerce_compared_value(op, value)

    @property
    def should_evaluate_none(self):
        # As `sa.JSON`: None that was set is JSON's null.
        return not self.none_as_null

    def load_dialect_impl(self, dialect):
        own = sa.JSON
        if _is_postgresql(dialect):
            own = postgresql.JSONB if self.binary else postgresql.JSON
        return dialect.type_descriptor(own(none_as_null=self.none_as_null))

    def bind_processor(self, dialect):
        if _is_postgresql(dialect):
            return super().bind_processor(dialect)

        def process(value):
            if value is sa.JSON.NULL:
                value = None
            elif isinstance(value, sa.sql.elements.Null) or (value is None and self.none_as_null):
                return None
            return json_dumps(value)

        return process


@compiles(PortableJson, "sqlite")
def _portable_json_on_sqlite(type_, compiler, **kw):
    # Declared JSON or JSONB the column would have numeric affinity: a document that is just a number would be rounded.
    return "TEXT"


def json_dumps(value):
    """`value` as PostgreSQL prints ``jsonb``: short keys first, nothing escaped that need not be."""
    text = json.dumps(_in_jsonb_order(value), ensure_ascii=False)
    # Half a surrogate pair is legal in JSON, but not in UTF-8.
    return _SURROGATE.sub(lambda match: "\\u%04x" % ord(match.group(0)), text)


def _in_jsonb_order(value):
    if isinstance(value, dict):
        return {key: _in_jsonb_order(value[key]) for key in sorted(value, key=_jsonb_rank)}
    if isinstance(value, (list, tuple)):
        return [_in_jsonb_order(item) for item in value]
    return value


def _jsonb_rank(key):
    encoded = str(key).encode("utf-8", "surrogatepass")
    return len(encoded), encoded


_SURROGATE = re.compile("[\ud800-\udfff]")
