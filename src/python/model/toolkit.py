#: module google.protobuf.descriptor_pool
# Generated modules carry their serialized descriptor; of it the enum types are read.
import _decant as _d
class EnumDescriptor:
    def __init__(self, owner, name, values):
        self._owner = owner
        self.name = name
        self.full_name = (owner + "." if owner else "") + name
        self._values = values
        self.values_by_name = {n: EnumValueDescriptor(n, v) for n, v in values}
        self.values_by_number = {v: EnumValueDescriptor(n, v) for n, v in reversed(values)}
        self.values = [EnumValueDescriptor(n, v) for n, v in values]
class EnumValueDescriptor:
    def __init__(self, name, number):
        self.name = name
        self.number = number
class FileDescriptor:
    def __init__(self, serialized):
        enums, messages = _d.protobuf_types(serialized)
        self._enums = [EnumDescriptor(o, n, v) for o, n, v in enums]
        self._messages = messages
        self.serialized_pb = serialized
        self.enum_types_by_name = {e.name: e for e in self._enums if not e._owner}
        self.message_types_by_name = {m: Descriptor(m, self) for m in messages if "." not in m}
        self.services_by_name = _d.unknown("services of protobuf modules are not modelled")
        self.extensions_by_name = _d.unknown("extensions of protobuf modules are not modelled")
class Descriptor:
    def __init__(self, name, file):
        self.name = name
        self.full_name = name
        self.file = file
        self.enum_types_by_name = {e.name: e for e in file._enums if e._owner == name}
        self.nested_types_by_name = {m.rsplit(".", 1)[1]: Descriptor(m, file) for m in file._messages if "." in m and m.rsplit(".", 1)[0] == name}
        self.fields_by_name = _d.unknown("fields of protobuf messages are not modelled")
class DescriptorPool:
    def AddSerializedFile(self, serialized): return FileDescriptor(serialized)
    def Add(self, file): pass
_pool = DescriptorPool()
def Default(): return _pool
#: module google.protobuf.internal.enum_type_wrapper
class EnumTypeWrapper:
    DESCRIPTOR = None
    def __init__(self, enum_type):
        self.DESCRIPTOR = enum_type
        self._enum_type = enum_type
    def Name(self, number):
        for n, v in self._enum_type._values:
            if v == number:
                return n
        raise ValueError("Enum " + self._enum_type.name + " has no name defined for value " + repr(number))
    def Value(self, name):
        for n, v in self._enum_type._values:
            if n == name:
                return v
        raise ValueError("Enum " + self._enum_type.name + " has no value defined for name " + repr(name))
    def keys(self): return [n for n, v in self._enum_type._values]
    def values(self): return [v for n, v in self._enum_type._values]
    def items(self): return list(self._enum_type._values)
    def __getattr__(self, name):
        for n, v in self._enum_type._values:
            if n == name:
                return v
        raise AttributeError(name)
#: module google.protobuf.internal.builder
import _decant as _d
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import _message_class
def _put(module, name, value):
    module[name] = value
    _d.define(name, value)
def _global_name(full_name): return "_" + full_name.upper().replace(".", "_")
def BuildMessageAndEnumDescriptors(file_des, module):
    for m in file_des._messages:
        if "." not in m:
            _descriptors(file_des.message_types_by_name[m], module)
    for e in file_des._enums:
        _put(module, _global_name(e.full_name), e)
def _descriptors(des, module):
    _put(module, _global_name(des.full_name), des)
    for n in des.nested_types_by_name.values():
        _descriptors(n, module)
def BuildTopDescriptorsAndMessages(file_des, module_name, module):
    for e in file_des._enums:
        if not e._owner:
            _put(module, "_" + e.name.upper(), e)
            _put(module, e.name, EnumTypeWrapper(e))
            for n, v in e._values:
                _put(module, n, v)
    for name, des in file_des.message_types_by_name.items():
        _put(module, name, _message_class(des))
def AddHelpersToExtensions(file_des): pass
def BuildServices(file_des, module_name, module): pass
#: module google.protobuf.message
import _decant as _d
class Message:
    DESCRIPTOR = None
    def __init__(self, **kw):
        for k in kw:
            setattr(self, k, kw[k])
class DecodeError(Exception): pass
class EncodeError(Exception): pass
def _message_class(des):
    from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
    class Generated(Message):
        DESCRIPTOR = des
    for e in des.enum_types_by_name.values():
        setattr(Generated, e.name, EnumTypeWrapper(e))
        for n, v in e._values:
            setattr(Generated, n, v)
    for name, inner in des.nested_types_by_name.items():
        setattr(Generated, name, _message_class(inner))
    return Generated
