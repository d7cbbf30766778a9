"""What env.py of a SQLite history needs; call `run` in the place of `run_migrations_online`:

    from alembic import context
    from env_sqlite import run

    run(context, context.config.get_main_option("sqlalchemy.url"), target_metadata)

pysqlite begins transactions by itself, and never in front of DDL: a revision that failed would be half applied. Foreign keys
are off while revisions run, since a table that is rebuilt takes the rows that refer to it along otherwise, and are checked
before each revision is committed.
"""
import sqlalchemy as sa
from sqlalchemy import event, pool


def engine(url):
    """An engine for migrations alone; the application's own has foreign keys on."""
    made = sa.create_engine(url, poolclass=pool.NullPool)

    @event.listens_for(made, "connect")
    def connected(connection, _record):
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = OFF")

    @event.listens_for(made, "begin")
    def begun(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


def check(ctx, **_words):
    """Refuses a revision that leaves rows which refer to nothing."""
    orphans = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise RuntimeError(f"{len(orphans)} rows refer to nothing, the first of them in {orphans[0][0]}")


def run(context, url, target_metadata=None, **options):
    """Runs the revisions, each in a transaction of its own."""
    with engine(url).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=True,
            transactional_ddl=True,
            transaction_per_migration=True,
            on_version_apply=check,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()
