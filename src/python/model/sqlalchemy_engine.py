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
    supports_sequences = True
    sequences_optional = True
    supports_identity_columns = True
    supports_schemas = True
    supports_alter = True
    supports_native_boolean = True
    supports_native_uuid = True
    insert_returning = True
    implicit_returning = True
    has_terminate = True
    max_identifier_length = 63
    paramstyle = "pyformat"
    @property
    def dialect_description(self): return self.name + "+" + self.driver
    def __init__(self):
        self.ischema_names = {}
        self.identifier_preparer = IdentifierPreparer()
    def type_descriptor(self, t): return t() if isinstance(t, type) else t
    def has_table(self, connection, table_name, schema=None, **kw): return _d.has_table(table_name, schema)
    def has_sequence(self, connection, name, schema=None, **kw): return name in _d.sequence_names(schema)
    def has_index(self, connection, table_name, index_name, schema=None, **kw): return index_name in [i["name"] for i in _d.indexes(table_name, schema)]
    def has_type(self, connection, name, schema=None, **kw): return name in [e["name"] for e in _d.enums(schema)]
    def get_columns(self, connection, table_name, schema=None, **kw): return _d.columns(table_name, schema)
    def get_pk_constraint(self, connection, table_name, schema=None, **kw): return _d.pk_constraint(table_name, schema)
    def get_foreign_keys(self, connection, table_name, schema=None, **kw): return _d.foreign_keys(table_name, schema)
    def get_indexes(self, connection, table_name, schema=None, **kw): return _d.indexes(table_name, schema)
    def get_unique_constraints(self, connection, table_name, schema=None, **kw): return _d.unique_constraints(table_name, schema)
    def get_check_constraints(self, connection, table_name, schema=None, **kw): return _d.check_constraints(table_name, schema)
    def get_table_names(self, connection, schema=None, **kw): return _d.table_names(schema)
    def get_view_names(self, connection, schema=None, **kw): return _d.view_names(schema)
    def get_schema_names(self, connection, **kw): return _d.schema_names()
    def get_sequence_names(self, connection, schema=None, **kw): return _d.sequence_names(schema)
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
    driver = "psycopg2"
    def __init__(self):
        self._dialect = Dialect()
        self.url = URL()
    @property
    def dialect(self): return _d.answered("dialect", self._dialect)
    @property
    def name(self): return _d.answered("dialect", "postgresql")
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
        self._dialect = Dialect()
        self.info = {}
    @property
    def dialect(self): return _d.answered("dialect", self._dialect)
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
        self._cache = {}
    @classmethod
    def from_engine(cls, bind): return cls(bind)
    def _once(self, what, table, schema):
        # An inspector asks once, and goes on telling that, the very same objects, whatever happens to the schema.
        key = (what.__name__, table, schema)
        if key not in self._cache:
            self._cache[key] = what(schema) if table is None else what(table, schema)
        return self._cache[key]
    def has_table(self, table_name, schema=None, **kw):
        if _d.sqlalchemy_version().startswith("1."):
            return _d.has_table(table_name, schema)
        return self._once(_d.has_table, table_name, schema)
    def has_index(self, table_name, index_name, schema=None, **kw): return index_name in [i["name"] for i in self.get_indexes(table_name, schema)]
    def has_schema(self, schema_name, **kw): return schema_name in _d.schema_names()
    def has_sequence(self, sequence_name, schema=None, **kw): return sequence_name in _d.sequence_names(schema)
    def get_table_names(self, schema=None, **kw): return self._once(_d.table_names, None, schema)
    def get_sorted_table_and_fkc_names(self, schema=None): return [(t, []) for t in _d.table_names(schema)]
    def get_view_names(self, schema=None, **kw): return self._once(_d.view_names, None, schema)
    def get_materialized_view_names(self, schema=None, **kw): return self._once(_d.materialized_view_names, None, schema)
    def get_sequence_names(self, schema=None, **kw): return self._once(_d.sequence_names, None, schema)
    def get_schema_names(self, **kw): return _d.schema_names()
    def get_columns(self, table_name, schema=None, **kw): return self._once(_d.columns, table_name, schema)
    def get_pk_constraint(self, table_name, schema=None, **kw): return self._once(_d.pk_constraint, table_name, schema)
    def get_primary_keys(self, table_name, schema=None, **kw): return self._once(_d.pk_constraint, table_name, schema)["constrained_columns"]
    def get_foreign_keys(self, table_name, schema=None, **kw): return self._once(_d.foreign_keys, table_name, schema)
    def get_indexes(self, table_name, schema=None, **kw): return self._once(_d.indexes, table_name, schema)
    def get_unique_constraints(self, table_name, schema=None, **kw): return self._once(_d.unique_constraints, table_name, schema)
    def get_check_constraints(self, table_name, schema=None, **kw): return self._once(_d.check_constraints, table_name, schema)
    def get_table_comment(self, table_name, schema=None, **kw): return {"text": _d.table_comment(table_name, schema)}
    def get_table_options(self, *a, **kw): return {}
    def get_enums(self, schema=None, **kw): return self._once(_d.enums, None, schema)
    def get_view_definition(self, *a, **kw): return _d.unknown("the text of a view is not kept for inspectors")
    def get_foreign_table_names(self, schema=None): return []
    def get_temp_table_names(self, **kw): return []
    def reflect_table(self, *a, **kw): pass
    def clear_cache(self): self._cache = {}
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

