#: module sqlalchemy.dialects
__open__ = "this dialect is not modelled"
#: module sqlalchemy.dialects.postgresql
import _decant as _d
from sqlalchemy.types import *
from sqlalchemy.types import to_instance, TypeEngine, _TypeAffinity
from sqlalchemy.types import ARRAY as _ARRAY, JSON as _JSON, Enum as _Enum, Interval as _Interval, TIMESTAMP as _TIMESTAMP, TIME as _TIME, UUID as _UUID, SchemaType
from sqlalchemy.sql.expression import Insert, Tuple, FunctionElement, ColumnElement, ClauseElement, _table_of, ClauseList
from sqlalchemy.sql.schema import ColumnCollectionConstraint, Constraint, Column, _CreateDrop

class ARRAY(_ARRAY): pass
class JSON(_JSON):
    def __init__(self, none_as_null=False, astext_type=None):
        self.none_as_null = none_as_null
class JSONB(JSON):
    __visit_name__ = "JSONB"
class JSONPATH(TypeEngine):
    __visit_name__ = "JSONPATH"
class UUID(_UUID):
    def __init__(self, as_uuid=False):
        self.as_uuid = as_uuid
        self.native_uuid = True
class TIMESTAMP(_TIMESTAMP):
    def __init__(self, timezone=False, precision=None):
        self.timezone = timezone
        self.precision = precision
class TIME(_TIME):
    def __init__(self, timezone=False, precision=None):
        self.timezone = timezone
        self.precision = precision
class INTERVAL(_Interval):
    def __init__(self, precision=None, fields=None):
        self.precision = precision
        self.fields = fields
PGInterval = INTERVAL
class BYTEA(LargeBinary):
    __visit_name__ = "BYTEA"
class INET(TypeEngine):
    __visit_name__ = "INET"
PGInet = INET
class CIDR(TypeEngine):
    __visit_name__ = "CIDR"
class MACADDR(TypeEngine):
    __visit_name__ = "MACADDR"
class MACADDR8(TypeEngine):
    __visit_name__ = "MACADDR8"
class MONEY(TypeEngine):
    __visit_name__ = "MONEY"
class OID(TypeEngine):
    __visit_name__ = "OID"
class REGCLASS(TypeEngine):
    __visit_name__ = "REGCLASS"
class REGCONFIG(TypeEngine):
    __visit_name__ = "REGCONFIG"
class TSVECTOR(TypeEngine):
    __visit_name__ = "TSVECTOR"
class TSQUERY(TypeEngine):
    __visit_name__ = "TSQUERY"
class CITEXT(TEXT):
    __visit_name__ = "CITEXT"
class BIT(TypeEngine):
    __visit_name__ = "BIT"
    def __init__(self, length=None, varying=False):
        self.length = length if varying else (length or 1)
        self.varying = varying
class HSTORE(TypeEngine):
    __visit_name__ = "HSTORE"
    def __init__(self, text_type=None): pass
class AbstractRange(TypeEngine): pass
class INT4RANGE(AbstractRange):
    __visit_name__ = "INT4RANGE"
class INT8RANGE(AbstractRange):
    __visit_name__ = "INT8RANGE"
class NUMRANGE(AbstractRange):
    __visit_name__ = "NUMRANGE"
class DATERANGE(AbstractRange):
    __visit_name__ = "DATERANGE"
class TSRANGE(AbstractRange):
    __visit_name__ = "TSRANGE"
class TSTZRANGE(AbstractRange):
    __visit_name__ = "TSTZRANGE"
class INT4MULTIRANGE(AbstractRange):
    __visit_name__ = "INT4MULTIRANGE"
class INT8MULTIRANGE(AbstractRange):
    __visit_name__ = "INT8MULTIRANGE"
class NUMMULTIRANGE(AbstractRange):
    __visit_name__ = "NUMMULTIRANGE"
class DATEMULTIRANGE(AbstractRange):
    __visit_name__ = "DATEMULTIRANGE"
class TSMULTIRANGE(AbstractRange):
    __visit_name__ = "TSMULTIRANGE"
class TSTZMULTIRANGE(AbstractRange):
    __visit_name__ = "TSTZMULTIRANGE"
class ENUM(_Enum):
    def __init__(self, *enums, name=None, create_type=True, metadata=None, schema=None, **kw):
        if name is not None:
            kw["name"] = name
        kw["metadata"] = metadata
        kw["schema"] = schema
        _Enum.__init__(self, *enums, **kw)
        self.native_enum = True
        self.create_type = create_type
    def create(self, bind=None, checkfirst=True):
        _d.enum_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=True):
        _d.type_drop(self, checkfirst)
