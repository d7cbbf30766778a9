#: module pydantic
import _decant as _d
_MISSING = object()
class FieldInfo:
    __decant__ = True
    def __init__(self, default=_MISSING, default_factory=None, **kw):
        self.default = _MISSING if default is ... else default
        self.default_factory = default_factory
        self.names = [kw[k] for k in ("validation_alias", "alias", "env") if isinstance(kw.get(k), str)]
def Field(default=_MISSING, *, default_factory=None, **kw): return FieldInfo(default, default_factory, **kw)
def PrivateAttr(default=None, *, default_factory=None, **kw): return default_factory() if default_factory else default
class _Validator:
    __decant__ = True
    def __init__(self, fields, function, after):
        self.fields = fields
        self.function = function
        self.after = after
    def __call__(self, *a, **kw): return _d.unknown("a validator of pydantic is not run by itself")
def field_validator(*fields, **kw):
    def decorate(f): return _Validator(fields, f, False)
    return decorate
def validator(*fields, **kw):
    def decorate(f): return _Validator(fields, f, False)
    return decorate
def model_validator(*, mode="after"):
    def decorate(f): return _Validator((), f, mode == "after")
    return decorate
def root_validator(*a, **kw):
    if a:
        return _Validator((), a[0], False)
    return lambda f: _Validator((), f, False)
def _property(cls, name, default, annotation):
    def get(self): return self._decant_value(name, default, annotation)
    def set(self, value): self._decant_given[name] = value
    setattr(cls, name, property(get, set))
class BaseModel:
    model_fields = __fields__ = model_computed_fields = model_extra = _d.unknown("pydantic is modelled for the defaults of fields alone")
    # A field is worked out when it is asked for: a setting that nobody asks for is no assumption.
    _decant_checked = ()
    _decant_whole = ()
    def __init_subclass__(cls, **kw):
        whole = list(cls._decant_whole)
        checked = list(cls._decant_checked)
        for n, v in list(cls.__dict__.items()):
            if not _d.is_unknown(v) and isinstance(v, _Validator):
                if v.fields:
                    checked = checked + list(v.fields)
                else:
                    whole.append(v)
        cls._decant_whole = tuple(whole)
        cls._decant_checked = tuple(checked)
        own = cls.__dict__
        for n, annotation in list(own.get("__annotations__", {}).items()):
            if not n.startswith("_") and n != "model_config" and "ClassVar" not in str(annotation):
                _property(cls, n, own.get(n, _MISSING), str(annotation))
    def __init__(self, **kw):
        self._decant_given = dict(kw)
        for v in self._decant_whole:
            if v.after:
                try:
                    v.function(self)
                except Exception:
                    pass
    def _decant_default(self, name, default):
        if isinstance(default, FieldInfo):
            if default.default_factory is not None:
                return default.default_factory()
            default = default.default
        return default
    def _decant_value(self, name, default, annotation):
        if name in self._decant_given:
            return self._decant_given[name]
        value = self._decant_default(name, default)
        if value is _MISSING:
            return _d.unknown("the field " + name + " has no default")
        return value
    @property
    def model_fields_set(self): return set(self._decant_given)
    def _decant_unknown(self, *a, **kw): return _d.unknown("pydantic is modelled for the defaults of fields alone")
    dict = json = copy = model_dump = model_dump_json = model_copy = _decant_unknown
    @classmethod
    def model_validate(cls, *a, **kw): return _d.unknown("pydantic is modelled for the defaults of fields alone")
    parse_obj = parse_raw = parse_file = from_orm = model_validate_json = model_json_schema = schema = schema_json = model_validate
    @classmethod
    def model_construct(cls, _fields_set=None, **kw): return cls(**kw)
    @classmethod
    def model_rebuild(cls, *a, **kw): pass
    update_forward_refs = model_rebuild
class BaseSettings(BaseModel):
    def _decant_names(self, name, default):
        if isinstance(default, FieldInfo) and default.names:
            return default.names
        config = getattr(self, "model_config", None)
        if config is not None:
            prefix = config.get("env_prefix", "")
        else:
            prefix = getattr(getattr(self, "Config", None), "env_prefix", "")
        return [(prefix + name).upper()]
    def _decant_value(self, name, default, annotation):
        if name in self._decant_given:
            return self._decant_given[name]
        value = self._decant_default(name, default)
        if isinstance(value, BaseModel):
            return value
        if value is _MISSING:
            value = None
            if "None" not in annotation and "Optional" not in annotation:
                value = _d.environ(self._decant_names(name, default)[0], None)
                if value is None:
                    return _d.unknown("the setting " + name + " has no default")
        else:
            value = _d.environ(self._decant_names(name, default)[0], value)
        if name in self._decant_checked or "*" in self._decant_checked or [v for v in self._decant_whole if not v.after]:
            return _d.unknown("a validator may change the setting " + name)
        if isinstance(value, str):
            if annotation.startswith("bool"):
                return value.lower() in ("1", "true", "yes", "on", "t", "y")
            if annotation.startswith("int"):
                return int(value)
        return value
def computed_field(*a, **kw):
    if a:
        return a[0]
    return lambda f: f
def field_serializer(*a, **kw): return lambda f: f
def model_serializer(*a, **kw): return a[0] if a else lambda f: f
def ConfigDict(**kw): return kw
__open__ = "the library is not modelled, and it does not touch schemas"
#: module pydantic_settings
from pydantic import BaseSettings
def SettingsConfigDict(**kw): return kw
__open__ = "the library is not modelled, and it does not touch schemas"
#: module starlette.config
import _decant as _d
class Config:
    def __init__(self, env_file=None, environ=None, env_prefix="", encoding="utf-8"): self.env_prefix = env_prefix
    def __call__(self, key, cast=None, default=Ellipsis): return _setting(self.env_prefix + key, default, cast)
    get = __call__
def _setting(name, default, cast):
    value = _d.environ(name, None if default is Ellipsis else default)
    if value is None and default is Ellipsis:
        return _d.unknown("the setting " + name + " has no default")
    if value is None or cast is None:
        return value
    if cast is bool and isinstance(value, str):
        return value.lower() in ("true", "1", "yes", "on", "y", "t")
    return cast(value)
environ = {}
__open__ = "the library is not modelled, and it does not touch schemas"
#: module decouple
from starlette.config import _setting
class Csv:
    def __init__(self, cast=str, delimiter=",", **kw):
        self._cast = cast
        self._delimiter = delimiter
    def __call__(self, value): return [self._cast(v.strip()) for v in value.split(self._delimiter) if v.strip()]
class Config:
    def __init__(self, repository=None): pass
    def __call__(self, option, default=Ellipsis, cast=None): return _setting(option, default, cast)
    get = __call__
class RepositoryEnv:
    def __init__(self, *a, **kw): pass
RepositoryIni = RepositoryEmpty = RepositorySecret = RepositoryEnv
config = AutoConfig = Config()
__open__ = "the library is not modelled, and it does not touch schemas"
#: module environs
from starlette.config import _setting
class Env:
    def __init__(self, *a, **kw): pass
    def read_env(self, *a, **kw): pass
    def __call__(self, name, default=Ellipsis, **kw): return _setting(name, default, None)
    def bool(self, name, default=Ellipsis, **kw): return _setting(name, default, lambda v: v if not isinstance(v, str) else v.lower() in ("true", "1", "yes", "on", "y", "t"))
    def int(self, name, default=Ellipsis, **kw): return _setting(name, default, lambda v: int(v) if isinstance(v, str) else v)
    str = __call__
__open__ = "the library is not modelled, and it does not touch schemas"
