"""office opening hours

Revision ID: 2d84c6b19fe0
Revises: f1e7a5028d3c
Create Date: 2022-08-01 08:49:15.602748

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = '2d84c6b19fe0'
down_revision = 'f1e7a5028d3c'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('offices') as batch_op:
        batch_op.add_column(sa.Column('opens_at', sa.Time(), nullable=True))
        batch_op.add_column(sa.Column('closes_at', sa.Time(), nullable=True))
        batch_op.add_column(sa.Column('opening_hours', postgresql.JSONB(astext_type=sa.Text()), nullable=True))
        batch_op.alter_column('timezone', existing_type=sa.String(length=40), type_=sa.String(length=64), existing_nullable=False, existing_server_default='UTC')
        batch_op.create_check_constraint('opens_before_it_closes', 'closes_at > opens_at')


def downgrade():
    with op.batch_alter_table('offices') as batch_op:
        batch_op.drop_constraint('opens_before_it_closes', type_='check')
        batch_op.alter_column('timezone', existing_type=sa.String(length=64), type_=sa.String(length=40), existing_nullable=False, existing_server_default='UTC')
        batch_op.drop_column('opening_hours')
        batch_op.drop_column('closes_at')
        batch_op.drop_column('opens_at')
