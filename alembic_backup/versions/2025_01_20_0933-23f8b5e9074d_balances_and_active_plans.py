"""open amount in the balances view, view of active plans

Revision ID: 23f8b5e9074d
Revises: c41d9a60e27b
Create Date: 2025-01-20 09:33:52.118347

"""
from typing import Sequence, Union

from alembic import op

# revision identifiers, used by Alembic.
revision: str = '23f8b5e9074d'
down_revision: Union[str, None] = 'c41d9a60e27b'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.execute("DROP VIEW v_invoice_balances")
    op.execute(
        """
        CREATE VIEW v_invoice_balances AS
        SELECT i.id AS invoice_id,
               i.company_id,
               i.number,
               i.total,
               coalesce(sum(p.amount), 0) AS paid,
               i.total - coalesce(sum(p.amount), 0) AS open_amount,
               count(p.id) AS payment_count
          FROM invoices i
          LEFT JOIN payments p ON p.invoice_id = i.id
         WHERE i.status <> 'void'
         GROUP BY i.id, i.company_id, i.number, i.total
        """
    )
    op.execute(
        """
        CREATE VIEW v_active_care_plans AS
        SELECT c.id, c.title, c.starts_on, c.ends_on,
               p.last_name || ', ' || p.first_name AS patient_name,
               u.full_name AS therapist_name,
               (SELECT count(*) FROM assignments a
                 WHERE a.care_plan_id = c.id AND a.state = 'open') AS open_assignments
          FROM care_plans c
          JOIN patients p ON p.id = c.patient_id
          LEFT JOIN users u ON u.id = c.therapist_id
         WHERE c.status = 'active' AND c.deleted_at IS NULL AND p.deleted_at IS NULL
        """
    )


def downgrade() -> None:
    op.execute("DROP VIEW v_active_care_plans")
    op.execute("DROP VIEW v_invoice_balances")
    op.execute(
        """
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
    )
