#: module alembic.operations
import _decant as _d
from sqlalchemy.sql.schema import *
from sqlalchemy.sql.schema import _column_of
from sqlalchemy.sql.expression import conv, TextClause, TableClause, ColumnClause, BindParameter
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.engine import Connection

class MigrateOperation:
    __decant__ = True
class _Known(MigrateOperation):
    """An operation of Alembic itself, as an object."""
    def __init__(self, *args, **kw):
        self._args = args
        self._kw = kw
    def _run(self, operations): return getattr(operations, self._name)(*self._args, **self._kw)
class AddConstraintOp(_Known): pass
class BatchOperations: pass

def _table(name, schema=None, *columns, **kw):
    return Table(name, _d.target_metadata(), *columns, schema=schema, **kw)

class AbstractOperations:
    __decant__ = True
    def __init__(self, migration_context=None, impl=None):
        self.migration_context = migration_context or MigrationContext()
        self.impl = self
    @classmethod
    def register_operation(cls, name, sourcename=None):
        def decorate(op_cls):
            fn = getattr(op_cls, sourcename or name)
            def call(self, *args, **kw):
                return fn(self, *args, **kw)
            setattr(AbstractOperations, name, call)
            return op_cls
        return decorate
    @classmethod
    def implementation_for(cls, op_cls, replace=False):
        def decorate(fn):
            op_cls._implementation = fn
            return fn
        return decorate
    def invoke(self, operation):
        fn = getattr(type(operation), "_implementation", None)
        if fn is not None:
            return fn(self, operation)
        if isinstance(operation, _Known):
            return operation._run(self)
        return _d.opaque_operation(type(operation).__name__)
    @classmethod
    def context(cls, migration_context): return _OperationsContext()
    def f(self, name): return conv(name)
    def inline_literal(self, value, type_=None):
        b = BindParameter(None, value, type_)
        b.given = True
        return b
    def get_bind(self): return Connection()
    def get_context(self): return self.migration_context
    def run_async(self, fn, *args, **kw): return fn(Connection(), *args, **kw)

    def create_table(self, table_name, *columns, if_not_exists=None, **kw):
        metadata = _d.target_metadata()
        cols = []
        rest = []
        for c in columns:
            if isinstance(c, Column):
                cols.append(c._copy() if c.table is not None else c)
            elif isinstance(c, (list, tuple)):
                for x in c:
                    (cols if isinstance(x, Column) else rest).append(x)
            else:
                rest.append(c)
        t = Table(table_name, metadata, *cols, **kw)
        for c in rest:
            if isinstance(c, Index):
                t._attach_index(c)
            elif isinstance(c, Constraint):
                t.append_constraint(c)
        _d.create_table(t, if_not_exists)
        return t
    def drop_table(self, table_name, schema=None, *, if_exists=None, **kw):
        _d.drop_table(table_name, schema, if_exists)
    def rename_table(self, old_table_name, new_table_name, schema=None):
        _d.rename_table(old_table_name, new_table_name, schema)
    def add_column(self, table_name, column, schema=None, *, if_not_exists=None, inline_references=None, inline_primary_key=None, **kw):
        if column.table is not None:
            column = column._copy()
        t = _table(table_name, schema, column)
        _d.add_column(t, column, if_not_exists, inline_references, inline_primary_key)
    def drop_column(self, table_name, column_name, schema=None, *, if_exists=None, **kw):
        _d.drop_column(table_name, column_name, schema, if_exists)
    def alter_column(self, table_name, column_name, *, nullable=None, comment=False, server_default=False, new_column_name=None, type_=None, existing_type=None, existing_server_default=False, existing_nullable=None, existing_comment=None, schema=None, postgresql_using=None, autoincrement=None, existing_autoincrement=None, name=None, **kw):
        if new_column_name is None:
            new_column_name = name
        _d.alter_column(table_name, column_name, schema, nullable, comment, server_default, new_column_name, type_, existing_type, existing_server_default, postgresql_using, existing_nullable, existing_comment)
    def create_index(self, index_name, table_name, columns, schema=None, unique=False, quote=None, *, if_not_exists=None, **kw):
        t = TableFor(table_name, schema)
        if isinstance(columns, str):
            columns = [columns]
        i = Index(index_name, unique=unique, **{k: v for k, v in kw.items() if k not in ("quote", "info")})
        i.expressions = list(columns)
        i.table = t
        _d.create_index(i, if_not_exists)
    def drop_index(self, index_name, table_name=None, schema=None, *, if_exists=None, **kw):
        _d.drop_index(index_name, table_name, schema, if_exists)
    def create_primary_key(self, constraint_name, table_name, columns, schema=None, **kw):
        _d.add_constraint(TableFor(table_name, schema), PrimaryKeyConstraint(*columns, name=constraint_name, **kw))
    def create_unique_constraint(self, constraint_name, table_name, columns, schema=None, **kw):
        kw.pop("source", None)
        if isinstance(columns, str):
            columns = [columns]
        _d.add_constraint(TableFor(table_name, schema), UniqueConstraint(*columns, name=constraint_name, **kw))
    def create_foreign_key(self, constraint_name, source_table, referent_table, local_cols, remote_cols, onupdate=None, ondelete=None, deferrable=None, initially=None, match=None, source_schema=None, referent_schema=None, **kw):
        prefix = (referent_schema + "." if referent_schema else "") + referent_table
        if isinstance(local_cols, str):
            local_cols = [local_cols]
        if isinstance(remote_cols, str):
            remote_cols = [remote_cols]
        c = ForeignKeyConstraint(list(local_cols), [(referent_schema, referent_table, r) for r in remote_cols], name=constraint_name, onupdate=onupdate, ondelete=ondelete, deferrable=deferrable, initially=initially, match=match, **kw)
        _d.add_constraint(TableFor(source_table, source_schema), c)
    def create_check_constraint(self, constraint_name, table_name, condition, schema=None, **kw):
        _d.add_constraint(TableFor(table_name, schema), CheckConstraint(condition, name=constraint_name, **kw))
    def create_exclude_constraint(self, constraint_name, table_name, *elements, **kw):
        schema = kw.pop("schema", None)
        _d.add_constraint(TableFor(table_name, schema), ExcludeConstraint(*elements, name=constraint_name, **kw))
    def drop_constraint(self, constraint_name, table_name, type_=None, schema=None, *, if_exists=None):
        _d.drop_constraint(constraint_name, TableFor(table_name, schema), type_, if_exists)
    def create_table_comment(self, table_name, comment, *, existing_comment=None, schema=None):
        _d.table_comment_set(table_name, schema, comment)
    def drop_table_comment(self, table_name, *, existing_comment=None, schema=None):
        _d.table_comment_set(table_name, schema, None)
    def bulk_insert(self, table, rows, *, multiinsert=True):
        _d.bulk_insert(table, rows)
    def execute(self, sqltext, *, execution_options=None, **kw):
        _d.execute(sqltext, None, "op")
    def batch_alter_table(self, table_name, schema=None, recreate="auto", partial_reordering=None, copy_from=None, table_args=(), table_kwargs=None, reflect_args=(), reflect_kwargs=None, naming_convention=None):
        return _Batch(self, table_name, schema, recreate, copy_from, table_args, table_kwargs, reflect_args, partial_reordering)
    def add_geospatial_column(self, table_name, column, schema=None):
        column.type.spatial_index = False
        self.add_column(table_name, column, schema=schema)
    def drop_geospatial_column(self, table_name, column_name, schema=None, **kw):
        self.drop_column(table_name, column_name, schema=schema)
    def create_geospatial_table(self, table_name, *columns, **kw):
        for c in columns:
            if isinstance(c, Column) and c.type._spatial:
                c.type.spatial_index = False
        return self.create_table(table_name, *columns, **kw)
    def drop_geospatial_table(self, table_name, schema=None, **kw):
        self.drop_table(table_name, schema=schema)
    def create_geospatial_index(self, index_name, table_name, columns, schema=None, unique=False, **kw):
        self.create_index(index_name, table_name, columns, schema=schema, unique=unique, **kw)
    def drop_geospatial_index(self, index_name, table_name=None, schema=None, **kw):
        self.drop_index(index_name, table_name, schema=schema)
    def sync_enum_values(self, *args, **kw):
        names = ("enum_schema", "enum_name", "new_values", "affected_columns", "enum_values_to_rename")
        given = dict(zip(names, args))
        given.update(kw)
        _d.sync_enum(given["enum_schema"], given["enum_name"], list(given["new_values"]), given.get("affected_columns") or [], given.get("enum_values_to_rename") or [])
    def create_entity(self, entity): self.execute(entity.to_sql_statement_create())
    def drop_entity(self, entity, cascade=False): self.execute(entity.to_sql_statement_drop(cascade=cascade))
    def replace_entity(self, entity):
        for s in entity.to_sql_statement_create_or_replace():
            self.execute(s)
    def revert_entity(self, entity): self.replace_entity(entity)
    @property
    def schema_obj(self): return SchemaObjects()