class DOMAIN(SchemaType, TypeEngine):
    __visit_name__ = "DOMAIN"
    def __init__(self, name, data_type, collation=None, default=None, constraint_name=None, not_null=None, check=None, create_type=True, schema=None, **kw):
        self.name = name
        self.data_type = to_instance(data_type)
        self.collation = collation
        self.default = default
        self.constraint_name = constraint_name
        self.not_null = not_null
        self.check = check
        self.create_type = create_type
        self.schema = schema
    def create(self, bind=None, checkfirst=True): _d.domain_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=True): _d.type_drop(self, checkfirst)
class CreateEnumType:
    pass
class ExcludeConstraint(ColumnCollectionConstraint):
    _kind = "ex"
    def __init__(self, *elements, **kw):
        self.using = kw.pop("using", "gist")
        self.where = kw.pop("where", None)
        self.ops = kw.pop("ops", {})
        name = kw.pop("name", None)
        Constraint.__init__(self, name, kw.pop("deferrable", None), kw.pop("initially", None))
        self.elements = [e for e in elements if isinstance(e, (tuple, list))]
        self._given = [e[0] for e in self.elements if isinstance(e[0], str) or isinstance(e[0], Column)]
def insert(table, **kw): return Insert(_table_of(table))
class array(ColumnElement):
    __visit__ = "array"
    def __init__(self, clauses, type_=None, **kw):
        self.clauses = list(clauses)
        self.element_type = type_
def array_agg(*a, **kw): return FunctionElement("array_agg", a)
class aggregate_order_by(ColumnElement):
    __visit__ = "unmodelled"
    def __init__(self, *a): pass
class hstore(FunctionElement):
    def __init__(self, *a, **kw): FunctionElement.__init__(self, "hstore", a)
class Range: 
    __decant__ = True
    def __init__(self, lower=None, upper=None, bounds="[)", empty=False):
        self.lower = lower
        self.upper = upper
        self.bounds = bounds
class CreateEnumType(_CreateDrop):
    __visit__ = "create_enum_type"
class DropEnumType(_CreateDrop):
    __visit__ = "drop_enum_type"
class CreateDomainType(_CreateDrop):
    __visit__ = "create_domain_type"
class DropDomainType(_CreateDrop):
    __visit__ = "drop_domain_type"
def to_tsvector(*a): return FunctionElement("to_tsvector", a)
def to_tsquery(*a): return FunctionElement("to_tsquery", a)
from sqlalchemy.engine import Dialect as dialect
class psycopg2:
    __decant__ = True
class asyncpg:
    __decant__ = True
PGDialect = PGDialect_psycopg2 = PGDialect_psycopg = PGDialect_asyncpg = PGDialect_pg8000 = dialect
__open__ = "a part of sqlalchemy.dialects.postgresql is not modelled"
#: module sqlalchemy.dialects.postgresql.base
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.dialects.postgresql import dialect as PGDialect
ischema_names = {}
#: module sqlalchemy.dialects.postgresql.json
from sqlalchemy.dialects.postgresql import JSON, JSONB, JSONPATH
#: module sqlalchemy.dialects.postgresql.array
from sqlalchemy.dialects.postgresql import ARRAY, array
#: module sqlalchemy.dialects.postgresql.ranges
from sqlalchemy.dialects.postgresql import *
#: module sqlalchemy.dialects.postgresql.ext
from sqlalchemy.dialects.postgresql import ExcludeConstraint, aggregate_order_by, array_agg
#: module sqlalchemy.dialects.postgresql.dml
from sqlalchemy.dialects.postgresql import insert, Insert
#: module sqlalchemy.dialects.sqlite
from sqlalchemy.types import *
from sqlalchemy.sql.expression import Insert, _table_of
def insert(table, **kw): return Insert(_table_of(table))
class dialect:
    __decant__ = True
    name = "sqlite"
class SQLiteDialect:
    name = "sqlite"
__open__ = "a part of sqlalchemy.dialects.sqlite is not modelled"
#: module sqlalchemy.dialects.mysql
from sqlalchemy.types import *
from sqlalchemy.types import TypeEngine, Integer, BigInteger, SmallInteger, Text, LargeBinary, Enum, String, Float, DateTime
class INTEGER(Integer):
    def __init__(self, display_width=None, unsigned=False, zerofill=False, **kw): pass
class BIGINT(BigInteger):
    def __init__(self, display_width=None, unsigned=False, zerofill=False, **kw): pass
class SMALLINT(SmallInteger):
    def __init__(self, display_width=None, unsigned=False, zerofill=False, **kw): pass
