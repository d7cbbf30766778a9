#: module sqlalchemy.sql.schema
import _decant as _d
from sqlalchemy.types import to_instance, ARRAY, Enum, TypeEngine, NullType, SchemaType
from sqlalchemy.sql.expression import ColumnElement, ColumnClause, ColumnCollection, FromClause, TableClause, TextClause, ClauseElement, Executable, quoted_name, conv, BindParameter, func, and_

BLANK_SCHEMA = "__blank_schema__"
RETAIN_SCHEMA = "__retain_schema__"

class SchemaItem:
    __decant__ = True
    @property
    def dialect_kwargs(self): return {}
    def dispatch(self, *a): pass

class FetchedValue(SchemaItem):
    for_update = False
    def __init__(self, for_update=False): pass
class DefaultClause(FetchedValue):
    def __init__(self, arg, for_update=False, _reflected=False):
        self.arg = arg
class ColumnDefault(SchemaItem):
    is_sequence = False
    def __init__(self, arg, **kw):
        self.arg = arg
        self.is_scalar = not callable(arg)
class Computed(FetchedValue):
    def __init__(self, sqltext, persisted=None):
        self.sqltext = sqltext
        self.persisted = persisted
class Identity(FetchedValue):
    def __init__(self, always=False, on_null=None, start=None, increment=None, minvalue=None, maxvalue=None, nominvalue=None, nomaxvalue=None, cycle=None, cache=None, order=None):
        self.always = always
        self.on_null = on_null
        self.start = start
        self.increment = increment
        self.minvalue = minvalue
        self.maxvalue = maxvalue
        self.cycle = cycle
        self.cache = cache
class Sequence(SchemaItem, Executable):
    is_sequence = True
    def __init__(self, name, start=None, increment=None, minvalue=None, maxvalue=None, nominvalue=None, nomaxvalue=None, cycle=None, schema=None, cache=None, order=None, data_type=None, optional=False, quote=None, metadata=None, quote_schema=None, for_update=False):
        self.name = name
        self.start = start
        self.increment = increment
        self.minvalue = minvalue
        self.maxvalue = maxvalue
        self.cycle = cycle
        self.schema = schema
        self.cache = cache
        self.data_type = to_instance(data_type) if data_type is not None else None
        self.optional = optional
        self.metadata = metadata
    def next_value(self): return NextValue(self)
    def create(self, bind=None, checkfirst=True): _d.sequence_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=True): _d.sequence_drop(self, checkfirst)
class NextValue(ColumnElement):
    __visit__ = "nextval"
    def __init__(self, sequence):
        self.sequence = sequence

class Constraint(SchemaItem):
    table = None
    _type_bound = False
    def __init__(self, name=None, deferrable=None, initially=None, comment=None, info=None, _create_rule=None, _type_bound=False, **dialect_kw):
        self.name = name
        self.deferrable = deferrable
        self.initially = initially
        self.comment = comment
        self._kw = dialect_kw
        self._creation = _d.next_creation()
class ColumnCollectionConstraint(Constraint):
    def __init__(self, *columns, name=None, deferrable=None, initially=None, _autoattach=True, _column_flag=False, info=None, comment=None, **kw):
        Constraint.__init__(self, name, deferrable, initially, comment, **kw)
        flat = []
        for c in columns:
            if isinstance(c, (list, tuple)):
                flat.extend(c)
            else:
                flat.append(c)
        self._given = flat
        _attach(self, flat)
    @property
    def columns(self): return ColumnCollection([_column_of(self.table, c) for c in self._given])
    def __iter__(self): return iter([_column_of(self.table, c) for c in self._given])
    def __contains__(self, x): return x in [c if isinstance(c, str) else c.name for c in self._given]
def _column_of(table, c):
    if isinstance(c, str):
        if table is not None and c in table.c:
            return table.c[c]
        return ColumnClause(c)
    return c
def _attach(constraint, columns):
    for c in columns:
        t = getattr(c, "table", None) if isinstance(c, Column) else None
        if isinstance(t, Table):
            t.append_constraint(constraint)
            return
class PrimaryKeyConstraint(ColumnCollectionConstraint):
    _kind = "pk"
    def __init__(self, *columns, **kw):
        self._implicit = kw.pop("_implicit_generated", False)
        ColumnCollectionConstraint.__init__(self, *columns, **kw)
class UniqueConstraint(ColumnCollectionConstraint):
    _kind = "uq"
