"""One member: what their page shows, and the statements that change a membership."""

from datetime import datetime
from typing import Any, Optional
from uuid import UUID

import msgspec
from asyncpg import Record, RestrictViolationError

from app import db, tenancy
from app.errors import Rejected
from app.i18n import _
from app.tenancy import scoped_sql
from app.tenants.tables import LAST_OWNER

LATELY = 20


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a member beside their standing (`Standing`)."""

    avatar: str | None
    joined: datetime
    last_active: datetime | None
    invited_by: str | None
    suspended_at: datetime | None
    suspended_by: str | None
    suspend_reason: str | None
    former_roles: list[str]
    now: datetime

    @property
    def paused(self) -> bool:
        return self.suspended_at is not None

    @staticmethod
    @scoped_sql(
        """
        SELECT u."avatar", i."joinedAt" AS joined, i."lastActive" AS last_active, app_now() AS now,
            coalesce(b."name", b."email") AS invited_by, s."suspendedAt" AS suspended_at,
            coalesce(p."name", p."email") AS suspended_by, s."suspendReason" AS suspend_reason,
            coalesce(s."formerRoles", '{}')::text[] AS former_roles
        FROM "MemberIndex" i JOIN "Users" u ON u."id" = i."userId"
        LEFT JOIN "MemberStandings" s ON s."tenantId" = i."tenantId" AND s."userId" = i."userId"
        LEFT JOIN "Users" b ON b."id" = s."invitedBy" LEFT JOIN "Users" p ON p."id" = s."suspendedBy"
        WHERE i."tenantId" = {tenant} AND i."userId" = $1
        """
    )
    def of(rows: list[Record]) -> Optional["Profile"]:
        """None for somebody who is no member."""
        return Profile(**dict(rows[0])) if rows else None


class Deed(msgspec.Struct, frozen=True):
    """Something that happened in the team: what, when, and by whom if it was somebody else."""

    action: str
    at: datetime
    by: str | None

    @staticmethod
    @scoped_sql(
        f"""
        SELECT "action", "createdAt" AS at,
            CASE WHEN "details" -> 'actor' ->> 'userId' IS DISTINCT FROM "userId"::text
                THEN coalesce("details" -> 'actor' ->> 'name', '') END AS by
        FROM "ActivityLogs" WHERE "userId" = $1 AND "details" ->> 'tenantId' = ({{tenant}}::uuid)::text
        ORDER BY "createdAt" DESC, "id" DESC LIMIT {LATELY}
        """
    )
    def lately(rows: list[Record]) -> list["Deed"]:
        """The newest first."""
        return [Deed(*row) for row in rows]


class TeamName(msgspec.Struct, frozen=True):
    """How the team is called in a mail."""

    name: str
    slug: str

    @staticmethod
    @scoped_sql('SELECT "name", "slug" FROM "Tenants" WHERE "id" = {tenant}')
    def now(rows: list[Record]) -> "TeamName":
        return TeamName(*rows[0])


async def set_roles(user_id: UUID, roles: list[str]) -> None:
    """Raises Rejected where nobody would own the team."""
    await _change(_SET_ROLES, user_id, roles)


async def suspend(user_id: UUID, by: UUID | None, reason: str | None) -> None:
    """The member keeps no role; those they had are kept for later. Raises Rejected as above."""
    await db.execute(_SUSPEND, tenancy.current(), user_id, by, reason)
    await _change(_SET_ROLES, user_id, [])


async def reinstate(user_id: UUID, roles: list[str]) -> None:
    await db.execute(_REINSTATE, tenancy.current(), user_id)
    await _change(_SET_ROLES, user_id, roles)


async def remove(user_id: UUID) -> None:
    """Raises Rejected as above."""
    await _change(_REMOVE, user_id)


async def _change(sql: str, *values: Any) -> None:
    try:
        async with db.transaction():
            await db.execute(sql, tenancy.current(), *values)
    except RestrictViolationError as error:
        if error.constraint_name != LAST_OWNER:
            raise
        raise Rejected(None, _("This is the only owner of the team. Make someone else an owner first.")) from error


_SET_ROLES = 'UPDATE "TenantUsers" SET "roles" = $3::varchar[] WHERE "tenantId" = $1 AND "userId" = $2'
_REMOVE = 'DELETE FROM "TenantUsers" WHERE "tenantId" = $1 AND "userId" = $2'

_SUSPEND = """
INSERT INTO "MemberStandings" AS s ("tenantId", "userId", "suspendedAt", "suspendedBy", "suspendReason", "formerRoles")
SELECT m."tenantId", m."userId", app_now(), $3, $4, coalesce(m."roles", '{}') FROM "TenantUsers" m
WHERE m."tenantId" = $1 AND m."userId" = $2
ON CONFLICT ("tenantId", "userId") DO UPDATE SET "suspendedAt" = excluded."suspendedAt",
    "suspendedBy" = excluded."suspendedBy", "suspendReason" = excluded."suspendReason",
    "formerRoles" = excluded."formerRoles"
"""

_REINSTATE = """
UPDATE "MemberStandings" SET "suspendedAt" = NULL, "suspendedBy" = NULL, "suspendReason" = NULL, "formerRoles" = '{}'
WHERE "tenantId" = $1 AND "userId" = $2
"""
