#: module builtins
class BaseException:
    __cause__ = None
    def __init__(self, *args, **kw):
        self.args = args
    def __str__(self):
        if len(self.args) == 0:
            return ""
        if len(self.args) == 1:
            return str(self.args[0])
        return str(self.args)
    def with_traceback(self, tb): return self
    def add_note(self, note): pass
class Exception(BaseException): pass
class SystemExit(BaseException): pass
class KeyboardInterrupt(BaseException): pass
class GeneratorExit(BaseException): pass
class StopIteration(Exception): pass
class StopAsyncIteration(Exception): pass
class ArithmeticError(Exception): pass
class ZeroDivisionError(ArithmeticError): pass
class OverflowError(ArithmeticError): pass
class AssertionError(Exception): pass
class AttributeError(Exception): pass
class BufferError(Exception): pass
class EOFError(Exception): pass
class ImportError(Exception): pass
class ModuleNotFoundError(ImportError): pass
class LookupError(Exception): pass
class IndexError(LookupError): pass
class KeyError(LookupError): pass
class MemoryError(Exception): pass
class NameError(Exception): pass
class UnboundLocalError(NameError): pass
class OSError(Exception): pass
IOError = OSError
EnvironmentError = OSError
class FileNotFoundError(OSError): pass
class FileExistsError(OSError): pass
class PermissionError(OSError): pass
class ConnectionError(OSError): pass
class TimeoutError(OSError): pass
class RuntimeError(Exception): pass
class NotImplementedError(RuntimeError): pass
class RecursionError(RuntimeError): pass
class SyntaxError(Exception): pass
class SystemError(Exception): pass
class TypeError(Exception): pass
class ValueError(Exception): pass
class UnicodeError(ValueError): pass
class UnicodeDecodeError(UnicodeError): pass
class UnicodeEncodeError(UnicodeError): pass
class Warning(Exception): pass
class UserWarning(Warning): pass
class DeprecationWarning(Warning): pass
class RuntimeWarning(Warning): pass
class FutureWarning(Warning): pass
class ExceptionGroup(Exception): pass
class bytearray:
    def __new__(cls, *a, **kw):
        import _decant
        return _decant.unknown("bytearray is not modelled")
class memoryview(bytearray): pass
#: module enum
class auto:
    __decant__ = True
class Enum:
    __decant__ = True
    def __str__(self): return type(self).__name__ + "." + self._name_
    def __repr__(self): return "<" + type(self).__name__ + "." + self._name_ + ": " + repr(self._value_) + ">"
    def __format__(self, spec):
        if isinstance(self, (str, int)):
            return format(self._value_, spec)
        return str(self)
    @classmethod
    def _missing_(cls, value): return None
class ReprEnum(Enum):
    __decant__ = True
    def __str__(self): return str(self._value_)
class IntEnum(int, ReprEnum):
    __decant__ = True
class StrEnum(str, ReprEnum):
    __decant__ = True
    def __format__(self, spec): return format(self._value_, spec)
    @staticmethod
    def _generate_next_value_(name, start, count, last): return name.lower()
class Flag(Enum):
    __decant__ = True
class IntFlag(int, Flag):
    __decant__ = True
class EnumMeta(type): pass
EnumType = EnumMeta
def unique(c): return c
def member(v): return v
def nonmember(v): return v
#: module typing
import _decant as _d
TYPE_CHECKING = False
class _Special:
    __decant__ = True
    def __init__(self, name="", cls=None):
        self.__name__ = name
        if cls is not None:
            self.__class_of__ = cls
    def __getitem__(self, item): return _generic(self, item)
    def __call__(self, *a, **kw):
        if "__class_of__" in self.__dict__:
            return self.__class_of__(*a, **kw)
        return a[0] if a else None
    def __or__(self, other): return _union(self, other)
    def __ror__(self, other): return _union(other, self)
class _Alias:
    # A type with its parameters: `List[int]`, `dict[str, int]`, `int | None`.
    __decant__ = True
    def __init__(self, origin, args):
        self.__origin__ = origin
        self.__args__ = args
        if isinstance(origin, type):
            self.__class_of__ = origin
        elif "__class_of__" in origin.__dict__:
            self.__class_of__ = origin.__class_of__
    def __getitem__(self, item): return _generic(self.__origin__, item)
    def __call__(self, *a, **kw): return self.__origin__(*a, **kw)
    def __eq__(self, other): return isinstance(other, _Alias) and self.__origin__ is other.__origin__ and self.__args__ == other.__args__
    def __ne__(self, other): return not self == other
    def __or__(self, other): return _union(self, other)
    def __ror__(self, other): return _union(other, self)
