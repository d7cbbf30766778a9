"""invoices and payments

Revision ID: 4b9e27f0d8a1
Revises: a6d81c3e905b
Create Date: 2022-01-17 10:04:12.871336

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from clinic.db.types import GUID, Money

# revision identifiers, used by Alembic.
revision = '4b9e27f0d8a1'
down_revision = 'a6d81c3e905b'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'invoices',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('company_id', sa.Integer(), nullable=False),
        sa.Column('client_id', GUID(), nullable=True),
        sa.Column('number', sa.String(length=24), nullable=False),
        sa.Column('status', sa.String(length=16), server_default='draft', nullable=False),
        sa.Column('issued_on', sa.Date(), server_default=sa.text('CURRENT_DATE'), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=True),
        sa.Column('currency', sa.CHAR(length=3), server_default='USD', nullable=False),
        sa.Column('subtotal', Money(), server_default='0', nullable=False),
        sa.Column('tax', Money(), server_default='0.00', nullable=False),
        sa.Column('total', Money(), server_default=sa.text('0'), nullable=False),
        sa.Column('tax_rate', sa.Numeric(5, 4), nullable=True),
        sa.Column('meta', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'sent', 'paid', 'void')", name='status_known'),
        sa.CheckConstraint('subtotal >= 0', name='subtotal_not_negative'),
        sa.ForeignKeyConstraint(['client_id'], ['clients.id'], ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['company_id'], ['companies.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('company_id', 'number', name='uq_invoices_company_number'),
    )
    op.create_index(op.f('ix_invoices_client_id'), 'invoices', ['client_id'])
    op.create_table(
        'invoice_lines',
        sa.Column('invoice_id', sa.Integer(), nullable=False),
        sa.Column('line_no', sa.SmallInteger(), nullable=False),
        sa.Column('description', sa.String(length=240), nullable=False),
        sa.Column('quantity', sa.Numeric(8, 3), server_default='1', nullable=False),
        sa.Column('unit_price', sa.Numeric(12, 4), nullable=False),
        sa.Column('amount', Money(), nullable=False),
        sa.Column('taxable', sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('invoice_id', 'line_no'),
    )
    op.create_table(
        'payments',
        sa.Column('id', sa.BigInteger(), sa.Identity(always=False, start=1000), nullable=False),
        sa.Column('invoice_id', sa.Integer(), nullable=False),
        sa.Column('method', sa.Enum('card', 'cash', 'transfer', 'insurance', name='payment_method'), nullable=False),
        sa.Column('amount', Money(), nullable=False),
        sa.Column('external_ref', sa.String(length=64), nullable=True),
        sa.Column('raw', sa.LargeBinary(), nullable=True),
        sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_payments_invoice_id'), 'payments', ['invoice_id'])
    op.create_index('uq_payments_external_ref', 'payments', ['method', 'external_ref'], unique=True,
                    postgresql_where=sa.text('external_ref IS NOT NULL'))


def downgrade():
    op.drop_table('payments')
    op.drop_table('invoice_lines')
    op.drop_index(op.f('ix_invoices_client_id'), table_name='invoices')
    op.drop_table('invoices')
    op.execute('DROP TYPE IF EXISTS payment_method')
