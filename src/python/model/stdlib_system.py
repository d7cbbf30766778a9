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
    def values(self): return []
    def __iter__(self): return iter([])
    def __len__(self): return 0
environ = _Environ()
def getenv(name, default=None): return _d.environ(name, default)
def putenv(*a): pass
def getcwd(): return _d.unknown("the working folder is not known")
def listdir(p="."): return _d.list_folder(str(p))
def walk(top):
    folders = []
    files = []
    for n in listdir(top):
        (folders if path.isdir(path.join(top, n)) and not path.isfile(path.join(top, n)) else files).append(n)
    yield (top, folders, files)
    for n in folders:
        yield from walk(path.join(top, n))
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
def isfile(p): return _d.path_exists(str(p)) and not _d.folder_exists(str(p))
def isdir(p): return _d.folder_exists(str(p))
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
#: module fnmatch
import re as _re
def translate(pattern):
    out = ""
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i = i + 1
        end = pattern.find("]", i + 1) if c == "[" else -1
        if c == "*":
            out = out + ".*"
        elif c == "?":
            out = out + "."
        elif end > 0:
            inner = pattern[i:end]
            out = out + "[" + ("^" + inner[1:] if inner.startswith("!") else inner) + "]"
            i = end + 1
        else:
            out = out + _re.escape(c)
    return "^(?s:" + out + ")$"
def fnmatch(name, pattern): return _re.match(translate(pattern), name) is not None
fnmatchcase = fnmatch
def filter(names, pattern): return [n for n in names if fnmatch(n, pattern)]
#: module glob
import os.path as _p
import _decant as _d
from fnmatch import fnmatch as _match
def _below(folder, parts, met=False):
    # Folders before the first pattern may lie above the roots, where nothing is looked at.
    if not parts:
        return [folder]
    first = parts[0]
    rest = parts[1:]
    if first in ("", "."):
        return _below(folder, rest, met)
    out = []
    if first == "**":
        out = out + (_below(folder, rest, True) if rest else [folder])
        for n in _d.list_folder(folder):
            p = _p.join(folder, n)
            if _p.isdir(p):
                out = out + _below(p, parts, True)
        return out
    if "*" not in first and "?" not in first and "[" not in first:
        p = _p.join(folder, first)
        return _below(p, rest, met) if rest and not met or _p.exists(p) else []
    for n in _d.list_folder(folder):
        if _match(n, first) and (first.startswith(".") or not n.startswith(".")):
            p = _p.join(folder, n)
            if not rest or _p.isdir(p):
                out = out + _below(p, rest, True)
    return out
def glob(pathname, *, root_dir=None, recursive=False, **kw):
    parts = str(pathname).split("/")
    if parts[0] == "":
        return _below("/", parts[1:])
    return [p[2:] if p.startswith("./") else p for p in _below(str(root_dir) if root_dir else ".", parts)]
