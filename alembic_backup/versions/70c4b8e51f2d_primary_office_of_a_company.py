"""primary office of a company

Offices belong to a company, and a company has one office where the mail goes:
the two tables point at each other from here on.

Revision ID: 70c4b8e51f2d
Revises: e2139f7ac4d6
Create Date: 2021-10-11 13:05:58.284770

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '70c4b8e51f2d'
down_revision = 'e2139f7ac4d6'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('companies', sa.Column('primary_office_id', sa.Integer(), nullable=True))
    op.create_foreign_key(
        'fk_companies_primary_office',
        'companies', 'offices',
        ['primary_office_id'], ['id'],
        ondelete='SET NULL',
    )
    op.add_column('users', sa.Column('default_office_id', sa.Integer(), sa.ForeignKey('offices.id', ondelete='SET NULL'), nullable=True))


def downgrade():
    op.drop_constraint(op.f('fk_users_default_office_id_offices'), 'users', type_='foreignkey')
    op.drop_column('users', 'default_office_id')
    op.drop_constraint('fk_companies_primary_office', 'companies', type_='foreignkey')
    op.drop_column('companies', 'primary_office_id')
