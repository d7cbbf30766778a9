#: module sqlalchemy.types
# Types of SQLAlchemy: their constructor arguments, and the name under which the crate renders them.
class TypeEngine:
    __decant__ = True
    __visit_name__ = "null"
    _variants = None
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
    if t is None:
        return NullType()
    if isinstance(t, type):
        return t()
    if callable(t) and not hasattr(t, "__visit_name__"):
        return t()
    return t

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
        self.enum_class = None
        values_callable = kw.get("values_callable")
        values = []
        if len(enums) == 1 and isinstance(enums[0], type) and hasattr(enums[0], "__members__"):
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
        if name is None and self.enum_class is not None and "name" not in kw:
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
    def create(self, bind=None, checkfirst=None):
        _d.enum_create(self, True if checkfirst is None else checkfirst)
    def drop(self, bind=None, checkfirst=None):
        _d.type_drop(self, True if checkfirst is None else checkfirst)
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

#: module sqlalchemy.sql.expression
import _decant as _d
from sqlalchemy.types import to_instance, TypeEngine, NullType

class ClauseElement:
    __decant__ = True
    _annotations = {}
    def compile(self, bind=None, dialect=None, **kw):
        return _Compiled(_d.render(self), self)
    def __str__(self):
        return _d.render(self)
    def self_group(self, against=None):
        return self
    def execution_options(self, **kw):
        return self
    def params(self, *a, **kw):
        return self.bindparams(**kw)

class _Compiled:
    __decant__ = True
    def __init__(self, string, statement):
        self.string = string
        self.statement = statement
        self.params = {}
    def __str__(self):
        return self.string

class _Compiler:
    __decant__ = True
    def process(self, element, **kw): return _d.render(element)
    def visit_create_table(self, element, **kw): return _d.unknown("a compiler that builds on SQLAlchemy's own is not modelled")
    visit_drop_table = visit_create_index = visit_create_table
    @property
    def preparer(self):
        from sqlalchemy.engine import IdentifierPreparer
        return IdentifierPreparer()
    @property
    def sql_compiler(self): return self
    @property
    def dialect(self):
        from sqlalchemy.engine import Dialect
        return Dialect()
    def render_literal_value(self, value, type_): return _d.render(literal(value))

class Executable(ClauseElement):
    def execution_options(self, **kw):
        return self

class ColumnElement(ClauseElement):
    type = NullType()
    key = None
    def __eq__(self, other): return BinaryExpression(self, "=" if other is not None else "IS", other)
    def __ne__(self, other): return BinaryExpression(self, "!=" if other is not None else "IS NOT", other)
    def __lt__(self, other): return BinaryExpression(self, "<", other)
    def __le__(self, other): return BinaryExpression(self, "<=", other)
    def __gt__(self, other): return BinaryExpression(self, ">", other)
    def __ge__(self, other): return BinaryExpression(self, ">=", other)
    def __add__(self, other): return BinaryExpression(self, "||" if _is_text(self) or _is_text(other) else "+", other)
    def __radd__(self, other): return BinaryExpression(other, "||" if _is_text(self) or _is_text(other) else "+", self)
    def __sub__(self, other): return BinaryExpression(self, "-", other)
    def __rsub__(self, other): return BinaryExpression(other, "-", self)
    def __mul__(self, other): return BinaryExpression(self, "*", other)
    def __rmul__(self, other): return BinaryExpression(other, "*", self)
    def __truediv__(self, other): return BinaryExpression(self, "/", other)
    def __mod__(self, other): return BinaryExpression(self, "%", other)
    def __and__(self, other): return and_(self, other)
    def __or__(self, other): return or_(self, other)
    def __invert__(self): return not_(self)
    def __neg__(self): return UnaryExpression("-", self, "")
    def __getitem__(self, key):
        if isinstance(key, (list, tuple)):
            return BinaryExpression(self, "#>", "{" + ", ".join([str(k) for k in key]) + "}")
        return BinaryExpression(self, "->", key)
    def op(self, opstring, precedence=0, is_comparison=False, return_type=None):
        return lambda other: BinaryExpression(self, opstring, other)
    def bool_op(self, opstring, precedence=0):
        return lambda other: BinaryExpression(self, opstring, other)
    def concat(self, other): return BinaryExpression(self, "||", other)
    def is_(self, other): return BinaryExpression(self, "IS", other)
    def is_not(self, other): return BinaryExpression(self, "IS NOT", other)
    def isnot(self, other): return BinaryExpression(self, "IS NOT", other)
    def is_distinct_from(self, other): return BinaryExpression(self, "IS DISTINCT FROM", other)
    def is_not_distinct_from(self, other): return BinaryExpression(self, "IS NOT DISTINCT FROM", other)
    def in_(self, other): return InExpression(self, other, False)
    def not_in(self, other): return InExpression(self, other, True)
    def notin_(self, other): return InExpression(self, other, True)
    def like(self, other, escape=None): return BinaryExpression(self, "LIKE", other)
    def notlike(self, other, escape=None): return BinaryExpression(self, "NOT LIKE", other)
    def not_like(self, other, escape=None): return BinaryExpression(self, "NOT LIKE", other)
    def ilike(self, other, escape=None): return BinaryExpression(self, "ILIKE", other)
    def regexp_match(self, pattern, flags=None): return BinaryExpression(self, "~", pattern)
    def startswith(self, other, **kw): return BinaryExpression(self, "LIKE", BinaryExpression(other, "||", "%"))
    def endswith(self, other, **kw): return BinaryExpression(self, "LIKE", BinaryExpression("%", "||", other))
    def contains(self, other, **kw):
        if _json_like(self):
            return BinaryExpression(self, "@>", other)
        return BinaryExpression(self, "LIKE", BinaryExpression(BinaryExpression("%", "||", other), "||", "%"))
    def has_key(self, other): return BinaryExpression(self, "?", other)
    def overlap(self, other): return BinaryExpression(self, "&&", other)
    def between(self, low, high, symmetric=False): return Between(self, low, high)
    def desc(self): return UnaryExpression("", self, "DESC")
    def asc(self): return UnaryExpression("", self, "ASC")
    def nullsfirst(self): return UnaryExpression("", self, "NULLS FIRST")
    def nullslast(self): return UnaryExpression("", self, "NULLS LAST")
    def nulls_first(self): return UnaryExpression("", self, "NULLS FIRST")
    def nulls_last(self): return UnaryExpression("", self, "NULLS LAST")
    def collate(self, collation): return Collate(self, collation)
    def label(self, name): return Label(self, name)
    def cast(self, type_): return Cast(self, type_)
    def self_group(self, against=None): return self
    def distinct(self): return UnaryExpression("DISTINCT ", self, "")
    @property
    def astext(self): 
        if isinstance(self, BinaryExpression) and self.op_ == "->":
            return BinaryExpression(self.left, "->>", self.right)
        if isinstance(self, BinaryExpression) and self.op_ == "#>":
            return BinaryExpression(self.left, "#>>", self.right)
        return self
    def as_string(self): return self.astext
    def as_integer(self): return Cast(self.astext, "INTEGER")
    def as_boolean(self): return Cast(self.astext, "BOOLEAN")
    def as_float(self): return Cast(self.astext, "FLOAT")
    def as_numeric(self, precision, scale, **kw): return Cast(self.astext, "NUMERIC(%d, %d)" % (precision, scale))
    def as_json(self): return self
    def any_(self): return FunctionElement("ANY", [self])
    def any(self, other, operator=None): return BinaryExpression(other, "=", FunctionElement("ANY", [self]))

def _json_like(e):
    name = getattr(e.type, "__visit_name__", "")
    return name in ("JSONB", "JSON", "ARRAY", "HSTORE")
def _is_text(e):
    if isinstance(e, str):
        return True
    t = getattr(e, "type", None)
    return t is not None and getattr(t, "__visit_name__", "") in ("VARCHAR", "TEXT", "CHAR", "NVARCHAR", "CITEXT")

class BinaryExpression(ColumnElement):
    __visit__ = "binary"
    def __init__(self, left, op, right, type_=None):
        self.left = left
        self.op_ = op
        self.right = right
        if type_ is not None:
            self.type = type_
        elif op in ("+", "-", "*", "/", "||", "->", "#>"):
            t = getattr(left, "type", None)
            self.type = t if t is not None else NullType()
        if op in ("->>", "#>>"):
            from sqlalchemy.types import Text
            self.type = Text()
    def __bool__(self):
        if self.op_ == "=":
            return self.left is self.right
        if self.op_ == "!=":
            return self.left is not self.right
        return True
class InExpression(ColumnElement):
    __visit__ = "in"
    def __init__(self, left, right, negated):
        self.left = left
        self.right = right
        self.negated = negated
class Between(ColumnElement):
    __visit__ = "between"
    def __init__(self, operand, low, high):
        self.operand = operand
        self.low = low
        self.high = high
class UnaryExpression(ColumnElement):
    __visit__ = "unary"
    def __init__(self, prefix, operand, suffix):
        self.prefix = prefix
        self.operand = operand
        self.suffix = suffix
class BooleanClauseList(ColumnElement):
    __visit__ = "bool"
    def __init__(self, op, clauses):
        self.op_ = op
        flat = []
        for c in clauses:
            if isinstance(c, BooleanClauseList) and c.op_ == op:
                flat.extend(c.clauses)
            else:
                flat.append(c)
        self.clauses = flat
