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
class IntEnum(int, Enum):
    __decant__ = True
    def __str__(self): return str(self._value_)
class StrEnum(str, Enum):
    __decant__ = True
    def __str__(self): return self._value_
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
    def __init__(self, name="", cls=None): pass
    def __getitem__(self, item): return self
    def __call__(self, *a, **kw): return a[0] if a else None
    def __or__(self, other): return self
    def __ror__(self, other): return self
Any = Union = Optional = Callable = Literal = Final = ClassVar = Annotated = Type = Iterable = Iterator = Sequence = Mapping = MutableMapping = Generator = Awaitable = Coroutine = AsyncGenerator = AsyncIterator = AsyncIterable = Collection = Hashable = Sized = Text = AnyStr = NoReturn = Never = Self = TypeAlias = Concatenate = TypeGuard = Required = NotRequired = Unpack = Container = Reversible = SupportsInt = SupportsFloat = LiteralString = Set = List = Dict = Tuple = FrozenSet = Deque = DefaultDict = Counter = Pattern = Match = IO = TextIO = BinaryIO = ContextManager = AsyncContextManager = OrderedDict = MutableSequence = MutableSet = _Special()
class Generic: pass
class Protocol: pass
class TypedDict(dict): pass
def TypeVar(*a, **kw): return _Special()
def ParamSpec(*a, **kw): return _Special()
def NewType(name, tp): return tp
def cast(tp, value): return value
def overload(f): return f
def final(f): return f
def override(f): return f
def runtime_checkable(c): return c
def no_type_check(f): return f
def get_args(t): return ()
def get_origin(t): return None
def get_type_hints(o, **kw): return {}
def assert_never(x): pass
from collections import namedtuple as _nt
class NamedTuple:
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
class partial:
    def __init__(self, func, *args, **kw):
        self.func = func
        self.args = args
        self.keywords = kw
    def __call__(self, *args, **kw): return self.func(*self.args, *args, **{**self.keywords, **kw})
def wraps(f, *a, **kw): return lambda g: g
def update_wrapper(w, f, *a, **kw): return w
def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return maxsize
    return lambda f: f
def cache(f): return f
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
def uuid4(): return _d.unknown("uuid4() is random")
def uuid1(*a, **kw): return _d.unknown("uuid1() depends on the clock")
def uuid5(namespace, name): return UUID(_d.uuid_hash(namespace.hex if isinstance(namespace, UUID) else "", name, 5))
def uuid3(namespace, name): return UUID(_d.uuid_hash(namespace.hex if isinstance(namespace, UUID) else "", name, 3))
uuid6 = uuid7 = uuid4
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
    def now(cls, tz=None): return _d.unknown("datetime.now() depends on the clock")
    @classmethod
    def utcnow(cls): return _d.unknown("datetime.utcnow() depends on the clock")
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
#: module zoneinfo
import _decant as _d
def ZoneInfo(name): return _d.unknown("time zone rules are not modelled")
#: module os
import _decant as _d
import os.path as path
class _Environ:
    __decant__ = True
    def get(self, name, default=None): return _d.environ(name, default)
    def __getitem__(self, name):
        value = _d.environ(name, None)
        if value is None:
            return _d.unknown("the environment variable " + name + " has no default")
        return value
    def __contains__(self, name): return _d.environ(name, None) is not None
    def setdefault(self, name, value): return _d.environ(name, value)
    def pop(self, name, default=None): return _d.environ(name, default)
    def __setitem__(self, name, value): pass
    def copy(self): return {}
    def items(self): return []
    def keys(self): return []
environ = _Environ()
def getenv(name, default=None): return _d.environ(name, default)
def putenv(*a): pass
def getcwd(): return _d.unknown("the working folder is not known")
def listdir(p="."): return _d.unknown("folders are not listed")
def makedirs(*a, **kw): pass
def urandom(n): return _d.unknown("urandom() is random")
def getpid(): return _d.unknown("the process id is not known")
sep = "/"
linesep = "\n"
name = "posix"
__open__ = "a part of os is not modelled"
#: module os.path
import _decant as _d
def join(a, *parts):
    out = str(a)
    for p in parts:
        p = str(p)
        if p.startswith("/"):
            out = p
        else:
            out = out + p if out.endswith("/") or not out else out + "/" + p
    return out
