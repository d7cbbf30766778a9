"""create clients

Revision ID: 17a8d2f4e6c9
Revises: c95d0e6f1a3b
Create Date: 2021-03-22 10:15:44.902113

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from clinic.db.types import GUID, PhoneNumber

# revision identifiers, used by Alembic.
revision = '17a8d2f4e6c9'
down_revision = 'c95d0e6f1a3b'
branch_labels = None
depends_on = None


def timestamps():
    return [
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def upgrade():
    op.create_table(
        'clients',
        sa.Column('id', GUID(), nullable=False),
        sa.Column('office_id', sa.Integer(), nullable=False),
        sa.Column('mrn', sa.String(length=20), nullable=True, comment='medical record number, as printed'),
        sa.Column('first_name', sa.String(length=100), nullable=False),
        sa.Column('last_name', sa.String(length=100), nullable=False),
        sa.Column('date_of_birth', sa.Date(), nullable=True),
        sa.Column('sex', sa.CHAR(length=1), server_default='U', nullable=False),
        sa.Column('legacy_code', sa.CHAR(length=8), nullable=True),
        sa.Column('email', sa.String(length=320), nullable=True),
        sa.Column('phone', PhoneNumber(), nullable=True),
        sa.Column('notes', sa.Text(), nullable=True),
        sa.Column('emergency_contact', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column('tags', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column('weight', sa.REAL(), nullable=True),
        sa.Column('referred_by_id', GUID(), nullable=True),
        *timestamps(),
        sa.CheckConstraint("sex IN ('F', 'M', 'X', 'U')", name='sex_known'),
        sa.ForeignKeyConstraint(['office_id'], ['offices.id']),
        sa.ForeignKeyConstraint(['referred_by_id'], ['clients.id'], ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_clients_office_id'), 'clients', ['office_id'])
    op.create_index('ix_clients_name', 'clients', ['last_name', 'first_name'])


def downgrade():
    op.drop_index('ix_clients_name', table_name='clients')
    op.drop_index(op.f('ix_clients_office_id'), table_name='clients')
    op.drop_table('clients')