class ClauseList(ColumnElement):
    __visit__ = "list"
    def __init__(self, *clauses, **kw):
        self.clauses = list(clauses)
class Tuple(ClauseList):
    __visit__ = "tuple"
class Grouping(ColumnElement):
    __visit__ = "group"
    def __init__(self, element):
        self.element = element
class Collate(ColumnElement):
    __visit__ = "collate"
    def __init__(self, operand, collation):
        self.operand = operand
        self.collation = collation
        self.type = getattr(operand, "type", NullType())
class Label(ColumnElement):
    __visit__ = "label"
    def __init__(self, element, name, type_=None):
        self.element = element
        self.name = name
        self.type = getattr(element, "type", NullType())
class Cast(ColumnElement):
    __visit__ = "cast"
    def __init__(self, operand, type_):
        self.operand = operand
        self.type = to_instance(type_) if not isinstance(type_, str) else type_
class TypeCoerce(ColumnElement):
    __visit__ = "group"
    def __init__(self, element, type_):
        self.element = element
        self.type = to_instance(type_)
class Extract(ColumnElement):
    __visit__ = "extract"
    def __init__(self, field, expr, **kw):
        self.field = field
        self.operand = expr
class Null(ColumnElement):
    __visit__ = "null"
class True_(ColumnElement):
    __visit__ = "true"
class False_(ColumnElement):
    __visit__ = "false"
class Case(ColumnElement):
    __visit__ = "case"
    def __init__(self, *whens, value=None, else_=None):
        pairs = []
        for w in whens:
            if isinstance(w, dict):
                pairs.extend(w.items())
            elif isinstance(w, list):
                pairs.extend(w)
            else:
                pairs.append(w)
        self.whens = pairs
        self.value = value
        self.else_ = else_
class BindParameter(ColumnElement):
    __visit__ = "bind"
    def __init__(self, key, value=None, type_=None, unique=False, required=False, expanding=False, literal_execute=False, **kw):
        self.key = key
        self.value = value
        self.type = to_instance(type_) if type_ is not None else NullType()
        self.given = value is not None
        self.expanding = expanding
class TextClause(Executable, ColumnElement):
    __visit__ = "text"
    def __init__(self, text):
        self.text = text
        self._binds = {}
    def bindparams(self, *binds, **names):
        copy = TextClause(self.text)
        copy._binds = dict(self._binds)
        for b in binds:
            copy._binds[b.key] = b
        for k, v in names.items():
            if k in copy._binds and isinstance(copy._binds[k], BindParameter):
                copy._binds[k] = BindParameter(k, v, copy._binds[k].type)
            else:
                copy._binds[k] = v
        return copy
    def columns(self, *a, **kw):
        return self
    def __and__(self, other): return and_(self, other)
class FunctionElement(ColumnElement, Executable):
    __visit__ = "func"
    def __init__(self, name, args=(), **kw):
        self.name = name
        self.args = list(args)
        self.over_ = None
        self.type = _d.function_type(name, self.args)
        if kw.get("type_") is not None:
            self.type = to_instance(kw["type_"])
    def over(self, partition_by=None, order_by=None, **kw):
        return Over(self, partition_by, order_by)
    def filter(self, *criteria):
        return FunctionFilter(self, and_(*criteria))
    def within_group(self, *order):
        return WithinGroup(self, order)
    def alias(self, name=None, **kw): return Alias(self, name)
    def table_valued(self, *a, **kw): return Alias(self, kw.get("name"))
    @property
    def clauses(self): return ClauseList(*self.args)
class Function(FunctionElement): pass
class GenericFunction(FunctionElement):
    def __init__(self, *args, **kw):
        FunctionElement.__init__(self, getattr(type(self), "name", None) or type(self).__name__, args)
class Over(ColumnElement):
    __visit__ = "over"
    def __init__(self, element, partition_by=None, order_by=None, **kw):
        self.element = element
        self.partition_by = partition_by
        self.order_by = order_by
class FunctionFilter(ColumnElement):
    __visit__ = "filter"
    def __init__(self, element, criterion):
        self.element = element
        self.criterion = criterion
class WithinGroup(ColumnElement):
    __visit__ = "within"
    def __init__(self, element, order):
        self.element = element
        self.order = order

class _FunctionGenerator:
    __decant__ = True
    def __init__(self, prefix=""):
        self._prefix = prefix
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        name = name[:-1] if name.endswith("_") else name
        return _FunctionGenerator(self._prefix + ("." if self._prefix else "") + name)
    def __call__(self, *args, **kw):
        return Function(self._prefix, args, **kw)
func = _FunctionGenerator()
modifier = _FunctionGenerator()

class ColumnClause(ColumnElement):
    __visit__ = "column"
    table = None
    is_literal = False
    def __init__(self, text, type_=None, is_literal=False, _selectable=None):
        self.name = text
        self.key = text
        self.type = to_instance(type_)
        self.is_literal = is_literal

class ColumnCollection:
    __decant__ = True
    def __init__(self, columns=()):
        self._all = {}
        for c in columns:
            self._all[c.key] = c
    def add(self, c): self._all[c.key] = c
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._all:
            return self._all[name]
        raise AttributeError(name)
    def __getitem__(self, key):
        if isinstance(key, int):
            return list(self._all.values())[key]
        return self._all[key]
    def __contains__(self, key):
        if isinstance(key, str):
            return key in self._all
        for c in self._all.values():
            if c is key:
                return True
        return False
    def contains_column(self, c): return self.__contains__(c)
    def __iter__(self): return iter(list(self._all.values()))
    def __len__(self): return len(self._all)
    def keys(self): return list(self._all)
    def values(self): return list(self._all.values())
    def items(self): return list(self._all.items())
    def get(self, key, default=None): return self._all.get(key, default)

class FromClause(ClauseElement):
    schema = None
    def select(self, *criteria): return Select([self]).where(*criteria) if criteria else Select([self])
    def alias(self, name=None, flat=False): return Alias(self, name)
    def join(self, right, onclause=None, isouter=False, full=False): return Join(self, right, onclause, isouter)
    def outerjoin(self, right, onclause=None, full=False): return Join(self, right, onclause, True)
    def insert(self, values=None, **kw): return Insert(self).values(values) if values else Insert(self)
    def update(self, whereclause=None, values=None, **kw):
        u = Update(self)
        if whereclause is not None:
            u = u.where(whereclause)
        return u.values(values) if values else u
    def delete(self, whereclause=None, **kw):
        return Delete(self).where(whereclause) if whereclause is not None else Delete(self)
    def count(self): return Select([func.count()])
class TableClause(FromClause):
    __visit__ = "table"
    def __init__(self, name, *columns, schema=None, **kw):
        self.name = name
        self.schema = schema
        self.fullname = schema + "." + name if schema else name
        self._columns = ColumnCollection()
        for c in columns:
            c.table = self
            self._columns.add(c)
    @property
    def c(self): return self._columns
    @property
    def columns(self): return self._columns
    def append_column(self, c):
        c.table = self
        self._columns.add(c)
class _Derived:
    __decant__ = True
    def __init__(self, owner):
        self._owner = owner
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        c = ColumnClause(name)
        c.table = self._owner
        return c
    def __getitem__(self, name):
        return self.__getattr__(name)
class Alias(FromClause):
    __visit__ = "alias"
    def __init__(self, element, name=None):
        self.element = element
        self.name = name or "anon_1"
    @property
    def c(self): return _Derived(self)
    @property
    def columns(self): return _Derived(self)
class Join(FromClause):
    __visit__ = "join"
    def __init__(self, left, right, onclause=None, isouter=False):
        self.left = left
        self.right = right
        self.onclause = onclause
        self.isouter = isouter
    @property
    def c(self): return _Derived(self.left)
class Values(FromClause):
    __visit__ = "unmodelled"
    def __init__(self, *a, **kw): pass
    def data(self, rows): return self
    def alias(self, name=None): return self
    @property
    def c(self): return _Derived(self)

class _Statement(Executable):
    def _with(self, **kw):
        copy = _d.copy(self)
        for k, v in kw.items():
            setattr(copy, k, v)
        return copy
    def with_only_columns(self, *cols): return self._with(columns_=_flat(cols))
    def returning(self, *cols): return self._with(returning_=list(cols))
    def prefix_with(self, *a, **kw): return self
    def execution_options(self, **kw): return self
    def where(self, *criteria):
        copy = self._with(where_=self.where_ + list(criteria))
        return copy
    def filter(self, *criteria): return self.where(*criteria)
    def filter_by(self, **kw):
        out = self
        for k, v in kw.items():
            out = out.where(ColumnClause(k) == v)
        return out
    def cte(self, name=None, **kw): return Alias(self, name)
    def options(self, *a): return self

def _flat(items):
    out = []
    for i in items:
        if isinstance(i, (list, tuple)):
            out.extend(i)
        else:
            out.append(i)
    return out

