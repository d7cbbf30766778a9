#: module sqlalchemy.orm
import _decant as _d
from sqlalchemy.engine import Connection, Result, ScalarResult, Inspector, Transaction
from sqlalchemy.sql.schema import Column, MetaData, Table, Constraint, Index, ForeignKey
from sqlalchemy.sql.expression import Select, func, and_, or_, text, select
from sqlalchemy.types import TypeEngine, to_instance, NullType
class Query:
    __decant__ = True
    def __init__(self, entities=(), session=None):
        self._entities = entities
        self._session = session
    def _same(self, *a, **kw): return self
    filter = filter_by = join = outerjoin = order_by = group_by = having = options = limit = offset = distinct = where = select_from = with_for_update = execution_options = yield_per = enable_eagerloads = populate_existing = with_entities = params = add_columns = correlate = from_statement = union = union_all = autoflush = add_entity = _same
    def _rows(self, empty):
        # What the history wrote is there; what of it a query through the ORM finds is not followed.
        if self._session is not None:
            self._session.flush()
        for e in self._entities:
            if _d.may_have_rows(e):
                return _d.unknown("rows that the history wrote are read through the ORM")
        return empty
    def all(self): return self._rows([])
    def first(self): return self._rows(None)
    def one(self): return _d.unknown("the rows of the application are not known")
    def one_or_none(self): return self._rows(None)
    def scalar(self): return self._rows(None)
    def get(self, *a): return self._rows(None)
    def count(self): return self._rows(0)
    def exists(self): return self._rows(False)
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
    def __iter__(self): return iter(self._rows([]))
    def __getitem__(self, i): return self._rows([])
    @property
    def c(self): return _d.unknown("columns of a query of the application")
def _insert(o):
    # One object as its row; values that Python's side of the mapping would make are not followed.
    table = getattr(type(o), "__table__", None)
    if table is None:
        _d.data_note("rows added through the ORM")
        return
    row = {}
    for c in table.columns:
        if c.key in o.__dict__:
            row[c.key] = o.__dict__[c.key]
        elif c.default is not None:
            row[c.key] = _d.unknown("a default that Python computes")
    _d.bulk_insert(type(o), [row])
    for c in table.columns:
        if c.primary_key and c.key not in o.__dict__:
            setattr(o, c.key, _d.unknown("a key that the database gives"))
class _Begun(Transaction):
    def __init__(self, session):
        Transaction.__init__(self)
        self._session = session
    def __exit__(self, *a):
        self._session.flush()
class Session(Connection):
    def __init__(self, bind=None, *a, **kw):
        Connection.__init__(self)
        self.bind = bind
        self.new = []
        self.dirty = []
    def query(self, *entities): return Query(entities, self)
    def add(self, o, *a, **kw): self.new.append(o)
    def add_all(self, objects, *a, **kw): self.new.extend(objects)
    def merge(self, o, **kw):
        _d.data_note("rows merged through the ORM")
        return o
    def delete(self, *a): _d.data_note("rows deleted through the ORM")
    def flush(self, *a):
        pending = self.new
        self.new = []
        for o in pending:
            _insert(o)
    def commit(self):
        self.flush()
    def begin(self, *a, **kw): return _Begun(self)
    def __exit__(self, *a):
        self.flush()
    def close(self): pass
    def execute(self, *a, **kw):
        self.flush()
        return Connection.execute(self, *a, **kw)
    def expunge_all(self): pass
    def expunge(self, *a): pass
    def expire_all(self): pass
    def refresh(self, *a, **kw): pass
    def get(self, *a, **kw): return None
    def get_bind(self, *a, **kw): return Connection()
    def connection(self, *a, **kw): return Connection()
    def bulk_save_objects(self, objects, *a, **kw):
        for o in objects:
            _insert(o)
    def bulk_insert_mappings(self, mapper, rows, *a, **kw): _d.bulk_insert(mapper, rows)
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
    def configure(self, **kw): pass
    @property
    def registry(self): return self
    def query_property(self, *a, **kw): return Query()

