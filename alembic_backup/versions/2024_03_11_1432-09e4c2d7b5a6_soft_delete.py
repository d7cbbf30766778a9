"""soft delete

Revision ID: 09e4c2d7b5a6
Revises: fd30b7a1468e
Create Date: 2024-03-11 14:32:07.086551

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '09e4c2d7b5a6'
down_revision: Union[str, None] = 'fd30b7a1468e'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

TABLES = ('patients', 'care_plans', 'exercises', 'documents')


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))
        op.create_index(
            f'ix_{table}_deleted', table, ['deleted_at'],
            postgresql_where=sa.text('deleted_at IS NOT NULL'),
        )

    # a deleted patient does not block the number, and neither does an exercise its slug
    op.drop_index('uq_patients_office_mrn', table_name='patients')
    op.create_index('uq_patients_office_mrn', 'patients', ['office_id', 'mrn'], unique=True,
                    postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_constraint('uq_exercises_slug', 'exercises', type_='unique')
    op.create_index('uq_exercises_slug', 'exercises', ['slug'], unique=True,
                    postgresql_where=sa.text('deleted_at IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_exercises_slug', table_name='exercises')
    op.create_unique_constraint('uq_exercises_slug', 'exercises', ['slug'])
    op.drop_index('uq_patients_office_mrn', table_name='patients')
    op.create_index('uq_patients_office_mrn', 'patients', ['office_id', 'mrn'], unique=True)
    for table in reversed(TABLES):
        op.drop_index(f'ix_{table}_deleted', table_name=table)
        op.drop_column(table, 'deleted_at')