class Select(_Statement, FromClause):
    __visit__ = "select"
    def __init__(self, columns=(), whereclause=None, from_obj=None, **kw):
        self.columns_ = list(columns)
        self.where_ = []
        self.from_ = []
        self.order_ = []
        self.group_ = []
        self.having_ = []
        self.limit_ = None
        self.offset_ = None
        self.distinct_ = False
        self.set_ops = []
        self.joins_ = []
    def select_from(self, *froms): return self._with(from_=self.from_ + list(froms))
    def join(self, right, onclause=None, isouter=False, full=False): return self._with(joins_=self.joins_ + [(right, onclause, isouter)])
    def outerjoin(self, right, onclause=None, full=False): return self._with(joins_=self.joins_ + [(right, onclause, True)])
    def join_from(self, left, right, onclause=None, isouter=False): return self._with(from_=self.from_ + [left], joins_=self.joins_ + [(right, onclause, isouter)])
    def order_by(self, *cols): return self._with(order_=self.order_ + _flat(cols))
    def group_by(self, *cols): return self._with(group_=self.group_ + _flat(cols))
    def having(self, *criteria): return self._with(having_=self.having_ + list(criteria))
    def limit(self, n): return self._with(limit_=n)
    def offset(self, n): return self._with(offset_=n)
    def distinct(self, *cols): return self._with(distinct_=True)
    def add_columns(self, *cols): return self._with(columns_=self.columns_ + list(cols))
    def column(self, col): return self.add_columns(col)
    def correlate(self, *a): return self
    def with_for_update(self, **kw): return self
    def scalar_subquery(self): return ScalarSelect(self)
    def as_scalar(self): return ScalarSelect(self)
    def label(self, name): return Label(ScalarSelect(self), name)
    def subquery(self, name=None): return Alias(self, name)
    def alias(self, name=None, flat=False): return Alias(self, name)
    def exists(self): return Exists(self)
    def union(self, *others): return self._with(set_ops=self.set_ops + [("UNION", o) for o in others])
    def union_all(self, *others): return self._with(set_ops=self.set_ops + [("UNION ALL", o) for o in others])
    def except_(self, *others): return self._with(set_ops=self.set_ops + [("EXCEPT", o) for o in others])
    def intersect(self, *others): return self._with(set_ops=self.set_ops + [("INTERSECT", o) for o in others])
    def scalars(self): return self
    @property
    def c(self): return _Derived(self)
    @property
    def selected_columns(self): return ColumnCollection([c for c in self.columns_ if isinstance(c, ColumnClause)])
class ScalarSelect(ColumnElement):
    __visit__ = "subquery"
    def __init__(self, element):
        self.element = element
    def where(self, *c): return ScalarSelect(self.element.where(*c))
class Exists(ColumnElement):
    __visit__ = "exists"
    def __init__(self, element=None):
        self.element = element
    def where(self, *c): return Exists(self.element.where(*c))
    def select_from(self, *c): return Exists(self.element.select_from(*c))
    def correlate(self, *c): return self
    def select(self, *a): return Select([self])
class Insert(_Statement):
    __visit__ = "insert"
    where_ = []
    def __init__(self, table):
        self.table = table
        self.values_ = None
        self.names = None
        self.select_ = None
        self.conflict = None
        self.returning_ = []
    def values(self, *args, **kw):
        v = dict(kw)
        if args:
            if isinstance(args[0], (list, tuple)) and len(args) == 1:
                return self._with(values_=args[0])
            v.update(args[0] if isinstance(args[0], dict) else {})
        return self._with(values_=v)
    def from_select(self, names, select, include_defaults=True): return self._with(names=list(names), select_=select)
    def on_conflict_do_nothing(self, constraint=None, index_elements=None, index_where=None):
        return self._with(conflict=("nothing", constraint, index_elements, None))
    def on_conflict_do_update(self, constraint=None, index_elements=None, index_where=None, set_=None, where=None):
        return self._with(conflict=("update", constraint, index_elements, set_))
    @property
    def excluded(self): return _Excluded()
class _Excluded:
    __decant__ = True
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return TextClause("excluded." + name)
class Update(_Statement):
    __visit__ = "update"
    def __init__(self, table):
        self.table = table
        self.values_ = {}
        self.where_ = []
        self.returning_ = []
    def values(self, *args, **kw):
        v = dict(self.values_)
        if args and isinstance(args[0], dict):
            v.update(args[0])
        v.update(kw)
        return self._with(values_=v)
class Delete(_Statement):
    __visit__ = "delete"
    def __init__(self, table):
        self.table = table
        self.where_ = []
        self.returning_ = []
    def using(self, *a): return self

def text(text, bind=None): return TextClause(text)
def literal_column(text, type_=None): return ColumnClause(text, type_, is_literal=True)
def column(text, type_=None, is_literal=False, _selectable=None): return ColumnClause(text, type_, is_literal)
def table(name, *columns, **kw): return TableClause(name, *columns, **kw)
def literal(value, type_=None, literal_execute=False):
    b = BindParameter(None, value, type_)
    b.given = True
    return b
def bindparam(key, value=None, type_=None, unique=False, **kw): return BindParameter(key, value, type_, **kw)
def outparam(key, type_=None): return BindParameter(key, None, type_)
def null(): return Null()
def true(): return True_()
def false(): return False_()
def and_(*clauses): return BooleanClauseList("AND", [c for c in clauses if c is not True])
def or_(*clauses): return BooleanClauseList("OR", [c for c in clauses if c is not False])
def not_(clause):
    if isinstance(clause, BinaryExpression):
        negated = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<", "IS": "IS NOT", "IS NOT": "IS", "LIKE": "NOT LIKE", "ILIKE": "NOT ILIKE"}
        if clause.op_ in negated:
            return BinaryExpression(clause.left, negated[clause.op_], clause.right)
    if isinstance(clause, InExpression):
        return InExpression(clause.left, clause.right, not clause.negated)
    return UnaryExpression("NOT ", clause, "")
def cast(expression, type_): return Cast(expression, type_)
def try_cast(expression, type_): return Cast(expression, type_)
def type_coerce(expression, type_): return TypeCoerce(expression, type_)
def case(*whens, value=None, else_=None): return Case(*whens, value=value, else_=else_)
def collate(expression, collation): return Collate(expression, collation)
def desc(c): return UnaryExpression("", c, "DESC")
def asc(c): return UnaryExpression("", c, "ASC")
def nullsfirst(c): return UnaryExpression("", c, "NULLS FIRST")
def nullslast(c): return UnaryExpression("", c, "NULLS LAST")
nulls_first = nullsfirst
nulls_last = nullslast
def distinct(c): return UnaryExpression("DISTINCT ", c, "")
def extract(field, expr, **kw): return Extract(field, expr)
def tuple_(*clauses, **kw): return Tuple(*clauses)
def between(expr, low, high): return Between(expr, low, high)
def over(element, **kw): return Over(element, kw.get("partition_by"), kw.get("order_by"))
def any_(expr): return FunctionElement("ANY", [expr])
def all_(expr): return FunctionElement("ALL", [expr])
def select(*columns, **kw): return Select(_flat(columns))
def insert(table, values=None, **kw): return Insert(_table_of(table)).values(values) if values else Insert(_table_of(table))
def update(table, whereclause=None, values=None, **kw):
    u = Update(_table_of(table))
    if whereclause is not None:
        u = u.where(whereclause)
    return u.values(values) if values else u
def delete(table, whereclause=None, **kw):
    return Delete(_table_of(table)).where(whereclause) if whereclause is not None else Delete(_table_of(table))
def exists(*args, **kw):
    if not args:
        return Exists(Select([TextClause("1")]))
    if isinstance(args[0], Select):
        return Exists(args[0])
    return Exists(Select(_flat(args)))
def join(left, right, onclause=None, isouter=False, full=False): return Join(left, right, onclause, isouter)
def outerjoin(left, right, onclause=None): return Join(left, right, onclause, True)
def union(*selects): return selects[0].union(*selects[1:])
def union_all(*selects): return selects[0].union_all(*selects[1:])
def alias(selectable, name=None, flat=False): return Alias(selectable, name)
def subquery(name, *a): return Alias(Select(list(a)), name)
def values(*a, **kw): return Values(*a, **kw)
def lateral(selectable, name=None): return Alias(selectable, name)
def _table_of(t): return getattr(t, "__table__", t) if isinstance(t, type) else t
Subquery = Alias
Selectable = FromClause
CTE = Alias
Variant = None
ClauseVisitor = object
Operators = object
ColumnOperators = object

class quoted_name(str):
    __decant__ = True
    def __init__(self, value, quote=None):
        self.quote = quote
class _truncated_label(quoted_name):
    def __init__(self, value, quote=None):
        self.quote = quote
class conv(_truncated_label):
    pass
def _literal_as_text(x): return TextClause(x) if isinstance(x, str) else x
__open__ = "a part of sqlalchemy.sql.expression is not modelled"

#: module sqlalchemy.sql.schema
import _decant as _d
from sqlalchemy.types import to_instance, TypeEngine, NullType, SchemaType
from sqlalchemy.sql.expression import ColumnElement, ColumnClause, ColumnCollection, FromClause, TableClause, TextClause, ClauseElement, Executable, quoted_name, conv, BindParameter, func, and_

BLANK_SCHEMA = "__blank_schema__"
RETAIN_SCHEMA = "__retain_schema__"

class SchemaItem:
    __decant__ = True
    @property
    def dialect_kwargs(self): return {}
    def dispatch(self, *a): pass

class FetchedValue(SchemaItem):
    for_update = False
    def __init__(self, for_update=False): pass
class DefaultClause(FetchedValue):
    def __init__(self, arg, for_update=False, _reflected=False):
        self.arg = arg
class ColumnDefault(SchemaItem):
    is_sequence = False
    def __init__(self, arg, **kw):
        self.arg = arg
        self.is_scalar = not callable(arg)
