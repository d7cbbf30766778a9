"""indexes after the first clinics went live

Revision ID: a6d81c3e905b
Revises: 70c4b8e51f2d
Create Date: 2021-11-29 17:21:36.550927

"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = 'a6d81c3e905b'
down_revision = '70c4b8e51f2d'
branch_labels = None
depends_on = None


def upgrade():
    # People sign in as Anna@ and anna@: the address has to be unique whatever its case.
    op.drop_constraint('users_email_key', 'users', type_='unique')
    op.create_index('uq_users_email_lower', 'users', [sa.text('lower(email)')], unique=True)

    op.create_index('ix_progress_entries_recent', 'progress_entries',
                    ['assignment_id', sa.text('recorded_at DESC')])
    op.create_index('uq_clients_office_mrn', 'clients', ['office_id', 'mrn'], unique=True,
                    postgresql_where=sa.text('mrn IS NOT NULL'))
    op.create_index('ix_clients_tags', 'clients', ['tags'], postgresql_using='gin')
    op.create_index('ix_assignments_open', 'assignments', ['due_at'],
                    postgresql_where=sa.text("state = 'open'"))


def downgrade():
    op.drop_index('ix_assignments_open', table_name='assignments')
    op.drop_index('ix_clients_tags', table_name='clients', postgresql_using='gin')
    op.drop_index('uq_clients_office_mrn', table_name='clients')
    op.drop_index('ix_progress_entries_recent', table_name='progress_entries')
    op.drop_index('uq_users_email_lower', table_name='users')
    op.create_unique_constraint('users_email_key', 'users', ['email'])