class SchemaObjects:
    __decant__ = True
    def table(self, name, *columns, **kw): return _table(name, kw.pop("schema", None), *columns, **kw)
    def metadata(self): return _d.target_metadata()

def TableFor(name, schema):
    t = TableClause(name, schema=schema)
    t.metadata = _d.target_metadata()
    return t
class _OperationsContext:
    __decant__ = True
    def __enter__(self): return Operations()
    def __exit__(self, *a): return False
class Operations(AbstractOperations): pass

class _Batch:
    __decant__ = True
    _again = None
    def __init__(self, ops, table_name, schema, recreate, copy_from, *more):
        if recreate not in ("auto", "always", "never"):
            raise ValueError("recreate may be one of 'auto', 'always', or 'never'.")
        if recreate == "always":
            from alembic.operations.batch import Recreate
            ops = self._again = Recreate(ops, table_name, schema, copy_from, *more)
        self._batch = BatchOperations(ops, table_name, schema)
    def __enter__(self): return self._batch
    def __exit__(self, kind, *a):
        if self._again is not None and kind is None:
            self._again._finish()
        return False
class BatchOperations:
    __decant__ = True
    def __init__(self, ops, table_name, schema):
        self._ops = ops
        self._table = table_name
        self._schema = schema
        self.impl = self
        self.migration_context = ops.migration_context
        self.table_name = table_name
    def f(self, name): return conv(name)
    def get_bind(self): return Connection()
    def get_context(self): return self._ops.get_context()
    def invoke(self, operation): return self._ops.invoke(operation)
    def add_column(self, column, *, insert_before=None, insert_after=None, **kw):
        if insert_before or insert_after:
            if type(self._ops).__name__ != "Recreate":
                from alembic.util import CommandError
                raise CommandError("Can't specify insert_before or insert_after when using ALTER; please specify recreate='always'")
            kw["insert_before"] = insert_before
            kw["insert_after"] = insert_after
        self._ops.add_column(self._table, column, schema=self._schema, **kw)
    def drop_column(self, column_name, *, if_exists=None, **kw):
        self._ops.drop_column(self._table, column_name, schema=self._schema, if_exists=if_exists)
    def alter_column(self, column_name, *, insert_before=None, insert_after=None, **kw):
        self._ops.alter_column(self._table, column_name, schema=self._schema, **kw)
    def create_index(self, index_name, columns, **kw):
        self._ops.create_index(index_name, self._table, columns, schema=self._schema, **kw)
    def drop_index(self, index_name, **kw):
        kw.pop("table_name", None)
        self._ops.drop_index(index_name, self._table, schema=self._schema, **kw)
    def create_primary_key(self, constraint_name, columns, **kw):
        self._ops.create_primary_key(constraint_name, self._table, columns, schema=self._schema, **kw)
    def create_unique_constraint(self, constraint_name, columns, **kw):
        self._ops.create_unique_constraint(constraint_name, self._table, columns, schema=self._schema, **kw)
    def create_foreign_key(self, constraint_name, referent_table, local_cols, remote_cols, *, referent_schema=None, **kw):
        kw.pop("source_schema", None)
        self._ops.create_foreign_key(constraint_name, self._table, referent_table, local_cols, remote_cols, source_schema=self._schema, referent_schema=referent_schema, **kw)
    def create_check_constraint(self, constraint_name, condition, **kw):
        self._ops.create_check_constraint(constraint_name, self._table, condition, schema=self._schema, **kw)
    def create_exclude_constraint(self, constraint_name, *elements, **kw):
        self._ops.create_exclude_constraint(constraint_name, self._table, *elements, schema=self._schema, **kw)
    def drop_constraint(self, constraint_name, type_=None, **kw):
        self._ops.drop_constraint(constraint_name, self._table, type_=type_, schema=self._schema, if_exists=kw.get("if_exists"))
    def create_table_comment(self, comment, *, existing_comment=None):
        self._ops.create_table_comment(self._table, comment, schema=self._schema)
    def drop_table_comment(self, *, existing_comment=None):
        self._ops.drop_table_comment(self._table, schema=self._schema)
    def execute(self, sqltext, **kw): self._ops.execute(sqltext)
    def create_geospatial_index(self, index_name, columns, **kw):
        self.create_index(index_name, columns, **kw)
    def drop_geospatial_index(self, index_name, **kw):
        self.drop_index(index_name)
    def add_geospatial_column(self, column, **kw):
        column.type.spatial_index = False
        self.add_column(column, **kw)
    def drop_geospatial_column(self, column_name, **kw): self.drop_column(column_name)

