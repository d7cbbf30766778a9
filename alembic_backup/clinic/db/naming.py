"""Names of constraints and indexes.

Primary keys and unique constraints are left out on purpose: production was
already full of PostgreSQL's own names for them (``users_email_key``,
``companies_pkey``) when we agreed on the convention, and those are fine.
"""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
}