class CheckConstraint(ColumnCollectionConstraint):
    _kind = "ck"
    def __init__(self, sqltext, name=None, deferrable=None, initially=None, table=None, info=None, _create_rule=None, _autoattach=True, _type_bound=False, comment=None, **kw):
        Constraint.__init__(self, name, deferrable, initially, comment, **kw)
        self.sqltext = sqltext
        self._type_bound = _type_bound
        self._given = _d.columns_in(sqltext)
        if table is not None:
            table.append_constraint(self)
        else:
            _attach(self, self._given)
class ForeignKeyConstraint(ColumnCollectionConstraint):
    _kind = "fk"
    def __init__(self, columns, refcolumns, name=None, onupdate=None, ondelete=None, deferrable=None, initially=None, use_alter=False, link_to_name=False, match=None, table=None, info=None, comment=None, **kw):
        Constraint.__init__(self, name, deferrable, initially, comment, **kw)
        self._given = list(columns)
        self._refs = list(refcolumns)
        self.onupdate = onupdate
        self.ondelete = ondelete
        self.match = match
        self.use_alter = use_alter
        _attach(self, self._given)
    @property
    def column_keys(self): return [c if isinstance(c, str) else c.name for c in self._given]
    @property
    def elements(self): return [ForeignKey(r) for r in self._refs]
    @property
    def referred_table(self): return TableClause(_d.referred(self._refs[0])[1])
class ForeignKey(SchemaItem):
    parent = None
    constraint = None
    def __init__(self, column, _constraint=None, use_alter=False, name=None, onupdate=None, ondelete=None, deferrable=None, initially=None, link_to_name=False, match=None, info=None, comment=None, _unresolvable=False, **kw):
        self._colspec = column
        self.name = name
        self.onupdate = onupdate
        self.ondelete = ondelete
        self.deferrable = deferrable
        self.initially = initially
        self.match = match
        self.use_alter = use_alter
        self._kw = kw
        self._creation = _d.next_creation()
    @property
    def target_fullname(self):
        schema, table, column = _d.referred(self._colspec)
        return (schema + "." if schema else "") + table + "." + (column or "")
class Index(SchemaItem):
    _kind = "ix"
    table = None
    def __init__(self, name, *expressions, unique=False, quote=None, info=None, _table=None, _column_flag=False, **kw):
        self.name = name
        self.expressions = list(expressions)
        self.unique = unique
        self._kw = kw
        self._column_flag = _column_flag
        self._creation = _d.next_creation()
        for e in expressions:
            for c in ([e] if isinstance(e, Column) else _d.columns_in(e)):
                if isinstance(getattr(c, "table", None), Table):
                    if self.table is None:
                        c.table._attach_index(self)
        if _table is not None:
            _table._attach_index(self)
    @property
    def columns(self): return ColumnCollection([_column_of(self.table, e) for e in self.expressions if isinstance(e, (str, ColumnClause))])
    def create(self, bind=None, checkfirst=False): _d.index_create(self, checkfirst)
    def drop(self, bind=None, checkfirst=False): _d.index_drop(self, checkfirst)

