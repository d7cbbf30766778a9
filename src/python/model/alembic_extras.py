#: module alembic_postgresql_enum
class TableReference:
    __decant__ = True
    def __init__(self, table_name, column_name, table_schema=None, column_type="COMMON", existing_server_default=None, **kw):
        self.table_schema = table_schema
        self.table_name = table_name
        self.column_name = column_name
        self.existing_server_default = existing_server_default
        self.is_array = column_type == "ARRAY" or kw.get("is_array", False)
class ColumnType:
    COMMON = "COMMON"
    ARRAY = "ARRAY"
def set_configuration(*a): pass
class Config:
    __decant__ = True
    def __init__(self, *a, **kw): pass
__open__ = "a part of alembic_postgresql_enum is not modelled"
#: module alembic_postgresql_enum.sql_commands.column_default
__open__ = "a part of alembic_postgresql_enum is not modelled"
#: module alembic_utils.replaceable_entity
import re
def _unquoted(text): return text.replace('"', "")
def _words(text): return " ".join(text.split())
def _bare(sql): return sql.strip().rstrip(";").strip()
def _escaped(sql, plpgsql=False):
    # A colon is no parameter of text().
    keep = ["::", ":=", "\\:"] if plpgsql else ["::"]
    for n, mark in enumerate(keep):
        sql = sql.replace(mark, "<colon %d>" % n)
    sql = sql.replace(":", "\\:")
    for n, mark in enumerate(keep):
        sql = sql.replace("<colon %d>" % n, mark)
    return sql
class ReplaceableEntity:
    __decant__ = True
    def __init__(self, schema, signature, definition):
        self.schema = _unquoted(_words(schema))
        self.signature = _unquoted(_words(signature))
        self.definition = _escaped(_bare(definition))
    @property
    def literal_schema(self): return '"' + self.schema + '"'
    @property
    def identity(self): return self.schema + "." + self.signature
    @classmethod
    def from_path(cls, path):
        with open(path) as f:
            return cls.from_sql(f.read())
class OnEntity(ReplaceableEntity):
    def __init__(self, schema, signature, definition, on_entity):
        ReplaceableEntity.__init__(self, schema, signature, definition)
        self.on_entity = _unquoted(on_entity if "." in on_entity else "public." + on_entity)
def register_entities(*a, **kw): pass
#: module alembic_utils.on_entity_mixin
from alembic_utils.replaceable_entity import OnEntity as OnEntityMixin
#: module alembic_utils
__open__ = "a part of alembic_utils is not modelled"
#: module alembic_utils.pg_function
import re
from alembic_utils.replaceable_entity import ReplaceableEntity, _bare, _escaped, _words
class PGFunction(ReplaceableEntity):
    def __init__(self, schema, signature, definition):
        ReplaceableEntity.__init__(self, schema, signature, definition)
        plpgsql = "language plpgsql" in _words(definition).lower().replace("'", "")
        self.definition = _escaped(_bare(definition), plpgsql)
    @classmethod
    def from_sql(cls, sql):
        m = re.match(r"(?is)create\s+(?:or\s+replace\s+)?function\s+(\S+?)\.(.+?)\s+returns\s+(.*)", sql.strip())
        return cls(schema=m.group(1), signature=m.group(2), definition="returns " + m.group(3))
    def _signature(self):
        name, rest = self.signature.split("(", 1)
        return self.literal_schema + '."' + name.strip() + '"(' + rest
    def to_sql_statement_create(self): return "CREATE FUNCTION " + self._signature() + " " + self.definition
    def to_sql_statement_create_or_replace(self): return ["CREATE OR REPLACE FUNCTION " + self._signature() + " " + self.definition]
    def to_sql_statement_drop(self, cascade=False):
        name, rest = self.signature.split("(", 1)
        kept = []
        for a in rest.rsplit(")", 1)[0].split(","):
            a = re.split(r"(?i)\sdefault\s|=", a.strip())[0].rstrip(": ")
            if not a.lower().startswith("out "):
                kept.append(a)
        return "DROP FUNCTION " + self.literal_schema + '."' + name.strip() + '"(' + ", ".join(kept) + ")" + (" cascade" if cascade else "")
#: module alembic_utils.pg_trigger
import re
from alembic_utils.replaceable_entity import OnEntity
class PGTrigger(OnEntity):
    def __init__(self, schema, signature, definition, on_entity, is_constraint=False):
        OnEntity.__init__(self, schema, signature, definition, on_entity)
        self.is_constraint = is_constraint
    @classmethod
    def from_sql(cls, sql):
        m = re.match(r"(?is)create\s+(constraint\s+)?trigger\s+(\S+)\s+(.*?\son\s+(\S+)\s.*)", sql.strip())
        on = m.group(4)
        return cls(schema=on.split(".")[0] if "." in on else "public", signature=m.group(2), definition=m.group(3), on_entity=on, is_constraint=bool(m.group(1)))
    def to_sql_statement_create(self):
        m = re.match(r"(?is)(.*?)\son\s+(\S+)\s+(.*)", self.definition)
        if m is None:
            raise ValueError("Failed to parse SQL into PGTrigger.definition")
        table = self.schema + "." + m.group(2).split(".", 1)[-1]
        return "CREATE" + (" CONSTRAINT" if self.is_constraint else "") + ' TRIGGER "' + self.signature + '" ' + m.group(1) + " ON " + table + " " + m.group(3)
    def to_sql_statement_drop(self, cascade=False): return 'DROP TRIGGER "' + self.signature + '" ON ' + self.on_entity + (" cascade" if cascade else "")
    def to_sql_statement_create_or_replace(self): return ['DROP TRIGGER IF EXISTS "' + self.signature + '" ON ' + self.on_entity, self.to_sql_statement_create()]
