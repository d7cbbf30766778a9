#: module oslo_db.sqlalchemy.types
from sqlalchemy.types import TypeDecorator, Text, Integer, String as _String
class JsonEncodedType(TypeDecorator):
    type = None
    impl = Text
    def __init__(self, mysql_as_long=False, mysql_as_medium=False):
        if mysql_as_long and mysql_as_medium:
            raise TypeError("mysql_as_long and mysql_as_medium are mutually exclusive")
        self.impl = Text()
class JsonEncodedDict(JsonEncodedType):
    type = dict
class JsonEncodedList(JsonEncodedType):
    type = list
class SoftDeleteInteger(TypeDecorator):
    impl = Integer
class String(_String):
    def __init__(self, length=None, mysql_ndb_length=None, mysql_ndb_type=None, **kw): _String.__init__(self, length, **kw)
#: module oslo_db.sqlalchemy.models
from sqlalchemy import Column, DateTime, Integer
from oslo_db.sqlalchemy.types import SoftDeleteInteger
class ModelBase:
    __table_initialized__ = False
class ModelIterator: pass
class TimestampMixin:
    created_at = Column(DateTime)
    updated_at = Column(DateTime)
class SoftDeleteMixin:
    deleted_at = Column(DateTime)
    deleted = Column(SoftDeleteInteger, default=0)
#: module oslo_db.sqlalchemy.utils
import sqlalchemy as _sa
from sqlalchemy.engine import make_url
def get_table(engine, name): return _sa.Table(name, _sa.MetaData(), autoload_with=engine)
def get_indexes(engine, table_name): return _sa.inspect(engine).get_indexes(table_name)
def index_exists(engine, table_name, index_name): return index_name in [i["name"] for i in get_indexes(engine, table_name)]
def index_exists_on_columns(engine, table_name, columns):
    for i in get_indexes(engine, table_name):
        if list(i["column_names"]) == list(columns):
            return True
    return False
def add_index(engine, table_name, index_name, idx_columns):
    table = get_table(engine, table_name)
    if index_exists(engine, table_name, index_name):
        raise ValueError("Index '" + index_name + "' already exists!")
    _sa.Index(index_name, *[table.c[c] for c in idx_columns]).create(engine)
def drop_index(engine, table_name, index_name):
    for i in get_table(engine, table_name).indexes:
        if i.name == index_name:
            i.drop(engine)
            return
    raise ValueError("Index '" + index_name + "' not found!")
def change_index_columns(engine, table_name, index_name, new_columns):
    drop_index(engine, table_name, index_name)
    add_index(engine, table_name, index_name, new_columns)
def column_exists(engine, table_name, column): return column in [c["name"] for c in _sa.inspect(engine).get_columns(table_name)]
def get_foreign_key_constraint_name(engine, table_name, column_name):
    for k in _sa.inspect(engine).get_foreign_keys(table_name):
        if column_name in k["constrained_columns"]:
            return k["name"]
def to_list(x, default=None):
    if x is None:
        return default
    return list(x) if isinstance(x, (list, tuple, set)) else [x]
def drop_old_duplicate_entries_from_table(*a, **kw): pass
def sanitize_db_url(url): return url
__open__ = "a part of oslo.db is not modelled"
#: module oslo_db.sqlalchemy
__open__ = "a part of oslo.db is not modelled"
#: module oslo_db.exception
from sqlalchemy.exc import SQLAlchemyError as _E
class DBError(_E): pass
class DBDuplicateEntry(DBError): pass
class DBConstraintError(DBError): pass
class DBReferenceError(DBError): pass
class DBNonExistentTable(DBError): pass
class DBNonExistentConstraint(DBError): pass
class DBNonExistentDatabase(DBError): pass
class DBMigrationError(DBError): pass
class DBConnectionError(DBError): pass
class DBDeadlock(DBError): pass
class DBDataError(DBError): pass
class DBNotSupportedError(DBError): pass
class DBInvalidUnicodeParameter(Exception): pass
class DbMigrationError(DBError): pass
class ColumnError(Exception): pass
class BackendNotAvailable(Exception): pass
class RetryRequest(Exception): pass
__open__ = "a part of oslo.db is not modelled"
#: module oslo_db
__open__ = "a part of oslo.db is not modelled"
#: module oslo_log.log
from logging import *
from logging import getLogger
KeywordArgumentAdapter = Logger
__open__ = "a part of oslo.log is not modelled"
#: module oslo_log
__open__ = "a part of oslo.log is not modelled"
#: module oslo_serialization.jsonutils
from json import *
from json import dumps, loads
__open__ = "a part of oslo.serialization is not modelled"
#: module oslo_serialization
__open__ = "a part of oslo.serialization is not modelled"
#: module oslo_utils.timeutils
import datetime as _dt
def utcnow(with_timezone=False): return _dt.datetime.now()
__open__ = "a part of oslo.utils is not modelled"
#: module oslo_utils.uuidutils
import uuid as _u
def generate_uuid(dashed=True): return str(_u.uuid4())
__open__ = "a part of oslo.utils is not modelled"
#: module oslo_utils.importutils
import importlib as _i
def import_module(name): return _i.import_module(name)
def try_import(name, default=None):
    try:
        return _i.import_module(name)
    except ImportError:
        return default