def _generic(origin, item):
    args = item if isinstance(item, tuple) else (item,)
    if origin is Optional:
        return _union(args[0], None)
    if origin is Union:
        return args[0] if len(args) == 1 else _Alias(Union, args)
    return _Alias(origin, args)
def _union(a, b):
    parts = []
    for x in (a, b):
        parts.extend(x.__args__ if isinstance(x, _Alias) and x.__origin__ is Union else [x])
    return _Alias(Union, tuple(parts))
Any = _Special("Any")
Union = _Special("Union")
Optional = _Special("Optional")
Callable = _Special("Callable")
Literal = _Special("Literal")
Final = _Special("Final")
ClassVar = _Special("ClassVar")
Annotated = _Special("Annotated")
Type = _Special("Type", type)
Iterable = _Special("Iterable")
Iterator = _Special("Iterator")
Sequence = _Special("Sequence")
Mapping = _Special("Mapping")
MutableMapping = _Special("MutableMapping")
Generator = _Special("Generator")
Awaitable = _Special("Awaitable")
Coroutine = _Special("Coroutine")
AsyncGenerator = _Special("AsyncGenerator")
AsyncIterator = _Special("AsyncIterator")
AsyncIterable = _Special("AsyncIterable")
Collection = _Special("Collection")
Hashable = _Special("Hashable")
Sized = _Special("Sized")
Text = _Special("Text")
AnyStr = _Special("AnyStr")
NoReturn = _Special("NoReturn")
Never = _Special("Never")
Self = _Special("Self")
TypeAlias = _Special("TypeAlias")
Concatenate = _Special("Concatenate")
TypeGuard = _Special("TypeGuard")
Required = _Special("Required")
NotRequired = _Special("NotRequired")
Unpack = _Special("Unpack")
Container = _Special("Container")
Reversible = _Special("Reversible")
SupportsInt = _Special("SupportsInt")
SupportsFloat = _Special("SupportsFloat")
LiteralString = _Special("LiteralString")
Set = _Special("Set", set)
List = _Special("List", list)
Dict = _Special("Dict", dict)
Tuple = _Special("Tuple", tuple)
FrozenSet = _Special("FrozenSet", frozenset)
Deque = _Special("Deque")
DefaultDict = _Special("DefaultDict")
Counter = _Special("Counter")
Pattern = _Special("Pattern")
Match = _Special("Match")
IO = _Special("IO")
TextIO = _Special("TextIO")
BinaryIO = _Special("BinaryIO")
ContextManager = _Special("ContextManager")
AsyncContextManager = _Special("AsyncContextManager")
OrderedDict = _Special("OrderedDict")
MutableSequence = _Special("MutableSequence")
MutableSet = _Special("MutableSet")
class Generic: pass
class Protocol: pass
class TypedDict(dict): pass
def TypeVar(name, *a, **kw): return _Special(name)
def ParamSpec(name, *a, **kw): return _Special(name)
class NewType:
    __decant__ = True
    def __init__(self, name, tp):
        self.__name__ = name
        self.__supertype__ = tp
    def __call__(self, value): return value
    def __or__(self, other): return _union(self, other)
    def __ror__(self, other): return _union(other, self)
def cast(tp, value): return value
def overload(f): return f
def final(f): return f
def override(f): return f
def runtime_checkable(c): return c
def no_type_check(f): return f
def get_args(t): return t.__args__ if isinstance(t, _Alias) else ()
def get_origin(t):
    if not isinstance(t, _Alias):
        return None
    return t.__class_of__ if "__class_of__" in t.__dict__ else t.__origin__
