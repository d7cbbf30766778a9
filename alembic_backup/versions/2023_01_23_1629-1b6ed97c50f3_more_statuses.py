"""more statuses

Revision ID: 1b6ed97c50f3
Revises: 84f03b6d2e9a
Create Date: 2023-01-23 16:29:17.225043

"""
from typing import Sequence, Union

from alembic import op

# revision identifiers, used by Alembic.
revision: str = '1b6ed97c50f3'
down_revision: Union[str, None] = '84f03b6d2e9a'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    # a new value can not be used in the transaction that adds it
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE user_status ADD VALUE IF NOT EXISTS 'archived'")
        op.execute("ALTER TYPE care_plan_status ADD VALUE IF NOT EXISTS 'on_hold' AFTER 'active'")


def shrink_enum(name: str, labels: Sequence[str], table: str, column: str, default: str) -> None:
    """PostgreSQL can not drop a value: make the type again without it."""
    values = ", ".join(f"'{label}'" for label in labels)
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
    op.execute(f"ALTER TYPE {name} RENAME TO {name}_old")
    op.execute(f"CREATE TYPE {name} AS ENUM ({values})")
    op.execute(
        f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {name} USING {column}::text::{name}"
    )
    op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT '{default}'")
    op.execute(f"DROP TYPE {name}_old")


def downgrade() -> None:
    op.execute("UPDATE care_plans SET status = 'active' WHERE status = 'on_hold'")
    op.execute("UPDATE users SET status = 'suspended' WHERE status = 'archived'")
    shrink_enum('care_plan_status', ('draft', 'active', 'completed', 'cancelled'),
                'care_plans', 'status', 'draft')
    shrink_enum('user_status', ('invited', 'active', 'suspended'), 'users', 'status', 'invited')