class Computed(FetchedValue):
    def __init__(self, sqltext, persisted=None):
        self.sqltext = sqltext
        self.persisted = persisted
class Identity(FetchedValue):
    def __init__(self, always=False, on_null=None, start=None, increment=None, minvalue=None, maxvalue=None, nominvalue=None, nomaxvalue=None, cycle=None, cache=None, order=None):
        self.always = always
        self.on_null = on_null
        self.start = start
        self.increment = increment
        self.minvalue = minvalue
        self.maxvalue = maxvalue
        self.cycle = cycle
        self.cache = cache
class Sequence(SchemaItem, Executable):
    is_sequence = True
    def __init__(self, name, start=None, increment=None, minvalue=None, maxvalue=None, nominvalue=None, nomaxvalue=None, cycle=None, schema=None, cache=None, order=None, data_type=None, optional=False, quote=None, metadata=None, quote_schema=None, for_update=False):
        self.name = name
        self.start = start
        self.increment = increment
        self.minvalue = minvalue
        self.maxvalue = maxvalue
        self.cycle = cycle
        self.schema = schema
        self.cache = cache
        self.data_type = to_instance(data_type) if data_type is not None else None
        self.metadata = metadata
    def next_value(self): return NextValue(self)
    def create(self, bind=None, checkfirst=True): _d.sequence_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=True): _d.sequence_drop(self, checkfirst)
class NextValue(ColumnElement):
    __visit__ = "nextval"
    def __init__(self, sequence):
        self.sequence = sequence

class Constraint(SchemaItem):
    table = None
    def __init__(self, name=None, deferrable=None, initially=None, comment=None, info=None, _create_rule=None, _type_bound=False, **dialect_kw):
        self.name = name
        self.deferrable = deferrable
        self.initially = initially
        self.comment = comment
        self._kw = dialect_kw
        self._creation = _d.next_creation()
class ColumnCollectionConstraint(Constraint):
    def __init__(self, *columns, name=None, deferrable=None, initially=None, _autoattach=True, _column_flag=False, info=None, comment=None, **kw):
        Constraint.__init__(self, name, deferrable, initially, comment, **kw)
        flat = []
        for c in columns:
            if isinstance(c, (list, tuple)):
                flat.extend(c)
            else:
                flat.append(c)
        self._given = flat
        _attach(self, flat)
    @property
    def columns(self): return ColumnCollection([_column_of(self.table, c) for c in self._given])
    def __iter__(self): return iter([_column_of(self.table, c) for c in self._given])
    def __contains__(self, x): return x in [c if isinstance(c, str) else c.name for c in self._given]
def _column_of(table, c):
    if isinstance(c, str):
        if table is not None and c in table.c:
            return table.c[c]
        return ColumnClause(c)
    return c
def _attach(constraint, columns):
    for c in columns:
        t = getattr(c, "table", None) if isinstance(c, Column) else None
        if isinstance(t, Table):
            t.append_constraint(constraint)
            return
class PrimaryKeyConstraint(ColumnCollectionConstraint):
    _kind = "pk"
    def __init__(self, *columns, **kw):
        self._implicit = kw.pop("_implicit_generated", False)
        ColumnCollectionConstraint.__init__(self, *columns, **kw)
class UniqueConstraint(ColumnCollectionConstraint):
    _kind = "uq"
class CheckConstraint(ColumnCollectionConstraint):
    _kind = "ck"
    def __init__(self, sqltext, name=None, deferrable=None, initially=None, table=None, info=None, _create_rule=None, _autoattach=True, _type_bound=False, comment=None, **kw):
        Constraint.__init__(self, name, deferrable, initially, comment, **kw)
        self.sqltext = sqltext
        self._given = _d.columns_in(sqltext)
        if table is not None:
            table.append_constraint(self)
        else:
            _attach(self, self._given)
class ForeignKeyConstraint(ColumnCollectionConstraint):
    _kind = "fk"
    def __init__(self, columns, refcolumns, name=None, onupdate=None, ondelete=None, deferrable=None, initially=None, use_alter=False, link_to_name=False, match=None, table=None, info=None, comment=None, **kw):
        Constraint.__init__(self, name, deferrable, initially, comment, **kw)
        self._given = list(columns)
        self._refs = list(refcolumns)
        self.onupdate = onupdate
        self.ondelete = ondelete
        self.match = match
        self.use_alter = use_alter
        _attach(self, self._given)
    @property
    def column_keys(self): return [c if isinstance(c, str) else c.name for c in self._given]
    @property
    def elements(self): return [ForeignKey(r) for r in self._refs]
    @property
    def referred_table(self): return TableClause(_d.referred(self._refs[0])[1])
class ForeignKey(SchemaItem):
    parent = None
    constraint = None
    def __init__(self, column, _constraint=None, use_alter=False, name=None, onupdate=None, ondelete=None, deferrable=None, initially=None, link_to_name=False, match=None, info=None, comment=None, _unresolvable=False, **kw):
        self._colspec = column
        self.name = name
        self.onupdate = onupdate
        self.ondelete = ondelete
        self.deferrable = deferrable
        self.initially = initially
        self.match = match
        self.use_alter = use_alter
        self._kw = kw
        self._creation = _d.next_creation()
    @property
    def target_fullname(self):
        schema, table, column = _d.referred(self._colspec)
        return (schema + "." if schema else "") + table + "." + (column or "")
class Index(SchemaItem):
    _kind = "ix"
    table = None
    def __init__(self, name, *expressions, unique=False, quote=None, info=None, _table=None, _column_flag=False, **kw):
        self.name = name
        self.expressions = list(expressions)
        self.unique = unique
        self._kw = kw
        self._column_flag = _column_flag
        self._creation = _d.next_creation()
        for e in expressions:
            for c in ([e] if isinstance(e, Column) else _d.columns_in(e)):
                if isinstance(getattr(c, "table", None), Table):
                    if self.table is None:
                        c.table._attach_index(self)
        if _table is not None:
            _table._attach_index(self)
    @property
    def columns(self): return ColumnCollection([_column_of(self.table, e) for e in self.expressions if isinstance(e, (str, ColumnClause))])
    def create(self, bind=None, checkfirst=False): _d.index_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=False): _d.index_drop(self, checkfirst)

class Column(ColumnClause, SchemaItem):
    def __init__(self, *args, **kw):
        args = list(args)
        name = kw.pop("name", None)
        type_ = kw.pop("type_", None)
        if args and (args[0] is None or isinstance(args[0], str)):
            name = args.pop(0)
        if args and (isinstance(args[0], TypeEngine) or (isinstance(args[0], type) and issubclass(args[0], TypeEngine)) or _d.is_type_like(args[0])):
            type_ = args.pop(0)
        self.name = name
        self.key = kw.get("key", name)
        self.type = to_instance(type_)
        self.primary_key = kw.get("primary_key", False)
        nullable = kw.get("nullable", None)
        self._user_nullable = nullable
        self.index = kw.get("index", None)
        self.unique = kw.get("unique", None)
        self.default = kw.get("default", kw.get("insert_default"))
        self.onupdate = kw.get("onupdate")
        self.autoincrement = kw.get("autoincrement", "auto")
        self.comment = kw.get("comment")
        self.info = kw.get("info") or {}
        self.system = kw.get("system", False)
        self.foreign_keys = []
        self.constraints = []
        self.computed = None
        self.identity = None
        self.sequence = None
        self.server_default = None
        default = kw.get("server_default")
        if isinstance(default, (Computed, Identity)):
            args.append(default)
        elif isinstance(default, DefaultClause):
            self.server_default = default.arg
        elif isinstance(default, FetchedValue):
            pass
        else:
            self.server_default = default
        for a in args:
            if isinstance(a, ForeignKey):
                a.parent = self
                self.foreign_keys.append(a)
            elif isinstance(a, Computed):
                self.computed = a
            elif isinstance(a, Identity):
                self.identity = a
                if nullable is None:
                    nullable = False
            elif isinstance(a, Sequence):
                self.sequence = a
            elif isinstance(a, DefaultClause):
                self.server_default = a.arg
            elif isinstance(a, (Constraint,)):
                self.constraints.append(a)
            elif isinstance(a, Index):
                pass
        if isinstance(self.default, Sequence):
            self.sequence = self.default
        self.nullable = nullable if nullable is not None else not self.primary_key
        self.table = None
        self.is_literal = False
    def copy(self, **kw): return self._copy(**kw)
    def _copy(self, **kw):
        c = _d.copy(self)
        c.table = None
        fks = []
        for f in self.foreign_keys:
            g = _d.copy(f)
            g.parent = c
            fks.append(g)
        c.foreign_keys = fks
        return c
    def references(self, column): return False
    def append_foreign_key(self, fk):
        fk.parent = self
        self.foreign_keys.append(fk)
    def _set_parent(self, table): pass