class _Autocommit:
    __decant__ = True
    def __enter__(self): return self
    def __exit__(self, *a): return False
class _Attributes(dict):
    # What a program that runs Alembic hands over.
    def get(self, key, default=None): return self[key] if key in self else _d.config_attribute(key, default)
    def __missing__(self, key): return _d.config_attribute(key, None)
class _Options(dict):
    # What env.py gives context.configure().
    def __missing__(self, key):
        if _d.configured_with() is not None:
            raise KeyError(key)
        return _d.context_option(key)
class Config:
    __decant__ = True
    config_file_name = _d.config_file()
    config_ini_section = "alembic"
    print_stdout = None
    cmd_opts = None
    def __init__(self, file_=None, *a, **kw):
        self.attributes = _Attributes()
    def get_main_option(self, name, default=None): return _d.config_option(name, default)
    def get_section_option(self, section, name, default=None): return _d.config_option(name, default)
    def get_alembic_option(self, name, default=None): return _d.config_option(name, default)
    def get_section(self, name, default=None): return {}
    def set_main_option(self, name, value): _d.set_option(name, value)
    def set_section_option(self, section, name, value): pass
    def get_template_directory(self): return ""
    @property
    def toml_alembic_config(self): return {}
class _Impl:
    __decant__ = True
    transactional_ddl = True
    def __init__(self):
        from sqlalchemy.engine import Dialect
        self.dialect = Dialect()
    @property
    def bind(self): return Connection()
    def _exec(self, construct, *a, **kw): return _d.execute(construct, None, "op")
    def execute(self, sql, execution_options=None): _d.execute(sql, None, "op")