class TINYINT(Integer):
    __visit_name__ = "TINYINT"
    def __init__(self, display_width=None, unsigned=False, zerofill=False, **kw): pass
class MEDIUMINT(Integer):
    __visit_name__ = "MEDIUMINT"
    def __init__(self, *a, **kw): pass
class LONGTEXT(Text):
    __visit_name__ = "LONGTEXT"
class MEDIUMTEXT(Text):
    __visit_name__ = "MEDIUMTEXT"
class TINYTEXT(Text):
    __visit_name__ = "TINYTEXT"
class LONGBLOB(LargeBinary):
    __visit_name__ = "LONGBLOB"
class MEDIUMBLOB(LargeBinary):
    __visit_name__ = "MEDIUMBLOB"
class DATETIME(DateTime):
    __visit_name__ = "DATETIME"
    def __init__(self, timezone=False, fsp=None):
        self.timezone = timezone
class TIMESTAMP(DateTime):
    def __init__(self, timezone=False, fsp=None):
        self.timezone = timezone
class ENUM(Enum): pass
class VARCHAR(String):
    def __init__(self, length=None, **kw):
        self.length = length
        self.collation = kw.get("collation")
class CHAR(VARCHAR):
    __visit_name__ = "CHAR"
class TEXT(Text):
    def __init__(self, length=None, **kw):
        self.length = length
        self.collation = kw.get("collation")
class MySQLDialect:
    name = "mysql"
__open__ = "a part of sqlalchemy.dialects.mysql is not modelled"
#: module sqlalchemy.dialects.mssql
from sqlalchemy.types import *
class MSDialect:
    name = "mssql"
__open__ = "sqlalchemy.dialects.mssql is not modelled"
#: module sqlalchemy.dialects.oracle
from sqlalchemy.types import *
class OracleDialect:
    name = "oracle"
__open__ = "sqlalchemy.dialects.oracle is not modelled"
#: module sqlalchemy_utils
from sqlalchemy.types import *
from sqlalchemy.types import TypeDecorator, UserDefinedType, to_instance, Uuid, String, Unicode, Integer, Text, LargeBinary
from sqlalchemy.dialects.postgresql import UUID as _PGUUID, JSON as _PGJSON, INT4RANGE, DATERANGE, NUMRANGE, TSRANGE, CIDR, INET
class UUIDType(TypeDecorator):
    impl = LargeBinary
    def __init__(self, binary=True, native=True):
        self.binary = binary
        self.native = native
        if native:
            self.impl = _PGUUID()
        else:
            self.impl = LargeBinary(16) if binary else CHAR(32)
class EmailType(TypeDecorator):
    impl = Unicode
    def __init__(self, length=255, *args, **kw):
        self.impl = _citext() if False else Unicode(length)
class URLType(TypeDecorator):
    impl = Text
class ChoiceType(TypeDecorator):
    impl = Unicode
    def __init__(self, choices, impl=None):
        self.choices = choices
        self.impl = to_instance(impl) if impl is not None else Unicode(255)
class PasswordType(TypeDecorator):
    impl = LargeBinary
    def __init__(self, max_length=None, **kw):
        self.impl = LargeBinary(max_length)
class IPAddressType(TypeDecorator):
    impl = Unicode
    def __init__(self, max_length=50, *args, **kw):
        self.impl = Unicode(max_length)
class PhoneNumberType(TypeDecorator):
    impl = Unicode
    def __init__(self, region="US", max_length=20, *args, **kw):
        self.impl = Unicode(max_length)
class JSONType(TypeDecorator):
    impl = Text
    def __init__(self, *a, **kw):
        self.impl = _PGJSON()
class ArrowType(TypeDecorator):
    impl = DateTime
class ColorType(TypeDecorator):
    impl = Unicode
    def __init__(self, max_length=20, *a, **kw):
        self.impl = Unicode(max_length)
class CountryType(TypeDecorator):
    impl = String
    def __init__(self, *a, **kw):
        self.impl = String(2)
class CurrencyType(TypeDecorator):
    impl = String
    def __init__(self, *a, **kw):
        self.impl = String(3)
class LocaleType(TypeDecorator):
    impl = Unicode
    def __init__(self, *a, **kw):
        self.impl = Unicode(10)
class TimezoneType(TypeDecorator):
    impl = Unicode
    def __init__(self, backend="dateutil"):
        self.impl = Unicode(50)
class ScalarListType(TypeDecorator):
    impl = UnicodeText
    def __init__(self, *a, **kw):
        self.impl = UnicodeText()
class LtreeType(UserDefinedType):
    def get_col_spec(self, **kw): return "LTREE"