class Table(TableClause, SchemaItem):
    def __new__(cls, *args, **kw):
        if len(args) >= 2 and isinstance(args[1], MetaData):
            schema = kw.get("schema", args[1].schema)
            key = (schema + "." if schema else "") + args[0]
            found = args[1].tables.get(key)
            if found is not None and not kw.get("extend_existing"):
                return found
        return object.__new__(cls)
    def __init__(self, name, metadata=None, *args, **kw):
        if "_columns" in self.__dict__ and not kw.get("extend_existing"):
            return
        self.name = name
        self.metadata = metadata if metadata is not None else MetaData()
        schema = kw.pop("schema", None)
        if schema is None:
            schema = self.metadata.schema
        self.schema = schema
        self.fullname = schema + "." + name if schema else name
        self.key = self.fullname
        self.comment = kw.pop("comment", None)
        self._prefixes = kw.pop("prefixes", [])
        self.info = kw.pop("info", {})
        self._columns = ColumnCollection()
        self.indexes = []
        self.constraints = []
        self._pk_given = None
        reflect = kw.pop("autoload_with", None) is not None or kw.pop("autoload", False)
        for k in ("extend_existing", "keep_existing", "listeners", "implicit_returning", "quote", "quote_schema", "include_columns", "resolve_fks", "must_exist", "mustexist", "autoload_replace", "sqlite_autoincrement_", "_extend_on", "_no_init"):
            kw.pop(k, None)
        self._kw = kw
        self.metadata.tables[self.key] = self
        if reflect:
            for c in _d.reflect_columns(self.name, self.schema):
                self.append_column(Column(c["name"], c["type"], nullable=c["nullable"], primary_key=c["primary_key"], server_default=TextClause(c["default"]) if c["default"] is not None else None, autoincrement=False))
            pk = _d.pk_constraint(self.name, self.schema)
            if pk["constrained_columns"]:
                self.append_constraint(PrimaryKeyConstraint(*pk["constrained_columns"], name=conv(pk["name"])))
            for f in _d.foreign_keys(self.name, self.schema):
                self.append_constraint(ForeignKeyConstraint(f["constrained_columns"], [(f["referred_schema"], f["referred_table"], c) for c in f["referred_columns"]], name=conv(f["name"]), **f["options"]))
            for u in _d.unique_constraints(self.name, self.schema):
                self.append_constraint(UniqueConstraint(*u["column_names"], name=conv(u["name"])))
            for k in _d.check_constraints(self.name, self.schema):
                self.append_constraint(CheckConstraint(k["sqltext"], name=conv(k["name"])))
            for i in _d.indexes(self.name, self.schema):
                if "duplicates_constraint" not in i:
                    self._attach_index(Index(conv(i["name"]), *[c for c in i["column_names"] if c is not None], unique=i["unique"]))
        for a in args:
            if isinstance(a, Column):
                self.append_column(a)
            elif isinstance(a, Constraint):
                self.append_constraint(a)
            elif isinstance(a, Index):
                self._attach_index(a)
            elif isinstance(a, Sequence):
                pass
            elif isinstance(a, (list, tuple)):
                for x in a:
                    if isinstance(x, Column):
                        self.append_column(x)
                    elif isinstance(x, Constraint):
                        self.append_constraint(x)
    def append_column(self, column, replace_existing=False):
        column.table = self
        if column.key is None:
            column.key = column.name
        self._columns.add(column)
        if column.index:
            self._attach_index(Index(None, column, unique=bool(column.unique), _column_flag=True))
        elif column.unique:
            self.append_constraint(UniqueConstraint(column.name))
        check = _d.type_check(column)
        if check is not None:
            self.append_constraint(CheckConstraint(check[0], name=check[1], _type_bound=True))
        for f in column.foreign_keys:
            f.constraint = ForeignKeyConstraint([column.name], [f._colspec], name=f.name, onupdate=f.onupdate, ondelete=f.ondelete, deferrable=f.deferrable, initially=f.initially, match=f.match, use_alter=f.use_alter, **f._kw)
            self.append_constraint(f.constraint)
        for c in column.constraints:
            c.table = self
            if isinstance(c, ForeignKeyConstraint) or isinstance(c, UniqueConstraint) or isinstance(c, PrimaryKeyConstraint):
                self.append_constraint(c)
    def append_constraint(self, constraint):
        constraint.table = self
        if isinstance(constraint, PrimaryKeyConstraint):
            self._pk_given = constraint
            for c in constraint._given:
                name = c if isinstance(c, str) else c.name
                column = self._columns.get(name)
                if column is not None:
                    column.primary_key = True
                    if column._user_nullable is None:
                        column.nullable = False
        else:
            for c in self.constraints:
                if c is constraint:
                    return
            self.constraints.append(constraint)
    def _attach_index(self, index):
        index.table = self
        for i in self.indexes:
            if i is index:
                return
        self.indexes.append(index)
    @property
    def primary_key(self):
        if self._pk_given is not None:
            return self._pk_given
        return PrimaryKeyConstraint(*[c.name for c in self._columns if c.primary_key], _implicit_generated=True)
    @property
    def foreign_keys(self):
        return [f for c in self._columns for f in c.foreign_keys]
    @property
    def foreign_key_constraints(self):
        return [c for c in self.constraints if isinstance(c, ForeignKeyConstraint)]
    @property
    def bind(self): return None
    def create(self, bind=None, checkfirst=False): _d.table_create(self, checkfirst, False)
    def drop(self, bind=None, checkfirst=False): _d.table_drop(self, checkfirst)
    def exists(self, bind=None): return _d.has_table(self.name, self.schema)
    def to_metadata(self, metadata, schema=RETAIN_SCHEMA, referred_schema_fn=None, name=None):
        s = self.schema if schema == RETAIN_SCHEMA else schema
        return Table(name or self.name, metadata, *[c._copy() for c in self._columns], schema=s, comment=self.comment)
    def tometadata(self, metadata, schema=RETAIN_SCHEMA, **kw): return self.to_metadata(metadata, schema)

class MetaData(SchemaItem):
    def __init__(self, bind=None, schema=None, quote_schema=None, naming_convention=None, info=None, reflect=False, **kw):
        self.schema = schema
        if isinstance(bind, str):
            self.schema = bind
            bind = None
        self.bind = bind
        self.naming_convention = naming_convention if naming_convention else {"ix": "ix_%(column_0_label)s"}
        self.info = info or {}
        self.tables = {}
    @property
    def sorted_tables(self): return _d.sort_tables(list(self.tables.values()))
    def create_all(self, bind=None, tables=None, checkfirst=True):
        if tables is None:
            _d.force_imports()
        todo = self.sorted_tables if tables is None else _d.sort_tables([getattr(t, "__table__", t) for t in tables])
        for t in todo:
            _d.table_create(t, checkfirst, True)
        for t in todo:
            _d.table_create_late(t)
    def drop_all(self, bind=None, tables=None, checkfirst=True):
        if tables is None:
            _d.force_imports()
        todo = self.sorted_tables if tables is None else _d.sort_tables(list(tables))
        for t in reversed(todo):
            _d.table_drop(t, checkfirst)
    def reflect(self, bind=None, schema=None, views=False, only=None, **kw):
        names = _d.table_names(schema)
        for n in names:
            if only is None or (callable(only) and only(n, self)) or (not callable(only) and n in only):
                if n not in self.tables:
                    Table(n, self, schema=schema, autoload_with=True)
    def clear(self): self.tables.clear()
    def remove(self, table): self.tables.pop(table.key, None)
    def __contains__(self, key): return (key if isinstance(key, str) else key.key) in self.tables
ThreadLocalMetaData = MetaData

class DDLElement(Executable):
    _bind = None
    def __call__(self, target=None, bind=None, **kw): _d.execute_ddl(self)
    def execute(self, bind=None, target=None): _d.execute_ddl(self)
    def execute_if(self, dialect=None, callable_=None, state=None): return self
    def against(self, target): return self
BaseDDLElement = DDLElement
ExecutableDDLElement = DDLElement
class DDL(DDLElement):
    __visit__ = "ddl"
    def __init__(self, statement, context=None, bind=None):
        self.statement = statement
        self.context = context or {}
class _CreateDrop(DDLElement):
    def __init__(self, element, bind=None, if_exists=False, if_not_exists=False, **kw):
        self.element = element
        self.if_exists = if_exists
        self.if_not_exists = if_not_exists
        self.cascade = kw.get("cascade", False)
class CreateSchema(_CreateDrop):
    __visit__ = "create_schema"
class DropSchema(_CreateDrop):
    __visit__ = "drop_schema"
    def __init__(self, name, cascade=False, if_exists=False, **kw):
        _CreateDrop.__init__(self, name, if_exists=if_exists, cascade=cascade)
class CreateTable(_CreateDrop):
    __visit__ = "create_table"
class DropTable(_CreateDrop):
    __visit__ = "drop_table"
class CreateIndex(_CreateDrop):
    __visit__ = "create_index"
class DropIndex(_CreateDrop):
    __visit__ = "drop_index"
class CreateSequence(_CreateDrop):
    __visit__ = "create_sequence"
class DropSequence(_CreateDrop):
    __visit__ = "drop_sequence"
class AddConstraint(_CreateDrop):
    __visit__ = "add_constraint"
class DropConstraint(_CreateDrop):
    __visit__ = "drop_constraint"
class SetTableComment(_CreateDrop):
    __visit__ = "set_table_comment"
class DropTableComment(_CreateDrop):
    __visit__ = "drop_table_comment"
class SetColumnComment(_CreateDrop):
    __visit__ = "set_column_comment"
_NONE_NAME = None
class DefaultGenerator(SchemaItem): pass
class HasConditionalDDL: pass
def _get_table_key(name, schema): return name if schema is None else schema + "." + name

#: module sqlalchemy.schema
from sqlalchemy.sql.schema import *
from sqlalchemy.sql.expression import conv
__open__ = "a part of sqlalchemy.schema is not modelled"