def get_type_hints(o, **kw): return {}
def assert_never(x): pass
from collections import namedtuple as _nt
class NamedTuple:
    def __new__(cls, *args, **kw):
        # Called itself it makes a class; a class below it has fields of its own.
        if cls is NamedTuple:
            return _nt(args[0], [f[0] for f in args[1]] if len(args) > 1 else list(kw))
        return object.__new__(cls)
    def __init_subclass__(cls, **kw):
        names = list(getattr(cls, "__annotations__", {}))
        defaults = {n: cls.__dict__[n] for n in names if n in cls.__dict__}
        made = _nt(cls.__name__, names)
        def __init__(self, *args, **kw):
            for n, v in zip(names, args):
                setattr(self, n, v)
            for n in names[len(args):]:
                setattr(self, n, kw[n] if n in kw else defaults[n])
        cls.__init__ = __init__
        cls._fields = tuple(names)
    def __iter__(self): return iter([getattr(self, n) for n in self._fields])
    def __getitem__(self, i): return [getattr(self, n) for n in self._fields][i]
    def __len__(self): return len(self._fields)
    def __eq__(self, other): return list(self) == list(other)
    def _asdict(self): return {n: getattr(self, n) for n in self._fields}
__open__ = "a part of typing is not modelled"
#: module collections
import _decant as _d
class OrderedDict(dict): pass
class defaultdict(dict):
    def __init__(self, factory=None, *args, **kw):
        dict.__init__(self, *args, **kw)
        self.default_factory = factory
    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        value = self.default_factory()
        self[key] = value
        return value
class Counter(dict):
    def __init__(self, items=()):
        dict.__init__(self)
        for i in items:
            self[i] = self.get(i, 0) + 1
    def __missing__(self, key): return 0
    def most_common(self, n=None):
        out = sorted(self.items(), key=lambda p: -p[1])
        return out if n is None else out[:n]
class deque(list):
    def appendleft(self, x): self.insert(0, x)
    def popleft(self): return self.pop(0)
class UserDict(dict): pass
class ChainMap(dict): pass
def namedtuple(typename, field_names, rename=False, defaults=(), module=None):
    names = field_names.replace(",", " ").split() if isinstance(field_names, str) else list(field_names)
    missing = len(names) - len(defaults)
    def __init__(self, *args, **kw):
        values = list(args)
        for i, n in enumerate(names[len(args):], len(args)):
            if n in kw:
                values.append(kw[n])
            elif i >= missing:
                values.append(defaults[i - missing])
            else:
                raise TypeError("missing argument " + n)
        for n, v in zip(names, values):
            setattr(self, n, v)
    def __iter__(self): return iter([getattr(self, n) for n in names])
    def __getitem__(self, i): return [getattr(self, n) for n in names][i]
    def __len__(self): return len(names)
    def __eq__(self, other): return list(self) == list(other)
    def _asdict(self): return {n: getattr(self, n) for n in names}
    def _replace(self, **kw): return type(self)(**{**self._asdict(), **kw})
    return type(typename, (), {"__init__": __init__, "__iter__": __iter__, "__getitem__": __getitem__, "__len__": __len__, "__eq__": __eq__, "_asdict": _asdict, "_replace": _replace, "_fields": tuple(names)})
__open__ = "a part of collections is not modelled"
#: module collections.abc
from typing import *
#: module typing_extensions
from typing import *
__open__ = "a part of typing_extensions is not modelled"
#: module contextlib
class _GeneratorContextManager:
    __decant__ = True
    def __init__(self, gen): self.gen = gen
    def __call__(self, f): return f
def contextmanager(func):
    def helper(*args, **kwds): return _GeneratorContextManager(func(*args, **kwds))
    return helper
asynccontextmanager = contextmanager
class suppress:
    def __init__(self, *classes): self._classes = classes
    def __enter__(self): return self
    def __exit__(self, cls, exc, tb): return exc is not None and isinstance(exc, self._classes)
class nullcontext:
    def __init__(self, value=None): self._value = value
    def __enter__(self): return self._value
    def __exit__(self, *a): return False
class closing:
    def __init__(self, thing): self.thing = thing
    def __enter__(self): return self.thing
    def __exit__(self, *a): return False
class ContextDecorator: pass
class AbstractContextManager: pass
class ExitStack:
    def __enter__(self): return self
    def __exit__(self, *a): return False
    def enter_context(self, cm): return cm.__enter__()
    def callback(self, *a, **kw): pass
def redirect_stdout(x): return nullcontext()
redirect_stderr = redirect_stdout
#: module functools
import _decant as _d
class partial:
    def __init__(self, func, *args, **kw):
        self.func = func
        self.args = args
        self.keywords = kw
    def __call__(self, *args, **kw): return self.func(*self.args, *args, **{**self.keywords, **kw})
