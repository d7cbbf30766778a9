"""feature flags

Two clinics got the table by hand during the pilot.

Revision ID: ab7094e3c1d5
Revises: 38c1f6a7d02e
Create Date: 2023-07-17 15:41:56.700418

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = 'ab7094e3c1d5'
down_revision: Union[str, None] = '38c1f6a7d02e'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())

    if not inspector.has_table('feature_flags'):
        op.create_table(
            'feature_flags',
            sa.Column('key', sa.String(length=80), primary_key=True),
            sa.Column('enabled', sa.Boolean(), nullable=False, server_default='false'),
            sa.Column('payload', sa.JSON(), nullable=True),
            sa.Column('rollout', sa.Numeric(), nullable=True),
            sa.Column('changed_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        )

    columns = [column['name'] for column in inspector.get_columns('users')]
    if 'feature_overrides' not in columns:
        op.add_column('users', sa.Column('feature_overrides', sa.JSON(), server_default='{}', nullable=False))


def downgrade() -> None:
    op.drop_column('users', 'feature_overrides')
    op.drop_table('feature_flags')