#: module sqlalchemy.engine
import _decant as _d
from sqlalchemy.sql.expression import ClauseElement

class Row(tuple):
    __decant__ = True
    def __init__(self, values, names=()):
        self._names = list(names)
    @property
    def _mapping(self): return dict(zip(self._names, list(self)))
    def _asdict(self): return dict(zip(self._names, list(self)))
    @property
    def _fields(self): return self._names
    def keys(self): return list(self._names)
    def values(self): return list(_d.payload(self))
    def items(self): return list(zip(self._names, _d.payload(self)))
    def __getitem__(self, key):
        if isinstance(key, str):
            return _d.payload(self)[self._names.index(key)]
        if isinstance(key, (int, slice)):
            return _d.payload(self)[key]
        return _d.payload(self)[self._names.index(key.name)]
    def __getattr__(self, name):
        if name.startswith("__") or name not in self._names:
            raise AttributeError(name)
        return _d.payload(self)[self._names.index(name)]
class LegacyRow(Row): pass
RowProxy = Row
class Result:
    __decant__ = True
    returns_rows = True
    def __init__(self, rows, names, rowcount=0):
        self._rows = rows
        self._names = names
        self.rowcount = rowcount
        self.inserted_primary_key = _d.unknown("the key of an inserted row is not known")
        self.lastrowid = self.inserted_primary_key
    def keys(self): return list(self._names)
    def _take(self):
        rows = self._rows
        self._rows = []
        return rows
    def fetchall(self): return self._take()
    def all(self): return self._take()
    def fetchmany(self, size=None): return self._take()
    def partitions(self, size=None):
        rows = self._take()
        return [rows] if rows else []
    def fetchone(self):
        rows = self._rows
        if not rows:
            return None
        row = rows[0]
        self._rows = rows[1:]
        return row
    def first(self): return self.fetchone()
    def one(self): return self._one("one")
    def one_or_none(self): return self.fetchone()
    def _one(self, what):
        row = self.fetchone()
        if row is None:
            return _d.unknown("the rows of the application are not known")
        return row
    def scalar(self):
        row = self.fetchone()
        return None if row is None else row[0]
    def scalar_one(self):
        row = self._one("scalar_one")
        return row[0]
    def scalar_one_or_none(self): return self.scalar()
    def scalars(self, index=0): return ScalarResult([r[index] for r in self._take()])
    def mappings(self): return ScalarResult([r._mapping for r in self._take()])
    def unique(self, *a): return self
    def yield_per(self, n): return self
    def columns(self, *a): return self
    def tuples(self): return self
    def close(self): pass
    def __iter__(self): return iter(self._take())
    def __next__(self):
        row = self.fetchone()
        if row is None:
            raise StopIteration()
        return row
    def __enter__(self): return self
    def __exit__(self, *a): return False
class ScalarResult:
    __decant__ = True
    def __init__(self, rows):
        self._rows = rows
    def all(self): return self._rows
    def fetchall(self): return self._rows
    def first(self): return self._rows[0] if self._rows else None
    def fetchone(self): return self._rows.pop(0) if self._rows else None
    def one_or_none(self): return self.first()
    def one(self): return self._rows[0] if self._rows else _d.unknown("the rows of the application are not known")
    def unique(self, *a): return self
    def partitions(self, size=None): return [self._rows] if self._rows else []
    def __iter__(self): return iter(self._rows)
CursorResult = Result
ResultProxy = Result

class Dialect:
    __decant__ = True
    name = "postgresql"
    driver = "psycopg2"
    default_schema_name = "public"
    server_version_info = (15, 0)
    supports_comments = True
    supports_native_enum = True
    has_terminate = True
    max_identifier_length = 63
    paramstyle = "pyformat"
    def __init__(self):
        self.ischema_names = {}
        self.identifier_preparer = IdentifierPreparer()
    def type_descriptor(self, t): return t() if isinstance(t, type) else t
    def has_table(self, connection, table_name, schema=None, **kw): return _d.has_table(table_name, schema)
    def has_sequence(self, connection, name, schema=None, **kw): return name in _d.sequence_names(schema)
    def has_type(self, connection, name, schema=None, **kw): return name in [e["name"] for e in _d.enums(schema)]
    def get_columns(self, connection, table_name, schema=None, **kw): return _d.columns(table_name, schema)
class IdentifierPreparer:
    __decant__ = True
    def quote(self, name, force=None): return _d.quote(name)
    def quote_identifier(self, name): return '"' + name.replace('"', '""') + '"'
    def format_table(self, table, **kw): return (_d.quote(table.schema) + "." if table.schema else "") + _d.quote(table.name)
    def format_column(self, column, **kw): return _d.quote(column.name)
class URL:
    __decant__ = True
    drivername = "postgresql+psycopg2"
    host = "localhost"
    port = 5432
    database = "decant"
    username = "postgres"
    password = None
    query = {}
    @classmethod
    def create(cls, *a, **kw): return cls()
    def render_as_string(self, hide_password=True): return "postgresql://localhost/decant"
    def get_backend_name(self): return "postgresql"
    def get_dialect(self): return Dialect
    def get_driver_name(self): return "psycopg2"
    def set(self, **kw): return self
    def __str__(self): return "postgresql://localhost/decant"
def make_url(u): return URL()
class Engine:
    __decant__ = True
    name = "postgresql"
    driver = "psycopg2"
    def __init__(self):
        self.dialect = Dialect()
        self.url = URL()
    def connect(self, **kw): return Connection()
    def begin(self, **kw): return Connection()
    def raw_connection(self): return Connection()
    def execute(self, statement, *a, **kw): return Connection().execute(statement, *a, **kw)
    def dispose(self, **kw): pass
    def execution_options(self, **kw): return self
    def has_table(self, name, schema=None): return _d.has_table(name, schema)
    def table_names(self, schema=None): return _d.table_names(schema)
    @property
    def engine(self): return self
    @property
    def sync_engine(self): return self
class Transaction:
    __decant__ = True
    is_active = True
    def commit(self): pass
    def rollback(self): pass
    def close(self): pass
    def __enter__(self): return self
    def __exit__(self, *a): return False
class _Cursor:
    __decant__ = True
    def __init__(self):
        self._result = None
        self.rowcount = 0
        self.description = None
    def execute(self, statement, params=None):
        self._result = _d.execute(statement, params, "driver")
    def executemany(self, statement, rows):
        for r in rows:
            self.execute(statement, r)
    def fetchall(self): return self._result.fetchall()
    def fetchone(self): return self._result.fetchone()
    def copy_expert(self, sql, file): pass
    def close(self): pass
    def __enter__(self): return self
    def __exit__(self, *a): return False
    def __iter__(self): return iter(self._result)
class Connection:
    __decant__ = True
    closed = False
    autocommit = False
    isolation_level = None
    def __init__(self):
        self.dialect = Dialect()
        self.info = {}
    @property
    def engine(self): return Engine()
    @property
    def sync_connection(self): return self
    @property
    def connection(self): return self
    @property
    def dbapi_connection(self): return self
    @property
    def driver_connection(self): return self
    def cursor(self): return _Cursor()
    def execute(self, statement, *multiparams, **params):
        if len(multiparams) == 1:
            params_ = multiparams[0]
        elif multiparams:
            params_ = list(multiparams)
        else:
            params_ = params.get("parameters") or {k: v for k, v in params.items() if k not in ("execution_options", "bind_arguments")} or None
        return _d.execute(statement, params_, "connection")
    def exec_driver_sql(self, statement, parameters=None, **kw): return _d.execute(statement, parameters, "driver")
    def scalar(self, statement, *a, **kw): return self.execute(statement, *a, **kw).scalar()
    def scalars(self, statement, *a, **kw): return self.execute(statement, *a, **kw).scalars()
    def stream(self, statement, *a, **kw): return self.execute(statement, *a, **kw)
    def begin(self, *a, **kw): return Transaction()
    def begin_nested(self): return Transaction()
    def in_transaction(self): return True
    def in_nested_transaction(self): return False
    def get_transaction(self): return Transaction()
    def commit(self): pass
    def rollback(self): pass
    def close(self): pass
    def invalidate(self, *a): pass
    def detach(self): pass
    def connect(self): return self
    def execution_options(self, **kw): return self
    def get_isolation_level(self): return "READ COMMITTED"
    def set_isolation_level(self, *a): pass
    def run_sync(self, fn, *a, **kw): return fn(self, *a, **kw)
    def run_callable(self, fn, *a, **kw): return fn(self, *a, **kw)
    def get_raw_connection(self): return self
    def schema_for_object(self, o): return o.schema
    def __enter__(self): return self
    def __exit__(self, *a): return False
def create_engine(*a, **kw): return Engine()
def engine_from_config(*a, **kw): return Engine()
def create_async_engine(*a, **kw): return Engine()
def async_engine_from_config(*a, **kw): return Engine()
create_mock_engine = create_engine

