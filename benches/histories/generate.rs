//! Histories that are made for the benchmark, the same ones each time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Tables of the project's models.
const MODELS: usize = 80;
/// Models in one module.
const PER_MODULE: usize = 10;

/// One revision's script.
fn script(number: usize, imports: &str, body: &str) -> String {
    let down = match number.checked_sub(1) {
        Some(before) => format!("\"r{before:05}\""),
        None => "None".to_owned(),
    };
    format!(
        "\"\"\"revision {number}\n\nRevision ID: r{number:05}\nRevises: {down}\n\"\"\"\nimport sqlalchemy as sa\nfrom alembic import op\n{imports}\n\
         revision = \"r{number:05}\"\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\n\
         def upgrade():\n{body}\n\ndef downgrade():\n    pass\n"
    )
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).expect("a folder for the history");
    }
    fs::write(path, text).expect("a file of the history");
}

/// A history of `count` revisions, each of one or two operations: tables come and go, columns, keys, indexes, enum types,
/// guards, raw SQL. Its schema grows with its length.
pub fn synthetic(folder: &Path, count: usize) {
    write(
        folder,
        "helpers.py",
        "import sqlalchemy as sa\n\n\ndef timestamps():\n    return [sa.Column(\"created_at\", sa.DateTime(), server_default=sa.func.now()), \
         sa.Column(\"updated_at\", sa.DateTime())]\n",
    );
    for number in 0..count {
        let t = number / 10;
        let before = t.saturating_sub(1);
        let body = match number % 10 {
            0 => format!(
                "    op.create_table(\"t_{t}\", sa.Column(\"id\", sa.Integer(), primary_key=True), \
                 sa.Column(\"name\", sa.String(50), nullable=False), sa.Column(\"parent_id\", sa.Integer()), *timestamps())\n"
            ),
            1 => format!(
                "    op.add_column(\"t_{t}\", sa.Column(\"extra\", sa.Integer(), server_default=\"0\"))\n"
            ),
            2 => format!("    op.create_index(op.f(\"ix_t_{t}_name\"), \"t_{t}\", [\"name\"])\n"),
            3 => format!(
                "    op.create_foreign_key(None, \"t_{t}\", \"t_{before}\", [\"parent_id\"], [\"id\"])\n"
            ),
            4 => format!(
                "    op.alter_column(\"t_{t}\", \"name\", type_=sa.String(100), nullable=True)\n"
            ),
            5 => format!("    op.create_unique_constraint(None, \"t_{t}\", [\"extra\"])\n"),
            6 => format!(
                "    if not sa.inspect(op.get_bind()).has_table(\"side_{t}\"):\n        op.create_table(\"side_{t}\", \
                 sa.Column(\"id\", sa.BigInteger(), primary_key=True), sa.Column(\"kind\", sa.Enum(\"a\", \"b\", name=\"kind_{t}\")))\n"
            ),
            7 => format!("    op.execute(\"ALTER TABLE t_{t} RENAME COLUMN extra TO other\")\n"),
            8 => format!(
                "    names = [c[\"name\"] for c in sa.inspect(op.get_bind()).get_columns(\"t_{t}\")]\n    if \"other\" in names:\n        \
                 op.drop_constraint(\"t_{t}_extra_key\", \"t_{t}\")\n        op.drop_column(\"t_{t}\", \"other\")\n"
            ),
            _ => {
                format!("    op.drop_table(\"side_{t}\")\n    op.execute(\"DROP TYPE kind_{t}\")\n")
            }
        };
        let text = script(number, "from helpers import timestamps\n", &body);
        write(folder, &format!("versions/r{number:05}.py"), &text);
    }
}

/// A project with models, enumerations, types and helpers that its revisions import, and its settings for Alembic. It needs no
/// database, so that Alembic's offline mode can run it.
pub fn project(folder: &Path, count: usize) {
    settings(folder);
    models(folder);
    for number in 0..count {
        let (imports, body) = project_revision(number);
        let text = script(number, &imports, &body);
        write(
            folder,
            &format!("migrations/versions/r{number:05}.py"),
            &text,
        );
    }
}

fn project_revision(number: usize) -> (String, String) {
    let t = number % MODELS;
    let module = t / PER_MODULE;
    if number < MODELS {
        return (
            format!("from shop.helpers import columns_of\nfrom shop.models import Model{t}\n"),
            format!(
                "    op.create_table(Model{t}.__tablename__, *columns_of(Model{t}))\n    op.create_primary_key(op.f(\"pk_model_{t}\"), \"model_{t}\", [\"id\"])\n"
            ),
        );
    }
    match number % 7 {
        0 => (
            "from shop.types import Guid\n".to_owned(),
            format!(
                "    op.add_column(\"model_{t}\", sa.Column(\"ref_{number}\", Guid(), nullable=True))\n"
            ),
        ),
        1 => (
            "from shop.enums import Status\nfrom shop.helpers import create_enum\n".to_owned(),
            format!(
                "    create_enum(\"status_{number}\", Status)\n    op.add_column(\"model_{t}\", sa.Column(\"status_{number}\", \
                 sa.Enum(Status, name=\"status_{number}\"), nullable=True))\n"
            ),
        ),
        2 => (
            "from shop.helpers import audited\n".to_owned(),
            format!("    audited(\"model_{t}\", {number})\n"),
        ),
        3 => (
            format!("from shop.models.part_{module} import Model{t}\n"),
            format!(
                "    for column in (\"name\", \"label\"):\n        op.create_index(op.f(f\"ix_{{Model{t}.__tablename__}}_{{column}}_{number}\"), \
                 Model{t}.__tablename__, [column])\n"
            ),
        ),
        4 => (
            String::new(),
            format!(
                "    with op.batch_alter_table(\"model_{t}\") as batch_op:\n        batch_op.alter_column(\"label\", type_=sa.String({number}))\n"
            ),
        ),
        5 => (
            String::new(),
            format!(
                "    op.execute(\"UPDATE model_{t} SET label = name WHERE label IS NULL\")\n    op.execute(\"ALTER TABLE model_{t} ADD COLUMN raw_{number} text\")\n"
            ),
        ),
        _ => (
            String::new(),
            format!(
                "    op.create_check_constraint(op.f(\"ck_model_{t}_{number}\"), \"model_{t}\", \"length(name) < {number}\")\n"
            ),
        ),
    }
}

