#: module sqlmodel.sql.sqltypes
from sqlalchemy import types
from sqlalchemy.types import String, TypeDecorator
class AutoString(TypeDecorator):
    impl = String
class GUID(TypeDecorator):
    from sqlalchemy.types import Uuid as impl
__open__ = "a part of sqlmodel is not modelled"
#: module sqlmodel.sql
__open__ = "a part of sqlmodel is not modelled"
#: module sqlmodel.sql.expression
from sqlalchemy.sql.expression import *
#: module sqlmodel
from sqlalchemy import *
from sqlalchemy.orm import Session
from sqlalchemy.orm import _annotation
import sqlmodel.sql.sqltypes
# The star brought SQLAlchemy's own package of that name.
import sqlmodel.sql as sql
from sqlmodel.sql.sqltypes import AutoString
class _Field:
    def __init__(self, default, kw):
        self.default = default
        self.kw = kw
class _Relationship: pass
_undefined = object()
def Field(default=_undefined, **kw): return _Field(default, kw)
def Relationship(*a, **kw): return _Relationship()
class SQLModel:
    metadata = MetaData()
    def __init__(self, **data):
        for key in data:
            setattr(self, key, data[key])
    def __init_subclass__(cls, table=False, **kw):
        if table:
            _make_table(cls)
def _make_table(cls):
    # The table that a class with `table=True` gets: its fields in the order of inheritance.
    fields = {}
    for k in reversed(list(cls.__mro__)):
        for key, note in k.__dict__.get("__annotations__", {}).items():
            if key.startswith("__") or key == "model_config" or note is None or note.startswith("ClassVar"):
                continue
            fields[key] = (note, k.__dict__.get(key, _undefined), k)
    columns = []
    for key, (note, value, k) in fields.items():
        if not isinstance(value, _Relationship):
            columns.append((key, _column(key, note, value if isinstance(value, _Field) else _Field(value, {}), k)))
    name = getattr(cls, "__tablename__", None)
    if not isinstance(name, str):
        name = cls.__name__.lower()
        cls.__tablename__ = name
    args = getattr(cls, "__table_args__", ())
    kwargs = {}
    if isinstance(args, dict):
        kwargs = dict(args)
        args = ()
    elif args and isinstance(args[-1], dict):
        kwargs = dict(args[-1])
        args = args[:-1]
    kwargs["extend_existing"] = True
    cls.__table__ = Table(name, cls.metadata, *[c for key, c in columns], *args, **kwargs)
    for key, c in columns:
        setattr(cls, key, c)
def _type_of(found):
    # sqlmodel.main.get_sqlalchemy_type
    import datetime, decimal, enum, uuid
    from typing import Annotated, Union, get_origin, _Alias
    for step in range(16):
        if not isinstance(found, _Alias):
            break
        if found.__origin__ is Annotated:
            found = found.__args__[0]
        elif found.__origin__ is Union:
            rest = [a for a in found.__args__ if a is not None]
            if len(rest) != 1:
                return NullType
            found = rest[0]
        else:
            found = get_origin(found)
    if not isinstance(found, type):
        return NullType
    if hasattr(found, "__members__"):
        return Enum(found)
    for class_, type_ in [(str, String), (float, Float), (bool, Boolean), (int, Integer), (datetime.datetime, DateTime), (datetime.date, Date), (datetime.timedelta, Interval), (datetime.time, Time), (bytes, LargeBinary), (decimal.Decimal, Numeric), (uuid.UUID, Uuid)]:
        if issubclass(found, class_):
            return type_
    return NullType
def _column(key, note, field, owner):
    kw = field.kw
    given = kw.get("sa_column")
    if isinstance(given, Column):
        if given.name is None:
            given.name = key
            given.key = key
        return given
    found, nullable, type_ = _annotation(note, owner)
    if type_ is None:
        type_ = _type_of(found)
    if kw.get("sa_type") is not None:
        type_ = kw["sa_type"]
    elif type_ is String:
        type_ = AutoString(length=kw.get("max_length")) if kw.get("max_length") else AutoString()
    elif type_ is Numeric:
        type_ = Numeric(precision=kw.get("max_digits"), scale=kw.get("decimal_places"))
    primary_key = bool(kw.get("primary_key", False))
    named = {"primary_key": primary_key, "nullable": kw.get("nullable", not primary_key and nullable), "index": kw.get("index", False), "unique": kw.get("unique", False)}
    if kw.get("default_factory") is not None:
        named["default"] = kw["default_factory"]
    elif field.default is not _undefined and field.default is not ...:
        named["default"] = field.default
    args = []
    if kw.get("foreign_key"):
        args.append(ForeignKey(kw["foreign_key"], ondelete=kw.get("ondelete")))
    args.extend(kw.get("sa_column_args", ()))
    named.update(kw.get("sa_column_kwargs", {}))
    return Column(key, type_, *args, **named)
__open__ = "a part of sqlmodel is not modelled"
