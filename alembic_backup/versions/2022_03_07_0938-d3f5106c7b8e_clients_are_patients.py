"""clients are patients

Clinicians never called them clients. Table and columns are renamed; of the
names that PostgreSQL leaves behind we only rename what people see in plans.

Revision ID: d3f5106c7b8e
Revises: 4b9e27f0d8a1
Create Date: 2022-03-07 09:38:47.019254

"""
from alembic import op

# revision identifiers, used by Alembic.
revision = 'd3f5106c7b8e'
down_revision = '4b9e27f0d8a1'
branch_labels = None
depends_on = None

REFERRING_TABLES = ('care_plans', 'assignments', 'invoices')


def upgrade():
    op.rename_table('clients', 'patients')
    op.alter_column('patients', 'weight', new_column_name='weight_kg')
    for table in REFERRING_TABLES:
        op.alter_column(table, 'client_id', new_column_name='patient_id')
        op.execute(f'ALTER INDEX ix_{table}_client_id RENAME TO ix_{table}_patient_id')
    op.execute('ALTER INDEX ix_clients_name RENAME TO ix_patients_name')
    op.execute('ALTER INDEX ix_clients_tags RENAME TO ix_patients_tags')
    op.execute('ALTER TABLE patients RENAME CONSTRAINT ck_clients_sex_known TO ck_patients_sex_known')


def downgrade():
    op.execute('ALTER TABLE patients RENAME CONSTRAINT ck_patients_sex_known TO ck_clients_sex_known')
    op.execute('ALTER INDEX ix_patients_tags RENAME TO ix_clients_tags')
    op.execute('ALTER INDEX ix_patients_name RENAME TO ix_clients_name')
    for table in reversed(REFERRING_TABLES):
        op.execute(f'ALTER INDEX ix_{table}_patient_id RENAME TO ix_{table}_client_id')
        op.alter_column(table, 'patient_id', new_column_name='client_id')
    op.alter_column('patients', 'weight_kg', new_column_name='weight')
    op.rename_table('patients', 'clients')