fn settings(folder: &Path) {
    write(
        folder,
        "alembic.ini",
        "[alembic]\nscript_location = migrations\nprepend_sys_path = .\nsqlalchemy.url = postgresql://localhost/shop\n",
    );
    write(
        folder,
        "migrations/env.py",
        "from alembic import context\n\nfrom shop.models import Base\n\ntarget_metadata = Base.metadata\n\n\
         context.configure(url=context.config.get_main_option(\"sqlalchemy.url\"), target_metadata=target_metadata, literal_binds=True)\n\
         with context.begin_transaction():\n    context.run_migrations()\n",
    );
    write(
        folder,
        "shop/__init__.py",
        "\"\"\"A shop.\"\"\"\nVERSION = (1, 0)\n",
    );
    write(
        folder,
        "shop/enums.py",
        "import enum\n\n\nclass Status(str, enum.Enum):\n    NEW = \"new\"\n    OPEN = \"open\"\n    CLOSED = \"closed\"\n",
    );
    write(
        folder,
        "shop/types.py",
        "import uuid\n\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\nfrom sqlalchemy.types import TypeDecorator\n\n\n\
         class Guid(TypeDecorator):\n    impl = postgresql.UUID\n    cache_ok = True\n\n    def process_bind_param(self, value, dialect):\n        \
         return None if value is None else str(uuid.UUID(str(value)))\n",
    );
    write(
        folder,
        "shop/helpers.py",
        "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef columns_of(model):\n    columns = []\n    for c in model.__table__.columns:\n        \
         columns.append(sa.Column(c.name, c.type, nullable=c.nullable))\n    return columns\n\n\ndef create_enum(name, enum):\n    \
         labels = \", \".join(f\"'{member.name}'\" for member in enum)\n    op.execute(f\"CREATE TYPE {name} AS ENUM ({labels})\")\n\n\n\
         def audited(table, number):\n    for what in (\"by\", \"at\"):\n        type_ = sa.DateTime(timezone=True) if what == \"at\" else sa.String(64)\n        \
         op.add_column(table, sa.Column(f\"changed_{what}_{number}\", type_, nullable=True))\n",
    );
}

fn models(folder: &Path) {
    write(
        folder,
        "shop/models/base.py",
        "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\n\nmetadata = sa.MetaData(naming_convention={\"ix\": \"ix_%(table_name)s_%(column_0_name)s\", \
         \"uq\": \"uq_%(table_name)s_%(column_0_name)s\", \"pk\": \"pk_%(table_name)s\"})\nBase = declarative_base(metadata=metadata)\n\n\n\
         class Stamped:\n    created_at = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())\n    updated_at = sa.Column(sa.DateTime(timezone=True))\n",
    );
    let mut all = "from shop.models.base import Base\n".to_owned();
    for module in 0..MODELS / PER_MODULE {
        let mut text =
            "import sqlalchemy as sa\nfrom sqlalchemy.orm import relationship\n\nfrom shop.enums import Status\nfrom shop.models.base import Base, Stamped\nfrom shop.types import Guid\n"
                .to_owned();
        for t in module * PER_MODULE..(module + 1) * PER_MODULE {
            let parent = t.saturating_sub(1);
            let _ = write!(
                text,
                "\n\nclass Model{t}(Stamped, Base):\n    __tablename__ = \"model_{t}\"\n    id = sa.Column(sa.Integer, primary_key=True)\n    \
                 public_id = sa.Column(Guid, unique=True)\n    name = sa.Column(sa.String(100), nullable=False, index=True)\n    \
                 label = sa.Column(sa.String(200))\n    status = sa.Column(sa.String(20), default=Status.NEW.value)\n    \
                 total = sa.Column(sa.Numeric(12, 2), server_default=sa.text(\"0\"))\n    notes = sa.Column(sa.Text)\n    active = sa.Column(sa.Boolean, nullable=False)\n    \
                 parent_id = sa.Column(sa.Integer, sa.ForeignKey(\"model_{parent}.id\"))\n    parent = relationship(\"Model{parent}\", remote_side=\"Model{parent}.id\")\n\n    \
                 def __repr__(self):\n        return f\"<Model{t} {{self.name}}>\"\n"
            );
            let _ = writeln!(all, "from shop.models.part_{module} import Model{t}");
        }
        write(folder, &format!("shop/models/part_{module}.py"), &text);
    }
    write(folder, "shop/models/__init__.py", &all);
}
