"""clean up before the move

Revision ID: 9dc6014fa3e7
Revises: 23f8b5e9074d
Create Date: 2025-04-28 10:08:16.449085

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '9dc6014fa3e7'
down_revision: Union[str, None] = '23f8b5e9074d'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    # Closures can overlap (a flood during the holidays), and their reasons grew;
    # the names are PostgreSQL's own.
    op.drop_constraint('office_closures_office_id_first_day_key', 'office_closures', type_='unique')
    op.drop_constraint(op.f('office_closures_reason_check'), 'office_closures', type_='check')
    op.create_unique_constraint(None, 'office_closures', ['office_id', 'first_day', 'reason'])
    op.alter_column('office_closures', 'note', existing_type=sa.String(length=80), type_=sa.Text())

    # one address per office is enough
    op.drop_constraint('offices_company_id_name_key', 'offices', type_='unique')
    op.create_unique_constraint('uq_offices_company_name', 'offices', ['company_id', 'name'])

    op.drop_column('companies', 'vat_id')
    op.drop_table('import_batches')
    op.create_table_comment('device_readings', 'raw readings, kept for five years')
    op.alter_column('messages', 'body', existing_type=sa.Text(), comment='plain text, never HTML',
                    existing_nullable=False)


def downgrade() -> None:
    op.alter_column('messages', 'body', existing_type=sa.Text(), comment=None,
                    existing_comment='plain text, never HTML', existing_nullable=False)
    op.drop_table_comment('device_readings', existing_comment='raw readings, kept for five years')
    op.create_table(
        'import_batches',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('office_id', sa.Integer(), sa.ForeignKey('offices.id'), nullable=False),
        sa.Column('file_name', sa.Text(), nullable=False),
        sa.Column('row_count', sa.Integer(), server_default='0', nullable=False),
        sa.Column('imported_at', sa.DateTime(), server_default=sa.text("(now() AT TIME ZONE 'utc')"), nullable=False),
    )
    op.add_column('companies', sa.Column('vat_id', sa.String(length=32), nullable=True))

    op.drop_constraint('uq_offices_company_name', 'offices', type_='unique')
    op.create_unique_constraint('offices_company_id_name_key', 'offices', ['company_id', 'name'])

    op.alter_column('office_closures', 'note', existing_type=sa.Text(), type_=sa.String(length=80),
                    postgresql_using='left(note, 80)')
    op.drop_constraint('office_closures_office_id_first_day_reason_key', 'office_closures', type_='unique')
    op.create_check_constraint(op.f('office_closures_reason_check'), 'office_closures', 'length(reason) <= 200')
    op.create_unique_constraint('office_closures_office_id_first_day_key', 'office_closures', ['office_id', 'first_day'])