def dirname(p): return str(p).rsplit("/", 1)[0] if "/" in str(p) else ""
def basename(p): return str(p).rsplit("/", 1)[-1]
def abspath(p): return _d.normpath(str(p))
realpath = normpath = abspath
def exists(p): return _d.path_exists(str(p))
isfile = exists
def isdir(p): return _d.path_exists(str(p))
def splitext(p):
    b = basename(p)
    if "." in b[1:]:
        i = str(p).rfind(".")
        return (str(p)[:i], str(p)[i:])
    return (str(p), "")
def expanduser(p): return p
def expandvars(p): return p
def isabs(p): return str(p).startswith("/")
def split(p): return (dirname(p), basename(p))
def relpath(p, start=None): return p
pardir = ".."
curdir = "."
sep = "/"
#: module pathlib
import os.path as _p
import _decant as _d
class Path:
    def __init__(self, *parts): self._path = _p.join(*[str(x) for x in parts]) if parts else "."
    def __str__(self): return self._path
    def __fspath__(self): return self._path
    def __repr__(self): return "PosixPath('" + self._path + "')"
    def __truediv__(self, other): return Path(self._path, str(other))
    def joinpath(self, *parts): return Path(self._path, *parts)
    @property
    def parent(self): return Path(_p.dirname(self._path) or ".")
    @property
    def parents(self):
        out = []
        p = self.parent
        for _ in range(30):
            out.append(p)
            if str(p) in (".", "/", ""):
                break
            p = p.parent
        return out
    @property
    def name(self): return _p.basename(self._path)
    @property
    def stem(self): return _p.splitext(self.name)[0]
    @property
    def suffix(self): return _p.splitext(self.name)[1]
    @property
    def parts(self): return tuple(self._path.split("/"))
    def resolve(self, strict=False): return Path(_p.abspath(self._path))
    def absolute(self): return self.resolve()
    def expanduser(self): return self
    def exists(self): return _p.exists(self._path)
    def is_file(self): return _p.exists(self._path)
    def is_dir(self): return _p.isdir(self._path)
    def read_text(self, *a, **kw): return _d.read_file(self._path)
    def read_bytes(self): return _d.read_file(self._path).encode()
    def open(self, mode="r", *a, **kw): return open(self._path, mode)
    def with_suffix(self, s): return Path(_p.splitext(self._path)[0] + s)
    def with_name(self, n): return self.parent / n
    def as_posix(self): return self._path
    def relative_to(self, other): return Path(self._path[len(str(other)) + 1:])
    def glob(self, pattern): return _d.unknown("folders are not listed")
    iterdir = rglob = glob
    def mkdir(self, *a, **kw): pass
    def __eq__(self, other): return isinstance(other, Path) and self._path == other._path
    @classmethod
    def cwd(cls): return _d.unknown("the working folder is not known")
    @classmethod
    def home(cls): return _d.unknown("the home folder is not known")
PurePath = PosixPath = PurePosixPath = Path
#: module io
class StringIO:
    __decant__ = True
    def __init__(self, text=""):
        self._text = text
        self._read = False
    def read(self, *a):
        if self._read:
            return ""
        self._read = True
        return self._text
    def getvalue(self): return self._text
    def readlines(self): return self._text.splitlines(True)
    def readline(self): return self._text.split("\n")[0]
    def __iter__(self): return iter(self._text.splitlines(True))
    def write(self, s): self._text = self._text + s
    def seek(self, *a): self._read = False
    def close(self): pass
    def flush(self): pass
    def __enter__(self): return self
    def __exit__(self, *a): return False
TextIOWrapper = BytesIO = StringIO
#: module json
import _decant as _d
def dumps(o, **kw): return _d.json_dumps(o, kw.get("ensure_ascii", True), kw.get("indent"), kw.get("sort_keys", False), kw.get("separators"), kw.get("default"))
def loads(s, **kw): return _d.json_loads(s)
def load(f, **kw): return _d.json_loads(f.read())
def dump(o, f, **kw): f.write(dumps(o, **kw))
class JSONDecodeError(ValueError): pass
class JSONEncoder: 
    __decant__ = True