class Inspector:
    __decant__ = True
    default_schema_name = "public"
    def __init__(self, bind=None):
        self.bind = bind
        self.engine = bind
        self.dialect = Dialect()
    @classmethod
    def from_engine(cls, bind): return cls(bind)
    def has_table(self, table_name, schema=None, **kw): return _d.has_table(table_name, schema)
    def has_index(self, table_name, index_name, schema=None, **kw): return index_name in [i["name"] for i in _d.indexes(table_name, schema)]
    def has_schema(self, schema_name, **kw): return schema_name in _d.schema_names()
    def has_sequence(self, sequence_name, schema=None, **kw): return sequence_name in _d.sequence_names(schema)
    def get_table_names(self, schema=None, **kw): return _d.table_names(schema)
    def get_sorted_table_and_fkc_names(self, schema=None): return [(t, []) for t in _d.table_names(schema)]
    def get_view_names(self, schema=None, **kw): return _d.view_names(schema)
    def get_materialized_view_names(self, schema=None, **kw): return _d.materialized_view_names(schema)
    def get_sequence_names(self, schema=None, **kw): return _d.sequence_names(schema)
    def get_schema_names(self, **kw): return _d.schema_names()
    def get_columns(self, table_name, schema=None, **kw): return _d.columns(table_name, schema)
    def get_pk_constraint(self, table_name, schema=None, **kw): return _d.pk_constraint(table_name, schema)
    def get_primary_keys(self, table_name, schema=None, **kw): return _d.pk_constraint(table_name, schema)["constrained_columns"]
    def get_foreign_keys(self, table_name, schema=None, **kw): return _d.foreign_keys(table_name, schema)
    def get_indexes(self, table_name, schema=None, **kw): return _d.indexes(table_name, schema)
    def get_unique_constraints(self, table_name, schema=None, **kw): return _d.unique_constraints(table_name, schema)
    def get_check_constraints(self, table_name, schema=None, **kw): return _d.check_constraints(table_name, schema)
    def get_table_comment(self, table_name, schema=None, **kw): return {"text": _d.table_comment(table_name, schema)}
    def get_table_options(self, *a, **kw): return {}
    def get_enums(self, schema=None, **kw): return _d.enums(schema)
    def get_view_definition(self, *a, **kw): return _d.unknown("the text of a view is not kept for inspectors")
    def get_foreign_table_names(self, schema=None): return []
    def get_temp_table_names(self, **kw): return []
    def reflect_table(self, *a, **kw): pass
    def clear_cache(self): pass
PGInspector = Inspector
MockConnection = Connection
__open__ = "a part of sqlalchemy.engine is not modelled"

#: module sqlalchemy
from sqlalchemy.types import *
from sqlalchemy.sql.expression import *
from sqlalchemy.sql.expression import func, Values
from sqlalchemy.sql.schema import *
from sqlalchemy.engine import create_engine, engine_from_config, Engine, Connection, Inspector, Row, URL, make_url, create_mock_engine, Result
from sqlalchemy.types import Enum, JSON, ARRAY
import _decant as _d
__version__ = _d.sqlalchemy_version()
def inspect(subject, raiseerr=True):
    if isinstance(subject, type) or not hasattr(subject, "execute") and not isinstance(subject, (Connection, Engine)):
        return _d.inspect_other(subject)
    return Inspector(subject)
class event:
    __decant__ = True
    @staticmethod
    def listen(*a, **kw): pass
    @staticmethod
    def listens_for(*a, **kw): return lambda f: f
    @staticmethod
    def remove(*a, **kw): pass
    @staticmethod
    def contains(*a, **kw): return False
class pool:
    __decant__ = True
    NullPool = None
    StaticPool = None
    QueuePool = None
__open__ = "a part of sqlalchemy is not modelled"

#: module sqlalchemy.exc
class SQLAlchemyError(Exception): pass
class ArgumentError(SQLAlchemyError): pass
class ObjectNotExecutableError(ArgumentError): pass
class NoSuchModuleError(ArgumentError): pass
class CompileError(SQLAlchemyError): pass
class UnsupportedCompilationError(CompileError): pass
class IdentifierError(SQLAlchemyError): pass
class InvalidRequestError(SQLAlchemyError): pass
class NoInspectionAvailable(InvalidRequestError): pass
class NoResultFound(InvalidRequestError): pass
class MultipleResultsFound(InvalidRequestError): pass
class NoReferenceError(InvalidRequestError): pass
class NoReferencedTableError(NoReferenceError): pass
class NoReferencedColumnError(NoReferenceError): pass
class NoSuchTableError(InvalidRequestError): pass
class NoSuchColumnError(InvalidRequestError): pass
class UnboundExecutionError(InvalidRequestError): pass
class ResourceClosedError(InvalidRequestError): pass
class PendingRollbackError(InvalidRequestError): pass
class StatementError(SQLAlchemyError):
    orig = None
    statement = None
class DBAPIError(StatementError): pass
class InterfaceError(DBAPIError): pass
class DatabaseError(DBAPIError): pass
class DataError(DatabaseError): pass
class OperationalError(DatabaseError): pass
class IntegrityError(DatabaseError): pass
class InternalError(DatabaseError): pass
class ProgrammingError(DatabaseError): pass
class NotSupportedError(DatabaseError): pass
class SADeprecationWarning(Exception): pass
class SAWarning(Exception): pass
class TimeoutError(SQLAlchemyError): pass
__open__ = "a part of sqlalchemy.exc is not modelled"

#: module sqlalchemy.orm
import _decant as _d
from sqlalchemy.engine import Connection, Result, ScalarResult, Inspector
from sqlalchemy.sql.schema import Column, MetaData, Table, Constraint, Index, ForeignKey
from sqlalchemy.sql.expression import Select, func, and_, or_, text, select
from sqlalchemy.types import TypeEngine, to_instance, NullType
class Query:
    __decant__ = True
    def __init__(self, entities=(), session=None):
        self._entities = entities
    def _same(self, *a, **kw): return self
    filter = filter_by = join = outerjoin = order_by = group_by = having = options = limit = offset = distinct = where = select_from = with_for_update = execution_options = yield_per = enable_eagerloads = populate_existing = with_entities = params = add_columns = correlate = from_statement = union = union_all = autoflush = add_entity = _same
    def all(self): return []
    def first(self): return None
    def one(self): return _d.unknown("the rows of the application are not known")
    def one_or_none(self): return None
    def scalar(self): return None
    def get(self, *a): return None
    def count(self): return 0
    def exists(self): return False
    def update(self, *a, **kw):
        _d.data_note("update through the ORM")
        return 0
    def delete(self, *a, **kw):
        _d.data_note("delete through the ORM")
        return 0
    def subquery(self, *a): return self
    def scalar_subquery(self): return self
    def as_scalar(self): return self
    def slice(self, *a): return self
    def __iter__(self): return iter([])
    def __getitem__(self, i): return []
    @property
    def c(self): return _d.unknown("columns of a query of the application")
class Session(Connection):
    def __init__(self, bind=None, *a, **kw):
        Connection.__init__(self)
        self.bind = bind
        self.new = []
        self.dirty = []
    def query(self, *entities): return Query(entities, self)
    def add(self, *a, **kw): _d.data_note("rows added through the ORM")
    def add_all(self, *a, **kw): _d.data_note("rows added through the ORM")
    def merge(self, o, **kw):
        _d.data_note("rows merged through the ORM")
        return o
    def delete(self, *a): _d.data_note("rows deleted through the ORM")
    def flush(self, *a): pass
    def expunge_all(self): pass
    def expunge(self, *a): pass
    def expire_all(self): pass
    def refresh(self, *a, **kw): pass
    def get(self, *a, **kw): return None
    def get_bind(self, *a, **kw): return Connection()
    def connection(self, *a, **kw): return Connection()
    def bulk_save_objects(self, *a, **kw): _d.data_note("rows added through the ORM")
    def bulk_insert_mappings(self, *a, **kw): _d.data_note("rows added through the ORM")
    def bulk_update_mappings(self, *a, **kw): _d.data_note("rows changed through the ORM")
    def remove(self): pass
    def __call__(self, *a, **kw): return self
    @property
    def no_autoflush(self): return self
AsyncSession = Session
class sessionmaker:
    __decant__ = True
    def __init__(self, bind=None, *a, **kw): pass
    def __call__(self, *a, **kw): return Session()
    def begin(self): return Session()
    def configure(self, **kw): pass
    @classmethod
    def __class_getitem__(cls, item): return cls
async_sessionmaker = sessionmaker
class scoped_session(Session):
    def __init__(self, *a, **kw): Session.__init__(self)
    def __call__(self, *a, **kw): return Session()

class Mapped:
    __decant__ = True
    @classmethod
    def __class_getitem__(cls, item): return cls
DynamicMapped = WriteOnlyMapped = Mapped
class MappedColumn(Column): pass
def mapped_column(*args, **kw):
    for k in ("init", "repr", "default_factory", "compare", "kw_only", "use_existing_column", "deferred", "deferred_group", "deferred_raiseload", "active_history", "sort_order"):
        kw.pop(k, None)
    return Column(*args, **kw)
def column_property(c, *a, **kw): return c
def deferred(c, *a, **kw): return c
def synonym(*a, **kw): return None
def relationship(*a, **kw): return None
def backref(*a, **kw): return None
def composite(*a, **kw): return None
def validates(*a, **kw): return lambda f: f
def reconstructor(f): return f
def declared_attr(f): return _DeclaredAttr(f)
class _DeclaredAttr:
    __decant__ = True
    def __init__(self, function): self.function = function
declared_attr.directive = declared_attr
declared_attr.cascading = declared_attr
def remote(x): return x
def foreign(x): return x
def aliased(x, *a, **kw): return x
def joinedload(*a, **kw): return None
selectinload = subqueryload = lazyload = load_only = defer = undefer = noload = raiseload = contains_eager = joinedload
def close_all_sessions(): pass
def configure_mappers(): pass
def object_session(o): return Session()
def class_mapper(c, **kw): return c
def attribute_keyed_dict(*a): return dict
attribute_mapped_collection = attribute_keyed_dict

