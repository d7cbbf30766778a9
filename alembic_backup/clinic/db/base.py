"""The one MetaData of the app, and the declarative base on top of it."""
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from clinic.db.naming import NAMING_CONVENTION

metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Base(DeclarativeBase):
    metadata = metadata
