"""audit events become the audit log, addresses become inet

Revision ID: fd30b7a1468e
Revises: 56d2e08f9b4c
Create Date: 2024-01-29 10:17:48.512260

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision: str = 'fd30b7a1468e'
down_revision: Union[str, None] = '56d2e08f9b4c'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.rename_table('audit_events', 'audit_log')
    op.execute('ALTER SEQUENCE audit_events_id_seq RENAME TO audit_log_id_seq')
    for suffix in ('entity', 'occurred_at', 'actor_id', 'after'):
        op.execute('ALTER INDEX ix_audit_events_%s RENAME TO ix_audit_log_%s' % (suffix, suffix))

    for table, column in (('audit_log', 'ip'), ('users', 'last_login_ip')):
        op.alter_column(
            table, column,
            existing_type=sa.String(length=45),
            type_=postgresql.INET(),
            existing_nullable=True,
            postgresql_using="NULLIF(btrim({}), '')::inet".format(column),
        )
    op.add_column('progress_entries', sa.Column('source_ip', postgresql.INET(), nullable=True))


def downgrade() -> None:
    op.drop_column('progress_entries', 'source_ip')
    for table, column in (('users', 'last_login_ip'), ('audit_log', 'ip')):
        op.alter_column(
            table, column,
            existing_type=postgresql.INET(),
            type_=sa.String(length=45),
            existing_nullable=True,
            postgresql_using=f'host({column})',
        )
    for suffix in ('after', 'actor_id', 'occurred_at', 'entity'):
        op.execute('ALTER INDEX ix_audit_log_%s RENAME TO ix_audit_events_%s' % (suffix, suffix))
    op.execute('ALTER SEQUENCE audit_log_id_seq RENAME TO audit_events_id_seq')
    op.rename_table('audit_log', 'audit_events')