def wraps(f, *a, **kw): return lambda g: g
def update_wrapper(w, f, *a, **kw): return w
def cache(f):
    # What it gave once it gives again, the same object; what is not known is asked again.
    known = {}
    def cached(*args, **kw):
        if any(_d.is_unknown(a) for a in args) or any(_d.is_unknown(v) for v in kw.values()):
            return f(*args, **kw)
        key = (args, tuple(sorted(kw.items())))
        if key not in known:
            known[key] = f(*args, **kw)
        return known[key]
    cached.cache_clear = known.clear
    cached.__wrapped__ = f
    cached.__name__ = f.__name__
    return cached
def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return cache(maxsize)
    return cache
def cached_property(f): return property(f)
def total_ordering(c): return c
def singledispatch(f): return f
def reduce(f, items, *initial):
    items = list(items)
    value = initial[0] if initial else items.pop(0)
    for i in items:
        value = f(value, i)
    return value
def cmp_to_key(f): return lambda x: x
#: module itertools
def chain(*lists): return iter([x for l in lists for x in l])
def _from_iterable(lists): return iter([x for l in lists for x in l])
chain.from_iterable = _from_iterable
def product(*lists, repeat=1):
    out = [()]
    for l in list(lists) * repeat:
        l = list(l)
        out = [o + (x,) for o in out for x in l]
    return iter(out)
def islice(items, *a):
    s = slice(*a) if len(a) > 1 else slice(0, a[0])
    return iter(list(items)[s])
def groupby(items, key=None):
    out = []
    for i in items:
        k = key(i) if key else i
        if out and out[-1][0] == k:
            out[-1][1].append(i)
        else:
            out.append((k, [i]))
    return iter(out)
def zip_longest(*lists, fillvalue=None):
    lists = [list(l) for l in lists]
    n = max(len(l) for l in lists) if lists else 0
    return iter([tuple(l[i] if i < len(l) else fillvalue for l in lists) for i in range(n)])
def count(start=0, step=1): return iter(range(start, start + 100000 * step, step))
def repeat(x, times=1000): return iter([x] * times)
def combinations(items, r):
    items = list(items)
    if r == 0:
        return iter([()])
    out = []
    for i, x in enumerate(items):
        for rest in combinations(items[i + 1:], r - 1):
            out.append((x,) + rest)
    return iter(out)
def starmap(f, items): return iter([f(*i) for i in items])
def filterfalse(f, items): return iter([i for i in items if not f(i)])
def accumulate(items):
    total = None
    out = []
    for i in items:
        total = i if total is None else total + i
        out.append(total)
    return iter(out)
#: module dataclasses
MISSING = object()
class _Field:
    __decant__ = True
    def __init__(self, default, default_factory, name=None):
        self.default = default
        self.default_factory = default_factory
        self.name = name
def field(*, default=MISSING, default_factory=MISSING, **kw): return _Field(default, default_factory)
def dataclass(cls=None, **options):
    def decorate(cls):
        fields = {}
        for k in reversed(list(cls.__mro__)):
            ns = k.__dict__
            for n in ns.get("__annotations__", {}):
                fields[n] = ns[n] if n in ns else fields.get(n, MISSING)
        def __init__(self, *args, **kw):
            names = list(fields)
            for n, v in zip(names, args):
                setattr(self, n, v)
            for n in names[len(args):]:
                if n in kw:
                    setattr(self, n, kw[n])
                    continue
                d = fields[n]
                if isinstance(d, _Field):
                    if d.default_factory is not MISSING:
                        setattr(self, n, d.default_factory())
                        continue
                    d = d.default
                if d is MISSING:
                    raise TypeError("missing argument " + n)
                setattr(self, n, d)
            post = getattr(self, "__post_init__", None)
            if post is not None:
                post()
        if "__init__" not in cls.__dict__:
            cls.__init__ = __init__
        cls.__dataclass_fields__ = fields
        return cls
    if cls is None:
        return decorate
    return decorate(cls)
