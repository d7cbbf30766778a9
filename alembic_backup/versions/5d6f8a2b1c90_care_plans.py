"""care plans

Revision ID: 5d6f8a2b1c90
Revises: b04e9c73d518
Create Date: 2021-06-07 08:52:30.117642

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from clinic.db.types import GUID

# revision identifiers, used by Alembic.
revision = '5d6f8a2b1c90'
down_revision = 'b04e9c73d518'
branch_labels = None
depends_on = None

care_plan_status = postgresql.ENUM(
    'draft', 'active', 'completed', 'cancelled', name='care_plan_status', create_type=False
)


def timestamps():
    return (
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )


def upgrade():
    bind = op.get_bind()
    care_plan_status.create(bind, checkfirst=True)

    op.create_table(
        'care_plans',
        sa.Column('id', postgresql.UUID(as_uuid=True), primary_key=True, server_default=sa.text('gen_random_uuid()')),
        sa.Column('client_id', GUID(), nullable=False),
        sa.Column('therapist_id', postgresql.UUID(as_uuid=True), nullable=True),
        sa.Column('title', sa.String(length=160), nullable=False),
        sa.Column('status', care_plan_status, server_default=sa.text("'draft'"), nullable=False),
        sa.Column('visibility',
                  sa.Enum('private', 'team', 'company', name='plan_visibility',
                          native_enum=False, create_constraint=True),
                  server_default='team', nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=True),
        sa.Column('goals', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column('review_every', sa.Interval(), server_default='14 days', nullable=False),
        sa.Column('total_sessions', sa.SmallInteger(), server_default='0', nullable=False),
        *timestamps(),
        sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name='dates_in_order'),
        sa.ForeignKeyConstraint(['client_id'], ['clients.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['therapist_id'], ['users.id'], ondelete='SET NULL'),
    )
    op.create_index(op.f('ix_care_plans_client_id'), 'care_plans', ['client_id'], unique=False)
    op.create_index(op.f('ix_care_plans_therapist_id'), 'care_plans', ['therapist_id'], unique=False)

    op.create_table(
        'care_plan_exercises',
        sa.Column('care_plan_id', postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column('exercise_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.SmallInteger(), nullable=False),
        sa.Column('sets', sa.SmallInteger(), server_default='1', nullable=False),
        sa.Column('reps', sa.SmallInteger(), nullable=True),
        sa.Column('hold', sa.Interval(), nullable=True),
        sa.Column('load_kg', sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column('cues', postgresql.ARRAY(sa.String(length=80)), nullable=True),
        sa.CheckConstraint('sets > 0', name='sets_positive'),
        sa.ForeignKeyConstraint(['care_plan_id'], ['care_plans.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['exercise_id'], ['exercises.id'], ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('care_plan_id', 'exercise_id', 'position'),
    )


def downgrade():
    op.drop_table('care_plan_exercises')
    op.drop_index(op.f('ix_care_plans_therapist_id'), table_name='care_plans')
    op.drop_index(op.f('ix_care_plans_client_id'), table_name='care_plans')
    op.drop_table('care_plans')
    care_plan_status.drop(op.get_bind(), checkfirst=True)