class Column(ColumnClause, SchemaItem):
    def __init__(self, *args, **kw):
        args = list(args)
        name = kw.pop("name", None)
        type_ = kw.pop("type_", None)
        if args and (args[0] is None or isinstance(args[0], str)):
            name = args.pop(0)
        if args and (_d.is_unknown(args[0]) or isinstance(args[0], TypeEngine) or (isinstance(args[0], type) and issubclass(args[0], TypeEngine)) or _d.is_type_like(args[0])):
            type_ = args.pop(0)
        self.name = name
        self.key = kw.get("key", name)
        self._creation = _d.next_creation()
        self._sort_order = 0
        self._mapped = False
        self.type = to_instance(type_)
        self.primary_key = kw.get("primary_key", False)
        nullable = kw.get("nullable", None)
        self._user_nullable = nullable
        self.index = kw.get("index", None)
        self.unique = kw.get("unique", None)
        self.default = kw.get("default", kw.get("insert_default"))
        self.onupdate = kw.get("onupdate")
        self.autoincrement = kw.get("autoincrement", "auto")
        self.comment = kw.get("comment")
        self.info = kw.get("info") or {}
        self.system = kw.get("system", False)
        self.foreign_keys = []
        self.constraints = []
        self.computed = None
        self.identity = None
        self.sequence = None
        self.server_default = None
        self._part = None
        default = kw.get("server_default")
        if _d.is_unknown(default):
            self.server_default = default
        elif isinstance(default, (Computed, Identity)):
            args.append(default)
        elif isinstance(default, DefaultClause):
            self.server_default = default.arg
        elif isinstance(default, FetchedValue):
            pass
        else:
            self.server_default = default
        for a in args:
            if _d.is_unknown(a):
                self._part = a
            elif isinstance(a, ForeignKey):
                a.parent = self
                self.foreign_keys.append(a)
            elif isinstance(a, Computed):
                self.computed = a
            elif isinstance(a, Identity):
                self.identity = a
                if nullable is None:
                    nullable = False
            elif isinstance(a, Sequence):
                self.sequence = a
            elif isinstance(a, DefaultClause):
                self.server_default = a.arg
            elif isinstance(a, (Constraint,)):
                self.constraints.append(a)
            elif isinstance(a, Index):
                pass
        if isinstance(self.default, Sequence):
            self.sequence = self.default
        self.nullable = nullable if nullable is not None else not self.primary_key
        self.table = None
        self.is_literal = False
    def _referred_type(self, depth=0):
        # A column without a type takes that of the column it refers to, when that is in the same metadata.
        for f in self.foreign_keys:
            c = f._colspec
            if isinstance(c, str) and self.table is not None and "." in c:
                key, name = c.rsplit(".", 1)
                tables = self.table.metadata.tables
                t = tables.get(key)
                if t is None and self.table.metadata.schema:
                    t = tables.get(self.table.metadata.schema + "." + key)
                c = t._columns.get(name) if t is not None else None
            if isinstance(c, Column) and depth < 20:
                return c._referred_type(depth + 1) if isinstance(c.type, NullType) else c.type
        return self.type
    def copy(self, **kw): return self._copy(**kw)
    def _copy(self, **kw):
        c = _d.copy(self)
        c.table = None
        # Keys that a table made a constraint of are that table's.
        fks = []
        for f in self.foreign_keys:
            if f.constraint is not None and self.table is not None:
                continue
            g = _d.copy(f)
            g.parent = c
            fks.append(g)
        c.foreign_keys = fks
        return c
    def references(self, column): return False
    def append_foreign_key(self, fk):
        fk.parent = self
        self.foreign_keys.append(fk)
    def _set_parent(self, table): pass

def _type_attached(type_, column, table):
    # What types do when their column gets its table.
    if not _d.is_known(type_):
        return
    kind = type_.item_type if isinstance(type_, ARRAY) else type_
    if not _d.is_known(kind):
        return
    if isinstance(kind, Enum):
        if kind.inherit_schema and kind.schema is None:
            kind.schema = table.schema
    elif isinstance(kind, TypeEngine) and kind._spatial:
        kind._attached(column, table)
