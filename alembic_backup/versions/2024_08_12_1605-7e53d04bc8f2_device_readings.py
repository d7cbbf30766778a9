"""device readings

Revision ID: 7e53d04bc8f2
Revises: b8a16f35d9c0
Create Date: 2024-08-12 16:05:21.894037

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision: str = '7e53d04bc8f2'
down_revision: Union[str, None] = 'b8a16f35d9c0'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.create_table(
        'device_readings',
        sa.Column('device_serial', sa.String(length=40), nullable=False, comment="as engraved, '007' is not 7"),
        sa.Column('measured_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('office_id', sa.Integer(), sa.ForeignKey('offices.id', ondelete='CASCADE'), nullable=False),
        sa.Column('patient_id', sa.Uuid(), sa.ForeignKey('patients.id', ondelete='SET NULL'), nullable=True),
        sa.Column('tick', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('force', sa.REAL(), nullable=True),
        sa.Column('torque', sa.Double(), nullable=True),
        sa.Column('raw_count', sa.Numeric(precision=30, scale=10), nullable=True),
        sa.Column('samples', postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column('calibration', postgresql.ARRAY(sa.Numeric(precision=12, scale=6), dimensions=2), nullable=True),
        sa.Column('firmware', sa.CHAR(length=12), nullable=True),
        sa.Column('address', postgresql.INET(), nullable=True),
        sa.Column('frame', postgresql.BYTEA(), nullable=True),
        sa.PrimaryKeyConstraint('device_serial', 'measured_at'),
    )
    op.create_index('ix_device_readings_patient', 'device_readings',
                    ['patient_id', sa.text('measured_at DESC')],
                    postgresql_where=sa.text('patient_id IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('ix_device_readings_patient', table_name='device_readings')
    op.drop_table('device_readings')
