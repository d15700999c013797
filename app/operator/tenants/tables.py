"""What the console reads of all tenants."""

from uuid import UUID

import msgspec

from app import db


class Line(msgspec.Struct, frozen=True):
    """One tenant as the console lists it."""

    slug: str
    name: str
    status: str
    members: int
    database: str
    problem: str | None


async def lines() -> list[Line]:
    """Every tenant, by slug."""
    return [msgspec.convert(dict(row), Line) for row in await db.rows(_LINES)]


async def id_of(slug: str) -> UUID | None:
    found: UUID | None = await db.value('SELECT "id" FROM "Tenants" WHERE "slug" = $1', slug)
    return found


_LINES = """
SELECT t."slug" AS slug, t."name" AS name, t."status"::text AS status,
    (SELECT count(*) FROM "TenantUsers" m WHERE m."tenantId" = t."id") AS members,
    coalesce(d."state", 'unknown') AS database, d."problem" AS problem
FROM "Tenants" t LEFT JOIN "TenantDatabases" d ON d."tenantId" = t."id" ORDER BY t."slug"
"""