class Table(TableClause, SchemaItem):
    def __new__(cls, *args, **kw):
        if len(args) >= 2 and isinstance(args[1], MetaData):
            schema = kw.get("schema", args[1].schema)
            key = (schema + "." if schema else "") + args[0]
            found = args[1].tables.get(key)
            if found is not None and not kw.get("extend_existing"):
                return found
        return object.__new__(cls)
    def __init__(self, name, metadata=None, *args, **kw):
        if "_columns" in self.__dict__ and not kw.get("extend_existing"):
            return
        self.name = name
        self.metadata = metadata if metadata is not None else MetaData()
        schema = kw.pop("schema", None)
        if schema is None:
            schema = self.metadata.schema
        self.schema = schema
        self.fullname = schema + "." + name if schema else name
        self.key = self.fullname
        self.comment = kw.pop("comment", None)
        self._prefixes = kw.pop("prefixes", [])
        self.info = kw.pop("info", {})
        self._columns = ColumnCollection()
        self.indexes = []
        self.constraints = []
        self._pk_given = None
        reflect = kw.pop("autoload_with", None) is not None or kw.pop("autoload", False)
        for k in ("extend_existing", "keep_existing", "listeners", "implicit_returning", "quote", "quote_schema", "include_columns", "resolve_fks", "must_exist", "mustexist", "autoload_replace", "sqlite_autoincrement_", "_extend_on", "_no_init"):
            kw.pop(k, None)
        self._kw = kw
        self.metadata.tables[self.key] = self
        if reflect:
            self._columns._reflected = (self.schema, self.name)
            for c in _d.reflect_columns(self.name, self.schema):
                self.append_column(Column(c["name"], c["type"], nullable=c["nullable"], primary_key=c["primary_key"], server_default=TextClause(c["default"]) if c["default"] is not None else None, autoincrement=c["autoincrement"]))
            pk = _d.pk_constraint(self.name, self.schema)
            if pk["constrained_columns"]:
                self.append_constraint(PrimaryKeyConstraint(*pk["constrained_columns"], name=conv(pk["name"])))
            for f in _d.foreign_keys(self.name, self.schema):
                self.append_constraint(ForeignKeyConstraint(f["constrained_columns"], [(f["referred_schema"], f["referred_table"], c) for c in f["referred_columns"]], name=conv(f["name"]), **f["options"]))
            for u in _d.unique_constraints(self.name, self.schema):
                self.append_constraint(UniqueConstraint(*u["column_names"], name=conv(u["name"])))
            for k in _d.check_constraints(self.name, self.schema):
                self.append_constraint(CheckConstraint(k["sqltext"], name=conv(k["name"])))
            for i in _d.indexes(self.name, self.schema):
                if "duplicates_constraint" not in i:
                    self._attach_index(Index(conv(i["name"]), *[c for c in i["column_names"] if c is not None], unique=i["unique"]))
        for a in args:
            if isinstance(a, Column):
                self.append_column(a)
            elif isinstance(a, Constraint):
                self.append_constraint(a)
            elif isinstance(a, Index):
                self._attach_index(a)
            elif isinstance(a, Sequence):
                pass
            elif isinstance(a, (list, tuple)):
                for x in a:
                    if isinstance(x, Column):
                        self.append_column(x)
                    elif isinstance(x, Constraint):
                        self.append_constraint(x)
    def append_column(self, column, replace_existing=False):
        column.table = self
        if column.key is None:
            column.key = column.name
        self._columns.add(column)
        if column.index:
            self._attach_index(Index(None, column, unique=bool(column.unique), _column_flag=True))
        elif column.unique:
            self.append_constraint(UniqueConstraint(column.name))
        _type_attached(column.type, column, self)
        check = _d.type_check(column)
        if check is not None:
            self.append_constraint(CheckConstraint(check[0], name=check[1], _type_bound=True))
        for f in column.foreign_keys:
            f.constraint = ForeignKeyConstraint([column.name], [f._colspec], name=f.name, onupdate=f.onupdate, ondelete=f.ondelete, deferrable=f.deferrable, initially=f.initially, match=f.match, use_alter=f.use_alter, **f._kw)
            self.append_constraint(f.constraint)
        for c in column.constraints:
            c.table = self
            if isinstance(c, ForeignKeyConstraint) or isinstance(c, UniqueConstraint) or isinstance(c, PrimaryKeyConstraint):
                self.append_constraint(c)
    def append_constraint(self, constraint):
        constraint.table = self
        if isinstance(constraint, PrimaryKeyConstraint):
            self._pk_given = constraint
            for c in constraint._given:
                name = c if isinstance(c, str) else c.name
                column = self._columns.get(name)
                if column is not None:
                    column.primary_key = True
                    if column._user_nullable is None:
                        column.nullable = False
        else:
            for c in self.constraints:
                if c is constraint:
                    return
            self.constraints.append(constraint)
    def _attach_index(self, index):
        index.table = self
        for i in self.indexes:
            if i is index:
                return
        self.indexes.append(index)
    @property
    def primary_key(self):
        if self._pk_given is not None:
            return self._pk_given
        return PrimaryKeyConstraint(*[c.name for c in self._columns if c.primary_key], _implicit_generated=True)
    @property
    def foreign_keys(self):
        return [f for c in self._columns for f in c.foreign_keys]
    @property
    def foreign_key_constraints(self):
        return [c for c in self.constraints if isinstance(c, ForeignKeyConstraint)]
    @property
    def bind(self): return None
    def create(self, bind=None, checkfirst=False): _d.table_create(self, checkfirst, False)
    def drop(self, bind=None, checkfirst=False): _d.table_drop(self, checkfirst)
    def exists(self, bind=None): return _d.has_table(self.name, self.schema)
    def to_metadata(self, metadata, schema=RETAIN_SCHEMA, referred_schema_fn=None, name=None):
        s = self.schema if schema == RETAIN_SCHEMA else schema
        return Table(name or self.name, metadata, *[c._copy() for c in self._columns], schema=s, comment=self.comment)
    def tometadata(self, metadata, schema=RETAIN_SCHEMA, **kw): return self.to_metadata(metadata, schema)

