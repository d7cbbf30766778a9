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
    @classmethod
    def __class_getitem__(cls, item): return cls

class _Compiled:
    __decant__ = True
    def __init__(self, string, statement):
        self.string = string
        self.statement = statement
        self.params = {}
    def __str__(self):
        return self.string

class _OwnRendering:
    __decant__ = True
class _Compiler:
    __decant__ = True
    def process(self, element, **kw): return _d.render(element)
    def visit_create_table(self, element, **kw): return _d.unknown("a compiler that builds on SQLAlchemy's own is not modelled")
    visit_drop_table = visit_create_index = visit_create_table
    # What SQLAlchemy itself makes of a constraint, as it is when its compiler is asked.
    def visit_foreign_key_constraint(self, element, **kw): return _OwnRendering()
    visit_check_constraint = visit_unique_constraint = visit_primary_key_constraint = visit_foreign_key_constraint
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
    def as_string(self):
        from sqlalchemy.types import String
        return Cast(self.astext, String())
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
    @property
    def arg(self): return self  # a server default is kept without its DefaultClause
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
                copy._binds[k] = BindParameter(k, v, copy._binds[k].type, expanding=copy._binds[k].expanding)
            else:
                copy._binds[k] = v
        return copy
    def columns(self, *a, **kw):
        return self
    def __and__(self, other): return and_(self, other)
class FunctionElement(ColumnElement, Executable):
    __visit__ = "func"
    def __init__(self, *clauses, **kw):
        if type(self) is FunctionElement or type(self) is Function:
            self._named(*clauses, **kw)
        else:
            # A class of the project: its arguments are the function's.
            self._named(getattr(type(self), "name", None) or type(self).__name__, clauses, **kw)
    def _named(self, name, args=(), **kw):
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
        self._named(getattr(type(self), "name", None) or type(self).__name__, args)
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
    _reflected = None
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
        raise self._absent(AttributeError(name), name)
    def _absent(self, error, name):
        # Columns that were read from the schema: it is the schema that lacks this one.
        if self._reflected is not None:
            error._missing_tables = [self._reflected + (name,)]
        return error
    def __getitem__(self, key):
        if isinstance(key, int):
            return list(self._all.values())[key]
        if key not in self._all:
            raise self._absent(KeyError(key), key)
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
    def join(self, right, onclause=None, isouter=False, full=False): return Join(self, right, onclause, isouter, full)
    def outerjoin(self, right, onclause=None, full=False): return Join(self, right, onclause, True, full)
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
        self.name = name
    @property
    def c(self): return _Derived(self)
    @property
    def columns(self): return _Derived(self)
class Join(FromClause):
    __visit__ = "join"
    def __init__(self, left, right, onclause=None, isouter=False, full=False):
        self.left = left
        self.right = right
        self.onclause = onclause
        self.isouter = isouter
        self.full = full
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
        self.correlate_ = None
    def select_from(self, *froms): return self._with(from_=self.from_ + list(froms))
    def join(self, right, onclause=None, isouter=False, full=False): return self._with(joins_=self.joins_ + [(right, onclause, isouter, full)])
    def outerjoin(self, right, onclause=None, full=False): return self._with(joins_=self.joins_ + [(right, onclause, True, full)])
    def join_from(self, left, right, onclause=None, isouter=False, full=False): return self._with(from_=self.from_ + [left], joins_=self.joins_ + [(right, onclause, isouter, full)])
    def outerjoin_from(self, left, right, onclause=None, full=False): return self.join_from(left, right, onclause, True, full)
    def order_by(self, *cols): return self._with(order_=self.order_ + _flat(cols))
    def group_by(self, *cols): return self._with(group_=self.group_ + _flat(cols))
    def having(self, *criteria): return self._with(having_=self.having_ + list(criteria))
    def limit(self, n): return self._with(limit_=n)
    def offset(self, n): return self._with(offset_=n)
    def distinct(self, *cols): return self._with(distinct_=_flat(cols) or True)
    def add_columns(self, *cols): return self._with(columns_=self.columns_ + list(cols))
    def column(self, col): return self.add_columns(col)
    def correlate(self, *a): return self._with(correlate_=(self.correlate_ or []) + [f for f in a if f is not None])
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
    def correlate(self, *c): return ScalarSelect(self.element.correlate(*c))
class Exists(ColumnElement):
    __visit__ = "exists"
    def __init__(self, element=None):
        self.element = element
    def where(self, *c): return Exists(self.element.where(*c))
    def select_from(self, *c): return Exists(self.element.select_from(*c))
    def correlate(self, *c): return Exists(self.element.correlate(*c))
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
def join(left, right, onclause=None, isouter=False, full=False): return Join(left, right, onclause, isouter, full)
def outerjoin(left, right, onclause=None, full=False): return Join(left, right, onclause, True, full)
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