decoder = None
#: module orjson
import _decant as _d
def dumps(o, *a, **kw): return _d.json_dumps(o, False, None, False, (",", ":"), None).encode()
def loads(s): return _d.json_loads(s)
#: module textwrap
import _decant as _d
def dedent(s): return _d.dedent(s)
def indent(s, prefix, predicate=None): return "".join([prefix + l if l.strip() else l for l in s.splitlines(True)])
__open__ = "a part of textwrap is not modelled"
#: module inspect
import _decant as _d
def cleandoc(s): return _d.dedent("\n" + s).strip() if False else _d.cleandoc(s)
def signature(f): return _d.unknown("signatures are not modelled")
def isclass(o): return isinstance(o, type)
def isfunction(o): return callable(o) and not isinstance(o, type)
def getmembers(o, predicate=None): return [(k, getattr(o, k)) for k in dir(o) if predicate is None or predicate(getattr(o, k))]
__open__ = "a part of inspect is not modelled"
#: module string
ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ascii_letters = ascii_lowercase + ascii_uppercase
digits = "0123456789"
hexdigits = "0123456789abcdefABCDEF"
punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
whitespace = " \t\n\r\x0b\x0c"
printable = digits + ascii_letters + punctuation + whitespace
def capwords(s): return " ".join([w.capitalize() for w in s.split()])
class Template:
    def __init__(self, template): self.template = template
    def substitute(self, mapping=None, **kw):
        values = dict(mapping or {})
        values.update(kw)
        out = self.template
        for k in sorted(values, key=lambda k: -len(k)):
            out = out.replace("${" + k + "}", str(values[k])).replace("$" + k, str(values[k]))
        return out.replace("$$", "$")
    safe_substitute = substitute
class Formatter: pass
#: module re
import _decant as _d
I = IGNORECASE = 2
M = MULTILINE = 8
S = DOTALL = 16
X = VERBOSE = 64
A = ASCII = 256
U = UNICODE = 32
class Match:
    __decant__ = True
    def __init__(self, spans, groups, names, text):
        self._groups = groups
        self._names = names
        self._spans = spans
        self.string = text
    def group(self, *which):
        if not which:
            which = (0,)
        out = [self._groups[self._names[w] if isinstance(w, str) else w] for w in which]
        return out[0] if len(out) == 1 else tuple(out)
    def __getitem__(self, w): return self.group(w)
    def groups(self, default=None): return tuple(self._groups[1:])
    def groupdict(self, default=None): return {n: self._groups[i] for n, i in self._names.items()}
    def start(self, g=0): return self._spans[g][0]
    def end(self, g=0): return self._spans[g][1]
    def span(self, g=0): return self._spans[g]
class Pattern:
    __decant__ = True
    def __init__(self, pattern, flags=0):
        self.pattern = pattern
        self.flags = flags
    def _all(self, text, how):
        found = _d.regex(self.pattern, self.flags, text, how)
        return [Match(*m) for m in found]
    def match(self, text, *a):
        m = self._all(text, "match")
        return m[0] if m else None
    def fullmatch(self, text, *a):
        m = self._all(text, "full")
        return m[0] if m else None
    def search(self, text, *a):
        m = self._all(text, "search")
        return m[0] if m else None
    def finditer(self, text, *a): return iter(self._all(text, "all"))
    def findall(self, text, *a):
        out = []
        for m in self._all(text, "all"):
            g = m.groups()
            out.append(m.group() if not g else g[0] if len(g) == 1 else g)
        return out
    def sub(self, repl, text, count=0):
        out = ""
        last = 0
        n = 0
        for m in self._all(text, "all"):
            if count and n >= count:
                break
            n = n + 1
            out = out + text[last:m.start()] + (repl(m) if callable(repl) else _expand(repl, m))
            last = m.end()
        return out + text[last:]
    def split(self, text, maxsplit=0):
        out = []
        last = 0
        for m in self._all(text, "all"):
            out.append(text[last:m.start()])
            out.extend(m.groups())
            last = m.end()
        out.append(text[last:])
        return out