class MetaData(SchemaItem):
    def __init__(self, bind=None, schema=None, quote_schema=None, naming_convention=None, info=None, reflect=False, **kw):
        self.schema = schema
        if isinstance(bind, str):
            self.schema = bind
            bind = None
        self.bind = bind
        self.naming_convention = naming_convention if naming_convention else {"ix": "ix_%(column_0_label)s"}
        self.info = info or {}
        self.tables = {}
    @property
    def sorted_tables(self): return _d.sort_tables(list(self.tables.values()))
    def create_all(self, bind=None, tables=None, checkfirst=True):
        if tables is None:
            _d.force_imports()
        todo = self.sorted_tables if tables is None else _d.sort_tables([getattr(t, "__table__", t) for t in tables])
        for t in todo:
            _d.table_create(t, checkfirst, True)
        for t in todo:
            _d.table_create_late(t)
    def drop_all(self, bind=None, tables=None, checkfirst=True):
        if tables is None:
            _d.force_imports()
        todo = self.sorted_tables if tables is None else _d.sort_tables(list(tables))
        for t in reversed(todo):
            _d.table_drop(t, checkfirst)
    def reflect(self, bind=None, schema=None, views=False, only=None, **kw):
        names = _d.table_names(schema)
        if only is not None and not callable(only):
            missing = [n for n in only if n not in names and not (views and n in _d.view_names(schema))]
            if missing:
                from sqlalchemy.exc import InvalidRequestError
                error = InvalidRequestError("Could not reflect: requested table(s) not available in the database: (" + ", ".join(missing) + ")")
                error._missing_tables = [(schema, n) for n in missing]
                raise error
        for n in names:
            if only is None or (callable(only) and only(n, self)) or (not callable(only) and n in only):
                if n not in self.tables:
                    Table(n, self, schema=schema, autoload_with=True)
    def clear(self): self.tables.clear()
    def remove(self, table): self.tables.pop(table.key, None)
    def __contains__(self, key): return (key if isinstance(key, str) else key.key) in self.tables
ThreadLocalMetaData = MetaData

class DDLElement(Executable):
    _bind = None
    def __call__(self, target=None, bind=None, **kw): _d.execute_ddl(self)
    def execute(self, bind=None, target=None): _d.execute_ddl(self)
    def execute_if(self, dialect=None, callable_=None, state=None): return self
    def against(self, target): return self
BaseDDLElement = DDLElement
ExecutableDDLElement = DDLElement
class DDL(DDLElement):
    __visit__ = "ddl"
    def __init__(self, statement, context=None, bind=None):
        self.statement = statement
        self.context = context or {}
class _CreateDrop(DDLElement):
    def __init__(self, element, bind=None, if_exists=False, if_not_exists=False, **kw):
        self.element = element
        self.if_exists = if_exists
        self.if_not_exists = if_not_exists
        self.cascade = kw.get("cascade", False)
class CreateSchema(_CreateDrop):
    __visit__ = "create_schema"
class DropSchema(_CreateDrop):
    __visit__ = "drop_schema"
    def __init__(self, name, cascade=False, if_exists=False, **kw):
        _CreateDrop.__init__(self, name, if_exists=if_exists, cascade=cascade)
class CreateTable(_CreateDrop):
    __visit__ = "create_table"
class DropTable(_CreateDrop):
    __visit__ = "drop_table"
class CreateIndex(_CreateDrop):
    __visit__ = "create_index"
class DropIndex(_CreateDrop):
    __visit__ = "drop_index"
class CreateSequence(_CreateDrop):
    __visit__ = "create_sequence"
class DropSequence(_CreateDrop):
    __visit__ = "drop_sequence"
class AddConstraint(_CreateDrop):
    __visit__ = "add_constraint"
class DropConstraint(_CreateDrop):
    __visit__ = "drop_constraint"
class SetTableComment(_CreateDrop):
    __visit__ = "set_table_comment"
class DropTableComment(_CreateDrop):
    __visit__ = "drop_table_comment"
class SetColumnComment(_CreateDrop):
    __visit__ = "set_column_comment"
_NONE_NAME = None
class DefaultGenerator(SchemaItem): pass
class HasConditionalDDL: pass
def _get_table_key(name, schema): return name if schema is None else schema + "." + name

#: module sqlalchemy.schema
from sqlalchemy.sql.schema import *
from sqlalchemy.sql.expression import conv
__open__ = "a part of sqlalchemy.schema is not modelled"

