"""The end of a membership by its own member."""

from asyncpg import Record

from app.tenancy import scoped_sql


@scoped_sql('DELETE FROM "TenantUsers" WHERE "tenantId" = {tenant} AND "userId" = $1 RETURNING "id"')
def end_membership(rows: list[Record]) -> bool:
    """False if there was none. The database refuses it to the last owner."""
    return bool(rows)