def _expand(repl, m):
    if "\\" not in repl:
        return repl
    out = repl.replace("\\n", "\n").replace("\\g<0>", m.group())
    for i in range(len(m.groups()), 0, -1):
        g = m.group(i) or ""
        out = out.replace("\\g<" + str(i) + ">", g).replace("\\" + str(i), g)
    for n in m._names:
        out = out.replace("\\g<" + n + ">", m.group(n) or "")
    return out
def compile(pattern, flags=0): return pattern if isinstance(pattern, Pattern) else Pattern(pattern, flags)
def match(p, s, flags=0): return compile(p, flags).match(s)
def fullmatch(p, s, flags=0): return compile(p, flags).fullmatch(s)
def search(p, s, flags=0): return compile(p, flags).search(s)
def findall(p, s, flags=0): return compile(p, flags).findall(s)
def finditer(p, s, flags=0): return compile(p, flags).finditer(s)
def sub(p, repl, s, count=0, flags=0): return compile(p, flags).sub(repl, s, count)
def split(p, s, maxsplit=0, flags=0): return compile(p, flags).split(s)
def escape(s): return _d.regex_escape(s)
class error(Exception): pass
#: module hashlib
import _decant as _d
class _Hash:
    __decant__ = True
    def __init__(self, kind, data=b""):
        self._kind = kind
        self._data = data
    def update(self, data): self._data = self._data + data
    def hexdigest(self): return _d.digest(self._kind, self._data)
    def digest(self): return _d.unknown("digests as bytes are not modelled")
def md5(data=b"", **kw): return _Hash("md5", data)
def sha1(data=b"", **kw): return _Hash("sha1", data)
def sha256(data=b"", **kw): return _Hash("sha256", data)
def sha512(data=b"", **kw): return _Hash("sha512", data)
def new(kind, data=b"", **kw): return _Hash(kind, data)
__open__ = "a part of hashlib is not modelled"
#: module time
import _decant as _d
def time(): return _d.unknown("time() depends on the clock")
perf_counter = monotonic = time_ns = process_time = time
def sleep(*a): pass
def strftime(*a): return _d.unknown("strftime() depends on the clock")
gmtime = localtime = strftime
#: module random
import _decant as _d
def random(*a, **kw): return _d.unknown("it is random")
choice = choices = randint = randrange = uniform = sample = getrandbits = random
def seed(*a): pass
def shuffle(*a): pass
__open__ = "a part of random is not modelled"
#: module secrets
import _decant as _d
def token_hex(*a): return _d.unknown("it is random")
token_urlsafe = token_bytes = choice = randbelow = token_hex
#: module decimal
class Decimal:
    def __init__(self, value="0"): self._text = str(value)
    def __str__(self): return self._text
    def __repr__(self): return "Decimal('" + self._text + "')"
    def __float__(self): return float(self._text)
    def __eq__(self, other): return str(self) == str(other)
    def __int__(self): return int(float(self._text))
ROUND_HALF_UP = "ROUND_HALF_UP"
__open__ = "a part of decimal is not modelled"
#: module importlib
import _decant as _d
def import_module(name, package=None): return _d.import_module(name, package)
def reload(m): return m
def invalidate_caches(): pass
#: module importlib.resources
import _decant as _d
from pathlib import Path as _Path
def files(package): return _Path(_d.package_folder(package))
def read_text(package, name, *a, **kw): return (files(package) / name).read_text()
def open_text(package, name, *a, **kw): return (files(package) / name).open()
def path(package, name): return files(package) / name
as_file = path
#: module importlib.metadata
import _decant as _d
def version(name): return _d.unknown("versions of installed packages are not known")
class PackageNotFoundError(Exception): pass
__open__ = "a part of importlib.metadata is not modelled"
#: module importlib.util
__open__ = "importlib.util is not modelled"
#: module operator
def itemgetter(*keys): return lambda o: o[keys[0]] if len(keys) == 1 else tuple(o[k] for k in keys)
def attrgetter(*names): return lambda o: getattr(o, names[0]) if len(names) == 1 else tuple(getattr(o, n) for n in names)
def methodcaller(name, *a, **kw): return lambda o: getattr(o, name)(*a, **kw)
def eq(a, b): return a == b
def ne(a, b): return a != b
def lt(a, b): return a < b
def le(a, b): return a <= b
def gt(a, b): return a > b
def ge(a, b): return a >= b
def add(a, b): return a + b
def or_(a, b): return a | b
def and_(a, b): return a & b
def not_(a): return not a
def contains(a, b): return b in a
#: module copy
import _decant as _d
def copy(o): return _d.copy(o)
def deepcopy(o, memo=None): return _d.deepcopy(o)
#: module abc
class ABC: pass
class ABCMeta(type): pass
def abstractmethod(f): return f
abstractproperty = property
#: module sys
import _decant as _d
version_info = (3, 11, 9)
version = "3.11.9"
platform = "linux"
path = []
argv = ["alembic", "upgrade", "head"]
modules = {}
maxsize = 9223372036854775807
executable = "python"
class _Stream:
    def write(self, *a): pass
    def flush(self): pass
    def isatty(self): return False
