#: module alembic.operations.batch
# `batch_alter_table(recreate="always")`: also on PostgreSQL the table is made again under a temporary name, filled,
# and renamed. What a reflected table does not tell is lost: its comment, exclusion constraints, storage.
import _decant as _d
from alembic.operations import Operations, TableFor, _table
from sqlalchemy.sql.schema import *
from sqlalchemy.sql.expression import conv, TextClause
from sqlalchemy.types import to_instance, Reflected

def _plain(column):
    copy = column._copy()
    copy.index = False
    copy.unique = False
    copy.foreign_keys = []
    return copy

class Recreate(Operations):
    def __init__(self, ops, name, schema, copy_from, table_args, table_kwargs, reflect_args, partial_reordering):
        Operations.__init__(self, ops.migration_context)
        self._name = name
        self._schema = schema
        self._args = list(table_args or ())
        self._kwargs = dict(table_kwargs or {})
        self._partial = [tuple(p) for p in partial_reordering or ()]
        self._columns = {}
        self._named = {}
        self._unnamed = []
        self._old = []
        self._indexes = {}
        self._new_indexes = {}
        self._order = []
        self._renames = {}
        if copy_from is not None:
            self._take(copy_from)
        else:
            self._reflect(reflect_args or ())
        self._existing = list(self._columns)
    def _take(self, table):
        for c in table.columns:
            self._columns[c.name] = _plain(c)
        found = list(table.constraints)
        if table._pk_given is not None:
            found = [table._pk_given] + found
        for k in found:
            if k._type_bound:
                continue
            if k.name:
                self._named[k.name] = k
                self._old.append(k.name)
            else:
                self._unnamed.append(k)
        for i in table.indexes:
            if not i._column_flag:
                self._new_indexes[i.name] = i
    def _reflect(self, args):
        for c in _d.definitions(self._name, self._schema):
            more = []
            if c["identity"] is not None:
                more.append(Identity(**c["identity"]))
            if c["computed"] is not None:
                more.append(Computed(c["computed"], persisted=True))
            default = None if c["serial"] or c["default"] is None else TextClause(c["default"])
            kind = Reflected(c["sql"], c["visit"], c["declared"], c["collation"])
            self._columns[c["name"]] = Column(c["name"], kind, *more, primary_key=c["primary_key"], nullable=c["nullable"], server_default=default, autoincrement=c["autoincrement"], comment=c["comment"])
        pk = _d.pk_constraint(self._name, self._schema)
        found = []
        if pk["constrained_columns"]:
            found.append(PrimaryKeyConstraint(*pk["constrained_columns"], name=conv(pk["name"])))
        for f in _d.foreign_keys(self._name, self._schema):
            found.append(ForeignKeyConstraint(f["constrained_columns"], [(f["referred_schema"], f["referred_table"], c) for c in f["referred_columns"]], name=conv(f["name"]), **f["options"]))
        for u in _d.unique_constraints(self._name, self._schema):
            found.append(UniqueConstraint(*u["column_names"], name=conv(u["name"]), **u["dialect_options"]))
        for k in _d.check_constraints(self._name, self._schema):
            found.append(CheckConstraint(TextClause(k["sqltext"]), name=conv(k["name"])))
        for k in found:
            self._named[k.name] = k
            self._old.append(k.name)
        self._indexes = _d.index_definitions(self._name, self._schema)
        for a in args:
            if isinstance(a, Column):
                self._columns[a.name] = _plain(a)
            elif isinstance(a, Constraint) and a.name:
                self._named[a.name] = a

    def _add(self, constraint):
        holder = TableFor(self._name, self._schema)
        name = _d.constraint_name(constraint, holder)
        if name is None:
            raise ValueError("Constraint must have a name")
        constraint.name = conv(name)
        self._named[name] = constraint
    def add_column(self, table_name, column, *, schema=None, insert_before=None, insert_after=None, **kw):
        self._depend(column.name, insert_before, insert_after)
        if column.table is not None:
            column = column._copy()
        t = _table(table_name, schema, column)
        self._columns[column.name] = _plain(column)
        for k in t.constraints:
            if not k._type_bound:
                self._add(k)
        for i in t.indexes:
            self._new_indexes[len(self._new_indexes)] = i
    def _depend(self, name, before, after):
        existing = self._existing
        if not self._partial:
            if after and not before:
                if after in existing:
                    at = existing.index(after) + 1
                    if at < len(existing):
                        before = existing[at]
                else:
                    before = dict(self._order)[after]
            if before and not after:
                if before in existing:
                    at = existing.index(before) - 1
                    if at >= 0:
                        after = existing[at]
                else:
                    after = {b: a for a, b in self._order}[before]
        if before:
            self._order.append((name, before))
        if after:
            self._order.append((after, name))
        if not self._partial and not before and not after and existing:
            self._order.append((existing[-1], name))
    def drop_column(self, table_name, column_name, **kw):
        self._columns.pop(column_name)
        self._existing.remove(column_name)
    def alter_column(self, table_name, column_name, *, nullable=None, comment=False, server_default=False, new_column_name=None, type_=None, autoincrement=None, name=None, **kw):
        c = self._columns[column_name]
        new = new_column_name if new_column_name is not None else name
        if new is not None and new != column_name:
            c.name = new
            self._renames[column_name] = new
        if type_ is not None:
            c.type = to_instance(type_)
        if nullable is not None:
            c.nullable = nullable
        if server_default is not False:
            c.server_default = server_default
        if autoincrement is not None:
            c.autoincrement = bool(autoincrement)
        if comment is not False:
            c.comment = comment
    def create_index(self, index_name, table_name, columns, *, schema=None, unique=False, **kw):
        if isinstance(columns, str):
            columns = [columns]
        kw.pop("if_not_exists", None)
        i = Index(index_name, unique=unique, **{k: v for k, v in kw.items() if k not in ("quote", "info")})
        i.expressions = list(columns)
        i.table = TableFor(table_name, schema)
        self._new_indexes[index_name] = i
    def drop_index(self, index_name, table_name=None, **kw):
        if self._indexes.pop(index_name, None) is None and self._new_indexes.pop(index_name, None) is None:
            raise ValueError("No such index: '%s'" % index_name)
    def create_primary_key(self, constraint_name, table_name, columns, *, schema=None, **kw):
        self._add(PrimaryKeyConstraint(*columns, name=constraint_name, **kw))
    def create_unique_constraint(self, constraint_name, table_name, columns, *, schema=None, **kw):
        kw.pop("source", None)
        self._add(UniqueConstraint(*([columns] if isinstance(columns, str) else columns), name=constraint_name, **kw))
    def create_foreign_key(self, constraint_name, source_table, referent_table, local_cols, remote_cols, *, source_schema=None, referent_schema=None, **kw):
        self._add(ForeignKeyConstraint(list(local_cols), [(referent_schema, referent_table, r) for r in remote_cols], name=constraint_name, **kw))
    def create_check_constraint(self, constraint_name, table_name, condition, *, schema=None, **kw):
        self._add(CheckConstraint(condition, name=constraint_name, **kw))
    def create_exclude_constraint(self, constraint_name, table_name, *elements, **kw):
        from sqlalchemy.dialects.postgresql import ExcludeConstraint
        kw.pop("schema", None)
        self._add(ExcludeConstraint(*elements, name=constraint_name, **kw))
    def drop_constraint(self, constraint_name, table_name, type_=None, *, schema=None, if_exists=None):
        if constraint_name is None:
            raise ValueError("Constraint must have a name")
        name = constraint_name
        if type_ == "check":
            name = _d.constraint_name(CheckConstraint("TRUE", name=name), TableFor(table_name, schema))
        k = self._named.pop(name, None)
        if k is None:
            raise ValueError("No such constraint: '%s'" % name)
        if isinstance(k, PrimaryKeyConstraint):
            for c in k._given:
                self._columns[c if isinstance(c, str) else c.name].primary_key = False
    def create_table_comment(self, table_name, comment, **kw): pass
    def drop_table_comment(self, table_name, **kw): pass

    def _sorted(self):
        if not self._partial and not self._order:
            return list(self._columns.values())
        names = list(self._columns)
        pairs = list(self._order)
        if self._partial:
            for group in self._partial:
                pairs.extend(zip(group, group[1:]))
        else:
            pairs.extend(zip(self._existing, self._existing[1:]))
        todo = names
        done = []
        while todo:
            free = [n for n in todo if not [a for a, b in pairs if b == n and a in todo]]
            if not free:
                raise ValueError("Circular dependency detected.")
            done.extend(free)
            todo = [n for n in todo if n not in free]
        return [self._columns[n] for n in done]
    def _finish(self):
        name, schema = self._name, self._schema
        temporary = ("_alembic_tmp_" + name)[0:50]
        new = Table(temporary, MetaData(), *self._sorted(), *self._args, schema=schema, **self._kwargs)
        for k in list(self._named.values()) + self._unnamed:
            if not isinstance(k, CheckConstraint):
                given = [c if isinstance(c, str) else c.name for c in k._given]
                if [c for c in given if c not in self._columns]:
                    continue
                k = _d.copy(k)
                k._given = [self._renames.get(c, c) for c in given]
            new.append_constraint(k)
        for old in self._old:
            if old in self._named:
                _d.drop_constraint(conv(old), TableFor(name, schema), None, False)
        _d.create_table(new, None)
        _d.drop_table(name, schema, None)
        _d.rename_table(temporary, name, schema)
        for definition in self._indexes.values():
            _d.index_again(definition, self._renames)
        for i in self._new_indexes.values():
            _d.create_index(i, None)
