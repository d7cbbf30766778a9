#: module sqlalchemy.types
# Types of SQLAlchemy: their constructor arguments, and the name under which the crate renders them.
class TypeEngine:
    __decant__ = True
    __visit_name__ = "null"
    _variants = None
    _spatial = False
    def with_variant(self, type_, *dialects):
        copy = _d.copy(self)
        copy._variants = dict(self._variants or {})
        for dialect in dialects:
            copy._variants[dialect] = to_instance(type_)
        return copy
    def copy(self, **kw):
        return self
    def evaluates_none(self):
        return self
    @property
    def python_type(self):
        return object
    def dialect_impl(self, dialect):
        return self
    def load_dialect_impl(self, dialect):
        return self
    def compile(self, dialect=None):
        return _d.render_type(self)
    def __str__(self):
        return _d.render_type(self)
    def as_generic(self, allow_nulltype=False):
        return self
    def adapt(self, cls, **kw):
        return self
    @classmethod
    def __class_getitem__(cls, item):
        return cls
    def as_mutable(self, *a):
        return self

import _decant as _d

def to_instance(t, *a, **kw):
    if _d.is_unknown(t):
        return t
    if t is None:
        return NullType()
    if isinstance(t, type):
        return t()
    if callable(t) and not hasattr(t, "__visit_name__"):
        return t()
    return t

class Reflected(TypeEngine):
    # The type of a column that is there already: its text, and the declaration that it came from.
    collation = None
    def __init__(self, text, visit=None, declared=None, collation=None):
        self.text = text
        self.__visit_name__ = visit or "reflected"
        self._declared = declared
        self.collation = collation
class UserDefinedType(TypeEngine):
    __visit_name__ = "user_defined"
    def get_col_spec(self, **kw):
        raise NotImplementedError("get_col_spec")
class ExternalType: pass
class Concatenable: pass
class Indexable: pass
class SchemaType:
    name = None
    schema = None
    metadata = None
class NullType(TypeEngine):
    __visit_name__ = "null"
NULLTYPE = NullType()
class String(TypeEngine):
    __visit_name__ = "VARCHAR"
    def __init__(self, length=None, collation=None, **kw):
        self.length = length
        self.collation = collation
class Text(String):
    __visit_name__ = "TEXT"
class Unicode(String):
    __visit_name__ = "VARCHAR"
class UnicodeText(Text):
    __visit_name__ = "TEXT"
class VARCHAR(String): pass
class NVARCHAR(Unicode):
    __visit_name__ = "NVARCHAR"
class CHAR(String):
    __visit_name__ = "CHAR"
class NCHAR(Unicode):
    __visit_name__ = "NCHAR"
class TEXT(Text): pass
class CLOB(Text):
    __visit_name__ = "CLOB"
class Integer(TypeEngine):
    __visit_name__ = "INTEGER"
class SmallInteger(Integer):
    __visit_name__ = "SMALLINT"
class BigInteger(Integer):
    __visit_name__ = "BIGINT"
class INTEGER(Integer): pass
class INT(Integer): pass
class SMALLINT(SmallInteger): pass
class BIGINT(BigInteger): pass
class Numeric(TypeEngine):
    __visit_name__ = "NUMERIC"
    def __init__(self, precision=None, scale=None, decimal_return_scale=None, asdecimal=True):
        self.precision = precision
        self.scale = scale
        self.asdecimal = asdecimal
class NUMERIC(Numeric): pass
class DECIMAL(Numeric):
    __visit_name__ = "DECIMAL"
class Float(Numeric):
    __visit_name__ = "FLOAT"
    scale = None
    def __init__(self, precision=None, asdecimal=False, decimal_return_scale=None):
        self.precision = precision
        self.asdecimal = asdecimal
class FLOAT(Float): pass
class REAL(Float):
    __visit_name__ = "REAL"
class Double(Float):
    __visit_name__ = "DOUBLE PRECISION"
class DOUBLE(Double): pass
class DOUBLE_PRECISION(Double): pass
class Boolean(SchemaType, TypeEngine):
    __visit_name__ = "BOOLEAN"
    def __init__(self, create_constraint=False, name=None, _create_events=True, _adapted_from=None, **kw):
        self.create_constraint = create_constraint
        self.name = name
class BOOLEAN(Boolean): pass
class Date(TypeEngine):
    __visit_name__ = "DATE"
class DATE(Date): pass
class DateTime(TypeEngine):
    __visit_name__ = "TIMESTAMP"
    precision = None
    def __init__(self, timezone=False):
        self.timezone = timezone
class DATETIME(DateTime):
    __visit_name__ = "DATETIME"
class TIMESTAMP(DateTime):
    def __init__(self, timezone=False, precision=None):
        self.timezone = timezone
        self.precision = precision
class Time(TypeEngine):
    __visit_name__ = "TIME"
    precision = None
    def __init__(self, timezone=False):
        self.timezone = timezone