class MigrationContext:
    __decant__ = True
    def __init__(self, *args, **kw):
        from sqlalchemy.engine import Dialect
        self._dialect = Dialect()
        self.bind = Connection()
        self.connection = self.bind
        self.impl = _Impl()
        self.config = Config()
        self.environment_context = self
        self.script = _Script()
    @property
    def dialect(self): return _d.answered("dialect", self._dialect)
    @property
    def opts(self): return _Options({"compare_type": True, **(_d.configured_with() or {}), "target_metadata": _d.target_metadata(), "as_sql": False})
    @property
    def version_table(self): return (_d.configured_with() or {}).get("version_table", "alembic_version")
    @property
    def version_table_schema(self): return (_d.configured_with() or {}).get("version_table_schema")
    @property
    def as_sql(self): return _d.answered("offline", False)
    @property
    def operations(self): return Operations()
    @classmethod
    def configure(cls, *a, **kw): return cls()
    def autocommit_block(self): return _Autocommit()
    def begin_transaction(self, *a): return _Autocommit()
    def get_current_revision(self): return _d.current_revision()
    def get_current_heads(self): return (_d.current_revision(),)
    def run_migrations(self, **kw): _d.migrations_run(**kw)
    def get_bind(self): return self.bind
    def execute(self, sql, execution_options=None): _d.execute(sql, None, "op")
    def is_offline_mode(self): return _d.answered("offline", False)
    def get_x_argument(self, as_dictionary=False): return _d.x_arguments(as_dictionary)
    @property
    def template_args(self): return {}
    @property
    def metadata(self): return _d.target_metadata()
class _Script:
    __decant__ = True
    def get_revision(self, id_): return _d.revision_script(id_)
class ToImpl(MigrateOperation): pass
#: module alembic.operations.ops
from alembic.operations import MigrateOperation, AddConstraintOp, _Known
class CreateTableOp(_Known):
    def __init__(self, table_name, columns, **kw):
        self.table_name = table_name
        self.columns = list(columns)
        self.kw = kw
        kw.pop("_namespace_metadata", None)
        kw.pop("_constraints_included", None)
    def _run(self, operations): return operations.create_table(self.table_name, *self.columns, **self.kw)
class DropTableOp(_Known):
    _name = "drop_table"
class RenameTableOp(_Known):
    _name = "rename_table"
class CreateTableCommentOp(_Known):
    _name = "create_table_comment"
class DropTableCommentOp(_Known):
    _name = "drop_table_comment"
class AddColumnOp(_Known):
    _name = "add_column"
class DropColumnOp(_Known):
    _name = "drop_column"
