"""exercise library

Revision ID: b04e9c73d518
Revises: 17a8d2f4e6c9
Create Date: 2021-04-19 11:30:09.455871

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = 'b04e9c73d518'
down_revision = '17a8d2f4e6c9'
branch_labels = None
depends_on = None

difficulty = sa.Enum('easy', 'moderate', 'hard', name='exercise_difficulty')


def upgrade():
    categories = op.create_table(
        'exercise_categories',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('slug', sa.String(40), nullable=False, unique=True),
        sa.Column('name', sa.String(80), nullable=False),
        sa.Column('parent_id', sa.Integer(), sa.ForeignKey('exercise_categories.id'), nullable=True),
        sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    )
    op.create_table(
        'exercises',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('category_id', sa.Integer(), sa.ForeignKey('exercise_categories.id'), nullable=False, index=True),
        sa.Column('author_id', postgresql.UUID(as_uuid=True), sa.ForeignKey('users.id', ondelete='SET NULL'), nullable=True),
        sa.Column('title', sa.String(160), nullable=False),
        sa.Column('description', sa.Text(), server_default='', nullable=False),
        sa.Column('difficulty', difficulty, server_default='moderate', nullable=False),
        sa.Column('default_duration', sa.Interval(), server_default=sa.text("'00:10:00'::interval"), nullable=False),
        sa.Column('equipment', postgresql.ARRAY(sa.String(length=40)), server_default='{}', nullable=False),
        sa.Column('instructions', postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column('met_value', sa.Float(), nullable=True),
        sa.Column('thumbnail', sa.LargeBinary(), nullable=True),
        sa.Column('is_public', sa.Boolean(), server_default='false', nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('CURRENT_TIMESTAMP'), nullable=False),
    )
    op.create_index('ix_exercises_equipment', 'exercises', ['equipment'], postgresql_using='gin')

    op.bulk_insert(
        categories,
        [
            {'id': 1, 'slug': 'strength', 'name': 'Strength', 'parent_id': None, 'position': 10},
            {'id': 2, 'slug': 'mobility', 'name': 'Mobility', 'parent_id': None, 'position': 20},
            {'id': 3, 'slug': 'balance', 'name': 'Balance', 'parent_id': None, 'position': 30},
            {'id': 4, 'slug': 'breathing', 'name': 'Breathing', 'parent_id': None, 'position': 40},
            {'id': 5, 'slug': 'upper-body', 'name': 'Upper body', 'parent_id': 1, 'position': 11},
            {'id': 6, 'slug': 'lower-body', 'name': 'Lower body', 'parent_id': 1, 'position': 12},
            {'id': 7, 'slug': 'core', 'name': 'Core', 'parent_id': 1, 'position': 13},
            {'id': 8, 'slug': 'spine', 'name': 'Spine', 'parent_id': 2, 'position': 21},
        ],
    )
    # the rows above bring their ids along, so the sequence has to be told
    op.execute("SELECT setval('exercise_categories_id_seq', 8)")


def downgrade():
    op.drop_index('ix_exercises_equipment', table_name='exercises')
    op.drop_table('exercises')
    op.drop_table('exercise_categories')
    difficulty.drop(op.get_bind(), checkfirst=False)