from typing import Annotated, Literal, Union, _Alias, _Special, _union
class _MappedSpecial(_Special): pass
Mapped = _MappedSpecial("Mapped")
DynamicMapped = _MappedSpecial("DynamicMapped")
WriteOnlyMapped = _MappedSpecial("WriteOnlyMapped")
class MappedColumn(Column): pass
def mapped_column(*args, **kw):
    for k in ("init", "repr", "default_factory", "compare", "kw_only", "use_existing_column", "deferred", "deferred_group", "deferred_raiseload", "active_history"):
        kw.pop(k, None)
    order = kw.pop("sort_order", 0)
    c = Column(*args, **kw)
    c._sort_order = order
    c._mapped = True
    return c
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
class Load:
    # A loading strategy, whatever it says: rows of the application are not loaded.
    __decant__ = True
    def __init__(self, *a, **kw): pass
    def _same(self, *a, **kw): return self
    options = joinedload = selectinload = subqueryload = lazyload = load_only = defer = undefer = noload = raiseload = contains_eager = immediateload = _same
def joinedload(*a, **kw): return Load()
selectinload = subqueryload = lazyload = load_only = defer = undefer = noload = raiseload = contains_eager = immediateload = with_loader_criteria = joinedload
def close_all_sessions(): pass
def configure_mappers(): pass
def object_session(o): return Session()
def class_mapper(c, **kw): return c
def attribute_keyed_dict(*a): return dict
attribute_mapped_collection = attribute_keyed_dict

def _annotation(note, owner):
    # The Python type that an annotation names, whether it may be NULL, and, where its names lead nowhere, what they usually mean.
    found = _d.annotation(owner, note)
    nullable = False
    for step in range(16):
        if _d.is_unknown(found):
            type_, optional = _by_name(note)
            return (found, nullable or optional, type_)
        if isinstance(found, str):
            note = found
            found = _d.annotation(owner, note)
        elif isinstance(found, _Alias) and isinstance(found.__origin__, _MappedSpecial):
            found = found.__args__[0]
        elif isinstance(found, _Alias) and found.__origin__ is Union:
            parts = []
            for part in found.__args__:
                if isinstance(part, str):
                    note = part
                    part = _d.annotation(owner, part)
                if isinstance(part, _Alias) and part.__origin__ is Union:
                    parts.extend(part.__args__)
                else:
                    parts.append(part)
            rest = [p for p in parts if p is not None]
            nullable = nullable or len(rest) < len(parts)
            if len(rest) != 1:
                break
            found = rest[0]
        else:
            break
    return (found, nullable, None)
def _mapped_as(note, owner, cls):
    # The type that SQLAlchemy gives a column by its annotation, whether it may be NULL, and the column that an `Annotated`
    # brings along: sqlalchemy.orm.properties.MappedColumn.
    found, nullable, type_ = _annotation(note, owner)
    if _d.is_unknown(found):
        return (type_, nullable, None)
    checks = [found]
    column = None
    if isinstance(found, _Alias) and found.__origin__ is Annotated:
        inner = found.__args__[0]
        if isinstance(inner, str):
            inner = _d.annotation(owner, inner)
        if isinstance(inner, _Alias) and inner.__origin__ is Union:
            rest = [p for p in inner.__args__ if p is not None]
            nullable = nullable or len(rest) < len(inner.__args__)
            if len(rest) == 1:
                inner = rest[0]
        checks.append(inner)
        for extra in found.__args__[1:]:
            if isinstance(extra, Column):
                column = extra
                break
    for check in checks:
        type_ = _type_for(check, cls)
        if type_ is not None:
            return (type_, nullable, column)
    return (None, nullable, column)
def _type_for(wanted, cls):
    # sqlalchemy.orm.decl_api.registry._resolve_type
    from sqlalchemy.types import Enum
    import enum
    given = getattr(cls, "type_annotation_map", None)
    if given is None:
        given = getattr(getattr(cls, "registry", None), "type_annotation_map", None)
    if _d.is_unknown(wanted) or _d.is_unknown(given):
        return _d.unknown("the type of an annotation is not known")
    search = [wanted]
    is_literal = isinstance(wanted, _Alias) and wanted.__origin__ is Literal
    is_enum = isinstance(wanted, type) and hasattr(wanted, "__members__")
    if is_literal:
        search.append(Literal)
    elif is_enum:
        search = list(wanted.__mro__)
    for each in search:
        type_ = None
        for key, value in (given or {}).items():
            if key is each or key == each:
                type_ = value
        if type_ is None and each is Literal and is_literal:
            return Enum(*wanted.__args__, native_enum=False)
        if type_ is None and each is enum.Enum:
            return Enum(wanted)
        if type_ is None and not is_literal and not is_enum:
            type_ = _by_class(each)
        if type_ is None:
            continue
        type_ = to_instance(type_)
        if isinstance(type_, Enum) and (is_literal or is_enum):
            # `sa.Enum(enum.Enum, ...)` stands for every enumeration; its arguments stay.
            if each is wanted and type_.enum_class is not enum.Enum:
                return type_
            kw = dict(type_._given)
            if is_literal:
                kw["native_enum"] = False
                return Enum(*wanted.__args__, **kw)
            return Enum(wanted, **kw)
        if each is wanted:
            return type_
    return None