__open__ = "a part of google.protobuf is not modelled"
#: module google.protobuf.reflection
from google.protobuf.message import _message_class
def GeneratedProtocolMessageType(name, bases, members): return _message_class(members["DESCRIPTOR"])
__open__ = "a part of google.protobuf is not modelled"
#: module google.protobuf.symbol_database
class SymbolDatabase:
    def RegisterMessage(self, message): return message
    def RegisterEnumDescriptor(self, descriptor): return descriptor
    def RegisterFileDescriptor(self, descriptor): return descriptor
_database = SymbolDatabase()
def Default(): return _database
#: module google.protobuf.descriptor
from google.protobuf.descriptor_pool import Descriptor, FileDescriptor, EnumDescriptor, EnumValueDescriptor
# The parts that only the pure Python implementation sets are skipped.
_USE_C_DESCRIPTORS = True
__open__ = "a part of google.protobuf is not modelled"
#: module google.protobuf.internal
__open__ = "a part of google.protobuf is not modelled"
#: module google.protobuf.runtime_version
class Domain:
    PUBLIC = 1
def ValidateProtobufRuntimeVersion(*a, **kw): pass
#: module google.protobuf
__version__ = "5.29.0"
__open__ = "a part of google.protobuf is not modelled"
#: module google
__open__ = "a part of google is not modelled"
#: module lazy_object_proxy
# A proxy stands for what its factory makes: it is made at once.
def Proxy(factory): return factory()
__open__ = "a part of lazy_object_proxy is not modelled"
#: module flask_appbuilder.models.sqla
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import declarative_base
Model = declarative_base(name="Model")
Model.__auto_tablename__ = True
Model.__table_args__ = {"extend_existing": True}
Base = Model
class SQLA(SQLAlchemy):
    def make_declarative_base(self, model, metadata=None):
        self.metadata = Model.metadata
        return Model
__open__ = "a part of flask_appbuilder is not modelled"
#: module flask_appbuilder.models.mixins
from sqlalchemy import Column, DateTime, ForeignKey, Integer
from sqlalchemy.orm import declared_attr
class AuditMixin:
    created_on = Column(DateTime, nullable=False)
    changed_on = Column(DateTime, nullable=False)
    @declared_attr
    def created_by_fk(cls): return Column(Integer, ForeignKey("ab_user.id"), nullable=False)
    @declared_attr
    def changed_by_fk(cls): return Column(Integer, ForeignKey("ab_user.id"), nullable=False)
    @declared_attr
    def created_by(cls): return None
    @declared_attr
    def changed_by(cls): return None
    @classmethod
    def get_user_id(cls): return None
class UserExtensionMixin: pass
__open__ = "a part of flask_appbuilder is not modelled"
#: module flask_appbuilder.models.decorators
def renders(name): return lambda f: f
#: module flask_appbuilder.models
__open__ = "a part of flask_appbuilder is not modelled"
#: module flask_appbuilder.utils.legacy
def get_sqla_class():
    from flask_appbuilder.models.sqla import SQLA
    return SQLA
#: module flask_appbuilder.utils
__open__ = "a part of flask_appbuilder is not modelled"
#: module flask_appbuilder
from flask_appbuilder.models.sqla import Base, Model, SQLA
__open__ = "a part of flask_appbuilder is not modelled"
#: module flask
# The application that runs the migrations: its configuration is what the project's own module of defaults says.
import _decant as _d
class Config:
    def get(self, key, default=None): return _d.app_config(key, default)
    def __getitem__(self, key): return _d.app_config(key)
    def __contains__(self, key): return True
    def setdefault(self, key, default=None): return _d.app_config(key, default)
    def __setitem__(self, key, value): pass
    def update(self, *a, **kw): pass
    def from_object(self, *a): pass
    from_mapping = from_pyfile = from_prefixed_env = from_envvar = from_file = from_object
class Flask:
    def __init__(self, import_name=None, *a, **kw):
        self.config = Config()
        self.import_name = import_name
        self.extensions = _d.unknown("the extensions of the application are not modelled")
        self.debug = False
    def __getattr__(self, name): return _d.unknown("a part of flask is not modelled")
current_app = Flask()
def has_app_context(): return True
def has_request_context(): return False
__open__ = "a part of flask is not modelled"
#: module contextvars
class Token:
    MISSING = None
    def __init__(self, var, old_value):
        self.var = var
        self.old_value = old_value
class ContextVar:
    # Nobody sets a variable of a context that does not run, but who does it here.
    def __init__(self, name, **kw):
        self.name = name
        self._given = [kw["default"]] if "default" in kw else []
        self._value = []
    def get(self, *default):
        for known in (self._value, default, self._given):
            if known:
                return known[0]
        raise LookupError(self.name)
    def set(self, value):
        old = self._value
        self._value = [value]
        return Token(self, old)
    def reset(self, token): self._value = token.old_value
    @classmethod
    def __class_getitem__(cls, item): return cls
class Context: pass
def copy_context(): return Context()