class TIME(Time): pass
class Interval(TypeEngine):
    __visit_name__ = "INTERVAL"
    fields = None
    precision = None
    def __init__(self, native=True, second_precision=None, day_precision=None):
        self.precision = second_precision
class LargeBinary(TypeEngine):
    __visit_name__ = "BYTEA"
    def __init__(self, length=None):
        self.length = length
class _Binary(LargeBinary): pass
Binary = LargeBinary
class BLOB(LargeBinary):
    __visit_name__ = "BLOB"
class BINARY(LargeBinary):
    __visit_name__ = "BINARY"
class VARBINARY(LargeBinary):
    __visit_name__ = "VARBINARY"
class JSON(Indexable, TypeEngine):
    __visit_name__ = "JSON"
    NULL = None
    class Comparator:
        __decant__ = True
    def __init__(self, none_as_null=False, astext_type=None):
        self.none_as_null = none_as_null
class ARRAY(SchemaType, Indexable, TypeEngine):
    __visit_name__ = "ARRAY"
    class Comparator:
        __decant__ = True
    def __init__(self, item_type, as_tuple=False, dimensions=None, zero_indexes=False):
        self.item_type = to_instance(item_type)
        self.dimensions = dimensions
class Uuid(TypeEngine):
    __visit_name__ = "UUID"
    def __init__(self, as_uuid=True, native_uuid=True):
        self.as_uuid = as_uuid
        self.native_uuid = native_uuid
        if not native_uuid:
            self.__visit_name__ = "CHAR"
            self.length = 32
            self.collation = None
class UUID(Uuid):
    def __init__(self, as_uuid=True):
        self.as_uuid = as_uuid
        self.native_uuid = True
class Enum(SchemaType, String):
    __visit_name__ = "ENUM"
    def __init__(self, *enums, **kw):
        import enum as _enum
        self._given = kw
        self.enum_class = None
        values_callable = kw.get("values_callable")
        values = []
        if len(enums) == 1 and enums[0] is _enum.Enum:
            # Stands for every enumeration in a `type_annotation_map`.
            self.enum_class = _enum.Enum
        elif len(enums) == 1 and isinstance(enums[0], type) and hasattr(enums[0], "__members__"):
            self.enum_class = enums[0]
            members = enums[0].__members__
            if values_callable is not None:
                values = list(values_callable(enums[0]))
            else:
                values = list(members)
        elif len(enums) == 1 and isinstance(enums[0], (list, tuple)):
            values = list(enums[0])
        else:
            values = list(enums)
        self.enums = values
        name = kw.get("name")
        if name is None and self.enum_class not in (None, _enum.Enum) and "name" not in kw:
            name = self.enum_class.__name__.lower()
        self.name = name
        self.schema = kw.get("schema")
        self.metadata = kw.get("metadata")
        if self.schema is None and self.metadata is not None and kw.get("inherit_schema", True):
            self.schema = self.metadata.schema
        self.inherit_schema = kw.get("inherit_schema", False)
        self.native_enum = kw.get("native_enum", True)
        self.create_constraint = kw.get("create_constraint", _d.enum_constraint_default())
        self.create_type = kw.get("create_type", True) if _d.enum_create_type_honoured() else True
        length = kw.get("length")
        longest = 0
        for v in values:
            longest = max(longest, len(v))
        self.length = length if length is not None else longest
        self.collation = None
    def create(self, bind=None, checkfirst=False):
        _d.enum_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=False):
        _d.type_drop(self, checkfirst)
    @property
    def python_type(self):
        return self.enum_class or str
class TypeDecorator(SchemaType, TypeEngine):
    __visit_name__ = "decorator"
    impl = None
    cache_ok = True
    def __init__(self, *args, **kw):
        impl = type(self).impl
        if impl is None:
            impl = getattr(self, "impl", None)
        if isinstance(impl, type):
            self.impl = impl(*args, **kw)
        else:
            self.impl = impl
    @property
    def impl_instance(self):
        return self.impl
    def load_dialect_impl(self, dialect):
        return to_instance(self.impl)
    def process_bind_param(self, value, dialect):
        return value
    def process_result_value(self, value, dialect):
        return value
    def __getattr__(self, name):
        if name.startswith("_") or name == "impl":
            raise AttributeError(name)
        return getattr(to_instance(type(self).impl if "impl" not in self.__dict__ else self.impl), name)
class PickleType(TypeDecorator):
    impl = LargeBinary
    def __init__(self, protocol=None, pickler=None, comparator=None, impl=None):
        self.impl = to_instance(impl or LargeBinary)
class Variant(TypeDecorator): pass
class MatchType(Boolean): pass
class TupleType(TypeEngine):
    def __init__(self, *types):
        self.types = types
INTEGERTYPE = Integer()
BOOLEANTYPE = Boolean()
STRINGTYPE = String()
class _TypeAffinity: pass

