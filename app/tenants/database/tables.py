"""The databases of tenants, as the portal knows them: where each is, how far, and what went wrong."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from piccolo import columns
from piccolo.columns import Integer, Varchar

from app import db
from app.columns import String, UtcTimestamp
from app.table import Base


class DatabaseState(StrEnum):
    """`FAILED` is tried again; `UNAVAILABLE` says that no server lets us make one: the tenant works without."""

    PENDING = "pending"
    CREATING = "creating"
    READY = "ready"
    FAILED = "failed"
    DROPPING = "dropping"
    DROPPED = "dropped"
    UNAVAILABLE = "unavailable"


class Known(msgspec.Struct, frozen=True):
    """What is known of one tenant's database; `name` is the name of its role too."""

    tenant_id: UUID
    cluster: str | None
    name: str
    state: DatabaseState
    attempts: int
    has_tenant: bool


class TenantDatabase(Base, tablename="TenantDatabases"):
    """One row for each tenant there ever was. Not scoped: jobs write it, also when the tenant is gone."""

    tenant_id = columns.UUID(primary_key=True)
    cluster = String(null=True)
    database_name = String(unique=True)
    role_name = String(unique=True)
    state = Varchar(length=None, default=DatabaseState.PENDING, choices=DatabaseState)
    schema_version = Integer(default=None, null=True)
    problem = String(null=True)
    attempts = Integer(default=0)
    ready_at = UtcTimestamp(null=True)
    created_at = UtcTimestamp(null=True)
    updated_at = UtcTimestamp(null=True)

    @classmethod
    async def plan(cls, tenant_id: UUID) -> None:
        """The row of a new tenant. The names are made from the id alone: a slug may change, and be anything."""
        name = f"tenant_{tenant_id.hex}"
        await db.execute(_PLAN, tenant_id, name)

    @classmethod
    async def state_of(cls, tenant_id: UUID) -> DatabaseState | None:
        """How far the tenant's database is; None for a tenant that never was."""
        state = await db.value('SELECT "state" FROM "TenantDatabases" WHERE "tenantId" = $1', tenant_id)
        return None if state is None else DatabaseState(state)

    @classmethod
    async def known(cls, tenant_id: UUID) -> Known | None:
        row = await db.one(_KNOWN, tenant_id)
        return None if row is None else msgspec.convert(dict(row), Known)

    @classmethod
    async def begin(cls, tenant_id: UUID) -> None:
        """One more attempt to make it."""
        await db.execute(_BEGIN, tenant_id)

    @classmethod
    async def place(cls, tenant_id: UUID, cluster: str) -> None:
        """Written before anything is made there, so that nothing is on a server that nobody knows of."""
        await db.execute('UPDATE "TenantDatabases" SET "cluster" = $2 WHERE "tenantId" = $1', tenant_id, cluster)

    @classmethod
    async def hand_over(cls, tenant_id: UUID, sealed_url: str, version: int) -> bool:
        """The tenant has its database from here on; False if there is no such tenant any more."""
        return await db.value(_HAND_OVER, tenant_id, sealed_url, version) is not None

    @classmethod
    async def note(cls, tenant_id: UUID, state: DatabaseState, problem: str | None = None) -> None:
        """How far it is now. `problem` is for operators and holds no secret."""
        await db.execute(_NOTE, tenant_id, state.value, problem)

    @classmethod
    async def count_on(cls, clusters: list[str]) -> dict[str, int]:
        """How many databases there are on each of these servers."""
        rows = await db.rows(_COUNT, clusters)
        return {row["cluster"]: row["count"] for row in rows}

    @classmethod
    async def hanging(cls, at_work: timedelta, without_rights: timedelta) -> list[UUID]:
        """The tenants whose database nobody has worked on for so long, but should have."""
        return [row["tenantId"] for row in await db.rows(_HANGING, at_work, without_rights)]

    @classmethod
    async def try_lock(cls, tenant_id: UUID) -> bool:
        """Makes this session the only one that works on the tenant's database, until it ends."""
        return bool(await db.value("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", f"database of {tenant_id}"))

    @classmethod
    async def unlock(cls, tenant_id: UUID) -> None:
        await db.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", f"database of {tenant_id}")


_PLAN = """
INSERT INTO "TenantDatabases" ("tenantId", "databaseName", "roleName") VALUES ($1, $2, $2) ON CONFLICT DO NOTHING
"""

_KNOWN = """
SELECT "tenantId" AS tenant_id, "cluster" AS cluster, "databaseName" AS name, "state" AS state, "attempts" AS attempts,
    EXISTS (SELECT FROM "Tenants" t WHERE t."id" = d."tenantId") AS has_tenant
FROM "TenantDatabases" d WHERE "tenantId" = $1
"""

_BEGIN = """
UPDATE "TenantDatabases" SET "state" = 'creating', "attempts" = "attempts" + 1 WHERE "tenantId" = $1
"""

_HAND_OVER = """
WITH tenant AS (UPDATE "Tenants" SET "databaseUrl" = $2 WHERE "id" = $1 RETURNING "id")
UPDATE "TenantDatabases" d
SET "state" = 'ready', "schemaVersion" = $3, "problem" = NULL, "attempts" = 0, "readyAt" = app_now()
FROM tenant WHERE d."tenantId" = tenant."id" RETURNING d."tenantId"
"""

_NOTE = """
UPDATE "TenantDatabases" SET "state" = $2, "problem" = $3 WHERE "tenantId" = $1
"""

_COUNT = """
SELECT "cluster", count(*) AS count FROM "TenantDatabases"
WHERE "cluster" = ANY ($1::text[]) AND "state" <> 'dropped' GROUP BY "cluster"
"""

# A ready database whose tenant is gone stays until somebody discards it: people's data are not dropped by a guess.
_HANGING = """
SELECT "tenantId" FROM "TenantDatabases"
WHERE "state" NOT IN ('ready', 'dropped')
    AND "updatedAt" < app_now() - CASE "state" WHEN 'unavailable' THEN $2::interval ELSE $1::interval END
ORDER BY "updatedAt"
"""