class AlterColumnOp(_Known):
    def __init__(self, table_name, column_name, *, schema=None, modify_nullable=None, modify_comment=False, modify_server_default=False, modify_name=None, modify_type=None, **kw):
        self.table_name = table_name
        self.column_name = column_name
        self.schema = schema
        self.modify_nullable = modify_nullable
        self.modify_comment = modify_comment
        self.modify_server_default = modify_server_default
        self.modify_name = modify_name
        self.modify_type = modify_type
        self.kw = kw
    def _run(self, operations):
        return operations.alter_column(self.table_name, self.column_name, schema=self.schema, nullable=self.modify_nullable, comment=self.modify_comment, server_default=self.modify_server_default, new_column_name=self.modify_name, type_=self.modify_type, **self.kw)
class CreateIndexOp(_Known):
    _name = "create_index"
class DropIndexOp(_Known):
    _name = "drop_index"
class CreatePrimaryKeyOp(AddConstraintOp):
    _name = "create_primary_key"
class CreateUniqueConstraintOp(AddConstraintOp):
    _name = "create_unique_constraint"
class CreateForeignKeyOp(AddConstraintOp):
    _name = "create_foreign_key"
class CreateCheckConstraintOp(AddConstraintOp):
    _name = "create_check_constraint"
class CreateExcludeConstraintOp(AddConstraintOp):
    _name = "create_exclude_constraint"
class DropConstraintOp(_Known):
    _name = "drop_constraint"
class BulkInsertOp(_Known):
    _name = "bulk_insert"
class ExecuteSQLOp(_Known):
    _name = "execute"
class UpgradeOps(MigrateOperation): pass
class DowngradeOps(MigrateOperation): pass
class ModifyTableOps(MigrateOperation): pass
class MigrationScript(MigrateOperation): pass
class OpContainer(MigrateOperation): pass
__open__ = "a part of alembic.operations.ops is not modelled"
#: module alembic.operations.base
from alembic.operations import Operations, BatchOperations, AbstractOperations
#: module alembic.op
from alembic.operations import Operations
_operations = Operations()
def __getattr__(name): return getattr(_operations, name)
#: module alembic.context
import _decant as _d
from alembic.operations import MigrationContext, Config, _Autocommit
config = Config()
_context = MigrationContext()
script = None
def get_context(): return _context
def get_bind(): return _context.bind
def is_offline_mode(): return _d.answered("offline", False)
def is_transactional_ddl(): return True
def get_x_argument(as_dictionary=False): return _d.x_arguments(as_dictionary)
def get_tag_argument(): return None
def get_revision_argument(): return "head"
def get_head_revision(): return _d.current_revision()
def get_starting_revision_argument(): return None
def configure(*args, **kw): _d.configured(kw.get("target_metadata"), kw)
def begin_transaction(): return _Autocommit()
def run_migrations(**kw): _d.migrations_run(**kw)
def execute(sql, execution_options=None): _d.execute(sql, None, "op")
def static_output(text): pass
class _Proxy: pass
#: module alembic.migration
from alembic.operations import MigrationContext
#: module alembic.runtime.migration
from alembic.operations import MigrationContext
#: module alembic.runtime.environment
from alembic.operations import MigrationContext as EnvironmentContext
#: module alembic.runtime
__open__ = "a part of alembic.runtime is not modelled"
#: module alembic.config
from alembic.operations import Config
__open__ = "a part of alembic.config is not modelled"
#: module alembic.script
from alembic.operations import _Script
class ScriptDirectory(_Script):
    @classmethod
    def from_config(cls, config): return cls()
__open__ = "a part of alembic.script is not modelled"
#: module alembic.ddl
__open__ = "a part of alembic.ddl is not modelled"
#: module alembic.ddl.impl
class DefaultImpl:
    __decant__ = True
    __dialect__ = "default"
__open__ = "a part of alembic.ddl.impl is not modelled"
#: module alembic.ddl.postgresql
class PostgresqlImpl:
    __decant__ = True
__open__ = "a part of alembic.ddl.postgresql is not modelled"
#: module alembic.autogenerate
__open__ = "autogenerate is not modelled"
#: module alembic.autogenerate.rewriter
__open__ = "autogenerate is not modelled"
#: module alembic.util
class CommandError(Exception): pass
class Dispatcher:
    __decant__ = True
    def dispatch_for(self, *a, **kw): return lambda f: f
def to_list(x, default=None): return [x] if isinstance(x, str) else list(x)
__open__ = "a part of alembic.util is not modelled"
#: module alembic.command
__open__ = "alembic.command is not modelled"
#: module alembic.environment
__open__ = "alembic.environment is not modelled"
#: module alembic
import alembic.op as op
import alembic.context as context
import _decant as _d
def __getattr__(name):
    if name == "__version__": return _d.alembic_version()
    raise AttributeError(f"module 'alembic' has no attribute '{name}'")