def asdict(o): return {n: getattr(o, n) for n in o.__dataclass_fields__}
def astuple(o): return tuple(getattr(o, n) for n in o.__dataclass_fields__)
def replace(o, **kw): return type(o)(**{**asdict(o), **kw})
def fields(o): return [_Field(v, MISSING, n) for n, v in o.__dataclass_fields__.items()]
def is_dataclass(o): return hasattr(o, "__dataclass_fields__")
#: module logging
class Logger:
    def _nothing(self, *a, **kw): pass
    debug = info = warning = warn = error = exception = critical = log = setLevel = addHandler = removeHandler = _nothing
    name = ""
    level = 0
    handlers = []
    propagate = True
    disabled = False
    def isEnabledFor(self, level): return False
    def getChild(self, name): return self
    def bind(self, *a, **kw): return self
    def getEffectiveLevel(self): return 30
def getLogger(*a, **kw): return Logger()
def _nothing(*a, **kw): pass
debug = info = warning = warn = error = exception = critical = log = basicConfig = disable = captureWarnings = _nothing
DEBUG = 10
INFO = 20
WARNING = 30
WARN = 30
ERROR = 40
CRITICAL = 50
class Handler:
    def __init__(self, *a, **kw): pass
    def setFormatter(self, *a): pass
    def setLevel(self, *a): pass
    def addFilter(self, *a): pass
    def removeFilter(self, *a): pass
    def set_name(self, name): pass
    def flush(self): pass
    def close(self): pass
StreamHandler = FileHandler = NullHandler = Formatter = Handler
__open__ = "a part of logging is not modelled"
#: module logging.config
def fileConfig(*a, **kw): pass
def dictConfig(*a, **kw): pass
#: module structlog
from logging import getLogger as get_logger
__open__ = "structlog is not modelled"
#: module loguru
from logging import Logger
logger = Logger()
#: module tqdm
def tqdm(items=(), *a, **kw): return items
def trange(*a): return range(*a)
#: module uuid
import _decant as _d
class UUID:
    def __init__(self, hex=None, bytes=None, int=None, version=None, **kw):
        if hex is not None:
            h = str(hex).replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "").lower()
            if len(h) != 32:
                raise ValueError("badly formed hexadecimal UUID string")
            self.hex = h
        else:
            self.hex = "%032x" % (int or 0)
        self.int = _int(self.hex, 16)
    def __str__(self):
        h = self.hex
        return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
    def __repr__(self): return "UUID('" + str(self) + "')"
    def __eq__(self, other): return isinstance(other, UUID) and self.hex == other.hex
