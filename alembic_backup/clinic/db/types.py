"""Column types shared by models and migrations.

Migrations import from here, so an existing class keeps its database type for
good: a column that needs another one gets a new class and a revision.
"""
import re
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import CHAR, TypeDecorator


class GUID(TypeDecorator):
    """UUID on PostgreSQL; CHAR(32) of hex digits elsewhere (unit tests)."""

    impl = CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(CHAR(32))

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if not isinstance(value, uuid.UUID):
            value = uuid.UUID(str(value))
        if dialect.name == "postgresql":
            return value
        return value.hex

    def process_result_value(self, value, dialect):
        if value is None or isinstance(value, uuid.UUID):
            return value
        return uuid.UUID(value)


class Money(TypeDecorator):
    """An amount in the invoice's currency, to the cent, up to ten digits before it."""

    impl = sa.Numeric(12, 2)
    cache_ok = True


class PhoneNumber(TypeDecorator):
    """A phone number as it was dialled, without blanks, dots, dashes and brackets."""

    impl = sa.String
    cache_ok = True

    _NOISE = re.compile(r"[\s().-]+")

    def __init__(self, length=32):
        super().__init__(length=length)

    def process_bind_param(self, value, dialect):
        return None if value is None else self._NOISE.sub("", value)