__open__ = "a part of oslo.utils is not modelled"
#: module oslo_utils.encodeutils
def safe_encode(text, *a, **kw): return text.encode() if isinstance(text, str) else text
def safe_decode(text, *a, **kw): return text.decode() if isinstance(text, bytes) else text
__open__ = "a part of oslo.utils is not modelled"
#: module oslo_utils
__open__ = "a part of oslo.utils is not modelled"
#: module oslo_i18n
class TranslatorFactory:
    __decant__ = True
    def __init__(self, *a, **kw): pass
    @property
    def primary(self): return lambda text: text
    contextual_form = plural_form = log_info = log_warning = log_error = log_critical = primary
__open__ = "a part of oslo.i18n is not modelled"
#: module oslo_config
__open__ = "a part of oslo.config is not modelled"
#: module oslo_config.cfg
import _decant as _d
class Opt:
    def __init__(self, name, *a, default=None, dest=None, **kw):
        self.name = name
        self.dest = dest or name.replace("-", "_")
        self.default = default
StrOpt = IntOpt = BoolOpt = FloatOpt = ListOpt = DictOpt = MultiOpt = MultiStrOpt = URIOpt = IPOpt = PortOpt = HostnameOpt = HostAddressOpt = HostDomainOpt = SubCommandOpt = Opt
class OptGroup:
    def __init__(self, name, *a, **kw):
        self.name = name
class _Group:
    def __init__(self, name):
        self._name = name
        self._options = {}
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._options:
            return _d.environ((self._name + "." if self._name else "") + name, self._options[name])
        return _d.unknown("the option " + name + " of oslo.config is not registered where it can be seen")
    def __getitem__(self, name): return getattr(self, name)
    def get(self, name, default=None): return getattr(self, name)
class ConfigOpts(_Group):
    def __init__(self):
        _Group.__init__(self, "")
        self._groups = {}
    def _group(self, group):
        if group is None:
            return self
        name = group if isinstance(group, str) else group.name
        if name not in self._groups:
            self._groups[name] = _Group(name)
        return self._groups[name]
    def __getattr__(self, name):
        if not name.startswith("_") and name in self._groups:
            return self._groups[name]
        return _Group.__getattr__(self, name)
    def register_opt(self, opt, group=None, cli=False): self._group(group)._options[opt.dest] = opt.default
    def register_opts(self, opts, group=None):
        for o in opts:
            self.register_opt(o, group)
    register_cli_opt = register_opt
    register_cli_opts = register_opts
    def register_group(self, group): self._group(group)
    def set_default(self, name, default, group=None): self._group(group)._options[name] = default
    set_override = set_default
    def import_opt(self, *a, **kw): pass
    import_group = unregister_opt = unregister_opts = reset = clear = import_opt
    def __call__(self, *a, **kw): return self
CONF = ConfigOpts()
def set_defaults(*a, **kw): pass
class NoSuchOptError(AttributeError): pass
class NoSuchGroupError(AttributeError): pass
class ConfigFilesNotFoundError(Exception): pass
__open__ = "a part of oslo.config is not modelled"
#: module advanced_alchemy.types
from sqlalchemy.types import TypeDecorator, DateTime, BigInteger, Integer, String, Text, LargeBinary, JSON as _JSON
from sqlalchemy.dialects.postgresql import UUID as _UUID, JSONB as _JSONB
class GUID(TypeDecorator):
    def __init__(self, *a, binary=True, **kw):
        self.impl = _UUID()
class DateTimeUTC(TypeDecorator):
    impl = DateTime(timezone=True)
class EncryptedString(TypeDecorator):
    impl = String
    def __init__(self, *a, **kw):
        self.impl = String()
class EncryptedText(EncryptedString):
    impl = Text
    def __init__(self, *a, **kw):
        self.impl = Text()
class PasswordHash(TypeDecorator):
    impl = String
    def __init__(self, backend=None, length=128):
        self.impl = String(length)
JsonB = _JSON().with_variant(_JSONB(), "postgresql")
BigIntIdentity = BigInteger().with_variant(Integer, "sqlite")
class StoredObject(TypeDecorator):
    def __init__(self, *a, **kw):
        self.impl = _JSONB()
