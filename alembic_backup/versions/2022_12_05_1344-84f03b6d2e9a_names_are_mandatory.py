"""names are mandatory

Revision ID: 84f03b6d2e9a
Revises: cd27e1f48a05
Create Date: 2022-12-05 13:44:02.518669

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '84f03b6d2e9a'
down_revision: Union[str, None] = 'cd27e1f48a05'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    # invited users had no name until they signed in for the first time
    op.execute("UPDATE users SET name = split_part(email, '@', 1) WHERE name IS NULL OR name = ''")
    op.alter_column('users', 'name', existing_type=sa.String(length=120),
                    new_column_name='full_name', nullable=False)

    op.execute(
        sa.text("UPDATE patients SET mrn = :prefix || left(replace(id::text, '-', ''), 12) WHERE mrn IS NULL")
        .bindparams(prefix='T-')
    )
    op.alter_column('patients', 'mrn', existing_type=sa.String(length=20), nullable=False,
                    existing_comment='medical record number, as printed')
    # now that every patient has one, the index needs no predicate
    op.drop_index('uq_clients_office_mrn', table_name='patients')
    op.create_index('uq_patients_office_mrn', 'patients', ['office_id', 'mrn'], unique=True)


def downgrade() -> None:
    op.drop_index('uq_patients_office_mrn', table_name='patients')
    op.create_index('uq_clients_office_mrn', 'patients', ['office_id', 'mrn'], unique=True,
                    postgresql_where=sa.text('mrn IS NOT NULL'))
    op.alter_column('patients', 'mrn', existing_type=sa.String(length=20), nullable=True,
                    existing_comment='medical record number, as printed')
    op.alter_column('users', 'full_name', existing_type=sa.String(length=120),
                    new_column_name='name', nullable=True)