#: module alembic_utils.pg_view
import re
from alembic_utils.replaceable_entity import ReplaceableEntity, _bare, _unquoted, _words
class PGView(ReplaceableEntity):
    _kind = "VIEW"
    _end = ""
    def __init__(self, schema, signature, definition):
        self.schema = _unquoted(_words(schema))
        self.signature = _unquoted(_words(signature))
        self.definition = _bare(definition)
    @classmethod
    def from_sql(cls, sql):
        m = re.match(r"(?is)create\s.*?view\s+(\S+?)\.(\S+).*?\sas\s+(.*)", sql.strip())
        return cls(schema=m.group(1), signature=m.group(2).split("(")[0], definition=m.group(3))
    def _name(self): return self.literal_schema + '."' + self.signature + '"'
    def to_sql_statement_create(self): return "CREATE " + self._kind + " " + self._name() + " AS " + self.definition + self._end
    def to_sql_statement_create_or_replace(self): return ["CREATE OR REPLACE VIEW " + self._name() + " AS " + self.definition]
    def to_sql_statement_drop(self, cascade=False): return "DROP " + self._kind + " " + self._name() + (" cascade" if cascade else "")
#: module alembic_utils.pg_materialized_view
from alembic_utils.pg_view import PGView
class PGMaterializedView(PGView):
    _kind = "MATERIALIZED VIEW"
    def __init__(self, schema, signature, definition, with_data=True):
        PGView.__init__(self, schema, signature, definition)
        self.with_data = with_data
        self._end = " WITH DATA" if with_data else " WITH NO DATA"
    def to_sql_statement_create_or_replace(self): return ["DROP MATERIALIZED VIEW IF EXISTS " + self._name(), self.to_sql_statement_create()]
#: module alembic_utils.pg_extension
from alembic_utils.replaceable_entity import ReplaceableEntity
class PGExtension(ReplaceableEntity):
    def __init__(self, schema, signature):
        ReplaceableEntity.__init__(self, schema, signature, "")
    def to_sql_statement_create(self): return 'CREATE EXTENSION "' + self.signature + '" WITH SCHEMA ' + self.literal_schema
    def to_sql_statement_create_or_replace(self): raise NotImplementedError()
    def to_sql_statement_drop(self, cascade=False): return 'DROP EXTENSION "' + self.signature + '"' + (" cascade" if cascade else "")
#: module alembic_utils.pg_policy
import re
from alembic_utils.replaceable_entity import OnEntity
class PGPolicy(OnEntity):
    @classmethod
    def from_sql(cls, sql):
        m = re.match(r"(?is)create\s+policy\s+(\S+)\s+on\s+(\S+)\s+(.*)", sql.strip())
        on = m.group(2) if "." in m.group(2) else "public." + m.group(2)
        return cls(schema=on.split(".")[0], signature=m.group(1), definition=m.group(3), on_entity=on)
    def to_sql_statement_create(self): return "CREATE POLICY " + self.signature + " on " + self.on_entity + " " + self.definition
    def to_sql_statement_create_or_replace(self): return ["DROP POLICY IF EXISTS " + self.signature + " on " + self.on_entity, self.to_sql_statement_create()]
    def to_sql_statement_drop(self, cascade=False): return "DROP POLICY " + self.signature + " on " + self.on_entity + (" cascade" if cascade else "")
#: module alembic_utils.pg_grant_table
import enum
from alembic_utils.replaceable_entity import ReplaceableEntity
class PGGrantTableChoice(str, enum.Enum):
    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    REFERENCES = "REFERENCES"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"
    TRIGGER = "TRIGGER"
class PGGrantTable(ReplaceableEntity):
    def __init__(self, schema, table, role, grant, columns=None, with_grant_option=False):
        self.schema = schema
        self.table = table
        self.role = role
        self.grant = getattr(grant, "value", grant)
        self.columns = sorted(columns) if columns else []
        self.with_grant_option = with_grant_option
    def _what(self):
        columns = " (" + ", ".join(self.columns) + ")" if self.columns else ""
        return self.grant + columns + " ON " + self.literal_schema + '."' + self.table + '"'
    def to_sql_statement_create(self): return "GRANT " + self._what() + ' TO "' + self.role + '"' + (" WITH GRANT OPTION" if self.with_grant_option else "")
    def to_sql_statement_drop(self, cascade=False): return "REVOKE " + self._what() + ' FROM "' + self.role + '"'
    def to_sql_statement_create_or_replace(self): return [self.to_sql_statement_drop(), self.to_sql_statement_create()]
