"""Offers of ownership, and who owns a team. The verbs hold the team's lock meanwhile."""

from datetime import datetime
from typing import Optional
from uuid import UUID

import msgspec
from asyncpg import Record

from app.tenancy import scoped_sql

DAYS = 7

_OPEN = 'o."endedAt" IS NULL AND o."expiresAt" > app_now()'

_OFFERS = f"""
SELECT o."id", t."name" AS team, t."slug", o."fromUserId" AS giver_id, o."toUserId" AS taker_id,
    coalesce(nullif(g."name", ''), g."email") AS giver, coalesce(nullif(h."name", ''), h."email") AS taker,
    o."steppingDown" AS stepping_down, o."createdAt" AS made_at, o."expiresAt" AS expires_at
FROM "OwnershipTransfers" o JOIN "Tenants" t ON t."id" = o."tenantId"
JOIN "Users" g ON g."id" = o."fromUserId" JOIN "Users" h ON h."id" = o."toUserId"
WHERE o."tenantId" = {{tenant}} AND {_OPEN}
"""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An open offer: the giver makes the taker an owner, once the taker accepts."""

    id: UUID
    team: str
    slug: str
    giver_id: UUID
    taker_id: UUID
    giver: str
    taker: str
    stepping_down: bool
    made_at: datetime
    expires_at: datetime

    @staticmethod
    @scoped_sql(_OFFERS)
    def open(rows: list[Record]) -> Optional["Offer"]:
        """The team's one open offer."""
        return Offer(**dict(rows[0])) if rows else None

    @staticmethod
    @scoped_sql(_OFFERS + 'AND o."id" = $1 AND o."toUserId" = $2')
    def to(rows: list[Record]) -> Optional["Offer"]:
        """An offer, if it is open and made to this person."""
        return Offer(**dict(rows[0])) if rows else None


class Owner(msgspec.Struct, frozen=True):
    """Somebody who owns the team and whose account can be used, as the bell addresses them."""

    user_id: UUID
    language: str

    @staticmethod
    @scoped_sql(
        """
        SELECT u."id" AS user_id, coalesce(u."profile"->>'language', 'en') AS language
        FROM "MemberRoles" h JOIN "BuiltInRoles" b ON b."roleId" = h."roleId" AND b."kind" = 'owner'
        JOIN "Users" u ON u."id" = h."userId" AND u."status" = 'active' WHERE h."tenantId" = {tenant} ORDER BY u."id"
        """
    )
    def all(rows: list[Record]) -> list["Owner"]:
        return [Owner(row["user_id"], row["language"]) for row in rows]


@scoped_sql(
    """
    SELECT i."userId" FROM "Users" u JOIN "MemberIndex" i ON i."userId" = u."id" AND i."tenantId" = {tenant}
    WHERE u."email" = $1
    """
)
def member_at(rows: list[Record]) -> UUID | None:
    """Which member has this address."""
    return rows[0]["userId"] if rows else None


@scoped_sql(
    """
    UPDATE "OwnershipTransfers" SET "endedAt" = app_now(), "outcome" = 'expired'
    WHERE "tenantId" = {tenant} AND "endedAt" IS NULL AND "expiresAt" <= app_now()
    """
)
def lapse(rows: list[Record]) -> None:
    """Ends what has expired, so that there is room for another offer."""


@scoped_sql(
    f"""
    INSERT INTO "OwnershipTransfers" ("tenantId", "fromUserId", "toUserId", "steppingDown", "expiresAt")
    VALUES ({{tenant}}, $1, $2, $3, app_now() + interval '{DAYS} days')
    """
)
def make(rows: list[Record]) -> None:
    """From this person to that one; the first steps down then, or not."""


@scoped_sql(
    f"""
    UPDATE "OwnershipTransfers" o SET "endedAt" = app_now(), "outcome" = $2
    WHERE o."tenantId" = {{tenant}} AND o."id" = $1 AND {_OPEN} RETURNING o."id"
    """
)
def end(rows: list[Record]) -> bool:
    """Ends an open offer, once."""
    return bool(rows)


@scoped_sql(
    f"""
    UPDATE "OwnershipTransfers" o
    SET "endedAt" = app_now(), "outcome" = CASE WHEN o."fromUserId" = $1 THEN 'withdrawn' ELSE 'declined' END
    WHERE o."tenantId" = {{tenant}} AND {_OPEN} AND $1 IN (o."fromUserId", o."toUserId")
    """
)
def end_of(rows: list[Record]) -> None:
    """Ends the open offer that somebody made or got, since they go, rest or own the team no more."""


@scoped_sql('UPDATE "TenantUsers" SET "roles" = $2::varchar[] WHERE "tenantId" = {tenant} AND "userId" = $1')
def set_roles(rows: list[Record]) -> None:
    """From now on the member holds these roles. The database refuses it to the last owner."""
