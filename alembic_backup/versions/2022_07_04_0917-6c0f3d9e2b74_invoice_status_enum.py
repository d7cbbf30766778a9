"""invoice status becomes an enum, totals grow

Revision ID: 6c0f3d9e2b74
Revises: 92ab4e8d0c57
Create Date: 2022-07-04 09:17:28.440172

"""
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision = '6c0f3d9e2b74'
down_revision = '92ab4e8d0c57'
branch_labels = ('billing',)
depends_on = None

invoice_status = sa.Enum('draft', 'sent', 'paid', 'void', 'overdue', name='invoice_status')


def upgrade():
    invoice_status.create(op.get_bind())
    op.drop_constraint('status_known', 'invoices', type_='check')
    # the old default is text and would block the change of type
    op.alter_column('invoices', 'status', server_default=None)
    op.alter_column(
        'invoices', 'status',
        existing_type=sa.String(length=16),
        type_=invoice_status,
        existing_nullable=False,
        postgresql_using='status::invoice_status',
    )
    op.alter_column('invoices', 'status', server_default='draft')

    # franchise contracts are invoiced in yen and rupiah
    op.alter_column('invoices', 'total',
                    existing_type=sa.Numeric(precision=12, scale=2),
                    type_=sa.Numeric(precision=18, scale=2),
                    existing_nullable=False)
    op.create_index('ix_invoices_unpaid', 'invoices', ['company_id', 'due_on'],
                    postgresql_where=sa.text("status IN ('sent', 'overdue')"))


def downgrade():
    op.drop_index('ix_invoices_unpaid', table_name='invoices')
    op.alter_column('invoices', 'total',
                    existing_type=sa.Numeric(precision=18, scale=2),
                    type_=sa.Numeric(precision=12, scale=2),
                    existing_nullable=False)
    op.alter_column('invoices', 'status', server_default=None)
    op.execute("UPDATE invoices SET status = 'sent' WHERE status = 'overdue'")
    op.alter_column(
        'invoices', 'status',
        existing_type=invoice_status,
        type_=sa.String(length=16),
        existing_nullable=False,
        postgresql_using='status::text',
    )
    op.alter_column('invoices', 'status', server_default='draft')
    op.create_check_constraint('status_known', 'invoices', "status IN ('draft', 'sent', 'paid', 'void')")
    invoice_status.drop(op.get_bind())
