"""documents, messages and the balances view

Revision ID: 38c1f6a7d02e
Revises: e95a2c8074bd
Create Date: 2023-05-15 11:03:24.163598

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from clinic.db import types as t

# revision identifiers, used by Alembic.
revision: str = '38c1f6a7d02e'
down_revision: Union[str, None] = 'e95a2c8074bd'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

INVOICE_BALANCES = """
CREATE VIEW v_invoice_balances AS
SELECT i.id AS invoice_id,
       i.company_id,
       i.number,
       i.total,
       coalesce(sum(p.amount), 0) AS paid
  FROM invoices i
  LEFT JOIN payments p ON p.invoice_id = i.id
 GROUP BY i.id, i.company_id, i.number, i.total
"""


def upgrade() -> None:
    op.create_table(
        'documents',
        sa.Column('id', sa.Uuid(), server_default=sa.func.gen_random_uuid(), nullable=False),
        sa.Column('patient_id', t.GUID(), nullable=False),
        sa.Column('uploaded_by_id', sa.Uuid(), nullable=True),
        sa.Column('file_name', sa.Text(), nullable=False),
        sa.Column('mime_type', sa.String(length=100), server_default='application/octet-stream', nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('sha256', postgresql.BYTEA(), nullable=False),
        sa.Column('byte_size', sa.BigInteger(), nullable=False),
        sa.Column('taken_on', sa.Date(), nullable=True),
        sa.Column('uploaded_at', sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint('byte_size >= 0', name='size_not_negative'),
        sa.ForeignKeyConstraint(['patient_id'], ['patients.id'], ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['uploaded_by_id'], ['users.id'], ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name='documents_pkey'),
    )
    op.create_table(
        'messages',
        sa.Column('id', sa.BigInteger(), nullable=False),
        sa.Column('thread_id', sa.Uuid(), nullable=False),
        sa.Column('sender_id', sa.Uuid(), nullable=True),
        sa.Column('recipient_ids', postgresql.ARRAY(sa.Uuid()), server_default='{}', nullable=False),
        sa.Column('reply_to_id', sa.BigInteger(), nullable=True),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('sent_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column('read_at', postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=True),
        sa.ForeignKeyConstraint(['reply_to_id'], ['messages.id'], ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['sender_id'], ['users.id'], ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_messages_thread', 'messages', ['thread_id', 'sent_at'])
    op.create_index('ix_messages_recipients', 'messages', ['recipient_ids'], postgresql_using='gin')

    op.execute(INVOICE_BALANCES)


def downgrade() -> None:
    op.execute('DROP VIEW v_invoice_balances')
    op.drop_table('messages')
    op.drop_table('documents')
