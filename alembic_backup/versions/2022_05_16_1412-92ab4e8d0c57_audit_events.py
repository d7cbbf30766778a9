"""audit events

Revision ID: 92ab4e8d0c57
Revises: d3f5106c7b8e
Create Date: 2022-05-16 14:12:05.763981

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

# revision identifiers, used by Alembic.
revision = '92ab4e8d0c57'
down_revision = 'd3f5106c7b8e'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'audit_events',
        sa.Column('id', sa.BigInteger(), primary_key=True, autoincrement=True),
        sa.Column('occurred_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column('actor_id', UUID(as_uuid=True), sa.ForeignKey('users.id', ondelete='SET NULL'), index=True),
        sa.Column('action', sa.String(64), nullable=False),
        sa.Column('entity', sa.String(64), nullable=False),
        sa.Column('entity_id', sa.Text()),
        sa.Column('before', JSONB()),
        sa.Column('after', JSONB()),
        sa.Column('ip', sa.String(45)),
        sa.Column('request_id', UUID(as_uuid=True)),
        sa.Column('user_agent', sa.Text()),
        sa.Column('severity', sa.SmallInteger(), server_default='0', nullable=False),
    )
    op.create_index('ix_audit_events_entity', 'audit_events', ['entity', 'entity_id'])
    op.create_index('ix_audit_events_occurred_at', 'audit_events', [sa.desc('occurred_at')])
    op.create_index('ix_audit_events_after', 'audit_events', ['after'], postgresql_using='gin',
                    postgresql_ops={'after': 'jsonb_path_ops'})

    # where the CSV imports of new clinics land before they are checked
    op.create_table(
        'import_batches',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('office_id', sa.Integer(), sa.ForeignKey('offices.id'), nullable=False),
        sa.Column('file_name', sa.Text(), nullable=False),
        sa.Column('row_count', sa.Integer(), server_default='0', nullable=False),
        sa.Column('imported_at', sa.DateTime(), server_default=sa.text("(now() AT TIME ZONE 'utc')"), nullable=False),
    )


def downgrade():
    op.drop_table('import_batches')
    op.drop_index('ix_audit_events_after', 'audit_events')
    op.drop_index('ix_audit_events_occurred_at', 'audit_events')
    op.drop_index('ix_audit_events_entity', 'audit_events')
    op.drop_table('audit_events')
