"""exercise slugs

Revision ID: e95a2c8074bd
Revises: 1b6ed97c50f3
Create Date: 2023-03-06 09:55:38.871902

"""
import re
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = 'e95a2c8074bd'
down_revision: Union[str, None] = '1b6ed97c50f3'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

exercises = sa.table(
    'exercises',
    sa.column('id', sa.Integer),
    sa.column('title', sa.String),
    sa.column('slug', sa.String),
)


def slugify(title: str) -> str:
    return re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-') or 'exercise'


def upgrade() -> None:
    op.add_column('exercises', sa.Column('slug', sa.String(length=180), nullable=True))

    bind = op.get_bind()
    taken = set()
    for exercise_id, title in bind.execute(sa.select(exercises.c.id, exercises.c.title).order_by(exercises.c.id)).fetchall():
        slug = slugify(title)
        if slug in taken:
            slug = f'{slug}-{exercise_id}'
        taken.add(slug)
        bind.execute(exercises.update().where(exercises.c.id == exercise_id).values(slug=slug))

    op.alter_column('exercises', 'slug', existing_type=sa.String(length=180), nullable=False)
    op.create_unique_constraint('uq_exercises_slug', 'exercises', ['slug'])


def downgrade() -> None:
    op.drop_constraint('uq_exercises_slug', 'exercises', type_='unique')
    op.drop_column('exercises', 'slug')