iglob = glob
#: module codecs
import _decant as _d
_open = open
def open(filename, mode="r", encoding=None, errors="strict", buffering=-1): return _open(filename, mode)
__open__ = "a part of codecs is not modelled"
#: module pathlib
import os.path as _p
import _decant as _d
from glob import _below as _glob
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
    def is_file(self): return _p.isfile(self._path)
    def is_dir(self): return _p.isdir(self._path)
    def is_absolute(self): return self._path.startswith("/")
    def is_relative_to(self, other): return (self._path + "/").startswith(str(other).rstrip("/") + "/")
    def unlink(self, *a, **kw): pass
    touch = rmdir = chmod = unlink
    def samefile(self, other): return self._path == str(other)
    def __hash__(self): return hash(self._path)
    def read_text(self, *a, **kw): return _d.read_file(self._path)
    def read_bytes(self): return _d.read_file(self._path).encode()
    def open(self, mode="r", *a, **kw): return open(self._path, mode)
    def with_suffix(self, s): return Path(_p.splitext(self._path)[0] + s)
    def with_name(self, n): return self.parent / n
    def as_posix(self): return self._path
    def relative_to(self, other): return Path(self._path[len(str(other)) + 1:])
    def iterdir(self): return iter([self / n for n in _d.list_folder(self._path)])
    def glob(self, pattern): return iter([Path(p) for p in _glob(self._path, str(pattern).split("/"))])
    def rglob(self, pattern): return self.glob("**/" + str(pattern))
    def __lt__(self, other): return self._path < other._path
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
class Formatter:
    def format(self, text, *args, **kw): return text.format(*args, **kw)
    def vformat(self, text, args, kw): return text.format(*args, **kw)
    def parse(self, text):
        out = []
        literal = ""
        at = 0
        while at < len(text):
            c = text[at]
            if text[at:at + 2] == c * 2 and c in "{}":
                # A doubled brace ends its piece with one brace, as CPython's parser does.
                out.append((literal + c, None, None, None))
                literal = ""
                at += 2
                continue
            if c == "}": raise ValueError("Single '}' encountered in format string")
            if c != "{":
                literal += c
                at += 1
                continue
            at += 1
            if at >= len(text): raise ValueError("Single '{' encountered in format string")
            start, depth, name_end, bracket = at, 1, None, False
            while at < len(text):
                c = text[at]
                if c == "{": depth += 1
                elif c == "}":
                    depth -= 1
                    if depth == 0: break
                elif c == "[" and name_end is None: bracket = True
                elif c == "]": bracket = False
                elif c in "!:" and depth == 1 and name_end is None and not bracket: name_end = at
                at += 1
            if at >= len(text): raise ValueError("expected '}' before end of string")
            field, spec, conversion = text[start:at], "", None
            if name_end is not None:
                field = text[start:name_end]
                rest = text[name_end:at]
                if rest[0] == "!":
                    if len(rest) < 2: raise ValueError("end of string while looking for conversion specifier")
                    conversion = rest[1]
                    rest = rest[2:]
                    if rest and rest[0] != ":": raise ValueError("expected ':' after conversion specifier")
                spec = rest[1:]
            out.append((literal, field, spec, conversion))
            literal = ""
            at += 1
        if literal: out.append((literal, None, None, None))
        return iter(out)
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
    @property
    def lastindex(self):
        last = None
        for i in range(1, len(self._groups)):
            if self._groups[i] is not None and (last is None or self._spans[i][1] > self._spans[last][1]):
                last = i
        return last
    @property
    def lastgroup(self):
        last = self.lastindex
        for n, i in self._names.items():
            if i == last:
                return n
        return None
    def start(self, g=0): return self._spans[g][0]
    def end(self, g=0): return self._spans[g][1]
    def span(self, g=0): return self._spans[g]
class Pattern:
    __decant__ = True
    def __init__(self, pattern, flags=0):
        self.pattern = pattern
        self.flags = flags
    def _all(self, text, how, pos=0, endpos=None):
        found = _d.regex(self.pattern, self.flags, text, how, pos, endpos)
        return [Match(*m) for m in found]
    def match(self, text, *a):
        m = self._all(text, "match", *a)
        return m[0] if m else None
    def fullmatch(self, text, *a):
        m = self._all(text, "full", *a)
        return m[0] if m else None
    def search(self, text, *a):
        m = self._all(text, "search", *a)
        return m[0] if m else None
    def finditer(self, text, *a): return iter(self._all(text, "all", *a))
    def findall(self, text, *a):
        out = []
        for m in self._all(text, "all", *a):
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
class EntryPoint:
    def __init__(self, name=None, value=None, group=None):
        self.name = name
        self.value = value
        self.group = group
class EntryPoints(tuple):
    names = groups = set()
    def select(self, **kw): return self
# What installed packages announce: nothing, an assumption that the report lists.
def entry_points(**kw):
    _d.environ("entry-points", "")
    return EntryPoints()
__open__ = "a part of importlib.metadata is not modelled"
#: module importlib_metadata
from importlib.metadata import *
__open__ = "a part of importlib_metadata is not modelled"
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
class _Utc(_tz):
    zone = "UTC"
    def localize(self, dt, is_dst=False): return dt.replace(tzinfo=self)
    def normalize(self, dt, is_dst=False): return dt.astimezone(self)
utc = UTC = _Utc(_tz.utc.utcoffset(None), "UTC")
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