class TSVectorType(TypeDecorator):
    def __init__(self, *a, **kw):
        from sqlalchemy.dialects.postgresql import TSVECTOR
        self.impl = TSVECTOR()
class EncryptedType(TypeDecorator):
    impl = LargeBinary
    def __init__(self, type_in=None, key=None, engine=None, padding=None, **kw):
        self.impl = LargeBinary()
class StringEncryptedType(TypeDecorator):
    impl = String
    def __init__(self, type_in=None, key=None, engine=None, padding=None, **kw):
        self.impl = String(kw.get("length"))
class EnrichedDateTimeType(TypeDecorator):
    impl = DateTime
class WeekDaysType(TypeDecorator):
    def __init__(self, *a, **kw):
        from sqlalchemy.dialects.postgresql import BIT
        self.impl = BIT(7)
class IntRangeType(TypeDecorator):
    impl = INT4RANGE
class Int8RangeType(TypeDecorator):
    from sqlalchemy.dialects.postgresql import INT8RANGE as impl
class DateRangeType(TypeDecorator):
    impl = DATERANGE
class NumericRangeType(TypeDecorator):
    impl = NUMRANGE
class DateTimeRangeType(TypeDecorator):
    impl = TSRANGE
import sqlalchemy_utils as encrypted_type
def database_exists(*a, **kw): return True
def create_database(*a, **kw): pass
def drop_database(*a, **kw): pass
from sqlalchemy_utils.view import *
__open__ = "a part of sqlalchemy_utils is not modelled"
#: module sqlalchemy_utils.view
import _decant as _d
from sqlalchemy.schema import DDLElement
from sqlalchemy.ext.compiler import compiles
class CreateView(DDLElement):
    def __init__(self, name, selectable, materialized=False, replace=False):
        self.name = name
        self.selectable = selectable
        self.materialized = materialized
        self.replace = replace
class DropView(DDLElement):
    def __init__(self, name, materialized=False, cascade=True):
        self.name = name
        self.materialized = materialized
        self.cascade = cascade
@compiles(CreateView)
def _create_view(element, compiler, **kw):
    return "CREATE %s%sVIEW %s AS %s" % ("OR REPLACE " if element.replace else "", "MATERIALIZED " if element.materialized else "", _d.quote(element.name), compiler.sql_compiler.process(element.selectable, literal_binds=True))
@compiles(DropView)
def _drop_view(element, compiler, **kw):
    return "DROP %sVIEW IF EXISTS %s %s" % ("MATERIALIZED " if element.materialized else "", _d.quote(element.name), "CASCADE" if element.cascade else "")
__open__ = "a part of sqlalchemy_utils is not modelled"
#: module sqlalchemy_utils.types
from sqlalchemy_utils import *
import sqlalchemy_utils as _all
# Its modules are all there after `import sqlalchemy_utils`.
arrow = choice = color = country = currency = email = encrypted = encrypted_type = enriched_datetime = ip_address = json = locale = ltree = password = phone_number = range = scalar_list = timezone = ts_vector = url = uuid = weekdays = _all
__open__ = "a part of sqlalchemy_utils is not modelled"
#: module sqlalchemy_utils.types.uuid
from sqlalchemy_utils import UUIDType
#: module sqlalchemy_utils.types.json
from sqlalchemy_utils import JSONType
#: module sqlalchemy_utils.types.email
from sqlalchemy_utils import EmailType
#: module sqlalchemy_utils.types.url
from sqlalchemy_utils import URLType
#: module sqlalchemy_utils.types.choice
from sqlalchemy_utils import ChoiceType
#: module sqlalchemy_utils.types.encrypted.encrypted_type
from sqlalchemy_utils import EncryptedType, StringEncryptedType
#: module geoalchemy2.types
import _decant as _d
from sqlalchemy.types import UserDefinedType
class _GISType(UserDefinedType):
    name = None
    _spatial = True
    use_N_D_index = False
    _spatial_index_reflected = None
    nullable = True
    def _attached(self, column, table):
        from sqlalchemy.sql.schema import Index
        from sqlalchemy.sql.expression import func
        if not self.nullable:
            column.nullable = False
        if not self.spatial_index or self._spatial_index_reflected:
            return
        part = func.ST_ConvexHull(column) if isinstance(self, Raster) else column
        ops = {column.name: "gist_geometry_ops_nd"} if self.use_N_D_index else {}
        table._attach_index(Index("idx_%s_%s" % (table.name, column.name), part, postgresql_using="gist", postgresql_ops=ops, _column_flag=True))
    def __init__(self, geometry_type="GEOMETRY", srid=-1, dimension=None, spatial_index=True, use_N_D_index=False, use_typmod=None, from_text=None, name=None, nullable=True, _spatial_index_reflected=None, **kw):
        self.geometry_type = geometry_type.upper() if isinstance(geometry_type, str) else geometry_type
        self.srid = int(srid) if srid is not None else -1
        self.nullable = nullable
        self._spatial_index_reflected = _spatial_index_reflected
        self.spatial_index = spatial_index
        self.use_N_D_index = use_N_D_index
        if name is not None:
            self.name = name
    def get_col_spec(self, **kw):
        if not self.geometry_type:
            return self.name
        return "%s(%s,%d)" % (self.name, self.geometry_type, self.srid)