def _annotated(note):
    # The type that SQLAlchemy gives a column that only its annotation describes, and whether it may be NULL.
    from sqlalchemy.types import Integer, String, Boolean, Float, Numeric, DateTime, Date, Time, Interval, LargeBinary, Uuid
    known = {"int": Integer, "str": String, "bool": Boolean, "float": Float, "Decimal": Numeric, "datetime": DateTime, "date": Date, "time": Time, "timedelta": Interval, "bytes": LargeBinary, "UUID": Uuid}
    text = note.strip("\"'")
    if text.startswith("Mapped["):
        text = text[7:-1].strip("\"'")
    nullable = False
    if text.startswith("Optional["):
        nullable = True
        text = text[9:-1]
    parts = [p.strip() for p in text.split("|")]
    if "None" in parts:
        nullable = True
        parts = [p for p in parts if p != "None"]
    if len(parts) != 1:
        return (None, nullable)
    name = parts[0].split(".")[-1]
    return (known.get(name), nullable)
def _declare(cls, **kw):
    # A class with a table name and a metadata gets its table, as the declarative extension makes it.
    if cls.__dict__.get("__abstract__"):
        return
    ns = cls.__dict__
    if "metadata" not in ns and not hasattr(cls, "metadata"):
        return
    if isinstance(getattr(cls, "metadata", None), MetaData) is False:
        return
    given = ns.get("__table__")
    if given is not None:
        return
    name = None
    columns = []
    seen = set()
    late = []
    for k in reversed(list(cls.__mro__)):
        for key, value in list(k.__dict__.items()):
            if isinstance(value, _DeclaredAttr):
                if key == "__tablename__" or key.startswith("__"):
                    if k is not cls or key in ns:
                        try:
                            setattr(cls, key, value.function(cls))
                        except Exception:
                            pass
                    continue
                value = value.function(cls)
            if isinstance(value, Column):
                mixin = k is not cls
                note = k.__dict__.get("__annotations__", {}).get(key)
                if note is not None and (isinstance(value.type, NullType) or value._user_nullable is None):
                    t, nullable = _annotated(note)
                    if isinstance(value.type, NullType) and t is not None and not value.foreign_keys:
                        value.type = t()
                    elif isinstance(value.type, NullType) and t is not None:
                        value.type = t()
                    if value._user_nullable is None and not value.primary_key:
                        value.nullable = nullable
                c = value._copy() if mixin else value
                if c.name is None:
                    c.name = key
                c.key = c.name
                columns.append((key, c))
        for key, note in k.__dict__.get("__annotations__", {}).items():
            if key not in k.__dict__ and note is not None and note.startswith("Mapped["):
                t, nullable = _annotated(note)
                if t is not None:
                    columns.append((key, Column(key, t(), nullable=nullable)))
    name = getattr(cls, "__tablename__", None)
    if name is None or not isinstance(name, str):
        return
    args = getattr(cls, "__table_args__", ())
    kwargs = {}
    if isinstance(args, dict):
        kwargs = dict(args)
        args = ()
    elif args and isinstance(args[-1], dict):
        kwargs = dict(args[-1])
        args = args[:-1]
    table = getattr(cls, "__table__", None)
    order = {}
    for key, c in columns:
        order[key] = c
    kwargs["extend_existing"] = True
    table = Table(name, cls.metadata, *order.values(), *args, **kwargs)
    cls.__table__ = table
    for key, c in order.items():
        setattr(cls, key, c)
class _Base:
    __decant_model__ = True
    def __init__(self, *args, **kw):
        for k, v in kw.items():
            setattr(self, k, v)
    def __init_subclass__(cls, **kw): _declare(cls, **kw)
class registry:
    __decant__ = True
    def __init__(self, metadata=None, **kw):
        self.metadata = metadata if metadata is not None else MetaData()
    def generate_base(self, **kw): return declarative_base(metadata=self.metadata)
    def mapped(self, cls): return cls
    def map_imperatively(self, *a, **kw): pass
    def mapped_as_dataclass(self, *a, **kw): return lambda c: c
class DeclarativeBase(_Base):
    def __init_subclass__(cls, **kw):
        if DeclarativeBase in cls.__bases__:
            if "metadata" not in cls.__dict__:
                cls.metadata = MetaData()
            cls.registry = registry(metadata=cls.metadata)
        else:
            _declare(cls, **kw)
DeclarativeBaseNoMeta = DeclarativeBase
class MappedAsDataclass: 
    def __init_subclass__(cls, **kw): pass
class DeclarativeMeta(type): pass
def declarative_base(bind=None, metadata=None, mapper=None, cls=None, name="Base", constructor=None, class_registry=None, metaclass=None, **kw):
    bases = (_Base,)
    if cls is not None:
        bases = (cls, _Base) if not isinstance(cls, tuple) else cls + (_Base,)
    return type(name, bases, {"metadata": metadata if metadata is not None else MetaData(), "__abstract__": True})
def as_declarative(**kw):
    def decorate(cls):
        cls.metadata = kw.get("metadata") or MetaData()
        return type(cls.__name__, (cls, _Base), {"metadata": cls.metadata, "__abstract__": True})
    return decorate
def mapper(*a, **kw): pass
class Mapper:
    __decant__ = True
InstrumentedAttribute = Column
class attributes:
    __decant__ = True
__open__ = "a part of sqlalchemy.orm is not modelled"

#: module sqlalchemy.ext.declarative
from sqlalchemy.orm import declarative_base, declared_attr, as_declarative, DeclarativeMeta
class AbstractConcreteBase: pass
class ConcreteBase: pass
class DeferredReflection: pass
__open__ = "a part of sqlalchemy.ext.declarative is not modelled"

#: module sqlalchemy.ext.compiler
import _decant as _d
def compiles(class_, *specs):
    def decorate(fn):
        if not specs or "postgresql" in specs:
            _d.register_compiler(class_, fn)
        return fn
    return decorate
def deregister(class_): pass

#: module sqlalchemy.ext.mutable
class Mutable:
    @classmethod
    def as_mutable(cls, sqltype): return sqltype
    @classmethod
    def associate_with(cls, sqltype): pass
    @classmethod
    def coerce(cls, key, value): return value
class MutableDict(Mutable, dict): pass
class MutableList(Mutable, list): pass
class MutableSet(Mutable, set): pass
class MutableComposite(Mutable): pass

#: module sqlalchemy.ext.asyncio
from sqlalchemy.orm import Session, sessionmaker, scoped_session
from sqlalchemy.engine import Engine, Connection, create_engine, engine_from_config
class AsyncAttrs: pass
AsyncSession = Session
AsyncEngine = Engine
AsyncConnection = Connection
async_sessionmaker = sessionmaker
async_scoped_session = scoped_session
create_async_engine = create_engine
async_engine_from_config = engine_from_config
__open__ = "a part of sqlalchemy.ext.asyncio is not modelled"

#: module sqlalchemy.ext
__open__ = "a part of sqlalchemy.ext is not modelled"
#: module sqlalchemy.ext.hybrid
def hybrid_property(f): return property(f)
def hybrid_method(f): return f
#: module sqlalchemy.ext.associationproxy
def association_proxy(*a, **kw): return None
AssociationProxy = None
#: module sqlalchemy.ext.orderinglist
def ordering_list(*a, **kw): return list
#: module sqlalchemy.ext.indexable
def index_property(*a, **kw): return None
#: module sqlalchemy.ext.automap
from sqlalchemy.orm import declarative_base as automap_base
__open__ = "automap is not modelled"
#: module sqlalchemy.event
def listen(*a, **kw): pass
def listens_for(*a, **kw): return lambda f: f
def remove(*a, **kw): pass
def contains(*a, **kw): return False
#: module sqlalchemy.sql
from sqlalchemy.sql.expression import *
from sqlalchemy.sql.expression import func
from sqlalchemy.sql.schema import *
import sqlalchemy.types as sqltypes
__open__ = "a part of sqlalchemy.sql is not modelled"
#: module sqlalchemy.sql.functions
from sqlalchemy.sql.expression import func, Function, FunctionElement, GenericFunction
class now(GenericFunction): pass
class current_timestamp(GenericFunction): pass
class count(GenericFunction): pass
class coalesce(GenericFunction): pass
class random(GenericFunction): pass
def __getattr__(name): return getattr(func, name)
#: module sqlalchemy.sql.elements
from sqlalchemy.sql.expression import *
from sqlalchemy.sql.expression import _truncated_label
__open__ = "a part of sqlalchemy.sql.elements is not modelled"
#: module sqlalchemy.sql.ddl
from sqlalchemy.sql.schema import *
__open__ = "a part of sqlalchemy.sql.ddl is not modelled"
#: module sqlalchemy.sql.type_api
from sqlalchemy.types import *
#: module sqlalchemy.sql.base
from sqlalchemy.sql.expression import *
__open__ = "a part of sqlalchemy.sql.base is not modelled"
#: module sqlalchemy.util
class FacadeDict(dict): pass
class immutabledict(dict): pass
__open__ = "sqlalchemy.util is not modelled"
#: module sqlalchemy.pool
__open__ = "sqlalchemy.pool is not modelled"