def _by_class(wanted):
    import datetime, decimal, uuid
    from sqlalchemy.types import Integer, String, Boolean, Float, Numeric, DateTime, Date, Time, Interval, LargeBinary, Uuid
    known = [(int, Integer), (str, String), (bool, Boolean), (float, Float), (bytes, LargeBinary), (decimal.Decimal, Numeric), (datetime.datetime, DateTime), (datetime.date, Date), (datetime.time, Time), (datetime.timedelta, Interval), (uuid.UUID, Uuid)]
    for class_, type_ in known:
        if wanted is class_:
            return type_
    return None
def _by_name(note):
    # The same where the names of the annotation lead nowhere, `if TYPE_CHECKING` for one: by what they are usually called.
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
    return (known.get(parts[0].split(".")[-1]), nullable)
def _merge(given, other):
    # What a column inside of `Annotated` gives another one: sqlalchemy.sql.schema.Column._merge.
    if given.primary_key:
        other.primary_key = True
        other.nullable = False
    if given._user_nullable is not None and other._user_nullable is None:
        other.nullable = given.nullable
        other._user_nullable = given._user_nullable
    if isinstance(other.type, NullType) and not isinstance(given.type, NullType):
        other.type = given.type
    if given.autoincrement != "auto" and other.autoincrement == "auto":
        other.autoincrement = given.autoincrement
    for name in ("default", "onupdate", "comment", "index", "unique", "sequence", "identity", "computed"):
        if getattr(other, name) is None:
            setattr(other, name, getattr(given, name))
    if other.server_default is None and other.identity is None and other.computed is None:
        other.server_default = given.server_default
    for constraint in given.constraints:
        other.constraints.append(_d.copy(constraint))
    for f in given._copy().foreign_keys:
        other.append_foreign_key(f)
    if other._part is None:
        other._part = given._part
def _describe(c, note, owner, cls):
    # A mapped column by its annotation in a class or, for one that a function declares, of what that returns.
    type_, nullable, extra = _mapped_as(note, owner, cls)
    if c._user_nullable is None and not c.primary_key:
        c.nullable = nullable
    if extra is not None:
        _merge(extra, c)
    if isinstance(c.type, NullType) and not c.foreign_keys:
        c.type = to_instance(type_ if type_ is not None else _d.unknown("the type that " + note + " stands for is not known"))
def _snake(name):
    # UserAccount and HTTPLog as Flask-SQLAlchemy names their tables: user_account, http_log.
    out = ""
    for i in range(len(name)):
        c = name[i]
        after = name[i - 1:i]
        if c.isupper() and i > 0 and (after.islower() or after.isdigit() or name[i + 1:i + 2].islower()):
            out = out + "_"
        out = out + c.lower()
    return out
def _members(k):
    # Names of a class's namespace and of its annotations, in the order of their definition.
    names = []
    given = list(k.__dict__.keys())
    done = 0
    for n in k.__dict__.get("__annotations__", {}):
        if n not in k.__dict__:
            names.append(n)
        elif given.index(n) >= done:
            names.extend(given[done:given.index(n) + 1])
            done = given.index(n) + 1
    names.extend(given[done:])
    return names