class Geometry(_GISType):
    name = "geometry"
class Geography(_GISType):
    name = "geography"
class Raster(_GISType):
    name = "raster"
    def __init__(self, spatial_index=True, **kw):
        self.spatial_index = spatial_index
    def get_col_spec(self, **kw): return "raster"
class WKTElement: 
    __decant__ = True
    def __init__(self, *a, **kw): pass
class WKBElement(WKTElement): pass
#: module geoalchemy2
from geoalchemy2.types import Geometry, Geography, Raster, WKTElement, WKBElement
__open__ = "a part of geoalchemy2 is not modelled"
#: module pgvector.sqlalchemy
from sqlalchemy.types import UserDefinedType
class VECTOR(UserDefinedType):
    _name = "VECTOR"
    def __init__(self, dim=None):
        self.dim = dim
    def get_col_spec(self, **kw):
        return self._name if self.dim is None else "%s(%d)" % (self._name, self.dim)
class Vector(VECTOR): pass
class HALFVEC(VECTOR):
    _name = "HALFVEC"
class SPARSEVEC(VECTOR):
    _name = "SPARSEVEC"
class BIT(VECTOR):
    _name = "BIT"
#: module pgvector
__open__ = "a part of pgvector is not modelled"
#: module fastapi_users_db_sqlalchemy.generics
from sqlalchemy.types import TypeDecorator, TIMESTAMP, UUID as _UUID
from sqlalchemy.dialects.postgresql import UUID
class GUID(TypeDecorator):
    impl = UUID
    def __init__(self, *a, **kw):
        self.impl = UUID()
class TIMESTAMPAware(TypeDecorator):
    impl = TIMESTAMP
    def __init__(self, timezone=True, *a, **kw):
        self.impl = TIMESTAMP(timezone=timezone)
def now_utc(): return None
#: module fastapi_users_db_sqlalchemy
from fastapi_users_db_sqlalchemy.generics import GUID, TIMESTAMPAware
__open__ = "a part of fastapi_users_db_sqlalchemy is not modelled"
#: module fastapi_users_db_sqlalchemy.access_token
__open__ = "a part of fastapi_users_db_sqlalchemy is not modelled"
#: module fastapi_users_db_sqlalchemy.guid
from fastapi_users_db_sqlalchemy.generics import GUID
#: module sqlalchemy_json
from sqlalchemy.types import JSON
from sqlalchemy.dialects.postgresql import JSONB
def mutable_json_type(dbtype=JSON, nested=False): return dbtype
MutableJson = NestedMutableJson = JSON
#: module flask_sqlalchemy
import sqlalchemy as _sa
import sqlalchemy.orm as _orm
from sqlalchemy.orm import declarative_base as _base, relationship as _rel, Session as _Session, Query as _Query
_ORM = {"Session", "Query", "relationship", "backref", "synonym", "column_property", "deferred", "validates", "aliased", "sessionmaker", "scoped_session", "Mapped", "mapped_column", "declared_attr", "DeclarativeBase", "joinedload", "subqueryload", "selectinload", "lazyload", "contains_eager", "foreign", "remote", "class_mapper", "object_session"}
class SQLAlchemy:
    __decant__ = True
    def __init__(self, app=None, metadata=None, model_class=None, session_options=None, **kw):
        self.metadata = metadata if metadata is not None else _sa.MetaData()
        self.Model = self.make_declarative_base(model_class, self.metadata)
        self.session = _Session()
        self.relationship = _rel
        self.engine = _sa.Engine()
    def make_declarative_base(self, model, metadata=None):
        base = _base(metadata=metadata)
        base.__auto_tablename__ = True
        base.query = _Query()
        return base
    def init_app(self, *a, **kw): pass
    def Table(self, name, *a, **kw): return _sa.Table(name, self.metadata, *a, **kw)
    def create_all(self, *a, **kw): self.metadata.create_all()
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_orm if name in _ORM else _sa, name)
__open__ = "a part of flask_sqlalchemy is not modelled"
