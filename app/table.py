"""The base of all tables: rows live in the engine of app/db.py, and `google_id` in Python is "googleId" there."""

from collections.abc import Sequence
from typing import Any, Self

from piccolo.columns import UUID, Column
from piccolo.query.methods import Insert, Update
from piccolo.table import Table

from app.columns import UtcTimestamp
from app.db import engine


class Base(Table):
    """A table whose columns are named in camelCase by its attributes, unless `db_column_name` says otherwise."""

    def __init_subclass__(cls, tablename: str | None = None, **options: Any) -> None:
        # Before Piccolo's own work: a foreign key to its own table copies the columns while that is done.
        for attribute, column in list(vars(cls).items()):
            if isinstance(column, Column) and column._meta._db_column_name is None:  # noqa: SLF001 - no public way
                first, *rest = attribute.split("_")
                column._meta.db_column_name = first + "".join(word.title() for word in rest)  # noqa: SLF001
        super().__init_subclass__(tablename=tablename, db=engine, **options)

    def save(self, columns: Sequence[Column | str] | None = None) -> Insert[Self] | Update[Self]:
        """Inserts a new row, or writes the named columns of one that exists.

        Writing all columns of a row read earlier would undo what others changed meanwhile, counters above all:
        that raises TypeError.
        """
        if self._exists_in_db and columns is None:
            raise TypeError(f"{type(self).__name__}.save() needs the columns to write")
        return super().save(columns)


del Base.id  # type: ignore[attr-defined]  # the serial key that Piccolo adds, and tables with another would inherit


class Row(Base):
    """What the tables of the reference have in common. The times are set by the database's trigger.

    After an insert they are None in Python until the row is read.
    """

    id = UUID(primary_key=True)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)
