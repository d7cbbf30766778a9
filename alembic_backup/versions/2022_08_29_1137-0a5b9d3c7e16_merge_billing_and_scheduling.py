"""merge billing and scheduling

Revision ID: 0a5b9d3c7e16
Revises: 6c0f3d9e2b74, 2d84c6b19fe0
Create Date: 2022-08-29 11:37:51.330826

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0a5b9d3c7e16'
down_revision = ('6c0f3d9e2b74', '2d84c6b19fe0')
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
