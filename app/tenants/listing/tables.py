"""Teams as their people see them in lists."""

from uuid import UUID

import msgspec
from asyncpg import Record

from app import db
from app.tenancy import scoped_sql

COUNTED = 1001
"""Counting stops there: nobody reads a larger number, and it would take long (docs/performance.md)."""


class Teams(msgspec.Struct, frozen=True, kw_only=True):
    """A team of the person, with the roles they hold there."""

    name: str
    slug: str
    logo: str | None
    status: str
    suspended: bool
    roles: list[str]

    @classmethod
    async def of(cls, user_id: UUID) -> list["Teams"]:
        """All of them, by name."""
        return [cls(**dict(row)) for row in await db.rows(_OF, user_id)]


class TeamSize(msgspec.Struct, frozen=True):
    """How many members a team has, up to COUNTED, and whether its database is still being made."""

    members: int
    preparing: bool

    @staticmethod
    @scoped_sql(
        f"""
        SELECT (SELECT count(*) FROM (SELECT FROM "MemberIndex" WHERE "tenantId" = {{tenant}} LIMIT {COUNTED}) counted)
            AS members
        """
    )
    def now(rows: list[Record]) -> "TeamSize":
        return TeamSize(rows[0]["members"], preparing=False)


_OF = """
SELECT t."name", t."slug", t."logo", t."status"::text, i."status" = 'suspended' AS suspended,
    ARRAY(SELECT r."name"::text FROM "MemberRoles" h JOIN "Roles" r ON r."id" = h."roleId"
        WHERE h."tenantId" = t."id" AND h."userId" = $1 ORDER BY r."name") AS roles
FROM "MemberIndex" i JOIN "Tenants" t ON t."id" = i."tenantId" WHERE i."userId" = $1
ORDER BY lower(t."name"), t."slug"
"""
