"""seed roles

Revision ID: c95d0e6f1a3b
Revises: 3e71b5c0a284
Create Date: 2021-02-15 16:27:03.088190

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = 'c95d0e6f1a3b'
down_revision = '3e71b5c0a284'
branch_labels = None
depends_on = None

roles = sa.table(
    'roles',
    sa.column('code', sa.String),
    sa.column('name', sa.String),
    sa.column('permissions', postgresql.ARRAY(sa.Text)),
    sa.column('rank', sa.SmallInteger),
)

ROLES = [
    {'code': 'owner', 'name': 'Owner', 'permissions': ['*'], 'rank': 100},
    {'code': 'manager', 'name': 'Office manager',
     'permissions': ['patients:read', 'patients:write', 'billing:*', 'users:invite'], 'rank': 80},
    {'code': 'therapist', 'name': 'Therapist',
     'permissions': ['patients:read', 'patients:write', 'plans:*'], 'rank': 50},
    {'code': 'front_desk', 'name': 'Front desk',
     'permissions': ['patients:read', 'appointments:*'], 'rank': 30},
    {'code': 'auditor', 'name': "Auditor (read only, \"four eyes\")", 'permissions': [], 'rank': 10},
]


def upgrade():
    op.bulk_insert(roles, ROLES)


def downgrade():
    op.execute(
        roles.delete().where(roles.c.code.in_([role['code'] for role in ROLES]))
    )
