"""updated_at by trigger

Scripts that talk to the database directly never set updated_at.

Revision ID: cd27e1f48a05
Revises: 0a5b9d3c7e16
Create Date: 2022-10-10 10:18:33.947205

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = 'cd27e1f48a05'
down_revision: Union[str, None] = '0a5b9d3c7e16'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

HAVE_THE_COLUMN = ['companies', 'patients', 'exercises', 'care_plans', 'invoices']
WITHOUT_IT = ['offices', 'users', 'assignments', 'appointments']


def upgrade() -> None:
    for table_name in WITHOUT_IT:
        op.add_column(
            table_name,
            sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        )

    op.execute(
        """
        CREATE FUNCTION set_updated_at() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            NEW.updated_at = now();
            RETURN NEW;
        END;
        $$
        """
    )
    for table_name in HAVE_THE_COLUMN + WITHOUT_IT:
        op.execute(
            f"""
            CREATE TRIGGER trg_{table_name}_updated_at
            BEFORE UPDATE ON {table_name}
            FOR EACH ROW EXECUTE FUNCTION set_updated_at()
            """
        )


def downgrade() -> None:
    for table_name in HAVE_THE_COLUMN + WITHOUT_IT:
        op.execute(f"DROP TRIGGER trg_{table_name}_updated_at ON {table_name}")
    op.execute("DROP FUNCTION set_updated_at()")
    for table_name in reversed(WITHOUT_IT):
        op.drop_column(table_name, 'updated_at')