_int = int
def uuid4(): return _d.moment("uuid4() is random")
def uuid1(*a, **kw): return _d.unknown("uuid1() depends on the clock")
def uuid5(namespace, name): return UUID(_d.uuid_hash(namespace.hex if isinstance(namespace, UUID) else "", name, 5))
def uuid3(namespace, name): return UUID(_d.uuid_hash(namespace.hex if isinstance(namespace, UUID) else "", name, 3))
def uuid6(*a, **kw): return _d.unknown("uuid6() depends on the clock")
def uuid7(*a, **kw): return _d.unknown("uuid7() depends on the clock")
NAMESPACE_DNS = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
NAMESPACE_URL = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
NAMESPACE_OID = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
NAMESPACE_X500 = UUID("6ba7b814-9dad-11d1-80b4-00c04fd430c8")
#: module datetime
import _decant as _d
class timedelta:
    def __init__(self, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
        total = ((days + weeks * 7) * 86400 + hours * 3600 + minutes * 60 + seconds) * 1000000 + microseconds + milliseconds * 1000
        self._us = int(total)
    @property
    def days(self): return self._us // 86400000000
    @property
    def seconds(self): return self._us % 86400000000 // 1000000
    @property
    def microseconds(self): return self._us % 1000000
    def total_seconds(self): return self._us / 1000000
    def __str__(self):
        s = self.seconds
        text = "%d:%02d:%02d" % (s // 3600, s % 3600 // 60, s % 60)
        if self.microseconds:
            text = text + ".%06d" % self.microseconds
        if self.days:
            text = "%d day%s, %s" % (self.days, "" if abs(self.days) == 1 else "s", text)
        return text
    def __neg__(self): return timedelta(microseconds=-self._us)
    def __add__(self, other): return timedelta(microseconds=self._us + other._us) if isinstance(other, timedelta) else other + self
    def __sub__(self, other): return timedelta(microseconds=self._us - other._us)
    def __mul__(self, n): return timedelta(microseconds=self._us * n)
    def __eq__(self, other): return isinstance(other, timedelta) and self._us == other._us
class tzinfo: pass
class timezone(tzinfo):
    def __init__(self, offset, name=None): self._offset = offset
    def utcoffset(self, dt): return self._offset
    def __str__(self): return "UTC" + _offset_text(self._offset) if self._offset._us else "UTC"
timezone.utc = timezone(timedelta(0))
timezone.min = timezone.utc
timezone.max = timezone.utc
UTC = timezone.utc
def _offset_text(delta):
    m = delta._us // 60000000
    return ("-" if m < 0 else "+") + "%02d:%02d" % (abs(m) // 60, abs(m) % 60)
def _days(y, m, d):
    a = (14 - m) // 12
    y2 = y + 4800 - a
    m2 = m + 12 * a - 3
    return d + (153 * m2 + 2) // 5 + 365 * y2 + y2 // 4 - y2 // 100 + y2 // 400 - 32045 - 1721425
def _civil(n):
    n = n + 1721425 + 32044
    g = n // 146097
    dg = n % 146097
    c = (dg // 36524 + 1) * 3 // 4
    dc = dg - c * 36524
    b = dc // 1461
    db = dc % 1461
    a = (db // 365 + 1) * 3 // 4
    da = db - a * 365
    y = g * 400 + c * 100 + b * 4 + a
    m = (da * 5 + 308) // 153 - 2
    d = da - (m + 4) * 153 // 5 + 122
    return (y - 4800 + (m + 2) // 12, (m + 2) % 12 + 1, d + 1)
class date:
    def __init__(self, year, month=1, day=1):
        self.year = year
        self.month = month
        self.day = day
    def isoformat(self): return "%04d-%02d-%02d" % (self.year, self.month, self.day)
    def __str__(self): return self.isoformat()
    def __repr__(self): return "datetime.date(%d, %d, %d)" % (self.year, self.month, self.day)
    def toordinal(self): return _days(self.year, self.month, self.day)
    def weekday(self): return (self.toordinal() + 6) % 7
    def replace(self, year=None, month=None, day=None): return date(year or self.year, month or self.month, day or self.day)
    def strftime(self, fmt): return _strftime(self, fmt)
    def _key(self): return (self.year, self.month, self.day)
    def __eq__(self, other): return isinstance(other, date) and self._key() == other._key()
    def __lt__(self, other): return self._key() < other._key()
    def __le__(self, other): return self._key() <= other._key()
    def __gt__(self, other): return self._key() > other._key()
    def __ge__(self, other): return self._key() >= other._key()
    def __add__(self, delta): return date(*_civil(self.toordinal() + delta.days))
    def __sub__(self, other):
        if isinstance(other, timedelta):
            return date(*_civil(self.toordinal() - other.days))
        return timedelta(days=self.toordinal() - other.toordinal())
    @classmethod
    def today(cls): return _d.unknown("date.today() depends on the clock")
    @classmethod
    def fromisoformat(cls, text): return cls(int(text[:4]), int(text[5:7]), int(text[8:10]))
    @classmethod
    def fromordinal(cls, n): return cls(*_civil(n))
    @classmethod
    def fromisocalendar(cls, year, week, day):
        fourth = _days(year, 1, 4)
        return cls(*_civil(fourth - (fourth + 6) % 7 + (week - 1) * 7 + day - 1))
class datetime(date):
    def __init__(self, year, month=1, day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo
    def isoformat(self, sep="T", timespec="auto"):
        text = "%04d-%02d-%02d%s%02d:%02d:%02d" % (self.year, self.month, self.day, sep, self.hour, self.minute, self.second)
        if self.microsecond:
            text = text + ".%06d" % self.microsecond
        if self.tzinfo is not None:
            text = text + _offset_text(self.tzinfo.utcoffset(self))
        return text
    def __str__(self): return self.isoformat(" ")
    def __repr__(self): return "datetime.datetime(...)"
    def _key(self): return (self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond)
    def _us(self): return (self.toordinal() * 86400 + self.hour * 3600 + self.minute * 60 + self.second) * 1000000 + self.microsecond
    def date(self): return date(self.year, self.month, self.day)
    def time(self): return time(self.hour, self.minute, self.second, self.microsecond)
    def replace(self, **kw):
        v = {"year": self.year, "month": self.month, "day": self.day, "hour": self.hour, "minute": self.minute, "second": self.second, "microsecond": self.microsecond, "tzinfo": self.tzinfo}
        v.update(kw)
        return datetime(**v)
    def astimezone(self, tz=None): return self.replace(tzinfo=tz) if tz is not None and self.tzinfo is not None and self.tzinfo.utcoffset(self) == tz.utcoffset(self) else _d.unknown("astimezone() depends on the time zone")
    def timestamp(self): return _d.unknown("timestamp() depends on the time zone") if self.tzinfo is None else (self._us() - 62135683200000000) / 1000000 - self.tzinfo.utcoffset(self)._us / 1000000
    def utcoffset(self): return None if self.tzinfo is None else self.tzinfo.utcoffset(self)
    def __add__(self, delta): return _from_us(self._us() + delta._us, self.tzinfo)
    def __sub__(self, other):
        if isinstance(other, timedelta):
            return _from_us(self._us() - other._us, self.tzinfo)
        return timedelta(microseconds=self._us() - other._us())
    @classmethod
    def now(cls, tz=None):
        # The wall clock of another time zone is not the moment that a column without one stores.
        if tz is not None and tz is not timezone.utc: return _d.unknown("datetime.now() of a time zone depends on the clock")
        return _d.moment("datetime.now() depends on the clock")
    @classmethod
    def utcnow(cls): return _d.moment("datetime.utcnow() depends on the clock")
    @classmethod
    def today(cls): return _d.unknown("datetime.today() depends on the clock")
    @classmethod
    def fromtimestamp(cls, t, tz=None): return _from_us(int(t * 1000000) + 62135683200000000, tz) if tz is not None else _d.unknown("fromtimestamp() depends on the time zone")
    @classmethod
    def utcfromtimestamp(cls, t): return _from_us(int(t * 1000000) + 62135683200000000, None)
    @classmethod
    def combine(cls, d, t, tzinfo=None): return cls(d.year, d.month, d.day, t.hour, t.minute, t.second, t.microsecond, tzinfo)
    @classmethod
    def fromisoformat(cls, text): return _parse_iso(text)
    @classmethod
    def strptime(cls, text, fmt): return _strptime(text, fmt)
def _from_us(us, tz):
    days = us // 86400000000
    rest = us % 86400000000
    y, m, d = _civil(days)
    s = rest // 1000000
    return datetime(y, m, d, s // 3600, s % 3600 // 60, s % 60, rest % 1000000, tz)
def _parse_iso(text):
    tz = None
    body = text
    if body.endswith("Z"):
        body = body[:-1]
        tz = timezone.utc
    day = body[:10]
    clock = body[11:]
    for sign in ("+", "-"):
        if sign in clock:
            clock, off = clock.split(sign, 1)
            off = off.replace(":", "")
            minutes = int(off[:2]) * 60 + int(off[2:4] or "0")
            tz = timezone(timedelta(minutes=minutes if sign == "+" else -minutes))
    parts = (clock.split(":") + ["0", "0", "0"])[:3] if clock else ["0", "0", "0"]
    sec = parts[2]
    us = 0
    if "." in sec:
        sec, frac = sec.split(".")
        us = int((frac + "000000")[:6])
    return datetime(int(day[:4]), int(day[5:7]), int(day[8:10]), int(parts[0]), int(parts[1]), int(sec), us, tz)
def _strptime(text, fmt):
    if fmt in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ"):
        return _parse_iso(text).replace(tzinfo=None)
    return _d.unknown("strptime() with this format is not modelled")
def _strftime(d, fmt):
    out = fmt.replace("%Y", "%04d" % d.year).replace("%m", "%02d" % d.month).replace("%d", "%02d" % d.day)
    if isinstance(d, datetime):
        out = out.replace("%H", "%02d" % d.hour).replace("%M", "%02d" % d.minute).replace("%S", "%02d" % d.second).replace("%f", "%06d" % d.microsecond)
    return out
class time:
    def __init__(self, hour=0, minute=0, second=0, microsecond=0, tzinfo=None):
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo
    def isoformat(self):
        text = "%02d:%02d:%02d" % (self.hour, self.minute, self.second)
        return text + ".%06d" % self.microsecond if self.microsecond else text
    def __str__(self): return self.isoformat()
datetime.min = datetime(1, 1, 1)
datetime.max = datetime(9999, 12, 31, 23, 59, 59, 999999)
date.min = date(1, 1, 1)
date.max = date(9999, 12, 31)
MINYEAR = 1
MAXYEAR = 9999
