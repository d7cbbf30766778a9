"""assignment state becomes an enum

Revision ID: c41d9a60e27b
Revises: 7e53d04bc8f2
Create Date: 2024-11-04 11:50:44.637729

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision: str = 'c41d9a60e27b'
down_revision: Union[str, None] = '7e53d04bc8f2'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

STATES = ('open', 'in_progress', 'done', 'skipped')
assignment_state = postgresql.ENUM(*STATES, name='assignment_state')


def upgrade() -> None:
    # the app has always written both spellings
    op.execute("UPDATE assignments SET state = 'in_progress' WHERE state = 'in progress'")
    op.execute("UPDATE assignments SET state = 'open' WHERE state NOT IN ('open', 'in_progress', 'done', 'skipped')")

    assignment_state.create(op.get_bind(), checkfirst=True)
    # its predicate compares with text
    op.drop_index('ix_assignments_open', table_name='assignments')
    with op.batch_alter_table('assignments') as batch_op:
        batch_op.alter_column('state', server_default=None)
        batch_op.alter_column('state',
                              existing_type=sa.VARCHAR(length=20),
                              type_=assignment_state,
                              existing_nullable=False,
                              postgresql_using='state::assignment_state')
        batch_op.alter_column('state', server_default=sa.text("'open'::assignment_state"))
        batch_op.alter_column('legacy_ref',
                              existing_type=sa.INTEGER(),
                              type_=sa.String(length=20),
                              existing_nullable=True,
                              new_column_name='source_ref',
                              postgresql_using="lpad(legacy_ref::text, 6, '0')")
    op.create_index('ix_assignments_open', 'assignments', ['due_at'],
                    postgresql_where=sa.text("state = 'open'"))


def downgrade() -> None:
    op.drop_index('ix_assignments_open', table_name='assignments')
    with op.batch_alter_table('assignments') as batch_op:
        batch_op.alter_column('source_ref',
                              existing_type=sa.String(length=20),
                              type_=sa.INTEGER(),
                              existing_nullable=True,
                              new_column_name='legacy_ref',
                              postgresql_using="NULLIF(regexp_replace(source_ref, '[^0-9]', '', 'g'), '')::integer")
        batch_op.alter_column('state', server_default=None)
        batch_op.alter_column('state',
                              existing_type=assignment_state,
                              type_=sa.VARCHAR(length=20),
                              existing_nullable=False,
                              postgresql_using='state::text')
        batch_op.alter_column('state', server_default='open')
    op.create_index('ix_assignments_open', 'assignments', ['due_at'],
                    postgresql_where=sa.text("state = 'open'"))
    assignment_state.drop(op.get_bind(), checkfirst=True)
