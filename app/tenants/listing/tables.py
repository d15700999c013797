"""Teams as their people see them in lists."""

from datetime import datetime
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


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the first page of a team tells: how many members it has, up to COUNTED, whether its database is still being
    made, and who offers its ownership to whom, if somebody does.
    """

    members: int
    preparing: bool
    giver: str | None
    taker: str | None
    taker_id: UUID | None
    offered_until: datetime | None

    @staticmethod
    @scoped_sql(
        f"""
        SELECT (SELECT count(*) FROM (SELECT FROM "MemberIndex" WHERE "tenantId" = t."id" LIMIT {COUNTED}) counted)
                AS members,
            coalesce(d."state" IN ('pending', 'creating', 'failed'), false) AS preparing,
            coalesce(nullif(g."name", ''), g."email") AS giver, coalesce(nullif(h."name", ''), h."email") AS taker,
            o."toUserId" AS taker_id, o."expiresAt" AS offered_until
        FROM "Tenants" t LEFT JOIN "TenantDatabases" d ON d."tenantId" = t."id"
        LEFT JOIN "OwnershipTransfers" o ON o."tenantId" = t."id" AND o."endedAt" IS NULL AND o."expiresAt" > app_now()
        LEFT JOIN "Users" g ON g."id" = o."fromUserId" LEFT JOIN "Users" h ON h."id" = o."toUserId"
        WHERE t."id" = {{tenant}}
        """
    )
    def read(rows: list[Record]) -> "Overview":
        return Overview(**dict(rows[0]))


_OF = """
SELECT t."name", t."slug", t."logo", t."status"::text, i."status" = 'suspended' AS suspended,
    ARRAY(SELECT r."name"::text FROM "MemberRoles" h JOIN "Roles" r ON r."id" = h."roleId"
        WHERE h."tenantId" = t."id" AND h."userId" = $1 ORDER BY r."name") AS roles
FROM "MemberIndex" i JOIN "Tenants" t ON t."id" = i."tenantId" WHERE i."userId" = $1
ORDER BY lower(t."name"), t."slug"
"""