stdout = stderr = stdin = _Stream()
def exit(*a): raise SystemExit(*a)
def exc_info(): return (None, None, None)
def getsizeof(*a): return 0
__open__ = "a part of sys is not modelled"
#: module warnings
def warn(*a, **kw): pass
def filterwarnings(*a, **kw): pass
def simplefilter(*a, **kw): pass
class catch_warnings:
    def __init__(self, **kw): pass
    def __enter__(self): return []
    def __exit__(self, *a): return False
#: module types
class SimpleNamespace:
    def __init__(self, **kw):
        for k, v in kw.items():
            setattr(self, k, v)
class ModuleType: pass
FunctionType = LambdaType = type(lambda: 0)
NoneType = type(None)
def MappingProxyType(d): return d
def DynamicClassAttribute(f): return property(f)
__open__ = "a part of types is not modelled"
#: module traceback
def print_exc(*a, **kw): pass
def format_exc(*a, **kw): return ""
__open__ = "a part of traceback is not modelled"
#: module asyncio
def run(x, *a, **kw): return x
def get_event_loop(): return None
__open__ = "asyncio is not modelled"
#: module math
import _decant as _d
inf = float("inf")
nan = float("nan")
pi = 3.141592653589793
def ceil(x): return int(x) if int(x) == x or x < 0 else int(x) + 1
def floor(x): return int(x) if int(x) == x or x > 0 else int(x) - 1
def sqrt(x): return x ** 0.5
__open__ = "a part of math is not modelled"
#: module six
string_types = (str,)
text_type = str
integer_types = (int,)
PY2 = False
PY3 = True
def iteritems(d): return d.items()
def itervalues(d): return d.values()
__open__ = "a part of six is not modelled"
#: module packaging.version
class Version:
    def __init__(self, text):
        self._text = text
        self._key = tuple(int("".join([c for c in p if c.isdigit()]) or "0") for p in text.split(".")[:3])
        self.major = self._key[0]
        self.minor = self._key[1] if len(self._key) > 1 else 0
        self.release = self._key
    def __str__(self): return self._text
    def __eq__(self, other): return self._key == other._key
    def __lt__(self, other): return self._key < other._key
    def __le__(self, other): return self._key <= other._key
    def __gt__(self, other): return self._key > other._key
    def __ge__(self, other): return self._key >= other._key
def parse(text): return Version(text)
#: module packaging
__open__ = "a part of packaging is not modelled"
#: module dateutil.parser
from datetime import _parse_iso as parse
isoparse = parse
#: module dateutil
__open__ = "a part of dateutil is not modelled"
#: module pytz
from datetime import timezone as _tz
utc = UTC = _tz.utc
__open__ = "a part of pytz is not modelled"
#: module psycopg2.errors
from sqlalchemy.exc import ProgrammingError as _E
class DuplicateTable(_E): pass
class DuplicateObject(_E): pass
class UndefinedTable(_E): pass
class UndefinedObject(_E): pass
class UndefinedColumn(_E): pass
class UndefinedFunction(_E): pass
class DuplicateColumn(_E): pass
__open__ = "a part of psycopg2 is not modelled"
#: module psycopg2
from sqlalchemy.exc import DatabaseError as Error, ProgrammingError, OperationalError, IntegrityError, InternalError, DatabaseError
__open__ = "a part of psycopg2 is not modelled"