class FernetBackend: pass
class PGCryptoBackend: pass
__open__ = "a part of advanced_alchemy is not modelled"
#: module advanced_alchemy
__open__ = "a part of advanced_alchemy is not modelled"
#: module advanced_alchemy.types.guid
from advanced_alchemy.types import GUID
#: module advanced_alchemy.types.datetime
from advanced_alchemy.types import DateTimeUTC
#: module advanced_alchemy.types.json
from advanced_alchemy.types import JsonB
#: module advanced_alchemy.types.identity
from advanced_alchemy.types import BigIntIdentity
#: module advanced_alchemy.types.encrypted_string
from advanced_alchemy.types import EncryptedString, EncryptedText, FernetBackend, PGCryptoBackend
#: module sqlalchemy_utc
from sqlalchemy.types import TypeDecorator, DateTime
class UtcDateTime(TypeDecorator):
    impl = DateTime(timezone=True)
__open__ = "a part of sqlalchemy_utc is not modelled"
#: module citext
from sqlalchemy.dialects.postgresql import CITEXT
CIText = CITEXT
__open__ = "a part of citext is not modelled"
#: module depot.fields.sqlalchemy
from sqlalchemy.types import TypeDecorator, Unicode
class UploadedFileField(TypeDecorator):
    impl = Unicode
    def __init__(self, *a, **kw):
        self.impl = Unicode()
#: module zope.sqlalchemy
def register(*a, **kw): pass
def mark_changed(*a, **kw): pass
__open__ = "a part of zope.sqlalchemy is not modelled"
#: module urllib.parse
_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"
def quote(string, safe="/", encoding=None, errors=None):
    data = string if isinstance(string, bytes) else string.encode()
    keep = _SAFE + safe
    return "".join([chr(b) if b < 128 and chr(b) in keep else "%%%02X" % b for b in data])
def quote_plus(string, safe="", encoding=None, errors=None): return quote(string, safe + " ").replace(" ", "+")
def urlencode(query, *a, **kw):
    pairs = query.items() if hasattr(query, "items") else query
    return "&".join([quote_plus(str(k)) + "=" + quote_plus(str(v)) for k, v in pairs])
__open__ = "urllib.parse of the standard library is not modelled"
#: module packaging.utils
import re as _re
def canonicalize_name(name, *, validate=False): return _re.sub("[-_.]+", "-", name).lower()
__open__ = "a part of packaging is not modelled"
#: module neutron_lib.db.constants
NAME_FIELD_SIZE = DESCRIPTION_FIELD_SIZE = PROJECT_ID_FIELD_SIZE = FQDN_FIELD_SIZE = 255
DEVICE_ID_FIELD_SIZE = DEVICE_OWNER_FIELD_SIZE = RESOURCE_TYPE_FIELD_SIZE = AZ_HINTS_DB_LEN = 255
LONG_DESCRIPTION_FIELD_SIZE = 1024
UUID_FIELD_SIZE = 36
STATUS_FIELD_SIZE = 16
IP_ADDR_FIELD_SIZE = 64
MAC_ADDR_FIELD_SIZE = 32
ETHERTYPE_FIELD_SIZE = 40
DB_INTEGER_MAX_VALUE = 2147483647
EXPAND_BRANCH = "expand"
CONTRACT_BRANCH = "contract"
__open__ = "a part of neutron_lib is not modelled"
#: module neutron_lib.db
__open__ = "a part of neutron_lib is not modelled"
#: module neutron_lib.constants
ACTIVE = PORT_STATUS_ACTIVE = "ACTIVE"
DOWN = "DOWN"
ERROR = "ERROR"
INGRESS_DIRECTION = "ingress"
EGRESS_DIRECTION = "egress"
ANY_DIRECTION = "any"
VALID_DIRECTIONS = (INGRESS_DIRECTION, EGRESS_DIRECTION)
VALID_DIRECTIONS_AND_ANY = (ANY_DIRECTION, INGRESS_DIRECTION, EGRESS_DIRECTION)
HA_ROUTER_STATE_STANDBY = "standby"
HA_ROUTER_STATE_ACTIVE = "active"
HA_ROUTER_STATE_UNKNOWN = "unknown"
PORT_NUMA_POLICIES = ("required", "preferred", "legacy", "socket")
DEFAULT_NETWORK_MTU = 1500
IPv4 = "IPv4"
IPv6 = "IPv6"
DEVICE_OWNER_ROUTER_INTF = "network:router_interface"
DEVICE_OWNER_ROUTER_HA_INTF = "network:router_ha_interface"
DEVICE_OWNER_HA_REPLICATED_INT = "network:ha_router_replicated_interface"
DEVICE_OWNER_DISTRIBUTED = "network:distributed"
DEVICE_OWNER_DHCP = "network:dhcp"
__open__ = "a part of neutron_lib is not modelled"
#: module neutron_lib
__open__ = "a part of neutron_lib is not modelled"