def _columns_of(cls, k, seen):
    # The columns that a class of the inheritance brings along, as SQLAlchemy orders them: those that a function declares
    # come behind the others of a mixin. What a class below defines hides what it has.
    plain = []
    declared = []
    notes = k.__dict__.get("__annotations__", {})
    for key in _members(k):
        if key.startswith("__") or key in seen:
            continue
        seen.add(key)
        value = k.__dict__.get(key)
        late = isinstance(value, _DeclaredAttr)
        if late:
            value = value.function(cls)
        note = notes.get(key)
        if late:
            note = getattr(k.__dict__.get(key).function, "__annotations__", {}).get("return")
        mapped = note is not None and note.strip("\"'").split("[")[0].split(".")[-1] == "Mapped"
        if isinstance(value, Column):
            c = value._copy() if k is not cls and not late else value
            # The annotation of a plain Column() says nothing to SQLAlchemy.
            if c._mapped and mapped:
                _describe(c, note, k, cls)
            if c.name is None:
                c.name = key
            c.key = c.name
        elif key not in k.__dict__ and mapped:
            c = mapped_column(key)
            _describe(c, note, k, cls)
        else:
            continue
        if late and k is not cls:
            declared.append((key, c))
        else:
            plain.append((key, c))
    return plain + declared
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
    # What functions declare is asked anew for each class, unless a class nearer to it says otherwise.
    decided = []
    made = []
    for k in cls.__mro__:
        for key, value in list(k.__dict__.items()):
            if not key.startswith("__") or key in decided or key in k.__dict__.get("__decant_made__", ()):
                continue
            decided.append(key)
            if isinstance(value, _DeclaredAttr):
                try:
                    setattr(cls, key, value.function(cls))
                    made.append(key)
                except Exception:
                    pass
    cls.__decant_made__ = made
    parents = [k for k in list(cls.__mro__)[1:] if k.__dict__.get("__table__") is not None]
    columns = []
    seen = set()
    for k in cls.__mro__:
        if not any(issubclass(p, k) for p in parents):
            columns.extend(_columns_of(cls, k, seen))
    if int(_d.sqlalchemy_version().split(".")[0]) < 2:
        columns = sorted(columns, key=lambda pair: pair[1]._creation)
    else:
        columns = sorted(columns, key=lambda pair: pair[1]._sort_order)
    if parents and cls.__dict__.get("__tablename__") is None:
        # Inheritance in a single table: the columns are those of the class above.
        cls.__table__ = parents[0].__table__
        for key, c in columns:
            cls.__table__.append_column(c)
            setattr(cls, key, c)
        return
    name = getattr(cls, "__tablename__", None)
    if name is None and getattr(cls, "__auto_tablename__", False) and any(c.primary_key for key, c in columns):
        name = _snake(cls.__name__)
    if name is None or not isinstance(name, str):
        return
    args = getattr(cls, "__table_args__", ()) if not parents else cls.__dict__.get("__table_args__", ())
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
class _Base:
    __decant_model__ = True
    def __init__(self, *args, **kw):
        for k, v in kw.items():
            setattr(self, k, v)
    def __init_subclass__(cls, **kw): _declare(cls, **kw)
class registry:
    __decant__ = True
    def __init__(self, metadata=None, type_annotation_map=None, **kw):
        self.type_annotation_map = type_annotation_map
        self.metadata = metadata if metadata is not None else MetaData()
    def generate_base(self, **kw):
        base = declarative_base(metadata=self.metadata)
        base.registry = self
        return base
    def mapped(self, cls):
        if not hasattr(cls, "metadata"):
            cls.metadata = self.metadata
        cls.registry = self
        _declare(cls)
        return cls
    def map_imperatively(self, *a, **kw): pass
    def mapped_as_dataclass(self, cls=None, **kw): return self.mapped if cls is None else self.mapped(cls)
class DeclarativeBase(_Base):
    def __init_subclass__(cls, **kw):
        if DeclarativeBase in cls.__bases__:
            if "registry" not in cls.__dict__:
                cls.registry = registry(metadata=cls.__dict__.get("metadata"))
            if "metadata" not in cls.__dict__:
                cls.metadata = cls.registry.metadata
        else:
            _declare(cls, **kw)
DeclarativeBaseNoMeta = DeclarativeBase
class MappedAsDataclass:
    def __init_subclass__(cls, init=None, repr=None, eq=None, order=None, unsafe_hash=None, match_args=None, kw_only=None, dataclass_callable=None, **kw):
        super().__init_subclass__(**kw)
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

#: module sqlalchemy.testing
__open__ = "sqlalchemy.testing is not modelled"
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
