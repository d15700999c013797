"""The tenant scope that cannot be forgotten.

Below a tenant's door everything runs within `scope(tenant_id)`. A TenantTable adds the scope's tenant to every
query and refuses to make one outside of it; where several tenants are meant, the code says `unscoped()`, which a
test allows in listed places only. Raw SQL gets the tenant by `@scoped_sql`.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self, TypeVar
from uuid import UUID

import asyncpg
from piccolo.columns import Column, ForeignKey
from piccolo.columns.combination import Where
from piccolo.query.methods import Count, Delete, Exists, Insert, Objects, Select, Update
from piccolo.querystring import Selectable

from app import db
from app.table import Row

T = TypeVar("T")


class NoTenant(RuntimeError):
    """A tenant's rows were asked for where no tenant is set: a fault of the code, never of the person."""


class _Everywhere:
    """The scope of `unscoped()`."""


_scope: ContextVar[UUID | _Everywhere | None] = ContextVar("tenant_scope", default=None)


@contextmanager
def scope(tenant_id: UUID) -> Iterator[None]:
    """Everything within belongs to this tenant; scopes nest, the inner one holds."""
    token = _scope.set(tenant_id)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def unscoped() -> Iterator[None]:
    """Lifts the filter for operators, jobs and the purge: rows of all tenants are read and changed."""
    token = _scope.set(_Everywhere())
    try:
        yield
    finally:
        _scope.reset(token)


def current() -> UUID:
    """The tenant of the scope. Raises NoTenant, also within `unscoped()`."""
    tenant = _scope.get()
    if not isinstance(tenant, UUID):
        raise NoTenant("there is no tenant here: open tenancy.scope() first")
    return tenant


class TenantTable(Row):
    """A table with a column `tenant_id`. The scope is looked at when a query is made, not when it is run."""

    def __init__(self, _data: dict[Column, Any] | None = None, *, _exists_in_db: bool = False, **columns: Any) -> None:
        """A new row belongs to the scope's tenant unless it names one."""
        tenant = _scope.get()
        named = "tenant_id" in columns or any(column._meta.name == "tenant_id" for column in _data or ())  # noqa: SLF001
        if isinstance(tenant, UUID) and not named and not _exists_in_db:
            columns["tenant_id"] = tenant
        super().__init__(_data, _exists_in_db=_exists_in_db, **columns)

    @classmethod
    def select(cls, *columns: Selectable | str, exclude_secrets: bool = False) -> Select[Self]:
        return super().select(*columns, exclude_secrets=exclude_secrets).where(*cls._here())

    @classmethod
    def objects(cls, *prefetch: ForeignKey[Any] | list[ForeignKey[Any]]) -> Objects[Self]:
        return super().objects(*prefetch).where(*cls._here())

    @classmethod
    def count(cls, column: Column | None = None, distinct: Sequence[Column] | None = None) -> Count:
        return super().count(column, distinct).where(*cls._here())

    @classmethod
    def exists(cls) -> Exists[Self]:
        return super().exists().where(*cls._here())

    @classmethod
    def delete(cls, force: bool = False) -> Delete:  # noqa: FBT001, FBT002 - Piccolo's signature
        """Within a scope `force` empties this tenant's part of the table, never more."""
        return super().delete(force=force).where(*cls._here())

    @classmethod
    def update(
        cls,
        values: dict[Column | str, Any] | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - Piccolo's signature
        use_auto_update: bool = True,  # noqa: FBT001, FBT002 - as above
        **kwargs: Any,
    ) -> Update[Self]:
        """Raises NoTenant for an update that would move rows to another tenant."""
        query = super().update(values, force=force, use_auto_update=use_auto_update, **kwargs)
        here = cls._here()
        if here:
            for column, value in query.values_delegate._values.items():  # noqa: SLF001 - no public way
                if column._meta.name == "tenant_id" and value != current():  # noqa: SLF001
                    raise NoTenant(f"rows of {cls.__name__} stay with their tenant")
        return query.where(*here)

    @classmethod
    def insert(cls, *rows: Self) -> Insert[Self]:
        """Raises NoTenant for a row of another tenant, or of none."""
        if cls._here() and any(row["tenant_id"] != current() for row in rows):
            raise NoTenant(f"a {cls.__name__} of this tenant cannot belong to another")
        return super().insert(*rows)

    @classmethod
    def _here(cls) -> tuple[Where, ...]:
        if isinstance(_scope.get(), _Everywhere):
            return ()
        return (cls._meta.get_column_by_name("tenant_id") == current(),)


def scoped_sql(sql: str) -> Callable[[Callable[[list[asyncpg.Record]], T]], Callable[..., Awaitable[T]]]:
    """Declares a named read in SQL: the decorated function shapes the rows, the scope fills `{tenant}`.

        @scoped_sql('SELECT "name" FROM "Roles" WHERE "tenantId" = {tenant} AND "isDefault" = $1')
        def names(rows: list[asyncpg.Record]) -> list[str]: ...

        await Role.names(True)

    Parameters are `$1` and on, as in db.rows. Raises ValueError, when the module is imported, for a text without
    `{tenant}`; the call raises NoTenant outside a scope.
    """
    if "{tenant}" not in sql:
        raise ValueError("the statement does not name {tenant}, so it would read the rows of every tenant")
    given = max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0)
    statement = sql.replace("{tenant}", f"${given + 1}")

    def declare(shape: Callable[[list[asyncpg.Record]], T]) -> Callable[..., Awaitable[T]]:
        async def read(*args: Any) -> T:
            return shape(await db.rows(statement, *args, current()))

        read.__doc__ = shape.__doc__
        return staticmethod(read)

    return declare
